# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the products that the module of one product alone has nothing to do with."""

from __future__ import annotations


class ModuleDocFragment:
    PRIME = r"""
options:
  prime_api_version:
    description: An option of V(prime). Anything but its default is refused here.
    type: int
    choices: [1, 2, 3, 4]
    default: 4
  prime_virtual_domain:
    description: An option of V(prime), refused here.
    type: str
"""

    DRS = r"""
options:
  drs_project_id:
    description: An option of V(drs), refused here.
    type: str
  drs_region:
    description: An option of V(drs), refused here.
    type: str
  drs_iam_url:
    description: An option of V(drs), refused here.
    type: str
  drs_domain:
    description: An option of V(drs), refused here.
    type: str
  drs_access_key:
    description: An option of V(drs), refused here.
    type: str
  drs_secret_key:
    description: An option of V(drs), refused here.
    type: str
  drs_security_token:
    description: An option of V(drs), refused here.
    type: str
  drs_api_version:
    description: An option of V(drs). Anything but its default is refused here.
    type: str
    choices: [v3, v5]
    default: v3
  drs_pause_mode:
    description: An option of V(drs). Anything but its default is refused here.
    type: str
    choices: [target, all]
    default: target
"""

    AJS = r"""
options:
  ajs_manager:
    description: An option of V(ajs), refused here.
    type: str
  ajs_service_name:
    description: An option of V(ajs), refused here.
    type: str
"""
