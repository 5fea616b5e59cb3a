# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _model, facts, states.

"""What the product's documents say: errors in all their shapes, tokens, jobs. Pure functions on decoded bodies."""

from __future__ import annotations

import datetime
import math
import re
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._commvault import states
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.facts import Facts, Work
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    ProtocolError,
    UsageError,
    excerpt,
    shown,
)
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job

Document = dict[str, t.Any]

_ID = re.compile(r"[0-9]{1,18}", re.ASCII)
_TAG = re.compile(r"<[^<>]*>")
_LONGEST_MESSAGE = 500  # characters
_LAST_SECOND = 253_402_300_799  # of the year 9999; a greater number is no time in seconds
_DEEPEST = 8  # levels of lists and holders around an error; the product uses three
_NO_REASON = "The product refused the request and gave no reason"


class Fault(t.NamedTuple):
    """An error inside of a document."""

    code: str
    message: str


class NotWhole(ProtocolError):
    """It cannot be proven that all jobs of a list were seen."""


class Page(t.NamedTuple):
    """A part of a list of jobs; `total` counts all that match, None when the answer does not say."""

    total: int | None
    jobs: list[Job]


# --- errors --------------------------------------------------------------------------------------------------------

#: Where errors are kept, as seen in the field (contract 8.3); each may hold one or many, or another one of these.
_HOLDERS = ("errors", "errList", "errorList", "error", "response")
_TEXTS = ("errLogMessage", "errorMessage", "errorString")
_SUCCESS = "0"
_CODE = re.compile(r"-?[0-9]+", re.ASCII)
#: What a good answer has one of, unless it is empty (contract 4.4, 5.1, 8.2, 8.3, 8.7).
_MARKS = frozenset(
    (
        *("jobs", "totalRecordsWithoutPaging", "jobIds", "taskId", "errors", "errList", "errorList"),
        *("user", "acObjects", "groups", "clientGroupDetail", "clientProperties"),
    )
)


def fault(document: Document) -> Fault | None:
    """The error that the document reports, in whatever shape; None when it reports none.

    Several errors become one: the code of the first, and what all of them say.
    """
    failures = [found for found in _outcomes(document) if found.code != _SUCCESS]
    if not failures:
        return None
    messages = dict.fromkeys(found.message for found in failures if found.message)
    return Fault(failures[0].code, excerpt("; ".join(messages), _LONGEST_MESSAGE) or _NO_REASON)


def is_own(document: Document, is_good: bool) -> bool:
    """Whether a document has a shape of the product's, not of something in front of it that speaks JSON as well.

    :param is_good: whether the status says that the request was accepted.
    :raises ProtocolError: its errors are nested as no product nests them.
    """
    if any(_CODE.fullmatch(found.code) for found in _outcomes(document)):
        return True
    return is_good and (not document or not _MARKS.isdisjoint(document))


def is_of_login(document: Document) -> bool:
    """Whether a document answers a login: it has a token, or tells how the account is (contract 4.1)."""
    return bool(token(document)) or "isAccountLocked" in document


def accept(document: Document) -> None:
    """Insist on one of the shapes of success: nothing at all, or code 0 (contract 8.2).

    :raises ProtocolError: the product neither accepts nor refuses, such as with an empty list of errors.
    """
    if document and not _outcomes(document):
        raise ProtocolError(f"The answer neither accepts nor refuses the action: {shown(document)}")


def new_job_id(document: Document) -> str:
    """The id of the job that a resubmit made; empty when it was accepted without telling (contract 8.2).

    :raises ProtocolError: neither accepted nor refused.
    """
    for entry in as_list(document.get("jobIds")):
        found = text(entry.get("val") if isinstance(entry, dict) else entry)
        if _ID.fullmatch(found):
            return str(int(found))
    if "taskId" not in document:
        accept(document)
    return ""


def _outcomes(value: t.Any, depth: int = _DEEPEST) -> list[Fault]:
    """Every code and message of errors, those that mean success included.

    :raises ProtocolError: they are nested as no product nests them.
    """
    if depth == 0:
        raise ProtocolError(f"The answer's errors are nested deeper than {_DEEPEST} levels")
    if isinstance(value, list):
        return [found for member in value for found in _outcomes(member, depth - 1)]
    if not isinstance(value, dict):
        return [Fault("", text(value))] if text(value) else []
    code = text(value.get("errorCode"))
    message = next((text(value[name]) for name in _TEXTS if text(value.get(name))), "")
    own = [Fault(code, message)] if code or message else []
    return own + [found for holder in _HOLDERS if holder in value for found in _outcomes(value[holder], depth - 1)]


# --- sessions ------------------------------------------------------------------------------------------------------

_PREFIXES = ("qsdk ", "saml ", "bearer ")


def token(document: Document) -> str:
    """The token of an accepted login, as it is sent back; empty when there is none. Gateways nest it (contract 4.1)."""
    data = document.get("data")
    nested = data if isinstance(data, dict) else {}
    return text(document.get("token")) or text(document.get("authToken")) or text(nested.get("authToken"))


def login_refusal(document: Document) -> Fault:
    """Why a login got no token."""
    found = fault(document) or Fault("", "The product accepts the login but gives no token")
    if flag(document.get("isAccountLocked")):
        seconds = excerpt(text(document.get("remainingLockTime")), 20) or "some"
        return Fault(found.code, f"{found.message.rstrip('.')}; the account is locked for {seconds} seconds")
    if flag(document.get("forcePasswordChange")):
        return Fault(found.code, f"{found.message.rstrip('.')}; the password has to be changed first")
    return found


def with_prefix(injected: str) -> str:
    """A token of the user's own as the header wants it: what a login gives begins with QSDK (contract 4.2)."""
    return injected if injected.lower().startswith(_PREFIXES) else f"QSDK {injected}"


# --- jobs ----------------------------------------------------------------------------------------------------------


def job_id(given: str) -> str:
    """A job's id in the spelling of the product.

    :raises UsageError: it is no number.
    """
    if not _ID.fullmatch(given.strip()):
        raise UsageError(f"job_ids: {given!r} is not the id of a Commvault job, which is a number such as 781.")
    return str(int(given))


def page(document: Document) -> Page:
    """A list of jobs (contract 5.1): the key `jobs` is absent when there are none.

    :raises ProtocolError: it is something else.
    """
    if "jobs" not in document and "totalRecordsWithoutPaging" not in document:
        raise ProtocolError(f"The answer is no list of jobs: {shown(document)}")
    total = document.get("totalRecordsWithoutPaging")
    return Page(whole(total) if text(total) else None, [job(entry) for entry in as_list(document.get("jobs"))])


def job(entry: t.Any) -> Job:
    """One entry of a list.

    :raises NotWhole: it has no id, so that it could be any job.
    :raises ProtocolError: it is none.
    """
    summary = fields(fields(entry).get("jobSummary"))
    subclient, type_, status = _sub(summary, "subclient"), text(summary.get("jobType")), text(summary.get("status"))
    destination = text(summary.get("destClientName")) or text(_sub(summary, "destinationClient").get("clientName"))
    owner = text(subclient.get("clientName")) or destination
    name = _name(type_, owner, text(subclient.get("subclientName")) or text(summary.get("subclientName")))
    identity, row = text(summary.get("jobId")), states.translate(status)
    if not _ID.fullmatch(identity):
        raise NotWhole(f"A job in the answer has no jobId: {excerpt(name) or shown(summary)}, jobId {identity[:20]!r}")
    started, ended, updated = (epoch(summary.get(name)) for name in ("jobStartTime", "jobEndTime", "lastUpdateTime"))
    return Job(
        id=str(int(identity)),
        name=name,
        type=type_,
        system="commvault",
        state=row.state,
        raw_state=status,
        halted=row.halted,
        running=row.running,
        owner=owner,
        started_by=text(_sub(summary, "userName").get("userName")),
        progress=number(summary.get("percentComplete")),
        started=moment(started),
        ended=moment(ended or (updated if row.state.is_final else 0)),  # contract 6.2, note 1
        reason=" ".join(_TAG.sub(" ", text(summary.get("pendingReason"))).split()),
        facts={
            "commvault": Facts(
                work=Work(
                    client=entity(subclient.get("clientId")),
                    subclient=entity(subclient.get("subclientId")),
                    type=type_,
                    destination=destination,
                ),
                started=started,
                ended=ended,
                updated=updated,
                is_over=row.state.is_final or _is_told(summary.get("jobEndTime")),
                is_visible=flag(summary.get("isVisible")) is not False,
            )
        },
    )


def _name(type_: str, client: str, subclient: str) -> str:
    """The product has no job names; this is what people call a job."""
    place = "/".join(part for part in (client, subclient) if part)
    return " ".join(part for part in (type_, place) if part)


def _sub(summary: Document, name: str) -> Document:
    """An object in the summary, which jobs of the CommServe itself may lack (contract 6.2)."""
    value = summary.get(name)
    return value if isinstance(value, dict) else {}


# --- values --------------------------------------------------------------------------------------------------------


def as_list(value: t.Any) -> list[t.Any]:
    """What is there once or many times (contract 9.3)."""
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


def fields(value: t.Any) -> Document:
    """An object.

    :raises ProtocolError: it is none.
    """
    if not isinstance(value, dict):
        raise ProtocolError(f"An object was expected but not this: {shown(value)}")
    return value


def text(value: t.Any) -> str:
    """A value as text; empty for what is absent, null or no simple value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() if isinstance(value, (str, int, float)) else ""


def flag(value: t.Any) -> bool | None:
    """A boolean of JSON or of either kind of XML (contract 9.3); None when it is none."""
    return {"true": True, "1": True, "false": False, "0": False}.get(text(value).lower())


def whole(value: t.Any) -> int:
    """A number that is not negative.

    :raises ProtocolError: it is something else.
    """
    given = text(value)
    if not _ID.fullmatch(given):
        raise ProtocolError(f"A number was expected but not this: {shown(value)}")
    return int(given)


def entity(value: t.Any) -> str:
    """The id of a client, group or subclient: 0 where there is none, empty where it cannot be read."""
    given = text(value) or "0"
    return str(int(given)) if _ID.fullmatch(given) else ""


def number(value: t.Any) -> float | None:
    """A finite number, None when it is none."""
    try:
        found = float(text(value))
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def epoch(value: t.Any) -> int:
    """A time in seconds since the epoch; 0 when there is none, or none that can be read."""
    seconds = number(value) or 0
    return int(seconds) if 0 < seconds <= _LAST_SECOND else 0


def moment(seconds: int) -> str:
    """Seconds since the epoch as ISO 8601 in UTC; empty for 0, which stands for "not yet"."""
    if not seconds:
        return ""
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_told(value: t.Any) -> bool:
    """Whether there is a time, readable or not; 0 and what is below stand for "not yet"."""
    found = number(value)
    return bool(text(value)) if found is None else found > 0
