# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Actions on a definition: register a root jobnet for execution, cancel its registration (contract 8.3)."""

from __future__ import annotations

import datetime
import typing as t

from simulators.ajs import statuses, wire
from simulators.ajs.actions import text
from simulators.ajs.errors import bad_argument, conflict
from simulators.ajs.flow import Flow
from simulators.ajs.units import Run, Unit

Json = dict[str, t.Any]
MAX_MACROS = 32


def invoke(flow: Flow, knobs: Json, verb: str, unit: Unit, parameters: Json) -> Json | None:
    """Carry out one definition action; the body of the answer, None for none.

    :raises Refused: 400 or 409.
    """
    if verb == "cancelRegistration":
        _cancel(flow, knobs, unit, parameters)
        return None
    return {"registerImmediateExec": _immediate, "registerPlannedExec": _planned, "registerFixedExec": _fixed}[verb](
        flow, unit, parameters
    )


def _check(unit: Unit, parameters: Json) -> None:
    macros = parameters.get("macro") or []
    if not isinstance(macros, list) or len(macros) > MAX_MACROS or not all(isinstance(each, dict) for each in macros):
        raise bad_argument("macro")
    if not isinstance(parameters.get("startCondition"), (dict, type(None))):
        raise bad_argument("startCondition")
    if not unit.is_root:
        raise conflict()


def _immediate(flow: Flow, unit: Unit, parameters: Json) -> Json:
    holding = parameters.get("holding", False)
    if not isinstance(holding, bool):
        raise bad_argument("holding")
    _check(unit, parameters)
    run = flow.world.register(unit, "IMMEDIATE", flow.now())
    if holding:
        run.hold = "HOLD"
    flow.turn_comes(run)
    return {"execID": run.exec_id}


def _planned(flow: Flow, unit: Unit, parameters: Json) -> None:
    text(parameters, "passedDaemonStarts", ("IMMEDIATE", "NEXTTIME"))
    passed = text(parameters, "passedRegForExe", ("IMMEDIATE", "NEXTTIME"))
    _check(unit, parameters)
    start = flow.now() + (unit.planned_every if passed == "NEXTTIME" else 0)
    flow.schedule(flow.world.register(unit, "PLANNED", start))


def _fixed(flow: Flow, unit: Unit, parameters: Json) -> Json | None:
    start = flow.now() + unit.planned_every
    given = parameters.get("startTime")
    if given is not None:
        try:
            start = wire.seconds(given)
        except (TypeError, ValueError, AttributeError):
            raise bad_argument("startTime") from None
    _check(unit, parameters)
    run = flow.world.register(unit, "FIXED", start)
    flow.schedule(run)
    return None if given is None else {"execID": run.exec_id}


def _cancel(flow: Flow, knobs: Json, unit: Unit, parameters: Json) -> None:
    if "dateType" in parameters:
        text(parameters, "dateType", ("CALENDAR_DATE", "EXECUTION_DATE"))
        first, last = (_date(parameters, name) for name in ("begin", "end"))
    else:
        first, last = datetime.date.min, datetime.date.max
    if not unit.is_root or not unit.runs:
        raise conflict()
    tz = wire.zone(knobs["zone"])
    chosen = [run for run in unit.runs.values() if first <= _planned_date(run, tz) <= last]
    running = any(run.status in statuses.RUNNING for run in chosen)
    if running and knobs["cancel_registration_of_running"] != "accepted":
        raise conflict()
    flow.world.unregister(unit, [run.exec_id for run in chosen])


def _date(parameters: Json, name: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text(parameters, name))
    except ValueError:
        raise bad_argument(name) from None


def _planned_date(run: Run, tz: datetime.timezone) -> datetime.date:
    when = run.scheduled if run.scheduled is not None else run.started or 0.0
    return datetime.datetime.fromtimestamp(when, tz=tz).date()
