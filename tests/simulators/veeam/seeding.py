# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs as tests and the demo ask for them."""

from __future__ import annotations

import datetime
import typing as t
import uuid

from simulators.core.simulator import BadSeed
from simulators.veeam.kinds import KIND_OF_TYPE, KINDS, Kind
from simulators.veeam.state import RESULTS, Job, Run, World

Json = dict[str, t.Any]

DEFAULT_SERVER = "vbr01.example.com"
KEYS = frozenset(
    {
        "name",
        "scenario",
        "id",
        "owner",
        "type",
        "kind",
        "platform",
        "description",
        "backup_server",
        "schedule_configured",
        "schedule_enabled",
        "last_result",
        "raw",
        "is_retry",
        "progress",
        "failure_message",
        "history",
        "last_run_days_ago",
        "duration",
        "objects",
    }
)
_RESULT_OF_SCENARIO = {"completed": "Success", "warning": "Warning", "failed": "Failed"}
_SCENARIOS = ("queued", "running", "suspended", "completed", "warning", "failed")
_RUN_TAKES = datetime.timedelta(minutes=24)


def job_from_seed(world: World, seed: Json) -> Job:
    """The job that a seed describes; see the simulator's docstring for the keys.

    :raises BadSeed: no such kind, scenario or key.
    """
    unknown = sorted(set(seed) - KEYS)
    if unknown:
        raise BadSeed(f"veeam knows no seed key {', '.join(unknown)}")
    kind = _kind(seed)
    scenario = seed.get("scenario", "queued")
    if scenario not in _SCENARIOS:
        raise BadSeed(f"a job of Enterprise Manager cannot be {scenario}")
    name = str(seed["name"])
    now = world.now()
    job = Job(
        id=_identity(world, seed, name),
        kind=kind,
        name=name,
        server=world.server(str(seed.get("backup_server") or seed.get("owner") or DEFAULT_SERVER)),
        description=str(seed.get("description", f"Created by EXAMPLE\\Administrator at {now:%m/%d/%Y %H:%M}.")),
        job_type=str(seed.get("type") or kind.job_type),
        platform=str(seed.get("platform") or kind.platform),
        schedule_configured=bool(seed.get("schedule_configured", True)),
        schedule_enabled=bool(seed.get("schedule_enabled", scenario != "suspended")),
        first_run=None if kind.name == "copy" else _next_night(now),
        objects=[str(one) for one in seed.get("objects", ())],
        duration=None if seed.get("duration") is None else float(seed["duration"]),
    )
    _give_runs(world, job, seed, scenario)
    return job


def _kind(seed: Json) -> Kind:
    name = seed.get("kind") or KIND_OF_TYPE.get(str(seed.get("type")), "job")
    if name not in KINDS:
        raise BadSeed(f"no kind of job {name!r}; one of {', '.join(KINDS)}")
    return KINDS[name]


def _identity(world: World, seed: Json, name: str) -> str:
    if "id" in seed:
        identity = str(seed["id"])
        try:
            uuid.UUID(identity)
        except ValueError as error:
            raise BadSeed(f"the id of a job is a UUID, not {identity!r}") from error
    else:
        identity = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{len(world.jobs)}/{name}"))
    if identity in world.jobs:
        raise BadSeed(f"there is a job {identity} already")
    return identity


def _next_night(now: datetime.datetime) -> datetime.datetime:
    """22:00 UTC, at least an hour from now: a seeded schedule does not come due during a test."""
    later = now + datetime.timedelta(hours=1)
    night = later.replace(hour=22, minute=0, second=0, microsecond=0)
    return night if night > later else night + datetime.timedelta(days=1)


def _give_runs(world: World, job: Job, seed: Json, scenario: str) -> None:
    last = _last_run(world, job, seed, scenario)
    latest = last.created if last is not None else world.now() - datetime.timedelta(hours=9)
    for days in range(int(seed.get("history", 0)), 0, -1):
        run = world.new_run(job)
        run.created = latest - datetime.timedelta(days=days)
        run.state, run.result, run.progress, run.ended = "Stopped", "Success", 100, run.created + _RUN_TAKES
        job.runs.append(run)
    if last is not None:
        job.runs.append(last)


def _last_run(world: World, job: Job, seed: Json, scenario: str) -> Run | None:
    """The latest session that the scenario asks for."""
    run = world.new_run(job)
    run.is_retry = bool(seed.get("is_retry", False))
    ago = datetime.timedelta(days=float(seed.get("last_run_days_ago", 0)))
    state = seed.get("raw") or ("Working" if scenario == "running" else "")
    if not state and scenario == "queued" and job.kind.name == "copy":
        state = "Idle"  # a copy job has no next run: it waits in a session (contract 7)
    if state and state != "Stopped":
        run.state, run.progress = str(state), int(seed.get("progress", 42 if state == "Working" else 0))
        run.created = world.now() - ago - datetime.timedelta(minutes=10)
        return run
    result = seed.get("last_result") or _RESULT_OF_SCENARIO.get(scenario)
    if result is None and scenario == "suspended":
        result = "Success"
    if result is None or result == "none":
        return None
    if result not in RESULTS:
        raise BadSeed(f"no result {result!r}; one of {', '.join(RESULTS)}, none")
    run.created = world.now() - ago - datetime.timedelta(hours=9)
    run.ended = run.created + _RUN_TAKES
    run.state, run.result, run.progress = "Stopped", str(result), int(seed.get("progress", 100))
    if result == "Failed":
        run.failure = str(seed.get("failure_message", "Processing finished with errors."))
    return run
