# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs, runs and the four verbs in the default dialect: API v4, JSON by suffix."""

from __future__ import annotations

import typing as t

import pytest
import requests

from simulators.core.simulator import SCENARIOS
from simulators.prime.estate import estate
from simulators.prime.probe import Prime

LIST = "v4/data/JobSummary.json"


def test_every_neutral_scenario_has_its_triple_of_statuses(prime: Prime) -> None:
    prime.control.seed(*({"name": scenario, "scenario": scenario} for scenario in SCENARIOS))

    assert {job["name"]: job["state"] for job in prime.control.jobs().values()} == {
        "queued": "SCHEDULED",
        "running": "SCHEDULED RUNNING",
        "suspended": "SUSPENDED",
        "completed": "COMPLETED COMPLETED SUCCESS",
        "warning": "COMPLETED COMPLETED PARTIALSUCCESS",
        "failed": "COMPLETED COMPLETED FAILURE",
        "cancelled": "CANCELLED",
    }


def test_list_gives_ids_unless_full(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "Night", "type": "Server Backup"})
    url = f"{prime.origin}/webacs/api/v4/data/JobSummary"

    assert prime.get(LIST) == {
        "@count": 1,
        "@first": 0,
        "@last": 0,
        "@type": "JobSummary",
        "@domain": "ROOT-DOMAIN",
        "@responseType": "listEntityIds",
        "@requestUrl": url,
        "@rootUrl": f"{prime.origin}/webacs/api/v4/data",
        "entityId": [
            {
                "@displayName": "Night,Server Backup,SCHEDULED",
                "@type": "JobSummary",
                "@url": f"{url}/{job_id}",
                "$": job_id,
            }
        ],
    }


def test_full_list_leaves_null_fields_out(prime: Prime) -> None:
    prime.control.seed({"name": "Night", "id": 15, "owner": "netops", "type": "Server Backup", "scenario": "running"})
    answer = prime.get(f"{LIST}?.full=true")
    url = f"{prime.origin}/webacs/api/v4/data/JobSummary"

    assert answer["@responseType"] == "listEntityInstances"
    assert answer["@requestUrl"] == f"{url}?.full=true"
    (entity,) = answer["entity"]
    summary = entity.pop("jobSummaryDTO")
    assert entity == {"@dtoType": "jobSummaryDTO", "@type": "JobSummary", "@url": f"{url}/15"}
    assert summary["@displayName"] == "15"
    assert summary["@id"] == 15
    assert isinstance(summary["runId"], int)
    assert (summary["jobStatus"], summary["runStatus"]) == ("SCHEDULED", "RUNNING")
    assert {"resultStatus", "completionTime", "duration", "description"}.isdisjoint(summary)


def test_ended_run_has_result_duration_and_times(prime: Prime) -> None:
    prime.control.seed({"name": "Night", "scenario": "failed"})
    summary = prime.get(f"{LIST}?.full=true")["entity"][0]["jobSummaryDTO"]

    assert (summary["runStatus"], summary["resultStatus"], summary["duration"]) == ("COMPLETED", "FAILURE", 60)
    assert summary["lastStartTime"].endswith("Z")
    assert len(summary["completionTime"]) == len("2026-01-01T00:00:00.000Z")
    assert "nextRunTime" not in summary


def test_one_job(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "Night"})
    answer = prime.get(f"v4/data/JobSummary/{job_id}.json")

    assert answer["@responseType"] == "getEntity"
    assert [entity["jobSummaryDTO"]["@id"] for entity in answer["entity"]] == [int(job_id)]


def test_unknown_job_is_an_error_document(prime: Prime) -> None:
    answer = prime.send("GET", "v4/data/JobSummary/99.json")

    assert answer.status_code == 404
    assert answer.json() == {
        "errorDocument": {
            "httpResponseCode": 404,
            "httpMethod": "GET",
            "message": "No JobSummary 99.-PRS-102",
            "id": "presentation.PRS-102",
            "uriPath": "/data/JobSummary/99",
            "queryParams": "{}",
        }
    }


def test_suspend_and_resume_change_the_trigger_only(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "Night", "scenario": "running"})

    assert prime.act("suspend", job_id) == ([int(job_id)], [])
    suspended = prime.truth(job_id)
    assert (suspended["state"], suspended["held"], suspended["running"]) == ("SUSPENDED RUNNING", True, True)
    assert "nextRunTime" not in prime.get(f"v4/data/JobSummary/{job_id}.json")["entity"][0]["jobSummaryDTO"]

    assert prime.act("resume", job_id) == ([int(job_id)], [])
    resumed = prime.truth(job_id)
    assert (resumed["state"], resumed["held"]) == ("SCHEDULED RUNNING", False)
    assert resumed["applied"] == {"suspend": 1, "resume": 1}


def test_items_of_a_partial_failure(prime: Prime) -> None:
    good, done = prime.control.seed({"name": "a"}, {"name": "b", "scenario": "completed"})
    answer = prime.put("suspend", good, done, "99").json()["mgmtResponse"]

    assert answer["@responseType"] == "operation"
    assert answer["@requestUrl"] == f"{prime.origin}/webacs/api/v4/op/jobService/suspend"
    assert answer["@rootUrl"] == f"{prime.origin}/webacs/api/v4/op"
    (result,) = answer["operationResult"]
    assert set(result) == {"operation", "message", "success", "failure"}
    (success,) = result["success"]["success"]
    assert (success["id"], success["status"]) == (int(good), "Success")
    assert [(item["id"], item["status"]) for item in result["failure"]["failure"]] == [
        (int(done), "Failure"),
        (99, "Failure"),
    ]


@pytest.mark.parametrize(
    ("verb", "scenarios"),
    [
        ("suspend", {"queued", "running"}),
        ("resume", {"suspended", "suspended_running"}),
        ("cancel", {"queued", "running", "suspended", "suspended_running"}),
    ],
)
def test_trigger_verbs_per_state(prime: Prime, verb: str, scenarios: set[str]) -> None:
    names = (*SCENARIOS, "suspended_running", "pending_approval", "expired", "undefined")
    ids = prime.control.seed(*({"name": name, "scenario": name} for name in names))
    done, refused = prime.act(verb, *ids)

    assert {names[ids.index(str(number))] for number in done} == scenarios
    assert len(done) + len(refused) == len(ids)


def test_cancel_running_asks_and_the_run_ends_later(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "Night", "scenario": "running"})
    run_id = prime.truth(job_id)["run_id"]

    assert prime.act("cancelrunning", run_id, run_id) == ([int(run_id)] * 2, [])
    assert prime.truth(job_id)["run_status"] == "RUNNING"
    prime.control.advance(0.3)
    ended = prime.truth(job_id)
    assert ended["state"] == "SCHEDULED CANCELLED CANCELLED"
    assert ended["applied"] == {"cancelrunning": 1}
    assert prime.act("cancelrunning", run_id) == ([], [int(run_id)])


def test_cancel_running_takes_no_job_id_and_suspend_no_run_id(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "Night", "scenario": "running"})

    assert prime.act("cancelrunning", job_id) == ([], [int(job_id)])
    assert prime.act("suspend", prime.truth(job_id)["run_id"])[0] == []


def test_periodic_trigger_fires_and_its_run_ends(prime: Prime) -> None:
    (job_id,) = prime.control.seed(
        {"name": "Poll", "period": 60, "next_run_in": 60, "duration": 5, "result": "warning"}
    )

    prime.control.advance(61)
    assert prime.truth(job_id)["state"] == "SCHEDULED RUNNING"
    prime.control.advance(5)
    assert prime.truth(job_id)["state"] == "SCHEDULED COMPLETED PARTIALSUCCESS"
    prime.control.advance(60)
    assert prime.truth(job_id)["runs"] == 2


def test_one_shot_trigger_is_completed_while_its_run_goes_on(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "Once", "one_shot": True, "next_run_in": 60})

    prime.control.advance(61)
    assert prime.truth(job_id)["state"] == "COMPLETED RUNNING"
    assert prime.act("suspend", job_id) == ([], [int(job_id)])


def test_suspended_trigger_does_not_fire(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "Poll", "period": 60, "next_run_in": 60})
    prime.act("suspend", job_id)

    prime.control.advance(200)
    assert prime.truth(job_id)["state"] == "SUSPENDED"
    prime.act("resume", job_id)
    assert prime.truth(job_id)["state"] == "SCHEDULED"
    prime.control.advance(60)
    assert prime.truth(job_id)["state"] == "SCHEDULED RUNNING"


def test_cancelled_trigger_is_off_for_good(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "Poll", "period": 60, "next_run_in": 60})
    prime.act("cancel", job_id)

    assert prime.act("resume", job_id) == ([], [int(job_id)])
    prime.control.advance(200)
    assert prime.truth(job_id)["state"] == "CANCELLED"


@pytest.mark.parametrize(
    ("scenario", "event", "details", "state"),
    [
        ("queued", "suspend", {}, "SUSPENDED"),
        ("suspended", "resume", {}, "SCHEDULED"),
        ("queued", "start", {}, "SCHEDULED RUNNING"),
        ("running", "finish", {"result": "warning"}, "SCHEDULED COMPLETED PARTIALSUCCESS"),
        ("running", "finish", {}, "SCHEDULED COMPLETED SUCCESS"),
        ("running", "fail", {}, "SCHEDULED COMPLETED FAILURE"),
        ("running", "cancel_run", {}, "SCHEDULED CANCELLED CANCELLED"),
        ("queued", "cancel", {}, "CANCELLED"),
        ("pending_approval", "approve", {}, "SCHEDULED"),
        ("pending_approval", "expire_approval", {}, "EXPIREDBEFOREAPPROVAL"),
        ("running", "raw", {"job_status": "ODD", "run_status": "PAUSING"}, "ODD PAUSING"),
    ],
)
def test_events(prime: Prime, scenario: str, event: str, details: dict[str, t.Any], state: str) -> None:
    (job_id,) = prime.control.seed({"name": "Night", "scenario": scenario})

    prime.control.event(job_id, event, **details)
    assert prime.truth(job_id)["state"] == state
    assert prime.truth(job_id)["applied"] == {}


def test_vanished_job(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "Night", "scenario": "running"})
    run_id = prime.truth(job_id)["run_id"]

    prime.control.event(job_id, "vanish")
    assert prime.control.jobs() == {}
    assert prime.send("GET", f"v4/data/JobSummary/{job_id}.json").status_code == 404
    assert prime.act("cancelrunning", run_id) == ([], [int(run_id)])


@pytest.mark.parametrize(
    ("event", "details"),
    [
        ("finish", {}),
        ("resume", {}),
        ("approve", {}),
        ("dance", {}),
        ("raw", {"run_status": "PAUSED"}),
        ("raw", {"job_id": "99"}),
    ],
)
def test_impossible_events(prime: Prime, event: str, details: dict[str, t.Any]) -> None:
    (job_id,) = prime.control.seed({"name": "Night"})
    body = {"job_id": job_id, "event": event, **details}

    assert requests.post(f"{prime.origin}/_sim/event", json=body, timeout=10).status_code == 400


@pytest.mark.parametrize(
    "seed",
    [
        {},
        {"name": "Night", "scenario": "held"},
        {"name": "Night", "id": "x1"},
        {"name": "Night", "colour": "red"},
        {"name": "Night", "result": "fine"},
        {"name": "Night", "job_status": 7},
        {"name": "Taken"},
        {"name": "Night", "id": 15},
        {"name": "Night", "scenario": "running", "run_id": 16},
    ],
)
def test_bad_seeds(prime: Prime, seed: dict[str, t.Any]) -> None:
    prime.control.seed({"name": "Taken", "id": 15, "scenario": "running", "run_id": 16})

    assert requests.post(f"{prime.origin}/_sim/seed", json={"jobs": [seed]}, timeout=10).status_code == 400


def test_only_puts_on_the_verbs_are_writes(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "Night"})
    prime.get(LIST)
    prime.get("v4/op.json")
    prime.send("POST", "v4/op/jobService/suspend.json", json={})
    prime.act("suspend", job_id)

    assert [(entry["method"], entry["target"]) for entry in prime.control.writes()] == [
        ("PUT", "/webacs/api/v4/op/jobService/suspend.json")
    ]


def test_estate_is_deterministic_mixed_and_big_enough(prime: Prime) -> None:
    assert estate(1000) == estate(1000)
    prime.control.seed(*estate())
    jobs = list(prime.control.jobs().values())

    assert len(jobs) == 100
    words = [job["state"].split()[0] for job in jobs]
    assert words.count("SCHEDULED") > 60
    assert words.count("SUSPENDED") >= 5
    assert {job["result_status"] for job in jobs} >= {None, "SUCCESS", "FAILURE", "PARTIALSUCCESS"}
    assert [job["selectable"] for job in jobs].count(False) == 2
    assert prime.get(f"{LIST}?.full=true")["@count"] == 98
