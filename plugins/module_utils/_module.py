# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: AnsibleModule, the standard library, _arguments, _clock, _errors, _item, _registry, _report, _secrets,
# _system. The only caller of exit_json and fail_json.

"""One run of a module: its parameters, the product it is connected to, and the one way in which it ends."""

from __future__ import annotations

import contextlib
import os
import traceback
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.batchops.job_control.plugins.module_utils import _arguments as arguments
from ansible_collections.batchops.job_control.plugins.module_utils import _report as report
from ansible_collections.batchops.job_control.plugins.module_utils._clock import SystemClock
from ansible_collections.batchops.job_control.plugins.module_utils._errors import JobControlError, UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._registry import connect
from ansible_collections.batchops.job_control.plugins.module_utils._secrets import masked, remember
from ansible_collections.batchops.job_control.plugins.module_utils._system import JobSystem


class JobControlModule(AnsibleModule):
    """AnsibleModule whose own complaints about arguments carry an `error` like all others, and that knows secrets."""

    params: dict[str, t.Any]

    def __init__(self, **kwargs: t.Any) -> None:
        super().__init__(**kwargs)
        for secret in arguments.secrets_of(self.params):
            self.conceal(secret)
        try:
            arguments.refuse_omit_within_text(self.params)
        except UsageError as error:
            self.fail_json(error.message)

    def _load_params(self) -> None:
        """What is not given is not there when ansible-core checks the arguments; then the default counts."""
        super()._load_params()
        self.params = arguments.complete(self.params, self.argument_spec, os.environ)

    def conceal(self, secret: str) -> None:
        """Take a secret out of all that this module shows."""
        if secret:
            self.no_log_values.add(secret)
            remember(secret)

    def fail_json(self, msg: str, **kwargs: t.Any) -> t.NoReturn:
        kwargs.setdefault("error", UsageError(msg).as_result())
        super().fail_json(msg, **kwargs)
        raise SystemExit(1)  # not reached: the parent exits


#: The result of a run that has nothing to do.
NOTHING: t.Mapping[str, t.Any] = {"changed": False, "jobs": [], "summary": {}, "diff": {"before": "", "after": ""}}


class Outcome(t.NamedTuple):
    """What a run ends with."""

    result: t.Mapping[str, t.Any]
    error: JobControlError | None


def finish(module: JobControlModule, work: t.Callable[[JobControlModule, report.Result], Outcome]) -> None:
    """Do the work and leave the module in the one way that fits. No traceback is shown unless the fault is ours."""
    traffic: report.Result = {"requests": 0, "replays": 0, "seconds": 0.0}
    try:
        outcome = work(module, traffic)
    except JobControlError as error:
        outcome = Outcome(NOTHING, error)
    except Exception as error:  # a fault of this collection: say so, and show where
        message = f"This is a fault in batchops.job_control, please report it: {type(error).__name__}: {error}"
        outcome = Outcome({**NOTHING, "exception": masked(traceback.format_exc())}, JobControlError(message))
    if outcome.error:
        module.fail_json(outcome.error.message, error=outcome.error.as_result(), http=traffic, **outcome.result)
    module.exit_json(http=traffic, **outcome.result)


@contextlib.contextmanager
def connected(module: JobControlModule, traffic: report.Result) -> t.Iterator[JobSystem]:
    """The product that the connection options name; logged out of at the end, its traffic counted."""
    connection = arguments.connection(module.params, module.conceal)
    for warning in arguments.warnings(module.params):
        module.warn(warning)
    system = connect(module.params["system"], connection, SystemClock())
    try:
        yield system
    finally:
        system.close()
        traffic.update(system.traffic)  # the logout counts too


def applied(module: JobControlModule, items: list[Item], carry_out: t.Callable[[list[Item]], None]) -> Outcome:
    """Carry the plan out, unless it is only to be shown or shows already that something is wrong."""
    stopped = any(item.error for item in items)
    if not stopped and not module.check_mode:
        carry_out(items)
    result = report.written(items, module.params["system"], predict=module.check_mode and not stopped)
    return Outcome(result, report.failure(items, stopped))
