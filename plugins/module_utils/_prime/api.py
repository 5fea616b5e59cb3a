# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _errors, _model, _paging, _system, capabilities, session, states, wire.

"""Cisco Prime Infrastructure and EPN Manager: the webacs REST API for jobs."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock, Deadline, pauses
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    JobControlError,
    NotFound,
    ProtocolError,
    Refused,
    WaitTimeout,
)
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    Selection,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._paging import Pages
from ansible_collections.batchops.job_control.plugins.module_utils._prime import states, wire
from ansible_collections.batchops.job_control.plugins.module_utils._prime.capabilities import CAPABILITIES
from ansible_collections.batchops.job_control.plugins.module_utils._prime.session import Session
from ansible_collections.batchops.job_control.plugins.module_utils._system import (
    Answer,
    Connection,
    JobSystem,
)

Filters = t.Sequence[tuple[str, str]]

#: Instances per page: the ceiling of every server that was seen (contract 5.1).
PAGE_SIZE = 1000
#: So many jobs are read one by one; for more, a page of the list is the smaller effort for both sides.
FEW = 4
MOST_READINGS = 10  # of a list that changes while it is read

SYSTEM_USER = "SYSTEM"
ALL_USERS: Filters = ()
SYSTEM_JOBS: Filters = (("username", SYSTEM_USER),)  # a plain list does not hold them (contract 5)


class Prime(JobSystem):
    """One server. The list of jobs has no filter on ids, so many jobs are found by reading the list."""

    capabilities = CAPABILITIES

    def __init__(self, connection: Connection, clock: Clock) -> None:
        """
        :raises UsageError: a connection option is missing or wrong.
        """
        self._session = Session(connection, clock)
        self._clock = clock
        self._page_size = PAGE_SIZE  # 0: the server's own
        self._asked_runs: dict[str, str] = {}  # job id -> the run that we asked to cancel
        self._acted: dict[str, Deadline] = {}  # job id -> until when it may be missing from what is read

    # --- read ------------------------------------------------------------------------------------------------

    def list_jobs(self, selection: Selection) -> t.Iterator[Job]:
        seen: set[str] = set()
        for filters in _lists(selection):
            for page in self._pages(filters):
                for job in page.jobs:
                    if job.id not in seen and (selection.include_system_jobs or job.owner != SYSTEM_USER):
                        seen.add(job.id)
                        yield self._remembered(job)

    def get_jobs(self, job_ids: t.Sequence[str]) -> dict[str, Job]:
        asked = {job_id: wire.canonical_id(job_id) for job_id in job_ids}
        found = self._find(set(asked.values()))
        for pause in pauses(5.0, first=1.0):
            hidden = {job_id for job_id in asked.values() if job_id not in found and self._may_be_hidden(job_id)}
            if not hidden:
                break
            left = self._session.deadline.remaining
            if not left:
                ids = ", ".join(sorted(hidden, key=int))
                raise WaitTimeout(f"wait_timeout is over, and the server may not show these jobs yet again: {ids}")
            self._clock.sleep(min(pause, left))
            found.update(self._find(hidden))
        return {job_id: self._remembered(found[known]) for job_id, known in asked.items() if known in found}

    def canonical_id(self, given: str) -> str:
        return wire.canonical_id(given)

    def _may_be_hidden(self, job_id: str) -> bool:
        return job_id in self._acted and not self._acted[job_id].passed

    def _find(self, ids: set[str]) -> dict[str, Job]:
        """Jobs by id: from the lists, or one by one as soon as that takes fewer requests than the pages to come."""
        found: dict[str, Job] = {}
        missing = ids
        for filters in (ALL_USERS, SYSTEM_JOBS):
            if len(missing) <= FEW:
                break
            for page in self._pages(filters):
                found.update({job.id: job for job in page.jobs if job.id in ids})
                missing = ids - found.keys()
                if len(missing) <= page.pages_left or not missing:
                    return {**found, **self._find_each(missing)}
        if len(missing) <= FEW:
            found.update(self._find_each(missing))
        return found

    def _find_each(self, ids: set[str]) -> dict[str, Job]:
        asked = [(job_id, self._find_one(job_id)) for job_id in sorted(ids, key=int)]
        if ids and not self._session.has_read:
            # Nothing but 404 so far: are the jobs unknown to the server, or this version of the API?
            self._read_list([(".maxResults", "1")])
        return {job_id: job for job_id, job in asked if job is not None}

    def _find_one(self, job_id: str) -> Job | None:
        """One job, or None when the server says that there is none."""
        try:
            return wire.single(self._session.read(f"{wire.LIST}/{job_id}"))
        except JobControlError as error:
            if isinstance(error, NotFound) or error.code == wire.UNKNOWN_ENTITY:
                return None
            raise

    def _pages(self, filters: Filters) -> t.Iterator[wire.Page]:
        """All pages of a list, which then was whole; a job may come twice.

        Each page begins with the last job of the one before. Where it does not, jobs that came or went have moved
        others to or from pages that were read before, so the list is read again.

        :raises ProtocolError: the server announces more jobs than it shows, or shows the same ones for ever.
        """
        for _attempt in range(MOST_READINGS):
            pages, first, last, is_over = Pages(), 0, "", False
            while not is_over:
                page = self._page(filters, first)
                if last and last not in [job.id for job in page.jobs[:1]]:
                    break
                new = pages.new(job.id for job in page.jobs)
                yield page
                is_over = not new if page.total is None else page.following >= page.total
                if not is_over and page.following <= first + bool(last):
                    raise ProtocolError(f"The server announces {page.total} jobs but shows none from number {first} on")
                last = page.jobs[-1].id if len(page.jobs) > 1 else ""
                first = page.following - bool(last)
            if is_over and len(pages.seen) >= (page.total or 0):
                return
        raise ProtocolError("The list of jobs changes faster than it can be read")

    def _page(self, filters: Filters, first: int) -> wire.Page:
        window = [(".full", "true"), (".firstResult", str(first))]
        if self._page_size:
            try:
                size = (".maxResults", str(self._page_size))
                return wire.page(self._read_list([*window, size, *filters]), first)
            except Refused as error:
                if error.http_status != 400:
                    raise
            self._page_size = 0  # the size is above the server's ceiling (contract 5.1): take what it gives
        return wire.page(self._read_list([*window, *filters]), first)

    def _read_list(self, query: Filters) -> wire.Document:
        try:
            return self._session.read(wire.LIST, query)
        except NotFound as error:
            raise NotFound(
                f"{error.message}: the server may not have version {self._session.version} of the API; set "
                "prime_api_version (Prime Infrastructure before 3.4 has no version 4, up to 3.0 only version 1)",
                code=error.code,
                http_status=error.http_status,
                method=error.method,
                url=error.url,
            ) from error

    def _remembered(self, job: Job) -> Job:
        """The job with what we asked of it before, which the product does not tell."""
        asked_run = self._asked_runs.get(job.id)
        if not asked_run:
            return job
        situation = dataclasses.replace(job.facts["situation"], asked_run=asked_run)
        return dataclasses.replace(job, facts={**job.facts, "situation": situation})

    # --- decide and act --------------------------------------------------------------------------------------

    def earlier_run(self, job: Job, run_id: str) -> Job | None:
        history = self._session.read("op/jobService/runhistory", [("jobId", job.id)], root="mgmtResponse")
        return wire.earlier_run(history, job, run_id)

    def decide(self, verb: Verb, job: Job, options: VerbOptions) -> Decision:
        return states.decide(verb, job, options)

    def act(self, verb: Verb, jobs: t.Sequence[Job], options: VerbOptions) -> list[Answer]:
        by_run = verb is Verb.CANCEL_RUNNING
        answers = self._ask(wire.OPERATIONS[verb], {job.run_id if by_run else job.id: job.id for job in jobs})
        put_off = {answer.job_id for answer in answers if answer.error and answer.error.not_done}
        asked = [job for job in jobs if job.id not in put_off]
        self._acted.update({job.id: Deadline(self._clock, CAPABILITIES.hidden) for job in asked})
        if by_run:
            self._asked_runs.update({job.id: job.run_id for job in asked})
        first = answers[0].error
        if first and all(answer.error is first for answer in answers):
            raise first
        return answers

    def _ask(self, operation: wire.Operation, targets: dict[str, str]) -> list[Answer]:
        """Ask about all targets (the product's id -> job id) at once.

        A server that refuses a whole request because of one of its ids is asked again for each half.
        """
        ids = list(targets)
        try:
            response = self._session.write(operation.path, wire.payload(operation, ids, self._session.version))
            said = wire.verdicts(response)
        except JobControlError as error:
            if len(ids) > 1 and _is_about_ids(error):
                middle = len(ids) // 2
                halves = ids[:middle], ids[middle:]
                return [
                    answer
                    for half in halves
                    for answer in self._ask(operation, {number: targets[number] for number in half})
                ]
            return [Answer(job_id, error) for job_id in targets.values()]
        url = self._session.url(operation.path)
        return [Answer(job_id, _error(number, said, url)) for number, job_id in targets.items()]

    # --- housekeeping ----------------------------------------------------------------------------------------

    def bound(self, deadline: Deadline) -> None:
        self._session.bound(deadline)

    def close(self) -> None:
        self._session.close()

    @property
    def identity(self) -> str:
        return f"{self._session.server} {self._session.domain}".rstrip()

    @property
    def traffic(self) -> dict[str, t.Any]:
        return self._session.traffic


def _lists(selection: Selection) -> list[Filters]:
    """The lists that a selection needs, each narrowed as far as the product documents it."""
    literal = [name for name in selection.names if not set(name) & set("*?[")]
    names = literal if len(literal) == len(selection.names) else []
    common = [*wire.equals("jobName", names), *wire.equals("jobType", selection.types)]
    lists: list[Filters] = [[*common, *wire.equals("username", selection.owners)]]
    if selection.include_system_jobs and (not selection.owners or SYSTEM_USER in selection.owners):
        lists.append([*common, *SYSTEM_JOBS])
    return lists


def _is_about_ids(error: JobControlError) -> bool:
    """Whether the product refused the request, and did nothing."""
    return isinstance(error, (Refused, NotFound)) and not error.maybe_applied


def _error(number: str, said: t.Mapping[str, str | None], url: str) -> JobControlError | None:
    if number not in said:
        message = f"The answer does not say what became of {number}"
        return ProtocolError(message, method="PUT", url=url, maybe_applied=True)
    complaint = said[number]
    if complaint is None:
        return None
    return Refused(complaint or "The product refused it and does not say why", method="PUT", url=url)
