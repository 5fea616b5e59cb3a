# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two forms of the torture lane, and the counts that it leaves for the page about what we promise."""

from __future__ import annotations

import contextlib
import json
import os
import typing as t

from support.ansible import BUILD

#: Whether everything is enumerated (`make torture`) or a part of it that spreads over the whole (`make test`).
FULL = os.environ.get("JOB_CONTROL_TORTURE") == "full"
TALLY = BUILD / "reports" / "tally.jsonl"

Point = t.TypeVar("Point")


def spread(points: t.Sequence[Point], most: int) -> list[Point]:
    """All points in the full form; in the short form at most so many."""
    return list(points) if FULL else evenly(points, most)


def evenly(points: t.Sequence[Point], most: int) -> list[Point]:
    """At most so many points, evenly spread, the first and last included."""
    if len(points) <= most:
        return list(points)
    return [points[index * (len(points) - 1) // (most - 1)] for index in range(most)]


def tally(what: str, count: int = 1, system: str = "") -> None:
    """Note that so many of something were tried, and held. Called after the assertions.

    :param what: a key of `promises.PROMISES`.
    """
    TALLY.parent.mkdir(parents=True, exist_ok=True)
    with TALLY.open("a") as file:  # several workers append; a line is one write
        file.write(json.dumps({"what": what, "system": system, "count": count, "all": FULL}) + "\n")


@contextlib.contextmanager
def told(where: str) -> t.Iterator[None]:
    """Say where it was that something is wrong."""
    try:
        yield
    except AssertionError as error:
        error.add_note(where)
        raise
