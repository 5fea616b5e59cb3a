# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API gateway in front of DRS: who calls, may they, and not too often (contract 4.3, 9)."""

from __future__ import annotations

import collections
import datetime
import time
import typing as t
import urllib.parse

import flask

from simulators.drs import signing
from simulators.drs.errors import Refusal
from simulators.drs.identity import AK_FAILURES, AK_LOCK, Directory, User
from simulators.drs.rules import Knobs

MAX_BODY = 12 * 1024 * 1024
MAX_SKEW = 15 * 60
NOT_AUTHENTIC, NO_SUCH_API, TOO_LARGE, TOO_OFTEN = "APIGW.0301", "APIGW.0101", "APIGW.0201", "APIGW.0308"


class Caller(t.NamedTuple):
    """Who calls, and in which project: None when a signature does not say."""

    user: User
    project: str | None


class Gateway:
    """The checks that a request passes before the service sees it."""

    def __init__(self, directory: Directory, knobs: Knobs, now: t.Callable[[], float]) -> None:
        self.directory = directory
        self.knobs = knobs
        self.now = now
        self._calls: dict[str, collections.deque[float]] = collections.defaultdict(collections.deque)

    def admit(self, request: flask.Request, project: str, permission: str) -> User:
        """The caller of a DRS API, who may do this in this project.

        :raises Refusal: otherwise.
        """
        if len(request.get_data()) > MAX_BODY:
            raise Refusal(TOO_LARGE)
        caller = self.identify(request)
        self._throttle(request)
        if caller.project not in (None, project) or project not in self.directory.projects:
            raise Refusal("DRS.M00261")
        if permission not in caller.user.permissions:
            raise Refusal(self.knobs["no_permission"])
        return caller.user

    def identify(self, request: flask.Request) -> Caller:
        """The caller by signature or token."""
        if "Authorization" in request.headers:
            return self._by_signature(request)
        value = request.headers.get("X-Auth-Token", "")
        if not value:
            raise Refusal(NOT_AUTHENTIC, "x-auth-token not found")
        token = self.directory.token(value)
        if token is None:
            if self.knobs["token_refusal"] == "403":
                raise Refusal("DRS.M00100")
            raise Refusal(NOT_AUTHENTIC, "decrypt token fail")
        return Caller(token.user, token.project)

    def _by_signature(self, request: flask.Request) -> Caller:
        credential = signing.parse(request.headers["Authorization"])
        if credential is None:
            raise Refusal(NOT_AUTHENTIC, "authorization format error")
        user = self.directory.key_owner(credential.access_key)
        if user is None:
            raise Refusal(NOT_AUTHENTIC, f"Get secretKey failed,ak:{credential.access_key},err:ak not exist")
        if self.now() < user.key_locked_until:
            raise Refusal(NOT_AUTHENTIC, "AK access failed to reach the limit,forbidden.")
        self._check_date(request.headers.get("X-Sdk-Date", ""))
        headers = {name.lower(): value for name, value in request.headers.items()}
        target = urllib.parse.urlsplit(request.environ["REQUEST_URI"])
        authentic = signing.verify(
            credential, user.secret_key, request.method, target.path, target.query, headers, request.get_data()
        )
        if not authentic or headers.get("x-security-token", "") != user.security_token:
            user.key_failures += 1
            if user.key_failures >= AK_FAILURES:
                user.key_failures, user.key_locked_until = 0, self.now() + AK_LOCK
            raise Refusal(NOT_AUTHENTIC, "verify aksk signature fail")
        user.key_failures = 0
        return Caller(user, headers.get("x-project-id"))

    def _check_date(self, date: str) -> None:
        """Compare with the machine's clock, which is also the client's: tests skip time on the product's clock only."""
        try:
            signed = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
        except ValueError:
            raise Refusal(NOT_AUTHENTIC, "x-sdk-date format error") from None
        if abs(signed.timestamp() - time.time() - self.knobs["clock_skew"]) > MAX_SKEW:
            raise Refusal(NOT_AUTHENTIC, "signature expired")

    def _throttle(self, request: flask.Request) -> None:
        limit, period = int(self.knobs["rate_limit"]), float(self.knobs["rate_period"])
        if not limit:
            return
        calls = self._calls[f"{request.method} {request.url_rule}"]
        while calls and calls[0] <= self.now() - period:
            calls.popleft()
        if len(calls) >= limit:
            if self.knobs["throttle"] == "service":
                raise Refusal("DRS.M01503")
            raise Refusal(TOO_OFTEN, f"{limit},time:{period:g} seconds")
        calls.append(self.now())
