# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The execution agent resources: read what runs on a host, hold and release it (contract 8.8)."""

from __future__ import annotations

import typing as t

from simulators.ajs import users
from simulators.ajs.actions import text
from simulators.ajs.agents import AGENT_STATUSES, Agent
from simulators.ajs.errors import Refused, bad_argument
from simulators.ajs.units import EVENT_JOBS

if t.TYPE_CHECKING:
    from simulators.ajs.api import Api

Json = dict[str, t.Any]
MODES = ("agent", "agentGroup")
MAX_AGENTS = 100
OK, FAILED = "0", "1"


def answer(api: Api, verb: str, user: users.User, parameters: Json) -> Json:
    """Carry out one agent request.

    :raises Refused: 400 or 403.
    """
    group = text(parameters, "mode", MODES) == "agentGroup"
    levels = users.AGENT_VIEWERS if verb == "agents" else users.AGENT_ACTORS
    if user.agent_permission not in levels:
        raise Refused(403, "permission")
    if verb == "agents":
        return _read(api, group, parameters.get("execAgent"))
    return _change(api, verb, group, parameters)


def _read(api: Api, group: bool, name: str | None) -> Json:
    if name is None:
        return {"results": [_result(api, "", OK, _output(api, api.world.agents.all(group)))]}
    agent = api.world.agents.find(name, group)
    if agent is not None:
        return {"results": [_result(api, name, OK, _output(api, [agent]))]}
    if api.knobs["unknown_agent"] == "empty_result":
        return {"results": [{}]}
    return {"results": [_result(api, name, OK, {})]}


def _output(api: Api, agents: list[Agent]) -> Json:
    return {
        "statuses": [_status(api, agent) for agent in agents],
        "serverTime": api.dialect.time(api.simulator.clock.now()),
    }


def _status(api: Api, agent: Agent) -> Json:
    running = [run for name in agent.members or [agent.name] for run in api.world.running_on(name)]
    events = [run for run in running if run.unit.type in EVENT_JOBS]
    body = {
        "execAgent": agent.name,
        "execHost": agent.host,
        "status": agent.status,
        "comStatus": agent.com_status,
        "conExe": agent.concurrency,
        "job": len(running) - len(events),
        "event": len(events),
        "que": len(api.world.queued_on(agent.name)),
        "linkAgents": agent.members,
        "description": agent.description,
    }
    if api.dialect.version >= 130000:
        body["jobExecutionStatuses"] = [
            {
                "jobClass": "EVENT" if run in events else "JOB",
                "serviceName": api.simulator.service_name,
                "unitName": run.unit.name,
                "execID": run.exec_id,
                "errorMessage": "",
            }
            for run in running
        ]
    return body


def _change(api: Api, verb: str, group: bool, parameters: Json) -> Json:
    """Change up to 100 agents; each has a result of its own, under HTTP 200."""
    names = parameters.get("execAgents")
    if not isinstance(names, list) or not 1 <= len(names) <= MAX_AGENTS:
        raise bad_argument("execAgents")
    if not all(isinstance(name, str) and name for name in names):
        raise bad_argument("execAgents")
    if verb == "changeAgents":
        member, wanted = "status", text(parameters, "status", AGENT_STATUSES)
    else:
        member, wanted = "com_status", text(parameters, "comStatus")
    results = []
    for name in names:
        agent = api.world.agents.find(name, group)
        changed = agent is not None and not agent.refuses
        if agent is not None and changed:
            _set(api, agent, member, wanted)
        results.append(_result(api, name, OK if changed else FAILED, None))
    return {"results": results}


def _set(api: Api, agent: Agent, member: str, wanted: str) -> None:
    setattr(agent, member, wanted)
    if member == "status":
        api.simulator.flow.agent_changed(agent)


def _result(api: Api, name: str, code: str, output: Json | None) -> Json:
    """One execution-agent-operation-result."""
    body: Json = {"execAgent": name, "rtnCode": code}
    when = api.knobs["agent_messages"]
    if when == "always" or when == ("ok" if code == OK else "failed"):
        body["messageID"] = "KNAK3300-I" if code == OK else "KNAK3301-E"
        body["message"] = "The operation ended." if code == OK else "The execution agent could not be operated."
    if output is not None:
        body["output"] = output
    return body
