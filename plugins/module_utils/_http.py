# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, requests (the only file that does), _bounded, _clock, _errors, _response, _secrets,
# _system, _tls.

"""HTTP as this collection wants it: one session, every request ends, reads are replayed, writes are not."""

from __future__ import annotations

import dataclasses
import email.utils
import http.client
import http.cookiejar
import math
import os
import random
import ssl
import threading
import typing as t
import urllib.parse

from ansible_collections.batchops.job_control.plugins.module_utils import _bounded, _tls
from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock, Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    ConnectionFailed,
    JobControlError,
    MissingLibrary,
    ProtocolError,
    TlsFailed,
    UsageError,
    WaitTimeout,
    excerpt,
)
from ansible_collections.batchops.job_control.plugins.module_utils._response import (
    TURNED_AWAY,
    UNAVAILABLE,
    UNKNOWN_TO_PROXY,
    Peer,
    Response,
    host,
)
from ansible_collections.batchops.job_control.plugins.module_utils._secrets import remember
from ansible_collections.batchops.job_control.plugins.module_utils._system import Connection

try:
    import requests
    import requests.adapters
    import requests.cookies
    import requests.utils
    import urllib3

    HAS_REQUESTS = True
    #: No whole answer. Requests lets errors of what is below it through as they are, now and then.
    _NO_ANSWER: tuple[type[Exception], ...] = (
        requests.exceptions.RequestException,
        urllib3.exceptions.HTTPError,
        http.client.HTTPException,
        _bounded.AnswerTooSlow,
    )
    #: An address that cannot be used: that of the product is checked before, so it is a proxy's. Nothing was sent.
    _NO_ADDRESS: tuple[type[Exception], ...] = (
        requests.exceptions.InvalidURL,  # so is InvalidProxyURL
        requests.exceptions.InvalidSchema,
        urllib3.exceptions.LocationValueError,  # so are LocationParseError and ProxySchemeUnknown
    )
except ImportError:
    HAS_REQUESTS = False

LARGEST_BODY = 256 * 1024 * 1024  # bytes; ten times the largest page that a product is asked for
FIRST_REPLAYS = 3  # of a read, while nothing of the product was seen but answers of strangers
LONGEST_PAUSE = 10.0  # seconds between two replays when the product does not say
SHORTEST_COOKIE = 8  # characters of one that may be a session; a shorter one is a choice such as a language


class _Request(t.NamedTuple):
    """One request, as often as it is sent."""

    method: str
    url: str
    headers: t.Mapping[str, str]
    query: t.Sequence[tuple[str, str]]
    body: bytes | None
    purpose: str = "read"


#: When a verb's time is over, how much of one more `request_timeout` the last requests may take. A write ends first, so
#: that its effect can be read; and the session is ended last.
_GRACE: t.Mapping[str, float] = {"write": 0.5, "read": 0.8, "logout": 1.0}

Outcome = t.Union[Response, JobControlError]


class HttpSession:
    """One kept-alive session with one product. Safe to use from several threads.

    :param peer: whose answers are waited for. What anybody else answers never gets to the caller, but for a 401.
    :param pace: least seconds between the starts of two requests.
    :param keep_alive: False sends `Connection: close` with every request.
    """

    def __init__(
        self,
        connection: Connection,
        clock: Clock,
        *,
        peer: Peer,
        workers: int = 1,
        pace: float = 0.0,
        keep_alive: bool = True,
    ) -> None:
        if not HAS_REQUESTS:
            raise MissingLibrary(
                "The Python library requests is missing on the host that runs this module; install it for the "
                "interpreter that ansible_python_interpreter names."
            )
        _check_files(connection)
        self._connection = connection
        self._clock = clock
        self._peer = peer
        self._pace = pace
        self._next_start = 0.0
        self._lock = threading.Lock()
        self._trouble_since: float | None = None
        self._has_answered = False
        self._known: set[str] = set()  # titles of the peers that have answered
        self._requests = 0
        self._replays = 0
        self._began = clock.monotonic()
        self.bound(Deadline(clock, math.inf))
        self._jars: dict[tuple[str, str], requests.cookies.RequestsCookieJar] = {}
        self._session = _session()
        # A session of requests would read ~/.netrc and replace our credentials. Its cookies are not used, as it would
        # send the product's own, which beat the token header (veeam contract 4.2). Proxies of the environment are
        # wanted.
        self._session.trust_env = False
        self._session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers["User-Agent"] = "ansible-batchops.job_control"
        if not keep_alive:
            self._session.headers["Connection"] = "close"
        adapter = _adapter(workers, connection.validate_certs)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._verify: bool | str = connection.validate_certs and (connection.ca_path or True)
        if not connection.validate_certs:  # the module warns of it, once; urllib3 would for each request
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self._cert = (
            (connection.client_cert, connection.client_key) if connection.client_key else connection.client_cert
        )

    def bound(self, deadline: Deadline) -> None:
        """From now on nothing is waited for beyond this, and no request lasts for more than one `request_timeout`
        longer: the time of a verb, which the engine knows.
        """
        self.deadline = deadline
        self._ends = {
            purpose: Deadline(self._clock, deadline.remaining + share * self._connection.request_timeout)
            for purpose, share in _GRACE.items()
        }

    @property
    def traffic(self) -> dict[str, t.Any]:
        return {
            "requests": self._requests,
            "replays": self._replays,
            "seconds": round(self._clock.monotonic() - self._began, 3),
        }

    def close(self) -> None:
        self._session.close()

    def read(
        self,
        method: str,
        url: str,
        *,
        headers: t.Mapping[str, str] | None = None,
        query: t.Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        peer: Peer | None = None,
    ) -> Response:
        """Send a request that changes nothing; replay it while the product is not available.

        :param peer: who is to answer, where that is not the product itself.
        :raises JobControlError: no answer of the peer within `retry_timeout`. Any that it gave is returned.
        """
        peer = peer or self._peer

        def may_be_replayed(outcome: Outcome) -> bool:
            if isinstance(outcome, JobControlError):
                return isinstance(outcome, ConnectionFailed)
            if not outcome.is_own:
                return outcome.status not in (401, UNKNOWN_TO_PROXY)
            return outcome.status in UNAVAILABLE | peer.busy

        try:
            return self._send(_Request(method, url, headers or {}, query, body), peer, may_be_replayed)
        except JobControlError as error:
            error.maybe_applied = False
            raise

    def write(
        self,
        method: str,
        url: str,
        *,
        headers: t.Mapping[str, str] | None = None,
        query: t.Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        not_reached: t.Callable[[Response], bool] = lambda response: response.status == TURNED_AWAY,
    ) -> Response:
        """Send a request that changes something; replay it only when it provably changed nothing.

        :param not_reached: whether an answer proves that (a rate limiter's).
        :raises JobControlError: no answer of the product; `maybe_applied` tells whether it may have taken effect.
        """
        return self._write(_Request(method, url, headers or {}, query, body, "write"), not_reached)

    def log_out(self, method: str, url: str, headers: t.Mapping[str, str]) -> None:
        """End a session with what is left of the time. It does not matter whether it succeeds: none lasts for ever."""
        try:
            self._write(_Request(method, url, headers, (), b"", "logout"), lambda response: False)
        except JobControlError:
            pass

    def _write(self, request: _Request, not_reached: t.Callable[[Response], bool]) -> Response:
        def may_be_replayed(outcome: Outcome) -> bool:
            if isinstance(outcome, JobControlError):
                return isinstance(outcome, ConnectionFailed) and not outcome.maybe_applied
            return not_reached(outcome)

        return self._send(request, self._peer, may_be_replayed)

    def _send(self, request: _Request, peer: Peer, may_be_replayed: t.Callable[[Outcome], bool]) -> Response:
        attempt = 0
        while True:
            outcome = self._outcome(request, peer)
            if not may_be_replayed(outcome):
                self._trouble_since = None
                break
            pause = self._pause(attempt, outcome, peer)
            if pause is None:
                break
            self._clock.sleep(pause)
            attempt += 1
            self._replays += 1
        if isinstance(outcome, JobControlError):
            raise outcome
        if not outcome.is_own and outcome.status != 401:  # that is about the token, whoever says so
            raise outcome.foreign(peer, is_first=peer.title not in self._known)
        return outcome

    def _outcome(self, request: _Request, peer: Peer) -> Outcome:
        """What one try has come to."""
        try:
            response = self._exchange(request, peer)
        except JobControlError as error:
            return error
        response = dataclasses.replace(response, is_confidential=peer.is_confidential)
        if not peer.is_own(response):
            return dataclasses.replace(response, is_own=False)
        self._known.add(peer.title)
        return response

    def _pause(self, attempt: int, outcome: Outcome, peer: Peer) -> float | None:
        """Seconds until the next replay, or None when the patience of `retry_timeout` or the verb's time is used up.

        Patience starts anew with each good answer, so a rate limit slows a long run down but does not end it,
        while a product that is gone costs the budget once, not once per job. Where nothing but strangers has answered
        yet, a few tries are enough: most likely the url is wrong.
        """
        now = self._clock.monotonic()
        if self._trouble_since is None:
            self._trouble_since = now
        left = self._connection.retry_timeout - (now - self._trouble_since)
        pause = min(0.25 * 2**attempt, LONGEST_PAUSE) * random.uniform(0.8, 1.2)
        if isinstance(outcome, Response):
            pause = max(pause, self._retry_after(outcome))
            is_wrong_url = outcome.status not in UNAVAILABLE and peer.title not in self._known
            if is_wrong_url and attempt >= FIRST_REPLAYS:
                return None
        return pause if pause <= min(left, self.deadline.remaining) else None

    def _retry_after(self, response: Response) -> float:
        """The header's seconds, given as a number or as a date; 0 when there is none that can be read.

        A date is measured against that of the answer, as both are of the same clock.
        """
        value = response.headers.get("retry-after", "").strip()
        if _is_number(value):
            return float(value)
        moment = _moment(value)
        now = _moment(response.headers.get("date", ""))
        return max(0.0, moment - (self._clock.time() if now is None else now)) if moment is not None else 0.0

    def _wait_for_turn(self) -> None:
        with self._lock:
            now = self._clock.monotonic()
            start = max(now, self._next_start)
            self._next_start = start + self._pace
        if start > now:
            self._clock.sleep(start - now)

    def _jar(self, url: str, peer: Peer) -> requests.cookies.RequestsCookieJar:
        """The cookies of what stands before the product, such as a load balancer that wants to know a client again."""
        parts = urllib.parse.urlsplit(url)
        with self._lock:
            jar = self._jars.get((parts.scheme, parts.netloc))
            if jar is None:
                jar = requests.cookies.RequestsCookieJar(_CookiesOfOthers(peer))
                self._jars[parts.scheme, parts.netloc] = jar
            return jar

    def _exchange(self, request: _Request, peer: Peer) -> Response:
        """One request, one whole answer.

        :raises JobControlError: there is none.
        """
        method, url = request.method, request.url
        self._wait_for_turn()
        left = self._ends[request.purpose].remaining
        if left <= 0:
            raise WaitTimeout(f"wait_timeout is over, so {host(url)} is asked for nothing more", method=method, url=url)
        with self._lock:
            self._requests += 1
        jar = self._jar(url, peer)
        _bounded.progress.connecting = False
        _bounded.progress.allowed = left

        def failed(kind: type[JobControlError], message: str, maybe_applied: bool = True) -> JobControlError:
            return kind(message, method=method, url=url, maybe_applied=maybe_applied)

        try:
            with self._session.request(
                method,
                url,
                params=list(request.query),
                headers=dict(request.headers),
                data=request.body,
                cookies=jar,
                timeout=min(self._connection.request_timeout, left),
                allow_redirects=False,
                stream=True,
                verify=self._verify,
                cert=self._cert,
                proxies=_proxies(url),
            ) as answer:
                content = bytearray()
                for chunk in answer.iter_content(65536):
                    content += chunk
                    if len(content) > LARGEST_BODY:
                        raise failed(ProtocolError, f"The answer of {host(url)} is larger than any list of jobs")
                has_length = answer.status_code != 204 and not answer.raw.chunked  # whatever a gateway leaves in
                declared = answer.headers.get("content-length", "") if has_length else ""
                # urllib3 1 takes it for the whole body. Any number of digits makes a float, but not an int.
                if _is_number(declared) and answer.raw.tell() < float(declared):
                    raise failed(ConnectionFailed, f"{host(url)} did not answer: the connection was cut")
                self._has_answered = True
                _keep_cookies(jar, answer)
                for value in (cookie.value or "" for cookie in answer.cookies):
                    if len(value) >= SHORTEST_COOKIE:
                        remember(value, f"cookie of {host(url)}")
                names = {name.lower(): value for name, value in answer.headers.items()}
                return Response(answer.status_code, names, bytes(content), method, url)
        except requests.exceptions.SSLError as error:
            cause = _root_cause(error)
            # A client certificate is refused after the first request has left. Later on, what breaks is an answer.
            was_sent = not _bounded.progress.connecting
            if self._has_answered if was_sent else _tls.was_cut(cause):
                raise failed(ConnectionFailed, f"{host(url)} did not answer: {cause}", was_sent) from error
            message = f"The TLS connection to {host(url)} failed ({cause}); {_tls.advice(cause)}"
            raise failed(TlsFailed, message, False) from error
        except (requests.exceptions.InvalidHeader, UnicodeEncodeError) as error:
            if error.args and isinstance(error.args[0], Exception):  # it is the answer's
                raise failed(ProtocolError, f"{host(url)} answered with a header that makes no sense") from error
            message = (  # the text of the error is the secret, in escaped form
                "token, or another option that is sent as a header, holds a line break or a character beyond Latin-1"
            )
            raise failed(UsageError, message, False) from None
        except requests.exceptions.ContentDecodingError as error:
            raise failed(ProtocolError, f"The compression of the answer of {host(url)} is damaged") from error
        except _NO_ADDRESS as error:
            if isinstance(error, requests.exceptions.InvalidSchema) and "SOCKS" in str(error):
                message = "the variable that names the proxy names one of SOCKS; that needs the Python library PySocks"
                raise failed(MissingLibrary, message, False) from None
            message = "the url or the variable that names the proxy is not an address that can be used"
            raise failed(UsageError, message, False) from None  # the text of the error may show the proxy's password
        except _NO_ANSWER as error:
            if _bounded.progress.connecting:  # name, socket, proxy or TLS: the request itself was never sent
                message = f"{host(url)} could not be reached: {_root_cause(error)}"
                raise failed(ConnectionFailed, message, False) from error
            raise failed(ConnectionFailed, f"{host(url)} did not answer: {_root_cause(error)}") from error
        except OSError as error:  # a file of certificates or keys went away in mid-run
            raise failed(UsageError, f"ca_path, client_cert or client_key cannot be used: {error}", False) from error


def _proxies(url: str) -> dict[str, str]:
    """The proxies that the environment names, by scheme. No message shows their passwords from now on.

    :raises requests.exceptions.InvalidURL: that for this url is no address; not all versions of requests find out.
    :raises UsageError: its user or password cannot be sent.
    """
    proxies = requests.utils.get_environ_proxies(url)
    for proxy in proxies.values():
        before = proxy.rpartition("@")[0]
        user, _separator, password = (before.partition("://")[2] or before).partition(":")
        for secret in {password or user, urllib.parse.unquote(password or user)} - {""}:
            remember(secret)
        if not _is_latin(urllib.parse.unquote(before)):
            message = "the variable that names the proxy holds a user or password with characters beyond Latin-1"
            raise UsageError(f"{message}, which cannot be sent to a proxy; use others.")
    try:
        urllib.parse.urlsplit(requests.utils.select_proxy(url, proxies) or "")
    except ValueError:
        raise requests.exceptions.InvalidURL from None
    return proxies


def _is_latin(text: str) -> bool:
    return all(ord(character) < 256 for character in text)


def _keep_cookies(jar: requests.cookies.RequestsCookieJar, answer: requests.Response) -> None:
    """Put the cookies of an answer into a jar, as far as its policy allows."""
    extract: t.Callable[..., None] = requests.cookies.extract_cookies_to_jar  # untyped
    extract(jar, answer.request, answer.raw)


class _CookiesOfOthers(http.cookiejar.DefaultCookiePolicy):
    """Keeps all cookies but the product's own."""

    def __init__(self, peer: Peer) -> None:
        super().__init__()
        self._own = peer.cookies

    def set_ok(self, cookie: http.cookiejar.Cookie, request: t.Any) -> bool:
        return cookie.name.lower() not in self._own and super().set_ok(cookie, request)


def _session() -> requests.Session:
    """A session that does not even look where a redirect leads.

    One of requests does, followed or not: it reads the body without a limit and stumbles over a malformed address.
    """

    class Session(requests.Session):
        def get_redirect_target(self, resp: requests.Response) -> None:
            return None

    return Session()


def _bound(manager: urllib3.PoolManager) -> None:
    """Have all connections that a manager makes end their answers, of whichever kind: those of SOCKS are others."""

    def bounded(pool: t.Any) -> t.Any:
        if issubclass(pool.ConnectionCls, _bounded.BoundedConnection):
            return pool
        connection = type(pool.ConnectionCls.__name__, (_bounded.BoundedConnection, pool.ConnectionCls), {})
        return type(pool.__name__, (pool,), {"ConnectionCls": connection})

    pools = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {scheme: bounded(pool) for scheme, pool in pools.items()}


def _adapter(workers: int, validate_certs: bool) -> requests.adapters.HTTPAdapter:
    """What sends requests: that of requests, with connections whose answers end, and that are of TLS 1.2 at least.

    That is the default of urllib3 2, but not of urllib3 1.
    """
    context = urllib3.util.ssl_.create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if validate_certs else ssl.CERT_NONE)
    context.minimum_version = ssl.TLSVersion.TLSv1_2

    class Adapter(requests.adapters.HTTPAdapter):
        def init_poolmanager(self, *args: t.Any, **options: t.Any) -> None:
            super().init_poolmanager(*args, ssl_context=context, **options)
            _bound(self.poolmanager)

        def proxy_manager_for(self, *args: t.Any, **options: t.Any) -> t.Any:
            manager = super().proxy_manager_for(*args, ssl_context=context, **options)
            _bound(manager)
            return manager

    return Adapter(pool_connections=2, pool_maxsize=workers, max_retries=0)


def _check_files(connection: Connection) -> None:
    """Read certificates and keys before the first request, so that a wrong one is told apart from a wrong product.

    :raises UsageError: one of the files cannot be used; the message names its option.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ca_path = connection.ca_path if connection.validate_certs else ""
    own = " and ".join(filter(None, (connection.client_cert, connection.client_key)))
    options = f"ca_path: {ca_path}"
    try:
        if ca_path and not os.path.isdir(ca_path):  # what is in a folder is looked at when it is needed
            context.load_verify_locations(cafile=ca_path)
        options = f"client_cert, client_key: {own}"
        if own:
            context.load_cert_chain(connection.client_cert, connection.client_key or None, password="")
    except OSError as error:  # so is ssl.SSLError
        raise UsageError(f"{options} cannot be used: {_root_cause(error)}.") from error


def _root_cause(error: BaseException) -> str:
    """The innermost reason in a chain of wrapped exceptions: the one that a person can act on."""
    inner: BaseException | None = error
    while inner is not None:
        error = inner
        nested = [arg for arg in (getattr(error, "reason", None), *error.args) if isinstance(arg, BaseException)]
        inner = nested[0] if nested else None
    text = str(getattr(error, "strerror", None) or error)
    return excerpt(text.rpartition("): ")[2] if "Pool(host=" in text else text)


def _moment(date: str) -> float | None:
    """A date of a header, in seconds since the epoch; None when it cannot be read."""
    try:
        return email.utils.parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def _is_number(value: str) -> bool:
    """Whether a header is a number; it may hold a superscript two, which is a digit to Python, but no number."""
    return value.isascii() and value.isdigit()
