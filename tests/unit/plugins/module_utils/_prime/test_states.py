# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prime's three status words: what they mean, and what each verb does about them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    NEUTRAL_VERBS,
    Decision,
    Job,
    Running,
    Step,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._prime.states import (
    Situation,
    decide,
    is_halted,
    is_running,
    state_of,
)

JOB_WORDS = (
    *("SCHEDULED", "COMPLETED", "SUSPENDED", "CANCELLED", "PENDINGAPPROVAL", "EXPIREDBEFOREAPPROVAL", "UNDEFINED"),
    *("", "BRANDNEW"),
)
RUN_WORDS = (
    *("UNKNOWN", "CREATED", "RUNNING", "COMPLETED", "ABORTED", "INTERRUPTED", "CANCELLED"),
    *("PENDING_EXECUTION", "PAUSING", "PAUSED", "", "BRANDNEW"),
)
RESULT_WORDS = (
    *("UNKNOWN", "SUCCESS", "PARTIALSUCCESS", "PARTIALFAILURE", "FAILURE", "ROLLBACKED", "CANCELFAILED"),
    *("CANCELLED", "PENDINGEXECUTION", "PAUSED", "", "BRANDNEW"),
)
VERBS = (*NEUTRAL_VERBS, Verb.CANCEL)
LIVE = ("RUNNING", "PAUSING", "CREATED", "PENDING_EXECUTION")
situations = st.builds(
    Situation,
    job_status=st.sampled_from(JOB_WORDS) | st.text(max_size=8),
    run_status=st.sampled_from(RUN_WORDS) | st.text(max_size=8),
    result_status=st.sampled_from(RESULT_WORDS) | st.text(max_size=8),
    run_id=st.sampled_from(("", "7")),
    asked_run=st.sampled_from(("", "6", "7")),
)


def decided(
    verb: Verb, words: str, running: Running = Running.LEAVE, run_id: str = "7", asked_run: str = ""
) -> Decision:
    job_status, run_status, result_status = (words.split() + ["", ""])[:3]
    situation = Situation(job_status, run_status.strip("-"), result_status, run_id, asked_run)
    return decide(verb, _job(situation), VerbOptions(running=running))


def _job(situation: Situation) -> Job:
    return Job("1", "n", "t", "prime", state_of(situation), situation.raw_state, facts={"situation": situation})


@pytest.mark.parametrize(
    ("words", "state"),
    [
        # rule 1: the run speaks first
        (("SCHEDULED", "RUNNING", ""), "running"),
        (("COMPLETED", "RUNNING", ""), "running"),
        (("CANCELLED", "RUNNING", ""), "running"),
        (("SCHEDULED", "PAUSING", ""), "suspending"),
        (("SCHEDULED", "PAUSED", ""), "suspended"),
        # a suspended trigger is suspending until its run has ended
        (("SUSPENDED", "", ""), "suspended"),
        (("SUSPENDED", "COMPLETED", "FAILURE"), "suspended"),
        (("SUSPENDED", "RUNNING", ""), "suspending"),
        (("SUSPENDED", "CREATED", ""), "suspending"),
        (("SUSPENDED", "PENDING_EXECUTION", ""), "suspending"),
        (("SUSPENDED", "PAUSED", ""), "suspended"),
        # rules 2 and 3: the trigger
        (("SCHEDULED", "COMPLETED", "FAILURE"), "queued"),
        (("SCHEDULED", "", ""), "queued"),
        (("SCHEDULED", "CREATED", ""), "queued"),
        (("CANCELLED", "COMPLETED", "SUCCESS"), "cancelled"),
        (("PENDINGAPPROVAL", "", ""), "held"),
        (("EXPIREDBEFOREAPPROVAL", "", ""), "cancelled"),
        (("UNDEFINED", "COMPLETED", "SUCCESS"), "unknown"),
        # rule 4: the last run
        (("COMPLETED", "PENDING_EXECUTION", ""), "queued"),
        (("COMPLETED", "COMPLETED", "SUCCESS"), "completed"),
        (("COMPLETED", "", "SUCCESS"), "completed"),
        (("COMPLETED", "COMPLETED", "PARTIALSUCCESS"), "warning"),
        (("COMPLETED", "COMPLETED", "PARTIALFAILURE"), "warning"),
        (("COMPLETED", "COMPLETED", "FAILURE"), "failed"),
        (("COMPLETED", "COMPLETED", "ROLLBACKED"), "failed"),
        (("COMPLETED", "COMPLETED", "CANCELFAILED"), "warning"),
        (("COMPLETED", "ABORTED", "CANCELLED"), "cancelled"),
        (("COMPLETED", "ABORTED", ""), "failed"),
        (("COMPLETED", "INTERRUPTED", "UNKNOWN"), "failed"),
        (("COMPLETED", "CANCELLED", ""), "cancelled"),
        (("COMPLETED", "COMPLETED", ""), "unknown"),
        (("COMPLETED", "", ""), "unknown"),
        # a run that is about to begin is no end
        (("CANCELLED", "CREATED", ""), "queued"),
        # words of a newer release
        (("BRANDNEW", "COMPLETED", "SUCCESS"), "unknown"),
        (("SCHEDULED", "BRANDNEW", ""), "unknown"),
        (("COMPLETED", "COMPLETED", "BRANDNEW"), "unknown"),
        (("", "", ""), "unknown"),
    ],
)
def test_the_state_follows_the_table_of_the_contract(words: tuple[str, str, str], state: str) -> None:
    assert state_of(Situation(*words)).value == state


def test_no_word_makes_a_live_or_unknown_job_look_finished() -> None:
    for words in itertools.product(JOB_WORDS, RUN_WORDS, RESULT_WORDS):
        situation = Situation(*words)
        assert is_halted(situation) == (words[0] == "SUSPENDED")
        assert is_running(situation) == (words[1] in LIVE)
        if state_of(situation).is_final:
            assert not is_running(situation)
            assert "BRANDNEW" not in words[:2]


@pytest.mark.parametrize(
    ("words", "running", "step", "action", "after"),
    [
        ("SCHEDULED", "leave", "act", "suspend", "suspended"),
        ("SCHEDULED COMPLETED FAILURE", "leave", "act", "suspend", "suspended"),
        ("SCHEDULED RUNNING", "leave", "act", "suspend", "suspending"),
        ("SCHEDULED RUNNING", "wait", "act", "suspend", "suspended"),
        ("SCHEDULED RUNNING", "cancel", "act", "suspend", "suspended"),
        ("SUSPENDED", "leave", "already", "suspend", "suspended"),
        ("SUSPENDED RUNNING", "leave", "already", "suspend", "suspending"),
        ("SUSPENDED RUNNING", "wait", "wait", "suspend", "suspended"),
        ("SUSPENDED RUNNING", "cancel", "act", "cancel_running", "suspended"),
        ("SUSPENDED PAUSING", "cancel", "wait", "suspend", "suspended"),
        ("SUSPENDED PENDING_EXECUTION", "cancel", "wait_then_act", "cancel_running", "suspended"),
        ("SUSPENDED CANCELLED CANCELLED", "cancel", "already", "suspend", "suspended"),
        ("SUSPENDED PAUSED", "wait", "already", "suspend", "suspended"),
        ("SUSPENDED BRANDNEW", "leave", "already", "suspend", "unknown"),
        ("SUSPENDED BRANDNEW", "wait", "ineligible", "suspend", "unknown"),
        ("SCHEDULED UNKNOWN", "cancel", "ineligible", "suspend", "queued"),
        ("COMPLETED COMPLETED FAILURE", "leave", "ineligible", "suspend", "failed"),
        ("COMPLETED RUNNING", "leave", "ineligible", "suspend", "running"),
        ("COMPLETED RUNNING", "wait", "wait", "suspend", "completed"),
        ("COMPLETED RUNNING", "cancel", "act", "cancel_running", "cancelled"),
        ("CANCELLED RUNNING", "wait", "wait", "suspend", "cancelled"),
        ("CANCELLED", "wait", "ineligible", "suspend", "cancelled"),
        ("PENDINGAPPROVAL", "leave", "ineligible", "suspend", "held"),
        ("EXPIREDBEFOREAPPROVAL", "leave", "ineligible", "suspend", "cancelled"),
        ("UNDEFINED RUNNING", "cancel", "ineligible", "suspend", "running"),
        ("BRANDNEW", "leave", "ineligible", "suspend", "unknown"),
    ],
)
def test_suspend(words: str, running: str, step: str, action: str, after: str) -> None:
    decision = decided(Verb.SUSPEND, words, Running(running))
    assert (decision.step.value, decision.action.value, decision.after.value) == (step, action, after)


@pytest.mark.parametrize(
    ("words", "step", "after"),
    [
        ("SUSPENDED", "act", "queued"),
        ("SUSPENDED RUNNING", "act", "running"),
        ("SUSPENDED BRANDNEW", "act", "unknown"),
        ("SCHEDULED", "already", "queued"),
        ("SCHEDULED RUNNING", "already", "running"),
        ("COMPLETED RUNNING", "already", "running"),  # a one-shot that has fired: it is not paused
        ("COMPLETED COMPLETED SUCCESS", "ineligible", "completed"),
        ("CANCELLED", "ineligible", "cancelled"),
        ("CANCELLED RUNNING", "ineligible", "running"),
        ("PENDINGAPPROVAL", "ineligible", "held"),
        ("EXPIREDBEFOREAPPROVAL", "ineligible", "cancelled"),
        ("UNDEFINED", "ineligible", "unknown"),
        ("BRANDNEW", "ineligible", "unknown"),
    ],
)
def test_resume(words: str, step: str, after: str) -> None:
    decision = decided(Verb.RESUME, words)
    assert (decision.step.value, decision.after.value) == (step, after)


@pytest.mark.parametrize(
    ("words", "step", "after"),
    [
        ("SCHEDULED RUNNING", "act", "queued"),
        ("SUSPENDED RUNNING", "act", "suspended"),
        ("COMPLETED RUNNING", "act", "cancelled"),
        ("SCHEDULED CREATED", "wait_then_act", "queued"),
        ("SCHEDULED PAUSING", "wait", "queued"),
        ("SCHEDULED PAUSED", "already", "suspended"),
        ("SCHEDULED", "already", "queued"),
        ("COMPLETED COMPLETED FAILURE", "already", "failed"),
        ("COMPLETED COMPLETED CANCELFAILED", "already", "warning"),  # somebody else's, long ago
        ("SCHEDULED UNKNOWN", "ineligible", "queued"),
        ("SCHEDULED BRANDNEW", "ineligible", "unknown"),
    ],
)
def test_cancel_running(words: str, step: str, after: str) -> None:
    decision = decided(Verb.CANCEL_RUNNING, words)
    assert (decision.step.value, decision.after.value) == (step, after)


def test_a_run_that_could_not_be_cancelled_is_no_success() -> None:
    decision = decided(Verb.CANCEL_RUNNING, "SCHEDULED COMPLETED CANCELFAILED", asked_run="7")
    assert decision.step is Step.INELIGIBLE
    assert decision.action is Verb.CANCEL_RUNNING
    assert "could not cancel" in decision.reason


@pytest.mark.parametrize(
    ("words", "step"), [("SCHEDULED RUNNING", Step.ACT), ("SCHEDULED CANCELLED CANCELLED", Step.ALREADY)]
)
def test_a_run_that_we_asked_to_cancel_is_judged_as_any_other(words: str, step: Step) -> None:
    assert decided(Verb.CANCEL_RUNNING, words, asked_run="7").step is step


def test_a_run_after_the_cancelled_one_is_left_alone() -> None:
    decision = decided(Verb.CANCEL_RUNNING, "SCHEDULED RUNNING", run_id="8", asked_run="7")
    assert (decision.step, decision.action) == (Step.ALREADY, Verb.CANCEL_RUNNING)


def test_a_run_without_an_id_can_be_waited_for_but_not_cancelled() -> None:
    refused = decided(Verb.CANCEL_RUNNING, "SCHEDULED RUNNING", run_id="")
    assert (refused.step, refused.reason) == (Step.INELIGIBLE, "the product does not tell the id of its run")
    assert decided(Verb.CANCEL_RUNNING, "SCHEDULED CREATED", run_id="").step is Step.WAIT_THEN_ACT
    assert decided(Verb.SUSPEND, "SCHEDULED RUNNING", Running.CANCEL, run_id="").step is Step.INELIGIBLE
    assert decided(Verb.SUSPEND, "SCHEDULED RUNNING", Running.WAIT, run_id="").step is Step.ACT


@pytest.mark.parametrize(
    ("words", "step"),
    [
        ("SCHEDULED RUNNING", "act"),
        ("SUSPENDED", "act"),
        ("CANCELLED RUNNING", "already"),
        ("COMPLETED RUNNING", "ineligible"),
        ("PENDINGAPPROVAL", "ineligible"),
        ("EXPIREDBEFOREAPPROVAL", "ineligible"),
        ("UNDEFINED", "ineligible"),
        ("BRANDNEW", "ineligible"),
    ],
)
def test_the_permanent_cancel_looks_at_the_trigger_only(words: str, step: str) -> None:
    decision = decided(Verb.CANCEL, words)
    assert (decision.step.value, bool(decision.reason)) == (step, step == "ineligible")
    assert decision.action is Verb.CANCEL


@pytest.mark.parametrize(
    ("words", "state"), [("SCHEDULED", "cancelled"), ("SUSPENDED RUNNING", "running"), ("CANCELLED", "cancelled")]
)
def test_the_permanent_cancel_leaves_the_run_to_itself(words: str, state: str) -> None:
    assert decided(Verb.CANCEL, words).after.value == state


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("COMPLETED COMPLETED FAILURE", "it has ended as failed"),
        ("COMPLETED RUNNING", "its trigger will not fire again"),
        ("CANCELLED", "it was cancelled for good"),
        ("CANCELLED COMPLETED SUCCESS", "it was cancelled for good"),
        ("PENDINGAPPROVAL", "it waits for somebody's approval"),
        ("UNDEFINED", "the product calls its state undefined"),
        ("BRANDNEW", "its state BRANDNEW is not known"),
    ],
)
def test_the_reason_names_what_is_in_the_way(words: str, reason: str) -> None:
    assert decided(Verb.SUSPEND, words).reason == reason


def test_a_job_without_a_state_has_none() -> None:
    decision = decide(Verb.SUSPEND, _job(Situation("", "", "")), VerbOptions())
    assert decision.reason == "its state (none) is not known"


def test_there_is_no_retry() -> None:
    assert decided(Verb.RETRY, "COMPLETED COMPLETED FAILURE").step is Step.INELIGIBLE


@given(situation=situations, verb=st.sampled_from(VERBS), running=st.sampled_from(Running))
def test_every_verb_has_an_answer_to_every_situation(situation: Situation, verb: Verb, running: Running) -> None:
    decision = decide(verb, _job(situation), VerbOptions(running=running))
    assert bool(decision.reason) or decision.step is not Step.INELIGIBLE
    if decision.step is Step.ACT:
        assert decision.action is verb or (verb, decision.action) == (Verb.SUSPEND, Verb.CANCEL_RUNNING)
    if decision.action is Verb.CANCEL_RUNNING and decision.step is Step.ACT:
        assert situation.run_status == "RUNNING"
        assert situation.run_id
    if verb is Verb.RESUME:
        assert (decision.step is Step.ACT) == (situation.job_status == "SUSPENDED")
    if verb is Verb.SUSPEND and running is Running.LEAVE:
        expected = {"SCHEDULED": Step.ACT, "SUSPENDED": Step.ALREADY}
        assert decision.step is expected.get(situation.job_status, Step.INELIGIBLE)
