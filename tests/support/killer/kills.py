# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ways in which a run ends early. Each is done while the modules stand still at their steps."""

from __future__ import annotations

import dataclasses
import signal
import typing as t

from support.ansible import PlaybookRun
from support.killer.freeze import Freeze, Frozen
from support.killer.runner import RunnerJob
from support.processes import Victim
from support.windows import wait_until

TIMED_OUT = 254  # what ansible-runner ends with


@dataclasses.dataclass(frozen=True)
class Kill:
    """One way: what is done to a run, and how it must end then for the kill to be a real one."""

    name: str
    strike: t.Callable[[t.Any, list[Frozen]], None]
    is_how_it_ends: t.Callable[[PlaybookRun], bool]
    spares_modules: bool = False  # they may go on to their end, or be killed too, as this ansible-core has it
    start: type[Victim] | type[RunnerJob] = Victim

    def __str__(self) -> str:
        return self.name


def _kill_modules(_victim: Victim, frozen: list[Frozen]) -> None:
    for module in frozen:
        module.kill()


def _kill_controller(victim: Victim, frozen: list[Frozen]) -> None:
    victim.kill_controller()
    _go_on(frozen)


def _kill_all(victim: Victim, _frozen: list[Frozen]) -> None:
    victim.kill()


def _terminate(victim: Victim, frozen: list[Frozen]) -> None:
    victim.terminate()
    wait_until(lambda: all(module.is_about_to_end for module in frozen), "waiting for SIGTERM to get to the modules")
    _go_on(frozen)


def _run_out_of_time(job: RunnerJob, frozen: list[Frozen]) -> None:
    job.run_out_of_time()
    _go_on(frozen)


def _go_on(frozen: list[Frozen]) -> None:
    for module in frozen:
        module.go_on()


#: The module process alone is killed; ansible-playbook goes on, and the role closes the window by itself.
MODULE = Kill("module", _kill_modules, lambda run: run.status == 2)
#: ansible-playbook alone is killed; the modules go on to their end.
CONTROLLER = Kill("controller", _kill_controller, lambda run: run.status == -signal.SIGKILL, spares_modules=True)
#: Everything ends at once, as in a power cut.
ALL = Kill("all", _kill_all, lambda run: run.status == -signal.SIGKILL)
#: SIGTERM to the process group, as a scheduler does at the end of a job's time.
SCHEDULER = Kill("scheduler", _terminate, lambda run: run.status != 0)
#: ansible-runner's time-out of a job.
RUNNER = Kill("runner", _run_out_of_time, lambda run: run.status == TIMED_OUT, spares_modules=True, start=RunnerJob)

KILLS = (MODULE, CONTROLLER, ALL, SCHEDULER, RUNNER)


def assert_killed(kill: Kill, freeze: Freeze, run: PlaybookRun) -> None:
    """The kill came true: each module got to its step, and none of them came to its end where it had to die."""
    assert kill.is_how_it_ends(run), (run.status, run.output)
    assert all(module.step == freeze.step for module in freeze.frozen)
    if not kill.spares_modules:
        assert not {module.host for module in freeze.frozen} & freeze.ended.keys()
