# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Versions and formats: what is the same job looks different in each (contract 3.2, 6.3, 8.3)."""

from __future__ import annotations

import json
import typing as t
import xml.etree.ElementTree as ET

import pytest

from simulators.prime.probe import Prime

XML = {"Content-Type": "application/xml"}


def test_v1_list_has_strings_for_attributes_and_lists_for_entities(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "112233", "scenario": "completed"})
    answer = prime.send("GET", "v1/data/JobSummary.json?.full=true&.maxResults=5")

    assert (
        f'"@requestUrl": "http:\\/\\/{prime.origin[7:]}\\/webacs\\/api\\/v1\\/data\\/JobSummary?.full=true&amp;.max'
        in (answer.text)
    )
    content = answer.json()["queryResponse"]
    assert (content["@count"], content["@first"], content["@last"]) == ("1", "0", "0")
    assert "@domain" not in content
    summary = content["entity"][0]["jobSummaryDTO"]
    assert summary["@id"] == job_id
    assert summary["jobName"] == 112233  # digits become a number, whatever the field is
    assert isinstance(summary["duration"], int)
    assert prime.get("v1/data/JobSummary.json")["entityId"][0]["$"] == job_id
    assert len(prime.get(f"v1/data/JobSummary/{job_id}.json")["entity"]) == 1


@pytest.mark.parametrize(("version", "kind"), [(2, str), (3, str), (4, int)])
def test_run_id_and_duration_are_longs_since_v4(prime: Prime, version: int, kind: type) -> None:
    prime.control.seed({"name": "Night", "scenario": "completed"})
    content = prime.get(f"v{version}/data/JobSummary.json?.full=true")
    summary = content["entity"][0]["jobSummaryDTO"]

    assert isinstance(summary["runId"], kind)
    assert isinstance(summary["duration"], kind)
    assert content["@count"] == 1
    assert ("@domain" in content) is (version == 4)


def test_v1_action_collapses_lists_of_one(prime: Prime) -> None:
    ids = prime.control.seed({"name": "a"}, {"name": "b"})
    both = prime.put("suspend", *ids, version=1).json()["mgmtResponse"]["operationResult"]
    one = prime.put("resume", ids[0], "99", version=1).json()["mgmtResponse"]["operationResult"]

    assert [item["id"] for item in both["success"]["success"]] == [int(job_id) for job_id in ids]
    assert both["failure"] == ""
    assert one["success"]["success"]["id"] == int(ids[0])
    assert one["failure"]["failure"]["id"] == 99


def test_v1_takes_one_bare_id(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "a"})
    body = {"jobOperationPayload": {"jobIds": {"jobId": int(job_id)}}}

    assert prime.send("PUT", "v3/op/jobService/suspend.json", json=body).status_code == 400
    assert prime.send("PUT", "v1/op/jobService/suspend.json", json=body).status_code == 200
    assert prime.truth(job_id)["held"]


def test_run_history_of_v1_and_v4(prime: Prime) -> None:
    prime.control.seed({"name": "Night", "id": 15, "scenario": "running", "last_result": "failed"})
    path = "op/jobService/runhistory.json?jobId=15"
    old = prime.get(f"v1/{path}")["job"]
    (new,) = prime.get(f"v4/{path}")["job"]

    assert set(new) == {"jobId", "jobName", "jobStatus", "jobType", "nextRunTime", "runInstances"}
    ended, running = new["runInstances"]["runInstance"]
    assert ended["resultStatus"] == "FAILURE"
    assert ended["results"]["result"][0]["property"] == "Night"
    assert running["runStatus"] == "RUNNING"
    assert running["results"] == ""
    assert {"resultStatus", "completionTime"}.isdisjoint(running)
    assert old["jobId"] == 15
    assert old["runInstances"]["runInstance"][0]["results"]["result"]["value"] == "The run ended with FAILURE."
    assert old["runInstances"]["runInstance"][1]["results"] == ""


def test_xml_list(prime: Prime) -> None:
    prime.control.seed({"name": "Tom & Söhne", "id": 15})
    answer = prime.send("GET", "v4/data/JobSummary.xml?.full=true")
    root = ET.fromstring(answer.content)

    assert answer.headers["Content-Type"] == "text/xml"
    assert answer.content.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    assert root.tag == "queryResponse"
    assert (root.get("count"), root.get("first"), root.get("last")) == ("1", "0", "0")
    assert (root.get("type"), root.get("responseType")) == ("JobSummary", "listEntityInstances")
    (entity,) = root
    assert (entity.tag, entity.get("dtoType"), entity.get("type")) == ("entity", "jobSummaryDTO", "JobSummary")
    (summary,) = entity
    assert summary.attrib == {"displayName": "15", "id": "15", "uuid": ""}
    assert summary.findtext("jobName") == "Tom & Söhne"


def test_xml_ids(prime: Prime) -> None:
    prime.control.seed({"name": "Night", "id": 15})
    root = ET.fromstring(prime.send("GET", "v4/data/JobSummary.xml").content)

    assert [(child.tag, child.text) for child in root] == [("entityId", "15")]


def test_xml_action_has_wrapper_and_item_of_one_name(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "Night"})
    body = f'<?xml version="1.0" ?><jobOperationPayload><jobIds><jobId>{job_id}</jobId></jobIds></jobOperationPayload>'
    answer = prime.send("PUT", "v3/op/jobService/suspend", data=body, headers=XML)
    result = ET.fromstring(answer.content)[0]

    assert [child.tag for child in result] == ["failure", "message", "operation", "success"]
    assert [(child.tag, child.text) for child in result.find("success/success") or ()][:1] == [("id", job_id)]
    assert list(result.find("failure") or ()) == []
    assert prime.truth(job_id)["held"]


def test_xml_history(prime: Prime) -> None:
    prime.control.seed({"name": "Night", "id": 15, "scenario": "completed"})
    root = ET.fromstring(prime.send("GET", "v2/op/jobService/runhistory.xml?jobId=15").content)

    assert root.findtext("job/runInstances/runInstance/results/result/property") == "Night"


def test_xml_error(prime: Prime) -> None:
    answer = prime.send("GET", "v4/data/unkown.xml")
    root = ET.fromstring(answer.content)

    assert answer.status_code == 404
    assert [(child.tag, child.text) for child in root] == [
        ("httpResponseCode", "404"),
        ("httpMethod", "GET"),
        ("message", "No such entity type as unkown.-PRS-102"),
        ("id", "presentation.PRS-102"),
        ("uriPath", "/data/unkown"),
        ("queryParams", "{}"),
    ]


def test_v1_error_escapes_slashes(prime: Prime) -> None:
    assert '"uriPath": "\\/data\\/unkown"' in prime.send("GET", "v1/data/unkown.json").text


@pytest.mark.parametrize(
    ("suffix", "accept", "kind"),
    [
        ("", None, "text/xml"),
        ("", "*/*", "text/xml"),
        ("", "application/json", "application/json"),
        ("", "text/xml", "text/xml"),
        ("", "application/xml;q=0.5, application/json", "application/json"),
        (".json", "text/xml", "application/json"),
        (".xml", "application/json", "text/xml"),
    ],
)
def test_format_is_chosen_by_suffix_then_accept(prime: Prime, suffix: str, accept: str | None, kind: str) -> None:
    headers: dict[str, t.Any] = {"Accept": accept}
    answer = prime.send("GET", f"v4/data/JobSummary{suffix}", headers=headers)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)


def test_accept_that_cannot_be_met(prime: Prime) -> None:
    answer = prime.send("GET", "v4/data/JobSummary", headers={"Accept": "text/html"})

    assert answer.status_code == 406
    assert ET.fromstring(answer.content).findtext("httpResponseCode") == "406"


def test_indexes_of_data_and_op(prime: Prime) -> None:
    data = prime.get("v3/data.json")
    operations = prime.get("v3/op.json")

    assert data == {
        "@requestUrl": f"{prime.origin}/webacs/api/v3/data",
        "@responseType": "listEntityTypes",
        "@rootUrl": f"{prime.origin}/webacs/api/v3/data",
        "entityType": [{"@url": f"{prime.origin}/webacs/api/v3/data/JobSummary", "$": "JobSummary"}],
    }
    assert operations["@responseType"] == "listOperations"
    assert operations["operation"][:2] == [
        {"@httpMethod": "GET", "@path": "jobService/runhistory", "$": "runhistory"},
        {"@httpMethod": "PUT", "@path": "jobService/suspend", "$": "suspend"},
    ]


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("suspend", b""),
        ("suspend", b"[]"),
        ("suspend", b"{"),
        ("suspend", b'{"jobIds": {"jobId": [1]}}'),
        ("suspend", b'{"jobOperationPayload": {"jobIds": {"jobId": []}}}'),
        ("suspend", b'{"jobOperationPayload": {"jobIds": {"jobId": ["1"]}}}'),
        ("suspend", b'{"jobOperationPayload": {"jobIds": {"jobId": [true]}}}'),
        ("suspend", b'{"jobOperationPayload": {"jobIds": {"jobId": [9223372036854775808]}}}'),
        ("suspend", b'{"jobOperationPayload": {"jobIds": [1]}}'),
        ("suspend", b'{"jobOperationPayload": {"jobIds": {"jobId": [1]}, "force": true}}'),
        ("suspend", b'{"jobRunOperationPayload": {"runIds": {"runId": [1]}}}'),
        ("cancelrunning", b'{"jobOperationPayload": {"jobIds": {"jobId": [1]}}}'),
    ],
)
def test_wrong_json_payloads(prime: Prime, verb: str, body: bytes) -> None:
    answer = prime.send("PUT", f"v4/op/jobService/{verb}.json", data=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["errorDocument"]["httpMethod"] == "PUT"


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"<jobOperationPayload/>",
        b"<jobOperationPayload><jobIds/></jobOperationPayload>",
        b"<jobOperationPayload><jobIds><runId>1</runId></jobIds></jobOperationPayload>",
        b"<jobOperationPayload><jobIds><jobId>x</jobId></jobIds></jobOperationPayload>",
        b"<jobRunOperationPayload><runIds><runId>1</runId></runIds></jobRunOperationPayload>",
    ],
)
def test_wrong_xml_payloads(prime: Prime, body: bytes) -> None:
    assert prime.send("PUT", "v4/op/jobService/suspend.json", data=body, headers=XML).status_code == 400


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_wrong_content_type(prime: Prime, content_type: str) -> None:
    (job_id,) = prime.control.seed({"name": "Night"})
    body = json.dumps({"jobOperationPayload": {"jobIds": {"jobId": [int(job_id)]}}})
    headers = {"Content-Type": content_type} if content_type else {}

    assert prime.send("PUT", "v4/op/jobService/suspend.json", data=body, headers=headers).status_code == 415
    assert not prime.truth(job_id)["held"]
