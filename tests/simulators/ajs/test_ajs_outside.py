# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeds and events, and the execution agents."""

from __future__ import annotations

import typing as t
import urllib.error

import pytest
import requests

from simulators.ajs.conftest import Console
from simulators.core.control import Json


class TestSeeds:
    @pytest.mark.parametrize(
        ("scenario", "state", "held", "running"),
        [
            ("queued", "TIMEWAIT", False, False),
            ("running", "RUNNING", False, True),
            ("suspended", "HOLDING", True, False),
            ("completed", "NORMAL", False, False),
            ("warning", "WARNING", False, False),
            ("failed", "ABNORMAL", False, False),
            ("cancelled", "KILL", False, False),
        ],
    )
    def test_scenarios(self, console: Console, scenario: str, state: str, held: bool, running: bool) -> None:
        job_id = console.seed("Net", scenario=scenario)
        assert job_id == "/Batch/Net:@A100"
        truth = console.after(3600)[job_id]
        assert (truth["state"], truth["held"], truth["running"]) == (state, held, running)
        assert console.read(job_id).json()["unitStatus"]["status"] == state

    def test_jobs_are_put_into_a_jobnet(self, console: Console) -> None:
        assert console.seed("Job", type="JOB", scenario="queued") == "/Batch/Jobnet/Job:@A100"
        assert console.after()["/Batch/Jobnet/Job:@A100"]["state"] == "TERMWAIT"

    def test_a_status_nobody_knows(self, console: Console) -> None:
        job_id = console.seed(raw="REHEARSING")
        assert console.read(job_id).json()["unitStatus"]["status"] == "REHEARSING"
        assert console.act(job_id, "changeHold", holdAttr="SET") == 409

    @pytest.mark.parametrize(
        "job",
        [
            {"scenario": "sleeping"},
            {"system_job": True},
            {"type": "ROBOT"},
            {"hold_attr": "MAYBE"},
            {"colour": "red"},
            {"exec_id": "100"},
            {"name": "/G/N/X", "type": "NETCN", "scenario": "suspended"},
            {"name": "/Taken/Job", "type": "JOB"},
        ],
    )
    def test_what_cannot_be(self, console: Console, job: Json) -> None:
        console.seed("/Taken", type="GROUP")
        with pytest.raises(urllib.error.HTTPError):
            console.control.seed({"name": "/G/N", **job})


class TestEvents:
    @pytest.mark.parametrize(
        ("scenario", "event", "details", "state", "hold"),
        [
            ("queued", "suspend", {}, "TIMEWAIT", "HOLD"),
            ("suspended", "resume", {}, "RUNNING", "RELEASE"),
            ("queued", "start", {}, "RUNNING", "NO"),
            ("running", "finish", {}, "NORMAL", "NO"),
            ("running", "finish", {"result": "warning"}, "WARNING", "NO"),
            ("running", "finish", {"result": "failed"}, "ABNORMAL", "NO"),
            ("running", "fail", {}, "ABNORMAL", "NO"),
            ("running", "interrupt", {}, "INTERRUPT", "NO"),
            ("running", "kill", {}, "KILL", "NO"),
            ("running", "status", {"raw": "MONITORING"}, "MONITORING", "NO"),
        ],
    )
    def test_what_happens(
        self, console: Console, scenario: str, event: str, details: Json, state: str, hold: str
    ) -> None:
        job_id = console.seed(scenario=scenario)
        console.control.event(job_id, event, **details)
        truth = console.control.jobs()[job_id]
        assert (truth["state"], truth["hold_attr"], truth["applied"]) == (state, hold, {})

    @pytest.mark.parametrize(("scenario", "event"), [("running", "suspend"), ("completed", "finish"), ("queued", "x")])
    def test_what_cannot_happen(self, console: Console, scenario: str, event: str) -> None:
        job_id = console.seed(scenario=scenario)
        with pytest.raises(urllib.error.HTTPError):
            console.control.event(job_id, event)

    def test_vanish(self, console: Console) -> None:
        job_id = console.seed(scenario="queued")
        console.control.event(job_id, "vanish")
        assert console.control.jobs() == {}
        assert console.read(job_id).status_code == 404
        assert console.list_units("/Group").json()["statuses"][0]["unitStatus"] is None
        console.control.event(console.seed(scenario="queued"), "vanish", unit=True)
        assert console.list_units("/Group").json()["statuses"] == []


class TestAgents:
    @pytest.fixture
    def agents(self, console: Console) -> Console:
        specs = [
            {"name": "agt1", "host": "agt1.example.com"},
            {"name": "agt2", "refuses": True},
            {"name": "grp1", "group": True, "members": ["agt1", "agt2"]},
        ]
        console.control.call("POST", "agents", {"agents": specs})
        return console

    def read(self, console: Console, **query: str) -> list[Json]:
        answer = console.get("objects/execAgents/statuses", **{"manager": "HOSTM", "mode": "agent", **query})
        assert answer.status_code == 200
        return t.cast("list[Json]", answer.json()["results"])

    def change(self, console: Console, verb: str = "changeStatus", **parameters: t.Any) -> requests.Response:
        body = {"manager": "HOSTM", "mode": "agent", **parameters}
        return console.post(f"objects/execAgents/actions/{verb}/invoke", **body)

    def test_the_sample_batch_fails_in_part_under_200(self, agents: Console) -> None:
        answer = self.change(agents, status="HOLD", execAgents=["agt1", "agt2", "agt3"])
        assert answer.status_code == 200
        results = answer.json()["results"]
        assert [(each["execAgent"], each["rtnCode"]) for each in results] == [
            ("agt1", "0"),
            ("agt2", "1"),
            ("agt3", "1"),
        ]
        assert ["messageID" in each for each in results] == [False, True, True]
        found = self.read(agents, execAgent="agt1")[0]["output"]["statuses"][0]
        assert list(found) == [
            *("execAgent", "execHost", "status", "comStatus", "conExe", "job", "event", "que"),
            *("linkAgents", "description"),
        ]
        assert (found["execHost"], found["status"]) == ("agt1.example.com", "HOLD")

    @pytest.mark.parametrize(
        ("when", "carry"),
        [("ok", [True, False]), ("failed", [False, True]), ("always", [True, True]), ("never", [False, False])],
    )
    def test_messages(self, agents: Console, when: str, carry: list[bool]) -> None:
        agents.control.knobs(agent_messages=when)
        results = self.change(agents, status="HOLD", execAgents=["agt1", "agt2"]).json()["results"]
        assert ["message" in each for each in results] == carry

    @pytest.mark.parametrize(
        "parameters",
        [
            {"status": "HOLD"},
            {"status": "HOLD", "execAgents": []},
            {"status": "HOLD", "execAgents": ["a"] * 101},
            {"status": "HOLD", "execAgents": "agt1"},
            {"status": "HOLD", "execAgents": [1]},
            {"status": "PAUSED", "execAgents": ["agt1"]},
            {"status": "HOLD", "execAgents": ["agt1"], "mode": "host"},
        ],
    )
    def test_bad_changes(self, agents: Console, parameters: Json) -> None:
        assert self.change(agents, **parameters).status_code == 400

    def test_all_unknown_and_groups(self, agents: Console) -> None:
        assert [each["execAgent"] for each in self.read(agents)[0]["output"]["statuses"]] == ["agt1", "agt2"]
        group = self.read(agents, mode="agentGroup")[0]["output"]["statuses"][0]
        assert (group["execAgent"], group["linkAgents"]) == ("grp1", ["agt1", "agt2"])
        assert self.read(agents, execAgent="agt9") == [{"execAgent": "agt9", "rtnCode": "0", "output": {}}]
        agents.control.knobs(unknown_agent="empty_result")
        assert self.read(agents, execAgent="agt9") == [{}]

    def test_the_distribution_status_is_another_thing(self, agents: Console) -> None:
        assert self.change(agents, "changeComStatus", comStatus="HOLD", execAgents=["agt1"]).status_code == 200
        found = self.read(agents, execAgent="agt1")[0]["output"]["statuses"][0]
        assert (found["status"], found["comStatus"]) == ("EFFECTIVE", "HOLD")

    def test_hold_keeps_jobs_queued_and_loses_none(self, agents: Console) -> None:
        agents.seed("/G/N/Live", type="JOB", scenario="running", agent="agt1")
        self.change(agents, status="HOLD", execAgents=["agt1"])
        waiting = agents.seed("/G/N/Next", type="JOB", scenario="queued", agent="agt1")
        event_job = agents.seed("/G/N/Event", type="EVWJB", scenario="queued", agent="agt1")
        for job_id in (waiting, event_job):
            agents.control.event(job_id, "start")
        jobs = agents.control.jobs()
        assert (jobs[waiting]["state"], jobs[event_job]["state"]) == ("QUEUING", "RUNNING")
        agents.control.knobs(version="13-00")
        found = self.read(agents, execAgent="agt1")[0]["output"]["statuses"][0]
        assert (found["job"], found["event"], found["que"]) == (1, 1, 1)
        assert found["jobExecutionStatuses"][0]["unitName"] == "/G/N/Live"
        self.change(agents, status="EFFECTIVE", execAgents=["agt1"])
        assert agents.state(waiting) == "RUNNING"

    @pytest.mark.parametrize("status", ["INEFFECTIVE", "BLOCKADE"])
    def test_an_agent_that_refuses_jobs(self, agents: Console, status: str) -> None:
        self.change(agents, status=status, execAgents=["agt1"])
        job_id = agents.seed("/G/N/Job", type="JOB", scenario="queued", agent="agt1")
        agents.control.event(job_id, "start")
        assert agents.control.jobs()[job_id]["state"] == "FAIL"
