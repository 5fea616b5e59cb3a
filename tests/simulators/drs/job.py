# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One replication task."""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from simulators.drs import states


class Operation(t.NamedTuple):
    """One line of a task's timeline: who did what when."""

    name: str  # a word of states.ACTIONS
    time: float
    user: str


@dataclasses.dataclass
class Job:
    """A task with everything the API tells about it. Times are seconds since the epoch."""

    id: str
    name: str
    status: str
    created: float
    db_use_type: str = "sync"
    engine_type: str = "mysql"  # in the words of v3: a plain engine means "to the same engine"
    task_type: str = "FULL_INCR_TRANS"
    direction: str = "up"
    net_type: str = "vpc"
    owner: str = ""  # the instance that the task works for
    instance_id: str = ""
    instance_ip: str = ""
    description: str = ""
    enterprise_project_id: str = "0"
    error_msg: str = ""
    tags: dict[str, str] = dataclasses.field(default_factory=dict)
    prepaid: bool = False
    multi_write: bool = False  # dual-active disaster recovery
    parent_id: str = ""
    children: list[str] = dataclasses.field(default_factory=list)  # their ids
    subtasks: list[str] = dataclasses.field(default_factory=list)  # the ids of what re-editing started
    is_subtask: bool = False
    started: float = 0.0
    updated: float = 0.0
    start_time: float = 0.0  # scheduled start, 0 = none
    pause_mode: str = ""
    resume_to: str = states.RUNNING
    re_edited: bool = False
    prechecked: set[str] = dataclasses.field(default_factory=set)  # the modes that passed
    current_action: str = ""  # the operation that is being performed
    turn: int = 0  # counts what happened, so that a step planned before can see that it is void
    stale_status: str = ""
    stale_reads: int = 0
    work_left: float | None = None  # seconds of work until the task ends by itself; None: it does not
    working_since: float = 0.0
    applied: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    timeline: list[Operation] = dataclasses.field(default_factory=list)

    @property
    def is_parent(self) -> bool:
        """Whether it stands for children that are addressed one by one (contract 9, item 16)."""
        return bool(self.children)

    @property
    def is_working(self) -> bool:
        """Whether something of it runs; a task that only copies once is done when the copy is complete."""
        done = self.status == states.FULL_COMPLETE and self.task_type == "FULL_TRANS"
        return states.rule(self.status).working and not done

    @property
    def end(self) -> str:
        """The status that it ends in by itself."""
        return states.FULL_COMPLETE if self.task_type == "FULL_TRANS" else states.RELEASED

    @property
    def is_child(self) -> bool:
        return bool(self.parent_id) and not self.is_subtask
