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
from support.windows import Window, ended, wait_until

MARK = "JOB_CONTROL_TEST_RUN"


class Victim:
    """A running playbook with all its processes: workers may have sessions of their own (from ansible-core 2.19 on),
    so a process group does not hold them together. They are known by a mark in their environment."""

    def __init__(self, window: Window, playbook: str, *flags: str, **variables: t.Any) -> None:
        self._mark = f"{MARK}={uuid.uuid4()}"
        name, _equals, value = self._mark.partition("=")
        self._process = window.start(playbook, *flags, env={name: value}, **variables)

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

        wait_until(come, meanwhile)

    def kill(self) -> None:
        """Kill every process at once, as a power cut does."""
        while processes := self.processes:
            for process in processes:
                _signal(process, signal.SIGKILL)
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
        wait_until(lambda: not self.processes, "waiting for the processes of a playbook to end")
        return run

    @property
    def processes(self) -> list[int]:
        """The ids of its processes that are alive now."""
        return [int(folder.name) for folder in pathlib.Path("/proc").glob("[0-9]*") if self._is_one(folder)]

    def _is_one(self, folder: pathlib.Path) -> bool:
        try:
            return self._mark.encode() in (folder / "environ").read_bytes().split(b"\0")
        except OSError:  # it has just ended, or belongs to somebody else
            return False


def _signal(process: int, number: signal.Signals) -> None:
    try:
        os.kill(process, number)
    except ProcessLookupError:
        pass
