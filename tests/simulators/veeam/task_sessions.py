# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a session did to each object of its job (contract 6.2)."""

from __future__ import annotations

import dataclasses
import typing as t
import uuid

from simulators.veeam.kinds import TaskKind
from simulators.veeam.resources import Resources, uid
from simulators.veeam.state import Job, Run
from simulators.veeam.wire import Resource, Value


@dataclasses.dataclass(frozen=True)
class TaskSession:
    """One object of a run."""

    id: str
    object_name: str
    state: str  # Pending, InProgress, Completed
    result: str
    reason: str


def of_run(job: Job, run: Run) -> list[TaskSession]:
    """The task sessions of a run: its objects one after the other; what went wrong did so with the first of them."""
    return [_task_session(run, index, name) for index, name in enumerate(job.objects)]


def _task_session(run: Run, index: int, name: str) -> TaskSession:
    identity = str(uuid.uuid5(uuid.UUID(run.id), name))
    if run.live:
        return TaskSession(identity, name, "Pending" if index else "InProgress", "None", "")
    if index == 0 and run.result != "Success":
        return TaskSession(identity, name, "Completed", run.result, run.failure or "Processing has been interrupted.")
    return TaskSession(identity, name, "Completed", "Success", "")


def reference(build: Resources, job: Job, run: Run, task: TaskSession) -> Resource:
    kind = job.kind.session.task
    attributes = {**_attributes(build, kind, run, task), "Type": f"{kind.element}Reference"}
    alternate = build.link("Alternate", f"{_path(kind, task)}?format=Entity", kind.element, _name(run, task))
    return Resource("Ref", attributes, {"Links": [*_up(build, job, run), alternate]})


def entity(build: Resources, job: Job, run: Run, task: TaskSession) -> Resource:
    kind = job.kind.session.task
    alternate = build.link("Alternate", _path(kind, task), f"{kind.element}Reference", _name(run, task))
    elements: dict[str, Value] = {
        "Links": [*_up(build, job, run), alternate],
        "JobSessionUid": uid(job.kind.session.element, run.id),
        "CreationTimeUTC": build.time(run.created),
        "EndTimeUTC": build.time(run.ended),
        "State": task.state,
        "Result": task.result,
        "Reason": task.reason,
    }
    attributes = _attributes(build, kind, run, task)
    attributes["Href"] = f"{attributes['Href']}?format=Entity"
    return Resource(kind.element, {**attributes, "VmDisplayName": task.object_name}, elements)


def _path(kind: TaskKind, task: TaskSession) -> str:
    return f"{kind.root}/{task.id}"


def _name(run: Run, task: TaskSession) -> str:
    return f"{task.object_name}@{run.created:%Y-%m-%d %H:%M:%S}"


def _attributes(build: Resources, kind: TaskKind, run: Run, task: TaskSession) -> dict[str, t.Any]:
    identity = uid(kind.element, task.id)
    return {"Type": kind.element, "Href": build.href(_path(kind, task)), "Name": _name(run, task), "UID": identity}


def _up(build: Resources, job: Job, run: Run) -> list[Resource]:
    session = job.kind.session
    up = build.link("Up", f"{session.root}/{run.id}", f"{session.element}Reference", run.name)
    return [build.server_up(job.server), up]
