#!/usr/bin/python
# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: job_resume
short_description: Resume suspended batch jobs
version_added: 1.0.0
author: The batchops.job_control authors (@batchops)
description:
  - Resumes the selected jobs that are suspended, and waits until they are not suspended any more, whatever they do
    then.
  - With O(journal) it resumes exactly the jobs that M(batchops.job_control.job_suspend) suspended and wrote down
    there. A job that has ended or was resumed by somebody else is left alone and reported; one that another open
    window holds as well stays suspended for it. It can be run again after any crash.
  - A job of the journal that is not found is missing, gone or hidden from this user. The others are resumed; the
    missing one stays in the journal and is looked for by each later run. It is an error unless O(on_missing=ignore).
extends_documentation_fragment:
  - batchops.job_control._attributes
  - batchops.job_control._attributes.writes
  - batchops.job_control._connection
  - batchops.job_control._selection
  - batchops.job_control._selection.guards
  - batchops.job_control._waiting
  - batchops.job_control._waiting.timing
  - batchops.job_control._journal
  - batchops.job_control._commvault
  - batchops.job_control._prime
  - batchops.job_control._drs
  - batchops.job_control._veeam
  - batchops.job_control._ajs
options:
  journal:
    description:
      - File in which M(batchops.job_control.job_suspend) wrote down the jobs. No selector is needed then; one that
        is given narrows the jobs of the window, and a job in O(job_ids) that the window does not hold is an error.
    type: path
  window:
    description:
      - Name of the maintenance window to close. Needed when the journal has several windows that are not closed.
      - Closing a window that is closed, or was never opened, does nothing.
    type: str
  close_if:
    description:
      - Which windows are closed. V(always) closes the one that O(window) names, whoever has opened it.
      - V(own_run) closes it only when this very run has opened it, and V(expired) only when its end is over; without
        O(window) they close all such windows of the journal. Nothing to close, or no journal, is no error then, and
        the product is not asked for anything.
    type: str
    choices: [always, own_run, expired]
    default: always
  forget_missing:
    description:
      - Says that the jobs of the window that are missing are gone for good. The journal then forgets those that an
        earlier run or this one did not find.
    type: bool
    default: false
  list_started:
    description:
      - Whether to look first which jobs were started while the window was open, of any owner and whether they still run
        or not, and to write them down in the journal, for the report of the window.
      - For V(ajs) O(location) says where is looked, and V(/) is its default. With O(include_system_jobs=true) the
        product's own jobs count, too. The times are those of the product.
      - That they cannot be listed is a warning; the jobs of the window are resumed all the same.
    type: bool
    default: false
  must_know:
    description:
      - Ids of jobs that the journal has to know, as the caller has suspended them. What it does not know is an error
        that names them, after the others are resumed; something has emptied the file then, or put back an older one.
      - A journal that is gone or cannot be used is an error that names them, too.
    type: list
    elements: str
    default: []
seealso:
  - module: batchops.job_control.job_suspend
  - module: batchops.job_control.job_info
"""

EXAMPLES = r"""
# The connection options come from the inventory: job_control_system, job_control_url, ...
- name: Resume exactly the jobs that were suspended for the patch day
  batchops.job_control.job_resume:
    journal: "{{ journal_folder }}/patchday.journal"
    window: patchday

- name: Resume every suspended job of one file server, whoever suspended it
  batchops.job_control.job_resume:
    owners: fileserver01
    states: [suspended, held]
    location: "{{ '/' if job_control_system == 'ajs' else omit }}"
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
      sample: suspended
    after:
      description: State after, as it was read back; in check mode, as it would be.
      type: str
      sample: running
    raw_before:
      description: State before, in the product's words.
      type: str
      sample: Suspended
    raw_after:
      description: State after, in the product's words; null in check mode for a job that would be changed.
      type: str
      sample: Running
    action:
      description: What the product was asked to do with the job.
      type: str
      sample: resume
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
windows:
  description: The windows that this run has worked on, as the journal has them now.
  type: list
  elements: dict
  returned: when O(journal) is set
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
ran_inside:
  description: The jobs that were started while the windows were open.
  type: list
  elements: dict
  returned: when O(list_started=true)
  contains:
    id:
      description: Id of the job.
      type: str
      sample: "802"
    name:
      description: Name of the job.
      type: str
      sample: ad-hoc
    type:
      description: Type of the job, in the product's words.
      type: str
      sample: Backup
    owner:
      description: Client or server that the job belongs to.
      type: str
      sample: fileserver01
    started:
      description: When it was started.
      type: str
      sample: "2026-12-23T21:04:00Z"
    state:
      description: Its state when it was listed, in neutral words.
      type: str
      sample: running
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
    run_verb(Verb.RESUME)


if __name__ == "__main__":
    main()
