# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeds: put units and generations into the scheduler service, in any state (see `Seeder.seed`)."""

from __future__ import annotations

import dataclasses

from simulators.ajs import statuses, units, users, wire
from simulators.ajs.flow import Flow
from simulators.ajs.state import World
from simulators.ajs.units import Run, Unit
from simulators.core.simulator import BadSeed, Json

SCENARIOS = {
    "queued": "TIMEWAIT",
    "running": "RUNNING",
    "suspended": "HOLDING",
    "completed": "NORMAL",
    "warning": "WARNING",
    "failed": "ABNORMAL",
    "cancelled": "KILL",
}
RETURN_CODES = {"NORMAL": "0", "WARNING": "4", "ABNORMAL": "8", "KILL": "-1"}
#: how far ahead the start of a queued root jobnet is, unless the seed says `start_in`
FAR = 7 * 86400.0
#: times that a seed may give: seconds since the epoch, ISO 8601, or "" for none
TIMES = ("scheduled", "registered", "started", "restarted", "ended")
RUN_OPTIONS = ("return_code", "details", "exec_host", "job_number", "registration", "start_delayed", "end_delayed")
OWN = frozenset({"name", "scenario", "id", "exec_id", "type", "unit_type", "raw", "hold_attr", "start_in"})
#: attributes of the definition
UNIT_OPTIONS = frozenset(field.name for field in dataclasses.fields(Unit)) - frozenset(
    ("name", "type", "parent", "children", "runs", "inherited_hold")
)
KEYS = OWN | UNIT_OPTIONS | {"system_job", "hidden", "read_only", *TIMES, *RUN_OPTIONS}


class Seeder:
    """Builds the world of one simulator."""

    def __init__(self, world: World, flow: Flow) -> None:
        self.world = world
        self.flow = flow
        self._derived: dict[Run, set[str]] = {}  # jobnets that were only built to hold seeded units

    def seed(self, job: Json) -> str:
        """Add one unit with one generation; a name that exists gets a further generation.

        :returns: "/Group/Net:@A100", or the name alone for an unregistered unit (raw UNREGISTERED).
        """
        unknown = set(job) - KEYS
        if unknown:
            raise BadSeed(f"ajs does not know the seed key {', '.join(sorted(unknown))}")
        if job.get("system_job"):
            raise BadSeed("JP1/AJS3 has no system jobs")
        unit_type = str(job.get("unit_type") or job.get("type") or "ROOTNET")
        if unit_type not in units.TYPES:
            raise BadSeed(f"{unit_type} is not a unit type")
        status = self._status(job, unit_type)
        unit = self._unit(full_name(str(job["name"]), unit_type), unit_type)
        self._describe(unit, job)
        if status == "UNREGISTERED" or unit.is_group:
            return unit.name
        return self._run(unit, status, job).id

    @staticmethod
    def _status(job: Json, unit_type: str) -> str:
        if "raw" in job:
            status = str(job["raw"])
        elif job.get("scenario", "queued") in SCENARIOS:
            status = SCENARIOS[job.get("scenario", "queued")]
            if status == "TIMEWAIT" and not is_root_type(unit_type):
                status = "TERMWAIT"
        else:
            raise BadSeed(f"ajs has no scenario {job['scenario']!r}")
        if status == "HOLDING" and unit_type == "NETCN":
            raise BadSeed("a jobnet connector is never held")
        if str(job.get("hold_attr", "NO")) not in statuses.HOLD_ATTRIBUTES:
            raise BadSeed(f"{job['hold_attr']} is not a hold attribute")
        return status

    # --- the tree --------------------------------------------------------------------------------------------

    def _unit(self, name: str, unit_type: str) -> Unit:
        found = self.world.units.get(name)
        if found is not None:
            if found.type != unit_type:
                raise BadSeed(f"{name} exists and is a {found.type}")
            return found
        above_name = name.rpartition("/")[0] or "/"
        in_group = is_root_type(unit_type) or unit_type in units.GROUPS
        above = self.world.units.get(above_name) or self._unit(above_name, "GROUP" if in_group else "ROOTNET")
        if above.is_group != in_group and unit_type != units.MANAGER_NET:
            raise BadSeed(f"a {unit_type} cannot be below {above_name}, a {above.type}")
        return self.world.define(name, unit_type, above)

    def _describe(self, unit: Unit, job: Json) -> None:
        for key in UNIT_OPTIONS & set(job):
            setattr(unit, key, job[key])
        hold_attr = job.get("hold_attr")
        if "hold" not in job and hold_attr in statuses.HOLD_DEFINITIONS:
            unit.hold = hold_attr
        if job.get("hidden"):
            unit.resource_group = users.HIDDEN
        elif job.get("read_only"):
            unit.resource_group = users.READ_ONLY
        if unit.agent:
            self.world.agents.ensure(unit.agent)

    # --- the generation --------------------------------------------------------------------------------------

    def _run(self, unit: Unit, status: str, job: Json) -> Run:
        run = self.world.add_run(unit, self._exec_id(unit, job), status)
        run.hold = str(job.get("hold_attr") or ("HOLD" if status == "HOLDING" else run.hold))
        run.due = status == "HOLDING"
        self._set_times(run, job)
        if unit.is_job:
            run.return_code = RETURN_CODES.get(status, "")
            if run.started is not None:
                run.job_number = self.world.new_job_number()
                run.exec_host = unit.agent
        for key in RUN_OPTIONS:
            if key in job:
                setattr(run, key, job[key])
        self._set_above(run)
        if status == "TIMEWAIT" and unit.is_root:
            self.flow.schedule(run)
        elif status in statuses.RUNNING and unit.duration is not None:
            turn = run.turn
            self.flow.after(unit.duration, lambda: self.flow.finish(run) if run.turn == turn else None)
        return run

    def _exec_id(self, unit: Unit, job: Json) -> str:
        exec_id = str(job.get("exec_id") or job.get("id") or "").rpartition(":")[2]
        if exec_id and not wire.EXEC_ID.fullmatch(exec_id):
            raise BadSeed(f"{exec_id} is not an execution ID")
        if exec_id in unit.runs:
            raise BadSeed(f"{unit.name} has the generation {exec_id}")
        root = unit.root
        if not exec_id and root is not None and root is not unit:
            exec_id = next((each for each in reversed(list(root.runs)) if each not in unit.runs), "")
        return exec_id or self.world.new_exec_id()

    def _set_times(self, run: Run, job: Json) -> None:
        now = self.flow.now()
        if run.status == "TIMEWAIT":
            run.scheduled = now + float(job.get("start_in", FAR))
        elif run.unit.is_root:
            run.scheduled = now - 300
        if run.status in statuses.RUNNING | statuses.ENDED - {"BYPASS", "UNEXEC", "EXECDEFFER"}:
            run.started = now - 300
        if run.status in statuses.ENDED:
            run.ended = now - 60
        for key in TIMES:
            if key in job:
                value = job[key]
                setattr(run, key, wire.seconds(value) if isinstance(value, str) and value else value or None)

    def _set_above(self, run: Run) -> None:
        """Give the upper jobnets this generation too; those that no seed described follow their units."""
        above = run.unit.parent
        if above is None or not above.is_net:
            return
        upper = above.runs.get(run.exec_id)
        if upper is None:
            upper = self.world.add_run(above, run.exec_id, "TIMEWAIT" if above.is_root else "TERMWAIT")
            upper.scheduled = run.scheduled
            self._derived[upper] = set()
        seen = self._derived.get(upper)
        if seen is None or run.status in seen:
            return
        seen.add(run.status)
        upper.status = statuses.jobnet_status(seen)
        if upper.status == "TIMEWAIT" and not above.is_root:
            upper.status = "TERMWAIT"
        upper.started = run.started if upper.started is None else upper.started
        upper.ended = run.ended if upper.status in statuses.ENDED else None
        self._set_above(upper)


def full_name(name: str, unit_type: str) -> str:
    """A name without slash goes below /Batch; what needs a jobnet around it, into /Batch/Jobnet."""
    if name.startswith("/"):
        return name
    below = "/Batch" if is_root_type(unit_type) or unit_type in units.GROUPS else "/Batch/Jobnet"
    return f"{below}/{name}"


def is_root_type(unit_type: str) -> bool:
    return unit_type in units.ROOT_NETS
