# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The query service: filter, sort, pages, and the two forms of its answer."""

from __future__ import annotations

import typing as t

import pytest

from simulators.core.control import Control
from simulators.veeam.query import BadQuery, parse_filter, properties
from simulators.veeam.raw_client import NS, Client, Json, finish
from simulators.veeam.wire import NAMESPACE

KNOWN = properties("Name", "Number", "Result:result", "Enabled:bool", "Start:time")


def names(client: Client, **parameters: t.Any) -> list[str]:
    query = {"type": "Job", "format": "Entities", "sortAsc": "Name", **parameters}
    answer = client.send("GET", "/query", params=query, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    return [job["Name"] for job in answer.json()["Entities"]["Jobs"]["Jobs"]]


@pytest.fixture
def jobs(control: Control) -> list[str]:
    return control.seed(
        {"name": "Delta", "scenario": "suspended", "owner": "vbr02.example.com"},
        {"name": "Alpha", "scenario": "failed"},
        {"name": "Charlie", "scenario": "running", "kind": "copy"},
        {"name": "Bravo 2", "scenario": "warning", "description": 'the "second"'},
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ScheduleEnabled==true", ["Alpha", "Bravo 2", "Charlie"]),
        ("scheduleenabled==False", ["Delta"]),
        ('Name=="Bravo 2"', ["Bravo 2"]),
        ('Description=="the ""second"""', ["Bravo 2"]),
        ("Name!=Alpha;JobType==Backup", ["Bravo 2", "Delta"]),
        ("Name==Alpha,Name==Delta;JobType==Replica", ["Alpha"]),
        ("(Name==Alpha,Name==Delta);ScheduleEnabled==true", ["Alpha"]),
        ("JobType==backup", ["Alpha", "Bravo 2", "Delta"]),
        ("JobType!=IMMEDIATEBACKUPCOPY;Platform==vmware", ["Alpha", "Bravo 2", "Delta"]),
        ("Name==alpha", []),
        ('BackupServerName=="vbr02.example.com"', ["Delta"]),
        ("Name>=Charlie", ["Charlie", "Delta"]),
        ('NextRun>"2020-01-01T00:00:00Z"', ["Alpha", "Bravo 2"]),
        ('NextRun<"2020-01-01"', []),
    ],
)
def test_filters_of_jobs(client: Client, jobs: list[str], text: str, expected: list[str]) -> None:
    assert names(client, filter=text) == expected


def test_filters_of_sessions(client: Client, jobs: list[str]) -> None:
    def found(text: str) -> set[str]:
        query = {"type": "BackupJobSession", "format": "entities", "filter": text}
        body = client.send("GET", "/query", params=query, headers={"Accept": "application/json"}).json()
        return {run["JobName"] for run in body["Entities"]["BackupJobSessions"]["BackupJobSessions"]}

    assert found('result=="Failed";creationtime>"2020-01-01T00:00:00.5Z"') == {"Alpha"}
    assert found("result>=warning;jobtype==backup;state==stopped") == {"Alpha", "Bravo 2"}
    assert found("Result>=Warning") == {"Alpha", "Bravo 2"}
    assert found(f'JobUid=="urn:veeam:Job:{jobs[2]}"') == {"Charlie"}
    assert found("State!=Stopped;IsRetry==false") == {"Charlie"}


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"type": "Tape"},
        {"type": "Job", "format": "Entity"},
        {"type": "Job", "filter": "Owner==me"},
        {"type": "Job", "filter": "Name"},
        {"type": "Job", "filter": "Name==a&Name==b"},
        {"type": "Job", "filter": "(Name==Alpha"},
        {"type": "Job", "filter": "Name==Alpha)"},
        {"type": "Job", "filter": "ScheduleEnabled==yes"},
        {"type": "Job", "filter": "NextRun>yesterday"},
        {"type": "BackupJobSession", "filter": "Result==Cancelled"},
        {"type": "Job", "sortAsc": "Owner"},
        {"type": "Job", "pageSize": "0"},
        {"type": "Job", "page": "first"},
    ],
)
def test_bad_queries(client: Client, control: Control, parameters: Json) -> None:
    control.seed({"name": "Alpha"})
    assert client.send("GET", "/query", params=parameters).status_code == 400


@pytest.mark.parametrize("text", ["Name=Alpha", ";", "Name==", "Name==a b", 'Name=="a'])
def test_filters_that_cannot_be_read(text: str) -> None:
    with pytest.raises(BadQuery):
        parse_filter(text, KNOWN)


def test_pages(client: Client, jobs: list[str]) -> None:
    path = "/query?type=Job&format=Entities&filter=Name!%3Dx&sortDesc=Name&pageSize=3"
    first = client.xml(path)
    assert [job.get("Name") for job in first.iterfind("v:Entities/v:Jobs/v:Job", NS)] == ["Delta", "Charlie", "Bravo 2"]
    info = first.find("v:PagingInfo", NS)
    assert info is not None
    assert info.attrib == {"PageNum": "1", "PageSize": "3", "PagesCount": "2"}
    links = {link.get("Rel"): link.get("Href", "") for link in info.iterfind("v:Links/v:Link", NS)}
    assert list(links) == ["First", "Next", "Last"]
    assert links["Next"] == (
        f"{client.url}/query?type=Job&format=Entities&filter=Name%21%3dx&sortDesc=Name&pageSize=3&page=2"
    )
    second = client.xml(links["Next"].replace(client.url, ""))
    assert [job.get("Name") for job in second.iterfind("v:Entities/v:Jobs/v:Job", NS)] == ["Alpha"]
    rels = [link.get("Rel") for link in second.iterfind("v:PagingInfo/v:Links/v:Link", NS)]
    assert rels == ["First", "Previous", "Last"]


def test_page_sizes(client: Client, control: Control) -> None:
    """The default and the maximum are undocumented."""
    control.seed(*({"name": f"{number:03d}"} for number in range(120)))
    assert len(names(client)) == 100
    assert len(names(client, pageSize=2000)) == 120
    control.knobs(max_page_size=50)
    assert len(names(client, pageSize=2000)) == 50
    control.knobs(max_page_size=0, default_page_size=0)
    assert len(names(client)) == 120


def test_hex_digits_of_the_filter(client: Client, control: Control) -> None:
    path = "/query?type=Job&filter=Name>%22a%22"
    assert "filter=Name%3e%22a%22" in client.send("GET", path).text
    control.knobs(filter_hex="upper")
    assert "filter=Name%3E%22a%22" in client.send("GET", path).text


def test_answer_in_json(client: Client, jobs: list[str]) -> None:
    body = client.json("/query?type=Job&format=Entities&pageSize=10")
    assert body["Refs"] is body["Resources"] is body["Entities"]["FailoverPlans"] is None
    assert len(body["Entities"]["Jobs"]["Jobs"]) == 4
    assert body["PagingInfo"]["PagesCount"] == 1
    assert set(body["PagingInfo"]["Links"][0]) == {"Rel", "Href", "Name", "Type"}


def test_answer_in_xml(client: Client) -> None:
    text = client.send("GET", "/query?type=Job&format=Entities").text
    assert f'xmlns="{NAMESPACE}"' in text
    assert 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"' in text
    assert "<Entities><Jobs /></Entities>" in text


@pytest.mark.parametrize(
    ("type_", "kind", "key"),
    [
        ("AgentBackupJob", "agent", "AgentBackupJob"),
        ("NasJob", "nas", "NASJobs"),
        ("cdpPolicy", "cdp", "CdpPolicies"),
    ],
)
def test_other_kinds(client: Client, control: Control, type_: str, kind: str, key: str) -> None:
    control.seed({"name": "X", "kind": kind}, {"name": "Y", "kind": kind, "scenario": "suspended"})
    path = f"/query?type={type_}&format=Entities&filter=ScheduleEnabled==true"
    assert [job["Name"] for job in client.json(path)["Entities"][key][key]] == ["X"]
    refs = client.json(f"/query?type={type_}")["Refs"]["Refs"]
    assert [ref["Name"] for ref in refs] == ["X", "Y"]


def test_sessions_tasks_and_servers(client: Client, control: Control) -> None:
    control.seed({"name": "R", "kind": "replica", "scenario": "completed"})
    control.seed({"name": "P", "kind": "cdp", "scenario": "running"})
    (job,) = control.seed({"name": "X"})
    assert len(client.xml("/query?type=ReplicaJobSession").findall("v:Refs/v:Ref", NS)) == 1
    query = 'type=CdpReplicaSession&format=Entities&filter=CreationTimeUTC>="2020-06-15";State==Working'
    found = client.xml(f"/query?{query}")
    assert len(found.findall("v:Entities/v:CdpReplicaSessions/v:CdpPolicySession", NS)) == 1
    servers = client.xml("/query?type=BackupServer&format=Entities")
    assert len(servers.findall("v:Entities/v:BackupServers/v:BackupServer", NS)) == 1
    finish(client, control, client.act(f"/jobs/{job}?action=toggleScheduleEnabled"))
    tasks = client.xml("/query?type=Task&filter=State==Finished;Operation==UpdateJob")
    assert [task.findtext("v:TaskId", "", NS) for task in tasks.iterfind("v:Resources/v:Tasks/v:Task", NS)] == [
        "task-1"
    ]
