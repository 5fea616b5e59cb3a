# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The front of the server: format negotiation, authentication, roles, and answers with the product's headers."""

from __future__ import annotations

import http
import typing as t

import flask

from simulators.veeam import service
from simulators.veeam.logons import ADMINISTRATOR, Logon, Logons, User
from simulators.veeam.wire import Document, JsonStyle, encode_json, encode_xml

Json = dict[str, t.Any]

TOKEN = "X-RestSvcSessionId"  # name of the header and of the cookie
#: sent with every answer (contract 3); Server is left to the server that serves
_HEADERS = {
    "Cache-Control": "private",
    "X-Frame-Options": "SAMEORIGIN",
    "X-XSS-Protection": "1; mode=block",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}
_MESSAGES = {
    401: "Authorization header is expected but not found, or expired.",
    403: "Access denied.",
    404: "The requested resource was not found.",
    405: "The method is not allowed for this resource.",
    411: "The request must have a Content-Length.",
    500: "Object reference not set to an instance of an object.",
    501: "Not implemented.",
    503: "The service is unavailable.",
}
#: what a Portal User may read (contract 4.5), as beginnings of paths below /api
_FOR_PORTAL_USERS = ("/backupSessions", "/agents/backupSessions", "/tasks", "/query", "/logonSessions")


class ApiError(Exception):
    """A request that is refused with an HTTP status."""

    def __init__(self, status: int, message: str = "") -> None:
        super().__init__(message or _MESSAGES.get(status, ""))
        self.status = status


class Gateway:
    """What happens to every request before and after its own route."""

    def __init__(self, logons: Logons, knobs: Json, now: t.Callable[[], float]) -> None:
        self._logons = logons
        self._knobs = knobs
        self._now = now

    # --- in ----------------------------------------------------------------------------------------------

    def admit(self) -> Logon | None:
        """The logon session of the present request; None for the two resources that need none.

        :raises ApiError: overload, no Content-Length, no session, or not this user's right.
        """
        request = flask.request
        if self._knobs["overload"]:
            raise ApiError(503)
        unsized = request.content_length is None and "Transfer-Encoding" not in request.headers
        if request.method == "POST" and unsized and self._knobs["require_content_length"]:
            raise ApiError(411)
        path = request.path[len("/api") :].rstrip("/")
        if path in ("", "/sessionMngr"):
            return None
        logon = self._logon()
        if logon is None:
            raise ApiError(401)
        if logon.user.role != ADMINISTRATOR and not _for_portal_user(request.method, path):
            raise ApiError(403)
        return logon

    def log_on(self) -> Logon:
        """A new logon session for the Basic credentials of the request."""
        user = self._user()
        if user is None:
            raise ApiError(401)
        self._logons.forget_idle(self._now())
        limit = int(self._knobs["logon_limit"])
        if limit and len(self._logons.open) >= limit:
            raise ApiError(503)
        return self._logons.log_on(user, self._now())

    def _logon(self) -> Logon | None:
        token = flask.request.cookies.get(TOKEN) or flask.request.headers.get(TOKEN)  # the cookie wins (contract 4.2)
        if token is not None:
            return self._logons.find(token, self._now())
        user = self._user() if self._knobs["basic_everywhere"] else None
        return None if user is None else Logon("", user, "", self._now())

    def _user(self) -> User | None:
        given = flask.request.authorization
        if given is None or given.type != "basic":
            return None
        return self._logons.authenticate(given.username or "", given.password or "")

    def body_is_json(self) -> bool:
        """How the request's body is to be read (contract 9, item 12)."""
        declared = flask.request.mimetype
        if declared not in ("application/xml", "text/xml", "application/json"):
            raise ApiError(400, f"The content type {declared or '(none)'} is not supported.")
        if self._knobs["accept_decides_body"]:
            return self._wants_json()
        return declared == "application/json"

    # --- out ---------------------------------------------------------------------------------------------

    def answer(self, document: Document, status: int = 200) -> flask.Response:
        """A body in the format that the request accepts; XML if it does not say."""
        wants_json = self._wants_json()
        data = encode_json(document, self._style(status)) if wants_json else encode_xml(document)
        kind = "json" if wants_json else "xml"
        return flask.Response(data, status, _HEADERS, content_type=f"application/{kind}; charset=utf-8")

    def empty(self, status: int = 204) -> flask.Response:
        """An answer without a body."""
        response = flask.Response(b"", status, _HEADERS)
        response.headers.pop("Content-Type", None)
        return response

    def failure(self, error: ApiError) -> flask.Response:
        message: str | None = str(error)
        if error.status in (401, 403, 404) and self._knobs["error_text"] is not None:
            message = self._knobs["error_text"]
        response = self.answer(service.error(error.status, message or ""), error.status) if message else self.empty()
        response.status = f"{error.status} {_reason(error.status)}"
        if error.status == 401 and flask.request.path.startswith("/api/sessionMngr"):
            response.headers["WWW-Authenticate"] = "Basic Realm=RestSvc"
        return response

    def _wants_json(self) -> bool:
        return "application/json" in flask.request.headers.get("Accept", "").lower()

    def _style(self, status: int) -> JsonStyle:
        camel = self._knobs["json_generation"] == "v13"
        if status >= 400 and self._knobs["v13_error_case"] == "pascal":
            camel = False
        return JsonStyle(camel, bool(self._knobs["bom"]), self._knobs["empty_collection"] == "null")


def _for_portal_user(method: str, path: str) -> bool:
    of_session = path.startswith(("/tasks", "/logonSessions"))
    return path.startswith(_FOR_PORTAL_USERS) and (method == "GET" or of_session)


def _reason(status: int) -> str:
    """The reason phrase as .NET writes it: 400 BadRequest."""
    return http.HTTPStatus(status).phrase.replace(" ", "")
