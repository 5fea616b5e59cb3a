# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens to jobs outside of the API, and the truth about them."""

from __future__ import annotations

from simulators.core.simulator import BadSeed, Json
from simulators.prime.state import RESULTS, Job, World


def happen(world: World, job: Job, event: str, details: Json) -> None:
    """Something happens to a job outside of the API.

    :raises BadSeed: there is no such event, or the job cannot take it now.
    """
    run = job.run if job.run is not None and job.run.active else None
    if event == "vanish":
        world.remove(job)
    elif event == "raw":
        _overwrite(job, details)
    elif event == "start" and run is None:
        world.fire(job)
    elif event in ("finish", "fail", "cancel_run") and run is not None:
        result = "failed" if event == "fail" else details.get("result", "success")
        if event == "cancel_run":
            world.end(run, "CANCELLED", "CANCELLED")
        elif result in RESULTS:
            world.end(run, "COMPLETED", RESULTS[result])
        else:
            raise BadSeed(f"a result is one of {', '.join(RESULTS)}")
    elif event == "suspend" and job.status == "SCHEDULED":
        world.suspend(job)
    elif (event == "resume" and job.status == "SUSPENDED") or (event == "approve" and job.status == "PENDINGAPPROVAL"):
        world.resume(job)
    elif event == "cancel" and job.status in ("SCHEDULED", "SUSPENDED", "PENDINGAPPROVAL"):
        world.cancel(job)
    elif event == "expire_approval" and job.status == "PENDINGAPPROVAL":
        job.status = "EXPIREDBEFOREAPPROVAL"
    else:
        raise BadSeed(f"{event} cannot happen to job {job.id} in state {_words(job)}")


def _overwrite(job: Job, statuses: Json) -> None:
    """Put raw status words into a job and its latest run."""
    run = job.run
    unknown = set(statuses) - {"job_status", *(("run_status", "result_status") if run is not None else ())}
    if unknown:
        raise BadSeed(f"job {job.id} has no {', '.join(sorted(unknown))}")
    job.status = statuses.get("job_status", job.status)
    if run is not None:
        run.status = statuses.get("run_status", run.status)
        run.result = statuses.get("result_status", run.result)


def _words(job: Job) -> str:
    run = job.run
    return " ".join(word for word in (job.status, run and run.status, run and run.result) if word)


def truth(job: Job) -> Json:
    run = job.run
    return {
        "id": str(job.id),
        "name": job.name,
        "type": job.type,
        "owner": job.username,
        "domain": job.domain,
        "state": _words(job),
        "job_status": job.status,
        "run_id": None if run is None else str(run.id),
        "run_status": run.status if run else None,
        "result_status": run.result if run else None,
        "runs": len(job.runs),
        "held": job.status == "SUSPENDED",
        "running": run is not None and run.status in ("RUNNING", "PAUSING"),
        "applied": dict(job.applied),
        "selectable": not job.system,
    }
