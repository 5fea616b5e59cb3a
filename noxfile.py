# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lanes of `make test`. Each is a run of pytest that leaves a report; `nox --list` shows them."""

from __future__ import annotations

import os
import pathlib
import shutil
import sys

import nox

nox.options.default_venv_backend = "none"  # the environment that make has set up
nox.options.error_on_missing_interpreters = False
nox.options.stop_on_first_error = False

HERE = pathlib.Path(__file__).parent
BUILD = HERE / ".build"

#: The oldest ansible-core that we support and the newest there is, with the Pythons that can run each as a controller.
CORES = {"2.16": ("3.11", "3.12", "3.10"), "2.21": ("3.13", "3.12")}


def interpreter(version: str) -> str | None:
    """A Python of this version, on the PATH or as pyenv installs it."""
    installed = sorted(pathlib.Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
    if installed:
        return str(installed[-1])
    return shutil.which(f"python{version}")


def run_pytest(session: nox.Session, lane: str, *arguments: str, **environment: str) -> None:
    session.run(
        str(pathlib.Path(sys.executable).parent / "pytest"),
        f"--junitxml={BUILD / 'reports' / lane}.xml",
        "--override-ini=junit_suite_name=" + lane,
        *arguments,
        *session.posargs,
        env={**os.environ, **environment},
        external=True,
    )


@nox.session
def unit(session: nox.Session) -> None:
    """The plan, the state tables, the wire formats, the journal: pure and fast."""
    run_pytest(session, "unit", "-n2", "tests/unit")


@nox.session
def simulators(session: nox.Session) -> None:
    """The simulators against the contracts, and the product packages against the simulators."""
    run_pytest(session, "simulators", "-n2", "tests/simulators", "tests/api")


@nox.session
@nox.parametrize("core", list(CORES))
def runs(session: nox.Session, core: str) -> None:
    """Modules, role and playbooks in real runs of one ansible-core against the simulators."""
    python = next(filter(None, map(interpreter, CORES[core])), None)
    if python is None:
        session.skip(f"ansible-core {core} needs one of Python {', '.join(CORES[core])} on this machine")
    environment = BUILD / "lanes" / f"core-{core}"
    if not (environment / "bin" / "ansible").exists():
        session.run("uv", "venv", "--quiet", "--clear", f"--python={python}", str(environment), external=True)
        packages = (f"ansible-core=={core}.*", "requests", "xmltodict")
        session.run("uv", "pip", "install", "--quiet", f"--python={environment}", *packages, external=True)
    programs = str(environment / "bin")
    run_pytest(session, f"runs-{core}", "-n2", "--dist=worksteal", "tests/runs", JOB_CONTROL_ANSIBLE=programs)


@nox.session
def checks(session: nox.Session) -> None:
    """Linters, type checks, ansible-test sanity, documentation, the built collection."""
    run_pytest(session, "checks", "-n2", "--dist=worksteal", "tests/checks")
