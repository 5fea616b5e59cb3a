# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _errors, _json, _model.

"""The write-ahead log that lets a maintenance window survive any crash (docs: journal and recovery).

A file of JSON lines, one record a line, each on disk before the request that it announces is sent. Records are
only ever appended. The file is locked while a run writes to it.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import enum
import errno
import fcntl
import json
import os
import stat
import threading
import typing as t
import zlib

from ansible_collections.batchops.job_control.plugins.module_utils import _json
from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock
from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job

FORMAT = 1

#: A link is not followed, as it may lead to a file of somebody else; a pipe does not make us wait for its other end.
_FLAGS = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

#: A journal with a copy has to have fewer bytes, so that reading a copy cannot use up the memory.
_LARGEST_COPY = 1 << 26
#: One that has more bytes takes no more jobs: what is left is for what becomes of those that it has.
_LARGEST_TO_ADD_TO = _LARGEST_COPY // 4
#: A copy begins with one of so many bytes; a journal begins with none of them.
_SALTS = ord("{")
#: Records that announce a request. At the end of a copy they may be what a run only meant to do.
_ANNOUNCEMENTS = ("open", "intend")


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


def pack(journal: bytes, unwanted: t.Iterable[str] = ()) -> str:
    """A journal as one short text, to be kept elsewhere.

    :param unwanted: what must not be in the text by chance, because Ansible would mask it there.
    :raises UsageError: that cannot be had, or the journal is too large to be read back.
    """
    if len(journal) >= _LARGEST_COPY:
        raise UsageError(
            f"journal_copy: the journal has {len(journal)} bytes, too many for a copy. Nothing of it is lost; close "
            "its window by the file, without journal_copy, and then delete the file."
        )
    body = zlib.compress(journal, 9)
    secrets = [secret for secret in unwanted if secret]
    for salt in range(_SALTS):
        text = base64.b64encode(_salted(salt, body)).decode()
        if not any(secret in text for secret in secrets):
            return text
    raise UsageError("journal_copy: no copy is free of a password of one or two characters; use a longer one.")


def unpack(text: str) -> bytes:
    """The journal of which the text is a copy; nothing for an empty text.

    :raises UsageError: it is no such text.
    """
    if not text:
        return b""
    try:
        data = base64.b64decode(text, validate=True)
        inflater = zlib.decompressobj()
        journal = inflater.decompress(_salted(data[0], data[1:])[1:], _LARGEST_COPY)
        if not inflater.eof:
            raise ValueError("it is cut off")
    except (ValueError, IndexError, zlib.error) as error:
        raise UsageError(
            "journal_copy: this is not what job_suspend or job_resume has returned. Nothing was changed."
        ) from error
    return journal


def _salted(salt: int, data: bytes) -> bytes:
    """The salt, and the data mixed with it; mixing again gives the data back."""
    return bytes([salt]) + data.translate(bytes(byte ^ salt for byte in range(256)))


def newest(have: bytes, copy: bytes, path: str) -> bytes:
    """The journal to go by, of a file and its copy: one of the two.

    The file, when it is the newer of the two. That it also is when it has gone on from where the copy, made before a
    run, begins to announce what the run would do: the journal tells what the run did.

    :raises UsageError: each of them has gone on without the other, and the older one still has open jobs.
    """
    if have.startswith(copy):
        return have
    if copy.startswith(have):
        return copy
    lines = copy.splitlines(keepends=True)
    records = [json.loads(line) for line in lines]
    settled = len(lines)
    while settled and records[settled - 1]["event"] in _ANNOUNCEMENTS:
        settled -= 1
    before = b"".join(lines[:settled])
    went_on = have.removeprefix(before).partition(b"\n")[0]
    if settled < len(lines) and have.startswith(before) and _is_as_late(went_on, lines[settled]):
        return have
    ours, theirs = decode(have, path)[0], decode(copy, "journal_copy")[0]
    last = have.splitlines()[-1]
    # A file with open jobs that is older than a closed copy may be what that copy has closed, or may not.
    if not theirs.open_entries and (not ours.open_entries or _is_as_late(last, lines[-1])):
        return have
    is_of_the_same = (ours.system, ours.product) == (theirs.system, theirs.product)
    if is_of_the_same and not ours.open_entries and _is_as_late(lines[0], last):
        return copy  # it was begun anew where this file was not
    raise UsageError(
        f"journal: {path} and its copy tell different stories, and both may be needed. Nothing was changed. Move the "
        "file away to go by the copy, or leave journal_copy out to go by the file.",
        code="journal_copy_differs",
    )


def _is_as_late(line: bytes, other: bytes) -> bool:
    """Whether a record is not older than another one; False if they do not tell."""
    try:
        return epoch(json.loads(line)["at"]) >= epoch(json.loads(other)["at"])
    except (ValueError, KeyError, TypeError):
        return False


class Journal:
    """An open journal.

    :param must_exist: nothing is to be added, so there has to be a file or a copy.
    :param copy: what an earlier run returned as the copy of this journal. A file that is not there, or that lacks
        some of its records, is completed from it. Where there is no file and nothing is open in the copy, a run that
        may add to it begins a new journal: a copy that only ever grew would be too large one day.
    :raises UsageError: the file cannot be used: not readable or writable, damaged, in use by another run, or of
        another system, product or window.
    """

    def __init__(
        self, path: str, clock: Clock, *, read_only: bool = False, must_exist: bool = False, copy: str | None = None
    ) -> None:
        self.path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._file = -1
        self._broken = ""
        self._data = bytearray()
        if not path:
            raise UsageError("journal: the path is empty; give the path of a file, or leave the option out.")
        try:
            copied = unpack(copy or "")
            decode(copied, "journal_copy")
            if read_only:
                data = self._peek(must_exist and not copied, must_have_folder=copy is None)
            else:
                self._open(must_exist and not copied)
                data = _read_all(self._file)
            self.contents, whole = decode(data, path)
            if not read_only and whole < len(data):
                os.ftruncate(self._file, whole)
                os.fsync(self._file)
            self._data = bytearray(data[:whole])
            self._complete(copied, may_begin_anew=not must_exist)
        except OSError as error:
            self.release()
            raise self._unusable(error) from error
        except UsageError:
            self.release()
            raise

    def _complete(self, copied: bytes, may_begin_anew: bool) -> None:
        """Add the records that only the copy has."""
        if may_begin_anew and not self._data and not decode(copied, "journal_copy")[0].open_entries:
            return
        whole = newest(bytes(self._data), copied, self.path)
        if whole != self._data:
            known = len(self._data) if whole.startswith(self._data) else 0
            if self._file >= 0:
                os.ftruncate(self._file, known)  # after a crash in between the copy still completes it
                _write_all(self._file, whole[known:])
            self._data = bytearray(whole)
            self.contents, _whole = decode(whole, self.path)
        if copied and self._data == copied:
            # A copy announces requests earlier than a journal does, so its times do not tell how long ago the last
            # one was sent; from now on none is sent any more.
            for entry in self.contents.open_entries:
                if entry.stage.is_unsettled:
                    self.contents.entries[entry.id] = dataclasses.replace(entry, announced=self._clock.time())

    def pack(self, unwanted: t.Iterable[str] = ()) -> str:
        """A copy of the journal as it is now; see the function of this name."""
        return pack(bytes(self._data), unwanted)

    def insist_on_room(self) -> None:
        """Make sure that jobs can be added and a copy still holds what becomes of them.

        :raises UsageError: it might not.
        """
        if len(self._data) > _LARGEST_TO_ADD_TO:
            raise UsageError(
                f"journal_copy: with {len(self._data)} bytes {self.path} is too large for a copy to take more jobs "
                f"(at most {_LARGEST_TO_ADD_TO}). Nothing was changed. Close its window, which is possible all the "
                "same, and delete the file; the next window begins a new one."
            )

    def _peek(self, must_exist: bool, must_have_folder: bool) -> bytes:
        """The bytes of the file, for a run that will not write. No lock: a reader never harms."""
        try:
            file = os.open(self.path, _FLAGS | os.O_RDONLY)
        except FileNotFoundError:
            folder = os.path.dirname(os.path.abspath(self.path))
            if must_exist:
                raise UsageError(self._missing()) from None
            if must_have_folder and not os.access(folder, os.W_OK | os.X_OK):
                raise UsageError(
                    f"journal: {self.path} cannot be used: {folder} is not a folder to write to."
                ) from None
            return b""
        try:
            self._insist_on_a_file(file)
            return _read_all(file)
        finally:
            os.close(file)

    def _open(self, must_exist: bool) -> None:
        """Open the file, and lock it. From then on it is to be released."""
        flags = _FLAGS | os.O_RDWR | os.O_APPEND
        try:
            self._file = os.open(self.path, flags if must_exist else flags | os.O_CREAT, 0o600)
        except FileNotFoundError:
            raise UsageError(self._missing() if must_exist else self._no_folder()) from None
        self._insist_on_a_file(self._file)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            raise UsageError(
                f"journal: {self.path} is in use by another run; wait for its end, or give this window its own "
                "journal.",
                code="journal_in_use",
            ) from None
        if os.fstat(self._file).st_uid == os.geteuid():
            os.fchmod(self._file, 0o600)  # a file that was there before may be open to others
        if not must_exist:
            _sync_folder(self.path)

    def _insist_on_a_file(self, file: int) -> None:
        """A pipe or a device would keep nothing, or never end.

        :raises UsageError: it is no file.
        """
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise UsageError(f"journal: {self.path} cannot be used: it is not a file.")

    def _unusable(self, error: OSError) -> UsageError:
        link = error.errno == errno.ELOOP and os.path.islink(self.path)
        reason = "it is a symbolic link; give the path of the file itself" if link else error.strerror
        return UsageError(f"journal: {self.path} cannot be used: {reason}.")

    def _missing(self) -> str:
        return f"journal: {self.path} does not exist, so nothing is known to be suspended; check the path and the host."

    def _no_folder(self) -> str:
        return f"journal: {self.path} cannot be created because its folder does not exist; create the folder first."

    def begin(self, system: str, product: str, window: str, must_be_new: bool = False) -> None:
        """Make sure that this journal is about this product, and this window while another one is open.

        :param must_be_new: the window must not be open already, as somebody else may be working in it.
        :raises UsageError: it is not.
        """
        known = self.contents
        if known.records and (known.system, known.product) != (system, product):
            raise UsageError(
                f"journal: {self.path} belongs to {known.system} at {known.product}, not to {system} at {product}; "
                "give each job system its own journal."
            )
        if window and known.window not in ("", window) and known.open_entries:
            raise UsageError(
                f"window: {self.path} still has open jobs of the window {known.window!r}; close that one first, or "
                f"give the window {window!r} its own journal."
            )

        if must_be_new and known.open_entries:
            raise UsageError(
                f"window: the window {known.window!r} of {self.path} is open already, with "
                f"{len(known.open_entries)} jobs; close it with job_resume first, or use another name and journal.",
                code="window_open",
            )

    def open_window(self, system: str, product: str, window: str) -> None:
        """Record that a window begins or goes on, unless that is what the journal says already."""
        known = self.contents
        if not known.records or known.is_closed or (window and window != known.window):
            name = window or known.window
            self._append({"event": "open", "format": FORMAT, "system": system, "product": product, "window": name})

    def intend(self, jobs: t.Sequence[Job]) -> None:
        """Record, before the request is sent, that these jobs are about to be suspended."""
        self._append(
            *(
                {
                    "event": "intend",
                    "id": job.id,
                    "name": job.name,
                    "type": job.type,
                    "owner": job.owner,
                    "before": job.state.value,
                    "raw_before": job.raw_state,
                }
                for job in jobs
            )
        )

    def suspended(self, job_id: str) -> None:
        self._append({"event": "suspended", "id": job_id})

    def not_suspended(self, job_id: str, why: str) -> None:
        self._append({"event": "not_suspended", "id": job_id, "why": why})

    def intend_resume(self, jobs: t.Sequence[Job]) -> None:
        """Record, before the request is sent, that these jobs are about to be resumed."""
        self._append(*({"event": "intend_resume", "id": job.id} for job in jobs))

    def resumed(self, job_id: str) -> None:
        self._append({"event": "resumed", "id": job_id})

    def gone(self, job_id: str) -> None:
        self._append({"event": "gone", "id": job_id})

    def left(self, job_id: str, why: str) -> None:
        self._append({"event": "left", "id": job_id, "why": why})

    def close_window(self) -> None:
        """Record that nothing is left to do, once."""
        if self.contents.records and not self.contents.open_entries and not self.contents.is_closed:
            self._append({"event": "closed"})

    def _append(self, *records: dict[str, t.Any]) -> None:
        """Write records and wait until they are on disk. A run that only shows what it would do keeps them in mind.

        :raises UsageError: they are not; nothing that they announce may be done.
        """
        with self._lock:
            if self._broken:
                raise UsageError(self._broken)
            stamp = datetime.datetime.fromtimestamp(self._clock.time(), datetime.timezone.utc)
            lines = b""
            for number, record in enumerate(records, start=self.contents.records + 1):
                whole = {"n": number, "at": stamp.strftime("%Y-%m-%dT%H:%M:%S.%f%z"), **record}
                lines += encode(whole)
            try:
                if self._file >= 0:
                    _write_all(self._file, lines)
            except OSError as error:
                self._broken = f"journal: {self.path} cannot be written: {error.strerror}."
                raise UsageError(self._broken) from error
            self._data += lines
            for line in lines.splitlines():
                self.contents.apply(json.loads(line))

    def release(self) -> None:
        """Close the file and let the next run have it."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _read_all(file: int) -> bytes:
    chunks: list[bytes] = []
    while True:
        chunk = os.read(file, 1 << 20)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)


def _write_all(file: int, data: bytes) -> None:
    """Write and wait until it is on disk.

    :raises OSError: it is not, or not all of it.
    """
    while data:
        written = os.write(file, data)
        if not written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        data = data[written:]  # the rest either fits, too, or tells why it does not
    os.fsync(file)


def _sync_folder(path: str) -> None:
    """Make the file's name durable, not only its bytes."""
    folder = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
