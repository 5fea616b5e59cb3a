# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _model.

"""The statuses of a DRS task, and what each verb means in them (contract 7, 13). Pure."""

from __future__ import annotations

import enum
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._errors import excerpt
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    JobState,
    Step,
    Verb,
    VerbOptions,
)


class Cell(enum.Enum):
    """Whether DRS takes a request in a status."""

    YES = "yes"
    NO = "no"
    TRY = "try"  # the documents do not say or disagree: DRS has the last word
    LATER = "later"  # not now, but the status passes by itself


class Row(t.NamedTuple):
    """One status: what it is in neutral words, and whether DRS pauses, retries and terminates a task in it."""

    state: JobState
    pause: Cell = Cell.NO
    retry: Cell = Cell.NO
    terminate: Cell = Cell.NO


class Facts(t.NamedTuple):
    """What a DRS job carries beyond the neutral model, as `job.facts["drs"]`."""

    available: frozenset[str] | None = None  # None: the answer had no job_action, as on Open Telekom Cloud
    unavailable: frozenset[str] = frozenset()
    current_action: str = ""
    parent: str = ""  # the id of the task in whose `children` it is listed
    is_subtask: bool = False  # of a re-edited task, which is no parent in the sense of contract 9, item 16
    is_parent: bool = False  # stands for children that have to be paused and resumed one by one
    children: tuple[str, ...] = ()  # their ids, as far as known


_YES, _NO, _TRY, _LATER = Cell.YES, Cell.NO, Cell.TRY, Cell.LATER
_TRANSIENT = Row(JobState.RUNNING, _LATER, _NO, _LATER)

PAUSED = "PAUSING"  # it means paused (contract 9, item 2)

ROWS: t.Mapping[str, Row] = {
    "CREATING": Row(JobState.QUEUED, _NO, _NO, _YES),
    "CREATE_FAILED": Row(JobState.FAILED, _NO, _NO, _NO),
    "CONFIGURATION": Row(JobState.HELD, _NO, _NO, _YES),
    "STARTJOBING": _TRANSIENT,
    "WAITING_FOR_START": Row(JobState.QUEUED, _NO, _NO, _YES),
    "START_JOB_FAILED": Row(JobState.FAILED, _NO, _TRY, _TRY),
    "FULL_TRANSFER_STARTED": Row(JobState.RUNNING, _YES, _NO, _YES),
    "FULL_TRANSFER_FAILED": Row(JobState.FAILED, _TRY, _YES, _YES),
    "FULL_TRANSFER_COMPLETE": Row(JobState.RUNNING, _YES, _NO, _YES),
    "INCRE_TRANSFER_STARTED": Row(JobState.RUNNING, _YES, _NO, _YES),
    "INCRE_TRANSFER_FAILED": Row(JobState.FAILED, _TRY, _YES, _YES),
    PAUSED: Row(JobState.SUSPENDED, _NO, _YES, _YES),
    "RELEASE_RESOURCE_STARTED": Row(JobState.CANCELLING, _NO, _NO, _NO),
    "RELEASE_RESOURCE_FAILED": Row(JobState.FAILED, _NO, _NO, _NO),  # only force_terminate, which is not offered
    "RELEASE_RESOURCE_COMPLETE": Row(JobState.COMPLETED, _NO, _NO, _NO),
    "REBUILD_NODE_STARTED": _TRANSIENT,
    "REBUILD_NODE_FAILED": Row(JobState.FAILED, _NO, _TRY, _YES),
    "CHANGE_JOB_STARTED": Row(JobState.RUNNING, _LATER, _NO, _TRY),
    "CHANGE_JOB_FAILED": Row(JobState.FAILED, _NO, _TRY, _TRY),
    "CHILD_TRANSFER_STARTING": Row(JobState.QUEUED, _NO, _NO, _TRY),
    "CHILD_TRANSFER_STARTED": Row(JobState.RUNNING, _NO, _NO, _TRY),
    "CHILD_TRANSFER_COMPLETE": Row(JobState.RUNNING, _NO, _NO, _TRY),
    "CHILD_TRANSFER_FAILED": Row(JobState.FAILED, _NO, _NO, _TRY),
    "RELEASE_CHILD_TRANSFER_STARTED": Row(JobState.RUNNING, _NO, _NO, _LATER),
    "RELEASE_CHILD_TRANSFER_COMPLETE": Row(JobState.COMPLETED, _NO, _NO, _NO),
    "NODE_UPGRADE_START": Row(JobState.RUNNING, _LATER, _NO, _TRY),
    "NODE_UPGRADE_COMPLETE": Row(JobState.RUNNING, _LATER, _NO, _TRY),
    "NODE_UPGRADE_FAILED": Row(JobState.FAILED, _NO, _NO, _TRY),
    "DELETED": Row(JobState.CANCELLED, _NO, _NO, _NO),
}
UNLISTED = Row(JobState.UNKNOWN)

#: Words for "paused" that are not the API's own but are met in other texts (contract 7).
ALIASES: t.Mapping[str, str] = {"PAUSED": PAUSED, "PAUSEING": PAUSED}

#: `current_action` while a pause is under way: v3 says the first, v5 also the second (contract 5.1).
PAUSE_UNDER_WAY = frozenset({"STOP_JOB", "PAUSE"})

#: What a verb is called in `job_action`. RETRY is not looked up for a resume: no sample shows it for a paused task.
ACTION_WORDS: t.Mapping[Verb, str] = {
    Verb.SUSPEND: "PAUSE",
    Verb.RETRY: "RETRY",
    Verb.CANCEL_RUNNING: "FREE_RESOURCE",
}

_CANNOT: t.Mapping[Verb, str] = {
    Verb.SUSPEND: "paused",
    Verb.RESUME: "resumed",
    Verb.RETRY: "retried",
    Verb.CANCEL_RUNNING: "terminated",
}

#: Why DRS may not offer an action, where that is not the status.
_HINTS: t.Mapping[Verb, str] = {
    Verb.SUSPEND: "; not every pair of databases can be paused",
    Verb.CANCEL_RUNNING: "; a yearly or monthly task has to be unsubscribed",
}


class Meaning(t.NamedTuple):
    """What a verb means in a neutral state. ACT still depends on what DRS allows (`_permission`)."""

    step: Step
    reason: str = ""


_ALREADY, _ACT, _WAIT = Meaning(Step.ALREADY), Meaning(Step.ACT), Meaning(Step.WAIT)
_WAIT_THEN_ACT = Meaning(Step.WAIT_THEN_ACT)


def _ineligible(reason: str) -> Meaning:
    return Meaning(Step.INELIGIBLE, reason)


_ENDED = _ineligible("it has ended")
_ENDING = _ineligible("it is being terminated")
_GONE = _ineligible("it was deleted")
_NEVER_STARTED = _ineligible("it is not suspended but was never started, which has to be done in DRS itself")
_UNKNOWN = _ineligible("its status is none that DRS documents")

MEANINGS: t.Mapping[Verb, t.Mapping[JobState, Meaning]] = {
    Verb.SUSPEND: {
        JobState.QUEUED: _ACT,
        JobState.RUNNING: _ACT,
        JobState.SUSPENDING: _WAIT,
        JobState.SUSPENDED: _ALREADY,
        JobState.HELD: _ACT,
        JobState.CANCELLING: _ENDING,
        JobState.COMPLETED: _ENDED,
        JobState.WARNING: _ENDED,
        # DRS would pause it, but resuming it later is a retry: the job would not be left as it was found.
        JobState.FAILED: _ineligible("it has failed, and a resume would retry it"),
        JobState.CANCELLED: _GONE,
        JobState.UNKNOWN: _UNKNOWN,
    },
    Verb.RESUME: {
        JobState.QUEUED: _ALREADY,
        JobState.RUNNING: _ALREADY,
        JobState.SUSPENDING: _WAIT_THEN_ACT,
        JobState.SUSPENDED: _ACT,
        JobState.HELD: _NEVER_STARTED,
        JobState.CANCELLING: _ENDING,
        JobState.COMPLETED: _ENDED,
        JobState.WARNING: _ENDED,
        JobState.FAILED: _ineligible("it is not suspended but has failed; job_retry is for that"),
        JobState.CANCELLED: _GONE,
        JobState.UNKNOWN: _UNKNOWN,
    },
    Verb.RETRY: {
        JobState.QUEUED: _ALREADY,
        JobState.RUNNING: _ALREADY,
        JobState.SUSPENDING: _ineligible("it is being suspended; job_resume is for that"),
        JobState.SUSPENDED: _ineligible("it is suspended; job_resume is for that"),
        JobState.HELD: _NEVER_STARTED,
        JobState.CANCELLING: _ENDING,
        JobState.COMPLETED: _ALREADY,
        JobState.WARNING: _ALREADY,
        JobState.FAILED: _ACT,
        JobState.CANCELLED: _GONE,
        JobState.UNKNOWN: _UNKNOWN,
    },
    Verb.CANCEL_RUNNING: {
        JobState.QUEUED: _ALREADY,
        JobState.RUNNING: _ACT,
        JobState.SUSPENDING: _WAIT,
        JobState.SUSPENDED: _ALREADY,
        JobState.HELD: _ALREADY,
        JobState.CANCELLING: _WAIT,
        JobState.COMPLETED: _ALREADY,
        JobState.WARNING: _ALREADY,
        JobState.FAILED: _ALREADY,
        JobState.CANCELLED: _ALREADY,
        JobState.UNKNOWN: _UNKNOWN,
    },
}

#: Where one status means something else than its neutral state.
EXCEPTIONS: t.Mapping[tuple[Verb, str], Meaning] = {
    (Verb.CANCEL_RUNNING, "RELEASE_RESOURCE_FAILED"): _ineligible(
        "its termination has failed, and only a forced one in DRS itself helps"
    ),
}

#: The state that a verb leads to. A terminated task cannot be told from one that ended by itself (contract 7).
GOALS: t.Mapping[Verb, JobState] = {
    Verb.SUSPEND: JobState.SUSPENDED,
    Verb.RESUME: JobState.RUNNING,
    Verb.RETRY: JobState.RUNNING,
    Verb.CANCEL_RUNNING: JobState.COMPLETED,
}


class Translation(t.NamedTuple):
    """A status in neutral words."""

    state: JobState
    halted: bool
    running: bool


def canonical(status: str) -> str:
    """A status in the spelling of `ROWS`."""
    word = status.strip().upper()
    return ALIASES.get(word, word)


def translate(status: str, task_type: str, current_action: str) -> Translation:
    """What a task does. A pause under way shows only in `current_action`, the status stays (contract 7)."""
    word = canonical(status)
    row = ROWS.get(word, UNLISTED)
    state = row.state
    if word == "FULL_TRANSFER_COMPLETE" and task_type == "FULL_TRANS":
        state = JobState.COMPLETED
    # Some failed tasks are paused too: one that fails right before our pause arrives ends up suspended all the same.
    if current_action in PAUSE_UNDER_WAY and (state is JobState.RUNNING or row.pause is Cell.TRY):
        state = JobState.SUSPENDING
    running = state in (JobState.RUNNING, JobState.SUSPENDING, JobState.CANCELLING)
    return Translation(state, halted=state is JobState.SUSPENDED, running=running)


def decide(verb: Verb, job: Job, _options: VerbOptions) -> Decision:
    """What the verb means for a task in this state. A pause stops what runs, so `running` makes no difference."""
    meaning = EXCEPTIONS.get((verb, canonical(job.raw_state))) or MEANINGS[verb][job.state]
    if job.state is JobState.UNKNOWN:
        meaning = meaning._replace(reason=f"{meaning.reason}: {excerpt(job.raw_state, 40)}")
    if meaning.step is Step.ACT:
        meaning = _permission(verb, job)
    if verb is Verb.SUSPEND and job.halted and _other_action(facts(job)):
        meaning = _WAIT  # somebody is resuming it: look what comes of that
    after = job.state
    if meaning.step.is_open:
        stops = verb is Verb.CANCEL_RUNNING and job.state is JobState.SUSPENDING
        after = JobState.SUSPENDED if stops else GOALS[verb]
    return Decision(meaning.step, verb, after, meaning.reason)


def facts(job: Job) -> Facts:
    """The DRS side of a job."""
    found = job.facts.get("drs")
    return found if isinstance(found, Facts) else Facts()


def _permission(verb: Verb, job: Job) -> Meaning:
    """Whether DRS takes the request now; its own `job_action` overrides the table (contract 5.1, 7)."""
    known = facts(job)
    word = ACTION_WORDS.get(verb, "")
    row = ROWS.get(canonical(job.raw_state), UNLISTED)
    cell = {Verb.SUSPEND: row.pause, Verb.CANCEL_RUNNING: row.terminate}.get(verb, row.retry)
    if verb is Verb.CANCEL_RUNNING and known.parent and not known.is_subtask:
        return _ineligible(f"DRS terminates it only with its parent task {excerpt(known.parent, 60)}")
    if verb is not Verb.CANCEL_RUNNING and known.is_parent:
        children = ", ".join(known.children) or "not shown"
        return _ineligible(f"it is a parent task, which cannot be {_CANNOT[verb]}; its children can ({children})")
    if _other_action(known):
        return _WAIT_THEN_ACT
    told = known.available if word else None
    if told is not None and word in told:
        return _ACT
    if cell is Cell.NO:
        return _ineligible(f"a task in status {canonical(job.raw_state)} cannot be {_CANNOT[verb]}")
    # In each settled status something is possible, so where nothing is, an operation is under way.
    if cell is Cell.LATER or (told is not None and not told):
        return _WAIT_THEN_ACT
    if told is not None and word in known.unavailable:
        return _ineligible(f"DRS does not offer {word} for it now{_HINTS.get(verb, '')}")
    return _ACT


def _other_action(known: Facts) -> str:
    """The operation other than a pause that DRS performs on the task; it takes no second one meanwhile."""
    return "" if known.current_action in PAUSE_UNDER_WAY else known.current_action
