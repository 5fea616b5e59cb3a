# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs whose journal becomes too large for a copy of it: refused before any job is touched, or told with all that was
done."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from support.benches import Bench
from support.clock import ProductClock

from ansible_collections.batchops.job_control.plugins.module_utils._journal import copies
from ansible_collections.batchops.job_control.plugins.module_utils._journal.file import Journal
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import read
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, JobState
from simulators.__main__ import create
from simulators.core.server import serving


@pytest.fixture
def here(tmp_path: pathlib.Path) -> t.Iterator[Bench]:
    with serving(create("prime")) as server:
        yield Bench(server, tmp_path / "window.journal")


def succeed(here: Bench, module: str, **options: t.Any) -> dict[str, t.Any]:
    result = here.run(module, **options)
    assert not result.get("failed"), result
    return result


def test_a_suspend_that_may_outgrow_its_copy_is_refused_when_it_is_foretold(
    here: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "LARGEST_TO_ADD_TO", 300)
    result = here.run("job_suspend", journal_copy="", _ansible_check_mode=True)
    assert result["error"]["kind"] == "usage"
    assert result["msg"].startswith("journal_copy: ")
    assert "journal_copy" not in result
    assert here.writes() == 0


def test_a_full_journal_takes_no_more_jobs_but_is_closed(here: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = succeed(here, "job_suspend", journal_copy="")["journal_copy"]
    monkeypatch.setattr(copies, "LARGEST_TO_ADD_TO", here.journal.stat().st_size - 1)
    before, written = here.journal.read_bytes(), here.writes()
    for check_mode in (True, False):
        refused = here.run("job_suspend", journal_copy=copy, _ansible_check_mode=check_mode)
        assert refused["msg"].startswith("journal_copy: ")
        assert "Nothing was changed" in refused["msg"]
    assert (here.journal.read_bytes(), here.writes()) == (before, written)
    succeed(here, "job_suspend")  # no copy, no bound

    closed = succeed(here, "job_resume", journal_copy=copy)
    assert closed["journal_open"] == 0
    here.assert_as_found()
    here.journal.unlink()
    assert succeed(here, "job_suspend", journal_copy=closed["journal_copy"])["journal_open"] == len(here.ours)


def test_what_a_dead_run_only_announced_is_not_ours_when_the_next_one_is_refused(here: Bench) -> None:
    here.window()
    clock = ProductClock(here.simulator.clock)
    journal = Journal(str(here.journal), clock)
    known = journal.ledger
    journal.open_window(known.system, known.product, "patchday")
    journal.intend("patchday", [Job(job_id, job_id, "kind", "owner", JobState.QUEUED, "") for job_id in here.ours])
    journal.release()
    clock.sleep(10_000.0)  # whatever it has sent shows by now

    refused = here.run("job_suspend", username="reader")
    assert {job["error"]["kind"] for job in refused["jobs"] if job["error"]} == {"permission"}
    assert read(here.journal.read_bytes(), "")[0].open_entries == []
    here.assert_as_found(turns=(2,))


@pytest.mark.parametrize("module", ["job_suspend", "job_resume"])
def test_a_run_without_its_copy_still_tells_what_it_did(
    here: Bench, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    if module == "job_resume":
        succeed(here, "job_suspend")
    monkeypatch.setattr(copies, "_LARGEST_COPY", 300)
    result = here.run(module, journal_copy="")
    assert result["failed"]
    assert result["msg"].startswith("journal_copy: ")
    assert result["changed"]
    assert {job["id"] for job in result["jobs"] if job["changed"]} == set(here.ours)
    assert result["summary"]["changed"] == len(here.ours)
    assert "journal_copy" not in result
