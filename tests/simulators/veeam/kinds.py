"""The kinds of job that Enterprise Manager knows, and how the resources of each are named (contract 5.1, 6.1, 8.1)."""

from __future__ import annotations

import dataclasses
import typing as t

#: (verb in the request, Rel of the link that offers it)
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
class SessionKind:
    """How the runs of a kind of job are named."""

    root: str  # where one session is found
    name: str  # the last part of the path of a job's sessions
    element: str  # XML element, Type attribute and UID namespace
    collection: str  # key of the JSON list and XML root of the entities


BACKUP_SESSION = SessionKind("backupSessions", "backupSessions", "BackupJobSession", "BackupJobSessions")
REPLICA_SESSION = SessionKind("replicaSessions", "replicaSessions", "ReplicaJobSession", "ReplicaJobSessions")
CDP_SESSION = SessionKind("cdpReplicaSessions", "cdpReplicaSessions", "CdpReplicaSession", "CdpReplicaSessions")
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


_VM = {TOGGLE: "UpdateJob", "start": "StartJob", "stop": "StopJob", "retry": "RetryJob"}
_COPY = {TOGGLE: "UpdateJob", "sync": "StartJobSync"}
_AGENT = {TOGGLE: "UpdateJob", "start": "StartJob", "stop": "StopAgentJob", "retry": "RetryAgentJob"}
_NAS = {TOGGLE: "UpdateJob", "start": "StartNasJob", "stop": "StopNasJob", "retry": "RetryNasJob"}
_CDP = {"disable": "UpdateCdpPolicy", "enable": "UpdateCdpPolicy"}

_BACKUP = Kind(
    "job",
    "jobs",
    "Job",
    "Job",
    "JobReference",
    "Jobs",
    "Backup",
    "VMware",
    BACKUP_SESSION,
    "Backup",
    _VM,
    edit_operation="EditJob",
)

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        _BACKUP,
        dataclasses.replace(
            _BACKUP,
            name="copy",
            job_type="ImmediateBackupCopy",
            platform="CustomPlatform",
            session_job_type="ImmediateBackupCopy",
            operations=_COPY,
            edit_operation="",
        ),
        dataclasses.replace(
            _BACKUP, name="replica", job_type="Replica", session=REPLICA_SESSION, session_job_type="Replica"
        ),
        Kind(
            "agent",
            "agents/jobs",
            "AgentBackupJob",
            "AgentBackupJob",
            "AgentBackupJobReference",
            "AgentBackupJobs",
            "AgentBackup",
            "AgentForWindows",
            BACKUP_SESSION,
            "AgentBackup",
            _AGENT,
        ),
        Kind(
            "nas",
            "nas/jobs",
            "NASJob",
            "NasJob",
            "NasJobReference",
            "NASJobs",
            "",  # a file share job has neither JobType nor Platform
            "",
            BACKUP_SESSION,
            "NasBackup",
            _NAS,
            verb_in_path=True,
        ),
        Kind(
            "cdp",
            "cdpPolicies",
            "CdpPolicy",
            "CdpPolicy",
            "CdpPolicyReference",
            "CdpPolicies",
            "CdpReplica",
            "VMware",
            CDP_SESSION,
            "CdpReplica",
            _CDP,
            edit_operation="UpdateCdpPolicy",
        ),
    )
}

#: the collections of jobs: path -> the kind whose names the whole collection uses
ROOTS: dict[str, Kind] = {kind.root: kind for kind in reversed(list(KINDS.values()))}
ROOTS["jobs"] = KINDS["job"]

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
