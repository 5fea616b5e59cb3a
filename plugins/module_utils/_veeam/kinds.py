# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library.

"""The kinds of job that Enterprise Manager keeps apart, and how each is asked for (contract 5.1, 5.2, 6.2)."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class SessionType:
    """The runs of a kind of job, as the query service names them and their properties."""

    name: str
    root: str  # path of the collection below /api
    job_uid: str
    created: str


BACKUP_SESSION = SessionType("BackupJobSession", "backupSessions", "JobUid", "CreationTime")
REPLICA_SESSION = SessionType("ReplicaJobSession", "replicaSessions", "JobUid", "CreationTime")
CDP_SESSION = SessionType("CdpReplicaSession", "cdpReplicaSessions", "PolicyUid", "CreationTimeUTC")


@dataclasses.dataclass(frozen=True)
class Kind:
    """One collection of jobs."""

    name: str  # `type` of the query service, and the namespace of the UIDs
    root: str  # path of the collection below /api
    types: tuple[str, ...]  # values of JobType; the first is that of a job which does not tell

    def session_type(self, job_type: str) -> SessionType:
        """Where the runs of a job of this kind are found."""
        if self is CDP_POLICY:
            return CDP_SESSION
        return REPLICA_SESSION if job_type == "Replica" else BACKUP_SESSION


JOB = Kind("Job", "jobs", ("Backup", "BackupCopy", "ImmediateBackupCopy", "Replica"))
AGENT_JOB = Kind("AgentBackupJob", "agents/jobs", ("AgentBackup",))
NAS_JOB = Kind("NasJob", "nas/jobs", ("NasBackup",))
CDP_POLICY = Kind("CdpPolicy", "cdpPolicies", ("CdpReplica",))
KINDS = (JOB, AGENT_JOB, NAS_JOB, CDP_POLICY)
