# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs and their sessions as resources: references, entities and the links between them (contract 5 and 6)."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t
import uuid

from simulators.veeam import kinds
from simulators.veeam.kinds import KINDS, Kind
from simulators.veeam.state import BackupServer, Job, Run
from simulators.veeam.wire import Collection, Resource, Value

Json = dict[str, t.Any]


class Resources:
    """Builds resources for one answer. `base` is the origin and path that every Href begins with."""

    def __init__(self, base: str, knobs: Json, now: datetime.datetime) -> None:
        self.base = base
        self.knobs = knobs
        self.now = now

    def href(self, path: str) -> str:
        return f"{self.base}/{path}"

    def link(self, rel: str, path: str, type_: str | None = None, name: str | None = None) -> Resource:
        return Resource("Link", {"Rel": rel, "Href": self.href(path), "Name": name, "Type": type_})

    def time(self, moment: datetime.datetime | None) -> str | None:
        """A time as this server writes it: UTC, with the fraction digits of its generation."""
        if moment is None:
            return None
        digits = int(self.knobs["fraction_digits"])
        fraction = f".{moment.microsecond:06d}"[: digits + 1] if digits else ""
        return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"

    # --- backup servers --------------------------------------------------------------------------------------

    def server_up(self, server: BackupServer) -> Resource:
        return self.link("Up", f"backupServers/{server.id}", "BackupServerReference", server.name)

    # --- jobs ------------------------------------------------------------------------------------------------

    def job_ref(self, job: Job) -> Resource:
        kind = job.kind
        path = f"{kind.root}/{job.id}"
        # the product's own mistake: the Ref of a file share job points at the agents' jobs (contract 5.1)
        shown = f"agents/jobs/{job.id}" if kind.name == "nas" else path
        alternate = "Job" if kind.name in ("agent", "nas") else kind.type
        return Resource(
            "Ref",
            {"Type": kind.reference, "Href": self.href(shown), "Name": job.name, "UID": uid(kind.type, job.id)},
            {
                "Links": [
                    self.server_up(job.server),
                    self.link("Alternate", f"{path}?format=Entity", alternate, job.name),
                    self._sessions_down(job),
                ]
            },
        )

    def job(self, job: Job) -> Resource:
        kind = job.kind
        elements: dict[str, Value] = {"Links": self._job_links(job)}
        if kind.is_policy:
            elements["PolicyType"] = job.job_type
        elif kind.job_type:
            elements["JobType"] = job.job_type
        if job.platform:
            elements["Platform"] = job.platform
        elements.update(
            Description=job.description,
            ScheduleConfigured=job.schedule_configured,
            ScheduleEnabled=job.schedule_enabled,
            NextRun=self._next_run(job),
        )
        options = schedule_options(job)
        elements[options.tag] = options
        info = "CdpPolicyInfo" if kind.is_policy else "JobInfo"
        elements[info] = Resource(info)
        path = f"{kind.root}/{job.id}?format=Entity"
        return Resource(kind.element, self._entity(kind.type, job.id, job.name, path), elements)

    def _next_run(self, job: Job) -> str | None:
        moment, offset = job.next_run(self.now), str(self.knobs["next_run_offset"])
        if moment is None or not offset:
            return self.time(moment)
        zone = datetime.datetime.strptime(offset, "%z").tzinfo
        return str(self.time(moment.astimezone(zone))).replace("Z", offset)

    def _job_links(self, job: Job) -> list[Resource]:
        kind = job.kind
        path = f"{kind.root}/{job.id}"
        reference = "CdpPolicyReference" if kind.is_policy else "JobReference"
        links = [self.server_up(job.server), self.link("Alternate", path, reference, job.name)]
        if kind.edit_operation:
            links.append(self.link("Edit", path, reference, job.name))
        if kind.root == "jobs":
            links.append(self.link("Clone", f"{path}?action=clone"))
        if kind.name != "copy":
            links.append(self.link("Down", f"{path}/includes", "ObjectInJobList"))
        links.append(self._sessions_down(job))
        links += [self._verb_link(kind, path, verb) for verb in kind.operations if _offered(job, verb)]
        if kind.name == "copy":
            links.append(self.link("Down", f"{path}/linkedJobs", "LinkedJobObjectList"))
            links.append(self.link("Create", f"{path}/linkedJobs", "LinkedJobObject"))
        elif kind.edit_operation:
            links.append(self.link("Create", f"{path}/includes", "ObjectInJob"))
        return links

    def _verb_link(self, kind: Kind, path: str, verb: str) -> Resource:
        target = f"{path}/{verb}" if kind.verb_in_path else f"{path}?action={verb}"
        return self.link(kinds.LINK_OF_VERB[verb], target)

    def _sessions_down(self, job: Job) -> Resource:
        session = job.kind.session
        return self.link("Down", f"{job.kind.root}/{job.id}/{session.name}", f"{session.element}ReferenceList")

    def objects(self, job: Job) -> list[Resource]:
        """What a job works on (its includes), or the jobs that a copy job copies (its linked jobs)."""
        tag, name = ("LinkedJobObject", "linkedJobs") if job.kind.name == "copy" else ("ObjectInJob", "includes")
        root = f"{job.kind.root}/{job.id}"
        links = [self.link("Up", root, job.kind.reference, job.name)]
        return [
            Resource(
                tag,
                {"Type": tag, "Href": self.href(f"{root}/{name}/{uuid.uuid5(uuid.UUID(job.id), one)}")},
                {"Links": links, "Name": one, "DisplayName": one, "Order": order},
            )
            for order, one in enumerate(job.objects)
        ]

    # --- sessions --------------------------------------------------------------------------------------------

    def run_ref(self, job: Job, run: Run) -> Resource:
        session = job.kind.session
        path = f"{session.root}/{run.id}"
        return Resource(
            "Ref",
            {
                "Type": f"{session.element}Reference",
                "Href": self.href(path),
                "Name": run.name,
                "UID": uid(session.element, run.id),
            },
            {
                "Links": [
                    *self._run_up(job),
                    self.link("Alternate", f"{path}?format=Entity", session.element, run.name),
                    self._tasks_down(job, path),
                ]
            },
        )

    def run(self, job: Job, run: Run) -> Resource:
        kind, session = job.kind, job.kind.session
        path = f"{session.root}/{run.id}"
        links = [
            *self._run_up(job),
            self.link("Alternate", path, f"{session.element}Reference", run.name),
            self._tasks_down(job, path),
        ]
        if not kind.is_policy:  # it is there in a session that has ended, too (contract 6.2)
            links.append(self.link("Stop", f"{path}?action=stop"))
        owner = "Policy" if kind.is_policy else "Job"
        elements: dict[str, Value] = {
            "Links": links,
            f"{owner}Uid": uid(kind.type, job.id),
            f"{owner}Name": run.job_name,
            f"{owner}Type": run.job_type,
            "CreationTimeUTC": self.time(run.created),
            "EndTimeUTC": self.time(run.ended),
            "State": run.state,
            "Result": run.result,
            "Progress": self._progress(job, run),
            "IsRetry": run.is_retry,
            "FailureMessage": run.failure,
        }
        if run.live and self.knobs["running_end_time"] == "absent":
            del elements["EndTimeUTC"]
        if run.live and self.knobs["running_result"] == "absent":
            del elements["Result"]
        attributes = self._entity(session.element, run.id, run.name, f"{path}?format=Entity")
        return Resource(session.element, attributes, elements)

    def _run_up(self, job: Job) -> list[Resource]:
        kind = job.kind
        # the sessions of file share jobs link to /jobs/{id}, as the vendor's samples do
        root = "jobs" if kind.name == "nas" else kind.root
        reference = "CdpPolicyReference" if kind.is_policy else "JobReference"
        return [self.server_up(job.server), self.link("Up", f"{root}/{job.id}", reference, job.name)]

    def _tasks_down(self, job: Job, path: str) -> Resource:
        task = job.kind.session.task
        return self.link("Down", f"{path}/{task.name}", f"{task.element}ReferenceList")

    def _progress(self, job: Job, run: Run) -> int:
        if job.kind.name == "copy" and not run.live:
            return int(self.knobs["copy_progress"])
        return run.progress

    def _entity(self, type_: str, identity: str, name: str, path: str) -> dict[str, t.Any]:
        return {"Type": type_, "Href": self.href(path), "Name": name, "UID": uid(type_, identity)}


def uid(type_: str, identity: str) -> str:
    return f"urn:veeam:{type_}:{identity}"


def entity_ref(reference: Resource) -> Resource:
    """The answer for one entity without ?format=Entity."""
    return dataclasses.replace(reference, tag="EntityRef")


def references(refs: list[Resource]) -> Collection:
    """The answer of a collection without ?format=Entity."""
    return Collection("EntityReferences", "Refs", refs)


def collection_name(kind: Kind, knobs: Json) -> str:
    """Root element and JSON key of a collection of entities of that kind."""
    return str(knobs["jobs_wrapper"]) if kind is KINDS["job"] else kind.collection


def _offered(job: Job, verb: str) -> bool:
    """A policy links only that of enable and disable which would change it."""
    if verb in ("enable", "disable"):
        return job.schedule_enabled == (verb == "disable")
    return True


def schedule_options(job: Job) -> Resource:
    """A job's schedule, as its entity shows it."""
    tag = f"{'Policy' if job.kind.is_policy else 'Job'}ScheduleOptions"
    return Resource(tag, {}, _schedule_options(job))


def _schedule_options(job: Job) -> dict[str, Value]:
    if job.kind.is_policy:
        objective: dict[str, Value] = {"RecoveryPointObjectiveSeconds": 15, "RecoveryPointObjectiveMinutes": 0}
        return {"CdpReplica": Resource("CdpReplica", {}, objective)}
    if job.kind.name == "copy":
        continuous = Resource("OptionsContinuous", {"Enabled": job.schedule_configured}, {})
        return {"ImmediateCopyMode": Resource("ImmediateCopyMode", {}, {"OptionsContinuous": continuous})}
    retry: dict[str, Value] = {"RetryTimes": 3, "RetryTimeout": 10, "RetrySpecified": True}
    daily = Resource("OptionsDaily", {"Enabled": job.schedule_configured}, {"Kind": "Everyday"})
    standard: dict[str, Value] = {"RetryOptions": Resource("RetryOptions", {}, retry), "OptionsDaily": daily}
    return {"Standart": Resource("Standart", {}, standard)}  # the vendor's spelling
