# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is special about Veeam Backup Enterprise Manager."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
notes:
  - For V(veeam) O(url) is that of Enterprise Manager, for example V(https://em.example.com:9398/api), not that of a
    backup server. Enterprise Manager needs a license with the REST API (Enterprise Plus or universal).
  - For V(veeam) the user has to be a Portal Administrator to change a job. A domain user is given as C(DOMAIN\user), a
    local one as C(HOST\user).
  - For V(veeam) a job is a backup, backup copy or replication job, an agent job, a file share job or a CDP policy. Its
    owner is its backup server. Tape, SureBackup and plug-in jobs are not reachable through Enterprise Manager.
  - For V(veeam) suspend disables the job and resume enables it. A session that works at that time goes on, unless it is
    to be waited for or cancelled; until it ends the job is C(suspending), then C(held). A disabled job also does not
    process logs, and the agents of a disabled agent job refuse backups that are started locally.
  - For V(veeam) a cancelled session ends as failed, because Enterprise Manager does not tell the two apart.
  - For V(veeam) only a job whose last session has failed can be retried; backup copy jobs and CDP policies cannot.
  - For V(veeam) Enterprise Manager collects data from its backup servers every 15 minutes. What happens at the console
    of a backup server may be seen that much later.
  - For V(veeam) the last session of a job is known for 30 days. An enabled job with no session and no next run is
    C(unknown).
"""
