# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Huawei Cloud DRS and IAM on one origin."""

from __future__ import annotations

import itertools
import re
import typing as t

import flask
from werkzeug.exceptions import MethodNotAllowed, NotFound

from simulators.core.simulator import BadSeed, Json, Simulator
from simulators.drs import api_v3, api_v5, states
from simulators.drs.call import Api, Call, Reply
from simulators.drs.errors import MESSAGES, IamRefusal, Refusal, iam_body, text
from simulators.drs.events import happen
from simulators.drs.gateway import NO_SUCH_API, Gateway
from simulators.drs.iam import Iam
from simulators.drs.identity import FULL_ACCESS, READ_ONLY, Directory, User, hexadecimal
from simulators.drs.knobs import DEFAULT_KNOBS
from simulators.drs.seeding import plant
from simulators.drs.state import World

if t.TYPE_CHECKING:
    from flask.json.provider import DefaultJSONProvider

VERSIONS: dict[str, tuple[Api, ...]] = {"v3": api_v3.APIS, "v5": api_v5.APIS}


class DrsSimulator(Simulator):
    """DRS (`/v3/{project_id}/jobs...`, `/v5/...`) and IAM (`/v3/auth/tokens`, `/v3/projects`).

    Seeds: see `seeding.KEYS`; `raw` seeds any status, `children` a family (a number, or a list of seeds).

    Events: see `events.happen`.
    """

    system = "drs"
    base_path = ""
    default_knobs: t.ClassVar[Json] = DEFAULT_KNOBS

    domain: t.ClassVar[str] = "batchops"
    region: t.ClassVar[str] = "cn-north-4"
    own_options: t.ClassVar[dict[str, str]] = {
        "drs_domain": domain,
        "drs_region": region,
        "drs_iam_url": "{origin}",
    }
    project_id: t.ClassVar[str] = hexadecimal("project cn-north-4")
    #: a sub-project of the region, without any task
    other_project_id: t.ClassVar[str] = hexadecimal("project cn-north-4_archive")
    access_key: t.ClassVar[str] = "OPERATOR000000000001"
    secret_key: t.ClassVar[str] = "simulated+Secret/Key0000000000000000001"
    #: a temporary key of the same user
    temporary_access_key: t.ClassVar[str] = "TEMPORARY00000000001"
    temporary_secret_key: t.ClassVar[str] = "simulated+Secret/Key0000000000000000002"
    security_token: t.ClassVar[str] = "simulated-security-token"
    #: users with fewer rights and the same password: only reads; everything but delete (all of batch-jobs)
    reader: t.ClassVar[str] = "reader"
    keeper: t.ClassVar[str] = "keeper"

    def begin(self) -> None:
        projects = {self.project_id: self.region, self.other_project_id: f"{self.region}_archive"}
        self.worlds = {project: World(self.clock.now, self.after, self.knobs) for project in projects}
        self.world = self.worlds[self.project_id]
        self.directory = Directory(self.domain, projects, self._users(), self.clock.now)
        self.gateway = Gateway(self.directory, self.knobs, self.clock.now)
        self.iam = Iam(self.directory, self.gateway, self.knobs)
        self._request_ids = itertools.count(1)

    def _users(self) -> list[User]:
        keys = (self.access_key, self.secret_key)
        temporary = (self.temporary_access_key, self.temporary_secret_key, self.security_token)
        return [
            User(self.username, self.password, "te_admin", FULL_ACCESS, *keys),
            User(self.username, "", "te_admin", FULL_ACCESS, *temporary),  # no password: only by its key
            User(self.reader, self.password, "drs_readonly", READ_ONLY),
            User(self.keeper, self.password, "drs_no_delete", FULL_ACCESS - {"delete"}),
        ]

    # --- routes ----------------------------------------------------------------------------------------------

    def routes(self, app: flask.Flask) -> None:
        app.register_error_handler(Refusal, self._refuse)
        app.register_error_handler(IamRefusal, lambda refusal: (iam_body(refusal), refusal.http))
        for error in (NotFound, MethodNotAllowed):
            app.register_error_handler(error, lambda _error: self._refuse(Refusal(NO_SUCH_API)))
        app.url_map.merge_slashes = False
        t.cast("DefaultJSONProvider", app.json).sort_keys = False
        app.after_request(self._identify_answer)
        for method, path, name in (
            ("GET", "/", "versions"),
            ("GET", "/v3", "version"),
            ("POST", "/v3/auth/tokens", "log_in"),
            ("GET", "/v3/auth/tokens", "check_token"),
            ("GET", "/v3/projects", "projects"),
            ("GET", "/v3/auth/projects", "projects"),
        ):
            self._add(app, method, path, self._iam_view(name))
        for version, apis in VERSIONS.items():
            for api, prefix in itertools.product(apis, ("", "/drs")):  # contract 3: some examples have a prefix
                self._add(app, api.method, f"{prefix}/{version}/<project>{api.path}", self._view(version, api))

    @staticmethod
    def _add(app: flask.Flask, method: str, path: str, view: t.Callable[..., t.Any]) -> None:
        app.add_url_rule(path, f"{method} {path}", view, methods=[method], provide_automatic_options=False)

    def _iam_view(self, name: str) -> t.Callable[[], t.Any]:
        def view() -> t.Any:
            status, body, headers = getattr(self.iam, name)(flask.request)
            return body, status, headers

        return view

    def _view(self, version: str, api: Api) -> t.Callable[..., t.Any]:
        def view(project: str, job_id: str = "") -> t.Any:
            request = flask.request
            if not self.knobs[f"{version}_available"] or request.path.endswith("/"):
                raise Refusal(NO_SUCH_API)
            user = self.gateway.admit(request, project, api.permission)
            self._fail_on_demand(api)
            call = Call(
                world=self.worlds[project],
                knobs=self.knobs,
                user=user.name,
                permissions=user.permissions,
                language=request.headers.get("X-Language", "en-us"),
                query=request.args.to_dict(flat=False),
                body=request.get_data(),
                content_type=request.headers.get("Content-Type", ""),
                job_id=job_id,
            )
            reply: Reply = api.answer(call)
            return reply.body, reply.status

        return view

    def _fail_on_demand(self, api: Api) -> None:
        """The failures of the whole service that a test has asked for."""
        if self.knobs["service_abnormal"] > 0:
            self.knobs["service_abnormal"] -= 1
            raise Refusal("DRS.M00004")
        if self.knobs["error_in_200"] == "on" and api.is_write:
            raise Refusal("DRS.M05066")

    def _refuse(self, refusal: Refusal) -> tuple[Json, int]:
        code = refusal.code
        body: Json = {"error_code": code, "error_msg": text(code, self._language(), refusal.detail)}
        status = int(self.knobs["m00004_http"]) if code == "DRS.M00004" else MESSAGES[code].http
        if code.startswith("APIGW."):
            body["error_code"] = code.replace("APIGW", self.knobs["gateway_prefix"])
            body["request_id"] = flask.g.request_id = self._request_id()
        if code in ("APIGW.0308", "DRS.M01503") and self.knobs["retry_after"]:
            flask.g.retry_after = str(self.knobs["retry_after"])
        return body, status

    @staticmethod
    def _language() -> str:
        return flask.request.headers.get("X-Language", "en-us")

    def _request_id(self) -> str:
        return hexadecimal(f"request {next(self._request_ids)}")

    def _identify_answer(self, response: flask.Response) -> flask.Response:
        if flask.request.path.startswith("/_sim"):
            return response
        response.headers["X-Request-Id"] = flask.g.get("request_id") or self._request_id()
        if "retry_after" in flask.g:
            response.headers["Retry-After"] = flask.g.retry_after
        return response

    def is_write(self, method: str, path: str, body: bytes) -> bool:
        match = re.fullmatch(r"(?:/drs)?/(v\d)/[^/]+(/.*)", path)
        if match is None:
            return False
        return any(
            api.is_write and api.method == method and re.fullmatch(re.sub("<[^>]*>", "[^/]+", api.path), match[2])
            for api in VERSIONS.get(match[1], ())
        )

    # --- control ---------------------------------------------------------------------------------------------

    def seed(self, job: Json) -> str:
        return plant(self.world, job).id

    def snapshot(self) -> list[Json]:
        return [
            {
                "id": job.id,
                "name": job.name,
                "state": job.status,
                "held": job.status == states.PAUSED,
                "running": job.is_working,
                "applied": dict(job.applied),
                "selectable": job.status != states.DELETED,
                "type": job.db_use_type,
                "owner": job.owner,
                "current_action": job.current_action,
                "pause_mode": job.pause_mode,
                "parent_id": job.parent_id,
                "children": [*job.children, *job.subtasks],
            }
            for job in self.world.jobs.values()
        ]

    def event(self, job_id: str, event: str, **details: t.Any) -> None:
        job = self.world.jobs.get(job_id)
        if job is None:
            raise BadSeed(f"drs has no task {job_id!r}")
        happen(self.world, job, event, details)

    def date(self) -> float:
        return super().date() + float(self.knobs["clock_skew"])

    def expire(self) -> None:
        self.directory.expire()


def create() -> Simulator:
    """The simulator of DRS."""
    return DrsSimulator()
