# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A job of a window that the product does not show at closing, and what may become of it later."""

from __future__ import annotations

import importlib
import typing as t

import pytest
from support.benches import Bench, bench, server

from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Ledger, read
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, Selection
from ansible_collections.batchops.job_control.plugins.module_utils._system import JobSystem

__all__ = ["bench", "server"]

UTILS = "ansible_collections.batchops.job_control.plugins.module_utils"


def spellings(system: str, job_id: str) -> list[str]:
    """How a user may write it."""
    others = {
        "commvault": [f"00{job_id}", f" {job_id} "],
        "prime": [f"00{job_id}"],
        "veeam": [job_id.upper(), f"urn:veeam:Job:{job_id}", f"URN:VEEAM:JOB:{job_id.upper()}"],
    }
    return [job_id, *others.get(system, [])]


@pytest.fixture
def hidden(bench: t.Callable[[], Bench], monkeypatch: pytest.MonkeyPatch) -> tuple[Bench, set[str]]:
    """A product with an open window, and the ids of jobs that it does not show."""
    here = bench()
    api = importlib.import_module(f"{UTILS}._{here.system}.api")
    product = next(
        part
        for part in vars(api).values()
        if isinstance(part, type) and issubclass(part, JobSystem) and part.__module__ == api.__name__
    )
    get_jobs, list_jobs = product.get_jobs, product.list_jobs
    ids: set[str] = set()

    def get(system: JobSystem, job_ids: t.Sequence[str]) -> dict[str, Job]:
        found = get_jobs(system, job_ids)
        return {given: job for given, job in found.items() if job.id not in ids}

    def listed(system: JobSystem, selection: Selection) -> t.Iterator[Job]:
        return (job for job in list_jobs(system, selection) if job.id not in ids)

    monkeypatch.setattr(product, "get_jobs", get)
    monkeypatch.setattr(product, "list_jobs", listed)
    assert not here.run("job_suspend").get("failed")
    return here, ids


def ledger(here: Bench) -> Ledger:
    return read(here.journal.read_bytes(), "")[0]


def test_a_job_of_the_window_is_named_in_any_spelling_though_it_is_hidden(hidden: tuple[Bench, set[str]]) -> None:
    """It is missing, and not a job that the window does not hold."""
    here, ids = hidden
    one = here.ours[0]
    ids.add(one)
    for given in spellings(here.system, one):
        result = here.run("job_resume", job_ids=[given])
        assert f"Job {one} is missing: it is gone, or this user may not see it" in result["msg"], given
        assert [job["id"] for job in result["jobs"]] == [one]
    ids.clear()
    for given in spellings(here.system, one):
        assert not here.run("job_resume", job_ids=[given, one]).get("failed"), given
        assert not here.run("job_suspend").get("failed")
    assert not here.run("job_resume").get("failed")
    assert ledger(here).is_idle


def test_one_that_is_hidden_for_a_while_and_held_by_another_window(hidden: tuple[Bench, set[str]]) -> None:
    """The window that closed without it does not need it any more; whoever holds it last resumes it."""
    here, ids = hidden
    one = here.ours[0]
    ids.add(one)
    assert not here.run("job_resume", on_missing="ignore").get("failed")
    assert (ledger(here).open_windows, [entry.id for entry in ledger(here).open_entries]) == ([], [one])
    assert not here.run("job_suspend", window_must_be_new=True).get("failed")
    ids.clear()
    assert not here.run("job_suspend", window="b").get("failed")
    for name in ("b", "patchday"):
        assert here.jobs()[one]["held"]
        assert not here.run("job_resume", window=name).get("failed")
    here.assert_as_found(turns=(0, 2, 4))
    assert ledger(here).is_idle


def test_one_that_somebody_resumed_while_it_was_hidden(hidden: tuple[Bench, set[str]]) -> None:
    here, ids = hidden
    one = here.ours[0]
    ids.add(one)
    assert not here.run("job_resume", on_missing="ignore").get("failed")
    ids.clear()
    assert here.run("job_resume", journal=None, window=None, job_ids=[one])["changed"]
    result = here.run("job_resume", window=None)
    assert [(job["id"], job["changed"]) for job in result["jobs"]] == [(one, False)]
    assert ledger(here).is_idle
    here.assert_as_found()


def test_what_is_shown_is_not_forgotten(hidden: tuple[Bench, set[str]]) -> None:
    here, ids = hidden
    one = here.ours[0]
    ids.add(one)
    assert not here.run("job_resume", forget_missing=True, _ansible_check_mode=True).get("failed")
    ids.clear()
    assert not here.run("job_resume", forget_missing=True).get("failed")
    here.assert_as_found()
