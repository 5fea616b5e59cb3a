# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _model, facts, states.

"""Which failed jobs were run again: a resubmit leaves the failed job as it is and makes a new one (contract 8.2)."""

from __future__ import annotations

from ansible_collections.batchops.job_control.plugins.module_utils._commvault.facts import Work, facts
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.states import UNSUCCESSFUL, Rerun
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, JobState

_Kind = tuple[str, str]  # client and type


class Reruns:
    """What this run has seen or asked for. Memory only."""

    def __init__(self) -> None:
        self._latest: dict[_Kind, dict[Work, Job]] = {}
        self._asked: dict[str, str | None] = {}  # failed job -> new job; empty: not named, None: no answer yet
        self._ours: dict[str, JobState | None] = {}  # new job -> its state, once it was seen
        self._highest = 0  # id of a job before the first resubmit
        self._since: dict[str, dict[str, Job]] = {}  # client -> the jobs that came up after that

    def note(self, job: Job) -> None:
        """A job was seen. Only what comes after a failed job is remembered: a list may be very long."""
        number, work = int(job.id), facts(job).work
        if job.id in self._ours:
            self._ours[job.id] = job.state
        if not self._asked:
            self._highest = max(self._highest, number)
        elif number > self._highest:
            self._since.setdefault(work.client, {})[job.id] = job
        kind = (work.client, work.type)
        if kind in self._latest or job.state in UNSUCCESSFUL:
            known = self._latest.setdefault(kind, {})
            if work not in known or int(known[work].id) <= number:
                known[work] = job

    def ask(self, job_id: str) -> None:
        """A resubmit of this job is about to be sent."""
        self._asked[job_id] = None

    def withdraw(self, job_id: str) -> None:
        """The product has provably not carried out the resubmit."""
        del self._asked[job_id]

    def expect(self, job_id: str, new_id: str) -> None:
        """The product has taken a resubmit of this job; the id is empty where the answer does not tell it."""
        if new_id:
            self._ours.setdefault(new_id, None)
        self._asked[job_id] = new_id

    def awaited(self, job_id: str) -> str:
        """The new job that a resubmitted job became and that was not seen yet; empty: none."""
        new_id = self._asked.get(job_id)
        return new_id if new_id and self._ours[new_id] is None else ""

    def of(self, job: Job) -> Rerun | None:
        """What a job that has ended was run again as, as far as known."""
        is_asked, new_id = job.id in self._asked, self._asked.get(job.id)
        if new_id:
            return Rerun(new_id, self._ours[new_id], is_ours=True)
        later = self._later(job)
        if later is not None and facts(job).work.is_certain:
            return Rerun(later.id, later.state, is_ours=is_asked)
        if is_asked:
            # Accepted without a name, or not answered. In the first case any job that came up since will do.
            found = max(self._possible(job), key=lambda one: int(one.id), default=None)
            return None if new_id is None else Rerun(found.id, found.state, True) if found else Rerun("", None, True)
        return None if later is None else Rerun(later.id, later.state, is_ours=False, is_certain=False)

    def is_excluded(self, job: Job) -> bool:
        """Whether no job that came up since the resubmit can have come from it."""
        return not self._possible(job)

    def _later(self, job: Job) -> Job | None:
        """The latest job that may be this one's retry, of all that were seen before a resubmit."""
        work = facts(job).work
        candidates = [
            other
            for other in self._latest.get((work.client, work.type), {}).values()
            if int(other.id) > int(job.id) and _may_follow(other, job)
        ]
        return max(candidates, key=lambda other: int(other.id), default=None)

    def _possible(self, job: Job) -> list[Job]:
        """The jobs that came up since the first resubmit, that may come from this one's, and from no other's."""
        since = self._since.get(facts(job).work.client, {}).values()
        return [other for other in since if other.id not in self._ours and _may_come_from(facts(other).work, job)]


def _may_follow(later: Job, job: Job) -> bool:
    """Whether a later job of the same client and type may be the retry of a job.

    A job of the same subclient is, whenever it began: it has done the same work since. A restore is told apart by
    where it goes, and by its time: a job can only be resubmitted when it has ended.
    """
    work, other = facts(job).work, facts(later).work
    if work.is_certain:
        return other.subclient == work.subclient
    began, ended = facts(later).started, facts(job).ended
    return _go_together(work.destination, other.destination) and not 0 < began < ended


def _may_come_from(other: Work, job: Job) -> bool:
    """Whether a job of the same client can have come from a resubmit of this one, of which nothing else is known.

    The product may give it another level, which some types are named after.
    """
    work = facts(job).work
    if work.has_subclient and other.has_subclient:
        return work.subclient == other.subclient
    return work.type == other.type and _go_together(work.destination, other.destination)


def _go_together(one: str, other: str) -> bool:
    return one == other or not one or not other
