# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: _clock, _errors, _model, _system, capabilities, jobs, kinds, query, session, states, tasks, wire.

"""Veeam Backup Enterprise Manager as a job system: the verbs, in as few requests as its interface allows."""

from __future__ import annotations

import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock, Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    Ineligible,
    JobControlError,
    NotFound,
    ProtocolError,
    Refused,
)
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    Selection,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._system import Answer, Connection, JobSystem
from ansible_collections.batchops.job_control.plugins.module_utils._veeam import jobs as parts
from ansible_collections.batchops.job_control.plugins.module_utils._veeam import query, states, wire
from ansible_collections.batchops.job_control.plugins.module_utils._veeam.capabilities import CAPABILITIES
from ansible_collections.batchops.job_control.plugins.module_utils._veeam.kinds import KINDS, Kind, SessionType
from ansible_collections.batchops.job_control.plugins.module_utils._veeam.session import LogonSession
from ansible_collections.batchops.job_control.plugins.module_utils._veeam.tasks import Pending, Tasks


class Veeam(JobSystem):
    """One Enterprise Manager and the backup servers behind it."""

    capabilities = CAPABILITIES

    def __init__(self, connection: Connection, clock: Clock) -> None:
        """
        :raises UsageError: a connection option is missing.
        :raises MissingLibrary: a Python library is not installed.
        """
        self._session = LogonSession(connection, clock)
        self._tasks = Tasks(self._session, clock)
        self._edits = {enabled: self._session.dialect.edit(enabled) for enabled in (True, False)}
        self._kinds: dict[str, Kind] = {}  # by job id
        self._runs_before_retry: dict[str, str] = {}  # job id -> id of the session that failed
        self._stopped_runs: dict[str, str] = {}  # job id -> id of the session that we asked to stop

    @property
    def identity(self) -> str:
        return self._session.base

    @property
    def traffic(self) -> dict[str, t.Any]:
        return self._session.traffic

    def bound(self, deadline: Deadline) -> None:
        self._session.bound(deadline)

    def close(self) -> None:
        self._session.close()

    # --- read ------------------------------------------------------------------------------------------------

    def list_jobs(self, selection: Selection) -> t.Iterator[Job]:
        latest = _LatestSessions(self._session.read)
        seen: set[str] = set()
        for kind in query.kinds_of(selection):
            filter_ = query.narrow(selection, kind)
            feed = query.Feed(self._session.read, query.jobs(kind, filter_))
            for entities in feed:
                found = {defined.id: defined for defined in (parts.definition(entity, kind) for entity in entities)}
                new = [defined for defined in found.values() if defined.id not in seen]
                seen.update(found)
                yield from self._jobs(new, latest, rounds=1 + feed.pages_left)
            if feed.is_pieced_together:
                overlooked = self._definitions(kind, self._ids(kind, filter_) - seen)
                yield from self._jobs(list(overlooked.values()), latest)

    def get_jobs(self, job_ids: t.Sequence[str]) -> dict[str, Job]:
        named = {given: parts.parse_id(given) for given in job_ids}
        defined: dict[str, parts.Definition] = {}
        for kind in KINDS:
            wanted = {
                name.id
                for name in named.values()
                if name.id not in defined and (name.kind or self._kinds.get(name.id, kind)) is kind
            }
            defined.update(self._definitions(kind, wanted))
        found = {job.id: job for job in self._jobs(list(defined.values()), _LatestSessions(self._session.read))}
        return {given: found[name.id] for given, name in named.items() if name.id in found}

    def canonical_id(self, given: str) -> str:
        return parts.parse_id(given).id

    def _definitions(self, kind: Kind, wanted: set[str]) -> dict[str, parts.Definition]:
        """Those of the wanted jobs that are of this kind."""
        found: dict[str, parts.Definition] = {}
        missing: query.Missing = {job_id: (f"urn:veeam:{kind.name}:{job_id}",) for job_id in sorted(wanted)}

        def absorb(entities: list[wire.Fields]) -> t.Iterable[str]:
            page = {defined.id: defined for defined in (parts.definition(entity, kind) for entity in entities)}
            found.update((job_id, defined) for job_id, defined in page.items() if job_id in wanted)
            return page

        def by_uid(uids: t.Sequence[str]) -> query.Feed:
            return query.Feed(self._session.read, query.jobs_by_uid(kind, uids))

        feed = query.Feed(self._session.read, query.jobs(kind))
        query.gather(missing, absorb, feed, by_uid)
        if missing and feed.is_pieced_together:
            overlooked = missing.keys() & self._ids(kind)
            query.ask({job_id: missing[job_id] for job_id in sorted(overlooked)}, absorb, by_uid)
        return found

    def _ids(self, kind: Kind, filter_: str = "") -> set[str]:
        """The ids of all jobs of a kind, most likely on one page.

        Longer pages may have left one out: a job that vanishes moves those behind it to pages that were read before,
        and pages that have numbers cannot overlap (contract 5.2).
        """
        references = query.Feed(self._session.read, query.references(kind, filter_))
        return {parts.id_of(reference) for page in references for reference in page}

    def _jobs(self, defined: t.Sequence[parts.Definition], latest: _LatestSessions, rounds: int = 1) -> t.Iterator[Job]:
        latest.find(defined, rounds)
        for one in defined:
            self._kinds[one.id] = one.kind
            session = latest.found.get(one.id)
            yield parts.job(
                one,
                session,
                retried=_is_newer(session, self._runs_before_retry.get(one.id)),
                replaced=_is_newer(session, self._stopped_runs.get(one.id)),
            )

    def earlier_run(self, job: Job, run_id: str) -> Job | None:
        defined: parts.Definition = job.facts["definition"]
        try:
            session = parts.session(self._entity(defined.session_type.root, run_id))
        except NotFound:
            return None  # sessions are kept for 30 days (contract 6.2)
        return parts.job(defined, session) if session.has_ended else None

    # --- act -------------------------------------------------------------------------------------------------

    def decide(self, verb: Verb, job: Job, options: VerbOptions) -> Decision:
        return states.decide(verb, job, options)

    def act(self, verb: Verb, jobs: t.Sequence[Job], options: VerbOptions) -> list[Answer]:
        pending: list[Pending] = []
        refused: list[Answer] = []
        for job in jobs:
            try:
                pending.append(self._begin(verb, job))
            except AuthFailed as error:
                if not pending and not refused:
                    raise
                answered = len(pending) + len(refused)
                refused += [Answer(other.id, error) for other in jobs[answered:]]
                break
            except JobControlError as error:
                refused.append(Answer(job.id, error))
        return refused + self._tasks.follow(pending)

    def arrived(self, verb: Verb, job: Job) -> bool | None:
        request = job.facts["requests"].get(verb)
        if request is None:
            return None
        return self._tasks.arrived(job.id, request.is_absolute)

    def _begin(self, verb: Verb, job: Job) -> Pending:
        """Ask for a verb; the answer is a task that has begun."""
        request: parts.Request | None = job.facts["requests"].get(verb)
        if request is None:
            raise Ineligible(f"Enterprise Manager offers no way to {verb.value} job {job.id}")
        if verb in (Verb.SUSPEND, Verb.RESUME):
            self._look_before(job, wanted=verb is Verb.RESUME)
        if verb is Verb.RETRY:
            self._runs_before_retry[job.id] = job.run_id
        elif verb is Verb.CANCEL_RUNNING:
            self._stopped_runs[job.id] = job.run_id
        body = b"" if request.enables is None else self._edits[request.enables]
        return self._tasks.begin(job.id, request.method, request.target, body)

    def _look_before(self, job: Job, wanted: bool) -> None:
        """Look once more right before a request: a toggle would undo what somebody else has just done (contract 9, item
        10), and what was done already would count as ours.

        :raises Refused: the schedule is as wanted already. Where the answer to our last request was lost, it may have
            been that (`maybe_applied`).
        """
        defined: parts.Definition = job.facts["definition"]
        in_doubt = self._tasks.is_in_doubt(job.id)
        try:
            enabled = parts.definition(self._entity(defined.kind.root, job.id), defined.kind).enabled
            if enabled is None:
                raise ProtocolError(f"Enterprise Manager does not say whether job {job.id} is enabled")
        except JobControlError as error:
            error.maybe_applied = in_doubt  # nothing more was written yet
            raise
        if enabled is wanted:
            word = "enabled" if wanted else "disabled"
            raise Refused(f"Job {job.id} was {word} by somebody else meanwhile", maybe_applied=in_doubt)

    def _entity(self, root: str, identity: str) -> wire.Fields:
        """One job or session in full. Its path is made: the link to a file share job leads elsewhere (contract 5.1).

        :raises ProtocolError: the answer holds something else.
        """
        found = wire.entities(self._session.read(wire.Target(f"{root}/{identity}", (("format", "Entity"),))))
        if [parts.id_of(one) for one in found] != [identity]:
            raise ProtocolError(f"The answer does not hold {root}/{identity}, which was asked for, and nothing else")
        return found[0]


def _is_newer(session: parts.Session | None, known: str | None) -> bool:
    """Whether a job's latest session is another one than that which was its latest when we asked for something."""
    return session is not None and known is not None and session.id != known


class _LatestSessions:
    """The latest session of each job, in few queries for many jobs (contract 5.2, 6.2)."""

    def __init__(self, read: query.Read) -> None:
        self._read = read
        self._feeds: dict[SessionType, query.Feed] = {}
        self.found: dict[str, parts.Session] = {}  # by job id

    def find(self, defined: t.Sequence[parts.Definition], rounds: int) -> None:
        """Look for the sessions of these jobs; those that are not in `found` afterwards have none.

        :param rounds: how many lots of jobs are still to come, this one included.
        """
        for type_ in {one.session_type for one in defined}:
            self._find(type_, [one for one in defined if one.session_type == type_], rounds)

    def _find(self, type_: SessionType, defined: t.Sequence[parts.Definition], rounds: int) -> None:
        missing = {one.id: one.uids for one in defined if one.id not in self.found}

        def by_uid(uids: t.Sequence[str]) -> query.Feed:
            return query.Feed(self._read, query.sessions_by_uid(type_, uids))

        feed = self._feeds.setdefault(type_, query.Feed(self._read, query.sessions(type_)))
        query.gather(missing, self._absorb, feed, by_uid, rounds)

    def _absorb(self, entities: list[wire.Fields]) -> list[str]:
        sessions = [parts.session(entity) for entity in entities]
        for session in sessions:
            self.found.setdefault(session.job_id, session)
        return [session.job_id for session in sessions]
