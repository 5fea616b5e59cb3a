# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Activity control: what the CommCell, a client group or a client is allowed to start (contract 8.7)."""

from __future__ import annotations

import dataclasses
import typing as t

ALL = 128
NUMBERS = {
    "alljobactivity": ALL,
    "backup": 1,
    "restore": 2,
    "auxillarycopy": 4,  # so spelt
    "dataaging": 16,
    "scheduler": 256,
    "ddb": 512,
    "contentindexing": 1024,
    "dataverification": 8192,
}
#: the activities that a client or a client group can switch by itself
CLIENT_NUMBERS = (1, 2, 16)

TITLES = {
    ALL: "All",
    1: "Data Management",
    2: "Data Recovery",
    4: "Auxiliary Copy",
    16: "Data Aging",
    256: "Scheduler",
    512: "DDB",
    1024: "Offline Content Indexing",
    8192: "Data Verification",
}


@dataclasses.dataclass
class Switch:
    """One activity of one entity. `reenable_at` is in epoch seconds, 0 = not planned."""

    enabled: bool = True
    reenable_at: int = 0


class Switches:
    """The activities of one entity, all enabled until told otherwise."""

    def __init__(self, title: str, numbers: t.Iterable[int]) -> None:
        self.title = title
        self.by_number = {number: Switch() for number in numbers}

    def set(self, number: int, enabled: bool, reenable_at: int = 0) -> None:
        """Enable or disable one activity."""
        self.by_number[number] = Switch(enabled, 0 if enabled else reenable_at)

    def blocker(self, number: int) -> str:
        """Why a job of that activity may not start here; empty when it may."""
        for one in (ALL, number):
            if one in self.by_number and not self.by_number[one].enabled:
                return f"{TITLES[one]} activity on {self.title} is disabled"
        return ""


class Activity:
    """Every entity's switches, by its kind and id."""

    def __init__(self) -> None:
        self.commcell = Switches("CommCell", NUMBERS.values())
        self._clients: dict[int, Switches] = {}
        self._groups: dict[int, Switches] = {}

    def client(self, client_id: int, name: str) -> Switches:
        return self._clients.setdefault(client_id, Switches(f"Client [{name}]", CLIENT_NUMBERS))

    def group(self, group_id: int, name: str) -> Switches:
        return self._groups.setdefault(group_id, Switches(f"Client Group [{name}]", CLIENT_NUMBERS))

    def blocker(self, number: int, client_id: int, group_ids: t.Iterable[int]) -> str:
        """Why a job of that activity may not start on the client; empty when it may."""
        concerned = [self.commcell, self._clients.get(client_id), *map(self._groups.get, group_ids)]
        reasons = (switches.blocker(number) for switches in concerned if switches is not None)
        return next((reason for reason in reasons if reason), "")
