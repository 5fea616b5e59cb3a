# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, ansible-core.

"""What is wrong with a file of tasks, found without running it.

ansible-core reads a file that a role includes when it gets there, and ends the whole run when it cannot: no `always` is
run then. So the file is read before, in the way ansible-core reads it, with all files, roles and handlers that it leads
to. What cannot be told before could end the play, and nothing would be left to close the window.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import re
import typing as t

from ansible import constants
from ansible.errors import AnsibleError
from ansible.playbook.block import Block
from ansible.playbook.handler import Handler
from ansible.playbook.helpers import load_list_of_blocks
from ansible.playbook.role_include import IncludeRole
from ansible.playbook.task import Task
from ansible.playbook.task_include import TaskInclude
from ansible.release import __version__ as core_version

ENDS = frozenset({"end_batch", "end_host", "end_play", "end_role"})
_METAS = (ENDS if tuple(map(int, core_version.split(".")[:2])) >= (2, 18) else ENDS - {"end_role"}) | {
    "clear_facts",
    "clear_host_errors",
    "flush_handlers",
    "noop",
    "refresh_inventory",
    "reset_connection",
}
#: What ansible-core evaluates outside of the task, where an error ends the whole run.
_OF_THE_RUN = ("action", "any_errors_fatal", "run_once", "throttle")
_OWN_ROLE = ("maintenance_window", "batchops.job_control.maintenance_window")

Variables = dict[str, t.Any]
Template = t.Callable[[t.Any, Variables], t.Any]
#: The items that a lookup plugin gives for these terms.
Lookup = t.Callable[[str, "list[t.Any]", Variables], "list[t.Any]"]


class Problem(Exception):
    """What is wrong, as one sentence that says what to do."""


class TasksFile:
    """A file of tasks that a task of a role is going to include.

    It is to be used in a process of its own, such as that of a task: reading roles adds their handlers to the play.

    :param task: the task of the role in whose place the file will be included.
    :param template: what a template comes to with these more variables; raises AnsibleError.
    :param lookup: the same for the items of `with_<lookup>`.
    :param may_end: whether the tasks may end the play or take hosts out of it.
    """

    def __init__(
        self, path: str, task: Task, loader: t.Any, template: Template, lookup: Lookup, *, may_end: bool
    ) -> None:
        self._path = path
        self._task = task
        self._loader = loader
        self._template = template
        self._lookup = lookup
        self._may_end = may_end
        self._seen: set[tuple[str, ...]] = set()
        self._around: list[str] = []  # the files that lead to the one that is looked at
        self._items: Variables = {}  # what the loops around it come to
        self._notifications: list[tuple[str, str]] = []
        self._all_handlers_known = True

    def check(self) -> None:
        """:raises Problem: the file would end the run, or leave the window open."""
        include = TaskInclude.load(
            {"ansible.builtin.include_tasks": self._path},
            block=self._task._parent,
            role=self._task._role,
            variable_manager=self._task.get_variable_manager(),
            loader=self._loader,
        )
        if not self._look_at_file(self._path, include, self._task):
            raise Problem(f"maintenance_window_tasks: {self._path} has no task.")
        # Whatever has notified them, they are run in the window.
        self._look_at(list(self._task._parent._play.handlers))
        self._check_notifications()

    def _look_at_file(self, path: str, include: TaskInclude, parent: Task) -> int:
        """:returns: the number of tasks in the file."""
        key = ("file", path, str(self._items))
        if key in self._seen or path in self._around:
            return 1
        self._seen.add(key)
        try:
            data = self._read(path)
        except AnsibleError as error:
            raise Problem(_sentence(path, error)) from error
        if not isinstance(data, (list, type(None))) or any(not isinstance(entry, dict) for entry in data or ()):
            raise Problem(f"maintenance_window_tasks: {path} is not a list of tasks.")
        if any("hosts" in entry or str(next(iter(entry), "")).endswith("import_playbook") for entry in data or ()):
            raise Problem(
                f"maintenance_window_tasks: {path} is a playbook. Give a file that has only the tasks, without hosts."
            )
        try:
            blocks = load_list_of_blocks(
                data,
                play=self._task._parent._play,
                parent_block=include.build_parent_block(),
                role=parent._role,
                variable_manager=self._task.get_variable_manager(),
                loader=self._loader,
                use_handlers=isinstance(parent, Handler),
            )
        except AnsibleError as error:
            raise Problem(_sentence(path, error)) from error
        self._around.append(path)
        try:
            return self._look_at(blocks)
        finally:
            self._around.pop()

    def _read(self, path: str) -> t.Any:
        load = self._loader.load_from_file
        # Since ansible-core 2.19 only what is trusted is a template.
        trusted = "trusted_as_template" in inspect.signature(load).parameters
        return load(path, trusted_as_template=True) if trusted else load(path)

    def _look_at(self, parts: t.Iterable[t.Any]) -> int:
        number = 0
        for part in parts:
            if isinstance(part, Block):
                number += self._look_at([*part.block, *part.rescue, *part.always])
            else:
                number += 1
                self._look_at_task(part)
        return number

    def _look_at_task(self, task: Task) -> None:
        if task.implicit or self._is_of_this_role(task):
            return
        place = _place(task)
        self._notifications += [(name, place) for name in self._notified(task, place)]
        action = self._of_the_run(task, place)["action"]
        if action in constants._ACTION_META:
            self._look_at_meta(str(task.args.get("_raw_params")), task, place)
        elif isinstance(task, IncludeRole):
            self._look_at_role(task, place)
        elif isinstance(task, TaskInclude) and not task.statically_loaded:
            for path, items in self._files(task, place):
                with self._in(items):
                    self._look_at_file(path, task, task)

    def _notified(self, task: Task, place: str) -> t.Iterator[str]:
        names = task.notify or ()
        for name in [names] if isinstance(names, str) else names:
            values = self._values(task, name)
            if values is None and constants.ERROR_ON_MISSING_HANDLER:
                raise Problem(_too_late(place, "notify", name))
            yield from (str(value) for value, _items in values or ())

    def _is_of_this_role(self, task: Task) -> bool:
        """A window within the window looks at its tasks itself."""
        return str(task.get_path()).startswith(os.path.join(self._task._role._role_path, ""))

    def _of_the_run(self, task: Task, place: str) -> dict[str, t.Any]:
        found = {}
        for keyword in _OF_THE_RUN:
            try:
                found[keyword] = self._template(getattr(task, keyword), self._variables(task))
                if keyword == "throttle":
                    int(found[keyword])
            except (AnsibleError, TypeError, ValueError):
                raise Problem(_too_late(place, keyword, getattr(task, keyword))) from None
        return found

    def _look_at_meta(self, meta: str, task: Task, place: str) -> None:
        if meta not in _METAS:
            raise Problem(f"maintenance_window_tasks: {place}: there is no meta: {meta}.")
        ends_another_role = meta == "end_role" and task._role is not self._task._role
        if meta in ENDS and not ends_another_role and not self._may_end:
            raise Problem(
                f"maintenance_window_tasks: {place}: after meta: {meta} a role cannot close its window. Use a when, "
                "or the playbook batchops.job_control.maintenance_window, which closes it in a play of its own."
            )

    def _look_at_role(self, task: IncludeRole, place: str) -> None:
        names = self._known(task, task._role_name, place)
        self._all_handlers_known = self._all_handlers_known and bool(names)
        for name, items in names:
            key = ("role", str(name), *(str(value) for value in task._from_files.values()), str(items))
            if key in self._seen or name in _OWN_ROLE:
                continue
            self._seen.add(key)
            role = task.copy()
            role._role_name = name
            role.vars = {**role.vars, **items}
            try:
                blocks, _handlers = role.get_block_list(
                    play=task._parent._play, variable_manager=task.get_variable_manager(), loader=self._loader
                )
            except AnsibleError as error:
                raise Problem(_sentence(place, error)) from error
            with self._in(items):
                self._look_at(blocks)

    def _known(self, task: TaskInclude, text: t.Any, place: str) -> list[tuple[t.Any, Variables]]:
        """
        :returns: as `_values`; nothing where that is not known yet, and the window is closed whatever it is.
        :raises Problem: it is not known yet, and could end the play.
        """
        values = self._values(task, text)
        if values is None and not self._may_end:
            raise Problem(
                f"maintenance_window_tasks: {place}: what is included here ({text}) is only known in the window, and "
                "could end the play. Give it a name that is known before, or use the playbook "
                "batchops.job_control.maintenance_window, which closes the window in a play of its own."
            )
        return values or []

    def _files(self, task: TaskInclude, place: str) -> list[tuple[str, Variables]]:
        """The files that a dynamic include leads to, as far as they can be told now."""
        found = []
        for target, items in self._known(task, task.args.get("_raw_params") or task.args.get("file"), place):
            path = self._resolve(task, str(target))
            if os.path.isfile(path):
                found.append((path, items))
            elif not task.when and "{{" not in str(task.args):
                raise Problem(f"maintenance_window_tasks: {place}: there is no file {target}.")
        return found

    def _resolve(self, task: TaskInclude, target: str) -> str:
        """Where ansible-core finds the file.

        :raises Problem: it would take a file of this role for it.
        """
        here = os.path.dirname(task.get_path().rpartition(":")[0])
        if task._role is None:
            return str(self._loader.path_dwim_relative(self._loader.get_basedir(), here, target))
        kind = "handlers" if isinstance(task, Handler) else "tasks"
        of_role = task._role._role_path
        for base in (of_role, here):
            path = str(self._loader.path_dwim_relative(base, kind, target, is_role=True))
            if os.path.isfile(path):
                break
        if task._role is self._task._role and path.startswith(os.path.join(of_role, "")):
            raise Problem(
                f"maintenance_window_tasks: {_place(task)}: {target} is also the name of a file of the role, which "
                f'would be run instead. Write "{{{{ playbook_dir }}}}/{target}", or give the file another name.'
            )
        return path

    def _values(self, task: Task, text: t.Any) -> list[tuple[t.Any, Variables]] | None:
        """What a text comes to for each item of the task's loop, with the items; None where that is not known yet."""
        variables = self._variables(task)
        try:
            if task.loop is None:
                return [(self._template(text, variables), {})]
            name = self._template(task.loop_control.loop_var, variables) if task.loop_control else "item"
            items = self._template(task.loop, variables)
            if task.loop_with:
                items = self._lookup(task.loop_with, items if isinstance(items, list) else [items], variables)
            return [(self._template(text, {**variables, name: item}), {name: item}) for item in items]
        except (AnsibleError, TypeError):
            return None if "{{" in str(text) or "{%" in str(text) else [(text, {})]

    def _variables(self, task: Task) -> Variables:
        """Those of the task and of what it is in, and the items of the loops around it."""
        return {**task.get_vars(), **self._items}

    @contextlib.contextmanager
    def _in(self, items: Variables) -> t.Iterator[None]:
        around = self._items
        self._items = {**around, **items}
        try:
            yield
        finally:
            self._items = around

    def _check_notifications(self) -> None:
        if not constants.ERROR_ON_MISSING_HANDLER or not self._all_handlers_known:
            return
        known = self._handlers()
        for name, place in self._notifications:
            if name not in known:
                raise Problem(
                    f"maintenance_window_tasks: {place}: notify: {name}: the play has no handler of that name."
                )

    def _handlers(self) -> set[str]:
        """The names by which the handlers of the play can be notified."""
        play = self._task._parent._play
        names: set[str] = set()
        for handler in (each for block in play.handlers for each in _handlers_of(block)):
            listen = handler.listen or ()
            names.update([listen] if isinstance(listen, str) else listen)
            if handler.name:
                name = handler.name
                with contextlib.suppress(AnsibleError):
                    name = self._template(name, dict(handler.get_vars()))
                with_role = handler.get_name().partition(" : ")[0]
                names |= {name, handler.get_name(include_role_fqcn=False), handler.get_name(include_role_fqcn=True)}
                names.add(f"{with_role} : {name}")
        return names


def _handlers_of(block: Block) -> t.Iterator[Handler]:
    for part in block.block:
        yield from _handlers_of(part) if isinstance(part, Block) else [part]


def _too_late(place: str, keyword: str, value: t.Any) -> str:
    return (
        f"maintenance_window_tasks: {place}: {keyword}: {value} cannot be evaluated now. An error in it would end the "
        "run in the window, and leave the window open. Give it a value that is known before."
    )


def _place(task: Task) -> str:
    path, _colon, line = task.get_path().rpartition(":")
    return f"{path}, line {line}"


def _sentence(path: str, error: AnsibleError) -> str:
    """The error of ansible-core as one sentence, with the file and the line."""
    cause: BaseException | None = error
    place = ""
    while cause is not None and not place:
        place = _place_of(cause)
        cause = cause.__cause__
    message = getattr(error, "_original_message", None) or getattr(error, "_message", None) or str(error)
    first = str(message).strip().partition("\n")[0].strip()
    return f"maintenance_window_tasks: {place or path}: {first.rstrip('.')}."


def _place_of(error: BaseException) -> str:
    """Where in which file an error of ansible-core is; empty when it does not say."""
    position = getattr(getattr(error, "obj", None), "ansible_pos", None)  # until ansible-core 2.18
    if position:
        return f"{position[0]}, line {position[1]}"
    found = re.search(r"^Origin: (.+?):(\d+)", getattr(error, "_formatted_source_context", None) or "", re.MULTILINE)
    return f"{found[1]}, line {found[2]}" if found else ""
