# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The language of the query service: filter, sort and pages (contract 5.2). It knows rows of properties, no jobs."""

from __future__ import annotations

import dataclasses
import datetime
import operator
import re
import typing as t

from simulators.veeam.state import RESULTS, STATES

Row = t.Mapping[str, t.Any]  # property in lower case -> value
Test = t.Callable[[Row], bool]


class BadQuery(ValueError):
    """The server refuses the query (400)."""


#: the words of the enumerations, in their order: they compare by index
_ENUMERATIONS: dict[str, tuple[str, ...]] = {
    "state": STATES,
    "result": RESULTS,
    "taskstate": ("Running", "OperationFinished", "Finished"),
}
_OPERATORS: dict[str, t.Callable[[t.Any, t.Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<punctuation>[();,])
    | (?P<name>[A-Za-z]+)\s*(?P<operator>==|!=|>=|<=|>|<)\s*
      (?:"(?P<quoted>(?:[^"]|"")*)"|(?P<bare>[^\s"();,=<>&]+))
    )\s*""",
    re.VERBOSE,
)


@dataclasses.dataclass(frozen=True)
class Property:
    """One property that a type of resource can be filtered and sorted by."""

    name: str
    kind: str = "text"  # text, word (of an enumeration whose order is not known), bool, time, or an enumeration

    def parse(self, text: str) -> t.Any:
        """The value that a filter compares with."""
        if self.kind == "bool":
            if text.lower() not in ("true", "false"):
                raise BadQuery(f"{text} is not a value of {self.name}.")
            return text.lower() == "true"
        if self.kind == "time":
            return _time(text)
        if self.kind in _ENUMERATIONS:
            return self._index(text)
        return text.lower() if self.kind == "word" else text

    def value(self, row: Row) -> t.Any:
        """The row's value, comparable with what `parse` gives; None when it has none."""
        value = row.get(self.name.lower())
        if self.kind in _ENUMERATIONS and value is not None:
            words = _ENUMERATIONS[self.kind]
            return words.index(value) if value in words else None
        return value.lower() if self.kind == "word" and value is not None else value

    def _index(self, text: str) -> int:
        words = [word.lower() for word in _ENUMERATIONS[self.kind]]
        if text.lower() not in words:
            raise BadQuery(f"{text} is not a value of {self.name}.")
        return words.index(text.lower())


Properties = t.Mapping[str, Property]  # by name in lower case: names are case-insensitive


def properties(*names: str) -> Properties:
    """A table of properties from `Name` or `Name:kind`."""
    pairs = (name.partition(":") for name in names)
    return {name.lower(): Property(name, kind or "text") for name, _colon, kind in pairs}


def parse_filter(text: str, known: Properties) -> Test:
    """A filter as a test of a row: `;` is AND and binds tighter than `,`, which is OR."""
    parser = _Parser(text, known)
    test = parser.alternatives()
    parser.expect_end()
    return test


def sort(rows: list[Row], known: Properties, name: str, descending: bool) -> list[Row]:
    """The rows in the order of one property; those without a value come first."""
    property_ = known.get(name.lower())
    if property_ is None:
        raise BadQuery(f"Unknown property {name}.")
    found = property_

    def key(row: Row) -> tuple[bool, t.Any]:
        value = found.value(row)
        return (value is not None, "" if value is None else value)

    with_value = sorted((row for row in rows if found.value(row) is not None), key=key, reverse=descending)
    without = [row for row in rows if found.value(row) is None]
    return with_value + without if descending else without + with_value


def positive(text: str, name: str) -> int:
    """The value of pageSize or page."""
    if not text.isdigit() or int(text) < 1:
        raise BadQuery(f"{name} must be a positive number.")
    return int(text)


class _Parser:
    def __init__(self, text: str, known: Properties) -> None:
        self._text = text
        self._known = known
        self._position = 0

    def alternatives(self) -> Test:
        tests = [self._conjunction()]
        while self._accept(","):
            tests.append(self._conjunction())
        return lambda row: any(test(row) for test in tests)

    def expect_end(self) -> None:
        if self._position < len(self._text):
            raise self._error()

    def _conjunction(self) -> Test:
        tests = [self._term()]
        while self._accept(";"):
            tests.append(self._term())
        return lambda row: all(test(row) for test in tests)

    def _term(self) -> Test:
        if self._accept("("):
            test = self.alternatives()
            if not self._accept(")"):
                raise self._error()
            return test
        match = _TOKEN.match(self._text, self._position)
        if match is None or match["name"] is None:
            raise self._error()
        self._position = match.end()
        property_ = self._known.get(match["name"].lower())
        if property_ is None:
            raise BadQuery(f"Unknown property {match['name']}.")
        quoted = match["quoted"]
        text = match["bare"] if quoted is None else quoted.replace('""', '"')
        return _comparison(property_, match["operator"], property_.parse(text))

    def _accept(self, punctuation: str) -> bool:
        match = _TOKEN.match(self._text, self._position)
        if match is None or match["punctuation"] != punctuation:
            return False
        self._position = match.end()
        return True

    def _error(self) -> BadQuery:
        return BadQuery(f"The filter cannot be read at position {self._position}.")


def _comparison(property_: Property, sign: str, wanted: t.Any) -> Test:
    compare = _OPERATORS[sign]

    def test(row: Row) -> bool:
        value = property_.value(row)
        if value is None:
            return sign == "!="
        return compare(value, wanted)

    return test


def _time(text: str) -> datetime.datetime:
    """A UTC time of a filter, with or without a fraction, or a day."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?Z?)?", text)
    if match is None:
        raise BadQuery(f"{text} is not a UTC time.")
    try:
        whole = datetime.datetime.strptime(f"{match[1]} {match[2] or '00:00:00'}", "%Y-%m-%d %H:%M:%S")
    except ValueError as error:
        raise BadQuery(f"{text} is not a UTC time.") from error
    microsecond = int((match[3] or "0").ljust(6, "0"))
    return whole.replace(microsecond=microsecond, tzinfo=datetime.timezone.utc)
