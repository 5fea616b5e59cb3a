# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The world of one Prime server: jobs (triggers), their run instances, and how both change."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

ROOT_DOMAIN = "ROOT-DOMAIN"
SYSTEM_USER = "SYSTEM"

JOB_STATUSES = (
    "SCHEDULED",
    "COMPLETED",
    "SUSPENDED",
    "CANCELLED",
    "PENDINGAPPROVAL",
    "EXPIREDBEFOREAPPROVAL",
    "UNDEFINED",
)
RUN_STATUSES = (
    "UNKNOWN",
    "CREATED",
    "RUNNING",
    "COMPLETED",
    "ABORTED",
    "INTERRUPTED",
    "CANCELLED",
    "PENDING_EXECUTION",
    "PAUSING",
    "PAUSED",
)
RESULT_STATUSES = (
    "UNKNOWN",
    "SUCCESS",
    "PARTIALSUCCESS",
    "PARTIALFAILURE",
    "FAILURE",
    "ROLLBACKED",
    "CANCELFAILED",
    "CANCELLED",
    "PENDINGEXECUTION",
    "PAUSED",
)
WAITING_RUNS = ("CREATED", "PENDING_EXECUTION", "PAUSING", "PAUSED")
ACTIVE_RUNS = ("RUNNING", *WAITING_RUNS)

#: how a run ends: neutral word -> resultStatus
RESULTS = {"success": "SUCCESS", "warning": "PARTIALSUCCESS", "failed": "FAILURE"}

Knobs = t.Mapping[str, t.Any]


@dataclasses.dataclass
class Run:
    """One execution of a job. Times are seconds since the epoch."""

    id: int
    status: str
    started: float
    ended: float | None = None
    result: str | None = None
    cancel_asked: bool = False

    @property
    def active(self) -> bool:
        return self.status in ACTIVE_RUNS


@dataclasses.dataclass
class Job:
    """A trigger with its runs, oldest first."""

    id: int
    name: str
    type: str
    status: str
    description: str = ""
    username: str = "root"
    domain: str = ROOT_DOMAIN
    period: float | None = None  # seconds between two firings; None: it fires once
    next_run: float | None = None  # kept while suspended, to know what was missed
    duration: float | None = None  # seconds a run takes; None: until an event ends it
    outcome: str = "success"  # how its runs end by themselves
    cancel_outcome: str = ""  # of its runs; empty: as the knob says
    visible_from: float = 0.0
    runs: list[Run] = dataclasses.field(default_factory=list)
    applied: dict[str, int] = dataclasses.field(default_factory=dict)
    arming: int = 0  # makes timers of an earlier arming void

    @property
    def run(self) -> Run | None:
        """The latest run."""
        return self.runs[-1] if self.runs else None

    @property
    def system(self) -> bool:
        return self.username == SYSTEM_USER

    def count(self, action: str) -> None:
        """An action of the API took effect."""
        self.applied[action] = self.applied.get(action, 0) + 1


class World:
    """All jobs, by id and in order of creation, and the timers that make them fire and end."""

    def __init__(
        self, now: t.Callable[[], float], after: t.Callable[[float, t.Callable[[], None]], None], knobs: Knobs
    ) -> None:
        self.now = now
        self.after = after
        self.knobs = knobs
        self.jobs: dict[int, Job] = {}
        self.runs: dict[int, tuple[Job, Run]] = {}
        self.keys: set[tuple[str, str]] = set()  # (jobName, jobType) is unique (contract 6.2)
        self.domains = {ROOT_DOMAIN}
        self._job_ids = itertools.count(7_300_001)
        self._run_ids = itertools.count(91_000_001)

    # --- jobs and runs come and go -------------------------------------------------------------------------

    def new_job_id(self) -> int:
        return next(number for number in self._job_ids if number not in self.jobs)

    def add(self, job: Job) -> None:
        self.jobs[job.id] = job
        self.keys.add((job.name, job.type))
        self.domains.add(job.domain)
        job.visible_from = self.now() + float(self.knobs["visibility_delay"])
        self.arm(job)

    def remove(self, job: Job) -> None:
        del self.jobs[job.id]
        self.keys.discard((job.name, job.type))
        for run in job.runs:
            del self.runs[run.id]
        job.arming += 1

    def add_run(self, job: Job, status: str, started: float, run_id: int | None = None) -> Run:
        """A run of the job; an active one ends by itself when the job has a duration."""
        if run_id is None:
            run_id = next(number for number in self._run_ids if number not in self.runs)
        run = Run(run_id, status, started)
        job.runs.append(run)
        self.runs[run.id] = (job, run)
        if run.active and job.duration is not None:
            self.after(job.duration, lambda: self._end_by_itself(job, run))
        return run

    def visible(self, domain: str) -> list[Job]:
        """The jobs that JobSummary knows by now in a virtual domain; the root domain holds all others."""
        now = self.now()
        return [job for job in self.jobs.values() if job.visible_from <= now and self.in_domain(job, domain)]

    @staticmethod
    def in_domain(job: Job, domain: str) -> bool:
        return domain in (ROOT_DOMAIN, job.domain)

    # --- the trigger ---------------------------------------------------------------------------------------

    def arm(self, job: Job) -> None:
        """Make a scheduled job fire at its time."""
        job.arming += 1
        if job.status == "SCHEDULED" and job.next_run is not None:
            arming = job.arming
            self.after(job.next_run - self.now(), lambda: self.fire(job) if job.arming == arming else None)

    def fire(self, job: Job) -> None:
        """The trigger's time has come: a one-shot job is COMPLETED from now on, although its run has just begun."""
        if job.run is None or not job.run.active:
            self.add_run(job, "RUNNING", self.now())
        if job.period is None:
            job.status, job.next_run = "COMPLETED", None
        else:
            self._next_period(job)
        self.arm(job)

    def _next_period(self, job: Job) -> None:
        now = self.now()
        if job.period is None:
            return
        start = now if job.next_run is None else job.next_run
        missed = max(0, int((now - start) // job.period))
        job.next_run = start + (missed + 1) * job.period

    def suspend(self, job: Job) -> None:
        """Switch the trigger off; a run that is under way goes on (contract 8.1)."""
        job.status = "SUSPENDED"
        job.arming += 1

    def resume(self, job: Job) -> None:
        """Switch the trigger on again; a firing that was missed meanwhile is treated as the knobs say."""
        job.status = "SCHEDULED"
        if job.next_run is None or job.next_run > self.now():
            self.arm(job)
        elif job.period is None:
            if self.knobs["missed_one_shot"] == "run":
                self.fire(job)
            else:
                job.status, job.next_run = "COMPLETED", None
        elif self.knobs["missed_period"] == "run":
            self.fire(job)
        else:
            self._next_period(job)
            self.arm(job)

    def cancel(self, job: Job) -> None:
        """Switch the trigger off for good."""
        job.status, job.next_run = "CANCELLED", None
        job.arming += 1

    # --- the run -------------------------------------------------------------------------------------------

    def end(self, run: Run, status: str, result: str | None) -> None:
        run.status, run.result, run.ended = status, result, self.now()

    def _end_by_itself(self, job: Job, run: Run) -> None:
        if run.active:
            self.end(run, "COMPLETED", RESULTS[job.outcome])

    def cancel_run(self, job: Job, run: Run) -> bool:
        """Carry out a cancelrunning, if the run still goes on; whether it was stopped."""
        if not run.active:
            return False
        outcome = job.cancel_outcome or self.knobs["cancel_outcome"]
        run.cancel_asked = False
        if outcome == "failed":
            self.end(run, "COMPLETED", "CANCELFAILED")
        elif outcome != "ignored":
            self.end(run, "ABORTED" if outcome == "aborted" else "CANCELLED", "CANCELLED")
        return run.result == "CANCELLED"
