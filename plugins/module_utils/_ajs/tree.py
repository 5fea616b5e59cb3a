# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _model, search, states, wire.

"""Listing a whole tree through a list that is cut at 1,000 entries and has no pages (contract 5.2)."""

from __future__ import annotations

import dataclasses
import string
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._ajs import states
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.search import Search
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.wire import MOST_ENTRIES, Page, Unit
from ansible_collections.batchops.job_control.plugins.module_utils._errors import Refused
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job

Fetch = t.Callable[[Search], Page]

#: values of the status filter that stand for several statuses (contract 5.3)
STATUS_GROUPS: t.Mapping[str, frozenset[str]] = {
    "GRP_WAIT": frozenset({"TIMEWAIT", "TERMWAIT", "EXECWAIT", "QUEUING", "CONDITIONWAIT"}),
    "GRP_RUN": frozenset({"RUNNING", "WACONT", "ABCONT", "MONITORING"}),
    "GRP_NORMAL": frozenset({"NORMAL", "NORMALFALSE", "UNEXECMONITOR", "MONITORINTRPT", "MONITORNORMAL"}),
    "GRP_ABNORMAL": frozenset({"ABNORMAL", "INVALIDSEQ", "INTERRUPT", "KILL", "FAIL", "UNKNOWN", "MONITORCLOSE"}),
}
#: Filters that together find every registered unit of a known status, in the order of a unit's life: one that moves
#: on between two requests is then found twice, not never.
STATUS_FILTERS = ("NOPLAN", "GRP_WAIT", "HOLDING", "GRP_RUN", "GRP_NORMAL", "GRP_ABNORMAL") + tuple(
    sorted(set(states.STATUSES) - {"NOPLAN", "HOLDING"} - frozenset().union(*STATUS_GROUPS.values()))
)

#: what a unit name can go on with; a name with anything else in a list that is still cut is not split further
_ALPHABET = "".join(sorted(set(string.printable) - set(string.whitespace) - {"/"} | {" "}))


def walk(fetch: Fetch, wanted: Search) -> t.Iterator[Job]:
    """The jobs of a search, each once, however many there are.

    A list that comes back cut is thrown away and asked for in smaller parts: each unit of the level below on its own.
    Levels are read without conditions, because the way down may lead through units that the search does not mean; so
    more jobs than meant may come.

    :raises Refused: a part cannot be made small enough.
    """
    seen: set[str] = set()
    for unit in _tree(fetch, wanted):
        # Whether the location's own unit is in the list is not documented; it is not below itself.
        if unit.job is not None and unit.name != wanted.location and unit.job.id not in seen:
            seen.add(unit.job.id)
            yield unit.job


def _tree(fetch: Fetch, wanted: Search) -> t.Iterator[Unit]:
    page = fetch(wanted)
    if page.complete:
        yield from page.units
        return
    below = _level(fetch, wanted.location)
    yield from below
    for unit in below:
        if unit.may_hold_jobs and unit.name != wanted.location:
            yield from _tree(fetch, dataclasses.replace(wanted, location=unit.name))


def _level(fetch: Fetch, location: str) -> list[Unit]:
    """Everything directly below a unit that is a group or registered."""
    page = fetch(Search(location))
    if page.complete:
        return page.units
    parts = [Search(location, unit_type="GROUP")] + [Search(location, status=status) for status in STATUS_FILTERS]
    found = {unit.name: unit for part in parts for unit in _by_name(fetch, part)}
    for unit in page.units:
        if unit.job is not None and unit.name not in found and unit.name != location:
            found.update((again.name, again) for again in _read_again(fetch, unit, unit.job.raw_state))
    return list(found.values())


def _read_again(fetch: Fetch, unit: Unit, status: str) -> list[Unit]:
    """A unit that no part showed: it moved between two parts, or it is gone, or the parts leave a gap."""
    above, _slash, short_name = unit.name.rpartition("/")
    units = fetch(Search(above or "/", unit_name=short_name, match="EQ")).units
    if any(again.job is not None and again.job.raw_state == status for again in units):
        raise _too_many(above or "/", f"its status {status} is not one that can be searched for")
    return units


def _by_name(fetch: Fetch, part: Search) -> list[Unit]:
    """One part of a level, split by the beginnings of names where it is still too long."""
    page = fetch(part)
    if page.complete:
        return page.units
    names = [unit.name.rpartition("/")[2] for unit in page.units if unit.name != part.location]
    if not all(name.isascii() for name in names):
        raise _too_many(part.location, "not all names are ASCII, so there is no finite list of their beginnings")
    begin = part.unit_name
    if part.match == "EQ" or not all(name.casefold().startswith(begin.casefold()) for name in names):
        raise _too_many(part.location, "the condition on the unit name has no effect")
    parts = [dataclasses.replace(part, unit_name=begin + letter, match="BW") for letter in _ALPHABET]
    if begin:
        parts.insert(0, dataclasses.replace(part, match="EQ"))
    return [unit for smaller in parts for unit in _by_name(fetch, smaller)]


def _too_many(location: str, why: str) -> Refused:
    return Refused(
        f"location: {location} has so many units that the Web Console cuts its list at {MOST_ENTRIES}, and it cannot "
        f"be read in parts without a gap ({why}); select a location further down, or narrow by names"
    )
