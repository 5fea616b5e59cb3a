# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _errors, _model, copies, custody, ledger, records.

"""The write-ahead log that lets a maintenance window survive any crash (docs: journal and recovery).

A file of JSON lines, one record a line, each on disk before the request that it announces is sent. Records are
only ever appended, but for a file that no window needs any more. The file is locked while a run writes to it.
"""

from __future__ import annotations

import datetime
import errno
import fcntl
import json
import os
import threading
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock, Deadline, pauses
from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._journal import copies, custody
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import (
    FORMAT,
    UNKNOWN_RUN,
    Ledger,
    Run,
    read,
)
from ansible_collections.batchops.job_control.plugins.module_utils._journal.records import encode, stamp
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job

#: A link is not followed, as it may lead to a file of somebody else; a pipe does not make us wait for its other end.
_FLAGS = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

#: A journal that no window needs and that has more bytes is begun anew by the next window.
BEGUN_ANEW_FROM = 1 << 20

#: One with more bytes takes a second to read, and more the longer something in it is open.
OVERGROWN_FROM = 1 << 24


def refuse_earlier_layout(path: str, window: str) -> None:
    """Version 1.0.0 kept a journal for each window, in a folder of its name. Such a one is not overlooked.

    :param path: of the journal with all windows.
    :raises UsageError: there is one.
    """
    folder, name = os.path.split(path)
    before = os.path.join(folder, window, name)
    if window and os.path.lexists(before):
        raise UsageError(
            f"journal: {before} is the journal of the window {window!r} by version 1.0.0. If that window is closed, "
            f"delete the file; if it is open, move the file to {path}, where no other must be, and close the window."
        )


class Journal:
    """An open journal.

    :param must_exist: nothing is to be added, so there has to be a file or a copy.
    :param copy: what an earlier run returned as the copy of this journal. A file that is not there, or that lacks
        some of its records, is completed from it. Where there is no file and nothing is open in the copy, a run that
        may add to it begins a new journal: a copy that only ever grew would be too large one day.
    :param patience: how long to wait for another run to let go of the file.
    :raises UsageError: the file cannot be used: not readable or writable, not ours alone, damaged, or in use by
        another run for too long.
    """

    def __init__(
        self,
        path: str,
        clock: Clock,
        *,
        read_only: bool = False,
        must_exist: bool = False,
        copy: str | None = None,
        patience: Deadline | None = None,
    ) -> None:
        self.path = path
        self.is_read_only = read_only
        self._has_copy = copy is not None
        self._clock = clock
        self._patience = patience or Deadline(clock, 0.0)
        self._lock = threading.Lock()
        self._file = -1
        self._broken: UsageError | None = None
        self._data = bytearray()
        if not path:
            raise UsageError("journal: the path is empty; give the path of a file, or leave the option out.")
        try:
            copied = copies.unpack(copy or "")
            read(copied, "journal_copy")
            if read_only:
                data = self._peek(must_exist and not copied, must_have_folder=copy is None)
            else:
                self._open(must_exist and not copied)
                data = _read_all(self._file)
            self.ledger, whole = read(data, path)
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
        if may_begin_anew and not self._data and read(copied, "journal_copy")[0].is_idle:
            return
        whole = copies.newest(bytes(self._data), copied, self.path)
        if whole != self._data:
            known = len(self._data) if whole.startswith(self._data) else 0
            if not self.is_read_only:
                os.ftruncate(self._file, known)  # after a crash in between the copy still completes it
                _write_all(self._file, whole[known:])
            self._data = bytearray(whole)
            self.ledger, _whole = read(whole, self.path)

    def pack(self, unwanted: t.Iterable[str] = ()) -> str:
        """A copy of the journal as it is now; see `copies.pack`."""
        return copies.pack(bytes(self._data), unwanted)

    def require_room(self) -> None:
        """Make sure that jobs can be added and a copy, if there is to be one, still holds what becomes of them.

        :raises UsageError: it might not.
        """
        if self._has_copy and len(self._data) > copies.LARGEST_TO_ADD_TO:
            raise UsageError(
                f"journal_copy: with {len(self._data)} bytes {self.path} is too large for a copy to take more jobs "
                f"(at most {copies.LARGEST_TO_ADD_TO}). Nothing was changed. Close its windows, which is possible all "
                "the same; the next window begins a new one."
            )

    @property
    def is_overgrown(self) -> bool:
        """Whether it grows without an end, as there always is a window or a job that it is needed for."""
        return len(self._data) > OVERGROWN_FROM and not self.ledger.is_idle

    # --- the file --------------------------------------------------------------------------------------------

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
            custody.check_ours(self.path, file)
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
        custody.check_ours(self.path, self._file)
        looks = pauses(1.0)
        while not self._is_locked():
            if self._patience.passed:
                raise UsageError(
                    f"journal: {self.path} is in use by another run, which has not let go of it in time; run this "
                    "again after its end.",
                    code="journal_in_use",
                )
            self._clock.sleep(min(next(looks), self._patience.remaining))
        if not must_exist:
            _sync_folder(self.path)

    def _is_locked(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            return False
        return True

    def _unusable(self, error: OSError) -> UsageError:
        link = error.errno == errno.ELOOP and os.path.islink(self.path)
        reason = "it is a symbolic link; give the path of the file itself" if link else error.strerror
        return UsageError(f"journal: {self.path} cannot be used: {reason}.")

    def _missing(self) -> str:
        return f"journal: {self.path} does not exist, so nothing is known to be suspended; check the path and the host."

    def _no_folder(self) -> str:
        return f"journal: {self.path} cannot be created because its folder does not exist; create the folder first."

    def release(self) -> None:
        """Close the file and let the next run have it."""
        if self._file != -1:
            os.close(self._file)
            self._file = -1

    # --- records ---------------------------------------------------------------------------------------------

    def begin(self, system: str, product: str, is_moved: bool = False) -> None:
        """Make sure that this journal is about this product.

        :param is_moved: the user says that it is, although it has another address now.
        :raises UsageError: it is not.
        """
        known = self.ledger
        if not known.records or (known.system, known.product) == (system, product):
            return
        if is_moved and known.system == system:
            self._append({"event": "product", "product": product})
            return
        move = (
            " If that is the same product under another address, say so once with journal_moved=true."
            if known.system == system
            else ""
        )
        raise UsageError(
            f"journal: {self.path} belongs to {known.system} at {known.product}, not to {system} at {product}; "
            f"give each job system its own journal.{move}"
        )

    def open_window(
        self,
        system: str,
        product: str,
        window: str,
        *,
        must_be_new: bool = False,
        expires: float | None = None,
        run: Run = UNKNOWN_RUN,
    ) -> None:
        """Record that a window begins, unless it has begun already. A journal that no window needs is begun anew.

        :param must_be_new: the window must not be open already, as another run may be working in it.
        :param expires: its end, in seconds since the epoch; one that is open keeps its own.
        :param run: that opens it.
        :raises UsageError: it is open, and must not be.
        """
        known = self.ledger
        if must_be_new:
            self.require_new(window, run)
        if known.is_open(window):
            return
        if known.is_idle and len(self._data) > BEGUN_ANEW_FROM:
            self._begin_anew()
        header = {"event": "journal", "format": FORMAT, "system": system, "product": product}
        opening = {"event": "open", "window": window, "expires": _stamp(expires), "run": run.known}
        self._append(*([] if self.ledger.records else [header]), opening)

    def require_new(self, window: str, run: Run) -> None:
        """
        :raises UsageError: a window of that name is open, and another run has opened it.
        """
        known = self.ledger
        if known.is_open(window) and not run.is_same(known.windows[window].run):
            raise UsageError(
                f"window: the window {window!r} of {self.path} is open already, with "
                f"{len(known.held_by(window))} jobs, since {self._opening(window)}; close it with job_resume "
                "first, or use another name.",
                code="window_open",
            )

    def _opening(self, window: str) -> str:
        opening = self.ledger.windows[window]
        moment = datetime.datetime.fromtimestamp(opening.opened, datetime.timezone.utc)
        return f"{moment:%Y-%m-%d %H:%M} UTC by {opening.run}"

    def move_end(self, window: str, expires: float | None) -> None:
        """Record another end of an open window.

        :param expires: seconds since the epoch; None: it has no end any more.
        """
        if self.ledger.windows[window].expires != expires:
            self._append({"event": "expires", "window": window, "expires": _stamp(expires)})

    def intend(self, window: str, jobs: t.Sequence[Job], kind: str = "", set_to: str = "") -> None:
        """Record, before the request is sent, that these jobs are about to be suspended for a window.

        :param kind: of switches, which are about to be set: what they are.
        :param set_to: of switches: the state that they are about to get.
        """
        of_switches = {"kind": kind, "set_to": set_to} if kind else {}
        self._append(
            *(
                {
                    "event": "intend",
                    "window": window,
                    "id": job.id,
                    "name": job.name,
                    "type": job.type,
                    "owner": job.owner,
                    "before": job.state.value,
                    "raw_before": job.raw_state,
                    **of_switches,
                }
                for job in jobs
            )
        )

    def hold(self, window: str, job_id: str) -> None:
        """Record that a window wants a job to stay suspended that another window has suspended."""
        self._append({"event": "intend_hold" if self.is_read_only else "hold", "window": window, "id": job_id})

    def suspended(self, job_id: str) -> None:
        self._append({"event": "suspended", "id": job_id})

    def not_suspended(self, job_id: str, why: str) -> None:
        self._append({"event": "not_suspended", "id": job_id, "why": why})

    def hand_over(self, window: str, job_id: str) -> None:
        """Record that a window does not need a job any more, which other windows still hold."""
        self._append({"event": "release", "window": window, "id": job_id})

    def intend_resume(self, jobs: t.Sequence[Job]) -> None:
        """Record, before the request is sent, that these jobs are about to be resumed."""
        self._append(*({"event": "intend_resume", "id": job.id} for job in jobs))

    def resumed(self, job_id: str) -> None:
        self._append({"event": "resumed", "id": job_id})

    def missing(self, job_id: str) -> None:
        """Record that a job was not found. It stays open: it may only be hidden."""
        if not self.ledger.entries[job_id].is_missing:
            self._append({"event": "missing", "id": job_id})

    def forget(self, job_id: str) -> None:
        """Record that a person says that a missing job is gone."""
        self._append({"event": "forgotten", "id": job_id})

    def left(self, job_id: str, why: str) -> None:
        self._append({"event": "left", "id": job_id, "why": why})

    def ran(self, window: str, jobs: t.Sequence[t.Mapping[str, t.Any]]) -> None:
        """Record which jobs were started while a window was open, unless the last such record says the same.

        :param jobs: what a report tells of them.
        """
        if self.ledger.windows[window].ran != tuple(jobs):
            self._append({"event": "ran", "window": window, "jobs": list(jobs)})

    def close_window(self, window: str, run: Run = UNKNOWN_RUN) -> None:
        """Record that nothing is left to do for a window, once.

        :param run: that closes it.
        """
        if self.ledger.is_open(window) and self.ledger.is_done(window):
            self._append({"event": "close", "window": window, "run": run.known})

    def _append(self, *records: dict[str, t.Any]) -> None:
        """Write records and wait until they are on disk. A run that only shows what it would do keeps them in mind.

        :raises UsageError: they are not; nothing that they announce may be done.
        """
        with self._lock:
            if self._broken:
                raise self._broken
            now = stamp(self._clock.time())
            lines = b""
            for number, record in enumerate(records, start=self.ledger.records + 1):
                whole = {"n": number, "at": now, **record}
                lines += encode(whole)
            try:
                if not self.is_read_only:
                    custody.check_untouched(self.path, self._file, len(self._data))
                    _write_all(self._file, lines)
            except UsageError as error:
                self._broken = error
                raise
            except OSError as error:
                self._broken = UsageError(f"journal: {self.path} cannot be written: {error.strerror}.")
                raise self._broken from error
            self._data += lines
            for line in lines.splitlines():
                self.ledger.apply(json.loads(line))

    def _begin_anew(self) -> None:
        """Forget windows that are over. After a crash in between the file is empty, which is as good."""
        try:
            if not self.is_read_only:
                custody.check_untouched(self.path, self._file, len(self._data))
                os.ftruncate(self._file, 0)
                os.fsync(self._file)
        except OSError as error:
            raise self._unusable(error) from error
        self._data = bytearray()
        self.ledger = Ledger()


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


def _stamp(moment: float | None) -> str | None:
    return None if moment is None else stamp(moment)


def _sync_folder(path: str) -> None:
    """Make the file's name durable, not only its bytes."""
    folder = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
