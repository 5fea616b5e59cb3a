# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library only.

"""How unit names can be told apart by the conditions that the unit list knows (contract 5.1). Pure."""

from __future__ import annotations

import collections
import re
import string
import typing as t

#: what an ASCII name can be spelt with
ALPHABET = "".join(sorted(set(string.printable) - set(string.whitespace) - {"/"} | {" "}))

#: a text of so many letters tells names apart well enough
_LONGEST_TEXT = 3
#: the least part of the names that a text has to hold, or leave, to be worth two requests
_LEAST_SHARE = 0.1
_SPECIAL = re.compile(r"[*?\\]")


def halving_text(names: t.Sequence[str], tried: t.Container[str] = ()) -> str:
    """A text that about half of the names contain; empty if none will do.

    :param tried: texts that will not do.
    """
    counts: collections.Counter[str] = collections.Counter()
    for name in names:
        counts.update(set(_texts(name)))
    half = len(names) / 2
    usable = [text for text in counts if text not in tried and abs(counts[text] - half) <= half - half * _LEAST_SHARE]
    return min(usable, key=lambda text: (abs(counts[text] - half), len(text), text), default="")


def _texts(name: str) -> t.Iterator[str]:
    for start in range(len(name)):
        for end in range(start + 1, min(start + _LONGEST_TEXT, len(name)) + 1):
            text = name[start:end]
            if text.strip() == text and not _SPECIAL.search(text):
                yield text


def holds(text: str, name: str) -> bool:
    """Whether a name may hold a text: whether the product tells capitals from small letters is not known."""
    return text.casefold() in name.casefold()


class Affixes(t.NamedTuple):
    """How names begin and end; a whole name is one of which nothing is left out between the two."""

    begin: str = ""
    end: str = ""
    is_whole_name: bool = False

    @property
    def match(self) -> str:
        """The product's match method for such names."""
        if self.is_whole_name:
            return "EQ"
        return "RE" if self.begin and self.end else "BW" if self.begin else "EW"

    @property
    def text(self) -> str:
        if self.match == "RE":
            return f"{_escaped(self.begin)}*{_escaped(self.end)}"
        return self.begin + self.end

    def fits(self, name: str) -> bool:
        """Whether a name may be found by it; see `holds`."""
        name = name.casefold()
        long_enough = len(name) >= len(self.begin) + len(self.end)
        return long_enough and name.startswith(self.begin.casefold()) and name.endswith(self.end.casefold())

    def grown(self, letters: t.Iterable[str], names: t.Sequence[str]) -> list[Affixes]:
        """All ways in which such a name can go on by one of the letters, at the side where the names differ most.

        :param names: some of those that are found by it.
        """
        between = [name[slice(len(self.begin), len(name) - len(self.end))] for name in names]
        firsts, lasts = (collections.Counter(part[at] for part in between if part) for at in (0, -1))
        if max(firsts.values(), default=0) <= max(lasts.values(), default=0):
            longer = [Affixes(self.begin + letter, self.end) for letter in letters]
        else:
            longer = [Affixes(self.begin, letter + self.end) for letter in letters]
        return longer + ([Affixes(self.begin, self.end, True)] if self.begin or self.end else [])


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)
