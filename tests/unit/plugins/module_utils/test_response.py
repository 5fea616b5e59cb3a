# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose answer it is, and what it says of a read and of a write: on real sockets, where time passes in pauses only."""

from __future__ import annotations

import contextlib
import itertools
import socket
import typing as t

import pytest
from support.clock import FakeClock
from support.peers import Peer as Server
from support.peers import answering, peer, receive

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._errors import JobControlError, WaitTimeout
from ansible_collections.batchops.job_control.plugins.module_utils._http import FIRST_REPLAYS, HttpSession
from ansible_collections.batchops.job_control.plugins.module_utils._response import UNAVAILABLE, Peer, Response
from ansible_collections.batchops.job_control.plugins.module_utils._system import Connection

OWN = b'{"jobs": []}'
PRODUCT = Peer(
    "Product",
    lambda response: b'"jobs"' in response.body,
    advice="give the whole root in url",
    cookies=frozenset({"productsession"}),
)
BODIES = {
    "text": b"Not here",
    "html": b"<html><title>Back soon</title></html>",
    "empty": b"",
    "gateway": b'{"message": "no Route matched with those values"}',
}
#: What a stranger's status is told as.
KINDS = {
    200: "protocol",
    302: "protocol",
    400: "protocol",
    401: "auth",
    403: "protocol",
    404: "protocol",
    407: "connection",
    408: "connection",
    409: "protocol",
    425: "connection",
    429: "rate_limited",
    499: "connection",
    500: "connection",
    502: "connection",
    503: "connection",
    504: "connection",
    520: "connection",
}
UNTOUCHED = (407, 429)  # nothing was handed on


def answer(status: int, body: bytes = b"", *headers: bytes) -> bytes:
    lines = [b"HTTP/1.1 %d X" % status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


GOOD = answer(200, OWN)


class Script:
    """A server that gives one answer after the other, the last for ever, and remembers what it was asked."""

    def __init__(self, *answers: bytes) -> None:
        self._answers = itertools.chain(answers[:-1], itertools.repeat(answers[-1]))
        self.asked: list[bytes] = []

    def __call__(self, connection: socket.socket) -> None:
        while request := receive(connection):
            self.asked.append(request)
            connection.sendall(next(self._answers))


class Site:
    """A session with a scripted server."""

    def __init__(self, server: Server, script: Script, **options: t.Any) -> None:
        self.url = f"http://{server.address}/"
        self.asked = script.asked
        self.clock = FakeClock()
        connection = Connection(**{"request_timeout": 5.0, "retry_timeout": 20.0, **options})
        self.http = HttpSession(connection, self.clock, peer=PRODUCT)

    def read(self) -> Response:
        return self.http.read("GET", self.url)

    def error(self, send: t.Callable[[], object]) -> JobControlError:
        with pytest.raises(JobControlError) as caught:
            send()
        assert len(caught.value.message.splitlines()) == 1
        return caught.value


@contextlib.contextmanager
def site(*answers: bytes, **options: t.Any) -> t.Iterator[Site]:
    script = Script(*answers)
    with peer(script) as server:
        one = Site(server, script, **options)
        try:
            yield one
        finally:
            one.http.close()


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("status", KINDS)
def test_a_stranger_says_nothing_to_a_write(status: int, body: bytes) -> None:
    with site(answer(status, body), retry_timeout=0) as one:
        if status == 401:  # it is about the token; the product's own code renews that
            error = one.http.write("POST", one.url).failure()
        else:
            error = one.error(lambda: one.http.write("POST", one.url))
        assert error.kind == KINDS[status]
        assert error.maybe_applied is (status not in UNTOUCHED)
        assert error.http_status == status
        assert len(one.asked) == 1


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("status", [status for status in KINDS if status not in (401, 407)])
def test_a_read_that_meets_a_stranger_once_is_sent_again(status: int, body: bytes) -> None:
    with site(answer(status, body), GOOD) as one:
        assert one.read().body == OWN
        assert len(one.asked) == 2
        assert one.http.traffic["replays"] == 1


@pytest.mark.parametrize("status", [status for status in KINDS if status not in (401, 407)])
def test_a_read_that_meets_strangers_for_ever_ends_in_one_error(status: int) -> None:
    with site(GOOD, answer(status, BODIES["html"])) as one:
        one.read()
        error = one.error(one.read)
        assert error.kind == KINDS[status]
        assert not error.maybe_applied
        assert "give the whole root" not in error.message  # the url was right a moment ago
        assert 10 < sum(one.clock.slept) <= 20.0


@pytest.mark.parametrize("status", [200, 302, 403, 404])
def test_where_only_strangers_answer_the_url_may_be_wrong(status: int) -> None:
    with site(answer(status, BODIES["html"])) as one:
        error = one.error(one.read)
        assert len(one.asked) == FIRST_REPLAYS + 1
        assert error.message.count("give the whole root in url") == 1
        assert "Product" in error.message or status == 302


def test_what_is_not_available_at_first_is_waited_for() -> None:
    with site(*[answer(503, BODIES["html"])] * (FIRST_REPLAYS + 1), GOOD) as one:
        assert one.read().body == OWN


@pytest.mark.parametrize("status", [403, 404, 409])
def test_the_product_itself_may_say_no(status: int) -> None:
    with site(answer(status, OWN)) as one:
        assert one.read().is_own
        failure = one.http.write("POST", one.url).failure()
        assert failure.kind == {403: "permission", 404: "not_found", 409: "refused"}[status]
        assert not failure.maybe_applied
        assert len(one.asked) == 2


@pytest.mark.parametrize("status", sorted(UNAVAILABLE - {429}))
def test_what_a_gateway_says_after_it_has_handed_a_request_on_is_a_doubt(status: int) -> None:
    """Also when it looks like the product's own."""
    with site(answer(status, OWN), GOOD) as one:
        assert one.http.write("POST", one.url).failure().maybe_applied
        assert len(one.asked) == 1
    with site(answer(status, OWN), GOOD) as one:
        assert one.read().body == OWN
        assert len(one.asked) == 2


@pytest.mark.parametrize("body", [b"", OWN])
def test_a_rate_limit_is_waited_for_by_reads_and_writes(body: bytes) -> None:
    with site(answer(429, body, b"Retry-After: 3"), GOOD) as one:
        assert one.http.write("POST", one.url).body == OWN
        assert one.clock.slept == [3.0]
    with site(answer(429, body, b"Retry-After: 3"), GOOD) as one:
        assert one.read().body == OWN
        assert one.clock.slept == [3.0]


def test_no_message_shows_an_answer_that_may_hold_a_token() -> None:
    login = Peer("Login", lambda response: b"token" in response.body, is_confidential=True)
    with site(answer(404, b"t0ken"), retry_timeout=0) as one:
        assert "t0ken" in one.error(one.read).message
        assert "t0ken" not in one.error(lambda: one.http.read("POST", one.url, peer=login)).message
        assert "Login" in one.error(lambda: one.http.read("POST", one.url, peer=login)).message


# --- patience --------------------------------------------------------------------------------------------------------


def test_patience_begins_anew_with_each_good_answer() -> None:
    """Each trouble takes most of the patience; together they take three times as much."""
    trouble = [answer(503, b"", b"Retry-After: 15"), GOOD]
    with site(*trouble * 4, retry_timeout=20.0) as one:
        for _time in range(4):
            assert one.read().body == OWN
        assert sum(one.clock.slept) == 60.0


def test_a_product_that_is_gone_costs_the_patience_once() -> None:
    with site(answer(503), retry_timeout=20.0) as one:
        one.error(one.read)
        asked = len(one.asked)
        one.clock.sleep(20.0)
        one.error(one.read)
        assert len(one.asked) == asked + 1


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ([b"Retry-After: 4"], 4.0),
        ([b"Date: Sun, 06 Nov 1994 08:49:37 GMT", b"Retry-After: Sun, 06 Nov 1994 08:49:43 GMT"], 6.0),
        ([b"Retry-After: Thu, 28 May 2026 20:26:43 GMT"], 3.0),  # by our own clock
        ([b"Date: yesterday", b"Retry-After: Thu, 28 May 2026 20:26:43 GMT"], 3.0),
    ],
)
def test_a_date_is_measured_by_the_clock_that_it_comes_from(headers: list[bytes], pause: float) -> None:
    with site(answer(503, b"", *headers), GOOD) as one:
        one.read()
        assert one.clock.slept == [pause]


# --- the time of a verb ----------------------------------------------------------------------------------------------


def test_nothing_is_sent_when_the_time_is_over() -> None:
    """What is left then is for the last reads, and in the end for the logout."""
    with site(GOOD, request_timeout=10.0) as one:
        one.http.bound(Deadline(one.clock, 60.0))
        one.clock.sleep(64.0)
        assert one.http.write("POST", one.url).body == OWN
        one.clock.sleep(2.0)  # half of a request_timeout after the end
        error = one.error(lambda: one.http.write("POST", one.url))
        assert isinstance(error, WaitTimeout)
        assert not error.maybe_applied
        assert one.read().body == OWN
        one.clock.sleep(3.0)
        assert isinstance(one.error(one.read), WaitTimeout)
        asked = len(one.asked)
        one.http.log_out("POST", one.url, {})
        assert len(one.asked) == asked + 1
        one.clock.sleep(2.0)
        one.http.log_out("POST", one.url, {})
        assert len(one.asked) == asked + 1


def test_no_replay_goes_beyond_the_time() -> None:
    with site(answer(503), retry_timeout=1000.0) as one:
        one.http.bound(Deadline(one.clock, 30.0))
        one.error(one.read)
        assert sum(one.clock.slept) <= 30.0


# --- cookies ---------------------------------------------------------------------------------------------------------


def cookies_of(request: bytes) -> bytes:
    return next((line for line in request.split(b"\r\n") if line.startswith(b"Cookie:")), b"")


def test_the_cookie_of_a_balancer_goes_back_and_the_products_own_does_not() -> None:
    setting = answer(200, OWN, b"Set-Cookie: SERVERID=s1; Path=/", b"Set-Cookie: ProductSession=0123456789; Path=/")
    with site(setting) as one:
        one.read()
        one.http.write("POST", one.url)
        assert [cookies_of(request) for request in one.asked] == [b"", b"Cookie: SERVERID=s1"]


def test_a_cookie_goes_to_nobody_else() -> None:
    """Not even to another port of the same host, for which browsers would send it."""
    with site(answer(200, OWN, b"Set-Cookie: SERVERID=s1; Path=/")) as one, peer(answering(GOOD)) as other:
        script = Script(GOOD)
        with peer(script) as elsewhere:
            one.read()
            one.http.read("GET", f"http://{elsewhere.address}/")
        assert other.connections == 0
        assert cookies_of(script.asked[0]) == b""


# --- interim answers -------------------------------------------------------------------------------------------------

EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
PROCESSING = b"HTTP/1.1 102 Processing\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.mark.parametrize("interim", [EARLY, PROCESSING, CONTINUE, EARLY + PROCESSING + CONTINUE + EARLY])
def test_an_interim_answer_is_passed_over(interim: bytes) -> None:
    """The next answer over the same connection is that to the next request."""
    with site(interim + GOOD, interim + answer(404, OWN), GOOD) as one:
        assert [one.read().status for _time in range(3)] == [200, 404, 200]


def test_a_length_that_is_given_twice_is_one_length() -> None:
    """And the connection goes on: nothing is waited for."""
    twice = GOOD.replace(b"Content-Length: 12", b"Content-Length: 12, 12")
    apart = GOOD.replace(b"Content-Length: 12", b"Content-Length: 12\r\nContent-Length: 12")
    for doubled in (twice, apart):
        with site(doubled) as one:
            assert one.read().body == OWN
            assert one.read().body == OWN
