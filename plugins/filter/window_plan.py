# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: window_plan
short_description: Put the plans of all job systems of a maintenance window together, to be signed off
version_added: 2.0.0
author: The batchops.job_control authors (@batchops)
description:
  - Makes what the entry point C(plan) of the role P(batchops.job_control.maintenance_window#role) saves.
  - P(batchops.job_control.saved_window_plan#filter) reads it again.
positional: _input
options:
  _input:
    description:
      - The plans by job system, each a dictionary with C(jobs) (RV(batchops.job_control.job_suspend#module:plan)) and
        C(switches) (a list of plans of M(batchops.job_control.ajs_agent_state) and
        M(batchops.job_control.commvault_activity)).
    type: dict
    required: true
  window:
    description: Name of the maintenance window.
    type: str
    required: true
  made:
    description: When the plan was made.
    type: str
    required: true
  run:
    description: The variables of a host, in which AWX tells which job this is.
    type: dict
    default: {}
seealso:
  - plugin: batchops.job_control.saved_window_plan
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show what is planned
  ansible.builtin.debug:
    msg: "{{ ({'commvault_prod': {'jobs': planned.plan}} | batchops.job_control.window_plan(window='patch-day',
              made='2026-12-23T20:00:00Z')).lines }}"
"""

RETURN = r"""
_value:
  description: The plan of the window, and what to tell of it.
  type: dict
  contains:
    plan:
      description:
        - What is saved. C(schema), C(window), C(made), C(by), C(hosts) and a C(hash) of all that. Each of the hosts has
          its C(system), C(product), C(summary) (C(counts), and the C(jobs) by what is planned for them), C(blocks)
          (the switches that are set before), C(plan) and C(switch_plans).
      type: dict
    lines:
      description: One sentence for each job system.
      type: list
      elements: str
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError
from ansible_collections.batchops.job_control.plugins.plugin_utils import _window_plan as saved_plan
from ansible_collections.batchops.job_control.plugins.plugin_utils._this_run import this_run


def window_plan(
    plans: t.Mapping[str, t.Any], window: str, made: str, run: t.Mapping[str, t.Any] | None = None
) -> dict[str, t.Any]:
    """The plan of a window on all of its job systems."""
    if not isinstance(plans, t.Mapping):
        raise AnsibleFilterError(f"window_plan: takes a dictionary of plans, not {type(plans).__name__}.")
    by = {name: value for name, value in this_run(run or {}).items() if name != "id"}
    try:
        saved = saved_plan.build(str(window), str(made), by, {str(host): texts for host, texts in plans.items()})
    except UsageError as error:
        raise AnsibleFilterError(f"window_plan: {error}") from error
    return {"plan": saved, "lines": saved_plan.lines(saved)}


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"window_plan": window_plan}
