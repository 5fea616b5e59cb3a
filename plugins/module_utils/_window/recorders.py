# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _item, _journal, _model, settling.

"""What is written into the journal when: before each request of the engine, and when it is done with a job."""

from __future__ import annotations

import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    ProtocolError,
    UnknownOutcome,
    UsageError,
    WaitTimeout,
)
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._journal.file import Journal
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Stage
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, Verb
from ansible_collections.batchops.job_control.plugins.module_utils._window.settling import is_still_to_be_resumed

#: Errors after which a request may still take effect: the journal keeps such a job open.
UNCERTAIN = (WaitTimeout, UnknownOutcome, ProtocolError)

Warn = t.Callable[[str], None]


class SuspendRecorder:
    """Writes down what is about to be suspended for a window and what came of it.

    :param kind: of switches; see `Journal.intend`.
    """

    def __init__(self, journal: Journal, window: str, warn: Warn, kind: str = "", set_to: str = "") -> None:
        self._journal = journal
        self._of_switches = (kind, set_to)
        self._window = window
        self._warn = warn
        self._ours_before = {entry.id for entry in journal.ledger.open_entries}

    def announce(self, action: Verb, jobs: t.Sequence[Job]) -> None:
        if action is Verb.SUSPEND:
            self._journal.intend(self._window, jobs, *self._of_switches)

    def conclude(self, item: Item) -> None:
        entry = self._journal.ledger.entries.get(item.job_id)
        if entry is None or not entry.stage.is_open:
            return  # a request that could not be announced was not sent
        if Verb.SUSPEND not in item.asked:
            if item.now is not None and item.now.halted and self._window not in entry.holders:
                self._hold(item)
        elif entry.stage is not Stage.INTENDED:
            return
        elif item.now is None:
            _note(self._warn, self._journal.missing, item.job_id)
        elif item.changed and item.now.halted:
            _note(self._warn, self._journal.suspended, item.job_id)
        elif item.job_id in self._ours_before:
            return  # what became of this request says nothing about that which made the job ours
        elif not item.changed and not isinstance(item.error, UNCERTAIN):
            why = item.note or (item.error.kind if item.error else "")
            _note(self._warn, self._journal.not_suspended, item.job_id, why)

    def _hold(self, item: Item) -> None:
        """Record that the window holds a job, too, that another one has suspended. Nothing has announced that, so a
        failure is one of the job: it would work when the other window closes."""
        try:
            self._journal.hold(self._window, item.job_id)
        except UsageError as error:
            item.error = UsageError(
                f"{error} The window {self._window!r} does not hold the job {item.job_id}, which another one has "
                "suspended.",
                code=error.code,
            )


class ResumeRecorder:
    """Writes down what `job_resume` is about to do with the jobs of a window and what came of it."""

    def __init__(self, journal: Journal, window: str, warn: Warn) -> None:
        self._journal = journal
        self._window = window
        self._warn = warn

    def announce(self, action: Verb, jobs: t.Sequence[Job]) -> None:
        self._journal.intend_resume(jobs)

    def conclude(self, item: Item) -> None:
        entry = self._journal.ledger.entries[item.job_id]
        if not entry.stage.is_open or self._window not in entry.holders:
            return  # settled before
        if self._journal.ledger.also_held_by(entry, self._window):
            _note(self._warn, self._journal.hand_over, self._window, item.job_id)
        elif item.error:
            return  # still to be done
        elif item.now is None:
            _note(self._warn, self._journal.missing, item.job_id)
        elif item.changed and not item.now.halted:
            _note(self._warn, self._journal.resumed, item.job_id)
        elif not item.changed and not is_still_to_be_resumed(item.planned, item.now):
            _note(self._warn, self._journal.left, item.job_id, item.note)


def _note(warn: Warn, record: t.Callable[..., None], *details: str) -> None:
    """Record an outcome. A failure loses nothing: the announcement is on disk and the live state tells the rest."""
    try:
        record(*details)
    except UsageError as error:
        warn(f"{error} The outcome of job {details[-1]} is not recorded; the next run settles it by its state.")
