# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The AJS3 client against the simulated Web Console: requests counted, answers spoilt, trees too long for one list."""

from __future__ import annotations

import base64
import socket
import threading
import typing as t

import pytest

from ansible_collections.batchops.job_control.plugins.module_utils._ajs.api import Ajs
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.changes import StatusChange, judge
from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Item, Policy
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
)
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    JobState,
    Running,
    Selection,
    Step,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._system import Connection
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


def carry_out(ajs: Ajs, verb: Verb, selection: Selection, **options: t.Any) -> list[Item]:
    """A whole verb, as a module does it."""
    engine = Engine(ajs, ajs._clock, Policy(workers=4), VerbOptions(**options))
    items = engine.select(selection)
    engine.plan(verb, items)
    engine.carry_out(verb, items)
    return items


def lines(control: Control) -> list[str]:
    return [f"{entry['method']} {entry['target']}" for entry in control.requests()]


def many(count: int, **keys: t.Any) -> list[dict[str, t.Any]]:
    return [{"name": f"/Batch/Net{number:04}", **keys} for number in range(count)]


# --- the wire ------------------------------------------------------------------------------------------------------


def raw_request(act: t.Callable[[str], object]) -> tuple[str, bytes]:
    """The head and the body of the one request that `act` sends to the url it is given."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        received: list[bytes] = []

        def answer() -> None:
            peer, _address = listener.accept()
            with peer:
                data = b""
                while b"\r\n\r\n" not in data or len(data.partition(b"\r\n\r\n")[2]) < _length(data):
                    data += peer.recv(65536)
                received.append(data)
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        act(f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread.join()
    head, _blank_line, body = received[0].partition(b"\r\n\r\n")
    return head.decode(), body


def _length(data: bytes) -> int:
    head = data.partition(b"\r\n\r\n")[0].lower()
    return int(head.partition(b"content-length:")[2].split()[0]) if b"content-length:" in head else 0


def manual(url: str) -> Ajs:
    """The user and the service of the manual's samples."""
    product = {"manager": "HOSTM", "service_name": "AJSROOT1"}
    return Ajs(Connection(url=url, username="user", password="password", product=product), FakeClock())


@pytest.fixture
def sample_job(server: Server, control: Control, ajs: Ajs) -> t.Any:
    [job_id] = control.seed({"name": "/JobGroup/Jobnet", "exec_id": "@A100", "scenario": "failed"})
    return ajs.get_jobs([job_id])[job_id]


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
    ],
)
def test_an_action_is_sent_byte_for_byte_as_the_manual_shows_it(
    sample_job: t.Any, verb: Verb, action: str, body: bytes
) -> None:
    head, sent = raw_request(lambda url: manual(url).act(verb, [sample_job], VerbOptions()))
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
def test_suspend_reads_writes_once_per_job_and_reads_back(control: Control, ajs: Ajs, count: int) -> None:
    control.seed(*many(count, scenario="queued"))
    control.knobs(action_lag=0)
    items = carry_out(ajs, Verb.SUSPEND, Selection(location="/Batch"))
    assert [item.changed for item in items] == [True] * count
    assert {item.job.state for item in items} == {JobState.HELD}
    assert all(job["held"] for job in control.jobs().values())
    assert len(control.requests()) == 1 + count + 1
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
    assert isinstance(item.error, NotFound)
    assert "%2F" in item.error.message


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


def test_an_unknown_status_in_a_list_that_is_cut_is_an_error(control: Control, ajs: Ajs) -> None:
    ids = control.seed(*many(20))
    control.event(ids[0], "status", raw="NOVELTY")
    control.knobs(list_limit=10)
    with pytest.raises(Refused, match="NOVELTY"):
        list(ajs.list_jobs(Selection(location="/Batch")))


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


# --- what only this product has ------------------------------------------------------------------------------------


def test_a_status_is_changed_with_one_request(control: Control, ajs: Ajs) -> None:
    [job_id] = control.seed({"name": "/Batch/Net/Job", "type": "JOB", "scenario": "failed"})
    job = ajs.get_jobs([job_id])[job_id]
    change = StatusChange("NORMAL", 0)
    assert judge(job, change)[0] is Step.ACT
    ajs.change_status(job, change)
    ajs._clock.sleep(1)
    assert judge(ajs.get_jobs([job_id])[job_id], change)[0] is Step.ALREADY
    assert len(control.writes()) == 1


def agent_names(control: Control, count: int, **keys: t.Any) -> list[str]:
    specs = [{"name": f"agt{number}", **keys} for number in range(count)]
    return t.cast("list[str]", control.call("POST", "agents", {"agents": specs})["ids"])


def test_agents_are_changed_a_hundred_at_a_time(control: Control, server: Server) -> None:
    names = agent_names(control, 150)
    with connect(server, product={"manager": "HOSTM", "service_name": None}) as system:
        ajs = t.cast("Ajs", system)
        assert {agent.status for agent in ajs.agents(names).values()} == {"EFFECTIVE"}
        assert ajs.set_agents(names, "HOLD") == dict.fromkeys(names)
        assert {agent.status for agent in ajs.agents(names).values()} == {"HOLD"}
    assert len(control.requests()) == 1 + 2 + 1


@pytest.mark.parametrize("messages", ["failed", "ok", "always", "never"])
def test_a_partial_failure_under_200_is_told_apart(control: Control, ajs: Ajs, messages: str) -> None:
    [good] = agent_names(control, 1)
    control.knobs(agent_messages=messages)
    outcome = ajs.set_agents([good, "nobody"], "HOLD")
    assert outcome[good] is None
    assert isinstance(outcome["nobody"], Refused)


@pytest.mark.parametrize("unknown_agent", ["empty_output", "empty_result"])
def test_an_agent_that_does_not_exist_is_left_out(control: Control, ajs: Ajs, unknown_agent: str) -> None:
    [good] = agent_names(control, 1)
    control.knobs(unknown_agent=unknown_agent)
    assert ajs.agents(["nobody"]) == {}
    assert list(ajs.agents([good, "nobody"])) == [good]


def test_agents_need_a_newer_web_console(control: Control, ajs: Ajs) -> None:
    control.knobs(version="11-50")
    with pytest.raises(UsageError, match="12-50"):
        ajs.agents(["agt0"])
    with pytest.raises(UsageError, match="12-50"):
        ajs.set_agents(["agt0"], "HOLD")


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
