# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection options of a job system, taken from the variables of its inventory host."""

from __future__ import annotations

import os
import typing as t

from ansible.plugins.action.normal import ActionModule as NormalActionModule

from ansible_collections.batchops.job_control.plugins.module_utils._arguments import SELECTORS, connection_spec
from ansible_collections.batchops.job_control.plugins.module_utils._registry import CAPABILITIES
from ansible_collections.batchops.job_control.plugins.module_utils._system import environment_variable

#: With it, the environment says which product its other variables lead to: no other product is to get a password of
#: that one. An empty value keeps the module from looking there.
_SYSTEM = environment_variable("system")
_WAYS_IN = ("url", "username", "password", "token", "client_cert", "client_key", "ca_path")


class ActionModule(NormalActionModule):
    """Runs the module as usual; a connection option that the task does not set comes from `job_control_<option>`."""

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        variables = task_vars or {}
        task = self._task
        self._task = task.copy()  # callback plugins are shown the arguments of the task itself: no secret gets there
        try:
            self._task.args.update(self._from_inventory(variables))
            return super().run(tmp, variables)
        finally:
            self._task = task

    def _from_inventory(self, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        """The options that the host's variables set and the task does not.

        Those of other products are left out, as far as it is known here which product it is.
        """
        own = self._option("system", variables)
        of_others = {
            name for system, other in CAPABILITIES.items() if own not in (None, system) for name in other.options
        }
        options = {
            option: self._option(option, variables)
            for option in [*(connection_spec().keys() - of_others), *self._place()]
        }
        known = {option: value for option, value in options.items() if value is not None}
        in_environment = os.environ.get(_SYSTEM)
        if own and in_environment and own != in_environment:
            return {**dict.fromkeys(_WAYS_IN, ""), "validate_certs": True, **known}
        return known

    def _place(self) -> list[str]:
        """The option `location`, unless the inventory would choose jobs with it that the task does not choose."""
        only_reads = self._task.action.endswith(("job_info", "job_wait"))
        chooses = any(name in self._task.args for name in (*SELECTORS, "all"))
        return ["location"] if only_reads or chooses else []

    def _option(self, option: str, variables: dict[str, t.Any]) -> t.Any:
        """What the task or `module_defaults` says, else the host's variable, else None."""
        if option in self._task.args:
            return self._task.args[option]
        variable = f"job_control_{option}"
        return self._templar.template(variables[variable]) if variable in variables else None
