# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of job that Enterprise Manager knows, and how the resources of each are named (contract 5.1, 6.1, 8.1)."""

from __future__ import annotations

import dataclasses
import typing as t

#: verb in the request -> Rel of the link that offers it
TOGGLE = "toggleScheduleEnabled"
LINK_OF_VERB = {
    TOGGLE: "ToggleScheduleEnabled",
    "start": "Start",
    "stop": "Stop",
    "retry": "Retry",
    "sync": "Sync",
    "disable": "Disable",
    "enable": "Enable",
}

#: what a Task says in the end about an operation that went well (contract 8.1); a verb that is not here says "Ok"
MESSAGE_OF_VERB = {
    "start": 'Job "{name}" triggered to start.',
    "sync": 'Job "{name}" triggered to start.',
    "stop": 'Job "{name}" triggered to stop.',
    "retry": 'Job "{name}" triggered to retry.',
}


@dataclasses.dataclass(frozen=True)
class TaskKind:
    """How the parts of a run are named, one for each object of the job."""

    root: str  # where one of them is found
    name: str  # the last part of the path of a session's parts
    element: str


@dataclasses.dataclass(frozen=True)
class SessionKind:
    """How the runs of a kind of job are named."""

    root: str  # where one session is found
    name: str  # the last part of the path of a job's sessions
    element: str  # XML element, Type attribute and UID namespace
    collection: str  # key of the JSON list and XML root of the entities
    task: TaskKind


BACKUP_SESSION = SessionKind(
    *("backupSessions", "backupSessions", "BackupJobSession", "BackupJobSessions"),
    TaskKind("backupTaskSessions", "taskSessions", "BackupTaskSession"),
)
REPLICA_SESSION = SessionKind(
    *("replicaSessions", "replicaSessions", "ReplicaJobSession", "ReplicaJobSessions"),
    TaskKind("replicaTaskSessions", "replicaTaskSessions", "ReplicaTaskSession"),
)
CDP_SESSION = SessionKind(
    *("cdpReplicaSessions", "cdpReplicaSessions", "CdpReplicaSession", "CdpReplicaSessions"),
    TaskKind("cdpReplicaTaskSessions", "cdpReplicaTaskSessions", "CdpReplicaTaskSession"),
)
SESSION_KINDS = (BACKUP_SESSION, REPLICA_SESSION, CDP_SESSION)


@dataclasses.dataclass(frozen=True)
class Kind:
    """One kind of job: its paths, element names, words and operations."""

    name: str  # the seed key `kind`
    root: str  # path of the collection, below /api
    element: str  # XML element of the entity
    type: str  # Type attribute and UID namespace
    reference: str  # Type attribute of a Ref
    collection: str  # key of the JSON list and XML root of the entities
    job_type: str
    platform: str
    session: SessionKind
    session_job_type: str
    operations: t.Mapping[str, str]  # verb -> Operation of its Task
    edit_operation: str = ""  # Operation of a PUT; empty: there is none
    verb_in_path: bool = False  # POST {root}/{id}/{verb} instead of POST {root}/{id}?action={verb}

    @property
    def is_policy(self) -> bool:
        """Whether its elements are called Policy... instead of Job..."""
        return self.type == "CdpPolicy"


_BACKUP = Kind(
    name="job",
    root="jobs",
    element="Job",
    type="Job",
    reference="JobReference",
    collection="Jobs",
    job_type="Backup",
    platform="VMware",
    session=BACKUP_SESSION,
    session_job_type="Backup",
    operations={TOGGLE: "UpdateJob", "start": "StartJob", "stop": "StopJob", "retry": "RetryJob"},
    edit_operation="EditJob",
)
_COPY = dataclasses.replace(
    _BACKUP,
    name="copy",
    job_type="ImmediateBackupCopy",
    platform="CustomPlatform",
    session_job_type="ImmediateBackupCopy",
    operations={TOGGLE: "UpdateJob", "sync": "StartJobSync"},
    edit_operation="",
)
_REPLICA = dataclasses.replace(
    _BACKUP, name="replica", job_type="Replica", session=REPLICA_SESSION, session_job_type="Replica"
)
_AGENT = Kind(
    name="agent",
    root="agents/jobs",
    element="AgentBackupJob",
    type="AgentBackupJob",
    reference="AgentBackupJobReference",
    collection="AgentBackupJobs",
    job_type="AgentBackup",
    platform="AgentForWindows",
    session=BACKUP_SESSION,
    session_job_type="AgentBackup",
    operations={TOGGLE: "UpdateJob", "start": "StartJob", "stop": "StopAgentJob", "retry": "RetryAgentJob"},
)
_NAS = Kind(
    name="nas",
    root="nas/jobs",
    element="NASJob",
    type="NasJob",
    reference="NasJobReference",
    collection="NASJobs",
    job_type="",  # a file share job has neither JobType nor Platform
    platform="",
    session=BACKUP_SESSION,
    session_job_type="NasBackup",
    operations={TOGGLE: "UpdateJob", "start": "StartNasJob", "stop": "StopNasJob", "retry": "RetryNasJob"},
    verb_in_path=True,
)
_CDP = Kind(
    name="cdp",
    root="cdpPolicies",
    element="CdpPolicy",
    type="CdpPolicy",
    reference="CdpPolicyReference",
    collection="CdpPolicies",
    job_type="CdpReplica",
    platform="VMware",
    session=CDP_SESSION,
    session_job_type="CdpReplica",
    operations={"disable": "UpdateCdpPolicy", "enable": "UpdateCdpPolicy"},
    edit_operation="UpdateCdpPolicy",
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in (_BACKUP, _COPY, _REPLICA, _AGENT, _NAS, _CDP)}

#: the collections of jobs: path -> the kind whose names the whole collection uses
ROOTS: dict[str, Kind] = {kind.root: kind for kind in (_BACKUP, _AGENT, _NAS, _CDP)}

#: JobType in a seed -> kind, when the seed does not say the kind
KIND_OF_TYPE = {
    "Backup": "job",
    "BackupCopy": "copy",
    "ImmediateBackupCopy": "copy",
    "Replica": "replica",
    "AgentBackup": "agent",
    "NasBackup": "nas",
    "CdpReplica": "cdp",
}
