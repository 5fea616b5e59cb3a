# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: nothing.

"""The notes on Commvault, for the documentation of the modules."""

from __future__ import annotations


class ModuleDocFragment:
    """Commvault Web Server."""

    DOCUMENTATION = r"""
options: {}
notes:
  - For V(commvault) O(url) is the whole root of the API, such as V(https://cc.example.com/commandcenter/api) or
    V(http://web.example.com:81/SearchSvc/CVWebService.svc).
  - For V(commvault) O(token) is a login token, or an access token as V(Bearer ...). A token without one of the prefixes
    C(QSDK), C(SAML) and C(Bearer) is taken for a login token.
  - For V(commvault) a job is one run, known by its number. Jobs have no names there, so a name is made of job type,
    client and subclient, as in V(Backup client01/default). The owner is the client.
  - For V(commvault) suspend pauses a job that runs or waits, and resume lets a suspended job go on. A job whose type
    cannot be restarted is not suspended by the product, which refuses it.
  - For V(commvault) a retry resubmits a job that failed or was killed. That makes a new job and leaves the failed one
    as it is. A failed job counts as retried when a later job of the same client, subclient, type and level is active
    or has ended well; when that one has failed too, it is the one to retry.
  - For V(commvault) cancelling kills a job that runs, for good. A job that waits, is pending or is suspended does not
    run and is left alone.
  - For V(commvault) administrative and hidden jobs are found by filters only with O(include_system_jobs=true).
  - For V(commvault) the user needs the permission for job management on the clients in question. Jobs that the user may
    not view are as good as not there.
  - For V(commvault) V(xml) as O(wire_format) gets the same jobs as V(json), but less can be narrowed on the server.
"""
