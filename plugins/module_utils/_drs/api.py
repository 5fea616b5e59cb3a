# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _errors, _http, _model, _paging, _response, _system, capabilities, dialects,
# session, states, wire.

"""Huawei Cloud DRS as a `JobSystem`: a job is a replication task."""

from __future__ import annotations

import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock, Deadline, pauses
from ansible_collections.batchops.job_control.plugins.module_utils._drs import states, wire
from ansible_collections.batchops.job_control.plugins.module_utils._drs.capabilities import CAPABILITIES
from ansible_collections.batchops.job_control.plugins.module_utils._drs.dialects import DIALECTS, JOB_TYPES, Request
from ansible_collections.batchops.job_control.plugins.module_utils._drs.session import DrsSession, body_of, placed
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    NotFound,
    ProtocolError,
    RateLimited,
    UsageError,
)
from ansible_collections.batchops.job_control.plugins.module_utils._http import LONGEST_PAUSE
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    Selection,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._paging import Pages
from ansible_collections.batchops.job_control.plugins.module_utils._response import Response
from ansible_collections.batchops.job_control.plugins.module_utils._system import (
    Answer,
    Connection,
    JobSystem,
    chunks,
)

_MOST_READINGS = 20  # of one list, because tasks come and go while it is read
_LONGEST_PAUSING = 600.0  # seconds; a pause takes minutes at most, as a rule (contract 9, item 19)
_FIRST_BUSY_PAUSE = 1.0  # seconds; a pause or resume takes seconds at least (contract 9, item 19)

Decoded = t.TypeVar("Decoded")


class Drs(JobSystem):
    """The replication tasks of one project in one region.

    :raises UsageError: an option is missing; no request was sent.
    """

    capabilities = CAPABILITIES

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._dialect = DIALECTS[connection.product.get("api_version") or "v3"]()
        self._pause_mode: str = connection.product.get("pause_mode") or "target"
        workers = connection.workers or CAPABILITIES.workers
        self._session = DrsSession(connection, clock, workers, self._dialect.version)
        # What was learnt of tasks and lists, so that later reads need fewer requests.
        self._types: dict[str, str] = {}
        self._parents: dict[str, str] = {}
        self._pages: dict[str, int] = {}
        self._shows_actions = False

    @property
    def settle(self) -> float:
        """A server whose answers have no job_action does not show a pause before it is complete (contract 5.1, 7)."""
        return CAPABILITIES.settle if self._shows_actions else _LONGEST_PAUSING

    @property
    def identity(self) -> str:
        return f"{self._session.base_url} {self._session.project}"

    @property
    def traffic(self) -> dict[str, t.Any]:
        return self._session.traffic

    def bound(self, deadline: Deadline) -> None:
        self._session.bound(deadline)

    def close(self) -> None:
        self._session.close()

    def decide(self, verb: Verb, job: Job, options: VerbOptions) -> Decision:
        return states.decide(verb, job, options)

    # --- read ------------------------------------------------------------------------------------------------

    def list_jobs(self, selection: Selection) -> t.Iterator[Job]:
        """The tasks and their children.

        Only the type is left to the product: whether its search by name or status looks at children is not told.
        """
        seen: set[str] = set()
        for job_type in JOB_TYPES:
            if selection.types and job_type not in selection.types:
                continue
            for job in self._listed(job_type):
                if job.id not in seen:
                    seen.add(job.id)
                    yield job

    def get_jobs(self, job_ids: t.Sequence[str]) -> dict[str, Job]:
        """The tasks from the lists, as only these tell of a pause under way (contract 6.2); one list per type.

        What no list shows is asked for by id: a child task, which is then read with its parent, or one that does
        not exist.
        """
        for job_id in job_ids:
            if not wire.ID.fullmatch(job_id):
                raise UsageError(f"job_ids: {job_id!r} is not the id of a DRS task.")
        wanted = list(dict.fromkeys(job_ids))
        found = self._from_lists(wanted)
        missing = [job_id for job_id in wanted if job_id not in found]
        details = self._from_details(missing)
        found.update(details)
        found.update(self._from_lists([job_id for job_id in details if job_id in self._parents]))
        return found

    def started(self, job_ids: t.Sequence[str]) -> dict[str, str]:
        """Only details tell it (contract 6.2)."""
        return {job_id: job.started for job_id, job in self._from_details(list(job_ids)).items()}

    def _from_lists(self, job_ids: t.Sequence[str]) -> dict[str, Job]:
        """Those of the tasks that the lists show, each looked for only where it can be."""
        found: dict[str, Job] = {}
        for job_type in JOB_TYPES:
            here = {i for i in job_ids if i not in found and self._types.get(i, job_type) == job_type}
            listed_as = list(dict.fromkeys(self._parents.get(job_id, job_id) for job_id in job_ids if job_id in here))
            searches = [",".join(chunk) for chunk in chunks(listed_as, self._dialect.ids_per_list)]
            if len(searches) > self._pages.get(job_type, len(searches)):
                searches = [""]  # all tasks of the type come in fewer requests
            for search in searches:
                # Ids are looked for in names too, so more than was asked for may come back.
                found.update((job.id, job) for job in self._listed(job_type, search) if job.id in here)
        return found

    def _from_details(self, job_ids: t.Sequence[str]) -> dict[str, Job]:
        """Those of the tasks that exist.

        :raises JobControlError: it is not told of each whether it does.
        """
        found: dict[str, Job] = {}
        for chunk in chunks(job_ids, self._dialect.ids_per_detail):
            found.update(self._details(chunk))
        for job in found.values():
            self._remember(job, job.type)
        return found

    def _details(self, job_ids: t.Sequence[str]) -> dict[str, Job]:
        """One request. Whom it does not tell of is asked for alone, as is each when one of them spoils the request."""
        try:
            details = self._read(self._dialect.detail(job_ids), self._dialect.details)
        except NotFound as error:
            if error.code not in wire.NOT_FOUND:
                raise  # an address that DRS does not know
            details = wire.Details([], [*job_ids] if len(job_ids) == 1 else [], [])
        if details.errors:
            raise details.errors[0]
        found = {job.id: job for job in details.jobs if job.id in job_ids}
        untold = [job_id for job_id in job_ids if job_id not in found and job_id not in details.gone]
        if len(job_ids) > 1:
            for job_id in untold:
                found.update(self._details([job_id]))
        elif untold and not details.gone:
            raise ProtocolError(f"The answer does not say whether there is a task {untold[0]}")
        return found

    def _listed(self, job_type: str, name: str = "") -> t.Iterator[Job]:
        """The tasks of one type, page by page; a task may come twice when the list changes meanwhile.

        It is whole when it has shown as many tasks as DRS counts; whether that counts children is not told. One that
        has become shorter, or that shows a task twice, may have moved others to pages that were read before: it is read
        again.

        :raises ProtocolError: it does not become whole.
        """
        for _attempt in range(_MOST_READINGS):
            pages, children = Pages(), set[str]()
            page, offset, total = 1, 0, 0
            is_over = has_shrunk = False
            while not (is_over or has_shrunk):
                answered = self._read(self._dialect.listing(job_type, name, page, offset), self._dialect.page)
                pages.new(answered.ids)
                children.update(answered.children)
                for job in answered.jobs:
                    self._remember(job, job_type)
                    yield job
                page, offset, earlier_total = page + 1, offset + len(answered.ids), total
                total = len(pages.seen) if answered.total is None else answered.total
                has_shrunk = total < earlier_total
                is_over = not answered.ids or (answered.total is not None and offset >= total)
            is_whole = total <= len(pages.seen) or total == len(pages.seen | children)
            if is_whole and not has_shrunk:
                if not name:
                    self._pages[job_type] = page - 1
                return
            if offset < total and not has_shrunk:
                raise ProtocolError(f"The list of {job_type} tasks ended after {offset} of {total}")
        raise ProtocolError(f"The list of {job_type} tasks changes faster than it can be read")

    def _remember(self, job: Job, job_type: str) -> None:
        known = states.facts(job)
        self._types[job.id] = job_type
        self._shows_actions = self._shows_actions or known.available is not None
        if known.parent:
            self._parents[job.id] = known.parent

    def _read(self, request: Request, decode: t.Callable[[wire.Json], Decoded]) -> Decoded:
        """Send a read and decode its answer, again while DRS is busy."""
        for _attempt in self._while_patient():
            response = self._session.read(request)
            try:
                return _decoded(response, body_of(response, self._dialect.has_results), decode)
            except RateLimited as error:
                if not error.not_done:  # the gateway's, for which the request was replayed
                    raise
                trouble = error
        raise trouble

    # --- act -------------------------------------------------------------------------------------------------

    def act(self, verb: Verb, jobs: t.Sequence[Job], options: VerbOptions) -> list[Answer]:
        job_ids = [job.id for job in jobs]
        response = self._session.write(self._dialect.action(verb, job_ids, self._pause_mode))
        body = body_of(response, self._dialect.has_results)
        answered = _decoded(response, body, lambda found: self._dialect.answers(found, job_ids))
        return [one if one.error is None else Answer(one.job_id, placed(one.error, response)) for one in answered]

    def _while_patient(self) -> t.Iterator[None]:
        """Once, and then again after growing pauses until `retry_timeout` or the verb's time is used up."""
        yield
        patience = Deadline(self._clock, self._connection.retry_timeout)
        for pause in pauses(LONGEST_PAUSE, _FIRST_BUSY_PAUSE):
            if pause > min(patience.remaining, self._session.deadline.remaining):
                return
            self._clock.sleep(pause)
            yield


def _decoded(response: Response, body: wire.Json, decode: t.Callable[[wire.Json], Decoded]) -> Decoded:
    """What the body means; an error of decoding is given the request that it came from."""
    try:
        return decode(body)
    except ProtocolError as error:
        error.maybe_applied = response.method != "GET"
        raise placed(error, response) from error
