# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AK/SK signatures (contract 4.2)."""

from __future__ import annotations

import datetime
import email.utils
import hashlib
import json

import pytest
import requests

from simulators.drs import signing
from simulators.drs.bench import Bench, code

SECRET = "SKprobe+secret/0123456789"
DATE = "20260101T000000Z"


def test_vector_of_a_post() -> None:
    project = "054babbbde80d4602f5cc0043a40ed8c"
    headers = {
        "content-type": "application/json",
        "host": "drs.cn-north-4.myhuaweicloud.com",
        "x-project-id": project,
        "x-sdk-date": DATE,
    }
    body = b'{"jobs": [{"job_id": "140b5236-88ad-43c8-811c-1268453jb101"}]}'
    path = f"/v3/{project}/jobs/batch-retry-task"
    canonical = signing.canonical_request("POST", path, "", headers, sorted(headers), body)
    wanted = "43ab0a318fd0fdd0a95bcd96b9a7c5e77bcf32e2893fee447e775e977bf8b36b"
    assert signing.signature(SECRET, DATE, canonical) == wanted


def test_vector_of_a_get_with_a_query() -> None:
    headers = {"host": "iam.cn-north-4.myhuaweicloud.com", "x-sdk-date": DATE}
    query = "name=cn-north-4&b=x%20y&a=~_-."
    canonical = signing.canonical_request("GET", "/v3/projects", query, headers, sorted(headers), b"")
    wanted = "f7978046f69fdf9ec100559efe6116b2ba018bdda7dfb5c9a0bc1b2ca7b68eb5"
    assert signing.signature(SECRET, DATE, canonical) == wanted


def test_canonical_forms() -> None:
    assert signing.canonical_uri("/v3/a b/%7Ec") == "/v3/a%20b/~c/"
    assert signing.canonical_query("b=2&a=&b=1&a%20c=x+y") == "a=&a%20c=x%20y&b=1&b=2"
    assert signing.canonical_query("") == ""


@pytest.mark.parametrize("header", ["", "Basic b3BlcmF0b3I=", "SDK-HMAC-SHA256 Access=AK, Signature=00"])
def test_what_is_not_a_signature(header: str) -> None:
    assert signing.parse(header) is None


class Signer:
    """Signs requests to a bench, in a way that a test can spoil."""

    def __init__(self, drs: Bench) -> None:
        self.drs = drs
        self.access_key, self.secret_key = drs.sim.access_key, drs.sim.secret_key
        self.date = datetime.datetime.now(datetime.timezone.utc)
        self.extra: dict[str, str] = {}

    def send(self, body: bytes = b'{"jobs": ["x"]}', sent: bytes | None = None) -> requests.Response:
        """Sign `body`, send it (or `sent`)."""
        path = f"/v3/{self.drs.sim.project_id}/jobs/batch-status"
        headers = {
            "content-type": "application/json",
            "host": self.drs.server.origin.partition("//")[2],
            "x-sdk-date": self.date.strftime("%Y%m%dT%H%M%SZ"),
            **self.extra,
        }
        names = sorted(headers)
        canonical = signing.canonical_request("POST", path, "", headers, names, body)
        signature = signing.signature(self.secret_key, headers["x-sdk-date"], canonical)
        headers["Authorization"] = (
            f"SDK-HMAC-SHA256 Access={self.access_key}, SignedHeaders={';'.join(names)}, Signature={signature}"
        )
        return requests.post(self.drs.server.origin + path, data=sent or body, headers=headers, timeout=10)

    def refusal(self) -> str:
        answer = self.send()
        assert code(answer) == (401, "APIGW.0301")
        return str(answer.json()["error_msg"]).partition(": ")[2]


def test_a_signed_request_needs_no_token(drs: Bench) -> None:
    job_id = drs.seed()
    body = json.dumps({"jobs": [job_id]}).encode()
    signer = Signer(drs)
    assert signer.send(body).json() == {"count": 1, "results": [{"id": job_id, "status": "INCRE_TRANSFER_STARTED"}]}
    signer.extra = {"x-project-id": drs.sim.project_id, "x-language": "en-us"}
    assert signer.send(body).status_code == 200
    signer.extra = {"x-sdk-content-sha256": hashlib.sha256(body).hexdigest()}
    assert signer.send(body).status_code == 200
    signer.extra = {"x-sdk-content-sha256": hashlib.sha256(b"").hexdigest()}
    assert signer.send(body).status_code == 401


def test_the_project_in_the_header_must_be_the_one_in_the_path(drs: Bench) -> None:
    signer = Signer(drs)
    signer.extra = {"x-project-id": drs.sim.other_project_id}
    assert code(signer.send()) == (403, "DRS.M00261")


def test_a_changed_body_is_refused(drs: Bench) -> None:
    assert code(Signer(drs).send(sent=b'{"jobs": ["y"]}')) == (401, "APIGW.0301")


def test_unknown_and_locked_keys(drs: Bench) -> None:
    signer = Signer(drs)
    signer.access_key = "NOBODY"
    assert signer.refusal() == "Get secretKey failed,ak:NOBODY,err:ak not exist"
    signer.access_key, signer.secret_key = drs.sim.access_key, "wrong"
    for _attempt in range(5):
        assert signer.refusal() == "verify aksk signature fail"
    signer.secret_key = drs.sim.secret_key
    assert signer.refusal() == "AK access failed to reach the limit,forbidden."
    drs.control.advance(300)
    assert signer.send().status_code == 400  # the id is unknown, the key is good again


def test_a_success_ends_a_row_of_failures(drs: Bench) -> None:
    signer = Signer(drs)
    for _round in range(2):
        signer.secret_key = "wrong"
        for _attempt in range(4):
            signer.refusal()
        signer.secret_key = drs.sim.secret_key
        assert signer.send().status_code == 400


def test_clocks_must_agree_within_15_minutes(drs: Bench) -> None:
    signer = Signer(drs)
    signer.date -= datetime.timedelta(minutes=14)
    assert signer.send().status_code == 400
    signer.date -= datetime.timedelta(minutes=2)
    assert signer.refusal() == "signature expired"
    drs.control.knobs(clock_skew=-960)
    assert signer.send().status_code == 400


def test_temporary_keys_need_their_security_token(drs: Bench) -> None:
    signer = Signer(drs)
    signer.access_key, signer.secret_key = drs.sim.temporary_access_key, drs.sim.temporary_secret_key
    assert signer.refusal() == "verify aksk signature fail"
    signer.extra = {"x-security-token": drs.sim.security_token}
    assert signer.send().status_code == 400


@pytest.mark.parametrize("names", ["host", "x-sdk-date", "x-sdk-date;host", "absent;host;x-sdk-date"])
def test_the_signed_headers_must_be_complete_sorted_and_there(names: str) -> None:
    headers = {"host": "drs.example.com", "x-sdk-date": DATE}
    signed = names.split(";")
    canonical = signing.canonical_request("GET", "/", "", {"absent": "", **headers}, signed, b"")
    credential = signing.Credential("AK", tuple(signed), signing.signature(SECRET, DATE, canonical))
    assert not signing.verify(credential, SECRET, "GET", "/", "", headers, b"")


def test_a_client_whose_clock_is_20_minutes_behind(drs: Bench) -> None:
    """It is told so in the gateway's words, by IAM as well, and by the answer's own Date."""
    drs.control.knobs(clock_skew=1200)
    signer = Signer(drs)
    assert signer.refusal() == "signature expired"
    headers = {
        "Authorization": "SDK-HMAC-SHA256 Access=OPERATOR000000000001, SignedHeaders=host, Signature=" + "0" * 64
    }
    headers["X-Sdk-Date"] = signer.date.strftime("%Y%m%dT%H%M%SZ")
    answer = requests.get(f"{drs.server.url}/v3/projects?name=cn-north-4", headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["error_code"]) == (401, "APIGW.0301")
    assert answer.json()["error_msg"] == "Incorrect IAM authentication information: signature expired"
    ahead = email.utils.parsedate_to_datetime(answer.headers["Date"]).timestamp() - drs.sim.clock.now()
    assert 1199 <= ahead <= 1200
