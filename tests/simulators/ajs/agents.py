# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Execution agents and agent groups: what may be sent to a host (contract 7.7, 8.8)."""

from __future__ import annotations

import dataclasses

AGENT_STATUSES = frozenset({"EFFECTIVE", "INEFFECTIVE", "HOLD", "BLOCKADE"})


@dataclasses.dataclass
class Agent:
    """One execution agent, or an agent group (then `members` names its agents)."""

    name: str
    host: str = ""
    status: str = "EFFECTIVE"
    com_status: str = "EFFECTIVE"
    concurrency: int = 5
    description: str = ""
    members: list[str] = dataclasses.field(default_factory=list)
    group: bool = False
    refuses: bool = False  # every change of this agent fails

    @property
    def accepts_jobs(self) -> bool:
        return self.status in ("EFFECTIVE", "HOLD")

    @property
    def sends_jobs(self) -> bool:
        return self.status in ("EFFECTIVE", "INEFFECTIVE")


class Agents:
    """All agents and groups of the manager, by name."""

    def __init__(self) -> None:
        self._by_name: dict[str, Agent] = {}

    def add(self, agent: Agent) -> Agent:
        agent.host = agent.host or agent.name
        self._by_name[agent.name] = agent
        return agent

    def ensure(self, name: str) -> Agent:
        return self._by_name.get(name) or self.add(Agent(name))

    def get(self, name: str) -> Agent | None:
        return self._by_name.get(name)

    def find(self, name: str, group: bool) -> Agent | None:
        agent = self._by_name.get(name)
        return agent if agent is not None and agent.group == group else None

    def all(self, group: bool | None = None) -> list[Agent]:
        return [agent for agent in self._by_name.values() if group is None or agent.group == group]
