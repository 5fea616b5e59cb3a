# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _model.

"""What the statuses and unit types of JP1/AJS3 mean: the tables of contract 6.4, 7.1, 7.2, 7.4 and 8.6. Pure."""

from __future__ import annotations

import dataclasses
import enum
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


class Phase(enum.Enum):
    """How far a generation has come: what decides which actions the product takes (contract 7.2)."""

    WAITING = "its turn has not come: it can be held"
    HOLDING = "its turn has come and it is held"
    EXECWAIT = "it is about to be submitted: neither hold nor kill"
    QUEUING = "it is submitted: no hold any more, but kill"
    RUNNING = "it runs: no hold, but kill"
    ENDED = "it has ended: rerun only"
    SHUTDOWN = "it has ended for good: not even rerun"
    UNKNOWN = "nothing is known of it"


class Meaning(t.NamedTuple):
    """One row of the status table: the neutral state, and what can be done."""

    state: JobState
    phase: Phase


NOTHING_KNOWN = Meaning(JobState.UNKNOWN, Phase.UNKNOWN)

#: vendor status -> meaning (contract 7.1); a word that is not here means NOTHING_KNOWN
STATUSES: t.Mapping[str, Meaning] = {
    "NONE": NOTHING_KNOWN,
    "UNSUPPORTED": NOTHING_KNOWN,
    "NOPLAN": Meaning(JobState.QUEUED, Phase.WAITING),
    "TIMEWAIT": Meaning(JobState.QUEUED, Phase.WAITING),
    "TERMWAIT": Meaning(JobState.QUEUED, Phase.WAITING),
    "CONDITIONWAIT": Meaning(JobState.QUEUED, Phase.WAITING),
    "HOLDING": Meaning(JobState.HELD, Phase.HOLDING),
    "EXECWAIT": Meaning(JobState.QUEUED, Phase.EXECWAIT),
    "QUEUING": Meaning(JobState.QUEUED, Phase.QUEUING),
    "RUNNING": Meaning(JobState.RUNNING, Phase.RUNNING),
    "WACONT": Meaning(JobState.RUNNING, Phase.RUNNING),
    "ABCONT": Meaning(JobState.RUNNING, Phase.RUNNING),
    "MONITORING": Meaning(JobState.RUNNING, Phase.RUNNING),
    "NORMAL": Meaning(JobState.COMPLETED, Phase.ENDED),
    "NORMALFALSE": Meaning(JobState.COMPLETED, Phase.ENDED),
    "MONITORNORMAL": Meaning(JobState.COMPLETED, Phase.ENDED),
    "UNEXECMONITOR": Meaning(JobState.COMPLETED, Phase.ENDED),
    "MONITORINTRPT": Meaning(JobState.COMPLETED, Phase.ENDED),
    "WARNING": Meaning(JobState.WARNING, Phase.ENDED),
    "BYPASS": Meaning(JobState.COMPLETED, Phase.ENDED),
    "UNEXEC": Meaning(JobState.FAILED, Phase.ENDED),
    "ABNORMAL": Meaning(JobState.FAILED, Phase.ENDED),
    "FAIL": Meaning(JobState.FAILED, Phase.ENDED),
    "UNKNOWN": Meaning(JobState.FAILED, Phase.ENDED),
    "INVALIDSEQ": Meaning(JobState.FAILED, Phase.ENDED),
    "MONITORCLOSE": Meaning(JobState.FAILED, Phase.ENDED),
    "EXECDEFFER": Meaning(JobState.FAILED, Phase.ENDED),
    "INTERRUPT": Meaning(JobState.CANCELLED, Phase.ENDED),
    "KILL": Meaning(JobState.CANCELLED, Phase.ENDED),
    "SHUTDOWN": Meaning(JobState.FAILED, Phase.SHUTDOWN),
}

#: holdAttr values with which a waiting unit will surely not start; YES_ERR and YES_WAR depend on the last result
HOLD_PLANNED = frozenset({"HOLD", "YES"})
#: What a definition says of holds. A hold that is set for one generation takes its place for good: after the release
#: the generation reads RELEASE and runs (contract 13).
HOLD_CONDITIONS = frozenset({"YES_ERR", "YES_WAR"})
HOLD_DEFINED = HOLD_CONDITIONS | {"YES"}

#: what the fact `successor` of a generation that passes its hold on says if it is no job id
NO_SUCCESSOR_YET = ""
SUCCESSOR_IS_FREE = "-"

GROUPS = frozenset({"GROUP", "MANGROUP", "PLNGROUP"})
ROOT_NETS = frozenset({"ROOTNET", "ROOTRMNET"})
NESTED_NETS = frozenset({"NET", "RMNET"})
MANAGER_NET = "MANNET"  # root or nested: the vendor's table has one constant for both
NETS = ROOT_NETS | NESTED_NETS | {MANAGER_NET}
EVENT_JOBS = frozenset({"EVWJB", "FLWJB", "MLWJB", "MQWJB", "MSWJB", "LFWJB", "NTWJB", "TMWJB", "EVCUSTOM"})
ACTION_JOBS = frozenset({"EVSJB", "MLSJB", "MQSJB", "MSSJB", "CMSJB", "PWLJB", "PWRJB"})
#: nothing can be done to these themselves
PASSIVE = frozenset({"COND", "NONE", "UNSUPPORTED"})
#: a jobnet connector is never held (contract 7.4)
UNHOLDABLE = PASSIVE | {"NETCN"}

ROOT_RERUN_METHODS = frozenset({"TOP", "ABNORMAL_JOB", "ABNORMAL_NEXT", "ABNORMAL_JOBNET", "WARNING"})
UNIT_RERUN_METHODS = frozenset({"FROM", "ONLY", "NEXT"})


def meaning(status: str) -> Meaning:
    """The row of a vendor status."""
    return STATUSES.get(status, NOTHING_KNOWN)


def interpret(status: str, hold_attribute: str) -> tuple[JobState, bool, bool]:
    """Neutral state, whether it is halted, and whether something runs.

    A unit that waits for its time or its predecessors is held by its plan alone (design 3.3). Where a hold may or may
    not be accepted (NOPLAN, CONDITIONWAIT) only one that was really set counts.
    """
    state, phase = meaning(status)
    plans = HOLD_PLANNED if status in ("TIMEWAIT", "TERMWAIT") else {"HOLD"}
    planned = phase is Phase.WAITING and hold_attribute in plans
    halted = planned or phase is Phase.HOLDING
    return (JobState.HELD if halted else state), halted, phase is Phase.RUNNING


def is_root(unit_type: str, unit_name: str, root_name: str) -> bool:
    """Whether a unit is a root jobnet; of a manager jobnet only its place can tell."""
    return unit_type in ROOT_NETS or (unit_type == MANAGER_NET and unit_name == root_name)


def rerun_method(job: Job, options: VerbOptions) -> str:
    """The rerun method that is meant: the user's, or the one that repeats what failed (design 3.3)."""
    return options.rerun_method or ("ABNORMAL_JOB" if job.facts.get("is_root") else "FROM")


def decide(verb: Verb, job: Job, options: VerbOptions) -> Decision:
    """What a verb means for a generation in its present status. Pure and total."""
    decision = _DECIDERS[verb](job, options)
    if decision.step is not Step.ACT:
        return decision
    objection = _OBJECTIONS[decision.action](job, options)
    return _ineligible(decision.action, job, objection) if objection else decision


def _phase(job: Job) -> Phase:
    return meaning(job.raw_state).phase


def _ineligible(action: Verb, job: Job, reason: str) -> Decision:
    return Decision(Step.INELIGIBLE, action, job.state, reason)


def _ended(job: Job) -> str:
    return f"it has ended as {job.state.value}"


def _nothing_known(job: Job) -> str:
    return f"the status {excerpt(job.raw_state, 40) or '(none)'} does not say what it does"


def _no_objection(job: Job, options: VerbOptions) -> str:
    return ""


def _suspend(job: Job, options: VerbOptions) -> Decision:
    phase = _phase(job)
    if phase in (Phase.ENDED, Phase.SHUTDOWN):
        return _ended_unheld(Verb.SUSPEND, job)
    if phase is Phase.UNKNOWN:
        return _ineligible(Verb.SUSPEND, job, _nothing_known(job))
    if job.halted:
        return Decision(Step.ALREADY, Verb.SUSPEND, job.state)
    if phase is Phase.WAITING:
        return _suspend_waiting(job)
    return _suspend_too_late(job, phase, options)


def _suspend_waiting(job: Job) -> Decision:
    """Its turn has not come. One that its definition may hold by itself is left alone unless it was asked for: it
    cannot be put back as it was found (contract 13)."""
    condition = str(job.facts["hold_attribute"])
    if condition not in HOLD_CONDITIONS:
        return Decision(Step.ACT, Verb.SUSPEND, JobState.HELD)
    results = "an abnormal end" if condition == "YES_ERR" else "a warning or an abnormal end"
    if not job.facts.get("asked_for"):
        reason = (
            f"its definition holds it after {results} only ({condition}), which a hold and its release would undo; "
            "left alone, so it starts when its turn comes unless its definition holds it. Name it in job_ids to hold "
            "it all the same"
        )
        return _ineligible(Verb.SUSPEND, job, reason)
    warning = f"once it is released, this generation runs even after {results}, as {condition} does not count any more"
    return Decision(Step.ACT, Verb.SUSPEND, JobState.HELD, warning=warning)


def _suspend_too_late(job: Job, phase: Phase, options: VerbOptions) -> Decision:
    """Its turn has come, so no hold is possible any more (contract 7.2); the option `running` says what then."""
    if options.running is Running.LEAVE:
        does = "it runs" if phase is Phase.RUNNING else "it is submitted"
        return Decision(Step.ALREADY, Verb.SUSPEND, job.state, f"{does} and cannot be held; left alone")
    if options.running is Running.WAIT:
        return Decision(Step.WAIT, Verb.SUSPEND, JobState.COMPLETED)
    step = Step.WAIT_THEN_ACT if phase is Phase.EXECWAIT else Step.ACT
    return Decision(step, Verb.CANCEL_RUNNING, JobState.CANCELLED)


def _resume(job: Job, options: VerbOptions) -> Decision:
    phase = _phase(job)
    if phase in (Phase.ENDED, Phase.SHUTDOWN):
        return _ended_unheld(Verb.RESUME, job)
    if phase is Phase.UNKNOWN:
        return _ineligible(Verb.RESUME, job, _nothing_known(job))
    if job.halted:
        if job.facts["hold_attribute"] in HOLD_DEFINED and not job.facts.get("asked_for"):
            reason = "its definition holds it, so it is left alone; name it in job_ids to release it"
            return _ineligible(Verb.RESUME, job, reason)
        # Being held means that its turn had come: it starts when it is released.
        after = JobState.RUNNING if phase is Phase.HOLDING else JobState.QUEUED
        return Decision(Step.ACT, Verb.RESUME, after)
    return Decision(Step.ALREADY, Verb.RESUME, job.state)


def passes_hold_on(job: Job) -> bool:
    """Whether it has ended with a hold that never served: the next generation inherits that (contract 7.5)."""
    return _phase(job) is Phase.ENDED and job.facts["hold_attribute"] == "HOLD" and not job.started


def _ended_unheld(action: Verb, job: Job) -> Decision:
    """It has ended, and with it any hold, unless that has passed to the next generation. Whether that one is ours to
    release nobody can tell: somebody else may have set it there meanwhile."""
    if not passes_hold_on(job):
        return _ineligible(action, job, _ended(job))
    successor: str | None = job.facts.get("successor")
    reason = f"{_ended(job)} before its turn came, and its hold has passed to the next generation"
    if successor == SUCCESSOR_IS_FREE:
        return _ineligible(action, job, f"{reason}, which is not held any more")
    if successor == NO_SUCCESSOR_YET:
        reason += ", which is not to be seen yet: release it by job_ids when it is"
    else:
        reason += f": release {successor or 'that'} by job_ids"
    return dataclasses.replace(_ineligible(action, job, reason), passed_on=successor is not None)


def _retry(job: Job, options: VerbOptions) -> Decision:
    phase = _phase(job)
    if phase is Phase.UNKNOWN:
        return _ineligible(Verb.RETRY, job, _nothing_known(job))
    if phase is Phase.SHUTDOWN:
        reason = "it is shut down; it has to be unregistered and registered again"
        return _ineligible(Verb.RETRY, job, reason)
    if job.halted:
        return _ineligible(Verb.RETRY, job, "it is held; job_resume releases it")
    if job.state in (JobState.FAILED, JobState.CANCELLED):
        return Decision(Step.ACT, Verb.RETRY, JobState.RUNNING)
    return Decision(Step.ALREADY, Verb.RETRY, job.state)


def _cancel_running(job: Job, options: VerbOptions) -> Decision:
    phase = _phase(job)
    if phase is Phase.UNKNOWN:
        return _ineligible(Verb.CANCEL_RUNNING, job, _nothing_known(job))
    if phase in (Phase.RUNNING, Phase.QUEUING):
        return Decision(Step.ACT, Verb.CANCEL_RUNNING, JobState.CANCELLED)
    return Decision(Step.ALREADY, Verb.CANCEL_RUNNING, job.state)


def _hold_objection(job: Job, options: VerbOptions) -> str:
    return "its unit type cannot be held" if job.type in UNHOLDABLE else ""


def _rerun_objection(job: Job, options: VerbOptions) -> str:
    if job.type in PASSIVE:
        return "its unit type cannot be rerun"
    fitting = ROOT_RERUN_METHODS if job.facts.get("is_root") else UNIT_RERUN_METHODS
    method = rerun_method(job, options)
    if method in fitting:
        return ""
    kind = "a root jobnet" if job.facts.get("is_root") else "a unit below a root jobnet"
    return f"{kind} is not rerun by the method {method} but by one of {', '.join(sorted(fitting))}"


def _kill_objection(job: Job, options: VerbOptions) -> str:
    if job.type in PASSIVE:
        return "its unit type cannot be killed"
    if job.type in NETS and not job.facts.get("is_root"):
        return "a nested jobnet cannot be killed; kill its jobs or its root jobnet"
    return ""


Decider = t.Callable[[Job, VerbOptions], Decision]

_DECIDERS: t.Mapping[Verb, Decider] = {
    Verb.SUSPEND: _suspend,
    Verb.RESUME: _resume,
    Verb.RETRY: _retry,
    Verb.CANCEL_RUNNING: _cancel_running,
}

#: what a unit's type forbids, by action (contract 7.4); an empty reason forbids nothing
_OBJECTIONS: t.Mapping[Verb, t.Callable[[Job, VerbOptions], str]] = {
    Verb.SUSPEND: _hold_objection,
    Verb.RESUME: _no_objection,
    Verb.RETRY: _rerun_objection,
    Verb.CANCEL_RUNNING: _kill_objection,
}
