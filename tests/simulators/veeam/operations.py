# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the action requests do: whether the backup server refuses, the Task that tells, and the effect (contract 8)."""

from __future__ import annotations

import typing as t

from simulators.veeam import kinds
from simulators.veeam.knobs import ACCEPT, HTTP_400
from simulators.veeam.logons import Logon, Task
from simulators.veeam.resources import schedule_options
from simulators.veeam.state import After, Job, Run, World
from simulators.veeam.wire import is_true, plain_text

OK = "Ok"


class Refused(Exception):
    """The request itself is refused (HTTP 400), no Task is begun."""


class Refusal(t.NamedTuple):
    """Why an operation is not done, and the knob that says how that is told."""

    knob: str
    message: str


Refusals = t.Callable[[Job], t.Iterable[Refusal]]
Effect = t.Callable[[Job], None]


class Operations:
    """Begins the operations on jobs and lets them take effect in the backup server's time."""

    def __init__(self, world: World, after: After, knobs: dict[str, t.Any]) -> None:
        self._world = world
        self._after = after
        self._knobs = knobs

    def act(self, logon: Logon, job: Job, verb: str) -> Task:
        """Begin `POST ...?action=verb` on a job."""
        operation = job.kind.operations.get(verb, "UpdateJob")
        message = kinds.MESSAGE_OF_VERB.get(verb, OK).format(name=job.name)
        return self._begin(
            logon.new_task,
            operation,
            job.id,
            lambda now_job: _refusals(now_job, verb),
            lambda now_job: self._apply(now_job, verb),
            message,
        )

    def edit(self, logon: Logon, job: Job, fields: dict[str, str]) -> Task:
        """Begin a PUT of some of a job's fields."""

        def new_task(operation: str) -> Task:
            return logon.new_task(operation, related=job.id)

        return self._begin(
            new_task,
            job.kind.edit_operation or "EditJob",
            job.id,
            lambda now_job: _edit_refusals(now_job, fields),
            lambda now_job: self._edit(now_job, fields),
            OK,
        )

    def stop_run(self, logon: Logon, job: Job, run: Run) -> Task:
        """Begin `POST /backupSessions/{id}?action=stop`."""

        def refusals(now_job: Job) -> t.Iterator[Refusal]:
            if _run(now_job, run.id) is None:
                yield Refusal("stop_when_idle", f'Job Session "{run.name}" is not running.')

        def effect(now_job: Job) -> None:
            found = _run(now_job, run.id)
            if found is not None:
                self._world.stop(now_job, found)
                now_job.count("stop")

        message = f'Job Session "{run.name}" triggered to stop.'
        return self._begin(logon.new_task, "StopJobSession", job.id, refusals, effect, message)

    def delete(self, logon: Logon, job: Job) -> Task:
        """Begin the deletion of a job."""
        return self._begin(logon.new_task, "DeleteJob", job.id, lambda _job: (), self._world.remove, OK)

    def collect(self, logon: Logon, server_id: str) -> Task:
        """Begin a data collection from a backup server."""
        task = logon.new_task("CollectingBackupServer")
        self._world.collect(server_id)

        def end() -> None:
            task.end(True, "Data collection started. To view results, go to Sessions.")

        running = self._knobs["task_running_seconds"]
        if running is not None:
            self._after(float(running), end)
        return task

    # --- the life of a task ----------------------------------------------------------------------------------

    def _begin(
        self,
        new_task: t.Callable[[str], Task],
        operation: str,
        job_id: str,
        refusals: Refusals,
        effect: Effect,
        message: str,
    ) -> Task:
        job = self._world.jobs.get(job_id)
        refusal = self._refusal(job, refusals) if job is not None else None
        if refusal is not None and self._knobs[refusal.knob] == HTTP_400:
            raise Refused(refusal.message)
        task = new_task(operation)
        lingers = job.linger_next if job is not None else []
        running = lingers.pop(0) if lingers else self._knobs["task_running_seconds"]
        refresh = self._knobs["task_refresh_seconds"]
        if running is not None:
            self._after(float(running), lambda: self._execute(task, job_id, refusals, effect))
            if refresh is not None:
                self._after(float(running) + float(refresh), lambda: self._refresh(task, job_id, message))
        return task

    def _execute(self, task: Task, job_id: str, refusals: Refusals, effect: Effect) -> None:
        """The backup server does it, or does not."""
        if task.state != "Running":  # it was deleted in time
            return
        why = self._failure(job_id, refusals)
        if why:
            task.end(False, why)
            return
        effect(self._world.jobs[job_id])
        task.state, task.success, task.message = "OperationFinished", True, "OperationFinished"
        if self._knobs["flag_visible_at"] == "OperationFinished":
            self._world.publish(job_id)

    def _refresh(self, task: Task, job_id: str, message: str) -> None:
        """Enterprise Manager's database has the new state of the job."""
        if task.state == "OperationFinished":
            self._world.publish(job_id)
            task.end(True, message)

    def _failure(self, job_id: str, refusals: Refusals) -> str:
        """Why the backup server does not do it; empty: it does."""
        job = self._world.jobs.get(job_id)
        if job is None:
            return f"Job with id {job_id} was not found."
        if self._knobs["task_result"] == "failure":
            return "The operation has failed on the backup server."
        if job.refuse_next:
            message, job.refuse_next = job.refuse_next, ""
            return message
        refusal = self._refusal(job, refusals)
        return refusal.message if refusal is not None else ""

    def _refusal(self, job: Job, refusals: Refusals) -> Refusal | None:
        return next((refusal for refusal in refusals(job) if self._knobs[refusal.knob] != ACCEPT), None)

    # --- effects ---------------------------------------------------------------------------------------------

    def _apply(self, job: Job, verb: str) -> None:
        run = job.live_run
        if verb == kinds.TOGGLE:
            self._world.set_schedule(job, not job.schedule_enabled)
        elif verb in ("enable", "disable"):
            self._world.set_schedule(job, verb == "enable")
        elif verb in ("start", "sync", "retry"):
            self._world.start(job, is_retry=verb == "retry")
        elif verb == "stop" and run is not None:
            self._world.stop(job, run)
        job.count(verb)

    def _edit(self, job: Job, fields: dict[str, str]) -> None:
        if "Description" in fields:
            job.description = fields["Description"]
        if "ScheduleConfigured" in fields:
            job.schedule_configured = is_true(fields["ScheduleConfigured"])
        if fields.get(_options_of(job)):
            shown = schedule_options(job)
            job.rescheduled = job.rescheduled or fields[_options_of(job)] != plain_text(shown)
        if "ScheduleEnabled" in fields:
            self._world.set_schedule(job, is_true(fields["ScheduleEnabled"]))
        job.count("edit")


def _refusals(job: Job, verb: str) -> t.Iterator[Refusal]:
    """What speaks against a verb on this job now."""
    if verb not in job.kind.operations:
        yield Refusal("unsupported_verb", f'The operation is not supported for job "{job.name}".')
    if verb == kinds.TOGGLE and job.kind.name == "copy":
        yield Refusal("toggle_copy", f'The schedule of job "{job.name}" cannot be changed.')
    run, latest = job.live_run, job.latest
    running = run is not None
    if verb in ("start", "sync") and run is not None and run.state != "Idle":
        yield Refusal("start_when_running", f'Job "{job.name}" is already running.')
    if verb == "stop" and not running:
        yield Refusal("stop_when_idle", f'Job "{job.name}" is not running.')
    if verb == "retry" and (running or latest is None or latest.result != "Failed"):
        yield Refusal("retry_not_failed", f'Job "{job.name}" cannot be retried: its last result is not Failed.')
    if verb in ("start", "sync", "retry") and not job.schedule_enabled:
        yield Refusal("held_run", f'Job "{job.name}" is disabled.')


def _edit_refusals(job: Job, fields: dict[str, str]) -> t.Iterator[Refusal]:
    if not job.kind.edit_operation:
        yield Refusal("unsupported_verb", f'The operation is not supported for job "{job.name}".')
    if is_true(fields.get("ScheduleEnabled", "false")) and not fields.get(_options_of(job)):
        yield Refusal("edit_without_schedule", f'The schedule of job "{job.name}" must be defined in the same request.')
    scheduled = job.schedule_configured or is_true(fields.get("ScheduleConfigured", "false"))
    if is_true(fields.get("ScheduleEnabled", "false")) and not scheduled:
        yield Refusal("edit_unscheduled", f'The schedule of job "{job.name}" is not defined.')


def _options_of(job: Job) -> str:
    """The field of an edit that defines the schedule."""
    return "PolicyScheduleOptions" if job.kind.is_policy else "JobScheduleOptions"


def _run(job: Job, run_id: str) -> Run | None:
    return next((run for run in job.runs if run.id == run_id and run.live), None)
