# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Statuses and unit types of JP1/AJS3 against the contract's tables (7.1, 7.2, 7.4, 8.6)."""

from __future__ import annotations

import dataclasses
import typing as t

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.batchops.job_control.plugins.module_utils._ajs import states
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    NEUTRAL_VERBS,
    Decision,
    Job,
    JobState,
    Running,
    Step,
    Verb,
    VerbOptions,
)

RUNS = ("RUNNING", "WACONT", "ABCONT", "MONITORING")
#: The classes of the contract's section 6.4, its section 8.6, and what nothing can be done to.
CLASSES = [
    (states.GROUPS, "GROUP MANGROUP PLNGROUP"),
    (states.ROOT_NETS, "ROOTNET ROOTRMNET"),
    (states.NETS, "ROOTNET ROOTRMNET NET RMNET MANNET"),
    (states.EVENT_JOBS, "EVWJB FLWJB MLWJB MQWJB MSWJB LFWJB NTWJB TMWJB EVCUSTOM"),
    (states.ACTION_JOBS, "EVSJB MLSJB MQSJB MSSJB CMSJB PWLJB PWRJB"),
    (states.PASSIVE, "COND NONE UNSUPPORTED"),
    (states.UNHOLDABLE, "COND NONE UNSUPPORTED NETCN"),
    (states.ROOT_RERUN_METHODS, "TOP ABNORMAL_JOB ABNORMAL_NEXT ABNORMAL_JOBNET WARNING"),
    (states.UNIT_RERUN_METHODS, "FROM ONLY NEXT"),
]


def job(status: str, hold: str = "NO", unit_type: str = "JOB", is_root: bool | None = None, **more: t.Any) -> Job:
    state, halted, running = states.interpret(status, hold)
    root = unit_type in states.ROOT_NETS if is_root is None else is_root
    facts = {"is_root": root, "hold_attribute": hold, "exec_id": "@A1", "restarted": "", "return_code": "", **more}
    return Job("/N/J:@A1", "/N/J", unit_type, "ajs", state, status, halted, running, facts=facts)


def decide(verb: Verb, one: Job, **options: t.Any) -> Decision:
    return states.decide(verb, one, VerbOptions(**options))


@pytest.mark.parametrize(("ours", "theirs"), CLASSES, ids=lambda value: value if isinstance(value, str) else "")
def test_the_words_are_those_of_the_contract(ours: frozenset[str], theirs: str) -> None:
    assert ours == set(theirs.split())


@pytest.mark.parametrize(
    ("verb", "one", "after"),
    [
        (Verb.SUSPEND, job("TIMEWAIT"), JobState.HELD),
        (Verb.SUSPEND, job("TIMEWAIT", "YES_ERR", asked_for=True), JobState.HELD),
        (Verb.RESUME, job("HOLDING"), JobState.RUNNING),  # its turn had come
        (Verb.RESUME, job("TIMEWAIT", "HOLD"), JobState.QUEUED),
        (Verb.RETRY, job("ABNORMAL"), JobState.RUNNING),
        (Verb.CANCEL_RUNNING, job("RUNNING"), JobState.CANCELLED),
    ],
)
def test_where_a_verb_leads(verb: Verb, one: Job, after: JobState) -> None:
    decision = decide(verb, one)
    assert (decision.step, decision.action, decision.after) == (Step.ACT, verb, after)


@pytest.mark.parametrize(
    ("hold", "held"),
    [("NO", False), ("YES_ERR", False), ("YES_WAR", False), ("RELEASE", False), ("HOLD", True), ("YES", True)],
)
@pytest.mark.parametrize("status", ["TIMEWAIT", "TERMWAIT"])
def test_a_planned_hold_counts_while_the_unit_waits(status: str, hold: str, held: bool) -> None:
    one = job(status, hold)
    assert (one.halted, one.state) == (held, JobState.HELD if held else JobState.QUEUED)
    one = job(status, hold, asked_for=True)
    assert decide(Verb.SUSPEND, one).step is (Step.ALREADY if held else Step.ACT)
    assert decide(Verb.RESUME, one).step is (Step.ACT if held else Step.ALREADY)
    assert decide(Verb.RETRY, one).step is (Step.INELIGIBLE if held else Step.ALREADY)


@pytest.mark.parametrize("condition", ["YES_ERR", "YES_WAR"])
@pytest.mark.parametrize("status", ["TIMEWAIT", "TERMWAIT", "NOPLAN", "CONDITIONWAIT"])
def test_a_unit_that_its_definition_may_hold_is_held_by_us_only_if_it_was_asked_for(
    status: str, condition: str
) -> None:
    """A hold and its release leave RELEASE, with which it runs whatever its last generation did (contract 13)."""
    found = decide(Verb.SUSPEND, job(status, condition))
    assert found.step is Step.INELIGIBLE
    assert condition in found.reason
    assert "left alone" in found.reason
    named = decide(Verb.SUSPEND, job(status, condition, asked_for=True))
    assert named.step is Step.ACT
    assert condition in named.warning
    for text in (found.reason, named.warning):
        assert ("a warning or an abnormal end" in text) is (condition == "YES_WAR")
        assert "an abnormal end" in text


@pytest.mark.parametrize("status", ["EXECWAIT", "QUEUING", *RUNS, "NORMAL", "UNEXEC", "SHUTDOWN"])
def test_a_hold_means_nothing_when_the_turn_has_come(status: str) -> None:
    for hold in ("HOLD", "YES"):
        assert (job(status, hold).halted, job(status, hold).state) == (False, job(status).state)


@pytest.mark.parametrize(("status", "hold"), [("HOLDING", "YES_ERR"), ("HOLDING", "YES"), ("TIMEWAIT", "YES")])
def test_what_its_definition_holds_is_released_only_if_it_was_asked_for(status: str, hold: str) -> None:
    found = decide(Verb.RESUME, job(status, hold))
    assert (found.step, "job_ids" in found.reason) == (Step.INELIGIBLE, True)
    assert decide(Verb.RESUME, job(status, hold, asked_for=True)).step is Step.ACT


@pytest.mark.parametrize("verb", [Verb.SUSPEND, Verb.RESUME])
@pytest.mark.parametrize(
    ("successor", "passed_on", "words"),
    [
        (None, False, "release that by job_ids"),
        (states.NO_SUCCESSOR_YET, True, "not to be seen yet"),
        ("/N/J:@A2", True, "release /N/J:@A2 by job_ids"),
        (states.SUCCESSOR_IS_FREE, False, "not held any more"),
    ],
)
def test_a_hold_that_never_served_has_gone_to_the_next_generation(
    verb: Verb, successor: str | None, passed_on: bool, words: str
) -> None:
    decision = decide(verb, job("UNEXEC", "HOLD", successor=successor))
    assert (decision.step, decision.passed_on) == (Step.INELIGIBLE, passed_on)
    assert words in decision.reason
    freed = decide(verb, job("UNEXEC", "RELEASE", successor=successor))
    assert (freed.passed_on, "generation" in freed.reason) == (False, False)


@pytest.mark.parametrize("verb", [Verb.SUSPEND, Verb.RESUME])
def test_no_other_hold_goes_to_the_next_generation(verb: Verb) -> None:
    """One that was there while the unit ran has served, and what is shut down has no next generation."""
    started = dataclasses.replace(job("NORMAL", "HOLD"), started="2026-05-28T20:00:00Z")
    assert decide(verb, started).reason == "it has ended as completed"
    assert decide(verb, job("SHUTDOWN", "HOLD")).reason == "it has ended as failed"


@pytest.mark.parametrize("status", ["NOPLAN", "CONDITIONWAIT"])
def test_where_a_hold_is_uncertain_only_one_that_was_set_counts(status: str) -> None:
    assert not job(status, "YES").halted
    assert job(status, "HOLD").halted
    assert decide(Verb.SUSPEND, job(status, "HOLD")).step is Step.ALREADY
    assert decide(Verb.RESUME, job(status, "HOLD")).step is Step.ACT


@pytest.mark.parametrize("status", [*RUNS, "QUEUING"])
def test_the_option_running_says_what_becomes_of_a_unit_that_runs(status: str) -> None:
    left = decide(Verb.SUSPEND, job(status), running=Running.LEAVE)
    assert (left.step, left.after) == (Step.ALREADY, job(status).state)
    assert left.reason.startswith("it is submitted" if status == "QUEUING" else "it runs")
    assert "left alone" in left.reason
    waits = decide(Verb.SUSPEND, job(status), running=Running.WAIT)
    assert (waits.step, waits.action, waits.after) == (Step.WAIT, Verb.SUSPEND, JobState.COMPLETED)
    killed = decide(Verb.SUSPEND, job(status), running=Running.CANCEL)
    assert (killed.step, killed.action, killed.after) == (Step.ACT, Verb.CANCEL_RUNNING, JobState.CANCELLED)


def test_what_is_about_to_be_submitted_is_killed_when_it_can_be() -> None:
    decision = decide(Verb.SUSPEND, job("EXECWAIT"), running=Running.CANCEL)
    assert (decision.step, decision.action) == (Step.WAIT_THEN_ACT, Verb.CANCEL_RUNNING)


@pytest.mark.parametrize("unit_type", ["NETCN", "COND", "UNSUPPORTED"])
def test_types_that_cannot_be_held(unit_type: str) -> None:
    decision = decide(Verb.SUSPEND, job("TERMWAIT", unit_type=unit_type))
    assert (decision.step, decision.reason) == (Step.INELIGIBLE, "its unit type cannot be held")


@pytest.mark.parametrize(
    ("unit_type", "is_root", "step"),
    [
        ("ROOTNET", True, Step.ACT),
        ("ROOTRMNET", True, Step.ACT),
        ("MANNET", True, Step.ACT),
        ("MANNET", False, Step.INELIGIBLE),
        ("NET", False, Step.INELIGIBLE),
        ("RMNET", False, Step.INELIGIBLE),
        ("JOB", False, Step.ACT),
        ("JDJOB", False, Step.ACT),
        ("NETCN", False, Step.ACT),
        ("COND", False, Step.INELIGIBLE),
    ],
)
def test_types_that_can_be_killed(unit_type: str, is_root: bool, step: Step) -> None:
    one = job("RUNNING", unit_type=unit_type, is_root=is_root)
    assert decide(Verb.CANCEL_RUNNING, one).step is step
    assert decide(Verb.SUSPEND, one, running=Running.CANCEL).step is step


def test_what_is_done_already_needs_no_fitting_type() -> None:
    assert decide(Verb.CANCEL_RUNNING, job("NORMAL", unit_type="NET")).step is Step.ALREADY
    assert decide(Verb.SUSPEND, job("RUNNING", unit_type="NETCN")).step is Step.ALREADY
    assert decide(Verb.RETRY, job("NORMAL", unit_type="COND")).step is Step.ALREADY


@pytest.mark.parametrize("method", sorted(states.ROOT_RERUN_METHODS | states.UNIT_RERUN_METHODS | {"SIDEWAYS"}))
def test_a_rerun_method_fits_the_unit_or_is_refused(method: str) -> None:
    for unit_type, fitting in (("ROOTNET", states.ROOT_RERUN_METHODS), ("JOB", states.UNIT_RERUN_METHODS)):
        decision = decide(Verb.RETRY, job("ABNORMAL", unit_type=unit_type), rerun_method=method)
        assert (decision.step is Step.ACT) == (method in fitting)
        assert (method in decision.reason) == (method not in fitting)
        kind = "a root jobnet is" if unit_type == "ROOTNET" else "a unit below a root jobnet is"
        assert decision.reason.startswith(kind) == (method not in fitting)


def test_the_default_rerun_repeats_what_failed() -> None:
    assert states.rerun_method(job("ABNORMAL", unit_type="ROOTNET"), VerbOptions()) == "ABNORMAL_JOB"
    assert states.rerun_method(job("ABNORMAL", unit_type="NET"), VerbOptions()) == "FROM"


def test_a_manager_jobnet_is_a_root_by_its_place() -> None:
    assert states.is_root("MANNET", "/G/N", "/G/N")
    assert not states.is_root("MANNET", "/G/N/M", "/G/N")


@pytest.mark.parametrize(("unit_type", "is_root"), [("ROOTNET", True), ("ROOTRMNET", True), ("NET", False)])
def test_any_other_jobnet_is_a_root_by_its_type(unit_type: str, is_root: bool) -> None:
    for root_name in ("", "/G/N", "/G"):
        assert states.is_root(unit_type, "/G/N", root_name) is is_root


STATUS = st.sampled_from(sorted(states.STATUSES)) | st.text(max_size=12)
HOLD = st.sampled_from(["NONE", "UNSUPPORTED", "NO", "YES", "YES_ERR", "YES_WAR", "HOLD", "RELEASE", ""])
TYPE = st.sampled_from(sorted(states.NETS | states.PASSIVE | {"JOB", "NETCN", "JDJOB", ""}))
OPTIONS = st.builds(VerbOptions, running=st.sampled_from(Running), rerun_method=st.sampled_from(["", "TOP", "ONLY"]))


@hypothesis.given(STATUS, HOLD, TYPE, st.booleans(), st.sampled_from(NEUTRAL_VERBS), OPTIONS)
def test_every_decision_is_total_and_explains_itself(
    status: str, hold: str, unit_type: str, is_root: bool, verb: Verb, options: VerbOptions
) -> None:
    one = job(status, hold, unit_type, is_root)
    decision = states.decide(verb, one, options)
    assert one.halted <= (one.state is JobState.HELD)
    assert not (one.halted and one.running)
    if decision.step is Step.INELIGIBLE:
        assert decision.reason
        assert decision.after is one.state
    if decision.step is Step.ACT:
        assert not one.state.is_final or verb is Verb.RETRY
        assert one.state is not JobState.UNKNOWN
    if decision.step is Step.ALREADY:
        assert decision.after is one.state
