# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What counts as a change between two looks."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, JobState
from ansible_collections.batchops.job_control.plugins.plugin_utils._watch import Memory, changes

DAY = 86400.0

States = dict[str, JobState]
LOOKS = st.lists(st.dictionaries(st.sampled_from("abc"), st.sampled_from(JobState), max_size=3), min_size=1, max_size=8)


def job(job_id: str, state: JobState, run_id: str = "") -> Job:
    return Job(job_id, f"name of {job_id}", "kind", "memory", state, state.value.upper(), owner="host", run_id=run_id)


def look(memory: Memory, states: States, now: float = 0.0) -> list[tuple[str, str | None, str]]:
    """The changes that a look finds, as (id, before, after)."""
    events = changes(memory, [job(job_id, state) for job_id, state in states.items()], now, DAY)
    return [(event["job"]["id"], event["job"]["before"], event["job"]["after"]) for event in events]


def failures(memory: Memory, state: JobState, job_id: str = "a", run_id: str = "") -> int:
    (event,) = changes(memory, [job(job_id, state, run_id)], 0.0, DAY)
    count: int = event["job"]["failures"]
    return count


@pytest.fixture
def memory() -> Memory:
    """It has looked once and has seen no job."""
    memory = Memory("memory://product")
    assert look(memory, {}) == []
    return memory


def test_the_first_look_is_no_change() -> None:
    memory = Memory("memory://product")
    assert look(memory, {"a": JobState.FAILED}) == []
    assert look(memory, {"a": JobState.FAILED}) == []
    assert look(memory, {"a": JobState.RUNNING, "b": JobState.QUEUED}) == [
        ("a", "failed", "running"),
        ("b", None, "queued"),
    ]


def test_a_new_run_in_the_same_state_is_a_change(memory: Memory) -> None:
    assert failures(memory, JobState.FAILED, run_id="1") == 1
    assert failures(memory, JobState.FAILED, run_id="2") == 2
    assert changes(memory, [job("a", JobState.FAILED)], 0.0, DAY) == []  # not named this time
    assert changes(memory, [job("a", JobState.FAILED, "2")], 0.0, DAY) == []


def test_failures_in_a_row_are_counted_until_it_ends_well(memory: Memory) -> None:
    assert failures(memory, JobState.FAILED) == 1
    assert failures(memory, JobState.RUNNING) == 1
    assert failures(memory, JobState.FAILED) == 2
    assert failures(memory, JobState.COMPLETED) == 0
    assert failures(memory, JobState.FAILED) == 1


def test_a_retry_with_an_id_of_its_own_counts_on(memory: Memory) -> None:
    first, second = (Job(i, "Backup a", "Backup", "commvault", JobState.FAILED, "Failed", owner="a") for i in "12")
    assert [event["job"]["failures"] for event in changes(memory, [first], 0.0, DAY)] == [1]
    assert [event["job"]["failures"] for event in changes(memory, [second], 0.0, DAY)] == [2]


def test_a_job_is_forgotten_when_it_has_not_been_listed_for_long(memory: Memory) -> None:
    look(memory, {"a": JobState.FAILED}, now=0.0)
    assert look(memory, {}, now=DAY) == []
    assert set(memory.jobs) == {"a"}
    assert look(memory, {}, now=DAY + 1) == []
    assert (memory.jobs, memory.failures) == ({}, {})


@pytest.mark.parametrize("text", ["{{ lookup('pipe', 'id') }}", "{% raw %}", "{# x #}", "{{{{", "a{{b"])
def test_no_word_of_a_product_is_a_template(memory: Memory, text: str) -> None:
    hostile = Job(text, text, text, "ajs", JobState.FAILED, text, owner=text, run_id=text, reason=text)
    (event,) = changes(memory, [hostile], 0.0, DAY)
    assert not [value for value in event["job"].values() if re.search(r"\{[{%#]", str(value))]


@given(LOOKS)
def test_every_change_is_reported_once_and_has_a_name_of_its_own(looks: list[States]) -> None:
    memory = Memory("memory://product")
    look(memory, {})
    shown: States = {}
    names: list[str] = []
    for states in looks:
        events = changes(memory, [job(job_id, state) for job_id, state in states.items()], 0.0, DAY)
        assert {event["job"]["id"] for event in events} == {i for i, state in states.items() if shown.get(i) != state}
        names += [event["meta"]["uuid"] for event in events]
        shown.update(states)
    assert len(set(names)) == len(names)


@given(LOOKS, st.integers(0, 7))
def test_a_watch_that_begins_anew_goes_on(looks: list[States], number: int) -> None:
    """From what it has stored it finds the same changes, with the same names, as one that was not interrupted."""

    def watch(interrupted: bool) -> list[dict[str, object]]:
        memory = Memory("memory://product")
        found = []
        for index, states in enumerate(looks):
            if interrupted and index == number:
                stored = json.dumps(memory.as_data())
                changes(memory, [job(job_id, state) for job_id, state in states.items()], 0.0, DAY)  # and it dies
                memory = Memory.from_data(json.loads(stored))
            found += changes(memory, [job(job_id, state) for job_id, state in states.items()], 0.0, DAY)
        return found

    assert watch(interrupted=True) == watch(interrupted=False)


@pytest.mark.parametrize("data", [None, [], {}, {"format": 2}, {"format": 1, "identity": "x"}, "text", 7])
def test_what_is_no_memory_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match=r"format|memory"):
        Memory.from_data(data)
