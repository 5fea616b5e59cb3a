# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The four verbs of jobService on a list of ids: which jobs and runs take them, and what is answered for each."""

from __future__ import annotations

import dataclasses
import typing as t

from simulators.prime.refusal import Refusal
from simulators.prime.state import WAITING_RUNS, Job, Run, World

#: jobStatus a verb works on -> jobStatus in which it has nothing left to do (contract 7.1)
FROM = {"suspend": ("SCHEDULED",), "resume": ("SUSPENDED",), "cancel": ("SCHEDULED", "SUSPENDED")}
ALREADY = {"suspend": "SUSPENDED", "resume": "SCHEDULED", "cancel": "CANCELLED"}
VERBS = (*FROM, "cancelrunning")

UNKNOWN_ID, WRONG_STATE = "unknown_id", "wrong_state"


@dataclasses.dataclass
class Item:
    """The answer about one id. `fault` is empty, UNKNOWN_ID or WRONG_STATE."""

    id: int
    message: str
    fault: str = ""


@dataclasses.dataclass
class _Plan:
    """What to do for one id, and what to say about it."""

    item: Item
    effect: t.Callable[[], None] | None = None


def perform(world: World, verb: str, ids: list[int], domain: str) -> list[Item]:
    """Do the verb on each id and answer each, in the order that the knobs ask for.

    :raises Refusal: the knobs turn a bad id into an error of the whole request; nothing has been done then.
    """
    if verb == "cancelrunning":
        plans = [_plan_run(world, number, domain) for number in ids]
    else:
        plans = [_plan_job(world, verb, number, domain) for number in ids]
    items = [plan.item for plan in plans]
    for item in items:
        status = int(world.knobs[f"{item.fault}_status"]) if item.fault else 200
        if status != 200:
            raise Refusal(status, item.message)
    for plan in plans:
        if plan.effect is not None:
            plan.effect()
    if all(item.fault for item in items) and world.knobs["all_failed_status"] != 200:
        raise Refusal(int(world.knobs["all_failed_status"]), items[0].message)
    return items[::-1] if world.knobs["item_order"] == "reversed" else items


def _plan_job(world: World, verb: str, job_id: int, domain: str) -> _Plan:
    job = world.jobs.get(job_id)
    if job is None or not world.in_domain(job, domain):
        return _unknown(world, job_id)
    if job.system and world.knobs["system_job_actions"] == "refused":
        return _wrong_state(world, verb, job_id, f"{job.status} of {job.username}")
    if job.status == ALREADY[verb]:
        return _repeated(world, verb, job_id, job.status)
    approval = job.status == "PENDINGAPPROVAL" and world.knobs["pending_approval"] == "allowed"
    if job.status not in FROM[verb] and not approval:
        return _wrong_state(world, verb, job_id, job.status)
    return _Plan(Item(job_id, f"{verb.upper()} was carried out on {job.name}."), lambda: _change(world, verb, job))


def _change(world: World, verb: str, job: Job) -> None:
    """Change the trigger after the lag, unless something else has changed it by then."""
    known = job.status

    def effect() -> None:
        if job.status == known and job.id in world.jobs:
            {"suspend": world.suspend, "resume": world.resume, "cancel": world.cancel}[verb](job)
            job.count(verb)

    hidden = float(world.knobs["missing_after_action"])
    if hidden:
        job.visible_from = world.now() + hidden
    world.after(float(world.knobs["trigger_lag"]), effect)


def _plan_run(world: World, run_id: int, domain: str) -> _Plan:
    job, run = world.runs.get(run_id, (None, None))
    if job is None or run is None or not world.in_domain(job, domain):
        return _unknown(world, run_id)
    if job.system and world.knobs["system_job_actions"] == "refused":
        return _wrong_state(world, "cancelrunning", run_id, f"{run.status} of {job.username}")
    if run.status == "CANCELLED":
        return _repeated(world, "cancelrunning", run_id, run.status)
    waiting = run.status in WAITING_RUNS and world.knobs["waiting_run_cancel"] == "allowed"
    if run.status != "RUNNING" and not waiting:
        return _wrong_state(world, "cancelrunning", run_id, run.status)
    return _Plan(Item(run_id, f"CANCELRUNNING was requested for {job.name}."), lambda: _stop(world, job, run))


def _stop(world: World, job: Job, run: Run) -> None:
    """Ask the run to end; asking twice does not end it twice."""
    if run.cancel_asked:
        return
    run.cancel_asked = True

    def effect() -> None:
        if world.cancel_run(job, run):
            job.count("cancelrunning")

    world.after(float(world.knobs["cancel_lag"]), effect)


def _unknown(world: World, number: int) -> _Plan:
    return _Plan(Item(number, str(world.knobs["unknown_id_message"]).format(id=number), UNKNOWN_ID))


def _wrong_state(world: World, verb: str, number: int, state: str) -> _Plan:
    message = str(world.knobs["wrong_state_message"]).format(operation=verb.upper(), id=number, state=state)
    return _Plan(Item(number, message, WRONG_STATE))


def _repeated(world: World, verb: str, number: int, state: str) -> _Plan:
    if world.knobs["repeated_action"] == "success":
        return _Plan(Item(number, f"{number} is in state {state} already."))
    return _wrong_state(world, verb, number, state)
