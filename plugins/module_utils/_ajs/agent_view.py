# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _model, _system, capabilities, execution_agents, session.

"""The execution agents of a manager as a `JobSystem` of their own: each is one "job", known by its name."""

from __future__ import annotations

import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._ajs import execution_agents, session
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.capabilities import CAPABILITIES
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.execution_agents import Agent
from ansible_collections.batchops.job_control.plugins.module_utils._clock import Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    JobState,
    Selection,
    Step,
    SwitchState,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._system import Answer, JobSystem


class AgentView(JobSystem):
    """All execution agents, read by the session of the units. No scheduler service is needed."""

    capabilities = CAPABILITIES

    def __init__(self, web_console: session.Session) -> None:
        self._session = web_console

    def list_jobs(self, selection: Selection) -> t.Iterator[Job]:
        """
        :raises UsageError: the Web Console or the manager is too old.
        """
        return map(as_job, execution_agents.read(self._session))

    def get_jobs(self, job_ids: t.Sequence[str]) -> dict[str, Job]:
        """
        :raises UsageError: the Web Console or the manager is too old.
        """
        only = job_ids[0] if len(job_ids) == 1 else ""
        agents = {agent.name: agent for agent in execution_agents.read(self._session, only)}
        return {name: as_job(agents[name]) for name in job_ids if name in agents}

    def decide(self, verb: Verb, job: Job, options: VerbOptions) -> Decision:
        return decide(job, options.own["state"], options.own["drain"])

    def act(self, verb: Verb, jobs: t.Sequence[Job], options: VerbOptions) -> list[Answer]:
        status = execution_agents.STATUSES[options.own["state"]]
        outcome = execution_agents.change(self._session, [job.id for job in jobs], status)
        return [Answer(job.id, outcome[job.id]) for job in jobs]

    def bound(self, deadline: Deadline) -> None:
        self._session.bound(deadline)

    def close(self) -> None:
        """Nothing: the session is that of the units."""

    @property
    def identity(self) -> str:
        return f"{self._session.base} {self._session.manager}"

    @property
    def traffic(self) -> dict[str, t.Any]:
        return self._session.traffic


def decide(job: Job, state: str, drain: bool) -> Decision:
    """What giving an agent a state means. Pure and total.

    :param drain: it is done when no job runs there any more.
    """
    # The engine compares and shows states and asks whether they are final; a switch answers all that like a job.
    after = t.cast(JobState, SwitchState(state))
    if job.raw_state != execution_agents.STATUSES[state]:
        return Decision(Step.ACT, Verb.SET_AGENT_STATE, after)
    if drain and job.running:
        return Decision(Step.WAIT, Verb.SET_AGENT_STATE, after, "jobs still run there")
    return Decision(Step.ALREADY, Verb.SET_AGENT_STATE, after)


def as_job(agent: Agent) -> Job:
    """An agent in the words of the engine."""
    state = _STATES.get(agent.status, SwitchState.OTHER)
    # An ineffective agent takes no new jobs but goes on to run those that it has queued (contract 7.7).
    still_to_run = agent.queued if state is SwitchState.INEFFECTIVE else 0
    return Job(
        id=agent.name,
        name=agent.name,
        type="execution agent",
        system=CAPABILITIES.system,
        state=t.cast(JobState, state),  # a switch is shown where jobs are shown, and never ends
        raw_state=agent.status,
        running=agent.running + still_to_run > 0,
        owner=agent.host,
    )


_STATES: t.Mapping[str, SwitchState] = {word: SwitchState(state) for state, word in execution_agents.STATUSES.items()}
