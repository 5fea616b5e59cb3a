#!/usr/bin/python
# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: job_retry
short_description: Retry failed batch jobs once
version_added: 1.0.0
author: The batchops.job_control authors (@batchops)
description:
  - Retries the selected jobs that have failed (or were cancelled, where the product can retry those), and waits
    until the retry is seen to have begun. How the retry ends is what M(batchops.job_control.job_wait) waits for.
  - A job that has completed, ended with a warning, is queued or runs is left as it is, so a second run finds the
    retry that the first one started. A request whose answer was lost is not sent again unless the product shows that
    it did not arrive.
  - V(prime) offers no retry.
extends_documentation_fragment:
  - batchops.job_control._attributes
  - batchops.job_control._attributes.writes
  - batchops.job_control._connection
  - batchops.job_control._selection
  - batchops.job_control._selection.guards
  - batchops.job_control._waiting
  - batchops.job_control._waiting.timing
  - batchops.job_control._commvault
  - batchops.job_control._prime
  - batchops.job_control._drs
  - batchops.job_control._veeam
  - batchops.job_control._ajs
options:
  rerun_method:
    description:
      - For V(ajs) only. What is run again. The default is V(ABNORMAL_JOB) for a root jobnet and V(FROM) for any
        other unit.
      - V(TOP), V(ABNORMAL_JOB), V(ABNORMAL_NEXT), V(ABNORMAL_JOBNET) and V(WARNING) are for root jobnets, V(FROM),
        V(ONLY) and V(NEXT) for nested jobnets and jobs.
    type: str
    choices: [TOP, ABNORMAL_JOB, ABNORMAL_NEXT, ABNORMAL_JOBNET, WARNING, FROM, ONLY, NEXT]
  start_suspended:
    description: For V(commvault) only. Whether the new job begins suspended.
    type: bool
    default: false
seealso:
  - module: batchops.job_control.job_wait
  - module: batchops.job_control.job_info
"""

EXAMPLES = r"""
# The connection options come from the inventory: job_control_system, job_control_url, ...
- name: Retry everything that has failed within the last day
  batchops.job_control.job_retry:
    states: failed
    location: "{{ '/' if job_control_system == 'ajs' else omit }}"
  when: job_control_system != 'prime'

- name: Show what would be retried of one file server
  batchops.job_control.job_retry:
    owners: fileserver01
    states: [failed, cancelled]
    location: "{{ '/' if job_control_system == 'ajs' else omit }}"
  check_mode: true
  when: job_control_system != 'prime'
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
      sample: failed
    after:
      description: State after, as it was read back; in check mode, as it would be.
      type: str
      sample: running
    raw_before:
      description: State before, in the product's words.
      type: str
      sample: Failed
    raw_after:
      description: State after, in the product's words; null in check mode for a job that would be changed.
      type: str
      sample: Running
    action:
      description: What the product was asked to do with the job.
      type: str
      sample: retry
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
summary:
  description: Counts of the jobs; each job counts once.
  type: dict
  returned: always
  sample: {selected: 3, changed: 2, unchanged: 1, skipped: 0, failed: 0}
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
    run_verb(Verb.RETRY)


if __name__ == "__main__":
    main()
