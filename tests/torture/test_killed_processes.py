# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real runs of the playbooks over the five products at once, killed at every step in every way, then `resume_jobs`,
once: every job is as it was found, none of somebody else's was touched, and nothing was done twice.

The modules are stopped at a step by a hook that Python loads at their start (support.killer), so that a kill comes at
exactly that moment; the collection knows nothing of it. In the full form the steps are counted up until no module has
so many; in the short form each way of killing comes at one step.
"""

from __future__ import annotations

import dataclasses
import itertools
import pathlib
import signal
import typing as t

import pytest
import yaml
from support.ansible import Ansible
from support.estate import Target
from support.killer import kills
from support.killer.freeze import Freeze, wait_for_quiet
from support.killer.kills import Kill, assert_killed
from support.killer.night import Night
from support.processes import Victim, send
from support.torture import FULL, tally
from support.windows import A_PLAYBOOK, Window, wait_until

SUSPEND, RESUME = "job_suspend", "job_resume"
#: Jobs of each kind; fewer make fewer steps, and with two there is one before and one after each.
COUNTS = {"commvault": 1, "prime": 1, "drs": 2, "veeam": 1, "ajs": 2}
AT_WORK = "somebody patches a server now"

#: The short form: a module and a step of it for each way of killing. `ALL` comes twice in the recovery's test.
SHORT = {
    kills.MODULE: (SUSPEND, 14),
    kills.CONTROLLER: (SUSPEND, 9),
    kills.SCHEDULER: (RESUME, 8),
    kills.RUNNER: (RESUME, 12),
}
#: Where the run was killed that a recovery is killed after: another step of it for each way of killing the recovery.
FIRST = dict(zip(kills.KILLS, (12, 18, 24, 30, 36)))
EVERY = [(kill, module) for kill in kills.KILLS for module in (SUSPEND, RESUME)]
POINTS = EVERY if FULL else [(kill, module) for kill, (module, _step) in SHORT.items()]


@dataclasses.dataclass
class Nights:
    """One night after the other, each with new jobs and a window of its own.

    :param estate: the products that the next night is about.
    """

    ansible: Ansible
    estate: dict[str, Target]
    number: int = 0

    def begin(self) -> Night:
        for target in self.estate.values():
            target.control.reset()
        self.number += 1
        return Night(Window(self.ansible, f"night{self.number}"), self.estate, COUNTS)

    def freeze(self, module: str, step: int, name: str = "") -> Freeze:
        return Freeze(self.ansible.folder / f"steps{self.number}{name}", module, step, self.estate.keys())

    def leave_out(self, freeze: Freeze) -> None:
        """The nights to come are without the products whose modules had fewer steps."""
        self.estate = {one.host: self.estate[one.host] for one in freeze.frozen}

    def wait_for_quiet(self) -> None:
        wait_for_quiet(target.control.origin for target in self.estate.values())


@pytest.fixture
def nights(ansible: Ansible, estate: dict[str, Target]) -> Nights:
    return Nights(ansible, estate)


@pytest.fixture
def tasks(tmp_path: pathlib.Path) -> str:
    """The tasks of the window."""
    path = tmp_path / "tasks.yml"
    path.write_text(yaml.safe_dump([{"ansible.builtin.debug": {"msg": AT_WORK}}]))
    return str(path)


def killed(night: Night, kill: Kill, freeze: Freeze, playbook: str, **variables: t.Any) -> str:
    """Run a playbook until its modules are at their step, and kill it; what was on the terminal.

    Time passes while the modules stand still, so that whoever comes next need not wait for requests to show.
    """
    with kill.start(night.window, playbook, *night.hosts, env=freeze.environment, **variables) as victim:
        victim.until(freeze.has_come, f"waiting for step {freeze.step} of {freeze.module}")
        frozen = freeze.frozen
        print(f"{kill}:", *(f"{one.host} at {one.step}, {one.name};" for one in frozen))
        print(f"{freeze.module} ended after so many steps: {freeze.ended}")
        night.let_time_pass()
        if frozen:
            kill.strike(victim, frozen)
        run = victim.end()
    if frozen:
        assert_killed(kill, freeze, run)
    return run.output


def recovered(night: Night, *freezes: Freeze) -> None:
    """Close the window, and count whom it has survived."""
    night.recover()
    for freeze in freezes:
        for one in freeze.frozen:
            tally("processes killed", 1, one.host)


def steps(short: int) -> t.Iterable[int]:
    return itertools.count(1) if FULL else (short,)


@pytest.mark.parametrize(("kill", "module"), POINTS, ids=str)
def test_a_window_that_is_killed(nights: Nights, tasks: str, kill: Kill, module: str) -> None:
    _module, short = SHORT.get(kill, (module, 1))
    for step in steps(short):
        night = nights.begin()
        freeze = nights.freeze(module, step)
        output = killed(night, kill, freeze, "maintenance_window", maintenance_window_tasks=tasks)
        nights.wait_for_quiet()
        if freeze.frozen and module == SUSPEND:
            assert AT_WORK not in output, "not all jobs were suspended"
            if kill is kills.MODULE:
                night.assert_as_found()  # the playbook closed the window by itself; nothing is left to be done
        recovered(night, freeze)
        if not freeze.frozen:
            break
        nights.leave_out(freeze)
    assert FULL or len(freeze.frozen) == len(freeze.hosts)


@pytest.mark.parametrize("kill", kills.KILLS if FULL else [kills.ALL], ids=str)
def test_a_recovery_that_is_killed(nights: Nights, kill: Kill) -> None:
    """It is recovered from in the same way."""
    for step in steps(15):
        night = nights.begin()
        first = nights.freeze(SUSPEND, FIRST[kill], "first")
        killed(night, kills.ALL, first, "suspend_jobs")
        nights.wait_for_quiet()
        second = nights.freeze(RESUME, step)
        killed(night, kill, second, "resume_jobs")
        nights.wait_for_quiet()
        recovered(night, first, second)
        if not second.frozen:
            break
        nights.leave_out(second)
    assert FULL or len(second.frozen) == len(second.hosts)


@pytest.mark.parametrize("module_too", [True, False] if FULL else [True])
def test_the_supervisor_of_an_async_task_is_killed(nights: Nights, module_too: bool) -> None:
    """Nobody tells ansible-playbook then how the task ended, or that it goes on."""
    night = nights.begin()
    playbook = nights.ansible.folder / "async.yml"
    options = {"journal": str(night.window.folder / "{{ inventory_hostname }}.journal"), "window": night.window.name}
    task = {"batchops.job_control.job_suspend": {"all": True, **options}, "async": 60, "poll": 1}
    playbook.write_text(yaml.safe_dump([{"hosts": "job_systems", "gather_facts": False, "tasks": [task]}]))
    night.window.folder.mkdir(parents=True)
    freeze = nights.freeze(SUSPEND, 13)
    with Victim(night.window, str(playbook), *night.hosts, env=freeze.environment) as victim:
        victim.until(freeze.has_come, "waiting for the modules")
        supervisors = [process for process, command in victim.all.commands().items() if "async_wrapper" in command]
        assert len(supervisors) >= len(nights.estate)
        for process in supervisors:
            send(process, signal.SIGKILL)
        for module in freeze.frozen:
            module.kill() if module_too else module.go_on()
        everywhere = set() if module_too else nights.estate.keys()
        wait_until(lambda: freeze.ended.keys() >= everywhere, "waiting for the modules to end", A_PLAYBOOK)
        victim.kill()  # the workers of a controller that is killed alone would go on asking how the task is, for ever
    assert bool(freeze.ended) != module_too
    nights.wait_for_quiet()
    night.recover()
    for host in nights.estate:
        tally("processes killed", 1, host)
