# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _model, _system, wire.

"""The two generations of the API as requests and answers: v3 (`batch-*` calls) and v5 ("actions"). Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._drs import wire
from ansible_collections.batchops.job_control.plugins.module_utils._drs.wire import Json
from ansible_collections.batchops.job_control.plugins.module_utils._model import Verb
from ansible_collections.batchops.job_control.plugins.module_utils._system import Answer

#: A list is of one of these types (contract 5.1, 5.2); the commonest first.
JOB_TYPES = ("sync", "migration", "cloudDataGuard")
PAGE_SIZE = 100  # the most that v3 gives (contract 5.1); v5 documents no limit


class Request(t.NamedTuple):
    """A request below `/{version}/{project_id}/`."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Json | None = None


class Dialect(t.Protocol):
    """One generation of the API."""

    version: str
    ids_per_list: int  # so many ids can be named in one list request
    ids_per_detail: int

    def listing(self, job_type: str, name: str, page: int, offset: int) -> Request:
        """A page of the tasks of a type; `page` counts from 1, `offset` is how many were read before.

        :param name: a part of the names, or ids separated by commas; empty: all.
        """

    def page(self, body: Json) -> wire.Page:
        """The answer to `listing`."""

    def detail(self, job_ids: t.Sequence[str]) -> Request:
        """The tasks with these ids, whatever their type."""

    def details(self, body: Json) -> wire.Details:
        """The answer to `detail`."""

    def action(self, verb: Verb, job_ids: t.Sequence[str], pause_mode: str) -> Request:
        """Ask for a verb."""

    def answers(self, body: Json, job_ids: t.Sequence[str]) -> list[Answer]:
        """The answer to `action`."""

    def has_results(self, body: Json) -> bool:
        """Whether the body tells of single tasks: then it counts, whatever the HTTP status (contract 8.7)."""


class V3:
    """The `batch-*` calls (contract 5.1, 6.1, 8.1 to 8.4)."""

    version = "v3"
    ids_per_list = 100
    ids_per_detail = 100

    def listing(self, job_type: str, name: str, page: int, offset: int) -> Request:
        # Without engine_type some clouds list mysql tasks only (contract 5.1).
        body = {"cur_page": page, "per_page": PAGE_SIZE, "db_use_type": job_type, "engine_type": ""}
        return Request("POST", "jobs", body={**body, "name": name} if name else body)

    def page(self, body: Json) -> wire.Page:
        return wire.page(body, "total_record")

    def detail(self, job_ids: t.Sequence[str]) -> Request:
        # Without page_req only five come back (contract 6.1).
        paging = {"cur_page": 1, "per_page": PAGE_SIZE}
        return Request("POST", "jobs/batch-detail", body={"jobs": [*job_ids], "page_req": paging})

    def details(self, body: Json) -> wire.Details:
        return wire.details(body.get("results"))

    def action(self, verb: Verb, job_ids: t.Sequence[str], pause_mode: str) -> Request:
        method, path, words = {
            Verb.SUSPEND: ("POST", "jobs/batch-pause-task", {"pause_mode": pause_mode}),
            Verb.RESUME: ("POST", "jobs/batch-retry-task", {}),
            Verb.RETRY: ("POST", "jobs/batch-retry-task", {}),
            Verb.CANCEL_RUNNING: ("DELETE", "jobs/batch-jobs", {"delete_type": "terminate"}),
        }[verb]
        return Request(method, path, body={"jobs": [{"job_id": job_id, **words} for job_id in job_ids]})

    def answers(self, body: Json, job_ids: t.Sequence[str]) -> list[Answer]:
        return wire.answers(body.get("results"), job_ids)

    def has_results(self, body: Json) -> bool:
        return bool(body.get("results"))


class V5:
    """The action calls (contract 5.2, 6.4, 8.4, 8.5). Beware: the action stop pauses, batch-stop terminates."""

    version = "v5"
    ids_per_list = 10
    ids_per_detail = 1

    def listing(self, job_type: str, name: str, page: int, offset: int) -> Request:
        query = [("job_type", job_type), ("limit", str(PAGE_SIZE)), ("offset", str(offset))]
        return Request("GET", "jobs", query=tuple(query + [("name", name)] if name else query))

    def page(self, body: Json) -> wire.Page:
        return wire.page(body, "total_count")

    def detail(self, job_ids: t.Sequence[str]) -> Request:
        (job_id,) = job_ids
        return Request("GET", f"jobs/{job_id}", query=(("type", "detail"),))

    def details(self, body: Json) -> wire.Details:
        job = body.get("job")
        base = job.get("base_info") if isinstance(job, dict) else None
        return wire.details({**base, **job} if isinstance(job, dict) and isinstance(base, dict) else job)

    def action(self, verb: Verb, job_ids: t.Sequence[str], pause_mode: str) -> Request:
        pause: Json = {"action_name": "stop", "action_params": {"pause_mode": pause_mode}}
        path, words = {
            Verb.SUSPEND: ("jobs/action", pause),
            Verb.RESUME: ("jobs/action", {"action_name": "restart"}),
            Verb.RETRY: ("jobs/action", {"action_name": "restart"}),
            Verb.CANCEL_RUNNING: ("jobs/batch-stop", {"is_force_stop": False}),
        }[verb]
        return Request("POST", path, body={"jobs": [{"job_id": job_id, **words} for job_id in job_ids]})

    def answers(self, body: Json, job_ids: t.Sequence[str]) -> list[Answer]:
        return wire.answers(body.get("jobs"), job_ids)

    def has_results(self, body: Json) -> bool:
        return bool(body.get("jobs"))


DIALECTS: t.Mapping[str, t.Callable[[], Dialect]] = {"v3": V3, "v5": V5}
