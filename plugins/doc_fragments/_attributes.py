# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module promises."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
attributes:
  check_mode:
    support: full
    description: Can run in check mode and say what it would do, without doing it.
    details:
      - Check mode sends the same reads and no write. It predicts RV(ignore:changed) and RV(ignore:jobs[].after).
  diff_mode:
    support: full
    description: Returns what has changed, or in check mode would change, when run with C(--diff).
    details:
      - One line per job, with its state before and after.
  platform:
    platforms: posix
    support: full
    description: Where the module itself runs; the job system is reached over HTTP.
  action_group:
    description:
      - Use C(group/batchops.job_control.all) in C(module_defaults) to set the connection options for all modules.
    support: full
    membership:
      - batchops.job_control.all
"""

    READ_ONLY = r"""
attributes:
  idempotent:
    support: full
    description: A second run right after the first changes nothing.
    details:
      - The module only reads.
"""

    WRITES = r"""
attributes:
  idempotent:
    support: full
    description: A second run right after the first changes nothing.
    details:
      - The module reads the jobs first and sends a request only for those that are not where they are wanted.
"""
