# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Selecting jobs: what GET Job and POST Jobs ask for, and the page that answers it (contract 5)."""

from __future__ import annotations

import dataclasses
import operator
import typing as t

from simulators.commvault import catalog
from simulators.commvault.catalog import JobType, Level
from simulators.commvault.state import Job
from simulators.commvault.wire import Document, Malformed

ONE_YEAR = 365 * 24 * 3600
ALL, ACTIVE, FINISHED = 0, 1, 2
_CATEGORIES = {"all": ALL, "active": ACTIVE, "finished": FINISHED}
_SORT_FIELDS: dict[str, t.Callable[[Job], t.Any]] = {
    "jobid": operator.attrgetter("job_id"),
    "jobstarttime": operator.attrgetter("start", "job_id"),
}
_GET_NAMES = frozenset(
    ("clientid", "completedjoblookuptime", "jobcategory", "jobfilter", "limit", "offset", "hideadminjobs")
)
_BODY_KEYS = {
    "": frozenset(("scope", "category", "pagingConfig", "jobFilter")),
    "pagingConfig": frozenset(("sortField", "sortDirection", "offset", "limit")),
    "jobFilter": frozenset(
        (
            "completedJobLookupTime", "showAgedJobs", "hideAdminJobs", "clientList", "jobTypeList",
            "statusList", "entity", "endTimeRange", "backupLevel",
        )
    ),
}  # fmt: skip
_ENTITY_KEYS = frozenset(("clientId", "subclientId", "dataSourceId"))


@dataclasses.dataclass(frozen=True)
class Query:
    """Which jobs are wanted. None: no restriction. Times in seconds."""

    category: int = ALL
    lookup: int = ONE_YEAR
    types: frozenset[JobType] | None = None
    clients: frozenset[int] | None = None
    statuses: frozenset[str] | None = None
    levels: frozenset[Level] | None = None
    subclient: int | None = None
    ended_from: int = 0
    ended_to: int = 0
    hide_admin: bool = False
    show_aged: bool = True
    limit: int = 0  # 0: no limit
    offset: int = 0
    sort_field: str = "jobid"
    descending: bool = False

    def matches(self, job: Job, now: float) -> bool:
        """Whether the job is wanted."""
        if job.final:
            if self.category == ACTIVE or job.end < now - self.lookup:
                return False
            if job.end < self.ended_from or (self.ended_to and job.end > self.ended_to):
                return False
        elif self.category == FINISHED:
            return False
        return (
            (self.types is None or job.kind in self.types)
            and (self.statuses is None or job.status.lower() in self.statuses)
            and (self.clients is None or (job.client is not None and job.client.client_id in self.clients))
            and (self.levels is None or job.level in self.levels)
            and (self.subclient is None or job.subclient.subclient_id == self.subclient)
            and not (self.hide_admin and job.kind.admin)
            and (self.show_aged or not job.aged)
        )

    def find(self, jobs: t.Iterable[Job], now: float) -> list[Job]:
        """All wanted jobs, in order."""
        found = [job for job in jobs if job.known_from <= now and self.matches(job, now)]
        found.sort(key=_SORT_FIELDS[self.sort_field], reverse=self.descending)
        return found

    def page_of(self, found: list[Job]) -> list[Job]:
        """The wanted page of all that were found."""
        return found[self.offset : self.offset + self.limit if self.limit else None]


class Finder:
    """Finds jobs and remembers the last find, so that a client that pages through many jobs gets quick answers."""

    def __init__(self) -> None:
        self._known: tuple[t.Hashable, list[Job]] = (None, [])

    def find(self, query: Query, jobs: t.Iterable[Job], now: float, state: t.Hashable) -> list[Job]:
        """All wanted jobs; `state` differs whenever `jobs` may differ."""
        key = (dataclasses.replace(query, limit=0, offset=0), int(now), state)
        if self._known[0] != key:
            self._known = (key, query.find(jobs, now))
        return self._known[1]


def from_query(given: t.Mapping[str, str], headers: t.Mapping[str, str], knobs: t.Mapping[str, t.Any]) -> Query:
    """What a GET Job asks for; `given` has lower-case names.

    :raises Malformed: a parameter that the product does not have, or a value it cannot read.
    """
    _only_known(given, _GET_NAMES, "query parameter", knobs)
    paging = {**(headers if knobs["paging"] != "query" else {}), **(given if knobs["paging"] != "headers" else {})}
    category = _CATEGORIES.get(given.get("jobcategory", "all").lower())
    if category is None:
        raise Malformed("jobCategory is not Active, Finished or All")
    client = given.get("clientid", "")
    return Query(
        category=category,
        lookup=_number(given.get("completedjoblookuptime", ONE_YEAR), "completedJobLookupTime"),
        types=_filter_types(given.get("jobfilter"), knobs["job_filter_default"]),
        clients=frozenset([_number(client, "clientId")]) if client else None,
        hide_admin=_flag(given.get("hideadminjobs", knobs["hide_admin_default"]), "hideAdminJobs"),
        limit=_limit(paging.get("limit"), knobs),
        offset=_number(paging.get("offset", 0), "offset"),
    )


def from_body(body: Document, knobs: t.Mapping[str, t.Any]) -> Query:
    """What a POST Jobs asks for.

    :raises Malformed: a key that the product does not have, or a value it cannot read.
    """
    paging, wanted = _object(body, "pagingConfig"), _object(body, "jobFilter")
    for part, where in ((body, ""), (paging, "pagingConfig"), (wanted, "jobFilter")):
        _only_known(part, _BODY_KEYS[where], f"key of {where or 'the body'}", knobs)
    category, direction = body.get("category", ALL), paging.get("sortDirection", 0)
    if category not in _CATEGORIES.values() or direction not in (0, 1):
        raise Malformed("category or sortDirection is out of range")
    sort_field = str(paging.get("sortField", "jobId")).lower()
    if sort_field not in _SORT_FIELDS:
        raise Malformed(f"cannot sort by {paging['sortField']}")
    entity, ended = _object(wanted, "entity"), _object(wanted, "endTimeRange")
    _only_known(entity, _ENTITY_KEYS, "key of entity", knobs)
    clients = [_number(client.get("clientId"), "clientId") for client in _objects(wanted, "clientList")]
    if "clientId" in entity:
        clients.append(_number(entity["clientId"], "clientId"))
    return Query(
        category=category,
        lookup=_number(wanted.get("completedJobLookupTime", ONE_YEAR), "completedJobLookupTime"),
        types=_types(map(str, _list(wanted, "jobTypeList"))) if wanted.get("jobTypeList") else None,
        clients=frozenset(clients) if clients else None,
        statuses=frozenset(str(one).lower() for one in _list(wanted, "statusList")) or None,
        levels=frozenset(map(_level, _list(wanted, "backupLevel"))) or None,
        subclient=_number(entity["subclientId"], "subclientId") if "subclientId" in entity else None,
        ended_from=_number(ended.get("fromTime", 0), "fromTime"),
        ended_to=_number(ended.get("toTime", 0), "toTime"),
        hide_admin=_flag(wanted.get("hideAdminJobs", knobs["hide_admin_default"]), "hideAdminJobs"),
        show_aged=_flag(wanted.get("showAgedJobs", False), "showAgedJobs"),
        limit=_limit(paging.get("limit"), knobs),
        offset=_number(paging.get("offset", 0), "offset"),
        sort_field=sort_field,
        descending=direction == 1,  # 0 is ascending (contract 5.2)
    )


def _filter_types(given: str | None, default: str) -> frozenset[JobType] | None:
    """The types of a `jobFilter` parameter. An empty one means all types; a missing one what the knob says."""
    if given is None:
        return frozenset([catalog.BACKUP]) if default == "backup" else None
    return _types(word for word in given.split(",") if word)


def _types(words: t.Iterable[str]) -> frozenset[JobType] | None:
    wanted = list(words)
    if not wanted or any(word.lower() in catalog.ALL_OPERATIONS for word in wanted):
        return None
    types = [(word, catalog.job_type(word)) for word in wanted]
    unknown = [word for word, kind in types if kind is None]
    if unknown:
        raise Malformed(f"unknown job type {unknown[0]}")
    return frozenset(kind for _word, kind in types if kind is not None)


def _level(word: t.Any) -> Level:
    level = catalog.level(word)
    if level is None:
        raise Malformed(f"unknown backup level {word}")
    return level


def _limit(given: t.Any, knobs: t.Mapping[str, t.Any]) -> int:
    wanted = int(knobs["limit_default"]) if given is None else _number(given, "limit")
    cap = int(knobs["limit_max"])
    return min(wanted or cap, cap) if cap else wanted


def _number(value: t.Any, name: str) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = -1
    if number < 0 or isinstance(value, (bool, float)):
        raise Malformed(f"{name} is not a number")
    return number


def _flag(value: t.Any, name: str) -> bool:
    word = str(value).lower()
    if word not in ("true", "false"):
        raise Malformed(f"{name} is not a boolean")
    return word == "true"


def _object(body: Document, key: str) -> Document:
    value = body.get(key, {})
    if not isinstance(value, dict):
        raise Malformed(f"{key} is not an object")
    return value


def _list(body: Document, key: str) -> list[t.Any]:
    value = body.get(key, [])
    if not isinstance(value, list):
        raise Malformed(f"{key} is not a list")
    return value


def _objects(body: Document, key: str) -> list[Document]:
    items = _list(body, key)
    if not all(isinstance(item, dict) for item in items):
        raise Malformed(f"{key} is not a list of objects")
    return items


def _only_known(given: t.Iterable[str], known: frozenset[str], what: str, knobs: t.Mapping[str, t.Any]) -> None:
    unknown = sorted(set(given) - known) if knobs["strict_names"] else []
    if unknown:
        raise Malformed(f"unknown {what}: {unknown[0]}")
