# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DRS client against the simulated service: requests counted, both generations, both ways to log in."""

from __future__ import annotations

import json
import math
import time
import typing as t

import pytest

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._drs import states
from ansible_collections.batchops.job_control.plugins.module_utils._drs.api import Drs
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
    UnknownOutcome,
    UsageError,
)
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    JobState,
    Selection,
    Step,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._secrets import MASK, masked
from ansible_collections.batchops.job_control.plugins.module_utils._selection import named, select
from ansible_collections.batchops.job_control.plugins.module_utils._system import Connection, JobSystem
from simulators.core.control import Control
from simulators.core.server import Server, serving
from simulators.drs.simulator import DrsSimulator, create

OPTIONS = VerbOptions()
LOGIN = 1
TYPES = 3  # one list for each (contract 5.1)


class FakeClock:
    """Time that passes in sleep() only, for us and for the product. Signatures need the real time of day."""

    def __init__(self, simulator: DrsSimulator) -> None:
        self.now = 0.0
        self._simulator = simulator

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self._simulator.clock.advance(seconds)


class Site:
    """One simulated project, and clients of it."""

    def __init__(self, server: Server) -> None:
        self.origin = server.origin
        self.simulator = t.cast(DrsSimulator, server.simulator)
        self.simulator.clock.freeze(True)
        self.control = Control(server.origin)
        self.clock = FakeClock(self.simulator)
        self.hidden: list[str] = []

    def client(self, version: str = "v3", product: t.Mapping[str, t.Any] | None = None, **options: t.Any) -> Drs:
        own: dict[str, t.Any] = {
            "region": DrsSimulator.region,
            "iam_url": self.origin,
            "domain": DrsSimulator.domain,
            "api_version": version,
        }
        user = {"username": DrsSimulator.username, "password": DrsSimulator.password}
        connection = Connection(
            **{
                "url": self.origin,
                **user,
                "request_timeout": 5.0,
                "product": {**own, **(product or {})},
                "hide": self.hidden.append,
                **options,
            }
        )
        return Drs(connection, self.clock)

    def signing(self, **product: t.Any) -> Drs:
        keys = {"access_key": DrsSimulator.access_key, "secret_key": DrsSimulator.secret_key}
        return self.client(product={**keys, **product}, username="", password="")

    def requests(self) -> list[str]:
        """Method and path of each request, without version and project."""
        project = self.simulator.project_id
        return [f"{r['method']} {r['target'].split('?')[0].split(project)[-1]}" for r in self.control.requests()]

    def bodies(self, path: str) -> list[str]:
        return [r["body"] for r in self.control.requests() if path in r["target"]]

    def planned(self, drs: JobSystem, verb: Verb, job_ids: t.Sequence[str]) -> tuple[Engine, list[Item]]:
        """A verb that is about to be carried out."""
        engine = Engine(drs, self.clock, Policy(wait_timeout=60.0), OPTIONS)
        items = named(engine.system, job_ids)
        engine.plan(verb, items)
        return engine, items

    def run(self, drs: JobSystem, verb: Verb, selection: Selection, **policy: t.Any) -> dict[str, Item]:
        engine = Engine(drs, self.clock, Policy(**{"wait_timeout": 60.0, **policy}), OPTIONS)
        items = select(engine.system, selection)
        engine.plan(verb, items)
        engine.carry_out(verb, items)
        return {item.job_id: item for item in items}

    def raw(self) -> dict[str, str]:
        return {job_id: job["state"] for job_id, job in self.control.jobs().items()}


@pytest.fixture
def site() -> t.Iterator[Site]:
    with serving(create()) as server:
        yield Site(server)


def working(count: int, **seed: t.Any) -> list[dict[str, t.Any]]:
    return [{"name": f"sync-{number:04}", "scenario": "running", **seed} for number in range(count)]


both = pytest.mark.parametrize("version", ["v3", "v5"])


# --- requests counted ----------------------------------------------------------------------------------------


def test_suspending_200_tasks_takes_20_writes(site: Site) -> None:
    site.control.seed(*working(200))
    with site.client() as drs:
        items = site.run(drs, Verb.SUSPEND, Selection(names=("sync-*",)))

    assert {item.changed for item in items.values()} == {True}
    assert set(site.raw().values()) == {"PAUSING"}
    assert len(site.control.writes()) == 20
    lists = 2 + (TYPES - 1)  # two pages of sync tasks, and a look at each other type
    reads_back = site.requests().count("POST /jobs") - lists
    assert reads_back % 2 == 0  # the tasks of one type in two lists of 100 ids
    assert reads_back <= 4  # once before the pause lag is over, once after
    assert len(site.control.requests()) == LOGIN + lists + 20 + reads_back
    assert site.control.sessions() == 0


def test_named_tasks_of_the_commonest_type_are_read_in_one_request(site: Site) -> None:
    ids = site.control.seed(*working(100))
    with site.client() as drs:
        assert len(drs.get_jobs(ids)) == 100

    assert site.requests() == ["POST /v3/auth/tokens", "POST /jobs"]


def test_the_type_of_a_task_is_asked_for_once(site: Site) -> None:
    ids = site.control.seed({"name": "dr", "type": "cloudDataGuard"}, {"name": "sync"})
    with site.client() as drs:
        drs.get_jobs(ids)
        site.control.forget_requests()
        assert drs.get_jobs(ids[:1]).keys() == {ids[0]}

    assert site.requests() == ["POST /jobs"]
    assert '"db_use_type": "cloudDataGuard"' in site.bodies("/jobs")[0]


def test_only_the_types_that_are_meant_are_listed(site: Site) -> None:
    site.control.seed({"name": "other"}, {"name": "sync-dr", "type": "cloudDataGuard"})
    with site.client() as drs:
        found = list(drs.list_jobs(Selection(types=("cloudDataGuard",))))

    assert [job.name for job in found] == ["sync-dr"]
    assert len(site.control.requests()) == LOGIN + 1


def test_a_child_is_found_by_its_name(site: Site) -> None:
    site.control.seed({"name": "fam", "type": "cloudDataGuard", "children": 2})
    with site.client() as drs:
        assert list(site.run(drs, Verb.SUSPEND, Selection(names=("fam-child-2",))))

    assert sorted(site.raw().values()) == ["INCRE_TRANSFER_STARTED", "INCRE_TRANSFER_STARTED", "PAUSING"]


def test_v5_reads_the_whole_list_where_that_takes_fewer_requests_than_ten_ids_each(site: Site) -> None:
    site.control.seed(*working(100))
    with site.client("v5") as drs:
        ids = [job.id for job in drs.list_jobs(Selection())]
        site.control.forget_requests()
        assert len(drs.get_jobs(ids)) == 100
        assert len(site.control.requests()) == 1
        drs.get_jobs(ids[:10])

    assert "name=" in site.control.requests()[1]["target"]


@both
def test_paging_goes_by_the_total(site: Site, version: str) -> None:
    site.control.seed(*working(250))
    with site.client(version) as drs:
        found = [job.id for job in drs.list_jobs(Selection())]

    assert len(found) == len(set(found)) == 250
    assert len(site.control.requests()) == LOGIN + 3 + (TYPES - 1)
    assert site.control.writes() == []


def test_a_server_that_caps_the_page_is_read_to_the_end(site: Site) -> None:
    site.control.seed(*working(60))
    site.control.knobs(v5_list_limit_max=25)
    with site.client("v5") as drs:
        assert len(list(drs.list_jobs(Selection()))) == 60


def test_a_list_that_shrinks_while_it_is_read_loses_nothing(site: Site) -> None:
    ids = site.control.seed(*working(150))
    with site.client() as drs:
        found = drs.list_jobs(Selection(types=("sync",)))
        first = [next(found).id for _attempt in range(100)]
        for gone in first[:3]:
            site.control.event(gone, "vanish")
        rest = [job.id for job in found]

    assert sorted(first + rest) == sorted(ids)


@both
def test_reads_write_nothing(site: Site, version: str) -> None:
    ids = site.control.seed(*working(3), {"name": "fam", "type": "cloudDataGuard", "children": 2})
    site.control.check_mode(True)
    with site.client(version) as drs:
        list(drs.list_jobs(Selection()))
        drs.get_jobs([*ids, "140b5236-88ad-43c8-811c-1268453jb101"])

    assert site.control.check_mode(False) == []


# --- what is read --------------------------------------------------------------------------------------------


@both
def test_a_pause_under_way_is_seen(site: Site, version: str) -> None:
    site.control.knobs(pause_lag=30)
    (job_id,) = site.control.seed(*working(1))
    with site.client(version) as drs:
        before = drs.get_jobs([job_id])[job_id]
        drs.act(Verb.SUSPEND, [before], OPTIONS)
        during = drs.get_jobs([job_id])[job_id]
        site.clock.sleep(31)
        after = drs.get_jobs([job_id])[job_id]

    assert (before.state, before.halted, before.running) == (JobState.RUNNING, False, True)
    assert (during.state, during.halted) == (JobState.SUSPENDING, False)
    assert drs.decide(Verb.SUSPEND, during, OPTIONS).step is Step.WAIT
    assert (after.state, after.halted, after.running) == (JobState.SUSPENDED, True, False)


@both
@pytest.mark.parametrize("unknown_id", ["DRS.M00289", "DRS.M05003", "DRS.M05004"])
def test_unknown_ids_are_left_out(site: Site, version: str, unknown_id: str) -> None:
    site.control.knobs(unknown_id=unknown_id)
    (job_id,) = site.control.seed(*working(1))
    with site.client(version) as drs:
        found = drs.get_jobs([job_id, "140b5236-88ad-43c8-811c-1268453jb101", "sync"])

    assert set(found) == {job_id}


GATEWAY = {"status": 404, "body": "<html><title>404</title></html>", "headers": {"Content-Type": "text/html"}}
WHOLE = {"status": 400, "body": '{"error_code":"DRS.M05003","error_msg":"The task does not exist."}'}
SILENT = {"status": 200, "body": '{"results":[],"count":0}'}


@pytest.mark.parametrize("answer", [WHOLE, SILENT], ids=["refused as a whole", "says nothing"])
def test_one_task_that_is_gone_takes_no_other_one_with_it(site: Site, answer: dict[str, t.Any]) -> None:
    (parent,) = site.control.seed({"name": "fam", "type": "cloudDataGuard", "children": 2})
    children = site.control.jobs()[parent]["children"]
    site.control.arm(kind="status", path="batch-detail", **answer)
    with site.client() as drs:
        assert set(drs.get_jobs([*children, "140b5236-88ad-43c8-811c-1268453jb101"])) == set(children)


@both
@pytest.mark.parametrize("answer", [GATEWAY, SILENT], ids=["a gateway", "says nothing"])
def test_a_task_that_nothing_is_said_of_is_not_gone(site: Site, version: str, answer: dict[str, t.Any]) -> None:
    site.control.arm(kind="status", path="batch-detail|type=detail", times=0, **answer)
    with site.client(version) as drs, pytest.raises((NotFound, ProtocolError)):
        drs.get_jobs(["140b5236-88ad-43c8-811c-1268453jb101", "150b5236-88ad-43c8-811c-1268453jb101"])


@both
@pytest.mark.parametrize("deleted_id", ["DELETED", "DRS.M05004"])
def test_a_deleted_task_is_gone(site: Site, version: str, deleted_id: str) -> None:
    site.control.knobs(deleted_id=deleted_id)
    (job_id,) = site.control.seed({"name": "old", "scenario": "cancelled"})
    with site.client(version) as drs:
        assert drs.get_jobs([job_id]) == {}
        assert list(drs.list_jobs(Selection())) == []


@both
def test_a_child_is_found_by_its_id_and_then_read_with_its_parent(site: Site, version: str) -> None:
    (parent,) = site.control.seed({"name": "fam", "type": "cloudDataGuard", "children": 2})
    children = site.control.jobs()[parent]["children"]
    with site.client(version) as drs:
        found = drs.get_jobs(children)
        site.control.forget_requests()
        again = drs.get_jobs(children)

    assert set(found) == set(again) == set(children)
    assert {states.facts(job).parent for job in found.values()} == {parent}
    assert all(states.facts(job).available for job in found.values())
    assert len(site.control.requests()) == 1


def test_without_job_action_the_table_decides(site: Site) -> None:
    site.control.knobs(job_action="absent")
    ids = site.control.seed(*working(2), {"name": "failed", "scenario": "failed"})
    with site.client() as drs:
        items = site.run(drs, Verb.SUSPEND, Selection(job_ids=tuple(ids)), on_ineligible="skip")

    assert [items[job_id].changed for job_id in ids] == [True, True, False]


def test_an_id_with_a_comma_is_refused_unread(site: Site) -> None:
    with site.client() as drs, pytest.raises(UsageError, match="job_ids"):
        drs.get_jobs(["a,b"])

    assert site.control.requests() == []


# --- verbs ---------------------------------------------------------------------------------------------------


@both
def test_suspend_and_resume_give_back_what_was_found(site: Site, version: str) -> None:
    ids = site.control.seed(*working(12), {"name": "dr", "type": "cloudDataGuard"}, {"name": "m", "type": "migration"})
    before = site.raw()
    with site.client(version) as drs:
        suspended = site.run(drs, Verb.SUSPEND, Selection(job_ids=tuple(ids)))
        assert set(site.raw().values()) == {"PAUSING"}
        resumed = site.run(drs, Verb.RESUME, Selection(job_ids=tuple(ids)))
        site.clock.sleep(5)

    assert all(item.changed and not item.error for item in [*suspended.values(), *resumed.values()])
    assert site.raw() == before
    assert all(job["applied"] == {"pause": 1, "retry": 1} for job in site.control.jobs().values())
    assert len(site.control.writes()) == 2 * math.ceil(len(ids) / 10)


@pytest.mark.parametrize("mode", ["target", "all"])
@both
def test_the_pause_mode_is_the_users(site: Site, version: str, mode: str) -> None:
    ids = site.control.seed(*working(1))
    with site.client(version, product={"pause_mode": mode}) as drs:
        site.run(drs, Verb.SUSPEND, Selection(job_ids=tuple(ids)))

    assert site.control.jobs()[ids[0]]["pause_mode"] == mode


@both
def test_a_failed_task_is_retried_once(site: Site, version: str) -> None:
    ids = site.control.seed({"name": "failed", "scenario": "failed"})
    with site.client(version) as drs:
        first = site.run(drs, Verb.RETRY, Selection(job_ids=tuple(ids)))
        second = site.run(drs, Verb.RETRY, Selection(job_ids=tuple(ids)))

    assert first[ids[0]].changed
    assert not second[ids[0]].changed
    assert site.control.jobs()[ids[0]]["applied"] == {"retry": 1}


@both
def test_a_terminated_task_ends_as_predicted(site: Site, version: str) -> None:
    ids = site.control.seed(*working(1))
    with site.client(version) as drs:
        planned = drs.decide(Verb.CANCEL_RUNNING, drs.get_jobs(ids)[ids[0]], OPTIONS)
        items = site.run(drs, Verb.CANCEL_RUNNING, Selection(job_ids=tuple(ids)))

    assert items[ids[0]].job.state is planned.after is JobState.COMPLETED
    assert site.raw()[ids[0]] == "RELEASE_RESOURCE_COMPLETE"


def test_the_children_of_a_family_are_suspended_and_the_parent_is_left_out(site: Site) -> None:
    (parent,) = site.control.seed({"name": "fam", "type": "cloudDataGuard", "children": 2})
    children = site.control.jobs()[parent]["children"]
    with site.client() as drs:
        items = site.run(drs, Verb.SUSPEND, Selection(names=("fam*",)))

    assert [items[child].changed for child in children] == [True, True]
    assert items[parent].skipped
    assert "its children can" in items[parent].note


@pytest.mark.parametrize(
    "knobs",
    [
        {"current_action_while_pausing": "PAUSE"},
        {"current_action_while_pausing": "null"},
        {"current_action_while_pausing": "missing"},
        {"stale_reads_after_200": 3},
        {"resume_linger": 20},
        {"resume_path": "WAITING_FOR_START"},
        {"retry_listed_on_paused": False},
        {"job_action": "absent", "stale_reads_after_200": 2, "pause_lag": 8, "resume_linger": 8},
    ],
    ids=str,
)
@both
def test_what_the_documents_leave_open_makes_no_difference(site: Site, version: str, knobs: dict[str, t.Any]) -> None:
    site.control.knobs(**{"pause_lag": 5, **knobs})
    ids = site.control.seed(*working(2))
    with site.client(version) as drs:
        suspended = site.run(drs, Verb.SUSPEND, Selection(job_ids=tuple(ids)))
        resumed = site.run(drs, Verb.RESUME, Selection(job_ids=tuple(ids)))

    assert all(item.changed and not item.error for item in [*suspended.values(), *resumed.values()])
    assert len(site.control.writes()) == 2
    assert "PAUSING" not in site.raw().values()


@pytest.mark.parametrize("outcome", ["INCRE_TRANSFER_FAILED", "START_JOB_FAILED"])
def test_a_resume_that_fails_at_once_is_told(site: Site, outcome: str) -> None:
    site.control.knobs(resume_outcome=outcome, resume_linger=2, resume_lag=0)
    ids = site.control.seed({"name": "paused", "scenario": "suspended"})
    with site.client() as drs:
        items = site.run(drs, Verb.RESUME, Selection(job_ids=tuple(ids)))

    assert items[ids[0]].note == "it ended as failed meanwhile"


def test_a_pause_by_somebody_else_is_waited_for_and_not_ours(site: Site) -> None:
    site.control.knobs(pause_lag=10)
    ids = site.control.seed(*working(1))
    with site.client() as other:
        other.act(Verb.SUSPEND, list(other.get_jobs(ids).values()), OPTIONS)
    with site.client() as drs:
        items = site.run(drs, Verb.SUSPEND, Selection(job_ids=tuple(ids)))

    assert items[ids[0]].job.halted
    assert not items[ids[0]].changed
    assert len(site.control.writes()) == 1


# --- partial failures and busy tasks -------------------------------------------------------------------------


@pytest.mark.parametrize("all_failed_http", [200, 400])
def test_refusals_are_read_from_the_results_whatever_the_status(site: Site, all_failed_http: int) -> None:
    site.control.knobs(all_failed_http=all_failed_http)
    ids = site.control.seed({"name": "done", "scenario": "completed"}, {"name": "new", "raw": "CONFIGURATION"})
    with site.client() as drs:
        jobs = list(drs.get_jobs(ids).values())
        answers = drs.act(Verb.SUSPEND, jobs, OPTIONS)

    for answer in answers:
        assert isinstance(answer.error, Refused)
        assert (answer.error.code, answer.error.http_status) == ("DRS.M00304", all_failed_http)
        assert not answer.error.maybe_applied


def test_one_failure_does_not_hide_the_success_of_the_others(site: Site) -> None:
    ids = site.control.seed(*working(2), {"name": "done", "scenario": "completed"})
    with site.client() as drs:
        answers = drs.act(Verb.SUSPEND, [drs.get_jobs(ids)[job_id] for job_id in ids], OPTIONS)

    assert [answer.job_id for answer in answers] == ids
    assert [type(answer.error) for answer in answers] == [type(None), type(None), Refused]


@both
def test_only_busy_tasks_are_asked_again(site: Site, version: str) -> None:
    ids = site.control.seed(*working(3))
    with site.client(version) as drs:
        engine, items = site.planned(drs, Verb.SUSPEND, ids)
        site.control.event(ids[1], "busy", seconds=4)
        engine.carry_out(Verb.SUSPEND, items)

    assert [(item.changed, item.error) for item in items] == [(True, None)] * 3
    first, second = [request["body"] for request in site.control.writes()]
    assert all(job_id in first for job_id in ids)
    assert [job_id in second for job_id in ids] == [False, True, False]


def busy(code: str, job_id: str = "") -> str:
    """What DRS says of a task, or of a whole request, that it puts off (contract 8.4, 8.7)."""
    said = {"error_code": code, "error_msg": "Try again later."}
    results = {"count": 1, "results": [{"id": job_id, "status": "failed", **said}]}
    return json.dumps(results if job_id else said)


def before_and_after(site: Site) -> str:
    """What was sent from the first write on: w for a write, r for a read."""
    kinds = "".join("w" if request["is_write"] else "r" for request in site.control.requests())
    return kinds[kinds.index("w") :]


@pytest.mark.parametrize("code", ["DRS.M01503", "DRS.M01504"])
@pytest.mark.parametrize("status", [200, 202, 400])
@pytest.mark.parametrize("whole", [True, False])
def test_a_task_is_looked_at_before_a_request_that_was_put_off_is_sent_again(
    site: Site, code: str, status: int, whole: bool
) -> None:
    (job_id,) = site.control.seed(*working(1))
    site.control.arm(kind="status", status=status, writes=True, times=2, body=busy(code, "" if whole else job_id))
    with site.client() as drs:
        items = site.run(drs, Verb.SUSPEND, Selection(job_ids=(job_id,)))

    assert (items[job_id].changed, items[job_id].error) == (True, None)
    assert before_and_after(site).startswith("wrwrwr")
    assert site.control.jobs()[job_id]["applied"] == {"pause": 1}


def test_a_task_that_somebody_pauses_while_it_is_busy_is_not_asked_for_again(site: Site) -> None:
    (job_id,) = site.control.seed(*working(1))
    site.control.arm(kind="status", status=400, writes=True, body=busy("DRS.M01504"))
    site.control.arm(kind="event", body="suspend", jobs=[job_id], writes=False, after_write=True)
    with site.client() as drs:
        items = site.run(drs, Verb.SUSPEND, Selection(job_ids=(job_id,)))

    assert (items[job_id].changed, items[job_id].error) == (False, None)
    assert len(site.control.writes()) == 1


@pytest.mark.parametrize("busy_http", ["results", "202"])
def test_a_task_that_stays_busy_ends_the_patience(site: Site, busy_http: str) -> None:
    """Where the lists do not show what DRS does with it; otherwise that is waited for."""
    site.control.knobs(busy_http=busy_http, job_action="absent")
    ids = site.control.seed(*working(1))
    site.control.event(ids[0], "busy", seconds=500)
    with site.client(retry_timeout=10.0) as drs:
        items = site.run(drs, Verb.SUSPEND, Selection(job_ids=tuple(ids)), retry_timeout=10.0)

    error = items[ids[0]].error
    assert isinstance(error, RateLimited)
    assert error.code == "DRS.M01504"
    assert site.clock.now <= 10


def test_a_read_that_is_put_off_waits_no_longer_than_the_verb(site: Site) -> None:
    site.control.arm(kind="status", status=400, path="/jobs", times=0, body=busy("DRS.M01503"))
    with site.client(retry_timeout=500.0) as drs:
        drs.bound(Deadline(site.clock, 8.0))
        with pytest.raises(RateLimited):
            drs.get_jobs(["a"])

    assert site.clock.now <= 8


def test_a_busy_task_is_waited_for_before_it_is_asked(site: Site) -> None:
    ids = site.control.seed(*working(1))
    site.control.event(ids[0], "busy", seconds=40)
    with site.client() as drs:
        items = site.run(drs, Verb.SUSPEND, Selection(job_ids=tuple(ids)))

    assert items[ids[0]].changed
    assert len(site.control.writes()) == 1


@pytest.mark.parametrize("throttle", ["gateway", "service"])
def test_a_throttled_read_and_write_come_through(site: Site, throttle: str) -> None:
    site.control.knobs(rate_limit=1, rate_period=3, throttle=throttle)
    ids = site.control.seed(*working(20))
    with site.client() as drs:
        items = site.run(drs, Verb.SUSPEND, Selection(job_ids=tuple(ids)))

    assert all(item.changed and not item.error for item in items.values())


@pytest.mark.parametrize("http", [500, 422])
def test_an_abnormal_service_is_read_again_but_not_written_to_again(site: Site, http: int) -> None:
    site.control.knobs(service_abnormal=2, m00004_http=http)
    ids = site.control.seed(*working(1))
    with site.client() as drs:
        jobs = list(drs.get_jobs(ids).values())
        site.control.knobs(service_abnormal=1)
        with pytest.raises(JobControlError) as caught:
            drs.act(Verb.SUSPEND, jobs, OPTIONS)

    assert caught.value.maybe_applied
    assert len(site.control.writes()) == 1


def test_an_error_in_a_200_is_an_error(site: Site) -> None:
    site.control.knobs(error_in_200="on")
    ids = site.control.seed(*working(1))
    with site.client() as drs:
        jobs = list(drs.get_jobs(ids).values())
        with pytest.raises(Refused, match="Failed to create instance"):
            drs.act(Verb.SUSPEND, jobs, OPTIONS)


# --- logging in ----------------------------------------------------------------------------------------------


def test_one_login_and_its_token_is_hidden(site: Site) -> None:
    ids = site.control.seed(*working(1))
    with site.client() as drs:
        drs.get_jobs(ids)
        drs.get_jobs(ids)
        drs.close()

    assert site.requests() == ["POST /v3/auth/tokens", "POST /jobs", "POST /jobs"]
    sent = {request["headers"].get("X-Auth-Token") for request in site.control.requests()} - {None}
    assert sent == set(site.hidden)


def test_a_wrong_password_is_tried_once(site: Site) -> None:
    with site.client(password="wrong") as drs, pytest.raises(AuthFailed, match="wrong"):
        list(drs.list_jobs(Selection()))

    assert site.requests() == ["POST /v3/auth/tokens"]


@pytest.mark.parametrize("token_refusal", ["401", "403"])
def test_an_expired_token_costs_one_login(site: Site, token_refusal: str) -> None:
    site.control.knobs(token_refusal=token_refusal)
    ids = site.control.seed(*working(1))
    with site.client() as drs:
        drs.get_jobs(ids)
        site.control.expire()
        site.control.forget_requests()
        assert drs.get_jobs(ids)

    assert site.requests() == ["POST /jobs", "POST /v3/auth/tokens", "POST /jobs"]


@pytest.mark.parametrize("token_refusal", ["401", "403"])
def test_a_task_is_looked_at_before_a_write_whose_token_had_expired_is_sent_again(
    site: Site, token_refusal: str
) -> None:
    site.control.knobs(token_refusal=token_refusal)
    ids = site.control.seed(*working(1))
    with site.client() as drs:
        engine, items = site.planned(drs, Verb.SUSPEND, ids)
        site.control.expire()
        site.control.forget_requests()
        engine.carry_out(Verb.SUSPEND, items)

    pause = "POST /jobs/batch-pause-task"
    assert items[0].changed
    assert site.requests()[:4] == [pause, "POST /v3/auth/tokens", "POST /jobs", pause]
    assert site.requests().count("POST /v3/auth/tokens") == 1


def test_a_401_of_a_stranger_to_a_write_is_no_reason_to_send_it_again(site: Site) -> None:
    ids = site.control.seed(*working(1))
    site.control.arm(kind="status_after", status=401, writes=True)
    with site.client() as drs:
        items = site.run(drs, Verb.SUSPEND, Selection(job_ids=tuple(ids)))

    assert (items[ids[0]].changed, items[ids[0]].error) == (True, None)
    assert len(site.control.writes()) == 1
    assert site.requests().count("POST /v3/auth/tokens") == 1


def test_a_token_that_expires_under_several_workers_costs_one_login(site: Site) -> None:
    ids = site.control.seed(*working(80))
    with site.client() as drs:
        engine = Engine(drs, site.clock, Policy(workers=4), OPTIONS)
        items = named(engine.system, ids)
        engine.plan(Verb.SUSPEND, items)
        site.control.expire()
        engine.carry_out(Verb.SUSPEND, items)

    assert all(item.changed and not item.error for item in items)
    assert site.requests().count("POST /v3/auth/tokens") == 2


@pytest.mark.parametrize("prefix", ["APIGW", "APIG"])
def test_a_token_that_is_refused_twice_ends_the_run(site: Site, prefix: str) -> None:
    body = f'{{"error_code": "{prefix}.0301", "error_msg": "Incorrect IAM authentication information"}}'
    site.control.arm(kind="status", status=401, path="/jobs", times=0, body=body)
    with site.client() as drs:
        for _attempt in range(2):
            with pytest.raises(AuthFailed, match="Incorrect IAM"):
                drs.get_jobs(["a"])

    assert site.requests().count("POST /v3/auth/tokens") == 2


def test_an_injected_token_is_used_as_it_is(site: Site) -> None:
    ids = site.control.seed(*working(1))
    with site.client() as first:
        first.get_jobs(ids)
    token = site.hidden[0]
    site.control.forget_requests()
    with site.client(token=token, username="", password="", product={"project_id": site.simulator.project_id}) as drs:
        assert drs.get_jobs(ids)
    assert site.requests() == ["POST /jobs"]
    with site.client(token=token) as drs:
        assert drs.get_jobs(ids)
    assert site.requests()[1:] == ["GET /v3/projects", "POST /jobs"]
    site.control.expire()
    with site.client(token=token) as drs, pytest.raises(AuthFailed):
        drs.get_jobs(ids)
    assert "POST /v3/auth/tokens" not in site.requests()


def test_a_login_for_a_project_by_its_id(site: Site) -> None:
    site.control.seed(*working(1))
    with site.client(product={"project_id": site.simulator.other_project_id, "region": ""}) as drs:
        assert list(drs.list_jobs(Selection())) == []


@both
def test_signed_requests_need_no_login(site: Site, version: str) -> None:
    ids = site.control.seed(*working(1))
    with site.signing(api_version=version, project_id=site.simulator.project_id) as drs:
        items = site.run(drs, Verb.SUSPEND, Selection(names=("sync-0*",)))

    assert items[ids[0]].changed
    assert not any("auth" in request for request in site.requests())
    signatures = [request["headers"]["Authorization"].split("=")[-1] for request in site.control.requests()]
    assert {masked(signature) for signature in signatures} == {MASK}


def test_a_signing_user_finds_the_project_of_the_region(site: Site) -> None:
    site.control.seed(*working(1))
    with site.signing() as drs:
        assert len(list(drs.list_jobs(Selection(types=("sync",))))) == 1

    assert site.requests() == ["GET /v3/projects", "POST /jobs"]


def test_a_temporary_key_brings_its_token(site: Site) -> None:
    keys = {
        "access_key": DrsSimulator.temporary_access_key,
        "secret_key": DrsSimulator.temporary_secret_key,
        "security_token": DrsSimulator.security_token,
    }
    with site.signing(**keys) as drs:
        assert list(drs.list_jobs(Selection())) == []


class WrongClock(FakeClock):
    """A host whose clock is off."""

    def __init__(self, simulator: DrsSimulator, off: float) -> None:
        super().__init__(simulator)
        self._off = off

    def time(self) -> float:
        return time.time() + self._off


@pytest.mark.parametrize("knows_project", [True, False])
@pytest.mark.parametrize(("minutes", "advice"), [(-20, "20 minutes behind the server's"), (180, "3 hours ahead of")])
def test_a_clock_that_is_off_is_told(site: Site, knows_project: bool, minutes: int, advice: str) -> None:
    """By the gateway's own words and code, whether it stands before IAM or before DRS; and the request is not sent
    again, as five signatures that are refused lock the key (contract 4.2)."""
    site.clock = WrongClock(site.simulator, minutes * 60)
    project = {"project_id": site.simulator.project_id} if knows_project else {}
    with site.signing(**project) as drs, pytest.raises(AuthFailed, match="signature expired") as caught:
        list(drs.list_jobs(Selection()))
    assert caught.value.code == "APIGW.0301"
    assert advice in caught.value.message
    assert len(site.control.requests()) == 1


def test_what_the_gateway_before_iam_says(site: Site) -> None:
    with site.signing(secret_key="wrong") as drs, pytest.raises(AuthFailed, match="verify aksk sign") as caught:
        list(drs.list_jobs(Selection()))
    assert caught.value.code == "APIGW.0301"
    assert "clock" not in caught.value.message


def test_a_wrong_signature_is_never_sent_again(site: Site) -> None:
    wrong = site.signing(secret_key="wrong", project_id=site.simulator.project_id)
    with wrong as drs, pytest.raises(AuthFailed, match="verify aksk signature fail"):
        list(drs.list_jobs(Selection()))

    assert len(site.control.requests()) == 1


@pytest.mark.parametrize("code", ["DRS.M00102", "DRS.M00103", "DRS.M00101", "DRS.M00105"])
def test_a_reader_may_not_suspend(site: Site, code: str) -> None:
    site.control.knobs(no_permission=code)
    ids = site.control.seed(*working(1))
    with site.client(username=DrsSimulator.reader) as drs:
        jobs = list(drs.get_jobs(ids).values())
        with pytest.raises(PermissionDenied) as caught:
            drs.act(Verb.SUSPEND, jobs, OPTIONS)

    assert caught.value.code == code
    assert site.requests().count("POST /v3/auth/tokens") == 1


def test_a_version_that_the_region_lacks_is_a_usage_error(site: Site) -> None:
    site.control.knobs(v5_available=False)
    with site.client("v5") as drs, pytest.raises(UsageError, match="drs_api_version"):
        list(drs.list_jobs(Selection()))


# --- spoilt answers ------------------------------------------------------------------------------------------


#: What something in front of DRS says. Not one of these is an answer of DRS or IAM.
STRANGERS = [
    (status, page)
    for page in ("html", "text", "empty", "no_route", "forbidden")
    for status in (200, 302, 400, 403, 404, 408, 409)
]


@pytest.mark.parametrize("path", ["/auth/tokens", "/jobs"])
@pytest.mark.parametrize(("status", "page"), STRANGERS)
def test_what_a_stranger_answers_to_a_read_is_no_answer(site: Site, path: str, status: int, page: str) -> None:
    site.control.seed(*working(1))
    site.control.arm(kind="stranger", path=path, status=status, page=page)
    with site.client() as drs:
        assert len(list(drs.list_jobs(Selection()))) == 1
        assert drs.traffic["replays"] == 1
    site.control.arm(kind="stranger", path=path, status=status, page=page, times=0)
    with site.client() as drs, pytest.raises((ProtocolError, ConnectionFailed)):
        list(drs.list_jobs(Selection()))


@pytest.mark.parametrize("when", ["stranger", "stranger_after"])
@pytest.mark.parametrize(("status", "page"), STRANGERS)
def test_what_a_stranger_answers_to_a_write_leaves_it_to_the_state(
    site: Site, when: str, status: int, page: str
) -> None:
    ids = site.control.seed(*working(1))
    site.control.arm(kind=when, writes=True, status=status, page=page)
    with site.client() as drs:
        items = site.run(drs, Verb.SUSPEND, Selection(job_ids=tuple(ids)))

    assert (items[ids[0]].changed, items[ids[0]].error) == (True, None)
    assert site.control.jobs()[ids[0]]["applied"] == {"pause": 1}


def test_the_first_answer_of_a_stranger_says_what_to_look_at(site: Site) -> None:
    for path, option in (("/auth/tokens", "drs_iam_url"), ("/jobs", "url and drs_region")):
        site.control.arm(kind="html", path=path, times=0)
        with site.client() as drs, pytest.raises(ProtocolError, match=f"check {option}"):
            list(drs.list_jobs(Selection()))
        site.control.disarm()


def test_a_redirect_is_not_followed(site: Site) -> None:
    site.control.arm(kind="redirect", path="/jobs", location="https://elsewhere.example.com/", times=0)
    with site.client() as drs, pytest.raises(ProtocolError, match=r"elsewhere\.example\.com"):
        list(drs.list_jobs(Selection()))


@pytest.mark.parametrize("total", [1, 3])
def test_a_total_may_count_children_or_not(site: Site, total: int) -> None:
    children = [{"id": "b", "status": "CREATING"}, {"id": "c", "status": "CREATING"}]
    family = {"id": "a", "status": "INCRE_TRANSFER_STARTED", "children": children}
    for jobs in ([family], []):
        body = json.dumps({"total_record": total, "jobs": jobs})
        site.control.arm(kind="status", status=200, path="/jobs", body=body)
    with site.client() as drs:
        found = [job.id for job in drs.list_jobs(Selection(types=("sync",)))]

    assert found == ["a", "b", "c"]


def test_a_list_that_shows_a_task_twice_has_not_shown_another_one(site: Site) -> None:
    """A task comes and one goes between two pages: the list moves, and its total stays."""
    tasks = [{"id": f"task-{number}", "status": "INCRE_TRANSFER_STARTED"} for number in range(3)]
    for shown in (tasks[:2], tasks[1:2], tasks):
        body = json.dumps({"total_record": 3, "jobs": shown})
        site.control.arm(kind="status", status=200, path="/jobs", body=body)
    with site.client() as drs:
        found = [job.id for job in drs.list_jobs(Selection(types=("sync",)))]

    assert found == ["task-0", "task-1", "task-2"]


def test_a_list_that_becomes_shorter_long_before_its_end_is_read_again(site: Site) -> None:
    tasks = [{"id": f"task-{number}", "status": "INCRE_TRANSFER_STARTED"} for number in range(6)]
    for total, shown in ((6, tasks[:2]), (5, tasks[3:5]), (5, tasks[1:])):
        body = json.dumps({"total_record": total, "jobs": shown})
        site.control.arm(kind="status", status=200, path="/jobs", body=body)
    with site.client() as drs:
        found = {job.id for job in drs.list_jobs(Selection(types=("sync",)))}

    assert found == {task["id"] for task in tasks}


def test_a_list_that_never_becomes_whole_is_an_error(site: Site) -> None:
    task = {"id": "a", "status": "INCRE_TRANSFER_STARTED"}
    body = json.dumps({"total_record": 2, "jobs": [task, task]})
    site.control.arm(kind="status", status=200, path="/jobs", times=0, body=body)
    with site.client() as drs, pytest.raises(ProtocolError, match="faster than it can be read"):
        list(drs.list_jobs(Selection()))


def test_a_list_that_ends_before_its_total_is_not_taken_for_complete(site: Site) -> None:
    site.control.arm(kind="status", status=200, path="/jobs", times=0, body='{"total_record": 3, "jobs": []}')
    with site.client() as drs, pytest.raises(ProtocolError, match="0 of 3"):
        list(drs.list_jobs(Selection()))


@pytest.mark.parametrize("kind", ["html_after", "empty_after", "reset_after", "truncate", "status_after"])
def test_a_lost_answer_to_a_write_is_settled_by_reading(site: Site, kind: str) -> None:
    ids = site.control.seed(*working(1))
    site.control.arm(kind=kind, writes=True, status=502)
    with site.client() as drs:
        items = site.run(drs, Verb.SUSPEND, Selection(job_ids=tuple(ids)))

    assert items[ids[0]].changed
    assert items[ids[0]].error is None
    assert len(site.control.writes()) == 1
    assert site.raw()[ids[0]] == "PAUSING"


def test_an_ambiguous_failure_of_a_write_says_so(site: Site) -> None:
    ids = site.control.seed(*working(1))
    site.control.arm(kind="reset_before", writes=True)
    with site.client() as drs:
        jobs = list(drs.get_jobs(ids).values())
        with pytest.raises(ConnectionFailed) as caught:
            drs.act(Verb.SUSPEND, jobs, OPTIONS)

    assert caught.value.maybe_applied


def test_a_lost_answer_of_the_second_try_spoils_nothing_of_the_first(site: Site) -> None:
    ids = site.control.seed(*working(2))
    site.control.arm(kind="status", status=502, writes=True, skip=1, times=0)
    with site.client() as drs:
        engine, items = site.planned(drs, Verb.SUSPEND, ids)
        site.control.event(ids[1], "busy", seconds=4)
        engine.carry_out(Verb.SUSPEND, items)

    first, second = items
    assert (first.changed, first.error) == (True, None)
    assert isinstance(second.error, UnknownOutcome)


@pytest.mark.parametrize(
    ("status", "code", "maybe_applied"),
    [
        (404, "APIGW.0101", False),
        (413, "APIGW.0201", False),
        (429, "APIGW.0308", False),
        (403, "DRS.M00102", False),
        (400, "DRS.M00304", False),
        (400, "APIGW.0999", True),
        (408, "APIGW.0201", True),
        (504, "APIGW.0201", True),
        (500, "DRS.M00004", True),
        (422, "DRS.M00004", True),
    ],
)
def test_which_refusals_prove_that_nothing_was_done(site: Site, status: int, code: str, maybe_applied: bool) -> None:
    ids = site.control.seed(*working(1))
    site.control.arm(kind="status", status=status, writes=True, times=0, body=busy(code))
    with site.client(retry_timeout=0) as drs, pytest.raises(JobControlError) as caught:
        drs.act(Verb.SUSPEND, list(drs.get_jobs(ids).values()), OPTIONS)

    assert (caught.value.maybe_applied, caught.value.not_done) == (maybe_applied, False)


# --- options -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "product", "missing"),
    [
        ({"url": ""}, {"region": ""}, "url"),
        ({}, {"region": ""}, "drs_region"),
        ({"username": ""}, {}, "username"),
        ({"password": ""}, {}, "password"),
        ({}, {"domain": ""}, "drs_domain"),
        ({}, {"access_key": "AK"}, "drs_secret_key"),
        ({}, {"secret_key": "SK"}, "drs_access_key"),
        ({}, {"iam_url": ""}, "drs_iam_url"),
        ({"token": "T"}, {"iam_url": ""}, "drs_iam_url"),
    ],
)
def test_a_missing_option_is_named_before_any_request(
    site: Site, options: dict[str, str], product: dict[str, str], missing: str
) -> None:
    with pytest.raises(UsageError, match=missing):
        site.client(product=product, **options)

    assert site.control.requests() == []


@pytest.mark.parametrize(
    ("url", "region", "base"),
    [
        ("", "cn-north-4", "https://drs.cn-north-4.myhuaweicloud.com"),
        ("", "eu-west-101", "https://drs.eu-west-101.myhuaweicloud.eu"),
        ("https://drs.eu-de.otc.t-systems.com/", "", "https://drs.eu-de.otc.t-systems.com"),
    ],
)
def test_the_address_and_the_login_next_to_it(site: Site, url: str, region: str, base: str) -> None:
    product = {"region": region, "project_id": "0123", "iam_url": ""}

    assert site.client(url=url, product=product).identity == f"{base} 0123"


@pytest.mark.parametrize(
    ("product", "project"),
    [
        ({"region": "cn-north-4", "project_id": "0123", "domain": "hwc01"}, "0123"),
        ({"region": "cn-north-4", "domain": "hwc01"}, "cn-north-4 hwc01"),
        ({"region": "cn-north-4", "domain": "hwc02"}, "cn-north-4 hwc02"),
        (
            {"region": "cn-north-4", "access_key": "AK", "secret_key": "SK"},
            "cn-north-4",
        ),  # with an access key the domain need not be known
    ],
)
def test_projects_of_the_same_name_are_told_apart_by_their_domain(
    site: Site, product: dict[str, str], project: str
) -> None:
    options = {"project_id": "", "iam_url": "", "domain": "", **product}
    identity = site.client(url="https://drs.example.com", product=options).identity
    assert identity == f"https://drs.example.com {project}"


@pytest.mark.parametrize("version", ["v3", "v5"])
def test_a_task_that_fails_right_before_our_pause_is_seen_suspended(site: Site, version: str) -> None:
    (job_id,) = site.control.seed(*working(1))
    with site.client(version) as drs:
        engine = Engine(drs, site.clock, Policy(wait_timeout=60.0), OPTIONS)
        items = select(engine.system, Selection(job_ids=(job_id,)))
        engine.plan(Verb.SUSPEND, items)
        site.control.event(job_id, "fail")
        engine.carry_out(Verb.SUSPEND, items)
    assert (items[0].error, items[0].changed, items[0].job.state) == (None, True, JobState.SUSPENDED)
    assert site.control.jobs()[job_id]["held"]
