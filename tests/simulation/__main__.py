# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Simulate maintenance windows: `make simulate`, or `python -m simulation` in the folder tests.

SEEDS histories are drawn from their seeds and happen; what is always true is looked at after each event. The same seed
of the same commit gives the same log. A failure is told with the shortest history that shows it, and with the command
that replays it.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import itertools
import multiprocessing
import os
import subprocess
import sys
import time
import typing as t

from support.checkout import ROOT
from support.torture import tally

from simulation import planted
from simulation.history import SYSTEMS, draw
from simulation.shrink import shrunk
from simulation.world import Verdict, World

AT_ONCE = 20  # seeds that a process takes in one go


class Found(t.NamedTuple):
    """What became of one seed."""

    seed: int
    events: int
    broken: str = ""


def simulate(seeds: t.Sequence[int]) -> list[Found]:
    verdicts = [World(draw(seed)).run() for seed in seeds]
    return [Found(one.history.seed, one.events, str(one.broken or "")) for one in verdicts]


def tell(verdict: Verdict) -> str:
    """A failure, for a person."""
    short = shrunk(verdict)
    replay = f"make simulate SEED={verdict.history.seed}"
    return "\n".join(
        [
            f"FAILED {verdict.history.seed}@{commit()}: {short.broken}",
            "",
            "The shortest history that shows it:",
            str(short.history),
            "",
            "What happened:",
            *short.log,
            "",
            f"Replay the whole history: {replay}",
        ]
    )


def commit() -> str:
    """What the code is, as far as Git knows."""
    command = ["git", "describe", "--always", "--dirty"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def replay(seed: int) -> int:
    """One seed with its log; the exit status."""
    verdict = World(draw(seed)).run()
    print(verdict.history, *verdict.log, sep="\n")
    if verdict.broken:
        print("", tell(verdict), sep="\n")
    return int(bool(verdict.broken))


def run(count: int, first: int, minutes: float, processes: int) -> int:
    """Many seeds on all cores; the exit status."""
    end = time.monotonic() + minutes * 60
    chunks = [range(start, min(start + AT_ONCE, first + count)) for start in range(first, first + count, AT_ONCE)]
    found: list[Found] = []
    with concurrent.futures.ProcessPoolExecutor(processes, multiprocessing.get_context("fork")) as pool:
        waiting = collections.deque(chunks)
        running = {pool.submit(simulate, waiting.popleft()) for _each in range(min(2 * processes, len(waiting)))}
        while running:
            done, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                found += future.result()
                if waiting and time.monotonic() < end:
                    running.add(pool.submit(simulate, waiting.popleft()))
    failed = sorted(one for one in found if one.broken)
    events = sum(one.events for one in found)
    print(f"{len(found):,} seeds, {events:,} events, {len(failed)} failed")
    for one in failed[:3]:
        print("", tell(World(draw(one.seed)).run()), sep="\n")
    for one in failed[3:]:
        print(f"FAILED {one.seed}@{commit()}: {one.broken}")
    if found and not failed:
        by_system = collections.Counter(SYSTEMS[one.seed % len(SYSTEMS)] for one in found)
        for system, number in sorted(by_system.items()):
            tally("simulated nights", number, system)
    return int(bool(failed) or not found)


def search(name: str, most: int) -> Found | None:
    """The first seed that finds a planted fault; None: none of so many seeds does."""
    planted.put(name)
    for seed in itertools.islice(planted.seeds(name), most):
        verdict = World(draw(seed)).run()
        if verdict.broken:
            return Found(seed, verdict.events, str(verdict.broken))
    return None


def main() -> int:
    parser = argparse.ArgumentParser(prog="simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=300, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--seed", type=int, help="replay this one, with its log")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin nothing new after that")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--planted", choices=sorted(planted.FAULTS), help="put this fault into the code, and find it")
    options = parser.parse_args()
    if options.planted:
        found = search(options.planted, options.seeds)
        print(found.broken if found else f"not found in {options.seeds} seeds")
        return int(found is None)
    if options.seed is not None:
        return replay(options.seed)
    return run(options.seeds, options.first, options.minutes, options.processes)


if __name__ == "__main__":
    sys.exit(main())
