# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbooks that will not live to their end."""

from __future__ import annotations

import os
import pathlib
import signal
import typing as t
import uuid

from support.ansible import PlaybookRun
from support.windows import A_PLAYBOOK, Window, ended, wait_until

MARK = "JOB_CONTROL_TEST_RUN"


class Marked:
    """All processes of one run: workers may have sessions of their own (from ansible-core 2.19 on), so a process group
    does not hold them together. They are known by a mark in their environment."""

    def __init__(self) -> None:
        self.environment = {MARK: str(uuid.uuid4())}
        self._mark = f"{MARK}={self.environment[MARK]}".encode()

    @property
    def processes(self) -> list[int]:
        """The ids of its processes that are alive now, the older ones first."""
        return sorted(int(folder.name) for folder in pathlib.Path("/proc").glob("[0-9]*") if self._is_one(folder))

    def commands(self) -> dict[int, str]:
        """The command line of each of its processes."""
        return {process: _command(process) for process in self.processes}

    def kill(self) -> None:
        """Kill every process at once, as a power cut does: parents first, so that none can react to another's end."""
        while processes := self.processes:
            for process in processes:
                send(process, signal.SIGKILL)

    def wait_for_end(self) -> None:
        """Wait until nothing of it is left."""
        wait_until(lambda: not self.processes, "waiting for the processes of a playbook to end")

    def _is_one(self, folder: pathlib.Path) -> bool:
        try:
            return self._mark in (folder / "environ").read_bytes().split(b"\0")
        except OSError:  # it has just ended, or belongs to somebody else
            return False


class Victim:
    """A running playbook with all its processes."""

    def __init__(
        self, window: Window, playbook: str, *flags: str, env: dict[str, str] | None = None, **variables: t.Any
    ) -> None:
        self.all = Marked()
        self._process = window.start(playbook, *flags, env={**self.all.environment, **(env or {})}, **variables)

    def __enter__(self) -> Victim:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.kill()

    def until(self, condition: t.Callable[[], object], meanwhile: str) -> None:
        """Wait for the moment to strike; the playbook must not end before it."""

        def come() -> object:
            arrived = condition()
            if not arrived and self._process.poll() is not None:
                raise AssertionError(f"{meanwhile}: the playbook ended before\n{ended(self._process).output}")
            return arrived

        wait_until(come, meanwhile, A_PLAYBOOK)

    def kill(self) -> None:
        """Kill every process at once, as a power cut does."""
        self.all.kill()
        if self._process.returncode is None:
            ended(self._process)

    def kill_controller(self) -> None:
        """Kill ansible-playbook alone; what it has started goes on."""
        self._process.kill()
        self._process.wait()

    def terminate(self) -> None:
        """Ask the whole process group to end, as a scheduler does."""
        os.killpg(self._process.pid, signal.SIGTERM)

    def end(self) -> PlaybookRun:
        """Wait until nothing of it is left."""
        run = ended(self._process)
        self.all.wait_for_end()
        return run


def send(process: int, number: signal.Signals) -> None:
    """Send a signal to a process that may have ended by now."""
    try:
        os.kill(process, number)
    except ProcessLookupError:
        pass


def _command(process: int) -> str:
    try:
        return pathlib.Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
