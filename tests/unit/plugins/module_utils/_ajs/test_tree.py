# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists that are cut: the parts they are read in, and what moves between two parts (contract 5.2)."""

from __future__ import annotations

import math
import random
import typing as t

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.batchops.job_control.plugins.module_utils._ajs import states, tree
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.names import ALPHABET
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.search import Search
from ansible_collections.batchops.job_control.plugins.module_utils._ajs.wire import Page, Unit
from ansible_collections.batchops.job_control.plugins.module_utils._errors import Refused
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job
from simulators.ajs.query import text_matches


def unit(name: str, unit_type: str, status: str = "") -> Unit:
    state, halted, running = states.interpret(status, "NO")
    job = Job(f"{name}:@A1", name, unit_type, "ajs", state, status, halted, running) if status else None
    return Unit(name, unit_type, job)


class Product:
    """A list that is cut at `limit`."""

    def __init__(self, units: list[Unit], limit: int) -> None:
        self.units = units
        self.limit = limit
        self.searches: list[Search] = []

    def fetch(self, searches: t.Sequence[Search]) -> list[Page]:
        return [self.answer(search) for search in searches]

    def answer(self, search: Search) -> Page:
        self.searches.append(search)
        found = [each for each in self.units if _finds(search, each)]
        return Page(found[: self.limit], len(found) <= self.limit)


def _finds(search: Search, each: Unit) -> bool:
    """The conditions of contract 5.1, written down once more."""
    above, _slash, name = each.name.rpartition("/")
    inside = each.name.startswith(search.location.rstrip("/") + "/")
    if not (inside if search.subtree else (above or "/") == search.location):
        return False
    status = each.job.raw_state if each.job else ""
    return (
        MATCHES[search.match](search.unit_name, name)
        and search.unit_type in ("", each.type)
        and (not search.status or status in tree.STATUS_GROUPS.get(search.status, {search.status}))
    )


MATCHES: dict[str, t.Callable[[str, str], bool]] = {
    "": lambda _text, _name: True,
    "EQ": lambda text, name: name == text,
    "BW": lambda text, name: name.startswith(text),
    "EW": lambda text, name: name.endswith(text),
    "CO": lambda text, name: text in name,
    "NC": lambda text, name: text not in name,
    "RE": lambda text, name: text_matches("RE", text, name),
}


def walked(product: Product, wanted: Search | None = None) -> list[str]:
    return [job.id for job in tree.walk(product.fetch, wanted or Search("/G", subtree=True))]


NAMES = st.text("abAB-1*?\\ ", min_size=1, max_size=4)
LEAVES = st.dictionaries(NAMES, st.sampled_from([*sorted(states.STATUSES), ""]), max_size=12)


@hypothesis.settings(max_examples=40, deadline=None)
@hypothesis.given(st.dictionaries(NAMES, LEAVES, max_size=5), st.integers(3, 30))
def test_every_registered_unit_comes_exactly_once(groups: dict[str, dict[str, str]], limit: int) -> None:
    units = [unit(f"/G/{group}", "GROUP") for group in groups]
    units += [unit(f"/G/{group}/{n}", "ROOTNET", s) for group, leaves in groups.items() for n, s in leaves.items()]
    assert sorted(walked(Product(units, limit))) == sorted(each.job.id for each in units if each.job)


def test_the_filters_cover_every_status() -> None:
    covered = [status for name in tree.STATUS_FILTERS for status in tree.STATUS_GROUPS.get(name, {name})]
    assert sorted(covered) == sorted(states.STATUSES)


@hypothesis.settings(max_examples=60, deadline=None)
@hypothesis.given(
    st.sets(st.text("売上在庫Net1", min_size=1, max_size=3), min_size=1, max_size=40),
    st.sampled_from(sorted(states.STATUSES)),
    st.integers(5, 30),
)
def test_a_list_of_any_names_is_whole_or_an_error(short_names: set[str], status: str, limit: int) -> None:
    """Never a part, unless no list has shown that there are names beyond ASCII."""
    product = Product([unit(f"/G/{name}", "ROOTNET", status) for name in sorted(short_names)], limit)
    shown = [name for name in sorted(short_names)[:limit] if not name.isascii()]
    try:
        found = walked(product)
    except Refused:
        return
    assert len(found) == len(short_names) or not shown


@pytest.mark.parametrize("moves", ["forward", "back"])
def test_units_that_change_their_status_between_two_requests_are_not_missed(moves: str) -> None:
    """Each request finds all of them in another status."""
    life = ["TIMEWAIT", "RUNNING", "NORMAL", "ABNORMAL"]
    names = [f"/G/n{n:03}" for n in range(45)]
    product = Product([], 30)

    def fetch(searches: t.Sequence[Search]) -> list[Page]:
        pages = []
        for search in searches:
            step = len(product.searches) if moves == "forward" else -len(product.searches)
            product.units = [unit(name, "ROOTNET", life[(step + at) % 4]) for at, name in enumerate(names)]
            pages.append(product.answer(search))
        return pages

    found = [job.name for job in tree.walk(fetch, Search("/G", subtree=True))]
    assert sorted(found) == names


def beyond_ascii(*statuses: str) -> list[Unit]:
    """Four units of each status, with names of which no two lists of four hold all."""
    return [unit(f"/G/売{n}{m}", "ROOTNET", status) for n, status in enumerate(statuses) for m in range(4)]


def test_a_unit_beyond_ascii_that_begins_a_new_life_between_two_parts_is_not_missed() -> None:
    product = Product(beyond_ascii("RUNNING", "NORMAL", "ABNORMAL"), 4)

    def fetch(searches: t.Sequence[Search]) -> list[Page]:
        pages = product.fetch(searches)
        if searches[0].status == "GRP_WAIT":  # it had ended; it waits again when this part is through
            product.units = [
                unit(each.name, "ROOTNET", "TIMEWAIT") if "売1" in each.name else each for each in all_units
            ]
        return pages

    all_units = product.units
    found = [job.name for job in tree.walk(fetch, Search("/G", subtree=True))]
    assert sorted(found) == sorted(each.name for each in all_units)


def test_a_unit_beyond_ascii_with_a_status_that_no_filter_knows_is_an_error() -> None:
    product = Product(beyond_ascii("NOVELTY", "RUNNING", "NORMAL"), 4)
    with pytest.raises(Refused, match="NOVELTY"):
        walked(product)


def test_parts_that_leave_a_gap_are_an_error() -> None:
    """A product that finds one name in no part, though the whole list has shown it."""
    product = Product([unit(f"/G/n{n:02}", "ROOTNET", "RUNNING") for n in range(15)], 10)

    def fetch(searches: t.Sequence[Search]) -> list[Page]:
        pages = product.fetch(searches)
        gap = [search.match in ("CO", "NC") for search in searches]
        return [
            Page([each for each in page.units if not gone or each.name != "/G/n03"], page.complete)
            for gone, page in zip(gap, pages)
        ]

    with pytest.raises(Refused, match="/G/n03"):
        list(tree.walk(fetch, Search("/G", subtree=True)))


def test_a_status_that_no_filter_knows_is_found_all_the_same() -> None:
    units = [unit(f"/G/n{n:02}", "ROOTNET", "NOVELTY" if n % 2 else "RUNNING") for n in range(15)]
    assert len(walked(Product(units, 10))) == 15


@pytest.mark.parametrize("effect", ["none", "no letters"])
def test_a_condition_without_effect_does_not_loop(effect: str) -> None:
    units = [unit(f"/G/n{n}", "ROOTNET", "RUNNING") for n in range(6)]
    product = Product(units, 4)

    def fetch(searches: t.Sequence[Search]) -> list[Page]:
        ignored = ("CO", "NC", "EQ", "BW", "EW", "RE") if effect == "none" else ("BW", "EW", "EQ", "RE")
        return product.fetch(
            [Search(each.location, each.subtree) if each.match in ignored else each for each in searches]
        )

    with pytest.raises(Refused, match="no effect"):
        list(tree.walk(fetch, Search("/G", subtree=True)))


# --- how many requests ---------------------------------------------------------------------------------------------


def most_requests(units: list[Unit]) -> int:
    """What a list of so many units may take, each list having up to 1,000 (design 9)."""
    return 3 * math.ceil(len(units) / 1000) + 20


SIZES = [1, 999, 1000, 1302, 5000, 10000]
#: a name by its number, among so many
NUMBERED: dict[str, t.Callable[[int], str]] = {
    "a common beginning": lambda n: f"NIGHTLY_BATCH_{n:05}",
    "a common end": lambda n: f"{n:05}_NIGHTLY_BATCH",
    "all different": lambda n: f"{n * 7919 % 100003:x}",
    "beyond ASCII": lambda n: f"日次{'売上在庫会計人事'[n % 8]}処理{n}",
}


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("kind", NUMBERED)
@pytest.mark.parametrize("count", [each for each in SIZES if each < 2000])
def test_one_folder_takes_few_requests(count: int, kind: str, shuffled: bool) -> None:
    """In any order of the product's, and all in one status: nothing but their names tells them apart."""
    units = [unit(f"/G/{NUMBERED[kind](n)}", "ROOTNET", "TIMEWAIT") for n in range(count)]
    if shuffled:
        random.Random(count).shuffle(units)
    product = Product(units, 1000)
    assert len(walked(product)) == count
    assert len(product.searches) <= most_requests(units)


@pytest.mark.parametrize("kind", NUMBERED)
@pytest.mark.parametrize("count", SIZES)
def test_a_tree_takes_few_requests(count: int, kind: str) -> None:
    """Ten folders, each of them as large as the others."""
    units = [unit(f"/G/{chr(65 + n)}", "GROUP") for n in range(10)]
    units += [unit(f"/G/{'ABCDEFGHIJ'[n % 10]}/{NUMBERED[kind](n)}", "ROOTNET", "TIMEWAIT") for n in range(count)]
    product = Product(units, 1000)
    assert len(walked(product)) == count
    assert len(product.searches) <= most_requests(units)


def test_a_deep_tree_of_names_of_one_letter_takes_few_requests() -> None:
    letters = "ABCDEFGHIJKL"
    units = [unit(f"/G/{a}", "GROUP") for a in letters]
    units += [unit(f"/G/{a}/{b}", "ROOTNET", "RUNNING") for a in letters for b in letters]
    units += [unit(f"/G/{a}/{b}/{c}", "JOB", "TERMWAIT") for a in letters for b in letters for c in letters]
    product = Product(units, 1000)
    assert len(walked(product)) == 12**3 + 12**2
    assert len(product.searches) <= most_requests(units)


@pytest.mark.parametrize("kind", ["a common beginning", "a common end", "all different"])
@pytest.mark.parametrize("count", [5000, 10000])
def test_a_folder_beyond_two_lists_takes_one_more_request_for_each_letter(count: int, kind: str) -> None:
    """Where nothing but the name tells units apart, no name is left out only if each letter was asked for: no
    condition of the product says "none of these letters" (contract 5.1)."""
    units = [unit(f"/G/{NUMBERED[kind](n)}", "ROOTNET", "TIMEWAIT") for n in range(count)]
    product = Product(units, 1000)
    assert len(walked(product)) == count
    assert len(product.searches) <= most_requests(units) + len(ALPHABET)


def test_jobs_of_one_name_are_read_jobnet_by_jobnet() -> None:
    """Nothing else tells them apart."""
    units = [unit(f"/G/N{n:03}", "ROOTNET", "RUNNING") for n in range(130)]
    units += [unit(f"/G/N{n:03}/RUN", "JOB", "RUNNING") for n in range(130)]
    product = Product(units, 100)
    assert len(walked(product)) == 260
    assert len(product.searches) <= 130 + most_requests(units) + 2 * len(ALPHABET)
