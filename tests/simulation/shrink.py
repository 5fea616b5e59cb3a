# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A history that breaks a promise, made shorter for as long as it breaks the same one."""

from __future__ import annotations

import dataclasses
import typing as t

from simulation.history import Event, History, Operation
from simulation.world import Verdict, World

MOST_RUNS = 400


def shrunk(verdict: Verdict, run: t.Callable[[History], Verdict] = lambda history: World(history).run()) -> Verdict:
    """The shortest history that was found which breaks the same promise.

    Parts of the events are left out, of half of them down to one at a time; then each event is made simpler.
    """
    broken = verdict.broken
    if broken is None:
        return verdict
    best, runs = verdict, 0

    def still(**shorter: t.Any) -> bool:
        """Whether the history is still such a one with less in it; then it is the best."""
        nonlocal best, runs
        runs += 1
        found = run(dataclasses.replace(best.history, **shorter))
        if found.broken is None or found.broken.promise != broken.promise:
            return False
        best = found
        return True

    size = max(1, len(best.history.events) // 2)
    while runs < MOST_RUNS:
        events = best.history.events
        cuts = range(0, len(events), size)
        if any(still(events=(*events[:cut], *events[cut + size :])) for cut in cuts if runs < MOST_RUNS):
            continue
        if size == 1:
            break
        size //= 2
    for place in range(len(best.history.events)):
        for simpler in _simpler(best.history.events[place]):
            events = best.history.events
            if runs < MOST_RUNS and still(events=(*events[:place], simpler, *events[place + 1 :])):
                break
    for name in list(best.history.knobs):
        still(knobs={other: value for other, value in best.history.knobs.items() if other != name})
    return best


def _simpler(event: Event) -> t.Iterator[Event]:
    """The same event with less in it."""
    if isinstance(event, Operation):
        if event.dies_at is not None:
            yield dataclasses.replace(event, dies_at=None)
        if event.must_be_new or event.running != "leave" or event.expires != "never":
            yield dataclasses.replace(event, must_be_new=False, running="leave", expires="never")
        for number in event.jobs if len(event.jobs) > 1 else ():
            yield dataclasses.replace(event, jobs=(number,))
