# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _model, kinds, states, wire.

"""Jobs and their sessions, read from the fields of an answer, with the requests that change them (contract 6, 8.1)."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._errors import ProtocolError, UsageError, excerpt
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, Verb
from ansible_collections.batchops.job_control.plugins.module_utils._veeam import states, wire
from ansible_collections.batchops.job_control.plugins.module_utils._veeam.kinds import (
    CDP_POLICY,
    JOB,
    KINDS,
    Kind,
    SessionType,
)

_ID = re.compile(r"(?:urn:veeam:(?P<kind>\w+):)?(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Request:
    """What to send for a verb."""

    method: str
    target: wire.Target
    is_absolute: bool  # the state after it does not depend on the state before: sending it twice does no harm
    enables: bool | None = None  # the value of ScheduleEnabled in its body; None: it has no body


@dataclasses.dataclass(frozen=True)
class Definition:
    """A job as the server defines it; what it does is told by its sessions."""

    id: str
    uid: str
    kind: Kind
    name: str
    job_type: str
    server: str
    enabled: bool | None
    next_run: str
    is_scheduled: bool  # it has a next run, also where that is no time that can be read
    configured: bool | None
    requests: t.Mapping[Verb, Request]

    @property
    def session_type(self) -> SessionType:
        return self.kind.session_type(self.job_type)

    @property
    def uids(self) -> tuple[str, ...]:
        """The forms in which a session may name this job: it is not documented whether a session of an agent or file
        share job uses the job's own namespace."""
        return tuple(dict.fromkeys((self.uid, f"urn:veeam:{JOB.name}:{self.id}")))


@dataclasses.dataclass(frozen=True)
class Session:
    """One run of a job."""

    id: str
    job_id: str
    state: str
    result: str
    created: str
    ended: str
    progress: float | None
    failure: str
    stop: Request | None

    @property
    def has_ended(self) -> bool:
        """Whether it says how it ended."""
        return self.state == states.STOPPED and bool(self.result)


@dataclasses.dataclass(frozen=True)
class JobName:
    """An id as a user gave it."""

    id: str
    kind: Kind | None  # None: any


def parse_id(given: str) -> JobName:
    """A bare UUID or a whole URN (contract 5.1).

    :raises UsageError: it is neither.
    """
    match = _ID.fullmatch(given.strip())
    kinds = {kind.name.lower(): kind for kind in KINDS}
    namespace = (match["kind"] or "").lower() if match else ""
    if match is None or (namespace and namespace not in kinds):
        names = ", ".join(kind.name for kind in KINDS)
        raise UsageError(
            f"job_ids: {excerpt(given)} is no id of a Veeam job; give the UUID, or urn:veeam:<kind>:<UUID> where the "
            f"kind is one of {names}."
        )
    return JobName(match["id"].lower(), kinds.get(namespace))


def id_of(entity: wire.Fields) -> str:
    """The id of a job or a session, or of what a reference leads to.

    :raises ProtocolError: its UID cannot be read.
    """
    uid = wire.text(entity.get("uid"))
    match = _ID.fullmatch(uid)
    if match is None:
        raise ProtocolError(f"The answer holds an object whose UID cannot be read: {excerpt(uid) or 'none'}")
    return match["id"].lower()


def definition(entity: wire.Fields, kind: Kind) -> Definition:
    """A job's own entity (contract 6.1).

    :raises ProtocolError: its UID cannot be read.
    """
    identity = id_of(entity)
    job_type = wire.text(entity.get("jobtype")) or wire.text(entity.get("policytype")) or kind.types[0]
    links = wire.links(entity)
    configured = wire.flag(entity.get("scheduleconfigured"))
    return Definition(
        id=identity,
        uid=wire.text(entity.get("uid")),
        kind=kind,
        name=wire.text(entity.get("name")),
        job_type=job_type,
        server=next((link.name for link in links if link.type == "BackupServerReference"), ""),
        enabled=wire.flag(entity.get("scheduleenabled")),
        next_run=wire.moment(entity.get("nextrun")),
        is_scheduled=bool(wire.text(entity.get("nextrun"))),
        configured=configured,
        requests=_requests(kind, identity, links),
    )


def session(entity: wire.Fields) -> Session:
    """A session (contract 6.2).

    :returns: one without `job_id` where it does not say whose it is.
    :raises ProtocolError: its UID cannot be read.
    """
    owner = _ID.fullmatch(wire.text(entity.get("jobuid")) or wire.text(entity.get("policyuid")))
    identity = id_of(entity)
    stop = _link("stop", identity, wire.links(entity))
    result = wire.text(entity.get("result"))
    return Session(
        id=identity,
        job_id=owner["id"].lower() if owner else "",
        state=wire.text(entity.get("state")),
        result="" if result == "None" else result,
        created=wire.moment(entity.get("creationtimeutc")),
        ended=wire.moment(entity.get("endtimeutc")),
        progress=wire.number(entity.get("progress")),
        failure=wire.text(entity.get("failuremessage")),
        stop=Request("POST", stop, is_absolute=False) if stop else None,
    )


def job(defined: Definition, latest: Session | None, retried: bool = False, replaced: bool = False) -> Job:
    """A job with its latest session, in neutral words."""
    requests = dict(defined.requests)
    if latest and latest.stop:
        requests.setdefault(Verb.CANCEL_RUNNING, latest.stop)  # a copy job has no Stop link of its own (contract 13)
    situation = states.Situation(
        enabled=defined.enabled,
        session=(latest.state or "State missing") if latest else "",
        result=latest.result if latest else "",
        scheduled=defined.is_scheduled or (defined.enabled is False and defined.configured is True),
        offers=frozenset(requests),
        retried=retried,
        replaced=replaced,
    )
    return Job(
        id=defined.id,
        name=defined.name,
        type=defined.job_type,
        system="veeam",
        state=states.state_of(situation),
        raw_state=states.raw_state(situation),
        halted=defined.enabled is False,
        running=states.is_running(situation),
        owner=defined.server,
        progress=latest.progress if latest else None,
        started=latest.created if latest else "",
        ended=latest.ended if latest else "",
        next_run=defined.next_run,
        run_id=latest.id if latest else "",
        reason=latest.failure if latest else "",
        facts={"situation": situation, "requests": requests, "definition": defined},
    )


def _requests(kind: Kind, identity: str, links: list[wire.Link]) -> dict[Verb, Request]:
    """What can be asked of a job: what it has links for (contract 6.1), and both of a policy's (8.1)."""
    links = [_rooted(link, kind, identity) for link in links]
    found: dict[Verb, Request] = {}
    for verb, rel in ((Verb.CANCEL_RUNNING, "stop"), (Verb.RETRY, "retry")):
        link = _link(rel, identity, links)
        if link:
            found[verb] = Request("POST", link, is_absolute=False)
    for verb, enables in ((Verb.SUSPEND, False), (Verb.RESUME, True)):
        request = _switch(kind, identity, links, enables)
        if request:
            found[verb] = request
    return found


def _switch(kind: Kind, identity: str, links: list[wire.Link], enables: bool) -> Request | None:
    """The request that enables or disables a job (contract 8.3).

    A job is disabled by an edit where there is one, as that is absolute. An edit that enables a job "needs the schedule
    defined", which some servers read as: in the same request. So a job is enabled by its toggle, which leaves the
    schedule alone.
    """
    if kind is CDP_POLICY:
        # the server links only the one of the two that would change something
        action = "enable" if enables else "disable"
        target = wire.Target(f"{kind.root}/{identity}", (("action", action),))
        return Request("POST", _link(action, identity, links) or target, is_absolute=True)
    toggle = _link("togglescheduleenabled", identity, links)
    edit = _link("edit", identity, links) if kind is JOB else None
    if edit and not (enables and toggle):
        target = wire.Target(edit.path, edit.query or (("action", "edit"),))
        return Request("PUT", target, is_absolute=True, enables=enables)
    return Request("POST", toggle, is_absolute=False) if toggle else None


def _rooted(link: wire.Link, kind: Kind, identity: str) -> wire.Link:
    """A job's link, below the collection that the job is found in: those of file share jobs may lead to that of the
    agents' jobs, where nothing is (contract 5.1; 9, item 14).
    """
    words = link.target.path.split("/") if link.target else []
    place = next((index for index, word in enumerate(words) if word.lower() == identity), None)
    if link.target is None or place is None:
        return link
    path = "/".join((kind.root, *words[place:]))
    return dataclasses.replace(link, target=dataclasses.replace(link.target, path=path))


def _link(rel: str, identity: str, links: list[wire.Link]) -> wire.Target | None:
    """The target of a link, provided that it is about this very object."""
    targets = [link.target for link in links if link.rel == rel and link.target]
    return next((target for target in targets if identity in target.path.lower().split("/")), None)
