# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _model, facts.

"""The statuses of a Commvault job, and what each verb means in them (contract 7, 13). Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._commvault.facts import facts
from ansible_collections.batchops.job_control.plugins.module_utils._errors import excerpt
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    JobState,
    Step,
    Verb,
)


class Row(t.NamedTuple):
    """One status in neutral words."""

    state: JobState
    halted: bool = False
    running: bool = False


class Rerun(t.NamedTuple):
    """The job that a failed job was run again as: the product never changes the failed one (contract 8.2)."""

    job_id: str  # empty: not known yet
    state: JobState | None  # None: asked for, but not seen yet
    is_ours: bool  # we asked for it in this run
    is_certain: bool = True  # False: it may as well be about something else


_WORKING = Row(JobState.RUNNING, running=True)
_QUEUED = Row(JobState.QUEUED)
_SUSPENDED = Row(JobState.SUSPENDED, halted=True)
_CANCELLING = Row(JobState.CANCELLING, running=True)
_WARNING = Row(JobState.WARNING)
_FAILED = Row(JobState.FAILED)

#: By the product's spelling; statuses are compared without regard to case.
ROWS: t.Mapping[str, Row] = {
    "Running": _WORKING,
    "Running (cannot be verified)": _WORKING,
    "Waiting": _QUEUED,
    "Pending": _QUEUED,
    "Queued": _QUEUED,
    "Suspend Pending": Row(JobState.SUSPENDING, running=True),
    "Suspend": _SUSPENDED,
    "Suspended": _SUSPENDED,
    "Kill Pending": _CANCELLING,
    "Interrupt Pending": _WORKING,  # pre-empted, restarts by itself
    "Interrupted": _QUEUED,
    "Abnormal Terminated Cleanup": _CANCELLING,
    "Dangling Cleanup": _CANCELLING,
    "Completed": Row(JobState.COMPLETED),
    "Completed w/ one or more warnings": _WARNING,
    "Completed w/ one or more errors": _WARNING,
    "Committed": _WARNING,  # ended early, keeps the part that was done
    "Failed": _FAILED,
    "Failed to Start": _FAILED,
    "Killed": Row(JobState.CANCELLED),
    "No Run": _FAILED,
}
UNLISTED = Row(JobState.UNKNOWN)
_BY_WORD = {status.lower(): row for status, row in ROWS.items()}

#: What can be retried, and what a retry that needs another one looks like.
UNSUCCESSFUL = frozenset({JobState.FAILED, JobState.CANCELLED})


class Meaning(t.NamedTuple):
    """What a verb means in a state."""

    step: Step
    reason: str = ""


_ALREADY, _ACT, _WAIT = Meaning(Step.ALREADY), Meaning(Step.ACT), Meaning(Step.WAIT)
_WAIT_THEN_ACT = Meaning(Step.WAIT_THEN_ACT)


def _ineligible(reason: str) -> Meaning:
    return Meaning(Step.INELIGIBLE, reason)


_IDLE = Meaning(Step.ALREADY, "nothing of it runs now")
_ENDING = _ineligible("it is being ended")
_PAUSED = _ineligible("it is suspended; job_resume is for that")
_UNKNOWN = _ineligible("its status is none that Commvault documents")
_OVER = _ineligible("it has ended with a status that Commvault does not document")
_ENDED: t.Mapping[JobState, Meaning] = {
    state: _ineligible(f"it has ended as {state.value}") for state in JobState if state.is_final
}

MEANINGS: t.Mapping[Verb, t.Mapping[JobState, Meaning]] = {
    Verb.SUSPEND: {
        **_ENDED,
        JobState.QUEUED: _ACT,
        JobState.RUNNING: _ACT,
        JobState.SUSPENDING: _WAIT,
        JobState.SUSPENDED: _ALREADY,
        JobState.CANCELLING: _ENDING,
        JobState.UNKNOWN: _ACT,  # the product has the last word (contract 7), unless it says that the job has ended
    },
    Verb.RESUME: {
        **_ENDED,
        JobState.QUEUED: _ALREADY,
        JobState.RUNNING: _ALREADY,
        JobState.SUSPENDING: _WAIT_THEN_ACT,
        JobState.SUSPENDED: _ACT,
        JobState.CANCELLING: _ALREADY,
        # Only Suspended and Suspend Pending mean "not resumed" (contract 8.5): asking would be a guess.
        JobState.UNKNOWN: _UNKNOWN,
    },
    Verb.RETRY: {
        JobState.QUEUED: _ALREADY,
        JobState.RUNNING: _ALREADY,
        JobState.SUSPENDING: _ineligible("it is being suspended; job_resume is for that"),
        JobState.SUSPENDED: _PAUSED,
        JobState.CANCELLING: _ENDING,
        JobState.COMPLETED: _ALREADY,
        JobState.WARNING: _ALREADY,
        JobState.FAILED: _ACT,
        JobState.CANCELLED: _ACT,
        JobState.UNKNOWN: _UNKNOWN,
    },
    Verb.CANCEL_RUNNING: {
        JobState.QUEUED: _IDLE,
        JobState.RUNNING: _ACT,
        JobState.SUSPENDING: _ACT,
        JobState.SUSPENDED: _IDLE,
        JobState.CANCELLING: _WAIT,
        JobState.COMPLETED: _ALREADY,
        JobState.WARNING: _ALREADY,
        JobState.FAILED: _ALREADY,
        JobState.CANCELLED: _ALREADY,
        JobState.UNKNOWN: _ACT,
    },
}

#: The state that a verb leads to; a resumed job waits for its turn first (contract 10.1). RETRY changes another job.
_GOALS: t.Mapping[Verb, JobState] = {
    Verb.SUSPEND: JobState.SUSPENDED,
    Verb.RESUME: JobState.QUEUED,
    Verb.CANCEL_RUNNING: JobState.CANCELLED,
}


def translate(status: str) -> Row:
    """A status in neutral words; one that the contract does not list is unknown."""
    return _BY_WORD.get(status.strip().lower(), UNLISTED)


def statuses_of(states: t.Collection[JobState]) -> tuple[str, ...]:
    """The statuses that mean one of these states, as the product spells them."""
    return tuple(status for status, row in ROWS.items() if row.state in states)


def decide(verb: Verb, job: Job, rerun: Rerun | None = None) -> Decision:
    """What the verb means for a job in this state.

    A suspend stops what runs, so the option `running` makes no difference.

    :param rerun: what the job was run again as, for RETRY.
    """
    meaning = MEANINGS[verb].get(job.state, _UNKNOWN)
    if job.state is JobState.UNKNOWN and facts(job).is_over:
        meaning = _IDLE if verb is Verb.CANCEL_RUNNING else _OVER
    if meaning in (_UNKNOWN, _OVER):
        meaning = _ineligible(f"{meaning.reason}: {excerpt(job.raw_state, 40) or 'it is empty'}")
    if verb is Verb.RETRY and meaning.step is Step.ACT and rerun is not None:
        meaning = _meaning_of(rerun)
    after = _GOALS.get(verb, job.state) if meaning.step.is_open else job.state
    return Decision(meaning.step, verb, after, meaning.reason)


def _meaning_of(rerun: Rerun) -> Meaning:
    """What a retry means for a failed job that was run again."""
    if rerun.state is None:
        return _WAIT
    if not rerun.is_certain:
        return _ineligible(
            f"whether it was run again cannot be told, as job {rerun.job_id} of the same client and type began since; "
            "if it was not, retry it in the CommCell Console"
        )
    if rerun.is_ours or rerun.state not in UNSUCCESSFUL:
        return Meaning(Step.ALREADY, f"it was run again as job {rerun.job_id}")
    # Retrying both would run the same subclient twice at the same time.
    return _ineligible(f"it was run again as job {rerun.job_id}, which ended as {rerun.state.value}; retry that one")
