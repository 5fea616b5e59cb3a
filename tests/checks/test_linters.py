# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tools that judge the source."""

from __future__ import annotations

from support.checkout import ROOT, Checkout


def test_ruff(checkout: Checkout) -> None:
    checkout.run("ruff", "check", ".")


def test_ruff_format(checkout: Checkout) -> None:
    checkout.run("ruff", "format", "--check", ".")


def test_mypy_of_the_plugins(checkout: Checkout) -> None:
    checkout.run(
        "mypy", "--cache-dir=.build/mypy", "-p", "ansible_collections.batchops.job_control.plugins.module_utils"
    )


def test_mypy_of_the_tests(checkout: Checkout) -> None:
    packages = (f"--package={path.name}" for path in sorted((ROOT / "tests").iterdir()) if any(path.rglob("*.py")))
    checkout.run("mypy", "--python-version=3.11", "--cache-dir=.build/mypy-tests", *packages, MYPYPATH="tests")


def test_yamllint(checkout: Checkout) -> None:
    checkout.run("yamllint", "--strict", ".")


def test_ansible_lint(checkout: Checkout) -> None:
    checkout.run("ansible-lint", "--offline", "--profile=production", "--strict")
