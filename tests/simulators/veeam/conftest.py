# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A served Enterprise Manager whose clock stands still, its control API, and an administrator's client."""

from __future__ import annotations

import typing as t

import pytest

from simulators.core.control import Control
from simulators.core.server import Server, serving
from simulators.veeam.raw_client import Client
from simulators.veeam.simulator import create


@pytest.fixture
def server() -> t.Iterator[Server]:
    with serving(create()) as served:
        served.simulator.clock.freeze(True)
        yield served


@pytest.fixture
def control(server: Server) -> Control:
    return Control(server.origin)


@pytest.fixture
def client(server: Server) -> Client:
    user = Client(server)
    user.login()
    return user
