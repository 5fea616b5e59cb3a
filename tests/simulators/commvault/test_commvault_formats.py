# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""XML in and out, and the operations that only some callers use."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET

import pytest
import requests

from simulators.commvault.caller import Json, Web, ids

XML = {"Accept": "application/xml"}
XML_BODY = {**XML, "Content-Type": "application/xml"}
NO_PREFERENCE = {"Accept": "*/*"}
QOPERATION = "Qcommand/qoperation%20execute"


def xml(answer: requests.Response) -> ET.Element:
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    return ET.fromstring(answer.text)


# --- XML -----------------------------------------------------------------------------------------------------


def test_login_in_xml(web: Web) -> None:
    password = base64.b64encode(web.sim.password.encode()).decode()
    request = (
        f'<DM2ContentIndexing_CheckCredentialReq mode="4" domain="" username="{web.sim.username}" '
        f'password="{password}" commserver="" timeout="30"/>'
    )
    root = xml(web.post("Login", data=request, headers=XML_BODY))
    assert root.tag == "DM2ContentIndexing_CheckCredentialResp"
    assert (root.get("forcePasswordChange"), root.get("isAccountLocked")) == ("0", "0")
    assert [child.tag for child in root] == ["ownerOrganization", "providerOrganization"]
    token = root.get("token", "")
    assert web.get("Job", headers={"Authtoken": token}).status_code == 200
    denied = xml(web.post("Login", data=request.replace(password, "eA=="), headers=XML_BODY))
    error = denied.find("errList")
    assert error is not None
    assert error.get("errorCode") == "1116"
    assert denied.get("token") is None


@pytest.mark.parametrize("body", ["<Other/>", "<unclosed", '<!DOCTYPE a [<!ENTITY b "c">]><a/>'])
def test_unreadable_xml_is_refused(web: Web, body: str) -> None:
    answer = web.post("Login", data=body, headers=XML_BODY)
    assert answer.status_code == 400
    assert xml(answer).tag == "CVGui_GenericResp"


def test_list_in_xml(web: Web) -> None:
    web.seed("completed", client_groups=["One", "Two"])
    job_id = web.seed()
    root = xml(web.get("Job", headers=XML))
    assert (root.tag, root.get("totalRecordsWithoutPaging")) == ("JobManager_JobListResponse", "2")
    assert [child.tag for child in root] == ["jobs", "jobs"]
    summary = root.findall("jobs/jobSummary")[0]
    assert (summary.get("backupLevel"), summary.get("percentComplete")) == ("INCREMANTAL", "100.000000")
    assert (summary.get("isVisible"), summary.get("isAged")) == ("true", "false")
    assert len(summary.findall("clientGroups")) == 2
    assert summary.find("subclient") is not None
    one = xml(web.get(f"Job/{job_id}", headers=XML))
    assert [job.get("jobId") for job in one.iter("jobSummary")] == [job_id]
    assert web.get("Job/1", headers=XML).text == '<JobManager_JobListResponse totalRecordsWithoutPaging="0" />'
    posted = xml(web.post("Jobs", json={"scope": 1}, headers=XML))
    assert len(posted) == 2


def test_actions_in_xml(web: Web) -> None:
    job_id = web.seed()
    assert web.act(job_id, "pause", headers=XML).text == "<JobManager_PerformJobOperationResp />"
    assert web.act(job_id, "pause", headers=XML).text == (
        "<JobManager_PerformJobOperationResp><errors><errList "
        'errLogMessage="Operation failed. Job cannot be suspended/killed/resumed." errorCode="2" />'
        "</errors></JobManager_PerformJobOperationResp>"
    )
    created = xml(web.act(web.seed("failed"), "Resubmit", headers=XML))
    assert created.tag == "TMMsg_CreateTaskResp"
    assert [child.get("val") for child in created.findall("jobIds")] == [str(int(job_id) + 2)]


def test_details_in_xml(web: Web) -> None:
    job_id = web.seed()
    request = f'<JobManager_JobDetailRequest jobId="{job_id}"/>'
    progress = xml(web.post("JobDetails", data=request, headers=XML_BODY)).find("job/jobDetail/progressInfo")
    assert progress is not None
    assert progress.get("state") == "Running"
    mixed = web.post("JobDetails", data=request, headers={"Content-Type": "application/xml"})
    assert mixed.json()["job"]["jobDetail"]["progressInfo"]["state"] == "Running"


def test_refused_token_in_xml(web: Web) -> None:
    nobody = {**XML, "Authtoken": ""}
    assert web.get("Job", headers=nobody).text == '<CVGui_GenericResp errorMessage="Access denied" errorCode="5" />'
    web.sim.knobs["xml_401"] = "empty"
    answer = web.get("Job", headers=nobody)
    assert (answer.status_code, answer.text) == (401, "")


def test_format_without_a_preference_is_a_knob(web: Web) -> None:
    assert web.get("Job", headers=NO_PREFERENCE).text.startswith("<")
    web.sim.knobs["format_without_accept"] = "json"
    assert web.get("Job", headers=NO_PREFERENCE).json() == {"totalRecordsWithoutPaging": 0}


# --- tokens --------------------------------------------------------------------------------------------------


def test_who_am_i(web: Web) -> None:
    assert web.post("WhoAmI").json()["user"]["userName"] == web.sim.username
    root = xml(web.post("WhoAmI", headers=XML))
    assert root.tag == "CvEntities_ProcessingInstructionInfo"


def test_login_token_is_renewed_once(web: Web) -> None:
    old = str(web.http.headers["Authtoken"])
    web.sim.expire()
    assert web.get("Job").status_code == 401
    assert "error" in web.post("RenewLoginToken", json={"sessionId": old, "deviceId": "other"}).json()
    new = web.post("RenewLoginToken", json={"sessionId": old, "deviceId": ""}).json()["token"]
    assert web.get("Job", headers={"Authtoken": new}).status_code == 200
    assert "error" in web.post("RenewLoginToken", json={"sessionId": old, "deviceId": ""}).json()
    assert web.sim.sessions() == 1


def test_access_token_renewal_guards_the_chain(web: Web) -> None:
    pair = {"accessToken": web.sim.ACCESS_TOKEN, "refreshToken": web.sim.REFRESH_TOKEN}
    new = web.post("V4/AccessToken/Renew", json=pair).json()
    assert set(new) == {"accessToken", "refreshToken", "tokenExpiryTimestamp", "renewableUntilTimestamp"}
    bearer = {"Authtoken": "", "Authorization": f"Bearer {new['accessToken']}"}
    assert web.get("Job", headers=bearer).status_code == 200
    assert web.post("V4/AccessToken/Renew", json=pair).json() == {
        "errorCode": 7,
        "errorMessage": "Refresh token is invalid",
    }
    assert web.get("Job", headers=bearer).status_code == 401


# --- batches -------------------------------------------------------------------------------------------------


def multi(jobs: list[str], operation: int = 0) -> Json:
    request = {"operationType": operation, "jobs": [{"jobId": int(job)} for job in jobs]}
    return {"message": 1, "operationDescription": "Patch day", "jobOpReq": request}


def test_multi_job_operation(web: Web) -> None:
    jobs = [web.seed(), web.seed()]
    assert web.post("Jobs/MultiJobOperation", json=multi(jobs)).json() == {"error": {"errorCode": 0}}
    web.pass_time()
    assert [web.status(job) for job in jobs] == ["Suspended", "Suspended"]
    web.post("Jobs/MultiJobOperation", json=multi(jobs, 1))
    web.pass_time()
    web.post("Jobs/MultiJobOperation", json=multi(jobs[:1], 2))
    web.pass_time()
    assert [web.status(job) for job in jobs] == ["Killed", "Running"]


@pytest.mark.parametrize(
    "change", [{"message": 0}, {"jobOpReq": {"operationType": 3, "jobs": [{"jobId": 1}]}}, {"jobOpReq": {}}]
)
def test_multi_job_operation_is_strict(web: Web, change: Json) -> None:
    assert web.post("Jobs/MultiJobOperation", json={**multi(["1"]), **change}).status_code == 400
    assert web.post("Jobs/MultiJobOperation", json=multi([])).status_code == 400


def test_partial_failure_of_a_batch_is_a_knob(web: Web) -> None:
    jobs = [web.seed(), web.seed("completed"), "999999"]
    web.sim.knobs.update(multi_partial="errors", multi_limit=3)
    errors = web.post("Jobs/MultiJobOperation", json=multi(jobs)).json()["errors"][0]["errList"]
    assert [str(error["jobId"]) for error in errors] == jobs[1:]
    assert web.status(jobs[0]) == "Suspend Pending"
    web.sim.knobs["multi_partial"] = "silent"
    assert web.post("Jobs/MultiJobOperation", json=multi(jobs)).json()["error"]["errorCode"] == 0
    web.sim.knobs["multi_partial"] = "error"
    assert web.post("Jobs/MultiJobOperation", json=multi(jobs)).json()["error"]["errorCode"] == 2
    assert web.post("Jobs/MultiJobOperation", json=multi([*jobs, "1"])).json()["error"]["errorCode"] == 2


def test_qoperation_execute_in_json_and_xml(web: Web) -> None:
    first, second = web.seed(), web.seed()
    web.seed("completed")
    body = {"jobOpReq": {"operationType": "JOB_SUSPEND"}, "message": "ALL_JOBS", "operationDescription": "All jobs"}
    answer = web.post(QOPERATION, json={"JobManager_PerformMultiCellJobOpReq": body})
    assert answer.json() == {"error": {"errorCode": 0}}
    web.pass_time()
    assert (web.status(first), web.status(second)) == ("Suspended", "Suspended")
    request = (
        '<JobManager_PerformMultiCellJobOpReq message="ALL_SELECTED_JOBS" operationDescription="Back to work">'
        f'<jobOpReq operationType="JOB_RESUME"><jobs jobId="{first}"/></jobOpReq>'
        "</JobManager_PerformMultiCellJobOpReq>"
    )
    assert xml(web.post(QOPERATION, data=request, headers=XML_BODY)).find("error") is not None
    web.pass_time()
    assert (web.status(first), web.status(second)) == ("Running", "Suspended")
    assert web.post(QOPERATION, json={"jobOpReq": body}).status_code == 400


def test_job_control_by_command_line(web: Web) -> None:
    job_id, other = web.seed(owner="alpha"), web.seed(owner="beta")
    form = {"command": f"qoperation jobcontrol -o suspend -j {job_id}"}
    assert web.post("ExecuteQCommand", data=form).text == ""
    web.pass_time()
    assert web.status(job_id) == "Suspended"
    assert web.post("ExecuteQCommand", data=form).text.startswith("jobcontrol: Error 2: ")
    text = {"Content-Type": "text/plain"}
    assert web.post("QCommand", data="qoperation jobcontrol -o kill -c beta", headers=text).text == ""
    web.pass_time()
    assert (web.status(job_id), web.status(other)) == ("Suspended", "Killed")
    assert web.post("QCommand", data="qoperation jobcontrol -o resume -all", headers=text).text == ""
    assert web.status(job_id) == "Waiting"
    assert web.post("QCommand", data="qlist job", headers=text).status_code == 400
    assert web.post("QCommand", json={}).status_code == 415


# --- reports -------------------------------------------------------------------------------------------------


def test_counters(web: Web) -> None:
    for scenario in ("running", "running", "suspended", "queued"):
        web.seed(scenario)
    counters = web.post("Jobs/aggregations/summary", json={"jobSummaryAggregationType": 1}).json()
    assert (counters["runningJobs"], counters["suspendedJobs"], counters["waitingJobs"]) == (2, 1, 1)
    assert web.post("Jobs/aggregations/summary", json={}).status_code == 400


def test_cache_of_active_jobs_may_be_stale(web: Web) -> None:
    job_id, other = web.seed(), web.seed()
    sort = "start=0&limit=1&sort=jobs.jobSummary.jobId:-1"
    document = web.get(f"Jobs/active?{sort}").json()
    assert (document["filterQueryCount"], ids(document)) == (2, [other])
    web.act(job_id, "pause")
    running = "Jobs/active?fq=jobs.jobSummary.status:eq:Running"
    assert ids(web.get(running).json()) == [job_id, other]
    assert ids(web.get(f"{running}&hardRefresh=true").json()) == [other]
    assert web.get("Jobs/active?fq=status:eq:Running").status_code == 400


def test_events_of_a_job(web: Web) -> None:
    job_id = web.seed(owner="client01")
    web.act(job_id, "pause")
    web.pass_time()
    found = web.get(f"Events?jobId={job_id}").json()["commservEvents"]
    assert [event["eventCodeString"] for event in found] == ["19:1086", "19:183"]
    assert found[0]["eventCode"] == "318768190"
    assert found[0]["description"] == (
        f"Backup job [{job_id}] has been suspended by user {web.sim.username}. Reason:[]. Client [client01]."
    )
    assert web.get("Events?showInfo=false").json() == {"commservEvents": []}
    assert web.get("Events?job=1").status_code == 400


def test_clients_are_listed(web: Web) -> None:
    web.seed(owner="client07")
    entity = web.get("Client").json()["clientProperties"][-1]["client"]["clientEntity"]
    assert (entity["clientName"], entity["displayName"]) == ("client07", "client07")
    assert {"hostName", "clientId"} <= set(entity)


def test_parent_shows_its_virtual_machines(web: Web) -> None:
    parent = web.seed()
    child = web.sim.seed({"name": "vm01", "scenario": "running", "parent": parent})
    detail = web.post("JobDetails", json={"jobId": int(parent)}).json()["job"]["jobDetail"]
    assert detail["clientStatusInfo"] == {"vmStatus": [{"vmName": "vm01", "jobID": int(child), "jobStatus": "Running"}]}
