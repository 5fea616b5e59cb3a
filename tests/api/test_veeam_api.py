# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Veeam client against the simulated Enterprise Manager: requests counted, answers spoilt, toggles guarded."""

from __future__ import annotations

import collections
import re
import typing as t

import pytest

from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Policy
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    ConnectionFailed,
    NotFound,
    PermissionDenied,
    ProtocolError,
    Refused,
    UnknownOutcome,
    UsageError,
    WaitTimeout,
)
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Job,
    JobState,
    Running,
    Selection,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._selection import select
from ansible_collections.batchops.job_control.plugins.module_utils._system import Connection, JobSystem
from ansible_collections.batchops.job_control.plugins.module_utils._veeam import tasks
from ansible_collections.batchops.job_control.plugins.module_utils._veeam.api import Veeam
from ansible_collections.batchops.job_control.plugins.module_utils._veeam.wire import NAMESPACE
from simulators.core.control import Control
from simulators.core.server import Server, serving
from simulators.veeam.simulator import READER, create

KINDS = ("job", "copy", "replica", "agent", "nas", "cdp")
LEAVE = VerbOptions()
TOKEN = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|task-\d+")


class FakeClock:
    """Time that passes in sleep() only, for us and for the product."""

    def __init__(self, server: Server) -> None:
        self._clock = server.simulator.clock
        self._clock.freeze(True)
        self._start = self._clock.now()

    def monotonic(self) -> float:
        return self._clock.now() - self._start

    def time(self) -> float:
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        self._clock.advance(seconds)


@pytest.fixture
def server() -> t.Iterator[Server]:
    with serving(create()) as running:
        yield running


@pytest.fixture
def control(server: Server) -> Control:
    return Control(server.origin)


def connect(server: Server, **changes: t.Any) -> Veeam:
    options: dict[str, t.Any] = {
        "url": server.url,
        "username": server.simulator.username,
        "password": server.simulator.password,
        "retry_timeout": 5.0,
        **changes,
    }
    return Veeam(Connection(**options), FakeClock(server))


@pytest.fixture
def veeam(server: Server) -> t.Iterator[JobSystem]:
    with connect(server) as connected:
        yield connected


def run(
    veeam: JobSystem,
    server: Server,
    verb: Verb,
    selection: Selection,
    options: VerbOptions = LEAVE,
    workers: int = 1,
    **policy: t.Any,
) -> list[Item]:
    """One verb from the selection to the end, as a module does it."""
    clock = FakeClock(server)
    engine = Engine(veeam, clock, Policy(workers=workers, **{"wait_timeout": 60, **policy}), options)
    items = select(engine.system, selection)
    engine.plan(verb, items)
    engine.carry_out(verb, items)
    return items


def errors(items: t.Iterable[Item]) -> list[str]:
    return [str(item.error) for item in items if item.error]


def counted(control: Control) -> dict[str, int]:
    """How often each kind of request was sent: method and path, ids left out; of queries the type."""
    counts: collections.Counter[str] = collections.Counter()
    for entry in control.requests():
        path, _mark, query = entry["target"].partition("?")
        type_ = re.search(r"type=(\w+)", query)
        action = re.search(r"action=(\w+)", query)
        detail = type_[1] if type_ else action[1] if action else ""
        counts[f"{entry['method']} {TOKEN.sub('ID', path).removeprefix('/api/')} {detail}".strip()] += 1
    return dict(counts)


# --- reading -------------------------------------------------------------------------------------------------


def test_every_kind_is_listed_with_its_state(veeam: JobSystem, control: Control) -> None:
    scenarios = {
        "queued": JobState.QUEUED,
        "running": JobState.RUNNING,
        "suspended": JobState.HELD,
        "completed": JobState.COMPLETED,
        "warning": JobState.WARNING,
        "failed": JobState.FAILED,
    }
    seeds = [{"name": f"{kind}/{word}", "kind": kind, "scenario": word} for kind in KINDS for word in scenarios]
    ids = control.seed(*seeds)
    found = {job.id: job for job in veeam.list_jobs(Selection())}
    assert set(found) == set(ids)
    for job in found.values():
        assert job.state is scenarios[job.name.partition("/")[2]]
        assert job.owner == "vbr01.example.com"
        assert job.halted == job.name.endswith("suspended")
        assert job.running == job.name.endswith("running")
    assert not control.writes()


def test_a_list_takes_one_query_per_kind_and_page_and_few_for_all_sessions(
    veeam: JobSystem, server: Server, control: Control
) -> None:
    control.seed(*({"name": f"Backup {number}", "scenario": "completed", "history": 3} for number in range(250)))
    with veeam:
        assert len(list(veeam.list_jobs(Selection()))) == 250
    assert counted(control) == {
        "POST sessionMngr/": 1,
        "GET query Job": 3 + 1,  # and once for what the pages may have hidden from each other
        "GET query BackupJobSession": 1,
        "GET query AgentBackupJob": 1,
        "GET query NasJob": 1,
        "GET query CdpPolicy": 1,
        "DELETE logonSessions/ID": 1,
    }
    assert control.sessions() == 0


def test_sessions_of_few_jobs_are_asked_for_by_name(veeam: JobSystem, control: Control) -> None:
    control.seed(*({"name": f"B{number}", "scenario": "completed", "history": 9} for number in range(200)))
    list(veeam.list_jobs(Selection(names=("B7", "B8"), types=("Backup",))))
    assert counted(control) == {"POST sessionMngr/": 1, "GET query Job": 1, "GET query BackupJobSession": 1}
    assert "JobUid" in control.requests()[-1]["target"]


def test_jobs_that_never_ran_do_not_make_us_read_all_sessions(veeam: JobSystem, control: Control) -> None:
    control.seed(*({"name": f"B{number}", "scenario": "completed", "history": 25} for number in range(60)))
    control.seed({"name": "new", "scenario": "queued"})
    states = {job.name: job.state for job in veeam.list_jobs(Selection(types=("Backup",)))}
    assert states["new"] is JobState.QUEUED
    assert len(states) == 61
    assert counted(control)["GET query BackupJobSession"] == 2  # of 4 pages the first, and the one that is missing


@pytest.mark.parametrize("cap", [7, 100])
def test_a_server_that_caps_its_pages(veeam: JobSystem, control: Control, cap: int) -> None:
    control.knobs(max_page_size=cap)
    ids = control.seed(*({"name": f"B{number}", "scenario": "completed"} for number in range(30)))
    assert sorted(job.id for job in veeam.list_jobs(Selection())) == sorted(ids)
    assert set(veeam.get_jobs(ids)) == set(ids)


@pytest.mark.parametrize("wire_format", ["xml", "json"])
def test_a_list_that_shrinks_while_it_is_read_loses_nothing(server: Server, control: Control, wire_format: str) -> None:
    control.knobs(max_page_size=10)
    ids = sorted(control.seed(*({"name": f"B{number}", "scenario": "completed"} for number in range(60))))
    with connect(server, wire_format=wire_format) as veeam:
        listing = veeam.list_jobs(Selection())
        found = [next(listing).id for _attempt in range(10)]
        for gone in ids[:3]:
            control.event(gone, "vanish")
        found += [job.id for job in listing]
    assert sorted(found) == ids


def test_jobs_of_a_window_are_found_in_a_list_that_shrinks(veeam: JobSystem, control: Control) -> None:
    control.knobs(max_page_size=30)
    first, *ids = sorted(control.seed(*({"name": f"B{number}", "scenario": "suspended"} for number in range(90))))
    control.arm(kind="event", body="vanish", jobs=[first], path="query", skip=1)
    assert sorted(veeam.get_jobs(ids)) == ids
    assert first not in control.jobs()


@pytest.mark.parametrize(
    "knobs",
    [
        {"bom": True},
        {"json_generation": "v13", "fraction_digits": 6, "filter_hex": "upper"},
        {"empty_collection": "null", "running_result": "absent", "running_end_time": "absent"},
        {"success_type": "string", "task_message": False},
        {"href_origin": "https://em.internal:9398"},
        {"flag_visible_at": "OperationFinished"},
        {"copy_worker_sessions": True, "copy_progress": 0},
        {"token_form": "raw"},
        {"edit_without_schedule": "task_failure"},
        {"edit_without_schedule": "http_400"},
    ],
    ids=",".join,
)
@pytest.mark.parametrize("wire_format", ["xml", "json"])
def test_what_varies_between_servers(server: Server, control: Control, wire_format: str, knobs: t.Any) -> None:
    control.knobs(**knobs)
    ids = control.seed(*({"name": kind, "kind": kind, "scenario": "running"} for kind in KINDS))
    with connect(server, wire_format=wire_format) as veeam:
        assert {job.state for job in veeam.list_jobs(Selection())} == {JobState.RUNNING}
        assert not errors(run(veeam, server, Verb.SUSPEND, Selection(job_ids=tuple(ids))))
        assert {job["held"] for job in control.jobs().values()} == {True}
        items = run(veeam, server, Verb.RESUME, Selection(job_ids=tuple(ids)))
    assert [item.job.state for item in items] == [JobState.RUNNING] * len(ids)
    assert {job["held"] for job in control.jobs().values()} == {False}
    assert not any(job["rescheduled"] for job in control.jobs().values())


def test_a_job_by_its_uuid_and_by_its_urn(veeam: JobSystem, control: Control) -> None:
    backup, share = control.seed({"name": "a", "scenario": "failed"}, {"name": "b", "kind": "nas"})
    urn = f"urn:veeam:NasJob:{share}"
    missing = "00000000-0000-4000-8000-000000000000"
    found = veeam.get_jobs([backup, urn, missing])
    assert {given: job.name for given, job in found.items()} == {backup: "a", urn: "b"}
    assert found[backup].reason
    assert found[urn].id == share


def test_one_known_job_takes_two_requests(veeam: JobSystem, control: Control) -> None:
    (job_id,) = control.seed({"name": "a", "kind": "agent", "scenario": "completed"})
    veeam.get_jobs([job_id])
    control.forget_requests()
    veeam.get_jobs([job_id])
    assert counted(control) == {"GET query AgentBackupJob": 1, "GET query BackupJobSession": 1}


@pytest.mark.parametrize("wire_format", ["xml", "json"])
@pytest.mark.parametrize("kind", KINDS)
def test_an_earlier_run_is_found_by_its_id(server: Server, control: Control, kind: str, wire_format: str) -> None:
    (job_id,) = control.seed({"name": "a", "kind": kind, "scenario": "running"})
    with connect(server, wire_format=wire_format) as veeam:
        (first,) = veeam.get_jobs([job_id]).values()
        control.event(job_id, "fail")
        control.advance(5)
        control.event(job_id, "start")
        control.advance(5)
        (now,) = veeam.get_jobs([job_id]).values()
        assert now.run_id != first.run_id
        control.forget_requests()
        earlier = veeam.earlier_run(now, first.run_id)
        assert earlier is not None
        assert (earlier.run_id, earlier.state, earlier.running) == (first.run_id, JobState.FAILED, False)
        assert earlier.ended
        assert len(control.requests()) == 1
        assert veeam.earlier_run(now, now.run_id) is None  # it has not ended
        assert veeam.earlier_run(now, "00000000-0000-4000-8000-000000000000") is None


def test_an_id_of_another_product_is_refused_before_any_request(veeam: JobSystem, control: Control) -> None:
    with pytest.raises(UsageError, match="job_ids"):
        veeam.get_jobs(["1162934"])
    assert not control.requests()


def test_a_portal_user_may_read_but_not_write(server: Server, control: Control) -> None:
    ids = control.seed({"name": "a"}, {"name": "b"})
    with connect(server, username=READER.name, password=READER.password) as veeam:
        items = run(veeam, server, Verb.SUSPEND, Selection(job_ids=tuple(ids)))
    assert [type(item.error) for item in items] == [PermissionDenied, PermissionDenied]
    assert not any(job["held"] for job in control.jobs().values())


# --- suspend and resume --------------------------------------------------------------------------------------


def test_requests_of_suspending_two_hundred_jobs(server: Server, control: Control) -> None:
    control.seed(*({"name": f"B{number}", "scenario": "completed"} for number in range(200)))
    with connect(server) as veeam:
        items = run(veeam, server, Verb.SUSPEND, Selection(types=("Backup",)))
    assert not errors(items)
    assert all(job["held"] and job["applied"] == {"edit": 1} for job in control.jobs().values())
    assert counted(control) == {
        "POST sessionMngr/": 1,
        "GET query Job": 2 + 1 + 2,
        "GET query BackupJobSession": 1 + 1,
        "GET jobs/ID": 200,  # a look at each right before its edit
        "PUT jobs/ID edit": 200,
        "GET tasks": 16,  # two looks per 25 jobs: as no time passes here while requests are sent, the first is in vain
        "DELETE logonSessions/ID": 1,
    }
    assert control.sessions() == 0


NO_TYPE = f'<Error xmlns="{NAMESPACE}" Message="Unknown type." StatusCode="400"/>'
NO_TASKS = f'<QueryResult xmlns="{NAMESPACE}"><Resources/></QueryResult>'


@pytest.mark.parametrize(
    ("status", "answer", "queries", "lists"), [(200, "", 4, 6), (400, NO_TYPE, 1, 10), (200, NO_TASKS, 1, 10)]
)
def test_looks_do_not_grow_with_the_tasks_that_the_session_has(
    *,
    server: Server,
    control: Control,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    answer: str,
    queries: int,
    lists: int,
) -> None:
    """From some number on only those are asked for that are waited for, if the query service knows tasks."""
    monkeypatch.setattr(tasks, "LONGEST_LIST", 75)
    control.seed(*({"name": f"B{number}", "scenario": "completed"} for number in range(125)))
    if answer:
        control.arm(kind="stranger", status=status, body=answer, path="type=Task", times=1)
    with connect(server) as veeam:
        items = run(veeam, server, Verb.SUSPEND, Selection(types=("Backup",)))
    assert not errors(items)
    assert all(job["applied"] == {"edit": 1} for job in control.jobs().values())
    sent = counted(control)
    assert (sent["GET query Task"], sent["GET tasks"]) == (queries, lists)


def test_several_workers_share_one_logon_session(server: Server, control: Control) -> None:
    control.seed(*({"name": f"B{number}", "kind": "agent", "scenario": "completed"} for number in range(60)))
    with connect(server) as veeam:
        items = run(veeam, server, Verb.SUSPEND, Selection(), workers=3)
    assert not errors(items)
    assert all(job["applied"] == {"toggleScheduleEnabled": 1} for job in control.jobs().values())
    assert counted(control)["POST sessionMngr/"] == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scenario", ["queued", "running", "failed"])
def test_suspend_and_resume_leave_a_job_as_it_was(
    veeam: JobSystem, server: Server, control: Control, kind: str, scenario: str
) -> None:
    (job_id,) = control.seed({"name": "a", "kind": kind, "scenario": scenario})
    before = control.jobs()[job_id]
    (item,) = run(veeam, server, Verb.SUSPEND, Selection(job_ids=(job_id,)))
    assert (item.error, item.changed) == (None, True)
    assert item.job.state is (JobState.SUSPENDING if scenario == "running" else JobState.HELD)
    assert control.jobs()[job_id]["held"]
    (item,) = run(veeam, server, Verb.SUSPEND, Selection(job_ids=(job_id,)))
    assert (item.error, item.changed) == (None, False)
    (item,) = run(veeam, server, Verb.RESUME, Selection(job_ids=(job_id,)))
    assert (item.error, item.changed) == (None, True)
    after = control.jobs()[job_id]
    assert {**after, "applied": {}} == {**before, "applied": {}}
    assert sum(after["applied"].values()) == 2


def test_what_is_planned_is_what_comes_true(veeam: JobSystem, server: Server, control: Control) -> None:
    words = ("queued", "running", "suspended", "completed", "warning", "failed")
    control.seed(*({"name": f"{kind} {word}", "kind": kind, "scenario": word} for kind in KINDS for word in words))
    engine = Engine(veeam, FakeClock(server), Policy(), LEAVE)
    for verb in (Verb.SUSPEND, Verb.RESUME):
        items = select(engine.system, Selection())
        engine.plan(verb, items)
        predicted = {item.job_id: item.planned.after for item in items}
        engine.carry_out(verb, items)
        assert {item.job_id: item.job.state for item in items} == predicted


@pytest.mark.parametrize("running", [Running.WAIT, Running.CANCEL])
@pytest.mark.parametrize("kind", ["job", "copy", "nas"])
def test_suspend_until_nothing_runs(
    veeam: JobSystem, server: Server, control: Control, kind: str, running: Running
) -> None:
    (job_id,) = control.seed({"name": "a", "kind": kind, "scenario": "running", "duration": 20})
    (item,) = run(veeam, server, Verb.SUSPEND, Selection(job_ids=(job_id,)), VerbOptions(running=running))
    assert item.error is None
    assert item.job.state is JobState.HELD
    truth = control.jobs()[job_id]
    assert truth["held"]
    assert truth["state"] == ("Stopped/Success" if running is Running.WAIT else "Stopped/Failed")


def test_a_policy_s_run_cannot_be_cancelled(veeam: JobSystem, server: Server, control: Control) -> None:
    (job_id,) = control.seed({"name": "a", "kind": "cdp", "scenario": "running"})
    options = VerbOptions(running=Running.CANCEL)
    (item,) = run(veeam, server, Verb.SUSPEND, Selection(job_ids=(job_id,)), options)
    assert "no way to stop its session" in str(item.error)
    assert not control.writes()


def test_a_job_without_a_schedule_is_enabled_by_a_toggle(veeam: JobSystem, server: Server, control: Control) -> None:
    (job_id,) = control.seed({"name": "a", "scenario": "completed", "schedule_configured": False})
    for verb in (Verb.SUSPEND, Verb.RESUME):
        assert not errors(run(veeam, server, verb, Selection(job_ids=(job_id,))))
    assert control.jobs()[job_id]["applied"] == {"edit": 1, "toggleScheduleEnabled": 1}
    assert not control.jobs()[job_id]["held"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("verb", [Verb.SUSPEND, Verb.RESUME])
def test_what_somebody_else_has_done_meanwhile_is_neither_undone_nor_ours(
    veeam: JobSystem, server: Server, control: Control, verb: Verb, kind: str
) -> None:
    scenario = "completed" if verb is Verb.SUSPEND else "suspended"
    (job_id,) = control.seed({"name": "a", "kind": kind, "scenario": scenario})
    engine = Engine(veeam, FakeClock(server), Policy(), LEAVE)
    items = select(engine.system, Selection(job_ids=(job_id,)))
    engine.plan(verb, items)
    control.event(job_id, verb.value)
    engine.carry_out(verb, items)
    assert (items[0].error, items[0].changed) == (None, False)
    assert not control.writes()
    assert control.jobs()[job_id]["held"] == (verb is Verb.SUSPEND)


@pytest.mark.parametrize("kind", KINDS)
def test_each_job_of_several_is_looked_at_right_before_its_own_request(
    veeam: JobSystem, server: Server, control: Control, kind: str
) -> None:
    ids = control.seed(*({"name": name, "kind": kind, "scenario": "completed"} for name in "ab"))
    first, second = sorted(ids)
    control.arm(kind="event", body="suspend", jobs=[second], path=first, writes=True)
    items = run(veeam, server, Verb.SUSPEND, Selection(job_ids=(first, second)))
    assert [(item.error, item.changed) for item in items] == [(None, True), (None, False)]
    assert len(control.writes()) == 1


def test_what_a_look_before_a_repeat_finds_may_be_ours(veeam: JobSystem, server: Server, control: Control) -> None:
    """A request without an answer may come late: then it was not somebody else."""
    job = seeded_job(veeam, control, "job")
    control.arm(kind="reset_before", writes=True)
    control.arm(kind="event", body="suspend", jobs=[job.id], path=f"{job.id}\\?format", after_write=True)
    (item,) = run(veeam, server, Verb.SUSPEND, Selection(job_ids=(job.id,)))
    assert (item.error, item.changed, item.job.state) == (None, True, JobState.HELD)
    assert len(control.writes()) == 1


def test_a_look_that_fails_sends_nothing(veeam: JobSystem, server: Server, control: Control) -> None:
    job = seeded_job(veeam, control, "job")
    control.arm(kind="stranger", status=404, page="text", path=f"{job.id}\\?format", times=0)
    (item,) = run(veeam, server, Verb.SUSPEND, Selection(job_ids=(job.id,)))
    assert isinstance(item.error, ProtocolError)
    assert (item.changed, control.writes()) == (False, [])


def test_a_job_is_looked_at_and_no_other(veeam: JobSystem, server: Server, control: Control) -> None:
    ids = control.seed({"name": "a", "scenario": "completed"}, {"name": "b", "scenario": "completed"})
    (job,) = veeam.get_jobs(ids[:1]).values()
    other = f'<Job xmlns="{NAMESPACE}" UID="urn:veeam:Job:{ids[1]}"><ScheduleEnabled>true</ScheduleEnabled></Job>'
    control.arm(kind="stranger", status=200, body=other, path=f"{job.id}\\?format")
    (answer,) = veeam.act(Verb.SUSPEND, [job], LEAVE)
    assert isinstance(answer.error, ProtocolError)
    assert not control.writes()


# --- retry and cancel ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["job", "replica", "agent", "nas"])
def test_retry_is_done_when_its_session_is_seen(veeam: JobSystem, server: Server, control: Control, kind: str) -> None:
    control.knobs(session_seconds=3)
    (job_id,) = control.seed({"name": "a", "kind": kind, "scenario": "failed"})
    (item,) = run(veeam, server, Verb.RETRY, Selection(job_ids=(job_id,)))
    assert (item.error, item.changed, item.job.state) == (None, True, JobState.RUNNING)
    (item,) = run(veeam, server, Verb.RETRY, Selection(job_ids=(job_id,)))
    assert (item.error, item.changed) == (None, False)
    assert [one["is_retry"] for one in control.jobs()[job_id]["runs"]] == [False, True]


def test_a_retry_that_fails_again_at_once_is_not_waited_for(veeam: JobSystem, server: Server, control: Control) -> None:
    (job_id,) = control.seed({"name": "a", "scenario": "failed"})
    (job,) = veeam.get_jobs([job_id]).values()
    assert veeam.act(Verb.RETRY, [job], LEAVE)[0].error is None
    control.advance(5)
    control.event(job_id, "fail")
    (job,) = veeam.get_jobs([job_id]).values()
    assert (job.state, job.facts["situation"].retried) == (JobState.FAILED, True)


def test_a_retry_of_a_job_that_somebody_disables_is_not_waited_for(
    veeam: JobSystem, server: Server, control: Control
) -> None:
    (job_id,) = control.seed({"name": "a", "scenario": "failed"})
    clock = FakeClock(server)
    engine = Engine(veeam, clock, Policy(wait_timeout=60), LEAVE)
    items = select(engine.system, Selection(job_ids=(job_id,)))
    engine.plan(Verb.RETRY, items)
    control.event(job_id, "suspend")
    engine.carry_out(Verb.RETRY, items)
    assert (items[0].error, items[0].changed, items[0].note) == (None, True, "it is disabled: resume it first")
    assert clock.monotonic() < 10


@pytest.mark.parametrize("kind", ["job", "copy", "replica", "agent", "nas"])
def test_cancel(veeam: JobSystem, server: Server, control: Control, kind: str) -> None:
    (job_id,) = control.seed({"name": "a", "kind": kind, "scenario": "running"})
    (item,) = run(veeam, server, Verb.CANCEL_RUNNING, Selection(job_ids=(job_id,)))
    assert (item.error, item.job.state) == (None, JobState.FAILED)
    assert control.jobs()[job_id]["applied"] == {"stop": 1}


def test_a_run_after_the_cancelled_one_is_left_alone(veeam: JobSystem, server: Server, control: Control) -> None:
    (job_id,) = control.seed({"name": "a", "kind": "copy", "scenario": "queued"})
    engine = Engine(veeam, FakeClock(server), Policy(wait_timeout=60), LEAVE)
    items = select(engine.system, Selection(job_ids=(job_id,)))
    engine.plan(Verb.CANCEL_RUNNING, items)
    control.event(job_id, "start")
    engine.carry_out(Verb.CANCEL_RUNNING, items)
    assert (items[0].error, items[0].changed, items[0].job.state) == (None, True, JobState.RUNNING)
    control.advance(5)
    assert [one["state"] for one in control.jobs()[job_id]["runs"]] == ["Stopped", "Working"]


# --- errors inside of good answers ---------------------------------------------------------------------------


def test_a_task_that_fails_is_that_job_s_refusal(veeam: JobSystem, server: Server, control: Control) -> None:
    ids = control.seed({"name": "a", "scenario": "completed"}, {"name": "b", "scenario": "completed"})
    control.event(ids[0], "refuse", message="The job is locked.")
    items = run(veeam, server, Verb.SUSPEND, Selection(job_ids=tuple(ids)))
    assert [type(item.error) for item in items] == [Refused, type(None)]
    assert "The job is locked." in str(items[0].error)


def test_a_refusal_by_status_is_told_in_the_server_s_words(veeam: JobSystem, server: Server, control: Control) -> None:
    control.knobs(retry_not_failed="http_400")
    (job_id,) = control.seed({"name": "a", "scenario": "failed"})
    (job,) = veeam.get_jobs([job_id]).values()
    control.event(job_id, "start")
    control.advance(5)
    (answer,) = veeam.act(Verb.RETRY, [job], LEAVE)
    assert isinstance(answer.error, Refused)
    assert (answer.error.http_status, answer.error.code) == (400, "400")
    assert "cannot be retried" in str(answer.error)


def test_a_job_that_vanishes(veeam: JobSystem, server: Server, control: Control) -> None:
    (job_id,) = control.seed({"name": "a", "scenario": "completed"})
    (job,) = veeam.get_jobs([job_id]).values()
    control.event(job_id, "vanish")
    (answer,) = veeam.act(Verb.SUSPEND, [job], LEAVE)
    assert isinstance(answer.error, NotFound)
    assert not answer.error.maybe_applied
    assert veeam.get_jobs([job_id]) == {}


def test_a_toggle_that_is_still_on_its_way_is_not_sent_again(server: Server, control: Control) -> None:
    """A request that waits in front of the server may come after we have given its answer up."""
    (job_id,) = control.seed({"name": "a", "kind": "agent", "scenario": "completed"})
    with connect(server) as veeam:
        (job,) = veeam.get_jobs([job_id]).values()
        control.arm(kind="reset_before", writes=True)
        (answer,) = veeam.act(Verb.SUSPEND, [job], LEAVE)
        assert answer.error is not None
        assert answer.error.maybe_applied
        assert veeam.arrived(Verb.SUSPEND, job) is None
        control.advance(veeam.settle)
        assert veeam.arrived(Verb.SUSPEND, job) is False


def test_a_toggle_whose_answer_was_lost_has_arrived_when_there_is_a_task_for_it(
    server: Server, control: Control
) -> None:
    (job_id,) = control.seed({"name": "a", "kind": "agent", "scenario": "completed"})
    with connect(server) as veeam:
        (job,) = veeam.get_jobs([job_id]).values()
        control.arm(kind="reset_after", writes=True)
        (answer,) = veeam.act(Verb.SUSPEND, [job], LEAVE)
        assert answer.error is not None
        assert answer.error.maybe_applied
        assert veeam.arrived(Verb.SUSPEND, job) is True


@pytest.mark.parametrize(
    ("kind", "verb", "count", "wait", "knob"),
    [
        ("job", Verb.SUSPEND, 60, True, "task_running_seconds"),
        ("job", Verb.SUSPEND, 1, True, "task_running_seconds"),
        ("job", Verb.SUSPEND, 1, True, "task_refresh_seconds"),
        ("job", Verb.SUSPEND, 1, False, "task_running_seconds"),
        ("job", Verb.RESUME, 1, True, "task_running_seconds"),
        ("cdp", Verb.SUSPEND, 1, True, "task_running_seconds"),
    ],
)
def test_tasks_without_an_end_end_with_the_verb_s_time(
    *, veeam: JobSystem, server: Server, control: Control, kind: str, verb: Verb, count: int, wait: bool, knob: str
) -> None:
    """And nothing is sent beside them."""
    control.knobs(**{knob: None})
    scenario = "completed" if verb is Verb.SUSPEND else "suspended"
    ids = control.seed(*({"name": f"{n}", "kind": kind, "scenario": scenario} for n in range(count)))
    clock = FakeClock(server)
    items = run(veeam, server, verb, Selection(job_ids=tuple(ids)), wait=wait, wait_timeout=6, workers=4)
    assert clock.monotonic() <= 6 + 30
    assert len(control.writes()) == count
    assert all(item.changed for item in items)
    assert {type(item.error) for item in items} == {WaitTimeout if wait else type(None)}


def test_a_task_that_goes_on_leaves_time_for_other_jobs(veeam: JobSystem, server: Server, control: Control) -> None:
    first, *others = sorted(control.seed(*({"name": f"{number}", "scenario": "completed"} for number in range(30))))
    clock = FakeClock(server)
    control.event(first, "linger", seconds=10_000)
    items = run(veeam, server, Verb.SUSPEND, Selection(job_ids=(first, *others)), wait_timeout=300)
    assert [type(item.error) for item in items] == [WaitTimeout] + [type(None)] * 29
    assert clock.monotonic() <= 300 + 30


# --- answers that are lost or spoilt -------------------------------------------------------------------------


def seeded_job(veeam: JobSystem, control: Control, kind: str) -> Job:
    (job_id,) = control.seed({"name": "a", "kind": kind, "scenario": "completed"})
    return veeam.get_jobs([job_id])[job_id]


@pytest.mark.parametrize("kind", ["job", "cdp"])
@pytest.mark.parametrize("fault", ["reset_before", "reset_after", "html_after", "empty_after", "truncate"])
def test_a_lost_answer_to_an_absolute_request(
    veeam: JobSystem, server: Server, control: Control, kind: str, fault: str
) -> None:
    job = seeded_job(veeam, control, kind)
    control.arm(kind=fault, writes=True)
    (item,) = run(veeam, server, Verb.SUSPEND, Selection(job_ids=(job.id,)))
    assert (item.error, item.changed, item.job.state) == (None, True, JobState.HELD)


@pytest.mark.parametrize("kind", ["copy", "agent", "nas"])
@pytest.mark.parametrize(
    "fault", ["reset_before", "reset_after", "html_after", "empty_after", "truncate", "status_after"]
)
def test_a_lost_answer_to_a_toggle_is_settled_by_the_tasks(
    veeam: JobSystem, server: Server, control: Control, kind: str, fault: str
) -> None:
    control.knobs(task_running_seconds=2)  # the flag stays old for longer than the first looks take
    job = seeded_job(veeam, control, kind)
    control.arm(kind=fault, writes=True, status=500)
    (item,) = run(veeam, server, Verb.SUSPEND, Selection(job_ids=(job.id,)))
    assert (item.error, item.changed, item.job.state) == (None, True, JobState.HELD)
    assert control.jobs()[job.id]["applied"] == {"toggleScheduleEnabled": 1}


@pytest.mark.parametrize("kind", ["job", "nas"])
@pytest.mark.parametrize(
    ("status", "page"),
    [(200, "text"), (302, "empty"), (400, "text"), (403, "forbidden"), (404, "no_route"), (409, "html"), (500, "text")],
)
@pytest.mark.parametrize("fault", ["stranger", "stranger_after"])
def test_what_something_in_front_says_of_a_write_decides_nothing(
    *, veeam: JobSystem, server: Server, control: Control, kind: str, status: int, page: str, fault: str
) -> None:
    job = seeded_job(veeam, control, kind)
    control.arm(kind=fault, status=status, page=page, writes=True)
    (item,) = run(veeam, server, Verb.SUSPEND, Selection(job_ids=(job.id,)))
    assert (item.error, item.changed, item.job.state) == (None, True, JobState.HELD)
    assert sum(control.jobs()[job.id]["applied"].values()) == 1


@pytest.mark.parametrize(
    ("wire_format", "status", "page"),
    [("xml", 404, "html"), ("xml", 404, "empty"), ("json", 404, "no_route"), ("json", 200, "forbidden")],
)
def test_no_job_is_missing_on_the_word_of_something_in_front(
    *, server: Server, control: Control, wire_format: str, status: int, page: str
) -> None:
    (job_id,) = control.seed({"name": "a"})
    with connect(server, wire_format=wire_format) as veeam:
        assert job_id in veeam.get_jobs([job_id])
        control.arm(kind="stranger", status=status, page=page, times=2)
        assert job_id in veeam.get_jobs([job_id])
        control.arm(kind="stranger", status=status, page=page, times=0)
        with pytest.raises((ProtocolError, ConnectionFailed)):
            veeam.get_jobs([job_id])


@pytest.mark.parametrize("kind", ["job", "nas"])
@pytest.mark.parametrize("faults", [("reset_before", "reset_after"), ("reset_after", "reset_before")])
def test_one_task_does_not_tell_of_two_requests(
    veeam: JobSystem, control: Control, kind: str, faults: tuple[str, str]
) -> None:
    """It is of either one, so neither is sent beside it."""
    control.knobs(task_running_seconds=None)
    ids = control.seed(*({"name": name, "kind": kind, "scenario": "completed"} for name in "ab"))
    for fault in faults:
        control.arm(kind=fault, writes=True)
    jobs = list(veeam.get_jobs(ids).values())
    assert all(answer.error and answer.error.maybe_applied for answer in veeam.act(Verb.SUSPEND, jobs, LEAVE))
    control.advance(veeam.settle)
    assert [veeam.arrived(Verb.SUSPEND, job) for job in jobs] == [None, None]


@pytest.mark.parametrize("kind", ["job", "nas"])
def test_as_many_tasks_as_requests_without_an_answer_tell_of_all(veeam: JobSystem, control: Control, kind: str) -> None:
    control.knobs(task_running_seconds=None)
    ids = control.seed(*({"name": name, "kind": kind, "scenario": "completed"} for name in "ab"))
    control.arm(kind="reset_after", writes=True, times=2)
    jobs = list(veeam.get_jobs(ids).values())
    veeam.act(Verb.SUSPEND, jobs, LEAVE)
    assert [veeam.arrived(Verb.SUSPEND, job) for job in jobs] == [True, True]


def test_an_edit_is_sent_again_at_once_when_no_task_is_of_it(veeam: JobSystem, control: Control) -> None:
    job = seeded_job(veeam, control, "job")
    control.arm(kind="reset_before", writes=True)
    veeam.act(Verb.SUSPEND, [job], LEAVE)
    assert veeam.arrived(Verb.SUSPEND, job) is False


def test_which_of_two_toggles_was_lost_cannot_be_told(veeam: JobSystem, server: Server, control: Control) -> None:
    control.knobs(task_running_seconds=1000)
    ids = control.seed(*({"name": name, "kind": "nas", "scenario": "completed"} for name in "ab"))
    control.arm(kind="reset_before", writes=True)
    control.arm(kind="reset_after", writes=True)
    items = run(veeam, server, Verb.SUSPEND, Selection(job_ids=tuple(ids)))
    assert [type(item.error) for item in items] == [UnknownOutcome, UnknownOutcome]
    assert len(control.writes()) == 2


def test_a_lost_answer_to_a_retry(veeam: JobSystem, server: Server, control: Control) -> None:
    (job_id,) = control.seed({"name": "a", "scenario": "failed"})
    control.arm(kind="reset_after", writes=True)
    (item,) = run(veeam, server, Verb.RETRY, Selection(job_ids=(job_id,)))
    assert (item.error, item.changed, item.job.state) == (None, True, JobState.RUNNING)
    assert control.jobs()[job_id]["applied"] == {"retry": 1}


def test_tasks_that_cannot_be_read(veeam: JobSystem, server: Server, control: Control) -> None:
    job = seeded_job(veeam, control, "nas")
    control.arm(kind="html", path="/tasks/", method="GET", times=1)
    (item,) = run(veeam, server, Verb.SUSPEND, Selection(job_ids=(job.id,)))
    assert (item.error, item.changed, item.job.state) == (None, True, JobState.HELD)
    assert control.jobs()[job.id]["applied"] == {"toggleScheduleEnabled": 1}


def test_with_an_injected_token_the_tasks_do_not_tell(server: Server, control: Control) -> None:
    with connect(server) as owner:
        job = seeded_job(owner, control, "nas")
        token = control.requests()[-1]["headers"]["X-Restsvcsessionid"]
        with connect(server, token=token, username="", password="") as veeam:
            control.arm(kind="reset_before", writes=True)
            (item,) = run(veeam, server, Verb.SUSPEND, Selection(job_ids=(job.id,)))
            assert isinstance(item.error, UnknownOutcome)
        assert control.sessions() == 1
    assert control.sessions() == 0


@pytest.mark.parametrize("fault", ["html", "empty", "truncate"])
def test_an_unreadable_list(veeam: JobSystem, control: Control, fault: str) -> None:
    control.seed({"name": "a"})
    control.arm(kind=fault, path="/query", times=0)
    with pytest.raises((ProtocolError, ConnectionFailed)):
        list(veeam.list_jobs(Selection()))


def test_an_overload_is_waited_for(veeam: JobSystem, control: Control) -> None:
    control.seed({"name": "a"})
    control.arm(kind="status", status=503, path="/query", times=2)
    assert len(list(veeam.list_jobs(Selection()))) == 1
    assert veeam.traffic["replays"] == 2


def test_a_redirect_is_not_followed(veeam: JobSystem, control: Control) -> None:
    control.arm(kind="redirect", location="http://elsewhere.example.com/", times=0)
    with pytest.raises(ProtocolError, match="redirect"):
        list(veeam.list_jobs(Selection()))


# --- the logon session ---------------------------------------------------------------------------------------


def test_nothing_is_sent_before_the_first_read(server: Server, control: Control) -> None:
    connect(server).close()
    assert not control.requests()


def test_a_wrong_password_is_tried_once(server: Server, control: Control) -> None:
    veeam = connect(server, password="wrong")
    for _attempt in range(2):
        with pytest.raises(AuthFailed, match="HOST"):
            list(veeam.list_jobs(Selection()))
    veeam.close()
    assert counted(control) == {"POST sessionMngr/": 1}


def test_a_token_that_expires_between_reads(server: Server, control: Control) -> None:
    control.seed({"name": "a"})
    with connect(server) as veeam:
        list(veeam.list_jobs(Selection()))
        control.expire()
        assert len(list(veeam.list_jobs(Selection()))) == 1
        control.expire()
        with pytest.raises(AuthFailed):
            list(veeam.list_jobs(Selection()))
    assert counted(control)["POST sessionMngr/"] == 2


def test_a_token_that_expires_before_a_write(server: Server, control: Control) -> None:
    with connect(server) as veeam:
        job = seeded_job(veeam, control, "nas")
        control.expire()
        assert veeam.act(Verb.SUSPEND, [job], LEAVE)[0].error is None
    assert control.jobs()[job.id]["applied"] == {"toggleScheduleEnabled": 1}
    assert counted(control)["POST sessionMngr/"] == 2
    assert control.sessions() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_write_that_is_turned_away_is_sent_again_after_a_look(server: Server, control: Control, kind: str) -> None:
    ids = control.seed(*({"name": name, "kind": kind, "scenario": "completed"} for name in "abc"))
    control.arm(kind="expire", path="(?i)action=(edit|toggle|disable)|/toggle", skip=1)
    with connect(server) as veeam:
        items = run(veeam, server, Verb.SUSPEND, Selection(job_ids=tuple(ids)))
    assert [(item.error, item.changed) for item in items] == [(None, True)] * 3
    assert [sum(job["applied"].values()) for job in control.jobs().values()] == [1, 1, 1]
    sent = control.requests()
    renewed = [at for at, entry in enumerate(sent) if "sessionMngr" in entry["target"]][1]
    later = sent[renewed + 1 :]
    until_write = later[: next(at for at, entry in enumerate(later) if entry["is_write"])]
    assert [entry for entry in until_write if "query" in entry["target"]]  # the jobs were read again before
    assert counted(control)["POST sessionMngr/"] == 2
    assert control.sessions() == 0


def test_what_somebody_does_while_the_token_expires_is_not_ours(server: Server, control: Control) -> None:
    with connect(server) as veeam:
        job = seeded_job(veeam, control, "job")
        control.arm(kind="expire", writes=True)
        control.arm(kind="event", body="suspend", jobs=[job.id], path="query", after_write=True)
        (item,) = run(veeam, server, Verb.SUSPEND, Selection(job_ids=(job.id,)))
    assert (item.error, item.changed) == (None, False)
    assert control.jobs()[job.id]["applied"] == {}


def test_a_second_token_that_expires_ends_the_run(server: Server, control: Control) -> None:
    with connect(server) as veeam:
        ids = control.seed(*({"name": name, "scenario": "completed"} for name in "ab"))
        control.arm(kind="expire", writes=True, times=2)
        items = run(veeam, server, Verb.SUSPEND, Selection(job_ids=tuple(ids)))
        assert [type(item.error) for item in items] == [AuthFailed, AuthFailed]
    assert counted(control)["POST sessionMngr/"] == 2
    assert not any(job["held"] for job in control.jobs().values())


def test_a_task_is_not_followed_into_another_logon_session(server: Server, control: Control) -> None:
    with connect(server) as veeam:
        job = seeded_job(veeam, control, "nas")
        control.arm(kind="status", status=401, method="GET", path="/tasks/")
        (item,) = run(veeam, server, Verb.SUSPEND, Selection(job_ids=(job.id,)))
    assert (item.error, item.changed, item.job.state) == (None, True, JobState.HELD)
    assert len(control.writes()) == 1


@pytest.mark.parametrize("suffix", ["", "/", "/api", "/api/", "/API"])
def test_the_url_with_and_without_api(server: Server, suffix: str) -> None:
    with connect(server, url=server.origin + suffix) as veeam:
        assert veeam.identity == server.origin + ("/API" if suffix == "/API" else "/api")


@pytest.mark.parametrize("missing", ["url", "username", "password"])
def test_a_missing_option_is_named(server: Server, control: Control, missing: str) -> None:
    with pytest.raises(UsageError, match=missing):
        connect(server, **{missing: ""})
    assert not control.requests()


def test_no_secret_is_left_unhidden_and_no_cookie_is_sent(server: Server, control: Control) -> None:
    hidden: set[str] = set()
    control.seed({"name": "a"})
    with connect(server, hide=hidden.add) as veeam:
        list(veeam.list_jobs(Selection()))
    sent = control.requests()
    assert sent[0]["headers"]["Authorization"].removeprefix("Basic ") in hidden
    assert {entry["headers"]["X-Restsvcsessionid"] for entry in sent[1:]} <= hidden
    assert sent[-1]["target"].rpartition("/")[2] in hidden
    assert not [entry for entry in sent if "Cookie" in entry["headers"]]


def test_the_other_interface_of_the_vendor_is_recognised(server: Server, control: Control) -> None:
    control.arm(kind="stranger", status=404, body='{"errorCode": "NotFound"}', path="/sessionMngr", times=0)
    with connect(server) as veeam, pytest.raises(ProtocolError, match="9398"):
        list(veeam.list_jobs(Selection()))
