# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What else can go wrong with a window over the five products at once, beside a kill at any step
(tests/torture/test_killed_processes.py): requests that take effect after the kill, other runs in between, and what
the versions of ansible-core do differently."""

from __future__ import annotations

import pathlib

import pytest
import yaml
from support.ansible import Ansible
from support.estate import Target
from support.killer.night import READS, Night, System
from support.processes import Victim
from support.scenes import held
from support.windows import Window

#: Jobs of each kind, so that the window has 4 to 12 jobs of its own in each product.
COUNTS = {"commvault": 3, "prime": 3, "drs": 12, "veeam": 2, "ajs": 4}


@pytest.fixture
def night(ansible: Ansible, estate: dict[str, Target]) -> Night:
    return Night(Window(ansible), estate, COUNTS)


def middle(system: System) -> int:
    return system.number_of_writes // 2


def last(system: System) -> int:
    return system.number_of_writes - 1


def test_killed_in_the_tasks(night: Night, tmp_path: pathlib.Path) -> None:
    """The window is open and nothing is under way."""
    note = {"dest": f"{tmp_path}/began-{{{{ inventory_hostname }}}}", "content": "", "mode": "0600"}
    patch = [{"ansible.builtin.copy": note}, {"ansible.builtin.wait_for": {"path": f"{tmp_path}/never"}}]
    tasks = tmp_path / "tasks.yml"
    tasks.write_text(yaml.safe_dump(patch))
    with Victim(night.window, "maintenance_window", *night.hosts, maintenance_window_tasks=str(tasks)) as victim:
        victim.until(lambda: len(list(tmp_path.glob("began-*"))) == len(night.systems), "waiting for the tasks")
    for system in night.systems.values():
        assert held(system.target) == system.found | dict.fromkeys(system.ours, True)
    night.recover()


def test_suspending_again_after_a_crash(night: Night) -> None:
    """It suspends the rest, counts what the crashed run did as ours, and one closing restores all."""
    for system in night.systems.values():
        system.hold_write(middle(system))
    with Victim(night.window, "suspend_jobs", *night.hosts) as victim:
        victim.until(night.all_hold, "waiting for the writes to be sent")
    night.let_go()
    night.let_time_pass()
    run = night.window.suspend_jobs(*night.hosts)
    assert run.status == 0, run.output
    for system in night.systems.values():
        assert held(system.target) == system.found | dict.fromkeys(system.ours, True)
    night.recover()


def test_recovery_that_comes_before_the_last_requests_take_effect(night: Night) -> None:
    """A product may still work on a request of the crashed run: a job that looks untouched is looked at again."""
    for system in night.systems.values():
        system.hold_write(last(system))
    with Victim(night.window, "suspend_jobs", *night.hosts) as victim:
        victim.until(night.all_hold, "waiting for the writes to be sent")
    night.let_time_pass(-60)  # on a busy machine it takes a while to get there, so count from a moment later
    for system in night.systems.values():
        system.control.forget_requests()

    with Victim(night.window, "resume_jobs", *night.hosts) as recovery:
        waiting = dict(night.systems)

        def all_looked() -> bool:
            for name, system in list(waiting.items()):
                if any(READS[name].rstrip("$") in entry["target"] for entry in system.control.requests()):
                    system.let_go()
                    del waiting[name]
            return not waiting

        recovery.until(all_looked, "waiting for the recovery to look at the jobs")
        run = recovery.end()
    assert run.status == 0, run.output
    night.assert_as_found()


def test_only_the_controller_is_killed(ansible: Ansible, estate: dict[str, Target]) -> None:
    """What it has started goes on and keeps the journals to itself; a recovery meanwhile says so and does no harm."""
    night = Night(Window(ansible), {system: estate[system] for system in ("commvault", "ajs")}, COUNTS)
    for system in night.systems.values():
        system.hold_write(middle(system))
    with Victim(night.window, "suspend_jobs", *night.hosts) as victim:
        victim.until(night.all_hold, "waiting for the writes to be sent")
        victim.kill_controller()
        early = night.window.resume_jobs("--limit", "ajs", maintenance_window_wait_timeout=1)
        assert early.status == 2, early.output
        assert "is in use by another run" in early.output
        night.let_go()
        victim.end()
    night.recover()


def test_a_scheduler_terminates_the_run(ansible: Ansible, estate: dict[str, Target]) -> None:
    """SIGTERM to the process group, as at the end of a job's time."""
    night = Night(Window(ansible), {system: estate[system] for system in ("prime", "veeam")}, COUNTS)
    for system in night.systems.values():
        system.hold_write(middle(system))
    with Victim(night.window, "maintenance_window", *night.hosts) as victim:
        victim.until(night.all_hold, "waiting for the writes to be sent")
        victim.terminate()
        night.let_go()
        assert victim.end().status != 0
    night.recover()
