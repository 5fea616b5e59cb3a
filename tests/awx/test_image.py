# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The execution environment, as far as it can be made without a container engine."""

from __future__ import annotations

import pathlib
import subprocess

import yaml
from awx.content import PLAYBOOKS
from support.ansible import BUILD, PROGRAMS

ROOT = PLAYBOOKS.parent


def builder(*arguments: str) -> str:
    """Run ansible-builder; what it shows."""
    done = subprocess.run(
        [PROGRAMS / "ansible-builder", *arguments],
        env={"PATH": f"{PROGRAMS}:/usr/bin:/bin", "LANG": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_definition_is_accepted(tmp_path: pathlib.Path) -> None:
    """By the schema of ansible-builder, which writes the recipe for the image."""
    context = tmp_path / "context"
    builder("create", "--file", str(ROOT / "execution-environment.yml"), "--context", str(context))
    definition = yaml.safe_load((ROOT / "execution-environment.yml").read_text())
    recipe = next(path.read_text() for path in context.iterdir() if path.name in ("Containerfile", "Dockerfile"))
    assert definition["images"]["base_image"]["name"] in recipe
    assert definition["dependencies"]["ansible_core"]["package_pip"] in recipe
    (required,) = yaml.safe_load((context / "_build" / "requirements.yml").read_text())["collections"]
    assert required["name"] == "batchops.job_control"


def test_what_the_collection_requires_is_found() -> None:
    shown = builder("introspect", str(BUILD))
    found = yaml.safe_load(shown.partition("---")[2])
    names = [line.partition(">")[0] for line in found["python"] if "batchops.job_control" in line]
    assert sorted(names) == ["requests", "xmltodict"]
