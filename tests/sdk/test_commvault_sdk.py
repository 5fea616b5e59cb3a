# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's own client (cvpysdk) and an independent one (pinkopy) drive the simulated Commvault Web Server."""

from __future__ import annotations

import typing as t

import pytest
from cvpysdk.commcell import Commcell
from cvpysdk.exception import SDKException
from pinkopy import CommvaultSession

from simulators.commvault.simulator import CommvaultSimulator
from simulators.core.server import Server, serving


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Server]:
    """The product's time passes instead of the SDK's sleep."""
    sim = CommvaultSimulator()
    sim.clock.freeze(True)
    monkeypatch.setattr("time.sleep", sim.clock.advance)
    with serving(sim) as running:
        yield running


@pytest.fixture
def sim(server: Server) -> CommvaultSimulator:
    assert isinstance(server.simulator, CommvaultSimulator)
    return server.simulator


@pytest.fixture
def commcell(server: Server, sim: CommvaultSimulator) -> t.Any:
    url = f"{server.origin}/SearchSvc/CVWebService.svc"
    return Commcell("web.example.com", sim.username, sim.password, web_service_url=url, verify_ssl=False)


def seed(sim: CommvaultSimulator, scenario: str, **keys: t.Any) -> str:
    return sim.seed({"name": "default", "owner": "client07", "scenario": scenario, **keys})


def state(sim: CommvaultSimulator, job_id: str) -> str:
    sim.tick()
    return str(next(job["state"] for job in sim.snapshot() if job["id"] == job_id))


# --- cvpysdk -------------------------------------------------------------------------------------------------


def test_login_by_host_name_falls_back_to_plain_command_center(server: Server, sim: CommvaultSimulator) -> None:
    host = server.origin.removeprefix("http://")
    Commcell(host, sim.username, sim.password, verify_ssl=False)
    assert sim.sessions() == 1


def test_bad_login_is_reported_in_the_servers_words(server: Server, sim: CommvaultSimulator) -> None:
    url = f"{server.origin}/commandcenter/api"
    with pytest.raises(SDKException, match="username or password you entered is incorrect"):
        Commcell("web.example.com", sim.username, "wrong", web_service_url=url, verify_ssl=False)


def test_logout_ends_the_session(commcell: t.Any, sim: CommvaultSimulator) -> None:
    commcell.logout()
    assert sim.sessions() == 0


def test_expired_token_is_renewed(commcell: t.Any, sim: CommvaultSimulator) -> None:
    job_id = seed(sim, "running")
    sim.expire()
    assert int(job_id) in commcell.job_controller.active_jobs()


def test_lists(commcell: t.Any, sim: CommvaultSimulator) -> None:
    running, suspended = seed(sim, "running"), seed(sim, "suspended", type="Restore")
    done, hidden = seed(sim, "completed"), seed(sim, "running", visible=False)
    controller = commcell.job_controller
    active = controller.active_jobs()
    assert set(active) == {int(running), int(suspended)}
    assert active[int(suspended)]["status"] == "Suspended"
    assert active[int(running)]["client_name"] == "client07"
    assert set(controller.finished_jobs(lookup_time=1)) == {int(done)}
    assert set(controller.active_jobs(job_filter="Restore")) == {int(suspended)}
    assert int(hidden) not in controller.all_jobs(lookup_time=1)


def test_one_job(commcell: t.Any, sim: CommvaultSimulator) -> None:
    job = commcell.job_controller.get(seed(sim, "running", reason="Waiting for media"))
    assert (job.status, job.state, job.job_type) == ("Running", "Running", "Backup")
    assert (job.client_name, job.pending_reason, job.is_finished) == ("client07", "Waiting for media", False)


def test_missing_job_is_said_to_be_missing(commcell: t.Any) -> None:
    with pytest.raises(SDKException, match="No job exists with the specified Job ID: 4711"):
        commcell.job_controller.get(4711)


def test_suspend_resume_and_kill(commcell: t.Any, sim: CommvaultSimulator) -> None:
    job_id = seed(sim, "running")
    job = commcell.job_controller.get(job_id)
    job.pause(wait_for_job_to_pause=True)
    assert state(sim, job_id) == "Suspended"
    job.resume(wait_for_job_to_resume=True)
    assert state(sim, job_id) == "Running"
    job.kill(wait_for_job_to_kill=True)
    assert state(sim, job_id) == "Killed"
    assert sim.snapshot()[0]["applied"] == {"pause": 1, "resume": 1, "kill": 1}


def test_refusal_is_reported_in_the_servers_words(commcell: t.Any, sim: CommvaultSimulator) -> None:
    job = commcell.job_controller.get(seed(sim, "running"))
    with pytest.raises(SDKException, match=r"resume failed\nError: \"Operation failed. Job cannot be"):
        job.resume()


def test_resubmit(commcell: t.Any, sim: CommvaultSimulator) -> None:
    job = commcell.job_controller.get(seed(sim, "failed"))
    again = job.resubmit(start_suspended=True)
    assert again.status == "Suspended"
    assert state(sim, str(again.job_id)) == "Suspended"


def test_all_jobs_at_once(commcell: t.Any, sim: CommvaultSimulator) -> None:
    job_id = seed(sim, "running")
    commcell.job_controller.suspend_all_jobs()
    sim.clock.advance(1)
    assert state(sim, job_id) == "Suspended"


def test_counters_and_cache(commcell: t.Any, sim: CommvaultSimulator) -> None:
    job_id = seed(sim, "suspended")
    assert commcell.job_controller.get_active_job_summary()["suspendedJobs"] == 1
    assert job_id in commcell.job_controller.get_active_jobs_cache(hard=True)


def test_activity_control(commcell: t.Any, sim: CommvaultSimulator) -> None:
    control = commcell.activity_control
    assert control.is_enabled("DATA MANAGEMENT") is True
    control.set("DATA MANAGEMENT", "Disable")
    assert control.is_enabled("DATA MANAGEMENT") is False
    control.enable_after_delay("DATA MANAGEMENT", str(int(sim.clock.now()) + 60))
    sim.clock.advance(61)
    assert control.is_enabled("DATA MANAGEMENT") is True


# --- pinkopy -------------------------------------------------------------------------------------------------


def test_pinkopy_lists_and_reads(server: Server, sim: CommvaultSimulator) -> None:
    job_id = seed(sim, "running")
    service = f"{server.origin}/SearchSvc/CVWebService.svc/"
    session = CommvaultSession(service=service, user=sim.username, pw=sim.password, use_cache=False)
    client_id = str(sim.commcell.directory.clients["client07"].client_id)
    jobs = session.get_jobs(client_id, job_filter="Backup")
    assert [str(job["jobSummary"]["jobId"]) for job in jobs] == [job_id]
    details = session.get_job_details(job_id)
    assert details["progressInfo"]["state"] == "Running"
    bodies = [entry.body for entry in sim.log if entry.target.endswith("JobDetails")]
    assert bodies[-1] == f'<JobManager_JobDetailRequest jobId="{job_id}"/>'
    session.logout()
    assert sim.sessions() == 0
