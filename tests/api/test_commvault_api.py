# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Commvault client against the simulated Web Server: requests counted, answers spoilt, sessions lost."""

from __future__ import annotations

import base64
import collections
import json
import typing as t

import pytest
from support.clock import ProductClock

from ansible_collections.batchops.job_control.plugins.module_utils._commvault.api import Commvault
from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Policy
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    ConnectionFailed,
    JobControlError,
    NotFound,
    PermissionDenied,
    ProtocolError,
    Refused,
    UnknownOutcome,
    UsageError,
    WaitTimeout,
)
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._model import JobState, Selection, Verb, VerbOptions
from ansible_collections.batchops.job_control.plugins.module_utils._selection import select
from ansible_collections.batchops.job_control.plugins.module_utils._system import Connection, JobSystem
from simulators.commvault.listing import Query
from simulators.commvault.simulator import CommvaultSimulator, create
from simulators.core.control import Control
from simulators.core.server import Server, serving

EVERYTHING = Selection()
FORMATS = ("json", "xml")


@pytest.fixture
def server() -> t.Iterator[Server]:
    simulator = create()
    simulator.clock.freeze(True)
    with serving(simulator) as running:
        yield running


@pytest.fixture
def control(server: Server) -> Control:
    return Control(server.origin)


def connect(server: Server, **changes: t.Any) -> Commvault:
    simulator = t.cast("CommvaultSimulator", server.simulator)
    options: dict[str, t.Any] = {
        "url": server.url,
        "username": simulator.username,
        "password": simulator.password,
        **changes,
    }
    return Commvault(Connection(**options), ProductClock(simulator.clock))


def with_token(server: Server, token: str = "", **changes: t.Any) -> Commvault:
    token = token or f"Bearer {CommvaultSimulator.ACCESS_TOKEN}"
    return connect(server, username="", password="", token=token, **changes)


def planned(server: Server, system: JobSystem, verb: Verb, selection: Selection) -> tuple[Engine, list[Item]]:
    """A verb that is about to be carried out."""
    clock = ProductClock(server.simulator.clock)
    engine = Engine(system, clock, Policy(workers=4), VerbOptions())
    items = select(engine.system, selection)
    engine.plan(verb, items)
    return engine, items


def carry_out(
    server: Server,
    verb: Verb,
    selection: Selection = EVERYTHING,
    policy: Policy | None = None,
    options: VerbOptions | None = None,
    **changes: t.Any,
) -> list[Item]:
    """A whole verb, as a module does it."""
    clock = ProductClock(server.simulator.clock)
    with connect(server, **changes) as system:
        engine = Engine(system, clock, policy or Policy(workers=4), options or VerbOptions())
        items = select(engine.system, selection)
        engine.plan(verb, items)
        engine.carry_out(verb, items)
    return items


def one(items: list[Item]) -> Item:
    [item] = items
    return item


def named(*job_ids: str) -> Selection:
    return Selection(job_ids=job_ids)


def lines(control: Control) -> list[str]:
    """The requests that were made, without the API's root."""
    return [f"{entry['method']} {entry['target'].partition('/api/')[2]}" for entry in control.requests()]


def counts(control: Control) -> dict[str, int]:
    """The requests by kind: ids left out."""
    kinds = ("".join("#" if part.isdigit() else part for part in line.split("/")) for line in lines(control))
    return dict(collections.Counter(kinds))


def many(count: int, **keys: t.Any) -> list[dict[str, t.Any]]:
    return [{"name": f"sub{number:04}", "scenario": "running", **keys} for number in range(count)]


# --- requests, counted ---------------------------------------------------------------------------------------------


def test_one_job_by_its_id(server: Server, control: Control) -> None:
    [job_id] = control.seed({"name": "a", "scenario": "running"})

    item = one(carry_out(server, Verb.SUSPEND, named(job_id)))

    assert (item.job.state, item.changed, item.error) == (JobState.SUSPENDED, True, None)
    assert lines(control) == [
        "POST Login",
        f"GET Job/{job_id}",
        f"POST Job/{job_id}/action/pause",
        f"GET Job/{job_id}",
        f"GET Job/{job_id}",
        "POST Logout",
    ]
    assert control.sessions() == 0


def test_suspend_of_two_hundred_jobs(server: Server, control: Control) -> None:
    control.knobs(suspend_lag=0)
    control.seed(*many(200))

    items = carry_out(server, Verb.SUSPEND)

    assert all(item.changed and item.job.halted for item in items)
    assert counts(control) == {"POST Login": 1, "POST Jobs": 2, "POST Job#actionpause": 200, "POST Logout": 1}
    assert all(job["applied"] == {"pause": 1} for job in control.jobs().values())
    assert control.sessions() == 0


def test_resume_of_two_hundred_jobs_by_their_ids(server: Server, control: Control) -> None:
    ids = control.seed(*many(200, scenario="suspended"))

    items = carry_out(server, Verb.RESUME, named(*ids))

    assert all(item.changed and item.job.state is JobState.QUEUED for item in items)
    assert counts(control) == {"POST Login": 1, "POST Jobs": 2, "POST Job#actionresume": 200, "POST Logout": 1}


def test_cancel_of_two_hundred_jobs(server: Server, control: Control) -> None:
    control.knobs(kill_lag=0)
    control.seed(*many(200))

    items = carry_out(server, Verb.CANCEL_RUNNING, Selection(states=(JobState.RUNNING,)))

    assert all(item.changed and item.job.state is JobState.CANCELLED for item in items)
    # Those that were killed are not among the active ones any more: a second list shows them.
    assert counts(control) == {"POST Login": 1, "POST Jobs": 3, "POST Job#actionkill": 200, "POST Logout": 1}


def test_retry_of_two_hundred_jobs(server: Server, control: Control) -> None:
    control.seed(*many(200, scenario="failed"))

    items = carry_out(server, Verb.RETRY)

    assert all(item.changed and item.new_id for item in items)
    assert len({item.new_id for item in items}) == 200
    assert counts(control) == {"POST Login": 1, "POST Jobs": 3, "POST Job#actionResubmit": 200, "POST Logout": 1}


def test_nothing_to_do_is_one_list(server: Server, control: Control) -> None:
    control.seed(*many(20, scenario="suspended"))

    assert not any(item.changed for item in carry_out(server, Verb.SUSPEND))
    assert lines(control) == ["POST Login", "POST Jobs", "POST Logout"]
    assert control.writes() == []


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (500, 1), (501, 2), (1200, 3)])
def test_a_list_takes_no_more_requests_than_it_has_pages(
    server: Server, control: Control, count: int, pages: int
) -> None:
    control.seed(*many(count))

    with with_token(server) as system:
        assert len(list(system.list_jobs(EVERYTHING))) == count

    assert lines(control) == ["POST Jobs"] * pages


def test_a_server_that_caps_its_pages(server: Server, control: Control) -> None:
    control.knobs(limit_max=100)
    ids = control.seed(*many(300))

    with with_token(server) as system:
        assert [job.id for job in system.list_jobs(EVERYTHING)] == ids


@pytest.mark.parametrize("wire_format", FORMATS)
@pytest.mark.parametrize("paging", ["query", "headers", "both"])
def test_a_server_that_pages_by_one_of_two_ways(
    server: Server, control: Control, wire_format: str, paging: str
) -> None:
    control.knobs(paging=paging, limit_max=100)
    ids = control.seed(*many(250))

    with with_token(server, wire_format=wire_format) as system:
        assert sorted(job.id for job in system.list_jobs(EVERYTHING)) == sorted(ids)


@pytest.mark.parametrize("paging", ["query", "headers"])
def test_a_suspend_stops_all_jobs_of_all_pages(server: Server, control: Control, paging: str) -> None:
    control.knobs(paging=paging, limit_max=100, suspend_lag=0)
    control.seed(*many(150))

    items = carry_out(server, Verb.SUSPEND, wire_format="xml")

    assert len(items) == 150
    assert {job["state"] for job in control.jobs().values()} == {"Suspended"}


@pytest.mark.parametrize("wire_format", FORMATS)
def test_a_list_that_shows_less_than_the_product_counts_is_an_error(
    server: Server, control: Control, wire_format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it ignores, a part of the jobs is never taken for all; jobs that are named are read one by one."""
    ids = control.seed(*many(12))
    monkeypatch.setattr(Query, "page_of", lambda query, found: found[:5])

    with with_token(server, wire_format=wire_format) as system:
        with pytest.raises(ProtocolError, match="not whole: 5 of 12 were shown"):
            list(system.list_jobs(EVERYTHING))
        assert next(iter(system.list_jobs(EVERYTHING))).id == ids[0]  # a part is enough for who wants no more
        assert set(system.get_jobs(ids)) == set(ids)

    assert control.writes() == []


def test_a_few_jobs_are_not_looked_for_in_a_long_list(server: Server, control: Control) -> None:
    ids = control.seed(*many(3000))

    with with_token(server) as system:
        assert set(system.get_jobs(ids[-5:])) == set(ids[-5:])

    assert counts(control) == {"POST Jobs": 1, "GET Job#": 5}


def test_many_jobs_that_have_ended_or_vanished(server: Server, control: Control) -> None:
    running = control.seed(*many(10))
    ended = control.seed(*many(10, scenario="completed"))

    with with_token(server) as system:
        assert set(system.get_jobs([*running, *ended, "999999"])) == {*running, *ended}

    assert counts(control) == {"POST Jobs": 2, "GET Job#": 1}


def test_no_request_before_it_is_needed_and_none_when_an_option_is_missing(server: Server, control: Control) -> None:
    connect(server).close()
    for missing in ("url", "username", "password"):
        with pytest.raises(UsageError, match=missing):
            connect(server, **{missing: ""})
    with connect(server) as system, pytest.raises(UsageError, match="'abc' is not the id"):
        system.get_jobs(["781", "abc"])

    assert control.requests() == []


# --- lists ---------------------------------------------------------------------------------------------------------


def body_of_list(control: Control) -> dict[str, t.Any]:
    [body] = [json.loads(entry["body"]) for entry in control.requests() if entry["target"].endswith("/Jobs")]
    return t.cast("dict[str, t.Any]", body)


@pytest.mark.parametrize(
    ("states", "category", "statuses"),
    [
        ((), 0, None),
        ((JobState.SUSPENDED,), 1, ["Suspend", "Suspended"]),
        ((JobState.COMPLETED,), 2, ["Completed"]),
        ((JobState.SUSPENDED, JobState.COMPLETED), 0, ["Suspend", "Suspended", "Completed"]),
        ((JobState.UNKNOWN, JobState.SUSPENDED), 0, None),
        ((JobState.HELD,), 1, None),
    ],
)
def test_the_server_narrows_by_state(
    server: Server, control: Control, states: tuple[JobState, ...], category: int, statuses: list[str] | None
) -> None:
    with with_token(server) as system:
        list(system.list_jobs(Selection(states=states, finished_within=3600.5)))

    body = body_of_list(control)
    assert body["category"] == category
    assert body["jobFilter"].get("statusList") == statuses
    assert body["jobFilter"]["completedJobLookupTime"] == 3600
    assert body["pagingConfig"] == {"sortField": "jobId", "sortDirection": 0, "offset": 0, "limit": 500}


@pytest.mark.parametrize("wire_format", FORMATS)
def test_system_jobs_and_hidden_ones(server: Server, control: Control, wire_format: str) -> None:
    [plain, system_job, hidden] = control.seed(
        {"name": "a"}, {"name": "dr", "system_job": True}, {"name": "b", "visible": False}
    )

    with with_token(server, wire_format=wire_format) as system:
        assert [job.id for job in system.list_jobs(EVERYTHING)] == [plain]
        everything = system.list_jobs(Selection(include_system_jobs=True))
        assert [job.id for job in everything] == [plain, system_job, hidden]
        assert set(system.get_jobs([plain, system_job, hidden])) == {plain, system_job, hidden}


@pytest.mark.parametrize("wire_format", FORMATS)
def test_what_a_job_says(server: Server, control: Control, wire_format: str) -> None:
    control.knobs(language="de", numbers_as_strings=True)
    [job_id] = control.seed({"name": "docs", "owner": "fs01", "raw": "Pending", "percent": 40, "started_by": "anna"})

    with with_token(server, wire_format=wire_format) as system:
        job = system.get_jobs([job_id])[job_id]

    assert (job.name, job.owner, job.type, job.started_by) == ("Backup fs01/docs", "fs01", "Backup", "anna")
    assert (job.state, job.raw_state, job.progress) == (JobState.QUEUED, "Pending", 40.0)
    assert job.reason == "The Media Agent is offline. Please check its services."
    assert job.started
    assert not job.ended


@pytest.mark.parametrize("wire_format", FORMATS)
@pytest.mark.parametrize("knob", ["empty", "404"])
def test_nothing_found(server: Server, control: Control, wire_format: str, knob: str) -> None:
    control.knobs(empty_list=knob, missing_job=knob)

    with connect(server, wire_format=wire_format) as system:
        assert list(system.list_jobs(EVERYTHING)) == []
        assert system.get_jobs(["1", "2"]) == {}
        assert system.get_jobs([str(number) for number in range(10)]) == {}


@pytest.mark.parametrize("wire_format", FORMATS)
@pytest.mark.parametrize("odd", [-1, 1519937794000, None, "", "soon"])
def test_one_odd_time_spoils_no_list(server: Server, control: Control, wire_format: str, odd: t.Any) -> None:
    times = dict.fromkeys(("jobStartTime", "jobEndTime", "lastUpdateTime"), odd)
    ids = control.seed({"name": "a", "scenario": "running"}, {"name": "b", "scenario": "completed", "odd": times})

    with with_token(server, wire_format=wire_format) as system:
        first, second = system.list_jobs(EVERYTHING)

    assert ([first.id, second.id], second.state) == (ids, JobState.COMPLETED)
    assert (second.started, second.ended) == ("", "")


@pytest.mark.parametrize("wire_format", FORMATS)
@pytest.mark.parametrize("odd", [{}, {"jobEndTime": 1519937794000}])
def test_a_job_that_has_ended_with_an_unknown_status_is_not_acted_on(
    server: Server, control: Control, wire_format: str, odd: dict[str, t.Any]
) -> None:
    control.seed({"name": "a", "scenario": "completed", "odd": {"status": "Sealed", **odd}})

    for verb in (Verb.SUSPEND, Verb.RESUME, Verb.CANCEL_RUNNING, Verb.RETRY):
        item = one(carry_out(server, verb, wire_format=wire_format))
        assert (item.job.state, item.changed, item.error) == (JobState.UNKNOWN, False, None)
    assert control.writes() == []


def test_an_entry_without_an_id_is_never_left_out(server: Server, control: Control) -> None:
    """It could be any job; jobs that are named are read one by one."""
    ids = control.seed(*many(12), {"name": "odd one", "odd": {"jobId": "x"}})[:-1]

    with with_token(server) as system:
        with pytest.raises(ProtocolError, match="no jobId: Backup client01/odd one"):
            list(system.list_jobs(EVERYTHING))
        assert set(system.get_jobs(ids)) == set(ids)


def test_a_job_that_vanishes_meanwhile(server: Server, control: Control) -> None:
    [job_id] = control.seed({"name": "a", "scenario": "running", "suspend_outcome": "never"})

    with connect(server) as system:
        engine, items = planned(server, system, Verb.SUSPEND, named(job_id))
        control.event(job_id, "vanish")
        engine.carry_out(Verb.SUSPEND, items)

    assert one(items).note == "it does not exist any more"


def test_ids_are_found_in_whatever_spelling(server: Server, control: Control) -> None:
    [job_id] = control.seed({"name": "a"})

    with with_token(server) as system:
        assert system.get_jobs([f"00{job_id}"])[f"00{job_id}"].id == job_id


# --- verbs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wire_format", FORMATS)
def test_all_verbs_in_both_formats(server: Server, control: Control, wire_format: str) -> None:
    [running, failed] = control.seed({"name": "a", "scenario": "running"}, {"name": "b", "scenario": "failed"})

    def ends(verb: Verb, job_id: str) -> JobState:
        return one(carry_out(server, verb, named(job_id), wire_format=wire_format)).job.state

    assert ends(Verb.SUSPEND, running) is JobState.SUSPENDED
    assert ends(Verb.RESUME, running) is JobState.QUEUED
    control.advance(1)
    assert ends(Verb.CANCEL_RUNNING, running) is JobState.CANCELLED
    assert ends(Verb.RETRY, failed) is JobState.FAILED
    jobs = control.jobs()
    assert jobs[running]["applied"] == {"pause": 1, "resume": 1, "kill": 1}
    assert [job["resubmit_of"] for job in jobs.values()] == ["", "", failed]
    assert control.sessions() == 0


@pytest.mark.parametrize("wire_format", FORMATS)
def test_an_action_has_no_body_but_a_length(server: Server, control: Control, wire_format: str) -> None:
    [job_id] = control.seed({"name": "a", "scenario": "running"})

    carry_out(server, Verb.SUSPEND, named(job_id), wire_format=wire_format)

    [write] = control.writes()
    assert (write["body"], write["headers"]["Content-Length"]) == ("", "0")
    assert write["headers"]["Accept"] == f"application/{wire_format}"


def test_suspend_with_a_time_to_resume(server: Server, control: Control) -> None:
    [job_id] = control.seed({"name": "a", "scenario": "running"})

    carry_out(server, Verb.SUSPEND, named(job_id), options=VerbOptions(auto_resume_after=600))
    assert control.writes()[0]["target"].endswith("/action/pause?autoResumeInSec=600")

    control.advance(601)
    assert control.jobs()[job_id]["state"] == "Running"


def test_retry_that_starts_suspended(server: Server, control: Control) -> None:
    [job_id] = control.seed({"name": "a", "scenario": "failed"})

    item = one(carry_out(server, Verb.RETRY, named(job_id), options=VerbOptions(start_suspended=True)))

    assert control.jobs()[item.new_id]["state"] == "Suspended"


@pytest.mark.parametrize("raw", ["Running", "Waiting", "Pending", "Queued", "Interrupt Pending", "Interrupted", "Odd"])
def test_whatever_is_active_is_suspended(server: Server, control: Control, raw: str) -> None:
    [job_id] = control.seed({"name": "a", "raw": raw})

    item = one(carry_out(server, Verb.SUSPEND, named(job_id)))

    assert (item.changed, item.job.raw_state) == (True, "Suspended")


def test_a_suspend_under_way_is_waited_for_before_the_resume(server: Server, control: Control) -> None:
    [job_id] = control.seed({"name": "a", "scenario": "suspending"})

    item = one(carry_out(server, Verb.RESUME, named(job_id)))

    assert (item.changed, item.job.halted) == (True, False)
    assert len(control.writes()) == 1


def test_a_suspend_that_never_settles_is_no_success(server: Server, control: Control) -> None:
    [job_id] = control.seed({"name": "a", "scenario": "running", "suspend_outcome": "never"})

    item = one(carry_out(server, Verb.SUSPEND, named(job_id), Policy(wait_timeout=360)))

    assert isinstance(item.error, WaitTimeout)
    assert "Suspend Pending" in str(item.error)
    assert len(control.writes()) == 1


def test_a_job_that_completes_instead_of_being_suspended(server: Server, control: Control) -> None:
    [job_id] = control.seed({"name": "a", "scenario": "running", "suspend_outcome": "completed"})

    item = one(carry_out(server, Verb.SUSPEND, named(job_id)))

    assert (item.error, item.changed, item.job.state) == (None, False, JobState.COMPLETED)


def test_a_pending_job_is_never_killed_however_long_it_waits(server: Server, control: Control) -> None:
    [job_id] = control.seed({"name": "a", "raw": "Pending"})

    item = one(carry_out(server, Verb.CANCEL_RUNNING, named(job_id)))

    assert (item.note, item.changed, control.writes()) == ("nothing of it runs now", False, [])


# --- retries -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wire_format", FORMATS)
@pytest.mark.parametrize("by", ["id", "state", "nothing"])
@pytest.mark.parametrize("ends", ["", "finish"])
def test_a_second_run_finds_the_retry(server: Server, control: Control, wire_format: str, by: str, ends: str) -> None:
    [job_id] = control.seed({"name": "a", "scenario": "failed"})
    states = (JobState.FAILED,) if by == "state" else ()
    selection = named(job_id) if by == "id" else Selection(states=states)

    first = one(carry_out(server, Verb.RETRY, selection, wire_format=wire_format))
    control.advance(5)
    if ends:
        control.event(first.new_id, ends)
    second = carry_out(server, Verb.RETRY, selection, wire_format=wire_format)[0]

    assert (first.changed, second.changed, second.error) == (True, False, None)
    assert second.note == f"it was run again as job {first.new_id}"
    assert len(control.writes()) == 1


def test_a_retry_that_failed_is_retried_and_not_its_predecessor(server: Server, control: Control) -> None:
    [job_id] = control.seed({"name": "a", "scenario": "failed"})
    first = one(carry_out(server, Verb.RETRY, named(job_id)))
    control.advance(5)
    control.event(first.new_id, "fail")

    items = carry_out(server, Verb.RETRY, Selection(states=(JobState.FAILED,)))

    assert [(item.job_id, item.changed) for item in items] == [(job_id, False), (first.new_id, True)]
    assert f"run again as job {first.new_id}, which ended as failed" in items[0].note


def test_a_new_job_that_is_not_found_for_some_seconds(server: Server, control: Control) -> None:
    control.knobs(resubmit_unknown_for=5)
    [job_id] = control.seed({"name": "a", "scenario": "failed"})

    item = one(carry_out(server, Verb.RETRY, named(job_id)))

    assert (item.changed, item.error) == (True, None)
    assert control.jobs()[item.new_id]["resubmit_of"] == job_id
    assert len(control.writes()) == 1


@pytest.mark.parametrize(("fault", "writes"), [("reset_after", 1), ("html_after", 1), ("reset_before", 2)])
@pytest.mark.parametrize("unknown_for", [0, 6])
def test_a_retry_without_an_answer_is_looked_for_before_it_is_asked_for_again(
    server: Server, control: Control, fault: str, writes: int, unknown_for: int
) -> None:
    control.knobs(resubmit_unknown_for=unknown_for)
    [job_id] = control.seed({"name": "a", "scenario": "failed"})
    control.arm(kind=fault, writes=True)

    item = one(carry_out(server, Verb.RETRY, named(job_id)))

    assert (item.changed, item.error) == (True, None)
    assert len(control.writes()) == writes
    assert [job["resubmit_of"] for job in control.jobs().values()] == ["", job_id]


@pytest.mark.parametrize("wire_format", FORMATS)
@pytest.mark.parametrize("fault", ["", "reset_after"])
def test_a_retry_with_another_level_is_found(server: Server, control: Control, wire_format: str, fault: str) -> None:
    control.knobs(resubmit_level="Full")
    [job_id] = control.seed({"name": "a", "scenario": "failed"})
    if fault:
        control.arm(kind=fault, writes=True)

    for _run in range(2):
        item = one(carry_out(server, Verb.RETRY, named(job_id), wire_format=wire_format))
        assert item.error is None
        control.advance(5)

    assert [job["resubmit_of"] for job in control.jobs().values()] == ["", job_id]


@pytest.mark.parametrize("wire_format", FORMATS)
@pytest.mark.parametrize("scenario", ["running", "completed", "failed"])
def test_a_run_that_began_before_the_failed_one_ended_has_run_it_again(
    server: Server, control: Control, wire_format: str, scenario: str
) -> None:
    [first, second] = control.seed(
        {"name": "a", "scenario": "failed", "started_ago": 900, "ended_ago": 60},
        {"name": "a", "scenario": scenario, "started_ago": 600, "ended_ago": 30 if scenario != "running" else 0},
    )

    items = {item.job_id: item for item in carry_out(server, Verb.RETRY, wire_format=wire_format)}

    assert f"it was run again as job {second}" in items[first].note
    assert (items[first].changed, items[second].changed) == (False, scenario == "failed")
    assert control.jobs()[first]["applied"] == {}


# --- retries of restores, which have no subclient ------------------------------------------------------------------

RESTORE = {"type": "Restore", "no_subclient": True, "scenario": "failed"}


@pytest.mark.parametrize("wire_format", FORMATS)
@pytest.mark.parametrize("by", ["id", "state"])
@pytest.mark.parametrize("ends", ["", "finish"])
def test_a_restore_is_retried_once_however_often_it_is_asked_for(
    server: Server, control: Control, wire_format: str, by: str, ends: str
) -> None:
    [job_id] = control.seed({**RESTORE, "ended_ago": 5})
    selection = named(job_id) if by == "id" else Selection(states=(JobState.FAILED,))

    first = one(carry_out(server, Verb.RETRY, selection, wire_format=wire_format))
    control.advance(5)
    if ends:
        control.event(first.new_id, ends)
    later = [one(carry_out(server, Verb.RETRY, selection, wire_format=wire_format)) for _run in range(2)]

    assert (first.changed, first.error) == (True, None)
    for item in later:
        told = str(item.error) if by == "id" else item.note
        assert f"whether it was run again cannot be told, as job {first.new_id} of the same client" in told
        assert (item.changed, item.skipped) == (False, by == "state")
    assert [job["resubmit_of"] for job in control.jobs().values()] == ["", job_id]


@pytest.mark.parametrize("fault", ["reset_after", "html_after", "status_after"])
@pytest.mark.parametrize("unknown_for", [0, 6])
def test_a_restore_whose_resubmit_has_no_answer_is_never_resubmitted_twice(
    server: Server, control: Control, fault: str, unknown_for: int
) -> None:
    control.knobs(resubmit_unknown_for=unknown_for)
    [job_id] = control.seed({**RESTORE, "ended_ago": 5})
    control.arm(kind=fault, writes=True, status=500)

    item = one(carry_out(server, Verb.RETRY, named(job_id)))

    assert isinstance(item.error, UnknownOutcome)
    assert [job["resubmit_of"] for job in control.jobs().values()] == ["", job_id]


def test_a_resubmit_of_a_restore_that_provably_made_no_job_is_sent_again(server: Server, control: Control) -> None:
    [job_id] = control.seed({**RESTORE, "ended_ago": 5})
    control.arm(kind="reset_before", writes=True)

    item = one(carry_out(server, Verb.RETRY, named(job_id)))

    assert (item.changed, item.error) == (True, None)
    assert [job["resubmit_of"] for job in control.jobs().values()] == ["", job_id]


def test_restores_that_ran_side_by_side_are_each_retried(server: Server, control: Control) -> None:
    ids = control.seed(
        {**RESTORE, "started_ago": 900, "ended_ago": 60}, {**RESTORE, "started_ago": 600, "ended_ago": 30}
    )

    items = carry_out(server, Verb.RETRY)

    assert all(item.changed for item in items)
    assert sorted(job["resubmit_of"] for job in control.jobs().values()) == ["", "", *ids]


# --- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shape",
    ["list", "dict", "no_text", "several", "flat", "error", "error_log", "error_list", "response", "response_string"]
    + ["errorList"],
)
@pytest.mark.parametrize("wire_format", FORMATS)
def test_a_refusal_in_every_shape(server: Server, control: Control, shape: str, wire_format: str) -> None:
    control.knobs(refusal_shape=shape)
    [job_id] = control.seed({"name": "a", "scenario": "running", "restartable": False})

    item = one(carry_out(server, Verb.SUSPEND, named(job_id), wire_format=wire_format))

    assert isinstance(item.error, Refused)
    assert (item.error.code, item.error.http_status, item.changed) == ("2", 200, False)
    text = "gave no reason" if shape == "no_text" else "Job cannot be suspended/killed/resumed."
    assert text in item.error.message


@pytest.mark.parametrize("shape", ["empty", "errors", "code"])
@pytest.mark.parametrize("wire_format", FORMATS)
def test_success_in_every_shape(server: Server, control: Control, shape: str, wire_format: str) -> None:
    control.knobs(success_shape=shape)
    [job_id] = control.seed({"name": "a", "scenario": "running"})

    item = one(carry_out(server, Verb.SUSPEND, named(job_id), wire_format=wire_format))

    assert (item.changed, item.error, len(control.writes())) == (True, None, 1)


def test_an_empty_list_of_errors_is_no_success(server: Server, control: Control) -> None:
    control.knobs(refusal_shape="no_errors")
    [job_id] = control.seed({"name": "a", "scenario": "running", "restartable": False})

    item = one(carry_out(server, Verb.SUSPEND, named(job_id)))

    assert isinstance(item.error, UnknownOutcome)
    assert "neither accepts nor refuses" in str(item.error)


def test_a_job_that_somebody_else_has_just_suspended(server: Server, control: Control) -> None:
    [job_id] = control.seed({"name": "a", "scenario": "running"})

    with connect(server) as system:
        engine, items = planned(server, system, Verb.SUSPEND, named(job_id))
        control.event(job_id, "suspend")
        engine.carry_out(Verb.SUSPEND, items)

    assert (one(items).error, one(items).changed, one(items).note) == (None, False, "somebody else was faster")


@pytest.mark.parametrize(("knob", "status"), [("refusal", 200), ("401", 401), ("403", 403)])
def test_a_user_who_may_only_look(server: Server, control: Control, knob: str, status: int) -> None:
    control.knobs(denied_action=knob)
    [job_id] = control.seed({"name": "a", "scenario": "running"})

    item = one(carry_out(server, Verb.SUSPEND, named(job_id), username=CommvaultSimulator.VIEWER))

    assert isinstance(item.error, PermissionDenied)
    assert (item.error.http_status, item.error.code) == (status, "5")


@pytest.mark.parametrize(("knob", "kind"), [("refusal", Refused), ("404", NotFound)])
def test_an_action_on_a_job_that_is_gone(
    server: Server, control: Control, knob: str, kind: type[JobControlError]
) -> None:
    control.knobs(unknown_job_action=knob)
    [job_id] = control.seed({"name": "a", "scenario": "running"})

    with connect(server) as system:
        job = system.get_jobs([job_id])[job_id]
        control.event(job_id, "vanish")
        with pytest.raises(kind):
            system.act(Verb.SUSPEND, [job], VerbOptions())


# --- spoilt answers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", [Verb.SUSPEND, Verb.RESUME, Verb.CANCEL_RUNNING])
@pytest.mark.parametrize(
    ("fault", "sent"),
    [
        ({"kind": "html"}, 2),
        ({"kind": "html_after"}, 1),
        ({"kind": "empty"}, 2),
        ({"kind": "empty_after"}, 1),
        ({"kind": "truncate"}, 1),
        ({"kind": "reset_before"}, 2),
        ({"kind": "reset_after"}, 1),
        ({"kind": "status", "status": 503}, 2),
        ({"kind": "status_after", "status": 500}, 1),
        ({"kind": "status", "status": 429, "retry_after": "1"}, 2),
    ],
    ids=lambda value: str(value.get("kind")) + str(value.get("status", "")) if isinstance(value, dict) else "",
)
def test_an_action_with_a_spoilt_answer_takes_effect_once(
    server: Server, control: Control, verb: Verb, fault: dict[str, t.Any], sent: int
) -> None:
    scenario = "suspended" if verb is Verb.RESUME else "running"
    [job_id] = control.seed({"name": "a", "scenario": scenario})
    control.arm(writes=True, **fault)

    item = one(carry_out(server, verb, named(job_id)))

    assert (item.changed, item.error) == (True, None)
    assert len(control.writes()) == sent
    assert sum(control.jobs()[job_id]["applied"].values()) == 1


@pytest.mark.parametrize("kind", ["html", "empty", "truncate"])
def test_an_unreadable_answer_to_an_action(server: Server, control: Control, kind: str) -> None:
    [job_id] = control.seed({"name": "a", "scenario": "running"})

    with connect(server) as system:
        job = system.get_jobs([job_id])[job_id]
        control.arm(kind=kind, writes=True)
        with pytest.raises(JobControlError) as caught:
            system.act(Verb.SUSPEND, [job], VerbOptions())

    assert isinstance(caught.value, ConnectionFailed if kind == "truncate" else ProtocolError)
    assert caught.value.maybe_applied


@pytest.mark.parametrize("wire_format", FORMATS)
@pytest.mark.parametrize("path", ["Login", r"Job/\d+", "Jobs|Job.job"])
def test_a_maintenance_page_is_no_answer(server: Server, control: Control, wire_format: str, path: str) -> None:
    control.arm(kind="html", path=path, times=0)

    def read(system: JobSystem) -> None:
        list(system.list_jobs(EVERYTHING))
        system.get_jobs(["781"])

    with connect(server, wire_format=wire_format) as system, pytest.raises(ProtocolError, match="HTML") as caught:
        read(system)

    assert not caught.value.maybe_applied
    assert control.writes() == []


STRANGERS = [
    *(("html", 200), ("html", 404), ("html", 409), ("empty", 302), ("empty", 404), ("no_json", 200)),
    *(("text", 403), ("no_route", 404), ("forbidden", 403)),
]


@pytest.mark.parametrize(("page", "status"), STRANGERS)
def test_a_job_is_not_missing_because_of_a_stranger(server: Server, control: Control, page: str, status: int) -> None:
    [job_id] = control.seed({"name": "a"})
    control.arm(kind="stranger", page=page, status=status, path=r"Job/\d+|Jobs", times=0)

    with connect(server) as system:
        for read in (lambda: system.get_jobs([job_id]), lambda: list(system.list_jobs(EVERYTHING))):
            with pytest.raises(ProtocolError) as caught:
                read()
            assert not caught.value.maybe_applied


@pytest.mark.parametrize("wire_format", FORMATS)
@pytest.mark.parametrize("kind", ["stranger", "stranger_after"])
@pytest.mark.parametrize(("page", "status"), STRANGERS)
def test_an_action_that_a_stranger_answers_is_looked_at(
    server: Server, control: Control, wire_format: str, kind: str, page: str, status: int
) -> None:
    [job_id] = control.seed({"name": "a", "scenario": "running"})
    control.arm(kind=kind, page=page, status=status, writes=True)

    item = one(carry_out(server, Verb.SUSPEND, named(job_id), wire_format=wire_format))

    assert (item.changed, item.error, item.job.state) == (True, None, JobState.SUSPENDED)
    assert control.jobs()[job_id]["applied"] == {"pause": 1}


def test_a_login_that_a_stranger_answers_shows_no_token(server: Server, control: Control) -> None:
    body = '{"result": {"session": "QSDK 0123456789abcdef"}}'
    control.arm(kind="stranger", path="Login", status=200, body=body, times=0)

    with connect(server) as system, pytest.raises(ProtocolError) as caught:
        system.get_jobs(["1"])

    assert "0123456789abcdef" not in str(caught.value)


def test_reads_are_repeated_while_the_server_restarts(server: Server, control: Control) -> None:
    [job_id] = control.seed({"name": "a"})
    control.arm(kind="status", status=503, times=2)

    with connect(server) as system:
        assert set(system.get_jobs([job_id])) == {job_id}
        assert system.traffic["replays"] == 2


@pytest.mark.parametrize("wire_format", FORMATS)
def test_a_business_error_with_status_500_is_told_in_the_products_words(
    server: Server, control: Control, wire_format: str
) -> None:
    control.knobs(action_failure=[500, {"errorMessage": "Error 0x10c: no license", "errorCode": 2}])
    [job_id] = control.seed({"name": "a", "scenario": "running"})

    with connect(server, wire_format=wire_format) as system:
        job = system.get_jobs([job_id])[job_id]
        with pytest.raises(Refused, match="0x10c: no license") as caught:
            system.act(Verb.SUSPEND, [job], VerbOptions())

    assert (caught.value.code, caught.value.maybe_applied) == ("2", True)


def test_a_redirect_is_not_followed(server: Server, control: Control) -> None:
    control.knobs(web_console="redirect")

    with (
        connect(server, url=f"{server.origin}/webconsole/api") as system,
        pytest.raises(ProtocolError, match="redirect"),
    ):
        system.get_jobs(["781"])

    assert {entry["target"] for entry in control.requests()} == {"/webconsole/api/Login"}


# --- sessions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wire_format", FORMATS)
def test_a_wrong_password_is_tried_once(server: Server, control: Control, wire_format: str) -> None:
    with connect(server, password="wrong", wire_format=wire_format) as system:
        for _attempt in range(2):
            with pytest.raises(AuthFailed) as caught:
                system.get_jobs(["1", "2", "3"])

    assert (caught.value.code, caught.value.http_status) == ("1116", 200)
    assert lines(control) == ["POST Login"]


@pytest.mark.parametrize("wire_format", FORMATS)
def test_a_locked_account(server: Server, control: Control, wire_format: str) -> None:
    control.knobs(lock_after=1, lock_seconds=300)

    with (
        connect(server, password="wrong", wire_format=wire_format) as system,
        pytest.raises(AuthFailed, match="locked for 300 seconds"),
    ):
        system.get_jobs(["1"])


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_login_that_is_denied_outright(server: Server, control: Control, status: int) -> None:
    control.knobs(login_status=status)

    with connect(server) as system, pytest.raises(AuthFailed, match="Login is not possible") as caught:
        system.get_jobs(["1"])

    assert (caught.value.code, caught.value.http_status) == ("5", status)
    assert lines(control) == ["POST Login"]


@pytest.mark.parametrize("place", ["token", "authToken", "data.authToken"])
def test_where_a_gateway_puts_the_token(server: Server, control: Control, place: str) -> None:
    control.knobs(token_place=place)

    with connect(server) as system:
        assert system.get_jobs(["1"]) == {}

    assert control.sessions() == 0


@pytest.mark.parametrize("wire_format", FORMATS)
def test_a_token_that_expires_in_mid_run_costs_one_login_more(
    server: Server, control: Control, wire_format: str
) -> None:
    control.knobs(suspend_lag=0)
    ids = control.seed(*many(20))

    with connect(server, wire_format=wire_format) as system:
        engine, items = planned(server, system, Verb.SUSPEND, named(*ids))
        control.expire()
        engine.carry_out(Verb.SUSPEND, items)

    assert all(item.changed and item.job.halted for item in items)
    assert lines(control).count("POST Login") == 2
    assert lines(control).count("POST Logout") == 2  # nobody knows whether the first session has really ended
    assert all(job["applied"] == {"pause": 1} for job in control.jobs().values())
    assert control.sessions() == 0


@pytest.mark.parametrize("wire_format", FORMATS)
def test_a_write_that_met_an_expired_token_is_sent_again_after_another_look(
    server: Server, control: Control, wire_format: str
) -> None:
    [job_id] = control.seed({"name": "a", "scenario": "running"})
    control.knobs(suspend_lag=0)

    with connect(server, wire_format=wire_format) as system:
        engine, items = planned(server, system, Verb.SUSPEND, named(job_id))
        control.expire()
        engine.carry_out(Verb.SUSPEND, items)

    assert (one(items).changed, one(items).error) == (True, None)
    pause, read = f"POST Job/{job_id}/action/pause", f"GET Job/{job_id}"
    assert lines(control) == [
        *("POST Login", read),
        *(pause, "POST Logout", "POST Login", read),
        *(pause, read, "POST Logout"),
    ]


@pytest.mark.parametrize("verb", [Verb.SUSPEND, Verb.RETRY])
def test_a_job_that_changes_while_the_token_is_renewed_is_left_alone(
    server: Server, control: Control, verb: Verb
) -> None:
    [job_id] = control.seed({"name": "a", "scenario": "failed" if verb is Verb.RETRY else "running"})

    with connect(server) as system:
        engine, items = planned(server, system, verb, named(job_id))
        control.expire()
        if verb is Verb.RETRY:
            control.seed({"name": "a", "scenario": "running"})
        else:
            control.event(job_id, "suspend")
        engine.carry_out(verb, items)

    assert (one(items).changed, one(items).error) == (False, None)
    assert len(control.writes()) == 1
    assert control.jobs()[job_id]["applied"] == {}


def test_a_retry_that_met_an_expired_token_is_made_once(server: Server, control: Control) -> None:
    [job_id] = control.seed({**RESTORE, "ended_ago": 5})

    with connect(server) as system:
        engine, items = planned(server, system, Verb.RETRY, named(job_id))
        control.expire()
        engine.carry_out(Verb.RETRY, items)

    assert (one(items).changed, one(items).error) == (True, None)
    assert [job["resubmit_of"] for job in control.jobs().values()] == ["", job_id]


@pytest.mark.parametrize("kind", ["stranger", "stranger_after"])
def test_a_stranger_that_denies_access_proves_nothing(server: Server, control: Control, kind: str) -> None:
    [job_id] = control.seed({"name": "a", "scenario": "running"})
    control.arm(kind=kind, status=401, writes=True)

    item = one(carry_out(server, Verb.SUSPEND, named(job_id)))

    assert (item.changed, item.error) == (True, None)
    assert control.jobs()[job_id]["applied"] == {"pause": 1}


def test_jobs_that_the_user_has_no_right_to_stop_no_others(server: Server, control: Control) -> None:
    """Such an action is answered with 401 too (contract 8.4), as if the token had expired."""
    control.knobs(suspend_lag=0)
    ids = control.seed(*many(4))
    body = '{"errorMessage":"Access denied","errorCode":5}'
    control.arm(kind="status", times=0, path=f"Job/({ids[0]}|{ids[1]})/action", status=401, body=body)
    with connect(server) as system:
        engine, items = planned(server, system, Verb.SUSPEND, named(*ids))
        engine.carry_out(Verb.SUSPEND, items)
    assert [item.error.kind if item.error else None for item in items] == ["permission", "permission", None, None]
    assert [item.changed for item in items] == [False, False, True, True]
    assert control.sessions() == 0


def test_a_renewal_that_is_refused_is_no_matter_of_rights(server: Server, control: Control) -> None:
    """The password was changed in the middle: no job is said to lack a right, and the login is tried once."""
    ids = control.seed(*many(3))

    with connect(server) as system:
        engine, items = planned(server, system, Verb.SUSPEND, named(*ids))
        control.expire()
        control.knobs(login_status=401)
        engine.carry_out(Verb.SUSPEND, items)

    assert {item.error.kind if item.error else "" for item in items} == {"auth"}
    assert lines(control).count("POST Login") == 2


def test_a_read_that_is_denied_with_a_new_token_too_is_about_a_right(server: Server, control: Control) -> None:
    control.arm(kind="status", times=0, path="Job/1", status=401, body='{"errorMessage":"no","errorCode":5}')
    with connect(server) as system, pytest.raises(PermissionDenied):
        system.get_jobs(["1"])

    assert lines(control).count("POST Login") == 2


def test_a_token_that_expires_again_and_again_is_given_up(server: Server, control: Control) -> None:
    with connect(server) as system:
        system.get_jobs(["1"])
        control.expire()
        system.get_jobs(["1"])
        control.expire()
        with pytest.raises(AuthFailed):
            system.get_jobs(["1"])

    assert lines(control).count("POST Login") == 2


@pytest.mark.parametrize("wire_format", FORMATS)
@pytest.mark.parametrize("body", ["generic", "empty"])
def test_an_injected_token_that_is_not_valid(server: Server, control: Control, wire_format: str, body: str) -> None:
    control.knobs(xml_401=body)

    with with_token(server, "QSDK 123", wire_format=wire_format) as system, pytest.raises(AuthFailed):
        system.get_jobs(["1"])

    assert len(control.requests()) == 1


@pytest.mark.parametrize("prefix", ["QSDK ", ""])
def test_an_injected_login_token_is_used_and_never_logged_out(server: Server, control: Control, prefix: str) -> None:
    simulator = t.cast("CommvaultSimulator", server.simulator)
    password = base64.b64encode(simulator.password.encode()).decode()
    session = simulator.accounts.login(simulator.username, password, "", None)

    with with_token(server, prefix + session.token.partition(" ")[2]) as system:
        assert system.get_jobs(["1"]) == {}

    assert lines(control) == ["GET Job/1"]
    assert control.requests()[0]["headers"]["Authtoken"] == session.token
    assert control.sessions() == 1


def test_a_wrong_url_with_something_else_behind_it(server: Server, control: Control) -> None:
    control.arm(kind="stranger", status=404, page="html", times=0)

    for system in (connect(server), with_token(server)):
        with system, pytest.raises(ProtocolError, match=r"not one of the Commvault API.*; give the whole root in url"):
            list(system.list_jobs(EVERYTHING))


@pytest.mark.parametrize("path", ["/nothing/here", ""])
def test_a_wrong_url_is_not_taken_for_an_empty_system(server: Server, path: str) -> None:
    for system in (connect(server, url=server.origin + path), with_token(server, url=server.origin + path)):
        with system, pytest.raises(NotFound, match="no Commvault API at this url; give the whole root"):
            list(system.list_jobs(EVERYTHING))


def test_an_empty_system_behind_an_injected_token(server: Server, control: Control) -> None:
    control.knobs(empty_list="404")

    with with_token(server) as system:
        assert list(system.list_jobs(EVERYTHING)) == []

    assert lines(control) == ["POST Jobs", "POST WhoAmI"]


@pytest.mark.parametrize(
    "root", ["/SearchSvc/CVWebService.svc", "/webconsole/api/", "/commandcenter/api", "/WebServerCore"]
)
def test_every_root_with_and_without_a_slash(server: Server, control: Control, root: str) -> None:
    with connect(server, url=server.origin + root) as system:
        assert system.get_jobs(["1"]) == {}
        assert system.identity == (server.origin + root).rstrip("/")

    assert [entry["target"] for entry in control.requests()] == [
        f"{root.rstrip('/')}/{path}" for path in ("Login", "Job/1", "Logout")
    ]


@pytest.mark.parametrize("wire_format", FORMATS)
def test_secrets_are_made_known(server: Server, wire_format: str) -> None:
    hidden: set[str] = set()

    with connect(server, wire_format=wire_format, hide=hidden.add) as system:
        system.get_jobs(["1"])

    [token] = [secret for secret in hidden if secret.startswith("QSDK ")]
    encoded = base64.b64encode(server.simulator.password.encode()).decode()
    assert hidden == {encoded, token, token[len("QSDK ") :]}


@pytest.mark.parametrize("kind", ["reset_before", "html", "status"])
def test_a_logout_that_fails_is_nobodys_problem(server: Server, control: Control, kind: str) -> None:
    control.arm(kind=kind, path="Logout", times=0)

    system = connect(server)
    system.get_jobs(["1"])
    system.close()
    system.close()

    assert lines(control).count("POST Logout") == 1
