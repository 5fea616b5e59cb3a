# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prime's documents in all dialects, as the contract shows them, and spoilt ones."""

from __future__ import annotations

import json
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.batchops.job_control.plugins.module_utils import _xml
from ansible_collections.batchops.job_control.plugins.module_utils._errors import ProtocolError, UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, Verb
from ansible_collections.batchops.job_control.plugins.module_utils._prime import wire

SUMMARY = {
    "@displayName": "1162934",
    "@id": 1162934,
    "jobName": "Nightly backup",
    "jobStatus": "SCHEDULED",
    "jobType": "Config Archive Collection",
    "lastStartTime": "2026-05-16T18:20:01.680Z",
    "completionTime": "2016-06-20T01:56:27.247+10:00",
    "nextRunTime": "2026-05-17T18:20:00Z",
    "resultStatus": "SUCCESS",
    "runId": 282800294,
    "runStatus": "COMPLETED",
    "username": "root",
}
XML_PAGE = b"""<?xml version="1.0" ?>
<queryResponse count="14" first="0" last="0" type="JobSummary" responseType="listEntityInstances">
  <entity dtoType="jobSummaryDTO" type="JobSummary" url="https://prime.example.com/webacs/api/v4/data/JobSummary/15">
    <jobSummaryDTO displayName="15" id="15" uuid=""><jobName>A &amp; B</jobName><jobStatus>SUSPENDED</jobStatus>
      <runId>7</runId><runStatus>RUNNING</runStatus><username>root</username></jobSummaryDTO>
  </entity>
</queryResponse>"""


def a_page(*summaries: dict[str, t.Any], **head: t.Any) -> dict[str, t.Any]:
    return {**head, "entity": [{"@dtoType": "jobSummaryDTO", "jobSummaryDTO": summary} for summary in summaries]}


def test_a_job_of_v4_json() -> None:
    page = wire.page(a_page(SUMMARY, **{"@count": 14, "@first": 0, "@last": 13}), 0)
    (job,) = page.jobs
    assert (page.total, page.following) == (14, 14)
    assert (job.id, job.name, job.type) == ("1162934", "Nightly backup", "Config Archive Collection")
    assert (job.state.value, job.raw_state) == ("queued", "SCHEDULED COMPLETED SUCCESS")
    assert (job.run_id, job.owner, job.started_by) == ("282800294", "root", "root")
    assert (job.started, job.ended) == ("2026-05-16T18:20:01Z", "2016-06-19T15:56:27Z")
    assert job.next_run == "2026-05-17T18:20:00Z"
    assert job.facts["situation"].run_id == "282800294"


@pytest.mark.parametrize("odd", ["yesterday", -1, 1778970000000, True, None, [], {"at": "now"}])
def test_an_odd_time_is_left_out_and_nothing_else(odd: t.Any) -> None:
    strange, usual = wire.page(a_page({**SUMMARY, "lastStartTime": odd}, SUMMARY), 0).jobs
    assert (strange.id, strange.state, strange.started) == (usual.id, usual.state, "")


def test_a_job_of_v1_json_has_strings_for_numbers_and_a_number_for_a_name() -> None:
    summary = {"@id": "15", "jobName": 112401323, "jobStatus": "COMPLETED", "runId": "7", "runStatus": "RUNNING"}
    page = wire.page(a_page(summary, **{"@count": "2", "@first": "0", "@last": "0"}), 0)
    (job,) = page.jobs
    assert (job.id, job.name, job.run_id, job.state.value) == ("15", "112401323", "7", "running")
    assert (page.total, page.following, page.pages_left) == (2, 1, 1)


def test_a_job_of_xml() -> None:
    page = wire.page(_xml.parse(XML_PAGE)["queryResponse"], 0)
    (job,) = page.jobs
    assert (job.id, job.name, job.state.value, job.halted, job.running) == ("15", "A & B", "suspending", True, True)
    assert (page.total, page.following, page.pages_left) == (14, 1, 13)


@pytest.mark.parametrize(
    "head",
    [
        {"@count": 0},
        {"@count": "0", "@first": "0", "@last": "-1"},
        {"@count": 0, "entity": []},
        {"@count": 0, "entity": {}},
        {"entity": None},
        {},
    ],
)
def test_an_empty_list_in_all_its_forms(head: dict[str, t.Any]) -> None:
    page = wire.page(head, 0)
    assert not page.jobs
    assert page.following >= (page.total or 0)


@pytest.mark.parametrize(
    ("on_page", "following", "total", "left"),
    [(5, 5, 12, 2), (5, 7, 12, 1), (5, 12, 12, 0), (5, 15, 12, 0), (0, 0, 5, 5), (5, 5, None, 0), (0, 0, None, 0)],
)
def test_pages_to_come(on_page: int, following: int, total: int | None, left: int) -> None:
    assert wire.Page([listed()] * on_page, following, total).pages_left == left


def test_a_last_index_before_the_first_one_is_not_believed() -> None:
    assert wire.page(a_page(SUMMARY, SUMMARY, **{"@last": "3"}), 10).following == 12


@pytest.mark.parametrize(("value", "name"), [(True, "true"), (False, "false"), (1.5, "1.5"), ({}, ""), (None, "")])
def test_a_name_that_v1_has_turned_into_something_else(value: t.Any, name: str) -> None:
    (job,) = wire.page(a_page({**SUMMARY, "jobName": value}), 0).jobs
    assert job.name == name


def test_the_id_is_taken_from_the_address_when_the_summary_has_none() -> None:
    entity = {"@url": "https://prime.example.com/webacs/api/v4/data/JobSummary/15", "jobSummaryDTO": {"jobName": "x"}}
    (job,) = wire.page({"entity": entity}, 0).jobs
    assert (job.id, job.state.value) == ("15", "unknown")


def test_a_run_id_that_is_no_number_is_none() -> None:
    (job,) = wire.page(a_page({**SUMMARY, "runId": "n/a"}), 0).jobs
    assert job.run_id == ""


@pytest.mark.parametrize(
    "response",
    [
        {"entity": ["x"]},
        {"entity": [{}]},
        {"entity": [{"jobSummaryDTO": []}]},
        {"entity": [{"jobSummaryDTO": {"@id": "fifteen"}}]},
        {"entity": [{"jobSummaryDTO": {"@id": {"a": 1}}}]},
        {"entity": 5},
    ],
)
def test_what_is_no_job_is_an_error(response: dict[str, t.Any]) -> None:
    with pytest.raises(ProtocolError):
        wire.page(response, 0)


def item(number: t.Any, status: str, message: t.Any = "words") -> dict[str, t.Any]:
    return {"id": number, "message": message, "status": status}


@pytest.mark.parametrize(
    "response",
    [
        {  # v2 to v4
            "operationResult": [
                {
                    "operation": "SUSPEND",
                    "success": {"success": [item(15, "Success")]},
                    "failure": {"failure": [item(25, "Failure")]},
                }
            ]
        },
        {  # v1: everything that is single is bare
            "operationResult": {
                "success": {"success": item("15", "Success")},
                "failure": {"failure": item(25, "Failure")},
            }
        },
        _xml.parse(
            b"<mgmtResponse><operationResult><failure><failure><id>25</id><message>words</message>"
            b"<status>Failure</status></failure></failure><message/><operation>RESUME</operation>"
            b"<success><success><id>15</id><message/><status>Success</status></success></success>"
            b"</operationResult></mgmtResponse>"
        )["mgmtResponse"],
    ],
)
def test_success_and_failure_of_each_id_in_every_dialect(response: dict[str, t.Any]) -> None:
    assert wire.verdicts(response) == {"15": None, "25": "words"}


@pytest.mark.parametrize("empty", [None, "", {}, [], {"failure": []}, {"failure": None}, {"failure": ""}])
def test_an_empty_wrapper_in_all_its_forms(empty: t.Any) -> None:
    operation = {"success": {"success": [item(15, "Success")]}, "failure": empty}
    assert wire.verdicts({"operationResult": [operation]}) == {"15": None}
    del operation["failure"]
    assert wire.verdicts({"operationResult": [operation]}) == {"15": None}


@pytest.mark.parametrize("status", [None, "", "Success"])
def test_whatever_is_among_the_failures_is_a_failure(status: str | None) -> None:
    operation = {"failure": {"failure": [{"id": 25, "message": "words", "status": status}]}}
    assert wire.verdicts({"operationResult": [operation]}) == {"25": "words"}


def test_a_failure_among_the_successes_is_a_failure() -> None:
    operation = {"success": {"success": [item(15, "Failure", 404)]}}
    assert wire.verdicts({"operationResult": [operation]}) == {"15": "404"}


@pytest.mark.parametrize("response", [{"operationResult": "x"}, {"operationResult": [{"failure": "x"}]}])
def test_an_unreadable_answer_to_an_action_leaves_its_effect_open(response: dict[str, t.Any]) -> None:
    with pytest.raises(ProtocolError) as caught:
        wire.verdicts(response)
    assert caught.value.maybe_applied


@pytest.mark.parametrize(
    ("verb", "ids", "version", "expected"),
    [
        (Verb.SUSPEND, ["15", "25"], 4, {"jobOperationPayload": {"jobIds": {"jobId": [15, 25]}}}),
        (Verb.RESUME, ["15"], 4, {"jobOperationPayload": {"jobIds": {"jobId": [15]}}}),
        (Verb.CANCEL_RUNNING, ["7"], 2, {"jobRunOperationPayload": {"runIds": {"runId": [7]}}}),
        (Verb.SUSPEND, ["15"], 1, {"jobOperationPayload": {"jobIds": {"jobId": 15}}}),
        (Verb.SUSPEND, ["15", "25"], 1, {"jobOperationPayload": {"jobIds": {"jobId": [15, 25]}}}),
    ],
)
def test_payloads(verb: Verb, ids: list[str], version: int, expected: dict[str, t.Any]) -> None:
    assert wire.payload(wire.OPERATIONS[verb], ids, version) == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            {"errorDocument": {"message": "No such entity type as unkown.-PRS-102", "id": "presentation.PRS-102"}},
            ("No such entity type as unkown.", "PRS-102"),
        ),
        ({"errorDocument": {"message": "No such type", "id": "presentation.PRS-102"}}, ("No such type", "PRS-102")),
        ({"errorDocument": {"message": "Too fast.-PRS-303"}}, ("Too fast.", "PRS-303")),
        ({"errorDocument": {"message": "Line 1\nLine 2"}}, ("Line 1 Line 2", None)),
        ({"errorDocument": {}}, ("", None)),
        ({"errorDocument": "x"}, None),
        ({"queryResponse": {}}, None),
    ],
)
def test_error_documents(document: dict[str, t.Any], expected: tuple[str, str | None] | None) -> None:
    assert wire.error_document(document) == expected


@pytest.mark.parametrize(
    ("status", "text", "expected"),
    [
        (503, "NBI Rate limit for user (operator) exceeded (More than 5 in 1,000 ms).-PRS-303", True),
        (503, "NBI Global Rate limit exceeded (More than 9 in 1000 ms)", True),
        (503, "Per user concurrent query count exceeded Currently 5 : Limit is 5", True),
        (503, "<html>Service unavailable</html>", False),
        (500, "presentation.PRS-303", False),
    ],
)
def test_the_rate_limiter_is_told_from_a_server_in_trouble(status: int, text: str, expected: bool) -> None:
    assert wire.is_rate_limit(status, text) is expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("SWIM push",), [("jobName", '"SWIM push"')]),
        (('with "quotes"',), []),
        (("back\\slash",), []),
        (("a", "b"), []),
        ((), []),
    ],
)
def test_a_filter_is_only_sent_when_it_can_be_written_safely(
    values: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    assert wire.equals("jobName", values) == expected


@pytest.mark.parametrize(("given_id", "expected"), [("15", "15"), ("0015", "15"), ("9" * 19, "9" * 19)])
def test_ids(given_id: str, expected: str) -> None:
    assert wire.canonical_id(given_id) == expected


@pytest.mark.parametrize("wrong", ["", "abc", "-1", "1.5", "15 ", "9" * 20, "१५"])
def test_what_is_no_id_is_said_so(wrong: str) -> None:
    with pytest.raises(UsageError):
        wire.canonical_id(wrong)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["entity", "jobSummaryDTO", "@id", "jobStatus", "operationResult", "success", "failure", "id"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["entity", "operationResult", "@count", "@last"]), json_values))
def test_no_shape_of_an_answer_breaks_anything(response: dict[str, t.Any]) -> None:
    for read in (lambda document: wire.page(document, 0), wire.single, wire.verdicts):
        try:
            read(response)
        except ProtocolError:
            continue
    json.dumps(wire.error_document({"errorDocument": response}))


# --- runs --------------------------------------------------------------------------------------------------------

RUNS = [
    {"runId": 70, "runStatus": "COMPLETED", "resultStatus": "FAILURE", "completionTime": "2026-05-16T18:20:07.696Z"},
    {"runId": 71, "runStatus": "RUNNING", "lastStartTime": "2026-05-16T18:20:52.301Z", "results": ""},
    {"runId": 72, "runStatus": "CANCELLED"},
]


def history(runs: t.Any, job_id: t.Any = 1162934) -> dict[str, t.Any]:
    return {"@responseType": "operation", "job": {"jobId": job_id, "runInstances": {"runInstance": runs}}}


def listed() -> Job:
    return wire.page(a_page(SUMMARY), 0).jobs[0]


@pytest.mark.parametrize(
    ("run_id", "state", "raw"),
    [("70", "failed", "SCHEDULED COMPLETED FAILURE"), ("72", "cancelled", "SCHEDULED CANCELLED")],
)
def test_a_job_in_an_earlier_run_is_judged_by_that_run(run_id: str, state: str, raw: str) -> None:
    earlier = wire.earlier_run(history(RUNS), listed(), run_id)
    assert earlier is not None
    assert (earlier.id, earlier.run_id, earlier.state.value, earlier.raw_state) == ("1162934", run_id, state, raw)
    assert not earlier.running
    assert earlier.facts["situation"].run_id == run_id
    assert earlier.ended == ("2026-05-16T18:20:07Z" if run_id == "70" else "")


@pytest.mark.parametrize(
    "response",
    [
        {},
        {"job": ""},
        history(""),
        history(RUNS[0], job_id=15),
        history(RUNS[2]),
        history({**RUNS[0], "runStatus": "RUNNING", "resultStatus": ""}),
    ],
)
def test_a_run_that_the_history_does_not_show_or_that_has_not_ended_is_not_told(response: dict[str, t.Any]) -> None:
    assert wire.earlier_run(response, listed(), "70") is None


def test_one_run_may_stand_alone() -> None:
    earlier = wire.earlier_run(history(RUNS[0], job_id="1162934"), listed(), "70")
    assert earlier is not None
    assert earlier.state.value == "failed"


# --- whose answer it is ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("root", ["queryResponse", "mgmtResponse", "errorDocument"])
def test_an_answer_of_the_product(root: str) -> None:
    assert wire.is_answer({root: {}})
    assert not wire.is_answer({root: "no"})


@pytest.mark.parametrize("document", [{}, {"message": "no Route matched"}, {"error": "Forbidden"}, {"html": {}}])
def test_an_answer_of_a_stranger(document: dict[str, t.Any]) -> None:
    assert not wire.is_answer(document)
