# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A caller of the simulated Web Server, for its tests."""

from __future__ import annotations

import base64
import http.client
import typing as t

import requests

from simulators.commvault.simulator import CommvaultSimulator
from simulators.core.server import Server

Json = dict[str, t.Any]


class Web:
    """A caller who is logged in, with JSON as the format."""

    def __init__(self, server: Server, sim: CommvaultSimulator) -> None:
        self.server, self.sim = server, sim
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["Accept"] = "application/json"
        self.login()

    def call(self, method: str, path: str, **options: t.Any) -> requests.Response:
        return self.http.request(method, self.server.url + path, timeout=10, allow_redirects=False, **options)

    def post(self, path: str, **options: t.Any) -> requests.Response:
        return self.call("POST", path, **options)

    def get(self, path: str, **options: t.Any) -> requests.Response:
        return self.call("GET", path, **options)

    def login(self, user: str = "", password: str = "") -> requests.Response:
        encoded = base64.b64encode((password or self.sim.password).encode()).decode()
        answer = self.post("Login", json={"username": user or self.sim.username, "password": encoded})
        if "token" in answer.json():
            self.http.headers["Authtoken"] = answer.json()["token"]
        return answer

    def act(self, job_id: str, action: str, **options: t.Any) -> requests.Response:
        return self.post(f"Job/{job_id}/action/{action}", **options)

    def summary(self, job_id: str) -> Json:
        return t.cast(Json, self.get(f"Job/{job_id}").json()["jobs"][0]["jobSummary"])

    def status(self, job_id: str) -> str:
        return str(self.summary(job_id)["status"])

    def jobs(self, category: int = 0, **job_filter: t.Any) -> list[str]:
        body = {"scope": 1, "category": category, "jobFilter": job_filter}
        return ids(self.post("Jobs", json=body).json())

    def seed(self, scenario: str = "running", **keys: t.Any) -> str:
        return self.sim.seed({"name": "sub", "scenario": scenario, **keys})

    def pass_time(self, seconds: float = 1.0) -> None:
        self.sim.clock.advance(seconds)


def without_length(web: Web, path: str) -> int:
    """The status of a POST that does not say how long its body is."""
    connection = http.client.HTTPConnection("127.0.0.1", int(web.server.origin.rsplit(":", 1)[1]), timeout=10)
    connection.putrequest("POST", web.sim.base_path + path)
    connection.putheader("Authtoken", str(web.http.headers["Authtoken"]))
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def words(text: str) -> list[str]:
    return text.split()


def ids(document: Json) -> list[str]:
    return [str(job["jobSummary"]["jobId"]) for job in document.get("jobs", [])]
