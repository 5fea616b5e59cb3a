# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The base of every simulated product: a Flask app behind a request log, armed faults and a control API."""

from __future__ import annotations

import abc
import contextlib
import dataclasses
import heapq
import itertools
import threading
import time
import typing as t

import flask
from werkzeug.http import http_date

from simulators.core import faults
from simulators.core.clock import SimClock

if t.TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Json = dict[str, t.Any]


class BadSeed(ValueError):
    """A test asked for something that the simulated product cannot be put into."""


@dataclasses.dataclass
class LoggedRequest:
    """One request as it arrived, and how it was answered."""

    method: str
    target: str  # path?query, as sent
    headers: dict[str, str]
    body: str
    is_write: bool
    at: float  # the product's time, in seconds since the epoch
    status: int = 0  # 0: no answer was sent
    fault: str = ""


@dataclasses.dataclass
class Peaks:
    """The most that there was of something at one time."""

    requests: int = 0  # under way
    sessions: int = 0  # open


class Simulator(abc.ABC):
    """A product: its state, its HTTP interface (`self.app`) and the control API under `/_sim/`.

    Every request is handled under one lock, after `tick`, so a product's code never sees a race or a stale state.
    """

    #: the value of the option `system`
    system: t.ClassVar[str]
    #: what comes after scheme://host:port in the option `url`
    base_path: t.ClassVar[str] = "/"
    #: a user with full rights that exists after every reset
    username: t.ClassVar[str] = "operator"
    password: t.ClassVar[str] = "s3cret-Pa55"
    #: further connection options of the modules; {origin} stands for scheme://host:port
    own_options: t.ClassVar[dict[str, str]] = {}
    #: behaviour that is undocumented or varies: name -> default. A test changes it with /_sim/knobs
    default_knobs: t.ClassVar[Json] = {}

    def __init__(self) -> None:
        self.clock = SimClock()
        self.lock = threading.RLock()
        self._under_way = 0  # requests
        self.hold = faults.Hold()
        self.app = flask.Flask(self.system)
        self.app.url_map.strict_slashes = False
        self.app.wsgi_app = self._exchange(self.app.wsgi_app)  # type: ignore[assignment, method-assign]
        self._control_api()
        self.routes(self.app)
        self._begin()

    def _begin(self) -> None:
        self.knobs: Json = dict(self.default_knobs)
        self.log: list[LoggedRequest] = []
        self.armed: list[faults.Fault] = []
        self._let_go(drop=True)
        self.check_mode = False
        self.violations: list[str] = []
        self.peaks = Peaks()
        self.balancer = faults.Balancer()
        self._agenda: list[tuple[float, int, t.Callable[[], None]]] = []
        self._ticket = itertools.count()
        self.begin()

    def _let_go(self, drop: bool) -> None:
        """End the wait of the requests that are held now; later ones wait anew."""
        ended, self.hold = self.hold, faults.Hold()
        ended.end(drop)

    # --- what a product provides -----------------------------------------------------------------------------

    @abc.abstractmethod
    def begin(self) -> None:
        """Forget all state: no jobs, no sessions. Called at the start and on /_sim/reset, after the knobs are reset."""

    @abc.abstractmethod
    def routes(self, app: flask.Flask) -> None:
        """Add the product's own routes to the app."""

    @abc.abstractmethod
    def is_write(self, method: str, path: str, body: bytes) -> bool:
        """Whether this request can change a job (login, logout, and lists by POST are not writes)."""

    @abc.abstractmethod
    def seed(self, job: Json) -> str:
        """Put one job into the product: `name`, `scenario` (see SCENARIOS) and the product's own keys.

        :returns: the job's id, as the modules spell it.
        :raises BadSeed: the product cannot have such a job.
        """

    @abc.abstractmethod
    def snapshot(self) -> list[Json]:
        """Every job, in order of seeding.

        Keys: `id`, `name`, `state` (the product's own words), `held` (it will not work until resumed: what suspend
        and resume change), `running` (something of it runs now), `applied` ({action: how often it took effect
        through the API}), `selectable` (False for a job that only `include_system_jobs` finds).
        """

    @abc.abstractmethod
    def event(self, job_id: str, event: str, **details: t.Any) -> None:
        """Something outside of the API happens to a job; see EVENTS.

        :raises BadSeed: no such job or event.
        """

    @abc.abstractmethod
    def expire(self) -> None:
        """Make every session or token that was given out so far invalid (nothing to do where there is none)."""

    def sessions(self) -> int:
        """How many sessions are open now (0 where the product has none)."""
        return 0

    def date(self) -> float:
        """What the product writes into the header Date, in seconds since the epoch."""
        return self.clock.now()

    def node(self) -> str:
        """The node that handles the present request: what a login gives is known there only (fault `sticky`)."""
        return self.balancer.node

    # --- what a product uses ---------------------------------------------------------------------------------

    def after(self, seconds: float, action: t.Callable[[], None]) -> None:
        """Do something when `seconds` of the product's time have passed (at once when it is 0)."""
        if seconds <= 0:
            action()
        else:
            heapq.heappush(self._agenda, (self.clock.now() + seconds, next(self._ticket), action))

    def tick(self) -> None:
        """Let everything happen that is due by now. It is called before each request; timers are the only engine."""
        while self._agenda and self._agenda[0][0] <= self.clock.now():
            due, _ticket, action = heapq.heappop(self._agenda)
            with self.clock.at(due):
                action()

    # --- the wire --------------------------------------------------------------------------------------------

    def _exchange(self, product: WSGIApplication) -> WSGIApplication:
        """Wrap the product's app: log the request, guard check mode, commit armed faults."""

        def application(environ: WSGIEnvironment, start_response: StartResponse) -> t.Iterable[bytes]:
            if environ.get("REQUEST_URI", "").startswith("http://"):  # what a client sends to a proxy, which we play
                environ["REQUEST_URI"] = environ["RAW_URI"] = "/" + environ["REQUEST_URI"].split("/", 3)[3]
            request = flask.Request(environ)
            body = request.get_data(cache=True)
            environ["wsgi.input"] = _Replay(body)
            if request.path.startswith("/_sim"):
                with self.lock:
                    return [self._answer(product, environ, start_response)]
            target = request.environ.get("REQUEST_URI") or request.full_path.rstrip("?")
            with self.lock:
                self.tick()
                is_write = self.is_write(request.method, request.path, body)
                text, headers = body.decode("utf-8", "replace"), dict(request.headers)
                entry = LoggedRequest(request.method, target, headers, text, is_write, self.clock.now())
                self.log.append(entry)
                self._under_way += 1
                self.peaks.requests = max(self.peaks.requests, self._under_way)
                if is_write and self.check_mode:
                    self.violations.append(f"write in check mode: {request.method} {target}")
                wrote = any(earlier.is_write for earlier in self.log[:-1]) if self.armed else False
                fault = next((f for f in self.armed if f.hits(request.method, target, is_write, wrote)), None)
                entry.fault, hold = fault.kind if fault else "", self.hold
                if fault is not None:
                    self._befall(fault)
            try:
                if entry.fault == "hold" and not hold.wait():
                    entry.fault = "dropped"
                    faults.reset(environ["werkzeug.socket"])
                return self._answer_with(fault, entry, product, environ, start_response)
            finally:
                with self.lock:
                    self._under_way -= 1
                    self.peaks.sessions = max(self.peaks.sessions, self.sessions())

        return application

    def _answer_with(
        self,
        fault: faults.Fault | None,
        entry: LoggedRequest,
        product: WSGIApplication,
        environ: WSGIEnvironment,
        start_response: StartResponse,
    ) -> t.Iterable[bytes]:
        kind: str = entry.fault
        connection: t.Any = environ.get("werkzeug.socket")
        latency = float(self.knobs.get("latency", 0))
        if fault is not None and kind == "interim":
            faults.send_interim(fault, connection)
        if fault is not None and kind == "latency":
            latency += fault.seconds
        if latency:
            time.sleep(latency)
        if fault is not None and kind in ("reset_before", "silent_before"):
            faults.die(fault, connection)
        answer = self._handled(fault, product, environ)
        if fault is not None and kind in ("reset_after", "silent_after"):
            faults.die(fault, connection)
        if fault is not None:
            answer = faults.disguised(fault, answer)
        entry.status = int(answer.status.split()[0])
        if fault is not None and kind in faults.BROKEN:
            faults.send_broken(fault, answer, connection)
            raise ConnectionAbortedError("fault: broken answer")
        headers = answer.headers
        if environ.get("HTTP_CONNECTION", "").lower() == "close":
            headers = [*headers, ("Connection", "close")]
        start_response(answer.status, headers)
        if fault is not None and kind in ("truncate", "drip"):
            return faults.spoil(fault, answer.body)
        return [answer.body]

    def _handled(self, fault: faults.Fault | None, product: WSGIApplication, environ: WSGIEnvironment) -> faults.Answer:
        """What is answered: by the product, or by something in front of it, which may have handed the request on."""
        instead = faults.instead(fault, self.clock.now()) if fault is not None else None
        if fault is not None and instead is not None and not fault.kind.endswith("_after"):
            return instead
        with self.lock:
            sticky = fault is not None and fault.kind == "sticky"
            more = self.balancer.send(sticky, flask.Request(environ).cookies.get(faults.COOKIE))
            own = _call(product, environ)
            date = ("Date", http_date(self.date()))
        return instead or own._replace(headers=[*own.headers, date, *more])

    def _befall(self, fault: faults.Fault) -> None:
        """What happens in the product itself just before it handles a request."""
        if fault.kind == "expire":
            self.expire()
        if fault.kind == "appear":
            self.seed({"name": fault.body, "scenario": "queued"})
        if fault.kind == "event":
            for job_id, event in itertools.product(fault.jobs, fault.body.split()):
                with contextlib.suppress(BadSeed):  # it cannot happen to this job
                    self.event(job_id, event)

    @staticmethod
    def _answer(product: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse) -> bytes:
        answer = _call(product, environ)
        start_response(answer.status, answer.headers)
        return answer.body

    # --- the control API -------------------------------------------------------------------------------------

    def _control_api(self) -> None:
        control = flask.Blueprint("control", __name__, url_prefix="/_sim")

        @control.errorhandler(ValueError)
        @control.errorhandler(TypeError)
        def bad(error: Exception) -> tuple[Json, int]:
            return {"error": str(error)}, 400

        @control.get("/health")
        def health() -> Json:
            known = {"system": self.system, "base_path": self.base_path, "sessions": self.sessions()}
            return {**known, "peaks": dataclasses.asdict(self.peaks)}

        @control.post("/reset")
        def reset() -> Json:
            self._begin()
            return {}

        @control.post("/seed")
        def seed() -> Json:
            return {"ids": [self.seed(job) for job in flask.request.get_json()["jobs"]]}

        @control.get("/jobs")
        def jobs() -> Json:
            self.tick()
            return {"jobs": self.snapshot()}

        @control.post("/event")
        def event() -> Json:
            self.tick()
            self.event(**flask.request.get_json())
            return {}

        @control.post("/clock")
        def clock() -> Json:
            wanted = flask.request.get_json()
            if "freeze" in wanted:
                self.clock.freeze(bool(wanted["freeze"]))
            self.clock.advance(float(wanted.get("advance", 0)))
            self.tick()
            return {"now": self.clock.now()}

        @control.post("/knobs")
        def knobs() -> Json:
            wanted = flask.request.get_json()
            unknown = sorted(set(wanted) - set(self.default_knobs) - {"latency"})
            if unknown:
                raise BadSeed(f"{self.system} has no knob {', '.join(unknown)}")
            self.knobs.update(wanted)
            return self.knobs

        @control.post("/faults")
        def arm() -> Json:
            self.armed.extend(faults.Fault(**spec) for spec in flask.request.get_json()["faults"])
            return {"armed": len(self.armed)}

        @control.delete("/faults")
        def disarm() -> Json:
            self.armed.clear()
            return {}

        @control.post("/release")
        def release() -> Json:
            self._let_go(drop=bool(flask.request.get_json()["drop"]))
            return {}

        @control.post("/expire")
        def expire() -> Json:
            self.expire()
            return {}

        @control.get("/requests")
        def requests() -> Json:
            return {"requests": [dataclasses.asdict(entry) for entry in self.log]}

        @control.delete("/requests")
        def forget_requests() -> Json:
            self.log.clear()
            return {}

        @control.post("/check_mode")
        def check_mode() -> Json:
            self.check_mode = bool(flask.request.get_json()["on"])
            return {"violations": self.violations}

        self.app.register_blueprint(control)


def _call(product: WSGIApplication, environ: WSGIEnvironment) -> faults.Answer:
    """Run the product's app and collect its whole answer."""
    begun: list[t.Any] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: t.Any = None
    ) -> t.Callable[[bytes], None]:
        begun[:] = [status, headers]
        return lambda data: None

    body = b"".join(product(environ, start_response))
    return faults.Answer(begun[0], begun[1], body)


class _Replay:
    """A request body that was already read, readable once more."""

    def __init__(self, body: bytes) -> None:
        self._rest = body

    def read(self, size: int = -1) -> bytes:
        size = len(self._rest) if size is None or size < 0 else size
        data, self._rest = self._rest[:size], self._rest[size:]
        return data

    def readline(self, size: int = -1) -> bytes:
        end = self._rest.find(b"\n") + 1 or len(self._rest)
        return self.read(end if size is None or size < 0 else min(end, size))

    def __iter__(self) -> t.Iterator[bytes]:
        return iter(self.readline, b"")


#: States a job can be seeded in, in neutral words. A product that has no such state raises BadSeed.
SCENARIOS = ("queued", "running", "suspended", "completed", "warning", "failed", "cancelled")

#: Outside events every product knows: an operator at the product's console, or the job itself.
EVENTS = ("suspend", "resume", "start", "finish", "fail", "vanish")

__all__ = ["EVENTS", "SCENARIOS", "BadSeed", "Json", "Simulator"]
