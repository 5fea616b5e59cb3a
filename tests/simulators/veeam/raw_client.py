# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of the raw API for the tests of the simulator."""

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET

import requests

from simulators.core.control import Control
from simulators.core.server import Server
from simulators.veeam.wire import NAMESPACE

NS = {"v": NAMESPACE}
Json = dict[str, t.Any]


class Client:
    """A logged-in user of the raw API. It keeps no cookies."""

    def __init__(self, server: Server, accept: str = "application/xml") -> None:
        self.url = server.url.rstrip("/")
        self.accept = accept
        self.token = ""

    def send(self, method: str, path: str, **options: t.Any) -> requests.Response:
        headers = {"Accept": self.accept, "Content-Type": self.accept, **options.pop("headers", {})}
        if self.token:
            headers.setdefault("X-RestSvcSessionId", self.token)
        return requests.request(method, self.url + path, headers=headers, timeout=10, **options)

    def login(self, name: str = "operator", password: str = "s3cret-Pa55") -> requests.Response:
        self.token = ""
        answer = self.send("POST", "/sessionMngr/?v=latest", auth=(name, password))
        self.token = answer.headers.get("X-RestSvcSessionId", "")
        return answer

    def xml(self, path: str) -> ET.Element:
        answer = self.send("GET", path)
        assert answer.status_code == 200, answer.text
        return ET.fromstring(answer.content)

    def json(self, path: str) -> t.Any:
        answer = self.send("GET", path, headers={"Accept": "application/json"})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def act(self, path: str, method: str = "POST", **options: t.Any) -> str:
        """Ask for an operation; the path of its Task."""
        answer = self.send(method, path, **options)
        assert answer.status_code == 202, answer.text
        task = ET.fromstring(answer.content)
        assert task.findtext("v:State", "", NS) == "Running"
        assert task.find("v:Result", NS) is None
        return f"/tasks/{task.findtext('v:TaskId', '', NS)}"


def finish(client: Client, control: Control, task: str) -> tuple[str, str, str]:
    """Let a task end: its Operation, Success and Message."""
    control.advance(1)
    answer = client.xml(task)
    assert answer.findtext("v:State", "", NS) == "Finished"
    result = answer.find("v:Result", NS)
    assert result is not None
    return answer.findtext("v:Operation", "", NS), result.get("Success", ""), result.findtext("v:Message", "", NS)


def enabled(client: Client, job: str, root: str = "jobs") -> str:
    return client.xml(f"/{root}/{job}?format=Entity").findtext("v:ScheduleEnabled", "", NS)


def sessions(client: Client, job: str) -> list[Json]:
    return t.cast("list[Json]", client.json(f"/jobs/{job}/backupSessions?format=Entity")["BackupJobSessions"])
