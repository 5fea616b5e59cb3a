# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each knob that no other test turns."""

from __future__ import annotations

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
