# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from simulators.core.server import serving
from simulators.drs.bench import Bench
from simulators.drs.simulator import create


@pytest.fixture(name="drs", scope="module")
def fixture_served() -> t.Iterator[Bench]:
    """A simulator for a whole file; `fresh` resets it."""
    with serving(create()) as server:
        yield Bench(server)


@pytest.fixture(autouse=True)
def fresh(drs: Bench) -> None:
    drs.control.reset()
    drs.headers = {"X-Auth-Token": drs.log_in().headers["X-Subject-Token"]}
