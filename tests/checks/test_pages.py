# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages for people: their examples are valid, their links lead somewhere, their tables are those of the code."""

from __future__ import annotations

import json
import pathlib
import re
import typing as t

import pytest
import yaml
from support import pages, promises
from support.checkout import ROOT, Checkout

from ansible_collections.batchops.job_control.plugins.module_utils import _arguments as arguments
from ansible_collections.batchops.job_control.plugins.module_utils import _errors as errors
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.states import STATUSES
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.states import ROWS as COMMVAULT
from ansible_collections.batchops.job_control.plugins.module_utils._drs import states as drs
from ansible_collections.batchops.job_control.plugins.module_utils._model import JobState
from ansible_collections.batchops.job_control.plugins.module_utils._prime import states as prime
from ansible_collections.batchops.job_control.plugins.module_utils._registry import CAPABILITIES
from ansible_collections.batchops.job_control.plugins.module_utils._veeam import states as veeam

SYSTEMS = ROOT / "docs" / "systems"
GUIDE = ROOT / "docs" / "guide"
LANES = ROOT / "docs" / "develop" / "lanes.md"

every_page = pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@every_page
def test_examples_use_what_there_is(page: pathlib.Path) -> None:
    """Each is YAML; its modules, options, values, variables, roles and playbooks exist."""
    assert [fault for example in pages.blocks(page, "yaml") for fault in pages.faults_of_yaml(example)] == []


@pytest.mark.parametrize("page", [page for page in pages.PAGES if page != pages.SIXTH], ids=lambda page: page.name)
def test_commands_use_what_there_is(page: pathlib.Path) -> None:
    assert [fault for text in pages.blocks(page, "console") for fault in pages.faults_of_commands(text)] == []


@every_page
def test_links_lead_somewhere(page: pathlib.Path) -> None:
    """Those to a place on a page are followed when the site is built."""
    assert [link for link in pages.links(page) if not (page.parent / link).exists()] == []


@pytest.mark.parametrize(
    "example",
    [
        "- batchops.job_control.job_sleep:",
        "- batchops.job_control.job_info: {name: nightly}",
        "- batchops.job_control.job_info: {states: stopped}",
        "- batchops.job_control.ajs_agent_state: {state: hold}",
        "- block: [{batchops.job_control.job_info: {name: '{{ template }}'}}]",
        "- hosts: all\n  module_defaults: {group/batchops.job_control.all: {address: x}}",
        "- import_playbook: batchops.job_control.close",
        "- sources: [{batchops.job_control.jobs: {system: veeam, every: 60}}]",
        "- include_role: {name: batchops.job_control.maintenance_window}\n  vars: {maintenance_window_mode: wait}",
        "job_systems: {hosts: {one: {job_control_address: x}}}",
        "maintenance_window_running: kill",
    ],
)
def test_a_wrong_example_is_seen(example: str) -> None:
    assert pages.faults_of_yaml(example)


@pytest.mark.parametrize(
    "command",
    [
        "ansible all -m batchops.job_control.job_sleep",
        'ansible all -m batchops.job_control.job_info -a "state=failed"',
        "ansible-playbook batchops.job_control.close",
        "ansible-playbook batchops.job_control.resume_jobs -e maintenance_window=x",
        "make coffee",
    ],
)
def test_a_wrong_command_is_seen(command: str) -> None:
    assert pages.faults_of_commands(command)


def state_tables(system: str) -> t.Iterator[list[list[str]]]:
    """The tables on the product's page that say what its words mean."""
    section = (SYSTEMS / f"{system}.md").read_text().partition("\n## States\n")[2].partition("\n## ")[0]
    return pages.tables(section)


def shown(table: list[list[str]]) -> dict[str, str]:
    """What a table with two columns says, word by word."""
    return {word: pages.words(state)[0] for said, state in table[1:] for word in pages.words(said)}


@pytest.mark.parametrize(
    ("system", "meanings"),
    [
        ("commvault", {word: row.state for word, row in COMMVAULT.items()}),
        ("drs", {word: row.state for word, row in drs.ROWS.items()}),
        ("ajs", {word: meaning.state for word, meaning in STATUSES.items()}),
    ],
)
def test_states(system: str, meanings: t.Mapping[str, JobState]) -> None:
    (table,) = state_tables(system)
    assert shown(table) == {word: state.value for word, state in meanings.items()}


def test_states_of_prime() -> None:
    triggers, results = state_tables("prime")
    for word, state in shown(triggers).items():
        assert prime.state_of(prime.Situation(word)).value == state
    for word, state in shown(results).items():
        assert prime.state_of(prime.Situation("COMPLETED", "COMPLETED", word)).value == state


def test_states_of_veeam() -> None:
    (table,) = state_tables("veeam")
    rows = [(word, row) for row in table[1:] for word in pages.words(row[0])]
    assert len(rows) > 6
    for word, (_words, enabled, disabled) in rows:
        session, _slash, result = word.partition("/")
        for flag, cell in ((True, enabled), (False, disabled)):
            assert veeam.state_of(veeam.Situation(flag, session, result)).value == pages.words(cell)[0]


@pytest.mark.parametrize("system", list(CAPABILITIES))
def test_options_of_a_product(system: str) -> None:
    """The page names options that exist, all that only this product has, and its limits."""
    text = (SYSTEMS / f"{system}.md").read_text()
    (table,) = (table for table in pages.tables(text) if table[0][0] == "option")
    named = {word for row in table[1:] for word in pages.words(row[0])}
    own = CAPABILITIES[system]
    assert own.options.keys() <= named <= {*arguments.connection_spec(), "location"}
    (workers,) = (row[1] for row in table[1:] if row[0] == "`workers`")
    most = f", at most {own.max_workers}" if own.max_workers > 1 else ""
    assert f"{own.workers}{most}" in workers


def test_every_kind_of_error_is_explained() -> None:
    kinds = {error.kind for error in vars(errors).values() if isinstance(error, type) and hasattr(error, "kind")}
    text = (GUIDE / "troubleshooting.md").read_text()
    explained = {
        line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ") and " " not in line[3:]
    }
    assert explained == kinds


def test_what_it_runs_on() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())
    text = "".join(path.read_text() for path in (ROOT / "README.md", GUIDE / "upgrading.md", GUIDE / "first-steps.md"))
    needed = set(re.findall(r"ansible-core(?: \||) (\d+\.\d+) or later", text))
    assert {f">={version}.0" for version in needed} == {runtime["requires_ansible"]}
    fragment = (ROOT / "plugins" / "doc_fragments" / "_connection.py").read_text()
    lowest = re.findall(r"- (?:requests|xmltodict) >= ([0-9.]+)", fragment)
    assert f"| requests, xmltodict | {', '.join(lowest)} or later |" in text


def test_lanes(checkout: Checkout) -> None:
    sessions = json.loads(checkout.run("nox", "--list", "--json"))
    (table,) = (table for table in pages.tables(LANES.read_text()) if table[0][0] == "lane")
    assert {row[0] for row in table[1:]} == {session["name"] for session in sessions}


def test_settling_times() -> None:
    names = {"commvault": "Commvault", "prime": "Prime", "drs": "DRS", "veeam": "Veeam", "ajs": "AJS"}
    times = ", ".join(f"{name} {CAPABILITIES[system].settle:g} s" for system, name in names.items())
    assert f"({times})" in " ".join((GUIDE / "journal.md").read_text().split())


def test_what_is_promised_was_tried() -> None:
    """The page of promises has a count of everything that the torture lane can count."""
    counts = next(iter(pages.tables(promises.PAGE.read_text())))
    tried = {row[0]: int(row[-2].replace(",", "")) for row in counts[1:]}
    assert tuple(tried) == promises.PROMISES
    assert all(tried.values())
