# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _item, _journal.ledger, _model, _system.

"""From what became of the jobs to what a module returns. Pure."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._errors import JobControlError, Partial, inert
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Opening
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    NEUTRAL_VERBS,
    Job,
    Step,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._system import JobSystem

Result = dict[str, t.Any]


def written(items: t.Sequence[Item], system: str, predict: bool) -> Result:
    """The result of a verb that changes jobs.

    :param predict: nothing was done; say what would become of the jobs (check mode).
    """
    jobs = [_written_job(item, system, predict) for item in items]
    counts = collections.Counter(_category(job, item) for job, item in zip(jobs, items))
    return {
        "changed": any(job["changed"] for job in jobs),
        "jobs": jobs,
        "summary": {"selected": len(jobs), **{name: counts[name] for name in _CATEGORIES}},
        "diff": {"before": _diff(jobs, "before"), "after": _diff(jobs, "after")},
    }


def read(items: t.Iterable[Item], system: JobSystem, options: VerbOptions, summary_only: bool) -> Result:
    """The result of a verb that only looks. Its counts are of jobs, and none of writes.

    :param items: gone through once.
    :param summary_only: count the jobs and keep none.
    """
    jobs: list[Result] = []
    states: collections.Counter[str] = collections.Counter()
    counts: collections.Counter[str] = collections.Counter()
    for item in items:
        counts["failed" if item.error else "skipped" if item.skipped else "read"] += 1
        if item.now:
            states[item.now.state.value] += 1
        if not summary_only:
            jobs.append(_read_job(item, system, options))
    return {
        "changed": False,
        "jobs": jobs,
        "summary": {
            "selected": sum(counts.values()),
            "skipped": counts["skipped"],
            "failed": counts["failed"],
            "states": dict(sorted(states.items())),
        },
        "diff": {"before": "", "after": ""},
    }


def limited(result: Result, limit: int) -> Result:
    """The result of a list that ends after `limit` jobs, told that there may be more. Nobody knows without reading on.

    :param limit: 0 for a list that does not end before its end.
    """
    is_limited = 0 < limit <= result["summary"]["selected"]
    told = {"msg": f"Reading stopped after {limit} jobs (limit); there may be more."} if is_limited else {}
    return {**result, "summary": {**result["summary"], "limited": is_limited}, **told}


def window(opening: Opening) -> Result:
    """What is known of a window."""
    return {
        "name": opening.name,
        "opened": _iso(opening.opened),
        "expires": None if opening.expires is None else _iso(opening.expires),
        "run": dataclasses.asdict(opening.run),
        "is_closed": not opening.is_open,
    }


def listed(jobs: t.Iterable[Job]) -> list[Result]:
    """Jobs that are told of beside those that are worked on."""
    return [
        {
            "id": job.id,
            "name": job.name,
            "type": job.type,
            "owner": job.owner,
            "started": job.started or None,
            "state": job.state.value,
        }
        for job in jobs
    ]


def _iso(moment: float) -> str:
    return f"{datetime.datetime.fromtimestamp(moment, datetime.timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def failure(items: t.Sequence[Item], stopped: bool) -> JobControlError | None:
    """The one error that a run with failed jobs ends with; None when no job failed.

    :param stopped: the run ended before the first write, so jobs without an error are no successes.
    """
    errors = [item.error for item in items if item.error]
    if not errors:
        return None
    if len(items) == 1:
        return errors[0]
    first = errors[0]
    some_succeeded = not stopped and any(not item.error and not item.skipped for item in items)
    alike = len({error.kind for error in errors}) == 1 and not some_succeeded
    nothing_done = "; nothing was changed" if stopped else ""
    return (type(first) if alike else Partial)(
        f"{len(errors)} of {len(items)} jobs failed{nothing_done}. {first.message}",
        code=first.code,
        http_status=first.http_status,
        method=first.method,
        url=first.url,
    )


_CATEGORIES = ("changed", "unchanged", "skipped", "failed")


def _category(job: Result, item: Item) -> str:
    """Where a job counts; each job counts once."""
    if item.error:
        return "failed"
    if job["changed"]:
        return "changed"
    return "skipped" if item.skipped else "unchanged"


def _identity(item: Item, system: str) -> Result:
    job, known = item.before, item.remembered
    return {
        "id": item.job_id,
        "name": job.name if job else known.get("name", ""),
        "type": job.type if job else known.get("type", ""),
        "owner": job.owner if job else known.get("owner", ""),
        "system": system,
    }


def _written_job(item: Item, system: str, predict: bool) -> Result:
    before, after = item.before, item.now
    state_after = after.state.value if after else None
    raw_after = after.raw_state if after else None
    changed, action = item.changed, next(iter(item.asked), None)
    decision = item.decision
    if predict and before and decision and decision.step.is_open:
        changed = decision.step.acts
        action = decision.action if changed else None
        state_after, raw_after = decision.after.value, None
    job = {
        **_identity(item, system),
        "before": before.state.value if before else None,
        "after": state_after,
        "raw_before": before.raw_state if before else None,
        "raw_after": raw_after,
        "action": action.value if action else "none",
        "changed": changed,
        "error": item.error.as_job_error() if item.error else None,
        "note": item.note,
    }
    last_seen = after or before
    sometimes = {
        "new_id": item.new_id,
        "run_id": last_seen.run_id if last_seen else "",
        "held_by": list(item.held_by),
    }
    return {**job, **{key: value for key, value in sometimes.items() if value}}


def _read_job(item: Item, system: JobSystem, options: VerbOptions) -> Result:
    identity = _identity(item, system.capabilities.system)
    job = item.now
    if job is None:
        error = item.error.as_job_error() if item.error else None
        return {**identity, "state": None, "raw_state": None, "actions": [], "error": error, "note": item.note}
    return {
        **identity,
        "state": job.state.value,
        "raw_state": job.raw_state,
        "actions": [verb.value for verb in NEUTRAL_VERBS if _possible(system, verb, job, options)],
        "progress": job.progress,
        "started": job.started or None,
        "ended": job.ended or None,
        "next_run": job.next_run or None,
        "started_by": job.started_by or None,
        "reason": job.reason or None,
        "run_id": job.run_id or None,
        "error": item.error.as_job_error() if item.error else None,
        "note": item.note,
    }


def _possible(system: JobSystem, verb: Verb, job: Job, options: VerbOptions) -> bool:
    return verb in system.capabilities.verbs and system.decide(verb, job, options).step is Step.ACT


def _diff(jobs: t.Sequence[Result], side: str) -> str:
    """One line per job that has been read: `id name: state`. A terminal gets it as it is."""
    lines = [f"{job['id']} {job['name']}: {job[side] or 'gone'}" for job in jobs if job["before"]]
    return "".join(inert(line) + "\n" for line in lines)
