# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One admitted call of a DRS API, and its answer."""

from __future__ import annotations

import dataclasses
import typing as t

from simulators.drs.errors import Json
from simulators.drs.rules import Knobs
from simulators.drs.state import World


class Reply(t.NamedTuple):
    """The answer of an API."""

    body: Json
    status: int = 200


@dataclasses.dataclass(frozen=True)
class Call:
    """What an API is given. `query` holds every value of a repeated key."""

    world: World
    knobs: Knobs
    user: str
    permissions: frozenset[str]
    language: str
    query: dict[str, list[str]]
    body: bytes
    content_type: str
    job_id: str = ""


class Api(t.NamedTuple):
    """One published API: its path after the project, the permission it needs and what answers it."""

    method: str
    path: str
    permission: str
    answer: t.Callable[[Call], Reply]
    is_write: bool = False
