# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of IAM that a client of DRS uses (contract 4.1)."""

from __future__ import annotations

import typing as t

import flask

from simulators.drs import decode
from simulators.drs.errors import IamRefusal, Json, Refusal
from simulators.drs.gateway import Gateway
from simulators.drs.identity import Directory, Token, User
from simulators.drs.rules import Knobs

INVALID_BODY = "The request body is invalid"


class Iam:
    """Login and the search for projects. A method takes the request and gives status, body and headers."""

    def __init__(self, directory: Directory, gateway: Gateway, knobs: Knobs) -> None:
        self.directory = directory
        self.gateway = gateway
        self.knobs = knobs

    def log_in(self, request: flask.Request) -> tuple[int, Json, dict[str, str]]:
        """`POST /v3/auth/tokens`: the token is in the header X-Subject-Token. A signature is checked if given."""
        if "Authorization" in request.headers:
            self.gateway.identify(request)
        try:
            auth = decode.document(request.get_data(), request.headers.get("Content-Type", ""))["auth"]
            account, earlier = self._identity(auth["identity"])
            project, whole_domain = self._scope(auth.get("scope"))
        except (Refusal, KeyError, TypeError, AttributeError):
            raise IamRefusal(400, INVALID_BODY) from None
        token = self.directory.issue(account, project, whole_domain, earlier)
        origin = "" if "nocatalog" in request.args else request.host_url.rstrip("/")
        return 201, self.directory.token_body(token, origin), {"X-Subject-Token": token.value}

    def _identity(self, identity: t.Any) -> tuple[User, Token | None]:
        """Who logs in: by name and password, or by an earlier token, to get one for another scope."""
        if identity["methods"] == ["token"]:
            earlier = self.directory.token(str(identity["token"]["id"]))
            if earlier is None:
                raise IamRefusal(401, "The token must be updated.")
            return earlier.user, earlier
        user = identity["password"]["user"]
        name, password, domain = user["name"], user["password"], user["domain"]
        home = domain.get("name") or domain["id"]
        if identity["methods"] != ["password"] or not all(isinstance(x, str) for x in (name, password, home)):
            raise IamRefusal(400, INVALID_BODY)
        return self.directory.log_in(name, password, home, int(self.knobs["login_lock_after"])), None

    def versions(self, request: flask.Request) -> tuple[int, Json, dict[str, str]]:
        """`GET /`: the versions of the interface, for clients that look before they log in."""
        return 300, {"versions": {"values": [_version(request)]}}, {}

    def version(self, request: flask.Request) -> tuple[int, Json, dict[str, str]]:
        """`GET /v3`."""
        return 200, {"version": _version(request)}, {}

    def _scope(self, scope: t.Any) -> tuple[str, bool]:
        """The id of the project, or True for the domain; neither when no scope is asked for."""
        if scope is None:
            return "", False
        if not isinstance(scope, dict) or not isinstance(scope.get("project", scope.get("domain")), dict):
            raise IamRefusal(400, INVALID_BODY)
        if "project" not in scope:
            return "", True
        wanted = scope["project"]
        project = self.directory.project_id(str(wanted.get("id", "")), str(wanted.get("name", "")))
        if not project:
            raise IamRefusal(401, "The project does not exist or you do not have the permission.")
        return project, False

    def check_token(self, request: flask.Request) -> tuple[int, Json, dict[str, str]]:
        """`GET /v3/auth/tokens`: whether the token in X-Subject-Token is valid."""
        self._own_token(request)
        subject = self.directory.token(request.headers.get("X-Subject-Token", ""))
        if subject is None:
            raise IamRefusal(404, "X-Subject-Token is invalid in the request")
        return 200, self.directory.token_body(subject), {"X-Subject-Token": subject.value}

    def projects(self, request: flask.Request) -> tuple[int, Json, dict[str, str]]:
        """`GET /v3/projects` and `/v3/auth/projects`, the first with a filter and pages."""
        if "Authorization" in request.headers:
            self.gateway.identify(request)
        else:
            self._own_token(request)
        name = request.args.get("name", "")
        found = [
            self.directory.project_body(p) for p, called in self.directory.projects.items() if name in ("", called)
        ]
        page, size = request.args.get("page", "1"), request.args.get("per_page", "5000")
        if not (page.isdigit() and size.isdigit() and int(page) > 0 and 0 < int(size) <= 5000):
            raise IamRefusal(400, "The page or per_page is invalid")
        shown = found[(int(page) - 1) * int(size) : int(page) * int(size)]
        return 200, {"projects": shown, "links": {"self": request.base_url, "next": None, "previous": None}}, {}

    def _own_token(self, request: flask.Request) -> Token:
        token = self.directory.token(request.headers.get("X-Auth-Token", ""))
        if token is None:
            raise IamRefusal(401, "The token must be updated.")
        return token


def _version(request: flask.Request) -> Json:
    return {
        "id": "v3.6",
        "status": "stable",
        "updated": "2016-04-04T00:00:00Z",
        "links": [{"rel": "self", "href": f"{request.host_url}v3/"}],
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
    }
