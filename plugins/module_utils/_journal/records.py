# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _json.

"""What the records of a journal say, one by one and together. Pure."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
import typing as t
import zlib

from ansible_collections.batchops.job_control.plugins.module_utils import _json
from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError

FORMAT = 1


class Stage(str, enum.Enum):
    """How far a job of the window has come, by what is known for certain."""

    INTENDED = "intended"  # a suspend was about to be sent; whether it took effect is not recorded
    SUSPENDED = "suspended"  # by us, and seen
    RESUMING = "resuming"  # a resume was about to be sent; whether it took effect is not recorded
    CLOSED = "closed"  # nothing is left to do for this window

    @property
    def is_open(self) -> bool:
        return self is not Stage.CLOSED

    @property
    def is_unsettled(self) -> bool:
        """Whether only the live state can tell if the last request took effect."""
        return self in (Stage.INTENDED, Stage.RESUMING)


@dataclasses.dataclass(frozen=True)
class Entry:
    """One job of the window: what it was like before, and its stage."""

    id: str
    name: str
    type: str
    owner: str
    before: str
    raw_before: str
    stage: Stage
    announced: float  # when the last request was announced, in seconds since the epoch


@dataclasses.dataclass
class Contents:
    """What the records of a journal add up to."""

    product: str = ""
    system: str = ""
    window: str = ""
    entries: dict[str, Entry] = dataclasses.field(default_factory=dict)
    records: int = 0
    is_closed: bool = False  # the last record says that nothing is left to do

    @property
    def open_entries(self) -> list[Entry]:
        """The jobs that still have something to be done, in the order in which they were suspended."""
        return [entry for entry in self.entries.values() if entry.stage.is_open]

    def apply(self, record: t.Mapping[str, t.Any]) -> None:
        """Add one record.

        :raises ValueError, KeyError, TypeError: it does not follow from the records before it.
        """
        event = record["event"]
        self.is_closed = event == "closed"
        if record["n"] != self.records + 1:
            raise ValueError(f"record {record['n']} where {self.records + 1} is due")
        if event == "open":
            if record["format"] != FORMAT:
                raise ValueError(f"journal format {record['format']}, this version knows {FORMAT}")
            self.system, self.product, self.window = (str(record[key]) for key in ("system", "product", "window"))
        elif event == "intend":
            details = {key: str(record[key]) for key in ("id", "name", "type", "owner", "before", "raw_before")}
            self.entries[details["id"]] = Entry(**details, stage=Stage.INTENDED, announced=epoch(record["at"]))
        elif event != "closed":
            entry = self.entries[record["id"]]
            announced = epoch(record["at"]) if event == "intend_resume" else entry.announced
            self.entries[entry.id] = dataclasses.replace(entry, stage=_STAGE_AFTER[event], announced=announced)
        self.records += 1


_STAGE_AFTER = {
    "suspended": Stage.SUSPENDED,
    "not_suspended": Stage.CLOSED,
    "intend_resume": Stage.RESUMING,
    "resumed": Stage.CLOSED,
    "gone": Stage.CLOSED,
    "left": Stage.CLOSED,
}


def epoch(stamp: str) -> float:
    """The moment of a record, in seconds since the epoch."""
    return datetime.datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()


def encode(record: t.Mapping[str, t.Any]) -> bytes:
    """A record as a line of the file, with a checksum over all of it: a damaged id would name another job."""
    text = json.dumps(record).encode()[:-1]
    return text + b', "crc": "%08x"}\n' % zlib.crc32(text)


def _record(line: bytes) -> dict[str, t.Any]:
    """The record of a line. One that somebody has written by hand may do without a checksum.

    :raises ValueError: the line is not as it was written.
    """
    text, key, end = line.rpartition(b', "crc": ')
    if key and end != b'"%08x"}' % zlib.crc32(text):
        raise ValueError("its checksum does not fit")
    record: dict[str, t.Any] = _json.loads(line)
    return record


def replay(data: bytes, path: str, apply: t.Callable[[t.Mapping[str, t.Any]], None]) -> int:
    """Hand a journal's records on, one by one; returns how many of its bytes are whole records.

    A last line without its end is the trace of a crash in the middle of a write: that record was never
    confirmed, so the request that it announces was never sent, and it does not count.

    :param apply: raises ValueError, KeyError or TypeError for a record that makes no sense.
    :raises UsageError: any other damage; the message shows the line.
    """
    whole = data.rfind(b"\n") + 1
    for number, line in enumerate(data[:whole].split(b"\n")[:-1], start=1):
        try:
            apply(_record(line))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            shown = line[:120].decode("utf-8", "backslashreplace")
            raise UsageError(
                f"journal: line {number} of {path} is damaged ({type(error).__name__}: {error}): {shown!r}. Nothing "
                "was changed; restore the file from a copy, or read it and resume the jobs that it names by job_ids."
            ) from error
    return whole


def decode(data: bytes, path: str) -> tuple[Contents, int]:
    """What a journal's bytes add up to, and how many of them are whole records.

    :raises UsageError: they are damaged.
    """
    contents = Contents()
    return contents, replay(data, path, contents.apply)
