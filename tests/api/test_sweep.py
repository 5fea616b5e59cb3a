# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs that come up while a window is being opened, with every product."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from support.benches import Bench, bench, server
from support.clock import ProductClock

from ansible_collections.batchops.job_control.plugins.module_utils._window.window import Window
from simulators.__main__ import create
from simulators.core.server import serving

__all__ = ["bench", "server"]

Json = dict[str, t.Any]
#: A job that the product's suspend acts on with default options.
COMES_UP = {"drs": "running"}


@pytest.fixture
def here(tmp_path: pathlib.Path) -> t.Iterator[Bench]:
    with serving(create("prime")) as server:
        yield Bench(server, tmp_path / "window.journal")


class Meanwhile:
    """Lets something happen each time the window has suspended something."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *events: t.Callable[[], object]) -> None:
        self.rest = list(events)
        suspend = Window.suspend

        def and_then(window: Window, items: t.Any) -> None:
            suspend(window, items)
            if self.rest:
                self.rest.pop(0)()

        monkeypatch.setattr(Window, "suspend", and_then)


def seed(here: Bench, name: str) -> str:
    with here.simulator.lock:
        here.simulator.tick()
        return str(here.simulator.seed({"name": name, "scenario": COMES_UP.get(here.system, "queued")}))


def resumed(here: Bench, job_id: str) -> None:
    with here.simulator.lock:
        here.simulator.tick()
        here.simulator.event(job_id, "resume")


def take_for_ours(here: Bench, new: list[str]) -> None:
    """From now on these jobs are as if they had been there from the beginning."""
    here.before.update({job_id: {**here.jobs()[job_id], "held": False} for job_id in new})
    here.ours += new


def by_id(result: Json) -> dict[str, Json]:
    return {job["id"]: job for job in result["jobs"]}


def test_what_comes_up_is_suspended_too(bench: t.Callable[[], Bench], monkeypatch: pytest.MonkeyPatch) -> None:
    here = bench()
    new: list[str] = []

    def twice() -> None:
        new.append(seed(here, "new-1"))
        resumed(here, here.ours[0])

    Meanwhile(monkeypatch, twice, lambda: new.append(seed(here, "new-2")))
    result = here.run("job_suspend", sweep=True)
    assert not result.get("failed"), result
    jobs = by_id(result)
    assert len(jobs) == len(result["jobs"]) == result["summary"]["selected"]
    assert {job_id for job_id, job in jobs.items() if job["changed"]} == {*here.ours, *new}
    assert [jobs[job_id]["note"] for job_id in new] == ["it came up meanwhile"] * 2
    assert jobs[here.ours[0]]["note"] == "it was working again meanwhile"
    assert all(here.jobs()[job_id]["held"] for job_id in [*here.ours, *new])

    closed = here.run("job_resume")
    assert not closed.get("failed"), closed
    assert {job["id"] for job in closed["jobs"] if job["changed"]} == {*here.ours, *new}
    take_for_ours(here, new)
    here.assert_as_found(turns=(2, 3, 4))


def test_a_quiet_sweep_is_one_list(bench: t.Callable[[], Bench]) -> None:
    here = bench()
    result = here.run("job_suspend", sweep=True)
    assert not result.get("failed"), result
    swept, listed = result["http"]["requests"], here.run("job_suspend")["http"]["requests"]
    assert not here.run("job_resume").get("failed")
    plain = here.run("job_suspend")["http"]["requests"]
    assert plain < swept <= plain + listed
    assert {job_id for job_id, job in by_id(result).items() if job["changed"]} == set(here.ours)


def test_what_keeps_coming_up_is_named_in_the_end(here: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ProductClock(here.simulator.clock)
    new: list[str] = []

    def again() -> None:
        clock.sleep(20.0)
        new.append(seed(here, f"new-{len(new)}"))

    Meanwhile(monkeypatch, *[again] * 100)
    result = here.run("job_suspend", sweep=True, wait_timeout=100)
    assert result["error"]["kind"] == "wait_timeout"
    assert result["msg"].startswith("sweep: 100 seconds (wait_timeout) are over, and jobs still come up: ")
    assert f"{new[-1]} (new-{len(new) - 1})" in result["msg"]
    jobs = by_id(result)
    assert {job_id for job_id, job in jobs.items() if job["changed"]} == {*here.ours, *new[:-1]}
    assert jobs[new[-1]]["error"]["kind"] == "wait_timeout"
    assert not here.jobs()[new[-1]]["held"]
    assert not here.run("job_resume").get("failed")
    take_for_ours(here, new)
    here.assert_as_found()


def test_a_job_that_failed_is_not_tried_again(here: Bench) -> None:
    refused = here.run("job_suspend", sweep=True, username="reader")
    assert {job["error"]["kind"] for job in refused["jobs"] if job["error"]} == {"permission"}
    assert refused["error"]["kind"] in ("permission", "partial")
    assert here.writes() <= 2 * len(here.ours)


def test_a_plan_only_names_what_comes_up(here: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = here.run("job_suspend", _ansible_check_mode=True)["plan"]
    new: list[str] = []
    Meanwhile(monkeypatch, lambda: new.append(seed(here, "new")))
    result = here.run("job_suspend", plan=plan, sweep=True)
    assert not result.get("failed"), result
    assert [job["id"] for job in result["came_up"]] == new
    assert not here.jobs()[new[0]]["held"]
    assert {job_id for job_id, job in by_id(result).items() if job["changed"]} == set(here.ours)


def test_a_last_look_that_fails_is_an_error_and_the_jobs_are_told_of(
    here: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = here.run("job_suspend", _ansible_check_mode=True)["plan"]

    def break_down() -> None:
        here.target.control.arm(kind="reset_before", times=0)

    for options in ({"plan": plan}, {"window": "other"}):
        Meanwhile(monkeypatch, break_down)
        result = here.run("job_suspend", sweep=True, retry_timeout=0, **options)
        here.target.control.disarm()
        assert result["error"]["kind"] == "connection"
        assert {job_id for job_id, job in by_id(result).items() if job["changed"]} == set(here.ours)
        here.run("job_resume", window=options.get("window", "patchday"))


def test_check_mode_does_not_sweep(here: Bench) -> None:
    shown = here.run("job_suspend", sweep=True, _ansible_check_mode=True)
    assert not shown.get("failed"), shown
    assert here.writes() == 0


def test_a_sweep_needs_a_journal(here: Bench) -> None:
    refused = here.run("job_suspend", sweep=True, journal=None, window=None)
    assert refused["msg"].startswith("sweep: it needs a journal")
    assert here.writes() == 0
