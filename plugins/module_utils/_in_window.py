# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, and all of this collection but the products.

"""What the modules do when a journal is given: they open a window, add to it, or close it."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils import _arguments as arguments
from ansible_collections.batchops.job_control.plugins.module_utils import _report as report
from ansible_collections.batchops.job_control.plugins.module_utils._clock import Deadline, SystemClock
from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Policy
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    JobControlError,
    UsageError,
)
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._journal.file import Journal, refuse_earlier_layout
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Entry, Opening, Run
from ansible_collections.batchops.job_control.plugins.module_utils._model import Selection, Verb
from ansible_collections.batchops.job_control.plugins.module_utils._module import (
    NOTHING,
    JobControlModule,
    Outcome,
    applied,
    connected,
)
from ansible_collections.batchops.job_control.plugins.module_utils._registry import CAPABILITIES
from ansible_collections.batchops.job_control.plugins.module_utils._system import JobSystem
from ansible_collections.batchops.job_control.plugins.module_utils._window import plan as plans
from ansible_collections.batchops.job_control.plugins.module_utils._window.ending import CloseIf, to_close
from ansible_collections.batchops.job_control.plugins.module_utils._window.started import started_inside
from ansible_collections.batchops.job_control.plugins.module_utils._window.sweep import Sweep
from ansible_collections.batchops.job_control.plugins.module_utils._window.switches import EntryOf, Switches
from ansible_collections.batchops.job_control.plugins.module_utils._window.window import Window, only_window


def suspend(module: JobControlModule, traffic: report.Result) -> Outcome:
    """Suspend the selected jobs for a window, or those of a plan."""
    params = module.params
    arguments.require_verb(params, Verb.SUSPEND)
    if params["plan"] is not None:
        return _suspend_as_planned(module, traffic)
    arguments.require_selector(params)
    selection, policy = arguments.selection(params), arguments.policy(params)
    deadline = Deadline(SystemClock(), policy.wait_timeout)
    with _journal(module, deadline) as journal, connected(module, traffic) as system:
        window = _window(module, journal, system, policy, deadline, params["window"] or "")
        window.open(*_opening(module))
        items = window.plan_suspend(selection, policy.max_jobs)
        options = arguments.options_of_plan(params)
        plan = plans.made(Verb.SUSPEND, params["system"], system.identity, selection, items, options)
        sweep = Sweep(window, selection, policy, SystemClock(), deadline) if params["sweep"] else None
        return _suspended(module, journal, window, items, items, plan, sweep)


def _suspend_as_planned(module: JobControlModule, traffic: report.Result) -> Outcome:
    """Suspend what an earlier run has planned, and nothing else."""
    params = module.params
    plan = plans.unpack(params["plan"])
    plans.require_same(plan, Verb.SUSPEND, params["system"])
    params.update(arguments.options_from_plan(params, plan.options))
    policy = _lenient(arguments.policy(params))
    deadline = Deadline(SystemClock(), policy.wait_timeout)
    with _journal(module, deadline) as journal, connected(module, traffic) as system:
        plans.require_same(plan, Verb.SUSPEND, params["system"], system.identity)
        window = _window(module, journal, system, policy, deadline, params["window"] or "")
        window.require_opening(*_opening(module))
        again = window.plan_again(plan)
        found = plans.differences(plan, again.items, again.others, again.outside, window.held)
        if found and params["on_drift"] == "fail":
            return _drifted(found)
        to_suspend, left_alone = plans.divide(plan, again.items)
        came_up = report.listed(item.job for item in [*left_alone, *filter(plans.would_change, again.others)])
        window.open(*_opening(module))
        outcome = _suspended(module, journal, window, again.items, to_suspend, plan)
        if params["sweep"] and not (module.check_mode or outcome.error):
            sweep = Sweep(window, plan.selection, policy, SystemClock(), deadline)
            try:
                came_up = report.listed(item.job for item in sweep.look(to_suspend))
            except JobControlError as error:  # what has become of the jobs is to be told all the same
                outcome = Outcome(outcome.result, error)
        return Outcome({**outcome.result, "came_up": came_up}, outcome.error)


def set_switches(module: JobControlModule, traffic: report.Result, verb: Verb) -> Outcome:
    """Set switches for a window, so that no new work starts."""
    params = module.params
    own = CAPABILITIES[params["system"]].own_verbs[verb]
    names = own.targets(params) if own.targets else ()
    policy = arguments.waiting(params)
    deadline = Deadline(SystemClock(), policy.wait_timeout)
    with _journal(module, deadline) as journal, connected(module, traffic) as system:
        system.bound(deadline)  # what a view of it asks first counts, too
        options = arguments.own_options(params, verb).own
        switches = Switches(system, verb, _entries(journal), options)
        window = _window(module, journal, switches, policy, deadline, params["window"] or "")
        selection = Selection(job_ids=tuple(map(switches.id_of, names)))
        refused = _drift_of_switches(module, switches, window, verb, selection)
        if refused:
            return refused
        window.open(*_opening(module))
        items = window.plan_suspend(selection)
        plan = plans.made(verb, params["system"], system.identity, selection, items, options)
        outcome = _suspended(module, journal, window, items, items, plan)
    jobs = [{**job, "id": job["id"].removeprefix(switches.id_of(""))} for job in outcome.result["jobs"]]
    return Outcome({**outcome.result, "jobs": jobs}, outcome.error)


def _drift_of_switches(
    module: JobControlModule, switches: Switches, window: Window, verb: Verb, selection: Selection
) -> Outcome | None:
    """The refusal of a plan whose switches are not as planned any more; the task says which ones are meant."""
    params = module.params
    if params["plan"] is None:
        return None
    plan = plans.unpack(params["plan"])
    plans.require_same(plan, verb, params["system"], switches.identity)
    if plan.options != arguments.own_options(params, verb).own or plan.selection != selection:
        raise UsageError("plan: it is not about the same switches and the same state; make a new plan.")
    window.require_opening(*_opening(module))
    found = plans.differences(plan, window.plan_again(plan).items, ours=window.held)
    return _drifted(found) if found and params["on_drift"] == "fail" else None


def _drifted(found: t.Sequence[plans.Difference]) -> Outcome:
    told = [dataclasses.asdict(difference) for difference in found]
    return Outcome({**NOTHING, "differences": told}, plans.refusal(found))


def _suspended(
    module: JobControlModule,
    journal: Journal,
    window: Window,
    items: list[Item],
    to_suspend: list[Item],
    plan: plans.Plan | None = None,
    sweep: Sweep | None = None,
) -> Outcome:
    """Suspend what is to be suspended of what is told of, and then what has come up meanwhile."""
    errors: list[JobControlError] = []

    def carry_out(told_of: list[Item]) -> None:
        window.suspend(to_suspend)
        error = sweep.suspend(told_of) if sweep else None
        errors.extend([error] if error else [])

    outcome = applied(module, items, carry_out)
    if errors:
        outcome = Outcome(outcome.result, errors[0])
    told: report.Result = {"window": report.window(journal.ledger.windows[window.name])}
    if plan and module.check_mode and not outcome.error:
        told["plan"] = plans.pack(plan, module.no_log_values)
    outcome = Outcome({**outcome.result, **told}, outcome.error)
    return _with_copy(module, journal, outcome, lambda: window.announce(to_suspend))


def _opening(module: JobControlModule) -> tuple[str, bool, bool]:
    """How a window is opened, as `Window.open` takes it."""
    params = module.params
    return params["window_expires"] or "", params["window_must_be_new"], params["journal_moved"]


def _lenient(policy: Policy) -> Policy:
    """What has become of a job is no error."""
    return dataclasses.replace(policy, on_missing="ignore", on_ineligible="skip")


def resume(module: JobControlModule, traffic: report.Result) -> Outcome:
    """Resume what the journal says that we suspended, and nothing else. What is left alone is no error, and what is
    wrong with one job does not keep the others."""
    params = module.params
    arguments.require_verb(params, Verb.RESUME)
    arguments.selection(params, from_journal=True)
    deadline = Deadline(SystemClock(), arguments.policy(params).wait_timeout)
    closes_by_itself = params["close_if"] != CloseIf.ALWAYS
    ran: dict[str, report.Result] | None = {} if params["list_started"] else None
    with _told_what_it_must_know(params["must_know"]):
        if closes_by_itself and not _is_anything_to_close(module):
            return Outcome({**NOTHING, "windows": [], **_told_of(ran)}, None)
    with contextlib.ExitStack() as stack:
        with _told_what_it_must_know(params["must_know"]):
            journal = stack.enter_context(_journal(module, deadline, must_exist=True))
        system = stack.enter_context(connected(module, traffic))
        if closes_by_itself:
            names = [window.name for window in _to_close(module, journal)]
        else:
            names = [only_window(journal) if params["window"] is None else params["window"]]
        items, errors = _close_each(module, journal, system, deadline, names, ran)
        latest = list({item.job_id: item for item in items}.values())  # a job may be of several windows
        result = report.written(latest, params["system"], predict=module.check_mode)
        known = journal.ledger.windows
        told = {"windows": [report.window(known[name]) for name in names if name in known], **_told_of(ran)}
        error = (
            report.failure(latest, stopped=False) or next(iter(errors), None) or _unknown(journal, params["must_know"])
        )
        return _with_copy(module, journal, Outcome({**result, **told}, error))


@contextlib.contextmanager
def _told_what_it_must_know(ids: t.Sequence[str]) -> t.Iterator[None]:
    """:raises UsageError: the journal cannot be used; with the jobs that it must know."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"{error}{_still_suspended(ids)}", code=error.code) from error


def _unknown(journal: Journal, must_know: t.Sequence[str]) -> UsageError | None:
    """That somebody has emptied the journal, or put back an older one."""
    unknown = [job_id for job_id in must_know if job_id not in journal.ledger.entries]
    if not unknown:
        return None
    return UsageError(
        f"journal: {journal.path} does not know all that was written into it; something has changed the file."
        f"{_still_suspended(unknown)}",
        code="journal_changed",
    )


def _still_suspended(ids: t.Sequence[str]) -> str:
    if not ids:
        return ""
    return (
        f" This run has suspended, and not resumed: {', '.join(ids)}. Look for them in the product; job_resume with "
        "job_ids resumes jobs."
    )


def _close_each(
    module: JobControlModule,
    journal: Journal,
    system: JobSystem,
    deadline: Deadline,
    names: t.Sequence[str],
    ran: dict[str, report.Result] | None,
) -> tuple[list[Item], list[JobControlError]]:
    """Close one window after the other; returns what became of their jobs, and what has kept a window from being
    closed. What is wrong with one window does not keep the others, and what has become of them is told.

    :raises JobControlError: it is wrong with the only window, or with all of them.
    """
    held = {entry.id for name in names for entry in journal.ledger.held_by(name)}
    items: list[Item] = []
    errors: list[JobControlError] = []
    tried = 0
    for name in names:
        tried += 1
        try:
            items += _close(module, journal, system, deadline, name, held, ran)
        except JobControlError as error:
            errors.append(error)
            items += [_untouched(entry, error) for entry in journal.ledger.held_by(name)]
            if isinstance(error, AuthFailed):
                break  # more tries would lock the account
    if len(errors) == tried > 0:
        raise errors[0]
    return items, errors


def _untouched(entry: Entry, error: JobControlError) -> Item:
    """What there is to tell of a job or a switch that could not even be looked at."""
    return Item(entry.id, None, named=True, error=error, remembered=entry.identity)


def _close(
    module: JobControlModule,
    journal: Journal,
    system: JobSystem,
    deadline: Deadline,
    name: str,
    named: t.Container[str],
    ran: dict[str, report.Result] | None,
) -> list[Item]:
    """Close one window; returns what became of its jobs, and then of its switches. Those are put back last, as new work
    is not to start before the jobs are as they were.

    :param named: ids of jobs that may be named: those of all windows that the run closes.
    :param ran: takes the jobs that were started inside, by id; None: they are not asked for.
    """
    params = module.params
    policy = arguments.policy(params)
    lenient, selection = _lenient(policy), arguments.selection(params, from_journal=True)
    window = _window(module, journal, system, lenient, deadline, name)
    items = window.plan_resume(selection, params["journal_moved"], named)
    if ran is not None:
        _list_started(module, journal, system, deadline, name, ran)
    if not module.check_mode:
        window.resume(items)
    if not arguments.is_narrowed(params):
        own_verbs = CAPABILITIES[params["system"]].own_verbs
        for verb in (verb for verb, own in own_verbs.items() if own.switch):
            items += _put_back(module, journal, system, verb, lenient, deadline, name)
    if not module.check_mode:
        window.close(items, policy.on_missing == "fail", params["forget_missing"])
    return items


def _put_back(
    module: JobControlModule,
    journal: Journal,
    system: JobSystem,
    verb: Verb,
    policy: Policy,
    deadline: Deadline,
    name: str,
) -> list[Item]:
    """Give the switches that a window holds the state back that they had. Nothing is asked when it holds none."""
    kind = system.capabilities.own_verbs[verb].switch
    held = [entry for entry in journal.ledger.held_by(name) if entry.kind == kind]
    if not held:
        return []
    try:
        switches = Switches(system, verb, _entries(journal))
        window = _window(module, journal, switches, policy, deadline, name)
        items = window.plan_resume(Selection())
        if not module.check_mode:
            window.resume(items)
    except JobControlError as error:  # what has become of the jobs is to be told all the same
        items = [_untouched(entry, error) for entry in held]
    return items


def _entries(journal: Journal) -> EntryOf:
    """What the journal knows by an id, also when it is begun anew meanwhile."""

    def entry_of(entry_id: str) -> Entry | None:
        return journal.ledger.entries.get(entry_id)

    return entry_of


def _list_started(
    module: JobControlModule,
    journal: Journal,
    system: JobSystem,
    deadline: Deadline,
    name: str,
    ran: dict[str, report.Result],
) -> None:
    """Look which jobs were started inside an open window, and note them. That they cannot be listed keeps no job from
    being resumed."""
    if not journal.ledger.is_open(name):
        return
    opening, params = journal.ledger.windows[name], module.params
    location = params["location"] or ("/" if system.capabilities.needs_location else "")
    try:
        jobs = started_inside(system, SystemClock(), opening, deadline, location, params["include_system_jobs"])
        found = report.listed(jobs)
        ran.update({job["id"]: job for job in found})
        if not module.check_mode:
            journal.ran(name, found)
    except JobControlError as error:
        module.warn(
            f"list_started: which jobs were started inside the window {name!r} is not known, or not noted: {error} The "
            "jobs of the window are resumed all the same."
        )


def _told_of(ran: dict[str, report.Result] | None) -> report.Result:
    return {} if ran is None else {"ran_inside": list(ran.values())}


def _to_close(module: JobControlModule, journal: Journal) -> list[Opening]:
    """The windows that this run closes by itself."""
    run, close_if = Run.of(module.params["window_run"]), CloseIf(module.params["close_if"])
    name = module.params["window"]
    opening = journal.ledger.windows.get(name or "")
    is_closed_by_other = opening and opening.closed and not opening.closed_by.is_same(run)
    if close_if is CloseIf.OWN_RUN and opening and opening.run.is_same(run) and is_closed_by_other:
        module.warn(f"The window {name!r} was closed before its run closed it, by {opening.closed_by}.")
    return to_close(journal.ledger, close_if, run, SystemClock().time(), name)


def _is_anything_to_close(module: JobControlModule) -> bool:
    """A look that waits for nobody and asks the product nothing, as there mostly is nothing to close. A journal that
    does not know what it must know is to be looked at."""
    path, copy, must_know = (module.params[name] for name in ("journal", "journal_copy", "must_know"))
    if not copy and not os.path.lexists(path):
        return bool(must_know)
    journal = Journal(path, SystemClock(), read_only=True, copy=copy)
    return bool(_to_close(module, journal) or _unknown(journal, must_know))


def _window(
    module: JobControlModule, journal: Journal, system: JobSystem, policy: Policy, deadline: Deadline, name: str
) -> Window:
    engine = Engine(system, SystemClock(), policy, arguments.verb_options(module.params), deadline=deadline)
    run = Run.of(module.params["window_run"])
    return Window(journal, system, engine, SystemClock(), module.warn, name, run)


def _with_copy(
    module: JobControlModule, journal: Journal, outcome: Outcome, announce: t.Callable[[], None] | None = None
) -> Outcome:
    """The outcome with the copy of the journal that was asked for.

    :param announce: in check mode, adds to the copy what would be done, so that it can be stored before anything is.
    """
    if module.params["journal_copy"] is None:
        return outcome
    try:
        if module.check_mode and announce:
            announce()
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
