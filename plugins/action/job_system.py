# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection options of a job system, taken from the variables of its inventory host."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action.normal import ActionModule as NormalActionModule

from ansible_collections.batchops.job_control.plugins.module_utils._arguments import (
    SELECTORS,
    connection_spec,
    options_of_others,
)
from ansible_collections.batchops.job_control.plugins.module_utils._given import given
from ansible_collections.batchops.job_control.plugins.plugin_utils._this_run import this_run

Arguments = dict[str, t.Any]


class ActionModule(NormalActionModule):
    """Runs the module as usual; a connection option that the task does not give comes from `job_control_<option>`.

    What neither of them gives the module looks for in its environment, wherever it runs. With a journal the module is
    told which run this is, as it may be carried out on another host.
    """

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        variables = task_vars or {}
        task = self._task
        self._task = task.copy()  # callback plugins are shown the arguments of the task itself: no secret gets there
        try:
            of_task = {**task.args, **self._defaults(task.args)}
            of_run = {"window_run": this_run(variables)} if given("journal", of_task.get("journal")) is not None else {}
            self._task.args = {**of_task, **self._from_inventory(of_task, variables), **of_run}
            return super().run(tmp, variables)
        finally:
            self._task = task

    def _defaults(self, of_task: Arguments) -> Arguments:
        """The options that `module_defaults` gives and the task does not.

        ansible-core has put them where the task has no such option. Here they count where it has one that says nothing.
        """
        # The task may give the short name, and calls this plugin what it has resolved that to.
        action = f"batchops.job_control.{self._task.action.rpartition('.')[2]}"
        groups = self._task._parent._play._action_groups or {}
        names = [*(f"group/{group}" for group in groups.get(action, ())), action]
        levels: Arguments = {}
        for level in self._task.module_defaults or ():
            levels.update(level)
        merged: Arguments = {}
        for name in names:
            merged.update(self._value(f"module_defaults of {name}", levels.get(name)) or {})
        return {option: value for option, value in merged.items() if given(option, of_task.get(option)) is None}

    def _from_inventory(self, of_task: Arguments, variables: dict[str, t.Any]) -> Arguments:
        """The options that the host's variables give and the task does not.

        Those of other products are left out, as far as it is known here which product it is.
        """

        def from_host(option: str) -> t.Any:
            variable = f"job_control_{option}"
            if given(option, of_task.get(option)) is not None or variable not in variables:
                return None
            return given(option, self._value(variable, variables[variable]))

        of_host = from_host("system")
        system = of_host or given("system", of_task.get("system"))
        others = options_of_others(system) if system else set()
        options = [*(connection_spec().keys() - others - {"system"}), *self._place(of_task)]
        found = {"system": of_host, **{option: from_host(option) for option in options}}
        return {option: value for option, value in found.items() if value is not None}

    def _place(self, of_task: Arguments) -> list[str]:
        """The option `location`, unless the inventory would choose jobs with it that the task does not choose."""
        only_reads = self._task.action.endswith(("job_info", "job_wait"))
        chooses = any(given(name, of_task.get(name)) is not None for name in SELECTORS)
        return ["location"] if only_reads or chooses or boolean(of_task.get("all"), strict=False) else []

    def _value(self, name: str, template: t.Any) -> t.Any:
        """What a template comes to; None for `omit`, which falls out of a list or, in older versions, is a text."""
        try:
            values = self._templar.template([template])
        except AnsibleError as error:
            raise AnsibleActionFail(f"{name} cannot be evaluated: {error}") from error
        return values[0] if values else None
