# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small fault in the syntax tree of a module: what is put where, and how it is called."""

from __future__ import annotations

import ast
import collections
import contextlib
import dataclasses
import typing as t

LONGEST = 100  # characters of the code that is shown of a mutant


@dataclasses.dataclass(frozen=True)
class Site:
    """A place in a tree: a field of a node, or one element of a field that is a list."""

    parent: ast.AST
    field: str
    index: int | None = None

    @property
    def value(self) -> t.Any:
        value = getattr(self.parent, self.field)
        return value if self.index is None else value[self.index]

    def put(self, value: t.Any) -> None:
        if self.index is None:
            setattr(self.parent, self.field, value)
        else:
            getattr(self.parent, self.field)[self.index] = value


Edits = t.Sequence[tuple[Site, t.Any]]


@dataclasses.dataclass(frozen=True)
class Mutant:
    """One fault: the function that it is in and the code before and after, but no line."""

    where: str
    was: str
    becomes: str
    edits: Edits
    number: int = 1

    @property
    def name(self) -> str:
        return name(self.where, self.was, self.becomes, self.number)

    def compiled(self, tree: ast.Module, filename: str) -> t.Any:
        """The code of the module with this fault."""
        with made(self.edits):
            return compile(ast.fix_missing_locations(tree), filename, "exec", dont_inherit=True)


@contextlib.contextmanager
def made(edits: Edits) -> t.Iterator[None]:
    """The tree has these changes for as long as the context lasts."""
    before = [site.value for site, _value in edits]
    for site, value in edits:
        site.put(value)
    try:
        yield
    finally:
        for (site, _value), value in zip(edits, before):
            site.put(value)


def code(node: t.Any) -> str:
    """A node as one line of code, of a compound statement its first line."""
    if isinstance(node, ast.keyword):
        return f"{node.arg}={code(node.value)}"
    text = ast.unparse(node)
    return text.split("\n", 1)[0] if isinstance(node, ast.stmt) else " ".join(text.split())


def name(where: str, was: str, becomes: str, number: int = 1) -> str:
    """
    :param number: of those in one place that look the same.
    """
    return f"{where}: {was}  ->  {becomes}" + (f" ({number})" if number > 1 else "")


def short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def numbered(mutants: t.Iterable[Mutant]) -> list[Mutant]:
    """The same, with a number for each further one that looks like another one."""
    seen: collections.Counter[str] = collections.Counter()
    result = []
    for mutant in mutants:
        seen[mutant.name] += 1
        result.append(dataclasses.replace(mutant, number=seen[mutant.name]))
    return result
