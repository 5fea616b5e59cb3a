#!/usr/bin/python
# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: commvault_activity
short_description: Enable or disable activities of Commvault
version_added: 1.0.0
author: The batchops.job_control authors (@batchops)
description:
  - Enables or disables one activity of the whole CommCell, of a client group or of a client. While it is disabled, new
    jobs of that kind do not start there.
  - Jobs that run already go on; M(batchops.job_control.job_suspend) is for those.
  - An activity takes place where it is enabled on every level, so a client may be at rest while its own switch is on.
extends_documentation_fragment:
  - batchops.job_control._attributes
  - batchops.job_control._attributes.writes
  - batchops.job_control._connection
  - batchops.job_control._waiting
  - batchops.job_control._waiting.timing
  - batchops.job_control._journal
  - batchops.job_control._journal.opening
  - batchops.job_control._journal.switch_plan
  - batchops.job_control._others.prime
  - batchops.job_control._others.drs
  - batchops.job_control._others.ajs
options:
  system:
    description:
      - The product. It may be left out; it is an option so that all modules can share host variables and
        C(module_defaults).
    type: str
    required: false
    choices: [commvault]
    default: commvault
  scope:
    description: What has the switch.
    type: str
    required: true
    choices: [commcell, client_group, client]
  scope_name:
    description:
      - Name of the client group or client. Required for these, and refused for V(scope=commcell).
      - Upper and lower case make no difference, unless two names differ in nothing else.
    type: str
  activity:
    description:
      - What is enabled or disabled.
      - V(backup) stands for all of data management, V(restore) for data recovery, V(aux_copy) for auxiliary copies,
        V(ddb) for work on deduplication databases, and V(all_job_activity) for a switch of its own above all others.
      - A client group or client has only V(backup), V(restore) and V(data_aging).
    type: str
    required: true
    choices:
      - backup
      - restore
      - aux_copy
      - data_aging
      - data_verification
      - ddb
      - content_indexing
      - scheduler
      - all_job_activity
  state:
    description:
      - What the activity shall be.
      - An activity that is disabled until some time counts as V(disabled). RV(jobs[].note) then tells when the product
        enables it by itself.
    type: str
    required: true
    choices: [enabled, disabled]
  journal:
    description:
      - Journal of a maintenance window, as M(batchops.job_control.job_suspend) has it. What this run changes is written
        down there before it is sent, and M(batchops.job_control.job_resume) with the same journal and window puts it
        back to what it was, after the jobs are resumed.
      - What another open window has set to the same state is held for this one, too, and is put back when the last of
        them is closed. What somebody else has set is left as it is.
    type: path
  window:
    description: Name of the maintenance window in the journal.
    type: str
notes:
  - O(url) is the whole root of the API, such as V(https://cc.example.com/commandcenter/api) or
    V(http://web.example.com:81/SearchSvc/CVWebService.svc).
  - O(token) is a login token, or an access token as V(Bearer ...).
  - The product's calls for activities are known in JSON only, so V(wire_format=xml) is refused.
  - The user needs the permission to administer the CommCell, the client group or the client. Clients and groups that
    the user may not view are as good as not there.
seealso:
  - module: batchops.job_control.job_suspend
"""

EXAMPLES = r"""
# The connection options come from the inventory: job_control_url, job_control_username, ...
- name: Let no backup start on the servers that are patched tonight
  batchops.job_control.commvault_activity:
    scope: client_group
    scope_name: Infrastructure
    activity: backup
    state: disabled

- name: Do the same for a maintenance window, so that closing it puts the switch back to what it was
  batchops.job_control.commvault_activity:
    scope: client_group
    scope_name: Infrastructure
    activity: backup
    state: disabled
    journal: "{{ journal_folder }}/patchday.journal"
    window: patchday

- name: Show whether the scheduler of the CommCell would have to be enabled
  batchops.job_control.commvault_activity:
    scope: commcell
    activity: scheduler
    state: enabled
  check_mode: true
"""

RETURN = r"""
changed:
  description: Whether the activity was enabled or disabled by this run.
  type: bool
  returned: always
jobs:
  description: One entry, which is the activity. It is shown as a job, so that all modules return the same.
  type: list
  elements: dict
  returned: always
  contains:
    id:
      description: Scope, name and activity.
      type: str
      sample: client_group/Infrastructure/backup
    name:
      description: The same in words.
      type: str
      sample: backup of client group Infrastructure
    type:
      description: Value of O(scope).
      type: str
      sample: client_group
    owner:
      description: Name of the client group or client, in its own spelling; empty for the CommCell.
      type: str
      sample: Infrastructure
    system:
      description: Value of O(system).
      type: str
      sample: commvault
    before:
      description: State before, V(enabled) or V(disabled).
      type: str
      sample: enabled
    after:
      description: State after, as it was read back; in check mode, as it would be.
      type: str
      sample: disabled
    raw_before:
      description: State before, with the time at which the product enables the activity by itself.
      type: str
      sample: enabled
    raw_after:
      description: The same after; null in check mode when it would be changed.
      type: str
      sample: disabled
    action:
      description: What the product was asked for, or C(none).
      type: str
      sample: set_activity
    changed:
      description: Whether this run enabled or disabled the activity.
      type: bool
    error:
      description: What went wrong, with C(kind), C(code) and C(message); null otherwise.
      type: dict
    held_by:
      description: The other windows of the journal that hold it in this state.
      type: list
      elements: str
      returned: sometimes
    note:
      description: When the product enables a disabled activity by itself, or what happened meanwhile.
      type: str
summary:
  description: Counts of what is in RV(jobs).
  type: dict
  returned: always
  sample: {selected: 1, changed: 1, unchanged: 0, skipped: 0, failed: 0}
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
  description: What is not as planned, with C(id), C(name), C(what), C(planned) and C(now).
  type: list
  elements: dict
  returned: when O(plan) is refused because of that
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
  sample: {requests: 6, replays: 0, seconds: 0.31}
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
      sample: "5"
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
from ansible_collections.batchops.job_control.plugins.module_utils._run import run_own_verb


def main() -> None:
    run_own_verb("commvault", Verb.SET_ACTIVITY)


if __name__ == "__main__":
    main()
