# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A maintenance window over each simulated product that dies at every single step, then one `job_resume`.

Afterwards every job is as it was found: none that we suspended is left suspended, none of somebody else's was touched,
and nothing was done twice.
"""

from __future__ import annotations

import contextlib
import pathlib
import re
import typing as t

import pytest
from runs.conftest import SYSTEMS
from support.clock import ProductClock
from support.crashes import LateClock, Steps
from support.estate import Target
from support.inprocess import run_module
from support.scenes import mixed_jobs
from support.torture import FULL, spread, tally

from ansible_collections.batchops.job_control.plugins.module_utils._registry import CAPABILITIES
from simulators.__main__ import create
from simulators.core.control import Control
from simulators.core.server import Server, serving
from simulators.core.simulator import Simulator

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
        if module == "job_suspend":
            given = {"all": True, **given}
            given |= {"location": "/"} if self.system == "ajs" else {}
        return run_module(module, clock=clock or ProductClock(self.simulator.clock), **given)

    def window(self, **options: t.Any) -> None:
        """Suspend everything, and resume it."""
        for module, given in (("job_suspend", options), ("job_resume", {})):
            result = self.run(module, **given)
            assert not result.get("failed"), result

    def recover(self, arriving: Steps | None = None, after: float = 0.0) -> None:
        """One run of `job_resume`.

        :param arriving: a dead run whose last request comes to the product meanwhile, so many seconds `after`.
        """
        clock = LateClock(self.simulator)
        if arriving and arriving.on_its_way:
            clock.expect(arriving.on_its_way, after)
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

    def assert_as_found(self) -> None:
        after = self.jobs()
        assert set(after) == set(self.before)
        for job_id, job in after.items():
            assert job["held"] == self.before[job_id]["held"], f"{job['name']} is {job['state']}"
            applied = {verb: count for verb, count in job["applied"].items() if verb not in CANCELS}
            turns = (0, 2) if job_id in self.ours else (0,)
            assert sum(applied.values()) in turns, f"{job['name']}: {applied}"

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
    numbers = iter(range(1_000_000))
    return lambda: Bench(server, tmp_path / f"{next(numbers)}.journal")


def steps_of(work: t.Callable[[], object], simulator: Simulator) -> list[str]:
    """The steps of a run that nothing happens to."""
    steps = Steps(simulator)
    with steps.counted():
        work()
    assert not steps.is_over
    return steps.names


def die(work: t.Callable[[], object], simulator: Simulator, step: int) -> Steps:
    """Let a run end at one of its steps."""
    steps = Steps(simulator, step)
    with steps.counted():
        work()
    assert steps.is_over, f"it has no step {step}"
    return steps


def seconds_on_the_way(bench: Bench) -> tuple[float, ...]:
    """How late a request may come that a dead run has sent: while the recovery looks at the jobs for the first time,
    and right before it has to show."""
    return (0.1, bench.settle - 1.5)


def test_a_window_that_dies_at_any_step_is_closed_by_one_more_run(bench: t.Callable[[], Bench]) -> None:
    whole = bench()
    names = steps_of(whole.window, whole.simulator)
    whole.assert_as_found()
    points = spread(range(len(names)), 40)
    for step in points:
        here = bench()
        die(here.window, here.simulator, step)
        with told(f"step {step}: {names[step]}"):
            here.recover()
            here.assert_as_found()
            here.assert_nothing_is_left_to_do()
            assert here.simulator.sessions() <= 1  # of the dead run
    tally("crash points", len(points), whole.system)


def test_a_request_of_a_dead_window_may_come_while_it_is_being_closed(bench: t.Callable[[], Bench]) -> None:
    whole = bench()
    names = steps_of(whole.window, whole.simulator)
    points = [
        (step, seconds)
        for step, name in enumerate(names)
        if name.startswith("on its way")
        for seconds in seconds_on_the_way(whole)
    ]
    assert points
    for step, seconds in spread(points, 10):
        here = bench()
        dead = die(here.window, here.simulator, step)
        with told(f"step {step}: {names[step]}, which comes {seconds} seconds later"):
            here.recover(dead, seconds)
            here.assert_as_found()
            here.assert_nothing_is_left_to_do()
    tally("crash points", len(spread(points, 10)), whole.system)


def test_a_recovery_that_dies_at_any_step_is_repeated_by_one_more_run(bench: t.Callable[[], Bench]) -> None:
    whole = bench()
    names = steps_of(whole.window, whole.simulator)
    tried = 0
    for first in distinct(bench, len(names)) if FULL else spread(range(1, len(names)), 5):
        here = bench()
        dead = die(here.window, here.simulator, first)
        again = steps_of(lambda: here.recover(dead, 0.1), here.simulator)  # noqa: B023
        for second in spread(range(len(again)), 4):
            here = bench()
            dead = die(here.window, here.simulator, first)
            die(lambda: here.recover(dead, 0.1), here.simulator, second)  # noqa: B023
            with told(f"step {first}: {names[first]}, then step {second}: {again[second]}"):
                here.recover()
                here.assert_as_found()
                here.assert_nothing_is_left_to_do()
            tried += 1
    tally("crash points of the recovery", tried, whole.system)


def distinct(bench: t.Callable[[], Bench], number: int) -> list[int]:
    """The steps after which a recovery finds something else than after those before them."""
    seen: dict[str, int] = {}
    for step in range(number):
        here = bench()
        dead = die(here.window, here.simulator, step)
        if here.journal.exists():
            seen.setdefault(f"{here.traces()} {bool(dead.on_its_way)}", step)
    return list(seen.values())


def test_a_window_that_dies_can_be_opened_again(bench: t.Callable[[], Bench]) -> None:
    """What the dead run had suspended is found suspended by the next one, and is the window's own all the same."""
    whole = bench()
    names = steps_of(lambda: whole.run("job_suspend"), whole.simulator)
    points = spread(range(len(names)), 8)
    for step in points:
        here = bench()
        die(lambda: here.run("job_suspend"), here.simulator, step)  # noqa: B023
        with told(f"step {step}: {names[step]}"):
            assert not here.run("job_suspend").get("failed")
            assert all(here.jobs()[job_id]["held"] for job_id in here.ours)
            here.recover()
            here.assert_as_found()
            here.assert_nothing_is_left_to_do()
    tally("crash points", len(points), whole.system)


def test_a_second_opening_of_a_window_may_die(bench: t.Callable[[], Bench]) -> None:
    """The jobs of the first opening stay the window's own, whatever becomes of those that are added."""

    def open_twice(here: Bench) -> None:
        here.run("job_suspend", job_ids=here.ours[::2], all=False)
        here.run("job_suspend")

    whole = bench()
    names = steps_of(lambda: open_twice(whole), whole.simulator)
    points = spread(range(len(names)), 8)
    for step in points:
        here = bench()
        die(lambda: open_twice(here), here.simulator, step)  # noqa: B023
        with told(f"step {step}: {names[step]}"):
            here.recover()
            here.assert_as_found()
            here.assert_nothing_is_left_to_do()
    tally("crash points", len(points), whole.system)


@pytest.mark.parametrize("running", ["wait", "cancel"])
@pytest.mark.parametrize("server", ["prime", "veeam", "ajs"], indirect=True)
def test_a_window_that_dies_while_it_sees_to_what_runs(bench: t.Callable[[], Bench], running: str) -> None:
    """A run that was cancelled cannot be brought back; all else is as it was found."""

    def window(here: Bench) -> None:
        for job_id, job in here.before.items():
            if job["running"] and running == "wait":
                here.simulator.after(5.0, lambda job_id=job_id: here.simulator.event(job_id, "finish"))  # type: ignore[misc]
        here.window(running=running)

    whole = bench()
    names = steps_of(lambda: window(whole), whole.simulator)
    points = spread(range(len(names)), 8)
    for step in points:
        here = bench()
        die(lambda: window(here), here.simulator, step)  # noqa: B023
        with told(f"step {step}: {names[step]}"):
            here.recover()
            here.assert_as_found()
            here.assert_nothing_is_left_to_do()
    tally("crash points", len(points), whole.system)


@contextlib.contextmanager
def told(where: str) -> t.Iterator[None]:
    """Say where it was that something is wrong."""
    try:
        yield
    except AssertionError as error:
        error.add_note(where)
        raise
