# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words a unit's status can take, their groups, and what a status allows (contract 5.3, 7.1 to 7.5)."""

from __future__ import annotations

import typing as t

#: the start time or the preceding unit is awaited
WAITING = frozenset({"TIMEWAIT", "TERMWAIT", "CONDITIONWAIT", "NOPLAN"})
RUNNING = frozenset({"RUNNING", "WACONT", "ABCONT", "MONITORING"})
#: everything that can still become something else without an operator's rerun
OPEN = WAITING | RUNNING | {"HOLDING", "EXECWAIT", "QUEUING"}

NORMAL = frozenset({"NORMAL", "NORMALFALSE", "MONITORNORMAL", "UNEXECMONITOR", "MONITORINTRPT", "BYPASS"})
ABNORMAL = frozenset(
    {"ABNORMAL", "FAIL", "UNKNOWN", "INVALIDSEQ", "MONITORCLOSE", "EXECDEFFER", "INTERRUPT", "KILL", "SHUTDOWN"}
)
ENDED = NORMAL | ABNORMAL | {"WARNING", "UNEXEC"}

#: groups that the list's filter `status` takes; what is in no group is found by its own word only
GROUPS = {
    "GRP_WAIT": frozenset({"TIMEWAIT", "TERMWAIT", "EXECWAIT", "QUEUING", "CONDITIONWAIT"}),
    "GRP_RUN": RUNNING,
    "GRP_ABNORMAL": frozenset({"ABNORMAL", "INVALIDSEQ", "INTERRUPT", "KILL", "FAIL", "UNKNOWN", "MONITORCLOSE"}),
    "GRP_NORMAL": frozenset({"NORMAL", "NORMALFALSE", "UNEXECMONITOR", "MONITORINTRPT", "MONITORNORMAL"}),
}
STATUSES = OPEN | ENDED | {"NONE", "UNSUPPORTED"}
STATUS_FILTERS = STATUSES | set(GROUPS) | {"NO", "UNREGISTERED"}

HOLD_ATTRIBUTES = frozenset({"NONE", "UNSUPPORTED", "NO", "YES", "YES_ERR", "YES_WAR", "HOLD", "RELEASE"})
HOLD_DEFINITIONS = frozenset({"NO", "YES", "YES_ERR", "YES_WAR"})
#: a waiting unit with one of these does not start when its turn comes
HOLD_PLANNED = frozenset({"HOLD", "YES"})


class Cells(t.NamedTuple):
    """One column of the table in contract 7.2: statuses with `yes`, and those whose cell is not documented."""

    allowed: frozenset[str]
    unknown: frozenset[str]


INTERRUPT = Cells(frozenset({"RUNNING", "WACONT", "ABCONT"}), frozenset({"CONDITIONWAIT", "MONITORING"}))
KILL = Cells(RUNNING, frozenset({"CONDITIONWAIT", "EXECWAIT"}))
_HAS_RESULT = frozenset({"NORMAL", "WARNING", "BYPASS", "UNEXEC", "ABNORMAL", "FAIL", "UNKNOWN", "INTERRUPT", "KILL"})
_MONITORED = frozenset({"MONITORNORMAL", "UNEXECMONITOR", "MONITORINTRPT", "MONITORCLOSE"})
RERUN = Cells(_HAS_RESULT | {"NORMALFALSE", "INVALIDSEQ"}, _MONITORED | {"EXECDEFFER"})
CHANGE_STATUS = Cells(_HAS_RESULT | {"QUEUING", "RUNNING"}, _MONITORED | {"MONITORING", "INVALIDSEQ"})


def matches(status: str, wanted: str) -> bool:
    """Whether a status is the wanted one, or in the wanted group."""
    return status == wanted or status in GROUPS.get(wanted, frozenset())


def running_status(children: set[str]) -> str:
    """What a running jobnet shows, by the statuses of its units."""
    if children & (ABNORMAL | {"ABCONT"}):
        return "ABCONT"
    return "WACONT" if children & {"WARNING", "WACONT"} else "RUNNING"


def jobnet_status(children: set[str]) -> str:
    """What a jobnet shows, by the statuses of its units."""
    started = children - WAITING
    if children and not started:
        return "TIMEWAIT"
    if children & OPEN:
        return running_status(children)
    return {"ABCONT": "ABNORMAL", "WACONT": "WARNING", "RUNNING": "NORMAL"}[running_status(children)]
