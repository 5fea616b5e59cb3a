# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verbs of JP1/AJS3 alone, through real ansible: what they change, refuse, predict and send."""

from __future__ import annotations

import typing as t

import pytest
from support.ansible import Ansible, ModuleRun
from support.estate import Target
from support.watched import Call, WatchedRun, run_watched

JOB = "/Batch/Net/Job"
Options = dict[str, t.Any]


@pytest.fixture
def ajs(estate: dict[str, Target]) -> Target:
    return estate["ajs"]


def seed_job(ajs: Target, **keys: t.Any) -> str:
    (job_id,) = ajs.control.seed({"name": JOB, "exec_id": "@A100", "type": "JOB", **keys})
    return job_id


def add_agents(ajs: Target, *agents: Options) -> None:
    ajs.control.call("POST", "agents", {"agents": list(agents)})


def statuses(ajs: Target) -> dict[str, str]:
    return {agent["name"]: agent["status"] for agent in ajs.control.call("GET", "agents")["agents"]}


def assert_refused(run: ModuleRun, kind: str, *words: str) -> None:
    """The run failed in one sentence with these words."""
    assert run.status != 0, run.output
    assert run.result["error"]["kind"] == kind, run.output
    assert len(run.result["msg"].splitlines()) == 1
    for word in words:
        assert word in run.result["msg"], run.output
    assert "Traceback" not in run.output


def assert_predicted_done_and_kept(ajs: Target, ansible: Ansible, module: str, options: Options) -> WatchedRun:
    """Check mode sends no write and tells what the real run then does; after that there is nothing to do.

    :returns: the real run.
    """
    predicted, real, again = run_watched(
        ansible, ajs, *(Call(module, options, check) for check in (True, False, False))
    )
    assert predicted.writes == []
    assert (predicted.status, real.status) == (0, 0), predicted.output + real.output
    for name in ("id", "before", "after", "action", "changed", "error"):
        assert [job[name] for job in predicted.result["jobs"]] == [job[name] for job in real.result["jobs"]], name
    assert predicted.result["summary"] == real.result["summary"]
    assert predicted.result["changed"] is real.result["changed"] is True

    assert again.status == 0
    assert not again.result["changed"]
    assert again.writes == []
    return real


# --- ajs_change_status ---------------------------------------------------------------------------------------------


def test_a_status_is_changed_once_as_predicted(ansible: Ansible, ajs: Target) -> None:
    """By the unit's name alone, guarded, with the jobnet above following."""
    job_id = seed_job(ajs, scenario="failed")
    options = {"unit_name": JOB, "current_status": "ABNORMAL", "new_status": "NORMAL", "new_return_code": 0}
    real = assert_predicted_done_and_kept(ajs, ansible, "ajs_change_status", options)
    assert list(real.jobs) == [job_id]
    shown = real.jobs[job_id]
    assert (shown["before"], shown["after"], shown["action"]) == ("failed", "completed", "change_status")
    assert (shown["raw_before"], shown["raw_after"]) == ("ABNORMAL", "NORMAL")
    assert f"+{job_id} {JOB}: completed" in real.output
    jobs = ajs.control.jobs()
    assert (jobs[job_id]["state"], jobs[job_id]["return_code"]) == ("NORMAL", "0")
    assert jobs["/Batch/Net:@A100"]["state"] == "NORMAL"


def test_a_generation_is_changed_and_no_other(ansible: Ansible, ajs: Target) -> None:
    old = seed_job(ajs, scenario="failed")
    (new,) = ajs.control.seed({"name": JOB, "exec_id": "@A101", "type": "JOB", "scenario": "running"})
    run = ansible.module("ajs", "ajs_change_status", unit_name=JOB, exec_id="@A100", new_return_code=3)
    assert (run.status, list(run.jobs), run.result["changed"]) == (0, [old], True)
    jobs = ajs.control.jobs()
    assert (jobs[old]["return_code"], jobs[old]["state"], jobs[new]["return_code"]) == ("3", "ABNORMAL", "")


BEFORE_ANY_REQUEST: list[tuple[str, Options, tuple[str, ...]]] = [
    ("ajs_change_status", {"unit_name": JOB}, ("new_status", "new_return_code")),
    ("ajs_change_status", {"unit_name": JOB, "new_return_code": 2**31}, ("new_return_code", "2147483647")),
    ("ajs_change_status", {"unit_name": JOB, "exec_id": "A1", "new_status": "FAIL"}, ("exec_id", "@A100")),
    ("ajs_change_status", {"unit_name": JOB, "new_status": "FAIL", "system": "veeam"}, ("system", "ajs")),
    ("ajs_agent_state", {"agents": ["agt1"], "state": "paused"}, ("state", "blockade")),
    ("ajs_agent_state", {"agents": ["agt1"], "state": "effective", "drain": True}, ("drain",)),
]


def test_wrong_options(ansible: Ansible, ajs: Target) -> None:
    runs = run_watched(ansible, ajs, *(Call(module, options) for module, options, _words in BEFORE_ANY_REQUEST))
    for run, (_module, _options, words) in zip(runs, BEFORE_ANY_REQUEST):
        assert_refused(run, "usage", *words)
    assert ajs.control.requests() == []


def test_what_the_rules_forbid_is_told_without_a_write(ansible: Ansible, ajs: Target) -> None:
    (net,) = ajs.control.seed({"name": "/Batch/Net", "exec_id": "@A100", "scenario": "running"})
    seed_job(ajs, scenario="running")
    ajs.control.seed({"name": "/Batch/Net/Judge", "exec_id": "@A100", "type": "JDJOB", "raw": "ABNORMAL"})
    change: Options = {"new_status": "NORMAL"}
    refusals: list[tuple[str, tuple[str, ...], Options]] = [
        ("ineligible", ("unit_name is a jobnet", net), {"unit_name": "/Batch/Net"}),
        ("ineligible", ("new_status", "judgment"), {"unit_name": "/Batch/Net/Judge"}),
        ("ineligible", ("current_status", "RUNNING"), {"unit_name": JOB, "current_status": "ABNORMAL"}),
        ("not_found", ("/Batch/Net/None",), {"unit_name": "/Batch/Net/None"}),
    ]
    calls = [Call("ajs_change_status", {**change, **options}) for _kind, _words, options in refusals]
    for run, (kind, words, _options) in zip(run_watched(ansible, ajs, *calls), refusals):
        assert_refused(run, kind, *words)
    ajs.control.knobs(version="11-00")
    old = ansible.module("ajs", "ajs_change_status", "--check", unit_name=JOB, **change)
    assert_refused(old, "usage", "11-00", "11-10")
    assert ajs.control.writes() == []


# --- ajs_agent_state -----------------------------------------------------------------------------------------------


def test_agents_are_held_once_as_predicted_and_let_go(ansible: Ansible, ajs: Target) -> None:
    add_agents(ajs, *({"name": f"agt{number}", "host": f"host{number}"} for number in range(120)))
    names = [f"agt{number}" for number in range(120)]
    options = {"agents": names, "state": "hold"}
    real = assert_predicted_done_and_kept(ajs, ansible, "ajs_agent_state", options)
    assert set(statuses(ajs).values()) == {"HOLD"}
    assert real.result["http"]["requests"] == 1 + 2 + 1
    shown = real.jobs["agt7"]
    assert (shown["name"], shown["type"], shown["owner"]) == ("agt7", "execution agent", "host7")
    assert (shown["before"], shown["after"], shown["raw_after"]) == ("effective", "hold", "HOLD")
    assert ansible.module("ajs", "ajs_agent_state", agents=names, state="effective").result["changed"]
    assert set(statuses(ajs).values()) == {"EFFECTIVE"}


def test_one_refused_agent_does_not_stop_the_others(ansible: Ansible, ajs: Target) -> None:
    add_agents(ajs, {"name": "agt1"}, {"name": "agt2", "refuses": True}, {"name": "agt3"})
    run = ansible.module("ajs", "ajs_agent_state", agents=["agt1", "agt2", "agt3"], state="blockade")
    assert_refused(run, "partial", "1 of 3", "agt2")
    assert run.result["changed"]
    assert run.jobs["agt2"]["error"]["kind"] == "refused"
    assert statuses(ajs) == {"agt1": "BLOCKADE", "agt2": "EFFECTIVE", "agt3": "BLOCKADE"}
    ajs.control.forget_requests()
    missing = ansible.module("ajs", "ajs_agent_state", agents=["agt1", "nobody"], state="hold")
    assert_refused(missing, "not_found", "nobody")
    assert ajs.control.writes() == []


def test_draining_waits_for_what_runs(ansible: Ansible, ajs: Target) -> None:
    add_agents(ajs, {"name": "agt1"})
    job_id = seed_job(ajs, scenario="running", agent="agt1", duration=3)
    options: Options = {"agents": ["agt1"], "state": "hold", "drain": True}
    drained = ansible.module("ajs", "ajs_agent_state", wait_interval=0.5, **options)
    assert (drained.status, drained.result["changed"]) == (0, True)
    assert ajs.control.jobs()[job_id]["state"] == "NORMAL"

    (live,) = ajs.control.seed({"name": "/Batch/Net/Live", "type": "JOB", "scenario": "running", "agent": "agt1"})
    assert not ansible.module("ajs", "ajs_agent_state", "--check", **options).result["changed"]
    late = ansible.module("ajs", "ajs_agent_state", wait_timeout=1, wait_interval=0.5, **options)
    assert_refused(late, "wait_timeout", "agt1", "wait_timeout")
    assert not late.result["changed"]
    assert ajs.control.jobs()[live]["state"] == "RUNNING"


def test_agents_need_no_scheduler_service_but_a_newer_product(ansible: Ansible, ajs: Target) -> None:
    add_agents(ajs, {"name": "agt1"})
    inventory = ansible.inventory.read_text()
    ansible.inventory.write_text(inventory.replace("job_control_ajs_service_name", "unused"))
    options: Options = {"agents": ["agt1"], "state": "hold"}
    assert ansible.module("ajs", "ajs_agent_state", **options).result["changed"]
    for knobs, words in (({"version": "11-50"}, ("11-50", "12-50")), ({"protocol_version": 1150}, ("1150", "1250"))):
        ajs.control.knobs(version="12-50", protocol_version=0)
        ajs.control.knobs(**knobs)
        assert_refused(ansible.module("ajs", "ajs_agent_state", **options), "usage", *words)
    assert len(ajs.control.writes()) == 1
