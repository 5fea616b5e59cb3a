# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The faults that a module can have: a condition that always or never holds, a statement left out, a wrong constant.

Left out is what no test should see: annotations, decorators, docstrings, the wording of messages, and numbers that
only tune.
"""

from __future__ import annotations

import ast
import typing as t

from support.mutants.mutant import LONGEST, Edits, Mutant, Site, code, made, numbered, short

Enums = t.Mapping[str, t.Sequence[str]]

_LARGEST_NUMBER = 8  # a larger one tunes, unless something is compared with it
_BOUNDARIES = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
_OPPOSITES = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
}
_OTHER_FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_CONDITIONS = ("test", "ifs")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COLLECTIONS = (ast.Tuple, ast.Set, ast.List, ast.Dict)
#: Fields of nodes that hold no code that runs as part of what the collection does.
_LEFT_OUT = ("annotation", "returns", "decorator_list", "bases", "type_comment")
_NOTHING = "(nothing)"


def enums(*sources: str) -> dict[str, list[str]]:
    """The enums that modules define, each with its members."""
    return {
        node.name: [code(line.targets[0]) for line in node.body if isinstance(line, ast.Assign)]
        for source in sources
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef) and any("Enum" in code(base) for base in node.bases)
    }


def mutants(tree: ast.Module, known: Enums, is_about_order: bool = False) -> list[Mutant]:
    """All mutants of a module, in the order of its code.

    :param known: the enums whose members may be taken for one another.
    :param is_about_order: whether it matters in this module which of two neighbouring statements comes first.
    """
    finder = _Finder(known, is_about_order)
    finder.walk(tree)
    return numbered(finder.found)


class _Finder:
    """Walks a tree and collects mutants. A method `_at_<node>` makes those of a node."""

    def __init__(self, known: Enums, is_about_order: bool) -> None:
        self.found: list[Mutant] = []
        self._enums = known
        self._is_about_order = is_about_order
        self._path: list[Site] = []  # from the module down to the node that is looked at
        self._codes: dict[int, str] = {}  # of nodes, by their identity

    def walk(self, node: ast.AST) -> None:
        for field, value in ast.iter_fields(node):
            if field in _LEFT_OUT:
                continue
            if isinstance(value, ast.AST):
                self._visit(Site(node, field))
            elif isinstance(value, list):
                for index, child in enumerate(value):
                    if isinstance(child, ast.AST):
                        self._visit(Site(node, field, index))
                if field in ("body", "orelse", "finalbody") and self._is_about_order:
                    self._swap_neighbours(node, field, value)

    def _visit(self, site: Site) -> None:
        node = site.value
        if _is_left_out(node):
            return
        self._path.append(site)
        if site.field in _CONDITIONS:
            self._at_condition(node)
        getattr(self, f"_at_{type(node).__name__}", lambda node: None)(node)
        self.walk(node)
        self._path.pop()

    # --- where we are ------------------------------------------------------------------------------------------

    def _code(self, node: ast.AST) -> str:
        if id(node) not in self._codes:
            self._codes[id(node)] = code(node)
        return self._codes[id(node)]

    @property
    def _site(self) -> Site:
        return self._path[-1]

    @property
    def _where(self) -> str:
        """The function or constant that the place is in, and the row of a table."""
        where = ""
        for site, below in zip(self._path, [*self._path[1:], None]):
            node = site.value
            if isinstance(node, (ast.ClassDef, *_FUNCTIONS[:2])):
                where += f".{node.name}"
            elif isinstance(node, (ast.Assign, ast.AnnAssign)) and self._is_constant:
                where += f".{self._code(node.targets[0] if isinstance(node, ast.Assign) else node.target)}"
            elif isinstance(node, ast.Dict) and below and below.field == "values" and below.index is not None:
                key = node.keys[below.index]
                where += f"[{self._code(key) if key else '**'}]" if len(self._code(node)) > LONGEST else ""
        return where[1:] or "module"

    @property
    def _shown(self) -> Site:
        """The largest piece of code around the place that is short enough to show."""
        shown = self._site
        for site in reversed(self._path):
            node = site.value
            if not isinstance(node, (ast.expr, ast.stmt, ast.keyword)) or len(self._code(node)) > LONGEST:
                break
            shown = site
            if isinstance(node, ast.stmt):
                break
        return shown

    @property
    def _is_constant(self) -> bool:
        """Whether it is outside of all functions."""
        return not any(isinstance(site.parent, _FUNCTIONS) for site in self._path)

    @property
    def _is_condition(self) -> bool:
        """Whether only the truth of the expression matters."""
        for site in reversed(self._path):
            if not isinstance(site.parent, (ast.BoolOp, ast.UnaryOp)):
                return site.field in _CONDITIONS
        return False

    @property
    def _is_wording(self) -> bool:
        """Whether it is in what is raised, or in the message of an error."""
        calls = [site for site in self._path if isinstance(site.parent, ast.Call) and site.field == "args"]
        return any(isinstance(site.parent, ast.Raise) for site in self._path) or any(
            self._code(t.cast(ast.Call, site.parent).func).rpartition(".")[2][:1].isupper() and _is_text(site.value)
            for site in calls
        )

    @property
    def _is_compared(self) -> bool:
        return any(isinstance(site.parent, ast.Compare) for site in self._path[-2:])

    @property
    def _is_told_apart(self) -> bool:
        """Whether a condition compares with it, and nothing else: with another value it would never or always hold."""
        parent = self._site.parent
        is_one_of_two = isinstance(parent, ast.Compare) and isinstance(
            parent.ops[0], (ast.Eq, ast.NotEq, ast.Is, ast.IsNot)
        )
        return is_one_of_two and not isinstance(self._site.value, int) and self._is_condition

    def _put(self, value: t.Any, site: Site | None = None) -> None:
        """A mutant with another node in the place that is looked at, or in one below it."""
        edits = [(site or self._site, value)]
        shown = self._shown
        before = self._code(shown.value)
        with made(edits):
            after = code(shown.value)
        self._add(before, after, edits)

    def _add(self, before: str, after: str, edits: Edits) -> None:
        self.found.append(Mutant(self._where, short(before), short(after), edits))

    # --- statements ---------------------------------------------------------------------------------------------

    def _leave_out(self, node: ast.stmt) -> None:
        self._add(code(node), _NOTHING, [(self._site, ast.Pass())])

    _at_Expr = _at_Raise = _at_AugAssign = _at_Delete = _at_Continue = _leave_out

    def _at_Assign(self, node: ast.Assign) -> None:
        # Without an attribute that its constructor makes, an object is of no use, which shows nothing.
        is_made = any(getattr(site.value, "name", "") == "__init__" for site in self._path)
        if isinstance(node.targets[0], (ast.Attribute, ast.Subscript)) and not is_made:
            self._leave_out(node)

    def _at_Return(self, node: ast.Return) -> None:
        if node.value is None:
            self._leave_out(node)
        elif isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            self._put(ast.Constant("" if node.value.value else "~"), Site(node, "value"))

    def _at_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if isinstance(node.type, ast.Tuple):
            self._drop_each(node.type.elts, Site(node.type, "elts"))

    def _swap_neighbours(self, parent: ast.AST, field: str, body: list[ast.stmt]) -> None:
        for index, (first, second) in enumerate(zip(body, body[1:])):
            if _acts(first) and _acts(second) and not _names(first, ast.Store) & _names(second, ast.Load):
                edits = [(Site(parent, field, index), second), (Site(parent, field, index + 1), first)]
                self._add(f"{code(first)}; {code(second)}", "the other way round", edits)

    # --- conditions ---------------------------------------------------------------------------------------------

    def _at_condition(self, node: ast.expr) -> None:
        if not isinstance(self._site.parent, ast.While):  # that would never end
            self._put(ast.Constant(True))
        if not isinstance(node, ast.Constant):
            self._put(ast.Constant(False))

    def _at_BoolOp(self, node: ast.BoolOp) -> None:
        for index in range(len(node.values)):
            rest = node.values[:index] + node.values[index + 1 :]
            self._put(rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest))

    def _at_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not) and not self._is_condition:
            self._put(node.operand)

    def _at_Compare(self, node: ast.Compare) -> None:
        for index, operator in enumerate(node.ops):
            if type(operator) in _BOUNDARIES:
                self._put(_BOUNDARIES[type(operator)](), Site(node, "ops", index))
            if not self._is_condition:
                self._put(_OPPOSITES[type(operator)](), Site(node, "ops", index))
        for compared in node.comparators:
            if isinstance(compared, (ast.Tuple, ast.Set, ast.List)):
                self._drop_each(compared.elts, Site(compared, "elts"))

    # --- values -------------------------------------------------------------------------------------------------

    def _at_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, bool):
            if self._site.field not in _CONDITIONS:
                self._put(ast.Constant(not value))
        elif self._is_wording or self._is_told_apart or isinstance(self._site.parent, ast.AugAssign):
            return
        elif isinstance(value, int):
            is_tuning = self._is_constant and isinstance(self._site.parent, (ast.Assign, ast.AnnAssign, ast.BinOp))
            if self._is_compared or (value <= _LARGEST_NUMBER and not is_tuning):
                self._put(ast.Constant(1 - value if value in (0, 1) else value + 1))
        elif isinstance(value, str) and (self._is_compared or self._is_key):
            self._put(ast.Constant(f"{value}~"))

    @property
    def _is_key(self) -> bool:
        """Whether a text names something that is read or written. A row of a table is left out instead."""
        site = self._site
        if isinstance(site.parent, ast.Call):
            reads = isinstance(site.parent.func, ast.Attribute) and site.parent.func.attr in ("get", "pop")
            return reads and site.field == "args" and site.index == 0
        if isinstance(site.parent, ast.Dict):
            return site.field == "keys" and not self._is_constant
        return isinstance(site.parent, ast.Subscript) and site.field == "slice"

    def _at_Attribute(self, node: ast.Attribute) -> None:
        members = self._enums.get(node.value.id, ()) if isinstance(node.value, ast.Name) else ()
        if node.attr in members and not self._is_wording and not self._is_told_apart:
            other = members[(members.index(node.attr) + 1) % len(members)]
            self._put(ast.Attribute(node.value, other, ast.Load()))

    def _at_Call(self, node: ast.Call) -> None:
        function = code(node.func)
        if function in _OTHER_FUNCTIONS:
            self._put(ast.Name(_OTHER_FUNCTIONS[function], ast.Load()), Site(node, "func"))
        if function == "isinstance" and isinstance(node.args[1], ast.Tuple):
            self._drop_each(node.args[1].elts, Site(node.args[1], "elts"))
        plain = [one for one in node.keywords if isinstance(one.value, ast.Constant) and one.arg]
        for keyword in plain:
            if not isinstance(keyword.value.value, bool) and not self._is_wording:  # type: ignore[attr-defined]
                rest = [other for other in node.keywords if other is not keyword]
                self._put(rest, Site(node, "keywords"))

    def _at_BinOp(self, node: ast.BinOp) -> None:
        numbers = [side for side in (node.left, node.right) if isinstance(getattr(side, "value", None), (int, float))]
        if isinstance(node.op, ast.Sub):
            self._put(ast.Add(), Site(node, "op"))
        elif isinstance(node.op, ast.Add) and numbers:
            self._put(ast.Sub(), Site(node, "op"))

    def _at_collection(self, node: t.Any) -> None:
        """Each row of a table; nothing inside of a row, without which the table could not be read at all."""
        if not self._is_constant or any(isinstance(site.parent, _COLLECTIONS) for site in self._path):
            return
        if isinstance(node, ast.Dict):
            self._drop_each(node.keys, Site(node, "keys"), Site(node, "values"))
        else:
            self._drop_each(node.elts, Site(node, "elts"))

    _at_Tuple = _at_Set = _at_List = _at_Dict = _at_collection

    def _drop_each(self, items: t.Sequence[t.Any], *sites: Site) -> None:
        for index, item in enumerate(items):
            edits = [(site, site.value[:index] + site.value[index + 1 :]) for site in sites]
            self._add(f"item {code(item)}" if item else "item **", _NOTHING, edits)


def _is_left_out(node: ast.AST) -> bool:
    """Whether all of a node is: a docstring, a message, what is there for the linters or for a missing library."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, (ast.Constant, ast.Yield, ast.YieldFrom))
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript):
        return isinstance(node.targets[0], ast.Name) and node.targets[0].id[:1].isupper()  # another name of a type
    if isinstance(node, (ast.If, ast.ExceptHandler)):
        told = code(node.test) if isinstance(node, ast.If) else code(node.type) if node.type else ""
        return told in ("t.TYPE_CHECKING", "ImportError", "not HAS_REQUESTS")
    return isinstance(node, (ast.JoinedStr, ast.Import, ast.ImportFrom)) or getattr(node, "name", "") == "__repr__"


def _is_text(node: t.Any) -> bool:
    """Whether an expression makes a text."""
    return any(isinstance(one, ast.JoinedStr) for one in ast.walk(node)) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _acts(statement: ast.stmt) -> bool:
    """Whether a statement calls something."""
    return isinstance(statement, (ast.Expr, ast.Assign, ast.AugAssign)) and isinstance(statement.value, ast.Call)


def _names(statement: ast.stmt, kind: type) -> set[str]:
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, kind)}
