# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _model, search, session, tree, wire.

"""Reading named jobs with few requests: directly while they are few, out of common lists when they are many."""

from __future__ import annotations

import collections
import concurrent.futures
import posixpath
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._ajs import session, tree, wire
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.search import Search
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.wire import JobId, Page, Unit
from ansible_collections.batchops.job_control.plugins.module_utils._errors import NotFound, Refused
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job

#: so many jobs are read one by one, beyond that a list of up to 1,000 entries is less work for both sides
FEW = 3
#: so many jobs are still read one by one where lists are cut
MOST_BY_THEMSELVES = 8

A = t.TypeVar("A")
B = t.TypeVar("B")
Found = dict[JobId, t.Optional[Job]]


class Lookup:
    """Finds jobs by id. It remembers what it learned about the product: lists that are cut, and its version."""

    def __init__(self, web_console: session.Session) -> None:
        self._session = web_console
        #: what the cut list of a location has shown
        self._cut: dict[str, list[Unit]] = {}
        self._reads_one_unit = True

    def search(self, search: Search) -> Page:
        """One request for the unit list.

        :raises JobControlError: no list came back.
        """
        query = search.query(self._session.manager, self._session.service_name)
        return self._session.get("objects/statuses", query, "statuses", wire.decode_page)

    def lists(self, searches: t.Sequence[Search]) -> list[Page]:
        """Some unit lists, as many at once as the connection has workers.

        :raises JobControlError: one of them did not come back.
        """
        return self._at_once(self.search, searches)

    def _at_once(self, read: t.Callable[[A], B], wanted: t.Sequence[A]) -> list[B]:
        workers = min(self._session.workers, len(wanted))
        if workers <= 1:
            return [read(each) for each in wanted]
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            return list(pool.map(read, wanted))

    def find(self, job_ids: t.Collection[JobId]) -> dict[JobId, Job]:
        """The jobs that exist.

        :raises JobControlError: one of them cannot be read.
        """
        found: Found = {}
        if len(job_ids) > FEW:
            self._from_lists(list(job_ids), "", found)
            generations = collections.defaultdict(list)
            for job_id in job_ids:
                if job_id not in found:
                    generations[job_id.exec_id].append(job_id)
            for exec_id, members in generations.items():
                if exec_id and len(members) > FEW:
                    self._from_lists(members, exec_id, found)
        left = [job_id for job_id in job_ids if job_id not in found]
        found.update(zip(left, self._at_once(self._read, left)))
        return {job_id: job for job_id, job in found.items() if job is not None}

    # --- many ------------------------------------------------------------------------------------------------

    def _from_lists(self, job_ids: t.Sequence[JobId], exec_id: str, found: Found) -> None:
        """Settle what the list of the deepest common location shows; when that is cut, of smaller ones.

        :param exec_id: the generation to list, or empty for the current ones.
        :param found: gets a job for what was found, None for what is proven not to exist.
        """
        if len(job_ids) < 2:
            return
        parents = {job_id.parent for job_id in job_ids}
        location = posixpath.commonpath(parents)
        one_level = len(parents) == 1
        search = Search(location, subtree=not one_level, exec_id=exec_id)
        if location not in self._cut:
            page = self._below(search)
            if page is None:
                return  # each unit is read by itself
            _settle(job_ids, page, exec_id, found)
            if page.complete:
                return
            self._cut[location] = page.units
        left = [job_id for job_id in job_ids if job_id not in found]
        if len(left) > MOST_BY_THEMSELVES and self._from_parts(left, search, found):
            return
        if one_level:
            return
        branches = collections.defaultdict(list)
        for job_id in left:
            branches[_branch(job_id, location)].append(job_id)
        for members in branches.values():
            self._from_lists(members, exec_id, found)

    def _from_parts(self, job_ids: t.Sequence[JobId], search: Search, found: Found) -> bool:
        """Settle what a list that is cut shows in parts, if these are not more work than the jobs by themselves."""
        try:
            units = tree.rest(self.lists, search, self._cut[search.location], len(job_ids))
        except (NotFound, Refused):
            return False
        if units is not None:
            _settle(job_ids, Page(units, True), search.exec_id, found)
        return units is not None

    # --- few -------------------------------------------------------------------------------------------------

    def _read(self, job_id: JobId) -> Job | None:
        """One job, by one request as a rule."""
        if job_id.exec_id and self._reads_one_unit:
            try:
                query = [("manager", self._session.manager), ("serviceName", self._session.service_name)]
                path = wire.unit_path(job_id)
                return self._session.get(path, query, "unitStatus", wire.decode_unit, front_may_refuse=True).job
            except (NotFound, Refused) as error:
                if error.http_status not in (400, 404):
                    raise
                # Before 11-50 there is no such address, and a server in front may refuse %2F in one; both times a
                # list shows the unit (contract 6.1; 9, item 3). Only the product itself can say that there is none.
                if error.code and self._session.version() >= session.ONE_UNIT:
                    if isinstance(error, NotFound):
                        return None
                    raise
                self._reads_one_unit = False
        search = Search(job_id.parent, unit_name=job_id.short_name, match="EQ", exec_id=job_id.exec_id)
        page = self._below(search)
        return next((unit.job for unit in page.units if _is_asked_for(unit, job_id)), None) if page else None

    def _below(self, search: Search) -> Page | None:
        """The units of a location; None when it is gone or hidden (contract 5)."""
        try:
            return self.search(search)
        except NotFound:
            return None


def _is_asked_for(unit: Unit, job_id: JobId) -> bool:
    same_generation = unit.job is not None and unit.job.facts["exec_id"] == job_id.exec_id
    return unit.name == job_id.unit_name and (same_generation or not job_id.exec_id)


def _settle(job_ids: t.Sequence[JobId], page: Page, exec_id: str, found: Found) -> None:
    """Take from a list what it shows of these jobs. A list of current generations proves nothing about older ones."""
    units = {unit.name: unit for unit in page.units}
    for job_id in job_ids:
        unit = units.get(job_id.unit_name)
        if unit is not None and _is_asked_for(unit, job_id):
            found[job_id] = unit.job
        elif page.complete and (unit is None or exec_id == job_id.exec_id):
            found[job_id] = None


def _branch(job_id: JobId, location: str) -> str:
    """The part of the tree below a location that a unit is in."""
    below = job_id.parent.removeprefix(location).lstrip("/")
    return below.partition("/")[0]
