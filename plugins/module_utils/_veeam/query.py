# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _model, _paging, jobs, kinds, wire.

"""Questions to the query service, and how many entities are found with few of them (contract 5.2)."""

from __future__ import annotations

import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._errors import ProtocolError
from ansible_collections.batchops.job_control.plugins.module_utils._model import JobState, Selection
from ansible_collections.batchops.job_control.plugins.module_utils._paging import Pages
from ansible_collections.batchops.job_control.plugins.module_utils._veeam import wire
from ansible_collections.batchops.job_control.plugins.module_utils._veeam.kinds import JOB, KINDS, Kind, SessionType

JOBS_PER_PAGE = 100  # a job carries its whole JobInfo
REFERENCES_PER_PAGE = 1000  # a reference carries hardly more than its UID
SESSIONS_PER_PAGE = 500
SESSIONS_PER_JOB = 10  # among so many for each of a few jobs the newest of every one is likely to be
FILTER_UIDS = 20  # UIDs in one filter: about 1,700 characters of the request line
LONGEST_FILTER = 1500  # characters; what makes it longer is left to the engine

_ENABLED = frozenset({JobState.QUEUED, JobState.RUNNING, JobState.COMPLETED, JobState.WARNING, JobState.FAILED})
_DISABLED = frozenset({JobState.HELD, JobState.SUSPENDED})
_BY_UID = ("sortAsc", "UID")

Read = t.Callable[[wire.Target], wire.Fields]


def question(
    type_: str, page_size: int, filter_: str = "", sort: tuple[str, str] = ("", ""), form: str = "Entities"
) -> wire.Target:
    """The query for the first page."""
    query = [("type", type_), ("format", form)]
    if filter_:
        query.append(("filter", filter_))
    if sort[0]:
        query.append(sort)
    return wire.Target("query", (*query, ("pageSize", str(page_size)), ("page", "1")))


def jobs(kind: Kind, filter_: str = "") -> wire.Target:
    """The query for all jobs of a kind. The order is that of something which never changes and is unique."""
    return question(kind.name, JOBS_PER_PAGE, filter_, _BY_UID)


def references(kind: Kind, filter_: str = "") -> wire.Target:
    """The query for the UIDs of all jobs of a kind."""
    return question(kind.name, REFERENCES_PER_PAGE, filter_, _BY_UID, form="References")


def jobs_by_uid(kind: Kind, uids: t.Sequence[str]) -> wire.Target:
    """The query for some jobs of a kind."""
    return question(kind.name, FILTER_UIDS, is_one_of("UID", uids))


def sessions(type_: SessionType) -> wire.Target:
    """The query for all sessions of a type, the newest first."""
    return question(type_.name, SESSIONS_PER_PAGE, sort=("sortDesc", type_.created))


def sessions_by_uid(type_: SessionType, uids: t.Sequence[str]) -> wire.Target:
    """The query for the sessions of some jobs, the newest first; of one job no more than the newest."""
    size = SESSIONS_PER_JOB * len(uids) if len(uids) > 1 else 1
    return question(type_.name, size, is_one_of(type_.job_uid, uids), ("sortDesc", type_.created))


def is_one_of(name: str, values: t.Iterable[str]) -> str:
    """A filter: the property has one of the values."""
    return ",".join(f"{name}=={_quoted(value)}" for value in values)


def kinds_of(selection: Selection) -> tuple[Kind, ...]:
    """The kinds that selected jobs can be of."""
    known = {type_ for kind in KINDS for type_ in kind.types}
    if not selection.types or not known.issuperset(selection.types):
        return KINDS
    return tuple(kind for kind in KINDS if set(kind.types) & set(selection.types))


def narrow(selection: Selection, kind: Kind) -> str:
    """As much of a selection as the server can apply; the engine applies all of it again."""
    alternatives = [
        is_one_of("Name", selection.names if all(_is_plain(name) for name in selection.names) else ()),
        is_one_of("BackupServerName", selection.owners),
        is_one_of("JobType", selection.types if kind is JOB and set(kind.types).issuperset(selection.types) else ()),
        _schedule(frozenset(selection.states)),
    ]
    return ";".join(f"({one})" for one in alternatives if one and len(one) <= LONGEST_FILTER)


def _schedule(states: frozenset[JobState]) -> str:
    if states and states <= _ENABLED:
        return "ScheduleEnabled==true"
    return "ScheduleEnabled==false" if states and states <= _DISABLED else ""


def _is_plain(pattern: str) -> bool:
    return not set(pattern) & set("*?[")


def _quoted(value: str) -> str:
    doubled = value.replace('"', '""')
    return f'"{doubled}"'


class Feed:
    """The pages of one query, read as they are needed."""

    def __init__(self, read: Read, first: wire.Target) -> None:
        self._read = read
        self._next: wire.Target | None = first
        self._seen: set[wire.Target] = set()
        self._pages = Pages()
        self.pages_left = 1  # as far as is known

    @property
    def is_pieced_together(self) -> bool:
        """Whether all was read, and in more than one page: entities may have moved between them meanwhile."""
        return self._next is None and len(self._seen) > 1

    def page(self) -> list[wire.Fields] | None:
        """The entities of the next page; None at the end.

        :raises ProtocolError: the links lead in a circle, past a page, or to pages that are all the same.
        """
        if self._next is None:
            return None
        if self._next in self._seen:
            raise ProtocolError("The pages of a list lead in a circle")
        self._seen.add(self._next)
        found = wire.page(self._read(self._next))
        if found.number != len(self._seen):
            raise ProtocolError(f"Page {found.number} of a list came where page {len(self._seen)} was due")
        self._pages.new(str(entity.get("uid")) for entity in found.entities)
        self._next = found.next
        self.pages_left = max(found.count - found.number, 1) if found.next else 0
        return found.entities

    def __iter__(self) -> t.Iterator[list[wire.Fields]]:
        return iter(self.page, None)


#: entities that are looked for: the UIDs that each may be known by, by its id
Missing = dict[str, tuple[str, ...]]
#: takes a page of entities, and says which ids they have
Absorb = t.Callable[[list[wire.Fields]], t.Iterable[str]]
#: the query for the entities of these UIDs only
ByUid = t.Callable[[t.Sequence[str]], Feed]


def gather(
    missing: Missing,
    absorb: Absorb,
    feed: Feed,
    by_uid: ByUid,
    rounds: int = 1,
) -> None:
    """Find entities by their UIDs with the fewest requests: from a feed of all, or by name when few are missing.

    A page costs as much work as it has entities, however many are missing.

    :param missing: what is found is taken out of it.
    :param rounds: how often the like of this question is still to be asked; the feed serves all of them.
    """
    while missing and feed.pages_left:
        are_few = len(missing) * rounds <= FILTER_UIDS * feed.pages_left  # cheap to tell, which lots are not
        if are_few and len(_lots(missing)) * rounds <= feed.pages_left:
            ask(missing, absorb, by_uid)
            return
        _take_out(missing, absorb(feed.page() or []))


def ask(missing: Missing, absorb: Absorb, by_uid: ByUid) -> None:
    """Find entities by nothing but their UIDs.

    :param missing: what is found is taken out of it.
    """
    for lot in _lots(missing):
        _exhaust(missing, absorb, by_uid([uid for uids in lot.values() for uid in uids]), lot)


def _exhaust(missing: Missing, absorb: Absorb, feed: Feed, lot: Missing) -> None:
    """Read until everything that the question was about has been found, or the end."""
    for entities in feed:
        _take_out(missing, absorb(entities))
        if missing.keys().isdisjoint(lot):
            return


def _take_out(missing: Missing, found: t.Iterable[str]) -> None:
    for identity in found:
        missing.pop(identity, None)


def _lots(missing: Missing) -> list[Missing]:
    """What is missing in lots whose UIDs go into a filter that is short enough, those of one entity together."""
    lots: list[Missing] = []
    room = 0
    for identity, uids in missing.items():
        if len(uids) > room:
            lots.append({})
            room = FILTER_UIDS
        lots[-1][identity] = uids
        room -= len(uids)
    return lots
