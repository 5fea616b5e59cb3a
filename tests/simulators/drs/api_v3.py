# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The v3 APIs."""

from __future__ import annotations

import typing as t

from simulators.drs import decode, rules, states, wire
from simulators.drs.call import Api, Call, Reply
from simulators.drs.errors import Json, Refusal, text, v3_code
from simulators.drs.job import Job
from simulators.drs.rules import Reason, Refused

PAUSE_MODES = ("target", "all")
DELETE_TYPES = ("terminate", "force_terminate", "delete", "roll_back_upgrade_active_standby")
PRECHECK_MODES = ("forStartJob", "forRetryJob")


def _document(call: Call) -> Json:
    return decode.document(call.body, call.content_type)


# --- reads ---------------------------------------------------------------------------------------------------


def list_jobs(call: Call) -> Reply:
    """`POST /jobs`: one `db_use_type` at a time."""
    query = decode.list_query(_document(call), states.DB_USE_TYPES, tuple(states.RULES), states.NET_TYPES)
    found = [job for job in call.world.listed() if _matches(job, query, call)]
    return Reply(
        {"total_record": len(found), "jobs": [_listed(job, call) for job in query.page.cut(found)]},
    )


def _matches(job: Job, query: decode.ListQuery, call: Call) -> bool:
    engine = query.engine_type
    if engine is None:
        engine = "" if call.knobs["engine_type_absent"] == "all" else "mysql"
    return (
        job.db_use_type == query.db_use_type
        and engine in ("", job.engine_type)
        and (not query.name or query.name in job.name or job.id in query.ids)
        and query.status in ("", job.status)
        and query.net_type in ("", job.net_type)
        and query.enterprise_project_id in ("", job.enterprise_project_id)
        and (not query.instance_ids or job.instance_id in query.instance_ids)
        and query.instance_ip in ("", job.instance_ip)
        and query.tags.items() <= job.tags.items()
    )


def _listed(job: Job, call: Call) -> Json:
    children = [_listed(child, call) for child in call.world.relatives(job)]
    return wire.listed(job, call.world.look(job), children, call.knobs)


def _read(call: Call, wanted: list[str], encode: t.Callable[[Job], Json], key: str, message_key: str) -> list[Json]:
    """One entry for each id: what is encoded, or why it cannot be read."""
    entries = []
    for job_id in wanted:
        try:
            job = call.world.find(job_id)
            if job.status == states.DELETED and call.knobs["deleted_id"] != "DELETED":
                raise Refused(Reason.GONE)
            entries.append(encode(job))
        except Refused as refused:
            code = v3_code(refused.reason, call.knobs)
            entries.append({key: job_id, "error_code": code, message_key: text(code, call.language)})
    return entries


def _read_reply(entries: list[Json], status: int = 200) -> Reply:
    """All failed means 400, with the same body (contract 6.2)."""
    return Reply(wire.results(entries), 400 if entries and all("error_code" in entry for entry in entries) else status)


def _read_page(call: Call, encode: t.Callable[[Job], Json]) -> Reply:
    body = _document(call)
    page = body.get("page_req") or {}
    if not isinstance(page, dict):
        raise Refusal(decode.INVALID, "page_req")
    wanted = decode.page(page, per_page=5).cut(decode.ids(body))
    return _read_reply(_read(call, wanted, encode, "id", "error_message"))


def batch_status(call: Call) -> Reply:
    """`POST /jobs/batch-status`: five at a time, unless `page_req` says otherwise."""
    return _read_page(call, lambda job: {"id": job.id, "status": call.world.look(job)})


def batch_detail(call: Call) -> Reply:
    """`POST /jobs/batch-detail`, paged like batch-status."""
    return _read_page(call, lambda job: wire.detail(job, call.world.look(job)))


def batch_progress(call: Call) -> Reply:
    """`POST /jobs/batch-progress`, without pages."""
    wanted = decode.ids(_document(call))
    now = call.world.now()
    entries = _read(call, wanted, lambda job: wire.progress(job, now), "job_id", "error_msg")
    return _read_reply(entries, int(call.knobs["progress_http"]))


# --- actions -------------------------------------------------------------------------------------------------

Act = t.Callable[[Job, Json], None]


def _act(call: Call, orders: list[Json], act: Act, accepted: int) -> Reply:
    """Do one thing with each task of a batch, and tell of each whether it was accepted."""
    limit = call.knobs["max_batch"]
    if limit and len(orders) > limit:
        raise Refusal("DRS.M00299") if limit == 1 else Refusal(decode.INVALID, "jobs")
    reasons = [_reason(call, order, act) for order in orders]
    entries = []
    for order, reason in zip(orders, reasons):
        code = v3_code(reason, call.knobs) if reason else ""
        entries.append(wire.result(order["job_id"], code, text(code, call.language) if code else ""))
    return Reply(wire.results(entries), _status(call, reasons, accepted))


def _status(call: Call, reasons: list[Reason | None], accepted: int) -> int:
    """The HTTP status of a batch: only when all have failed it may be another than that of a success."""
    if not all(reasons):
        return accepted
    if all(reason is Reason.BUSY for reason in reasons):
        if call.knobs["busy_http"] == "202":
            raise Refusal("DRS.M01504")
        return accepted
    return accepted if call.knobs["all_failed_http"] == 200 else int(call.knobs["all_failed_http"])


def _reason(call: Call, order: Json, act: Act) -> Reason | None:
    try:
        act(call.world.find(order["job_id"]), order)
    except Refused as refused:
        return refused.reason
    return None


def batch_pause(call: Call) -> Reply:
    """`POST /jobs/batch-pause-task`."""
    orders = decode.orders(_document(call))
    for order in orders:
        decode.text(order, "pause_mode", PAUSE_MODES, required=True)
    return _act(call, orders, lambda job, order: call.world.pause(job, order["pause_mode"], call.user), 200)


def batch_retry(call: Call) -> Reply:
    """`POST /jobs/batch-retry-task`: resumes what is paused, retries what has failed."""
    orders = decode.orders(_document(call))
    for order in orders:
        decode.flag(order, "is_sync_re_edit")
    return _act(
        call,
        orders,
        lambda job, order: call.world.retry(job, bool(order.get("is_sync_re_edit")), call.user),
        200,
    )


def batch_delete(call: Call) -> Reply:
    """`DELETE /jobs/batch-jobs`, with a body: ends tasks or deletes ended ones."""
    orders = decode.orders(_document(call))
    for order in orders:
        decode.text(order, "delete_type", DELETE_TYPES, required=True)
        decode.flag(order, "is_show_breakpoint_position")

    def act(job: Job, order: Json) -> None:
        kind = order["delete_type"]
        if kind == "delete":
            call.world.delete(job, call.user)
        elif kind in ("terminate", "force_terminate"):
            call.world.terminate(job, kind == "force_terminate", call.user)
        else:  # only for a version upgrade that can be rolled back, which is not simulated
            rules.check(Reason.WRONG_STATE)

    return _act(call, orders, act, 202)


def batch_start(call: Call) -> Reply:
    """`POST /jobs/batch-starting`."""
    orders = decode.orders(_document(call))
    for order in orders:
        decode.epoch_ms(order, "start_time")
    return _act(
        call, orders, lambda job, order: call.world.start(job, decode.epoch_ms(order, "start_time"), call.user), 202
    )


def batch_precheck(call: Call) -> Reply:
    """`POST /jobs/batch-precheck`: it always passes."""
    orders = decode.orders(_document(call))
    for order in orders:
        decode.text(order, "precheck_mode", PRECHECK_MODES, required=True)
    return _act(call, orders, lambda job, order: call.world.precheck(job, order["precheck_mode"]), 200)


def precheck_result(call: Call) -> Reply:
    """`POST /jobs/batch-precheck-result`."""
    wanted = decode.ids(_document(call))

    def encode(job: Job) -> Json:
        done = "100%" if job.prechecked else "0%"
        items = [{"item": "source_connection", "result": "PASSED"}] if job.prechecked else []
        return {"job_id": job.id, "process": done, "total_passed_rate": done, "precheck_result": items}

    return _read_reply(_read(call, wanted, encode, "job_id", "error_msg"))


APIS = (
    Api("POST", "/jobs", "list", list_jobs),
    Api("POST", "/jobs/batch-status", "get", batch_status),
    Api("POST", "/jobs/batch-detail", "get", batch_detail),
    Api("POST", "/jobs/batch-progress", "getProgress", batch_progress),
    Api("POST", "/jobs/batch-precheck-result", "get", precheck_result),
    Api("POST", "/jobs/batch-pause-task", "action", batch_pause, is_write=True),
    Api("POST", "/jobs/batch-retry-task", "action", batch_retry, is_write=True),
    Api("POST", "/jobs/batch-starting", "action", batch_start, is_write=True),
    Api("POST", "/jobs/batch-precheck", "action", batch_precheck, is_write=True),
    Api("DELETE", "/jobs/batch-jobs", "delete", batch_delete, is_write=True),
)
