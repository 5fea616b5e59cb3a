# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Login, logout and tokens (contract 4)."""

from __future__ import annotations

import typing as t

import flask

from simulators.commvault import views, wire
from simulators.commvault.accounts import LoginDenied
from simulators.commvault.outcomes import ACCESS_DENIED, ApiError
from simulators.commvault.wire import Document, Malformed

if t.TYPE_CHECKING:
    from simulators.commvault.simulator import CommvaultSimulator

#: operations that need no token
OPEN_PATHS = frozenset(("", "/login", "/renewlogintoken", "/v4/accesstoken/renew"))
_BAD_REFRESH_TOKEN: Document = {"errorCode": 7, "errorMessage": "Refresh token is invalid"}


def blueprint(sim: CommvaultSimulator) -> flask.Blueprint:
    """All of them, below the API's root."""
    api = flask.Blueprint("session", __name__)

    @api.get("/")
    def root() -> flask.Response:
        return sim.text("Commvault Web Server")

    @api.post("/login")
    def login() -> flask.Response:
        body = sim.xml_body("DM2ContentIndexing_CheckCredentialReq") if sim.sends_xml() else sim.json_body()
        status = int(sim.knobs["login_status"])
        if status != 200:
            raise ApiError(status, body={**ACCESS_DENIED, "errorMessage": "Access denied. Login is not possible."})
        try:
            session = sim.accounts.login(
                str(body.get("username", "")),
                str(body.get("password", "")),
                str(body.get("deviceId", "")),
                _minutes(body.get("timeout")),
            )
        except LoginDenied as denied:
            return sim.answer(views.login_denied(denied), wire.LOGIN_ROOT)
        return sim.answer(views.login(session, sim.knobs["login_flags"], sim.knobs["token_place"]), wire.LOGIN_ROOT)

    @api.post("/renewlogintoken")
    def renew() -> flask.Response:
        body = sim.json_body()
        session = sim.accounts.renew(str(body.get("sessionId", "")), str(body.get("deviceId", "")))
        if session is None:
            return sim.answer({"error": {"errLogMessage": "The session cannot be renewed.", "errorCode": 5}})
        return sim.answer({"token": session.token})

    @api.post("/logout")
    def logout() -> flask.Response:
        sim.accounts.logout(sim.credentials())
        return sim.text("User logged out")

    @api.post("/whoami")
    def who_am_i() -> flask.Response:
        return sim.answer({"user": {"userName": sim.user.name, "userId": sim.user.user_id}}, wire.WHO_ROOT)

    @api.post("/v4/accesstoken/renew")
    def renew_access_token() -> flask.Response:
        body = sim.json_body()
        pair = sim.accounts.renew_access(str(body.get("accessToken", "")), str(body.get("refreshToken", "")))
        if pair is None:
            return sim.answer(_BAD_REFRESH_TOKEN)
        return sim.answer(
            {
                "accessToken": pair.access,
                "refreshToken": pair.refresh,
                "tokenExpiryTimestamp": int(pair.expires),
                "renewableUntilTimestamp": int(pair.renewable_until),
            }
        )

    return api


def _minutes(given: t.Any) -> int | None:
    """The session's time-out; None when the body does not set one."""
    if given is None:
        return None
    if isinstance(given, bool) or not str(given).isdecimal() or not int(given):
        raise Malformed("timeout is not a number of minutes")
    return int(given)
