# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CommServe's event log: what happened to which job (contract 6.1, 8.5)."""

from __future__ import annotations

import dataclasses

_SUBSYSTEM = 19  # JobManager

KILL_REQUESTED, STOP_REQUESTED = 182, 183
RESUMED, COMPLETED, KILLED, SUSPENDED = 979, 1076, 1081, 1086


@dataclasses.dataclass(frozen=True)
class Event:
    """One event; `number` is the message number within the JobManager subsystem, `time` in epoch seconds."""

    event_id: int
    number: int
    job_id: int
    time: int
    description: str
    client_id: int
    client_name: str

    @property
    def code(self) -> str:
        """The numeric code, as the wire spells it."""
        return str((_SUBSYSTEM << 24) + self.number)

    @property
    def code_string(self) -> str:
        return f"{_SUBSYSTEM}:{self.number}"


def newest_first(events: list[Event], job_id: int | None, since: int) -> list[Event]:
    """The events of one job (None: of any) from `since` (epoch seconds) on, newest first."""
    return [event for event in reversed(events) if job_id in (None, event.job_id) and event.time >= since]
