# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault, at every request that a verb makes, once and for ever: for each verb of each product, by enumeration.

One judge looks at all results. Time is that of the simulated product and passes in the module's own pauses only; what
takes real time has short time-outs.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import email.utils
import itertools
import json
import re
import typing as t

import pytest
from support.clock import ProductClock
from support.faults import (
    EVER,
    KINDS,
    LOGIN,
    LOGOUT,
    READ,
    READ_BACK,
    ROAD,
    SUCCESS,
    WRITE,
    Strike,
    strikes,
)
from support.inprocess import run_module
from support.peers import Peer, answering, full, peer, refusing
from support.torture import FULL, tally

from simulators.ajs.simulator import create as create_ajs
from simulators.commvault.simulator import create as create_commvault
from simulators.core.faults import Fault
from simulators.core.server import Server, serving
from simulators.core.simulator import Json
from simulators.drs.simulator import create as create_drs
from simulators.prime.simulator import create as create_prime
from simulators.veeam.simulator import create as create_veeam

CREATE = {
    "commvault": create_commvault,
    "prime": create_prime,
    "drs": create_drs,
    "veeam": create_veeam,
    "ajs": create_ajs,
}
WAIT_TIMEOUT = 20.0
RETRY_TIMEOUT = 2.0
REQUEST_TIMEOUT = 30.0
#: Simulated seconds in which any run is over.
LONGEST_RUN = WAIT_TIMEOUT + REQUEST_TIMEOUT
SHORT_STEP = 20  # of so many strikes at each verb of each product, the short form tries one

LOGINS = "/Login|sessionMngr|auth/tokens"
LOGOUTS = "/Logout|logonSessions"
AIM: dict[str, Json] = {
    LOGIN: {"path": LOGINS},
    READ: {"path": f"^(?!.*({LOGINS}|{LOGOUTS}))", "writes": False, "after_write": False},
    WRITE: {"writes": True},
    READ_BACK: {"path": f"^(?!.*({LOGINS}|{LOGOUTS}))", "writes": False, "after_write": True},
    LOGOUT: {"path": LOGOUTS},
}
SECRET_HEADERS = re.compile("(x-ajs-)?authorization|authtoken|x-auth-token|x-restsvcsessionid", re.IGNORECASE)
#: Writes that set something outright, so that twice is once: they are sent again when their outcome is not known.
OUTRIGHT = ("edit",)
#: Products that accept a request for what is so already, and do not say that somebody else was faster.
ACCEPTS_REPEATS = ("ajs",)
LEAKS = ("Traceback", "object at 0x", "ConnectionPool", "fault in batchops")


# --- the verbs -------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Case:
    """One verb of one product, at work on two jobs (or whatever it is for) beside a third that it must not touch."""

    system: str
    module: str
    scenario: str = "queued"
    options: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    seed: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    #: whether the verb has reached what it is for, told from the product's own record of a job or a switch
    done: t.Callable[[Json], bool] = lambda truth: True
    reads: bool = False
    switches: bool = False  # it sets what is no job

    def __str__(self) -> str:
        return f"{self.system}-{self.module}"


def _cases() -> t.Iterator[Case]:
    pattern = {"names": ["*fault-*"]}
    for system in CREATE:
        waiting = "running" if system == "drs" else "queued"
        confirmed = {**pattern, **({"confirm_irreversible": True} if system == "drs" else {})}
        yield Case(system, "job_info", waiting, pattern, reads=True)
        ends = {"duration": 3, **({"one_shot": True} if system == "prime" else {})}
        yield Case(system, "job_wait", "running", {**pattern, "fail_on": []}, ends, reads=True)
        yield Case(system, "job_suspend", waiting, pattern, done=lambda job: bool(job["held"]))
        yield Case(system, "job_resume", "suspended", pattern, done=lambda job: not job["held"])
        yield Case(system, "job_cancel_running", "running", confirmed, done=lambda job: not job["running"])
        if system != "prime":
            yield Case(system, "job_retry", "failed", pattern, done=lambda job: sum(job["applied"].values()) == 1)
    job = {"unit_name": "/Net/fault-a", "new_status": "NORMAL"}
    yield Case("ajs", "ajs_change_status", "failed", job, {"type": "JOB"}, done=lambda job: job["state"] == "NORMAL")
    agents = {"agents": ["fault-a", "fault-b"], "state": "hold"}
    yield Case("ajs", "ajs_agent_state", "", agents, done=lambda agent: agent["state"] == "HOLD", switches=True)
    switch = {"scope": "commcell", "activity": "scheduler", "state": "disabled"}
    yield Case("commvault", "commvault_activity", "", switch, done=lambda one: not one["state"], switches=True)
    cancel = {**pattern, "confirm_irreversible": True}
    yield Case("prime", "prime_job_cancel", "queued", cancel, done=lambda job: job["job_status"] == "CANCELLED")


CASES = list(_cases())


class World:
    """One simulated product, made ready for one run of a module."""

    def __init__(self, server: Server, case: Case) -> None:
        self.server = server
        self.simulator = simulator = server.simulator
        with simulator.lock:
            simulator._begin()
            simulator.clock.freeze(True)
            self.targets = self._seed(case)
        self.began = simulator.clock.now()

    def _seed(self, case: Case) -> list[str]:
        """Put the jobs in; the ids of those that the verb means."""
        if case.module == "ajs_agent_state":
            for name in ("fault-a", "fault-b", "other"):
                self.simulator.world.agents.ensure(name)  # type: ignore[attr-defined]
            return ["fault-a", "fault-b"]
        if case.module == "commvault_activity":
            return ["commcell/scheduler"]
        prefix = "/Net/" if case.module == "ajs_change_status" else "/" if case.system == "ajs" else ""
        names = ("fault-a", "fault-b", "other")
        ids = [self.simulator.seed({"name": prefix + name, "scenario": case.scenario, **case.seed}) for name in names]
        return ids[:1] if case.module == "ajs_change_status" else ids[:2]

    def truth(self, case: Case) -> dict[str, Json]:
        """The product's own record of each job, or of each switch where a verb sets one."""
        simulator: t.Any = self.simulator
        with simulator.lock:
            simulator.tick()
            if case.module == "ajs_agent_state":
                return {agent.name: {"state": agent.status} for agent in simulator.world.agents.all()}
            if case.module == "commvault_activity":
                numbers = simulator.commcell.activity.commcell.by_number
                return {"commcell/scheduler": {"state": numbers[256].enabled}}
            return {job["id"]: job for job in simulator.snapshot()}


# --- one run ---------------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Run:
    """A run of a module that has met a fault, and what is left of it."""

    result: Json
    before: dict[str, Json]
    after: dict[str, Json]
    targets: list[str]
    hosts: tuple[str, ...]  # one of them has to be named
    stages: set[str]  # the stages in which the product got a request
    struck: bool
    sessions: int
    seconds: float
    secrets: set[str]
    strangers: int  # connections that another origin got


def run_case(case: Case, server: Server, other: Peer, strike: Strike | None = None) -> Run:
    """Run the module, with a fault armed."""
    world = World(server, case)
    before = world.truth(case)
    options = {
        **server.options,
        **case.options,
        "request_timeout": 0.2 if strike and strike.kind.slow else REQUEST_TIMEOUT,
        "retry_timeout": 0.3 if strike and strike.kind.slow else RETRY_TIMEOUT,
    }
    if case.module != "job_info":
        options |= {"wait_timeout": WAIT_TIMEOUT, "wait_interval": 2}
    if case.system == "ajs" and "names" in options:
        options["location"] = "/"
    connections = other.connections
    with contextlib.ExitStack() as stack:
        origin = _arm(world, strike, case, other, stack) if strike else server.origin
        options = {
            name: value.replace(server.origin, origin) if isinstance(value, str) else value
            for name, value in options.items()
        }
        result = run_module(case.module, clock=ProductClock(world.simulator.clock), **options)
    return Run(
        result=result,
        before=before,
        after=world.truth(case),
        targets=world.targets,
        hosts=(origin.partition("//")[2], server.origin.partition("//")[2]),
        stages=_stages(world),
        struck=any(entry.fault for entry in world.simulator.log) or bool(strike and strike.stage == ROAD),
        sessions=world.simulator.sessions(),
        seconds=world.simulator.clock.now() - world.began,
        secrets=_secrets(world),
        strangers=other.connections - connections,
    )


def _arm(world: World, strike: Strike, case: Case, other: Peer, stack: contextlib.ExitStack) -> str:
    """Arm the simulator or lay a bad road to it; the origin that the module is given."""
    patch = stack.enter_context(pytest.MonkeyPatch.context())
    if strike.stage == ROAD:
        return _road(strike.kind.road, patch, stack)
    soon = datetime.datetime.fromtimestamp(world.simulator.clock.now() + 1, datetime.timezone.utc)
    words = {
        "{soon}": email.utils.format_datetime(soon, usegmt=True),
        "{other}": f"http://{other.address}",
        "{same}": world.server.origin,
    }
    wire = dict(strike.kind.wire)
    for name, value in wire.items():
        for word, meaning in words.items():
            if isinstance(value, str):
                wire[name] = value = value.replace(word, meaning)
    aim = dict(AIM[strike.stage])
    if case.module == "job_wait" and strike.stage == READ_BACK:
        aim |= {"after_write": None, "skip": 3}  # nothing is written, but the jobs are looked at again
    jobs = world.targets[: strike.kind.victims] if wire["kind"] == "event" else []
    world.simulator.armed.append(Fault(**wire, **aim, times=strike.times, jobs=jobs))
    if not strike.kind.proxied:
        return world.server.origin
    patch.setenv("http_proxy", world.server.origin)
    return "http://product.example.com"


def _road(road: str, patch: pytest.MonkeyPatch, stack: contextlib.ExitStack) -> str:
    if road == "no such name":
        return "http://nowhere.invalid"
    if road == "no answer":
        return f"http://{stack.enter_context(full())}"
    if road.startswith("tunnel"):
        refusal = f"HTTP/1.1 {road.split()[1]} No\r\nContent-Length: 0\r\n\r\n".encode()
        patch.setenv("https_proxy", f"http://{stack.enter_context(peer(answering(refusal))).address}")
        return "https://product.example.com"
    nobody = f"http://{stack.enter_context(refusing())}"
    if road == "refused":
        return nobody
    patch.setenv("http_proxy", nobody)
    return "http://product.example.com"


def _stages(world: World) -> set[str]:
    """Where the product got requests."""
    stages, wrote = set(), False
    for entry in world.simulator.log:
        if re.search(LOGINS, entry.target):
            stages.add(LOGIN)
        elif re.search(LOGOUTS, entry.target):
            stages.add(LOGOUT)
        elif entry.is_write:
            stages.add(WRITE)
        else:
            stages.add(READ_BACK if wrote else READ)
        wrote = wrote or entry.is_write
    return stages


def _secrets(world: World) -> set[str]:
    """What no result may show: what the product got as proof of who we are."""
    sent = {
        value.split()[-1]
        for entry in world.simulator.log
        for name, value in entry.headers.items()
        if SECRET_HEADERS.fullmatch(name) and value
    }
    return {world.simulator.password, *sent}


# --- the judge -------------------------------------------------------------------------------------------------------


def judge(case: Case, strike: Strike, run: Run) -> list[str]:
    """What is wrong with a run that has met a fault; nothing when it has kept every promise."""
    error = run.result.get("error") or {}
    outcome = error.get("kind", SUCCESS) if run.result.get("failed") else SUCCESS
    shown = json.dumps(run.result)
    faults = []
    if not run.struck and not strike.kind.slow:  # short time-outs may end a run before, on a busy machine
        faults.append("the fault never struck")
    if outcome not in strike.allowed():
        faults.append(f"ended as {outcome}, not one of {sorted(strike.allowed())}")
    if "exception" in run.result or any(leak in shown for leak in LEAKS):
        faults.append("shows what is for programmers")
    if any(secret in shown for secret in run.secrets):
        faults.append("shows a secret")
    if outcome != SUCCESS:
        faults += _judge_message(strike, run.result["msg"], error, run)
    faults += _judge_changes(case, strike, outcome, run)
    if run.seconds > LONGEST_RUN:
        faults.append(f"took {run.seconds:g} seconds")
    # The answer to a login that was lost held the only key to its session; one that is refused by 401 has no key. What
    # an answer is longer than it says may arrive late enough to be taken for the beginning of that to the logout.
    keyless = strike.kind.name in ("401 html", "length less")
    orphaned = strike.stage == LOGOUT or (strike.stage == LOGIN and strike.kind.effect) or keyless
    if run.sessions and not orphaned and not strike.kind.slow:
        faults.append(f"left {run.sessions} sessions open")
    if run.strangers:
        faults.append("talked to another origin")
    return [f"{fault} ({run.result.get('msg', 'no message')})" for fault in faults]


def _judge_message(strike: Strike, message: str, error: Json, run: Run) -> t.Iterator[str]:
    """One sentence that names the host, unless it is about jobs: not there, in a strange state, or moved by others."""
    if len(message.splitlines()) != 1 or len(message) > 900:
        yield "does not say it in one line"
    about_jobs = error["kind"] == "not_found" or strike.kind.name == "unknown state" or "by others" in strike.kind.name
    if not about_jobs and not any(host in message or host in (error.get("url") or "") for host in run.hosts):
        yield "does not name the host"


def _judge_changes(case: Case, strike: Strike, outcome: str, run: Run) -> t.Iterator[str]:
    """`changed` is what the product has on record about us, and nothing was done twice or to others."""
    jobs = {job["id"]: job for job in run.result.get("jobs", [])}
    for name, truth in run.after.items():
        touched = _touched(case, run.before.get(name, truth), truth)
        if any(count > 1 for action, count in truth.get("applied", {}).items() if action not in OUTRIGHT):
            yield f"did it twice: {truth['applied']}"
        if name not in run.targets:
            if touched and name in run.before:
                yield f"touched {name}, which was not meant"
            continue
        shown = jobs.get(name, {})
        by_others = strike.kind.wire.get("kind") == "event"
        too_late = by_others and case.system in ACCEPTS_REPEATS and not touched
        if touched != bool(shown.get("changed")) and not too_late and not _is_doubtful(shown, outcome):
            yield f"says changed {shown.get('changed')} of {name}, which was {'' if touched else 'not '}changed by us"
        left_alone = strike.kind.name == "unknown state" and shown.get("action") == "none"
        if outcome == SUCCESS and not by_others and not left_alone and not case.done(truth):
            yield f"calls it a success and left {name} in {truth['state']}"
    if bool(run.result.get("changed")) != any(job.get("changed") for job in jobs.values()):
        yield "changed of the whole is not that of the jobs"
    if outcome == SUCCESS and not set(run.targets) <= set(jobs):
        yield f"is a success without {sorted(set(run.targets) - set(jobs))}"


def _touched(case: Case, before: Json, after: Json) -> bool:
    return before != after if case.switches else bool(sum(after["applied"].values()))


def _is_doubtful(job: Json, outcome: str) -> bool:
    """Whether the result says itself that nobody can know: of the job, or of the whole when it lists no jobs."""
    kind = (job.get("error") or {}).get("kind") if job else outcome
    return kind in ("unknown_outcome", "protocol")


# --- all of it -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def servers() -> t.Iterator[dict[str, Server]]:
    with contextlib.ExitStack() as stack:
        yield {system: stack.enter_context(serving(create())) for system, create in CREATE.items()}


@pytest.fixture(scope="module")
def other() -> t.Iterator[Peer]:
    """Another origin, which must never hear of us."""
    with peer(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")) as stranger:
        yield stranger


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def strikes_at(case: Case, stages: set[str]) -> list[Strike]:
    """Every strike that a case can meet: at the requests that it makes, and on the road to the product."""
    tokens = case.system in ("commvault", "drs", "veeam")

    def is_meant(strike: Strike) -> bool:
        if strike.stage not in (*stages, ROAD):
            return False  # the case makes no such request
        if strike.kind.wire.get("kind") == "expire" and not tokens:
            return False  # there is nothing that could expire
        says_yes = case.system == "ajs" and not case.switches  # with an empty body (contract 9.2)
        return not (strike.kind.name == "200 empty" and strike.stage == WRITE and says_yes)

    return list(filter(is_meant, strikes()))


def chosen(case: Case, stages: set[str]) -> list[Strike]:
    """All strikes in the full form; in the short form one of twenty, other ones for each case."""
    step = 1 if FULL else SHORT_STEP
    return [strike for strike in strikes_at(case, stages) if (_ORDER[str(strike)] + CASES.index(case)) % step == 0]


_ORDER = {str(strike): number for number, strike in enumerate(strikes())}


def stages_of(case: Case, clean: Run) -> set[str]:
    """The requests at which a fault can strike; one that waits reads on, when it has not seen what it waits for."""
    return clean.stages | ({READ_BACK} if case.module == "job_wait" else set())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_faults(case: Case, servers: dict[str, Server], other: Peer) -> None:
    """Whatever fails, the run ends in success or in one clear error, and tells the truth about what it changed."""
    server = servers[case.system]
    clean = run_case(case, server, other)
    assert not clean.result.get("failed"), clean.result
    assert all(case.done(clean.after[name]) for name in clean.targets)
    assert clean.sessions == 0
    bad = []
    points = chosen(case, stages_of(case, clean))
    for strike in points:
        run = run_case(case, server, other, strike)
        bad += [f"{strike}: {fault}" for fault in judge(case, strike, run)]
    assert not bad, f"{len(bad)} of {len(points)}:\n" + "\n".join(bad)
    tally("faults", len(points), case.system)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_balancer_with_sticky_sessions(case: Case, servers: dict[str, Server]) -> None:
    """Its cookie goes back with each request, so that all of them get to the server that knows the session."""
    server = servers[case.system]
    world = World(server, case)
    world.simulator.armed.append(Fault("sticky", times=0))
    options = {**server.options, **case.options}
    options |= {"wait_timeout": WAIT_TIMEOUT} if case.module != "job_info" else {}
    options |= {"location": "/"} if case.system == "ajs" and "names" in options else {}
    result = run_module(case.module, clock=ProductClock(world.simulator.clock), **options)
    assert not result.get("failed"), result
    assert all(case.done(world.truth(case)[name]) for name in world.targets)
    assert world.simulator.sessions() == 0


# --- lists that change while they are read ---------------------------------------------------------------------------

#: How to make each product's pages short, and how many jobs fill some pages (AJS gives its list in one piece).
PAGES: dict[str, tuple[Json, int]] = {
    "commvault": ({"limit_max": 3}, 9),
    "prime": ({"limit_page_size": 3, "page_above_limit": "clamped"}, 9),
    "drs": ({}, 230),
    "veeam": ({"max_page_size": 3}, 9),
}


@pytest.mark.parametrize("system", PAGES)
def test_a_list_that_changes_while_it_is_paged(system: str, servers: dict[str, Server], other: Peer) -> None:
    """A job that was there all the time is in the list, once, whatever appears or vanishes before any of its pages."""
    server, case = servers[system], Case(system, "job_info", reads=True)
    knobs, count = PAGES[system]

    def listed(**fault: t.Any) -> tuple[list[str], list[str], int]:
        world = World(server, case)
        world.simulator.knobs.update(knobs)
        seeds = ({"name": f"page-{number:03}", "scenario": "queued"} for number in range(count))
        ids = [*world.targets, *map(world.simulator.seed, seeds)]
        if fault:
            jobs = [ids[fault.pop("victim")]] if "victim" in fault else []
            world.simulator.armed.append(Fault(**fault, **AIM[READ], jobs=jobs))
        result = run_module("job_info", clock=ProductClock(world.simulator.clock), **server.options)
        assert not result.get("failed"), result
        reads = sum(not re.search(f"{LOGINS}|{LOGOUTS}", entry.target) for entry in world.simulator.log)
        return ids, [job["id"] for job in result["jobs"]], reads

    _ids, _found, reads = listed()
    changes: list[Json] = [{"kind": "event", "body": "vanish", "victim": victim} for victim in (0, 1, count // 2, -1)]
    changes.append({"kind": "appear", "body": "new"})
    bad = []
    for change, skip in itertools.product(changes, range(1, reads)):
        ids, found, _reads = listed(**change, skip=skip)
        gone = {ids[change["victim"]]} if "victim" in change else set()
        lost, twice = set(ids) - gone - set(found), len(found) - len(set(found))
        if lost or twice:
            bad.append(f"{change} before read {skip + 1}: lost {sorted(lost)}, {twice} twice")
    assert not bad, "\n".join(bad)
    tally("faults", len(changes) * (reads - 1), system)


def test_the_short_form_leaves_no_fault_out(servers: dict[str, Server], other: Peer) -> None:
    """Each fault, and each stage, appears at some verb."""
    stages = [stages_of(case, run_case(case, servers[case.system], other)) for case in CASES]
    met = [strike for case, met in zip(CASES, stages) for strike in chosen(case, met)]
    assert {strike.kind.name for strike in met} == {kind.name for kind in KINDS}
    assert {strike.stage for strike in met} == {LOGIN, READ, WRITE, READ_BACK, LOGOUT, ROAD}
    assert FULL or len(met) <= 2 * len(_ORDER) / SHORT_STEP * len(CASES)
    assert {strike.times for strike in met} >= {EVER}
