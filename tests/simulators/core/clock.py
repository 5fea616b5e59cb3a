# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The time a simulated product lives in: the machine's, plus what a test has skipped."""

from __future__ import annotations

import contextlib
import datetime
import time
import typing as t


class SimClock:
    """Seconds since the epoch. It runs with the machine's clock unless frozen, and can be moved forward."""

    def __init__(self) -> None:
        self._offset = 0.0
        self._frozen_at: float | None = None
        self._due: float | None = None

    def now(self) -> float:
        """The product's present time, in seconds since the epoch (UTC)."""
        if self._due is not None:
            return self._due
        machine = time.time() if self._frozen_at is None else self._frozen_at
        return machine + self._offset

    def utc(self) -> datetime.datetime:
        """The product's present time as an aware datetime."""
        return datetime.datetime.fromtimestamp(self.now(), tz=datetime.timezone.utc)

    @contextlib.contextmanager
    def at(self, due: float) -> t.Iterator[None]:
        """Let something happen at the time at which it was due, however late it is looked at."""
        self._due = due
        try:
            yield
        finally:
            self._due = None

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        self._offset += seconds

    def freeze(self, frozen: bool) -> None:
        """Stop (or restart) the flow of time; `advance` still works."""
        self._frozen_at = time.time() if frozen else None
