# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A believable company's backup jobs, for the demo."""

from __future__ import annotations

import random
import typing as t

Json = dict[str, t.Any]

#: site -> backup server
_SITES = {
    "FRA1": "vbr-fra01.example.com",
    "FRA2": "vbr-fra02.example.com",
    "AMS1": "vbr-ams01.example.com",
    "LON1": "vbr-lon01.example.com",
}
_NAMES: dict[str, tuple[str, ...]] = {
    "job": (
        "SAP ERP",
        "Exchange Mailbox",
        "SQL Cluster",
        "Oracle Finance",
        "CRM",
        "File Services",
        "Domain Controllers",
        "Intranet Web",
        "GitLab",
        "Kubernetes Masters",
        "VDI Golden Images",
        "Print Services",
        "Monitoring",
        "Payroll",
    ),
    "copy": ("Offsite Copy Tier1", "Offsite Copy Tier2", "Object Storage Copy"),
    "replica": ("DR Replica ERP", "DR Replica CRM", "DR Replica Mail"),
    "agent": ("Linux Physical", "Windows Physical", "Branch Servers", "Database Hosts"),
    "nas": ("Engineering Share", "Marketing Share", "Home Directories"),
    "cdp": ("Trading CDP", "Order Entry CDP"),
}
#: how often each kind occurs
_KINDS = ("job",) * 11 + ("agent",) * 4 + ("copy",) * 2 + ("replica", "nas", "cdp")
#: how often each scenario occurs: most jobs wait or work, somebody has suspended a few before
_SCENARIOS = (
    ("queued",) * 9 + ("running",) * 4 + ("suspended",) * 2 + ("completed",) * 3 + ("warning",) + ("failed",) * 2
)


def estate(count: int = 100) -> list[Json]:
    """The seeds of so many jobs, always the same ones."""
    chance = random.Random(9398)
    return [_job(chance, number) for number in range(count)]


def _job(chance: random.Random, number: int) -> Json:
    kind = chance.choice(_KINDS)
    site = chance.choice(list(_SITES))
    scenario = chance.choice(_SCENARIOS)
    seed: Json = {
        "name": f"{site} {chance.choice(_NAMES[kind])} {number + 1:03d}",
        "kind": kind,
        "scenario": scenario,
        "owner": _SITES[site],
        "objects": [f"{site.lower()}-srv{number * 3 + offset:04d}" for offset in range(chance.randrange(1, 4))],
        "history": chance.randrange(3) if scenario != "queued" else 0,
    }
    if kind == "agent" and "Linux" in seed["name"]:
        seed["platform"] = "AgentForLinux"
    if scenario == "running":
        seed["progress"] = chance.randrange(5, 95)
    if scenario == "failed":
        seed["failure_message"] = chance.choice(
            ("Failed to create VM snapshot.", "Repository is out of free space.", "Cannot connect to the guest OS.")
        )
    return seed
