# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two clients that look at one simulated product, somebody else's and ours: what a test of their agreement needs."""

from __future__ import annotations

import datetime
import pathlib
import typing as t

from support.ansible import Ansible
from support.clock import ProductClock
from support.estate import Target, write_inventory

from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Policy
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Job,
    JobState,
    Selection,
    Step,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._registry import connect
from ansible_collections.batchops.job_control.plugins.module_utils._selection import select
from ansible_collections.batchops.job_control.plugins.module_utils._system import Connection
from simulators.core.control import Control
from simulators.core.server import Server

#: What one client reads: for each job the values that both show, named like the attributes of our Job.
Rows = dict[str, dict[str, t.Any]]

SIZE = 30
_SKIPPED = 40  # among the jobs after these are those which are rare in the estates


def mixed(estate: t.Callable[[int], list[dict[str, t.Any]]]) -> list[dict[str, t.Any]]:
    """The seeds of a mixed lot of jobs."""
    return estate(_SKIPPED + SIZE)[_SKIPPED:]


def iso(seconds: float) -> str:
    """Seconds since the epoch as our package writes a time; empty for 0."""
    moment = datetime.datetime.fromtimestamp(seconds, tz=datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else ""


def in_utc(time: str | None) -> str:
    """A time with its offset as our package writes it."""
    return iso(datetime.datetime.fromisoformat(time).timestamp()) if time else ""


class Ours:
    """Our product package, used as the modules use it but in this process, on time that the test owns."""

    def __init__(self, server: Server, **changes: t.Any) -> None:
        """
        :param changes: connection options; those with the product's prefix are its own.
        """
        options: dict[str, t.Any] = {**server.options, **changes}
        name = options.pop("system")
        own = {key: options.pop(key) for key in list(options) if key.startswith(f"{name}_")}
        product = {key.removeprefix(f"{name}_"): value for key, value in own.items()}
        server.simulator.clock.freeze(True)
        self._clock = ProductClock(server.simulator.clock)
        self._log = server.simulator.log
        self.system = connect(name, Connection(**options, product=product), self._clock)

    def jobs(self, *job_ids: str, **selection: t.Any) -> dict[str, Job]:
        """Jobs as they are now, by id."""
        items = select(self._engine().system, Selection(job_ids=job_ids, **selection))
        return {item.job.id: item.job for item in items}

    def rows(self, *names: str, **selection: t.Any) -> Rows:
        """These attributes of the jobs."""
        return {job.id: row(job, *names) for job in self.jobs(**selection).values()}

    def state(self, job_id: str) -> JobState:
        return self.jobs(job_id)[job_id].state

    def carry_out(self, verb: Verb, *job_ids: str, **options: t.Any) -> dict[str, Item]:
        """A whole verb; what becomes of each job."""
        engine = self._engine(**options)
        items = select(engine.system, Selection(job_ids=job_ids))
        engine.plan(verb, items)
        engine.carry_out(verb, items)
        assert [item.error for item in items if item.error] == []
        return {item.job.id: item for item in items}

    def change(self, verb: Verb, *job_ids: str, **options: t.Any) -> None:
        """A verb that every one of the jobs needs."""
        done = self.carry_out(verb, *job_ids, **options)
        assert {job_id for job_id, item in done.items() if item.changed} == set(job_ids)

    def has_nothing_to_do(self, verb: Verb, *job_ids: str) -> bool:
        """Whether the verb is done already for all of the jobs, and nothing is written."""
        before = self._writes()
        done = self.carry_out(verb, *job_ids)
        assert self._writes() == before
        return all(item.planned.step is Step.ALREADY and not item.changed for item in done.values())

    def _writes(self) -> int:
        return sum(entry.is_write for entry in self._log)

    def _engine(self, **options: t.Any) -> Engine:
        policy = Policy(wait_timeout=60, wait_interval=1)
        return Engine(self.system, self._clock, policy, VerbOptions(**options))


def row(job: Job, *names: str) -> dict[str, t.Any]:
    """These attributes of a job."""
    return {name: getattr(job, name) for name in names}


def reported(jobs: t.Mapping[str, t.Mapping[str, t.Any]], *names: str) -> Rows:
    """These values of the jobs that a module reports."""
    return {job_id: {name: job[name] for name in names} for job_id, job in jobs.items()}


def real_ansible(server: Server, folder: pathlib.Path) -> Ansible:
    """Ansible with the product as its only inventory host, on time that passes by itself."""
    server.simulator.clock.freeze(False)
    system = server.simulator.system
    inventory = folder / "inventory.yml"
    write_inventory(inventory, [Target(system, server.options, Control(server.origin))])
    return Ansible(inventory, folder)
