# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users, login sessions (QSDK tokens) and access tokens (contract 4)."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import secrets
import typing as t

QSDK = "QSDK "
BEARER = "Bearer "
BAD_CREDENTIALS = 1116
_TOKEN_DIGITS = 577
ACCESS_TOKEN_LIFE = 2 * 3600.0
RENEWABLE_LIFE = 14 * 24 * 3600.0


@dataclasses.dataclass
class User:
    """An account. `privileged` users see and control every job."""

    user_id: int
    name: str
    password: str
    privileged: bool = True
    failed_logins: int = 0
    locked_until: float = 0.0


@dataclasses.dataclass
class Session:
    """One login. It ends after `idle_limit` seconds without a call."""

    user: User
    token: str
    device_id: str
    idle_limit: float
    last_used: float
    node: str = ""  # of the Web Server farm; no other one knows the token
    calls: int = 0
    expired: bool = False


@dataclasses.dataclass
class AccessToken:
    """A pair of access and refresh token; `expires` in epoch seconds."""

    user: User
    access: str
    refresh: str
    expires: float
    chain: int = 0
    revoked: bool = False

    @property
    def renewable_until(self) -> float:
        return self.expires + RENEWABLE_LIFE


@dataclasses.dataclass(eq=False)
class LoginDenied(Exception):
    """Why a login failed; the account's counters as the answer reports them."""

    text: str
    attempts: int = 1
    locked_for: int = 0


def decode_password(encoded: str) -> str | None:
    """The plain password of a Login body; None when it is not base64 of UTF-8."""
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        return None


class Accounts:
    """Who may call, and with which tokens. `now` returns epoch seconds; the knobs are read at each use; `node` says
    which node handles the present call."""

    def __init__(
        self, users: list[User], now: t.Callable[[], float], knobs: t.Mapping[str, t.Any], node: t.Callable[[], str]
    ) -> None:
        self._users = {user.name.lower(): user for user in users}
        self._now = now
        self._knobs = knobs
        self._node = node
        self._sessions: dict[str, Session] = {}
        self._access: list[AccessToken] = []

    # --- login sessions --------------------------------------------------------------------------------------

    def login(self, name: str, password: str, device_id: str, minutes: int | None) -> Session:
        """Open a session.

        :raises LoginDenied: unknown user, wrong password or a locked account.
        """
        user = self._users.get(name.lower())
        if user is None:
            raise LoginDenied("The username or password you entered is incorrect.")
        locked_for = user.locked_until - self._now()
        if locked_for > 0:
            raise LoginDenied("User account is locked.", user.failed_logins, int(locked_for) + 1)
        if decode_password(password) != user.password:
            raise self._failed(user)
        user.failed_logins = 0
        idle_limit = float(self._knobs["session_timeout"]) if minutes is None else minutes * 60.0
        return self._open(user, device_id, idle_limit)

    def _failed(self, user: User) -> LoginDenied:
        user.failed_logins += 1
        limit = int(self._knobs["lock_after"])
        locked_for = int(self._knobs["lock_seconds"]) if limit and user.failed_logins >= limit else 0
        if locked_for:
            user.locked_until = self._now() + locked_for
        return LoginDenied("The username or password you entered is incorrect.", user.failed_logins, locked_for)

    def _open(self, user: User, device_id: str, idle_limit: float) -> Session:
        token = QSDK + secrets.token_hex(_TOKEN_DIGITS // 2 + 1)[:_TOKEN_DIGITS]
        session = Session(user, token, device_id, idle_limit, self._now(), self._node())
        self._sessions[token] = session
        return session

    def renew(self, token: str, device_id: str) -> Session | None:
        """A new session in exchange for an old token, live or expired, of the same device (contract 4.3)."""
        old = self._session(token)
        if old is None or old.device_id != device_id:
            return None
        del self._sessions[token]
        return self._open(old.user, device_id, old.idle_limit)

    def logout(self, token: str) -> None:
        if self._session(token) is not None:
            del self._sessions[token]

    def _session(self, token: str) -> Session | None:
        """The session of a token, live or expired, if the present node has given it."""
        session = self._sessions.get(token)
        return session if session is not None and session.node == self._node() else None

    def live(self) -> int:
        """How many sessions are open."""
        return sum(not self._is_over(session) for session in self._sessions.values())

    def expire(self) -> None:
        """Let every session and every access token end now."""
        for session in self._sessions.values():
            session.expired = True
        for pair in self._access:
            pair.expires = min(pair.expires, self._now())

    def _is_over(self, session: Session) -> bool:
        return session.expired or self._now() - session.last_used >= session.idle_limit

    # --- calls -----------------------------------------------------------------------------------------------

    def caller(self, credentials: str) -> User | None:
        """Who makes a call with these credentials, prefix included; None when they are not valid."""
        if credentials.startswith(BEARER):
            pair = self._find_access(credentials[len(BEARER) :])
            return pair.user if pair and not pair.revoked and self._now() < pair.expires else None
        session = self._session(credentials)
        if session is None or self._is_over(session):
            return None
        session.calls += 1
        limit = int(self._knobs["token_calls"])
        if limit and session.calls > limit:
            session.expired = True
            return None
        session.last_used = self._now()
        return session.user

    # --- access tokens ---------------------------------------------------------------------------------------

    def grant(self, name: str, access: str, refresh: str) -> AccessToken:
        """Give a user an access token, as its owner does on the web page."""
        user = self._users[name.lower()]
        return self._add_access(AccessToken(user, access, refresh, self._now() + ACCESS_TOKEN_LIFE, len(self._access)))

    def renew_access(self, access: str, refresh: str) -> AccessToken | None:
        """A new pair for an old one. An old pair used twice revokes its whole chain (contract 4.3)."""
        pair = self._find_access(access)
        if pair is None or pair.refresh != refresh or self._now() >= pair.renewable_until:
            return None
        if pair.revoked:
            for other in self._access:
                other.revoked = other.revoked or other.chain == pair.chain
            return None
        pair.revoked = True
        expires = self._now() + ACCESS_TOKEN_LIFE
        return self._add_access(
            AccessToken(pair.user, secrets.token_hex(32), secrets.token_hex(32), expires, pair.chain)
        )

    def _add_access(self, pair: AccessToken) -> AccessToken:
        self._access.append(pair)
        return pair

    def _find_access(self, access: str) -> AccessToken | None:
        return next((pair for pair in self._access if secrets.compare_digest(pair.access, access)), None)
