# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, requests (the only file that does), _bounded, _clock, _errors,
# _secrets, _system.

"""HTTP as this collection wants it: one session, every request ends, reads are replayed, writes are not."""

from __future__ import annotations

import dataclasses
import email.utils
import http.client
import http.cookiejar
import os
import random
import ssl
import threading
import typing as t
import urllib.parse

from ansible_collections.batchops.job_control.plugins.module_utils import _bounded, _json
from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    ConnectionFailed,
    JobControlError,
    MissingLibrary,
    NotFound,
    PermissionDenied,
    ProtocolError,
    RateLimited,
    Refused,
    TlsFailed,
    UsageError,
    excerpt,
)
from ansible_collections.batchops.job_control.plugins.module_utils._secrets import remember
from ansible_collections.batchops.job_control.plugins.module_utils._system import Connection

try:
    import requests
    import requests.adapters
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
LONGEST_PAUSE = 10.0  # seconds between two replays when the product does not say
SHORTEST_COOKIE = 8  # characters of one that may be a session; a shorter one is a choice such as a language

#: What to do about TLS that failed, by the words that OpenSSL has for it; the last holds for all others.
_TLS_ADVICE = (
    (
        ("CERTIFICATE_VERIFY_FAILED",),
        "set ca_path to the authority that signed the product's certificate, and check the host in url",
    ),
    (
        ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"),
        "nothing there seems to speak TLS; check the scheme and the port in url",
    ),
    (("",), "the product may want a client certificate of an authority that it knows (client_cert, client_key)"),
)

#: The product (or a gateway before it) did not get to the request.
UNAVAILABLE = frozenset({429, 502, 503, 504})


@dataclasses.dataclass(frozen=True)
class Response:
    """A whole HTTP answer."""

    status: int
    headers: t.Mapping[str, str]  # names in lower case
    body: bytes
    method: str
    url: str  # without query: ids and filters are data, and a query could hold a secret
    is_confidential: bool = False  # the body may hold a token that is not known yet; a page for people holds none

    @property
    def text(self) -> str:
        """The body as UTF-8 (a byte order mark is dropped: veeam contract 9, item 4)."""
        return self.body.decode("utf-8-sig", "replace")

    @property
    def origin(self) -> str:
        """Status and server, for the end of a message."""
        return f"HTTP {self.status} from {_host(self.url)}"

    @property
    def is_html(self) -> bool:
        """Whether it is a page for people: a maintenance or login page, whatever its content type says."""
        return self.text.lstrip()[:14].lower().startswith(("<!doctype html", "<html"))

    def json(self) -> t.Any:
        """The body as JSON.

        :raises ProtocolError: it is not JSON.
        """
        try:
            return _json.parse(self.body)
        except ProtocolError as error:
            raise self.unreadable("JSON") from error

    def json_object(self) -> dict[str, t.Any]:
        """The body as a JSON object.

        :raises ProtocolError: it is not a JSON object.
        """
        value = self.json()
        if not isinstance(value, dict):
            raise self.unreadable("a JSON object")
        return value

    def unreadable(self, expected: str) -> ProtocolError:
        """The error for a body that is not what it should be. After a write, nobody knows what happened."""
        if not self.body.strip():
            what = "an empty body"
        elif self.is_html:
            what = f"an HTML page ({excerpt(self.text)})"
        elif self.is_confidential:
            what = "something else, which is not shown as it may hold a token"
        else:
            what = f"this: {excerpt(self.text)}"
        return ProtocolError(
            f"The answer of {_host(self.url)} should be {expected} but is {what}",
            http_status=self.status,
            method=self.method,
            url=self.url,
            maybe_applied=self.method != "GET",
        )

    def failure(self, message: str = "", code: str | None = None) -> JobControlError:
        """The error that this status stands for when the product documents nothing closer.

        :param message: the product's own words, if it had any.
        """
        kind: type[JobControlError] = Refused
        if 300 <= self.status < 400:
            kind = ProtocolError
            target = excerpt(self.headers.get("location", "nowhere"))
            message = f"The product answered with a redirect to {target}, which is never followed; correct the url"
        elif self.status == 401:
            kind, message = AuthFailed, message or "The product does not accept the credentials"
        elif self.status == 403:
            kind, message = PermissionDenied, message or "The user may not do this"
        elif self.status == 404:
            kind, message = NotFound, message or "The product does not know this address"
        elif self.status == 407:
            kind, message = ConnectionFailed, "The proxy wants a user; give it in the variable that names the proxy"
        elif self.status == 429:
            kind, message = RateLimited, message or "The product asks for fewer requests"
        elif self.status in (502, 503, 504):
            kind, message = ConnectionFailed, message or "The product is not available at the moment"
        elif not message and not self.is_html and not self.is_confidential:
            message = excerpt(self.text)
        return kind(
            f"{message or 'The product refused the request'} ({self.origin})",
            code=code,
            http_status=self.status,
            method=self.method,
            url=self.url,
            maybe_applied=self.status >= 500,
        )


class HttpSession:
    """One kept-alive session with one origin. Safe to use from several threads.

    :param busy: statuses beyond 429, 502, 503, 504 at which a read is replayed.
    :param pace: least seconds between the starts of two requests.
    :param keep_alive: False sends `Connection: close` with every request.
    """

    def __init__(
        self,
        connection: Connection,
        clock: Clock,
        *,
        workers: int = 1,
        busy: t.Collection[int] = (),
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
        self._busy = UNAVAILABLE | set(busy)
        self._pace = pace
        self._next_start = 0.0
        self._lock = threading.Lock()
        self._trouble_since: float | None = None
        self._has_answered = False
        self._requests = 0
        self._replays = 0
        self._began = clock.monotonic()
        self._session = _session()
        # A session of requests would read ~/.netrc and replace our credentials, and would keep cookies, which
        # beat the token header (veeam contract 4.2). Proxies from the environment are wanted.
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
            (connection.client_cert, connection.client_key) if connection.client_key else connection.client_cert or None
        )

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
    ) -> Response:
        """Send a request that changes nothing; replay it while the product is not available.

        :raises JobControlError: no answer within `retry_timeout`; any answer at all is returned.
        """
        return self._send(method, url, headers, query, body, self._read_may_be_replayed)

    def write(
        self,
        method: str,
        url: str,
        *,
        headers: t.Mapping[str, str] | None = None,
        query: t.Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        not_reached: t.Callable[[Response], bool] = lambda response: response.status == 429,
    ) -> Response:
        """Send a request that changes something; replay it only when it provably changed nothing.

        :param not_reached: whether an answer proves that (a rate limiter's).
        :raises JobControlError: no answer; `maybe_applied` tells whether it may have taken effect.
        """

        def may_be_replayed(outcome: Response | JobControlError) -> bool:
            if isinstance(outcome, JobControlError):
                return isinstance(outcome, ConnectionFailed) and not outcome.maybe_applied
            return not_reached(outcome)

        return self._send(method, url, headers, query, body, may_be_replayed)

    def _read_may_be_replayed(self, outcome: Response | JobControlError) -> bool:
        if isinstance(outcome, JobControlError):
            return isinstance(outcome, ConnectionFailed)
        return outcome.status in self._busy

    def _send(
        self,
        method: str,
        url: str,
        headers: t.Mapping[str, str] | None,
        query: t.Sequence[tuple[str, str]],
        body: bytes | None,
        may_be_replayed: t.Callable[[Response | JobControlError], bool],
    ) -> Response:
        attempt = 0
        while True:
            outcome: Response | JobControlError
            try:
                outcome = self._exchange(method, url, headers, query, body)
            except JobControlError as error:
                outcome = error
            if not may_be_replayed(outcome):
                self._trouble_since = None
                break
            pause = self._pause(attempt, outcome)
            if pause is None:
                break
            self._clock.sleep(pause)
            attempt += 1
            self._replays += 1
        if isinstance(outcome, JobControlError):
            raise outcome
        return outcome

    def _pause(self, attempt: int, outcome: Response | JobControlError) -> float | None:
        """Seconds until the next replay, or None when the patience of `retry_timeout` is used up.

        Patience starts anew with each good answer, so a rate limit slows a long run down but does not end it,
        while a product that is gone costs the budget once, not once per job.
        """
        now = self._clock.monotonic()
        if self._trouble_since is None:
            self._trouble_since = now
        left = self._connection.retry_timeout - (now - self._trouble_since)
        pause = min(0.25 * 2**attempt, LONGEST_PAUSE) * random.uniform(0.8, 1.2)
        if isinstance(outcome, Response):
            pause = max(pause, self._retry_after(outcome))
        return pause if pause <= left else None

    def _retry_after(self, response: Response) -> float:
        """The header's seconds, given as a number or as a date; 0 when there is none that can be read."""
        value = response.headers.get("retry-after", "").strip()
        if _is_number(value):
            return float(value)
        try:
            return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - self._clock.time())
        except (TypeError, ValueError, OverflowError):
            return 0.0

    def _wait_for_turn(self) -> None:
        if not self._pace:
            return
        with self._lock:
            now = self._clock.monotonic()
            start = max(now, self._next_start)
            self._next_start = start + self._pace
        if start > now:
            self._clock.sleep(start - now)

    def _exchange(
        self,
        method: str,
        url: str,
        headers: t.Mapping[str, str] | None,
        query: t.Sequence[tuple[str, str]],
        body: bytes | None,
    ) -> Response:
        """One request, one whole answer."""
        self._wait_for_turn()
        with self._lock:
            self._requests += 1
        timeout = self._connection.request_timeout
        _bounded.progress.connecting = False

        def failed(kind: type[JobControlError], message: str, maybe_applied: bool = True) -> JobControlError:
            return kind(message, method=method, url=url, maybe_applied=maybe_applied)

        try:
            with self._session.request(
                method,
                url,
                params=list(query),
                headers=dict(headers or {}),
                data=body,
                timeout=timeout,
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
                        raise failed(ProtocolError, f"The answer of {_host(url)} is larger than any list of jobs")
                has_length = answer.status_code != 204 and not answer.raw.chunked  # whatever a gateway leaves in
                declared = answer.headers.get("content-length", "") if has_length else ""
                # urllib3 1 takes it for the whole body. Any number of digits makes a float, but not an int.
                if _is_number(declared) and answer.raw.tell() < float(declared):
                    raise failed(ConnectionFailed, f"{_host(url)} did not answer: the connection was cut")
                self._has_answered = True
                for cookie in answer.cookies:
                    if len(cookie.value or "") >= SHORTEST_COOKIE:
                        remember(cookie.value or "", f"cookie of {_host(url)}")
                names = {name.lower(): value for name, value in answer.headers.items()}
                return Response(answer.status_code, names, bytes(content), method, url)
        except requests.exceptions.SSLError as error:
            cause = _root_cause(error)
            # A client certificate is refused after the first request has left. Later on, what breaks is an answer.
            if not _bounded.progress.connecting and self._has_answered:
                raise failed(ConnectionFailed, f"{_host(url)} did not answer: {cause}") from error
            advice = next(text for words, text in _TLS_ADVICE if any(word in cause for word in words))
            raise failed(TlsFailed, f"The TLS connection to {_host(url)} failed ({cause}); {advice}", False) from error
        except (requests.exceptions.InvalidHeader, UnicodeEncodeError) as error:
            if error.args and isinstance(error.args[0], Exception):  # it is the answer's
                raise failed(ProtocolError, f"{_host(url)} answered with a header that makes no sense") from error
            message = (  # the text of the error is the secret, in escaped form
                "token, or another option that is sent as a header, holds a line break or a character beyond Latin-1"
            )
            raise failed(UsageError, message, False) from None
        except requests.exceptions.ContentDecodingError as error:
            raise failed(ProtocolError, f"The compression of the answer of {_host(url)} is damaged") from error
        except _NO_ADDRESS as error:
            if isinstance(error, requests.exceptions.InvalidSchema) and "SOCKS" in str(error):
                message = "the variable that names the proxy names one of SOCKS; that needs the Python library PySocks"
                raise failed(MissingLibrary, message, False) from None
            message = "the url or the variable that names the proxy is not an address that can be used"
            raise failed(UsageError, message, False) from None  # the text of the error may show the proxy's password
        except _NO_ANSWER as error:
            if _bounded.progress.connecting:  # name, socket, proxy or TLS: the request itself was never sent
                message = f"{_host(url)} could not be reached: {_root_cause(error)}"
                raise failed(ConnectionFailed, message, False) from error
            raise failed(ConnectionFailed, f"{_host(url)} did not answer: {_root_cause(error)}") from error
        except OSError as error:  # a file of certificates or keys went away in mid-run
            raise failed(UsageError, f"ca_path, client_cert or client_key cannot be used: {error}", False) from error


def _proxies(url: str) -> dict[str, str]:
    """The proxies that the environment names, by scheme. No message shows their passwords from now on.

    :raises requests.exceptions.InvalidURL: that for this url is no address; not all versions of requests find out.
    """
    proxies = requests.utils.get_environ_proxies(url)
    for proxy in proxies.values():
        before = proxy.rpartition("@")[0]
        user, _separator, password = (before.partition("://")[2] or before).partition(":")
        for secret in {password or user, urllib.parse.unquote(password or user)} - {""}:
            remember(secret)
    try:
        urllib.parse.urlsplit(requests.utils.select_proxy(url, proxies) or "")
    except ValueError:
        raise requests.exceptions.InvalidURL from None
    return proxies


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
        if os.path.isdir(ca_path):
            context.load_verify_locations(capath=ca_path)
        elif ca_path:
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


def _is_number(value: str) -> bool:
    """Whether a header is a number; it may hold a superscript two, which is a digit to Python, but no number."""
    return value.isascii() and value.isdigit()


def _host(url: str) -> str:
    return url.split("/")[2] if url.count("/") >= 2 else url
