# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A believable server of a network operator, for demonstrations."""

from __future__ import annotations

import typing as t

_SITES = ("ber1", "fra2", "muc1", "ham3", "lon4", "par2", "mad1", "mil2", "vie1", "zrh5", "ams3", "cph1")
#: jobType, name, description, typical run time in seconds
_KINDS = (
    ("Config Archive Collection", "Config archive", "Fetches running and startup configurations", 240),
    ("Inventory Collection", "Inventory sync", "Reads modules, interfaces and licences of the devices", 600),
    ("SWIM Distribution", "Image distribution", "Copies the approved image to the devices", 1800),
    ("CliTemplateDeployIOSDevices", "CLI template deploy", "Cli Template Deploy for IOS devices", 120),
    ("Compliance Audit", "Compliance audit", "Checks configurations against the security policy", 900),
    ("Wireless Configuration Audit", "WLC audit", "Compares controllers with their templates", 420),
    ("Report Generation", "Interface utilization report", "Weekly report to the network operations centre", 90),
    ("Device Reachability", "Reachability poll", "Polls the management addresses of the site", 45),
    ("Client Statistics", "Client statistics", "Aggregates the wireless clients of the day", 150),
    ("Server Backup", "Application backup", "Backs the server up to the remote repository", 2700),
)
_OWNERS = ("netops", "wlan-team", "security", "root", "automation")
#: what the jobs of each block of twenty are doing: most are waiting for their next run
_SCENARIOS = (
    ("queued",) * 4
    + ("running", "queued", "queued", "suspended", "queued", "running", "failed", "queued", "queued", "completed")
    + ("queued", "running", "warning", "queued", "suspended_running", "queued")
)
_LAST_RESULTS = ("success", "success", "success", "warning", "success", "failed", "success")
_HOUR = 3600


def estate(count: int = 100) -> list[dict[str, t.Any]]:
    """Seeds of `count` jobs; always the same ones."""
    return [_job(index) for index in range(count)]


def _job(index: int) -> dict[str, t.Any]:
    kind, title, description, seconds = _KINDS[index % len(_KINDS)]
    round_, site = divmod(index // len(_KINDS), len(_SITES))
    name = f"{title} {_SITES[site]}" + (f" wave {round_ + 1}" if round_ else "")
    scenario = _SCENARIOS[(index * 7) % len(_SCENARIOS)]  # 7 and 20 have no common factor: kinds and states mix
    job: dict[str, t.Any] = {
        "name": name,
        "type": kind,
        "description": description,
        "owner": _OWNERS[(index // 3) % len(_OWNERS)],
        "scenario": scenario,
        "period": 24 * _HOUR,
        "next_run_in": (1 + index % 23) * _HOUR + (index * 37) % _HOUR,
    }
    if index % 50 == 42:
        job["scenario"] = "pending_approval"
    elif index % 50 == 17:
        job["system_job"] = True
    if scenario in ("completed", "failed", "warning"):
        job["one_shot"] = True
    elif scenario in ("queued", "suspended"):
        job.update(last_result=_LAST_RESULTS[index % len(_LAST_RESULTS)], duration=seconds)
    return job
