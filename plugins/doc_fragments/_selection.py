# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which jobs are meant."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  job_ids:
    description:
      - Ids of jobs, as M(batchops.job_control.job_info) shows them.
      - For V(veeam) a full C(urn:veeam:Job:...) will do as well; for V(ajs) the unit name alone means its current
        generation.
    type: list
    elements: str
  names:
    description:
      - Shell patterns that a job's name has to match, case-sensitively.
      - For V(ajs) a pattern is matched against the simple unit name, or against the full name if it has a C(/) in it.
    type: list
    elements: str
  types:
    description: Types of jobs, in the words of the product.
    type: list
    elements: str
  owners:
    description: Clients or servers that jobs belong to.
    type: list
    elements: str
  states:
    description: States that a job has to be in.
    type: list
    elements: str
    choices: [queued, running, suspending, suspended, held, cancelling, completed, warning, failed, cancelled, unknown]
  location:
    description:
      - For V(ajs) only, and required there unless O(job_ids) names every job. The unit path whose whole subtree is
        meant.
      - Taken from the host variable C(job_control_location) when the task does not set it but selects jobs otherwise.
    type: str
  include_system_jobs:
    description: Whether the product's own jobs (such as those of the user SYSTEM in V(prime)) are looked at too.
    type: bool
    default: false
  finished_within:
    description: Seconds that jobs may have ended ago to be looked at, where the product keeps years of them.
    type: float
    default: 86400
  on_missing:
    description: What to do about O(job_ids) that do not exist.
    type: str
    choices: [fail, ignore]
    default: fail
notes:
  - The options that select jobs narrow the selection together; several values of one option widen it.
  - A list that is given and empty selects no job, with a warning.
"""

    GUARDS = r"""
options:
  all:
    description: Says that every job of the system is meant, when nothing else selects jobs.
    type: bool
    default: false
  max_jobs:
    description: Refuse a selection of more jobs than this, before anything is changed.
    type: int
    default: 500
  on_ineligible:
    description:
      - What to do about jobs that cannot take the verb in their state.
      - When not set, a job that O(job_ids) names fails and a job that was found by a filter is skipped.
    type: str
    choices: [fail, skip]
"""
