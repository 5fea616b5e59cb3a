# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Peers on a real socket that answer with whatever bytes a test wants, when it wants; and addresses where nobody is."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
import typing as t

DRIP = 0.02  # seconds between two bytes of an answer that drips
Talk = t.Callable[[socket.socket], None]


class Peer:
    """A listening socket. Each connection is handed to `talk`, in a thread of its own, and closed after it.

    :param context: speak TLS.
    """

    def __init__(self, talk: Talk, context: ssl.SSLContext | None = None) -> None:
        self._talk = talk
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.connections = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return  # closed by stop
            self.connections += 1
            threading.Thread(target=self._serve_one, args=(connection,), daemon=True).start()

    def _serve_one(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, contextlib.suppress(OSError):
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                self._talk(connection)

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@contextlib.contextmanager
def peer(talk: Talk, context: ssl.SSLContext | None = None) -> t.Iterator[Peer]:
    """A peer for the length of a `with` block."""
    listening = Peer(talk, context)
    try:
        yield listening
    finally:
        listening.stop()


def receive(connection: socket.socket) -> bytes:
    """One request without a body; empty when the client has gone."""
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        more = connection.recv(65536)
        if not more:
            return b""
        request += more
    return request


def answering(answer: bytes, pause: float = 0.0) -> Talk:
    """Answers each request with these bytes.

    :param pause: seconds before each single byte; 0: all at once.
    """

    def talk(connection: socket.socket) -> None:
        while receive(connection):
            drip(connection, answer, pause)

    return talk


def drip(connection: socket.socket, answer: bytes, pause: float = DRIP) -> None:
    if not pause:
        connection.sendall(answer)
        return
    for index in range(len(answer)):
        time.sleep(pause)
        connection.sendall(answer[index : index + 1])


def reset(connection: socket.socket) -> None:
    """End a connection as a crashing peer or a firewall does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@contextlib.contextmanager
def refusing() -> t.Iterator[str]:
    """An address (host:port) that refuses connections: bound, so that nobody else gets the port, but not listening."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


@contextlib.contextmanager
def full() -> t.Iterator[str]:
    """An address that never completes a connection: it listens, but its queue is full and nobody takes from it."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        while True:  # until one more is left hanging
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0.1)
            try:
                waiting.connect(listener.getsockname())
            except socket.timeout:  # TimeoutError is another error before Python 3.10
                break
        yield f"127.0.0.1:{listener.getsockname()[1]}"
