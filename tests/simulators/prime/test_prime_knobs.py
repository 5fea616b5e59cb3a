# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each unknown of the product, both ways (contract 10.3)."""

from __future__ import annotations

import typing as t

import pytest

from simulators.prime.probe import Prime

LIST = "v4/data/JobSummary.json"


def result_of(prime: Prime, verb: str, *ids: str) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", prime.put(verb, *ids).json()["mgmtResponse"]["operationResult"][0])


@pytest.mark.parametrize(
    ("style", "shown"), [("null", None), ("string", ""), ("object", {}), ("list", []), ("absent", ...)]
)
def test_empty_wrapper(prime: Prime, style: str, shown: t.Any) -> None:
    (job_id,) = prime.control.seed({"name": "Night", "scenario": "running"})
    prime.control.knobs(empty_wrapper=style)

    assert result_of(prime, "suspend", job_id).get("failure", ...) == shown
    history = prime.get(f"v4/op/jobService/runhistory.json?jobId={job_id}")
    assert history["job"][0]["runInstances"]["runInstance"][0].get("results", ...) == shown


def test_repeated_actions(prime: Prime) -> None:
    ids = prime.control.seed(
        {"name": "a", "scenario": "suspended"}, {"name": "b"}, {"name": "c", "scenario": "cancelled"}
    )
    verbs = ("suspend", "resume", "cancel")

    assert [prime.act(verb, job_id)[0] for verb, job_id in zip(verbs, ids)] == [[], [], []]
    prime.control.knobs(repeated_action="success")
    assert [prime.act(verb, job_id)[1] for verb, job_id in zip(verbs, ids)] == [[], [], []]
    assert [prime.truth(job_id)["applied"] for job_id in ids] == [{}, {}, {}]


def test_unknown_id_as_an_error_of_the_request(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "Night"})
    prime.control.knobs(unknown_id_status=404, unknown_id_message="No job {id}")
    answer = prime.put("suspend", job_id, "99")

    assert answer.status_code == 404
    assert answer.json()["errorDocument"]["message"].startswith("No job 99-")
    assert not prime.truth(job_id)["held"]


def test_wrong_state_as_an_error_of_the_request(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "Night", "scenario": "completed"})
    prime.control.knobs(wrong_state_status=500, wrong_state_message="{operation} {id} {state}")
    answer = prime.put("suspend", job_id)

    assert answer.status_code == 500
    assert answer.json()["errorDocument"]["message"].startswith(f"SUSPEND {job_id} COMPLETED-")


def test_all_failed_as_an_error_of_the_request(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "Night"})
    prime.control.knobs(all_failed_status=500)

    assert prime.put("suspend", "98", "99").status_code == 500
    assert prime.act("suspend", job_id, "99") == ([int(job_id)], [99])


def test_order_of_items(prime: Prime) -> None:
    ids = [int(job_id) for job_id in prime.control.seed({"name": "a"}, {"name": "b"})]
    assert prime.act("suspend", *map(str, ids))[0] == ids

    prime.control.knobs(item_order="reversed")
    assert prime.act("resume", *map(str, ids))[0] == ids[::-1]


def test_pending_approval(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "Night", "scenario": "pending_approval"})
    assert prime.act("suspend", job_id)[0] == []

    prime.control.knobs(pending_approval="allowed")
    assert prime.act("suspend", job_id)[0] == [int(job_id)]
    assert prime.truth(job_id)["held"]


@pytest.mark.parametrize("run_status", ["CREATED", "PENDING_EXECUTION", "PAUSING", "PAUSED"])
def test_cancel_of_a_waiting_run(prime: Prime, run_status: str) -> None:
    (job_id,) = prime.control.seed({"name": "Night", "scenario": "running", "run_status": run_status})
    run_id = prime.truth(job_id)["run_id"]
    assert prime.act("cancelrunning", run_id)[0] == []

    prime.control.knobs(waiting_run_cancel="allowed", cancel_lag=0)
    assert prime.act("cancelrunning", run_id)[0] == [int(run_id)]
    assert prime.truth(job_id)["run_status"] == "CANCELLED"


@pytest.mark.parametrize(
    ("outcome", "state", "applied"),
    [
        ("cancelled", "SCHEDULED CANCELLED CANCELLED", 1),
        ("aborted", "SCHEDULED ABORTED CANCELLED", 1),
        ("failed", "SCHEDULED COMPLETED CANCELFAILED", 0),
        ("ignored", "SCHEDULED RUNNING", 0),
    ],
)
@pytest.mark.parametrize("by_seed", [True, False])
def test_outcome_of_cancel_running(prime: Prime, outcome: str, state: str, applied: int, by_seed: bool) -> None:
    seed = {"cancel_outcome": outcome} if by_seed else {}
    (job_id,) = prime.control.seed({"name": "Night", "scenario": "running", **seed})
    if not by_seed:
        prime.control.knobs(cancel_outcome=outcome)
    prime.act("cancelrunning", prime.truth(job_id)["run_id"])
    prime.control.advance(1)

    assert prime.truth(job_id)["state"] == state
    assert prime.truth(job_id)["applied"].get("cancelrunning", 0) == applied


def test_actions_on_system_jobs(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "Purge", "system_job": True, "scenario": "running"})
    run_id = prime.truth(job_id)["run_id"]
    prime.control.knobs(system_job_actions="refused")
    assert prime.act("suspend", job_id)[0] == []
    assert prime.act("cancelrunning", run_id)[0] == []

    prime.control.knobs(system_job_actions="allowed")
    assert prime.act("suspend", job_id)[0] == [int(job_id)]


@pytest.mark.parametrize(
    ("seed", "knobs", "state"),
    [
        ({"one_shot": True}, {}, "COMPLETED RUNNING"),
        ({"one_shot": True}, {"missed_one_shot": "complete"}, "COMPLETED"),
        ({"period": 600}, {}, "SCHEDULED"),
        ({"period": 600}, {"missed_period": "run"}, "SCHEDULED RUNNING"),
    ],
)
def test_resume_after_the_time_has_passed(
    prime: Prime, seed: dict[str, t.Any], knobs: dict[str, t.Any], state: str
) -> None:
    (job_id,) = prime.control.seed({"name": "Night", "scenario": "suspended", "next_run_in": 60, **seed})
    prime.control.knobs(**knobs)
    prime.control.advance(100)

    assert prime.act("resume", job_id)[0] == [int(job_id)]
    assert prime.truth(job_id)["state"] == state


def test_trigger_lag(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "Night"})
    prime.control.knobs(trigger_lag=3)

    assert prime.act("suspend", job_id)[0] == [int(job_id)]
    assert not prime.truth(job_id)["held"]
    prime.control.advance(4)
    assert prime.truth(job_id)["held"]


def test_jobs_that_do_not_show_up_yet(prime: Prime) -> None:
    prime.control.knobs(visibility_delay=10, missing_after_action=5)
    (job_id,) = prime.control.seed({"name": "Night"})
    assert prime.get(LIST)["@count"] == 0

    prime.control.advance(11)
    assert prime.get(LIST)["@count"] == 1
    prime.act("suspend", job_id)
    assert prime.send("GET", f"v4/data/JobSummary/{job_id}.json").status_code == 404
    prime.control.advance(6)
    assert prime.get(LIST)["@count"] == 1


def test_entity_id_that_is_not_the_job_id(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "Night", "id": 15, "scenario": "running"})
    prime.control.knobs(entity_id_offset=1000, entity_id_type="number")

    assert prime.get(LIST)["entityId"][0]["$"] == 1015
    assert prime.get("v4/data/JobSummary/1015.json")["entity"][0]["jobSummaryDTO"]["@id"] == 1015
    assert prime.get("v4/op/jobService/runhistory.json?jobName=Night")["job"][0]["jobId"] == 15
    assert prime.act("suspend", job_id)[0] == [15]


def test_status_of_an_unknown_job(prime: Prime) -> None:
    prime.control.knobs(unknown_job_status=500)

    assert prime.send("GET", "v4/data/JobSummary/99.json").status_code == 500


def test_jobs_without_runs_in_the_history(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "Night"})
    path = f"v4/op/jobService/runhistory.json?jobId={job_id}"
    assert "job" not in prime.get(path)

    prime.control.knobs(runless_jobs_in_history="listed")
    assert prime.get(path)["job"][0]["runInstances"] == ""


def test_times_with_an_offset(prime: Prime) -> None:
    prime.control.seed({"name": "Night"})
    prime.control.knobs(utc_offset_hours=10)

    assert prime.get(f"{LIST}?.full=true")["entity"][0]["jobSummaryDTO"]["nextRunTime"].endswith("+10:00")


def test_names_of_operations(prime: Prime) -> None:
    prime.control.knobs(operation_names="path")

    assert "jobService/suspend" in [operation["$"] for operation in prime.get("v4/op.json")["operation"]]


def test_content_types(prime: Prime) -> None:
    prime.control.knobs(json_content_type="application/json;charset=UTF-8", xml_content_type="application/xml")

    assert prime.send("GET", LIST).headers["Content-Type"] == "application/json;charset=UTF-8"
    assert prime.send("GET", "v4/data/JobSummary.xml").headers["Content-Type"] == "application/xml"
