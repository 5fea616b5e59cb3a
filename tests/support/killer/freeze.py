# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The other side of the hook: which module is to be frozen at which step, and which ones are."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import signal
import typing as t

from support.processes import send
from support.windows import wait_until

HOOK = pathlib.Path(__file__).parent / "hook"


@dataclasses.dataclass(frozen=True)
class Frozen:
    """A module process that stands still."""

    host: str
    step: int
    name: str
    process: int

    @property
    def is_stopped(self) -> bool:
        return self._status("State").startswith("T")

    @property
    def is_about_to_end(self) -> bool:
        """Whether a SIGTERM waits for it, so that it will not take another step; or it is gone."""
        if self._status("State")[:1] in ("", "Z"):
            return True
        waiting = int(self._status("SigPnd") or "0", 16) | int(self._status("ShdPnd") or "0", 16)
        return bool(waiting >> (signal.SIGTERM - 1) & 1)

    def kill(self) -> None:
        send(self.process, signal.SIGKILL)

    def go_on(self) -> None:
        send(self.process, signal.SIGCONT)

    def _status(self, key: str) -> str:
        try:
            lines = pathlib.Path(f"/proc/{self.process}/status").read_text().splitlines()
        except OSError:  # it is gone
            return ""
        return next((line.partition(":")[2].strip() for line in lines if line.startswith(f"{key}:")), "")


@dataclasses.dataclass(frozen=True)
class Freeze:
    """A module is to be frozen at a step (counted from 1) on each of these hosts.

    :param folder: for the notes of the modules; a new one for each run.
    """

    folder: pathlib.Path
    module: str
    step: int
    hosts: t.Collection[str]

    @property
    def environment(self) -> dict[str, str]:
        """What the processes of the run need to have in their environment."""
        self.folder.mkdir()
        return {
            "PYTHONPATH": str(HOOK),
            "JOB_CONTROL_FREEZE_FOLDER": str(self.folder),
            "JOB_CONTROL_FREEZE_MODULE": self.module,
            "JOB_CONTROL_FREEZE_STEP": str(self.step),
        }

    @property
    def frozen(self) -> list[Frozen]:
        """The modules that stand still, or have done so."""
        return [Frozen(host, **note) for host in self.hosts if (note := self._note(host, "frozen"))]

    @property
    def ended(self) -> dict[str, int]:
        """How many steps the modules had that came to their end, by host."""
        return {host: note["step"] for host in self.hosts if (note := self._note(host, "ended"))}

    def has_come(self) -> bool:
        """Whether every module stands still, or has ended without ever getting there."""
        frozen = self.frozen
        return {one.host for one in frozen} | self.ended.keys() == set(self.hosts) and all(
            one.is_stopped for one in frozen
        )

    def _note(self, host: str, what: str) -> dict[str, t.Any]:
        path = self.folder / f"{host}.{what}"
        return t.cast("dict[str, t.Any]", json.loads(path.read_text())) if path.exists() else {}


def nothing_under_way(origin: str) -> bool:
    """Whether a server of this machine has read all that was sent to it, and has no connection that is still open.

    :param origin: scheme://host:port.
    """
    port = f":{int(origin.rpartition(':')[2]):04X}"
    entries = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    established, close_wait = "01", "08"
    return not any(entry[1].endswith(port) and entry[3] in (established, close_wait) for entry in entries)


def wait_for_quiet(origins: t.Iterable[str]) -> None:
    """Wait until whatever a dead process has sent took effect, or never will."""
    for origin in origins:
        wait_until(lambda origin=origin: nothing_under_way(origin), f"waiting for {origin} to become quiet")  # type: ignore[misc]
