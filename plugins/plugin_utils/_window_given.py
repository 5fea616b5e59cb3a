# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, ansible-core, _tasks_file.

"""What the variables of the role say, or that one of them says nothing. Pure."""

from __future__ import annotations

import datetime
import re
import typing as t

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.batchops.job_control.plugins.plugin_utils._tasks_file import Problem

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")
#: Those that are text, and whether they may be empty.
_TEXTS = {"journal_folder": False, "journal_host": False, "plan": True, "tasks": True, "report_folder": True}
_OPTIONS = {"journal_folder": "folder"}
_LEAVE_OUT = ", or leave it out. Nothing was changed."
_WITHOUT_JOBS = frozenset({"status", "close_expired"})
_SWITCH = ("scope", "scope_name", "activity")
_OPENS = frozenset({"main", "suspend", "plan"})
_NEEDS_NO_NAME = frozenset({"status", "close_expired"})


def plain(value: t.Any) -> t.Any:
    """The same with dates as text, as the modules want them."""
    if isinstance(value, t.Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else value


def refuse_what_says_nothing(window: dict[str, t.Any]) -> None:
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
        return bool(float(given) >= 0)
    except (TypeError, ValueError):
        return False


def name_of(window: dict[str, t.Any]) -> str:
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


def unusual(window: dict[str, t.Any], default_folder: str, variables: dict[str, t.Any]) -> dict[str, t.Any]:
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


def truth(option: str, given: t.Any) -> bool:
    """As extra variables from a command line, truths are texts."""
    try:
        return bool(boolean(given))
    except TypeError:
        raise Problem(f"maintenance_window_{option}: use true or false.") from None


def block_of(given: t.Any) -> dict[str, t.Any]:
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
