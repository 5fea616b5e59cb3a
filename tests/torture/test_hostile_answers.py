# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Products that answer with malice, and ids and names that some program down the line could obey."""

from __future__ import annotations

import contextlib
import gzip
import http.server
import itertools
import json
import re
import subprocess
import sys
import threading
import typing as t

import pytest
from runs.conftest import SYSTEMS
from support.ansible import Ansible
from support.estate import TESTS, Target
from support.hostile import IDS, JINJA, MARKUP, TERMINAL
from support.inprocess import run_module
from support.torture import FULL, spread, tally

Chunks = t.Iterable[bytes]
TOKEN = "c4n4ry-0f-n0-us3"


class Server:
    """Answers every request with the same headers and body, and remembers what was asked."""

    def __init__(self, body: t.Callable[[], Chunks], **headers: str) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked.append(f"{self.command} {self.path}")
                self.send_response(200)
                for name, value in {"Connection": "close", **headers}.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                with contextlib.suppress(OSError):  # the client has seen enough
                    for chunk in body():
                        self.wfile.write(chunk)

            do_GET = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, format: str, *args: t.Any) -> None:  # noqa: A002
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Server:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def options(system: str, origin: str, wire_format: str = "auto") -> dict[str, t.Any]:
    """Connection options with which the first request is one for jobs, where the product knows tokens."""
    user = {"username": "operator-7", "password": TOKEN}
    own: dict[str, dict[str, t.Any]] = {
        "drs": {"drs_project_id": "p1", "token": TOKEN},
        "ajs": {
            "ajs_manager": "m",
            "ajs_service_name": "AJSROOT1",
            "location": "/",
            "username": "operator-7",
            "password": TOKEN,
        },
        "prime": user,
    }
    common = {"system": system, "url": origin, "retry_timeout": 0, "request_timeout": 20}
    formats = {"wire_format": wire_format} if system in ("commvault", "prime", "veeam") else {}
    return {**common, **formats, **own.get(system, {"token": TOKEN})}


def refused(result: dict[str, t.Any]) -> dict[str, t.Any]:
    """The error of a run that failed in an orderly way."""
    assert result.get("failed"), result
    assert "exception" not in result, result["exception"]
    assert "fault in batchops" not in result["msg"], result["msg"]
    assert result["msg"].isprintable(), ascii(result["msg"])
    error: dict[str, t.Any] = result["error"]
    return error


# --- bodies ----------------------------------------------------------------------------------------------------------

DIALECTS = [
    ("commvault", "json"),
    ("commvault", "xml"),
    ("prime", "json"),
    ("prime", "xml"),
    ("drs", "auto"),
    ("veeam", "json"),
    ("veeam", "xml"),
    ("ajs", "auto"),
]


def attacks_on_xml(listener: str) -> dict[str, bytes]:
    """Documents that a careless parser expands, fetches or drowns in."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    blowup = f'<!DOCTYPE a [<!ENTITY x "{"x" * 50_000}">]><a>{"&x;" * 50_000}</a>'
    external = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{listener}/entity">]><a>&x;</a>'
    in_ebcdic = b"<?xml version='1.0' encoding='cp037'?>" + external.encode("cp037")
    return {
        "billion laughs": f'<!DOCTYPE a [<!ENTITY l0 "lol">{laughs}]><a>&l9;</a>'.encode(),
        "quadratic blow-up": blowup.encode(),
        "external entity": external.encode(),
        "external entity, UTF-16": external.encode("utf-16"),
        "external entity, EBCDIC": in_ebcdic,
        "local file": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        "external DTD": f'<!DOCTYPE a SYSTEM "{listener}/dtd"><a/>'.encode(),
        "parameter entity": f'<!DOCTYPE a [<!ENTITY % p SYSTEM "{listener}/p"> %p;]><a/>'.encode(),
        "default attribute": b"<!DOCTYPE a [<!ATTLIST a x CDATA 'y'>]><a/>",
        "inclusion": f'<a xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="{listener}/i"/></a>'.encode(),
        "style sheet": f'<?xml-stylesheet href="{listener}/s"?><a/>'.encode(),
        "unknown entity": b"<a>&nothing;</a>",
        "deep": b"<a>" * 100_000 + b"</a>" * 100_000,
        "never ends": b"<a>" * 500_000,
        "many attributes": b"<a " + b" ".join(b"x%d='1'" % n for n in range(20_000)) + b"/>",
        "NUL": b"<a>\x00</a>",
        "surrogate": b"<a>\xed\xa0\x80</a>",
    }


def broken_bodies() -> dict[str, bytes]:
    """What is no document of any product."""
    return {
        "deep list": b"[" * 100_000 + b"]" * 100_000,
        "deep objects": b'{"errors":' * 100_000 + b"1" + b"}" * 100_000,
        "errors within errors": b'{"errors":' * 300 + b"1" + b"}" * 300,
        "long number": b'{"total": ' + b"9" * 100_000 + b"}",
        "NaN": b"NaN",
        "NUL": b"\x00",
        "control characters": b"\x1b[2J\x07{}",
        "not UTF-8": b'{"jobs": "\xff\xfe"}',
        "UTF-16": '{"jobs": []}'.encode("utf-16"),
        "half character": b'"\\ud800"',
        "two documents": b"{}{}",
        "half a document": b'{"jobs": [',
        "no document": b" ",
        "other types": b'{"jobs": 7, "statuses": 7, "queryResponse": 7, "pagingInfo": 7, "entities": 7}',
        "PHP": b"<?php echo 1; ?>",
        "page": b"<html><script>alert(1)</script></html>",
    }


@pytest.mark.parametrize(("system", "wire_format"), DIALECTS)
def test_a_broken_body_is_refused(system: str, wire_format: str) -> None:
    bodies = spread(list(broken_bodies().items()), 16)
    for name, body in bodies:
        with Server(lambda body=body: [body]) as server:  # type: ignore[misc]
            result = run_module("job_info", **options(system, server.origin, wire_format))
        assert refused(result)["kind"] == "protocol", (name, result["msg"])
    tally("hostile answers", len(bodies), system)


@pytest.mark.parametrize("system", ["commvault", "prime", "veeam"])
def test_nothing_is_fetched_or_expanded_for_xml(system: str) -> None:
    with Server(lambda: [b"<x/>"]) as listener:
        attacks = attacks_on_xml(listener.origin)
        for name, body in attacks.items():
            with Server(lambda body=body: [body]) as server:  # type: ignore[misc]
                result = run_module("job_info", **options(system, server.origin, "xml"))
            assert refused(result)["kind"] == "protocol", (name, result["msg"])
            assert "root:" not in json.dumps(result), name
        assert listener.asked == []
    tally("hostile answers", len(attacks), system)


# --- sizes -----------------------------------------------------------------------------------------------------------

MEGABYTE = 1 << 20
CHILD = """
import json, resource, sys
sys.path[:0] = json.loads(sys.argv[1])
from support.inprocess import run_module
from ansible_collections.batchops.job_control.plugins.module_utils import _http
_http.LARGEST_BODY = int(sys.argv[3]) or _http.LARGEST_BODY
options = json.loads(sys.argv[2])
run_module("job_info", **{**options, "url": "http://127.0.0.1:9"})  # all is imported now
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
result = run_module("job_info", **options)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps({"result": result, "grown": grown * 1024}))
"""


def endless() -> Chunks:
    """A gigabyte, in chunks, with no end in sight."""
    piece = b'{"jobs": [' + b'{"jobSummary": {}},' * 60_000
    for _number in range(1024 * MEGABYTE // len(piece)):
        yield b"%x\r\n%s\r\n" % (len(piece), piece)


def large() -> Chunks:
    piece = b" " * MEGABYTE
    for _number in range(1024):
        yield piece


def bomb() -> Chunks:
    """A gigabyte of nothing, in a megabyte of gzip."""
    return [gzip.compress(b" " * (64 * MEGABYTE), 6) * 16]


@pytest.mark.parametrize(
    "limit", [32 * MEGABYTE, *([0] if FULL else [])], ids=lambda limit: "real" if not limit else ""
)
@pytest.mark.parametrize(
    ("name", "body", "headers"),
    [
        ("large", large, {"Content_Length": str(1 << 30)}),
        ("without length", large, {}),
        ("chunked", endless, {"Transfer_Encoding": "chunked"}),
        ("bomb", bomb, {"Content_Encoding": "gzip"}),
    ],
)
def test_memory_stays_bounded(name: str, body: t.Callable[[], Chunks], headers: dict[str, str], limit: int) -> None:
    """A body is given up when it is larger than any list of jobs, however it comes."""
    with Server(body, **headers) as server:
        paths = json.dumps([str(TESTS), str(TESTS.parent / ".build")])
        given = json.dumps({**options("prime", server.origin, "json"), "request_timeout": 120})
        command = [sys.executable, "-c", CHILD, paths, given, str(limit)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout)
    assert refused(seen["result"])["kind"] == "protocol"
    assert "larger" in seen["result"]["msg"]
    assert seen["grown"] < 3 * (limit or 256 * MEGABYTE)
    tally("hostile answers")


# --- ids that lead elsewhere -----------------------------------------------------------------------------------------

#: The addresses that each product's package may call, whatever it is asked for.
OWN_PATHS = {
    "commvault": r"(Login|Logout|WhoAmI|Jobs|Job(/[0-9]+(/action/\w+)?)?)",
    "prime": r"(data/JobSummary(/[0-9]+)?|op/jobService/\w+)\.json",
    "drs": r"(auth/tokens|projects|\w+/jobs(/[\w-]+)?(/action)?)",
    "veeam": r"(sessionMngr/?|logonSessions/[\w-]+|query|tasks(/[\w-]+)?|\w+(/\w+)?/[0-9a-f-]{36})",
    "ajs": r"(version|protocolVersion|objects/statuses(/%2F[^/?#]+(/actions/\w+/invoke)?)?)",
}
VERBS = ("job_info", "job_suspend", "job_resume", "job_retry", "job_cancel_running", "job_wait")


def elsewhere(target: Target) -> list[str]:
    """The requests to addresses that are not the product's own."""
    base = re.escape(re.sub(r"^\w+://[^/]+", "", target.options["url"]).rstrip("/"))
    own = re.compile(rf"({base}|/v3|/webacs/api/v4|/ajs/api/v1|/api)/{OWN_PATHS[target.system]}")
    return [one["target"] for one in target.control.requests() if not own.fullmatch(one["target"].partition("?")[0])]


@pytest.mark.parametrize("verb", VERBS)
def test_no_id_of_a_user_leads_elsewhere(target: Target, verb: str) -> None:
    target.control.seed({"name": "only", "scenario": "running"})
    before = target.control.jobs()
    ids = spread(["/a/" + one if target.system == "ajs" else one for one in IDS if one], 6) + ["/..", "/%2e%2e:@A1"]
    for given in ids:
        chosen: dict[str, t.Any] = {**target.options, **_sure(verb, target), "job_ids": [given]}
        result = run_module(verb, **chosen)
        assert refused(result)["kind"] in ("usage", "not_found", "refused"), (given, result["msg"])
    assert target.control.jobs() == before
    assert elsewhere(target) == []
    tally("hostile answers", len(ids), target.system)


def _sure(verb: str, target: Target) -> dict[str, t.Any]:
    return {"confirm_irreversible": True} if verb == "job_cancel_running" and target.system == "drs" else {}


VEEAM_JOB = "0d7a3f52-1c44-4e0b-9a55-6b1f0c2e8d01"


@pytest.mark.parametrize("given", [*IDS, f"../jobs/{VEEAM_JOB}"])
def test_no_id_of_a_product_leads_elsewhere(given: str) -> None:
    """An answer that fits nothing but holds such an id wherever a product has ids."""
    everywhere = {
        "jobs": [{"id": given, "status": "PAUSING", "jobSummary": {"jobId": given}, "name": "x"}],
        "queryResponse": {"@count": 1, "entity": [{"jobSummaryDTO": {"@id": given, "runId": given}}]},
        "statuses": [{"definition": {"unitName": given, "unitType": "JOB"}, "unitStatus": {"execID": given}}],
        "entities": {"jobs": [{"uid": given, "links": [{"rel": "stop", "href": f"http://x/api/{given}"}]}]},
        "pagingInfo": {"pageNum": 1, "pagesCount": 1},
        "tasks": [{"taskId": given, "state": "Running"}],
        "all": True,
    }
    body = json.dumps(everywhere).encode()
    for system in SYSTEMS:
        with Server(lambda: [body]) as server:
            wire_format = "json" if system == "veeam" else "auto"
            result = run_module("job_info", **options(system, server.origin, wire_format))
            paths = [line.split(" ")[1].partition("?")[0] for line in server.asked]
        assert "exception" not in result, result
        assert not [path for path in paths if ".." in path or "_sim" in path or "evil" in path], paths
        if system == "veeam" and not given:
            assert result["jobs"] == []  # what has no UID is none of its entities
        elif system != "ajs":  # any text is a name there, and is quoted
            assert refused(result)["kind"] == "protocol", (system, result)
    tally("hostile answers", len(SYSTEMS))


# --- lists without an end --------------------------------------------------------------------------------------------

A_LOT = 10**9


def page_of(system: str, total: int | None) -> dict[str, t.Any]:
    """A page of a product's list with one job, and how many jobs there are in all, if the product says so."""
    if system == "prime":
        counted = {} if total is None else {"@count": total}
        return {"queryResponse": {"entity": [{"jobSummaryDTO": {"@id": "7300001", "jobName": "x"}}], **counted}}
    name = {"commvault": "totalRecordsWithoutPaging", "drs": "total_record"}[system]
    job = {"id": "one", "name": "x", "status": "PAUSING", "jobSummary": {"jobId": 5001, "status": "Running"}}
    return {"jobs": [job], **({} if total is None else {name: total})}


@pytest.mark.parametrize("totals", [[A_LOT], [None], [3, 2]], ids=["many", "none", "more and less"])
@pytest.mark.parametrize("system", ["commvault", "prime", "drs"])
def test_a_list_that_goes_on_for_ever_is_given_up(system: str, totals: list[int | None]) -> None:
    """A server that gives the same page again and again, whatever it says of the whole."""
    said = itertools.cycle(totals)
    with Server(lambda: [json.dumps(page_of(system, next(said))).encode()]) as server:
        result = run_module("job_info", **options(system, server.origin))
        assert 2 <= len(server.asked) < 100
    assert "exception" not in result
    if A_LOT in totals:  # else it may have come to its end
        assert refused(result)["kind"] == "protocol"
    tally("hostile answers", 1, system)


def test_pages_that_lead_from_one_to_the_next_for_ever_are_given_up() -> None:
    """Veeam's pages have links; each of these leads to another one that is the same."""

    def body() -> Chunks:
        number = int((re.findall(r"[?&]page=(\d+)", server.asked[-1]) or ["1"])[0])
        link = {"rel": "Next", "href": f"http://x/api/query?type=Job&page={number + 1}"}
        job = {"uid": f"urn:veeam:Job:{VEEAM_JOB}", "name": "x", "links": []}
        paging = {"pageNum": number, "pageSize": 1, "pagesCount": number + 1, "links": [link]}
        yield json.dumps({"entities": {"jobs": {"jobs": [job]}}, "pagingInfo": paging}).encode()

    with Server(body, X_RestSvcSessionId="one") as server:
        result = run_module("job_info", **options("veeam", server.origin, "json"))
        assert len(server.asked) < 100
    assert "nothing new" in result["msg"]
    tally("hostile answers", 1, "veeam")


# --- names that some program could obey ------------------------------------------------------------------------------

TASKS = """
- hosts: job_systems
  gather_facts: false
  tasks:
    - ansible.builtin.include_role: {name: batchops.job_control.maintenance_window, tasks_from: suspend}
    - batchops.job_control.job_info:
      register: found
    - ansible.builtin.debug:
        msg: "{{ found.jobs | map(attribute='name') | list }}"
    - ansible.builtin.debug:
        var: found.jobs
    - ansible.builtin.copy:
        content: "{% for job in found.jobs %}{{ job.name }};{% endfor %}"
        dest: "{{ playbook_dir }}/{{ inventory_hostname }}.names"
        mode: "0600"
      diff: false
    - ansible.builtin.include_role: {name: batchops.job_control.maintenance_window, tasks_from: resume}
"""


def test_no_name_is_obeyed(estate: dict[str, Target], ansible: Ansible) -> None:
    """By no template, no terminal and no browser, all the way through a window and its report."""
    safe = [*JINJA, *(name for name in MARKUP if "/" not in name)]
    # XML has no control characters, and the simulator's addresses no line breaks.
    risky = {"veeam": [], "ajs": [name for name in TERMINAL if not re.search(r"[\r\n]", name)]}
    for target in estate.values():
        names = safe + risky.get(target.system, list(TERMINAL))
        target.control.seed(*({"name": name, "scenario": "queued"} for name in names))
    playbook = ansible.folder / "playbook.yml"
    playbook.write_text(TASKS)
    run = ansible.playbook(
        str(playbook),
        "--diff",
        "-vv",
        maintenance_window_name="night",
        maintenance_window_journal_folder=str(ansible.folder / "journals"),
        maintenance_window_report_folder=str(ansible.folder / "reports"),
        maintenance_window_jobs={"all": True},
    )
    assert run.status == 0, run.output
    assert not [name for name in ("MARK", "1337") if (ansible.folder / name).exists()]
    # Ansible writes results as JSON, which spells these in escapes (those of 8 bits it leaves as they are).
    assert not set(re.findall(r"[\x00-\x08\x0b-\x1f]", run.output))
    assert str(7 * 191) not in run.output
    page = (ansible.folder / "reports" / "night.html").read_text()
    assert not re.search(r"<(script|img)|[\x00-\x08\x0b-\x1f]", page)
    assert "lookup(&#39;pipe&#39;" in page
    for system in estate:
        assert JINJA[0] in (ansible.folder / f"{system}.names").read_text()
    assert not list(ansible.folder.rglob("MARK"))
    tally("hostile answers", len(safe) * len(estate))
