# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Prime simulator on a loopback socket."""

from __future__ import annotations

import typing as t

import pytest

from simulators.core.control import Control
from simulators.core.server import Server, serving
from simulators.prime.probe import Prime
from simulators.prime.simulator import create


@pytest.fixture(scope="module")
def server() -> t.Iterator[Server]:
    with serving(create()) as running:
        yield running


@pytest.fixture
def prime(server: Server) -> Prime:
    Control(server.origin).reset()
    return Prime(server)
