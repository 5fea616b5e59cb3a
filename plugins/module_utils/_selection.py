# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _item, _model, _system.

"""Which jobs are meant."""

from __future__ import annotations

import fnmatch
import itertools
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    ConnectionFailed,
    JobControlError,
    ProtocolError,
    Refused,
    UsageError,
)
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, Selection, canonical
from ansible_collections.batchops.job_control.plugins.module_utils._system import JobSystem

#: After so many reads without any job in them the product itself is in trouble: the whole, both halves, all quarters.
_IN_VAIN = 6


def select(system: JobSystem, selection: Selection, max_jobs: int = 0, limit: int = 0) -> list[Item]:
    """The jobs that are meant, each once.

    :param max_jobs: how many may be meant (0: any number).
    :param limit: stop after so many (0: all), without reading further pages.
    :raises UsageError: more than `max_jobs`.
    """
    items = list(each(system, selection, limit))
    if max_jobs and len(items) > max_jobs:
        raise UsageError(
            f"max_jobs: the selection means {len(items)} jobs but max_jobs is {max_jobs}; nothing was changed. Select "
            "less, or raise max_jobs if so many are meant."
        )
    return items


def each(system: JobSystem, selection: Selection, limit: int = 0) -> t.Iterator[Item]:
    """The same, one by one as they are read, however many."""
    if selection.nothing:
        return iter(())
    if selection.job_ids:
        items = named(system, selection.job_ids)
        return (item for item in items if item.before is None or matches(item.job, selection))
    found = (Item(job.id, job) for job in system.list_jobs(selection) if matches(job, selection))
    return itertools.islice(found, limit or None)


def named(system: JobSystem, job_ids: t.Sequence[str]) -> list[Item]:
    """The jobs with these ids, each once even when it was named in two ways. One that cannot be read has an error."""
    asked = list(dict.fromkeys(job_ids))
    found, unread = read(system, asked)
    items: dict[str, Item] = {}
    for job_id in asked:
        job = found.get(job_id)
        known_as = job.id if job else system.canonical_id(job_id)  # a journal may hold one that is not found
        item = Item(known_as, job, named=True, error=unread.get(job_id))
        items.setdefault(item.job_id, item)
    return list(items.values())


def read(system: JobSystem, job_ids: t.Sequence[str]) -> tuple[dict[str, Job], dict[str, JobControlError]]:
    """The jobs with these ids, and for those that cannot be read the reason.

    What spoils the reading of many jobs is mostly about one of them, so it is looked for, half by half.

    :raises JobControlError: it is about all of them.
    """
    found: dict[str, Job] = {}
    unread: dict[str, JobControlError] = {}
    parts, in_vain = [list(job_ids)], 0
    while parts:
        part = parts.pop(0)
        try:
            found.update(system.get_jobs(part))
        except (ConnectionFailed, ProtocolError, Refused) as error:
            in_vain += 1
            if not found and in_vain > _IN_VAIN:
                raise
            if len(part) == 1:
                unread[part[0]] = error
            else:
                middle = len(part) // 2
                parts += [part[:middle], part[middle:]]
    if len(unread) == len(job_ids):
        raise next(iter(unread.values()))
    return found, unread


def matches(job: Job, selection: Selection) -> bool:
    """Whether the job is in the selection; `job_ids` and `location` were applied when it was read.

    Texts match by canonical equivalence: an accented letter may be one character or two.
    """
    if selection.nothing:
        return False
    wanted = ((selection.types, job.type), (selection.owners, job.owner), (selection.states, job.state))
    if not all(not values or canonical(value) in map(canonical, values) for values, value in wanted):
        return False
    return not selection.names or any(_name_matches(job, pattern) for pattern in selection.names)


def _name_matches(job: Job, pattern: str) -> bool:
    """A product whose names are paths gives the last part as `short_name`; only a pattern with a / means the path."""
    name = job.name if "/" in pattern else job.facts.get("short_name", job.name)
    return fnmatch.fnmatchcase(canonical(name), canonical(pattern))
