# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which failed jobs count as retried."""

from __future__ import annotations

import pytest

from ansible_collections.batchops.job_control.plugins.module_utils._commvault import states
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.facts import Facts, Work
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.reruns import Reruns
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.states import Rerun
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, JobState

SUBCLIENT = Work(client="2", subclient="148", type="Backup", destination="web01")
RESTORE = Work(client="2", subclient="0", type="Restore", destination="web01")
COMMSERVE = Work(client="0", subclient="0", type="CS DR Backup", destination="")


def job(job_id: int, status: str, work: Work = SUBCLIENT, started: int = 100, ended: int = 0) -> Job:
    state, halted, running = states.translate(status)
    facts = {"commvault": Facts(work, started, ended, ended, state.is_final, True)}
    return Job(str(job_id), "", work.type, "commvault", state, status, halted, running, facts=facts)


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
        job(901, "Running", SUBCLIENT._replace(subclient="149"), started=300),
        job(901, "Running", SUBCLIENT._replace(client="3"), started=300),
        job(901, "Running", SUBCLIENT._replace(type="Restore"), started=300),
    ],
)
def test_another_job_is_not(other: Job) -> None:
    assert seen(FAILED, other).of(FAILED) is None


def test_a_job_that_has_not_started_yet_has_no_start() -> None:
    assert seen(FAILED, job(901, "Queued", started=0)).of(FAILED) == Rerun("901", JobState.QUEUED, False)


def test_the_latest_one_counts() -> None:
    reruns = seen(FAILED, job(902, "Failed", started=400, ended=500), job(901, "Completed", started=300, ended=350))

    assert reruns.of(FAILED) == Rerun("902", JobState.FAILED, False)


def test_a_later_job_that_ran_side_by_side_has_done_the_work_too() -> None:
    assert seen(FAILED, job(901, "Failed", started=199)).of(FAILED) == Rerun("901", JobState.FAILED, False)


# --- restores, which have no subclient -----------------------------------------------------------------------------

FAILED_RESTORE = job(781, "Failed", RESTORE, ended=200)


def test_a_restore_without_a_later_one_was_not_run_again() -> None:
    assert seen(FAILED_RESTORE).of(FAILED_RESTORE) is None


@pytest.mark.parametrize("status", ["Running", "Completed", "Failed"])
@pytest.mark.parametrize("destination", ["web01", ""])
@pytest.mark.parametrize("started", [0, 200, 300])
def test_a_later_restore_may_be_the_retry_or_not(status: str, destination: str, started: int) -> None:
    later = job(901, status, RESTORE._replace(destination=destination), started=started)

    rerun = seen(FAILED_RESTORE, later).of(FAILED_RESTORE)
    assert rerun == Rerun("901", later.state, is_ours=False, is_certain=False)


@pytest.mark.parametrize(
    "other",
    [
        job(780, "Running", RESTORE, started=300),
        job(901, "Running", RESTORE, started=199),  # nobody could resubmit the other one yet
        job(901, "Running", RESTORE._replace(destination="web02"), started=300),
        job(901, "Running", RESTORE._replace(client="3"), started=300),
        job(901, "Running", RESTORE._replace(type="Backup"), started=300),
    ],
)
def test_another_restore_is_surely_not_the_retry(other: Job) -> None:
    assert seen(FAILED_RESTORE, other).of(FAILED_RESTORE) is None


def test_one_of_several_later_restores_is_enough() -> None:
    elsewhere = job(902, "Completed", RESTORE._replace(destination="web02"), started=400)
    untold = job(901, "Completed", RESTORE._replace(destination=""), started=300)

    assert seen(FAILED_RESTORE, untold, elsewhere).of(FAILED_RESTORE) == Rerun("901", JobState.COMPLETED, False, False)


def test_a_restore_whose_client_cannot_be_read_is_no_job_of_the_commserve() -> None:
    for client in ("", "0"):
        failed = job(781, "Failed", RESTORE._replace(client=client), ended=200)
        later = job(901, "Completed", RESTORE._replace(client=client), started=300)
        assert seen(failed, later).of(failed) == Rerun("901", JobState.COMPLETED, False, is_certain=False)


# --- jobs of the CommServe -----------------------------------------------------------------------------------------


def test_jobs_of_the_commserve_are_told_by_their_type() -> None:
    failed = job(781, "Failed", COMMSERVE, ended=200)

    assert seen(failed, job(901, "Completed", COMMSERVE, started=300)).of(failed) == Rerun(
        "901", JobState.COMPLETED, False
    )


# --- our own retries -----------------------------------------------------------------------------------------------


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


def test_a_retry_of_a_restore_that_the_answer_did_not_name_is_any_that_came_up_since() -> None:
    reruns = seen(FAILED_RESTORE)
    reruns.ask("781")
    reruns.expect("781", "")

    assert reruns.of(FAILED_RESTORE) == Rerun("", None, True)

    reruns.note(job(901, "Waiting", RESTORE, started=300))

    assert reruns.of(FAILED_RESTORE) == Rerun("901", JobState.QUEUED, True)


# --- an answer that was lost ---------------------------------------------------------------------------------------


def unanswered(failed: Job, *since: Job) -> Reruns:
    """A resubmit without an answer, and the jobs that were seen after it."""
    reruns = seen(failed)
    reruns.ask(failed.id)
    for one in since:
        reruns.note(one)
    return reruns


def test_nothing_has_come_up_since_the_resubmit() -> None:
    for failed in (FAILED, FAILED_RESTORE):
        reruns = unanswered(failed, failed, job(780, "Running"))
        assert reruns.of(failed) is None
        assert reruns.is_excluded(failed)


def test_a_new_job_of_the_subclient_is_ours_whatever_its_level() -> None:
    assert unanswered(FAILED, job(901, "Running", started=300)).of(FAILED) == Rerun("901", JobState.RUNNING, True)


@pytest.mark.parametrize(
    ("failed", "other"),
    [
        (FAILED, job(901, "Running", SUBCLIENT._replace(type="Synthetic Full"))),
        (FAILED, job(901, "Running", SUBCLIENT._replace(subclient="0"))),
        (FAILED_RESTORE, job(901, "Completed", RESTORE)),
        (FAILED_RESTORE, job(901, "Completed", RESTORE._replace(subclient="7"))),
        (FAILED_RESTORE, job(901, "Completed", RESTORE._replace(destination=""))),
    ],
)
def test_a_new_job_that_may_be_the_retry_leaves_it_open(failed: Job, other: Job) -> None:
    reruns = unanswered(failed, other)

    assert reruns.of(failed) is None
    assert not reruns.is_excluded(failed)


@pytest.mark.parametrize(
    ("failed", "other"),
    [
        (FAILED, job(901, "Running", SUBCLIENT._replace(subclient="149"))),
        (FAILED, job(901, "Running", SUBCLIENT._replace(client="3"))),
        (FAILED, job(901, "Running", RESTORE)),
        (FAILED_RESTORE, job(901, "Running", SUBCLIENT)),
        (FAILED_RESTORE, job(901, "Running", RESTORE._replace(destination="web02"))),
    ],
)
def test_a_new_job_that_is_surely_another_proves_nothing_else(failed: Job, other: Job) -> None:
    reruns = unanswered(failed, other)

    assert reruns.of(failed) is None
    assert reruns.is_excluded(failed)


def test_what_another_resubmit_has_made_is_no_candidate() -> None:
    other = job(782, "Failed", RESTORE, started=150, ended=220)
    reruns = seen(FAILED_RESTORE, other)
    reruns.ask("781")
    reruns.ask("782")
    reruns.expect("782", "901")
    reruns.note(job(901, "Running", RESTORE, started=300))

    assert reruns.is_excluded(FAILED_RESTORE)
