#!/usr/bin/python
# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ajs_change_status
short_description: Change the status or the return code of a JP1/AJS3 job by hand
version_added: 1.0.0
author: The batchops.job_control authors (@batchops)
description:
  - Gives one job, or one jobnet connector, the status or the return code that it should have ended with, as the
    dialog box Change Job Status of JP1/AJS3 - View and the command C(ajschgstat) do, and waits until it has it.
  - The status of the jobnets above follows.
  - Changing a job that runs does not stop its process, but the jobs after it start at once. Changing a job after
    its jobnet has ended does not start the jobs after it; M(batchops.job_control.job_retry) does.
extends_documentation_fragment:
  - batchops.job_control._attributes
  - batchops.job_control._attributes.writes
  - batchops.job_control._connection
  - batchops.job_control._waiting
  - batchops.job_control._waiting.timing
  - batchops.job_control._ajs
  - batchops.job_control._others.prime
  - batchops.job_control._others.drs
options:
  system:
    description:
      - The product. There is nothing to choose; it is an option so that host variables and C(module_defaults) can be
        shared by all modules.
    type: str
    required: false
    choices: [ajs]
    default: ajs
  unit_name:
    description:
      - Full name of the job, for example V(/Group/Jobnet/Job).
      - The status of a jobnet cannot be changed, as it follows from its jobs.
    type: str
    required: true
  exec_id:
    description:
      - Execution ID of the generation, for example V(@A100). The default is the current generation, which is looked
        up once.
    type: str
  new_status:
    description:
      - The status to give. V(FAIL) is failed to start. V(RETURNCODE) judges by the return code and the thresholds
        of the job, which makes it V(NORMAL), V(WARNING) or V(ABNORMAL); a job that has one of these statuses, and
        O(new_return_code) if that is given, counts as judged and is left as it is.
      - At least one of O(new_status) and O(new_return_code) is required.
      - A jobnet connector needs it, and takes V(NORMAL), V(WARNING) and V(ABNORMAL) only. A judgment job does not
        take it. Event jobs, action jobs and OR jobs do not take V(RETURNCODE).
    type: str
    choices: [NORMAL, FAIL, WARNING, ABNORMAL, BYPASS, RETURNCODE]
  new_return_code:
    description:
      - The return code to give, from V(-2147483648) to V(2147483647). The default is to leave it.
      - A jobnet connector does not take it.
    type: int
  current_status:
    description:
      - The status that the job must have now, in the product's words, for example V(ABNORMAL). With any other the
        run fails and changes nothing, unless the job is where it was asked to be already.
    type: str
notes:
  - A status can be changed while the job is queued, runs or has ended; of jobs that wait to be executed only that of
    queueless jobs can. A job that waits for the one before it, or is held, is refused.
  - Event jobs in a start condition are refused.
  - Needs JP1/AJS3 - Web Console 11-10 or later; an older one is refused before anything is changed.
seealso:
  - module: batchops.job_control.job_retry
  - module: batchops.job_control.job_info
"""

EXAMPLES = r"""
# The connection options come from the inventory: job_control_url, job_control_ajs_manager, ...
- name: A job failed, its work was done by hand, so let the jobnet count it as ended normally
  batchops.job_control.ajs_change_status:
    unit_name: /Finance/Ledger/GL_Close/Extract
    current_status: ABNORMAL
    new_status: NORMAL
    new_return_code: 0

- name: Let the product judge one generation by another return code, and show what would change
  batchops.job_control.ajs_change_status:
    unit_name: /Finance/Ledger/GL_Close/Extract
    exec_id: "@A100"
    new_status: RETURNCODE
    new_return_code: 4
  check_mode: true
"""

RETURN = r"""
changed:
  description: Whether the job was changed.
  type: bool
  returned: always
jobs:
  description: One entry, for the job.
  type: list
  elements: dict
  returned: always
  contains:
    id:
      description: Full name and execution ID of the job.
      type: str
      sample: /Finance/Ledger/GL_Close/Extract:@A100
    name:
      description: Full name of the job.
      type: str
      sample: /Finance/Ledger/GL_Close/Extract
    type:
      description: Type of the job, in the product's words.
      type: str
      sample: JOB
    owner:
      description: Host that ran the job, or its execution agent.
      type: str
      sample: ap-fin01
    system:
      description: Value of O(system).
      type: str
      sample: ajs
    before:
      description: State before, in neutral words; null for a job that does not exist.
      type: str
      sample: failed
    after:
      description:
        - State after, as it was read back; in check mode, as it would be.
        - What the product makes of V(RETURNCODE) is not known before, so check mode says V(unknown).
      type: str
      sample: completed
    raw_before:
      description: State before, in the product's words.
      type: str
      sample: ABNORMAL
    raw_after:
      description: State after, in the product's words; null in check mode for a job that would be changed.
      type: str
      sample: NORMAL
    action:
      description: What the product was asked to do with the job.
      type: str
      sample: change_status
    changed:
      description: Whether this run changed the job.
      type: bool
    error:
      description: What went wrong with this job, with C(kind), C(code) and C(message); null otherwise.
      type: dict
    note:
      description: Why nothing was done, or what happened to the job meanwhile.
      type: str
summary:
  description: Counts of the jobs; each job counts once.
  type: dict
  returned: always
  sample: {selected: 1, changed: 1, unchanged: 0, skipped: 0, failed: 0}
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
      sample: ineligible
    code:
      description: The product's own error code.
      type: str
      sample: KNAK3216-E
    message:
      description: One sentence on what happened and what to do.
      type: str
    http_status:
      description: HTTP status of the answer.
      type: int
      sample: 409
    method:
      description: HTTP method of the request.
      type: str
      sample: POST
    url:
      description: Address of the request.
      type: str
"""

from ansible_collections.batchops.job_control.plugins.module_utils._model import Verb
from ansible_collections.batchops.job_control.plugins.module_utils._run import run_own_verb


def main() -> None:
    run_own_verb("ajs", Verb.CHANGE_STATUS)


if __name__ == "__main__":
    main()
