# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _json, _xml, wire.

"""The two formats of the API: how requests are written in each, and how bodies are read (contract 4.1, 5, 9.3)."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils import _json, _xml
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.wire import Document
from ansible_collections.batchops.job_control.plugins.module_utils._errors import ProtocolError

ALL, ACTIVE, FINISHED = 0, 1, 2
_CATEGORY_NAMES = {ALL: "All", ACTIVE: "Active", FINISHED: "Finished"}
JSON_TYPE, XML_TYPE = "application/json", "application/xml"

#: The one element that may be empty: it means that an action was taken (contract 8.2).
_ACTION_ROOT = "JobManager_PerformJobOperationResp"


class Request(t.NamedTuple):
    """A request below the API's root."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()


class Query(t.NamedTuple):
    """Which jobs a list should show. The server may show more: not every form of the list can narrow by everything."""

    category: int
    lookup: int  # seconds back to which finished jobs are shown; active jobs always are
    statuses: tuple[str, ...] = ()  # empty: all
    clients: tuple[int, ...] = ()  # empty: all
    hide_admin: bool = False
    aged: bool = False  # show those, too, whose data is not kept any more


class Dialect(t.Protocol):
    """One format."""

    name: str
    media_type: str
    is_ordered: bool  # lists come by job id ascending

    def login(self, username: str, password: str) -> Request:
        """Open a session; the password comes in base64."""

    def listing(self, query: Query, offset: int, limit: int) -> Request:
        """One page of a list."""

    def decode(self, body: bytes) -> Document:
        """A body as plain dictionaries and lists, the same for both formats.

        :raises ProtocolError: it is not in this format.
        """


class Json:
    """The default: it has the list that can be narrowed (contract 5.2)."""

    name = "a JSON object"
    media_type = JSON_TYPE
    is_ordered = True

    def login(self, username: str, password: str) -> Request:
        body = {"username": username, "password": password}
        return Request("POST", "Login", body=json.dumps(body).encode(), content_type=JSON_TYPE)

    def listing(self, query: Query, offset: int, limit: int) -> Request:
        wanted: dict[str, t.Any] = {
            "completedJobLookupTime": query.lookup,
            "showAgedJobs": query.aged,
            "hideAdminJobs": query.hide_admin,
            "clientList": [{"clientId": client} for client in query.clients],
            "jobTypeList": [],
        }
        if query.statuses:
            wanted["statusList"] = list(query.statuses)
        # By jobId ascending (0, contract 9.13) new jobs come last and move nothing.
        paging = {"sortField": "jobId", "sortDirection": 0, "offset": offset, "limit": limit}
        body = {"scope": 1, "category": query.category, "pagingConfig": paging, "jobFilter": wanted}
        return Request("POST", "Jobs", body=json.dumps(body).encode(), content_type=JSON_TYPE)

    def decode(self, body: bytes) -> Document:
        document = _json.parse(body)
        if not isinstance(document, dict):
            raise ProtocolError("not a JSON object")
        return document


class Xml:
    """For servers that are better at XML; their list can only be narrowed by time and by one client (contract 5.1)."""

    name = "an XML document"
    media_type = XML_TYPE
    is_ordered = False

    def login(self, username: str, password: str) -> Request:
        credentials = {"@mode": "4", "@username": username, "@password": password}
        body = _xml.unparse({"DM2ContentIndexing_CheckCredentialReq": credentials})
        return Request("POST", "Login", body=body, content_type=XML_TYPE)

    def listing(self, query: Query, offset: int, limit: int) -> Request:
        parameters = {
            "jobCategory": _CATEGORY_NAMES[query.category],
            "completedJobLookupTime": str(query.lookup),
            "jobFilter": "",  # all types; documentation and server disagree on what its absence means (contract 5.1)
            "hideAdminJobs": "true" if query.hide_admin else "false",
        }
        if len(query.clients) == 1:
            parameters["clientId"] = str(query.clients[0])
        # Some releases page by parameters, others by headers, 100 jobs a page unless told (contract 5.1).
        paging = (("limit", str(limit)), ("offset", str(offset)))
        return Request("GET", "Job", (*parameters.items(), *paging), headers=paging)

    def decode(self, body: bytes) -> Document:
        """Attributes and elements by their names. Some answers are JSON whatever was asked for (contract 9.2)."""
        if body.lstrip()[:1] == b"{":
            return JSON.decode(body)
        [(root, content)] = _xml.parse(body).items()
        if isinstance(content, dict):
            return t.cast(Document, _plain(content))
        if root != _ACTION_ROOT:
            raise ProtocolError(f"the element {root} is empty")
        return {}


def _plain(value: t.Any) -> t.Any:
    """Without the mark of attributes: a list of both formats then has the same keys."""
    if isinstance(value, dict):
        return {name.lstrip("@"): _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    return {} if value is None else value


JSON: Dialect = Json()
#: By the value of the option wire_format.
DIALECTS: t.Mapping[str, Dialect] = {"auto": JSON, "json": JSON, "xml": Xml()}
