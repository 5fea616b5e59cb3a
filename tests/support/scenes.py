# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs that several tests put into a job system."""

from __future__ import annotations

import dataclasses

from support.estate import Target


@dataclasses.dataclass(frozen=True)
class Scene:
    """A few jobs in each state that matters, by what is to become of them."""

    waiting: list[str]  # will start; suspend acts on them
    running: list[str]
    foreign: list[str]  # suspended by somebody else before
    ended: list[str]

    @property
    def all(self) -> list[str]:
        return [*self.waiting, *self.running, *self.foreign, *self.ended]

    def ours(self, system: str) -> list[str]:
        """The jobs that `job_suspend` with default options suspends.

        A running unit of AJS cannot be held, DRS pauses only what runs, and Veeam can disable any schedule.
        """
        unfinished = [*self.waiting, *self.running]
        special = {"ajs": self.waiting, "drs": self.running, "veeam": [*unfinished, *self.ended]}
        return special.get(system, unfinished)


def mixed_jobs(target: Target, count: int = 2) -> Scene:
    """Seed a scene with `count` jobs of each kind."""

    def seed(scenario: str) -> list[str]:
        return target.control.seed(*({"name": f"{scenario}-{n}", "scenario": scenario} for n in range(count)))

    return Scene(seed("queued"), seed("running"), seed("suspended"), seed("completed"))


def held(target: Target) -> dict[str, bool]:
    """What suspend and resume change, for every job, read from the product itself."""
    return {job_id: job["held"] for job_id, job in target.control.jobs().items()}
