# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _model, states.

"""Changing a job's status by hand: when it can be done and when it is done (contract 8.5). Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._ajs import states
from ansible_collections.batchops.job_control.plugins.module_utils._errors import excerpt
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    Step,
    Verb,
    VerbOptions,
)

#: what the thresholds of a job can make of its return code, and all that a jobnet connector can become
_JUDGED = frozenset({"NORMAL", "WARNING", "ABNORMAL"})
#: the product refuses to judge these by return code
_WITHOUT_THRESHOLDS = states.EVENT_JOBS | states.ACTION_JOBS | {"ORJOB"}
#: the product gives this name to every start condition
_START_CONDITION = ".CONDITION"
#: Statuses from which no change is possible; those whose cell is not documented are left to the product to refuse.
_FIXED = frozenset({"NONE", "UNSUPPORTED", "NOPLAN", "TIMEWAIT", "TERMWAIT", "CONDITIONWAIT", "HOLDING"}) | {
    *("NORMALFALSE", "EXECDEFFER", "SHUTDOWN")
}


@dataclasses.dataclass(frozen=True)
class StatusChange:
    """The status and the return code that a job is to have, at least one of them."""

    new_status: str = ""
    new_return_code: int | None = None
    current_status: str = ""  # only from this status

    @classmethod
    def of(cls, options: VerbOptions) -> StatusChange:
        own = options.own
        return cls(own["new_status"] or "", own["new_return_code"], (own["current_status"] or "").upper())

    @property
    def parameters(self) -> dict[str, t.Any]:
        """The parameters of the action beside manager and service; the number goes as a string."""
        parameters = {"newStatus": self.new_status} if self.new_status else {}
        if self.new_return_code is not None:
            parameters["newReturnCode"] = str(self.new_return_code)
        return parameters


def decide(job: Job, change: StatusChange, asked: bool) -> Decision:
    """What a change means for a job.

    :param asked: the product was asked for it; from then on it is done or it is not, and no rule forbids it any more.
    """
    step, reason = judge(job, change)
    if asked and step is Step.INELIGIBLE:
        step, reason = Step.ACT, ""
    # What the thresholds make of a return code cannot be told, and RETURNCODE is no status: unknown.
    after = states.meaning(change.new_status).state if step is Step.ACT and change.new_status else job.state
    return Decision(step, Verb.CHANGE_STATUS, after, reason)


def judge(job: Job, change: StatusChange) -> tuple[Step, str]:
    """Whether a change is done, can be made, or cannot; mostly with the reason in one clause. Total.

    What the unit type forbids comes first: that is a mistake whatever the status is.
    """
    objection = _objection_of_type(job, change)
    if not objection and _is_done(job, change):
        return Step.ALREADY, _why_done(change)
    objection = objection or _objection_of_status(job, change)
    return (Step.INELIGIBLE, objection) if objection else (Step.ACT, "")


def _is_done(job: Job, change: StatusChange) -> bool:
    wanted = _JUDGED if change.new_status == "RETURNCODE" else {change.new_status or job.raw_state}
    code = change.new_return_code
    return job.raw_state in wanted and (code is None or job.facts["return_code"] == str(code))


def _why_done(change: StatusChange) -> str:
    return "its return code counts as judged already" if change.new_status == "RETURNCODE" else ""


def _objection_of_type(job: Job, change: StatusChange) -> str:
    status, code = change.new_status, change.new_return_code
    if job.type in states.NETS:
        return "unit_name is a jobnet, whose status follows from its jobs and cannot be changed"
    if job.type in states.PASSIVE:
        return f"unit_name has the unit type {job.type}, which has no status to change"
    if job.type == "NETCN" and code is not None:
        return "new_return_code does not go with a jobnet connector"
    if job.type == "NETCN" and status not in _JUDGED:
        return f"new_status can only be {', '.join(sorted(_JUDGED))} for a jobnet connector"
    if job.type == "JDJOB" and status:
        return "new_status does not go with a judgment job, only new_return_code does"
    if job.type in states.EVENT_JOBS and job.name.split("/")[-2:-1] == [_START_CONDITION]:
        return "unit_name is an event job in a start condition, whose status cannot be changed"
    if job.type in _WITHOUT_THRESHOLDS and status == "RETURNCODE":
        return f"new_status cannot be RETURNCODE for the unit type {job.type}"
    return ""


def _objection_of_status(job: Job, change: StatusChange) -> str:
    if change.current_status and job.raw_state != change.current_status:
        return f"current_status says {change.current_status}, but it is {excerpt(job.raw_state, 40) or '(none)'}"
    if job.raw_state in _FIXED or job.raw_state not in states.STATUSES:
        return f"the status {excerpt(job.raw_state, 40) or '(none)'} cannot be changed"
    without_code = change.new_return_code is None and not job.facts["return_code"]
    if change.new_status == "RETURNCODE" and without_code:
        return "new_status RETURNCODE needs a return code and it has none; give new_return_code too"
    return ""
