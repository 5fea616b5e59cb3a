# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading lists that change while they are read."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.batchops.job_control.plugins.module_utils._commvault.paging import LIMIT, batches
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.wire import Page
from ansible_collections.batchops.job_control.plugins.module_utils._errors import ProtocolError
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, JobState


def job(number: int) -> Job:
    return Job(str(number), "", "Backup", "commvault", JobState.RUNNING, "Running")


class Server:
    """A list of so many jobs, in pages of at most `cap`. `between` happens before each request but the first."""

    def __init__(self, count: int, cap: int = 10**9, tells_total: bool = True) -> None:
        self.jobs = list(range(count))
        self.cap = cap
        self.tells_total = tells_total
        self.requests: list[tuple[int, int]] = []
        self.between: t.Callable[[], None] = lambda: None

    def fetch(self, offset: int, limit: int) -> Page:
        if self.requests:
            self.between()
        self.requests.append((offset, limit))
        part = self.jobs[offset : offset + min(limit, self.cap)]
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


@given(st.integers(0, 60), st.integers(1, 9), st.booleans())
def test_a_server_may_give_less_than_was_asked_for(count: int, cap: int, tells_total: bool) -> None:
    server = Server(count, cap, tells_total)

    assert server.read() == list(range(count))
    assert len(server.requests) <= 2 * count + 2


@given(st.integers(0, 60), st.integers(2, 9), st.lists(st.integers(0, 30), max_size=5))
def test_jobs_that_end_meanwhile_hide_no_others(count: int, cap: int, ends: list[int]) -> None:
    server = Server(count, cap)
    gone: set[int] = set()
    pending = list(ends)

    def end_some() -> None:
        if pending:
            leaving = server.jobs[: pending.pop()]
            gone.update(leaving)
            server.jobs = server.jobs[len(leaving) :]

    server.between = end_some
    found = server.read()

    assert len(found) == len(set(found))
    assert set(found) | gone == set(range(count))


def test_new_jobs_come_last_and_are_read_too() -> None:
    server = Server(LIMIT + 1)

    def begin_one() -> None:
        server.jobs.append(len(server.jobs))

    server.between = begin_one

    assert server.read() == list(range(LIMIT + 2))


def test_how_many_pages_are_left() -> None:
    assert [batch.pages_left for batch in batches(Server(1201).fetch)] == [2, 1, 0]


def test_a_server_that_ignores_the_offset_is_found_out() -> None:
    jobs = [job(number) for number in range(LIMIT)]

    with pytest.raises(ProtocolError, match="goes on after 500 entries"):
        list(batches(lambda offset, limit: Page(100_000, jobs)))


def test_jobs_that_are_counted_but_not_shown_are_an_error() -> None:
    with pytest.raises(ProtocolError, match="goes on after 0 entries"):
        list(batches(lambda offset, limit: Page(3, [])))
