# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Puts other code into a module that is loaded already, so that a forked process need not load everything anew."""

from __future__ import annotations
import __future__

import ast
import enum
import functools
import gc
import sys
import types
import typing as t

from support.mutants.mutant import Mutant, Site, made

TOUCHED = "_touched_by_a_test"
BLOCKS = ("body", "orelse", "finalbody")
_Functions = dict[tuple[str, int], types.CodeType]


class Swap(enum.Enum):
    """How far a loaded module has become a mutant."""

    WHOLE = "whole"  # a function has its new code
    NEARLY = "nearly"  # a constant was made again, with those that are made of it, here and where it was imported
    NONE = "none"  # what was made of a default or of the body of a class is out of reach


def swap(module: types.ModuleType, tree: ast.Module, mutant: Mutant) -> Swap:
    """Make a loaded module the mutant."""
    before = [ast.dump(statement) for statement in tree.body]
    with made(mutant.edits):
        ast.fix_missing_locations(tree)
        changed = [node for node, text in zip(tree.body, before) if ast.dump(node) != text]
        if all(isinstance(node, (ast.Assign, ast.AnnAssign)) for node in changed):
            _remake(module, tree, changed)
            return Swap.NEARLY
        return Swap.WHOLE if _put_code(module, tree) else Swap.NONE


def instrument(module: types.ModuleType, tree: ast.Module, touched: t.Callable[[str], None]) -> None:
    """Let every block of every function of a loaded module tell that it was reached."""
    edits = []
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                for field in BLOCKS:
                    body = getattr(node, field, None)
                    if isinstance(body, list) and body:
                        call = ast.parse(f"{TOUCHED}({block(body)!r})").body[0]
                        edits.append((Site(node, field), [ast.copy_location(call, body[0]), *body]))
    unique = {(id(site.parent), site.field): (site, value) for site, value in edits}
    setattr(module, TOUCHED, touched)
    with made(list(unique.values())):
        _put_code(module, ast.fix_missing_locations(tree))


def block(body: t.Sequence[ast.stmt]) -> str:
    """How a block is called in one run of the lane."""
    return f"{body[0].lineno}:{body[0].col_offset}"


def _put_code(module: types.ModuleType, tree: ast.Module) -> int:
    """Give the functions of a module the code that the tree has for them; returns how many have changed."""
    codes: _Functions = {}
    _collect(compile(tree, str(module.__file__), "exec", dont_inherit=True), codes)
    count = 0
    for function in _functions().get(str(module.__file__), ()):
        code = codes.get((function.__code__.co_qualname, function.__code__.co_firstlineno))
        if code and code != function.__code__ and len(code.co_freevars) == len(function.__code__.co_freevars):
            function.__code__ = code
            count += 1
    return count


@functools.cache
def _functions() -> dict[str, list[types.FunctionType]]:
    """All functions of this process by their files, which is asked before any test makes more of them."""
    found: dict[str, list[types.FunctionType]] = {}
    for one in gc.get_objects():
        if isinstance(one, types.FunctionType):
            found.setdefault(one.__code__.co_filename, []).append(one)
    return found


def _collect(code: types.CodeType, found: _Functions) -> None:
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            found[inner.co_qualname, inner.co_firstlineno] = inner
            _collect(inner, found)


def _remake(module: types.ModuleType, tree: ast.Module, changed: list[ast.stmt]) -> None:
    names: set[str] = set()
    for statement in tree.body:
        if not isinstance(statement, (ast.Assign, ast.AnnAssign)):
            continue
        used = {
            node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        if statement in changed or used & names:
            made_here = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)} - used
            old = {name: getattr(module, name) for name in made_here}
            one = ast.Module([statement], [])
            flags = __future__.annotations.compiler_flag
            exec(compile(one, str(module.__file__), "exec", flags, dont_inherit=True), vars(module))
            for name, value in old.items():
                _rebind(name, value, getattr(module, name))
            names |= made_here


def _rebind(name: str, old: object, new: object) -> None:
    for other in list(sys.modules.values()):
        if getattr(other, "__dict__", {}).get(name) is old:
            setattr(other, name, new)
