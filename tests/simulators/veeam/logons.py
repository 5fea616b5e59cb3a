# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users, logon sessions, and the Tasks that belong to one logon session (contract 4, 8.2)."""

from __future__ import annotations

import base64
import dataclasses
import typing as t
import uuid

ADMINISTRATOR, PORTAL_USER = "Portal Administrator", "Portal User"
DOMAIN = "EXAMPLE"


@dataclasses.dataclass(frozen=True)
class User:
    """An account of Enterprise Manager."""

    name: str
    password: str
    role: str

    @property
    def account(self) -> str:
        return f"{DOMAIN}\\{self.name}"


@dataclasses.dataclass
class Task:
    """One operation that was asked for."""

    id: str
    operation: str
    state: str = "Running"
    success: bool | None = None  # None: no Result yet
    message: str = ""
    related: str = ""  # id of the edited job

    def end(self, success: bool, message: str) -> None:
        self.state, self.success, self.message = "Finished", success, message


@dataclasses.dataclass
class Logon:
    """One logon session and its tasks, which no other session sees."""

    id: str
    user: User
    token: str
    used: float  # seconds since the epoch
    node: str = ""  # behind a load balancer: no other one knows the token
    tasks: dict[str, Task] = dataclasses.field(default_factory=dict)
    tasks_begun: int = 0

    def new_task(self, operation: str, related: str = "") -> Task:
        self.tasks_begun += 1
        task = Task(f"task-{self.tasks_begun}", operation, related=related)
        self.tasks[task.id] = task
        return task


class Logons:
    """The accounts and the open logon sessions. `node` says which node handles the present request."""

    def __init__(self, users: t.Iterable[User], knobs: dict[str, t.Any], node: t.Callable[[], str]) -> None:
        self._node = node
        self._users = {user.name.lower(): user for user in users}
        self._knobs = knobs
        self.open: dict[str, Logon] = {}  # by token

    def authenticate(self, account: str, password: str) -> User | None:
        """The user who logs in as DOMAIN\\name, name@domain or (unless the knob forbids it) name."""
        name = account.rsplit("\\", 1)[-1].split("@", 1)[0]
        if name == account and self._knobs["account_form"] == "domain":
            return None
        user = self._users.get(name.lower())
        return user if user is not None and user.password == password else None

    def log_on(self, user: User, now: float) -> Logon:
        session_id = uuid.uuid4()
        raw = str(session_id).encode() if self._knobs["token_form"] == "ascii" else session_id.bytes_le
        logon = Logon(str(session_id), user, base64.b64encode(raw).decode(), now, self._node())
        self.open[logon.token] = logon
        return logon

    def find(self, token: str, now: float) -> Logon | None:
        """The session of a token, which lives on from now; None when it is unknown or expired."""
        self.forget_idle(now)
        logon = self.open.get(token)
        if logon is None or logon.node != self._node():
            return None
        logon.used = now
        return logon

    def by_id(self, session_id: str) -> Logon | None:
        return next((logon for logon in self.open.values() if logon.id == session_id), None)

    def log_off(self, logon: Logon) -> None:
        self.open.pop(logon.token, None)

    def forget_idle(self, now: float) -> None:
        """Drop the sessions that were idle for too long."""
        limit = now - float(self._knobs["idle_seconds"])
        self.open = {token: logon for token, logon in self.open.items() if logon.used > limit}
