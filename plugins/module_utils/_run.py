# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: AnsibleModule, and all of this collection but the products. The only caller of exit_json and fail_json.

"""What a module file calls: from AnsibleModule to the engine and back."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import traceback
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.batchops.job_control.plugins.module_utils import _arguments as arguments
from ansible_collections.batchops.job_control.plugins.module_utils import _report as report
from ansible_collections.batchops.job_control.plugins.module_utils._clock import Deadline, SystemClock
from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Policy
from ansible_collections.batchops.job_control.plugins.module_utils._errors import JobControlError, UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._journal.file import Journal, refuse_earlier_layout
from ansible_collections.batchops.job_control.plugins.module_utils._model import Selection, Verb, VerbOptions
from ansible_collections.batchops.job_control.plugins.module_utils._registry import CAPABILITIES, connect
from ansible_collections.batchops.job_control.plugins.module_utils._secrets import masked, remember
from ansible_collections.batchops.job_control.plugins.module_utils._selection import each, select
from ansible_collections.batchops.job_control.plugins.module_utils._system import JobSystem
from ansible_collections.batchops.job_control.plugins.module_utils._window.window import Window, only_window


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


class Outcome(t.NamedTuple):
    """What a run ends with."""

    result: report.Result
    error: JobControlError | None


def run_info() -> None:
    """The module `job_info`."""
    module = JobControlModule(argument_spec=arguments.info_spec(), supports_check_mode=True)
    _finish(module, _read_jobs)


def run_wait() -> None:
    """The module `job_wait`."""
    module = JobControlModule(argument_spec=arguments.wait_spec(), supports_check_mode=True)
    _finish(module, _wait_for_jobs)


def run_own_verb(system: str, verb: Verb) -> None:
    """The module of a verb that only one product has."""
    module = JobControlModule(argument_spec=arguments.own_spec(system, verb), supports_check_mode=True)
    _finish(module, lambda module, traffic: _change_own(module, traffic, verb))


def run_verb(verb: Verb) -> None:
    """The module of a verb that changes jobs."""
    spec = arguments.verb_spec(verb)
    required_by = {name: ["journal"] for name in spec.keys() & arguments.OF_JOURNAL}
    module = JobControlModule(argument_spec=spec, supports_check_mode=True, required_by=required_by)
    in_window = {Verb.SUSPEND: _suspend_in_window, Verb.RESUME: _resume_from_window}
    work = in_window[verb] if module.params.get("journal") is not None else _change_jobs
    _finish(module, lambda module, traffic: work(module, traffic, verb))


def _finish(module: JobControlModule, work: t.Callable[[JobControlModule, report.Result], Outcome]) -> None:
    """Do the work and leave the module in the one way that fits. No traceback is shown unless the fault is ours."""
    traffic: report.Result = {"requests": 0, "replays": 0, "seconds": 0.0}
    nothing: report.Result = {"changed": False, "jobs": [], "summary": {}, "diff": {"before": "", "after": ""}}
    try:
        outcome = work(module, traffic)
    except JobControlError as error:
        outcome = Outcome(nothing, error)
    except Exception as error:  # a fault of this collection: say so, and show where
        message = f"This is a fault in batchops.job_control, please report it: {type(error).__name__}: {error}"
        outcome = Outcome({**nothing, "exception": masked(traceback.format_exc())}, JobControlError(message))
    if outcome.error:
        module.fail_json(outcome.error.message, error=outcome.error.as_result(), http=traffic, **outcome.result)
    module.exit_json(http=traffic, **outcome.result)


@contextlib.contextmanager
def _connected(module: JobControlModule, traffic: report.Result) -> t.Iterator[JobSystem]:
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


def _read_jobs(module: JobControlModule, traffic: report.Result) -> Outcome:
    params = module.params
    options = VerbOptions()
    selection = arguments.selection(params)
    policy = dataclasses.replace(arguments.policy(params), wait_timeout=math.inf)  # nothing is waited for
    with _connected(module, traffic) as system:
        engine = Engine(system, SystemClock(), policy, options)
        if params["summary_only"] and not selection.job_ids:
            # None is kept, however many there are; and none that was found in a list can be missing.
            return Outcome(report.read(each(system, selection, params["limit"]), system, options, True), None)
        items = select(system, selection, limit=params["limit"])
        engine.judge_missing(items)
        result = report.read(items, system, options, params["summary_only"])
    return Outcome(result, report.failure(items, stopped=True))


def _wait_for_jobs(module: JobControlModule, traffic: report.Result) -> Outcome:
    params = module.params
    until, fail_on = arguments.awaited(params)
    selection, policy = arguments.selection(params), arguments.policy(params)
    # In check mode what the jobs are waited for may not have been done; so this shows them and does not wait.
    policy = dataclasses.replace(policy, wait=not module.check_mode)
    with _connected(module, traffic) as system:
        engine = Engine(system, SystemClock(), policy, VerbOptions())
        items = select(system, selection, policy.max_jobs)
        engine.judge_missing(items)
        if not any(item.error for item in items):
            engine.wait_for(items, until, fail_on)
        result = report.read(items, system, VerbOptions(), summary_only=False)
    return Outcome(result, report.failure(items, stopped=False))


def _change_own(module: JobControlModule, traffic: report.Result, verb: Verb) -> Outcome:
    params = module.params
    arguments.insist_on_verb(params, verb)
    targets = CAPABILITIES[params["system"]].own_verbs[verb].targets
    if targets:
        selection, policy = Selection(job_ids=targets(params)), arguments.waiting(params)
    else:
        arguments.insist_on_selector(params)
        selection, policy = arguments.selection(params), arguments.policy(params)
    with _connected(module, traffic) as system:
        return _change(module, system, selection, policy, arguments.own_options(params, verb), verb)


def _change_jobs(module: JobControlModule, traffic: report.Result, verb: Verb) -> Outcome:
    params = module.params
    arguments.insist_on_verb(params, verb)
    arguments.insist_on_selector(params)
    selection, policy, options = arguments.selection(params), arguments.policy(params), arguments.verb_options(params)
    with _connected(module, traffic) as system:
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
    return _apply(module, items, lambda items: engine.carry_out(verb, items))


def _suspend_in_window(module: JobControlModule, traffic: report.Result, verb: Verb) -> Outcome:
    params = module.params
    arguments.insist_on_verb(params, verb)
    arguments.insist_on_selector(params)
    selection, policy = arguments.selection(params), arguments.policy(params)
    deadline = Deadline(SystemClock(), policy.wait_timeout)
    with _journal(module, deadline) as journal, _connected(module, traffic) as system:
        window = _window(module, journal, system, policy, deadline, params["window"] or "")
        items = window.plan_suspend(selection, policy.max_jobs, params["window_must_be_new"], params["journal_moved"])
        outcome = _apply(module, items, window.suspend)
        return _with_copy(module, journal, outcome, window.name, items)


def _resume_from_window(module: JobControlModule, traffic: report.Result, verb: Verb) -> Outcome:
    """Resume what the journal says that we suspended, and nothing else. What is left alone is no error, and what is
    wrong with one job does not keep the others."""
    params = module.params
    arguments.insist_on_verb(params, verb)
    selection = arguments.selection(params, from_journal=True)
    policy = arguments.policy(params)
    deadline = Deadline(SystemClock(), policy.wait_timeout)
    with _journal(module, deadline, must_exist=True) as journal, _connected(module, traffic) as system:
        lenient = dataclasses.replace(policy, on_missing="ignore", on_ineligible="skip")
        name = only_window(journal) if params["window"] is None else params["window"]
        window = _window(module, journal, system, lenient, deadline, name)
        items = window.plan_resume(selection, params["journal_moved"])
        if not module.check_mode:
            window.resume(items)
            window.close(items, policy.on_missing == "fail", params["forget_missing"])
        result = report.written(items, params["system"], predict=module.check_mode)
        return _with_copy(module, journal, Outcome(result, report.failure(items, stopped=False)), window.name)


def _window(
    module: JobControlModule, journal: Journal, system: JobSystem, policy: Policy, deadline: Deadline, name: str
) -> Window:
    engine = Engine(system, SystemClock(), policy, arguments.verb_options(module.params), deadline=deadline)
    return Window(journal, system, engine, SystemClock(), module.warn, name)


def _apply(module: JobControlModule, items: list[Item], carry_out: t.Callable[[list[Item]], None]) -> Outcome:
    """Carry the plan out, unless it is only to be shown or shows already that something is wrong."""
    stopped = any(item.error for item in items)
    if not stopped and not module.check_mode:
        carry_out(items)
    result = report.written(items, module.params["system"], predict=module.check_mode and not stopped)
    return Outcome(result, report.failure(items, stopped))


def _with_copy(
    module: JobControlModule, journal: Journal, outcome: Outcome, window: str, to_suspend: t.Sequence[Item] = ()
) -> Outcome:
    """The outcome with the copy of the journal that was asked for.

    :param to_suspend: in check mode, the jobs that were looked at. Those that would be suspended or held are announced
        in the copy, so that it can be stored before anything is sent.
    """
    if module.params["journal_copy"] is None:
        return outcome
    try:
        if module.check_mode and to_suspend:
            would_change = {job["id"] for job in outcome.result["jobs"] if job["changed"]}
            journal.intend(window, [item.before for item in to_suspend if item.before and item.job_id in would_change])
            for item in to_suspend:
                if item.held_by:
                    journal.hold(window, item.job_id)
            journal.insist_on_room()
        copy = journal.pack(module.no_log_values)
    except UsageError as error:  # the jobs may have been changed all the same
        return Outcome(outcome.result, outcome.error or error)
    news = {"journal_copy": copy, "journal_open": len(journal.ledger.open_entries)}
    return Outcome({**outcome.result, **news}, outcome.error)


@contextlib.contextmanager
def _journal(module: JobControlModule, deadline: Deadline, must_exist: bool = False) -> t.Iterator[Journal]:
    """The journal that the option names, locked for this run; in check mode only read."""
    path, copy = module.params["journal"], module.params["journal_copy"]
    refuse_earlier_layout(path, module.params["window"] or "")
    journal = Journal(
        path, SystemClock(), read_only=module.check_mode, must_exist=must_exist, copy=copy, patience=deadline
    )
    try:
        yield journal
    finally:
        journal.release()
