# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The v5 APIs: "stop" as an action pauses, but the paths `/stop` and `/batch-stop` terminate (contract 8.4, 8.5)."""

from __future__ import annotations

import functools
import typing as t

from simulators.drs import decode, states, wire_v5
from simulators.drs.call import Api, Call, Reply
from simulators.drs.errors import Json, Refusal, text, v5_code
from simulators.drs.identity import hexadecimal
from simulators.drs.job import Job
from simulators.drs.rules import Reason, Refused

PARAMETER_ERROR = "DRS.10000009"
SHOW_TYPES = ("detail", "overview", "progress", "log", "network", "precheck", "diagnosis")
PAUSE_MODES = ("target", "all")
PRECHECK_MODES = ("forStartJob", "forRetryJob")

#: answered with a query_id; only the precheck changes anything
QUERIED = ("network", "precheck", "diagnosis")
CONTROLS = ("start", "stop", "restart", "reset", "terminate")
#: known to the product, but without any effect on whether a task works
OTHERS = (
    "skip_precheck",
    "create_compare",
    "cancel_compare",
    "column_limit",
    "reload_parameters",
    "bind_eip",
    "unbind_eip",
    "set_writable",
    "set_readonly",
    "cloud_connection",
    "start_repair",
    "stop_repair",
)

Answer = t.Callable[[Call], Reply]


def _in_words_of_v5(answer: Answer) -> Answer:
    """Refuse with the codes of v5."""

    @functools.wraps(answer)
    def answering(call: Call) -> Reply:
        try:
            return answer(call)
        except Refused as refused:
            raise Refusal(v5_code(refused.reason, call.knobs, batch=False)) from None
        except Refusal as refusal:
            if refusal.code in decode.CODES:
                raise Refusal(PARAMETER_ERROR) from None
            raise

    return answering


def _document(call: Call) -> Json:
    return decode.document(call.body, call.content_type)


def _find(call: Call, job_id: str) -> Job:
    job = call.world.find(job_id)
    if job.status == states.DELETED:
        raise Refused(Reason.GONE)
    return job


# --- reads ---------------------------------------------------------------------------------------------------


def _word(call: Call, key: str, allowed: t.Collection[str] = (), default: str | None = "") -> str:
    """One word of the query; it is required when there is no default."""
    value = call.query.get(key, [""])[0] or default
    if value is None or (allowed and value and value not in allowed):
        raise Refusal(PARAMETER_ERROR)
    return value


def _number(call: Call, key: str, default: int, least: int) -> int:
    value = _word(call, key, default=str(default))
    if not value.isdigit() or int(value) < least:
        raise Refusal(PARAMETER_ERROR)
    return int(value)


@_in_words_of_v5
def list_jobs(call: Call) -> Reply:
    """`GET /jobs`: one `job_type` at a time."""
    wanted = {
        "db_use_type": _word(call, "job_type", states.DB_USE_TYPES, default=None),
        "status": _word(call, "status", wire_v5.FILTER_STATUSES),
        "net_type": _word(call, "net_type", states.NET_TYPES),
        "enterprise_project_id": _word(call, "enterprise_project_id"),
        "instance_ip": _word(call, "instance_ip"),
    }
    name, engine = _word(call, "name"), _word(call, "engine_type")
    ids = decode.ids_in_name(name, 10)
    instances = call.query.get("instance_ids", [])
    found = [
        job
        for job in call.world.listed()
        if all(value in ("", getattr(job, key)) for key, value in wanted.items())
        and engine in ("", wire_v5.engine_type(job))
        and (not name or name in job.name or job.id in ids)
        and (not instances or job.instance_id in instances)
    ]
    sort_key = _word(call, "sort_key", wire_v5.SORT_KEYS)
    direction = _word(call, "sort_dir", ("asc", "desc"), default="desc")
    if sort_key:
        found.sort(key=lambda job: wire_v5.sort_value(job, sort_key), reverse=direction == "desc")
    offset = _number(call, "offset", 0, least=0)
    limit = min(_number(call, "limit", call.knobs["v5_list_limit"], least=1), call.knobs["v5_list_limit_max"])
    shown = [_listed(job, call) for job in found[offset : offset + limit]]
    return Reply({"total_count": len(found), "jobs": shown})


def _listed(job: Job, call: Call) -> Json:
    children = [_listed(child, call) for child in call.world.relatives(job)]
    return wire_v5.listed(job, call.world.look(job), children, call.knobs)


@_in_words_of_v5
def show_job(call: Call) -> Reply:
    """`GET /jobs/{id}?type=...`."""
    _word(call, "type", SHOW_TYPES, default=None)
    job = _find(call, call.job_id)
    return Reply(wire_v5.shown(job, call.world.look(job), call.world.now()))


@_in_words_of_v5
def show_actions(call: Call) -> Reply:
    """`GET /jobs/{id}/actions`."""
    return Reply({"job_action": wire_v5.job_action(_find(call, call.job_id), call.knobs)})


@_in_words_of_v5
def list_timelines(call: Call) -> Reply:
    """`GET /jobs/{id}/timelines`: who did what when, the latest first."""
    offset, limit = _number(call, "offset", 0, least=0), _number(call, "limit", 10, least=1)
    if limit > 1000:
        raise Refusal(PARAMETER_ERROR)
    operations = _find(call, call.job_id).timeline[::-1]
    lines = [wire_v5.timeline(operation) for operation in operations[offset : offset + limit]]
    return Reply({"count": len(operations), "timelines": lines})


# --- actions -------------------------------------------------------------------------------------------------


class Order(t.NamedTuple):
    """One action to perform."""

    name: str
    pause_mode: str
    re_edit: bool
    start_time: float
    precheck_mode: str
    force: bool


def _order(source: t.Any, knobs: Json) -> Order:
    """`{"action_name": ..., "action_params": {...}}`."""
    if not isinstance(source, dict):
        raise Refusal(PARAMETER_ERROR)
    params = source.get("action_params") or {}
    if not isinstance(params, dict):
        raise Refusal(PARAMETER_ERROR)
    return Order(
        name=decode.text(source, "action_name", (*CONTROLS, *QUERIED, *OTHERS), required=True),
        pause_mode=decode.text(params, "pause_mode", PAUSE_MODES) or knobs["v5_pause_mode_default"],
        re_edit=decode.flag(params, "is_sync_re_edit"),
        start_time=decode.epoch_ms(params, "start_time"),
        precheck_mode=decode.text(params, "precheck_mode", PRECHECK_MODES) or "forStartJob",
        force=decode.flag(params, "force_delete"),
    )


def _perform(call: Call, job: Job, order: Order) -> None:
    world, user = call.world, call.user
    if order.name == "stop":
        world.pause(job, order.pause_mode, user)
    elif order.name == "restart":
        world.retry(job, order.re_edit, user)
    elif order.name == "start":
        world.start(job, order.start_time, user)
    elif order.name == "reset":
        world.reset(job, user)
    elif order.name == "terminate":
        world.terminate(job, order.force, user)
    elif order.name == "precheck":
        world.precheck(job, order.precheck_mode)
    elif order.name in OTHERS:
        raise Refused(Reason.WRONG_STATE)


def _check_permission(call: Call, *orders: Order) -> None:
    """Terminating needs another permission than the actions that the paths are for."""
    if "terminate" not in call.permissions and any(order.name == "terminate" for order in orders):
        raise Refusal(call.knobs["no_permission"])


@_in_words_of_v5
def execute_action(call: Call) -> Reply:
    """`POST /jobs/{id}/action`: 200, or 202 with a query_id for what takes its time."""
    order = _order(_document(call).get("job"), call.knobs)
    _check_permission(call, order)
    job = _find(call, call.job_id)
    _perform(call, job, order)
    if order.name in QUERIED:
        return Reply({"query_id": hexadecimal(f"{order.name} {job.id} {call.world.now()}")}, 202)
    return Reply(wire_v5.accepted(job))


def _batch(call: Call, ids: list[str], act: t.Callable[[Job, int], None]) -> Reply:
    """Do one thing with each task; the second argument is its place in the request."""
    success = call.knobs["v5_status_case"]
    failure = "Failed" if success == "Success" else "failed"
    limit = call.knobs["max_batch"]
    if limit and len(ids) > limit:
        raise Refusal(PARAMETER_ERROR)
    entries = []
    for place, job_id in enumerate(ids):
        name = call.world.jobs[job_id].name if job_id in call.world.jobs else ""
        try:
            job = _find(call, job_id)
            act(job, place)
            entries.append(wire_v5.accepted(job, success))
        except Refused as refused:
            code = v5_code(refused.reason, call.knobs, batch=True)
            entries.append(wire_v5.failed(job_id, name, failure, code, text(code, call.language)))
    return Reply({"jobs": entries})


@_in_words_of_v5
def batch_action(call: Call) -> Reply:
    """`POST /jobs/action`."""
    sources = decode.orders(_document(call))
    orders = [_order(source, call.knobs) for source in sources]
    _check_permission(call, *orders)
    return _batch(call, _ids(sources), lambda job, place: _perform(call, job, orders[place]))


def _ids(sources: list[Json]) -> list[str]:
    return [source["job_id"] for source in sources]


@_in_words_of_v5
def stop_job(call: Call) -> Reply:
    """`POST /jobs/{id}/stop`: terminates."""
    force = decode.flag(_document(call), "is_force_stop")
    job = _find(call, call.job_id)
    call.world.terminate(job, force, call.user)
    return Reply(wire_v5.accepted(job))


@_in_words_of_v5
def batch_stop(call: Call) -> Reply:
    """`POST /jobs/batch-stop`: terminates."""
    sources = decode.orders(_document(call))
    forces = [decode.flag(source, "is_force_stop") for source in sources]
    return _batch(call, _ids(sources), lambda job, place: call.world.terminate(job, forces[place], call.user))


@_in_words_of_v5
def delete_job(call: Call) -> Reply:
    """`DELETE /jobs/{id}`."""
    job = _find(call, call.job_id)
    call.world.delete(job, call.user)
    return Reply(wire_v5.accepted(job))


@_in_words_of_v5
def batch_delete(call: Call) -> Reply:
    """`DELETE /jobs`, with a body."""
    return _batch(call, decode.ids(_document(call)), lambda job, _place: call.world.delete(job, call.user))


APIS = (
    Api("GET", "/jobs", "list", list_jobs),
    Api("GET", "/jobs/<job_id>", "get", show_job),
    Api("GET", "/jobs/<job_id>/actions", "get", show_actions),
    Api("GET", "/jobs/<job_id>/timelines", "get", list_timelines),
    Api("POST", "/jobs/<job_id>/action", "action", execute_action, is_write=True),
    Api("POST", "/jobs/action", "action", batch_action, is_write=True),
    Api("POST", "/jobs/<job_id>/stop", "terminate", stop_job, is_write=True),
    Api("POST", "/jobs/batch-stop", "terminate", batch_stop, is_write=True),
    Api("DELETE", "/jobs/<job_id>", "delete", delete_job, is_write=True),
    Api("DELETE", "/jobs", "delete", batch_delete, is_write=True),
)
