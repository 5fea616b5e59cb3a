# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reads of the v3 API (contract 5.1, 6)."""

from __future__ import annotations

import re
import typing as t

import pytest

from simulators.core.simulator import Json
from simulators.drs.bench import Bench, code, codes

LIST: Json = {"cur_page": 1, "per_page": 100, "db_use_type": "sync", "engine_type": ""}


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
