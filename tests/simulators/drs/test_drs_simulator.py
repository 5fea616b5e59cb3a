"""The v3 API: shapes, refusals and transitions (contract 5 to 8)."""

from __future__ import annotations

import re
import typing as t

import pytest
import requests

from simulators.core.simulator import Json
from simulators.drs.bench import Bench, code, codes
from simulators.drs.estate import estate

LIST: Json = {"cur_page": 1, "per_page": 100, "db_use_type": "sync", "engine_type": ""}
NO_SUCH_API = (404, "APIGW.0101")


# --- lists ---------------------------------------------------------------------------------------------------


def test_the_shape_of_a_listed_task(drs: Bench) -> None:
    job_id = drs.seed("failed", name="DRS-3999-demo", type="migration", net_type="eip", error_msg="no connection")
    answer = drs.send("POST", "/jobs", {**LIST, "db_use_type": "migration"})
    body = answer.json()
    assert answer.headers["Content-Type"] == "application/json"
    assert body["total_record"] == 1
    job = body["jobs"][0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", job.pop("create_time"))
    actions = job.pop("job_action")
    assert job == {
        "id": job_id,
        "name": "DRS-3999-demo",
        "status": "INCRE_TRANSFER_FAILED",
        "description": "",
        "error_msg": "no connection",
        "engine_type": "mysql",
        "net_type": "eip",
        "billing_tag": False,
        "job_direction": "up",
        "db_use_type": "migration",
        "task_type": "FULL_INCR_TRANS",
        "node_newFramework": False,
    }
    assert {"PAUSE", "RETRY", "RESET", "FREE_RESOURCE"} <= set(actions["available_actions"])
    assert {"START", "DELETE", "SWITCH_OVER"} <= set(actions["unavailable_actions"])
    assert "current_action" not in actions


@pytest.mark.parametrize(
    ("status", "can", "cannot"),
    [
        ("INCRE_TRANSFER_STARTED", {"PAUSE", "FREE_RESOURCE"}, {"RETRY", "RESET", "START"}),
        ("CONFIGURATION", {"START", "FREE_RESOURCE"}, {"PAUSE", "RETRY"}),
        ("RELEASE_RESOURCE_COMPLETE", {"DELETE", "CLONE"}, {"PAUSE", "RETRY", "FREE_RESOURCE"}),
        ("PAUSING", {"RETRY", "FREE_RESOURCE"}, {"PAUSE", "START"}),
        ("FROZEN", set(), {"PAUSE", "RETRY", "FREE_RESOURCE", "DELETE", "START"}),
    ],
)
def test_the_server_says_what_is_allowed(drs: Bench, status: str, can: set[str], cannot: set[str]) -> None:
    drs.seed_raw(status)
    actions = drs.listed()[0]["job_action"]
    assert can <= set(actions["available_actions"])
    assert cannot <= set(actions["unavailable_actions"])
    assert not set(actions["available_actions"]) & set(actions["unavailable_actions"])


def test_each_use_is_a_list_of_its_own(drs: Bench) -> None:
    ids = {use: drs.seed(type=use) for use in ("migration", "sync", "cloudDataGuard")}
    for use, job_id in ids.items():
        assert [job["id"] for job in drs.listed(use)] == [job_id]


def test_pages_and_totals(drs: Bench) -> None:
    ids = drs.control.seed(*({"name": f"job-{number}"} for number in range(7)))[::-1]

    def page(number: int, size: int) -> list[str]:
        body = drs.send("POST", "/jobs", {**LIST, "cur_page": number, "per_page": size}).json()
        assert body["total_record"] == 7
        return [job["id"] for job in body["jobs"]]

    assert page(1, 3) + page(2, 3) + page(3, 3) == ids
    assert page(0, 0) == page(1, 0) == page(0, 3) == ids
    assert page(4, 3) == []


def test_filters_of_the_list(drs: Bench) -> None:
    one = drs.seed("failed", name="orders-a", tags={"site": "muc"}, instance_id="i1", instance_ip="10.0.0.1")
    two = drs.seed(name="billing", net_type="vpn", engine_type="mysql-to-kafka", enterprise_project_id="ep1")

    def found(**more: t.Any) -> list[str]:
        return [job["id"] for job in drs.listed(**more)]

    assert found() == [two, one]
    assert found(name="order") == [one]
    assert found(name=one) == [one]
    assert sorted(found(name=f"{one},{two}")) == sorted([one, two])
    assert found(status="INCRE_TRANSFER_FAILED") == [one]
    assert found(net_type="vpn") == found(engine_type="mysql-to-kafka") == found(enterprise_project_id="ep1") == [two]
    assert found(instance_ids=["i1"]) == found(instance_ip="10.0.0.1") == [one]
    assert found(tags={"site": "muc"}) == found(tags=[{"key": "site", "value": "muc"}]) == [one]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"db_use_type": None}, "DRS.M00201"),
        ({"db_use_type": "all"}, "DRS.M00200"),
        ({"cur_page": None}, "DRS.M00201"),
        ({"per_page": None}, "DRS.M00201"),
        ({"per_page": "10"}, "DRS.M00210"),
        ({"per_page": -1}, "DRS.M00210"),
        ({"per_page": 101}, "DRS.M00211"),
        ({"cur_page": 2, "per_page": 0}, "DRS.M00210"),
        ({"status": "RUNNING"}, "DRS.M00200"),
        ({"net_type": "lan"}, "DRS.M00200"),
        ({"name": ",".join(f"id{number}" for number in range(101))}, "DRS.M00200"),
        ({"instance_ids": ["i"] * 11}, "DRS.M00200"),
        ({"tags": "site"}, "DRS.M00200"),
    ],
)
def test_refused_lists(drs: Bench, change: Json, wanted: str) -> None:
    assert code(drs.send("POST", "/jobs", {**LIST, **change})) == (400, wanted)


# --- one task ------------------------------------------------------------------------------------------------


def test_status_of_several(drs: Bench) -> None:
    one, two = drs.seed(), drs.seed("failed")
    answer = drs.send("POST", "/jobs/batch-status", {"jobs": [one, "none", two]})
    assert answer.status_code == 200
    assert answer.json() == {
        "count": 3,
        "results": [
            {"id": one, "status": "INCRE_TRANSFER_STARTED"},
            {"id": "none", "error_code": "DRS.M00289", "error_message": "The job does not exist."},
            {"id": two, "status": "INCRE_TRANSFER_FAILED"},
        ],
    }


@pytest.mark.parametrize("path", ["/jobs/batch-status", "/jobs/batch-detail"])
def test_only_five_come_back_unless_more_are_asked_for(drs: Bench, path: str) -> None:
    ids = drs.control.seed(*({"name": f"job-{number}"} for number in range(7)))

    def read(**more: t.Any) -> list[str]:
        body = drs.send("POST", path, {"jobs": ids, **more}).json()
        assert body["count"] == len(body["results"])
        return [entry["id"] for entry in body["results"]]

    assert read() == ids[:5]
    assert read(pageReq={"cur_page": 1, "per_page": 100}) == ids[:5]
    assert read(page_req={"cur_page": 1, "per_page": 100}) == ids
    assert read(page_req={"cur_page": 1, "per_page": 0}) == ids
    assert read(page_req={"cur_page": 2, "per_page": 5}) == ids[5:]


@pytest.mark.parametrize("path", ["/jobs/batch-status", "/jobs/batch-detail", "/jobs/batch-progress"])
@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({}, "DRS.M00201"),
        ({"jobs": []}, "DRS.M00201"),
        ({"jobs": [""]}, "DRS.M00201"),
        ({"jobs": "x"}, "DRS.M00200"),
        ({"jobs": [{"job_id": "x"}]}, "DRS.M00200"),
        ({"jobs": ["x", "x"]}, "DRS.M00301"),
        ([], "DRS.M00200"),
    ],
)
def test_refused_reads(drs: Bench, path: str, body: t.Any, wanted: str) -> None:
    assert code(drs.send("POST", path, body)) == (400, wanted)


def test_all_unknown_is_a_400_with_results(drs: Bench) -> None:
    for path, key in (
        ("batch-status", "error_message"),
        ("batch-detail", "error_message"),
        ("batch-progress", "error_msg"),
    ):
        answer = drs.send("POST", f"/jobs/{path}", {"jobs": ["none"]})
        assert answer.status_code == 400
        assert codes(answer) == ["DRS.M00289"]
        assert key in answer.json()["results"][0]


def test_detail(drs: Bench) -> None:
    job_id = drs.seed("failed", owner="rds-orders", prepaid=True, type="cloudDataGuard", instance_ip="10.0.0.1")
    job = drs.send("POST", "/jobs/batch-detail", {"jobs": [job_id]}).json()["results"][0]
    assert job["id"] == job_id
    assert job["create_time"].isdigit()
    assert job["inst_info"]["start_time"] == "0"
    assert job["target_endpoint"]["inst_name"] == "rds-orders"
    assert job["source_endpoint"]["db_type"] == job["target_endpoint"]["db_type"] == "mysql"
    assert job["failed_reason"]
    assert job["period_order"]["charging_mode"] == "period"
    assert job["multi_write"] is False
    assert "job_action" not in job


def test_progress_is_in_strings(drs: Bench) -> None:
    full, incremental = drs.seed_raw("FULL_TRANSFER_STARTED"), drs.seed()
    body = drs.send("POST", "/jobs/batch-progress", {"jobs": [full, incremental]}).json()
    assert [entry["job_id"] for entry in body["results"]] == [full, incremental]
    assert [entry["incre_trans_delay"] for entry in body["results"]] == ["-1", "0"]
    assert body["results"][1]["progress"] == "100"
    assert body["results"][0]["progress_map"]["data"] == {"completed": "54%", "remaining_time": None}


# --- actions -------------------------------------------------------------------------------------------------


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
    drs.control.advance(61)
    assert (drs.status(now), drs.status(later)) == ("FULL_TRANSFER_STARTED", "STARTJOBING")
    drs.control.advance(1)
    assert drs.status(later) == "INCRE_TRANSFER_STARTED"
    check = {"jobs": [{"job_id": unchecked, "precheck_mode": "forStartJob"}]}
    assert codes(drs.send("POST", "/jobs/batch-precheck", check)) == [""]
    result = drs.send("POST", "/jobs/batch-precheck-result", {"jobs": [unchecked]}).json()["results"][0]
    assert (result["process"], result["precheck_result"][0]["result"]) == ("100%", "PASSED")
    assert codes(start(unchecked)) == [""]


# --- families ------------------------------------------------------------------------------------------------


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


# --- the control API -----------------------------------------------------------------------------------------


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
