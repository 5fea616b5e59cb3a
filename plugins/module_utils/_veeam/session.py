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

_TITLE = "Enterprise Manager"
_ADVICE = "look at url: its port is 9398 by default, and 9419 is another interface"
_COOKIES = frozenset({TOKEN_HEADER.lower()})


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
        peer = Peer(_TITLE, self._is_own, _ADVICE, _COOKIES)
        self._login_peer = dataclasses.replace(peer, is_confidential=True)
        self._http = HttpSession(connection, clock, peer=peer, workers=workers)
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
        token = self._current()
        response = self._get(token, target)
        if response.status == 401 and self._renew(token):
            response = self._get(self._token, target)
        return self._document(response)

    def read_as(self, token: str, target: wire.Target) -> wire.Fields | None:
        """GET within that logon session and no other; None when the session has ended."""
        response = self._get(token, target)
        return None if response.status == 401 else self._document(response)

    def write(self, method: str, target: wire.Target, body: bytes = b"") -> tuple[wire.Fields, str]:
        """Send a request that changes something: its answer, and the token of the session that it belongs to.

        :raises JobControlError: any answer but a good one; `maybe_applied` tells whether it may have taken effect, and
            `not_done` that it has not and that there is a new logon session to send it in.
        """
        token = self._current()
        content_type = {"Content-Type": self.dialect.content_type} if body else {}
        headers = {**self._headers(token), **content_type}
        response = self._http.write(method, self._url(target.path), headers=headers, query=target.query, body=body)
        if response.status == 401:
            raise self._expired(response, token)
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

    def _current(self) -> str:
        """Our token, after the login that it takes."""
        with self._lock:
            if not self._token:
                self._log_in()
            return self._token

    def _expired(self, response: Response, token: str) -> JobControlError:
        """The error of a write that was turned away because of its token, after a new login where there may be one.

        The session was idle for 15 minutes, in which somebody else may have done what was asked for, so the job has to
        be looked at before the request is sent again.
        """
        not_done = self._renew(token)
        error = self._failure(response)
        error.not_done, error.maybe_applied = not_done, False
        return error

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
                self._http.read(
                    *("POST", self._url("sessionMngr/")),
                    headers=headers,
                    query=[("v", "latest")],
                    body=b"",
                    peer=self._login_peer,
                )
            )
        except JobControlError as error:
            error.maybe_applied = False
            if isinstance(error, AuthFailed):
                self._refused = error
            raise

    def _adopt(self, response: Response) -> None:
        """Take the token and the id from the answer to a login."""
        token = response.headers.get(TOKEN_HEADER.lower(), "")
        self._connection.hide(token)
        if response.status == 401:
            raise response.failure(
                "Enterprise Manager does not accept username and password; a domain user has to be given as "
                "DOMAIN\\user, a local one as HOST\\user"
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

    # --- whose answer it is ----------------------------------------------------------------------------------

    def _is_own(self, response: Response) -> bool:
        """Whether an answer is Enterprise Manager's; it is empty after a deletion only (contract 4.4, 8.2)."""
        if response.is_empty:
            return response.method == "DELETE" and response.status == 204
        try:
            return wire.is_own(response.decoded(self.dialect.decode))
        except ProtocolError:
            return False

    # --- requests and answers --------------------------------------------------------------------------------

    def _get(self, token: str, target: wire.Target) -> Response:
        return self._http.read("GET", self._url(target.path), headers=self._headers(token), query=target.query)

    def _url(self, path: str) -> str:
        return f"{self.base}/{path}"

    def _headers(self, token: str) -> dict[str, str]:
        return {"Accept": self.dialect.content_type, TOKEN_HEADER: token}

    def _document(self, response: Response) -> wire.Fields:
        """The body of a good answer.

        :raises JobControlError: the error that the answer stands for.
        """
        if not response.is_good:
            raise self._failure(response)
        try:
            document = response.decoded(self.dialect.decode)
        except ProtocolError as error:
            raise response.unreadable(self.dialect.name) from error
        if wire.error_of(document):
            raise self._failure(response)
        return document

    def _failure(self, response: Response) -> JobControlError:
        """An answer that is no success, in the server's own words where there are any (contract 8.6)."""
        words = wire.error_of(response.decoded(self.dialect.decode)) if self._is_own(response) else None
        return response.failure(*(words or ()))
