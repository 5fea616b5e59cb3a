# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a seed or an outside event, as tests and the demo write it, to a job of the CommCell and its status."""

from __future__ import annotations

import dataclasses
import typing as t

from simulators.commvault import catalog
from simulators.commvault.directory import NO_SUBCLIENT, Client, Subclient
from simulators.commvault.state import CommCell, Job
from simulators.core.simulator import BadSeed, Json

KEYS = frozenset(
    (
        "name", "scenario", "id", "owner", "type", "system_job", "raw", "duration", "reason", "percent", "started_by",
        "client_groups", "application", "level", "visible", "aged", "restartable", "preemptable", "parent",
        "suspend_outcome", "submit_error", "started_ago", "ended_ago", "no_subclient", "odd",
    )
)  # fmt: skip
_RESULTS: Json = {"success": catalog.COMPLETED, "warning": catalog.ERRORS, "failed": catalog.FAILED}
_EVENTS: Json = {
    "suspend": catalog.SUSPENDED,
    "resume": catalog.RUNNING,
    "start": catalog.RUNNING,
    "fail": catalog.FAILED,
    "interrupt": catalog.INTERRUPT_PENDING,
    "interrupted": catalog.INTERRUPTED,
    "block": catalog.PENDING,
    "commit": catalog.COMMITTED,
}
_DEFAULT_OWNER = "client01"
_DEFAULT_APPLICATION = "Windows File System"
_STARTED_AGO, _RAN_FOR = 600, 300
SUSPEND_OUTCOMES = ("suspended", "completed", "never")
_BLOCKED = "The Media Agent is offline.<br>Please check its services."


def job_from(seed: Json, commcell: CommCell) -> Job:
    """The job that a seed describes.

    :raises BadSeed: an unknown key or value, or an id that is taken.
    """
    unknown = sorted(set(seed) - KEYS)
    if unknown:
        raise BadSeed(f"commvault has no seed key {', '.join(unknown)}")
    kind = _kind(seed)
    client, subclient = _place(seed, kind, commcell)
    status = seed.get("raw") or _status(seed.get("scenario", "queued"))
    now = int(commcell.now())
    job = Job(
        _job_id(seed.get("id"), commcell), kind, client, subclient, _level(seed, kind), status,
        start=now - int(seed.get("started_ago", _STARTED_AGO)),
    )  # fmt: skip
    if job.final:
        job.end = now - int(seed.get("ended_ago", min(_RAN_FOR, now - job.start)))
        job.start = min(job.start, job.end)
    job.updated = job.end or now
    job.percent = int(seed.get("percent", _percent(job)))
    job.reason = seed.get("reason", _BLOCKED if status == catalog.PENDING else "")
    job.submit_error = int(seed.get("submit_error", 0))
    job.started_by = seed.get("started_by", job.started_by)
    job.work_left = float(seed["duration"]) if "duration" in seed else None
    job.parent = int(seed.get("parent", 0))
    job.suspend_outcome = _one_of(seed.get("suspend_outcome", ""), ("", *SUSPEND_OUTCOMES))
    job.odd = dict(seed.get("odd", {}))
    for flag in ("visible", "aged", "restartable", "preemptable"):
        setattr(job, flag, bool(seed.get(flag, getattr(job, flag))))
    return job


def status_after(event: str, details: Json) -> str:
    """The status that an outside event puts a job into.

    :raises BadSeed: no such event, or a detail is missing or unknown.
    """
    word = str(details.get("result", "success")) if event == "finish" else event
    statuses = _RESULTS if event == "finish" else {**_EVENTS, "status": details.get("raw")}
    status = statuses.get(word)
    if not status:
        raise BadSeed(f"commvault has no event {event!r} with {details!r}")
    return str(status)


def _kind(seed: Json) -> catalog.JobType:
    word = seed.get("type") or (catalog.DISASTER_RECOVERY if seed.get("system_job") else catalog.BACKUP).name
    kind = catalog.job_type(str(word))
    if kind is None:
        raise BadSeed(f"commvault has no job type {word!r}")
    if seed.get("system_job") and not kind.admin:
        raise BadSeed(f"{kind.name!r} is not an administrative job")
    return kind


def _place(seed: Json, kind: catalog.JobType, commcell: CommCell) -> tuple[Client | None, Subclient]:
    """Where the job works; an administrative job works nowhere in particular."""
    if kind.admin:
        return None, NO_SUBCLIENT
    client = commcell.directory.client(seed.get("owner", _DEFAULT_OWNER), seed.get("client_groups"))
    application = seed.get("application", _DEFAULT_APPLICATION)
    subclient = commcell.directory.subclient(client, seed.get("name", "default"), application)
    if seed.get("no_subclient"):  # as a recorded restore shows it: subclientId 0, no name (contract 6.1)
        subclient = dataclasses.replace(subclient, subclient_id=0, name="")
    return client, subclient


def _status(scenario: str) -> str:
    if scenario not in catalog.SCENARIOS:
        raise BadSeed(f"commvault has no scenario {scenario!r}")
    return catalog.SCENARIOS[scenario]


def _job_id(given: t.Any, commcell: CommCell) -> int:
    if given is None:
        return commcell.last_id + 1
    if not str(given).isdecimal() or int(given) in commcell.jobs:
        raise BadSeed(f"{given!r} is not a free job id")
    return int(given)


def _level(seed: Json, kind: catalog.JobType) -> catalog.Level:
    default = "Incremental" if kind is catalog.BACKUP else 0
    level = catalog.level(seed.get("level", default))
    if level is None:
        raise BadSeed(f"commvault has no backup level {seed['level']!r}")
    return level


def _percent(job: Job) -> int:
    if job.final:
        return 100
    return 0 if job.status in (catalog.WAITING, catalog.QUEUED) else 40


def _one_of(value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise BadSeed(f"{value!r} is not one of {', '.join(allowed)}")
    return value
