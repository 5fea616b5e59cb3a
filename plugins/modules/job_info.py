#!/usr/bin/python
# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: job_info
short_description: Read the batch jobs of a job system
version_added: 1.0.0
author: The batchops.job_control authors (@batchops)
description:
  - Lists the jobs of a product that match the selection, all of them when nothing is selected.
  - States are given in neutral words that mean the same for every product, and in the product's own.
extends_documentation_fragment:
  - batchops.job_control._attributes
  - batchops.job_control._attributes.read_only
  - batchops.job_control._connection
  - batchops.job_control._selection
  - batchops.job_control._commvault
  - batchops.job_control._prime
  - batchops.job_control._drs
  - batchops.job_control._veeam
  - batchops.job_control._ajs
options:
  limit:
    description:
      - Stop after so many jobs, without reading further pages. V(0) means all.
      - RV(summary.limited) tells whether there may be more. Jobs that O(job_ids) names are always all read.
    type: int
    default: 0
  summary_only:
    description: Return only the counts, not the jobs.
    type: bool
    default: false
seealso:
  - module: batchops.job_control.job_suspend
  - module: batchops.job_control.job_resume
"""

EXAMPLES = r"""
# The connection options come from the inventory: job_control_system, job_control_url, ...
- name: List all jobs
  batchops.job_control.job_info:
    location: "{{ '/' if job_control_system == 'ajs' else omit }}"
  register: everything

- name: List the failed and the running jobs whose names begin with nightly
  batchops.job_control.job_info:
    names: nightly*
    states: [failed, running]
    location: "{{ '/' if job_control_system == 'ajs' else omit }}"

- name: Count the jobs by state
  batchops.job_control.job_info:
    summary_only: true
    location: "{{ '/' if job_control_system == 'ajs' else omit }}"
"""

RETURN = r"""
changed:
  description: Never true.
  type: bool
  returned: always
jobs:
  description: One entry for each selected job; empty with O(summary_only=true).
  type: list
  elements: dict
  returned: always
  contains:
    id:
      description: Id of the job, to be used in O(job_ids).
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
    state:
      description: State in neutral words; null for a job that does not exist.
      type: str
      sample: running
    raw_state:
      description: State in the product's words.
      type: str
      sample: Running
    actions:
      description: Verbs that the job can take now.
      type: list
      elements: str
      sample: [suspend, cancel_running]
    progress:
      description: Progress in percent, where the product tells.
      type: float
      sample: 50
    started:
      description: Start of the latest run, in UTC.
      type: str
      sample: "2026-05-16T18:20:01Z"
    ended:
      description: End of the latest run, in UTC.
      type: str
      sample: "2026-05-16T18:20:07Z"
    next_run:
      description: When the job is due next, in UTC.
      type: str
      sample: "2026-05-17T18:20:00Z"
    started_by:
      description: User who started or made the job.
      type: str
      sample: admin
    reason:
      description: The product's own words on why the job waits or failed.
      type: str
      sample: The media agent is offline.
    run_id:
      description: Id of the latest run, where runs have ids of their own.
      type: str
      sample: "282800294"
    error:
      description: What is wrong with this job, such as a missing one; null otherwise.
      type: dict
    note:
      description: A remark for people.
      type: str
msg:
  description: One sentence that there may be more jobs, or on what went wrong.
  type: str
  returned: when O(limit) was reached, or failure
  sample: Reading stopped after 5 jobs (limit); there may be more.
summary:
  description: Counts of the jobs.
  type: dict
  returned: always
  contains:
    selected:
      description: How many jobs match.
      type: int
      sample: 3
    skipped:
      description: How many jobs that O(job_ids) names do not exist, with O(on_missing=ignore).
      type: int
      sample: 0
    failed:
      description: How many jobs have an C(error). Those that have failed themselves are among the C(states).
      type: int
      sample: 0
    states:
      description: How many jobs are in which state.
      type: dict
      sample: {queued: 1, running: 2}
    limited:
      description: Whether reading stopped at O(limit), so that there may be more.
      type: bool
      sample: false
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

from ansible_collections.batchops.job_control.plugins.module_utils._run import run_info


def main() -> None:
    run_info()


if __name__ == "__main__":
    main()
