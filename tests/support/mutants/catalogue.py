# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mutants of the lane: those that are made of every target, and those that are planted by name."""

from __future__ import annotations

import ast
import functools
import pathlib
import typing as t

import yaml

from support.mutants import live, operators, planting
from support.mutants.mutant import Mutant, name

HERE = pathlib.Path("tests") / "mutants"
CODE = pathlib.Path("plugins") / "module_utils"
#: Where the words of all products are, which a table may confuse.
_ENUMS = ("_model.py", "_journal/ledger.py")


class Module:
    """A module of a checkout with its mutants.

    :param root: the checkout.
    :param path: the module, below plugins/module_utils.
    """

    def __init__(self, root: pathlib.Path, path: str) -> None:
        self.name = f"ansible_collections.batchops.job_control.plugins.module_utils.{path[:-3].replace('/', '.')}"
        self.file = root / CODE / path
        self.tree = ast.parse(self.file.read_text())
        self._target = targets(root).get(path, {})
        self._enums = [(root / CODE / name).read_text() for name in _ENUMS]
        self.planted = {one["name"]: planting.plant(self.tree, one) for one in planted(root) if one["file"] == path}
        self._blocks = dict(_blocks(self.tree))

    @functools.cached_property
    def made(self) -> dict[str, Mutant]:
        if not self._target:
            return {}
        found = operators.mutants(self.tree, operators.enums(*self._enums), self._target.get("order", False))
        return {mutant.name: mutant for mutant in found}

    def mutant(self, name: str) -> Mutant:
        return self.planted.get(name) or self.made[name]

    def block(self, name: str) -> str:
        """The block that a test has to reach to notice a mutant; empty if it is in a constant."""
        site = self.mutant(name).edits[0][0]
        return self._blocks[id(site.value if isinstance(site.value, ast.stmt) else site.parent)]


def _blocks(node: ast.AST, known: str = "") -> t.Iterator[tuple[int, str]]:
    """Of every node by its identity: the innermost block of a function that it is in."""
    yield id(node), known
    is_function = isinstance(node, ast.FunctionDef)
    for field, value in ast.iter_fields(node):
        inner = known
        if field in live.BLOCKS and isinstance(value, list) and value and (is_function or known):
            inner = live.block(value)
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _blocks(child, inner)


@functools.cache
def module(root: pathlib.Path, path: str) -> Module:
    return Module(root, path)


@functools.cache
def targets(root: pathlib.Path) -> dict[str, dict[str, t.Any]]:
    """The modules whose mutants are made, each with the tests that are about it, the quickest first."""
    found: dict[str, dict[str, t.Any]] = _read("targets.yml", root)
    return found


@functools.cache
def planted(root: pathlib.Path) -> list[dict[str, t.Any]]:
    """The mutants that have a name, each with its file, its tests, and the code before and after."""
    found: list[dict[str, t.Any]] = _read("planted.yml", root)
    return found


def mutated(root: pathlib.Path) -> list[str]:
    """The modules that there are mutants of."""
    return list(dict.fromkeys([*targets(root), *(one["file"] for one in planted(root))]))


@functools.cache
def survivors(root: pathlib.Path) -> dict[str, dict[str, str]]:
    """The mutants that no test tells, by file, each with the reason."""
    return {
        file: {name(one["in"], one["was"], one["becomes"], one.get("number", 1)): one["why"] for one in listed}
        for file, listed in _read("survivors.yml", root).items()
    }


def _read(name: str, root: pathlib.Path) -> t.Any:
    return yaml.safe_load((root / HERE / name).read_text())
