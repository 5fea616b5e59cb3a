# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documentation shows works as it is written: the examples of every module, commands, playbooks by name."""

from __future__ import annotations

import ast
import pathlib
import shlex
import typing as t

import pytest
import yaml
from support.ansible import Ansible
from support.checkout import ROOT
from support.estate import Target, write_hosts

MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
PLAYBOOKS = sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml"))

#: On which products the examples of a module change something, with the jobs of `seeds`. The examples look for jobs of
#: a file server, which a task of DRS does not belong to, and for names that are longer at Commvault.
CHANGES: t.Mapping[str, frozenset[str]] = {
    "ajs_agent_state": frozenset({"ajs"}),
    "ajs_change_status": frozenset({"ajs"}),
    "commvault_activity": frozenset({"commvault"}),
    "job_cancel_running": frozenset({"prime", "drs", "veeam", "ajs"}),
    "job_info": frozenset(),
    "job_resume": frozenset({"commvault", "prime", "veeam", "ajs"}),
    "job_retry": frozenset({"commvault", "drs", "veeam", "ajs"}),
    "job_suspend": frozenset({"commvault", "prime", "veeam", "ajs"}),
    "job_wait": frozenset(),
    "prime_job_cancel": frozenset({"prime"}),
}
#: whose examples have to have been run before
NEEDS = {"job_resume": ["job_suspend"]}


def examples(module: str) -> list[dict[str, t.Any]]:
    """The tasks in a module's documentation."""
    tree = ast.parse((ROOT / "plugins" / "modules" / f"{module}.py").read_text())
    (text,) = (
        ast.literal_eval(statement.value)
        for statement in tree.body
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "EXAMPLES"
    )
    return t.cast("list[dict[str, t.Any]]", yaml.safe_load(text))


def seeds(system: str, runs_end: bool) -> list[dict[str, t.Any]]:
    """Jobs that the examples speak of.

    :param runs_end: what runs ends by itself within a second.
    """
    names = {"running": "nightly-files", "failed": "nightly-mail", "queued": "nightly-logs", "suspended": "weekly"}
    place = {
        "commvault": {"owner": "fileserver01", "client_groups": ["Infrastructure"]},
        "prime": {"owner": "fileserver01"},
        "drs": {},
        "veeam": {"owner": "fileserver01"},
        "ajs": {"type": "JOB", "agent": "fileserver01"},
    }[system]
    ends = {"duration": 1} if runs_end else {}
    prefix = "/Night/{name}-net/" if system == "ajs" else ""
    jobs: list[dict[str, t.Any]] = [
        {"name": prefix.format(name=name) + name, "scenario": scenario, **place, **ends}
        for scenario, name in names.items()
    ]
    others: dict[str, list[dict[str, t.Any]]] = {
        "prime": [{"name": "Image distribution 7", "type": "SWIM Distribution", "scenario": "queued"}],
        "ajs": [
            {"name": "/Finance/Ledger/GL_Close/Extract", "type": "JOB", "scenario": "failed", "exec_id": "@A100"},
            *({"name": f"/Pay/{name}/Step", "type": "JOB", "agent": name} for name in ("ap-fin01", "ap-fin02")),
        ],
    }
    return jobs + others.get(system, [])


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_module(
    ansible: Ansible, estate: dict[str, Target], tmp_path: pathlib.Path, module: str
) -> None:
    """As a playbook against each product that has the verb; those that change something do."""
    vendor = module.partition("_")[0]
    systems = [vendor] if vendor in estate else list(estate)
    for system in systems:
        estate[system].control.seed(*seeds(system, runs_end=module == "job_wait"))
        (tmp_path / system).mkdir()
    write_hosts(
        ansible.inventory,
        {system: estate[system].variables for system in systems},
        journal_folder=f"{tmp_path}/{{{{ inventory_hostname }}}}",
    )
    playbook = tmp_path / "examples.yml"
    tasks = [task for name in (*NEEDS.get(module, []), module) for task in examples(name)]
    playbook.write_text(yaml.safe_dump([{"hosts": "job_systems", "gather_facts": False, "tasks": tasks}]))
    run = ansible.playbook(str(playbook))
    assert run.status == 0, run.output
    assert "[WARNING]" not in run.output
    assert {system for system in systems if estate[system].control.writes()} == CHANGES[module]


#: what a user types, and something that is then seen
COMMANDS = [
    ("ansible job_systems -m batchops.job_control.job_info", '"name": "weekly"'),
    (
        "ansible job_systems -m batchops.job_control.job_info -a 'states=failed,running names=nightly* limit=5'",
        '"name": "nightly-mail"',
    ),
    (
        'ansible veeam_prod -m batchops.job_control.job_retry -a "states=failed all=true"',
        '"action": "retry"',
    ),
    (
        'ansible commvault_prod -m batchops.job_control.job_suspend -a "owners=fileserver01" --check --diff',
        "fileserver01/nightly-files: suspended",
    ),
]


@pytest.mark.parametrize(("command", "seen"), COMMANDS)
def test_a_command(ansible: Ansible, estate: dict[str, Target], command: str, seen: str) -> None:
    """With options given as text, as one types them."""
    for system, target in estate.items():
        target.control.seed(*seeds(system, runs_end=False))
    write_hosts(ansible.inventory, {f"{system}_prod": target.variables for system, target in estate.items()})
    program, *arguments = shlex.split(command)
    run = ansible.run(program, *arguments)
    assert run.status == 0, run.output
    assert seen in run.output
    assert {system for system, target in estate.items() if target.control.writes()} == (
        {"veeam"} if "job_retry" in command else set()
    )


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_playbook_by_its_full_name(ansible: Ansible, playbook: str) -> None:
    run = ansible.run("ansible-playbook", f"batchops.job_control.{playbook}", "--syntax-check")
    assert run.status == 0, run.output
    assert playbook in run.output
