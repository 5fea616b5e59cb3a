# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the pages show is run, in check mode and against the simulators; the modules are run within this process."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from support import pages
from support.checkout import ROOT
from support.estate import Target, running_estate
from support.inprocess import run_module

#: Errors that say of an example only that its jobs, agents and client groups are not here.
ABSENT = ("not_found", "ineligible")

EXAMPLES = [(page, call) for page in pages.PAGES if page != pages.SIXTH for call in pages.calls(page)]


@pytest.fixture(scope="module")
def estate() -> t.Iterator[dict[str, Target]]:
    with running_estate() as targets:
        for target in targets.values():
            target.control.seed({"name": "/Night/net/nightly" if target.system == "ajs" else "nightly"})
            target.control.check_mode(True)
        yield targets


def test_there_are_examples_of_every_module() -> None:
    assert {call.module for _page, call in EXAMPLES} == pages.MODULES.keys()


@pytest.mark.parametrize(
    ("page", "call"), EXAMPLES, ids=[f"{page.relative_to(ROOT)}-{call.module}" for page, call in EXAMPLES]
)
def test_an_example(estate: dict[str, Target], tmp_path: pathlib.Path, page: pathlib.Path, call: pages.Call) -> None:
    """Nothing is wrong with its options, together and for the products that it is about."""
    options = {name: value for name, value in call.options.items() if "{{" not in str(value)}
    if "journal" in options:
        options["journal"] = str(tmp_path / "window.journal")
        (tmp_path / "window.journal").touch(mode=0o600)
    if len(options) < len(call.options) and "all" in pages.MODULES[call.module]:
        options["all"] = True  # stands for jobs that a template would name
    for system in call.systems:
        target = estate[system]
        place = {"location": "/"} if system == "ajs" and "location" in pages.MODULES[call.module] else {}
        result = run_module(call.module, **{**target.options, **place, **options}, _ansible_check_mode=True)
        if "error" in result:
            assert result["error"]["kind"] in ABSENT, f"{system}: {result['msg']}"
        assert target.control.check_mode(True) == []
