# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Suspend and resume through real ansible, on each product: what they change, what they leave alone, what they send."""

from __future__ import annotations

import pathlib
import typing as t

from support.ansible import Ansible
from support.estate import Target
from support.scenes import Scene, held, mixed_jobs
from support.watched import Call, run_watched


def suspend_and_resume(scene: Scene, target: Target, *forms: str) -> list[Call]:
    """Suspend all jobs and resume those that it suspended, each in all forms: `check` and `real`."""
    return [
        Call(module, options, check=form == "check", look=True)
        for module, options in (("job_suspend", {"all": True}), ("job_resume", {"job_ids": scene.ours(target.system)}))
        for form in forms
    ]


def test_suspend_and_resume_change_what_was_selected_and_nothing_else(ansible: Ansible, target: Target) -> None:
    scene = mixed_jobs(target)
    before = held(target)
    suspended, resumed = run_watched(ansible, target, *suspend_and_resume(scene, target, "real"))
    assert suspended.status == 0
    assert {job_id for job_id, job in suspended.jobs.items() if job["changed"]} == set(scene.ours(target.system))
    assert suspended.held == before | dict.fromkeys(scene.ours(target.system), True)

    assert resumed.status == 0
    assert all(job["changed"] for job in resumed.jobs.values())
    assert resumed.held == held(target) == before
    assert target.control.sessions() == 0


def test_a_second_run_changes_nothing_and_sends_no_write(ansible: Ansible, target: Target) -> None:
    runs = run_watched(ansible, target, *suspend_and_resume(mixed_jobs(target), target, "real", "real"))
    for first, again in zip(runs[::2], runs[1::2]):
        assert first.result["changed"]
        assert again.status == 0
        assert not again.result["changed"]
        assert again.writes == []


def test_check_mode_sends_no_write_and_predicts_the_real_run(ansible: Ansible, target: Target) -> None:
    runs = run_watched(ansible, target, *suspend_and_resume(mixed_jobs(target), target, "check", "real"))
    for predicted, real in zip(runs[::2], runs[1::2]):
        assert predicted.writes == []
        for name in ("id", "before", "after", "action", "changed", "error"):
            assert [job[name] for job in predicted.result["jobs"]] == [job[name] for job in real.result["jobs"]], name
        assert predicted.result["summary"] == real.result["summary"]
        assert diff_lines(predicted.output) == diff_lines(real.output) != []
        assert predicted.result["changed"] is real.result["changed"] is True


def diff_lines(output: str) -> list[str]:
    """What the terminal shows as the difference."""
    return [line for line in output.splitlines() if line[:1] in ("+", "-") and line[:3] not in ("+++", "---")]


def test_only_what_is_named_is_touched(ansible: Ansible, target: Target) -> None:
    scene = mixed_jobs(target)
    chosen = scene.ours(target.system)[0]
    before = held(target)
    run = ansible.module(target.system, "job_suspend", job_ids=[chosen])
    assert list(run.jobs) == [chosen]
    assert held(target) == before | {chosen: True}
    touched = {job_id for job_id, job in target.control.jobs().items() if sum(job["applied"].values())}
    assert touched == {chosen}


def test_a_window_resumes_exactly_what_it_suspended(ansible: Ansible, target: Target, tmp_path: pathlib.Path) -> None:
    """Jobs suspended by somebody else stay so; one that somebody resumed in between is left alone; one that is
    missing is an error, until a person says that it is gone."""
    scene = mixed_jobs(target, 3)
    before = held(target)
    journal = str(tmp_path / "window.journal")
    assert ansible.module(target.system, "job_suspend", all=True, journal=journal, window="w").status == 0
    kept, resumed_by_hand, gone = scene.ours(target.system)[:3]
    target.control.event(resumed_by_hand, "resume")
    target.control.event(gone, "vanish")
    target.control.advance(5)

    close = {"journal": journal, "window": "w"}
    status, closed, again = run_watched(
        ansible,
        target,
        Call("job_resume", {"journal": journal}, check=True),
        Call("job_resume", close, look=True),
        Call("job_resume", {**close, "forget_missing": True}),
    )
    assert status.jobs[kept]["changed"]
    assert closed.status != 0
    assert closed.result["error"]["kind"] == "partial"
    assert closed.jobs[kept]["changed"]
    assert not closed.jobs[resumed_by_hand]["changed"]
    assert "resumed" in closed.jobs[resumed_by_hand]["note"]
    assert closed.jobs[gone]["before"] is None
    assert closed.jobs[gone]["error"]["kind"] == "not_found"
    assert not set(scene.foreign) & set(closed.jobs)
    assert closed.held == {job_id: flag for job_id, flag in before.items() if job_id in held(target)}

    assert again.status == 0
    assert not again.result["changed"]
    assert again.writes == []


def test_a_job_that_ends_in_the_window_is_reported(ansible: Ansible, target: Target, tmp_path: pathlib.Path) -> None:
    scene = mixed_jobs(target)
    journal = str(tmp_path / "window.journal")
    assert ansible.module(target.system, "job_suspend", all=True, journal=journal).status == 0
    ended = scene.waiting[0] if target.system == "ajs" else scene.running[0]
    target.control.event(ended, "finish")
    target.control.advance(5)
    closed = ansible.module(target.system, "job_resume", journal=journal)
    error = closed.jobs[ended]["error"]
    if target.system == "ajs":  # its hold has passed to the next generation: somebody has to release that
        assert closed.status != 0
        assert error["kind"] == "unknown_outcome"
        assert "next generation" in error["message"]
    else:
        assert closed.status == 0
        assert error is None


def test_job_info_tells_the_neutral_and_the_product_state(ansible: Ansible, target: Target) -> None:
    scene = mixed_jobs(target)
    calls = (Call("job_info", options) for options in ({}, {"limit": 2}, {"summary_only": True}))
    run, few, counts = run_watched(ansible, target, *calls)
    assert set(run.jobs) == set(scene.all)
    assert {run.jobs[job_id]["state"] for job_id in scene.running} == {"running"}
    assert {run.jobs[job_id]["state"] for job_id in scene.foreign} <= {"suspended", "held"}
    assert all("resume" in run.jobs[job_id]["actions"] for job_id in scene.foreign)
    assert all(job["raw_state"] and job["name"] and job["type"] for job in run.result["jobs"])
    assert run.result["summary"]["selected"] == len(scene.all)

    assert len(few.result["jobs"]) == 2
    assert counts.result["jobs"] == []
    assert counts.result["summary"]["states"] == run.result["summary"]["states"]


def test_job_info_selects(ansible: Ansible, target: Target) -> None:
    scene = mixed_jobs(target)
    selections: list[tuple[dict[str, t.Any], list[str]]] = [
        ({"names": ["*running-*"]}, scene.running),
        ({"names": ["*running-0", "*suspended-1"]}, [scene.running[0], scene.foreign[1]]),
        ({"states": ["running"]}, scene.running),
        ({"names": ["nothing"]}, []),
        ({"job_ids": scene.ended}, scene.ended),
    ]
    runs = run_watched(ansible, target, *(Call("job_info", options) for options, _expected in selections))
    for run, (options, expected) in zip(runs, selections):
        assert set(run.jobs) == set(expected), options
        assert run.result["summary"]["selected"] == len(expected)


def test_nothing_selected_is_no_error(ansible: Ansible, target: Target) -> None:
    mixed_jobs(target)
    run = ansible.module(target.system, "job_suspend", names=["nothing"])
    assert run.status == 0
    assert run.result["summary"] == {"selected": 0, "changed": 0, "unchanged": 0, "skipped": 0, "failed": 0}
    assert target.control.writes() == []
