# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Journals of windows that never happened, written as the modules write them."""

from __future__ import annotations

import contextlib
import datetime
import pathlib
import random
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._journal.file import Journal
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import UNKNOWN_RUN, Run
from ansible_collections.batchops.job_control.plugins.module_utils._journal.records import encode, stamp
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, JobState
from support.clock import FakeClock

OPENED = datetime.datetime(2026, 5, 16, 22, 0, 3, tzinfo=datetime.timezone.utc).timestamp()


class Window:
    """One journal that is being written, and the clock that dates its records."""

    def __init__(
        self,
        path: pathlib.Path,
        system: str,
        name: str,
        at: float = OPENED,
        expires: float | None = None,
        run: Run = UNKNOWN_RUN,
    ) -> None:
        self.clock = FakeClock(at)
        self.journal = Journal(str(path), self.clock)
        self.name = name
        self.journal.open_window(system, f"https://{system}.example/api", name, expires=expires, run=run)

    def suspend(self, *jobs: Job, seconds: float = 1.0) -> None:
        """Announce jobs together, then see each of them suspended."""
        self.journal.intend(self.name, jobs)
        for job in jobs:
            self.clock.sleep(seconds)
            self.journal.suspended(job.id)

    def resume(self, *jobs: Job, seconds: float = 1.0) -> None:
        self.journal.intend_resume(jobs)
        for job in jobs:
            self.clock.sleep(seconds)
            self.journal.resumed(job.id)


@contextlib.contextmanager
def window(
    path: pathlib.Path,
    system: str = "memory",
    name: str = "patchday",
    at: float = OPENED,
    expires: float | None = None,
    run: Run = UNKNOWN_RUN,
) -> t.Iterator[Window]:
    """Write a journal, or go on with it.

    :param at: when, in seconds since the epoch, as is `expires`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    writing = Window(path, system, name, at, expires, run)
    try:
        yield writing
    finally:
        writing.journal.release()


def write_earlier_window(path: pathlib.Path, name: str, is_closed: bool = False) -> None:
    """A window with one job as version 1.0.0 has written it, in a journal of its own."""
    job_of_it = {"id": "1", "name": "n", "type": "t", "owner": "o", "before": "running", "raw_before": "Running"}
    events: list[dict[str, t.Any]] = [
        {"event": "open", "format": 1, "system": "memory", "product": "memory://product", "window": name},
        {"event": "intend", **job_of_it},
        {"event": "suspended", "id": "1"},
    ]
    events += [{"event": "resumed", "id": "1"}, {"event": "closed"}] if is_closed else []
    path.parent.mkdir(parents=True, exist_ok=True)
    at = stamp(OPENED)
    path.write_bytes(b"".join(encode({"n": number, "at": at, **event}) for number, event in enumerate(events, start=1)))


def job(job_id: str, name: str = "", owner: str = "client", kind: str = "Backup") -> Job:
    return Job(job_id, name or f"name of {job_id}", kind, "memory", JobState.RUNNING, "Running", owner=owner)


def jobs(prefix: str, number: int) -> list[Job]:
    return [job(f"{prefix}-{count}") for count in range(1, number + 1)]


def write_eventful_window(path: pathlib.Path, system: str, number: int, seed: int = 1) -> None:
    """A window with some jobs of each outcome, as a night in a large estate leaves it behind."""
    chance = random.Random(f"{system} {seed}")
    work = ("files", "mail", "database", "images", "archive", "logs")
    all_jobs = [
        job(f"{system}-{7000 + count}", f"{chance.choice(work)}-{chance.randint(1, 40):02}", f"server{count % 23:02}")
        for count in range(number)
    ]
    with window(path, system, at=OPENED + chance.randint(0, 240)) as night:
        journal, clock = night.journal, night.clock
        refused, lost = all_jobs[:2], all_jobs[2:4]
        journal.intend(night.name, refused + lost)
        for one in refused:
            clock.sleep(2)
            journal.not_suspended(one.id, "it is completed")
        taken = all_jobs[4:]
        for start in range(0, len(taken), 10):
            night.suspend(*taken[start : start + 10], seconds=chance.uniform(0.2, 6))
        clock.sleep(chance.randint(2400, 5400))
        gone, left, waiting, open_still = taken[:1], taken[1:4], taken[4:6], taken[6:9]
        for start in range(9, len(taken), 10):
            night.resume(*taken[start : start + 10], seconds=chance.uniform(0.5, 9))
        journal.intend_resume([*gone, *left, *waiting])
        journal.missing(gone[0].id)
        journal.forget(gone[0].id)
        for one in left:
            clock.sleep(3)
            journal.left(one.id, "somebody resumed it meanwhile")
        if system == "drs":
            night.resume(*open_still)
            journal.resumed(waiting[0].id)
            journal.resumed(waiting[1].id)
