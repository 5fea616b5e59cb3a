# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A part of the role maintenance_window, not for use elsewhere: what a window is given, evaluated once.

A variable may be a lookup, or follow another one that the tasks of the window change. So the role goes by what this
returns as `window`, and never by the variables again. What would keep the window from being closed is refused here,
before any job is touched.
"""

from __future__ import annotations

import os
import typing as t

from ansible import context
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.playbook.block import Block
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import lookup_loader

from ansible_collections.batchops.job_control.plugins.plugin_utils._commands import Commands
from ansible_collections.batchops.job_control.plugins.plugin_utils._misspelt import misspelt
from ansible_collections.batchops.job_control.plugins.plugin_utils._tasks_file import Problem, TasksFile
from ansible_collections.batchops.job_control.plugins.plugin_utils._window_given import (
    block_of,
    name_of,
    plain,
    refuse_what_says_nothing,
    truth,
    unusual,
)

_CHOICES = {"running": ("leave", "wait", "cancel"), "after_wait": ("fail", "cancel", "leave")}
_TRUTHS = ("in_facts", "may_be_empty", "closing_play", "forget_missing", "journal_moved", "must_be_new")
_ONLY_LOOK = frozenset({"status", "report"})
_PLAYBOOKS = os.path.join("ansible_collections", "batchops", "job_control", "playbooks")


class ActionModule(ActionBase):
    """Takes the settings of a window as its arguments, with `entry`, the entry point of the role."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        variables = task_vars or {}
        defaults = self._task._role.get_default_vars()
        window = plain(self._task.args)
        try:
            _refuse_misspelt(variables, defaults)
            refuse_what_says_nothing(window)
            window["name"] = name_of(window)
            for option in _TRUTHS:
                window[option] = truth(option, window.get(option, False))
            # Nobody shall work in a window that another run has opened.
            window["must_be_new"] = window["must_be_new"] or window.get("entry") == "main"
            window["block"] = block_of(window.get("block", {}))
            for option, choices in _CHOICES.items():
                if option in window and window[option] not in choices:
                    raise Problem(f"maintenance_window_{option}: use one of {', '.join(choices)}.")
            play = self._task._parent._play
            window["play"] = str(play._uuid)
            window["force_handlers"] = boolean(play.force_handlers, strict=False)
            if window.get("entry") not in _ONLY_LOOK:
                self._refuse_conditions()
            _refuse_open_windows_in_facts(variables)
            if window.get("entry") == "main":
                self._refuse_what_is_open(window)
                _refuse_other_strategies(play, variables)
                window["tasks"] = self._tasks(window, variables)
        except Problem as problem:
            return {**result, "failed": True, "msg": str(problem)}
        window.pop("stack", None)
        window["settings"] = unusual(window, str(defaults["maintenance_window_journal_folder"]), variables)
        inventories = variables.get("ansible_inventory_sources") or ()
        window["command"] = Commands(inventories, window["settings"]).close(window["name"])
        return {**result, "changed": False, "window": window}

    def _refuse_conditions(self) -> None:
        """A condition is asked again before each task of the role; a task of the window may change the answer."""
        if self._task.when:
            raise Problem(
                "A when of import_role, or of a block around the role, would be asked again when the window is to be "
                "closed. Use include_role, and give the when to that. Nothing was changed."
            )
        parent = self._task
        while parent is not None:
            if not isinstance(parent, Block) and boolean(parent.run_once, strict=False):
                raise Problem(
                    "run_once: the role has to run on all job systems of the play. Leave it out, or choose the hosts "
                    "of the play. Nothing was changed."
                )
            parent = parent._parent

    def _refuse_what_is_open(self, window: dict[str, t.Any]) -> None:
        around = [each["name"] for each in window.get("stack") or () if each["play"] == window["play"]]
        if window["name"] in around:
            raise Problem(
                f"maintenance_window_name: {window['name']} is the name of the window that these tasks run in. Give "
                "the inner window another name."
            )

    def _tasks(self, window: dict[str, t.Any], variables: dict[str, t.Any]) -> str:
        """The path of the file with the tasks; empty when there is none."""
        given = window.get("tasks") or ""
        if not given:
            return ""
        path = _find(str(given), str(variables["playbook_dir"]))

        def template(text: t.Any, more: dict[str, t.Any]) -> t.Any:
            with self._templar.set_temporary_context(available_variables={**variables, **more}):
                return self._templar.template(text)

        def lookup(name: str, terms: list[t.Any], more: dict[str, t.Any]) -> list[t.Any]:
            known = {**variables, **more}
            with self._templar.set_temporary_context(available_variables=known):
                plugin = lookup_loader.get(name, loader=self._loader, templar=self._templar)
                return list(plugin.run(terms, variables=known, wantlist=True))

        TasksFile(path, self._task, self._loader, template, lookup, may_end=window["closing_play"]).check()
        return path


def _refuse_misspelt(variables: t.Iterable[str], defaults: t.Iterable[str]) -> None:
    found = misspelt(variables, defaults)
    if found:
        raise Problem(
            f"{found[0]}: the role has no such variable, but {found[1]}. Correct the name; yours needs another one. "
            "Nothing was changed."
        )


def _refuse_open_windows_in_facts(variables: dict[str, t.Any]) -> None:
    """Version 1.0.0 kept the windows of the facts in another way, which is not read."""
    copies = (variables.get("ansible_facts") or {}).get("maintenance_window_copies") or {}
    if any(copy.get("open_jobs") for copy in copies.values()):
        raise Problem(
            f"The facts of {variables['inventory_hostname']} hold windows that version 1.0.0 has opened (in "
            "maintenance_window_copies). Close them with that version; if they are closed, clear the facts."
        )


def _refuse_other_strategies(play: t.Any, variables: dict[str, t.Any]) -> None:
    strategy = str(play.strategy)
    if strategy.endswith(("free", "host_pinned")):
        raise Problem(
            f"strategy: with {strategy} the tasks of the window could run before the jobs of all job systems are "
            "suspended. Use strategy: linear for this play. Nothing was changed."
        )
    if play.max_fail_percentage is not None and play.max_fail_percentage < 100:
        raise Problem(
            "max_fail_percentage: Ansible ends such a play at once, without closing the window, when too many hosts "
            "have failed. Leave it out of this play. Nothing was changed."
        )
    if play.serial and set(variables["ansible_play_batch"]) != set(variables["ansible_play_hosts"]):
        raise Problem(
            "serial: the tasks of the window would run before the jobs of later batches are suspended. Leave serial "
            "out of this play. Nothing was changed."
        )


def _find(given: str, playbook_dir: str) -> str:
    """The file that is meant: absolute, or beside the playbook.

    A playbook of the collection is not beside anything of the user's; there it is the playbook that was started, or the
    current directory.

    :raises Problem: there is none.
    """
    path = os.path.expanduser(given)
    bases = [playbook_dir]
    if playbook_dir.rstrip("/").endswith(_PLAYBOOKS):
        started = [os.path.abspath(name) for name in context.CLIARGS.get("args", ()) if os.path.isfile(name)]
        bases = [*map(os.path.dirname, started), os.getcwd()]
    candidates = [os.path.join(base, path) for base in bases]
    for candidate in candidates:
        if os.path.isfile(candidate):
            return os.path.abspath(candidate)
    places = " or ".join(dict.fromkeys(candidates))
    raise Problem(f"maintenance_window_tasks: there is no file {places}. Nothing was changed.")
