# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans of a window: made and saved by the playbook, and carried out by runs of their own."""

from __future__ import annotations

import json
import stat
import typing as t

import pytest
from support.ansible import Ansible, PlaybookRun
from support.estate import Target, write_inventory
from support.scenes import Scene, held, mixed_jobs
from support.windows import Window

Estate = dict[str, Target]
TWO = ("commvault", "ajs")


class Planner:
    """Two job systems with jobs, and a file for the plan."""

    def __init__(self, ansible: Ansible, estate: Estate) -> None:
        self.ansible = ansible
        self.estate = {system: estate[system] for system in TWO}
        write_inventory(ansible.inventory, self.estate.values())
        self.window = Window(ansible)
        self.file = ansible.folder / "plan.json"
        self.scene: dict[str, Scene] = {system: mixed_jobs(target) for system, target in self.estate.items()}
        self.found = self.held()

    def held(self) -> dict[str, dict[str, bool]]:
        return {system: held(target) for system, target in self.estate.items()}

    def writes(self) -> list[str]:
        return [f"{system}: {one['target']}" for system, two in self.estate.items() for one in two.control.writes()]

    def plan(self, **variables: t.Any) -> PlaybookRun:
        given = {"maintenance_window_plan_file": str(self.file), "maintenance_window_running": "leave", **variables}
        return self.window.run("plan_window", **given)

    def saved(self) -> dict[str, t.Any]:
        return t.cast("dict[str, t.Any]", json.loads(self.file.read_text()))


@pytest.fixture
def planner(ansible: Ansible, estate: Estate) -> Planner:
    return Planner(ansible, estate)


def test_a_plan_is_saved_and_changes_nothing(planner: Planner) -> None:
    run = planner.plan()
    assert run.status == 0, run.output
    assert (planner.writes(), planner.held()) == ([], planner.found)
    assert not planner.window.folder.exists()
    assert stat.S_IMODE(planner.file.stat().st_mode) == 0o600
    saved = planner.saved()
    assert (saved["schema"], saved["window"]) == ("batchops.job_control/plan/1", "patchday")
    assert set(saved["hosts"]) == set(TWO)
    for system in TWO:
        summary = saved["hosts"][system]["summary"]
        assert summary["counts"]["suspend"] == len(planner.scene[system].ours(system))
    assert "commvault: 8 jobs selected: 4 to be suspended" in run.output


def test_nothing_is_saved_when_one_job_system_cannot_be_planned(planner: Planner) -> None:
    planner.estate["ajs"].control.arm(kind="status", status=503, times=0)
    run = planner.plan(job_control_retry_timeout=0)
    assert run.status == 2, run.output
    assert "The window patchday cannot be planned, so no plan is saved: ajs: " in run.output.replace("\\n", " ")
    assert not planner.file.exists()
    planner.estate["ajs"].control.disarm()


def test_agents_and_activities_are_planned_too(planner: Planner) -> None:
    block = {
        "agents": ["agt1"],
        "activities": [{"scope": "commcell", "activity": "backup"}, {"scope": "commcell", "activity": "restore"}],
    }
    planner.estate["ajs"].control.call("POST", "agents", {"agents": [{"name": "agt1", "host": "host1"}]})
    run = planner.plan(maintenance_window_block=block)
    assert run.status == 0, run.output
    hosts = planner.saved()["hosts"]
    assert {system: (len(one["switch_plans"]), len(one["blocks"])) for system, one in hosts.items()} == {
        "commvault": (2, 2),
        "ajs": (1, 1),
    }
    assert planner.writes() == []


@pytest.fixture
def apply(planner: Planner) -> t.Callable[..., PlaybookRun]:
    """Open the window with the saved plan, by another run."""
    return lambda **variables: planner.window.suspend_jobs(
        **{"maintenance_window_plan": str(planner.file), "maintenance_window_jobs": {}, **variables}
    )


def test_a_saved_plan_is_carried_out_exactly(planner: Planner, apply: t.Callable[..., PlaybookRun]) -> None:
    assert planner.plan().status == 0
    run = apply()
    assert run.status == 0, run.output
    ours = {system: scene.ours(system) for system, scene in planner.scene.items()}
    assert planner.held() == {system: planner.found[system] | dict.fromkeys(ours[system], True) for system in TWO}
    assert planner.window.resume_jobs().status == 0
    assert planner.held() == planner.found


def test_drift_on_one_job_system_keeps_all_of_them_as_they_are(
    planner: Planner, apply: t.Callable[..., PlaybookRun]
) -> None:
    assert planner.plan().status == 0
    scene = planner.scene["ajs"]
    planner.estate["ajs"].control.event(scene.waiting[0], "suspend")
    planner.estate["ajs"].control.event(scene.running[0], "finish")
    run = apply()
    assert run.status == 2, run.output
    said = run.output.replace("\\n", " ")
    assert "plan: 2 are not as planned, so nothing was changed: " in said
    assert scene.waiting[0] in said
    assert scene.running[0] in said
    assert planner.writes() == []
    assert not planner.window.folder.exists()


def test_tasks_are_run_in_a_window_as_planned_or_not_at_all(planner: Planner) -> None:
    assert planner.plan().status == 0
    tasks = planner.ansible.folder / "tasks.yml"
    tasks.write_text("- ansible.builtin.copy: {content: '', dest: '" + str(planner.ansible.folder) + "/worked'}\n")
    given = {"maintenance_window_plan": str(planner.file), "maintenance_window_jobs": {}}
    run = planner.window.around(tasks, **given)
    assert run.status == 0, run.output
    worked = planner.ansible.folder / "worked"
    assert worked.exists()
    assert planner.held() == planner.found
    worked.unlink()

    planner.estate["commvault"].control.seed({"name": "new", "scenario": "queued"})
    found, written = planner.held(), planner.writes()
    run = planner.window.around(tasks, **given)
    assert run.status == 2, run.output
    assert "new) is new (queued)" in run.output.replace("\\n", " ")
    assert not worked.exists()
    assert (planner.held(), planner.writes()) == (found, written)


def test_an_edited_plan_and_one_of_other_hosts_are_refused(
    planner: Planner, apply: t.Callable[..., PlaybookRun]
) -> None:
    assert planner.plan().status == 0
    run = apply(maintenance_window_name="other")
    assert "it is for the window 'patchday', not for 'other'" in run.output
    write_inventory(planner.ansible.inventory, [planner.estate["ajs"]])
    assert "it also has a plan for commvault, which this play does not work on" in apply().output
    write_inventory(planner.ansible.inventory, planner.estate.values())
    planner.file.write_text(planner.file.read_text().replace("waiting", "x").replace("queued-0", "queued-9"))
    assert "the file was changed after it was saved" in apply().output
    assert planner.writes() == []
