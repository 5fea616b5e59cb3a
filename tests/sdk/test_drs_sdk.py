# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's own clients (huaweicloudsdkdrs, huaweicloudsdkiam) and keystoneauth1 drive the simulated DRS."""

from __future__ import annotations

import os
import tempfile
import typing as t
import unittest.mock

import pytest

from simulators.core.control import Control
from simulators.core.server import Server, serving
from simulators.drs.simulator import DrsSimulator

# when it is imported, the vendor's SDK writes a file into the home directory
with tempfile.TemporaryDirectory() as home, unittest.mock.patch.dict(os.environ, HOME=home):
    import huaweicloudsdkiam.v3 as iam
    from huaweicloudsdkcore.auth.credentials import BasicCredentials, GlobalCredentials
    from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
    from huaweicloudsdkdrs import v3, v5
    from huaweicloudsdkdrs.v3.region.drs_region import DrsRegion
    from keystoneauth1 import exceptions as keystone_errors
    from keystoneauth1 import session as keystone_session
    from keystoneauth1.identity import generic
    from keystoneauth1.identity import v3 as keystone

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the SDK marks nearly all of v3 so


@pytest.fixture
def server() -> t.Iterator[Server]:
    with serving(DrsSimulator()) as running:
        running.simulator.clock.freeze(True)
        yield running


@pytest.fixture
def sim(server: Server) -> DrsSimulator:
    assert isinstance(server.simulator, DrsSimulator)
    return server.simulator


@pytest.fixture
def control(server: Server) -> Control:
    return Control(server.origin)


@pytest.fixture
def credentials(sim: DrsSimulator) -> t.Any:
    return BasicCredentials(sim.access_key, sim.secret_key, sim.project_id)


@pytest.fixture
def old(server: Server, credentials: t.Any) -> t.Any:
    """A v3 client that signs its requests."""
    return v3.DrsClient.new_builder().with_credentials(credentials).with_endpoint(server.origin).build()


@pytest.fixture
def new(server: Server, credentials: t.Any) -> t.Any:
    """A v5 client that signs its requests."""
    return v5.DrsClient.new_builder().with_credentials(credentials).with_endpoint(server.origin).build()


# --- v3 ------------------------------------------------------------------------------------------------------


def listed(client: t.Any, **more: t.Any) -> t.Any:
    body = v3.QueryJobsReq(cur_page=1, per_page=100, **{"db_use_type": "sync", **more})
    return client.show_job_list(v3.ShowJobListRequest(body=body))


def statuses(client: t.Any, *ids: str) -> list[str]:
    body = v3.BatchQueryJobReqPage(jobs=list(ids), page_req=v3.PageReq(cur_page=1, per_page=0))
    return [job.status for job in client.batch_list_job_status(v3.BatchListJobStatusRequest(body=body)).results]


def pause(client: t.Any, *ids: str) -> t.Any:
    orders = [v3.PauseInfo(job_id=job_id, pause_mode="all") for job_id in ids]
    return client.batch_stop_jobs(v3.BatchStopJobsRequest(body=v3.BatchPauseJobReq(jobs=orders)))


def retry(client: t.Any, *ids: str, **more: t.Any) -> t.Any:
    orders = [v3.RetryInfo(job_id=job_id, **more) for job_id in ids]
    return client.batch_restore_task(v3.BatchRestoreTaskRequest(body=v3.BatchRetryReq(jobs=orders)))


def test_v3_lists_with_paging_and_filters(old: t.Any, control: Control) -> None:
    ids = control.seed(*({"name": f"orders-{number}"} for number in range(12)))
    answer = listed(old)
    assert answer.total_record == 12
    assert [job.id for job in answer.jobs] == ids[::-1]
    assert answer.jobs[0].job_action.available_actions.count("PAUSE") == 1
    assert [job.id for job in listed(old, name=f"{ids[0]},{ids[1]}").jobs] == [ids[1], ids[0]]
    assert listed(old, tags={"site": "muc"}).jobs == []
    body = v3.QueryJobsReq(cur_page=2, per_page=10, db_use_type="sync")
    assert len(old.show_job_list(v3.ShowJobListRequest(body=body)).jobs) == 2


def test_v3_reads_one_task(old: t.Any, control: Control) -> None:
    job_id = control.seed({"name": "orders", "scenario": "running", "owner": "rds-orders"})[0]
    body = v3.BatchQueryJobReqPage(jobs=[job_id])
    detail = old.batch_list_job_details(v3.BatchListJobDetailsRequest(body=body)).results[0]
    assert (detail.id, detail.name, detail.status) == (job_id, "orders", "INCRE_TRANSFER_STARTED")
    assert detail.target_endpoint.inst_name == "rds-orders"
    query = v3.BatchListProgressesRequest(body=v3.BatchQueryProgressReq(jobs=[job_id]))
    assert old.batch_list_progresses(query).results[0].transfer_status == "INCRE_TRANSFER_STARTED"


def test_v3_suspends_and_resumes(old: t.Any, control: Control) -> None:
    one, two = control.seed({"name": "a"}, {"name": "b"})
    assert [entry.status for entry in pause(old, one, two).results] == ["success", "success"]
    assert statuses(old, one, two) == ["INCRE_TRANSFER_STARTED"] * 2
    assert listed(old).jobs[0].job_action.current_action == "STOP_JOB"
    control.advance(1)
    assert statuses(old, one, two) == ["PAUSING"] * 2
    assert [entry.status for entry in retry(old, one, two).results] == ["success", "success"]
    control.advance(1)
    assert statuses(old, one, two) == ["INCRE_TRANSFER_STARTED"] * 2


def test_v3_retries_starts_and_terminates(old: t.Any, control: Control) -> None:
    failed, idle = control.seed({"name": "a", "scenario": "failed"}, {"name": "b", "raw": "CONFIGURATION"})
    assert retry(old, failed).results[0].status == "success"
    start = v3.BatchStartJobReq(jobs=[v3.StartInfo(job_id=idle)])
    assert old.batch_start_jobs(v3.BatchStartJobsRequest(body=start)).results[0].status == "success"
    control.advance(1)
    assert statuses(old, failed, idle) == ["INCRE_TRANSFER_STARTED", "FULL_TRANSFER_STARTED"]
    end = v3.BatchDeleteJobReq(jobs=[v3.DeleteJobReq(delete_type="terminate", job_id=failed)])
    assert old.batch_delete_jobs(v3.BatchDeleteJobsRequest(body=end)).results[0].status == "success"
    control.advance(1)
    assert statuses(old, failed) == ["RELEASE_RESOURCE_COMPLETE"]


def test_v3_applies_a_re_edit(old: t.Any, control: Control) -> None:
    job_id = control.seed({"name": "a", "scenario": "suspended", "re_edited": True})[0]
    assert retry(old, job_id, is_sync_re_edit=True).results[0].status == "success"
    control.advance(10)
    assert listed(old).jobs[0].children[0].status == "CHILD_TRANSFER_STARTING"


def test_v3_partial_and_whole_failures(old: t.Any, control: Control) -> None:
    running, suspended = control.seed({"name": "a"}, {"name": "b", "scenario": "suspended"})
    results = pause(old, running, suspended, "none").results
    assert [entry.error_code for entry in results] == [None, "DRS.M00304", "DRS.M00289"]
    with pytest.raises(ClientRequestException, match="M00304") as failure:
        pause(old, suspended)
    assert failure.value.status_code == 400


# --- v5 ------------------------------------------------------------------------------------------------------


def act(client: t.Any, job_id: str, name: str, **params: t.Any) -> t.Any:
    job = v5.ActionReq(action_name=name, action_params=v5.ActionParams(**params) if params else None)
    request = v5.ExecuteJobActionRequest(job_id=job_id, body=v5.JobActionReq(job=job))
    return client.execute_job_action(request)


def shown(client: t.Any, job_id: str) -> str:
    return str(client.show_job_detail(v5.ShowJobDetailRequest(job_id=job_id, type="detail")).job.status)


def test_v5_lists_and_reads(new: t.Any, control: Control) -> None:
    ids = control.seed(*({"name": f"a b,c-{number}", "instance_id": f"i{number}"} for number in range(3)))
    query = v5.ListJobsRequest(job_type="sync", name="a b,c", limit=10, offset=0, instance_ids=["i1", "i2"])
    answer = new.list_jobs(query)
    assert answer.total_count == 2
    assert [job.id for job in answer.jobs] == [ids[2], ids[1]]
    assert shown(new, ids[0]) == "INCRE_TRANSFER_STARTED"
    actions = new.show_actions(v5.ShowActionsRequest(job_id=ids[0])).job_action
    assert "PAUSE" in actions.available_actions


def test_v5_suspends_resumes_and_terminates(new: t.Any, control: Control) -> None:
    job_id = control.seed({"name": "a"})[0]
    assert b'"success"' in act(new, job_id, "stop", pause_mode="target").raw_content
    control.advance(1)
    assert shown(new, job_id) == "PAUSING"
    act(new, job_id, "restart")
    control.advance(1)
    assert shown(new, job_id) == "INCRE_TRANSFER_STARTED"
    lines = new.show_timeline(v5.ShowTimelineRequest(job_id=job_id, limit=10, offset=0))
    assert [line.name for line in lines.timelines] == ["RETRY", "PAUSE"]
    new.stop_job_action(v5.StopJobActionRequest(job_id=job_id, body=v5.StopJobActionReq(is_force_stop=False)))
    control.advance(1)
    assert shown(new, job_id) == "RELEASE_RESOURCE_COMPLETE"


def test_v5_batches(new: t.Any, control: Control) -> None:
    running, suspended = control.seed({"name": "a"}, {"name": "b", "scenario": "suspended"})
    orders = [
        v5.ActionReq(job_id=running, action_name="stop"),
        v5.ActionReq(job_id=suspended, action_name="restart"),
    ]
    body = v5.BatchJobActionReq(jobs=orders)
    new.batch_execute_job_actions(v5.BatchExecuteJobActionsRequest(body=body))
    control.advance(1)
    assert [shown(new, job_id) for job_id in (running, suspended)] == ["PAUSING", "INCRE_TRANSFER_STARTED"]
    ends = [v5.StopJobActionInfo(job_id=job_id, is_force_stop=False) for job_id in (running, "none")]
    stop = v5.BatchStopJobsActionRequest(body=v5.BatchStopJobActionReq(jobs=ends))
    assert [job.status for job in new.batch_stop_jobs_action(stop).jobs] == ["Success", "Failed"]
    control.advance(1)
    new.batch_delete_jobs_by_id(v5.BatchDeleteJobsByIdRequest(body=v5.BatchDeleteJobReq(jobs=[running])))
    assert control.jobs()[running]["state"] == "DELETED"
    with pytest.raises(ClientRequestException) as failure:
        act(new, "none", "stop")
    assert failure.value.error_code == "DRS.10000010"


# --- identity ------------------------------------------------------------------------------------------------


def test_signatures_are_checked(server: Server, sim: DrsSimulator) -> None:
    wrong = BasicCredentials(sim.access_key, "wrong", sim.project_id)
    client = v3.DrsClient.new_builder().with_credentials(wrong).with_endpoint(server.origin).build()
    with pytest.raises(ClientRequestException, match="verify aksk signature fail") as failure:
        listed(client)
    assert (failure.value.status_code, failure.value.error_code) == (401, "APIGW.0301")


def test_temporary_keys(server: Server, sim: DrsSimulator) -> None:
    temporary = BasicCredentials(sim.temporary_access_key, sim.temporary_secret_key, sim.project_id)
    temporary.with_security_token(sim.security_token)
    client = v3.DrsClient.new_builder().with_credentials(temporary).with_endpoint(server.origin).build()
    assert listed(client).total_record == 0


def test_the_project_is_looked_up_by_region(
    server: Server, sim: DrsSimulator, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUAWEICLOUD_SDK_REGION_DRS_CN_NORTH_4", server.origin)
    credentials = BasicCredentials(sim.access_key, sim.secret_key).with_iam_endpoint(server.origin)
    region = DrsRegion.value_of("cn-north-4")
    client = v3.DrsClient.new_builder().with_credentials(credentials).with_region(region).build()
    assert listed(client).total_record == 0
    assert any(request["target"].startswith("/v3/projects?name=cn-north-4") for request in control.requests())


def test_the_iam_client_gets_a_token(server: Server, sim: DrsSimulator) -> None:
    credentials = GlobalCredentials(sim.access_key, sim.secret_key, sim.directory.domain_id)
    client = iam.IamClient.new_builder().with_credentials(credentials).with_endpoint(server.origin).build()
    user = iam.PwdPasswordUser(
        name=sim.username, password=sim.password, domain=iam.PwdPasswordUserDomain(name=sim.domain)
    )
    identity = iam.PwdIdentity(methods=["password"], password=iam.PwdPassword(user=user))
    scope = iam.AuthScope(project=iam.AuthScopeProject(name=sim.region))
    body = iam.KeystoneCreateUserTokenByPasswordRequestBody(auth=iam.PwdAuth(identity=identity, scope=scope))
    request = iam.KeystoneCreateUserTokenByPasswordRequest(nocatalog="true", body=body)
    answer = client.keystone_create_user_token_by_password(request)
    assert answer.token.project.id == sim.project_id
    assert sim.directory.token(answer.x_subject_token) is not None


def test_keystoneauth_logs_in_again_after_a_401(server: Server, sim: DrsSimulator, control: Control) -> None:
    job_id = control.seed({"name": "a"})[0]
    auth = keystone.Password(
        auth_url=f"{server.origin}/v3",
        username=sim.username,
        password=sim.password,
        user_domain_name=sim.domain,
        project_name=sim.region,
        project_domain_name=sim.domain,
        include_catalog=False,
    )
    session = keystone_session.Session(auth=auth)
    endpoint = f"{server.origin}/v3/{session.get_project_id()}"

    def status() -> str:
        answer = session.post("/jobs/batch-status", endpoint_override=endpoint, json={"jobs": [job_id]})
        return str(answer.json()["results"][0]["status"])

    assert status() == "INCRE_TRANSFER_STARTED"
    order = {"jobs": [{"job_id": job_id, "pause_mode": "target"}]}
    assert session.post("/jobs/batch-pause-task", endpoint_override=endpoint, json=order).status_code == 200
    control.advance(1)
    control.expire()
    assert status() == "PAUSING"
    control.expire()
    control.knobs(token_refusal="403")
    with pytest.raises(keystone_errors.Forbidden):
        status()


def test_keystoneauth_finds_the_version_and_the_services(server: Server, sim: DrsSimulator, control: Control) -> None:
    """It looks for the version before it logs in, takes DRS from the catalog, and gets a token for another scope."""
    job_id = control.seed({"name": "a"})[0]
    account = {"username": sim.username, "password": sim.password, "user_domain_name": sim.domain}
    auth = generic.Password(auth_url=server.origin, **account, project_name=sim.region, project_domain_name=sim.domain)
    session = keystone_session.Session(auth=auth)
    assert session.get_endpoint(service_type="drs") == f"{server.origin}/v3/{sim.project_id}"
    service = {"service_type": "drs", "min_version": None}
    answer = session.post("/jobs/batch-status", endpoint_filter=service, json={"jobs": [job_id]})
    assert answer.json()["results"][0]["status"] == "INCRE_TRANSFER_STARTED"
    again = keystone.Token(f"{server.origin}/v3", session.get_token(), project_id=sim.other_project_id)
    other = keystone_session.Session(auth=again)
    assert other.get_project_id() == sim.other_project_id
    assert other.get_endpoint(service_type="drs") == f"{server.origin}/v3/{sim.other_project_id}"
    assert control.requests()[0]["target"] == "/"
