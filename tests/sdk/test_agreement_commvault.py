# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cvpysdk and our Commvault package look at the same CommCell: they read the same and see each other's changes."""

from __future__ import annotations

import pathlib
import re
import typing as t

import pytest
from cvpysdk.commcell import Commcell
from cvpysdk.exception import SDKException
from sdk.agreement import Ours, Rows, iso, mixed, real_ansible, reported

from ansible_collections.batchops.job_control.plugins.module_utils._model import JobState, Verb
from simulators.commvault.estate import estate
from simulators.commvault.simulator import create
from simulators.core.control import Control
from simulators.core.server import Server, serving

SHARED = ("name", "type", "owner", "raw_state", "started_by", "progress", "started", "ended", "reason")
DAY = 24  # hours

wire_formats = pytest.mark.parametrize("wire_format", ["json", "xml"])


@pytest.fixture
def server() -> t.Iterator[Server]:
    simulator = create()
    simulator.clock.freeze(True)
    with serving(simulator) as running:
        yield running


@pytest.fixture
def control(server: Server) -> Control:
    return Control(server.origin)


@pytest.fixture
def commcell(server: Server) -> t.Any:
    user, password = server.simulator.username, server.simulator.password
    return Commcell("web.example.com", user, password, web_service_url=server.url.rstrip("/"), verify_ssl=False)


def listed(commcell: t.Any, with_admin_jobs: bool = False) -> Rows:
    """All jobs as the SDK lists them."""
    options = {"limit": 1000, "job_summary": "full", "hide_admin_jobs": not with_admin_jobs}
    summaries = commcell.job_controller.all_jobs(lookup_time=DAY, **options)
    return {str(number): values(summary) for number, summary in summaries.items()}


def values(summary: dict[str, t.Any]) -> dict[str, t.Any]:
    client = summary.get("subclient", {}).get("clientName", "") or summary.get("destClientName", "")
    return {
        "name": called(summary["jobType"], client, summary.get("subclientName", "")),
        "type": summary["jobType"],
        "owner": client,
        "raw_state": summary["status"],
        "started_by": summary["userName"]["userName"],
        "progress": summary["percentComplete"],
        "started": iso(summary["jobStartTime"]),
        "ended": iso(summary.get("jobEndTime", 0)),
        "reason": without_tags(summary.get("pendingReason", "")),
    }


def called(kind: str, client: str, subclient: str) -> str:
    place = "/".join(part for part in (client, subclient) if part)
    return f"{kind} {place}".rstrip()


def without_tags(reason: str) -> str:
    return " ".join(re.sub("<.*?>", " ", reason).split())


def status(commcell: t.Any, job_id: str) -> str:
    return str(commcell.job_controller.get(job_id).status)


# --- what they read --------------------------------------------------------------------------------------------------


@wire_formats
@pytest.mark.parametrize("with_admin_jobs", [False, True])
def test_lists_are_equal(
    server: Server, control: Control, commcell: t.Any, wire_format: str, with_admin_jobs: bool
) -> None:
    seeded = control.seed(*mixed(estate))
    theirs = listed(commcell, with_admin_jobs)
    ours = Ours(server, wire_format=wire_format)
    assert ours.rows(*SHARED, include_system_jobs=with_admin_jobs) == theirs
    assert len(theirs) == len(seeded) - (not with_admin_jobs)
    assert len({row["raw_state"] for row in theirs.values()}) >= 6


@wire_formats
def test_single_jobs_are_equal(server: Server, control: Control, commcell: t.Any, wire_format: str) -> None:
    seeded = control.seed(*mixed(estate))
    ours = Ours(server, wire_format=wire_format).jobs(*seeded)
    assert list(ours) == seeded
    for job_id, job in ours.items():
        theirs = commcell.job_controller.get(job_id)
        assert (job.id, job.type, job.raw_state) == (str(theirs.job_id), theirs.job_type, theirs.status)
        assert (job.owner, job.started_by) == (theirs.client_name or "", theirs.username)
        assert job.started == iso(theirs.start_timestamp)
        assert job.ended == (iso(theirs.end_timestamp) if theirs.is_finished else "")
        assert job.state.is_final is theirs.is_finished


def test_counts_are_equal(server: Server, control: Control, commcell: t.Any) -> None:
    control.seed(*mixed(estate))
    counted = commcell.job_controller.get_active_job_summary()
    states = [job.state for job in Ours(server).jobs(include_system_jobs=True).values()]
    assert counted["suspendedJobs"] == states.count(JobState.SUSPENDED) > 0
    assert counted["runningJobs"] == states.count(JobState.RUNNING) > 0


# --- what they change ------------------------------------------------------------------------------------------------


@wire_formats
def test_we_see_what_the_sdk_suspends_and_resumes(
    server: Server, control: Control, commcell: t.Any, wire_format: str
) -> None:
    (job_id,) = control.seed({"name": "default", "scenario": "running"})
    ours, job = Ours(server, wire_format=wire_format), commcell.job_controller.get(job_id)
    job.pause()
    assert ours.state(job_id) is JobState.SUSPENDING
    control.advance(1)
    assert ours.state(job_id) is JobState.SUSPENDED
    assert ours.has_nothing_to_do(Verb.SUSPEND, job_id)
    job.resume()
    control.advance(1)
    assert ours.state(job_id) is JobState.RUNNING
    assert ours.has_nothing_to_do(Verb.RESUME, job_id)


@wire_formats
def test_the_sdk_sees_what_we_suspend_and_resume(
    server: Server, control: Control, commcell: t.Any, wire_format: str
) -> None:
    job_ids = control.seed(*({"name": "default", "scenario": "running"} for _number in range(3)))
    ours, job = Ours(server, wire_format=wire_format), commcell.job_controller.get(job_ids[0])
    ours.change(Verb.SUSPEND, *job_ids)
    assert [status(commcell, job_id) for job_id in job_ids] == ["Suspended"] * 3
    with pytest.raises(SDKException, match="suspend failed"):
        job.pause()
    ours.change(Verb.RESUME, *job_ids)
    control.advance(1)
    assert [status(commcell, job_id) for job_id in job_ids] == ["Running"] * 3
    assert job.status == "Running"


def test_a_suspend_of_all_jobs_leaves_us_nothing_to_do(server: Server, control: Control, commcell: t.Any) -> None:
    job_ids = control.seed({"name": "a", "scenario": "running"}, {"name": "b", "scenario": "queued"})
    commcell.job_controller.suspend_all_jobs()
    control.advance(1)
    assert Ours(server).has_nothing_to_do(Verb.SUSPEND, *job_ids)
    commcell.job_controller.resume_all_jobs()
    control.advance(1)
    assert Ours(server).has_nothing_to_do(Verb.RESUME, *job_ids)


@wire_formats
def test_a_job_is_killed_by_either(server: Server, control: Control, commcell: t.Any, wire_format: str) -> None:
    theirs, mine = control.seed({"name": "a", "scenario": "running"}, {"name": "b", "scenario": "running"})
    ours = Ours(server, wire_format=wire_format)
    commcell.job_controller.get(theirs).kill()
    control.advance(1)
    assert ours.state(theirs) is JobState.CANCELLED
    assert ours.has_nothing_to_do(Verb.CANCEL_RUNNING, theirs)
    ours.change(Verb.CANCEL_RUNNING, mine)
    killed = commcell.job_controller.get(mine)
    assert (killed.status, killed.is_finished) == ("Killed", True)


@wire_formats
def test_a_job_that_the_sdk_has_resubmitted_is_not_resubmitted_again(
    server: Server, control: Control, commcell: t.Any, wire_format: str
) -> None:
    (job_id,) = control.seed({"name": "default", "scenario": "failed"})
    ours = Ours(server, wire_format=wire_format)
    again = commcell.job_controller.get(job_id).resubmit(start_suspended=True)
    assert ours.state(str(again.job_id)) is JobState.SUSPENDED
    assert ours.has_nothing_to_do(Verb.RETRY, job_id)
    ours.change(Verb.RESUME, str(again.job_id))
    assert commcell.job_controller.get(again.job_id).status in ("Waiting", "Running")


@wire_formats
def test_the_sdk_finds_the_job_that_we_resubmit(
    server: Server, control: Control, commcell: t.Any, wire_format: str
) -> None:
    (job_id,) = control.seed({"name": "default", "scenario": "failed"})
    done = Ours(server, wire_format=wire_format).carry_out(Verb.RETRY, job_id, start_suspended=True)
    theirs = commcell.job_controller.get(done[job_id].new_id)
    assert (theirs.status, theirs.subclient_name) == ("Suspended", "default")
    assert status(commcell, job_id) == "Failed"


def test_neither_ends_the_session_of_the_other(server: Server, control: Control, commcell: t.Any) -> None:
    ours = Ours(server)
    ours.jobs()
    assert control.sessions() == 2
    ours.system.close()
    assert control.sessions() == 1
    assert commcell.job_controller.all_jobs() == {}
    ours = Ours(server)
    ours.jobs()
    commcell.logout()
    assert ours.jobs() == {}
    assert control.sessions() == 1


# --- through Ansible -------------------------------------------------------------------------------------------------


def test_the_modules_agree_too(server: Server, control: Control, commcell: t.Any, tmp_path: pathlib.Path) -> None:
    control.seed(*mixed(estate))
    (chosen,) = control.seed({"name": "chosen", "scenario": "running", "type": "Restore"})
    ansible = real_ansible(server, tmp_path)
    commcell.job_controller.get(chosen).pause()
    control.advance(1)

    again = ansible.module("commvault", "job_suspend", job_ids=[chosen])
    assert (again.status, again.result["changed"]) == (0, False), again.output
    info = ansible.module("commvault", "job_info")
    names = ("name", "type", "owner", "raw_state")
    assert reported(info.jobs, *names) == reported(listed(commcell), *names)
    assert info.jobs[chosen]["state"] == "suspended"
    resumed = ansible.module("commvault", "job_resume", job_ids=[chosen])
    assert (resumed.status, resumed.result["changed"]) == (0, True)
    assert status(commcell, chosen) in ("Waiting", "Running")
