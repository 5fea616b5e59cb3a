# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A running Web Console for the tests, and a plain client that only knows what the contract prints."""

from __future__ import annotations

import base64
import typing as t
import urllib.parse

import pytest
import requests

from simulators.ajs.simulator import create
from simulators.core.control import Control
from simulators.core.server import Server, serving

Json = dict[str, t.Any]


class Console:
    """One simulated Web Console with a stopped clock."""

    def __init__(self, server: Server) -> None:
        self.control = Control(server.origin)
        self.url = f"{server.origin}/ajs/api/v1"
        self.user = (server.simulator.username, server.simulator.password)
        self.manager = {"manager": "HOSTM", "serviceName": "AJSROOT1"}
        server.simulator.clock.freeze(True)

    def headers(self, **more: str) -> dict[str, str]:
        token = base64.b64encode(":".join(self.user).encode()).decode()
        return {"X-AJS-Authorization": token, "Accept": "application/json", "Accept-Language": "en", **more}

    def get(self, path: str, **query: str) -> requests.Response:
        return requests.get(f"{self.url}/{path}", params=query, headers=self.headers(), timeout=60)

    def post(self, path: str, **parameters: t.Any) -> requests.Response:
        body = {"parameters": parameters}
        return requests.post(f"{self.url}/{path}", json=body, headers=self.headers(), timeout=60)

    def list_units(self, location: str = "/", **query: str) -> requests.Response:
        defaults = {"mode": "search", **self.manager, "location": location, "searchLowerUnits": "YES"}
        return self.get("objects/statuses", **{**defaults, **query})

    def found(self, location: str = "/", **query: str) -> list[str]:
        """The simple names of the listed units that have a generation, or all for the target DEFINITION."""
        answer = self.list_units(location, **query)
        assert answer.status_code == 200, answer.text
        definition_only = query.get("searchTarget") == "DEFINITION"
        return [
            each["definition"]["simpleUnitName"]
            for each in answer.json()["statuses"]
            if each["unitStatus"] or definition_only
        ]

    def read(self, job_id: str) -> requests.Response:
        return self.get(f"objects/statuses/{segment(job_id)}", **self.manager)

    def act(self, job_id: str, verb: str, **parameters: t.Any) -> int:
        """The status of an action's answer; a success has no body."""
        answer = self.post(
            f"objects/statuses/{segment(job_id)}/actions/{verb}/invoke", **{**self.manager, **parameters}
        )
        if answer.status_code == 200:
            assert answer.content == b""
        return answer.status_code

    def define(self, name: str, verb: str, **parameters: t.Any) -> requests.Response:
        path = f"objects/definitions/{urllib.parse.quote(name, safe='')}/actions/{verb}/invoke"
        return self.post(path, **{**self.manager, **parameters})

    def seed(self, name: str = "/Group/Net", **job: t.Any) -> str:
        return self.control.seed({"name": name, **job})[0]

    def after(self, seconds: float = 1.0) -> dict[str, Json]:
        """The truth when some time has passed."""
        self.control.advance(seconds)
        return self.control.jobs()

    def state(self, job_id: str) -> str:
        return str(self.after()[job_id]["state"])


def segment(job_id: str) -> str:
    """A job id as one path segment (contract 9.3)."""
    name, _colon, exec_id = job_id.rpartition(":")
    return f"{urllib.parse.quote(name, safe='')}:{urllib.parse.quote(exec_id, safe='')}"


@pytest.fixture(scope="module")
def server() -> t.Iterator[Server]:
    with serving(create()) as running:
        yield running


@pytest.fixture
def console(server: Server) -> Console:
    console = Console(server)
    console.control.reset()
    return console
