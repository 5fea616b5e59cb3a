# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random nights: verbs, windows, operators and lost answers in any order, against a model of a few lines per product.

The model knows of each job whether it is held, and of each window which jobs it has suspended. After every step it is
compared with what the simulated product says of itself, which no client has read or decoded.
"""

from __future__ import annotations

import dataclasses
import pathlib
import shutil
import tempfile
import typing as t

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from support.product import Crash

from ansible_collections.batchops.job_control.plugins.module_utils import _report as report
from ansible_collections.batchops.job_control.plugins.module_utils._clock import Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Policy, Recorder
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    Ineligible,
    NotFound,
    Refused,
    UnknownOutcome,
    UsageError,
)
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._journal.file import Journal
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Job,
    Running,
    Selection,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._registry import connect
from ansible_collections.batchops.job_control.plugins.module_utils._selection import select
from ansible_collections.batchops.job_control.plugins.module_utils._system import Answer, Connection, JobSystem
from ansible_collections.batchops.job_control.plugins.module_utils._window.recorders import (
    ResumeRecorder,
    SuspendRecorder,
)
from ansible_collections.batchops.job_control.plugins.module_utils._window.settling import settle
from ansible_collections.batchops.job_control.plugins.module_utils._window.window import Window
from simulators.ajs.simulator import create as create_ajs
from simulators.commvault.simulator import create as create_commvault
from simulators.core.faults import Fault
from simulators.core.server import Server, serving
from simulators.core.simulator import EVENTS, Json, Simulator
from simulators.drs.simulator import create as create_drs
from simulators.prime.simulator import create as create_prime
from simulators.veeam.simulator import create as create_veeam

START = 1_780_000_000.0  # when each night begins, seconds since the epoch
WAIT_TIMEOUT = 300.0
LOST = ("reset_before", "reset_after", "html_after", "empty_after", "status_after")

Truth = dict[str, Json]  # what the simulator says of each job, by id


class NightClock:
    """Time that passes in sleep() only, for us and for the product."""

    def __init__(self, simulator: Simulator) -> None:
        self._clock = simulator.clock
        self._clock.freeze(True)
        self._clock.advance(START - self._clock.now())

    def monotonic(self) -> float:
        return self._clock.now()

    def time(self) -> float:
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        self._clock.advance(seconds)


# --- the model of each product -----------------------------------------------------------------------------------


class Habits:
    """What each verb does to a job, told from the job's truth alone. Nothing here is taken from the clients."""

    seeds: tuple[Json, ...]
    accepts_repeats = False  # it takes a request that changes nothing, and does not say so

    def holds(self, job: Json) -> bool:
        """Whether a suspend that leaves runs alone makes it held."""
        raise NotImplementedError

    def retries(self, job: Json, jobs: Truth) -> bool:
        raise NotImplementedError

    def stops(self, job: Json) -> bool:
        """Whether a cancel ends something of it."""
        return bool(job["running"])

    def stops_first(self, job: Json) -> bool:
        """Whether a suspend with `running: cancel` ends something of it."""
        return False

    def refuses_cancel(self, job: Json) -> bool:
        """Whether a suspend with `running: cancel` leaves it alone altogether."""
        return False

    def starts(self, job: Json) -> bool:
        """Whether it could begin to run now, by itself or by an operator."""
        raise NotImplementedError

    def kin(self, one: Json, other: Json) -> bool:
        """Whether what is done to the one may show in the other."""
        return False

    def changes(self, verb: Verb, running: Running, job: Json, jobs: Truth) -> bool:
        if verb is Verb.RESUME:
            return bool(job["held"])
        if verb is Verb.RETRY:
            return self.retries(job, jobs)
        if verb is Verb.CANCEL_RUNNING:
            return self.stops(job)
        if running is Running.CANCEL:
            return not self.refuses_cancel(job) and (self.holds(job) or self.stops_first(job))
        return self.holds(job)

    def held_after(self, verb: Verb, running: Running, job: Json) -> bool:
        if verb is Verb.RESUME:
            return False
        if verb is Verb.SUSPEND and not (running is Running.CANCEL and self.refuses_cancel(job)):
            return bool(job["held"]) or self.holds(job)
        return bool(job["held"])

    def happens(self, event: str, job: Json) -> bool:
        """Whether an outside event can happen to this job in a real product."""
        return {
            "suspend": self.holds(job),
            "resume": bool(job["held"]),
            "start": self.starts(job),
            "finish": bool(job["running"]),
            "fail": bool(job["running"]),
            "vanish": True,
        }[event]


class CommvaultHabits(Habits):
    seeds = tuple(
        {"name": word, **seed}
        for word, seed in {
            **{word: {"scenario": word} for word in ("queued", "running", "suspended", "completed", "warning")},
            "failed": {"scenario": "failed"},
            "killed": {"scenario": "cancelled"},
            "pending": {"raw": "Pending"},
            "interrupted": {"raw": "Interrupt Pending"},
        }.items()
    )
    _WAITING = ("Waiting", "Pending", "Queued", "Interrupted")

    def holds(self, job: Json) -> bool:
        return job["state"] in ("Running", "Interrupt Pending", *self._WAITING)

    def retries(self, job: Json, jobs: Truth) -> bool:
        run_again = any(other["resubmit_of"] == job["id"] for other in jobs.values())
        return job["state"] in ("Failed", "Killed") and not run_again

    def stops(self, job: Json) -> bool:
        return bool(job["running"]) and job["state"] != "Kill Pending"

    def held_after(self, verb: Verb, running: Running, job: Json) -> bool:
        if verb is Verb.CANCEL_RUNNING:
            return bool(job["held"]) and not self.stops(job)
        return super().held_after(verb, running, job)

    def starts(self, job: Json) -> bool:
        return job["state"] in self._WAITING


class PrimeHabits(Habits):
    seeds = (
        *(
            {"name": word, "scenario": word}
            for word in ("queued", "running", "suspended", "suspended_running", "completed", "failed", "cancelled")
        ),
        {"name": "one shot", "scenario": "running", "one_shot": True},
        {"name": "unapproved", "scenario": "pending_approval"},
    )

    def holds(self, job: Json) -> bool:
        return bool(job["job_status"] == "SCHEDULED")

    def retries(self, job: Json, jobs: Truth) -> bool:
        return False

    def stops_first(self, job: Json) -> bool:
        return bool(job["running"])

    def starts(self, job: Json) -> bool:
        return job["job_status"] == "SCHEDULED" and not job["running"]


class DrsHabits(Habits):
    seeds = (
        *({"name": word, "scenario": word} for word in ("queued", "running", "suspended", "failed", "completed")),
        {"name": "copying", "raw": "FULL_TRANSFER_STARTED"},
        {"name": "half a copy", "raw": "FULL_TRANSFER_FAILED"},
        {"name": "family", "scenario": "running", "children": 2},
    )
    _WORK = ("FULL_TRANSFER_STARTED", "INCRE_TRANSFER_STARTED", "STARTJOBING")

    def holds(self, job: Json) -> bool:
        return job["state"] in self._WORK and not job["children"]

    def retries(self, job: Json, jobs: Truth) -> bool:
        return str(job["state"]).endswith("_FAILED") and not job["children"]

    def stops(self, job: Json) -> bool:
        return job["state"] in self._WORK and not job["parent_id"]

    def starts(self, job: Json) -> bool:
        return bool(job["state"] == "WAITING_FOR_START")

    def kin(self, one: Json, other: Json) -> bool:
        return bool(one["parent_id"] == other["id"] or other["parent_id"] == one["id"])


class VeeamHabits(Habits):
    seeds = (
        *({"name": word, "scenario": word} for word in ("queued", "running", "suspended", "completed", "failed")),
        {"name": "copy", "kind": "copy", "scenario": "running"},
        {"name": "idle copy", "kind": "copy", "scenario": "queued"},
        {"name": "failed shares", "kind": "nas", "scenario": "failed"},
        {"name": "agents", "kind": "agent", "scenario": "running"},
        {"name": "policy", "kind": "cdp", "scenario": "running"},
    )

    def holds(self, job: Json) -> bool:
        return not job["held"]

    def retries(self, job: Json, jobs: Truth) -> bool:
        return job["state"] == "Stopped/Failed" and not job["held"] and job["kind"] not in ("copy", "cdp")

    def stops(self, job: Json) -> bool:
        return job["state"] in ("Starting", "Working", "Idle") and job["kind"] != "cdp"

    def stops_first(self, job: Json) -> bool:
        return self.stops(job) and job["state"] != "Idle"

    def refuses_cancel(self, job: Json) -> bool:
        return bool(job["running"]) and job["kind"] == "cdp"

    def starts(self, job: Json) -> bool:
        return not job["running"]


class AjsHabits(Habits):
    seeds = (
        *(
            {"name": f"/Batch/{word}", "scenario": word}
            for word in ("queued", "running", "suspended", "completed", "warning", "failed", "cancelled")
        ),
        {"name": "/Batch/planned hold", "hold_attr": "YES"},
        {"name": "/Batch/Net/step", "type": "JOB", "scenario": "running"},
        {"name": "/Batch/Net/next step", "type": "JOB", "scenario": "queued"},
        {"name": "/Batch/Broken/step", "type": "JOB", "scenario": "failed"},
    )
    accepts_repeats = True
    _WAITING = ("TIMEWAIT", "TERMWAIT")

    def holds(self, job: Json) -> bool:
        return job["state"] in self._WAITING and not job["held"]

    def retries(self, job: Json, jobs: Truth) -> bool:
        return job["state"] in ("ABNORMAL", "KILL", "UNEXEC", "FAIL")

    def stops_first(self, job: Json) -> bool:
        return self.stops(job)

    def starts(self, job: Json) -> bool:
        return job["state"] in (*self._WAITING, "HOLDING")

    def kin(self, one: Json, other: Json) -> bool:
        return bool(one["exec_id"] == other["exec_id"])


@dataclasses.dataclass(frozen=True)
class Product:
    """One product: its simulator, its model, and the options of a connection that only it has."""

    create: t.Callable[[], Simulator]
    habits: Habits
    own: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)


PRODUCTS = {
    "commvault": Product(create_commvault, CommvaultHabits()),
    "prime": Product(create_prime, PrimeHabits(), {"api_version": 4}),
    "drs": Product(create_drs, DrsHabits(), {"region": "cn-north-4", "domain": "batchops"}),
    "veeam": Product(create_veeam, VeeamHabits()),
    "ajs": Product(create_ajs, AjsHabits(), {"manager": "HOSTM", "service_name": "AJSROOT1"}),
}


# --- what goes wrong ---------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Trouble:
    """What happens during a verb, between its plan and its end."""

    fault: str = ""  # what becomes of the answer to a write
    skip: int = 0  # so many writes pass before that
    expires: bool = False  # all tokens do
    event: str = ""  # somebody else is faster
    victim: int = 0  # whom that happens to


@dataclasses.dataclass(frozen=True)
class Kill:
    """The process ends at its n-th action request: before it is sent or after it was answered."""

    at: int
    sent: bool
    noticed_after: float = 60.0  # seconds until anybody does anything again


NO_TROUBLE = Trouble()
TROUBLES = st.one_of(
    st.just(NO_TROUBLE),
    st.builds(Trouble, fault=st.sampled_from(LOST), skip=st.integers(0, 1)),
    st.just(Trouble(expires=True)),
    st.builds(Trouble, event=st.sampled_from(EVENTS), victim=st.integers(0, 5)),
)
KILLS = st.one_of(st.none(), st.builds(Kill, st.integers(0, 1), st.booleans(), st.sampled_from([0.0, 60.0])))
CHOICES = st.integers(0, 63)  # one bit for each job
RUNNINGS = st.sampled_from([Running.LEAVE, Running.CANCEL])
UNCONFIRMED = (Refused, NotFound, Ineligible)  # how a job may end that somebody else has changed meanwhile


class Mortal:
    """Actions of a product in a process that may be killed; keeps account of what was asked for."""

    def __init__(self, system: JobSystem, kill: Kill | None) -> None:
        self._act = system.act
        self._kill = kill
        self._calls = 0
        self.announced: set[str] = set()
        system.act = self.act  # type: ignore[method-assign]

    def act(self, verb: Verb, jobs: t.Sequence[Job], options: VerbOptions) -> list[Answer]:
        dies = self._kill is not None and self._calls == self._kill.at
        self._calls += 1
        self.announced |= {job.id for job in jobs}
        if dies and self._kill and not self._kill.sent:
            raise Crash
        answers = self._act(verb, jobs, options)
        if dies:
            raise Crash
        return answers


# --- the machine -------------------------------------------------------------------------------------------------


class Night(RuleBasedStateMachine):
    """One product, one journal, and everybody who does something to the jobs of this night."""

    def __init__(self, product: Product, server: Server) -> None:
        super().__init__()
        self.product = product
        self.habits = product.habits
        self.server = server
        self.simulator = server.simulator
        with self.simulator.lock:
            self.simulator._begin()
        self.clock = NightClock(self.simulator)
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.journal = self.folder / "night.journal"
        self.held: dict[str, bool] = {}
        self.ours: set[str] = set()  # suspended by the window
        self.doubtful: set[str] = set()  # the window has announced it and was killed before it was done
        self.adrift: set[str] = set()  # the product may still be busy with what a killed run has sent
        self.landed = 0.0  # when that is over

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    # --- what the product says of itself ---------------------------------------------------------------------

    def truth(self) -> Truth:
        with self.simulator.lock:
            self.simulator.tick()
            return {job["id"]: job for job in self.simulator.snapshot()}

    def writes(self) -> int:
        return sum(entry.is_write for entry in self.simulator.log)

    def happen(self, event: str, victim: int) -> str:
        """An outside event; returns whom it has happened to, if it could."""
        jobs = self.truth()
        able = [job_id for job_id, job in jobs.items() if self.habits.happens(event, job)]
        if not able:
            return ""
        job_id = able[victim % len(able)]
        with self.simulator.lock:
            self.simulator.event(job_id, event)
        return job_id

    def follow(self, job_ids: t.Iterable[str]) -> None:
        """Believe what the product says of these jobs."""
        jobs = self.truth()
        for job_id in job_ids:
            self.held.pop(job_id, None)
            if job_id in jobs:
                self.held[job_id] = jobs[job_id]["held"]

    def kin(self, job_ids: t.Collection[str], jobs: Truth) -> set[str]:
        """Other jobs that what happens to these shows in."""
        here = [jobs[job_id] for job_id in job_ids if job_id in jobs]
        return {
            other["id"]
            for other in jobs.values()
            if any(one is not other and self.habits.kin(one, other) for one in here)
        }

    # --- who does something ----------------------------------------------------------------------------------

    @initialize(data=st.data())
    def evening(self, data: st.DataObject) -> None:
        seeds = data.draw(st.lists(st.sampled_from(self.habits.seeds), min_size=2, max_size=5, unique_by=str))
        with self.simulator.lock:
            for seed in seeds:
                self.simulator.seed(seed)
        self.follow(self.truth())

    @rule(event=st.sampled_from(EVENTS), victim=st.integers(0, 5))
    def outside(self, event: str, victim: int) -> None:
        before = self.truth()
        job_id = self.happen(event, victim)
        if job_id:
            self.follow({job_id} | self.kin([job_id], before))

    @rule(seconds=st.sampled_from([0.1, 1.0, 30.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.sleep(seconds)

    @rule(choice=CHOICES, running=RUNNINGS, trouble=TROUBLES)
    def suspend(self, choice: int, running: Running, trouble: Trouble) -> None:
        self.verb(Verb.SUSPEND, choice, trouble, running)

    @rule(choice=CHOICES, trouble=TROUBLES)
    def resume(self, choice: int, trouble: Trouble) -> None:
        self.verb(Verb.RESUME, choice, trouble)

    @rule(choice=CHOICES, trouble=TROUBLES)
    def retry(self, choice: int, trouble: Trouble) -> None:
        self.verb(Verb.RETRY, choice, trouble)

    @rule(choice=CHOICES, trouble=TROUBLES)
    def cancel_running(self, choice: int, trouble: Trouble) -> None:
        self.verb(Verb.CANCEL_RUNNING, choice, trouble)

    @rule(choice=CHOICES, running=RUNNINGS, trouble=TROUBLES, kill=KILLS)
    def open_window(self, choice: int, running: Running, trouble: Trouble, kill: Kill | None) -> None:
        before = self.truth()
        asked: set[str] = set()
        try:
            items = self.opened(choice, running, trouble, kill, asked)
        except Crash:
            self.after_kill(kill, before, asked)
            self.doubtful |= asked
            return
        self.doubtful = {item.job_id for item in items if item.error}
        self.ours |= {item.job_id for item in items if item.changed and item.now and item.now.halted}

    @precondition(lambda self: self.journal.exists())
    @rule(trouble=TROUBLES, kill=KILLS)
    def close_window(self, trouble: Trouble, kill: Kill | None) -> None:
        before, known = self.truth(), self.ours | self.doubtful
        try:
            items = self.closed(trouble, kill)
        except Crash:
            self.after_kill(kill, before, known | self.adrift)
            return
        assert {item.job_id for item in items} <= known
        self.ours = {item.job_id for item in items if item.error or item.now is None}  # missing is not gone
        self.doubtful = set()
        assert {entry.id for entry in self.contents().open_entries} == self.ours

    @invariant()
    def held_as_the_model_says(self) -> None:
        self.follow(self.adrift)
        if self.clock.time() >= self.landed:
            self.adrift = set()
        assert {job_id: job["held"] for job_id, job in self.truth().items()} == self.held

    @invariant()
    def nobody_is_left_logged_in(self) -> None:
        assert self.simulator.sessions() == 0

    # --- a verb, and what it must have done ------------------------------------------------------------------

    def connected(self) -> JobSystem:
        origin = self.server.origin
        own = {**self.product.own, **({"iam_url": origin} if self.simulator.system == "drs" else {})}
        connection = Connection(
            url=self.server.url,
            username=self.simulator.username,
            password=self.simulator.password,
            workers=1,
            product=own,
        )
        return connect(self.simulator.system, connection, self.clock)

    def chosen(self, choice: int) -> Selection:
        """The jobs whose bits are set; where there is none of these, all jobs."""
        listed = list(self.truth())
        named = tuple(job_id for bit, job_id in enumerate(listed) if choice >> bit & 1)
        return Selection(job_ids=named, location="/")

    def verb(self, verb: Verb, choice: int, trouble: Trouble, running: Running = Running.LEAVE) -> None:
        if verb is Verb.RETRY and self.simulator.system == "prime":
            return
        selection = self.chosen(choice)
        with self.connected() as system:
            engine = self.engine(system, running)
            items = select(engine.system, selection)
            self.carry_out(engine, system, verb, items, trouble, running)
        if trouble == NO_TROUBLE:
            self.again(verb, selection, items, running)

    def engine(self, system: JobSystem, running: Running) -> Engine:
        policy = Policy(on_missing="ignore", on_ineligible="skip", wait_timeout=WAIT_TIMEOUT)
        return Engine(system, self.clock, policy, VerbOptions(running=running))

    def carry_out(
        self,
        engine: Engine,
        system: JobSystem,
        verb: Verb,
        items: list[Item],
        trouble: Trouble,
        running: Running = Running.LEAVE,
        recorder: Recorder | None = None,
    ) -> None:
        """Plan (unless that was done), let the trouble come, act; then compare everything with the model."""
        before, written = self.truth(), self.writes()
        if not all(item.decision for item in items if item.before):
            engine.plan(verb, items)
        predicted = report.written(items, system.capabilities.system, predict=True)
        assert self.writes() == written, "the plan has written something"
        raced = self.start_trouble(trouble)
        try:
            engine.carry_out(verb, items, recorder)
        finally:
            with self.simulator.lock:
                self.simulator.armed.clear()
        self.judge(verb, running, items, before, raced, predicted)

    def start_trouble(self, trouble: Trouble) -> str:
        """Returns the job that somebody else has changed."""
        if trouble.fault:
            self.simulator.armed.append(Fault(trouble.fault, writes=True, skip=trouble.skip, status=500))
        if trouble.expires:
            with self.simulator.lock:
                self.simulator.expire()
        return self.happen(trouble.event, trouble.victim) if trouble.event else ""

    def judge(
        self, verb: Verb, running: Running, items: list[Item], before: Truth, raced: str, predicted: Json
    ) -> None:
        after = self.truth()
        chosen = {item.job_id for item in items}
        unclear = self.kin(chosen, before) | self.adrift
        vague = unclear | ({raced} | self.kin([raced], before) if raced else set())
        unclear |= {raced} if self.habits.accepts_repeats else set()
        foreseen = {job["id"]: job for job in predicted["jobs"]}
        for item in items:
            job_id = item.job_id
            if item.error:
                forgivable = UNCONFIRMED if job_id in vague else self.forgivable(verb)
                assert isinstance(item.error, forgivable), f"{job_id}: {item.error!r}"
                vague.add(job_id)
            if job_id in after and job_id in before:
                touched = after[job_id]["applied"] != before[job_id]["applied"]
                assert touched or job_id in unclear or not item.changed, f"{job_id} is said to be changed"
            if job_id in vague or job_id not in before:
                continue
            expected = self.habits.changes(verb, running, before[job_id], before)
            assert item.changed == expected, f"{job_id} changed"
            assert touched == expected, f"{job_id} touched"
            assert foreseen[job_id]["changed"] == expected, f"{job_id} foreseen"
            if item.changed:
                assert item.now is not None
                assert foreseen[job_id]["after"] == item.now.state.value, f"{job_id} foreseen after"
            self.held[job_id] = self.habits.held_after(verb, running, before[job_id])
        for job_id in set(before) - chosen - vague:
            assert after[job_id]["applied"] == before[job_id]["applied"], f"{job_id} was not selected"
        self.follow(vague | (set(after) - set(before)))

    def forgivable(self, verb: Verb) -> tuple[type[Exception], ...]:
        """Errors that one lost answer may end in: only DRS cannot tell whether a retry or an end has begun."""
        vague = self.simulator.system == "drs" and verb in (Verb.RETRY, Verb.CANCEL_RUNNING)
        return (UnknownOutcome,) if vague else ()

    def again(self, verb: Verb, selection: Selection, first: list[Item], running: Running) -> None:
        """The same run once more changes nothing, unless a job has gone on by itself since."""
        before, written = self.truth(), self.writes()
        again = dataclasses.replace(selection, job_ids=tuple(item.job_id for item in first))
        if (
            not again.job_ids
            or self.adrift
            or any(self.habits.changes(verb, running, before[i], before) for i in again.job_ids)
        ):
            return
        with self.connected() as system:
            engine = self.engine(system, running)
            items = select(engine.system, again)
            engine.plan(verb, items)
            engine.carry_out(verb, items)
        assert not [item.job_id for item in items if item.changed or item.error]
        assert self.writes() == written, "the second run has written something"

    # --- windows ---------------------------------------------------------------------------------------------

    def opened(self, choice: int, running: Running, trouble: Trouble, kill: Kill | None, asked: set[str]) -> list[Item]:
        """What `job_suspend` does with a journal."""
        selection = self.chosen(choice)
        journal = Journal(str(self.journal), self.clock)
        try:
            with self.connected() as system:
                system_name = system.capabilities.system
                journal.begin(system_name, system.identity)
                journal.open_window(system_name, system.identity, "night")
                self.settled(system, journal)
                mortal = Mortal(system, kill)
                mortal.announced = asked
                recorder = SuspendRecorder(journal, "night", _fail)
                engine = self.engine(system, running)
                items = select(engine.system, selection)
                self.carry_out(engine, system, Verb.SUSPEND, items, trouble, running, recorder)
        finally:
            journal.release()
        return items

    def closed(self, trouble: Trouble, kill: Kill | None) -> list[Item]:
        """What `job_resume` does with a journal."""
        journal = Journal(str(self.journal), self.clock, must_exist=True)
        try:
            with self.connected() as system:
                self.settled(system, journal)
                Mortal(system, kill)
                engine = self.engine(system, Running.LEAVE)
                items = Window(journal, system, engine, self.clock, _fail, "night").plan_resume(Selection())
                self.carry_out(
                    engine, system, Verb.RESUME, items, trouble, recorder=ResumeRecorder(journal, "night", _fail)
                )
                journal.close_window("night")
        finally:
            journal.release()
        return items

    def after_kill(self, kill: Kill | None, before: Truth, asked: set[str]) -> None:
        """What a killed run had sent is done by the product all the same; it was about these jobs and no others."""
        self.clock.sleep(kill.noticed_after if kill else 0.0)
        after = self.truth()
        touched = {i for i in set(before) & set(after) if after[i]["applied"] != before[i]["applied"]}
        assert touched <= asked
        self.follow(set(before) | set(after))
        self.adrift, self.landed = self.adrift | asked, self.clock.time() + 10.0

    def settled(self, system: JobSystem, journal: Journal) -> None:
        """What was announced and is suspended now counts as suspended by the window."""
        settle(system, self.clock, journal, VerbOptions(), Deadline(self.clock, WAIT_TIMEOUT))
        jobs = self.truth()
        self.ours |= {job_id for job_id in self.doubtful if job_id in jobs and jobs[job_id]["held"]}
        self.doubtful = set()

    def contents(self) -> t.Any:
        reading = Journal(str(self.journal), self.clock, read_only=True)
        return reading.ledger


def _fail(message: str) -> None:
    raise UsageError(message)


@pytest.fixture(params=PRODUCTS)
def product(request: pytest.FixtureRequest) -> Product:
    return PRODUCTS[request.param]


@pytest.fixture
def server(product: Product) -> t.Iterator[Server]:
    with serving(product.create()) as running:
        yield running


def test_nights(product: Product, server: Server) -> None:
    """The same nights each time: what one finds can be looked at again."""
    run_state_machine_as_test(
        lambda: Night(product, server),  # type: ignore[arg-type]
        settings=settings(
            max_examples=24,
            stateful_step_count=12,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),  # a busy machine makes nights long
            report_multiple_bugs=False,
        ),
    )
