# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The users, projects, tokens and access keys of one IAM domain."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import typing as t

from simulators.drs.errors import IamRefusal, Json

TOKEN_LIFE = 24 * 3600.0
AK_FAILURES, AK_LOCK = 5, 300.0  # contract 4.2: five failures in a row, five minutes

FULL_ACCESS: frozenset[str] = frozenset(("list", "get", "action", "terminate", "delete", "getProgress"))
READ_ONLY: frozenset[str] = frozenset(("list", "get", "getProgress"))


def hexadecimal(what: str) -> str:
    """An id of 32 hexadecimal digits, always the same for the same thing."""
    return hashlib.md5(what.encode(), usedforsecurity=False).hexdigest()


@dataclasses.dataclass
class User:
    """One IAM user; `security_token` belongs to a temporary access key."""

    name: str
    password: str
    role: str
    permissions: frozenset[str]
    access_key: str = ""
    secret_key: str = ""
    security_token: str = ""
    failures: int = 0  # wrong passwords in a row
    key_failures: int = 0  # wrong signatures in a row
    key_locked_until: float = 0.0

    @property
    def id(self) -> str:
        return hexadecimal(f"user {self.name}")


@dataclasses.dataclass(frozen=True)
class Token:
    """What a login gave out. Exactly one scope: a project, the domain, or none."""

    value: str
    user: User
    issued: float
    project: str = ""  # its id
    domain: bool = False
    methods: tuple[str, ...] = ("password",)
    first_issued: float | None = None  # when the token was given out that this one is a new scope of

    @property
    def expires(self) -> float:
        return (self.issued if self.first_issued is None else self.first_issued) + TOKEN_LIFE


class Directory:
    """One domain: its users, its projects ({id: name}) and the tokens that are valid."""

    def __init__(self, domain: str, projects: dict[str, str], users: list[User], now: t.Callable[[], float]) -> None:
        self.domain = domain
        self.domain_id = hexadecimal(f"domain {domain}")
        self.projects = projects
        self.users = users
        self.now = now
        self._tokens: dict[str, Token] = {}
        self._issued = 0

    # --- tokens ----------------------------------------------------------------------------------------------

    def log_in(self, name: str, password: str, domain: str, lock_after: int) -> User:
        """The user of these credentials. `lock_after` wrong passwords lock a user (0: never)."""
        user = next((user for user in self.users if user.name == name and user.password), None)
        if user is None or domain not in (self.domain, self.domain_id):
            raise IamRefusal(401, "The username or password is wrong.")
        if lock_after and user.failures >= lock_after:
            raise IamRefusal(401, "The account is locked.")
        if password != user.password:
            user.failures += 1
            raise IamRefusal(401, "The username or password is wrong.")
        user.failures = 0
        return user

    def issue(self, user: User, project: str, domain: bool, earlier: Token | None = None) -> Token:
        """A new token; the ones given out before stay valid. One for another scope lives no longer than the earlier."""
        self._issued += 1
        seal = hashlib.sha256(f"{user.name} {self._issued} {self.now()}".encode()).hexdigest()
        token = Token(f"MIIF{seal}", user, self.now(), project, domain)
        if earlier is not None:
            first = earlier.expires - TOKEN_LIFE
            token = dataclasses.replace(token, methods=("token", *earlier.methods[-1:]), first_issued=first)
        self._tokens[token.value] = token
        return token

    def token(self, value: str) -> Token | None:
        """The valid token of that value."""
        token = self._tokens.get(value)
        return token if token is not None and self.now() < token.expires else None

    def expire(self) -> None:
        """Make all tokens invalid."""
        self._tokens.clear()

    # --- other lookups ---------------------------------------------------------------------------------------

    def project_id(self, project_id: str, name: str) -> str:
        """The id of the project that a login asks for by id or name; empty when there is none."""
        found = (known for known, called in self.projects.items() if known == project_id or (name and called == name))
        return next(found, "")

    def key_owner(self, access_key: str) -> User | None:
        return next((user for user in self.users if user.access_key == access_key), None)

    # --- bodies ----------------------------------------------------------------------------------------------

    def token_body(self, token: Token, origin: str = "") -> Json:
        """What a login answers (contract 4.1); the token itself is in a header.

        :param origin: where the services of the catalog are; empty: the catalog was not asked for.
        """
        home = {"id": self.domain_id, "name": self.domain}
        body: Json = {
            "catalog": _catalog(origin, token.project) if origin and (token.project or token.domain) else [],
            "expires_at": _iso(token.expires),
            "issued_at": _iso(token.issued),
            "methods": list(token.methods),
            "roles": [{"id": "0", "name": token.user.role}],
            "user": {"domain": home, "id": token.user.id, "name": token.user.name, "password_expires_at": ""},
        }
        if token.project:
            body["project"] = {"domain": home, "id": token.project, "name": self.projects[token.project]}
        elif token.domain:
            body["domain"] = home
        return {"token": body}

    def project_body(self, project_id: str) -> Json:
        return {
            "id": project_id,
            "name": self.projects[project_id],
            "domain_id": self.domain_id,
            "parent_id": self.domain_id,
            "enabled": True,
            "is_domain": False,
            "description": "",
        }


def _catalog(origin: str, project: str) -> list[Json]:
    """The services; one that belongs to projects is there in the scope of a project only."""
    services = {"keystone": ("identity", "/v3"), "iam": ("iam", "/v3.0")}
    if project:
        services["drs"] = ("drs", f"/v3/{project}")
    return [
        {
            "id": hexadecimal(f"service {name}"),
            "name": name,
            "type": kind,
            "endpoints": [
                {
                    "id": hexadecimal(f"endpoint {name}"),
                    "interface": "public",
                    "region": "*",
                    "region_id": "*",
                    "url": origin + path,
                }
            ],
        }
        for name, (kind, path) in services.items()
    ]


def _iso(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, tz=datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
