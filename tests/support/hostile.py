# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a broken or hostile product may answer, as data, and a mutator that makes bad bodies out of good ones."""

from __future__ import annotations

import copy
import json
import random
import re
import typing as t
from xml.sax import saxutils

Tree = t.Any

#: Names that some program down the line could obey: a template engine, a shell, a terminal, a browser.
JINJA = ("{{ lookup('pipe', 'touch MARK') }}", "{% for x in range(3) %}x{% endfor %}", "{{ 7 * 191 }}", "{# gone #}")
TERMINAL = ("\x1b[2J\x1b[31mred", "\x1b]0;title\x07", "back\x08\x08space", "over\rwritten", "two\nlines", "\x9b1m c1")
MARKUP = ("<script>alert(1)</script>", "\"><img src=x onerror='alert(1)'>", "</title></style></svg>]]>-->", "a&b<c")
ODD_TEXT = ("\x00", "\x7f", "\ufffe", "\u202eturned", "\ud800", "\udfff low first", "e\u0301", "\U0001f4be", "٣", "²")

#: Ids that lead elsewhere when they get into an address as they are.
IDS = (
    "../../x?y#z",
    "..",
    ".",
    "../" * 8 + "_sim/reset",
    "%2e%2e/%2e%2e/x",
    "%2e%2e",
    "a/b",
    "a?b=c",
    "a#b",
    "a;b",
    "a\\b",
    "//evil.example/x",
    "http://evil.example/x",
    "a\r\nX-Injected: 1",
    "a\nb",
    "a b",
    "%00",
    "x" * 5000,
    "",
)

NUMBERS = (
    *(0, -1, 1, 2**31, 2**63, 10**30, 10**4000, -(10**300)),
    *(0.5, -0.0, 1e308, float("nan"), float("inf"), float("-inf")),
)
NUMERALS = ("²", "٣٤", "1_0", " 7 ", "+5", "-5", "0x10", "1e5", "nan", "inf", "9" * 25, "9" * 5000, "", "00781")
TIMES = (
    *("0000-00-00T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-05-16T22:00:03+99:99"),
    *("2026-02-30T10:00:00Z", "2026-05-16", "2026-05-16T22:00:03.1234567890Z", "20260516T220003Z", "Z", "T"),
)
TEXTS = (*JINJA, *TERMINAL, *MARKUP, *ODD_TEXT, *IDS, *NUMERALS, *TIMES)
EMPTY: tuple[t.Any, ...] = (None, "", [], {}, False, True, [None], [[]], [{}], {"": None}, {"#text": None}, {"@x": "1"})

#: Bytes that a parser may stumble over.
SPLINTERS = (
    *(b"\x00", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xfe\xff", b"\r\n", b"\\", b'"', b"'"),
    *(b"<", b">", b"&", b"]]>", b"<!--", b"<![CDATA[", b"<?x?>", b"&#0;", b"&#xD800;", b"&x;", b"</a>", b"<a/>"),
    *(b"{", b"}", b"[", b"]", b":", b",", b"null", b"NaN", b"-Infinity", b"1e999", b"\\ud800", b"\\u0000", b"[" * 2000),
    *(b'<!DOCTYPE a [<!ENTITY x "y">]>', b"<html>", b'<x xmlns="urn:other">', b"<o:x xmlns:o='urn:o'/>", b"<a>" * 200),
)

_XML_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Mutator:
    """Makes bad values out of good ones; the same seed makes the same values."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    # --- trees: what JSON and XML come to --------------------------------------------------------------------

    def spoil(self, tree: Tree) -> Tree:
        """Change a few places of a tree, mostly one. The tree itself is changed, too."""
        root = [tree]
        for _time in range(self.random.choice((1, 1, 1, 2, 2, 4, 8))):
            places = list(_places(root))
            if not places:
                break
            holder, key = self.random.choice(places)
            self._change(holder, key, places)
        return root[0] if root else None

    def _change(self, holder: Tree, key: t.Any, places: list[tuple[Tree, t.Any]]) -> None:
        value = holder[key]
        change = self.random.randrange(10)
        if change == 0:
            del holder[key]
        elif change == 1:
            holder[key] = [value, copy.copy(value)]
        elif change == 2:
            holder[key] = self.random.choice(([value], {"x": value}, {"#text": value}))
        elif change == 3:
            holder[key] = self._nested(value)
        elif change == 4:
            holder[key] = self._confused(value)
        elif change == 5:
            other, name = self.random.choice(places)
            try:
                holder[key] = copy.deepcopy(other[name])
            except RecursionError:  # it was nested before
                holder[key] = None
        elif change == 6 and isinstance(holder, dict) and isinstance(key, str):
            holder[self.text(key)] = holder.pop(key)
        elif change == 7 and isinstance(value, str):
            holder[key] = self.text(value)
        else:
            holder[key] = self.leaf()

    def _nested(self, value: Tree) -> Tree:
        for _level in range(self.random.choice((1, 3, 20, 70, 300))):
            value = [value] if self.random.random() < 0.5 else {self.random.choice(("errors", "x", "error")): value}
        return value

    def _confused(self, value: Tree) -> Tree:
        """The same in another type."""
        if isinstance(value, dict):
            return list(value.values())
        if isinstance(value, list):
            return {str(index): member for index, member in enumerate(value)}
        if isinstance(value, str):
            return int(value) if value.isascii() and value.isdigit() and len(value) < 4000 else list(value)
        return str(value) if abs(value or 0) < 1e18 else "many"

    def leaf(self) -> Tree:
        """A value that nobody expects."""
        return copy.deepcopy(self.random.choice(self.random.choice((TEXTS, NUMBERS, EMPTY))))

    def text(self, text: str) -> str:
        """A text that is nearly the same, or not at all."""
        change = self.random.randrange(6)
        at = self.random.randrange(len(text) + 1)
        if change == 0:
            return text[:at]
        if change == 1:
            return text[:at] + self.random.choice(TEXTS) + text[at:]
        if change == 2:
            return text.swapcase()
        if change == 3:
            return text[:at] + chr(self.random.choice((self.random.randrange(256), self.random.randrange(0x110000))))
        return text * 2 if change == 4 else self.random.choice(TEXTS)

    def tree(self, depth: int = 4) -> Tree:
        """A tree that has nothing to do with any product."""
        kind = self.random.randrange(5 if depth else 1)
        if kind in (1, 2):
            return [self.tree(depth - 1) for _member in range(self.random.randrange(4))]
        if kind in (3, 4):
            return {
                self.random.choice(TEXTS[-60:]): self.tree(depth - 1) for _member in range(self.random.randrange(5))
            }
        return self.leaf()

    # --- bytes -----------------------------------------------------------------------------------------------

    def damage(self, data: bytes) -> bytes:
        """The same body after an accident."""
        for _time in range(self.random.choice((1, 1, 2, 5))):
            data = self._accident(data)
        return data

    def _accident(self, data: bytes) -> bytes:
        at, to = sorted((self.random.randrange(len(data) + 1), self.random.randrange(len(data) + 1)))
        change = self.random.randrange(8)
        if change == 0:
            return data[:at]
        if change == 1 and data:
            at = min(at, len(data) - 1)
            return data[:at] + bytes([data[at] ^ (1 << self.random.randrange(8))]) + data[at + 1 :]
        if change == 2:
            return data[:at] + data[to:]
        if change == 3:
            return data[:to] + data[at:]
        if change == 4:
            return data[:at] + self.random.randbytes(self.random.randrange(1, 9)) + data[to:]
        if change == 5 and self.random.random() < 0.1:
            return data.decode("utf-8", "replace").encode(
                self.random.choice(("utf-16", "utf-32", "utf-7", "latin-1")), "ignore"
            )
        return data[:at] + self.random.choice(SPLINTERS) + data[at:]

    def noise(self) -> bytes:
        """Bytes that are nothing at all."""
        return self.random.randbytes(self.random.choice((0, 1, 7, 60, 400)))


def as_json(tree: Tree) -> bytes:
    """A tree as a body; numbers and characters that JSON cannot have come out as Python and other libraries write
    them."""
    try:
        return json.dumps(tree).encode()
    except RecursionError:
        return b"[" * 100_000


def as_xml(tree: Tree, name: str = "root") -> bytes:
    """A tree in the notation of xmltodict as a body, well-formed whatever is in it."""
    if isinstance(tree, dict) and len(tree) == 1:
        ((name, tree),) = tree.items()
    try:
        return _element(name, tree).encode()
    except RecursionError:
        return b"<a>" * 100_000


def _element(name: str, tree: Tree) -> str:
    name = name if _XML_NAME.fullmatch(name) else "x"
    if isinstance(tree, list):
        return f"<{name}>{''.join(_element('item', member) for member in tree)}</{name}>"
    if not isinstance(tree, dict):
        return f"<{name}>{_escaped(tree)}</{name}>"
    attributes: dict[str, str] = {}
    content = ""
    for key, value in tree.items():
        if key.startswith("@") and _XML_NAME.fullmatch(key[1:]) and not isinstance(value, (dict, list)):
            attributes[key[1:]] = saxutils.quoteattr(_NOT_XML.sub("", _plain(value)))
        elif key == "#text":
            content += _escaped(value)
        else:
            content += "".join(_element(key, member) for member in (value if isinstance(value, list) else [value]))
    shown = "".join(f" {key}={value}" for key, value in attributes.items())
    return f"<{name}{shown}>{content}</{name}>"


def _escaped(value: Tree) -> str:
    return saxutils.escape(_NOT_XML.sub("", _plain(value)))


def _plain(value: Tree) -> str:
    """A value as an element's text."""
    if isinstance(value, (dict, list)):
        return f"{len(value)} members"
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)[:4000]


def _places(root: Tree) -> t.Iterator[tuple[Tree, t.Any]]:
    """Every place of a tree where a value is, as the container and the key in it."""
    waiting = [root]
    while waiting:
        holder = waiting.pop()
        for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
            yield holder, key
            if isinstance(holder[key], (dict, list)):
                waiting.append(holder[key])
