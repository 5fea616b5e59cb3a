# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thousands of jobs on one system, dozens of systems in one play, with the products' own limits on."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import pathlib
import re
import sys
import threading
import tracemalloc
import typing as t

import pytest
from support.ansible import Ansible
from support.clock import FakeClock
from support.estate import Target, running_estate, write_hosts
from support.inprocess import run_module
from support.product import MemoryProduct
from support.scenes import held, mixed_jobs
from support.torture import FULL, tally
from support.windows import Window

from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Policy
from ansible_collections.batchops.job_control.plugins.module_utils._journal.file import Journal
from ansible_collections.batchops.job_control.plugins.module_utils._model import Selection, Verb, VerbOptions
from ansible_collections.batchops.job_control.plugins.module_utils._registry import CAPABILITIES
from ansible_collections.batchops.job_control.plugins.module_utils._window.window import Window as JournalledWindow
from simulators.core.control import Control

JOBS = 10_000 if FULL else 1_000  # on one system
SYSTEMS_OF_A_KIND = 10 if FULL else 2  # in one play
FORKS = 25
PER_GROUP = 500  # units of AJS in one group: a list of it is cut at 1,000 (ajs contract 5.2)
LOOKS = 2  # at all jobs after the requests: what was asked for shows after 0.2 s, and the second look after 0.25 s

#: What the products' servers are set to refuse, with the sections of the contracts.
LIMITS: t.Mapping[str, dict[str, t.Any]] = {
    "prime": {"rate_per_user": 5, "rate_window_ms": 1000, "session_limit": 1},  # 9, item 7; 4
    "drs": {"rate_limit": 200, "rate_period": 1.0},  # 9, item 17
}
#: Sessions open at one time, at most.
SESSIONS = {"commvault": 1, "prime": 0, "drs": 0, "veeam": 1, "ajs": 0}


class RemoteClock:
    """The time of a product in another process. It stands still but for what is slept."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._lock = threading.Lock()
        self._now = float(control.call("POST", "clock", {"freeze": True})["now"])

    def monotonic(self) -> float:
        return self._now

    def time(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._now = float(self._control.call("POST", "clock", {"advance": seconds})["now"])


@contextlib.contextmanager
def standing_clock(target: Target) -> t.Iterator[RemoteClock]:
    """The target's clock; it goes on by itself after the block, as a reset leaves it alone."""
    try:
        yield RemoteClock(target.control)
    finally:
        target.control.call("POST", "clock", {"freeze": False})


@pytest.fixture
def standing(target: Target) -> t.Iterator[RemoteClock]:
    with standing_clock(target) as clock:
        yield clock


def seed_many(target: Target, count: int) -> None:
    """Jobs that a suspend acts on."""
    scenario = "running" if target.system == "drs" else "queued"
    for start in range(0, count, PER_GROUP):
        place = f"/Batch/group-{start // PER_GROUP:03}/" if target.system == "ajs" else ""
        numbers = range(start, min(start + PER_GROUP, count))
        target.control.seed(*({"name": f"{place}nightly-{number}", "scenario": scenario} for number in numbers))


def everywhere(target: Target) -> dict[str, str]:
    """The option that says where the jobs are, where one is needed."""
    return {"location": "/"} if target.system == "ajs" else {}


# --- requests ------------------------------------------------------------------------------------------------------


def writes(system: str, jobs: int) -> int:
    """Requests that change jobs: one for each batch that the product takes."""
    per_request = {"prime": 100, "drs": 10}.get(system, 1)  # prime 8.4, drs 8.8; no batch form elsewhere
    return math.ceil(jobs / per_request)


def reads(system: str, jobs: int) -> int:
    """Requests beside those, at most: to find the jobs, to see that they are done, to get in and out."""
    looks = 1 + LOOKS

    def pages(size: int) -> int:
        return math.ceil(jobs / size)

    return {
        "commvault": 2 + looks * pages(500),  # 4.1, 4.4; 5.2
        "prime": looks * pages(1000),  # 5.1
        "drs": 1 + 2 + looks * pages(100),  # 4.1; two more types of task, 5.1
        # 4.1, 4.4; three more kinds of job and the latest sessions, 5.2; a few looks at the tasks of 25 requests, 8.2;
        # and each job right before the request, which the product would take twice, 9
        "veeam": 2 + looks * (3 + pages(100) + pages(500)) + 4 * pages(25) + jobs,
        # the way down: / and /Batch are cut, so each is read again as a level; then the groups one by one, 5.2; and
        # each job right before it is held, which the product would take twice, 7.5
        "ajs": 4 + looks * (2 + pages(PER_GROUP)) + jobs,
    }[system]


@dataclasses.dataclass(frozen=True)
class Traffic:
    """What one run of a module sent, as the product's simulator saw it."""

    requests: list[dict[str, t.Any]]

    @property
    def writes(self) -> int:
        return sum(request["is_write"] for request in self.requests if request["status"] != 429)

    @property
    def refused(self) -> int:
        """Requests that were more than the product stands."""
        return sum(request["status"] in (401, 412, 429, 503) for request in self.requests)

    def most_in(self, seconds: float) -> int:
        """The most requests that arrived within so many seconds of the product's time."""
        times = [request["at"] for request in self.requests]
        first = most = 0
        for last, time in enumerate(times):
            while times[first] <= time - seconds:
                first += 1
            most = max(most, last - first + 1)
        return most


def assert_within_limits(target: Target, traffic: Traffic) -> None:
    """No more at once than the client says, and nothing refused.

    The gateway of DRS is the exception: it counts what arrives within a second, of which none passes here while
    requests are sent. That makes it refuse, and shows that a refusal is waited out.
    """
    peaks = target.control.peaks()
    assert peaks["requests"] <= CAPABILITIES[target.system].workers
    assert peaks["sessions"] <= SESSIONS[target.system]
    if target.system == "prime":
        assert traffic.most_in(1.0) <= LIMITS["prime"]["rate_per_user"]
    if target.system != "drs":
        assert traffic.refused == 0


def test_thousands_of_jobs_of_one_system(target: Target, standing: RemoteClock, tmp_path: pathlib.Path) -> None:
    """Suspended and resumed with a journal: few requests, within the limits, and all jobs are as they were found."""
    target.control.knobs(**LIMITS.get(target.system, {}))
    seed_many(target, JOBS)
    before = held(target)
    journal = tmp_path / "night.journal"
    for verb, selection in (("suspend", {"all": True, "max_jobs": JOBS, **everywhere(target)}), ("resume", {})):
        target.control.forget_requests()
        run = run_module(f"job_{verb}", clock=standing, journal=str(journal), **target.options, **selection)
        assert run["summary"] == {"selected": JOBS, "changed": JOBS, "unchanged": 0, "skipped": 0, "failed": 0}
        traffic = Traffic(target.control.requests())
        assert traffic.writes == writes(target.system, JOBS)
        assert len(traffic.requests) - traffic.refused <= traffic.writes + reads(target.system, JOBS)
        assert (run["http"]["requests"], run["http"]["replays"]) == (len(traffic.requests), traffic.refused)
        assert_within_limits(target, traffic)
        assert target.control.sessions() == 0
        assert held(target) == dict.fromkeys(before, verb == "suspend")
    assert held(target) == before
    assert {sum(job["applied"].values()) for job in target.control.jobs().values()} == {2}
    assert len(journal.read_text().splitlines()) == 2 + 4 * JOBS + 1
    tally("jobs under load", JOBS, target.system)


# --- memory --------------------------------------------------------------------------------------------------------

#: Bytes for each further job, at most, of what a module has in memory at once: with its result; and counting only,
#: where no more is remembered than ids, so that none counts twice. A page that is not yet collected adds to both.
KEPT, COUNTED = 16_000, 800
MEASURED = tuple(CAPABILITIES) if FULL else ("prime",)


def peak(target: Target, clock: RemoteClock, **options: t.Any) -> int:
    """Bytes that job_info allocated at its peak."""
    tracemalloc.start()
    try:
        run_module("job_info", clock=clock, **target.options, **everywhere(target), **options)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("system", MEASURED)
def test_memory_grows_with_the_result_and_with_nothing_else(estate: dict[str, Target], system: str) -> None:
    target = estate[system]
    few, many = (2_000, 10_000) if FULL else (2_000, 6_000)  # both of more pages than one
    peaks = []
    with standing_clock(target) as clock:
        for count in (few, many):
            target.control.reset()
            seed_many(target, count)
            peak(target, clock, limit=1)  # what is loaded once, and caches
            peaks.append((peak(target, clock), peak(target, clock, summary_only=True)))
    kept, counted = ((after - before) / (many - few) for before, after in zip(*peaks))
    assert kept <= KEPT
    assert counted <= COUNTED


# --- what the engine and the journal do for each job ---------------------------------------------------------------


def calls_of(action: t.Callable[[], None]) -> int:
    """How many functions an action calls, those of the standard library and of C included."""
    count = 0

    def note(_frame: t.Any, event: str, _argument: t.Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(None)
    return count


def night(folder: pathlib.Path, jobs: int) -> None:
    """A window over a product in memory: so many jobs suspended and resumed with a journal."""
    clock = FakeClock()
    product = MemoryProduct(clock, *[False] * jobs, lag=0.2)
    (folder / str(jobs)).mkdir()  # one of its own, as the journals beside it are looked at
    path = str(folder / str(jobs) / "night.journal")
    for verb in (Verb.SUSPEND, Verb.RESUME):
        with contextlib.closing(product):
            journal = Journal(path, clock)
            engine = Engine(product, clock, Policy(wait_interval=1.0), VerbOptions())
            window = JournalledWindow(journal, product, engine, clock, pytest.fail, "night")
            if verb is Verb.SUSPEND:
                window.open()
                items = window.plan_suspend(Selection())
                window.suspend(items)
            else:
                items = window.plan_resume(Selection())
                window.resume(items)
                window.close(items)
            journal.release()
            assert all(item.changed and not item.error for item in items)


def test_the_work_for_each_job_is_the_same_however_many_there_are(tmp_path: pathlib.Path) -> None:
    """Counted, not timed: functions called, and bytes of the journal."""
    sizes = (1_000, 4_000, 10_000) if FULL else (200, 800)
    night(tmp_path, 1)  # what is set up once
    each = [calls_of(lambda size=size: night(tmp_path, size)) / size for size in sizes]  # type: ignore[misc]
    assert max(each) <= 1.05 * min(each)
    written = [(tmp_path / str(size) / "night.journal").stat().st_size / size for size in sizes]
    assert max(written) <= 1.05 * min(written)


# --- many systems in one play --------------------------------------------------------------------------------------


def test_dozens_of_systems_in_one_play(tmp_path: pathlib.Path) -> None:
    """Opened and closed by the role: all jobs as they were found, no session left, no limit passed."""
    with contextlib.ExitStack() as stack:
        targets = {
            f"{system}-{number}": target
            for number in range(SYSTEMS_OF_A_KIND)
            for system, target in stack.enter_context(running_estate()).items()
        }
        for target in targets.values():
            target.control.knobs(**LIMITS.get(target.system, {}))
        scenes = {host: mixed_jobs(target) for host, target in targets.items()}
        before = {host: held(target) for host, target in targets.items()}
        write_hosts(tmp_path / "inventory.yml", {host: target.variables for host, target in targets.items()})
        ansible = Ansible(tmp_path / "inventory.yml", tmp_path)
        ansible.environment["ANSIBLE_FORKS"] = str(FORKS)
        window = Window(ansible)
        opened = window.suspend_jobs()
        assert opened.status == 0, opened.output[-5000:]
        for host, target in targets.items():
            ours = dict.fromkeys(scenes[host].ours(target.system), True)
            assert held(target) == before[host] | ours, host
        closed = window.resume_jobs()
        assert closed.status == 0, closed.output[-5000:]
        assert re.search(r"unreachable=[1-9]|failed=[1-9]", opened.output + closed.output) is None
        for host, target in targets.items():
            assert held(target) == before[host], host
            assert window.events(host)[-1] == "close", host
            assert target.control.sessions() == 0, host
            assert_within_limits(target, Traffic(target.control.requests()))
    tally("systems in one play", len(targets))
