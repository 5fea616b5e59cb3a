#!/usr/bin/python
# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: job_suspend
short_description: Suspend batch jobs until they are resumed
version_added: 1.0.0
author: The batchops.job_control authors (@batchops)
description:
  - Makes the selected jobs stop working until they are resumed, and waits until they have.
  - What that means depends on the product; the pages of the products say it. A job that is suspended already is
    left as it is.
  - With O(journal) each job is written down before it is suspended, so that M(batchops.job_control.job_resume) can
    resume exactly those jobs later, whatever happens in between.
extends_documentation_fragment:
  - batchops.job_control._attributes
  - batchops.job_control._attributes.writes
  - batchops.job_control._connection
  - batchops.job_control._selection
  - batchops.job_control._selection.guards
  - batchops.job_control._waiting
  - batchops.job_control._waiting.timing
  - batchops.job_control._journal
  - batchops.job_control._journal.opening
  - batchops.job_control._commvault
  - batchops.job_control._prime
  - batchops.job_control._drs
  - batchops.job_control._veeam
  - batchops.job_control._ajs
options:
  running:
    description:
      - What to do about an instance that runs now, where suspending a job does not touch it (V(prime), V(veeam),
        V(ajs)).
      - V(leave) lets it run on. The job is then V(suspending) until the instance ends; for V(ajs), where a running
        unit cannot be held, such a job is left alone.
      - V(wait) waits until it has ended. V(cancel) cancels it.
    type: str
    choices: [leave, wait, cancel]
    default: leave
  auto_resume_after:
    description:
      - For V(commvault) only. Seconds after which the product resumes the jobs by itself, in case nobody else does.
    type: int
  journal:
    description:
      - File in which the suspended jobs are written down, on the host where the module runs. Its folder has to exist.
      - One journal keeps all windows of one job system. Each job system needs its own.
      - It belongs to the user that runs this, has the mode 0600, and is used by one run at a time; another one waits
        for up to O(wait_timeout) seconds. When no window is open any more it may be begun anew.
      - In check mode RV(journal_copy) announces the jobs that would be suspended. Stored before they are, it lets
        M(batchops.job_control.job_resume) find them even when the run that suspends them is lost with its files.
    type: path
  window:
    description:
      - Name of the maintenance window in the journal. Several can be open at a time.
      - A job that another open window has suspended is held for this one, too. It is resumed when the last window that
        holds it is closed.
    type: str
  plan:
    description:
      - A plan, as a run in check mode has returned it as RV(plan). Exactly its jobs are suspended, in the way that it
        says. The options that select jobs, O(running) and O(auto_resume_after) come from the plan and are not given
        beside it; O(max_jobs), O(on_missing) and O(on_ineligible) do not count.
      - The jobs are looked at again first. What this window has suspended by now is as planned, so a plan can be
        carried out again after a crash.
      - A plan of another product is refused.
    type: str
  on_drift:
    description:
      - What to do when the jobs are not as they were planned, because one has another state or name, is gone, does not
        match the selection any more or is new in it. Times and progress do not count, nor do jobs that have ended and
        that the plan did nothing about.
      - V(fail) refuses before anything is changed and before the window is opened, and names each difference
        (RV(differences), with C(plan_differs) as RV(error.code)).
      - V(ignore) suspends what can still be suspended of the jobs that the plan suspends; what has become of the others
        is no error. A job that the plan does not suspend is left alone and named in RV(came_up). O(running) may be
        given then; what is not its default counts instead of that of the plan.
    type: str
    choices: [fail, ignore]
    default: fail
  sweep:
    description:
      - Whether to look again when all jobs are suspended, and to suspend what has come up meanwhile, such as new jobs,
        new runs and jobs that somebody has resumed, until a look shows nothing of that kind. Where nothing comes up
        this costs one more list of the jobs.
      - When jobs still come up and O(wait_timeout) is over, the run ends with an error that names them
        (RV(error.kind) is C(wait_timeout)). What it has suspended stays suspended.
      - With O(plan) nothing but its jobs is suspended; what has come up is only named in RV(came_up).
      - It needs O(journal).
    type: bool
    default: false
seealso:
  - module: batchops.job_control.job_resume
  - module: batchops.job_control.job_info
"""

EXAMPLES = r"""
# The connection options come from the inventory: job_control_system, job_control_url, ...
- name: Suspend the jobs of one file server and remember which
  batchops.job_control.job_suspend:
    owners: fileserver01
    location: "{{ '/' if job_control_system == 'ajs' else omit }}"
    journal: "{{ journal_folder }}/patchday.journal"
    window: patchday

- name: Plan, and change nothing
  batchops.job_control.job_suspend:
    owners: fileserver01
    location: "{{ '/' if job_control_system == 'ajs' else omit }}"
    journal: "{{ journal_folder }}/patchday.journal"
    window: patchday
  check_mode: true
  register: planned

- name: Suspend exactly what was planned, or nothing if the jobs have changed since
  batchops.job_control.job_suspend:
    plan: "{{ planned.plan }}"
    journal: "{{ journal_folder }}/patchday.journal"
    window: patchday

- name: Suspend every job whose name begins with nightly, and wait for what runs
  batchops.job_control.job_suspend:
    names: nightly*
    location: "{{ '/' if job_control_system == 'ajs' else omit }}"
    running: wait
    wait_timeout: 3600
  check_mode: true
"""

RETURN = r"""
changed:
  description: Whether any job was changed; also true when some jobs were changed and others failed.
  type: bool
  returned: always
jobs:
  description: One entry for each selected or named job.
  type: list
  elements: dict
  returned: always
  contains:
    id:
      description: Id of the job.
      type: str
      sample: "781"
    name:
      description: Name of the job.
      type: str
      sample: nightly-files
    type:
      description: Type of the job, in the product's words.
      type: str
      sample: Backup
    owner:
      description: Client or server that the job belongs to.
      type: str
      sample: fileserver01
    system:
      description: Value of O(system).
      type: str
      sample: commvault
    before:
      description: State before, in neutral words; null for a job that does not exist.
      type: str
      sample: running
    after:
      description: State after, as it was read back; in check mode, as it would be.
      type: str
      sample: suspended
    raw_before:
      description: State before, in the product's words.
      type: str
      sample: Running
    raw_after:
      description: State after, in the product's words; null in check mode for a job that would be changed.
      type: str
      sample: Suspended
    action:
      description: What the product was asked to do with the job.
      type: str
      sample: suspend
    changed:
      description: Whether this run changed the job.
      type: bool
    error:
      description: What went wrong with this job, with C(kind), C(code) and C(message); null otherwise.
      type: dict
    note:
      description: Why nothing was done, or what happened to the job meanwhile.
      type: str
    new_id:
      description: Id of the job that replaces this one.
      type: str
      returned: when the product made a new job
    run_id:
      description: Id of the latest run.
      type: str
      returned: where runs have ids of their own
    held_by:
      description: The other windows of the journal for which the job stays suspended.
      type: list
      elements: str
      returned: when there are any
summary:
  description: Counts of the jobs; each job counts once.
  type: dict
  returned: always
  sample: {selected: 3, changed: 2, unchanged: 1, skipped: 0, failed: 0}
window:
  description: The window, as the journal has it now.
  type: dict
  returned: when O(journal) is set and the window could be opened
  contains:
    name:
      description: Its name.
      type: str
      sample: patch-day
    opened:
      description: When it was opened.
      type: str
      sample: "2026-12-23T21:00:00Z"
    expires:
      description: When it ends by itself; null for never.
      type: str
      sample: "2026-12-24T06:00:00Z"
    run:
      description: The run that has opened it, with C(id), C(user), C(controller) and C(process).
      type: dict
    is_closed:
      description: Whether it is closed.
      type: bool
plan:
  description: What would be done, as a text for the option O(plan) of a later run.
  type: str
  returned: in check mode, when O(journal) is set and nothing is wrong
differences:
  description: Where the jobs are not as planned.
  type: list
  elements: dict
  returned: when O(plan) is refused because of them
  contains:
    id:
      description: Id of the job.
      type: str
      sample: "781"
    name:
      description: Name of the job.
      type: str
      sample: nightly-files
    what:
      description:
        - What differs. One of C(state), C(step) (another thing would have to be done now), C(name), C(new), C(gone),
          C(deselected) and C(unread).
      type: str
      sample: state
    planned:
      description: What it was like when it was planned; null for a new job.
      type: str
      sample: running
    now:
      description: What it is like now; null for a job that is gone.
      type: str
      sample: completed
came_up:
  description: Jobs that the selection of the plan means now, that work, and that the plan does not suspend.
  type: list
  elements: dict
  returned: when O(plan) is set and was not refused
  sample: [{id: "802", name: ad-hoc, type: Backup, owner: file01, started: "2026-12-23T21:04:00Z", state: running}]
journal_copy:
  description: The journal as it is now, compressed, to be kept where it outlives the host; see O(journal_copy).
  type: str
  returned: when O(journal_copy) is set and the journal could be used
journal_open:
  description: How many jobs of the journal still have something to be done.
  type: int
  returned: together with RV(journal_copy)
  sample: 2
http:
  description: The traffic of this run.
  type: dict
  returned: always
  sample: {requests: 4, replays: 0, seconds: 0.31}
error:
  description: What went wrong.
  type: dict
  returned: failure
  contains:
    kind:
      description:
        - One of C(usage), C(missing_library), C(connection), C(tls), C(auth), C(permission), C(not_found),
          C(ineligible), C(refused), C(rate_limited), C(protocol), C(wait_timeout), C(partial), C(unknown_outcome).
      type: str
      sample: auth
    code:
      description: The product's own error code.
      type: str
      sample: DRS.M00304
    message:
      description: One sentence on what happened and what to do.
      type: str
    http_status:
      description: HTTP status of the answer.
      type: int
      sample: 401
    method:
      description: HTTP method of the request.
      type: str
      sample: POST
    url:
      description: Address of the request.
      type: str
"""

from ansible_collections.batchops.job_control.plugins.module_utils._model import Verb
from ansible_collections.batchops.job_control.plugins.module_utils._run import run_verb


def main() -> None:
    run_verb(Verb.SUSPEND)


if __name__ == "__main__":
    main()
