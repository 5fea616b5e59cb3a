# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Enabling and disabling activities, and what that does to jobs."""

from __future__ import annotations

import pytest

from simulators.commvault.caller import Json, Web


def enabled(web: Web, number: int = 1) -> bool:
    objects = web.get("V4/CommCell/ActivityControl").json()["acObjects"]
    return bool(next(one["enabled"] for one in objects if one["activityType"] == number))


def client_id(web: Web, name: str) -> int:
    return web.sim.commcell.directory.clients[name].client_id


def option(enable: bool, number: int = 1, **more: object) -> Json:
    return {"activityType": number, "enableAfterADelay": False, "enableActivityType": enable, **more}


def test_commcell_activity_by_name_and_by_number(web: Web) -> None:
    answer = web.call("PUT", "V4/Commcell/Backup/Action/Disable")
    assert answer.text == '{"errorCode":0,"errorMessage":null}\r\n'
    assert not enabled(web)
    assert web.post("CommCell/ActivityControl/1/Action/Enable").json()["errorCode"] == 0
    assert enabled(web)
    assert web.call("PUT", "V4/Commcell/Unheard/Action/Disable").status_code == 404
    assert web.post("CommCell/ActivityControl/3/Action/Disable").status_code == 404
    assert web.post("V4/Commcell/Backup/Action/Disable").status_code == 405


def test_disabled_activity_comes_back_by_itself(web: Web) -> None:
    soon = int(web.sim.clock.now()) + 60
    web.call("PUT", f"V4/Commcell/DataAging/Action/Disable?enableAfterADelay={soon}")
    assert not enabled(web, 16)
    web.pass_time(61)
    assert enabled(web, 16)
    delayed = {**option(False, 2), "enableAfterADelay": True, "dateTime": {"time": soon + 120}}
    control = {"commCellActivityControlInfo": {"activityControlOptions": [delayed]}}
    assert web.call("PUT", "Commcell/properties", json={"commCellInfo": control}).json()["response"]
    assert not enabled(web, 2)
    web.pass_time(121)
    assert enabled(web, 2)
    assert web.call("PUT", "V4/Commcell/DataAging/Action/Enable?enableAfterADelay=1").status_code == 400
    assert web.call("PUT", "Commcell/properties", json={}).status_code == 400


def test_new_jobs_queue_while_their_client_is_disabled(web: Web) -> None:
    running, failed = web.seed(owner="alpha"), web.seed("failed", owner="alpha")
    path = f"V4/Server/{client_id(web, 'alpha')}/Backup/Action"
    web.call("PUT", f"{path}/Disable")
    new = web.act(failed, "Resubmit").json()["jobIds"][0]
    assert (web.status(new), web.status(running)) == ("Queued", "Running")
    assert web.summary(new)["pendingReason"] == "Data Management activity on Client [alpha] is disabled"
    assert web.act(new, "resume").json() == {}
    assert web.status(new) == "Queued"
    web.call("PUT", f"{path}/Enable")
    web.pass_time()
    assert web.status(new) == "Running"
    web.sim.knobs["queue_when_disabled"] = False
    web.call("PUT", f"{path}/Disable")
    assert "errors" in web.act(failed, "Resubmit").json()


def test_client_and_group_properties(web: Web) -> None:
    failed = web.seed("failed", owner="alpha", client_groups=["Night"])
    path = f"Client/{client_id(web, 'alpha')}"
    props = {"clientProps": {"clientActivityControl": {"activityControlOptions": [option(False, 2)]}}}
    assert web.post(path, json={"clientProperties": props}).json() == {"response": [{"errorCode": 0}]}
    control = web.get(path).json()["clientProperties"][0]["clientProps"]["clientActivityControl"]
    assert {one["activityType"]: one["enableActivityType"] for one in control["activityControlOptions"]} == {
        1: True,
        2: False,
        16: True,
    }
    group = web.sim.commcell.directory.groups["Night"]
    detail: Json = {
        "clientGroupActivityControl": {"activityControlOptions": [option(False)]},
        "clientGroup": {"newName": "Night"},
    }
    body = {"clientGroupOperationType": 2, "clientGroupDetail": detail}
    assert web.post(f"ClientGroup/{group.group_id}", json=body).json() == {"errorCode": 0}
    assert web.status(web.act(failed, "Resubmit").json()["jobIds"][0]) == "Queued"
    shown = web.get(f"ClientGroup/{group.group_id}").json()["clientGroupDetail"]
    assert not shown["clientGroupActivityControl"]["activityControlOptions"][0]["enableActivityType"]
    detail["clientGroup"]["newName"] = "Other"
    assert web.post(f"ClientGroup/{group.group_id}", json=body).status_code == 400


@pytest.mark.parametrize("path", ["Client/999", "ClientGroup/999"])
def test_unknown_entities_are_404(web: Web, path: str) -> None:
    assert web.get(path).status_code == 404
    assert web.post(path, json={}).status_code == 404


def test_activity_calls_are_writes(web: Web) -> None:
    root = "/commandcenter/api/"
    for method, path in (
        ("PUT", "V4/Commcell/Backup/Action/Disable"),
        ("PUT", "V4/Server/2/Backup/Action/Enable"),
        ("PUT", "Commcell/properties"),
        ("POST", "CommCell/ActivityControl/1/Action/Disable"),
        ("POST", "Client/2"),
        ("POST", "ClientGroup/2"),
        ("POST", "Jobs/MultiJobOperation"),
        ("POST", "Qcommand/qoperation execute"),
        ("POST", "ExecuteQCommand"),
    ):
        assert web.sim.is_write(method, root + path, b"")
    assert not web.sim.is_write("GET", f"{root}Client/2", b"")
    assert not web.sim.is_write("POST", f"{root}Jobs/aggregations/summary", b"")
