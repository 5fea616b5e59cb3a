# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file system of the journal, in memory: what is written is there for every process, but only what was forced to
disk outlives a loss of power."""

from __future__ import annotations

import errno
import io
import os
import posixpath
import random
import stat
import types
import typing as t

from simulation.timeline import Process, Timeline

PAUSE = 0.001  # seconds that a change takes


class Inode:
    """A file, under whichever name."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.data = b""
        self.durable = b""
        self.links = 1
        self.locked_by: int | None = None  # a descriptor

    def lose_power(self, rng: random.Random) -> None:
        """What was not forced to disk may be there, in part or not at all."""
        if self.data.startswith(self.durable):
            self.data = self.data[: rng.randint(len(self.durable), len(self.data))]
        elif rng.random() < 0.5:
            self.data = self.durable
        self.durable = self.data
        self.locked_by = None


class Open(t.NamedTuple):
    """An open file of a process."""

    process: Process
    inode: Inode | None  # None: a folder
    path: str


class Disk:
    """One folder with files. It takes the place of `os` and of `fcntl`."""

    def __init__(self, timeline: Timeline, rng: random.Random, folder: str) -> None:
        self.folder = folder
        self.on_change: t.Callable[[str], None] = lambda what: None  # told of each change
        self._timeline = timeline
        self._rng = rng
        self._names: dict[str, Inode] = {}
        self._durable_names: dict[str, Inode] = {}
        self._open: dict[int, Open] = {}
        self._offsets: dict[int, int] = {}
        self._next = 100
        self.os = types.SimpleNamespace(
            **{name: getattr(os, name) for name in dir(os) if name.startswith(("O_", "W_", "X_"))},
            **{name: getattr(self, f"_{name}") for name in _CALLS},
            open=self._open_file,
            lstat=self._stat,
            strerror=os.strerror,
            geteuid=os.geteuid,
            path=types.SimpleNamespace(
                **{name: getattr(posixpath, name) for name in ("join", "split", "splitext", "dirname", "abspath")},
                lexists=self._lexists,
                islink=lambda path: False,
            ),
        )
        self.fcntl = types.SimpleNamespace(LOCK_EX=2, LOCK_NB=4, flock=self._flock)

    # --- what happens to the machine -------------------------------------------------------------------------

    def content(self, path: str) -> bytes | None:
        """What a reader finds now; None: no file."""
        inode = self._names.get(path)
        return None if inode is None else inode.data

    def durable(self, path: str) -> bytes:
        """What would be there after a loss of power, for certain."""
        inode = self._durable_names.get(path)
        return b"" if inode is None else inode.durable

    def ends(self, process: Process) -> None:
        """The kernel closes what a dead process has had open."""
        for number in [number for number, file in self._open.items() if file.process is process]:
            self._release(number)

    def lose_power(self) -> None:
        for name, inode in list(self._names.items()):
            inode.lose_power(self._rng)
            if self._durable_names.get(name) is not inode and self._rng.random() < 0.5:
                del self._names[name]
        self._durable_names = dict(self._names)

    def save_copy(self, path: str) -> None:
        """What an editor or a restore does: the same content in another file under the same name."""
        data = self.content(path)
        if data is not None:
            self._names[path].links = 0
            inode = self._create(path)
            inode.data = inode.durable = data
            self._durable_names[path] = inode

    # --- what the journal calls ------------------------------------------------------------------------------

    def _create(self, path: str) -> Inode:
        self._next += 1
        inode = self._names[path] = Inode(self._next)
        return inode

    def _change(self, what: str, last_deed: t.Callable[[], None] = lambda: None) -> None:
        """Time passes, in which others may run or the process may be killed."""
        self._timeline.sleep(PAUSE)
        self._timeline.process.step(last_deed)

    def _open_file(self, path: str, flags: int, *mode: int) -> int:
        self._timeline.process.require_alive()
        if not flags & os.O_DIRECTORY and path not in self._names:
            if not flags & os.O_CREAT:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
            self._change("create")
            if path not in self._names:
                self._create(path)
        self._next += 1
        self._open[self._next] = Open(self._timeline.process, self._names.get(path), path)
        self._offsets[self._next] = 0
        return self._next

    def _close(self, number: int) -> None:
        self._timeline.process.require_alive()
        self._release(number)

    def _release(self, number: int) -> None:
        file = self._open.pop(number)
        if file.inode and file.inode.locked_by == number:
            file.inode.locked_by = None

    def _file(self, number: int) -> Inode:
        inode = self._open[number].inode
        if inode is None:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        return inode

    def _read(self, number: int, size: int) -> bytes:
        data = self._file(number).data[self._offsets[number] : self._offsets[number] + size]
        self._offsets[number] += len(data)
        return data

    def _pread(self, number: int, size: int, offset: int) -> bytes:
        return self._file(number).data[offset : offset + size]

    def _write(self, number: int, data: bytes) -> int:
        inode = self._file(number)

        def tear() -> None:
            inode.data += data[: self._rng.randint(0, len(data))]

        self._change("write", tear)
        inode.data += data
        self.on_change("records are written")
        return len(data)

    def _ftruncate(self, number: int, size: int) -> None:
        self._change("truncate")
        self._file(number).data = self._file(number).data[:size]
        self.on_change("the end is cut off")

    def _fsync(self, number: int) -> None:
        self._change("force to disk")
        file = self._open[number]
        if file.inode is None:
            self._durable_names = dict(self._names)
        else:
            file.inode.durable = file.inode.data
        self.on_change("forced to disk")

    def _stat_of(self, inode: Inode | None) -> os.stat_result:
        mode, size, links = (
            (stat.S_IFDIR | 0o700, 0, 2) if inode is None else (stat.S_IFREG | 0o600, len(inode.data), inode.links)
        )
        number = inode.number if inode else 1
        return os.stat_result((mode, number, 1, links, os.geteuid(), 0, size, 0, 0, 0))

    def _fstat(self, number: int) -> os.stat_result:
        return self._stat_of(self._open[number].inode)

    def _stat(self, path: str, follow_symlinks: bool = True) -> os.stat_result:
        if path not in (*self._names, self.folder):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return self._stat_of(self._names.get(path))

    def _lexists(self, path: str) -> bool:
        return path in self._names or path == self.folder

    def _access(self, path: str, mode: int) -> bool:
        return path == self.folder

    def _listdir(self, path: str) -> list[str]:
        return sorted(posixpath.basename(name) for name in self._names)

    def _flock(self, number: int, how: int) -> None:
        inode = self._file(number)
        if inode.locked_by not in (None, number):
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        inode.locked_by = number

    def reader(self, path: str, mode: str) -> t.BinaryIO:
        """Stands for the function `open`, for a file that is only read."""
        return io.BytesIO(self._names[path].data)


_CALLS = ("close", "read", "pread", "write", "ftruncate", "fsync", "fstat", "stat", "access", "listdir")
