# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the tests that run real ansible against the simulators."""

from __future__ import annotations

import os
import pathlib
import typing as t
import zlib

import pytest
from support.ansible import Ansible
from support.estate import Target, running_estate, write_inventory

SYSTEMS = ("commvault", "prime", "drs", "veeam", "ajs")


@pytest.fixture(scope="session")
def running() -> t.Iterator[dict[str, Target]]:
    with running_estate() as targets:
        yield targets


@pytest.fixture
def estate(running: dict[str, Target]) -> dict[str, Target]:
    """The five job systems, without jobs, with default knobs."""
    for target in running.values():
        target.control.reset()
    return running


@pytest.fixture
def ansible(running: dict[str, Target], tmp_path: pathlib.Path) -> Ansible:
    inventory = tmp_path / "inventory.yml"
    write_inventory(inventory, running.values())
    return Ansible(inventory, tmp_path)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With JOB_CONTROL_PRODUCTS=one, each test that is the same for all products is about one of them: always the same
    one, and another one for the next test."""
    if os.environ.get("JOB_CONTROL_PRODUCTS") == "one":
        items[:] = [item for item in items if _has_its_turn(item)]


def _has_its_turn(item: pytest.Item) -> bool:
    parametrized = getattr(item, "callspec", None)
    system = parametrized and parametrized.params.get("target")
    number = zlib.crc32(getattr(item, "originalname", "").encode()) % len(SYSTEMS)
    return not system or system == SYSTEMS[number]


@pytest.fixture(params=SYSTEMS)
def target(request: pytest.FixtureRequest, estate: dict[str, Target]) -> Target:
    """Each of the job systems in turn."""
    return estate[request.param]
