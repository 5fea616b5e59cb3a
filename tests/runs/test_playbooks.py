# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said to a playbook: what says nothing, by a slip, must not mean everything."""

from __future__ import annotations

import typing as t

import pytest
from support.ansible import Ansible
from support.estate import Target

RETRY = "batchops.job_control.retry_failed_jobs"
UNDEFINED = "{{ a_variable_that_nobody_has_set }}"
SLIPS: dict[str, dict[str, t.Any]] = {
    "misspelt": {"retry_jobs": {"name": ["nightly*"]}},
    "null": {"retry_jobs": None},
    "a null pattern": {"retry_jobs": {"names": None}},
    "no pattern": {"retry_jobs": {"names": []}},
    "empty text": {"retry_jobs": {"names": "", "types": ["Backup"]}},
    "text": {"retry_jobs": "nightly*"},
    "a list": {"retry_jobs": ["nightly*"]},
    "undefined": {"retry_jobs": {"names": UNDEFINED}},
    "a misspelt variable": {"retry_job": {"names": ["nightly*"]}},
    "an undefined time": {"retry_failed_within": UNDEFINED},
    "no time": {"retry_failed_within": None},
}


@pytest.mark.parametrize("variables", SLIPS.values(), ids=SLIPS)
def test_what_selects_nothing_by_a_slip_retries_nothing(
    ansible: Ansible, estate: dict[str, Target], variables: dict[str, t.Any]
) -> None:
    control = estate["commvault"].control
    control.seed({"name": "nightly-files", "scenario": "failed"}, {"name": "weekly", "scenario": "failed"})
    control.forget_requests()
    run = ansible.playbook(RETRY, "--limit", "commvault", **variables)
    assert run.status == 2, run.output
    said = (
        "retry_jobs: give a dictionary",
        "retry_failed_within, retry_wait_timeout: give a",
        "a_variable_that_nobody",
    )
    assert any(words in run.output for words in said), run.output
    assert control.requests() == []


@pytest.mark.parametrize("variables", [{}, {"retry_jobs": {}}, {"retry_jobs": {"max_jobs": 5}}])
def test_what_selects_all_on_purpose_retries_all(
    ansible: Ansible, estate: dict[str, Target], variables: dict[str, t.Any]
) -> None:
    control = estate["commvault"].control
    control.seed({"name": "nightly-files", "scenario": "failed"}, {"name": "weekly", "scenario": "failed"})
    run = ansible.playbook(RETRY, "--limit", "commvault", **variables)
    assert run.status == 0, run.output
    assert "commvault: 2 failed, 2 retried" in run.output


@pytest.mark.parametrize(
    ("playbook", "job_systems"), [("suspend_jobs", "nowhere"), ("maintenance_window", []), ("jobs", "nowhere")]
)
def test_a_playbook_without_job_systems_is_not_green(
    ansible: Ansible, estate: dict[str, Target], playbook: str, job_systems: t.Any
) -> None:
    """Ansible itself passes over a play without hosts, so the servers would be patched with nothing suspended."""
    run = ansible.playbook(f"batchops.job_control.{playbook}", job_systems=job_systems, maintenance_window_name="x")
    assert run.status == 2, run.output
    assert "job_systems: no host of the inventory is of" in run.output
