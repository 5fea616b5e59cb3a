# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _model, _times, states.

"""What goes over the wire, as plain dictionaries, whatever the API version and the format (contract 3.2, 5 to 8).

The dialects differ in what is a list, a number or a string and in how nothing is shown, so everything is read with
the same tolerance: one or many, `15` or `"15"`, absent or null or `""` or `{}`. Vendor text is data.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils import _times
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    ProtocolError,
    UsageError,
    excerpt,
    shown,
)
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, Verb
from ansible_collections.batchops.job_control.plugins.module_utils._prime import states

Document = dict[str, t.Any]

LIST = "data/JobSummary"
UNKNOWN_ENTITY = "PRS-102"
#: the limiter's own words, by which its 503 is told from that of a server in trouble (contract 9, item 7)
_LIMITER = re.compile(r"PRS-303|NBI (?:Global )?Rate limit\b|\bconcurrent query count exceeded")
_LONGEST = 500  # characters of a message
_CODE = re.compile(r"-\s*([A-Z]+-[0-9]+)\s*$")
_ID = re.compile(r"[0-9]{1,19}")


# --- questions -----------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Operation:
    """One action of jobService: the names in its path and in its payload (contract 8.1, 8.2)."""

    path: str
    root: str
    wrapper: str
    item: str


OPERATIONS: t.Mapping[Verb, Operation] = {
    Verb.SUSPEND: Operation("op/jobService/suspend", "jobOperationPayload", "jobIds", "jobId"),
    Verb.RESUME: Operation("op/jobService/resume", "jobOperationPayload", "jobIds", "jobId"),
    Verb.CANCEL_RUNNING: Operation("op/jobService/cancelrunning", "jobRunOperationPayload", "runIds", "runId"),
    Verb.CANCEL: Operation("op/jobService/cancel", "jobOperationPayload", "jobIds", "jobId"),
}


def payload(operation: Operation, ids: t.Sequence[str], version: int) -> Document:
    """The body of an action; in v1 a single id stands by itself (contract 8.2)."""
    numbers = [int(number) for number in ids]
    bare = version == 1 and len(numbers) == 1
    return {operation.root: {operation.wrapper: {operation.item: numbers[0] if bare else numbers}}}


def canonical_id(job_id: str) -> str:
    """A job id without leading zeros.

    :raises UsageError: it is no id of this product.
    """
    if not _ID.fullmatch(job_id):
        raise UsageError(
            f"job_ids: {excerpt(job_id, 60)!r} is no job id of Prime; give the number that job_info shows."
        )
    return str(int(job_id))


def equals(field: str, values: t.Sequence[str]) -> list[tuple[str, str]]:
    """A filter for the one value that a field may have; none where that cannot be said safely (contract 5.1, 9).

    How a quotation mark within a value is escaped is not known.
    """
    (value,) = values if len(values) == 1 else ("",)
    return [(field, f'"{value}"')] if value and not re.search(r'["\\]', value) else []


# --- answers -------------------------------------------------------------------------------------------------


def is_answer(document: Document) -> bool:
    """Whether a document is one of the product's (contract 5.2, 8.3, 8.5)."""
    return any(isinstance(document.get(root), dict) for root in ("queryResponse", "mgmtResponse", "errorDocument"))


@dataclasses.dataclass(frozen=True)
class Page:
    """A part of a list."""

    jobs: t.Sequence[Job]
    following: int  # index of the first instance after this page
    total: int | None  # instances in the whole list; None: the server does not say

    @property
    def pages_left(self) -> int:
        """How many pages of this size are still to come; 0 also when nobody knows."""
        return -(-max(0, (self.total or 0) - self.following) // max(1, len(self.jobs)))


def page(response: Document, first: int) -> Page:
    """One page of JobSummary (contract 5.2).

    :param response: a queryResponse.
    :param first: the index that was asked for.
    :raises ProtocolError: not a list of jobs.
    """
    entities = _many(response.get("entity"))
    jobs = [_job(_record(entity, "entity")) for entity in entities]
    last = _whole(response.get("@last"))
    following = first + len(entities) if last is None or last < first else last + 1
    return Page(jobs, following, _whole(response.get("@count")))


def single(response: Document) -> Job:
    """The job of an answer about one job (contract 6.1), which is a list of one."""
    jobs = page(response, 0).jobs
    if len(jobs) != 1:
        raise ProtocolError(f"The answer about one job holds {len(jobs)} jobs")
    return jobs[0]


def earlier_run(response: Document, job: Job, run_id: str) -> Job | None:
    """The job as it was at the end of one of its runs (contract 6.1, 6.3); None where the history does not tell.

    :param response: a mgmtResponse.
    :raises ProtocolError: no history of runs.
    """
    for entry in _items(response, "job"):
        is_job = _text(entry.get("jobId")) == job.id
        for run in _items(entry.get("runInstances"), "runInstance") if is_job else ():
            if _text(run.get("runId")) == run_id:
                return _after(job, run)
    return None


def _after(job: Job, run: Document) -> Job | None:
    """The job at the end of a run; None when the run has not ended."""
    situation = states.Situation(
        job_status=job.facts["situation"].job_status,
        run_status=_text(run.get("runStatus")),
        result_status=_text(run.get("resultStatus")),
        run_id=_text(run.get("runId")),
    )
    if states.is_running(situation):
        return None
    return dataclasses.replace(
        job,
        state=states.end_of_run(situation),
        raw_state=situation.raw_state,
        running=False,
        started=_times.utc(run.get("lastStartTime")),
        ended=_times.utc(run.get("completionTime")),
        run_id=situation.run_id,
        facts={**job.facts, "situation": situation},
    )


def verdicts(response: Document) -> dict[str, str | None]:
    """What the product says about each id of an action: None for success, its words for a failure (contract 8.3).

    :param response: a mgmtResponse.
    :raises ProtocolError: not the answer to an action; it may have taken effect.
    """
    said: dict[str, str | None] = {}
    try:
        for result in _many(response.get("operationResult")):
            operation = _record(result, "operationResult")
            for outcome in ("success", "failure"):
                for item in _items(operation.get(outcome), outcome):
                    failed = outcome == "failure" or _text(item.get("status")).lower() == "failure"
                    said[_text(item.get("id"))] = excerpt(_text(item.get("message")), _LONGEST) if failed else None
    except ProtocolError as error:
        error.maybe_applied = True
        raise
    return said


def error_document(document: Document) -> tuple[str, str | None] | None:
    """Message and code of an error body (contract 8.5); None when it is none."""
    error = document.get("errorDocument")
    if not isinstance(error, dict):
        return None
    message, identifier = (_text(error.get(key)) for key in ("message", "id"))
    in_message = _CODE.search(message)
    code = identifier.rpartition(".")[2] or (in_message[1] if in_message else "")
    return excerpt(_CODE.sub("", message), _LONGEST), code or None


def is_rate_limit(status: int, text: str) -> bool:
    """Whether an answer comes from the rate limiter: the request was not even looked at."""
    return status == 503 and _LIMITER.search(text) is not None


# --- pieces --------------------------------------------------------------------------------------------------


def _job(entity: Document) -> Job:
    """One entity; fields without a value are left out by the product (contract 6.2)."""
    summary = _record(entity.get("jobSummaryDTO"), "jobSummaryDTO")
    identifier = _text(summary.get("@id")) or _text(entity.get("@url")).rpartition("/")[2]
    if not _ID.fullmatch(identifier):
        raise ProtocolError(f"The answer holds a job whose id cannot be read: {excerpt(identifier) or 'none'}")
    field = {name: _text(value) for name, value in summary.items()}
    run_id = field.get("runId", "")
    situation = states.Situation(
        job_status=field.get("jobStatus", ""),
        run_status=field.get("runStatus", ""),
        result_status=field.get("resultStatus", ""),
        run_id=run_id if _ID.fullmatch(run_id) else "",
    )
    return Job(
        id=str(int(identifier)),
        name=field.get("jobName", ""),
        type=field.get("jobType", ""),
        system="prime",
        state=states.state_of(situation),
        raw_state=situation.raw_state,
        halted=states.is_halted(situation),
        running=states.is_running(situation),
        owner=field.get("username", ""),
        started_by=field.get("username", ""),
        started=_times.utc(field.get("lastStartTime")),
        ended=_times.utc(field.get("completionTime")),
        next_run=_times.utc(field.get("nextRunTime")),
        run_id=situation.run_id,
        facts={"situation": situation},
    )


def _items(wrapper: t.Any, name: str) -> list[Document]:
    """The items in a wrapper of the same name, however the dialect shows one, many or none of them."""
    if isinstance(wrapper, dict):
        wrapper = wrapper.get(name)
    return [_record(item, name) for item in _many(wrapper)]


def _many(value: t.Any) -> list[t.Any]:
    """A repeated element as a list; an empty one may be absent, null, an empty string, object or list."""
    if value in (None, "", {}, []):
        return []
    return value if isinstance(value, list) else [value]


def _record(value: t.Any, name: str) -> Document:
    if not isinstance(value, dict):
        raise ProtocolError(f"The answer should hold {name} but there is {shown(value)}")
    return value


def _text(value: t.Any) -> str:
    """A simple value as text; v1 turns texts of digits into numbers. Anything else is no text of ours."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else ""


def _whole(value: t.Any) -> int | None:
    text = _text(value)
    return int(text) if _ID.fullmatch(text) else None
