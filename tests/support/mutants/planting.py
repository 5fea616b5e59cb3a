# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mutant that somebody has thought of: the code before and after, and the function that it is in."""

from __future__ import annotations

import ast
import typing as t

from support.mutants.mutant import Mutant, Site


def plant(tree: ast.Module, planted: t.Mapping[str, t.Any]) -> Mutant:
    """The mutant.

    :param planted: `name` and `edits`, each with `in`, the function (a method after its class and a dot) or constant;
        `was` and `becomes`, which are statements, an expression, or a keyword argument.
    :raises ValueError: a function does not have this code exactly once, so that somebody has to look at it.
    """
    edits = []
    for edit in planted["edits"]:
        found = list(_places(_scope(tree, edit["in"].split(".")), edit["was"], edit["becomes"]))
        if len(found) != 1:
            raise ValueError(f"{planted['name']}: {edit['in']} has this code {len(found)} times: {edit['was']}")
        edits += found
    return Mutant("planted", planted["name"], "", edits)


def _scope(tree: ast.AST, names: t.Sequence[str]) -> ast.AST:
    for name in names:
        inside = [node for node in ast.walk(tree) if name in _names(node)]
        if not inside:
            raise ValueError(f"there is no {'.'.join(names)}")
        tree = inside[0]
    return tree


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return [getattr(node, "name", "")]


def _places(scope: ast.AST, was: str, becomes: str) -> t.Iterator[tuple[Site, t.Any]]:
    old, new = ast.parse(was).body, ast.parse(becomes).body
    texts = [ast.dump(statement) for statement in old]
    for node in ast.walk(scope):
        for field, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                for index in range(len(value) - len(old) + 1):
                    if [ast.dump(statement) for statement in value[index : index + len(old)]] == texts:
                        rest = [*value[:index], *(new or [ast.Pass()]), *value[index + len(old) :]]
                        yield Site(node, field), rest
            elif isinstance(value, list):
                yield from _one(old, new, [Site(node, field, index) for index in range(len(value))])
            else:
                yield from _one(old, new, [Site(node, field)])


def _one(old: list[ast.stmt], new: list[ast.stmt], sites: list[Site]) -> t.Iterator[tuple[Site, t.Any]]:
    """Places of an expression that is no statement, or of a keyword argument."""
    before, after = _part(old), _part(new)
    if before is None or after is None:
        return
    for site in sites:
        is_statement = isinstance(site.parent, ast.Expr)  # which was found as such
        is_same = type(site.value) is type(before) and ast.dump(site.value) == ast.dump(before)
        if is_same and not is_statement:
            yield site, after


def _part(statements: list[ast.stmt]) -> ast.expr | ast.keyword | None:
    """What a line stands for within a statement: an expression; with a name and `=`, a keyword argument."""
    line = statements[0] if len(statements) == 1 else None
    if isinstance(line, ast.Assign):
        return ast.keyword(ast.unparse(line.targets[0]), line.value)
    return line.value if isinstance(line, ast.Expr) else None
