# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library only.

"""Time as a parameter, so that nothing that waits has to sleep in a test."""

from __future__ import annotations

import time
import typing as t


class Clock(t.Protocol):
    """What the collection needs to know of time; seconds throughout."""

    def monotonic(self) -> float:
        """Time that never goes back, for measuring."""

    def time(self) -> float:
        """Seconds since the epoch, for time stamps and for dates that a product gives."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""


class SystemClock:
    """The machine's own time."""

    def monotonic(self) -> float:
        return time.monotonic()

    def time(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class Deadline:
    """A point in time that was fixed `seconds` ahead."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._end = clock.monotonic() + seconds

    @property
    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._end - self._clock.monotonic())

    @property
    def passed(self) -> bool:
        return self.remaining <= 0


def pauses(longest: float, first: float = 0.25) -> t.Iterator[float]:
    """Growing pauses between two looks, in seconds: soon at first, then every `longest`."""
    pause = min(first, longest)
    while True:
        yield pause
        pause = min(pause * 2, longest)
