# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the simulator share: a served simulator with a frozen clock, and a plain client of it."""

from __future__ import annotations

import typing as t

import requests

from simulators.core.control import Control
from simulators.core.server import Server
from simulators.core.simulator import Json
from simulators.drs.simulator import DrsSimulator


class Bench:
    """Requests with the operator's token; a path is what comes after the project."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.sim = t.cast(DrsSimulator, server.simulator)
        self.sim.clock.freeze(True)
        self.control = Control(server.origin)
        self.headers = {"X-Auth-Token": self.log_in().headers["X-Subject-Token"]}

    def login_body(self, **user: t.Any) -> Json:
        account = {"name": self.sim.username, "password": self.sim.password, "domain": {"name": self.sim.domain}}
        identity = {"methods": ["password"], "password": {"user": {**account, **user}}}
        return {"auth": {"identity": identity, "scope": {"project": {"name": self.sim.region}}}}

    def log_in(self, **user: t.Any) -> requests.Response:
        return requests.post(f"{self.server.url}/v3/auth/tokens", json=self.login_body(**user), timeout=10)

    def as_user(self, name: str) -> dict[str, str]:
        """The headers of another user."""
        return {"X-Auth-Token": self.log_in(name=name).headers["X-Subject-Token"]}

    def send(
        self, method: str, path: str, body: t.Any = None, version: str = "v3", headers: dict[str, str] | None = None
    ) -> requests.Response:
        return requests.request(
            method,
            f"{self.server.url}/{version}/{self.sim.project_id}{path}",
            json=body,
            headers=self.headers if headers is None else headers,
            timeout=10,
        )

    def pause(self, *ids: str, mode: str = "target") -> requests.Response:
        orders = [{"job_id": job_id, "pause_mode": mode} for job_id in ids]
        return self.send("POST", "/jobs/batch-pause-task", {"jobs": orders})

    def retry(self, *ids: str, **more: t.Any) -> requests.Response:
        orders = [{"job_id": job_id, **more} for job_id in ids]
        return self.send("POST", "/jobs/batch-retry-task", {"jobs": orders})

    def end(self, *ids: str, how: str = "terminate") -> requests.Response:
        orders = [{"job_id": job_id, "delete_type": how} for job_id in ids]
        return self.send("DELETE", "/jobs/batch-jobs", {"jobs": orders})

    def status(self, job_id: str) -> str:
        """The status as batch-status tells it."""
        answer = self.send("POST", "/jobs/batch-status", {"jobs": [job_id]}).json()
        return str(answer["results"][0]["status"])

    def listed(self, use: str = "sync", **more: t.Any) -> list[Json]:
        """The whole list of one `db_use_type`."""
        body = {"cur_page": 0, "per_page": 0, "db_use_type": use, "engine_type": "", **more}
        return t.cast("list[Json]", self.send("POST", "/jobs", body).json()["jobs"])

    def seed(self, scenario: str = "running", **more: t.Any) -> str:
        return self.control.seed({"name": "orders", "scenario": scenario, **more})[0]

    def seed_raw(self, status: str, **more: t.Any) -> str:
        return self.control.seed({"name": "orders", "raw": status, **more})[0]

    def truth(self, job_id: str) -> Json:
        return self.control.jobs()[job_id]


def codes(answer: requests.Response) -> list[str]:
    """The error codes of the entries of a batch answer; empty for a success."""
    body = answer.json()
    return [entry.get("error_code", "") for entry in body.get("results") or body["jobs"]]


def code(answer: requests.Response) -> tuple[int, str]:
    """The HTTP status and the error code of a refusal."""
    return answer.status_code, answer.json()["error_code"]
