# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One product under two names of the inventory, each with a journal of its own in one folder."""

from __future__ import annotations

import itertools
import pathlib
import typing as t

import pytest
from support.benches import Bench, bench, server

from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import read

__all__ = ["bench", "server"]

Json = dict[str, t.Any]


def open_windows(journal: pathlib.Path) -> list[str]:
    return read(journal.read_bytes(), "")[0].open_windows if journal.exists() else []


def test_a_second_name_is_refused_while_the_first_has_a_window(bench: t.Callable[[], Bench]) -> None:
    here = bench()
    second = here.journal.with_name("second.journal")
    assert not here.run("job_suspend").get("failed")
    written = here.writes()
    for check_mode in (True, False):
        refused = here.run("job_suspend", journal=str(second), window="other", _ansible_check_mode=check_mode)
        assert refused["error"]["code"] == "other_journal"
        assert f"journal: {here.journal} is of the same product" in refused["msg"]
        assert "(open windows: 'patchday')" in refused["msg"]
        assert (here.writes(), open_windows(second)) == (written, [])
    assert not here.run("job_resume").get("failed")
    here.assert_as_found()
    for module in ("job_suspend", "job_resume"):
        assert not here.run(module, journal=str(second), window="other").get("failed")


@pytest.mark.parametrize("order", sorted(set(itertools.permutations("AABB"))), ids="".join)
def test_any_order_of_windows_under_two_names(bench: t.Callable[[], Bench], order: tuple[str, ...]) -> None:
    """Each name opens a window and closes it. What is refused at opening has nothing to close."""
    here = bench()
    journals = {name: here.journal.with_name(f"{name}.journal") for name in "AB"}
    held: list[str] = []
    for place, name in enumerate(order):
        is_end = name in order[:place]
        if is_end and name not in held:
            continue
        result = here.run("job_resume" if is_end else "job_suspend", journal=str(journals[name]), window=name)
        assert bool(result.get("failed")) == (bool(held) and not is_end), result
        if not result.get("failed"):
            held = [other for other in held if other != name] if is_end else [*held, name]
        jobs = here.jobs()
        assert not held or all(jobs[job_id]["held"] for job_id in here.ours)
    here.assert_as_found(turns=(2, 4))


def test_what_lies_beside_a_journal_is_not_in_its_way(bench: t.Callable[[], Bench]) -> None:
    here = bench()
    assert not here.run("job_suspend").get("failed")
    good = here.journal.read_bytes()
    here.run("job_resume")
    beside = {
        "damaged.journal": good.replace(b'"crc"', b'"crd"', 1),
        "foreign.journal": good.replace(b"127.0.0.1", b"127.0.0.9"),
        "copy.txt": good,
        "empty.journal": b"",
    }
    for name, data in beside.items():
        here.journal.with_name(name).write_bytes(data)
    here.journal.with_name("folder.journal").mkdir()
    here.journal.with_name("link.journal").symlink_to(here.journal)
    here.window()
    here.assert_as_found(turns=(4,))


def test_an_address_in_another_spelling_is_the_same_product(bench: t.Callable[[], Bench]) -> None:
    here = bench()
    assert not here.run("job_suspend").get("failed")
    scheme, rest = here.target.options["url"].split("://", 1)
    assert not here.run("job_resume", url=f"{scheme.upper()}://{rest}/").get("failed")
    here.assert_as_found()


def test_of_two_that_open_at_the_same_time_one_sees_the_other(bench: t.Callable[[], Bench]) -> None:
    """The second one has written down its window, and not yet looked, when the first one does."""
    here = bench()
    second = here.journal.with_name("second.journal")
    here.run("job_suspend", journal=str(second), window="other", names=["nothing"])
    assert open_windows(second) == ["other"]
    refused = here.run("job_suspend")
    assert refused["error"]["code"] == "other_journal"
    assert open_windows(here.journal) == []
