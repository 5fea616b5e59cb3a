# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The five simulators as one running estate, in processes of their own as a user would start them."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import pathlib
import ssl
import subprocess
import sys
import typing as t

import yaml

from simulators.core.control import Control

TESTS = pathlib.Path(__file__).parents[1]


@dataclasses.dataclass(frozen=True)
class Target:
    """One running job system."""

    system: str
    options: dict[str, str]  # the connection options that lead to it
    control: Control

    @property
    def variables(self) -> dict[str, t.Any]:
        """The variables of its inventory host."""
        variables = {f"job_control_{name}": value for name, value in self.options.items()}
        return {**variables, "job_control_location": "/"} if self.system == "ajs" else variables


@contextlib.contextmanager
def running_estate(*systems: str, tls: pathlib.Path | None = None) -> t.Iterator[dict[str, Target]]:
    """Start simulators, all of them unless some are named; they end with the block.

    :param tls: serve https, and leave the authority's ca.pem in this folder.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "simulators", *systems, *(["--tls", str(tls)] if tls else []), "--until-eof"],
        cwd=TESTS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the simulators have no pipes")
    try:
        listening = json.loads(process.stdout.readline())
        context = ssl.create_default_context(cafile=tls / "ca.pem") if tls else None
        yield {
            system: Target(system, server["options"], Control(server["origin"], context))
            for system, server in listening.items()
        }
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()


def write_inventory(path: pathlib.Path, targets: t.Iterable[Target], **variables: t.Any) -> None:
    """An inventory with one host for each job system, named after it, in the group job_systems."""
    write_hosts(path, {target.system: target.variables for target in targets}, **variables)


def write_hosts(path: pathlib.Path, hosts: t.Mapping[str, t.Mapping[str, t.Any]], **variables: t.Any) -> None:
    """An inventory of hosts with their variables, in the group job_systems."""
    local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    group = {"hosts": {name: dict(own) for name, own in hosts.items()}, "vars": {**local, **variables}}
    path.write_text(yaml.safe_dump({"all": {"children": {"job_systems": group}}}))
