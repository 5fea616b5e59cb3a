# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who gets in: credentials, groups, virtual domains, sessions and the rate limit (contract 4, 9.5 to 9.7)."""

from __future__ import annotations

import time
import typing as t

import pytest
import requests

from simulators.core.control import Control
from simulators.prime.probe import Prime

LIST = "v4/data/JobSummary.json"
OPERATOR = ("operator", "s3cret-Pa55")


def test_no_credentials_lead_to_the_login_page(prime: Prime) -> None:
    answer = prime.send("GET", LIST, auth=None)

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{prime.origin}/webacs/pages/common/login.jsp"
    assert answer.headers["Content-Type"].startswith("text/html")
    followed = requests.put(f"{prime.origin}/webacs/api/v4/op/jobService/suspend.json", json={}, timeout=10)
    assert (followed.status_code, followed.request.method) == (200, "GET")  # the trap of contract 9.5
    assert followed.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("auth", [("operator", "wrong"), ("nobody", "s3cret-Pa55"), ("", "")])
def test_bad_credentials(prime: Prime, auth: tuple[str, str]) -> None:
    answer = prime.send("GET", LIST, auth=auth)
    assert answer.status_code == 401
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")

    prime.control.knobs(bad_credentials=302)
    assert prime.send("GET", LIST, auth=auth).status_code == 302


@pytest.mark.parametrize("header", ["Bearer b3BlcmF0b3I6eA==", "Basic", "Basic ***", "Basic /w=="])
def test_malformed_authorization(prime: Prime, header: str) -> None:
    assert prime.send("GET", LIST, auth=None, headers={"Authorization": header}).status_code == 401


def test_groups_are_needed(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "Night"})
    body = {"jobOperationPayload": {"jobIds": {"jobId": [int(job_id)]}}}
    reader, writer = ("reader", "s3cret-Pa55"), ("writer", "s3cret-Pa55")

    assert prime.send("GET", LIST, auth=reader).status_code == 200
    refused = prime.send("PUT", "v4/op/jobService/suspend.json", json=body, auth=reader)
    assert refused.status_code == 403
    assert "NBI Write" in refused.json()["errorDocument"]["message"]
    assert not prime.truth(job_id)["held"]
    assert prime.send("GET", LIST, auth=writer).status_code == 403
    assert prime.send("PUT", "v4/op/jobService/suspend.json", json=body, auth=writer).status_code == 200


def test_super_users_may_do_all(prime: Prime) -> None:
    prime.control.knobs(users={"root": {"password": "x", "groups": ["Super Users"]}})

    assert prime.send("GET", LIST, auth=("root", "x")).status_code == 200


def test_rate_limit_is_on_and_slides(prime: Prime) -> None:
    Control(prime.origin).reset()
    for _attempt in range(3):
        assert prime.send("GET", LIST).status_code == 200
    prime.control.advance(0.6)
    assert prime.send("GET", "v4/data/unkown.json").status_code == 404  # failed ones count
    assert prime.send("GET", LIST).status_code == 200
    for _attempt in range(2):
        refused = prime.send("GET", LIST)
        assert refused.status_code == 503
        assert "Retry-After" not in refused.headers
        assert refused.json()["errorDocument"]["message"] == (
            "NBI Rate limit for user (operator) exceeded (More than 5 in 1,000 ms).-PRS-303"
        )
    assert prime.send("GET", LIST, auth=("reader", "s3cret-Pa55")).status_code == 200  # counted by user
    prime.control.advance(0.5)  # the first three have left the window; the refused ones did not count
    assert [prime.send("GET", LIST).status_code for _attempt in range(4)] == [200, 200, 200, 503]


def test_refused_write_has_no_effect(prime: Prime) -> None:
    (job_id,) = prime.control.seed({"name": "Night"})
    prime.control.knobs(rate_per_user=1)
    prime.get(LIST)

    assert prime.put("suspend", job_id).status_code == 503
    assert not prime.truth(job_id)["held"]


def test_operations_are_not_limited_in_newer_releases(prime: Prime) -> None:
    prime.control.knobs(rate_per_user=1, rate_limited_operations=False)

    assert [prime.send("GET", "v4/op.json").status_code for _attempt in range(3)] == [200] * 3
    assert [prime.send("GET", LIST).status_code for _attempt in range(2)] == [200, 503]


def test_limit_of_all_users(prime: Prime) -> None:
    prime.control.knobs(rate_total=2, rate_window_ms=5000)
    answers = [prime.send("GET", LIST) for _attempt in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 503]
    assert "NBI Global Rate limit exceeded (More than 2 in 5,000 ms)" in answers[2].text


def test_rate_limits_can_be_read(prime: Prime) -> None:
    prime.control.knobs(rate_per_user=7)

    assert prime.get("v4/op/rateService/rateLimits.json")["rateLimits"] == {
        "windowSize": 1000,
        "totalRequestThreshold": -1,
        "perUserThreshold": 7,
        "limitPageSize": 1000,
        "limitUnpagedQuery": 100,
    }


def test_sixth_kept_connection_is_unauthorized(prime: Prime) -> None:
    url = f"{prime.origin}/webacs/api/{LIST}"
    sessions = [requests.Session() for _attempt in range(6)]
    try:
        codes = [session.get(url, auth=OPERATOR, timeout=10).status_code for session in sessions]
        assert codes == [200] * 5 + [401]
        assert prime.control.sessions() == 5
        assert sessions[0].get(url, auth=OPERATOR, timeout=10).status_code == 200
        assert prime.send("GET", LIST).status_code == 401
    finally:
        for session in sessions:
            session.close()
    _until(lambda: prime.control.sessions() == 0)
    assert prime.send("GET", LIST).status_code == 200
    assert prime.control.sessions() == 0


def _until(true: t.Callable[[], bool]) -> None:
    """The server's own threads notice a closed connection in their own time."""
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline


def test_sporadic_401(prime: Prime) -> None:
    prime.control.knobs(sporadic_401=3)

    assert [prime.send("GET", LIST).status_code for _attempt in range(6)] == [200, 200, 401] * 2


def test_session_cookie_is_no_login(prime: Prime) -> None:
    cookies = prime.send("GET", LIST).cookies
    assert "JSESSIONID" in cookies
    headers = {"Cookie": f"JSESSIONID={cookies['JSESSIONID']}"}

    assert prime.send("GET", LIST, auth=None, headers=headers).status_code == 302
    prime.control.knobs(session_cookie=False)
    assert "Set-Cookie" not in prime.send("GET", LIST).headers


def test_virtual_domains(prime: Prime) -> None:
    north, south = prime.control.seed({"name": "n", "domain": "NORTH"}, {"name": "s", "domain": "SOUTH"})
    user = {"password": "x", "groups": ["NBI Read", "NBI Write"], "domain": "SOUTH"}
    prime.control.knobs(users={**prime.control.knobs()["users"], "sue": user})

    def ids(path: str, **options: t.Any) -> list[str]:
        return [entity["$"] for entity in prime.get(path, **options)["entityId"]]

    assert ids(LIST) == [north, south]
    assert ids(f"{LIST}?_ctx.domain=NORTH") == [north]
    assert ids(LIST, auth=("sue", "x")) == [south]
    assert prime.get(LIST, auth=("sue", "x"))["@domain"] == "SOUTH"
    for query, auth in (("_ctx.domain=NORTH", ("sue", "x")), ("_ctx.domain=EAST", OPERATOR)):
        assert prime.send("GET", f"{LIST}?{query}", auth=auth).status_code == 403
    body = {"jobOperationPayload": {"jobIds": {"jobId": [int(north)]}}}
    answer = prime.send("PUT", "v4/op/jobService/suspend.json", json=body, auth=("sue", "x"))
    assert [item["id"] for item in answer.json()["mgmtResponse"]["operationResult"][0]["failure"]["failure"]]
    assert not prime.truth(north)["held"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "v4/op/jobService/suspend.json"),
        ("GET", "v4/op/jobService/suspend.json"),
        ("PUT", "v4/op/jobService/runhistory.json"),
        ("PUT", "v4/op/jobService/retry.json"),
        ("PUT", "v4/op/jobservice/suspend.json"),
        ("POST", "v4/data/JobSummary.json"),
        ("DELETE", "v4/data/JobSummary/1.json"),
        ("GET", "v4/data/jobSummary.json"),
        ("GET", "v4/data/JobSummary/x.json"),
        ("GET", "v4/data/JobSummary/.json"),
        ("GET", "v5/data/JobSummary.json"),
        ("GET", "v0/data/JobSummary.json"),
        ("OPTIONS", "v4/data/JobSummary.json"),
    ],
)
def test_unknown_resource_or_wrong_method(prime: Prime, method: str, path: str) -> None:
    answer = prime.send(method, path, json={"jobOperationPayload": {"jobIds": {"jobId": [1]}}})

    assert answer.status_code == 404
    assert answer.json()["errorDocument"]["httpMethod"] == method


def test_older_release_without_v4(prime: Prime) -> None:
    prime.control.knobs(api_versions=[1, 2, 3])

    assert prime.send("GET", LIST).status_code == 404
    assert prime.send("GET", "v3/data/JobSummary.json").status_code == 200
