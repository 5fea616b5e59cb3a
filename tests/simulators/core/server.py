# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Serve a simulator on a loopback socket, plain or TLS, from a background thread."""

from __future__ import annotations

import contextlib
import ssl
import threading
import typing as t

import trustme
from werkzeug.exceptions import ClientDisconnected
from werkzeug.serving import WSGIRequestHandler, make_server

if t.TYPE_CHECKING:
    from simulators.core.simulator import Simulator


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # keep-alive, as the products have it
    disable_nagle_algorithm = True  # head and body are sent apart: no waiting for an acknowledgement between them

    def log(self, *_line: t.Any) -> None:
        """The simulator keeps its own request log; nothing goes to the terminal."""

    def connection_dropped(self, error: BaseException, environ: t.Any = None) -> None:
        self.close_connection = True  # after a fault there is no socket left to read the next request from

    def run_wsgi(self) -> None:
        """Answer one request. Werkzeug's own way closes the connection after each answer, whatever was asked for."""
        environ = self.make_environ()
        unsent: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: t.Any = None
        ) -> t.Callable[[bytes], t.Any]:
            unsent[:] = [(status, headers)]
            return self.wfile.write

        try:
            for chunk in self.server.app(environ, start_response):
                if unsent:
                    self._send_head(*unsent.pop())
                self.wfile.write(chunk)
        except (ConnectionError, TimeoutError, ClientDisconnected) as error:
            self.connection_dropped(error, environ)

    def _send_head(self, status: str, headers: list[tuple[str, str]]) -> None:
        code, _separator, reason = status.partition(" ")
        given = {name.lower() for name, _value in headers}
        self.send_response_only(int(code), reason)
        for name, value in (("Server", self.version_string()), ("Date", self.date_time_string())):
            if name.lower() not in given:
                self.send_header(name, value)
        for name, value in headers:
            self.send_header(name, value)
        if "content-length" not in given and code not in ("204", "304"):
            self.send_header("Connection", "close")  # there is no other way to tell the end of the body
        self.end_headers()


def tls_context(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    """What a server needs for TLS, with a certificate for these names (of this machine, unless some are given)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(names or ("localhost", "127.0.0.1"))).configure_cert(context)
    return context


class Server:
    """One simulator on 127.0.0.1. `url` is what a user would put into the option of that name."""

    def __init__(self, simulator: Simulator, port: int = 0, context: ssl.SSLContext | None = None) -> None:
        self.simulator = simulator
        self._server = make_server(
            "127.0.0.1", port, simulator.app, threaded=True, request_handler=_Handler, ssl_context=context
        )
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.origin = f"{'https' if context else 'http'}://127.0.0.1:{self._server.server_port}"
        self.url = self.origin + simulator.base_path

    @property
    def options(self) -> dict[str, str]:
        """The connection options of the modules that lead here."""
        simulator = self.simulator
        own = {name: value.format(origin=self.origin) for name, value in simulator.own_options.items()}
        account = {"username": simulator.username, "password": simulator.password}
        return {"system": simulator.system, "url": self.url, **account, **own}

    def start(self) -> Server:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextlib.contextmanager
def serving(simulator: Simulator, port: int = 0, context: ssl.SSLContext | None = None) -> t.Iterator[Server]:
    """Serve for the length of a `with` block."""
    server = Server(simulator, port, context).start()
    try:
        yield server
    finally:
        server.stop()
