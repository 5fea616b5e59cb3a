# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rerunning a root jobnet or a unit inside one, under the same execution ID (contract 8.6)."""

from __future__ import annotations

import typing as t

from simulators.ajs import statuses
from simulators.ajs.flow import Flow
from simulators.ajs.units import Run

ROOT_METHODS = frozenset({"TOP", "ABNORMAL_JOB", "ABNORMAL_NEXT", "ABNORMAL_JOBNET", "WARNING"})
UNIT_METHODS = frozenset({"FROM", "ONLY", "NEXT"})
OPTIONS = frozenset({"HOLD", "WARNING"})


def _bottom(root: Run) -> list[Run]:
    """The jobs of a jobnet. A jobnet without units stands for the one job that it would have."""
    return [run for run in root.subtree() if run.unit.is_job] or [root]


def reasons(root: Run, method: str) -> list[Run]:
    """The units whose result makes this rerun method possible; none: the method has nothing to do."""
    if method == "TOP":
        return [root]
    wanted = frozenset({"WARNING"}) if method == "WARNING" else statuses.ABNORMAL
    return [run for run in _bottom(root) if run.status in wanted]


def rerun_root(flow: Flow, root: Run, method: str, options: t.Collection[str]) -> bool:
    """Rerun a root jobnet from where the method says."""
    found = reasons(root, method)
    if root.status not in statuses.ENDED or not found:
        return False
    starts = found
    if method == "ABNORMAL_JOBNET":
        starts = _unique([run.parent() if run is not root else root for run in found])
    elif method == "ABNORMAL_NEXT" and found != [root]:
        starts = _unique([successor for run in found for successor in run.successors()])
        if "WARNING" in options:
            for run in found:
                run.status = "WARNING"
    _rerun(flow, starts, with_successors=True, hold="HOLD" in options)
    if root.status in statuses.ENDED:
        _wake(flow, root)  # nothing came after the failed unit: the jobnet runs, and ends again
        flow.finish(root, statuses.jobnet_status({run.status for run in root.children()}))
    return True


def rerun_unit(flow: Flow, run: Run, method: str, options: t.Collection[str]) -> bool:
    """Rerun a nested jobnet or a job: it and its successors, it alone, or its successors."""
    if run.status not in statuses.ENDED:
        return False
    starts = run.successors() if method == "NEXT" else [run]
    _rerun(flow, starts, with_successors=method != "ONLY", hold="HOLD" in options)
    return True


def _rerun(flow: Flow, starts: list[Run], with_successors: bool, hold: bool) -> None:
    for run in starts:
        if with_successors:
            _await_again(run.successors())
        _wake_above(flow, run)
    for run in starts:
        _restart(flow, run, hold)


def _await_again(runs: list[Run]) -> None:
    """Let ended units wait for their turn once more, with everything that comes after or is below them."""
    for run in runs:
        if run.status in statuses.ENDED:
            _reset(run)
            _await_again(run.successors())


def _reset(run: Run) -> None:
    for each in [run, *run.subtree()]:
        each.status = "TERMWAIT"
        each.turn += 1
        each.due = False
        each.ended = None
        each.return_code = ""
        each.process_left = False
        each.interrupting = False


def _wake_above(flow: Flow, run: Run) -> None:
    above = run.parent()
    if above is not None and above.unit.is_net:
        _wake_above(flow, above)
        if above.status in statuses.ENDED:
            _wake(flow, above)


def _wake(flow: Flow, net: Run) -> None:
    """A jobnet runs again because something below does."""
    net.status = "RUNNING"
    net.restarted = flow.now()
    net.ended = None
    net.turn += 1


def _restart(flow: Flow, run: Run, hold: bool) -> None:
    _reset(run)
    run.waits_as = "TERMWAIT"
    if run.started is None:
        run.started = flow.now()
    if hold:
        run.hold = "HOLD"
    flow.turn_comes(run)


def _unique(runs: t.Iterable[Run | None]) -> list[Run]:
    return list(dict.fromkeys(run for run in runs if run is not None))
