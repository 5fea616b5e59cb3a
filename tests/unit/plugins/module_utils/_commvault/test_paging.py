# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading lists that change while they are read."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.batchops.job_control.plugins.module_utils._commvault.paging import LIMIT, batches
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.wire import NotWhole, Page
from ansible_collections.batchops.job_control.plugins.module_utils._errors import ProtocolError
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, JobState


def job(number: int) -> Job:
    return Job(str(number), "", "Backup", "commvault", JobState.RUNNING, "Running")


class Server:
    """A list of so many jobs, in pages of at most `cap`. `between` happens before each request but the first."""

    def __init__(self, count: int, cap: int = 10**9, tells_total: bool = True, takes_offset: bool = True) -> None:
        self.jobs = list(range(count))
        self.cap = cap
        self.tells_total = tells_total
        self.takes_offset = takes_offset
        self.requests: list[tuple[int, int]] = []
        self.between: t.Callable[[], None] = lambda: None

    def fetch(self, offset: int, limit: int) -> Page:
        if self.requests:
            self.between()
        self.requests.append((offset, limit))
        start = offset if self.takes_offset else 0
        part = self.jobs[start : start + min(limit, self.cap)]
        return Page(len(self.jobs) if self.tells_total else None, [job(number) for number in part])

    def read(self) -> list[int]:
        return [int(one.id) for batch in batches(self.fetch) for one in batch.jobs]


@pytest.mark.parametrize(
    ("count", "requests"), [(0, 1), (1, 1), (LIMIT - 1, 1), (LIMIT, 1), (LIMIT + 1, 2), (3 * LIMIT, 3), (1201, 3)]
)
def test_no_more_requests_than_pages(count: int, requests: int) -> None:
    server = Server(count)

    assert server.read() == list(range(count))
    assert len(server.requests) == requests


@given(st.integers(0, 60), st.integers(2, 9), st.booleans())
def test_a_server_may_give_less_than_was_asked_for(count: int, cap: int, tells_total: bool) -> None:
    server = Server(count, cap, tells_total)

    assert server.read() == list(range(count))
    assert len(server.requests) <= 2 * count + 2


# --- lists that change ---------------------------------------------------------------------------------------------


class Traffic:
    """Jobs that end and begin between two requests, and how the product orders its list.

    A new job has the highest id. A list of one status also gains older jobs: those that get that status.
    """

    def __init__(self, server: Server, changes: list[tuple[int, int, int]], newest_first: bool) -> None:
        self.server = server
        self.changes = changes
        self.newest_first = newest_first
        self.next_id = 1000
        server.jobs = [10 * number for number in server.jobs]  # room for older jobs between them
        self.always = set(server.jobs)
        self.ever = set(server.jobs)
        self._sort()
        server.between = self.pass_by

    def pass_by(self) -> None:
        if not self.changes:
            return
        end, begin, join = self.changes.pop()
        jobs = self.server.jobs
        ended = {jobs[(end * step) % len(jobs)] for step in range(1, end + 1)} if jobs else set()
        began = set(range(self.next_id, self.next_id + begin))
        self.next_id += begin
        joined = {10 * join + 1} if join else set()
        self.server.jobs = list((set(jobs) - ended) | began | (joined - self.ever))
        self.always -= ended
        self.ever |= began | joined
        self._sort()

    def _sort(self) -> None:
        self.server.jobs.sort(reverse=self.newest_first)


changes = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4), st.integers(0, 40)), max_size=12)


@settings(max_examples=400)
@given(st.integers(0, 40), st.integers(2, 9), changes, st.booleans())
def test_a_job_that_is_there_all_the_time_is_never_missed(
    count: int, cap: int, some: list[tuple[int, int, int]], newest_first: bool
) -> None:
    server = Server(count, cap)
    traffic, is_changed = Traffic(server, some, newest_first), bool(some)

    try:
        found = server.read()
    except NotWhole:
        assert is_changed  # else it is read
        return

    assert len(found) == len(set(found))
    assert traffic.always <= set(found) <= traffic.ever


@settings(max_examples=400)
@given(st.integers(0, 40), st.integers(1, 9), st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), max_size=12))
def test_a_server_that_ignores_the_offset_gives_the_whole_list_or_none(
    count: int, cap: int, some: list[tuple[int, int]]
) -> None:
    server = Server(count, cap, takes_offset=False)
    traffic = Traffic(server, [(end, begin, 0) for end, begin in some], newest_first=False)

    try:
        found = server.read()
    except NotWhole:
        return

    assert traffic.always <= set(found)


def test_a_job_that_ends_costs_one_request_more_and_a_proof() -> None:
    server = Server(2 * LIMIT + 100)

    def end_one() -> None:
        if len(server.requests) == 1:
            server.jobs.pop(0)

    server.between = end_one

    assert server.read() == list(range(2 * LIMIT + 100))
    assert len(server.requests) == 5


def test_new_jobs_come_last_and_are_read_too() -> None:
    server = Server(LIMIT + 1)

    def begin_one() -> None:
        if len(server.requests) == 1:
            server.jobs.append(len(server.jobs))

    server.between = begin_one

    assert server.read() == list(range(LIMIT + 2))


def test_a_list_that_is_in_no_order_is_read_again_when_it_changes() -> None:
    server = Server(8, cap=3)
    server.jobs = [3, 1, 2, 7, 0, 6, 5, 4]
    before = list(server.jobs)

    def end_one() -> None:
        if len(server.requests) == 1:
            server.jobs.remove(1)

    server.between = end_one

    assert server.read() == before
    assert server.requests.count((0, LIMIT)) == 2


def test_how_many_pages_are_left() -> None:
    assert [batch.pages_left for batch in batches(Server(1201).fetch)] == [2, 1, 0]


# --- lists that cannot be proven -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "shown", "requests"),
    [
        (250, 100, 6),  # the offset is ignored
        (100_000, 500, 6),
        (3, 0, 3),  # counted but not shown
        (3, 2, 6),
    ],
)
def test_a_list_that_shows_less_than_it_counts_is_an_error(total: int, shown: int, requests: int) -> None:
    asked: list[int] = []

    def fetch(offset: int, limit: int) -> Page:
        asked.append(offset)
        return Page(total, [job(number) for number in range(shown)])

    with pytest.raises(NotWhole, match=f"not whole: {shown} of {total} were shown"):
        list(batches(fetch))
    assert len(asked) == requests


def test_a_list_that_counts_a_job_twice_is_an_error() -> None:
    with pytest.raises(NotWhole, match="1 of 2"):
        list(batches(lambda offset, limit: Page(2, [job(1), job(1)])))


def test_a_list_without_a_total_that_repeats_itself_is_an_error() -> None:
    with pytest.raises(NotWhole, match="100 of an unknown number"):
        list(batches(lambda offset, limit: Page(None, [job(number) for number in range(100)])))


def test_who_wants_less_is_not_held_up_by_the_rest() -> None:
    fetch = Server(250, cap=100, takes_offset=False).fetch

    assert len(next(batches(fetch)).jobs) == 100


def test_a_list_without_an_end_is_an_error() -> None:
    def fetch(offset: int, limit: int) -> Page:
        return Page(offset + 100_000, [job(number) for number in range(offset, offset + 60_000)])

    with pytest.raises(ProtocolError, match="more than any CommCell can hold"):
        list(batches(fetch))
