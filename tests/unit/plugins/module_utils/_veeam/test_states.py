# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Enterprise Manager's words mean and what each verb does about them: contract 7 and 13, row by row."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from ansible_collections.batchops.job_control.plugins.module_utils._veeam.states import (
    Situation,
    decide,
    is_running,
    raw_state,
    state_of,
)

ALL = frozenset(NEUTRAL_VERBS)
LEAVE, WAIT, CANCEL = (VerbOptions(running=running) for running in Running)


def job(situation: Situation) -> Job:
    state = state_of(situation)
    return Job(
        "1", "n", "Backup", "veeam", state, "", halted=situation.enabled is False, facts={"situation": situation}
    )


def decided(verb: Verb, situation: Situation, options: VerbOptions = LEAVE) -> Decision:
    return decide(verb, job(situation), options)


def test_a_job_that_never_ran_is_queued_when_it_has_a_next_run() -> None:
    assert state_of(Situation(True, scheduled=True)) is JobState.QUEUED


@pytest.mark.parametrize(
    ("session", "options", "after"),
    [
        ("Working", LEAVE, JobState.SUSPENDING),
        ("Working", WAIT, JobState.HELD),
        ("Working", CANCEL, JobState.HELD),
        ("Idle", LEAVE, JobState.HELD),
        ("Stopping", LEAVE, JobState.CANCELLING),
        ("Stopped", LEAVE, JobState.HELD),
        ("Hibernating", LEAVE, JobState.UNKNOWN),
    ],
)
def test_what_a_suspend_ends_in(session: str, options: VerbOptions, after: JobState) -> None:
    assert decided(Verb.SUSPEND, Situation(True, session, offers=ALL), options).after is after


@pytest.mark.parametrize(
    ("situation", "after"),
    [
        (Situation(False, "Working"), JobState.RUNNING),
        (Situation(False, "Stopped", "Failed"), JobState.FAILED),
        (Situation(False, scheduled=True), JobState.QUEUED),
        (Situation(False), JobState.UNKNOWN),
    ],
)
def test_what_a_resume_ends_in(situation: Situation, after: JobState) -> None:
    offered = Situation(situation.enabled, situation.session, situation.result, situation.scheduled, ALL)
    assert decided(Verb.RESUME, offered).after is after


@pytest.mark.parametrize(
    ("session", "options", "step", "action"),
    [
        ("Working", WAIT, Step.WAIT, Verb.SUSPEND),
        ("Working", CANCEL, Step.ACT, Verb.CANCEL_RUNNING),
        ("Stopping", WAIT, Step.WAIT, Verb.SUSPEND),
        ("Stopping", CANCEL, Step.WAIT, Verb.SUSPEND),
        ("Idle", WAIT, Step.ALREADY, Verb.SUSPEND),
        ("Idle", CANCEL, Step.ALREADY, Verb.SUSPEND),
        ("Stopped", CANCEL, Step.ALREADY, Verb.SUSPEND),
    ],
)
def test_the_run_of_a_disabled_job(session: str, options: VerbOptions, step: Step, action: Verb) -> None:
    decision = decided(Verb.SUSPEND, Situation(False, session, offers=ALL), options)
    assert (decision.step, decision.action) == (step, action)


@pytest.mark.parametrize(
    ("verb", "situation", "options", "reason"),
    [
        (Verb.SUSPEND, Situation(True, "Stopped"), LEAVE, "no way to disable"),
        (Verb.SUSPEND, Situation(True, "Working", offers=frozenset({Verb.SUSPEND})), CANCEL, "no way to stop"),
        (Verb.SUSPEND, Situation(True, "Hibernating", offers=ALL), WAIT, "Hibernating"),
        (Verb.SUSPEND, Situation(False, "Hibernating", offers=ALL), CANCEL, "Hibernating"),
        (Verb.RESUME, Situation(False, "Stopped"), LEAVE, "no way to enable"),
        (Verb.CANCEL_RUNNING, Situation(True, "Working"), LEAVE, "no way to stop"),
        (Verb.CANCEL_RUNNING, Situation(True, "Hibernating", offers=ALL), LEAVE, "unknown state Hibernating"),
        (Verb.RESUME, Situation(None, "Stopped", offers=ALL), LEAVE, "does not say"),
        (Verb.RETRY, Situation(True, "Stopped", "Failed"), LEAVE, "no retry"),
        (Verb.RETRY, Situation(False, "Stopped", "Failed", offers=ALL), LEAVE, "resume it first"),
    ],
)
def test_what_cannot_be_done_says_why(verb: Verb, situation: Situation, options: VerbOptions, reason: str) -> None:
    decision = decided(verb, situation, options)
    assert (decision.step, decision.action, decision.after) == (Step.INELIGIBLE, verb, state_of(situation))
    assert reason in decision.reason


@pytest.mark.parametrize(
    ("situation", "options", "step"),
    [
        (Situation(False, "Stopped"), LEAVE, Step.ALREADY),
        (Situation(True, "Working", offers=frozenset({Verb.SUSPEND})), WAIT, Step.ACT),
        (Situation(True, "Idle", offers=frozenset({Verb.SUSPEND})), CANCEL, Step.ACT),
        (Situation(True, "Stopping", offers=frozenset({Verb.SUSPEND})), CANCEL, Step.ACT),
        (Situation(True, "Stopped", offers=frozenset({Verb.SUSPEND})), CANCEL, Step.ACT),
    ],
)
def test_a_suspend_needs_no_more_than_it_asks_for(situation: Situation, options: VerbOptions, step: Step) -> None:
    decision = decided(Verb.SUSPEND, situation, options)
    assert (decision.step, decision.action) == (step, Verb.SUSPEND)


@pytest.mark.parametrize(("enabled", "after"), [(True, JobState.FAILED), (False, JobState.HELD)])
@pytest.mark.parametrize(("session", "step"), [("Working", Step.ACT), ("Idle", Step.ACT), ("Stopping", Step.WAIT)])
def test_what_a_cancelled_run_ends_in(enabled: bool, after: JobState, session: str, step: Step) -> None:
    """A stopped session ends as Failed (contract 8.4)."""
    decision = decided(Verb.CANCEL_RUNNING, Situation(enabled, session, offers=ALL))
    assert (decision.step, decision.after) == (step, after)


def test_a_session_that_is_being_stopped_needs_no_way_to_stop_it() -> None:
    assert decided(Verb.CANCEL_RUNNING, Situation(True, "Stopping")).step is Step.WAIT


def test_a_run_that_began_after_the_one_we_asked_to_stop_is_left_alone() -> None:
    decision = decided(Verb.CANCEL_RUNNING, Situation(True, "Working", offers=ALL, replaced=True))
    assert (decision.step, decision.action, decision.after) == (Step.ALREADY, Verb.CANCEL_RUNNING, JobState.RUNNING)
    assert "newer one" in decision.reason
    stopping = decided(Verb.CANCEL_RUNNING, Situation(True, "Stopping", offers=ALL, replaced=True))
    assert stopping.step is Step.WAIT  # somebody stops that one, too


@pytest.mark.parametrize(("session", "step"), [("Stopped", Step.ACT), ("Stopping", Step.WAIT_THEN_ACT)])
def test_a_retried_job_runs(session: str, step: Step) -> None:
    decision = decided(Verb.RETRY, Situation(True, session, "Failed", offers=ALL))
    assert (decision.step, decision.after) == (step, JobState.RUNNING)


def test_a_retry_that_has_failed_again_is_done() -> None:
    assert decided(Verb.RETRY, Situation(True, "Stopped", "Failed", offers=ALL, retried=True)).step is Step.ALREADY


@pytest.mark.parametrize(
    ("situation", "text"),
    [
        (Situation(True, "Stopped", "Failed"), "Stopped/Failed"),
        (Situation(False, "Stopped", "Success"), "Stopped/Success, disabled"),
        (Situation(True, "Stopped"), "Stopped/no result"),
        (Situation(True, "Working"), "Working"),
        (Situation(None), "no session, enabled or disabled unknown"),
    ],
)
def test_raw_state(situation: Situation, text: str) -> None:
    assert raw_state(situation) == text


WORDS = ("", "Starting", "Working", "Resuming", "Pausing", "Idle", "Stopping", "Stopped", "Hibernating")
SITUATIONS = st.builds(
    Situation,
    enabled=st.sampled_from([True, False, None]),
    session=st.sampled_from(WORDS) | st.text(max_size=12),
    result=st.sampled_from(["", "Success", "Warning", "Failed"]) | st.text(max_size=12),
    scheduled=st.booleans(),
    offers=st.frozensets(st.sampled_from(NEUTRAL_VERBS)),
    retried=st.booleans(),
)
OPTIONS = st.sampled_from([LEAVE, WAIT, CANCEL])


@settings(deadline=None)
@given(st.sampled_from(NEUTRAL_VERBS), SITUATIONS, OPTIONS)
def test_every_situation_has_a_decision(verb: Verb, situation: Situation, options: VerbOptions) -> None:
    decision = decided(verb, situation, options)
    assert (decision.step is Step.INELIGIBLE) == bool(decision.reason)
    if decision.step is Step.ACT:
        assert decision.action in situation.offers  # never ask for what the server gives no way to ask for
    if decision.step is Step.ALREADY:
        assert decision.after is state_of(situation)
    if verb is not Verb.SUSPEND:
        assert decision.action is verb


@settings(deadline=None)
@given(SITUATIONS, OPTIONS)
def test_a_suspend_that_is_done_stays_done(situation: Situation, options: VerbOptions) -> None:
    if decided(Verb.SUSPEND, situation, options).step is Step.ALREADY:
        assert situation.enabled is False
        assert options.running is Running.LEAVE or not is_running(situation)


@settings(deadline=None)
@given(SITUATIONS)
def test_no_verb_acts_on_an_unknown_session_but_those_of_the_flag(situation: Situation) -> None:
    if situation.session in WORDS[:-1]:
        return
    verbs: t.Iterable[Verb] = (Verb.CANCEL_RUNNING, Verb.RETRY)
    assert {decided(verb, situation).step for verb in verbs} == {Step.INELIGIBLE}
    assert not state_of(situation).is_final
