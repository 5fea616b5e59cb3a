# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens to units outside of the API: their own end, the clock, an operator at JP1/AJS3 - View."""

from __future__ import annotations

import typing as t

from simulators.ajs import statuses
from simulators.ajs.flow import Flow
from simulators.ajs.state import World
from simulators.ajs.units import Run
from simulators.core.simulator import BadSeed

RESULTS = {"success": "NORMAL", "warning": "WARNING", "failed": "ABNORMAL"}


def happen(world: World, flow: Flow, job_id: str, event: str, details: dict[str, t.Any]) -> None:
    """Let one event happen to the generation `job_id`.

    :raises BadSeed: no such generation or event, or it cannot happen in this state.
    """
    run = find(world, job_id)
    if event == "vanish":
        _vanish(world, run, bool(details.get("unit")))
    elif event == "register":
        _register(world, flow, run, float(details.get("start_in", 0)))
    elif event == "status":
        run.status = str(details["raw"])
    elif event in ("finish", "fail"):
        result = "failed" if event == "fail" else str(details.get("result", "success"))
        if run.status in statuses.ENDED or result not in RESULTS:
            raise BadSeed(f"{job_id} is {run.status}: no {event} with {result}")
        flow.finish(run, RESULTS[result], str(details.get("return_code", "")))
    elif event == "start":
        _need(run.status in statuses.WAITING | {"HOLDING"}, run, event)
        flow.turn_comes(run)
    elif event in ("suspend", "resume", "interrupt", "kill"):
        _need(_operate(flow, run, event), run, event)
    else:
        raise BadSeed(f"ajs has no event {event!r}")


def find(world: World, job_id: str) -> Run:
    name, _colon, exec_id = job_id.rpartition(":")
    unit = world.units.get(name)
    if unit is None or exec_id not in unit.runs:
        raise BadSeed(f"there is no {job_id}")
    return unit.runs[exec_id]


def _need(possible: bool, run: Run, event: str) -> None:
    if not possible:
        raise BadSeed(f"{run.id} is {run.status}: no {event}")


def _operate(flow: Flow, run: Run, event: str) -> bool:
    if event == "suspend":
        return flow.hold(run, at_once=False)
    if event == "resume":
        return flow.release(run)
    return flow.interrupt(run) if event == "interrupt" else flow.kill(run)


def _vanish(world: World, run: Run, with_unit: bool) -> None:
    unit = run.unit
    world.unregister(unit, [run.exec_id])
    if with_unit:
        world.remove(unit)


def _register(world: World, flow: Flow, run: Run, start_in: float) -> None:
    root = run.unit.root
    if root is None:
        raise BadSeed(f"{run.id} is in no root jobnet")
    flow.schedule(world.register(root, "PLANNED", flow.now() + start_in))
