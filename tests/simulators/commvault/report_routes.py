# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations that only tell: events, counters, the cache of active jobs, clients and groups (contract 5.3, 6.1)."""

from __future__ import annotations

import typing as t

import flask

from simulators.commvault import catalog, events, job_cache, views
from simulators.commvault.outcomes import ApiError
from simulators.commvault.wire import Document, Malformed

if t.TYPE_CHECKING:
    from simulators.commvault.simulator import CommvaultSimulator

_COUNTERS = {
    "runningJobs": catalog.RUNNING,
    "suspendedJobs": catalog.SUSPENDED,
    "suspendPendingJobs": catalog.SUSPEND_PENDING,
    "waitingJobs": catalog.WAITING,
    "queuedJobs": catalog.QUEUED,
    "killPendingJobs": catalog.KILL_PENDING,
    "interruptPendingJobs": catalog.INTERRUPT_PENDING,
    "killedJobs": catalog.KILLED,
}
_EVENT_NAMES = frozenset(("jobid", "fromtime", "showinfo", "showminor", "showmajor"))


def blueprint(sim: CommvaultSimulator) -> flask.Blueprint:
    """All of them, below the API's root."""
    api = flask.Blueprint("reports", __name__)

    @api.post("/jobs/aggregations/summary")
    def counters() -> flask.Response:
        if sim.json_body().get("jobSummaryAggregationType") != 1:
            raise Malformed("jobSummaryAggregationType is missing or unknown")
        statuses = [job.status for job in sim.visible_jobs()]
        document: Document = {name: statuses.count(status) for name, status in _COUNTERS.items()}
        return sim.answer({**document, "anomalousJobs": 0})

    @api.get("/jobs/active")
    def active() -> flask.Response:
        given = sim.query()
        summaries = sim.job_cache.get(
            sim.clock.now(),
            float(sim.knobs["cache_age"]),
            given.get("hardrefresh") == "true",
            lambda: _active_summaries(sim),
        )
        found = job_cache.select(summaries, flask.request.args.getlist("fq"), given.get("sort", ""))
        start, limit = _number(given, "start", 0), _number(given, "limit", len(found))
        jobs = [{"jobSummary": summary} for summary in found[start : start + limit]]
        return sim.answer({"filterQueryCount": len(found), "jobs": jobs})

    @api.get("/events")
    def event_log() -> flask.Response:
        given = sim.query(_EVENT_NAMES)
        job_id = _number(given, "jobid", 0) or None
        found = events.newest_first(sim.commcell.events, job_id, _number(given, "fromtime", 0))
        if given.get("showinfo", "true").lower() == "false":  # all events of jobs are informational
            found = []
        return sim.answer({"commservEvents": [views.event(event) for event in found]})

    @api.get("/client")
    def clients() -> flask.Response:
        known = sim.commcell.directory.clients.values()
        return sim.answer({"clientProperties": [{"client": views.client_entry(client)} for client in known]})

    @api.get("/clientgroup")
    def groups() -> flask.Response:
        known = sim.commcell.directory.groups.values()
        return sim.answer({"groups": [views.group_entry(group) for group in known]})

    @api.get("/job/<int:job_id>/taskdetails")
    def task_details(job_id: int) -> flask.Response:
        job = sim.visible_job(job_id)
        if job is None:
            raise ApiError(404, "Job not found")
        return sim.answer({"taskInfo": {"task": {"taskName": "", "taskType": 1, "ownerName": job.started_by}}})

    return api


def _active_summaries(sim: CommvaultSimulator) -> list[Document]:
    now = sim.clock.now()
    return [views.summary(job, now, sim.knobs["language"]) for job in sim.visible_jobs() if not job.final]


def _number(given: t.Mapping[str, str], name: str, default: int) -> int:
    value = given.get(name, str(default))
    if not value.isdecimal():
        raise Malformed(f"{name} is not a number")
    return int(value)
