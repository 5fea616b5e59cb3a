# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The actions of the v3 API: their effects and refusals (contract 7, 8)."""

from __future__ import annotations

import typing as t

import pytest
import requests

from simulators.core.simulator import Json
from simulators.drs.bench import Bench, code, codes

LIST: Json = {"cur_page": 1, "per_page": 100, "db_use_type": "sync", "engine_type": ""}
NO_SUCH_API = (404, "APIGW.0101")


def test_pause_takes_its_time(drs: Bench) -> None:
    job_id = drs.seed()
    answer = drs.pause(job_id, mode="all")
    assert answer.status_code == 200
    assert answer.json() == {"count": 1, "results": [{"id": job_id, "status": "success"}]}
    assert drs.status(job_id) == "INCRE_TRANSFER_STARTED"
    assert drs.listed()[0]["job_action"]["current_action"] == "STOP_JOB"
    assert not drs.truth(job_id)["held"]
    drs.control.advance(0.2)
    assert drs.status(job_id) == "PAUSING"
    truth = drs.truth(job_id)
    assert (truth["held"], truth["running"], truth["applied"], truth["pause_mode"]) == (
        True,
        False,
        {"pause": 1},
        "all",
    )


@pytest.mark.parametrize("phase", ["FULL_TRANSFER_STARTED", "FULL_TRANSFER_COMPLETE", "INCRE_TRANSFER_STARTED"])
def test_resume_goes_back_to_the_work_that_was_paused(drs: Bench, phase: str) -> None:
    job_id = drs.seed_raw(phase)
    drs.pause(job_id)
    drs.control.advance(1)
    assert drs.retry(job_id).json() == {"count": 1, "results": [{"id": job_id, "status": "success"}]}
    assert drs.status(job_id) == "STARTJOBING"
    drs.control.advance(1)
    assert drs.status(job_id) == phase
    assert drs.truth(job_id)["applied"] == {"pause": 1, "retry": 1}


@pytest.mark.parametrize(
    ("failed", "work"),
    [("FULL_TRANSFER_FAILED", "FULL_TRANSFER_STARTED"), ("INCRE_TRANSFER_FAILED", "INCRE_TRANSFER_STARTED")],
)
def test_the_same_call_retries_what_has_failed(drs: Bench, failed: str, work: str) -> None:
    job_id = drs.seed_raw(failed)
    assert codes(drs.retry(job_id)) == [""]
    drs.control.advance(1)
    assert drs.status(job_id) == work


def test_terminate_is_final(drs: Bench) -> None:
    job_id = drs.seed()
    answer = drs.end(job_id)
    assert answer.status_code == 202
    assert answer.json() == {"count": 1, "results": [{"id": job_id, "status": "success"}]}
    assert drs.status(job_id) == "RELEASE_RESOURCE_STARTED"
    drs.control.advance(1)
    assert drs.status(job_id) == "RELEASE_RESOURCE_COMPLETE"
    for again in (drs.retry(job_id), drs.pause(job_id), drs.end(job_id)):
        assert (again.status_code, codes(again)) == (400, ["DRS.M00304"])


def test_deleted_is_a_status_but_not_in_the_list(drs: Bench) -> None:
    job_id = drs.seed("completed")
    assert codes(drs.end(job_id, how="delete")) == [""]
    detail = drs.send("POST", "/jobs/batch-detail", {"jobs": [job_id]})
    assert (detail.status_code, detail.json()["results"][0]["status"]) == (200, "DELETED")
    assert drs.listed() == []
    assert codes(drs.pause(job_id)) == ["DRS.M05004"]
    assert not drs.truth(job_id)["selectable"]


@pytest.mark.parametrize("how", ["delete", "roll_back_upgrade_active_standby"])
def test_a_running_task_can_only_be_terminated(drs: Bench, how: str) -> None:
    assert codes(drs.end(drs.seed(), how=how)) == ["DRS.M00304"]


def test_a_failed_release_needs_force(drs: Bench) -> None:
    job_id = drs.seed_raw("RELEASE_RESOURCE_FAILED")
    assert codes(drs.end(job_id)) == ["DRS.M00304"]
    assert codes(drs.end(job_id, how="force_terminate")) == [""]


def test_a_batch_may_fail_in_part(drs: Bench) -> None:
    good, paused, busy = drs.seed(), drs.seed("suspended"), drs.seed()
    drs.control.event(busy, "busy", seconds=30)
    answer = drs.pause(good, paused, "none", busy)
    assert answer.status_code == 200
    assert codes(answer) == ["", "DRS.M00304", "DRS.M00289", "DRS.M01504"]
    assert [entry["status"] for entry in answer.json()["results"]] == ["success", "failed", "failed", "failed"]
    assert answer.json()["results"][1]["error_msg"] == "This API cannot be called in the current task status."
    drs.control.advance(30)
    assert codes(drs.pause(busy)) == [""]


def test_another_request_finds_a_transition_busy(drs: Bench) -> None:
    job_id = drs.seed()
    drs.pause(job_id)
    for answer in (drs.pause(job_id), drs.retry(job_id), drs.end(job_id)):
        assert codes(answer) == ["DRS.M01504"]
        assert answer.ok
    drs.control.advance(1)
    drs.retry(job_id)
    assert codes(drs.pause(job_id)) == ["DRS.M01504"]


@pytest.mark.parametrize(
    "status", ["CONFIGURATION", "WAITING_FOR_START", "STARTJOBING", "PAUSING", "CREATING", "FROZEN"]
)
def test_what_does_not_run_cannot_be_paused(drs: Bench, status: str) -> None:
    answer = drs.pause(drs.seed_raw(status))
    assert (answer.status_code, codes(answer)) == (400, ["DRS.M00304"])


@pytest.mark.parametrize(
    "status", ["INCRE_TRANSFER_STARTED", "CONFIGURATION", "RELEASE_RESOURCE_COMPLETE", "CREATE_FAILED"]
)
def test_only_paused_and_failed_tasks_can_be_retried(drs: Bench, status: str) -> None:
    assert codes(drs.retry(drs.seed_raw(status))) == ["DRS.M00304"]


@pytest.mark.parametrize(
    ("method", "path", "order", "wanted"),
    [
        ("POST", "batch-pause-task", {"job_id": "x"}, "DRS.M00201"),
        ("POST", "batch-pause-task", {"job_id": "x", "pause_mode": "source"}, "DRS.M00200"),
        ("POST", "batch-pause-task", {"id": "x", "pause_mode": "all"}, "DRS.M00201"),
        ("POST", "batch-pause-task", {"job_id": 5, "pause_mode": "all"}, "DRS.M00200"),
        ("POST", "batch-pause-task", {}, "DRS.M00201"),
        ("POST", "batch-pause-task", "x", "DRS.M00200"),
        ("POST", "batch-retry-task", {"job_id": ""}, "DRS.M00201"),
        ("POST", "batch-retry-task", {"job_id": "x", "is_sync_re_edit": "true"}, "DRS.M00200"),
        ("DELETE", "batch-jobs", {"job_id": "x"}, "DRS.M00201"),
        ("DELETE", "batch-jobs", {"job_id": "x", "delete_type": "kill"}, "DRS.M00200"),
        ("POST", "batch-starting", {"job_id": "x", "start_time": "tomorrow"}, "DRS.M00200"),
        ("POST", "batch-precheck", {"job_id": "x"}, "DRS.M00201"),
    ],
)
def test_refused_actions(drs: Bench, method: str, path: str, order: t.Any, wanted: str) -> None:
    assert code(drs.send(method, f"/jobs/{path}", {"jobs": [order]})) == (400, wanted)


def test_a_batch_names_a_task_once(drs: Bench) -> None:
    job_id = drs.seed()
    assert code(drs.pause(job_id, job_id)) == (400, "DRS.M00301")
    assert drs.truth(job_id)["applied"] == {}


def test_wrong_methods_paths_and_content(drs: Bench) -> None:
    job_id = drs.seed()
    body = {"jobs": [{"job_id": job_id, "delete_type": "terminate", "pause_mode": "all"}]}
    assert code(drs.send("POST", "/jobs/batch-jobs", body)) == NO_SUCH_API
    assert code(drs.send("PUT", "/jobs/batch-pause-task", body)) == NO_SUCH_API
    assert code(drs.send("GET", "/jobs")) == NO_SUCH_API
    assert code(drs.send("POST", "/jobs/batch-pause-task/", body)) == NO_SUCH_API
    assert code(drs.send("OPTIONS", "/jobs")) == NO_SUCH_API
    url = f"{drs.server.url}/v3/{drs.sim.project_id}/jobs/batch-pause-task"
    text = requests.post(url, data="{}", headers={**drs.headers, "Content-Type": "text/plain"}, timeout=10)
    assert code(text) == (400, "DRS.M00200")
    broken = requests.post(url, data="{", headers={**drs.headers, "Content-Type": "application/json"}, timeout=10)
    assert code(broken) == (400, "DRS.M00200")
    assert code(drs.send("DELETE", "/jobs/batch-jobs")) == (400, "DRS.M00200")
    assert drs.truth(job_id)["state"] == "INCRE_TRANSFER_STARTED"


def test_a_body_of_more_than_12_mb_is_refused(drs: Bench) -> None:
    assert code(drs.send("POST", "/jobs", {"name": "x" * (12 * 1024 * 1024)})) == (413, "APIGW.0201")


def test_the_path_may_have_a_prefix(drs: Bench) -> None:
    url = f"{drs.server.url}/drs/v3/{drs.sim.project_id}/jobs"
    assert requests.post(url, json=LIST, headers=drs.headers, timeout=10).status_code == 200


def test_the_language_of_messages(drs: Bench) -> None:
    drs.headers["X-Language"] = "zh-cn"
    answer = drs.retry(drs.seed())
    assert answer.json()["results"][0]["error_msg"] == "当前任务状态不允许调用该接口"


def test_start(drs: Bench) -> None:
    def start(job_id: str, **more: t.Any) -> requests.Response:
        return drs.send("POST", "/jobs/batch-starting", {"jobs": [{"job_id": job_id, **more}]})

    now = drs.seed_raw("CONFIGURATION")
    later = drs.seed_raw("CONFIGURATION", task_type="INCR_TRANS")
    unchecked = drs.seed_raw("CONFIGURATION", prechecked=False)
    assert start(now).status_code == 202
    assert drs.status(now) == "STARTJOBING"
    assert codes(start(later, start_time=str(int((drs.sim.clock.now() + 60) * 1000)))) == [""]
    assert drs.status(later) == "WAITING_FOR_START"
    assert codes(start(unchecked)) == ["DRS.M00300"]
    assert codes(start(drs.seed())) == ["DRS.M00304"]
    drs.control.advance(60.1)
    assert (drs.status(now), drs.status(later)) == ("FULL_TRANSFER_STARTED", "STARTJOBING")
    drs.control.advance(1)
    assert drs.status(later) == "INCRE_TRANSFER_STARTED"
    check = {"jobs": [{"job_id": unchecked, "precheck_mode": "forStartJob"}]}
    assert codes(drs.send("POST", "/jobs/batch-precheck", check)) == [""]
    result = drs.send("POST", "/jobs/batch-precheck-result", {"jobs": [unchecked]}).json()["results"][0]
    assert (result["process"], result["precheck_result"][0]["result"]) == ("100%", "PASSED")
    assert codes(start(unchecked)) == [""]


def test_a_dual_active_family(drs: Bench) -> None:
    parent = drs.seed(type="cloudDataGuard", children=2)
    children = drs.truth(parent)["children"]
    listed = drs.listed("cloudDataGuard")
    assert [job["id"] for job in listed] == [parent]
    assert [child["id"] for child in listed[0]["children"]] == children
    assert drs.send("POST", "/jobs/batch-detail", {"jobs": [parent]}).json()["results"][0]["multi_write"] is True
    assert codes(drs.pause(parent, *children)) == ["DRS.M00307", "", ""]
    drs.control.advance(1)
    assert codes(drs.retry(parent, *children)) == ["DRS.M00307", "", ""]
    drs.control.advance(1)
    assert codes(drs.end(*children)) == ["DRS.M00308", "DRS.M00308"]
    assert codes(drs.end(parent)) == [""]
    drs.control.advance(1)
    assert {drs.status(member) for member in (parent, *children)} == {"RELEASE_RESOURCE_COMPLETE"}


def test_a_re_edit_runs_in_a_subtask(drs: Bench) -> None:
    job_id = drs.seed("suspended")
    assert codes(drs.retry(job_id, is_sync_re_edit=True)) == ["DRS.M00401"]
    drs.control.event(job_id, "re_edit")
    assert codes(drs.retry(job_id, is_sync_re_edit=True)) == [""]
    drs.control.advance(10)
    child = drs.listed()[0]["children"][0]
    assert child["status"] == "CHILD_TRANSFER_STARTING"
    assert drs.status(job_id) == "INCRE_TRANSFER_STARTED"
    assert codes(drs.pause(job_id)) == [""]
    drs.control.advance(20)
    assert drs.status(child["id"]) == "RELEASE_CHILD_TRANSFER_COMPLETE"
    drs.control.event(job_id, "re_edit")
    assert codes(drs.retry(job_id, is_sync_re_edit=True)) == ["DRS.M00402"]
    assert codes(drs.retry(job_id, is_sync_re_edit=False)) == [""]
