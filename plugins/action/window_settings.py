# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A part of the role maintenance_window, not for use elsewhere: what a window is given, evaluated once.

A variable may be a lookup, or follow another one that the tasks of the window change. So the role goes by what this
returns as `window`, and never by the variables again. What would keep the window from being closed is refused here,
before any job is touched.
"""

from __future__ import annotations

import datetime
import os
import re
import typing as t

from ansible import context
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.playbook.block import Block
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import lookup_loader

from ansible_collections.batchops.job_control.plugins.plugin_utils._commands import Commands
from ansible_collections.batchops.job_control.plugins.plugin_utils._misspelt import misspelt
from ansible_collections.batchops.job_control.plugins.plugin_utils._tasks_file import Problem, TasksFile

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")
_CHOICES = {"running": ("leave", "wait", "cancel"), "after_wait": ("fail", "cancel", "leave")}
_TRUTHS = ("in_facts", "may_be_empty", "closing_play", "forget_missing", "journal_moved", "must_be_new")
#: Those that are text, and whether they may be empty.
_TEXTS = {"journal_folder": False, "journal_host": False, "plan": True, "tasks": True, "report_folder": True}
_OPTIONS = {"journal_folder": "folder"}
_LEAVE_OUT = ", or leave it out. Nothing was changed."
_WITHOUT_JOBS = frozenset({"status", "close_expired"})
_SWITCH = ("scope", "scope_name", "activity")
_OPENS = frozenset({"main", "suspend", "plan"})
_ONLY_LOOK = frozenset({"status", "report"})
_NEEDS_NO_NAME = frozenset({"status", "close_expired"})
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
        window = _plain(self._task.args)
        try:
            _refuse_misspelt(variables, defaults)
            _refuse_what_says_nothing(window)
            window["name"] = _name(window)
            for option in _TRUTHS:
                window[option] = _truth(option, window.get(option, False))
            # Nobody shall work in a window that another run has opened.
            window["must_be_new"] = window["must_be_new"] or window.get("entry") == "main"
            window["block"] = _block(window.get("block", {}))
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
        window["settings"] = _unusual(window, str(defaults["maintenance_window_journal_folder"]), variables)
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


def _plain(value: t.Any) -> t.Any:
    """The same with dates as text, as the modules want them."""
    if isinstance(value, t.Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else value


def _refuse_what_says_nothing(window: dict[str, t.Any]) -> None:
    """A variable that is null, empty or of another type is a slip. The arguments of a role are checked by ansible-core
    when it is included, but null counts there as not given, and a list as text."""
    for option, may_be_empty in _TEXTS.items():
        given = window.get(_OPTIONS.get(option, option), "" if may_be_empty else None)
        if not isinstance(given, str) or not (given.strip() or may_be_empty):
            raise Problem(f"maintenance_window_{option}: give it as text{_LEAVE_OUT}")
    if not isinstance(window.get("expires", ""), (str, int, float)):
        raise Problem(f"maintenance_window_expires: give a duration or a moment as text{_LEAVE_OUT}")
    if "wait_timeout" in window and not _is_number(window["wait_timeout"]):
        raise Problem(f"maintenance_window_wait_timeout: give a number of seconds{_LEAVE_OUT}")
    jobs = window.get("jobs", {} if window.get("entry") in _WITHOUT_JOBS else None)
    if not isinstance(jobs, dict):
        raise Problem("maintenance_window_jobs: give a dictionary, as job_suspend has them as its options.")
    for name, value in jobs.items():
        parts = value if isinstance(value, list) else [value]
        if any(part is None or part == "" or isinstance(part, (list, dict)) for part in parts):
            raise Problem(f"maintenance_window_jobs: {name}: give it a value that says something{_LEAVE_OUT}")


def _is_number(given: t.Any) -> bool:
    if isinstance(given, bool):
        return False
    try:
        return float(given) >= 0
    except (TypeError, ValueError):
        return False


def _name(window: dict[str, t.Any]) -> str:
    """The name of the window; empty where none is meant. One that is open already may have any name: the modules give
    windows others than this role does."""
    entry, given = window.get("entry"), window.get("name")
    name = "" if given is None else str(given)
    if not name and (entry in _NEEDS_NO_NAME or window.get("close_if") == "own_run"):
        return ""
    is_text = isinstance(given, (str, int, float)) and not isinstance(given, bool)
    if entry in _OPENS:
        if not is_text or not _NAME.fullmatch(name):
            raise Problem(
                f"maintenance_window_name: {name!r} cannot be part of a file name; use up to 200 letters, digits, "
                "dots, dashes and underscores, as text."
            )
    elif not is_text or not name:
        raise Problem(f"maintenance_window_name: {name!r} is no name of a window; give it as text.")
    return name


def _unusual(window: dict[str, t.Any], default_folder: str, variables: dict[str, t.Any]) -> dict[str, t.Any]:
    """The variables that a later run needs to find the same journals, for the same job systems."""
    systems, job_systems = window.pop("systems"), window.pop("job_systems", None)
    found: dict[str, t.Any] = {}
    if job_systems:
        found["job_systems"] = job_systems
    elif not set(systems) <= set(variables["groups"].get("job_systems", ())):
        found["job_systems"] = ",".join(systems)
    if window["folder"] != default_folder:
        found["maintenance_window_journal_folder"] = window["folder"]
    if window["journal_host"] != variables["inventory_hostname"]:
        found["maintenance_window_journal_host"] = window["journal_host"]
    if window["in_facts"]:
        found["maintenance_window_journal_in_facts"] = True
    return found


def _truth(option: str, given: t.Any) -> bool:
    """As extra variables from a command line, truths are texts."""
    try:
        return boolean(given)
    except TypeError:
        raise Problem(f"maintenance_window_{option}: use true or false.") from None


def _block(given: t.Any) -> dict[str, t.Any]:
    """What keeps new work from starting: names of execution agents, whether they drain, and activities."""
    option = "maintenance_window_block"
    if not isinstance(given, dict) or set(given) - {"agents", "drain", "activities"}:
        raise Problem(f"{option}: give a dictionary with agents, drain and activities, or some of them.")
    agents, activities = (given.get(name, []) for name in ("agents", "activities"))
    agents = [agents] if isinstance(agents, str) else agents
    if not isinstance(agents, list) or not all(isinstance(name, str) and name for name in agents):
        raise Problem(f"{option}: agents is a list of names of execution agents.")
    if not isinstance(activities, list) or not all(map(_is_activity, activities)):
        raise Problem(
            f"{option}: activities is a list of dictionaries with scope and activity, and with scope_name where the "
            "scope is not commcell."
        )
    try:
        drain = boolean(given.get("drain", False))
    except TypeError:
        raise Problem(f"{option}: drain is true or false.") from None
    return {"agents": agents, "drain": drain, "activities": activities}


def _is_activity(given: t.Any) -> bool:
    return isinstance(given, dict) and not set(given) - set(_SWITCH) and {"scope", "activity"} <= set(given)


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
