# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations on jobs: lists, one job, its details and the four actions (contract 5, 6, 8)."""

from __future__ import annotations

import typing as t

import flask

from simulators.commvault import listing, views, wire
from simulators.commvault.outcomes import ApiError
from simulators.commvault.wire import Document, Malformed

if t.TYPE_CHECKING:
    from simulators.commvault.simulator import CommvaultSimulator

_NO_RECORDS: Document = {"totalRecordsWithoutPaging": 0}
_PAUSE_NAMES = frozenset(("autoresumeinsec",))
_RESUBMIT_NAMES = frozenset(("startinsuspendedstate",))


def blueprint(sim: CommvaultSimulator) -> flask.Blueprint:
    """All of them, below the API's root."""
    api = flask.Blueprint("jobs", __name__)

    @api.get("/job")
    def get_jobs() -> flask.Response:
        query = listing.from_query(sim.query(), sim.headers(), sim.knobs)
        return _list_answer(sim, query)

    @api.post("/jobs")
    def post_jobs() -> flask.Response:
        return _list_answer(sim, listing.from_body(sim.json_body(), sim.knobs))

    @api.get("/job/<int:job_id>")
    def get_job(job_id: int) -> flask.Response:
        job = sim.visible_job(job_id)
        if job is not None:
            document = views.listing([job], 1, sim.clock.now(), sim.knobs["language"])
            return sim.answer(document, wire.LIST_ROOT)
        if sim.knobs["missing_job"] == "404":
            raise ApiError(404, "Job not found")
        return sim.answer(_NO_RECORDS, wire.LIST_ROOT)

    @api.post("/jobdetails")
    def job_details() -> flask.Response:
        job_id = _wanted_detail(sim)
        if job_id is None:
            return sim.answer({}, wire.DETAIL_ROOT)
        job = sim.visible_job(job_id)
        if job is None:
            error = {"errorCode": 2, "errLogMessage": f"Job [{job_id}] does not exist."}
            return sim.answer({"error": {"errList": [error]}}, wire.DETAIL_ROOT)
        return sim.answer(views.detail(job, sim.commcell.children(job), sim.clock.now()), wire.DETAIL_ROOT)

    @api.post("/job/<int:job_id>/action/pause")
    def pause(job_id: int) -> flask.Response:
        wait = sim.query(_PAUSE_NAMES).get("autoresumeinsec")
        if wait is not None and not (wait.isdecimal() and int(wait)):
            raise Malformed("autoResumeInSec is not a number of seconds")
        job = sim.job_to_act_on(job_id)
        sim.commcell.pause(job, float(wait) if wait else None, sim.user.name)
        return sim.accepted()

    @api.post("/job/<int:job_id>/action/resume")
    def resume(job_id: int) -> flask.Response:
        sim.query(frozenset())
        sim.commcell.resume(sim.job_to_act_on(job_id))
        return sim.accepted()

    @api.post("/job/<int:job_id>/action/kill")
    def kill(job_id: int) -> flask.Response:
        sim.query(frozenset())
        sim.commcell.kill(sim.job_to_act_on(job_id), sim.user.name)
        return sim.accepted()

    @api.post("/job/<int:job_id>/action/resubmit")
    def resubmit(job_id: int) -> flask.Response:
        word = sim.query(_RESUBMIT_NAMES).get("startinsuspendedstate", "false").lower()
        if word not in ("true", "false"):
            raise Malformed("startInSuspendedState is not a boolean")
        new, task_id = sim.commcell.resubmit(sim.job_to_act_on(job_id), word == "true", sim.user.name)
        return sim.answer({"taskId": task_id, "jobIds": [str(new.job_id)]}, wire.TASK_ROOT)

    return api


def _list_answer(sim: CommvaultSimulator, query: listing.Query) -> flask.Response:
    now = sim.clock.now()
    found = sim.find(query)
    if not found and sim.knobs["empty_list"] == "404":
        raise ApiError(404, "No jobs found")
    return sim.answer(views.listing(query.page_of(found), len(found), now, sim.knobs["language"]), wire.LIST_ROOT)


def _wanted_detail(sim: CommvaultSimulator) -> int | None:
    """The id that a JobDetails body asks for; None for XML in JSON, which the product ignores (contract 6.1)."""
    if sim.sends_xml():
        wanted = sim.xml_body("JobManager_JobDetailRequest").get("jobId")
    else:
        body = sim.json_body()
        if "JobManager_JobDetailRequest" in body:
            return None
        wanted = body.get("jobId")
    if wanted is None or isinstance(wanted, bool) or not str(wanted).isdecimal():
        raise Malformed("jobId is not a number")
    return int(wanted)
