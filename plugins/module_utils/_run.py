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
from ansible_collections.batchops.job_control.plugins.module_utils._clock import SystemClock
from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Item, Recorder
from ansible_collections.batchops.job_control.plugins.module_utils._errors import JobControlError, UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._journal import Journal
from ansible_collections.batchops.job_control.plugins.module_utils._model import Selection, Verb, VerbOptions
from ansible_collections.batchops.job_control.plugins.module_utils._registry import CAPABILITIES, connect
from ansible_collections.batchops.job_control.plugins.module_utils._secrets import masked, remember
from ansible_collections.batchops.job_control.plugins.module_utils._system import JobSystem
from ansible_collections.batchops.job_control.plugins.module_utils._window import (
    ResumeRecorder,
    SuspendRecorder,
    close_window,
    items_to_resume,
    settle,
    warn_of_missing,
)


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
    required_by = {"journal_copy": ["journal"]} if "journal_copy" in spec else {}
    module = JobControlModule(argument_spec=spec, supports_check_mode=True, required_by=required_by)
    with_journal = verb is Verb.RESUME and module.params["journal"] is not None
    work = _resume_from_journal if with_journal else _change_jobs
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
            return Outcome(report.read(engine.each(selection, params["limit"]), system, options, True), None)
        items = engine.select(selection, params["limit"])
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
        items = engine.select(selection)
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
        engine = Engine(system, SystemClock(), policy, arguments.own_options(params, verb), verb)
        items = engine.select(selection)
        engine.plan(verb, items)
        return _apply(module, engine, verb, items)


def _change_jobs(module: JobControlModule, traffic: report.Result, verb: Verb) -> Outcome:
    params = module.params
    arguments.insist_on_verb(params, verb)
    arguments.insist_on_selector(params)
    selection, policy, options = arguments.selection(params), arguments.policy(params), arguments.verb_options(params)
    with contextlib.ExitStack() as stack:
        journal = stack.enter_context(_journal(module)) if params.get("journal") is not None else None
        system = stack.enter_context(_connected(module, traffic))
        engine = Engine(system, SystemClock(), policy, options)
        recorder = None
        if journal:
            journal.begin(params["system"], system.identity, params["window"] or "", params["window_must_be_new"])
            if params["journal_copy"] is not None:
                journal.insist_on_room()
            journal.open_window(params["system"], system.identity, params["window"] or "")
            if not module.check_mode:
                settle(system, SystemClock(), journal, options, engine.deadline)
            recorder = SuspendRecorder(journal, module.warn)
        items = engine.select(selection)
        engine.plan(verb, items)
        outcome = _apply(module, engine, verb, items, recorder)
        return _with_copy(module, journal, outcome, items) if journal else outcome


def _resume_from_journal(module: JobControlModule, traffic: report.Result, verb: Verb) -> Outcome:
    """Resume what the journal says that we suspended, and nothing else; what is gone or left alone is no error."""
    params = module.params
    arguments.insist_on_verb(params, verb)
    selection, options = arguments.selection(params, from_journal=True), arguments.verb_options(params)
    policy = dataclasses.replace(arguments.policy(params), on_missing="ignore", on_ineligible="skip", max_jobs=0)
    with _journal(module, must_exist=True) as journal, _connected(module, traffic) as system:
        journal.begin(params["system"], system.identity, params["window"] or "")
        entries = journal.contents.open_entries
        engine = Engine(system, SystemClock(), policy, options)
        if not module.check_mode:
            settle(system, SystemClock(), journal, options, engine.deadline)
        items = items_to_resume(engine, journal, entries, selection)
        outcome = _apply(module, engine, verb, items, ResumeRecorder(journal, module.warn))
        warn_of_missing(items, module.warn)
        close_window(journal, module.warn)
        return _with_copy(module, journal, outcome)


def _apply(
    module: JobControlModule, engine: Engine, verb: Verb, items: list[Item], recorder: Recorder | None = None
) -> Outcome:
    """Carry the plan out, unless it is only to be shown or shows already that something is wrong."""
    stopped = any(item.error for item in items)
    if not stopped and not module.check_mode:
        engine.carry_out(verb, items, recorder)
    result = report.written(verb, items, module.params["system"], predict=module.check_mode and not stopped)
    return Outcome(result, report.failure(items, stopped))


def _with_copy(
    module: JobControlModule, journal: Journal, outcome: Outcome, to_suspend: t.Sequence[Item] = ()
) -> Outcome:
    """The outcome with the copy of the journal that was asked for.

    :param to_suspend: in check mode, the jobs that were looked at. Those that would be suspended are announced in the
        copy, so that it can be stored before anything is sent.
    """
    if module.params["journal_copy"] is None:
        return outcome
    try:
        if module.check_mode and to_suspend:
            would_change = {job["id"] for job in outcome.result["jobs"] if job["changed"]}
            journal.intend([item.before for item in to_suspend if item.before and item.job_id in would_change])
            journal.insist_on_room()
        copy = journal.pack(module.no_log_values)
    except UsageError as error:  # the jobs may have been changed all the same
        return Outcome(outcome.result, outcome.error or error)
    news = {"journal_copy": copy, "journal_open": len(journal.contents.open_entries)}
    return Outcome({**outcome.result, **news}, outcome.error)


@contextlib.contextmanager
def _journal(module: JobControlModule, must_exist: bool = False) -> t.Iterator[Journal]:
    """The journal that the option names, locked for this run; in check mode only read."""
    path, copy = module.params["journal"], module.params["journal_copy"]
    journal = Journal(path, SystemClock(), read_only=module.check_mode, must_exist=must_exist, copy=copy)
    try:
        yield journal
    finally:
        journal.release()
