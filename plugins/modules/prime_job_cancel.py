#!/usr/bin/python
# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: prime_job_cancel
short_description: Cancel jobs of Cisco Prime Infrastructure for good
version_added: 1.0.0
author: The batchops.job_control authors (@batchops)
description:
  - Switches the triggers of the selected jobs off for good. They never run again, no resume brings them back, and the
    product has no call that makes them anew.
  - A run that is under way goes on. M(batchops.job_control.job_cancel_running) is for that.
  - To switch triggers off for a while use M(batchops.job_control.job_suspend).
  - A job that was cancelled before is left as it is. One that waits for approval, has expired or has fired for the
    last time cannot be cancelled.
extends_documentation_fragment:
  - batchops.job_control._attributes
  - batchops.job_control._attributes.writes
  - batchops.job_control._connection
  - batchops.job_control._selection
  - batchops.job_control._selection.guards
  - batchops.job_control._waiting
  - batchops.job_control._waiting.timing
  - batchops.job_control._prime
  - batchops.job_control._others.drs
  - batchops.job_control._others.ajs
options:
  system:
    description:
      - The product. It may be left out; it is an option so that all modules can share host variables and
        C(module_defaults).
    type: str
    required: false
    choices: [prime]
    default: prime
  confirm_irreversible:
    description: Confirms that the jobs are to be cancelled for good. Nothing is done without it.
    type: bool
    default: false
seealso:
  - module: batchops.job_control.job_suspend
  - module: batchops.job_control.job_cancel_running
"""

EXAMPLES = r"""
# The connection options come from the inventory: job_control_url, job_control_username, ...
- name: Cancel the image distributions of a cancelled roll-out
  batchops.job_control.prime_job_cancel:
    names: Image distribution*
    types: SWIM Distribution
    confirm_irreversible: true

- name: Show which suspended jobs would be cancelled
  batchops.job_control.prime_job_cancel:
    states: suspended
    confirm_irreversible: true
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
      sample: "1162934"
    name:
      description: Name of the job.
      type: str
      sample: Image distribution ber1
    type:
      description: Type of the job, in the product's words.
      type: str
      sample: SWIM Distribution
    owner:
      description: User who made the job.
      type: str
      sample: netops
    system:
      description: Value of O(system).
      type: str
      sample: prime
    before:
      description: State before, in neutral words; null for a job that does not exist.
      type: str
      sample: queued
    after:
      description:
        - State after, as it was read back; in check mode, as it would be. While a run goes on it is that of the run.
      type: str
      sample: cancelled
    raw_before:
      description: State before, in the product's words (C(jobStatus), C(runStatus), C(resultStatus)).
      type: str
      sample: SCHEDULED COMPLETED SUCCESS
    raw_after:
      description: State after, in the product's words; null in check mode for a job that would be changed.
      type: str
      sample: CANCELLED COMPLETED SUCCESS
    action:
      description: What the product was asked to do with the job.
      type: str
      sample: cancel
    changed:
      description: Whether this run changed the job.
      type: bool
    error:
      description: What went wrong with this job, with C(kind), C(code) and C(message); null otherwise.
      type: dict
    note:
      description: Why nothing was done, or what happened to the job meanwhile.
      type: str
    run_id:
      description: Id of the latest run.
      type: str
      returned: when the job has had a run
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
      sample: PRS-102
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
      sample: PUT
    url:
      description: Address of the request.
      type: str
"""

from ansible_collections.batchops.job_control.plugins.module_utils._model import Verb
from ansible_collections.batchops.job_control.plugins.module_utils._run import run_own_verb


def main() -> None:
    run_own_verb("prime", Verb.CANCEL)


if __name__ == "__main__":
    main()
