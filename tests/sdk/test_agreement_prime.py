# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""piapi and our Prime package look at the same server, in several versions of its API: they read the same and see
each other's changes."""

from __future__ import annotations

import pathlib
import typing as t

import piapi
import pytest
from sdk.agreement import Ours, Rows, in_utc, mixed, real_ansible, reported

from ansible_collections.batchops.job_control.plugins.module_utils._model import JobState, Running, Verb
from simulators.core.control import Control
from simulators.core.server import Server, serving
from simulators.prime.estate import estate
from simulators.prime.simulator import create

SHARED = ("name", "type", "owner", "raw_state", "run_id", "started", "ended", "next_run")
HOUR = 3600

versions = pytest.mark.parametrize("version", [1, 3, 4])
wire_formats = pytest.mark.parametrize("wire_format", ["json", "xml"])


@pytest.fixture
def server() -> t.Iterator[Server]:
    with serving(create()) as running:
        running.simulator.clock.freeze(True)
        yield running


@pytest.fixture
def control(server: Server) -> Control:
    """Without a rate limit for each user: piapi sends bursts."""
    control = Control(server.origin)
    control.knobs(rate_per_user=-1)
    return control


class Sdk:
    """piapi in one version of the API."""

    def __init__(self, server: Server, version: int) -> None:
        user, password = server.simulator.username, server.simulator.password
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(piapi, "DEFAULT_API_URI", f"/webacs/api/v{version}/")
            self._api = piapi.PIAPI(server.origin + "/", user, password)
        self._version = version

    def jobs(self, **filters: str) -> Rows:
        found = self._api.request("JobSummary", params=dict(filters), paging_size=7, hold=0)
        summaries = (entity["jobSummaryDTO"] for entity in found)
        return {str(summary["@id"]): values(summary) for summary in summaries}

    def state(self, job_id: str) -> str:
        return str(self.jobs()[job_id]["raw_state"])

    def ask(self, operation: str, *job_ids: str) -> list[str]:
        """Apply an operation to jobs; the ids that it went well for."""
        return self._send(operation, "jobOperationPayload", "jobIds", "jobId", job_ids)

    def cancel_running(self, *run_ids: str) -> list[str]:
        return self._send("cancelrunning", "jobRunOperationPayload", "runIds", "runId", run_ids)

    def _send(self, operation: str, root: str, wrapper: str, item: str, ids: t.Sequence[str]) -> list[str]:
        numbers: t.Any = [int(number) for number in ids]
        if self._version == 1 and len(ids) == 1:
            (numbers,) = numbers
        answer = self._api.request(operation, params={root: {wrapper: {item: numbers}}})
        (result,) = many(answer["mgmtResponse"]["operationResult"])
        succeeded = result.get("success") or {}
        return [str(one["id"]) for one in many(succeeded.get("success", []))]


def many(value: t.Any) -> list[t.Any]:
    """Version 1 has no lists of one."""
    return value if isinstance(value, list) else [value]


def values(summary: dict[str, t.Any]) -> dict[str, t.Any]:
    words = (summary.get(name) for name in ("jobStatus", "runStatus", "resultStatus"))
    return {
        "name": str(summary["jobName"]),
        "type": summary["jobType"],
        "owner": str(summary["username"]),
        "raw_state": " ".join(word for word in words if word),
        "run_id": str(summary.get("runId", "")),
        "started": in_utc(summary.get("lastStartTime")),
        "ended": in_utc(summary.get("completionTime")),
        "next_run": in_utc(summary.get("nextRunTime")),
    }


# --- what they read --------------------------------------------------------------------------------------------------


@wire_formats
@versions
def test_lists_are_equal(server: Server, control: Control, version: int, wire_format: str) -> None:
    seeded = control.seed(*mixed(estate))
    control.knobs(utc_offset_hours=2)
    theirs = Sdk(server, version).jobs()
    ours = Ours(server, prime_api_version=version, wire_format=wire_format)
    assert ours.rows(*SHARED) == theirs
    assert len(theirs) == len(seeded) - 1  # one belongs to the system
    assert len({row["raw_state"] for row in theirs.values()}) >= 7
    assert all(any(row[name] for row in theirs.values()) for name in SHARED)


@wire_formats
@versions
def test_lists_of_the_systems_jobs_are_equal(server: Server, control: Control, version: int, wire_format: str) -> None:
    seeded = control.seed(*mixed(estate))
    sdk = Sdk(server, version)
    theirs = {**sdk.jobs(), **sdk.jobs(username='"SYSTEM"')}
    ours = Ours(server, prime_api_version=version, wire_format=wire_format)
    assert ours.rows(*SHARED, include_system_jobs=True) == theirs
    assert set(theirs) == set(seeded)


@versions
def test_single_jobs_and_filters_are_equal(server: Server, control: Control, version: int) -> None:
    control.seed(*mixed(estate))
    sdk, ours = Sdk(server, version), Ours(server, prime_api_version=version)
    everything = sdk.jobs()
    one = next(iter(everything))
    name = everything[one]["name"]
    assert set(sdk.jobs(jobName=f'"{name}"')) == set(ours.jobs(names=(name,))) == {one}
    suspended = {job_id for job_id, job in ours.jobs().items() if job.halted}
    assert set(sdk.jobs(jobStatus='"SUSPENDED"')) == suspended != set()
    owner = everything[one]["owner"]
    assert set(sdk.jobs(username=f'"{owner}"')) == set(ours.jobs(owners=(owner,)))


def test_virtual_domains_are_the_same(server: Server, control: Control) -> None:
    north, _south = control.seed({"name": "n", "domain": "NORTH"}, {"name": "s", "domain": "SOUTH"})
    assert list(Sdk(server, 4).jobs(**{"_ctx.domain": "NORTH"})) == [north]
    assert list(Ours(server, prime_virtual_domain="NORTH").jobs()) == [north]


# --- what they change ------------------------------------------------------------------------------------------------


@wire_formats
@versions
def test_we_see_what_the_sdk_suspends_and_resumes(
    server: Server, control: Control, version: int, wire_format: str
) -> None:
    job_ids = control.seed({"name": "a"}, {"name": "b"})
    sdk, ours = Sdk(server, version), Ours(server, prime_api_version=version, wire_format=wire_format)
    assert sdk.ask("suspend", *job_ids) == job_ids
    assert [job.state for job in ours.jobs(*job_ids).values()] == [JobState.SUSPENDED] * 2
    assert ours.has_nothing_to_do(Verb.SUSPEND, *job_ids)
    assert sdk.ask("resume", job_ids[0]) == job_ids[:1]
    assert [job.state for job in ours.jobs(*job_ids).values()] == [JobState.QUEUED, JobState.SUSPENDED]
    assert ours.has_nothing_to_do(Verb.RESUME, job_ids[0])


@wire_formats
@versions
def test_the_sdk_sees_what_we_suspend_and_resume(
    server: Server, control: Control, version: int, wire_format: str
) -> None:
    one, two, other = control.seed({"name": "a"}, {"name": "b"}, {"name": "c"})
    sdk, ours = Sdk(server, version), Ours(server, prime_api_version=version, wire_format=wire_format)
    ours.change(Verb.SUSPEND, one, two)
    assert set(sdk.jobs(jobStatus='"SUSPENDED"')) == {one, two}
    assert sdk.ask("suspend", one) == []  # the product refuses what is suspended already
    ours.change(Verb.RESUME, two)
    assert set(sdk.jobs(jobStatus='"SUSPENDED"')) == {one}
    assert set(sdk.jobs(jobStatus='"SCHEDULED"')) == {two, other}


@versions
def test_versions_can_be_mixed(server: Server, control: Control, version: int) -> None:
    (job_id,) = control.seed({"name": "a"})
    for other in (1, 2, 3, 4):
        ours = Ours(server, prime_api_version=other)
        assert Sdk(server, version).ask("suspend", job_id) == [job_id]
        assert ours.has_nothing_to_do(Verb.SUSPEND, job_id)
        ours.change(Verb.RESUME, job_id)
        assert Sdk(server, version).state(job_id) == "SCHEDULED"


@versions
def test_a_suspended_trigger_with_a_run_means_the_same(server: Server, control: Control, version: int) -> None:
    (job_id,) = control.seed({"name": "a", "scenario": "running"})
    sdk, ours = Sdk(server, version), Ours(server, prime_api_version=version)
    assert sdk.ask("suspend", job_id) == [job_id]
    assert sdk.state(job_id) == ours.jobs(job_id)[job_id].raw_state == "SUSPENDED RUNNING"
    assert ours.state(job_id) is JobState.SUSPENDING
    assert ours.has_nothing_to_do(Verb.SUSPEND, job_id)
    ours.change(Verb.SUSPEND, job_id, running=Running.CANCEL)
    assert sdk.state(job_id) == "SUSPENDED CANCELLED CANCELLED"


@wire_formats
@versions
def test_a_run_is_cancelled_by_either(server: Server, control: Control, version: int, wire_format: str) -> None:
    theirs, mine = control.seed({"name": "a", "scenario": "running"}, {"name": "b", "scenario": "running"})
    sdk, ours = Sdk(server, version), Ours(server, prime_api_version=version, wire_format=wire_format)
    run_id = ours.jobs(theirs)[theirs].run_id
    assert sdk.cancel_running(run_id) == [run_id]
    control.advance(1)
    assert ours.has_nothing_to_do(Verb.CANCEL_RUNNING, theirs)
    ours.change(Verb.CANCEL_RUNNING, mine)
    assert [sdk.state(job_id) for job_id in (theirs, mine)] == ["SCHEDULED CANCELLED CANCELLED"] * 2


@versions
def test_a_trigger_that_the_sdk_cancels_is_out_of_reach(server: Server, control: Control, version: int) -> None:
    (job_id,) = control.seed({"name": "a"})
    ours = Ours(server, prime_api_version=version)
    assert Sdk(server, version).ask("cancel", job_id) == [job_id]
    assert ours.state(job_id) is JobState.CANCELLED
    assert ours.has_nothing_to_do(Verb.CANCEL_RUNNING, job_id)


@versions
def test_a_job_runs_on_after_either_resumes_it(server: Server, control: Control, version: int) -> None:
    job_ids = control.seed(*({"name": name, "next_run_in": HOUR, "period": 24 * HOUR} for name in "ab"))
    sdk, ours = Sdk(server, version), Ours(server, prime_api_version=version)
    ours.change(Verb.SUSPEND, *job_ids)
    sdk.ask("resume", job_ids[0])
    ours.change(Verb.RESUME, job_ids[1])
    control.advance(HOUR + 1)
    assert {row["raw_state"].split()[1] for row in sdk.jobs().values()} == {"RUNNING"}
    assert {job.state for job in ours.jobs().values()} == {JobState.RUNNING}


# --- through Ansible -------------------------------------------------------------------------------------------------


def test_the_modules_agree_too(server: Server, control: Control, tmp_path: pathlib.Path) -> None:
    control.seed(*mixed(estate))
    (chosen,) = control.seed({"name": "chosen"})
    ansible, sdk = real_ansible(server, tmp_path), Sdk(server, 3)
    sdk.ask("suspend", chosen)

    again = ansible.module("prime", "job_suspend", job_ids=[chosen])
    assert (again.status, again.result["changed"]) == (0, False), again.output
    info = ansible.module("prime", "job_info")
    names = ("name", "type", "owner", "raw_state")
    assert reported(info.jobs, *names) == reported(sdk.jobs(), *names)
    assert info.jobs[chosen]["state"] == "suspended"
    resumed = ansible.module("prime", "job_resume", job_ids=[chosen])
    assert (resumed.status, resumed.result["changed"]) == (0, True), resumed.output
    assert sdk.state(chosen) == "SCHEDULED"
