# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each knob that no other test turns."""

from __future__ import annotations

import datetime
import json
import re

import pytest
import requests

from simulators.core.control import Control
from simulators.veeam.knobs import DEFAULT_KNOBS
from simulators.veeam.raw_client import NS, Client, Json, enabled, finish, sessions
from simulators.veeam.wire import NAMESPACE

JSON = {"Accept": "application/json"}


def toggle(client: Client, control: Control, job: str) -> tuple[str, str, str]:
    return finish(client, control, client.act(f"/jobs/{job}?action=toggleScheduleEnabled"))


def test_byte_order_mark(client: Client, control: Control) -> None:
    control.knobs(bom=True)
    assert client.send("GET", "/jobs", headers=JSON).content.startswith(b"\xef\xbb\xbf{")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        client.send("GET", "/jobs", headers=JSON).json()
    assert client.send("GET", "/jobs").content.startswith(b"<?xml")


def test_host_in_hrefs(client: Client, control: Control) -> None:
    control.seed({"name": "X"})
    control.knobs(href_origin="https://em.internal.example.com:9398")
    ref = client.xml("/jobs").find("v:Ref", NS)
    assert ref is not None
    assert ref.get("Href", "").startswith("https://em.internal.example.com:9398/api/jobs/")


def test_flag_visible_at_operation_finished(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "X"})
    control.knobs(flag_visible_at="OperationFinished", task_refresh_seconds=60)
    task = client.act(f"/jobs/{job}?action=toggleScheduleEnabled")
    control.advance(1)
    assert client.xml(task).findtext("v:State", "", NS) == "OperationFinished"
    assert enabled(client, job) == "false"


def test_task_results(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "X"})
    control.knobs(task_result="failure")
    operation, success, message = toggle(client, control, job)
    assert (operation, success, bool(message)) == ("UpdateJob", "false", True)
    assert control.jobs()[job]["held"] is False
    control.knobs(task_result="success", task_message=False)
    assert toggle(client, control, job) == ("UpdateJob", "true", "")
    assert '<Result Success="true" />' in client.send("GET", "/tasks/task-2").text


def test_type_of_success(client: Client, control: Control) -> None:
    """It is undocumented."""
    (job,) = control.seed({"name": "X"})
    toggle(client, control, job)
    assert client.json("/tasks/task-1")["Result"]["Success"] is True
    control.knobs(success_type="string")
    assert client.json("/tasks/task-1")["Result"]["Success"] == "true"


def test_collection_lag(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "X", "scenario": "running"})
    control.knobs(collection_lag=900)
    control.event(job, "suspend")
    control.event(job, "finish")
    assert (enabled(client, job), sessions(client, job)[-1]["State"]) == ("true", "Working")
    (server,) = client.json("/backupServers")["Refs"]
    path = server["Href"].replace(client.url, "")
    message = "Data collection started. To view results, go to Sessions."
    task = client.act(f"{path}?action=collect")
    started = client.json("/systemSessions?format=Entity")["SystemSessions"][-1]
    assert (started["SessionType"], started["State"], started["Result"]) == ("CollectJob", "InProgress", None)
    assert finish(client, control, task) == ("CollectingBackupServer", "true", message)
    ended = client.json(f"/systemSessions/{started['UID'].rpartition(':')[2]}?format=Entity")
    assert (ended["State"], ended["Result"]["Result"]) == ("CompletedSuccessfully", "Success")
    assert (enabled(client, job), sessions(client, job)[-1]["State"]) == ("false", "Stopped")
    control.event(job, "resume")
    control.advance(890)
    assert enabled(client, job) == "false"
    control.advance(20)
    assert enabled(client, job) == "true"


def test_a_collection_is_no_write(client: Client, control: Control) -> None:
    control.seed({"name": "X"})
    (server,) = client.json("/backupServers")["Refs"]
    client.send("POST", server["Href"].replace(client.url, "") + "?action=collect")
    assert client.send("POST", server["Href"].replace(client.url, "")).status_code == 400
    assert control.writes() == []


@pytest.mark.parametrize(("digits", "form"), [(0, r"\d\dZ"), (3, r"\d\d\.\d{3}Z"), (6, r"\d\d\.\d{6}Z")])
def test_fraction_digits(client: Client, control: Control, digits: int, form: str) -> None:
    (job,) = control.seed({"name": "X", "scenario": "completed"})
    control.knobs(fraction_digits=digits)
    assert re.search(f":{form}$", sessions(client, job)[-1]["CreationTimeUTC"])


def test_the_next_run_with_an_offset(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "X"})
    path = f"/jobs/{job}?format=Entity"
    utc = datetime.datetime.fromisoformat(client.json(path)["NextRun"].replace("Z", "+00:00"))
    control.knobs(next_run_offset="-05:30")
    local = client.json(path)["NextRun"]
    assert local.endswith("-05:30")
    assert datetime.datetime.fromisoformat(local) == utc


def test_form_of_a_running_session(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "X", "scenario": "running"})
    assert (sessions(client, job)[-1]["EndTimeUTC"], sessions(client, job)[-1]["Result"]) == (None, "None")
    control.knobs(running_end_time="absent", running_result="absent")
    assert not {"EndTimeUTC", "Result"} & set(sessions(client, job)[-1])


def test_wrapper_and_empty_collections(client: Client, control: Control) -> None:
    """Both are undocumented."""
    assert client.json("/jobs") == {"Refs": []}
    assert client.send("GET", "/jobs").text.endswith(f'<EntityReferences xmlns="{NAMESPACE}" />')
    control.knobs(empty_collection="null", jobs_wrapper="JobList")
    assert client.json("/jobs") == {"Refs": None}
    assert client.json("/jobs?format=Entity") == {"JobList": None}


@pytest.mark.parametrize(("graceful", "result"), [(False, "Failed"), (True, "Warning")])
def test_graceful_stop(client: Client, control: Control, graceful: bool, result: str) -> None:
    """Whether a stop is graceful is undocumented."""
    (job,) = control.seed({"name": "X", "scenario": "running"})
    control.knobs(graceful_stop=graceful)
    finish(client, control, client.act(f"/jobs/{job}?action=stop"))
    control.advance(1)
    assert sessions(client, job)[-1]["Result"] == result


def test_disabling_may_stop_the_run(client: Client, control: Control) -> None:
    """It is undocumented; by default the run goes on."""
    (job,) = control.seed({"name": "X", "scenario": "running"})
    control.knobs(disable_stops_run=True)
    toggle(client, control, job)
    control.advance(1)
    assert sessions(client, job)[-1]["State"] == "Stopped"


def test_enabling_a_job_without_schedule(client: Client, control: Control) -> None:
    """What an edit does then is undocumented."""
    (job,) = control.seed({"name": "X", "schedule_configured": False, "scenario": "suspended"})
    body = f'<Job Type="Job" xmlns="{NAMESPACE}"><ScheduleEnabled>true</ScheduleEnabled></Job>'

    def edit() -> tuple[str, str, str]:
        return finish(client, control, client.act(f"/jobs/{job}?action=edit", "PUT", data=body))

    assert edit()[1] == "false"
    control.knobs(edit_unscheduled="accept")
    assert edit()[1] == "true"
    assert enabled(client, job) == "true"


@pytest.mark.parametrize(
    "durations",
    [
        {"task_running_seconds": 5},
        {"session_seconds": 5},
        {"starting_seconds": 5},
    ],
)
def test_durations(client: Client, control: Control, durations: Json) -> None:
    (job,) = control.seed({"name": "X"})
    control.knobs(**durations)
    client.act(f"/jobs/{job}?action=start")
    control.advance(1)
    control.advance(1)
    assert [run["State"] for run in sessions(client, job)] in ([], ["Starting"])
    control.advance(10)
    control.advance(10)
    assert [run["State"] for run in sessions(client, job)] == ["Working"]


def test_stopping_takes_time(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "X", "scenario": "running"})
    control.knobs(stopping_seconds=30)
    finish(client, control, client.act(f"/jobs/{job}?action=stop"))
    assert sessions(client, job)[-1]["State"] == "Stopping"
    control.advance(30)
    assert sessions(client, job)[-1]["State"] == "Stopped"


def test_words_outside_the_enumerations(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "X", "raw": "WaitingTape", "platform": "CustomPlatform"})
    assert sessions(client, job)[-1]["State"] == "WaitingTape"
    assert client.json(f"/jobs/{job}?format=Entity")["Platform"] == "CustomPlatform"


def test_idle_seconds(client: Client, control: Control) -> None:
    control.knobs(idle_seconds=5)
    control.advance(6)
    assert client.send("GET", "/jobs").status_code == 401


def test_a_reset_restores_every_knob(control: Control) -> None:
    control.knobs(bom=True)
    control.reset()
    assert control.knobs() == DEFAULT_KNOBS


def test_tasks_that_never_end(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "X"})
    control.knobs(task_running_seconds=None)
    task = client.act(f"/jobs/{job}?action=toggleScheduleEnabled")
    control.advance(800)
    assert (client.xml(task).findtext("v:State", "", NS), control.jobs()[job]["held"]) == ("Running", False)
    control.knobs(task_running_seconds=0.1, task_refresh_seconds=None)
    task = client.act(f"/jobs/{job}?action=toggleScheduleEnabled")
    control.advance(800)
    assert client.xml(task).findtext("v:State", "", NS) == "OperationFinished"
    assert (control.jobs()[job]["held"], enabled(client, job)) == (True, "true")  # not in the database


def test_a_task_of_one_job_that_ends_late_or_never(client: Client, control: Control) -> None:
    job, other = control.seed({"name": "X"}, {"name": "Y"})
    control.event(job, "linger", seconds=300)
    control.event(job, "linger")
    late, never = (client.act(f"/jobs/{job}?action=toggleScheduleEnabled") for _again in range(2))
    assert toggle(client, control, other)[1] == "true"
    control.advance(290)
    assert (client.xml(late).findtext("v:State", "", NS), enabled(client, job)) == ("Running", "true")
    control.advance(20)
    assert (client.xml(late).findtext("v:State", "", NS), enabled(client, job)) == ("Finished", "false")
    assert client.xml(never).findtext("v:State", "", NS) == "Running"


SCHEDULE = "<{0}ScheduleOptions>{1}</{0}ScheduleOptions>"


def edit(client: Client, control: Control, path: str, element: str, enable: str, options: str = "") -> tuple[str, str]:
    flag = f"<ScheduleEnabled>{enable}</ScheduleEnabled>"
    body = f'<{element} Type="{element}" xmlns="{NAMESPACE}">{flag}{options}</{element}>'
    return finish(client, control, client.act(f"{path}?action=edit", "PUT", data=body))[1:]


@pytest.mark.parametrize(
    ("kind", "root", "element", "owner"),
    [("job", "jobs", "Job", "Job"), ("cdp", "cdpPolicies", "CdpPolicy", "Policy")],
)
def test_an_edit_that_enables_may_want_the_schedule(
    client: Client, control: Control, kind: str, root: str, element: str, owner: str
) -> None:
    """The page of the edit says so, one public client does without it (contract 8.3)."""
    control.knobs(edit_without_schedule="task_failure")
    (job,) = control.seed({"name": "X", "kind": kind})
    path = f"/{root}/{job}"
    assert edit(client, control, path, element, "false")[0] == "true"
    refused = ("false", 'The schedule of job "X" must be defined in the same request.')
    assert edit(client, control, path, element, "true") == refused
    assert edit(client, control, path, element, "true", SCHEDULE.format(owner, "")) == refused
    assert control.jobs()[job]["held"]
    shown = client.send("GET", f"{path}?format=Entity").text
    own = re.findall(f"<{owner}ScheduleOptions>.*</{owner}ScheduleOptions>", shown)[0]
    assert edit(client, control, path, element, "true", own)[0] == "true"
    assert (control.jobs()[job]["held"], control.jobs()[job]["rescheduled"]) == (False, False)
    control.knobs(edit_without_schedule="http_400")
    body = f'<{element} Type="{element}" xmlns="{NAMESPACE}"><ScheduleEnabled>true</ScheduleEnabled></{element}>'
    assert client.send("PUT", f"{path}?action=edit", data=body).status_code == 400


@pytest.mark.parametrize("generation", ["v12", "v13"])
def test_a_schedule_in_json_is_the_same_one(client: Client, control: Control, generation: str) -> None:
    control.knobs(edit_without_schedule="task_failure", json_generation=generation)
    (job,) = control.seed({"name": "X", "scenario": "suspended"})
    shown = client.json(f"/jobs/{job}?format=Entity")
    options = {name: value for name, value in shown.items() if name.lower() == "jobscheduleoptions"}
    flag, type_ = ("ScheduleEnabled", "Type") if generation == "v12" else ("scheduleEnabled", "type")
    json_type = {"Accept": "application/json", "Content-Type": "application/json"}
    for times, rescheduled in ((3, False), (5, True)):
        body = {flag: True, type_: "Job", **json.loads(json.dumps(options).replace(": 3,", f": {times},"))}
        assert client.send("PUT", f"/jobs/{job}?action=edit", json=body, headers=json_type).status_code == 202
        control.advance(1)
        assert control.jobs()[job]["held"] is False
        assert control.jobs()[job]["rescheduled"] is rescheduled
