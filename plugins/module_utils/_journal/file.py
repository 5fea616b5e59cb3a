# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _errors, _model, copies, records.

"""The write-ahead log that lets a maintenance window survive any crash (docs: journal and recovery).

A file of JSON lines, one record a line, each on disk before the request that it announces is sent. Records are
only ever appended. The file is locked while a run writes to it.
"""

from __future__ import annotations

import dataclasses
import datetime
import errno
import fcntl
import json
import os
import stat
import threading
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock
from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._journal import copies
from ansible_collections.batchops.job_control.plugins.module_utils._journal.records import FORMAT, decode, encode
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job

#: A link is not followed, as it may lead to a file of somebody else; a pipe does not make us wait for its other end.
_FLAGS = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


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
        self.is_read_only = read_only
        self._has_copy = copy is not None
        self._clock = clock
        self._lock = threading.Lock()
        self._file = -1
        self._broken = ""
        self._data = bytearray()
        if not path:
            raise UsageError("journal: the path is empty; give the path of a file, or leave the option out.")
        try:
            copied = copies.unpack(copy or "")
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
        whole = copies.newest(bytes(self._data), copied, self.path)
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
        """A copy of the journal as it is now; see `copies.pack`."""
        return copies.pack(bytes(self._data), unwanted)

    def insist_on_room(self) -> None:
        """Make sure that jobs can be added and a copy, if there is to be one, still holds what becomes of them.

        :raises UsageError: it might not.
        """
        if self._has_copy and len(self._data) > copies.LARGEST_TO_ADD_TO:
            raise UsageError(
                f"journal_copy: with {len(self._data)} bytes {self.path} is too large for a copy to take more jobs "
                f"(at most {copies.LARGEST_TO_ADD_TO}). Nothing was changed. Close its window, which is possible all "
                "the same, and delete the file; the next window begins a new one."
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
