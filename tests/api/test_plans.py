# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans made in check mode and carried out later, with every product."""

from __future__ import annotations

import dataclasses
import pathlib
import random
import typing as t

import pytest
from support.benches import Bench, bench, server
from support.inprocess import run_module

from ansible_collections.batchops.job_control.plugins.module_utils._window import plan as plans
from simulators.__main__ import create
from simulators.core.server import serving
from simulators.core.simulator import BadSeed

__all__ = ["bench", "server"]

Json = dict[str, t.Any]
FINAL = ("completed", "warning", "failed", "cancelled")


@pytest.fixture
def here(tmp_path: pathlib.Path) -> t.Iterator[Bench]:
    with serving(create("prime")) as server:
        yield Bench(server, tmp_path / "window.journal")


def planned(here: Bench, **options: t.Any) -> str:
    result = here.run("job_suspend", _ansible_check_mode=True, **options)
    assert not result.get("failed"), result
    return str(result["plan"])


def apply(here: Bench, plan: str, **options: t.Any) -> Json:
    return here.run("job_suspend", plan=plan, **options)


def neutral_states(here: Bench) -> dict[str, Json]:
    place = {"location": "/"} if here.system == "ajs" else {}
    jobs = run_module("job_info", **here.target.options, **place)["jobs"]
    return {job["id"]: job for job in jobs}


def happen(here: Bench, chance: random.Random) -> None:
    """Let something happen to some jobs; what is not possible does not happen."""
    simulator = here.simulator
    with simulator.lock:
        for job_id in sorted(here.before):
            event = chance.choice(["suspend", "resume", "finish", "vanish", *["nothing"] * 4])
            if event != "nothing":
                try:
                    simulator.event(job_id, event)
                except BadSeed:
                    continue
        for number in range(chance.choice([0, 1])):
            simulator.seed({"name": f"new-{number}", "scenario": "running"})


def test_without_drift_exactly_the_planned_jobs_are_touched(bench: t.Callable[[], Bench]) -> None:
    here = bench()
    plan = planned(here)
    assert (here.writes(), here.journal.exists()) == (0, False)
    here.simulator.clock.advance(1.0)
    result = apply(here, plan)
    assert not result.get("failed"), result
    assert {job["id"] for job in result["jobs"] if job["changed"]} == set(here.ours)
    assert result["came_up"] == []
    assert apply(here, plan)["changed"] is False  # it is as planned, by now
    assert not here.run("job_resume").get("failed")
    here.assert_as_found()


@pytest.mark.parametrize("seed", range(6))
def test_each_drift_is_refused_before_the_first_write(bench: t.Callable[[], Bench], seed: int) -> None:
    here = bench()
    before = neutral_states(here)
    plan = planned(here)
    happen(here, random.Random(f"{here.system} {seed}"))
    now = neutral_states(here)
    turned = {
        job_id
        for job_id in before.keys() & now.keys()
        if (before[job_id]["state"], before[job_id]["raw_state"]) != (now[job_id]["state"], now[job_id]["raw_state"])
    }
    gone = {job_id for job_id in before.keys() - now.keys() if before[job_id]["state"] not in FINAL}
    new = {job_id for job_id in now.keys() - before.keys() if now[job_id]["state"] not in FINAL}
    written = here.writes()

    result = apply(here, plan)
    named = {difference["id"] for difference in result.get("differences", [])}
    assert turned | new <= named
    assert gone <= named
    if named:
        assert (result["error"]["code"], result["changed"], here.writes()) == ("plan_differs", False, written)
        assert all(job_id in result["msg"] for job_id in named)
        assert here.journal.read_bytes() == b""
    else:
        assert {job["id"] for job in result["jobs"] if job["changed"]} == set(here.ours)


def test_what_became_of_the_jobs_is_no_error_when_drift_is_ignored(bench: t.Callable[[], Bench]) -> None:
    here = bench()
    plan = planned(here)
    with here.simulator.lock:
        here.simulator.event(here.ours[0], "vanish")
        here.simulator.event(here.scene.foreign[0], "resume")
        new = here.simulator.seed({"name": "new", "scenario": "running" if here.system == "drs" else "queued"})
    result = apply(here, plan, on_drift="ignore")
    assert not result.get("failed"), result
    assert {job["id"] for job in result["jobs"] if job["changed"]} == set(here.ours[1:])
    assert new in {job["id"] for job in result["came_up"]}
    jobs = here.jobs()
    assert not jobs[new]["held"]
    assert not jobs[here.scene.foreign[0]]["held"]
    assert not here.run("job_resume", on_missing="ignore").get("failed")


def test_a_plan_says_which_jobs_are_meant(here: Bench) -> None:
    plan = planned(here, running="wait", auto_resume_after=None)
    for options, named in (
        ({"names": ["a"]}, "names"),
        ({"all": True}, "all"),
        ({"job_ids": ["1"], "include_system_jobs": True}, "job_ids and include_system_jobs"),
        ({"running": "cancel"}, "running"),
    ):
        refused = here.run("job_suspend", plan=plan, **options)
        assert refused["msg"] == f"plan: it says which jobs are meant, and how; take {named} out."
    assert here.writes() == 0
    assert not apply(here, plan, running="wait", _ansible_check_mode=True).get("failed")


def test_where_drift_is_ignored_runs_may_be_cancelled_after_all(here: Bench) -> None:
    plan = planned(here, running="wait")
    late = apply(here, plan, wait_timeout=60)
    assert {job["error"]["kind"] for job in late["jobs"] if job["error"]} == {"wait_timeout"}
    again = apply(here, plan, running="cancel", on_drift="ignore")
    assert not again.get("failed"), again
    assert {job["id"] for job in again["jobs"] if job["changed"]} == set(here.scene.running)


def test_a_plan_of_another_product_is_refused(here: Bench) -> None:
    plan = planned(here)
    with serving(create("prime")) as other:
        elsewhere = Bench(other, here.journal)
        refused = apply(elsewhere, plan)
        assert refused["msg"].startswith("plan: it was made for prime at http")
        assert (elsewhere.writes(), here.journal.read_bytes()) == (0, b"")
    assert "not what a run in check mode has returned" in apply(here, plan[:-8])["msg"]


@pytest.mark.parametrize(
    "options", [{}, {"running": "leave"}, {"running": "x", "auto_resume_after": None}, {"url": "http://127.0.0.1:1"}]
)
def test_a_plan_gives_no_other_options_than_its_own(here: Bench, options: Json) -> None:
    forged = dataclasses.replace(plans.unpack(planned(here)), options=options)
    refused = apply(here, plans.pack(forged))
    assert refused["msg"] == "plan: its options are none of job_suspend; make a new plan."
    assert refused["http"]["requests"] == 0


def test_an_open_window_is_told_of_before_drift(here: Bench) -> None:
    plan = planned(here)
    here.run("job_suspend", window="b")
    refused = apply(here, plan, window="b", window_must_be_new=True)
    assert refused["error"]["code"] == "window_open"


def test_check_mode_compares_too(here: Bench) -> None:
    plan = planned(here)
    shown = apply(here, plan, _ansible_check_mode=True)
    assert shown["plan"] == plan
    assert {job["id"] for job in shown["jobs"] if job["changed"]} == set(here.ours)
    with here.simulator.lock:
        here.simulator.event(here.ours[0], "suspend")
    refused = apply(here, plan, _ansible_check_mode=True)
    assert [(found["id"], found["what"]) for found in refused["differences"]] == [(here.ours[0], "state")]
    assert here.writes() == 0


def test_a_job_of_another_window_is_held_as_planned(here: Bench) -> None:
    here.run("job_suspend", window="b")
    plan = planned(here)
    written = here.writes()
    assert apply(here, plan)["changed"] is False
    assert here.writes() == written
    assert {job["id"] for job in here.run("job_resume", window="b")["jobs"] if "held_by" in job} == set(here.ours)
    here.run("job_resume")
    here.assert_as_found()


def test_a_copy_announces_what_a_plan_suspends(here: Bench) -> None:
    plan = planned(here)
    told = apply(here, plan, journal_copy="", _ansible_check_mode=True)
    assert told["journal_open"] == len(here.ours)
    assert not apply(here, plan, journal_copy="").get("failed")


def test_a_plan_needs_a_journal(here: Bench) -> None:
    refused = here.run("job_suspend", plan="x", journal=None)
    assert "required by 'plan': journal" in refused["msg"]
