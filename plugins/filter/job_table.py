# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: job_table
short_description: Show the jobs of job systems as a table
version_added: 2.0.0
author: The batchops.job_control authors (@batchops)
description:
  - Makes the table of P(batchops.job_control.table#callback), without colours, as lines of text. The playbook
    C(batchops.job_control.jobs) shows it.
  - What could be taken for a template in the names of jobs is written with a space, as in C({ {).
positional: _input
options:
  _input:
    description:
      - The results of M(batchops.job_control.job_info), M(batchops.job_control.job_wait) or a verb that changes jobs, a
        dictionary by host.
      - A result without jobs counts as a job system that could not be read. Its C(msg) says why.
    type: dict
    required: true
  width:
    description: Width of the table in columns. V(0) means that of the terminal, or 79 where there is none.
    type: int
    default: 0
  margin:
    description: Columns of the terminal that what is put around each line takes, such as a quotation mark.
    type: int
    default: 0
  rows:
    description: The most jobs that are shown. V(0) means all. The totals always count all of them.
    type: int
    default: 50
  more:
    description: How to see more jobs, in words. It ends the sentence on how many jobs are not shown.
    type: str
    default: ""
seealso:
  - plugin: batchops.job_control.table
    plugin_type: callback
"""

EXAMPLES = r"""
- name: Read the jobs
  batchops.job_control.job_info:
    states: [failed, warning]
    location: "{{ '/' if job_control_system == 'ajs' else omit }}"
  register: found

- name: Show the jobs of all job systems
  ansible.builtin.debug:
    msg: >-
      {{ dict(ansible_play_hosts | zip(ansible_play_hosts | map('extract', hostvars, 'found')))
         | batchops.job_control.job_table(margin=11) }}
  run_once: true
"""

RETURN = r"""
_value:
  description: The lines of the table.
  type: list
  elements: str
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.batchops.job_control.plugins.module_utils._errors import inert
from ansible_collections.batchops.job_control.plugins.plugin_utils import _job_table as table
from ansible_collections.batchops.job_control.plugins.plugin_utils._no_template import no_template
from ansible_collections.batchops.job_control.plugins.plugin_utils._terminal import terminal_width


def job_table(
    results: t.Mapping[str, t.Any], width: int = 0, margin: int = 0, rows: int = 50, more: str = ""
) -> list[str]:
    """The jobs of several job systems as lines."""
    if not isinstance(results, t.Mapping) or not all(isinstance(result, t.Mapping) for result in results.values()):
        raise AnsibleFilterError("job_table: takes a dictionary of results, such as {'veeam_prod': found}.")
    try:
        look = table.Look(int(width) or terminal_width() - int(margin), int(rows), more, clean=_harmless)
        return table.job_table([(str(host), result) for host, result in results.items()], look)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise AnsibleFilterError(f"job_table: something is amiss with the results: {error}.") from error


def _harmless(text: str) -> str:
    return no_template(inert(text))


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"job_table": job_table}
