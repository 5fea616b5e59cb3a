# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Execution agents and activities as what a window holds: set for it, written down, and put back to what they were."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from support.benches import Bench

from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Ledger, Stage, read
from simulators.__main__ import create
from simulators.ajs.agents import Agent
from simulators.ajs.simulator import AjsSimulator
from simulators.commvault.simulator import CommvaultSimulator
from simulators.core.faults import Fault
from simulators.core.server import serving

Json = dict[str, t.Any]
#: Where the product has enabled all, and somebody has disabled the second one.
SWITCHES = ("data_verification", "content_indexing")
NUMBERS = {"data_verification": 8192, "content_indexing": 1024}


class Site(Bench):
    """A product with two switches, the second of which somebody has set before."""

    def switch(self, name: str) -> str:
        """The truth."""
        if isinstance(self.simulator, AjsSimulator):
            agent = self.simulator.world.agents.find(name, False)
            return agent.status.lower() if agent else ""
        assert isinstance(self.simulator, CommvaultSimulator)
        switch = self.simulator.commcell.activity.commcell.by_number[NUMBERS[name]]
        return "enabled" if switch.enabled else "disabled"

    def somebody_sets(self, name: str, state: str) -> None:
        if isinstance(self.simulator, AjsSimulator):
            agent = self.simulator.world.agents.find(name, False)
            assert agent
            agent.status = state.upper()
        else:
            assert isinstance(self.simulator, CommvaultSimulator)
            switches = self.simulator.commcell.activity.commcell
            switches.set(NUMBERS[name], state == "enabled")

    @property
    def names(self) -> tuple[str, str]:
        return ("ours", "theirs") if self.system == "ajs" else SWITCHES

    @property
    def free(self) -> str:
        """The state in which new work starts."""
        return "effective" if self.system == "ajs" else "enabled"

    @property
    def blocked(self) -> str:
        return "hold" if self.system == "ajs" else "disabled"

    def block(self, *names: str, **options: t.Any) -> list[Json]:
        """The results of setting these switches; one run for all agents, and one for each activity."""
        if self.system == "ajs":
            return [self.run("ajs_agent_state", **{"agents": list(names), "state": "hold", **options})]
        scope = {"scope": "commcell", "state": "disabled"}
        return [self.run("commvault_activity", activity=name, **{**scope, **options}) for name in names]

    def ledger(self) -> Ledger:
        return read(self.journal.read_bytes(), "")[0]


@pytest.fixture(params=["ajs", "commvault"])
def site(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> t.Iterator[Site]:
    with serving(create(request.param)) as server:
        site = Site(server, tmp_path / "window.journal")
        if isinstance(site.simulator, AjsSimulator):
            site.simulator.world.agents.add(Agent("ours", "host"))
            site.simulator.world.agents.add(Agent("theirs", "host"))
        site.somebody_sets(site.names[1], site.blocked)
        yield site


@pytest.fixture
def agents(tmp_path: pathlib.Path) -> t.Iterator[Site]:
    with serving(create("ajs")) as server:
        site = Site(server, tmp_path / "window.journal")
        assert isinstance(site.simulator, AjsSimulator)
        for name in ("ours", "theirs"):
            site.simulator.world.agents.add(Agent(name, "host"))
        yield site


def good(results: list[Json] | Json) -> list[Json]:
    results = results if isinstance(results, list) else [results]
    assert not any(result.get("failed") for result in results), results
    return [job for result in results for job in result["jobs"]]


def test_a_switch_is_put_back_to_what_it_was(site: Site) -> None:
    ours, theirs = site.names
    jobs = good(site.block(ours, theirs))
    assert [(job["before"], job["after"], job["changed"]) for job in jobs] == [
        (site.free, site.blocked, True),
        (site.blocked, site.blocked, False),
    ]
    assert all("agent:" not in job["id"] and "activity:" not in job["id"] for job in jobs)
    assert [(entry.kind, entry.before, entry.set_to) for entry in site.ledger().open_entries] == [
        ("agent" if site.system == "ajs" else "activity", site.free, site.blocked)
    ]
    good(site.run("job_suspend"))
    closed = good(site.run("job_resume"))
    assert [job["after"] for job in closed[-1:]] == [site.free]  # after the jobs
    assert (site.switch(ours), site.switch(theirs)) == (site.free, site.blocked)
    assert (site.ledger().open_windows, site.ledger().open_entries) == ([], [])
    site.assert_as_found()


def test_check_mode_sets_nothing(site: Site) -> None:
    jobs = good(site.block(site.names[0], _ansible_check_mode=True))
    assert [(job["after"], job["changed"]) for job in jobs] == [(site.blocked, True)]
    assert site.writes() == 0
    assert not site.journal.exists() or not site.journal.read_bytes()
    good(site.block(site.names[0]))
    written = site.writes()
    jobs = good(site.run("job_resume", _ansible_check_mode=True))
    assert [(job["before"], job["after"]) for job in jobs] == [(site.blocked, site.free)]
    assert site.writes() == written


def test_windows_share_a_switch(site: Site) -> None:
    ours = site.names[0]
    good(site.block(ours, window="a"))
    (job,) = good(site.block(ours, window="b"))
    assert (job["changed"], job["held_by"]) == (False, ["a"])
    (job,) = good(site.run("job_resume", window="a"))
    assert (job["held_by"], site.switch(ours)) == (["b"], site.blocked)
    good(site.run("job_resume", window="b"))
    assert site.switch(ours) == site.free


def test_what_somebody_has_put_back_is_left_alone(site: Site) -> None:
    ours = site.names[0]
    good(site.block(ours))
    site.somebody_sets(ours, site.free)
    written = site.writes()
    (job,) = good(site.run("job_resume"))
    assert (job["changed"], site.writes()) == (False, written)
    assert site.ledger().open_windows == []


def test_what_somebody_has_set_to_something_else_is_left_alone(agents: Site) -> None:
    good(agents.block("ours"))
    agents.somebody_sets("ours", "blockade")
    (job,) = good(agents.run("job_resume"))
    assert job["note"] == "somebody has set it to BLOCKADE meanwhile"
    assert agents.switch("ours") == "blockade"
    assert agents.ledger().open_windows == []


def test_two_windows_cannot_give_a_switch_two_states(agents: Site) -> None:
    good(agents.block("ours", window="a"))
    (refused,) = agents.block("ours", state="blockade", window="b")
    assert refused["error"]["kind"] == "ineligible"
    assert "the window 'a' has set it to hold; close that first" in refused["msg"]
    assert agents.switch("ours") == "hold"
    good(agents.run("job_resume", window="a"))
    assert agents.switch("ours") == "effective"


def test_a_state_that_nobody_knows_is_not_touched_as_it_could_not_be_put_back(agents: Site) -> None:
    agents.somebody_sets("ours", "drained")
    (refused,) = agents.block("ours")
    assert "its state DRAINED is not known, so it could not be put back" in refused["msg"]
    assert agents.writes() == 0


def test_an_agent_that_is_hidden_at_closing_is_missing_and_does_not_keep_the_jobs(agents: Site) -> None:
    good(agents.block("ours"))
    good(agents.run("job_suspend"))
    world = t.cast(AjsSimulator, agents.simulator).world
    hidden = world.agents.find("ours", False)
    assert hidden
    del world.agents._by_name["ours"]
    result = agents.run("job_resume")
    assert result["error"]["kind"] == "partial"
    agents.assert_as_found()
    assert [entry.id for entry in agents.ledger().open_entries] == ["agent:ours"]
    world.agents.add(hidden)
    good(agents.run("job_resume"))
    assert agents.switch("ours") == "effective"


def test_switches_that_cannot_be_read_do_not_hide_what_has_become_of_the_jobs(site: Site) -> None:
    ours = site.names[0]
    good(site.block(ours))
    good(site.run("job_suspend"))
    place = "/execAgents" if site.system == "ajs" else "ActivityControl"
    site.simulator.armed.append(Fault("status", status=403, path=place, times=50))
    result = site.run("job_resume")
    site.simulator.armed.clear()
    assert result["failed"]
    assert {job["id"] for job in result["jobs"] if job["changed"]} == set(site.ours)
    assert [job["name"] for job in result["jobs"] if job["error"]] == [site.ledger().open_entries[0].name]
    assert site.switch(ours) == site.blocked
    good(site.run("job_resume"))
    assert site.switch(ours) == site.free


def test_jobs_that_are_named_are_resumed_without_the_switches(site: Site) -> None:
    ours = site.names[0]
    good(site.block(ours))
    good(site.run("job_suspend"))
    good(site.run("job_resume", job_ids=site.ours[:1]))
    assert site.switch(ours) == site.blocked
    good(site.run("job_resume"))
    assert site.switch(ours) == site.free


def test_a_window_with_nothing_but_a_switch_is_open(site: Site) -> None:
    good(site.block(site.names[0], window_run={"id": "1", "user": "ops"}))
    (refused,) = site.block(site.names[0], window_must_be_new=True)
    assert refused["error"]["code"] == "window_open"
    good(site.run("job_suspend", window_run={"id": "1"}, window_must_be_new=True))


@pytest.mark.parametrize("state", ["hold", "effective"])
def test_a_crash_before_the_answer_is_settled_by_the_state(agents: Site, state: str) -> None:
    good(agents.block("ours"))
    lines = agents.journal.read_bytes().splitlines(keepends=True)
    assert b'"suspended"' in lines[-1]
    agents.journal.write_bytes(b"".join(lines[:-1]))  # the run died before it wrote down what came of it
    assert agents.ledger().entries["agent:ours"].stage is Stage.INTENDED
    agents.somebody_sets("ours", state)
    good(agents.run("job_resume"))
    assert agents.switch("ours") == "effective"
    assert agents.ledger().open_windows == []


def test_a_plan_tells_which_switch_somebody_has_moved(site: Site) -> None:
    ours, _theirs = site.names
    (planned,) = site.block(ours, _ansible_check_mode=True)
    good(site.block(ours, plan=planned["plan"]))
    good(site.block(ours, plan=planned["plan"]))  # it is as planned by now
    good(site.run("job_resume"))
    site.somebody_sets(ours, site.blocked)
    written, journal = site.writes(), site.journal.read_bytes()
    (refused,) = site.block(ours, plan=planned["plan"])
    assert refused["error"]["code"] == "plan_differs"
    assert f"was {site.free} and is {site.blocked}" in refused["msg"]
    assert [(one["planned"], one["now"]) for one in refused["differences"]] == [(site.free, site.blocked)]
    assert (site.writes(), site.journal.read_bytes()) == (written, journal)
    good(site.block(ours, plan=planned["plan"], on_drift="ignore"))


def test_a_plan_of_other_switches_is_refused(site: Site) -> None:
    ours, theirs = site.names
    (planned,) = site.block(ours, _ansible_check_mode=True)
    (refused,) = site.block(theirs, plan=planned["plan"])
    assert refused["msg"] == "plan: it is not about the same switches and the same state; make a new plan."
