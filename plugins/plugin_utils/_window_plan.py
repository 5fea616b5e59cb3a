# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.

"""The plan of a maintenance window on all of its job systems, as it is saved and signed off. Pure."""

from __future__ import annotations

import hashlib
import json
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError, inert
from ansible_collections.batchops.job_control.plugins.module_utils._model import Verb
from ansible_collections.batchops.job_control.plugins.module_utils._window import plan as plans

SCHEMA = "batchops.job_control/plan/1"

Saved = dict[str, t.Any]

#: What the plans of one job system are called, and the option that names the file, for messages.
JOBS, SWITCHES = "jobs", "switches"
_OPTION = "maintenance_window_plan"


def build(window: str, made: str, by: t.Mapping[str, str], hosts: t.Mapping[str, t.Mapping[str, t.Any]]) -> Saved:
    """The saved plan of a window.

    :param made: when, as ISO 8601.
    :param by: the run that has made it.
    :param hosts: of each job system the plan of its `jobs` and those of its `switches`, as the modules return them.
    :raises UsageError: one of them is no plan.
    """
    content = {
        "schema": SCHEMA,
        "window": window,
        "made": made,
        "by": dict(by),
        "hosts": {host: _of_host(host, texts) for host, texts in hosts.items()},
    }
    return {**content, "hash": digest(content)}


def _of_host(host: str, texts: t.Mapping[str, t.Any]) -> Saved:
    try:
        jobs = plans.unpack(texts[JOBS])
        switches = [plans.unpack(text) for text in texts.get(SWITCHES) or ()]
    except (UsageError, KeyError) as error:
        raise UsageError(f"{host}: {error}") from error
    return {
        "system": jobs.system,
        "product": jobs.product,
        "summary": _summary(jobs),
        "blocks": [item.name or item.id for plan in switches for item in plan.items.values() if item.is_to_be_changed],
        "plan": texts[JOBS],
        "switch_plans": list(texts.get(SWITCHES) or ()),
    }


def _summary(plan: plans.Plan) -> Saved:
    """What a person signs off: how many jobs, and which."""

    def names(*steps: str) -> list[str]:
        return [_called(item) for item in plan.items.values() if item.step in steps]

    acts = sorted({item.step for item in plan.items.values()} & {verb.value for verb in Verb})
    groups = {
        "suspend": names(*(step for step in acts if step != Verb.CANCEL_RUNNING.value)),
        "cancel_running": names(Verb.CANCEL_RUNNING.value),
        "wait_for": names(plans.WAIT),
        "hold": names(plans.HOLD),
        "already": names(plans.ALREADY),
        "cannot": [f"{_called(item)}: {item.why}" for item in plan.items.values() if item.step == plans.CANNOT],
        "missing": names(plans.MISSING),
    }
    counts = {"selected": len(plan.items), **{group: len(found) for group, found in groups.items()}}
    return {"counts": counts, "jobs": {group: found for group, found in groups.items() if found}}


def _called(item: plans.Planned) -> str:
    return inert(item.id if item.name in item.id else f"{item.name} ({item.id})")


def digest(saved: t.Mapping[str, t.Any]) -> str:
    """What a saved plan adds up to, without its own hash. It tells of a slip, and is no signature."""
    content = {key: value for key, value in saved.items() if key != "hash"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def lines(saved: t.Mapping[str, t.Any]) -> list[str]:
    """The plan in a few sentences, one for each job system."""
    found = []
    for host, one in saved["hosts"].items():
        counts = one["summary"]["counts"]
        told = ", ".join(f"{counts[key]} {words}" for key, words in _WORDS.items() if counts.get(key))
        blocks = f"; blocked before: {', '.join(one['blocks'])}" if one["blocks"] else ""
        found.append(f"{host}: {counts['selected']} jobs selected{': ' if told else ''}{told}{blocks}")
    return found


_WORDS = {
    "suspend": "to be suspended",
    "cancel_running": "whose run is to be cancelled",
    "wait_for": "to be waited for",
    "hold": "to be held that another window has suspended",
    "already": "suspended already",
    "cannot": "that cannot be suspended",
    "missing": "that do not exist",
}


def read(text: str, window: str, hosts: t.Collection[str]) -> Saved:
    """The saved plan that a file holds.

    :param window: that it has to be for.
    :param hosts: the job systems of the play, which have to be those of the plan.
    :raises UsageError: it cannot be used; the message names each reason.
    """
    try:
        saved = json.loads(text)
        schema = saved["schema"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(
            f"{_OPTION}: the file is no saved plan of a window; give one that plan_window has made."
        ) from error
    if schema != SCHEMA:
        raise UsageError(
            f"{_OPTION}: the file has the schema {inert(str(schema))}, and this version knows {SCHEMA}; make a new "
            "plan."
        )
    if saved.get("hash") != digest(saved):
        raise UsageError(
            f"{_OPTION}: the file was changed after it was saved, as its hash does not fit; make a new plan instead of "
            "editing one."
        )
    wrong = []
    if saved["window"] != window:
        wrong.append(f"it is for the window {saved['window']!r}, not for {window!r}")
    missing, more = sorted(set(hosts) - set(saved["hosts"])), sorted(set(saved["hosts"]) - set(hosts))
    if missing:
        wrong.append(f"it has no plan for {', '.join(missing)}")
    if more:
        wrong.append(f"it also has a plan for {', '.join(more)}, which this play does not work on")
    if wrong:
        raise UsageError(f"{_OPTION}: the plan cannot be applied: {'; '.join(wrong)}. Nothing was changed.")
    return t.cast(Saved, saved)
