# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library.

"""Columns of text that fit the width of a terminal. Pure."""

from __future__ import annotations

import typing as t
import unicodedata

GAP = "  "
_CUT = "\N{HORIZONTAL ELLIPSIS}"

Widths = dict[str, int]
Row = t.Mapping[str, str]
#: Gives the text of a cell its colour, by the name of its column and its row.
Paint = t.Callable[[str, str, Row], str]


class GiveUp(t.NamedTuple):
    """What to do with a column where there is no room for all."""

    column: str
    least: int  # cut it down to this width; 0: leave it out


def text_width(text: str) -> int:
    """How many columns of a terminal a text takes. Wide characters, such as those of Japanese, take two."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0  # is put on the character before it
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, width: int) -> str:
    """The text, or as much of it as there is room for, with a sign that something is missing."""
    if text_width(text) <= width:
        return text
    kept, left = "", width - text_width(_CUT)
    for character in text:
        left -= _character_width(character)
        if left < 0:
            break
        kept += character
    return kept + _CUT


def fit(natural: Widths, width: int, give_up: t.Sequence[GiveUp]) -> Widths:
    """The widths of the columns that are shown.

    :param natural: what each column would take, in the order in which they are shown.
    :param give_up: what to do, one after the other, until all fits. Columns that it does not name are left as they are.
    """
    kept = dict(natural)
    for column, least in give_up:
        too_much = -_room(kept, width)
        if too_much <= 0:
            break
        if column not in kept:
            continue
        if least:
            kept[column] = max(min(kept[column], least), kept[column] - too_much)
        else:
            del kept[column]
    for column, _least in reversed(give_up):  # what was given up before something larger may have room again
        if column not in kept and column in natural and natural[column] + len(GAP) <= _room(kept, width):
            kept[column] = natural[column]
        if column in kept:
            kept[column] += max(0, min(natural[column] - kept[column], _room(kept, width)))
    return {column: kept[column] for column in natural if column in kept}


def _room(widths: Widths, width: int) -> int:
    """How much of the terminal is left; below 0 for too little."""
    return width - sum(widths.values()) - len(GAP) * (len(widths) - 1)


def lines(rows: t.Iterable[Row], widths: Widths, whole: str, paint: Paint) -> t.Iterator[str]:
    """The rows as lines.

    :param whole: the column that is never cut. After a text in it that is too long, the row goes on in the next line.
    """
    for row in rows:
        columns = list(widths)
        if text_width(row[whole]) > widths[whole]:
            place = columns.index(whole)
            yield GAP.join([*(_cell(row, column, widths, paint) for column in columns[:place]), row[whole]])
            blank = dict.fromkeys(columns[: place + 1], "")
            yield _line({**row, **blank}, widths, paint)
        else:
            yield _line(row, widths, paint)


def _line(row: Row, widths: Widths, paint: Paint) -> str:
    return GAP.join(_cell(row, column, widths, paint) for column in widths).rstrip()


def _cell(row: Row, column: str, widths: Widths, paint: Paint) -> str:
    text = cut(row[column], widths[column])
    return paint(column, text, row) + " " * (widths[column] - text_width(text))
