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
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
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
from ansible_collections.batchops.job_control.plugins.module_utils._selection import each


def test_an_agent_that_only_has_to_drain_is_not_changed() -> None:
    hold = t.cast("JobState", SwitchState.HOLD)
    item = Item("agt1", Job("agt1", "agt1", "execution agent", "ajs", hold, "HOLD", running=True))
    item.decision = Decision(Step.WAIT, Verb.SET_AGENT_STATE, hold)
    result = report.written([item], "ajs", predict=True)
    assert (result["changed"], result["jobs"][0]["action"], result["jobs"][0]["after"]) == (False, "none", "hold")


@pytest.mark.parametrize(("step", "changed"), [(Step.WAIT, False), (Step.WAIT_THEN_ACT, True)])
def test_waiting_counts_as_a_change_where_a_request_of_ours_follows(step: Step, changed: bool) -> None:
    job = Job("1", "n", "t", "memory", JobState.QUEUED, "queued")
    item = Item("1", job, decision=Decision(step, Verb.CANCEL_RUNNING, JobState.CANCELLED))
    result = report.written([item], "memory", predict=True)
    assert (result["changed"], result["jobs"][0]["action"]) == (changed, "cancel_running" if changed else "none")
    assert result["jobs"][0]["after"] == "cancelled"


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
    items = each(product, Selection())
    result = report.read(items, product, VerbOptions(), summary_only=True)
    assert result["jobs"] == []
    assert result["summary"] == {"selected": 1000, "skipped": 0, "failed": 0, "states": {"queued": 1000}}
    assert max(at_once) <= 3


@pytest.mark.parametrize(
    ("limit", "selected", "is_limited"), [(0, 3, False), (4, 3, False), (3, 3, True), (1, 0, False)]
)
def test_a_list_that_ends_at_its_limit_says_that_there_may_be_more(limit: int, selected: int, is_limited: bool) -> None:
    result = report.limited({"summary": {"selected": selected}}, limit)
    assert result["summary"]["limited"] is is_limited
    assert ("there may be more" in result.get("msg", "")) is is_limited
