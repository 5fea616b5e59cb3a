# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may do what, and how often: Basic authentication, NBI groups, virtual domains, sessions and the rate limit."""

from __future__ import annotations

import base64
import binascii
import collections
import dataclasses
import socket
import typing as t

from simulators.prime.refusal import RATE_LIMITED, Page, Refusal
from simulators.prime.state import ROOT_DOMAIN

Knobs = t.Mapping[str, t.Any]
_SUPER_USERS = "Super Users"


@dataclasses.dataclass(frozen=True)
class Account:
    """A user who has proved to be one."""

    name: str
    groups: tuple[str, ...]
    domain: str

    def require(self, group: str) -> None:
        """
        :raises Refusal: 403.
        """
        if group not in self.groups and _SUPER_USERS not in self.groups:
            raise Refusal(403, f"User {self.name} is not a member of {group}")


@dataclasses.dataclass(frozen=True)
class Caller:
    """What the connection and the headers of a request tell about its sender."""

    authorization: str
    login_page: str
    connection: socket.socket | None  # None: it will be closed after the answer


class Gate:
    """Lets a request through to the API or not."""

    def __init__(self, now: t.Callable[[], float], knobs: Knobs) -> None:
        self._now = now
        self._knobs = knobs
        self._seen = 0
        self._connections: dict[str, set[socket.socket]] = {}
        self._accepted: dict[str, collections.deque[float]] = collections.defaultdict(collections.deque)

    def authenticate(self, caller: Caller) -> Account:
        """
        :raises Page: 302 to the login page, or 401 (contract 4).
        """
        self._seen += 1
        sporadic = int(self._knobs["sporadic_401"])
        if sporadic and self._seen % sporadic == 0:
            raise _unauthorized("The authentication server did not answer in time.")
        if not caller.authorization:
            raise _to_login(caller)
        name, password = _credentials(caller.authorization)
        user = self._knobs["users"].get(name)
        if user is None or user["password"] != password:
            raise _to_login(caller) if self._knobs["bad_credentials"] == 302 else _unauthorized("Bad credentials")
        self._keep(name, caller.connection)
        return Account(name, tuple(user["groups"]), user.get("domain", ROOT_DOMAIN))

    def _keep(self, name: str, connection: socket.socket | None) -> None:
        """Count the user's connections: with too many of them a right password is worth nothing."""
        others = self._open(name) - {connection}
        limit = int(self._knobs["session_limit"])
        if 0 <= limit <= len(others):
            raise _unauthorized(f"The user {name} has {limit} sessions already.")
        if connection is not None:
            self._connections.setdefault(name, set()).add(connection)

    def _open(self, name: str) -> set[socket.socket]:
        kept = {connection for connection in self._connections.get(name, ()) if connection.fileno() >= 0}
        self._connections[name] = kept
        return kept

    def sessions(self) -> int:
        """Connections that are kept open by all users."""
        return sum(len(self._open(name)) for name in list(self._connections))

    def admit(self, account: Account) -> None:
        """Count the request; rejected ones do not count, failed ones do (contract 9.7).

        :raises Refusal: 503.
        """
        window = int(self._knobs["rate_window_ms"])
        limits = (
            (account.name, int(self._knobs["rate_per_user"]), f"Rate limit for user ({account.name})"),
            ("", int(self._knobs["rate_total"]), "Global Rate limit"),
        )
        for key, limit, what in limits:
            if len(self._recent(key, window)) >= limit >= 0:
                raise Refusal(503, f"NBI {what} exceeded (More than {limit:,} in {window:,} ms).", RATE_LIMITED)
        for key, _limit, _what in limits:
            self._accepted[key].append(self._now())

    def _recent(self, key: str, window: int) -> collections.deque[float]:
        times = self._accepted[key]
        while times and times[0] <= self._now() - window / 1000:
            times.popleft()
        return times


def domain_of(account: Account, wanted: str | None, known: t.Collection[str], knobs: Knobs) -> str:
    """The virtual domain of a request: the user's own, or the one of `_ctx.domain`.

    :raises Refusal: the user has no such domain.
    """
    if wanted is None or wanted == account.domain:
        return account.domain
    if account.domain != ROOT_DOMAIN or wanted not in known:
        raise Refusal(int(knobs["foreign_domain_status"]), f"User {account.name} has no virtual domain {wanted}")
    return wanted


def _credentials(authorization: str) -> tuple[str, str]:
    scheme, _separator, encoded = authorization.partition(" ")
    try:
        name, _separator, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (name, password) if scheme.lower() == "basic" else ("", "")


def _to_login(caller: Caller) -> Page:
    return Page(302, "Found", {"Location": caller.login_page})


def _unauthorized(reason: str) -> Page:
    return Page(401, reason, {"WWW-Authenticate": 'Basic realm="NCS"'})
