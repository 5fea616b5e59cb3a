# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _model, states.

"""Which failed jobs were run again: a resubmit leaves the failed job as it is and makes a new one (contract 8.2)."""

from __future__ import annotations

import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._commvault.states import UNSUCCESSFUL, Rerun
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, JobState


class Lineage(t.NamedTuple):
    """What a job and its retry have in common. The product links them in no other way."""

    client: str
    subclient: str
    type: str
    level: str

    @property
    def is_specific(self) -> bool:
        """Whether it is the same work: restores of one client have no subclient and may be about anything."""
        return self.subclient != "0" or self.client == "0"


class Facts(t.NamedTuple):
    """What a job carries beyond the neutral model, as `job.facts["commvault"]`. Times are epoch seconds, 0 = none."""

    lineage: Lineage
    started: int
    ended: int
    visible: bool


def facts(job: Job) -> Facts:
    """The Commvault side of a job."""
    return t.cast(Facts, job.facts["commvault"])


class Reruns:
    """What this run has seen or asked for. Memory only."""

    def __init__(self) -> None:
        self._latest: dict[Lineage, Job] = {}
        self._asked: dict[str, str] = {}  # failed job -> new job, empty when the answer did not name it
        self._ours: dict[str, JobState | None] = {}  # new job -> its state, once it was seen

    def note(self, job: Job) -> None:
        """A job was seen. Only what comes after a failed job is remembered: a list may be very long."""
        if job.id in self._ours:
            self._ours[job.id] = job.state
        lineage = facts(job).lineage
        known = self._latest.get(lineage)
        if job.state in UNSUCCESSFUL if known is None else int(known.id) <= int(job.id):
            self._latest[lineage] = job

    def expect(self, job_id: str, new_id: str) -> None:
        """The product has taken a resubmit of this job."""
        if new_id:
            self._ours.setdefault(new_id, None)
        self._asked[job_id] = new_id

    def awaited(self, job_id: str) -> str:
        """The new job that a resubmitted job became and that was not seen yet; empty: none."""
        new_id = self._asked.get(job_id, "")
        return new_id if new_id and self._ours[new_id] is None else ""

    def of(self, job: Job) -> Rerun | None:
        """What a job that has ended was run again as, as far as known."""
        asked = self._asked.get(job.id)
        if asked:
            return Rerun(asked, self._ours[asked], is_ours=True)
        latest = self._latest.get(facts(job).lineage)
        if latest is not None and _follows(latest, job):
            return Rerun(latest.id, latest.state, is_ours=asked is not None)
        return None if asked is None else Rerun("", None, is_ours=True)


def _follows(later: Job, job: Job) -> bool:
    """Whether a job of the same lineage was begun after the other had ended."""
    started, ended = facts(later).started, facts(job).ended
    after = int(later.id) > int(job.id) and (not started or started >= ended)
    return after and (facts(job).lineage.is_specific or not later.state.is_final)
