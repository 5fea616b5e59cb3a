# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Windows beside each other on one product: in any order, and with a crash at any step of any of them, a job stays
suspended while an open window holds it, and ends as it was found before the first."""

from __future__ import annotations

import itertools
import pathlib
import typing as t

import pytest
from support.overlaps import MEANT, Night
from support.product import Crash

from ansible_collections.batchops.job_control.plugins.module_utils._journal import file
from ansible_collections.batchops.job_control.plugins.module_utils._journal.file import Journal

ORDERS = sorted(set(itertools.permutations([*MEANT, *MEANT])))
#: Those in which the windows are opened one after the other as they stand above.
ONE_WAY = [order for order in ORDERS if list(dict.fromkeys(order)) == list(MEANT)]


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file.os, "fsync", lambda _file: None)


@pytest.mark.parametrize("order", ORDERS, ids="".join)
def test_any_order(tmp_path: pathlib.Path, order: tuple[str, ...]) -> None:
    """The second time that a window comes up in the order it is closed."""
    night = Night(tmp_path)
    for name in order:
        night.end(name) if name in night.open else night.begin(name)
        night.assert_held()
    night.assert_as_found()
    assert night.warnings == []


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> t.Callable[[Night, int], list[str]]:
    """Counts each request, and each record before and after it is on disk; the run dies at one of these steps."""
    real = Journal._append

    def install(night: Night, crash_at: int) -> list[str]:
        seen: list[str] = []

        def step(name: str) -> None:
            seen.append(name)
            if len(seen) == crash_at:
                raise Crash

        def append(journal: Journal, *records: dict[str, t.Any]) -> None:
            step("record")
            real(journal, *records)
            step("recorded")

        monkeypatch.setattr(Journal, "_append", append)
        night.product.step = step
        return seen

    return install


@pytest.mark.parametrize("order", ONE_WAY, ids="".join)
def test_a_crash_at_any_step_in_any_order(
    tmp_path: pathlib.Path, steps: t.Callable[[Night, int], list[str]], order: tuple[str, ...]
) -> None:
    """What died is run once more, by whoever comes next in that window."""
    crash_at, tried = 0, 0
    while tried == crash_at:
        crash_at += 1
        folder = tmp_path / str(crash_at)
        folder.mkdir()
        night = Night(folder)
        seen = steps(night, crash_at)
        for place, name in enumerate(order):
            is_end = name in order[:place]
            try:
                night.end(name) if is_end else night.begin(name)
            except Crash:
                tried += 1
                night.assert_held()
                night.end(name) if is_end else night.begin(name)
            night.assert_held()
        night.assert_as_found()
    assert len(seen) > 20
