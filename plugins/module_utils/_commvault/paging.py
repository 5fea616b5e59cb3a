# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _model, _paging, wire.

"""Reading a list page by page while jobs come and go, until it is proven whole. The requests are somebody else's."""

from __future__ import annotations

import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._commvault.wire import NotWhole, Page
from ansible_collections.batchops.job_control.plugins.module_utils._errors import ProtocolError
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job
from ansible_collections.batchops.job_control.plugins.module_utils._paging import MOST_ENTRIES, MOST_FRUITLESS

LIMIT = 500  # jobs per page
READINGS = 3  # of a list that changes while it is read, until it is given up

Fetch = t.Callable[[int, int], Page]


class Batch(t.NamedTuple):
    """The new jobs of one page."""

    jobs: list[Job]
    pages_left: int  # how many more requests the list takes


def batches(fetch: Fetch) -> t.Iterator[Batch]:
    """All jobs of a list, each once. No job that is in the list all the time is missed.

    :param fetch: reads a page, by offset and limit.
    :raises NotWhole: the list cannot be read as a whole.
    """
    given: set[str] = set()
    for left in reversed(range(READINGS)):
        try:
            for batch in _reading(fetch):
                new = [job for job in batch.jobs if job.id not in given]
                given.update(job.id for job in new)
                yield Batch(new, batch.pages_left)
            return
        except NotWhole:
            if not left:
                raise


def _reading(fetch: Fetch) -> t.Iterator[Batch]:
    """The list from its beginning to its end."""
    reading = _Reading()
    while not reading.is_whole:
        yield reading.take(fetch(reading.start, LIMIT + reading.overlap))


class _Reading:
    """What the pages of one reading prove.

    Each page begins with the last job of the page before. A job that leaves the list moves those behind it to places
    that were read already: then the page begins with a job that was not seen, and the reading goes back. So the pages
    leave no gap, as long as the list keeps its order.

    The end is where the product's total says, which a server that ignores the offset seems to reach, too. So the jobs
    that were seen have to be as many as the total says; where the list has changed and the numbers need not agree, one
    more request has to show that nothing follows. A short page means nothing, as a server may cap its size.
    """

    def __init__(self) -> None:
        self.is_whole = False
        self._seen: dict[str, None] = {}
        self._place = 0  # of the list that was read up to here
        self._last: list[str] = []  # the ids of the page before
        self._total: int | None = None
        self._is_steady = True  # nothing has come or gone, as far as can be told
        self._orders = {False, True}  # in which the job ids came so far: ascending, descending
        self._step = 0  # how far the reading went back just now
        self._fruitless = 0  # pages in a row without anything new

    @property
    def overlap(self) -> int:
        """How many jobs of the page before the next page has to show again."""
        return 1 if self._place else 0

    @property
    def start(self) -> int:
        """The offset of the next page."""
        return self._place - self.overlap

    def take(self, page: Page) -> Batch:
        """
        :raises NotWhole: the list does not come to its end.
        :raises ProtocolError: it is longer than any list can be.
        """
        ids = [job.id for job in page.jobs]
        self._compare(ids, page.total)
        if self.overlap and not (ids and ids[0] in self._seen):
            self._go_back()
            return Batch([], 1)
        new = [job for job in {job.id: job for job in page.jobs}.values() if job.id not in self._seen]
        self._seen.update(dict.fromkeys(ids))
        reach = self.start + len(ids)
        self.is_whole = self._proves_the_end(ids, reach)
        self._expect_progress(bool(new), repeats=ids == self._last)
        self._place, self._last, self._step = reach, ids, 0
        left = max(0, (reach + 1 if page.total is None else page.total) - reach)
        return Batch(new, -(-left // max(1, len(ids) - 1)) if not self.is_whole else 0)

    def _compare(self, ids: list[str], total: int | None) -> None:
        """Whether the page fits to those before."""
        if self._last:
            self._is_steady = self._is_steady and total == self._total and ids[:1] == self._last[-1:]
        self._total = total
        numbers = [int(job_id) for job_id in ids]
        self._orders = {order for order in self._orders if numbers == sorted(numbers, reverse=order)}

    def _proves_the_end(self, ids: list[str], reach: int) -> bool:
        nothing_follows = ids == self._last[-1:]  # the page behind the last one: only its job of the page before
        if self._total is None:
            return nothing_follows
        if reach < self._total or len(self._seen) < self._total:
            return False
        if not self.overlap or (self._is_steady and len(self._seen) == self._total):
            return True
        return nothing_follows and bool(self._orders)

    def _go_back(self) -> None:
        """Jobs have moved to where the list was read already; nobody knows how far."""
        self._step = self._step * 2 or max(1, len(self._last) // 50)
        self._place = max(0, self._place - self._step)
        self._expect_progress(False)

    def _expect_progress(self, is_new: bool, repeats: bool = False) -> None:
        self._fruitless = 0 if is_new else self._fruitless + 1
        if len(self._seen) > MOST_ENTRIES:
            raise ProtocolError(f"The list goes on after {len(self._seen)} jobs, more than any CommCell can hold")
        if not self.is_whole and (repeats or self._fruitless > MOST_FRUITLESS):
            count = "an unknown number" if self._total is None else str(self._total)
            raise NotWhole(
                f"The list of jobs is not whole: {len(self._seen)} of {count} were shown, and no page shows the others"
            )
