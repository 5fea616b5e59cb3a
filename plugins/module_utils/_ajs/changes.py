# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _model, states.

"""Changing a job's status by hand: what it takes and when it is done (contract 8.5). Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._ajs import states
from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, Step

NEW_STATUSES = ("NORMAL", "FAIL", "WARNING", "ABNORMAL", "BYPASS", "RETURNCODE")
RETURN_CODES = range(-(2**31), 2**31)

#: what the thresholds of a job can make of its return code
_JUDGED = frozenset({"NORMAL", "WARNING", "ABNORMAL"})
#: the product refuses to judge these by return code
_WITHOUT_THRESHOLDS = states.EVENT_JOBS | states.ACTION_JOBS | {"ORJOB"}
#: Statuses from which no change is possible; those whose cell is not documented are left to the product to refuse.
_FIXED = frozenset({"NONE", "UNSUPPORTED", "NOPLAN", "TIMEWAIT", "TERMWAIT", "CONDITIONWAIT", "HOLDING"}) | {
    "EXECDEFFER",
    "SHUTDOWN",
}


@dataclasses.dataclass(frozen=True)
class StatusChange:
    """The status and the return code that a job is to have; at least one of them.

    :raises UsageError: neither, or one that does not exist.
    """

    new_status: str = ""
    new_return_code: int | None = None

    def __post_init__(self) -> None:
        if not self.new_status and self.new_return_code is None:
            raise UsageError("new_status: give new_status, new_return_code or both.")
        if self.new_status and self.new_status not in NEW_STATUSES:
            raise UsageError(f"new_status: give one of {', '.join(NEW_STATUSES)}.")
        if self.new_return_code is not None and self.new_return_code not in RETURN_CODES:
            raise UsageError("new_return_code: give a number from -2147483648 to 2147483647.")

    @property
    def parameters(self) -> dict[str, t.Any]:
        """The parameters of the action beside manager and service; the number goes as a string."""
        parameters = {"newStatus": self.new_status} if self.new_status else {}
        if self.new_return_code is not None:
            parameters["newReturnCode"] = str(self.new_return_code)
        return parameters


def judge(job: Job, change: StatusChange) -> tuple[Step, str]:
    """Whether a change is done, can be made, or cannot; then with the reason in one clause."""
    if _is_done(job, change):
        return Step.ALREADY, ""
    objection = _objection(job, change)
    return (Step.INELIGIBLE, objection) if objection else (Step.ACT, "")


def _is_done(job: Job, change: StatusChange) -> bool:
    wanted = _JUDGED if change.new_status == "RETURNCODE" else {change.new_status or job.raw_state}
    code = change.new_return_code
    return job.raw_state in wanted and (code is None or job.facts["return_code"] == str(code))


def _objection(job: Job, change: StatusChange) -> str:
    status, code = change.new_status, change.new_return_code
    if job.type in states.NETS:
        return "a jobnet's status follows from its jobs and cannot be changed"
    if job.type in states.PASSIVE:
        return "its unit type has no status to change"
    if job.raw_state in _FIXED:
        return f"the status {job.raw_state} cannot be changed"
    if job.type == "NETCN" and (status not in _JUDGED or code is not None):
        return "a jobnet connector takes NORMAL, WARNING or ABNORMAL, and no return code"
    if job.type == "JDJOB" and status:
        return "a judgment job takes a return code only"
    if job.type in _WITHOUT_THRESHOLDS and status == "RETURNCODE":
        return "its unit type cannot be judged by return code"
    return ""
