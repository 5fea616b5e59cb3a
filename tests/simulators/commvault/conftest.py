# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

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
