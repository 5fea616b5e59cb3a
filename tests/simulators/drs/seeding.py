# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make tasks from the neutral words of a test."""

from __future__ import annotations

import typing as t

from simulators.core.simulator import BadSeed, Json
from simulators.drs import states
from simulators.drs.identity import hexadecimal
from simulators.drs.job import Job
from simulators.drs.state import World, job_id

#: neutral scenario -> status; DRS has no outcome between success and failure
STATUS_OF = {
    "queued": states.WAITING,
    "running": states.RUNNING,
    "suspended": states.PAUSED,
    "failed": states.FAILED,
    "completed": states.RELEASED,
    "cancelled": states.DELETED,
}

KEYS = {
    "name",
    "scenario",
    "raw",
    "id",
    "owner",
    "type",
    "engine_type",
    "task_type",
    "direction",
    "net_type",
    "description",
    "error_msg",
    "enterprise_project_id",
    "instance_id",
    "instance_ip",
    "tags",
    "prepaid",
    "multi_write",
    "children",
    "duration",
    "age",
    "prechecked",
    "re_edited",
    "resume_to",
}


def plant(world: World, seed: Json, parent: Job | None = None) -> Job:
    """Add one task, and its children, to the world.

    :raises BadSeed: DRS has no such task.
    """
    unknown = sorted(set(seed) - KEYS)
    if unknown:
        raise BadSeed(f"drs has no {', '.join(unknown)} to seed")
    job = _job(world, seed, parent)
    if job.id in world.jobs:
        raise BadSeed(f"there is a task {job.id} already")
    world.add(job)
    job.children = [plant(world, child, job).id for child in _children(seed)]
    return job


def _children(seed: Json) -> list[Json]:
    """`children` is a number of tasks like their parent, or a list of seeds."""
    wanted = seed.get("children", [])
    if isinstance(wanted, list):
        return wanted
    alike = {key: value for key, value in seed.items() if key not in ("children", "id")}
    return [{**alike, "name": f"{seed['name']}-child-{number}"} for number in range(1, int(wanted) + 1)]


def _job(world: World, seed: Json, parent: Job | None) -> Job:
    use = seed.get("type", parent.db_use_type if parent else "sync")
    engine = "cloudDataGuard-mysql" if use == "cloudDataGuard" else "mysql"
    number = next(world.numbers)
    now = world.now()
    if use not in states.DB_USE_TYPES:
        raise BadSeed(f"drs has no type {use!r}, only {', '.join(states.DB_USE_TYPES)}")
    job = Job(
        id=seed.get("id") or job_id(number, child=parent is not None),
        name=seed["name"],
        status=_status(seed),
        created=now - float(seed.get("age", 3600)) + number * 0.001,  # the later one is the newer one
        db_use_type=use,
        engine_type=seed.get("engine_type", parent.engine_type if parent else engine),
        task_type=seed.get("task_type", "FULL_INCR_TRANS"),
        owner=seed.get("owner", ""),
        parent_id=parent.id if parent else "",
        multi_write=bool(seed.get("multi_write", "children" in seed and use == "cloudDataGuard")),
        prechecked={"forStartJob"} if seed.get("prechecked", True) else set(),
        work_left=float(seed["duration"]) if "duration" in seed else None,
        resume_to=seed.get("resume_to", states.RUNNING),
        **{key: seed[key] for key in _COPIED if key in seed},
    )
    job.instance_id = job.instance_id or f"{hexadecimal(f'instance {job.owner or job.name}')}in01"
    if states.rule(job.status).working or job.status in (states.PAUSED, states.FAILED):
        job.started = job.created
    if job.status in (states.FAILED, states.FULL_FAILED) and not job.error_msg:
        job.error_msg = "service LOGMANAGER failed, cause by: Unable to connect to DBMS"
    return job


_COPIED: t.Final = (
    "direction",
    "net_type",
    "description",
    "error_msg",
    "enterprise_project_id",
    "instance_id",
    "instance_ip",
    "tags",
    "prepaid",
    "re_edited",
)


def _status(seed: Json) -> str:
    if "raw" in seed:
        return str(seed["raw"])
    scenario = seed.get("scenario", "running")
    if scenario not in STATUS_OF:
        raise BadSeed(f"drs has no scenario {scenario!r}, only {', '.join(STATUS_OF)}")
    return STATUS_OF[scenario]
