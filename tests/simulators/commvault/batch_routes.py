# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations on many jobs at once: MultiJobOperation and QCommand (contract 8.6)."""

from __future__ import annotations

import typing as t

import flask

from simulators.commvault import batch
from simulators.commvault.outcomes import ApiError
from simulators.commvault.wire import Document

if t.TYPE_CHECKING:
    from simulators.commvault.simulator import CommvaultSimulator


def blueprint(sim: CommvaultSimulator) -> flask.Blueprint:
    """All of them, below the API's root."""
    api = flask.Blueprint("batch", __name__)

    @api.post("/jobs/multijoboperation")
    def multi_job() -> flask.Response:
        order = batch.from_multi_job(sim.json_body(), sim.knobs["multi_operations"])
        limit = int(sim.knobs["multi_limit"])
        if limit and len(order.job_ids or ()) > limit:
            return sim.answer({"error": {"errorCode": 2, "errLogMessage": f"No more than {limit} jobs at once."}})
        return sim.answer(_document(sim, _carry_out(sim, order)))

    @api.post("/qcommand/qoperation execute")
    def qoperation_execute() -> flask.Response:
        if sim.sends_xml():
            content = sim.xml_body(batch.MULTI_CELL_ROOT)
        else:
            content = sim.json_body().get(batch.MULTI_CELL_ROOT, {})
        return sim.answer(_document(sim, _carry_out(sim, batch.from_multi_cell(content))))

    @api.post("/qcommand")
    @api.post("/executeqcommand")
    def command_line() -> flask.Response:
        failures = _carry_out(sim, batch.from_command_line(_command()))
        return sim.text("".join(f"jobcontrol: Error {failure.code}: {failure.text}\n" for failure in failures))

    return api


def _carry_out(sim: CommvaultSimulator, order: batch.Order) -> list[batch.Failure]:
    sim.require_control()
    return batch.carry_out(order, sim.commcell, list(sim.visible_jobs()), sim.user.name)


def _document(sim: CommvaultSimulator, failures: list[batch.Failure]) -> Document:
    """The answer; how a partial failure looks is unknown, hence a knob."""
    form = sim.knobs["multi_partial"]
    if not failures or form == "silent":
        return t.cast(Document, sim.knobs["multi_answer"])
    if form == "errors":
        errors = [{"jobId": one.job_id, "errorCode": one.code, "errLogMessage": one.text} for one in failures]
        return {"errors": [{"errList": errors}]}
    return {"error": {"errorCode": failures[0].code, "errLogMessage": failures[0].text}}


def _command() -> str:
    """The command of a QCommand call: a form field, or the text itself."""
    request = flask.request
    if request.mimetype == "application/x-www-form-urlencoded":
        return request.form.get("command", "")
    if request.mimetype == "text/plain":
        return request.get_data(as_text=True)
    raise ApiError(415, "Unsupported media type")
