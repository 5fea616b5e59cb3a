# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Enterprise Manager's bodies in every format, as the contract's samples have them, and as nobody should send them."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.batchops.job_control.plugins.module_utils._errors import ProtocolError, UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._model import JobState, Selection, Verb
from ansible_collections.batchops.job_control.plugins.module_utils._veeam import jobs, query, wire
from ansible_collections.batchops.job_control.plugins.module_utils._veeam.kinds import (
    AGENT_JOB,
    CDP_POLICY,
    JOB,
    KINDS,
    NAS_JOB,
    Kind,
)

ID = "2851cb88-37b6-46ea-b2c8-47b55270169d"
RUN = "d46e39e0-9d2f-4a0e-8a6b-0a2d6a5f9d11"
BASE = "https://em.internal:9398/api"
NAMESPACE = 'xmlns="http://www.veeam.com/ent/v1.0"'

Json = dict[str, t.Any]


def xml_job(links: str, more: str = "") -> str:
    return f"""<Job Type="Job" Name="CRM Backup" Href="{BASE}/jobs/{ID}?format=Entity" UID="urn:veeam:Job:{ID}">
      <Links>
        <Link Rel="Up" Type="BackupServerReference" Name="appsrv01.example.com" Href="{BASE}/backupServers/1"/>{links}
      </Links>
      <JobType>Backup</JobType><ScheduleConfigured>true</ScheduleConfigured>
      <ScheduleEnabled>true</ScheduleEnabled><NextRun>2020-02-04T13:00:00.123456Z</NextRun>{more}<JobInfo/>
    </Job>"""


def xml_page(content: str, paging: str = 'PageNum="1" PageSize="100" PagesCount="1"', links: str = "") -> bytes:
    return f"""<?xml version="1.0" encoding="utf-8"?><QueryResult {NAMESPACE}>
      <Entities>{content}</Entities><PagingInfo {paging}><Links>{links}</Links></PagingInfo></QueryResult>""".encode()


LINKS = f"""
<Link Rel="Edit" Type="JobReference" Href="{BASE}/jobs/{ID}" Name="CRM Backup"/>
<Link Rel="ToggleScheduleEnabled" Href="{BASE}/jobs/{ID}?action=toggleScheduleEnabled"/>
<Link Rel="Stop" Href="{BASE}/jobs/{ID}?action=stop"/>
<Link Rel="Retry" Href="{BASE}/jobs/{ID}?action=retry"/>"""

JSON_JOB: Json = {
    "JobType": "Backup",
    "ScheduleConfigured": True,
    "ScheduleEnabled": True,
    "NextRun": "2020-02-04T13:00:00Z",
    "JobInfo": {},
    "Name": "CRM Backup",
    "UID": f"urn:veeam:Job:{ID}",
    "Links": [
        {
            "Rel": "Up",
            "Href": f"{BASE}/backupServers/1",
            "Name": "appsrv01.example.com",
            "Type": "BackupServerReference",
        },
        {"Rel": "Edit", "Href": f"{BASE}/jobs/{ID}", "Name": "CRM Backup", "Type": "JobReference"},
        {"Rel": "ToggleScheduleEnabled", "Href": f"{BASE}/jobs/{ID}?action=toggleScheduleEnabled", "Name": None},
        {"Rel": "Stop", "Href": f"{BASE}/jobs/{ID}?action=stop", "Name": None, "Type": None},
        {"Rel": "Retry", "Href": f"{BASE}/jobs/{ID}?action=retry", "Name": None, "Type": None},
    ],
    "Type": "Job",
}


def camel(value: t.Any) -> t.Any:
    """The same as version 13 writes it."""
    if isinstance(value, list):
        return [camel(member) for member in value]
    if isinstance(value, dict):
        names = {name: "uid" if name == "UID" else name[0].lower() + name[1:] for name in value}
        return {names[name]: camel(member) for name, member in value.items()}
    return value


def json_page(*found: Json) -> Json:
    paging = {"Links": [], "PageNum": 1, "PageSize": 100, "PagesCount": 1}
    return {"Refs": None, "Entities": {"Jobs": {"Jobs": list(found)}, "NASJobs": None}, "PagingInfo": paging}


BODIES = {
    "xml": (wire.XML, xml_page(f"<Jobs>{xml_job(LINKS)}</Jobs>")),
    "xml with a byte order mark": (wire.XML, b"\xef\xbb\xbf" + xml_page(f"<Jobs>{xml_job(LINKS)}</Jobs>")),
    "json v12": (wire.JSON, json.dumps(json_page(JSON_JOB)).encode()),
    "json v13": (wire.JSON, json.dumps(camel(json_page(JSON_JOB))).encode()),
    "json with a byte order mark": (wire.JSON, b"\xef\xbb\xbf" + json.dumps(json_page(JSON_JOB)).encode()),
}


@pytest.mark.parametrize(("dialect", "body"), BODIES.values(), ids=list(BODIES))
def test_a_job_reads_the_same_in_every_format(dialect: wire.Dialect, body: bytes) -> None:
    found = wire.page(dialect.decode(body)).entities
    assert len(found) == 1
    defined = jobs.definition(found[0], JOB)
    assert (defined.id, defined.name, defined.job_type) == (ID, "CRM Backup", "Backup")
    assert (defined.server, defined.enabled, defined.configured) == ("appsrv01.example.com", True, True)
    assert defined.next_run == "2020-02-04T13:00:00Z"
    edit = wire.Target(f"jobs/{ID}", (("action", "edit"),))
    assert defined.requests[Verb.SUSPEND] == jobs.Request("PUT", edit, is_absolute=True, enables=False)
    toggle = wire.Target(f"jobs/{ID}", (("action", "toggleScheduleEnabled"),))
    assert defined.requests[Verb.RESUME] == jobs.Request("POST", toggle, is_absolute=False)
    retry = wire.Target(f"jobs/{ID}", (("action", "retry"),))
    assert defined.requests[Verb.RETRY] == jobs.Request("POST", retry, is_absolute=False)


@pytest.mark.parametrize(
    "content", ["", "<Jobs/>", f"<Jobs {NAMESPACE}></Jobs>"], ids=["no kind", "self-closed", "open and closed"]
)
def test_an_empty_page(content: str) -> None:
    assert wire.page(wire.XML.decode(xml_page(content))).entities == []


@pytest.mark.parametrize(
    "entities", [None, "", {"Jobs": ""}, {"Jobs": None}, {"Jobs": {"Jobs": None}}, {"Jobs": {"Jobs": []}}]
)
def test_an_empty_page_in_json(entities: t.Any) -> None:
    assert wire.page(wire.fields({**json_page(), "Entities": entities})).entities == []


def test_several_jobs_on_a_page_with_a_next_one() -> None:
    link = f'<Link Rel="Next" Href="{BASE}/query?type=Job&amp;filter=Name%3d%3d%22a%22&amp;page=2"/>'
    page = wire.page(
        wire.XML.decode(xml_page(f"<Jobs>{xml_job('')}</Jobs>", 'PageNum="1" PageSize="1" PagesCount="3"', link))
    )
    assert (len(page.entities), page.number, page.count) == (1, 1, 3)
    assert page.next == wire.Target("query", (("type", "Job"), ("filter", 'Name=="a"'), ("page", "2")))


def test_the_next_page_is_that_of_the_link_next() -> None:
    first, following = (f'<Link Rel="{rel}" Href="{BASE}/query?page={n}"/>' for rel, n in (("First", 1), ("Next", 3)))
    middle = xml_page(f"<Jobs>{xml_job('')}</Jobs>", 'PageNum="2" PageSize="1" PagesCount="3"', first + following)
    assert wire.page(wire.XML.decode(middle)).next == wire.Target("query", (("page", "3"),))
    last = xml_page(f"<Jobs>{xml_job('')}</Jobs>", 'PageNum="3" PageSize="1" PagesCount="3"', first)
    assert wire.page(wire.XML.decode(last)).next is None


def test_a_page_of_references() -> None:
    """Contract 5.2: what is asked for without format=Entities."""
    reference = {"UID": f"urn:veeam:Job:{ID}", "Name": "CRM Backup", "Links": []}
    for entities in (None, {"Jobs": None}):
        body = {**json_page(), "Entities": entities, "Refs": {"Refs": [reference]}}
        assert wire.page(wire.fields(body)).entities == [wire.fields(reference)]


@pytest.mark.parametrize(
    "body",
    [
        f'<Jobs {NAMESPACE}><PagingInfo PageNum="1" PageSize="100" PagesCount="1"/></Jobs>'.encode(),
        xml_page(f"<Jobs>{xml_job('')}</Jobs>", 'PageNum="1" PageSize="1" PagesCount="2"'),
        xml_page("<Jobs/>", 'PageNum="one" PageSize="1" PagesCount="1"'),
        xml_page("<Jobs/>", 'PageNum="1" PagesCount="1"'),
        f"<Jobs {NAMESPACE}/>".encode(),
        f"<QueryResult {NAMESPACE}/>".encode(),
        f"<QueryResult {NAMESPACE}>text</QueryResult>".encode(),
        b"<QueryResult>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><QueryResult/>',
        b"",
    ],
)
def test_what_is_no_page(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        wire.page(wire.XML.decode(body))


def request(kind: Kind, links: list[tuple[str, str]], verb: Verb, **more: t.Any) -> jobs.Request | None:
    """What would be sent for a verb, for a job with these links (Rel, path)."""
    listed = [{"Rel": rel, "Href": f"http://127.0.0.1:1/api/{path}"} for rel, path in links]
    entity = {"UID": f"urn:veeam:{kind.name}:{ID}", "ScheduleConfigured": True, "Links": listed, **more}
    return jobs.definition(wire.fields(entity), kind).requests.get(verb)


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2026-05-17T01:30:00+05:30", "2026-05-16T20:00:00Z"),
        ("2026-05-16T20:00:00.1234567-04:00", "2026-05-17T00:00:00Z"),
        ("2026-05-16T20:00:00", "2026-05-16T20:00:00Z"),
        ("1778970000000", ""),
        (-1, ""),
    ],
)
def test_the_next_run_is_shown_in_utc(time: t.Any, expected: str) -> None:
    """A job whose next run cannot be read has one all the same."""
    entity = wire.fields({"UID": f"urn:veeam:Job:{ID}", "ScheduleEnabled": True, "NextRun": time})
    job = jobs.job(jobs.definition(entity, JOB), None)
    assert (job.next_run, job.state) == (expected, JobState.QUEUED)


def test_a_copy_job_has_a_toggle_and_no_more() -> None:
    links = [("ToggleScheduleEnabled", f"jobs/{ID}?action=toggleScheduleEnabled"), ("Sync", f"jobs/{ID}?action=sync")]
    toggle = jobs.Request("POST", wire.Target(f"jobs/{ID}", (("action", "toggleScheduleEnabled"),)), is_absolute=False)
    assert request(JOB, links, Verb.SUSPEND) == request(JOB, links, Verb.RESUME) == toggle
    assert request(JOB, links, Verb.RETRY) is None
    assert request(JOB, links, Verb.CANCEL_RUNNING) is None


@pytest.mark.parametrize("configured", [True, False])
def test_a_job_is_enabled_by_its_toggle(configured: bool) -> None:
    """An edit that enables may need the whole schedule in its body (contract 8.3)."""
    links = [("Edit", f"jobs/{ID}"), ("ToggleScheduleEnabled", f"jobs/{ID}?action=toggleScheduleEnabled")]
    off = request(JOB, links, Verb.SUSPEND, ScheduleConfigured=configured)
    on = request(JOB, links, Verb.RESUME, ScheduleConfigured=configured)
    assert off is not None
    assert off.is_absolute
    assert on is not None
    assert not on.is_absolute
    only = request(JOB, links[:1], Verb.RESUME, ScheduleConfigured=configured)
    assert only == jobs.Request("PUT", wire.Target(f"jobs/{ID}", (("action", "edit"),)), is_absolute=True, enables=True)


def test_a_file_share_job_has_its_verbs_in_the_path() -> None:
    found = request(NAS_JOB, [("ToggleScheduleEnabled", f"nas/jobs/{ID}/toggleScheduleEnabled")], Verb.SUSPEND)
    assert found == jobs.Request("POST", wire.Target(f"nas/jobs/{ID}/toggleScheduleEnabled"), is_absolute=False)


@pytest.mark.parametrize("root", ["nas/jobs", "agents/jobs"])
def test_a_link_of_a_file_share_job_that_leads_to_the_agents_jobs(root: str) -> None:
    """So do the vendor's own examples (contract 9, item 14); there is nothing."""
    found = request(NAS_JOB, [("ToggleScheduleEnabled", f"{root}/{ID}/toggleScheduleEnabled")], Verb.RESUME)
    assert found == jobs.Request("POST", wire.Target(f"nas/jobs/{ID}/toggleScheduleEnabled"), is_absolute=False)


@pytest.mark.parametrize(("verb", "action"), [(Verb.SUSPEND, "disable"), (Verb.RESUME, "enable")])
def test_a_policy_has_both_switches_whatever_it_links_to(verb: Verb, action: str) -> None:
    links = [("Edit", f"cdpPolicies/{ID}"), ("Disable", f"cdpPolicies/{ID}?action=disable")]
    target = wire.Target(f"cdpPolicies/{ID}", (("action", action),))
    assert request(CDP_POLICY, links, verb) == jobs.Request("POST", target, is_absolute=True)


def test_a_link_to_another_job_is_not_followed() -> None:
    assert request(AGENT_JOB, [("Retry", f"agents/jobs/{RUN}?action=retry")], Verb.RETRY) is None


@pytest.mark.parametrize("href", ["", "jobs/1", "api/jobs", "https://h:9398/web/jobs", "https://[h", "http://h/api/"])
def test_links_that_lead_nowhere(href: str) -> None:
    assert wire.target(href) is None


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("/api/jobs", "jobs"),
        ("http://h/portal/API/jobs/1/", "jobs/1"),
        ("http://h/api/jobs/api/1", "jobs/api/1"),
        ("http://h/api/a.b/api/jobs", "jobs"),
        ("http://h/api/../jobs", None),
        ("http://h/api/jobs//", None),
        ("http://h/api//jobs", None),
    ],
)
def test_where_links_lead(href: str, path: str | None) -> None:
    assert wire.target(href) == (wire.Target(path) if path else None)


def test_a_link_keeps_all_of_its_query() -> None:
    target = wire.target("http://h/api/query?type=Job&filter=&page=2")
    assert target == wire.Target("query", (("type", "Job"), ("filter", ""), ("page", "2")))


def test_a_long_link_takes_no_longer_than_it_is_long() -> None:
    """With the square of their length, these would take days."""
    assert wire.target("/api/a" * 500_000 + ".") is None
    target = wire.target("/api/a" * 500_000)
    assert target is not None
    assert len(target.path) == len("/api/a") * 500_000 - len("/api/")
    with pytest.raises(ProtocolError):
        wire.whole("9" * 3_000_000)


SESSION: Json = {
    "UID": f"urn:veeam:BackupJobSession:{RUN}",
    "JobUid": f"urn:veeam:Job:{ID}",
    "CreationTimeUTC": "2014-10-19T05:22:52.123Z",
    "State": "Working",
    "Result": "None",
    "Progress": 42,
    "Links": [{"Rel": "Stop", "Href": f"{BASE}/backupSessions/{RUN}?action=stop"}],
}


def test_a_running_session() -> None:
    session = jobs.session(wire.fields(SESSION))
    assert (session.id, session.job_id, session.state, session.result) == (RUN, ID, "Working", "")
    assert (session.created, session.ended, session.progress) == ("2014-10-19T05:22:52Z", "", 42.0)


def test_a_copy_job_is_stopped_by_its_session() -> None:
    defined = jobs.definition(wire.fields({"UID": f"urn:veeam:Job:{ID}", "ScheduleEnabled": True}), JOB)
    job = jobs.job(defined, jobs.session(wire.fields(SESSION)))
    stop = wire.Target(f"backupSessions/{RUN}", (("action", "stop"),))
    assert job.facts["requests"][Verb.CANCEL_RUNNING] == jobs.Request("POST", stop, is_absolute=False)
    assert (job.state, job.running, job.halted, job.run_id) == (JobState.RUNNING, True, False, RUN)


def test_a_session_of_nobody_is_not_taken_for_a_job_s() -> None:
    assert jobs.session(wire.fields({**SESSION, "JobUid": None})).job_id == ""


@pytest.mark.parametrize("uid", [None, "", "urn:veeam:Job:7", 12, {"a": "b"}])
def test_a_job_without_a_readable_uid(uid: t.Any) -> None:
    with pytest.raises(ProtocolError):
        jobs.definition(wire.fields({"UID": uid}), JOB)


TASKS = {
    "begun": (f"<Task {NAMESPACE}><TaskId>task-1</TaskId><State>Running</State></Task>", ("Running", None, "")),
    "refreshing": (
        f'<Task {NAMESPACE}><TaskId>task-1</TaskId><State>OperationFinished</State><Result Success="true">'
        "<Message>OperationFinished</Message></Result></Task>",
        ("OperationFinished", True, "OperationFinished"),
    ),
    "done without a message": (
        f'<Task {NAMESPACE}><TaskId>task-1</TaskId><State>Finished</State><Result Success="true"/></Task>',
        ("Finished", True, ""),
    ),
    "failed": (
        f'<Tasks {NAMESPACE}><Task><TaskId>task-1</TaskId><State>Finished</State><Result Success="false">'
        "<Message>No.</Message></Result></Task></Tasks>",
        ("Finished", False, "No."),
    ),
}


@pytest.mark.parametrize(("body", "expected"), TASKS.values(), ids=list(TASKS))
def test_a_task(body: str, expected: tuple[str, bool | None, str]) -> None:
    (task,) = wire.tasks(wire.XML.decode(body.encode()))
    assert (task.id, task.state, task.success, task.message) == ("task-1", *expected)
    assert task.has_failed == (expected[1] is False)


def test_a_task_that_goes_on_has_not_failed() -> None:
    """Only Finished is the last word (contract 8.2)."""
    result = {"Success": "false", "Message": "No."}
    states = {
        state: {"TaskId": "task-1", "State": state, "Result": result} for state in ("Running", "OperationFinished")
    }
    for state, body in states.items():
        (task,) = wire.tasks(wire.fields(body))
        assert (task.state, task.success, task.is_finished, task.has_failed) == (state, False, False, False)


def test_what_is_beside_tasks_is_no_task() -> None:
    task = {"TaskId": "task-1", "State": "Running"}
    (found,) = wire.tasks(wire.fields({"Links": [{"Rel": "Up", "Href": f"{BASE}/tasks"}], "Tasks": [task]}))
    assert found.id == "task-1"
    assert wire.tasks(wire.XML.decode(b"<Tasks/>")) == []


@pytest.mark.parametrize("success", [True, "true", "True"])
def test_a_task_in_json_of_version_13(success: t.Any) -> None:
    body = {"TaskId": "task-1", "State": "Finished", "Result": {"Success": success, "Message": None}}
    for document in (body, camel(body), {"Tasks": [body]}, {"tasks": [camel(body)]}):
        (task,) = wire.tasks(wire.fields(document))
        assert (task.id, task.is_finished, task.success) == ("task-1", True, True)


@pytest.mark.parametrize("document", [{"root": "Jobs"}, {"something": "else"}, {}])
def test_what_is_no_task(document: Json) -> None:
    with pytest.raises(ProtocolError):
        wire.tasks(document)


SHAPES = sorted((pathlib.Path(__file__).parents[1] / "shapes" / "veeam").glob("*.[jx]*"))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda path: path.name)
def test_what_enterprise_manager_says_is_its_own(shape: pathlib.Path) -> None:
    assert wire.is_own(wire.DIALECTS[shape.suffix[1:]].decode(shape.read_bytes()))


@pytest.mark.parametrize("name", ["SessionId", "sessionId"])
def test_so_is_a_logon_session(name: str) -> None:
    """Contract 4.1."""
    assert wire.is_own(wire.JSON.decode(json.dumps({name: ID, "UserName": "HOST\\admin", "Links": []}).encode()))


@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        (wire.XML, "<html><head><title>Login</title></head></html>"),
        (wire.XML, '<Error StatusCode="404" Message="no route"/>'),
        (wire.XML, '<Error xmlns="http://gateway.example.com" StatusCode="404" Message="no route"/>'),
        (wire.JSON, "{}"),
        (wire.JSON, '{"message": "no Route matched with those values"}'),
        (wire.JSON, '{"error": "Forbidden"}'),
        (wire.JSON, '{"statusCode": 404, "message": "Resource not found"}'),
        (wire.JSON, '{"errorCode": "NotFound", "message": "No such path.", "resourceId": "x"}'),  # of port 9419
    ],
)
def test_what_a_gateway_says_is_not(dialect: wire.Dialect, body: str) -> None:
    assert not wire.is_own(dialect.decode(body.encode()))


def test_no_job_is_left_out_of_a_page() -> None:
    nobody = xml_job("").replace(f' UID="urn:veeam:Job:{ID}"', "")
    for body in (
        wire.XML.decode(xml_page(f"<Jobs>{xml_job('')}{nobody}</Jobs>")),
        wire.fields(json_page(JSON_JOB, {**JSON_JOB, "UID": None})),
    ):
        with pytest.raises(ProtocolError, match="without UID"):
            wire.page(body)


def test_a_page_before_the_last_one_is_full() -> None:
    link = f'<Link Rel="Next" Href="{BASE}/query?page=2"/>'
    twice = xml_page(f"<Jobs>{xml_job('')}{xml_job('')}</Jobs>", 'PageNum="1" PageSize="2" PagesCount="2"', link)
    with pytest.raises(ProtocolError, match="1 entries in place of 2"):
        wire.page(wire.XML.decode(twice))
    another = xml_job("").replace(ID, RUN)
    both = xml_page(f"<Jobs>{xml_job('')}{another}</Jobs>", 'PageNum="1" PageSize="2" PagesCount="2"', link)
    assert len(wire.page(wire.XML.decode(both)).entities) == 2


def test_errors() -> None:
    xml = f'<Error {NAMESPACE} Message="Object reference not set." StatusCode="500"><StackTrace/></Error>'
    assert wire.error_of(wire.XML.decode(xml.encode())) == ("Object reference not set.", "500")
    document = {"FirstChanceExceptionMessage": None, "Message": "Node [root] does not exist.", "StatusCode": 400}
    assert wire.error_of(wire.fields(document)) == ("Node [root] does not exist.", "400")
    assert wire.error_of(wire.fields(camel(document))) == ("Node [root] does not exist.", "400")
    assert wire.error_of(wire.fields(JSON_JOB)) is None
    assert wire.error_of(wire.XML.decode(f'<Job {NAMESPACE} StatusCode="500" Message="x"/>'.encode())) is None
    worded = f'<Error {NAMESPACE} StatusCode="500"><Message lang="en">No.</Message></Error>'
    assert wire.error_of(wire.XML.decode(worded.encode())) == ("No.", "500")


@pytest.mark.parametrize(
    ("value", "text"),
    [(" x ", "x"), (7, "7"), (4.5, "4.5"), (True, "true"), (False, "false"), (None, ""), ([], ""), ({"x": "y"}, "")],
)
def test_a_value_is_the_same_text_in_both_formats(value: t.Any, text: str) -> None:
    assert wire.text(value) == text
    assert wire.text({"@lang": "en", "#text": value}) == text


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        (("true", "True", "1", 1, True), True),
        (("false", "False", "0", 0, False), False),
        (("yes", "", None, 2, []), None),
    ],
)
def test_a_flag(words: tuple[t.Any, ...], flag: bool | None) -> None:
    assert {wire.flag(word) for word in words} == {flag}


@pytest.mark.parametrize(
    ("value", "number"),
    [("42", 42.0), (42.5, 42.5), ("0.5", 0.5), ("NaN", None), ("inf", None), (float("-inf"), None), ("", None)],
)
def test_a_number_is_finite(value: t.Any, number: float | None) -> None:
    assert wire.number(value) == number


def test_the_format_that_all_versions_speak_is_taken_by_default() -> None:
    assert wire.DIALECTS["auto"] is wire.XML


def test_the_bodies_of_an_edit() -> None:
    edit = {"root": "Job", "xmlns": wire.NAMESPACE, "type": "Job", "scheduleenabled": "false"}
    assert wire.XML.decode(wire.XML.edit(False)) == edit
    assert json.loads(wire.JSON.edit(True)) == {"ScheduleEnabled": True, "Type": "Job"}


NAMES = ("UID", "uid", "Links", "Entities", "PagingInfo", "TaskId", "Result", "x", "@Name", "#text")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["UID", "uid", "Links", "Entities", "PagingInfo", "TaskId", "Result", "x", "@Name", "#text"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(VALUES)
def test_no_value_of_json_breaks_the_decoders(value: t.Any) -> None:
    for decode in (
        lambda: wire.page(wire.fields(value)),
        lambda: wire.tasks(wire.fields(value)),
        lambda: wire.error_of(wire.fields(value)),
        lambda: jobs.definition(wire.fields(value), JOB),
        lambda: jobs.session(wire.fields(value)),
    ):
        try:
            decode()
        except ProtocolError:
            pass


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(JSON_JOB)), VALUES))
def test_no_field_of_a_job_breaks_the_rest(changes: Json) -> None:
    try:
        job = jobs.job(jobs.definition(wire.fields({**JSON_JOB, **changes}), JOB), None)
    except ProtocolError:
        return
    assert job.id == ID or "UID" in changes


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(SESSION)), VALUES))
def test_no_field_of_a_session_breaks_the_rest(changes: Json) -> None:
    try:
        jobs.session(wire.fields({**SESSION, **changes}))
    except ProtocolError:
        pass


def test_json_nested_without_end() -> None:
    with pytest.raises(ProtocolError):
        wire.JSON.decode(b'{"Entities":' + b"[" * 100_000)
    for wrap, levels in ((lambda inner: {"Jobs": inner}, 16), (lambda inner: {"Jobs": [inner]}, 8)):
        deep: t.Any = {"UID": "x"}
        for _level in range(levels - 1):
            deep = wrap(deep)
        assert wire.entities(deep) == [{"uid": "x"}]
        with pytest.raises(ProtocolError, match="nested deeper"):
            wire.entities(wrap(deep))


@pytest.mark.parametrize(
    ("given_id", "kind"),
    [(ID, None), (ID.upper(), None), (f"urn:veeam:Job:{ID}", JOB), (f"urn:veeam:nasjob:{ID}", NAS_JOB)],
)
def test_ids(given_id: str, kind: Kind | None) -> None:
    assert jobs.parse_id(given_id) == jobs.JobName(ID, kind)


@pytest.mark.parametrize("given_id", ["", "781", ID[:-1], f"urn:veeam:Tape:{ID}", f"{ID}/../x", f"urn:veeam::{ID}"])
def test_what_is_no_id(given_id: str) -> None:
    with pytest.raises(UsageError, match="job_ids"):
        jobs.parse_id(given_id)


NARROWED = [
    (Selection(), JOB, ""),
    (Selection(names=("a", 'b "c"')), JOB, '(Name=="a",Name=="b ""c""")'),
    (Selection(names=("a", "b*")), JOB, ""),
    (Selection(names=("x" * 2000,), owners=("h",)), JOB, '(BackupServerName=="h")'),
    (Selection(types=("Backup", "Replica")), JOB, '(JobType=="Backup",JobType=="Replica")'),
    (Selection(types=("AgentBackup",)), AGENT_JOB, ""),
    (Selection(types=("Backup", "Tape")), JOB, ""),
    (Selection(states=(JobState.HELD, JobState.SUSPENDED)), NAS_JOB, "(ScheduleEnabled==false)"),
    (Selection(states=(JobState.FAILED, JobState.RUNNING)), NAS_JOB, "(ScheduleEnabled==true)"),
    (Selection(states=(JobState.HELD, JobState.SUSPENDING)), NAS_JOB, ""),
    (
        Selection(owners=("h",), states=(JobState.HELD,)),
        CDP_POLICY,
        '(BackupServerName=="h");(ScheduleEnabled==false)',
    ),
]


@pytest.mark.parametrize(("selection", "kind", "expected"), NARROWED)
def test_what_the_server_selects(selection: Selection, kind: Kind, expected: str) -> None:
    assert query.narrow(selection, kind) == expected


@pytest.mark.parametrize(
    ("types", "kinds"),
    [((), KINDS), (("Backup",), (JOB,)), (("NasBackup", "Replica"), (JOB, NAS_JOB)), (("Backup", "Tape"), KINDS)],
)
def test_which_kinds_are_read(types: tuple[str, ...], kinds: tuple[Kind, ...]) -> None:
    assert query.kinds_of(Selection(types=types)) == kinds
