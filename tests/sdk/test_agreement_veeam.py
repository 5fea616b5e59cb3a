# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""veeam-em and our Veeam package look at the same Enterprise Manager: they read the same and see each other's changes.

The client speaks the JSON of version 12 only; ours is tried beside it in JSON and in XML.
"""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from sdk.agreement import Ours, Rows, in_utc, mixed, real_ansible, reported, row
from veeam_em.manager import VeeamEm

from ansible_collections.batchops.job_control.plugins.module_utils._model import JobState, Running, Verb, VerbOptions
from simulators.core.control import Control
from simulators.core.server import Server, serving
from simulators.veeam.estate import estate
from simulators.veeam.simulator import create

SHARED = (
    "name",
    "type",
    "owner",
    "halted",
    "raw_state",
    "run_id",
    "started",
    "ended",
    "next_run",
    "progress",
    "reason",
)
#: collection of jobs -> key of the list
JOBS = {"jobs": "Jobs", "agents/jobs": "AgentBackupJobs", "nas/jobs": "NASJobs", "cdpPolicies": "CdpPolicies"}
#: collection of sessions -> key of the list
SESSIONS = {
    "backupSessions": "BackupJobSessions",
    "replicaSessions": "ReplicaJobSessions",
    "cdpReplicaSessions": "CdpReplicaSessions",
}
NAMES_OF_TYPES = {"NASJobs": "NasBackup", "CdpPolicies": "CdpReplica"}  # of those whose jobs do not say it

wire_formats = pytest.mark.parametrize("wire_format", ["json", "xml"])


@pytest.fixture
def server() -> t.Iterator[Server]:
    with serving(create()) as running:
        running.simulator.clock.freeze(True)
        yield running


@pytest.fixture
def control(server: Server) -> Control:
    return Control(server.origin)


class Sdk:
    """veeam-em, which has one generic call."""

    def __init__(self, server: Server) -> None:
        self._em = VeeamEm(api_endpoint=server.origin)
        self._em.get_token(server.simulator.username, server.simulator.password)
        self._control = Control(server.origin)

    def jobs(self) -> Rows:
        """Every job, with its latest session."""
        latest = self._latest_sessions()
        return {
            bare(job["UID"]): values(job, NAMES_OF_TYPES.get(key, ""), latest.get(bare(job["UID"])))
            for path, key in JOBS.items()
            for job in self.read(path)[key]
        }

    def _latest_sessions(self) -> dict[str, dict[str, t.Any]]:
        sessions = [session for path, key in SESSIONS.items() for session in self.read(path)[key]]
        sessions.sort(key=lambda session: session["CreationTimeUTC"])
        return {bare(session.get("JobUid") or session["PolicyUid"]): session for session in sessions}

    def read(self, path: str) -> dict[str, t.Any]:
        return t.cast("dict[str, t.Any]", self._em.request(f"/{path}", params={"format": "Entity"}))

    def is_enabled(self, path: str) -> bool:
        return bool(self.read(path)["ScheduleEnabled"])

    def runs(self, job_id: str) -> list[dict[str, t.Any]]:
        return t.cast("list[dict[str, t.Any]]", self.read(f"jobs/{job_id}/backupSessions")["BackupJobSessions"])

    def act(self, path: str, action: str) -> None:
        self._follow(self._em.request(f"/{path}", params={"action": action}, method=self._em.POST))

    def act_by_path(self, path: str, action: str) -> None:
        self._follow(self._em.request(f"/{path}/{action}", method=self._em.POST))

    def edit(self, job_id: str, enabled: bool) -> None:
        edit = {"ScheduleEnabled": enabled, "Type": "Job"}
        self._follow(self._em.request(f"/jobs/{job_id}", params={"action": "edit"}, method=self._em.PUT, payload=edit))

    def _follow(self, task: dict[str, t.Any]) -> None:
        """Wait for the end of a task, on the product's time."""
        while task["State"] != "Finished":
            self._control.advance(0.1)
            task = self._em.request(f"/tasks/{task['TaskId']}")
        assert task["Result"]["Success"] is True, task
        self._control.advance(1)

    def log_out(self) -> None:
        session = self._em.session_data["SessionId"]
        self._em.request(f"/logonSessions/{session}", method=self._em.DELETE)


def bare(uid: str) -> str:
    return uid.rpartition(":")[2]


def values(job: dict[str, t.Any], type_: str, session: dict[str, t.Any] | None) -> dict[str, t.Any]:
    shown = session or {}
    return {
        "name": job["Name"],
        "type": job.get("JobType") or job.get("PolicyType") or type_,
        "owner": next(link["Name"] for link in job["Links"] if link["Type"] == "BackupServerReference"),
        "halted": not job["ScheduleEnabled"],
        "raw_state": described(session) + ("" if job["ScheduleEnabled"] else ", disabled"),
        "run_id": bare(shown.get("UID", "")),
        "started": in_utc(shown.get("CreationTimeUTC")),
        "ended": in_utc(shown.get("EndTimeUTC")),
        "next_run": in_utc(job.get("NextRun")),
        "progress": shown.get("Progress"),
        "reason": shown.get("FailureMessage") or "",
    }


def described(session: dict[str, t.Any] | None) -> str:
    """A session in the words of our package."""
    if session is None:
        return "no session"
    return f"Stopped/{session['Result']}" if session["State"] == "Stopped" else str(session["State"])


@pytest.fixture
def sdk(server: Server) -> Sdk:
    return Sdk(server)


# --- what they read --------------------------------------------------------------------------------------------------


@wire_formats
@pytest.mark.parametrize("digits", [0, 3, 6])
def test_lists_are_equal(server: Server, control: Control, sdk: Sdk, wire_format: str, digits: int) -> None:
    control.knobs(fraction_digits=digits)
    seeded = control.seed(*mixed(estate), *({"name": kind, "kind": kind} for kind in ("replica", "nas", "cdp")))
    theirs = sdk.jobs()
    assert Ours(server, wire_format=wire_format).rows(*SHARED) == theirs
    assert set(theirs) == set(seeded)
    assert len({row["raw_state"] for row in theirs.values()}) >= 6
    assert len({row["type"] for row in theirs.values()}) == 6
    assert all(any(row[name] for row in theirs.values()) for name in SHARED)


@wire_formats
def test_single_jobs_are_equal(server: Server, control: Control, sdk: Sdk, wire_format: str) -> None:
    seeded = control.seed(*mixed(estate))
    theirs, ours = sdk.jobs(), Ours(server, wire_format=wire_format)
    for job_id in seeded:
        assert row(ours.jobs(job_id)[job_id], *SHARED) == theirs[job_id]


def test_version_13_means_the_same(server: Server, control: Control, sdk: Sdk) -> None:
    """The client logs in to version 12 only; with that token it reads version 13, whose keys are in camelCase."""
    control.seed(*mixed(estate))
    control.knobs(json_generation="v13")
    shown = {bare(job["uid"]): (job["name"], not job["scheduleEnabled"]) for job in sdk.read("jobs")["jobs"]}
    ours = Ours(server, wire_format="json").jobs()
    assert shown
    assert {job_id: (ours[job_id].name, ours[job_id].halted) for job_id in shown} == shown


# --- what they change ------------------------------------------------------------------------------------------------


@wire_formats
def test_we_see_what_the_sdk_toggles_and_edits(server: Server, control: Control, sdk: Sdk, wire_format: str) -> None:
    (job_id,) = control.seed({"name": "CRM Backup"})
    ours = Ours(server, wire_format=wire_format)
    sdk.act(f"jobs/{job_id}", "toggleScheduleEnabled")
    assert ours.state(job_id) is JobState.HELD
    assert ours.has_nothing_to_do(Verb.SUSPEND, job_id)
    sdk.edit(job_id, enabled=True)
    assert ours.state(job_id) is JobState.QUEUED
    assert ours.has_nothing_to_do(Verb.RESUME, job_id)
    sdk.edit(job_id, enabled=False)
    assert ours.has_nothing_to_do(Verb.SUSPEND, job_id)


@wire_formats
def test_each_kind_of_job_is_disabled_by_either(server: Server, control: Control, sdk: Sdk, wire_format: str) -> None:
    kinds = {"copy": "jobs", "replica": "jobs", "agent": "agents/jobs", "nas": "nas/jobs", "cdp": "cdpPolicies"}
    seeded = control.seed(*({"name": kind, "kind": kind} for kind in kinds))
    paths = {job_id: f"{root}/{job_id}" for job_id, root in zip(seeded, kinds.values())}
    ours = Ours(server, wire_format=wire_format)
    ours.change(Verb.SUSPEND, *seeded)
    assert not any(sdk.is_enabled(path) for path in paths.values())
    for path in paths.values():
        if path.startswith("nas"):
            sdk.act_by_path(path, "toggleScheduleEnabled")
        else:
            sdk.act(path, "enable" if path.startswith("cdp") else "toggleScheduleEnabled")
    assert ours.has_nothing_to_do(Verb.RESUME, *seeded)
    ours.change(Verb.SUSPEND, *seeded)
    ours.change(Verb.RESUME, *seeded)
    assert all(sdk.is_enabled(path) for path in paths.values())


def test_a_toggle_of_the_sdk_is_not_undone(server: Server, control: Control, sdk: Sdk) -> None:
    """We planned a toggle, and somebody else was faster."""
    (job_id,) = control.seed({"name": "branch", "kind": "agent"})
    ours = Ours(server)
    planned = ours.jobs(job_id)[job_id]
    sdk.act(f"agents/jobs/{job_id}", "toggleScheduleEnabled")
    (answer,) = ours.system.act(Verb.SUSPEND, [planned], VerbOptions())
    assert "meanwhile" in str(answer.error)
    assert not sdk.is_enabled(f"agents/jobs/{job_id}")


@wire_formats
def test_a_disabled_job_with_a_session_means_the_same(
    server: Server, control: Control, sdk: Sdk, wire_format: str
) -> None:
    (job_id,) = control.seed({"name": "CRM Backup", "scenario": "running"})
    ours = Ours(server, wire_format=wire_format)
    sdk.edit(job_id, enabled=False)
    assert ours.state(job_id) is JobState.SUSPENDING
    assert sdk.jobs()[job_id]["raw_state"] == ours.jobs(job_id)[job_id].raw_state == "Working, disabled"
    assert ours.has_nothing_to_do(Verb.SUSPEND, job_id)
    ours.change(Verb.SUSPEND, job_id, running=Running.CANCEL)
    assert sdk.runs(job_id)[-1]["State"] == "Stopped"


@wire_formats
def test_a_session_is_stopped_by_either(server: Server, control: Control, sdk: Sdk, wire_format: str) -> None:
    theirs, mine = control.seed({"name": "a", "scenario": "running"}, {"name": "b", "scenario": "running"})
    ours = Ours(server, wire_format=wire_format)
    sdk.act(f"jobs/{theirs}", "stop")
    assert ours.state(theirs) is JobState.FAILED
    assert ours.has_nothing_to_do(Verb.CANCEL_RUNNING, theirs)
    ours.change(Verb.CANCEL_RUNNING, mine)
    assert [sdk.runs(job_id)[-1]["State"] for job_id in (theirs, mine)] == ["Stopped"] * 2


@wire_formats
def test_a_failed_job_is_retried_by_either(server: Server, control: Control, sdk: Sdk, wire_format: str) -> None:
    theirs, mine = control.seed({"name": "a", "scenario": "failed"}, {"name": "b", "scenario": "failed"})
    ours = Ours(server, wire_format=wire_format)
    sdk.act(f"jobs/{theirs}", "retry")
    assert ours.state(theirs) is JobState.RUNNING
    assert ours.has_nothing_to_do(Verb.RETRY, theirs)
    ours.change(Verb.RETRY, mine)
    assert [sdk.runs(job_id)[-1]["IsRetry"] for job_id in (theirs, mine)] == [True] * 2
    assert [len(sdk.runs(job_id)) for job_id in (theirs, mine)] == [2, 2]


def test_neither_ends_the_session_of_the_other(server: Server, control: Control, sdk: Sdk) -> None:
    ours = Ours(server)
    ours.jobs()
    assert control.sessions() == 2
    ours.system.close()
    assert sdk.jobs() == {}
    ours = Ours(server)
    ours.jobs()
    sdk.log_out()
    assert ours.jobs() == {}
    assert control.sessions() == 1


# --- through Ansible -------------------------------------------------------------------------------------------------


def test_the_modules_agree_too(server: Server, control: Control, sdk: Sdk, tmp_path: pathlib.Path) -> None:
    control.seed(*mixed(estate))
    (chosen,) = control.seed({"name": "chosen"})
    ansible = real_ansible(server, tmp_path)
    sdk.act(f"jobs/{chosen}", "toggleScheduleEnabled")

    again = ansible.module("veeam", "job_suspend", job_ids=[chosen])
    assert (again.status, again.result["changed"]) == (0, False), again.output
    info = ansible.module("veeam", "job_info")
    names = ("name", "type", "owner", "raw_state")
    assert reported(info.jobs, *names) == reported(sdk.jobs(), *names)
    assert info.jobs[chosen]["state"] == "held"
    resumed = ansible.module("veeam", "job_resume", job_ids=[chosen])
    assert (resumed.status, resumed.result["changed"]) == (0, True), resumed.output
    assert sdk.is_enabled(f"jobs/{chosen}")
