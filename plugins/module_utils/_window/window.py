# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _engine, _errors, _item, _journal, _model, _selection, _system, ending,
# plan, recorders, settling.

"""A maintenance window on one product: what it suspends and resumes, and in which order that is written down."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock
from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine
from ansible_collections.batchops.job_control.plugins.module_utils._errors import NotFound, UsageError, inert
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._journal.file import Journal
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import UNKNOWN_RUN, Entry, Run, Stage
from ansible_collections.batchops.job_control.plugins.module_utils._journal.neighbours import refuse_neighbours
from ansible_collections.batchops.job_control.plugins.module_utils._model import Selection, Step, Verb
from ansible_collections.batchops.job_control.plugins.module_utils._selection import matches, named, select
from ansible_collections.batchops.job_control.plugins.module_utils._system import JobSystem
from ansible_collections.batchops.job_control.plugins.module_utils._window.ending import DEFAULT_END, end_of
from ansible_collections.batchops.job_control.plugins.module_utils._window.plan import Plan
from ansible_collections.batchops.job_control.plugins.module_utils._window.recorders import (
    ResumeRecorder,
    SuspendRecorder,
    Warn,
)
from ansible_collections.batchops.job_control.plugins.module_utils._window.settling import (
    is_still_to_be_resumed,
    settle,
)

_MOST_NAMED = 10  # jobs in a message


def only_window(journal: Journal) -> str:
    """The window that a journal is about, where none is named.

    :raises UsageError: several are open.
    """
    ledger = journal.ledger
    missing = [name for entry in ledger.open_entries for name in entry.holders]
    needed = dict.fromkeys(ledger.open_windows or missing)
    if len(needed) > 1:
        names = ", ".join(repr(name) for name in needed)
        raise UsageError(f"window: {journal.path} has several windows that are not closed; name one of them: {names}.")
    return next(iter(needed), "")


class Again(t.NamedTuple):
    """What an earlier plan comes to now."""

    items: list[Item]  # of the plan, in its order
    others: list[Item]  # that its selection means besides
    outside: frozenset[str]  # ids of the plan that its selection does not mean any more


class Window:
    """A window of a journal, on a connected product.

    Each half of its work is planned first, which sends nothing but reads, and then carried out. With a journal that is
    only read, nothing that an earlier run has left unsettled is settled.

    :param engine: carries the verbs out; its deadline is that of the window's work in this run.
    :param warn: takes a sentence on what does not stop the run.
    :param name: of the window; a window without a name is one, too.
    :param run: that works on it now.
    """

    def __init__(
        self,
        journal: Journal,
        system: JobSystem,
        engine: Engine,
        clock: Clock,
        warn: Warn,
        name: str = "",
        run: Run = UNKNOWN_RUN,
    ) -> None:
        self.name = name
        self._run = run
        self._journal = journal
        self._system = system
        self._engine = engine
        self._clock = clock
        self._warn = warn

    def open(self, expires: str = "", must_be_new: bool = False, is_moved: bool = False) -> None:
        """Open the window, or go on with it when it is open.

        :param expires: its end as a user gives it; empty: the default for one that is opened now, and no change for one
            that is open.
        :param must_be_new: the window must not be open already, as another run may be working in it.
        :param is_moved: the user says that the journal is of this product, although that has another address now.
        :raises UsageError: one of these cannot be, or the journal is not for this product.
        """
        end = self.require_opening(expires, must_be_new, is_moved)
        if self._journal.is_overgrown:
            self._tell_what_makes_it_grow()
        was_open = self._journal.ledger.is_open(self.name)
        self._journal.open_window(*self._known_as, self.name, expires=end, run=self._run)
        try:  # only now, so that of two that are opened at the same time at least one sees the other
            refuse_neighbours(self._journal.path, *self._known_as)
        except UsageError:
            if not was_open:
                self._journal.close_window(self.name, self._run)
            raise
        if expires:
            self._journal.move_end(self.name, end)

    def _tell_what_makes_it_grow(self) -> None:
        ledger = self._journal.ledger
        of_none = [entry for entry in ledger.open_entries if not any(map(ledger.is_open, entry.holders))]
        missing = [inert(entry.id) for entry in of_none]  # when the windows that hold it were closed
        needed_for = [_windows(ledger.open_windows)] if ledger.open_windows else []
        needed_for += [f"what is missing ({_few(missing)})"] if missing else []
        self._warn(
            f"journal: {self._journal.path} takes longer to read each time, as it is begun anew only when nothing in "
            f"it is open. It is needed for {' and for '.join(needed_for)}. Close that; with forget_missing=true where "
            "something is gone."
        )

    def require_opening(self, expires: str = "", must_be_new: bool = False, is_moved: bool = False) -> float | None:
        """Make sure that the window can be opened, with the parameters of `open`. Returns its end.

        :raises UsageError: it cannot.
        """
        end = end_of(expires or DEFAULT_END, self._clock.time())
        self._journal.begin(*self._known_as, is_moved)
        self._journal.require_room()
        if must_be_new:
            self._journal.require_new(self.name, self._run)
        return end

    def plan_suspend(self, selection: Selection, max_jobs: int = 0) -> list[Item]:
        """Plan what of the selection the open window suspends.

        :raises UsageError: the selection means too many jobs.
        """
        self._settle()
        items = select(self._system, selection, max_jobs)
        self._plan_to_suspend(items)
        return items

    def look(self, selection: Selection) -> list[Item]:
        """What of the selection the open window would suspend now."""
        items = select(self._system, selection)
        self._plan_to_suspend(items)
        return items

    def plan_again(self, plan: Plan) -> Again:
        """Plan what was planned in an earlier run, before the window is opened."""
        self._settle()
        selected = {item.job_id: item for item in select(self._system, plan.selection)}
        absent = [job_id for job_id in plan.items if job_id not in selected]
        found = {item.job_id: item for item in (named(self._system, absent) if absent else ())}
        found.update(selected)
        items = [found.get(job_id) or Item(job_id, None, named=True) for job_id in plan.items]
        others = [item for item in found.values() if item.job_id not in plan.items]
        self._plan_to_suspend([*items, *others])
        return Again(items, others, frozenset(absent))

    @property
    def held(self) -> set[str]:
        """The ids of the jobs that the window holds by now."""
        return {entry.id for entry in self._journal.ledger.held_by(self.name)}

    def _plan_to_suspend(self, items: t.Sequence[Item]) -> None:
        self._engine.plan(Verb.SUSPEND, items)
        for item in items:
            entry = self._journal.ledger.entries.get(item.job_id)
            others = self._journal.ledger.also_held_by(entry, self.name) if entry else ()
            if others and item.before and item.before.halted and item.planned.step is Step.ALREADY:
                item.held_by = others
                item.note = f"{_windows(others)} has suspended it; it stays so until this window closes, too"

    def suspend(self, items: t.Sequence[Item]) -> None:
        """Suspend what was planned."""
        self._engine.carry_out(Verb.SUSPEND, items, self._suspend_recorder())

    def _suspend_recorder(self) -> SuspendRecorder:
        system = self._system
        return SuspendRecorder(self._journal, self.name, self._warn, system.kind, system.set_to)

    def announce(self, items: t.Sequence[Item]) -> None:
        """Add to a journal that is only read what `suspend` would announce of these planned jobs, so that a copy of it
        tells."""
        planned = [item for item in items if item.decision and item.before]
        if any(item.error for item in items):
            return  # nothing would be done
        would_change = [item.job for item in planned if item.planned.step.acts]
        self._journal.intend(self.name, would_change, self._system.kind, self._system.set_to)
        for item in planned:
            if item.held_by:
                self._journal.hold(self.name, item.job_id)
        self._journal.require_room()

    def plan_resume(self, selection: Selection, is_moved: bool = False, of_others: t.Container[str] = ()) -> list[Item]:
        """The jobs that the window holds, planned for resuming. One that other windows hold as well, or that is not
        suspended any more, is left alone; one whose state does not tell is waited for.

        :param selection: narrows the window's jobs further; an empty one means all of them.
        :param is_moved: the user says that the journal is of this product, although that has another address now.
        :param of_others: ids of jobs that the selection may name for windows that are closed in the same run.
        :raises UsageError: the journal is not for this product.
        :raises NotFound: the selection names a job that none of them holds.
        """
        self._journal.begin(*self._known_as, is_moved)
        entries = [entry for entry in self._journal.ledger.held_by(self.name) if entry.kind == self._system.kind]
        self._warn_if_closed(entries)
        self._settle()
        return self._items_to_resume(entries, selection, of_others)

    def resume(self, items: t.Sequence[Item]) -> None:
        """Resume what was planned."""
        self._engine.carry_out(Verb.RESUME, items, ResumeRecorder(self._journal, self.name, self._warn))

    def close(self, items: t.Sequence[Item], is_missing_an_error: bool = False, forget_missing: bool = False) -> None:
        """Record that nothing is left to do, if so. A failure loses nothing: the jobs' own records say the same.

        :param items: the jobs that were planned for resuming.
        :param is_missing_an_error: whether a job that was not found is an error; else it is a warning.
        :param forget_missing: a person says that jobs which were not found are gone.
        """
        missing = [item for item in items if item.now is None and not item.error]
        try:
            for item in missing if forget_missing else ():
                if self._journal.ledger.entries[item.job_id].is_missing:
                    self._journal.forget(item.job_id)
            self._journal.close_window(self.name, self._run)
        except UsageError as error:
            self._warn(f"{error} The jobs are resumed all the same; that the window is closed is not recorded.")
        if not forget_missing:
            self._tell_of_missing(missing, is_missing_an_error)

    @property
    def _known_as(self) -> tuple[str, str]:
        """What the journal knows the product by."""
        return self._system.capabilities.system, self._system.identity

    def _settle(self) -> None:
        if not self._journal.is_read_only:
            settle(self._system, self._clock, self._journal, self._engine.options, self._engine.deadline)

    def _warn_if_closed(self, entries: t.Sequence[Entry]) -> None:
        """A misspelt name or an emptied journal shall not pass in silence for a window that is closed."""
        ledger = self._journal.ledger
        if not ledger.records:
            self._warn(
                f"The journal {self._journal.path} is empty, so nothing is known to be suspended. If a window was "
                "open, something has emptied the file: look for its jobs in the product."
            )
        elif not entries and not ledger.is_open(self.name) and ledger.open_windows:
            self._warn(
                f"{_windows([self.name]).capitalize()} is not open in {self._journal.path}, so there is nothing to "
                f"close; open is {_windows(ledger.open_windows)}."
            )

    def _items_to_resume(
        self, entries: t.Sequence[Entry], selection: Selection, of_others: t.Container[str] = ()
    ) -> list[Item]:
        """
        :param entries: the jobs that the window held before the journal was settled. One that it does not hold any more
            is only reported: if it is suspended, it is by somebody else.
        """
        by_id = {entry.id: entry for entry in entries}
        wanted = [] if selection.nothing else list(selection.job_ids or by_id)
        items = named(self._system, wanted) if wanted else []
        self._check_held(items, by_id, of_others)
        items = [item for item in items if item.job_id in by_id]
        items = [item for item in items if item.before is None or matches(item.before, selection)]
        self._engine.plan(Verb.RESUME, items)
        for item in items:
            entry = by_id[item.job_id]
            item.remembered = entry.identity
            if item.decision:
                self._leave_alone_or_wait(item, entry)
        return items

    def _check_held(
        self, items: t.Sequence[Item], held: t.Mapping[str, Entry], of_others: t.Container[str] = ()
    ) -> None:
        """
        :raises NotFound: a job was named that is none of the window's, nor of the others.
        """
        strangers = [inert(item.job_id) for item in items if item.job_id not in held and item.job_id not in of_others]
        if strangers:
            raise NotFound(
                f"job_ids: {_few(strangers)} is not among the jobs that {_windows([self.name])} holds in "
                f"{self._journal.path}; nothing was changed. job_resume without a journal resumes any job."
            )

    def _leave_alone_or_wait(self, item: Item, entry: Entry) -> None:
        """What the journal says of a job that was planned for resuming."""
        now = self._journal.ledger.entries[item.job_id]
        others = self._journal.ledger.also_held_by(now, self.name)
        decision = item.planned
        if others:
            item.decision = dataclasses.replace(decision, step=Step.ALREADY)
            item.skipped, item.held_by = False, others
            item.note = f"it stays suspended for {_windows(others)}"
        elif decision.step is Step.ALREADY and entry.kind:
            item.note = decision.reason
        elif decision.step is Step.ALREADY:
            was_suspended = entry.stage is Stage.SUSPENDED
            item.note = "somebody resumed it meanwhile" if was_suspended else "it is not suspended"
        elif not now.stage.is_open:
            item.decision = dataclasses.replace(decision, step=Step.ALREADY)
            item.note = item.note or "somebody suspended it meanwhile"
        elif item.skipped and is_still_to_be_resumed(decision, item.job):
            step = Step.WAIT if decision.passed_on else Step.WAIT_THEN_ACT
            item.decision = dataclasses.replace(decision, step=step)
            item.skipped, item.note = False, ""

    def _tell_of_missing(self, missing: t.Sequence[Item], is_error: bool) -> None:
        """Say which jobs were not found: only a person can tell one that is gone from one that is hidden."""
        if not missing:
            return
        for item in missing if is_error else ():
            item.error = NotFound(
                f"Job {inert(item.job_id)} is missing: it is gone, or this user may not see it. It stays in the "
                "journal. Close the window as a user who sees it; if it is gone, close it with forget_missing=true"
            )
        if not is_error:
            self._warn(
                f"Jobs of this window are missing: {_few([inert(item.job_id) for item in missing])}. They are gone, or "
                "this user may not see them. They stay in the journal; close the window as a user who sees them, or "
                "with forget_missing=true if they are gone."
            )


def _few(names: t.Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}"


def _windows(names: t.Sequence[str]) -> str:
    """How a message names windows."""
    return " and ".join(f"the window {name!r}" if name else "the window without a name" for name in names)
