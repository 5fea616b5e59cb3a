# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.

"""The report of a maintenance window: what the journals of its job systems say together."""

from __future__ import annotations

import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Ledger
from ansible_collections.batchops.job_control.plugins.plugin_utils._history import History, Outcome, read_history, stamp

Report = dict[str, t.Any]

#: What a total of the report counts, next to `suspended`: the jobs that the window suspended at all.
TOTALS = {
    "resumed": Outcome.RESUMED,
    "left": Outcome.LEFT,
    "handed_over": Outcome.HANDED_OVER,
    "gone": Outcome.GONE,
    "not_suspended": Outcome.NOT_SUSPENDED,
    "unsettled": Outcome.UNSETTLED,
    "missing": Outcome.MISSING,
    "still_suspended": Outcome.SUSPENDED,
}

#: The most urgent first.
_NEEDS_A_PERSON = (Outcome.SUSPENDED, Outcome.UNSETTLED, Outcome.MISSING, Outcome.GONE, Outcome.LEFT)

_STILL_RAN = "It still ran when the time to wait for its end was over."

_NOT_KNOWN = (
    "This run has suspended it, and no journal tells what became of it: look for it in the product; job_resume with "
    "job_ids resumes a job."
)

#: What reading a journal can end with that a person has to know of. A window may well suspend nothing on some host.
_UNUSABLE = ("unread", "damaged", "other")


def build_report(
    window: str,
    hosts: t.Sequence[str],
    journals: t.Mapping[str, bytes | None],
    still_running: t.Mapping[str, t.Sequence[str]] | None = None,
    suspended: t.Mapping[str, t.Sequence[str]] | None = None,
) -> Report:
    """The whole report.

    :param hosts: the job systems that take part.
    :param journals: the bytes of their journals; None where there is no journal. A host that is not in it is one
        whose journal could not be looked at.
    :param still_running: names of jobs that still ran when the time to wait for them was over, by host. The journals
        do not tell, so only the run that has opened the window knows.
    :param suspended: ids of the jobs that the run knows it has suspended, by host, also where a journal is lost.
    """
    running = {host: list((still_running or {}).get(host) or ()) for host in hosts}
    read = {host: _read(window, host, journals) for host in hosts}
    systems = [{**_system(window, host, *read[host]), "still_running": running[host]} for host in hosts]
    histories = [history for _verdict, _problem, history in read.values() if history.jobs(window)]
    began = [job.intended_at for history in histories for job in history.jobs(window)]
    ended = [history.last_events[window] for history in histories]
    return {
        "window": window,
        "began": stamp(min(began, default=None)),
        "last_event": stamp(max(ended, default=None)),
        "totals": {name: sum(system["totals"][name] for system in systems) for name in ("suspended", *TOTALS)},
        "needs_attention": [
            *(_need(system, {}, system["problem"]) for system in systems if system["journal"] in _UNUSABLE),
            *(need for outcome in _NEEDS_A_PERSON for system in systems for need in _needs(system, outcome)),
            *(
                _need(system, {"id": job_id}, _NOT_KNOWN)
                for system in systems
                for job_id in _unknown(system, (suspended or {}).get(system["host"]) or ())
            ),
            *(_need(system, {"name": name}, _STILL_RAN) for system in systems for name in system["still_running"]),
        ],
        "systems": systems,
    }


def _read(window: str, host: str, journals: t.Mapping[str, bytes | None]) -> tuple[str, str, History]:
    """How reading a host's journal went (a word and a sentence), and what it tells."""
    if host not in journals:
        return "unread", "Its journal could not be read: the host failed or was unreachable.", History()
    data = journals[host]
    if data is None:
        return "missing", "It has no journal, so nothing is known of jobs that this window suspended there.", History()
    try:
        history = read_history(data, f"the journal of {host}")
    except UsageError as error:
        return "damaged", str(error), History()
    others = [name for name in history.ledger.windows if name]
    if window not in history.ledger.windows and others:
        return "other", f"Its journal knows no window of this name, but {', '.join(others)}.", History()
    return "read", "", history


def _system(window: str, host: str, journal: str, problem: str, history: History) -> dict[str, t.Any]:
    ledger = history.ledger
    jobs = [job.to_dict(ledger.system) for job in history.jobs(window)]
    return {
        "host": host,
        "system": ledger.system or None,
        "product": ledger.product or None,
        "journal": journal,
        "problem": problem,
        "totals": _totals(jobs),
        "jobs": jobs,
        "ran_inside": _ran_inside(ledger, window),
    }


def _unknown(system: t.Mapping[str, t.Any], suspended: t.Sequence[str]) -> list[str]:
    """What the run has suspended, and the journal does not tell of."""
    told = {job["id"] for job in system["jobs"]}
    return [job_id for job_id in suspended if job_id not in told]


def _ran_inside(ledger: Ledger, window: str) -> list[dict[str, t.Any]] | None:
    """The jobs that were started inside; None where nobody has looked."""
    opening = ledger.windows.get(window)
    return None if opening is None or opening.ran is None else [dict(job) for job in opening.ran]


def _totals(jobs: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, int]:
    outcomes = [job["outcome"] for job in jobs]
    return {
        "suspended": sum(job["suspended_at"] is not None for job in jobs),
        **{name: outcomes.count(outcome.value) for name, outcome in TOTALS.items()},
    }


def _needs(system: t.Mapping[str, t.Any], outcome: Outcome) -> list[dict[str, t.Any]]:
    jobs = [job for job in system["jobs"] if job["outcome"] == outcome.value]
    return [_need(system, job, _reason(outcome, job)) for job in jobs]


def _need(system: t.Mapping[str, t.Any], job: t.Mapping[str, t.Any], reason: str) -> dict[str, t.Any]:
    return {
        "host": system["host"],
        "system": system["system"],
        **{key: job.get(key) for key in ("id", "name", "owner", "outcome")},
        "reason": reason,
    }


def _reason(outcome: Outcome, job: t.Mapping[str, t.Any]) -> str:
    if outcome is Outcome.SUSPENDED:
        return "Close the window again, or resume the job by hand."
    if outcome is Outcome.UNSETTLED:
        verb = "suspend" if job["suspended_at"] is None else "resume"
        return f"Whether the {verb} took effect is not recorded: close the window again."
    if outcome is Outcome.MISSING:
        return (
            "It was not found: it is gone, or that user may not see it. Close the window again as a user who sees it, "
            "or say that it is gone (forget_missing)."
        )
    if outcome is Outcome.GONE:
        return "It does not exist any more."
    return f"It was not resumed: {job['why'] or 'it was not suspended any more'}."
