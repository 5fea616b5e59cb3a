# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _engine, _errors, _item, _journal, _model, _selection, _system, recorders, settling.

"""A maintenance window on one product: what it suspends and resumes, and in which order that is written down."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock
from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine
from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError, inert
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._journal.file import Journal
from ansible_collections.batchops.job_control.plugins.module_utils._journal.records import Entry, Stage
from ansible_collections.batchops.job_control.plugins.module_utils._model import Selection, Step, Verb
from ansible_collections.batchops.job_control.plugins.module_utils._selection import matches, named, select
from ansible_collections.batchops.job_control.plugins.module_utils._system import JobSystem
from ansible_collections.batchops.job_control.plugins.module_utils._window.recorders import (
    ResumeRecorder,
    SuspendRecorder,
    Warn,
)
from ansible_collections.batchops.job_control.plugins.module_utils._window.settling import (
    is_still_to_be_resumed,
    settle,
)

_MOST_NAMED = 10  # jobs in a warning


class Window:
    """A window of a journal, on a connected product.

    Each half of its work is planned first, which sends nothing but reads, and then carried out. With a journal that is
    only read, nothing that an earlier run has left unsettled is settled.

    :param engine: carries the verbs out; its deadline is that of the window's work in this run.
    :param warn: takes a sentence on what does not stop the run.
    """

    def __init__(
        self, journal: Journal, system: JobSystem, engine: Engine, clock: Clock, warn: Warn, name: str = ""
    ) -> None:
        self.name = name
        self._journal = journal
        self._system = system
        self._engine = engine
        self._clock = clock
        self._warn = warn

    def plan_suspend(self, selection: Selection, max_jobs: int = 0, must_be_new: bool = False) -> list[Item]:
        """Open the window, and plan what of the selection it suspends.

        :param must_be_new: the window must not be open already, as somebody else may be working in it.
        :raises UsageError: the journal is not for this product or window, or the selection means too many jobs.
        """
        known_as = self._known_as
        self._journal.begin(*known_as, self.name, must_be_new)
        self._journal.insist_on_room()
        self._journal.open_window(*known_as, self.name)
        self._settle()
        items = select(self._system, selection, max_jobs)
        self._engine.plan(Verb.SUSPEND, items)
        return items

    def suspend(self, items: t.Sequence[Item]) -> None:
        """Suspend what was planned."""
        self._engine.carry_out(Verb.SUSPEND, items, SuspendRecorder(self._journal, self._warn))

    def plan_resume(self, selection: Selection) -> list[Item]:
        """The jobs that the window has suspended, planned for resuming. One that is gone or not suspended any more is
        left alone; one whose state does not tell is waited for.

        :param selection: narrows the window's jobs further; an empty one means all of them.
        :raises UsageError: the journal is not for this product or window.
        """
        self._journal.begin(*self._known_as, self.name)
        entries = self._journal.contents.open_entries
        self._settle()
        return self._items_to_resume(entries, selection)

    def resume(self, items: t.Sequence[Item]) -> None:
        """Resume what was planned."""
        self._engine.carry_out(Verb.RESUME, items, ResumeRecorder(self._journal, self._warn))

    def close(self, items: t.Iterable[Item]) -> None:
        """Record that nothing is left to do, if so. A failure loses nothing: the jobs' own records say the same.

        :param items: the jobs that were planned for resuming.
        """
        self._warn_of_missing(items)
        try:
            self._journal.close_window()
        except UsageError as error:
            self._warn(f"{error} The jobs are resumed all the same; that the window is closed is not recorded.")

    @property
    def _known_as(self) -> tuple[str, str]:
        """What the journal knows the product by."""
        return self._system.capabilities.system, self._system.identity

    def _settle(self) -> None:
        if not self._journal.is_read_only:
            settle(self._system, self._clock, self._journal, self._engine.options, self._engine.deadline)

    def _items_to_resume(self, entries: t.Sequence[Entry], selection: Selection) -> list[Item]:
        """
        :param entries: the jobs that were open before the journal was settled. One that is not open any more is only
            reported: if it is suspended, it is by somebody else.
        """
        wanted = set(selection.job_ids)
        by_id = {entry.id: entry for entry in entries if not selection.nothing and (not wanted or entry.id in wanted)}
        items = named(self._system, list(by_id)) if by_id else []
        items = [item for item in items if item.before is None or matches(item.before, selection)]
        self._engine.plan(Verb.RESUME, items)
        for item in items:
            entry = by_id[item.job_id]
            item.remembered = {"name": entry.name, "type": entry.type, "owner": entry.owner}
            if item.decision and item.decision.step is Step.ALREADY:
                was_suspended = entry.stage is Stage.SUSPENDED
                item.note = "somebody resumed it meanwhile" if was_suspended else "it is not suspended"
            elif item.decision and not self._journal.contents.entries[item.job_id].stage.is_open:
                item.decision = dataclasses.replace(item.decision, step=Step.ALREADY)
                item.note = item.note or "somebody suspended it meanwhile"
            elif item.decision and item.skipped and is_still_to_be_resumed(item.decision, item.job):
                step = Step.WAIT if item.decision.passed_on else Step.WAIT_THEN_ACT
                item.decision = dataclasses.replace(item.decision, step=step)
                item.skipped, item.note = False, ""
        return items

    def _warn_of_missing(self, items: t.Iterable[Item]) -> None:
        """Say which jobs were not found: only a person can tell one that is gone from one that is hidden."""
        missing = [inert(item.job_id) for item in items if item.now is None]
        if missing:
            more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
            self._warn(
                "Jobs of this window do not exist any more, or this user may not see them: "
                f"{', '.join(missing[:_MOST_NAMED])}{more}. They are not looked for again. If they still exist, resume "
                "them by job_ids as a user who sees them."
            )
