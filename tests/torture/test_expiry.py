# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A window that nobody closes: the run that suspends dies at every single step, its end passes, and a scheduler closes
what is over. Afterwards every job is as it was found, and the window is closed."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from support.benches import WINDOW, Bench, Json
from support.crashes import Steps, deliver
from support.torture import FULL, evenly, spread, tally, told

from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Ledger, read
from simulators.ajs.agents import Agent
from simulators.ajs.simulator import AjsSimulator

HOUR = 3600.0


def suspend(here: Bench, **options: t.Any) -> Json:
    return here.run("job_suspend", window_expires="1h", **options)


def close(here: Bench, **options: t.Any) -> Json:
    """One run of what a scheduler starts: it knows no name, and closes what is over."""
    return here.run("job_resume", **{"window": None, "close_if": "expired", **options})


def pass_time(here: Bench) -> None:
    """Until the window is over."""
    here.simulator.clock.advance(2 * HOUR)


def ledger(here: Bench) -> Ledger:
    return read(here.journal.read_bytes() if here.journal.exists() else b"", "the journal")[0]


def assert_over(here: Bench) -> None:
    """All is as it was found, the window is closed, and one more run has nothing to do and asks for nothing."""
    here.assert_as_found()
    assert ledger(here).is_idle
    again = close(here)
    assert (again["windows"], again["jobs"], again["http"]["requests"]) == ([], [], 0), again
    here.assert_nothing_is_left_to_do()


def steps_of(here: Bench, work: t.Callable[[Bench], object]) -> list[str]:
    """The steps of a run that nothing happens to."""
    steps = Steps(here.simulator)
    with steps.counted():
        work(here)
    assert not steps.is_over
    return steps.names


def die(here: Bench, work: t.Callable[[Bench], object], step: int) -> Steps:
    """Let a run end at one of its steps."""
    steps = Steps(here.simulator, step)
    with steps.counted():
        work(here)
    assert steps.is_over, f"it has no step {step}"
    return steps


def suspended(here: Bench) -> Bench:
    """The same, with an open window that is over."""
    assert not suspend(here).get("failed")
    pass_time(here)
    return here


def steps_of_suspending(here: Bench) -> list[str]:
    """The steps of a run that suspends; the window is closed after that."""
    names = steps_of(here, suspend)
    pass_time(here)
    close(here)
    assert_over(here)
    return names


def test_a_run_that_dies_while_it_suspends(bench: t.Callable[[], Bench]) -> None:
    """What it had sent last arrives, or does not."""
    whole = bench()
    names = steps_of_suspending(whole)
    points = [
        (step, arrives) for step, name in enumerate(names) for arrives in sorted({False, name.startswith("on its way")})
    ]
    for step, arrives in spread(points, 6):
        here = bench()
        dead = die(here, suspend, step)
        if arrives and dead.on_its_way:
            deliver(dead.on_its_way)
        early = close(here)
        assert early["windows"] == []  # its end is still to come
        pass_time(here)
        with told(f"step {step}: {names[step]}{', which arrives' if arrives else ''}"):
            result = close(here)
            assert not result.get("failed"), result
            assert [window["is_closed"] for window in result["windows"]] in ([], [True])
            assert_over(here)
    tally("crash points", len(spread(points, 6)), whole.system)


def test_a_closer_that_dies_is_followed_by_the_next_one(bench: t.Callable[[], Bench]) -> None:
    whole = suspended(bench())
    names = steps_of(whole, close)
    assert_over(whole)
    points = spread(range(len(names)), 4)
    for step in points:
        here = suspended(bench())
        dead = die(here, close, step)
        with told(f"step {step}: {names[step]}"):
            result = close(here, clock=here.clock(dead, 0.1))
            assert not result.get("failed"), result
            here.simulator.clock.advance(1000.0)
            assert_over(here)
    tally("crash points of the recovery", len(points), whole.system)


def test_a_run_that_dies_and_then_its_closer(bench: t.Callable[[], Bench]) -> None:
    whole = bench()
    names = steps_of_suspending(whole)
    tried = 0
    for first in evenly(range(len(names) // 4, len(names)), 4 if FULL else 2):
        here = bench()
        die(here, suspend, first)
        pass_time(here)
        again = steps_of(here, close)
        for second in spread(range(len(again)), 2):
            here = bench()
            die(here, suspend, first)
            pass_time(here)
            dead = die(here, close, second)
            with told(f"step {first}: {names[first]}, then step {second}: {again[second]}"):
                result = close(here, clock=here.clock(dead, 0.1))
                assert not result.get("failed"), result
                here.simulator.clock.advance(1000.0)
                assert_over(here)
            tried += 1
    tally("crash points of the recovery", tried, whole.system)


@dataclasses.dataclass
class Meanwhile(Steps):
    """Lets something happen at one step of a run, which then goes on."""

    happens_at: int = 0
    happens: t.Callable[[], object] = lambda: None
    is_busy: bool = False

    def reached(self, name: str, last_deed: t.Callable[[], object] = lambda: None) -> None:
        if self.is_busy:
            return
        self.names.append(name)
        if len(self.names) - 1 == self.happens_at:
            self.is_busy = True
            self.happens()
            self.is_busy = False


def test_two_closers_at_a_time(bench: t.Callable[[], Bench]) -> None:
    """The second begins at any step of the first. It either does all of the work, or is told that another run is at it,
    or finds nothing to do; and the first ends well in any case."""
    whole = suspended(bench())
    names = steps_of(whole, close)
    assert_over(whole)
    points = spread(range(len(names)), 4)
    outcomes = set()
    for step in points:
        here = suspended(bench())
        second: list[Json] = []
        steps = Meanwhile(
            here.simulator,
            happens_at=step,
            happens=lambda: second.append(close(here, wait_timeout=2)),  # noqa: B023
        )
        with told(f"step {step}: {names[step]}"):
            with steps.counted():
                first = close(here)
            assert not first.get("failed"), first
            (other,) = second
            outcomes.add((other.get("error") or {}).get("code") or len(other["windows"]))
            assert_over(here)
    assert outcomes <= {"journal_in_use", 0, 1}
    assert "journal_in_use" in outcomes
    tally("crash points of the recovery", len(points), whole.system)


def test_a_window_whose_end_is_moved_is_not_over(bench: t.Callable[[], Bench]) -> None:
    """The next run on the window moves its end; a run that dies before that is written down has not moved it."""

    def move(here: Bench) -> None:
        here.run("job_suspend", window_expires="9h")

    whole = bench()
    suspend(whole)
    names = steps_of(whole, move)
    whole.run("job_resume")
    for step in spread(range(len(names)), 3):
        here = bench()
        suspend(here)
        die(here, move, step)
        end = ledger(here).windows[WINDOW["window"]].expires
        pass_time(here)
        with told(f"step {step}: {names[step]}"):
            is_moved = end is not None and end > here.simulator.clock.now()
            result = close(here)
            assert len(result["windows"]) == (0 if is_moved else 1)
            assert all(here.jobs()[job_id]["held"] == is_moved for job_id in here.ours)
            here.simulator.clock.advance(9 * HOUR)
            close(here)
            assert_over(here)
    tally("crash points", len(spread(range(len(names)), 3)), whole.system)


def test_windows_beside_each_other_that_are_over(bench: t.Callable[[], Bench]) -> None:
    """Two of them, and the closer dies: what the last one holds is resumed once."""

    def both(here: Bench) -> Bench:
        suspend(here)
        suspend(here, window="other")
        pass_time(here)
        return here

    whole = both(bench())
    names = steps_of(whole, close)
    assert_over(whole)
    points = spread(range(len(names)), 3)
    for step in points:
        here = both(bench())
        dead = die(here, close, step)
        with told(f"step {step}: {names[step]}"):
            result = close(here, clock=here.clock(dead, 0.1))
            assert not result.get("failed"), result
            here.simulator.clock.advance(1000.0)
            assert_over(here)
    tally("crash points of the recovery", len(points), whole.system)


@pytest.mark.parametrize("server", ["ajs"], indirect=True)
def test_an_agent_that_is_on_hold_for_a_window_that_nobody_closes(bench: t.Callable[[], Bench]) -> None:
    """It takes work again after the end of the window, wherever the run has died that has put it on hold."""

    def with_agent(here: Bench) -> tuple[Bench, Agent]:
        agent = Agent("finance", "host")
        assert isinstance(here.simulator, AjsSimulator)
        here.simulator.world.agents.add(agent)
        return here, agent

    def block_and_suspend(here: Bench) -> None:
        here.run("ajs_agent_state", agents=["finance"], state="hold", window_expires="1h")
        suspend(here)

    whole, agent = with_agent(bench())
    names = steps_of(whole, block_and_suspend)
    assert agent.status == "HOLD"
    pass_time(whole)
    close(whole)
    assert_over(whole)
    points = spread(range(len(names)), 12)
    for step in points:
        here, agent = with_agent(bench())
        dead = die(here, block_and_suspend, step)
        if dead.on_its_way:
            deliver(dead.on_its_way)
        pass_time(here)
        with told(f"step {step}: {names[step]}"):
            result = close(here)
            assert not result.get("failed"), result
            assert agent.status == "EFFECTIVE"
            assert_over(here)
    tally("crash points", len(points), whole.system)
