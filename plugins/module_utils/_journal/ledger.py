# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, records.

"""What the records of a journal add up to: the windows of one job system, and what each of them holds. Pure."""

from __future__ import annotations

import dataclasses
import enum
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._journal.records import epoch, replay

#: A journal of format 1, as version 1.0.0 has written it, holds one window after another; it is read and added to.
FORMAT = 2
FORMATS = (1, FORMAT)

Record = t.Mapping[str, t.Any]

#: What is told of a job that was started inside a window.
RAN = ("id", "name", "type", "owner", "started", "state")


class Stage(str, enum.Enum):
    """How far a job has come, by what is known for certain."""

    INTENDED = "intended"  # a suspend was about to be sent; whether it took effect is not recorded
    SUSPENDED = "suspended"  # by us, and seen
    RESUMING = "resuming"  # a resume was about to be sent; whether it took effect is not recorded
    CLOSED = "closed"  # nothing is left to do

    @property
    def is_open(self) -> bool:
        return self is not Stage.CLOSED

    @property
    def is_unsettled(self) -> bool:
        """Whether only the live state can tell if the last request took effect."""
        return self in (Stage.INTENDED, Stage.RESUMING)


@dataclasses.dataclass(frozen=True)
class Entry:
    """One job that a window suspended: what it was like before, how far it has come, and which windows hold it.

    Or a switch that a window set, for which suspended means set, and resumed means put back.
    """

    id: str
    name: str
    type: str
    owner: str
    before: str
    raw_before: str
    stage: Stage
    holders: tuple[str, ...]  # names of windows, in the order in which they began to hold it
    kind: str = ""  # of a switch: what it is; its id begins with that
    set_to: str = ""  # of a switch: the state that we gave it
    is_missing: bool = False  # the last look did not show it: it is gone, or hidden from that user

    @property
    def identity(self) -> dict[str, str]:
        """How a result names it when the product does not show it."""
        return {"name": self.name, "type": self.type, "owner": self.owner}

    def others(self, window: str) -> tuple[str, ...]:
        """The other windows that hold it."""
        return tuple(holder for holder in self.holders if holder != window)


@dataclasses.dataclass(frozen=True)
class Run:
    """A run of Ansible, as far as it is known."""

    id: str = ""  # tells it from all others; empty where nobody knows
    user: str = ""
    controller: str = ""
    process: str = ""  # or the job of AWX

    def is_same(self, other: Run) -> bool:
        """Whether both are known to be the same."""
        return bool(self.id) and self.id == other.id

    def __str__(self) -> str:
        place = "@".join(filter(None, (self.user, self.controller)))
        return " ".join(filter(None, (place, f"({self.process})" if self.process else ""))) or "an unknown run"

    @property
    def known(self) -> dict[str, str]:
        """What is known of it."""
        return {name: value for name, value in dataclasses.asdict(self).items() if value}

    @classmethod
    def of(cls, known: t.Mapping[str, t.Any] | None) -> Run:
        """What is known of a run, in a record or an option."""
        names = [field.name for field in dataclasses.fields(cls)]
        return cls(**{name: str((known or {}).get(name) or "") for name in names})


UNKNOWN_RUN = Run()


@dataclasses.dataclass(frozen=True)
class Opening:
    """A window as it was last opened. Times are in seconds since the epoch."""

    name: str
    opened: float
    expires: float | None = None  # None: never
    run: Run = UNKNOWN_RUN
    closed: float | None = None
    closed_by: Run = UNKNOWN_RUN
    ran: tuple[t.Mapping[str, t.Any], ...] | None = None  # the jobs that were started inside; None: nobody has looked

    @property
    def is_open(self) -> bool:
        return self.closed is None

    def is_expired(self, now: float) -> bool:
        """Whether its end is over."""
        return self.expires is not None and self.expires <= now


@dataclasses.dataclass
class Ledger:
    """The windows of one job system and what they hold."""

    product: str = ""
    system: str = ""
    windows: dict[str, Opening] = dataclasses.field(default_factory=dict)
    entries: dict[str, Entry] = dataclasses.field(default_factory=dict)
    records: int = 0
    _only: str = ""  # of format 1: the window of all records

    @property
    def open_windows(self) -> list[str]:
        """The names of the windows that were opened and not closed since."""
        return [window.name for window in self.windows.values() if window.is_open]

    @property
    def open_entries(self) -> list[Entry]:
        """The jobs and switches that still have something to be done, in the order in which they were suspended."""
        return [entry for entry in self.entries.values() if entry.stage.is_open]

    def held_by(self, window: str) -> list[Entry]:
        """Those of them that a window holds."""
        return [entry for entry in self.open_entries if window in entry.holders]

    def also_held_by(self, entry: Entry, window: str) -> tuple[str, ...]:
        """The other windows for which a job has to stay suspended. One that was closed while the job was missing does
        not need it any more."""
        return tuple(holder for holder in entry.others(window) if self.is_open(holder)) if entry.stage.is_open else ()

    def is_open(self, window: str) -> bool:
        """Whether a window of that name was opened and not closed since."""
        return window in self.windows and self.windows[window].is_open

    def is_done(self, window: str) -> bool:
        """Whether nothing is left to be done for a window; what is missing may be looked for, but cannot be done."""
        return all(entry.is_missing for entry in self.held_by(window))

    def window_of(self, record: Record) -> str | None:
        """The window that a record is about; None for one that is about all that hold the job, or about none."""
        if "window" in record:
            return str(record["window"])
        return self._only if record["event"] in ("intend", "closed") else None

    @property
    def is_idle(self) -> bool:
        """Whether no window needs this journal any more."""
        return not self.open_windows and not self.open_entries

    def apply(self, record: Record) -> None:
        """Add one record.

        :raises ValueError, KeyError, TypeError: it does not follow from the records before it.
        """
        if record["n"] != self.records + 1:
            raise ValueError(f"record {record['n']} where {self.records + 1} is due")
        event = record["event"]
        if not self.records and "format" not in record:
            raise ValueError("it does not tell its format")
        if event in _WINDOW_EVENTS:
            _WINDOW_EVENTS[event](self, record)
        else:
            entry = self.entries[record["id"]]
            self.entries[entry.id] = _after(entry, event, record)
        self.records += 1

    def _begin(self, record: Record) -> None:
        if record["format"] not in FORMATS:
            raise ValueError(f"journal format {record['format']}, this version knows {FORMAT}")
        self.system, self.product = str(record["system"]), str(record["product"])

    def _move(self, record: Record) -> None:
        self.product = str(record["product"])

    def _open(self, record: Record) -> None:
        if "format" in record:  # format 1
            self._begin(record)
            self._only = str(record["window"])
        name = str(record["window"])
        self.windows[name] = Opening(
            name, epoch(record["at"]), _moment(record.get("expires")), Run.of(record.get("run"))
        )

    def _expire(self, record: Record) -> None:
        name = str(record["window"])
        self.windows[name] = dataclasses.replace(self.windows[name], expires=_moment(record["expires"]))

    def _note_started(self, record: Record) -> None:
        name = str(record["window"])
        jobs = tuple({key: job[key] for key in RAN} for job in record["jobs"])
        self.windows[name] = dataclasses.replace(self.windows[name], ran=jobs)

    def _close(self, record: Record) -> None:
        name = str(self.window_of(record))
        if not self.is_done(name):
            raise ValueError(f"window {name} is closed, and something of it is still to be done")
        closed, by = epoch(record["at"]), Run.of(record.get("run"))
        self.windows[name] = dataclasses.replace(self.windows[name], closed=closed, closed_by=by)

    def _intend(self, record: Record) -> None:
        job_id, name, type_, owner, before, raw_before = (
            str(record[key]) for key in ("id", "name", "type", "owner", "before", "raw_before")
        )
        window = str(self.window_of(record))
        known = self.entries.get(job_id)
        holders = (*(known.others(window) if known and known.stage.is_open else ()), window)
        kind, set_to = str(record.get("kind", "")), str(record.get("set_to", ""))
        self.entries[job_id] = Entry(
            job_id, name, type_, owner, before, raw_before, Stage.INTENDED, holders, kind, set_to
        )


_WINDOW_EVENTS: t.Mapping[str, t.Callable[[Ledger, Record], None]] = {
    "journal": Ledger._begin,
    "product": Ledger._move,
    "open": Ledger._open,
    "expires": Ledger._expire,
    "ran": Ledger._note_started,
    "close": Ledger._close,
    "closed": Ledger._close,  # format 1
    "intend": Ledger._intend,
}

_STAGE_AFTER = {
    "suspended": Stage.SUSPENDED,
    "not_suspended": Stage.CLOSED,
    "intend_resume": Stage.RESUMING,
    "resumed": Stage.CLOSED,
    "left": Stage.CLOSED,
    "forgotten": Stage.CLOSED,
    "gone": Stage.CLOSED,  # format 1
}


def _moment(stamp: str | None) -> float | None:
    return None if stamp is None else epoch(stamp)


def _after(entry: Entry, event: str, record: Record) -> Entry:
    """The entry after a record about it."""
    if event in ("missing", "hold", "intend_hold", "release") and not entry.stage.is_open:
        raise ValueError(f"{event} of a job of which nothing is left to do")
    if event == "missing":
        return dataclasses.replace(entry, is_missing=True)
    if event in ("hold", "intend_hold"):
        return dataclasses.replace(entry, holders=(*entry.others(record["window"]), str(record["window"])))
    if event == "release":
        holders = entry.others(record["window"])
        if not holders:
            raise ValueError("no window holds the job any more, and it was not resumed")
        return dataclasses.replace(entry, holders=holders)
    return dataclasses.replace(entry, stage=_STAGE_AFTER[event], is_missing=False)


def read(data: bytes, path: str) -> tuple[Ledger, int]:
    """What a journal's bytes add up to, and how many of them are whole records.

    :raises UsageError: they are damaged.
    """
    ledger = Ledger()
    return ledger, replay(data, path, ledger.apply)
