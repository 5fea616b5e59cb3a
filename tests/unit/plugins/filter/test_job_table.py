# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter of the table: what it takes, how wide it is, and that its text is no template."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

from ansible_collections.batchops.job_control.plugins.filter.job_table import job_table


def found(*names: str) -> dict[str, t.Any]:
    jobs = [{"id": str(number), "name": name, "state": "running"} for number, name in enumerate(names)]
    return {"jobs": jobs, "summary": {"selected": len(jobs)}}


def test_the_words_of_a_product_are_no_template() -> None:
    lines = job_table({"{{ a }}": found("{{ lookup('pipe', 'id') }}"), "b": {"msg": "{% raw %}{# c #}"}}, width=500)
    assert not any(opening in line for line in lines for opening in ("{{", "{%", "{#"))
    assert "{ { lookup('pipe', 'id') }}" in lines[1]


@pytest.mark.parametrize(
    ("told", "options", "width"),
    [
        ("90", {}, 90),
        ("90", {"margin": 11}, 79),
        ("90", {"width": 60, "margin": 11}, 60),
        ("", {"margin": 9}, 91),
        ("0", {}, 100),
        ("wide", {}, 100),
    ],
)
def test_its_width(monkeypatch: pytest.MonkeyPatch, told: str, options: dict[str, t.Any], width: int) -> None:
    monkeypatch.setenv("COLUMNS", told)
    monkeypatch.setattr(Display(), "columns", 100)
    row = job_table({"here": found("x" * 200)}, **options)[1]
    assert len(row) == width


def test_how_many_jobs() -> None:
    lines = job_table({"here": found("a", "b", "c")}, rows=2, more="ask")
    assert lines[-2:] == ["1 more job: ask.", "3 jobs: 3 running."]


@pytest.mark.parametrize("results", [None, [], "text", {"here": None}, {"here": ["a"]}, {"here": {"jobs": [1]}}])
def test_what_is_no_result_is_refused(results: t.Any) -> None:
    with pytest.raises(AnsibleFilterError, match="job_table: "):
        job_table(results)
