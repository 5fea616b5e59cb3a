# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GET /query: which resources a type names, one page of them, and its QueryResult (contract 5.2)."""

from __future__ import annotations

import dataclasses
import typing as t
import urllib.parse

from simulators.veeam import service
from simulators.veeam.logons import Task
from simulators.veeam.query import BadQuery, Properties, Row, parse_filter, positive, properties, sort
from simulators.veeam.resources import Resources, uid
from simulators.veeam.state import BackupServer, Job, Run, World
from simulators.veeam.wire import Collection, Resource, Value

_SERVER = ("BackupServerUid", "BackupServerName")
_SCHEDULE = ("UID", "Name", "Description", "ScheduleConfigured:bool", "ScheduleEnabled:bool", *_SERVER)
_JOB = properties(*_SCHEDULE, "NextRun:time", "JobType:word", "Platform:word")
_AGENT_JOB = properties(*_SCHEDULE, "JobType:word", "Platform:word")
_NAS_JOB = properties(*_SCHEDULE, "NextRun:time")
_SESSION_TIMES = ("CreationTime:time", "EndTime:time", "State:state", "Result:result", "IsRetry:bool", *_SERVER)
_SESSION = properties("UID", "Name", "JobType:word", "JobUid", "JobName", *_SESSION_TIMES)
# the times of a CDP session carry their suffix in queries as well (GET /query?type=CdpReplicaSession)
_CDP_SESSION = properties(
    *("Id", "Name", "PolicyUid", "PolicyName", "CreationTimeUTC:time", "EndTimeUTC:time"),
    *("State:state", "Result:result", "FailureMessage", *_SERVER),
)
_TASK = properties("TaskId", "State:taskstate", "Operation:word")
_BACKUP_SERVER = properties("UID", "Name")

#: kinds of entity that a QueryResult names, whether asked for or not (null), in the vendor's spelling
_ENTITIES = (
    "Jobs",
    "FailoverPlans",
    "BackupJobSessions",
    "ReplicaJobSessions",
    "AgentBackupJob",
    "NASJobs",
    "CdpPolicies",
    "CdpReplicaSessions",
    "BackupServers",
    "EnterpiseRoles",
)

#: row key of the resource that the row stands for; no property can have this name
_ENTITY = "*"


@dataclasses.dataclass(frozen=True)
class _Type:
    """One value of `type`: its properties, and where its entities go in a QueryResult."""

    known: Properties
    element: str  # XML wrapper
    key: str  # JSON key, used twice


_TYPES: dict[str, _Type] = {
    "job": _Type(_JOB, "Jobs", "Jobs"),
    "agentbackupjob": _Type(_AGENT_JOB, "AgentBackupJobs", "AgentBackupJob"),
    "nasjob": _Type(_NAS_JOB, "NASJobs", "NASJobs"),
    "cdppolicy": _Type(_NAS_JOB, "CdpPolicies", "CdpPolicies"),
    "backupjobsession": _Type(_SESSION, "BackupJobSessions", "BackupJobSessions"),
    "replicajobsession": _Type(_SESSION, "ReplicaJobSessions", "ReplicaJobSessions"),
    "cdpreplicasession": _Type(_CDP_SESSION, "CdpReplicaSessions", "CdpReplicaSessions"),
    "backupserver": _Type(_BACKUP_SERVER, "BackupServers", "BackupServers"),
    "task": _Type(_TASK, "Tasks", "Tasks"),
}
_SPELLING = {"job": "Job", "agentbackupjob": "AgentBackupJob", "nasjob": "NasJob", "cdppolicy": "CdpPolicy"}


def resource(build: Resources) -> Resource:
    """The query service itself: one link to each type, in the spelling of its entities."""
    links = [build.link("Down", f"query?type={name}", "QueryResult") for name in _TYPES]
    return Resource("QuerySvc", {"Type": "QuerySvc", "Href": build.href("querySvc")}, {"Links": links})


def answer(world: World, tasks: t.Iterable[Task], build: Resources, parameters: t.Mapping[str, str]) -> Resource:
    """The QueryResult for these query parameters (names in lower case).

    :raises BadQuery: a parameter is missing or cannot be understood.
    """
    name = parameters.get("type", "").lower()
    if name not in _TYPES:
        raise BadQuery(f"Unknown type {parameters.get('type', '')!r}.")
    form = parameters.get("format", "references").lower()
    if form not in ("entities", "references"):
        raise BadQuery(f"Unknown format {parameters['format']!r}.")
    chosen = _TYPES[name]
    rows = list(_rows(name, world, tasks))
    if parameters.get("filter"):
        test = parse_filter(parameters["filter"], chosen.known)
        rows = [row for row in rows if test(row)]
    for parameter in ("sortasc", "sortdesc"):
        if parameters.get(parameter):
            rows = sort(rows, chosen.known, parameters[parameter], parameter == "sortdesc")
    page, paging = _page(rows, build, parameters)
    members = [_resource(row[_ENTITY], build, form == "entities") for row in page]
    return Resource("QueryResult", {}, {**_sections(chosen, form == "entities", members), "PagingInfo": paging})


def _sections(chosen: _Type, entities: bool, members: list[Resource]) -> dict[str, Value]:
    """Refs, Entities and Resources, of which one is filled."""
    sections: dict[str, Value] = {"Refs": None, "Entities": None, "Resources": None}
    filled = Collection(chosen.element, chosen.key, members)
    if chosen.key == "Tasks":
        sections["Resources"] = Resource("Resources", {}, {"Tasks": filled})
    elif entities:
        every: dict[str, Value] = {key: filled if key == chosen.key else None for key in _ENTITIES}
        sections["Entities"] = Resource("Entities", {}, every)
    else:
        sections["Refs"] = Collection("Refs", "Refs", members)
    return sections


def _page(rows: list[Row], build: Resources, parameters: t.Mapping[str, str]) -> tuple[list[Row], Resource]:
    """One page of the rows and the PagingInfo that leads to the others."""
    if "pagesize" in parameters:
        size = positive(parameters["pagesize"], "pageSize")
    else:
        size = int(build.knobs["default_page_size"]) or max(1, len(rows))
    if build.knobs["max_page_size"]:
        size = min(size, int(build.knobs["max_page_size"]))
    number = positive(parameters.get("page", "1"), "page")
    count = max(1, -(-len(rows) // size))
    targets = {"First": 1, "Previous": number - 1, "Next": number + 1, "Last": count}
    links = [
        build.link(rel, _page_path(parameters, size, target, str(build.knobs["filter_hex"])))
        for rel, target in targets.items()
        if 1 <= target <= count
    ]
    info = Resource("PagingInfo", {"PageNum": number, "PageSize": size, "PagesCount": count}, {"Links": links})
    return rows[(number - 1) * size : number * size], info


def _page_path(parameters: t.Mapping[str, str], size: int, number: int, hex_digits: str) -> str:
    """The link to one page: the query as it was, its filter encoded anew."""
    pairs = []
    for name, spelling in (("type", "type"), ("format", "format"), ("filter", "filter")):
        if parameters.get(name):
            pairs.append(f"{spelling}={_encoded(parameters[name], hex_digits)}")
    for name, spelling in (("sortasc", "sortAsc"), ("sortdesc", "sortDesc")):
        if parameters.get(name):
            pairs.append(f"{spelling}={parameters[name]}")
    return "query?" + "&".join([*pairs, f"pageSize={size}", f"page={number}"])


def _encoded(text: str, hex_digits: str) -> str:
    encoded = urllib.parse.quote(text, safe="")
    if hex_digits == "upper":
        return encoded
    head, *rest = encoded.split("%")
    return "%".join([head, *(part[:2].lower() + part[2:] for part in rest)])


def _rows(name: str, world: World, tasks: t.Iterable[Task]) -> t.Iterator[Row]:
    """All resources of a type, with their properties."""
    jobs = world.database.values()
    if name in _SPELLING:
        yield from (_job_row(job, world) for job in jobs if job.kind.type == _SPELLING[name])
    elif name == "task":
        for task in tasks:
            yield {"taskid": task.id, "state": task.state, "operation": task.operation, _ENTITY: task}
    elif name == "backupserver":
        for server in world.servers.values():
            yield {"uid": uid("BackupServer", server.id), "name": server.name, _ENTITY: server}
    else:
        for job in jobs:
            if job.kind.session.element.lower() == name:
                yield from (_run_row(job, run) for run in job.visible_runs(world.now()))


def _server_columns(job: Job) -> dict[str, t.Any]:
    return {"backupserveruid": uid("BackupServer", job.server.id), "backupservername": job.server.name}


def _job_row(job: Job, world: World) -> Row:
    return {
        "uid": uid(job.kind.type, job.id),
        "name": job.name,
        "description": job.description,
        "nextrun": job.next_run(world.now()),
        "jobtype": job.job_type,
        "platform": job.platform,
        "scheduleconfigured": job.schedule_configured,
        "scheduleenabled": job.schedule_enabled,
        **_server_columns(job),
        _ENTITY: job,
    }


def _run_row(job: Job, run: Run) -> Row:
    owner, suffix = ("policy", "utc") if job.kind.is_policy else ("job", "")
    identity = uid(job.kind.session.element, run.id)
    return {
        "uid": identity,
        "id": identity,
        "name": run.name,
        f"{owner}type": run.job_type,
        f"{owner}uid": uid(job.kind.type, job.id),
        f"{owner}name": run.job_name,
        f"creationtime{suffix}": run.created,
        f"endtime{suffix}": run.ended,
        "state": run.state,
        "result": None if run.result == "None" else run.result,
        "isretry": run.is_retry,
        "failuremessage": run.failure,
        **_server_columns(job),
        _ENTITY: (job, run),
    }


def _resource(entity: t.Any, build: Resources, whole: bool) -> Resource:
    if isinstance(entity, Job):
        return build.job(entity) if whole else build.job_ref(entity)
    if isinstance(entity, BackupServer):
        return service.server(build, entity) if whole else service.server_ref(build, entity)
    if isinstance(entity, Task):
        return service.task(build, entity)
    job, run = entity
    if not whole:
        return build.run_ref(job, run)
    session = build.run(job, run)
    # in this one answer a CDP session has another element name (GET /query?type=CdpReplicaSession)
    return dataclasses.replace(session, tag="CdpPolicySession") if job.kind.is_policy else session
