# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.

"""What a journal tells about each job of a window: what became of it, and when."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Entry, Ledger
from ansible_collections.batchops.job_control.plugins.module_utils._journal.records import epoch, replay


class Outcome(str, enum.Enum):
    """What became of a job for a window, as far as the journal knows."""

    SUSPENDED = "suspended"  # still, and by us
    UNSETTLED = "unsettled"  # a request was announced, and what came of it is not recorded
    MISSING = "missing"  # it was not found, and may be suspended
    GONE = "gone"  # it was missing, and a person says that it is gone
    LEFT = "left"  # somebody else had resumed it, or it had ended
    NOT_SUSPENDED = "not_suspended"
    HANDED_OVER = "handed_over"  # other windows hold it
    RESUMED = "resumed"


_OUTCOME_AFTER = {
    "intend": Outcome.UNSETTLED,
    "suspended": Outcome.SUSPENDED,
    "hold": Outcome.SUSPENDED,
    "intend_hold": Outcome.SUSPENDED,
    "intend_resume": Outcome.UNSETTLED,
    "not_suspended": Outcome.NOT_SUSPENDED,
    "release": Outcome.HANDED_OVER,
    "resumed": Outcome.RESUMED,
    "missing": Outcome.MISSING,
    "forgotten": Outcome.GONE,
    "gone": Outcome.GONE,
    "left": Outcome.LEFT,
}


@dataclasses.dataclass(frozen=True)
class JobHistory:
    """One job as a window had it. Times are seconds since the epoch."""

    entry: Entry
    outcome: Outcome
    intended_at: float
    suspended_at: float | None = None
    ended_at: float | None = None
    why: str = ""

    def after(self, entry: Entry, event: str, at: float, why: str) -> JobHistory:
        """The history with one more event."""
        seen = at if event == "suspended" and self.suspended_at is None else self.suspended_at
        return dataclasses.replace(
            self,
            entry=entry,
            outcome=_OUTCOME_AFTER[event],
            suspended_at=seen,
            ended_at=at if event == "release" or not entry.stage.is_open else None,
            why=why,
        )

    def to_dict(self, system: str) -> dict[str, t.Any]:
        return {
            "id": self.entry.id,
            "name": self.entry.name,
            "type": self.entry.type,
            "owner": self.entry.owner,
            "system": system,
            "before": self.entry.before,
            "outcome": self.outcome.value,
            "why": self.why,
            "intended_at": stamp(self.intended_at),
            "suspended_at": stamp(self.suspended_at),
            "ended_at": stamp(self.ended_at),
        }


Jobs = dict[str, JobHistory]


@dataclasses.dataclass
class History:
    """What a journal's records add up to when their times count, too."""

    ledger: Ledger = dataclasses.field(default_factory=Ledger)
    last_events: dict[str, float] = dataclasses.field(default_factory=dict)  # by window
    _jobs: dict[str, Jobs] = dataclasses.field(default_factory=dict)  # by window, as it was last opened
    _latest: str = ""  # the window of the last record that names one

    def jobs(self, window: str) -> list[JobHistory]:
        """The jobs of a window as it was last opened, in the order in which they were suspended for it."""
        return list(self._jobs.get(window, {}).values())

    @property
    def latest(self) -> str:
        """The window that was last spoken of."""
        return self._latest

    def apply(self, record: t.Mapping[str, t.Any]) -> None:
        """Add one record.

        :raises ValueError, KeyError, TypeError: it does not follow from the records before it.
        """
        known = self.ledger.entries.get(str(record.get("id")))
        self.ledger.apply(record)
        at, event = epoch(record["at"]), record["event"]
        window = self.ledger.window_of(record)
        if event == "open" and window is not None:
            # What was missing when the window was last closed is still looked for.
            held = {entry.id for entry in self.ledger.held_by(window)}
            self._jobs[window] = {job_id: job for job_id, job in self._jobs.get(window, {}).items() if job_id in held}
        elif "id" in record:
            entry = self.ledger.entries[str(record["id"])]
            if event in ("intend", "hold", "intend_hold") and window is not None:
                self._begin(window, entry, event, at)
            for holder in [window] if window is not None else known.holders if known else ():
                self._go_on(holder, entry, event, at, str(record.get("why", "")))
        if window is not None:
            self._latest = window
            self.last_events[window] = at

    def _begin(self, window: str, entry: Entry, event: str, at: float) -> None:
        jobs = self._jobs.setdefault(window, {})
        jobs.pop(entry.id, None)  # a job that is suspended again moves to the end
        jobs[entry.id] = JobHistory(entry, _OUTCOME_AFTER[event], at, at if event != "intend" else None)

    def _go_on(self, window: str, entry: Entry, event: str, at: float, why: str) -> None:
        jobs = self._jobs.get(window, {})
        if entry.id in jobs:
            jobs[entry.id] = jobs[entry.id].after(entry, event, at, why)
            self.last_events[window] = at


def read_history(data: bytes, path: str) -> History:
    """What a journal's bytes tell.

    :raises UsageError: they are damaged.
    """
    history = History()
    replay(data, path, history.apply)
    return history


def stamp(seconds: float | None) -> str | None:
    """A moment as ISO 8601 in UTC."""
    if seconds is None:
        return None
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
