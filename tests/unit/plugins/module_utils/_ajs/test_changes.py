# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What changing a job's status by hand takes (contract 8.5), and the answers about execution agents (contract 8.8)."""

from __future__ import annotations

import typing as t

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.batchops.job_control.plugins.module_utils._ajs import (
    agent_view,
    changes,
    execution_agents,
    own_verbs,
    states,
    wire,
)
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.changes import StatusChange
from ansible_collections.batchops.job_control.plugins.module_utils._errors import ProtocolError, UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, JobState, Step, Verb


def job(status: str, unit_type: str = "JOB", return_code: str = "", name: str = "/N/J") -> Job:
    state, halted, running = states.interpret(status, "NO")
    facts = {"return_code": return_code, "exec_id": "@A100", "is_root": False}
    return Job(f"{name}:@A100", name, unit_type, "ajs", state, status, halted, running, facts=facts)


def test_the_body_is_the_manuals() -> None:
    scope = {"manager": "HOSTM", "serviceName": "AJSROOT1"}
    body = wire.body({**scope, **StatusChange("ABNORMAL", 4).parameters})
    assert body == (
        b'{"parameters":{"manager":"HOSTM","serviceName":"AJSROOT1","newStatus":"ABNORMAL","newReturnCode":"4"}}'
    )
    assert StatusChange("", -1).parameters == {"newReturnCode": "-1"}
    assert StatusChange("BYPASS").parameters == {"newStatus": "BYPASS"}


# unit type: what new_status and new_return_code each of its jobs takes (contract 8.5): the statuses, then whether
# it takes a return code
TYPES = """
JOB      NORMAL FAIL WARNING ABNORMAL BYPASS RETURNCODE code
PJOB     NORMAL FAIL WARNING ABNORMAL BYPASS RETURNCODE code
QJOB     NORMAL FAIL WARNING ABNORMAL BYPASS RETURNCODE code
FXJ      NORMAL FAIL WARNING ABNORMAL BYPASS RETURNCODE code
HTPJ     NORMAL FAIL WARNING ABNORMAL BYPASS RETURNCODE code
CUSTOM   NORMAL FAIL WARNING ABNORMAL BYPASS RETURNCODE code
AJSVAR   NORMAL FAIL WARNING ABNORMAL BYPASS RETURNCODE code
NEWTYPE  NORMAL FAIL WARNING ABNORMAL BYPASS RETURNCODE code
EVWJB    NORMAL FAIL WARNING ABNORMAL BYPASS code
FLWJB    NORMAL FAIL WARNING ABNORMAL BYPASS code
MLWJB    NORMAL FAIL WARNING ABNORMAL BYPASS code
MQWJB    NORMAL FAIL WARNING ABNORMAL BYPASS code
MSWJB    NORMAL FAIL WARNING ABNORMAL BYPASS code
LFWJB    NORMAL FAIL WARNING ABNORMAL BYPASS code
NTWJB    NORMAL FAIL WARNING ABNORMAL BYPASS code
TMWJB    NORMAL FAIL WARNING ABNORMAL BYPASS code
EVCUSTOM NORMAL FAIL WARNING ABNORMAL BYPASS code
EVSJB    NORMAL FAIL WARNING ABNORMAL BYPASS code
MLSJB    NORMAL FAIL WARNING ABNORMAL BYPASS code
MQSJB    NORMAL FAIL WARNING ABNORMAL BYPASS code
MSSJB    NORMAL FAIL WARNING ABNORMAL BYPASS code
CMSJB    NORMAL FAIL WARNING ABNORMAL BYPASS code
PWLJB    NORMAL FAIL WARNING ABNORMAL BYPASS code
PWRJB    NORMAL FAIL WARNING ABNORMAL BYPASS code
ORJOB    NORMAL FAIL WARNING ABNORMAL BYPASS code
NETCN    NORMAL WARNING ABNORMAL
JDJOB    code
ROOTNET
ROOTRMNET
NET
RMNET
MANNET
COND
NONE
UNSUPPORTED
"""
TAKES = {line.split()[0]: set(line.split()[1:]) for line in TYPES.split("\n") if line}

#: status -> whether a job or a jobnet connector can be changed from it (contract 7.2, last column): yes, no, or try,
#: where only the product can tell
FROM = """
NONE no / UNSUPPORTED no / NOPLAN no / TIMEWAIT no / TERMWAIT no / CONDITIONWAIT no / HOLDING no / EXECWAIT try
QUEUING yes / RUNNING yes / WACONT try / ABCONT try / MONITORING try / NORMAL yes / NORMALFALSE no
MONITORNORMAL try / UNEXECMONITOR try / MONITORINTRPT try / WARNING yes / BYPASS yes / UNEXEC yes / ABNORMAL yes
FAIL yes / UNKNOWN yes / INVALIDSEQ try / MONITORCLOSE try / EXECDEFFER no / INTERRUPT yes / KILL yes / SHUTDOWN no
NOVELTY no
"""
CELLS = dict(cell.split() for line in FROM.strip().split("\n") for cell in line.split("/"))


def test_the_tables_know_every_status_and_every_type_with_a_rule() -> None:
    assert set(CELLS) - {"NOVELTY"} == set(states.STATUSES)
    assert set(TAKES) >= states.NETS | states.PASSIVE | states.EVENT_JOBS | states.ACTION_JOBS | {"NETCN", "JDJOB"}


@pytest.mark.parametrize("unit_type", TAKES)
def test_each_type_takes_what_the_contract_says(unit_type: str) -> None:
    one = job("FAIL" if unit_type == "NETCN" else "KILL", unit_type, "16")
    for status in own_verbs.NEW_STATUSES:
        assert (changes.judge(one, StatusChange(status))[0] is Step.ACT) == (status in TAKES[unit_type]), status
    status = "NORMAL" if unit_type == "NETCN" else ""
    assert (changes.judge(one, StatusChange(status, 4))[0] is Step.ACT) == ("code" in TAKES[unit_type])


@pytest.mark.parametrize("status", CELLS)
def test_a_change_is_possible_from_the_statuses_of_the_contract(status: str) -> None:
    """What is not documented is tried, and the product has the last word."""
    step, reason = changes.judge(job(status, return_code="0"), StatusChange("", 4))
    assert step is (Step.INELIGIBLE if CELLS[status] == "no" else Step.ACT)
    assert (status in reason) == (CELLS[status] == "no")


@pytest.mark.parametrize(
    ("status", "code", "change", "done"),
    [
        ("NORMAL", "0", StatusChange("NORMAL"), True),
        ("NORMAL", "0", StatusChange("NORMAL", 0), True),
        ("NORMAL", "8", StatusChange("NORMAL", 0), False),
        ("ABNORMAL", "0", StatusChange("NORMAL"), False),
        ("ABNORMAL", "4", StatusChange("", 4), True),
        ("ABNORMAL", "", StatusChange("", 0), False),
        ("ABNORMAL", "8", StatusChange("RETURNCODE", 8), True),
        ("WARNING", "8", StatusChange("RETURNCODE"), True),
        ("ABNORMAL", "8", StatusChange("RETURNCODE", 0), False),
        ("BYPASS", "8", StatusChange("RETURNCODE", 8), False),
        ("FAIL", "8", StatusChange("RETURNCODE"), False),
    ],
)
def test_a_change_is_done_when_status_and_code_are_there(
    status: str, code: str, change: StatusChange, done: bool
) -> None:
    assert changes.judge(job(status, return_code=code), change)[0] is (Step.ALREADY if done else Step.ACT)


def test_what_the_type_forbids_is_an_error_even_when_it_is_so() -> None:
    for unit_type in ("ROOTNET", "JDJOB", "COND"):
        assert changes.judge(job("NORMAL", unit_type), StatusChange("NORMAL"))[0] is Step.INELIGIBLE


@pytest.mark.parametrize("unit_type", sorted(states.EVENT_JOBS))
def test_an_event_job_in_a_start_condition_takes_nothing(unit_type: str) -> None:
    for change in (StatusChange("NORMAL"), StatusChange("", 4)):
        inside = job("MONITORING", unit_type, name="/G/N/.CONDITION/E")
        assert changes.judge(inside, change)[0] is Step.INELIGIBLE
        for name in ("/G/N/E", "/G/N/.CONDITIONS/E", "/G/.CONDITION/N/E"):
            assert changes.judge(job("RUNNING", unit_type, name=name), change)[0] is Step.ACT


def test_nothing_is_judged_without_a_return_code() -> None:
    step, reason = changes.judge(job("RUNNING"), StatusChange("RETURNCODE"))
    assert step is Step.INELIGIBLE
    assert "new_return_code" in reason
    assert changes.judge(job("RUNNING"), StatusChange("RETURNCODE", 0))[0] is Step.ACT


def test_the_guard_allows_its_own_status_only() -> None:
    guarded = StatusChange("NORMAL", None, "ABNORMAL")
    assert changes.judge(job("ABNORMAL"), guarded)[0] is Step.ACT
    assert changes.judge(job("NORMAL"), guarded)[0] is Step.ALREADY  # an earlier run has done it
    step, reason = changes.judge(job("RUNNING"), guarded)
    assert (step, reason) == (Step.INELIGIBLE, "current_status says ABNORMAL, but it is RUNNING")


@pytest.mark.parametrize(
    ("change", "after"),
    [
        (StatusChange("NORMAL"), JobState.COMPLETED),
        (StatusChange("BYPASS"), JobState.COMPLETED),
        (StatusChange("WARNING"), JobState.WARNING),
        (StatusChange("FAIL"), JobState.FAILED),
        (StatusChange("RETURNCODE", 4), JobState.UNKNOWN),
        (StatusChange("", 4), JobState.CANCELLED),
    ],
)
def test_the_state_after_is_predicted_where_it_can_be(change: StatusChange, after: JobState) -> None:
    decision = changes.decide(job("KILL"), change, asked=False)
    assert (decision.step, decision.action, decision.after) == (Step.ACT, Verb.CHANGE_STATUS, after)


STATUS = st.sampled_from(sorted(states.STATUSES)) | st.text(max_size=12)
CODE = st.none() | st.sampled_from([own_verbs.RETURN_CODES[0], 0, 8, own_verbs.RETURN_CODES[-1]])


@hypothesis.given(
    st.builds(
        job,
        STATUS,
        st.sampled_from(sorted(TAKES)) | st.text(max_size=8),
        st.sampled_from(["", "0", "8", "not a number"]),
        st.sampled_from(["/N", "/G/N/J", "/G/N/.CONDITION/E"]),
    ),
    st.builds(StatusChange, st.sampled_from(["", *own_verbs.NEW_STATUSES]), CODE, STATUS),
)
def test_every_judgement_is_total_and_explains_itself(one: Job, change: StatusChange) -> None:
    step, reason = changes.judge(one, change)
    assert step in (Step.ALREADY, Step.ACT, Step.INELIGIBLE)
    assert bool(reason) >= (step is Step.INELIGIBLE)
    if step is Step.ACT:
        assert one.type not in states.NETS | states.PASSIVE
        assert change.current_status in ("", one.raw_state)
        assert CELLS[one.raw_state] != "no"
    decision = changes.decide(one, change, asked=False)
    assert decision.step is step
    assert decision.after is one.state or step is Step.ACT
    later = changes.decide(one, change, asked=True)
    assert later.step is (Step.ALREADY if step is Step.ALREADY else Step.ACT)


# --- what can be said without a request ----------------------------------------------------------------------------

UNIT = {
    "unit_name": "/G/N/J",
    "exec_id": None,
    "new_status": "NORMAL",
    "new_return_code": None,
    "current_status": None,
    "ajs_manager": "HOSTM",
    "ajs_service_name": "AJSROOT1",
}


def test_a_unit_becomes_a_job_id() -> None:
    assert own_verbs.unit(UNIT) == ("/G/N/J",)
    assert own_verbs.unit({**UNIT, "exec_id": "@10A200"}) == ("/G/N/J:@10A200",)
    for code in (-(2**31), 2**31 - 1):
        assert own_verbs.unit({**UNIT, "new_status": None, "new_return_code": code}) == ("/G/N/J",)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"new_status": None}, "new_status"),
        ({"new_return_code": 2**31}, "new_return_code"),
        ({"new_return_code": -(2**31) - 1}, "new_return_code"),
        ({"unit_name": "Job"}, "unit_name"),
        ({"unit_name": ""}, "unit_name"),
        ({"unit_name": "/G/N/"}, "unit_name"),
        ({"unit_name": "/" + "a" * 930}, "unit_name"),
        ({"exec_id": "A100"}, "exec_id"),
        ({"exec_id": "@A100 "}, "exec_id"),
        ({"ajs_manager": "m" * 256}, "ajs_manager"),
        ({"ajs_service_name": "s" * 31}, "ajs_service_name"),
    ],
)
def test_a_mistake_in_the_options_names_the_option(options: dict[str, t.Any], named: str) -> None:
    with pytest.raises(UsageError, match=f"^{named}: "):
        own_verbs.unit({**UNIT, **options})


def test_a_name_that_may_fit_is_left_to_the_product() -> None:
    """The limits are bytes in a character set that only the manager knows."""
    name = "/" + "語" * 929
    assert len(name.encode()) > 930
    assert own_verbs.unit({**UNIT, "unit_name": name}) == (name,)


AGENTS = {"agents": ["agt1"], "state": "hold", "drain": False, "ajs_manager": "HOSTM", "ajs_service_name": None}


def test_agents_are_named() -> None:
    assert own_verbs.agents({**AGENTS, "agents": ["agt1", "", "agt2"]}) == ("agt1", "agt2")
    assert own_verbs.agents({**AGENTS, "drain": True}) == ("agt1",)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"agents": []}, "agents"),
        ({"agents": [""]}, "agents"),
        ({"agents": ["a" * 256]}, "agents"),
        ({"state": "effective", "drain": True}, "drain"),
    ],
)
def test_a_mistake_about_agents_names_the_option(options: dict[str, t.Any], named: str) -> None:
    with pytest.raises(UsageError, match=f"^{named}: "):
        own_verbs.agents({**AGENTS, **options})


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


@pytest.mark.parametrize("drain", [False, True])
@pytest.mark.parametrize("busy", [0, 2])
@pytest.mark.parametrize("status", ["EFFECTIVE", "INEFFECTIVE", "HOLD", "BLOCKADE", "NOVELTY", ""])
@pytest.mark.parametrize("state", own_verbs.AGENT_STATES)
def test_every_state_of_an_agent_leads_to_one_step(state: str, status: str, busy: int, drain: bool) -> None:
    one = agent_view.as_job(execution_agents.Agent("agt1", "host1", status, busy, 3))
    decision = agent_view.decide(one, state, drain)
    expected = Step.ACT
    if status == state.upper():
        expected = Step.WAIT if drain and (busy or status == "INEFFECTIVE") else Step.ALREADY
    assert (decision.step, decision.action, decision.after.value) == (expected, Verb.SET_AGENT_STATE, state)


def test_an_agent_is_shown_in_the_words_of_the_module() -> None:
    one = agent_view.as_job(execution_agents.Agent("agt1", "host1", "HOLD", 0, 3))
    assert (one.id, one.name, one.type, one.owner) == ("agt1", "agt1", "execution agent", "host1")
    assert (one.state.value, one.raw_state, one.running, one.state.is_final) == ("hold", "HOLD", False, False)
    assert agent_view.as_job(execution_agents.Agent("a", "h", "NOVELTY", 0, 0)).state.value == "other"
