# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page on adding a product, followed word by word in a copy of the collection: what it builds works."""

from __future__ import annotations

import pathlib
import re
import shutil
import typing as t

import pytest
from support.ansible import Ansible
from support.checkout import ROOT, Checkout
from support.estate import Target, running_estate, write_inventory
from support.pages import SIXTH

TEXT = SIXTH.read_text()

HEADER = "".join((ROOT / "noxfile.py").read_text().splitlines(keepends=True)[:3]) + "\n"
FILES = dict(re.findall(r"^```\{code-block\} python\n:caption: (\S+)\n\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
PACKAGE = "plugins/module_utils/_tinybatch"


def blocks(language: str) -> list[str]:
    """The code blocks of the page in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def followed(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A collection to which somebody has added Tinybatch as the page says."""
    copy = tmp_path_factory.mktemp("sixth") / "ansible_collections" / "batchops" / "job_control"
    for name in checkout.files():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    for name, code in FILES.items():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text(HEADER + code)
    for package in (PACKAGE, "tests/simulators/tinybatch"):
        (copy / package / "__init__.py").touch()
    (changes,) = blocks("diff")
    (copy / "changes.diff").write_text(changes)
    checkout.run("git", "apply", "changes.diff", cwd=copy)
    (command,) = (block for block in blocks("console") if block.startswith("sed "))
    checkout.run("bash", "-ec", command, cwd=copy)
    return copy


@pytest.fixture(scope="module")
def tinybatch(followed: pathlib.Path) -> t.Iterator[Target]:
    """The simulator of the page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("support.estate.TESTS", followed / "tests")
        with running_estate("tinybatch") as targets:
            yield targets["tinybatch"]


@pytest.fixture
def ansible(followed: pathlib.Path, tinybatch: Target, tmp_path: pathlib.Path) -> Ansible:
    """Ansible with the collection of the page; two jobs can be suspended, one is suspended already, one has ended."""
    tinybatch.control.reset()
    scenarios = ("queued", "running", "suspended", "failed")
    tinybatch.control.seed(*({"name": f"night-{scenario}", "scenario": scenario} for scenario in scenarios))
    inventory = tmp_path / "inventory.yml"
    write_inventory(inventory, [tinybatch])
    ansible = Ansible(inventory, tmp_path)
    ansible.environment["ANSIBLE_COLLECTIONS_PATH"] = str(followed.parents[2])
    return ansible


def statuses(target: Target) -> list[str]:
    return [job["state"] for job in target.control.jobs().values()]


def test_the_page_shows_the_files_that_a_product_has() -> None:
    product = {f"{PACKAGE}/{name}.py" for name in ("capabilities", "states", "wire", "api")}
    assert {*product, "plugins/doc_fragments/_tinybatch.py", "tests/simulators/tinybatch/simulator.py"} == set(FILES)


def test_its_code_is_what_our_linters_want(checkout: Checkout, followed: pathlib.Path) -> None:
    checkout.run("ruff", "check", *FILES, cwd=followed)
    checkout.run("ruff", "format", "--check", *FILES, cwd=followed)


def test_a_window_on_it_leaves_its_jobs_as_they_were(
    ansible: Ansible, tinybatch: Target, tmp_path: pathlib.Path
) -> None:
    journal = str(tmp_path / "night.journal")
    listed = ansible.module("tinybatch", "job_info")
    assert [job["state"] for job in listed.result["jobs"]] == ["queued", "running", "suspended", "failed"]
    foretold = ansible.module("tinybatch", "job_suspend", "--check", all=True, journal=journal)
    assert foretold.result["summary"]["changed"] == 2
    assert tinybatch.control.writes() == []
    suspended = ansible.module("tinybatch", "job_suspend", all=True, journal=journal)
    assert suspended.result["summary"] == {"selected": 4, "changed": 2, "unchanged": 1, "skipped": 1, "failed": 0}
    assert statuses(tinybatch) == ["PAUSED", "PAUSED", "PAUSED", "BROKEN"]
    resumed = ansible.module("tinybatch", "job_resume", journal=journal)
    assert resumed.result["summary"]["changed"] == 2
    assert statuses(tinybatch) == ["WAITING", "WAITING", "PAUSED", "BROKEN"]


def test_an_answer_that_was_lost_is_no_harm(ansible: Ansible, tinybatch: Target) -> None:
    """The rules of trust come with the engine: the state is read, and the request is not sent on a hunch."""
    tinybatch.control.arm(kind="reset_after", writes=True)
    suspended = ansible.module("tinybatch", "job_suspend", names=["night-queued"])
    assert suspended.result["changed"] is True
    assert tinybatch.control.jobs()["1"]["applied"] == {"pause": 1}


def test_it_has_no_verb_that_it_does_not_offer(ansible: Ansible, tinybatch: Target) -> None:
    refused = ansible.module("tinybatch", "job_retry", all=True)
    assert refused.result["error"]["kind"] == "usage"
    assert "Tinybatch does not offer retry" in refused.result["msg"]
    assert tinybatch.control.requests() == []


def test_its_documentation_is_complete(checkout: Checkout, followed: pathlib.Path) -> None:
    collections = str(followed.parents[2])
    shown = checkout.run("ansible-doc", "batchops.job_control.job_suspend", ANSIBLE_COLLECTIONS_PATH=collections)
    assert "there is neither a retry nor a cancel" in " ".join(shown.split())
    assert "tinybatch" in shown.partition("choices: [commvault")[2].partition("]")[0]
