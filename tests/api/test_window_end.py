# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Windows that know their run and their end, through the modules."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from support.benches import Bench

from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    JobControlError,
    Refused,
)
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Ledger, read
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job
from ansible_collections.batchops.job_control.plugins.module_utils._prime.api import Prime
from ansible_collections.batchops.job_control.plugins.module_utils._window.window import Window
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


def remove(journal: pathlib.Path) -> None:
    journal.unlink()


def put_a_folder_there(journal: pathlib.Path) -> None:
    journal.unlink()
    journal.mkdir()


def fill_with_garbage(journal: pathlib.Path) -> None:
    journal.write_bytes(b"\x00\xffgarbage\n" * 9)


def swap(journal: pathlib.Path) -> None:
    """With that of another system."""
    journal.write_bytes(journal.read_bytes().replace(b'"prime"', b'"drs"'))


def empty(journal: pathlib.Path) -> None:
    journal.write_bytes(b"")


@pytest.mark.parametrize("close_if", ["always", "own_run"])
@pytest.mark.parametrize("damage", [remove, put_a_folder_there, fill_with_garbage, swap, empty])
def test_what_the_journal_must_know_is_named_when_it_is_lost(
    here: Bench, damage: t.Callable[[pathlib.Path], None], close_if: str
) -> None:
    run(here, "job_suspend", window_run=OURS)
    damage(here.journal)
    refused = here.run("job_resume", window_run=OURS, close_if=close_if, must_know=here.ours)
    assert refused["failed"]
    assert f"This run has suspended, and not resumed: {', '.join(here.ours)}. Look for them in" in refused["msg"]


@pytest.mark.parametrize("close_if", ["always", "own_run"])
def test_an_older_journal_is_used_as_far_as_it_goes(here: Bench, close_if: str) -> None:
    """What it does not know is named, and what it knows is resumed."""
    first, *others = here.ours
    run(here, "job_suspend", window_run=OURS, job_ids=[first], all=None)
    older = here.journal.read_bytes()
    run(here, "job_suspend", window_run=OURS)
    here.journal.write_bytes(older)
    closing = {"window_run": OURS, "close_if": close_if, "must_know": here.ours}
    refused = here.run("job_resume", **closing)
    assert (refused["failed"], refused["error"]["code"]) == (True, "journal_changed")
    assert f"and not resumed: {', '.join(others)}. Look" in refused["msg"]
    assert [job["id"] for job in refused["jobs"] if job["changed"]] == [first]
    assert here.run("job_resume", **closing)["failed"]  # the window is closed by now


def test_what_somebody_else_has_closed_is_known(here: Bench) -> None:
    run(here, "job_suspend", window_run=OURS)
    run(here, "job_resume", window_run=OTHER)
    run(here, "job_resume", window_run=OURS, close_if="own_run", must_know=here.ours)
    here.assert_as_found()


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


class OddJobs:
    """The product cannot show some of its jobs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: type[JobControlError] = Refused) -> None:
        self.odd: set[str] = set()
        self.asked: list[str] = []
        get_jobs = Prime.get_jobs

        def odd(product: Prime, job_ids: t.Sequence[str]) -> dict[str, Job]:
            self.asked += job_ids
            if self.odd & set(job_ids):
                raise error(f"the product cannot show {sorted(self.odd)[0]}")
            return get_jobs(product, job_ids)

        monkeypatch.setattr(Prime, "get_jobs", odd)


def open_for_an_hour(here: Bench, *names: str) -> None:
    for name, job_id in zip(names, here.ours):
        run(here, "job_suspend", window=name, window_expires="1h", all=False, job_ids=[job_id])
    here.simulator.clock.advance(2 * 3600)


def test_a_window_that_cannot_be_closed_does_not_keep_the_others(here: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    open_for_an_hour(here, "a", "b", "c")
    product = OddJobs(monkeypatch)
    product.odd = {here.ours[1]}
    result = here.run("job_resume", window=None, close_if="expired")
    assert result["msg"] == f"1 of 3 jobs failed. the product cannot show {here.ours[1]}"
    assert {job["id"]: bool(job["error"]) for job in result["jobs"]} == dict(zip(here.ours, (False, True, False)))
    assert [(window["name"], window["is_closed"]) for window in result["windows"]] == [
        ("a", True),
        ("b", False),
        ("c", True),
    ]
    product.odd.clear()
    run(here, "job_resume", window=None, close_if="expired")
    here.assert_as_found()


def test_what_keeps_a_window_without_jobs_open_is_told(here: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    open_for_an_hour(here, "a")
    run(here, "job_suspend", window="b", window_expires="1h", names=["nothing"], all=False)
    here.simulator.clock.advance(2 * 3600)

    plan_resume = Window.plan_resume

    def plan(window: Window, *options: t.Any) -> list[Item]:
        if window.name == "b":
            raise Refused("no list for b")
        return plan_resume(window, *options)

    monkeypatch.setattr(Window, "plan_resume", plan)
    result = here.run("job_resume", window=None, close_if="expired")
    assert (result["msg"], result["changed"]) == ("no list for b", True)
    assert ledger(here).open_windows == ["b"]


def test_credentials_that_are_refused_are_not_tried_for_each_window(
    here: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_for_an_hour(here, "a", "b", "c")
    product = OddJobs(monkeypatch, AuthFailed)
    product.odd = {here.ours[0]}
    result = here.run("job_resume", window=None, close_if="expired")
    assert (result["error"]["kind"], result["jobs"]) == ("auth", [])
    assert product.asked == [here.ours[0]]
    product.odd = {here.ours[1]}
    result = here.run("job_resume", window=None, close_if="expired")
    assert [job["id"] for job in result["jobs"] if job["changed"]] == [here.ours[0]]
    assert here.ours[2] not in product.asked
    product.odd.clear()
    run(here, "job_resume", window=None, close_if="expired")
    here.assert_as_found()


def test_jobs_of_several_windows_can_be_named(here: Bench) -> None:
    open_for_an_hour(here, "a", "b", "c")
    first, second, third = here.ours[:3]
    result = run(here, "job_resume", window=None, close_if="expired", job_ids=[first, third])
    assert {job["id"]: job["changed"] for job in result["jobs"]} == {first: True, third: True}
    assert ledger(here).open_windows == ["b"]
    written = here.writes()
    for job_ids in ([first], [second, here.scene.foreign[0]]):
        refused = here.run("job_resume", window=None, close_if="expired", job_ids=job_ids)
        assert (refused["error"]["kind"], here.writes()) == ("not_found", written)
    run(here, "job_resume", window=None, close_if="expired")
    here.assert_as_found()


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
