# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Windows beside each other on one product in memory, with one journal."""

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Policy
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._journal.file import Journal
from ansible_collections.batchops.job_control.plugins.module_utils._model import Selection, VerbOptions
from ansible_collections.batchops.job_control.plugins.module_utils._window.window import Window
from support.clock import FakeClock
from support.product import MemoryProduct

FOUND = (False, True, False)  # one job was suspended by somebody else
#: What each window suspends: all, some of it, and one job that somebody else has suspended.
MEANT: dict[str, tuple[str, ...]] = {"a": (), "b": ("job0", "job1"), "c": ("job1", "job2")}


@dataclasses.dataclass
class Night:
    """One product, one journal, and the windows that are open in it."""

    folder: pathlib.Path
    lag: float = 3.0
    warnings: list[str] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        self.product = MemoryProduct(FakeClock(), *FOUND, lag=self.lag)
        self.path = self.folder / "journal"
        self.open: list[str] = []

    def _window(self, name: str, journal: Journal, **policy: t.Any) -> Window:
        engine = Engine(self.product, self.product.clock, Policy(**policy), VerbOptions())
        return Window(journal, self.product, engine, self.product.clock, self.warnings.append, name)

    def begin(self, name: str, must_be_new: bool = False) -> list[Item]:
        """What `job_suspend` does."""
        journal = Journal(str(self.path), self.product.clock)
        try:
            window = self._window(name, journal)
            window.open(must_be_new=must_be_new)
            items = window.plan_suspend(Selection(job_ids=MEANT.get(name, ())))
            window.suspend(items)
        finally:
            journal.release()
        self.open.append(name)
        return items

    def end(self, name: str) -> list[Item]:
        """What `job_resume` does."""
        self.open = [other for other in self.open if other != name]
        journal = Journal(str(self.path), self.product.clock)
        try:
            window = self._window(name, journal, on_missing="ignore", on_ineligible="skip")
            items = window.plan_resume(Selection())
            window.resume(items)
            window.close(items)
        finally:
            journal.release()
        return items

    def assert_held(self) -> None:
        """No job runs that an open window has suspended, and none of somebody else was touched."""
        halted = self.product.halted()
        meant = {job for name in self.open for job in MEANT[name] or halted}
        assert all(halted[job] for job in meant), (self.open, halted)
        assert not self.product.records["job1"].applied

    def assert_as_found(self) -> None:
        assert tuple(self.product.halted().values()) == FOUND
        assert not self.product.records["job1"].applied
        journal = Journal(str(self.path), self.product.clock, read_only=True)
        assert (journal.ledger.open_windows, journal.ledger.open_entries) == ([], [])
