# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _journal, _model, _system, _times.

"""Which jobs were started while a window was open."""

from __future__ import annotations

import dataclasses
import datetime

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock, Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Opening
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, Selection
from ansible_collections.batchops.job_control.plugins.module_utils._system import JobSystem
from ansible_collections.batchops.job_control.plugins.module_utils._times import utc

#: Seconds by which the clocks of product and controller may differ, so that a job that has ended is still listed.
_MARGIN = 300.0


def started_inside(
    system: JobSystem, clock: Clock, opening: Opening, deadline: Deadline, location: str, include_system_jobs: bool
) -> list[Job]:
    """The jobs that were started since a window was opened, whoever they belong to, whether they still run or not.

    :param deadline: of the window's work. The list takes half of what is left at the most, as the jobs are to be
        resumed after it.
    :param location: where the product's tree is looked at; empty for a product without one.
    :raises JobControlError: they cannot be listed.
    """
    age = max(0.0, clock.time() - opening.opened)
    selection = Selection(location=location, include_system_jobs=include_system_jobs, finished_within=age + _MARGIN)
    opened = datetime.datetime.fromtimestamp(opening.opened, datetime.timezone.utc).isoformat()
    since = utc(opened)
    system.bound(Deadline(clock, deadline.remaining / 2))
    try:
        jobs = list(system.list_jobs(selection))
        untold = [job.id for job in jobs if not job.started and (job.running or job.state.is_final)]
        told = system.started(untold) if untold else {}
    finally:
        system.bound(deadline)
    dated = [dataclasses.replace(job, started=job.started or told.get(job.id, "")) for job in jobs]
    return [job for job in dated if job.started and job.started >= since]  # of one form, so they compare as texts
