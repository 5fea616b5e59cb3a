# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulation itself: nights without a broken promise, the same log for the same seed, faults that it finds."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import functools
import multiprocessing
import os
import subprocess
import sys
import typing as t

import pytest
from support.estate import TESTS
from support.torture import FULL, tally

from simulation import planted
from simulation.__main__ import Found, search, simulate, tell
from simulation.history import SYSTEMS, History, Operation, draw
from simulation.shrink import shrunk
from simulation.watch import Broken
from simulation.world import Verdict, World

SEEDS = 10_000 if FULL else 300
CHUNK = 10
#: A seed that finds it, for each planted fault that is looked for in every run: the first one that does.
KNOWN = planted.known_seeds()


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_no_promise_is_broken(first: int) -> None:
    found = simulate(range(first, first + CHUNK))
    for broken in (one for one in found if one.broken):
        pytest.fail(tell(World(draw(broken.seed)).run()))
    assert all(one.events for one in found)
    for one in found:
        tally("simulated nights", 1, SYSTEMS[one.seed % len(SYSTEMS)])
        tally("events in them", one.events, SYSTEMS[one.seed % len(SYSTEMS)])


@pytest.mark.parametrize("seed", [3, 14, 22, 31, 40])
def test_the_same_seed_gives_the_same_log(seed: int) -> None:
    """Byte for byte, in processes whose sets and threads have another order."""
    assert _log(seed, hash_seed="1") == _log(seed, hash_seed="2")


def _log(seed: int, hash_seed: str) -> bytes:
    environment = {**os.environ, "PYTHONPATH": str(TESTS.parent / ".build"), "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-m", "simulation", "--seed", str(seed)]
    run = subprocess.run(command, cwd=TESTS, env=environment, capture_output=True, check=True)
    assert run.stdout.count(b"\n") > 100
    return run.stdout


@pytest.mark.parametrize("name", sorted(planted.FAULTS))
def test_a_planted_fault_is_found(name: str) -> None:
    """In a process of its own, as the fault stays in the code. The seed is known; all of them are tried in full."""
    look = functools.partial(search, name, 1000) if FULL else functools.partial(_try_one, name, KNOWN[name])
    with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        found = pool.submit(look).result()
    assert found is not None
    assert found.broken
    if FULL:
        assert found.seed == KNOWN[name], "tests/simulation/planted.yml names another seed"


def _try_one(name: str, seed: int) -> Found:
    planted.put(name)
    verdict = World(draw(seed)).run()
    return Found(seed, verdict.events, str(verdict.broken or ""))


@pytest.mark.parametrize("name", sorted(planted.FAULTS))
def test_without_the_fault_the_seed_is_sound(name: str) -> None:
    verdict = World(draw(KNOWN[name])).run()
    assert verdict.broken is None


def test_histories_differ_and_are_the_same_for_the_same_seed() -> None:
    assert draw(7) == draw(7)
    assert len({str(draw(seed)) for seed in range(50)}) == 50
    assert {draw(seed).system for seed in range(5)} == set(SYSTEMS)


def test_a_failure_is_made_shorter() -> None:
    """It stays a failure of the same kind, and what has nothing to do with it is left out."""

    def run(history: History) -> Verdict:
        works = [event for event in history.events if isinstance(event, Operation)]
        closes = any(event.work == "close" for event in works) and any(event.work == "open" for event in works)
        broken = Broken("a promise", "for the test") if closes else None
        return Verdict(history, broken, (), 0)

    whole = next(draw(seed) for seed in range(50) if run(draw(seed)).broken and len(draw(seed).events) > 20)
    short = shrunk(run(whole), run)
    assert short.broken is not None
    assert sorted(getattr(event, "work", "") for event in short.history.events) == ["close", "open"]
    assert all(not getattr(event, "dies_at", None) for event in short.history.events)
    assert short.history.knobs == {}


def test_a_failure_is_told_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    short = dataclasses.replace(World(draw(1)).run(), broken=Broken("a promise", "what happened"))
    monkeypatch.setattr("simulation.__main__.shrunk", lambda verdict: verdict)
    told = tell(short)
    assert told.startswith("FAILED 1@")
    assert "a promise: what happened" in told
    assert "make simulate SEED=1" in told
    assert "opens the window" in told


def test_nothing_is_left_running() -> None:
    """All threads of a world have ended, also of one in which runs were killed."""
    before = set(_threads())
    for seed in range(10):
        World(draw(seed)).run()
    assert set(_threads()) <= before


def _threads() -> t.Iterator[int]:
    return (int(name) for name in os.listdir("/proc/self/task"))
