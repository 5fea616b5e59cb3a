# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What DRS is asked and what its answers mean, in both generations of its API."""

from __future__ import annotations

import contextlib
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.batchops.job_control.plugins.module_utils._drs import states, wire
from ansible_collections.batchops.job_control.plugins.module_utils._drs.dialects import DIALECTS, V3, V5
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    JobControlError,
    NotFound,
    PermissionDenied,
    ProtocolError,
    RateLimited,
    Refused,
    UsageError,
)
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, JobState, Verb

LISTED: dict[str, t.Any] = {
    "id": "24834eb6-be30-464e-a299-f7aa730jb101",
    "name": "DRS-3999-demo",
    "status": "INCRE_TRANSFER_FAILED",
    "description": "",
    "create_time": "2020-12-21 10:57:49",
    "error_msg": "service LOGMANAGER failed, cause by: Unable to connect to DBMS",
    "engine_type": "mysql",
    "net_type": "eip",
    "billing_tag": False,
    "job_direction": "up",
    "db_use_type": "migration",
    "task_type": "FULL_INCR_TRANS",
    "node_newFramework": False,
    "job_action": {"available_actions": ["PAUSE", "RETRY", "RESET"], "unavailable_actions": ["START", "DELETE"]},
}


def only(page: wire.Page) -> Job:
    (job,) = page.jobs
    return job


def family(**parent: t.Any) -> dict[str, Job]:
    return {job.id: job for job in wire.page({"total_record": 1, "jobs": [{**LISTED, **parent}]}, "total_record").jobs}


# --- lists ---------------------------------------------------------------------------------------------------


def test_a_listed_task() -> None:
    page = V3().page({"total_record": 7, "jobs": [LISTED]})
    job = only(page)

    assert (page.total, page.ids, page.children) == (7, [LISTED["id"]], [])
    assert (job.id, job.name, job.type) == (LISTED["id"], "DRS-3999-demo", "migration")
    assert (job.state, job.raw_state) == (JobState.FAILED, "INCRE_TRANSFER_FAILED")
    assert job.reason.startswith("service LOGMANAGER failed")
    known = states.facts(job)
    assert known.available == frozenset({"PAUSE", "RETRY", "RESET"})
    assert known.unavailable == {"START", "DELETE"}
    assert not known.is_parent


def test_a_task_without_job_action_offers_nothing_known() -> None:
    assert states.facts(family(job_action=None)[LISTED["id"]]).available is None


@pytest.mark.parametrize("current", [None, "", {}])
def test_no_current_action(current: t.Any) -> None:
    job = family(status="INCRE_TRANSFER_STARTED", job_action={"current_action": current})[LISTED["id"]]

    assert job.state is JobState.RUNNING


def test_children_are_jobs_too_and_make_a_parent() -> None:
    jobs = family(children=[{"id": "a", "status": "PAUSING"}, {"id": "b", "status": "INCRE_TRANSFER_STARTED"}])

    assert states.facts(jobs[LISTED["id"]]).is_parent
    assert states.facts(jobs[LISTED["id"]]).children == ("a", "b")
    assert not states.facts(jobs["a"]).is_subtask
    assert (jobs["a"].state, jobs["a"].type) == (JobState.SUSPENDED, "migration")
    assert states.facts(jobs["a"]).parent == LISTED["id"]


def test_the_subtasks_of_a_re_edit_make_no_parent() -> None:
    jobs = family(children=[{"id": "a", "status": "CHILD_TRANSFER_STARTED"}, {"id": "b", "status": "DELETED"}])

    assert not states.facts(jobs[LISTED["id"]]).is_parent
    assert states.facts(jobs["a"]).is_subtask
    assert "b" not in jobs
    reedited = family(job_mode_role="parent", children=[{"id": "a", "status": "CHILD_TRANSFER_STARTED"}])
    assert not states.facts(reedited[LISTED["id"]]).is_parent


def test_v5_names_the_role_of_a_parent() -> None:
    body = {"total_count": "1", "jobs": [{"id": "a", "job_type": "sync", "status": "X", "job_mode_role": "parent"}]}
    page = V5().page(body)

    assert page.total == 1
    assert states.facts(only(page)).is_parent
    assert (only(page).type, only(page).state) == ("sync", JobState.UNKNOWN)


@pytest.mark.parametrize("body", [{}, {"jobs": ["a"]}, {"jobs": [{"name": "without id"}]}, {"jobs": 3}])
def test_what_is_no_list_is_a_protocol_error(body: dict[str, t.Any]) -> None:
    with pytest.raises(ProtocolError):
        wire.page(body, "total_record")


def test_a_list_tells_the_ids_of_both_generations() -> None:
    mother = {**LISTED, "children": [{"id": "a", "status": "PAUSING"}, {"id": "d", "status": "DELETED"}]}
    page = wire.page({"jobs": [mother, {"id": "b", "status": "PAUSING"}]}, "total_record")

    assert (page.ids, page.children) == ([LISTED["id"], "b"], ["a", "d"])
    assert [job.id for job in page.jobs] == [LISTED["id"], "a", "b"]


def test_an_action_without_a_name_is_none() -> None:
    job = family(job_action={"available_actions": ["pause ", " ", 7], "unavailable_actions": "RESET"})[LISTED["id"]]

    assert states.facts(job).available == frozenset({"PAUSE"})
    assert states.facts(job).unavailable == {"RESET"}


@pytest.mark.parametrize("nothing", [None, [], ""])
def test_an_empty_list(nothing: t.Any) -> None:
    assert wire.page({"jobs": nothing}, "total_record") == (None, [], [], [])


# --- details -------------------------------------------------------------------------------------------------


def test_a_detail_has_its_own_names() -> None:
    entry = {
        "id": "a",
        "parent_id": "mother",
        "status": "PAUSING",
        "db_use_type": "cloudDataGuard",
        "actual_start_time": "1608519469412",
        "error_message": "words",
        "multi_write": True,
    }
    (job,) = V3().details({"count": 1, "results": [entry]}).jobs

    assert (job.started, job.reason) == ("2020-12-21T02:57:49Z", "words")
    assert states.facts(job).parent == "mother"
    assert not states.facts(job).is_parent


ODD_TIMES: tuple[t.Any, ...] = (0, "0", -1, "-1", "soon", None, True, [], 10**30, "9" * 18, float("inf"))


@pytest.mark.parametrize(
    ("time", "started"),
    [
        ("1608519469412", "2020-12-21T02:57:49Z"),
        (1608519469412, "2020-12-21T02:57:49Z"),
        (1, "1970-01-01T00:00:00Z"),
        *((odd, "") for odd in ODD_TIMES),
    ],
)
def test_an_odd_time_is_left_out_and_nothing_else(time: t.Any, started: str) -> None:
    entries = [{"id": "a", "status": "PAUSING", "actual_start_time": time}, {"id": "b", "status": "PAUSING"}]
    strange, usual = V3().details({"results": entries}).jobs
    assert (strange.id, strange.state, strange.started) == ("a", usual.state, started)


def test_a_dual_active_task_without_parent_is_one() -> None:
    (job,) = V3().details({"results": [{"id": "a", "parent_id": "", "status": "PAUSING", "multi_write": True}]}).jobs

    assert states.facts(job).is_parent


def test_ids_that_do_not_exist_are_left_out_and_other_errors_are_not() -> None:
    gone = [{"id": str(n), "error_code": code} for n, code in enumerate(("DRS.M00289", "DRS.M05003", "DRS.M05004"))]
    refused = {"id": "x", "error_code": "DRS.M00102", "error_message": "no"}
    details = V3().details({"results": [*gone, {"id": "d", "status": "DELETED"}, refused]})

    assert details.jobs == []
    assert details.gone == ["0", "1", "2", "d"]
    (error,) = details.errors
    assert isinstance(error, PermissionDenied)


def test_a_v5_detail_is_nested() -> None:
    body = {"job": {"id": "a", "status": "PAUSING", "base_info": {"name": "n", "job_type": "sync"}}}
    (job,) = V5().details(body).jobs

    assert (job.name, job.type, job.halted) == ("n", "sync", True)
    (child,) = V5().details({"job": {"id": "a", "status": "PAUSING", "master_job_id": "mother"}}).jobs
    assert states.facts(child).parent == "mother"
    assert V5().details({}).jobs == []


# --- actions -------------------------------------------------------------------------------------------------


def test_the_v3_actions() -> None:
    def request(verb: Verb) -> t.Any:
        return V3().action(verb, ["a", "b"], "all")

    assert request(Verb.SUSPEND) == (
        "POST",
        "jobs/batch-pause-task",
        (),
        {"jobs": [{"job_id": "a", "pause_mode": "all"}, {"job_id": "b", "pause_mode": "all"}]},
    )
    again = ("POST", "jobs/batch-retry-task", (), {"jobs": [{"job_id": "a"}, {"job_id": "b"}]})
    assert request(Verb.RESUME) == again
    assert request(Verb.RETRY) == again
    assert request(Verb.CANCEL_RUNNING) == (
        "DELETE",
        "jobs/batch-jobs",
        (),
        {"jobs": [{"job_id": "a", "delete_type": "terminate"}, {"job_id": "b", "delete_type": "terminate"}]},
    )


def test_the_v5_actions() -> None:
    def request(verb: Verb) -> t.Any:
        return V5().action(verb, ["a"], "target")

    stop = {"job_id": "a", "action_name": "stop", "action_params": {"pause_mode": "target"}}
    assert request(Verb.SUSPEND) == ("POST", "jobs/action", (), {"jobs": [stop]})
    again = ("POST", "jobs/action", (), {"jobs": [{"job_id": "a", "action_name": "restart"}]})
    assert request(Verb.RESUME) == again
    assert request(Verb.RETRY) == again
    end = {"jobs": [{"job_id": "a", "is_force_stop": False}]}
    assert request(Verb.CANCEL_RUNNING) == ("POST", "jobs/batch-stop", (), end)


def test_reads_say_how_much_they_want() -> None:
    assert V3().listing("sync", "", 2, 100).body == {
        "cur_page": 2,
        "per_page": 100,
        "db_use_type": "sync",
        "engine_type": "",
    }
    assert V3().detail(["a"]).body == {"jobs": ["a"], "page_req": {"cur_page": 1, "per_page": 100}}
    assert V5().listing("sync", "a,b", 2, 100).query == (
        ("job_type", "sync"),
        ("limit", "100"),
        ("offset", "100"),
        ("name", "a,b"),
    )


def test_a_partial_failure() -> None:
    results = [
        {"id": "a", "status": "success"},
        {"id": "b", "status": "failed", "error_code": "DRS.M01504", "error_msg": "Another operation is performed."},
    ]
    accepted, busy = V3().answers({"count": 2, "results": results}, ["a", "b"])

    assert accepted.error is None
    assert isinstance(busy.error, RateLimited)
    assert busy.error.code == "DRS.M01504"


@pytest.mark.parametrize(
    ("entry", "kind", "words"),
    [
        ({"status": "success", "error_code": "DRS.M00304", "error_msg": "No."}, Refused, "No. (DRS.M00304)"),
        ({"error_code": "DRS.M00304", "error_msg": "No."}, Refused, "No. (DRS.M00304)"),
        ({"status": "Failed", "error_msg": "No."}, Refused, "No."),
        ({"status": "failed"}, Refused, "DRS refused the request without a reason"),
        ({"status": "started"}, ProtocolError, "The answer says started of task a"),
        ({"name": "n"}, ProtocolError, "The answer does not say what became of task a"),
    ],
)
def test_what_is_no_success(entry: dict[str, t.Any], kind: type[JobControlError], words: str) -> None:
    (answer,) = V3().answers({"results": [{"id": "a", **entry}]}, ["a"])

    assert answer.error is not None
    assert (answer.error.__class__, answer.error.message) == (kind, words)
    assert answer.error.maybe_applied is (kind is ProtocolError)


@pytest.mark.parametrize("status", ["Success", "success", "SUCCESS"])
def test_the_case_of_a_status_is_no_difference(status: str) -> None:
    (answer,) = V5().answers({"jobs": [{"id": "a", "name": "n", "status": status}]}, ["a"])

    assert answer.error is None


@pytest.mark.parametrize(
    "results", [[], [{"id": "other", "status": "success"}], [{"id": "a"}], [{"id": "a", "status": 1}]]
)
def test_an_answer_that_leaves_a_task_out_is_ambiguous(results: list[t.Any]) -> None:
    (answer,) = V3().answers({"results": results}, ["a"])

    assert isinstance(answer.error, ProtocolError)
    assert answer.error.maybe_applied


# --- errors --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("DRS.M00304", Refused),
        ("DRS.M00289", NotFound),
        ("DRS.10020102", NotFound),
        ("DRS.M00101", PermissionDenied),
        ("DRS.M00102", PermissionDenied),
        ("DRS.M00103", PermissionDenied),
        ("DRS.M00105", PermissionDenied),
        ("DRS.M00100", AuthFailed),
        ("DRS.M00261", AuthFailed),
        ("DRS.M01503", RateLimited),
        ("APIGW.0308", RateLimited),
        ("APIG.0308", RateLimited),
        ("APIGW.0201", Refused),
        ("APIGW.0301", Refused),
        ("APIGW.0101", UsageError),
        ("", Refused),
    ],
)
def test_the_kinds_of_codes(code: str, kind: type[JobControlError]) -> None:
    error = wire.error(code, "Words of the vendor.")

    assert error.__class__ is kind
    assert error.message.startswith(f"Words of the vendor. ({code})" if code else "Words of the vendor.")
    assert ("(" in error.message) is bool(code)
    assert error.code == (code or None)
    assert not error.maybe_applied


def test_an_error_without_words() -> None:
    assert wire.error("DRS.M00304", "").message == "DRS refused the request without a reason (DRS.M00304)"


@pytest.mark.parametrize("code", ["DRS.M00004", "APIGW.0202", "APIG.9999"])
def test_an_abnormal_service_may_have_done_it_and_so_may_an_unknown_code_of_the_gateway(code: str) -> None:
    assert wire.error(code, "Service abnormal.").maybe_applied


def test_what_is_busy_has_done_nothing() -> None:
    assert [wire.error(code, "").not_done for code in ("DRS.M01503", "DRS.M01504", "DRS.10000024")] == [True] * 3
    assert [wire.error(code, "").not_done for code in ("APIGW.0308", "DRS.M00304", "DRS.M00004")] == [False] * 3


# --- whose answer it is --------------------------------------------------------------------------------------

CODED = [
    {"error_code": "DRS.M00304", "error_msg": "no"},
    {"error_code": "DRS.10000010"},
    {"error_code": "APIGW.0301", "request_id": "1"},
    {"error_code": "APIG.0101"},
]
OF_DRS = [
    {"results": [], "count": 0},
    {"results": None},
    {"jobs": []},
    {"job": {}},
    {"total_record": 0},
    {"total_count": "0"},
]
OF_IAM = [
    {"token": {"project": {"id": "1"}}},
    {"projects": [], "links": {}},
    {"error": {"code": 401, "message": "The username or password is wrong."}},
]
OF_STRANGERS: list[dict[str, t.Any]] = [
    {},
    {"message": "no Route matched with those values"},
    {"error": "Forbidden"},
    {"error_code": 403},
    {"error_code": "ACCESS_DENIED"},
    {"error_msg": "no"},
    {"count": 0},
    {"token": "eyJ"},
    {"projects": None},
]


def test_whose_answer_it_is() -> None:
    assert [wire.is_of_drs(body) for body in CODED + OF_DRS] == [True] * len(CODED + OF_DRS)
    assert [wire.is_of_iam(body) for body in CODED + OF_IAM] == [True] * len(CODED + OF_IAM)
    assert not any(wire.is_of_drs(body) for body in OF_IAM + OF_STRANGERS)
    assert not any(wire.is_of_iam(body) for body in OF_DRS + OF_STRANGERS)


# --- anything at all -----------------------------------------------------------------------------------------

leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
keys = st.sampled_from(
    ["jobs", "results", "job", "base_info", "id", "status", "children", "job_action", "total_record", "error_code"]
    + ["available_actions", "current_action", "actual_start_time", "task_type", "error_msg"]
)
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=20
)
bodies = st.dictionaries(keys, anything, max_size=5)


@pytest.mark.parametrize("version", sorted(DIALECTS))
@given(body=bodies)
def test_no_answer_breaks_the_decoders(version: str, body: dict[str, t.Any]) -> None:
    dialect = DIALECTS[version]()
    dialect.has_results(body)
    for decode in (dialect.page, dialect.details, lambda found: dialect.answers(found, ["a"])):
        with contextlib.suppress(ProtocolError):
            decode(body)


# --- errors of what is beside and before DRS -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "stated"),
    [
        ({"error_code": "DRS.M00289", "error_msg": "gone"}, ("DRS.M00289", "gone")),
        (
            {"error_code": "APIGW.0301", "error_msg": "decrypt token fail", "request_id": "1"},
            ("APIGW.0301", "decrypt token fail"),
        ),
        ({"error": {"code": 401, "message": "wrong.", "title": "Unauthorized"}}, ("401", "wrong.")),
        ({"error": {"code": "APIGW.0301", "message": "wrong"}}, ("APIGW.0301", "wrong")),
        ({"error": None, "error_code": "DRS.M00004"}, ("DRS.M00004", "")),
        ({"error": {"code": None, "message": ["wrong"]}}, ("", "")),
        ({"error_code": " ", "error_msg": " ", "error_message": "gone "}, ("", "gone")),
        ({"error_code": 403, "error_msg": 1.5}, ("403", "1.5")),
        ({"error_code": True, "error_msg": False}, ("", "")),
        ({}, ("", "")),
    ],
)
def test_what_an_error_says(body: dict[str, t.Any], stated: tuple[str, str]) -> None:
    assert wire.fault(body) == stated


EXPIRED = "Incorrect IAM authentication information: calc ak sk signature fail:signature expired"
UNNAMED = "Incorrect IAM authentication information: verify aksk signature fail"
TIMES = f"{EXPIRED}, signature time:20230527T000431Z,server time:20230527T020608Z"
DATE = "Sat, 27 May 2023 02:06:08 GMT"
SERVER = 1685153168.0  # the same, in seconds since the epoch


@pytest.mark.parametrize(
    ("words", "date", "ours", "advice"),
    [
        (EXPIRED, DATE, SERVER - 1200, "is 20 minutes behind the server's"),
        (EXPIRED, DATE, SERVER + 1200, "is 20 minutes ahead of the server's"),
        (EXPIRED, DATE, SERVER - 7297, "is 2 hours behind the server's"),
        (EXPIRED, DATE, SERVER - 400 * 86400, "is 400 days behind the server's"),
        (EXPIRED, DATE, SERVER + 100, "is 100 seconds ahead of"),
        (EXPIRED, DATE, SERVER - 60, "is 60 seconds behind the server's"),
        (EXPIRED, DATE, SERVER - 119, "is 119 seconds behind the server's"),
        (EXPIRED, DATE, SERVER - 120, "is 2 minutes behind the server's"),
        (EXPIRED, DATE, SERVER - 7200, "is 2 hours behind the server's"),
        (EXPIRED, DATE, SERVER - 2 * 86400, "is 2 days behind the server's"),
        (EXPIRED, "Sat, 27 May 2023 02:06:08 +99999999999999999999", SERVER, "set the clock"),
        (TIMES, "", SERVER - 7297, "is 2 hours behind the server's"),
        (TIMES, "Sat, 27 May 2023 00:04:31 GMT", SERVER - 7297, "is 2 hours behind the server's"),
        (EXPIRED, "", SERVER, "set the clock"),
        (EXPIRED, "soon", SERVER, "set the clock"),
        (EXPIRED, DATE, SERVER + 5, "set the clock"),
        (UNNAMED, DATE, SERVER - 1200, "is 20 minutes behind the server's"),
        ("", DATE, SERVER - 1200, "is 20 minutes behind the server's"),
        (UNNAMED, DATE, SERVER - 900, ""),
        (UNNAMED, DATE, SERVER - 901, "is 15 minutes behind the server's"),
        (UNNAMED, "", SERVER, ""),
        ("The security token has expired", DATE, SERVER, ""),
        ("server time:20239999T999999Z", "", SERVER, ""),
    ],
)
def test_a_refused_signature_may_be_the_fault_of_a_clock(words: str, date: str, ours: float, advice: str) -> None:
    given = wire.clock_advice(words, date, ours)
    assert advice in given
    assert bool(given) is bool(advice)
