# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated Enterprise Manager against its contract: jobs, sessions, operations and their Tasks."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from simulators.core.control import Control
from simulators.core.server import Server
from simulators.core.simulator import BadSeed
from simulators.veeam.estate import estate
from simulators.veeam.raw_client import NS, Client, Json, enabled, finish, sessions
from simulators.veeam.wire import NAMESPACE, camel

# --- lists and entities ----------------------------------------------------------------------------------------


def test_references(client: Client, control: Control) -> None:
    job, replica = control.seed({"name": "CRM Backup"}, {"name": "SQL Replication", "kind": "replica"})
    refs = client.xml("/jobs").findall("v:Ref", NS)
    assert [ref.get("Name") for ref in refs] == ["CRM Backup", "SQL Replication"]
    assert refs[0].get("UID") == f"urn:veeam:Job:{job}"
    assert refs[0].get("Type") == "JobReference"
    assert refs[0].get("Href") == f"{client.url}/jobs/{job}"
    links = {link.get("Type"): link.get("Href", "") for link in refs[1].iterfind("v:Links/v:Link", NS)}
    assert links["Job"] == f"{client.url}/jobs/{replica}?format=Entity"
    assert links["ReplicaJobSessionReferenceList"] == f"{client.url}/jobs/{replica}/replicaSessions"
    assert "BackupServerReference" in links


def test_entity_in_xml(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "CRM Backup", "owner": "vbr09.example.com"})
    root = client.xml(f"/jobs/{job}?format=entity&v=latest&whatever=1")
    assert root.attrib == {
        "Type": "Job",
        "Name": "CRM Backup",
        "Href": f"{client.url}/jobs/{job}?format=Entity",
        "UID": f"urn:veeam:Job:{job}",
    }
    assert [child.tag.partition("}")[2] for child in root] == [
        "Links",
        "JobType",
        "Platform",
        "Description",
        "ScheduleConfigured",
        "ScheduleEnabled",
        "NextRun",
        "JobScheduleOptions",
        "JobInfo",
    ]
    assert root.findtext("v:ScheduleEnabled", "", NS) == "true"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT22:00:00Z", root.findtext("v:NextRun", "", NS))
    links = {link.get("Rel"): link for link in root.iterfind("v:Links/v:Link", NS)}
    assert links["Up"].get("Name") == "vbr09.example.com"
    assert links["ToggleScheduleEnabled"].get("Href") == f"{client.url}/jobs/{job}?action=toggleScheduleEnabled"
    assert {"Edit", "Start", "Stop", "Retry", "Clone"} <= set(links)
    assert client.xml(f"/jobs/{job}").tag == f"{{{NAMESPACE}}}EntityRef"
    assert [one.get("Name") for one in client.xml("/jobs?format=Entity").iterfind("v:Job", NS)] == ["CRM Backup"]


def test_entity_in_json(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "CRM Backup", "scenario": "suspended"})
    entity = client.json(f"/jobs/{job}?format=Entity")
    assert (entity["JobType"], entity["ScheduleEnabled"], entity["NextRun"]) == ("Backup", False, None)
    assert entity["JobScheduleOptions"]["Standart"]["RetryOptions"]["RetrySpecified1"] is True
    assert set(entity["Links"][0]) == {"Rel", "Href", "Name", "Type"}
    assert client.json("/jobs")["Refs"][0]["UID"] == f"urn:veeam:Job:{job}"
    assert client.json("/jobs?format=Entity")["Jobs"][0]["Name"] == "CRM Backup"


def test_v13_json_is_in_camel_case(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "CRM Backup", "scenario": "completed"})
    control.knobs(json_generation="v13", fraction_digits=6)
    entity = client.json(f"/jobs/{job}?format=Entity")
    assert (entity["uid"], entity["scheduleEnabled"]) == (f"urn:veeam:Job:{job}", True)
    run = client.json(f"/jobs/{job}/backupSessions?format=Entity")["backupJobSessions"][0]
    assert re.fullmatch(r"\S+T\d\d:\d\d:\d\d\.\d{6}Z", run["creationTimeUTC"])
    assert client.json("/")["supportedVersions"]["supportedVersions"]
    assert client.send("GET", "/jobs/nope", headers={"Accept": "application/json"}).json()["statusCode"] == 404
    control.knobs(v13_error_case="pascal")  # undocumented
    assert client.send("GET", "/jobs/nope", headers={"Accept": "application/json"}).json()["StatusCode"] == 404
    assert client.xml(f"/jobs/{job}?format=Entity").get("UID") == f"urn:veeam:Job:{job}"


@pytest.mark.parametrize(
    ("name", "key"),
    [("UID", "uid"), ("NASJobs", "nasJobs"), ("TaskId", "taskId"), ("CreationTimeUTC", "creationTimeUTC")],
)
def test_camel(name: str, key: str) -> None:
    assert camel(name) == key


def test_default_format_is_xml(client: Client) -> None:
    assert client.send("GET", "/jobs", headers={"Accept": "*/*"}).headers["Content-Type"].startswith("application/xml")


@pytest.mark.parametrize("path", ["/jobs/nope", "/v1/jobs", "/agents/jobs/nope", "/tasks/task-9", "/backupSessions/x"])
def test_not_found(client: Client, path: str) -> None:
    answer = client.send("GET", path)
    assert (answer.status_code, answer.reason) == (404, "NotFound")
    assert ET.fromstring(answer.content).get("StatusCode") == "404"


def test_sessions(client: Client, control: Control) -> None:
    job, running = control.seed(
        {"name": "CRM", "scenario": "failed", "history": 2, "is_retry": True}, {"name": "ERP", "scenario": "running"}
    )
    runs = sessions(client, job)
    assert [(run["State"], run["Result"], run["IsRetry"]) for run in runs] == [
        ("Stopped", "Success", False),
        ("Stopped", "Success", False),
        ("Stopped", "Failed", True),
    ]
    assert (runs[-1]["Progress"], runs[-1]["JobUid"], runs[-1]["JobName"]) == (100, f"urn:veeam:Job:{job}", "CRM")
    identity = runs[-1]["UID"].rpartition(":")[2]
    one = client.xml(f"/backupSessions/{identity}?format=Entity")
    assert one.get("Name") == runs[-1]["Name"]
    assert re.fullmatch(r"CRM@\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", runs[-1]["Name"])
    stop = one.find("v:Links/v:Link[@Rel='Stop']", NS)
    assert stop is not None
    assert client.xml(f"/backupSessions/{identity}").tag == f"{{{NAMESPACE}}}EntityRef"
    live = client.xml(f"/jobs/{running}/backupSessions?format=Entity").find("v:BackupJobSession", NS)
    assert live is not None
    assert (live.findtext("v:State", "", NS), live.findtext("v:Result", "", NS)) == ("Working", "None")
    assert live.find("v:EndTimeUTC", NS) is None
    assert len(client.json("/backupSessions?format=Entity")["BackupJobSessions"]) == 4
    assert len(client.xml("/backupSessions").findall("v:Ref", NS)) == 4


def test_sessions_of_the_last_thirty_days(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "CRM", "scenario": "completed", "last_run_days_ago": 31})
    assert sessions(client, job) == []


def test_task_sessions(client: Client, control: Control) -> None:
    job, running = control.seed(
        {"name": "CRM", "scenario": "failed", "objects": ["crm01", "crm02"], "failure_message": "No space."},
        {"name": "ERP", "scenario": "running", "objects": ["erp01", "erp02"]},
    )

    def found(job: str) -> list[tuple[str, str, str, str]]:
        path = f"/backupSessions/{sessions(client, job)[-1]['UID'].rpartition(':')[2]}/taskSessions"
        assert len(client.xml(path).findall("v:Ref", NS)) == 2
        tasks = client.json(f"{path}?format=Entity")["BackupTaskSessions"]
        return [(task["VmDisplayName"], task["State"], task["Result"], task["Reason"]) for task in tasks]

    assert found(job) == [("crm01", "Completed", "Failed", "No space."), ("crm02", "Completed", "Success", "")]
    assert [task[:2] for task in found(running)] == [("erp01", "InProgress"), ("erp02", "Pending")]


# --- operations ------------------------------------------------------------------------------------------------


def test_a_task_and_the_toggle(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "CRM", "scenario": "running"})
    task = client.act(f"/jobs/{job}?action=toggleScheduleEnabled")
    assert task == "/tasks/task-1"
    control.advance(0.1)
    answer = client.xml(task)
    result = answer.find("v:Result", NS)
    assert result is not None
    assert answer.findtext("v:State", "", NS) == result.findtext("v:Message", "", NS) == "OperationFinished"
    assert enabled(client, job) == "true"  # the database is not refreshed yet
    assert finish(client, control, task) == ("UpdateJob", "true", "Ok")
    assert enabled(client, job) == "false"
    truth = control.jobs()[job]
    assert (truth["held"], truth["running"], truth["applied"]) == (True, True, {"toggleScheduleEnabled": 1})
    finish(client, control, client.act(f"/jobs/{job}?action=toggleScheduleEnabled"))
    assert enabled(client, job) == "true"
    assert client.send("DELETE", task).status_code == 204
    assert client.send("GET", task).status_code == 404
    assert [one.findtext("v:TaskId", "", NS) for one in client.xml("/tasks")] == ["task-2"]


def test_tasks_belong_to_one_logon_session(client: Client, control: Control, server: Server) -> None:
    (job,) = control.seed({"name": "CRM"})
    task = client.act(f"/jobs/{job}?action=toggleScheduleEnabled")
    other = Client(server)
    other.login()
    assert other.send("GET", task).status_code == 404


def test_a_deleted_task_does_nothing(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "CRM"})
    client.send("DELETE", client.act(f"/jobs/{job}?action=toggleScheduleEnabled"))
    control.advance(1)
    assert control.jobs()[job]["applied"] == {}


EDIT = f'<Job Type="Job" xmlns="{NAMESPACE}"><ScheduleEnabled>%s</ScheduleEnabled></Job>'


def test_edit_is_absolute(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "CRM"})
    for _again in range(2):
        task = client.act(f"/jobs/{job}?action=edit", "PUT", data=EDIT % "false")
        assert finish(client, control, task) == ("EditJob", "true", "Ok")
        assert enabled(client, job) == "false"
    related = client.xml(task).find("v:Links/v:Link[@Rel='Related']", NS)
    assert related is not None
    assert control.jobs()[job]["applied"] == {"edit": 2}
    answer = client.send(
        "PUT",
        f"/jobs/{job}?action=edit",
        json={"ScheduleEnabled": True, "Type": "Job"},
        headers={"Accept": "application/json", "Content-Type": "application/json"},
    )
    assert answer.json() == {
        "Links": [
            {"Rel": "Delete", "Href": f"{client.url}/tasks/task-3", "Name": None, "Type": "Task"},
        ],
        "TaskId": "task-3",
        "State": "Running",
        "Operation": "EditJob",
        "Result": None,
        "Type": "Task",
        "Href": f"{client.url}/tasks/task-3",
    }
    control.advance(1)
    assert client.json("/tasks/task-3")["Result"] == {"Success": True, "Message": "Ok"}
    assert enabled(client, job) == "true"


@pytest.mark.parametrize(
    ("body", "accept", "content_type"),
    [
        (EDIT % "maybe", "xml", "xml"),
        ((EDIT % "true").replace(f' xmlns="{NAMESPACE}"', ""), "xml", "xml"),
        ((EDIT % "true").replace(' Type="Job"', ""), "xml", "xml"),
        ((EDIT % "true").replace("ScheduleEnabled", "Enabled"), "xml", "xml"),
        ((EDIT % "true").replace("</Job>", "<Description/></Job>"), "xml", "xml"),
        ("", "xml", "xml"),
        (EDIT % "true", "json", "xml"),
        (EDIT % "true", "xml", "plain"),
        ('{"ScheduleEnabled": true, "Type": "Job"}', "xml", "json"),
        ('{"scheduleEnabled": true, "Type": "Job"}', "json", "json"),
        ('{"ScheduleEnabled": 1, "Type": "NasJob"}', "json", "json"),
    ],
)
def test_bad_edits(client: Client, control: Control, body: str, accept: str, content_type: str) -> None:
    (job,) = control.seed({"name": "CRM"})
    headers = {"Accept": f"application/{accept}", "Content-Type": f"application/{content_type}"}
    answer = client.send("PUT", f"/jobs/{job}?action=edit", data=body, headers=headers)
    assert (answer.status_code, answer.reason) == (400, "BadRequest")


def test_a_body_in_another_format_than_accept_says(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "CRM"})
    mixed = {"Accept": "application/json", "Content-Type": "application/xml"}
    answer = client.send("PUT", f"/jobs/{job}?action=edit", data=EDIT % "false", headers=mixed)
    assert answer.json() == {
        "FirstChanceExceptionMessage": None,
        "Message": "Node [root] does not exist.",
        "StackTrace": None,
        "Status": None,
        "StatusCode": 400,
    }
    control.knobs(accept_decides_body=False)
    assert client.send("PUT", f"/jobs/{job}?action=edit", data=EDIT % "false", headers=mixed).status_code == 202


def test_start_stop_retry(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "CRM"})
    task = client.act(f"/jobs/{job}?action=start")
    control.advance(0.1)
    control.advance(0.1)
    (run,) = sessions(client, job)
    assert (run["State"], run["Result"], run["Progress"], run["EndTimeUTC"]) == ("Starting", "None", 0, None)
    assert finish(client, control, task) == ("StartJob", "true", 'Job "CRM" triggered to start.')
    assert sessions(client, job)[-1]["State"] == "Working"
    task = client.act(f"/jobs/{job}?action=stop")
    control.advance(0.1)
    control.advance(0.1)
    assert sessions(client, job)[-1]["State"] == "Stopping"
    assert finish(client, control, task) == ("StopJob", "true", 'Job "CRM" triggered to stop.')
    assert (sessions(client, job)[-1]["State"], sessions(client, job)[-1]["Result"]) == ("Stopped", "Failed")
    task = client.act(f"/jobs/{job}?action=retry")
    assert finish(client, control, task) == ("RetryJob", "true", 'Job "CRM" triggered to retry.')
    control.advance(1)
    runs = sessions(client, job)
    assert [(run["State"], run["IsRetry"]) for run in runs] == [("Stopped", False), ("Working", True)]
    assert control.jobs()[job]["applied"] == {"start": 1, "stop": 1, "retry": 1}


def test_stop_one_session(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "CRM", "scenario": "running"})
    (run,) = sessions(client, job)
    path = f"/backupSessions/{run['UID'].rpartition(':')[2]}?action=stop"
    operation, success, message = finish(client, control, client.act(path))
    assert (operation, success, message) == (
        "StopJobSession",
        "true",
        f'Job Session "{run["Name"]}" triggered to stop.',
    )
    control.advance(1)
    assert sessions(client, job)[-1]["Result"] == "Failed"
    assert finish(client, control, client.act(path))[1] == "false"


@pytest.mark.parametrize(
    ("scenario", "verb", "knob"),
    [
        ("completed", "retry", "retry_not_failed"),
        ("running", "retry", "retry_not_failed"),
        ("failed", "stop", "stop_when_idle"),
        ("running", "start", "start_when_running"),
    ],
)
def test_wrong_states(client: Client, control: Control, scenario: str, verb: str, knob: str) -> None:
    """What the server answers here is undocumented."""
    (job,) = control.seed({"name": "CRM", "scenario": scenario})
    _operation, success, message = finish(client, control, client.act(f"/jobs/{job}?action={verb}"))
    assert success == "false"
    assert "CRM" in message
    control.knobs(**{knob: "http_400"})
    assert client.send("POST", f"/jobs/{job}?action={verb}").status_code == 400
    assert control.jobs()[job]["applied"] == {}


def test_a_held_job_may_be_retried_or_not(client: Client, control: Control) -> None:
    """What the server does here is undocumented."""
    (job,) = control.seed({"name": "CRM", "scenario": "failed", "schedule_enabled": False})
    control.knobs(held_run="task_failure")
    assert finish(client, control, client.act(f"/jobs/{job}?action=retry"))[1] == "false"
    control.knobs(held_run="accept")
    assert finish(client, control, client.act(f"/jobs/{job}?action=retry"))[1] == "true"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/jobs/{}", 400),
        ("POST", "/jobs/{}?action=suspend", 400),
        ("POST", "/jobs/{}?action=togglescheduleenabled", 400),
        ("POST", "/jobs/{}?action=clone", 501),
        ("PUT", "/jobs/{}", 400),
        ("PUT", "/jobs/{}?action=toggleScheduleEnabled", 400),
        ("POST", "/jobs/urn:veeam:Job:{}?action=stop", 404),
        ("PATCH", "/jobs/{}", 405),
        ("POST", "/jobs", 405),
        ("POST", "/jobs/{}/stop", 404),
    ],
)
def test_wrong_requests(client: Client, control: Control, method: str, path: str, status: int) -> None:
    (job,) = control.seed({"name": "CRM"})
    answer = client.send(method, path.format(job), data=EDIT % "false" if method == "PUT" else None)
    assert answer.status_code == status
    control.advance(1)
    assert control.jobs()[job]["applied"] == {}


def test_get_changes_nothing(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "CRM"})
    client.send("GET", f"/jobs/{job}?action=toggleScheduleEnabled")
    control.advance(1)
    assert control.jobs()[job]["held"] is False


def test_events(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "CRM"})
    control.event(job, "suspend")
    assert enabled(client, job) == "false"
    control.event(job, "resume")
    control.event(job, "start")
    control.event(job, "progress", percent=70)
    assert (sessions(client, job)[-1]["State"], sessions(client, job)[-1]["Progress"]) == ("Working", 70)
    control.event(job, "state", state="Pausing")
    assert sessions(client, job)[-1]["State"] == "Pausing"
    control.event(job, "finish", result="warning")
    assert (sessions(client, job)[-1]["State"], sessions(client, job)[-1]["Result"]) == ("Stopped", "Warning")
    control.event(job, "refuse", message="Job is locked.")
    task = client.act(f"/jobs/{job}?action=toggleScheduleEnabled")
    assert finish(client, control, task) == ("UpdateJob", "false", "Job is locked.")
    control.event(job, "vanish")
    assert client.send("GET", f"/jobs/{job}").status_code == 404
    assert control.jobs() == {}


def test_duration_and_check_mode(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "CRM", "scenario": "running", "duration": 60})
    control.advance(61)
    assert control.jobs()[job]["state"] == "Stopped/Success"
    control.check_mode(True)
    client.xml("/jobs")
    client.login()
    assert control.check_mode(True) == []
    client.act(f"/jobs/{job}?action=start")
    assert len(control.check_mode(False)) == 1


@pytest.mark.parametrize(
    "seed",
    [
        {"name": "x", "scenario": "cancelled"},
        {"name": "x", "id": "not-a-uuid"},
        {"name": "x", "kind": "tape"},
        {"name": "x", "colour": "red"},
        {"name": "x", "last_result": "Great"},
    ],
)
def test_bad_seeds(server: Server, seed: Json) -> None:
    with pytest.raises(BadSeed):
        server.simulator.seed(seed)


def test_estate(server: Server, control: Control) -> None:
    ids = control.seed(*estate(300))
    assert len(set(ids)) == 300
    assert estate(5) == estate(5)
    jobs = control.jobs().values()
    assert {job["kind"] for job in jobs} == {"job", "copy", "replica", "agent", "nas", "cdp"}
    assert 0 < sum(job["held"] for job in jobs) < 100
    assert server.simulator.username == "operator"
