# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make demo`: maintenance windows over five simulated job systems, with proof that every job is as it was found."""

from __future__ import annotations

import importlib
import json
import pathlib
import shutil
import sys
import tempfile
import typing as t

import yaml

HERE = pathlib.Path(__file__).parent
TESTS = HERE.parent
sys.path.insert(0, str(TESTS))

from support.ansible import Ansible  # noqa: E402  (the folder tests has to be on the path first)
from support.estate import Target, running_estate, write_inventory  # noqa: E402

JOBS_PER_SYSTEM = 80
JOB_INFO = "batchops.job_control.job_info"
#: What a user sets to see tables; only the first rows, as there is more to come.
TABLE = {
    "ANSIBLE_STDOUT_CALLBACK": "batchops.job_control.table",
    "ANSIBLE_LOAD_CALLBACK_PLUGINS": "1",
    "JOB_CONTROL_TABLE_ROWS": "20",
}
INDENT = " " * 3
REPORT = TESTS.parent / "demo-report"


def main() -> int:
    with tempfile.TemporaryDirectory() as name, running_estate() as estate:
        folder = pathlib.Path(name)
        inventory = folder / "inventory.yml"
        write_inventory(inventory, estate.values(), maintenance_window_journal_folder=str(folder / "windows"))
        add_server(inventory, "web01")
        ansible = Ansible(inventory, folder)

        title(f"1. Five job systems with {JOBS_PER_SYSTEM} jobs each are running")
        for target in estate.values():
            seeds = importlib.import_module(f"simulators.{target.system}.estate").estate(JOBS_PER_SYSTEM)
            target.control.seed(*seeds)
            print(f"   {target.system:<10} {target.options['url']}")
        found = Found(estate, ansible)

        title(f"2. ansible job_systems -m {JOB_INFO}, with the callback {TABLE['ANSIBLE_STDOUT_CALLBACK']}")
        is_shown = show_jobs(ansible)

        title("3. suspend_jobs: somebody opens the window storage-check on Veeam, and forgets it")
        steps = Steps(ansible)
        storage = {
            "maintenance_window_name": "storage-check",
            "maintenance_window_jobs": {"all": True},
            "maintenance_window_running": "leave",
            "maintenance_window_expires": "30s",
        }
        steps.run("suspend_jobs", 0, "--limit", "veeam", **storage)

        title("4. maintenance_window: a patch day on all five; the server web01 becomes unreachable in it")
        variables = f"@{HERE / 'window.yml'}"
        report = {"maintenance_window_report_folder": str(REPORT), "maintenance_window_tasks": str(HERE / "work.yml")}
        steps.run("maintenance_window", 2, "-e", variables, **report)

        title("5. window_status: what is still open")
        steps.run("window_status", 2)

        title("6. close_expired_windows, as a scheduler runs it")
        steps.run("close_expired_windows", 0)

        title("7. What happened to the jobs")
        as_found = show_outcome(found)
        pages = sorted(REPORT.glob("*.html"))
        print(f"\nReport: {pages[0] if pages else REPORT}")
        return 0 if is_shown and as_found and steps.are_as_expected and pages else 1


class Steps:
    """Playbooks of the collection, shown as they run."""

    def __init__(self, ansible: Ansible) -> None:
        self._ansible = ansible
        self.are_as_expected = True

    def run(self, playbook: str, status: int, *flags: str, **variables: t.Any) -> None:
        """
        :param status: what it should end with.
        """
        run = self._ansible.playbook(f"batchops.job_control.{playbook}", *flags, **variables)
        print(indented(told(run.output)))
        if run.status != status:
            print(f"It should have ended with {status} and did with {run.status}:\n{indented(run.output)}")
            self.are_as_expected = False


class Found:
    """The jobs as they were found, and what keeps new work from starting."""

    def __init__(self, estate: t.Mapping[str, Target], ansible: Ansible) -> None:
        self.estate = estate
        self._ansible = ansible
        self.jobs = {system: target.control.jobs() for system, target in estate.items()}
        self._switches = self._read_switches()

    def _read_switches(self) -> list[str]:
        """The states of two agents and of an activity, by modules in check mode."""
        agents: dict[str, t.Any] = {"agents": ["ap-fin01", "ap-fin02"], "state": "effective"}
        activity: dict[str, t.Any] = {"scope": "commcell", "activity": "aux_copy", "state": "enabled"}
        runs = [
            self._ansible.module("ajs", "ajs_agent_state", "--check", **agents),
            self._ansible.module("commvault", "commvault_activity", "--check", **activity),
        ]
        return [job["before"] for run in runs for job in run.result["jobs"]]

    def are_switches_as_found(self) -> bool:
        return self._read_switches() == self._switches


def add_server(inventory: pathlib.Path, name: str) -> None:
    """A host that is no job system, and that nobody can reach."""
    hosts = yaml.safe_load(inventory.read_text())
    nowhere = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
    hosts["all"]["children"]["servers"] = {"hosts": {name: nowhere}}
    inventory.write_text(yaml.safe_dump(hosts))


def told(output: str) -> str:
    """What a playbook says: its messages, and what went wrong; without the noise of each task."""
    kept, is_message = [], False
    for line in output.splitlines():
        is_message = (is_message and line.startswith((" ", "}"))) or '"msg"' in line
        if is_message or line.startswith(("fatal", "PLAY [")):
            kept.append(cut(line.strip().removeprefix('"msg": '), 150))
    return "\n".join(line for line in kept if line not in ("[", "]", "}"))


def title(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}", flush=True)


def indented(text: str) -> str:
    return "".join(f"{INDENT}{line}\n" for line in text.splitlines() if line.strip())


def show_jobs(ansible: Ansible) -> bool:
    """The command of a user, with the callback that makes a table of its results."""
    columns = str(shutil.get_terminal_size((120, 24)).columns - len(INDENT))
    shown = ansible.run("ansible", "job_systems", "-m", JOB_INFO, **TABLE, COLUMNS=columns)
    print(indented(shown.output))
    return shown.status == 0


def cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def show_outcome(found: Found) -> bool:
    """Whether every job and every switch is as it was found, looked up in the products themselves."""
    report = json.loads((REPORT / "patch-day.json").read_text())
    totals = {system["host"]: system["totals"] for system in report["systems"]}
    all_as_found = True
    for system, target in found.estate.items():
        before, now, figures = found.jobs[system], target.control.jobs(), totals[system]
        different = [job_id for job_id in before | now if held(before, job_id) != held(now, job_id)]
        verdict = f"{len(different)} differ: {different[:3]}" if different else "every one is as it was found"
        print(
            f"   {system}: {figures['suspended']} of {len(before)} jobs were suspended, {figures['resumed']} resumed, "
            f"{figures['handed_over']} handed over; {verdict}"
        )
        all_as_found &= not different
    switches = found.are_switches_as_found()
    print(f"   two agents and an activity: {'as they were found' if switches else 'not as they were found'}")
    return all_as_found and switches


def held(jobs: t.Mapping[str, t.Any], job_id: str) -> bool | None:
    job = jobs.get(job_id)
    return job["held"] if job else None


if __name__ == "__main__":
    shutil.rmtree(REPORT, ignore_errors=True)
    sys.exit(main())
