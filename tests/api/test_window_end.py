# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Windows that know their run and their end, through the modules."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from support.benches import Bench

from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Ledger, read
from simulators.__main__ import create
from simulators.core.server import serving

OURS = {"id": "ours", "user": "ops", "controller": "ctl01", "process": "ansible-playbook 17"}
OTHER = {"id": "other", "user": "eve"}


@pytest.fixture
def here(tmp_path: pathlib.Path) -> t.Iterator[Bench]:
    with serving(create("prime")) as server:
        yield Bench(server, tmp_path / "window.journal")


def run(here: Bench, module: str, **options: t.Any) -> dict[str, t.Any]:
    result = here.run(module, **options)
    assert not result.get("failed"), result
    return result


def ledger(here: Bench) -> Ledger:
    return read(here.journal.read_bytes(), "")[0]


def seconds_to_the_end(here: Bench) -> float | None:
    window = ledger(here).windows["patchday"]
    return None if window.expires is None else round(window.expires - window.opened)


@pytest.mark.parametrize(("given", "seconds"), [({}, 86400), ({"window_expires": "6h"}, 21600)])
def test_a_window_has_an_end_and_knows_its_run(here: Bench, given: dict[str, str], seconds: float) -> None:
    opened = run(here, "job_suspend", window_run=OURS, **given)["window"]
    assert seconds_to_the_end(here) == seconds
    assert opened == {
        "name": "patchday",
        "opened": opened["opened"],
        "expires": opened["expires"],
        "run": OURS,
        "is_closed": False,
    }
    assert opened["opened"] < opened["expires"]


def test_the_end_of_an_open_window_is_moved_only_on_purpose(here: Bench) -> None:
    run(here, "job_suspend", window_expires="6h")
    run(here, "job_suspend")
    assert seconds_to_the_end(here) == 21600
    run(here, "job_suspend", window_expires="12h", _ansible_check_mode=True)
    assert seconds_to_the_end(here) == 21600
    run(here, "job_suspend", window_expires="never")
    assert seconds_to_the_end(here) is None


def test_a_window_that_must_be_new_may_be_of_the_same_run(here: Bench) -> None:
    run(here, "job_suspend", window_run=OURS)
    run(here, "job_suspend", window_run=OURS, window_must_be_new=True)
    for stranger in (OTHER, {}):
        refused = here.run("job_suspend", window_run=stranger, window_must_be_new=True)
        assert refused["error"]["code"] == "window_open"
        assert "UTC by ops@ctl01 (ansible-playbook 17); close it" in refused["msg"]


def test_a_run_that_closes_by_itself_leaves_the_windows_of_others(here: Bench) -> None:
    run(here, "job_suspend", window_run=OURS)
    written = here.writes()
    for options in (
        {"close_if": "own_run", "window_run": OTHER},
        {"close_if": "own_run", "window_run": {}},
        {"close_if": "expired", "window_run": OURS},
        {"close_if": "expired", "window": None},
    ):
        result = run(here, "job_resume", **options)
        assert (result["changed"], result["jobs"], result["windows"], result["http"]["requests"]) == (False, [], [], 0)
    assert here.writes() == written
    closed = run(here, "job_resume", close_if="own_run", window_run=OURS)
    assert [(window["name"], window["is_closed"]) for window in closed["windows"]] == [("patchday", True)]
    here.assert_as_found()
    assert "before its run closed it" not in str(closed.get("warnings"))


def test_windows_that_are_over_are_closed_together(here: Bench) -> None:
    run(here, "job_suspend", window="a", window_expires="1h")
    run(here, "job_suspend", window="b", window_expires="2h")
    run(here, "job_suspend", window="c", window_expires="9h")
    here.simulator.clock.advance(3 * 3600)
    result = run(here, "job_resume", window=None, close_if="expired", window_run=OTHER)
    assert [(window["name"], window["is_closed"]) for window in result["windows"]] == [("a", True), ("b", True)]
    assert {job["id"] for job in result["jobs"] if "held_by" in job} == set(here.ours)  # c still holds them
    here.simulator.clock.advance(9 * 3600)
    result = run(here, "job_resume", window=None, close_if="expired")
    assert {job["id"] for job in result["jobs"] if job["changed"]} == set(here.ours)
    here.assert_as_found()
    assert run(here, "job_resume", window=None, close_if="expired")["windows"] == []


def test_a_run_is_told_that_its_window_was_closed_by_another(here: Bench) -> None:
    run(here, "job_suspend", window_run=OURS)
    run(here, "job_resume", window_run=OTHER)
    assert ledger(here).windows["patchday"].closed_by.user == "eve"
    result = run(here, "job_resume", window_run=OURS, close_if="own_run")
    assert "The window 'patchday' was closed before its run closed it, by eve." in str(result["warnings"])


def test_no_journal_is_nothing_to_close_for_a_run_that_closes_by_itself(here: Bench) -> None:
    assert run(here, "job_resume", close_if="expired", window=None)["windows"] == []
    assert not here.journal.exists()
    assert here.run("job_resume")["error"]["kind"] == "usage"


def test_a_slip_in_the_end_changes_nothing(here: Bench) -> None:
    refused = here.run("job_suspend", window_expires="tomorrow")
    assert refused["msg"].startswith("window_expires: 'tomorrow' is no end of a window")
    assert here.writes() == 0
    assert not here.journal.exists() or here.journal.read_bytes() == b""
