# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CommCell's jobs: what they are and how they change (contract 7, 8, 10.3)."""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from simulators.commvault import catalog, events
from simulators.commvault.activity import Activity
from simulators.commvault.catalog import JobType, Level
from simulators.commvault.directory import COMMSERVE, Client, Directory, Subclient

Knobs = t.Mapping[str, t.Any]
After = t.Callable[[float, t.Callable[[], None]], None]
_FIRST_JOB = 5001
_PERCENT_DONE = 100


@dataclasses.dataclass
class Job:
    """One job. Times are epoch seconds (0 = not yet), `work_left` is in seconds (None = it runs until told)."""

    job_id: int
    kind: JobType
    client: Client | None  # None: a job of the CommServe itself
    subclient: Subclient
    level: Level
    status: str
    start: int
    end: int = 0
    updated: int = 0
    percent: int = 0
    reason: str = ""
    submit_error: int = 0
    started_by: str = "admin"
    visible: bool = True
    aged: bool = False
    restartable: bool = True
    preemptable: bool = True
    work_left: float | None = None
    running_since: float = 0.0
    parent: int = 0
    resubmit_of: int = 0
    known_from: float = 0.0
    odd: dict[str, t.Any] = dataclasses.field(
        default_factory=dict
    )  # fields of its jobSummary as they are not meant to be
    suspend_outcome: str = ""  # empty: as the knob says
    auto_resume_at: float | None = None
    revision: int = 0
    applied: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)

    @property
    def final(self) -> bool:
        return self.status in catalog.FINAL

    @property
    def name(self) -> str:
        """What people call the job; the product itself has no job names."""
        if self.client is None:
            return self.kind.name
        return f"{self.kind.name} {self.client.name}/{self.subclient.name}"


class Refused(Exception):
    """The product declines an action; `code` and `text` as its errList says them."""

    def __init__(self, text: str, code: int = 2) -> None:
        super().__init__(text)
        self.text = text
        self.code = code


class CommCell:
    """All jobs and the rules they change by. `now` gives epoch seconds, `after` runs something later."""

    def __init__(self, now: t.Callable[[], float], after: After, knobs: Knobs) -> None:
        self.now = now
        self._after = after
        self._knobs = knobs
        self.directory = Directory()
        self.activity = Activity()
        self.jobs: dict[int, Job] = {}
        self.events: list[events.Event] = []
        self.version = 0  # of what lists show
        self.last_id = _FIRST_JOB - 1
        self._last_task = 100

    # --- the set of jobs -------------------------------------------------------------------------------------

    def add(self, job: Job) -> None:
        """Take a job in as it is; one that runs or is about to change goes on from there."""
        self.jobs[job.job_id] = job
        self._changed()
        self.last_id = max(self.last_id, job.job_id)
        if job.status == catalog.RUNNING:
            self._run(job)
        elif job.status == catalog.SUSPEND_PENDING:
            self._settle_suspend(job)
        elif job.status == catalog.KILL_PENDING:
            self._settle_kill(job)

    def find(self, job_id: int) -> Job | None:
        """The job, unless there is none or it is too new to be found yet (contract 9.7)."""
        job = self.jobs.get(job_id)
        return job if job is not None and self.now() >= job.known_from else None

    def children(self, job: Job) -> list[Job]:
        """The jobs of the virtual machines that a job works on."""
        return [child for child in self.jobs.values() if child.parent == job.job_id]

    # --- actions by API --------------------------------------------------------------------------------------

    def pause(self, job: Job, auto_resume: float | None = None, user: str = "") -> None:
        """Suspend the job; with `auto_resume` it is resumed by the server after that many seconds."""
        if not job.restartable:
            raise self._refusal(self._knobs["not_restartable_text"])
        if job.status in catalog.NOT_SUSPENDABLE or _listed(job, self._knobs["not_suspendable"]):
            raise self._refusal()
        job.applied["pause"] += 1
        self._log(job, events.STOP_REQUESTED, f"Stop request pending for job [{job.job_id}].")
        self._enter(job, catalog.SUSPEND_PENDING)
        if auto_resume is not None:
            job.auto_resume_at = self.now() + auto_resume
            self._after(auto_resume, lambda: self._auto_resume(job))
        self._settle_suspend(job, user)
        for child in self._followers(job):
            if child.status not in catalog.NOT_SUSPENDABLE:
                self._enter(child, catalog.SUSPEND_PENDING)
                self._settle_suspend(child, user)

    def resume(self, job: Job) -> None:
        """Let a suspended job go on, or a waiting one try again now."""
        if job.status not in catalog.RESUMABLE or _listed(job, self._knobs["not_resumable"]):
            raise self._refusal()
        job.applied["resume"] += 1
        self._go_on(job)
        for child in self._followers(job):
            if child.status in catalog.HELD:
                self._go_on(child)

    def kill(self, job: Job, user: str = "") -> None:
        """End the job for good."""
        if job.status in catalog.NOT_KILLABLE:
            raise self._refusal()
        if job.status == catalog.KILL_PENDING:
            return
        job.applied["kill"] += 1
        self._log(job, events.KILL_REQUESTED, f"Kill request pending for job [{job.job_id}].")
        self._enter(job, catalog.KILL_PENDING)
        self._settle_kill(job, user)

    def resubmit(self, job: Job, suspended: bool, user: str) -> tuple[Job, int]:
        """Run a finished job once more: the new job and the id of the task that started it."""
        if not job.final:
            raise self._refusal("Cannot resubmit the job, the job is still running.")
        blocker = self._blocker(job)
        if blocker and not self._knobs["queue_when_disabled"]:
            raise self._refusal(blocker)
        job.applied["Resubmit"] += 1
        self._last_task += 1
        status = catalog.QUEUED if blocker else catalog.SUSPENDED if suspended else catalog.WAITING
        new = Job(
            self.last_id + 1, job.kind, job.client, job.subclient, self._level_again(job), status, int(self.now()),
            updated=int(self.now()), reason=blocker, started_by=user, resubmit_of=job.job_id,
            restartable=job.restartable, preemptable=job.preemptable,
            known_from=self.now() + float(self._knobs["resubmit_unknown_for"]),
        )  # fmt: skip
        self.add(new)
        self._after(float(self._knobs["resubmit_unknown_for"]), self._changed)
        if status == catalog.WAITING:
            self._later(new, float(self._knobs["start_lag"]), self._run)
        return new, self._last_task

    def _level_again(self, job: Job) -> Level:
        """The level that a resubmitted job has: a backup may become a full one."""
        forced = catalog.level(self._knobs["resubmit_level"] or job.level.number)
        return forced if forced is not None and job.level.number else job.level

    # --- what happens without the API ------------------------------------------------------------------------

    def put(self, job: Job, status: str, reason: str = "") -> None:
        """The job gets into this status by itself or by an operator."""
        self._enter(job, status, reason)
        if status == catalog.RUNNING:
            self._run(job)

    def vanish(self, job: Job) -> None:
        """The job's record is pruned."""
        job.revision += 1
        del self.jobs[job.job_id]
        self._changed()

    def start_queued(self) -> None:
        """After an activity was enabled: the jobs that waited for it start."""
        for job in self.jobs.values():
            if job.status == catalog.QUEUED and job.reason and not self._blocker(job):
                self._go_on(job)

    # --- transitions -----------------------------------------------------------------------------------------

    def _enter(self, job: Job, status: str, reason: str = "") -> None:
        now = self.now()
        if job.status == catalog.RUNNING and job.work_left is not None:
            job.work_left = max(0.0, job.work_left - (now - job.running_since))
        job.status, job.reason, job.updated = status, reason, int(now)
        job.revision += 1
        self._changed()
        job.end = int(now) if job.final else 0
        if job.final:
            job.percent = _PERCENT_DONE

    def _run(self, job: Job) -> None:
        if job.status != catalog.RUNNING:
            self._enter(job, catalog.RUNNING)
        job.running_since = self.now()
        if job.work_left is not None:
            self._later(job, job.work_left, self._complete)

    def _complete(self, job: Job) -> None:
        self._enter(job, catalog.COMPLETED)
        self._log(job, events.COMPLETED, f"{job.kind.operation} job [{job.job_id}] completed.")

    def _go_on(self, job: Job) -> None:
        """Back to work: at once Waiting, then Running (contract 10.1), or Queued while its activity is disabled."""
        job.auto_resume_at = None
        self._log(job, events.RESUMED, f"Job [{job.job_id}] has been resumed.")
        blocker = self._blocker(job) if job.status == catalog.QUEUED else ""
        if blocker:
            return
        self._enter(job, catalog.WAITING)
        self._later(job, float(self._knobs["resume_lag"]), self._run)

    def _settle_suspend(self, job: Job, user: str = "") -> None:
        outcome = job.suspend_outcome or self._knobs["suspend_outcome"]
        lag, limit = float(self._knobs["suspend_lag"]), float(self._knobs["cleanup_timeout"])
        if limit:
            self._later(job, limit, lambda one: self._suspended(one, user))
        if outcome == "completed":
            self._later(job, lag, self._complete)
        elif outcome == "suspended":
            self._later(job, lag, lambda one: self._suspended(one, user))

    def _suspended(self, job: Job, user: str) -> None:
        self._enter(job, catalog.SUSPENDED)
        client = f" Client [{job.client.name}]." if job.client else ""
        self._log(
            job,
            events.SUSPENDED,
            f"{job.kind.operation} job [{job.job_id}] has been suspended by user {user}. Reason:[].{client}",
        )
        if job.auto_resume_at is not None and job.auto_resume_at <= self.now():
            self._go_on(job)

    def _auto_resume(self, job: Job) -> None:
        if job.status == catalog.SUSPENDED and job.auto_resume_at is not None and job.auto_resume_at <= self.now():
            self._go_on(job)

    def _settle_kill(self, job: Job, user: str = "") -> None:
        lag, limit = float(self._knobs["kill_lag"]), float(self._knobs["cleanup_timeout"])
        outcome = self._knobs["kill_outcome"]
        if limit:
            self._later(job, limit, lambda one: self._killed(one, user))
        if outcome == "completed":
            self._later(job, lag, self._complete)
        elif outcome == "committed":
            self._later(job, lag, lambda one: self._enter(one, catalog.COMMITTED))
        elif outcome == "killed":
            self._later(job, lag, lambda one: self._killed(one, user))

    def _killed(self, job: Job, user: str) -> None:
        percent = job.percent
        self._enter(job, catalog.KILLED)
        job.percent = percent
        self._log(job, events.KILLED, f"{job.kind.operation} job [{job.job_id}] has been killed by user {user}.")

    def _later(self, job: Job, seconds: float, action: t.Callable[[Job], None]) -> None:
        """Do something to the job after a while, unless it has changed in between."""
        revision = job.revision
        self._after(seconds, lambda: action(job) if job.revision == revision else None)

    def _changed(self) -> None:
        self.version += 1

    # --- helpers ---------------------------------------------------------------------------------------------

    def _refusal(self, text: str = "") -> Refused:
        return Refused(text or self._knobs["refusal_text"], self._knobs["refusal_code"])

    def _followers(self, job: Job) -> list[Job]:
        return self.children(job) if self._knobs["children_follow"] else []

    def _blocker(self, job: Job) -> str:
        if job.client is None:
            return self.activity.blocker(job.kind.activity, 0, ())
        groups = [group.group_id for group in job.client.groups]
        return self.activity.blocker(job.kind.activity, job.client.client_id, groups)

    def _log(self, job: Job, number: int, description: str) -> None:
        client = job.client or self.directory.clients[COMMSERVE]
        number_in_log = len(self.events) + 1
        now = int(self.now())
        self.events.append(
            events.Event(number_in_log, number, job.job_id, now, description, client.client_id, client.name)
        )


def _listed(job: Job, rules: list[str]) -> bool:
    """Whether a rule, spelt `Status` or `Status/Job type`, names this job."""
    return job.status in rules or f"{job.status}/{job.kind.name}" in rules
