# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Switches as something that a window holds: which one is meant, what is to be done with it, what is asked for."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from support.clock import FakeClock

from ansible_collections.batchops.job_control.plugins.module_utils._ajs.capabilities import CAPABILITIES
from ansible_collections.batchops.job_control.plugins.module_utils._clock import Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._errors import NotFound, Refused
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Entry, Stage
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
from ansible_collections.batchops.job_control.plugins.module_utils._window.switches import Switches, decide_to_put_back

OPTIONS = VerbOptions()


class Agents(JobSystem):
    """A product whose switches are a dictionary."""

    capabilities = CAPABILITIES
    settle = 7.0  # type: ignore[assignment]
    identity = "https://ajs HOSTM AJSROOT1"  # type: ignore[assignment]
    traffic: t.ClassVar[dict[str, t.Any]] = {"requests": 3}  # type: ignore[assignment]

    def __init__(self, **states: str) -> None:
        self.states = states
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.deadline: Deadline | None = None
        self.refuses = ""

    def view(self, verb: Verb) -> JobSystem:
        assert verb is Verb.SET_AGENT_STATE
        return self

    def list_jobs(self, selection: Selection) -> t.Iterator[Job]:
        raise AssertionError("a switch is always named")

    def get_jobs(self, job_ids: t.Sequence[str]) -> dict[str, Job]:
        if "hidden" in job_ids:
            raise NotFound("There is no hidden")
        return {name: switch(name, self.states[name]) for name in job_ids if name in self.states}

    def decide(self, verb: Verb, job: Job, options: VerbOptions) -> Decision:
        wanted = options.own["state"]
        step = Step.ALREADY if job.state.value == wanted else Step.ACT
        return Decision(step, verb, t.cast(JobState, SwitchState(wanted)))

    def act(self, verb: Verb, jobs: t.Sequence[Job], options: VerbOptions) -> list[Answer]:
        assert (verb, options.own["drain"]) == (Verb.SET_AGENT_STATE, False)
        self.asked.append((options.own["state"], tuple(job.id for job in jobs)))
        if options.own["state"] == self.refuses:
            raise Refused("no")
        return [Answer(job.id) for job in jobs]

    def bound(self, deadline: Deadline) -> None:
        self.deadline = deadline

    def close(self) -> None:
        raise AssertionError("the session is that of the product")


def switch(name: str, state: str, reason: str = "") -> Job:
    neutral = t.cast(JobState, SwitchState(state))
    return Job(name, name, "execution agent", "ajs", neutral, state.upper(), reason=reason)


def entry(name: str, set_to: str = "hold", before: str = "effective", stage: Stage = Stage.SUSPENDED) -> Entry:
    return Entry(f"agent:{name}", name, "", "", before, before.upper(), stage, ("a", "b"), "agent", set_to)


def switches(product: Agents, *entries: Entry, state: str = "hold") -> Switches:
    known = {one.id: one for one in entries}
    return Switches(product, Verb.SET_AGENT_STATE, known.get, {"state": state, "drain": False} if state else None)


def only(system: Switches, name: str) -> Job:
    (job,) = system.get_jobs([system.id_of(name)]).values()
    return job


def test_ids_tell_switches_from_jobs() -> None:
    system = switches(Agents(x="hold", y="effective"))
    assert (system.kind, system.set_to, system.id_of("x")) == ("agent", "hold", "agent:x")
    found = system.get_jobs(["agent:x", "agent:y", "agent:z"])
    assert {given: (job.id, job.halted) for given, job in found.items()} == {
        "agent:x": ("agent:x", True),
        "agent:y": ("agent:y", False),
    }
    assert list(system.list_jobs(Selection())) == []


def test_one_that_is_hidden_does_not_hide_the_others() -> None:
    assert set(switches(Agents(x="hold")).get_jobs(["agent:x", "agent:hidden"])) == {"agent:x"}


@pytest.mark.parametrize(
    ("known", "halted"),
    [(entry("x", set_to="blockade"), False), (entry("x", set_to="blockade", stage=Stage.CLOSED), True)],
)
def test_what_a_window_has_set_counts_before_what_is_to_be_set(known: Entry, halted: bool) -> None:
    assert only(switches(Agents(x="hold"), known), "x").halted is halted


@pytest.mark.parametrize(
    ("state", "step"), [("effective", Step.ACT), ("hold", Step.ALREADY), ("other", Step.INELIGIBLE)]
)
def test_setting(state: str, step: Step) -> None:
    system = switches(Agents(x=state))
    decision = system.decide(Verb.SUSPEND, only(system, "x"), OPTIONS)
    assert (decision.step, decision.action) == (step, Verb.SUSPEND)
    if step is Step.INELIGIBLE:
        assert decision.reason == "its state OTHER is not known, so it could not be put back"


def test_what_the_product_changes_by_itself_cannot_be_put_back() -> None:
    decision = switches(Agents()).decide(Verb.SUSPEND, switch("agent:x", "effective", "it ends at noon"), OPTIONS)
    assert (decision.step, decision.reason) == (Step.INELIGIBLE, "it ends at noon, so it could not be put back")
    decision = switches(Agents()).decide(Verb.SUSPEND, switch("agent:x", "hold", "it ends at noon"), OPTIONS)
    assert decision.step is Step.ALREADY


def test_a_window_that_wants_another_state_is_refused() -> None:
    system = switches(Agents(x="hold"), entry("x"), state="blockade")
    decision = system.decide(Verb.SUSPEND, only(system, "x"), OPTIONS)
    assert (decision.step, decision.action, decision.after.value) == (Step.INELIGIBLE, Verb.SUSPEND, "hold")
    assert decision.reason == "the window 'a' and the window 'b' have set it to hold; close that first"


@pytest.mark.parametrize(
    ("state", "known", "step", "reason"),
    [
        ("hold", entry("x"), Step.ACT, ""),
        ("effective", entry("x"), Step.ALREADY, "it is as it was before the window"),
        ("blockade", entry("x"), Step.ALREADY, "somebody has set it to BLOCKADE meanwhile"),
        ("hold", None, Step.ALREADY, "it is as it was before the window"),
    ],
)
def test_putting_back(state: str, known: Entry | None, step: Step, reason: str) -> None:
    decision = decide_to_put_back(switch("agent:x", state), known)
    after = "effective" if step is Step.ACT else state
    assert (decision.step, decision.action, decision.after.value, decision.reason) == (
        step,
        Verb.RESUME,
        after,
        reason,
    )


def test_putting_back_goes_by_the_journal() -> None:
    system = switches(Agents(x="hold"), entry("x"), state="")
    assert system.decide(Verb.RESUME, only(system, "x"), OPTIONS).step is Step.ACT


def test_what_is_asked_for() -> None:
    product = Agents(x="effective", y="effective")
    answers = switches(product).act(Verb.SUSPEND, [switch("agent:x", "effective"), switch("agent:y", "hold")], OPTIONS)
    assert product.asked == [("hold", ("x", "y"))]
    assert [(answer.job_id, answer.error) for answer in answers] == [("agent:x", None), ("agent:y", None)]


def test_each_is_put_back_to_what_it_was_and_a_refusal_is_of_some_alone() -> None:
    product = Agents()
    product.refuses = "blockade"
    entries = [entry("x"), entry("y", before="blockade"), entry("z")]
    jobs = [switch(one.id, "hold") for one in entries]
    answers = switches(product, *entries, state="").act(Verb.RESUME, jobs, OPTIONS)
    assert product.asked == [("blockade", ("y",)), ("effective", ("x", "z"))]
    failed = {answer.job_id: answer.error is not None for answer in answers}
    assert failed == {"agent:x": False, "agent:y": True, "agent:z": False}


def test_it_is_the_product_that_is_worked_on() -> None:
    product = Agents()
    system = switches(product)
    deadline = Deadline(FakeClock(), 1.0)
    system.bound(deadline)
    system.close()
    assert product.deadline is deadline
    assert (system.identity, system.traffic, system.settle) == (product.identity, product.traffic, 7.0)
    able = system.capabilities
    assert able.batch == {Verb.SUSPEND: 100, Verb.RESUME: 100}
    assert able.repeatable == {Verb.SUSPEND, Verb.RESUME}
    assert (able.hidden, able.system) == (0.0, "ajs")


def test_a_product_without_batches_that_must_not_be_asked_twice() -> None:
    product = Agents()
    product.capabilities = dataclasses.replace(CAPABILITIES, batch={}, repeatable=frozenset({Verb.SUSPEND}))  # type: ignore[misc]
    able = switches(product).capabilities
    assert (able.batch, able.repeatable) == ({Verb.SUSPEND: 1, Verb.RESUME: 1}, frozenset())
