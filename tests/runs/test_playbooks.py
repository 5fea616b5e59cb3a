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
SLIPS: dict[str, t.Any] = {
    "misspelt": {"name": ["nightly*"]},
    "null": None,
    "a null pattern": {"names": None},
    "no pattern": {"names": []},
    "empty text": {"names": "", "types": ["Backup"]},
    "text": "nightly*",
    "a list": ["nightly*"],
    "undefined": {"names": "{{ a_variable_that_nobody_has_set }}"},
}


@pytest.mark.parametrize("retry_jobs", SLIPS.values(), ids=SLIPS)
def test_what_selects_nothing_by_a_slip_retries_nothing(
    ansible: Ansible, estate: dict[str, Target], retry_jobs: t.Any
) -> None:
    control = estate["commvault"].control
    control.seed({"name": "nightly-files", "scenario": "failed"}, {"name": "weekly", "scenario": "failed"})
    control.forget_requests()
    run = ansible.playbook(RETRY, "--limit", "commvault", retry_jobs=retry_jobs)
    assert run.status == 2, run.output
    assert "retry_jobs: give a dictionary" in run.output or "a_variable_that_nobody_has_set" in run.output
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
