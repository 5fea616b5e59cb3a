# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ids, addresses, bodies and list entries of JP1/AJS3 (contract 5, 6, 8, 9)."""

from __future__ import annotations

import copy
import typing as t
import urllib.parse

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.batchops.job_control.plugins.module_utils._ajs import session, wire
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.search import Search, narrowest
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.wire import JobId
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    ConnectionFailed,
    JobControlError,
    NotFound,
    PermissionDenied,
    ProtocolError,
    Refused,
    UsageError,
)
from ansible_collections.batchops.job_control.plugins.module_utils._model import JobState, Selection, Verb, VerbOptions
from ansible_collections.batchops.job_control.plugins.module_utils._response import Response

Json = dict[str, t.Any]

#: the manual's own sample (contract 5.4)
SAMPLE: Json = {
    "definition": {
        "owner": "jp1admin",
        "customJobType": "",
        "registerStatus": "YES",
        "rootJobnetName": "/JobGroup/Jobnet",
        "recoveryUnit": False,
        "unitType": "ROOTNET",
        "unitComment": "",
        "simpleUnitName": "Jobnet",
        "parameters": "",
        "execAgent": "",
        "execFileName": "",
        "wait": False,
        "jobnetReleaseUnit": False,
        "jp1ResourceGroup": "",
        "unitName": "/JobGroup/Jobnet",
        "unitID": 1560,
    },
    "release": None,
    "unitStatus": {
        "status": "RUNNING",
        "execHost": "",
        "startDelayStatus": "NO",
        "nestStartDelayStatus": "NO",
        "endDelayStatus": "NO",
        "nestEndDelayStatus": "NO",
        "startDelayTime": "",
        "endDelayTime": "",
        "changeType": "NO",
        "registerTime": "",
        "jobNumber": -1,
        "retCode": "",
        "simpleUnitName": "Jobnet",
        "schStartTime": "2015-09-02T00:00:00+09:00",
        "reStartTime": "",
        "endTime": "",
        "holdAttr": "NO",
        "startTime": "2015-09-02T22:50:28+09:00",
        "unitName": "/JobGroup/Jobnet",
        "execID": "@A2959",
    },
}


def sample(**status: t.Any) -> Json:
    entry = copy.deepcopy(SAMPLE)
    entry["unitStatus"].update(status)
    return entry


def of_type(unit_type: str) -> Json:
    return {**SAMPLE, "definition": {**SAMPLE["definition"], "unitType": unit_type}}


def test_the_manuals_sample_becomes_a_job() -> None:
    page = wire.decode_page({"statuses": [SAMPLE], "all": True})
    assert page.complete
    [unit] = page.units
    assert unit.job is not None
    assert (unit.job.id, unit.job.name, unit.job.type) == ("/JobGroup/Jobnet:@A2959", "/JobGroup/Jobnet", "ROOTNET")
    assert (unit.job.state, unit.job.raw_state, unit.job.running) == (JobState.RUNNING, "RUNNING", True)
    assert (unit.job.started, unit.job.ended, unit.job.next_run) == ("2015-09-02T13:50:28Z", "", "")
    assert unit.job.facts["short_name"] == "Jobnet"
    assert unit.job.facts["is_root"] is True
    assert (unit.job.facts["exec_id"], unit.job.facts["hold_attribute"]) == ("@A2959", "NO")
    assert unit.may_hold_jobs


def test_what_has_no_generation_is_no_job() -> None:
    unregistered = {**SAMPLE, "unitStatus": None}
    nothing_acquired = sample(execID="", status="NONE")
    group = sample()
    group["definition"]["unitType"] = "GROUP"
    for entry in (unregistered, nothing_acquired, group):
        assert wire.decode_unit(entry).job is None
    assert wire.decode_unit(group).may_hold_jobs
    assert not wire.decode_unit(unregistered).may_hold_jobs


@pytest.mark.parametrize("unit_type", ["GROUP", "MANGROUP", "PLNGROUP"])
def test_a_group_is_no_job_but_may_hold_some(unit_type: str) -> None:
    unit = wire.decode_unit(of_type(unit_type))
    assert (unit.job, unit.may_hold_jobs) == (None, True)


@pytest.mark.parametrize(
    ("unit_type", "may_hold_jobs"), [("ROOTNET", True), ("NET", True), ("COND", True), ("JOB", False), ("NETCN", False)]
)
def test_below_which_jobs_there_are_others(unit_type: str, may_hold_jobs: bool) -> None:
    unit = wire.decode_unit(of_type(unit_type))
    assert unit.job is not None
    assert unit.may_hold_jobs is may_hold_jobs


@pytest.mark.parametrize("absent", [None, {}, {"unitName": None}])
def test_either_part_tells_the_name(absent: t.Any) -> None:
    status = wire.decode_unit({**SAMPLE, "definition": absent})
    assert (status.name, status.type) == ("/JobGroup/Jobnet", "")
    assert wire.decode_unit({**SAMPLE, "unitStatus": absent}).name == "/JobGroup/Jobnet"


@pytest.mark.parametrize(
    ("status", "hold", "next_run"),
    [
        ("TIMEWAIT", "NO", "2015-09-01T15:00:00Z"),
        ("TIMEWAIT", "HOLD", "2015-09-01T15:00:00Z"),
        ("HOLDING", "NO", "2015-09-01T15:00:00Z"),
        ("RUNNING", "NO", ""),
        ("NORMAL", "NO", ""),
    ],
)
def test_what_waits_has_a_next_run(status: str, hold: str, next_run: str) -> None:
    job = wire.decode_unit(sample(status=status, holdAttr=hold)).job
    assert job is not None
    assert job.next_run == next_run


def test_a_rerun_counts_as_the_start() -> None:
    job = wire.decode_unit(sample(reStartTime="2015-09-03T01:00:00Z", retCode=4)).job
    assert job is not None
    assert job.started == "2015-09-03T01:00:00Z"
    assert job.facts["return_code"] == "4"
    assert job.facts["restarted"] == "2015-09-03T01:00:00Z"
    for never in (None, "", 7):
        again = wire.decode_unit(sample(reStartTime=never)).job
        assert again is not None
        assert (again.started, again.facts["restarted"]) == ("2015-09-02T13:50:28Z", "")


@pytest.mark.parametrize("odd", ["soon", "2015-09-02T22:50:28", -1, 1778970000000, True, [], {"at": "now"}])
@pytest.mark.parametrize("member", ["startTime", "reStartTime", "endTime", "schStartTime"])
def test_an_odd_time_is_left_out_and_nothing_else(member: str, odd: t.Any) -> None:
    page = wire.decode_page({"statuses": [sample(**{member: odd}), SAMPLE], "all": True})
    strange, usual = (unit.job for unit in page.units)
    assert strange is not None
    assert usual is not None
    assert (strange.id, strange.state) == (usual.id, usual.state)
    assert {strange.ended, strange.next_run} == {""}


def test_the_host_that_ran_it_is_the_owner_and_else_the_agent() -> None:
    entry = sample()
    entry["definition"]["execAgent"] = "agent1"
    assert t.cast("t.Any", wire.decode_unit(entry).job).owner == "agent1"
    entry["unitStatus"]["execHost"] = "host1"
    assert t.cast("t.Any", wire.decode_unit(entry).job).owner == "host1"


@pytest.mark.parametrize(
    ("answer", "complete"),
    [
        ({"statuses": [], "all": True}, True),
        ({"statuses": [], "all": False}, False),
        ({"statuses": []}, True),
        ({"statuses": [SAMPLE] * 1000}, False),
    ],
)
def test_a_cut_list_is_known_as_such(answer: Json, complete: bool) -> None:
    assert wire.decode_page(answer).complete is complete


@pytest.mark.parametrize(
    "entry",
    [
        *(None, [], "x", {}, {"definition": []}, {"definition": {"unitName": ["/a"]}}),
        *(sample(status={"a": 1}), sample(retCode=True)),
    ],
)
def test_another_shape_is_a_protocol_error(entry: t.Any) -> None:
    with pytest.raises(ProtocolError):
        wire.decode_page({"statuses": [entry], "all": True})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@hypothesis.given(st.sampled_from(sorted(SAMPLE["unitStatus"])), JSON)
def test_any_value_anywhere_is_a_job_or_a_protocol_error(member: str, value: t.Any) -> None:
    try:
        unit = wire.decode_unit(sample(**{member: value}))
    except ProtocolError:
        return
    assert unit.name


@hypothesis.given(JSON)
def test_any_answer_is_a_page_or_a_protocol_error(value: t.Any) -> None:
    try:
        wire.decode_page({"statuses": value, "all": True})
    except ProtocolError:
        return
    assert isinstance(value, list)


NAME = st.text(st.characters(codec="utf-8", exclude_characters="/:"), min_size=1, max_size=30)
EXEC_ID = st.from_regex(r"@([0-9]{1,4})?[A-Z][0-9]{1,4}", fullmatch=True)


@hypothesis.given(st.lists(NAME, min_size=1, max_size=4), EXEC_ID)
def test_an_id_survives_the_way_into_an_address(parts: list[str], exec_id: str) -> None:
    name = "/" + "/".join(parts)
    job_id = wire.parse_id(f"{name}:{exec_id}")
    assert job_id == JobId(name, exec_id)
    assert wire.parse_id(name) == JobId(name, "")
    segment = wire.unit_path(job_id).rsplit("/", maxsplit=1)[-1]
    assert urllib.parse.unquote(segment) == f"{name}:{exec_id}"
    assert "/" not in segment
    assert "%40" in segment


def test_the_address_is_the_manuals() -> None:
    path = wire.action_path(JobId("/JobGroup/Jobnet", "@A100"), "changeStatus")
    assert path == "objects/statuses/%2FJobGroup%2FJobnet:%40A100/actions/changeStatus/invoke"


def test_a_name_may_hold_a_colon_and_the_execution_id_comes_after_the_last_one() -> None:
    """Contract 9, item 3."""
    assert wire.parse_id("/G/a:b") == JobId("/G/a:b", "")
    assert wire.parse_id("/G/a:b:@A1") == JobId("/G/a:b", "@A1")


@pytest.mark.parametrize(
    ("name", "parent", "short_name"), [("/G/N/J", "/G/N", "J"), ("/G/N", "/G", "N"), ("/G", "/", "G")]
)
def test_where_a_unit_is(name: str, parent: str, short_name: str) -> None:
    assert (JobId(name, "@A1").parent, JobId(name, "@A1").short_name) == (parent, short_name)


@pytest.mark.parametrize(
    ("verb", "unit_type", "options", "request_"),
    [
        (Verb.SUSPEND, "ROOTNET", {}, ("changeHold", {"holdAttr": "SET"})),
        (Verb.RESUME, "JOB", {}, ("changeHold", {"holdAttr": "RELEASE"})),
        (Verb.CANCEL_RUNNING, "ROOTNET", {}, ("kill", {})),
        (Verb.RETRY, "ROOTNET", {}, ("rerun", {"rerunMethod": "ABNORMAL_JOB"})),
        (Verb.RETRY, "JOB", {}, ("rerun", {"rerunMethod": "FROM"})),
        (Verb.RETRY, "JOB", {"rerun_method": "ONLY"}, ("rerun", {"rerunMethod": "ONLY"})),
        (
            Verb.CHANGE_STATUS,
            "JOB",
            {"own": {"new_status": "WARNING", "new_return_code": 4, "current_status": None}},
            ("changeStatus", {"newStatus": "WARNING", "newReturnCode": "4"}),
        ),
    ],
)
def test_the_verbs_are_those_of_the_contract(
    verb: Verb, unit_type: str, options: dict[str, t.Any], request_: tuple[str, Json]
) -> None:
    """Contract 8.2."""
    job = wire.decode_unit(of_type(unit_type)).job
    assert job is not None
    assert wire.action(verb, job, VerbOptions(**options)) == request_


def test_a_body_is_utf_8() -> None:
    assert wire.body({"manager": "業務"}) == '{"parameters":{"manager":"業務"}}'.encode()


@pytest.mark.parametrize(("value", "text"), [("x", "x"), (4, "4"), (4.5, "4.5"), (0, "0"), (None, "")])
def test_a_number_is_its_digits(value: t.Any, text: str) -> None:
    assert wire.text({"retCode": value}, "retCode") == text


@pytest.mark.parametrize("text", ["Job", "", "/", "/G/", "/G/J:@", "/G/J:@a1", "/G/J:@A", "/G/J:@12345A1", "@A100"])
def test_another_form_of_id_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        wire.parse_id(text)


# --- searches ------------------------------------------------------------------------------------------------------


def test_empty_conditions_are_left_out() -> None:
    query = urllib.parse.urlencode(Search("/JobGroup").query("HOSTM", "AJSROOT1"))
    assert query == "mode=search&manager=HOSTM&serviceName=AJSROOT1&location=%2FJobGroup"


@pytest.mark.parametrize(
    ("pattern", "condition"),
    [
        ("Job", ("Job", "EQ")),
        ("Job*", ("Job", "BW")),
        ("*Job", ("Job", "EW")),
        ("*Job*", ("Job", "CO")),
        ("J*b", ("J*b", "RE")),
        ("J?b", ("J?b", "RE")),
        ("*", ("", "")),
        ("", ("", "")),
        ("J[ao]b", ("", "")),
        ("J\\b*", ("", "")),
        ("/Group/*", ("", "")),
        ("J" * 65, ("", "")),
        ("業" * 22, ("", "")),  # 66 bytes
    ],
)
def test_a_pattern_is_narrowed_by_the_product_where_it_can_be_said(pattern: str, condition: tuple[str, str]) -> None:
    search = narrowest(Selection(location="/", names=(pattern,)))
    assert (search.unit_name, search.match) == condition


def test_several_values_that_one_condition_cannot_say_are_left_to_the_engine() -> None:
    states = (JobState.RUNNING, JobState.FAILED)
    search = narrowest(Selection(location="/G/", names=("a", "b"), types=("JOB", "NET"), states=states))
    assert search == Search("/G", subtree=True)


@pytest.mark.parametrize(
    ("types", "condition"),
    [(("ROOTNET",), "ROOT"), (("NET", "ROOTNET"), "NET"), (("PJOB", "EVWJB"), "JOB"), (("JDJOB",), ""), ((), "")],
)
def test_types_are_narrowed_by_the_filter_that_covers_them(types: tuple[str, ...], condition: str) -> None:
    assert narrowest(Selection(location="/", types=types)).unit_type == condition


# --- errors --------------------------------------------------------------------------------------------------------


def answer(status: int, body: bytes, method: str = "POST") -> Response:
    return Response(status, {}, body, method, "http://console/ajs")


ERROR = b'{"errorSource":"u","message":"No.","messageID":"KNAK9999-E","application":"ajs","extensions":[]}'


@pytest.mark.parametrize(
    ("status", "kind", "doubtful"),
    [
        (302, ProtocolError, False),
        (400, Refused, False),
        (401, AuthFailed, False),
        (403, PermissionDenied, False),
        (404, NotFound, False),
        (409, Refused, False),
        (412, ConnectionFailed, True),
        (500, Refused, True),
        (503, ConnectionFailed, True),
    ],
)
@pytest.mark.parametrize("body", [ERROR, b"<html>no</html>", b"", b"[]", b'{"message":7}'])
def test_each_status_is_an_error_of_its_kind(
    status: int, kind: type[JobControlError], doubtful: bool, body: bytes
) -> None:
    error = session.failure(answer(status, body))
    assert error.__class__ is kind
    assert error.maybe_applied is doubtful
    assert (error.http_status, error.method, error.url) == (status, "POST", "http://console/ajs")
    assert error.code == ("KNAK9999-E" if body is ERROR else None)
    assert str(status) in error.message


def test_a_read_is_never_in_doubt() -> None:
    assert not session.failure(answer(412, ERROR, "GET")).maybe_applied
