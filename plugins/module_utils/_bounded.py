# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library only.

"""Answers that end: an overall time for each, from its first byte to its last, headers and a proxy's answer included.

The time-out of a socket bounds one wait for bytes. A peer that sends a byte now and then passes it for ever, in the
headers as well as in the body.
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import threading
import time
import typing as t

ANSWER_TIMEOUTS = 4  # a whole answer may take this many times what a single wait for bytes may take


class AnswerTooSlow(Exception):
    """The overall time is over. No OSError: what is between socket and session would wrap it, and lose what it says.

    :param allowed: seconds that the answer had.
    """

    def __init__(self, allowed: float) -> None:
        super().__init__(f"the answer was not complete within {allowed:g} seconds")
        self.allowed = allowed


class _Bounded(io.RawIOBase):
    """What arrives at a socket, until the overall time is over."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, patience: float, allowed: float) -> None:
        super().__init__()
        self._raw = raw
        self._sock = sock
        self._patience = patience
        self._allowed = min(patience * ANSWER_TIMEOUTS, allowed)
        self._end = time.monotonic() + self._allowed
        self.over = False  # nothing more will come

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def readinto(self, buffer: t.Any, /) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise AnswerTooSlow(self._allowed)
        if left >= self._patience:
            return self._read(buffer)
        self._sock.settimeout(left)
        try:
            return self._read(buffer)
        except socket.timeout as error:
            raise AnswerTooSlow(self._allowed) from error
        finally:
            self._sock.settimeout(self._patience)  # the next request may come over the same connection

    def _read(self, buffer: t.Any) -> int | None:
        count = self._raw.readinto(buffer)
        self.over = count == 0
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class BoundedResponse(http.client.HTTPResponse):
    """An answer whose overall time begins now: the request has been sent."""

    def __init__(self, sock: socket.socket, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(sock, *args, **kwargs)
        timeout = sock.gettimeout()
        patience = threading.TIMEOUT_MAX if timeout is None else timeout
        self._bytes = _Bounded(self.fp.detach(), sock, patience, progress.allowed)
        self.fp = io.BufferedReader(self._bytes)

    def begin(self) -> None:
        """
        :raises http.client.RemoteDisconnected: the headers were cut off, which http.client takes for their end.
        """
        super().begin()
        if self._bytes.over:  # more was looked for after the last line of the head
            raise http.client.RemoteDisconnected("the connection was cut in the headers")
        if self.length is None and not self.chunked:
            self.length = _repeated_length(self.headers.get_all("content-length", []))

    def _read_status(self) -> tuple[str, int, str]:
        """The first status line that is final. http.client passes over 100 only, and takes 103, such as a gateway sends
        before the product has answered, for the answer (RFC 9110, section 15.2).
        """
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not http.client.CONTINUE < status < http.client.OK or status == http.client.SWITCHING_PROTOCOLS:
                return version, status, reason
            http.client.parse_headers(self.fp)


def _repeated_length(values: t.Sequence[str]) -> int | None:
    """The length that is given several times, as by a chain of proxies (RFC 9110, section 8.6); None: none is.

    :raises http.client.HTTPException: they differ.
    """
    lengths = {length.strip() for value in values for length in value.split(",")}
    if len(lengths) > 1:
        raise http.client.HTTPException("the answer has more than one Content-Length")
    return next((int(length) for length in lengths if _LENGTH.fullmatch(length)), None)


_LENGTH = re.compile(r"[0-9]{1,18}")


class _Progress(threading.local):
    """How far the request of this thread has got, and how long its answer may take."""

    connecting = False
    allowed = threading.TIMEOUT_MAX  # seconds


progress = _Progress()


class BoundedConnection(http.client.HTTPConnection):
    """What makes a connection of any library that builds on http.client bounded: put it before the library's class.

    `progress.connecting` is left true by a connection that could not be made: name, socket, proxy, TLS. The request
    has not been sent then.
    """

    response_class = BoundedResponse

    def connect(self) -> None:
        progress.connecting = True
        super().connect()
        progress.connecting = False
