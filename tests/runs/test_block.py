# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Windows that keep new work from starting: set before the jobs are suspended, put back after they are resumed."""

from __future__ import annotations

import re
import typing as t

import pytest
import yaml
from support.ansible import Ansible, PlaybookRun
from support.estate import Target, write_inventory
from support.scenes import held, mixed_jobs
from support.windows import Window

SWITCH = {"scope": "commcell", "activity": "data_verification"}
BLOCK = {"agents": ["agt1"], "activities": [SWITCH]}
TWO = ("commvault", "ajs")


class Site:
    """A Commvault and a JP1/AJS3 with jobs, and a switch each."""

    def __init__(self, ansible: Ansible, estate: dict[str, Target]) -> None:
        self.ansible = ansible
        self.estate = {system: estate[system] for system in TWO}
        write_inventory(ansible.inventory, self.estate.values())
        self.window = Window(ansible)
        self.estate["ajs"].control.call("POST", "agents", {"agents": [{"name": "agt1", "host": "host1"}]})
        for target in self.estate.values():
            mixed_jobs(target)
        self.found = self.held()

    def held(self) -> dict[str, dict[str, bool]]:
        return {system: held(target) for system, target in self.estate.items()}

    def switches(self) -> tuple[str, str]:
        """The state of the agent and of the activity, as the modules read them."""
        agent, activity = (
            self.ansible.module(system, module, "--check", **options).result["jobs"][0]["before"]
            for system, module, options in (
                ("ajs", "ajs_agent_state", {"agents": ["agt1"], "state": "effective"}),
                ("commvault", "commvault_activity", {**SWITCH, "state": "enabled"}),
            )
        )
        return agent, activity

    def window_of(self, playbook: str, *flags: str, **variables: t.Any) -> t.Any:
        given = {"maintenance_window_block": BLOCK, "maintenance_window_running": "leave", **variables}
        return self.window.run(playbook, *flags, **given)

    def assert_as_found(self) -> None:
        assert (self.held(), self.switches()) == (self.found, ("effective", "enabled"))


def unchanged(run: PlaybookRun) -> bool:
    """Whether no task on any host has changed anything, by the recap."""
    return set(re.findall(r"changed=(\d+)", run.output)) == {"0"}


@pytest.fixture
def site(ansible: Ansible, estate: dict[str, Target]) -> Site:
    return Site(ansible, estate)


@pytest.mark.parametrize("in_facts", [False, True])
def test_a_window_sets_and_puts_back(site: Site, in_facts: bool) -> None:
    where = {"maintenance_window_journal_in_facts": in_facts}
    look = site.window_of("suspend_jobs", "--check", **where)
    assert look.status == 0, look.output
    site.assert_as_found()
    opened = site.window_of("suspend_jobs", **where)
    assert opened.status == 0, opened.output
    assert "ajs: agt1 is set to hold" in opened.output
    assert "commvault: data_verification of the CommCell is set to disabled" in opened.output
    assert site.switches() == ("hold", "disabled")
    again = site.window_of("suspend_jobs", **where)
    assert again.status == 0, again.output
    assert unchanged(again), again.output
    closed = site.window_of("resume_jobs", **where)
    assert closed.status == 0, closed.output
    site.assert_as_found()
    again = site.window_of("resume_jobs", **where)
    assert again.status == 0, again.output
    assert unchanged(again), again.output


def test_a_saved_plan_is_refused_when_somebody_has_moved_a_switch(site: Site) -> None:
    plan = str(site.ansible.folder / "plan.json")
    made = site.window_of("plan_window", maintenance_window_plan_file=plan)
    assert made.status == 0, made.output
    site.ansible.module("ajs", "ajs_agent_state", agents=["agt1"], state="blockade")
    refused = site.window_of("suspend_jobs", maintenance_window_plan=plan)
    assert refused.status == 2, refused.output
    assert "agent:agt1" in refused.output
    assert "was effective and is blockade" in refused.output
    assert site.held() == site.found
    site.ansible.module("ajs", "ajs_agent_state", agents=["agt1"], state="effective")
    other = site.window_of("suspend_jobs", maintenance_window_plan=plan, maintenance_window_block={})
    assert "a saved plan has to be made with the same maintenance_window_block" in other.output.replace("\n", " ")
    applied = site.window_of("suspend_jobs", maintenance_window_plan=plan)
    assert applied.status == 0, applied.output
    assert site.switches() == ("hold", "disabled")
    assert site.window_of("resume_jobs").status == 0
    site.assert_as_found()


@pytest.mark.parametrize(
    ("block", "says"),
    [
        ({"agent": ["agt1"]}, "maintenance_window_block"),
        ({"activities": [{"scope": "commcell"}]}, "maintenance_window_block"),
        ({"agents": ["nobody"]}, "because it cannot be opened on ajs"),
    ],
)
def test_what_cannot_be_blocked_is_refused_before_any_job_is_touched(
    site: Site, block: dict[str, t.Any], says: str
) -> None:
    refused = site.window_of("suspend_jobs", maintenance_window_block=block)
    assert refused.status == 2, refused.output
    assert says in refused.output.replace("\n", " ")
    site.assert_as_found()


def test_agents_where_no_job_system_has_any(site: Site) -> None:
    refused = site.window_of("suspend_jobs", "--limit", "commvault")
    assert "agents are of JP1/AJS3 and activities of Commvault" in refused.output.replace("\n", " ")
    site.assert_as_found()


@pytest.mark.parametrize("in_facts", [False, True])
def test_jobs_whose_names_hold_the_password(ansible: Ansible, estate: dict[str, Target], in_facts: bool) -> None:
    """Ansible masks the password wherever it occurs in a result, so the names of jobs must not go through one."""
    target = estate["ajs"]
    user = {"username": "batch", "password": "Batch", "permissions": {"*": "Admin"}, "agent_permission": "Admin"}
    target.control.call("POST", "users", {"users": [user]})
    target.control.seed(*({"name": f"/Batch/Net{number}", "scenario": "queued"} for number in range(3)))
    found = held(target)
    write_inventory(ansible.inventory, [target], job_control_username="batch", job_control_password="Batch")
    window = Window(ansible)
    hosts = yaml.safe_load(ansible.inventory.read_text())
    for option in ("job_control_username", "job_control_password"):
        del hosts["all"]["children"]["job_systems"]["hosts"]["ajs"][option]
    ansible.inventory.write_text(yaml.safe_dump(hosts))
    jobs = {"names": ["Net*"], "location": "/Batch"}
    opened = window.suspend_jobs(maintenance_window_journal_in_facts=in_facts, maintenance_window_jobs=jobs)
    assert opened.status == 0, opened.output
    assert all(held(target).values())
    closed = window.resume_jobs(maintenance_window_journal_in_facts=in_facts)
    assert closed.status == 0, closed.output
    assert held(target) == found
