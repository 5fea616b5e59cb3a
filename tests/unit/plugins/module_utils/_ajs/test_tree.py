# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists that are cut: the parts they are read in, and what moves between two parts (contract 5.2)."""

from __future__ import annotations

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.batchops.job_control.plugins.module_utils._ajs import states, tree
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.search import Search
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.wire import Page, Unit
from ansible_collections.batchops.job_control.plugins.module_utils._errors import Refused
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job


def unit(name: str, unit_type: str, status: str = "") -> Unit:
    state, halted, running = states.interpret(status, "NO")
    job = Job(f"{name}:@A1", name, unit_type, "ajs", state, status, halted, running) if status else None
    return Unit(name, unit_type, job)


class Product:
    """A list that is cut at `limit`; it can answer one search wrongly."""

    def __init__(self, units: list[Unit], limit: int) -> None:
        self.units = units
        self.limit = limit
        self.searches: list[Search] = []

    def fetch(self, search: Search) -> Page:
        self.searches.append(search)
        found = [each for each in self.units if _finds(search, each)]
        return Page(found[: self.limit], len(found) <= self.limit)


def _finds(search: Search, each: Unit) -> bool:
    above, _slash, name = each.name.rpartition("/")
    below = each.name.startswith(search.location.rstrip("/") + "/")
    status = each.job.raw_state if each.job else ""
    return (
        (below if search.subtree else (above or "/") == search.location)
        and {"": True, "EQ": name == search.unit_name, "BW": name.startswith(search.unit_name)}[search.match]
        and search.unit_type in ("", each.type)
        and (not search.status or status in tree.STATUS_GROUPS.get(search.status, {search.status}))
    )


NAMES = st.text("abAB-1", min_size=1, max_size=4)
LEAVES = st.dictionaries(NAMES, st.sampled_from([*sorted(states.STATUSES), ""]), max_size=12)


@hypothesis.settings(max_examples=40, deadline=None)
@hypothesis.given(st.dictionaries(NAMES, LEAVES, max_size=5), st.integers(3, 30))
def test_every_registered_unit_comes_exactly_once(groups: dict[str, dict[str, str]], limit: int) -> None:
    units = [unit(f"/G/{group}", "GROUP") for group in groups]
    units += [unit(f"/G/{group}/{n}", "ROOTNET", s) for group, leaves in groups.items() for n, s in leaves.items()]
    found = [job.id for job in tree.walk(Product(units, limit).fetch, Search("/G", subtree=True))]
    assert sorted(found) == sorted(each.job.id for each in units if each.job)


def test_the_filters_cover_every_status() -> None:
    covered = [status for name in tree.STATUS_FILTERS for status in tree.STATUS_GROUPS.get(name, {name})]
    assert sorted(covered) == sorted(states.STATUSES)


def test_a_unit_that_moved_between_two_parts_is_read_again() -> None:
    units = [unit(f"/G/n{n}", "ROOTNET", "RUNNING") for n in range(6)]
    product = Product(units, 4)

    def fetch(search: Search) -> Page:
        page = product.fetch(search)
        if search.status == "GRP_WAIT":  # it had ended; it is put back to waiting when this part is through
            product.units = [unit("/G/n0", "ROOTNET", "TIMEWAIT"), *units[1:]]
        return page

    found = {job.id: job.raw_state for job in tree.walk(fetch, Search("/G", subtree=True))}
    assert len(found) == 6
    assert found["/G/n0:@A1"] == "TIMEWAIT"


def test_a_condition_without_effect_does_not_loop() -> None:
    units = [unit(f"/G/n{n}", "ROOTNET", "RUNNING") for n in range(6)]
    product = Product(units, 4)

    def fetch(search: Search) -> Page:
        return product.fetch(Search(search.location, search.subtree))

    with pytest.raises(Refused, match="no effect"):
        list(tree.walk(fetch, Search("/G", subtree=True)))
