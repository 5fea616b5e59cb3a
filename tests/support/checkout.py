# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the checks find the collection and their tools."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
TOOLS = pathlib.Path(sys.executable).parent


class Checkout:
    """The checked-out collection, linked to where Ansible finds it, and the tools of the test environment."""

    root = ROOT
    tools = TOOLS

    def run(self, *command: str, cwd: pathlib.Path = ROOT, **environment: str) -> str:
        """Run a tool; its output, which is also the failure message when it does not end well."""
        done = subprocess.run(
            command,
            cwd=cwd,
            env={
                **os.environ,
                "PATH": f"{TOOLS}:{os.environ['PATH']}",
                "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build"),
                **environment,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-8000:]}", pytrace=False)
        return done.stdout

    def files(self) -> list[str]:
        """Every file that belongs to the project, as git sees it."""
        listed = self.run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
        return [name for name in listed if name and (ROOT / name).is_file()]
