# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _model, _times, changes, own_verbs, states.

"""The words on the wire: job ids, addresses, bodies, and units as they come in lists (contract 5, 6, 8, 9). Pure."""

from __future__ import annotations

import json
import re
import typing as t
import urllib.parse

from ansible_collections.batchops.job_control.plugins.module_utils import _times
from ansible_collections.batchops.job_control.plugins.module_utils._ajs import changes, states
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.own_verbs import EXEC_ID
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    ProtocolError,
    UsageError,
    excerpt,
    shown,
)
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, JobState, Verb, VerbOptions

#: a list is cut at this many entries, and says so (contract 5.2)
MOST_ENTRIES = 1000
#: a count or version; there are more digits than these ten, which int() does not take
NUMBER = re.compile(r"[0-9]{1,18}")


class JobId(t.NamedTuple):
    """A unit and one of its generations; an empty execution ID means the current one."""

    unit_name: str
    exec_id: str

    @property
    def parent(self) -> str:
        """The full name of the upper unit."""
        return self.unit_name.rpartition("/")[0] or "/"

    @property
    def short_name(self) -> str:
        return self.unit_name.rpartition("/")[2]


class Unit(t.NamedTuple):
    """One entry of a list. A unit that is not registered has no generation, and a group never has: no job."""

    name: str
    type: str
    job: Job | None

    @property
    def may_hold_jobs(self) -> bool:
        """Whether there can be registered units below it."""
        return self.type in states.GROUPS or (self.job is not None and self.type in states.NETS | {"COND"})


class Page(t.NamedTuple):
    """The answer to a search: all that was found, unless it was cut."""

    units: list[Unit]
    complete: bool


def parse_id(given: str) -> JobId:
    """A job id as users write it: `/Group/Net/Job:@A100`, or the unit name alone.

    The execution ID comes after the last colon (contract 9, item 3).

    :raises UsageError: neither form.
    """
    name, _colon, tail = given.rpartition(":")
    if not tail.startswith("@"):
        name, tail = given, ""
    if not name.startswith("/") or name.endswith("/") or (tail and not EXEC_ID.fullmatch(tail)):
        raise UsageError(
            f"job_ids: {excerpt(given)} is not a JP1/AJS3 job; give the unit's full name and its execution ID, such as "
            "/Group/Jobnet:@A100, or the full name alone for its current generation."
        )
    return JobId(name, tail)


def unit_path(job_id: JobId) -> str:
    """The address of one generation, relative to the API's base: one path segment, `/` and `@` encoded."""
    name = urllib.parse.quote(job_id.unit_name, safe="")
    return f"objects/statuses/{name}:{urllib.parse.quote(job_id.exec_id, safe='')}"


def action_path(job_id: JobId, action: str) -> str:
    """The address of an action on one generation (contract 8.1)."""
    return f"{unit_path(job_id)}/actions/{action}/invoke"


def body(parameters: t.Mapping[str, t.Any]) -> bytes:
    """The body of an action: parameters never go into the query (contract 8.3)."""
    return json.dumps({"parameters": parameters}, separators=(",", ":"), ensure_ascii=False).encode()


def action(verb: Verb, job: Job, options: VerbOptions) -> tuple[str, dict[str, t.Any]]:
    """The vendor's name of a verb and the parameters it has beside manager and service (contract 8.2)."""
    if verb is Verb.RETRY:
        return "rerun", {"rerunMethod": states.rerun_method(job, options)}
    if verb is Verb.CHANGE_STATUS:
        return "changeStatus", changes.StatusChange.of(options).parameters
    name, parameters = _ACTIONS[verb]
    return name, dict(parameters)


_ACTIONS: t.Mapping[Verb, tuple[str, t.Mapping[str, t.Any]]] = {
    Verb.SUSPEND: ("changeHold", {"holdAttr": "SET"}),
    Verb.RESUME: ("changeHold", {"holdAttr": "RELEASE"}),
    Verb.CANCEL_RUNNING: ("kill", {}),
}


def decode_page(answer: t.Mapping[str, t.Any]) -> Page:
    """A list's answer.

    :raises ProtocolError: not the shape of contract 5.4.
    """
    entries = answer.get("statuses")
    if not isinstance(entries, list):
        raise ProtocolError(f"The list of units is not a list but {shown(entries)}")
    complete = answer.get("all")
    if not isinstance(complete, bool):
        complete = len(entries) < MOST_ENTRIES
    return Page([decode_unit(entry) for entry in entries], complete)


def decode_unit(entry: t.Any) -> Unit:
    """A status-monitoring resource: `definition`, `unitStatus` and `release` (contract 6.2).

    :raises ProtocolError: not the shape of contract 6.2.
    """
    definition = _member(entry, "definition")
    status = _member(entry, "unitStatus")
    name = text(definition, "unitName") or text(status, "unitName")
    if not name.startswith("/"):
        raise ProtocolError(f"A unit in the answer has no full name: {shown(entry)}")
    unit_type = text(definition, "unitType")
    is_job = unit_type not in states.GROUPS and text(status, "execID") != ""
    return Unit(name, unit_type, _job(name, unit_type, definition, status) if is_job else None)


def _job(name: str, unit_type: str, definition: t.Mapping[str, t.Any], status: t.Mapping[str, t.Any]) -> Job:
    exec_id = text(status, "execID")
    word = text(status, "status")
    hold = text(status, "holdAttr")
    state, halted, running = states.interpret(word, hold)
    restarted = status.get("reStartTime")
    is_waiting = state in (JobState.QUEUED, JobState.HELD)
    return Job(
        id=f"{name}:{exec_id}",
        name=name,
        type=unit_type,
        system="ajs",
        state=state,
        raw_state=word,
        halted=halted,
        running=running,
        owner=text(status, "execHost") or text(definition, "execAgent"),
        started=_times.utc(restarted) or _times.utc(status.get("startTime")),
        ended=_times.utc(status.get("endTime")),
        next_run=_times.utc(status.get("schStartTime")) if is_waiting else "",
        facts={
            "short_name": name.rpartition("/")[2],
            "exec_id": exec_id,
            "is_root": states.is_root(unit_type, name, text(definition, "rootJobnetName")),
            "hold_attribute": hold,
            "return_code": text(status, "retCode"),
            "restarted": restarted if isinstance(restarted, str) else "",
        },
    )


def _member(entry: t.Any, name: str) -> t.Mapping[str, t.Any]:
    """An object inside an entry; null and absent are the same (contract 6.2)."""
    value = (entry.get(name) or {}) if isinstance(entry, dict) else None
    if not isinstance(value, dict):
        raise ProtocolError(f"A unit in the answer is not an object with a {name}: {shown(entry)}")
    return value


def text(members: t.Mapping[str, t.Any], name: str) -> str:
    """A string member; numbers are taken for their digits, null and absent for nothing.

    :raises ProtocolError: anything else.
    """
    value = members.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ProtocolError(f"{name} of a unit should be a string but is {shown(value)}")
    return str(value)
