# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documents leave open, both ways (contract 10.2)."""

from __future__ import annotations

import datetime
import typing as t

import pytest

from simulators.core.simulator import Json
from simulators.drs.bench import Bench, code, codes
from simulators.drs.knobs import DEFAULT_KNOBS

LIST: Json = {"cur_page": 1, "per_page": 100, "db_use_type": "sync"}


def actions(drs: Bench, use: str = "sync") -> Json:
    return t.cast("Json", drs.listed(use)[0]["job_action"])


def test_wrong_state(drs: Bench) -> None:
    drs.control.knobs(wrong_state_code="DRS.M01504", all_failed_http=200)
    answer = drs.retry(drs.seed())
    assert (answer.status_code, codes(answer)) == (200, ["DRS.M01504"])
    answer = drs.end(drs.seed("completed"))
    assert (answer.status_code, codes(answer)) == (202, ["DRS.M01504"])


def test_busy_as_an_accepted_error(drs: Bench) -> None:
    drs.control.knobs(busy_http="202")
    job_id = drs.seed()
    drs.pause(job_id)
    assert code(drs.pause(job_id)) == (202, "DRS.M01504")
    assert codes(drs.pause(job_id, drs.seed())) == ["DRS.M01504", ""]


def test_batch_sizes(drs: Bench) -> None:
    one, two, three = drs.seed(), drs.seed(), drs.seed()
    drs.control.knobs(max_batch=1)
    assert code(drs.pause(one, two)) == (400, "DRS.M00299")
    drs.control.knobs(max_batch=2)
    assert code(drs.pause(one, two, three)) == (400, "DRS.M00200")
    assert codes(drs.pause(one, two)) == ["", ""]


def test_an_error_with_200(drs: Bench) -> None:
    drs.control.knobs(error_in_200="on")
    job_id = drs.seed()
    assert code(drs.pause(job_id)) == (200, "DRS.M05066")
    assert drs.status(job_id) == "INCRE_TRANSFER_STARTED"
    assert drs.truth(job_id)["applied"] == {}


@pytest.mark.parametrize("http", [500, 422])
def test_an_abnormal_service(drs: Bench, http: int) -> None:
    drs.control.knobs(service_abnormal=1, m00004_http=http)
    assert code(drs.send("POST", "/jobs", LIST)) == (http, "DRS.M00004")
    assert drs.send("POST", "/jobs", LIST).ok


def test_times_of_pause_and_resume(drs: Bench) -> None:
    drs.control.knobs(pause_lag=30, resume_linger=20, resume_path="WAITING_FOR_START", resume_lag=5)
    job_id = drs.seed()
    drs.pause(job_id)
    drs.control.advance(29)
    assert drs.status(job_id) == "INCRE_TRANSFER_STARTED"
    drs.control.advance(1)
    assert drs.status(job_id) == "PAUSING"
    drs.retry(job_id)
    drs.control.advance(19)
    assert drs.status(job_id) == "PAUSING"
    drs.control.advance(1)
    assert drs.status(job_id) == "WAITING_FOR_START"
    drs.control.advance(5)
    assert drs.status(job_id) == "INCRE_TRANSFER_STARTED"


def test_without_any_lag(drs: Bench) -> None:
    drs.control.knobs(pause_lag=0, resume_lag=0, release_lag=0)
    job_id = drs.seed()
    drs.pause(job_id)
    assert drs.status(job_id) == "PAUSING"
    drs.retry(job_id)
    assert drs.status(job_id) == "INCRE_TRANSFER_STARTED"
    drs.end(job_id)
    assert drs.status(job_id) == "RELEASE_RESOURCE_COMPLETE"


def test_stale_reads(drs: Bench) -> None:
    drs.control.knobs(stale_reads_after_200=2, pause_lag=0)
    job_id = drs.seed()
    drs.pause(job_id)
    assert [drs.status(job_id) for _read in range(3)] == ["INCRE_TRANSFER_STARTED", "INCRE_TRANSFER_STARTED", "PAUSING"]


@pytest.mark.parametrize("outcome", ["INCRE_TRANSFER_FAILED", "START_JOB_FAILED"])
def test_a_resume_that_fails(drs: Bench, outcome: str) -> None:
    drs.control.knobs(resume_outcome=outcome)
    job_id = drs.seed("suspended")
    assert codes(drs.retry(job_id)) == [""]
    drs.control.advance(1)
    assert drs.status(job_id) == outcome
    assert drs.listed()[0]["error_msg"]


def test_prepaid_tasks(drs: Bench) -> None:
    job_id = drs.seed(prepaid=True)
    assert codes(drs.end(job_id)) == ["DRS.M00304"]
    drs.control.knobs(prepaid_terminate="allowed", release_delay=60)
    assert codes(drs.end(job_id)) == [""]
    assert drs.status(job_id) == "INCRE_TRANSFER_STARTED"
    drs.control.advance(60)
    assert drs.status(job_id) == "RELEASE_RESOURCE_STARTED"
    other = drs.seed(prepaid=True)
    drs.control.event(other, "unsubscribe")
    drs.control.advance(60)
    drs.control.advance(1)
    assert drs.status(other) == "RELEASE_RESOURCE_COMPLETE"


@pytest.mark.parametrize(
    ("knob", "shown"), [("PAUSE", "PAUSE"), ("null", None), ("missing", "none"), ("STOP_JOB", "STOP_JOB")]
)
def test_the_name_of_a_running_pause(drs: Bench, knob: str, shown: str | None) -> None:
    drs.control.knobs(current_action_while_pausing=knob)
    drs.pause(drs.seed())
    assert actions(drs).get("current_action", "none") == shown


def test_a_cloud_without_job_action(drs: Bench) -> None:
    drs.control.knobs(job_action="absent")
    drs.seed()
    assert "job_action" not in drs.listed()[0]
    assert "job_action" not in drs.send("GET", "/jobs?job_type=sync", version="v5").json()["jobs"][0]


def test_retry_need_not_be_listed_on_a_paused_task(drs: Bench) -> None:
    drs.control.knobs(retry_listed_on_paused=False)
    job_id = drs.seed("suspended")
    assert "RETRY" in actions(drs)["unavailable_actions"]
    assert codes(drs.retry(job_id)) == [""]


def test_pause_of_failed_tasks(drs: Bench) -> None:
    assert "PAUSE" in actions_of(drs, drs.seed("failed"))
    drs.control.knobs(pause_on_failed="refused")
    job_id = drs.seed("failed")
    assert "PAUSE" not in actions_of(drs, job_id)
    assert codes(drs.pause(job_id)) == ["DRS.M00304"]


def actions_of(drs: Bench, job_id: str) -> list[str]:
    return t.cast("list[str]", drs.listed(name=job_id)[0]["job_action"]["available_actions"])


def test_pause_of_disaster_recovery(drs: Bench) -> None:
    drs.control.knobs(pause_on_dr_job="refused")
    assert codes(drs.pause(drs.seed(type="cloudDataGuard"))) == ["DRS.M00304"]
    assert "PAUSE" in actions(drs, "cloudDataGuard")["unavailable_actions"]


def test_links_that_can_pause(drs: Bench) -> None:
    drs.control.knobs(pausable_links=["mysql", "mysql-to-kafka"])
    assert codes(drs.pause(drs.seed(engine_type="mysql-to-kafka"))) == [""]
    assert codes(drs.pause(drs.seed(engine_type="oracle-to-gaussdbv5"))) == ["DRS.M00304"]


def test_retry_of_a_paused_child(drs: Bench) -> None:
    drs.control.knobs(retry_on_paused_dr_child="refused")
    parent = drs.seed("suspended", type="cloudDataGuard", children=1)
    assert codes(drs.retry(*drs.truth(parent)["children"])) == ["DRS.M00304"]


@pytest.mark.parametrize(("knob", "wanted"), [("allowed", ""), ("refused", "DRS.M00304")])
def test_open_cells_of_the_table(drs: Bench, knob: str, wanted: str) -> None:
    drs.control.knobs(open_state_cells=knob)
    assert codes(drs.retry(drs.seed_raw("START_JOB_FAILED"))) == [wanted]
    assert codes(drs.end(drs.seed_raw("CHANGE_JOB_FAILED"))) == [wanted]


def test_the_time_zone_of_the_list(drs: Bench) -> None:
    drs.seed()
    utc = datetime.datetime.fromisoformat(drs.listed()[0]["create_time"])
    drs.control.knobs(list_time_zone="local")
    local = datetime.datetime.fromisoformat(drs.listed()[0]["create_time"])
    assert local - utc == datetime.timedelta(hours=8)


def test_progress_may_answer_202(drs: Bench) -> None:
    drs.control.knobs(progress_http=202)
    assert drs.send("POST", "/jobs/batch-progress", {"jobs": [drs.seed()]}).status_code == 202


def test_a_list_without_an_engine(drs: Bench) -> None:
    drs.seed(engine_type="mongodb")
    drs.seed()
    assert drs.send("POST", "/jobs", LIST).json()["total_record"] == 1
    drs.control.knobs(engine_type_absent="all")
    assert drs.send("POST", "/jobs", LIST).json()["total_record"] == 2


@pytest.mark.parametrize("wanted", ["DRS.M00289", "DRS.M05003", "DRS.M05004"])
def test_codes_of_what_is_not_there(drs: Bench, wanted: str) -> None:
    drs.control.knobs(unknown_id=wanted, deleted_id=wanted)
    deleted = drs.seed("cancelled")
    answer = drs.send("POST", "/jobs/batch-detail", {"jobs": ["none", deleted]})
    assert (answer.status_code, codes(answer)) == (400, [wanted, wanted])
    assert codes(drs.end("none", deleted)) == [wanted, wanted]


def test_throttling_at_the_gateway(drs: Bench) -> None:
    drs.control.knobs(rate_limit=2, rate_period=10, retry_after="7")
    drs.seed()
    for _request in range(2):
        assert drs.send("POST", "/jobs", LIST).ok
    limited = drs.send("POST", "/jobs", LIST)
    assert code(limited) == (429, "APIGW.0308")
    assert limited.headers["Retry-After"] == "7"
    assert limited.json()["request_id"]
    assert drs.send("POST", "/jobs/batch-status", {"jobs": ["none"]}).status_code == 400  # each API on its own
    drs.control.advance(10)
    assert drs.send("POST", "/jobs", LIST).ok


def test_throttling_by_the_service(drs: Bench) -> None:
    drs.control.knobs(rate_limit=1, throttle="service")
    drs.send("POST", "/jobs", LIST)
    limited = drs.send("POST", "/jobs", LIST)
    assert code(limited) == (400, "DRS.M01503")
    assert "Retry-After" not in limited.headers


def test_a_reset_restores_the_knobs(drs: Bench) -> None:
    drs.control.knobs(pause_lag=99)
    drs.control.reset()
    assert drs.control.knobs() == DEFAULT_KNOBS
