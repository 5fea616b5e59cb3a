# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of variables that are almost those of the role."""

from __future__ import annotations

import pathlib
import re

import pytest
import yaml

from ansible_collections.batchops.job_control.plugins.plugin_utils._misspelt import NO_DEFAULT, misspelt

ROOT = pathlib.Path(__file__).parents[4]
ROLE = ROOT / "roles" / "maintenance_window"
DEFAULTS = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
WORDS = {
    word
    for folder in (ROLE, ROOT / "playbooks", ROOT / "docs", ROOT / "extensions")
    for path in folder.rglob("*")
    if path.suffix in (".yml", ".j2", ".md")
    for word in re.findall(r"maintenance_window_\w+", path.read_text())
}


def test_every_variable_of_the_role_is_known() -> None:
    specs = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    options = {option for entry in specs.values() for option in entry["options"]}
    assert {*DEFAULTS, *(f"maintenance_window_{name}" for name in NO_DEFAULT)} == options


def test_no_name_of_ours_passes_for_a_slip() -> None:
    assert len(WORDS) > 50
    assert misspelt(WORDS, DEFAULTS) is None


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("task", "tasks"),
        ("job", "jobs"),
        ("runing", "running"),
        ("expire", "expires"),
        ("wait_time", "wait_timeout"),
        ("journal_folders", "journal_folder"),
        ("reports_folder", "report_folder"),
        ("may_empty", "may_be_empty"),
    ],
)
def test_a_slip_is_found(name: str, meant: str) -> None:
    prefix = "maintenance_window_"
    assert misspelt(["inventory_hostname", prefix + name], DEFAULTS) == (prefix + name, prefix + meant)
    assert misspelt([prefix + meant, prefix + "ticket", name], DEFAULTS) is None
