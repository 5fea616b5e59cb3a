# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults that a test arms beforehand and a simulated product then commits, on the wire."""

from __future__ import annotations

import dataclasses
import email.utils
import http
import os
import re
import select
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
    "silent_before",  # nothing for `seconds` (0: until the client gives up), then TCP reset; no effect
    "silent_after",  # the request takes effect, then nothing for `seconds` (0: as above), then TCP reset
    "interim",  # the interim answers `interims`, `seconds` later the product's own, on the same connection
    "sticky",  # a load balancer with sticky sessions is in front (COOKIE): no cookie, another node; see Balancer
    "truncate",  # half of the answer's body, then the connection closes
    "drip",  # the body one byte every `seconds`
    "drip_head",  # status line and headers one byte every `seconds`, and then the body
    "cut_head",  # half of the headers, then the connection closes
    "length_more",  # Content-Length promises more than there is, then the connection closes
    "length_less",  # Content-Length promises less than there is, then the connection closes
    "length_nonsense",  # Content-Length is no number
    "length_twice",  # Content-Length says the right length twice: "n, n"; the connection is kept
    "bad_chunk",  # Transfer-Encoding is chunked, and the size of a chunk is no number
    "gzip_garbage",  # Content-Encoding is gzip, and the body is not
    "charset",  # the body in UTF-16
    "content_type",  # the right body, said to be of the type `body`
    "states",  # the right body, in which each status and state is `body`, a word that nobody knows
    "totals",  # the right body of a list whose total says that there is one more than it has (AJS: it was cut)
    "stranger",  # something in front answers `status` with the `page` of PAGES, and hands nothing on
    "stranger_after",  # the request takes effect, then something in front answers like that
    "status",  # short for a stranger's HTML page with `status`
    "status_after",
    "html",  # short for a stranger's 200 with an HTML page
    "html_after",
    "empty",  # short for a stranger's 200 that claims to be JSON, and is empty
    "empty_after",
    "redirect",  # short for a stranger's `status` (302 if it is no redirect) to `location`, without a page
    "expire",  # all sessions and tokens end, then the request is handled
    "event",  # the events `body` (words) happen to each of the jobs `jobs`, then the request is handled
    "appear",  # a queued job of the name `body` appears, then the request is handled
)

MAINTENANCE_PAGE = (
    "<!DOCTYPE html><html><head><title>Scheduled Maintenance</title></head><body>Back soon.</body></html>"
)

_JSON = "application/json"
#: What something in front of the product says, with the type it gives. None of it is an answer of a product.
PAGES: dict[str, tuple[str, str]] = {
    "html": ("text/html; charset=utf-8", MAINTENANCE_PAGE),
    "text": ("text/plain; charset=utf-8", "upstream connect error or disconnect/reset before headers"),
    "empty": ("", ""),
    "no_json": (_JSON, ""),
    "no_route": (f"{_JSON}; charset=utf-8", '{"message":"no Route matched with those values"}'),
    "forbidden": (_JSON, '{"error":"Forbidden"}'),
}
#: Where a redirect leads that says nothing else: the login page of something in front.
LOGIN_PAGE = "/oauth2/start?rd=%2F"

#: A status or state with its value, in JSON or XML.
STATES = re.compile(rb'((?:status|state)(?:"\s*:\s*"|>))\w[^"<]*', re.IGNORECASE)
#: How many there are, in the words of each product's lists, in JSON and XML.
TOTALS = re.compile(
    rb"((?<![a-z_])(?:totalRecordsWithoutPaging|PagesCount|total_(?:record|count)|count)\"?\s*[:=]\s*\"?)(\d+)"
)
_WHOLE = re.compile(rb'("all"\s*:\s*)true')


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
    page: str = "html"  # what a stranger says, a key of PAGES; `body` takes its place
    retry_after: str = ""
    retry_in: float | None = None  # Retry-After as a date: this many seconds after the stranger's own Date
    ahead: float = 0.0  # seconds by which the stranger's clock is ahead of the product's
    interims: list[int] = dataclasses.field(default_factory=lambda: [103])
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    body: str = ""
    location: str = ""
    jobs: list[str] = dataclasses.field(default_factory=list)
    after_write: bool | None = None  # only once a write has arrived, only before, or (None) both

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; one of {', '.join(KINDS)}")
        if self.page not in PAGES:
            raise ValueError(f"unknown page {self.page!r}; one of {', '.join(PAGES)}")

    def hits(self, method: str, target: str, is_write: bool, wrote: bool = False) -> bool:
        """Whether this fault strikes the request; counts it down if it does.

        :param wrote: a write has arrived before this request.
        """
        if self.after_write is not None and self.after_write != wrote:
            return False
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


def instead(fault: Fault, now: float) -> Answer | None:
    """The answer of a stranger in place of the product's own, if it is that kind of fault.

    :param now: the time in seconds since the epoch; the stranger's clock may be ahead of it.
    """
    now += fault.ahead
    base = fault.kind.replace("_after", "")
    if base == "stranger":
        return _stranger(fault, now, fault.status, fault.page)
    if base == "status":
        return _stranger(fault, now, fault.status, "html")
    if base == "html":
        return _stranger(fault, now, 200, "html")
    if base == "empty":
        return _stranger(fault, now, 200, "no_json")
    if base == "redirect":
        return _stranger(fault, now, fault.status if 300 <= fault.status < 400 else 302, "empty")
    return None


def _stranger(fault: Fault, now: float, status: int, page: str) -> Answer:
    """What something in front answers in its own words, with its own clock."""
    media_type, words = PAGES[page]
    body = (fault.body or words).encode()
    headers = {"Content-Type": media_type, "Content-Length": str(len(body)), "Date": _date(now)}
    if 300 <= status < 400:
        headers["Location"] = fault.location or LOGIN_PAGE
    if fault.retry_after or fault.retry_in is not None:
        headers["Retry-After"] = fault.retry_after or _date(now + (fault.retry_in or 0))
    given = [(name, value) for name, value in {**headers, **fault.headers}.items() if value]
    return Answer(f"{status} {_reason(status)}", given, body)


def _date(seconds: float) -> str:
    return email.utils.formatdate(seconds, usegmt=True)


def _reason(status: int) -> str:
    known = {code.value: code.phrase for code in http.HTTPStatus}
    return known.get(status, "Client Closed Request" if status == 499 else "Fault")


def disguised(fault: Fault, answer: Answer) -> Answer:
    """The product's own answer with a body or headers that do not fit each other."""

    def headers(**changed: str) -> list[tuple[str, str]]:
        changed = {name.replace("_", "-"): value for name, value in changed.items()}
        kept = [(name, value) for name, value in answer.headers if name.title() not in changed]
        return [*kept, *changed.items()]

    if fault.kind == "length_twice":
        return answer._replace(headers=headers(Content_Length=f"{len(answer.body)}, {len(answer.body)}"))
    if fault.kind == "gzip_garbage":
        return answer._replace(headers=headers(Content_Encoding="gzip"))
    if fault.kind == "content_type":
        return answer._replace(headers=headers(Content_Type=fault.body))
    if fault.kind == "states":
        body = STATES.sub(rb"\1" + fault.body.encode(), answer.body)
        return answer._replace(body=body, headers=headers(Content_Length=str(len(body))))
    if fault.kind == "totals":
        body = TOTALS.sub(lambda found: found[1] + str(int(found[2]) + 1).encode(), answer.body)
        body = _WHOLE.sub(rb"\1false", body)
        return answer._replace(body=body, headers=headers(Content_Length=str(len(body))))
    if fault.kind == "charset":
        body = answer.body.decode("utf-8", "replace").encode("utf-16")
        kind = next((value for name, value in answer.headers if name.title() == "Content-Type"), "text/plain")
        wide = f"{kind.partition(';')[0]}; charset=utf-16"
        return answer._replace(body=body, headers=headers(Content_Type=wide, Content_Length=str(len(body))))
    return answer


def send_broken(fault: Fault, answer: Answer, connection: socket.socket) -> None:
    """Send the answer as no HTTP server would, byte by byte as the fault has it; the connection is of no use then."""
    length = len(answer.body)
    lengths = {"length_more": str(length + 100), "length_less": str(length // 2), "length_nonsense": "many"}
    framing = ("Transfer-Encoding", "chunked") if fault.kind == "bad_chunk" else None
    framing = framing or ("Content-Length", lengths.get(fault.kind, str(length)))
    kept = [header for header in answer.headers if header[0].title() not in ("Content-Length", "Transfer-Encoding")]
    lines = [f"HTTP/1.1 {answer.status}", *(f"{name}: {value}" for name, value in [*kept, framing])]
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
    if fault.kind == "drip_head":
        for index in range(len(head)):
            time.sleep(fault.seconds)
            connection.sendall(head[index : index + 1])
    else:
        connection.sendall(head[: len(head) // 2] if fault.kind == "cut_head" else head)
    if fault.kind != "cut_head":
        connection.sendall(b"many\r\n" + answer.body if fault.kind == "bad_chunk" else answer.body)


#: Faults that are sent past the server, as it would not let them happen.
BROKEN = ("drip_head", "cut_head", "length_more", "length_less", "length_nonsense", "bad_chunk")


def send_interim(fault: Fault, connection: socket.socket) -> None:
    """Say that the answer is still to come (RFC 9110, 15.2), as a proxy does before it has heard from the product."""
    for status in fault.interims:
        links = "Link: </style.css>; rel=preload; as=style\r\n" if status == 103 else ""
        connection.sendall(f"HTTP/1.1 {status} {_reason(status)}\r\n{links}\r\n".encode("latin-1"))
    time.sleep(fault.seconds)


def die(fault: Fault, connection: socket.socket) -> t.NoReturn:
    """Say nothing for as long as the fault has it, and reset the connection."""
    if fault.kind.startswith("silent"):
        # The client sends no second request before it has an answer: what can be read is the end of its connection.
        select.select([connection], [], [], fault.seconds or None)
    reset(connection)


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


#: The cookie of the load balancer; it is not the product's.
COOKIE = "SERVERID"


class Balancer:
    """A load balancer in front of two nodes of the product.

    A request that brings its cookie goes where the cookie says, any other one to the node whose turn it is. Nodes share
    the jobs, and not what a login gave: a session of one node is unknown to the other one.
    """

    NODES = ("s1", "s2")

    def __init__(self) -> None:
        self.node = self.NODES[0]  # which node handles the present request
        self._turn = 0

    def send(self, sticky: bool, cookie: str | None) -> list[tuple[str, str]]:
        """Choose the node for a request, and say which headers the answer gets; without the fault there is one node."""
        if not sticky:
            self.node = self.NODES[0]
            return []
        if cookie in self.NODES:
            self.node = cookie
            return []
        self.node = self.NODES[self._turn % len(self.NODES)]
        self._turn += 1
        return [("Set-Cookie", f"{COOKIE}={self.node}; path=/")]
