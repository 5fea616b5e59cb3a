# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that were once read as a fault of ours, or as more than they are: each was found by the fuzzers."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.batchops.job_control.plugins.module_utils import _json, _xml
from ansible_collections.batchops.job_control.plugins.module_utils._ajs import execution_agents
from ansible_collections.batchops.job_control.plugins.module_utils._ajs import session as ajs_session
from ansible_collections.batchops.job_control.plugins.module_utils._ajs import wire as ajs
from ansible_collections.batchops.job_control.plugins.module_utils._clock import SystemClock
from ansible_collections.batchops.job_control.plugins.module_utils._commvault import wire as commvault
from ansible_collections.batchops.job_control.plugins.module_utils._drs import wire as drs
from ansible_collections.batchops.job_control.plugins.module_utils._errors import ProtocolError, Refused, excerpt, shown
from ansible_collections.batchops.job_control.plugins.module_utils._http import HttpSession
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, JobState
from ansible_collections.batchops.job_control.plugins.module_utils._prime import wire as prime
from ansible_collections.batchops.job_control.plugins.module_utils._report import written
from ansible_collections.batchops.job_control.plugins.module_utils._response import Peer, Response
from ansible_collections.batchops.job_control.plugins.module_utils._system import Connection
from ansible_collections.batchops.job_control.plugins.module_utils._veeam import wire as veeam

ESCAPES = "\x1b[2Jdone\r\nok: all\x07 \u202eturned"


# --- text ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'["\\ud800"]', "\ufffd"),
        (b'["a\\udfffb"]', "a\ufffdb"),
        (b'["\\ud83d\\udcbe"]', "\U0001f4be"),
        (b'["\\ud83d\\udcbe \\udcbe"]', "\U0001f4be \ufffd"),
    ],
)
def test_half_a_character_is_replaced(body: bytes, text: str) -> None:
    """No encoding can write it, so neither an address nor a result could hold it."""
    assert _json.parse(body) == [text]


def test_a_unit_with_half_a_character_has_an_address() -> None:
    unit = {"definition": {"unitName": "/a\\ud800"}, "unitStatus": {"unitName": "/x", "execID": "@A1"}}
    name = _json.parse(str(unit).replace("'", '"').replace("\\\\", "\\").encode())["definition"]["unitName"]
    assert ajs.unit_path(ajs.JobId(name, "@A1")).isascii()


def test_nothing_in_a_message_is_obeyed_by_a_terminal() -> None:
    error = Refused(ESCAPES)
    assert error.message == str(error) == "\\x1b[2Jdone\\r\\nok: all\\x07 \\u202eturned"


def test_a_message_keeps_the_letters_of_all_scripts() -> None:
    assert Refused("ジョブ\u3000異常 - ошибка").message == "ジョブ 異常 - ошибка"


@pytest.mark.parametrize(
    "said",
    [
        commvault.fault({"errorCode": 1, "errorMessage": "x" * 10_000}),
        veeam.error_of({"statuscode": 400, "message": "x" * 10_000}),
        prime.verdicts({"operationResult": {"failure": {"failure": {"id": 1, "message": "x" * 10_000}}}}),
        [task.message for task in veeam.tasks({"taskid": "task-1", "result": {"message": "x" * 10_000}})],
    ],
    ids=["commvault", "veeam", "prime", "veeam task"],
)
def test_a_message_of_a_product_is_cut(said: t.Any) -> None:
    assert "x" * 500 in str(said)
    assert "x" * 501 not in str(said)


def test_a_line_of_a_diff_is_one_line() -> None:
    job = Job("1", ESCAPES, "Backup", "memory", JobState.RUNNING, "Running")
    result = written([Item("1", job)], "memory", predict=False)
    assert result["diff"]["before"] == f"1 {Refused(ESCAPES)}: running\n"
    assert result["jobs"][0]["name"] == ESCAPES  # the data is as it is


def test_a_value_is_shown_however_deep_or_large() -> None:
    deep: t.Any = 1
    for _level in range(100_000):
        deep = [deep]
    assert shown(deep) == "[[[[[...]]]]]"
    assert shown({"x": "y" * 10_000}) == excerpt(repr({"x": "y" * 10_000}))


# --- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["²", "٣", "9" * 5000])
def test_a_digit_is_not_always_a_number(number: str) -> None:
    status = {"execAgent": "a", "status": "HOLD", "job": number}
    with pytest.raises(ProtocolError):
        execution_agents.decode_agents({"results": [{"output": {"statuses": [status]}}]})
    with pytest.raises(ProtocolError):
        ajs_session._protocol_number({"protocolVersionNumber": number})
    assert ajs_session._version_number({"productVersionNumber": number}) == ajs_session.FIRST_RELEASE


@pytest.mark.parametrize("value", ["²", "Mon, 01 Jan 0001 00:00:00 -0000", "9" * 400 + "x"])
def test_a_retry_after_that_cannot_be_read_counts_as_none(value: str) -> None:
    session = HttpSession(Connection(), SystemClock(), peer=Peer("The product", lambda response: True))
    assert session._retry_after(Response(429, {"retry-after": value}, b"", "GET", "http://x/")) == 0.0


@pytest.mark.parametrize("percent", ["NaN", "inf", "-inf", "1e999", float("nan")])
def test_progress_is_a_finite_number(percent: t.Any) -> None:
    """A result with NaN is no JSON any more."""
    assert commvault.job({"jobSummary": {"jobId": 1, "percentComplete": percent}}).progress is None


# --- ids and links ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("identity", ["../x", "a/b", "a b", "a?b", "%2e", ".", "a\nb", ""])
def test_an_id_that_would_lead_elsewhere_is_refused(identity: str) -> None:
    with pytest.raises(ProtocolError):
        drs.page({"jobs": [{"id": identity, "status": "PAUSING"}]}, "total_record")
    if identity:
        with pytest.raises(ProtocolError):
            veeam.tasks({"taskid": identity})


@pytest.mark.parametrize(
    "href",
    [
        "https://em/api/../other/jobs",
        "https://em/api/jobs/%2e%2e/x",
        "https://em/api/jobs/./x",
        "https://em/api//jobs",
        "https://em/api/jobs;x/y",
        "https://em/api/jobs\\..\\x",
    ],
)
def test_a_link_does_not_lead_upwards(href: str) -> None:
    assert veeam.target(href) is None


def test_an_agent_has_a_name() -> None:
    with pytest.raises(ProtocolError):
        execution_agents.decode_agents({"results": [{"output": {"statuses": [{"status": "HOLD"}]}}]})


# --- depth -----------------------------------------------------------------------------------------------------------


def test_errors_within_errors_within_errors_are_refused() -> None:
    document: t.Any = {"errorCode": 1}
    for _level in range(100):
        document = {"errors": [document]}
    with pytest.raises(ProtocolError):
        commvault.fault(document)


def test_xml_is_stopped_where_it_gets_too_deep() -> None:
    """Not at its end: one that never ends its elements would have filled the memory by then."""
    assert _xml.parse(b"<a>" * 64 + b"</a>" * 64)
    with pytest.raises(ProtocolError, match="deeper"):
        _xml.parse(b"<a>" * 65 + b"no end, and no XML either <")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp037", "latin-1"])
def test_a_doctype_is_refused_in_any_encoding(encoding: str) -> None:
    start = f"<?xml version='1.0' encoding='{encoding}'?>".encode("utf-16" if encoding == "utf-16" else "ascii")
    with pytest.raises(ProtocolError):
        _xml.parse(start + "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>".encode(encoding))
