"""What the tests of this simulator share."""

from __future__ import annotations

import typing as t

import pytest

from simulators.commvault.caller import Web
from simulators.commvault.simulator import CommvaultSimulator
from simulators.core.server import serving


@pytest.fixture
def web() -> t.Iterator[Web]:
    sim = CommvaultSimulator()
    sim.clock.freeze(True)
    with serving(sim) as server:
        yield Web(server, sim)
