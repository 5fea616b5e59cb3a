# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a ledger of holds means, in a few lines that share nothing with the code of the collection.

`Book` reads the records of a journal. `Holds` knows which windows hold which jobs by what the runs have said: a run
that was killed or has failed leaves a doubt, which the next run of that window removes.
"""

from __future__ import annotations

import collections
import dataclasses
import json
import typing as t


@dataclasses.dataclass
class Page:
    """What the book says of one job."""

    holders: set[str]
    stage: str = "intend"  # the last record that says how far it has come
    missing: bool = False
    resume_announced: bool = False

    @property
    def is_open(self) -> bool:
        return self.stage in ("intend", "suspended", "intend_resume")


class Book:
    """The records of a journal, read line by line. A last line that is torn is none."""

    def __init__(self, data: bytes) -> None:
        self.open: set[str] = set()
        self.opened_by: dict[str, str] = {}  # the run, by window
        self.pages: dict[str, Page] = {}
        self.closed_with: list[str] = []  # windows that were closed while they held a job that is not missing
        for line in data.split(b"\n")[:-1]:
            self._read(json.loads(line))

    def _read(self, record: dict[str, t.Any]) -> None:
        event, window, page = record["event"], record.get("window", ""), self.pages.get(record.get("id", ""))
        if event == "open":
            self.open.add(window)
            self.opened_by[window] = record["run"].get("id", "")
        elif event == "close":
            self.open.discard(window)
            if any(page.is_open and not page.missing and window in page.holders for page in self.pages.values()):
                self.closed_with.append(window)
        elif event == "intend":
            holders = page.holders if page and page.is_open else set()
            self.pages[record["id"]] = Page({*holders, window})
        elif page is not None and event == "hold":
            page.holders.add(window)
        elif page is not None and event == "release":
            page.holders.discard(window)
        elif page is not None and event == "missing":
            page.missing = True
        elif page is not None:
            page.stage, page.missing = event, False
            page.resume_announced = page.resume_announced or event == "intend_resume"

    def held(self) -> dict[str, set[str]]:
        """The jobs for which something is left to do, with the open windows that hold them."""
        return {job: page.holders & self.open for job, page in self.pages.items() if page.is_open}

    @property
    def missing(self) -> set[str]:
        """The jobs that were not seen at the last look."""
        return {job for job, page in self.pages.items() if page.is_open and page.missing}


class Holds:
    """Which windows hold which jobs, by what runs have said."""

    def __init__(self) -> None:
        self.sure: dict[str, set[str]] = collections.defaultdict(set)  # by job
        self.maybe: dict[str, set[str]] = collections.defaultdict(set)

    def opened(self, window: str, jobs: t.Iterable[str]) -> None:
        """A run says that a window holds these jobs from now on."""
        for job in jobs:
            self.sure[job].add(window)
            self.maybe[job].discard(window)

    def closed(self, window: str) -> None:
        """A run says that a window is closed."""
        for windows in (*self.sure.values(), *self.maybe.values()):
            windows.discard(window)

    def doubted(self, window: str, jobs: t.Iterable[str] | None = None) -> None:
        """A run was killed or has failed: the window holds the jobs, or not (None: those that it held)."""
        for job in list(self.sure) if jobs is None else jobs:
            if jobs is not None or window in self.sure[job]:
                self.maybe[job].add(window)
                self.sure[job].discard(window)

    def forget(self, job: str) -> None:
        """Nobody can say any more whose hold it is: a person has had a hand in it."""
        self.sure.pop(job, None)
        self.maybe.pop(job, None)

    def differences(self, held: t.Mapping[str, set[str]], known: t.Collection[str]) -> list[str]:
        """What a journal says differently, of the jobs that are known."""
        return [
            f"the job {job} is held by {sorted(says) or 'no window'}, and not by {sorted(self.sure[job]) or 'none'}"
            for job in known
            for says in [held.get(job, set())]
            if not self.sure[job] <= says <= self.sure[job] | self.maybe[job]
        ]
