# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the actions do, and in which state and for which class of unit they are refused."""

from __future__ import annotations

import typing as t

import pytest

from simulators.ajs.conftest import Console
from simulators.core.control import Json

#: contract 7.2, by column: the statuses with `yes`; every other status is refused
ALL = (
    *("NONE", "UNSUPPORTED", "NOPLAN", "TIMEWAIT", "TERMWAIT", "CONDITIONWAIT", "HOLDING", "EXECWAIT", "QUEUING"),
    *("RUNNING", "WACONT", "ABCONT", "MONITORING", "NORMAL", "NORMALFALSE", "MONITORNORMAL", "UNEXECMONITOR"),
    *("MONITORINTRPT", "WARNING", "BYPASS", "UNEXEC", "ABNORMAL", "FAIL", "UNKNOWN", "INVALIDSEQ", "MONITORCLOSE"),
    *("EXECDEFFER", "INTERRUPT", "KILL", "SHUTDOWN"),
)
COLUMNS: list[tuple[str, str, Json, str]] = [
    ("ROOTNET", "changeHold", {"holdAttr": "SET"}, "TIMEWAIT TERMWAIT HOLDING"),
    ("ROOTNET", "changeHold", {"holdAttr": "RELEASE"}, "HOLDING"),
    ("ROOTNET", "interrupt", {}, "RUNNING WACONT ABCONT"),
    ("JOB", "kill", {}, "QUEUING RUNNING WACONT ABCONT MONITORING"),
    ("ROOTNET", "kill", {}, "RUNNING WACONT ABCONT MONITORING"),
    (
        "JOB",
        "rerun",
        {"rerunMethod": "FROM"},
        "NORMAL NORMALFALSE WARNING BYPASS UNEXEC ABNORMAL FAIL UNKNOWN INVALIDSEQ INTERRUPT KILL",
    ),
    (
        "JOB",
        "changeStatus",
        {"newStatus": "NORMAL"},
        "QUEUING RUNNING NORMAL WARNING BYPASS UNEXEC ABNORMAL FAIL UNKNOWN INTERRUPT KILL",
    ),
]


@pytest.mark.parametrize(("unit_type", "verb", "parameters", "allowed"), COLUMNS)
def test_the_status_table(console: Console, unit_type: str, verb: str, parameters: Json, allowed: str) -> None:
    ids = {
        status: console.seed(f"/G/Net_{status}" + ("/Job" if unit_type == "JOB" else ""), type=unit_type, raw=status)
        for status in ALL
    }
    accepted = {status for status, job_id in ids.items() if console.act(job_id, verb, **parameters) == 200}
    assert accepted == set(allowed.split())


class TestHold:
    def test_a_waiting_unit_stays_waiting_and_is_held_when_due(self, console: Console) -> None:
        job_id = console.seed(start_in=60)
        assert console.act(job_id, "changeHold", holdAttr="SET") == 200
        assert not console.control.jobs()[job_id]["held"]
        truth = console.after(0.2)[job_id]
        assert (truth["state"], truth["hold_attr"], truth["held"]) == ("TIMEWAIT", "HOLD", True)
        assert truth["applied"] == {"changeHold SET": 1}
        assert console.after(60)[job_id]["state"] == "HOLDING"
        assert console.act(job_id, "changeHold", holdAttr="RELEASE") == 200
        truth = console.after()[job_id]
        assert (truth["state"], truth["hold_attr"], truth["held"]) == ("RUNNING", "RELEASE", False)

    def test_release_before_the_start_time(self, console: Console) -> None:
        job_id = console.seed(start_in=60, hold_attr="YES")
        assert console.control.jobs()[job_id]["held"]
        assert console.act(job_id, "changeHold", holdAttr="RELEASE") == 200
        assert console.after()[job_id]["hold_attr"] == "RELEASE"
        assert console.act(job_id, "changeHold", holdAttr="RELEASE") == 409
        assert console.after(60)[job_id]["state"] == "RUNNING"

    def test_it_can_show_as_holding_at_once(self, console: Console) -> None:
        console.control.knobs(hold_shows_as="HOLDING")
        job_id = console.seed(start_in=60)
        console.act(job_id, "changeHold", holdAttr="SET")
        assert console.state(job_id) == "HOLDING"
        console.act(job_id, "changeHold", holdAttr="RELEASE")
        assert console.state(job_id) == "TIMEWAIT"

    def test_a_job_that_started_meanwhile_is_not_held(self, console: Console) -> None:
        console.control.knobs(action_lag=5)
        job_id = console.seed(start_in=1)
        assert console.act(job_id, "changeHold", holdAttr="SET") == 200
        truth = console.after(10)[job_id]
        assert (truth["state"], truth["held"], truth["applied"]) == ("RUNNING", False, {})

    def test_a_repeated_hold(self, console: Console) -> None:
        job_id = console.seed(scenario="suspended")
        assert console.act(job_id, "changeHold", holdAttr="SET") == 200
        assert console.after()[job_id]["applied"] == {}
        console.control.knobs(repeated_hold="refused")
        assert console.act(job_id, "changeHold", holdAttr="SET") == 409

    def test_undocumented_states(self, console: Console) -> None:
        unplanned = console.seed("/G/A", raw="NOPLAN")
        queuing = console.seed("/G/B/Job", type="JOB", raw="QUEUING")
        console.control.knobs(hold_unplanned="accepted", hold_queued="accepted", action_lag=0)
        assert console.act(unplanned, "changeHold", holdAttr="SET") == 200
        assert console.act(unplanned, "changeHold", holdAttr="RELEASE") == 200
        assert console.act(queuing, "changeHold", holdAttr="SET") == 200

    @pytest.mark.parametrize("word", ["set", "HOLD", "", None, 1])
    def test_other_words(self, console: Console, word: t.Any) -> None:
        assert console.act(console.seed(), "changeHold", holdAttr=word) == 400

    def test_the_words_are_a_knob(self, console: Console) -> None:
        console.control.knobs(hold_words=["HOLD", "FREE"])
        assert console.act(console.seed(), "changeHold", holdAttr="HOLD") == 200

    def test_connectors_have_none(self, console: Console) -> None:
        job_id = console.seed("/G/N/Connector", type="NETCN", scenario="queued")
        assert console.act(job_id, "changeHold", holdAttr="SET") == 409
        console.control.knobs(unit_type_status=400)
        assert console.act(job_id, "changeHold", holdAttr="SET") == 400

    def test_a_hold_that_never_served_is_inherited(self, console: Console) -> None:
        console.seed("/G/N", scenario="running")
        console.seed("/G/N/First", type="JOB", scenario="running")
        second = console.seed("/G/N/Second", type="JOB", scenario="queued", predecessors=["First"])
        console.act(second, "changeHold", holdAttr="SET")
        console.after()
        console.control.event("/G/N:@A100", "finish")
        console.define("/G/N", "registerImmediateExec")
        jobs = console.control.jobs()
        assert jobs["/G/N/Second:@A101"]["hold_attr"] == "HOLD"
        console.control.event("/G/N/First:@A101", "finish")
        assert console.control.jobs()["/G/N/Second:@A101"]["state"] == "HOLDING"

    def test_a_planned_generation_inherits_it_too(self, console: Console) -> None:
        console.seed("/G/N", scenario="running")
        job_id = console.seed("/G/N/Job", type="JOB", scenario="queued", hold_attr="HOLD")
        console.control.event("/G/N:@A100", "register", start_in=60)
        console.act("/G/N:@A100", "kill")
        jobs = console.after()
        assert jobs[job_id]["state"] == "UNEXEC"
        assert jobs["/G/N/Job:@A101"]["hold_attr"] == "HOLD"

    def test_a_defined_hold_comes_back(self, console: Console) -> None:
        job_id = console.seed(hold_attr="YES", raw="HOLDING")
        console.act(job_id, "changeHold", holdAttr="RELEASE")
        console.after()
        console.control.event(job_id, "finish")
        console.control.event(job_id, "register")
        assert console.control.jobs()["/Group/Net:@A101"]["state"] == "HOLDING"

    @pytest.mark.parametrize(
        ("attribute", "before", "state"),
        [
            ("YES_ERR", "failed", "HOLDING"),
            ("YES_ERR", "warning", "RUNNING"),
            ("YES_WAR", "warning", "HOLDING"),
            ("YES_WAR", "completed", "RUNNING"),
        ],
    )
    def test_a_hold_after_a_failure(self, console: Console, attribute: str, before: str, state: str) -> None:
        console.seed(scenario=before)
        job_id = console.seed(start_in=5, hold_attr=attribute)
        truth = console.control.jobs()[job_id]
        assert (truth["held"], truth["guarded"]) == (False, state == "HOLDING")
        assert console.after(10)[job_id]["state"] == state

    @pytest.mark.parametrize(("attribute", "before"), [("YES_ERR", "failed"), ("YES_WAR", "warning")])
    def test_a_guard_is_gone_after_set_and_release(self, console: Console, attribute: str, before: str) -> None:
        """It runs, although it would have been held; the guard is back for the next generation (contract 7.5, 13)."""
        console.seed(scenario=before)
        job_id = console.seed(start_in=60, hold_attr=attribute)
        assert console.act(job_id, "changeHold", holdAttr="SET") == 200
        assert console.after()[job_id]["hold_attr"] == "HOLD"
        assert console.act(job_id, "changeHold", holdAttr="RELEASE") == 200
        truth = console.after()[job_id]
        assert (truth["hold_attr"], truth["guarded"]) == ("RELEASE", False)
        assert console.after(60)[job_id]["state"] == "RUNNING"
        console.control.event(job_id, "fail")
        console.control.event(job_id, "register", start_in=60)
        following = console.control.jobs()["/Group/Net:@A102"]
        assert (following["hold_attr"], following["guarded"]) == (attribute, True)

    def test_a_hold_on_a_jobnet_that_ends_first_goes_to_the_next_generation(self, console: Console) -> None:
        """Accepted, and then somebody ends the jobnet: nobody has asked for what is held now (contract 7.5)."""
        job_id = console.seed()
        console.control.event(job_id, "register", start_in=60)
        console.control.arm(kind="event", body="finish", jobs=[job_id], path="statuses", writes=False, after_write=True)
        assert console.act(job_id, "changeHold", holdAttr="SET") == 200
        console.after()
        assert console.read(job_id).json()["unitStatus"]["status"] == "NORMAL"
        jobs = console.control.jobs()
        assert (jobs[job_id]["held"], jobs["/Group/Net:@A101"]["held"]) == (False, True)
        assert jobs["/Group/Net:@A101"]["applied"] == {}
        assert console.after(60)["/Group/Net:@A101"]["state"] == "HOLDING"


class TestInterruptAndKill:
    @pytest.fixture
    def night(self, console: Console) -> Console:
        console.control.seed(
            {"name": "/G/N", "scenario": "running"},
            {"name": "/G/N/A", "type": "JOB", "scenario": "running"},
            {"name": "/G/N/B", "type": "JOB", "scenario": "queued", "predecessors": ["A"]},
            {"name": "/G/N/C", "type": "JOB", "scenario": "running"},
            {"name": "/G/N/Sub", "type": "NET", "raw": "RUNNING"},
            {"name": "/G/N/Sub/D", "type": "JOB", "scenario": "running"},
        )
        return console

    def states(self, console: Console) -> dict[str, str]:
        return {job["name"].rpartition("/")[2]: job["state"] for job in console.after().values()}

    def test_interrupt_waits_for_the_running_jobs(self, night: Console) -> None:
        assert night.act("/G/N:@A100", "interrupt") == 200
        assert self.states(night)["N"] == "RUNNING"
        for name in ("A", "C"):
            night.control.event(f"/G/N/{name}:@A100", "finish")
        assert self.states(night)["N"] == "RUNNING"
        night.control.event("/G/N/Sub/D:@A100", "finish")
        assert self.states(night) == {
            "N": "INTERRUPT",
            "A": "NORMAL",
            "B": "INTERRUPT",
            "C": "NORMAL",
            "Sub": "INTERRUPT",
            "D": "NORMAL",
        }

    def test_killing_a_job_leaves_its_siblings(self, night: Console) -> None:
        assert night.act("/G/N/A:@A100", "kill") == 200
        states = self.states(night)
        assert (states["A"], states["B"], states["C"], states["N"]) == ("KILL", "UNEXEC", "RUNNING", "ABCONT")
        for name in ("C", "Sub/D"):
            night.control.event(f"/G/N/{name}:@A100", "finish")
        states = self.states(night)
        assert (states["Sub"], states["N"]) == ("NORMAL", "ABNORMAL")

    def test_killing_the_root(self, night: Console) -> None:
        assert night.act("/G/N:@A100", "kill") == 200
        assert self.states(night) == dict.fromkeys(("N", "A", "C", "Sub", "D"), "KILL") | {"B": "UNEXEC"}

    def test_nested_jobnets_have_neither(self, night: Console) -> None:
        assert night.act("/G/N/Sub:@A100", "kill") == 409
        assert night.act("/G/N/Sub:@A100", "interrupt") == 409
        assert night.act("/G/N/A:@A100", "interrupt") == 409

    def test_knobs(self, console: Console) -> None:
        queuing = console.seed("/G/N/Q", type="JOB", raw="QUEUING")
        connector = console.seed("/G/N/X", type="NETCN", scenario="running")
        waiting = console.seed("/G/C", raw="CONDITIONWAIT")
        assert console.act(connector, "kill") == 409
        console.control.knobs(kill_queuing="refused", kill_connector="accepted", undocumented_cells="accepted")
        assert console.act(queuing, "kill") == 409
        assert console.act(connector, "kill") == 200
        assert console.act(waiting, "kill") == 200
        assert console.state(connector) == "KILL"


class TestRerun:
    @pytest.fixture
    def failed(self, console: Console) -> Console:
        console.control.seed(
            {"name": "/G/N", "scenario": "failed"},
            {"name": "/G/N/A", "type": "JOB", "scenario": "completed"},
            {"name": "/G/N/B", "type": "JOB", "scenario": "failed", "predecessors": ["A"]},
            {"name": "/G/N/C", "type": "JOB", "raw": "UNEXEC", "predecessors": ["B"]},
        )
        return console

    def states(self, console: Console) -> tuple[str, ...]:
        return tuple(job["state"] for job in console.after().values())

    @pytest.mark.parametrize(
        ("unit", "parameters", "states"),
        [
            ("", {"rerunMethod": "TOP"}, ("RUNNING", "RUNNING", "TERMWAIT", "TERMWAIT")),
            ("", {"rerunMethod": "ABNORMAL_JOB"}, ("RUNNING", "NORMAL", "RUNNING", "TERMWAIT")),
            (
                "",
                {"rerunMethod": "ABNORMAL_JOB", "rerunOptions": ["HOLD"]},
                ("RUNNING", "NORMAL", "HOLDING", "TERMWAIT"),
            ),
            ("", {"rerunMethod": "ABNORMAL_NEXT"}, ("ABCONT", "NORMAL", "ABNORMAL", "RUNNING")),
            (
                "",
                {"rerunMethod": "ABNORMAL_NEXT", "rerunOptions": ["WARNING"]},
                ("WACONT", "NORMAL", "WARNING", "RUNNING"),
            ),
            ("", {"rerunMethod": "ABNORMAL_JOBNET"}, ("RUNNING", "RUNNING", "TERMWAIT", "TERMWAIT")),
            ("/A", {"rerunMethod": "FROM"}, ("RUNNING", "RUNNING", "TERMWAIT", "TERMWAIT")),
            ("/B", {"rerunMethod": "ONLY"}, ("RUNNING", "NORMAL", "RUNNING", "UNEXEC")),
            ("/B", {"rerunMethod": "NEXT"}, ("ABCONT", "NORMAL", "ABNORMAL", "RUNNING")),
            ("/B", {"rerunMethod": "FROM", "rerunOptions": ["HOLD"]}, ("RUNNING", "NORMAL", "HOLDING", "TERMWAIT")),
        ],
    )
    def test_methods(self, failed: Console, unit: str, parameters: Json, states: tuple[str, ...]) -> None:
        job_id = f"/G/N{unit}:@A100"
        assert failed.act(job_id, "rerun", **parameters) == 200
        assert self.states(failed) == states
        root = failed.read("/G/N:@A100").json()["unitStatus"]
        assert (root["execID"], root["endTime"]) == ("@A100", "")
        assert root["reStartTime"] != ""

    def test_a_rerun_goes_on_to_the_end(self, failed: Console) -> None:
        failed.act("/G/N:@A100", "rerun", rerunMethod="ABNORMAL_JOB")
        failed.after()
        failed.control.event("/G/N/B:@A100", "finish", result="warning")
        failed.control.event("/G/N/C:@A100", "finish")
        assert self.states(failed) == ("WARNING", "NORMAL", "WARNING", "NORMAL")

    def test_a_jobnet_without_units_is_its_own_job(self, console: Console) -> None:
        job_id = console.seed(scenario="failed")
        assert console.act(job_id, "rerun", rerunMethod="ABNORMAL_JOB") == 200
        assert console.state(job_id) == "RUNNING"

    @pytest.mark.parametrize(
        ("unit", "parameters", "status"),
        [
            ("", {}, 400),
            ("", {"rerunMethod": "AGAIN"}, 400),
            ("", {"rerunMethod": "FROM"}, 400),
            ("", {"rerunMethod": "TOP", "rerunOptions": "HOLD"}, 400),
            ("", {"rerunMethod": "TOP", "rerunOptions": ["NOW"]}, 400),
            ("", {"rerunMethod": "TOP", "rerunOptions": ["WARNING"]}, 400),
            ("", {"rerunMethod": "WARNING"}, 409),
            ("/B", {"rerunMethod": "TOP"}, 400),
            ("/B", {"rerunMethod": "NEXT", "rerunOptions": ["HOLD"]}, 400),
        ],
    )
    def test_refusals(self, failed: Console, unit: str, parameters: Json, status: int) -> None:
        assert failed.act(f"/G/N{unit}:@A100", "rerun", **parameters) == status

    def test_a_mismatch_can_be_a_conflict(self, failed: Console) -> None:
        failed.control.knobs(argument_mismatch_status=409)
        assert failed.act("/G/N:@A100", "rerun", rerunMethod="FROM") == 409

    def test_an_interrupted_jobnet_does_not_start_from_the_top(self, console: Console) -> None:
        job_id = console.seed(raw="INTERRUPT")
        assert console.act(job_id, "rerun", rerunMethod="TOP") == 409
        assert console.act(job_id, "rerun", rerunMethod="ABNORMAL_JOB") == 200
        connector = console.seed("/G/N/X", type="NETCN", scenario="failed")
        assert console.act(connector, "rerun", rerunMethod="FROM", rerunOptions=["HOLD"]) == 400


class TestChangeStatus:
    def test_a_running_job_ends_but_its_process_does_not(self, console: Console) -> None:
        job_id = console.seed("/G/N/A", type="JOB", scenario="running")
        console.seed("/G/N/B", type="JOB", scenario="queued", predecessors=["A"])
        assert console.act(job_id, "changeStatus", newStatus="WARNING", newReturnCode="4") == 200
        jobs = console.after()
        assert {job["name"]: job["state"] for job in jobs.values()} == {
            "/G/N": "WACONT",
            "/G/N/A": "WARNING",
            "/G/N/B": "RUNNING",
        }
        assert (jobs[job_id]["process_left"], jobs[job_id]["return_code"]) == (True, "4")

    def test_afterwards_successors_do_not_start(self, console: Console) -> None:
        job_id = console.seed("/G/N/A", type="JOB", scenario="failed")
        successor = console.seed("/G/N/B", type="JOB", raw="UNEXEC", predecessors=["A"])
        assert console.act(job_id, "changeStatus", newStatus="NORMAL", newReturnCode=None) == 200
        jobs = console.after()
        assert (jobs[successor]["state"], jobs["/G/N:@A100"]["state"]) == ("UNEXEC", "NORMAL")

    @pytest.mark.parametrize(("code", "state"), [("0", "NORMAL"), ("4", "NORMAL"), ("5", "WARNING"), ("9", "ABNORMAL")])
    def test_judged_by_the_return_code(self, console: Console, code: str, state: str) -> None:
        job_id = console.seed("/G/N/A", type="JOB", scenario="failed", warning_threshold=4, abnormal_threshold=8)
        assert console.act(job_id, "changeStatus", newStatus="RETURNCODE", newReturnCode=code) == 200
        assert console.state(job_id) == state

    def test_the_return_code_alone(self, console: Console) -> None:
        job_id = console.seed("/G/N/A", type="JOB", scenario="failed")
        assert console.act(job_id, "changeStatus", newReturnCode="-2147483648") == 200
        truth = console.after()[job_id]
        assert (truth["state"], truth["return_code"]) == ("ABNORMAL", "-2147483648")

    @pytest.mark.parametrize(
        ("unit_type", "parameters", "status"),
        [
            ("JOB", {}, 400),
            ("JOB", {"newStatus": None, "newReturnCode": None}, 400),
            ("JOB", {"newStatus": "KILL"}, 400),
            ("JOB", {"newReturnCode": 4}, 400),
            ("JOB", {"newReturnCode": "four"}, 400),
            ("JOB", {"newReturnCode": "2147483648"}, 400),
            ("NET", {"newStatus": "NORMAL"}, 409),
            ("NETCN", {"newStatus": "BYPASS"}, 400),
            ("NETCN", {"newStatus": "NORMAL", "newReturnCode": "0"}, 400),
            ("NETCN", {"newStatus": "NORMAL"}, 200),
            ("EVWJB", {"newStatus": "RETURNCODE"}, 400),
            ("EVSJB", {"newStatus": "RETURNCODE"}, 400),
            ("ORJOB", {"newStatus": "RETURNCODE"}, 400),
            ("EVWJB", {"newStatus": "NORMAL"}, 200),
            ("JDJOB", {"newStatus": "NORMAL"}, 400),
            ("JDJOB", {"newReturnCode": "1"}, 200),
        ],
    )
    def test_rules(self, console: Console, unit_type: str, parameters: Json, status: int) -> None:
        job_id = console.seed("/G/N/X", type=unit_type, raw="ABNORMAL")
        assert console.act(job_id, "changeStatus", **parameters) == status

    def test_roots_and_queueless_jobs(self, console: Console) -> None:
        assert console.act(console.seed(scenario="failed"), "changeStatus", newStatus="NORMAL") == 409
        waiting = console.seed("/G/N/A", type="JOB", raw="EXECWAIT", queueless=True)
        assert console.act(waiting, "changeStatus", newStatus="NORMAL") == 200
        connector = console.seed("/G/N/B", type="NETCN", raw="ABCONT")
        assert console.act(connector, "changeStatus", newStatus="NORMAL") == 200


class TestPlans:
    def test_prohibited_is_bypassed_when_due(self, console: Console) -> None:
        job_id = console.seed(start_in=60)
        assert console.act(job_id, "cancelExecSchedule") == 200
        assert console.after()[job_id]["change_type"] == "CANCEL"
        assert console.act(job_id, "cancelExecSchedule") == 409
        assert console.after(60)[job_id]["state"] == "BYPASS"

    def test_it_can_be_undone_for_a_planned_registration_only(self, console: Console) -> None:
        planned, fixed = console.seed("/G/A"), console.seed("/G/B", registration="FIXED")
        for job_id, status in ((planned, 200), (fixed, 409)):
            console.act(job_id, "cancelExecSchedule")
            console.after()
            assert console.act(job_id, "restoreChangedSchedule") == status
        assert console.after()[planned]["change_type"] == "NO"

    def test_start_now_and_move(self, console: Console) -> None:
        now, later = console.seed("/G/A"), console.seed("/G/B", start_in=60)
        assert console.act(now, "execImmediate", pushedAhead="ADD", changeLower="SHIFT") == 200
        move = {"kindTime": "RELATIVETIME", "relativeSign": "+", "relativeDay": 1, "relativeTime": "01:30"}
        assert console.act(later, "changeStartTime", **move) == 200
        jobs = console.after(120)
        assert (jobs[now]["state"], jobs[later]["state"]) == ("RUNNING", "TIMEWAIT")
        assert jobs[later]["change_type"] == "TIME"
        assert console.after(90000 + 1800)[later]["state"] == "RUNNING"
        assert console.act(later, "execImmediate") == 409

    @pytest.mark.parametrize(
        "parameters",
        [
            {},
            {"kindTime": "ABSOLUTETIME", "absoluteTime": "tomorrow"},
            {"kindTime": "RELATIVETIME"},
            {"kindTime": "RELATIVETIME", "relativeSign": "+", "relativeDay": 100},
            {"kindTime": "RELATIVETIME", "relativeSign": "+", "relativeTime": "1:00"},
            {"kindTime": "ABSOLUTETIME", "absoluteTime": "2026-12-01T10:00", "pushedAhead": "NO"},
        ],
    )
    def test_bad_moves(self, console: Console, parameters: Json) -> None:
        assert console.act(console.seed(), "changeStartTime", **parameters) == 400

    def test_an_absolute_time(self, console: Console) -> None:
        job_id = console.seed()
        parameters = {"kindTime": "ABSOLUTETIME", "absoluteTime": "2035-12-01T10:00"}
        assert console.act(job_id, "changeStartTime", **parameters) == 200
        console.after()
        assert console.read(job_id).json()["unitStatus"]["schStartTime"] == "2035-12-01T10:00:00+09:00"

    def test_delay_order_and_wait_conditions(self, console: Console) -> None:
        console.control.knobs(action_lag=0)
        net = console.seed("/G/N", wait=True)
        connector = console.seed("/G/N/X", type="NETCN", scenario="queued")
        assert console.act(net, "changeDelayMonitor") == 400
        assert console.act(net, "changeDelayMonitor", delayedStart="YES", delayedStartTime="10:00") == 200
        assert console.read(net).json()["unitStatus"]["delayedStartTime"] == "10:00"
        assert console.act(connector, "changeExecOrderMethod", execOrderMethod="SYNC") == 200
        assert console.act(net, "changeExecOrderMethod", execOrderMethod="SYNC") == 409
        path = "objects/waiting/%2FG%2FN:%40A100/actions/changeWaiting/invoke"
        body = {**console.manager, "waitingTargetUnitName": "/G/Other", "waitingStatusAction": "COMPLETE"}
        assert console.post(path, **body).status_code == 200
        assert console.post(path, **console.manager).status_code == 400


class TestRegistration:
    def test_immediate(self, console: Console) -> None:
        console.seed("/G/N", raw="UNREGISTERED")
        console.seed("/G/N/A", type="JOB", raw="UNREGISTERED", duration=5)
        console.seed("/G/N/B", type="JOB", raw="UNREGISTERED", duration=5, predecessors=["A"])
        body: Json = {"startCondition": None, "holding": False, "macro": []}
        assert console.define("/G/N", "registerImmediateExec", **body).json() == {"execID": "@A100"}
        assert [job["state"] for job in console.after().values()] == ["RUNNING", "RUNNING", "TERMWAIT"]
        assert [job["state"] for job in console.after(5).values()] == ["RUNNING", "NORMAL", "RUNNING"]
        assert [job["state"] for job in console.after(5).values()] == ["NORMAL"] * 3
        held = console.define("/G/N", "registerImmediateExec", holding=True).json()["execID"]
        assert console.state(f"/G/N:{held}") == "HOLDING"

    def test_planned_and_fixed(self, console: Console) -> None:
        console.seed("/G/N", raw="UNREGISTERED")
        planned = {"passedDaemonStarts": "IMMEDIATE", "passedRegForExe": "NEXTTIME"}
        assert console.define("/G/N", "registerPlannedExec", **planned).content == b""
        assert console.define("/G/N", "registerPlannedExec").status_code == 400
        fixed = console.define("/G/N", "registerFixedExec", startTime="2035-01-01T00:00:00Z")
        assert fixed.json() == {"execID": "@A101"}
        assert console.define("/G/N", "registerFixedExec").content == b""
        assert {job["state"] for job in console.after().values()} == {"TIMEWAIT"}

    def test_cancel(self, console: Console) -> None:
        console.seed(scheduled="2026-01-05T00:00:00Z", scenario="completed")
        console.seed(scheduled="2026-01-07T00:00:00Z", scenario="completed")
        period = {"dateType": "EXECUTION_DATE", "begin": "2026-01-06", "end": "2026-01-31"}
        assert console.define("/Group/Net", "cancelRegistration", **period).content == b""
        assert list(console.control.jobs()) == ["/Group/Net:@A100"]
        assert console.define("/Group/Net", "cancelRegistration", dateType="EXECUTION_DATE").status_code == 400
        assert console.define("/Group/Net", "cancelRegistration").status_code == 200
        assert console.define("/Group/Net", "cancelRegistration").status_code == 409
        assert console.read("/Group/Net:@A100").status_code == 404

    def test_refusals(self, console: Console) -> None:
        job_id = console.seed("/G/N/A", type="JOB", scenario="running")
        assert console.define("/G/N/A", "registerImmediateExec").status_code == 409
        assert console.define("/G/No", "registerImmediateExec").status_code == 404
        assert console.define("/G/N", "registerImmediateExec", macro=[{}] * 33).status_code == 400
        assert console.define("/G/N", "registerImmediateExec", holding="no").status_code == 400
        assert console.define("/G/N", "registerImmediateExec", startCondition=1).status_code == 400
        assert console.define("/G/N", "cancelRegistration").status_code == 409
        console.control.knobs(cancel_registration_of_running="accepted")
        assert console.define("/G/N", "cancelRegistration").status_code == 200
        assert job_id not in console.control.jobs()
