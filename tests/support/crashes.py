# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run of a module that ends at a chosen step, as by kill -9: from then on it sends nothing and writes nothing.

A step is a moment around each HTTP request (before it is sent, while it is on its way, when its answer is there) and
around each thing that is done to the file of the journal (before it, in the middle of a write, after it).
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import threading
import typing as t

import pytest
import requests
import requests.adapters

from ansible_collections.batchops.job_control.plugins.module_utils._journal import file as journal_file
from support.clock import ProductClock
from support.product import Crash

if t.TYPE_CHECKING:
    from simulators.core.simulator import Simulator


@dataclasses.dataclass
class Steps:
    """Counts the steps of one run, and ends it at one of them."""

    simulator: Simulator
    crash_at: int | None = None  # index of the step; None: the run lives to its end
    names: list[str] = dataclasses.field(default_factory=list)
    is_over: bool = False
    on_its_way: requests.PreparedRequest | None = None  # what the dead run had sent and the product has not got yet
    _lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)  # a run may have several threads

    def reached(self, name: str, last_deed: t.Callable[[], object] = lambda: None) -> None:
        """One more step.

        :param last_deed: what is still done if this is the end.
        :raises Crash: it is, or it was before.
        """
        with self._lock:
            if not self.is_over:
                self.names.append(name)
                self.is_over = len(self.names) - 1 == self.crash_at
                if not self.is_over:
                    return
                last_deed()
        raise Crash

    @contextlib.contextmanager
    def counted(self) -> t.Iterator[None]:
        """Count the steps of what runs in this block; a crash ends the block and goes no further."""
        with pytest.MonkeyPatch.context() as patch:
            real = requests.adapters.HTTPAdapter.send

            def send(
                adapter: requests.adapters.HTTPAdapter, request: requests.PreparedRequest, **options: t.Any
            ) -> requests.Response:
                name = f"{request.method} {request.path_url}"
                self.reached(f"before {name}")
                if self._is_write(request):
                    self.reached(f"on its way: {name}", lambda: setattr(self, "on_its_way", request))
                answer = real(adapter, request, **options)
                self.reached(f"after {name}")
                return answer

            disk = JournalDisk(self)
            patch.setattr(requests.adapters.HTTPAdapter, "send", send)
            patch.setattr(journal_file, "os", disk)
            with contextlib.suppress(Crash):
                yield
            disk.close_all()

    def _is_write(self, request: requests.PreparedRequest) -> bool:
        body = request.body or b""
        path = request.path_url.partition("?")[0]
        return self.simulator.is_write(request.method or "", path, body.encode() if isinstance(body, str) else body)


class JournalDisk:
    """The module `os` as the journal sees it, with a step around all that changes something on disk."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._open: set[int] = set()

    def __getattr__(self, name: str) -> t.Any:
        return getattr(os, name)

    def open(self, path: str, flags: int, *mode: int) -> int:
        if flags & os.O_CREAT:
            self._steps.reached("before open")
        file = os.open(path, flags, *mode)
        self._open.add(file)
        if flags & os.O_CREAT:
            self._steps.reached("after open")
        return file

    def close(self, file: int) -> None:
        self._open.discard(file)
        os.close(file)

    def close_all(self) -> None:
        """What the kernel does for a dead process; it frees the lock too."""
        for file in list(self._open):
            self.close(file)

    def write(self, file: int, data: bytes) -> int:
        self._steps.reached("before write")
        first_line = data.find(b"\n") + 1
        for size in sorted({1, len(data) // 2, first_line, len(data) - 1} - {len(data)}):
            self._steps.reached(f"{size} bytes of a write", lambda size=size: os.write(file, data[:size]))  # type: ignore[misc]
        written = os.write(file, data)
        self._steps.reached("after write")
        return written

    def fsync(self, file: int) -> None:
        self._steps.reached("before fsync")
        os.fsync(file)
        self._steps.reached("after fsync")

    def ftruncate(self, file: int, size: int) -> None:
        self._steps.reached("before ftruncate")
        os.ftruncate(file, size)
        self._steps.reached("after ftruncate")


class LateClock(ProductClock):
    """The product's time, in which a request that a dead run had sent arrives late."""

    def __init__(self, simulator: Simulator) -> None:
        super().__init__(simulator.clock)
        self._due: tuple[float, requests.PreparedRequest] | None = None

    def expect(self, request: requests.PreparedRequest, seconds: float) -> None:
        """Let the request arrive when so many seconds have passed."""
        self._due = self.time() + seconds, request

    def sleep(self, seconds: float) -> None:
        end = self.time() + seconds
        if self._due and self._due[0] <= end:
            (due, request), self._due = self._due, None
            super().sleep(max(0.0, due - self.time()))
            deliver(request)
        super().sleep(max(0.0, end - self.time()))


def deliver(request: requests.PreparedRequest) -> None:
    """Let a request arrive at last; nobody is there for its answer."""
    with requests.Session() as session:
        session.trust_env = False
        session.send(request, allow_redirects=False).close()
