# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A believable estate of replication tasks for a demo."""

from __future__ import annotations

from simulators.core.simulator import Json

#: application, the instance that it belongs to, type, engine
LINKS = (
    ("orders", "rds-orders-prod", "sync", "mysql"),
    ("billing", "rds-billing-prod", "cloudDataGuard", "cloudDataGuard-mysql"),
    ("catalogue", "dds-catalogue-prod", "migration", "mongodb"),
    ("payments", "rds-payments-prod", "sync", "postgresql"),
    ("clickstream", "kafka-analytics", "sync", "mysql-to-kafka"),
    ("ledger", "gaussdb-ledger-prod", "sync", "gaussdbv5"),
    ("crm", "rds-crm-prod", "migration", "mysql"),
    ("loyalty", "rds-loyalty-prod", "sync", "mysql"),
    ("warehouse", "gaussdb-dwh", "sync", "gaussdbv5-to-kafka"),
    ("identity", "rds-identity-prod", "cloudDataGuard", "cloudDataGuard-mysql"),
)
SITES = ("muc", "fra", "ams", "waw", "mad", "par", "vie", "zrh")

#: one round of states: most of it runs or waits, some is stopped, broken or done
STATES: tuple[Json, ...] = (
    {"scenario": "running"},
    {"scenario": "running"},
    {"scenario": "running"},
    {"raw": "FULL_TRANSFER_STARTED"},
    {"scenario": "running"},
    {"scenario": "queued"},
    {"scenario": "running"},
    {"scenario": "suspended"},
    {"scenario": "running"},
    {"scenario": "failed"},
    {"scenario": "running"},
    {"scenario": "running"},
    {"scenario": "completed"},
)


def estate(count: int = 100) -> list[Json]:
    """So many seeds, always the same ones."""
    return [_task(number) for number in range(count)]


def _task(number: int) -> Json:
    application, instance, use, engine = LINKS[number % len(LINKS)]
    site = SITES[number // len(LINKS) % len(SITES)]
    return {
        "name": f"DRS-{application}-{site}-{number + 1:03d}",
        "owner": f"{instance}-{site}",
        "type": use,
        "engine_type": engine,
        "net_type": "vpn" if use == "cloudDataGuard" else "vpc",
        "instance_ip": f"10.20.{number // 200}.{number % 200 + 10}",
        "description": f"{application} {site}",
        "tags": {"application": application, "site": site},
        "age": 86400.0 * (7 + number % 60),
        **STATES[number % len(STATES)],
    }
