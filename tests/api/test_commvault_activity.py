# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Activities against the simulated Web Server: every switch, requests counted, answers spoilt."""

from __future__ import annotations

import typing as t

import pytest
from support.clock import ProductClock

from ansible_collections.batchops.job_control.plugins.module_utils._commvault.api import Commvault
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.capabilities import ACTIVITIES
from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Policy
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    NotFound,
    PermissionDenied,
    ProtocolError,
    UsageError,
)
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._model import Selection, Verb, VerbOptions
from ansible_collections.batchops.job_control.plugins.module_utils._selection import select
from ansible_collections.batchops.job_control.plugins.module_utils._system import Connection
from simulators.commvault.activity import NUMBERS, Switches
from simulators.commvault.simulator import CommvaultSimulator, create
from simulators.core.control import Control
from simulators.core.server import Server, serving

NAMES = {"commcell": "", "client_group": "Night", "client": "alpha"}
SWITCHES = [(scope, activity) for scope, activities in ACTIVITIES.items() for activity in activities]
#: requests that find out where a switch is
LOOK_UP = {"commcell": [], "client_group": ["GET ClientGroup"], "client": ["GET Client"]}
READ = {"commcell": "GET V4/CommCell/ActivityControl", "client_group": "GET ClientGroup/2", "client": "GET Client/3"}
WRITE = {"commcell": "PUT V4/Commcell/{}/Action/{}", "client_group": "POST ClientGroup/2", "client": "POST Client/3"}
WORDS = {word.lower(): word for word in ("Backup", "Restore", "AuxillaryCopy", "DataAging", "DataVerification")}
WORDS |= {word.lower(): word for word in ("DDB", "ContentIndexing", "Scheduler", "AllJobActivity")}


class Bench:
    """A CommCell with a client in a group, seen from both sides."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.simulator = t.cast(CommvaultSimulator, server.simulator)
        self.simulator.clock.freeze(True)
        self.control = Control(server.origin)
        self.control.seed({"name": "sub", "owner": "alpha", "client_groups": ["Night"], "scenario": "completed"})

    def set(self, switch: str, state: str, carry_out: bool = True, **changes: t.Any) -> Item:
        """The whole verb, as the module does it."""
        options = {
            "url": self.server.url,
            "username": self.simulator.username,
            "password": self.simulator.password,
            **changes,
        }
        clock = ProductClock(self.simulator.clock)
        with Commvault(Connection(**options), clock) as system:
            engine = Engine(system.view(Verb.SET_ACTIVITY), clock, Policy(), VerbOptions(own={"state": state}))
            items = select(engine.system, Selection(job_ids=(switch,)))
            engine.plan(Verb.SET_ACTIVITY, items)
            if carry_out:
                engine.carry_out(Verb.SET_ACTIVITY, items)
        (item,) = items
        return item

    def lines(self) -> list[str]:
        """The requests so far, without the session's own."""
        root = f"/{self.server.url.split('/', 3)[3].strip('/')}/"
        asked = [f"{entry['method']} {entry['target'].removeprefix(root)}" for entry in self.control.requests()]
        return [line for line in asked if line not in ("POST Login", "POST Logout")]

    def switches(self, scope: str) -> Switches:
        """The truth."""
        activity, directory = self.simulator.commcell.activity, self.simulator.commcell.directory
        if scope == "commcell":
            return activity.commcell
        if scope == "client":
            return activity.client(directory.clients["alpha"].client_id, "alpha")
        return activity.group(directory.groups["Night"].group_id, "Night")

    def disabled(self, scope: str) -> list[int]:
        return [number for number, switch in self.switches(scope).by_number.items() if not switch.enabled]


@pytest.fixture
def bench() -> t.Iterator[Bench]:
    with serving(create()) as server:
        bench = Bench(server)
        yield bench
        assert bench.control.sessions() == 0


def identity(scope: str, activity: str) -> str:
    return "/".join(part for part in (scope, NAMES[scope], activity) if part)


@pytest.mark.parametrize(("scope", "activity"), SWITCHES)
def test_each_switch_is_read_set_and_read_back_and_no_other_one_moves(bench: Bench, scope: str, activity: str) -> None:
    word = activity.replace("_", "").replace("auxcopy", "auxillarycopy")
    for state, verb in (("disabled", "Disable"), ("enabled", "Enable")):
        bench.control.forget_requests()
        item = bench.set(identity(scope, activity), state)
        assert (item.error, item.changed, item.job.state.value) == (None, True, state)
        write = WRITE[scope].format(WORDS[word], verb)
        assert bench.lines() == [*LOOK_UP[scope], READ[scope], write, READ[scope]]
        assert bench.disabled(scope) == ([NUMBERS[word]] if state == "disabled" else [])
        assert [bench.disabled(other) for other in NAMES if other != scope] == [[], []]


@pytest.mark.parametrize("scope", NAMES)
def test_a_second_run_only_reads(bench: Bench, scope: str) -> None:
    switch = identity(scope, "backup")
    assert bench.set(switch, "disabled").changed
    bench.control.forget_requests()
    again = bench.set(switch, "disabled")
    assert (again.error, again.changed) == (None, False)
    assert bench.lines() == [*LOOK_UP[scope], READ[scope]]


@pytest.mark.parametrize("scope", NAMES)
def test_a_plan_only_reads(bench: Bench, scope: str) -> None:
    item = bench.set(identity(scope, "restore"), "disabled", carry_out=False)
    assert item.planned.after.value == "disabled"
    assert bench.lines() == [*LOOK_UP[scope], READ[scope]]


def test_a_group_is_found_in_any_case_and_keeps_its_name(bench: Bench) -> None:
    item = bench.set("client_group/nIGHT/backup", "disabled")
    assert (item.error, item.changed) == (None, True)
    assert (item.job_id, item.job.owner) == ("client_group/Night/backup", "Night")


@pytest.mark.parametrize("scope", NAMES)
def test_numbers_may_come_as_strings(bench: Bench, scope: str) -> None:
    bench.control.knobs(numbers_as_strings=True)
    assert bench.set(identity(scope, "backup"), "disabled").changed
    assert bench.disabled(scope) == [1]


def test_a_switch_that_comes_back_by_itself_says_when(bench: Bench) -> None:
    bench.switches("commcell").set(1, False, reenable_at=1_780_000_000)
    item = bench.set("commcell/backup", "disabled")
    assert not item.changed
    assert "2026-05-28T20:26:40Z" in item.note
    assert "2026-05-28T20:26:40Z" in item.job.raw_state


@pytest.mark.parametrize(
    ("switch", "words"),
    [("client/none/backup", "no client none"), ("client_group/none/backup", "no client group none")],
)
def test_an_unknown_name_is_not_found(bench: Bench, switch: str, words: str) -> None:
    with pytest.raises(NotFound, match=words):
        bench.set(switch, "disabled")
    assert bench.control.writes() == []


@pytest.mark.parametrize("switch", ["commcell/Night/backup", "client/backup", "client/alpha/scheduler"])
def test_what_cannot_be_is_refused_before_any_request(bench: Bench, switch: str) -> None:
    with pytest.raises(UsageError):
        bench.set(switch, "disabled")
    assert bench.control.requests() == []


def test_there_is_no_xml(bench: Bench) -> None:
    with pytest.raises(UsageError, match="wire_format"):
        bench.set("commcell/backup", "disabled", wire_format="xml")
    assert bench.control.requests() == []


@pytest.mark.parametrize("denied", ["refusal", 403])
def test_a_user_without_rights_is_told_so(bench: Bench, denied: str | int) -> None:
    bench.control.knobs(denied_action=denied)
    viewer: dict[str, t.Any] = {"username": bench.simulator.VIEWER, "password": bench.simulator.password}
    item = bench.set("commcell/backup", "disabled", **viewer)
    assert isinstance(item.error, PermissionDenied)
    assert bench.disabled("commcell") == []


@pytest.mark.parametrize("scope", NAMES)
@pytest.mark.parametrize("kind", ["reset_after", "html_after"])
def test_a_lost_answer_is_settled_by_the_state(bench: Bench, scope: str, kind: str) -> None:
    bench.control.arm(kind=kind, writes=True)
    item = bench.set(identity(scope, "backup"), "disabled")
    assert (item.error, item.changed) == (None, True)
    assert len(bench.control.writes()) == 1


def test_a_lost_request_is_sent_again(bench: Bench) -> None:
    """A switch is set, not toggled, so twice does no harm."""
    bench.control.arm(kind="reset_before", writes=True)
    item = bench.set("client_group/Night/backup", "disabled")
    assert (item.error, item.changed) == (None, True)
    assert bench.disabled("client_group") == [1]


def test_a_page_for_people_is_no_answer(bench: Bench) -> None:
    bench.control.arm(kind="html", path="ActivityControl", times=0)
    with pytest.raises(ProtocolError):
        bench.set("commcell/backup", "disabled")
    assert bench.control.writes() == []
