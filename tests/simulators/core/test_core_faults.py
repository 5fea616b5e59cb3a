# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults that come from what is in front of a product, byte by byte: by a socket, as HTTP clients would hide them."""

from __future__ import annotations

import base64
import email.utils
import json
import select
import socket
import typing as t
import urllib.parse

import pytest

from simulators.commvault.simulator import CommvaultSimulator
from simulators.core import faults
from simulators.core.control import Control
from simulators.core.server import Server, serving
from simulators.prime.simulator import PrimeSimulator
from simulators.veeam.simulator import create as enterprise_manager

Head = tuple[int, dict[str, str]]
CREDENTIALS = base64.b64encode(f"{PrimeSimulator.username}:{PrimeSimulator.password}".encode()).decode()
JOBS = "/webacs/api/v4/data/JobSummary.json"


class Wire:
    """One connection to a server, which is kept."""

    def __init__(self, origin: str) -> None:
        parts = urllib.parse.urlsplit(origin)
        self.socket = socket.create_connection((parts.hostname, t.cast(int, parts.port)))
        self._stream = self.socket.makefile("rb")

    def send(self, method: str, path: str, body: str = "", **headers: str) -> None:
        lines = {"Host": "x", "Content-Length": str(len(body)), **{n.replace("_", "-"): v for n, v in headers.items()}}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.socket.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n{body}".encode())

    def head(self) -> Head:
        """Status and headers (by their names in lower case) of the next answer."""
        status = int(self._stream.readline().split()[1])
        lines = iter(lambda: self._stream.readline().decode("latin-1").strip(), "")
        return status, {name.lower(): value for name, _colon, value in (line.partition(": ") for line in lines)}

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer as a whole."""
        status, headers = self.head()
        return status, headers, self._stream.read(int(headers["content-length"].partition(",")[0]))


class Prime:
    """A served Prime with one job, and a connection to it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.control = Control(server.origin)
        (self.job,) = self.control.seed({"name": "Nightly", "scenario": "queued"})
        self.wire = Wire(server.origin)

    def read(self) -> None:
        self.wire.send("GET", JOBS, Authorization=f"Basic {CREDENTIALS}")

    def write(self) -> None:
        body = json.dumps({"jobOperationPayload": {"jobIds": {"jobId": [int(self.job)]}}})
        path = "/webacs/api/v4/op/jobService/suspend.json"
        self.wire.send("PUT", path, body, Authorization=f"Basic {CREDENTIALS}", Content_Type="application/json")

    @property
    def held(self) -> bool:
        return bool(self.control.jobs()[self.job]["held"])


@pytest.fixture
def prime() -> t.Iterator[Prime]:
    with serving(PrimeSimulator()) as server:
        yield Prime(server)


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 408, 409, 425, 499, 502])
@pytest.mark.parametrize("page", faults.PAGES)
@pytest.mark.parametrize("kind", ["stranger", "stranger_after"])
def test_a_stranger_answers_in_its_own_words_before_or_after_the_effect(
    prime: Prime, kind: str, page: str, status: int
) -> None:
    prime.control.arm(kind=kind, status=status, page=page, writes=True)
    prime.write()
    given, headers, body = prime.wire.answer()
    media_type, words = faults.PAGES[page]
    assert (given, headers.get("content-type", ""), body.decode()) == (status, media_type, words)
    assert headers.get("location", "") == (faults.LOGIN_PAGE if status == 302 else "")
    assert prime.held == (kind == "stranger_after")
    prime.read()  # the connection is as good as before
    assert prime.wire.answer()[0] == 200


@pytest.mark.parametrize(
    ("kind", "status", "media_type"),
    [
        ("html", 200, "text/html; charset=utf-8"),
        ("empty", 200, "application/json"),
        ("status", 503, "text/html; charset=utf-8"),
        ("redirect", 302, ""),
    ],
)
def test_the_short_forms_are_strangers(prime: Prime, kind: str, status: int, media_type: str) -> None:
    prime.control.arm(kind=kind)
    prime.read()
    given, headers, _body = prime.wire.answer()
    assert (given, headers.get("content-type", "")) == (status, media_type)


def test_a_stranger_says_for_ever_what_it_is_told_to(prime: Prime) -> None:
    prime.control.arm(kind="stranger", status=403, body="no", times=0)
    for _again in range(3):
        prime.read()
        status, _headers, body = prime.wire.answer()
        assert (status, body) == (403, b"no")


def test_an_unknown_page_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown page 'pdf'"):
        faults.Fault("stranger", page="pdf")


def test_interim_answers_come_before_the_own_one_on_the_same_connection(prime: Prime) -> None:
    prime.control.arm(kind="interim", interims=[100, 102, 103], writes=True)
    prime.write()
    interims = [prime.wire.head() for _interim in range(3)]
    assert [status for status, _headers in interims] == [100, 102, 103]
    assert interims[2][1] == {"link": "</style.css>; rel=preload; as=style"}
    status, _headers, body = prime.wire.answer()
    assert (status, prime.held) == (200, True)
    assert b"mgmtResponse" in body


def test_who_takes_an_interim_answer_for_the_last_one_reads_the_late_answer_next(prime: Prime) -> None:
    prime.control.arm(kind="interim", seconds=0.01, writes=True)
    prime.write()
    assert prime.wire.head()[0] == 103
    prime.read()
    assert b"mgmtResponse" in prime.wire.answer()[2]
    assert b"queryResponse" in prime.wire.answer()[2]


@pytest.mark.parametrize(("kind", "held"), [("silent_before", False), ("silent_after", True)])
def test_silence_lasts_until_the_client_gives_up(prime: Prime, kind: str, held: bool) -> None:
    prime.control.arm(kind=kind, writes=True, times=0)
    prime.write()
    other = Wire(prime.server.origin)  # the server goes on with everything else
    other.send("GET", JOBS, Authorization=f"Basic {CREDENTIALS}")
    assert other.answer()[0] == 200
    assert select.select([prime.wire.socket], [], [], 0)[0] == []
    prime.wire.socket.shutdown(socket.SHUT_WR)
    with pytest.raises(ConnectionResetError):
        prime.wire.socket.recv(1)
    assert prime.held == held


def test_a_server_whose_clock_is_ahead_says_when_to_come_back_by_it(prime: Prime) -> None:
    prime.control.arm(kind="stranger", status=503, ahead=7200, retry_in=5)
    prime.read()
    _status, headers, _body = prime.wire.answer()
    date, back = (email.utils.parsedate_to_datetime(headers[name]) for name in ("date", "retry-after"))
    assert (back - date).total_seconds() == 5
    assert date.timestamp() > prime.server.simulator.clock.now() + 7000


def test_the_product_dates_its_answers_by_its_own_clock(prime: Prime) -> None:
    prime.server.simulator.clock.freeze(True)
    prime.control.advance(86400)
    prime.read()
    _status, headers, _body = prime.wire.answer()
    dated = email.utils.parsedate_to_datetime(headers["date"]).timestamp()
    assert dated == int(prime.server.simulator.clock.now())


def test_a_length_that_is_said_twice_keeps_the_connection(prime: Prime) -> None:
    prime.control.arm(kind="length_twice")
    prime.read()
    status, headers, body = prime.wire.answer()
    assert (status, headers["content-length"]) == (200, f"{len(body)}, {len(body)}")
    prime.read()
    assert prime.wire.answer()[0] == 200


@pytest.mark.parametrize(
    ("body", "more"),
    [
        ('{"totalRecordsWithoutPaging":2,"jobs":[]}', '{"totalRecordsWithoutPaging":3,"jobs":[]}'),
        ('<R totalRecordsWithoutPaging="2"><jobs/></R>', '<R totalRecordsWithoutPaging="3"><jobs/></R>'),
        ('{"queryResponse":{"@count":1,"@last":0}}', '{"queryResponse":{"@count":2,"@last":0}}'),
        ('<queryResponse count="1" last="0">', '<queryResponse count="2" last="0">'),
        ('<PagingInfo PageNum="1" PagesCount="1">', '<PagingInfo PageNum="1" PagesCount="2">'),
        ('{"total_record": 9, "jobs": []}', '{"total_record": 10, "jobs": []}'),
        ('{"count": 1, "total_count": 1}', '{"count": 2, "total_count": 2}'),
        ('{"statuses":[],"all":true}', '{"statuses":[],"all":false}'),
        ('{"objects_count": 1, "job_count": 1, "name": "count: x"}', None),
    ],
)
def test_a_list_that_is_not_whole(body: str, more: str | None) -> None:
    answer = faults.disguised(faults.Fault("totals"), faults.Answer("200 OK", [], body.encode()))
    assert answer.body.decode() == (body if more is None else more)
    assert answer.headers == [("Content-Length", str(len(answer.body)))]


def test_a_run_fails_and_the_next_one_begins_between_two_looks(prime: Prime) -> None:
    def look() -> tuple[int, str]:
        prime.wire.send("GET", f"{JOBS}?.full=true", Authorization=f"Basic {CREDENTIALS}")
        (entity,) = json.loads(prime.wire.answer()[2])["queryResponse"]["entity"]
        shown = entity["jobSummaryDTO"]
        return shown["runId"], shown["runStatus"]

    prime.control.event(prime.job, "start")
    first, status = look()
    assert status == "RUNNING"
    prime.control.arm(kind="event", body="fail start", jobs=[prime.job])
    second, status = look()
    assert (second != first, status) == (True, "RUNNING")


# --- sticky sessions -----------------------------------------------------------------------------------------


def test_a_product_without_sessions_answers_on_every_node(prime: Prime) -> None:
    prime.control.arm(kind="sticky", times=0)
    cookies = []
    for _again in range(3):
        prime.read()
        status, headers, _body = prime.wire.answer()
        assert status == 200
        cookies.append(headers["set-cookie"])
    assert cookies == [f"SERVERID={node}; path=/" for node in ("s1", "s2", "s1")]


def _commvault(wire: Wire, **headers: str) -> tuple[dict[str, str], dict[str, str]]:
    """Log in; the headers of the answer, and those that carry the token."""
    password = base64.b64encode(CommvaultSimulator.password.encode()).decode()
    body = json.dumps({"username": CommvaultSimulator.username, "password": password})
    json_type = "application/json"
    wire.send("POST", "/commandcenter/api/Login", body, Accept=json_type, Content_Type=json_type, **headers)
    _status, given, answer = wire.answer()
    return given, {"Authtoken": json.loads(answer)["token"], "Accept": json_type}


def _veeam(wire: Wire, **headers: str) -> tuple[dict[str, str], dict[str, str]]:
    wire.send("POST", "/api/sessionMngr/?v=latest", Authorization=f"Basic {CREDENTIALS}", **headers)
    _status, given, _answer = wire.answer()
    return given, {"X-RestSvcSessionId": given["x-restsvcsessionid"]}


@pytest.mark.parametrize(
    ("make", "log_in", "path", "words"),
    [
        (CommvaultSimulator, _commvault, "/commandcenter/api/Job", b"Access denied"),
        (enterprise_manager, _veeam, "/api/jobs", b"Authorization header"),
    ],
    ids=["commvault", "veeam"],
)
def test_who_does_not_send_the_cookie_back_is_unknown_on_the_other_node(
    make: t.Callable[[], t.Any], log_in: t.Callable[..., t.Any], path: str, words: bytes
) -> None:
    with serving(make()) as server:
        control, wire = Control(server.origin), Wire(server.origin)
        control.arm(kind="sticky", times=0)
        headers, token = log_in(wire)
        assert "SERVERID=s1; path=/" in headers["set-cookie"]
        wire.send("GET", path, **token)  # no cookie
        status, headers, body = wire.answer()
        assert (status, headers["set-cookie"]) == (401, "SERVERID=s2; path=/")
        assert words in body
        wire.send("GET", path, Cookie="SERVERID=s1", **token)
        status, headers, _body = wire.answer()
        assert (status, headers.get("set-cookie", "")) == (200, "")
        _headers, other = log_in(wire, Cookie="SERVERID=s2")
        assert control.sessions() == 2
        wire.send("GET", path, Cookie="SERVERID=s2", **other)
        assert wire.answer()[0] == 200
