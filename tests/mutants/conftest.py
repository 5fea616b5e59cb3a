# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The copy of the checkout that all workers use, and the score at the end."""

from __future__ import annotations

import collections
import typing as t

import pytest
from support.mutants import workshop


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # before the workers begin
        workshop.make_copy()


@pytest.fixture(scope="session")
def bench() -> t.Iterator[workshop.Workshop]:
    opened = workshop.Workshop()
    yield opened
    opened.close()


def pytest_terminal_summary(terminalreporter: t.Any) -> None:
    """The score by file."""
    scores: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for reports in terminalreporter.stats.values():
        for report in reports:
            told = dict(getattr(report, "user_properties", ()))
            if "verdict" in told and report.when == "call":
                scores[told["file"]][told["verdict"]] += 1
    terminalreporter.section("mutants")
    for file, score in sorted(scores.items()):
        terminalreporter.write_line(_line(file, score))
    terminalreporter.write_line(_line("in all", sum(scores.values(), collections.Counter())))


def _line(what: str, score: t.Mapping[str, int]) -> str:
    total = sum(score.values())
    dead = total - score["lived"]
    return f"{what:<24} {dead:>5} of {total:>5} died ({dead / max(total, 1):.1%}), {score['hung']} of them hung"
