# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The statuses of a DRS task and what the product allows in each (contract 7)."""

from __future__ import annotations

import typing as t

WAITING = "WAITING_FOR_START"
CONFIGURATION = "CONFIGURATION"
STARTING = "STARTJOBING"
START_FAILED = "START_JOB_FAILED"
FULL_RUNNING = "FULL_TRANSFER_STARTED"
FULL_FAILED = "FULL_TRANSFER_FAILED"
FULL_COMPLETE = "FULL_TRANSFER_COMPLETE"
RUNNING = "INCRE_TRANSFER_STARTED"
FAILED = "INCRE_TRANSFER_FAILED"
PAUSED = "PAUSING"  # the product's own spelling of "paused"
RELEASING = "RELEASE_RESOURCE_STARTED"
RELEASE_FAILED = "RELEASE_RESOURCE_FAILED"
RELEASED = "RELEASE_RESOURCE_COMPLETE"
CHILD_STARTING = "CHILD_TRANSFER_STARTING"
CHILD_RUNNING = "CHILD_TRANSFER_STARTED"
CHILD_COMPLETE = "CHILD_TRANSFER_COMPLETE"
CHILD_RELEASING = "RELEASE_CHILD_TRANSFER_STARTED"
CHILD_RELEASED = "RELEASE_CHILD_TRANSFER_COMPLETE"
DELETED = "DELETED"

#: whether a verb is allowed: always, never, or in one of the cells that the documentation leaves open
Cell = t.Literal["yes", "no", "open"]


class Rule(t.NamedTuple):
    """One line of the product's table of statuses."""

    working: bool = False  # something of the task runs
    pause: Cell = "no"  # "open": where the documents disagree, the *_FAILED statuses
    retry: Cell = "no"
    terminate: Cell = "no"


RULES: dict[str, Rule] = {
    "CREATING": Rule(terminate="yes"),
    "CREATE_FAILED": Rule(),
    CONFIGURATION: Rule(terminate="yes"),
    STARTING: Rule(working=True),
    WAITING: Rule(terminate="yes"),
    START_FAILED: Rule(retry="open", terminate="open"),
    FULL_RUNNING: Rule(working=True, pause="yes", terminate="yes"),
    FULL_FAILED: Rule(pause="open", retry="yes", terminate="yes"),
    FULL_COMPLETE: Rule(working=True, pause="yes", terminate="yes"),
    RUNNING: Rule(working=True, pause="yes", terminate="yes"),
    FAILED: Rule(pause="open", retry="yes", terminate="yes"),
    PAUSED: Rule(retry="yes", terminate="yes"),
    RELEASING: Rule(),
    RELEASE_FAILED: Rule(),  # only force_terminate helps
    RELEASED: Rule(),
    "REBUILD_NODE_STARTED": Rule(working=True),
    "REBUILD_NODE_FAILED": Rule(retry="open", terminate="yes"),
    "CHANGE_JOB_STARTED": Rule(working=True, terminate="open"),
    "CHANGE_JOB_FAILED": Rule(retry="open", terminate="open"),
    CHILD_STARTING: Rule(terminate="open"),
    CHILD_RUNNING: Rule(working=True, terminate="open"),
    CHILD_COMPLETE: Rule(working=True, terminate="open"),
    "CHILD_TRANSFER_FAILED": Rule(terminate="open"),
    CHILD_RELEASING: Rule(working=True),
    CHILD_RELEASED: Rule(),
    "NODE_UPGRADE_START": Rule(working=True, terminate="open"),
    "NODE_UPGRADE_COMPLETE": Rule(working=True, terminate="open"),
    "NODE_UPGRADE_FAILED": Rule(terminate="open"),
    DELETED: Rule(),
}

UNLISTED = Rule()  # a status that no document names allows nothing

#: statuses in which a task can be deleted (contract 8.4)
DELETABLE = ("CREATE_FAILED", RELEASED, CHILD_RELEASED)

#: where a failed task goes on when it is retried
WORK_AFTER = {FULL_FAILED: FULL_RUNNING, FAILED: RUNNING}

#: how work fails, by the phase it is in
FAILURE_OF = {FULL_RUNNING: FULL_FAILED, CHILD_RUNNING: "CHILD_TRANSFER_FAILED", STARTING: START_FAILED}

#: the words of job_action, in the product's order (contract 5.1)
ACTIONS = (
    "CREATE",
    "CHOOSE_OBJECT",
    "PRE_CHECK",
    "CHANGE_MODE",
    "FREE_RESOURCE",
    "MODIFY_DB_CONFIG",
    "RESET_DB_PWD",
    "MODIFY_CONFIGURATION",
    "PAUSE",
    "START",
    "CHANGE",
    "RETRY",
    "RESET",
    "DELETE",
    "QUERY_PRE_CHECK",
    "SWITCH_OVER",
    "MODIFY_SPECIFICATION_ID",
    "JUMP_RETRY",
    "START_INCR",
    "MODIFY_TASK_NUMBER",
    "CONTINUE_JOB",
    "STOP_JOB",
    "CONTINUE_CAPTURE",
    "STOP_CAPTURE",
    "CONTINUE_APPLY",
    "STOP_APPLY",
    "API_CONFIGURATION_ACTION",
    "PAY_ORDER",
    "UNSUBSCRIBE",
    "TO_PERIOD",
    "TO_RENEW",
    "ORDER_INFO",
    "CHANGE_FLAVOR",
    "CLONE",
)

DB_USE_TYPES = ("migration", "sync", "cloudDataGuard")
NET_TYPES = ("vpn", "vpc", "eip")


def rule(status: str) -> Rule:
    """What the product allows in this status."""
    return RULES.get(status, UNLISTED)
