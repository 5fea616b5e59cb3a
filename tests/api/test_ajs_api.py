# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The AJS3 client against the simulated Web Console: requests counted, answers spoilt, trees too long for one list."""

from __future__ import annotations

import base64
import math
import pathlib
import socket
import threading
import typing as t

import pytest

from ansible_collections.batchops.job_control.plugins.module_utils._ajs.api import Ajs
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.names import ALPHABET
from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Policy, Recorder
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    ConnectionFailed,
    Ineligible,
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
from ansible_collections.batchops.job_control.plugins.module_utils._journal.file import Journal
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Job,
    JobState,
    Running,
    Selection,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._selection import select
from ansible_collections.batchops.job_control.plugins.module_utils._system import Answer, Connection
from ansible_collections.batchops.job_control.plugins.module_utils._window.recorders import (
    SuspendRecorder,
)
from ansible_collections.batchops.job_control.plugins.module_utils._window.window import Window
from simulators.ajs.simulator import AjsSimulator, create
from simulators.core.control import Control
from simulators.core.server import Server, serving

SCOPE = "manager=HOSTM&serviceName=AJSROOT1"


class FakeClock:
    """Time that passes in sleep() only, for us and for the product."""

    def __init__(self, simulator: AjsSimulator | None = None) -> None:
        self.now = 1000.0
        self._simulator = simulator

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return 1.7e9 + self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self._simulator is not None:
            self._simulator.clock.advance(seconds)


@pytest.fixture
def server() -> t.Iterator[Server]:
    with serving(create()) as running:
        yield running


@pytest.fixture
def control(server: Server) -> Control:
    return Control(server.origin)


def connect(server: Server, **changes: t.Any) -> Ajs:
    options: dict[str, t.Any] = {
        "url": server.url,
        "username": server.simulator.username,
        "password": server.simulator.password,
        "product": {"manager": "HOSTM", "service_name": "AJSROOT1"},
        **changes,
    }
    return Ajs(Connection(**options), FakeClock(t.cast("AjsSimulator", server.simulator)))


@pytest.fixture
def ajs(server: Server) -> t.Iterator[Ajs]:
    with connect(server) as system:
        yield t.cast("Ajs", system)


def carry_out(
    ajs: Ajs, verb: Verb, selection: Selection, recorder: Recorder | None = None, **options: t.Any
) -> list[Item]:
    """A whole verb, as a module does it."""
    engine = Engine(ajs, ajs._clock, Policy(workers=4), VerbOptions(**options))
    items = select(engine.system, selection)
    engine.plan(verb, items)
    engine.carry_out(verb, items, recorder)
    return items


def around_requests(
    ajs: Ajs, before: t.Callable[[], object] = lambda: None, after: t.Callable[[], object] = lambda: None
) -> None:
    """Let something happen right before and right after each action, once a job's state has been read."""

    def act(verb: Verb, jobs: t.Sequence[Job], options: VerbOptions) -> list[Answer]:
        before()
        answers = Ajs.act(ajs, verb, jobs, options)
        after()
        return answers

    ajs.act = act  # type: ignore[method-assign]


def lines(control: Control) -> list[str]:
    return [f"{entry['method']} {entry['target']}" for entry in control.requests()]


def many(count: int, **keys: t.Any) -> list[dict[str, t.Any]]:
    return [{"name": f"/Batch/Net{number:04}", **keys} for number in range(count)]


# --- the wire ------------------------------------------------------------------------------------------------------


def raw_request(act: t.Callable[[str], object], *reads: bytes) -> tuple[str, bytes]:
    """The head and the body of the last request that `act` sends to the url it is given.

    :param reads: what the requests before that are answered with.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        received: list[bytes] = []

        def answer() -> None:
            for body in (*reads, b""):
                peer, _address = listener.accept()
                with peer:
                    data = b""
                    while b"\r\n\r\n" not in data or len(data.partition(b"\r\n\r\n")[2]) < _length(data):
                        data += peer.recv(65536)
                    received.append(data)
                    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
                    peer.sendall(head % len(body) + body)

        thread = threading.Thread(target=answer)
        thread.start()
        act(f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread.join()
    head, _blank_line, body = received[-1].partition(b"\r\n\r\n")
    return head.decode(), body


def _length(data: bytes) -> int:
    head = data.partition(b"\r\n\r\n")[0].lower()
    return int(head.partition(b"content-length:")[2].split()[0]) if b"content-length:" in head else 0


def manual(url: str) -> Ajs:
    """The user and the service of the manual's samples."""
    product = {"manager": "HOSTM", "service_name": "AJSROOT1"}
    connection = Connection(url=url, username="user", password="password", product=product, retry_timeout=0)
    return Ajs(connection, FakeClock())


@pytest.fixture
def sample_job(server: Server, control: Control, ajs: Ajs) -> t.Any:
    [job_id] = control.seed({"name": "/JobGroup/Jobnet", "exec_id": "@A100", "scenario": "failed"})
    return ajs.get_jobs([job_id])[job_id]


UNHELD = b"""{"definition":{"unitName":"/JobGroup/Jobnet","unitType":"ROOTNET"},"release":null,
"unitStatus":{"unitName":"/JobGroup/Jobnet","execID":"@A100","status":"TIMEWAIT","holdAttr":"NO"}}"""
CHANGE = {"new_status": "ABNORMAL", "new_return_code": 4, "current_status": None}


@pytest.mark.parametrize(
    ("verb", "action", "body"),
    [
        (Verb.SUSPEND, "changeHold", b'{"parameters":{"manager":"HOSTM","serviceName":"AJSROOT1","holdAttr":"SET"}}'),
        (
            Verb.RESUME,
            "changeHold",
            b'{"parameters":{"manager":"HOSTM","serviceName":"AJSROOT1","holdAttr":"RELEASE"}}',
        ),
        (Verb.CANCEL_RUNNING, "kill", b'{"parameters":{"manager":"HOSTM","serviceName":"AJSROOT1"}}'),
        (
            Verb.RETRY,
            "rerun",
            b'{"parameters":{"manager":"HOSTM","serviceName":"AJSROOT1","rerunMethod":"ABNORMAL_JOB"}}',
        ),
        (
            Verb.CHANGE_STATUS,
            "changeStatus",
            b'{"parameters":{"manager":"HOSTM","serviceName":"AJSROOT1","newStatus":"ABNORMAL","newReturnCode":"4"}}',
        ),
    ],
)
def test_an_action_is_sent_byte_for_byte_as_the_manual_shows_it(
    sample_job: t.Any, verb: Verb, action: str, body: bytes
) -> None:
    looks_before = [UNHELD] if verb is Verb.SUSPEND else []
    head, sent = raw_request(lambda url: manual(url).act(verb, [sample_job], VerbOptions(own=CHANGE)), *looks_before)
    line, *headers = head.split("\r\n")
    path = f"/ajs/api/v1/objects/statuses/%2FJobGroup%2FJobnet:%40A100/actions/{action}/invoke"
    assert line == f"POST {path} HTTP/1.1"
    assert "X-AJS-Authorization: dXNlcjpwYXNzd29yZA==" in headers
    assert "Content-Type: application/json" in headers
    assert "Accept: application/json" in headers
    assert "Accept-Language: en" in headers
    assert sent == body


def test_the_list_is_asked_for_in_the_order_of_the_manual() -> None:
    def act(url: str) -> None:
        with pytest.raises(ProtocolError):
            list(manual(url).list_jobs(Selection(location="/JobGroup")))

    head, _body = raw_request(act)
    line = head.split("\r\n")[0]
    query = "mode=search&manager=HOSTM&serviceName=AJSROOT1&location=%2FJobGroup&searchLowerUnits=YES"
    assert line == f"GET /ajs/api/v1/objects/statuses?{query} HTTP/1.1"


def test_the_encoded_credentials_are_told_to_be_hidden(server: Server) -> None:
    hidden: list[str] = []
    connect(server, username="user", password="password", hide=hidden.append).close()
    assert hidden == ["dXNlcjpwYXNzd29yZA=="]


@pytest.mark.parametrize("ending", ["", "/", "/ajs", "/ajs/api", "/ajs/api/v1", "/ajs/api/v1/"])
def test_any_beginning_of_the_address_will_do(server: Server, control: Control, ending: str) -> None:
    with connect(server, url=server.origin + ending) as ajs:
        control.seed({"name": "/Batch/Net"})
        assert [job.name for job in ajs.list_jobs(Selection(location="/Batch"))] == ["/Batch/Net"]


# --- requests per verb ---------------------------------------------------------------------------------------------


def test_one_job_is_read_with_one_request(control: Control, ajs: Ajs) -> None:
    [job_id] = control.seed({"name": "/Batch/Net", "exec_id": "@A100", "scenario": "running"})
    job = ajs.get_jobs([job_id])[job_id]
    assert (job.id, job.name, job.state, job.running) == ("/Batch/Net:@A100", "/Batch/Net", JobState.RUNNING, True)
    assert lines(control) == [f"GET /ajs/api/v1/objects/statuses/%2FBatch%2FNet:%40A100?{SCOPE}"]


def test_a_unit_name_alone_means_its_current_generation(control: Control, ajs: Ajs) -> None:
    control.seed({"name": "/Batch/Net", "exec_id": "@A100", "scenario": "completed"})
    control.seed({"name": "/Batch/Net", "exec_id": "@A101", "scenario": "running"})
    found = ajs.get_jobs(["/Batch/Net", "/Batch/Net:@A100"])
    assert {text: job.id for text, job in found.items()} == {
        "/Batch/Net": "/Batch/Net:@A101",
        "/Batch/Net:@A100": "/Batch/Net:@A100",
    }
    assert len(control.requests()) == 2


@pytest.mark.parametrize("count", [1, 200])
def test_suspend_reads_looks_and_writes_once_per_job_and_reads_back(control: Control, ajs: Ajs, count: int) -> None:
    control.seed(*many(count, scenario="queued"))
    control.knobs(action_lag=0)
    items = carry_out(ajs, Verb.SUSPEND, Selection(location="/Batch"))
    assert [item.changed for item in items] == [True] * count
    assert {item.job.state for item in items} == {JobState.HELD}
    assert all(job["held"] for job in control.jobs().values())
    assert len(control.requests()) == 1 + 2 * count + 1
    assert len(control.writes()) == count
    assert control.sessions() == 0


def test_a_second_run_changes_nothing_and_writes_nothing(control: Control, ajs: Ajs) -> None:
    control.seed(*many(5, scenario="suspended"))
    control.check_mode(True)
    items = carry_out(ajs, Verb.SUSPEND, Selection(location="/Batch"))
    assert [(item.changed, item.error) for item in items] == [(False, None)] * 5
    assert control.check_mode(False) == []
    assert len(control.requests()) == 1


def test_many_named_jobs_are_read_from_one_list(control: Control, ajs: Ajs) -> None:
    ids = control.seed(*many(50))
    ids += control.seed(*({"name": f"/Batch/Sub{n}/Net", "scenario": "failed"} for n in range(10)))
    assert sorted(ajs.get_jobs(ids)) == sorted(ids)
    assert len(control.requests()) == 1


def test_older_generations_cost_one_more_list(control: Control, ajs: Ajs) -> None:
    old = control.seed(
        {"name": "/Batch/Net", "exec_id": "@A100", "scenario": "failed"},
        *({"name": f"/Batch/Net/Job{n}", "type": "JOB", "scenario": "failed"} for n in range(6)),
    )
    new = control.seed({"name": "/Batch/Net", "exec_id": "@A101", "scenario": "running"})
    found = ajs.get_jobs(old + new)
    assert sorted(found) == sorted(old + new)
    assert all(found[job_id].id == job_id for job_id in old + new)
    assert len(control.requests()) == 2


def test_missing_jobs_are_left_out(control: Control, ajs: Ajs) -> None:
    [there, gone] = control.seed({"name": "/Batch/Net"}, {"name": "/Batch/Gone"})
    control.seed({"name": "/Batch/Draft", "raw": "UNREGISTERED"})
    control.event(gone, "vanish", unit=True)
    assert list(ajs.get_jobs([there, gone])) == [there]
    names = [there, gone, "/Batch/Gone", "/Batch/Draft", "/Batch", "/Nowhere/Net:@A1"]
    assert list(ajs.get_jobs(names)) == [there]
    versions = [line for line in lines(control) if "/version?" in line]
    assert len(versions) == 1


def test_a_jobnet_that_is_gone_takes_no_other_unit_with_it(control: Control, ajs: Ajs) -> None:
    """The lists are cut, so that each branch is read by itself, and that of the deleted jobnet is not found."""
    control.knobs(list_limit=3)
    ids = {}
    for group in "AB":
        net = {"name": f"/{group}/Net", "scenario": "queued"}
        units = [{"name": f"/{group}/Net/Job{n}", "type": "JOB", "scenario": "queued"} for n in range(5)]
        ids[group] = control.seed(net, *units)
    for gone in reversed(ids["A"]):
        control.event(gone, "vanish", unit=True)
    assert sorted(ajs.get_jobs(ids["A"][1:] + ids["B"][1:])) == sorted(ids["B"][1:])


@pytest.mark.parametrize("bad", ["Net", "", "/", "/Batch/", "/Batch/Net:@nonsense", "/Batch/Net:@A12345"])
def test_an_id_of_another_form_is_a_usage_error(control: Control, ajs: Ajs, bad: str) -> None:
    with pytest.raises(UsageError):
        ajs.get_jobs([bad])
    assert control.requests() == []


# --- verbs ---------------------------------------------------------------------------------------------------------


def one(control: Control, ajs: Ajs, verb: Verb, job_id: str, **options: t.Any) -> Item:
    [item] = carry_out(ajs, verb, Selection(job_ids=(job_id,)), **options)
    return item


@pytest.mark.parametrize("hold_shows_as", ["waiting", "HOLDING"])
def test_suspend_and_resume_go_back_and_forth(control: Control, ajs: Ajs, hold_shows_as: str) -> None:
    [job_id] = control.seed({"name": "/Batch/Net", "scenario": "queued"})
    control.knobs(hold_shows_as=hold_shows_as)
    held = one(control, ajs, Verb.SUSPEND, job_id)
    assert (held.changed, held.job.state, held.job.halted) == (True, JobState.HELD, True)
    assert control.jobs()[job_id]["held"]
    freed = one(control, ajs, Verb.RESUME, job_id)
    assert (freed.changed, freed.job.halted, freed.error) == (True, False, None)
    assert control.jobs()[job_id]["hold_attr"] == "RELEASE"
    assert one(control, ajs, Verb.RESUME, job_id).changed is False


@pytest.mark.parametrize("hold_shows_as", ["waiting", "HOLDING"])
def test_a_hold_that_somebody_sets_between_our_read_and_our_write_is_not_ours(
    control: Control, ajs: Ajs, hold_shows_as: str
) -> None:
    """The product would accept a second one, and the window would release theirs."""
    [job_id] = control.seed({"name": "/Batch/Net", "scenario": "queued"})
    control.knobs(hold_shows_as=hold_shows_as)
    around_requests(ajs, before=lambda: control.event(job_id, "suspend"))
    item = one(control, ajs, Verb.SUSPEND, job_id)
    assert (item.error, item.changed, item.job.state) == (None, False, JobState.HELD)
    assert control.writes() == []
    assert control.jobs()[job_id]["held"]


@pytest.mark.parametrize("version", ["11-10", "11-50"])
def test_the_look_before_a_hold_is_at_exactly_that_generation(control: Control, ajs: Ajs, version: str) -> None:
    [job_id] = control.seed({"name": "/Batch/Net", "exec_id": "@A100", "scenario": "queued"})
    control.knobs(version=version)
    held = {"name": "/Batch/Net", "exec_id": "@A101", "scenario": "suspended"}
    around_requests(ajs, before=lambda: control.seed(held))
    item = one(control, ajs, Verb.SUSPEND, job_id)
    assert (item.error, item.changed, control.jobs()[job_id]["held"]) == (None, True, True)


@pytest.mark.parametrize("condition", ["YES_ERR", "YES_WAR"])
def test_a_window_leaves_a_unit_that_its_definition_may_hold_as_it_is(
    control: Control, ajs: Ajs, condition: str
) -> None:
    """Its last generation failed, so it is held when its turn comes; after a hold and a release it would run."""
    control.seed({"name": "/Batch/Net", "exec_id": "@A99", "scenario": "failed"})
    [job_id] = control.seed({"name": "/Batch/Net", "exec_id": "@A100", "scenario": "queued", "hold_attr": condition})
    [item] = carry_out(ajs, Verb.SUSPEND, Selection(location="/Batch"))
    assert (item.skipped, item.error, item.changed, control.writes()) == (True, None, False, [])
    assert condition in item.note
    control.event(job_id, "start")
    assert control.jobs()[job_id]["state"] == "HOLDING"


def test_a_unit_that_its_definition_may_hold_is_held_when_it_is_named_and_the_loss_is_told(
    control: Control, ajs: Ajs
) -> None:
    [job_id] = control.seed({"name": "/Batch/Net", "scenario": "queued", "hold_attr": "YES_ERR"})
    item = one(control, ajs, Verb.SUSPEND, job_id)
    assert (item.error, item.changed, item.job.halted) == (None, True, True)
    assert "YES_ERR does not count any more" in item.note


def waiting_in_a_running_net(control: Control) -> tuple[str, str]:
    net, job_id = control.seed(
        {"name": "/Batch/Net", "exec_id": "@A100", "scenario": "running"},
        {"name": "/Batch/Net/Job", "exec_id": "@A100", "type": "JOB", "scenario": "queued"},
    )
    return net, job_id


def next_generation(control: Control, job_id: str) -> str:
    [successor] = [each for each in control.jobs() if each.startswith("/Batch/Net/Job:") and each != job_id]
    return successor


@pytest.mark.parametrize("exists", [True, False])
def test_a_hold_whose_jobnet_ends_before_we_look_is_looked_for_in_the_next_generation(
    control: Control, ajs: Ajs, exists: bool
) -> None:
    net, job_id = waiting_in_a_running_net(control)
    control.knobs(action_lag=0)

    def end_the_net() -> None:
        control.event(net, "finish")
        if exists:
            control.event(net, "register", start_in=86400)

    around_requests(ajs, after=end_the_net)
    item = one(control, ajs, Verb.SUSPEND, job_id)
    assert isinstance(item.error, UnknownOutcome)
    if exists:
        successor = next_generation(control, job_id)
        assert control.jobs()[successor]["hold_attr"] == "HOLD"
        assert successor in item.error.message
    else:
        assert "not to be seen yet" in item.error.message


@pytest.mark.parametrize("ends", ["before we look", "later"])
@pytest.mark.parametrize("crashed", [False, True])
def test_a_hold_that_was_inherited_stays_in_the_journal_until_a_person_has_released_it(
    control: Control, ajs: Ajs, tmp_path: pathlib.Path, ends: str, crashed: bool
) -> None:
    net, job_id = waiting_in_a_running_net(control)
    control.knobs(action_lag=0)

    def end_the_net() -> None:
        control.event(net, "finish")
        control.event(net, "register", start_in=86400)

    around_requests(ajs, after=end_the_net if ends == "before we look" else lambda: None)
    journal = Journal(str(tmp_path / "journal"), ajs._clock)
    journal.begin("ajs", ajs.identity)
    journal.open_window("ajs", ajs.identity, "night")
    recorder = NoOutcome(journal) if crashed else SuspendRecorder(journal, "night", pytest.fail)
    carry_out(ajs, Verb.SUSPEND, Selection(job_ids=(job_id,)), recorder)
    around_requests(ajs)
    if ends == "later":
        end_the_net()
    successor = next_generation(control, job_id)
    for _twice in range(2):
        item = close(ajs, journal)
        assert isinstance(item.error, UnknownOutcome)
        assert f"release {successor} by job_ids" in item.error.message
        assert (item.changed, [entry.id for entry in journal.ledger.open_entries]) == (False, [job_id])
    assert control.jobs()[successor]["held"]  # it may be somebody else's by now
    assert one(control, ajs, Verb.RESUME, successor).changed
    item = close(ajs, journal)
    assert (item.error, item.changed, journal.ledger.open_entries) == (None, False, [])
    assert "not held any more" in item.note
    journal.release()


class NoOutcome(SuspendRecorder):
    """A run that dies before it can write down what came of its request."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal, "night", pytest.fail)

    def conclude(self, item: Item) -> None:
        pass


def close(ajs: Ajs, journal: Journal) -> Item:
    """What `job_resume` does with a journal of one job."""
    policy = Policy(on_missing="ignore", on_ineligible="skip")
    engine = Engine(ajs, ajs._clock, policy, VerbOptions())
    window = Window(journal, ajs, engine, ajs._clock, pytest.fail, "night")
    [item] = window.plan_resume(Selection())
    window.resume([item])
    return item


def test_a_unit_that_its_definition_holds_is_already_held_and_can_be_released(control: Control, ajs: Ajs) -> None:
    [job_id] = control.seed({"name": "/Batch/Net", "scenario": "queued", "hold_attr": "YES"})
    assert one(control, ajs, Verb.SUSPEND, job_id).changed is False
    assert one(control, ajs, Verb.RESUME, job_id).changed is True
    assert not control.jobs()[job_id]["held"]


@pytest.mark.parametrize(("running", "state"), [(Running.LEAVE, "RUNNING"), (Running.CANCEL, "KILL")])
def test_a_running_unit_is_left_alone_or_killed(control: Control, ajs: Ajs, running: Running, state: str) -> None:
    [job_id] = control.seed({"name": "/Batch/Net", "scenario": "running"})
    item = one(control, ajs, Verb.SUSPEND, job_id, running=running)
    assert (item.error, item.changed) == (None, running is Running.CANCEL)
    assert control.jobs()[job_id]["state"] == state


def test_suspend_can_wait_for_a_running_unit_to_end(control: Control, ajs: Ajs) -> None:
    [job_id] = control.seed({"name": "/Batch/Net", "scenario": "running", "duration": 60})
    item = one(control, ajs, Verb.SUSPEND, job_id, running=Running.WAIT)
    assert (item.error, item.changed, item.job.state) == (None, False, JobState.COMPLETED)
    assert control.writes() == []


@pytest.mark.parametrize(("unit_type", "method"), [("ROOTNET", "ABNORMAL_JOB"), ("JOB", "FROM")])
def test_retry_reruns_what_failed(control: Control, ajs: Ajs, unit_type: str, method: str) -> None:
    [job_id] = control.seed(
        {"name": "/Batch/Net/Unit" if unit_type == "JOB" else "/Batch/Net", "type": unit_type, "scenario": "failed"}
    )
    item = one(control, ajs, Verb.RETRY, job_id)
    assert (item.changed, item.job.state, item.error) == (True, JobState.RUNNING, None)
    assert f'"rerunMethod":"{method}"' in control.writes()[0]["body"]
    again = one(control, ajs, Verb.RETRY, job_id)
    assert (again.changed, again.error) == (False, None)


def test_cancel_running_kills_jobs_and_roots_but_no_nested_jobnet(control: Control, ajs: Ajs) -> None:
    root, nested = control.seed(
        {"name": "/Batch/Net", "scenario": "running"},
        {"name": "/Batch/Net/Sub", "type": "NET", "scenario": "running"},
    )
    items = {item.job_id: item for item in carry_out(ajs, Verb.CANCEL_RUNNING, Selection(location="/Batch"))}
    assert items[root].changed
    assert items[nested].skipped
    assert "nested jobnet" in items[nested].note
    assert len(control.writes()) == 1
    assert not control.jobs()[nested]["running"]


def test_a_refusal_is_the_units_own(control: Control, ajs: Ajs) -> None:
    [job_id] = control.seed({"name": "/Batch/Net", "scenario": "queued", "raw": "CONDITIONWAIT"})
    item = one(control, ajs, Verb.SUSPEND, job_id)
    assert isinstance(item.error, Refused)
    assert (item.error.code, item.error.http_status) == ("KNAK3209-E", 409)


def test_permission_is_the_units_own(server: Server, control: Control) -> None:
    ids = control.seed({"name": "/Batch/Net", "read_only": True}, {"name": "/Batch/Other"})
    with connect(server) as ajs:
        items = carry_out(t.cast("Ajs", ajs), Verb.SUSPEND, Selection(location="/Batch"))
    assert {item.job_id: type(item.error) for item in items} == {ids[0]: PermissionDenied, ids[1]: type(None)}


# --- versions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["11-00", "11-10", "11-50"])
def test_every_version_can_read_and_hold(control: Control, ajs: Ajs, version: str) -> None:
    [job_id] = control.seed({"name": "/Batch/Net", "exec_id": "@A100"})
    control.knobs(version=version)
    item = one(control, ajs, Verb.SUSPEND, job_id)
    assert (item.changed, item.error) == (True, None)
    assert len([line for line in lines(control) if "/version?" in line]) == (0 if version == "11-50" else 1)


def test_a_verb_that_came_later_says_so(control: Control, ajs: Ajs) -> None:
    [job_id] = control.seed({"name": "/Batch/Net", "scenario": "running"})
    control.knobs(version="11-00")
    item = one(control, ajs, Verb.CANCEL_RUNNING, job_id)
    assert isinstance(item.error, UsageError)
    assert "11-00" in item.error.message
    assert "11-10" in item.error.message


def test_a_server_in_front_that_refuses_encoded_slashes_is_named(control: Control, ajs: Ajs) -> None:
    [job_id] = control.seed({"name": "/Batch/Net"})
    control.knobs(refuse_encoded_slash=True)
    item = one(control, ajs, Verb.SUSPEND, job_id)
    assert isinstance(item.error, UnknownOutcome)  # what does not come from the product tells nothing of the job
    assert "%2F" in item.error.message
    assert not control.jobs()[job_id]["held"]


# --- lists that are too long ---------------------------------------------------------------------------------------


def test_a_tree_beyond_the_limit_is_read_group_by_group(control: Control, ajs: Ajs) -> None:
    wanted = control.seed(
        *({"name": f"/Batch/Group{n % 4}/Net{n}", "scenario": ("queued", "failed")[n % 2]} for n in range(40))
    )
    control.seed(*({"name": f"/Batch/Draft/Net{n}", "raw": "UNREGISTERED"} for n in range(9)))
    control.knobs(list_limit=15)
    found = [job.id for job in ajs.list_jobs(Selection(location="/Batch"))]
    assert sorted(found) == sorted(wanted)
    assert len(control.requests()) == 1 + 1 + 5  # the whole, the level below, each group


def test_a_level_beyond_the_limit_is_read_by_status_and_name(control: Control, ajs: Ajs) -> None:
    scenarios = ("queued", "running", "suspended", "completed", "warning", "failed", "cancelled")
    wanted = control.seed(*({"name": f"/Batch/{'ABC'[n % 3]}{n}", "scenario": scenarios[n % 7]} for n in range(70)))
    wanted += control.seed({"name": "/Batch/Deep/Er/Net"}, {"name": "/Batch/A0/Job", "type": "JOB"})
    control.knobs(list_limit=8)
    found = [job.id for job in ajs.list_jobs(Selection(location="/Batch"))]
    assert sorted(found) == sorted(wanted)


@pytest.mark.parametrize("order", ["definition", "name", "reversed"])
@pytest.mark.parametrize("includes_location", [True, False])
def test_the_location_itself_is_not_below_itself(
    control: Control, ajs: Ajs, order: str, includes_location: bool
) -> None:
    control.seed({"name": "/Batch/Net", "scenario": "running"})
    jobs = control.seed(*({"name": f"/Batch/Net/Job{n}", "type": "JOB"} for n in range(20)))
    control.knobs(list_order=order, list_includes_location=includes_location)
    for limit in (1000, 12):
        control.knobs(list_limit=limit)
        assert sorted(job.id for job in ajs.list_jobs(Selection(location="/Batch/Net"))) == sorted(jobs)


def test_a_level_that_cannot_be_split_is_an_error(control: Control, ajs: Ajs) -> None:
    control.seed(*({"name": f"/Batch/ジョブ{n}"} for n in range(20)))
    control.knobs(list_limit=10)
    with pytest.raises(Refused, match="location"):
        list(ajs.list_jobs(Selection(location="/Batch")))


def test_an_unknown_status_in_a_list_that_is_cut_is_found_all_the_same(control: Control, ajs: Ajs) -> None:
    ids = control.seed(*many(20))
    control.event(ids[0], "status", raw="NOVELTY")
    control.knobs(list_limit=10)
    assert sorted(job.id for job in ajs.list_jobs(Selection(location="/Batch"))) == sorted(ids)


@pytest.mark.parametrize("order", ["definition", "name", "reversed"])
@pytest.mark.parametrize("count", [999, 1000, 1302])
def test_a_large_folder_takes_few_requests(control: Control, ajs: Ajs, count: int, order: str) -> None:
    """Nothing but their names tells the units apart."""
    ids = control.seed(*many(count))
    control.knobs(list_order=order)
    assert sorted(job.id for job in ajs.list_jobs(Selection(location="/Batch"))) == sorted(ids)
    assert len(control.requests()) <= 3 * math.ceil(count / 1000) + 20


def test_a_folder_beyond_two_lists_is_read_letter_by_letter(control: Control, ajs: Ajs) -> None:
    """Names with the product's wildcards and with letters that the first entries do not have are not missed."""
    names = [f"Net{n:03}" for n in range(400)] + ["Net~odd", "Net*", "Net?1", "Net\\x", "Net 1", "Q"]
    ids = control.seed(*({"name": f"/Batch/{name}"} for name in names))
    control.knobs(list_limit=100)
    assert sorted(job.id for job in ajs.list_jobs(Selection(location="/Batch"))) == sorted(ids)
    assert len(control.requests()) <= 3 * math.ceil(len(ids) / 100) + 20 + len(ALPHABET)


@pytest.mark.parametrize("in_the_folder", [500, 1302])
def test_many_named_jobs_of_one_folder_take_few_requests(control: Control, ajs: Ajs, in_the_folder: int) -> None:
    ids = control.seed(*many(in_the_folder))[:500]
    control.event(ids[0], "vanish", unit=True)
    gone = [ids.pop(0), "/Batch/Nobody:@A1"]
    assert sorted(ajs.get_jobs(ids + gone)) == sorted(ids)
    assert len(control.requests()) <= 8
    control.forget_requests()
    assert sorted(ajs.get_jobs(ids)) == sorted(ids)
    assert len(control.requests()) <= 2  # what was learned of the lists is remembered


def test_named_jobs_are_found_where_lists_are_cut(control: Control, ajs: Ajs) -> None:
    ids = control.seed(*many(30))
    control.knobs(list_limit=10)
    assert sorted(ajs.get_jobs(ids)) == sorted(ids)


def test_a_selection_is_narrowed_by_the_product(control: Control, ajs: Ajs) -> None:
    control.seed(*many(3, scenario="running"), {"name": "/Batch/Other", "scenario": "failed"})
    selection = Selection(location="/Batch", names=("Net*",), types=("ROOTNET",), states=(JobState.RUNNING,))
    assert len(list(ajs.list_jobs(selection))) == 3
    [line] = lines(control)
    assert line.endswith("&unitName=Net&unitNameMatchMethods=BW&unitType=ROOT&status=GRP_RUN")


# --- failures ------------------------------------------------------------------------------------------------------


def test_a_wrong_password_is_sent_once(server: Server, control: Control) -> None:
    control.seed(*many(3))
    with connect(server, password="wrong") as ajs, pytest.raises(AuthFailed):
        list(ajs.list_jobs(Selection(location="/Batch")))
    assert len(control.requests()) == 1


@pytest.mark.parametrize("option", ["url", "username", "password", "manager", "service_name"])
def test_a_missing_option_is_a_usage_error_before_any_request(server: Server, control: Control, option: str) -> None:
    product = {"manager": "HOSTM", "service_name": "AJSROOT1"}
    changes: dict[str, t.Any] = {"product": {**product, option: None}} if option in product else {option: ""}
    with pytest.raises(UsageError, match=option), connect(server, **changes) as ajs:
        list(ajs.list_jobs(Selection(location="/Batch")))
    assert control.requests() == []


def test_a_user_name_with_a_colon_cannot_be_encoded(server: Server) -> None:
    with pytest.raises(UsageError, match="username"):
        connect(server, username="domain:user")


@pytest.mark.parametrize("kind", ["html", "empty", "truncate", "redirect"])
def test_a_list_that_is_no_list_is_a_protocol_error(control: Control, ajs: Ajs, kind: str) -> None:
    control.seed(*many(3))
    control.arm(kind=kind, times=0, location="https://elsewhere.example/")
    with pytest.raises((ProtocolError, ConnectionFailed)) as caught:
        list(ajs.list_jobs(Selection(location="/Batch")))
    assert (caught.type is ProtocolError) == (kind != "truncate")


@pytest.mark.parametrize("status", [412, 429, 502, 503, 504])
def test_reads_are_replayed_while_the_web_console_is_away(control: Control, ajs: Ajs, status: int) -> None:
    [job_id] = control.seed({"name": "/Batch/Net"})
    control.arm(kind="status", status=status, times=2)
    assert list(ajs.get_jobs([job_id])) == [job_id]
    assert ajs.traffic["replays"] == 2


@pytest.mark.parametrize("body", ["json", "html"])
def test_a_web_console_that_is_down_is_a_connection_error(control: Control, ajs: Ajs, body: str) -> None:
    control.knobs(web_console="down", failure_body=body)
    with pytest.raises(ConnectionFailed, match="412"):
        list(ajs.list_jobs(Selection(location="/Batch")))


@pytest.mark.parametrize("kind", ["reset_after", "html_after", "status_after"])
@pytest.mark.parametrize("verb", [Verb.SUSPEND, Verb.RETRY])
def test_a_write_whose_answer_is_lost_is_not_sent_again(control: Control, ajs: Ajs, kind: str, verb: Verb) -> None:
    [job_id] = control.seed({"name": "/Batch/Net", "scenario": "queued" if verb is Verb.SUSPEND else "failed"})
    control.knobs(action_lag=0)
    control.arm(kind=kind, writes=True)
    item = one(control, ajs, verb, job_id)
    assert (item.error, item.changed) == (None, True)
    assert len(control.writes()) == 1


PAGES = ("html", "text", "empty", "no_json", "no_route", "forbidden")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("status", [200, 302, 403, 404, 409, 412])
def test_a_hold_that_takes_effect_counts_whatever_a_stranger_answers(
    control: Control, ajs: Ajs, status: int, page: str
) -> None:
    [job_id] = control.seed({"name": "/Batch/Net", "scenario": "queued"})
    control.knobs(action_lag=0)
    control.arm(kind="stranger_after", status=status, page=page, writes=True)
    item = one(control, ajs, Verb.SUSPEND, job_id)
    assert (item.error, item.changed, control.jobs()[job_id]["held"]) == (None, True, True)
    assert len(control.writes()) == 1


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("status", [200, 302, 403, 404, 409])
def test_no_job_is_missing_because_a_stranger_says_so(control: Control, ajs: Ajs, status: int, page: str) -> None:
    ids = control.seed(*many(5))
    for wanted in (ids[:1], ids):
        control.arm(kind="stranger", status=status, page=page, times=2)
        assert sorted(ajs.get_jobs(wanted)) == sorted(wanted)
    control.arm(kind="stranger", status=status, page=page, times=0)
    with pytest.raises((ProtocolError, ConnectionFailed)):
        ajs.get_jobs(ids)


def test_an_object_that_is_not_of_the_web_console_is_not_its_answer(control: Control, ajs: Ajs) -> None:
    """Nor is an error of another program that has words, but no message id."""
    control.seed(*many(5))
    control.arm(kind="stranger", status=200, page="no_route", times=0)
    with pytest.raises(ProtocolError, match="check that url leads to the Web Console"):
        list(ajs.list_jobs(Selection(location="/Batch")))


def test_a_rerun_that_did_not_arrive_is_asked_for_again_when_it_should_have_shown(control: Control, ajs: Ajs) -> None:
    [job_id] = control.seed({"name": "/Batch/Net", "scenario": "failed"})
    control.arm(kind="reset_before", writes=True)
    item = one(control, ajs, Verb.RETRY, job_id)
    assert (item.error, item.changed, item.job.state) == (None, True, JobState.RUNNING)
    assert len(control.writes()) == 2


def test_a_412_to_a_write_leaves_the_outcome_to_the_next_read(control: Control, ajs: Ajs) -> None:
    [job_id] = control.seed({"name": "/Batch/Net", "scenario": "queued"})
    control.arm(kind="status", status=412, writes=True, times=0)
    item = one(control, ajs, Verb.SUSPEND, job_id)
    assert isinstance(item.error, UnknownOutcome)
    assert len(control.writes()) == 2


def test_an_error_carries_the_products_own_words(control: Control, ajs: Ajs) -> None:
    with pytest.raises(JobControlError) as caught:
        list(ajs.list_jobs(Selection(location="/Nowhere")))
    error = caught.value
    assert (error.kind, error.code, error.http_status, error.method) == ("not_found", "KNAK3204-E", 404, "GET")
    assert "does not exist" in error.message


def test_no_secret_is_in_an_error(server: Server, control: Control) -> None:
    control.seed(*many(1))
    with connect(server, username="jp1guest") as ajs:
        items = carry_out(t.cast("Ajs", ajs), Verb.SUSPEND, Selection(location="/Batch"))
    shown = repr([item.error.as_result() for item in items if item.error])
    secret = server.simulator.password
    assert secret not in shown
    assert base64.b64encode(f"jp1guest:{secret}".encode()).decode() not in shown


def test_a_rerun_that_failed_again_is_known_to_have_arrived(control: Control, ajs: Ajs) -> None:
    [job_id] = control.seed({"name": "/Batch/Net", "scenario": "failed"})
    before = ajs.get_jobs([job_id])[job_id]
    assert ajs.arrived(Verb.RETRY, before) is None
    ajs.act(Verb.RETRY, [before], VerbOptions())
    assert ajs.arrived(Verb.RETRY, before) is None  # it may not be visible yet
    ajs._clock.sleep(5)
    control.event(job_id, "fail")
    again = ajs.get_jobs([job_id])[job_id]
    assert again.state is JobState.FAILED
    assert ajs.arrived(Verb.RETRY, again) is True
    ajs._clock.sleep(20)
    assert ajs.arrived(Verb.RETRY, before) is False


# --- changing a status ---------------------------------------------------------------------------------------------


def job_of(control: Control, unit_type: str = "JOB", **keys: t.Any) -> str:
    [job_id] = control.seed({"name": "/Batch/Net/Job", "exec_id": "@A100", "type": unit_type, **keys})
    return job_id


def change_status(
    ajs: Ajs,
    unit: str,
    new_status: str | None = "NORMAL",
    new_return_code: int | None = None,
    current_status: str | None = None,
    **policy: t.Any,
) -> Item:
    """The verb as the module does it."""
    own = {"new_status": new_status, "new_return_code": new_return_code, "current_status": current_status}
    [item] = own_verb(ajs, Verb.CHANGE_STATUS, [unit], own, **policy)
    return item


def own_verb(ajs: Ajs, verb: Verb, ids: t.Sequence[str], own: t.Mapping[str, t.Any], **policy: t.Any) -> list[Item]:
    engine = Engine(ajs.view(verb), ajs._clock, Policy(workers=4, **policy), VerbOptions(own=own))
    items = select(engine.system, Selection(job_ids=tuple(ids)))
    engine.plan(verb, items)
    if not any(item.error for item in items):
        engine.carry_out(verb, items)
    return items


def test_a_status_is_changed_with_the_version_a_read_a_write_and_a_read(control: Control, ajs: Ajs) -> None:
    job_id = job_of(control, scenario="failed")
    control.knobs(action_lag=0)
    item = change_status(ajs, job_id, "NORMAL", 0)
    assert (item.error, item.changed, item.job.state) == (None, True, JobState.COMPLETED)
    one = "/ajs/api/v1/objects/statuses/%2FBatch%2FNet%2FJob:%40A100"
    assert lines(control) == [
        "GET /ajs/api/v1/version?manager=HOSTM",
        f"GET {one}?{SCOPE}",
        f"POST {one}/actions/changeStatus/invoke",
        f"GET {one}?{SCOPE}",
    ]
    assert (control.jobs()[job_id]["state"], control.jobs()[job_id]["return_code"]) == ("NORMAL", "0")
    control.forget_requests()
    again = change_status(ajs, job_id, "NORMAL", 0)
    assert (again.error, again.changed) == (None, False)
    assert len(control.requests()) == 1  # the version is known by now


def test_a_unit_without_an_execution_id_is_its_current_generation(control: Control, ajs: Ajs) -> None:
    """It is resolved once: the request names the generation that was found."""
    old = job_of(control, scenario="failed")
    control.seed({"name": "/Batch/Net", "exec_id": "@A101", "scenario": "running"})
    [new] = control.seed({"name": "/Batch/Net/Job", "exec_id": "@A101", "type": "JOB", "scenario": "running"})
    item = change_status(ajs, "/Batch/Net/Job", "WARNING", 4)
    assert (item.job_id, item.error, item.changed) == (new, None, True)
    jobs = control.jobs()
    assert (jobs[old]["state"], jobs[new]["state"]) == ("ABNORMAL", "WARNING")
    assert jobs[new]["process_left"]  # the process of a running job is not stopped
    assert ":%40A101/actions/" in control.writes()[0]["target"]


@pytest.mark.parametrize(("code", "state"), [(0, "NORMAL"), (5, "WARNING"), (9, "ABNORMAL")])
def test_the_product_judges_by_the_return_code(control: Control, ajs: Ajs, code: int, state: str) -> None:
    job_id = job_of(control, raw="KILL", warning_threshold=4, abnormal_threshold=8)
    item = change_status(ajs, job_id, "RETURNCODE", code)
    assert (item.error, item.changed, item.job.raw_state) == (None, True, state)
    again = change_status(ajs, job_id, "RETURNCODE", code)
    assert (again.changed, again.note) == (False, "its return code counts as judged already")


def test_a_return_code_alone_leaves_the_status(control: Control, ajs: Ajs) -> None:
    job_id = job_of(control, scenario="failed")
    assert change_status(ajs, job_id, None, -(2**31)).changed
    assert not change_status(ajs, job_id, None, -(2**31)).changed
    assert control.jobs()[job_id]["return_code"] == "-2147483648"
    assert control.jobs()[job_id]["state"] == "ABNORMAL"
    assert len(control.writes()) == 1


@pytest.mark.parametrize("version", ["11-10", "11-50", "13-00"])
def test_a_status_can_be_changed_from_11_10_on(control: Control, ajs: Ajs, version: str) -> None:
    job_id = job_of(control, scenario="failed")
    control.knobs(version=version)
    assert change_status(ajs, job_id).changed


def test_an_older_web_console_is_not_asked_for_anything(control: Control, ajs: Ajs) -> None:
    job_id = job_of(control, scenario="failed")
    control.knobs(version="11-00")
    with pytest.raises(UsageError, match=r"11-00, but this needs 11-10"):
        change_status(ajs, job_id)
    assert lines(control) == ["GET /ajs/api/v1/version?manager=HOSTM"]


def test_the_scheduler_service_is_needed_for_units_only(server: Server, control: Control) -> None:
    with connect(server, product={"manager": "HOSTM", "service_name": None}) as system:
        with pytest.raises(UsageError, match="ajs_service_name"):
            change_status(t.cast("Ajs", system), "/Batch/Net/Job")
        assert control.requests() == []


@pytest.mark.parametrize(
    ("unit_type", "raw", "status", "code", "words"),
    [
        ("NET", "ABNORMAL", "NORMAL", None, "jobnet"),
        ("NETCN", "ABNORMAL", "BYPASS", None, "new_status"),
        ("NETCN", "ABNORMAL", "NORMAL", 0, "new_return_code"),
        ("JDJOB", "ABNORMAL", "NORMAL", None, "new_status"),
        ("EVWJB", "ABNORMAL", "RETURNCODE", None, "RETURNCODE"),
        ("JOB", "TERMWAIT", "NORMAL", None, "TERMWAIT"),
        ("JOB", "HOLDING", "NORMAL", None, "HOLDING"),
        ("JOB", "NOVELTY", "NORMAL", None, "NOVELTY"),
    ],
)
def test_what_cannot_be_changed_is_told_without_a_write(
    control: Control, ajs: Ajs, unit_type: str, raw: str, status: str, code: int | None, words: str
) -> None:
    job_id = job_of(control, unit_type, raw=raw)
    item = change_status(ajs, job_id, status, code)
    assert isinstance(item.error, Ineligible)
    assert words in item.error.message
    assert control.writes() == []


def test_an_event_job_in_a_start_condition_is_told_without_a_write(control: Control, ajs: Ajs) -> None:
    _net, _condition, job_id = control.seed(
        {"name": "/Batch/Net", "scenario": "running"},
        {"name": "/Batch/Net/.CONDITION", "type": "COND", "raw": "MONITORING"},
        {"name": "/Batch/Net/.CONDITION/Event", "type": "EVWJB", "raw": "MONITORING"},
    )
    item = change_status(ajs, job_id)
    assert "start condition" in str(item.error)
    assert control.writes() == []


def test_the_guard_refuses_another_status_but_not_the_wanted_one(control: Control, ajs: Ajs) -> None:
    job_id = job_of(control, scenario="running")
    refused = change_status(ajs, job_id, "NORMAL", current_status="ABNORMAL")
    assert isinstance(refused.error, Ineligible)
    assert "current_status says ABNORMAL, but it is RUNNING" in refused.error.message
    assert control.writes() == []
    assert change_status(ajs, job_id, "NORMAL", current_status="running").changed
    assert change_status(ajs, job_id, "NORMAL", current_status="ABNORMAL").error is None


def test_what_the_product_refuses_is_the_units_own_error(control: Control, ajs: Ajs) -> None:
    """EXECWAIT is for queueless jobs; only the product knows which are."""
    job_id = job_of(control, raw="EXECWAIT")
    item = change_status(ajs, job_id)
    assert isinstance(item.error, Refused)
    assert (item.error.http_status, item.changed) == (409, False)
    control.reset()
    assert change_status(ajs, job_of(control, raw="EXECWAIT", queueless=True)).changed


def test_who_may_not_change_it_is_told_so(control: Control, ajs: Ajs) -> None:
    item = change_status(ajs, job_of(control, scenario="failed", read_only=True))
    assert isinstance(item.error, PermissionDenied)


@pytest.mark.parametrize("kind", ["reset_after", "html_after", "status_after"])
def test_a_change_whose_answer_is_lost_is_found_in_the_status(control: Control, ajs: Ajs, kind: str) -> None:
    job_id = job_of(control, scenario="failed")
    control.arm(kind=kind, writes=True)
    item = change_status(ajs, job_id)
    assert (item.error, item.changed) == (None, True)
    assert len(control.writes()) == 1


def test_a_change_that_did_not_arrive_is_sent_again_when_it_should_have_shown(control: Control, ajs: Ajs) -> None:
    job_id = job_of(control, scenario="failed")
    control.arm(kind="reset_before", writes=True)
    item = change_status(ajs, job_id, current_status="ABNORMAL")
    assert (item.error, item.changed) == (None, True)
    assert len(control.writes()) == 2


def test_a_change_in_doubt_is_not_sent_to_a_job_that_has_moved(control: Control, ajs: Ajs) -> None:
    """A second change could end the next run of the job."""
    job_id = job_of(control, scenario="failed")
    job = ajs.get_jobs([job_id])[job_id]
    options = VerbOptions(own={**CHANGE, "new_status": "NORMAL", "new_return_code": None})
    assert ajs.arrived(Verb.CHANGE_STATUS, job) is None
    control.arm(kind="reset_before", writes=True)
    with pytest.raises(ConnectionFailed):
        ajs.act(Verb.CHANGE_STATUS, [job], options)
    assert ajs.arrived(Verb.CHANGE_STATUS, job) is None  # it may not be visible yet
    ajs._clock.sleep(20)
    assert ajs.arrived(Verb.CHANGE_STATUS, job) is False
    control.event(job_id, "status", raw="RUNNING")
    assert ajs.arrived(Verb.CHANGE_STATUS, ajs.get_jobs([job_id])[job_id]) is None


def test_a_change_that_never_shows_is_a_time_out(control: Control, ajs: Ajs) -> None:
    job_id = job_of(control, scenario="failed")
    control.knobs(action_lag=1000)
    item = change_status(ajs, job_id, wait_timeout=30)
    assert isinstance(item.error, WaitTimeout)
    assert "ABNORMAL" in item.error.message
    assert len(control.writes()) == 1


# --- execution agents ----------------------------------------------------------------------------------------------


def agent_names(control: Control, count: int, **keys: t.Any) -> list[str]:
    specs = [{"name": f"agt{number}", **keys} for number in range(count)]
    return t.cast("list[str]", control.call("POST", "agents", {"agents": specs})["ids"])


def agent_statuses(control: Control) -> dict[str, str]:
    return {agent["name"]: agent["status"] for agent in control.call("GET", "agents")["agents"]}


def set_agents(
    ajs: Ajs, names: t.Sequence[str], state: str = "hold", drain: bool = False, **policy: t.Any
) -> list[Item]:
    """The verb as the module does it."""
    return own_verb(ajs, Verb.SET_AGENT_STATE, names, {"state": state, "drain": drain}, **policy)


@pytest.mark.parametrize(("count", "writes"), [(1, 1), (100, 1), (101, 2), (250, 3)])
def test_agents_are_changed_a_hundred_at_a_time(control: Control, server: Server, count: int, writes: int) -> None:
    names = agent_names(control, count)
    with connect(server, product={"manager": "HOSTM", "service_name": None}) as system:
        ajs = t.cast("Ajs", system)
        items = set_agents(ajs, names)
        assert {(item.error, item.changed, item.job.raw_state) for item in items} == {(None, True, "HOLD")}
        assert {item.job.state.value for item in items} == {"hold"}
        assert len(control.requests()) == 1 + writes + 1
        assert len(control.writes()) == writes
        control.forget_requests()
        assert not any(item.changed for item in set_agents(ajs, names))
        assert len(control.requests()) == 1
    assert set(agent_statuses(control).values()) == {"HOLD"}


def test_agents_are_read_and_changed_as_the_manual_shows_it(control: Control, ajs: Ajs) -> None:
    names = agent_names(control, 3)
    set_agents(ajs, names[:1])
    set_agents(ajs, names[1:], "blockade")
    read = "GET /ajs/api/v1/objects/execAgents/statuses?manager=HOSTM&mode=agent"
    change = "POST /ajs/api/v1/objects/execAgents/actions/changeStatus/invoke"
    assert lines(control) == [f"{read}&execAgent=agt0", change, f"{read}&execAgent=agt0", read, change, read]
    assert [write["body"] for write in control.writes()] == [
        '{"parameters":{"manager":"HOSTM","mode":"agent","status":"HOLD","execAgents":["agt0"]}}',
        '{"parameters":{"manager":"HOSTM","mode":"agent","status":"BLOCKADE","execAgents":["agt1","agt2"]}}',
    ]


@pytest.mark.parametrize("messages", ["failed", "ok", "always", "never"])
def test_a_partial_failure_under_200_is_told_apart(control: Control, ajs: Ajs, messages: str) -> None:
    [good] = agent_names(control, 1)
    control.call("POST", "agents", {"agents": [{"name": "stubborn", "refuses": True}]})
    control.knobs(agent_messages=messages)
    items = {item.job_id: item for item in set_agents(ajs, [good, "stubborn"])}
    assert (items[good].error, items[good].changed) == (None, True)
    assert isinstance(items["stubborn"].error, Refused)
    assert "stubborn" in items["stubborn"].error.message
    assert items["stubborn"].error.code == ("KNAK3301-E" if messages in ("failed", "always") else None)
    assert agent_statuses(control) == {good: "HOLD", "stubborn": "EFFECTIVE"}


@pytest.mark.parametrize("unknown_agent", ["empty_output", "empty_result"])
@pytest.mark.parametrize("others", [0, 1])
def test_an_agent_that_does_not_exist_stops_the_run_before_a_write(
    control: Control, ajs: Ajs, unknown_agent: str, others: int
) -> None:
    names = agent_names(control, others)
    control.knobs(unknown_agent=unknown_agent)
    items = {item.job_id: item for item in set_agents(ajs, [*names, "nobody"])}
    assert isinstance(items["nobody"].error, NotFound)
    assert control.writes() == []


def test_draining_waits_until_no_job_runs(control: Control, ajs: Ajs) -> None:
    """What is queued meanwhile stays queued, and event jobs do not count."""
    [agent] = agent_names(control, 1)
    live, event, queued = control.seed(
        {"name": "/Batch/Net/Live", "type": "JOB", "scenario": "running", "agent": agent, "duration": 60},
        {"name": "/Batch/Net/Event", "type": "EVWJB", "scenario": "running", "agent": agent},
        {"name": "/Batch/Net/Next", "type": "JOB", "raw": "QUEUING", "agent": agent},
    )
    [item] = set_agents(ajs, [agent], drain=True)
    assert (item.error, item.changed, item.job.running) == (None, True, False)
    jobs = control.jobs()
    assert (jobs[live]["state"], jobs[event]["state"], jobs[queued]["state"]) == ("NORMAL", "RUNNING", "QUEUING")
    assert len(control.writes()) == 1


def test_draining_an_agent_that_has_its_state_sends_no_write(control: Control, ajs: Ajs) -> None:
    [agent] = agent_names(control, 1, status="HOLD")
    control.seed({"name": "/Batch/Net/A", "type": "JOB", "scenario": "running", "agent": agent, "duration": 60})
    [item] = set_agents(ajs, [agent], drain=True)
    assert (item.error, item.changed) == (None, False)
    assert control.writes() == []


def test_an_ineffective_agent_is_drained_when_its_queue_is(control: Control, ajs: Ajs) -> None:
    [agent] = agent_names(control, 1, status="HOLD")
    control.seed({"name": "/Batch/Net/A", "type": "JOB", "raw": "QUEUING", "agent": agent, "duration": 60})
    [item] = set_agents(ajs, [agent], "ineffective", drain=True)
    assert (item.error, item.changed, item.job.running) == (None, True, False)
    assert control.jobs()["/Batch/Net/A:@A100"]["state"] == "NORMAL"


def test_an_agent_that_is_not_drained_in_time_is_a_failure_that_stays_changed(control: Control, ajs: Ajs) -> None:
    [agent] = agent_names(control, 1)
    control.seed({"name": "/Batch/Net/A", "type": "JOB", "scenario": "running", "agent": agent})
    [item] = set_agents(ajs, [agent], drain=True, wait_timeout=20)
    assert isinstance(item.error, WaitTimeout)
    assert item.changed
    [left] = set_agents(ajs, [agent], drain=True, wait=False)
    assert (left.error, left.changed, left.note) == (None, False, "not waited for")


def test_agents_need_a_newer_web_console(control: Control, ajs: Ajs) -> None:
    agent_names(control, 1)
    control.knobs(version="11-50")
    with pytest.raises(UsageError, match="11-50, but this needs 12-50"):
        set_agents(ajs, ["agt0"])
    assert control.writes() == []


def test_agents_need_a_newer_manager(control: Control, ajs: Ajs) -> None:
    agent_names(control, 1)
    control.knobs(protocol_version=1150)
    with pytest.raises(UsageError, match="HOSTM speaks protocol version 1150, but this needs 1250"):
        set_agents(ajs, ["agt0"])
    assert control.writes() == []
    control.knobs(version="13-00", protocol_version=1250)
    assert [item.changed for item in set_agents(ajs, ["agt0"])] == [True]


def test_a_user_without_the_permission_for_agents_is_told_so(server: Server, control: Control) -> None:
    [agent] = agent_names(control, 1)
    with connect(server, username="jp1guest") as system:
        [item] = set_agents(t.cast("Ajs", system), [agent])
    assert isinstance(item.error, PermissionDenied)
    with connect(server, username="jp1edit") as system, pytest.raises(PermissionDenied):
        set_agents(t.cast("Ajs", system), [agent])


@pytest.mark.parametrize("kind", ["reset_after", "html_after", "reset_before"])
def test_a_change_of_agents_is_sent_again_as_that_does_no_harm(control: Control, ajs: Ajs, kind: str) -> None:
    names = agent_names(control, 3)
    control.arm(kind=kind, writes=True)
    items = set_agents(ajs, names)
    assert [(item.error, item.changed) for item in items] == [(None, True)] * 3
    assert len(control.writes()) == (2 if kind == "reset_before" else 1)


def test_all_agents_can_be_listed(control: Control, ajs: Ajs) -> None:
    control.call("POST", "agents", {"agents": [{"name": "odd", "status": "NOVELTY", "host": "odd.example.com"}]})
    names = agent_names(control, 2)
    view = ajs.view(Verb.SET_AGENT_STATE)
    listed = {job.id: job for job in view.list_jobs(Selection())}
    assert sorted(listed) == sorted([*names, "odd"])
    assert (listed["odd"].state.value, listed["odd"].raw_state) == ("other", "NOVELTY")
    assert (listed["odd"].owner, listed["odd"].type) == ("odd.example.com", "execution agent")
    assert view.identity == f"{ajs._session.base} HOSTM"
    [item] = set_agents(ajs, ["odd"], "effective")
    assert (item.error, item.changed) == (None, True)
