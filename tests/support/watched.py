# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several modules in one play, with what the product got from each: a play costs as much as a module."""

from __future__ import annotations

import dataclasses
import itertools
import re
import typing as t

from support.ansible import Ansible, ModuleRun
from support.estate import Target
from support.plays import Task, run_tasks

Json = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Call:
    """A module of the collection to run.

    :param check: in check mode. Every call shows its difference.
    :param look: look at the product after it.
    """

    module: str
    options: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    check: bool = False
    look: bool = False

    @property
    def task(self) -> Task:
        return {f"batchops.job_control.{self.module}": dict(self.options), "check_mode": self.check, "diff": True}


@dataclasses.dataclass(frozen=True)
class WatchedRun(ModuleRun):
    """What a module ended with, and what the product's simulator says about it."""

    requests: list[Json]  # those of this run
    product: dict[str, Json]  # the truth about every job after it, if that was looked at

    @property
    def writes(self) -> list[Json]:
        return [entry for entry in self.requests if entry["is_write"]]

    @property
    def held(self) -> dict[str, bool]:
        """What suspend and resume change, for every job."""
        return {job_id: job["held"] for job_id, job in self.product.items()}


def run_watched(ansible: Ansible, target: Target, *calls: Call, host: str = "") -> list[WatchedRun]:
    """Run modules one after the other on one host, also those after one that failed.

    Which request is whose is told by how many each module says it has sent; they have to add up.

    :param host: the host of the inventory; the one named after the product if not given.
    """
    host = host or target.system
    known = len(target.control.requests())
    play = run_tasks(ansible, host, *(task for call in calls for task in (call.task, _look(target, call.look))))
    log = iter(target.control.requests()[known:])
    sections = re.split(r"^(?=TASK \[)", play.output, flags=re.MULTILINE)
    shown = {found[1]: text for text in sections if (found := re.match(r"TASK \[(\w+)\]", text))}
    runs = []
    results = play.results[host]
    for number, (call, result, seen) in enumerate(zip(calls, results[::2], results[1::2])):
        sent = result.get("http", {}).get("requests", 0)
        jobs = seen["msg"]["jobs"]
        runs.append(
            WatchedRun(
                status=int(result["failed"]),
                result=result,
                output=f"{call}\n{shown[f'task_{2 * number}']}",
                requests=list(itertools.islice(log, sent)),
                product={job["id"]: job for job in jobs},
            )
        )
        if len(runs[-1].requests) < sent:
            raise AssertionError(f"{call} counts {sent} requests, the product got less")
    if list(log):
        raise AssertionError("the product got more requests than the modules count")
    return runs


def _look(target: Target, is_wanted: bool) -> Task:
    """Read the simulator's jobs, without a module process."""
    if not is_wanted:
        return {"ansible.builtin.debug": {"msg": {"jobs": []}}}
    address = f"{target.control.origin}/_sim/jobs"
    look = f"{{{{ lookup('ansible.builtin.url', '{address}', split_lines=False) | from_json }}}}"
    return {"ansible.builtin.debug": {"msg": look}}
