# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request and its answer, on real sockets: every answer ends, and what went wrong is told apart."""

from __future__ import annotations

import contextlib
import gzip
import io
import pathlib
import re
import socket
import ssl
import threading
import typing as t

import pytest
import requests
import trustme
import urllib3
from support.clock import FakeClock
from support.peers import answering, drip, full, peer, receive, refusing, reset

from ansible_collections.batchops.job_control.plugins.module_utils import _bounded, _http, _secrets
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    ConnectionFailed,
    JobControlError,
    MissingLibrary,
    ProtocolError,
    TlsFailed,
    UsageError,
)
from ansible_collections.batchops.job_control.plugins.module_utils._http import HttpSession
from ansible_collections.batchops.job_control.plugins.module_utils._response import Peer, Response
from ansible_collections.batchops.job_control.plugins.module_utils._system import Connection

#: Every answer is the product's.
ANYBODY = Peer("The product", lambda response: True)
PATIENCE = 0.5  # seconds, request_timeout
GOOD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
#: Each takes far longer than any answer may, and is a good answer in the end.
SLOW_HEADERS = GOOD.replace(b"\r\n\r\n", b"\r\nX-Filler: " + b"x" * 2000 + b"\r\n\r\n")
SLOW_BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b'"' + b"x" * 1998 + b'"'
SLOW_CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"2\r\n{}\r\n" * 400 + b"0\r\n\r\n"
SLOW_TUNNEL = b"HTTP/1.1 200 Connection established\r\nX-Filler: " + b"x" * 2000 + b"\r\n\r\n"
TUNNEL = b"HTTP/1.1 200 Connection established\r\n\r\n"
#: What is said of them; on a busy machine a byte may come so late that it is the wait for it which ends.
IN_TIME = f"not complete within {PATIENCE * 4:g} seconds|timed out"
DRIPS = {"headers": SLOW_HEADERS, "body": SLOW_BODY, "chunks": SLOW_CHUNKS}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def ca_path(authority: trustme.CA, tmp_path: pathlib.Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@contextlib.contextmanager
def session(**options: t.Any) -> t.Iterator[HttpSession]:
    connection = Connection(**{"request_timeout": PATIENCE, "retry_timeout": 0, **options})
    http = HttpSession(connection, FakeClock(), peer=ANYBODY)
    try:
        yield http
    finally:
        http.close()


def error_of(send: t.Callable[..., Response], method: str, url: str) -> JobControlError:
    """The error that a request ends with; it is one sentence that names the host."""
    with pytest.raises(JobControlError) as caught:
        send(method, url)
    message = caught.value.message
    assert url.split("/")[2] in message
    assert len(message.splitlines()) == 1
    return caught.value


# --- answers that drip -----------------------------------------------------------------------------------------------


def assert_too_slow(http: HttpSession, url: str) -> None:
    for error in (error_of(http.read, "GET", url), error_of(http.write, "POST", url)):
        assert isinstance(error, ConnectionFailed)
        assert re.search(IN_TIME, error.message)
        assert error.maybe_applied is (error.method == "POST")


@pytest.mark.parametrize("answer", DRIPS.values(), ids=DRIPS)
def test_an_answer_that_drips_is_given_up(answer: bytes) -> None:
    with peer(answering(answer, 0.02)) as server, session() as http:
        assert_too_slow(http, f"http://{server.address}/")
        assert server.connections == 2  # the first was not used again


@pytest.mark.parametrize("answer", DRIPS.values(), ids=DRIPS)
def test_so_is_one_that_is_encrypted(answer: bytes, server_tls: ssl.SSLContext, ca_path: str) -> None:
    with peer(answering(answer, 0.02), server_tls) as server, session(ca_path=ca_path) as http:
        assert_too_slow(http, f"https://{server.address}/")


def test_so_is_one_that_comes_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with peer(answering(SLOW_HEADERS, 0.02)) as proxy, session() as http:
        monkeypatch.setenv("http_proxy", f"http://{proxy.address}")
        assert_too_slow(http, "http://product.example.com/")


def tunnelling(context: ssl.SSLContext, answer: bytes, pause: float = 0.0) -> t.Callable[[socket.socket], None]:
    """A proxy and the server behind it in one."""

    def talk(connection: socket.socket) -> None:
        if receive(connection).startswith(b"CONNECT"):
            connection.sendall(TUNNEL)
            with context.wrap_socket(connection, server_side=True) as secure:
                answering(answer, pause)(secure)

    return talk


def test_so_is_one_that_comes_through_a_tunnel(
    monkeypatch: pytest.MonkeyPatch, server_tls: ssl.SSLContext, ca_path: str
) -> None:
    with peer(tunnelling(server_tls, SLOW_HEADERS, 0.02)) as proxy, session(ca_path=ca_path) as http:
        monkeypatch.setenv("https_proxy", f"http://{proxy.address}")
        assert_too_slow(http, "https://127.0.0.1:1/")


def test_a_tunnel_that_drips_has_carried_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    with peer(answering(SLOW_TUNNEL, 0.02)) as proxy, session() as http:
        monkeypatch.setenv("https_proxy", f"http://{proxy.address}")
        error = error_of(http.write, "POST", "https://product.example.com/")
        assert isinstance(error, ConnectionFailed)
        assert not error.maybe_applied


def test_endless_interim_answers_are_given_up() -> None:
    """An answer 100 tells nothing, and does not make the time begin anew."""
    with peer(answering(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000 + GOOD, 0.005)) as server, session() as http:
        assert re.search(IN_TIME, error_of(http.read, "GET", f"http://{server.address}/").message)


class Wire(io.RawIOBase):
    """A socket that always has a byte, and notes how long a wait for it might have been."""

    def __init__(self) -> None:
        self.timeout = 1.0
        self.waits: list[float] = []

    def settimeout(self, seconds: float) -> None:
        self.timeout = seconds

    def readinto(self, buffer: t.Any) -> int:
        self.waits.append(self.timeout)
        return 1


def test_the_last_wait_is_as_long_as_the_time_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next answer over the same connection has all of its time again."""
    clock = FakeClock(0)
    monkeypatch.setattr(_bounded.time, "monotonic", clock.monotonic)
    wire = Wire()
    reader = _bounded._Bounded(wire, t.cast(socket.socket, wire), 1.0, 60.0)
    for moment in (0.0, 2.9, 3.4, 3.9):
        clock.now = moment
        reader.readinto(bytearray(1))
    assert wire.waits == pytest.approx([1.0, 1.0, 0.6, 0.1])
    assert wire.timeout == 1.0
    clock.now = 4.0
    with pytest.raises(_bounded.AnswerTooSlow, match="within 4 seconds"):
        reader.readinto(bytearray(1))


def test_each_kind_of_connection_stays_what_it_is() -> None:
    """That of a SOCKS proxy is one of its own; another one would go past the proxy."""

    class SocksConnection(urllib3.connection.HTTPConnection):
        pass

    class SocksPool(urllib3.HTTPConnectionPool):
        ConnectionCls = SocksConnection

    manager = urllib3.PoolManager()
    manager.pool_classes_by_scheme = {"http": SocksPool, "https": urllib3.HTTPSConnectionPool}
    _http._bound(manager)
    bound = manager.pool_classes_by_scheme
    assert issubclass(bound["http"], SocksPool)
    for scheme, kind in (("http", SocksConnection), ("https", urllib3.HTTPSConnectionPool.ConnectionCls)):
        assert issubclass(bound[scheme].ConnectionCls, kind)
        assert issubclass(bound[scheme].ConnectionCls, _bounded.BoundedConnection)
    _http._bound(manager)
    assert manager.pool_classes_by_scheme == bound  # once is enough


def test_no_thread_is_left() -> None:
    before = threading.active_count()
    with peer(answering(SLOW_HEADERS, 0.02)) as server, session() as http:
        error_of(http.read, "GET", f"http://{server.address}/")
        assert len([thread for thread in threading.enumerate() if "support.peers" not in str(thread)]) <= before + 2


# --- answers that make no sense --------------------------------------------------------------------------------------

HEAD = b"HTTP/1.1 200 OK\r\n"
BROKEN: dict[str, tuple[bytes, t.Any]] = {
    "nothing": (b"", ConnectionFailed),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", ConnectionFailed),
    "half of the head": (b"HTTP/1.1 200 OK\r\nContent-Ty", ConnectionFailed),
    "less than declared": (HEAD + b"Content-Length: 10\r\n\r\n{}", ConnectionFailed),
    "two lengths": (HEAD + b"Content-Length: 2, 3\r\n\r\n{}", (ConnectionFailed, ProtocolError)),  # as urllib3 has it
    "a chunk without a size": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", ConnectionFailed),
    "half a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n9\r\n{}", ConnectionFailed),
    "a length beyond Python's int": (HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}", ConnectionFailed),
    "no gzip": (HEAD + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", ProtocolError),
    "too many headers": (HEAD + b"X-More: 1\r\n" * 200 + b"\r\n", ConnectionFailed),
    "a header without end": (HEAD + b"X-More: " + b"x" * 100000 + b"\r\n\r\n", ConnectionFailed),
}


def once(answer: bytes) -> t.Callable[[socket.socket], None]:
    """Answers one request and hangs up."""

    def talk(connection: socket.socket) -> None:
        receive(connection)
        connection.sendall(answer)

    return talk


@pytest.mark.parametrize(("answer", "kind"), BROKEN.values(), ids=BROKEN)
def test_a_broken_answer(answer: bytes, kind: t.Any) -> None:
    with peer(once(answer)) as server, session() as http:
        error = error_of(http.write, "POST", f"http://{server.address}/")
        assert isinstance(error, kind), error
        assert error.maybe_applied


def test_the_netrc_of_the_user_does_not_replace_our_credentials(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    asked: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        asked.append(receive(connection))
        connection.sendall(GOOD)

    with peer(talk) as server, session() as http:
        http.read("GET", f"http://{server.address}/", headers={"Authorization": "Basic ours"})
    assert b"\r\nAuthorization: Basic ours\r\n" in asked[0]


def test_a_good_answer_in_any_dress() -> None:
    packed = gzip.compress(b"{}")
    dressed = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed
    chunks = b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    with_length = HEAD + b"Content-Length: 2\r\n" + chunks  # a gateway that forgot to take it out
    for answer in (GOOD, dressed, HEAD + b"\r\n{}", HEAD + chunks, with_length):
        with peer(once(answer)) as server, session() as http:
            assert http.read("GET", f"http://{server.address}/").json() == {}


@pytest.mark.parametrize("location", [b"http://{other}/", b"//{other}/", b"http://[::1", b"\xff\xfe", b""])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(status: int, location: bytes) -> None:
    with peer(answering(GOOD)) as other:
        where = location.replace(b"{other}", other.address.encode())
        answer = b"HTTP/1.1 %d Moved\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n" % (status, where)
        with peer(answering(answer)) as server, session() as http:
            response = http.read("GET", f"http://{server.address}/", headers={"Authorization": "Basic x"})
            assert response.status == status
            assert isinstance(response.failure(), ProtocolError)
            assert server.address in response.failure().message
        assert other.connections == 0


def test_tls_that_is_cut_off_is_a_lost_answer(server_tls: ssl.SSLContext, ca_path: str) -> None:
    def talk(connection: socket.socket) -> None:
        for sent in (GOOD, GOOD[:40]):
            receive(connection)
            connection.sendall(sent)
        socket.socket(fileno=connection.detach()).close()  # without the good-bye of TLS

    with peer(talk, server_tls) as server, session(ca_path=ca_path) as http:
        http.read("GET", f"https://{server.address}/")
        error = error_of(http.write, "POST", f"https://{server.address}/")
        assert isinstance(error, ConnectionFailed)
        assert error.maybe_applied


# --- requests that were never sent -----------------------------------------------------------------------------------


def assert_never_sent(url: str, kind: type[JobControlError] = ConnectionFailed, **options: t.Any) -> str:
    """A write ends without a doubt, and is replayed as long as there is patience."""
    with session(retry_timeout=1, **options) as http:
        error = error_of(http.write, "POST", url)
        assert isinstance(error, kind), error
        assert not error.maybe_applied
        assert bool(http.traffic["replays"]) == (kind is ConnectionFailed)
    return error.message


def test_nobody_there() -> None:
    with refusing() as address:
        assert "refused" in assert_never_sent(f"http://{address}/")
    with full() as address:
        assert "timed out" in assert_never_sent(f"http://{address}/")
    assert_never_sent("http://nowhere.invalid/")


def test_no_proxy_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing() as address:
        for scheme in ("http", "https"):
            monkeypatch.setenv(f"{scheme}_proxy", f"http://{address}")
            assert "refused" in assert_never_sent(f"{scheme}://product.example.com/")


@pytest.mark.parametrize(
    "proxy",
    [
        "http://bob:s3cr/et@proxy.example.com:3128",
        "http://bob:s3cr#et@proxy.example.com:3128",
        "http://bob:s3cr?et@proxy.example.com:3128",
        "http://bob:s3cr[et@proxy.example.com:3128",
        "http://bob:s3cr]et@proxy.example.com:3128",
        "bob:s3cr/et@proxy.example.com:3128",
        "http://bob:s3cret@proxy.example.com:port",
        "ftp://bob:s3cret@proxy.example.com:21",
        "http://",
    ],
)
def test_a_proxy_that_is_no_address(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    for scheme in ("http", "https"):
        monkeypatch.setenv(f"{scheme}_proxy", proxy)
        with session(retry_timeout=1) as http, pytest.raises(UsageError, match="the variable that names the") as caught:
            http.write("POST", f"{scheme}://product.example.com/")
        assert not caught.value.maybe_applied
        assert http.traffic["replays"] == 0
        assert caught.value.__suppress_context__
        assert "s3cr" not in caught.value.message


def test_a_proxy_that_needs_another_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests.adapters, "SOCKSProxyManager", missing_socks)
    monkeypatch.setenv("http_proxy", "socks5://bob:s3cret@proxy.example.com")
    with session() as http, pytest.raises(MissingLibrary, match="PySocks") as caught:
        http.write("POST", "http://product.example.com/")
    assert not caught.value.maybe_applied


def missing_socks(*_args: t.Any, **_options: t.Any) -> t.NoReturn:
    """What requests has in the place of the manager when PySocks is not there."""
    raise requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support.")


@pytest.mark.parametrize("proxy", ["http://bob:s3%40cret@{}", "http://s3%40cret@{}"])
def test_no_message_shows_the_password_of_a_proxy(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    with refusing() as address:
        monkeypatch.setenv("http_proxy", proxy.format(address))
        assert_never_sent("http://product.example.com/")
    shown = ConnectionFailed("for bob: s3%40cret s3@cret").message
    assert shown == f"for bob: {_secrets.MASK} {_secrets.MASK}"


@pytest.mark.parametrize("proxy", ["http://bob:s3cret%E2%82%AC@{}", "http://bob:s3cret\u20ac@{}"])
def test_a_proxy_password_that_cannot_be_sent(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """The variable of the proxy is named, and not the option token."""
    with refusing() as address, session() as http:
        monkeypatch.setenv("http_proxy", proxy.format(address))
        with pytest.raises(UsageError, match="the variable that names the proxy") as caught:
            http.write("POST", "http://product.example.com/", headers={"X-Auth-Token": "t0ken"})
        assert "token" not in caught.value.message
        assert "s3cret" not in caught.value.message


def test_only_cookies_that_may_be_sessions_are_secret() -> None:
    answer = HEAD + b"Set-Cookie: lang=en\r\nSet-Cookie: session=0123abcd\r\nContent-Length: 0\r\n\r\n"
    with peer(answering(answer)) as server, session() as http:
        http.read("GET", f"http://{server.address}/")
    assert ConnectionFailed("sent: 0123abcd").message == f"sent: {_secrets.MASK}"


@pytest.mark.parametrize("status", [b"407 Proxy Authentication Required", b"502 Bad Gateway", b"403 Forbidden"])
def test_a_proxy_that_opens_no_tunnel(monkeypatch: pytest.MonkeyPatch, status: bytes) -> None:
    with peer(answering(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")) as proxy:
        monkeypatch.setenv("https_proxy", f"http://{proxy.address}")
        assert status.decode() in assert_never_sent("https://product.example.com/")


def test_a_proxy_that_wants_a_user(monkeypatch: pytest.MonkeyPatch) -> None:
    with peer(answering(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")) as proxy, session() as http:
        monkeypatch.setenv("http_proxy", f"http://{proxy.address}")
        error = http.write("POST", "http://product.example.com/").failure()
        assert isinstance(error, ConnectionFailed)
        assert "proxy" in error.message
        assert not error.maybe_applied


def deaf(connection: socket.socket) -> None:
    """Answers before it has understood anything."""
    connection.recv(65536)
    connection.sendall(GOOD)


def test_tls_that_was_never_agreed(server_tls: ssl.SSLContext) -> None:
    with peer(answering(GOOD), server_tls) as server:
        assert_never_sent(f"https://{server.address}/", TlsFailed)  # nobody knows its authority
    with peer(deaf) as server:
        assert_never_sent(f"https://{server.address}/", TlsFailed)  # it speaks no TLS
    with peer(reset) as server:
        assert_never_sent(f"https://{server.address}/")


def test_a_request_that_was_sent_and_reset() -> None:
    def talk(connection: socket.socket) -> None:
        receive(connection)
        reset(connection)

    with peer(talk) as server, session(retry_timeout=1) as http:
        error = error_of(http.write, "POST", f"http://{server.address}/")
        assert isinstance(error, ConnectionFailed)
        assert error.maybe_applied
        assert server.connections == 1  # and never again


def test_a_reused_connection_that_breaks_leaves_a_doubt() -> None:
    """The connection was made long before; what is sent over it may have arrived."""

    def talk(connection: socket.socket) -> None:
        receive(connection)
        drip(connection, GOOD, 0)
        receive(connection)
        reset(connection)

    with peer(talk) as server, session(retry_timeout=1) as http:
        http.read("GET", f"http://{server.address}/")
        assert error_of(http.write, "POST", f"http://{server.address}/").maybe_applied
        assert server.connections == 1
