# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.

"""The status of windows in words: a line for each window and each of its systems, and what to do. Pure.

What comes from job systems is in these texts as it is; it still has to be made inert.
"""

from __future__ import annotations

import typing as t

from ansible_collections.batchops.job_control.plugins.plugin_utils._commands import Commands
from ansible_collections.batchops.job_control.plugins.plugin_utils._history import stamp
from ansible_collections.batchops.job_control.plugins.plugin_utils._page import duration
from ansible_collections.batchops.job_control.plugins.plugin_utils._timeline import moment

Data = dict[str, t.Any]

OPEN, EXPIRED, CLOSED = "open", "expired", "closed"  # states
OPENING, CLOSING = "opening", "closing"  # phases, besides open and closed

_MOST_NAMED = 10  # hosts or windows in a sentence
_UNUSABLE = {"unread": "could not be read", "refused": "is not used", "damaged": "is damaged"}

# --- lines -------------------------------------------------------------------------------------------------------


def lines(
    status: Data, now: float, commands: Commands, with_names: bool = False, first: t.Sequence[str] = ()
) -> list[str]:
    """The status to be read by a person: a line for each window, one for each of its systems, and the rest.

    :param with_names: one for each job, too.
    :param first: what is said instead where there is no window.
    """
    is_told_of_all = not status["windows"] and not first
    told = [_nothing_open(status)] if is_told_of_all else [*first]
    for window in status["windows"]:
        told += [_line(window, now), *_parts(window, status["systems"], now, with_names)]
        told += _what_closing_does(window, commands)
    told += [
        f"{each['host']}: its journal {_UNUSABLE[each['journal']]}: {each['reason']}" for each in status["damaged"]
    ]
    if status["absent"] and not is_told_of_all:
        told.append(f"Without a journal: {_few(status['absent'])}.")
    return told


def _nothing_open(status: Data) -> str:
    """That no window is open, as far as it is known."""
    read = sum(system["journal"] == "read" for system in status["systems"])
    parts = [f"No window is open by the journals of {_count(read, 'job system')}" if read else "No window is known"]
    if status["absent"]:
        parts.append(f"without a journal: {_few(status['absent'])}")
    if status["damaged"]:
        parts.append(f"what is open is not known on {_few([each['host'] for each in status['damaged']])}")
    return f"{'; '.join(parts)}."


def _line(window: Data, now: float) -> str:
    """A window in one sentence."""
    name = _named(window["name"])
    on = f" on {_count(len(window['hosts']), 'system')}" if window["hosts"] else ""
    held = ", ".join([f"{_held(window)}{on}", *_switches(window)])
    needs = f", {window['need_you']} {'needs' if window['need_you'] == 1 else 'need'} you" if window["need_you"] else ""
    if window["state"] == CLOSED:
        by = f" by {window['closed_by']}" if window["closed_by"] else ""
        return f"{name}: closed since {_clock(window['closed'], now)}{by}; {held}{needs}"
    at_work = window["unsettled"] - (window["need_you"] - window["missing"])
    under_way = f", {at_work} under way" if at_work else ""
    return f"{name}: {_since(window)}, {_end(window, now)}; {held}{under_way}{needs}"


def _since(window: Data) -> str:
    age = duration(max(window["age_seconds"], 0))
    phase = {OPENING: f"opening for {age}", CLOSING: f"closing, open for {age}"}
    return f"{phase.get(window['phase'], f'open for {age}')} by {window['by']}"


def _end(window: Data, now: float) -> str:
    if not window["expires"]:
        return "has no end"
    return f"{'over since' if window['state'] == EXPIRED else 'ends'} {_clock(window['expires'], now)}"


def _parts(window: Data, systems: t.Sequence[Data], now: float, with_names: bool) -> t.Iterator[str]:
    """The lines of the systems that a window is on."""
    for system in systems:
        for each in system["windows"]:
            if each["name"] == window["name"]:
                yield f"  {system['host']}: {_part(each, window, now)}"
                yield from (f"    {_job(job)}" for job in each["jobs"] if with_names)


def _part(each: Data, window: Data, now: float) -> str:
    """The part of a window on one system."""
    if each["state"] == CLOSED:
        return f"{_amounts(each, now)}, closed since {_clock(each['closed'], now)}"
    phase = f"{each['phase']}, " if each["phase"] != OPEN else ""
    by = f" by {each['by']}" if each["by"] != window["by"] else ""
    end = ", in time" if each["state"] == OPEN and window["state"] == EXPIRED else ""
    since = f" since {_clock(each['opened'], now)}{by}"
    return f"{phase}{_amounts(each, now, since)}{end}"


def _amounts(each: Data, now: float, more: str = "") -> str:
    """How much is held, with some words behind the first number."""
    parts = [f"{_held(each)}{more}"]
    if each["missing"]:
        parts.append(f"{each['missing']} missing")
    if each["unsettled"]:
        is_quiet = each["need_you"] > each["missing"]
        what = "with a last request of which no outcome is known" if is_quiet else "under way"
        ago = duration(max(now - moment(each["last_step"]), 0))
        parts.append(f"{each['unsettled']} {what}, last step {ago} ago")
    return ", ".join([*parts, *_switches(each)])


def _job(job: Data) -> str:
    """A job or a switch that is held."""
    stage = "missing" if job["is_missing"] else _STAGES[job["stage"]][bool(job["kind"])]
    what = job["kind"] or job["type"]
    name = job["name"] if job["name"] == job["id"] else f"{job['name']} ({job['id']})"
    of = f" of {job['owner']}" if job["owner"] else ""
    return f"{name}, {what}{of}: {stage}, was {job['before']}"


#: What the stages of a job, and of a switch, are called.
_STAGES = {
    "intended": ("being suspended", "being set"),
    "suspended": ("suspended", "set"),
    "resuming": ("being resumed", "being put back"),
}


def _what_closing_does(window: Data, commands: Commands) -> list[str]:
    """What becomes of that which needs a person, where the window is in time."""
    if window["state"] != OPEN or not window["need_you"]:
        return []
    does = ["looks for what is missing"] if window["missing"] else []
    does += ["finds out what the last requests have done"] if window["need_you"] > window["missing"] else []
    return [f"  Closing it {' and '.join(does)}: `{commands.close(window['name'])}`"]


# --- what is not as it should be -------------------------------------------------------------------------------


def trouble(status: Data, now: float, commands: Commands) -> list[str]:
    """What is not as it should be, a sentence each, with the command that ends it."""
    found = []
    over = [each for each in status["windows"] if each["state"] == EXPIRED]
    if over:
        names = _few([f"{_named(each['name'])} (since {_clock(each['expires'], now)})" for each in over])
        held = _count(sum(each["held"] for each in over), "job")
        found.append(
            f"Over, and still open with {held}: {names}; to close what is over run `{commands.close_expired}`."
        )
    for each in status["windows"]:
        if each["state"] == CLOSED and each["missing"]:
            found.append(
                f"Missing since the window {_named(each['name'])} was closed: {_count(each['missing'], 'job')} on "
                f"{_few(each['hosts'])}; to look for them again run `{commands.close(each['name'])}`, with "
                "-e maintenance_window_forget_missing=true when they are gone."
            )
    for word, reason in _UNUSABLE.items():
        hosts = [each["host"] for each in status["damaged"] if each["journal"] == word]
        if hosts:
            repair = _repair(word, hosts, commands)
            found.append(f"What is open on {_few(hosts)} is not known, as the journal {reason}; {repair}.")
    return found


def _repair(journal: str, hosts: t.Sequence[str], commands: Commands) -> str:
    """What to do about journals that cannot be used."""
    if journal == "unread":
        return f"when that is mended look again with `{commands.look_again}`"
    if journal == "refused":
        return f"do what is said above, then look again with `{commands.look_again}`"
    return (
        f"restore it from a copy. If there is none, `{commands.list_suspended(hosts)}` shows what is suspended now, "
        "and job_resume with job_ids resumes what was ours"
    )


def unknown(window: str, systems: int, open_windows: t.Sequence[str]) -> str:
    """That no journal knows the window that is asked for.

    :param systems: how many journals were looked at.
    :param open_windows: names of those that they do know as open.
    """
    is_open = _few([_named(name) for name in open_windows])
    return (
        f"No journal of {_count(systems, 'job system')} knows a window {window!r}; check the name, the folder and "
        f"the host of the journals. {f'Open is: {is_open}' if is_open else 'No window is open there'}."
    )


# --- words -----------------------------------------------------------------------------------------------------


def _held(each: Data) -> str:
    return f"{_count(each['held'], 'job') if each['held'] else 'no job'} held"


def _switches(each: Data) -> list[str]:
    return [f"{_count(each['switches'], 'switch', 'switches')} set"] if each["switches"] else []


def _named(window: str) -> str:
    return window or "the window without a name"


def _clock(at: str, now: float) -> str:
    """A moment in UTC, with the day when it is another one than today."""
    day, time = at[:10], at[11:16]
    return f"{time} UTC" if day == str(stamp(now))[:10] else f"{day} {time} UTC"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _few(names: t.Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}"
