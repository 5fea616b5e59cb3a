# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which jobs a selection means."""

from __future__ import annotations

import typing as t
import unicodedata

import pytest
from support.clock import FakeClock
from support.product import MemoryProduct

from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    ConnectionFailed,
    JobControlError,
    ProtocolError,
    Refused,
    UsageError,
)
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, JobState, Selection
from ansible_collections.batchops.job_control.plugins.module_utils._selection import each, matches, named, read, select

COMPOSED = "Sicherung B\u00fcro"
SPELLINGS = (COMPOSED, unicodedata.normalize("NFD", COMPOSED))


@pytest.mark.parametrize("wanted", SPELLINGS)
@pytest.mark.parametrize("actual", SPELLINGS)
@pytest.mark.parametrize("option", ["names", "types", "owners"])
def test_an_accent_may_be_written_as_one_character_or_as_two(option: str, actual: str, wanted: str) -> None:
    fields: dict[str, str] = {"name": "a", "type": "b", "owner": "c", option.rstrip("s"): actual}
    job = Job(id="1", system="commvault", state=JobState.RUNNING, raw_state="Running", **t.cast("t.Any", fields))

    assert matches(job, Selection(**t.cast("t.Any", {option: (wanted,)})))
    assert not matches(job, Selection(**t.cast("t.Any", {option: (wanted.replace("B", "P"),)})))


@pytest.mark.parametrize("pattern", ["B*ro", "/x/B\u00fcr?", "*u\u0308ro", "B[\u00fc]ro"])
def test_patterns_of_short_names_and_of_paths(pattern: str) -> None:
    for spelling in ("NFC", "NFD"):
        path = unicodedata.normalize(t.cast("t.Any", spelling), "/x/B\u00fcro")
        facts = {"short_name": path.rpartition("/")[2]}
        job = Job("1", path, "", "ajs", JobState.RUNNING, "", facts=facts)
        assert matches(job, Selection(names=(pattern,)))


# --- reading jobs ---------------------------------------------------------------------------------------------------


class Spoilt(MemoryProduct):
    """Reading several jobs fails as a whole when some of them are among them."""

    def __init__(self, number: int, *spoilt: str, error: type[JobControlError] = Refused) -> None:
        super().__init__(FakeClock(), *[False] * number)
        self.spoilt = set(spoilt)
        self.error = error
        self.reads: list[list[str]] = []

    def get_jobs(self, job_ids: t.Sequence[str]) -> dict[str, Job]:
        self.reads.append(list(job_ids))
        for job_id in job_ids:
            if job_id in self.spoilt:
                raise self.error(f"{job_id} is spoilt")
        return super().get_jobs(job_ids)


def ids(number: int) -> list[str]:
    return [f"job{count}" for count in range(number)]


@pytest.mark.parametrize("error", [Refused, ConnectionFailed, ProtocolError])
def test_what_cannot_be_read_is_looked_for_half_by_half(error: type[JobControlError]) -> None:
    product = Spoilt(5, "job3", error=error)
    found, unread = read(product, ids(5))
    assert sorted(found) == ["job0", "job1", "job2", "job4"]
    assert {job_id: reason.message for job_id, reason in unread.items()} == {"job3": "job3 is spoilt"}
    assert product.reads == [ids(5), ["job0", "job1"], ["job2", "job3", "job4"], ["job2"], ["job3", "job4"]] + [
        ["job3"],
        ["job4"],
    ]


def test_some_may_be_spoilt_and_some_not_there() -> None:
    product = Spoilt(4, "job0", "job2")
    del product.records["job1"]
    found, unread = read(product, ids(4))
    assert (sorted(found), sorted(unread)) == (["job3"], ["job0", "job2"])


@pytest.mark.parametrize("number", [1, 2, 3])
def test_when_none_can_be_read_it_is_no_matter_of_one_job(number: int) -> None:
    with pytest.raises(Refused, match="job0 is spoilt"):
        read(Spoilt(number, *ids(number)), ids(number))


def test_a_product_in_trouble_is_not_asked_for_each_of_many_jobs() -> None:
    """Not for more than the whole, both halves and all quarters."""
    product = Spoilt(40, *ids(40))
    with pytest.raises(Refused, match="job30 is spoilt"):
        read(product, ids(40))
    assert [len(read) for read in product.reads] == [40, 20, 20, 10, 10, 10, 10]


def test_as_soon_as_one_was_read_the_rest_is_looked_for() -> None:
    product = Spoilt(40, *ids(30))
    found, unread = read(product, ids(40))
    assert (set(found), set(unread)) == (set(ids(40)[30:]), set(ids(30)))


def test_what_is_about_all_of_them_ends_the_reading() -> None:
    product = Spoilt(8, "job1", error=AuthFailed)
    with pytest.raises(AuthFailed):
        read(product, ids(8))
    assert len(product.reads) == 1


# --- which jobs -----------------------------------------------------------------------------------------------------


class Named(MemoryProduct):
    """Takes numbers with zeros in front of them, and lists jobs one by one."""

    def __init__(self, number: int) -> None:
        super().__init__(FakeClock(), *[False] * number)
        self.listed = 0

    def get_jobs(self, job_ids: t.Sequence[str]) -> dict[str, Job]:
        known = {job_id: self.canonical_id(job_id) for job_id in job_ids}
        return {job_id: self._job(plain) for job_id, plain in known.items() if plain in self.records}

    def canonical_id(self, given: str) -> str:
        return given.replace("00", "")

    def list_jobs(self, selection: Selection) -> t.Iterator[Job]:
        for job in super().list_jobs(selection):
            self.listed += 1
            yield job


def test_a_job_that_is_named_in_two_ways_comes_up_once() -> None:
    items = named(Named(3), ["job2", "job001", "job1", "job2", "nowhere", "now00here"])
    assert [(item.job_id, item.before is None, item.named) for item in items] == [
        ("job2", False, True),
        ("job1", False, True),
        ("nowhere", True, True),
    ]
    assert [item.error for item in items] == [None] * 3


def test_a_job_that_cannot_be_read_has_an_error() -> None:
    items = {item.job_id: item for item in named(Spoilt(3, "job1"), ids(3))}
    error = items["job1"].error
    assert error is not None
    assert (error.kind, error.message) == ("refused", "job1 is spoilt")
    assert items["job1"].before is None
    assert [items[job_id].error for job_id in ("job0", "job2")] == [None, None]


def test_named_jobs_are_narrowed_and_what_is_not_there_stays() -> None:
    def selected(*job_ids: str, names: tuple[str, ...]) -> list[str]:
        return [item.job_id for item in select(Named(3), Selection(job_ids=job_ids, names=names))]

    assert selected("job0", "job1", "nowhere", names=("name of job1",)) == ["job1", "nowhere"]
    assert selected("job0", "job1", names=()) == ["job0", "job1"]


def test_jobs_that_are_not_named_are_listed() -> None:
    product = Named(4)
    items = select(product, Selection(names=("name of job[13]",)))
    assert [(item.job_id, item.named) for item in items] == [("job1", False), ("job3", False)]
    assert "get" not in product.requests


@pytest.mark.parametrize("selection", [Selection(nothing=True), Selection(nothing=True, job_ids=("job0",))])
def test_nothing_is_read_for_nothing(selection: Selection) -> None:
    product = Named(4)
    assert select(product, selection) == []
    assert (product.requests, product.listed) == ([], 0)


@pytest.mark.parametrize(("limit", "found"), [(0, 4), (1, 1), (3, 3), (9, 4)])
def test_no_more_is_read_than_wanted(limit: int, found: int) -> None:
    product = Named(4)
    assert len(select(product, Selection(), limit=limit)) == found
    assert product.listed == found
    assert len(list(each(product, Selection()))) == 4


def test_no_more_are_taken_than_may_be_meant() -> None:
    assert len(select(Named(3), Selection(), max_jobs=3)) == 3
    assert len(select(Named(3), Selection(), max_jobs=0)) == 3
    with pytest.raises(UsageError, match="the selection means 3 jobs but max_jobs is 2; nothing was changed"):
        select(Named(3), Selection(), max_jobs=2)


JOB = Job("1", "nightly", "Backup", "memory", JobState.RUNNING, "Running", owner="client")


@pytest.mark.parametrize(
    ("selection", "is_meant"),
    [
        (Selection(), True),
        (Selection(nothing=True), False),
        (Selection(types=("Restore", "Backup")), True),
        (Selection(types=("Restore",)), False),
        (Selection(owners=("client",)), True),
        (Selection(owners=("Backup", "nightly")), False),
        (Selection(states=(JobState.RUNNING,)), True),
        (Selection(states=(JobState.FAILED, JobState.QUEUED)), False),
        (Selection(types=("Backup",), owners=("another",)), False),
        (Selection(names=("daily", "night*")), True),
        (Selection(names=("Night*",)), False),
        (Selection(names=("night",)), False),
        (Selection(names=("night*",), types=("Restore",)), False),
    ],
)
def test_a_job_is_meant_when_all_that_is_given_fits(selection: Selection, is_meant: bool) -> None:
    assert matches(JOB, selection) is is_meant


@pytest.mark.parametrize(
    ("pattern", "is_meant"), [("job", True), ("/x/*", True), ("/x/job", True), ("x*", False), ("/y/job", False)]
)
def test_only_a_pattern_with_a_slash_means_the_path(pattern: str, is_meant: bool) -> None:
    job = Job("1", "/x/job", "", "ajs", JobState.RUNNING, "", facts={"short_name": "job"})
    assert matches(job, Selection(names=(pattern,))) is is_meant
