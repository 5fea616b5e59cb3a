# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _errors, _model, _selection, _system.

"""Read, plan, act, read back: what every verb does, whatever the product. No HTTP, no Ansible, no files."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import itertools
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock, Deadline, pauses
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    Ineligible,
    JobControlError,
    NotFound,
    ProtocolError,
    RateLimited,
    Refused,
    UnknownOutcome,
    UsageError,
    WaitTimeout,
)
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    JobState,
    Selection,
    Step,
    Verb,
    VerbOptions,
    is_untold,
)
from ansible_collections.batchops.job_control.plugins.module_utils._selection import matches
from ansible_collections.batchops.job_control.plugins.module_utils._system import Answer, JobSystem, chunks

FIRST_BUSY_PAUSE, LONGEST_BUSY_PAUSE = 1.0, 10.0  # seconds until a product that is busy is asked again


@dataclasses.dataclass(frozen=True)
class Policy:
    """What the user wants done about the unexpected, and how long to wait."""

    on_missing: str = "fail"  # fail | ignore
    on_ineligible: str = ""  # fail | skip; empty: fail for a job that was named, skip for one that was found
    max_jobs: int = 0  # 0: no limit
    wait: bool = True
    wait_timeout: float = 600.0  # seconds
    wait_interval: float = 5.0  # seconds, the longest pause between two looks
    retry_timeout: float = 20.0  # seconds for which a product that is busy is asked again
    workers: int = 1


class PutOff:
    """A request that the product has provably not carried out: it is sent again after another look at the job.

    :param patience: seconds for which it is.
    """

    def __init__(self, clock: Clock, patience: float) -> None:
        self._clock = clock
        self._end = Deadline(clock, patience)
        self._pauses = pauses(LONGEST_BUSY_PAUSE, FIRST_BUSY_PAUSE)

    def again(self, error: JobControlError) -> None:
        """The product has put it off. One that is busy is left alone for a while."""
        self.error = error
        self._due = Deadline(self._clock, next(self._pauses) if isinstance(error, RateLimited) else 0.0)

    @property
    def due_in(self) -> float:
        """Seconds until it may be sent again."""
        return self._due.remaining

    @property
    def is_over(self) -> bool:
        """Whether the patience would be used up before that."""
        return self.due_in > self._end.remaining

    @property
    def is_waiting(self) -> bool:
        """Whether nothing is to be done for the job before that."""
        return self.due_in > 0 and not self.is_over


@dataclasses.dataclass
class Item:
    """One selected or named job, and what becomes of it in this run."""

    job_id: str
    before: Job | None  # None: it does not exist
    named: bool = False  # by job_ids or by a journal, not found by a filter
    now: Job | None = None
    decision: Decision | None = None
    error: JobControlError | None = None
    skipped: bool = False
    changed: bool = False
    note: str = ""
    new_id: str = ""
    remembered: t.Mapping[str, str] = dataclasses.field(default_factory=dict)  # name, type, owner of a job that is gone
    asked: dict[Verb, int] = dataclasses.field(default_factory=dict)  # how often the product was asked for what
    ask_again: bool = False  # the last request provably did not arrive, or does no harm twice
    doubt: JobControlError | None = None  # it is not known whether what was asked for takes effect
    repeated: JobControlError | None = None  # the doubt about a request that was sent again
    shows_by: Deadline | None = None  # when the effect of the last request can be read
    put_off: PutOff | None = None  # the last request was not carried out
    run_id: str = ""  # the run that is waited for

    def __post_init__(self) -> None:
        self.now = self.before

    @property
    def job(self) -> Job:
        """The job as last seen; only for items that exist."""
        if self.now is None:
            raise LookupError(self.job_id)
        return self.now

    @property
    def planned(self) -> Decision:
        """The latest decision; only for items that were planned."""
        if self.decision is None:
            raise LookupError(self.job_id)
        return self.decision


class Recorder(t.Protocol):
    """Who wants to know of each step before and after it is taken (the journal)."""

    def announce(self, action: Verb, jobs: t.Sequence[Job]) -> None:
        """These jobs are about to be asked for; an error raised here stops the request."""

    def conclude(self, item: Item) -> None:
        """Nothing more is done for this job in this run."""


class NoRecorder:
    """For runs without a journal."""

    def announce(self, action: Verb, jobs: t.Sequence[Job]) -> None:
        pass

    def conclude(self, item: Item) -> None:
        pass


class Engine:
    """Carries out one verb on one product. The time of the verb, `wait_timeout`, begins when the engine is made.

    :param own_verb: the verb, where it is one that only this product has; it may act on something else than jobs.
    """

    def __init__(
        self, system: JobSystem, clock: Clock, policy: Policy, options: VerbOptions, own_verb: Verb | None = None
    ) -> None:
        self._clock = clock
        self._policy = policy
        self._options = options
        self._recorder: Recorder = NoRecorder()
        self._stop: AuthFailed | None = None
        self.deadline = Deadline(clock, policy.wait_timeout)
        system.bound(self.deadline)
        self._system = system.view(own_verb) if own_verb else system

    # --- read ------------------------------------------------------------------------------------------------

    def select(self, selection: Selection, limit: int = 0) -> list[Item]:
        """The jobs that are meant, each once.

        :param limit: stop after so many (0: all), without reading further pages.
        :raises UsageError: more than `max_jobs`.
        """
        items = list(self.each(selection, limit))
        most = self._policy.max_jobs
        if most and len(items) > most:
            raise UsageError(
                f"max_jobs: the selection means {len(items)} jobs but max_jobs is {most}; nothing was changed. Select "
                "less, or raise max_jobs if so many are meant."
            )
        return items

    def each(self, selection: Selection, limit: int = 0) -> t.Iterator[Item]:
        """The same, one by one as they are read, however many."""
        if selection.nothing:
            return iter(())
        if selection.job_ids:
            named = self.named(selection.job_ids)
            return (item for item in named if item.before is None or matches(item.job, selection))
        found = (Item(job.id, job) for job in self._system.list_jobs(selection) if matches(job, selection))
        return itertools.islice(found, limit or None)

    def named(self, job_ids: t.Sequence[str]) -> list[Item]:
        """The jobs with these ids, each once even when it was named in two ways."""
        asked = list(dict.fromkeys(job_ids))
        found = self._system.get_jobs(asked)
        items: dict[str, Item] = {}
        for job_id in asked:
            job = found.get(job_id)
            items.setdefault(job.id if job else job_id, Item(job.id if job else job_id, job, named=True))
        return list(items.values())

    # --- plan ------------------------------------------------------------------------------------------------

    def plan(self, verb: Verb, items: t.Sequence[Item]) -> None:
        """Decide for each job what the verb means for it, and apply the policies. Sends nothing."""
        self.judge_missing(items)
        for item in items:
            if item.before is None:
                continue
            item.decision = self._system.decide(verb, item.job, self._options)
            if item.decision.step is Step.ALREADY:
                item.note = item.decision.reason
            elif item.decision.step is Step.ACT:
                item.note = item.decision.warning
            elif item.decision.step is Step.INELIGIBLE:
                self._plan_ineligible(verb, item, item.decision)

    def judge_missing(self, items: t.Sequence[Item]) -> None:
        """Apply the policy on jobs that were named but do not exist."""
        for item in items:
            if item.now is None and self._policy.on_missing == "fail":
                item.error = NotFound(f"There is no job {item.job_id}, or the user may not see it")
            elif item.now is None:
                item.skipped, item.note = True, "it does not exist"

    def _plan_ineligible(self, verb: Verb, item: Item, decision: Decision) -> None:
        policy = self._policy.on_ineligible or ("fail" if item.named else "skip")
        if policy == "fail":
            item.error = Ineligible(f"Job {_called(item.job)} cannot take the verb {verb.value}: {decision.reason}")
        else:
            item.skipped, item.note = True, decision.reason

    # --- wait ------------------------------------------------------------------------------------------------

    def wait_for(self, items: t.Sequence[Item], until: t.Collection[JobState], fail_on: t.Collection[JobState]) -> None:
        """Look at the jobs until each is in one of the wanted states. Sends nothing but reads.

        :param fail_on: states in which a job has failed; they count before the wanted ones.
        :raises JobControlError: the jobs cannot be read.
        """
        looks = pauses(self._policy.wait_interval)
        active = [item for item in items if item.now]
        while True:
            for item in active:
                if item.job.state in fail_on:
                    item.error = Ineligible(f"Job {_called(item.job)} is {item.job.state.value} ({item.job.raw_state})")
            active = [item for item in active if not item.error and item.job.state not in until]
            if not active or not self._policy.wait:
                return
            if self.deadline.passed:
                break
            for item in active:
                item.run_id = item.run_id or (item.job.run_id if item.job.running else "")
            self._clock.sleep(min(next(looks), self.deadline.remaining))
            try:
                found = self._system.get_jobs([item.job_id for item in active])
                for item in active:
                    item.now = self._awaited(item, found.get(item.job_id), {*until, *fail_on})
            except WaitTimeout:
                break
            self.judge_missing([item for item in active if not item.now])
            active = [item for item in active if item.now and not item.error]
        for item in active:
            self._give_up(None, item)

    def _awaited(self, item: Item, now: Job | None, wanted: t.Collection[JobState]) -> Job | None:
        """The job in the run that is waited for, as far as that has come to what is waited for: the next run may have
        begun between two looks. A product may name the run in some states only: one that is not named is no other run.
        """
        if now is None or not item.run_id or now.run_id in ("", item.run_id):
            return now
        earlier = self._system.earlier_run(now, item.run_id)
        if earlier is None:
            item.error = UnknownOutcome(
                f"Job {_called(now)}: its run {item.run_id}, which was waited for, is over and run {now.run_id} has "
                "begun; the product does not tell how the first one ended"
            )
            return now
        item.note = f"run {item.run_id} ended as {earlier.state.value}; run {now.run_id} has begun since"
        item.run_id = ""
        return earlier if earlier.state in wanted else now

    # --- act, read back --------------------------------------------------------------------------------------

    def carry_out(self, verb: Verb, items: t.Sequence[Item], recorder: Recorder | None = None) -> None:
        """Do what was planned and wait until it is done. What becomes of each job is left in its item."""
        self._recorder = recorder or self._recorder
        for item in items:
            if not item.decision or item.decision.step not in (Step.ACT, Step.WAIT):
                self._recorder.conclude(item)
        looks = pauses(self._policy.wait_interval)
        active = [item for item in items if item.decision and item.decision.step in (Step.ACT, Step.WAIT)]
        while active:
            due = [item for item in active if self._is_due(item)]
            if due:
                self._act(due)
                looks = pauses(self._policy.wait_interval)
                if all(item.put_off and item.put_off.is_waiting for item in active):
                    continue  # nothing was done that a look could show
            elif self.deadline.passed or not (self._policy.wait or any(item.put_off for item in active)):
                for item in active:
                    self._give_up(verb, item)
                return
            else:
                self._clock.sleep(self._pause(looks, active))
            active = self._look(verb, active)

    def _pause(self, looks: t.Iterator[float], active: t.Sequence[Item]) -> float:
        """Seconds until the next look."""
        due = [item.put_off.due_in for item in active if item.put_off and item.put_off.due_in]
        return min(self.deadline.remaining, *due, *([next(looks)] if len(due) < len(active) else ()))

    @staticmethod
    def _is_due(item: Item) -> bool:
        """Whether the next thing to do for this job is a request that it has not had yet."""
        decision = item.planned
        is_new = item.ask_again or decision.action not in item.asked
        is_open = not item.doubt and not (item.put_off and item.put_off.due_in)
        return decision.step is Step.ACT and is_new and is_open

    def _act(self, due: t.Sequence[Item]) -> None:
        """Ask the product, in its own batches and with as many requests at once as it stands."""
        requests: list[tuple[Verb, list[Item]]] = []
        for action in dict.fromkeys(item.planned.action for item in due):
            size = self._system.capabilities.batch.get(action, 1)
            group = [item for item in due if item.planned.action is action]
            requests += [(action, chunk) for chunk in chunks(group, size)]
        workers = min(self._policy.workers, len(requests))
        if workers <= 1:
            for action, chunk in requests:
                self._ask(action, chunk)
            return
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            for done in [pool.submit(self._ask, action, chunk) for action, chunk in requests]:
                done.result()

    def _ask(self, action: Verb, chunk: list[Item]) -> None:
        """One request, announced before and with its answers noted after."""
        jobs = [item.job for item in chunk]
        try:
            if self._stop:
                raise self._stop
            self._recorder.announce(action, jobs)
            answers = {answer.job_id: answer for answer in self._system.act(action, jobs, self._options)}
        except JobControlError as error:
            answers = {job.id: Answer(job.id, error) for job in jobs}
        for item in chunk:
            self._note(item, action, answers.get(item.job_id) or Answer(item.job_id, _unanswered(item)))

    def _note(self, item: Item, action: Verb, answer: Answer) -> None:
        """What the answer to a request says of one job."""
        error = answer.error
        if error is not None and error.not_done:
            item.put_off = item.put_off or PutOff(self._clock, self._policy.retry_timeout)
            item.put_off.again(error)
            return
        item.put_off = None
        item.asked[action] = item.asked.get(action, 0) + 1
        item.ask_again = False
        item.new_id = answer.new_id or item.new_id
        item.shows_by = Deadline(self._clock, self._system.settle)
        if error is None:
            item.changed, item.repeated = True, None
        elif error.maybe_applied or item.repeated:  # whatever became of a repeat, the first may take effect
            item.doubt = item.repeated or error
        else:
            item.error = error
        if isinstance(error, AuthFailed):
            self._stop = error  # more tries would lock the account

    def _look(self, verb: Verb, active: t.Sequence[Item]) -> list[Item]:
        """Read the jobs again and settle what can be settled; returns the items that still need something."""
        try:
            found = self._system.get_jobs([item.job_id for item in active])
        except JobControlError as error:
            for item in active:
                item.error = item.error or _unreadable(verb, item, error)
                self._recorder.conclude(item)
            return []
        remaining = []
        for item in active:
            item.now = found.get(item.job_id)
            if self._settle(verb, item):
                self._recorder.conclude(item)
            else:
                remaining.append(item)
        return remaining

    def _settle(self, verb: Verb, item: Item) -> bool:
        """Judge one job that was just read. True when nothing more is to be done for it."""
        if item.now is None:
            item.note, item.error, item.doubt = "it does not exist any more", None, None
            return True
        action = item.planned.action
        item.decision = decision = self._system.decide(verb, item.now, self._options)
        unmoved = decision.step is Step.ACT and decision.action is action and action in item.asked
        if item.error:
            return self._settle_refusal(item, decision, unmoved)
        if item.put_off:
            return self._settle_put_off(verb, item, item.put_off, decision)
        if is_untold(decision, item.job):
            return False
        if item.doubt and unmoved:
            return self._settle_doubt(item, item.doubt, action)
        if item.doubt:
            item.doubt, item.repeated, item.changed = None, None, True
        if decision.step is Step.INELIGIBLE:
            return _settle_end(verb, item, decision)
        return decision.step is Step.ALREADY

    @staticmethod
    def _settle_refusal(item: Item, decision: Decision, unmoved: bool) -> bool:
        """A refused job that is where it was wanted, or on its way, had somebody faster than us: no error."""
        if unmoved or (decision.step is Step.INELIGIBLE and not item.job.state.is_final):
            return True
        item.error = None
        if decision.step in (Step.ACT, Step.WAIT):
            return False
        ended = decision.step is Step.INELIGIBLE
        item.note = f"it ended as {item.job.state.value} meanwhile" if ended else "somebody else was faster"
        return True

    def _settle_put_off(self, verb: Verb, item: Item, put_off: PutOff, decision: Decision) -> bool:
        """A request that was not carried out is sent again, unless it is of no use any more."""
        if is_untold(decision, item.job) or (decision.step is Step.ACT and not put_off.is_over):
            return False
        item.put_off = None
        if item.repeated:  # it was tried; the first request may still take effect
            item.doubt = item.repeated
            item.asked[item.planned.action] += 1
        elif decision.step is Step.ACT:
            item.error = put_off.error
        elif decision.step is Step.INELIGIBLE:
            self._plan_ineligible(verb, item, decision)
        elif decision.step is Step.ALREADY:
            item.note = decision.reason or "somebody else did it meanwhile"
        return not item.doubt and decision.step is not Step.WAIT

    def _settle_doubt(self, item: Item, doubt: JobControlError, action: Verb) -> bool:
        """A request may have been lost and the job looks as before: ask again only where that does no harm."""
        harmless = action in self._system.capabilities.repeatable
        arrived = None if harmless else self._system.arrived(action, item.job)
        if arrived:
            item.doubt, item.changed = None, True
            return False
        if item.asked[action] < 2 and (harmless or arrived is False):
            item.doubt, item.ask_again = None, True
            item.repeated = doubt if harmless else None
            return False
        if self._policy.wait and item.shows_by and not item.shows_by.passed:
            return False
        item.error = _unknown(action, item, doubt)
        return True

    def _give_up(self, verb: Verb | None, item: Item) -> None:
        """The time is over, or the user does not want to wait."""
        doubt = item.doubt or item.repeated
        if doubt:
            item.error = _unknown(item.planned.action, item, doubt)
        elif item.put_off:
            item.error = item.put_off.error
        elif self._policy.wait:
            reason = f": {item.decision.reason}" if item.decision and item.decision.reason else ""
            item.error = WaitTimeout(
                f"Job {_called(item.job)}: {verb.value if verb else 'the wanted state'} was not reached within "
                f"{self._policy.wait_timeout:g} seconds (wait_timeout); the job last was {item.job.state.value} "
                f"({item.job.raw_state}){reason}"
            )
        else:
            item.note = "not waited for"
        self._recorder.conclude(item)


def _settle_end(verb: Verb, item: Item, decision: Decision) -> bool:
    """After our request the job cannot take the verb any more: mostly because it has ended, which is no error."""
    if decision.passed_on:
        item.error = UnknownOutcome(f"Job {_called(item.job)}: {decision.reason}")
        return True
    if item.job.state.is_final:
        item.note = f"it ended as {item.job.state.value} meanwhile"
        if verb in (Verb.SUSPEND, Verb.CANCEL) and Verb.CANCEL_RUNNING not in item.asked:
            if item.shows_by and not item.shows_by.passed:
                return False  # a failed task of DRS may be suspended yet (contract drs 7)
            item.changed = False  # it was never seen suspended or cancelled
        return True
    item.note = decision.reason
    cancels = verb in (Verb.CANCEL, Verb.CANCEL_RUNNING)
    if cancels:
        item.error = Refused(f"Job {_called(item.job)} was not cancelled: {decision.reason}")
    if verb is Verb.RESUME:
        return not item.job.halted  # whatever it does next
    # A suspended job may still get there. A retried one that is paused now begins when somebody resumes it, which is
    # not what a retry waits for.
    return cancels or (verb is Verb.RETRY and item.job.halted)


def _unanswered(item: Item) -> JobControlError:
    message = f"The product's answer says nothing about job {_called(item.job)}"
    return ProtocolError(message, maybe_applied=True)


def _unreadable(verb: Verb, item: Item, error: JobControlError) -> JobControlError:
    """The error of a job whose state could not be read back."""
    if not item.asked:
        return error
    kind = ProtocolError if isinstance(error, ProtocolError) else UnknownOutcome
    return kind(f"Job {_called(item.job)}: {verb.value} was asked for, but the state cannot be read back: {error}")


def _unknown(action: Verb, item: Item, doubt: JobControlError) -> UnknownOutcome:
    return UnknownOutcome(
        f"Job {_called(item.job)}: it is not known whether the request to {action.value} took effect ({doubt}); the "
        f"job still is {item.job.state.value} ({item.job.raw_state}). Look at it in the product's own console"
    )


def _called(job: Job) -> str:
    """How a message names a job."""
    return job.id if job.name in job.id else f"{job.id} ({job.name})"
