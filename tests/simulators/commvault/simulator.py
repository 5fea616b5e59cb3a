# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Commvault Web Server as a simulator: its routes, its gate and its control."""

from __future__ import annotations

import re
import typing as t

import flask
from werkzeug.exceptions import HTTPException

from simulators.commvault import (
    activity_routes,
    batch_routes,
    catalog,
    job_routes,
    knobs,
    listing,
    outcomes,
    report_routes,
    roots,
    seeding,
    session_routes,
    wire,
)
from simulators.commvault.accounts import Accounts, User
from simulators.commvault.job_cache import JobCache
from simulators.commvault.outcomes import ApiError
from simulators.commvault.state import CommCell, Job, Refused
from simulators.commvault.wire import Document, Malformed
from simulators.core import faults
from simulators.core.simulator import BadSeed, Json, Simulator

_SERVER_HEADERS = {"X-Powered-By": "ASP.NET"}
_WRITES = re.compile(
    r"post/job/\d+/action/\w+|post/jobs/multijoboperation|post/(execute)?qcommand(/.*)?"
    r"|post/commcell/activitycontrol/.*|put/commcell/properties|put/v4/(commcell|server)/.*"
    r"|post/client(group)?/\d+"
)
_DENIED = "User does not have Job Management permission on the entity."


class CommvaultSimulator(Simulator):
    """A Commvault Web Server.

    Users: the operator (all rights) and the viewer (`VIEWER`, same password: sees the jobs of the clients in the knob
    `viewer_clients`, controls none). `ACCESS_TOKEN` is an access token of the operator, used with the prefix `Bearer `.

    Events besides the common ones (`finish` takes `result`: success, warning, failed): `interrupt` (pre-empted:
    Interrupt Pending), `interrupted`, `block` (Pending, with `reason`), `commit` (Committed) and `status` (any status
    word: `raw`).
    """

    system = "commvault"
    base_path = f"{roots.COMMAND_CENTER}/"
    default_knobs = knobs.DEFAULTS

    VIEWER: t.ClassVar[str] = "viewer"
    ACCESS_TOKEN: t.ClassVar[str] = "4cce55" * 10
    REFRESH_TOKEN: t.ClassVar[str] = "4ef4e5" * 10

    def begin(self) -> None:
        self.commcell = CommCell(self.clock.now, self.after, self.knobs)
        users = [User(1, self.username, self.password), User(2, self.VIEWER, self.password, privileged=False)]
        self.accounts = Accounts(users, self.clock.now, self.knobs, self.node)
        self.accounts.grant(self.username, self.ACCESS_TOKEN, self.REFRESH_TOKEN)
        self.finder = listing.Finder()
        self.job_cache = JobCache()
        self._calls: list[float] = []

    def routes(self, app: flask.Flask) -> None:
        app.wsgi_app = roots.OneRoot(app.wsgi_app)  # type: ignore[method-assign]
        app.before_request(self._gate)
        app.after_request(self._server_headers)
        app.register_error_handler(ApiError, self._api_error)
        app.register_error_handler(HTTPException, self._http_error)
        app.register_error_handler(Refused, self._refusal)
        app.register_error_handler(Malformed, self._malformed)
        for routes in (session_routes, job_routes, batch_routes, activity_routes, report_routes):
            app.register_blueprint(routes.blueprint(self), url_prefix=roots.COMMAND_CENTER)

    def is_write(self, method: str, path: str, body: bytes) -> bool:
        _root, operation = roots.split(path)
        return _WRITES.fullmatch(method.lower() + operation.rstrip("/")) is not None

    # --- control ---------------------------------------------------------------------------------------------

    def seed(self, job: Json) -> str:
        """Put a job in; its keys are `seeding.KEYS`. `name` becomes the subclient, `owner` the client."""
        seeded = seeding.job_from(job, self.commcell)
        self.commcell.add(seeded)
        return str(seeded.job_id)

    def snapshot(self) -> list[Json]:
        return [self._truth(job) for job in self.commcell.jobs.values()]

    @staticmethod
    def _truth(job: Job) -> Json:
        return {
            "id": str(job.job_id),
            "name": job.name,
            "state": job.status,
            "held": job.status in catalog.HELD,
            "running": job.status in catalog.WORKING,
            "applied": dict(job.applied),
            "selectable": job.visible and not job.kind.admin,
            "type": job.kind.name,
            "owner": job.client.name if job.client else "",
            "reason": job.reason,
            "resubmit_of": str(job.resubmit_of or ""),
        }

    def event(self, job_id: str, event: str, **details: t.Any) -> None:
        job = self.commcell.jobs.get(int(job_id)) if job_id.isdecimal() else None
        if job is None:
            raise BadSeed(f"commvault has no job {job_id!r}")
        if event == "vanish":
            self.commcell.vanish(job)
        else:
            self.commcell.put(job, seeding.status_after(event, details), details.get("reason", ""))

    def expire(self) -> None:
        self.accounts.expire()

    def sessions(self) -> int:
        return self.accounts.live()

    # --- the gate --------------------------------------------------------------------------------------------

    def _gate(self) -> flask.Response | None:
        """What every call must pass before its operation; an answer means it did not."""
        request = flask.request
        root, operation = roots.split(request.path)
        if not root:
            return None
        if self.knobs["maintenance"]:
            return self._response(faults.MAINTENANCE_PAGE, wire.HTML_TYPE)
        if self.knobs["web_console"] == "redirect" and request.environ[roots.CALLED_ROOT] == roots.WEB_CONSOLE:
            query = f"?{request.query_string.decode()}" if request.query_string else ""
            return self._response("", wire.HTML_TYPE, 302, {"Location": roots.COMMAND_CENTER + operation + query})
        self._meter()
        if request.method in ("POST", "PUT") and not _has_length(request):
            raise ApiError(411, "Length Required")
        if operation.rstrip("/") not in session_routes.OPEN_PATHS:
            caller = self.accounts.caller(self.credentials())
            if caller is None:
                return self._access_denied(401)
            flask.g.user = caller
        return None

    def _meter(self) -> None:
        limit, now = int(self.knobs["rate_limit"]), self.clock.now()
        if not limit:
            return
        self._calls = [call for call in self._calls if call > now - float(self.knobs["rate_window"])]
        if len(self._calls) >= limit:
            raise ApiError(429, "Too many requests")
        self._calls.append(now)

    def credentials(self) -> str:
        """The token of the call with its prefix, from any header that carries one (contract 4.2)."""
        headers = flask.request.headers
        own = headers.get("Authtoken") or headers.get("Cookie2")
        bearer = headers.get("Authorization", "")
        return own or (bearer if bearer.startswith("Bearer ") else "")

    @property
    def user(self) -> User:
        """Who makes the call."""
        return t.cast(User, flask.g.user)

    # --- jobs, as the caller may see them --------------------------------------------------------------------

    def visible_jobs(self) -> t.Iterable[Job]:
        """Fewer jobs, silently, for a user with fewer rights (contract 9.12)."""
        if self.user.privileged:
            return self.commcell.jobs.values()
        return [job for job in self.commcell.jobs.values() if self._may_see(job)]

    def find(self, query: listing.Query) -> list[Job]:
        """All jobs that the caller asks for and may see."""
        state = (self.commcell.version, self.user.name, str(self.knobs["viewer_clients"]))
        return self.finder.find(query, self.visible_jobs(), self.clock.now(), state)

    def visible_job(self, job_id: int) -> Job | None:
        job = self.commcell.find(job_id)
        return job if job is not None and self._may_see(job) else None

    def job_to_act_on(self, job_id: int) -> Job:
        """The job that an action is about.

        :raises Refused: there is none, or it is not the caller's to control.
        :raises ApiError: the same, as the knobs may have it.
        """
        if self.knobs["action_failure"]:
            status, body = self.knobs["action_failure"]
            raise ApiError(status, body=body)
        job = self.visible_job(job_id)
        if job is None:
            if self.knobs["unknown_job_action"] == "404":
                raise ApiError(404, "Job not found")
            raise Refused(f"Job [{job_id}] does not exist.", self.knobs["refusal_code"])
        self.require_control()
        return job

    def require_control(self) -> None:
        """Let nobody pass who may only look.

        :raises Refused: the caller has no right to control jobs.
        :raises ApiError: the same, as the knobs may have it.
        """
        if self.user.privileged:
            return
        if self.knobs["denied_action"] == "refusal":
            raise Refused(_DENIED, 5)
        raise ApiError(int(self.knobs["denied_action"]), body=outcomes.ACCESS_DENIED)

    def _may_see(self, job: Job) -> bool:
        clients = self.knobs["viewer_clients"]
        return self.user.privileged or clients is None or (job.client is not None and job.client.name in clients)

    # --- requests --------------------------------------------------------------------------------------------

    def query(self, known: frozenset[str] | None = None) -> dict[str, str]:
        """The query parameters by lower-case name; with `known`, no others are accepted."""
        given = {name.lower(): value for name, value in flask.request.args.items()}
        unknown = sorted(set(given) - known) if known is not None and self.knobs["strict_names"] else []
        if unknown:
            raise Malformed(f"unknown query parameter: {unknown[0]}")
        return given

    @staticmethod
    def headers() -> dict[str, str]:
        """The request's headers by lower-case name."""
        return {name.lower(): value for name, value in flask.request.headers}

    @staticmethod
    def sends_xml() -> bool:
        return flask.request.mimetype in (wire.XML, "text/xml")

    @staticmethod
    def json_body() -> Document:
        if flask.request.mimetype != wire.JSON:
            raise ApiError(415, "Unsupported media type")
        return wire.decode_json(flask.request.get_data())

    @staticmethod
    def xml_body(root: str) -> Document:
        tag, content = wire.decode_xml(flask.request.get_data())
        if tag != root:
            raise Malformed(f"the root element is not {root}")
        return content

    # --- answers ---------------------------------------------------------------------------------------------

    def answer(self, document: Document, root: str = wire.GENERIC_ROOT, status: int = 200) -> flask.Response:
        """The document in the format that the call accepts."""
        if self._wants_json():
            body = wire.encode_json(document, bool(self.knobs["numbers_as_strings"]))
            return self._response(body, wire.JSON_TYPE, status)
        return self._response(wire.encode_xml(document, root), wire.XML_TYPE, status)

    def accepted(self) -> flask.Response:
        """An action was taken."""
        shape = self.knobs["success_shape"]
        if shape == "nothing":
            return self._response("", wire.JSON_TYPE)
        return self.answer(outcomes.SUCCESS_SHAPES[shape], wire.ACTION_ROOT)

    def text(self, body: str) -> flask.Response:
        return self._response(body, wire.TEXT_TYPE)

    def _wants_json(self) -> bool:
        accepted = flask.request.accept_mimetypes
        named = [kind for kind, _quality in accepted if kind in (wire.JSON, wire.XML, "text/xml")]
        if not named:
            return bool(self.knobs["format_without_accept"] == "json")
        return named[0] == wire.JSON

    def _refusal(self, refused: Refused) -> flask.Response:
        shape = outcomes.REFUSAL_SHAPES[self.knobs["refusal_shape"]]
        return self.answer(shape(refused.code, refused.text), wire.ACTION_ROOT)

    def _access_denied(self, status: int) -> flask.Response:
        if not self._wants_json() and self.knobs["xml_401"] == "empty":
            return self._response("", wire.XML_TYPE, status)
        return self.answer(outcomes.ACCESS_DENIED, status=status)

    def _api_error(self, error: ApiError) -> flask.Response:
        return self.answer(error.body, status=error.status)

    def _malformed(self, error: Malformed) -> flask.Response:
        return self.answer(outcomes.http_error(400, str(error)), status=400)

    def _http_error(self, error: HTTPException) -> flask.Response:
        status = error.code or 500
        return self.answer(outcomes.http_error(status, error.name), status=status)

    @staticmethod
    def _response(
        body: str, content_type: str, status: int = 200, headers: t.Mapping[str, str] | None = None
    ) -> flask.Response:
        return flask.Response(body, status, headers, content_type=content_type)

    @staticmethod
    def _server_headers(response: flask.Response) -> flask.Response:
        response.headers.update(_SERVER_HEADERS)
        return response


def _has_length(request: flask.Request) -> bool:
    """Whether the call says how long its body is: IIS insists on it (contract 8.1)."""
    return "CONTENT_LENGTH" in request.environ or request.headers.get("Transfer-Encoding", "") == "chunked"


def create() -> Simulator:
    """A new simulator."""
    return CommvaultSimulator()
