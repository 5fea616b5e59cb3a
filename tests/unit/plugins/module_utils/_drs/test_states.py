# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the statuses of a DRS task mean, and what each verb does in them."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.batchops.job_control.plugins.module_utils._drs import states
from ansible_collections.batchops.job_control.plugins.module_utils._drs.states import Facts
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    NEUTRAL_VERBS,
    Job,
    JobState,
    Running,
    Step,
    Verb,
    VerbOptions,
)

#: The contract's table (section 7): status -> neutral state, and P, R, T as it prints them.
CONTRACT = """
CREATING queued - - y
CREATE_FAILED failed - - -
CONFIGURATION held - - y
STARTJOBING running - - -
WAITING_FOR_START queued - - y
START_JOB_FAILED failed - ? ?
FULL_TRANSFER_STARTED running y - y
FULL_TRANSFER_FAILED failed * y y
FULL_TRANSFER_COMPLETE running y - y
INCRE_TRANSFER_STARTED running y - y
INCRE_TRANSFER_FAILED failed * y y
PAUSING suspended - y y
RELEASE_RESOURCE_STARTED cancelling - - -
RELEASE_RESOURCE_FAILED failed - - -
RELEASE_RESOURCE_COMPLETE completed - - -
REBUILD_NODE_STARTED running - - -
REBUILD_NODE_FAILED failed - ? y
CHANGE_JOB_STARTED running - - ?
CHANGE_JOB_FAILED failed - ? ?
CHILD_TRANSFER_STARTING queued - - ?
CHILD_TRANSFER_STARTED running - - ?
CHILD_TRANSFER_COMPLETE running - - ?
CHILD_TRANSFER_FAILED failed - - ?
RELEASE_CHILD_TRANSFER_STARTED running - - -
RELEASE_CHILD_TRANSFER_COMPLETE completed - - -
NODE_UPGRADE_START running - - ?
NODE_UPGRADE_COMPLETE running - - ?
NODE_UPGRADE_FAILED failed - - ?
DELETED cancelled - - -
"""
TABLE = {line.split()[0]: line.split()[1:] for line in CONTRACT.split("\n") if line}
LATER = {"STARTJOBING", "REBUILD_NODE_STARTED", "CHANGE_JOB_STARTED", "NODE_UPGRADE_START", "NODE_UPGRADE_COMPLETE"}

OPTIONS = VerbOptions()


def job(status: str, facts: Facts | None = None, task_type: str = "FULL_INCR_TRANS") -> Job:
    known = facts or Facts()
    state, halted, running = states.translate(status, task_type, known.current_action)
    return Job("id", "name", "sync", "drs", state, status, halted, running, facts={"drs": known})


def decide(verb: Verb, status: str, facts: Facts | None = None, task_type: str = "FULL_INCR_TRANS") -> t.Any:
    return states.decide(verb, job(status, facts, task_type), OPTIONS)


def allowing(*words: str, current: str = "", besides: tuple[str, ...] = ("FREE_RESOURCE", "PAUSE", "RETRY")) -> Facts:
    return Facts(frozenset(words), frozenset(besides) - set(words), current)


@pytest.mark.parametrize(("status", "row"), TABLE.items())
def test_the_table_is_the_contracts(status: str, row: list[str]) -> None:
    cells = {"y": {"yes"}, "-": {"no", "later"}, "?": {"try"}, "*": {"try"}}
    ours = states.ROWS[status]

    assert ours.state.value == row[0]
    for cell, theirs in zip((ours.pause, ours.retry, ours.terminate), row[1:]):
        assert cell.value in cells[theirs]


def test_no_status_is_left_out() -> None:
    assert set(states.ROWS) == set(TABLE)


@pytest.mark.parametrize("spelling", ["PAUSING", "PAUSED", "PAUSEING", " pausing "])
def test_pausing_means_paused(spelling: str) -> None:
    assert states.translate(spelling, "", "") == (JobState.SUSPENDED, True, False)


@pytest.mark.parametrize("action", ["STOP_JOB", "PAUSE"])
def test_a_pause_under_way_shows_in_the_current_action_only(action: str) -> None:
    assert states.translate("INCRE_TRANSFER_STARTED", "", action) == (JobState.SUSPENDING, False, True)


@pytest.mark.parametrize("status", ["FULL_TRANSFER_FAILED", "INCRE_TRANSFER_FAILED"])
def test_a_failed_task_that_is_being_paused_is_not_at_its_end(status: str) -> None:
    assert states.translate(status, "", "STOP_JOB") == (JobState.SUSPENDING, False, True)
    assert states.translate(status, "", "RETRY").state is JobState.FAILED
    assert states.translate("START_JOB_FAILED", "", "STOP_JOB").state is JobState.FAILED


def test_a_paused_job_stays_paused_although_the_current_action_lingers() -> None:
    assert states.translate("PAUSING", "", "STOP_JOB") == (JobState.SUSPENDED, True, False)


def test_a_full_copy_without_increments_has_ended_when_it_is_complete() -> None:
    assert states.translate("FULL_TRANSFER_COMPLETE", "FULL_TRANS", "").state is JobState.COMPLETED
    assert states.translate("FULL_TRANSFER_COMPLETE", "FULL_INCR_TRANS", "").state is JobState.RUNNING
    assert states.translate("FULL_TRANSFER_STARTED", "FULL_TRANS", "").state is JobState.RUNNING


@pytest.mark.parametrize("status", ["FULL_TRANSFER_STARTED", "FULL_TRANSFER_COMPLETE", "INCRE_TRANSFER_STARTED"])
def test_what_works_is_suspended(status: str) -> None:
    decision = decide(Verb.SUSPEND, status)

    assert (decision.step, decision.action, decision.after) == (Step.ACT, Verb.SUSPEND, JobState.SUSPENDED)


@pytest.mark.parametrize("status", sorted(LATER))
def test_a_passing_status_is_waited_for(status: str) -> None:
    assert decide(Verb.SUSPEND, status).step is Step.WAIT_THEN_ACT
    assert decide(Verb.SUSPEND, status, allowing("RESET")).step is Step.WAIT_THEN_ACT
    assert decide(Verb.SUSPEND, status, allowing("PAUSE")).step is Step.ACT


def test_a_pause_that_somebody_asked_for_is_waited_for_by_every_verb_that_needs_its_end() -> None:
    pausing = allowing(current="STOP_JOB")

    assert decide(Verb.SUSPEND, "INCRE_TRANSFER_STARTED", pausing).step is Step.WAIT
    resume = decide(Verb.RESUME, "INCRE_TRANSFER_STARTED", pausing)
    assert (resume.step, resume.after) == (Step.WAIT_THEN_ACT, JobState.RUNNING)
    assert decide(Verb.RETRY, "INCRE_TRANSFER_STARTED", pausing).step is Step.INELIGIBLE
    cancel = decide(Verb.CANCEL_RUNNING, "INCRE_TRANSFER_STARTED", pausing)
    assert (cancel.step, cancel.after) == (Step.WAIT, JobState.SUSPENDED)


@pytest.mark.parametrize("verb", NEUTRAL_VERBS)
def test_no_second_operation_is_asked_for_while_one_runs(verb: Verb) -> None:
    status = {Verb.RESUME: "PAUSING", Verb.RETRY: "INCRE_TRANSFER_FAILED"}.get(verb, "INCRE_TRANSFER_STARTED")
    word = states.ACTION_WORDS.get(verb, "RETRY")

    assert decide(verb, status, allowing(word, current="SWITCH_OVER")).step is Step.WAIT_THEN_ACT
    assert decide(verb, status, allowing(word)).step is Step.ACT


def test_a_task_that_somebody_is_resuming_is_not_taken_for_suspended() -> None:
    assert decide(Verb.SUSPEND, "PAUSING", allowing(current="RETRY")).step is Step.WAIT
    assert decide(Verb.SUSPEND, "PAUSING", allowing(current="STOP_JOB")).step is Step.ALREADY
    assert decide(Verb.RETRY, "PAUSING", allowing(current="RETRY")).step is Step.INELIGIBLE


def test_what_has_ended_is_not_waited_for_whatever_is_done_to_it() -> None:
    assert decide(Verb.SUSPEND, "RELEASE_RESOURCE_COMPLETE", allowing(current="SWITCH_OVER")).step is Step.INELIGIBLE
    assert decide(Verb.SUSPEND, "CREATE_FAILED", allowing(current="RETRY")).step is Step.INELIGIBLE


@pytest.mark.parametrize("verb", NEUTRAL_VERBS)
def test_an_unknown_status_is_shown(verb: Verb) -> None:
    assert decide(verb, "FROZEN").reason == "its status is none that DRS documents: FROZEN"


def test_a_task_that_offers_nothing_is_in_the_middle_of_something() -> None:
    assert decide(Verb.SUSPEND, "INCRE_TRANSFER_STARTED", allowing()).step is Step.WAIT_THEN_ACT


def test_a_link_that_cannot_be_paused_is_ineligible() -> None:
    decision = decide(Verb.SUSPEND, "INCRE_TRANSFER_STARTED", allowing("FREE_RESOURCE"))

    assert decision.step is Step.INELIGIBLE
    assert decision.reason == "DRS does not offer PAUSE for it now; not every pair of databases can be paused"
    assert (
        decide(Verb.RETRY, "INCRE_TRANSFER_FAILED", allowing("PAUSE")).reason == "DRS does not offer RETRY for it now"
    )


def test_a_prepaid_task_is_unsubscribed_and_not_terminated() -> None:
    """Contract 13; all that shows it is that DRS does not offer to end it."""
    decision = decide(Verb.CANCEL_RUNNING, "INCRE_TRANSFER_STARTED", allowing("PAUSE"))

    assert decision.step is Step.INELIGIBLE
    assert decision.reason == (
        "DRS does not offer FREE_RESOURCE for it now; a yearly or monthly task has to be unsubscribed"
    )


def test_where_the_list_of_actions_does_not_mention_one_the_table_counts() -> None:
    assert decide(Verb.SUSPEND, "INCRE_TRANSFER_STARTED", Facts(frozenset({"RESET"}))).step is Step.ACT
    assert decide(Verb.RETRY, "CHILD_TRANSFER_FAILED", Facts(frozenset({"RESET"}))).step is Step.INELIGIBLE


@pytest.mark.parametrize("status", ["CREATING", "CONFIGURATION", "WAITING_FOR_START"])
def test_what_has_not_started_cannot_be_suspended_and_the_status_is_the_reason(status: str) -> None:
    for known in (Facts(), allowing("FREE_RESOURCE")):
        decision = decide(Verb.SUSPEND, status, known)
        assert decision.step is Step.INELIGIBLE
        assert status in decision.reason


def test_a_paused_task_is_resumed_although_no_retry_is_offered() -> None:
    decision = decide(Verb.RESUME, "PAUSING", allowing("FREE_RESOURCE"))

    assert (decision.step, decision.after) == (Step.ACT, JobState.RUNNING)


@pytest.mark.parametrize("status", ["INCRE_TRANSFER_FAILED", "FULL_TRANSFER_FAILED"])
def test_a_failed_task_is_retried_but_neither_suspended_nor_resumed(status: str) -> None:
    offered = allowing("PAUSE", "RETRY")

    retry = decide(Verb.RETRY, status, offered)
    assert (retry.step, retry.after) == (Step.ACT, JobState.RUNNING)
    assert decide(Verb.SUSPEND, status, offered).step is Step.INELIGIBLE
    assert "job_retry" in decide(Verb.RESUME, status, offered).reason


def test_the_products_word_beats_the_table() -> None:
    assert decide(Verb.RETRY, "START_JOB_FAILED").step is Step.ACT
    assert decide(Verb.RETRY, "START_JOB_FAILED", allowing("RESET")).step is Step.INELIGIBLE
    assert decide(Verb.RETRY, "NODE_UPGRADE_FAILED").step is Step.INELIGIBLE
    assert decide(Verb.RETRY, "NODE_UPGRADE_FAILED", allowing("RETRY")).step is Step.ACT
    assert decide(Verb.CANCEL_RUNNING, "STARTJOBING").step is Step.WAIT_THEN_ACT
    assert decide(Verb.CANCEL_RUNNING, "STARTJOBING", allowing("FREE_RESOURCE")).step is Step.ACT


def test_a_parent_is_left_to_its_children() -> None:
    parent = Facts(is_parent=True, children=("a", "b"))

    assert "a, b" in decide(Verb.SUSPEND, "INCRE_TRANSFER_STARTED", parent).reason
    assert "(not shown)" in decide(Verb.SUSPEND, "INCRE_TRANSFER_STARTED", Facts(is_parent=True)).reason
    assert decide(Verb.RESUME, "PAUSING", parent).step is Step.INELIGIBLE
    assert decide(Verb.RETRY, "INCRE_TRANSFER_FAILED", parent).step is Step.INELIGIBLE
    assert decide(Verb.CANCEL_RUNNING, "INCRE_TRANSFER_STARTED", parent).step is Step.ACT


def test_a_child_is_terminated_only_with_its_parent() -> None:
    decision = decide(Verb.CANCEL_RUNNING, "INCRE_TRANSFER_STARTED", Facts(parent="mother"))

    assert decision.step is Step.INELIGIBLE
    assert "mother" in decision.reason
    assert decide(Verb.SUSPEND, "INCRE_TRANSFER_STARTED", Facts(parent="mother")).step is Step.ACT
    assert decide(Verb.RESUME, "PAUSING", Facts(parent="mother")).step is Step.ACT
    subtask = Facts(parent="mother", is_subtask=True)
    assert decide(Verb.CANCEL_RUNNING, "CHILD_TRANSFER_STARTED", subtask).step is Step.ACT


def test_a_termination_is_seen_through() -> None:
    assert decide(Verb.CANCEL_RUNNING, "INCRE_TRANSFER_STARTED").after is JobState.COMPLETED
    assert decide(Verb.CANCEL_RUNNING, "RELEASE_RESOURCE_STARTED").step is Step.WAIT
    assert decide(Verb.CANCEL_RUNNING, "RELEASE_RESOURCE_COMPLETE").step is Step.ALREADY
    assert decide(Verb.CANCEL_RUNNING, "RELEASE_RESOURCE_FAILED").step is Step.INELIGIBLE


statuses = st.sampled_from([*states.ROWS, "FROZEN", "", "pausing"])
words = st.sampled_from(["PAUSE", "RETRY", "FREE_RESOURCE", "RESET"])
facts = st.builds(
    Facts,
    available=st.none() | st.frozensets(words),
    unavailable=st.frozensets(words),
    current_action=st.sampled_from(["", "STOP_JOB", "PAUSE", "SWITCH_OVER", "RETRY"]),
    parent=st.sampled_from(["", "mother"]),
    is_subtask=st.booleans(),
    is_parent=st.booleans(),
)
jobs = st.builds(job, statuses, facts, st.sampled_from(["FULL_TRANS", "FULL_INCR_TRANS", "INCR_TRANS", ""]))
options = st.builds(VerbOptions, running=st.sampled_from(Running))


@given(jobs, st.sampled_from(NEUTRAL_VERBS), options)
def test_every_verb_has_an_answer_in_every_state(one: Job, verb: Verb, chosen: VerbOptions) -> None:
    decision = states.decide(verb, one, chosen)

    assert decision.action is verb
    assert bool(decision.reason) == (decision.step is Step.INELIGIBLE)
    if decision.step in (Step.ALREADY, Step.INELIGIBLE):
        assert decision.after is one.state


@given(jobs, options)
def test_the_steps_that_all_products_have_in_common(one: Job, chosen: VerbOptions) -> None:
    steps = {verb: states.decide(verb, one, chosen).step for verb in NEUTRAL_VERBS}

    if one.state is JobState.UNKNOWN:
        assert set(steps.values()) == {Step.INELIGIBLE}
    if one.state.is_final:
        assert steps[Verb.SUSPEND] is Step.INELIGIBLE
        assert steps[Verb.RESUME] is Step.INELIGIBLE
    if one.halted:
        assert steps[Verb.SUSPEND] in (Step.ALREADY, Step.WAIT, Step.WAIT_THEN_ACT)
        assert steps[Verb.RETRY] is Step.INELIGIBLE
    if steps[Verb.RESUME] is Step.ACT:
        assert one.halted
    if steps[Verb.RETRY] is Step.ACT:
        assert one.state is JobState.FAILED
    if steps[Verb.CANCEL_RUNNING] is Step.ACT:
        assert one.running


def test_a_job_without_the_drs_side_is_judged_by_its_status() -> None:
    bare = Job("id", "name", "sync", "drs", JobState.RUNNING, "INCRE_TRANSFER_STARTED", running=True)

    assert states.decide(Verb.SUSPEND, bare, OPTIONS).step is Step.ACT


@pytest.mark.parametrize("verb", NEUTRAL_VERBS)
@pytest.mark.parametrize("state", JobState)
def test_a_state_that_no_status_means_has_an_answer_too(verb: Verb, state: JobState) -> None:
    """A job may have been written down by another version of this collection."""
    decision = states.decide(verb, Job("id", "name", "sync", "drs", state, "FROZEN"), OPTIONS)

    assert bool(decision.reason) == (decision.step is Step.INELIGIBLE)
    if decision.step in (Step.ALREADY, Step.INELIGIBLE):
        assert decision.after is state
    assert decision.step is not Step.ACT
