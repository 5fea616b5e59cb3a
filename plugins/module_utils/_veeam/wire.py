# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _json, _times, _xml.

"""Enterprise Manager's bodies, XML and JSON of both generations, as plain fields (contract 1, 5.2, 8.6, 9).

XML and JSON say the same under names that differ in case and in XML's `@` (contract 9, items 1 and 7), so everything
here reads fields by their name in lower case without the `@`.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import re
import typing as t
import urllib.parse

from ansible_collections.batchops.job_control.plugins.module_utils import _json, _times, _xml
from ansible_collections.batchops.job_control.plugins.module_utils._errors import ProtocolError, excerpt, shown

DEEPEST = 16  # levels of lists and objects around an entity; the product uses three
_LONGEST_MESSAGE = 500  # characters
_PLAIN = re.compile(r"[0-9A-Za-z_-]+")
_API = "api"  # the part of a path below which the interface is
_WHOLE = re.compile(r"-?[0-9]{1,9}")
NAMESPACE = "http://www.veeam.com/ent/v1.0"
#: what every body in JSON has that we ask for, by the names in lower case: of a QueryResult, an entity, tasks, a logon
#: session, an Error; a gateway may well speak of a message and a status code, too
_MEMBERS = (
    frozenset({"paginginfo"}),
    frozenset({"uid"}),
    frozenset({"taskid"}),
    frozenset({"tasks"}),
    frozenset({"sessionid"}),
    frozenset({"statuscode", "message", "firstchanceexceptionmessage"}),
)

#: an object of a body: field name in lower case -> value
Fields = dict[str, t.Any]
Query = tuple[tuple[str, str], ...]


@dataclasses.dataclass(frozen=True)
class Dialect:
    """One of the formats that the product speaks. Accept and Content-Type have to be the same (contract 9, item 12)."""

    name: str
    content_type: str
    decode: t.Callable[[bytes], Fields]
    edit: t.Callable[[bool], bytes]  # the body that sets ScheduleEnabled


@dataclasses.dataclass(frozen=True)
class Target:
    """Where a link leads: a path below /api, without a leading slash, and its query."""

    path: str
    query: Query = ()


@dataclasses.dataclass(frozen=True)
class Link:
    """One entry of `Links`."""

    rel: str
    type: str
    name: str
    target: Target | None  # None: the Href leads nowhere in this interface


@dataclasses.dataclass(frozen=True)
class Page:
    """One page of a QueryResult."""

    entities: list[Fields]
    number: int
    count: int
    next: Target | None


@dataclasses.dataclass(frozen=True)
class Task:
    """The life of one request that changes something (contract 8.2)."""

    id: str
    state: str
    success: bool | None  # None: no Result yet
    message: str

    @property
    def is_finished(self) -> bool:
        return self.state == "Finished"

    @property
    def has_failed(self) -> bool:
        return self.is_finished and self.success is False


# --- whole bodies --------------------------------------------------------------------------------------------


def _decode_xml(body: bytes) -> Fields:
    root, content = next(iter(_xml.parse(body).items()))
    return {"root": root, **fields(content or {})}


def _decode_json(body: bytes) -> Fields:
    return fields(_json.parse(body))


def _edit_xml(enabled: bool) -> bytes:
    job = {"@Type": "Job", "@xmlns": NAMESPACE, "ScheduleEnabled": "true" if enabled else "false"}
    return _xml.unparse({"Job": job})


def _edit_json(enabled: bool) -> bytes:
    return json.dumps({"ScheduleEnabled": enabled, "Type": "Job"}).encode()


XML = Dialect("XML", "application/xml", _decode_xml, _edit_xml)
JSON = Dialect("JSON", "application/json", _decode_json, _edit_json)
#: by the value of the option wire_format; XML is the same on all versions of the product (contract 9, item 1)
DIALECTS: t.Mapping[str, Dialect] = {"auto": XML, "xml": XML, "json": JSON}


def is_own(document: Fields) -> bool:
    """Whether a body is Enterprise Manager's and not that of something in front of it.

    Its XML has its namespace in all versions (contract 3), its JSON nothing but known members (contract 4.1 to 8.6).
    """
    if "root" in document:
        return text(document.get("xmlns")) == NAMESPACE
    return any(members <= document.keys() for members in _MEMBERS)


def error_of(document: Fields) -> tuple[str, str] | None:
    """Message and code of an Error body (contract 8.6); None when it is something else."""
    if document.get("root", "Error") != "Error" or "statuscode" not in document:
        return None
    return excerpt(text(document.get("message")), _LONGEST_MESSAGE), text(document["statuscode"])


def page(document: Fields) -> Page:
    """A QueryResult with entities, or with references to them.

    :raises ProtocolError: it is something else, or less than a whole page.
    """
    if document.get("root", "QueryResult") != "QueryResult" or "paginginfo" not in document:
        raise ProtocolError("The answer to a query is no QueryResult with a PagingInfo")
    paging = fields(document["paginginfo"])
    number, size, count = (whole(paging.get(name)) for name in ("pagenum", "pagesize", "pagescount"))
    following = next((link.target for link in links(paging) if link.rel == "next"), None)
    if following is None and number < count:
        raise ProtocolError(f"Page {number} of {count} of a list has no link to the next one")
    found = entities(document.get("entities")) or entities(document.get("refs"))
    distinct = {text(entity.get("uid")) for entity in found}
    if number < count and len(distinct) < size:  # the product gives no other total
        raise ProtocolError(f"Page {number} of {count} of a list has {len(distinct)} entries in place of {size}")
    return Page(found, number, count, following)


def entities(value: t.Any) -> list[Fields]:
    """The objects with a UID somewhere in a value: XML and JSON nest lists differently, and in JSON all other kinds
    of object are there as null (contract 5.2).

    :raises ProtocolError: a list holds something else than objects, or an object without a UID.
    """
    return _collect(value, "uid", of_all=True)


def tasks(document: Fields) -> list[Task]:
    """All tasks of a body that holds one Task or a list of them (contract 8.2).

    :raises ProtocolError: it is something else.
    """
    if "root" in document:
        is_expected = document["root"] in ("Task", "Tasks")
    else:
        is_expected = "taskid" in document or "tasks" in document
    if not is_expected:
        raise ProtocolError("The answer holds no Task")
    return [_task(found) for found in _collect(document, "taskid")]


def _task(found: Fields) -> Task:
    result = found.get("result")
    outcome = fields(result) if result else {}
    message = excerpt(text(outcome.get("message")), _LONGEST_MESSAGE)
    identity = text(found["taskid"])
    if not is_plain(identity):
        raise ProtocolError(f"The answer holds a task whose id cannot be read: {excerpt(identity) or 'none'}")
    return Task(identity, text(found.get("state")), flag(outcome.get("success")), message)


def _collect(value: t.Any, mark: str, depth: int = DEEPEST, of_all: bool = False) -> list[Fields]:
    """The objects in a value, at any depth, that have the field `mark`; none of them inside of another.

    :param of_all: a list in which an object is none of them and holds none is an error.
    """
    if depth == 0:
        raise ProtocolError(f"The answer is nested deeper than {DEEPEST} levels")
    if value is None or value == "":
        return []
    if isinstance(value, list):
        found = [_collect(fields(member), mark, depth - 1, of_all) for member in value]
        if of_all and not all(found):
            raise ProtocolError(f"The answer holds a list with an object without {mark.upper()}")
        return list(itertools.chain.from_iterable(found))
    content = fields(value)
    if content.get(mark):
        return [content]
    nested = [member for member in content.values() if isinstance(member, (dict, list))]
    return [found for member in nested for found in _collect(member, mark, depth - 1, of_all)]


# --- parts of bodies -----------------------------------------------------------------------------------------


def fields(value: t.Any) -> Fields:
    """An object's fields by their names in lower case.

    :raises ProtocolError: it is no object.
    """
    if not isinstance(value, dict):
        raise ProtocolError(f"An object was expected but not this: {shown(value)}")
    return {str(name).lstrip("@").lower(): member for name, member in value.items()}


def links(entity: Fields) -> list[Link]:
    """The `Links` of an object; rel in lower case.

    :raises ProtocolError: they are no objects.
    """
    listed = entity.get("links")
    if isinstance(listed, dict):
        listed = fields(listed).get("link")  # XML: <Links><Link/></Links>
    members = listed if isinstance(listed, list) else [listed] if listed else []  # XML: one link only
    found = []
    for link in map(fields, members):
        rel, type_, name, href = (text(link.get(part)) for part in ("rel", "type", "name", "href"))
        found.append(Link(rel.lower(), type_, name, target(href)))
    return found


def target(href: str) -> Target | None:
    """Path and query of a Href. Its host is the server's own name for itself, often of no use here (contract 9.8).

    :returns: None where it leads nowhere in this interface, whose paths are plain words: no dots that lead upwards.
    """
    try:
        parts = urllib.parse.urlsplit(href)
    except ValueError:
        return None
    path = _below_api(parts.path)
    return Target(path, tuple(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))) if path else None


def _below_api(path: str) -> str:
    """The longest end of a path that is below /api and of plain words; empty when there is none.

    Each word is looked at once: a path of an answer may be as long as the answer.
    """
    words = path.split("/")[1:]  # what is before the first slash is no word of a path
    if words and not words[-1]:
        words.pop()
    plain = list(itertools.takewhile(is_plain, reversed(words)))[::-1]
    api = next((index for index, word in enumerate(plain) if word.lower() == _API), len(plain))
    return "/".join(plain[slice(api + 1, None)])


def text(value: t.Any) -> str:
    """A value as text; empty for what is absent, null or no simple value."""
    if isinstance(value, dict):
        value = value.get("#text")  # XML: an element with attributes
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() if isinstance(value, (str, int, float)) else ""


def is_plain(identity: str) -> bool:
    """Whether an id can be a part of a path as it is."""
    return _PLAIN.fullmatch(identity) is not None


def flag(value: t.Any) -> bool | None:
    """A boolean of XML or JSON; None when it is neither."""
    return {"true": True, "1": True, "false": False, "0": False}.get(text(value).lower())


def whole(value: t.Any) -> int:
    """A number of XML or JSON.

    :raises ProtocolError: it is none.
    """
    given = text(value)
    if not _WHOLE.fullmatch(given):
        raise ProtocolError(f"A number was expected but not this: {shown(value)}")
    return int(given)


def number(value: t.Any) -> float | None:
    """A finite number of XML or JSON; None when it is none."""
    try:
        found = float(text(value))
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def moment(value: t.Any) -> str:
    """A time as ISO 8601 in UTC, as those without a zone are (contract 6.1, 6.2); empty when there is none."""
    return _times.utc(text(value), unnamed=_times.UTC)
