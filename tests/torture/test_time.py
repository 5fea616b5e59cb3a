# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verb ends within `wait_timeout` and one `request_timeout`, whatever the product does: every verb of every product,
with one job and with many, on a clock that passes in pauses and in waits for an answer only.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import typing as t
import urllib.parse

import pytest
import requests
from support.clock import ProductClock
from support.inprocess import run_module
from support.torture import FULL, spread, tally
from torture.test_faults import CASES, CREATE, Case

from ansible_collections.batchops.job_control.plugins.module_utils import _bounded
from simulators.core.faults import Fault
from simulators.core.server import Server, serving
from simulators.core.simulator import Json, Simulator

WAIT_TIMEOUT, REQUEST_TIMEOUT = 60.0, 10.0
MANY = 500 if FULL else 40

#: Whether a request is struck: one that is a write, after a first write or not.
Aim = t.Callable[[bool, bool], bool]


def writes(is_write: bool, _wrote: bool) -> bool:
    return is_write


def what_follows(is_write: bool, wrote: bool) -> bool:
    return wrote and not is_write


def everything(_is_write: bool, _wrote: bool) -> bool:
    return True


@dataclasses.dataclass(frozen=True)
class Trouble:
    """Why the product is not done in time.

    :param waits: how many `request_timeout` an answer that is struck is waited for, before it is given up.
    :param arrives: a request that is struck reaches the product all the same.
    """

    name: str
    aim: Aim | None = None
    waits: int = 1
    arrives: bool = False
    fault: t.Mapping[str, t.Any] | None = None
    knobs: t.Mapping[str, t.Mapping[str, t.Any]] = dataclasses.field(default_factory=dict)  # by system

    def __str__(self) -> str:
        return self.name


#: What DRS says while another operation is under way; to all others it is what a stranger says.
BUSY = '{"error_code": "DRS.M01503", "error_msg": "The task is busy."}'

TROUBLES = (
    Trouble("nothing"),
    Trouble("silent writes", writes),
    Trouble("silent writes that take effect", writes, arrives=True),
    Trouble("silent read-backs", what_follows),
    Trouble("silence", everything),
    Trouble("dripping writes", writes, waits=_bounded.ANSWER_TIMEOUTS, arrives=True),
    Trouble("dripping read-backs", what_follows, waits=_bounded.ANSWER_TIMEOUTS),
    Trouble("dripping", everything, waits=_bounded.ANSWER_TIMEOUTS),
    Trouble("not available", fault={"kind": "status", "status": 503}),
    Trouble("no writes", fault={"kind": "status", "status": 503, "writes": True}),
    Trouble("a limit of the rate", fault={"kind": "status", "status": 429, "retry_after": "7", "writes": True}),
    Trouble("endless tasks", knobs={"veeam": {"task_running_seconds": None}}),
    Trouble("busy", fault={"kind": "stranger", "status": 400, "body": BUSY, "writes": True}),
)


class Road:
    """What lies between the module and the simulator: the real transport, or a wait that ends in nothing."""

    def __init__(self, simulator: Simulator, trouble: Trouble, clock: ProductClock) -> None:
        self._simulator = simulator
        self._trouble = trouble
        self._clock = clock
        self._wrote = False
        self._send = requests.adapters.HTTPAdapter.send

    @staticmethod
    def through(adapter: t.Any, road: Road, request: t.Any, **options: t.Any) -> t.Any:
        """What an adapter calls `send`."""
        return road.send(adapter, request, options)

    def send(self, adapter: t.Any, request: t.Any, options: dict[str, t.Any]) -> t.Any:
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        path = urllib.parse.urlsplit(request.url).path
        is_write = self._simulator.is_write(request.method, urllib.parse.unquote(path), body)
        struck = self._trouble.aim is not None and self._trouble.aim(is_write, self._wrote)
        self._wrote = self._wrote or is_write
        if not struck:
            return self._send(adapter, request, **options)
        if self._trouble.arrives:
            self._send(adapter, request, **{**options, "stream": False}).close()
        self._clock.sleep(min(self._trouble.waits * options["timeout"], _bounded.progress.allowed))
        raise requests.exceptions.ReadTimeout("no answer")


def seconds(case: Case, server: Server, trouble: Trouble, count: int) -> tuple[float, Json]:
    """How long a run takes, by the product's clock; and what it ends with."""
    simulator = server.simulator
    with simulator.lock:
        simulator._begin()
        simulator.clock.freeze(True)
        simulator.knobs.update(trouble.knobs.get(case.system, {}))
        _seed(simulator, case, count)
        if trouble.fault:
            simulator.armed.append(Fault(**trouble.fault, times=0))
    clock = ProductClock(simulator.clock)
    options = {**server.options, **case.options, "request_timeout": REQUEST_TIMEOUT, "retry_timeout": 1000.0}
    options |= {"wait_timeout": WAIT_TIMEOUT, "workers": 1}  # waits of several threads would add up on one clock
    options |= {"location": "/"} if case.system == "ajs" and "names" in options else {}
    began = simulator.clock.now()
    with pytest.MonkeyPatch.context() as patch:
        road = Road(simulator, trouble, clock)
        patch.setattr(requests.adapters.HTTPAdapter, "send", functools.partialmethod(Road.through, road))
        result = run_module(case.module, clock=clock, **options)
    return simulator.clock.now() - began, result


def _seed(simulator: t.Any, case: Case, count: int) -> None:
    if case.module == "ajs_agent_state":
        for agent in case.options["agents"]:
            simulator.world.agents.ensure(agent)
        return
    if case.module == "commvault_activity":
        return
    prefix = "/Net/" if case.module == "ajs_change_status" else "/" if case.system == "ajs" else ""
    for number in range(count):
        name = "fault-a" if not number else f"fault-{number:03}"
        simulator.seed({"name": prefix + name, "scenario": case.scenario, **case.seed})


@pytest.fixture(scope="module")
def servers() -> t.Iterator[dict[str, Server]]:
    with contextlib.ExitStack() as stack:
        yield {system: stack.enter_context(serving(create())) for system, create in CREATE.items()}


@pytest.mark.parametrize("case", [case for case in CASES if case.module != "job_info"], ids=str)
def test_a_verb_ends_in_its_time(case: Case, servers: dict[str, Server]) -> None:
    bad = []
    points = [(trouble, count) for count in (1, MANY) for trouble in TROUBLES]
    chosen = points if FULL else [*points[: len(TROUBLES)], *spread(points[len(TROUBLES) :], 4)]
    for trouble, count in chosen:
        took, result = seconds(case, servers[case.system], trouble, count)
        said = f"{trouble}, {count} jobs: {result.get('msg', 'success')[:300]}"
        if took > WAIT_TIMEOUT + REQUEST_TIMEOUT:
            bad.append(f"{took:g} seconds with {said}")
        if trouble.name == "nothing" and result.get("failed"):
            bad.append(f"failed with {said}")
        if result.get("failed") and not result["error"]["kind"]:
            bad.append(f"no kind with {said}")
    assert not bad, "\n".join(bad)
    tally("verbs in trouble", len(chosen), case.system)
