# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wire: the manual's sample lines, byte by byte, and what the API refuses."""

from __future__ import annotations

import http.client
import json
import typing as t

import pytest
import requests

from simulators.ajs.conftest import Console, segment
from simulators.core.server import Server

#: contract 5.4, without the line breaks of print
LIST_SAMPLE = (
    b'{"statuses":[{"definition":{"owner":"jp1admin","customJobType":"","registerStatus":"YES",'
    b'"rootJobnetName":"/JobGroup/Jobnet","recoveryUnit":false,"unitType":"ROOTNET","unitComment":"",'
    b'"simpleUnitName":"Jobnet","parameters":"","execAgent":"","execFileName":"","wait":false,'
    b'"jobnetReleaseUnit":false,"jp1ResourceGroup":"","unitName":"/JobGroup/Jobnet","unitID":1560},"release":null,'
    b'"unitStatus":{"status":"RUNNING","execHost":"","startDelayStatus":"NO","nestStartDelayStatus":"NO",'
    b'"endDelayStatus":"NO","nestEndDelayStatus":"NO","startDelayTime":"","endDelayTime":"","changeType":"NO",'
    b'"registerTime":"","jobNumber":-1,"retCode":"","simpleUnitName":"Jobnet",'
    b'"schStartTime":"2015-09-02T00:00:00+09:00","reStartTime":"","endTime":"","holdAttr":"NO",'
    b'"startTime":"2015-09-02T22:50:28+09:00","unitName":"/JobGroup/Jobnet","execID":"@A2959"}}],"all":true}'
)
SAMPLE_HEADERS = {"Accept-Language": "ja", "X-AJS-Authorization": "dXNlcjpwYXNzd29yZA=="}
SAMPLE_QUERY = "mode=search&manager=HOSTM&serviceName=AJSROOT1&location=%2FJobGroup"


def raw(server: Server, method: str, target: str, body: str | None = None, **headers: str) -> tuple[int, t.Any, bytes]:
    """Send a request line and a body exactly as written; status, headers and body of the answer."""
    connection = http.client.HTTPConnection(server.origin.partition("//")[2], timeout=60)
    connection.putrequest(method, target, skip_accept_encoding=True)
    for name, value in {**SAMPLE_HEADERS, **headers}.items():
        connection.putheader(name, value)
    data = None if body is None else body.encode()
    if data is not None:
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(len(data)))
    connection.endheaders(data)
    answer = connection.getresponse()
    result = answer.status, answer.headers, answer.read()
    connection.close()
    return result


@pytest.fixture
def sample_user(console: Console) -> None:
    """The user of the manual's samples."""
    user = {"username": "user", "password": "password", "permissions": {"*": "Admin"}, "agent_permission": "Admin"}
    console.control.call("POST", "users", {"users": [user]})


@pytest.mark.usefixtures("sample_user")
class TestSamples:
    def test_list(self, console: Console, server: Server) -> None:
        console.control.knobs(version="11-10")
        console.seed(
            "/JobGroup/Jobnet",
            exec_id="@A2959",
            scenario="running",
            unit_id=1560,
            scheduled="2015-09-02T00:00:00+09:00",
            started="2015-09-02T22:50:28+09:00",
        )
        status, headers, body = raw(server, "GET", f"/ajs/api/v1/objects/statuses?{SAMPLE_QUERY}")
        assert status == 200
        assert body == LIST_SAMPLE
        assert headers["Content-Type"] == "application/json"
        assert headers["Cache-Control"] == "no-store, no-cache, max-age=0"
        assert headers["Expires"] == "Thu, 01 Jan 1970 00:00:00 GMT"
        assert headers["Pragma"] == "no-cache"

    def test_nothing_found(self, console: Console, server: Server) -> None:
        console.seed("/JobGroup", type="GROUP")
        assert raw(server, "GET", f"/ajs/api/v1/objects/statuses?{SAMPLE_QUERY}")[2] == b'{"statuses":[],"all":true}'

    @pytest.mark.parametrize(
        ("verb", "scenario", "extra", "type_"),
        [
            ("changeHold", "queued", ',"holdAttr":"SET"', "ROOTNET"),
            ("changeHold", "suspended", ',"holdAttr":"RELEASE"', "ROOTNET"),
            ("interrupt", "running", "", "ROOTNET"),
            ("kill", "running", "", "ROOTNET"),
            ("rerun", "failed", ',"rerunMethod":"ABNORMAL_JOB","rerunOptions":["HOLD"]', "ROOTNET"),
            ("changeStatus", "running", ',"newStatus":"ABNORMAL","newReturnCode":"4"', "JOB"),
        ],
    )
    def test_actions(self, console: Console, server: Server, verb: str, scenario: str, extra: str, type_: str) -> None:
        console.seed("/JobGroup/Jobnet", exec_id="@A100", scenario=scenario, type=type_)
        status, headers, body = raw(
            server,
            "POST",
            f"/ajs/api/v1/objects/statuses/%2FJobGroup%2FJobnet:%40A100/actions/{verb}/invoke",
            '{"parameters":{"manager":"HOSTM","serviceName":"AJSROOT1"' + extra + "}}",
        )
        assert (status, headers["Content-Length"], body) == (200, "0", b"")
        assert sum(console.after()["/JobGroup/Jobnet:@A100"]["applied"].values()) == 1

    def test_the_request_of_a_public_client(self, console: Console, server: Server) -> None:
        """The request line and headers of vscode-ajsbutler (contract 11)."""
        console.seed("/JobGroup/Net/Job", type="JOB", scenario="running")
        query = f"{SAMPLE_QUERY}&searchLowerUnits=YES&searchTarget=DEFINITION"
        headers = {"Accept": "application/json", "Accept-Language": "en", "user-agent": "node"}
        wrong = {**headers, "X-AJS-Authorization": "anAxYWRtaW46c2VjcmV0"}
        assert raw(server, "GET", f"/ajs/api/v1/objects/statuses?{query}", **wrong)[0] == 401
        status, _headers, body = raw(server, "GET", f"/ajs/api/v1/objects/statuses?{query}", **headers)
        found = json.loads(body)
        assert (status, found["all"]) == (200, True)
        assert [each["definition"]["unitType"] for each in found["statuses"]] == ["ROOTNET", "JOB"]
        assert [each["unitStatus"] for each in found["statuses"]] == [None, None]

    def test_version(self, console: Console, server: Server) -> None:
        console.control.knobs(version="11-10")
        assert raw(server, "GET", "/ajs/api/v1/version?manager=HOSTM")[2] == (
            b'{"productName":"JP1/AJS3 - Web Console","productVersion":"11-10-00",'
            b'"displayProductVersion":"11-10","productVersionNumber":111000}'
        )

    def test_protocol_version(self, console: Console) -> None:
        assert console.get("protocolVersion", manager="HOSTM").json() == {"protocolVersionNumber": 1250}

    def test_a_registration_gives_the_execution_id(self, console: Console) -> None:
        console.seed("/JobGroup/Jobnet", raw="UNREGISTERED")
        assert console.define("/JobGroup/Jobnet", "registerImmediateExec").content == b'{"execID":"@A100"}'

    def test_a_raw_at_sign_and_a_colon_in_the_name(self, console: Console, server: Server) -> None:
        job_id = console.seed("/Gr oup/日本:語%", exec_id="@10A200")
        assert console.read(job_id).json()["unitStatus"]["unitName"] == "/Gr oup/日本:語%"
        target = (
            f"/ajs/api/v1/objects/statuses/{segment(job_id).replace('%40', '@')}?manager=HOSTM&serviceName=AJSROOT1"
        )
        assert raw(server, "GET", target)[0] == 200

    def test_a_plus_in_the_query_is_a_space(self, console: Console, server: Server) -> None:
        console.seed("/A B/Net")
        query = SAMPLE_QUERY.replace("JobGroup", "A+B")
        assert len(json.loads(raw(server, "GET", f"/ajs/api/v1/objects/statuses?{query}")[2])["statuses"]) == 1

    def test_the_error_body(self, console: Console, server: Server) -> None:
        target = "/ajs/api/v1/objects/statuses/%2FNo%2FNet:%40A100/actions/kill/invoke"
        status, headers, body = raw(
            server, "POST", target, '{"parameters":{"manager":"HOSTM","serviceName":"AJSROOT1"}}'
        )
        error = json.loads(body)
        assert (status, headers["Content-Type"]) == (404, "application/json")
        assert list(error) == ["errorSource", "message", "messageID", "application", "extensions"]
        assert error["errorSource"] == server.origin + target
        assert error["message"] == "リソースが存在しません。"
        assert error["application"] == "ajs"


class TestAuthentication:
    @pytest.mark.parametrize("header", ["", "b3BlcmF0b3I6d3Jvbmc=", "not base64", "b3BlcmF0b3I="])
    def test_wrong(self, console: Console, header: str) -> None:
        query = {"mode": "search", "manager": "HOSTM", "serviceName": "AJSROOT1", "location": "/"}
        answer = requests.get(
            f"{console.url}/objects/statuses",
            params=query,
            headers=console.headers(**{"X-AJS-Authorization": header}),
            timeout=60,
        )
        assert answer.status_code == 401
        assert answer.json()["message"] == "Authentication is required."

    def test_any_case_and_a_colon_in_the_password(self, console: Console) -> None:
        spec = {"username": "colon", "password": "a:b", "permissions": {"*": "Guest"}}
        console.control.call("POST", "users", {"users": [spec]})
        console.user = ("colon", "a:b")
        headers = console.headers()
        headers["x-ajs-authorization"] = headers.pop("X-AJS-Authorization")
        answer = requests.get(f"{console.url}/version?manager=HOSTM", headers=headers, timeout=60)
        assert answer.status_code == 200

    def test_there_are_no_sessions(self, console: Console, server: Server) -> None:
        console.list_units()
        console.control.expire()
        assert console.list_units().status_code == 200
        assert console.control.sessions() == 0


class TestStrictness:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "objects/statuses/%2FGroup%2FNet:%40A100/actions/kill/invoke", 404),
            ("PUT", "objects/statuses", 404),
            ("POST", "objects/statuses", 404),
            ("POST", "objects/statuses/%2FGroup%2FNet:%40A100/actions/hold/invoke", 404),
            ("POST", "objects/statuses/%2FGroup%2FNet/actions/kill/invoke", 404),
            ("POST", "objects/statuses/%2FGroup%2FNet:A100/actions/kill/invoke", 404),
            ("POST", "objects/statuses/%2FGroup%2FNet%3A%40AA1/actions/kill/invoke", 404),
            ("POST", "objects/statuses//Group/Net:@A100/actions/kill/invoke", 404),
            ("POST", "object/statuses/%2FGroup%2FNet:%40A100/actions/kill/invoke", 404),
            ("POST", "../v2/objects/statuses/%2FGroup%2FNet:%40A100/actions/kill/invoke", 404),
            ("POST", "objects/statuses/%2FGroup%2FNet:%40A101/actions/kill/invoke", 404),
        ],
    )
    def test_uri(self, console: Console, server: Server, method: str, path: str, status: int) -> None:
        job_id = console.seed(scenario="running")
        body = '{"parameters":{"manager":"HOSTM","serviceName":"AJSROOT1"}}' if method != "GET" else None
        headers = {"X-AJS-Authorization": console.headers()["X-AJS-Authorization"]}
        answer = raw(server, method, f"/ajs/api/v1/{path}".replace("v1/../", ""), body, **headers)
        assert answer[0] == status
        assert json.loads(answer[2])["messageID"].startswith("KNAK")
        assert console.state(job_id) == "RUNNING"

    @pytest.mark.parametrize("headers", [{"Content-Type": "text/plain"}, {"Accept": "text/html"}, {"Accept": "*/*"}])
    def test_headers(self, console: Console, headers: dict[str, str]) -> None:
        job_id = console.seed(scenario="running")
        body = json.dumps({"parameters": console.manager})
        url = f"{console.url}/objects/statuses/{segment(job_id)}/actions/kill/invoke"
        sent = console.headers(**{"Content-Type": "application/json", **headers})
        answer = requests.post(url, data=body, headers=sent, timeout=60)
        assert (answer.status_code, answer.json()["messageID"]) == (400, "KNAK3216-E")

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "[]",
            "{}",
            '{"manager":"HOSTM","serviceName":"AJSROOT1"}',
            '{"parameters":{"serviceName":"AJSROOT1"}}',
            '{"parameters":{"manager":"HOSTM"}}',
            '{"parameters":{"manager":"HOSTM","serviceName":"AJSROOT1","x":1}}',
            '{"parameters":{"manager":1,"serviceName":"AJSROOT1"}}',
        ],
    )
    def test_bodies(self, console: Console, body: str) -> None:
        job_id = console.seed(scenario="running")
        url = f"{console.url}/objects/statuses/{segment(job_id)}/actions/kill/invoke?manager=HOSTM&serviceName=AJSROOT1"
        sent = console.headers(**{"Content-Type": "application/json"})
        assert requests.post(url, data=body, headers=sent, timeout=60).status_code == 400
        assert console.state(job_id) == "RUNNING"

    @pytest.mark.parametrize(
        "query",
        [
            {"mode": "find"},
            {"manager": ""},
            {"serviceName": ""},
            {"location": ""},
            {"searchLowerUnits": "yes"},
            {"searchTarget": "STATUS"},
            {"unitType": "ROOTNET"},
            {"status": "BROKEN"},
            {"generation": "EXECID"},
            {"generation": "EXECID", "execID": "A100"},
            {"generation": "PERIOD", "periodBegin": "2026-11-22"},
            {"holdPlan": "YES"},
            {"unitNameMatchMethods": "EQ"},
            {"unitName": "x" * 65, "unitNameMatchMethods": "EQ"},
            {"unitName": "語" * 22, "unitNameMatchMethods": "EQ"},
            {"location": "/" + "x" * 930},
            {"limit": "10"},
            {"searchConnectInfo": "YES"},
        ],
    )
    def test_list_queries(self, console: Console, query: dict[str, str]) -> None:
        assert console.list_units(**query).status_code == 400

    def test_the_manager_and_the_service_must_exist(self, console: Console) -> None:
        assert console.list_units(manager="OTHER").status_code == 404
        assert console.list_units(serviceName="AJSROOT9").status_code == 404
        assert console.get("version", manager="OTHER").status_code == 404
        assert console.get("version").status_code == 400

    def test_writes_are_known(self, console: Console) -> None:
        job_id = console.seed(scenario="running")
        console.control.check_mode(True)
        console.list_units()
        console.read(job_id)
        assert console.control.check_mode(True) == []
        console.act(job_id, "kill")
        assert len(console.control.check_mode(False)) == 1


class TestPermissions:
    def test_hidden_units_are_left_out_and_not_found(self, console: Console) -> None:
        hidden = console.seed("/Group/Hidden", scenario="queued", hidden=True)
        console.seed("/Group/Net")
        assert console.found("/Group") == ["Net"]
        assert console.read(hidden).status_code == 404
        assert console.act(hidden, "changeHold", holdAttr="SET") == 404

    def test_units_that_may_only_be_viewed(self, console: Console) -> None:
        job_id = console.seed(read_only=True)
        assert console.read(job_id).status_code == 200
        assert console.act(job_id, "changeHold", holdAttr="SET") == 403

    @pytest.mark.parametrize(
        ("user", "read", "act", "agents", "change_agents"),
        [
            ("operator", 200, 200, 200, 200),
            ("jp1oper", 200, 200, 200, 200),
            ("jp1edit", 200, 403, 403, 403),
            ("jp1guest", 200, 403, 200, 403),
            ("jp1none", 404, 404, 403, 403),
        ],
    )
    def test_levels(self, console: Console, user: str, read: int, act: int, agents: int, change_agents: int) -> None:
        job_id = console.seed()
        console.user = (user, console.user[1])
        assert console.read(job_id).status_code == read
        assert console.act(job_id, "changeHold", holdAttr="SET") == act
        assert console.get("objects/execAgents/statuses", manager="HOSTM", mode="agent").status_code == agents
        change = console.post(
            "objects/execAgents/actions/changeStatus/invoke",
            manager="HOSTM",
            mode="agent",
            status="HOLD",
            execAgents=["agt1"],
        )
        assert change.status_code == change_agents
        assert console.get("version", manager="HOSTM").status_code == 200


class TestVersions:
    @pytest.mark.parametrize(
        ("version", "kill", "hold", "one", "agents", "number"),
        [
            ("11-00", 404, 200, 404, 404, None),
            ("11-10", 200, 200, 404, 404, 111000),
            ("11-50", 200, 200, 200, 404, 115000),
            ("12-50", 200, 200, 200, 200, 125000),
            ("13-00", 200, 200, 200, 200, 130000),
        ],
    )
    def test_profiles(
        self, console: Console, version: str, kill: int, hold: int, one: int, agents: int, number: int | None
    ) -> None:
        console.control.knobs(version=version)
        queued, running = console.seed("/G/Queued"), console.seed("/G/Running", scenario="running")
        assert console.act(running, "kill") == kill
        assert console.act(queued, "changeHold", holdAttr="SET") == hold
        assert console.read(queued).status_code == one
        assert console.get("objects/execAgents/statuses", manager="HOSTM", mode="agent").status_code == agents
        body = console.get("version", manager="HOSTM").json()
        assert body.get("productVersionNumber") == number
        assert body["displayProductVersion"] == version
        member = console.list_units("/G").json()["statuses"][0]["unitStatus"]
        assert ("destUnitName" in member) == (version >= "12")

    def test_an_old_manager_has_no_agent_api(self, console: Console) -> None:
        console.control.knobs(protocol_version=1200)
        assert console.get("objects/execAgents/statuses", manager="HOSTM", mode="agent").status_code == 404

    def test_connection_info_came_with_13(self, console: Console) -> None:
        job_id = console.seed()
        path = f"objects/statuses/{segment(job_id)}"
        assert console.get(path, **console.manager, searchConnectInfo="YES").status_code == 400
        console.control.knobs(version="13-00")
        assert console.get(path, **console.manager, searchConnectInfo="YES").status_code == 200


class TestAvailability:
    def test_down_and_broken(self, console: Console) -> None:
        for web_console, status in (("down", 412), ("broken", 500)):
            console.control.knobs(web_console=web_console, failure_body="json")
            assert (console.list_units().status_code, console.list_units().json()["application"]) == (status, "ajs")
            console.control.knobs(failure_body="html")
            assert console.list_units().status_code == status
            assert console.list_units().headers["Content-Type"].startswith("text/html")

    @pytest.mark.parametrize(
        ("knobs", "status"),
        [
            ({"sessions_in_use": 32}, 412),
            ({"sessions_in_use": 32, "session_limit_status": 500}, 500),
            ({"api_enabled": False}, 403),
            ({"allowed_managers": ["OTHER"], "restriction_status": 404}, 404),
            ({"wrong_manager_status": 400}, 200),
            ({"other_languages": "refused"}, 200),
        ],
    )
    def test_limits(self, console: Console, knobs: dict[str, t.Any], status: int) -> None:
        console.control.knobs(**knobs)
        assert console.list_units().status_code == status

    def test_statuses_that_are_not_documented(self, console: Console) -> None:
        console.control.knobs(
            wrong_manager_status=412,
            bad_uri_status=400,
            bad_method_status=405,
            bad_header_status=404,
            bad_exec_id_in_query_status=404,
            missing_location_status=200,
            message_ids={"unavailable": "KNAK9999-E"},
            other_languages="refused",
            unknown_parameters="ignored",
        )
        wrong = console.list_units(manager="OTHER")
        assert (wrong.status_code, wrong.json()["messageID"]) == (412, "KNAK9999-E")
        assert console.get("nothing").status_code == 400
        assert console.post("objects/statuses").status_code == 405
        assert console.list_units(generation="EXECID", execID="A1").status_code == 404
        assert console.list_units("/Nowhere").json() == {"statuses": [], "all": True}
        assert console.list_units(limit="10").status_code == 200
        url = f"{console.url}/version?manager=HOSTM"
        assert requests.get(url, headers=console.headers(**{"Accept-Language": "en-US"}), timeout=60).status_code == 404
        console.control.knobs(accept_anything=True)
        assert requests.get(url, headers=console.headers(Accept="*/*"), timeout=60).status_code == 200

    def test_a_front_server_that_refuses_encoded_slashes(self, console: Console) -> None:
        job_id = console.seed()
        console.control.knobs(refuse_encoded_slash=True)
        answer = console.read(job_id)
        assert (answer.status_code, answer.headers["Content-Type"][:9]) == (404, "text/html")
        assert console.list_units().status_code == 200

    def test_a_redirect(self, console: Console) -> None:
        console.control.knobs(redirect_to="https://other.example.com")
        url = f"{console.url}/version?manager=HOSTM"
        answer = requests.get(url, headers=console.headers(), allow_redirects=False, timeout=60)
        assert answer.status_code == 302
        assert answer.headers["Location"] == "https://other.example.com/ajs/api/v1/version?manager=HOSTM"
