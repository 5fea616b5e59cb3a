# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays that a test makes up: their tasks are all run, and what each registered comes back as data."""

from __future__ import annotations

import dataclasses
import json
import typing as t

import yaml

from support.ansible import Ansible

Task = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class PlayRun:
    """What the tasks of a play registered, for each host in the order of the tasks."""

    results: dict[str, list[dict[str, t.Any]]]
    output: str


def run_tasks(ansible: Ansible, hosts: str, *tasks: Task, env: dict[str, str] | None = None) -> PlayRun:
    """Run tasks one after the other, also those after one that failed."""
    registered = [f"task_{number}" for number, _task in enumerate(tasks)]
    collected = ansible.folder / "registered"
    collected.mkdir(exist_ok=True)
    collect: Task = {
        "ansible.builtin.copy": {
            "content": f"{{{{ [{', '.join(registered)}] | to_json }}}}",
            "dest": f"{collected}/{{{{ inventory_hostname }}}}.json",
            "mode": "0600",
        }
    }
    named = [{**task, "register": name, "ignore_errors": True} for name, task in zip(registered, tasks)]
    playbook = ansible.folder / "tasks.yml"
    playbook.write_text(yaml.safe_dump([{"hosts": hosts, "gather_facts": False, "tasks": [*named, collect]}]))
    run = ansible.run("ansible-playbook", str(playbook), **(env or {}))
    if run.status:
        raise AssertionError(f"the play did not come to its end: {run.output}")
    return PlayRun({path.stem: json.loads(path.read_text()) for path in collected.glob("*.json")}, run.output)
