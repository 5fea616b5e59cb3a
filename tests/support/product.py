# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A product in memory, for tests of what is above the products. It can lag, refuse, lose answers and crash."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    ConnectionFailed,
    JobControlError,
    Refused,
)
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    JobState,
    Selection,
    Step,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._system import Answer, Capabilities, JobSystem
from support.clock import FakeClock


class Crash(BaseException):
    """The process ends here and now. Not an Exception, so that nothing but a test catches it."""


@dataclasses.dataclass
class Record:
    """The truth about one job."""

    halted: bool = False
    ended: JobState | None = None
    due: list[tuple[float, bool]] = dataclasses.field(default_factory=list)  # (when, halted from then on)
    applied: list[Verb] = dataclasses.field(default_factory=list)


class MemoryProduct(JobSystem):
    """Jobs with one axis: halted or not. Every request first calls `step`, with its name; a test may crash there."""

    capabilities = Capabilities(
        system="memory",
        title="Memory",
        verbs=frozenset({Verb.SUSPEND, Verb.RESUME}),
        repeatable=frozenset({Verb.SUSPEND, Verb.RESUME}),
        settle=5.0,
    )

    def __init__(self, clock: FakeClock, *halted: bool, lag: float = 0.0, batch: int = 1) -> None:
        self.clock = clock
        self.lag = lag
        self.records = {f"job{index}": Record(flag) for index, flag in enumerate(halted)}
        self.requests: list[str] = []
        self.warnings: list[str] = []  # of the runs on it
        self.step: t.Callable[[str], object] = lambda name: None
        self.answers: dict[str, list[JobControlError]] = {}  # per job: what the next actions on it end with
        self.unreadable: dict[str, JobControlError] = {}  # per job: what a read with it among others ends with
        batches = {Verb.SUSPEND: batch, Verb.RESUME: batch}
        self.capabilities = dataclasses.replace(self.capabilities, batch=batches)

    # --- the truth ---------------------------------------------------------------------------------------------

    def halted(self) -> dict[str, bool]:
        self.clock.now += 1000  # whatever is on its way arrives
        return {job_id: self._now(record).halted for job_id, record in self.records.items()}

    def _now(self, record: Record) -> Record:
        while record.due and record.due[0][0] <= self.clock.now:
            record.halted = record.due.pop(0)[1]
        return record

    # --- the interface -----------------------------------------------------------------------------------------

    def _request(self, name: str) -> None:
        self.requests.append(name)
        self.step(name)

    def _job(self, job_id: str) -> Job:
        record = self._now(self.records[job_id])
        state = record.ended or (JobState.SUSPENDED if record.halted else JobState.RUNNING)
        return Job(job_id, f"name of {job_id}", "kind", "memory", state, state.value.upper(), halted=record.halted)

    def list_jobs(self, selection: Selection) -> t.Iterator[Job]:
        self._request("list")
        for job_id in list(self.records):
            yield self._job(job_id)

    def get_jobs(self, job_ids: t.Sequence[str]) -> dict[str, Job]:
        self._request("get")
        for job_id in self.unreadable.keys() & set(job_ids):
            raise self.unreadable[job_id]
        return {job_id: self._job(job_id) for job_id in job_ids if job_id in self.records}

    def decide(self, verb: Verb, job: Job, options: VerbOptions) -> Decision:
        wanted = verb is Verb.SUSPEND
        after = JobState.SUSPENDED if wanted else JobState.RUNNING
        if job.state.is_final:
            return Decision(Step.INELIGIBLE, verb, job.state, f"it has ended as {job.state.value}")
        return Decision(Step.ALREADY if job.halted == wanted else Step.ACT, verb, after)

    def act(self, verb: Verb, jobs: t.Sequence[Job], options: VerbOptions) -> list[Answer]:
        self._request(f"{verb.value} {','.join(job.id for job in jobs)}")
        answers = [Answer(job.id, self._apply(verb, job.id)) for job in jobs]
        self.step(f"{verb.value} done")
        return answers

    def _apply(self, verb: Verb, job_id: str) -> JobControlError | None:
        planned = self.answers.get(job_id)
        error = planned.pop(0) if planned else None
        record = self._now(self.records[job_id])
        if error is not None and not error.maybe_applied:
            return error
        if isinstance(error, NeverArrived):
            return error
        if record.ended:
            return Refused("it has ended")
        if not error or error.maybe_applied:
            record.applied.append(verb)
            record.due.append((self.clock.now + self.lag, verb is Verb.SUSPEND))
        return error

    def bound(self, deadline: Deadline) -> None:
        pass

    def close(self) -> None:
        self.requests.append("close")

    @property
    def identity(self) -> str:
        return "memory://product"

    @property
    def traffic(self) -> dict[str, t.Any]:
        return {"requests": len(self.requests), "replays": 0, "seconds": 0.0}


class NeverArrived(ConnectionFailed):
    """The answer is missing, and so was the effect; the client cannot know."""

    def __init__(self) -> None:
        super().__init__("connection reset", maybe_applied=True)


class AnswerLost(ConnectionFailed):
    """The answer is missing, but the request took effect; the client cannot know."""

    def __init__(self) -> None:
        super().__init__("connection reset", maybe_applied=True)
