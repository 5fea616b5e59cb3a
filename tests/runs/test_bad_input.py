# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user can get wrong: one sentence, the right kind, no request where none is needed, never a traceback."""

from __future__ import annotations

import pathlib
import socket
import typing as t

from support.ansible import Ansible, ModuleRun
from support.estate import Target, write_hosts
from support.plays import Task, run_tasks
from support.scenes import mixed_jobs
from support.watched import Call, run_watched

Estate = dict[str, Target]


def assert_clear(run: ModuleRun, kind: str, *words: str) -> None:
    """The run failed, with this kind of error, and says so in one sentence that has these words in it."""
    assert run.status != 0, run.output
    assert run.result["error"]["kind"] == kind, run.output
    for word in words:
        assert word in run.result["msg"], run.output
    assert "Traceback" not in run.output
    assert len(run.result["msg"].splitlines()) == 1


def on_each(
    ansible: Ansible, module: str, *sets_of_options: dict[str, t.Any], hosts: str = "job_systems"
) -> dict[str, list[ModuleRun]]:
    """Run a module on several hosts at once, with one set of options after the other."""
    tasks: list[Task] = [{f"batchops.job_control.{module}": options} for options in sets_of_options or ({},)]
    play = run_tasks(ansible, hosts, *tasks)
    assert play.results
    return {
        host: [
            ModuleRun(int(result["failed"]), result, f"{host}: {task}\n{play.output}")
            for result, task in zip(results, tasks)
        ]
        for host, results in play.results.items()
    }


def changed(target: Target, **changes: str | None) -> dict[str, t.Any]:
    """The variables of a host that has other connection options; None takes one out."""
    variables = {**target.variables, **{f"job_control_{name}": value for name, value in changes.items()}}
    return {name: value for name, value in variables.items() if value is not None}


def assert_nothing_was_sent(estate: Estate) -> None:
    assert [system for system, target in estate.items() if target.control.requests()] == []


BEFORE_ANY_REQUEST: list[tuple[str, dict[str, t.Any], tuple[str, ...]]] = [
    ("job_suspend", {}, ("job_ids", "all: true")),
    ("job_suspend", {"all": True, "max_jobs": 0}, ("max_jobs",)),
    ("job_suspend", {"all": True, "wait_timeout": -1}, ("wait_timeout",)),
    ("job_suspend", {"all": True, "wait_interval": 0}, ("wait_interval",)),
    ("job_suspend", {"all": True, "workers": 99}, ("workers",)),
    ("job_suspend", {"all": True, "journal": "/nowhere/x.journal"}, ("journal", "/nowhere")),
    ("job_suspend", {"all": True, "running": "maybe"}, ("running", "leave")),
    ("job_suspend", {"all": True, "states": ["asleep"]}, ("states", "asleep")),
    ("job_suspend", {"all": True, "nonsense": 1}, ("nonsense",)),
    ("job_suspend", {"all": True, "url": "ftp://host"}, ("url",)),
    ("job_suspend", {"all": True, "url": "https://user:secret@host"}, ("url",)),
    ("job_suspend", {"all": True, "url": "user:secret@host"}, ("url: this is not a web address",)),
    ("job_suspend", {"all": True, "request_timeout": 0}, ("request_timeout",)),
    ("job_suspend", {"all": True, "client_key": "/some/key"}, ("client_key", "client_cert")),
    ("job_resume", {"journal": "/nowhere/x.journal"}, ("journal", "does not exist")),
    ("job_info", {"finished_within": -1}, ("finished_within",)),
    ("job_info", {"limit": -1}, ("limit",)),
]


def test_wrong_options(ansible: Ansible, estate: Estate) -> None:
    target = estate["commvault"]
    runs = run_watched(ansible, target, *(Call(module, options) for module, options, _words in BEFORE_ANY_REQUEST))
    for run, (_module, _options, words) in zip(runs, BEFORE_ANY_REQUEST):
        assert_clear(run, "usage", *words)
    assert_nothing_was_sent(estate)


def test_unknown_system(ansible: Ansible, estate: Estate) -> None:
    assert_clear(ansible.module("commvault", "job_info", system="cron"), "usage", "system", "commvault")


def test_missing_connection_options(ansible: Ansible, estate: Estate) -> None:
    says = {"url": "url is required", "username": "username", "password": "password"}
    taken = {"url": {"url": None, "drs_region": None}, "username": {"username": None}, "password": {"password": None}}
    hosts = {
        f"{system}-without-{option}": changed(target, **without)
        for system, target in estate.items()
        for option, without in taken.items()
    }
    write_hosts(ansible.inventory, hosts)
    runs = on_each(ansible, "job_info")
    assert set(runs) == set(hosts)
    for host, (run,) in runs.items():
        assert_clear(run, "usage", says[host.rpartition("-")[2]])
    assert_nothing_was_sent(estate)


def test_option_of_another_system(ansible: Ansible, estate: Estate) -> None:
    for hosts, foreign in (("job_systems:!drs", "drs_project_id"), ("drs", "ajs_manager")):
        for (run,) in on_each(ansible, "job_info", {foreign: "x"}, hosts=hosts).values():
            assert_clear(run, "usage", foreign)
    assert_nothing_was_sent(estate)


def test_auto_resume_is_for_commvault(ansible: Ansible, estate: Estate) -> None:
    run = ansible.module("veeam", "job_suspend", all=True, auto_resume_after=60)
    assert_clear(run, "usage", "auto_resume_after", "Commvault")


def test_location_is_for_ajs(ansible: Ansible, estate: Estate) -> None:
    assert_clear(ansible.module("veeam", "job_info", location="/x"), "usage", "location")
    write_hosts(ansible.inventory, {"ajs": changed(estate["ajs"], location=None)})
    assert_clear(ansible.module("ajs", "job_info"), "usage", "location is required")


def test_a_place_in_the_inventory_is_no_selection(ansible: Ansible, estate: Estate) -> None:
    """An inventory that says where the jobs live must not make a task without a selector mean all of them."""
    inventory = ansible.inventory.read_text().replace("job_control_location: /", "job_control_location: /Batch")
    ansible.inventory.write_text(inventory)
    assert_clear(ansible.module("ajs", "job_suspend"), "usage", "all: true")


def test_an_empty_selector_does_not_make_the_place_a_selection(ansible: Ansible, estate: Estate) -> None:
    """Neither does one that says that not all are meant."""
    inventory = ansible.inventory.read_text().replace("job_control_location: /", "job_control_location: /Batch")
    ansible.inventory.write_text(inventory)
    empty: list[dict[str, t.Any]] = [{"names": ""}, {"job_ids": None}, {"owners": [""]}, {"all": False}, {"all": ""}]
    for run in on_each(ansible, "job_suspend", *empty, hosts="ajs")["ajs"]:
        assert_clear(run, "usage", "all: true")
    assert_nothing_was_sent(estate)


def test_an_empty_list_selects_nothing_and_says_so(ansible: Ansible, estate: Estate) -> None:
    """Beside what would select something, in every verb, and before any request."""
    for target in estate.values():
        mixed_jobs(target)
    modules = ("job_suspend", "job_resume", "job_retry", "job_info", "job_wait")
    calls: list[tuple[str, dict[str, t.Any]]] = [(module, {"job_ids": []}) for module in modules]
    calls += [(module, {"names": ["*"], option: []}) for module in modules[::3] for option in ("owners", "states")]
    calls.append(("job_suspend", {"names": ["*"], "job_ids": ["{{ nowhere | default(omit) }}"]}))
    tasks: list[Task] = [{f"batchops.job_control.{module}": options} for module, options in calls]
    play = run_tasks(ansible, "job_systems", *tasks)
    assert set(play.results) == set(estate)
    for host, results in play.results.items():
        for (module, options), result in zip(calls, results):
            if result.get("error", {}).get("code") == "not_offered":
                continue  # there is no retry for Prime
            (empty,) = [name for name in ("job_ids", "owners", "states") if name in options]
            assert not result["failed"], (host, module, options, result)
            assert (result["changed"], result["summary"]["selected"], result["jobs"]) == (False, 0, [])
            assert result["warnings"] == [f"{empty}: the list is empty, so it selects no job."]
    assert_nothing_was_sent(estate)


def test_an_empty_list_narrows_a_window_to_nothing(ansible: Ansible, estate: Estate, tmp_path: pathlib.Path) -> None:
    """And the window stays open; without it all is resumed."""
    target = estate["veeam"]
    mine = mixed_jobs(target).ours("veeam")[:2]
    journal = str(tmp_path / "x.journal")
    runs = run_watched(
        ansible,
        target,
        Call("job_suspend", {"job_ids": mine, "journal": journal}),
        Call("job_resume", {"job_ids": [], "journal": journal}),
        Call("job_resume", {"owners": [], "journal": journal}),
        Call("job_resume", {"owners": "", "journal": journal}),
    )
    assert [run.result["summary"]["changed"] for run in runs] == [2, 0, 0, 2]
    assert [len(run.result.get("warnings", [])) for run in runs] == [0, 1, 1, 0]


def test_an_empty_journal_is_a_mistake(ansible: Ansible, estate: Estate) -> None:
    for module in ("job_suspend", "job_resume"):
        for runs in on_each(ansible, module, {"all": True, "journal": ""}).values():
            assert_clear(runs[0], "usage", "journal: the path is empty")
    assert_nothing_was_sent(estate)


def test_a_selector_without_a_value_on_a_command_line(ansible: Ansible, estate: Estate) -> None:
    """`-a names=` says nothing: not which jobs to change, and of those that are read none is left out."""
    scene = mixed_jobs(estate["veeam"])
    given = "names= limit= workers= states="
    shown = ansible.run("ansible", "veeam", "-m", "batchops.job_control.job_info", "-a", given)
    assert shown.status == 0, shown.output
    assert all(job in shown.output for job in scene.all)


def test_a_password_in_an_address_is_refused_and_not_repeated(ansible: Ansible, estate: Estate) -> None:
    write_hosts(ansible.inventory, {"drs": changed(estate["drs"], drs_iam_url="http://operator:c4nary@localhost")})
    run = ansible.module("drs", "job_info")
    assert_clear(run, "usage", "drs_iam_url")
    assert "c4nary" not in run.output


def test_more_jobs_than_meant(ansible: Ansible, estate: Estate) -> None:
    for target in estate.values():
        mixed_jobs(target)
    for host, (run,) in on_each(ansible, "job_suspend", {"all": True, "max_jobs": 3}).items():
        assert_clear(run, "usage", "max_jobs")
        assert estate[host].control.writes() == [], host


def test_missing_job_stops_the_run_before_the_first_write(ansible: Ansible, estate: Estate) -> None:
    missing = {
        **dict.fromkeys(estate, "999999"),
        "veeam": "00000000-0000-0000-0000-000000000001",
        "drs": "00000000-0000-0000-0000-000000jb0000",
        "ajs": "/Batch/none:@A9999",
    }
    named = {system: [mixed_jobs(target).ours(system)[0], missing[system]] for system, target in estate.items()}
    write_hosts(ansible.inventory, {host: {**estate[host].variables, "named": ids} for host, ids in named.items()})
    for host, (run,) in on_each(ansible, "job_suspend", {"job_ids": "{{ named }}"}).items():
        assert_clear(run, "not_found", missing[host])
        assert estate[host].control.writes() == [], host
    for (ignored,) in on_each(ansible, "job_suspend", {"job_ids": "{{ named }}", "on_missing": "ignore"}).values():
        assert ignored.status == 0, ignored.output
        assert ignored.result["summary"]["skipped"] == 1, ignored.output


def test_ineligible_job(ansible: Ansible, estate: Estate) -> None:
    """One that was named fails, one that was found by a filter is skipped; the option overrides both.

    A job of Veeam never ends; its schedule can always be disabled.
    """
    ended = {
        system: target.control.seed({"name": "over", "scenario": "completed"})
        for system, target in estate.items()
        if system != "veeam"
    }
    write_hosts(ansible.inventory, {host: {**estate[host].variables, "ended": ids} for host, ids in ended.items()})
    runs = on_each(
        ansible,
        "job_suspend",
        {"job_ids": "{{ ended }}"},
        {"all": True},
        {"job_ids": "{{ ended }}", "on_ineligible": "skip"},
        {"all": True, "on_ineligible": "fail"},
    )
    for host, (named, found, skipped, insisted) in runs.items():
        assert_clear(named, "ineligible", ended[host][0])
        assert found.status == 0, found.output
        assert found.result["summary"]["skipped"] == 1, found.output
        assert skipped.status == 0, skipped.output
        assert insisted.status != 0, insisted.output
        assert estate[host].control.writes() == [], host


def test_wrong_password(ansible: Ansible, estate: Estate) -> None:
    for target in estate.values():
        mixed_jobs(target)
    wrong = "not-the-password"
    write_hosts(ansible.inventory, {system: changed(target, password=wrong) for system, target in estate.items()})
    runs = ansible.modules("job_systems", "job_info", "-vvvv")
    assert len(runs) == len(estate)
    for run in runs:
        assert_clear(run, "auth")
        assert wrong not in run.output
    assert {system: len(target.control.requests()) for system, target in estate.items()} == dict.fromkeys(estate, 1)


def test_unreachable_host(ansible: Ansible, estate: Estate) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{unused.getsockname()[1]}"
    hosts = {system: changed(target, url=f"{origin}/x") for system, target in estate.items()}
    hosts["drs"] = changed(estate["drs"], url=origin, drs_iam_url=origin)
    write_hosts(ansible.inventory, hosts)
    for (run,) in on_each(ansible, "job_info", {"retry_timeout": 0}).values():
        assert_clear(run, "connection", "127.0.0.1")


def test_product_answers_html(ansible: Ansible, estate: Estate) -> None:
    for target in estate.values():
        mixed_jobs(target)
        target.control.arm(kind="html", times=0)
    for (run,) in on_each(ansible, "job_info").values():
        assert_clear(run, "protocol")


def test_product_answers_html_to_a_write(ansible: Ansible, estate: Estate) -> None:
    """The write may have happened; the state tells that it did, so it is a success."""
    chosen = {system: mixed_jobs(target).ours(system)[:1] for system, target in estate.items()}
    for target in estate.values():
        target.control.arm(kind="html_after", writes=True)
    write_hosts(ansible.inventory, {host: {**estate[host].variables, "chosen": ids} for host, ids in chosen.items()})
    for (run,) in on_each(ansible, "job_suspend", {"job_ids": "{{ chosen }}"}).values():
        assert run.status == 0, run.output
        assert run.result["changed"], run.output


def test_redirect_is_not_followed(ansible: Ansible, estate: Estate) -> None:
    """Each product sends us to another one."""
    systems = list(estate)
    for system, elsewhere in zip(systems, [*systems[1:], systems[0]]):
        caught = f"{estate[elsewhere].control.origin}/caught"
        estate[system].control.arm(kind="redirect", location=caught, times=0)
    for (run,) in on_each(ansible, "job_info").values():
        assert_clear(run, "protocol", "redirect")
    for system, target in estate.items():
        assert [entry["target"] for entry in target.control.requests() if "caught" in entry["target"]] == [], system


def test_journal_that_cannot_be_written(ansible: Ansible, estate: Estate, tmp_path: pathlib.Path) -> None:
    for (run,) in on_each(ansible, "job_suspend", {"all": True, "journal": str(tmp_path)}).values():
        assert_clear(run, "usage", "journal")
    assert_nothing_was_sent(estate)


def test_journal_of_another_system(ansible: Ansible, estate: Estate, tmp_path: pathlib.Path) -> None:
    mixed_jobs(estate["ajs"])
    journal = str(tmp_path / "x.journal")
    assert ansible.module("ajs", "job_suspend", all=True, journal=journal).status == 0
    assert_clear(ansible.module("veeam", "job_resume", journal=journal), "usage", "belongs to ajs")


def test_damaged_journal(ansible: Ansible, estate: Estate, tmp_path: pathlib.Path) -> None:
    mixed_jobs(estate["ajs"])
    journal = tmp_path / "x.journal"
    assert ansible.module("ajs", "job_suspend", all=True, journal=str(journal)).status == 0
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join([*lines[:1], "damage\n", *lines[2:]]))
    estate["ajs"].control.forget_requests()
    assert_clear(ansible.module("ajs", "job_resume", journal=str(journal)), "usage", "line 2", "damage")
    assert estate["ajs"].control.requests() == []
