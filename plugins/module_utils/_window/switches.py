# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _errors, _journal.ledger, _model, _system.

"""What keeps new work from starting (execution agents, activities), as something that a window holds like jobs.

To suspend a switch is to give it the state that keeps work from starting, and to resume it is to give it back the state
that it had before.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._errors import JobControlError, NotFound
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Entry
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
from ansible_collections.batchops.job_control.plugins.module_utils._system import Answer, Capabilities, JobSystem

EntryOf = t.Callable[[str], t.Optional[Entry]]


class Switches(JobSystem):
    """The switches of a product. Their ids are told from those of its jobs by their kind: `agent:ap-fin01`.

    :param product: connected; what `verb` acts on is a view of it.
    :param verb: the product's own verb that sets such a switch.
    :param entry_of: what the journal knows of a switch, by its id.
    :param own: the options of the verb, for switches that are to be set; none where they are only put back.
    """

    def __init__(
        self, product: JobSystem, verb: Verb, entry_of: EntryOf, own: t.Mapping[str, t.Any] | None = None
    ) -> None:
        self._product = product
        self._view = product.view(verb)
        self._verb = verb
        self._entry_of = entry_of
        self._own = own or {}
        self.kind = product.capabilities.own_verbs[verb].switch
        self.set_to = str(self._own.get("state", ""))
        self.capabilities = _as_jobs(self._view.capabilities, verb)

    def id_of(self, name: str) -> str:
        """The id of a switch, from that of the verb."""
        return f"{self.kind}:{name}"

    def _name(self, switch_id: str) -> str:
        return switch_id.removeprefix(self.id_of(""))

    def list_jobs(self, selection: Selection) -> t.Iterator[Job]:
        """Nothing: a switch is always named."""
        return iter(())

    def get_jobs(self, job_ids: t.Sequence[str]) -> dict[str, Job]:
        """
        :raises UsageError: there can be no such switch.
        """
        try:
            found = self._view.get_jobs([self._name(switch_id) for switch_id in job_ids])
        except NotFound:
            if len(job_ids) == 1:
                return {}
            return {given: job for one in job_ids for given, job in self.get_jobs([one]).items()}
        return {self.id_of(given): self._as_held(job) for given, job in found.items()}

    def _as_held(self, job: Job) -> Job:
        """The switch under its id in the journal; it is halted when it is as a window has set it, or is to set it."""
        switch_id = self.id_of(job.id)
        entry = self._open_entry(switch_id)
        return dataclasses.replace(
            job, id=switch_id, halted=job.state.value == (entry.set_to if entry else self.set_to)
        )

    def _open_entry(self, switch_id: str) -> Entry | None:
        entry = self._entry_of(switch_id)
        return entry if entry and entry.stage.is_open else None

    def decide(self, verb: Verb, job: Job, options: VerbOptions) -> Decision:
        return self._decide_to_set(job) if verb is Verb.SUSPEND else decide_to_put_back(job, self._open_entry(job.id))

    def _decide_to_set(self, job: Job) -> Decision:
        entry = self._open_entry(job.id)
        if entry and entry.set_to != self.set_to:
            windows = " and ".join(f"the window {name!r}" for name in entry.holders)
            have = "has" if len(entry.holders) == 1 else "have"
            why = f"{windows} {have} set it to {entry.set_to}; close that first"
            return Decision(Step.INELIGIBLE, Verb.SUSPEND, job.state, why)
        decision = dataclasses.replace(
            self._view.decide(self._verb, job, VerbOptions(own=self._own)), action=Verb.SUSPEND
        )
        if decision.step is Step.ACT and (job.state.value == SwitchState.OTHER.value or job.reason):
            why = job.reason or f"its state {job.raw_state} is not known"
            return dataclasses.replace(decision, step=Step.INELIGIBLE, reason=f"{why}, so it could not be put back")
        return decision

    def act(self, verb: Verb, jobs: t.Sequence[Job], options: VerbOptions) -> list[Answer]:
        if verb is Verb.SUSPEND:
            return self._set(jobs, self._own)
        before = {job.id: entry.before for job in jobs if (entry := self._open_entry(job.id))}
        answers = []
        for state in sorted(set(before.values())):
            some = [job for job in jobs if before.get(job.id) == state]
            try:
                answers += self._set(some, {"state": state, "drain": False})
            except JobControlError as error:  # of these alone
                answers += [Answer(job.id, error) for job in some]
        return answers

    def _set(self, jobs: t.Sequence[Job], own: t.Mapping[str, t.Any]) -> list[Answer]:
        named = [dataclasses.replace(job, id=self._name(job.id)) for job in jobs]
        answers = self._view.act(self._verb, named, VerbOptions(own=own))
        return [dataclasses.replace(answer, job_id=self.id_of(answer.job_id)) for answer in answers]

    def bound(self, deadline: Deadline) -> None:
        self._view.bound(deadline)

    def close(self) -> None:
        """Nothing: the session is that of the product."""

    @property
    def settle(self) -> float:
        return self._view.settle

    @property
    def identity(self) -> str:
        """That of the product, as its switches are in the same journal as its jobs."""
        return self._product.identity

    @property
    def traffic(self) -> dict[str, t.Any]:
        return self._product.traffic


def decide_to_put_back(job: Job, entry: Entry | None) -> Decision:
    """What giving a switch back its state means. Pure.

    :param entry: what the journal knows of it; None when no window holds it.
    """
    if entry is None or job.state.value == entry.before:
        return Decision(Step.ALREADY, Verb.RESUME, job.state, "it is as it was before the window")
    if job.state.value == entry.set_to:
        # The engine only compares states and shows them, so the words of a switch do as well as those of a job.
        return Decision(Step.ACT, Verb.RESUME, t.cast(JobState, SwitchState(entry.before)))
    return Decision(Step.ALREADY, Verb.RESUME, job.state, f"somebody has set it to {job.raw_state} meanwhile")


def _as_jobs(capabilities: Capabilities, verb: Verb) -> Capabilities:
    """What can be done with the switches, in the words for jobs."""
    both = (Verb.SUSPEND, Verb.RESUME)
    return dataclasses.replace(
        capabilities,
        batch=dict.fromkeys(both, capabilities.batch.get(verb, 1)),
        repeatable=frozenset(both if verb in capabilities.repeatable else ()),
        hidden=0.0,
    )
