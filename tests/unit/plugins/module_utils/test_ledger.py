# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What records add up to: windows, the jobs that they hold, and what does not follow from the records before it."""

from __future__ import annotations

import datetime
import typing as t

import pytest

from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import (
    Entry,
    Ledger,
    Opening,
    Stage,
    read,
)
from ansible_collections.batchops.job_control.plugins.module_utils._journal.records import encode, epoch, replay

Record = dict[str, t.Any]

AT = "2026-05-16T18:20:01.680000+0000"
MOMENT = datetime.datetime(2026, 5, 16, 18, 20, 1, 680000, tzinfo=datetime.timezone.utc).timestamp()
JOURNAL: Record = {"event": "journal", "format": 2, "system": "memory", "product": "memory://product"}


def event(what: str, job_id: str = "j", window: str | None = None, **more: t.Any) -> Record:
    record: Record = {"event": what, **({} if window is None else {"window": window}), **more}
    return record if what in ("open", "close", "closed", "product") else {**record, "id": job_id}


def intend(job_id: str = "j", window: str | None = "w") -> Record:
    return event("intend", job_id, window, name="N", type="T", owner="O", before="running", raw_before="RAW")


def opened(window: str) -> Record:
    return event("open", window=window)


def stamped(records: t.Iterable[Record]) -> list[Record]:
    return [{"n": number, "at": AT, **record} for number, record in enumerate(records, start=1)]


def ledger(*records: Record) -> Ledger:
    """A journal with the window w that has announced to suspend the job j, and some more records."""
    found = Ledger()
    for record in stamped([JOURNAL, opened("w"), intend(), *records]):
        found.apply(record)
    return found


def first(**more: t.Any) -> Record:
    """The first record of a window in a journal of format 1."""
    return {**opened("w"), "format": 1, "system": "memory", "product": "memory://old", **more}


def of_format_1(*records: Record) -> Ledger:
    found = Ledger()
    for record in stamped([first(), *records]):
        found.apply(record)
    return found


def test_an_empty_one() -> None:
    nothing = Ledger()
    assert (nothing.open_windows, nothing.open_entries, nothing.records) == ([], [], 0)
    assert nothing.is_idle
    assert nothing.is_done("w")
    assert not nothing.is_open("w")


def test_all_that_a_record_tells() -> None:
    found = ledger()
    assert (found.system, found.product, found.records) == ("memory", "memory://product", 3)
    assert found.windows == {"w": Opening("w", MOMENT)}
    assert found.entries == {"j": Entry("j", "N", "T", "O", "running", "RAW", Stage.INTENDED, ("w",))}


@pytest.mark.parametrize(
    ("events", "stage"),
    [
        ((), Stage.INTENDED),
        (("suspended",), Stage.SUSPENDED),
        (("not_suspended",), Stage.CLOSED),
        (("suspended", "intend_resume"), Stage.RESUMING),
        (("suspended", "intend_resume", "suspended"), Stage.SUSPENDED),
        (("suspended", "intend_resume", "resumed"), Stage.CLOSED),
        (("suspended", "left"), Stage.CLOSED),
        (("suspended", "missing"), Stage.SUSPENDED),
        (("suspended", "intend_resume", "missing"), Stage.RESUMING),
        (("missing", "forgotten"), Stage.CLOSED),
        (("suspended", "gone"), Stage.CLOSED),
    ],
)
def test_how_far_a_job_has_come(events: tuple[str, ...], stage: Stage) -> None:
    found = ledger(*map(event, events))
    assert found.entries["j"].stage is stage
    is_open = stage is not Stage.CLOSED
    assert [entry.id for entry in found.open_entries] == ["j"] * is_open
    assert found.entries["j"].stage.is_unsettled == (stage in (Stage.INTENDED, Stage.RESUMING))
    assert found.entries["j"].is_missing == (events[-1:] == ("missing",))


@pytest.mark.parametrize(
    ("records", "holders", "w_holds", "x_holds"),
    [
        ([], ("w",), True, False),
        ([event("hold", window="x")], ("w", "x"), True, True),
        ([event("hold", window="w")], ("w",), True, False),
        ([event("hold", window="x"), event("hold", window="w")], ("x", "w"), True, True),
        ([event("hold", window="x"), event("release", window="w")], ("x",), False, True),
        ([event("hold", window="x"), event("release", window="x")], ("w",), True, False),
        ([intend(window="x")], ("w", "x"), True, True),  # somebody has resumed it meanwhile
        ([intend(window="w")], ("w",), True, False),
        ([event("resumed")], ("w",), False, False),
        ([event("resumed"), intend(window="x")], ("x",), False, True),
        ([event("missing")], ("w",), True, False),
    ],
)
def test_which_windows_hold_a_job(
    records: list[Record], holders: tuple[str, ...], w_holds: bool, x_holds: bool
) -> None:
    found = ledger(opened("x"), *records)
    assert found.entries["j"].holders == holders
    assert [bool(found.held_by(window)) for window in ("w", "x")] == [w_holds, x_holds]


def test_for_whom_a_job_has_to_stay_suspended() -> None:
    held = [opened("x"), opened("y"), event("hold", window="x"), event("hold", window="y")]

    def others(*records: Record) -> tuple[str, ...]:
        found = ledger(*held, *records)
        return found.also_held_by(found.entries["j"], "w")

    assert others() == ("x", "y")
    assert others(event("missing")) == ("x", "y")
    assert others(event("missing"), event("close", window="x")) == ("y",)
    assert others(event("missing"), event("close", window="x"), opened("x")) == ("x", "y")
    assert others(event("resumed")) == ()


def test_a_window_is_closed_when_nothing_is_left_to_be_done_for_it() -> None:
    assert not ledger().is_done("w")
    assert not ledger(intend("k"), event("missing")).is_done("w")
    closed = ledger(opened("x"), event("missing"), event("close", window="w"))
    assert closed.is_done("w")
    assert (closed.open_windows, closed.is_open("w"), closed.is_open("x")) == (["x"], False, True)
    assert closed.windows["w"] == Opening("w", MOMENT, closed=MOMENT)
    assert [entry.id for entry in closed.held_by("w")] == ["j"]  # it may be found again


@pytest.mark.parametrize(
    ("records", "is_idle"),
    [
        ([], False),
        ([event("resumed")], False),
        ([event("missing"), event("close", window="w")], False),
        ([event("resumed"), event("close", window="w")], True),
        ([event("resumed"), event("close", window="w"), opened("w")], False),
    ],
)
def test_whether_a_journal_is_needed(records: list[Record], is_idle: bool) -> None:
    assert ledger(*records).is_idle is is_idle


def test_a_product_may_move() -> None:
    found = ledger(event("product", product="memory://new"))
    assert (found.system, found.product, found.records) == ("memory", "memory://new", 4)


# --- format 1 -------------------------------------------------------------------------------------------------------


def test_one_window_after_another() -> None:
    found = of_format_1(intend(window=None))
    assert (found.system, found.product, found.open_windows) == ("memory", "memory://old", ["w"])
    assert [entry.id for entry in found.held_by("w")] == ["j"]
    more = [event("resumed"), event("closed"), first(window="x", product="memory://new"), intend("k", window=None)]
    found = of_format_1(intend(window=None), *more)
    assert (found.product, found.open_windows) == ("memory://new", ["x"])
    assert {entry.id: entry.holders for entry in found.entries.values()} == {"j": ("w",), "k": ("x",)}


@pytest.mark.parametrize(
    ("record", "window"),
    [
        (intend(window="x"), "x"),
        (event("hold", window="x"), "x"),
        (intend(window=None), "w"),
        (event("closed"), "w"),
        (event("suspended"), None),
        (event("product", product="memory://new"), None),
    ],
)
def test_which_window_a_record_is_about(record: Record, window: str | None) -> None:
    assert of_format_1().window_of(record) == window


# --- what does not follow -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("records", "error", "message"),
    [
        ([event("close", window="w")], ValueError, "something of it is still to be done"),
        ([event("release", window="w")], ValueError, "no window holds the job any more"),
        ([event("resumed"), event("missing")], ValueError, "missing of a job of which nothing is left"),
        ([event("resumed"), event("hold", window="x")], ValueError, "hold of a job of which nothing is left"),
        (
            [event("hold", window="x"), event("resumed"), event("release", window="w")],
            ValueError,
            "release of a job of which nothing is left",
        ),
        ([event("resumed"), event("close", window="x")], KeyError, "x"),
        ([event("suspended", "k")], KeyError, "k"),
        ([event("jumped")], KeyError, "jumped"),
        ([{**JOURNAL, "format": 3}], ValueError, "journal format 3, this version knows 2"),
    ],
)
def test_what_does_not_follow(records: list[Record], error: type[Exception], message: str) -> None:
    sound = ledger(*records[:-1])
    before = sound.records
    with pytest.raises(error, match=message):
        sound.apply({"n": before + 1, "at": AT, **records[-1]})
    assert sound.records == before


@pytest.mark.parametrize("number", [0, 2, 3, 5])
def test_a_record_has_its_number(number: int) -> None:
    with pytest.raises(ValueError, match=f"record {number} where 4 is due"):
        ledger().apply({"n": number, "at": AT, **event("suspended")})


@pytest.mark.parametrize("record", [opened("w"), event("product", product="p"), intend()])
def test_a_journal_tells_its_format_first(record: Record) -> None:
    with pytest.raises(ValueError, match="it does not tell its format"):
        Ledger().apply({"n": 1, "at": AT, **record})


# --- lines ----------------------------------------------------------------------------------------------------------


def lines(*records: Record) -> bytes:
    return b"".join(map(encode, stamped(records)))


def test_a_moment() -> None:
    assert epoch(AT) == epoch("2026-05-16T20:20:01.680000+0200") == MOMENT


def test_a_line_is_the_record_and_its_checksum() -> None:
    assert encode({"n": 1, "at": "x"}) == b'{"n": 1, "at": "x", "crc": "b69aba8c"}\n'


def test_what_is_whole_is_counted() -> None:
    whole = lines(JOURNAL, opened("w"))
    assert read(b"", "x") == (Ledger(), 0)
    found, count = read(whole + b'{"n": 3, "at"', "x")
    assert (found.records, count) == (2, len(whole))


def test_a_damaged_line_is_shown_with_its_number() -> None:
    good, bad = lines(JOURNAL, opened("w")), b'{"n": 3, "at": "' + b"\xff" + 200 * b"x" + b"\n"
    with pytest.raises(UsageError) as refused:
        read(good + bad, "/some/path")
    assert refused.value.message == (
        "journal: line 3 of /some/path is damaged (ValueError: its checksum does not fit): "
        f'\'{{"n": 3, "at": "\\\\xff{103 * "x"}\'. Nothing was changed; restore the file from a copy, or read it and '
        "resume the jobs that it names by job_ids."
    )


@pytest.mark.parametrize("bad", [b"root:x:0:0", b' {"n": 3, "at": "now"}', b'{"n": x, "at": "'])
def test_a_line_that_is_not_ours_is_not_shown(bad: bytes) -> None:
    with pytest.raises(UsageError, match=r"line 3 of x is damaged\. Nothing was changed"):
        read(lines(JOURNAL, opened("w")) + bad + b"\n", "x")


@pytest.mark.parametrize(("before", "is_ours"), [(4000, True), (4096, False)])
def test_where_a_journal_is_looked_for_in_a_file(before: int, is_ours: bool) -> None:
    """A record at the end of a large file does not make it a journal."""
    filled = b"x" * before + b"\n" + lines(JOURNAL, opened("w"))
    with pytest.raises(UsageError, match="line 1 of x is damaged" if is_ours else "x is not a journal"):
        read(filled, "x")


@pytest.mark.parametrize("error", [ValueError, KeyError, TypeError, RecursionError])
def test_a_record_that_makes_no_sense_is_damage(error: type[Exception]) -> None:
    def refuse(_record: t.Mapping[str, t.Any]) -> None:
        raise error("no sense")

    with pytest.raises(UsageError, match=f"{error.__name__}: .*no sense"):
        replay(lines(JOURNAL), "x", refuse)
