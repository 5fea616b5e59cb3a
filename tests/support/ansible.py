# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real runs of ansible and ansible-playbook, with nothing of the machine's own configuration."""

from __future__ import annotations

import dataclasses
import glob
import json
import os
import pathlib
import re
import subprocess
import sys
import typing as t

from support.estate import TESTS

BUILD = TESTS.parent / ".build"

#: The folder with the ansible programs to test with; a lane for another ansible-core sets another one.
PROGRAMS = pathlib.Path(os.environ.get("JOB_CONTROL_ANSIBLE") or pathlib.Path(sys.executable).parent)


@dataclasses.dataclass(frozen=True)
class ModuleRun:
    """One host's result of an ad-hoc command."""

    status: int
    result: dict[str, t.Any]
    output: str  # all that was shown on the terminal

    @property
    def jobs(self) -> dict[str, dict[str, t.Any]]:
        return {job["id"]: job for job in self.result["jobs"]}


@dataclasses.dataclass(frozen=True)
class PlaybookRun:
    """What a playbook ended with."""

    status: int
    output: str


class Ansible:
    """Runs ansible with one inventory. `folder` is for everything that a run leaves behind."""

    def __init__(self, inventory: pathlib.Path, folder: pathlib.Path) -> None:
        self.inventory = inventory
        self.folder = folder
        self.environment = {
            "HOME": str(folder),
            "PATH": f"{PROGRAMS}:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(BUILD),
            "ANSIBLE_HOME": str(folder / "ansible"),
            "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
            "ANSIBLE_REMOTE_TEMP": str(folder / "remote"),
            "ANSIBLE_ASYNC_DIR": str(folder / "async"),
            "ANSIBLE_FORKS": "5",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_DEPRECATION_WARNINGS": "0",
        }

    @property
    def temporary_files(self) -> list[str]:
        """What modules have for their own use; those that run in the background may remove it while we look."""
        return glob.glob("remote/*/*", root_dir=self.folder)  # pathlib's raises when a folder vanishes before 3.13

    def start(self, program: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start a program in a process group of its own."""
        return subprocess.Popen(
            [PROGRAMS / program, "-i", self.inventory, *arguments],
            env={**self.environment, **environment},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, program: str, *arguments: str, **environment: str) -> PlaybookRun:
        process = self.start(program, *arguments, **environment)
        output, _nothing = process.communicate(timeout=600)
        return PlaybookRun(process.returncode, output)

    def module(
        self, host: str, module: str, *flags: str, env: dict[str, str] | None = None, **options: t.Any
    ) -> ModuleRun:
        """Run a module of the collection on one host, ad hoc."""
        (run,) = self.modules(host, module, *flags, env=env, **options)
        return run

    def modules(
        self, hosts: str, module: str, *flags: str, env: dict[str, str] | None = None, **options: t.Any
    ) -> list[ModuleRun]:
        """Run a module of the collection on several hosts, ad hoc."""
        given = ["-a", json.dumps(options)] if options else []
        run = self.run("ansible", hosts, "-m", f"batchops.job_control.{module}", *given, *flags, **(env or {}))
        return [ModuleRun(run.status, result, run.output) for result in _results_of(run.output)]

    def playbook(self, playbook: str, *flags: str, **variables: t.Any) -> PlaybookRun:
        """Run a playbook: a file, or one of the collection by its full name."""
        return self.run("ansible-playbook", playbook, "-e", json.dumps(variables), *flags)


def _results_of(output: str) -> list[dict[str, t.Any]]:
    """The JSON objects that the terminal output shows after each `host | STATUS => `."""
    decoder = json.JSONDecoder()
    results = []
    for found in re.finditer(r"^\S+ \| [A-Z!]+ => (?=\{)", output, re.MULTILINE):
        results.append(decoder.raw_decode(output[found.end() :])[0])
    if not results:
        raise AssertionError(f"no result in: {output}")
    return results
