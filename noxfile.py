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
TOOLS = pathlib.Path(sys.executable).parent

#: The oldest ansible-core that we support, and the newest that a Python of this machine can run as a controller.
CORES = {
    "oldest": {"2.16": ("3.11", "3.12", "3.10")},
    "newest": {"2.21": ("3.13", "3.12"), "2.19": ("3.11",)},
}

#: Run tests of what no ansible-core makes a difference to; the newest one is enough.
ONCE = (
    "test_ajs_verbs.py",
    "test_bad_input.py",
    "test_dialects.py",
    "test_examples.py",
    "test_own_verbs.py",
    "test_requests.py",
    "test_tls.py",
)

#: The products for which a client exists that somebody else wrote.
SDKS = ("commvault", "prime", "drs", "veeam")
#: What the tests need beside such a client: they serve the simulator themselves, and run ansible.
SDK_TOOLS = ("ansible-core", "flask", "hypothesis", "pytest>=8", "requests", "trustme", "xmltodict")


def interpreter(version: str) -> str | None:
    """A Python of this version, on the PATH or as pyenv installs it."""
    installed = sorted(pathlib.Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
    if installed:
        return str(installed[-1])
    return shutil.which(f"python{version}")


def run_pytest(
    session: nox.Session, lane: str, *arguments: str, tools: pathlib.Path = TOOLS, **environment: str
) -> None:
    """Run tests.

    :param tools: the folder of the pytest to use.
    """
    session.run(
        str(tools / "pytest"),
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
@nox.parametrize("age", list(CORES))
def runs(session: nox.Session, age: str) -> None:
    """Modules, role and playbooks in real runs of one ansible-core against the simulators."""
    able = [(core, python) for core, versions in CORES[age].items() for python in map(interpreter, versions) if python]
    if not able:
        session.skip(f"this machine has no Python for the {age} ansible-core")
    core, python = able[0]
    session.log(f"ansible-core {core} on {python}")
    environment = BUILD / "lanes" / f"core-{core}"
    if not (environment / "bin" / "ansible").exists():
        session.run("uv", "venv", "--quiet", "--clear", f"--python={python}", str(environment), external=True)
        packages = (f"ansible-core=={core}.*", "requests", "xmltodict")
        session.run("uv", "pip", "install", "--quiet", f"--python={environment}", *packages, external=True)
    less = [f"--ignore=tests/runs/{name}" for name in ONCE] if age == "oldest" else []
    tests = ("-n2", "--dist=worksteal", *less, "tests/runs")
    run_pytest(session, f"runs-{core}", *tests, JOB_CONTROL_ANSIBLE=str(environment / "bin"))


@nox.session
def torture(session: nox.Session) -> None:
    """Crashes, faults, hostile answers, secrets and load: a part of each, or all of it with `make torture`."""
    run_pytest(session, "torture", "-n2", "--dist=worksteal", "tests/torture")


@nox.session
@nox.parametrize("system", SDKS)
def sdk(session: nox.Session, system: str) -> None:
    """Clients that we did not write, and ours beside them, against the simulator of one product.

    Each product has an environment of its own, as what the clients require does not go together.
    """
    environment = BUILD / "lanes" / f"sdk-{system}"
    wanted = (HERE / "tests" / "sdk" / f"requirements-{system}.txt").read_text() + "\n".join(SDK_TOOLS) + "\n"
    installed = environment / "installed.txt"  # is written last, so an environment that has it is complete
    if not installed.exists() or installed.read_text() != wanted:
        python = interpreter("3.11") or sys.executable
        session.run("uv", "venv", "--quiet", "--clear", f"--python={python}", str(environment), external=True)
        requirements = environment / "wanted.txt"
        requirements.write_text(wanted)
        install = ("uv", "pip", "install", "--quiet", f"--python={environment}", f"--requirement={requirements}")
        session.run(*install, external=True)
        requirements.rename(installed)
    tests = [str(path) for path in sorted((HERE / "tests" / "sdk").glob(f"test_*{system}*.py"))]
    run_pytest(session, f"sdk-{system}", *tests, tools=environment / "bin")


@nox.session
def checks(session: nox.Session) -> None:
    """Linters, type checks, ansible-test sanity, documentation, the built collection."""
    run_pytest(session, "checks", "-n2", "--dist=worksteal", "tests/checks")
