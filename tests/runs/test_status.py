# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook `window_status`: from the journals alone, with an exit status that a monitor can go by."""

from __future__ import annotations

import json
import pathlib
import re
import stat
import time
import typing as t

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from support.ansible import Ansible, PlaybookRun
from support.journals import job, jobs, window, write_earlier_window

from ansible_collections.batchops.job_control.plugins.module_utils._journal.copies import pack
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Run

Hosts = dict[str, dict[str, t.Any]]

LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
NOWHERE = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
#: A product that is down; nobody listens on that port.
DOWN = {"job_control_system": "prime", "job_control_url": "http://127.0.0.1:1", "job_control_username": "x"}
OPS = Run("17", "ops", "ctl01", "ansible-playbook 17")
HOUR = 3600.0


class Status:
    """A folder with journals, and the playbook that looks at them."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.file = folder / "status.json"
        self.metrics = folder / "metrics" / "job control.prom"
        self.metrics.parent.mkdir()
        self.ansible = Ansible(folder / "inventory.yml", folder)

    def journal(self, host: str) -> pathlib.Path:
        return self.folder / "journals" / f"{host}.journal"

    def open(self, host: str, *held: str, name: str = "patch-day", ends: float = HOUR, opened: float = -7800) -> None:
        """A journal with an open window; the times are seconds from now."""
        now = time.time()
        with window(self.journal(host), "prime", name, now + opened, now + ends, OPS) as night:
            night.suspend(*map(job, held), seconds=0.0)

    def run(self, hosts: Hosts, *flags: str, name: str | None = None, **variables: t.Any) -> PlaybookRun:
        """The paths of the files begin at the current directory."""
        groups = {"job_systems": {"hosts": hosts}, "keepers": {"hosts": {"keeper": LOCAL}}}
        self.ansible.inventory.write_text(yaml.safe_dump({"all": {"children": groups}}, sort_keys=False))
        return self.ansible.playbook(
            "batchops.job_control.window_status",
            *flags,
            **({"maintenance_window_name": name} if name else {}),
            **{
                "maintenance_window_journal_folder": str(self.folder / "journals"),
                "maintenance_window_status_file": str(self.file.relative_to(self.folder)),
                "maintenance_window_metrics_file": str(self.metrics.relative_to(self.folder)),
                **variables,
            },
        )

    @property
    def data(self) -> dict[str, t.Any]:
        assert stat.S_IMODE(self.file.stat().st_mode) == 0o600
        return t.cast("dict[str, t.Any]", json.loads(self.file.read_text()))

    @property
    def samples(self) -> dict[str, float]:
        """Those of the file for Prometheus that have no label."""
        assert [path.name for path in self.metrics.parent.iterdir()] == [self.metrics.name]
        assert stat.S_IMODE(self.metrics.stat().st_mode) == 0o644
        families = text_string_to_metric_families(self.metrics.read_text())
        return {each.name: each.value for family in families for each in family.samples if not each.labels}


@pytest.fixture
def status(tmp_path: pathlib.Path) -> Status:
    return Status(tmp_path)


def words(run: PlaybookRun) -> str:
    return re.sub(r"\s+", " ", run.output.replace('\\"', '"'))


def test_windows_in_time_while_every_product_is_down(status: Status) -> None:
    """It exits with 0, changes nothing, and names the jobs only when asked for more."""
    status.open("a", "1", "2")
    status.open("b", "3")
    before = {host: status.journal(host).read_bytes() for host in "ab"}
    hosts: Hosts = {host: {**LOCAL, **DOWN} for host in "abc"}
    run = status.run(hosts)
    assert run.status == 0, run.output
    line = (
        r"patch-day: open for 2 h 10 min by ops@ctl01 \(ansible-playbook 17\), ends [-0-9 ]*\d\d:\d\d UTC; 3 jobs held"
    )
    assert re.search(line, run.output), run.output
    assert "a: 2 jobs held since" in run.output
    assert "Without a journal: c." in run.output
    assert "name of 1" not in run.output
    assert "changed=0" in run.output
    assert not re.search(r"changed=[1-9]", run.output)
    assert {host: status.journal(host).read_bytes() for host in "ab"} == before
    data = status.data
    assert (data["schema"], data["ok"], data["absent"], data["expired"]) == (1, True, ["c"], [])
    assert [(each["name"], each["held"], each["hosts"]) for each in data["windows"]] == [("patch-day", 3, ["a", "b"])]
    assert (data["windows"][0]["phase"], 7800 <= data["windows"][0]["age_seconds"] < 7900) == ("open", True)
    assert (status.samples["batchops_status_ok"], status.samples["batchops_windows_open"]) == (1, 1)
    metrics = status.metrics.read_bytes()

    more = status.run(hosts, "-v", "--check", name="patch-day")
    assert more.status == 0, more.output
    assert "    name of 1 (1), Backup of client: suspended, was running" in more.output
    assert status.metrics.read_bytes() == metrics


def test_nothing_is_open(status: Status) -> None:
    run = status.run({"a": LOCAL})
    assert run.status == 0, run.output
    assert "No window is known; without a journal: a." in run.output
    with window(status.journal("a"), "prime", "patch-day") as night:
        night.suspend(job("1"))
        night.resume(job("1"))
        night.journal.close_window("patch-day", OPS)
    for name, sentence in ((None, "No window is open by the journals of 1 job system."), ("patch-day", "closed since")):
        run = status.run({"a": LOCAL}, name=name)
        assert run.status == 0, run.output
        assert sentence in run.output


def test_a_window_that_is_over(status: Status) -> None:
    """Also when it is one of several; a look at another one is not spoilt by it."""
    status.open("a", "1", ends=-HOUR)
    status.open("a", "2", name="other")
    run = status.run({"a": LOCAL})
    assert run.status == 2, run.output
    assert "Over, and still open with 1 job: patch-day (since" in words(run)
    assert "to close what is over run `ansible-playbook batchops.job_control.close_expired_windows -i" in words(run)
    assert f"-e maintenance_window_journal_folder={status.folder / 'journals'}" in words(run)
    assert (status.data["ok"], status.data["expired"]) == (False, ["patch-day"])
    assert (status.samples["batchops_status_ok"], status.samples["batchops_windows_expired"]) == (0, 1)
    with status.metrics.open() as metrics:
        before = status.metrics.read_text()
        assert status.run({"a": LOCAL}, name="other").status == 0
        assert metrics.read() == before, "it was written to, and not replaced"
    assert status.samples["batchops_windows_expired"] == 0


def test_a_name_that_no_journal_knows(status: Status) -> None:
    status.open("a", "1")
    run = status.run({"a": LOCAL, "b": LOCAL}, name="pathc-day")
    assert run.status == 2, run.output
    assert "No journal of 2 job systems knows a window 'pathc-day'" in words(run)
    assert "Open is: patch-day." in words(run)


def test_jobs_of_a_closed_window_that_are_missing(status: Status) -> None:
    with window(status.journal("a"), "prime", "patch-day") as night:
        night.suspend(*jobs("job", 2))
        night.journal.intend_resume(jobs("job", 2))
        night.journal.resumed("job-1")
        night.journal.missing("job-2")
        night.journal.close_window("patch-day", OPS)
    run = status.run({"a": LOCAL})
    assert run.status == 2, run.output
    assert "Missing since the window patch-day was closed: 1 job on a" in words(run)
    assert [each["id"] for each in status.data["missing"]] == ["job-2"]


def test_journals_that_cannot_be_used(status: Status) -> None:
    """All hosts are in the status, whatever becomes of them, and it is no success."""
    for host in ("good", "bad", "shared"):
        status.open(host, "1")
    lines = status.journal("bad").read_bytes().splitlines(keepends=True)
    status.journal("bad").write_bytes(b"".join([lines[0], lines[1][:-9] + lines[1][-5:], *lines[2:]]))
    status.journal("shared").chmod(0o666)
    write_earlier_window(status.folder / "journals" / "patch-day" / "old.journal", "patch-day")
    write_earlier_window(status.folder / "journals" / "patch-day" / "good.journal", "patch-day", is_closed=True)
    status.journal("folder").mkdir()
    hosts: Hosts = {
        "far": {**LOCAL, **NOWHERE},
        "odd": {**LOCAL, "maintenance_window_journal_host": "{{ nobody_knows }}"},
        **dict.fromkeys(("bad", "shared", "folder", "good", "old"), LOCAL),
    }
    run = status.run(hosts, name="patch-day")
    assert run.status == 2, run.output
    data = status.data
    assert {each["host"]: each["journal"] for each in data["damaged"]} == {
        "far": "unread",
        "odd": "unread",
        "bad": "damaged",
        "shared": "refused",
        "folder": "refused",
        "old": "refused",
    }
    assert "line 2 of the journal of bad is damaged" in words(run)
    assert "nobody_knows" in words(run)
    assert [(each["name"], each["state"], each["hosts"]) for each in data["windows"]] == [
        ("patch-day", "open", ["good"])
    ]
    assert "Traceback" not in run.output


def test_no_host_can_be_reached(status: Status) -> None:
    run = status.run({"far": {**LOCAL, **NOWHERE}})
    assert run.status == 2, run.output
    assert "What is open on far is not known" in words(run)


def test_journals_on_a_host_of_their_own(status: Status) -> None:
    """The job systems themselves need not be reachable."""
    status.open("a", "1", ends=-HOUR)
    hosts: Hosts = {"a": {**NOWHERE, "maintenance_window_journal_host": "keeper"}}
    to = {"maintenance_window_metrics_host": "keeper", "maintenance_window_metrics_file": str(status.metrics)}
    run = status.run(hosts, **to)
    assert run.status == 2, run.output
    assert "[a -> keeper]" in run.output.partition("Put it in place")[2]
    assert status.samples["batchops_windows_expired"] == 1
    assert "-e maintenance_window_journal_host=keeper" in words(run)
    assert "maintenance_window_journal_in_facts" not in words(run)


def test_a_journal_that_only_the_facts_have(status: Status) -> None:
    status.open("a", "1")
    text = pack(status.journal("a").read_bytes())
    status.journal("a").unlink()
    facts = {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(status.folder / "facts")}
    status.ansible.environment.update(facts)
    status.run({"a": LOCAL})  # writes the inventory
    value = json.dumps({"maintenance_window_journal_copy": {"journal": text, "open_jobs": 1}, "cacheable": True})
    noted = status.ansible.run("ansible", "a", "-m", "ansible.builtin.set_fact", "-a", value)
    assert noted.status == 0, noted.output
    run = status.run({"a": LOCAL}, "-e", "maintenance_window_journal_in_facts=true")
    assert run.status == 0, run.output
    assert status.data["windows"][0]["held"] == 1
    assert status.run({"a": LOCAL}, "-e", "maintenance_window_journal_in_facts=false").status == 0
    assert status.data["absent"] == ["a"]


def test_what_a_product_says_is_no_template(status: Status) -> None:
    trap = status.folder / "trap"
    word = f"{{{{ lookup('ansible.builtin.pipe', 'touch {trap}') }}}}"
    with window(status.journal("a"), "prime", "patch-day", time.time(), run=Run("1", word)) as night:
        night.suspend(job("1", word), seconds=0.0)
    run = status.run({"a": LOCAL}, "-v")
    assert run.status == 0, run.output
    assert not trap.exists()
    assert status.data["systems"][0]["windows"][0]["jobs"][0]["name"].startswith("{ { lookup")


def test_what_comes_after_it_in_awx_gets_the_status(status: Status) -> None:
    status.open("a", "1", ends=-HOUR)
    status.ansible.environment["ANSIBLE_SHOW_CUSTOM_STATS"] = "1"
    run = status.run({"a": LOCAL})
    shown = run.output.partition("CUSTOM STATS")[2]
    assert '"maintenance_window_status"' in shown
    assert '"expired": ["patch-day"]' in re.sub(r"\s+", " ", shown).replace("[ ", "[").replace(" ]", "]")


def test_the_report_is_written_again(status: Status) -> None:
    status.open("a", "1", "2")
    status.run({"a": LOCAL})  # writes the inventory
    run = status.ansible.playbook(
        "batchops.job_control.window_report",
        maintenance_window_name="patch-day",
        maintenance_window_journal_folder=str(status.folder / "journals"),
        maintenance_window_report_folder=str(status.folder / "reports"),
    )
    assert run.status == 0, run.output
    (report,) = (status.folder / "reports").glob("*.json")
    assert json.loads(report.read_text())["totals"]["still_suspended"] == 2
