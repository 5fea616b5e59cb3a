# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _model, _system, states.

"""What DRS answers, decoded: jobs, pages, the outcome of actions, errors (contract 5 to 8). Pure."""

from __future__ import annotations

import datetime
import email.utils
import re
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._drs import states
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    JobControlError,
    NotFound,
    PermissionDenied,
    ProtocolError,
    RateLimited,
    Refused,
    UsageError,
    excerpt,
    shown,
)
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job
from ansible_collections.batchops.job_control.plugins.module_utils._system import Answer

Json = t.Mapping[str, t.Any]

#: Another operation runs, or too many requests: nothing was done, the same request may succeed later (contract 8.7).
BUSY = frozenset({"DRS.M01503", "DRS.M01504", "DRS.10000024"})
TOKEN_REFUSED = "DRS.M00100"

NOT_FOUND = frozenset({"DRS.M00289", "DRS.M05003", "DRS.M05004", "DRS.10000010", "DRS.10020102"})
_NO_PERMISSION = frozenset({"DRS.M00101", "DRS.M00102", "DRS.M00103", "DRS.M00105"})
_WRONG_PROJECT = "DRS.M00261"
_SERVICE_ABNORMAL = "DRS.M00004"
_GATEWAY = re.compile(r"APIG(W)?\.0*(?P<number>\d+)")  # older clouds say APIG (contract 4.3)
_GATEWAY_UNPUBLISHED, _GATEWAY_THROTTLED = "101", "308"
#: With these, too, the gateway has turned a request away; the contract knows no others (4.3, 8.7).
_GATEWAY_REFUSALS = frozenset({"201", "301", _GATEWAY_THROTTLED})

_MOST_SKEW = 15 * 60  # seconds between the clocks of client and server; beyond, no signature is accepted (contract 4.2)
_NOTABLE_SKEW = 60  # seconds
_CLOCK_WORDS = re.compile(r"signature (?:is |has )?expired", re.IGNORECASE)
_SERVER_TIME = re.compile(r"server time: ?([0-9]{8}T[0-9]{6}Z)", re.IGNORECASE)

#: The statuses of the subtasks of a re-edited task; DELETED is how they may end (contract 7).
_SUBTASK = re.compile(r"(RELEASE_)?CHILD_TRANSFER_|DELETED$")
_LONGEST_MESSAGE = 500  # characters
#: Ids look like UUIDs but are none (contract 6.5), so only what would break a list of ids is refused.
ID = re.compile(r"[0-9A-Za-z_-]{1,255}")


#: An error of a service of this cloud, such as `DRS.M00304` or `APIGW.0301`.
_CODE = re.compile(r"[A-Z][A-Za-z]*\.\w+")
_ANSWER_KEYS = frozenset({"results", "jobs", "job", "total_record", "total_count"})


class Page(t.NamedTuple):
    """One page of a list."""

    total: int | None  # of all pages; None: not told
    ids: list[str]  # of the tasks at the top level
    children: list[str]  # their ids
    jobs: list[Job]  # with the children


class Details(t.NamedTuple):
    """What a detail request tells of tasks: how they are, which do not exist any more, and other errors."""

    jobs: list[Job]
    gone: list[str]  # ids
    errors: list[JobControlError]


def is_of_drs(body: Json) -> bool:
    """Whether an object is an answer of DRS, or of the cloud's API gateway before it (contract 5, 6, 8.7)."""
    return _is_coded(body) or not _ANSWER_KEYS.isdisjoint(body)


def is_of_iam(body: Json) -> bool:
    """Whether an object is an answer of IAM, or of the API gateway before it (contract 4.1, 4.3)."""
    is_good = isinstance(body.get("token"), dict) or isinstance(body.get("projects"), list)
    return is_good or _is_coded(body) or isinstance(body.get("error"), dict)


def _is_coded(body: Json) -> bool:
    return _CODE.fullmatch(_text(body, "error_code")) is not None


def page(body: Json, total_key: str) -> Page:
    """A page of a list of jobs.

    :raises ProtocolError: it is no such page.
    """
    if "jobs" not in body:
        raise ProtocolError(f"The list of jobs has no jobs but {_shown(body)}")
    entries = _objects(body["jobs"])
    return Page(
        total=_number(body.get(total_key)),
        ids=[_text(entry, "id") for entry in entries],
        children=[_text(child, "id") for entry in entries for child in _objects(entry.get("children"))],
        jobs=[job for entry in entries for job in _family(entry)],
    )


def details(entries: t.Any) -> Details:
    """The entries of a detail request (contract 6.2)."""
    found = Details([], [], [])
    for entry in _objects(entries):
        code, message = fault(entry)
        if code in NOT_FOUND:
            found.gone.append(_text(entry, "id", "job_id"))
        elif not _text(entry, "status"):
            found.errors.append(error(code, message))
        else:
            # v5 has no parent_id, and calls the parent the master (contract 6.4).
            job = _job(entry, _text(entry, "parent_id" if "parent_id" in entry else "master_job_id"), ())
            if is_deleted(job):
                found.gone.append(job.id)
            else:
                found.jobs.append(job)
    return found


def answers(entries: t.Any, job_ids: t.Sequence[str]) -> list[Answer]:
    """What an action came to for each of the tasks it was asked for (contract 8.4, 8.5).

    :raises ProtocolError: the entries are no objects.
    """
    outcomes = {_text(entry, "id", "job_id"): entry for entry in _objects(entries)}
    return [Answer(job_id, _outcome(job_id, outcomes.get(job_id))) for job_id in job_ids]


def _outcome(job_id: str, entry: Json | None) -> JobControlError | None:
    code, message = fault(entry or {})
    status = _text(entry or {}, "status").lower()
    if status == "success" and not code:
        return None
    if code or status == "failed":
        return error(code, message)
    said = f"says {excerpt(status)}" if status else "does not say what became"
    return ProtocolError(f"The answer {said} of task {job_id}", maybe_applied=True)


def fault(entry: Json) -> tuple[str, str]:
    """Code and message of an error, both empty when there is none. The keys differ by API (contract 9, item 6), and IAM
    has an object of them (4.1)."""
    nested = entry.get("error")
    if isinstance(nested, dict):
        return _text(nested, "code"), _text(nested, "message")
    return _text(entry, "error_code"), _text(entry, "error_msg", "error_message")


def clock_advice(words: str, date: str, now: float) -> str:
    """What to do about a signature that was refused because the clocks differ; empty when that is not the reason.

    :param words: the server's.
    :param date: the header Date of its answer.
    :param now: of our own clock, seconds since the epoch.
    """
    server = _server_time(words, date)
    skew = 0.0 if server is None else now - server
    if not _CLOCK_WORDS.search(words) and abs(skew) <= _MOST_SKEW:
        return ""
    if abs(skew) < _NOTABLE_SKEW:
        return "set the clock of the host that runs this module: signatures are valid for 15 minutes"
    way = "behind" if skew < 0 else "ahead of"
    return f"the clock of the host that runs this module is {_span(abs(skew))} {way} the server's; set it"


def _server_time(words: str, date: str) -> float | None:
    """Seconds since the epoch, from the server's words or else from its header; None when neither tells."""
    said = _SERVER_TIME.search(words)
    try:
        if said:
            return datetime.datetime.strptime(f"{said[1]}+0000", "%Y%m%dT%H%M%SZ%z").timestamp()
        return email.utils.parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def _span(seconds: float) -> str:
    """A length of time in the largest unit of which there are two or more."""
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def error(code: str, message: str) -> JobControlError:
    """The error that one of the product's codes stands for; texts depend on the language (contract 9, item 22)."""
    words = excerpt(message, _LONGEST_MESSAGE) or "DRS refused the request without a reason"
    gateway = _GATEWAY.fullmatch(code)
    number = gateway.group("number") if gateway else ""
    if number == _GATEWAY_UNPUBLISHED:
        hint = "set drs_api_version to the version that this region offers, and check url and drs_project_id"
        return UsageError(f"{words} ({code}); {hint}", code=code)
    if code == _WRONG_PROJECT:
        return AuthFailed(f"{words} ({code}); the credentials are not for the project in drs_project_id", code=code)
    kinds: tuple[tuple[bool, type[JobControlError]], ...] = (
        (code in BUSY or number == _GATEWAY_THROTTLED, RateLimited),
        (code in NOT_FOUND, NotFound),
        (code in _NO_PERMISSION, PermissionDenied),
        (code == TOKEN_REFUSED, AuthFailed),
    )
    kind = next((kind for applies, kind in kinds if applies), Refused)
    return kind(
        f"{words} ({code})" if code else words,
        code=code or None,
        maybe_applied=code == _SERVICE_ABNORMAL or bool(number and number not in _GATEWAY_REFUSALS),
        not_done=code in BUSY,
    )


def is_deleted(job: Job) -> bool:
    """Whether the task is gone: a detail request shows it as DELETED for a while (contract 6.2)."""
    return states.canonical(job.raw_state) == "DELETED"


def _family(entry: Json) -> list[Job]:
    """A listed task and its children, who have fewer fields of their own."""
    children = _objects(entry.get("children"))
    mother = _text(entry, "id")
    inherited = {key: entry[key] for key in ("db_use_type", "job_type", "engine_type") if key in entry}
    jobs = [_job(entry, "", children)] + [_job({**inherited, **child}, mother, ()) for child in children]
    return [job for job in jobs if not is_deleted(job)]


def _job(entry: Json, parent: str, children: t.Sequence[Json]) -> Job:
    job_id, status = _text(entry, "id"), _text(entry, "status")
    if not ID.fullmatch(job_id):
        raise ProtocolError(f"A task has no id that could be sent back: {_shown(entry)}")
    actions = entry.get("job_action")
    current = _text(actions, "current_action").upper() if isinstance(actions, dict) else ""
    state, halted, running = states.translate(status, _text(entry, "task_type"), current)
    tasks = [child for child in children if not _SUBTASK.match(states.canonical(_text(child, "status")))]
    # Only v5 names the role; in v3 it shows in the children and, in a detail, in multi_write (contract 5.2, 6.2).
    alone = not children and not parent
    is_parent = alone and (entry.get("multi_write") is True or _text(entry, "job_mode_role") == "parent")
    return Job(
        id=job_id,
        name=_text(entry, "name"),
        type=_text(entry, "db_use_type", "job_type"),
        system="drs",
        state=state,
        raw_state=status,
        halted=halted,
        running=running,
        started=_time(entry.get("actual_start_time")),
        reason=_text(entry, "error_msg", "error_message", "failed_reason"),
        facts={
            "drs": states.Facts(
                available=_words(actions.get("available_actions")) if isinstance(actions, dict) else None,
                unavailable=_words(actions.get("unavailable_actions")) if isinstance(actions, dict) else frozenset(),
                current_action=current,
                parent=parent,
                is_subtask=bool(_SUBTASK.match(states.canonical(status))),
                is_parent=is_parent or bool(tasks),
                children=tuple(_text(child, "id") for child in tasks),
            )
        },
    )


def _objects(value: t.Any) -> list[Json]:
    """A list of objects; nothing and a single object are lists too."""
    if value is None or value == "":
        return []
    items = value if isinstance(value, list) else [value]
    for item in items:
        if not isinstance(item, dict):
            raise ProtocolError(f"An object was expected but there is {_shown(item)}")
    return items


def _text(entry: Json, *keys: str) -> str:
    """The first of these keys that has a value, as text; numbers are taken as they come."""
    for key in keys:
        value = entry.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value)
    return ""


def _number(value: t.Any) -> int | None:
    """A count; many numbers of this API are strings (contract 9, item 10)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value.strip()):
        return int(value)
    return None


def _words(value: t.Any) -> frozenset[str]:
    words = value if isinstance(value, list) else [value]
    return frozenset(word.strip().upper() for word in words if isinstance(word, str) and word.strip())


def _time(value: t.Any) -> str:
    """Epoch milliseconds as ISO 8601 in UTC; 0, less and anything else count as not known."""
    milliseconds = _number(value) or 0
    if milliseconds <= 0:
        return ""
    try:
        moment = datetime.datetime.fromtimestamp(milliseconds / 1000, tz=datetime.timezone.utc)
    except (OverflowError, OSError, ValueError):
        return ""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown(value: t.Any) -> str:
    return shown(value, 120)
