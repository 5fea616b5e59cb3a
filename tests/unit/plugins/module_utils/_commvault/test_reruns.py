# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which failed jobs count as retried."""

from __future__ import annotations

import pytest

from ansible_collections.batchops.job_control.plugins.module_utils._commvault import states
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.reruns import Facts, Lineage, Reruns
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.states import Rerun
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, JobState

SUBCLIENT = Lineage(client="2", subclient="148", type="Backup", level="2")
RESTORE = Lineage(client="2", subclient="0", type="Restore", level="0")
COMMSERVE = Lineage(client="0", subclient="0", type="CS DR Backup", level="0")


def job(job_id: int, status: str, lineage: Lineage = SUBCLIENT, started: int = 100, ended: int = 0) -> Job:
    state, halted, running = states.translate(status)
    facts = {"commvault": Facts(lineage, started, ended, True)}
    return Job(str(job_id), "", lineage.type, "commvault", state, status, halted, running, facts=facts)


FAILED = job(781, "Failed", ended=200)


def seen(*jobs: Job) -> Reruns:
    reruns = Reruns()
    for one in jobs:
        reruns.note(one)
    return reruns


def test_a_failed_job_alone_was_not_run_again() -> None:
    assert seen(FAILED).of(FAILED) is None


@pytest.mark.parametrize("status", ["Running", "Queued", "Completed", "Failed"])
def test_a_later_job_of_the_subclient_is_the_retry(status: str) -> None:
    later = job(901, status, started=300)

    assert seen(FAILED, later).of(FAILED) == Rerun("901", later.state, False)
    assert seen(FAILED, later, FAILED).of(FAILED) == Rerun("901", later.state, False)


def test_what_does_not_follow_a_failed_job_is_forgotten() -> None:
    reruns = seen(*(job(number, "Completed", SUBCLIENT._replace(subclient=str(number))) for number in range(99)))

    assert reruns._latest == {}


@pytest.mark.parametrize(
    "other",
    [
        job(780, "Running", started=300),
        job(901, "Running", started=199),  # they ran side by side
        job(901, "Running", SUBCLIENT._replace(subclient="149"), started=300),
        job(901, "Running", SUBCLIENT._replace(client="3"), started=300),
        job(901, "Running", SUBCLIENT._replace(type="Restore"), started=300),
        job(901, "Completed", SUBCLIENT._replace(level="1"), started=300),
    ],
)
def test_another_job_is_not(other: Job) -> None:
    assert seen(FAILED, other).of(FAILED) is None


def test_a_job_that_has_not_started_yet_has_no_start() -> None:
    assert seen(FAILED, job(901, "Queued", started=0)).of(FAILED) == Rerun("901", JobState.QUEUED, False)


def test_the_latest_one_counts() -> None:
    reruns = seen(FAILED, job(902, "Failed", started=400, ended=500), job(901, "Completed", started=300, ended=350))

    assert reruns.of(FAILED) == Rerun("902", JobState.FAILED, False)


def test_restores_without_a_subclient_may_be_about_anything_once_they_are_over() -> None:
    failed = job(781, "Failed", RESTORE, ended=200)

    assert seen(failed, job(901, "Completed", RESTORE, started=300)).of(failed) is None
    assert seen(failed, job(901, "Running", RESTORE, started=300)).of(failed) == Rerun("901", JobState.RUNNING, False)


def test_jobs_of_the_commserve_are_told_by_their_type() -> None:
    failed = job(781, "Failed", COMMSERVE, ended=200)

    assert seen(failed, job(901, "Completed", COMMSERVE, started=300)).of(failed) == Rerun(
        "901", JobState.COMPLETED, False
    )


def test_our_own_retry_is_awaited_until_it_is_seen() -> None:
    reruns = seen(FAILED)
    reruns.expect("781", "901")

    assert reruns.awaited("781") == "901"
    assert reruns.of(FAILED) == Rerun("901", None, True)

    reruns.note(job(901, "Waiting", started=300))

    assert reruns.awaited("781") == ""
    assert reruns.of(FAILED) == Rerun("901", JobState.QUEUED, True)


def test_a_retry_that_the_answer_did_not_name_is_found_by_its_subclient() -> None:
    reruns = seen(FAILED)
    reruns.expect("781", "")

    assert reruns.awaited("781") == ""
    assert reruns.of(FAILED) == Rerun("", None, True)

    reruns.note(job(901, "Waiting", started=300))

    assert reruns.of(FAILED) == Rerun("901", JobState.QUEUED, True)
