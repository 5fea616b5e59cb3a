# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _columns, _errors.

"""The results of modules as a table of jobs: what needs attention first, totals last. Pure."""

from __future__ import annotations

import collections
import dataclasses
import re
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._errors import inert
from ansible_collections.batchops.job_control.plugins.plugin_utils._columns import (
    GAP,
    GiveUp,
    Row,
    fit,
    lines,
    text_width,
)

Data = t.Mapping[str, t.Any]
#: Gives a text the colour of a state.
PaintState = t.Callable[[str, str], str]

#: States of jobs, agents and activities by how much attention they need. Any other word is as good as unknown.
STATES = (
    "failed",
    "unknown",
    "other",
    "missing",
    "gone",
    "warning",
    "cancelled",
    "cancelling",
    "suspending",
    "suspended",
    "held",
    "hold",
    "blockade",
    "ineffective",
    "disabled",
    "running",
    "queued",
    "completed",
    "effective",
    "enabled",
)
_RANKS = {state: rank for rank, state in enumerate(STATES)}
_RANK_OF_OTHERS = _RANKS["unknown"]

#: The columns in the order in which they are shown. `host` and `system` are never both there.
COLUMNS = ("host", "system", "id", "name", "state", "change", "since/next (UTC)", "done", "owner", "can", "why")
#: What is given up for want of room; never the id, the state, or what was done.
GIVE_UP = tuple(
    GiveUp(*step)
    for step in (
        ("why", 30),
        ("name", 40),
        ("owner", 16),
        ("why", 0),
        ("owner", 0),
        ("system", 0),
        ("done", 0),
        ("can", 0),
        ("host", 16),
        ("name", 20),
        ("since/next (UTC)", 0),
        ("name", 14),
        ("host", 8),
        ("name", 8),
    )
)
_LONG_ID = 36  # the width of a UUID: a longer id has a line of its own where the terminal is not wide
_ERRORS = 5  # how many causes are told
_STAMP = re.compile(r"(\d{4})-(\d\d-\d\d)T(\d\d:\d\d)")


@dataclasses.dataclass(frozen=True)
class Look:
    """How the table is to look."""

    width: int  # columns of the terminal
    rows: int = 50  # the most jobs that are shown; 0: all
    more: str = ""  # how one sees more, in words
    clean: t.Callable[[str], str] = inert  # what makes a product's words harmless
    paint: PaintState = lambda _state, text: text
    is_check: bool = False  # nothing was done; the results say what would be


def job_table(results: t.Sequence[tuple[str, Data]], look: Look) -> list[str]:
    """The table as lines.

    :param results: what modules have returned, each with the host that it is about.
    """
    several = len({host for host, _result in results}) > 1
    found = [_row(host if several else "", job, look) for host, result in results for job in result.get("jobs") or ()]
    found.sort(key=lambda row: (not row["error"], _rank(row["now"])))
    shown = found[: look.rows or None]
    beside = [*_cut_off(found, shown, look), *_errors(found, look), *_totals(results, look)]
    return [*_table(shown, look), *([""] if shown else []), *beside]


def _rank(state: str) -> int:
    return _RANKS.get(state, _RANK_OF_OTHERS)


def _table(rows: t.Sequence[Row], look: Look) -> t.Iterator[str]:
    used = [column for column in COLUMNS if any(row[column] for row in rows)]
    if not used:
        return
    natural = {column: max(text_width(text) for text in [column, *(row[column] for row in rows)]) for column in used}
    natural["id"] = _id_width([text_width(row["id"]) for row in rows], look.width)
    if "host" in natural:
        natural.pop("system", None)
    widths = fit(natural, look.width, GIVE_UP)
    yield from lines([{column: column for column in COLUMNS}], widths, "id", lambda _column, text, _row: text)
    yield from lines(rows, widths, "id", _painter(look))


def _painter(look: Look) -> t.Callable[[str, str, Row], str]:
    return lambda column, text, row: look.paint(row["now"], text) if column == "state" else text


def _id_width(found: t.Sequence[int], width: int) -> int:
    most = max(_LONG_ID, width // 3)
    return max(len("id"), *(each for each in [0, *found] if each <= most))


def _row(host: str, job: Data, look: Look) -> Row:
    """One job. Beside the columns it has `now`, the state that it is in, and `error`, what is wrong with it."""
    error = job.get("error") or {}
    name, job_id, new_id = (look.clean(str(job.get(key) or "")) for key in ("name", "id", "new_id"))
    progress = job.get("progress")
    before, now = (str(state) if state else "" for state in _states(job))
    return {
        "host": look.clean(host),
        "system": look.clean(str(job.get("system") or "")),
        "id": f"{job_id} -> {new_id}" if new_id else job_id,
        "name": name.rpartition("/")[2] if name in job_id else name,  # a name that is a path is in the id already
        "state": look.clean(f"{before} -> {now}" if before and before != now else now),
        "change": look.clean(str(job.get("action"))) if job.get("changed") else "",
        "since/next (UTC)": look.clean(_moment(job, now)),
        "done": "" if progress is None else f"{float(progress):.0f}%",
        "owner": look.clean(str(job.get("owner") or "")),
        "can": look.clean(", ".join(map(str, job.get("actions") or ()))),
        "why": look.clean(str(job.get("note") or job.get("reason") or "")) if not error else "",
        "now": now,
        "error": look.clean(str(error.get("message") or "")),
    }


def _states(job: Data) -> tuple[str, str]:
    """The state that a module has changed, or none; and the present one."""
    if "before" in job:
        return job["before"] or "missing", job.get("after") or ("gone" if job["before"] else "missing")
    return "", job.get("state") or "missing"


def _moment(job: Data, state: str) -> str:
    """Since when it runs or is over, else when it runs next."""
    if state in ("running", "suspending", "cancelling"):
        return _readable(job.get("started"))
    if state in ("completed", "warning", "failed", "cancelled"):
        return _readable(job.get("ended") or job.get("started"))
    stamp = _STAMP.match(str(job.get("next_run") or ""))
    return f"next {stamp[2]} {stamp[3]}" if stamp else ""


def _readable(stamp: str | None) -> str:
    found = _STAMP.match(stamp or "")
    return f"{found[1]}-{found[2]} {found[3]}" if found else ""


def _cut_off(found: t.Sequence[Row], shown: t.Sequence[Row], look: Look) -> t.Iterator[str]:
    left = len(found) - len(shown)
    if left:
        yield f"{_count(left, 'more job', 'more jobs')}{': ' if look.more else ''}{look.more}."


def _errors(rows: t.Sequence[Row], look: Look) -> t.Iterator[str]:
    """What is wrong with jobs. Each cause is told once, and whole."""
    messages = list(dict.fromkeys(row["error"] for row in rows if row["error"]))
    yield from (f"Error: {message}" for message in messages[:_ERRORS])
    if len(messages) > _ERRORS:
        yield f"{_count(len(messages) - _ERRORS, 'more error', 'more errors')} of other jobs."


def _totals(results: t.Sequence[tuple[str, Data]], look: Look) -> t.Iterator[str]:
    """A line for each host where there are several, and one for all."""
    totals: dict[str, list[_Total]] = {}
    for host, result in results:
        totals.setdefault(look.clean(host), []).append(_total(result, look))
    each = {host: _sum(own) for host, own in totals.items()}
    if len(each) < 2:
        yield f"{_sum(list(each.values())).told(look)}."
        return
    width = max(map(text_width, each))
    for host, total in each.items():
        yield f"{host}{' ' * (width - text_width(host))}{GAP}{total.told(look)}"
    read = [total for total in each.values() if not total.problem]
    if read:
        which = f"{len(read)} of" if len(read) < len(each) else "all"
        yield f"{_sum(read).told(look, f' on {which} {len(each)} systems')}."
    else:
        yield f"None of the {len(each)} systems could be read."


@dataclasses.dataclass(frozen=True)
class _Total:
    """Counts of jobs."""

    jobs: int = 0
    states: t.Mapping[str, int] = dataclasses.field(default_factory=dict)
    changed: int | None = None  # None: by a module that changes nothing
    is_limited: bool = False
    problem: str = ""  # why there are no jobs

    def told(self, look: Look, where: str = "") -> str:
        """In words."""
        if self.problem:
            return f"not read: {self.problem.rstrip('.')}"
        ranked = sorted(self.states.items(), key=lambda item: _rank(item[0]))
        counts = ", ".join(f"{count} {look.clean(state)}" for state, count in ranked)
        parts = [_count(self.jobs, "job", "jobs") + where + (f": {counts}" if counts else "")]
        if self.changed is not None:
            parts.append(f"{self.changed} {'would be changed' if look.is_check else 'changed'}")
        if self.is_limited:
            parts.append("reading stopped at the limit, there may be more")
        return "; ".join(parts)


def _total(result: Data, look: Look) -> _Total:
    jobs, summary = result.get("jobs") or (), result.get("summary") or {}
    if not jobs and "selected" not in summary:
        return _Total(problem=look.clean(str(result.get("msg") or "there is no result")))
    states = collections.Counter(_states(job)[1] for job in jobs) if jobs else summary.get("states") or {}
    is_limited = bool(summary.get("limited"))
    return _Total(int(summary.get("selected", len(jobs))), states, summary.get("changed"), is_limited)


def _sum(totals: t.Sequence[_Total]) -> _Total:
    """Of several; what could not be read counts only where nothing could."""
    read = [total for total in totals if not total.problem]
    if not read:
        return totals[0] if totals else _Total()
    states: collections.Counter[str] = collections.Counter()
    for total in read:
        states.update(total.states)
    changed = [total.changed for total in read if total.changed is not None]
    return _Total(
        sum(total.jobs for total in read),
        states,
        sum(changed) if changed else None,
        any(total.is_limited for total in read),
    )


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
