# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read request bodies, and refuse what the product refuses."""

from __future__ import annotations

import json
import typing as t

from simulators.drs.errors import Json, Refusal

INVALID, EMPTY, PAGE_INVALID, PAGE_LIMIT, DUPLICATE = (
    "DRS.M00200",
    "DRS.M00201",
    "DRS.M00210",
    "DRS.M00211",
    "DRS.M00301",
)
CODES = (INVALID, EMPTY, PAGE_INVALID, PAGE_LIMIT, DUPLICATE)


class Page(t.NamedTuple):
    """`cur_page` counts from 1; a `per_page` or `cur_page` of 0 means all."""

    number: int
    size: int

    def cut(self, items: list[t.Any]) -> list[t.Any]:
        if self.number == 0 or self.size == 0:
            return items
        return items[(self.number - 1) * self.size : self.number * self.size]


def document(body: bytes, content_type: str) -> Json:
    """The JSON object of a request."""
    if content_type.split(";")[0].strip().lower() != "application/json":
        raise Refusal(INVALID, "Content-Type")
    try:
        value = json.loads(body.decode("utf-8"))
    except ValueError:
        raise Refusal(INVALID, "body") from None
    if not isinstance(value, dict):
        raise Refusal(INVALID, "body")
    return value


def text(source: Json, key: str, allowed: t.Sequence[str] = (), required: bool = False) -> str:
    """A string of the body; where it must be one of a set, an empty one counts as absent."""
    value = source.get(key)
    if value is None or value == "":
        if required:
            raise Refusal(EMPTY, key)
        return ""
    if not isinstance(value, str) or (allowed and value not in allowed):
        raise Refusal(INVALID, key)
    return value


def flag(source: Json, key: str, default: bool = False) -> bool:
    """A boolean of the body."""
    value = source.get(key)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise Refusal(INVALID, key)
    return value


def epoch_ms(source: Json, key: str) -> float:
    """A time given as a string of milliseconds, in seconds; 0 when absent or empty."""
    value = text(source, key)
    if value and not value.isdigit():
        raise Refusal(INVALID, key)
    return int(value or "0") / 1000


def page(source: Json, per_page: int | None = None) -> Page:
    """`cur_page` and `per_page`. Both are required unless there is a default for `per_page`."""
    number = _page_number(source, "cur_page", None if per_page is None else 1)
    size = _page_number(source, "per_page", per_page)
    if size > 100:
        raise Refusal(PAGE_LIMIT, "per_page")
    if size == 0 and number > 1:
        raise Refusal(PAGE_INVALID, "cur_page")
    return Page(number, size)


def _page_number(source: Json, key: str, default: int | None) -> int:
    value = source.get(key, default)
    if value is None:
        raise Refusal(EMPTY, key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Refusal(PAGE_INVALID, key)
    return value


def ids(body: Json) -> list[str]:
    """`{"jobs": [id, ...]}` of the reads: unique and not empty (contract 6.1)."""
    found = _jobs(body)
    for value in found:
        if not isinstance(value, str):
            raise Refusal(INVALID, "jobs")
    return _unique(found, "jobs")


def orders(body: Json) -> list[Json]:
    """`{"jobs": [{"job_id": id, ...}, ...]}` of the actions, without empty objects."""
    found = _jobs(body)
    for order in found:
        if not isinstance(order, dict):
            raise Refusal(INVALID, "jobs")
        text(order, "job_id", required=True)
    _unique([order["job_id"] for order in found], "job_id")
    return found


def _jobs(body: Json) -> list[t.Any]:
    found = body.get("jobs")
    if found is not None and not isinstance(found, list):
        raise Refusal(INVALID, "jobs")
    if not found or not all(found):
        raise Refusal(EMPTY, "jobs")
    return found


def _unique(found: list[str], what: str) -> list[str]:
    if len(set(found)) != len(found):
        raise Refusal(DUPLICATE, what)
    return found


class ListQuery(t.NamedTuple):
    """What a list of v3 asks for (contract 5.1)."""

    page: Page
    db_use_type: str
    engine_type: str | None  # None: not given
    name: str
    ids: frozenset[str]
    status: str
    net_type: str
    enterprise_project_id: str
    instance_ids: tuple[str, ...]
    instance_ip: str
    tags: dict[str, str]


def list_query(
    body: Json, db_use_types: t.Sequence[str], statuses: t.Sequence[str], nets: t.Sequence[str]
) -> ListQuery:
    """The request of a list."""
    name = text(body, "name")
    instance_ids = body.get("instance_ids") or []
    if not isinstance(instance_ids, list) or len(instance_ids) > 10:
        raise Refusal(INVALID, "instance_ids")
    return ListQuery(
        page=page(body),
        db_use_type=text(body, "db_use_type", db_use_types, required=True),
        engine_type=text(body, "engine_type") if body.get("engine_type") is not None else None,
        name=name,
        ids=ids_in_name(name, 100),
        status=text(body, "status", statuses),
        net_type=text(body, "net_type", nets),
        enterprise_project_id=text(body, "enterprise_project_id"),
        instance_ids=tuple(instance_ids),
        instance_ip=text(body, "instance_ip"),
        tags=_tags(body.get("tags")),
    )


def ids_in_name(name: str, most: int) -> frozenset[str]:
    """The field `name` may hold ids, separated by commas."""
    found = frozenset(part.strip() for part in name.split(",") if part.strip())
    if len(found) > most:
        raise Refusal(INVALID, "name")
    return found


def _tags(value: t.Any) -> dict[str, str]:
    """A map, or a list of key and value: the sources disagree (contract 5.1)."""
    if not value:
        return {}
    if isinstance(value, dict):
        return {str(key): str(wanted) for key, wanted in value.items()}
    try:
        return {str(tag["key"]): str(tag["value"]) for tag in value}
    except (TypeError, KeyError):
        raise Refusal(INVALID, "tags") from None
