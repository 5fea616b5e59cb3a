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
