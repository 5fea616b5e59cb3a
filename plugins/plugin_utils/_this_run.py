# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which run of Ansible this is: what a window remembers of the run that has opened it."""

from __future__ import annotations

import getpass
import os
import pathlib
import socket
import sys
import typing as t


def this_run(variables: t.Mapping[str, t.Any]) -> dict[str, str]:
    """User, controller, process and id of the run, the same for all of its tasks.

    In AWX all jobs of a workflow are one run, as the job that closes a window is not the one that has opened it.

    :param variables: of any host; AWX tells there which job this is.
    """

    def of_awx(name: str) -> str:
        return str(variables.get(f"awx_{name}") or variables.get(f"tower_{name}") or "")

    controller = socket.gethostname()
    user = of_awx("user_name") or _user()
    job, workflow = of_awx("job_id"), of_awx("workflow_job_id")
    if job:
        process = f"AWX workflow job {workflow}, job {job}" if workflow else f"AWX job {job}"
        return {
            "id": f"AWX workflow job {workflow}" if workflow else process,
            "user": user,
            "controller": "AWX",
            "process": process,
        }
    # A task is carried out by a process of its own, whose parent is the one of the whole run.
    parent = os.getppid()
    process = f"{pathlib.PurePath(sys.argv[0]).name} {parent}"
    return {
        "id": f"{controller} {parent} {_start_of(parent)}",
        "user": user,
        "controller": controller,
        "process": process,
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a user without a name
        return str(os.getuid())


def _start_of(process: int) -> str:
    """When a process was started, as numbers of processes are used again; empty where the system does not tell."""
    try:
        stat = pathlib.Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]
