# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every resource of the API: which request reaches it, what it checks, what it answers (contract 3 to 8)."""

from __future__ import annotations

import itertools
import json
import typing as t

import flask

from simulators.ajs import agent_api, definitions, query, statuses, wire
from simulators.ajs.errors import Refused, bad_argument, conflict, missing
from simulators.ajs.plans import Plans
from simulators.ajs.state import MANAGER, SERVICE
from simulators.ajs.units import Run, Unit
from simulators.ajs.users import User

if t.TYPE_CHECKING:
    from simulators.ajs.actions import Effect
    from simulators.ajs.simulator import AjsSimulator

Json = dict[str, t.Any]
RUN = "{unit:execID}"
UNIT = "{unit}"
ANY = frozenset({"*"})


class Resource(t.NamedTuple):
    """One entry of the API list. `verb` names the handler; `since` is the Web Console's version number."""

    method: str
    path: str
    since: int
    verb: str
    parameters: frozenset[str] = frozenset()


def _run_action(verb: str, since: int, *parameters: str) -> Resource:
    return Resource("POST", f"objects/statuses/{RUN}/actions/{verb}/invoke", since, verb, frozenset(parameters))


def _definition_action(verb: str, *parameters: str) -> Resource:
    path = f"objects/definitions/{UNIT}/actions/{verb}/invoke"
    return Resource("POST", path, 110000, verb, frozenset(parameters))


_START = ("pushedAhead", "changeLower")
_MOVE = ("kindTime", "absoluteTime", "relativeSign", "relativeDay", "relativeTime")
RESOURCES = (
    Resource("GET", "version", 110000, "version"),
    Resource("GET", "protocolVersion", 111000, "protocolVersion"),
    Resource("GET", "objects/statuses", 110000, "list", query.KNOWN),
    Resource("GET", f"objects/statuses/{RUN}", 115000, "one", frozenset({"searchConnectInfo"})),
    Resource("GET", f"objects/statuses/{RUN}/actions/execResultDetails/invoke", 110000, "execResultDetails"),
    _run_action("changeHold", 110000, "holdAttr"),
    _run_action("interrupt", 111000),
    _run_action("kill", 111000),
    _run_action("rerun", 111000, "rerunMethod", "rerunOptions"),
    _run_action("changeStatus", 111000, "newStatus", "newReturnCode"),
    _run_action("cancelExecSchedule", 111000),
    _run_action("restoreChangedSchedule", 111000),
    _run_action("execImmediate", 111000, *_START),
    _run_action("changeStartTime", 111000, *_START, *_MOVE),
    _run_action("changeDelayMonitor", 111000, *wire.DELAY_MONITOR),
    _run_action("changeExecOrderMethod", 125000, "execOrderMethod"),
    Resource(
        "POST",
        f"objects/waiting/{RUN}/actions/changeWaiting/invoke",
        125000,
        "changeWaiting",
        frozenset({"waitingTargetUnitName", "waitingStatusAction"}),
    ),
    _definition_action("registerImmediateExec", "startCondition", "holding", "macro"),
    _definition_action("registerPlannedExec", "passedDaemonStarts", "passedRegForExe", "startCondition", "macro"),
    _definition_action("registerFixedExec", *ANY),
    _definition_action("cancelRegistration", "dateType", "begin", "end"),
    Resource("GET", "objects/execAgents/statuses", 125000, "agents", frozenset({"mode", "execAgent"})),
    *(
        Resource("POST", f"objects/execAgents/actions/{verb}/invoke", 125000, verb_name, frozenset(parameters))
        for verb, verb_name, parameters in (
            ("changeStatus", "changeAgents", ("mode", "status", "execAgents")),
            ("changeComStatus", "changeAgentsCom", ("mode", "comStatus", "execAgents")),
        )
    ),
)
_PATHS = [(tuple(resource.path.split("/")), resource) for resource in RESOURCES]


def locate(segments: list[str]) -> tuple[list[Resource], str]:
    """The resources at /ajs/api/v1/..., and the segment that names a unit ("" if none does)."""
    if segments[:3] != ["ajs", "api", "v1"]:
        return [], ""
    rest, found, named = segments[3:], [], ""
    for path, resource in _PATHS:
        if len(path) == len(rest) and all(a == b or a in (RUN, UNIT) for a, b in zip(path, rest)):
            found.append(resource)
            named = next((b for a, b in zip(path, rest) if a in (RUN, UNIT)), "")
    return found, named


class Api:
    """One request to one simulator."""

    def __init__(self, simulator: AjsSimulator) -> None:
        self.simulator = simulator
        self.world = simulator.world
        self.knobs = simulator.knobs
        version, _dash, revision = str(self.knobs["version"]).partition("-")
        self.dialect = wire.Dialect(
            int(f"{version}{revision or '00'}00"),
            wire.zone(self.knobs["zone"]),
            float(self.knobs["zone_shift_hours"]),
            self.knobs["root_manager_net"],
        )

    # --- what every request goes through -----------------------------------------------------------------------

    def handle(self, request: flask.Request, target: str) -> Json | None:
        """The body of the answer; None for 200 without one.

        :raises Refused: anything but 200.
        """
        self._need_service()
        resource, named = self._resource(request.method, target)
        self._check_headers(request)
        user = self._authenticate(request.headers.get("X-AJS-Authorization", ""))
        parameters = self._parameters(request, resource)
        if resource.verb in ("version", "protocolVersion"):
            self._check_manager(parameters)
            return self._versions(resource.verb)
        if resource.verb in ("agents", "changeAgents", "changeAgentsCom"):
            self._check_manager(parameters)
            return agent_api.answer(self, resource.verb, user, parameters)
        self._check_manager(parameters)
        self._check_service_name(parameters)
        if resource.verb == "list":
            return self._list(user, parameters)
        if UNIT in resource.path:
            return self._definition_action(resource.verb, named, user, parameters)
        return self._run_request(resource, self._run(named, user), user, parameters)

    def _need_service(self) -> None:
        knobs = self.knobs
        if not knobs["api_enabled"]:
            raise Refused(int(knobs["restriction_status"]), "restricted")
        if knobs["web_console"] == "down":
            raise Refused(412, "unavailable")
        if knobs["web_console"] == "broken":
            raise Refused(500, "internal")

    def _resource(self, method: str, target: str) -> tuple[Resource, str]:
        found, named = locate(wire.segments(target))
        known = [resource for resource in found if self._has(resource)]
        if not known:
            raise Refused(int(self.knobs["bad_uri_status"]), "request")
        for resource in known:
            if resource.method == method:
                return resource, named
        raise Refused(int(self.knobs["bad_method_status"]), "request")

    def _has(self, resource: Resource) -> bool:
        if resource.since >= 125000 and self._protocol_version() < 1250:
            return False
        return resource.since <= self.dialect.version

    def _protocol_version(self) -> int:
        return int(self.knobs["protocol_version"]) or self.dialect.version // 100

    def _check_headers(self, request: flask.Request) -> None:
        accept = request.headers.get("Accept")
        ranges = [each.partition(";")[0].strip().lower() for each in (accept or "application/json").split(",")]
        bad = "application/json" not in ranges and not (self.knobs["accept_anything"] and "*/*" in ranges)
        bad |= request.method == "POST" and request.mimetype != "application/json"
        language = request.headers.get("Accept-Language", "en")
        bad |= self.knobs["other_languages"] == "refused" and language not in ("ja", "en", "zh")
        if bad:
            raise Refused(int(self.knobs["bad_header_status"]), "request")

    def _authenticate(self, header: str) -> User:
        name, password = wire.credentials(header) or ("", "")
        user = self.simulator.users.get(name)
        if user is None or user.password != password:
            raise Refused(401, "authentication")
        if self.knobs["sessions_in_use"] >= self.knobs["session_limit"]:
            raise Refused(int(self.knobs["session_limit_status"]), "sessions")
        return user

    def _parameters(self, request: flask.Request, resource: Resource) -> Json:
        if request.method == "GET":
            parameters: Json = dict(request.args.items())
        else:
            parameters = _body_parameters(request.get_data())
        unknown = set(parameters) - resource.parameters - {"manager", "serviceName"}
        if unknown and resource.parameters != ANY and self.knobs["unknown_parameters"] == "refused":
            raise bad_argument(", ".join(sorted(unknown)))
        return parameters

    def _check_manager(self, parameters: Json) -> None:
        manager = parameters.get("manager")
        if not isinstance(manager, str) or not manager:
            raise bad_argument("manager")
        allowed = self.knobs["allowed_managers"]
        if allowed is not None and manager not in allowed:
            raise Refused(int(self.knobs["restriction_status"]), "restricted")
        if manager != MANAGER:
            raise self._wrong("manager")

    def _check_service_name(self, parameters: Json) -> None:
        service_name = parameters.get("serviceName")
        if not isinstance(service_name, str) or not service_name:
            raise bad_argument("serviceName")
        if service_name != SERVICE:
            raise self._wrong("serviceName")

    def _wrong(self, name: str) -> Refused:
        status = int(self.knobs["wrong_manager_status"])
        return Refused(status, {404: "missing", 400: "argument"}.get(status, "unavailable"), name)

    # --- reads -----------------------------------------------------------------------------------------------

    def _versions(self, verb: str) -> Json:
        if verb == "protocolVersion":
            return {"protocolVersionNumber": self._protocol_version()}
        return wire.version(self.dialect.version)

    def _list(self, user: User, parameters: Json) -> Json:
        wanted = query.parse(parameters, int(self.knobs["bad_exec_id_in_query_status"]))
        location = self.world.units.get(wanted["location"])
        if location is None or not user.may_view(location.resource_group):
            if self.knobs["missing_location_status"] == 200:
                return {"statuses": [], "all": True}
            raise missing()
        limit = int(self.knobs["list_limit"])
        found = list(itertools.islice(self._matching(location, wanted, user), limit + 1))
        shown = [wire.unit_resource(unit, run, self.dialect) for unit, run in found[:limit]]
        return {"statuses": shown, "all": len(found) <= limit}

    def _matching(self, location: Unit, wanted: query.Query, user: User) -> t.Iterator[tuple[Unit, Run | None]]:
        now = self.simulator.clock.now()
        for unit in self._below(location, wanted["searchLowerUnits"] == "YES"):
            if not user.may_view(unit.resource_group):
                continue
            shown = query.generations(unit, wanted, self.dialect.zone, now)
            if self.knobs["period_generations"] == "one":
                shown = shown[-1:]
            for run in shown:
                if query.selects(wanted, unit, run):
                    yield unit, run

    def _below(self, location: Unit, whole: bool) -> t.Iterable[Unit]:
        units = location.subtree() if whole else iter(location.children)
        if self.knobs["list_includes_location"] and location.parent is not None:
            units = itertools.chain([location], units)
        order = self.knobs["list_order"]
        if order == "definition":
            return units
        return sorted(units, key=lambda unit: unit.name, reverse=order == "reversed")

    # --- one generation --------------------------------------------------------------------------------------

    def unit(self, name: str, user: User) -> Unit:
        """A unit that the user may view; any other does not exist for him."""
        unit = self.world.units.get(name)
        if unit is None or not user.may_view(unit.resource_group):
            raise missing()
        return unit

    def _run(self, named: str, user: User) -> Run:
        name, exec_id = wire.split_run_id(named)
        run = self.unit(name, user).runs.get(exec_id)
        if run is None:
            raise missing()
        return run

    def _run_request(self, resource: Resource, run: Run, user: User, parameters: Json) -> Json | None:
        if resource.verb == "one":
            if "searchConnectInfo" in parameters and self.dialect.version < 130000:
                raise bad_argument("searchConnectInfo")
            return wire.one_unit_resource(run, self.dialect)
        if resource.verb == "execResultDetails":
            if run.status not in statuses.ENDED:
                raise conflict()
            return wire.details(run)
        self.need_permission(run.unit, user)
        effect = self._effect(resource.verb, run, parameters)
        name = resource.verb
        if name == "changeHold":
            name = f"changeHold {'SET' if parameters['holdAttr'] == self.knobs['hold_words'][0] else 'RELEASE'}"
        self.simulator.after(float(self.knobs["action_lag"]), lambda: _apply(run, name, effect))
        return None

    def _effect(self, verb: str, run: Run, parameters: Json) -> Effect:
        actions = self.simulator.actions
        plans = Plans(self.simulator.flow, self.dialect.zone)
        verbs: dict[str, t.Callable[[Run, Json], Effect]] = {
            "changeHold": actions.change_hold,
            "interrupt": actions.interrupt,
            "kill": actions.kill,
            "rerun": actions.rerun,
            "changeStatus": actions.change_status,
            "cancelExecSchedule": plans.prohibit,
            "restoreChangedSchedule": plans.restore,
            "execImmediate": plans.start_now,
            "changeStartTime": plans.move,
            "changeDelayMonitor": plans.monitor_delay,
            "changeExecOrderMethod": plans.change_order,
            "changeWaiting": plans.change_waiting,
        }
        return verbs[verb](run, parameters)

    @staticmethod
    def need_permission(unit: Unit, user: User) -> None:
        if not user.may_act(unit.resource_group):
            raise Refused(403, "permission")

    def _definition_action(self, verb: str, named: str, user: User, parameters: Json) -> Json | None:
        unit = self.unit(named, user)
        self.need_permission(unit, user)
        return definitions.invoke(self.simulator.flow, self.knobs, verb, unit, parameters)


def _apply(run: Run, name: str, effect: Effect) -> None:
    """Carry out an accepted action, unless its generation is gone."""
    if run.unit.runs.get(run.exec_id) is run and effect():
        run.applied[name] += 1


def _body_parameters(body: bytes) -> Json:
    """The object `parameters` of an action's body (contract 8.1).

    :raises Refused: 400.
    """
    try:
        content = json.loads(body)
    except ValueError:
        raise bad_argument("body") from None
    parameters = content.get("parameters") if isinstance(content, dict) else None
    if not isinstance(parameters, dict) or set(content) != {"parameters"}:
        raise bad_argument("parameters")
    return parameters
