# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The world of one DRS project: its tasks and how they change over time."""

from __future__ import annotations

import functools
import hashlib
import itertools
import typing as t

from simulators.drs import rules, states
from simulators.drs.job import Job, Operation
from simulators.drs.rules import Knobs, Reason, Refused

After = t.Callable[[float, t.Callable[[], None]], None]

RE_EDIT_STEPS = (
    states.CHILD_STARTING,
    states.CHILD_RUNNING,
    states.CHILD_COMPLETE,
    states.CHILD_RELEASING,
    states.CHILD_RELEASED,
)


def job_id(number: int, child: bool = False) -> str:
    """A believable id: shaped like a UUID, but its end is not hexadecimal (contract 6.5)."""
    digits = hashlib.sha256(f"drs {number} {child}".encode()).hexdigest()
    ending = f"jb{number % 10}{'0r' if child else '01'}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:27] + ending))


class World:
    """All tasks of a project, by id and in the order of their creation.

    :param now: the present time, seconds since the epoch.
    :param after: do something after so many seconds.
    :param knobs: the simulator's knobs, read when they are needed.
    """

    def __init__(self, now: t.Callable[[], float], after: After, knobs: Knobs) -> None:
        self.jobs: dict[str, Job] = {}
        self.numbers = itertools.count(1)  # of the tasks, for their ids
        self.now = now
        self.knobs = knobs
        self._after = after

    # --- reading ---------------------------------------------------------------------------------------------

    def find(self, wanted: str) -> Job:
        """The task of that id; one that was deleted is still found.

        :raises Refused: there is none.
        """
        if wanted not in self.jobs:
            raise Refused(Reason.UNKNOWN)
        return self.jobs[wanted]

    def listed(self) -> list[Job]:
        """What the lists show at their top level, newest first: children come inside of their parents."""
        shown = (job for job in self.jobs.values() if not job.parent_id and job.status != states.DELETED)
        return sorted(shown, key=lambda job: job.created, reverse=True)

    def relatives(self, job: Job) -> list[Job]:
        """The children or subtasks that exist now."""
        ids = (*job.children, *job.subtasks)
        return [self.jobs[i] for i in ids if i in self.jobs and self.jobs[i].status != states.DELETED]

    @staticmethod
    def look(job: Job) -> str:
        """The status as a read sees it: the old one, where reads are stale. Uses up one stale read."""
        if job.stale_reads > 0:
            job.stale_reads -= 1
            return job.stale_status
        return job.status

    # --- the verbs of the API --------------------------------------------------------------------------------

    def pause(self, job: Job, mode: str, user: str) -> None:
        """Pause (`mode` target or all); the status changes when `pause_lag` is over."""
        rules.check(rules.pausing(job, self.knobs))
        self._accept(job, "PAUSE", user)
        job.pause_mode = mode

        def paused() -> None:
            self._suspend(job)
            self._done(job, "pause")

        self._later(job, self.knobs["pause_lag"], paused)

    def retry(self, job: Job, re_edit: bool, user: str) -> None:
        """Resume a paused task or retry a failed one; `re_edit` applies re-edited sync objects."""
        rules.check(rules.retrying(job, self.knobs, re_edit))
        self._accept(job, "RETRY", user)
        goal = job.resume_to if job.status == states.PAUSED else states.WORK_AFTER.get(job.status, states.RUNNING)
        if re_edit:
            job.re_edited = False
            self._after(10, lambda: self._begin_subtask(job))  # contract 7: seen 10 seconds later

        def leave() -> None:
            self._set(job, self.knobs["resume_path"])
            job.applied["retry"] += 1
            self._later(job, self.knobs["resume_lag"], arrive)

        def arrive() -> None:
            outcome = self.knobs["resume_outcome"]
            if outcome != "running":
                job.error_msg = "service LOGMANAGER failed, cause by: Unable to connect to DBMS"
            self._set(job, goal if outcome == "running" else outcome)
            job.current_action = ""

        self._later(job, self.knobs["resume_linger"], leave)

    def start(self, job: Job, at: float, user: str) -> None:
        """Start a configured task, at once or at that time (seconds since the epoch)."""
        rules.check(rules.starting(job))
        self._accept(job, "START", user)
        job.start_time = at
        wait = at - self.now()

        def begin() -> None:
            job.current_action = "START"
            self._set(job, states.STARTING)
            self._later(job, self.knobs["resume_lag"], arrive)

        def arrive() -> None:
            job.started = self.now()
            self._set(job, states.RUNNING if job.task_type == "INCR_TRANS" else states.FULL_RUNNING)
            self._done(job, "start")

        if wait > 0:
            self._set(job, states.WAITING)
            job.current_action = ""
        self._later(job, wait, begin)

    def terminate(self, job: Job, force: bool, user: str) -> None:
        """End a task for ever, and its children with it."""
        rules.check(rules.terminating(job, self.knobs, force))
        for member in (job, *self.relatives(job)):
            self._accept(member, "FREE_RESOURCE", user)
            self._release(member)

    def delete(self, job: Job, user: str) -> None:
        """Delete a task that has ended."""
        rules.check(rules.deleting(job))
        for member in (job, *self.relatives(job)):
            self._accept(member, "DELETE", user)
            self._set(member, states.DELETED)
            self._done(member, "delete")

    def precheck(self, job: Job, mode: str) -> None:
        """Check the databases before a start (`forStartJob`) or a retry (`forRetryJob`); it passes."""
        rules.check(rules.prechecking(job))
        job.prechecked.add(mode)

    def reset(self, job: Job, user: str) -> None:
        """Begin a failed task anew."""
        rules.check(rules.resetting(job))
        self._accept(job, "RESET", user)
        self._set(job, states.STARTING)

        def arrive() -> None:
            job.error_msg = ""
            self._set(job, states.RUNNING if job.task_type == "INCR_TRANS" else states.FULL_RUNNING)
            self._done(job, "reset")

        self._later(job, self.knobs["resume_lag"], arrive)

    # --- what happens outside of the API ---------------------------------------------------------------------

    def add(self, job: Job) -> None:
        """A task that exists from now on."""
        self.jobs[job.id] = job
        status, job.status = job.status, ""
        self._set(job, status)

    def operate(self, job: Job, status: str, operation: str = "", user: str = "console") -> None:
        """Somebody or something changes the status at once; what was being performed is void."""
        self._interrupt(job)
        if operation:
            job.timeline.append(Operation(operation, self.now(), user))
        if status == states.PAUSED:
            self._suspend(job)
        else:
            self._set(job, status)

    def occupy(self, job: Job, action: str, seconds: float) -> None:
        """An operation of somebody else runs for so long; other requests find the task busy."""
        self._interrupt(job)
        job.current_action = action

        def over() -> None:
            job.current_action = ""

        self._later(job, seconds, over)

    def unsubscribe(self, job: Job) -> None:
        """A prepaid task is cancelled in the billing centre, which releases it."""
        self._interrupt(job)
        job.current_action = "FREE_RESOURCE"
        self._release(job)

    def vanish(self, job: Job) -> None:
        """It never was there."""
        self._interrupt(job)
        del self.jobs[job.id]

    # --- steps -----------------------------------------------------------------------------------------------

    def _accept(self, job: Job, action: str, user: str) -> None:
        self._interrupt(job)
        job.current_action = action
        job.stale_status, job.stale_reads = job.status, int(self.knobs["stale_reads_after_200"])
        job.timeline.append(Operation(action, self.now(), user))

    @staticmethod
    def _interrupt(job: Job) -> None:
        job.turn += 1
        job.current_action = ""

    @staticmethod
    def _done(job: Job, verb: str) -> None:
        job.current_action = ""
        job.applied[verb] += 1

    def _later(self, job: Job, seconds: float, step: t.Callable[[], None]) -> None:
        """Plan a step of what the task does now; it is void when something else has happened by then."""
        turn = job.turn

        def due() -> None:
            if job.turn == turn:
                step()

        self._after(seconds, due)

    def _suspend(self, job: Job) -> None:
        if job.status == states.PAUSED:
            return
        job.resume_to = states.WORK_AFTER.get(job.status, job.status)
        self._set(job, states.PAUSED)

    def _release(self, job: Job) -> None:
        def begin() -> None:
            self._set(job, states.RELEASING)
            job.applied["terminate"] += 1
            self._later(job, self.knobs["release_lag"], end)

        def end() -> None:
            self._set(job, states.RELEASED)
            job.current_action = ""

        self._later(job, self.knobs["release_delay"] if job.prepaid else 0, begin)

    def _set(self, job: Job, status: str) -> None:
        """Change the status, and keep the account of the work that is left."""
        now = self.now()
        if job.is_working and job.work_left is not None:
            job.work_left -= now - job.working_since
        job.status, job.updated, job.working_since = status, now, now
        if job.work_left is not None and job.is_working:
            self._after(job.work_left, functools.partial(self._finish, job, now))

    def _finish(self, job: Job, since: float) -> None:
        if job.working_since == since and job.is_working and job.id in self.jobs:
            job.work_left = None
            self.operate(job, job.end)

    def _begin_subtask(self, parent: Job) -> None:
        """A re-edited sync task works on its new objects in a child task (contract 7)."""
        if parent.id not in self.jobs:
            return
        child = Job(
            id=job_id(next(self.numbers), child=True),
            name=f"{parent.name}-subtask",
            status=states.CHILD_STARTING,
            created=self.now(),
            engine_type=parent.engine_type,
            parent_id=parent.id,
            is_subtask=True,
            owner=parent.owner,
        )
        parent.subtasks = [child.id]
        self.add(child)
        for number, status in enumerate(RE_EDIT_STEPS[1:], 1):
            self._later(child, number * self.knobs["re_edit_step"], functools.partial(self._set, child, status))
