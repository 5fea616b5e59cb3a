# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The jobs that were started while a window was open, with every product: listed, written down, told in the report."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from support.benches import Bench, bench, server

from ansible_collections.batchops.job_control.plugins.module_utils import _in_window
from ansible_collections.batchops.job_control.plugins.module_utils._errors import ConnectionFailed
from ansible_collections.batchops.job_control.plugins.plugin_utils._page import build_page
from ansible_collections.batchops.job_control.plugins.plugin_utils._window_report import build_report
from simulators.__main__ import create
from simulators.core.server import serving

__all__ = ["bench", "server"]


@pytest.fixture
def here(tmp_path: pathlib.Path) -> t.Iterator[Bench]:
    with serving(create("prime")) as server:
        yield Bench(server, tmp_path / "window.journal")


def run(here: Bench, module: str, **options: t.Any) -> dict[str, t.Any]:
    result = here.run(module, **options)
    assert not result.get("failed"), result
    return result


def start(here: Bench, name: str) -> str:
    """A job that begins to run now."""
    with here.simulator.lock:
        here.simulator.tick()
        more = {"started_ago": 0} if here.system == "commvault" else {}
        job_id = str(here.simulator.seed({"name": name, "scenario": "queued", **more}))
        here.simulator.event(job_id, "start")
        return job_id


def events(here: Bench) -> list[str]:
    return [json.loads(line)["event"] for line in here.journal.read_text().splitlines()]


def test_what_was_started_inside_is_told(bench: t.Callable[[], Bench]) -> None:
    here = bench()
    here.simulator.clock.advance(7200.0)
    run(here, "job_suspend")
    here.simulator.clock.advance(60.0)
    going_on, ended = start(here, "going-on"), start(here, "has-ended")
    here.simulator.clock.advance(10.0)
    with here.simulator.lock:
        here.simulator.event(ended, "finish")
    here.simulator.clock.advance(2 * 86400.0)  # longer than jobs that have ended are looked at otherwise

    foretold = run(here, "job_resume", list_started=True, _ansible_check_mode=True)
    assert {job["id"] for job in foretold["ran_inside"]} >= {going_on, ended}
    assert "ran" not in events(here)

    result = run(here, "job_resume", list_started=True)
    ran = {job["id"]: job for job in result["ran_inside"]}
    assert {going_on, ended} <= set(ran)
    assert not ran.keys() & set(here.before)
    assert ran[going_on]["started"] > result["windows"][0]["opened"]
    assert set(ran[going_on]) == {"id", "name", "type", "owner", "started", "state"}

    assert events(here).index("ran") < events(here).index("intend_resume")
    report = build_report("patchday", ["here"], {"here": here.journal.read_bytes()})
    assert report["systems"][0]["ran_inside"] == result["ran_inside"]
    page = build_page(report)
    assert page["looked"]
    assert [(job["host"], job["id"]) for job in page["ran"]] == [("here", job_id) for job_id in ran]


def test_a_quiet_window_says_so(here: Bench) -> None:
    here.simulator.clock.advance(7200.0)
    run(here, "job_suspend")
    here.simulator.clock.advance(60.0)
    assert "ran_inside" not in run(here, "job_resume", window="other")
    assert run(here, "job_resume", list_started=True)["ran_inside"] == []
    report = build_report("patchday", ["here"], {"here": here.journal.read_bytes()})
    assert report["systems"][0]["ran_inside"] == []
    assert build_page(report)["looked"]
    again = run(here, "job_resume", list_started=True)  # it is closed
    assert (again["ran_inside"], again["changed"], events(here).count("ran")) == ([], False, 1)


def test_the_report_of_a_window_nobody_looked_into_says_nothing(here: Bench) -> None:
    here.window()
    report = build_report("patchday", ["here"], {"here": here.journal.read_bytes()})
    assert report["systems"][0]["ran_inside"] is None
    assert not build_page(report)["looked"]


def test_a_list_that_fails_keeps_no_job_from_being_resumed(here: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> t.NoReturn:
        raise ConnectionFailed("no answer")

    monkeypatch.setattr(_in_window, "started_inside", fail)
    run(here, "job_suspend")
    result = run(here, "job_resume", list_started=True)
    assert result["ran_inside"] == []
    assert "list_started: which jobs were started inside the window 'patchday' is not known" in str(result["warnings"])
    here.assert_as_found()
    assert "ran" not in events(here)


def test_nothing_to_close_lists_nothing(here: Bench) -> None:
    result = run(here, "job_resume", list_started=True, close_if="expired", window=None)
    assert (result["ran_inside"], result["http"]["requests"]) == ([], 0)


def test_only_a_window_has_an_inside(here: Bench) -> None:
    refused = here.run("job_resume", journal=None, window=None, job_ids=["1"], list_started=True)
    assert refused["msg"].startswith("list_started: it needs a journal")


def test_it_is_looked_where_location_says(tmp_path: pathlib.Path) -> None:
    with serving(create("ajs")) as server:
        here = Bench(server, tmp_path / "window.journal")
        run(here, "job_suspend")
        here.simulator.clock.advance(60.0)
        inside = start(here, "inside")
        assert inside in {job["id"] for job in run(here, "job_resume", list_started=True)["ran_inside"]}
        run(here, "job_suspend")
        here.simulator.clock.advance(60.0)
        start(here, "elsewhere")
        here.target.options.pop("location", None)
        with here.simulator.lock:
            here.simulator.seed({"name": "/Other/unit", "scenario": "queued"})
        assert run(here, "job_resume", list_started=True, location="/Other")["ran_inside"] == []
