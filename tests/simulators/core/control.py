# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of the control API, for tests and for the demo."""

from __future__ import annotations

import json
import typing as t
import urllib.request

Json = dict[str, t.Any]


class Control:
    """Steers one running simulator. `origin` is scheme://host:port."""

    def __init__(self, origin: str, context: t.Any = None) -> None:
        self.origin = origin
        self._context = context

    def call(self, method: str, path: str, body: t.Any = None) -> Json:
        request = urllib.request.Request(
            f"{self.origin}/_sim/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Connection": "close"},
        )
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self._context)
        )
        with opener.open(request, timeout=30) as answer:
            return t.cast(Json, json.load(answer))

    def reset(self) -> None:
        self.call("POST", "reset", {})

    def seed(self, *jobs: Json) -> list[str]:
        """Seed jobs (`name`, `scenario`, the product's own keys); the ids, as the modules spell them."""
        return t.cast("list[str]", self.call("POST", "seed", {"jobs": list(jobs)})["ids"])

    def jobs(self) -> dict[str, Json]:
        """The truth about every job, by id."""
        return {job["id"]: job for job in self.call("GET", "jobs")["jobs"]}

    def event(self, job_id: str, event: str, **details: t.Any) -> None:
        self.call("POST", "event", {"job_id": job_id, "event": event, **details})

    def advance(self, seconds: float) -> None:
        self.call("POST", "clock", {"advance": seconds})

    def knobs(self, **knobs: t.Any) -> Json:
        return self.call("POST", "knobs", knobs)

    def arm(self, **fault: t.Any) -> None:
        self.call("POST", "faults", {"faults": [fault]})

    def disarm(self) -> None:
        self.call("DELETE", "faults")

    def release(self, drop: bool = False) -> None:
        """Let the requests go on that the fault `hold` has caught, or drop them as if they had never arrived."""
        self.call("POST", "release", {"drop": drop})

    def expire(self) -> None:
        self.call("POST", "expire", {})

    def requests(self) -> list[Json]:
        return t.cast("list[Json]", self.call("GET", "requests")["requests"])

    def writes(self) -> list[Json]:
        return [entry for entry in self.requests() if entry["is_write"]]

    def forget_requests(self) -> None:
        self.call("DELETE", "requests")

    def check_mode(self, on: bool) -> list[str]:
        """Begin or end the watch for writes; the violations so far."""
        return t.cast("list[str]", self.call("POST", "check_mode", {"on": on})["violations"])

    def sessions(self) -> int:
        return int(self.call("GET", "health")["sessions"])

    def peaks(self) -> dict[str, int]:
        """The most `requests` under way and `sessions` open at one time, since the last reset."""
        return t.cast("dict[str, int]", self.call("GET", "health")["peaks"])
