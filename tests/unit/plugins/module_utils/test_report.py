# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module returns: what check mode foresees of a job that has to be waited for, and counts that keep no job."""

from __future__ import annotations

import typing as t
import weakref

import pytest
from support.clock import FakeClock
from support.product import MemoryProduct

from ansible_collections.batchops.job_control.plugins.module_utils import _report as report
from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Item, Policy
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    JobState,
    Selection,
    Step,
    SwitchState,
    Verb,
    VerbOptions,
)


def test_an_agent_that_only_has_to_drain_is_not_changed() -> None:
    hold = t.cast("JobState", SwitchState.HOLD)
    item = Item("agt1", Job("agt1", "agt1", "execution agent", "ajs", hold, "HOLD", running=True))
    item.decision = Decision(Step.WAIT, Verb.SET_AGENT_STATE, hold)
    result = report.written(Verb.SET_AGENT_STATE, [item], "ajs", predict=True)
    assert (result["changed"], result["jobs"][0]["action"], result["jobs"][0]["after"]) == (False, "none", "hold")


@pytest.mark.parametrize(
    ("verb", "state", "action", "after", "halted", "changed"),
    [
        # busy now, paused or ended by us as soon as it is not
        ("suspend", "running", "suspend", "suspended", False, True),
        ("suspend", "queued", "cancel_running", "cancelled", False, True),
        ("cancel_running", "running", "cancel_running", "completed", False, True),
        ("resume", "suspending", "resume", "queued", False, True),
        ("retry", "cancelling", "retry", "running", False, True),
        # somebody else's request does it, or the run only has to end
        ("suspend", "suspending", "suspend", "suspended", False, False),
        ("suspend", "suspending", "suspend", "held", True, False),
        ("suspend", "running", "suspend", "completed", False, False),
        ("cancel_running", "cancelling", "cancel_running", "cancelled", False, False),
        ("cancel_running", "suspending", "cancel_running", "suspended", False, False),
    ],
)
def test_waiting_counts_as_a_change_where_a_request_of_ours_follows(
    verb: str, state: str, action: str, after: str, halted: bool, changed: bool
) -> None:
    job = Job("1", "n", "t", "memory", JobState(state), state, halted=halted)
    item = Item("1", job, decision=Decision(Step.WAIT, Verb(action), JobState(after)))
    result = report.written(Verb(verb), [item], "memory", predict=True)
    assert (result["changed"], result["jobs"][0]["action"]) == (changed, action if changed else "none")
    assert result["jobs"][0]["after"] == after


def test_a_summary_keeps_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs are counted as they are read, so that memory does not grow with their number."""
    clock = FakeClock()
    product = MemoryProduct(clock)
    alive: weakref.WeakSet[Job] = weakref.WeakSet()
    at_once: list[int] = []

    def list_jobs(_selection: Selection) -> t.Iterator[Job]:
        for number in range(1000):
            job = Job(str(number), "n", "t", "memory", JobState.QUEUED, "queued")
            alive.add(job)
            at_once.append(len(alive))
            yield job

    monkeypatch.setattr(product, "list_jobs", list_jobs)
    items = Engine(product, clock, Policy(), VerbOptions()).each(Selection())
    result = report.read(items, product, VerbOptions(), summary_only=True)
    assert (result["jobs"], result["summary"]["selected"]) == ([], 1000)
    assert result["summary"]["states"] == {"queued": 1000}
    assert max(at_once) <= 3
