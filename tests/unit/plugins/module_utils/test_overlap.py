# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Windows beside each other on one product: in any order, and with a crash at any step of any of them, a job stays
suspended while an open window holds it, and ends as it was found before the first."""

from __future__ import annotations

import dataclasses
import itertools
import pathlib
import typing as t

import pytest
from support.clock import FakeClock
from support.product import Crash, MemoryProduct

from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Policy
from ansible_collections.batchops.job_control.plugins.module_utils._errors import Refused, UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._journal import file
from ansible_collections.batchops.job_control.plugins.module_utils._journal.file import Journal
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, Selection, VerbOptions
from ansible_collections.batchops.job_control.plugins.module_utils._window.window import Window, only_window

FOUND = (False, True, False)  # one job was suspended by somebody else
#: What each window suspends: all, some of it, and one job that somebody else has suspended.
MEANT: dict[str, tuple[str, ...]] = {"a": (), "b": ("job0", "job1"), "c": ("job1", "job2")}
ORDERS = sorted(set(itertools.permutations([*MEANT, *MEANT])))
#: Those in which the windows are opened one after the other as they stand above.
ONE_WAY = [order for order in ORDERS if list(dict.fromkeys(order)) == list(MEANT)]


@dataclasses.dataclass
class Night:
    """One product, one journal, and the windows that are open in it."""

    folder: pathlib.Path
    lag: float = 3.0
    warnings: list[str] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        self.product = MemoryProduct(FakeClock(), *FOUND, lag=self.lag)
        self.path = self.folder / "journal"
        self.open: list[str] = []

    def _window(self, name: str, journal: Journal, **policy: t.Any) -> Window:
        engine = Engine(self.product, self.product.clock, Policy(**policy), VerbOptions())
        return Window(journal, self.product, engine, self.product.clock, self.warnings.append, name)

    def begin(self, name: str, must_be_new: bool = False) -> list[Item]:
        """What `job_suspend` does."""
        journal = Journal(str(self.path), self.product.clock)
        try:
            window = self._window(name, journal)
            items = window.plan_suspend(Selection(job_ids=MEANT.get(name, ())), must_be_new=must_be_new)
            window.suspend(items)
        finally:
            journal.release()
        self.open.append(name)
        return items

    def end(self, name: str) -> list[Item]:
        """What `job_resume` does."""
        self.open = [other for other in self.open if other != name]
        journal = Journal(str(self.path), self.product.clock)
        try:
            window = self._window(name, journal, on_missing="ignore", on_ineligible="skip")
            items = window.plan_resume(Selection())
            window.resume(items)
            window.close(items)
        finally:
            journal.release()
        return items

    def assert_held(self) -> None:
        """No job runs that an open window has suspended, and none of somebody else was touched."""
        halted = self.product.halted()
        meant = {job for name in self.open for job in MEANT[name] or halted}
        assert all(halted[job] for job in meant), (self.open, halted)
        assert not self.product.records["job1"].applied

    def assert_as_found(self) -> None:
        assert tuple(self.product.halted().values()) == FOUND
        assert not self.product.records["job1"].applied
        journal = Journal(str(self.path), self.product.clock, read_only=True)
        assert (journal.ledger.open_windows, journal.ledger.open_entries) == ([], [])


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file.os, "fsync", lambda _file: None)


@pytest.mark.parametrize("order", ORDERS, ids="".join)
def test_any_order(tmp_path: pathlib.Path, order: tuple[str, ...]) -> None:
    """The second time that a window comes up in the order it is closed."""
    night = Night(tmp_path)
    for name in order:
        night.end(name) if name in night.open else night.begin(name)
        night.assert_held()
    night.assert_as_found()
    assert night.warnings == []


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> t.Callable[[Night, int], list[str]]:
    """Counts each request, and each record before and after it is on disk; the run dies at one of these steps."""
    real = Journal._append

    def install(night: Night, crash_at: int) -> list[str]:
        seen: list[str] = []

        def step(name: str) -> None:
            seen.append(name)
            if len(seen) == crash_at:
                raise Crash

        def append(journal: Journal, *records: dict[str, t.Any]) -> None:
            step("record")
            real(journal, *records)
            step("recorded")

        monkeypatch.setattr(Journal, "_append", append)
        night.product.step = step
        return seen

    return install


@pytest.mark.parametrize("order", ONE_WAY, ids="".join)
def test_a_crash_at_any_step_in_any_order(
    tmp_path: pathlib.Path, steps: t.Callable[[Night, int], list[str]], order: tuple[str, ...]
) -> None:
    """What died is run once more, by whoever comes next in that window."""
    crash_at, tried = 0, 0
    while tried == crash_at:
        crash_at += 1
        folder = tmp_path / str(crash_at)
        folder.mkdir()
        night = Night(folder)
        seen = steps(night, crash_at)
        for place, name in enumerate(order):
            is_end = name in order[:place]
            try:
                night.end(name) if is_end else night.begin(name)
            except Crash:
                tried += 1
                night.assert_held()
                night.end(name) if is_end else night.begin(name)
            night.assert_held()
        night.assert_as_found()
    assert len(seen) > 20


def test_the_one_that_closes_is_told_who_holds_the_rest(tmp_path: pathlib.Path) -> None:
    night = Night(tmp_path)
    night.begin("a")
    (first, second) = night.begin("b")
    assert first.note == "the window 'a' has suspended it; it stays so until this window closes, too"
    assert second.note == ""
    assert not first.changed
    notes = {item.job_id: item.note for item in night.end("a")}
    assert notes == {"job0": "it stays suspended for the window 'b'", "job2": ""}
    assert night.end("a") == []
    assert night.warnings == [
        f"The window 'a' is not open in {night.path}, so there is nothing to close; open is the window 'b'."
    ]


def test_a_window_that_holds_nothing_is_open_all_the_same(tmp_path: pathlib.Path) -> None:
    """Somebody may be about to work in it."""
    night = Night(tmp_path)
    night.product.records["job0"].halted = night.product.records["job2"].halted = True
    night.begin("a")
    night.product.records["job0"].halted = night.product.records["job2"].halted = False
    with pytest.raises(UsageError, match="is open already, with 0 jobs"):
        night.begin("a", must_be_new=True)
    assert not any(record.applied for record in night.product.records.values())
    night.end("a")
    night.begin("a", must_be_new=True)


def test_a_job_that_somebody_resumed_is_suspended_again_and_held_by_both(tmp_path: pathlib.Path) -> None:
    night = Night(tmp_path)
    night.begin("a")
    night.product.records["job0"].halted = False
    assert [item.changed for item in night.begin("b")] == [True, False]
    night.end("a")
    night.assert_held()
    night.end("b")
    night.assert_as_found()


def test_what_was_missing_does_not_stay_suspended_for_a_window_that_is_closed(tmp_path: pathlib.Path) -> None:
    night = Night(tmp_path)
    night.begin("a")
    hidden = night.product.records.pop("job0")
    night.end("a")
    night.product.records["job0"] = hidden
    night.begin("b")
    night.assert_held()
    assert {item.job_id: item.changed for item in night.end("b")} == {"job0": True}
    assert night.product.halted() == {"job0": False, "job1": True, "job2": False}
    night.end("a")
    journal = Journal(str(night.path), night.product.clock, read_only=True)
    assert (journal.ledger.open_windows, journal.ledger.open_entries) == ([], [])


def test_the_only_window_needs_no_name(tmp_path: pathlib.Path) -> None:
    night = Night(tmp_path)
    night.begin("a")
    journal = Journal(str(night.path), night.product.clock, read_only=True)
    assert only_window(journal) == "a"
    night.begin("b")
    journal = Journal(str(night.path), night.product.clock, read_only=True)
    with pytest.raises(UsageError, match="several windows that are not closed; name one of them: 'a', 'b'"):
        only_window(journal)
    night.end("a")
    night.end("b")
    assert only_window(Journal(str(night.path), night.product.clock, read_only=True)) == ""


def test_a_window_with_missing_jobs_needs_no_name_where_none_is_open(tmp_path: pathlib.Path) -> None:
    night = Night(tmp_path)
    night.begin("b")
    hidden = night.product.records.pop("job0")
    night.end("b")
    night.product.records["job0"] = hidden
    journal = Journal(str(night.path), night.product.clock)
    assert only_window(journal) == "b"
    journal.open_window("memory", "memory://product", "c")  # it holds nothing yet
    assert only_window(journal) == "c"
    journal.release()


def test_one_job_that_cannot_be_read_does_not_keep_the_others(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = Night(tmp_path)
    night.begin("a")
    real = night.product.get_jobs

    def get_jobs(job_ids: t.Sequence[str]) -> dict[str, Job]:
        if "job0" in job_ids:
            raise Refused("HTTP 500 from the product")
        return real(job_ids)

    monkeypatch.setattr(night.product, "get_jobs", get_jobs)
    items = {item.job_id: item for item in night.end("a")}
    assert items["job2"].changed
    assert items["job0"].error is not None
    assert "HTTP 500" in items["job0"].error.message
    monkeypatch.undo()
    night.end("a")
    night.assert_as_found()
