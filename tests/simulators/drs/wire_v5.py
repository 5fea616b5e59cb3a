# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bodies of the v5 answers."""

from __future__ import annotations

import datetime

from simulators.drs import states, wire
from simulators.drs.errors import Json
from simulators.drs.job import Job, Operation
from simulators.drs.rules import Knobs


def iso(seconds: float) -> str:
    """A time as v5 writes it."""
    return datetime.datetime.fromtimestamp(seconds, tz=datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def engine_type(job: Job) -> str:
    """The engine in the words of v5, which always name both ends (contract 5.2)."""
    plain = job.engine_type.replace("cloudDataGuard-", "")
    return plain if "-to-" in plain else f"{plain}-to-{plain}"


def job_action(job: Job, knobs: Knobs) -> Json:
    """As in v3, but `current_action` names every operation (contract 5.1)."""
    body = wire.job_action(job, knobs)
    if job.current_action and job.current_action != "PAUSE":
        body["current_action"] = job.current_action
    return body


def _role(job: Job) -> str:
    if job.is_parent:
        return "parent"
    return "child" if job.parent_id else "master"


def _mode(job: Job) -> str:
    if job.is_subtask:
        return "sync_child"
    return "single" if not (job.is_parent or job.is_child) else "multi_to_single"


def listed(job: Job, status: str, children: list[Json], knobs: Knobs) -> Json:
    """One task in the list (contract 5.2)."""
    body: Json = {
        "id": job.id,
        "name": job.name,
        "status": status,
        "create_time": iso(job.created),
        "engine_type": engine_type(job),
        "job_direction": job.direction,
        "job_type": job.db_use_type,
        "task_type": job.task_type,
        "charging_mode": _charging(job),
        "enterprise_project_id": job.enterprise_project_id,
        "job_mode": _mode(job),
        "job_mode_role": _role(job),
        "is_multi_az": False,
        "node_role": "slave" if job.is_child else "",
    }
    if children:
        body["children"] = children
    if knobs["job_action"] == "present":
        body["job_action"] = job_action(job, knobs)
    return body


def _charging(job: Job) -> str:
    return "period" if job.prepaid else "on_demand"


def shown(job: Job, status: str, now: float) -> Json:
    """One task on its own (contract 6.4)."""
    numbers = wire.progress(job, now)
    return {
        "job": {
            "id": job.id,
            "status": status,
            "create_time": iso(job.created),
            "master_job_id": job.parent_id,
            "base_info": {
                "name": job.name,
                "job_type": job.db_use_type,
                "multi_write": job.multi_write,
                "engine_type": engine_type(job),
                "job_direction": job.direction,
                "task_type": job.task_type,
                "net_type": job.net_type,
                "charging_mode": _charging(job),
                "enterprise_project_id": job.enterprise_project_id,
                "description": job.description,
                "start_time": wire.epoch_ms(job.start_time),
                "expired_days": "14",
            },
            "progress_info": {
                "progress": numbers["progress"],
                "incre_trans_delay": numbers["incre_trans_delay"],
                "remaining_time": numbers["remaining_time"],
            },
        }
    }


def timeline(operation: Operation) -> Json:
    """One line of a task's history."""
    return {
        "name": operation.name,
        "status": "success",
        "operation_time": iso(operation.time),
        "user_name": operation.user,
    }


def accepted(job: Job, status: str = "success") -> Json:
    """An action that was accepted, alone or in a batch."""
    return {"id": job.id, "name": job.name, "status": status}


def failed(job_id: str, name: str, status: str, code: str, message: str) -> Json:
    """One failed entry of a batch."""
    return {"id": job_id, "name": name, "status": status, "error_code": code, "error_msg": message}


#: what the filter `status` of the list knows (contract 5.2)
FILTER_STATUSES = frozenset(
    status
    for status in states.RULES
    if status not in (states.PAUSED, states.DELETED) and not status.startswith(("REBUILD_", "NODE_"))
)

SORT_KEYS = ("name", "status", "create_time", "net_type", "job_direction", "pay_mode")


def sort_value(job: Job, key: str) -> str | float:
    """What a list is sorted by."""
    if key == "create_time":
        return job.created
    values = {
        "name": job.name,
        "status": job.status,
        "net_type": job.net_type,
        "job_direction": job.direction,
        "pay_mode": _charging(job),
    }
    return values[key]
