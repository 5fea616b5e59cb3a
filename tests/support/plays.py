# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays that a test makes up: their tasks are all run, and what each registered comes back as data."""

from __future__ import annotations

import dataclasses
import json
import re
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
    # The terminal carries the results: a task that writes a file would cost more than those that are tested.
    collect: Task = {"ansible.builtin.debug": {"msg": f"{{{{ [{', '.join(registered)}] | to_json }}}}"}}
    named = [{**task, "name": name, "register": name, "ignore_errors": True} for name, task in zip(registered, tasks)]
    playbook = ansible.folder / "tasks.yml"
    play = {"hosts": hosts, "gather_facts": False, "tasks": [*named, {**collect, "name": "results"}]}
    playbook.write_text(yaml.safe_dump([play]))
    run = ansible.run("ansible-playbook", str(playbook), **(env or {}))
    if run.status:
        raise AssertionError(f"the play did not come to its end: {run.output}")
    return PlayRun(_collected(run.output), run.output)


def _collected(output: str) -> dict[str, list[dict[str, t.Any]]]:
    """What the last task of the play shows for each host."""
    shown = output[output.rindex("TASK [results]") :]
    decoder = json.JSONDecoder()
    return {
        found[1]: json.loads(decoder.raw_decode(shown[found.end() :])[0]["msg"])
        for found in re.finditer(r"^ok: \[(\S+)\] => (?=\{)", shown, re.MULTILINE)
    }
