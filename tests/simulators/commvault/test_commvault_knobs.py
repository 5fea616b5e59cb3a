# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is unknown or varies between servers: each knob, turned."""

from __future__ import annotations

import base64
import re
import typing as t

import pytest

from simulators.commvault import outcomes
from simulators.commvault.caller import Json, Web


@pytest.mark.parametrize("shape", sorted(outcomes.REFUSAL_SHAPES))
def test_refusal_shapes(web: Web, shape: str) -> None:
    web.sim.knobs.update(refusal_shape=shape, refusal_code=17, refusal_text="Not now.")
    answer = web.act(web.seed("suspended"), "pause")
    assert answer.status_code == 200
    assert answer.json() == outcomes.REFUSAL_SHAPES[shape](17, "Not now.")


@pytest.mark.parametrize("shape", sorted(outcomes.SUCCESS_SHAPES))
def test_success_shapes(web: Web, shape: str) -> None:
    web.sim.knobs["success_shape"] = shape
    job_id = web.seed()
    assert web.act(job_id, "pause").json() == outcomes.SUCCESS_SHAPES[shape]
    assert web.status(job_id) == "Suspend Pending"


def test_success_without_a_body(web: Web) -> None:
    web.sim.knobs["success_shape"] = "nothing"
    assert web.act(web.seed(), "pause").content == b""


@pytest.mark.parametrize(
    ("knobs", "action", "status"),
    [
        ({"suspend_outcome": "completed"}, "pause", "Completed"),
        ({"suspend_outcome": "never"}, "pause", "Suspend Pending"),
        ({"suspend_outcome": "never", "cleanup_timeout": 300}, "pause", "Suspended"),
        ({"suspend_lag": 3600}, "pause", "Suspend Pending"),
        ({"suspend_lag": 0, "cleanup_timeout": 300}, "pause", "Suspended"),
        ({"kill_outcome": "completed"}, "kill", "Completed"),
        ({"kill_outcome": "committed"}, "kill", "Committed"),
        ({"kill_outcome": "never"}, "kill", "Kill Pending"),
        ({"kill_outcome": "never", "cleanup_timeout": 300}, "kill", "Killed"),
    ],
)
def test_outcomes_after_ten_minutes(web: Web, knobs: Json, action: str, status: str) -> None:
    web.sim.knobs.update(knobs)
    job_id = web.seed()
    web.act(job_id, action)
    web.pass_time(600)
    assert web.status(job_id) == status


def test_settled_job_is_not_cleaned_up(web: Web) -> None:
    web.sim.knobs.update(suspend_lag=0, cleanup_timeout=300)
    job_id = web.seed()
    web.act(job_id, "pause")
    settled = web.summary(job_id)
    web.pass_time(600)
    assert web.summary(job_id)["lastUpdateTime"] == settled["lastUpdateTime"]


def test_one_job_may_end_while_it_is_suspended(web: Web) -> None:
    job_id = web.seed(suspend_outcome="completed")
    web.act(job_id, "pause")
    web.pass_time()
    assert web.status(job_id) == "Completed"


def test_server_resumes_a_job_by_itself(web: Web) -> None:
    job_id = web.seed()
    web.act(job_id, "pause?autoResumeInSec=60")
    web.pass_time(30)
    assert web.status(job_id) == "Suspended"
    web.pass_time(30.1)
    assert web.status(job_id) == "Waiting"
    web.pass_time()
    assert web.status(job_id) == "Running"


def test_resume_cancels_the_automatic_one(web: Web) -> None:
    job_id = web.seed()
    web.act(job_id, "pause?autoResumeInSec=60")
    web.pass_time()
    web.act(job_id, "resume")
    web.pass_time()
    web.act(job_id, "pause")
    web.pass_time(120)
    assert web.status(job_id) == "Suspended"


def test_resubmitted_job_may_be_unknown_at_first(web: Web) -> None:
    web.sim.knobs["resubmit_unknown_for"] = 5
    new = web.act(web.seed("failed"), "Resubmit").json()["jobIds"][0]
    assert new not in web.jobs()
    assert "jobs" not in web.get(f"Job/{new}").json()
    web.pass_time(5)
    assert new in web.jobs()
    assert web.status(new) == "Running"


def test_more_refusals_by_status_and_type(web: Web) -> None:
    web.sim.knobs.update(not_suspendable=["Queued", "Pending/Restore"], not_resumable=["Pending"])
    assert "errors" in web.act(web.seed(raw="Queued"), "pause").json()
    assert "errors" in web.act(web.seed(raw="Pending", type="Restore"), "pause").json()
    assert "errors" in web.act(web.seed(raw="Pending"), "resume").json()
    assert web.act(web.seed(raw="Pending"), "pause").json() == {}


def test_job_that_cannot_restart_is_not_suspended(web: Web) -> None:
    web.sim.knobs["not_restartable_text"] = "The job is not restartable."
    answer = web.act(web.seed(restartable=False), "pause").json()
    assert answer["errors"][0]["errList"][0]["errLogMessage"] == "The job is not restartable."


@pytest.mark.parametrize(("follow", "status"), [(False, "Running"), (True, "Suspended")])
def test_children_follow_their_parent_or_not(web: Web, follow: bool, status: str) -> None:
    web.sim.knobs["children_follow"] = follow
    parent = web.seed()
    child = web.seed(parent=parent)
    web.act(parent, "pause")
    web.pass_time()
    assert web.status(child) == status
    web.act(parent, "resume")
    web.pass_time()
    assert web.status(child) == "Running"


def test_texts_and_numbers_may_look_different(web: Web) -> None:
    web.sim.knobs.update(language="de", numbers_as_strings=True)
    job_id = web.seed(raw="Pending")
    summary = web.summary(job_id)
    assert (summary["status"], summary["localizedStatus"]) == ("Pending", "Ausstehend")
    assert (summary["jobId"], summary["isVisible"]) == (job_id, True)
    assert "<br>" in summary["pendingReason"]


def test_token_may_live_for_some_calls_only(web: Web) -> None:
    web.sim.knobs["token_calls"] = 2
    web.login()
    assert [web.get("Job").status_code for _attempt in range(3)] == [200, 200, 401]


def test_account_is_locked_after_failed_logins(web: Web) -> None:
    web.sim.knobs.update(lock_after=2, lock_seconds=60)
    assert [web.login(password="wrong").json()["isAccountLocked"] for _attempt in range(2)] == [False, True]
    denied = web.login().json()
    assert (denied["isAccountLocked"], denied["loginAttempts"]) == (True, 2)
    assert 0 < denied["remainingLockTime"] <= 61
    web.pass_time(61)
    assert "token" in web.login().json()


def test_login_may_be_refused_or_flagged(web: Web) -> None:
    web.sim.knobs["login_flags"] = {"forcePasswordChange": True}
    assert web.login().json()["forcePasswordChange"] is True
    web.sim.knobs["token_place"] = "data.authToken"
    assert web.login().json()["data"]["authToken"].startswith("QSDK ")
    web.sim.knobs["token_place"] = "authToken"
    assert web.login().json()["authToken"].startswith("QSDK ")
    web.sim.knobs["login_status"] = 403
    answer = web.login()
    assert (answer.status_code, answer.json()["errorCode"]) == (403, 5)


def test_action_may_fail_by_http_status(web: Web) -> None:
    body = {"errorMessage": "Error 0x10c: The job is in another state", "errorCode": 2}
    web.sim.knobs["action_failure"] = [500, body]
    job_id = web.seed()
    answer = web.act(job_id, "pause")
    assert (answer.status_code, answer.json()) == (500, body)
    assert web.status(job_id) == "Running"


def test_login_sets_its_own_idle_time(web: Web) -> None:
    web.sim.knobs["session_timeout"] = 60
    web.login()
    web.pass_time(61)
    assert web.get("Job").status_code == 401
    password = base64.b64encode(web.sim.password.encode()).decode()
    body = {"username": web.sim.username, "password": password, "timeout": 5}
    token = web.post("Login", json=body).json()["token"]
    web.pass_time(299)
    assert web.get("Job", headers={"Authtoken": token}).status_code == 200
    web.pass_time(300)
    assert web.get("Job", headers={"Authtoken": token}).status_code == 401
    assert web.post("Login", json={**body, "timeout": "long"}).status_code == 400


@pytest.mark.parametrize(("denied", "status"), [("refusal", 200), ("401", 401), ("403", 403)])
def test_viewer_sees_less_and_controls_nothing(web: Web, denied: t.Any, status: int) -> None:
    mine, other = web.seed(owner="alpha"), web.seed(owner="beta")
    web.login(web.sim.VIEWER)
    assert web.jobs() == [mine, other]
    web.sim.knobs.update(viewer_clients=["alpha"], denied_action=denied)
    assert web.jobs() == [mine]
    assert web.get(f"Job/{other}").json() == {"totalRecordsWithoutPaging": 0}
    answer = web.act(mine, "pause")
    assert answer.status_code == status
    assert "errors" in answer.json() or answer.json()["errorCode"] == 5
    assert web.status(mine) == "Running"
    assert web.call("PUT", "V4/Commcell/Backup/Action/Disable").status_code == status


def test_rate_limit(web: Web) -> None:
    web.sim.knobs.update(rate_limit=3, rate_window=10)
    assert [web.get("Job").status_code for _attempt in range(4)] == [200, 200, 200, 429]
    web.pass_time(11)
    assert web.get("Job").status_code == 200


def test_maintenance_page_answers_every_call(web: Web) -> None:
    web.sim.knobs["maintenance"] = True
    for answer in (web.get("Job"), web.post("Login", json={}), web.get("Unheard")):
        assert answer.status_code == 200
        assert "<title>Scheduled Maintenance" in answer.text


def test_web_console_may_redirect(web: Web) -> None:
    web.sim.knobs["web_console"] = "redirect"
    url = f"{web.server.origin}/webconsole/api/Job?limit=1"
    answer = web.http.get(url, timeout=10, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/commandcenter/api/job?limit=1")


@pytest.mark.parametrize(
    ("paging", "query", "headers", "expected"),
    [
        ("both", "?limit=3&offset=1", {}, slice(1, 4)),
        ("both", "", {"limit": "3", "offset": "1"}, slice(1, 4)),
        ("both", "?limit=3&offset=1", {"limit": "2", "offset": "7"}, slice(1, 4)),
        ("query", "?limit=3&offset=1", {}, slice(1, 4)),
        ("query", "", {"limit": "3", "offset": "1"}, slice(100)),
        ("headers", "", {"limit": "3", "offset": "1"}, slice(1, 4)),
        ("headers", "?limit=3&offset=1", {}, slice(100)),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "application/xml"])
def test_where_a_release_reads_limit_and_offset(
    web: Web, paging: str, query: str, headers: dict[str, str], expected: slice, accept: str
) -> None:
    """What it does not read it ignores, and a page that nobody has asked for has 100 jobs (contract 5.1)."""
    web.sim.knobs["paging"] = paging
    seeded = [web.seed("completed") for _job in range(120)]
    answer = web.get(f"Job{query}", headers={"Accept": accept, **headers})
    assert re.findall(r'totalRecordsWithoutPaging"?[:=]"?(\d+)', answer.text) == ["120"]
    assert re.findall(r'\bjobId"?[:=]"?(\d+)', answer.text) == seeded[expected]


def test_the_default_page_of_the_filterable_list(web: Web) -> None:
    for _job in range(120):
        web.seed("completed")
    assert len(web.jobs()) == 100


def test_a_resubmitted_job_may_be_a_full_one(web: Web) -> None:
    web.sim.knobs["resubmit_level"] = "Full"
    for level, again in (("Incremental", "Full"), ("Full", "Full")):
        answer = web.act(web.seed("failed", level=level), "Resubmit").json()
        assert web.summary(answer["jobIds"][0])["backupLevelName"] == again
    restore = web.act(web.seed("failed", type="Restore"), "Resubmit").json()
    assert web.summary(restore["jobIds"][0])["backupLevel"] == 0


def test_a_restore_without_a_subclient(web: Web) -> None:
    """As recorded (contract 6.1); the job that is resubmitted has none, either."""
    job_id = web.seed("completed", type="Restore", no_subclient=True)
    again = web.act(job_id, "Resubmit").json()["jobIds"][0]
    for one in (job_id, again):
        shown = web.summary(one)
        assert (shown["subclient"]["subclientId"], shown["subclient"]["clientName"]) == (0, "client01")
        assert "subclientName" not in {**shown, **shown["subclient"]}


def test_a_later_run_that_began_before_the_failed_one_ended(web: Web) -> None:
    failed = web.summary(web.seed("failed", started_ago=1000, ended_ago=100))
    later = web.summary(web.seed("completed", started_ago=500, ended_ago=50))
    assert failed["jobStartTime"] < later["jobStartTime"] < failed["jobEndTime"] < later["jobEndTime"]
    assert failed["subclient"]["subclientId"] == later["subclient"]["subclientId"]


@pytest.mark.parametrize(
    "odd",
    [
        {"jobEndTime": -1},
        {"jobStartTime": 1_700_000_000_000},
        {"lastUpdateTime": None},
        {"status": "Archived"},
        {"percentComplete": "unknown"},
    ],
    ids=str,
)
def test_an_odd_entry_of_a_list(web: Web, odd: Json) -> None:
    """It is odd in what it shows alone: the job has ended, is found as such, and cannot be paused."""
    job_id = web.seed("completed", odd=odd)
    (entry,) = web.post("Jobs", json={"category": 2}).json()["jobs"]
    ((name, value),) = odd.items()
    assert entry["jobSummary"][name] == value == web.summary(job_id)[name]
    shown = web.get("Job", headers={"Accept": "application/xml"}).text
    assert (f'{name}="{value}"' in shown) == (value is not None)
    assert "errors" in web.act(job_id, "pause").json()
    assert web.sim.snapshot()[0]["applied"] == {}
