# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens to tasks outside of the API."""

from __future__ import annotations

import typing as t

from simulators.core.simulator import BadSeed, Json
from simulators.drs import states
from simulators.drs.job import Job
from simulators.drs.state import World


def happen(world: World, job: Job, event: str, details: Json) -> None:
    """Let one event happen. Besides the neutral ones there are:

    * `status` (detail `status`): the task is in that status, any word;
    * `busy` (detail `seconds`, default 1): an operation of somebody else runs for so long;
    * `unsubscribe`: a prepaid task is cancelled in the billing centre, which releases it;
    * `re_edit`: an operator edits the objects of a sync task, which the next resume has to apply.

    :raises BadSeed: that cannot happen to this task.
    """
    if event not in _EVENTS:
        raise BadSeed(f"drs has no event {event!r}, only {', '.join(_EVENTS)}")
    _EVENTS[event](world, job, details)


def _finish(world: World, job: Job, details: Json) -> None:
    result = details.get("result", "success")
    if result not in ("success", "failed"):
        raise BadSeed(f"a task of drs cannot end with {result!r}")
    if result == "failed":
        _fail(world, job, details)
    else:
        world.operate(job, job.end)


def _start(world: World, job: Job, _details: Json) -> None:
    world.operate(job, states.RUNNING, "START")
    job.started = world.now()


def _fail(world: World, job: Job, _details: Json) -> None:
    world.operate(job, states.FAILURE_OF.get(job.status, states.FAILED))


def _unsubscribe(world: World, job: Job, _details: Json) -> None:
    if not job.prepaid:
        raise BadSeed(f"{job.id} is not prepaid")
    world.unsubscribe(job)


def _re_edit(_world: World, job: Job, _details: Json) -> None:
    if job.db_use_type != "sync":
        raise BadSeed(f"{job.id} is no sync task")
    job.re_edited = True


_EVENTS: t.Final[dict[str, t.Callable[[World, Job, Json], None]]] = {
    "suspend": lambda world, job, _details: world.operate(job, states.PAUSED, "PAUSE"),
    "resume": lambda world, job, _details: world.operate(job, job.resume_to, "RETRY"),
    "start": _start,
    "finish": _finish,
    "fail": _fail,
    "vanish": lambda world, job, _details: world.vanish(job),
    "status": lambda world, job, details: world.operate(job, str(details["status"])),
    "busy": lambda world, job, details: world.occupy(job, "SWITCH_OVER", float(details.get("seconds", 1))),
    "unsubscribe": _unsubscribe,
    "re_edit": _re_edit,
}
