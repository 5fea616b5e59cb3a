# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The v5 API (contract 5.2, 6.4, 8.4, 8.5)."""

from __future__ import annotations

import re
import typing as t

import pytest
import requests

from simulators.core.simulator import Json
from simulators.drs.bench import Bench, code, codes

NO_SUCH_API = (404, "APIGW.0101")


def get(drs: Bench, path: str) -> requests.Response:
    return drs.send("GET", path, version="v5")


def act(drs: Bench, job_id: str, name: str, **params: t.Any) -> requests.Response:
    job: Json = {"action_name": name}
    if params:
        job["action_params"] = params
    return drs.send("POST", f"/jobs/{job_id}/action", {"job": job}, version="v5")


def test_the_shape_of_a_listed_task(drs: Bench) -> None:
    job_id = drs.seed(name="orders", type="cloudDataGuard", multi_write=True)
    body = get(drs, "/jobs?job_type=cloudDataGuard").json()
    assert body["total_count"] == 1
    job = body["jobs"][0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", job.pop("create_time"))
    assert "PAUSE" in job.pop("job_action")["available_actions"]
    assert job == {
        "id": job_id,
        "name": "orders",
        "status": "INCRE_TRANSFER_STARTED",
        "engine_type": "mysql-to-mysql",
        "job_direction": "up",
        "job_type": "cloudDataGuard",
        "task_type": "FULL_INCR_TRANS",
        "charging_mode": "on_demand",
        "enterprise_project_id": "0",
        "job_mode": "single",
        "job_mode_role": "master",
        "is_multi_az": False,
        "node_role": "",
    }


def test_parents_are_marked(drs: Bench) -> None:
    drs.seed(type="cloudDataGuard", children=1)
    job = get(drs, "/jobs?job_type=cloudDataGuard").json()["jobs"][0]
    assert (job["job_mode_role"], job["children"][0]["job_mode_role"]) == ("parent", "child")


def test_filters_order_and_pages(drs: Bench) -> None:
    ids = drs.control.seed(*({"name": f"job-{number:02d}", "instance_id": f"i{number}"} for number in range(12)))

    def found(query: str) -> list[str]:
        return [job["id"] for job in get(drs, f"/jobs?job_type=sync&{query}").json()["jobs"]]

    assert found("") == ids[::-1][:10]
    assert found("limit=5&offset=10") == ids[:2][::-1]
    assert found("sort_key=name&sort_dir=asc&limit=3") == ids[:3]
    assert found("name=job-03") == found(f"name={ids[3]}") == [ids[3]]
    assert found("instance_ids=i1&instance_ids=i2") == [ids[2], ids[1]]
    assert found("engine_type=oracle-to-gaussdbv5") == found("status=CONFIGURATION") == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "job_type=all",
        "job_type=sync&status=PAUSING",
        "job_type=sync&limit=0",
        "job_type=sync&offset=-1",
        "job_type=sync&sort_key=age",
        "job_type=sync&name=" + ",".join("abcdefghijk"),
    ],
)
def test_refused_lists(drs: Bench, query: str) -> None:
    assert code(get(drs, f"/jobs?{query}")) == (400, "DRS.10000009")


def test_one_task(drs: Bench) -> None:
    job_id = drs.seed(name="orders")
    job = get(drs, f"/jobs/{job_id}?type=detail").json()["job"]
    assert (job["id"], job["status"], job["base_info"]["name"]) == (job_id, "INCRE_TRANSFER_STARTED", "orders")
    assert code(get(drs, f"/jobs/{job_id}")) == (400, "DRS.10000009")
    assert code(get(drs, f"/jobs/{job_id}?type=all")) == (400, "DRS.10000009")
    for path in ("/jobs/none?type=detail", "/jobs/none/actions", "/jobs/none/timelines"):
        assert code(get(drs, path)) == (400, "DRS.10000010")


def test_stop_pauses_and_restart_resumes(drs: Bench) -> None:
    job_id = drs.seed(name="orders")
    answer = act(drs, job_id, "stop", pause_mode="all")
    assert answer.status_code == 200
    assert answer.json() == {"id": job_id, "name": "orders", "status": "success"}
    assert get(drs, f"/jobs/{job_id}/actions").json()["job_action"]["current_action"] == "STOP_JOB"
    assert code(act(drs, job_id, "stop")) == (400, "DRS.10000024")
    drs.control.advance(1)
    assert drs.truth(job_id)["pause_mode"] == "all"
    assert code(act(drs, job_id, "stop")) == (400, "DRS.10000001")
    assert act(drs, job_id, "restart").ok
    assert get(drs, f"/jobs/{job_id}/actions").json()["job_action"]["current_action"] == "RETRY"
    drs.control.advance(1)
    assert drs.status(job_id) == "INCRE_TRANSFER_STARTED"
    assert drs.truth(job_id)["applied"] == {"pause": 1, "retry": 1}


def test_the_timeline_tells_who_did_what(drs: Bench) -> None:
    job_id = drs.seed()
    act(drs, job_id, "stop")
    drs.control.advance(1)
    drs.control.event(job_id, "resume")
    body = get(drs, f"/jobs/{job_id}/timelines?limit=10&offset=0").json()
    assert body["count"] == 2
    assert [(line["name"], line["user_name"]) for line in body["timelines"]] == [
        ("RETRY", "console"),
        ("PAUSE", "operator"),
    ]
    assert body["timelines"][0]["status"] == "success"
    assert code(get(drs, f"/jobs/{job_id}/timelines?limit=1001")) == (400, "DRS.10000009")


def test_start_now_and_reset_after_a_precheck(drs: Bench) -> None:
    waiting, failed = drs.seed("queued"), drs.seed("failed")
    assert act(drs, waiting, "start").ok
    assert code(act(drs, failed, "reset")) == (400, "DRS.10010047")
    check = act(drs, failed, "precheck", precheck_mode="forRetryJob")
    assert check.status_code == 202
    query_id = check.json()["query_id"]
    assert get(drs, f"/jobs/{failed}?type=precheck&query_id={query_id}").ok
    assert act(drs, failed, "reset").ok
    drs.control.advance(1)
    assert drs.status(waiting) == drs.status(failed) == "FULL_TRANSFER_STARTED"


def test_a_batch_of_actions(drs: Bench) -> None:
    running, paused = drs.seed(name="a"), drs.seed("suspended", name="b")
    orders = [
        {"job_id": running, "action_name": "stop"},
        {"job_id": paused, "action_name": "restart"},
        {"job_id": "none", "action_name": "stop"},
    ]
    answer = drs.send("POST", "/jobs/action", {"jobs": orders}, version="v5")
    assert answer.status_code == 200
    assert answer.json()["jobs"][0] == {"id": running, "name": "a", "status": "Success"}
    assert [job["status"] for job in answer.json()["jobs"]] == ["Success", "Success", "Failed"]
    assert codes(answer) == ["", "", "DRS.10020102"]


def test_the_paths_called_stop_terminate(drs: Bench) -> None:
    one, two, three = drs.seed(), drs.seed(), drs.seed()
    assert drs.send("POST", f"/jobs/{one}/stop", {"is_force_stop": False}, version="v5").json()["status"] == "success"
    body = {"jobs": [{"job_id": two, "is_force_stop": False}, {"job_id": "none", "is_force_stop": True}]}
    assert codes(drs.send("POST", "/jobs/batch-stop", body, version="v5")) == ["", "DRS.10020102"]
    assert act(drs, three, "terminate").ok
    drs.control.advance(1)
    assert {drs.status(job_id) for job_id in (one, two, three)} == {"RELEASE_RESOURCE_COMPLETE"}
    assert drs.send("DELETE", f"/jobs/{one}", version="v5").ok
    assert codes(drs.send("DELETE", "/jobs", {"jobs": [two]}, version="v5")) == [""]
    assert drs.status(one) == drs.status(two) == "DELETED"
    assert code(get(drs, f"/jobs/{one}?type=detail")) == (400, "DRS.10000010")


def test_only_some_may_terminate(drs: Bench) -> None:
    job_id = drs.seed()
    drs.headers = drs.as_user("reader")
    assert code(act(drs, job_id, "stop")) == (403, "DRS.M00102")
    drs.headers = drs.as_user("keeper")
    assert code(drs.send("DELETE", f"/jobs/{job_id}", version="v5")) == (403, "DRS.M00102")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"job": {}},
        {"job": {"action_name": "pause"}},
        {"job": {"action_name": "stop", "action_params": {"pause_mode": "source"}}},
        {"job": {"action_name": "stop", "action_params": "all"}},
        {"jobs": [{"action_name": "stop"}]},
    ],
)
def test_refused_actions(drs: Bench, body: Json) -> None:
    job_id = drs.seed()
    assert code(drs.send("POST", f"/jobs/{job_id}/action", body, version="v5")) == (400, "DRS.10000009")


def test_what_is_not_simulated_is_refused_honestly(drs: Bench) -> None:
    job_id = drs.seed()
    assert code(act(drs, job_id, "set_readonly")) == (400, "DRS.10000001")
    assert act(drs, job_id, "diagnosis").status_code == 202


def test_knobs_of_v5(drs: Bench) -> None:
    job_id = drs.seed()
    drs.control.knobs(v5_pause_mode_default="all", v5_status_case="success", v5_list_limit=1, v5_list_limit_max=2)
    drs.control.knobs(v5_unknown_id="DRS.10020102", v5_unknown_id_in_batch="DRS.10000010", max_batch=2)
    drs.control.seed({"name": "b"}, {"name": "c"})
    assert len(get(drs, "/jobs?job_type=sync").json()["jobs"]) == 1
    assert len(get(drs, "/jobs?job_type=sync&limit=100").json()["jobs"]) == 2
    orders = [{"job_id": job_id, "action_name": "stop"}, {"job_id": "none", "action_name": "stop"}]
    answer = drs.send("POST", "/jobs/action", {"jobs": orders}, version="v5")
    assert [job["status"] for job in answer.json()["jobs"]] == ["success", "failed"]
    assert codes(answer) == ["", "DRS.10000010"]
    assert code(act(drs, "none", "stop")) == (400, "DRS.10020102")
    assert drs.truth(job_id)["pause_mode"] == "all"
    three = [{"job_id": name, "action_name": "stop"} for name in "abc"]
    assert code(drs.send("POST", "/jobs/action", {"jobs": three}, version="v5")) == (400, "DRS.10000009")


def test_versions_may_be_absent(drs: Bench) -> None:
    drs.control.knobs(v5_available=False)
    assert code(get(drs, "/jobs?job_type=sync")) == NO_SUCH_API
    drs.control.knobs(v3_available=False)
    assert code(drs.send("POST", "/jobs", {})) == NO_SUCH_API
