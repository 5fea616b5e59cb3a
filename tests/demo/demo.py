# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make demo`: a maintenance window over five simulated job systems, with proof that every job is as it was found."""

from __future__ import annotations

import collections
import importlib
import json
import pathlib
import shutil
import sys
import tempfile
import typing as t

TESTS = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))

from support.ansible import Ansible  # noqa: E402  (the folder tests has to be on the path first)
from support.estate import Target, running_estate, write_inventory  # noqa: E402

JOBS_PER_SYSTEM = 80
SHOWN_PER_SYSTEM = 6
REPORT = TESTS.parent / "demo-report"


def main() -> int:
    with tempfile.TemporaryDirectory() as name, running_estate() as estate:
        folder = pathlib.Path(name)
        inventory = folder / "inventory.yml"
        write_inventory(inventory, estate.values(), maintenance_window_journal_folder=str(folder / "windows"))
        ansible = Ansible(inventory, folder)

        title(f"1. Five job systems with {JOBS_PER_SYSTEM} jobs each are running")
        for target in estate.values():
            seeds = importlib.import_module(f"simulators.{target.system}.estate").estate(JOBS_PER_SYSTEM)
            target.control.seed(*seeds)
            print(f"   {target.system:<10} {target.options['url']}")
        found = {system: target.control.jobs() for system, target in estate.items()}

        title("2. ansible job_systems -m batchops.job_control.job_info")
        show_jobs(ansible, list(estate))

        title("3. A patch day in a maintenance window; the server db02 fails")
        run = ansible.playbook(
            str(TESTS / "demo" / "patch.yml"),
            demo_folder=str(folder),
            maintenance_window_report_folder=str(REPORT),
        )
        print(indented(run.output))
        if run.status != 2:
            print("The play should have failed on db02 and did not.")
            return 1

        title("4. What happened to the jobs")
        as_found = show_outcome(folder, found, estate)
        pages = sorted(REPORT.glob("*.html"))
        print(f"\nReport: {pages[0] if pages else REPORT}")
        return 0 if as_found else 1


def title(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}", flush=True)


def indented(text: str) -> str:
    return "".join(f"   {line}\n" for line in text.splitlines() if line.strip())


def show_jobs(ansible: Ansible, systems: list[str]) -> None:
    """A few jobs of each system as a table, and the counts of all."""
    print(f"   {'system':<10} {'state':<11} {'name':<46} {'type':<16} owner")
    totals: collections.Counter[str] = collections.Counter()
    for run in ansible.modules("job_systems", "job_info"):
        jobs = sorted(run.result["jobs"], key=lambda job: (job["state"], job["name"]))
        step = max(1, len(jobs) // SHOWN_PER_SYSTEM)
        for job in jobs[::step][:SHOWN_PER_SYSTEM]:
            row = (job["system"], job["state"], cut(job["name"], 46), cut(job["type"], 16), job["owner"])
            print("   {:<10} {:<11} {:<46} {:<16} {}".format(*row))
        print(f"   {'':<10} ... {len(jobs)} in all")
        totals.update(run.result["summary"]["states"])
    print(f"   {sum(totals.values())} jobs in {len(systems)} systems: ", end="")
    print(", ".join(f"{count} {state}" for state, count in totals.most_common()))


def cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def show_outcome(folder: pathlib.Path, found: t.Mapping[str, t.Any], estate: t.Mapping[str, Target]) -> bool:
    """The figures per system, and whether every job is as it was found."""
    print(f"   {'system':<10} {'found':>6} {'suspended':>10} {'resumed':>8} {'left alone':>11}   compared one by one")
    all_as_found = True
    for system, target in estate.items():
        figures = json.loads((folder / f"{system}.json").read_text())
        opened, closed = figures["suspended"], figures["resumed"]
        now = target.control.jobs()
        different = [job_id for job_id in found[system] | now if held(found[system], job_id) != held(now, job_id)]
        verdict = f"{len(different)} differ: {different[:3]}" if different else "every job as it was found"
        print(
            f"   {system:<10} {opened['selected']:>6} {opened['changed']:>10} {closed['changed']:>8} "
            f"{opened['unchanged'] + opened['skipped']:>11}   {verdict}"
        )
        all_as_found &= not different and opened["changed"] == closed["changed"] > 0
    return all_as_found


def held(jobs: t.Mapping[str, t.Any], job_id: str) -> bool | None:
    job = jobs.get(job_id)
    return job["held"] if job else None


if __name__ == "__main__":
    shutil.rmtree(REPORT, ignore_errors=True)
    sys.exit(main())
