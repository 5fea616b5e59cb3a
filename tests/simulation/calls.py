# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which module does what an operator wants, and with which options. Pure."""

from __future__ import annotations

import typing as t

from simulation.history import Operation

Json = dict[str, t.Any]
Call = tuple[str, Json]

RUNS_APART = ("prime", "veeam", "ajs")  # where a suspend does not touch what runs
BLOCKS: t.Mapping[str, Call] = {
    "ajs": ("ajs_agent_state", {"agents": ["ours", "theirs"], "state": "hold"}),
    "commvault": (
        "commvault_activity",
        {"scope": "commcell", "activity": "data_verification", "state": "disabled"},
    ),
}


def call(operation: Operation, connection: t.Mapping[str, str], journal: str, ids: t.Sequence[str], plan: str) -> Call:
    """
    :param connection: the options that lead to the product.
    :param journal: the path of the journal.
    :param ids: of the jobs that the operation names; none: all are meant.
    :param plan: what is to be applied.
    """
    system = connection["system"]
    place = {"location": "/"} if system == "ajs" else {}
    patience = {"wait_timeout": operation.timeout}
    many: Json = {**connection, **place, "on_missing": "ignore"}
    named: Json = {"job_ids": list(ids)} if ids else {}
    chosen = named or {"all": True}
    kept = {"journal": journal, "window_run": {"id": operation.run, "user": operation.operator}}
    opening: Json = {
        **kept,
        "window": operation.window,
        "window_expires": operation.expires,
        "window_must_be_new": operation.must_be_new,
    }
    closing: Json = {**many, **patience, **kept, "list_started": operation.looks_again}
    suspend: Json = {
        **many,
        **patience,
        **opening,
        **chosen,
        "on_ineligible": "skip",
        "running": operation.running if system in RUNS_APART else "leave",
        "sweep": operation.looks_again,
    }
    block, switch = BLOCKS.get(system, ("", {}))
    drift = "ignore" if operation.looks_again else "fail"
    calls: t.Mapping[str, Call] = {
        "open": ("job_suspend", suspend),
        "plan": ("job_suspend", {**suspend, "_ansible_check_mode": True}),
        "apply": ("job_suspend", {**connection, **opening, "plan": plan, "on_drift": drift}),
        "block": (block, {**connection, **patience, **opening, **switch}),
        "close": ("job_resume", {**closing, "window": operation.window}),
        "close own": ("job_resume", {**closing, "window": operation.window, "close_if": "own_run"}),
        "close expired": ("job_resume", {**closing, "close_if": "expired"}),
        "forget": ("job_resume", {**closing, "window": operation.window, "forget_missing": True}),
        "retry": ("job_retry", {**many, **patience, "all": True, "states": ["failed"], "on_ineligible": "skip"}),
        "cancel": ("job_cancel_running", {**many, **patience, **chosen, "on_ineligible": "skip"}),
        "wait": ("job_wait", {**many, **patience, **named}),
        "look": ("job_info", many),
    }
    return calls[operation.work]
