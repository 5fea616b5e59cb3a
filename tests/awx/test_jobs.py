# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The templates as AWX runs them, on all job systems at once: a window from its opening to its closing, and after a
time-out in the middle of it."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from awx.jobs import Awx, Job
from support.ansible import PROGRAMS
from support.estate import Target
from support.scenes import Scene, held, mixed_jobs

WINDOW = {"maintenance_window_name": "patchday"}
#: What runs in these scenes never ends.
OPEN = {**WINDOW, "maintenance_window_running": "leave"}
IN_FACTS = {"maintenance_window_journal_in_facts": True}
PLAN, SUSPEND, RESUME, STATUS = (f"Batch jobs: {what}" for what in ("plan", "suspend", "resume", "status"))
EXPIRED = "Batch jobs: close expired windows"

Held = dict[str, dict[str, bool]]


class Night:
    """Jobs in the products, and the AWX that works on them."""

    def __init__(self, awx: Awx, estate: dict[str, Target]) -> None:
        self.awx = awx
        self.estate = estate
        self.scenes: dict[str, Scene] = {system: mixed_jobs(target) for system, target in estate.items()}
        self.found = self.held()

    def held(self) -> Held:
        return {system: held(target) for system, target in self.estate.items()}

    def ours(self, system: str) -> list[str]:
        return self.scenes[system].ours(system)

    @property
    def suspended(self) -> Held:
        """What is held while the window is open."""
        return {system: self.found[system] | dict.fromkeys(self.ours(system), True) for system in self.estate}

    def hold_writes(self, skip: int) -> None:
        for target in self.estate.values():
            target.control.arm(kind="hold", writes=True, skip=skip, times=0)

    def all_hold(self) -> bool:
        """Whether each product is about to carry a write out."""
        return all(map(self.holds, self.estate))

    def holds(self, system: str) -> bool:
        requests = self.estate[system].control.requests()
        return any(entry["fault"] == "hold" and not entry["status"] for entry in requests)

    def let_go(self) -> None:
        """What was sent takes effect, though nobody waits for the answers."""
        for target in self.estate.values():
            target.control.disarm()
            target.control.release()

    def assert_as_found(self) -> None:
        assert self.held() == self.found
        for system, target in self.estate.items():
            for job_id, job in target.control.jobs().items():
                done = sum(job["applied"].values())
                assert done in ((0, 2) if job_id in self.ours(system) else (0,)), (system, job)


Nights = t.Callable[..., Night]


@pytest.fixture
def nights(tmp_path: pathlib.Path, estate: dict[str, Target]) -> Nights:
    """A night over some of the products, or over all."""

    def over(*systems: str) -> Night:
        chosen = {system: estate[system] for system in systems or estate}
        return Night(Awx(tmp_path, chosen), chosen)

    return over


def keep_journals_in_facts(awx: Awx, folder: pathlib.Path) -> None:
    awx.extra_vars = IN_FACTS


def keep_journals_on_a_host(awx: Awx, folder: pathlib.Path) -> None:
    """A host that has nothing of the job's environment, as one behind ssh has not."""
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nexec env -i PATH=/usr/bin:/bin HOME="$HOME" {PROGRAMS}/python "$@"\n')
    python.chmod(0o700)
    awx.host_variables["keeper"] = {
        "ansible_connection": "local",
        "ansible_python_interpreter": str(python),
        "ansible_remote_tmp": str(folder / "keeper"),
    }
    awx.extra_vars = {
        "maintenance_window_journal_host": "keeper",
        "maintenance_window_journal_folder": str(folder / "keeper" / "windows"),
    }


PLACES = [keep_journals_in_facts, keep_journals_on_a_host]
Place = t.Callable[[Awx, pathlib.Path], None]


def assert_good(job: Job, awx: Awx) -> None:
    assert job.status == "successful", job.output
    assert not [secret for secret in awx.secrets if secret in job.text]


def test_a_window_over_several_jobs(nights: Nights) -> None:
    """Suspend, look, resume, look again: each in an execution environment of its own, which knows of the others by what
    AWX has stored. No event shows a secret."""
    night = nights()
    awx = night.awx
    awx.extra_vars = IN_FACTS
    assert_good(awx.launch(SUSPEND, check=True, **OPEN), awx)
    assert night.held() == night.found
    assert awx.facts == {}

    assert_good(awx.launch(SUSPEND, **OPEN), awx)
    assert night.held() == night.suspended
    status = awx.launch(STATUS)
    assert_good(status, awx)
    assert status.artifacts["maintenance_window_status"]["ok"] is True
    assert "patchday" in status.output
    assert_good(awx.launch(RESUME, **WINDOW), awx)
    night.assert_as_found()
    again = awx.launch(RESUME, **WINDOW)
    assert_good(again, awx)
    assert "changed: [" not in again.output
    night.assert_as_found()
    assert all(facts["maintenance_window_journal_copy"]["open_jobs"] == 0 for facts in awx.facts.values())


def test_the_survey_names_jobs(nights: Nights) -> None:
    """Names one a line; a line may be empty. What looks like a template is text."""
    night = nights("commvault", "ajs")
    awx = night.awx
    awx.extra_vars = IN_FACTS
    job = awx.launch(SUSPEND, **OPEN, window_job_names="*queued-1\n\n  {{ 1 }}*\n")
    assert_good(job, awx)
    chosen = {
        system: [job_id for job_id, job in target.control.jobs().items() if job["name"].endswith("queued-1")]
        for system, target in night.estate.items()
    }
    now = night.held()
    assert now == {system: night.found[system] | dict.fromkeys(chosen[system], True) for system in night.estate}
    assert now != night.found
    assert_good(awx.launch(RESUME, **WINDOW), awx)
    night.assert_as_found()


def test_the_survey_chooses_within_the_bounds_of_the_inventory(nights: Nights) -> None:
    """Owners are whole names; a selection that is too large is refused, and nothing is suspended."""
    night = nights("commvault")
    awx = night.awx
    awx.extra_vars = IN_FACTS
    refused = awx.launch(SUSPEND, **OPEN, window_max_jobs=1)
    assert refused.status == "failed"
    assert night.held() == night.found
    job_info = night.estate["commvault"].control.jobs().values()
    (owner,) = {str(job["owner"]) for job in job_info}
    awx.launch(SUSPEND, **OPEN, window_job_owners=owner[:-1] + "*")
    assert night.held() == night.found
    assert_good(awx.launch(SUSPEND, **OPEN, window_job_owners=f"\n {owner} \n"), awx)
    assert night.held() == night.suspended
    assert_good(awx.launch(RESUME, **WINDOW), awx)
    night.assert_as_found()


def test_the_survey_names_a_unit(nights: Nights) -> None:
    """In place of the one of the inventory; for a product without units it says nothing."""
    night = nights("ajs", "veeam")
    awx = night.awx
    awx.extra_vars = IN_FACTS
    awx.launch(SUSPEND, **OPEN, window_job_location="/Elsewhere")
    now = night.held()
    assert now["ajs"] == night.found["ajs"]
    assert_good(awx.launch(SUSPEND, **OPEN, window_job_location=" /Batch "), awx)
    assert night.held() == night.suspended
    assert_good(awx.launch(RESUME, **WINDOW), awx)
    night.assert_as_found()


def test_a_job_tells_the_figures_of_the_window(nights: Nights) -> None:
    """Of the window and not of the run: the second closing has nothing to do, and tells the same."""
    night = nights("commvault", "veeam")
    awx = night.awx
    awx.extra_vars = IN_FACTS
    number = sum(len(night.ours(system)) for system in night.estate)
    opened = awx.launch(SUSPEND, **OPEN)
    assert_good(opened, awx)
    figures = opened.artifacts["maintenance_window_figures"]
    assert (figures["window"], figures["suspended"], figures["still_suspended"]) == ("patchday", number, number)
    assert {name: one["suspended"] for name, one in figures["systems"].items()} == {
        f"{system}_prod": len(night.ours(system)) for system in night.estate
    }
    for closing in (awx.launch(RESUME, **WINDOW), awx.launch(RESUME, **WINDOW)):
        assert_good(closing, awx)
        figures = closing.artifacts["maintenance_window_figures"]
        assert [figures[name] for name in ("suspended", "resumed", "still_suspended", "missing")] == [
            number,
            number,
            0,
            0,
        ]


def test_a_failed_change_says_what_is_held(nights: Nights) -> None:
    awx = nights("veeam").awx
    said = awx.launch(
        "Batch jobs: say that the change failed", before={"maintenance_window_figures": {"still_suspended": 3}}
    )
    assert said.status == "failed"
    assert "keeps suspended: 3." in said.output


def test_a_whole_window_with_tasks_of_the_project(nights: Nights) -> None:
    """The tasks run while the jobs are suspended, and the report of what was done is among the events."""
    night = nights("prime", "drs")
    awx = night.awx
    awx.extra_vars = IN_FACTS
    job = awx.launch("Batch jobs: whole window", **OPEN, window_tasks_file="change_tasks.yml")
    assert_good(job, awx)
    for system in night.estate:
        assert f"The jobs of {system}_prod are suspended now" in job.output
    night.assert_as_found()


def test_retrying_what_failed(nights: Nights) -> None:
    """On all products that can; the others are no failure. The second time there is nothing to do."""
    night = nights()
    awx = night.awx
    for target in night.estate.values():
        target.control.seed({"name": "broken", "scenario": "failed"})
    job = awx.launch("Batch jobs: retry what failed", retry_failed_within=86400)
    assert_good(job, awx)
    assert "does not offer retry" in job.output
    writes = {system: len(target.control.writes()) for system, target in night.estate.items()}
    assert writes == {system: int(system != "prime") for system in night.estate}
    assert_good(awx.launch("Batch jobs: retry what failed"), awx)
    assert {system: len(target.control.writes()) for system, target in night.estate.items()} == writes


def test_the_example_of_a_change_and_its_failure(nights: Nights) -> None:
    night = nights("veeam")
    assert_good(night.awx.launch("Batch jobs: the change (an example that does nothing)"), night.awx)
    assert night.awx.launch("Batch jobs: say that the change failed").status == "failed"


# --- the workflow ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keep_journals", PLACES)
def test_a_workflow(nights: Nights, tmp_path: pathlib.Path, keep_journals: Place) -> None:
    """Plan, suspend, change, resume, each in an execution environment of its own."""
    night = nights("commvault", "veeam")
    keep_journals(night.awx, tmp_path)
    jobs = night.awx.run_workflow(**OPEN)
    for job in jobs:
        assert_good(job, night.awx)
    assert len(jobs) == 4
    night.assert_as_found()


def test_a_workflow_that_is_cancelled_while_jobs_are_being_suspended(nights: Nights) -> None:
    """Of that job no facts come back; the plan before it has told them what would be suspended."""
    night = nights("commvault")
    awx = night.awx
    awx.extra_vars = IN_FACTS
    planned = awx.launch(PLAN, workflow=1, **OPEN)
    assert_good(planned, awx)
    assert night.held() == night.found
    night.hold_writes(skip=1)
    awx.launch(SUSPEND, workflow=1, before=planned.artifacts, until=night.all_hold, lost=True, **OPEN)
    night.let_go()
    assert night.held() != night.found
    assert_good(awx.launch(RESUME, **WINDOW), awx)
    night.assert_as_found()


def test_a_plan_that_is_only_looked_at_leaves_no_trace(nights: Nights) -> None:
    night = nights("veeam")
    awx = night.awx
    awx.extra_vars = IN_FACTS
    planned = awx.launch(PLAN, **OPEN)
    assert_good(planned, awx)
    assert planned.artifacts == {}
    assert not any("maintenance_window_journal_copy" in facts for facts in awx.facts.values())


@pytest.mark.parametrize("keep_journals", PLACES)
def test_what_was_approved_is_suspended_exactly(nights: Nights, tmp_path: pathlib.Path, keep_journals: Place) -> None:
    """Or nothing: somebody has approved those jobs, and not a selection."""
    night = nights("commvault", "veeam")
    awx = night.awx
    keep_journals(awx, tmp_path)
    awx.extra_vars = {**awx.extra_vars, "window_plan_is_approved": True}
    planned = awx.launch(PLAN, workflow=1, **OPEN)
    assert_good(planned, awx)
    approved = planned.artifacts["window_plan"]
    assert {name: len(host["summary"]["jobs"]["suspend"]) for name, host in approved["hosts"].items()} == {
        f"{system}_prod": len(night.ours(system)) for system in night.estate
    }
    assert_good(awx.launch(SUSPEND, workflow=1, before=planned.artifacts, **OPEN), awx)
    assert night.held() == night.suspended
    assert_good(awx.launch(RESUME, workflow=1, before=planned.artifacts, **WINDOW), awx)
    night.assert_as_found()

    planned = awx.launch(PLAN, workflow=2, **OPEN)
    night.estate["veeam"].control.seed({"name": "came later", "scenario": "queued"})
    now = night.held()
    refused = awx.launch(SUSPEND, workflow=2, before=planned.artifacts, **OPEN)
    assert refused.status == "failed"
    assert "came later" in refused.output
    assert night.held() == now


def test_a_plan_that_is_not_approved_leaves_no_window_behind(nights: Nights) -> None:
    """The facts have been told of it. The path of a refusal takes that back, and the next workflow can begin."""
    night = nights("veeam")
    awx = night.awx
    awx.extra_vars = {**IN_FACTS, "window_plan_is_approved": True}
    assert_good(awx.launch(PLAN, workflow=1, **OPEN), awx)
    assert_good(awx.launch(RESUME, workflow=1, **WINDOW, window_close_if="own_run"), awx)
    assert night.held() == night.found
    assert_good(awx.launch(PLAN, workflow=2, **OPEN), awx)


@pytest.mark.parametrize("keep_journals", PLACES)
def test_another_window_between_a_plan_and_its_opening(
    nights: Nights, tmp_path: pathlib.Path, keep_journals: Place
) -> None:
    """An approval may take hours. What other jobs have written down by then is not taken back."""
    night = nights("veeam")
    awx = night.awx
    keep_journals(awx, tmp_path)
    other = {"maintenance_window_name": "other"}
    assert_good(awx.launch(PLAN, workflow=1, **OPEN), awx)
    assert_good(awx.launch(SUSPEND, **{**OPEN, **other}, window_job_names="*queued-1"), awx)
    now = night.held()
    assert night.found != now != night.suspended
    assert_good(awx.launch(SUSPEND, workflow=1, **OPEN), awx)
    assert night.held() == night.suspended
    assert_good(awx.launch(RESUME, workflow=1, **WINDOW), awx)
    assert night.held() == now
    assert_good(awx.launch(RESUME, **other), awx)
    night.assert_as_found()


@pytest.mark.parametrize("keep_journals", PLACES)
def test_a_workflow_adds_to_no_window_of_another_run(
    nights: Nights, tmp_path: pathlib.Path, keep_journals: Place
) -> None:
    """One that is launched again while the first one waits, say. By hand a window can be added to."""
    night = nights("veeam")
    awx = night.awx
    keep_journals(awx, tmp_path)
    first = {**OPEN, "window_job_names": "*queued-1"}
    assert_good(awx.launch(SUSPEND, workflow=1, **first), awx)
    now = night.held()
    assert night.found != now != night.suspended
    for template in (PLAN, SUSPEND):
        refused = awx.launch(template, workflow=2, **OPEN)
        assert refused.status == "failed"
        assert "is open already" in refused.output
        assert "AWX workflow job 1" in refused.output
    assert night.held() == now
    assert_good(awx.launch(SUSPEND, **OPEN), awx)
    assert night.held() == night.suspended
    assert_good(awx.launch(RESUME, **WINDOW), awx)
    night.assert_as_found()


@pytest.mark.parametrize("keep_journals", PLACES)
def test_what_a_limit_has_left_out_is_no_failure(nights: Nights, tmp_path: pathlib.Path, keep_journals: Place) -> None:
    """Neither when somebody looks nor when the window is closed, nor when the job that closes it was cancelled and is
    run again. The figures are those of the window; the facts have lost what the cancelled job has resumed."""
    night = nights("commvault", "veeam")
    awx = night.awx
    keep_journals(awx, tmp_path)
    assert_good(awx.launch(SUSPEND, limit="commvault_prod", **OPEN), awx)
    now = night.held()
    assert now == {"commvault": night.suspended["commvault"], "veeam": night.found["veeam"]}
    assert_good(awx.launch(STATUS), awx)
    night.estate["commvault"].control.forget_requests()
    night.estate["commvault"].control.arm(kind="hold", writes=True, skip=1, times=0)
    awx.launch(RESUME, **WINDOW, until=lambda: night.holds("commvault"), lost=True)
    night.let_go()
    closed = awx.launch(RESUME, **WINDOW)
    assert_good(closed, awx)
    night.assert_as_found()
    number = len(night.ours("commvault"))
    figures = closed.artifacts["maintenance_window_figures"]
    assert [figures[name] for name in ("suspended", "still_suspended", "missing")] == [number, 0, 0]
    assert figures["resumed"] == (0 if keep_journals is keep_journals_in_facts else number)
    assert_good(awx.launch(STATUS), awx)


def test_the_report_is_on_the_host_that_keeps_the_journals(nights: Nights, tmp_path: pathlib.Path) -> None:
    """The execution environment, in which the role writes it, is thrown away."""
    night = nights("veeam")
    awx = night.awx
    keep_journals_on_a_host(awx, tmp_path)
    reports = tmp_path / "keeper" / "reports"
    awx.extra_vars["window_report_folder"] = str(reports)
    assert_good(awx.launch(SUSPEND, **OPEN), awx)
    assert not reports.exists()
    assert_good(awx.launch(RESUME, **WINDOW), awx)
    assert sorted(path.name for path in reports.iterdir()) == ["patchday.html", "patchday.json"]
    assert json.loads((reports / "patchday.json").read_text())["totals"]["resumed"] == len(night.ours("veeam"))


@pytest.mark.parametrize("keep_journals", PLACES)
def test_a_workflow_that_fails_closes_only_its_own_window(
    nights: Nights, tmp_path: pathlib.Path, keep_journals: Place
) -> None:
    """All jobs of a workflow are one run. Where nobody has opened anything there is nothing to do."""
    night = nights("veeam")
    awx = night.awx
    keep_journals(awx, tmp_path)
    after_failure = {**WINDOW, "window_close_if": "own_run"}
    assert_good(awx.launch(RESUME, workflow=7, **after_failure), awx)
    assert_good(awx.launch(SUSPEND, workflow=8, **OPEN), awx)
    assert_good(awx.launch(RESUME, workflow=7, **after_failure), awx)
    assert night.held() == night.suspended
    assert_good(awx.launch(RESUME, workflow=8, **after_failure), awx)
    night.assert_as_found()


@pytest.mark.parametrize("keep_journals", PLACES)
def test_a_job_closes_windows_that_are_over_and_only_those(
    nights: Nights, tmp_path: pathlib.Path, keep_journals: Place
) -> None:
    """Nothing to close is no error, and neither is a job system without a journal."""
    night = nights("veeam")
    awx = night.awx
    keep_journals(awx, tmp_path)
    assert_good(awx.launch(EXPIRED), awx)
    assert_good(awx.launch(SUSPEND, **OPEN), awx)
    assert_good(awx.launch(EXPIRED), awx)
    assert night.held() == night.suspended


# --- time-outs ----------------------------------------------------------------------------------------------------


def test_certificates_of_a_credential_are_not_on_the_host_with_the_journals(
    nights: Nights, tmp_path: pathlib.Path
) -> None:
    """Said with the remedy, before anything is suspended; with the remedy it works."""
    night = nights("veeam")
    awx = night.awx
    keep_journals_on_a_host(awx, tmp_path)
    awx.inputs["veeam"] = {"ca_certificate": "-----BEGIN CERTIFICATE-----"}
    refused = awx.launch(SUSPEND, **OPEN)
    assert refused.status == "failed"
    assert "set job_control_awx_ca_path" in refused.output
    assert night.held() == night.found
    awx.extra_vars["job_control_ca_path"] = night.estate["veeam"].options.get("ca_path", "")
    assert_good(awx.launch(SUSPEND, **OPEN), awx)
    assert_good(awx.launch(RESUME, **WINDOW), awx)
    night.assert_as_found()


@pytest.mark.parametrize("keep_journals", PLACES)
def test_a_time_out_while_jobs_are_being_suspended(
    nights: Nights, tmp_path: pathlib.Path, keep_journals: Place
) -> None:
    """Some jobs are suspended, for some the request is under way, for some it was never sent. These products take
    one job in each request."""
    night = nights("commvault", "ajs")
    awx = night.awx
    keep_journals(awx, tmp_path)
    night.hold_writes(skip=1)
    killed = awx.launch(SUSPEND, **OPEN, until=night.all_hold)
    assert killed.status == "timeout", killed.output
    night.let_go()
    assert night.held() != night.found
    assert_good(awx.launch(RESUME, **WINDOW), awx)
    night.assert_as_found()


@pytest.mark.parametrize("keep_journals", PLACES)
def test_a_time_out_in_the_tasks_of_the_window(nights: Nights, tmp_path: pathlib.Path, keep_journals: Place) -> None:
    """`always` does not run then, so the jobs stay suspended until they are resumed by a job of its own."""
    night = nights("veeam", "ajs")
    awx = night.awx
    keep_journals(awx, tmp_path)
    awx.project_files["change_tasks.yml"] = json.dumps(
        [
            {
                "ansible.builtin.copy": {
                    "dest": f"{tmp_path}/began-{{{{ inventory_hostname }}}}",
                    "content": "",
                    "mode": "0600",
                }
            },
            {"ansible.builtin.wait_for": {"path": f"{tmp_path}/never"}},
        ]
    )
    killed = awx.launch(
        "Batch jobs: whole window",
        **OPEN,
        window_tasks_file="change_tasks.yml",
        until=lambda: len(list(tmp_path.glob("began-*"))) == len(night.estate),
    )
    assert killed.status == "timeout", killed.output
    assert night.held() == night.suspended
    assert_good(awx.launch(RESUME, **WINDOW), awx)
    night.assert_as_found()


def test_a_time_out_while_jobs_are_being_resumed(nights: Nights) -> None:
    night = nights("commvault", "veeam")
    awx = night.awx
    awx.extra_vars = IN_FACTS
    assert_good(awx.launch(SUSPEND, **OPEN), awx)
    for target in night.estate.values():
        target.control.forget_requests()
    night.hold_writes(skip=0)
    killed = awx.launch(RESUME, **WINDOW, until=night.all_hold)
    assert killed.status == "timeout", killed.output
    night.let_go()
    assert_good(awx.launch(RESUME, **WINDOW), awx)
    night.assert_as_found()
