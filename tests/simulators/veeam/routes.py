# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The resources of the API and their methods; everything with a meaning is done elsewhere."""

from __future__ import annotations

import typing as t

import flask

from simulators.veeam import query_service, service, task_sessions
from simulators.veeam.gateway import TOKEN, ApiError, Gateway
from simulators.veeam.kinds import KINDS, ROOTS, SESSION_KINDS, Kind, SessionKind
from simulators.veeam.logons import Logon, Logons, Task
from simulators.veeam.operations import Operations, Refused
from simulators.veeam.query import BadQuery
from simulators.veeam.resources import Resources, collection_name, entity_ref, references
from simulators.veeam.state import Job, Run, World
from simulators.veeam.wire import BadBody, Collection, decode_edit

Json = dict[str, t.Any]
View = t.Callable[..., flask.Response]

#: verbs of POST /jobs/{id} and /agents/jobs/{id}, whether the job has them or not
_VERBS = frozenset({"toggleScheduleEnabled", "start", "stop", "retry", "sync"})


class Product(t.NamedTuple):
    """The parts of one running product; a reset replaces them all."""

    world: World
    logons: Logons
    operations: Operations
    gateway: Gateway
    knobs: Json


class Routes:
    """The routes, over the parts that the product has at the moment of a request."""

    def __init__(self, product: t.Callable[[], Product]) -> None:
        self._product = product

    def add_to(self, app: flask.Flask) -> None:
        def add(method: str, path: str, view: View) -> None:
            app.add_url_rule(f"/api{path}", f"{method} {path}", self._guarded(view), methods=[method])

        add("GET", "/", self.service)
        add("POST", "/sessionMngr", self.log_on)
        add("GET", "/logonSessions", self.logon_sessions)
        add("GET", "/logonSessions/<session_id>", self.logon_session)
        add("DELETE", "/logonSessions/<session_id>", self.log_off)
        add("GET", "/tasks", self.tasks)
        add("GET", "/tasks/<task_id>", self.task)
        for path in ("/tasks/<task_id>", "/task/<task_id>"):  # the vendor documents both
            add("DELETE", path, self.delete_task)
        add("GET", "/query", self.query)
        add("GET", "/querySvc", self.query_service)
        add("GET", "/backupServers", self.servers)
        add("GET", "/backupServers/<server_id>", self.server)
        add("POST", "/backupServers/<server_id>", self.collect)
        add("GET", "/systemSessions", self.system_sessions)
        add("GET", "/systemSessions/<session_id>", self.system_session)
        for kind in ROOTS.values():
            self._add_jobs(add, kind)
        for session in SESSION_KINDS:
            self._add_sessions(add, session)
        add("GET", "/agents/backupSessions", self._sessions_of("agents/jobs"))

    def _add_jobs(self, add: t.Callable[[str, str, View], None], kind: Kind) -> None:
        path = f"/{kind.root}/<job_id>"
        add("GET", f"/{kind.root}", lambda: self.jobs(kind))
        add("GET", path, lambda job_id: self.job(kind, job_id))
        tags = {"includes": "ObjectInJob", **({"linkedJobs": "LinkedJobObject"} if kind.root == "jobs" else {})}
        for name, tag in tags.items():
            add("GET", f"{path}/{name}", lambda job_id, tag=tag: self.objects(kind, job_id, tag))
            add("GET", f"{path}/{name}/<one>", lambda job_id, one, tag=tag: self.object(kind, job_id, tag, one))
        names = {known.session.name for known in KINDS.values() if known.root == kind.root}
        for name in sorted(names):
            add("GET", f"{path}/{name}", lambda job_id, name=name: self.job_sessions(kind, job_id, name))
        if kind.verb_in_path:
            add("POST", f"{path}/<verb>", lambda job_id, verb: self.act_by_path(kind, job_id, verb))
        else:
            add("POST", path, lambda job_id: self.act(kind, job_id))
        if kind.edit_operation:
            add("PUT", path, lambda job_id: self.edit(kind, job_id))
        if kind.root == "jobs":
            add("DELETE", path, lambda job_id: self.delete(kind, job_id))

    def _add_sessions(self, add: t.Callable[[str, str, View], None], session: SessionKind) -> None:
        path = f"/{session.root}/<run_id>"
        add("GET", f"/{session.root}", lambda: self.sessions(session))
        add("GET", path, lambda run_id: self.session(session, run_id))
        add("GET", f"{path}/{session.task.name}", lambda run_id: self.task_sessions(session, run_id))
        add("GET", f"/{session.task.root}/<task_id>", lambda task_id: self.task_session(session, task_id))
        if session.element != "CdpReplicaSession":
            add("POST", path, lambda run_id: self.act_on_session(session, run_id))

    def _guarded(self, view: View) -> View:
        """The view, with the refusals of the inner parts told as the product tells them."""

        def guarded(**arguments: t.Any) -> flask.Response:
            try:
                return view(**arguments)
            except (BadBody, BadQuery, Refused) as error:
                raise ApiError(400, str(error)) from error

        return guarded

    # --- helpers -----------------------------------------------------------------------------------------

    @property
    def _build(self) -> Resources:
        product = self._product()
        origin = product.knobs["href_origin"] or flask.request.host_url.rstrip("/")
        return Resources(f"{origin}/api", product.knobs, product.world.now())

    @property
    def _logon(self) -> Logon:
        return t.cast(Logon, flask.g.logon)

    def _accepted(self, task: Task) -> flask.Response:
        return self._product().gateway.answer(service.task(self._build, task), 202)

    def _find(self, kind: Kind, job_id: str) -> Job:
        job = self._product().world.database.get(job_id.lower())
        if job is None or job.kind.root != kind.root:
            raise ApiError(404)
        return job

    def _find_run(self, session: SessionKind, run_id: str) -> tuple[Job, Run]:
        world = self._product().world
        for job in world.database.values():
            if job.kind.session is session:
                for run in job.visible_runs(world.now()):
                    if run.id == run_id.lower():
                        return job, run
        raise ApiError(404)

    # --- the service and its logon sessions --------------------------------------------------------------

    def service(self) -> flask.Response:
        return self._product().gateway.answer(service.enterprise_manager(self._build))

    def log_on(self) -> flask.Response:
        version = parameters().get("v", "latest")
        if version not in service.ACCEPTED_VERSIONS:
            raise ApiError(400, f"The version {version} is not supported.")
        gateway = self._product().gateway
        logon = gateway.log_on()
        response = gateway.answer(service.logon_session(self._build, logon), 201)
        response.headers[TOKEN] = logon.token
        response.headers["Set-Cookie"] = f"{TOKEN}={logon.token}; Path=/api;"
        return response

    def logon_sessions(self) -> flask.Response:
        product = self._product()
        members = [service.logon_session(self._build, logon) for logon in product.logons.open.values()]
        return product.gateway.answer(Collection("LogonSessions", "LogonSessions", members))

    def logon_session(self, session_id: str) -> flask.Response:
        product = self._product()
        logon = product.logons.by_id(session_id)
        if logon is None:
            raise ApiError(500)  # the product's own answer to an unknown id (contract 4.4)
        return product.gateway.answer(service.logon_session(self._build, logon))

    def log_off(self, session_id: str) -> flask.Response:
        product = self._product()
        logon = product.logons.by_id(session_id)
        if logon is None:
            raise ApiError(404)
        product.logons.log_off(logon)
        return product.gateway.empty()

    # --- tasks -------------------------------------------------------------------------------------------

    def tasks(self) -> flask.Response:
        members = [service.task(self._build, task) for task in self._logon.tasks.values()]
        return self._product().gateway.answer(Collection("Tasks", "Tasks", members))

    def task(self, task_id: str) -> flask.Response:
        task = self._task(task_id)
        product = self._product()
        related = product.world.database.get(task.related) if task.success else None
        return product.gateway.answer(service.task(self._build, task, related))

    def delete_task(self, task_id: str) -> flask.Response:
        task = self._task(task_id)
        del self._logon.tasks[task.id]
        if task.state == "Running":
            task.state = "Deleted"  # its operation is not begun any more
        return self._product().gateway.empty()

    def _task(self, task_id: str) -> Task:
        if task_id not in self._logon.tasks:
            raise ApiError(404)
        return self._logon.tasks[task_id]

    # --- jobs --------------------------------------------------------------------------------------------

    def jobs(self, kind: Kind) -> flask.Response:
        product, build = self._product(), self._build
        jobs = [job for job in product.world.database.values() if job.kind.root == kind.root]
        if not entity_wanted():
            return product.gateway.answer(references([build.job_ref(job) for job in jobs]))
        name = collection_name(kind, product.knobs)
        return product.gateway.answer(Collection(name, name, [build.job(job) for job in jobs]))

    def job(self, kind: Kind, job_id: str) -> flask.Response:
        job, build = self._find(kind, job_id), self._build
        if entity_wanted():
            return self._product().gateway.answer(build.job(job))
        return self._product().gateway.answer(entity_ref(build.job_ref(job)))

    def objects(self, kind: Kind, job_id: str, tag: str) -> flask.Response:
        members = [one for one in self._build.objects(self._find(kind, job_id)) if one.tag == tag]
        return self._product().gateway.answer(Collection(f"{tag}s", f"{tag}s", members))

    def object(self, kind: Kind, job_id: str, tag: str, identity: str) -> flask.Response:
        for one in self._build.objects(self._find(kind, job_id)):
            if one.tag == tag and str(one.attributes["Href"]).endswith(f"/{identity.lower()}"):
                return self._product().gateway.answer(one)
        raise ApiError(404)

    def job_sessions(self, kind: Kind, job_id: str, name: str) -> flask.Response:
        job = self._find(kind, job_id)
        runs = job.visible_runs(self._product().world.now()) if job.kind.session.name == name else []
        session = next(known for known in SESSION_KINDS if known.name == name)
        return self._runs(session, [(job, run) for run in runs])

    def act(self, kind: Kind, job_id: str) -> flask.Response:
        verb = parameters().get("action", "")
        if verb == "clone" and kind.root == "jobs":
            raise ApiError(501)
        allowed = frozenset(kind.operations) if kind.is_policy else _VERBS
        if verb not in allowed:
            raise ApiError(400, f"The action {verb or '(none)'} is not known.")
        return self._act(kind, job_id, verb)

    def act_by_path(self, kind: Kind, job_id: str, verb: str) -> flask.Response:
        # the vendor's table of links begins these verbs with a capital, everything else does not (contract 9, item 14)
        verb = verb[:1].lower() + verb[1:]
        if verb not in kind.operations:
            raise ApiError(404)
        return self._act(kind, job_id, verb)

    def _act(self, kind: Kind, job_id: str, verb: str) -> flask.Response:
        job = self._find(kind, job_id)
        return self._accepted(self._product().operations.act(self._logon, job, verb))

    def edit(self, kind: Kind, job_id: str) -> flask.Response:
        product = self._product()
        if not kind.is_policy and parameters().get("action") != "edit":
            raise ApiError(400, "The action edit is expected.")
        job = self._find(kind, job_id)
        is_json = product.gateway.body_is_json()
        camel_keys = product.knobs["json_generation"] == "v13"
        fields = decode_edit(flask.request.get_data(), is_json, kind.element, camel_keys)
        return self._accepted(product.operations.edit(self._logon, job, fields))

    def delete(self, kind: Kind, job_id: str) -> flask.Response:
        return self._accepted(self._product().operations.delete(self._logon, self._find(kind, job_id)))

    # --- sessions ----------------------------------------------------------------------------------------

    def sessions(self, session: SessionKind) -> flask.Response:
        return self._all_sessions(lambda job: job.kind.session is session, session)

    def _sessions_of(self, root: str) -> View:
        kind = ROOTS[root]
        return lambda: self._all_sessions(lambda job: job.kind is kind, kind.session)

    def _all_sessions(self, wanted: t.Callable[[Job], bool], session: SessionKind) -> flask.Response:
        world = self._product().world
        jobs = [job for job in world.database.values() if wanted(job)]
        return self._runs(session, [(job, run) for job in jobs for run in job.visible_runs(world.now())])

    def session(self, session: SessionKind, run_id: str) -> flask.Response:
        job, run = self._find_run(session, run_id)
        build = self._build
        if entity_wanted():
            return self._product().gateway.answer(build.run(job, run))
        return self._product().gateway.answer(entity_ref(build.run_ref(job, run)))

    def act_on_session(self, session: SessionKind, run_id: str) -> flask.Response:
        if parameters().get("action") != "stop":
            raise ApiError(400, "The action stop is expected.")
        job, run = self._find_run(session, run_id)
        return self._accepted(self._product().operations.stop_run(self._logon, job, run))

    def task_sessions(self, session: SessionKind, run_id: str) -> flask.Response:
        job, run = self._find_run(session, run_id)
        build, found = self._build, task_sessions.of_run(job, run)
        if not entity_wanted():
            refs = [task_sessions.reference(build, job, run, one) for one in found]
            return self._product().gateway.answer(references(refs))
        members = [task_sessions.entity(build, job, run, one) for one in found]
        name = f"{session.task.element}s"
        return self._product().gateway.answer(Collection(name, name, members))

    def task_session(self, session: SessionKind, task_id: str) -> flask.Response:
        world, build = self._product().world, self._build
        for job in [job for job in world.database.values() if job.kind.session is session]:
            for run in job.visible_runs(world.now()):
                for one in task_sessions.of_run(job, run):
                    if one.id == task_id.lower():
                        whole = task_sessions.entity(build, job, run, one)
                        short = entity_ref(task_sessions.reference(build, job, run, one))
                        return self._product().gateway.answer(whole if entity_wanted() else short)
        raise ApiError(404)

    def _runs(self, session: SessionKind, runs: list[tuple[Job, Run]]) -> flask.Response:
        gateway, build = self._product().gateway, self._build
        if not entity_wanted():
            return gateway.answer(references([build.run_ref(job, run) for job, run in runs]))
        name = session.collection
        return gateway.answer(Collection(name, name, [build.run(job, run) for job, run in runs]))

    # --- the rest ----------------------------------------------------------------------------------------

    def query(self) -> flask.Response:
        product = self._product()
        result = query_service.answer(product.world, self._logon.tasks.values(), self._build, parameters())
        return product.gateway.answer(result)

    def query_service(self) -> flask.Response:
        return self._product().gateway.answer(query_service.resource(self._build))

    def servers(self) -> flask.Response:
        product, build = self._product(), self._build
        servers = list(product.world.servers.values())
        if not entity_wanted():
            return product.gateway.answer(references([service.server_ref(build, server) for server in servers]))
        members = [service.server(build, server) for server in servers]
        return product.gateway.answer(Collection("BackupServers", "BackupServers", members))

    def server(self, server_id: str) -> flask.Response:
        product = self._product()
        server = product.world.servers.get(server_id.lower())
        if server is None:
            raise ApiError(404)
        whole = service.server(self._build, server)
        return product.gateway.answer(whole if entity_wanted() else entity_ref(service.server_ref(self._build, server)))

    def collect(self, server_id: str) -> flask.Response:
        product = self._product()
        if server_id.lower() not in product.world.servers:
            raise ApiError(404)
        if parameters().get("action") != "collect":
            raise ApiError(400, "The action collect is expected.")
        return self._accepted(product.operations.collect(self._logon, server_id.lower()))

    def system_sessions(self) -> flask.Response:
        product, build = self._product(), self._build
        found = product.world.collections
        if not entity_wanted():
            return product.gateway.answer(references([service.system_session_ref(build, one) for one in found]))
        members = [service.system_session(build, one) for one in found]
        return product.gateway.answer(Collection("SystemSessions", "SystemSessions", members))

    def system_session(self, session_id: str) -> flask.Response:
        product = self._product()
        found = [one for one in product.world.collections if one.id == session_id.lower()]
        if not found:
            raise ApiError(404)
        if entity_wanted():
            return product.gateway.answer(service.system_session(self._build, found[0]))
        return product.gateway.answer(entity_ref(service.system_session_ref(self._build, found[0])))


def parameters() -> dict[str, str]:
    """The query parameters of the request; their names are case-insensitive and those unknown do no harm."""
    return {name.lower(): value for name, value in flask.request.args.items()}


def entity_wanted() -> bool:
    """Whether the request asks for whole entities."""
    return parameters().get("format", "").lower() in ("entity", "entities")
