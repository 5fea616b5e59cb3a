# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _errors, _model, _system, activity, capabilities, dialects, facts, paging,
# reruns, session, states, wire.

"""Commvault as a `JobSystem`: a job is one run, known by its number."""

from __future__ import annotations

import concurrent.futures
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock, Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._commvault import dialects, paging, states, wire
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.activity import Activities
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.capabilities import CAPABILITIES
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.dialects import Query, Request
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.facts import facts
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.reruns import Reruns
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.session import WebSession
from ansible_collections.batchops.job_control.plugins.module_utils._errors import JobControlError
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    JobState,
    Selection,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._system import Answer, Connection, JobSystem

FEW = 4  # jobs that are read one by one, as a list could take more requests
_DAY = 86400  # seconds

_ACTIONS: t.Mapping[Verb, str] = {
    Verb.SUSPEND: "pause",
    Verb.RESUME: "resume",
    Verb.CANCEL_RUNNING: "kill",
    Verb.RETRY: "Resubmit",
}


class Commvault(JobSystem):
    """The jobs of one CommCell that the user may see.

    :raises UsageError: an option is missing; no request was sent.
    :raises MissingLibrary: a Python library is not installed.
    """

    capabilities = CAPABILITIES

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._clock = clock
        self._session = WebSession(connection, clock)
        self._reruns = Reruns()
        self._lookup = _DAY  # seconds back to which finished jobs are of interest
        self._seeks_reruns = True
        self._resubmitted: dict[str, float] = {}  # job -> when the request was over

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

    def view(self, verb: Verb) -> JobSystem:
        """
        :raises UsageError: activities cannot be spoken of in the format that the user wants.
        """
        return Activities(self._session) if verb is Verb.SET_ACTIVITY else self

    # --- read --------------------------------------------------------------------------------------------------

    def list_jobs(self, selection: Selection) -> t.Iterator[Job]:
        self._lookup = max(self._lookup, int(selection.finished_within))
        query = _query(selection)
        shows_reruns = not query.statuses and self._session.dialect.is_ordered
        unsuccessful: list[Job] = []
        for batch in self._batches(query):
            for job in batch.jobs:
                if not shows_reruns and job.state in states.UNSUCCESSFUL:
                    unsuccessful.append(job)
                if selection.include_system_jobs or facts(job).is_visible:
                    yield job
        self._look_for_reruns(unsuccessful)

    def get_jobs(self, job_ids: t.Sequence[str]) -> dict[str, Job]:
        named = {given: wire.job_id(given) for given in job_ids}
        wanted = set(named.values())
        wanted |= {new for new in map(self._reruns.awaited, named.values()) if new}
        found: dict[str, Job] = {}
        # A job that is not active any more is among the finished ones, unless it has vanished.
        for category in (dialects.ACTIVE, dialects.FINISHED):
            if len(wanted) - len(found) > FEW and not self._sweep(Query(category, self._lookup), wanted, found):
                break
        self._read_one_by_one(wanted - found.keys(), found)
        if self._seeks_reruns:
            self._look_for_reruns([found[job_id] for job_id in sorted(set(named.values()) & found.keys())])
        return {given: found[job_id] for given, job_id in named.items() if job_id in found}

    def canonical_id(self, given: str) -> str:
        return wire.job_id(given)

    def _sweep(self, query: Query, wanted: set[str], found: dict[str, Job]) -> bool:
        """Pick wanted jobs from a list, as long as that takes fewer requests than one for each.

        :returns: whether the list was read to its end, so that the jobs still missing are not in it.
        """
        try:
            for batch in self._batches(query):
                found.update((job.id, job) for job in batch.jobs if job.id in wanted)
                if 0 < len(wanted) - len(found) <= batch.pages_left:
                    return False
                if len(wanted) == len(found):
                    break
        except wire.NotWhole:
            return False
        return True

    def _read_one_by_one(self, job_ids: t.Collection[str], found: dict[str, Job]) -> None:
        """Read jobs by their ids, several at a time."""
        if not job_ids:
            return
        with concurrent.futures.ThreadPoolExecutor(min(self._session.workers, len(job_ids))) as pool:
            for jobs in pool.map(self._read_one, sorted(job_ids, key=int)):
                for job in jobs:
                    self._reruns.note(job)
                    found[job.id] = job

    def _read_one(self, job_id: str) -> list[Job]:
        """The job, or nothing (contract 6.1)."""
        page = self._session.read(Request("GET", f"Job/{job_id}"), wire.page)
        return [job for job in page.jobs if job.id == job_id] if page else []

    def _batches(self, query: Query) -> t.Iterator[paging.Batch]:
        def fetch(offset: int, limit: int) -> wire.Page:
            request = self._session.dialect.listing(query, offset, limit)
            return self._session.read(request, wire.page) or wire.Page(0, [])

        for batch in paging.batches(fetch):
            for job in batch.jobs:
                self._reruns.note(job)
            yield batch

    def _look_for_reruns(self, jobs: t.Iterable[Job]) -> None:
        """Find out whether jobs that have failed were run again since, by the jobs of their clients."""
        unsure = [job for job in jobs if job.state in states.UNSUCCESSFUL and self._is_unsure(job)]
        if not unsure:
            return
        clients = {facts(job).work.client for job in unsure}
        ended = min(facts(job).ended or facts(job).updated or facts(job).started for job in unsure)
        age = max(0, int(self._clock.time()) - ended)
        # Jobs of the CommServe itself have no client. A day more, as the server's clock may not agree with ours.
        known = not clients & {"0", ""}
        query = Query(dialects.ALL, age + _DAY, clients=tuple(sorted(map(int, clients))) if known else (), aged=True)
        for _batch in self._batches(query):
            pass  # the jobs are noted as they pass

    def _is_unsure(self, job: Job) -> bool:
        rerun = self._reruns.of(job)
        return rerun is None or not rerun.job_id

    # --- act ---------------------------------------------------------------------------------------------------

    def decide(self, verb: Verb, job: Job, options: VerbOptions) -> Decision:
        return states.decide(verb, job, self._reruns.of(job) if verb is Verb.RETRY else None)

    def act(self, verb: Verb, jobs: t.Sequence[Job], options: VerbOptions) -> list[Answer]:
        """One request per job: the answers of the product's batch form are not documented (contract 8.6)."""
        self._seeks_reruns = verb is Verb.RETRY
        return [self._ask(verb, job, options) for job in jobs]

    def _ask(self, verb: Verb, job: Job, options: VerbOptions) -> Answer:
        request = Request("POST", f"Job/{job.id}/action/{_ACTIONS[verb]}", _parameters(verb, options))
        if verb is not Verb.RETRY:
            self._session.write(request, wire.accept)
            return Answer(job.id)
        self._reruns.ask(job.id)
        try:
            new_id = self._session.write(request, wire.new_job_id)
        except JobControlError as error:
            if error.not_done:
                self._reruns.withdraw(job.id)
            raise
        finally:
            self._resubmitted[job.id] = self._clock.monotonic()
        self._reruns.expect(job.id, new_id)
        return Answer(job.id, new_id=new_id)

    def arrived(self, verb: Verb, job: Job) -> bool | None:
        """Whether a resubmit made a job. That it made none is told when no job has come up since that could be it; a
        new job may not be found for seconds (contract 9.7).
        """
        if verb is not Verb.RETRY or job.id not in self._resubmitted:
            return None
        if self._reruns.of(job) is not None:
            return True
        settled = self._clock.monotonic() - self._resubmitted[job.id] >= CAPABILITIES.settle
        return False if settled and self._reruns.is_excluded(job) else None


def _query(selection: Selection) -> Query:
    """The list that shows the selection, narrowed by what can be said in the product's own words (contract 5.2).

    An unknown status has no words, and neither have names, types and owners: lists want numbers for those.
    """
    wanted = set(selection.states)
    category = dialects.ALL
    if wanted and JobState.UNKNOWN not in wanted:
        final = [state.is_final for state in wanted]
        category = dialects.FINISHED if all(final) else dialects.ALL if any(final) else dialects.ACTIVE
    return Query(
        category,
        int(selection.finished_within),
        statuses=() if JobState.UNKNOWN in wanted else states.statuses_of(wanted),
        hide_admin=not selection.include_system_jobs,
    )


def _parameters(verb: Verb, options: VerbOptions) -> tuple[tuple[str, str], ...]:
    """The query of an action (contract 8.1)."""
    if verb is Verb.SUSPEND and options.auto_resume_after is not None:
        return (("autoResumeInSec", str(options.auto_resume_after)),)
    if verb is Verb.RETRY and options.start_suspended:
        return (("startInSuspendedState", "True"),)
    return ()
