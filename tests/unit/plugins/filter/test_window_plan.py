# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Saved plans of a window: what they tell, and which are refused."""

from __future__ import annotations

import copy
import json
import typing as t

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.batchops.job_control.plugins.filter.saved_window_plan import saved_window_plan
from ansible_collections.batchops.job_control.plugins.filter.window_plan import window_plan
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    JobState,
    Selection,
    Step,
    SwitchState,
    Verb,
)
from ansible_collections.batchops.job_control.plugins.module_utils._window import plan as plans
from ansible_collections.batchops.job_control.plugins.plugin_utils import _window_plan as saved_plan

MADE = "2026-12-23T20:00:00Z"


def item(number: int, step: Step = Step.ACT, action: Verb = Verb.SUSPEND, why: str = "", held: bool = False) -> Item:
    job = Job(str(number), f"job-{number}", "Backup", "memory", JobState.RUNNING, "Running")
    made = Item(job.id, job, held_by=("b",) if held else ())
    made.decision = Decision(step, action, JobState.SUSPENDED, why)
    return made


def jobs_plan(*items: Item) -> str:
    found = items or (item(1),)
    return plans.pack(plans.made(Verb.SUSPEND, "memory", "memory://a", Selection(), found, {"running": "wait"}))


def switch_plan(name: str, step: Step = Step.ACT) -> str:
    agent = Job(name, name, "agent", "memory", t.cast("JobState", SwitchState.EFFECTIVE), "effective")
    made = Item(name, agent)
    made.decision = Decision(step, Verb.SET_AGENT_STATE, t.cast("JobState", SwitchState.HOLD))
    return plans.pack(plans.made(Verb.SET_AGENT_STATE, "memory", "memory://a", Selection(job_ids=(name,)), [made], {}))


def saved(**hosts: dict[str, t.Any]) -> dict[str, t.Any]:
    found = hosts or {"one": {"jobs": jobs_plan()}, "two": {"jobs": jobs_plan()}}
    return t.cast("dict[str, t.Any]", window_plan(found, "w", MADE)["plan"])


def test_a_plan_says_what_a_person_signs_off() -> None:
    every = jobs_plan(
        item(1),
        item(2),
        item(3, action=Verb.CANCEL_RUNNING),
        item(4, Step.WAIT_THEN_ACT),
        item(5, Step.ALREADY, held=True),
        item(6, Step.ALREADY),
        item(7, Step.INELIGIBLE, why="it has ended"),
        Item("8", None),
    )
    switches = [switch_plan("agent1"), switch_plan("agent2", Step.ALREADY)]
    made = window_plan({"one": {"jobs": every, "switches": switches}}, "w", MADE)
    plan, host = made["plan"], made["plan"]["hosts"]["one"]
    assert (plan["schema"], plan["window"], plan["made"]) == ("batchops.job_control/plan/1", "w", MADE)
    assert set(plan["by"]) == {"user", "controller", "process"}
    assert (host["system"], host["product"], host["plan"], host["switch_plans"]) == (
        "memory",
        "memory://a",
        every,
        switches,
    )
    assert host["blocks"] == ["agent1"]
    assert host["summary"]["counts"] == {
        "selected": 8,
        "suspend": 2,
        "cancel_running": 1,
        "wait_for": 1,
        "hold": 1,
        "already": 1,
        "cannot": 1,
        "missing": 1,
    }
    assert host["summary"]["jobs"] == {
        "suspend": ["job-1 (1)", "job-2 (2)"],
        "cancel_running": ["job-3 (3)"],
        "wait_for": ["job-4 (4)"],
        "hold": ["job-5 (5)"],
        "already": ["job-6 (6)"],
        "cannot": ["job-7 (7): it has ended"],
        "missing": ["8"],
    }
    assert made["lines"] == [
        "one: 8 jobs selected: 2 to be suspended, 1 whose run is to be cancelled, 1 to be waited for, 1 to be held "
        "that another window has suspended, 1 suspended already, 1 that cannot be suspended, 1 that do not exist; "
        "blocked before: agent1"
    ]


def test_it_comes_back_as_it_was() -> None:
    plan = saved()
    assert saved_window_plan(json.dumps(plan), "w", ["two", "one"]) == plan
    assert (
        saved_window_plan(json.dumps(plan, indent=4, sort_keys=True, ensure_ascii=False), "w", ["one", "two"]) == plan
    )


def paths(value: t.Any, path: tuple[t.Any, ...] = ()) -> t.Iterator[tuple[t.Any, ...]]:
    """Where each single value of a plan is."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in items:
        yield from paths(one, (*path, key))
    if not isinstance(value, (dict, list)):
        yield path


SAVED = saved()


@pytest.mark.parametrize("path", list(paths(SAVED)), ids=lambda path: "-".join(map(str, path)))
def test_what_was_edited_is_refused(path: tuple[t.Any, ...]) -> None:
    edited = copy.deepcopy(SAVED)
    place = edited
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = f"{place[path[-1]]}x"
    why = "has the schema batchops.job_control/plan/1x" if path == ("schema",) else "changed after it was saved"
    with pytest.raises(AnsibleFilterError, match=why):
        saved_window_plan(json.dumps(edited), "w", ["one", "two"])


@pytest.mark.parametrize("text", ["", "no", "[]", "{}", "null", '"x"', "1", "[" * 100_000])
def test_any_other_file_is_refused(text: str) -> None:
    with pytest.raises(AnsibleFilterError, match="maintenance_window_plan: the file is no saved plan"):
        saved_window_plan(text, "w", ["one"])


def test_each_reason_is_named() -> None:
    text = json.dumps(SAVED)
    with pytest.raises(AnsibleFilterError, match="it is for the window 'w', not for 'other'"):
        saved_window_plan(text, "other", ["one", "two"])
    with pytest.raises(AnsibleFilterError, match=r"it has no plan for three, zero\. Nothing was changed"):
        saved_window_plan(text, "w", ["zero", "one", "two", "three"])
    with pytest.raises(AnsibleFilterError, match="it also has a plan for two, which this play does not work on"):
        saved_window_plan(text, "w", ["one"])
    with pytest.raises(
        AnsibleFilterError, match="not for 'other'; it has no plan for three; it also has a plan for one"
    ):
        saved_window_plan(text, "other", ["two", "three"])


def test_what_is_no_plan_is_not_saved() -> None:
    with pytest.raises(AnsibleFilterError, match="window_plan: one: plan: this is not what a run in check mode has"):
        window_plan({"one": {"jobs": "x"}}, "w", MADE)
    with pytest.raises(AnsibleFilterError, match="window_plan: one: 'jobs'"):
        window_plan({"one": {}}, "w", MADE)
    with pytest.raises(AnsibleFilterError, match="takes a dictionary of plans, not list"):
        window_plan(t.cast("dict[str, t.Any]", []), "w", MADE)
    with pytest.raises(AnsibleFilterError, match="takes the text of a file, not dict"):
        saved_window_plan(t.cast("str", {}), "w", [])


def test_the_hash_is_about_the_content_and_not_about_its_form() -> None:
    turned = dict(reversed(list(SAVED.items())))
    assert saved_plan.digest(turned) == SAVED["hash"]
