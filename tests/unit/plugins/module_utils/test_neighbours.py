# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Journals of one product beside each other."""

from __future__ import annotations

import os
import pathlib

import pytest
from support.clock import FakeClock

from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._journal.file import Journal
from ansible_collections.batchops.job_control.plugins.module_utils._journal.neighbours import refuse_neighbours
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, JobState

PRODUCT = ("memory", "memory://product")


def write(
    path: pathlib.Path, product: tuple[str, str] = PRODUCT, *, is_open: bool = True, missing: bool = False
) -> None:
    """A journal with one window, which may be closed, and may have lost a job."""
    journal = Journal(str(path), FakeClock())
    journal.open_window(*product, "w")
    if missing:
        journal.intend("w", [Job("7", "seven", "kind", "memory", JobState.RUNNING, "Running")])
        journal.missing("7")
    if not is_open:
        journal.close_window("w")
    journal.release()


def test_one_that_is_needed_is_refused(tmp_path: pathlib.Path) -> None:
    write(tmp_path / "a.journal")
    with pytest.raises(UsageError, match=r"a\.journal is of the same product .* \(open windows: 'w'\)") as refused:
        refuse_neighbours(str(tmp_path / "b.journal"), *PRODUCT)
    assert refused.value.code == "other_journal"


def test_one_that_still_looks_for_a_job_is_refused(tmp_path: pathlib.Path) -> None:
    write(tmp_path / "a.journal", is_open=False, missing=True)
    with pytest.raises(UsageError, match=r"\(open windows: none, but jobs are missing\)"):
        refuse_neighbours(str(tmp_path / "b.journal"), *PRODUCT)


def test_what_is_not_in_the_way(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "own.journal")
    write(tmp_path / "closed.journal", is_open=False)
    write(tmp_path / "another.journal", ("memory", "memory://another"))
    write(tmp_path / "other system.journal", ("other", PRODUCT[1]))
    write(tmp_path / "moved.journal")
    moved = Journal(str(tmp_path / "moved.journal"), FakeClock())
    moved.begin("memory", "memory://elsewhere", is_moved=True)
    moved.release()
    refuse_neighbours(str(tmp_path / "own.journal"), *PRODUCT)
    present = os.listdir(tmp_path)
    monkeypatch.setattr(os, "listdir", lambda _folder: [*present, "just deleted.journal"])
    refuse_neighbours(str(tmp_path / "own.journal"), *PRODUCT)


def test_journals_without_an_ending_are_not_looked_for(tmp_path: pathlib.Path) -> None:
    write(tmp_path / "a")
    refuse_neighbours(str(tmp_path / "b"), *PRODUCT)


def test_a_run_that_only_plans_may_have_no_folder(tmp_path: pathlib.Path) -> None:
    refuse_neighbours(str(tmp_path / "none" / "b.journal"), *PRODUCT)
