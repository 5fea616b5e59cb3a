# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role and its playbooks, run by their full names on the group job_systems: after the window every job is as it
was found, whatever happened in it."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import pathlib
import re
import shutil
import stat
import typing as t

import pytest
import yaml
from support.ansible import Ansible, PlaybookRun
from support.estate import Target, write_inventory
from support.scenes import Scene, held, mixed_jobs
from support.window_plays import message_lines, own_play, trace, traces
from support.windows import Window, ended, wait_until

Estate = dict[str, Target]
Held = dict[str, dict[str, bool]]

LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
NOWHERE = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}


@pytest.fixture
def window(ansible: Ansible) -> Window:
    return Window(ansible)


def scenes(estate: Estate, count: int = 2) -> dict[str, Scene]:
    return {system: mixed_jobs(target, count) for system, target in estate.items()}


def all_held(estate: Estate) -> Held:
    return {system: held(target) for system, target in estate.items()}


def during(estate: Estate, found: Held, scene: t.Mapping[str, Scene]) -> Held:
    """What is held while the window is open: what was found held, and what the window has suspended."""
    return {system: found[system] | dict.fromkeys(scene[system].ours(system), True) for system in estate}


def some(estate: Estate, *systems: str) -> Estate:
    return {system: estate[system] for system in systems}


def writes(estate: Estate) -> list[str]:
    return [f"{system}: {entry['target']}" for system, target in estate.items() for entry in target.control.writes()]


def assert_sentence(run: PlaybookRun, *words: str) -> None:
    """The play failed, says so with these words, and shows no traceback."""
    assert run.status == 2, run.output
    for word in words:
        assert word in message_lines(run), run.output
    assert "Traceback" not in run.output


def tasks_file(folder: pathlib.Path, *tasks: dict[str, t.Any]) -> pathlib.Path:
    path = folder / "tasks.yml"
    path.write_text(yaml.safe_dump(list(tasks)))
    return path


def closing_figures(run: PlaybookRun) -> dict[str, tuple[int, int, int]]:
    """How many jobs were suspended, resumed and left alone, by host, as the terminal shows it."""
    found = re.findall(r'"(\w+): (\d+) were suspended, (\d+) resumed, (\d+) left alone"', message_lines(run))
    return {host: (int(suspended), int(resumed), int(left)) for host, suspended, resumed, left in found}


def changed_tasks(run: PlaybookRun) -> dict[str, int]:
    """How many tasks changed something, by host."""
    recap = run.output.rpartition("PLAY RECAP")[2]
    return {host: int(number) for host, number in re.findall(r"^(\w+) .* changed=(\d+) ", recap, re.MULTILINE)}


# --- open, tasks, close -------------------------------------------------------------------------------------------


def test_tasks_run_while_the_jobs_are_suspended(window: Window, estate: Estate, tmp_path: pathlib.Path) -> None:
    """Within the window all jobs that can work are suspended; after it all are as they were found. Journals are
    readable by their owner only."""
    scene, found = scenes(estate), all_held(estate)
    look = {
        "url": "{{ origins[inventory_hostname] }}/_sim/jobs",
        "dest": f"{tmp_path}/{{{{ inventory_hostname }}}}.json",
        "mode": "0600",
    }
    origins = {system: target.control.origin for system, target in estate.items()}
    run = window.around(tasks_file(tmp_path, {"ansible.builtin.get_url": look}), origins=origins)
    assert run.status == 0, run.output

    seen = {system: json.loads((tmp_path / f"{system}.json").read_text())["jobs"] for system in estate}
    assert {system: {job["id"]: job["held"] for job in jobs} for system, jobs in seen.items()} == during(
        estate, found, scene
    )
    assert all_held(estate) == found
    expected = {system: len(scene[system].ours(system)) for system in estate}
    assert closing_figures(run) == {system: (number, number, 0) for system, number in expected.items()}
    assert sorted(path.name for path in window.folder.iterdir()) == sorted(f"{system}.journal" for system in estate)
    assert stat.S_IMODE(window.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in window.folder.iterdir()} == {0o600}
    assert {window.events(system)[-1] for system in estate} == {"close"}


@pytest.mark.parametrize("failing", ["prime", "all"])
def test_the_window_closes_when_its_tasks_fail(
    window: Window, estate: Estate, tmp_path: pathlib.Path, failing: str
) -> None:
    """On one host or on all: the jobs are resumed everywhere, and the play still fails."""
    chosen = some(estate, "commvault", "prime", "ajs")
    scene, found = scenes(chosen), all_held(chosen)
    fail = {
        "ansible.builtin.fail": {"msg": "the patch does not fit"},
        "when": f"inventory_hostname == '{failing}' or '{failing}' == 'all'",
    }
    run = window.around(tasks_file(tmp_path, fail, trace(tmp_path)), "--limit", ",".join(chosen))
    assert_sentence(run, "the patch does not fit")
    assert traces(tmp_path) == (set() if failing == "all" else set(chosen) - {failing})
    assert all_held(chosen) == found
    assert {window.events(system)[-1] for system in chosen} == {"close"}
    suspended = {system: len(scene[system].ours(system)) for system in chosen}
    assert closing_figures(run) == {system: (number, number, 0) for system, number in suspended.items()}


# --- the gate -----------------------------------------------------------------------------------------------------


def test_no_task_runs_when_one_job_system_cannot_be_entered(
    window: Window, estate: Estate, tmp_path: pathlib.Path
) -> None:
    """Nobody shall patch under running jobs: one job system with a wrong password stops everything before any
    job is touched, and the play fails."""
    scenes(estate)
    found = all_held(estate)
    locked_out = dataclasses.replace(estate["prime"], options={**estate["prime"].options, "password": "wrong"})
    write_inventory(window.ansible.inventory, {**estate, "prime": locked_out}.values())

    run = window.around(tasks_file(tmp_path, trace(tmp_path)))
    assert_sentence(run, "The tasks of the window patchday are not run", "it cannot be opened on prime.")
    assert traces(tmp_path) == set()
    assert all_held(estate) == found
    assert writes(estate) == []

    # Without that job system it is a window like any other.
    run = window.around(tasks_file(tmp_path, trace(tmp_path)), "--limit", "commvault,ajs")
    assert run.status == 0, run.output
    assert traces(tmp_path) == {"commvault", "ajs"}
    assert all_held(estate) == found


def test_a_play_that_ignores_errors_runs_no_task_either(window: Window, estate: Estate, tmp_path: pathlib.Path) -> None:
    """Nor is it content."""
    chosen = some(estate, "ajs", "prime")
    scenes(chosen)
    found = all_held(chosen)
    locked_out = dataclasses.replace(estate["prime"], options={**estate["prime"].options, "password": "wrong"})
    write_inventory(window.ansible.inventory, {**chosen, "prime": locked_out}.values())
    run = window.run(str(own_play(tmp_path, ignore_errors=True)), maintenance_window_tasks=str(trace_file(tmp_path)))
    assert_sentence(run, "The tasks of the window patchday are not run", "it cannot be opened on prime.")
    assert traces(tmp_path) == set()
    assert all_held(chosen) == found


def test_a_closing_that_fails_is_not_ignored(window: Window, estate: Estate, tmp_path: pathlib.Path) -> None:
    """The tasks may ignore what they like; a window that cannot be closed says what it holds. Nor does it keep another
    one from being closed, in a play that ends everywhere when one host has failed."""
    scene, found = mixed_jobs(estate["ajs"]), held(estate["ajs"])
    mixed_jobs(estate["prime"])
    found_prime = held(estate["prime"])
    tasks = tasks_file(
        tmp_path,
        {"ansible.builtin.command": "/bin/false"},
        {"ansible.builtin.file": {"path": str(window.journal("ajs")), "state": "absent"}, "run_once": True},
        trace(tmp_path),
    )
    play = own_play(tmp_path, ignore_errors=True, any_errors_fatal=True)
    run = window.run(str(play), "--limit", "ajs,prime", maintenance_window_tasks=str(tasks))
    ours = scene.ours("ajs")
    assert_sentence(run, "ajs.journal does not exist", "This run has suspended, and not resumed: /Batch/")
    assert all(job_id in message_lines(run) for job_id in ours)
    assert traces(tmp_path) == {"ajs", "prime"}
    assert held(estate["ajs"]) == found | dict.fromkeys(ours, True)
    assert held(estate["prime"]) == found_prime


def trace_file(folder: pathlib.Path) -> pathlib.Path:
    return tasks_file(folder, trace(folder))


def test_no_task_runs_when_one_job_cannot_be_suspended(window: Window, estate: Estate, tmp_path: pathlib.Path) -> None:
    """The jobs of that system which were suspended before are restored, too."""
    chosen = some(estate, "veeam", "ajs")
    scene, found = scenes(chosen), all_held(chosen)
    number = len(scene["ajs"].ours("ajs"))
    denied = '{"message": "The user has no permission.", "messageID": "KNAK2002-E"}'
    chosen["ajs"].control.arm(kind="stranger", status=403, body=denied, writes=True, skip=1, times=number - 1)
    run = window.around(tasks_file(tmp_path, trace(tmp_path)), "--limit", ",".join(chosen))
    assert_sentence(run, "not all jobs are suspended on ajs.")
    assert traces(tmp_path) == set()
    assert all_held(chosen) == found
    assert window.events("ajs").count("suspended") == window.events("ajs").count("resumed") == 1


def test_a_play_in_batches_runs_no_task(window: Window, estate: Estate, tmp_path: pathlib.Path) -> None:
    """With `serial` the job systems of later batches are not suspended yet when the tasks of the first batch are
    due, so they are not run."""
    chosen = some(estate, "ajs", "prime")
    scenes(chosen)
    found = all_held(chosen)
    role = {"ansible.builtin.include_role": {"name": "batchops.job_control.maintenance_window"}}
    play = {"hosts": "job_systems", "gather_facts": False, "serial": 1, "tasks": [role]}
    playbook = tmp_path / "playbook.yml"
    playbook.write_text(yaml.safe_dump([play]))
    tasks = tasks_file(tmp_path, trace(tmp_path))
    run = window.run(str(playbook), "--limit", ",".join(chosen), maintenance_window_tasks=str(tasks))
    assert_sentence(run, "serial: the tasks of the window would run before")
    assert traces(tmp_path) == set()
    assert all_held(chosen) == found


def test_a_host_that_has_left_the_play_is_not_ready(window: Window, estate: Estate, tmp_path: pathlib.Path) -> None:
    """Its note is of an earlier window of that name; nothing is suspended there now."""
    chosen = some(estate, "ajs", "prime")
    scenes(chosen)
    found = all_held(chosen)
    role = {"ansible.builtin.include_role": {"name": "batchops.job_control.maintenance_window"}}
    fail = {"ansible.builtin.fail": {"msg": "out of order"}, "when": "inventory_hostname == 'prime'"}
    play = {"hosts": "job_systems", "gather_facts": False}
    patch = {"maintenance_window_tasks": str(tasks_file(tmp_path, trace(tmp_path)))}
    playbook = tmp_path / "playbook.yml"
    playbook.write_text(yaml.safe_dump([{**play, "tasks": [role, fail]}, {**play, "vars": patch, "tasks": [role]}]))
    run = window.run(str(playbook), "--limit", ",".join(chosen))
    assert_sentence(run, "out of order", "it cannot be opened on prime.")
    assert traces(tmp_path) == set()
    assert all_held(chosen) == found


# --- what others do in the window ---------------------------------------------------------------------------------


def test_what_others_did_in_the_window_stays_so(window: Window, estate: Estate) -> None:
    """A job that somebody else had suspended stays suspended; one that somebody resumed or that has ended is left alone
    and counted; one that is not found is an error until a person says that it is gone. For Prime and Veeam a run has
    ended, not the job, so that is resumed. At AJS the hold of a unit that has ended is handed on, which is another
    story."""
    scene = scenes(estate, 4)
    found = all_held(estate)
    gone: dict[str, str] = {}
    assert window.suspend_jobs().status == 0
    assert all_held(estate) == during(estate, found, scene)
    for system, target in estate.items():
        resumed, gone[system] = scene[system].ours(system)[:2]
        target.control.event(resumed, "resume")
        target.control.event(gone[system], "vanish")
        if system != "ajs":
            target.control.event(scene[system].running[-1], "finish")
        target.control.advance(5)

    closed = window.resume_jobs()
    assert closed.status == 2, closed.output
    for system in estate:
        assert f"Job {gone[system]} is missing: it is gone, or this user may not see it" in closed.output
        assert window.events(system)[-1] == "close"
    again = window.resume_jobs(maintenance_window_forget_missing=True)
    assert again.status == 0, again.output
    assert closing_figures(again) == dict.fromkeys(estate, (1, 0, 1))
    assert all_held(estate) == {
        system: {job_id: found[system][job_id] for job_id in now} for system, now in all_held(estate).items()
    }
    for system in estate:
        assert {"missing", "forgotten", "left"} <= set(window.events(system))
    assert window.resume_jobs().status == 0


def test_looking_and_closing_again_change_nothing(window: Window, estate: Estate) -> None:
    """`window_status` shows what is still suspended and writes nothing; a window that is closed is closed."""
    chosen = some(estate, "drs", "veeam")
    scene, found = scenes(chosen), all_held(chosen)
    hosts = ("--limit", ",".join(chosen))
    assert window.suspend_jobs(*hosts).status == 0
    for target in chosen.values():
        target.control.forget_requests()
    journals = {system: window.journal(system).read_bytes() for system in chosen}
    status = window.run("window_status", *hosts)
    assert status.status == 0, status.output
    for system in chosen:
        number = len(scene[system].ours(system))
        assert f"{system}: {number} jobs held since" in status.output
    assert changed_tasks(status) == dict.fromkeys(chosen, 0)
    assert writes(chosen) == []
    assert {system: window.journal(system).read_bytes() for system in chosen} == journals

    closed = window.resume_jobs(*hosts)
    assert closed.status == 0, closed.output
    assert changed_tasks(closed) == dict.fromkeys(chosen, 1)
    assert all_held(chosen) == found
    for target in chosen.values():
        target.control.forget_requests()
    again = window.resume_jobs(*hosts)
    assert again.status == 0, again.output
    assert changed_tasks(again) == dict.fromkeys(chosen, 0)
    assert closing_figures(again) == dict.fromkeys(chosen, (0, 0, 0))
    assert writes(chosen) == []


def test_a_window_can_be_added_to_and_opened_again(window: Window, estate: Estate) -> None:
    """Suspending again with the same name adds what has come since; one closing restores all; and the name can be
    used again after that."""
    chosen = some(estate, "commvault", "drs", "veeam")
    scene, found = scenes(chosen), all_held(chosen)
    hosts = ("--limit", ",".join(chosen))
    assert window.suspend_jobs(*hosts).status == 0
    late = {
        system: target.control.seed({"name": "late", "scenario": "running"})[0] for system, target in chosen.items()
    }
    found = {system: found[system] | {late[system]: False} for system in chosen}
    added = window.suspend_jobs(*hosts)
    assert added.status == 0, added.output
    for system in chosen:
        assert f" found, 1 suspended, {len(found[system]) - 1} left alone" in added.output
    expected = during(chosen, found, scene)
    assert all_held(chosen) == {system: expected[system] | {late[system]: True} for system in chosen}

    numbers = {system: len(scene[system].ours(system)) + 1 for system in chosen}
    closed = window.resume_jobs(*hosts)
    assert closed.status == 0, closed.output
    assert closing_figures(closed) == {system: (number, number, 0) for system, number in numbers.items()}
    assert all_held(chosen) == found

    again = window.run("maintenance_window", *hosts)
    assert again.status == 0, again.output
    assert closing_figures(again) == closing_figures(closed)
    assert all_held(chosen) == found


# --- check mode ---------------------------------------------------------------------------------------------------


def test_check_mode_leaves_no_trace(window: Window, estate: Estate, tmp_path: pathlib.Path) -> None:
    """No write, no folder, no journal; but the figures of the real run. An open window's journal stays as it is."""
    scene, found = scenes(estate), all_held(estate)
    for target in estate.values():
        target.control.check_mode(True)
    run = window.around(tasks_file(tmp_path, trace(tmp_path)), "--check")
    assert run.status == 0, run.output
    for system in estate:
        assert (
            f"{system}: {len(found[system])} found, {len(scene[system].ours(system))} would be suspended"
            in message_lines(run)
        )
    assert not window.folder.exists()
    assert traces(tmp_path) == set()
    assert [line for target in estate.values() for line in target.control.check_mode(False)] == []

    assert window.suspend_jobs("--limit", "ajs").status == 0
    journal = window.journal("ajs").read_bytes()
    estate["ajs"].control.check_mode(True)
    for run in (window.resume_jobs("--check", "--limit", "ajs"), window.suspend_jobs("--check", "--limit", "ajs")):
        assert run.status == 0, run.output
    assert estate["ajs"].control.check_mode(False) == []
    assert window.journal("ajs").read_bytes() == journal


# --- names, places, locks -----------------------------------------------------------------------------------------


def test_a_name_that_is_none(window: Window, estate: Estate) -> None:
    """A name that cannot be part of a path, or that no window has, is one clear sentence and no request."""
    hosts = ("--limit", "prime,ajs")
    scenes(some(estate, "prime", "ajs"))
    assert window.suspend_jobs(*hosts).status == 0
    for system in ("prime", "ajs"):
        estate[system].control.forget_requests()

    for playbook in ("suspend_jobs", "maintenance_window"):
        bad = window.run(playbook, *hosts, maintenance_window_name="a/b")
        assert_sentence(bad, "maintenance_window_name: 'a/b' cannot be part of a file name; use up to")
    mistyped = window.resume_jobs(*hosts, maintenance_window_name="pathcday")
    assert "The window 'pathcday' is not open in" in mistyped.output
    assert "open is the window 'patchday'" in mistyped.output
    mistyped = window.run("window_status", *hosts, maintenance_window_name="pathcday")
    assert_sentence(mistyped, "No journal of 2 job systems knows a window 'pathcday'", "Open is: patchday.")
    assert estate["prime"].control.requests() == estate["ajs"].control.requests() == []


def test_a_job_system_that_a_limit_has_left_out(window: Window, estate: Estate) -> None:
    """Nothing was opened there, so there is nothing to close, and it is not asked for anything. Where none has a
    journal, the folder may be mistyped."""
    hosts = ("--limit", "prime,ajs")
    chosen = some(estate, "prime", "ajs")
    scene, found = scenes(chosen), all_held(chosen)
    assert window.suspend_jobs("--limit", "ajs").status == 0
    assert window.run("window_status", *hosts).status == 0
    for _again in range(2):
        estate["prime"].control.forget_requests()
        closed = window.resume_jobs(*hosts)
        assert closed.status == 0, closed.output
        assert "prime: no window was opened here, so there is nothing to close" in message_lines(closed)
        assert estate["prime"].control.requests() == []
    assert all_held(chosen) == found
    assert scene["ajs"].ours("ajs")
    elsewhere = window.resume_jobs(*hosts, maintenance_window_journal_folder=f"{window.folder}-mistyped")
    assert_sentence(elsewhere, "-mistyped/ajs.journal does not exist")
    assert_sentence(elsewhere, "-mistyped/prime.journal does not exist")


def test_journals_on_a_host_of_their_own(window: Window, estate: Estate, tmp_path: pathlib.Path) -> None:
    """The modules run on the host that keeps the journals, but each connects to its own job system: to the one of
    the inventory host, whatever the keeper's own variables say. The job systems need not be reachable for Ansible."""
    chosen = some(estate, "drs", "ajs")
    scene, found = scenes(chosen), all_held(chosen)
    systems = {system: {**target.variables, **NOWHERE} for system, target in chosen.items()}
    keeper = {**estate["veeam"].variables, **LOCAL}
    groups = {"job_systems": {"hosts": systems}, "keepers": {"hosts": {"keeper": keeper}}}
    window.ansible.inventory.write_text(yaml.safe_dump({"all": {"children": groups}}))

    opened = window.suspend_jobs(maintenance_window_journal_host="keeper")
    assert opened.status == 0, opened.output
    assert all_held(chosen) == during(chosen, found, scene)
    assert sorted(path.name for path in window.folder.iterdir()) == ["ajs.journal", "drs.journal"]
    status = window.run("window_status", maintenance_window_journal_host="keeper")
    assert "ajs: 2 jobs held since" in status.output
    closed = window.resume_jobs(maintenance_window_journal_host="keeper")
    assert closed.status == 0, closed.output
    assert all_held(chosen) == found
    assert estate["veeam"].control.requests() == []


def test_journals_that_only_the_facts_keep(window: Window, estate: Estate, tmp_path: pathlib.Path) -> None:
    """The files are lost between the runs, as with an execution environment; the cached facts are not."""
    chosen = some(estate, "veeam", "ajs")
    scene, found = scenes(chosen), all_held(chosen)
    hosts = ("--limit", ",".join(chosen))
    facts = {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(tmp_path / "facts")}
    window.ansible.environment.update(facts)
    # Extra variables that are given as key=value are texts.
    run = window.suspend_jobs(*hosts, "-e", "maintenance_window_journal_in_facts=true")
    assert run.status == 0, run.output
    assert all_held(chosen) == during(chosen, found, scene)
    shutil.rmtree(window.folder)

    unused = window.run("window_status", *hosts, "-e", "maintenance_window_journal_in_facts=false")
    assert_sentence(unused, "No journal of 2 job systems knows a window 'patchday'", "No window is open there.")

    status = window.run("window_status", *hosts, maintenance_window_journal_in_facts=True)
    assert "ajs: 2 jobs held since" in status.output
    assert not window.folder.exists()
    run = window.resume_jobs(
        *hosts, maintenance_window_journal_in_facts=True, maintenance_window_report_folder=str(tmp_path / "report")
    )
    assert run.status == 0, run.output
    assert all_held(chosen) == found
    report = json.loads((tmp_path / "report" / "patchday-veeam-ajs.json").read_text())
    assert (
        report["totals"]["resumed"]
        == report["totals"]["suspended"]
        == sum(len(scene[system].ours(system)) for system in chosen)
    )


@pytest.mark.parametrize("in_facts", [False, True])
def test_windows_that_overlap(window: Window, estate: Estate, tmp_path: pathlib.Path, in_facts: bool) -> None:
    """What the first window has suspended stays so until the second one closes, also where only the facts last."""
    chosen = some(estate, "commvault", "ajs")
    scene, found = scenes(chosen), all_held(chosen)
    facts = {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(tmp_path / "facts")}
    window.ansible.environment.update(facts)
    others = dataclasses.replace(window, name="other")

    def run(which: Window, playbook: str) -> None:
        done = which.run(playbook, "--limit", ",".join(chosen), maintenance_window_journal_in_facts=in_facts)
        assert done.status == 0, done.output
        if in_facts:
            shutil.rmtree(window.folder)

    run(window, "suspend_jobs")
    run(others, "suspend_jobs")
    run(window, "resume_jobs")
    assert all_held(chosen) == during(chosen, found, scene)
    run(others, "resume_jobs")
    assert all_held(chosen) == found


def test_two_controllers_open_the_same_window(window: Window, estate: Estate) -> None:
    """Each job is suspended once, whoever comes first; the other one waits for the journal; and one closing restores
    all."""
    chosen = some(estate, "commvault", "ajs")
    scene, found = scenes(chosen, 3), all_held(chosen)
    hosts = ("--limit", ",".join(chosen))
    for target in chosen.values():
        target.control.knobs(latency=0.2)
    runs = [ended(process) for process in [window.start("suspend_jobs", *hosts) for _controller in range(2)]]
    assert [run.status for run in runs] == [0, 0], runs
    assert all_held(chosen) == during(chosen, found, scene)
    for system, target in chosen.items():
        applied = {job_id: sum(job["applied"].values()) for job_id, job in target.control.jobs().items()}
        assert applied == {job_id: int(job_id in scene[system].ours(system)) for job_id in found[system]}
        target.control.knobs(latency=0)
    assert window.resume_jobs(*hosts).status == 0
    assert all_held(chosen) == found


def test_a_window_that_somebody_else_works_in(window: Window, estate: Estate, tmp_path: pathlib.Path) -> None:
    """It is neither worked in nor closed: their jobs stay suspended until they close it themselves."""
    chosen = some(estate, "commvault", "ajs")
    scene, found = scenes(chosen), all_held(chosen)
    hosts = ("--limit", ",".join(chosen))
    assert window.suspend_jobs(*hosts).status == 0
    run = window.around(tasks_file(tmp_path, trace(tmp_path)), *hosts)
    assert_sentence(run, "is open already, with", "are not run, because it cannot be opened on")
    assert traces(tmp_path) == set()
    assert all_held(chosen) == during(chosen, found, scene)
    assert window.resume_jobs(*hosts).status == 0
    assert all_held(chosen) == found


def test_a_journal_in_use(window: Window, estate: Estate) -> None:
    """While another run holds the journal nothing is asked of the product, and looking at the window works."""
    mixed_jobs(estate["ajs"])
    assert window.suspend_jobs("--limit", "ajs").status == 0
    suspended = held(estate["ajs"])
    estate["ajs"].control.forget_requests()
    file = os.open(window.journal("ajs"), os.O_RDWR)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        for playbook in ("suspend_jobs", "resume_jobs"):
            run = window.run(playbook, "--limit", "ajs", maintenance_window_wait_timeout=1)
            assert_sentence(run, "ajs.journal is in use by another run, which has not let go of it in time")
        assert writes(some(estate, "ajs")) == []
        assert window.run("window_status", "--limit", "ajs").status == 0
    finally:
        os.close(file)
    assert held(estate["ajs"]) == suspended


# --- instances that run -------------------------------------------------------------------------------------------


def runs_of(target: Target) -> set[str]:
    """The jobs of which something runs now."""
    return {job_id for job_id, job in target.control.jobs().items() if job["running"]}


def looks_at_jobs(target: Target) -> int:
    """How often Prime or Veeam was asked for the state of jobs."""
    return sum("JobSummary" in entry["target"] or "type=Job&" in entry["target"] for entry in target.control.requests())


def test_cancel_what_runs(window: Window, estate: Estate) -> None:
    """`maintenance_window_running: cancel` ends what runs; the window restores the schedules, not the runs."""
    chosen = some(estate, "prime", "veeam")
    scene, found = scenes(chosen), all_held(chosen)
    hosts = ("--limit", ",".join(chosen))
    run = window.suspend_jobs(*hosts, maintenance_window_running="cancel")
    assert run.status == 0, run.output
    assert set.union(*map(runs_of, chosen.values())) == set()
    assert all_held(chosen) == during(chosen, found, scene)
    assert window.resume_jobs(*hosts).status == 0
    assert all_held(chosen) == found


def test_what_does_not_end_in_time_keeps_the_tasks_back(window: Window, estate: Estate, tmp_path: pathlib.Path) -> None:
    """Also where the journal is kept in the facts, which name the jobs that will be suspended: a unit of AJS that runs
    is only waited for."""
    chosen = some(estate, "ajs")
    scenes(chosen)
    found = all_held(chosen)
    options = {"journal_in_facts": True, "running": "wait", "wait_timeout": 1}
    tasks = tasks_file(tmp_path, trace(tmp_path))
    variables = {f"maintenance_window_{name}": value for name, value in options.items()}
    run = window.around(tasks, "--limit", "ajs", **variables)
    assert_sentence(run, "not all jobs are suspended on ajs.")
    assert traces(tmp_path) == set()
    assert all_held(chosen) == found


def test_wait_for_what_runs(window: Window, estate: Estate, tmp_path: pathlib.Path) -> None:
    """`maintenance_window_running: wait` keeps the tasks back until what runs has ended by itself."""
    chosen = some(estate, "prime", "veeam")
    scene, found = scenes(chosen), all_held(chosen)
    expected = during(chosen, found, scene)
    process = window.start(
        "maintenance_window",
        "--limit",
        ",".join(chosen),
        maintenance_window_running="wait",
        maintenance_window_tasks=str(tasks_file(tmp_path, trace(tmp_path))),
    )
    wait_until(lambda: all_held(chosen) == expected, "waiting for the jobs to be suspended")
    for target in chosen.values():
        target.control.forget_requests()
    wait_until(lambda: min(map(looks_at_jobs, chosen.values())) >= 3, "waiting for the module to go on looking")
    for system, target in chosen.items():
        assert runs_of(target) == set(scene[system].running)
        assert traces(tmp_path) == set()
        for job_id in scene[system].running:
            target.control.event(job_id, "finish")
    run = ended(process)
    assert run.status == 0, run.output
    assert traces(tmp_path) == set(chosen)
    assert all_held(chosen) == found
