# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options and notes of Cisco Prime Infrastructure and EPN Manager, for the documentation of the modules."""

from __future__ import annotations


class ModuleDocFragment:
    """Cisco Prime Infrastructure and EPN Manager."""

    DOCUMENTATION = r"""
options:
  prime_api_version:
    description:
      - The version of the webacs API.
      - Prime Infrastructure before 3.4 has no V(4), up to 3.0 only V(1). EPN Manager since 5 has all of them.
    type: int
    choices: [1, 2, 3, 4]
    default: 4
  prime_virtual_domain:
    description:
      - The virtual domain whose jobs are meant.
      - When it is not set, it is the default domain of the user.
    type: str
notes:
  - For V(prime) a job is a trigger that starts runs. Its id is the C(jobId); the id of its latest run is C(run_id).
  - For V(prime) suspend and resume switch the trigger off and on. A run that is under way goes on, unless it is to be
    waited for or cancelled; until it ends the job is C(suspending), then C(suspended).
  - For V(prime) a job at its last run has no trigger left to suspend. It is ineligible, unless its run is to be waited
    for or cancelled.
  - For V(prime) a job that waits for approval is C(held). It can be neither suspended nor resumed, only approved in the
    product's own pages.
  - For V(prime) there is no retry.
  - For V(prime) the user has to be a member of the groups C(NBI Read) and, to change a job, C(NBI Write).
  - For V(prime) the owner of a job is the user who made it. The jobs of the user SYSTEM are found only by id, or with
    O(include_system_jobs=true).
  - For V(prime) requests are sent one after the other and at most four a second, because the server limits the rate and
    the sessions of a user.
"""
