# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _model.

"""What a Commvault job carries beyond the neutral model."""

from __future__ import annotations

import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._model import Job


class Work(t.NamedTuple):
    """What a job is about. A resubmitted job is about the same; the product links the two in no other way."""

    client: str  # id; "0": the CommServe itself, empty: not readable
    subclient: str  # id; "0": none, or not told
    type: str
    destination: str  # where a restore goes, where that is told

    @property
    def has_subclient(self) -> bool:
        return self.subclient not in ("0", "")

    @property
    def is_certain(self) -> bool:
        """Whether another job of the same client, subclient and type does the same work. Restores of one client have
        no subclient and may be about anything."""
        return self.has_subclient or (self.client == "0" and not self.destination)


class Facts(t.NamedTuple):
    """The value of `job.facts["commvault"]`. Times are epoch seconds, 0: not told, or not readable."""

    work: Work
    started: int
    ended: int
    updated: int
    is_over: bool  # the product tells of an end, whatever it calls the status
    is_visible: bool


def facts(job: Job) -> Facts:
    """The Commvault side of a job."""
    return t.cast(Facts, job.facts["commvault"])
