# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run of the simulation: a history happens, and what is always true is looked at after each event."""

from __future__ import annotations

import collections
import dataclasses
import functools
import json
import random
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._registry import CAPABILITIES
from simulation.calls import call
from simulation.disk import Disk
from simulation.history import OPERATORS, Event, History, Jump, Mishap, Operation, Outside, Trouble
from simulation.launch import installed, run_module
from simulation.ledger import Book
from simulation.network import Exchange, Network
from simulation.product import Product, seeded_identities
from simulation.timeline import Process, Timeline, Wake
from simulation.watch import Broken, Watch

Json = dict[str, t.Any]

START = 1_780_000_000.0  # seconds since the epoch
FOLDER = "/var/lib/windows"
JOURNAL = f"{FOLDER}/product.journal"
CLOSER = "closer"
HOLDING = ("open", "apply", "close", "close own", "close expired", "forget")
#: Operations that change something; two of them at a time cannot be told apart by what the product has counted.
CHANGING = (*HOLDING, "block", "retry", "cancel")


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What a history has come to."""

    history: History
    broken: Broken | None
    log: tuple[str, ...]
    events: int


class Plan(t.NamedTuple):
    """What a run has planned, to be applied by another one."""

    text: str
    planned: Operation


class World:
    """Everything that there is, in its beginning."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.log: list[str] = []
        self.events = 0
        self._rng = random.Random(f"world {history.seed}")
        self._timeline = Timeline(START)
        self._timeline.after_each = self._after_each
        self._product = Product(self._timeline, history.system, dict(history.knobs), history.jobs)
        late = CAPABILITIES[history.system].settle / 2
        self._network = Network(self._timeline, self._product.simulator, self._rng, late)
        self._network.on_arrival = self._arrived
        self._network.on_trouble = lambda exchange, kind: self._note(exchange.process.name, f"{exchange}: {kind}")
        self._disk = Disk(self._timeline, self._rng, FOLDER)
        self._disk.on_change = lambda what: self._note(self._timeline.process.name, f"journal: {what}")
        self._ahead: dict[str, float] = collections.defaultdict(float)
        self._watch = Watch(history.system)
        self._turned_away: dict[Process, set[bytes]] = collections.defaultdict(set)  # changes, and no look since
        self._running: dict[Process, Operation] = {}
        self._plans: dict[tuple[str, str], Plan] = {}  # by operator and window
        self._switches = self._product.switches()  # as they were found
        self._states: dict[str, str] = {}
        self._told_of: set[str] = set()  # units of which a run has said that a hold has been passed on
        self._overlapped: set[Process] = set()  # what they have done cannot be told from what others have
        self._others = 0  # how often a run could have opened a session beside another one
        self._quiet_from = 0.0  # when what dead runs have sent has taken effect

    # --- from beginning to end -------------------------------------------------------------------------------

    def run(self) -> Verdict:
        broken = None
        try:
            with seeded_identities(self._rng), self._installed():
                try:
                    self._live()
                    self._end()
                finally:
                    self._timeline.abandon()
        except Broken as error:
            broken = error
            self._note("", f"BROKEN: {error}")
        return Verdict(self.history, broken, tuple(self.log), self.events)

    def _installed(self) -> t.ContextManager[None]:
        return installed(self._timeline, self._network, self._disk, self._ahead, self._rng)

    def _live(self) -> None:
        self._watch.look(self._product.truth(), self._durable)
        for operator in OPERATORS:
            own = [event for event in self.history.events if getattr(event, "operator", "") == operator]
            works = [event for event in own if isinstance(event, Operation)]
            self._next_of(collections.deque(works))
        for event in self.history.events:
            if not isinstance(event, Operation):
                self._timeline.at(START + event.at, functools.partial(self._happen, event))
        self._timeline.run()
        self._require_no_run()

    def _end(self) -> None:
        """Faults are over, and somebody closes what is open."""
        self._network.troubles.clear()
        self._product.show_all()
        self._note("", "all faults are over")
        self._close_all()
        if self._release_inherited():
            self._close_all()
        self._watch.require_end(self._product.truth(), self._book)
        if self._product.switches() != self._switches:
            raise Broken("in the end all is as it was found", f"{self._product.switches()}, not {self._switches}")

    def _release_inherited(self) -> bool:
        """What a person does about a hold that was passed on to another generation; False: there is none."""
        for job_id in sorted(self._watch.asked) if self.history.system == "ajs" else ():
            self._happen_to(job_id, "register")
        self._watch.look(self._product.truth(), self._durable)
        truth = self._product.truth()
        inherited = [job_id for job_id in sorted(self._watch.inherited) if job_id in truth and truth[job_id]["held"]]
        for job_id in inherited:
            unit = job_id.rpartition(":")[0]
            pages = [page for other, page in self._book.pages.items() if other.rpartition(":")[0] == unit]
            if not any(page.is_open for page in pages) or unit not in self._told_of:
                raise Broken("what is held is told of", f"{job_id} has inherited a hold of ours")
            self._happen_to(job_id, "resume")
        return bool(inherited)

    def _close_all(self) -> None:
        book = self._book
        windows = book.open | {window for page in book.pages.values() if page.is_open for window in page.holders}
        works = [Operation(0.0, CLOSER, "close", window, timeout=7200.0) for window in sorted(windows)]
        self._next_of(collections.deque(works))
        self._timeline.after(1000.0 + CAPABILITIES[self.history.system].settle, lambda: None)
        self._timeline.run()
        self._require_no_run()

    def _require_no_run(self) -> None:
        if self._running:
            raise Broken("every run ends", ", ".join(str(operation) for operation in self._running.values()))

    # --- what happens ----------------------------------------------------------------------------------------

    def _next_of(self, works: collections.deque[Operation]) -> None:
        """Let an operator do the next thing, when it is time for it."""
        if works:
            operation = works.popleft()
            self._timeline.at(START + operation.at, lambda: self._start(operation, works))

    def _start(self, operation: Operation, works: collections.deque[Operation]) -> None:
        if operation.work == "apply":
            plan = self._plans.get((operation.operator, operation.window))
            if plan is None:  # nobody has come to plan anything
                operation = dataclasses.replace(operation, work="look")
            else:
                running, jobs = plan.planned.running, plan.planned.jobs
                operation = dataclasses.replace(operation, running=running, jobs=jobs)
        process = Process(operation.operator, operation.dies_at)
        process.on_death = self._died
        is_quiet = self._timeline.now > self._quiet_from
        if not is_quiet or any(other.work in CHANGING for other in self._running.values()):
            self._overlapped |= {process, *self._running}
        self._others += len(self._running)
        self._running[process] = operation
        process.on_end = lambda: self._next_of(works)
        self._note(operation.operator, str(operation).partition(" ")[2])
        self._timeline.start(process, lambda: self._work(process, operation))

    def _work(self, process: Process, operation: Operation) -> None:
        ids = self._ids(operation)
        if operation.work in ("open", "plan"):
            self._watch.meant |= set(ids)
            self._watch.means_all = self._watch.means_all or not operation.jobs
        self._watch.busy = [*self._watch.busy, *ids]
        before, sessions = self._deeds(), self._product.simulator.sessions()
        others = self._others if len(self._running) == 1 else None
        plan = self._plans.get((operation.operator, operation.window))
        named = ids if operation.jobs else []
        module, options = call(operation, self._product.options, JOURNAL, named, plan.text if plan else "")
        result = run_module(module, options)
        self._ended(process, operation, result)
        left = self._product.simulator.sessions()
        is_alone = not self._running and self._others == others
        if left > sessions and is_alone and not process.is_disturbed:
            raise Broken("no session stays open", f"{operation.work} has left {left - sessions}")
        self._watch.run_ended(operation, self._ids(operation), result, self._product.truth(), self._book)
        if process not in self._overlapped and operation.work in HOLDING and operation.running != "cancel":
            self._watch.require_true(operation, result, before, self._deeds())

    def _ended(self, process: Process, operation: Operation, result: Json | None) -> None:
        del self._running[process]
        self._disk.ends(process)
        self._watch.busy = [job_id for other in self._running.values() for job_id in self._ids(other)]
        if result is None:
            self._note(operation.operator, "was killed")
        else:
            told = [job["id"] for job in result.get("jobs", []) if "next generation" in json.dumps(job)]
            self._told_of |= {job_id.rpartition(":")[0] for job_id in told}
            if operation.work == "plan" and "plan" in result:
                self._plans[operation.operator, operation.window] = Plan(result["plan"], operation)
            kind = result.get("error", {}).get("kind", "")
            self._note(operation.operator, f"{kind}: {result['msg']}" if result.get("failed") else _told(result))
        process.on_end()

    def _died(self, process: Process) -> None:
        """A process is killed: here and now, in its present step."""
        operation = self._running[process]
        self._timeline.kill(process)
        self._quiet_from = self._timeline.now + CAPABILITIES[self.history.system].settle
        self._ended(process, operation, None)
        self._watch.run_ended(operation, self._ids(operation), None, self._product.truth(), self._book)

    def _happen(self, event: Event) -> None:
        if isinstance(event, Outside):
            self._happen_to(self._product.id_of(event.job), event.event)
        elif isinstance(event, Trouble):
            self._network.troubles.append(event)
            self._note("", str(event))
            self._timeline.after(event.lasts, lambda: self._over(event))
        elif isinstance(event, Jump):
            self._ahead[event.operator] += event.seconds
            self._note("", str(event))
        elif isinstance(event, Mishap):
            self._note("", str(event))
            self._befall(event.kind)

    def _happen_to(self, job_id: str, event: str) -> None:
        if self._product.happen(job_id, event):
            self._note("", f"behind our back: {event} of {job_id}")
            truth, is_behind = self._product.truth(), self._product.is_behind
            self._watch.happened_outside(job_id, event, truth, self._book, is_behind)

    def _over(self, trouble: Trouble) -> None:
        if trouble in self._network.troubles:
            self._network.troubles.remove(trouble)

    def _befall(self, kind: str) -> None:
        if kind == "power":
            for process in list(self._running):
                self._died(process)
            self._disk.lose_power()
        elif kind == "restart":
            self._product.simulator.expire()
        else:
            self._disk.save_copy(JOURNAL)

    # --- what is looked at -----------------------------------------------------------------------------------

    def _after_each(self) -> None:
        self.events += 1
        truth, book = self._product.truth(), self._book
        states = {job_id: job["state"] for job_id, job in truth.items()}
        if states != self._states:
            for job_id in sorted(states.keys() | self._states.keys()):
                if states.get(job_id) != self._states.get(job_id):
                    self._note("product", f"{job_id} is {states.get(job_id, 'gone')}")
            self._states = states
        self._watch.look(truth, self._durable)
        self._watch.require_held(truth, book)
        self._watch.require_blocked(self._product.switches(), book)
        if not any(operation.work in CHANGING for operation in self._running.values()):
            self._watch.require_same(book, truth)

    @property
    def _book(self) -> Book:
        return _read(self._disk.content(JOURNAL) or b"")

    @property
    def _durable(self) -> Book:
        return _read(self._disk.durable(JOURNAL))

    def _deeds(self) -> dict[str, int]:
        return {job_id: self._watch.deeds_of(job) for job_id, job in self._product.truth().items()}

    def _ids(self, operation: Operation) -> list[str]:
        """The jobs that an operation is about."""
        named = [self._product.id_of(number) for number in operation.jobs]
        return named or list(self._product.truth())

    def _arrived(self, exchange: Exchange, handle: Wake) -> None:
        turned_away, request = self._turned_away[exchange.process], bytes(exchange)
        if exchange.is_write and request in turned_away:
            raise Broken("a change that was turned away is not sent again without a look", str(exchange))
        handle()
        if exchange.is_write and exchange.answer and exchange.answer.status.startswith("401"):
            turned_away.add(request)
        elif not exchange.is_write and not exchange.is_about_session:
            turned_away.clear()
        status = exchange.answer.status if exchange.answer else ""
        dead = "" if exchange.process.is_alive else ", sent by a run that is dead"
        self._others += bool(dead)
        if exchange.is_write and (dead or exchange.process not in self._running):
            self._overlapped |= self._running.keys()
            self._quiet_from = self._timeline.now + CAPABILITIES[self.history.system].settle
        self._note(exchange.process.name, f"{exchange} -> {status}{dead}")

    def _note(self, who: str, what: str) -> None:
        self.log.append(f"{self._timeline.now - START:10.3f}  {who:<7} {what}")


def _told(result: Json) -> str:
    """What a run that succeeded says."""
    changed = [job["id"] for job in result.get("jobs", []) if job.get("changed")]
    warned = f"; warns: {'; '.join(result['warnings'])}" if result.get("warnings") else ""
    return f"ok, {len(changed)} of {len(result.get('jobs', []))} jobs changed{warned}"


@functools.lru_cache(maxsize=64)
def _read(data: bytes) -> Book:
    return Book(data)
