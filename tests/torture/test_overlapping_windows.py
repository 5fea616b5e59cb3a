# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Three windows over the same jobs of each simulated product, and over what keeps new work from starting there: in
any order of opening and closing, and with a crash at any step, what an open window holds stays as the window has set
it, and all is as it was found in the end."""

from __future__ import annotations

import itertools
import pathlib
import typing as t

import pytest
from support.benches import Bench, Json, folders_in
from support.crashes import Steps, deliver
from support.torture import FULL, spread, tally

from simulators.ajs.agents import Agent
from simulators.ajs.simulator import AjsSimulator
from simulators.commvault.simulator import CommvaultSimulator
from simulators.core.server import Server

ORDERS = sorted(set(itertools.permutations("aabbcc")))
#: Those in which the windows are opened one after the other as they stand above.
ONE_WAY = [order for order in ORDERS if list(dict.fromkeys(order)) == list("abc")]
#: What each window holds of two jobs that work, and one that somebody else has suspended; and whether it keeps new
#: work from starting.
JOBS = {"a": (0, 1, 2), "b": (0, 1), "c": (1, 2)}
BLOCKS = {"a": True, "b": False, "c": True}
DATA_VERIFICATION = 8192  # an activity that none of the jobs needs


class World(Bench):
    """A product with windows beside each other. The second time that a window comes up it is closed."""

    def __init__(self, server: Server, journal: pathlib.Path) -> None:
        super().__init__(server, journal)
        self.jobs_of_windows = [*self.ours[:2], self.scene.foreign[0]]
        if isinstance(self.simulator, AjsSimulator):
            with self.simulator.lock:
                self.simulator.world.agents.add(Agent("ours", "host"))
                self.simulator.world.agents.add(Agent("theirs", "host", status="HOLD"))
        self.switches_before = self.switches()
        self.open: list[str] = []

    def switches(self) -> dict[str, str | bool]:
        """What keeps new work from starting, as the product has it."""
        if isinstance(self.simulator, AjsSimulator):
            return {agent.name: agent.status for agent in self.simulator.world.agents.all()}
        if isinstance(self.simulator, CommvaultSimulator):
            switch = self.simulator.commcell.activity.commcell.by_number[DATA_VERIFICATION]
            return {"data verification": switch.enabled}
        return {}

    def operations(self, order: t.Sequence[str]) -> list[t.Callable[[], None]]:
        """What is run, one after the other."""
        found: list[t.Callable[[], None]] = []
        for place, name in enumerate(order):
            if name in order[:place]:
                found.append(lambda name=name: self.close(name))  # type: ignore[misc]
            else:
                if BLOCKS[name] and self.switches_before:
                    found.append(lambda name=name: self.block(name))  # type: ignore[misc]
                found.append(lambda name=name: self.begin(name))  # type: ignore[misc]
        return found

    def succeed(self, module: str, **options: t.Any) -> Json:
        result = self.run(module, **options)
        assert not result.get("failed"), result
        return result

    def block(self, name: str) -> None:
        if self.system == "ajs":
            self.succeed("ajs_agent_state", agents=["ours", "theirs"], state="hold", window=name)
        else:
            switch = {"scope": "commcell", "activity": "data_verification", "state": "disabled"}
            self.succeed("commvault_activity", **switch, window=name)
        self.assert_blocked()

    def begin(self, name: str) -> None:
        jobs = [self.jobs_of_windows[number] for number in JOBS[name]]
        self.succeed("job_suspend", job_ids=jobs, all=False, window=name)
        self.open = [*self.open, name]
        self.assert_held()

    def close(self, name: str) -> None:
        self.open = [other for other in self.open if other != name]
        self.succeed("job_resume", window=name)
        self.assert_held()

    def assert_held(self) -> None:
        """Nothing works that an open window holds."""
        jobs = self.jobs()
        for name in self.open:
            for number in JOBS[name]:
                assert jobs[self.jobs_of_windows[number]]["held"], (self.open, number)
            if BLOCKS[name]:
                self.assert_blocked()

    def assert_blocked(self) -> None:
        assert set(self.switches().values()) <= {"HOLD", False}, self.switches()

    def assert_all_as_found(self) -> None:
        assert self.switches() == self.switches_before
        for job_id, job in self.jobs().items():
            assert job["held"] == self.before[job_id]["held"], job
        foreign = self.jobs()[self.scene.foreign[0]]
        assert foreign["applied"] == self.before[foreign["id"]]["applied"]
        for name in "abc":
            assert self.succeed("job_resume", window=name)["changed"] is False


@pytest.fixture
def world(server: Server, tmp_path: pathlib.Path) -> t.Callable[[], World]:
    folders = folders_in(tmp_path)
    return lambda: World(server, next(folders) / "window.journal")


def test_any_order(world: t.Callable[[], World]) -> None:
    orders = spread(ORDERS, 4)
    for order in orders:
        here = world()
        for work in here.operations(order):
            work()
        here.assert_all_as_found()
    tally("orders of windows", len(orders), here.system)


def dies(here: World, work: t.Callable[[], None], step: int) -> Steps:
    steps = Steps(here.simulator, step)
    before = here.open
    with steps.counted():
        work()
    here.open = before
    return steps


def test_a_crash_at_any_step_in_any_order(world: t.Callable[[], World]) -> None:
    """What died is run once more. A request that was on its way has got lost, or comes before that."""
    tried = 0
    for order in ONE_WAY if FULL else [tuple("abcbac")]:
        for place in range(len(world().operations(order))):
            for step, arrives in _points(world, order, place):
                here = world()
                operations = here.operations(order)
                for work in operations[:place]:
                    work()
                dead = dies(here, operations[place], step)
                assert dead.is_over
                if arrives and dead.on_its_way:
                    deliver(dead.on_its_way)
                for work in operations[place:]:
                    work()
                here.assert_all_as_found()
                tried += 1
    tally("crashes among windows", tried, here.system)


def _points(world: t.Callable[[], World], order: t.Sequence[str], place: int) -> list[tuple[int, bool]]:
    """The steps of one operation, and for a request on its way both what may become of it."""
    here = world()
    operations = here.operations(order)
    for work in operations[:place]:
        work()
    steps = Steps(here.simulator)
    with steps.counted():
        operations[place]()
    points = [(step, False) for step in range(len(steps.names))]
    points += [(step, True) for step, name in enumerate(steps.names) if name.startswith("on its way")]
    return spread(points, 3)
