# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters, sorting and pages (contract 5.1, 6.1)."""

from __future__ import annotations

import base64
import http.client
import socket
import typing as t
import urllib.parse

import pytest

from simulators.prime.probe import Prime

LIST = "v4/data/JobSummary.json"
HISTORY = "v4/op/jobService/runhistory.json"


@pytest.fixture
def jobs(prime: Prime) -> list[str]:
    return prime.control.seed(
        {"name": "Alpha one", "type": "Backup", "id": 11, "owner": "netops"},
        {"name": "alpha", "type": "Report", "id": 12, "scenario": "suspended", "owner": "wlan"},
        {"name": "Beta", "type": "Backup", "id": 13, "scenario": "running", "run_id": 500, "owner": "netops"},
        {"name": "Gamma", "type": "Backup", "id": 14, "scenario": "failed", "run_id": 501, "owner": "wlan"},
        {"name": "Internal", "type": "Purge", "id": 15, "system_job": True},
    )


def ids(prime: Prime, *criteria: tuple[str, str]) -> list[int]:
    answer = prime.get(f"{LIST}?{urllib.parse.urlencode(criteria)}")
    return [int(entity["$"]) for entity in answer.get("entityId", [])]


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ([], [11, 12, 13, 14]),
        ([("jobName", '"Alpha one"')], [11]),
        ([("jobName", "Beta")], [13]),
        ([("jobName", 'startsWith("Al")')], [11]),
        ([("jobName", 'notStartsWith("Al")')], [12, 13, 14]),
        ([("jobName", 'contains("a")')], [11, 12, 13, 14]),
        ([("jobName", 'in("Beta", "Gamma")')], [13, 14]),
        ([("runId", "in(500,501)")], [13, 14]),
        ([("runId", "between(501,600)")], [14]),
        ([("jobStatus", "SUSPENDED")], [12]),
        ([("jobStatus", "in(SUSPENDED,COMPLETED)")], [12, 14]),
        ([("runStatus", "RUNNING")], [13]),
        ([("jobType", "Backup"), ("username", "netops")], [11, 13]),
        ([("jobStatus", "SUSPENDED"), ("runStatus", "RUNNING"), (".or_filter", "true")], [12, 13]),
        ([("username", "SYSTEM")], [15]),
        ([("username", "in(SYSTEM,wlan)")], [12, 14, 15]),
        ([("completionTime", 'between("2000-01-01T00:00:00","2100-01-01T00:00:00Z")')], [14]),
        ([(".sort", "jobName")], [11, 13, 14, 12]),
        ([(".sort", "-jobName")], [12, 14, 13, 11]),
        ([(".sort", "runId")], [11, 12, 13, 14]),
        ([(".firstResult", "1"), (".maxResults", "2")], [12, 13]),
        ([(".firstResult", "9")], []),
        ([("jobName", "nope")], []),
    ],
)
def test_selection(prime: Prime, jobs: list[str], criteria: list[tuple[str, str]], expected: list[int]) -> None:
    assert ids(prime, *criteria) == expected


@pytest.mark.parametrize(
    "query",
    [
        "jobname=x",
        "id=11",
        "jobName=two%20words",
        "jobName=",
        "jobName=like(%22x%22)",
        "jobName=endsWith(%22x%22)",
        "jobName=startsWith(%22a%22,%22b%22)",
        "jobName=%22a%22b%22",
        "runId=between(1)",
        "runId=abc",
        "jobStatus=PAUSED",
        "lastStartTime=yesterday",
        ".full=yes",
        ".maxResults=0",
        ".maxResults=-1",
        ".maxResults=1001",
        ".firstResult=x",
        ".sort=jobname",
        ".or_filter=1",
        ".case_sensitive=false",
        ".nocount=true",
        ".group=x",
        "_docs",
    ],
)
def test_refused_queries(prime: Prime, query: str) -> None:
    answer = prime.send("GET", f"{LIST}?{query}")

    assert answer.status_code == 400


@pytest.mark.parametrize("query", ['jobName="x"', "jobName=a{b}"])
def test_unencoded_characters_are_refused_without_a_message(prime: Prime, query: str) -> None:
    host, _separator, port = prime.origin[len("http://") :].partition(":")
    credentials = base64.b64encode(":".join(prime.auth).encode()).decode()
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        lines = (f"GET /webacs/api/{LIST}?{query} HTTP/1.1", f"Host: {host}", f"Authorization: Basic {credentials}")
        connection.sendall("".join(f"{line}\r\n" for line in (*lines, "Connection: close", "")).encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert (answer.status, answer.read()) == (400, b"")


def test_plus_is_a_space(prime: Prime, jobs: list[str]) -> None:
    assert prime.get(f"{LIST}?jobName=%22Alpha+one%22")["@count"] == 1


def test_error_names_the_parameters(prime: Prime) -> None:
    answer = prime.send("GET", f"{LIST}?.full=true&jobname=x&jobname=y").json()["errorDocument"]

    assert answer["queryParams"] == "{.full=[true], jobname=[x, y]}"


def test_pages_and_the_default_page(prime: Prime) -> None:
    prime.control.seed(*({"name": f"job {number}"} for number in range(120)))
    first = prime.get(LIST)
    rest = prime.get(f"{LIST}?.firstResult=100&.maxResults=1000")

    assert (first["@count"], first["@first"], first["@last"], len(first["entityId"])) == (120, 0, 99, 100)
    assert (rest["@count"], rest["@first"], rest["@last"], len(rest["entityId"])) == (120, 100, 119, 20)
    prime.control.knobs(limit_unpaged_query=7, limit_page_size=10)
    assert prime.get(LIST)["@last"] == 6
    assert prime.send("GET", f"{LIST}?.maxResults=11").status_code == 400
    prime.control.knobs(page_above_limit="clamped")
    assert prime.get(f"{LIST}?.maxResults=11")["@last"] == 9


def test_range_header(prime: Prime, jobs: list[str]) -> None:
    headers = {"Range": "instances=1-2"}
    answer = prime.send("GET", LIST, headers=headers)
    overruled = prime.send("GET", f"{LIST}?.firstResult=3", headers=headers)

    assert answer.headers["Content-Range"] == "instances 1-2/4"
    assert [entity["$"] for entity in answer.json()["queryResponse"]["entityId"]] == ["12", "13"]
    assert [entity["$"] for entity in overruled.json()["queryResponse"]["entityId"]] == ["14"]


def test_empty_list(prime: Prime) -> None:
    empty = prime.get(LIST)
    assert empty["@count"] == 0
    assert {"@first", "@last", "entity", "entityId"}.isdisjoint(empty)

    prime.control.knobs(empty_list_bounds="values", empty_list_entity="list")
    empty = prime.get(f"{LIST}?.full=true")
    assert (empty["@first"], empty["@last"], empty["entity"]) == (0, -1, [])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("jobId=13", [13]),
        ("jobId=in(13,14,99)", [13, 14]),
        ("jobName=startsWith(%22G%22)", [14]),
        ("jobType=Backup", [13, 14]),
        ("jobType=Backup&jobName=Beta", [13]),
        ("startTime=between(%222000-01-01T00:00:00%22,%222100-01-01T00:00:00%22)", [13, 14]),
        ("startTime=between(%222000-01-01T00:00:00%22,%222001-01-01T00:00:00%22)", []),
        ("jobName=nope", []),
        ("", []),
    ],
)
def test_run_history(prime: Prime, jobs: list[str], query: str, expected: list[int]) -> None:
    answer = prime.get(f"{HISTORY}?{query}".rstrip("?"))

    assert [job["jobId"] for job in answer.get("job", [])] == expected
    assert ("job" in answer) is bool(expected)


@pytest.mark.parametrize("query", ["id=13", ".maxResults=5", ".sort=jobName", "jobId=x", "jobStatus=SCHEDULED"])
def test_run_history_takes_four_parameters_only(prime: Prime, query: str) -> None:
    assert prime.send("GET", f"{HISTORY}?{query}").status_code == 400


@pytest.mark.parametrize(
    ("knobs", "criteria", "expected"),
    [
        ({"further_operators": "honoured"}, [("jobName", 'endsWith("a")')], [12, 13, 14]),
        ({"further_operators": "honoured"}, [("runId", "gt(500)")], [14]),
        ({"further_operators": "honoured"}, [("jobType", 'ne("Backup")')], [12]),
        ({"further_operators": "ignored"}, [("runId", "gt(500)")], [11, 12, 13, 14]),
        ({"unverified_parameters": "ignored"}, [("jobName", "ALPHA"), (".case_sensitive", "false")], []),
        ({"unverified_parameters": "honoured"}, [("jobName", "ALPHA"), (".case_sensitive", "false")], [12]),
        ({"id_filter": "honoured"}, [("id", "in(11,13)")], [11, 13]),
        ({"id_filter": "honoured", "entity_id_offset": 100}, [("id", "in(111,13)")], [111]),
        ({"system_jobs_in_list": "shown"}, [("jobType", "Purge")], [15]),
    ],
)
def test_knobs_of_the_query(
    prime: Prime, jobs: list[str], knobs: dict[str, t.Any], criteria: list[tuple[str, str]], expected: list[int]
) -> None:
    prime.control.knobs(**knobs)

    assert ids(prime, *criteria) == expected


def test_no_count(prime: Prime, jobs: list[str]) -> None:
    prime.control.knobs(unverified_parameters="honoured")

    assert "@count" not in prime.get(f"{LIST}?.nocount=true")


def test_quote_inside_of_a_name(prime: Prime) -> None:
    prime.control.seed({"name": 'the "big" one', "id": 21})
    criterion = ("jobName", '"the \\"big\\" one"')

    assert prime.send("GET", f"{LIST}?{urllib.parse.urlencode([criterion])}").status_code == 400
    prime.control.knobs(quote_in_filter="escaped")
    assert ids(prime, criterion) == [21]
