# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs in a wished-for state."""

from __future__ import annotations

import typing as t

from simulators.core.simulator import BadSeed
from simulators.prime.state import (
    ACTIVE_RUNS,
    JOB_STATUSES,
    RESULT_STATUSES,
    RESULTS,
    ROOT_DOMAIN,
    RUN_STATUSES,
    SYSTEM_USER,
    Job,
    World,
)

DAY = 86400.0
Triple = tuple[str, t.Optional[str], t.Optional[str]]

#: scenario -> jobStatus, runStatus, resultStatus
SCENARIOS: dict[str, Triple] = {
    "queued": ("SCHEDULED", None, None),
    "running": ("SCHEDULED", "RUNNING", None),
    "suspended": ("SUSPENDED", None, None),
    "completed": ("COMPLETED", "COMPLETED", "SUCCESS"),
    "warning": ("COMPLETED", "COMPLETED", "PARTIALSUCCESS"),
    "failed": ("COMPLETED", "COMPLETED", "FAILURE"),
    "cancelled": ("CANCELLED", None, None),
    "suspended_running": ("SUSPENDED", "RUNNING", None),
    "pending_approval": ("PENDINGAPPROVAL", None, None),
    "expired": ("EXPIREDBEFOREAPPROVAL", None, None),
    "undefined": ("UNDEFINED", None, None),
}

KEYS = {
    *("name", "scenario", "id", "owner", "type", "system_job"),
    *("description", "domain", "one_shot", "period", "next_run_in", "duration", "result", "last_result"),
    *("run_id", "job_status", "run_status", "result_status", "cancel_outcome"),
}


def create(world: World, seed: dict[str, t.Any]) -> Job:
    """Make the job of one seed and put it into the world.

    :raises BadSeed: the product cannot have such a job.
    """
    unknown = sorted(set(seed) - KEYS)
    if unknown:
        raise BadSeed(f"unknown seed key {', '.join(unknown)}")
    job_status, run_status, result_status = _triple(seed)
    job = _job(world, seed, job_status)
    if seed.get("last_result"):
        _add_ended_run(world, job, 1.5 * DAY, "COMPLETED", RESULTS[seed["last_result"]])
    run_id = _run_id(world, seed)
    if run_status in ACTIVE_RUNS and run_status is not None:
        world.add_run(job, run_status, world.now() - 300, run_id).result = result_status
    elif run_status is not None:
        _add_ended_run(world, job, 7200, run_status, result_status, run_id)
    world.add(job)
    return job


def _triple(seed: dict[str, t.Any]) -> Triple:
    """The three statuses of a scenario, overridden by raw words."""
    scenario = seed.get("scenario", "queued")
    if scenario not in SCENARIOS:
        raise BadSeed(f"a Prime job cannot be {scenario!r}; one of {', '.join(SCENARIOS)}")
    job_status, run_status, result_status = SCENARIOS[scenario]
    if seed.get("one_shot") and run_status == "RUNNING" and job_status == "SCHEDULED":
        job_status = "COMPLETED"  # it has fired for the last time (contract 9.1)
    return (
        _word(seed, "job_status", JOB_STATUSES) or job_status,
        _word(seed, "run_status", RUN_STATUSES) or run_status,
        _word(seed, "result_status", RESULT_STATUSES) or result_status,
    )


def _word(seed: dict[str, t.Any], key: str, words: tuple[str, ...]) -> str | None:
    """A raw status. A word outside of the documented ones is accepted: a newer release may have it."""
    value = seed.get(key)
    if value is not None and not (isinstance(value, str) and value.replace("_", "").isalpha()):
        raise BadSeed(f"{key} is one of {', '.join(words)} or another word in capitals")
    return value


def _job(world: World, seed: dict[str, t.Any], status: str) -> Job:
    name, kind = str(seed.get("name", "")), str(seed.get("type", "Configuration Backup"))
    if not name:
        raise BadSeed("a job needs a name")
    if (name, kind) in world.keys:
        raise BadSeed(f"there is a job {name!r} of type {kind!r} already")
    period = None if seed.get("one_shot") else float(seed.get("period", DAY))
    armed = status in ("SCHEDULED", "SUSPENDED", "PENDINGAPPROVAL")
    outcome = str(seed.get("result", "success"))
    if outcome not in RESULTS or seed.get("last_result", outcome) not in RESULTS:
        raise BadSeed(f"a result is one of {', '.join(RESULTS)}")
    return Job(
        id=_job_id(world, seed),
        name=name,
        type=kind,
        status=status,
        description=str(seed.get("description", "")),
        username=SYSTEM_USER if seed.get("system_job") else str(seed.get("owner", "root")),
        domain=str(seed.get("domain", ROOT_DOMAIN)),
        period=period,
        next_run=world.now() + float(seed.get("next_run_in", DAY)) if armed else None,
        duration=None if seed.get("duration") is None else float(seed["duration"]),
        outcome=outcome,
        cancel_outcome=str(seed.get("cancel_outcome", "")),
    )


def _job_id(world: World, seed: dict[str, t.Any]) -> int:
    if "id" not in seed:
        return world.new_job_id()
    job_id = _number(seed["id"])
    if job_id in world.jobs:
        raise BadSeed(f"there is a job {job_id} already")
    return job_id


def _run_id(world: World, seed: dict[str, t.Any]) -> int | None:
    if "run_id" not in seed:
        return None
    run_id = _number(seed["run_id"])
    if run_id in world.runs:
        raise BadSeed(f"there is a run {run_id} already")
    return run_id


def _number(value: t.Any) -> int:
    if not str(value).isdecimal():
        raise BadSeed(f"an id is a positive number, not {value!r}")
    return int(value)


def _add_ended_run(
    world: World, job: Job, ago: float, status: str, result: str | None, run_id: int | None = None
) -> None:
    run = world.add_run(job, status, world.now() - ago, run_id)
    run.result, run.ended = result, world.now() - ago + 60
