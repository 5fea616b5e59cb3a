# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents of the product, in all the shapes that the contract knows."""

from __future__ import annotations

import json
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.batchops.job_control.plugins.module_utils._commvault import dialects, wire
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.dialects import DIALECTS, Query
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.facts import Work, facts
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.wire import Fault
from ansible_collections.batchops.job_control.plugins.module_utils._errors import ProtocolError, UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._model import JobState

JSON, XML = DIALECTS["json"], DIALECTS["xml"]
TEXT = "Operation failed. Job cannot be suspended/killed/resumed."

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "jobs",
                    "jobSummary",
                    "jobId",
                    "status",
                    "subclient",
                    "errors",
                    "errList",
                    "error",
                    "errorCode",
                    "token",
                ]
                + ["totalRecordsWithoutPaging", "jobIds", "response", "userName", "jobStartTime", "data", "val"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


# --- errors --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        {"errors": [{"errList": [{"errLogMessage": TEXT, "errorCode": 2}]}]},
        {"errors": {"errList": {"errLogMessage": TEXT, "errorCode": "2"}}},
        {"errors": [{"errList": {"errLogMessage": TEXT, "errorCode": 2}}]},
        {"errors": [{"errList": [{"errorCode": 0}, {"errLogMessage": TEXT, "errorCode": 2}]}]},
        {"errList": [{"errLogMessage": TEXT, "errorCode": 2}]},
        {"errorList": [{"errorMessage": TEXT, "errorCode": 2}]},
        {"errorCode": 2, "errorMessage": TEXT},
        {"error": {"errorCode": 2, "errorMessage": TEXT}},
        {"error": {"errorCode": 2, "errLogMessage": TEXT}},
        {"error": {"errList": [{"errorCode": 2, "errLogMessage": TEXT}]}},
        {"response": [{"errorCode": 2, "errorMessage": TEXT}]},
        {"response": [{"errorCode": 2, "errorString": TEXT}]},
    ],
)
def test_every_shape_of_a_refusal(document: dict[str, t.Any]) -> None:
    assert wire.fault(document) == Fault("2", TEXT)


def test_a_refusal_without_a_text_still_is_one() -> None:
    fault = wire.fault({"errors": [{"errList": [{"errorCode": 2}]}]})

    assert fault == Fault("2", "The product refused the request and gave no reason")


def test_a_text_without_a_code_is_a_refusal_too() -> None:
    assert wire.fault({"error": {"errLogMessage": "no"}}) == Fault("", "no")
    assert wire.fault({"error": "no"}) == Fault("", "no")


def test_several_refusals_are_told_together_and_equal_ones_once() -> None:
    errors = [{"errLogMessage": message, "errorCode": code} for message, code in [("a", 2), ("b", 3), ("a", 2)]]

    assert wire.fault({"errors": [{"errList": errors}]}) == Fault("2", "a; b")
    wordless = [{"errorCode": 2}, {"errLogMessage": "b", "errorCode": 3}]
    assert wire.fault({"errors": [{"errList": wordless}]}) == Fault("2", "b")


@pytest.mark.parametrize("nothing", [None, "", " ", [], [None], {}])
@pytest.mark.parametrize("holder", ["errors", "errList", "errorList", "error", "response"])
def test_a_place_for_errors_may_be_empty(holder: str, nothing: t.Any) -> None:
    assert wire.fault({"errorCode": 0, holder: nothing}) is None


@pytest.mark.parametrize("wrap", [lambda inner: {"error": inner}, lambda inner: [inner]], ids=["objects", "lists"])
def test_errors_are_read_to_some_depth_and_no_further(wrap: t.Callable[[t.Any], t.Any]) -> None:
    error: t.Any = {"errorCode": 2, "errorMessage": TEXT}
    for _level in range(6):
        error = wrap(error)

    assert wire.fault({"errors": error}) == Fault("2", TEXT)
    with pytest.raises(ProtocolError, match="nested deeper"):
        wire.fault({"errors": wrap(error)})


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"errorCode": 0},
        {"errorCode": 0, "errorMessage": None},
        {"errors": [{"errList": [{"errorCode": 0, "errLogMessage": ""}]}]},
        {"errors": {"errList": {"errorCode": "0", "errLogMessage": "fine"}}},
        {"error": {"errorCode": 0}},
    ],
)
def test_every_shape_of_success(document: dict[str, t.Any]) -> None:
    assert wire.fault(document) is None
    wire.accept(document)


@pytest.mark.parametrize("document", [{"errors": []}, {"errors": [{"errList": []}]}, {"status": "Fine"}])
def test_an_answer_that_neither_accepts_nor_refuses(document: dict[str, t.Any]) -> None:
    assert wire.fault(document) is None
    with pytest.raises(ProtocolError, match="neither accepts nor refuses"):
        wire.accept(document)


OWN = [
    {},
    {"totalRecordsWithoutPaging": 0},
    {"taskId": 77, "jobIds": ["901"]},
    {"errors": []},
    {"errorCode": 0, "errorMessage": None},
    {"response": [{"errorCode": "0"}]},
    {"user": {"userName": "admin"}},
    {"acObjects": []},
    {"clientProperties": []},
]
REFUSALS = [
    {"errorMessage": "Access denied", "errorCode": 5},
    {"error": {"errorMessage": "not found", "errorCode": 404}},
    {"errors": [{"errList": [{"errorCode": 2}]}]},
]
STRANGE = [
    {"message": "no Route matched with those values"},
    {"error": "Forbidden"},
    {"error": {"code": 403, "message": "denied"}},
    {"errorCode": "PROXY_DENIED", "errorMessage": "denied"},
    {"status": "Fine"},
]


@pytest.mark.parametrize("is_good", [True, False])
def test_whose_document_it_is(is_good: bool) -> None:
    """An empty object means success, and nothing else (contract 8.2)."""
    assert all(wire.is_own(document, True) for document in OWN)
    assert not wire.is_own({}, False)
    assert all(wire.is_own(document, is_good) for document in REFUSALS)
    assert not any(wire.is_own(document, is_good) for document in STRANGE)


@pytest.mark.parametrize(
    ("document", "new_id"),
    [
        ({"taskId": 77, "jobIds": ["901"]}, "901"),
        ({"taskId": 77, "jobIds": [901, 902]}, "901"),
        ({"taskId": "77", "jobIds": {"val": "901"}}, "901"),
        ({"taskId": "77", "jobIds": [{"val": "901"}]}, "901"),
        ({"taskId": 77}, ""),
        ({"taskId": 77, "jobIds": []}, ""),
        ({}, ""),
    ],
)
def test_the_id_of_a_new_job(document: dict[str, t.Any], new_id: str) -> None:
    assert wire.new_job_id(document) == new_id


# --- sessions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document", [{"token": "QSDK 12"}, {"authToken": "QSDK 12"}, {"data": {"authToken": "QSDK 12"}}]
)
def test_where_gateways_put_the_token(document: dict[str, t.Any]) -> None:
    assert wire.token(document) == "QSDK 12"


@pytest.mark.parametrize(
    ("injected", "sent"),
    [("12ab", "QSDK 12ab"), ("QSDK 12ab", "QSDK 12ab"), ("Bearer x", "Bearer x"), ("SAML x", "SAML x")],
)
def test_an_injected_token_gets_the_prefix_that_it_lacks(injected: str, sent: str) -> None:
    assert wire.with_prefix(injected) == sent


def test_why_a_login_failed() -> None:
    errors = [{"errLogMessage": "Wrong.", "errorCode": 1116}]

    assert wire.login_refusal({"errList": errors}) == Fault("1116", "Wrong.")
    untold = wire.login_refusal({"errList": errors, "isAccountLocked": "1"})
    assert untold.message == "Wrong; the account is locked for some seconds"
    for seconds in (300, -1):
        locked = wire.login_refusal({"errList": errors, "isAccountLocked": True, "remainingLockTime": seconds})
        assert locked == Fault("1116", f"Wrong; the account is locked for {seconds} seconds")
    assert "changed first" in wire.login_refusal({"forcePasswordChange": "1", "errList": []}).message


@pytest.mark.parametrize(
    ("document", "is_login"),
    [
        ({"token": "QSDK 12"}, True),
        ({"data": {"authToken": "QSDK 12"}}, True),
        ({"token": "", "isAccountLocked": False}, True),
        ({"isAccountLocked": "1"}, True),
        ({"token": ""}, False),
        ({"errList": [{"errorCode": 1116}]}, False),
        ({"message": "no Route matched with those values"}, False),
        ({}, False),
    ],
)
def test_what_answers_a_login(document: dict[str, t.Any], is_login: bool) -> None:
    assert wire.is_of_login(document) is is_login


# --- jobs ----------------------------------------------------------------------------------------------------------

SUMMARY = {
    "isVisible": True, "localizedStatus": "Abgeschlossen", "jobId": 31776, "status": "Completed",
    "lastUpdateTime": 1519937795, "pendingReason": "Offline.<br>Please  check.", "backupLevel": 2,
    "jobStartTime": 1519937786, "jobType": "Backup", "percentComplete": 100, "subclientName": "test",
    "destClientName": "client02", "jobEndTime": 1519937794,
    "subclient": {"clientName": "client02", "subclientId": 148, "clientId": 2, "subclientName": "test"},
    "userName": {"userName": "admin", "userId": 1},
}  # fmt: skip


def listed(**changes: t.Any) -> dict[str, t.Any]:
    summary = {**SUMMARY, **changes}
    return {"jobSummary": {name: value for name, value in summary.items() if value is not None}}


def test_a_job() -> None:
    job = wire.job(listed())

    assert (job.id, job.name, job.type, job.owner) == ("31776", "Backup client02/test", "Backup", "client02")
    assert (job.state, job.raw_state, job.system) == (JobState.COMPLETED, "Completed", "commvault")
    assert (job.started, job.ended) == ("2018-03-01T20:56:26Z", "2018-03-01T20:56:34Z")
    assert (job.progress, job.started_by, job.reason) == (100.0, "admin", "Offline. Please check.")
    assert facts(job).work == Work("2", "148", "Backup", "client02")


def test_a_job_of_the_commserve_has_neither_client_nor_subclient_name() -> None:
    subclient = {"backupsetId": 0, "subclientId": 0, "clientId": 0}
    job = wire.job(
        listed(jobType="CS DR Backup", subclient=subclient, subclientName=None, destClientName=None, userName=None)
    )

    assert (job.name, job.owner, job.started_by) == ("CS DR Backup", "", "")
    assert facts(job).work == Work("0", "0", "CS DR Backup", "")


def test_a_job_whose_names_are_elsewhere() -> None:
    """A restore has no subclient, but a destination."""
    destination = {"clientId": 6, "clientName": "client01"}
    restore = wire.job(listed(subclient=None, subclientName=None, destClientName=None, destinationClient=destination))
    assert (restore.name, restore.owner) == ("Backup client01", "client01")
    assert facts(restore).work == Work("0", "0", "Backup", "client01")

    assert wire.job(listed(subclient={"clientName": "client03"})).name == "Backup client03/test"
    named = wire.job(listed(subclient={"clientName": "client03", "subclientName": "default"}))
    assert (named.name, named.owner) == ("Backup client03/default", "client03")


@pytest.mark.parametrize(
    ("status", "end", "is_over"),
    [
        ("Running", None, False),
        ("Completed", None, True),
        ("Killed", 0, True),
        *(("Brand New", end, False) for end in (None, 0, "0", -1, "")),
        *(("Brand New", end, True) for end in (1, 1519937794, "1519937794", 1519937794000, "2018-03-01")),
    ],
)
def test_whether_a_job_is_over(status: str, end: t.Any, is_over: bool) -> None:
    """An unknown status may be a final one; then the job has an end."""
    assert facts(wire.job(listed(status=status, jobEndTime=end))).is_over is is_over


@pytest.mark.parametrize(
    ("visible", "is_visible"),
    [
        (True, True),
        ("true", True),
        ("1", True),
        (None, True),
        ("odd", True),
        (False, False),
        ("false", False),
        (0, False),
    ],
)
def test_whether_a_job_is_visible(visible: t.Any, is_visible: bool) -> None:
    assert facts(wire.job(listed(isVisible=visible))).is_visible is is_visible


def test_a_job_that_ended_without_an_end_ended_at_its_last_update() -> None:
    assert wire.job(listed(jobEndTime=None)).ended == "2018-03-01T20:56:35Z"
    assert wire.job(listed(jobEndTime=0, status="Running")).ended == ""


@pytest.mark.parametrize("odd", [-1, None, "", 1519937794000, "2018-03-01", [], 1e300])
@pytest.mark.parametrize("name", ["jobStartTime", "jobEndTime", "lastUpdateTime"])
def test_a_time_that_cannot_be_read_is_empty_and_the_rest_is_read(name: str, odd: t.Any) -> None:
    job = wire.job({"jobSummary": {**SUMMARY, name: odd}})

    ended = "2018-03-01T20:56:35Z" if name == "jobEndTime" else "2018-03-01T20:56:34Z"
    assert (job.id, job.state, job.progress) == ("31776", JobState.COMPLETED, 100.0)
    assert job.started == ("" if name == "jobStartTime" else "2018-03-01T20:56:26Z")
    assert job.ended == ended


def test_a_time_may_be_a_fraction() -> None:
    assert wire.job(listed(jobStartTime=1519937786.0)).started == "2018-03-01T20:56:26Z"


@pytest.mark.parametrize(("given_id", "client"), [(2, "2"), ("02", "2"), (0, "0"), (None, "0"), ("x", ""), (-1, "")])
def test_the_client_of_a_job(given_id: t.Any, client: str) -> None:
    assert facts(wire.job(listed(subclient={"clientId": given_id}))).work.client == client


@given(st.text(max_size=20))
def test_the_state_is_never_read_from_localized_words(word: str) -> None:
    assert wire.job(listed(localizedStatus=word, status="Suspended")).halted


@pytest.mark.parametrize("entry", [None, "job", {}, {"jobSummary": {}}, listed(jobId="x"), listed(jobId=-1)])
def test_what_is_no_job(entry: t.Any) -> None:
    with pytest.raises(ProtocolError):
        wire.job(entry)


@pytest.mark.parametrize(
    ("document", "total", "count"),
    [
        ({"totalRecordsWithoutPaging": 0}, 0, 0),
        ({"totalRecordsWithoutPaging": "0", "jobs": None}, 0, 0),
        ({"totalRecordsWithoutPaging": "0", "jobs": ""}, 0, 0),
        ({"totalRecordsWithoutPaging": "", "jobs": [listed()]}, None, 1),
        ({"totalRecordsWithoutPaging": 71, "jobs": [listed()]}, 71, 1),
        ({"totalRecordsWithoutPaging": "1", "jobs": listed()}, 1, 1),
        ({"jobs": [listed()]}, None, 1),
    ],
)
def test_a_page(document: dict[str, t.Any], total: int | None, count: int) -> None:
    page = wire.page(document)

    assert (page.total, len(page.jobs)) == (total, count)


@pytest.mark.parametrize("document", [{}, {"message": "hello"}, {"jobs": [7]}, {"totalRecordsWithoutPaging": "many"}])
def test_what_is_no_page(document: dict[str, t.Any]) -> None:
    with pytest.raises(ProtocolError):
        wire.page(document)


@pytest.mark.parametrize("word", ["true", "TRUE", "1", 1, True])
def test_a_flag_is_set_in_the_words_of_both_formats(word: t.Any) -> None:
    assert wire.flag(word) is True


@pytest.mark.parametrize("word", ["false", "False", "0", 0, False])
def test_a_flag_is_not_set_in_the_words_of_both_formats(word: t.Any) -> None:
    assert wire.flag(word) is False


@pytest.mark.parametrize("word", ["yes", "", None, 2, [], {"val": True}])
def test_what_is_no_flag(word: t.Any) -> None:
    assert wire.flag(word) is None


def test_a_boolean_of_json_is_spelled_as_in_xml() -> None:
    assert [wire.text(value) for value in (True, False)] == ["true", "false"]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, ""),
        (1, "1970-01-01T00:00:01Z"),
        (253402300799, "9999-12-31T23:59:59Z"),
        (253402300800, ""),
    ],
)
def test_the_first_and_the_last_moment(seconds: int, shown: str) -> None:
    assert wire.moment(wire.epoch(seconds)) == shown


@pytest.mark.parametrize(("given_id", "ours"), [("781", "781"), (" 0781 ", "781")])
def test_an_id(given_id: str, ours: str) -> None:
    assert wire.job_id(given_id) == ours


@pytest.mark.parametrize("given_id", ["", "abc", "7 8", "-1", "1.0", "7/../8", "٧٨١", "9" * 30])
def test_what_is_no_id(given_id: str) -> None:
    with pytest.raises(UsageError, match="job_ids"):
        wire.job_id(given_id)


@given(st.dictionaries(st.sampled_from(["jobs", "errors", "token", "jobIds", "taskId", "errList"]), anything))
def test_nonsense_is_an_error_or_is_ignored_but_never_a_crash(document: dict[str, t.Any]) -> None:
    readers: list[t.Callable[[dict[str, t.Any]], t.Any]] = [
        wire.page, wire.fault, wire.accept, wire.new_job_id, wire.token, wire.login_refusal,
    ]  # fmt: skip
    for read in readers:
        try:
            read(document)
        except ProtocolError:
            pass


@given(anything)
def test_a_nonsensical_job_is_an_error_or_a_job(entry: t.Any) -> None:
    try:
        assert wire.job(entry).id.isdecimal()
    except ProtocolError:
        pass


# --- formats -------------------------------------------------------------------------------------------------------


def test_a_list_request_in_json() -> None:
    query = Query(dialects.ACTIVE, 3600, statuses=("Suspended",), clients=(6,), hide_admin=True)
    request = JSON.listing(query, 500, 501)

    assert (request.method, request.path, request.query) == ("POST", "Jobs", ())
    assert json.loads(request.body or b"") == {
        "scope": 1,
        "category": 1,
        "pagingConfig": {"sortField": "jobId", "sortDirection": 0, "offset": 500, "limit": 501},
        "jobFilter": {
            "completedJobLookupTime": 3600,
            "showAgedJobs": False,
            "hideAdminJobs": True,
            "clientList": [{"clientId": 6}],
            "jobTypeList": [],
            "statusList": ["Suspended"],
        },
    }


def test_a_list_request_in_xml_always_says_which_types() -> None:
    request = XML.listing(Query(dialects.FINISHED, 60, statuses=("Failed",), clients=(6, 7)), 0, 500)

    assert (request.method, request.path, request.body) == ("GET", "Job", None)
    # Releases differ in where they look for these (contract 5.1).
    assert dict(request.headers) == {"limit": "500", "offset": "0"}
    assert dict(request.query) == {
        "jobCategory": "Finished", "completedJobLookupTime": "60", "jobFilter": "", "hideAdminJobs": "false",
        "limit": "500", "offset": "0",
    }  # fmt: skip
    assert dict(XML.listing(Query(dialects.ALL, 60, clients=(6,)), 0, 500).query)["clientId"] == "6"


def test_a_login_request() -> None:
    assert json.loads(JSON.login("admin", "c2VjcmV0").body or b"") == {"username": "admin", "password": "c2VjcmV0"}
    body = XML.login("a<&", "c2VjcmV0").body or b""
    assert b'<DM2ContentIndexing_CheckCredentialReq mode="4" username="a&lt;&amp;" password="c2VjcmV0"' in body


def test_both_formats_give_the_same_job() -> None:
    attributes = (
        'isVisible="true" jobId="31776" status="Completed" lastUpdateTime="1519937795" backupLevel="2" '
        'jobStartTime="1519937786" jobType="Backup" percentComplete="100.000000" jobEndTime="1519937794" '
        'destClientName="client02" '
        'pendingReason="Offline.&lt;br&gt;Please  check."'
    )
    body = f"""<JobManager_JobListResponse totalRecordsWithoutPaging="1"><jobs><jobSummary {attributes}>
        <subclient clientName="client02" subclientId="148" clientId="2" subclientName="test"/>
        <userName userName="admin" userId="1"/></jobSummary></jobs></JobManager_JobListResponse>"""
    document = {"totalRecordsWithoutPaging": 1, "jobs": [listed()]}

    from_xml, from_json = wire.page(XML.decode(body.encode())), wire.page(JSON.decode(json.dumps(document).encode()))

    assert from_xml == from_json
    assert facts(from_xml.jobs[0]) == facts(from_json.jobs[0])


def test_several_jobs_in_xml() -> None:
    job = '<jobs><jobSummary jobId="{}" status="Running" jobType="Backup"/></jobs>'
    body = f'<JobManager_JobListResponse totalRecordsWithoutPaging="2">{job.format(1)}{job.format(2)}'
    page = wire.page(XML.decode(f"{body}</JobManager_JobListResponse>".encode()))

    assert [one.id for one in page.jobs] == ["1", "2"]


@pytest.mark.parametrize("body", [b"<JobManager_PerformJobOperationResp />", b"{}", b"  {} \r\n"])
def test_success_in_xml_is_an_empty_element(body: bytes) -> None:
    assert XML.decode(body) == {}


@pytest.mark.parametrize("count", [1, 2])
def test_the_documented_refusal_in_xml(count: int) -> None:
    errors = f'<errors><errList errLogMessage="{TEXT}" errorCode="2" /></errors>' * count
    body = f"<JobManager_PerformJobOperationResp>{errors}</JobManager_PerformJobOperationResp>"

    assert wire.fault(XML.decode(body.encode())) == Fault("2", TEXT)


@pytest.mark.parametrize(
    "body", [b"", b"<a/>", b"<a>text</a>", b"<a", b"[]", b"\xff", b'<!DOCTYPE a [<!ENTITY b "c">]><a d="&b;"/>']
)
def test_what_is_no_xml_document_of_the_product(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        XML.decode(body)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"x"', b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_document_of_the_product(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        JSON.decode(body)


@given(st.binary(max_size=60))
def test_random_bytes_are_a_document_or_an_error(body: bytes) -> None:
    for dialect in (JSON, XML):
        try:
            assert isinstance(dialect.decode(body), dict)
        except ProtocolError:
            pass
