# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bodies of the v3 answers."""

from __future__ import annotations

import datetime

from simulators.drs import rules, states
from simulators.drs.errors import Json
from simulators.drs.job import Job
from simulators.drs.rules import Knobs

LOCAL = datetime.timezone(datetime.timedelta(hours=8))  # of the mainland regions


def epoch_ms(seconds: float) -> str:
    """A time as a string of milliseconds; "0" is none."""
    return str(int(seconds * 1000))


def plain_time(seconds: float, zone: str) -> str:
    """A time as the v3 list writes it, in `zone` UTC or local (contract 9, item 10)."""
    moment = datetime.datetime.fromtimestamp(seconds, tz=datetime.timezone.utc if zone == "UTC" else LOCAL)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def result(job_id: str, code: str = "", message: str = "", key: str = "id", message_key: str = "error_msg") -> Json:
    """One entry of `results[]` of an action: success, or failed with a code."""
    if not code:
        return {key: job_id, "status": "success"}
    return {key: job_id, "status": "failed", "error_code": code, message_key: message}


def results(entries: list[Json]) -> Json:
    """The body of every batch answer."""
    return {"count": len(entries), "results": entries}


def job_action(job: Job, knobs: Knobs) -> Json:
    """What the product allows with the task now, and what it is doing with it (contract 5.1)."""
    available = rules.available_actions(job, knobs)
    body: Json = {
        "available_actions": available,
        "unavailable_actions": [action for action in states.ACTIONS if action not in available],
    }
    if job.current_action == "PAUSE":
        wanted = knobs["current_action_while_pausing"]
        return body if wanted == "missing" else {**body, "current_action": None if wanted == "null" else wanted}
    if job.current_action in ("SWITCH_OVER", "STOP_JOB"):  # v3 tells of no others
        body["current_action"] = job.current_action
    return body


def listed(job: Job, status: str, children: list[Json], knobs: Knobs) -> Json:
    """One task in the list."""
    body: Json = {
        "id": job.id,
        "name": job.name,
        "status": status,
        "description": job.description,
        "create_time": plain_time(job.created, knobs["list_time_zone"]),
        "engine_type": job.engine_type,
        "net_type": job.net_type,
        "billing_tag": job.prepaid,
        "job_direction": job.direction,
        "db_use_type": job.db_use_type,
        "task_type": job.task_type,
        "node_newFramework": False,
    }
    if job.error_msg:
        body["error_msg"] = job.error_msg
    if children:
        body["children"] = children
    if knobs["job_action"] == "present":
        body["job_action"] = job_action(job, knobs)
    return body


def detail(job: Job, status: str) -> Json:
    """One task in batch-detail (contract 6.2)."""
    source_type, _separator, target_type = job.engine_type.replace("cloudDataGuard-", "").partition("-to-")
    body: Json = {
        "id": job.id,
        "parent_id": job.parent_id,
        "name": job.name,
        "status": status,
        "description": job.description,
        "create_time": epoch_ms(job.created),
        "update_time": epoch_ms(job.updated),
        "actual_start_time": epoch_ms(job.started),
        "task_type": job.task_type,
        "db_use_type": job.db_use_type,
        "job_direction": job.direction,
        "net_type": job.net_type,
        "multi_write": job.multi_write,
        "is_multi_az": False,
        "node_role": "slave" if job.is_child else "",
        "inst_info": {
            "engine_type": job.engine_type,
            "inst_type": "high",
            "ip": job.instance_ip,
            "public_ip": "",
            "start_time": epoch_ms(job.start_time),
            "status": "active",
            "volume_size": 100,
        },
        "source_endpoint": _endpoint(source_type, "", job.instance_ip),
        "target_endpoint": _endpoint(target_type or source_type, job.instance_id, "", job.owner),
        "speed_limit": [],
        "is_target_readonly": True,
        "tags": [{"key": key, "value": value} for key, value in job.tags.items()],
        "need_restart": job.re_edited,
    }
    if job.error_msg:
        body["failed_reason"] = job.error_msg
    if job.prepaid:
        body["period_order"] = {"order_id": f"CS{job.id[:8]}", "charging_mode": "period"}
    return body


def _endpoint(db_type: str, inst_id: str, ip: str, inst_name: str = "") -> Json:
    return {"db_type": db_type, "ip": ip, "db_port": 3306, "db_user": "drs", "inst_id": inst_id, "inst_name": inst_name}


def progress(job: Job, now: float) -> Json:
    """One task in batch-progress: all numbers are strings (contract 6.3)."""
    full = job.status in (states.FULL_RUNNING, states.FULL_FAILED)
    done = "54" if full else "100" if states.rule(job.status).working or job.status == states.PAUSED else "0"
    delay = "-1" if full or done == "0" else "0"
    return {
        "job_id": job.id,
        "progress": done,
        "incre_trans_delay": delay,
        "incre_trans_delay_millis": delay,
        "task_mode": job.task_type,
        "transfer_status": job.status,
        "process_time": epoch_ms(now),
        "remaining_time": "0" if done == "100" else "3600",
        "progress_map": {"struct": _part("100" if full else done), "data": _part(done), "index": _part(done)},
    }


def _part(percent: str) -> Json:
    return {"completed": f"{percent}%", "remaining_time": None}
