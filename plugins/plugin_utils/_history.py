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

from ansible_collections.batchops.job_control.plugins.module_utils._journal.records import (
    Contents,
    Entry,
    epoch,
    replay,
)


class Outcome(str, enum.Enum):
    """What became of a job, as far as the journal knows."""

    SUSPENDED = "suspended"  # still, and by us
    UNSETTLED = "unsettled"  # a request was announced, and what came of it is not recorded
    GONE = "gone"
    LEFT = "left"  # somebody else had resumed it, or it had ended
    NOT_SUSPENDED = "not_suspended"
    RESUMED = "resumed"


_OUTCOME_AFTER = {
    "intend": Outcome.UNSETTLED,
    "suspended": Outcome.SUSPENDED,
    "intend_resume": Outcome.UNSETTLED,
    "not_suspended": Outcome.NOT_SUSPENDED,
    "resumed": Outcome.RESUMED,
    "gone": Outcome.GONE,
    "left": Outcome.LEFT,
}


@dataclasses.dataclass(frozen=True)
class JobHistory:
    """One job and the last window that it was in. Times are seconds since the epoch."""

    entry: Entry
    window: str
    opening: int  # counts how often the journal was opened again after it was closed
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
            ended_at=None if entry.stage.is_open else at,
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


@dataclasses.dataclass
class History:
    """What a journal's records add up to when their times count, too."""

    contents: Contents = dataclasses.field(default_factory=Contents)
    by_id: dict[str, JobHistory] = dataclasses.field(default_factory=dict)
    last_event: float | None = None
    _opening: int = 0

    @property
    def jobs(self) -> list[JobHistory]:
        """In the order in which they were suspended."""
        return list(self.by_id.values())

    @property
    def last_opening(self) -> list[JobHistory]:
        """The jobs of the latest window only: a name may be used again after its window was closed."""
        return [job for job in self.jobs if (job.window, job.opening) == (self.contents.window, self._opening)]

    def apply(self, record: t.Mapping[str, t.Any]) -> None:
        """Add one record.

        :raises ValueError, KeyError, TypeError: it does not follow from the records before it.
        """
        self._opening += self.contents.is_closed
        self.contents.apply(record)
        at, event = epoch(record["at"]), record["event"]
        self.last_event = at
        if event == "intend":
            self._intend(self.contents.entries[str(record["id"])], at)
        elif event not in ("open", "closed"):
            entry = self.contents.entries[record["id"]]
            self.by_id[entry.id] = self.by_id[entry.id].after(entry, event, at, str(record.get("why", "")))

    def _intend(self, entry: Entry, at: float) -> None:
        self.by_id.pop(entry.id, None)  # a job that is suspended again moves to the end
        self.by_id[entry.id] = JobHistory(entry, self.contents.window, self._opening, Outcome.UNSETTLED, at)


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
