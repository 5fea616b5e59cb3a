# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: window_page
short_description: Prepare the report of a maintenance window for an HTML page
version_added: 1.0.0
author: The batchops.job_control authors (@batchops)
description:
  - Turns the report of P(batchops.job_control.window_report#filter) into what a page shows of it. Times and outcomes in
    words for people, and where everything goes in a time line.
  - Names and reasons come from the job systems as they are. A template has to escape them.
positional: _input
options:
  _input:
    description: The report.
    type: dict
    required: true
seealso:
  - plugin: batchops.job_control.window_report
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the report in one sentence
  ansible.builtin.debug:
    msg: "{{ (report | batchops.job_control.window_page).verdict }}"
"""

RETURN = r"""
_value:
  description: What the page shows.
  type: dict
  contains:
    window:
      description: Name of the window.
      type: str
    period:
      description: From when to when, in words; empty when there was no job.
      type: str
    verdict:
      description: How the window went, in one sentence.
      type: str
    is_settled:
      description: Whether nothing needs a person.
      type: bool
    totals:
      description: Counts of jobs, as in the report.
      type: dict
    needs:
      description: What needs a person, as in the report, with the outcome in words.
      type: list
      elements: dict
    ran:
      description: The jobs that were started inside the window, each with its host and times in words.
      type: list
      elements: dict
    looked:
      description: Whether the jobs that were started inside were looked for on any job system.
      type: bool
    systems:
      description: The job systems, as in the report, with words for people added to each and to its jobs.
      type: list
      elements: dict
    timeline:
      description:
        - Width, height, ticks, legend, and a lane for each job system with a bar for each job, in pixels. Null when
          there is no job.
      type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.batchops.job_control.plugins.plugin_utils._page import build_page


def window_page(report: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What the page of a report shows."""
    try:
        return build_page(report)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise AnsibleFilterError(
            f"window_page: takes a report of window_report; something is amiss: {error}."
        ) from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"window_page": window_page}
