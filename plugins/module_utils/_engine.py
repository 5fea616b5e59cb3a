# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _errors, _item, _model, _selection, _system.

"""Plan, act, read back: what every verb does with the jobs that are meant, whatever the product. No HTTP, no Ansible,
no files."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock, Deadline, pauses
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    Ineligible,
    JobControlError,
    NotFound,
    ProtocolError,
    Refused,
    UnknownOutcome,
    WaitTimeout,
)
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item, PutOff
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    JobState,
    Step,
    Verb,
    VerbOptions,
    is_untold,
)
from ansible_collections.batchops.job_control.plugins.module_utils._selection import read
from ansible_collections.batchops.job_control.plugins.module_utils._system import Answer, JobSystem, chunks


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
    """Carries out one verb on one product. The time of the verb, `wait_timeout`, begins when the engine is made, or
    began with the given deadline.

    :param own_verb: the verb, where it is one that only this product has; it may act on something else than jobs,
        which are in `system` then.
    """

    def __init__(
        self,
        system: JobSystem,
        clock: Clock,
        policy: Policy,
        options: VerbOptions,
        own_verb: Verb | None = None,
        deadline: Deadline | None = None,
    ) -> None:
        self._clock = clock
        self._policy = policy
        self.options = options
        self._recorder: Recorder = NoRecorder()
        self._stop: AuthFailed | None = None
        self.deadline = deadline or Deadline(clock, policy.wait_timeout)
        system.bound(self.deadline)
        self.system = system.view(own_verb) if own_verb else system

    # --- plan ------------------------------------------------------------------------------------------------

    def plan(self, verb: Verb, items: t.Sequence[Item]) -> None:
        """Decide for each job what the verb means for it, and apply the policies. Sends nothing."""
        self.judge_missing(items)
        for item in items:
            if item.before is None:
                continue
            item.decision = self.system.decide(verb, item.job, self.options)
            if item.decision.step is Step.ALREADY:
                item.note = item.decision.reason
            elif item.decision.step is Step.ACT:
                item.note = item.decision.warning
            elif item.decision.step is Step.INELIGIBLE:
                self._plan_ineligible(verb, item, item.decision)

    def judge_missing(self, items: t.Sequence[Item]) -> None:
        """Apply the policy on jobs that were named but do not exist."""
        for item in items:
            if item.error:
                continue  # it could not be read
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
                found = self.system.get_jobs([item.job_id for item in active])
                for item in active:
                    item.now = self._awaited(item, found.get(item.job_id), {*until, *fail_on})
            except WaitTimeout:
                break
            self.judge_missing(active)
            active = [item for item in active if item.now and not item.error]
        for item in active:
            self._give_up(None, item)

    def _awaited(self, item: Item, now: Job | None, wanted: t.Collection[JobState]) -> Job | None:
        """The job in the run that is waited for, as far as that has come to what is waited for: the next run may have
        begun between two looks. A product may name the run in some states only: one that is not named is no other run.
        """
        if now is None or not item.run_id or now.run_id in ("", item.run_id):
            return now
        earlier = self.system.earlier_run(now, item.run_id)
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
            if not item.decision or not item.decision.step.is_open:
                self._recorder.conclude(item)
        looks = pauses(self._policy.wait_interval)
        active = [item for item in items if item.decision and item.decision.step.is_open]
        while active:
            due = [item for item in active if self._is_due(item)]
            if due:
                self._act(due)
                looks = pauses(self._policy.wait_interval)
                if all(item.attempts.put_off and item.attempts.put_off.is_waiting for item in active):
                    continue  # nothing was done that a look could show
            elif self.deadline.passed or not (self._policy.wait or any(item.attempts.put_off for item in active)):
                for item in active:
                    self._give_up(verb, item)
                return
            else:
                self._clock.sleep(self._pause(looks, active))
            active = self._look(verb, active)

    def _pause(self, looks: t.Iterator[float], active: t.Sequence[Item]) -> float:
        """Seconds until the next look."""
        waiting = [item.attempts.put_off for item in active if item.attempts.put_off]
        due = [put_off.due_in for put_off in waiting if put_off.due_in]
        return min(self.deadline.remaining, *due, *([next(looks)] if len(due) < len(active) else ()))

    @staticmethod
    def _is_due(item: Item) -> bool:
        """Whether the next thing to do for this job is a request that it has not had yet."""
        return item.planned.step is Step.ACT and item.attempts.is_due(item.planned.action)

    def _act(self, due: t.Sequence[Item]) -> None:
        """Ask the product, in its own batches and with as many requests at once as it stands."""
        requests: list[tuple[Verb, list[Item]]] = []
        for action in dict.fromkeys(item.planned.action for item in due):
            size = self.system.capabilities.batch.get(action, 1)
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
            answers = {answer.job_id: answer for answer in self.system.act(action, jobs, self.options)}
        except JobControlError as error:
            answers = {job.id: Answer(job.id, error) for job in jobs}
        for item in chunk:
            self._note(item, action, answers.get(item.job_id) or Answer(item.job_id, _unanswered(item)))

    def _note(self, item: Item, action: Verb, answer: Answer) -> None:
        """What the answer to a request says of one job."""
        error = answer.error
        if error is not None and error.not_done:
            item.attempts.refused_for_now(error, self._clock, self._policy.retry_timeout)
            return
        item.attempts.answered(action, error, Deadline(self._clock, self.system.settle))
        item.new_id = answer.new_id or item.new_id
        if error is None:
            item.changed = True
        elif not item.attempts.doubt:
            item.error = error
        if isinstance(error, AuthFailed):
            self._stop = error  # more tries would lock the account

    def _look(self, verb: Verb, active: t.Sequence[Item]) -> list[Item]:
        """Read the jobs again and settle what can be settled; returns the items that still need something."""
        try:
            found, unread = read(self.system, [item.job_id for item in active])
        except JobControlError as error:
            found, unread = {}, dict.fromkeys([item.job_id for item in active], error)
        remaining = []
        for item in active:
            if item.job_id in unread:
                item.error = item.error or _unreadable(verb, item, unread[item.job_id])
                self._recorder.conclude(item)
                continue
            item.now = found.get(item.job_id)
            if self._settle(verb, item):
                self._recorder.conclude(item)
            else:
                remaining.append(item)
        return remaining

    def _settle(self, verb: Verb, item: Item) -> bool:
        """Judge one job that was just read. True when nothing more is to be done for it."""
        if item.now is None:
            item.note, item.error = "it does not exist any more", None
            return True
        action = item.planned.action
        decision = self.system.decide(verb, item.now, self.options)
        if is_untold(decision, item.now):
            decision = dataclasses.replace(decision, action=action)  # nobody can tell the next step either
        item.decision = decision
        unmoved = decision.step is Step.ACT and decision.action is action
        if item.error:
            return self._settle_refusal(item, decision, unmoved)
        if item.attempts.put_off:
            is_settled = self._settle_put_off(verb, item, item.attempts.put_off, action)
            if not item.attempts.doubt:
                return is_settled
        if is_untold(decision, item.job):
            return False
        if item.attempts.doubt and unmoved:
            return self._settle_doubt(item, item.attempts.doubt, action)
        if item.attempts.doubt:
            item.attempts.took_effect()
            item.changed = True
        if decision.step is Step.INELIGIBLE:
            return _settle_end(verb, item, decision)
        return decision.step is Step.ALREADY

    @staticmethod
    def _settle_refusal(item: Item, decision: Decision, unmoved: bool) -> bool:
        """A refused job that is where it was wanted, or on its way, had somebody faster than us: no error."""
        if unmoved or (decision.step is Step.INELIGIBLE and not item.job.state.is_final):
            return True
        item.error = None
        if decision.step.is_open:
            return False
        ended = decision.step is Step.INELIGIBLE
        item.note = f"it ended as {item.job.state.value} meanwhile" if ended else "somebody else was faster"
        return True

    def _settle_put_off(self, verb: Verb, item: Item, put_off: PutOff, action: Verb) -> bool:
        """A request that was not carried out is sent again, unless it is of no use any more."""
        decision = item.planned
        is_wanted = decision.step is Step.ACT and decision.action is action
        if is_untold(decision, item.job) or (is_wanted and not put_off.is_over):
            return False
        item.attempts.give_up_put_off(action)
        if item.attempts.doubt:
            pass  # the first request was tried, and may still take effect
        elif is_wanted:
            item.error = put_off.error
        elif decision.step is Step.INELIGIBLE:
            self._plan_ineligible(verb, item, decision)
        elif decision.step is Step.ALREADY:
            item.note = decision.reason or "somebody else did it meanwhile"
        return is_wanted or not decision.step.is_open

    def _settle_doubt(self, item: Item, doubt: JobControlError, action: Verb) -> bool:
        """A request may have been lost and the job looks as before: ask again only where that does no harm."""
        harmless = action in self.system.capabilities.repeatable
        arrived = None if harmless else self.system.arrived(action, item.job)
        if arrived:
            item.attempts.doubt, item.changed = None, True
            return False
        if item.asked[action] < 2 and (harmless or arrived is False):
            item.attempts.ask_again(harmless)
            return False
        if item.attempts.may_still_show:
            return False
        item.error = _unknown(action, item, doubt)
        return True

    def _give_up(self, verb: Verb | None, item: Item) -> None:
        """The time is over, or the user does not want to wait."""
        if item.attempts.any_doubt:
            item.error = _unknown(item.planned.action, item, item.attempts.any_doubt)
        elif item.attempts.put_off:
            item.error = item.attempts.put_off.error
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
        if verb in (Verb.SUSPEND, Verb.CANCEL) and Verb.CANCEL_RUNNING not in item.asked:
            if item.attempts.may_still_show:
                return False  # a failed task of DRS may be suspended yet (contract drs 7)
            item.changed = False  # it was never seen suspended or cancelled
        item.note = f"it ended as {item.job.state.value} meanwhile"
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
