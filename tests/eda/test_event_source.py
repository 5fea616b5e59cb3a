# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source, loaded as ansible-rulebook loads it, watches the simulators."""

from __future__ import annotations

import asyncio
import pathlib
import runpy
import socket
import threading
import typing as t

import pytest
from support.ansible import BUILD
from support.estate import Target
from support.peers import peer

from ansible_collections.batchops.job_control.plugins.module_utils import _secrets

COLLECTION = BUILD / "ansible_collections" / "batchops" / "job_control"
SOURCE = runpy.run_path(str(COLLECTION / "extensions" / "eda" / "plugins" / "event_source" / "jobs.py"))
Watcher = SOURCE["Watcher"]


#: A trigger of Prime goes back to its schedule when its run fails; elsewhere a failed job stays failed.
FAILED: dict[str, tuple[str, int]] = {"prime": ("queued", 0)}


def args(target: Target, **more: t.Any) -> dict[str, t.Any]:
    location = {"location": "/"} if target.system == "ajs" else {}
    return {**target.options, **location, **more}


def seen(events: list[dict[str, t.Any]]) -> list[tuple[str, str | None, str, int]]:
    return [(e["job"]["id"], e["job"]["before"], e["job"]["after"], e["job"]["failures"]) for e in events]


def test_one_event_for_each_change(target: Target) -> None:
    (job,) = target.control.seed({"name": "a", "scenario": "running"})
    watcher = Watcher(args(target))
    assert watcher.look() == []
    assert watcher.look() == []
    target.control.event(job, "fail")
    assert seen(watcher.look()) == [(job, "running", *FAILED.get(target.system, ("failed", 1)))]
    assert watcher.look() == []
    (new,) = target.control.seed({"name": "b", "scenario": "running"})
    assert seen(watcher.look()) == [(new, None, "running", 0)]
    assert target.control.writes() == []


def test_a_watch_goes_on_where_it_was(target: Target, tmp_path: pathlib.Path) -> None:
    """What changes while nobody watches is reported, and only once; so is what was sent but not stored, by one name."""
    options = args(target, state_file=str(tmp_path / "watch.json"))
    (job,) = target.control.seed({"name": "a", "scenario": "running"})
    watcher = Watcher(options)
    watcher.look()
    watcher.store()
    target.control.event(job, "fail")
    (lost,) = Watcher(options).look()  # it ends before it has stored anything
    second = Watcher(options)
    (event,) = second.look()
    assert event["meta"] == lost["meta"]
    assert seen([event]) == [(job, "running", *FAILED.get(target.system, ("failed", 1)))]
    second.store()
    assert Watcher(options).look() == []
    assert [path.name for path in tmp_path.iterdir()] == ["watch.json"]
    assert (tmp_path / "watch.json").stat().st_mode & 0o777 == 0o600


def test_no_session_stays_open(target: Target) -> None:
    watcher = Watcher(args(target))
    for _look in range(3):
        watcher.look()
    assert target.control.sessions() == 0


def test_secrets_of_sessions_that_are_over_are_forgotten(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_secrets, "_known", {})
    monkeypatch.setattr(_secrets, "LATEST", 4)
    watcher = Watcher(args(target))
    watcher.look()
    for_good = set(_secrets._known[""])
    assert target.options["password"] in for_good
    for _look in range(4):
        watcher.look()
    assert set(_secrets._known[""]) == for_good
    assert all(len(secrets) <= 4 for passing, secrets in _secrets._known.items() if passing)


class Done(Exception):
    """The test has seen enough."""


def watched(
    options: dict[str, t.Any],
    between: t.Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
    queue: asyncio.Queue[dict[str, t.Any]] | None = None,
) -> list[float]:
    """Run the source; returns how long it sleeps between its looks.

    :param between: called with the number of looks so far; ends the watch by raising Done.
    """
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        between(len(slept))

    async def run() -> None:
        await SOURCE["main"](queue or asyncio.Queue(), options)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    with pytest.raises(Done):
        asyncio.run(run())
    return slept


def test_a_product_that_does_not_answer_is_asked_less_and_less_often(
    estate: dict[str, Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = estate["prime"]
    target.control.arm(kind="status", status=503, times=0)

    def between(looks: int) -> None:
        if looks == 6:
            target.control.disarm()
        if looks == 7:
            raise Done

    slept = watched(args(target, interval=10, retry_timeout=0), between, monkeypatch)
    assert slept == [20, 40, 80, 100, 100, 100, 10]


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 501, 520, 599])
def test_trouble_that_may_pass_does_not_end_the_watch(
    estate: dict[str, Target], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what changed in the meantime is reported after it."""
    target = estate["prime"]
    target.control.reset()
    (job,) = target.control.seed({"name": "a", "scenario": "running"})
    queue: asyncio.Queue[dict[str, t.Any]] = asyncio.Queue()

    def between(looks: int) -> None:
        if looks == 1:
            target.control.event(job, "fail")
            target.control.arm(kind="status", status=status, times=0)
        if looks == 2:
            target.control.disarm()
        if looks == 3:
            raise Done

    slept = watched(args(target, interval=10, retry_timeout=0), between, monkeypatch, queue)
    assert slept == [10, 20, 10]
    assert seen([queue.get_nowait()]) == [(job, "running", *FAILED["prime"])]


def test_the_end_does_not_wait_for_an_answer(estate: dict[str, Target]) -> None:
    """Neither that of the loop, nor that of the process, which waits for all threads but daemons."""
    asked, released = threading.Event(), threading.Event()

    def silent(connection: socket.socket) -> None:
        asked.set()
        released.wait()

    async def end_it_while_it_reads(url: str) -> None:
        watch = asyncio.create_task(SOURCE["main"](asyncio.Queue(), args(estate["prime"], url=url)))
        await asyncio.to_thread(asked.wait)
        watch.cancel()

    with peer(silent) as server:
        asyncio.run(end_it_while_it_reads(f"http://{server.address}"))
        (still_reading,) = [thread for thread in threading.enumerate() if thread.name == "look"]
        assert still_reading.daemon
        released.set()
        still_reading.join()  # and nobody minds that there is no loop any more


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"password": "wrong"}, "credentials|password|log"),
        ({"interval": 1}, "interval: 1 is too little; give 5 or more"),
        ({"no_such_option": 1}, "no_such_option"),
        ({"state_file": "/no/such/folder/watch.json"}, "state_file: /no/such/folder/watch.json cannot be written"),
    ],
)
def test_what_another_look_will_not_mend_ends_the_watch(
    estate: dict[str, Target], wrong: dict[str, t.Any], sentence: str
) -> None:
    with pytest.raises(Exception, match=sentence) as raised:
        asyncio.run(SOURCE["main"](asyncio.Queue(), args(estate["commvault"], **wrong)))
    assert "wrong" not in str(raised.value)


def test_a_state_file_belongs_to_one_system(estate: dict[str, Target], tmp_path: pathlib.Path) -> None:
    file = tmp_path / "watch.json"
    first, other = (Watcher(args(estate[system], state_file=str(file))) for system in ("veeam", "ajs"))
    first.look()
    first.store()
    with pytest.raises(Exception, match=r"belongs to .*, not to .*; give each system its own"):
        other.look()
    file.write_text("[]")
    with pytest.raises(Exception, match=r"move it away to begin anew"):
        Watcher(args(estate["veeam"], state_file=str(file))).look()
