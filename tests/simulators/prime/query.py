# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The query string of a list: filters, sorting and the page wanted (contract 5.1)."""

from __future__ import annotations

import dataclasses
import datetime
import re
import typing as t
import urllib.parse

from simulators.prime.refusal import Refusal

Value = t.Union[str, int, float, None]
#: what a field holds: "text", "number", "time", or the words of an enumeration
Kinds = t.Mapping[str, t.Union[str, tuple[str, ...]]]
Knobs = t.Mapping[str, t.Any]

_UNENCODED = re.compile(r'["<>\\^`{|}\s]')
_CALL = re.compile(r"(\w+)\((.*)\)", re.DOTALL)
_BARE = re.compile(r"[\w.:+-]+")
_PLAIN_ARGUMENT = re.compile(r'\s*(?:"([^"]*)"|([\w.:+-]+))\s*(,|$)')
_ESCAPED_ARGUMENT = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([\w.:+-]+))\s*(,|$)', re.DOTALL)

_VERIFIED = ("startsWith", "notStartsWith", "contains", "in", "between")
_FURTHER = ("eq", "ne", "lt", "le", "gt", "ge", "endsWith")
_TESTS: dict[str, t.Callable[[t.Any, list[t.Any]], bool]] = {
    "startsWith": lambda value, arguments: str(value).startswith(str(arguments[0])),
    "notStartsWith": lambda value, arguments: not str(value).startswith(str(arguments[0])),
    "endsWith": lambda value, arguments: str(value).endswith(str(arguments[0])),
    "contains": lambda value, arguments: str(arguments[0]) in str(value),
    "in": lambda value, arguments: value in arguments,
    "between": lambda value, arguments: bool(arguments[0] <= value <= arguments[1]),
    "eq": lambda value, arguments: bool(value == arguments[0]),
    "ne": lambda value, arguments: bool(value != arguments[0]),
    "lt": lambda value, arguments: bool(value < arguments[0]),
    "le": lambda value, arguments: bool(value <= arguments[0]),
    "gt": lambda value, arguments: bool(value > arguments[0]),
    "ge": lambda value, arguments: bool(value >= arguments[0]),
}


@dataclasses.dataclass
class Criterion:
    """One `field=operator(arguments)`; the arguments are of the field's kind."""

    field: str
    operator: str
    arguments: list[Value]
    fold: bool = False  # compare without regard to case

    def holds(self, value: Value) -> bool:
        if value is None:
            return self.operator in ("ne", "notStartsWith")
        if self.fold:
            return _TESTS[self.operator](_folded(value), [_folded(argument) for argument in self.arguments])
        return _TESTS[self.operator](value, self.arguments)


@dataclasses.dataclass
class Query:
    """What a list request asks for."""

    criteria: list[Criterion] = dataclasses.field(default_factory=list)
    any_criterion: bool = False
    full: bool = False
    first: int = 0
    maximum: int | None = None  # None: the server's default page
    sort: str = ""
    descending: bool = False
    count: bool = True

    def selects(self, fields: t.Mapping[str, Value]) -> bool:
        if not self.criteria:
            return True
        verdicts = (criterion.holds(fields[criterion.field]) for criterion in self.criteria)
        return any(verdicts) if self.any_criterion else all(verdicts)

    def names(self, field: str, value: Value) -> bool:
        """Whether a criterion asks for exactly this value of the field."""
        return any(c.field == field and c.operator in ("eq", "in") and value in c.arguments for c in self.criteria)

    def sorted(self, rows: list[t.Any], fields: t.Callable[[t.Any], t.Mapping[str, Value]]) -> list[t.Any]:
        """Rows in the order asked for; rows without the field come first."""
        if not self.sort:
            return rows

        def key(row: t.Any) -> tuple[bool, t.Any]:
            value = fields(row)[self.sort]
            return value is not None, 0 if value is None else value

        return sorted(rows, key=key, reverse=self.descending)


def parameters(raw: str) -> list[tuple[str, str]]:
    """The parameters of a raw query string.

    :raises Refusal: 400 without a message: a character that has to be percent-encoded is not.
    """
    if _UNENCODED.search(raw):
        raise Refusal(400)
    try:
        return urllib.parse.parse_qsl(raw, keep_blank_values=True, strict_parsing=bool(raw), errors="strict")
    except ValueError:
        raise Refusal(400) from None


def parse(pairs: list[tuple[str, str]], kinds: Kinds, knobs: Knobs) -> Query:
    """The query of a JobSummary list.

    :raises Refusal: 400: unknown parameter, field, operator or value.
    """
    query = Query()
    fold = False
    for name, value in pairs:
        if name in (".case_sensitive", ".nocount"):
            if knobs["unverified_parameters"] == "refused":
                raise Refusal(400, f"The parameter {name} is not supported.")
            if knobs["unverified_parameters"] == "honoured":
                fold = fold or (name == ".case_sensitive" and not _boolean(name, value))
                query.count = query.count and not (name == ".nocount" and _boolean(name, value))
        elif name.startswith("."):
            _control(query, name, value, kinds)
        elif name != "_ctx.domain":
            criterion = parse_criterion(name, value, kinds, knobs)
            query.criteria += [criterion] if criterion else []
    for criterion in query.criteria:
        criterion.fold = fold
    return query


def _control(query: Query, name: str, value: str, kinds: Kinds) -> None:
    if name == ".full":
        query.full = _boolean(name, value)
    elif name == ".or_filter":
        query.any_criterion = _boolean(name, value)
    elif name == ".firstResult":
        query.first = _whole(name, value)
    elif name == ".maxResults":
        query.maximum = _whole(name, value, least=1)
    elif name == ".sort" and value.lstrip("-") in kinds:
        query.sort, query.descending = value.lstrip("-"), value.startswith("-")
    else:
        raise Refusal(400, f"The parameter {name}={value} is not supported.")


def instances(header: str) -> tuple[int, int] | None:
    """First and last index of a header `Range: instances=0-3`; None for ranges of anything else."""
    found = re.fullmatch(r"instances=(\d+)-(\d+)", header.strip())
    return (int(found[1]), int(found[2])) if found and int(found[1]) <= int(found[2]) else None


def parse_criterion(field: str, expression: str, kinds: Kinds, knobs: Knobs) -> Criterion | None:
    """One filter; None when the knobs say that it is ignored.

    :raises Refusal: 400: unknown field or operator, or a value that the field cannot have.
    """
    kind = kinds.get(field)
    if kind is None:
        raise Refusal(400, f"{field} is not a field that can be filtered.")
    call = None if expression.startswith('"') else _CALL.fullmatch(expression)
    if call is None:
        arguments, operator = _arguments(expression, knobs), "eq"
        expected = 1
    else:
        operator, arguments = call[1], _arguments(call[2], knobs)
        if operator in _FURTHER and knobs["further_operators"] == "ignored":
            return None
        if operator not in _VERIFIED and not (operator in _FURTHER and knobs["further_operators"] == "honoured"):
            raise Refusal(400, f"{operator} is not an operator.")
        expected = {"in": len(arguments), "between": 2}.get(operator, 1)
    if len(arguments) != expected or not arguments:
        raise Refusal(400, f"{expression} has a wrong number of values.")
    partial = operator in ("startsWith", "notStartsWith", "endsWith", "contains")
    return Criterion(field, operator, [_typed(field, a, "text" if partial else kind) for a in arguments])


def _arguments(text: str, knobs: Knobs) -> list[str]:
    """The values between commas, without their quotes."""
    escaped = knobs["quote_in_filter"] == "escaped"
    pattern = _ESCAPED_ARGUMENT if escaped else _PLAIN_ARGUMENT
    values, position = [], 0
    while True:
        found = pattern.match(text, position)
        if found is None:
            raise Refusal(400, f"{text} is not a value: quote it.")
        quoted, bare, separator = found.groups()
        values.append(bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted) if escaped else quoted)
        position = found.end()
        if not separator:
            return values


def _typed(field: str, text: str, kind: str | tuple[str, ...]) -> Value:
    """One value as its field holds it."""
    if isinstance(kind, tuple):
        if text not in kind:
            raise Refusal(400, f"{text} is not a value of {field}.")
        return text
    if kind == "number":
        return _whole(field, text)
    if kind == "time":
        return moment(field, text)
    return text


def moment(field: str, text: str) -> float:
    """Seconds since the epoch of an ISO-8601 time; UTC when it names no offset."""
    try:
        parsed = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise Refusal(400, f"{text} is not a time for {field}.") from None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=datetime.timezone.utc)).timestamp()


def _boolean(name: str, value: str) -> bool:
    if value not in ("true", "false"):
        raise Refusal(400, f"{name} is true or false.")
    return value == "true"


def _whole(name: str, value: str, least: int = 0) -> int:
    if not (value.isascii() and value.isdigit()) or int(value) < least:
        raise Refusal(400, f"{name} is a whole number from {least}.")
    return int(value)


def _folded(value: Value) -> Value:
    return value.casefold() if isinstance(value, str) else value
