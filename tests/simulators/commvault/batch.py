# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request for many jobs: what it asks for, and what the product makes of it (contract 8.6)."""

from __future__ import annotations

import dataclasses
import shlex
import typing as t

from simulators.commvault.state import CommCell, Job, Refused
from simulators.commvault.wire import Document, Malformed, as_list

ALL_JOBS, ALL_SELECTED_JOBS = "ALL_JOBS", "ALL_SELECTED_JOBS"
MULTI_CELL_ROOT = "JobManager_PerformMultiCellJobOpReq"
_WORDS = {"JOB_SUSPEND": "pause", "JOB_RESUME": "resume", "JOB_KILL": "kill"}
_CLI_WORDS = {"suspend": "pause", "resume": "resume", "kill": "kill"}
_SELECTED_MESSAGE = 1


@dataclasses.dataclass(frozen=True)
class Order:
    """An action and the jobs it is for. `job_ids` None: all of the CommCell, or of `client`."""

    action: str
    job_ids: tuple[int, ...] | None
    client: str = ""


@dataclasses.dataclass(frozen=True)
class Failure:
    """One job's refusal within a batch."""

    job_id: int
    code: t.Any
    text: str


def from_multi_job(body: Document, operations: t.Sequence[str]) -> Order:
    """The order of a POST Jobs/MultiJobOperation; `operations` are the actions by operationType.

    :raises Malformed: a part is missing or out of range.
    """
    request = body.get("jobOpReq")
    if body.get("message") != _SELECTED_MESSAGE or not isinstance(request, dict):
        raise Malformed("message or jobOpReq is missing")
    number = request.get("operationType")
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(operations):
        raise Malformed("operationType is out of range")
    return Order(operations[number], _job_ids(request))


def from_multi_cell(body: Document) -> Order:
    """The order of a qoperation execute, from JSON or XML; `body` is the content of its root.

    :raises Malformed: a part is missing or unknown.
    """
    request, message = body.get("jobOpReq"), body.get("message")
    if not isinstance(request, dict) or request.get("operationType") not in _WORDS:
        raise Malformed("operationType is missing or unknown")
    if message not in (ALL_JOBS, ALL_SELECTED_JOBS):
        raise Malformed("message is missing or unknown")
    return Order(_WORDS[request["operationType"]], None if message == ALL_JOBS else _job_ids(request))


def from_command_line(command: str) -> Order:
    """The order of a `qoperation jobcontrol -o ACTION (-j ID | -all | -c CLIENT)`.

    :raises Malformed: another command, or a part is missing or unknown.
    """
    words = shlex.split(command)
    if words[:2] != ["qoperation", "jobcontrol"]:
        raise Malformed("unknown command")
    rest = [word for word in words[2:] if word != "-all"]
    options = dict(zip(rest[::2], rest[1::2]))
    action = _CLI_WORDS.get(options.get("-o", ""))
    if action is None:
        raise Malformed("-o is missing or unknown")
    if "-all" in words:
        return Order(action, None)
    if "-c" in options:
        return Order(action, None, options["-c"])
    return Order(action, (_number(options.get("-j")),))


def _job_ids(request: Document) -> tuple[int, ...]:
    jobs = as_list(request.get("jobs"))
    if not jobs or not all(isinstance(job, dict) for job in jobs):
        raise Malformed("jobs is missing or empty")
    return tuple(_number(job.get("jobId")) for job in jobs)


def _number(value: t.Any) -> int:
    if isinstance(value, bool) or not str(value).isdecimal():
        raise Malformed("jobId is not a number")
    return int(value)


def carry_out(order: Order, commcell: CommCell, jobs: t.Iterable[Job], user: str) -> list[Failure]:
    """Do it job by job; `jobs` are all that the caller may control.

    :returns: the refusals. An order for all jobs takes only those that accept it, and has none.
    """
    actions: dict[str, t.Callable[[Job], None]] = {
        "pause": lambda job: commcell.pause(job, user=user),
        "resume": commcell.resume,
        "kill": lambda job: commcell.kill(job, user),
    }
    act = actions[order.action]
    by_id = {job.job_id: job for job in jobs if not order.client or (job.client and job.client.name == order.client)}
    results = [_attempt(act, by_id, job_id) for job_id in order.job_ids or by_id]
    return [failure for failure in results if failure is not None and order.job_ids is not None]


def _attempt(act: t.Callable[[Job], None], jobs: t.Mapping[int, Job], job_id: int) -> Failure | None:
    if job_id not in jobs:
        return Failure(job_id, 2, f"Job [{job_id}] does not exist.")
    try:
        act(jobs[job_id])
    except Refused as refused:
        return Failure(job_id, refused.code, refused.text)
    return None
