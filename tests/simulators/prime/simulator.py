# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The webacs API on its socket: routing, formats, and what a test can do to the server from outside."""

from __future__ import annotations

import dataclasses
import re
import secrets
import typing as t

import flask

from simulators.core.simulator import BadSeed, Json, Simulator
from simulators.prime import actions, console, documents, knobs, query, seeding, wire
from simulators.prime.access import Account, Caller, Gate, domain_of
from simulators.prime.refusal import UNKNOWN_ENTITY, Page, Refusal
from simulators.prime.state import SYSTEM_USER, Job, World

_METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
_WRITE = re.compile(rf"/webacs/api/v[1-4]/op/jobService/({'|'.join(actions.VERBS)})(\.json|\.xml)?")
_LOGIN = "webacs/pages/common/login.jsp"
_JSON, _XML = "application/json", ("text/xml", "application/xml")


@dataclasses.dataclass
class Call:
    """One request to the API, as far as it is understood. `resource` is the path after the version, without suffix."""

    method: str
    resource: str
    raw_query: str
    dialect: wire.Dialect
    account: Account
    pairs: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    domain: str = ""

    @property
    def last(self) -> str:
        return self.resource.rsplit("/", 1)[-1]


Handler = t.Callable[["PrimeSimulator", Call], wire.Document]


class PrimeSimulator(Simulator):
    """Cisco Prime Infrastructure. Ids of jobs are jobIds, as strings.

    `seed` takes, besides the neutral keys: scenarios suspended_running, pending_approval, expired, undefined;
    description, domain, one_shot, period, next_run_in, duration (seconds a run takes), result and last_result
    (success, warning, failed), run_id, cancel_outcome (as the knob), and raw job_status, run_status, result_status.
    Events besides the neutral ones (`start` lets the trigger fire; `finish` takes `result`): cancel (the trigger, for
    good), approve, expire_approval, cancel_run, raw (job_status, run_status, result_status).
    """

    system: t.ClassVar[str] = "prime"
    default_knobs: t.ClassVar[Json] = knobs.DEFAULTS

    def begin(self) -> None:
        self.world = World(self.clock.now, self.after, self.knobs)
        self.gate = Gate(self.clock.now, self.knobs)

    def routes(self, app: flask.Flask) -> None:
        app.url_map.merge_slashes = False
        app.add_url_rule(
            "/webacs/api/v<int:version>/<path:path>",
            view_func=self._api,
            methods=_METHODS,
            provide_automatic_options=False,
        )
        app.add_url_rule(f"/{_LOGIN}", view_func=_login_page)

    def is_write(self, method: str, path: str, body: bytes) -> bool:
        return method == "PUT" and _WRITE.fullmatch(path) is not None

    # --- from outside of the API ---------------------------------------------------------------------------

    def seed(self, job: Json) -> str:
        return str(seeding.create(self.world, job).id)

    def snapshot(self) -> list[Json]:
        return [console.truth(job) for job in self.world.jobs.values()]

    def event(self, job_id: str, event: str, **details: t.Any) -> None:
        job = self.world.jobs.get(int(job_id)) if job_id.isdecimal() else None
        if job is None:
            raise BadSeed(f"no job {job_id}")
        console.happen(self.world, job, event, details)

    def expire(self) -> None:
        """Nothing: Basic knows no session that could expire."""

    def sessions(self) -> int:
        return self.gate.sessions()

    # --- the API -------------------------------------------------------------------------------------------

    def _api(self, version: int, path: str) -> flask.Response:
        resource, suffix = _split(path)
        dialect = _dialect(version, suffix)
        raw_query = flask.request.environ.get("QUERY_STRING", "")
        method = flask.request.method
        try:
            account = self.gate.authenticate(_caller())
            call = Call(method, resource, raw_query, dialect or wire.Dialect(version, xml=True), account)
            document, status = self._served(call, acceptable=dialect is not None), 200
        except Page as page:
            return _page(page)
        except Refusal as refusal:
            if not refusal.message:
                return flask.Response(status=refusal.status)
            document = documents.error(refusal, method, resource, _readable(raw_query))
            status = refusal.status
        return self._response(document, dialect or wire.Dialect(version, xml=True), status)

    def _served(self, call: Call, acceptable: bool) -> wire.Document:
        if call.resource.split("/")[0] != "op" or self.knobs["rate_limited_operations"]:
            self.gate.admit(call.account)
        call.pairs = query.parameters(call.raw_query)
        if call.dialect.version not in self.knobs["api_versions"]:
            raise Refusal(404, f"There is no version {call.dialect.version} of this API.")
        group, handler = _resource(call)
        call.account.require(group)
        if not acceptable:
            raise Refusal(406, "Not Acceptable")
        wanted = dict(call.pairs).get("_ctx.domain")
        call.domain = domain_of(call.account, wanted, self.world.domains, self.knobs)
        return handler(self, call)

    def _response(self, document: wire.Document, dialect: wire.Dialect, status: int) -> flask.Response:
        body = wire.encode(document, dialect, self.knobs["empty_wrapper"])
        kind = self.knobs["xml_content_type" if dialect.xml else "json_content_type"]
        response = flask.Response(body, status, content_type=kind)
        if flask.g.get("content_range"):
            response.headers["Content-Range"] = flask.g.content_range
        if self.knobs["session_cookie"]:
            response.set_cookie("JSESSIONID", secrets.token_hex(16).upper(), path="/webacs", secure=True, httponly=True)
        return response

    def _place(self, call: Call) -> documents.Place:
        root = f"{flask.request.host_url}webacs/api/v{call.dialect.version}"
        return documents.Place(root, call.resource, call.raw_query, call.dialect, call.domain)

    # --- data ----------------------------------------------------------------------------------------------

    def _entity_types(self, call: Call) -> wire.Document:
        return documents.entity_types(self._place(call))

    def _operations(self, call: Call) -> wire.Document:
        return documents.operations(self._place(call), self.knobs)

    def _list(self, call: Call) -> wire.Document:
        kinds = documents.SUMMARY_KINDS
        if self.knobs["id_filter"] == "honoured":
            kinds = {**kinds, "id": "number"}
        wanted = query.parse(call.pairs, kinds, self.knobs)
        first, size = self._window(call, wanted)
        jobs = wanted.sorted(self._selected(call, wanted), documents.summary_fields)
        page = jobs[first : first + size]
        if "Range" in flask.request.headers and page:
            flask.g.content_range = f"instances {first}-{first + len(page) - 1}/{len(jobs)}"
        total = len(jobs) if wanted.count else None
        return documents.entity_list(self._place(call), page, first, total, wanted.full, self.knobs)

    def _selected(self, call: Call, wanted: query.Query) -> list[Job]:
        jobs = self.world.visible(call.domain)
        if self.knobs["system_jobs_in_list"] == "hidden" and not wanted.names("username", SYSTEM_USER):
            jobs = [job for job in jobs if not job.system]
        if not wanted.criteria:
            return jobs
        offset = int(self.knobs["entity_id_offset"])
        return [job for job in jobs if wanted.selects({**documents.summary_fields(job), "id": job.id + offset})]

    def _window(self, call: Call, wanted: query.Query) -> tuple[int, int]:
        """First index and size of the page; parameters win over the header Range (contract 5.1)."""
        limit = int(self.knobs["limit_page_size"])
        bounds = query.instances(flask.request.headers.get("Range", ""))
        named = {name for name, _value in call.pairs}
        first, size = wanted.first, wanted.maximum
        if bounds is not None and not named & {".firstResult", ".maxResults"}:
            first, size = bounds[0], bounds[1] - bounds[0] + 1
        if size is None:
            size = int(self.knobs["limit_unpaged_query"])
        elif size > limit and self.knobs["page_above_limit"] == "refused":
            raise Refusal(400, f"A page has at most {limit} instances.")
        return first, min(size, limit)

    def _one(self, call: Call) -> wire.Document:
        foreign = [name for name, _value in call.pairs if name not in (".full", "_ctx.domain")]
        if foreign:
            raise Refusal(400, f"The parameter {foreign[0]} is not supported.")
        number = int(call.last) - int(self.knobs["entity_id_offset"])
        job = next((job for job in self.world.visible(call.domain) if job.id == number), None)
        if job is None:
            raise Refusal(int(self.knobs["unknown_job_status"]), f"No JobSummary {call.last}.", UNKNOWN_ENTITY)
        return documents.one_entity(self._place(call), job, self.knobs)

    # --- op ------------------------------------------------------------------------------------------------

    def _history(self, call: Call) -> wire.Document:
        pairs = [(name, value) for name, value in call.pairs if name != "_ctx.domain"]
        criteria = [query.parse_criterion(name, value, documents.HISTORY_KINDS, self.knobs) for name, value in pairs]
        known = [criterion for criterion in criteria if criterion is not None]
        of_job = [criterion for criterion in known if criterion.field != "startTime"]
        of_run = [criterion for criterion in known if criterion.field == "startTime"]
        selected = []
        for job in self.world.visible(call.domain) if known else []:
            values: dict[str, query.Value] = {"jobId": job.id, "jobName": job.name, "jobType": job.type}
            if all(criterion.holds(values[criterion.field]) for criterion in of_job):
                runs = [run for run in job.runs if all(criterion.holds(run.started) for criterion in of_run)]
                if runs or (not of_run and self.knobs["runless_jobs_in_history"] == "listed"):
                    selected.append((job, runs))
        return documents.history(self._place(call), selected, self.knobs)

    def _act(self, call: Call) -> wire.Document:
        body = flask.request.get_data()
        ids = wire.decode_ids(call.last, body, flask.request.mimetype, call.dialect.version)
        items = actions.perform(self.world, call.last, ids, call.domain)
        return documents.operation_result(self._place(call), call.last, items)

    def _rate_limits(self, call: Call) -> wire.Document:
        return documents.rate_limits(self._place(call), self.knobs)


_RESOURCES: list[tuple[str, re.Pattern[str], str, Handler]] = [
    ("GET", re.compile("data"), knobs.READ, PrimeSimulator._entity_types),
    ("GET", re.compile("op"), knobs.READ, PrimeSimulator._operations),
    ("GET", re.compile("data/JobSummary"), knobs.READ, PrimeSimulator._list),
    ("GET", re.compile("data/JobSummary/[0-9]{1,19}"), knobs.READ, PrimeSimulator._one),
    ("GET", re.compile("op/jobService/runhistory"), knobs.READ, PrimeSimulator._history),
    ("GET", re.compile("op/rateService/rateLimits"), knobs.READ, PrimeSimulator._rate_limits),
    ("PUT", re.compile(f"op/jobService/({'|'.join(actions.VERBS)})"), knobs.WRITE, PrimeSimulator._act),
]


def _resource(call: Call) -> tuple[str, Handler]:
    """The group and the handler of a resource; a wrong method is an unknown resource too (contract 8.5).

    :raises Refusal: 404.
    """
    for method, pattern, group, handler in _RESOURCES:
        if method == call.method and pattern.fullmatch(call.resource):
            return group, handler
    kind, _separator, name = call.resource.partition("/")
    if kind == "data":
        raise Refusal(404, f"No such entity type as {name}.", UNKNOWN_ENTITY)
    raise Refusal(404, f"No such resource as {call.method} /{call.resource}.", UNKNOWN_ENTITY)


def _split(path: str) -> tuple[str, str]:
    """Resource and format suffix; the suffix is empty when there is none."""
    for suffix in (".json", ".xml"):
        if path.endswith(suffix):
            return path[: -len(suffix)], suffix
    return path, ""


def _dialect(version: int, suffix: str) -> wire.Dialect | None:
    """The dialect to answer in: the suffix decides, then Accept, else XML; None when Accept allows neither."""
    if suffix:
        return wire.Dialect(version, suffix == ".xml")
    if "Accept" not in flask.request.headers:
        return wire.Dialect(version, xml=True)
    best = flask.request.accept_mimetypes.best_match([*_XML, _JSON])
    return wire.Dialect(version, best != _JSON) if best else None


def _caller() -> Caller:
    request = flask.request
    closes = request.headers.get("Connection", "").lower() == "close"
    connection = None if closes else request.environ.get("werkzeug.socket")
    return Caller(request.headers.get("Authorization", ""), request.host_url + _LOGIN, connection)


def _readable(raw_query: str) -> list[tuple[str, str]]:
    try:
        return query.parameters(raw_query)
    except Refusal:
        return []


def _page(page: Page) -> flask.Response:
    title = f"HTTP Status {page.status}"
    text = f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{page.text}</body></html>"
    return flask.Response(text, page.status, page.headers, content_type="text/html;charset=UTF-8")


def _login_page() -> flask.Response:
    text = (
        "<!DOCTYPE html><html><head><title>Prime Infrastructure</title></head><body><form>Log in</form></body></html>"
    )
    return flask.Response(text, content_type="text/html;charset=UTF-8")


def create() -> PrimeSimulator:
    """A new server without jobs."""
    return PrimeSimulator()
