# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _errors, _model, _system, and the modules beside this one.

"""JP1/AJS3 through its Web Console: jobs are units with an execution ID (contract: ajs)."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._ajs import (
    changes,
    search,
    session,
    states,
    tree,
    wire,
)
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.agent_view import AgentView
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.capabilities import CAPABILITIES
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.lookup import Lookup
from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock, Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    JobControlError,
    NotFound,
    PermissionDenied,
    Refused,
    UsageError,
)
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    Selection,
    Step,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._system import Answer, Connection, JobSystem

#: verbs whose second request could hit a later run
_ONCE = (Verb.RETRY, Verb.CHANGE_STATUS)


class Ajs(JobSystem):
    """One scheduler service of one manager, seen through one Web Console.

    :raises UsageError: a connection option is missing.
    """

    capabilities = CAPABILITIES

    def __init__(self, connection: Connection, clock: Clock) -> None:
        workers = min(connection.workers or CAPABILITIES.workers, CAPABILITIES.max_workers)
        self._session = session.Session(connection, clock, workers)
        self._clock = clock
        self._lookup = Lookup(self._session)
        #: jobs as they were before they were asked for something that must not be asked for twice, by id
        self._asked: dict[str, tuple[Job, Deadline]] = {}

    def view(self, verb: Verb) -> JobSystem:
        """
        :raises UsageError: the Web Console is too old to change a status, which is asked before (contract 3).
        """
        if verb is Verb.SET_AGENT_STATE:
            return AgentView(self._session)
        if verb is Verb.CHANGE_STATUS and self._session.service_name:  # when it is missing, no request is sent
            self._session.insist_on(session.UNIT_ACTIONS)
        return self

    def list_jobs(self, selection: Selection) -> t.Iterator[Job]:
        """All generations that are current below `location`.

        :raises UsageError: no location.
        """
        if not selection.location.startswith("/"):
            raise UsageError("location is required: the full name of a unit, such as /Group, whose jobs are meant.")
        return tree.walk(self._lookup.lists, search.narrowest(selection))

    def get_jobs(self, job_ids: t.Sequence[str]) -> dict[str, Job]:
        wanted = {text: wire.parse_id(text) for text in job_ids}
        found = self._lookup.find(list(dict.fromkeys(wanted.values())))
        successors = self._successors([job for job in found.values() if states.passes_hold_on(job)])
        return {
            text: _with_facts(found[job_id], asked_for=True, successor=successors.get(found[job_id].id))
            for text, job_id in wanted.items()
            if job_id in found
        }

    def _successors(self, ended: t.Sequence[Job]) -> dict[str, str]:
        """Where the holds of generations that have ended before their turn came are now, by their ids."""
        if not ended:
            return {}
        units = {job.id: wire.JobId(job.name, "") for job in ended}
        current = self._lookup.find(list(dict.fromkeys(units.values())))
        return {job_id: _successor(job_id, current.get(unit)) for job_id, unit in units.items()}

    def decide(self, verb: Verb, job: Job, options: VerbOptions) -> Decision:
        if verb is Verb.CHANGE_STATUS:
            return changes.decide(job, changes.StatusChange.of(options), asked=job.id in self._asked)
        decision = states.decide(verb, job, options)
        if verb is Verb.RETRY and decision.step is Step.ACT and self._has_restarted(job):
            return dataclasses.replace(decision, step=Step.ALREADY)
        return decision

    def _has_restarted(self, job: Job) -> bool:
        """Whether a rerun of ours has begun, even if the unit has failed again by now.

        A rerun keeps the execution ID and shows in the unit's times (contract 8.2).
        """
        before = self._asked[job.id][0] if job.id in self._asked else job
        return (job.facts["restarted"], job.ended) != (before.facts["restarted"], before.ended)

    def act(self, verb: Verb, jobs: t.Sequence[Job], options: VerbOptions) -> list[Answer]:
        return [self._act(verb, job, options) for job in jobs]

    def _act(self, verb: Verb, job: Job, options: VerbOptions) -> Answer:
        """What is refused for this unit is its own answer; permission too, as it hangs on the unit (contract 4)."""
        name, parameters = wire.action(verb, job, options)
        needs = session.FIRST_RELEASE if name == "changeHold" else session.UNIT_ACTIONS
        try:
            if verb is Verb.SUSPEND:
                self._guard_hold(job)
            self._invoke(job, name, parameters, needs)
        except (NotFound, PermissionDenied, Refused) as error:
            return Answer(job.id, error)
        finally:
            if verb in _ONCE:
                self._asked[job.id] = (job, Deadline(self._clock, CAPABILITIES.settle))
        return Answer(job.id)

    def _guard_hold(self, job: Job) -> None:
        """Look once more right before a hold: the product accepts it twice, and this one would count as ours
        although somebody else has set it meanwhile (contract 10.2).

        :raises Refused: it is held.
        """
        job_id = wire.JobId(job.name, job.facts["exec_id"])
        try:
            now = self._lookup.find([job_id]).get(job_id)
        except JobControlError as error:
            error.maybe_applied = False  # nothing was written yet
            raise
        if now is not None and now.halted:
            raise Refused(f"Job {job.id} was held by somebody else meanwhile")

    def arrived(self, verb: Verb, job: Job) -> bool | None:
        """That a rerun or a change did not arrive can be said when it should have settled and nothing has moved."""
        if verb not in _ONCE or job.id not in self._asked:
            return None
        before, settled = self._asked[job.id]
        if verb is Verb.RETRY and self._has_restarted(job):
            return True
        unmoved = verb is Verb.RETRY or _result(job) == _result(before)
        return False if unmoved and settled.passed else None

    def _invoke(self, job: Job, name: str, parameters: t.Mapping[str, t.Any], needs: int) -> None:
        """One action on one generation.

        :raises JobControlError: it was not accepted.
        """
        scope = {"manager": self._session.manager, "serviceName": self._session.service_name}
        job_id = wire.JobId(job.name, job.facts["exec_id"])
        self._session.act(wire.action_path(job_id, name), {**scope, **parameters}, needs)

    # --- the connection --------------------------------------------------------------------------------------

    def bound(self, deadline: Deadline) -> None:
        self._session.bound(deadline)

    def close(self) -> None:
        """There is no session to log out of (contract 4)."""
        self._session.close()

    @property
    def identity(self) -> str:
        return f"{self._session.base} {self._session.scope}"

    @property
    def traffic(self) -> dict[str, t.Any]:
        return self._session.traffic


def _successor(job_id: str, current: Job | None) -> str:
    """What is known of the generation that inherits a hold, by the current one of its unit.

    That need not be the next one, so one that still waits and is not held tells nothing.
    """
    if current is None or current.id == job_id or states.passes_hold_on(current):
        return states.NO_SUCCESSOR_YET
    if current.halted and current.facts["hold_attribute"] == "HOLD":
        return current.id
    went_on = current.started or current.facts["hold_attribute"] == "RELEASE"
    return states.SUCCESSOR_IS_FREE if went_on else states.NO_SUCCESSOR_YET


def _with_facts(job: Job, **facts: t.Any) -> Job:
    return dataclasses.replace(job, facts={**job.facts, **facts})


def _result(job: Job) -> tuple[str, str]:
    """What a change of the status changes."""
    return job.raw_state, job.facts["return_code"]
