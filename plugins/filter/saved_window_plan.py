# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: saved_window_plan
short_description: Read the saved plan of a maintenance window, if it can be applied
version_added: 2.0.0
author: The batchops.job_control authors (@batchops)
description:
  - Reads what P(batchops.job_control.window_plan#filter) has made.
  - A file that was edited since, that is for another window, or that is not about exactly the job systems of the play,
    is refused with a sentence that says so.
positional: _input
options:
  _input:
    description: What the file holds.
    type: str
    required: true
  window:
    description: Name of the maintenance window that is to be opened.
    type: str
    required: true
  hosts:
    description: The job systems of the play.
    type: list
    elements: str
    required: true
seealso:
  - plugin: batchops.job_control.window_plan
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Suspend what was signed off
  batchops.job_control.job_suspend:
    plan: "{{ saved.hosts[inventory_hostname].plan }}"
    journal: "{{ journal_folder }}/{{ inventory_hostname }}.journal"
    window: patch-day
  vars:
    saved: >-
      {{ lookup('ansible.builtin.file', 'patch-day.plan.json')
         | batchops.job_control.saved_window_plan(window='patch-day', hosts=ansible_play_hosts_all) }}
"""

RETURN = r"""
_value:
  description: The saved plan, as RV(batchops.job_control.window_plan#filter:_value.plan) has it.
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError
from ansible_collections.batchops.job_control.plugins.plugin_utils import _window_plan as saved_plan


def saved_window_plan(text: str, window: str, hosts: t.Sequence[str]) -> dict[str, t.Any]:
    """The plan that a file holds."""
    if not isinstance(text, str):
        raise AnsibleFilterError(f"saved_window_plan: takes the text of a file, not {type(text).__name__}.")
    try:
        return saved_plan.read(text, str(window), [str(host) for host in hosts])
    except UsageError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"saved_window_plan": saved_window_plan}
