# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _model, names, search, states, wire.

"""A list of any length through one that is cut at 1,000 entries and has no pages (contract 5.2).

A list that comes back cut is asked for again in parts, until each part comes back whole. Parts differ in what a unit
keeps, its name and its place, so that one that changes its status between two requests is in a part all the same; and
together they leave nothing out, whatever units there are that no list has shown so far.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._ajs import names, states
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.search import Search
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.wire import MOST_ENTRIES, Page, Unit
from ansible_collections.batchops.job_control.plugins.module_utils._errors import Refused
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job

#: several lists, maybe at the same time
Fetch = t.Callable[[t.Sequence[Search]], t.Sequence[Page]]

#: values of the status filter that stand for several statuses (contract 5.3)
STATUS_GROUPS: t.Mapping[str, frozenset[str]] = {
    "GRP_WAIT": frozenset({"TIMEWAIT", "TERMWAIT", "EXECWAIT", "QUEUING", "CONDITIONWAIT"}),
    "GRP_RUN": frozenset({"RUNNING", "WACONT", "ABCONT", "MONITORING"}),
    "GRP_NORMAL": frozenset({"NORMAL", "NORMALFALSE", "UNEXECMONITOR", "MONITORINTRPT", "MONITORNORMAL"}),
    "GRP_ABNORMAL": frozenset({"ABNORMAL", "INVALIDSEQ", "INTERRUPT", "KILL", "FAIL", "UNKNOWN", "MONITORCLOSE"}),
}
_LIVE = ("NOPLAN", "GRP_WAIT", "HOLDING", "GRP_RUN")
#: Filters that together find every registered unit of a known status, in the order of a unit's life: one that moves
#: on between two requests is then found twice, not never.
STATUS_FILTERS = (*_LIVE, "GRP_NORMAL", "GRP_ABNORMAL") + tuple(
    sorted(set(states.STATUSES) - {"NOPLAN", "HOLDING"} - frozenset().union(*STATUS_GROUPS.values()))
)

#: so many branches of a tree are read by themselves before its names are looked at
_FEW_BRANCHES = 20
#: Ways to halve a list that are tried. Each takes two requests, and shows more of the list for the next one.
_MOST_HALVINGS = 3


def walk(fetch: Fetch, wanted: Search) -> t.Iterator[Job]:
    """The jobs of a search, each once, however many there are; more than meant may come.

    :raises Refused: a part cannot be made small enough.
    """
    seen: set[str] = set()
    for unit in _whole(fetch, [wanted]):
        # Whether the location's own unit is in the list is not documented; it is not below itself.
        if unit.job is not None and unit.name != wanted.location and unit.job.id not in seen:
            seen.add(unit.job.id)
            yield unit.job


def rest(fetch: Fetch, search: Search, shown: t.Sequence[Unit], worth: int) -> list[Unit] | None:
    """The units of a list that came back cut.

    :param shown: what it has shown.
    :param worth: requests; None comes back when it would take many more.
    :raises Refused: a part cannot be made small enough.
    """
    if worth < len(names.ALPHABET):
        return _by_halves(fetch, search, list(shown))
    return _split(fetch, search, shown)


def _whole(fetch: Fetch, searches: t.Sequence[Search]) -> list[Unit]:
    """All units of some searches. Some may come twice."""
    found: list[Unit] = []
    for search, page in zip(searches, fetch(searches)):
        found += page.units if page.complete else _split(fetch, search, page.units)
    return found


def _split(fetch: Fetch, search: Search, shown: t.Sequence[Unit]) -> list[Unit]:
    """The units of a list that came back cut: by branches of the tree, by halves, or letter by letter."""
    shown = list(shown)
    if search.match == "EQ":
        return _by_branches(fetch, search, _level(fetch, search))
    if search.match:  # the parts need the condition on the name for themselves
        search = dataclasses.replace(search, unit_name="", match="")
    below = _short_level(fetch, search, shown)
    branches = len(_branches(search, below)) if below else 0
    if 0 < branches <= _FEW_BRANCHES:
        return _by_branches(fetch, search, below)
    found = _by_halves(fetch, search, shown)
    if found is not None:
        return found
    if 0 < branches <= len(names.ALPHABET):
        return _by_branches(fetch, search, below)
    return _by_letters(fetch, search, shown)


# --- by place ------------------------------------------------------------------------------------------------------


def _short_level(fetch: Fetch, search: Search, shown: t.Sequence[Unit]) -> list[Unit]:
    """Everything directly below the location, if it is above anything deeper and fits into one list; else nothing."""
    depth = search.location.rstrip("/").count("/") + 1
    if not search.subtree or all(unit.name.count("/") <= depth for unit in shown):
        return []
    [page] = fetch([_level_search(search)])
    return page.units if page.complete else []


def _level(fetch: Fetch, search: Search) -> list[Unit]:
    """Everything directly below the location.

    :raises Refused: there is nothing deeper.
    """
    if not search.subtree:
        raise _too_many(search, "the condition on the unit name has no effect")
    return _whole(fetch, [_level_search(search)])


def _level_search(search: Search) -> Search:
    """Without any condition, as the way down may lead through units that the search does not mean."""
    return Search(search.location, exec_id=search.exec_id)


def _branches(search: Search, level: t.Sequence[Unit]) -> list[Search]:
    """The same search in each unit directly below that may hold jobs."""
    holders = dict.fromkeys(unit.name for unit in level if unit.may_hold_jobs and unit.name != search.location)
    return [dataclasses.replace(search, location=name) for name in holders]


def _by_branches(fetch: Fetch, search: Search, level: list[Unit]) -> list[Unit]:
    return level + _whole(fetch, _branches(search, level))


# --- by name -------------------------------------------------------------------------------------------------------


def _by_halves(fetch: Fetch, search: Search, shown: list[Unit]) -> list[Unit] | None:
    """The names that hold some text and those that do not; None if one of the two stays too long.

    Two such lists are all units by themselves, with any names and states.

    :param shown: what is known of the list; gets what the lists show that are too long.
    """
    tried: list[str] = []
    for _attempt in range(_MOST_HALVINGS):
        known = {unit.name for unit in shown} - {search.location}
        text = names.halving_text([name.rpartition("/")[2] for name in known], tried)
        if not text:
            return None
        tried.append(text)
        pages = fetch([dataclasses.replace(search, unit_name=text, match=match) for match in ("CO", "NC")])
        found = [unit for page in pages for unit in page.units]
        if all(page.complete for page in pages):
            return _all_of(fetch, search, shown, found)
        shown += found
        if not any(page.complete for page in pages):
            return None  # more than two lists hold
    return None


def _by_letters(fetch: Fetch, search: Search, shown: t.Sequence[Unit]) -> list[Unit]:
    """The names with each letter that hardly any name has, and then the others by how they begin or end."""
    try:
        letters = _letters(search, shown)
        found: list[Unit] = []
        rare = [letter for letter in names.ALPHABET if letter not in letters]
        parts = [dataclasses.replace(search, unit_name=letter, match="CO") for letter in rare]
        for letter, part, page in zip(rare, parts, fetch(parts)):
            found += _in_part(part, page, functools.partial(names.holds, letter))
            if not page.complete:
                letters.add(letter)
        found += _by_affixes(fetch, search, names.Affixes(), sorted(letters), shown)
    except _Unspellable:
        return _by_status(fetch, search, shown)
    return _all_of(fetch, search, shown, found)


def _by_affixes(
    fetch: Fetch, search: Search, affixes: names.Affixes, letters: t.Sequence[str], shown: t.Sequence[Unit]
) -> list[Unit]:
    """The names that begin and end like that, if they are spelt with these letters: each by one letter more."""
    longer = affixes.grown(letters, [_short(unit) for unit in shown if unit.name != search.location])
    parts = [dataclasses.replace(search, unit_name=each.text, match=each.match) for each in longer]
    found: list[Unit] = []
    for each, part, page in zip(longer, parts, fetch(parts)):
        units = _in_part(part, page, each.fits)
        if page.complete:
            found += units
        elif each.is_whole_name:
            found += _split(fetch, part, units)
        else:
            found += _by_affixes(fetch, search, each, letters, units)
    return found


def _in_part(part: Search, page: Page, belongs: t.Callable[[str], bool]) -> list[Unit]:
    """The units of a part.

    :raises _Unspellable: there is a name that could not be looked for.
    :raises Refused: it is not the part that was asked for.
    """
    _letters(part, page.units)
    if not page.complete and not all(belongs(_short(unit)) for unit in page.units if unit.name != part.location):
        raise _too_many(part, "the condition on the unit name has no effect")
    return page.units


class _Unspellable(Exception):
    """A name is not ASCII: there is no finite list of the letters that names could be spelt with."""


def _letters(search: Search, shown: t.Iterable[Unit]) -> set[str]:
    """What the names are spelt with.

    :raises _Unspellable: that could be anything.
    """
    letters = set("".join(_short(unit) for unit in shown if unit.name != search.location))
    if not letters <= set(names.ALPHABET):
        raise _Unspellable
    return letters


def _short(unit: Unit) -> str:
    return unit.name.rpartition("/")[2]


def _all_of(fetch: Fetch, search: Search, shown: t.Iterable[Unit], found: list[Unit]) -> list[Unit]:
    """The parts, if they show all that the list that was cut has shown.

    :raises Refused: a unit is in no part though it is there, so the parts leave a gap.
    """
    known = {unit.name for unit in found} | {search.location}
    for unit in shown:
        # A unit may leave a search for a status at any time; in all others it stays.
        if unit.name not in known and not search.status and _read_again(fetch, search, unit):
            raise _too_many(search, f"no part of the list shows the unit {unit.name}")
    return found


def _read_again(fetch: Fetch, search: Search, unit: Unit) -> list[Unit]:
    above, _slash, short_name = unit.name.rpartition("/")
    part = dataclasses.replace(search, location=above or "/", subtree=False, unit_name=short_name, match="EQ")
    [page] = fetch([part])
    return [each for each in page.units if each.name == unit.name]


# --- by status -----------------------------------------------------------------------------------------------------


def _by_status(fetch: Fetch, search: Search, shown: t.Sequence[Unit]) -> list[Unit]:
    """The registered units and the groups of a list whose names could be spelt with anything.

    What begins a new life is among the live ones again, so these are read a second time.
    """
    if search.status:
        raise _too_many(search, "not all names are ASCII, so there is no finite list of their letters")
    parts = [dataclasses.replace(search, status=status) for status in (*STATUS_FILTERS, *_LIVE)]
    if not search.unit_type:
        parts.insert(0, dataclasses.replace(search, unit_type="GROUP"))
    found: list[Unit] = []
    for part in parts:  # one after the other, as their order counts
        [page] = fetch([part])
        halves = page.units if page.complete else _by_halves(fetch, part, list(page.units))
        if halves is None:
            raise _too_many(search, "not all names are ASCII, so there is no finite list of their letters")
        found += halves
    known = {unit.name for unit in found} | {search.location}
    for unit in shown:
        if unit.job is not None and unit.name not in known:
            again = _read_again(fetch, search, unit)
            if any(each.job is not None and each.job.raw_state == unit.job.raw_state for each in again):
                raise _too_many(search, f"its status {unit.job.raw_state} is not one that can be searched for")
            found += again
    return found


def _too_many(search: Search, why: str) -> Refused:
    return Refused(
        f"location: {search.location} has so many units that the Web Console cuts its list at {MOST_ENTRIES}, and it "
        f"cannot be read in parts without a gap ({why}); select a location further down, or narrow by names"
    )
