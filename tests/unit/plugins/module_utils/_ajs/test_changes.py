# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What changing a job's status by hand takes (contract 8.5), and the answers about execution agents (contract 8.8)."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.batchops.job_control.plugins.module_utils._ajs import changes, execution_agents, states, wire
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.changes import StatusChange
from ansible_collections.batchops.job_control.plugins.module_utils._errors import ProtocolError, UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, Step


def job(status: str, unit_type: str = "JOB", return_code: str = "") -> Job:
    state, halted, running = states.interpret(status, "NO")
    facts = {"return_code": return_code, "exec_id": "@A100", "is_root": False}
    return Job("/N/J:@A100", "/N/J", unit_type, "ajs", state, status, halted, running, facts=facts)


def test_the_body_is_the_manuals() -> None:
    scope = {"manager": "HOSTM", "serviceName": "AJSROOT1"}
    body = wire.body({**scope, **StatusChange("ABNORMAL", 4).parameters})
    assert body == (
        b'{"parameters":{"manager":"HOSTM","serviceName":"AJSROOT1","newStatus":"ABNORMAL","newReturnCode":"4"}}'
    )
    assert StatusChange("", -1).parameters == {"newReturnCode": "-1"}
    assert StatusChange("BYPASS").parameters == {"newStatus": "BYPASS"}


@pytest.mark.parametrize("change", [("", None), ("DONE", None), ("", 2**31), ("NORMAL", -(2**31) - 1)])
def test_an_impossible_change_is_a_usage_error(change: tuple[str, int | None]) -> None:
    with pytest.raises(UsageError):
        StatusChange(*change)


@pytest.mark.parametrize(
    ("status", "code", "change", "done"),
    [
        ("NORMAL", "0", StatusChange("NORMAL"), True),
        ("NORMAL", "0", StatusChange("NORMAL", 0), True),
        ("NORMAL", "8", StatusChange("NORMAL", 0), False),
        ("ABNORMAL", "0", StatusChange("NORMAL"), False),
        ("ABNORMAL", "4", StatusChange("", 4), True),
        ("ABNORMAL", "8", StatusChange("RETURNCODE", 8), True),
        ("BYPASS", "8", StatusChange("RETURNCODE", 8), False),
    ],
)
def test_a_change_is_done_when_status_and_code_are_there(
    status: str, code: str, change: StatusChange, done: bool
) -> None:
    assert changes.judge(job(status, return_code=code), change)[0] is (Step.ALREADY if done else Step.ACT)


@pytest.mark.parametrize(
    ("unit_type", "status", "change", "step"),
    [
        ("JOB", "RUNNING", StatusChange("NORMAL"), Step.ACT),
        ("JOB", "QUEUING", StatusChange("NORMAL"), Step.ACT),
        ("JOB", "EXECWAIT", StatusChange("NORMAL"), Step.ACT),  # the product knows whether it is queueless
        ("JOB", "TERMWAIT", StatusChange("NORMAL"), Step.INELIGIBLE),
        ("JOB", "HOLDING", StatusChange("NORMAL"), Step.INELIGIBLE),
        ("JOB", "SHUTDOWN", StatusChange("NORMAL"), Step.INELIGIBLE),
        ("ROOTNET", "ABNORMAL", StatusChange("NORMAL"), Step.INELIGIBLE),
        ("NET", "ABNORMAL", StatusChange("NORMAL"), Step.INELIGIBLE),
        ("NETCN", "ABNORMAL", StatusChange("NORMAL"), Step.ACT),
        ("NETCN", "ABNORMAL", StatusChange("BYPASS"), Step.INELIGIBLE),
        ("NETCN", "ABNORMAL", StatusChange("NORMAL", 0), Step.INELIGIBLE),
        ("JDJOB", "ABNORMAL", StatusChange("NORMAL"), Step.INELIGIBLE),
        ("JDJOB", "ABNORMAL", StatusChange("", 0), Step.ACT),
        ("EVWJB", "BYPASS", StatusChange("RETURNCODE"), Step.INELIGIBLE),
        ("ORJOB", "BYPASS", StatusChange("RETURNCODE"), Step.INELIGIBLE),
        ("EVWJB", "RUNNING", StatusChange("NORMAL"), Step.ACT),
        ("COND", "RUNNING", StatusChange("NORMAL"), Step.INELIGIBLE),
    ],
)
def test_types_and_statuses_limit_what_can_be_changed(
    unit_type: str, status: str, change: StatusChange, step: Step
) -> None:
    judged, reason = changes.judge(job(status, unit_type), change)
    assert judged is step
    assert bool(reason) == (step is Step.INELIGIBLE)


# --- execution agents ----------------------------------------------------------------------------------------------

AGENT = {"execAgent": "agt1", "execHost": "host1", "status": "HOLD", "job": 2, "event": 1, "que": "3"}


@pytest.mark.parametrize(
    ("results", "names"),
    [
        ([{"execAgent": "agt1", "rtnCode": "0", "output": {"statuses": [AGENT]}}], ["agt1"]),
        ([{"execAgent": "agt1", "rtnCode": "0", "output": {}}], []),
        ([{}], []),
        ([], []),
    ],
)
def test_agents_are_found_in_the_output(results: list[t.Any], names: list[str]) -> None:
    agents = execution_agents.decode_agents({"results": results})
    assert [agent.name for agent in agents] == names
    if agents:
        assert agents[0] == ("agt1", "host1", "HOLD", 2, 3)


@pytest.mark.parametrize(
    "answer",
    [
        {"results": None},
        {"results": ["agt1"]},
        {"results": [{"output": "none"}]},
        {"results": [{"output": {"statuses": {}}}]},
        {"results": [{"output": {"statuses": [{**AGENT, "job": "many"}]}}]},
    ],
)
def test_another_shape_is_a_protocol_error(answer: t.Any) -> None:
    with pytest.raises(ProtocolError):
        execution_agents.decode_agents(answer)
