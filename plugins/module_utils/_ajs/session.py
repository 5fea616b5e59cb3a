# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _errors, _http, _response, _system, wire.

"""HTTP as the Web Console speaks it: credentials each time, error bodies, its version (contract 3, 4, 9)."""

from __future__ import annotations

import base64
import dataclasses
import threading
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._ajs import wire
from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock, Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    ConnectionFailed,
    JobControlError,
    ProtocolError,
    Refused,
    UsageError,
    excerpt,
)
from ansible_collections.batchops.job_control.plugins.module_utils._http import HttpSession
from ansible_collections.batchops.job_control.plugins.module_utils._response import Peer, Response
from ansible_collections.batchops.job_control.plugins.module_utils._system import Connection

#: the Web Console server cannot reach the manager, or is starting (contract 9, item 12)
NOT_AVAILABLE = 412

#: what the objects that the Web Console answers with hold (contract 3, 5.4, 6.2, 8.8)
_MEMBERS = frozenset({"statuses", "unitStatus", "results", "productName", "protocolVersionNumber"})


def _is_own(response: Response) -> bool:
    """Whether the Web Console has answered: by one of its objects, by an error that has a message id, or by nothing
    to an action (contract 5.4, 8.1, 9).

    What a 412 looks like is not known. It says no more than that nothing is there to answer, whoever says so.
    """
    if response.status == NOT_AVAILABLE:
        return True
    if response.status == 200 and response.is_empty:
        return response.method == "POST"
    try:
        answer = response.json_object()
    except JobControlError:
        return False
    is_object = response.status == 200 and not _MEMBERS.isdisjoint(answer)
    return is_object or said(answer)[1] is not None


_PEER = Peer(
    "the Web Console",
    _is_own,
    advice="check that url leads to the Web Console, such as https://console.example.com:22253",
    busy=frozenset({NOT_AVAILABLE}),
)
#: Who is asked for one unit: a server in front may refuse the %2F in that address, and then a list is asked for.
_PEER_OR_FRONT = dataclasses.replace(_PEER, is_own=lambda response: response.status in (400, 404) or _is_own(response))

T = t.TypeVar("T")
Decode = t.Callable[[dict[str, t.Any]], T]

# productVersionNumber from which a capability exists (contract 3)
FIRST_RELEASE = 110000  # does not tell its number
UNIT_ACTIONS = 111000  # all unit actions but hold and registration
ONE_UNIT = 115000  # reading one unit directly
AGENTS = 125000  # execution agents
#: the manager's protocolVersionNumber that what needs AGENTS needs too
AGENTS_PROTOCOL = 1250


class Session:
    """One Web Console and one manager behind it. There is no login: it has no state at the other end.

    Safe to use from several threads.

    :raises UsageError: an option that every request needs is missing.
    """

    def __init__(self, connection: Connection, clock: Clock, workers: int) -> None:
        connection.need(
            url="the Web Console, such as https://console.example.com:22253",
            username="JP1 user",
            password="the JP1 user's password",
            ajs_manager="the manager host, as the Web Console knows it",
        )
        if ":" in connection.username:
            raise UsageError("username: the name of a JP1 user holds no colon.")
        self._connection = connection
        self.manager = str(connection.product["manager"])
        self.workers = workers
        self.base = base_url(connection.url)
        credentials = f"{connection.username}:{connection.password}".encode()
        authorization = base64.b64encode(credentials).decode()
        connection.hide(authorization)
        # Accept may be left out, but no other value is allowed, and the languages are ja, en and zh (contract 5, 9).
        self._headers = {
            "Accept": "application/json",
            "Accept-Language": "en",
            "X-AJS-Authorization": authorization,
        }
        self._http = HttpSession(connection, clock, workers=workers, peer=_PEER)
        self._lock = threading.Lock()
        self._version: int | None = None

    @property
    def service_name(self) -> str:
        """The scheduler service, which all unit requests name and the execution agents' do not.

        :raises UsageError: it is not set.
        """
        self._connection.need(ajs_service_name="the scheduler service, such as AJSROOT1")
        return str(self._connection.product["service_name"])

    @property
    def scope(self) -> str:
        """Which manager and service this is, for people and journals."""
        return f"{self.manager}/{self._connection.product.get('service_name') or ''}"

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

    def get(
        self,
        path: str,
        query: t.Sequence[tuple[str, str]],
        member: str,
        decode: Decode[T],
        *,
        front_may_refuse: bool = False,
    ) -> T:
        """Read something.

        :param member: what the answer must hold to be the answer.
        :param front_may_refuse: a 400 or 404 comes back at once, whoever has given it; only one with a code is the
            product's.
        :raises JobControlError: any other answer than 200 with a JSON object that has it and can be decoded.
        """
        peer = _PEER_OR_FRONT if front_may_refuse else _PEER
        response = self._http.read("GET", f"{self.base}{path}", headers=self._headers, query=query, peer=peer)
        if response.status != 200:
            raise failure(response)
        answer = response.json_object()
        if member not in answer:
            message, code = said(answer)
            if code:
                raise Refused(message, code=code, http_status=200, method="GET", url=response.url)
            raise response.unreadable(f"an object with {member}")
        return _decoded(response, answer, decode)

    def act(self, path: str, parameters: t.Mapping[str, t.Any], needs: int) -> None:
        """Take an action whose success has an empty body (contract 8.1).

        :param needs: the version from which the action exists.
        :raises JobControlError: anything else.
        """
        response = self._post(path, parameters, needs)
        if response.body.strip():
            raise response.unreadable("an empty body")

    def ask(self, path: str, parameters: t.Mapping[str, t.Any], needs: int, decode: Decode[T]) -> T:
        """Take an action that answers with what it did.

        :param needs: the version from which the action exists.
        :raises JobControlError: anything else than 200 with a JSON object that can be decoded.
        """
        response = self._post(path, parameters, needs)
        return _decoded(response, response.json_object(), decode)

    def _post(self, path: str, parameters: t.Mapping[str, t.Any], needs: int) -> Response:
        headers = {**self._headers, "Content-Type": "application/json"}
        try:
            response = self._http.write("POST", f"{self.base}{path}", headers=headers, body=wire.body(parameters))
        except ProtocolError as error:
            if error.http_status != 404:
                raise
            text = f"{error.message}; a server before it may refuse addresses with %2F, which the Web Console needs"
            where: dict[str, t.Any] = {"http_status": 404, "method": error.method, "url": error.url}
            raise ProtocolError(text, maybe_applied=True, **where) from error
        if response.status == 404 and needs > FIRST_RELEASE:
            self.insist_on(needs)
        if response.status != 200:
            raise failure(response)
        return response

    def version(self) -> int:
        """The Web Console's productVersionNumber (VVRRSS), asked once."""
        with self._lock:
            if self._version is None:
                query = [("manager", self.manager)]
                self._version = self.get("version", query, "productName", _version_number)
            return self._version

    def insist_on(self, version: int) -> None:
        """An unknown address may be a capability that came later.

        :raises UsageError: the Web Console is older than `version`, or its manager is.
        """
        nothing = "nothing was changed."
        if self.version() < version:
            own, least = _shown(self.version()), _shown(version)
            raise UsageError(f"The Web Console is version {own}, but this needs {least} or newer; {nothing}")
        protocol = self._protocol() if version >= AGENTS else AGENTS_PROTOCOL
        if protocol < AGENTS_PROTOCOL:
            raise UsageError(
                f"The manager {self.manager} speaks protocol version {protocol}, but this needs {AGENTS_PROTOCOL} or "
                f"newer, which comes with JP1/AJS3 - Manager {_shown(AGENTS)}; {nothing}"
            )

    def _protocol(self) -> int:
        """The manager's protocolVersionNumber."""
        query = [("manager", self.manager)]
        return self.get("protocolVersion", query, "protocolVersionNumber", _protocol_number)


def base_url(url: str) -> str:
    """The API's base, from the Web Console's address or any beginning of the API's own path."""
    base = url.rstrip("/")
    for ending in ("/v1", "/api", "/ajs"):
        base = base[: -len(ending)] if base.endswith(ending) else base
    return f"{base}/ajs/api/v1/"


def said(answer: t.Any) -> tuple[str, str | None]:
    """Message and message id of an error body (contract 9, item 1), as far as there are any."""
    if not isinstance(answer, dict):
        return "", None
    message, code = answer.get("message"), answer.get("messageID")
    return excerpt(message, 500) if isinstance(message, str) else "", str(code) if code else None


def failure(response: Response) -> JobControlError:
    """The error that an answer stands for."""
    try:
        message, code = said(response.json())
    except JobControlError:
        message, code = "", None
    if response.status == NOT_AVAILABLE:
        text = f"{message or 'The Web Console is not available at the moment'} ({response.origin})"
        where: dict[str, t.Any] = {"code": code, "method": response.method, "url": response.url}
        return ConnectionFailed(text, http_status=412, maybe_applied=response.method != "GET", **where)
    return response.failure(message, code)


def _decoded(response: Response, answer: dict[str, t.Any], decode: Decode[T]) -> T:
    """Decode, and let an error know where the answer came from."""
    try:
        return decode(answer)
    except ProtocolError as error:
        error.http_status, error.method, error.url = response.status, response.method, response.url
        error.maybe_applied = response.method != "GET"
        raise


def _version_number(answer: t.Mapping[str, t.Any]) -> int:
    number = str(answer.get("productVersionNumber"))
    return int(number) if wire.NUMBER.fullmatch(number) else FIRST_RELEASE


def _protocol_number(answer: t.Mapping[str, t.Any]) -> int:
    number = str(answer.get("protocolVersionNumber"))
    if not wire.NUMBER.fullmatch(number):
        raise ProtocolError(f"protocolVersionNumber should be a number but is {excerpt(number)}")
    return int(number)


def _shown(version: int) -> str:
    """111000 as 11-10."""
    return f"{version // 10000:02}-{version // 100 % 100:02}"
