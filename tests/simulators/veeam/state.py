# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The backup servers' world: jobs, their runs, and the copy of it that Enterprise Manager serves from its database."""

from __future__ import annotations

import dataclasses
import datetime
import math
import typing as t
import uuid

from simulators.veeam.kinds import Kind

After = t.Callable[[float, t.Callable[[], None]], None]
Now = t.Callable[[], datetime.datetime]

STATES = ("Starting", "Stopping", "Working", "Pausing", "Resuming", "Stopped")  # contract 7
RESULTS = ("Success", "Warning", "Failed")
VISIBLE_FOR = datetime.timedelta(days=30)  # contract 6.2


@dataclasses.dataclass(frozen=True)
class BackupServer:
    """A backup server that Enterprise Manager collects data from."""

    id: str
    name: str


@dataclasses.dataclass
class Run:
    """One session of a job."""

    id: str
    job_name: str
    job_type: str
    created: datetime.datetime
    state: str = "Starting"
    result: str = "None"
    ended: datetime.datetime | None = None
    progress: int = 0
    is_retry: bool = False
    failure: str | None = None

    @property
    def name(self) -> str:
        return f"{self.job_name}@{self.created:%Y-%m-%d %H:%M:%S}"

    @property
    def live(self) -> bool:
        """It has not ended."""
        return self.state != "Stopped"


@dataclasses.dataclass
class Job:
    """One job or policy, as its backup server knows it."""

    id: str
    kind: Kind
    name: str
    server: BackupServer
    description: str
    job_type: str
    platform: str
    schedule_configured: bool = True
    schedule_enabled: bool = True
    first_run: datetime.datetime | None = None  # a time of the daily schedule
    objects: list[str] = dataclasses.field(default_factory=list)  # names of the machines or shares it works on
    runs: list[Run] = dataclasses.field(default_factory=list)  # oldest first
    duration: float | None = None  # seconds that a run takes; None: until the event `finish`
    refuse_next: str = ""  # Message of the next operation, which will fail
    linger_next: list[float | None] = dataclasses.field(default_factory=list)  # seconds its next Tasks run; None: ever
    rescheduled: bool = False  # an edit has changed the schedule itself
    applied: dict[str, int] = dataclasses.field(default_factory=dict)

    @property
    def latest(self) -> Run | None:
        return self.runs[-1] if self.runs else None

    @property
    def live_run(self) -> Run | None:
        return next((run for run in reversed(self.runs) if run.live), None)

    def next_run(self, now: datetime.datetime) -> datetime.datetime | None:
        """When the schedule starts it next; a disabled job has no such time."""
        if self.first_run is None or not (self.schedule_configured and self.schedule_enabled):
            return None
        days = max(0, math.ceil((now - self.first_run) / datetime.timedelta(days=1)))
        return self.first_run + datetime.timedelta(days=days)

    def visible_runs(self, now: datetime.datetime) -> list[Run]:
        """The sessions that Enterprise Manager still shows, oldest first."""
        return [run for run in self.runs if run.created > now - VISIBLE_FOR]

    def count(self, action: str) -> None:
        self.applied[action] = self.applied.get(action, 0) + 1

    def copy(self) -> Job:
        """As it is now."""
        return dataclasses.replace(self, runs=[dataclasses.replace(run) for run in self.runs])


@dataclasses.dataclass
class Collecting:
    """One data collection from a backup server (a CollectJob among the system sessions)."""

    id: str
    created: datetime.datetime
    ended: datetime.datetime | None = None


class World:
    """All jobs. `jobs` is the truth; `database` is what Enterprise Manager has collected of it and serves."""

    def __init__(self, now: Now, after: After, knobs: dict[str, t.Any]) -> None:
        self.now = now
        self._after = after
        self._knobs = knobs
        self.jobs: dict[str, Job] = {}
        self.database: dict[str, Job] = {}
        self.servers: dict[str, BackupServer] = {}
        self.collections: list[Collecting] = []

    def server(self, name: str) -> BackupServer:
        """The backup server of that name, which is added when it is new."""
        identity = str(uuid.uuid5(uuid.NAMESPACE_DNS, name))
        return self.servers.setdefault(identity, BackupServer(identity, name))

    def add(self, job: Job) -> None:
        self.jobs[job.id] = job
        self.publish(job.id)
        run = job.live_run
        if run is not None:
            self._finish_in_time(job, run)

    # --- Enterprise Manager's database -----------------------------------------------------------------------

    def publish(self, job_id: str) -> None:
        """Take one job over into the database."""
        if job_id in self.jobs:
            self.database[job_id] = self.jobs[job_id].copy()
        else:
            self.database.pop(job_id, None)

    def changed(self, job: Job) -> None:
        """Something happened on the backup server; it becomes visible with the next collection."""
        self._after(float(self._knobs["collection_lag"]), lambda: self.publish(job.id))

    def collect(self, server_id: str) -> None:
        """Collect the data of one backup server."""
        collecting = Collecting(str(uuid.uuid4()), self.now())
        self.collections.append(collecting)

        def end() -> None:
            collecting.ended = self.now()
            known = {**self.database, **self.jobs}
            for job in [job for job in known.values() if job.server.id == server_id]:
                self.publish(job.id)

        self._after(float(self._knobs["collection_seconds"]), end)

    # --- transitions -----------------------------------------------------------------------------------------

    def set_schedule(self, job: Job, enabled: bool) -> None:
        """Enable or disable a job. A run that is under way goes on (contract 8.3, 14.5)."""
        job.schedule_enabled = enabled
        run = job.live_run
        if not enabled and run is not None and self._knobs["disable_stops_run"]:
            self.stop(job, run)

    def start(self, job: Job, is_retry: bool = False) -> None:
        """Trigger a job; its session appears a little later."""
        appeared: list[Run] = []

        def appear() -> None:
            if self.jobs.get(job.id) is not job:
                return
            run = self.new_run(job, is_retry)
            self._begin(job, run)
            appeared.append(run)
            self.publish(job.id)

        def work() -> None:
            for run in appeared:
                if run.state == "Starting":
                    run.state = "Working"
                    self.changed(job)

        seconds = float(self._knobs["session_seconds"])
        self._after(seconds, appear)
        self._after(seconds + float(self._knobs["starting_seconds"]), work)

    def start_at_once(self, job: Job) -> None:
        """A run that somebody else began and that works already."""
        run = self.new_run(job)
        run.state = "Working"
        self._begin(job, run)

    def stop(self, job: Job, run: Run) -> None:
        """Stop a run: it ends as Failed (contract 8.4)."""
        run.state = "Stopping"
        result = "Warning" if self._knobs["graceful_stop"] else "Failed"

        def end() -> None:
            if run.state == "Stopping":
                self.finish(job, run, result, "The session was stopped by the user.")

        self._after(float(self._knobs["stopping_seconds"]), end)

    def finish(self, job: Job, run: Run, result: str, failure: str | None = None) -> None:
        """End a run."""
        run.state, run.result, run.ended, run.progress = "Stopped", result, self.now(), 100
        run.failure = failure if result == "Failed" else None
        self.changed(job)

    def remove(self, job: Job) -> None:
        del self.jobs[job.id]

    def new_run(self, job: Job, is_retry: bool = False) -> Run:
        """A run that starts now, not yet among the job's runs."""
        if job.kind.name == "copy" and self._knobs["copy_worker_sessions"]:
            name, job_type = f"{job.name}\\{job.server.name}", "ImmediateBackupCopyWorker"
        else:
            name, job_type = job.name, job.kind.session_job_type
        return Run(str(uuid.uuid4()), name, job_type, self.now(), is_retry=is_retry)

    def _begin(self, job: Job, run: Run) -> None:
        job.runs.append(run)
        self._finish_in_time(job, run)

    def _finish_in_time(self, job: Job, run: Run) -> None:
        if job.duration is None:
            return

        def end() -> None:
            if run.live and run.state != "Stopping":
                self.finish(job, run, "Success")

        self._after(job.duration, end)
