# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _errors, _http, _response, _system, capabilities, dialects, wire.

"""The session with the Web Server: login when first needed, once more after a 401, logout at the end (contract 4)."""

from __future__ import annotations

import base64
import dataclasses
import threading
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock, Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._commvault import wire
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.capabilities import CAPABILITIES
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.dialects import DIALECTS, Request
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    JobControlError,
    NotFound,
    PermissionDenied,
    ProtocolError,
)
from ansible_collections.batchops.job_control.plugins.module_utils._http import HttpSession
from ansible_collections.batchops.job_control.plugins.module_utils._response import Peer, Response
from ansible_collections.batchops.job_control.plugins.module_utils._system import Connection

_ACCESS_DENIED = "5"  # contract 4.5, 8.4 note 1
_LOGGED_OUT = "User logged out"  # whatever format was asked for (contract 4.4)
_TITLE = "the Commvault API"
_ADVICE = "give the whole root in url, such as https://cc.example.com/commandcenter/api"
_COOKIES = frozenset({"cookie2"})  # takes the place of the token's header (contract 4.2)

Decoded = t.TypeVar("Decoded")


class WebSession:
    """Requests below the API's root with the token that they need. Safe to use from several threads."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        """
        :raises UsageError: an option is missing.
        """
        connection.need(url="the root of the API, such as https://cc.example.com/commandcenter/api")
        if not connection.token:
            connection.need(username="the Commvault user", password="the user's password")
        self.base = connection.url.rstrip("/")
        self.workers = connection.workers or CAPABILITIES.workers
        self.dialect = DIALECTS[connection.wire_format]
        self._connection = connection
        peer = Peer(_TITLE, self._is_own, _ADVICE, _COOKIES)
        self._login_peer = dataclasses.replace(peer, is_own=self._is_of_login, is_confidential=True)
        self._http = HttpSession(connection, clock, peer=peer, workers=self.workers)
        self._lock = threading.Lock()
        self._token = wire.with_prefix(connection.token) if connection.token else ""
        self._is_ours = False  # we logged in, so we log out
        self._renewed = False
        self._refused: JobControlError | None = None
        self._proven = False  # there is a Commvault API at this url
        if self._token:
            connection.hide(self._token)
            connection.hide(self._token.partition(" ")[2])

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

    def read(self, request: Request, decode: t.Callable[[wire.Document], Decoded]) -> Decoded | None:
        """Send a request that changes nothing; None when nothing is found, which may be a 404 (contract 9.5).

        :raises JobControlError: any answer but a good one.
        """
        try:
            response = self._read(request)
            if response.status == 404:
                self._prove()
                return None
            return self._decoded(response, decode)
        except JobControlError as error:
            error.maybe_applied = False  # many reads are POSTs
            raise

    def write(self, request: Request, decode: t.Callable[[wire.Document], Decoded]) -> Decoded:
        """Send a request that changes something, once.

        :raises JobControlError: any answer but a good one; `maybe_applied` tells whether it may have taken effect.
        """
        token = self._present_token()
        response = self._http.write(
            request.method,
            self._url(request),
            headers=self._headers(request, token),
            query=request.query,
            body=request.body or b"",
        )
        if response.status == 401:
            raise self._denied(response, token)
        return self._decoded(response, decode)

    def close(self) -> None:
        """Log out, if we logged in. Never raises."""
        if self._is_ours:
            self._log_out()
        self._http.close()

    # --- the token ---------------------------------------------------------------------------------------------

    def _present_token(self) -> str:
        """The token to send, after a login where there is none yet."""
        with self._lock:
            if not self._token:
                self._log_in()
            return self._token

    def _read(self, request: Request) -> Response:
        """Read with our token; when it has expired, log in once more and read again."""
        token = self._present_token()
        response = self._send(request, token)
        if response.status != 401 or not self._renew(token):
            return response
        response = self._send(request, self._present_token())
        if response.status == 401:
            raise self._failure(response, PermissionDenied)  # the credentials were accepted just now
        return response

    def _send(self, request: Request, token: str) -> Response:
        """One request that changes nothing."""
        return self._http.read(
            request.method,
            self._url(request),
            headers=self._headers(request, token),
            query=request.query,
            body=request.body,
        )

    def _denied(self, response: Response, token: str) -> JobControlError:
        """What a 401 to a write means. The product then did nothing, but the job may have changed since it was read:
        with a new token it is for the caller to look again before it asks again (contract 9.11)."""
        if not response.is_own:
            message = f"Something in front of {_TITLE} denies access ({response.origin})"
            return ProtocolError(message, http_status=401, method=response.method, url=response.url, maybe_applied=True)
        if self._renew(token):
            return self._failure(response, AuthFailed, not_done=True)
        # With a new token it is about a right, which hangs on the single job (contract 8.4; 9, item 12).
        return self._failure(response, PermissionDenied if self._renewed else AuthFailed)

    def _renew(self, expired: str) -> bool:
        """Whether the expired token is out of use now: there is a newer one, or the next request logs in."""
        with self._lock:
            if self._token != expired:
                return True  # another thread was faster
            if self._renewed or not self._is_ours:
                return False
            self._renewed = True
            self._log_out()  # it may not have expired: a 401 can also be about a right (contract 8.4)
            self._token = ""
            self._log_in()
            return True

    def _log_out(self) -> None:
        """End our session. Never raises: it ends by itself after 30 minutes (contract 4.3)."""
        self._is_ours = False
        request = Request("POST", "Logout")
        self._http.log_out(request.method, self._url(request), self._headers(request, self._token))

    def _log_in(self) -> None:
        """Open a session.

        :raises AuthFailed: the credentials are wrong; they are not tried again, which could lock the account.
        """
        if self._refused is not None:
            raise self._refused
        encoded = base64.b64encode(self._connection.password.encode()).decode()
        self._connection.hide(encoded)
        request = self.dialect.login(self._connection.username, encoded)
        try:
            # A login changes no job, so it may be repeated like a read.
            response = self._http.read(
                request.method,
                self._url(request),
                headers=self._headers(request),
                body=request.body,
                peer=self._login_peer,
            )
            token = self._token_of(response)
        except JobControlError as error:
            error.maybe_applied = False
            self._refused = error if isinstance(error, AuthFailed) else None
            raise
        self._connection.hide(token)
        self._connection.hide(token.partition(" ")[2])
        self._token, self._is_ours, self._proven = token, True, True

    def _token_of(self, response: Response) -> str:
        """The token in the answer to a login. A refused login is HTTP 200 as well (contract 4.1)."""
        if response.status == 404:
            raise response.failure(f"There is no Commvault API at this url; {_ADVICE}")
        if not response.is_good:
            raise self._failure(response, AuthFailed)
        document = self._document(response)
        try:
            token, refusal = wire.token(document), wire.login_refusal(document)
        except ProtocolError as error:
            raise response.unreadable("that to a login") from error
        if not token:
            raise AuthFailed(
                refusal.message,
                code=refusal.code or None,
                http_status=response.status,
                method=response.method,
                url=response.url,
            )
        return token

    def _prove(self) -> None:
        """Make sure that a 404 comes from a Commvault API and means "nothing", not "wrong url" (contract 4.4).

        :raises NotFound: it is no such API.
        """
        if self._proven:
            return
        if self._send(Request("POST", "WhoAmI"), self._token).status == 404:
            raise NotFound(f"There is no Commvault API at this url; {_ADVICE}", http_status=404, url=self.base)
        self._proven = True

    # --- whose answers -----------------------------------------------------------------------------------------

    def _is_own(self, response: Response) -> bool:
        """Whether an answer is the product's: a document of the API, whatever its content type says (contract 9.2)."""
        if 300 <= response.status < 400:
            return False
        if response.url.endswith("/Logout"):
            return response.text.strip() == _LOGGED_OUT
        try:
            return wire.is_own(response.decoded(self.dialect.decode), response.is_good)
        except ProtocolError:
            return False

    def _is_of_login(self, response: Response) -> bool:
        """The same for a login."""
        try:
            is_of_login = wire.is_of_login(response.decoded(self.dialect.decode))
        except ProtocolError:
            return False
        return (response.is_good and is_of_login) or self._is_own(response)

    # --- requests and answers ----------------------------------------------------------------------------------

    def _url(self, request: Request) -> str:
        return f"{self.base}/{request.path}"

    def _headers(self, request: Request, token: str = "") -> dict[str, str]:
        """`Accept` chooses the format, and there is no telling what its absence means (contract 4.2)."""
        headers = {"Accept": self.dialect.media_type, "Authtoken": token, "Content-Type": request.content_type}
        return {**{name: value for name, value in headers.items() if value}, **dict(request.headers)}

    def _decoded(self, response: Response, decode: t.Callable[[wire.Document], Decoded]) -> Decoded:
        """What a good answer says.

        :raises JobControlError: the error that the answer stands for.
        """
        if not response.is_good:
            raise self._failure(response)
        document = self._document(response)
        fault = wire.fault(document)
        if fault is not None:
            if fault.code == _ACCESS_DENIED:
                raise _error(response, PermissionDenied, fault)
            raise response.failure(fault.message, fault.code or None)
        try:
            decoded = decode(document)
        except ProtocolError as error:
            error.http_status, error.method, error.url = response.status, response.method, response.url
            error.maybe_applied = True
            raise
        self._proven = True
        return decoded

    def _document(self, response: Response) -> wire.Document:
        """The body, whatever its content type says (contract 9.2).

        :raises ProtocolError: it is in no format of the product's.
        """
        try:
            return response.decoded(self.dialect.decode)
        except ProtocolError as error:
            raise response.unreadable(self.dialect.name) from error

    def _failure(
        self, response: Response, denied: type[JobControlError] | None = None, not_done: bool = False
    ) -> JobControlError:
        """An HTTP failure in the product's own words, where it has any (contract 8.4).

        :param denied: what a refused access is, where it is not told by the status.
        """
        try:
            fault = wire.fault(self._document(response)) or wire.Fault("", "")
        except ProtocolError:
            fault = wire.Fault("", "")
        if denied and (response.status in (401, 403) or fault.code == _ACCESS_DENIED):
            return _error(response, denied, fault, not_done)
        return response.failure(fault.message, fault.code or None)


def _error(
    response: Response, kind: type[JobControlError], fault: wire.Fault, not_done: bool = False
) -> JobControlError:
    """An error of this kind, whatever the status says; it provably changed nothing."""
    return kind(
        f"{fault.message or 'The product denies access'} ({response.origin})",
        code=fault.code or None,
        http_status=response.status,
        method=response.method,
        url=response.url,
        not_done=not_done,
    )
