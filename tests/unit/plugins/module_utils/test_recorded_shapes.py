# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One small body for each kind of answer in each dialect: all dialects of a kind mean the same.

The bodies are in `shapes/<system>/<kind>[.<dialect>].<format>`, in the forms that the contracts document; what they
mean is in `expected.yml` beside them.
"""

from __future__ import annotations

import collections
import dataclasses
import json
import pathlib
import typing as t

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.batchops.job_control.plugins.module_utils import _xml
from ansible_collections.batchops.job_control.plugins.module_utils._ajs import execution_agents
from ansible_collections.batchops.job_control.plugins.module_utils._ajs import session as ajs_session
from ansible_collections.batchops.job_control.plugins.module_utils._ajs import wire as ajs
from ansible_collections.batchops.job_control.plugins.module_utils._commvault import dialects as commvault_dialects
from ansible_collections.batchops.job_control.plugins.module_utils._commvault import wire as commvault
from ansible_collections.batchops.job_control.plugins.module_utils._drs import dialects as drs_dialects
from ansible_collections.batchops.job_control.plugins.module_utils._drs import states as drs_states
from ansible_collections.batchops.job_control.plugins.module_utils._drs import wire as drs
from ansible_collections.batchops.job_control.plugins.module_utils._errors import ProtocolError
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, JobState, Verb
from ansible_collections.batchops.job_control.plugins.module_utils._prime import states as prime_states
from ansible_collections.batchops.job_control.plugins.module_utils._prime import wire as prime
from ansible_collections.batchops.job_control.plugins.module_utils._veeam import jobs as veeam_jobs
from ansible_collections.batchops.job_control.plugins.module_utils._veeam import wire as veeam
from ansible_collections.batchops.job_control.plugins.module_utils._veeam.kinds import JOB

SHAPES = pathlib.Path(__file__).parent / "shapes"
SYSTEMS = ("commvault", "prime", "drs", "veeam", "ajs")
Plain = t.Any


@dataclasses.dataclass(frozen=True)
class Shape:
    """One recorded body."""

    path: pathlib.Path

    @property
    def kind(self) -> str:
        return self.path.name.partition(".")[0]

    @property
    def format(self) -> str:
        return self.path.suffix[1:]

    @property
    def version(self) -> str:
        """The dialect's version, where there are several."""
        words = self.path.name.split(".")
        return next((word for word in words if word[0] == "v" and word[1:].isdigit()), "")

    @property
    def body(self) -> bytes:
        return self.path.read_bytes()


def shapes(system: str) -> list[Shape]:
    return [Shape(path) for path in sorted((SHAPES / system).iterdir()) if path.name != "expected.yml"]


def expected(system: str) -> dict[str, Plain]:
    return t.cast("dict[str, Plain]", yaml.safe_load((SHAPES / system / "expected.yml").read_text()))


def neutral(jobs: t.Iterable[Job]) -> list[dict[str, Plain]]:
    """What is set of each job, in plain values, without what belongs to one product."""
    fields = [field.name for field in dataclasses.fields(Job) if field.name not in ("system", "facts")]
    plain = [{name: getattr(job, name) for name in fields if getattr(job, name)} for job in jobs]
    return [{**job, "state": job["state"].value} for job in plain]


# --- how each product's answers are read -------------------------------------------------------------------------


def read_commvault(shape: Shape) -> Plain:
    try:
        document = commvault_dialects.DIALECTS[shape.format].decode(shape.body)
        if shape.kind in ("list", "one", "none"):
            page = commvault.page(document)
            return {"total": page.total, "jobs": neutral(page.jobs)}
        if shape.kind == "login":
            return {"token": commvault.token(document)}
        if shape.kind in ("rejected", "locked"):
            assert not commvault.token(document)
            refusal = commvault.login_refusal(document)
            return {"code": refusal.code, "message": refusal.message}
        fault = commvault.fault(document)
        if fault is None:
            return {"new_id": commvault.new_job_id(document)}
        wordless = shape.kind == "wordless"
        assert fault.message
        return {"code": fault.code} if wordless else {"code": fault.code, "message": fault.message}
    except ProtocolError as error:
        return {"error": error.kind}


#: A job of Prime whose run 90220 was waited for.
AWAITED = Job(
    id="4412",
    name="",
    type="",
    system="prime",
    state=JobState.RUNNING,
    raw_state="SCHEDULED RUNNING",
    halted=False,
    running=True,
    facts={"situation": prime_states.Situation(job_status="SCHEDULED")},
)


def read_prime(shape: Shape) -> Plain:
    document = _xml.parse(shape.body) if shape.format == "xml" else json.loads(shape.body)
    error = prime.error_document(document)
    if error is not None:
        return {"message": error[0], "code": error[1]}
    if shape.kind == "history":
        earlier = prime.earlier_run(document["mgmtResponse"], AWAITED, "90220")
        assert prime.earlier_run(document["mgmtResponse"], AWAITED, "90221") is None
        return {"earlier": neutral([earlier] if earlier else [])}
    if "mgmtResponse" in document:
        return {"verdicts": prime.verdicts(document["mgmtResponse"])}
    response = document["queryResponse"]
    page = prime.page(response, 0)
    if shape.kind == "one":
        assert neutral([prime.single(response)]) == neutral(page.jobs)
    return {"total": page.total, "jobs": neutral(page.jobs)}


def read_drs(shape: Shape) -> Plain:
    document = json.loads(shape.body)
    if not shape.version:
        error = drs.error(*drs.fault(document))
        return {"error": error.kind, "maybe_applied": error.maybe_applied}
    dialect = drs_dialects.DIALECTS[shape.version]()
    if shape.kind in ("list", "family", "none"):
        page = dialect.page(document)
        return {"total": page.total, "jobs": drs_tasks(page.jobs)}
    if shape.kind in ("one", "unknown", "deleted"):
        details = dialect.details(document)
        assert not details.errors
        return {"jobs": drs_tasks(details.jobs)}
    job_ids = list(expected("drs")[shape.kind]["answers"])
    answers = dialect.answers(document, job_ids)
    return {"answers": {answer.job_id: answer.error.kind if answer.error else None for answer in answers}}


def drs_tasks(jobs: t.Iterable[Job]) -> list[dict[str, Plain]]:
    """Tasks with what DRS says they allow, and their family."""
    listed = list(jobs)
    plain = neutral(listed)
    for task, job in zip(plain, listed):
        facts = drs_states.facts(job)
        own = {
            "available": sorted(facts.available or ()),
            "children": list(facts.children),
            "parent": facts.parent,
        }
        task.update({name: value for name, value in own.items() if value})
    return plain


def read_veeam(shape: Shape) -> Plain:
    document = veeam.DIALECTS[shape.format].decode(shape.body)
    error = veeam.error_of(document)
    if error is not None:
        return {"message": error[0], "code": error[1]}
    if shape.kind == "job":
        (entity,) = veeam.entities(document)
        return veeam_job(entity)
    if shape.kind in ("jobs", "none"):
        page = veeam.page(document)
        following = page.next.path if page.next else None
        jobs = [veeam_job(entity) for entity in page.entities]
        return {"number": page.number, "count": page.count, "next": following, "jobs": jobs}
    if shape.kind == "sessions":
        found = [veeam_jobs.session(entity) for entity in veeam.page(document).entities]
        return [{**dataclasses.asdict(one), "stop": asked(one.stop)} for one in found]
    return [dataclasses.asdict(task) for task in veeam.tasks(document)]


def veeam_job(entity: veeam.Fields) -> dict[str, Plain]:
    defined = veeam_jobs.definition(entity, JOB)
    names = ("id", "name", "job_type", "server", "enabled", "configured", "next_run")
    requests = {verb.value: asked(request) for verb, request in defined.requests.items()}
    return {**{name: getattr(defined, name) for name in names}, "requests": requests}


def asked(request: veeam_jobs.Request | None) -> str:
    return f"{request.method} {request.target.path}" if request else ""


def read_ajs(shape: Shape) -> Plain:
    document = json.loads(shape.body)
    if shape.kind in ("error", "conflict"):
        message, code = ajs_session.said(document)
        return {"message": message, "code": code}
    if shape.kind == "agents":
        return {agent.name: agent.status for agent in execution_agents.decode_agents(document)}
    if "statuses" not in document:
        units, told = [ajs.decode_unit(document)], {}
    else:
        page = ajs.decode_page(document)
        units, told = page.units, {"complete": page.complete}
    return {
        **told,
        "units": [unit.name for unit in units],
        "jobs": neutral(unit.job for unit in units if unit.job),
    }


READERS: dict[str, t.Callable[[Shape], Plain]] = {
    "commvault": read_commvault,
    "prime": read_prime,
    "drs": read_drs,
    "veeam": read_veeam,
    "ajs": read_ajs,
}
RECORDED = [(system, shape) for system in SYSTEMS for shape in shapes(system)]


@pytest.mark.parametrize(
    ("system", "shape"), RECORDED, ids=lambda value: value.path.name if isinstance(value, Shape) else value
)
def test_every_dialect_means_the_same(system: str, shape: Shape) -> None:
    assert READERS[system](shape) == expected(system)[shape.kind]


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_kind_has_bodies_and_a_meaning(system: str) -> None:
    assert {shape.kind for shape in shapes(system)} == set(expected(system))


@pytest.mark.parametrize(
    ("system", "kinds", "dialects"),
    [
        ("commvault", "list one none accepted resubmitted refused wordless partial denied login rejected", "json xml"),
        ("prime", "list one none accepted partial error", "json xml"),
        ("prime", "list one none accepted partial", "v1 v4"),
        ("drs", "list family none one deleted accepted partial busy silent", "v3 v5"),
        ("veeam", "job jobs none sessions begun done refused tasks error", "xml v12 v13"),
        ("ajs", "list", "v11 v13"),
    ],
)
def test_the_kinds_are_there_in_all_their_dialects(system: str, kinds: str, dialects: str) -> None:
    spoken: dict[str, set[str]] = collections.defaultdict(set)
    for shape in shapes(system):
        spoken[shape.kind] |= {shape.format, shape.version}
    assert not {kind for kind in kinds.split() if not set(dialects.split()) <= spoken[kind]}


# --- what is written can be read ---------------------------------------------------------------------------------

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)


@pytest.mark.parametrize("name", ["json", "xml"])
@given(username=NAMES, password=NAMES)
def test_a_commvault_login_is_read_back(name: str, username: str, password: str) -> None:
    dialect = commvault_dialects.DIALECTS[name]
    request = dialect.login(username, password)
    document = dialect.decode(request.body or b"")
    assert (document["username"], document["password"]) == (username, password)


@pytest.mark.parametrize("name", ["json", "xml"])
@pytest.mark.parametrize("enabled", [True, False])
def test_a_veeam_edit_is_read_back(name: str, enabled: bool) -> None:
    dialect = veeam.DIALECTS[name]
    document = dialect.decode(dialect.edit(enabled))
    assert veeam.flag(document["scheduleenabled"]) is enabled
    assert veeam.text(document["type"]) == "Job"


@given(st.sampled_from(sorted(prime.OPERATIONS)), st.lists(st.integers(1, 10**18), min_size=1, unique=True))
@pytest.mark.parametrize("version", [1, 2, 3, 4])
@pytest.mark.parametrize("format_", ["json", "xml"])
def test_a_prime_payload_names_each_id_once(format_: str, version: int, verb: Verb, ids: list[int]) -> None:
    operation = prime.OPERATIONS[verb]
    payload = prime.payload(operation, [str(number) for number in ids], version)
    read = _xml.parse(_xml.unparse(payload)) if format_ == "xml" else json.loads(json.dumps(payload))
    found = read[operation.root][operation.wrapper][operation.item]
    assert [int(number) for number in (found if isinstance(found, list) else [found])] == ids


@given(st.lists(NAMES, min_size=1, max_size=3), st.from_regex(r"@[A-Z][0-9]{1,4}", fullmatch=True))
def test_an_ajs_job_id_is_read_back(parts: list[str], exec_id: str) -> None:
    name = "/" + "/".join(part.replace("/", "-") for part in parts)
    parsed = ajs.parse_id(f"{name}:{exec_id}")
    assert parsed == ajs.JobId(name, exec_id)
    segment = ajs.unit_path(parsed).rpartition("/")[2]
    assert segment.count(":") == 1
    assert f"{parsed.parent.rstrip('/')}/{parsed.short_name}" == name


@given(st.dictionaries(NAMES, NAMES | st.integers(0, 2**31), max_size=4))
def test_an_ajs_body_holds_its_parameters(parameters: dict[str, t.Any]) -> None:
    assert json.loads(ajs.body(parameters)) == {"parameters": parameters}
