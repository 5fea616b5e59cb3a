# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs that several windows hold, or one that is closed: who is told what, and what becomes of them."""

from __future__ import annotations

import dataclasses
import pathlib

import pytest
from support.overlaps import Night

from ansible_collections.batchops.job_control.plugins.module_utils._errors import Refused, UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._journal import copies, file
from ansible_collections.batchops.job_control.plugins.module_utils._journal.file import Journal
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    Selection,
    Step,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._window.window import only_window


def test_the_one_that_closes_is_told_who_holds_the_rest(tmp_path: pathlib.Path) -> None:
    night = Night(tmp_path)
    night.begin("a")
    (first, second) = night.begin("b")
    assert first.note == "the window 'a' has suspended it; it stays so until this window closes, too"
    assert (first.held_by, second.held_by) == (("a",), ())
    assert second.note == ""
    assert not first.changed
    notes = {item.job_id: item.note for item in night.end("a")}
    assert notes == {"job0": "it stays suspended for the window 'b'", "job2": ""}
    assert night.end("a") == []
    assert night.warnings == [
        f"The window 'a' is not open in {night.path}, so there is nothing to close; open is the window 'b'."
    ]


def test_a_journal_that_was_emptied_is_told_of(tmp_path: pathlib.Path) -> None:
    """After a crash at the very beginning it is empty, too, so that is no error."""
    night = Night(tmp_path)
    night.begin("a")
    night.path.write_bytes(b"")
    assert night.end("a") == []
    assert night.warnings == [
        f"The journal {night.path} is empty, so nothing is known to be suspended. If a window was open, something has "
        "emptied the file: look for its jobs in the product."
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


def test_what_keeps_a_journal_from_being_begun_anew_is_told(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = Night(tmp_path)
    night.begin("b")
    hidden = night.product.records.pop("job0")
    night.end("b")
    night.warnings.clear()
    night.begin("b")
    assert night.warnings == []
    monkeypatch.setattr(file, "OVERGROWN_FROM", night.path.stat().st_size - 1)
    night.begin("c")
    night.end("b")
    night.end("c")
    (told, _missing) = night.warnings
    assert told.startswith(f"journal: {night.path} takes longer to read each time")
    assert "It is needed for the window 'b'. Close that;" in told
    night.warnings.clear()
    night.begin("c")
    assert "It is needed for what is missing (job0). Close" in night.warnings[0]
    night.warnings.clear()
    night.begin("a")
    assert "It is needed for the window 'c' and for what is missing (job0). Close" in night.warnings[0]
    night.end("a")
    night.end("c")
    night.product.records["job0"] = hidden
    night.end("b")
    night.warnings.clear()
    night.begin("a")
    assert night.warnings == []


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


def test_one_job_that_cannot_be_read_does_not_keep_the_others(tmp_path: pathlib.Path) -> None:
    night = Night(tmp_path)
    night.begin("a")
    night.product.unreadable["job0"] = Refused("HTTP 500 from the product")
    items = {item.job_id: item for item in night.end("a")}
    assert items["job2"].changed
    assert items["job0"].error is not None
    assert "HTTP 500" in items["job0"].error.message
    night.product.unreadable.clear()
    night.end("a")
    night.assert_as_found()


@pytest.mark.parametrize(
    ("halted", "step"), [(None, Step.ALREADY), (False, Step.ALREADY), (True, Step.ACT)], ids=["missing", "runs", "acts"]
)
def test_only_what_is_suspended_and_stays_so_is_held(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, halted: bool | None, step: Step
) -> None:
    """Not what is missing, nor what cannot be suspended and is left alone, nor what is suspended anew."""
    night = Night(tmp_path)
    night.begin("a")
    if halted is None:
        night.product.records.pop("job0")
    else:
        night.product.records["job0"].halted = halted
    decide = night.product.decide

    def always(verb: Verb, job: Job, options: VerbOptions) -> Decision:
        return dataclasses.replace(decide(verb, job, options), step=step)

    monkeypatch.setattr(night.product, "decide", always)
    journal = Journal(str(night.path), night.product.clock, read_only=True)
    window = night._window("b", journal)
    window.open()
    item = window.plan_suspend(Selection(job_ids=("job0",)))[0]
    assert (item.held_by, item.before is None) == ((), halted is None)


def test_what_a_dead_run_asked_for_is_settled_before_jobs_are_selected(tmp_path: pathlib.Path) -> None:
    """Else a job that is about to be suspended would be taken for one that runs."""
    night = Night(tmp_path)
    journal = Journal(str(night.path), night.product.clock)
    journal.open_window("memory", night.product.identity, "a")
    journal.intend("a", [night.product._job("job0")])
    journal.release()
    night.product.records["job0"].due.append((night.product.clock.now + 3.0, True))
    night.begin("a")
    assert [name for name in night.product.requests if name.startswith("suspend")] == ["suspend job2"]


def test_a_window_that_has_no_room_is_not_opened(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    night = Night(tmp_path)
    night.begin("a")
    written = night.path.read_bytes()
    monkeypatch.setattr(copies, "LARGEST_TO_ADD_TO", 10)
    journal = Journal(str(night.path), night.product.clock, copy="")
    with pytest.raises(UsageError, match="too large for a copy to take more jobs"):
        night._window("b", journal).open()
    journal.release()
    assert night.path.read_bytes() == written
