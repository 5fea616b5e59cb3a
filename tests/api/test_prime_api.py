# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Prime client against the simulated server: requests counted, dialects, answers spoilt, lists that change."""

from __future__ import annotations

import base64
import dataclasses
import json
import typing as t

import pytest

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Policy
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    ConnectionFailed,
    JobControlError,
    NotFound,
    PermissionDenied,
    ProtocolError,
    RateLimited,
    Refused,
    UsageError,
    WaitTimeout,
)
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    NEUTRAL_VERBS,
    JobState,
    Running,
    Selection,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._prime.api import Prime
from ansible_collections.batchops.job_control.plugins.module_utils._prime.session import RefusedForNow
from ansible_collections.batchops.job_control.plugins.module_utils._selection import select
from ansible_collections.batchops.job_control.plugins.module_utils._system import Connection
from simulators.core.control import Control
from simulators.core.server import Server, serving
from simulators.core.simulator import Simulator
from simulators.prime.simulator import create

OPTIONS = VerbOptions()
FULL_LIST = "/webacs/api/v4/data/JobSummary.json?.full=true&.firstResult=0&.maxResults=1000"
LIMITER = json.dumps(
    {"errorDocument": {"message": "NBI Global Rate limit exceeded (More than 5 in 1000 ms)", "id": ""}}
)


class FakeClock:
    """Time that passes in sleep() only, for us and for the product."""

    def __init__(self, simulator: Simulator) -> None:
        self.now = 1000.0
        self._simulator = simulator

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return 1.7e9 + self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self._simulator.clock.advance(seconds)


class Bench:
    """A simulated server, its control API, and clients made for it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.control = Control(server.origin)
        self.clock = FakeClock(server.simulator)
        self.secrets: list[str] = []
        self.opened: list[Prime] = []
        server.simulator.clock.freeze(True)

    def connect(self, *, api_version: int = 4, virtual_domain: str | None = None, **changes: t.Any) -> Prime:
        options: dict[str, t.Any] = {
            "url": self.server.url,
            "username": self.server.simulator.username,
            "password": self.server.simulator.password,
            "product": {"api_version": api_version, "virtual_domain": virtual_domain},
            "hide": self.secrets.append,
            **changes,
        }
        self.opened.append(Prime(Connection(**options), self.clock))
        return self.opened[-1]

    def carry_out(self, prime: Prime, verb: Verb, *job_ids: str, **options: t.Any) -> list[Item]:
        """A whole verb, as a module does it."""
        engine = Engine(prime, self.clock, Policy(wait_timeout=60), VerbOptions(**options))
        items = select(engine.system, Selection(job_ids=job_ids))
        engine.plan(verb, items)
        engine.carry_out(verb, items)
        return items

    def lines(self) -> list[str]:
        return [f"{entry['method']} {entry['target']}" for entry in self.control.requests()]

    def truth(self, job_id: str) -> str:
        return str(self.control.jobs()[job_id]["state"])


@pytest.fixture(scope="module")
def server() -> t.Iterator[Server]:
    with serving(create()) as running:
        yield running


@pytest.fixture
def bench(server: Server) -> t.Iterator[Bench]:
    Control(server.origin).reset()
    bench = Bench(server)
    yield bench
    for prime in bench.opened:
        prime.close()
    assert bench.control.sessions() == 0


def many(count: int, **keys: t.Any) -> list[dict[str, t.Any]]:
    return [{"name": f"Job {number:04}", **keys} for number in range(count)]


# --- requests ----------------------------------------------------------------------------------------------------


def test_suspend_of_200_jobs_takes_two_writes_between_two_pages(bench: Bench) -> None:
    ids = bench.control.seed(*many(200))
    prime = bench.connect()
    items = bench.carry_out(prime, Verb.SUSPEND, *ids)
    assert all(item.changed and not item.error for item in items)
    put = "PUT /webacs/api/v4/op/jobService/suspend.json"
    assert bench.lines() == [f"GET {FULL_LIST}", put, put, f"GET {FULL_LIST}"]
    assert prime.traffic["requests"] == 4
    assert all(job["state"] == "SUSPENDED" for job in bench.control.jobs().values())


def test_every_verb_on_one_job_is_read_write_read(bench: Bench) -> None:
    (job_id,) = bench.control.seed({"name": "Night"})
    detail = f"GET /webacs/api/v4/data/JobSummary/{job_id}.json"
    for verb, path in ((Verb.SUSPEND, "suspend"), (Verb.RESUME, "resume")):
        bench.control.advance(1)  # each client is a run of its own, and does not know what the one before it sent
        bench.control.forget_requests()
        (item,) = bench.carry_out(bench.connect(), verb, job_id)
        assert item.changed
        assert bench.lines() == [detail, f"PUT /webacs/api/v4/op/jobService/{path}.json", detail]
        bench.control.forget_requests()
        (item,) = bench.carry_out(bench.connect(), verb, job_id)
        assert not item.changed
        assert bench.lines() == [detail]


def test_each_request_carries_basic_and_closes_its_connection(bench: Bench) -> None:
    (job_id,) = bench.control.seed({"name": "Night"})
    bench.carry_out(bench.connect(), Verb.SUSPEND, job_id)
    basic = base64.b64encode(b"operator:s3cret-Pa55").decode()
    assert bench.secrets == [basic]
    for entry in bench.control.requests():
        headers = {name.lower(): value for name, value in entry["headers"].items()}
        assert (headers["authorization"], headers["connection"]) == (f"Basic {basic}", "close")
        assert "cookie" not in headers


def test_no_more_than_four_requests_a_second(bench: Bench) -> None:
    ids = bench.control.seed(*many(4))
    bench.control.knobs(rate_per_user=4)
    prime = bench.connect()
    for _attempt in range(3):
        prime.get_jobs(ids)
    assert prime.traffic == {"requests": 12, "replays": 0, "seconds": 2.75}


def test_nothing_is_written_by_reading(bench: Bench) -> None:
    ids = bench.control.seed(*many(5, scenario="running"))
    bench.control.check_mode(True)
    prime = bench.connect()
    list(prime.list_jobs(Selection(include_system_jobs=True)))
    for job in prime.get_jobs(ids).values():
        for verb in NEUTRAL_VERBS:
            prime.decide(verb, job, OPTIONS)
    assert bench.control.check_mode(False) == []


def test_missing_options_are_named_before_any_request(bench: Bench) -> None:
    missing: list[dict[str, t.Any]] = [{"url": ""}, {"username": ""}, {"password": ""}]
    for option in missing:
        with pytest.raises(UsageError, match=next(iter(option))):
            bench.connect(**option)
    assert bench.lines() == []


@pytest.mark.parametrize("suffix", ["", "/", "/webacs", "/webacs/api/", "/webacs/api/v4/"])
def test_the_url_may_be_given_in_full(bench: Bench, suffix: str) -> None:
    prime = bench.connect(url=bench.server.origin + suffix)
    assert list(prime.list_jobs(Selection())) == []
    assert prime.identity == bench.server.origin


def test_a_url_of_another_version_is_a_mistake(bench: Bench) -> None:
    with pytest.raises(UsageError, match="prime_api_version"):
        bench.connect(url=f"{bench.server.origin}/webacs/api/v3")


# --- lists -------------------------------------------------------------------------------------------------------


def test_a_list_goes_by_the_servers_count_and_not_by_the_page_that_was_asked_for(bench: Bench) -> None:
    ids = bench.control.seed(*many(25))
    bench.control.knobs(limit_page_size=10, page_above_limit="clamped")
    assert [job.id for job in bench.connect().list_jobs(Selection())] == ids
    assert len(bench.lines()) == 3


def test_a_page_size_that_is_refused_is_left_to_the_server(bench: Bench) -> None:
    ids = bench.control.seed(*many(25))
    bench.control.knobs(limit_page_size=10, limit_unpaged_query=10, page_above_limit="refused")
    prime = bench.connect()
    assert [job.id for job in prime.list_jobs(Selection())] == ids
    assert len(bench.lines()) == 4
    assert len(list(prime.list_jobs(Selection()))) == 25
    assert len(bench.lines()) == 7


@pytest.mark.parametrize("bounds", ["absent", "values"])
@pytest.mark.parametrize("entity", ["absent", "list"])
def test_an_empty_list(bench: Bench, bounds: str, entity: str) -> None:
    bench.control.knobs(empty_list_bounds=bounds, empty_list_entity=entity)
    assert list(bench.connect().list_jobs(Selection())) == []
    assert bench.lines() == [f"GET {FULL_LIST}"]


def test_jobs_that_go_between_two_pages_take_none_of_the_others_with_them(bench: Bench) -> None:
    ids = bench.control.seed(*many(30))
    bench.control.knobs(limit_page_size=10, page_above_limit="clamped")
    listing = bench.connect().list_jobs(Selection())
    seen = [next(listing).id for _attempt in range(10)]
    for gone in ids[:3]:
        bench.control.event(gone, "vanish")
    seen += [job.id for job in listing]
    assert sorted(seen) == ids


def changing(bench: Bench, prime: Prime, monkeypatch: pytest.MonkeyPatch, change: t.Callable[[], t.Any]) -> None:
    """Have something happen once, between the first page of a list and the second."""
    read_page = prime._page
    changes = [change]

    def page(filters: t.Any, first: int) -> t.Any:
        if first and changes:
            changes.pop()()
        return read_page(filters, first)

    monkeypatch.setattr(prime, "_page", page)


@pytest.mark.parametrize("gone", [0, 5, 9, 10, 11, 25])
def test_no_job_is_left_out_when_one_goes_and_one_comes_between_two_pages(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, gone: int
) -> None:
    """The total stays as it was."""
    ids = bench.control.seed(*many(30))
    bench.control.knobs(limit_page_size=10, page_above_limit="clamped")
    prime = bench.connect()

    def change() -> None:
        bench.control.event(ids[gone], "vanish")
        bench.control.seed({"name": "Late"})

    changing(bench, prime, monkeypatch, change)
    found = {job.id for job in prime.list_jobs(Selection())}
    assert found >= {*ids} - {ids[gone]}
    assert found - {*ids}


def test_no_job_that_is_named_is_lost_when_one_goes_and_one_comes_between_two_pages(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More jobs are missing than are looked for one by one in any case."""
    ids = bench.control.seed(*many(40))
    bench.control.knobs(limit_page_size=10, page_above_limit="clamped")
    for gone in ids[30:36]:
        bench.control.event(gone, "vanish")
    prime = bench.connect()

    def change() -> None:
        bench.control.event(ids[0], "vanish")
        bench.control.seed({"name": "Late"})

    changing(bench, prime, monkeypatch, change)
    assert set(prime.get_jobs(ids)) >= {*ids[1:30], *ids[36:]}


def test_a_list_that_never_becomes_whole_is_an_error(bench: Bench) -> None:
    """It shows one job twice, and so not the other one."""
    job = {"jobSummaryDTO": {"@id": 15, "jobName": "Night", "jobStatus": "SCHEDULED"}}
    body = json.dumps({"queryResponse": {"@count": 2, "@first": 0, "@last": 1, "entity": [job, job]}})
    bench.control.arm(kind="html", body=body, times=0)
    with pytest.raises(ProtocolError, match="faster than it can be read"):
        list(bench.connect().list_jobs(Selection()))


def test_a_list_without_a_count_is_read_until_a_page_shows_nothing_new(bench: Bench) -> None:
    jobs = [{"jobSummaryDTO": {"@id": number, "jobName": "Night", "jobStatus": "SCHEDULED"}} for number in (15, 16, 17)]
    for shown in (jobs[:2], jobs[1:], jobs[2:]):
        bench.control.arm(kind="html", body=json.dumps({"queryResponse": {"entity": shown}}))
    assert [job.id for job in bench.connect().list_jobs(Selection())] == ["15", "16", "17"]


def test_jobs_that_come_between_two_pages_are_listed_once(bench: Bench) -> None:
    ids = bench.control.seed(*many(10))
    bench.control.knobs(limit_page_size=5, page_above_limit="clamped")
    listing = bench.connect().list_jobs(Selection())
    seen = [next(listing).id]
    (late,) = bench.control.seed({"name": "Late"})
    assert [*seen, *(job.id for job in listing)] == [*ids, late]


def test_a_list_that_ends_before_its_count_is_an_error(bench: Bench) -> None:
    body = json.dumps({"queryResponse": {"@count": 7}})
    bench.control.arm(kind="html", path="JobSummary", body=body, times=0)
    with pytest.raises(ProtocolError, match="announces 7 jobs"):
        list(bench.connect().list_jobs(Selection()))
    assert len(bench.lines()) == 1


def test_system_jobs_only_on_request(bench: Bench) -> None:
    (job_id,) = bench.control.seed({"name": "Night"})
    (system_id,) = bench.control.seed({"name": "Purge", "system_job": True})
    everything = Selection(include_system_jobs=True)
    for shown in ("hidden", "shown"):
        bench.control.knobs(system_jobs_in_list=shown)
        assert [job.id for job in bench.connect().list_jobs(Selection())] == [job_id]
        assert sorted(job.id for job in bench.connect().list_jobs(everything)) == sorted([job_id, system_id])


@pytest.mark.parametrize(
    ("selection", "query"),
    [
        (Selection(names=("Job 0001",)), "jobName=%22Job+0001%22"),
        (Selection(types=("Report & more",)), "jobType=%22Report+%26+more%22"),
        (Selection(owners=("nétops",)), "username=%22n%C3%A9tops%22"),
        (Selection(names=("Job*",)), ""),
        (Selection(names=("a", "b")), ""),
        (Selection(names=('say "hi"',)), ""),
    ],
)
def test_the_server_narrows_what_it_can(bench: Bench, selection: Selection, query: str) -> None:
    wanted = {"name": "Job 0001", "type": "Report & more", "owner": "nétops"}
    ids = bench.control.seed(wanted, {"name": "other"})
    found = [job.id for job in bench.connect().list_jobs(selection)]
    assert found == (ids[:1] if query else ids)
    assert bench.lines() == [f"GET {FULL_LIST}&{query}".rstrip("&")]


# --- jobs by id --------------------------------------------------------------------------------------------------


def test_a_few_jobs_are_read_one_by_one_and_the_missing_left_out(bench: Bench) -> None:
    ids = bench.control.seed(*many(3))
    assert list(bench.connect().get_jobs([*ids, "15"])) == ids
    assert len(bench.lines()) == 4


def test_when_no_job_is_known_the_server_is_asked_whether_it_knows_any(bench: Bench) -> None:
    assert bench.connect().get_jobs(["15", "16"]) == {}
    assert len(bench.lines()) == 3


def test_many_jobs_are_read_from_the_list_with_the_few_it_lacks_one_by_one(bench: Bench) -> None:
    ids = bench.control.seed(*many(20))
    (system_id,) = bench.control.seed({"name": "Purge", "system_job": True})
    found = bench.connect().get_jobs([*ids, system_id, "15"])
    assert list(found) == [*ids, system_id]
    assert bench.lines() == [
        f"GET {FULL_LIST}",
        "GET /webacs/api/v4/data/JobSummary/15.json",
        f"GET /webacs/api/v4/data/JobSummary/{system_id}.json",
    ]


def test_a_list_that_is_longer_than_the_ids_are_many_is_left_early(bench: Bench) -> None:
    ids = bench.control.seed(*many(100))
    bench.control.knobs(limit_page_size=10, page_above_limit="clamped")
    wanted = [*ids[:3], *ids[-3:]]
    assert list(bench.connect().get_jobs(wanted)) == wanted
    assert len(bench.lines()) == 4


def test_many_system_jobs_are_read_from_a_list_of_their_own(bench: Bench) -> None:
    ids = bench.control.seed(*many(9, system_job=True))
    assert list(bench.connect().get_jobs(ids)) == ids
    assert bench.lines() == [f"GET {FULL_LIST}", f"GET {FULL_LIST}&username=SYSTEM"]


def test_an_id_that_is_none_is_said_so_before_any_request(bench: Bench) -> None:
    with pytest.raises(UsageError, match="Night"):
        bench.connect().get_jobs(["15", "Night"])
    assert bench.lines() == []


def test_leading_zeros_do_not_matter(bench: Bench) -> None:
    bench.control.seed({"name": "Night", "id": 15})
    assert bench.connect().get_jobs(["0015"])["0015"].id == "15"


@pytest.mark.parametrize("status", [404, 400, 500])
def test_an_unknown_id_however_the_server_says_so(bench: Bench, status: int) -> None:
    bench.control.knobs(unknown_job_status=status)
    assert bench.connect().get_jobs(["15"]) == {}


@pytest.mark.parametrize("has_read", [True, False])
def test_a_page_of_a_gateway_is_not_taken_for_a_missing_job(bench: Bench, has_read: bool) -> None:
    """A job that has just been seen would be reported as gone."""
    (job_id,) = bench.control.seed({"name": "Night", "scenario": "queued"})
    prime = bench.connect(retry_timeout=2)
    if has_read:
        assert list(prime.get_jobs([job_id])) == [job_id]
    bench.control.arm(kind="status", status=404)
    assert list(prime.get_jobs([job_id])) == [job_id]
    bench.control.arm(kind="status", status=404, times=0)
    with pytest.raises(ProtocolError, match="not one of Prime"):
        prime.get_jobs([job_id])


def test_a_version_that_the_server_does_not_have_is_not_taken_for_a_missing_job(bench: Bench) -> None:
    bench.control.knobs(api_versions=[1, 2, 3])
    bench.control.seed({"name": "Night", "id": 15})
    for read in (lambda prime: prime.get_jobs(["15"]), lambda prime: list(prime.list_jobs(Selection()))):
        with pytest.raises(NotFound, match="prime_api_version"):
            read(bench.connect())
    assert list(bench.connect(api_version=3).get_jobs(["15"])) == ["15"]


def test_a_job_that_is_hidden_for_a_while_after_an_action_is_looked_for(bench: Bench) -> None:
    bench.control.knobs(missing_after_action=3)
    (job_id,) = bench.control.seed({"name": "Night"})
    (item,) = bench.carry_out(bench.connect(), Verb.SUSPEND, job_id)
    assert item.changed
    assert item.job.halted


def test_a_job_that_may_be_hidden_when_the_time_is_over_is_not_missing(bench: Bench) -> None:
    bench.control.knobs(missing_after_action=20)
    (job_id,) = bench.control.seed({"name": "Night"})
    prime = bench.connect()
    prime.bound(Deadline(bench.clock, 5))
    begin = bench.clock.now
    prime.act(Verb.SUSPEND, list(prime.get_jobs([job_id]).values()), OPTIONS)
    with pytest.raises(WaitTimeout, match=job_id):
        prime.get_jobs([job_id])
    assert bench.clock.now - begin < 5 + 1


# --- dialects ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wire_format", ["json", "xml"])
@pytest.mark.parametrize("api_version", [1, 2, 3, 4])
@pytest.mark.parametrize("empty_wrapper", ["string", "absent", "null", "object", "list"])
def test_every_version_and_format_says_the_same(
    bench: Bench, api_version: int, wire_format: str, empty_wrapper: str
) -> None:
    bench.control.knobs(empty_wrapper=empty_wrapper, utc_offset_hours=10)
    ids = bench.control.seed(
        {"name": "Ä & <b>", "scenario": "running", "run_id": 70},
        {"name": "one"},
        {"name": "done", "scenario": "completed"},
        {"name": "112233", "scenario": "suspended"},
        {"name": "four"},
    )
    prime = bench.connect(api_version=api_version, wire_format=wire_format)
    jobs = prime.get_jobs(ids)
    assert [job.name for job in jobs.values()] == ["Ä & <b>", "one", "done", "112233", "four"]
    assert [job.state.value for job in jobs.values()] == ["running", "queued", "completed", "suspended", "queued"]
    assert (jobs[ids[0]].run_id, jobs[ids[2]].ended[-1]) == ("70", "Z")
    answers = prime.act(Verb.SUSPEND, [jobs[job_id] for job_id in ids], OPTIONS)
    assert [answer.error is None for answer in answers] == [True, True, False, False, True]
    assert "COMPLETED" in str(answers[2].error)
    (answer,) = prime.act(Verb.CANCEL_RUNNING, [jobs[ids[0]]], OPTIONS)
    assert (answer.job_id, answer.error) == (ids[0], None)
    with pytest.raises(Refused):
        prime.act(Verb.RESUME, [jobs[ids[2]]], OPTIONS)
    assert {line.split("?")[0].rpartition(".")[2] for line in bench.lines()} == {wire_format}


@pytest.mark.parametrize("kind", ["text/xml", "text/plain"])
def test_the_content_type_does_not_matter(bench: Bench, kind: str) -> None:
    bench.control.knobs(json_content_type=kind)
    ids = bench.control.seed(*many(2))
    assert list(bench.connect().get_jobs(ids)) == ids


def test_a_virtual_domain_is_named_with_every_request(bench: Bench) -> None:
    (job_id,) = bench.control.seed({"name": "Night", "domain": "South"})
    prime = bench.connect(virtual_domain="South")
    assert prime.identity.endswith(" South")
    assert [job.id for job in prime.list_jobs(Selection())] == [job_id]
    bench.carry_out(prime, Verb.SUSPEND, job_id)
    assert all("_ctx.domain=South" in line for line in bench.lines())
    with pytest.raises(PermissionDenied, match="North"):
        list(bench.connect(virtual_domain="North").list_jobs(Selection()))


# --- verbs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("running", "state", "after"),
    [
        ("leave", "suspending", "SUSPENDED RUNNING"),
        ("wait", "suspended", "SUSPENDED COMPLETED SUCCESS"),
        ("cancel", "suspended", "SUSPENDED CANCELLED CANCELLED"),
    ],
)
def test_what_becomes_of_the_run_of_a_suspended_job(bench: Bench, running: str, state: str, after: str) -> None:
    (job_id,) = bench.control.seed({"name": "Night", "scenario": "running", "duration": 20})
    (item,) = bench.carry_out(bench.connect(), Verb.SUSPEND, job_id, running=Running(running))
    assert (item.error, item.changed, item.job.state.value, item.planned.after.value) == (None, True, state, state)
    assert bench.truth(job_id) == after
    assert len(bench.control.writes()) == (2 if running == "cancel" else 1)


def test_the_last_run_of_a_one_shot_job_is_cancelled_without_a_suspend(bench: Bench) -> None:
    (job_id,) = bench.control.seed({"name": "Once", "scenario": "running", "one_shot": True})
    (item,) = bench.carry_out(bench.connect(), Verb.SUSPEND, job_id, running=Running.CANCEL)
    assert (item.error, item.changed) == (None, True)
    assert bench.truth(job_id) == "COMPLETED CANCELLED CANCELLED"


def test_cancel_running_names_the_run_and_waits_for_its_end(bench: Bench) -> None:
    ids = bench.control.seed(*many(5, scenario="running"), {"name": "idle"})
    bench.control.knobs(cancel_lag=9)
    items = bench.carry_out(bench.connect(), Verb.CANCEL_RUNNING, *ids)
    assert [item.changed for item in items] == [True] * 5 + [False]
    assert not any(item.error for item in items)
    (write,) = bench.control.writes()
    runs = [int(job["run_id"]) for job in bench.control.jobs().values() if job["run_id"]]
    assert json.loads(write["body"]) == {"jobRunOperationPayload": {"runIds": {"runId": runs}}}
    assert all(job["state"] == "SCHEDULED CANCELLED CANCELLED" for job in list(bench.control.jobs().values())[:5])


def test_a_run_that_follows_the_cancelled_one_is_not_waited_for(bench: Bench) -> None:
    (job_id,) = bench.control.seed({"name": "Night", "scenario": "running"})
    prime = bench.connect()
    job = prime.get_jobs([job_id])[job_id]
    prime.act(Verb.CANCEL_RUNNING, [job], OPTIONS)
    bench.control.advance(1)
    bench.control.event(job_id, "start")
    job = prime.get_jobs([job_id])[job_id]
    assert (job.state.value, prime.decide(Verb.CANCEL_RUNNING, job, OPTIONS).step.value) == ("running", "already")
    listed = next(prime.list_jobs(Selection()))
    assert prime.decide(Verb.CANCEL_RUNNING, listed, OPTIONS).step.value == "already"


@pytest.mark.parametrize(("result", "state"), [("failed", "failed"), ("success", "completed")])
@pytest.mark.parametrize("wire_format", ["json", "xml"])
@pytest.mark.parametrize("api_version", [1, 4])
def test_the_run_that_is_waited_for_is_judged_when_the_next_one_has_begun(
    bench: Bench, result: str, state: str, api_version: int, wire_format: str
) -> None:
    (job_id,) = bench.control.seed({"name": "Night", "scenario": "running", "run_id": 70})
    prime = bench.connect(api_version=api_version, wire_format=wire_format)
    engine = Engine(prime, bench.clock, Policy(wait_timeout=60), OPTIONS)
    (item,) = select(engine.system, Selection(job_ids=(job_id,)))
    bench.control.event(job_id, "finish", result=result)
    bench.control.event(job_id, "start")
    bench.control.forget_requests()
    engine.wait_for([item], [JobState.COMPLETED, JobState.CANCELLED], [JobState.FAILED])
    assert (item.job.run_id, item.job.state.value) == ("70", state)
    assert bool(item.error) == (result == "failed")
    assert f"run 70 ended as {state}" in item.note
    assert [("runhistory" in line, "jobId=" in line) for line in bench.lines()] == [(False, False), (True, True)]


def test_a_run_that_the_history_does_not_show_is_not_guessed(bench: Bench) -> None:
    (job_id,) = bench.control.seed({"name": "Night", "scenario": "running"})
    prime = bench.connect()
    assert prime.earlier_run(prime.get_jobs([job_id])[job_id], "999") is None


def test_a_cancel_that_failed_is_no_success(bench: Bench) -> None:
    (job_id,) = bench.control.seed({"name": "Night", "scenario": "running", "cancel_outcome": "failed"})
    (item,) = bench.carry_out(bench.connect(), Verb.CANCEL_RUNNING, job_id)
    assert item.error


@pytest.mark.parametrize("status", [200, 400, 404, 409])
@pytest.mark.parametrize("order", ["request", "reversed"])
def test_one_bad_job_does_not_spoil_the_others(bench: Bench, status: int, order: str) -> None:
    bench.control.knobs(wrong_state_status=status, item_order=order)
    ids = bench.control.seed(*many(9))
    prime = bench.connect()
    jobs = list(prime.get_jobs(ids).values())
    bench.control.event(ids[4], "cancel")
    answers = prime.act(Verb.SUSPEND, jobs, OPTIONS)
    assert [answer.job_id for answer in answers if answer.error is None] == [*ids[:4], *ids[5:]]
    (refused,) = [answer.error for answer in answers if answer.error]
    assert "CANCELLED" in str(refused)
    assert not refused.maybe_applied
    assert all(bench.truth(job_id) == "SUSPENDED" for job_id in [*ids[:4], *ids[5:]])
    if status == 200:
        assert len(bench.control.writes()) == 1


def test_an_id_that_the_answer_does_not_mention_is_left_open(bench: Bench) -> None:
    ids = bench.control.seed(*many(2))
    prime = bench.connect()
    jobs = list(prime.get_jobs(ids).values())
    result = {"operation": "SUSPEND", "success": {"success": [{"id": int(ids[0]), "status": "Success"}]}}
    bench.control.arm(kind="html", writes=True, body=json.dumps({"mgmtResponse": {"operationResult": [result]}}))
    first, second = prime.act(Verb.SUSPEND, jobs, OPTIONS)
    assert first.error is None
    assert isinstance(second.error, ProtocolError)
    assert second.error.maybe_applied


def test_the_permanent_cancel_takes_one_request_and_leaves_the_run(bench: Bench) -> None:
    ids = bench.control.seed({"name": "Night", "scenario": "running"}, {"name": "Day", "scenario": "suspended"})
    items = bench.carry_out(bench.connect(), Verb.CANCEL, *ids)
    assert [(item.error, item.changed) for item in items] == [(None, True)] * 2
    assert [item.job.state.value for item in items] == ["running", "cancelled"]
    (write,) = bench.control.writes()
    assert write["target"] == "/webacs/api/v4/op/jobService/cancel.json"
    assert [job["state"] for job in bench.control.jobs().values()] == ["CANCELLED RUNNING", "CANCELLED"]

    bench.control.forget_requests()
    again = bench.carry_out(bench.connect(), Verb.CANCEL, *ids)
    assert [(item.error, item.changed) for item in again] == [(None, False)] * 2
    assert bench.control.writes() == []


def test_the_permanent_cancel_goes_in_batches_of_a_hundred(bench: Bench) -> None:
    ids = bench.control.seed(*many(250, scenario="suspended"))
    items = bench.carry_out(bench.connect(), Verb.CANCEL, *ids)
    assert all(item.changed and not item.error for item in items)
    assert len(bench.control.writes()) == 3
    # one page of the list before, and one to read back
    assert len(bench.control.requests()) == 5
    assert {job["state"] for job in bench.control.jobs().values()} == {"CANCELLED"}


@pytest.mark.parametrize("wire_format", ["json", "xml"])
@pytest.mark.parametrize("api_version", [1, 2, 3, 4])
def test_the_permanent_cancel_in_every_dialect(bench: Bench, api_version: int, wire_format: str) -> None:
    ids = bench.control.seed(*many(2, scenario="suspended"))
    prime = bench.connect(api_version=api_version, wire_format=wire_format)
    for chosen in (ids[:1], ids):
        items = bench.carry_out(prime, Verb.CANCEL, *chosen)
        assert [item.error for item in items] == [None] * len(chosen)
    assert {bench.truth(job_id) for job_id in ids} == {"CANCELLED"}


def test_a_lost_answer_to_the_permanent_cancel_is_settled_by_the_state(bench: Bench) -> None:
    (job_id,) = bench.control.seed({"name": "Night", "scenario": "suspended"})
    bench.control.arm(kind="reset_after", writes=True)
    (item,) = bench.carry_out(bench.connect(), Verb.CANCEL, job_id)
    assert (item.error, item.changed) == (None, True)
    assert len(bench.control.writes()) == 1


def test_a_refused_permanent_cancel_is_an_error_and_nothing_else_is_tried(bench: Bench) -> None:
    ids = bench.control.seed(
        {"name": "Night", "scenario": "suspended", "system_job": True}, {"name": "Day", "scenario": "suspended"}
    )
    bench.control.knobs(system_job_actions="refused")
    items = bench.carry_out(bench.connect(), Verb.CANCEL, *ids)
    assert [type(item.error) for item in items] == [Refused, type(None)]
    assert len(bench.control.writes()) == 1
    assert [bench.truth(job_id) for job_id in ids] == ["SUSPENDED", "CANCELLED"]


def test_a_job_that_waits_for_approval_is_left_alone(bench: Bench) -> None:
    (job_id,) = bench.control.seed({"name": "Night", "scenario": "pending_approval"})
    for verb in (Verb.SUSPEND, Verb.RESUME, Verb.CANCEL):
        (item,) = bench.carry_out(bench.connect(), verb, job_id)
        assert "approval" in str(item.error)
    assert bench.control.writes() == []


def test_the_trigger_may_take_a_while_to_show(bench: Bench) -> None:
    bench.control.knobs(trigger_lag=7)
    ids = bench.control.seed(*many(5))
    items = bench.carry_out(bench.connect(), Verb.SUSPEND, *ids)
    assert all(item.changed and not item.error for item in items)
    assert len(bench.control.writes()) == 1


# --- credentials -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [302, 401])
def test_a_wrong_password_is_tried_once(bench: Bench, answer: int) -> None:
    bench.control.knobs(bad_credentials=answer)
    with pytest.raises(AuthFailed) as caught:
        list(bench.connect(password="wrong").list_jobs(Selection()))
    assert caught.value.http_status == answer
    assert len(bench.lines()) == 1


def test_a_right_password_that_is_refused_now_and_then_is_tried_again(bench: Bench) -> None:
    (job_id,) = bench.control.seed({"name": "Night"})
    bench.control.knobs(sporadic_401=3)
    (item,) = bench.carry_out(bench.connect(), Verb.SUSPEND, job_id)
    assert (item.error, item.changed) == (None, True)
    assert bench.control.jobs()[job_id]["applied"] == {"suspend": 1}


def test_a_job_is_looked_at_before_a_write_whose_right_password_was_refused_is_sent_again(bench: Bench) -> None:
    (job_id,) = bench.control.seed({"name": "Night"})
    bench.control.arm(kind="status", status=401, writes=True, times=2)
    (item,) = bench.carry_out(bench.connect(), Verb.SUSPEND, job_id)
    assert (item.error, item.changed) == (None, True)
    assert "".join(line[0] for line in bench.lines()) == "GPGPGPG"
    assert bench.control.jobs()[job_id]["applied"] == {"suspend": 1}


def test_a_job_that_somebody_suspends_meanwhile_is_not_asked_for_again(bench: Bench) -> None:
    (job_id,) = bench.control.seed({"name": "Night"})
    bench.control.arm(kind="status", status=401, writes=True)
    bench.control.arm(kind="event", body="suspend", jobs=[job_id], writes=False, after_write=True)
    (item,) = bench.carry_out(bench.connect(), Verb.SUSPEND, job_id)
    assert (item.error, item.changed) == (None, False)
    assert len(bench.control.writes()) == 1


def test_a_write_whose_right_password_stays_refused_is_a_matter_of_credentials(bench: Bench) -> None:
    (job_id,) = bench.control.seed({"name": "Night"})
    bench.control.arm(kind="status", status=401, writes=True, times=0)
    (item,) = bench.carry_out(bench.connect(), Verb.SUSPEND, job_id)
    assert item.error is not None
    assert item.error.kind == "auth"
    assert "sessions" in str(item.error)
    assert not item.changed


def test_a_run_whose_cancel_was_put_off_counts_as_not_asked_to_cancel(bench: Bench) -> None:
    (job_id,) = bench.control.seed({"name": "Night", "scenario": "running"})
    prime = bench.connect()
    job = prime.get_jobs([job_id])[job_id]
    bench.control.arm(kind="status", status=401, writes=True)
    with pytest.raises(RefusedForNow):
        prime.act(Verb.CANCEL_RUNNING, [job], OPTIONS)
    assert prime.get_jobs([job_id])[job_id].facts["situation"].asked_run == ""


def test_patience_with_refused_reads_ends_with_the_verb(bench: Bench) -> None:
    ids = bench.control.seed(*many(1))
    prime = bench.connect()
    prime.get_jobs(ids)
    bench.control.forget_requests()
    bench.control.arm(kind="status", status=401, times=0)
    prime.bound(Deadline(bench.clock, 2))
    with pytest.raises(AuthFailed, match="sessions"):
        prime.get_jobs(ids)
    assert len(bench.lines()) == 2


def test_patience_with_refusals_ends(bench: Bench) -> None:
    ids = bench.control.seed(*many(1))
    prime = bench.connect()
    prime.get_jobs(ids)
    bench.control.forget_requests()
    bench.control.arm(kind="status", status=401, times=0)
    with pytest.raises(AuthFailed, match="sessions"):
        prime.get_jobs(ids)
    assert len(bench.lines()) == 3


def test_without_time_for_replays_a_401_is_final(bench: Bench) -> None:
    ids = bench.control.seed(*many(1))
    prime = bench.connect(retry_timeout=0)
    prime.get_jobs(ids)
    bench.control.arm(kind="status", status=401)
    with pytest.raises(AuthFailed):
        prime.get_jobs(ids)
    assert len(bench.lines()) == 2


def test_rights_are_those_of_the_groups(bench: Bench) -> None:
    (job_id,) = bench.control.seed({"name": "Night"})
    with pytest.raises(PermissionDenied, match="NBI Read"):
        bench.connect(username="writer").get_jobs([job_id])
    (item,) = bench.carry_out(bench.connect(username="reader"), Verb.SUSPEND, job_id)
    assert isinstance(item.error, PermissionDenied)
    assert "NBI Write" in str(item.error)


# --- trouble -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "html", "times": 0}, ProtocolError),
        ({"kind": "empty", "times": 0}, ProtocolError),
        ({"kind": "html", "body": "[]", "times": 0}, ProtocolError),
        ({"kind": "html", "body": '{"mgmtResponse": {}}'}, ProtocolError),
        ({"kind": "html", "body": '{"errorDocument": {"message": "no", "id": "x.PRS-1"}}'}, Refused),
        ({"kind": "redirect", "location": "https://elsewhere.example.com/login", "times": 0}, ProtocolError),
        ({"kind": "redirect", "location": "/webacs/pages/common/login.jsp"}, AuthFailed),
        ({"kind": "status", "status": 500, "times": 0}, ConnectionFailed),
        ({"kind": "status", "status": 500, "body": '{"errorDocument": {"message": "no"}}'}, Refused),
        ({"kind": "status", "status": 503, "times": 0}, ConnectionFailed),
        ({"kind": "status", "status": 503, "body": LIMITER, "times": 0}, RateLimited),
        ({"kind": "truncate", "times": 0}, ConnectionFailed),
    ],
)
@pytest.mark.parametrize("wire_format", ["json", "xml"])
def test_bad_answers_to_a_read(bench: Bench, fault: dict[str, t.Any], error: type[Exception], wire_format: str) -> None:
    if wire_format == "xml" and "body" in fault:
        pytest.skip("the body is JSON")
    bench.control.arm(**fault)
    with pytest.raises(error) as caught:
        list(bench.connect(wire_format=wire_format).list_jobs(Selection()))
    assert "s3cret" not in str(caught.value)


#: What something in front of the product says. Not one of these is an answer of the product.
STRANGERS = [
    (status, page)
    for page in ("html", "text", "empty", "no_route", "forbidden")
    for status in (200, 302, 400, 403, 404, 408, 409)
]


@pytest.mark.parametrize("wire_format", ["json", "xml"])
@pytest.mark.parametrize(("status", "page"), STRANGERS)
def test_what_a_stranger_answers_to_a_read_is_no_answer(bench: Bench, wire_format: str, status: int, page: str) -> None:
    ids = bench.control.seed(*many(1))
    bench.control.arm(kind="stranger", status=status, page=page)
    prime = bench.connect(wire_format=wire_format)
    assert [job.id for job in prime.list_jobs(Selection())] == ids
    assert prime.traffic["replays"] == 1
    bench.control.arm(kind="stranger", status=status, page=page, times=0)
    with pytest.raises((ProtocolError, ConnectionFailed)):
        bench.connect(wire_format=wire_format).get_jobs(ids)


@pytest.mark.parametrize("when", ["stranger", "stranger_after"])
@pytest.mark.parametrize(("status", "page"), STRANGERS)
def test_what_a_stranger_answers_to_a_write_leaves_it_to_the_state(
    bench: Bench, when: str, status: int, page: str
) -> None:
    ids = bench.control.seed(*many(2))
    bench.control.arm(kind=when, writes=True, status=status, page=page)
    items = bench.carry_out(bench.connect(), Verb.SUSPEND, *ids)
    assert [(item.error, item.changed) for item in items] == [(None, True)] * 2
    assert [bench.control.jobs()[job_id]["applied"] for job_id in ids] == [{"suspend": 1}] * 2
    assert len(bench.control.writes()) == (1 if when == "stranger_after" else 2)


@pytest.mark.parametrize("kind", ["redirect", "status_after"])
def test_the_way_to_the_login_page_says_nothing_about_a_write(bench: Bench, kind: str) -> None:
    (job_id,) = bench.control.seed({"name": "Night"})
    prime = bench.connect()
    jobs = list(prime.get_jobs([job_id]).values())
    login = "https://prime.example.com/webacs/pages/common/login.jsp"
    bench.control.arm(kind=kind, status=302, writes=True, location=login)
    with pytest.raises(ProtocolError) as caught:
        prime.act(Verb.SUSPEND, jobs, OPTIONS)
    assert caught.value.maybe_applied


def test_the_first_answer_of_a_stranger_says_what_to_look_at(bench: Bench) -> None:
    bench.control.arm(kind="status", status=404, times=0)
    with pytest.raises(ProtocolError, match="check url and prime_api_version"):
        list(bench.connect().list_jobs(Selection()))


ERROR = json.dumps({"errorDocument": {"message": "It is no use.-PRS-000", "id": "presentation.PRS-000"}})


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500, "body": ERROR},
        {"status": 502},
        {"status": 404},
        {"status": 400, "body": '{"message": "no"}'},
        {"status": 408, "body": ERROR},
        {"status": 200, "body": '{"mgmtResponse": "no"}'},
    ],
    ids=str,
)
def test_a_batch_that_may_have_been_carried_out_is_not_sent_in_halves(bench: Bench, answer: dict[str, t.Any]) -> None:
    ids = bench.control.seed(*many(8))
    prime = bench.connect()
    jobs = list(prime.get_jobs(ids).values())
    bench.control.arm(kind="status_after", writes=True, **answer)
    with pytest.raises(JobControlError) as caught:
        prime.act(Verb.SUSPEND, jobs, OPTIONS)
    assert caught.value.maybe_applied
    assert len(bench.control.writes()) == 1


def test_a_batch_that_the_product_has_refused_is_sent_in_halves(bench: Bench) -> None:
    ids = bench.control.seed(*many(8))
    prime = bench.connect()
    jobs = list(prime.get_jobs(ids).values())
    bench.control.arm(kind="status", status=400, writes=True, body='{"errorDocument": {"message": "no"}}')
    assert [answer.error for answer in prime.act(Verb.SUSPEND, jobs, OPTIONS)] == [None] * 8
    assert len(bench.control.writes()) == 3


def test_a_read_is_replayed_while_the_limiter_says_no(bench: Bench) -> None:
    ids = bench.control.seed(*many(1))
    bench.control.arm(kind="status", status=503, body=LIMITER, times=2)
    prime = bench.connect()
    assert list(prime.get_jobs(ids)) == ids
    assert prime.traffic["replays"] == 2


def test_a_write_is_replayed_only_when_the_limiter_said_no(bench: Bench) -> None:
    (job_id,) = bench.control.seed({"name": "Night"})
    prime = bench.connect()
    job = prime.get_jobs([job_id])[job_id]
    bench.control.arm(kind="status", status=503, body=LIMITER, writes=True)
    (answer,) = prime.act(Verb.SUSPEND, [job], OPTIONS)
    assert answer.error is None
    assert len(bench.control.writes()) == 2
    bench.control.arm(kind="status", status=503, writes=True, times=0)
    with pytest.raises(ConnectionFailed) as caught:
        prime.act(Verb.SUSPEND, [job], OPTIONS)
    assert caught.value.maybe_applied
    assert len(bench.control.writes()) == 3


@pytest.mark.parametrize("kind", ["reset_after", "html_after", "empty_after", "status_after", "truncate"])
@pytest.mark.parametrize("verb", [Verb.SUSPEND, Verb.CANCEL_RUNNING])
def test_a_lost_answer_is_settled_by_reading(bench: Bench, kind: str, verb: Verb) -> None:
    (job_id,) = bench.control.seed({"name": "Night", "scenario": "running"})
    bench.control.knobs(cancel_lag=0)
    bench.control.arm(kind=kind, writes=True, status=502)
    (item,) = bench.carry_out(bench.connect(), verb, job_id)
    assert (item.error, item.changed) == (None, True)
    assert len(bench.control.writes()) == 1


@pytest.mark.parametrize("kind", ["reset_before", "html", "empty", "status"])
@pytest.mark.parametrize("verb", [Verb.SUSPEND, Verb.CANCEL_RUNNING])
def test_a_lost_request_is_sent_once_more(bench: Bench, kind: str, verb: Verb) -> None:
    (job_id,) = bench.control.seed({"name": "Night", "scenario": "running"})
    bench.control.arm(kind=kind, writes=True, status=500)
    (item,) = bench.carry_out(bench.connect(), verb, job_id)
    assert (item.error, item.changed) == (None, True)
    assert len(bench.control.writes()) == 2


def test_settings_are_what_the_collection_was_told(bench: Bench) -> None:
    capabilities = bench.connect().capabilities
    assert dataclasses.asdict(capabilities)["workers"] == capabilities.max_workers == 1
    assert capabilities.verbs == {Verb.SUSPEND, Verb.RESUME, Verb.CANCEL_RUNNING}
    assert set(capabilities.batch) == capabilities.verbs | {Verb.CANCEL}
    assert capabilities.irreversible == set(capabilities.own_verbs) == {Verb.CANCEL}
