# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables that a program writes into a document for people, each between two comments."""

from __future__ import annotations

import typing as t


def table(rows: t.Iterable[t.Sequence[str]]) -> str:
    """A Markdown table; the first row is its head."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * lines[0].count(" | ") + " --- |", *lines[1:]])


def with_block(text: str, name: str, block: str) -> str:
    """The document with this block in its place.

    :raises ValueError: it has no place of this name.
    """
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, begin_found, after = text.partition(begin)
    _old, end_found, after = after.partition(end)
    if not (begin_found and end_found):
        raise ValueError(f"no place for the table {name!r}")
    return f"{before}{begin}\n{block}\n{end}{after}"
