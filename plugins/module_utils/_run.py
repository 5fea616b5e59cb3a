# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _module, _in_window, and all of this collection but the products.

"""What a module file calls: from AnsibleModule to the engine and back."""

from __future__ import annotations

import dataclasses
import math

from ansible_collections.batchops.job_control.plugins.module_utils import _arguments as arguments
from ansible_collections.batchops.job_control.plugins.module_utils import _in_window as in_window
from ansible_collections.batchops.job_control.plugins.module_utils import _report as report
from ansible_collections.batchops.job_control.plugins.module_utils._clock import SystemClock
from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Policy
from ansible_collections.batchops.job_control.plugins.module_utils._model import Selection, Verb, VerbOptions
from ansible_collections.batchops.job_control.plugins.module_utils._module import (
    JobControlModule,
    Outcome,
    applied,
    connected,
    finish,
)
from ansible_collections.batchops.job_control.plugins.module_utils._registry import CAPABILITIES
from ansible_collections.batchops.job_control.plugins.module_utils._selection import each, select
from ansible_collections.batchops.job_control.plugins.module_utils._system import JobSystem


def run_info() -> None:
    """The module `job_info`."""
    module = JobControlModule(argument_spec=arguments.info_spec(), supports_check_mode=True)
    finish(module, _read_jobs)


def run_wait() -> None:
    """The module `job_wait`."""
    module = JobControlModule(argument_spec=arguments.wait_spec(), supports_check_mode=True)
    finish(module, _wait_for_jobs)


def run_own_verb(system: str, verb: Verb) -> None:
    """The module of a verb that only one product has."""
    module = _changing_module(arguments.own_spec(system, verb))
    work = _change_own if module.params.get("journal") is None else in_window.set_switches
    finish(module, lambda module, traffic: work(module, traffic, verb))


def run_verb(verb: Verb) -> None:
    """The module of a verb that changes jobs."""
    module = _changing_module(arguments.verb_spec(verb))
    if module.params.get("journal") is None:
        finish(module, lambda module, traffic: _change_jobs(module, traffic, verb))
    else:
        finish(module, {Verb.SUSPEND: in_window.suspend, Verb.RESUME: in_window.resume}[verb])


def _changing_module(spec: arguments.Spec) -> JobControlModule:
    required_by = {name: ["journal"] for name in spec.keys() & arguments.OF_JOURNAL}
    return JobControlModule(argument_spec=spec, supports_check_mode=True, required_by=required_by)


def _read_jobs(module: JobControlModule, traffic: report.Result) -> Outcome:
    params = module.params
    options = VerbOptions()
    selection = arguments.selection(params)
    policy = dataclasses.replace(arguments.policy(params), wait_timeout=math.inf)  # nothing is waited for
    limit = 0 if selection.job_ids else params["limit"]
    with connected(module, traffic) as system:
        engine = Engine(system, SystemClock(), policy, options)
        if params["summary_only"] and not selection.job_ids:
            # None is kept, however many there are; and none that was found in a list can be missing.
            result = report.read(each(system, selection, limit), system, options, True)
            return Outcome(report.limited(result, limit), None)
        items = select(system, selection, limit=limit)
        engine.judge_missing(items)
        result = report.read(items, system, options, params["summary_only"])
    return Outcome(report.limited(result, limit), report.failure(items, stopped=True))


def _wait_for_jobs(module: JobControlModule, traffic: report.Result) -> Outcome:
    params = module.params
    until, fail_on = arguments.awaited(params)
    selection, policy = arguments.selection(params), arguments.policy(params)
    # In check mode what the jobs are waited for may not have been done; so this shows them and does not wait.
    policy = dataclasses.replace(policy, wait=not module.check_mode)
    with connected(module, traffic) as system:
        engine = Engine(system, SystemClock(), policy, VerbOptions())
        items = select(system, selection, policy.max_jobs)
        engine.judge_missing(items)
        if not any(item.error for item in items):
            engine.wait_for(items, until, fail_on)
        result = report.read(items, system, VerbOptions(), summary_only=False)
    return Outcome(result, report.failure(items, stopped=False))


def _change_own(module: JobControlModule, traffic: report.Result, verb: Verb) -> Outcome:
    params = module.params
    arguments.require_verb(params, verb)
    targets = CAPABILITIES[params["system"]].own_verbs[verb].targets
    if targets:
        selection, policy = Selection(job_ids=targets(params)), arguments.waiting(params)
    else:
        arguments.require_selector(params)
        selection, policy = arguments.selection(params), arguments.policy(params)
    with connected(module, traffic) as system:
        return _change(module, system, selection, policy, arguments.own_options(params, verb), verb)


def _change_jobs(module: JobControlModule, traffic: report.Result, verb: Verb) -> Outcome:
    params = module.params
    arguments.require_verb(params, verb)
    arguments.require_journal(params)
    arguments.require_selector(params)
    selection, policy, options = arguments.selection(params), arguments.policy(params), arguments.verb_options(params)
    with connected(module, traffic) as system:
        return _change(module, system, selection, policy, options, verb)


def _change(
    module: JobControlModule,
    system: JobSystem,
    selection: Selection,
    policy: Policy,
    options: VerbOptions,
    verb: Verb,
) -> Outcome:
    """Change the jobs that are meant, without a journal."""
    engine = Engine(system, SystemClock(), policy, options, verb)
    items = select(engine.system, selection, policy.max_jobs)
    engine.plan(verb, items)
    return applied(module, items, lambda items: engine.carry_out(verb, items))
