# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _errors, _http, _response, _system, _xml, capabilities, wire.

"""Requests with Basic authentication, and what a bad answer means (contract 3, 4 and 8.5). There is no login."""

from __future__ import annotations

import base64
import json
import re
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils import _xml
from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock, Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    JobControlError,
    ProtocolError,
    RateLimited,
    Refused,
    UsageError,
)
from ansible_collections.batchops.job_control.plugins.module_utils._http import HttpSession
from ansible_collections.batchops.job_control.plugins.module_utils._prime import wire
from ansible_collections.batchops.job_control.plugins.module_utils._prime.capabilities import (
    CAPABILITIES,
    DEFAULT_VERSION,
)
from ansible_collections.batchops.job_control.plugins.module_utils._response import Peer, Response
from ansible_collections.batchops.job_control.plugins.module_utils._system import Connection

#: Seconds between two requests: the server's default limit is 5 per user and second (contract 9, item 7).
PACE = 0.25
#: Seconds before each new try of a read whose right password was refused (contract 9, item 6).
PATIENCE = (1.0, 2.0)
#: Each session counts, and five are the most that a user may have (contract 9, item 6): none is asked for again.
_COOKIES = frozenset({"jsessionid"})
_ADVICE = "check url and prime_api_version (Prime Infrastructure before 3.4 has no version 4, up to 3.0 only version 1)"

_URL = re.compile(r"(?P<server>.*?)(?:/webacs(?:/api(?:/v(?P<version>[0-9]+))?)?)?")
_CONTENT_TYPES = {"json": "application/json", "xml": "application/xml"}


class RefusedForNow(RateLimited):
    """A right password was refused: too many sessions, or a slow TACACS or RADIUS server (contract 4).

    The request is sent again like one to a product that is busy. If that is of no use, it is a matter of credentials.
    """

    kind = AuthFailed.kind


class Session:
    """Requests below /webacs/api in one version and format."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        """
        :raises UsageError: an option is missing, or `url` names another API version.
        """
        connection.need(
            url="the address of the server, such as https://prime.example.com",
            username="a member of the groups NBI Read and NBI Write",
            password="its password",
        )
        self.version: int = connection.product.get("api_version") or DEFAULT_VERSION
        self.domain = str(connection.product.get("virtual_domain") or "")
        self.server = _server(connection.url, self.version)
        self.has_read = False
        self._format = "xml" if connection.wire_format == "xml" else "json"
        self._patience = connection.retry_timeout
        self._clock = clock
        self._http = HttpSession(
            connection,
            clock,
            peer=Peer("Prime", self._is_own, advice=_ADVICE, cookies=_COOKIES),
            workers=connection.workers or CAPABILITIES.workers,
            pace=PACE,
            keep_alive=False,
        )
        basic = base64.b64encode(f"{connection.username}:{connection.password}".encode()).decode()
        connection.hide(basic)
        self._authorization = f"Basic {basic}"

    @property
    def traffic(self) -> dict[str, t.Any]:
        return self._http.traffic

    def bound(self, deadline: Deadline) -> None:
        """Wait for nothing beyond this; see `HttpSession`."""
        self._http.bound(deadline)

    @property
    def deadline(self) -> Deadline:
        """Until when something may be waited for."""
        return self._http.deadline

    def close(self) -> None:
        self._http.close()

    def read(self, path: str, query: t.Sequence[tuple[str, str]] = (), root: str = "queryResponse") -> wire.Document:
        """GET: the content of the answer's root; again after a 401 if the same credentials were good before.

        Wrong passwords are tried once only, as more tries could lock the account.

        :raises JobControlError: any answer but a good one.
        """

        def send() -> Response:
            headers = {"Authorization": self._authorization}
            return self._http.read("GET", self.url(path), headers=headers, query=[*self._context(), *query])

        patience = Deadline(self._clock, self._patience)
        response = send()
        for pause in PATIENCE:
            is_refused_for_now = response.status == 401 and self.has_read
            if not is_refused_for_now or pause > min(patience.remaining, self.deadline.remaining):
                break
            self._clock.sleep(pause)
            response = send()
        return self._content(response, root)

    def write(self, path: str, payload: wire.Document) -> wire.Document:
        """PUT: the content of the answer's mgmtResponse.

        It is sent again only when the rate limiter proves that it changed nothing.

        :raises RefusedForNow: nothing was done, and it may be sent again later.
        :raises JobControlError: any answer but a good one; `maybe_applied` tells whether it may have taken effect.
        """
        body = _xml.unparse(payload) if self._format == "xml" else json.dumps(payload).encode()
        headers = {"Authorization": self._authorization, "Content-Type": _CONTENT_TYPES[self._format]}
        response = self._http.write(
            "PUT", self.url(path), headers=headers, query=self._context(), body=body, not_reached=_is_limited
        )
        return self._content(response, "mgmtResponse")

    def url(self, path: str) -> str:
        """The address of a path. Its suffix tells the format, on GET and PUT alike: no Accept header is needed then."""
        return f"{self.server}/webacs/api/v{self.version}/{path}.{self._format}"

    def _context(self) -> list[tuple[str, str]]:
        return [("_ctx.domain", self.domain)] if self.domain else []

    def _is_own(self, response: Response) -> bool:
        """Whether the product has answered, by the shape of its documents (contract 5.2, 8.3, 8.5).

        A 401 and the way to its login page have none (contract 4). The latter may be an answer to a read; what it says
        about a write is not known.
        """
        if response.status == 401 or _is_limited(response):
            return True
        if _leads_to_login(response):
            return response.method == "GET"
        try:
            return wire.is_answer(self._decoded(response))
        except ProtocolError:
            return False

    def _content(self, response: Response, root: str) -> wire.Document:
        """What a good answer holds.

        :raises JobControlError: it is not a good answer.
        """
        if not response.is_good:
            raise self._failure(response)
        document = self._decoded(response)
        error = wire.error_document(document)
        if error is not None:
            raise _error(
                Refused, error[0] or "The product refused the request and does not say why", error[1], response
            )
        content = document.get(root)
        if not isinstance(content, dict):
            raise response.unreadable(root)
        self.has_read = True
        return content

    def _decoded(self, response: Response) -> wire.Document:
        if self._format == "json":
            return response.json_object()
        try:
            return response.decoded(_xml.parse)
        except ProtocolError as error:
            raise response.unreadable("XML") from error

    def _failure(self, response: Response) -> JobControlError:
        message, code = self._complaint(response)
        if _is_limited(response):
            words = message or "The server limits the rate of requests"
            return _error(RateLimited, f"{words} ({response.origin})", code, response)
        if _leads_to_login(response):
            words = "The server leads to its login page: username or password is wrong"
            return _error(AuthFailed, f"{words} ({response.origin})", None, response)
        if response.status == 401 and self.has_read:
            words = (
                "The server does not accept the credentials any more; it does so too when the user has too many "
                "sessions (5), or when its TACACS or RADIUS server is slow"
            )
            kind = AuthFailed if response.method == "GET" else RefusedForNow
            error = _error(kind, f"{words} ({response.origin})", code, response)
            error.not_done = kind is RefusedForNow
            return error
        return response.failure(message, code)

    def _complaint(self, response: Response) -> tuple[str, str | None]:
        """Message and code of the product's own error body; empty if there is none."""
        try:
            return wire.error_document(self._decoded(response)) or ("", None)
        except ProtocolError:
            return "", None


def _error(kind: type[JobControlError], message: str, code: str | None, response: Response) -> JobControlError:
    return kind(message, code=code, http_status=response.status, method=response.method, url=response.url)


def _leads_to_login(response: Response) -> bool:
    """Whether the answer is what the product has for missing or wrong credentials (contract 4)."""
    target = response.headers.get("location", "").lower()
    return 300 <= response.status < 400 and "/webacs/" in target and "login" in target


def _is_limited(response: Response) -> bool:
    return wire.is_rate_limit(response.status, response.text)


def _server(url: str, version: int) -> str:
    """The url up to the server; what the documentation calls the base url goes on with /webacs/api/v4."""
    match = _URL.fullmatch(url.rstrip("/"))
    if match is None:
        return url
    if match["version"] and int(match["version"]) != version:
        raise UsageError(
            f"url ends in v{match['version']} but prime_api_version is {version}; leave the version out of url."
        )
    return match["server"]
