# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: window_report
short_description: Sum up a maintenance window from the journals of its job systems
version_added: 1.0.0
author: The batchops.job_control authors (@batchops)
description:
  - Makes the report that the role P(batchops.job_control.maintenance_window#role) writes.
  - All times come from the journals, so the same journals always give the same report.
  - A journal that cannot be used does not prevent the report. It is named among what needs a person.
positional: _input
options:
  _input:
    description:
      - The journals, by job system, as RV(ansible.builtin.slurp#module:content) gives them, or copies of them, as
        RV(batchops.job_control.job_resume#module:journal_copy) has them. Null stands for a job system without one.
    type: dict
    required: true
  window:
    description: Name of the maintenance window. Jobs of other windows in the journals do not count.
    type: str
    required: true
  hosts:
    description:
      - The job systems that take part, in the order of the report. One that is not among the journals is told of as one
        that could not be looked at.
      - The default is the job systems of the journals.
    type: list
    elements: str
  still_running:
    description: Names of jobs that still ran when the time to wait for them was over, by job system.
    type: dict
  suspended:
    description:
      - Ids of the jobs that the run knows it has suspended, by job system. What no journal tells of needs a person.
    type: dict
seealso:
  - plugin: batchops.job_control.window_jobs
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Read the journal of one job system
  ansible.builtin.slurp:
    path: ~/.batchops/windows/commvault_prod.journal
  register: journal

- name: Show what needs a person
  ansible.builtin.debug:
    msg: "{{ (journals | batchops.job_control.window_report(window='patchday')).needs_attention }}"
  vars:
    journals:
      commvault_prod: "{{ journal.content }}"
"""

RETURN = r"""
_value:
  description: The report.
  type: dict
  contains:
    window:
      description: Name of the window.
      type: str
      sample: patchday
    began:
      description: When the first job was about to be suspended, in UTC; null when there was none.
      type: str
      sample: "2026-05-16T22:00:03Z"
    last_event:
      description: Time of the last record in the journals; null when there is none.
      type: str
      sample: "2026-05-16T23:10:12Z"
    totals:
      description: Counts of jobs. C(suspended) counts all that were suspended, whatever came then.
      type: dict
      sample:
        suspended: 3
        resumed: 2
        left: 0
        handed_over: 0
        gone: 0
        not_suspended: 1
        unsettled: 0
        missing: 0
        still_suspended: 1
    needs_attention:
      description:
        - Jobs that are still suspended, unsettled, missing, gone or left alone, and journals that could not be used.
      type: list
      elements: dict
      sample:
        - host: commvault_prod
          system: commvault
          id: "781"
          name: nightly-files
          owner: fileserver01
          outcome: gone
          reason: It does not exist any more.
    systems:
      description: The job systems, each with its jobs.
      type: list
      elements: dict
      contains:
        host:
          description: Name of the inventory host.
          type: str
        system:
          description: The job system; null when there is no journal to tell.
          type: str
        product:
          description: Address of the product; null when there is no journal to tell.
          type: str
        journal:
          description: How reading the journal went. V(read), V(missing), V(unread), V(damaged), or V(other) (window).
          type: str
        problem:
          description: A sentence on that, or empty.
          type: str
        totals:
          description: Counts of its jobs, as in RV(_value.totals).
          type: dict
        jobs:
          description: Its jobs, as P(batchops.job_control.window_jobs#filter) gives them.
          type: list
          elements: dict
        still_running:
          description: Names of jobs that still ran when the time to wait for them was over, as far as known.
          type: list
          elements: str
        ran_inside:
          description:
            - The jobs that were started while the window was open, as
              RV(batchops.job_control.job_resume#module:ran_inside) has them. Null when nobody has looked.
          type: list
          elements: dict
"""

import base64
import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._journal.copies import unpack
from ansible_collections.batchops.job_control.plugins.plugin_utils._window_report import build_report


def window_report(
    journals: t.Mapping[str, str | None],
    window: str,
    hosts: t.Sequence[str] | None = None,
    still_running: t.Mapping[str, t.Sequence[str]] | None = None,
    suspended: t.Mapping[str, t.Sequence[str]] | None = None,
) -> dict[str, t.Any]:
    """The report of a window."""
    if not isinstance(journals, t.Mapping):
        raise AnsibleFilterError(f"window_report: takes a dictionary of journals, not {type(journals).__name__}.")
    contents = {str(host): None if text is None else _bytes(host, text) for host, text in journals.items()}
    return build_report(str(window), [str(host) for host in (hosts or contents)], contents, still_running, suspended)


def _bytes(host: str, text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, TypeError) as error:
        raise AnsibleFilterError(f"window_report: the journal of {host} is not in base64: {error}.") from error
    try:
        return data if data.startswith(b"{") else unpack(text)
    except UsageError:  # the report tells of a journal that is damaged
        return data


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"window_report": window_report}
