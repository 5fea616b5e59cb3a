# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a window is given: a variable that says nothing, by a slip, is an error that names it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.batchops.job_control.plugins.plugin_utils._tasks_file import Problem
from ansible_collections.batchops.job_control.plugins.plugin_utils._window_given import (
    block_of,
    refuse_what_says_nothing,
    truth,
)

GIVEN: dict[str, t.Any] = {"entry": "main", "folder": "~/windows", "journal_host": "here", "jobs": {"all": True}}
LEFT_OUT = object()
NO_TEXTS: tuple[t.Any, ...] = (None, [], {}, ["x"], {"a": 1}, 5, True)
SELECTORS = ("job_ids", "names", "types", "owners", "states", "location", "include_system_jobs", "all", "max_jobs")


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("folder", ("", " ", LEFT_OUT, *NO_TEXTS)),
        ("journal_host", ("", LEFT_OUT, *NO_TEXTS)),
        ("plan", NO_TEXTS),
        ("tasks", NO_TEXTS),
        ("report_folder", NO_TEXTS),
        ("expires", (None, [], {})),
        ("wait_timeout", (None, "", [], {}, "soon", True, -1)),
        ("jobs", (None, "", [], "all", 5, LEFT_OUT)),
    ],
)
def test_what_says_nothing_is_refused(option: str, values: t.Sequence[t.Any]) -> None:
    refuse_what_says_nothing(GIVEN)
    for value in values:
        given = {name: each for name, each in {**GIVEN, option: value}.items() if each is not LEFT_OUT}
        with pytest.raises(Problem, match=f"maintenance_window_(journal_)?{option}: give "):
            refuse_what_says_nothing(given)


@pytest.mark.parametrize("name", SELECTORS)
@pytest.mark.parametrize("value", [None, "", {}, [None], ["a", ""], [[]]])
def test_a_selector_that_says_nothing_is_refused(name: str, value: t.Any) -> None:
    """It would count as not given, and the others would select more than was meant."""
    with pytest.raises(Problem, match=f"maintenance_window_jobs: {name}: give it a value that says something"):
        refuse_what_says_nothing({**GIVEN, "jobs": {"types": ["Backup"], name: value}})


@pytest.mark.parametrize("given", [{"jobs": {"names": []}}, {"expires": ""}, {"wait_timeout": "60"}, {"plan": ""}])
def test_what_says_something_is_taken(given: dict[str, t.Any]) -> None:
    """An empty list selects nothing, and no question of a survey need be answered."""
    refuse_what_says_nothing({**GIVEN, **given})


@pytest.mark.parametrize("given", [None, "", [], {}, "maybe"])
def test_truths(given: t.Any) -> None:
    assert truth("in_facts", "yes")
    with pytest.raises(Problem, match="maintenance_window_in_facts: use true or false"):
        truth("in_facts", given)


@pytest.mark.parametrize(
    "given", [None, "", [], 5, {"agent": "a"}, *({name: None} for name in ("agents", "activities"))]
)
def test_what_blocks_nothing(given: t.Any) -> None:
    with pytest.raises(Problem, match="maintenance_window_block: "):
        block_of(given)
