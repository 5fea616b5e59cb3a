# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the product answers, as documents of `wire`."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from simulators.prime.actions import VERBS, Item
from simulators.prime.refusal import Refusal
from simulators.prime.state import JOB_STATUSES, RESULT_STATUSES, RUN_STATUSES, Job, Run
from simulators.prime.wire import Dialect, Document

Knobs = t.Mapping[str, t.Any]
Value = t.Union[str, int, float, None]

#: the fields of JobSummary that can be filtered and sorted, and what they hold
SUMMARY_KINDS: dict[str, str | tuple[str, ...]] = {
    "jobName": "text",
    "jobType": "text",
    "description": "text",
    "username": "text",
    "jobStatus": JOB_STATUSES,
    "runId": "number",
    "runStatus": RUN_STATUSES,
    "resultStatus": RESULT_STATUSES,
    "duration": "number",
    "lastStartTime": "time",
    "completionTime": "time",
    "nextRunTime": "time",
}
#: the parameters of runhistory
HISTORY_KINDS: dict[str, str | tuple[str, ...]] = {
    "jobId": "number",
    "jobType": "text",
    "jobName": "text",
    "startTime": "time",
}


@dataclasses.dataclass(frozen=True)
class Place:
    """Where an answer is given: the URLs in it depend on that. `root` ends in the version."""

    root: str  # scheme://host/webacs/api/v4
    resource: str  # data/JobSummary
    query: str  # as sent
    dialect: Dialect
    domain: str

    @property
    def collection(self) -> str:
        return f"{self.root}/{self.resource.split('/', 1)[0]}"

    def head(self, response_type: str) -> Document:
        url = f"{self.root}/{self.resource}"
        return {
            "@requestUrl": f"{url}?{self.query}" if self.query else url,
            "@responseType": response_type,
            "@rootUrl": self.collection,
        }


def summary_fields(job: Job) -> dict[str, Value]:
    """A job as JobSummary sees it, times in seconds since the epoch."""
    run = job.run
    return {
        "completionTime": run.ended if run else None,
        "description": job.description or None,
        "duration": int(run.ended - run.started) if run and run.ended is not None else None,
        "jobName": job.name,
        "jobStatus": job.status,
        "jobType": job.type,
        "lastStartTime": run.started if run else None,
        "nextRunTime": job.next_run if job.status == "SCHEDULED" else None,
        "resultStatus": run.result if run else None,
        "runId": run.id if run else None,
        "runStatus": run.status if run else None,
        "username": job.username,
    }


def timestamp(seconds: float, knobs: Knobs) -> str:
    """ISO-8601 with milliseconds, in UTC as Z or with the server's offset (contract 6.3)."""
    zone = datetime.timezone(datetime.timedelta(hours=float(knobs["utc_offset_hours"])))
    text = datetime.datetime.fromtimestamp(seconds, tz=zone).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def entity_list(place: Place, jobs: list[Job], first: int, total: int | None, full: bool, knobs: Knobs) -> Document:
    """One page of JobSummary. `total` is None where the request asked for no count."""
    body = place.head("listEntityInstances" if full else "listEntityIds")
    body["@type"] = "JobSummary"
    if total is not None:
        body["@count"] = total
    if jobs or knobs["empty_list_bounds"] == "values":
        body.update({"@first": first, "@last": first + len(jobs) - 1})
    if place.dialect.version == 4:
        body["@domain"] = place.domain
    name, build = ("entity", entity) if full else ("entityId", entity_id)
    if jobs or knobs["empty_list_entity"] == "list":
        body[name] = [build(place, job, knobs) for job in jobs]
    return {"queryResponse": body}


def one_entity(place: Place, job: Job, knobs: Knobs) -> Document:
    body = place.head("getEntity")
    return {"queryResponse": {**body, "@type": "JobSummary", "entity": [entity(place, job, knobs)]}}


def entity_id(place: Place, job: Job, knobs: Knobs) -> Document:
    number = job.id + int(knobs["entity_id_offset"])
    return {
        "@displayName": f"{job.name},{job.type},{job.status}",
        "@type": "JobSummary",
        "@url": f"{place.root}/data/JobSummary/{number}",
        "$": number if knobs["entity_id_type"] == "number" else str(number),
    }


def entity(place: Place, job: Job, knobs: Knobs) -> Document:
    number = job.id + int(knobs["entity_id_offset"])
    summary: Document = {"@displayName": str(number), "@id": number}
    if place.dialect.xml:
        summary["@uuid"] = ""
    for name, value in summary_fields(job).items():
        if value is None:
            continue  # null fields are left out (contract 6.2)
        if SUMMARY_KINDS[name] == "time":
            value = timestamp(float(value), knobs)
        elif SUMMARY_KINDS[name] == "number" and place.dialect.version < 4:
            value = str(value)  # a Long since v4 only
        summary[name] = value
    return {
        "@dtoType": "jobSummaryDTO",
        "@type": "JobSummary",
        "@url": f"{place.root}/data/JobSummary/{number}",
        "jobSummaryDTO": summary,
    }


def history(place: Place, selected: list[tuple[Job, list[Run]]], knobs: Knobs) -> Document:
    """The answer of runhistory; without a job it has no `job` (contract 6.1)."""
    body = place.head("operation")
    if selected:
        body["job"] = [_history_of(job, runs, knobs) for job, runs in selected]
    return {"mgmtResponse": body}


def _history_of(job: Job, runs: list[Run], knobs: Knobs) -> Document:
    fields = {
        "description": job.description or None,
        "jobId": job.id,
        "jobName": job.name,
        "jobStatus": job.status,
        "jobType": job.type,
        "nextRunTime": timestamp(job.next_run, knobs) if job.next_run and job.status == "SCHEDULED" else None,
        "runInstances": {"runInstance": [_instance(job, run, knobs) for run in runs]},
    }
    return {name: value for name, value in fields.items() if value is not None}


def _instance(job: Job, run: Run, knobs: Knobs) -> Document:
    result = [{"property": job.name, "value": f"The run ended with {run.result}."}] if run.result else []
    fields = {
        "completionTime": None if run.ended is None else timestamp(run.ended, knobs),
        "lastStartTime": timestamp(run.started, knobs),
        "resultStatus": run.result,
        "results": {"result": result},
        "runId": run.id,
        "runStatus": run.status,
    }
    return {name: value for name, value in fields.items() if value is not None}


def operation_result(place: Place, verb: str, items: list[Item]) -> Document:
    """The answer of an action: wrapper and item have the same name (contract 8.3)."""
    done = [{"id": item.id, "message": item.message, "status": "Success"} for item in items if not item.fault]
    refused = [{"id": item.id, "message": item.message, "status": "Failure"} for item in items if item.fault]
    body = place.head("operation")
    body["operationResult"] = [
        {
            "failure": {"failure": refused},
            "message": f"{len(done)} of {len(items)} succeeded.",
            "operation": verb.upper(),
            "success": {"success": done},
        }
    ]
    return {"mgmtResponse": body}


def entity_types(place: Place) -> Document:
    body = place.head("listEntityTypes")
    body["entityType"] = [{"@url": f"{place.collection}/JobSummary", "$": "JobSummary"}]
    return {"queryResponse": body}


def operations(place: Place, knobs: Knobs) -> Document:
    body = place.head("listOperations")
    paths = [("GET", "jobService/runhistory"), *(("PUT", f"jobService/{verb}") for verb in VERBS)]
    paths.append(("GET", "rateService/rateLimits"))
    body["operation"] = [
        {"@httpMethod": method, "@path": path, "$": path if knobs["operation_names"] == "path" else path.split("/")[1]}
        for method, path in paths
    ]
    return {"queryResponse": body}


def rate_limits(place: Place, knobs: Knobs) -> Document:
    """The limits under the names of nbi.properties (contract 9.7)."""
    body = place.head("operation")
    body["rateLimits"] = {
        "windowSize": knobs["rate_window_ms"],
        "totalRequestThreshold": knobs["rate_total"],
        "perUserThreshold": knobs["rate_per_user"],
        "limitPageSize": knobs["limit_page_size"],
        "limitUnpagedQuery": knobs["limit_unpaged_query"],
    }
    return {"mgmtResponse": body}


def error(refusal: Refusal, method: str, resource: str, pairs: list[tuple[str, str]]) -> Document:
    """The body of a refusal (contract 8.5)."""
    names = list(dict.fromkeys(name for name, _value in pairs))
    lists = [f"{name}=[{', '.join(value for key, value in pairs if key == name)}]" for name in names]
    return {
        "errorDocument": {
            "httpResponseCode": refusal.status,
            "httpMethod": method,
            "message": f"{refusal.message}-{refusal.code}",
            "id": f"presentation.{refusal.code}",
            "uriPath": f"/{resource}",
            "queryParams": "{" + ", ".join(lists) + "}",
        }
    }
