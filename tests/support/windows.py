# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Maintenance windows, opened and closed with the playbooks of the collection."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import subprocess
import time
import typing as t

from support.ansible import Ansible, PlaybookRun

PATIENCE = 60.0  # seconds, far longer than anything waited for here takes
A_PLAYBOOK = 5 * PATIENCE  # the same for a whole playbook with modules on several hosts


def wait_until(condition: t.Callable[[], object], meanwhile: str, seconds: float = PATIENCE) -> None:
    """Look again and again until something has come true."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{meanwhile}: not after {seconds:g} seconds")
        time.sleep(0.02)


@dataclasses.dataclass(frozen=True)
class Window:
    """One window, by its name."""

    ansible: Ansible
    name: str = "patchday"

    @property
    def folder(self) -> pathlib.Path:
        return self.ansible.folder / "the *windows* of 'é'"

    def journal(self, host: str) -> pathlib.Path:
        return self.folder / f"{host}.journal"

    def events(self, host: str) -> list[str]:
        """The journal of a host, one word for each record."""
        return [json.loads(line)["event"] for line in self.journal(host).read_text().splitlines()]

    def suspend_jobs(self, *flags: str, **variables: t.Any) -> PlaybookRun:
        return self.run("suspend_jobs", *flags, **variables)

    def resume_jobs(self, *flags: str, **variables: t.Any) -> PlaybookRun:
        return self.run("resume_jobs", *flags, **variables)

    def around(self, tasks: pathlib.Path, *flags: str, **variables: t.Any) -> PlaybookRun:
        """Open the window, run the tasks of this file, close the window."""
        return self.run("maintenance_window", *flags, maintenance_window_tasks=str(tasks), **variables)

    def run(self, playbook: str, *flags: str, **variables: t.Any) -> PlaybookRun:
        """Run a playbook: one of the collection by its short name, or a file."""
        return self.ansible.playbook(_full(playbook), *flags, **self.variables(variables))

    def start(self, playbook: str, *flags: str, env: dict[str, str] | None = None, **variables: t.Any) -> Started:
        """The same, without waiting for its end."""
        given = json.dumps(self.variables(variables))
        return self.ansible.start("ansible-playbook", _full(playbook), "-e", given, *flags, **(env or {}))

    def variables(self, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        """What is said to every playbook of the window, and these variables."""
        return {
            "maintenance_window_name": self.name,
            "maintenance_window_journal_folder": str(self.folder),
            "maintenance_window_jobs": {"all": True},
            "maintenance_window_running": "leave",  # what runs in a simulator does not end by itself
            **variables,
        }


Started = subprocess.Popen[str]


def _full(playbook: str) -> str:
    return playbook if "/" in playbook else f"batchops.job_control.{playbook}"


def ended(process: Started, seconds: float = A_PLAYBOOK) -> PlaybookRun:
    """Wait for the end of a playbook that was started."""
    output, _nothing = process.communicate(timeout=seconds)
    return PlaybookRun(process.returncode, output)
