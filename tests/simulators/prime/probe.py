# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Raw requests to a Prime simulator, for its tests."""

from __future__ import annotations

import typing as t

import requests

from simulators.core.control import Control
from simulators.core.server import Server


class Prime:
    """One server with a frozen clock. The rate limit is off, so that a test may ask as fast as it likes."""

    def __init__(self, server: Server) -> None:
        self.origin = server.origin
        self.control = Control(server.origin)
        self.auth = (server.simulator.username, server.simulator.password)
        server.simulator.clock.freeze(True)
        self.control.knobs(rate_per_user=-1)

    def send(self, method: str, path: str, **options: t.Any) -> requests.Response:
        """One request on a connection of its own; `path` follows /webacs/api/."""
        options["headers"] = {"Connection": "close", **options.get("headers", {})}
        options.setdefault("auth", self.auth)
        return requests.request(
            method, f"{self.origin}/webacs/api/{path}", allow_redirects=False, timeout=10, **options
        )

    def get(self, path: str, **options: t.Any) -> t.Any:
        """The parsed answer of a GET that succeeds, without its root."""
        answer = self.send("GET", path, **options)
        assert answer.status_code == 200, answer.text
        (content,) = answer.json().values()
        return content

    def put(self, verb: str, *ids: str, version: int = 4) -> requests.Response:
        root, wrapper, item = (
            ("jobRunOperationPayload", "runIds", "runId")
            if verb == "cancelrunning"
            else ("jobOperationPayload", "jobIds", "jobId")
        )
        body = {root: {wrapper: {item: [int(number) for number in ids]}}}
        return self.send("PUT", f"v{version}/op/jobService/{verb}.json", json=body)

    def act(self, verb: str, *ids: str) -> tuple[list[int], list[int]]:
        """Ids that succeeded and ids that failed."""
        answer = self.put(verb, *ids)
        assert answer.status_code == 200, answer.text
        result = answer.json()["mgmtResponse"]["operationResult"][0]
        assert result["operation"] == verb.upper()
        return _ids(result["success"], "success"), _ids(result["failure"], "failure")

    def truth(self, job_id: str) -> dict[str, t.Any]:
        return self.control.jobs()[job_id]


def _ids(wrapper: t.Any, name: str) -> list[int]:
    return [item["id"] for item in wrapper[name]] if wrapper else []
