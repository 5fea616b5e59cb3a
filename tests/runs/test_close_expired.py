# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook `close_expired_windows`: it closes what is over, wherever it finds it, and nothing else."""

from __future__ import annotations

import json
import shutil
import time
import typing as t

import pytest
from support.ansible import Ansible, PlaybookRun
from support.estate import Target
from support.scenes import held, mixed_jobs
from support.windows import Window

from ansible_collections.batchops.job_control.plugins.module_utils._journal import records
from ansible_collections.batchops.job_control.plugins.module_utils._journal.copies import pack

Estate = dict[str, Target]

CLOSER = "close_expired_windows"


@pytest.fixture
def window(ansible: Ansible) -> Window:
    return Window(ansible)


def make_over(window: Window, *hosts: str, name: str = "patchday") -> None:
    """Write the journals as if the window had been opened a day earlier than it was."""
    for host in hosts:
        path = window.journal(host)
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        for record in lines:
            del record["crc"]
            if record["event"] == "open" and record["window"] == name:
                record["expires"] = records.stamp(time.time() - 60)
        path.write_bytes(b"".join(map(records.encode, lines)))


def some(estate: Estate, *systems: str) -> Estate:
    return {system: estate[system] for system in systems}


def all_held(estate: Estate) -> dict[str, dict[str, bool]]:
    return {system: held(target) for system, target in estate.items()}


def forget_requests(estate: Estate) -> None:
    for target in estate.values():
        target.control.forget_requests()


def requests(estate: Estate) -> int:
    return sum(len(target.control.requests()) for target in estate.values())


def test_what_is_over_is_closed_on_every_system(window: Window, estate: Estate) -> None:
    """One command on all job systems, also those without a journal; a second one has nothing to do."""
    for target in estate.values():
        mixed_jobs(target)
    found = all_held(estate)
    opened = ("commvault", "drs", "ajs")
    assert window.suspend_jobs("--limit", ",".join(opened)).status == 0
    suspended = all_held(estate)
    forget_requests(estate)
    run = window.run(CLOSER)
    assert run.status == 0, run.output
    assert "ajs: no window is over" in run.output
    assert requests(estate) == 0
    assert all_held(estate) == suspended

    make_over(window, "drs", "ajs")
    dry = window.run(CLOSER, "--check")
    assert dry.status == 0, dry.output
    assert "drs: patchday would be closed; it was opened by" in dry.output
    assert "drs: 2 would be resumed or put back" in dry.output
    assert all_held(estate) == suspended

    run = window.run(CLOSER)
    assert run.status == 0, run.output
    assert "ajs: patchday is closed; it was opened by" in run.output
    assert "(ansible-playbook " in run.output
    assert "ajs: 2 resumed or put back, 0 still held by other windows, 0 missing" in run.output
    assert "commvault: no window is over" in run.output
    assert "prime: no window is over" in run.output
    assert all_held(estate) == {**found, "commvault": suspended["commvault"]}
    assert window.events("ajs")[-1] == "close"

    forget_requests(estate)
    journals = {system: window.journal(system).read_bytes() for system in opened}
    again = window.run(CLOSER)
    assert again.status == 0, again.output
    assert requests(estate) == 0
    assert {system: window.journal(system).read_bytes() for system in opened} == journals


def test_jobs_that_another_window_holds_stay_suspended(window: Window, estate: Estate) -> None:
    chosen = some(estate, "veeam")
    mixed_jobs(estate["veeam"])
    found = all_held(chosen)
    assert window.suspend_jobs("--limit", "veeam").status == 0
    assert window.suspend_jobs("--limit", "veeam", maintenance_window_name="other").status == 0
    suspended = all_held(chosen)
    make_over(window, "veeam")
    run = window.run(CLOSER, "--limit", "veeam")
    assert run.status == 0, run.output
    assert "veeam: 0 resumed or put back, 6 still held by other windows, 0 missing" in run.output
    assert all_held(chosen) == suspended
    make_over(window, "veeam", name="other")
    assert window.run(CLOSER, "--limit", "veeam").status == 0
    assert all_held(chosen) == found


def test_one_that_fails_does_not_keep_the_others(window: Window, estate: Estate) -> None:
    """A product that is down is closed by a later run; the exit status tells."""
    chosen = some(estate, "prime", "ajs")
    for target in chosen.values():
        mixed_jobs(target)
    found = all_held(chosen)
    hosts = ("--limit", "prime,ajs")
    assert window.suspend_jobs(*hosts).status == 0
    make_over(window, *chosen)
    inventory = window.ansible.inventory.read_text()
    origin = estate["prime"].control.origin
    window.ansible.inventory.write_text(inventory.replace(origin, "http://127.0.0.1:1"))
    run = window.run(CLOSER, *hosts, job_control_retry_timeout=0)
    assert run.status == 2, run.output
    assert "ajs: patchday is closed" in run.output
    assert held(estate["ajs"]) == found["ajs"]
    window.ansible.inventory.write_text(inventory)
    run = window.run(CLOSER, *hosts)
    assert run.status == 0, run.output
    assert all_held(chosen) == found


def test_a_missing_job_is_told(window: Window, estate: Estate) -> None:
    mixed_jobs(estate["drs"])
    assert window.suspend_jobs("--limit", "drs").status == 0
    make_over(window, "drs")
    estate["drs"].control.event(next(job_id for job_id, is_held in held(estate["drs"]).items() if is_held), "vanish")
    run = window.run(CLOSER, "--limit", "drs")
    assert run.status == 2, run.output
    assert "1 missing" in run.output
    status = window.run("window_status", "--limit", "drs")
    assert status.status == 2, status.output
    assert "Missing since the window patchday was closed" in status.output


def test_a_journal_that_only_the_facts_have(window: Window, estate: Estate) -> None:
    """What was closed is remembered, so that the next run has nothing to do."""
    chosen = some(estate, "ajs")
    mixed_jobs(estate["ajs"])
    found = all_held(chosen)
    cache = {
        "ANSIBLE_CACHE_PLUGIN": "jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(window.ansible.folder / "facts"),
    }
    window.ansible.environment.update(cache)

    def close() -> PlaybookRun:
        shutil.rmtree(window.folder, ignore_errors=True)
        return window.run(CLOSER, "--limit", "ajs", "-e", "maintenance_window_journal_in_facts=true")

    never = close()
    assert never.status == 0, never.output
    assert window.suspend_jobs("--limit", "ajs").status == 0
    make_over(window, "ajs")
    fact = {"journal": pack(window.journal("ajs").read_bytes()), "open_jobs": 2}
    value = json.dumps({"maintenance_window_journal_copy": fact, "cacheable": True})
    assert window.ansible.run("ansible", "ajs", "-m", "ansible.builtin.set_fact", "-a", value).status == 0
    run = close()
    assert run.status == 0, run.output
    assert "ajs: patchday is closed" in run.output
    assert all_held(chosen) == found
    forget_requests(chosen)
    again = close()
    assert "ajs: no window is over" in again.output
    assert requests(chosen) == 0


def test_two_at_a_time_do_no_harm(window: Window, estate: Estate) -> None:
    chosen = some(estate, "commvault", "veeam")
    for target in chosen.values():
        mixed_jobs(target)
    found = all_held(chosen)
    assert window.suspend_jobs("--limit", "commvault,veeam").status == 0
    make_over(window, *chosen)
    both: list[t.Any] = [window.start(CLOSER, "--limit", "commvault,veeam") for _number in range(2)]
    outputs = [each.communicate(timeout=600)[0] for each in both]
    assert [each.returncode for each in both] == [0, 0], outputs
    assert all_held(chosen) == found
    assert [window.events(system).count("close") for system in chosen] == [1, 1]
