# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _engine, _errors, _item, _model, plan, window.

"""What comes up while a window is being opened: new jobs, new runs, jobs that somebody resumes."""

from __future__ import annotations

import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock, Deadline, pauses
from ansible_collections.batchops.job_control.plugins.module_utils._engine import Policy
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    JobControlError,
    WaitTimeout,
    inert,
)
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._model import Selection, Step
from ansible_collections.batchops.job_control.plugins.module_utils._window.plan import would_change
from ansible_collections.batchops.job_control.plugins.module_utils._window.window import Window


class Sweep:
    """Looks at the jobs of an open window again, after they were suspended.

    :param selection: of the window.
    :param deadline: that of the window's work; `wait_timeout` of the policy is what it was made from.
    """

    def __init__(self, window: Window, selection: Selection, policy: Policy, clock: Clock, deadline: Deadline) -> None:
        self._window = window
        self._selection = selection
        self._policy = policy
        self._clock = clock
        self._deadline = deadline

    def suspend(self, items: list[Item]) -> JobControlError | None:
        """Suspend what has come up, until a look shows nothing of that kind. Returns what keeps it from being so.

        :param items: the jobs that the window has worked on; those that come up are added, or take the place of what
            they were before.
        """
        looks = pauses(self._policy.wait_interval)
        try:
            while True:
                came_up = self.look(items)
                if not came_up:
                    return None
                is_late = self._deadline.passed
                if not is_late:
                    self._window.suspend(came_up)
                for item in came_up:
                    _put(items, item)
                if is_late:
                    return self._give_up(came_up)
                self._clock.sleep(min(next(looks), self._deadline.remaining))
        except JobControlError as error:
            return error

    def look(self, items: t.Sequence[Item]) -> list[Item]:
        """The jobs that work although the window should keep them from it. One that has failed before is not among
        them.

        :raises JobControlError: they cannot be read.
        """
        known = {item.job_id for item in items}
        failed = {item.job_id for item in items if item.error}
        seen = [item for item in self._window.look(self._selection) if self._is_due(item)]
        # A list may be older than what was read of one job; and a product may take a second request the wrong way.
        stale = [item.job_id for item in seen if item.job_id in known and item.job_id not in failed]
        again = self._window.look(Selection(job_ids=tuple(stale))) if stale else []
        new = [item for item in seen if item.job_id not in known]
        return new + [item for item in again if self._is_due(item)]

    def _is_due(self, item: Item) -> bool:
        return would_change(item) and (self._policy.wait or item.planned.step is not Step.WAIT)

    def _give_up(self, came_up: t.Sequence[Item]) -> WaitTimeout:
        names = ", ".join(inert(f"{item.job_id} ({item.job.name})") for item in came_up)
        for item in came_up:
            item.error = WaitTimeout(f"Job {item.job_id} came up meanwhile and is not suspended.")
        return WaitTimeout(
            f"sweep: {self._policy.wait_timeout:g} seconds (wait_timeout) are over, and jobs still come up: {names}. "
            "Block what starts them, or give more wait_timeout."
        )


def _put(items: list[Item], item: Item) -> None:
    """Add an item, or put it where the same job was before."""
    earlier = next((known for known in items if known.job_id == item.job_id), None)
    was_changed = earlier is not None and earlier.changed
    what = "it was working again meanwhile" if was_changed else "it came up meanwhile"
    item.note = f"{what}; {item.note}" if item.note else what
    item.changed = item.changed or was_changed
    if earlier is None:
        items.append(item)
    else:
        items[items.index(earlier)] = item
