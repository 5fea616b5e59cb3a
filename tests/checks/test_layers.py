# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Imports run one way: modules -> run -> engine -> system -> products -> http and xml (docs: the house)."""

from __future__ import annotations

import ast
import pathlib
import typing as t

import pytest
from support.checkout import ROOT

PREFIX = "ansible_collections.batchops.job_control.plugins.module_utils."
UTILS = ROOT / "plugins" / "module_utils"
PRODUCTS = sorted(path.parent.name for path in UTILS.glob("*/capabilities.py"))

_BASE = {"_clock", "_errors", "_model"}
_FOR_PRODUCTS = _BASE | {"_system", "_http", "_json", "_paging", "_response", "_secrets", "_times", "_xml"}

_GLUE = {"_arguments", "_engine", "_item", "_registry", "_report", "_selection", "_system"}

#: What each part of module_utils may import of the others.
ALLOWED: dict[str, set[str]] = {
    "_model": set(),
    "_secrets": set(),
    "_errors": {"_secrets"},
    "_clock": set(),
    "_address": set(),
    "_given": set(),
    "_times": set(),
    "_tls": set(),
    "_bounded": set(),
    "_json": {"_errors"},
    "_paging": {"_errors"},
    "_xml": {"_errors"},
    "_system": {"_clock", "_errors", "_model"},
    "_response": {"_errors", "_json"},
    "_http": {"_bounded", "_clock", "_errors", "_response", "_secrets", "_system", "_tls"},
    "_item": _BASE,
    "_selection": {"_errors", "_item", "_model", "_system"},
    "_engine": {*_BASE, "_item", "_selection", "_system"},
    "_journal": {"_clock", "_errors", "_json", "_model"},
    "_window": {*_BASE, "_engine", "_item", "_journal", "_selection", "_system", "_times"},
    "_report": {"_errors", "_item", "_journal", "_model", "_system"},
    "_registry": {"_clock", "_system", *PRODUCTS},
    "_arguments": {"_address", "_engine", "_errors", "_given", "_model", "_registry", "_system", "_window"},
    "_module": {"_arguments", "_clock", "_errors", "_item", "_registry", "_report", "_secrets", "_system"},
    "_in_window": {*_BASE, *_GLUE, "_journal", "_module", "_window"},
    "_run": {*_BASE, *_GLUE, "_in_window", "_module"},
    **dict.fromkeys(PRODUCTS, _FOR_PRODUCTS),
}

#: Libraries, and the only part that may import each.
OWNERS = {"requests": "_http", "urllib3": "_http", "xmltodict": "_xml", "fcntl": "_journal"}
ANSIBLE = {"_module"}


def part(path: pathlib.Path) -> str:
    """The part of module_utils that a file belongs to."""
    return path.relative_to(UTILS).parts[0].removesuffix(".py")


def imports(path: pathlib.Path) -> t.Iterator[str]:
    """Every module that a file imports, also within functions; `from a import b` counts as a.b."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


FILES = sorted(path for path in UTILS.rglob("_*.py")) + sorted(path for path in UTILS.glob("_*/*.py"))
FILES = sorted({path for path in FILES if path.stat().st_size})


def test_the_tree_is_complete() -> None:
    """A new part needs a place in the order; a new product needs none."""
    assert {part(path) for path in FILES} == set(ALLOWED)
    assert len(PRODUCTS) >= 5


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(UTILS)))
def test_imports_run_one_way(path: pathlib.Path) -> None:
    here = part(path)
    for name in imports(path):
        if name.startswith(PREFIX):
            other = name[len(PREFIX) :].split(".")[0]
            assert other == here or other in ALLOWED[here], f"{here} must not import {other}"
        library = name.split(".")[0]
        assert OWNERS.get(library, here) == here, f"only {OWNERS.get(library)} may import {library}"
        assert library != "ansible" or here in ANSIBLE, f"{here} must know nothing of Ansible"


@pytest.mark.parametrize("product", PRODUCTS)
def test_capabilities_are_cheap_to_import(product: str) -> None:
    """They are loaded on every run, whatever the product, so they and what they are made of lead to little else."""
    assert reached(UTILS / product / "capabilities.py", product) <= {"_errors", "_model", "_system"}


def reached(path: pathlib.Path, product: str) -> set[str]:
    """The other parts that a file of a product imports, itself or through files beside it."""
    names = [name[len(PREFIX) :].split(".") for name in imports(path) if name.startswith(PREFIX)]
    beside = [UTILS / product / f"{name[1]}.py" for name in names if name[0] == product]
    return {name[0] for name in names if name[0] != product}.union(*(reached(other, product) for other in beside))


@pytest.mark.parametrize("path", sorted((ROOT / "plugins" / "modules").glob("*.py")), ids=lambda path: path.stem)
def test_modules_are_faces(path: pathlib.Path) -> None:
    """Documentation, imports, and a main of a few lines."""
    tree = ast.parse(path.read_text())
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert [function.name for function in functions] == ["main"]
    assert len(functions[0].body) <= 25
    assert {name.rsplit(".", 1)[0] for name in imports(path)} - {"__future__"} <= {f"{PREFIX}_run", f"{PREFIX}_model"}
