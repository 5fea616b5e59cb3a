# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: table
type: stdout
short_description: Show the jobs of job systems as a table
version_added: 2.0.0
author: The batchops.job_control authors (@batchops)
description:
  - Shows what the modules of this collection return as a table of jobs, one for all job systems of a task. What needs
    attention comes first, and totals last.
  - Everything else is shown as P(ansible.builtin.default#callback) shows it.
  - Where there is no room for all columns, some are cut or left out. The id of a job is always whole.
  - When a module of this collection fails, its cause is shown, and the jobs that have failed are in the table.
  - With C(-v) the whole results are shown as well.
extends_documentation_fragment:
  - default_callback
  - result_format_callback
requirements:
  - It is set as the stdout callback.
  - >-
    The command C(ansible) uses it only when callback plugins are enabled for it, by C(ANSIBLE_LOAD_CALLBACK_PLUGINS=1)
    or C(bin_ansible_callbacks) in the section C(defaults) of C(ansible.cfg). There it leaves out the headlines and the
    recap, and shows the results of other modules in full.
options:
  table_rows:
    description: The most jobs that are shown. V(0) means all. The totals always count all of them.
    type: int
    default: 50
    env:
      - name: JOB_CONTROL_TABLE_ROWS
    ini:
      - section: job_control_table
        key: rows
  table_width:
    description: Width of the table in columns. V(0) means that of the terminal, or 79 where there is none.
    type: int
    default: 0
    env:
      - name: JOB_CONTROL_TABLE_WIDTH
    ini:
      - section: job_control_table
        key: width
seealso:
  - plugin: batchops.job_control.job_table
    plugin_type: filter
"""

EXAMPLES = r"""
# In ansible.cfg:
ansible_cfg: |
  [defaults]
  stdout_callback = batchops.job_control.table
  bin_ansible_callbacks = true
"""

import dataclasses
import typing as t

from ansible import constants as C
from ansible.plugins.callback.default import CallbackModule as DefaultCallback
from ansible.utils.color import stringc

from ansible_collections.batchops.job_control.plugins.plugin_utils._job_table import Look, job_table
from ansible_collections.batchops.job_control.plugins.plugin_utils._terminal import terminal_width

PREFIX = "batchops.job_control."
MORE = "select fewer (states=failed), or set JOB_CONTROL_TABLE_ROWS=0"
#: What is shown of a failed result; the rest is in the table, or is shown with -v.
OF_A_FAILURE = {"msg", "changed", "cause", "exception", "warnings", "deprecations", "item", "results"}
COLORS = {
    "failed": C.COLOR_ERROR,
    "missing": C.COLOR_ERROR,
    "unknown": C.COLOR_WARN,
    "warning": C.COLOR_CHANGED,
    "running": C.COLOR_OK,
    "suspending": C.COLOR_SKIP,
    "suspended": C.COLOR_SKIP,
    "held": C.COLOR_SKIP,
    "hold": C.COLOR_SKIP,
}


class CallbackModule(DefaultCallback):
    """The default callback, with a table for the jobs."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "batchops.job_control.table"

    def __init__(self) -> None:
        super().__init__()
        self._is_ad_hoc = False
        self._is_check = False
        self._results: list[tuple[str, dict[str, t.Any]]] = []  # of the task, until those of all hosts are there

    # --- the results -----------------------------------------------------------------------------------------

    def v2_runner_on_ok(self, result: t.Any) -> None:
        self._keep(result)
        super().v2_runner_on_ok(result)

    def v2_runner_item_on_ok(self, result: t.Any) -> None:
        self._keep(result)
        super().v2_runner_item_on_ok(result)

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        self._keep(result)
        self._shorten(result)
        super().v2_runner_on_failed(result, ignore_errors)

    def v2_runner_item_on_failed(self, result: t.Any) -> None:
        self._keep(result)
        self._shorten(result)
        super().v2_runner_item_on_failed(result)

    def _keep(self, result: t.Any) -> None:
        """Keep the jobs for the table."""
        returned = _part(result, "result")
        is_shown = returned.get("changed") or returned.get("failed") or self.get_option("display_ok_hosts")
        if _is_ours(result) and is_shown and "selected" in (returned.get("summary") or {}):
            told = {"jobs": returned["jobs"], "summary": returned["summary"]}
            self._results.append((_part(result, "host").get_name(), told))
            self._is_check = bool(_part(result, "task").check_mode)

    def _shorten(self, result: t.Any) -> None:
        """Leave the cause of a failure. It may be about thousands of jobs; the callback has a copy of its own."""
        returned = _part(result, "result")
        if not _is_ours(result) or self._display.verbosity:
            return
        returned["cause"] = {key: value for key, value in (returned.get("error") or {}).items() if value}
        returned["cause"].pop("message", None)  # is in msg
        for key in [key for key in returned if key not in OF_A_FAILURE and not key.startswith(("_ansible", "ansible"))]:
            del returned[key]

    def _run_is_verbose(self, result: t.Any, verbosity: int = 0) -> bool:
        """Ad hoc, the result is all that there is to see of other modules."""
        return (self._is_ad_hoc and not _is_ours(result)) or bool(super()._run_is_verbose(result, verbosity))

    # --- the table, when all hosts have had their turn -------------------------------------------------------

    def v2_playbook_on_start(self, playbook: t.Any) -> None:
        self._is_ad_hoc = playbook._file_name == "__adhoc_playbook__"
        super().v2_playbook_on_start(playbook)

    def v2_playbook_on_play_start(self, play: t.Any) -> None:
        self._show()
        if self._is_ad_hoc:
            self._play = play
        else:
            super().v2_playbook_on_play_start(play)

    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:
        self._show()
        super().v2_playbook_on_task_start(task, is_conditional)

    def v2_playbook_on_handler_task_start(self, task: t.Any) -> None:
        self._show()
        super().v2_playbook_on_handler_task_start(task)

    def v2_playbook_on_include(self, included_file: t.Any) -> None:
        self._show()
        super().v2_playbook_on_include(included_file)

    def v2_playbook_on_no_hosts_remaining(self) -> None:
        self._show()
        super().v2_playbook_on_no_hosts_remaining()

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        self._show()
        if not self._is_ad_hoc:
            super().v2_playbook_on_stats(stats)

    def _print_task_banner(self, task: t.Any) -> None:
        if self._is_ad_hoc:
            self._last_task_banner = task._uuid
        else:
            super()._print_task_banner(task)

    def _show(self) -> None:
        results, self._results = sorted(self._results, key=lambda pair: pair[0]), []
        if not results:
            return
        width = self.get_option("table_width") or terminal_width()
        plain = Look(width, self.get_option("table_rows"), MORE, is_check=self._is_check)
        colored = dataclasses.replace(plain, paint=_painted)
        for line in job_table(results, colored):
            self._display.display(line, screen_only=True)
        for line in job_table(results, plain):
            self._display.display(line, log_only=True)


def _painted(state: str, text: str) -> str:
    return stringc(text, COLORS[state]) if state in COLORS else text


def _part(result: t.Any, name: str) -> t.Any:
    """The task, host or result of what a callback is given; ansible-core before 2.19 has only private names."""
    return getattr(result, name if hasattr(result, name) else f"_{name}")


def _is_ours(result: t.Any) -> bool:
    task = _part(result, "task")
    return str(getattr(task, "resolved_action", None) or task.action).startswith(PREFIX)
