# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Public clients of Prime drive the simulator: piapi (the widest used) and PrimeAPIClient."""

from __future__ import annotations

import typing as t

import piapi
import PrimeAPIClient
import pytest

from simulators.core.control import Control
from simulators.core.server import Server, serving
from simulators.prime.simulator import create


@pytest.fixture(scope="module")
def server() -> t.Iterator[Server]:
    with serving(create()) as running:
        yield running


@pytest.fixture
def control(server: Server) -> Control:
    """The clock stands still and the rate limit is off: piapi sends a burst for each list."""
    control = Control(server.origin)
    control.reset()
    server.simulator.clock.freeze(True)
    control.knobs(rate_per_user=-1)
    return control


def connect(server: Server, monkeypatch: pytest.MonkeyPatch, version: int, **options: t.Any) -> piapi.PIAPI:
    monkeypatch.setattr(piapi, "DEFAULT_API_URI", f"/webacs/api/v{version}/")
    password = options.pop("password", server.simulator.password)
    return piapi.PIAPI(server.origin + "/", server.simulator.username, password, **options)


def summaries(api: piapi.PIAPI, **params: str) -> dict[str, dict[str, t.Any]]:
    entities = api.request("JobSummary", params=dict(params), paging_size=2, hold=0)
    return {entity["jobSummaryDTO"]["jobName"]: entity["jobSummaryDTO"] for entity in entities}


def trigger(*ids: str) -> dict[str, t.Any]:
    return {"jobOperationPayload": {"jobIds": {"jobId": [int(job_id) for job_id in ids]}}}


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_piapi_finds_the_resources(
    server: Server, control: Control, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    api = connect(server, monkeypatch, version)

    assert api.data_resources == ["JobSummary"]
    assert {"runhistory", "suspend", "resume", "cancel", "cancelrunning"} <= set(api.service_resources)


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_piapi_lists_in_pages(server: Server, control: Control, monkeypatch: pytest.MonkeyPatch, version: int) -> None:
    names = [f"job-{letter}" for letter in "abcde"]
    control.seed(*({"name": name} for name in names))
    api = connect(server, monkeypatch, version)

    assert sorted(summaries(api)) == names
    assert list(summaries(api, jobName='"job-b"')) == ["job-b"]
    with pytest.raises(piapi.PIAPICountError):
        summaries(api, jobName='"nope"')


def test_piapi_suspends_resumes_and_cancels(server: Server, control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = control.seed({"name": "a"}, {"name": "b", "scenario": "running"})
    api = connect(server, monkeypatch, 4)

    answer = api.request("suspend", params=trigger(first, second, "99"))["mgmtResponse"]["operationResult"][0]
    assert [item["id"] for item in answer["success"]["success"]] == [int(first), int(second)]
    assert [item["id"] for item in answer["failure"]["failure"]] == [99]
    assert {name: job["jobStatus"] for name, job in summaries(api).items()} == {"a": "SUSPENDED", "b": "SUSPENDED"}

    api.request("resume", params=trigger(first, second))
    api.request("cancel", params=trigger(first))
    run_id = summaries(api)["b"]["runId"]
    api.request("cancelrunning", params={"jobRunOperationPayload": {"runIds": {"runId": [run_id]}}})
    control.advance(1)
    jobs = summaries(api)
    assert jobs["a"]["jobStatus"] == "CANCELLED"
    assert (jobs["b"]["jobStatus"], jobs["b"]["runStatus"]) == ("SCHEDULED", "CANCELLED")
    (history,) = api.request("runhistory", params={"jobId": second})["mgmtResponse"]["job"]
    assert history["runInstances"]["runInstance"][0]["resultStatus"] == "CANCELLED"


def test_piapi_speaks_v1(server: Server, control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    (job_id,) = control.seed({"name": "a"})
    api = connect(server, monkeypatch, 1)
    answer = api.request("suspend", params={"jobOperationPayload": {"jobIds": {"jobId": int(job_id)}}})

    assert answer["mgmtResponse"]["operationResult"]["success"]["success"]["id"] == int(job_id)
    assert control.jobs()[job_id]["held"]


def test_piapi_selects_a_virtual_domain(server: Server, control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    control.seed({"name": "n", "domain": "NORTH"}, {"name": "s", "domain": "SOUTH"})

    assert list(summaries(connect(server, monkeypatch, 4, virtual_domain="NORTH"))) == ["n"]


def test_piapi_understands_the_refusals(server: Server, control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    (job_id,) = control.seed({"name": "a"})
    with pytest.raises(piapi.PIAPIRequestError, match="Unauthorized"):
        connect(server, monkeypatch, 4, password="wrong").service_resources  # noqa: B018
    api = connect(server, monkeypatch, 4)
    with pytest.raises(piapi.PIAPIRequestError, match=r"Invalid request: .*jobOperationPayload"):
        api.request("suspend", params={"jobIds": {"jobId": [int(job_id)]}})
    control.knobs(rate_per_user=3)
    with pytest.raises(piapi.PIAPIRequestError, match="rate limiting"):
        summaries(api)


def test_prime_api_client(server: Server, control: Control) -> None:
    (job_id,) = control.seed({"name": "Night backup"})
    control.knobs(
        session_limit=-1
    )  # it keeps no connection, but may be back before the server sees the last one closed
    client = PrimeAPIClient.Client(verify=False, api_version="v4")
    client.connect(url=server.origin, username=server.simulator.username, password=server.simulator.password)

    def ask(method: str, path: str, **options: t.Any) -> tuple[int, t.Any]:
        answer = getattr(client, method)(method=path, **options)
        return answer.status_code, answer.json()

    _status, found = ask("get", "/data/JobSummary.json", jobName='"Night backup"')
    assert found["queryResponse"]["entityId"][0]["$"] == job_id
    assert ask("put", "/op/jobService/suspend.json", data=trigger(job_id))[0] == 200
    assert control.jobs()[job_id]["held"]
    _status, one = ask("get", f"/data/JobSummary/{job_id}.json")
    assert one["queryResponse"]["entity"][0]["jobSummaryDTO"]["jobStatus"] == "SUSPENDED"
    assert ask("put", "/op/jobService/resume.json", data=trigger(job_id))[0] == 200
    assert not control.jobs()[job_id]["held"]
    assert ask("post", "/op/jobService/suspend.json", data=trigger(job_id))[0] == 404
