# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: window_jobs
short_description: Tell what became of each job in the journal of a maintenance window
version_added: 1.0.0
author: The batchops.job_control authors (@batchops)
description:
  - Reads the text of a journal that M(batchops.job_control.job_suspend) and M(batchops.job_control.job_resume) wrote.
  - Gives one entry for each job, in the order in which the jobs were suspended. A job that was suspended in several
    windows is told of for the last one only.
  - A last line without its end, which a crash leaves behind, does not count. Any other damage is an error that shows
    the line.
positional: _input
options:
  _input:
    description: The text of the journal.
    type: str
    required: true
  window:
    description: Name of the window. The default is the one that the journal spoke of last.
    type: str
seealso:
  - plugin: batchops.job_control.window_report
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Read the journal
  ansible.builtin.slurp:
    path: "{{ journal_folder }}/patchday.journal"
  register: journal

- name: Show which jobs are still suspended
  ansible.builtin.debug:
    msg: >-
      {{ journal.content | ansible.builtin.b64decode | batchops.job_control.window_jobs
         | selectattr('outcome', 'equalto', 'suspended') | map(attribute='name') | list }}
"""

RETURN = r"""
_value:
  description: The jobs of the window.
  type: list
  elements: dict
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
      description: The job system.
      type: str
      sample: commvault
    before:
      description: State before the window, in neutral words.
      type: str
      sample: running
    outcome:
      description:
        - What became of the job. V(resumed), V(suspended) (still, by the window), V(unsettled) (a request was announced
          and what came of it is not recorded), V(missing) (it was not found), V(not_suspended), V(gone) (it was
          missing, and a person has said that it is gone), V(left) (alone, since it did not need to be resumed any
          more), V(handed_over) (to other windows, which hold it).
      type: str
      sample: resumed
    why:
      description: The reason for the outcome, or empty.
      type: str
      sample: somebody resumed it meanwhile
    intended_at:
      description: When the request to suspend it was announced, in UTC.
      type: str
      sample: "2026-05-16T22:00:03Z"
    suspended_at:
      description: When it was seen suspended; null when it was not.
      type: str
      sample: "2026-05-16T22:00:04Z"
    ended_at:
      description: When the outcome was recorded; null while something is still to be done.
      type: str
      sample: "2026-05-16T23:10:12Z"
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError
from ansible_collections.batchops.job_control.plugins.plugin_utils._history import read_history


def window_jobs(text: str, window: str | None = None) -> list[dict[str, t.Any]]:
    """What became of each job of a window."""
    if not isinstance(text, str):
        raise AnsibleFilterError(f"window_jobs: takes the text of a journal, not {type(text).__name__}.")
    try:
        history = read_history(text.encode("utf-8", "surrogateescape"), "the text")
    except (UsageError, UnicodeError) as error:
        raise AnsibleFilterError(f"window_jobs: {error}") from error
    jobs = history.jobs(history.latest if window is None else window)
    return [job.to_dict(history.ledger.system) for job in jobs]


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"window_jobs": window_jobs}
