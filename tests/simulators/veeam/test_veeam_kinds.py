# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copy, replica, agent, file share jobs and CDP policies: each has its own root, links and verbs."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from simulators.core.control import Control
from simulators.veeam.raw_client import NS, Client, enabled, finish
from simulators.veeam.wire import NAMESPACE

ROOTS = {
    "job": "jobs",
    "copy": "jobs",
    "replica": "jobs",
    "agent": "agents/jobs",
    "nas": "nas/jobs",
    "cdp": "cdpPolicies",
}
VERBS = {"Start", "Stop", "Retry", "ToggleScheduleEnabled"}


def links(client: Client, path: str) -> dict[str, str]:
    """The Rel and Href (without the base) of an entity's links to verbs."""
    found = client.xml(path).iterfind("v:Links/v:Link", NS)
    verbs = VERBS | {"Edit", "Sync", "Disable", "Enable"}
    pairs = {link.get("Rel", ""): link.get("Href", "").replace(client.url, "") for link in found}
    return {rel: href for rel, href in pairs.items() if rel in verbs}


def test_each_kind_lists_its_own(client: Client, control: Control) -> None:
    control.seed(*({"name": kind, "kind": kind} for kind in ROOTS))
    assert [ref["Name"] for ref in client.json("/jobs")["Refs"]] == ["job", "copy", "replica"]
    assert [job["Name"] for job in client.json("/agents/jobs?format=Entity")["AgentBackupJobs"]] == ["agent"]
    assert [job["Name"] for job in client.json("/nas/jobs?format=Entity")["NASJobs"]] == ["nas"]
    assert [job["Name"] for job in client.json("/cdpPolicies?format=Entity")["CdpPolicies"]] == ["cdp"]


@pytest.mark.parametrize(
    ("kind", "element", "type_", "verbs"),
    [
        ("job", "Job", "Job", VERBS | {"Edit"}),
        ("replica", "Job", "Job", VERBS | {"Edit"}),
        ("copy", "Job", "Job", {"ToggleScheduleEnabled", "Sync"}),
        ("agent", "AgentBackupJob", "AgentBackupJob", VERBS),
        ("nas", "NASJob", "NasJob", VERBS),
        ("cdp", "CdpPolicy", "CdpPolicy", {"Edit", "Disable"}),
    ],
)
def test_entity_of_each_kind(
    client: Client, control: Control, kind: str, element: str, type_: str, verbs: set[str]
) -> None:
    (job,) = control.seed({"name": "X", "kind": kind})
    path = f"/{ROOTS[kind]}/{job}?format=Entity"
    entity = client.xml(path)
    assert entity.tag == f"{{{NAMESPACE}}}{element}"
    assert (entity.get("Type"), entity.get("UID")) == (type_, f"urn:veeam:{type_}:{job}")
    assert set(links(client, path)) == verbs


def test_words_of_the_kinds(client: Client, control: Control) -> None:
    copy, agent = control.seed({"name": "C", "kind": "copy"}, {"name": "A", "type": "AgentBackup"})
    found = client.json(f"/jobs/{copy}?format=Entity")
    assert (found["JobType"], found["Platform"], found["NextRun"]) == ("ImmediateBackupCopy", "CustomPlatform", None)
    assert "ImmediateCopyMode" in found["JobScheduleOptions"]
    found = client.json(f"/agents/jobs/{agent}?format=Entity")
    assert (found["JobType"], found["Platform"]) == ("AgentBackup", "AgentForWindows")


def test_a_copy_job_waits_in_an_idle_session(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "C", "kind": "copy"})
    (run,) = client.json(f"/jobs/{job}/backupSessions?format=Entity")["BackupJobSessions"]
    assert run["State"] == "Idle"
    assert control.jobs()[job]["running"] is False


def test_copy_job_verbs(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "C", "kind": "copy", "scenario": "completed"})
    task = client.act(f"/jobs/{job}?action=sync")
    assert finish(client, control, task)[:2] == ("StartJobSync", "true")
    assert finish(client, control, client.act(f"/jobs/{job}?action=toggleScheduleEnabled"))[1] == "true"
    assert enabled(client, job) == "false"
    for verb in ("start", "stop", "retry"):
        assert finish(client, control, client.act(f"/jobs/{job}?action={verb}"))[1] == "false"
    body = f'<Job Type="Job" xmlns="{NAMESPACE}"><ScheduleEnabled>true</ScheduleEnabled></Job>'
    assert finish(client, control, client.act(f"/jobs/{job}?action=edit", "PUT", data=body))[1] == "false"
    control.knobs(unsupported_verb="http_400", toggle_copy="task_failure")  # undocumented
    assert client.send("POST", f"/jobs/{job}?action=stop").status_code == 400
    assert finish(client, control, client.act(f"/jobs/{job}?action=toggleScheduleEnabled"))[1] == "false"


def test_copy_sessions_vary(client: Client, control: Control) -> None:
    control.knobs(copy_worker_sessions=True, copy_progress=0)
    (job,) = control.seed({"name": "C", "kind": "copy", "scenario": "completed"})
    (run,) = client.json(f"/jobs/{job}/backupSessions?format=Entity")["BackupJobSessions"]
    assert (run["JobType"], run["Progress"]) == ("ImmediateBackupCopyWorker", 0)
    assert run["JobName"].startswith("C\\")


def test_replica_sessions(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "R", "kind": "replica", "scenario": "failed"})
    (run,) = client.json(f"/jobs/{job}/replicaSessions?format=Entity")["ReplicaJobSessions"]
    assert (run["Type"], run["JobType"], run["Result"]) == ("ReplicaJobSession", "Replica", "Failed")
    identity = run["UID"].rpartition(":")[2]
    assert client.json(f"/replicaSessions/{identity}?format=Entity")["UID"] == run["UID"]
    assert client.json("/backupSessions")["Refs"] == []
    assert finish(client, control, client.act(f"/jobs/{job}?action=retry"))[0] == "RetryJob"


@pytest.mark.parametrize(
    ("kind", "path", "operation"),
    [
        ("agent", "/agents/jobs/{}?action=toggleScheduleEnabled", "UpdateJob"),
        ("agent", "/agents/jobs/{}?action=retry", "RetryAgentJob"),
        ("nas", "/nas/jobs/{}/toggleScheduleEnabled", "UpdateJob"),
        ("nas", "/nas/jobs/{}/retry", "RetryNasJob"),
        ("nas", "/nas/jobs/{}/Retry", "RetryNasJob"),
    ],
)
def test_verbs_of_agent_and_file_share_jobs(
    client: Client, control: Control, kind: str, path: str, operation: str
) -> None:
    (job,) = control.seed({"name": "X", "kind": kind, "scenario": "failed"})
    assert finish(client, control, client.act(path.format(job)))[:2] == (operation, "true")
    assert sum(control.jobs()[job]["applied"].values()) == 1


@pytest.mark.parametrize(("kind", "stop"), [("agent", "StopAgentJob"), ("nas", "StopNasJob")])
def test_stop_of_agent_and_file_share_jobs(client: Client, control: Control, kind: str, stop: str) -> None:
    (job,) = control.seed({"name": "X", "kind": kind, "scenario": "running"})
    path = f"/nas/jobs/{job}/stop" if kind == "nas" else f"/agents/jobs/{job}?action=stop"
    assert finish(client, control, client.act(path))[:2] == (stop, "true")
    control.advance(1)
    (run,) = client.json(f"/{ROOTS[kind]}/{job}/backupSessions?format=Entity")["BackupJobSessions"]
    assert (run["Result"], run["JobType"]) == ("Failed", {"agent": "AgentBackup", "nas": "NasBackup"}[kind])
    assert len(client.json("/backupSessions")["Refs"]) == 1
    assert len(client.json("/agents/backupSessions")["Refs"]) == (1 if kind == "agent" else 0)


@pytest.mark.parametrize(
    ("kind", "method", "path", "status"),
    [
        ("nas", "POST", "/nas/jobs/{}?action=stop", 405),
        ("nas", "POST", "/nas/jobs/{}/sync", 404),
        ("nas", "GET", "/agents/jobs/{}", 404),
        ("agent", "POST", "/jobs/{}?action=stop", 404),
        ("agent", "PUT", "/agents/jobs/{}?action=edit", 405),
        ("nas", "PUT", "/nas/jobs/{}?action=edit", 405),
        ("cdp", "POST", "/cdpPolicies/{}?action=toggleScheduleEnabled", 400),
        ("cdp", "POST", "/cdpPolicies/{}?action=stop", 400),
    ],
)
def test_wrong_requests(client: Client, control: Control, kind: str, method: str, path: str, status: int) -> None:
    (job,) = control.seed({"name": "X", "kind": kind})
    assert client.send(method, path.format(job)).status_code == status


def test_the_reference_of_a_file_share_job_points_elsewhere(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "N", "kind": "nas"})
    (ref,) = client.json("/nas/jobs")["Refs"]
    assert (ref["Type"], ref["Href"]) == ("NasJobReference", f"{client.url}/agents/jobs/{job}")
    assert f"{client.url}/nas/jobs/{job}?format=Entity" in [link["Href"] for link in ref["Links"]]


def test_no_other_link_leads_nowhere(client: Client, control: Control) -> None:
    """But those that the vendor's samples have wrong: to file share jobs, from their references and sessions."""
    seed: dict[str, Any] = {"scenario": "running", "history": 1, "objects": ["a", "b"]}
    share = control.seed(*({**seed, "name": kind, "kind": kind} for kind in ROOTS))[list(ROOTS).index("nas")]
    verbs = VERBS | {"Sync", "Disable", "Enable", "Clone", "Create", "Delete"}
    seen, ahead, lost = {""}, ["/", "/logonSessions"], set()
    while ahead:
        answer = client.send("GET", path := ahead.pop())
        seen.add(path)
        if answer.status_code == 404:
            lost.add(path)
        found = ET.fromstring(answer.content).iter() if answer.status_code == 200 else ()
        links = {one.get("Href", "").replace(client.url, "") for one in found if one.get("Rel") not in verbs}
        ahead += [link for link in links - seen - set(ahead) if "action=" not in link]
    assert lost == {f"/agents/jobs/{share}", f"/jobs/{share}"}
    assert len(seen) > 100


def test_cdp_policies_are_disabled_and_enabled(client: Client, control: Control) -> None:
    (policy,) = control.seed({"name": "P", "kind": "cdp", "scenario": "running"})
    path = f"/cdpPolicies/{policy}?format=Entity"
    for verb, value, link in (
        ("disable", "false", "Enable"),
        ("disable", "false", "Enable"),
        ("enable", "true", "Disable"),
    ):
        task = client.act(f"/cdpPolicies/{policy}?action={verb}")
        assert finish(client, control, task) == ("UpdateCdpPolicy", "true", "Ok")
        assert enabled(client, policy, "cdpPolicies") == value
        assert link in links(client, path)
    assert control.jobs()[policy]["applied"] == {"disable": 2, "enable": 1}
    (run,) = client.json(f"/cdpPolicies/{policy}/cdpReplicaSessions?format=Entity")["CdpReplicaSessions"]
    assert (run["State"], run["PolicyName"], run["PolicyUid"]) == ("Working", "P", f"urn:veeam:CdpPolicy:{policy}")


def test_a_policy_can_be_edited(client: Client, control: Control) -> None:
    (policy,) = control.seed({"name": "P", "kind": "cdp"})
    body = f'<CdpPolicy Type="CdpPolicy" xmlns="{NAMESPACE}"><ScheduleEnabled>false</ScheduleEnabled></CdpPolicy>'
    finish(client, control, client.act(f"/cdpPolicies/{policy}", "PUT", data=body))
    assert enabled(client, policy, "cdpPolicies") == "false"


def test_a_job_can_be_deleted(client: Client, control: Control) -> None:
    (job,) = control.seed({"name": "X"})
    assert finish(client, control, client.act(f"/jobs/{job}", "DELETE"))[:2] == ("DeleteJob", "true")
    assert client.send("GET", f"/jobs/{job}").status_code == 404
