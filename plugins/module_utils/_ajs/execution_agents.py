# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, own_verbs, session, wire.

"""Execution agents, the hosts that jobs are sent to: read them, hold them, let them go (contract 7.7, 8.8)."""

from __future__ import annotations

import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._ajs import session, wire
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.own_verbs import AGENT_STATES
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    JobControlError,
    NotFound,
    ProtocolError,
    Refused,
    excerpt,
    shown,
)

#: state -> ExecAgentStatus
STATUSES: t.Mapping[str, str] = {state: state.upper() for state in AGENT_STATES}


class Agent(t.NamedTuple):
    """One execution agent as it was read."""

    name: str
    host: str
    status: str  # the vendor's word
    running: int  # jobs that run there; event jobs are not counted, as no status restricts them
    queued: int


def read(web_console: session.Session, name: str = "") -> list[Agent]:
    """The execution agent of that name if there is one, or all of them, by one request.

    :raises UsageError: the Web Console or the manager is too old.
    :raises JobControlError: any other failure.
    """
    query = [("manager", web_console.manager), ("mode", "agent")]
    if name:
        query.append(("execAgent", name))
    try:
        return web_console.get("objects/execAgents/statuses", query, "results", decode_agents)
    except NotFound:
        web_console.insist_on(session.AGENTS)
        raise


def change(web_console: session.Session, names: t.Sequence[str], status: str) -> dict[str, JobControlError | None]:
    """Give up to 100 agents a status, by one request.

    :param status: an ExecAgentStatus.
    :returns: by agent, what was wrong with it, or None. HTTP 200 hides such failures (contract 8.8).
    :raises JobControlError: the failure holds for all of them.
    """
    parameters = {"manager": web_console.manager, "mode": "agent", "status": status, "execAgents": list(names)}
    path = "objects/execAgents/actions/changeStatus/invoke"
    results = web_console.ask(path, parameters, session.AGENTS, decode_results)
    return {name: _failure(name, results.get(name)) for name in names}


def decode_agents(answer: t.Mapping[str, t.Any]) -> list[Agent]:
    """All agents that an answer shows.

    :raises ProtocolError: not the shape of contract 8.8.
    """
    return [agent for result in _objects(answer, "results") for agent in _agents(result)]


def decode_results(answer: t.Mapping[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    """The results of a change, by agent.

    :raises ProtocolError: not the shape of contract 8.8.
    """
    return {wire.text(result, "execAgent"): result for result in _objects(answer, "results")}


def _failure(name: str, result: t.Mapping[str, t.Any] | None) -> JobControlError | None:
    """What one result says. When there are messages beside it is told in two ways, so only the code counts."""
    if result is None:
        return ProtocolError(f"The answer says nothing about the execution agent {name}", maybe_applied=True)
    if str(result.get("rtnCode")) == "0":
        return None
    message, code = session.said(result)
    shown = message or f"The execution agent was refused with code {excerpt(str(result.get('rtnCode')))}"
    return Refused(f"{shown} ({name})", code=code)


def _agents(result: t.Mapping[str, t.Any]) -> list[Agent]:
    """The agents of one result; an agent that does not exist has an empty one (contract 8.8)."""
    output = result.get("output")
    if not output:
        return []
    if not isinstance(output, dict):
        raise ProtocolError(f"The output about an execution agent is {shown(output)}")
    return [
        Agent(
            name=_name(status),
            host=wire.text(status, "execHost"),
            status=wire.text(status, "status"),
            running=_count(status, "job"),
            queued=_count(status, "que"),
        )
        for status in _objects(output, "statuses")
    ]


def _name(members: t.Mapping[str, t.Any]) -> str:
    name = wire.text(members, "execAgent")
    if not name:
        raise ProtocolError(f"An execution agent in the answer has no name: {shown(members)}")
    return name


def _count(members: t.Mapping[str, t.Any], name: str) -> int:
    digits = wire.text(members, name) or "0"
    if not wire.NUMBER.fullmatch(digits):
        raise ProtocolError(f"{name} of an execution agent should be a number but is {excerpt(digits)}")
    return int(digits)


def _objects(answer: t.Mapping[str, t.Any], name: str) -> list[dict[str, t.Any]]:
    values = answer.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise ProtocolError(f"{name} should be a list of objects but is {shown(values)}")
    return values
