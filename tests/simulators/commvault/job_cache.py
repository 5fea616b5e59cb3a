# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server's cache of active jobs behind GET Jobs/active (contract 5.3): as old as its last refresh."""

from __future__ import annotations

import typing as t

from simulators.commvault.wire import Document, Malformed

_PREFIX = "jobs.jobSummary."
_CONDITIONS: dict[str, t.Callable[[str, str], bool]] = {
    "eq": lambda have, want: have == want,
    "neq": lambda have, want: have != want,
    "contains": lambda have, want: want in have,
    "notContain": lambda have, want: want not in have,
    "startsWith": lambda have, want: have.startswith(want),
}


class JobCache:
    """The active jobs' summaries as they were at some time."""

    def __init__(self) -> None:
        self._summaries: list[Document] = []
        self._taken_at: float | None = None

    def get(self, now: float, max_age: float, refresh: bool, read: t.Callable[[], list[Document]]) -> list[Document]:
        """The summaries, read anew when asked for or when older than `max_age` seconds."""
        if refresh or self._taken_at is None or now - self._taken_at >= max_age:
            self._summaries, self._taken_at = read(), now
        return self._summaries


def select(summaries: list[Document], filters: list[str], sort: str) -> list[Document]:
    """The summaries that pass all filters (`field:condition:value`), ordered by `field:1` or `field:-1`."""
    for spec in filters:
        field, condition, value = _parts(spec, 3)
        if condition not in _CONDITIONS:
            raise Malformed(f"unknown condition {condition}")
        test = _CONDITIONS[condition]
        summaries = [summary for summary in summaries if test(str(_field(summary, field)), value)]
    if sort:
        field, direction = _parts(sort, 2)
        summaries = sorted(summaries, key=lambda summary: _field(summary, field), reverse=direction == "-1")
    return summaries


def _parts(spec: str, count: int) -> list[str]:
    parts = spec.split(":", count - 1)
    if len(parts) != count or not parts[0].startswith(_PREFIX):
        raise Malformed(f"cannot read {spec}")
    return [parts[0][len(_PREFIX) :], *parts[1:]]


def _field(summary: Document, path: str) -> t.Any:
    value: t.Any = summary
    for name in path.split("."):
        value = value.get(name, "") if isinstance(value, dict) else ""
    return value
