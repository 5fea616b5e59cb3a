# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The jobs as a table: by the callback, ad hoc and in plays, and by the playbook `jobs`."""

from __future__ import annotations

import re
import typing as t

import pytest
from support.ansible import Ansible
from support.estate import Target

JOBS = "batchops.job_control.jobs"
CALLBACK = {"ANSIBLE_STDOUT_CALLBACK": "batchops.job_control.table", "ANSIBLE_LOAD_CALLBACK_PLUGINS": "1"}
EVIL = "\x1b[2J{{ lookup('pipe', 'id') }}"


@pytest.fixture
def jobs(estate: dict[str, Target]) -> dict[str, Target]:
    """Two jobs at commvault, one at veeam, none elsewhere."""
    estate["commvault"].control.seed({"name": "日次", "scenario": "failed"}, {"name": EVIL, "scenario": "running"})
    estate["veeam"].control.seed({"name": "Files nightly"})
    return estate


def test_ad_hoc(ansible: Ansible, jobs: dict[str, Target]) -> None:
    """One table of all job systems, nothing around it, in colours where they are wanted."""
    module = ("ansible", "commvault:veeam", "-m", "batchops.job_control.job_info")
    run = ansible.run(*module, **CALLBACK, COLUMNS="200")
    assert run.status == 0, run.output
    lines = run.output.splitlines()
    assert sorted(lines[:2]) == ["ok: [commvault]", "ok: [veeam]"]
    assert lines[2].split()[:4] == ["host", "id", "name", "state"]
    assert re.match(r"commvault +\d+ +Backup .*日次 +failed ", lines[3])
    assert "\\x1b[2J{{ lookup" in run.output
    assert "\x1b" not in run.output
    assert lines[-1] == "3 jobs on all 2 systems: 1 failed, 1 running, 1 queued."
    assert "PLAY" not in run.output

    colored = ansible.run(*module, **CALLBACK, ANSIBLE_NOCOLOR="0", ANSIBLE_FORCE_COLOR="1").output
    assert "\x1b[0;31mfailed\x1b[0m" in colored

    verbose = ansible.run(*module, "-v", **CALLBACK).output
    assert '"raw_state"' in verbose
    assert "3 jobs on all 2 systems" in verbose

    ping = ansible.run("ansible", "veeam", "-m", "ansible.builtin.ping", **CALLBACK)
    assert ping.output.splitlines() == ['ok: [veeam] => {"changed": false, "ping": "pong"}']


def test_a_failure_is_a_few_lines(ansible: Ansible, jobs: dict[str, Target]) -> None:
    for number in range(200):
        jobs["commvault"].control.seed({"name": f"job {number}", "scenario": "running"})
    given = '{"names": ["*"], "until": ["completed"], "wait_timeout": 0.1}'
    run = ansible.run("ansible", "commvault", "-m", "batchops.job_control.job_wait", "-a", given, **CALLBACK)
    assert run.status == 2
    assert len(run.output) < 12000
    assert '"cause": {"kind": ' in run.output
    assert "152 more jobs: select fewer" in run.output
    assert "202 jobs: 1 failed, 201 running." in run.output


def test_in_a_play(ansible: Ansible, jobs: dict[str, Target]) -> None:
    """The playbook leaves the table to the callback; what it has around it is as usual."""
    run = ansible.playbook(JOBS, "--limit", "commvault,veeam,localhost", show_rows=1)
    with_callback = ansible.run("ansible-playbook", JOBS, "--limit", "commvault,veeam,localhost", **CALLBACK)
    assert (run.status, with_callback.status) == (0, 0), run.output + with_callback.output
    for output in (run.output, with_callback.output):
        assert output.count("3 jobs on all 2 systems: 1 failed, 1 running, 1 queued.") == 1
        assert "PLAY RECAP" in output
        assert "TASK [Read the jobs]" in output
    assert "2 more jobs: select fewer with show_jobs, or set show_rows=0." in run.output


def test_the_playbook(ansible: Ansible, jobs: dict[str, Target]) -> None:
    """What is selected, of all systems in one table; one that cannot be read does not hide the others."""
    selection = {"show_jobs": {"states": ["failed", "queued", "running"], "limit": 1}, "show_width": 200}
    inventory = ansible.inventory.read_text().replace(jobs["veeam"].options["url"], "http://127.0.0.1:1/api")
    ansible.inventory.write_text(inventory)
    run = ansible.playbook(JOBS, **selection, job_control_retry_timeout=0)
    assert run.status == 2, run.output
    shown = re.findall(r'^ +"(.*)",?$', run.output.replace('\\"', '"'), re.MULTILINE)
    assert shown[0].split() == ["host", "id", "name", "state", "since/next", "(UTC)", "done", "owner", "can"]
    assert "commvault  1 job: 1 failed; reading stopped at the limit, there may be more" in shown
    assert any(line.startswith("veeam      not read: ") for line in shown)
    assert shown[-1].startswith("1 job on 4 of 5 systems")
    assert re.findall(r"failed=1", run.output) == ["failed=1"]


@pytest.mark.parametrize(
    "variables",
    [
        {"show_jobs": {"name": ["nightly*"]}},
        {"show_jobs": {"names": None}},
        {"show_job": {"names": ["nightly*"]}},
        {"show_rows": "many"},
        {"show_width": None},
    ],
)
def test_a_slip_does_not_show_everything(
    ansible: Ansible, estate: dict[str, Target], variables: dict[str, t.Any]
) -> None:
    estate["commvault"].control.forget_requests()
    run = ansible.playbook(JOBS, "--limit", "commvault", **variables)
    assert run.status == 2, run.output
    assert "show_jobs: give a dictionary" in run.output or "show_rows, show_width: give a number" in run.output
    assert estate["commvault"].control.requests() == []
