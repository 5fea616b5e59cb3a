# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _engine, _errors, _journal, _model, _system.

"""What joins the journal to the engine: which jobs are ours, and what is written down when."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock, Deadline, pauses
from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Item
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    ProtocolError,
    UnknownOutcome,
    UsageError,
    WaitTimeout,
    inert,
)
from ansible_collections.batchops.job_control.plugins.module_utils._journal import Entry, Journal, Stage
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    Selection,
    Step,
    Verb,
    VerbOptions,
    is_untold,
)
from ansible_collections.batchops.job_control.plugins.module_utils._selection import matches
from ansible_collections.batchops.job_control.plugins.module_utils._system import JobSystem

#: Errors after which a request may still take effect: the journal keeps such a job open.
UNCERTAIN = (WaitTimeout, UnknownOutcome, ProtocolError)

#: Seconds after its announcement in which a request is sent for certain, if at all: replays, a slow product and other
#: requests of the same announcement may keep it back.
SENT_WITHIN = 1800.0

_MOST_NAMED = 10  # jobs in a warning

Warn = t.Callable[[str], None]


class SuspendRecorder:
    """Writes down what `job_suspend` is about to do and what came of it."""

    def __init__(self, journal: Journal, warn: Warn) -> None:
        self._journal = journal
        self._warn = warn
        self._ours_before = {entry.id for entry in journal.contents.open_entries}

    def announce(self, action: Verb, jobs: t.Sequence[Job]) -> None:
        if action is Verb.SUSPEND:
            self._journal.intend(jobs)

    def conclude(self, item: Item) -> None:
        entry = self._journal.contents.entries.get(item.job_id)
        if Verb.SUSPEND not in item.asked or entry is None or entry.stage is not Stage.INTENDED:
            return  # a request that could not be announced was not sent
        if item.now is None:
            _note(self._warn, self._journal.gone, item.job_id)
        elif item.changed and item.now.halted:
            _note(self._warn, self._journal.suspended, item.job_id)
        elif item.job_id in self._ours_before:
            return  # what became of this request says nothing about that which made the job ours
        elif not item.changed and not isinstance(item.error, UNCERTAIN):
            why = item.note or (item.error.kind if item.error else "")
            _note(self._warn, self._journal.not_suspended, item.job_id, why)


class ResumeRecorder:
    """Writes down what `job_resume` is about to do with the jobs of a journal and what came of it."""

    def __init__(self, journal: Journal, warn: Warn) -> None:
        self._journal = journal
        self._warn = warn

    def announce(self, action: Verb, jobs: t.Sequence[Job]) -> None:
        self._journal.intend_resume(jobs)

    def conclude(self, item: Item) -> None:
        entry = self._journal.contents.entries[item.job_id]
        if not entry.stage.is_open or item.error:
            return  # settled before, or still to be done
        if item.now is None:
            _note(self._warn, self._journal.gone, item.job_id)
        elif item.changed and not item.now.halted:
            _note(self._warn, self._journal.resumed, item.job_id)
        elif not item.changed and not _is_still_to_be_resumed(item.planned, item.now):
            _note(self._warn, self._journal.left, item.job_id, item.note)


def _is_still_to_be_resumed(decision: Decision, job: Job) -> bool:
    """Whether it is suspended or may be; not every product offers at all times to resume a job that is.

    What has passed to another job is so, too: only a person can tell it there from what somebody else has set.
    """
    is_halted = job.halted and not job.state.is_final
    return decision.step in (Step.ACT, Step.WAIT) or is_halted or decision.passed_on or is_untold(decision, job)


def _note(warn: Warn, record: t.Callable[..., None], *details: str) -> None:
    """Record an outcome. A failure loses nothing: the announcement is on disk and the live state tells the rest."""
    try:
        record(*details)
    except UsageError as error:
        warn(f"{error} The outcome of job {details[0]} is not recorded; the next run settles it by its state.")


def warn_of_missing(items: t.Iterable[Item], warn: Warn) -> None:
    """Say which jobs of the window were not found: only a person can tell one that is gone from one that is hidden."""
    missing = [inert(item.job_id) for item in items if item.now is None]
    if missing:
        more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
        warn(
            "Jobs of this window do not exist any more, or this user may not see them: "
            f"{', '.join(missing[:_MOST_NAMED])}{more}. They are not looked for again. If they still exist, resume "
            "them by job_ids as a user who sees them."
        )


def close_window(journal: Journal, warn: Warn) -> None:
    """Record that nothing is left to do, if so. A failure loses nothing: the jobs' own records say the same."""
    try:
        journal.close_window()
    except UsageError as error:
        warn(f"{error} The jobs are resumed all the same; that the window is closed is not recorded.")


def settle(system: JobSystem, clock: Clock, journal: Journal, options: VerbOptions, deadline: Deadline) -> None:
    """Find out what became of requests that a crashed run announced, by looking at the jobs.

    A request that was sent may take some time to show, so a job that looks untouched is looked at again until the
    product's settling time has passed. That begins now: nothing is sent any more, but the last request may just have
    been. Only an announcement that is old enough needs no second look.

    :raises WaitTimeout: the time of the verb is over before all is told; nothing is lost.
    """
    unsettled = {entry.id: entry for entry in journal.contents.open_entries if entry.stage.is_unsettled}
    start = clock.monotonic()
    looks = pauses(2.0)
    while unsettled:
        waited, began = clock.monotonic() - start, clock.time()
        jobs = system.get_jobs(list(unsettled))
        for entry in list(unsettled.values()):
            job = jobs.get(entry.id)
            grace = system.settle if job else max(system.settle, system.capabilities.hidden)
            over = waited >= grace or began - entry.announced >= SENT_WITHIN + grace
            if _settle_one(system, journal, entry, job, options, over):
                del unsettled[entry.id]
        if unsettled and deadline.passed:
            raise WaitTimeout(
                f"wait_timeout: an earlier run has left {len(unsettled)} requests in {journal.path} whose effect does "
                f"not show yet, which may take {system.settle:g} seconds. Nothing was changed; run it again, with more "
                "wait_timeout if it is less than that."
            )
        if unsettled:
            clock.sleep(min(next(looks), deadline.remaining))


def _settle_one(
    system: JobSystem, journal: Journal, entry: Entry, job: Job | None, options: VerbOptions, over: bool
) -> bool:
    """Record what the job's state tells about the announced request; False if it is too early to tell.

    A state that tells nothing leaves the request unsettled. What is under way may be shown by one answer and not yet by
    the next (contract drs 14), so that only its end is believed.
    """
    if job is None and not over:  # some products do not list a job for a moment after an action on it
        return False
    if job is None:
        journal.gone(entry.id)
        return True
    decision = system.decide(Verb.RESUME, job, options)
    if is_untold(decision, job):
        return over
    paused = _is_still_to_be_resumed(decision, job)
    took_effect = paused == (entry.stage is Stage.INTENDED)
    if not over and (not took_effect or decision.step is Step.WAIT):
        return False
    if paused:
        journal.suspended(entry.id)
    elif entry.stage is Stage.INTENDED:
        journal.not_suspended(entry.id, f"it is {job.state.value}")
    else:
        journal.resumed(entry.id)
    return True


def items_to_resume(engine: Engine, journal: Journal, entries: t.Sequence[Entry], selection: Selection) -> list[Item]:
    """The jobs of a journal, planned for resuming. One that is gone or not suspended any more is left alone; one whose
    state does not tell is waited for.

    :param entries: the jobs that were open before the journal was settled. One that is not open any more is only
        reported: if it is suspended, it is by somebody else.
    :param selection: narrows the journal's jobs further; an empty one means all of them.
    """
    wanted = set(selection.job_ids)
    by_id = {entry.id: entry for entry in entries if not selection.nothing and (not wanted or entry.id in wanted)}
    items = engine.named(list(by_id)) if by_id else []
    items = [item for item in items if item.before is None or matches(item.before, selection)]
    engine.plan(Verb.RESUME, items)
    for item in items:
        entry = by_id[item.job_id]
        item.remembered = {"name": entry.name, "type": entry.type, "owner": entry.owner}
        if item.decision and item.decision.step is Step.ALREADY:
            was_suspended = entry.stage is Stage.SUSPENDED
            item.note = "somebody resumed it meanwhile" if was_suspended else "it is not suspended"
        elif item.decision and not journal.contents.entries[item.job_id].stage.is_open:
            item.decision = dataclasses.replace(item.decision, step=Step.ALREADY)
            item.note = item.note or "somebody suspended it meanwhile"
        elif item.decision and item.skipped and _is_still_to_be_resumed(item.decision, item.job):
            item.decision = dataclasses.replace(item.decision, step=Step.WAIT)
            item.skipped, item.note = False, ""
    return items
