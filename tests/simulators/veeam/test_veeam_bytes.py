# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole bodies, byte by byte, in the shape of the contract's samples."""

from __future__ import annotations

import json

from simulators.core.control import Control
from simulators.veeam.raw_client import Client

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
NAMESPACES = (
    'xmlns="http://www.veeam.com/ent/v1.0" xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
JOB = "2851cb88-37b6-46ea-b2c8-47b55270169d"


def seed_job(control: Control) -> None:
    control.seed({"name": "SQL", "id": JOB, "scenario": "failed"})


def test_task_in_xml(client: Client, control: Control) -> None:
    seed_job(control)
    href = f"{client.url}/tasks/task-1"

    def task(state: str, result: str) -> str:
        return (
            f'{DECLARATION}<Task Type="Task" Href="{href}" xmlns="http://www.veeam.com/ent/v1.0">'
            f'<Links><Link Rel="Delete" Href="{href}" Type="Task" /></Links>'
            f"<TaskId>task-1</TaskId><State>{state}</State><Operation>RetryJob</Operation>{result}</Task>"
        )

    assert client.send("POST", f"/jobs/{JOB}?action=retry").text == task("Running", "")
    control.advance(0.1)
    done = '<Result Success="true"><Message>OperationFinished</Message></Result>'
    assert client.send("GET", "/tasks/task-1").text == task("OperationFinished", done)
    control.advance(0.1)
    done = '<Result Success="true"><Message>Job "SQL" triggered to retry.</Message></Result>'
    assert client.send("GET", "/tasks/task-1").text == task("Finished", done)


def test_error_in_both_formats(client: Client) -> None:
    answer = client.send("GET", "/logonSessions/nope")
    message = "Object reference not set to an instance of an object."
    assert answer.text == f'{DECLARATION}<Error Message="{message}" StatusCode="500" {NAMESPACES} />'
    answer = client.send("GET", "/logonSessions/nope", headers={"Accept": "application/json"})
    assert answer.json() == {
        "FirstChanceExceptionMessage": None,
        "Message": message,
        "StackTrace": None,
        "Status": None,
        "StatusCode": 500,
    }


def test_reference_in_json(client: Client, control: Control) -> None:
    seed_job(control)
    answer = client.send("GET", "/jobs", headers={"Accept": "application/json"})
    (server,) = client.json("/backupServers")["Refs"]
    link = {"Rel": "Up", "Href": server["Href"], "Name": "vbr01.example.com", "Type": "BackupServerReference"}
    href = f"{client.url}/jobs/{JOB}"
    assert json.loads(answer.content) == {
        "Refs": [
            {
                "Links": [
                    link,
                    {"Rel": "Alternate", "Href": f"{href}?format=Entity", "Name": "SQL", "Type": "Job"},
                    {
                        "Rel": "Down",
                        "Href": f"{href}/backupSessions",
                        "Name": None,
                        "Type": "BackupJobSessionReferenceList",
                    },
                ],
                "Type": "JobReference",
                "Href": href,
                "Name": "SQL",
                "UID": f"urn:veeam:Job:{JOB}",
            }
        ]
    }
    assert answer.content.startswith(b'{"Refs":[{"Links":[{"Rel":"Up","Href":"')


def test_session_in_json(client: Client, control: Control) -> None:
    seed_job(control)
    (run,) = client.json(f"/jobs/{JOB}/backupSessions?format=Entity")["BackupJobSessions"]
    assert set(run) == {
        "IsRetry",
        "JobUid",
        "JobName",
        "JobType",
        "CreationTimeUTC",
        "EndTimeUTC",
        "State",
        "Result",
        "Progress",
        "FailureMessage",
        "Name",
        "UID",
        "Links",
        "Href",
        "Type",
    }
    assert run["FailureMessage"] == "Processing finished with errors."


def test_paging_info_in_xml(client: Client) -> None:
    text = client.send("GET", "/query?type=Job&format=Entities").text
    target = f"{client.url}/query?type=Job&amp;format=Entities&amp;pageSize=100&amp;page=1"
    assert text == (
        f"{DECLARATION}<QueryResult {NAMESPACES}><Entities><Jobs /></Entities>"
        '<PagingInfo PageNum="1" PageSize="100" PagesCount="1"><Links>'
        f'<Link Rel="First" Href="{target}" /><Link Rel="Last" Href="{target}" />'
        "</Links></PagingInfo></QueryResult>"
    )


def test_headers(client: Client) -> None:
    answer = client.send("GET", "/jobs")
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.send("GET", "").status_code == 200  # /api, without the slash
