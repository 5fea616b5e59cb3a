# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What users read: it exists, it is true, it renders."""

from __future__ import annotations

import json
import pathlib

import pytest
import yaml
from support.checkout import ROOT, Checkout
from support.verb_table import DOCUMENTS, written

MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))


@pytest.mark.parametrize("document", list(DOCUMENTS), ids=lambda path: path.name)
def test_tables_of_verbs_are_true(document: pathlib.Path) -> None:
    """`make tables` writes them from the capabilities of the products."""
    assert document.read_text() == written(document)


def test_antsibull_docs(checkout: Checkout) -> None:
    checkout.run("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs=self", ".")


def test_changelog_fragments(checkout: Checkout) -> None:
    checkout.run("antsibull-changelog", "lint")


def test_the_version_has_release_notes() -> None:
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    releases = yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text())["releases"]
    assert version in releases
    for notes in ("CHANGELOG.md", "CHANGELOG.rst"):
        assert releases[version]["changes"]["release_summary"].split(" - ")[0] in (ROOT / notes).read_text()


def test_every_module_is_in_the_action_group_and_has_its_connection_from_the_inventory() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())
    assert sorted(runtime["action_groups"]["all"]) == MODULES
    routed = runtime["plugin_routing"]["modules"]
    assert {name: routed[name]["action_plugin"] for name in MODULES} == dict.fromkeys(
        MODULES, "batchops.job_control.job_system"
    )


@pytest.mark.parametrize("module", MODULES)
def test_ansible_doc_shows_every_option_and_return_value(checkout: Checkout, module: str) -> None:
    shown = checkout.run("ansible-doc", "--json", f"batchops.job_control.{module}")
    documentation = json.loads(shown)[f"batchops.job_control.{module}"]
    selectors = {"job_ids", "names"} if module.startswith("job_") else set()
    assert {"system", "url", "password", *selectors} <= set(documentation["doc"]["options"])
    assert {"changed", "jobs", "summary", "http", "error"} <= set(documentation["return"])
    assert documentation["doc"]["attributes"]["check_mode"]["support"] == "full"
