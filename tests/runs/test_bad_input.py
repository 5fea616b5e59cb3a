# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user can get wrong: one sentence, the right kind, no request where none is needed, never a traceback."""

from __future__ import annotations

import dataclasses
import pathlib
import socket
import typing as t

import pytest
from support.ansible import Ansible, ModuleRun
from support.estate import Target, write_inventory
from support.scenes import mixed_jobs


def assert_clear(run: ModuleRun, kind: str, *words: str) -> None:
    """The run failed, with this kind of error, and says so in one sentence that has these words in it."""
    assert run.status != 0
    assert run.result["error"]["kind"] == kind, run.result
    for word in words:
        assert word in run.result["msg"], run.result["msg"]
    assert "Traceback" not in run.output
    assert len(run.result["msg"].splitlines()) == 1


def without(ansible: Ansible, target: Target, **changes: t.Any) -> Ansible:
    """An inventory whose host has other connection options; None takes one out."""
    options = {name: value for name, value in {**target.options, **changes}.items() if value is not None}
    path = ansible.folder / "other.yml"
    write_inventory(path, [dataclasses.replace(target, options=options)])
    return Ansible(path, ansible.folder)


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


@pytest.mark.parametrize(("module", "options", "words"), BEFORE_ANY_REQUEST, ids=lambda value: str(value)[:60])
def test_wrong_options(
    ansible: Ansible, estate: dict[str, Target], module: str, options: dict[str, t.Any], words: tuple[str, ...]
) -> None:
    target = estate["commvault"]
    assert_clear(ansible.module(target.system, module, **options), "usage", *words)
    assert target.control.requests() == []


def test_unknown_system(ansible: Ansible, estate: dict[str, Target]) -> None:
    assert_clear(ansible.module("commvault", "job_info", system="cron"), "usage", "system", "commvault")


def test_missing_url(ansible: Ansible, target: Target) -> None:
    other = without(ansible, target, url=None, drs_region=None)
    assert_clear(other.module(target.system, "job_info"), "usage", "url is required")


@pytest.mark.parametrize("option", ["username", "password"])
def test_missing_credentials(ansible: Ansible, target: Target, option: str) -> None:
    other = without(ansible, target, **{option: None})
    assert_clear(other.module(target.system, "job_info"), "usage", option)
    assert target.control.requests() == []


def test_option_of_another_system(ansible: Ansible, target: Target) -> None:
    foreign = {"drs": "ajs_manager"}.get(target.system, "drs_project_id")
    run = ansible.module(target.system, "job_info", **{foreign: "x"})
    assert_clear(run, "usage", foreign)
    assert target.control.requests() == []


def test_auto_resume_is_for_commvault(ansible: Ansible, estate: dict[str, Target]) -> None:
    run = ansible.module("veeam", "job_suspend", all=True, auto_resume_after=60)
    assert_clear(run, "usage", "auto_resume_after", "Commvault")


def test_location_is_for_ajs(ansible: Ansible, estate: dict[str, Target]) -> None:
    assert_clear(ansible.module("veeam", "job_info", location="/x"), "usage", "location")
    no_place = without(ansible, estate["ajs"])
    no_place.inventory.write_text(no_place.inventory.read_text().replace("job_control_location", "unused"))
    assert_clear(no_place.module("ajs", "job_info"), "usage", "location is required")


def test_a_place_in_the_inventory_is_no_selection(ansible: Ansible, estate: dict[str, Target]) -> None:
    """An inventory that says where the jobs live must not make a task without a selector mean all of them."""
    inventory = ansible.inventory.read_text().replace("job_control_location: /", "job_control_location: /Batch")
    ansible.inventory.write_text(inventory)
    assert_clear(ansible.module("ajs", "job_suspend"), "usage", "all: true")


def test_a_password_in_an_address_is_refused_and_not_repeated(ansible: Ansible, estate: dict[str, Target]) -> None:
    other = without(ansible, estate["drs"], drs_iam_url="http://operator:c4nary@localhost")
    run = other.module("drs", "job_info")
    assert_clear(run, "usage", "drs_iam_url")
    assert "c4nary" not in run.output


def test_more_jobs_than_meant(ansible: Ansible, target: Target) -> None:
    mixed_jobs(target)
    run = ansible.module(target.system, "job_suspend", all=True, max_jobs=3)
    assert_clear(run, "usage", "max_jobs")
    assert target.control.writes() == []


def test_missing_job_stops_the_run_before_the_first_write(ansible: Ansible, target: Target) -> None:
    scene = mixed_jobs(target)
    missing = {
        "veeam": "00000000-0000-0000-0000-000000000001",
        "drs": "00000000-0000-0000-0000-000000jb0000",
        "ajs": "/Batch/none:@A9999",
    }.get(target.system, "999999")
    named = [scene.ours(target.system)[0], missing]
    run = ansible.module(target.system, "job_suspend", job_ids=named)
    assert_clear(run, "not_found", missing)
    assert target.control.writes() == []
    ignored = ansible.module(target.system, "job_suspend", job_ids=named, on_missing="ignore")
    assert ignored.status == 0
    assert ignored.result["summary"]["skipped"] == 1


def test_ineligible_job(ansible: Ansible, target: Target) -> None:
    """One that was named fails, one that was found by a filter is skipped; the option overrides both."""
    (ended,) = target.control.seed({"name": "over", "scenario": "completed"})
    if target.system == "veeam":
        pytest.skip("a job of Veeam never ends; its schedule can always be disabled")
    named = ansible.module(target.system, "job_suspend", job_ids=[ended])
    assert_clear(named, "ineligible", ended)
    found = ansible.module(target.system, "job_suspend", all=True)
    assert found.status == 0
    assert found.result["summary"]["skipped"] == 1
    assert ansible.module(target.system, "job_suspend", job_ids=[ended], on_ineligible="skip").status == 0
    assert ansible.module(target.system, "job_suspend", all=True, on_ineligible="fail").status != 0
    assert target.control.writes() == []


def test_wrong_password(ansible: Ansible, target: Target) -> None:
    mixed_jobs(target)
    run = without(ansible, target, password="not-the-password").module(target.system, "job_info", "-vvvv")
    assert_clear(run, "auth")
    assert "not-the-password" not in run.output
    assert len(target.control.requests()) == 1


def test_unreachable_host(ansible: Ansible, target: Target) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    other = without(ansible, target, url=f"http://127.0.0.1:{port}/x", drs_iam_url=None, retry_timeout="0")
    if target.system == "drs":
        other = without(ansible, target, url=f"http://127.0.0.1:{port}", drs_iam_url=f"http://127.0.0.1:{port}")
    assert_clear(other.module(target.system, "job_info", retry_timeout=0), "connection", "127.0.0.1")


def test_product_answers_html(ansible: Ansible, target: Target) -> None:
    mixed_jobs(target)
    target.control.arm(kind="html", times=0)
    run = ansible.module(target.system, "job_info")
    assert_clear(run, "protocol")


def test_product_answers_html_to_a_write(ansible: Ansible, target: Target) -> None:
    """The write may have happened; the state tells that it did, so it is a success."""
    scene = mixed_jobs(target)
    target.control.arm(kind="html_after", writes=True)
    run = ansible.module(target.system, "job_suspend", job_ids=[scene.ours(target.system)[0]])
    assert run.status == 0, run.output
    assert run.result["changed"]


def test_redirect_is_not_followed(ansible: Ansible, target: Target, estate: dict[str, Target]) -> None:
    elsewhere = next(other for other in estate.values() if other.system != target.system)
    target.control.arm(kind="redirect", location=f"{elsewhere.control.origin}/caught", times=0)
    assert_clear(ansible.module(target.system, "job_info"), "protocol", "redirect")
    assert elsewhere.control.requests() == []


def test_journal_that_cannot_be_written(ansible: Ansible, target: Target, tmp_path: pathlib.Path) -> None:
    run = ansible.module(target.system, "job_suspend", all=True, journal=str(tmp_path))
    assert_clear(run, "usage", "journal")
    assert target.control.requests() == []


def test_journal_of_another_system(ansible: Ansible, estate: dict[str, Target], tmp_path: pathlib.Path) -> None:
    mixed_jobs(estate["ajs"])
    journal = str(tmp_path / "x.journal")
    assert ansible.module("ajs", "job_suspend", all=True, journal=journal).status == 0
    assert_clear(ansible.module("veeam", "job_resume", journal=journal), "usage", "belongs to ajs")


def test_damaged_journal(ansible: Ansible, estate: dict[str, Target], tmp_path: pathlib.Path) -> None:
    mixed_jobs(estate["ajs"])
    journal = tmp_path / "x.journal"
    assert ansible.module("ajs", "job_suspend", all=True, journal=str(journal)).status == 0
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join([*lines[:1], "damage\n", *lines[2:]]))
    estate["ajs"].control.forget_requests()
    assert_clear(ansible.module("ajs", "job_resume", journal=str(journal)), "usage", "line 2", "damage")
    assert estate["ajs"].control.requests() == []
