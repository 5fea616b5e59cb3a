# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Veeam Backup Enterprise Manager as one simulator."""

from __future__ import annotations

import typing as t

import flask
from werkzeug.exceptions import HTTPException

from simulators.core.simulator import BadSeed, Json, Simulator
from simulators.veeam.gateway import ApiError, Gateway
from simulators.veeam.knobs import DEFAULT_KNOBS
from simulators.veeam.logons import ADMINISTRATOR, PORTAL_USER, Logons, User
from simulators.veeam.operations import Operations
from simulators.veeam.routes import Product, Routes
from simulators.veeam.seeding import job_from_seed
from simulators.veeam.state import RESULTS, Job, Run, World

#: an account without the rights to change anything, or to list jobs
READER = User("viewer", "r3ad-0nly", PORTAL_USER)


class VeeamSimulator(Simulator):
    r"""Enterprise Manager's REST API under /api, over one world of jobs on several backup servers.

    Accounts: `username` (Portal Administrator) and READER (Portal User), as EXAMPLE\name, name@domain or name.

    Seed keys: `name`, `scenario` (queued running suspended completed warning failed), `id` (a UUID), `kind` (job copy
    replica agent nas cdp; else from `type`), `type` (JobType), `platform`, `owner` or `backup_server` (name of the
    backup server), `description`, `schedule_configured`, `schedule_enabled`, `last_result` (Success Warning Failed
    none), `raw` (State of the latest session, any word), `is_retry`, `progress`, `failure_message`, `history` (number
    of earlier sessions, one a day), `last_run_days_ago`, `duration` (seconds each run takes), `objects` (the
    machines it works on).

    Events besides EVENTS: `stop` (the run, by an operator), `state` (`state`: any word, for the run that is live),
    `progress` (`percent`), `refuse` (the next operation on the job ends with Success=false; `message`), `linger` (the
    Task of the next operation runs for `seconds` and then takes effect; without `seconds` it never ends).
    `finish` takes `result` (success warning failed); `fail` and `finish` take `message`.
    """

    system = "veeam"
    base_path = "/api/"
    default_knobs = DEFAULT_KNOBS

    def begin(self) -> None:
        knobs = self.knobs
        world = World(self.clock.utc, self.after, knobs)
        logons = Logons([User(self.username, self.password, ADMINISTRATOR), READER], knobs, self.node)
        operations = Operations(world, self.after, knobs)
        self._product = Product(world, logons, operations, Gateway(logons, knobs, self.clock.now), knobs)

    def routes(self, app: flask.Flask) -> None:
        @app.before_request
        def admit() -> None:
            if flask.request.path.startswith("/api"):
                flask.g.logon = self._product.gateway.admit()

        @app.errorhandler(ApiError)
        def refused(error: ApiError) -> flask.Response:
            return self._product.gateway.failure(error)

        @app.errorhandler(HTTPException)
        def not_routed(error: HTTPException) -> flask.Response:
            return self._product.gateway.failure(ApiError(error.code or 500))

        Routes(lambda: self._product).add_to(app)

    def is_write(self, method: str, path: str, body: bytes) -> bool:
        if method not in ("POST", "PUT", "DELETE"):
            return False
        return not path.startswith(("/api/sessionMngr", "/api/logonSessions", "/api/task", "/api/backupServers"))

    def seed(self, job: Json) -> str:
        added = job_from_seed(self._product.world, job)
        self._product.world.add(added)
        return added.id

    def snapshot(self) -> list[Json]:
        return [_truth(job) for job in self._product.world.jobs.values()]

    def event(self, job_id: str, event: str, **details: t.Any) -> None:
        world = self._product.world
        job = world.jobs.get(job_id)
        if job is None:
            raise BadSeed(f"no job {job_id}")
        if event in ("suspend", "resume"):
            world.set_schedule(job, event == "resume")
        elif event == "start":
            world.start_at_once(job)
        elif event in ("finish", "fail"):
            result = "failed" if event == "fail" else str(details.get("result", "success"))
            world.finish(job, _live(job), _result(result), details.get("message"))
        elif event == "stop":
            world.stop(job, _live(job))
        elif event == "state":
            _live(job).state = str(details["state"])
        elif event == "progress":
            _live(job).progress = int(details["percent"])
        elif event == "refuse":
            job.refuse_next = str(details.get("message", "The backup server is busy."))
        elif event == "linger":
            job.linger_next.append(None if details.get("seconds") is None else float(details["seconds"]))
        elif event == "vanish":
            world.remove(job)
        else:
            raise BadSeed(f"no event {event!r}")
        world.changed(job)

    def expire(self) -> None:
        self._product.logons.open.clear()

    def sessions(self) -> int:
        self._product.logons.forget_idle(self.clock.now())
        return len(self._product.logons.open)


def _truth(job: Job) -> Json:
    latest, run = job.latest, job.live_run
    state = "none" if latest is None else latest.state if latest.live else f"Stopped/{latest.result}"
    return {
        "id": job.id,
        "name": job.name,
        "state": state,
        "held": not job.schedule_enabled,
        "running": run is not None and run.state != "Idle",
        "applied": dict(job.applied),
        "selectable": True,
        "kind": job.kind.name,
        "type": job.job_type,
        "backup_server": job.server.name,
        "schedule_configured": job.schedule_configured,
        "rescheduled": job.rescheduled,
        "runs": [
            {"id": one.id, "state": one.state, "result": one.result, "is_retry": one.is_retry} for one in job.runs
        ],
    }


def _live(job: Job) -> Run:
    run = job.live_run
    if run is None:
        raise BadSeed(f"nothing of {job.name} runs")
    return run


def _result(word: str) -> str:
    result = word.capitalize()
    if result not in RESULTS:
        raise BadSeed(f"no result {word!r}")
    return result


def create() -> Simulator:
    """A new, empty Enterprise Manager."""
    return VeeamSimulator()
