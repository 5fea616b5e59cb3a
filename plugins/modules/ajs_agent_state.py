#!/usr/bin/python
# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ajs_agent_state
short_description: Hold, block or release JP1/AJS3 execution agents
version_added: 1.0.0
author: The batchops.job_control authors (@batchops)
description:
  - Gives execution agents a state, so that for example a host can be patched while no job is sent to it, and waits
    until they have it.
  - An agent that has the state already is left as it is. Up to 100 agents are changed by one request, and each is
    told apart, whether it was changed or refused.
extends_documentation_fragment:
  - batchops.job_control._attributes
  - batchops.job_control._attributes.writes
  - batchops.job_control._connection
  - batchops.job_control._waiting
  - batchops.job_control._waiting.timing
  - batchops.job_control._journal
  - batchops.job_control._journal.opening
  - batchops.job_control._journal.switch_plan
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
  agents:
    description: Names of the execution agents. One that does not exist fails the run before anything is changed.
    type: list
    elements: str
    required: true
  state:
    description:
      - V(effective) is the normal state.
      - V(hold) takes jobs and keeps them queued, but sends none to the host. Nothing is lost, and V(effective) lets
        them go; so this is the state for maintenance.
      - V(ineffective) refuses new jobs, which then fail to start, and goes on to send those that are queued.
      - V(blockade) refuses new jobs and sends none.
      - Event jobs are never restricted.
    type: str
    required: true
    choices: [effective, ineffective, hold, blockade]
  drain:
    description:
      - Whether to wait, up to O(wait_timeout), until no job runs on the agents any more; event jobs do not count.
        With O(state=ineffective) what is queued there is waited for as well.
      - Not for O(state=effective).
    type: bool
    default: false
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
  - Needs JP1/AJS3 - Web Console 12-50 or later and a manager with the protocol version 1250 or later; with an older
    one nothing is changed.
  - Needs no O(ajs_service_name), as execution agents belong to the manager.
  - The user needs the JP1 permission C(JP1_JPQ_Operator) or C(JP1_JPQ_Admin).
seealso:
  - module: batchops.job_control.job_suspend
"""

EXAMPLES = r"""
# The connection options come from the inventory: job_control_url, job_control_ajs_manager, ...
- name: Send no more jobs to two hosts, and wait until the last one there has ended
  batchops.job_control.ajs_agent_state:
    agents: [ap-fin01, ap-fin02]
    state: hold
    drain: true
    wait_timeout: 3600

- name: Do the same for a maintenance window, so that closing it puts them back to what they were
  batchops.job_control.ajs_agent_state:
    agents: [ap-fin01, ap-fin02]
    state: hold
    journal: "{{ journal_folder }}/patchday.journal"
    window: patchday

- name: Let the queued jobs go after the maintenance
  batchops.job_control.ajs_agent_state:
    agents: [ap-fin01, ap-fin02]
    state: effective
"""

RETURN = r"""
changed:
  description: Whether any agent was changed; also true when some agents were changed and others refused.
  type: bool
  returned: always
jobs:
  description: One entry for each execution agent.
  type: list
  elements: dict
  returned: always
  contains:
    id:
      description: Name of the agent.
      type: str
      sample: ap-fin01
    name:
      description: Name of the agent.
      type: str
      sample: ap-fin01
    type:
      description: Always C(execution agent).
      type: str
      sample: execution agent
    owner:
      description: Host that the agent sends its jobs to.
      type: str
      sample: ap-fin01.example.com
    system:
      description: Value of O(system).
      type: str
      sample: ajs
    before:
      description: State before; null for an agent that does not exist.
      type: str
      sample: effective
    after:
      description: State after, as it was read back; in check mode, as it would be.
      type: str
      sample: hold
    raw_before:
      description: State before, in the product's words.
      type: str
      sample: EFFECTIVE
    raw_after:
      description: State after, in the product's words; null in check mode for an agent that would be
        changed.
      type: str
      sample: HOLD
    action:
      description: What the product was asked to do with the agent.
      type: str
      sample: set_agent_state
    changed:
      description: Whether this run changed the agent.
      type: bool
    error:
      description: What went wrong with this agent, with C(kind), C(code) and C(message); null otherwise.
      type: dict
    held_by:
      description: The other windows of the journal that hold it in this state.
      type: list
      elements: str
      returned: sometimes
    note:
      description: Why nothing was done, or what happened to the agent meanwhile.
      type: str
summary:
  description: Counts of the agents; each agent counts once.
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
      sample: partial
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
      sample: 403
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
    run_own_verb("ajs", Verb.SET_AGENT_STATE)


if __name__ == "__main__":
    main()
