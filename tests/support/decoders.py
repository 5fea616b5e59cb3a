# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every function of the collection that reads what somebody else wrote, with good bodies to begin from.

Each decoder takes the bytes of a body, so that nothing gets to it that could not get there in a real run.
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import inspect
import json
import pathlib
import types
import typing as t
import zlib

from ansible.errors import AnsibleFilterError

from ansible_collections.batchops.job_control.plugins.filter.window_jobs import window_jobs
from ansible_collections.batchops.job_control.plugins.filter.window_page import window_page
from ansible_collections.batchops.job_control.plugins.filter.window_report import window_report
from ansible_collections.batchops.job_control.plugins.module_utils import _times, _xml
from ansible_collections.batchops.job_control.plugins.module_utils._ajs import (
    agent_view,
    execution_agents,
)
from ansible_collections.batchops.job_control.plugins.module_utils._ajs import session as ajs_session
from ansible_collections.batchops.job_control.plugins.module_utils._ajs import states as ajs_states
from ansible_collections.batchops.job_control.plugins.module_utils._ajs import wire as ajs
from ansible_collections.batchops.job_control.plugins.module_utils._commvault import activity
from ansible_collections.batchops.job_control.plugins.module_utils._commvault import dialects as commvault_dialects
from ansible_collections.batchops.job_control.plugins.module_utils._commvault import states as commvault_states
from ansible_collections.batchops.job_control.plugins.module_utils._commvault import wire as commvault
from ansible_collections.batchops.job_control.plugins.module_utils._drs import dialects as drs_dialects
from ansible_collections.batchops.job_control.plugins.module_utils._drs import session as drs_session
from ansible_collections.batchops.job_control.plugins.module_utils._drs import states as drs_states
from ansible_collections.batchops.job_control.plugins.module_utils._drs import wire as drs
from ansible_collections.batchops.job_control.plugins.module_utils._errors import JobControlError, ProtocolError
from ansible_collections.batchops.job_control.plugins.module_utils._journal import ledger, records
from ansible_collections.batchops.job_control.plugins.module_utils._prime import states as prime_states
from ansible_collections.batchops.job_control.plugins.module_utils._prime import wire as prime
from ansible_collections.batchops.job_control.plugins.module_utils._response import Response
from ansible_collections.batchops.job_control.plugins.module_utils._veeam import jobs as veeam_jobs
from ansible_collections.batchops.job_control.plugins.module_utils._veeam import kinds as veeam_kinds
from ansible_collections.batchops.job_control.plugins.module_utils._veeam import states as veeam_states
from ansible_collections.batchops.job_control.plugins.module_utils._veeam import wire as veeam
from ansible_collections.batchops.job_control.plugins.plugin_utils import _history, _page, _window_report
from support.checkout import ROOT

SHAPES = ROOT / "tests" / "unit" / "plugins" / "module_utils" / "shapes"
Body = bytes
Decode = t.Callable[[Body], t.Any]


@dataclasses.dataclass(frozen=True)
class Decoder:
    """One decoder with its input: a format, in which bodies are spoilt, and good bodies in it."""

    name: str
    system: str  # empty: not of one product
    format: str  # json, xml, lines (of JSON) or bytes
    run: Decode
    bodies: tuple[Body, ...]
    covers: tuple[t.Any, ...]  # the functions of the collection that it stands for
    own_errors: tuple[type[Exception], ...] = (JobControlError,)
    is_raw: bool = False  # what comes out is the document itself, not yet what we make of it


def shapes(system: str, format_: str, *kinds: str) -> tuple[Body, ...]:
    """The recorded bodies of a product in a format, all of them or those of some kinds."""
    paths = sorted((SHAPES / system).glob(f"*.{format_}"))
    found = tuple(path.read_bytes() for path in paths if not kinds or path.name.partition(".")[0] in kinds)
    if not found:
        raise LookupError(f"no body of {system} in {format_} is of the kinds {kinds}")
    return found


def answer(body: Body, method: str = "POST", status: int = 200, **headers: str) -> Response:
    return Response(status, headers, body, method, "https://product.example/api")


def nodes(tree: t.Any) -> t.Iterator[t.Any]:
    """A tree and everything in it, without recursion, as some trees are deep."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())


def each(function: t.Callable[[t.Any], t.Any], values: t.Iterable[t.Any]) -> list[t.Any]:
    """What a decoder of small values makes of each; one that it refuses does not hide the others."""
    found = []
    for value in values:
        try:
            found.append(function(value))
        except ProtocolError as error:
            found.append(error)
    return found


def texts(tree: t.Any) -> t.Iterator[str]:
    return (node for node in nodes(tree) if isinstance(node, str))


def objects(tree: t.Any) -> t.Iterator[dict[str, t.Any]]:
    return (node for node in nodes(tree) if isinstance(node, dict))


# --- the products ----------------------------------------------------------------------------------------------------


def _of_commvault() -> t.Iterator[Decoder]:
    for name in ("json", "xml"):
        yield from _commvault_in(name)
    delayed = {"activityType": 1, "enableActivityType": False, "enableAfterADelay": True}
    when = {"time": 1778970000, "timeValue": "2026-05-17 00:20:00"}
    of_group = {"activityControlOptions": [{**delayed, "dateTime": when}]}
    of_client = {"activityControlOptions": [{"activityType": "2", "enableActivityType": "true"}]}
    examples: dict[t.Callable[..., t.Any], dict[str, t.Any]] = {
        activity.commcell_settings: {"acObjects": [{"activityType": 1, "enabled": True, "reEnableTime": 1778970000}]},
        activity.group_settings: {"clientGroupDetail": {"clientGroupActivityControl": of_group}},
        activity.client_settings: {"clientProperties": [{"clientProps": {"clientActivityControl": of_client}}]},
        activity.groups: {"groups": [{"Id": 4, "name": "Infrastructure"}]},
        activity.clients: {"clientProperties": [{"client": {"clientEntity": {"clientId": 9, "clientName": "web01"}}}]},
    }
    for function, example in examples.items():
        run = functools.partial(_decoded, commvault_dialects.JSON.decode, function)
        body = json.dumps(example).encode()
        yield Decoder(f"commvault json {function.__name__}", "commvault", "json", run, (body,), (function,))


def _commvault_in(name: str) -> t.Iterator[Decoder]:
    dialect = commvault_dialects.DIALECTS[name]
    bodies = shapes("commvault", name)
    lists = shapes("commvault", name, "list", "one", "none")
    logins = shapes("commvault", name, "login", "locked", "rejected")
    own = (type(dialect).decode,)
    yield Decoder(f"commvault {name} decode", "commvault", name, dialect.decode, bodies, own, is_raw=True)
    for function, some in (
        (commvault.fault, bodies),
        (commvault.accept, bodies),
        (commvault.new_job_id, bodies),
        (commvault.token, logins),
        (commvault.login_refusal, logins),
        (commvault.page, lists),
    ):
        run = functools.partial(_decoded, dialect.decode, function)
        yield Decoder(f"commvault {name} {function.__name__}", "commvault", name, run, some, (function,))

    def whose(body: Body) -> list[bool]:
        document = dialect.decode(body)
        return [commvault.is_of_login(document), *(commvault.is_own(document, is_good) for is_good in (True, False))]

    telling = (commvault.is_own, commvault.is_of_login)
    yield Decoder(f"commvault {name} whose", "commvault", name, whose, bodies, telling, is_raw=True)
    small = (
        *(commvault.text, commvault.flag, commvault.whole, commvault.number, commvault.epoch, commvault.entity),
        *(commvault.fields, commvault.as_list),
    )

    def values(body: Body) -> t.Any:
        found = list(nodes(dialect.decode(body)))
        return [each(function, found) for function in small]

    covers = (*small, commvault.moment, commvault.job, commvault_states.translate)
    yield Decoder(f"commvault {name} values", "commvault", name, values, lists, covers, is_raw=True)


def _decoded(decode: Decode, function: t.Callable[[t.Any], t.Any], body: Body) -> t.Any:
    return function(decode(body))


def _of_prime() -> t.Iterator[Decoder]:
    for name in ("json", "xml"):
        yield from _prime_in(name)


def _prime_in(name: str) -> t.Iterator[Decoder]:
    def decode(body: Body) -> dict[str, t.Any]:
        return answer(body).json_object() if name == "json" else _xml.parse(body)

    def within(root: str, function: t.Callable[[t.Any], t.Any], body: Body) -> t.Any:
        """As the session does: the content of the root has to be an object."""
        content = decode(body).get(root)
        return function(content) if isinstance(content, dict) else None

    def first_page(content: t.Any) -> prime.Page:
        return prime.page(content, 0)

    (job,) = prime.page(decode(shapes("prime", name, "one")[0])["queryResponse"], 0).jobs

    def before(content: t.Any) -> t.Any:
        return [prime.earlier_run(content, job, run_id) for run_id in ("90220", "90221")]

    def values(body: Body) -> t.Any:
        document = decode(body)
        return [prime.is_answer(document), *(prime.is_rate_limit(503, text) for text in texts(document))]

    errors = functools.partial(_decoded, decode, prime.error_document)
    runs: tuple[tuple[t.Callable[..., t.Any], Decode, tuple[str, ...]], ...] = (
        (prime.page, functools.partial(within, "queryResponse", first_page), ("list", "one", "none")),
        (prime.single, functools.partial(within, "queryResponse", prime.single), ("one",)),
        (prime.verdicts, functools.partial(within, "mgmtResponse", prime.verdicts), ("accepted", "partial")),
        (prime.earlier_run, functools.partial(within, "mgmtResponse", before), ("history",)),
        (prime.error_document, errors, ("error",)),
    )
    for function, run, kinds in runs:
        bodies = shapes("prime", name, *kinds)
        yield Decoder(f"prime {name} {function.__name__}", "prime", name, run, bodies, (function,))
    covers = (
        prime.is_answer,
        prime.is_rate_limit,
        prime_states.state_of,
        prime_states.end_of_run,
        prime_states.is_halted,
        prime_states.is_running,
    )
    yield Decoder(f"prime {name} values", "prime", name, values, shapes("prime", name, "list", "error"), covers)


def _of_drs() -> t.Iterator[Decoder]:
    for version, make in drs_dialects.DIALECTS.items():
        yield from _drs_in(version, make())

    def faults(body: Body) -> t.Any:
        entries = list(objects(answer(body).json_object()))
        found = [drs.fault(entry) for entry in entries]
        told = [(drs.error(*one), drs.clock_advice(one[1], one[0], 0.0)) for one in found]
        return [(*one, drs.is_of_drs(entry), drs.is_of_iam(entry)) for one, entry in zip(told, entries)]

    covers = (
        drs.clock_advice,
        drs.fault,
        drs.is_of_drs,
        drs.is_of_iam,
        drs.error,
        drs_states.canonical,
        drs_states.translate,
        drs_states.facts,
        drs.is_deleted,
    )
    yield Decoder("drs fault", "drs", "json", faults, shapes("drs", "json"), covers)


def _drs_in(version: str, dialect: drs_dialects.Dialect) -> t.Iterator[Decoder]:
    kinds = {
        "page": ("list", "family", "none"),
        "details": ("one", "deleted", "unknown"),
        "answers": ("accepted", "partial", "busy", "silent"),
    }
    paths = sorted((SHAPES / "drs").glob(f"*.{version}.json"))
    bodies = {
        name: tuple(path.read_bytes() for path in paths if path.name.partition(".")[0] in some)
        for name, some in kinds.items()
    }

    def run(name: str, body: Body) -> t.Any:
        document = answer(body).json_object()
        if name != "answers":
            return getattr(dialect, name)(document)
        return dialect.answers(document, ["jb1", *(str(node["id"]) for node in objects(document) if "id" in node)])

    def body_of(body: Body) -> t.Any:
        answers = [answer(body, status=status) for status in (200, 400, 500)]
        return [_outcome(drs_session.body_of, one, dialect.has_results) for one in answers]

    for name, some in bodies.items():
        covers = (getattr(type(dialect), name), getattr(drs, name))
        yield Decoder(f"drs {version} {name}", "drs", "json", functools.partial(run, name), some, covers)
    some = (*shapes("drs", "json", "missing", "refusal", "gateway", "abnormal"), *bodies["answers"])
    own = (drs_session.body_of, drs_session.placed, type(dialect).has_results)
    yield Decoder(f"drs {version} body_of", "drs", "json", body_of, some, own, is_raw=True)


def _outcome(function: t.Callable[..., t.Any], *arguments: t.Any) -> t.Any:
    try:
        return function(*arguments)
    except JobControlError as error:
        return error


def _of_veeam() -> t.Iterator[Decoder]:
    for name, dialect in (("xml", veeam.XML), ("json", veeam.JSON)):
        yield from _veeam_in(name, dialect.decode)


def _veeam_in(name: str, decode: t.Callable[[Body], veeam.Fields]) -> t.Iterator[Decoder]:
    def of_kind(kind: veeam_kinds.Kind, body: Body) -> t.Any:
        return [veeam_jobs.job(veeam_jobs.definition(entity, kind), None) for entity in veeam.entities(decode(body))]

    def run(body: Body) -> t.Any:
        words: dict[str, t.Any] = dict.fromkeys(("id", "uid", "name", "job_type", "server"), "x")
        flags: dict[str, t.Any] = dict.fromkeys(("enabled", "is_scheduled", "configured"), True)
        defined = veeam_jobs.Definition(kind=veeam_kinds.JOB, next_run="", requests={}, **words, **flags)
        found = [veeam_jobs.session(entity) for entity in veeam.entities(decode(body))]
        return [found, [veeam_jobs.job(defined, session) for session in found]]

    small = (veeam.text, veeam.flag, veeam.whole, veeam.number, veeam.moment, veeam.fields)

    def links(entry: dict[str, t.Any]) -> list[veeam.Link]:
        return veeam.links(veeam.fields(entry))

    def values(body: Body) -> t.Any:
        document = decode(body)
        found = [each(function, nodes(document)) for function in small]
        return [*found, each(veeam.target, texts(document)), each(links, objects(document))]

    jobs, sessions = shapes("veeam", name, "job", "jobs", "none"), shapes("veeam", name, "sessions")
    yield Decoder(f"veeam {name} decode", "veeam", name, decode, shapes("veeam", name), (decode,), is_raw=True)
    for function, kinds in (
        (veeam.page, ("jobs", "none", "sessions")),
        (veeam.tasks, ("begun", "done", "refused", "tasks")),
        (veeam.error_of, ("error", "refused")),
        (veeam.is_own, ("error", "begun", "none")),
    ):
        title, through = f"veeam {name} {function.__name__}", functools.partial(_decoded, decode, function)
        covers = (function, veeam.entities)
        yield Decoder(title, "veeam", name, through, shapes("veeam", name, *kinds), covers, is_raw=True)
    for kind in veeam_kinds.KINDS:
        read = functools.partial(of_kind, kind)
        title = f"veeam {name} {kind.name}"
        yield Decoder(title, "veeam", name, read, jobs, (veeam_jobs.definition, veeam_jobs.id_of))
    own = (veeam_jobs.session, veeam_jobs.job, veeam_states.state_of, veeam_states.raw_state, veeam_states.is_running)
    yield Decoder(f"veeam {name} session", "veeam", name, run, sessions, own)
    parts = (*small, veeam.target, veeam.links)
    yield Decoder(f"veeam {name} values", "veeam", name, values, (*jobs, *sessions), parts, is_raw=True)


def _of_ajs() -> t.Iterator[Decoder]:
    def document(body: Body) -> dict[str, t.Any]:
        return answer(body).json_object()

    def paths(body: Body) -> list[str]:
        page = ajs.decode_page(document(body))
        ids = [ajs.JobId(unit.name, unit.job.facts["exec_id"]) for unit in page.units if unit.job]
        return [path for job_id in ids for path in (ajs.unit_path(job_id), ajs.action_path(job_id, "kill"))]

    lists = shapes("ajs", "json", "list", "cut", "none")
    agents = shapes("ajs", "json", "agents")
    version = (
        b'{"productName": "JP1/AJS3 - Web Console", "productVersionNumber": "130000", "productVersion": "13-00"}',
    )
    protocol = (b'{"protocolVersionNumber": "1300"}', b'{"protocolVersionNumber": 1200}')
    results = (b'{"results": [{"execAgent": "agt7", "rtnCode": "9", "messageID": "KNAD1", "message": "no"}]}', *agents)
    for function, run, bodies, covers in (
        ("page", lambda body: ajs.decode_page(document(body)), lists, (ajs.decode_page, ajs_states.interpret)),
        (
            "unit",
            lambda body: ajs.decode_unit(document(body)),
            shapes("ajs", "json", "one", "unregistered"),
            (ajs.decode_unit, ajs_states.is_root, ajs_states.meaning),
        ),
        ("paths", paths, lists, (ajs.unit_path, ajs.action_path)),
        (
            "agents",
            lambda body: [agent_view.as_job(agent) for agent in execution_agents.decode_agents(document(body))],
            agents,
            (execution_agents.decode_agents, agent_view.as_job),
        ),
        (
            "results",
            lambda body: execution_agents.decode_results(document(body)),
            results,
            (execution_agents.decode_results,),
        ),
        (
            "failure",
            lambda body: [ajs_session.failure(answer(body, status=status)) for status in (400, 404, 412, 500)],
            shapes("ajs", "json", "error", "conflict"),
            (ajs_session.failure, ajs_session.said),
        ),
        ("version", lambda body: ajs_session._version_number(document(body)), version, (ajs_session._version_number,)),
        (
            "protocol",
            lambda body: ajs_session._protocol_number(document(body)),
            protocol,
            (ajs_session._protocol_number,),
        ),
        (
            "values",
            lambda body: [
                *(each(lambda entry: ajs.text(entry, "unitName"), objects(document(body)))),
            ],
            lists,
            (ajs.text,),
        ),
    ):
        yield Decoder(f"ajs {function}", "ajs", "json", run, bodies, covers, is_raw=function == "results")


# --- what all products share, and what only the controller reads ------------------------------------------------------


def _of_all() -> t.Iterator[Decoder]:
    everything = {
        format_: tuple(
            path.read_bytes()
            for path in sorted(SHAPES.glob(f"*/*.{format_}"))
            if path.name.partition(".")[0] in ("list", "jobs", "error", "partial")
        )
        for format_ in ("json", "xml")
    }
    yield Decoder("_xml parse", "", "xml", _xml.parse, everything["xml"], (_xml.parse,), is_raw=True)
    everywhere = (_times.utc,)
    times = "_times utc", "", "json", lambda body: [_times.utc(text) for text in texts(answer(body).json())]
    yield Decoder(*times, everything["json"], everywhere)
    reads = (Response.json, Response.json_object)
    yield Decoder("Response json", "", "json", lambda body: answer(body).json(), everything["json"], reads, is_raw=True)
    yield Decoder(
        "Response failure",
        "",
        "json",
        lambda body: [
            *(
                answer(body, status=status, location=_header(body)).failure()
                for status in (200, 302, 401, 404, 429, 503)
            ),
            *(answer(body).unreadable("JSON"), answer(body).is_html),
        ],
        (*everything["json"], b"<!doctype html><title>Maintenance</title>"),
        (Response.failure, Response.unreadable),
    )


def _header(body: Body) -> str:
    """A header's value can have any byte."""
    return body[:300].decode("latin-1")


_INTENDED = {
    "event": "intend",
    "window": "patchday",
    "type": "Backup",
    "owner": "client",
    "before": "running",
    "raw_before": "Running",
}
JOURNAL: tuple[dict[str, t.Any], ...] = (
    {"event": "journal", "format": 2, "system": "memory", "product": "https://memory.example/api"},
    {"event": "open", "window": "patchday"},
    *({**_INTENDED, "id": name, "name": f"name of {name}"} for name in ("a", "b", "c", "d")),
    {"event": "suspended", "id": "a"},
    {"event": "suspended", "id": "b"},
    {"event": "not_suspended", "id": "c", "why": "it has ended"},
    {"event": "intend_resume", "id": "a"},
    {"event": "resumed", "id": "a"},
    {"event": "left", "id": "b", "why": "somebody resumed it meanwhile"},
    {"event": "missing", "id": "d"},
    {"event": "open", "window": "another"},
    {"event": "hold", "window": "another", "id": "d"},
    {"event": "intend_hold", "window": "another", "id": "d"},
    {"event": "release", "window": "patchday", "id": "d"},
    {"event": "close", "window": "patchday"},
    {"event": "product", "product": "https://memory.example/moved"},
    {"event": "forgotten", "id": "d"},
    {"event": "close", "window": "another"},
)


def _journal_body(count: int) -> Body:
    lines = [
        json.dumps({"n": number, "at": f"2026-05-16T22:00:{number:02}.000000+0000", **record})
        for number, record in enumerate(JOURNAL[:count], start=1)
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def _signed(body: Body) -> bytes:
    """A journal whose lines have the checksums of what they say, so that it is read on."""
    return b"".join(_line(line) for line in body.splitlines(keepends=True))


def _line(line: bytes) -> bytes:
    text, brace, end = line.rpartition(b"}")
    return text + b', "crc": "%08x"}' % zlib.crc32(text) + end if brace else line


def _page_of(body: Body) -> t.Any:
    """The page of a report that somebody has changed; what is no JSON never gets to the filter."""
    try:
        report = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return window_page(report)


def _of_windows() -> t.Iterator[Decoder]:
    bodies = tuple(_journal_body(count) for count in (1, 6, 8, 9, len(JOURNAL)))

    def report(body: Body) -> t.Any:
        return window_report(
            {"host": base64.b64encode(_signed(body)).decode(), "other": None}, "patchday", ["host", "off"]
        )

    reports = tuple(json.dumps(report(body)).encode() for body in bodies)
    yield Decoder(
        "journal", "", "lines", lambda body: ledger.read(_signed(body), "x"), bodies, (ledger.read, records.replay)
    )
    yield Decoder(
        "history",
        "",
        "lines",
        lambda body: [job.to_dict("x") for job in _history.read_history(_signed(body), "x").jobs("patchday")],
        bodies,
        (
            *(_history.read_history, _history.History.apply, _history.History.jobs),
            *(_history.JobHistory.after, _history.JobHistory.to_dict),
        ),
    )
    filters = (AnsibleFilterError,)
    yield Decoder(
        "window_jobs", "", "lines", lambda body: window_jobs(_signed(body).decode("utf-8", "surrogateescape")), bodies,
        (window_jobs,), filters,
    )  # fmt: skip
    covers = (window_report, _window_report.build_report)
    yield Decoder("window_report", "", "lines", report, bodies, covers, filters)
    yield Decoder(
        "page of a journal", "", "lines", lambda body: window_page(report(body)), bodies, (window_page,), filters
    )
    yield Decoder("window_page", "", "json", _page_of, reports, (_page.build_page,), filters, is_raw=True)


DECODERS: tuple[Decoder, ...] = (
    *_of_all(),
    *_of_commvault(),
    *_of_prime(),
    *_of_drs(),
    *_of_veeam(),
    *_of_ajs(),
    *_of_windows(),
)

#: Modules in which each public function is a decoder, or is known to read nothing that a product wrote.
MODULES: tuple[types.ModuleType, ...] = (
    *(_times, _xml, commvault, commvault_dialects, activity, prime, drs, drs_dialects, drs_session),
    *(veeam, veeam_jobs, ajs, ajs_session, execution_agents, agent_view, _history),
)

#: Functions of those modules that write, decide or take the user's own words.
NOT_DECODERS = frozenset(
    {
        *("_xml.unparse", "_commvault.wire.with_prefix", "_commvault.wire.job_id", "_commvault.activity.parse"),
        *("_commvault.activity.find", "_commvault.activity.decide", "_commvault.activity.change"),
        *("_commvault.dialects.Json.login", "_commvault.dialects.Json.listing"),
        *("_commvault.dialects.Xml.login", "_commvault.dialects.Xml.listing"),
        *("_prime.wire.payload", "_prime.wire.canonical_id", "_prime.wire.equals"),
        *("_drs.dialects.V3.listing", "_drs.dialects.V3.detail", "_drs.dialects.V3.action"),
        *("_drs.dialects.V5.listing", "_drs.dialects.V5.detail", "_drs.dialects.V5.action"),
        *(
            "_veeam.wire.is_plain",
            "_drs.session.service_url",
            "_veeam.jobs.parse_id",
            "_ajs.wire.parse_id",
            "_ajs.wire.body",
        ),
        *("_ajs.wire.action", "_ajs.session.base_url", "_ajs.execution_agents.read", "_ajs.execution_agents.change"),
        *("_ajs.agent_view.decide", "_history.stamp"),
    }
)

#: Classes whose methods send requests; `test_fuzz_products` covers them.
_SENDERS = ("Session", "DrsSession", "Activities", "AgentView")


def public_functions(module: types.ModuleType) -> dict[str, t.Any]:
    """The public functions that a module defines and the public methods of its classes, by their full names."""
    place = module.__name__.partition("module_utils.")[2] or module.__name__.rpartition(".")[2]
    found: dict[str, t.Any] = {}
    for name, member in vars(module).items():
        if name.startswith("_") or getattr(member, "__module__", "") != module.__name__:
            continue
        if inspect.isfunction(member):
            found[f"{place}.{name}"] = member
        elif inspect.isclass(member) and name not in _SENDERS and not getattr(member, "_is_protocol", False):
            for method, function in vars(member).items():
                if inspect.isfunction(function) and not method.startswith("_"):
                    found[f"{place}.{name}.{method}"] = function
    return found


def unlisted() -> list[str]:
    """Public functions that are neither in the table nor known to be no decoders."""
    covered = {inspect.unwrap(function) for decoder in DECODERS for function in decoder.covers}
    return sorted(
        name
        for module in MODULES
        for name, function in public_functions(module).items()
        if function not in covered and name not in NOT_DECODERS
    )


def wire_files() -> list[pathlib.Path]:
    """The files of the products that a new decoder is most likely to be written in."""
    folder = ROOT / "plugins" / "module_utils"
    return sorted(path for name in ("wire", "dialects") for path in folder.glob(f"_*/{name}.py"))
