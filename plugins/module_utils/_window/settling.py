# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _errors, _journal, _model, _selection, _system.

"""What became of the requests that a crashed run announced."""

from __future__ import annotations

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock, Deadline, pauses
from ansible_collections.batchops.job_control.plugins.module_utils._errors import WaitTimeout
from ansible_collections.batchops.job_control.plugins.module_utils._journal.file import Journal
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Entry, Stage
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    Verb,
    VerbOptions,
    is_untold,
)
from ansible_collections.batchops.job_control.plugins.module_utils._selection import read
from ansible_collections.batchops.job_control.plugins.module_utils._system import JobSystem


def settle(system: JobSystem, clock: Clock, journal: Journal, options: VerbOptions, deadline: Deadline) -> None:
    """Find out what became of requests that a crashed run announced, by looking at the jobs.

    A request that was sent may take some time to show, so a job that looks untouched is looked at again until the
    product's settling time has passed. That begins now, whatever the journal's times say: a clock may have been set.
    A job that was missing before is not waited for, and one that cannot be read stays as it is.

    :raises WaitTimeout: the time of the verb is over before all is told; nothing is lost.
    """
    mine = [entry for entry in journal.ledger.open_entries if entry.kind == system.kind]
    unsettled = {entry.id: entry for entry in mine if entry.stage.is_unsettled}
    start = clock.monotonic()
    looks = pauses(2.0)
    while unsettled:
        waited = clock.monotonic() - start
        jobs, unread = read(system, list(unsettled))
        for entry in list(unsettled.values()):
            job = jobs.get(entry.id)
            grace = system.settle if job else max(system.settle, system.capabilities.hidden)
            over = waited >= grace or (job is None and entry.is_missing)
            if entry.id in unread or _settle_one(system, journal, entry, job, options, over):
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
    if job is None:  # some products do not list a job for a moment after an action on it
        if over:
            journal.missing(entry.id)
        return over
    decision = system.decide(Verb.RESUME, job, options)
    if is_untold(decision, job):
        return over
    paused = is_still_to_be_resumed(decision, job)
    took_effect = paused == (entry.stage is Stage.INTENDED)
    if not over and (not took_effect or decision.step.is_under_way):
        return False
    if paused:
        journal.suspended(entry.id)
    elif entry.stage is Stage.INTENDED:
        journal.not_suspended(entry.id, f"it is {job.state.value}")
    else:
        journal.resumed(entry.id)
    return True


def is_still_to_be_resumed(decision: Decision, job: Job) -> bool:
    """Whether it is suspended or may be; not every product offers at all times to resume a job that is.

    What has passed to another job is so, too: only a person can tell it there from what somebody else has set.
    """
    is_halted = job.halted and not job.state.is_final
    return decision.step.is_open or is_halted or decision.passed_on or is_untold(decision, job)
