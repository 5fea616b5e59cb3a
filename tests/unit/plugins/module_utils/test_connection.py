# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a session makes of the options of a connection, what it sends, and how long it waits; on real sockets."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import pathlib
import socket
import ssl
import threading
import typing as t
import warnings

import pytest
import requests
import trustme
import urllib3
from cryptography.hazmat.primitives import serialization
from support.clock import FakeClock
from support.peers import answering, peer, receive, refusing

from ansible_collections.batchops.job_control.plugins.module_utils import _bounded, _http, _secrets
from ansible_collections.batchops.job_control.plugins.module_utils._clock import Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    ConnectionFailed,
    JobControlError,
    ProtocolError,
    UsageError,
    WaitTimeout,
)
from ansible_collections.batchops.job_control.plugins.module_utils._http import HttpSession
from ansible_collections.batchops.job_control.plugins.module_utils._response import Peer
from ansible_collections.batchops.job_control.plugins.module_utils._system import Connection

ANYBODY = Peer("The product", lambda response: True)
HEAD = b"HTTP/1.1 200 OK\r\n"
GOOD = HEAD + b"Content-Length: 2\r\n\r\n{}"
GONE = b"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_path(authority: trustme.CA, tmp_path: pathlib.Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@contextlib.contextmanager
def session(
    clock: FakeClock | None = None, peer_: Peer = ANYBODY, pace: float = 0.0, keep_alive: bool = True, **options: t.Any
) -> t.Iterator[HttpSession]:
    connection = Connection(**{"request_timeout": 5.0, "retry_timeout": 0.0, **options})
    client = HttpSession(connection, clock or FakeClock(), peer=peer_, pace=pace, keep_alive=keep_alive)
    try:
        yield client
    finally:
        client.close()


def hearing(asked: list[bytes], answer: bytes = GOOD) -> t.Callable[[socket.socket], None]:
    """Remembers each request."""

    def talk(connection: socket.socket) -> None:
        while request := receive(connection):
            asked.append(request)
            connection.sendall(answer)

    return talk


def failure(send: t.Callable[[], object]) -> JobControlError:
    with pytest.raises(JobControlError) as caught:
        send()
    return caught.value


# --- what is sent ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keep_alive", [True, False])
def test_what_each_request_says_of_us(keep_alive: bool) -> None:
    asked: list[bytes] = []
    with peer(hearing(asked)) as server, session(keep_alive=keep_alive) as client:
        client.read("GET", f"http://{server.address}/", headers={"X-Auth-Token": "t0ken"}, query=[("a", "b c")])
        client.write("POST", f"http://{server.address}/", headers={"X-Auth-Token": "t0ken"})
        client.log_out("POST", f"http://{server.address}/", {"X-Auth-Token": "t0ken"})
    assert len(asked) == 3
    assert asked[0].startswith(b"GET /?a=b+c HTTP/1.1\r\n")
    for request in asked:
        assert b"\r\nUser-Agent: ansible-batchops.job_control\r\n" in request
        assert b"\r\nX-Auth-Token: t0ken\r\n" in request
        assert (b"\r\nConnection: close\r\n" in request) is not keep_alive


def test_a_connection_is_kept_by_default_and_closed_in_the_end() -> None:
    ended = threading.Event()
    asked: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        hearing(asked)(connection)
        ended.set()

    with peer(talk) as server:
        client = HttpSession(Connection(), FakeClock(), peer=ANYBODY)
        client.read("GET", f"http://{server.address}/")
        client.read("GET", f"http://{server.address}/")
        assert server.connections == 1
        assert not any(b"\r\nConnection: close\r\n" in request for request in asked)
        assert not ended.is_set()
        client.close()
        assert ended.wait(10)


def test_the_traffic_is_counted() -> None:
    clock = FakeClock()
    with peer(answering(GOOD)) as server, session(clock) as client:
        assert client.traffic == {"requests": 0, "replays": 0, "seconds": 0.0}
        client.read("GET", f"http://{server.address}/")
        clock.sleep(1.23456)
        client.write("POST", f"http://{server.address}/")
        assert client.traffic == {"requests": 2, "replays": 0, "seconds": 1.235}


@pytest.mark.parametrize("secret", ["t0\nken", "t0\u20acken"])
def test_a_header_that_cannot_be_sent(secret: str) -> None:
    with peer(answering(GOOD)) as server, session(retry_timeout=20) as client:
        error = failure(lambda: client.write("POST", f"http://{server.address}/", headers={"X-Auth-Token": secret}))
        assert isinstance(error, UsageError)
        assert not error.maybe_applied
        assert "token, or another option" in error.message
        assert "ken" not in error.message.replace("token", "")
        assert error.__suppress_context__
        assert client.traffic["replays"] == 0


# --- how long is waited ----------------------------------------------------------------------------------------------


def test_each_pause_is_twice_as_long_up_to_ten_seconds() -> None:
    """Give or take a fifth, so that many controllers do not ask in step."""
    clock = FakeClock()
    with peer(answering(GONE)) as server, session(clock, retry_timeout=120) as client:
        assert client.read("GET", f"http://{server.address}/").status == 503
        assert client.traffic["requests"] == client.traffic["replays"] + 1 == len(clock.slept) + 1
    expected = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, *[10.0] * 100]
    assert len(clock.slept) > 10
    for pause, middle in zip(clock.slept, expected):
        assert 0.79 * middle <= pause <= 1.21 * middle
    assert 108 - 1 < sum(clock.slept) <= 120


@pytest.mark.parametrize(("asked_for", "is_waited_for"), [(20, True), (21, False)])
def test_what_the_product_asks_for_is_waited_for_within_the_patience(asked_for: int, is_waited_for: bool) -> None:
    clock = FakeClock()
    answers = iter([GONE.replace(b"X\r\n", b"X\r\nRetry-After: %d\r\n" % asked_for), GOOD])

    def talk(connection: socket.socket) -> None:
        while receive(connection):
            connection.sendall(next(answers))

    with peer(talk) as server, session(clock, retry_timeout=20) as client:
        assert client.read("GET", f"http://{server.address}/").status == (200 if is_waited_for else 503)
    assert clock.slept == ([20.0] if is_waited_for else [])


@pytest.mark.parametrize(
    "headers",
    [
        b"Retry-After: \xb2",
        b"Retry-After: soon",
        b"Retry-After: -5",
        b"Retry-After: Sat, 27 May 2023 02:06:08 +99999999999999999999",
        b"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:31 GMT",
    ],
)
def test_what_makes_no_sense_or_is_over_is_not_waited_for(headers: bytes) -> None:
    clock = FakeClock()
    answers = iter([GONE.replace(b"X\r\n", b"X\r\n" + headers + b"\r\n"), GOOD])

    def talk(connection: socket.socket) -> None:
        while receive(connection):
            connection.sendall(next(answers))

    with peer(talk) as server, session(clock, retry_timeout=20) as client:
        assert client.read("GET", f"http://{server.address}/").status == 200
    (pause,) = clock.slept
    assert 0.19 < pause < 0.31


def test_the_end_of_a_session_is_asked_for_once() -> None:
    clock = FakeClock()
    with peer(answering(GONE.replace(b"503", b"429"))) as server, session(clock, retry_timeout=20) as client:
        client.log_out("POST", f"http://{server.address}/", {})
        assert client.traffic["requests"] == 1
    assert clock.slept == []


@pytest.mark.parametrize(("status", "kind"), [(401, "auth"), (407, "connection")])
def test_a_stranger_who_wants_to_know_us_is_not_asked_again(status: int, kind: str) -> None:
    stranger = Peer("The product", lambda response: False)
    answer = GONE.replace(b"503", b"%d" % status)
    with peer(answering(answer)) as server, session(peer_=stranger, retry_timeout=20) as client:
        if status == 401:  # the product's own code renews the token
            assert not client.read("GET", f"http://{server.address}/").is_own
        else:
            assert failure(lambda: client.read("GET", f"http://{server.address}/")).kind == kind
        assert client.traffic["requests"] == 1


def test_requests_keep_their_distance() -> None:
    clock = FakeClock()
    with peer(answering(GOOD)) as server, session(clock, pace=2.0) as client:
        client.read("GET", f"http://{server.address}/")
        client.read("GET", f"http://{server.address}/")
        assert clock.slept == [2.0]
        clock.now += 0.5
        client.write("POST", f"http://{server.address}/")
        assert clock.slept == [2.0, 1.5]
        clock.now += 7.0
        client.read("GET", f"http://{server.address}/")
        assert clock.slept == [2.0, 1.5]
    with peer(answering(GOOD)) as server, session(clock) as client:
        client.read("GET", f"http://{server.address}/")
        client.read("GET", f"http://{server.address}/")
        assert clock.slept == [2.0, 1.5]


@pytest.mark.parametrize(("left", "is_sent"), [(1.0, True), (0.5, True), (0.0, False), (-1.0, False)])
def test_the_last_moment_of_a_write(left: float, is_sent: bool) -> None:
    clock = FakeClock()
    with peer(answering(GOOD)) as server, session(clock, request_timeout=4.0) as client:
        client.bound(Deadline(clock, 60.0))
        clock.now += 62.0 - left  # half of a request_timeout after the end
        if is_sent:
            client.write("POST", f"http://{server.address}/")
        else:
            error = failure(lambda: client.write("POST", f"http://{server.address}/"))
            assert isinstance(error, WaitTimeout)
            assert not error.maybe_applied
        assert client.traffic["requests"] == int(is_sent)


@pytest.mark.parametrize(("left", "timeout"), [(60.0, 5.0), (5.5, 5.0), (2.0, 2.0)])
def test_a_request_lasts_no_longer_than_what_is_left(
    monkeypatch: pytest.MonkeyPatch, left: float, timeout: float
) -> None:
    clock = FakeClock()
    seen: list[tuple[float, float]] = []
    send = requests.Session.request

    def noting(self: requests.Session, *args: t.Any, **options: t.Any) -> requests.Response:
        seen.append((options["timeout"], _bounded.progress.allowed))
        return send(self, *args, **options)

    monkeypatch.setattr(requests.Session, "request", noting)
    with peer(answering(GOOD)) as server, session(clock) as client:
        client.bound(Deadline(clock, 60.0))
        clock.now += 60.0 + 4.0 - left  # a read has 0.8 of a request_timeout more
        client.read("GET", f"http://{server.address}/")
    assert len(seen) == 1
    assert seen[0] == pytest.approx((timeout, left))


# --- what is answered ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("length", "fits"), [(10, True), (11, False)])
def test_an_answer_without_end(monkeypatch: pytest.MonkeyPatch, method: str, length: int, fits: bool) -> None:
    monkeypatch.setattr(_http, "LARGEST_BODY", 10)
    with peer(answering(HEAD + b"Content-Length: %d\r\n\r\n" % length + b"x" * length)) as server, session() as client:
        send = client.read if method == "GET" else client.write
        if fits:
            assert len(send(method, f"http://{server.address}/").body) == length
        else:
            error = failure(lambda: send(method, f"http://{server.address}/"))
            assert isinstance(error, ProtocolError)
            assert error.maybe_applied is (method == "POST")


def test_an_answer_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http, "LARGEST_BODY", 10)

    def talk(connection: socket.socket) -> None:
        receive(connection)
        connection.sendall(HEAD + b"Content-Length: 100000000\r\n\r\n" + b"x" * 200_000)
        receive(connection)  # until the client has had enough

    with peer(talk) as server, session() as client:
        error = failure(lambda: client.read("GET", f"http://{server.address}/"))
        assert isinstance(error, ProtocolError)
        assert "larger than any list of jobs" in error.message


def test_an_answer_without_a_body_may_declare_one() -> None:
    """A gateway may leave the header in."""
    answer = b"HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n"
    with peer(answering(answer)) as server, session() as client:
        assert client.write("POST", f"http://{server.address}/").status == 204
    cut = b"HTTP/1.1 205 X\r\nContent-Length: 7\r\n\r\n{}"

    def talk(connection: socket.socket) -> None:
        receive(connection)
        connection.sendall(cut)

    with peer(talk) as server, session() as client:
        error = failure(lambda: client.write("POST", f"http://{server.address}/"))
        assert isinstance(error, ConnectionFailed)
        assert error.maybe_applied


@pytest.mark.parametrize(
    ("cookie", "secret"), [(b"session=0123abcd", "0123abcd"), (b"lang=english", ""), (b"flag", ""), (b"a=", "")]
)
def test_a_cookie_that_may_be_a_session_is_secret(cookie: bytes, secret: str) -> None:
    answer = HEAD + b"Set-Cookie: " + cookie + b"; Path=/\r\nContent-Length: 2\r\n\r\n{}"
    with peer(answering(answer)) as server, session() as client:
        assert client.read("GET", f"http://{server.address}/").status == 200
    if secret:
        assert ConnectionFailed(f"sent: {secret}").message == f"sent: {_secrets.MASK}"
    assert ConnectionFailed("sent: english").message == "sent: english"


def test_the_product_does_not_see_the_policy_of_cookies_broken() -> None:
    """A cookie of another host is not for this one, whatever its name is."""
    asked: list[bytes] = []
    strange = HEAD + b"Set-Cookie: id=1; Domain=other.example.com; Path=/\r\nContent-Length: 2\r\n\r\n{}"
    with peer(hearing(asked, strange)) as server, session() as client:
        client.read("GET", f"http://{server.address}/")
        client.read("GET", f"http://{server.address}/")
    assert not any(b"\r\nCookie:" in request for request in asked)


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (requests.exceptions.ConnectionError("gone"), ConnectionFailed),
        (urllib3.exceptions.ProtocolError("gone"), ConnectionFailed),
        (http.client.IncompleteRead(b"gone"), ConnectionFailed),
        (_bounded.AnswerTooSlow(1.0), ConnectionFailed),
        (requests.exceptions.ContentDecodingError("gone"), ProtocolError),
        (requests.exceptions.InvalidHeader(urllib3.exceptions.InvalidHeader("of the answer")), ProtocolError),
        (requests.exceptions.InvalidHeader("of the request"), UsageError),
        (requests.exceptions.InvalidHeader(), UsageError),
        (requests.exceptions.InvalidURL("gone"), UsageError),
        (requests.exceptions.InvalidSchema("gone"), UsageError),
        (requests.exceptions.InvalidSchema("gone, but not because of the library for SOCKET"), UsageError),
        (requests.exceptions.InvalidProxyURL("gone"), UsageError),
        (urllib3.exceptions.LocationParseError("gone"), UsageError),
        (urllib3.exceptions.ProxySchemeUnknown("gone"), UsageError),
        (urllib3.exceptions.LocationValueError("gone, SOCKS"), UsageError),
        (OSError(2, "No such file or directory"), UsageError),
    ],
)
def test_whatever_the_libraries_raise_is_an_error_of_ours(
    monkeypatch: pytest.MonkeyPatch, raised: Exception, kind: type[JobControlError]
) -> None:
    def failing(*_args: t.Any, **_options: t.Any) -> t.NoReturn:
        raise raised

    with session() as client:
        monkeypatch.setattr(requests.Session, "request", failing)
        error = failure(lambda: client.write("POST", "http://product.example.com/"))
    assert error.__class__ is kind
    assert error.maybe_applied is (kind is not UsageError)
    assert (error.method, error.url) == ("POST", "http://product.example.com/")


def test_tls_that_breaks_later_on_is_a_lost_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_args: t.Any, **_options: t.Any) -> t.NoReturn:
        raise requests.exceptions.SSLError("decryption failed or bad record mac")

    with peer(answering(GOOD)) as server:
        for has_answered in (False, True):
            with monkeypatch.context() as patch, session() as client:
                if has_answered:
                    client.read("GET", f"http://{server.address}/")
                patch.setattr(requests.Session, "request", failing)
                error = failure(lambda client=client: client.write("POST", f"http://{server.address}/"))
                assert error.kind == ("connection" if has_answered else "tls")
                assert error.maybe_applied is has_answered


# --- TLS and files ---------------------------------------------------------------------------------------------------


def test_a_certificate_is_checked_unless_that_is_switched_off(
    server_tls: ssl.SSLContext, tmp_path: pathlib.Path
) -> None:
    """Then no authority is read either, and nothing is said of it at each request."""
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(stranger))
    with peer(answering(GOOD), server_tls) as server:
        url = f"https://{server.address}/"
        for options in ({}, {"ca_path": str(stranger)}):
            with session(**options) as client:
                assert failure(lambda client=client: client.read("GET", url)).kind == "tls"
        for options in ({}, {"ca_path": str(stranger)}, {"ca_path": "/no/such/file"}):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                with session(validate_certs=False, **options) as client:
                    assert client.read("GET", url).status == 200
            assert not [one for one in caught if issubclass(one.category, urllib3.exceptions.HTTPWarning)]


def test_no_warning_is_switched_off_where_certificates_are_checked() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with session():
            warnings.warn("not ours", urllib3.exceptions.InsecureRequestWarning, stacklevel=1)
    assert len(caught) == 1


@dataclasses.dataclass(frozen=True)
class Own:
    """A client certificate in the files that people have."""

    both: str
    cert: str
    key: str
    locked: str  # a key with a password


@pytest.fixture
def own(authority: trustme.CA, tmp_path: pathlib.Path) -> Own:
    issued = authority.issue_cert("controller.example.com")
    paths = Own(*(str(tmp_path / f"{name}.pem") for name in ("both", "cert", "key", "locked")))
    issued.private_key_and_cert_chain_pem.write_to_path(paths.both)
    issued.cert_chain_pems[0].write_to_path(paths.cert)
    issued.private_key_pem.write_to_path(paths.key)
    key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
    encryption = serialization.BestAvailableEncryption(b"s3cret")
    locked = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    pathlib.Path(paths.locked).write_bytes(locked)
    return paths


@pytest.fixture
def mutual_tls(authority: trustme.CA, server_tls: ssl.SSLContext) -> ssl.SSLContext:
    server_tls.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(server_tls)
    return server_tls


def test_a_client_certificate_in_one_file_or_two(mutual_tls: ssl.SSLContext, ca_path: str, own: Own) -> None:
    with peer(answering(GOOD), mutual_tls) as server:
        for options in ({"client_cert": own.both}, {"client_cert": own.cert, "client_key": own.key}):
            with session(ca_path=ca_path, **options) as client:
                assert client.read("GET", f"https://{server.address}/").status == 200
        with session(ca_path=ca_path) as client:
            assert failure(lambda: client.read("GET", f"https://{server.address}/")).kind == "tls"


def test_an_authority_may_be_a_folder(tmp_path: pathlib.Path) -> None:
    with session(ca_path=str(tmp_path)):
        pass


def test_a_file_that_cannot_be_used_is_named_before_the_first_request(
    tmp_path: pathlib.Path, ca_path: str, own: Own
) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    for options, named in (
        ({"ca_path": "/no/such/file"}, "ca_path: /no/such/file"),
        ({"ca_path": str(empty)}, f"ca_path: {empty}"),
        ({"client_cert": "/no/such/file"}, "client_cert, client_key: /no/such/file"),
        ({"client_cert": own.cert}, f"client_cert, client_key: {own.cert}"),
        ({"client_cert": own.cert, "client_key": ca_path}, f"client_cert, client_key: {own.cert} and {ca_path}"),
        ({"client_cert": own.cert, "client_key": own.locked}, f"{own.cert} and {own.locked}"),  # nobody is asked for it
    ):
        with pytest.raises(UsageError) as caught:
            HttpSession(Connection(**options), FakeClock(), peer=ANYBODY)
        assert f"{named} cannot be used: " in caught.value.message
        assert "\n" not in caught.value.message


def test_nobody_is_asked_for_the_password_of_a_key(monkeypatch: pytest.MonkeyPatch, own: Own) -> None:
    """OpenSSL would do that on the terminal of the controller, in the middle of a play."""
    passwords: list[t.Any] = []
    load = ssl.SSLContext.load_cert_chain

    def noting(self: ssl.SSLContext, *args: t.Any, **options: t.Any) -> None:
        passwords.append(options.get("password"))
        load(self, *args, **options)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", noting)
    with session(client_cert=own.cert, client_key=own.key):
        assert passwords == [""]


def test_a_file_that_goes_away_in_mid_run(server_tls: ssl.SSLContext, ca_path: str) -> None:
    with peer(answering(GOOD), server_tls) as server, session(ca_path=ca_path) as client:
        pathlib.Path(ca_path).unlink()
        error = failure(lambda: client.write("POST", f"https://{server.address}/"))
        assert isinstance(error, UsageError)
        assert not error.maybe_applied
        assert error.message.startswith("ca_path, client_cert or client_key cannot be used: ")


# --- proxies ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxy", "shown"),
    [
        ("http://bob:s3%40cret@{}", "for bob: {} {} "),
        ("bob:s3%40cret@{}", "for bob: {} {} "),
        ("http://s3%40cret@{}", "for bob: {} {} "),
        ("http://{}", "for bob: s3%40cret s3@cret "),
        ("http://:@{}", "for bob: s3%40cret s3@cret "),
    ],
)
def test_what_is_secret_of_a_proxy(monkeypatch: pytest.MonkeyPatch, proxy: str, shown: str) -> None:
    """Its password, or what stands alone before the host, as it was given and as it is sent."""
    monkeypatch.setattr(_secrets, "_known", {})
    with refusing() as address, session() as client:
        monkeypatch.setenv("http_proxy", proxy.format(address))
        failure(lambda: client.write("POST", "http://product.example.com/"))
    assert ConnectionFailed("for bob: s3%40cret s3@cret end").message.startswith(
        shown.format(_secrets.MASK, _secrets.MASK)
    )


@pytest.mark.parametrize(
    ("letter", "is_sent"), [("\xff", True), ("%C3%BF", True), ("\u0100", False), ("%C4%80", False)]
)
def test_which_letters_the_password_of_a_proxy_may_have(
    monkeypatch: pytest.MonkeyPatch, letter: str, is_sent: bool
) -> None:
    with refusing() as address, session() as client:
        monkeypatch.setenv("http_proxy", f"http://bob:s3cret{letter}@{address}")
        error = failure(lambda: client.write("POST", "http://product.example.com/"))
        assert isinstance(error, ConnectionFailed if is_sent else UsageError)
        assert ("user or password with characters beyond Latin-1" in error.message) is not is_sent
        assert not error.maybe_applied


@pytest.mark.parametrize("proxy", ["http://bob:s3cre%74@{}", "http://s3cre%74@{}"])
def test_the_password_of_a_proxy_is_secret_as_it_was_given_too(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setattr(_secrets, "_known", {})
    with refusing() as address, session() as client:
        monkeypatch.setenv("http_proxy", proxy.format(address))
        failure(lambda: client.write("POST", "http://product.example.com/"))
    assert ConnectionFailed("s3cre%74 s3cret").message == f"{_secrets.MASK} {_secrets.MASK}"


# --- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(111, "Connection refused"), "Connection refused"),
        (OSError("no number"), "no number"),
        (ValueError("outer", OSError(111, "Connection refused")), "Connection refused"),
        (ValueError(ValueError("a", KeyError("b"))), "'b'"),
        (
            ValueError("HTTPConnectionPool(host='h', port=80): Max retries exceeded (caused by X(1): no route)"),
            "no route)",
        ),
        (
            ValueError("HTTPConnectionPool(host='h', port=80): Read timed out. (read timeout=5)"),
            "Read timed out. (read timeout=5)",
        ),
        (ValueError("f(x): stays"), "f(x): stays"),
    ],
)
def test_the_reason_that_a_person_can_act_on(error: Exception, words: str) -> None:
    assert _http._root_cause(error) == words


def test_the_reason_of_a_wrapped_error_is_looked_for_where_urllib3_has_it() -> None:
    reason = OSError(113, "No route to host")
    pool = urllib3.HTTPConnectionPool("h")
    assert _http._root_cause(urllib3.exceptions.MaxRetryError(pool, "/", reason)) == "No route to host"
