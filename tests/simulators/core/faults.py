# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults that a test arms beforehand and a simulated product then commits, on the wire."""

from __future__ import annotations

import dataclasses
import os
import re
import socket
import struct
import threading
import time
import typing as t

KINDS = (
    "latency",  # answer after `seconds`
    "hold",  # wait, without an effect so far, until a test lets go or drops it
    "reset_before",  # TCP reset, the request has no effect
    "reset_after",  # the request takes effect, then TCP reset instead of the answer
    "truncate",  # half of the answer's body, then the connection closes
    "drip",  # the body one byte every `seconds`
    "status",  # answer `status` (and `retry_after`, `headers`, `body`); the request has no effect
    "status_after",  # the request takes effect, then answer `status`
    "html",  # 200 with an HTML page; the request has no effect
    "html_after",  # the request takes effect, then 200 with an HTML page
    "empty",  # 200 with an empty body; the request has no effect
    "empty_after",  # the request takes effect, then 200 with an empty body
    "redirect",  # 302 to `location`
)

MAINTENANCE_PAGE = (
    "<!DOCTYPE html><html><head><title>Scheduled Maintenance</title></head><body>Back soon.</body></html>"
)


@dataclasses.dataclass
class Fault:
    """One armed fault: which requests it hits, how often, and what it does to them."""

    kind: str
    method: str = ""  # any
    path: str = ""  # regular expression, searched in path?query; empty: any
    writes: bool | None = None  # only writes, only reads, or (None) both
    skip: int = 0  # let this many matching requests pass first
    times: int = 1  # hit this many, 0 = all
    seconds: float = 0.0
    status: int = 503
    retry_after: str = ""
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    body: str = ""
    location: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; one of {', '.join(KINDS)}")

    def hits(self, method: str, target: str, is_write: bool) -> bool:
        """Whether this fault strikes the request; counts it down if it does."""
        if self.method and self.method != method:
            return False
        if self.writes is not None and self.writes != is_write:
            return False
        if self.path and not re.search(self.path, target):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times < 0:
            return False
        if self.times > 0:
            self.times = self.times - 1 or -1  # -1: used up; 0 would mean "for ever"
        return True


class Hold:
    """Where requests wait that the fault `hold` has caught, until all of them are let go, or dropped for good."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._dropped = False

    def wait(self) -> bool:
        """Wait for the end; True if the request goes on, False if it was lost on the way."""
        self._over.wait()
        return not self._dropped

    def end(self, drop: bool) -> None:
        self._dropped = drop
        self._over.set()


class Answer(t.NamedTuple):
    """A whole HTTP answer, as bytes that can still be spoilt."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def page(status: str, content_type: str, body: str, *more: tuple[str, str]) -> Answer:
    data = body.encode()
    return Answer(status, [("Content-Type", content_type), ("Content-Length", str(len(data))), *more], data)


def instead(fault: Fault) -> Answer | None:
    """The answer that the fault gives in place of the product's own, if it is that kind of fault."""
    base = fault.kind.replace("_after", "")
    if base == "html":
        return page("200 OK", "text/html; charset=utf-8", fault.body or MAINTENANCE_PAGE)
    if base == "empty":
        return page("200 OK", "application/json", "")
    if base == "redirect":
        return page("302 Found", "text/html", "", ("Location", fault.location))
    if base == "status":
        more = list(fault.headers.items())
        if fault.retry_after:
            more.append(("Retry-After", fault.retry_after))
        return page(f"{fault.status} Fault", "text/html; charset=utf-8", fault.body or MAINTENANCE_PAGE, *more)
    return None


def reset(connection: socket.socket) -> t.NoReturn:
    """Close the connection with a TCP reset (not an orderly end), as a crashing peer or a firewall does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())
    raise ConnectionResetError("fault: reset")


def spoil(fault: Fault, body: bytes) -> t.Iterator[bytes]:
    """The body as a truncating or dripping peer sends it."""
    if fault.kind == "truncate":
        yield body[: len(body) // 2]
        raise ConnectionResetError("fault: truncated")
    for index in range(len(body)):
        time.sleep(fault.seconds)
        yield body[index : index + 1]
