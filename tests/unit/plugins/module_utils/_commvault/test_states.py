# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the statuses of a Commvault job mean, and what each verb does in them."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.batchops.job_control.plugins.module_utils._commvault import states, wire
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.states import Rerun
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    NEUTRAL_VERBS,
    Decision,
    Job,
    JobState,
    Step,
    Verb,
)


def job(status: str, **summary: t.Any) -> Job:
    return wire.job({"jobSummary": {"jobId": 781, "status": status, **summary}})


def decide(verb: Verb, status: str, rerun: Rerun | None = None) -> Decision:
    return states.decide(verb, job(status), rerun)


@given(st.sampled_from(sorted(states.ROWS)), st.data())
def test_statuses_are_compared_without_regard_to_case(status: str, data: t.Any) -> None:
    flips = data.draw(st.lists(st.booleans(), min_size=len(status), max_size=len(status)))
    spelling = "".join(letter.swapcase() if flip else letter for letter, flip in zip(status, flips))

    assert states.translate(f" {spelling} ") == states.ROWS[status]


@pytest.mark.parametrize("status", ["Suspended", "Suspend", "SUSPENDED"])
def test_a_suspended_job_is_halted_and_does_not_run(status: str) -> None:
    assert states.translate(status) == (JobState.SUSPENDED, True, False)


def test_a_job_that_is_being_suspended_still_runs() -> None:
    assert states.translate("Suspend Pending") == (JobState.SUSPENDING, False, True)


def test_where_a_verb_leads() -> None:
    assert decide(Verb.SUSPEND, "Running").after is JobState.SUSPENDED
    assert decide(Verb.SUSPEND, "Suspend Pending").after is JobState.SUSPENDED
    assert decide(Verb.RESUME, "Suspended").after is JobState.QUEUED
    assert decide(Verb.CANCEL_RUNNING, "Running").after is JobState.CANCELLED
    assert decide(Verb.RETRY, "Failed").after is JobState.FAILED  # the retry is another job


@given(st.sampled_from(NEUTRAL_VERBS), st.text(max_size=80))
def test_decide_knows_an_answer_to_everything(verb: Verb, status: str) -> None:
    decision = decide(verb, status)

    assert decision.action is verb
    assert bool(decision.reason) or decision.step is not Step.INELIGIBLE
    if decision.step in (Step.ALREADY, Step.INELIGIBLE):
        assert decision.after is job(status).state


@given(st.text())
def test_a_word_that_the_contract_does_not_list_is_never_final(status: str) -> None:
    listed = status.strip().lower() in {word.lower() for word in states.ROWS}

    assert listed or states.translate(status).state is JobState.UNKNOWN
    assert not JobState.UNKNOWN.is_final


def test_an_unknown_status_is_shown_and_not_obeyed() -> None:
    reason = decide(Verb.RESUME, "Odd\x1b[2J" + "x" * 100).reason

    assert "Odd\\x1b[2J" in reason
    assert len(reason) < 120


@pytest.mark.parametrize("end", [1519937794, "1519937794", 1519937794000, "2018-03-01"])
def test_a_job_that_has_ended_with_an_unknown_status_is_left_alone(end: t.Any) -> None:
    ended = job("Brand New", jobEndTime=end)
    steps = {verb: states.decide(verb, ended).step for verb in NEUTRAL_VERBS}

    assert ended.state is JobState.UNKNOWN
    assert steps.pop(Verb.CANCEL_RUNNING) is Step.ALREADY
    assert set(steps.values()) == {Step.INELIGIBLE}
    assert states.decide(Verb.SUSPEND, ended).reason.endswith("a status that Commvault does not document: Brand New")


@pytest.mark.parametrize("end", [None, 0, "0", -1, ""])
def test_a_job_with_an_unknown_status_and_no_end_is_asked_to_suspend(end: t.Any) -> None:
    assert states.decide(Verb.SUSPEND, job("Brand New", jobEndTime=end)).step is Step.ACT


def test_the_words_for_a_narrowed_list() -> None:
    assert states.statuses_of({JobState.SUSPENDED}) == ("Suspend", "Suspended")
    assert states.statuses_of({JobState.CANCELLED, JobState.COMPLETED}) == ("Completed", "Killed")


@pytest.mark.parametrize(
    ("verb", "status", "reason"),
    [
        (Verb.SUSPEND, "Kill Pending", "it is being ended"),
        (Verb.SUSPEND, "Completed", "it has ended as completed"),
        (Verb.SUSPEND, "Committed", "it has ended as warning"),
        (Verb.SUSPEND, "Failed", "it has ended as failed"),
        (Verb.SUSPEND, "Killed", "it has ended as cancelled"),
        (Verb.RESUME, "Completed", "it has ended as completed"),
        (Verb.RESUME, "Killed", "it has ended as cancelled"),
        (Verb.RESUME, "Brand New", "its status is none that Commvault documents: Brand New"),
        (Verb.RESUME, "", "its status is none that Commvault documents: it is empty"),
        (Verb.RETRY, "Suspend Pending", "it is being suspended; job_resume is for that"),
        (Verb.RETRY, "Suspended", "it is suspended; job_resume is for that"),
        (Verb.RETRY, "Kill Pending", "it is being ended"),
        (Verb.RETRY, "Brand New", "its status is none that Commvault documents: Brand New"),
    ],
)
def test_why_a_verb_is_not_for_a_job(verb: Verb, status: str, reason: str) -> None:
    assert decide(verb, status).reason == reason


# --- retries -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["Failed", "Killed", "Failed to Start", "No Run"])
@pytest.mark.parametrize(
    ("rerun", "step"),
    [
        (None, Step.ACT),
        (Rerun("901", JobState.RUNNING, False), Step.ALREADY),
        (Rerun("901", JobState.SUSPENDED, False), Step.ALREADY),
        (Rerun("901", JobState.COMPLETED, False), Step.ALREADY),
        (Rerun("901", JobState.UNKNOWN, False), Step.ALREADY),
        (Rerun("901", JobState.RUNNING, False, is_certain=False), Step.INELIGIBLE),
        (Rerun("901", JobState.COMPLETED, False, is_certain=False), Step.INELIGIBLE),
        (Rerun("901", JobState.FAILED, False), Step.INELIGIBLE),
        (Rerun("901", JobState.CANCELLED, False), Step.INELIGIBLE),
        (Rerun("901", None, True), Step.WAIT),
        (Rerun("", None, True), Step.WAIT),
        (Rerun("901", JobState.QUEUED, True), Step.ALREADY),
        (Rerun("901", JobState.FAILED, True), Step.ALREADY),  # it has begun, which is all that a retry is about
    ],
)
def test_a_failed_job_is_retried_once(status: str, rerun: Rerun | None, step: Step) -> None:
    assert decide(Verb.RETRY, status, rerun).step is step


def test_a_retry_that_failed_is_the_one_to_retry() -> None:
    decision = decide(Verb.RETRY, "Failed", Rerun("901", JobState.FAILED, False))

    assert decision.reason == "it was run again as job 901, which ended as failed; retry that one"


@pytest.mark.parametrize("state", [JobState.RUNNING, JobState.FAILED])
def test_what_it_was_run_again_as_matters_to_the_retry_of_a_failed_job_only(state: JobState) -> None:
    rerun = Rerun("901", state, False)

    assert decide(Verb.RETRY, "Completed", rerun).step is Step.ALREADY
    assert "job_resume" in decide(Verb.RETRY, "Suspended", rerun).reason
    assert decide(Verb.SUSPEND, "Running", rerun).step is Step.ACT
