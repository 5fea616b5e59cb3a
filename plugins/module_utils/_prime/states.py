# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _model.

"""What the three status words of a Prime job mean, and what each verb does about them (contract 7, 13).

A job is a trigger (jobStatus) with runs, of which the latest shows (runStatus, resultStatus). Suspend and resume move
the trigger alone, so whether a job is suspended is told by jobStatus and by nothing else (contract 7.5).
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._errors import excerpt
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    JobState,
    Running,
    Step,
    Verb,
    VerbOptions,
)


@dataclasses.dataclass(frozen=True)
class Situation:
    """A job in the product's words; a word that the product left out is empty."""

    job_status: str
    run_status: str = ""
    result_status: str = ""
    run_id: str = ""
    asked_run: str = ""  # the run that we asked the product to cancel

    @property
    def raw_state(self) -> str:
        """The words as they are, such as `COMPLETED RUNNING`."""
        return " ".join(word for word in (self.job_status, self.run_status, self.result_status) if word)


@dataclasses.dataclass(frozen=True)
class _Trigger:
    """What one jobStatus means (contract 7.1)."""

    state: JobState  # while no run is active
    suspend: Step
    resume: Step
    reason: str = ""  # why it takes neither verb


@dataclasses.dataclass(frozen=True)
class _Run:
    """What one runStatus means (contract 7.2)."""

    state: JobState
    live: bool
    cancel: Step  # the step of cancel_running
    leads: bool = False  # it says what the job does, whatever the trigger says (contract 7.5, rule 1)


SUSPENDED = "SUSPENDED"
SCHEDULED = "SCHEDULED"
COMPLETED = "COMPLETED"
CANCELLED = "CANCELLED"

_TRIGGERS: t.Mapping[str, _Trigger] = {
    SCHEDULED: _Trigger(JobState.QUEUED, Step.ACT, Step.ALREADY),
    SUSPENDED: _Trigger(JobState.SUSPENDED, Step.ALREADY, Step.ACT),
    # It has fired for the last time. That its last run has ended, it does not say (contract 9, item 1).
    COMPLETED: _Trigger(JobState.COMPLETED, Step.INELIGIBLE, Step.INELIGIBLE, "its trigger will not fire again"),
    CANCELLED: _Trigger(JobState.CANCELLED, Step.INELIGIBLE, Step.INELIGIBLE, "it was cancelled for good"),
    "EXPIREDBEFOREAPPROVAL": _Trigger(
        JobState.CANCELLED, Step.INELIGIBLE, Step.INELIGIBLE, "it expired before somebody approved it"
    ),
    "PENDINGAPPROVAL": _Trigger(JobState.HELD, Step.INELIGIBLE, Step.INELIGIBLE, "it waits for somebody's approval"),
    "UNDEFINED": _Trigger(JobState.UNKNOWN, Step.INELIGIBLE, Step.INELIGIBLE, "the product calls its state undefined"),
}
_UNKNOWN_TRIGGER = _Trigger(JobState.UNKNOWN, Step.INELIGIBLE, Step.INELIGIBLE)

#: the permanent cancel of a trigger; all other words are ineligible (contract 13)
_CANCEL: t.Mapping[str, Step] = {SCHEDULED: Step.ACT, SUSPENDED: Step.ACT, CANCELLED: Step.ALREADY}

_NO_RUN = _Run(JobState.UNKNOWN, live=False, cancel=Step.ALREADY)
_WORDLESS_RUN = _Run(JobState.UNKNOWN, live=False, cancel=Step.INELIGIBLE)
_WAITING_RUN = _Run(
    JobState.QUEUED, live=True, cancel=Step.WAIT_THEN_ACT
)  # only a RUNNING run takes a cancel (contract 13)
_FAILED_RUN = _Run(JobState.FAILED, live=False, cancel=Step.ALREADY)
_RUNS: t.Mapping[str, _Run] = {
    "": _NO_RUN,
    "UNKNOWN": _WORDLESS_RUN,
    "CREATED": _WAITING_RUN,
    "PENDING_EXECUTION": _WAITING_RUN,
    "RUNNING": _Run(JobState.RUNNING, live=True, cancel=Step.ACT, leads=True),
    "PAUSING": _Run(JobState.SUSPENDING, live=True, cancel=Step.WAIT, leads=True),
    "PAUSED": _Run(JobState.SUSPENDED, live=False, cancel=Step.ALREADY, leads=True),
    "COMPLETED": _NO_RUN,
    "ABORTED": _FAILED_RUN,
    "INTERRUPTED": _FAILED_RUN,
    "CANCELLED": _Run(JobState.CANCELLED, live=False, cancel=Step.ALREADY),
}

CANCEL_FAILED = "CANCELFAILED"
#: contract 7.3. A result that says nothing leaves it to how the run ended.
_RESULTS: t.Mapping[str, JobState] = {
    "SUCCESS": JobState.COMPLETED,
    "PARTIALSUCCESS": JobState.WARNING,
    "PARTIALFAILURE": JobState.WARNING,
    "FAILURE": JobState.FAILED,
    "ROLLBACKED": JobState.FAILED,
    CANCEL_FAILED: JobState.WARNING,
    "CANCELLED": JobState.CANCELLED,
    "PENDINGEXECUTION": JobState.QUEUED,
    "PAUSED": JobState.SUSPENDED,
}
_WORDLESS_RESULTS = ("", "UNKNOWN")


def state_of(situation: Situation) -> JobState:
    """The neutral state: contract 7.5, with a suspended trigger's live run as `suspending`."""
    trigger, run = _TRIGGERS.get(situation.job_status, _UNKNOWN_TRIGGER), _RUNS.get(situation.run_status)
    if run is None:
        return JobState.UNKNOWN
    if is_halted(situation) and run.live:
        return JobState.SUSPENDING
    if run.leads:
        return run.state
    if run.live and trigger.state.is_final:
        return run.state  # a run that is about to begin is no end, whatever has become of the trigger
    if trigger.state is JobState.COMPLETED:
        return _outcome(situation.result_status, run)
    return trigger.state


def end_of_run(situation: Situation) -> JobState:
    """How the run ended, whatever the trigger does (contract 7.2, 7.3)."""
    return _outcome(situation.result_status, _RUNS.get(situation.run_status, _WORDLESS_RUN))


def _outcome(result: str, run: _Run) -> JobState:
    """How a run ended, by its result or else by its own state."""
    return run.state if result in _WORDLESS_RESULTS else _RESULTS.get(result, JobState.UNKNOWN)


def is_halted(situation: Situation) -> bool:
    """Whether the trigger is suspended."""
    return situation.job_status == SUSPENDED


def is_running(situation: Situation) -> bool:
    """Whether a run is at work or about to be."""
    run = _RUNS.get(situation.run_status)
    return run is not None and run.live


def decide(verb: Verb, job: Job, options: VerbOptions) -> Decision:
    """What a verb means for a job in its present state (contract 7 and 13)."""
    return _DECISIONS[verb](job.facts["situation"], options.running)


def _suspend(situation: Situation, running: Running) -> Decision:
    """Switch the trigger off; the run goes on unless the user wants its end (contract 8.1)."""
    step = _TRIGGERS.get(situation.job_status, _UNKNOWN_TRIGGER).suspend
    leave = running is Running.LEAVE
    if step is Step.INELIGIBLE and (leave or not _is_at_last_run(situation)):
        return _ineligible(Verb.SUSPEND, situation, _reason(situation))
    if not leave and _no_end(situation, running):
        return _ineligible(Verb.SUSPEND, situation, _no_end(situation, running))
    if step is Step.ACT:
        suspended = dataclasses.replace(situation, job_status=SUSPENDED)
        return Decision(Step.ACT, Verb.SUSPEND, state_of(_ended(suspended, running)))
    # The trigger is off by now. All that is left to end is the run.
    if leave or not is_running(situation):
        return Decision(Step.ALREADY, Verb.SUSPEND, state_of(situation))
    after = state_of(_ended(situation, running))
    cancel = _RUNS[situation.run_status].cancel
    if running is Running.CANCEL and cancel.acts:
        return Decision(cancel, Verb.CANCEL_RUNNING, after)
    return Decision(Step.WAIT, Verb.SUSPEND, after)


def _is_at_last_run(situation: Situation) -> bool:
    """Whether nothing can follow after the run that lives: such a trigger needs no suspending."""
    trigger = _TRIGGERS.get(situation.job_status, _UNKNOWN_TRIGGER)
    return trigger.state.is_final and is_running(situation)


def _resume(situation: Situation, running: Running) -> Decision:
    """Switch the trigger on again, whatever a run does meanwhile."""
    step = _TRIGGERS.get(situation.job_status, _UNKNOWN_TRIGGER).resume
    if step is Step.ACT:
        resumed = dataclasses.replace(situation, job_status=SCHEDULED)
        return Decision(Step.ACT, Verb.RESUME, state_of(resumed))
    if step is Step.ALREADY or (situation.job_status == COMPLETED and is_running(situation)):
        return Decision(Step.ALREADY, Verb.RESUME, state_of(situation))
    return _ineligible(Verb.RESUME, situation, _reason(situation))


def _cancel_running(situation: Situation, running: Running) -> Decision:
    """Stop the latest run (contract 8.4: the product is only asked to)."""
    if situation.asked_run not in ("", situation.run_id):
        reason = "the cancelled run is over and a newer one has begun"
        return Decision(Step.ALREADY, Verb.CANCEL_RUNNING, state_of(situation), reason)
    if situation.asked_run and situation.result_status == CANCEL_FAILED:
        return _ineligible(Verb.CANCEL_RUNNING, situation, "the product could not cancel its run")
    if _no_end(situation, Running.CANCEL):
        return _ineligible(Verb.CANCEL_RUNNING, situation, _no_end(situation, Running.CANCEL))
    after = state_of(_ended(situation, Running.CANCEL))
    return Decision(_RUNS[situation.run_status].cancel, Verb.CANCEL_RUNNING, after)


def _cancel(situation: Situation, running: Running) -> Decision:
    """Switch the trigger off for good; a run goes on (contract 8.1, 13)."""
    step = _CANCEL.get(situation.job_status, Step.INELIGIBLE)
    if step is Step.INELIGIBLE:
        return _ineligible(Verb.CANCEL, situation, _reason(situation))
    return Decision(step, Verb.CANCEL, state_of(dataclasses.replace(situation, job_status=CANCELLED)))


def _retry(situation: Situation, running: Running) -> Decision:
    return _ineligible(Verb.RETRY, situation, "the product has no retry")


def _no_end(situation: Situation, running: Running) -> str:
    """Why the run's end can not be seen, or not be asked for; empty: it can."""
    run = _RUNS.get(situation.run_status, _WORDLESS_RUN)
    if run is _WORDLESS_RUN:
        return f"its run is in the state {excerpt(situation.run_status, 40)}, which does not tell whether it goes on"
    if running is Running.CANCEL and run.cancel is Step.ACT and not situation.run_id:
        return "the product does not tell the id of its run"
    return ""


def _ended(situation: Situation, running: Running) -> Situation:
    """The situation when the live run, if there is one, has ended as the user wants it."""
    if running is Running.LEAVE or not is_running(situation):
        return situation
    run_status, result_status = _ENDS[running]
    return dataclasses.replace(situation, run_status=run_status, result_status=result_status)


_ENDS: t.Mapping[Running, tuple[str, str]] = {
    Running.WAIT: ("COMPLETED", "SUCCESS"),
    Running.CANCEL: ("CANCELLED", "CANCELLED"),
}


def _ineligible(verb: Verb, situation: Situation, reason: str) -> Decision:
    return Decision(Step.INELIGIBLE, verb, state_of(situation), reason)


def _reason(situation: Situation) -> str:
    state = state_of(situation)
    if situation.job_status == COMPLETED and state.is_final:
        return f"it has ended as {state.value}"
    trigger = _TRIGGERS.get(situation.job_status, _UNKNOWN_TRIGGER)
    return trigger.reason or f"its state {excerpt(situation.job_status, 40) or '(none)'} is not known"


_DECISIONS: t.Mapping[Verb, t.Callable[[Situation, Running], Decision]] = {
    Verb.SUSPEND: _suspend,
    Verb.RESUME: _resume,
    Verb.CANCEL_RUNNING: _cancel_running,
    Verb.CANCEL: _cancel,
    Verb.RETRY: _retry,
}
