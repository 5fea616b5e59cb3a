# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-test sanity, of the oldest and the newest ansible-core whose environments the lanes have made."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess

import pytest
from support.checkout import ROOT, Checkout

#: ansible-test fetches this script to put pip into its environments; Python brings a pip of its own.
GET_PIP = """\
import subprocess
import sys

subprocess.check_call([sys.executable, "-m", "ensurepip"])
packages = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
subprocess.check_call([sys.executable, "-m", "pip", "install", "--disable-pip-version-check", *packages])
"""
GET_PIP_VERSIONS = ("23_1_2", "24_2", "25_2")
#: The environments to test with, as the lane names them.
CORES = os.environ.get("JOB_CONTROL_SANITY", "core-2.16 core-2.21").split()


def home(core: str) -> pathlib.Path:
    """A home for ansible-test that keeps its environments between two runs. Each core has its own: they would share
    the environments without requirements, and two that make one at the same moment break it for each other."""
    home = ROOT / ".build" / "sanity" / core
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in GET_PIP_VERSIONS:
        (cache / f"get_pip_{version}.py").write_text(GET_PIP)
    return home


@pytest.mark.parametrize("core", CORES)
def test_sanity(checkout: Checkout, tmp_path: pathlib.Path, core: str) -> None:
    """ansible-test wants a real folder outside of any repository; within one it tests nothing and is content."""
    copy = tmp_path / "ansible_collections" / "batchops" / "job_control"
    for name in checkout.files():
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    programs = ROOT / ".build" / "lanes" / core / "bin"
    pythons = sorted(str(path) for path in pathlib.Path.home().glob(".pyenv/versions/3.*/bin"))
    environment = {
        "HOME": str(home(core)),
        "PATH": ":".join([str(programs), *pythons, "/usr/local/bin", "/usr/bin", "/bin"]),
    }
    listed = subprocess.run(
        [programs / "ansible-test", "env", "--list-files"],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(listed.stdout.splitlines()) > 60
    checkout.run(str(programs / "ansible-test"), "sanity", "--color=no", cwd=copy, **environment)
