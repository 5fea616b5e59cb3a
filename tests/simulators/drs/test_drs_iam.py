# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Login and the search for projects (contract 4.1, 4.3)."""

from __future__ import annotations

import typing as t

import pytest
import requests

from simulators.drs.bench import Bench, code


def iam(drs: Bench, method: str, path: str, **more: t.Any) -> requests.Response:
    return requests.request(method, drs.server.url + path, timeout=10, **more)


def message(answer: requests.Response) -> tuple[int, str]:
    error = answer.json()["error"]
    assert error["code"] == answer.status_code
    return answer.status_code, error["message"]


def test_one_login_gives_the_token_and_the_project(drs: Bench) -> None:
    answer = drs.log_in()
    token = answer.json()["token"]
    assert answer.status_code == 201
    assert token["project"]["id"] == drs.sim.project_id
    assert token["project"]["name"] == "cn-north-4"
    assert token["methods"] == ["password"]
    assert token["expires_at"].endswith("Z")
    assert answer.headers["X-Subject-Token"] not in answer.text


def test_what_real_clients_add_is_accepted(drs: Bench) -> None:
    body = drs.login_body()
    body["auth"]["scope"]["project"]["domain"] = {"name": drs.sim.domain}
    answer = requests.post(
        f"{drs.server.url}/v3/auth/tokens?nocatalog=true",
        json=body,
        headers={"Content-Type": "application/json;charset=utf-8"},
        timeout=10,
    )
    assert answer.status_code == 201


def test_who_looks_before_the_login_finds_the_version(drs: Bench) -> None:
    found = iam(drs, "GET", "/v3").json()["version"]
    assert (found["id"], found["status"]) == ("v3.6", "stable")
    assert found["links"] == [{"rel": "self", "href": f"{drs.server.origin}/v3/"}]
    for path in ("/", ""):
        every = iam(drs, "GET", path)
        assert (every.status_code, every.json()["versions"]["values"]) == (300, [found])
    assert iam(drs, "GET", "/v3/").json()["version"] == found


def test_the_catalog_is_there_unless_it_is_not_wanted(drs: Bench) -> None:
    def catalog(scope: t.Any, query: str = "") -> dict[str, str]:
        body = drs.login_body()
        body["auth"]["scope"] = scope
        services = iam(drs, "POST", f"/v3/auth/tokens{query}", json=body).json()["token"]["catalog"]
        return {service["type"]: service["endpoints"][0]["url"] for service in services}

    project = {"project": {"name": drs.sim.region}}
    origin = drs.server.origin
    assert catalog(project) == {
        "identity": f"{origin}/v3",
        "iam": f"{origin}/v3.0",
        "drs": f"{origin}/v3/{drs.sim.project_id}",
    }
    assert set(catalog({"domain": {"name": drs.sim.domain}})) == {"identity", "iam"}
    assert catalog(None) == {}
    assert catalog(project, "?nocatalog=true") == {}


def test_a_token_for_another_scope_by_a_token(drs: Bench) -> None:
    body = drs.login_body()
    del body["auth"]["scope"]
    unscoped = iam(drs, "POST", "/v3/auth/tokens", json=body)
    assert "project" not in unscoped.json()["token"]
    drs.control.advance(3600)
    identity = {"methods": ["token"], "token": {"id": unscoped.headers["X-Subject-Token"]}}
    again = {"auth": {"identity": identity, "scope": {"project": {"id": drs.sim.other_project_id}}}}
    scoped = iam(drs, "POST", "/v3/auth/tokens", json=again)
    assert scoped.status_code == 201
    token = scoped.json()["token"]
    assert (token["project"]["id"], token["methods"]) == (drs.sim.other_project_id, ["token", "password"])
    assert token["expires_at"] == unscoped.json()["token"]["expires_at"]  # it lives no longer
    headers = {"X-Auth-Token": scoped.headers["X-Subject-Token"]}
    url = f"{drs.server.url}/v3/{drs.sim.other_project_id}/jobs"
    listed = {"cur_page": 1, "per_page": 1, "db_use_type": "sync"}
    assert requests.post(url, json=listed, headers=headers, timeout=10).status_code == 200
    drs.control.expire()
    assert message(iam(drs, "POST", "/v3/auth/tokens", json=again)) == (401, "The token must be updated.")
    for broken in ({"methods": ["token"]}, {"methods": ["token"], "token": {}}):
        assert iam(drs, "POST", "/v3/auth/tokens", json={"auth": {"identity": broken}}).status_code == 400


def test_a_new_token_leaves_the_old_one_valid(drs: Bench) -> None:
    assert drs.log_in().headers["X-Subject-Token"] != drs.headers["X-Auth-Token"]
    assert drs.send("POST", "/jobs", {"cur_page": 1, "per_page": 1, "db_use_type": "sync"}).status_code == 200


def test_the_token_lives_24_hours(drs: Bench) -> None:
    body = {"cur_page": 1, "per_page": 1, "db_use_type": "sync"}
    drs.control.advance(24 * 3600 - 1)
    assert drs.send("POST", "/jobs", body).status_code == 200
    drs.control.advance(1)
    assert code(drs.send("POST", "/jobs", body)) == (401, "APIGW.0301")


@pytest.mark.parametrize("user", [{"password": "wrong"}, {"name": "nobody"}, {"domain": {"name": "elsewhere"}}])
def test_wrong_credentials(drs: Bench, user: dict[str, t.Any]) -> None:
    assert message(drs.log_in(**user)) == (401, "The username or password is wrong.")


@pytest.mark.parametrize("user", [{"password": None}, {"domain": None}, {"domain": {}}, {"name": 7}])
def test_incomplete_credentials(drs: Bench, user: dict[str, t.Any]) -> None:
    assert message(drs.log_in(**user)) == (400, "The request body is invalid")


def test_a_login_must_be_json_by_password(drs: Bench) -> None:
    form = iam(drs, "POST", "/v3/auth/tokens", data={"username": "operator"})
    assert message(form)[0] == 400
    other = drs.login_body()
    other["auth"]["identity"]["methods"] = ["totp"]
    assert message(iam(drs, "POST", "/v3/auth/tokens", json=other))[0] == 400
    assert code(iam(drs, "PUT", "/v3/auth/tokens", json=drs.login_body())) == (404, "APIGW.0101")


def test_other_scopes(drs: Bench) -> None:
    for scope, kind in (({"domain": {"name": drs.sim.domain}}, "domain"), (None, "user")):
        body = drs.login_body()
        body["auth"]["scope"] = scope
        answer = iam(drs, "POST", "/v3/auth/tokens", json=body)
        assert kind in answer.json()["token"]
        assert "project" not in answer.json()["token"]
        headers = {"X-Auth-Token": answer.headers["X-Subject-Token"]}
        assert code(drs.send("POST", "/jobs", {}, headers=headers)) == (403, "DRS.M00261")
    body["auth"]["scope"] = {"project": {"name": "eu-nowhere-1"}}
    assert message(iam(drs, "POST", "/v3/auth/tokens", json=body))[0] == 401
    body["auth"]["scope"] = {"project": "cn-north-4"}
    assert message(iam(drs, "POST", "/v3/auth/tokens", json=body))[0] == 400


def test_another_project_has_other_tasks(drs: Bench) -> None:
    drs.seed()
    body = drs.login_body()
    body["auth"]["scope"] = {"project": {"id": drs.sim.other_project_id}}
    headers = {"X-Auth-Token": iam(drs, "POST", "/v3/auth/tokens", json=body).headers["X-Subject-Token"]}
    query = {"cur_page": 0, "per_page": 0, "db_use_type": "sync"}
    path = f"/v3/{drs.sim.other_project_id}/jobs"
    assert iam(drs, "POST", path, json=query, headers=headers).json() == {"total_record": 0, "jobs": []}
    assert code(drs.send("POST", "/jobs", query, headers=headers)) == (403, "DRS.M00261")


def test_a_token_can_be_checked(drs: Bench) -> None:
    subject = {"X-Subject-Token": drs.headers["X-Auth-Token"]}
    good = iam(drs, "GET", "/v3/auth/tokens", headers={**drs.headers, **subject})
    assert good.json()["token"]["user"]["name"] == drs.sim.username
    bad = iam(drs, "GET", "/v3/auth/tokens", headers={**drs.headers, "X-Subject-Token": "other"})
    assert message(bad) == (404, "X-Subject-Token is invalid in the request")
    assert message(iam(drs, "GET", "/v3/auth/tokens", headers=subject))[0] == 401


def test_projects_are_found_by_name(drs: Bench) -> None:
    found = iam(drs, "GET", "/v3/projects?name=cn-north-4", headers=drs.headers).json()
    assert [project["id"] for project in found["projects"]] == [drs.sim.project_id]
    assert found["projects"][0]["enabled"] is True
    assert len(iam(drs, "GET", "/v3/auth/projects", headers=drs.headers).json()["projects"]) == 2
    second = iam(drs, "GET", "/v3/projects?page=2&per_page=1", headers=drs.headers).json()["projects"]
    assert [project["id"] for project in second] == [drs.sim.other_project_id]
    assert message(iam(drs, "GET", "/v3/projects?per_page=5001", headers=drs.headers))[0] == 400
    assert message(iam(drs, "GET", "/v3/projects"))[0] == 401


def test_wrong_passwords_lock_a_user_where_the_policy_says_so(drs: Bench) -> None:
    drs.control.knobs(login_lock_after=2)
    drs.log_in(password="wrong")
    drs.log_in(password="wrong")
    assert message(drs.log_in()) == (401, "The account is locked.")


def test_refused_tokens(drs: Bench) -> None:
    missing = drs.send("POST", "/jobs", {}, headers={})
    assert code(missing) == (401, "APIGW.0301")
    assert missing.json()["request_id"] == missing.headers["X-Request-Id"]
    drs.control.expire()
    assert drs.send("POST", "/jobs", {}).json()["error_msg"].endswith("decrypt token fail")
    drs.control.knobs(token_refusal="403", gateway_prefix="APIG")
    assert code(drs.send("POST", "/jobs", {})) == (403, "DRS.M00100")
    assert code(drs.send("POST", "/jobs", {}, headers={})) == (401, "APIG.0301")


def test_a_wrong_project(drs: Bench) -> None:
    wrong = iam(drs, "POST", "/v3/0000/jobs", json={}, headers=drs.headers)
    assert code(wrong) == (403, "DRS.M00261")


@pytest.mark.parametrize(
    ("wanted", "http"), [("DRS.M00102", 403), ("DRS.M00103", 401), ("DRS.M00101", 404), ("DRS.M00105", 400)]
)
def test_users_with_fewer_rights(drs: Bench, wanted: str, http: int) -> None:
    drs.control.knobs(no_permission=wanted)
    job_id = drs.seed()
    reader, keeper = drs.as_user("reader"), drs.as_user("keeper")
    pause = {"jobs": [{"job_id": job_id, "pause_mode": "all"}]}
    end = {"jobs": [{"job_id": job_id, "delete_type": "terminate"}]}
    assert drs.send("POST", "/jobs/batch-status", {"jobs": [job_id]}, headers=reader).status_code == 200
    assert code(drs.send("POST", "/jobs/batch-pause-task", pause, headers=reader)) == (http, wanted)
    assert code(drs.send("DELETE", "/jobs/batch-jobs", end, headers=keeper)) == (http, wanted)
    assert drs.send("POST", "/jobs/batch-pause-task", pause, headers=keeper).status_code == 200


def test_there_are_no_sessions_to_leave_open(drs: Bench) -> None:
    assert drs.control.sessions() == 0
