# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated Commvault Web Server answers, refuses and changes jobs as its contract says."""

from __future__ import annotations

import pytest
import requests

from simulators.commvault import estate
from simulators.commvault.caller import Json, Web, ids, without_length, words
from simulators.core.simulator import BadSeed

ROOTS = ("/SearchSvc/CVWebService.svc/", "/webconsole/api/", "/commandcenter/api/", "/WebServerCore/")
REFUSAL = (
    '{"errors":[{"errList":[{"errLogMessage":"Operation failed. Job cannot be suspended/killed/resumed.",'
    '"errorCode":2}]}]}'
)


# --- login and tokens ----------------------------------------------------------------------------------------


def test_login_answers_the_documented_fields_in_order(web: Web) -> None:
    answer = web.login()
    assert list(answer.json()) == words(
        "aliasName userGUID loginAttempts remainingLockTime smtpAddress userName providerType ccn token "
        "capability forcePasswordChange isAccountLocked ownerOrganization providerOrganization errList"
    )
    token = answer.json()["token"]
    assert token.startswith("QSDK ")
    assert len(token) == len("QSDK ") + 577
    assert answer.headers["X-Powered-By"] == "ASP.NET"
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


def test_bad_credentials_are_200_without_a_token(web: Web) -> None:
    answer = web.login(password="wrong")
    assert answer.status_code == 200
    assert "token" not in answer.json()
    assert answer.json()["errList"][0]["errorCode"] == 1116
    plain = {"username": web.sim.username, "password": web.sim.password}  # not in base64
    assert "token" not in web.post("Login", json=plain).json()
    assert "token" not in web.post("Login", json={"user": web.sim.username, "password": "eA=="}).json()


def test_login_needs_a_readable_body(web: Web) -> None:
    assert web.post("Login", data="{}").status_code == 415
    assert web.post("Login", data="{", headers={"Content-Type": "application/json"}).status_code == 400
    assert web.get("Login").status_code == 405


def test_token_is_taken_verbatim_only(web: Web) -> None:
    token = str(web.http.headers["Authtoken"])
    for wrong in ("", token[len("QSDK ") :], "QSDK 0", "Bearer " + token):
        answer = web.get("Job", headers={"Authtoken": wrong})
        assert answer.status_code == 401
        assert answer.text == '{"errorMessage":"Access denied","errorCode":5}\r\n'
    assert web.get("Job", headers={"Authtoken": "", "Cookie2": token}).status_code == 200


def test_access_token_is_taken_as_bearer(web: Web) -> None:
    bearer = f"Bearer {web.sim.ACCESS_TOKEN}"
    assert web.get("Job", headers={"Authtoken": "", "Authorization": bearer}).status_code == 200
    assert web.get("Job", headers={"Authtoken": bearer}).status_code == 200
    web.sim.expire()
    assert web.get("Job", headers={"Authtoken": bearer}).status_code == 401


def test_session_ends_after_its_idle_time(web: Web) -> None:
    web.pass_time(1799)
    assert web.get("Job").status_code == 200
    web.pass_time(1799)
    assert web.get("Job").status_code == 200
    assert web.sim.sessions() == 1
    web.pass_time(1800)
    assert web.get("Job").status_code == 401
    assert web.sim.sessions() == 0


def test_logout_is_plain_text_and_ends_the_session(web: Web) -> None:
    answer = web.post("Logout")
    assert (answer.text, answer.headers["Content-Length"]) == ("User logged out", "15")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert web.post("Logout").status_code == 401


# --- lists ---------------------------------------------------------------------------------------------------


def test_list_entry_has_the_recorded_keys_in_order(web: Web) -> None:
    web.seed("completed", owner="client02", client_groups=["Media Agents"])
    document = web.get("Job?jobFilter=").json()
    assert list(document) == ["totalRecordsWithoutPaging", "jobs"]
    summary = document["jobs"][0]["jobSummary"]
    assert list(summary) == words(
        "sizeOfApplication backupSetName opType totalFailedFolders totalFailedFiles isVisible localizedStatus "
        "isAged totalNumOfFiles jobId jobSubmitErrorCode sizeOfMediaOnDisk status lastUpdateTime "
        "percentSavings localizedOperationName statusColor pendingReason backupLevel jobElapsedTime "
        "jobStartTime currentPhaseName jobType isPreemptable backupLevelName pendingReasonErrorCode "
        "appTypeName percentComplete localizedBackupLevelName subclientName destClientName jobEndTime "
        "subclient destinationClient userName clientGroups"
    )
    assert list(summary["subclient"]) == words(
        "clientName instanceName backupsetId instanceId subclientId clientId appName backupsetName "
        "applicationId subclientName"
    )
    assert (summary["status"], summary["percentComplete"], summary["backupLevel"]) == ("Completed", 100, 2)


def test_administrative_job_has_no_client(web: Web) -> None:
    summary = web.summary(web.seed("running", system_job=True))
    assert summary["jobType"] == "CS DR Backup"
    assert summary["subclient"]["clientId"] == 0
    assert not {"destClientName", "subclientName", "clientGroups", "jobEndTime"} & set(summary)


def test_empty_list_has_no_jobs_key(web: Web) -> None:
    assert web.get("Job").text == '{"totalRecordsWithoutPaging":0}\r\n'
    assert web.post("Jobs", json={"scope": 1}).json() == {"totalRecordsWithoutPaging": 0}
    web.sim.knobs["empty_list"] = "404"
    assert web.get("Job").status_code == 404


def test_pages_count_all_matches(web: Web) -> None:
    seeded = [web.seed() for _attempt in range(7)]
    paging = {"sortField": "jobId", "sortDirection": 0, "offset": 3, "limit": 3}
    document = web.post("Jobs", json={"category": 1, "pagingConfig": paging}).json()
    assert (document["totalRecordsWithoutPaging"], ids(document)) == (7, seeded[3:6])
    paging["sortDirection"] = 1
    assert ids(web.post("Jobs", json={"pagingConfig": paging}).json()) == seeded[3:0:-1]
    assert ids(web.get("Job?limit=2&offset=1").json()) == seeded[1:3]
    assert ids(web.get("Job", headers={"limit": "2", "offset": "5"}).json()) == seeded[5:]


def test_page_size_has_a_default_and_a_maximum(web: Web) -> None:
    seeded = [web.seed() for _attempt in range(5)]
    web.sim.knobs.update(limit_default=2)
    assert web.jobs() == seeded[:2]
    web.sim.knobs.update(limit_max=3)
    assert ids(web.get("Job?limit=100").json()) == seeded[:3]


def test_lists_are_filtered(web: Web) -> None:
    running = web.seed(owner="alpha")
    held = web.seed("suspended", owner="beta", type="Restore")
    old = web.seed("completed", started_ago=9000, ended_ago=7200)
    new = web.seed("failed", ended_ago=10, level="Full")
    assert web.jobs(1) == [running, held]
    assert web.jobs(2) == [old, new]
    assert web.jobs(2, completedJobLookupTime=3600) == [new]
    assert web.jobs(statusList=["suspended", "Failed"]) == [held, new]
    assert web.jobs(jobTypeList=[5]) == [held]
    assert web.jobs(jobTypeList=["Backup"]) == [running, old, new]
    assert web.jobs(backupLevel=["FULL"]) == [new]
    beta = web.summary(held)["subclient"]
    assert web.jobs(clientList=[{"clientId": beta["clientId"]}]) == [held]
    assert web.jobs(entity={"subclientId": beta["subclientId"]}) == [held]
    assert web.jobs(endTimeRange={"fromTime": 0, "toTime": int(web.sim.clock.now()) - 3600}) == [running, held, old]
    assert ids(web.get("Job?jobcategory=finished&COMPLETEDJOBLOOKUPTIME=60").json()) == [new]
    assert ids(web.get(f"Job?clientId={beta['clientId']}&jobFilter=Backup,Restore").json()) == [held]


def test_administrative_and_aged_jobs_are_listed_on_demand(web: Web) -> None:
    admin = web.seed(system_job=True)
    aged = web.seed("completed", aged=True)
    assert web.jobs() == [admin]
    assert web.jobs(hideAdminJobs=True, showAgedJobs=True) == [aged]
    assert ids(web.get("Job?hideAdminjobs=true").json()) == [aged]
    web.sim.knobs.update(hide_admin_default=True, job_filter_default="backup")
    assert ids(web.get("Job").json()) == [aged]


@pytest.mark.parametrize(
    "body",
    [
        {"category": 9},
        {"categories": 1},
        {"pagingConfig": {"limit": "many"}},
        {"pagingConfig": {"sortField": "color"}},
        {"jobFilter": {"statuses": ["Running"]}},
        {"jobFilter": {"clientList": [6]}},
        {"jobFilter": {"jobTypeList": ["Unheard"]}},
        {"jobFilter": []},
    ],
)
def test_unreadable_list_bodies_are_refused(web: Web, body: Json) -> None:
    answer = web.post("Jobs", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["errorCode"] == 400


def test_wrong_methods_types_and_names_are_refused(web: Web) -> None:
    assert web.get("Jobs").status_code == 405
    assert web.post("Job").status_code == 405
    assert web.post("Jobs", data="<jobs/>", headers={"Content-Type": "application/xml"}).status_code == 415
    assert web.get("Job?status=Running").status_code == 400
    assert web.get("Job?jobCategory=Some").status_code == 400
    assert web.get("Job/abc").status_code == 404
    assert web.get("Unheard").status_code == 404
    web.sim.knobs["strict_names"] = False
    assert web.get("Job?status=Running").status_code == 200


# --- one job -------------------------------------------------------------------------------------------------


def test_one_job_is_a_list_of_one(web: Web) -> None:
    job_id = web.seed()
    document = web.get(f"Job/{job_id}").json()
    assert (document["totalRecordsWithoutPaging"], ids(document)) == (1, [job_id])
    assert web.get("Job/1").json() == {"totalRecordsWithoutPaging": 0}
    web.sim.knobs["missing_job"] = "404"
    assert web.get("Job/1").status_code == 404


def test_details_tell_the_same_status(web: Web) -> None:
    job_id = web.seed(reason="Waiting for media")
    detail = web.post("JobDetails", json={"jobId": int(job_id), "showAttempt": True}).json()["job"]["jobDetail"]
    assert detail["progressInfo"] == {"reasonForJobDelay": "Waiting for media", "state": "Running"}
    assert detail["generalInfo"]["jobStartedBy"] == "admin"
    assert isinstance(detail["detailInfo"]["sizeOfApplication"], str)
    assert "errList" in web.post("JobDetails", json={"jobId": 1}).json()["error"]
    assert web.post("JobDetails", json={"JobManager_JobDetailRequest": {"@jobId": job_id}}).json() == {}
    assert web.post("JobDetails", json={"id": 1}).status_code == 400


# --- actions -------------------------------------------------------------------------------------------------


def test_suspend_is_asynchronous(web: Web) -> None:
    job_id = web.seed()
    answer = web.act(job_id, "pause")
    assert (answer.text, answer.headers["Content-Length"]) == ("{}\r\n", "4")
    assert web.status(job_id) == "Suspend Pending"
    web.pass_time()
    assert web.status(job_id) == "Suspended"
    assert web.sim.snapshot()[0]["applied"] == {"pause": 1}


def test_resume_goes_by_waiting_to_running(web: Web) -> None:
    job_id = web.seed("suspended")
    assert web.act(job_id, "resume").json() == {}
    assert web.status(job_id) == "Waiting"
    web.pass_time()
    assert web.status(job_id) == "Running"


def test_kill_is_asynchronous(web: Web) -> None:
    job_id = web.seed()
    assert web.act(job_id, "kill").json() == {}
    assert web.act(job_id, "kill").json() == {}
    assert web.status(job_id) == "Kill Pending"
    web.pass_time()
    assert web.status(job_id) == "Killed"
    assert web.sim.snapshot()[0]["applied"] == {"kill": 1}


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ("pause", "Suspended"),
        ("pause", "Suspend Pending"),
        ("pause", "Kill Pending"),
        ("pause", "Completed"),
        ("resume", "Running"),
        ("resume", "Suspend Pending"),
        ("resume", "Failed"),
        ("kill", "Killed"),
        ("kill", "Dangling Cleanup"),
    ],
)
def test_action_in_the_wrong_state_is_refused_with_200(web: Web, action: str, status: str) -> None:
    answer = web.act(web.seed(raw=status), action)
    assert (answer.status_code, answer.text) == (200, REFUSAL + "\r\n")
    assert web.sim.snapshot()[0]["applied"] == {}


@pytest.mark.parametrize("status", ["Waiting", "Pending", "Queued", "Interrupted", "Frobnicating"])
def test_jobs_that_do_not_run_yet_can_be_suspended(web: Web, status: str) -> None:
    job_id = web.seed(raw=status)
    assert web.act(job_id, "pause").json() == {}
    web.pass_time()
    assert web.status(job_id) == "Suspended"


def test_resubmit_gives_a_new_job(web: Web) -> None:
    job_id = web.seed("failed")
    answer = web.act(job_id, "Resubmit").json()
    assert list(answer) == ["taskId", "jobIds"]
    new = answer["jobIds"][0]
    assert (web.status(new), web.status(job_id)) == ("Waiting", "Failed")
    web.pass_time()
    assert web.status(new) == "Running"
    held = web.act(job_id, "Resubmit?startInSuspendedState=True").json()["jobIds"][0]
    assert web.status(held) == "Suspended"
    assert "errors" in web.act(new, "Resubmit").json()


def test_actions_are_strict(web: Web) -> None:
    job_id = web.seed()
    assert web.act(job_id, "suspend").status_code == 404
    assert web.call("GET", f"Job/{job_id}/action/pause").status_code == 405
    assert web.act(job_id, "pause?autoResumeInSec=soon").status_code == 400
    assert web.act(job_id, "pause?autoResume=5").status_code == 400
    assert web.act(job_id, "Resubmit?startInSuspendedState=maybe").status_code == 400
    assert web.act(job_id, "pause", headers={"Authtoken": ""}).status_code == 401
    assert without_length(web, f"Job/{job_id}/action/pause") == 411
    assert web.status(job_id) == "Running"


def test_unknown_job_is_refused(web: Web) -> None:
    assert web.act("1", "resume").json()["errors"][0]["errList"][0]["errorCode"] == 2
    web.sim.knobs["unknown_job_action"] = "404"
    assert web.act("1", "resume").status_code == 404


# --- roots, formats and control ------------------------------------------------------------------------------


@pytest.mark.parametrize("root", ROOTS)
def test_every_root_serves_the_same_jobs(web: Web, root: str) -> None:
    job_id = web.seed()
    token = web.http.headers["Authtoken"]
    base = web.server.origin + root
    assert requests.get(base, timeout=10).status_code == 200
    for spelling in ("Job", "JOB", "job"):
        answer = requests.get(
            base + f"{spelling}/{job_id}", headers={"Authtoken": token, "Accept": "application/json"}, timeout=10
        )
        assert ids(answer.json()) == [job_id]
    assert requests.get(web.server.origin + f"/job/{job_id}", timeout=10).status_code == 404


def test_only_job_actions_are_writes(web: Web) -> None:
    assert web.sim.is_write("POST", "/webconsole/api/Job/1/Action/Pause", b"")
    assert web.sim.is_write("POST", "/WebServerCore/job/1/action/kill/", b"")
    assert not web.sim.is_write("POST", "/commandcenter/api/Jobs", b"")
    assert not web.sim.is_write("POST", "/commandcenter/api/Login", b"")
    assert not web.sim.is_write("GET", "/commandcenter/api/Job/1", b"")


def test_outside_events(web: Web) -> None:
    job_id = web.seed()
    steps = [
        ("suspend", {}, "Suspended"),
        ("resume", {}, "Running"),
        ("interrupt", {}, "Interrupt Pending"),
        ("interrupted", {}, "Interrupted"),
        ("start", {}, "Running"),
        ("block", {"reason": "No drive"}, "Pending"),
        ("status", {"raw": "Unheard"}, "Unheard"),
        ("commit", {}, "Committed"),
        ("finish", {"result": "warning"}, "Completed w/ one or more errors"),
        ("finish", {}, "Completed"),
        ("fail", {}, "Failed"),
    ]
    for event, details, status in steps:
        web.sim.event(job_id, event, **details)
        assert web.status(job_id) == status
    for event, details in (("finish", {"result": "odd"}), ("status", {}), ("explode", {})):
        with pytest.raises(BadSeed):
            web.sim.event(job_id, event, **details)
    web.sim.event(job_id, "vanish")
    assert web.get(f"Job/{job_id}").json() == {"totalRecordsWithoutPaging": 0}
    with pytest.raises(BadSeed):
        web.sim.event(job_id, "finish")


def test_running_time_stands_still_while_suspended(web: Web) -> None:
    job_id = web.seed(duration=100)
    web.pass_time(60)
    web.act(job_id, "pause")
    web.pass_time(1000)
    web.act(job_id, "resume")
    web.pass_time()
    assert web.status(job_id) == "Running"
    web.pass_time(39)
    assert web.status(job_id) == "Running"
    web.pass_time(2)
    assert web.status(job_id) == "Completed"


@pytest.mark.parametrize(
    "seed", [{"scenario": "held"}, {"type": "Unheard"}, {"nmae": "x"}, {"id": "x"}, {"level": "Deep"}]
)
def test_bad_seeds_are_refused(web: Web, seed: Json) -> None:
    with pytest.raises(BadSeed):
        web.sim.seed({"name": "sub", **seed})


def test_estate_is_deterministic_and_accepted(web: Web) -> None:
    jobs = estate.estate(120)
    assert jobs == estate.estate(120)
    for job in jobs:
        web.sim.seed(job)
    truth = web.sim.snapshot()
    assert len(truth) == 120
    assert sum(job["held"] for job in truth) >= 6
    assert sum(job["state"] in ("Running", "Waiting") for job in truth) >= 60
    assert {"Failed", "Completed w/ one or more errors", "Pending"} <= {job["state"] for job in truth}
    assert sum(not job["selectable"] for job in truth) == 2
