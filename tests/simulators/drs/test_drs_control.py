# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeds, events, the log of writes and the estate."""

from __future__ import annotations

import typing as t

import pytest
import requests

from simulators.core.simulator import Json
from simulators.drs.bench import Bench, codes
from simulators.drs.estate import estate


def test_scenarios(drs: Bench) -> None:
    states = {
        "queued": ("WAITING_FOR_START", False, False),
        "running": ("INCRE_TRANSFER_STARTED", False, True),
        "suspended": ("PAUSING", True, False),
        "failed": ("INCRE_TRANSFER_FAILED", False, False),
        "completed": ("RELEASE_RESOURCE_COMPLETE", False, False),
        "cancelled": ("DELETED", False, False),
    }
    for scenario, wanted in states.items():
        truth = drs.truth(drs.seed(scenario))
        assert (truth["state"], truth["held"], truth["running"]) == wanted


@pytest.mark.parametrize("seed", [{"scenario": "warning"}, {"type": "backup"}, {"system_job": True}, {"id": "twice"}])
def test_impossible_seeds(drs: Bench, seed: Json) -> None:
    drs.seed(id="twice")
    answer = requests.post(f"{drs.server.origin}/_sim/seed", json={"jobs": [{"name": "x", **seed}]}, timeout=10)
    assert answer.status_code == 400


def test_events(drs: Bench) -> None:
    def after(event: str, scenario: str = "running", **details: t.Any) -> str:
        job_id = drs.seed(scenario)
        drs.control.event(job_id, event, **details)
        return drs.status(job_id)

    assert after("suspend") == "PAUSING"
    assert after("resume", "suspended") == "INCRE_TRANSFER_STARTED"
    assert after("start", "queued") == "INCRE_TRANSFER_STARTED"
    assert after("finish") == "RELEASE_RESOURCE_COMPLETE"
    assert after("finish", result="failed") == after("fail") == "INCRE_TRANSFER_FAILED"
    assert after("status", status="NODE_UPGRADE_START") == "NODE_UPGRADE_START"
    gone = drs.seed()
    drs.control.event(gone, "vanish")
    assert codes(drs.pause(gone)) == ["DRS.M00289"]
    assert gone not in drs.control.jobs()


@pytest.mark.parametrize(
    "event", [{"event": "explode"}, {"event": "finish", "result": "warning"}, {"event": "unsubscribe"}]
)
def test_impossible_events(drs: Bench, event: Json) -> None:
    body = {"job_id": drs.seed(), **event}
    assert requests.post(f"{drs.server.origin}/_sim/event", json=body, timeout=10).status_code == 400
    unknown = {"job_id": "none", "event": "fail"}
    assert requests.post(f"{drs.server.origin}/_sim/event", json=unknown, timeout=10).status_code == 400


def test_a_foreign_event_makes_a_planned_step_void(drs: Bench) -> None:
    job_id = drs.seed()
    drs.pause(job_id)
    drs.control.event(job_id, "fail")
    drs.control.advance(1)
    assert drs.status(job_id) == "INCRE_TRANSFER_FAILED"
    assert drs.truth(job_id)["applied"] == {}


def test_work_with_a_duration_ends_but_not_while_it_is_paused(drs: Bench) -> None:
    job_id = drs.seed(duration=100)
    drs.control.advance(60)
    drs.control.event(job_id, "suspend")
    drs.control.advance(1000)
    assert drs.status(job_id) == "PAUSING"
    drs.control.event(job_id, "resume")
    drs.control.advance(39)
    assert drs.status(job_id) == "INCRE_TRANSFER_STARTED"
    drs.control.advance(2)
    assert drs.status(job_id) == "RELEASE_RESOURCE_COMPLETE"


def test_a_single_copy_ends_with_the_copy(drs: Bench) -> None:
    job_id = drs.seed_raw("FULL_TRANSFER_STARTED", task_type="FULL_TRANS")
    assert drs.truth(job_id)["running"]
    drs.control.event(job_id, "finish")
    assert drs.status(job_id) == "FULL_TRANSFER_COMPLETE"
    assert not drs.truth(job_id)["running"]


def test_writes_are_told_from_reads(drs: Bench) -> None:
    job_id = drs.seed()
    drs.control.forget_requests()
    drs.log_in()
    drs.listed()
    drs.status(job_id)
    drs.send("POST", "/jobs/batch-detail", {"jobs": [job_id]})
    drs.send("POST", "/jobs/batch-progress", {"jobs": [job_id]})
    drs.send("GET", "/jobs?job_type=sync", version="v5")
    drs.send("GET", f"/jobs/{job_id}/actions", version="v5")
    assert drs.control.writes() == []
    drs.pause(job_id)
    drs.retry(job_id)
    drs.end(job_id)
    for method, path in (
        ("POST", f"/jobs/{job_id}/action"),
        ("POST", "/jobs/action"),
        ("POST", f"/jobs/{job_id}/stop"),
        ("POST", "/jobs/batch-stop"),
        ("DELETE", f"/jobs/{job_id}"),
        ("DELETE", "/jobs"),
    ):
        drs.send(method, path, {}, version="v5")
    assert len(drs.control.writes()) == 9


def test_the_estate_is_accepted_and_mixed(drs: Bench) -> None:
    drs.control.seed(*estate(200))
    truth = drs.control.jobs().values()
    assert estate(5) == estate(200)[:5]
    assert len({job["name"] for job in truth}) == 200
    assert sum(job["running"] for job in truth) > 100
    assert {job["type"] for job in truth} == {"migration", "sync", "cloudDataGuard"}
    assert {"PAUSING", "INCRE_TRANSFER_FAILED", "WAITING_FOR_START"} <= {job["state"] for job in truth}
