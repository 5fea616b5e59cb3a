# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A believable CommCell for the demo: what a night's backups of a mid-sized company look like."""

from __future__ import annotations

from simulators.core.simulator import Json

_SITES = ("ber", "muc", "fra", "ham")
_ROLES = (
    ("sql", "SQL Server", ("erp", "crm", "datawarehouse"), "Database Servers"),
    ("ora", "Oracle", ("billing", "warehouse"), "Database Servers"),
    ("fs", "Windows File System", ("home-drives", "projects", "profiles"), "File Servers"),
    ("vm", "Virtual Server", ("esx-production", "esx-test"), "Virtualization"),
    ("mail", "Exchange Database", ("mailboxes-a-m", "mailboxes-n-z"), "Messaging"),
    ("web", "Linux File System", ("www", "etc"), "Web Servers"),
)
#: of every twenty jobs: mostly what can be suspended, a few that somebody has suspended, a few finished
_SCENES: tuple[Json, ...] = (
    *({"scenario": "running"} for _number in range(9)),
    *({"scenario": "queued"} for _number in range(4)),
    {"raw": "Pending", "reason": "No free drive in library [LTO-8].<br>Please check the tape library."},
    {"scenario": "suspended", "started_by": "night-shift", "reason": "Storage array under maintenance"},
    {"scenario": "suspended", "started_by": "dba-team"},
    {"scenario": "completed"},
    {"scenario": "warning", "reason": "12 files could not be opened"},
    {"scenario": "failed", "reason": "The client did not answer in time"},
    {"scenario": "completed"},
)
_TYPES = ("Backup", "Backup", "Backup", "Synthetic Full", "Auxiliary Copy", "Backup", "Data Verification")
_LEVELS = ("Incremental", "Full", "Incremental", "Differential")
_SYSTEM_JOBS: tuple[Json, ...] = (
    {"name": "disaster recovery", "scenario": "running", "type": "CS DR Backup", "system_job": True},
    {"name": "data aging", "scenario": "queued", "type": "Data Aging", "system_job": True},
)
_EVERY = 50  # one administrative job per so many jobs
_STRIDE = 7  # spreads the scenes over clients and types


def estate(count: int = 100) -> list[Json]:
    """`count` seeds, the same ones at every call."""
    return [_system_job(index) if index % _EVERY == _EVERY - 1 else _client_job(index) for index in range(count)]


def _system_job(index: int) -> Json:
    return dict(_SYSTEM_JOBS[index // _EVERY % len(_SYSTEM_JOBS)])


def _client_job(index: int) -> Json:
    role, application, subclients, group = _ROLES[index % len(_ROLES)]
    turn = index // len(_ROLES)
    kind = _TYPES[turn % len(_TYPES)]
    job = {
        "name": subclients[turn % len(subclients)],
        "owner": f"{_SITES[turn % len(_SITES)]}-{role}-{turn // len(_SITES) % 40 + 1:02d}",
        "type": kind,
        "application": application,
        "client_groups": [group],
        "started_ago": 300 + index * 37 % 7200,
        **_SCENES[index * _STRIDE % len(_SCENES)],
    }
    if kind == "Backup":
        job["level"] = _LEVELS[turn % len(_LEVELS)]
    if job.get("scenario") == "running":
        job["percent"] = 5 + index * 13 % 90
    return job
