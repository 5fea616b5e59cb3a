# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A maintenance window over each simulated product that dies at every single step, then one `job_resume`.

Afterwards every job is as it was found: none that we suspended is left suspended, none of somebody else's was touched,
and nothing was done twice.
"""

from __future__ import annotations

import typing as t

import pytest
from support.benches import Bench, Json
from support.crashes import Steps
from support.torture import FULL, evenly, spread, tally, told

from simulators.core.faults import Fault
from simulators.core.simulator import Simulator


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
    points = spread(range(len(names)), 9)
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
    for step, seconds in spread(points, 4):
        here = bench()
        dead = die(here.window, here.simulator, step)
        with told(f"step {step}: {names[step]}, which comes {seconds} seconds later"):
            here.recover(dead, seconds)
            here.assert_as_found()
            here.assert_nothing_is_left_to_do()
    tally("crash points", len(spread(points, 4)), whole.system)


def test_a_request_that_the_product_had_put_off_may_come_late_too(bench: t.Callable[[], Bench]) -> None:
    """A busy product makes a run wait between what it writes down and what it sends, longer than a request takes."""

    def busy_window(here: Bench) -> None:
        busy = 503 if here.system == "prime" else 429  # what their rate limiters say
        here.simulator.armed.append(Fault("status", status=busy, retry_after="15", writes=True))
        here.window()

    whole = bench()
    names = steps_of(lambda: busy_window(whole), whole.simulator)
    whole.assert_as_found()
    points = [step for step, name in enumerate(names) if name.startswith("on its way")][1:]
    for step in spread(points, 2):
        here = bench()
        dead = die(lambda: busy_window(here), here.simulator, step)  # noqa: B023
        here.simulator.armed.clear()
        with told(f"step {step}: {names[step]}"):
            here.recover(dead, 1.0)
            here.assert_as_found()
            here.assert_nothing_is_left_to_do()
    tally("crash points", len(spread(points, 2)), whole.system)


def test_a_recovery_that_dies_at_any_step_is_repeated_by_one_more_run(bench: t.Callable[[], Bench]) -> None:
    whole = bench()
    names = steps_of(whole.window, whole.simulator)
    tried = 0
    for first in evenly(distinct(bench, len(names)), 8) if FULL else evenly(range(1, len(names)), 3):
        here = bench()
        dead = die(here.window, here.simulator, first)
        again = steps_of(lambda: here.recover(dead, 0.1), here.simulator)  # noqa: B023
        for second in spread(range(len(again)), 3):
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
    points = spread(range(len(names)), 3)
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
    points = spread(range(len(names)), 3)
    for step in points:
        here = bench()
        die(lambda: open_twice(here), here.simulator, step)  # noqa: B023
        with told(f"step {step}: {names[step]}"):
            here.recover()
            here.assert_as_found()
            here.assert_nothing_is_left_to_do()
    tally("crash points", len(points), whole.system)


#: Products that take their time, though not longer than they are given.
SLOW: dict[str, tuple[Json, ...]] = {
    "commvault": ({"suspend_lag": 8.0, "resume_lag": 8.0, "cache_age": 60},),
    "prime": ({"trigger_lag": 3.5}, {"missing_after_action": 3.5}),
    "drs": ({"pause_lag": 50.0, "resume_linger": 20.0, "resume_lag": 20.0}, {"stale_reads_after_200": 3}),
    "veeam": ({"task_running_seconds": 20.0, "task_refresh_seconds": 5.0},),
    "ajs": ({"action_lag": 8.0},),
}


def test_a_window_over_a_slow_product_that_dies(bench: t.Callable[[], Bench]) -> None:
    """What is done to a job shows only later, some of it only after the recovery has begun."""

    def slow(knobs: Json) -> Bench:
        here = bench()
        here.simulator.knobs.update(knobs)
        return here

    tried = 0
    for knobs in SLOW[bench().system]:
        whole = slow(knobs)
        names = steps_of(whole.window, whole.simulator)
        for step in spread(range(len(names)), 3):
            here = slow(knobs)
            dead = die(here.window, here.simulator, step)
            with told(f"{knobs}, step {step}: {names[step]}"):
                here.recover(dead, 0.1)
                here.assert_as_found()
                here.assert_nothing_is_left_to_do()
            tried += 1
    tally("crash points", tried, whole.system)


def test_a_closing_that_dies_and_the_window_is_opened_again(bench: t.Callable[[], Bench]) -> None:
    """Jobs that were resumed already, or are about to be, are suspended once more; then all of it is closed."""
    whole = bench()
    whole.run("job_suspend")
    names = steps_of(lambda: whole.run("job_resume"), whole.simulator)
    points = spread(range(len(names)), 3)
    for step in points:
        here = bench()
        here.run("job_suspend")
        dead = die(lambda: here.run("job_resume"), here.simulator, step)  # noqa: B023
        with told(f"step {step}: {names[step]}"):
            assert not here.run("job_suspend", clock=here.clock(dead, 0.1)).get("failed")
            assert all(here.jobs()[job_id]["held"] for job_id in here.ours)
            here.recover()
            here.assert_as_found(turns=(2, 4))
            here.assert_nothing_is_left_to_do()
    tally("crash points of the recovery", len(points), whole.system)


@pytest.mark.parametrize("server", ["commvault", "drs", "veeam", "ajs"], indirect=True)
def test_a_window_with_several_requests_at_once_that_dies(bench: t.Callable[[], Bench]) -> None:
    """The threads end together: what one of them has sent takes effect, and nothing more is written down."""
    whole = bench()
    names = steps_of(lambda: whole.window(workers=4), whole.simulator)
    points = spread(range(len(names)), 3)
    for step in points:
        here = bench()
        steps = Steps(here.simulator, step)
        with steps.counted():
            here.window(workers=4)
        with told(f"step {step}: {steps.names[-1]}"):
            here.recover(steps, 0.1)
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
    points = spread(range(len(names)), 3)
    for step in points:
        here = bench()
        die(lambda: window(here), here.simulator, step)  # noqa: B023
        with told(f"step {step}: {names[step]}"):
            here.recover()
            here.assert_as_found()
            here.assert_nothing_is_left_to_do()
    tally("crash points", len(points), whole.system)


def strange_states(bench: Bench) -> None:
    """From now on, every state is a word that nobody knows."""
    bench.simulator.armed.append(Fault("states", body="Hibernating", times=0))


def test_states_that_nobody_knows_settle_nothing(bench: t.Callable[[], Bench]) -> None:
    """A recovery that cannot tell what the jobs do forgets none of them; the next one, which can, closes the window."""
    whole = bench()
    names = steps_of(lambda: whole.run("job_suspend"), whole.simulator)
    points = spread(range(len(names)), 3)
    for step in points:
        here = bench()
        die(lambda: here.run("job_suspend"), here.simulator, step)  # noqa: B023
        with told(f"step {step}: {names[step]}"):
            strange_states(here)
            blind = here.run("job_resume", wait_timeout=30)
            assert blind.get("error", {}).get("kind") in (None, "usage", "partial", "wait_timeout"), blind
            here.simulator.armed.clear()
            here.recover()
            here.assert_as_found()
            here.assert_nothing_is_left_to_do()
    tally("crash points of the recovery", len(points), whole.system)


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize("server", ["commvault", "prime", "drs", "ajs"], indirect=True)  # a switch tells of Veeam
def test_states_that_nobody_knows_are_no_success(bench: t.Callable[[], Bench], wait: bool) -> None:
    here = bench()
    here.run("job_suspend")
    strange_states(here)
    blind = here.run("job_resume", wait_timeout=30, wait=wait)
    if wait:
        assert blind["error"]["kind"] == "wait_timeout"
        assert "Hibernating" in blind["msg"]
    assert not any(job["changed"] for job in blind["jobs"])
    assert '"close"' not in here.journal.read_text()
    here.simulator.armed.clear()
    here.recover()
    here.assert_as_found()
