# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Web Console: its REST API over a simulated scheduler service."""

from __future__ import annotations

import typing as t
import urllib.parse

import flask

from simulators.ajs import api, outside, users, wire
from simulators.ajs.actions import Actions
from simulators.ajs.agents import Agent
from simulators.ajs.errors import Refused
from simulators.ajs.flow import Flow
from simulators.ajs.seeding import Seeder
from simulators.ajs.state import MANAGER, SERVICE, World, truth
from simulators.core.simulator import Json, Simulator

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
NO_CACHE = {
    "Cache-Control": "no-store, no-cache, max-age=0",
    "Expires": "Thu, 01 Jan 1970 00:00:00 GMT",
    "Pragma": "no-cache",
}
ERROR_PAGE = "<html><head><title>Error</title></head><body><h1>{} {}</h1></body></html>"


class AjsSimulator(Simulator):
    """JP1/AJS3 - Web Console with one manager and one scheduler service.

    A job is one generation of a unit; its id is "/Group/Net/Job:@A100". A root jobnet without units stands for the
    one job that it would have. Events besides the neutral ones: `interrupt` and `kill` (an operator at JP1/AJS3 -
    View), `status` (detail `raw`: show this status from now on), `register` (a new waiting generation of the root
    jobnet, starting in `start_in` seconds). `finish` takes `return_code`; `vanish` drops the generation, and with
    `unit: true` the unit as well. `/_sim/agents` and `/_sim/users` read (GET) and add (POST) execution agents and
    JP1 users.
    """

    system = "ajs"
    base_path = ""
    manager: t.ClassVar[str] = MANAGER
    service_name: t.ClassVar[str] = SERVICE
    own_options: t.ClassVar[dict[str, str]] = {"ajs_manager": MANAGER, "ajs_service_name": SERVICE}
    default_knobs: t.ClassVar[Json] = {
        "version": "12-50",  # of the Web Console: 11-00, 11-10, 11-50, 12-50, 13-00
        "protocol_version": 0,  # of the manager; 0: as the Web Console
        "action_lag": 0.2,  # seconds between the acceptance of an action and its effect
        "list_limit": 1000,
        "list_order": "definition",  # or name, reversed
        "list_includes_location": False,
        "period_generations": "all",  # or one
        "missing_location_status": 404,  # or 200: an empty list
        "hold_words": ["SET", "RELEASE"],
        "hold_shows_as": "waiting",  # or HOLDING, at once
        "repeated_hold": "accepted",  # or refused; so are the next six
        "hold_unplanned": "refused",  # NOPLAN, CONDITIONWAIT
        "hold_queued": "refused",  # EXECWAIT, QUEUING
        "kill_queuing": "accepted",
        "kill_connector": "refused",
        "undocumented_cells": "refused",
        "cancel_registration_of_running": "refused",
        "unit_type_status": 409,  # a verb that the class of unit does not have
        "argument_mismatch_status": 400,  # an argument that the class of unit does not take
        "wrong_manager_status": 404,  # or 400, 412
        "bad_uri_status": 404,
        "bad_method_status": 404,
        "bad_header_status": 400,
        "bad_exec_id_in_query_status": 400,
        "unknown_parameters": "refused",  # or ignored
        "accept_anything": False,  # whether Accept: */* will do
        "other_languages": "accepted",  # or refused: Accept-Language outside of ja, en, zh
        "message_ids": {},  # reason -> message ID
        "web_console": "up",  # or down (412), broken (500)
        "failure_body": "json",  # or html: of 412 and 500
        "session_limit": 32,
        "sessions_in_use": 0,  # by other clients of the manager
        "session_limit_status": 412,  # or 500
        "api_enabled": True,
        "allowed_managers": None,  # None: all
        "restriction_status": 403,  # or 404
        "refuse_encoded_slash": False,  # a front server answers a bare 404
        "redirect_to": "",  # an origin: answer everything with 302 to there
        "zone": "+09:00",  # the manager's
        "zone_shift_hours": 0,  # a misconfigured Web Console shows times shifted by this
        "root_manager_net": "MANNET",  # the constant that a root manager-jobnet shows
        "agent_messages": "failed",  # or ok, always, never: results that carry messageID and message
        "unknown_agent": "empty_output",  # or empty_result
    }

    # --- state -----------------------------------------------------------------------------------------------

    def begin(self) -> None:
        self.world = World()
        self.flow = Flow(self.world, self.clock.now, self.after)
        self.actions = Actions(self.flow, self.knobs)
        self.users = users.builtin(self.username, self.password)
        self._seeder = Seeder(self.world, self.flow)

    def seed(self, job: Json) -> str:
        """Add a unit with one generation. Keys: those of `seeding.KEYS`; `name` is the unit's full name."""
        return self._seeder.seed(job)

    def snapshot(self) -> list[Json]:
        return [truth(run) for run in self.world.runs()]

    def event(self, job_id: str, event: str, **details: t.Any) -> None:
        outside.happen(self.world, self.flow, job_id, event, details)

    def expire(self) -> None:
        """Nothing: every request carries its own credentials."""

    def is_write(self, method: str, path: str, body: bytes) -> bool:
        return method == "POST" and path.startswith("/ajs/api/")

    # --- the wire --------------------------------------------------------------------------------------------

    def routes(self, app: flask.Flask) -> None:
        app.url_map.merge_slashes = False  # a decoded unit name begins with a slash

        @app.route("/<path:anything>", methods=METHODS)
        def product(anything: str) -> flask.Response:
            return self._answer_request()

        @app.get("/_sim/agents")
        def agents() -> Json:
            return {"agents": [vars(agent) for agent in self.world.agents.all()]}

        @app.post("/_sim/agents")
        def add_agents() -> Json:
            return {"ids": [self.world.agents.add(Agent(**spec)).name for spec in flask.request.get_json()["agents"]]}

        @app.get("/_sim/users")
        def known_users() -> Json:
            return {"users": [vars(user) for user in self.users.values()]}

        @app.post("/_sim/users")
        def add_users() -> Json:
            new = [users.User(**spec) for spec in flask.request.get_json()["users"]]
            self.users.update({user.username: user for user in new})
            return {"ids": [user.username for user in new]}

    def _answer_request(self) -> flask.Response:
        request = flask.request
        target = str(request.environ.get("REQUEST_URI") or request.full_path)
        path = target.partition("?")[0]
        if not path.startswith("/ajs/") or (self.knobs["refuse_encoded_slash"] and "%2f" in path.lower()):
            return _page(404, "Not Found")
        if self.knobs["redirect_to"]:
            return flask.Response(status=302, headers={"Location": self.knobs["redirect_to"] + target})
        try:
            answer = api.Api(self).handle(request, target)
        except Refused as refused:
            return self._refusal(refused, target)
        if answer is None:
            empty = flask.Response(b"")
            del empty.headers["Content-Type"]
            return empty
        return flask.Response(wire.dump(answer), mimetype="application/json", headers=NO_CACHE)

    def _refusal(self, refused: Refused, target: str) -> flask.Response:
        if refused.status in (412, 500) and self.knobs["failure_body"] == "html":
            return _page(refused.status, "Error")
        uri = urllib.parse.urljoin(flask.request.host_url, target)
        language = flask.request.headers.get("Accept-Language", "en")
        message_id = self.knobs["message_ids"].get(refused.reason, refused.message_id)
        body = wire.error(uri, refused, message_id, language)
        return flask.Response(wire.dump(body), refused.status, mimetype="application/json", headers=NO_CACHE)


def _page(status: int, reason: str) -> flask.Response:
    return flask.Response(ERROR_PAGE.format(status, reason), status, mimetype="text/html")


def create() -> AjsSimulator:
    return AjsSimulator()
