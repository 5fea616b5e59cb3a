# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The signature of requests, against values that the vendor's own SDK gave (contract 4.2)."""

from __future__ import annotations

from ansible_collections.batchops.job_control.plugins.module_utils._drs import signing

ACCESS_KEY, SECRET_KEY = "AKPROBE0000000000000", "SKprobe+secret/0123456789"
DATE = {"X-Sdk-Date": "20260101T000000Z"}
PROJECT = "054babbbde80d4602f5cc0043a40ed8c"


def test_a_write() -> None:
    host = "drs.cn-north-4.myhuaweicloud.com"
    headers = {**DATE, "Host": host, "Content-Type": "application/json", "X-Project-Id": PROJECT}
    body = b'{"jobs": [{"job_id": "140b5236-88ad-43c8-811c-1268453jb101"}]}'

    value = signing.authorization(
        "POST", f"https://{host}/v3/{PROJECT}/jobs/batch-retry-task", (), headers, body, ACCESS_KEY, SECRET_KEY
    )

    assert value == (
        f"SDK-HMAC-SHA256 Access={ACCESS_KEY}, SignedHeaders=content-type;host;x-project-id;x-sdk-date, "
        "Signature=43ab0a318fd0fdd0a95bcd96b9a7c5e77bcf32e2893fee447e775e977bf8b36b"
    )


def test_a_read_with_a_query() -> None:
    host = "iam.cn-north-4.myhuaweicloud.com"
    headers = {**DATE, "Host": host}
    query = [("name", "cn-north-4"), ("b", "x y"), ("a", "~_-.")]

    value = signing.authorization("get", f"https://{host}/v3/projects", query, headers, b"", ACCESS_KEY, SECRET_KEY)

    assert value.endswith("Signature=f7978046f69fdf9ec100559efe6116b2ba018bdda7dfb5c9a0bc1b2ca7b68eb5")


def test_the_date_is_utc() -> None:
    assert signing.sdk_date(1767225600.9) == "20260101T000000Z"
