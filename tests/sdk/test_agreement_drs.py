# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's SDK and our DRS package look at the same project, in both generations of the API and across them."""

from __future__ import annotations

import os
import pathlib
import tempfile
import typing as t
import unittest.mock

import pytest
from sdk.agreement import Ours, Rows, mixed, real_ansible, reported, row

from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, JobState, Verb
from simulators.core.control import Control
from simulators.core.server import Server, serving
from simulators.drs.estate import estate
from simulators.drs.simulator import DrsSimulator

# when it is imported, the vendor's SDK writes a file into the home directory
with tempfile.TemporaryDirectory() as home, unittest.mock.patch.dict(os.environ, HOME=home):
    from huaweicloudsdkcore.auth.credentials import BasicCredentials
    from huaweicloudsdkdrs import v3, v5

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the SDK marks nearly all of v3 so

SHARED = ("name", "type", "raw_state")
TYPES = ("sync", "migration", "cloudDataGuard")
PAGE = 10
GENERATIONS = ("v3", "v5")


class Sdk(t.Protocol):
    """The same of both generations."""

    def jobs(self) -> Rows:
        """All tasks and their children, page by page."""

    def state(self, job_id: str) -> str:
        """The task's status."""

    def pause(self, job_id: str) -> None:
        """Pause a task."""

    def retry(self, job_id: str) -> None:
        """Resume or retry a task."""

    def terminate(self, job_id: str) -> None:
        """End a task for good."""


def family(job: t.Any, kind: str) -> t.Iterator[tuple[str, dict[str, t.Any]]]:
    """The values of a task and of its children."""
    for one in (job, *(job.children or ())):
        words = one.job_action.available_actions if one.job_action else None
        available = None if words is None else sorted(words)
        yield one.id, {"name": one.name, "type": kind, "raw_state": one.status, "available": available}


class SdkV3:
    """The batch calls."""

    def __init__(self, client: t.Any) -> None:
        self._client = client

    def jobs(self) -> Rows:
        return {job_id: values for kind in TYPES for job_id, values in self._listed(kind)}

    def _listed(self, kind: str) -> t.Iterator[tuple[str, dict[str, t.Any]]]:
        page, total = 1, 1
        while (page - 1) * PAGE < total:
            body = v3.QueryJobsReq(cur_page=page, per_page=PAGE, db_use_type=kind, engine_type="")
            answer = self._client.show_job_list(v3.ShowJobListRequest(body=body))
            for job in answer.jobs:
                yield from family(job, job.db_use_type)
            page, total = page + 1, answer.total_record

    def state(self, job_id: str) -> str:
        body = v3.BatchQueryJobReqPage(jobs=[job_id], page_req=v3.PageReq(cur_page=1, per_page=0))
        (status,) = self._client.batch_list_job_status(v3.BatchListJobStatusRequest(body=body)).results
        return str(status.status)

    def pause(self, job_id: str) -> None:
        body = v3.BatchPauseJobReq(jobs=[v3.PauseInfo(job_id=job_id, pause_mode="target")])
        answer = self._client.batch_stop_jobs(v3.BatchStopJobsRequest(body=body))
        assert [one.status for one in answer.results] == ["success"]

    def retry(self, job_id: str) -> None:
        body = v3.BatchRetryReq(jobs=[v3.RetryInfo(job_id=job_id)])
        answer = self._client.batch_restore_task(v3.BatchRestoreTaskRequest(body=body))
        assert [one.status for one in answer.results] == ["success"]

    def terminate(self, job_id: str) -> None:
        body = v3.BatchDeleteJobReq(jobs=[v3.DeleteJobReq(delete_type="terminate", job_id=job_id)])
        answer = self._client.batch_delete_jobs(v3.BatchDeleteJobsRequest(body=body))
        assert [one.status for one in answer.results] == ["success"]


class SdkV5:
    """The action calls."""

    def __init__(self, client: t.Any) -> None:
        self._client = client

    def jobs(self) -> Rows:
        return {job_id: values for kind in TYPES for job_id, values in self._listed(kind)}

    def _listed(self, kind: str) -> t.Iterator[tuple[str, dict[str, t.Any]]]:
        offset, total = 0, 1
        while offset < total:
            answer = self._client.list_jobs(v5.ListJobsRequest(job_type=kind, limit=PAGE, offset=offset))
            for job in answer.jobs:
                yield from family(job, job.job_type)
            offset, total = offset + PAGE, answer.total_count

    def state(self, job_id: str) -> str:
        request = v5.ShowJobDetailRequest(job_id=job_id, type="detail")
        return str(self._client.show_job_detail(request).job.status)

    def pause(self, job_id: str) -> None:
        self._act(job_id, "stop", action_params=v5.ActionParams(pause_mode="target"))

    def retry(self, job_id: str) -> None:
        self._act(job_id, "restart")

    def _act(self, job_id: str, name: str, **parameters: t.Any) -> None:
        body = v5.JobActionReq(job=v5.ActionReq(action_name=name, **parameters))
        answer = self._client.execute_job_action(v5.ExecuteJobActionRequest(job_id=job_id, body=body))
        assert b'"success"' in answer.raw_content  # the SDK's model has no place for it

    def terminate(self, job_id: str) -> None:
        body = v5.StopJobActionReq(is_force_stop=False)
        self._client.stop_job_action(v5.StopJobActionRequest(job_id=job_id, body=body))


@pytest.fixture
def server() -> t.Iterator[Server]:
    with serving(DrsSimulator()) as running:
        running.simulator.clock.freeze(True)
        yield running


@pytest.fixture
def control(server: Server) -> Control:
    return Control(server.origin)


def signing(server: Server, generation: str) -> Sdk:
    """The SDK with the user's keys."""
    simulator = t.cast(DrsSimulator, server.simulator)
    credentials = BasicCredentials(simulator.access_key, simulator.secret_key, simulator.project_id)
    package = {"v3": v3, "v5": v5}[generation]
    client = package.DrsClient.new_builder().with_credentials(credentials).with_endpoint(server.origin).build()
    return SdkV3(client) if generation == "v3" else SdkV5(client)


@pytest.fixture(params=GENERATIONS)
def sdk(request: pytest.FixtureRequest, server: Server) -> Sdk:
    return signing(server, request.param)


@pytest.fixture(params=GENERATIONS)
def ours(request: pytest.FixtureRequest, server: Server) -> Ours:
    return Ours(server, drs_api_version=request.param)


def read(ours: Ours) -> Rows:
    """All tasks as our package reads them, with the actions that the product offers."""
    return {job.id: {**row(job, *SHARED), "available": offered(job)} for job in ours.jobs().values()}


def offered(job: Job) -> list[str] | None:
    available = job.facts["drs"].available
    return None if available is None else sorted(available)


# --- what they read --------------------------------------------------------------------------------------------------


def test_lists_are_equal(control: Control, sdk: Sdk, ours: Ours) -> None:
    seeded = control.seed(*mixed(estate), {"name": "fan-in", "type": "cloudDataGuard", "children": 2})
    theirs = sdk.jobs()
    assert read(ours) == theirs
    assert len(theirs) == len(seeded) + 2
    assert len({values["raw_state"] for values in theirs.values()}) >= 6
    assert {values["type"] for values in theirs.values()} == set(TYPES)


def test_lists_are_equal_where_no_actions_are_told(control: Control, sdk: Sdk, ours: Ours) -> None:
    control.knobs(job_action="absent")
    control.seed(*mixed(estate))
    assert read(ours) == sdk.jobs()


def test_single_tasks_are_equal(control: Control, sdk: Sdk, ours: Ours) -> None:
    seeded = control.seed(*mixed(estate))
    found = ours.jobs(*seeded)
    assert {job_id: job.raw_state for job_id, job in found.items()} == {one: sdk.state(one) for one in seeded}


# --- what they change ------------------------------------------------------------------------------------------------


def test_we_see_what_the_sdk_pauses_and_restarts(control: Control, sdk: Sdk, ours: Ours) -> None:
    (job_id,) = control.seed({"name": "orders"})
    sdk.pause(job_id)
    assert ours.state(job_id) is JobState.SUSPENDING
    control.advance(1)
    assert ours.state(job_id) is JobState.SUSPENDED
    assert ours.has_nothing_to_do(Verb.SUSPEND, job_id)
    sdk.retry(job_id)
    control.advance(1)
    assert ours.state(job_id) is JobState.RUNNING
    assert ours.has_nothing_to_do(Verb.RESUME, job_id)


def test_a_pause_of_the_sdk_that_is_under_way_is_waited_for(control: Control, sdk: Sdk, ours: Ours) -> None:
    (job_id,) = control.seed({"name": "orders"})
    sdk.pause(job_id)
    done = ours.carry_out(Verb.SUSPEND, job_id)[job_id]
    assert (done.job.state, done.changed) == (JobState.SUSPENDED, False)
    assert control.jobs()[job_id]["applied"]["pause"] == 1


def test_the_sdk_sees_what_we_suspend_and_resume(control: Control, sdk: Sdk, ours: Ours) -> None:
    job_ids = control.seed(*({"name": f"orders-{number}"} for number in range(12)))
    ours.change(Verb.SUSPEND, *job_ids)
    assert {values["raw_state"] for values in sdk.jobs().values()} == {"PAUSING"}
    sdk.retry(job_ids[0])
    control.advance(1)
    assert ours.has_nothing_to_do(Verb.RESUME, job_ids[0])
    ours.change(Verb.RESUME, *job_ids[1:])
    control.advance(1)
    assert {values["raw_state"] for values in sdk.jobs().values()} == {"INCRE_TRANSFER_STARTED"}


def test_a_failed_task_is_retried_by_either(control: Control, sdk: Sdk, ours: Ours) -> None:
    theirs, mine = control.seed({"name": "a", "scenario": "failed"}, {"name": "b", "scenario": "failed"})
    assert ours.state(theirs) is JobState.FAILED
    sdk.retry(theirs)
    control.advance(1)
    assert ours.has_nothing_to_do(Verb.RETRY, theirs)
    ours.change(Verb.RETRY, mine)
    control.advance(1)
    assert [sdk.state(job_id) for job_id in (theirs, mine)] == ["INCRE_TRANSFER_STARTED"] * 2


def test_a_task_is_terminated_by_either(control: Control, sdk: Sdk, ours: Ours) -> None:
    theirs, mine = control.seed({"name": "a"}, {"name": "b"})
    sdk.terminate(theirs)
    control.advance(1)
    assert ours.state(theirs) is JobState.COMPLETED
    assert ours.has_nothing_to_do(Verb.CANCEL_RUNNING, theirs)
    ours.change(Verb.CANCEL_RUNNING, mine)
    assert [sdk.state(job_id) for job_id in (theirs, mine)] == ["RELEASE_RESOURCE_COMPLETE"] * 2


def test_we_sign_as_the_sdk_does(server: Server, control: Control, sdk: Sdk) -> None:
    (job_id,) = control.seed({"name": "orders"})
    simulator = t.cast(DrsSimulator, server.simulator)
    keys = {"drs_access_key": simulator.access_key, "drs_secret_key": simulator.secret_key}
    ours = Ours(server, username="", password="", **keys)
    ours.change(Verb.SUSPEND, job_id)
    assert sdk.state(job_id) == "PAUSING"
    algorithms = {entry.headers["Authorization"].split()[0] for entry in simulator.log}
    assert algorithms == {"SDK-HMAC-SHA256"}


# --- through Ansible -------------------------------------------------------------------------------------------------


def test_the_modules_agree_too(server: Server, control: Control, tmp_path: pathlib.Path) -> None:
    control.seed(*mixed(estate))
    (chosen,) = control.seed({"name": "chosen"})
    ansible, sdk = real_ansible(server, tmp_path), signing(server, "v5")
    sdk.pause(chosen)
    control.advance(1)

    again = ansible.module("drs", "job_suspend", job_ids=[chosen])
    assert (again.status, again.result["changed"]) == (0, False), again.output
    info = ansible.module("drs", "job_info")
    assert reported(info.jobs, *SHARED) == reported(sdk.jobs(), *SHARED)
    assert info.jobs[chosen]["state"] == "suspended"
    resumed = ansible.module("drs", "job_resume", job_ids=[chosen])
    assert (resumed.status, resumed.result["changed"]) == (0, True), resumed.output
    control.advance(1)
    assert sdk.state(chosen) == "INCRE_TRANSFER_STARTED"
