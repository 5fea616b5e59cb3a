# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logging in and out of the simulated Enterprise Manager, and who may do what."""

from __future__ import annotations

import base64
import http.client
import typing as t
import xml.etree.ElementTree as ET

import pytest

from simulators.core.control import Control
from simulators.core.server import Server
from simulators.veeam.raw_client import NS, Client
from simulators.veeam.simulator import READER
from simulators.veeam.wire import NAMESPACE


def test_login_answer(server: Server) -> None:
    client = Client(server)
    answer = client.login("EXAMPLE\\operator")
    assert answer.status_code == 201
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    assert answer.headers["Set-Cookie"] == f"X-RestSvcSessionId={client.token}; Path=/api;"
    root = ET.fromstring(answer.content)
    identity = root.findtext("v:SessionId", "", NS)
    assert root.tag == f"{{{NAMESPACE}}}LogonSession"
    assert root.get("Href") == f"{client.url}/logonSessions/{identity}"
    assert root.findtext("v:UserName", "", NS) == "EXAMPLE\\operator"
    assert base64.b64decode(client.token).decode() == identity
    links = {(link.get("Rel"), link.get("Type")) for link in root.iterfind("v:Links/v:Link", NS)}
    assert {("Down", "JobReferenceList"), ("Down", "TaskList"), ("Delete", "LogonSession")} <= links


@pytest.mark.parametrize("path", ["/sessionMngr", "/sessionMngr/", "/sessionMngr/?v=v1_7", "/sessionMngr/?v=v1_4"])
def test_login_paths(server: Server, path: str) -> None:
    answer = Client(server).send("POST", path, auth=("operator", "s3cret-Pa55"))
    assert answer.status_code == 201


@pytest.mark.parametrize("credentials", [None, ("operator", "wrong"), ("nobody", "s3cret-Pa55")])
def test_login_refused(server: Server, credentials: t.Any) -> None:
    answer = Client(server).send("POST", "/sessionMngr/?v=latest", auth=credentials)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Basic Realm=RestSvc"
    assert ET.fromstring(answer.content).get("StatusCode") == "401"


def test_login_with_a_wrong_method_or_version(server: Server) -> None:
    client = Client(server)
    assert client.send("GET", "/sessionMngr/?v=latest", auth=("operator", "s3cret-Pa55")).status_code == 405
    assert client.send("POST", "/sessionMngr/?v=9", auth=("operator", "s3cret-Pa55")).status_code == 400


def test_service_needs_no_login(server: Server) -> None:
    root = Client(server).xml("/")
    assert root.tag == f"{{{NAMESPACE}}}EnterpriseManager"
    names = [one.get("Name") for one in root.iterfind("v:SupportedVersions/v:SupportedVersion", NS)]
    assert names[-1] == "v1_7"
    plain = Client(server).json("/")
    assert plain["SupportedVersions"]["SupportedVersions"][-1]["Name"] == "v1_7"


@pytest.mark.parametrize("headers", [{}, {"X-RestSvcSessionId": "unknown"}])
def test_without_a_session(server: Server, headers: dict[str, str]) -> None:
    assert Client(server).send("GET", "/jobs", headers=headers).status_code == 401


def test_basic_counts_for_the_login_only(server: Server, control: Control) -> None:
    client = Client(server)
    assert client.send("GET", "/jobs", auth=("operator", "s3cret-Pa55")).status_code == 401
    control.knobs(basic_everywhere=True)  # undocumented
    assert client.send("GET", "/jobs", auth=("operator", "s3cret-Pa55")).status_code == 200


def test_the_cookie_beats_the_header(client: Client) -> None:
    stale = {"Cookie": "X-RestSvcSessionId=stale"}
    twice = {"Cookie": f"X-RestSvcSessionId={client.token}; X-RestSvcSessionId={client.token}"}
    assert client.send("GET", "/jobs", headers=stale).status_code == 401
    assert client.send("GET", "/jobs", headers={**twice, "X-RestSvcSessionId": "stale"}).status_code == 200


def test_idle_expiry_is_renewed_by_each_request(client: Client, control: Control) -> None:
    for _again in range(3):
        control.advance(800)
        assert client.send("GET", "/jobs").status_code == 200
    control.advance(901)
    assert client.send("GET", "/jobs").status_code == 401
    assert control.sessions() == 0


def test_expire(client: Client, control: Control) -> None:
    control.expire()
    assert client.send("GET", "/jobs").status_code == 401


def test_logout(client: Client, control: Control) -> None:
    identity = base64.b64decode(client.token).decode()
    assert client.xml(f"/logonSessions/{identity}").findtext("v:SessionId", "", NS) == identity
    assert client.json("/logonSessions")["LogonSessions"][0]["SessionId"] == identity
    assert client.send("GET", "/logonSessions/nope").status_code == 500
    assert control.sessions() == 1
    answer = client.send("DELETE", f"/logonSessions/{identity}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert control.sessions() == 0
    assert client.send("GET", "/jobs").status_code == 401


def test_a_portal_user_may_only_read_sessions(server: Server, control: Control) -> None:
    (job,) = control.seed({"name": "CRM", "scenario": "running"})
    reader = Client(server)
    reader.login(READER.name, READER.password)
    for path in ("/backupSessions", "/agents/backupSessions", "/tasks", "/query?type=Job", "/logonSessions"):
        assert reader.send("GET", path).status_code == 200
    run = reader.json("/backupSessions")["Refs"][0]["UID"].rpartition(":")[2]
    for method, path in (
        ("GET", "/jobs"),
        ("GET", f"/jobs/{job}"),
        ("POST", f"/jobs/{job}?action=stop"),
        ("POST", f"/backupSessions/{run}?action=stop"),
        ("GET", "/backupServers"),
    ):
        assert reader.send(method, path).status_code == 403


def test_texts_of_errors(client: Client, control: Control) -> None:
    """The texts are undocumented."""
    assert ET.fromstring(client.send("GET", "/jobs/nope").content).get("Message")
    control.knobs(error_text="Gone.")
    assert ET.fromstring(client.send("GET", "/jobs/nope").content).get("Message") == "Gone."
    control.knobs(error_text="")
    answer = client.send("GET", "/jobs/nope")
    assert (answer.status_code, answer.content) == (404, b"")


def test_the_limit_of_logon_sessions(client: Client, control: Control, server: Server) -> None:
    """Whether there is one is undocumented."""
    control.knobs(logon_limit=1)
    assert Client(server).login().status_code == 503


def test_the_form_of_the_token(server: Server, control: Control) -> None:
    """It is undocumented; the documented samples are of two forms."""
    control.knobs(token_form="raw")
    client = Client(server)
    client.login()
    assert len(base64.b64decode(client.token)) == 16
    assert client.send("GET", "/jobs").status_code == 200


def test_the_form_of_the_account(server: Server, control: Control) -> None:
    control.knobs(account_form="domain")
    client = Client(server)
    assert client.login("operator").status_code == 401
    assert client.login("EXAMPLE\\operator").status_code == 201
    assert client.login("operator@example.com").status_code == 201


def test_overload(client: Client, control: Control) -> None:
    control.knobs(overload=True)
    assert client.send("GET", "/jobs").status_code == 503
    assert client.login().status_code == 503


def test_a_post_needs_a_content_length(client: Client, control: Control, server: Server) -> None:
    """What the server says without one is undocumented."""
    (job,) = control.seed({"name": "CRM"})

    def post_unsized() -> int:
        connection = http.client.HTTPConnection(server.origin.partition("//")[2], timeout=10)
        connection.putrequest("POST", f"/api/jobs/{job}?action=start")
        connection.putheader("X-RestSvcSessionId", client.token)
        connection.endheaders()
        with connection.getresponse() as answer:
            status = answer.status
        connection.close()
        return status

    assert post_unsized() == 411
    control.knobs(require_content_length=False)
    assert post_unsized() == 202
