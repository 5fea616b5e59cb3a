# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scheduler service: its tree of units, their generations and the execution agents."""

from __future__ import annotations

import typing as t

from simulators.ajs import statuses
from simulators.ajs.agents import Agents
from simulators.ajs.units import Run, Unit

MANAGER = "HOSTM"
SERVICE = "AJSROOT1"


class World:
    """All units by full name. The unit `/` is the service's own root group; it is never listed."""

    def __init__(self) -> None:
        self.top = Unit("/", "GROUP", 1, None)
        self.units: dict[str, Unit] = {"/": self.top}
        self.agents = Agents()
        self._last_unit_id = 1000
        self._last_exec_number = 99
        self._last_job_number = 0
        self._exec_ids: set[str] = set()

    # --- units -----------------------------------------------------------------------------------------------

    def define(self, name: str, unit_type: str, parent: Unit) -> Unit:
        """Add a unit; it takes over the JP1 resource group of the unit above."""
        self._last_unit_id += 1
        unit = Unit(name, unit_type, self._last_unit_id, parent, resource_group=parent.resource_group)
        parent.children.append(unit)
        self.units[name] = unit
        return unit

    def remove(self, unit: Unit) -> None:
        """Delete a definition with everything below."""
        for gone in unit.tree():
            del self.units[gone.name]
        if unit.parent is not None:
            unit.parent.children.remove(unit)

    # --- generations -----------------------------------------------------------------------------------------

    def new_exec_id(self) -> str:
        """The next free execution ID: @A100, @A101 ... @A9999, @B0 ..."""
        while True:
            self._last_exec_number += 1
            letters, number = divmod(self._last_exec_number, 10000)
            prefix, letter = divmod(letters, 26)
            exec_id = f"@{prefix or ''}{chr(ord('A') + letter)}{number}"
            if exec_id not in self._exec_ids:
                return exec_id

    def add_run(self, unit: Unit, exec_id: str, status: str) -> Run:
        """Give a unit a generation; a temporary hold that never served is inherited (contract 7.5)."""
        run = Run(unit, exec_id, status, hold=unit.inherited_hold or unit.hold)
        unit.inherited_hold = ""
        run.waits_as = status if status in statuses.WAITING else "TIMEWAIT" if unit.is_root else "TERMWAIT"
        unit.runs[exec_id] = run
        self._exec_ids.add(exec_id)
        return run

    def register(self, root: Unit, registration: str, scheduled: float | None) -> Run:
        """A new generation of a whole root jobnet, everything waiting."""
        exec_id = self.new_exec_id()
        for unit in root.subtree():
            self.add_run(unit, exec_id, "TERMWAIT").registration = registration
        run = self.add_run(root, exec_id, "TIMEWAIT")
        run.registration = registration
        run.scheduled = scheduled
        return run

    def unregister(self, root: Unit, exec_ids: t.Collection[str]) -> None:
        """Drop these generations of a whole root jobnet."""
        for unit in root.tree():
            for exec_id in exec_ids:
                run = unit.runs.pop(exec_id, None)
                if run is not None:
                    run.turn += 1

    def new_job_number(self) -> int:
        self._last_job_number += 1
        return self._last_job_number

    def runs(self) -> t.Iterator[Run]:
        for unit in self.units.values():
            yield from unit.runs.values()

    def running_on(self, agent: str) -> list[Run]:
        return [run for run in self.runs() if run.unit.agent == agent and run.unit.is_job and is_running(run)]

    def queued_on(self, agent: str) -> list[Run]:
        return [run for run in self.runs() if run.unit.agent == agent and run.status == "QUEUING"]


def is_held(run: Run) -> bool:
    """Whether it will not work until it is released: what changeHold changes."""
    return run.status == "HOLDING" or (run.status in ("TIMEWAIT", "TERMWAIT") and run.hold in statuses.HOLD_PLANNED)


def is_guarded(run: Run) -> bool:
    """Whether its definition holds it when its turn comes, because the last generation failed (contract 7.5)."""
    previous = last_result(run.unit, before=run)
    if previous is None or run.hold not in ("YES_ERR", "YES_WAR") or run.status not in statuses.WAITING | {"HOLDING"}:
        return False
    return previous.status in statuses.ABNORMAL or (run.hold == "YES_WAR" and previous.status == "WARNING")


def is_running(run: Run) -> bool:
    return run.status in statuses.RUNNING or run.process_left


def latest(unit: Unit) -> Run | None:
    """The generation that `generation=STATUS` shows: the one at work, else the newest one."""
    root = unit.root
    if root is None:
        return None
    live = [run for run in root.runs.values() if run.status in statuses.RUNNING | {"HOLDING"}]
    shown = live or list(root.runs.values())
    return unit.runs.get(shown[-1].exec_id) if shown else None


def last_result(unit: Unit, before: Run | None = None) -> Run | None:
    """The generation that ended last; with `before`, among the generations older than that."""
    found = None
    for run in unit.runs.values():
        if run is before:
            break
        if run.status in statuses.ENDED:
            found = run
    return found


def truth(run: Run) -> dict[str, t.Any]:
    """A generation as tests see it."""
    return {
        "id": run.id,
        "name": run.unit.name,
        "exec_id": run.exec_id,
        "type": run.unit.type,
        "state": run.status,
        "hold_attr": run.hold,
        "change_type": run.change,
        "return_code": run.return_code,
        "held": is_held(run),
        "guarded": is_guarded(run),
        "running": is_running(run),
        "process_left": run.process_left,
        "applied": dict(run.applied),
        "selectable": True,
    }
