# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CommCell's entities that jobs belong to: clients, their groups and their subclients."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Group:
    """A client group."""

    group_id: int
    name: str


@dataclasses.dataclass
class Client:
    """A client computer and the groups it is in."""

    client_id: int
    name: str
    groups: list[Group] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Subclient:
    """What a job backs up or restores. The ids are 0 where there is no such entity."""

    subclient_id: int
    name: str
    backupset_id: int = 0
    instance_id: int = 0
    application_id: int = 0
    application: str = "Default Application Type Name"


NO_SUBCLIENT = Subclient(0, "")
FILE_SYSTEM = 33

#: the CommServe computer itself; every CommCell has it as its first client
COMMSERVE = "commserve01"
_FIRST_CLIENT = 2


class Directory:
    """All clients, groups and subclients, created when first named."""

    def __init__(self) -> None:
        self.clients: dict[str, Client] = {}
        self.groups: dict[str, Group] = {}
        self._subclients: dict[tuple[str, str], Subclient] = {}
        self.client(COMMSERVE, ["Infrastructure"])

    def client(self, name: str, groups: list[str] | None = None) -> Client:
        """The client of that name, in (at least) those groups."""
        if name not in self.clients:
            self.clients[name] = Client(_FIRST_CLIENT + len(self.clients), name)
        client = self.clients[name]
        for group in map(self.group, groups or []):
            if group not in client.groups:
                client.groups.append(group)
        return client

    def group(self, name: str) -> Group:
        """The client group of that name."""
        if name not in self.groups:
            self.groups[name] = Group(len(self.groups) + 1, name)
        return self.groups[name]

    def subclient(self, client: Client, name: str, application: str) -> Subclient:
        """The client's subclient of that name, in its default backup set."""
        key = (client.name, name)
        if key not in self._subclients:
            number = len(self._subclients) + 1
            self._subclients[key] = Subclient(number, name, client.client_id + 1, 1, FILE_SYSTEM, application)
        return self._subclients[key]

    def client_by_id(self, client_id: int) -> Client | None:
        return next((client for client in self.clients.values() if client.client_id == client_id), None)

    def group_by_id(self, group_id: int) -> Group | None:
        return next((group for group in self.groups.values() if group.group_id == group_id), None)
