# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is special about JP1/AJS3."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  ajs_manager:
    description:
      - For V(ajs), and required there. The manager host, by the name that the Web Console knows it by.
    type: str
  ajs_service_name:
    description:
      - For V(ajs), and required there for everything that concerns units. The scheduler service, for example
        V(AJSROOT1).
    type: str
notes:
  - "For V(ajs) a job is one generation of a registered unit: its full name, a colon and the execution ID, as in
    V(/Group/Jobnet:@A100). Job groups and units that are not registered are not jobs."
  - For V(ajs) suspend sets the hold attribute of that generation, and resume releases it. A unit that waits and has
    the hold attribute C(HOLD) or C(YES) counts as held. After a resume the attribute reads C(RELEASE), not what it
    was before.
  - For V(ajs) a unit that runs cannot be held. Job groups, jobnet connectors and start conditions never can.
  - For V(ajs) a nested jobnet cannot be killed by itself; kill its jobs or its root jobnet.
  - For V(ajs) the user needs the JP1 permission C(JP1_AJS_Operator), C(JP1_AJS_Manager) or C(JP1_AJS_Admin) to change
    a unit. Units that the user may not view are as good as not there.
  - For V(ajs) retry and cancel need JP1/AJS3 - Web Console 11-10 or later.
  - For V(ajs) a list of units is cut at 1,000 entries. Longer ones are read in parts, which takes more requests; what
    cannot be read without a gap is an error.
"""
