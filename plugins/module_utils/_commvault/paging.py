# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _model, _paging, wire.

"""Reading a list page by page while jobs come and go. The requests are somebody else's."""

from __future__ import annotations

import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._commvault.wire import Page
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job
from ansible_collections.batchops.job_control.plugins.module_utils._paging import Pages

LIMIT = 500  # jobs per page

Fetch = t.Callable[[int, int], Page]


class Batch(t.NamedTuple):
    """The new jobs of one page."""

    jobs: list[Job]
    pages_left: int  # how many more requests the list takes


def batches(fetch: Fetch) -> t.Iterator[Batch]:
    """All jobs of a list, each once.

    A job that leaves the list moves those behind it to places that were read before. So each page overlaps the one
    before by one job: if that job is not where it was, the reading goes a page back. The end is where the product's
    total says; a short page means nothing, as a server may cap its size.

    :param fetch: reads a page, by offset and limit.
    :raises ProtocolError: the list does not come to its end.
    """
    pages = Pages()
    offset = size = 0
    while True:
        overlap = 1 if offset and size > 1 else 0
        page = fetch(offset - overlap, LIMIT + overlap)
        if overlap and not (page.jobs and page.jobs[0].id in pages.seen):
            offset = max(0, offset - LIMIT)
            pages.new(())
        else:
            size = len(page.jobs)
            jobs = {job.id: job for job in page.jobs}
            new_ids = pages.new(jobs)
            new = [job for job in jobs.values() if job.id in new_ids]
            offset += size - overlap
            end = page.total if page.total is not None else offset + len(new)
            left = -(-max(0, end - offset) // max(1, size - overlap))
            yield Batch(new, left)
            if offset >= end:
                return
