# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _errors, _http, _response, _system, capabilities, wire.

"""The logon session: login when first needed, one login more after a 401, logout at the end (contract 4)."""

from __future__ import annotations

import base64
import dataclasses
import threading
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock, Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    JobControlError,
    ProtocolError,
)
from ansible_collections.batchops.job_control.plugins.module_utils._http import HttpSession
from ansible_collections.batchops.job_control.plugins.module_utils._response import Peer, Response
from ansible_collections.batchops.job_control.plugins.module_utils._system import Connection
from ansible_collections.batchops.job_control.plugins.module_utils._veeam import wire
from ansible_collections.batchops.job_control.plugins.module_utils._veeam.capabilities import CAPABILITIES

TOKEN_HEADER = "X-RestSvcSessionId"  # sent as a header only: a cookie would beat it (contract 4.2)

_PEER = Peer("Enterprise Manager", lambda response: True, cookies=frozenset({TOKEN_HEADER.lower()}))

Send = t.Callable[[dict[str, str]], Response]


class LogonSession:
    """Requests below /api with the token that they need. Safe to use from several threads."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        """
        :raises UsageError: an option is missing.
        """
        connection.need(url="the address of Enterprise Manager, such as https://em.example.com:9398/api")
        if not connection.token:
            connection.need(
                username="the account of a Portal Administrator, as DOMAIN\\user or HOST\\user", password="its password"
            )
        base = connection.url.rstrip("/")
        self.base = base if base.lower().endswith("/api") else f"{base}/api"
        self.dialect = wire.DIALECTS[connection.wire_format]
        self._connection = connection
        workers = connection.workers or CAPABILITIES.workers
        self._http = HttpSession(connection, clock, peer=_PEER, workers=workers)
        self._lock = threading.Lock()
        self._token = connection.token
        self._logon = ""  # id of the session that we opened
        self._renewed = False
        self._refused: AuthFailed | None = None

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

    @property
    def token(self) -> str:
        """What identifies this logon session; empty before the first request. Tasks live and die with it."""
        return self._token

    @property
    def is_injected(self) -> bool:
        """Whether the user gave us the token of a session that others may use as well."""
        return bool(self._connection.token)

    def read(self, target: wire.Target) -> wire.Fields:
        """GET.

        :raises JobControlError: any answer but a good one.
        """
        url = self._url(target.path)

        def send(headers: dict[str, str]) -> Response:
            return self._http.read("GET", url, headers=headers, query=target.query)

        return self._document(self._authorized(send)[0])

    def read_as(self, token: str, target: wire.Target) -> wire.Fields | None:
        """GET within that logon session and no other; None when the session has ended."""
        response = self._http.read("GET", self._url(target.path), headers=self._headers(token), query=target.query)
        return None if response.status == 401 else self._document(response)

    def write(self, method: str, target: wire.Target, body: bytes = b"") -> tuple[wire.Fields, str]:
        """Send a request that changes something: its answer, and the token of the session that it belongs to.

        :raises JobControlError: any answer but a good one; `maybe_applied` tells whether it may have taken effect.
        """
        url = self._url(target.path)
        content_type = {"Content-Type": self.dialect.content_type} if body else {}

        def send(headers: dict[str, str]) -> Response:
            return self._http.write(method, url, headers={**headers, **content_type}, query=target.query, body=body)

        response, token = self._authorized(send)
        return self._document(response), token

    def delete_as(self, token: str, path: str) -> None:
        """DELETE within that logon session, for tidiness: it does not matter whether it succeeds."""
        self._http.log_out("DELETE", self._url(path), self._headers(token))

    def close(self) -> None:
        """Log out, if we logged in. Never raises."""
        if self._logon:
            logon, self._logon = self._logon, ""
            self.delete_as(self._token, f"logonSessions/{logon}")
        self._http.close()

    # --- the token -------------------------------------------------------------------------------------------

    def _authorized(self, send: Send) -> tuple[Response, str]:
        """Send with our token; when it has expired, log in once more and send again (a 401 changed nothing)."""
        with self._lock:
            if not self._token:
                self._log_in()
            token = self._token
        response = send(self._headers(token))
        if response.status == 401 and self._renew(token):
            token = self._token
            response = send(self._headers(token))
        return response, token

    def _renew(self, expired: str) -> bool:
        """Whether there is a newer token than the expired one now."""
        with self._lock:
            if self._token != expired:
                return True  # another thread was faster
            if self._renewed or self.is_injected:
                return False
            self._renewed = True
            self._log_in()
            return True

    def _log_in(self) -> None:
        """Open a logon session (contract 4.1).

        :raises AuthFailed: the credentials are wrong; they are not tried again, which could lock the account.
        """
        if self._refused:
            raise self._refused
        credentials = f"{self._connection.username}:{self._connection.password}"
        basic = base64.b64encode(credentials.encode()).decode()
        self._connection.hide(basic)
        headers = {"Accept": self.dialect.content_type, "Authorization": f"Basic {basic}"}
        try:
            # a login changes no job, so it may be repeated like a read
            self._adopt(
                self._http.read("POST", self._url("sessionMngr/"), headers=headers, query=[("v", "latest")], body=b"")
            )
        except JobControlError as error:
            error.maybe_applied = False
            if isinstance(error, AuthFailed):
                self._refused = error
            raise

    def _adopt(self, response: Response) -> None:
        """Take the token and the id from the answer to a login."""
        response = dataclasses.replace(response, is_confidential=True)
        token = response.headers.get(TOKEN_HEADER.lower(), "")
        self._connection.hide(token)
        if response.status == 401:
            raise response.failure(
                "Enterprise Manager does not accept username and password; a domain user has to be given as "
                "DOMAIN\\user, a local one as HOST\\user"
            )
        if response.status == 404:
            raise response.failure(
                "There is no Enterprise Manager at this url; its port is 9398 by default (9419 is another interface)"
            )
        logon = wire.text(self._document(response).get("sessionid"))
        if not token or not wire.is_plain(logon):
            raise ProtocolError(
                f"The answer to the login has no {TOKEN_HEADER} or no SessionId that can be read",
                http_status=response.status,
                method=response.method,
                url=response.url,
            )
        self._connection.hide(logon)  # the token can be made from it (contract 4.1)
        self._token, self._logon = token, logon

    # --- requests and answers --------------------------------------------------------------------------------

    def _url(self, path: str) -> str:
        return f"{self.base}/{path}"

    def _headers(self, token: str) -> dict[str, str]:
        return {"Accept": self.dialect.content_type, TOKEN_HEADER: token}

    def _document(self, response: Response) -> wire.Fields:
        """The body of a good answer.

        :raises JobControlError: the error that the answer stands for.
        """
        if not 200 <= response.status < 300:
            raise self._failure(response)
        if not response.body.strip() or response.is_html:
            raise response.unreadable(self.dialect.name)
        try:
            document = self.dialect.decode(response.body)
        except ProtocolError as error:
            raise response.unreadable(self.dialect.name) from error
        refusal = wire.error_of(document)
        if refusal:
            raise response.failure(*refusal)
        return document

    def _failure(self, response: Response) -> JobControlError:
        """An answer that is no success, in the server's own words where there are any (contract 8.6)."""
        try:
            message, code = wire.error_of(self.dialect.decode(response.body)) or ("", None)
        except ProtocolError:
            message, code = "", None
        return response.failure(message, code)
