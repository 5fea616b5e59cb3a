# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.

"""What the page of a report shows: its sentences, its tables, its time line."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.batchops.job_control.plugins.plugin_utils._history import Outcome
from ansible_collections.batchops.job_control.plugins.plugin_utils._timeline import WORDS, build_timeline, moment

Data = dict[str, t.Any]
Clock = t.Callable[["str | None"], str]

#: Characters that no XML document may hold or that a terminal obeys, which is shown the page with --diff; and half
#: characters, which cannot be written to a file.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_JOURNAL_WORDS = {
    "read": "",
    "missing": "no journal",
    "unread": "journal not read",
    "damaged": "journal damaged",
    "other": "journal of another window",
}


def build_page(report: t.Mapping[str, t.Any]) -> Data:
    """Everything that the page shows, ready to be written; what comes from job systems still has to be escaped."""
    shown = _printable(report)
    began, last = shown["began"] or "", shown["last_event"] or ""
    clock = time_of_day if began[:10] == last[:10] else readable
    systems = [_system(system, clock) for system in shown["systems"]]
    return {
        "window": shown["window"],
        "period": _period(began, last, clock) if began and last else "",
        "verdict": _verdict(shown),
        "is_settled": not shown["needs_attention"],
        "totals": shown["totals"],
        "needs": [{**need, "words": _need_words(need)} for need in shown["needs_attention"]],
        "ran": _ran(shown["systems"], clock),
        "looked": any(system.get("ran_inside") is not None for system in shown["systems"]),
        "systems": systems,
        "timeline": build_timeline(systems),
    }


def _ran(systems: t.Sequence[t.Mapping[str, t.Any]], clock: Clock) -> list[Data]:
    """The jobs that were started inside the window, of all systems."""
    return [
        {**job, "host": system["host"], "when": clock(job["started"])}
        for system in systems
        for job in system.get("ran_inside") or ()
    ]


def _printable(value: t.Any) -> t.Any:
    if isinstance(value, str):
        return _UNPRINTABLE.sub("\ufffd", value)
    if isinstance(value, t.Mapping):
        return {_printable(key): _printable(item) for key, item in value.items()}
    if isinstance(value, t.Sequence):
        return [_printable(item) for item in value]
    return value


def _verdict(report: Data) -> str:
    suspended, needs = report["totals"]["suspended"], report["needs_attention"]
    if needs:
        found = [_need_words(need) for need in needs]
        counts = ", ".join(f"{found.count(words)} {words}" for words in dict.fromkeys(found))
        return f"{_count(len(needs), 'thing needs', 'things need')} a person: {counts}."
    if not suspended:
        return "The window suspended no job."
    return f"The window is closed: {_count(suspended, 'job was', 'jobs were')} suspended and resumed."


def _need_words(need: Data) -> str:
    if need["outcome"]:
        return WORDS[Outcome(need["outcome"])]
    return "in no journal" if need["id"] else "still ran" if need["name"] else "journal not usable"


def _system(system: Data, clock: Clock) -> Data:
    jobs = [_job(job, clock) for job in system["jobs"]]
    return {**system, "journal_words": _JOURNAL_WORDS[system["journal"]], "jobs": jobs, "summary": _summary(jobs)}


def _job(job: Data, clock: Clock) -> Data:
    start, end = job["suspended_at"], job["ended_at"]
    words = WORDS[Outcome(job["outcome"])]
    lasted = duration(moment(end) - moment(start)) if start and end else ""
    name = f"{job['name']} ({job['id']})" if job["name"] != job["id"] else job["name"]
    period = f"{clock(start or job['intended_at'])} to {clock(end) or '(open)'}"
    return {
        **job,
        "words": words,
        "suspended": clock(start),
        "ended": clock(end),
        "lasted": lasted,
        "tooltip": f"{name}: {words}, {period}" + (f" ({lasted})" if lasted else ""),
    }


def _summary(jobs: t.Sequence[Data]) -> str:
    found = [job["words"] for job in jobs]
    counts = [f"{found.count(words)} {words}" for words in WORDS.values() if words in found]
    return ", ".join(counts) or "no job"


def _period(began: str, last: str, clock: Clock) -> str:
    return f"{readable(began)} to {clock(last)} UTC ({duration(moment(last) - moment(began))})"


def readable(stamp: str | None) -> str:
    """A time of the report for people: 2026-05-16 22:00:04."""
    return stamp.replace("T", " ").rstrip("Z") if stamp else ""


def time_of_day(stamp: str | None) -> str:
    """The same without its day."""
    return readable(stamp)[-8:]


def duration(seconds: float) -> str:
    """A length of time in its two largest units."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    first = next((number for number, (amount, _unit) in enumerate(parts) if amount), 3)
    return " ".join(f"{amount} {unit}" for amount, unit in parts[first : first + 2] if amount) or "0 s"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
