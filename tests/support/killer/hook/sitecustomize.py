# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Freezes a module of the collection at one step of its work. Not imported by tests: Python itself runs this file at
the start of every process that has its folder on PYTHONPATH, and so in the module that ansible starts.

A step is each moment at which the world is different from the moment before: a piece of a request is about to be
sent, an answer has arrived and is not read, the journal is about to be opened or written, a record is half written,
written, or on disk. The process is stopped as a whole, all of its threads, until the test kills it or lets it go on.
"""

from __future__ import annotations

import atexit
import json
import os
import pathlib
import select
import signal
import sys
import threading
import typing as t

FOLDER = os.environ.get("JOB_CONTROL_FREEZE_FOLDER", "")  # for the notes
MODULE = os.environ.get("JOB_CONTROL_FREEZE_MODULE", "")
STEP = int(os.environ.get("JOB_CONTROL_FREEZE_STEP", "0"))  # counted from 1


class Steps:
    """Counts the steps of this process. The host is known from the name of its journal, which is opened first.

    A run that only looks, as one that plans, opens none to write to it, and has no steps.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._host = ""
        self.journals: set[int] = set()  # file descriptors

    def __call__(self, name: str) -> None:
        with self._lock:
            if not self._host:
                return
            self._count += 1
            if self._count == STEP:
                self._note("frozen", name)
                # To this thread, so that it does not run a moment longer; the others stop with it.
                signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)

    def begin(self, journal: str) -> None:
        self._host = pathlib.Path(journal).stem
        atexit.register(self._note, "ended", "")

    def _note(self, what: str, name: str) -> None:
        path = pathlib.Path(FOLDER, f"{self._host}.{what}")
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps({"step": self._count, "name": name, "process": os.getpid()}))
        unfinished.replace(path)


def watch_journal(step: Steps) -> None:
    """Make each call that touches a journal a step."""
    real_open, real_write, real_fsync, real_close, real_truncate = os.open, os.write, os.fsync, os.close, os.ftruncate

    def open_file(path: t.Any, flags: int, *arguments: t.Any, **more: t.Any) -> int:
        if not str(path).endswith(".journal") or not flags & os.O_RDWR:
            return real_open(path, flags, *arguments, **more)
        step.begin(str(path))
        step("open the journal")
        file = real_open(path, flags, *arguments, **more)
        step.journals.add(file)
        return file

    def write(file: int, data: bytes) -> int:
        if file not in step.journals:
            return real_write(file, data)
        events = ", ".join(json.loads(line)["event"] for line in data.splitlines())
        step(f"write {events}")
        half = real_write(file, data[: len(data) // 2])
        step(f"half written {events}")
        rest = real_write(file, data[half:])
        step(f"written {events}")
        return half + rest

    def fsync(file: int) -> None:
        real_fsync(file)
        if file in step.journals:
            step("on disk")

    def ftruncate(file: int, length: int) -> None:
        if file in step.journals:
            step("cut off what is torn")
        real_truncate(file, length)

    def close(fd: int) -> None:
        step.journals.discard(fd)
        real_close(fd)

    for name, function in {"open": open_file, "write": write, "fsync": fsync, "ftruncate": ftruncate}.items():
        setattr(os, name, function)
    os.close = close


def watch_requests(step: Steps) -> None:
    """Make each piece of a request that is sent a step, and each answer."""
    import http.client

    connection = http.client.HTTPConnection
    real_send, real_answer = connection.send, connection.getresponse

    def send(self: http.client.HTTPConnection, data: t.Any) -> None:
        first = bytes(data[:80]).split(b"\r\n")[0].decode("latin-1") if isinstance(data, bytes) else "a body"
        step(f"send {first}")
        real_send(self, data)

    def getresponse(self: http.client.HTTPConnection) -> http.client.HTTPResponse:
        select.select([self.sock], [], [], self.timeout)
        step("an answer has arrived")
        return real_answer(self)

    connection.send, connection.getresponse = send, getresponse  # type: ignore[method-assign]


if FOLDER and pathlib.Path(sys.argv[0]).name == f"AnsiballZ_{MODULE}.py":
    counting = Steps()
    watch_journal(counting)
    watch_requests(counting)
