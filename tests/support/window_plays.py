# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbooks of a user's own around the role maintenance_window, and what they leave behind."""

from __future__ import annotations

import pathlib
import re
import typing as t

import yaml

from support.ansible import PlaybookRun

Task = dict[str, t.Any]


def own_play(
    folder: pathlib.Path, *, role: Task | None = None, then: t.Sequence[Task] = (), **keywords: t.Any
) -> pathlib.Path:
    """A playbook around the role.

    :param role: keywords of the task with the role; `kind` is how it is taken in.
    :param then: what follows the play.
    """
    task = dict(role or {})
    kind = task.pop("kind", "include_role")
    task[f"ansible.builtin.{kind}"] = {"name": "batchops.job_control.maintenance_window"}
    play = {"hosts": "job_systems", "gather_facts": False, "tasks": [task], **keywords}
    path = folder / "playbook.yml"
    path.write_text(yaml.safe_dump([play, *then]))
    return path


def trace(folder: pathlib.Path) -> Task:
    """A task that leaves a file with the name of each host that it ran on."""
    copy = {"dest": f"{folder}/ran-{{{{ inventory_hostname }}}}", "content": "", "mode": "0600"}
    return {"ansible.builtin.copy": copy}


def traces(folder: pathlib.Path) -> set[str]:
    return {path.name.partition("-")[2] for path in folder.glob("ran-*")}


def message_lines(run: PlaybookRun) -> str:
    """The output with JSON escapes and the line breaks of long messages taken out, to look for sentences in it."""
    return re.sub(r"\s+", " ", run.output.replace('\\"', '"').replace("\\n", " "))
