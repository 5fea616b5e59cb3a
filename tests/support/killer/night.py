# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A window over the five products at once, and what must be true after something went wrong in it."""

from __future__ import annotations

import dataclasses
import datetime
import json
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._journal.records import encode
from simulators.core.control import Control
from support.estate import Target
from support.scenes import Scene, held, mixed_jobs
from support.windows import Window, wait_until

#: The most jobs in one request that changes them.
BATCHES = {"prime": 100, "drs": 10}
#: How each product is asked for jobs and their states.
READS = {"commvault": "/Jobs", "prime": "/JobSummary", "drs": "/jobs$", "veeam": "/query", "ajs": "/statuses"}
STAMP = "%Y-%m-%dT%H:%M:%S.%f%z"
AN_HOUR = 3600.0  # seconds; longer than any request takes to show


@dataclasses.dataclass(frozen=True)
class System:
    """One product in such a night: its jobs as they were found, and requests that it holds back."""

    target: Target
    scene: Scene
    found: dict[str, bool]

    @property
    def control(self) -> Control:
        return self.target.control

    @property
    def ours(self) -> list[str]:
        return self.scene.ours(self.target.system)

    @property
    def number_of_writes(self) -> int:
        """How many requests suspend all jobs, or resume them."""
        return -(-len(self.ours) // BATCHES.get(self.target.system, 1))

    def hold_write(self, number: int) -> None:
        """Hold the write of this number (from 0) and those after it."""
        self.control.arm(kind="hold", writes=True, skip=number, times=0)

    @property
    def holds_a_write(self) -> bool:
        return any(map(_is_held, self.control.requests()))

    def let_go(self) -> None:
        """The held requests take effect after all, though nobody waits for the answers."""
        self.control.disarm()
        self.control.release()
        wait_until(lambda: not any(map(_is_held, self.control.requests())), "waiting for held requests to be served")

    def assert_as_found(self) -> None:
        """Every job is as it was; ours were suspended and resumed once at most, all others were not touched."""
        jobs = self.control.jobs()
        assert {job_id: job["held"] for job_id, job in jobs.items()} == self.found, self.target.system
        for job_id, job in jobs.items():
            done = list(job["applied"].values())
            assert done in ([], [1, 1], [2]) if job_id in self.ours else done == [], (self.target.system, job)


def _is_held(entry: dict[str, t.Any]) -> bool:
    return bool(entry["fault"] == "hold" and not entry["status"])


class Night:
    """A window over some of the products that something goes wrong in.

    :param counts: how many jobs of each kind a product has.
    """

    def __init__(self, window: Window, estate: t.Mapping[str, Target], counts: t.Mapping[str, int]) -> None:
        self.window = window
        self.hosts = ("--limit", ",".join(estate))
        scenes = {system: mixed_jobs(target, counts[system]) for system, target in estate.items()}
        self.systems = {system: System(target, scenes[system], held(target)) for system, target in estate.items()}

    def all_hold(self) -> bool:
        """Whether each product holds a write now."""
        return all(system.holds_a_write for system in self.systems.values())

    def let_go(self) -> None:
        for system in self.systems.values():
            system.let_go()

    def let_time_pass(self, seconds: float = AN_HOUR) -> None:
        """Whoever comes to recover comes later: date the journals back. A torn last line stays as it is."""
        for path in map(self.window.journal, self.systems):
            whole, end_of_line, torn = path.read_text().rpartition("\n") if path.exists() else ("", "", "")
            if not end_of_line:
                continue
            records = [json.loads(line) for line in whole.splitlines()]
            for record in records:
                moment = datetime.datetime.strptime(record["at"], STAMP) - datetime.timedelta(seconds=seconds)
                record["at"] = moment.strftime(STAMP)
                record.pop("crc")
            path.write_bytes(b"".join(map(encode, records)) + torn.encode())

    def recover(self) -> None:
        """Run `resume_jobs`, once. It closes the window; where none was ever begun, it says so."""
        self.let_time_pass()
        unknown = [name for name in self.systems if not self.window.journal(name).exists()]
        run = self.window.resume_jobs(*self.hosts)
        assert run.status == (2 if unknown else 0), run.output
        assert run.output.count("does not exist, so nothing is known to be suspended") >= len(unknown), run.output
        self.assert_as_found()

    def assert_as_found(self) -> None:
        for name, system in self.systems.items():
            system.assert_as_found()
            if self.window.journal(name).exists():
                events = self.window.events(name)
                assert not events or events[-1] in ("close", "journal"), (name, events)
