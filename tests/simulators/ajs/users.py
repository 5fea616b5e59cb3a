# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JP1 users and what they may see and do, by JP1 resource group (contract 4)."""

from __future__ import annotations

import dataclasses

VIEWERS = frozenset({"Admin", "Manager", "Editor", "Operator", "Guest"})
ACTORS = frozenset({"Admin", "Manager", "Operator"})
AGENT_VIEWERS = frozenset({"Admin", "Operator", "User"})
AGENT_ACTORS = frozenset({"Admin", "Operator"})

#: resource groups with a meaning from the start: units that nobody may view, units that all may only view
HIDDEN = "HIDDEN"
READ_ONLY = "READONLY"


@dataclasses.dataclass
class User:
    """One JP1 user. `permissions`: resource group -> Admin, Manager, Editor, Operator, Guest or "" for none;
    `*` speaks for the groups that are not named. `agent_permission`: Admin, Operator, User or ""."""

    username: str
    password: str
    permissions: dict[str, str] = dataclasses.field(default_factory=dict)
    agent_permission: str = ""

    def _level(self, resource_group: str) -> str:
        return self.permissions.get(resource_group, self.permissions.get("*", ""))

    def may_view(self, resource_group: str) -> bool:
        return self._level(resource_group) in VIEWERS

    def may_act(self, resource_group: str) -> bool:
        return self._level(resource_group) in ACTORS


def builtin(full_name: str, password: str) -> dict[str, User]:
    """The users that exist after a reset: the one with full rights, and one of each lesser kind."""
    levels = {full_name: ("Admin", "Admin"), "jp1oper": ("Operator", "Operator"), "jp1guest": ("Guest", "User")}
    levels.update(jp1edit=("Editor", ""), jp1none=("", ""))
    return {
        name: User(name, password, {"*": level, HIDDEN: "", READ_ONLY: level and "Guest"}, agent_level)
        for name, (level, agent_level) in levels.items()
    }
