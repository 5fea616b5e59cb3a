# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Unit actions: what each verb takes, refuses and does (contract 7.2, 7.4, 8)."""

from __future__ import annotations

import typing as t

from simulators.ajs import rerun, statuses
from simulators.ajs.errors import Refused, bad_argument, conflict
from simulators.ajs.flow import Flow
from simulators.ajs.state import is_held
from simulators.ajs.units import ACTION_JOBS, EVENT_JOBS, Run, Unit

Json = dict[str, t.Any]
#: does it, and says whether it took effect; the state may have moved on since the request was accepted
Effect = t.Callable[[], bool]

NEW_STATUSES = frozenset({"NORMAL", "FAIL", "WARNING", "ABNORMAL", "BYPASS", "RETURNCODE"})
RETURN_CODES = range(-(2**31), 2**31)


def text(parameters: Json, name: str, constants: t.Collection[str] | None = None) -> str:
    """A required string parameter.

    :raises Refused: 400, it is missing, no string, or none of the constants.
    """
    value = parameters.get(name)
    if not isinstance(value, str) or not value or (constants is not None and value not in constants):
        raise bad_argument(name)
    return value


class Actions:
    """The rules of the unit actions under the knobs of one simulator."""

    def __init__(self, flow: Flow, knobs: Json) -> None:
        self.flow = flow
        self.knobs = knobs

    # --- refusals --------------------------------------------------------------------------------------------

    def _need_type(self, fits: bool) -> None:
        """Refuse a verb that this class of unit does not have (contract 7.4)."""
        if not fits:
            raise Refused(int(self.knobs["unit_type_status"]), "conflict")

    def _need_argument(self, fits: bool, name: str) -> None:
        """Refuse an argument that does not go with this class of unit (contract 8.5, 8.6)."""
        if not fits:
            raise Refused(int(self.knobs["argument_mismatch_status"]), "argument", name)

    def _need(self, cells: statuses.Cells, status: str) -> None:
        allowed = status in cells.allowed
        if not allowed and not (status in cells.unknown and self.knobs["undocumented_cells"] == "accepted"):
            raise conflict()

    # --- hold, interrupt, kill -------------------------------------------------------------------------------

    def change_hold(self, run: Run, parameters: Json) -> Effect:
        words = self.knobs["hold_words"]
        word = text(parameters, "holdAttr", words)
        self._need_type(run.unit.type != "NETCN")
        if word == words[0]:
            self._need_holdable(run)
            at_once = self.knobs["hold_shows_as"] == "HOLDING"
            return lambda: self.flow.hold(run, at_once)
        if run.status in ("NOPLAN", "CONDITIONWAIT"):
            self._need_knob("hold_unplanned")
        elif run.status != "HOLDING" and not (
            run.status in ("TIMEWAIT", "TERMWAIT") and run.hold in ("HOLD", "YES", "YES_ERR", "YES_WAR")
        ):
            raise conflict()
        return lambda: self.flow.release(run)

    def _need_holdable(self, run: Run) -> None:
        if run.status in ("NOPLAN", "CONDITIONWAIT"):
            self._need_knob("hold_unplanned")
        elif run.status in ("EXECWAIT", "QUEUING"):
            self._need_knob("hold_queued")
        elif is_held(run):
            self._need_knob("repeated_hold")
        elif run.status not in ("TIMEWAIT", "TERMWAIT"):
            raise conflict()

    def _need_knob(self, name: str) -> None:
        if self.knobs[name] != "accepted":
            raise conflict()

    def interrupt(self, run: Run, parameters: Json) -> Effect:
        self._need_type(run.unit.is_root)
        self._need(statuses.INTERRUPT, run.status)
        return lambda: self.flow.interrupt(run)

    def kill(self, run: Run, parameters: Json) -> Effect:
        self._need_type(run.unit.is_root or run.unit.is_job)
        if run.unit.type == "NETCN":
            self._need_knob("kill_connector")
        if run.status == "QUEUING" and run.unit.is_job:
            self._need_knob("kill_queuing")
        else:
            self._need(statuses.KILL, run.status)
        return lambda: self.flow.kill(run)

    # --- rerun -----------------------------------------------------------------------------------------------

    def rerun(self, run: Run, parameters: Json) -> Effect:
        method = text(parameters, "rerunMethod", rerun.ROOT_METHODS | rerun.UNIT_METHODS)
        options = parameters.get("rerunOptions", [])
        if not isinstance(options, list) or not all(option in rerun.OPTIONS for option in options):
            raise bad_argument("rerunOptions")
        root = run.unit.is_root
        self._need_argument(method in (rerun.ROOT_METHODS if root else rerun.UNIT_METHODS), "rerunMethod")
        self._need_argument("WARNING" not in options or method == "ABNORMAL_NEXT", "rerunOptions")
        self._need_argument("HOLD" not in options or (method != "NEXT" and run.unit.type != "NETCN"), "rerunOptions")
        self._need(statuses.RERUN, run.status)
        if not root:
            return lambda: rerun.rerun_unit(self.flow, run, method, options)
        interrupted = run.status == "INTERRUPT" and method not in ("ABNORMAL_JOB", "ABNORMAL_NEXT")
        if interrupted or not rerun.reasons(run, method):
            raise conflict()
        return lambda: rerun.rerun_root(self.flow, run, method, options)

    # --- change status ---------------------------------------------------------------------------------------

    def change_status(self, run: Run, parameters: Json) -> Effect:
        status, code = parameters.get("newStatus"), parameters.get("newReturnCode")
        if status is None and code is None:
            raise bad_argument("newStatus")
        if status is not None and status not in NEW_STATUSES:
            raise bad_argument("newStatus")
        if code is not None and not is_return_code(code):
            raise bad_argument("newReturnCode")
        self._need_type(run.unit.is_job)
        self._need_changeable_to(run.unit, status, code)
        changeable = (run.status == "EXECWAIT" and run.unit.queueless) or (
            run.status == "ABCONT" and run.unit.type == "NETCN"
        )
        if not changeable:
            self._need(statuses.CHANGE_STATUS, run.status)
        return lambda: self.flow.change_status(run, status, code)

    def _need_changeable_to(self, unit: Unit, status: str | None, code: str | None) -> None:
        event_in_condition = unit.in_start_condition and unit.type in EVENT_JOBS
        if unit.type == "NETCN":
            self._need_argument(status in ("NORMAL", "WARNING", "ABNORMAL"), "newStatus")
        if unit.type in EVENT_JOBS | ACTION_JOBS | {"ORJOB"}:
            self._need_argument(status != "RETURNCODE", "newStatus")
        if unit.type == "JDJOB" or event_in_condition:
            self._need_argument(status is None, "newStatus")
        if unit.type == "NETCN" or event_in_condition:
            self._need_argument(code is None, "newReturnCode")


def is_return_code(value: t.Any) -> bool:
    """Whether it is a string that holds a signed 32-bit number (contract 8.5)."""
    try:
        return isinstance(value, str) and int(value) in RETURN_CODES
    except ValueError:
        return False
