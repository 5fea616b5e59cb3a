# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _model, _no_template.

"""What has changed between two looks at the jobs of a system: data in, data out."""

from __future__ import annotations

import dataclasses
import typing as t
import uuid

from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, JobState
from ansible_collections.batchops.job_control.plugins.plugin_utils._no_template import no_template

FORMAT = 1
_NAMESPACE = uuid.UUID("5f0f1c33-0b0e-4a0c-9d3a-7e2a5d0f4c11")


@dataclasses.dataclass
class Seen:
    """What a job was like at the last look that showed it."""

    state: str
    run_id: str  # the last that was given
    series: str
    changes: int  # how many of it were reported
    at: float  # seconds since the epoch


@dataclasses.dataclass
class Memory:
    """What is remembered of one system from one look to the next, and from one run to the next."""

    identity: str  # of the product, as a journal knows it
    has_looked: bool = False
    jobs: dict[str, Seen] = dataclasses.field(default_factory=dict)
    failures: dict[str, int] = dataclasses.field(default_factory=dict)  # in a row, by `series`

    def as_data(self) -> dict[str, t.Any]:
        """What a file can hold."""
        return {"format": FORMAT, **dataclasses.asdict(self)}

    @classmethod
    def from_data(cls, data: t.Any) -> Memory:
        """
        :raises ValueError: this is not what `as_data` gives.
        """
        try:
            if data["format"] != FORMAT:
                raise ValueError(f"format {data['format']!r}, this version knows {FORMAT}")
            jobs = {str(job_id): Seen(**seen) for job_id, seen in data["jobs"].items()}
            failures = {str(name): int(count) for name, count in data["failures"].items()}
            return cls(str(data["identity"]), bool(data["has_looked"]), jobs, failures)
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"not the memory of a watch ({type(error).__name__}: {error})") from error


def changes(memory: Memory, jobs: t.Iterable[Job], now: float, forget_after: float) -> list[dict[str, t.Any]]:
    """One event for each job that is in another state, or in another run, than at the last look.

    The first look of all gives none: what a job is like then is no change. A job that is listed for the first time
    later on was queued or started in between, so it has an event without a state before.

    :param memory: is brought up to date.
    :param now: seconds since the epoch.
    :param forget_after: seconds after which a job that is no longer listed is forgotten.
    """
    events = []
    for job in jobs:
        known = memory.jobs.get(job.id)
        is_change = memory.has_looked and _differs(known, job)
        count = (known.changes if known else 0) + is_change
        if is_change:
            events.append(_event(memory, job, known.state if known else None, count, now))
        run_id = job.run_id or (known.run_id if known else "")
        memory.jobs[job.id] = Seen(job.state.value, run_id, series(job), count, now)
    memory.has_looked = True
    memory.jobs = {job_id: seen for job_id, seen in memory.jobs.items() if now - seen.at <= forget_after}
    known_series = {seen.series for seen in memory.jobs.values()}
    memory.failures = {name: count for name, count in memory.failures.items() if name in known_series}
    return events


def _differs(known: Seen | None, job: Job) -> bool:
    """A product may name the run in some states only, so a run that is not named is no other run."""
    if not known or known.state != job.state.value:
        return True
    return bool(known.run_id and job.run_id and known.run_id != job.run_id)


def series(job: Job) -> str:
    """What counts as the same work when a product gives a retry an id of its own."""
    return "/".join((job.type, job.owner, job.name))


def _event(memory: Memory, job: Job, before: str | None, count: int, now: float) -> dict[str, t.Any]:
    name = series(job)
    if job.state is JobState.FAILED:
        memory.failures[name] = memory.failures.get(name, 0) + 1
    elif job.state in (JobState.COMPLETED, JobState.WARNING):
        memory.failures.pop(name, None)
    # A run of the watch that ends before it has stored its memory finds the same change again, and gives it the same
    # name, so that whoever gets both can tell.
    unique = uuid.uuid5(_NAMESPACE, "\n".join((memory.identity, job.id, str(count), job.state.value, job.run_id)))
    return {
        "job": {
            "id": no_template(job.id),
            "name": no_template(job.name),
            "type": no_template(job.type),
            "owner": no_template(job.owner),
            "system": job.system,
            "before": before,
            "after": job.state.value,
            "raw_after": no_template(job.raw_state),
            "run_id": no_template(job.run_id),
            "reason": no_template(job.reason),
            "failures": memory.failures.get(name, 0),
            "seen": now,
        },
        "meta": {"uuid": str(unique)},
    }
