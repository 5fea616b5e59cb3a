# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: nothing.

"""The options and notes of Huawei Cloud DRS, for the documentation of the modules."""

from __future__ import annotations


class ModuleDocFragment:
    """Huawei Cloud Data Replication Service."""

    DOCUMENTATION = r"""
options:
  drs_project_id:
    description:
      - The project whose tasks are meant.
      - Needed when O(drs_region) does not name it, such as for a sub-project.
    type: str
  drs_region:
    description:
      - The region, such as V(cn-north-4). It is also the name of the region's main project.
      - When O(url) is not set, it is V(https://drs.{region}.myhuaweicloud.com)
        (V(https://drs.eu-west-101.myhuaweicloud.eu) for that region).
    type: str
  drs_iam_url:
    description:
      - The address of the IAM service that the user logs in to.
      - When it is not set and the host in O(url) begins with C(drs.), it is the same host with C(iam.) in its place,
        so V(https://iam.{region}.myhuaweicloud.com). For any other O(url) it has to be given, as a password is never
        sent to a cloud that the url does not belong to.
    type: str
  drs_domain:
    description:
      - The IAM domain (account name) that O(username) belongs to.
    type: str
  drs_access_key:
    description:
      - The access key (AK) to sign requests with, in place of O(username) and O(password).
      - An injected O(token) is preferred to it.
      - It is the name of a key and no secret by itself, but is hidden like one, as AWX does with what is called a key.
    type: str
  drs_secret_key:
    description:
      - The secret key (SK) that belongs to O(drs_access_key).
    type: str
  drs_security_token:
    description:
      - The security token of a temporary access key.
    type: str
  drs_api_version:
    description:
      - The generation of the API. Both work on the same tasks.
      - V(v5) is published in some regions only.
    type: str
    choices: [v3, v5]
    default: v3
  drs_pause_mode:
    description:
      - What a suspended task stops doing.
      - V(target) stops writing to the target database. The log of the source goes on being read.
      - V(all) stops reading the source as well, so that DRS talks to neither database. Do not keep a task so for
        longer than a day, or the source may have discarded the log that is needed to go on.
    type: str
    choices: [target, all]
    default: target
notes:
  - On Huawei Cloud DRS, a job is a replication task (migration, synchronisation, disaster recovery) and its type is
    V(migration), V(sync) or V(cloudDataGuard). Its lists tell no
    owners, so O(owners) finds nothing.
  - On Huawei Cloud DRS, suspend pauses a task that works and resume restarts a paused one. Both need
    C(drs:migrationJob:action). A failed task is neither suspended nor resumed, as a resume would retry it.
  - On Huawei Cloud DRS, the task that stands for the children of a dual-active or many-to-one set-up cannot be paused,
    resumed or retried; its children can, and only the parent can be terminated.
  - On Huawei Cloud DRS, C(job_cancel_running) terminates the task. It cannot be undone, and needs
    C(drs:migrationJob:terminate) and C(drs:migrationJobs:delete). Yearly and monthly tasks have to be unsubscribed
    instead.
  - On Huawei Cloud DRS, a paused task is still billed, and one that stays failed or unstarted is ended by DRS after
    some days.
  - IAM knows no logout. An access token is valid for 24 hours and is never written to disk.
"""
