# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verbs of Commvault and Prime alone, through real ansible: what they change, refuse, predict and send."""

from __future__ import annotations

import typing as t

import pytest
from support.ansible import Ansible, ModuleRun
from support.estate import Target
from support.watched import Call, run_watched

BACKUP_OF_GROUP: dict[str, t.Any] = {"scope": "client_group", "scope_name": "Infrastructure", "activity": "backup"}
SCHEDULER: dict[str, t.Any] = {"scope": "commcell", "activity": "scheduler"}


@pytest.fixture
def commvault(estate: dict[str, Target]) -> Target:
    return estate["commvault"]


@pytest.fixture
def prime(estate: dict[str, Target]) -> Target:
    return estate["prime"]


def assert_refused(run: ModuleRun, kind: str, *words: str) -> None:
    """The run failed in one sentence with these words."""
    assert run.status != 0, run.output
    assert run.result["error"]["kind"] == kind, run.output
    assert len(run.result["msg"].splitlines()) == 1
    for word in words:
        assert word in run.result["msg"], run.output
    assert "Traceback" not in run.output


def assert_predicted(predicted: ModuleRun, real: ModuleRun) -> None:
    """Check mode told what the real run then did."""
    assert (predicted.status, real.status) == (0, 0), predicted.output + real.output
    for name in ("id", "before", "after", "action", "changed", "error"):
        assert [job[name] for job in predicted.result["jobs"]] == [job[name] for job in real.result["jobs"]], name
    assert predicted.result["summary"] == real.result["summary"]
    assert predicted.result["changed"] is real.result["changed"] is True


# --- commvault_activity ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("switch", [BACKUP_OF_GROUP, SCHEDULER], ids=lambda switch: str(switch["scope"]))
def test_an_activity_is_set_once_as_predicted(ansible: Ansible, commvault: Target, switch: dict[str, t.Any]) -> None:
    disable: dict[str, t.Any] = {**switch, "state": "disabled"}
    predicted, real, again, back = run_watched(
        ansible,
        commvault,
        Call("commvault_activity", disable, check=True),
        Call("commvault_activity", disable),
        Call("commvault_activity", disable),
        Call("commvault_activity", {**switch, "state": "enabled"}),
    )
    assert predicted.writes == []
    assert_predicted(predicted, real)
    identity = "/".join(str(part) for part in switch.values())
    assert (real.jobs[identity]["before"], real.jobs[identity]["after"]) == ("enabled", "disabled")
    assert len(real.writes) == 1

    assert (again.status, again.result["changed"]) == (0, False)
    assert again.writes == []
    assert back.result["changed"]
    assert commvault.control.sessions() == 0


WRONG_SWITCHES: list[tuple[dict[str, t.Any], tuple[str, ...]]] = [
    ({"scope": "client", "activity": "backup"}, ("scope_name is required",)),
    ({"scope": "commcell", "scope_name": "x", "activity": "backup"}, ("scope_name", "only one CommCell")),
    ({"scope": "client", "scope_name": "x", "activity": "scheduler"}, ("activity", "scheduler", "data_aging")),
    ({"scope": "commcell", "activity": "sleep"}, ("activity", "sleep", "backup")),
    ({**SCHEDULER, "wire_format": "xml"}, ("wire_format", "JSON")),
    ({**SCHEDULER, "system": "prime"}, ("system", "commvault")),
    ({"scope": "commcell"}, ("activity",)),
]


def test_a_switch_that_cannot_be_is_refused_before_any_request(ansible: Ansible, commvault: Target) -> None:
    calls = [Call("commvault_activity", {"state": "disabled", **options}) for options, _words in WRONG_SWITCHES]
    for run, (_options, words) in zip(run_watched(ansible, commvault, *calls), WRONG_SWITCHES):
        assert_refused(run, "usage", *words)
    assert commvault.control.requests() == []


def test_an_unknown_client_is_not_found(ansible: Ansible, commvault: Target) -> None:
    options: dict[str, t.Any] = {"scope": "client", "scope_name": "nobody", "activity": "backup", "state": "disabled"}
    run = ansible.module("commvault", "commvault_activity", **options)
    assert_refused(run, "not_found", "client nobody", "scope_name")
    assert commvault.control.writes() == []


def test_a_user_without_rights_is_denied(ansible: Ansible, commvault: Target) -> None:
    run = ansible.module("commvault", "commvault_activity", username="viewer", state="disabled", **SCHEDULER)
    assert_refused(run, "permission")
    assert run.jobs["commcell/scheduler"]["after"] == "enabled"


def test_another_product_has_no_activities(ansible: Ansible, prime: Target) -> None:
    """Its inventory host says what it is, so nothing is sent."""
    assert_refused(ansible.module("prime", "commvault_activity", state="disabled", **SCHEDULER), "usage", "commvault")
    assert prime.control.requests() == []


# --- prime_job_cancel ------------------------------------------------------------------------------------------------


def test_jobs_are_cancelled_once_as_predicted(ansible: Ansible, prime: Target) -> None:
    waiting, suspended = prime.control.seed(
        {"name": "old waiting", "scenario": "queued"}, {"name": "old suspended", "scenario": "suspended"}
    )
    prime.control.seed({"name": "new", "scenario": "queued"}, {"name": "old completed", "scenario": "completed"})
    options: dict[str, t.Any] = {"names": "old*", "confirm_irreversible": True}
    predicted, real, again = run_watched(
        ansible, prime, *(Call("prime_job_cancel", options, check, look=True) for check in (True, False, False))
    )
    assert predicted.writes == []
    assert_predicted(predicted, real)
    assert {job_id for job_id, job in real.jobs.items() if job["changed"]} == {waiting, suspended}
    assert real.result["summary"]["skipped"] == 1
    assert [real.jobs[job_id]["after"] for job_id in (waiting, suspended)] == ["cancelled"] * 2
    assert len(real.writes) == 1
    assert sorted(job["state"].split()[0] for job in real.product.values()) == [
        *("CANCELLED", "CANCELLED", "COMPLETED", "SCHEDULED")
    ]

    assert (again.status, again.result["changed"]) == (0, False)
    assert again.writes == []


@pytest.mark.parametrize("flags", [(), ("--check",)], ids=["real", "check"])
def test_an_unconfirmed_cancel_is_refused_before_any_request(
    ansible: Ansible, prime: Target, flags: tuple[str, ...]
) -> None:
    run = ansible.module("prime", "prime_job_cancel", *flags, all=True)
    assert_refused(run, "usage", "confirm_irreversible", "cannot be undone")
    assert prime.control.requests() == []


def test_a_cancel_of_nothing_in_particular_is_refused(ansible: Ansible, prime: Target) -> None:
    run = ansible.module("prime", "prime_job_cancel", confirm_irreversible=True)
    assert_refused(run, "usage", "all: true")
    assert prime.control.requests() == []


def test_a_named_job_that_has_ended_or_does_not_exist_stops_the_run(ansible: Ansible, prime: Target) -> None:
    ended, waiting = prime.control.seed({"name": "a", "scenario": "completed"}, {"name": "b", "scenario": "queued"})
    confirmed: dict[str, t.Any] = {"confirm_irreversible": True}
    run = ansible.module("prime", "prime_job_cancel", job_ids=[waiting, ended], **confirmed)
    assert_refused(run, "ineligible", ended, "nothing was changed")
    run = ansible.module("prime", "prime_job_cancel", job_ids=[waiting, "999999"], **confirmed)
    assert_refused(run, "not_found", "999999", "nothing was changed")
    assert prime.control.writes() == []


def test_a_running_job_is_cancelled_and_its_run_goes_on(ansible: Ansible, prime: Target) -> None:
    (job_id,) = prime.control.seed({"name": "a", "scenario": "running"})
    run = ansible.module("prime", "prime_job_cancel", job_ids=[job_id], confirm_irreversible=True)
    assert (run.status, run.jobs[job_id]["changed"]) == (0, True)
    assert run.jobs[job_id]["after"] == "running"
    assert run.jobs[job_id]["raw_after"].startswith("CANCELLED RUNNING")
    resumed = ansible.module("prime", "job_resume", job_ids=[job_id])
    assert_refused(resumed, "ineligible", job_id)
