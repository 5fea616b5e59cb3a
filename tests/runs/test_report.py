# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entry point `report` of the role: what it writes, from which journals, and what it leaves alone."""

from __future__ import annotations

import html.parser
import json
import pathlib
import stat
import typing as t
from xml.etree import ElementTree

import pytest
import yaml
from support.ansible import Ansible, PlaybookRun
from support.estate import Target
from support.journals import OPENED, job, window, write_eventful_window
from support.scenes import mixed_jobs

LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
NOWHERE = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
HOSTILE = (
    "<script>alert(1)</script>",
    "{{ 7*7 }}",
    "{% for x in range(3) %}x{% endfor %}",
    "\"><img src='http://evil.example/x.png'/> & co",
    "]]> --> </title></style></svg>",
    "bell\x07 half\ud800 \u202e turned",
)


class Reporter:
    """A folder with journals, and the role that reports on them."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.reports = folder / "home" / "reports"
        self.ansible = Ansible(folder / "inventory.yml", folder)

    def journal(self, host: str) -> pathlib.Path:
        return self.folder / "journals" / f"{host}.journal"

    def run(self, hosts: dict[str, dict[str, t.Any]], *flags: str, entry: str = "report", **more: t.Any) -> PlaybookRun:
        groups = {"job_systems": {"hosts": hosts}, "keepers": {"hosts": {"keeper": LOCAL}}}
        self.ansible.inventory.write_text(yaml.safe_dump({"all": {"children": groups}}, sort_keys=False))
        role = {"name": "batchops.job_control.maintenance_window", "tasks_from": entry}
        play = {"hosts": "job_systems", "gather_facts": False, "tasks": [{"ansible.builtin.include_role": role}]}
        playbook = self.folder / "playbook.yml"
        playbook.write_text(yaml.safe_dump([{**play, **more}]))
        return self.ansible.playbook(
            str(playbook),
            *flags,
            maintenance_window_name="patchday",
            maintenance_window_journal_folder=str(self.folder / "journals"),
            maintenance_window_report_folder=str(self.reports),
        )

    @property
    def report(self) -> dict[str, t.Any]:
        return t.cast("dict[str, t.Any]", json.loads((self.reports / "patchday.json").read_text()))

    @property
    def page(self) -> str:
        return (self.reports / "patchday.html").read_text()

    @property
    def tree(self) -> ElementTree.Element:
        """The page as XML: every tag closed, every character escaped."""
        return ElementTree.fromstring(self.page.replace("<!DOCTYPE html>", ""))


class Tags(html.parser.HTMLParser):
    """The tags and the text of a page as a browser sees them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes.extend(attrs)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture
def reporter(tmp_path: pathlib.Path) -> Reporter:
    return Reporter(tmp_path)


def changed(run: PlaybookRun, number: int) -> bool:
    """Whether as many tasks changed something on the host that writes."""
    return f"changed={number} " in run.output.rpartition("PLAY RECAP")[2]


def test_a_report_of_five_systems(reporter: Reporter) -> None:
    systems = {"commvault": 40, "prime": 12, "drs": 20, "veeam": 30, "ajs": 25}
    for system, number in systems.items():
        write_eventful_window(reporter.journal(system), system, number)
    hosts = dict.fromkeys(systems, LOCAL)

    run = reporter.run(hosts)
    assert run.status == 0, run.output
    for path in (reporter.reports / "patchday.json", reporter.reports / "patchday.html"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(reporter.reports.stat().st_mode) == 0o700

    report = reporter.report
    assert report["window"] == "patchday"
    assert {system["host"]: len(system["jobs"]) for system in report["systems"]} == systems
    assert report["systems"][0]["product"] == "https://commvault.example/api"
    totals = report["totals"]
    assert sum(totals.values()) - totals["suspended"] == sum(systems.values())

    bars = reporter.tree.findall(".//{http://www.w3.org/2000/svg}rect/{http://www.w3.org/2000/svg}title")
    assert len(bars) == sum(systems.values())
    assert len(reporter.tree.findall(".//details")) == len(systems) + 1
    words = " ".join(Tags(reporter.page).texts)
    assert f"{len(report['needs_attention'])} things need a person" in words

    before = reporter.page
    again = reporter.run(hosts)
    assert again.status == 0, again.output
    assert "changed=1" not in again.output
    assert reporter.page == before


def test_what_products_say_is_data(reporter: Reporter) -> None:
    with window(reporter.journal("hostile"), "memory") as night:
        for number, text in enumerate(HOSTILE):
            one = job(f"{text}{number}", text, owner=text, kind=text)
            night.suspend(one)
            night.journal.intend_resume([one])
            night.journal.left(one.id, text)
    run = reporter.run({"hostile": LOCAL})
    assert run.status == 0, run.output
    read = [text.replace("\ud800", "\ufffd") for text in HOSTILE]
    assert [entry["name"] for entry in reporter.report["systems"][0]["jobs"]] == read
    assert [entry["why"] for entry in reporter.report["systems"][0]["jobs"]] == read

    cells = [cell.text for cell in reporter.tree.iter("td")]
    for text in [text.replace("\x07", "\ufffd") for text in read]:
        assert cells.count(text) >= 4, text  # name, type, owner, reason
    tags = Tags(reporter.page)
    assert not {"script", "img", "link", "iframe", "object", "image", "use", "a"} & set(tags.names)
    assert not [name for name, _value in tags.attributes if name in ("src", "href") or name.startswith("on")]
    assert not [value for _name, value in tags.attributes if "url(" in (value or "")]


def test_a_host_without_a_journal_and_one_that_cannot_be_reached(reporter: Reporter) -> None:
    with window(reporter.journal("good"), "drs") as night:
        night.suspend(job("a"))
        night.resume(job("a"))
    hosts: dict[str, dict[str, t.Any]] = {"far": NOWHERE, "none": LOCAL, "good": LOCAL}
    run = reporter.run(hosts)
    assert run.status == 4, run.output
    report = reporter.report
    assert {system["host"]: system["journal"] for system in report["systems"]} == {
        "far": "unread",
        "none": "missing",
        "good": "read",
    }
    assert [need["host"] for need in report["needs_attention"]] == ["far"]
    words = " ".join(Tags(reporter.page).texts)
    assert "no journal" in words
    assert "journal not read" in words


def test_the_journals_may_be_on_a_host_of_their_own(reporter: Reporter) -> None:
    """The job systems themselves need not be reachable then."""
    hosts = {}
    for system in ("veeam", "prime"):
        with window(reporter.journal(system), system) as night:
            night.suspend(job(f"{system}-1"))
        hosts[system] = {**NOWHERE, "maintenance_window_journal_host": "keeper"}
    run = reporter.run(hosts)
    assert run.status == 0, run.output
    assert [entry["id"] for system in reporter.report["systems"] for entry in system["jobs"]] == ["veeam-1", "prime-1"]
    assert "localhost" not in run.output.rpartition("PLAY RECAP")[2]


def test_one_system_after_the_other_makes_one_report(reporter: Reporter) -> None:
    hosts = {}
    for system in ("veeam", "prime", "ajs"):
        with window(reporter.journal(system), system) as night:
            night.suspend(job(f"{system}-1"))
        hosts[system] = LOCAL
    run = reporter.run(hosts, serial=1)
    assert run.status == 0, run.output
    assert [system["journal"] for system in reporter.report["systems"]] == ["read"] * 3


def test_the_report_is_written_when_closing_fails(reporter: Reporter) -> None:
    with window(reporter.journal("down"), "commvault") as night:
        night.suspend(job("a"))
    connection = {"system": "commvault", "url": "http://127.0.0.1:1", "token": "x", "retry_timeout": 0}
    down = {**LOCAL, **{f"job_control_{name}": value for name, value in connection.items()}}
    run = reporter.run({"down": down}, entry="resume")
    assert run.status == 2, run.output
    assert [need["outcome"] for need in reporter.report["needs_attention"]] == ["suspended"]


def test_check_mode_writes_nothing(reporter: Reporter) -> None:
    with window(reporter.journal("a"), "drs") as night:
        night.suspend(job("a"))
    run = reporter.run({"a": LOCAL}, "--check")
    assert run.status == 0, run.output
    assert not reporter.reports.exists()


def test_a_folder_that_is_there_keeps_its_mode(reporter: Reporter) -> None:
    reporter.reports.mkdir(parents=True)
    reporter.reports.chmod(0o755)
    run = reporter.run({"a": LOCAL})
    assert run.status == 0, run.output
    assert changed(run, 1)
    assert stat.S_IMODE(reporter.reports.stat().st_mode) == 0o755


def test_a_later_window_of_the_same_name_replaces_the_report(reporter: Reporter) -> None:
    for night_number in range(2):
        with window(reporter.journal("a"), "drs", at=OPENED + night_number * 86400) as night:
            night.suspend(job(f"job-{night_number}"))
            night.resume(job(f"job-{night_number}"))
            night.journal.close_window(night.name)
        run = reporter.run({"a": LOCAL})
        assert run.status == 0, run.output
        assert [entry["id"] for entry in reporter.report["systems"][0]["jobs"]] == [f"job-{night_number}"]


def test_a_real_window_over_all_systems(estate: dict[str, Target], ansible: Ansible, tmp_path: pathlib.Path) -> None:
    """The report of the journals that the modules write, made while the window closes."""
    ours = {system: len(mixed_jobs(target).ours(system)) for system, target in estate.items()}
    run = ansible.playbook(
        "batchops.job_control.maintenance_window",
        maintenance_window_name="patchday",
        maintenance_window_jobs={"all": True},
        maintenance_window_running="leave",  # what runs in a simulator does not end by itself
        maintenance_window_journal_folder=str(tmp_path / "journals"),
        maintenance_window_report_folder=str(tmp_path / "reports"),
    )
    assert run.status == 0, run.output
    report = json.loads((tmp_path / "reports" / "patchday.json").read_text())
    assert {system["host"]: system["totals"]["suspended"] for system in report["systems"]} == ours
    assert {system["host"]: system["totals"]["resumed"] for system in report["systems"]} == ours
    assert report["needs_attention"] == []
    page = (tmp_path / "reports" / "patchday.html").read_text()
    assert f"The window is closed: {sum(ours.values())} jobs were suspended and resumed." in page


def test_the_page_tells_what_was_started_inside(reporter: Reporter) -> None:
    with window(reporter.journal("commvault"), "commvault") as night:
        night.suspend(job("1"))
        ran = {"id": "7", "type": "Backup", "owner": "client", "started": "2026-05-16T22:10:00Z", "state": "running"}
        night.journal.ran(night.name, [{**ran, "name": name} for name in HOSTILE])
        night.resume(job("1"))
    with window(reporter.journal("prime"), "prime") as night:
        night.suspend(job("2"))
    run = reporter.run(dict.fromkeys(["commvault", "prime"], LOCAL))
    assert run.status == 0, run.output
    systems = {system["host"]: system for system in reporter.report["systems"]}
    assert [one["name"] for one in systems["commvault"]["ran_inside"]][:5] == list(HOSTILE[:5])
    assert systems["prime"]["ran_inside"] is None
    words = " ".join(Tags(reporter.page).texts)
    assert "What was started inside" in words
    assert all(name in words for name in HOSTILE[:5])
    assert reporter.tree.findall(".//script") == []
