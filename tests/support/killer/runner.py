# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A playbook that ansible-runner runs, as AWX and Automation Platform do."""

from __future__ import annotations

import pathlib
import typing as t

import ansible_runner

from support.ansible import PlaybookRun
from support.processes import Marked
from support.windows import A_PLAYBOOK, Window, wait_until

LONG = 3600  # seconds


class RunnerJob:
    """A job that has a time to end in, and is ended when that has passed."""

    def __init__(
        self, window: Window, playbook: str, *flags: str, env: dict[str, str] | None = None, **variables: t.Any
    ) -> None:
        self.all = Marked()
        folder = window.ansible.folder / f"runner-{window.name}"
        folder.mkdir()
        self._thread, self._job = ansible_runner.run_async(
            private_data_dir=str(folder),
            project_dir=str(window.ansible.folder),
            inventory=str(window.ansible.inventory),
            playbook=f"batchops.job_control.{playbook}",
            cmdline=" ".join(flags),
            extravars=window.variables(variables),
            envvars={**window.ansible.environment, **self.all.environment, **(env or {})},
            settings={"job_timeout": LONG, "pexpect_timeout": 0.05},
            cancel_callback=lambda: False,  # its own one would take over the signals of this process
            quiet=True,
        )
        self._output = pathlib.Path(self._job.config.artifact_dir, "stdout")

    def __enter__(self) -> RunnerJob:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.all.kill()
        self._thread.join()

    def until(self, condition: t.Callable[[], object], meanwhile: str) -> None:
        """Wait for the moment to strike; the job must not end before it."""

        def come() -> object:
            arrived = condition()
            if not arrived and not self._thread.is_alive():
                raise AssertionError(f"{meanwhile}: the job ended before\n{self._output.read_text()}")
            return arrived

        wait_until(come, meanwhile, A_PLAYBOOK)

    def run_out_of_time(self) -> None:
        """The time of the job is over: ansible-runner kills the process group."""
        self._job.config.job_timeout = 0.001
        self._thread.join()

    def end(self) -> PlaybookRun:
        """Wait until nothing of it is left."""
        self._thread.join()
        self.all.wait_for_end()
        return PlaybookRun(self._job.rc, self._output.read_text())
