# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _json.

"""Whole HTTP answers: whose they are, what they hold, and what error they stand for. No sockets."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils import _json
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    ConnectionFailed,
    JobControlError,
    NotFound,
    PermissionDenied,
    ProtocolError,
    RateLimited,
    Refused,
    excerpt,
)

#: The product, or what stands before it, did not get to the request or did not wait for its end. A read is sent again.
#: 499 and those from 520 on are what proxies say that have lost the server behind them.
UNAVAILABLE = frozenset({408, 425, 429, 499, 502, 503, 504, *range(520, 528), 530})
#: Of these, what proves that a write has changed nothing: a rate limiter turns a request away before it is looked at.
TURNED_AWAY = 429
#: A proxy wants to know who we are before it hands anything on.
UNKNOWN_TO_PROXY = 407

Decoded = t.TypeVar("Decoded")


@dataclasses.dataclass(frozen=True)
class Response:
    """A whole HTTP answer."""

    status: int
    headers: t.Mapping[str, str]  # names in lower case
    body: bytes
    method: str
    url: str  # without query: ids and filters are data, and a query could hold a secret
    is_confidential: bool = False  # the body may hold a token that is not known yet; a page for people holds none
    is_own: bool = True  # the product's, as far as its shape tells
    _known: dict[t.Any, t.Any] = dataclasses.field(default_factory=dict, compare=False, repr=False)

    @property
    def text(self) -> str:
        """The body as UTF-8 (a byte order mark is dropped: veeam contract 9, item 4)."""
        return self.body.decode("utf-8-sig", "replace")

    @property
    def origin(self) -> str:
        """Status and server, for the end of a message."""
        return f"HTTP {self.status} from {host(self.url)}"

    @property
    def is_good(self) -> bool:
        """Whether the status says that the request was accepted."""
        return 200 <= self.status < 300

    @property
    def is_empty(self) -> bool:
        return not self.body.strip()

    @property
    def is_html(self) -> bool:
        """Whether it is a page for people: a maintenance or login page, whatever its content type says."""
        start = self.body[:1024].decode("utf-8-sig", "replace").lstrip()
        return start[:14].lower().startswith(("<!doctype html", "<html"))

    def decoded(self, decode: t.Callable[[bytes], Decoded]) -> Decoded:
        """The body as `decode` reads it. That is done once: who asks whose answer this is reads it, too.

        :raises ProtocolError: it cannot be read.
        """
        if decode not in self._known:
            self._known[decode] = decode(self.body)
        return t.cast(Decoded, self._known[decode])

    def json(self) -> t.Any:
        """The body as JSON.

        :raises ProtocolError: it is not JSON.
        """
        try:
            return self.decoded(_json.parse)
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
        return ProtocolError(
            f"The answer of {host(self.url)} should be {expected} but is {self._shown()}",
            http_status=self.status,
            method=self.method,
            url=self.url,
            maybe_applied=self.method != "GET",
        )

    def _shown(self) -> str:
        """What the body is, in a few words."""
        if self.is_empty:
            return "an empty body"
        if self.is_html:
            return f"an HTML page ({excerpt(self.text)})"
        if self.is_confidential:
            return "something else, which is not shown as it may hold a token"
        return f"this: {excerpt(self.text)}"

    def failure(self, message: str = "", code: str | None = None) -> JobControlError:
        """The error that this status stands for when the product documents nothing closer.

        :param message: the product's own words, if it had any.
        """
        kind, default = self._failure_kind()
        if kind is Refused and not message and not self.is_html and not self.is_confidential:
            message = excerpt(self.text)
        return self._error(kind, f"{message or default} ({self.origin})", code)

    def _failure_kind(self) -> tuple[type[JobControlError], str]:
        """The kind of error of this status, and what is said of it when the product says nothing."""
        if 300 <= self.status < 400:
            target = excerpt(self.headers.get("location", "nowhere"))
            return ProtocolError, f"The product answered with a redirect to {target}, which is never followed"
        if self.status == TURNED_AWAY:
            return RateLimited, "The product asks for fewer requests"
        if self.status in UNAVAILABLE:
            return ConnectionFailed, "The product is not available at the moment"
        return _KINDS.get(self.status, (Refused, "The product refused the request"))

    def foreign(self, peer: Peer, is_first: bool) -> JobControlError:
        """The error for an answer that is not the product's: something in front of it has answered (design 3.3).

        :param is_first: nothing of the product was seen yet, so that the url may be wrong.
        """
        advice = f"; {peer.advice}" if is_first and peer.advice else ""
        if self.status in (401, UNKNOWN_TO_PROXY, TURNED_AWAY):  # they mean the same whoever says so
            return self.failure()
        if 300 <= self.status < 400:
            kind, text = self._failure_kind()
            return self._error(kind, f"{text}; correct the url{advice} ({self.origin})")
        if self.status in UNAVAILABLE or self.status >= 500:
            answer = "" if self.is_empty else f"; the answer is {self._shown()}"
            return self._error(ConnectionFailed, f"{peer.title} is not available at the moment{answer} ({self.origin})")
        message = f"The answer is not one of {peer.title}: {self._shown()}{advice} ({self.origin})"
        return self._error(ProtocolError, message)

    def _error(self, kind: type[JobControlError], message: str, code: str | None = None) -> JobControlError:
        """An error with what a result shows of the request.

        It may have taken effect when the server or a gateway failed at it, or when it is not told who has answered.
        """
        is_untouched = self.status in (TURNED_AWAY, UNKNOWN_TO_PROXY)
        is_doubtful = self.status >= 500 or self.status in UNAVAILABLE or not self.is_own
        return kind(
            message,
            code=code,
            http_status=self.status,
            method=self.method,
            url=self.url,
            maybe_applied=is_doubtful and not is_untouched,
        )


_KINDS: t.Mapping[int, tuple[type[JobControlError], str]] = {
    401: (AuthFailed, "The product does not accept the credentials"),
    403: (PermissionDenied, "The user may not do this"),
    404: (NotFound, "The product does not know this address"),
    UNKNOWN_TO_PROXY: (ConnectionFailed, "The proxy wants a user; give it in the variable that names the proxy"),
}


@dataclasses.dataclass(frozen=True)
class Peer:
    """A product at the other end of a connection, and how its answers are told from those of what stands before it.

    What a gateway, a proxy or a filter answers says nothing of jobs (design 3.3): nothing is missing, refused or done
    because of it.
    """

    title: str  # in messages
    is_own: t.Callable[[Response], bool]
    #: what to do when the first answer of all is a stranger's, as a clause
    advice: str = ""
    #: cookies that are the product's own, in lower case; they are never sent back
    cookies: frozenset[str] = frozenset()
    #: own statuses, beyond those of UNAVAILABLE, at which a read is sent again
    busy: frozenset[int] = frozenset()
    #: the answers may hold a token, so that no message shows them: those to a login
    is_confidential: bool = False


def host(url: str) -> str:
    """Host and port of an address, for messages."""
    return url.split("/")[2] if url.count("/") >= 2 else url
