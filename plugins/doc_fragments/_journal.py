# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the modules that work on a maintenance window."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  journal_copy:
    description:
      - A copy of the journal, as RV(journal_copy) of an earlier run has it, for a host whose files do not outlive the
        run. Where O(journal) is not there or lacks records of the copy, it is completed from it first; the newer of
        the two always counts. Give an empty string when there is no copy yet, and this run returns one.
      - Where the file is gone and the copy has no open jobs, a run that adds to it begins a new journal. A journal that
        has grown beyond 16 MiB takes no more jobs; close its windows, and the next one begins it anew.
    type: str
  journal_moved:
    description:
      - Says that the product is the one that the journal was written for, although it has another address now. Needed
        once; the journal then knows the new address.
    type: bool
    default: false
  window_run:
    description:
      - The run of Ansible that works on the window. It is filled in; there is no need to set it.
    type: dict
    suboptions:
      id:
        description: Tells the run from all others.
        type: str
      user:
        description: Who has started it.
        type: str
      controller:
        description: Host that it runs on, or AWX.
        type: str
      process:
        description: Its process, or the job of AWX.
        type: str
"""

    OPENING = r"""
options:
  window_expires:
    description:
      - When the window ends, if nobody closes it before. From then on the playbook
        C(batchops.job_control.close_expired_windows) closes it.
      - A duration such as V(90m), V(6h) or V(2d), a number of seconds, a moment with its time zone such as
        V(2026-12-24T06:00:00+01:00), or V(never).
      - A window that is opened by this run ends after 24 hours when nothing is given. The end of a window that is open
        already is moved only when something is given.
    type: str
  window_must_be_new:
    description:
      - Whether to refuse when a window of this name is open, because somebody else may be working in it. A window that
        this very run has opened is not refused.
    type: bool
    default: false
"""

    SWITCH_PLAN = r"""
options:
  plan:
    description:
      - A plan of the same change, as a run in check mode has returned it as RV(plan). Before anything is changed it is
        compared with what is found now.
    type: str
  on_drift:
    description:
      - What to do when something is not as it was planned. V(fail) refuses before anything is changed, and names each
        difference (RV(differences), with C(plan_differs) as RV(error.code)); V(ignore) goes on.
    type: str
    choices: [fail, ignore]
    default: fail
"""
