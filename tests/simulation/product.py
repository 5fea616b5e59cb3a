# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The product in the simulation: one of the simulators, its truth about each job, and what happens behind our back."""

from __future__ import annotations

import contextlib
import functools
import random
import types
import typing as t
import uuid

import pytest

from simulation.timeline import Timeline
from simulators.__main__ import create
from simulators.ajs import users
from simulators.ajs.agents import Agent
from simulators.ajs.simulator import AjsSimulator
from simulators.commvault import accounts
from simulators.commvault.simulator import CommvaultSimulator
from simulators.core.clock import SimClock
from simulators.core.simulator import BadSeed, Json, Simulator
from simulators.drs.simulator import DrsSimulator
from simulators.prime import simulator as prime
from simulators.veeam import logons, state

ORIGIN = "http://127.0.0.1:80"

#: One whose job tells little of what it works on (contract commvault 6.1).
RESTORE: Json = {"type": "Restore", "no_subclient": True}

DATA_VERIFICATION = 8192  # an activity that none of the jobs needs

simulator = functools.cache(create)  # one of each; a world begins with an empty one


class WorldClock(SimClock):
    """The time of the simulation is that of the product."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__()
        self._timeline = timeline

    def now(self) -> float:
        return self._timeline.now if self._due is None else self._due


class Product:
    """An empty product with some jobs.

    :param scenarios: the state of each job in the beginning; one that the product does not have becomes `queued`.
    """

    def __init__(self, timeline: Timeline, system: str, knobs: Json, scenarios: t.Sequence[str]) -> None:
        self.simulator: Simulator = simulator(system)
        self.simulator.clock = WorldClock(timeline)
        self.simulator._begin()
        self.simulator.knobs.update(knobs)
        self._hidden: set[str] = set()
        self._stowed: dict[str, tuple[t.Any, Json]] = {}  # a job that was taken out, and the truth about it
        self.ids: list[str] = []
        for number, scenario in enumerate(scenarios):
            self.add(f"job-{number}", scenario)
        if isinstance(self.simulator, AjsSimulator):
            for agent in (Agent("ours", "host"), Agent("theirs", "host", status="HOLD")):
                self.simulator.world.agents.add(agent)

    @property
    def options(self) -> dict[str, str]:
        """The connection options of the modules."""
        simulator = self.simulator
        own = {name: value.format(origin=ORIGIN) for name, value in simulator.own_options.items()}
        account = {"username": simulator.username, "password": simulator.password}
        return {"system": simulator.system, "url": ORIGIN + simulator.base_path, **account, **own}

    def add(self, name: str, scenario: str) -> None:
        """A new job."""
        state, _space, kind = scenario.partition(" ")
        more = RESTORE if kind and self.simulator.system == "commvault" else {}
        try:
            job_id = self.simulator.seed({"name": name, "scenario": state, **more})
        except BadSeed:
            job_id = self.simulator.seed({"name": name, "scenario": "queued"})
        self.ids.append(job_id)

    def truth(self) -> dict[str, Json]:
        """What each job is like now, by id."""
        self.simulator.tick()
        stowed = {job_id: truth for job_id, (_job, truth) in self._stowed.items()}
        return {**stowed, **{job["id"]: job for job in self.simulator.snapshot()}}

    def switches(self) -> dict[str, bool]:
        """Whether each of what can keep new work from starting does so, by the first words of its id in a journal."""
        if isinstance(self.simulator, AjsSimulator):
            return {f"agent:{agent.name}": agent.status == "HOLD" for agent in self.simulator.world.agents.all()}
        if isinstance(self.simulator, CommvaultSimulator):
            return {"activity:": not self.simulator.commcell.activity.commcell.by_number[DATA_VERIFICATION].enabled}
        return {}

    def id_of(self, number: int) -> str:
        """The id of a job by its place."""
        return self.ids[number % len(self.ids)]

    def happen(self, job_id: str, event: str) -> bool:
        """Let something happen behind our back; False: it cannot, now."""
        self.simulator.tick()
        try:
            if event == "appear":
                self.add(f"job-{len(self.ids)}", "queued")
            elif event in ("hide", "show"):
                return self._hide(job_id) if event == "hide" else self._show(job_id)
            elif job_id in self._stowed or (event != "vanish" and self._has_ended(job_id)):
                return False
            else:
                self.simulator.event(job_id, event)
        except BadSeed:
            return False
        self.simulator.tick()
        return True

    @property
    def is_behind(self) -> bool:
        """Whether it shows what happens behind our back only after a while."""
        return bool(self.simulator.knobs.get("collection_lag"))

    def _has_ended(self, job_id: str) -> bool:
        """Whether nothing more can happen to it: a job of Commvault runs once."""
        product = self.simulator
        job = product.commcell.jobs.get(int(job_id)) if isinstance(product, CommvaultSimulator) else None
        return job is not None and job.final

    def show_all(self) -> None:
        for job_id in sorted(self._hidden):
            self._show(job_id)

    # --- a job that the user may not see ---------------------------------------------------------------------

    def _hide(self, job_id: str) -> bool:
        truth = self.truth().get(job_id)
        if truth is None or job_id in self._hidden:
            return False
        product = self.simulator
        if isinstance(product, prime.PrimeSimulator):
            product.world.jobs[int(job_id)].visible_from = float("inf")
        elif isinstance(product, AjsSimulator):
            product.world.units[job_id.rpartition(":")[0]].resource_group = users.HIDDEN
        elif isinstance(product, CommvaultSimulator):
            self._stowed[job_id] = product.commcell.jobs.pop(int(job_id)), truth
            product.commcell.version += 1
        elif isinstance(product, DrsSimulator) and truth["held"]:  # nothing is due to happen to it
            self._stowed[job_id] = product.world.jobs.pop(job_id), truth
        else:
            return False  # Enterprise Manager shows all its jobs to all its users
        self._hidden.add(job_id)
        return True

    def _show(self, job_id: str) -> bool:
        if job_id not in self._hidden:
            return False
        self._hidden.remove(job_id)
        product = self.simulator
        if isinstance(product, prime.PrimeSimulator) and int(job_id) in product.world.jobs:
            product.world.jobs[int(job_id)].visible_from = 0.0
        elif isinstance(product, AjsSimulator) and job_id.rpartition(":")[0] in product.world.units:
            product.world.units[job_id.rpartition(":")[0]].resource_group = ""
        elif isinstance(product, CommvaultSimulator):
            product.commcell.jobs[int(job_id)] = self._stowed.pop(job_id)[0]
            product.commcell.version += 1
        elif isinstance(product, DrsSimulator):
            product.world.jobs[job_id] = self._stowed.pop(job_id)[0]
        return True


@contextlib.contextmanager
def seeded_identities(rng: random.Random) -> t.Iterator[None]:
    """What products make up at random is the same in each run of a seed."""

    def token_hex(size: int) -> str:
        return rng.randbytes(size).hex()

    secrets = types.SimpleNamespace(token_hex=token_hex, compare_digest=lambda one, other: one == other)
    uuids = types.SimpleNamespace(
        **{name: getattr(uuid, name) for name in ("UUID", "uuid5", "NAMESPACE_DNS", "NAMESPACE_OID")},
        uuid4=lambda: uuid.UUID(int=rng.getrandbits(128), version=4),
    )
    with pytest.MonkeyPatch.context() as patch:
        for module in (accounts, prime):
            patch.setattr(module, "secrets", secrets)
        for module in (logons, state):
            patch.setattr(module, "uuid", uuids)
        yield
