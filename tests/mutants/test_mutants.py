# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every small fault in the code is told by a test. Those that are not are listed in survivors.yml, with the reason."""

from __future__ import annotations

import hashlib
import os
import typing as t

import pytest
from support.checkout import ROOT
from support.mutants import catalogue
from support.mutants.workshop import Workshop

#: Whether all mutants are tried (`make mutants`) or some (`make test`).
FULL = os.environ.get("JOB_CONTROL_MUTANTS") == "full"
SOME = 36
FEWEST = 300
MOST_SURVIVORS = 0.05

TARGETS = catalogue.targets(ROOT)
SURVIVORS = catalogue.survivors(ROOT)
MADE = [(file, name) for file in TARGETS for name in catalogue.module(ROOT, file).made]


def _some(mutants: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """A part that stays the same when other mutants come or go, in the order of the code."""
    drawn = sorted(mutants, key=lambda one: hashlib.sha256(":".join(one).encode()).digest())[:SOME]
    return [one for one in mutants if one in drawn]


@pytest.mark.parametrize(
    "planted",
    [pytest.param(one, id=one["name"], marks=pytest.mark.xdist_group(one["file"])) for one in catalogue.planted(ROOT)],
)
def test_planted(planted: dict[str, t.Any], bench: Workshop, record_property: t.Callable[..., None]) -> None:
    told = bench.try_out(planted["file"], planted["name"], planted["tests"])
    record_property("file", "planted")
    record_property("verdict", told["verdict"])
    record_property("test", told["test"])
    assert told["verdict"] != "lived", "no test tells it; write one"


def _param(file: str, mutant: str) -> t.Any:
    """All mutants of a module go to one worker, which has to look at its tests once."""
    return pytest.param(file, mutant, id=f"{file}: {mutant}", marks=pytest.mark.xdist_group(file))


@pytest.mark.parametrize(("file", "mutant"), [_param(*one) for one in (MADE if FULL else _some(MADE))])
def test_dies(file: str, mutant: str, bench: Workshop, record_property: t.Callable[..., None]) -> None:
    told = bench.try_out(file, mutant, TARGETS[file]["tests"])
    record_property("file", file)
    record_property("verdict", told["verdict"])
    record_property("test", told["test"])
    if mutant in SURVIVORS.get(file, {}):
        assert told["verdict"] == "lived", f"{told['test']} tells it by now; take it out of survivors.yml"
    else:
        assert told["verdict"] != "lived", "no test tells it; write one, or say in survivors.yml why there is none"


def test_every_reason_is_for_a_mutant() -> None:
    reasons = {(file, mutant) for file, named in SURVIVORS.items() for mutant in named}
    assert reasons <= set(MADE)


def test_few_survive() -> None:
    assert len(MADE) >= FEWEST
    assert sum(map(len, SURVIVORS.values())) <= MOST_SURVIVORS * len(MADE)
