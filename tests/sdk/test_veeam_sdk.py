# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Public clients of Enterprise Manager drive the simulator: veeam-em, veeam and (over TLS) veeam-easy-connect."""

from __future__ import annotations

import typing as t

import pytest
import requests
import trustme
from veeam.client import VeeamClient
from veeam_easy_connect import VeeamEasyConnect
from veeam_em.exceptions import VeeamEmError
from veeam_em.manager import VeeamEm

from simulators.core.control import Control
from simulators.core.server import Server, serving, tls_context
from simulators.veeam.simulator import create


@pytest.fixture
def server() -> t.Iterator[Server]:
    with serving(create()) as running:
        running.simulator.clock.freeze(True)
        yield running


@pytest.fixture
def control(server: Server) -> Control:
    return Control(server.origin)


@pytest.fixture
def em(server: Server) -> VeeamEm:
    em = VeeamEm(api_endpoint=server.origin)
    em.get_token(server.simulator.username, server.simulator.password)
    return em


def finished(em: VeeamEm, control: Control, task: dict[str, t.Any]) -> dict[str, t.Any]:
    """The Result of a Task that is polled until it is finished."""
    assert (task["State"], task["Result"]) == ("Running", None)
    control.advance(0.1)
    control.advance(0.1)
    done = em.request(f"/tasks/{task['TaskId']}")
    assert done["State"] == "Finished"
    return t.cast("dict[str, t.Any]", done["Result"])


def act(em: VeeamEm, control: Control, job: str, action: str) -> dict[str, t.Any]:
    return finished(em, control, em.request(f"/jobs/{job}", params={"action": action}, method=em.POST))


def enabled(em: VeeamEm, job: str) -> bool:
    return bool(em.request(f"/jobs/{job}", params={"format": "Entity"})["ScheduleEnabled"])


def runs(em: VeeamEm, job: str) -> list[dict[str, t.Any]]:
    answer = em.request(f"/jobs/{job}/backupSessions", params={"format": "Entity"})
    return t.cast("list[dict[str, t.Any]]", answer["BackupJobSessions"])


def test_veeam_em_logs_in_and_out(em: VeeamEm, control: Control) -> None:
    session = em.session_data["SessionId"]
    assert em.whoami()["UserName"] == "EXAMPLE\\operator"
    assert [one["SessionId"] for one in em.get_logon_sessions()] == [session]
    assert em.request(f"/logonSessions/{session}", method=em.DELETE)["status"] == 204
    assert control.sessions() == 0
    with pytest.raises(VeeamEmError, match="status: 401"):
        em.request("/jobs")


def test_veeam_em_lists(em: VeeamEm, control: Control) -> None:
    control.seed({"name": "CRM Backup"}, {"name": "ERP Backup", "scenario": "suspended"})
    assert [ref["Name"] for ref in em.request("/jobs")["Refs"]] == ["CRM Backup", "ERP Backup"]
    jobs = em.request("/jobs", params={"format": "Entity"})["Jobs"]
    assert [job["ScheduleEnabled"] for job in jobs] == [True, False]


def test_veeam_em_suspends_and_resumes(em: VeeamEm, control: Control) -> None:
    (job,) = control.seed({"name": "CRM Backup", "scenario": "running"})
    assert act(em, control, job, "toggleScheduleEnabled") == {"Success": True, "Message": "Ok"}
    assert enabled(em, job) is False
    assert control.jobs()[job]["held"] is True
    edit = {"ScheduleEnabled": True, "Type": "Job"}
    task = em.request(f"/jobs/{job}", params={"action": "edit"}, method=em.PUT, payload=edit)
    assert task["Operation"] == "EditJob"
    assert finished(em, control, task) == {"Success": True, "Message": "Ok"}
    assert enabled(em, job) is True
    assert runs(em, job)[-1]["State"] == "Working"
    assert em.request(f"/tasks/{task['TaskId']}", method=em.DELETE)["status"] == 204


def test_veeam_em_stops_and_retries(em: VeeamEm, control: Control) -> None:
    (job,) = control.seed({"name": "CRM Backup", "scenario": "running"})
    assert act(em, control, job, "stop")["Message"] == 'Job "CRM Backup" triggered to stop.'
    control.advance(1)
    assert (runs(em, job)[-1]["State"], runs(em, job)[-1]["Result"]) == ("Stopped", "Failed")
    assert act(em, control, job, "retry") == {"Success": True, "Message": 'Job "CRM Backup" triggered to retry.'}
    control.advance(1)
    assert runs(em, job)[-1]["IsRetry"] is True
    assert act(em, control, job, "retry")["Success"] is False


def test_veeam_em_reads_errors(em: VeeamEm, server: Server) -> None:
    with pytest.raises(VeeamEmError, match="status: 404"):
        em.request("/jobs/none")
    with pytest.raises(VeeamEmError, match="status: 500"):
        em.get_logon_session("nope")
    with pytest.raises(requests.HTTPError, match="401 Client Error"):
        VeeamEm(api_endpoint=server.origin).get_token(server.simulator.username, "wrong")


def test_veeam_em_and_the_ways_of_servers(em: VeeamEm, control: Control, server: Server) -> None:
    control.seed({"name": "CRM Backup"})
    control.knobs(json_generation="v13")
    assert em.request("/jobs")["refs"][0]["name"] == "CRM Backup"
    with pytest.raises(VeeamEmError, match="Could not generate token"):
        VeeamEm(api_endpoint=server.origin).get_token(server.simulator.username, server.simulator.password)
    control.knobs(bom=True)
    with pytest.raises(ValueError, match="valid JSON"):
        em.request("/jobs")


def test_veeam_reads(server: Server, control: Control) -> None:
    failed, done = control.seed(
        {"name": "CRM Backup", "scenario": "failed"}, {"name": "ERP Backup", "scenario": "completed"}
    )
    client = VeeamClient(server.url.rstrip("/"), server.simulator.username, server.simulator.password)
    assert [ref["Name"] for ref in client.get_jobs()["Refs"]] == ["CRM Backup", "ERP Backup"]
    assert client.get_job(failed)["Name"] == "CRM Backup"
    assert client.get_backup_sessions(done)["BackupJobSessions"][0]["Result"] == "Success"
    assert "CRM Backup" in str(client.get_failed_jobs())
    assert "ERP Backup" not in str(client.get_failed_jobs())
    client.logout()
    assert control.sessions() == 0


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_veeam_easy_connect_over_tls() -> None:
    with serving(create(), context=tls_context(trustme.CA())) as server:
        simulator = server.simulator
        simulator.clock.freeze(True)
        job = simulator.seed({"name": "CRM Backup", "scenario": "failed"})
        client = VeeamEasyConnect(simulator.username, simulator.password, False).ent_man()
        client.update_port(server.origin.rpartition(":")[2])
        client.login("127.0.0.1")
        assert client.get_access_token()
        assert [ref["Name"] for ref in client.get("jobs", False)["Refs"]] == ["CRM Backup"]
        for action in ("toggleScheduleEnabled", "retry"):
            task = client.post(f"jobs/{job}?action={action}", None, False)
            simulator.clock.advance(0.5)
            assert client.get(f"tasks/{task['TaskId']}", False)["Result"]["Success"] is True
        assert client.get(f"jobs/{job}?format=Entity", False)["ScheduleEnabled"] is False
