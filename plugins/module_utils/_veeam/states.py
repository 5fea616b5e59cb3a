# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _model.

"""What the words of Enterprise Manager mean: a job's state, and what each verb does about it (contract 7, 13)."""

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
    """A job has no run state of its own: this is its schedule flag, its latest session, and what can be asked of it."""

    enabled: bool | None  # ScheduleEnabled; None: the server does not say
    session: str = ""  # State of the latest session; empty: none in the last 30 days
    result: str = ""  # Result of that session
    scheduled: bool = False  # it has a next run, or will have one when it is enabled
    offers: frozenset[Verb] = frozenset()  # verbs that the server gives a way to ask for
    retried: bool = False  # its latest session began after we asked for a retry
    replaced: bool = False  # its latest session is a newer one than that which we asked to stop


@dataclasses.dataclass(frozen=True)
class _Row:
    """What one State of the latest session means."""

    enabled: JobState  # of a job whose schedule is enabled
    disabled: JobState
    running: bool
    cancel: Step


_WORKING = _Row(JobState.RUNNING, JobState.SUSPENDING, running=True, cancel=Step.ACT)

#: contract 7. A disabled job with a working session is `suspending`: nothing follows after what runs now.
_LIVE: t.Mapping[str, _Row] = {
    "Starting": _WORKING,
    "Working": _WORKING,
    "Resuming": _WORKING,
    "Pausing": _Row(JobState.SUSPENDING, JobState.SUSPENDING, running=True, cancel=Step.ACT),
    # A copy job's session that waits for something to copy. It can be stopped, but nothing runs.
    "Idle": _Row(JobState.QUEUED, JobState.HELD, running=False, cancel=Step.ACT),
    "Stopping": _Row(JobState.CANCELLING, JobState.CANCELLING, running=True, cancel=Step.WAIT),
}
STOPPED = "Stopped"
_RESULTS: t.Mapping[str, JobState] = {
    "Success": JobState.COMPLETED,
    "Warning": JobState.WARNING,
    "Failed": JobState.FAILED,
}


def state_of(situation: Situation) -> JobState:
    """The neutral state."""
    if situation.enabled is None:
        return JobState.UNKNOWN
    row = _LIVE.get(situation.session)
    if row is not None:
        return row.enabled if situation.enabled else row.disabled
    if situation.session not in (STOPPED, ""):
        return JobState.UNKNOWN
    if not situation.enabled:
        return JobState.HELD
    if situation.session:
        return _RESULTS.get(situation.result, JobState.UNKNOWN)
    return JobState.QUEUED if situation.scheduled else JobState.UNKNOWN


def is_running(situation: Situation) -> bool:
    """Whether a session is at work."""
    row = _LIVE.get(situation.session)
    return row is not None and row.running


def raw_state(situation: Situation) -> str:
    """The product's own words, such as `Stopped/Failed, disabled`."""
    session = situation.session or "no session"
    if situation.session == STOPPED:
        session += f"/{situation.result or 'no result'}"
    schedule = {True: "", False: ", disabled", None: ", enabled or disabled unknown"}[situation.enabled]
    return session + schedule


def decide(verb: Verb, job: Job, options: VerbOptions) -> Decision:
    """What a verb means for a job in its present state (contract 7 and 13)."""
    situation: Situation = job.facts["situation"]
    return _DECISIONS[verb](situation, options)


def _suspend(situation: Situation, options: VerbOptions) -> Decision:
    """Disable the schedule; a session that works goes on unless the user wants its end (contract 8.3)."""
    leave = options.running is Running.LEAVE
    state = state_of(situation)
    reason = _no_suspend(situation, options.running)
    if reason:
        return Decision(Step.INELIGIBLE, Verb.SUSPEND, state, reason)
    disabled = state_of(dataclasses.replace(situation, enabled=False))
    after = disabled if leave else JobState.HELD
    if situation.enabled:
        return Decision(Step.ACT, Verb.SUSPEND, after)
    if leave or not is_running(situation):
        return Decision(Step.ALREADY, Verb.SUSPEND, state)
    if options.running is Running.CANCEL and _LIVE[situation.session].cancel is Step.ACT:
        return Decision(Step.ACT, Verb.CANCEL_RUNNING, after)
    return Decision(Step.WAIT, Verb.SUSPEND, after)


def _no_suspend(situation: Situation, running: Running) -> str:
    """Why a job cannot be suspended as the user wants it; empty: it can."""
    if situation.enabled is None:
        return "the server does not say whether it is enabled"
    if situation.enabled and Verb.SUSPEND not in situation.offers:
        return "the server offers no way to disable it"
    if running is not Running.LEAVE and not _is_known(situation):
        return f"its session is in the unknown state {excerpt(situation.session, 40)}, so its end cannot be seen"
    row = _LIVE.get(situation.session)
    must_cancel = running is Running.CANCEL and row is not None and row.running and row.cancel is Step.ACT
    if must_cancel and Verb.CANCEL_RUNNING not in situation.offers:
        return "the server offers no way to stop its session"
    return ""


def _resume(situation: Situation, options: VerbOptions) -> Decision:
    """Enable the schedule, whatever a session does meanwhile."""
    state = state_of(situation)
    if situation.enabled is None:
        return Decision(Step.INELIGIBLE, Verb.RESUME, state, "the server does not say whether it is enabled")
    if situation.enabled:
        return Decision(Step.ALREADY, Verb.RESUME, state)
    if Verb.RESUME not in situation.offers:
        return Decision(Step.INELIGIBLE, Verb.RESUME, state, "the server offers no way to enable it")
    return Decision(Step.ACT, Verb.RESUME, state_of(dataclasses.replace(situation, enabled=True)))


def _cancel_running(situation: Situation, options: VerbOptions) -> Decision:
    """Stop the session; a stopped session ends as Failed (contract 8.4)."""
    row = _LIVE.get(situation.session)
    after = JobState.FAILED if situation.enabled else JobState.HELD
    if row is None and _is_known(situation):
        return Decision(Step.ALREADY, Verb.CANCEL_RUNNING, state_of(situation))
    if row is None:
        reason = f"its session is in the unknown state {excerpt(situation.session, 40)}"
        return Decision(Step.INELIGIBLE, Verb.CANCEL_RUNNING, JobState.UNKNOWN, reason)
    if row.cancel is Step.ACT and situation.replaced:
        reason = "the cancelled run is over and a newer one has begun"
        return Decision(Step.ALREADY, Verb.CANCEL_RUNNING, state_of(situation), reason)
    if row.cancel is Step.ACT and Verb.CANCEL_RUNNING not in situation.offers:
        reason = "the server offers no way to stop its session"
        return Decision(Step.INELIGIBLE, Verb.CANCEL_RUNNING, state_of(situation), reason)
    return Decision(row.cancel, Verb.CANCEL_RUNNING, after)


def _retry(situation: Situation, options: VerbOptions) -> Decision:
    """Run what failed once more; only a job whose last run failed has something to retry (contract 8.5)."""
    state = state_of(situation)
    if situation.enabled is False:
        return Decision(Step.INELIGIBLE, Verb.RETRY, state, "it is disabled: resume it first")
    if state is JobState.UNKNOWN:
        return Decision(Step.INELIGIBLE, Verb.RETRY, state, "its last result is not known")
    if state is JobState.CANCELLING:
        return Decision(Step.WAIT_THEN_ACT, Verb.RETRY, JobState.RUNNING)
    if state is not JobState.FAILED or situation.retried:
        return Decision(Step.ALREADY, Verb.RETRY, state)
    if Verb.RETRY not in situation.offers:
        return Decision(Step.INELIGIBLE, Verb.RETRY, state, "the server offers no retry for a job of its type")
    return Decision(Step.ACT, Verb.RETRY, JobState.RUNNING)


def _is_known(situation: Situation) -> bool:
    """Whether the state of the latest session is one that the contract lists, or there is no session."""
    return situation.session in ("", STOPPED) or situation.session in _LIVE


_DECISIONS: t.Mapping[Verb, t.Callable[[Situation, VerbOptions], Decision]] = {
    Verb.SUSPEND: _suspend,
    Verb.RESUME: _resume,
    Verb.CANCEL_RUNNING: _cancel_running,
    Verb.RETRY: _retry,
}
