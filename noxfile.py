# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lanes of `make test`. Each is a run of pytest that leaves a report; `nox --list` shows them."""

from __future__ import annotations

import functools
import os
import pathlib
import shutil
import sys

import nox

try:
    import antsibull_nox
except ImportError:
    pass  # the lanes do without it
else:
    antsibull_nox.load_antsibull_nox_toml()

nox.options.error_on_missing_interpreters = False
nox.options.stop_on_first_error = False

in_test_environment = functools.partial(nox.session, venv_backend="none")

HERE = pathlib.Path(__file__).parent
BUILD = HERE / ".build"
TOOLS = pathlib.Path(sys.executable).parent

#: The versions of ansible-core that we support, each with the Pythons that can run it as a controller. 2.19 is that of
#: the test environment, where the lanes torture and molecule run with it.
CORES = {
    "2.16": ("3.11", "3.12", "3.10"),
    "2.18": ("3.11", "3.12", "3.13"),
    "2.20": ("3.12", "3.13"),
    "2.21": ("3.13", "3.12"),
}
OLDEST = "2.16"
#: Run tests for the versions between the oldest and the newest: the documented examples of every module and the role.
MIDDLE = ("test_examples.py",)

#: The Pythons that modules run on, beside those of the lane unit (3.11) and of ansible-core 2.20 (3.12), and the lowest
#: versions of the libraries that they need (doc fragment _connection).
PYTHONS = ("3.9", "3.13")
LOWEST = ("requests==2.25.0", "xmltodict==0.12.0")
#: What the tests of module code need; no matter which ansible-core, as they use its module_utils only.
PYTHON_TOOLS = ("ansible-core", "flask", "hypothesis", "pytest", "pytest-httpserver", "pytest-xdist", "trustme")

#: Run tests of what both ends of the range are tried with; for all others one of them is enough.
BOTH_ENDS = (
    "test_inventory.py",
    "test_playbooks.py",
    "test_plays.py",
    "test_verbs.py",
    "test_window.py",
)
#: Of the others, what the oldest is tried with, as it is the fastest.
ONLY_OLDEST = ("test_dialects.py",)
#: Real runs wait for the products now and then, so that a few more than there are cores go on at the same time.
AT_ONCE = "-n3"

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


def install(session: nox.Session, environment: pathlib.Path, python: str, *packages: str) -> None:
    """Make an environment with these packages."""
    session.run("uv", "venv", "--quiet", "--clear", f"--python={python}", str(environment), external=True)
    session.run("uv", "pip", "install", "--quiet", f"--python={environment}", *packages, external=True)


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


@in_test_environment
def unit(session: nox.Session) -> None:
    """The plan, the state tables, the wire formats, the journal: pure and fast."""
    run_pytest(session, "unit", "-n2", "tests/unit")


@in_test_environment
def simulators(session: nox.Session) -> None:
    """The simulators against the contracts; where there is no Python 3.9, the product packages against them as well."""
    packages = [] if interpreter(PYTHONS[0]) else ["tests/api"]
    run_pytest(session, "simulators", "-n2", "tests/simulators", *packages)


def cores() -> dict[str, str]:
    """The versions of ansible-core that this machine can run, each with the Python that runs it."""
    able = {version: list(filter(None, map(interpreter, pythons))) for version, pythons in CORES.items()}
    return {version: found[0] for version, found in able.items() if found}


def core(session: nox.Session, version: str) -> pathlib.Path:
    """The environment of a version of ansible-core, made when it is not there."""
    environment = BUILD / "lanes" / f"core-{version}"
    if not (environment / "bin" / "ansible").exists():
        install(session, environment, cores()[version], f"ansible-core=={version}.*", "requests", "xmltodict")
    return environment


@in_test_environment
@nox.parametrize("version", list(CORES))
def runs(session: nox.Session, version: str) -> None:
    """Modules, role and playbooks in real runs of one ansible-core against the simulators."""
    if version not in cores():
        session.skip(f"this machine has no Python that runs ansible-core {version}")
    session.log(f"ansible-core {version} on {cores()[version]}")
    if version == list(cores())[-1]:
        tests = [*(f"--ignore=tests/runs/{name}" for name in ONLY_OLDEST), "tests/runs"]
    else:
        names = (*BOTH_ENDS, *ONLY_OLDEST) if version == OLDEST else MIDDLE
        tests = [f"tests/runs/{name}" for name in names]
    # What is the same for all products is tried with all of them on the newest, and with one on the others.
    turns = "all" if version == list(cores())[-1] else "one"
    environment = {"JOB_CONTROL_ANSIBLE": str(core(session, version) / "bin"), "JOB_CONTROL_PRODUCTS": turns}
    run_pytest(session, f"runs-{version}", AT_ONCE, "--dist=worksteal", *tests, **environment)


@in_test_environment
@nox.parametrize("version", PYTHONS)
def python(session: nox.Session, version: str) -> None:
    """What modules are made of, on each Python that they may meet; on the oldest with the lowest versions of the
    libraries, and against the simulators as well."""
    found = interpreter(version)
    if not found:
        session.skip(f"this machine has no Python {version}")
    is_oldest = version == PYTHONS[0]
    environment = BUILD / "lanes" / f"python-{version}"
    if not (environment / "bin" / "pytest").exists():
        libraries = LOWEST if is_oldest else ("requests", "xmltodict")
        install(session, environment, found, *libraries, *PYTHON_TOOLS)
    tests = ["tests/unit/plugins/module_utils", *(["tests/api"] if is_oldest else [])]
    run_pytest(session, f"python-{version}", "-n2", *tests, tools=environment / "bin")


@in_test_environment
def torture(session: nox.Session) -> None:
    """Crashes, faults, hostile answers, secrets and load: a part of each, or all of it with `make torture`."""
    run_pytest(session, "torture", "-n2", "--dist=worksteal", "tests/torture")


@in_test_environment
def mutants(session: nox.Session) -> None:
    """Small faults put into the code, each of which a test has to tell: some of them, or all with `make mutants`."""
    run_pytest(session, "mutants", "-n2", "--dist=loadgroup", "tests/mutants")


@in_test_environment
def molecule(session: nox.Session) -> None:
    """The role in molecule's scenarios: a window, one that fails, one that is lost and found again."""
    session.run(str(TOOLS / "molecule"), "test", "--all", external=True)


@in_test_environment
def eda(session: nox.Session) -> None:
    """The event source against the simulators, its rulebook in a real ansible-rulebook, the queries of the audit."""
    environment = BUILD / "lanes" / "eda"
    if not (environment / "bin" / "ansible-rulebook").exists():
        packages = ("ansible-core", "ansible-rulebook", "ansible-runner", "drools-jpy", "requests", "xmltodict")
        install(session, environment, interpreter("3.11") or sys.executable, *packages)
    run_pytest(session, "eda", "-n2", "tests/eda")


@in_test_environment
def awx(session: nox.Session) -> None:
    """The content for AWX: against what its API refuses, in its injector, and in jobs as ansible-runner runs them."""
    environment = BUILD / "lanes" / "awx"
    if not (environment / "bin" / "ansible-builder").exists():
        # Its ansible-core is the one of the execution environments of AWX and Automation Platform.
        packages = (*SDK_TOOLS, "ansible-core==2.16.*", "ansible-runner", "awx-plugins-interfaces", "pytest-xdist")
        install(session, environment, interpreter("3.11") or sys.executable, *packages, "ansible-builder")
    tools = environment / "bin"
    run_pytest(session, "awx", "-n2", "--dist=worksteal", "tests/awx", tools=tools, JOB_CONTROL_ANSIBLE=str(tools))


@in_test_environment
@nox.parametrize("system", SDKS)
def sdk(session: nox.Session, system: str) -> None:
    """Clients that we did not write, and ours beside them, against the simulator of one product.

    Each product has an environment of its own, as what the clients require does not go together.
    """
    environment = BUILD / "lanes" / f"sdk-{system}"
    wanted = (HERE / "tests" / "sdk" / f"requirements-{system}.txt").read_text() + "\n".join(SDK_TOOLS) + "\n"
    installed = environment / "installed.txt"  # is written last, so an environment that has it is complete
    if not installed.exists() or installed.read_text() != wanted:
        BUILD.joinpath("lanes").mkdir(parents=True, exist_ok=True)
        requirements = environment.with_suffix(".txt")
        requirements.write_text(wanted)
        install(session, environment, interpreter("3.11") or sys.executable, f"--requirement={requirements}")
        requirements.rename(installed)
    tests = [str(path) for path in sorted((HERE / "tests" / "sdk").glob(f"test_*{system}*.py"))]
    run_pytest(session, f"sdk-{system}", *tests, tools=environment / "bin")


@in_test_environment
def simulation(session: nox.Session) -> None:
    """Maintenance windows in a simulated world, from seeds; faults that are put into the code are found."""
    run_pytest(session, "simulation", "-n2", "tests/simulation")


def ends(session: nox.Session) -> list[str]:
    """The environments of the oldest and the newest ansible-core that this machine can run."""
    supported = list(cores())
    return [core(session, version).name for version in dict.fromkeys((supported[0], supported[-1]))]


@in_test_environment
def sanity(session: nox.Session) -> None:
    """ansible-test sanity of the oldest and the newest ansible-core, side by side."""
    run_pytest(session, "sanity", "-n2", "tests/checks/test_sanity.py", JOB_CONTROL_SANITY=" ".join(ends(session)))


@in_test_environment
def checks(session: nox.Session) -> None:
    """Linters, type checks, documentation, the package."""
    importer = BUILD / "lanes" / "importer"  # an environment of its own, as it wants older tools
    if not (importer / "bin" / "ansible-lint").exists():
        install(session, importer, interpreter("3.11") or sys.executable, "galaxy-importer")
    tests = ("--ignore=tests/checks/test_sanity.py", "tests/checks")
    run_pytest(session, "checks", "-n2", "--dist=worksteal", *tests)
