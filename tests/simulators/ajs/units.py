# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Units (definitions) and their generations (runs) in a scheduler service (contract 6.2 to 6.4)."""

from __future__ import annotations

import collections
import dataclasses
import typing as t

GROUPS = frozenset({"GROUP", "MANGROUP", "PLNGROUP"})
ROOT_NETS = frozenset({"ROOTNET", "ROOTRMNET"})
NESTED_NETS = frozenset({"NET", "RMNET"})
#: root or nested: the table has one constant for both places
MANAGER_NET = "MANNET"
EVENT_JOBS = frozenset({"EVWJB", "FLWJB", "MLWJB", "MQWJB", "MSWJB", "LFWJB", "NTWJB", "TMWJB", "EVCUSTOM"})
ACTION_JOBS = frozenset({"EVSJB", "MLSJB", "MQSJB", "MSSJB", "CMSJB", "PWLJB", "PWRJB"})
#: what the list's filter `unitType=JOB` finds: neither judgment and OR jobs nor jobnet connectors
FILTERED_AS_JOB = frozenset({"JOB", "PJOB", "QJOB", "FXJ", "HTPJ", "CUSTOM", "AJSVAR"}) | EVENT_JOBS | ACTION_JOBS
OTHERS = frozenset({"JDJOB", "ORJOB", "NETCN", "COND", "NONE", "UNSUPPORTED"})
TYPES = GROUPS | ROOT_NETS | NESTED_NETS | {MANAGER_NET} | FILTERED_AS_JOB | OTHERS


@dataclasses.dataclass(eq=False)
class Unit:
    """One definition. `name` is the full name; `hold` what the definition says: NO, YES, YES_ERR or YES_WAR."""

    name: str
    type: str
    unit_id: int
    parent: Unit | None
    owner: str = "jp1admin"
    comment: str = ""
    agent: str = ""
    file: str = ""
    parameters: str = ""
    custom_type: str = ""
    resource_group: str = ""
    hold: str = "NO"
    wait: bool = False
    recovery: bool = False
    queueless: bool = False
    warning_threshold: int | None = None
    abnormal_threshold: int = 0
    duration: float | None = None  # seconds that a run takes; None: until somebody ends it
    planned_every: float = 86400.0  # seconds between the starts of a planned registration
    predecessors: list[str] = dataclasses.field(default_factory=list)  # simple names, in the same jobnet
    children: list[Unit] = dataclasses.field(default_factory=list)
    runs: dict[str, Run] = dataclasses.field(default_factory=dict)  # by execution ID, oldest first
    inherited_hold: str = ""

    @property
    def simple_name(self) -> str:
        return self.name.rpartition("/")[2]

    @property
    def is_group(self) -> bool:
        return self.type in GROUPS

    @property
    def is_root(self) -> bool:
        return self.type in ROOT_NETS or (self.type == MANAGER_NET and (self.parent is None or self.parent.is_group))

    @property
    def is_net(self) -> bool:
        return self.is_root or self.type in NESTED_NETS or self.type == MANAGER_NET

    @property
    def is_job(self) -> bool:
        return not self.is_group and not self.is_net

    @property
    def in_start_condition(self) -> bool:
        return self.parent is not None and self.parent.type == "COND"

    @property
    def root(self) -> Unit | None:
        """The root jobnet it belongs to; None for groups."""
        unit: Unit | None = self
        while unit is not None and not unit.is_root:
            unit = unit.parent
        return unit

    def subtree(self) -> t.Iterator[Unit]:
        """Everything below, each unit before its own units."""
        for child in self.children:
            yield child
            yield from child.subtree()

    def tree(self) -> t.Iterator[Unit]:
        yield self
        yield from self.subtree()


@dataclasses.dataclass(eq=False)
class Run:
    """One generation of a unit. Times are seconds since the epoch; None shows as an empty string."""

    unit: Unit
    exec_id: str
    status: str
    hold: str = "NO"
    registration: str = "PLANNED"  # or FIXED, IMMEDIATE
    change: str = "NO"
    scheduled: float | None = None
    registered: float | None = None
    started: float | None = None
    restarted: float | None = None
    ended: float | None = None
    return_code: str = ""
    job_number: int = -1
    exec_host: str = ""
    start_delayed: bool = False
    end_delayed: bool = False
    details: str = ""
    exec_order_method: str = "NO"
    delay_monitor: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    due: bool = False  # its turn has come; only a hold keeps it from starting
    waits_as: str = "TIMEWAIT"
    interrupting: bool = False
    process_left: bool = False  # its status was changed while the process ran on
    turn: int = 0  # of its timers; an old timer does nothing
    applied: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)

    @property
    def id(self) -> str:
        return f"{self.unit.name}:{self.exec_id}"

    def parent(self) -> Run | None:
        above = self.unit.parent
        return above.runs.get(self.exec_id) if above is not None else None

    def children(self) -> list[Run]:
        return [child.runs[self.exec_id] for child in self.unit.children if self.exec_id in child.runs]

    def subtree(self) -> list[Run]:
        return [unit.runs[self.exec_id] for unit in self.unit.subtree() if self.exec_id in unit.runs]

    def root(self) -> Run | None:
        top = self.unit.root
        return top.runs.get(self.exec_id) if top is not None else None

    def successors(self) -> list[Run]:
        above = self.parent()
        name = self.unit.simple_name
        return [] if above is None else [run for run in above.children() if name in run.unit.predecessors]

    def predecessors(self) -> list[Run]:
        above = self.parent()
        names = self.unit.predecessors
        return [run for run in above.children() if run.unit.simple_name in names] if above is not None and names else []
