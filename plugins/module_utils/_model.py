# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library only.

"""The neutral words that all products are translated into: jobs, their states, and the verbs."""

from __future__ import annotations

import dataclasses
import enum
import typing as t
import unicodedata


class JobState(str, enum.Enum):
    """What a job is doing, in words that mean the same for every product."""

    QUEUED = "queued"
    RUNNING = "running"
    SUSPENDING = "suspending"  # will not go on after what runs now, but something of it still runs
    SUSPENDED = "suspended"  # does not work until resumed
    HELD = "held"  # will not start until released
    CANCELLING = "cancelling"
    COMPLETED = "completed"
    WARNING = "warning"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"  # a word that the contract does not list: never final, never taken for finished

    @property
    def is_final(self) -> bool:
        """Whether the job has ended."""
        return self in (JobState.COMPLETED, JobState.WARNING, JobState.FAILED, JobState.CANCELLED)


class SwitchState(str, enum.Enum):
    """States of what is no job itself but decides whether jobs start: execution agents, activities."""

    EFFECTIVE = "effective"
    INEFFECTIVE = "ineffective"
    HOLD = "hold"
    BLOCKADE = "blockade"
    ENABLED = "enabled"
    DISABLED = "disabled"
    OTHER = "other"  # a word that the contract does not list

    @property
    def is_final(self) -> bool:
        """A switch never ends."""
        return False


class Verb(str, enum.Enum):
    """What can be asked of a job; the later ones exist for one product each."""

    SUSPEND = "suspend"
    RESUME = "resume"
    RETRY = "retry"
    CANCEL_RUNNING = "cancel_running"
    CHANGE_STATUS = "change_status"  # ajs
    SET_AGENT_STATE = "set_agent_state"  # ajs
    SET_ACTIVITY = "set_activity"  # commvault
    CANCEL = "cancel"  # prime: the trigger, for good


#: The verbs that mean the same for every product that has them.
NEUTRAL_VERBS = (Verb.SUSPEND, Verb.RESUME, Verb.RETRY, Verb.CANCEL_RUNNING)


class Running(str, enum.Enum):
    """What a suspend does about an instance that runs now and that the product's suspend does not touch."""

    LEAVE = "leave"
    WAIT = "wait"
    CANCEL = "cancel"


@dataclasses.dataclass(frozen=True)
class Job:
    """One job as it was read.

    Times are ISO 8601 in UTC, or empty. `facts` holds what only the job's own product package understands.
    """

    id: str
    name: str
    type: str
    system: str
    state: JobState
    raw_state: str
    halted: bool = False  # what suspend sets and resume clears: it will not (go on to) work until resumed
    running: bool = False  # something of it runs now
    owner: str = ""  # the client or server it belongs to
    started_by: str = ""
    progress: float | None = None  # percent
    started: str = ""
    ended: str = ""
    next_run: str = ""
    run_id: str = ""
    reason: str = ""  # the product's own words on why it waits or failed
    facts: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict, compare=False, repr=False)


class Step(str, enum.Enum):
    """What a verb means for one job in its present state."""

    ALREADY = "already"  # nothing to do
    ACT = "act"
    WAIT = "wait"  # what is under way leads to what is wanted; look again later
    WAIT_THEN_ACT = "wait_then_act"  # what is under way has to end first; look again later, and ask then
    INELIGIBLE = "ineligible"

    @property
    def is_under_way(self) -> bool:
        """Whether all that can be done now is to look again later."""
        return self in (Step.WAIT, Step.WAIT_THEN_ACT)

    @property
    def is_open(self) -> bool:
        """Whether the verb has not come to its end."""
        return self is Step.ACT or self.is_under_way

    @property
    def acts(self) -> bool:
        """Whether it is going to take a request of ours."""
        return self in (Step.ACT, Step.WAIT_THEN_ACT)


@dataclasses.dataclass(frozen=True)
class Decision:
    """The plan for one job: a pure function of verb, job and options.

    `action` is what to ask of the product next (it differs from the verb where a suspend has to cancel a run);
    `after` is the state the job will be in when the verb is done.
    """

    step: Step
    action: Verb
    after: JobState
    reason: str = ""
    passed_on: bool = False  # what a suspend of this job has set is now on another one, which `reason` names
    warning: str = ""  # what the verb cannot put back, although it can be carried out


def is_untold(decision: Decision, job: Job) -> bool:
    """Whether nobody can tell what a verb means for a job, as the product calls its state by a word that no contract
    lists. Such a job has neither ended nor arrived where it was wanted (design 3.3)."""
    return decision.step is Step.INELIGIBLE and job.state is JobState.UNKNOWN


def canonical(text: str) -> str:
    """A name in the one spelling of all that are canonically equivalent in Unicode, to compare it."""
    return unicodedata.normalize("NFC", text)


@dataclasses.dataclass(frozen=True)
class Selection:
    """Which jobs are meant. Options narrow (and), values within one option widen (or)."""

    job_ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # shell patterns, case-sensitive
    types: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    states: tuple[JobState, ...] = ()
    location: str = ""  # ajs: unit path, the whole subtree
    include_system_jobs: bool = False
    finished_within: float = 86400.0  # seconds that finished jobs are read back
    nothing: bool = False  # no job is meant, as a list that selects jobs was given without any value


@dataclasses.dataclass(frozen=True)
class VerbOptions:
    """What the user said about how to carry out a verb."""

    running: Running = Running.LEAVE
    auto_resume_after: int | None = None  # seconds
    rerun_method: str = ""
    start_suspended: bool = False
    #: the options of a verb that only one product has, by name
    own: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
