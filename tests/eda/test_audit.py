# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The queries that count nodes, applied to what the modules return."""

from __future__ import annotations

import typing as t

import jq
import pytest
import yaml
from support.checkout import ROOT
from support.estate import Target
from support.inprocess import run_module

QUERIES = yaml.safe_load((ROOT / "extensions" / "audit" / "event_query.yml").read_text())
READ_ONLY = {"job_info", "job_wait"}


def counted(module: str, result: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    nodes: list[dict[str, t.Any]] = jq.compile(QUERIES[f"batchops.job_control.{module}"]["query"]).input(result).all()
    return nodes


def test_every_module_that_changes_something_has_a_query() -> None:
    modules = {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")}
    assert set(QUERIES) == {f"batchops.job_control.{module}" for module in modules - READ_ONLY}


def test_what_was_changed_is_counted(target: Target) -> None:
    """Once for each client or server, and nothing for a run that changes nothing."""
    scenario = "queued" if target.system == "ajs" else "running"
    jobs = target.control.seed(*({"name": name, "scenario": scenario} for name in "ab"))
    options = {**target.options, "job_ids": jobs}
    suspended = run_module("job_suspend", **options)
    nodes = counted("job_suspend", suspended)
    owners = {job["owner"] for job in suspended["jobs"]} - {""}
    assert {node["canonical_facts"]["node"] for node in nodes} == (owners or set(jobs))
    assert {node["facts"]["infra_type"] for node in nodes} == {target.system}
    assert counted("job_suspend", run_module("job_suspend", **options)) == []


@pytest.mark.parametrize("result", [{"failed": True, "msg": "no"}, {"jobs": []}])
def test_a_result_without_jobs_counts_nothing(result: dict[str, t.Any]) -> None:
    assert counted("job_suspend", result) == []
