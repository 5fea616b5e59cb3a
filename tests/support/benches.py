# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One simulated product with a scene of jobs and one journal, for windows within this process that cost no time."""

from __future__ import annotations

import itertools
import pathlib
import re
import typing as t

import pytest
from runs.conftest import SYSTEMS

from ansible_collections.batchops.job_control.plugins.module_utils._registry import CAPABILITIES
from simulators.__main__ import create
from simulators.core.control import Control
from simulators.core.server import Server, serving
from support.clock import ProductClock
from support.crashes import LateClock, Steps
from support.estate import Target
from support.inprocess import run_module
from support.scenes import mixed_jobs

Json = dict[str, t.Any]

START = 1_780_000_000.0  # when each window begins, seconds since the epoch
#: Jobs of each kind: several requests, and for DRS two batches.
COUNTS = {"commvault": 1, "prime": 2, "drs": 11, "veeam": 1, "ajs": 2}
#: Jobs that a window suspends in another way: where Veeam can only toggle, twice is not once.
MORE: dict[str, tuple[Json, ...]] = {
    "veeam": (
        {"name": "copy", "kind": "copy", "scenario": "queued"},
        {"name": "agent", "kind": "agent", "scenario": "running"},
        {"name": "policy", "kind": "cdp", "scenario": "running"},
    )
}
#: What a product counts that neither suspends nor resumes.
CANCELS = ("kill", "cancelrunning", "stop", "cancel_running")
WINDOW = {"window": "patchday"}


class Bench:
    """One product, its jobs, and one journal. Time passes only where somebody waits."""

    def __init__(self, server: Server, journal: pathlib.Path) -> None:
        self.simulator = server.simulator
        self.system = self.simulator.system
        self.settle = CAPABILITIES[self.system].settle
        self.journal = journal
        self.target = Target(self.system, server.options, Control(server.origin))
        with self.simulator.lock:
            self.simulator._begin()
        self.simulator.clock.freeze(True)
        self.simulator.clock.advance(START - self.simulator.clock.now())
        self.scene = mixed_jobs(self.target, COUNTS[self.system])
        more = self.target.control.seed(*MORE.get(self.system, ()))
        self.ours = [*self.scene.ours(self.system), *more]
        self.before = self.jobs()

    def jobs(self) -> dict[str, Json]:
        """What the product says of itself."""
        with self.simulator.lock:
            self.simulator.tick()
            return {job["id"]: job for job in self.simulator.snapshot()}

    def run(self, module: str, *, clock: ProductClock | None = None, **options: t.Any) -> Json:
        """One run of a module over this journal, with one request at a time."""
        given = {**self.target.options, "workers": 1, "journal": str(self.journal), **WINDOW, **options}
        if module == "job_suspend" and "plan" not in options:
            given = {"all": True, **given}
            given |= {"location": "/"} if self.system == "ajs" else {}
        return run_module(module, clock=clock or ProductClock(self.simulator.clock), **given)

    def window(self, **options: t.Any) -> None:
        """Suspend everything, and resume it."""
        for module, given in (("job_suspend", options), ("job_resume", {})):
            result = self.run(module, **given)
            assert not result.get("failed"), result

    def clock(self, dead: Steps | None = None, after: float = 0.0) -> LateClock:
        """The product's time, in which the last request of a dead run comes so many seconds `after` now."""
        clock = LateClock(self.simulator)
        if dead and dead.on_its_way:
            clock.expect(dead.on_its_way, after)
        return clock

    def recover(self, arriving: Steps | None = None, after: float = 0.0) -> None:
        """One run of `job_resume`.

        :param arriving: a dead run whose last request comes to the product meanwhile, so many seconds `after`.
        """
        clock = self.clock(arriving, after)
        result = self.run("job_resume", clock=clock)
        if self.journal.exists():
            assert not result.get("failed"), result
        else:
            assert result["error"]["kind"] == "usage"
            assert "does not exist" in result["msg"]
        clock.sleep(1000.0)

    def traces(self) -> object:
        """All that a dead run has left behind, without the times."""
        journal = re.sub(rb'"at": "[^"]*"', b"", self.journal.read_bytes())
        jobs = [(job["id"], job["state"], job["held"], job["applied"]) for job in self.jobs().values()]
        return journal, jobs, len(self.simulator._agenda)

    def assert_as_found(self, turns: tuple[int, ...] = (0, 2)) -> None:
        """
        :param turns: how often our jobs may have been suspended and resumed in all.
        """
        after = self.jobs()
        assert set(after) == set(self.before)
        for job_id, job in after.items():
            assert job["held"] == self.before[job_id]["held"], f"{job['name']} is {job['state']}"
            applied = {verb: count for verb, count in job["applied"].items() if verb not in CANCELS}
            allowed = turns if job_id in self.ours else (0,)
            assert sum(applied.values()) in allowed, f"{job['name']}: {applied}"

    def assert_nothing_is_left_to_do(self) -> None:
        """One more recovery finds everything done."""
        written = self.writes()
        if self.journal.exists():
            again = self.run("job_resume")
            assert (again["changed"], again["jobs"]) == (False, []), again
        assert self.writes() == written

    def writes(self) -> int:
        return sum(entry.is_write for entry in self.simulator.log)


@pytest.fixture(params=SYSTEMS, scope="module")
def server(request: pytest.FixtureRequest) -> t.Iterator[Server]:
    with serving(create(request.param)) as running:
        yield running


@pytest.fixture
def bench(server: Server, tmp_path: pathlib.Path) -> t.Callable[[], Bench]:
    """Make a new bench: the product as it was in the beginning, and no journal."""
    folders = folders_in(tmp_path)
    return lambda: Bench(server, next(folders) / "window.journal")


def folders_in(path: pathlib.Path) -> t.Iterator[pathlib.Path]:
    """New folders, as two journals of one product do not go together in one."""
    for number in itertools.count():
        (path / str(number)).mkdir()
        yield path / str(number)
