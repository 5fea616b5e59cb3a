# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network between a run and the product, without sockets: it is slow, loses things, and strangers answer on it."""

from __future__ import annotations

import dataclasses
import io
import random
import re
import typing as t
import urllib.parse

import requests
import requests.adapters
import urllib3

from ansible_collections.batchops.job_control.plugins.module_utils import _bounded
from simulation.history import Trouble
from simulation.timeline import Process, Timeline, Wake
from simulators.core import faults
from simulators.core.simulator import Simulator

SLOWEST = 0.4  # seconds for one way
#: What a gateway answers that has not handed the request on, and that may have.
TURNED_AWAY = (302, 403, 404, 409, 502)
HANDED_ON = (302, 403, 404, 408, 409, 500, 502, 504)
_OF_SESSIONS = re.compile(r"/(?:Login|Logout|WhoAmI|sessionMngr|logonSessions|auth)\b")


@dataclasses.dataclass
class Exchange:
    """A request on its way, and its answer."""

    process: Process
    request: requests.PreparedRequest
    is_write: bool
    answer: faults.Answer | None = None
    error: Exception | None = None
    is_lost: bool = False  # it never arrives
    is_late: bool = False  # it arrives when nobody waits for it any more

    def __bytes__(self) -> bytes:
        """What tells it from other requests; its headers do not."""
        return f"{self.request.method} {self.request.url} ".encode() + _body(self.request)

    @property
    def is_about_session(self) -> bool:
        """Whether it logs in or out, and tells nothing of a job."""
        return bool(_OF_SESSIONS.search(self.request.url or ""))

    def __str__(self) -> str:
        return f"{self.request.method} {self.request.path_url.partition('?')[0]}"


class Network:
    """Carries requests to one simulated product.

    :param late: seconds by which a request may come late at most, after nobody waits for it any more.
    """

    def __init__(self, timeline: Timeline, simulator: Simulator, rng: random.Random, late: float) -> None:
        self.troubles: list[Trouble] = []  # that there are now
        self.on_arrival: t.Callable[[Exchange, Wake], None] = lambda exchange, handle: handle()
        self.on_trouble: t.Callable[[Exchange, str], None] = lambda exchange, what: None
        self._timeline = timeline
        self._simulator = simulator
        self._rng = rng
        self._late = late

    def adapter(self, workers: int, validate_certs: bool) -> requests.adapters.BaseAdapter:
        """What a session sends its requests with."""
        return _Adapter(self)

    def send(self, request: requests.PreparedRequest, patience: float) -> faults.Answer:
        """Send a request and wait for its answer.

        :param patience: seconds without an answer.
        :raises requests.exceptions.RequestException: there is none.
        """
        process = self._timeline.process
        process.step()
        exchange = Exchange(process, request, self._is_write(request))
        trouble = self._trouble_for(exchange)
        if trouble == "unreachable":
            self._timeline.sleep(self._slowness())
            _bounded.progress.connecting = True
            raise requests.exceptions.ConnectionError("Connection refused")
        arrives_in = self._slowness()
        if trouble == "late":
            arrives_in = patience + self._rng.uniform(0.0, self._late)
        exchange.is_lost = trouble == "lost"
        process.step()  # what is on its way when a process dies may still arrive

        def arrange(wake: Wake) -> None:
            self._timeline.after(patience, wake)
            self._timeline.after(arrives_in, lambda: self._arrive(exchange, trouble, wake))

        self._timeline.wait(arrange)
        process.step()
        if exchange.error is not None:
            raise exchange.error
        if exchange.answer is None:
            raise requests.exceptions.ReadTimeout("Read timed out.")
        return exchange.answer

    def _slowness(self) -> float:
        return self._rng.uniform(0.01, SLOWEST)

    def _is_write(self, request: requests.PreparedRequest) -> bool:
        path = request.path_url.partition("?")[0]
        return self._simulator.is_write(request.method or "", path, _body(request))

    def _trouble_for(self, exchange: Exchange) -> str:
        for trouble in self.troubles:
            if trouble.writes in (None, exchange.is_write) and self._rng.random() < trouble.share:
                exchange.process.is_disturbed = True
                self.on_trouble(exchange, trouble.kind)
                return trouble.kind
        return ""

    def _arrive(self, exchange: Exchange, trouble: str, wake: Wake) -> None:
        if not exchange.process.is_alive and not exchange.is_late:
            exchange.is_lost, exchange.is_late = self._rng.random() < 0.4, self._rng.random() < 0.5
            if exchange.is_late:
                self._timeline.after(self._rng.uniform(0.0, self._late), lambda: self._arrive(exchange, trouble, wake))
                return
        if exchange.is_lost:
            return
        self._answer(exchange, trouble)
        self._timeline.after(self._slowness(), wake)

    def _answer(self, exchange: Exchange, trouble: str) -> None:
        now = self._timeline.now
        pages = sorted(faults.PAGES)
        if trouble == "busy":
            exchange.answer = faults.instead(faults.Fault("stranger", status=429, retry_after="2"), now)
            return
        if trouble == "stranger":
            status, page = self._rng.choice(TURNED_AWAY), self._rng.choice(pages)
            exchange.answer = faults.instead(faults.Fault("stranger", status=status, page=page), now)
            return
        if trouble == "expired":
            self._simulator.expire()

        def handle() -> None:
            exchange.answer = self._handled(exchange.request)

        self.on_arrival(exchange, handle)
        if trouble == "answer lost":
            exchange.error = requests.exceptions.ConnectionError("Connection reset by peer")
        if trouble == "stranger after":
            status, page = self._rng.choice(HANDED_ON), self._rng.choice(pages)
            exchange.answer = faults.instead(faults.Fault("stranger", status=status, page=page), now)

    def _handled(self, request: requests.PreparedRequest) -> faults.Answer:
        """What the product answers."""
        begun: list[t.Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: t.Any = None) -> t.Any:
            begun[:] = [status, headers]

        body = b"".join(self._simulator.app.wsgi_app(_environment(request), start_response))
        return faults.Answer(begun[0], begun[1], body)


def _body(request: requests.PreparedRequest) -> bytes:
    body = request.body or b""
    return body.encode() if isinstance(body, str) else body


def _environment(request: requests.PreparedRequest) -> dict[str, t.Any]:
    """The request as a WSGI server would hand it to an app."""
    parts = urllib.parse.urlsplit(t.cast(str, request.url))
    target = request.path_url
    environment: dict[str, t.Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": urllib.parse.unquote_to_bytes(target.partition("?")[0]).decode("latin-1"),
        "QUERY_STRING": target.partition("?")[2],
        "REQUEST_URI": target,
        "RAW_URI": target,
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": parts.hostname,
        "SERVER_PORT": str(parts.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": parts.netloc,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(_body(request)),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        key = name.upper().replace("-", "_")
        environment[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = text
    return environment


class _Adapter(requests.adapters.BaseAdapter):
    """What requests sends with, in place of sockets."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: t.Any = None,
        verify: bool | str = True,
        cert: t.Any = None,
        proxies: t.Any = None,
    ) -> requests.Response:
        answer = self._network.send(request, float(timeout))
        response = requests.Response()
        response.status_code = int(answer.status.split()[0])
        response.reason = answer.status.partition(" ")[2]
        response.headers = requests.structures.CaseInsensitiveDict(answer.headers)
        response.raw = urllib3.HTTPResponse(
            io.BytesIO(answer.body),
            headers=urllib3._collections.HTTPHeaderDict(answer.headers),
            status=response.status_code,
            preload_content=False,
        )
        response.url, response.request = t.cast(str, request.url), request
        return response

    def close(self) -> None:
        """There is nothing to close."""
