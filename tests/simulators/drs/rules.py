# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be done with a task now: the product's refusals, and the `job_action` that announces them."""

from __future__ import annotations

import enum
import typing as t

from simulators.drs import states
from simulators.drs.job import Job

Knobs = dict[str, t.Any]


class Reason(enum.Enum):
    """Why the product refuses to do something with one task."""

    UNKNOWN = "unknown"
    GONE = "gone"  # deleted
    BUSY = "busy"
    WRONG_STATE = "wrong state"
    CHILDREN_ONLY = "only subtasks can invoke this"
    PARENTS_ONLY = "only parent tasks can invoke this"
    NO_RE_EDIT = "re-edit is not supported"
    SUBTASK_EXISTS = "a subtask exists"
    TEST_CONNECTION = "the connections were not tested"
    PRECHECK = "the precheck was not passed"


class Refused(Exception):
    """The product refuses one task of a request."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def check(verdict: Reason | None) -> None:
    """Raise the refusal, if it is one."""
    if verdict is not None:
        raise Refused(verdict)


def idle(job: Job) -> Reason | None:
    """The refusals that are common to all verbs."""
    if job.status == states.DELETED:
        return Reason.GONE
    return Reason.BUSY if job.current_action else None


def pausing(job: Job, knobs: Knobs) -> Reason | None:
    """Whether the task can be paused (contract 8.1)."""
    if idle(job) or job.is_parent:
        return idle(job) or Reason.CHILDREN_ONLY
    cell = states.rule(job.status).pause
    links = knobs["pausable_links"]
    allowed = (
        (cell == "yes" or (cell == "open" and knobs["pause_on_failed"] == "allowed"))
        and (job.db_use_type != "cloudDataGuard" or knobs["pause_on_dr_job"] == "allowed")
        and (links is None or job.engine_type in links)
    )
    return None if allowed else Reason.WRONG_STATE


def retrying(job: Job, knobs: Knobs, re_edit: bool = False) -> Reason | None:
    """Whether the task can be resumed or retried (contract 8.3)."""
    if idle(job) or job.is_parent:
        return idle(job) or Reason.CHILDREN_ONLY
    paused_dr_child = job.status == states.PAUSED and job.is_child and job.db_use_type == "cloudDataGuard"
    if paused_dr_child and knobs["retry_on_paused_dr_child"] == "refused":
        return Reason.WRONG_STATE
    if not _allowed(states.rule(job.status).retry, knobs):
        return Reason.WRONG_STATE
    if re_edit and not job.re_edited:
        return Reason.NO_RE_EDIT
    return Reason.SUBTASK_EXISTS if re_edit and job.subtasks else None


def terminating(job: Job, knobs: Knobs, force: bool = False) -> Reason | None:
    """Whether the task can be ended (contract 8.4)."""
    if idle(job) or job.is_child:
        return idle(job) or Reason.PARENTS_ONLY
    if job.prepaid and knobs["prepaid_terminate"] == "refused":
        return Reason.WRONG_STATE
    if job.status == states.RELEASE_FAILED:
        return None if force else Reason.WRONG_STATE
    return None if _allowed(states.rule(job.status).terminate, knobs) else Reason.WRONG_STATE


def deleting(job: Job) -> Reason | None:
    """Whether the task can be deleted (contract 8.4)."""
    if idle(job):
        return idle(job)
    return None if job.status in states.DELETABLE else Reason.WRONG_STATE


def starting(job: Job) -> Reason | None:
    """Whether the task can be started (contract 8.6)."""
    if idle(job) or job.is_parent:
        return idle(job) or Reason.CHILDREN_ONLY
    if job.status not in (states.CONFIGURATION, states.WAITING):
        return Reason.WRONG_STATE
    return None if "forStartJob" in job.prechecked else Reason.TEST_CONNECTION


def resetting(job: Job) -> Reason | None:
    """Whether the task can be reset: failed, and a precheck for the retry passed (contract 8.5)."""
    if idle(job) or job.is_parent:
        return idle(job) or Reason.CHILDREN_ONLY
    if job.status not in (states.FULL_FAILED, states.FAILED):
        return Reason.WRONG_STATE
    return None if "forRetryJob" in job.prechecked else Reason.PRECHECK


def prechecking(job: Job) -> Reason | None:
    """Whether the task can be prechecked: before its start, or failed."""
    if idle(job) or job.is_parent:
        return idle(job) or Reason.CHILDREN_ONLY
    prepared = (states.CONFIGURATION, states.WAITING, states.FULL_FAILED, states.FAILED)
    return None if job.status in prepared else Reason.WRONG_STATE


def _allowed(cell: states.Cell, knobs: Knobs) -> bool:
    return cell == "yes" or (cell == "open" and knobs["open_state_cells"] == "allowed")


def available_actions(job: Job, knobs: Knobs) -> list[str]:
    """The words of `job_action.available_actions`, in the product's order (contract 5.1)."""
    if job.current_action or job.status == states.DELETED:
        return []
    if job.status in states.DELETABLE:
        return ["DELETE", "CLONE"]
    able = {"MODIFY_DB_CONFIG", "RESET_DB_PWD", "MODIFY_CONFIGURATION"}
    failed = job.status in (states.FULL_FAILED, states.FAILED)
    if failed or job.status == states.CONFIGURATION:
        able |= {"CREATE", "CHOOSE_OBJECT", "PRE_CHECK", "CHANGE_MODE"}
    if failed and not job.is_parent:
        able.add("RESET")
    if pausing(job, knobs) is None:
        able.add("PAUSE")
    if retrying(job, knobs) is None and (job.status != states.PAUSED or knobs["retry_listed_on_paused"]):
        able.add("RETRY")
    if terminating(job, knobs) is None:
        able.add("FREE_RESOURCE")
    if starting(job) in (None, Reason.TEST_CONNECTION):
        able.add("START")
    return [action for action in states.ACTIONS if action in able]
