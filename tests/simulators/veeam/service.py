# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that is not a job: the service itself, logon sessions, tasks, backup servers, system sessions, errors."""

from __future__ import annotations

import typing as t

from simulators.veeam.logons import Logon, Task
from simulators.veeam.resources import Resources, uid
from simulators.veeam.state import BackupServer, Collecting, Job
from simulators.veeam.wire import Collection, Resource, Value

VERSIONS = ("v1_5", "v1_6", "v1_7")
ACCEPTED_VERSIONS = ("latest", "v1_0", "v1_1", "v1_2", "v1_3", "v1_4", *VERSIONS)

#: what the logon session links to: (path, Type)
_ENTRANCES = (
    ("logonSessions", "LogonSessionList"),
    ("backupServers", "BackupServerReferenceList"),
    ("jobs", "JobReferenceList"),
    ("jobs?format=Entity", "JobList"),
    ("agents/jobs", "AgentBackupJobReferenceList"),
    ("nas/jobs", "NasJobReferenceList"),
    ("cdpPolicies", "CdpPolicyReferenceList"),
    ("backupSessions", "BackupJobSessionReferenceList"),
    ("replicaSessions", "ReplicaJobSessionReferenceList"),
    ("agents/backupSessions", "BackupJobSessionReferenceList"),
    ("cdpReplicaSessions", "CdpReplicaSessionReferenceList"),
    ("systemSessions", "SystemSessionReferenceList"),
    ("tasks", "TaskList"),
    ("querySvc", "QuerySvc"),
)


def enterprise_manager(build: Resources) -> Resource:
    """The answer of GET /api/."""
    versions = [
        Resource(
            "SupportedVersion",
            {"Name": version},
            {"Links": [build.link("Create", f"sessionMngr/?v={version}", "LogonSession")]},
        )
        for version in VERSIONS
    ]
    links: list[Resource] = [
        build.link("Down", "logonSessions", "LogonSessionList"),
        build.link("Create", "sessionMngr/?v=latest", "LogonSession"),
    ]
    supported = Collection("SupportedVersions", "SupportedVersions", versions)
    return Resource("EnterpriseManager", {}, {"Links": links, "SupportedVersions": supported})


def logon_session(build: Resources, logon: Logon) -> Resource:
    path = f"logonSessions/{logon.id}"
    links = [
        build.link("Up", "", "EnterpriseManager"),
        *(build.link("Down", entrance, type_) for entrance, type_ in _ENTRANCES),
        build.link("Delete", path, "LogonSession"),
    ]
    elements: dict[str, Value] = {"Links": links, "UserName": logon.user.account, "SessionId": logon.id}
    return Resource("LogonSession", {"Type": "LogonSession", "Href": build.href(path)}, elements)


def task(build: Resources, task: Task, job: Job | None = None) -> Resource:
    """A Task; `job` is the entity that an edit has a Related link to."""
    path = f"tasks/{task.id}"
    links = [build.link("Delete", path, "Task")]
    if job is not None:
        links.append(build.link("Related", f"{job.kind.root}/{job.id}?format=Entity", job.kind.type, job.name))
    elements: dict[str, Value] = {
        "Links": links,
        "TaskId": task.id,
        "State": task.state,
        "Operation": task.operation,
        "Result": _result(build, task),
    }
    return Resource("Task", {"Type": "Task", "Href": build.href(path)}, elements)


def _result(build: Resources, task: Task) -> Resource | None:
    if task.success is None:
        return None
    success: bool | str = task.success
    if build.knobs["success_type"] == "string":
        success = "true" if task.success else "false"
    message = task.message if build.knobs["task_message"] else None
    return Resource("Result", {"Success": success}, {"Message": message})


def server_ref(build: Resources, server: BackupServer) -> Resource:
    path = f"backupServers/{server.id}"
    return Resource(
        "Ref",
        {
            "Type": "BackupServerReference",
            "Href": build.href(path),
            "Name": server.name,
            "UID": uid("BackupServer", server.id),
        },
        {"Links": [build.link("Alternate", f"{path}?format=Entity", "BackupServer", server.name)]},
    )


def server(build: Resources, server: BackupServer) -> Resource:
    path = f"backupServers/{server.id}"
    links = [
        build.link("Alternate", path, "BackupServerReference", server.name),
        build.link("Start", f"{path}?action=collect"),
    ]
    attributes = {
        "Type": "BackupServer",
        "Href": build.href(f"{path}?format=Entity"),
        "Name": server.name,
        "UID": uid("BackupServer", server.id),
    }
    return Resource("BackupServer", {**attributes}, {"Links": links, "Port": 9392, "Version": "12.3.1.1139"})


def _collecting_name(collecting: Collecting) -> str:
    return f"Collect Job @{collecting.created:%Y-%m-%d %H:%M:%S.%f}"


def system_session_ref(build: Resources, collecting: Collecting) -> Resource:
    path, name = f"systemSessions/{collecting.id}", _collecting_name(collecting)
    return Resource(
        "Ref",
        {
            "Type": "SystemSessionReference",
            "Href": build.href(path),
            "Name": name,
            "UID": uid("SystemSession", collecting.id),
        },
        {"Links": [build.link("Alternate", f"{path}?format=Entity", "SystemSession", name)]},
    )


def system_session(build: Resources, collecting: Collecting) -> Resource:
    path, name = f"systemSessions/{collecting.id}", _collecting_name(collecting)
    ended = collecting.ended is not None
    result = Resource("Result", {}, {"Result": "Success", "Message": None, "IsCanceled": False}) if ended else None
    elements: dict[str, Value] = {
        "Links": [build.link("Alternate", path, "SystemSessionReference", name)],
        "SessionType": "CollectJob",
        "CreationTimeUTC": build.time(collecting.created),
        "EndTimeUTC": build.time(collecting.ended),
        "State": "CompletedSuccessfully" if ended else "InProgress",
        "Result": result,
    }
    attributes: dict[str, t.Any] = {
        "Type": "SystemSession",
        "Href": build.href(f"{path}?format=Entity"),
        "Name": name,
        "UID": uid("SystemSession", collecting.id),
    }
    return Resource("SystemSession", attributes, elements)


def error(status: int, message: str) -> Resource:
    """The body of a failure (contract 8.6)."""
    return Resource(
        "Error",
        {"Message": message, "StatusCode": status, "Status": None},
        {"FirstChanceExceptionMessage": None, "StackTrace": None},
    )
