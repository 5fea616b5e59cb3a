# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A believable night of batch work, for the demo."""

from __future__ import annotations

import typing as t

Json = dict[str, t.Any]

#: job group -> JP1 user that owns it, execution agent, root jobnets
AREAS = {
    "/Finance/Ledger": (
        "fin_batch",
        "ap-fin01",
        ("GL_Close", "AP_Posting", "AR_Matching", "FX_Revaluation", "Tax_Feed"),
    ),
    "/Finance/Treasury": ("fin_batch", "ap-fin02", ("Cash_Position", "Bank_Statements", "Payment_Run", "Hedge_Report")),
    "/Sales/Orders": ("sales_batch", "ap-ord01", ("Order_Import", "Price_Update", "Backlog_Calc", "Invoice_Print")),
    "/Logistics/Warehouse": ("log_batch", "ap-wms01", ("Stock_Count", "Replenishment", "Pick_Waves", "Carrier_Labels")),
    "/HR/Payroll": ("hr_batch", "ap-hr01", ("Time_Import", "Payroll_Calc", "Payslip_Mail", "Pension_Feed")),
    "/DWH/Load": ("dwh_batch", "db-dwh01", ("Stage_Extract", "Fact_Load", "Dimension_Load", "Mart_Refresh", "Stats")),
    "/Ops/Housekeeping": ("jp1admin", "op-mgr01", ("Log_Rotate", "Db_Backup", "Archive_Purge", "Health_Report")),
}
#: what a jobnet is doing, in turn; most wait for the night
SHIFTS = (
    *("queued", "queued", "running", "queued", "queued", "queued", "completed", "queued", "running", "queued"),
    *("suspended", "failed", "queued", "queued", "running", "queued", "suspended", "queued", "warning", "queued"),
)
STEPS = ("Prepare", "Extract", "Transform", "Load", "Verify")
STEP_STATES = ("completed", "completed", "running", "queued", "queued")


def estate(count: int = 100) -> list[Json]:
    """`count` seeds: root jobnets in job groups, and the jobs of those that run. The same every time."""
    seeds: list[Json] = []
    for index, (area, (owner, agent, net)) in enumerate(_jobnets()):
        scenario = SHIFTS[index % len(SHIFTS)]
        common = {"owner": owner, "exec_id": f"@{chr(ord('A') + index // 10000 % 26)}{index % 10000}"}
        name = f"{area}/{net}"
        seeds.append({**common, "name": name, "scenario": scenario, "comment": f"{net.replace('_', ' ')} (nightly)"})
        if scenario == "running":
            seeds += [{**common, **job, "agent": agent} for job in _jobs(name)]
        if len(seeds) >= count:
            break
    return seeds[:count]


def _jobnets() -> t.Iterator[tuple[str, tuple[str, str, str]]]:
    """Group, owner, agent and jobnet; after the first round the jobnets of the regions, without end."""
    region = 0
    while True:
        suffix = "" if region == 0 else f"_R{region:02}"
        for area, (owner, agent, nets) in AREAS.items():
            for net in nets:
                yield area, (owner, agent, net + suffix)
        region += 1


def _jobs(net: str) -> t.Iterator[Json]:
    """The steps of a running jobnet, one after the other."""
    for number, (step, state) in enumerate(zip(STEPS, STEP_STATES)):
        yield {
            "name": f"{net}/{step}",
            "type": "PJOB" if step == "Extract" else "JOB",
            "scenario": state,
            "predecessors": [STEPS[number - 1]] if number else [],
            "file": f"/opt/batch/bin/{step.lower()}.sh",
        }
