# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a job, an event, a client or a login looks in the product's documents (contract 4.1, 5, 6)."""

from __future__ import annotations

import typing as t

from simulators.commvault import catalog
from simulators.commvault.accounts import BAD_CREDENTIALS, LoginDenied, Session
from simulators.commvault.activity import Activity, Switches
from simulators.commvault.directory import Client, Group
from simulators.commvault.events import Event
from simulators.commvault.state import Job
from simulators.commvault.wire import Document

_BACKUP_SET, _INSTANCE = "defaultBackupSet", "DefaultInstanceName"
_COMMCELL = {"providerId": 0, "providerDomainName": "Example Commcell"}
_ALL_RIGHTS, _VIEW_RIGHTS = 4328650366975, 1
_UNKNOWN = -999


def _present(**fields: t.Any) -> Document:
    """The fields that have a value: the product leaves the others out."""
    return {key: value for key, value in fields.items() if value is not None}


def _subclient(job: Job) -> Document:
    sub, client = job.subclient, job.client
    return _present(
        clientName=client.name if client else None,
        instanceName=_INSTANCE if client else None,
        backupsetId=sub.backupset_id,
        instanceId=sub.instance_id,
        subclientId=sub.subclient_id,
        clientId=client.client_id if client else 0,
        appName=sub.application,
        backupsetName=_BACKUP_SET if client else None,
        applicationId=sub.application_id,
        subclientName=sub.name or None,
    )


def summary(job: Job, now: float, language: str = "en") -> Document:
    """`jobSummary`: the job as lists and GET Job/{id} show it."""
    client = job.client
    level = job.level.name or None
    shown = _present(
        sizeOfApplication=0,
        backupSetName=_BACKUP_SET if client else None,
        opType=job.kind.number,
        totalFailedFolders=0,
        totalFailedFiles=0,
        isVisible=job.visible,
        localizedStatus=catalog.localized(job.status, language),
        isAged=job.aged,
        totalNumOfFiles=0,
        jobId=job.job_id,
        jobSubmitErrorCode=job.submit_error,
        sizeOfMediaOnDisk=0,
        status=job.status,
        lastUpdateTime=job.updated,
        percentSavings=0,
        localizedOperationName=catalog.localized(job.kind.operation, language),
        statusColor=catalog.color(job.status),
        pendingReason=job.reason,
        backupLevel=job.level.number,
        jobElapsedTime=max(0, (job.end or int(now)) - job.start),
        jobStartTime=job.start,
        currentPhaseName="" if job.final else job.kind.phase,
        jobType=job.kind.name,
        isPreemptable=int(job.preemptable),
        backupLevelName=level,
        pendingReasonErrorCode="",
        appTypeName=job.subclient.application,
        percentComplete=job.percent,
        localizedBackupLevelName=level,
        subclientName=job.subclient.name or None,
        destClientName=client.name if client else None,
        jobEndTime=job.end or None,
        subclient=_subclient(job),
        destinationClient={"clientId": client.client_id, "clientName": client.name} if client else None,
        userName={"userName": job.started_by, "userId": 1},
        clientGroups=_groups(client) or None,
    )
    return {**shown, **job.odd}


def _groups(client: Client | None) -> list[Document]:
    groups = client.groups if client else []
    return [{"clientGroupId": group.group_id, "clientGroupName": group.name} for group in groups]


def listing(jobs: t.Iterable[Job], total: int, now: float, language: str = "en") -> Document:
    """A page of jobs; the key `jobs` is left out when there is none (contract 5.1)."""
    page = [{"jobSummary": summary(job, now, language)} for job in jobs]
    return {"totalRecordsWithoutPaging": total, **({"jobs": page} if page else {})}


def detail(job: Job, children: list[Job], now: float) -> Document:
    """The answer of JobDetails. Some numbers are strings here (contract 9.4)."""
    elapsed = max(0, (job.end or int(now)) - job.start)
    detail_info = _present(
        sizeOfApplication="0",
        transferTime=str(elapsed),
        unCompressedBytes=0,
        dataWritten="0",
        dataXferedNetwork="0",
        numOfObjects=0,
        sizeOfMediaOnDisk=0,
        savingsPercent="100.00",
        startTime=job.start,
        throughPut="0.00",
        endTime=job.end or None,
        compressedBytes=0,
        skippedItems=0,
    )
    general_info = _present(
        useScalableResourceAllocation="Unavailable",
        backupType=job.level.name or "Unknown",
        jobStartedFrom="Interactive" if job.resubmit_of else "Schedule",
        startTime=job.start,
        jobStartedBy=job.started_by,
        priority=_UNKNOWN,
        totalNumOfFiles=_UNKNOWN,
        jobId=job.job_id,
        softwareCompression="Off",
        systemState="No",
        operationType=job.kind.operation,
        subclient=_subclient(job),
        destinationClient={"clientName": job.client.name} if job.client else None,
    )
    document: Document = {
        "detailInfo": detail_info,
        "generalInfo": general_info,
        "progressInfo": {"reasonForJobDelay": job.reason, "state": job.status},
    }
    if children:
        document["clientStatusInfo"] = {"vmStatus": [_virtual_machine(child) for child in children]}
    return {"job": {"jobDetail": document}}


def _virtual_machine(child: Job) -> Document:
    return {"vmName": child.subclient.name, "jobID": child.job_id, "jobStatus": child.status}


def event(one: Event) -> Document:
    """One entry of `commservEvents`."""
    return {
        "severity": 0,
        "eventCode": one.code,
        "jobId": one.job_id,
        "acknowledge": 0,
        "eventCodeString": one.code_string,
        "subsystem": "JobManager",
        "description": one.description,
        "id": one.event_id,
        "timeSource": one.time,
        "type": 0,
        "clientEntity": {"clientId": one.client_id, "clientName": one.client_name},
    }


def login(session: Session, flags: Document, token_place: str = "token") -> Document:
    """The answer to an accepted Login; `flags` overrides fields, `token_place` is a path of one or two names."""
    user = session.user
    outer, _dot, inner = token_place.partition(".")
    return {
        "aliasName": str(user.user_id),
        "userGUID": f"00000000-0000-0000-0000-{user.user_id:012d}",
        "loginAttempts": 0,
        "remainingLockTime": 0,
        "smtpAddress": f"{user.name}@example.com",
        "userName": user.name,
        "providerType": 1,
        "ccn": 0,
        outer: {inner: session.token} if inner else session.token,
        "capability": _ALL_RIGHTS if user.privileged else _VIEW_RIGHTS,
        "forcePasswordChange": False,
        "isAccountLocked": False,
        **flags,
        "ownerOrganization": dict(_COMMCELL),
        "providerOrganization": dict(_COMMCELL),
        "errList": [],
    }


def login_denied(denied: LoginDenied) -> Document:
    """The answer to a refused Login, HTTP 200 (contract 4.1)."""
    return {
        "loginAttempts": denied.attempts,
        "isAccountLocked": denied.locked_for > 0,
        "remainingLockTime": denied.locked_for,
        "errList": [{"errLogMessage": denied.text, "errorCode": BAD_CREDENTIALS}],
    }


def client_entry(client: Client) -> Document:
    """`client` of one entry of GET Client."""
    return {
        "clientEntity": {
            "hostName": f"{client.name}.example.com",
            "clientId": client.client_id,
            "clientName": client.name,
            "displayName": client.name,
            "clientGUID": f"00000000-0000-0000-0000-{client.client_id:012d}",
            "_type_": 3,
        }
    }


def client_properties(client: Client, activity: Activity) -> Document:
    """One client with its activity control."""
    options = _options(activity.client(client.client_id, client.name))
    props = {"clientActivityControl": {"activityControlOptions": options}}
    return {"client": client_entry(client), "clientProps": props}


def group_entry(group: Group) -> Document:
    return {"Id": group.group_id, "name": group.name}


def group_detail(group: Group, activity: Activity) -> Document:
    """One client group with its activity control."""
    return {
        "clientGroup": {"clientGroupId": group.group_id, "clientGroupName": group.name},
        "clientGroupActivityControl": {
            "activityControlOptions": _options(activity.group(group.group_id, group.name)),
        },
    }


def _options(switches: Switches) -> list[Document]:
    return [
        {"activityType": number, "enableAfterADelay": bool(switch.reenable_at), "enableActivityType": switch.enabled}
        for number, switch in switches.by_number.items()
    ]


def activity_objects(switches: Switches) -> list[Document]:
    """`acObjects` of GET V4/CommCell/ActivityControl."""
    return [
        {
            "activityType": number,
            "enabled": switch.enabled,
            "reEnableTime": switch.reenable_at,
            "noSchedEnable": not switch.reenable_at,
            "reenableTimeZone": "UTC",
        }
        for number, switch in switches.by_number.items()
    ]
