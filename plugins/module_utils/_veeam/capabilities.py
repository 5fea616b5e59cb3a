# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: _model, _system.

"""What Veeam Backup Enterprise Manager can do."""

from __future__ import annotations

from ansible_collections.batchops.job_control.plugins.module_utils._model import NEUTRAL_VERBS
from ansible_collections.batchops.job_control.plugins.module_utils._system import Capabilities, Dialect

#: Jobs that one call of `act` takes. The product has no batch form of anything; what they share is the look at the
#: tasks, of which one request shows all (contract 8.2).
TOGETHER = 25

CAPABILITIES = Capabilities(
    system="veeam",
    title="Veeam Backup Enterprise Manager",
    verbs=frozenset(NEUTRAL_VERBS),
    workers=4,
    batch=dict.fromkeys(NEUTRAL_VERBS, TOGETHER),
    # Not even suspend, as most kinds of job have only a toggle; Veeam.arrived tells which jobs can be asked twice.
    repeatable=frozenset(),
    settle=30.0,
    dialects=(Dialect("XML"), Dialect("JSON", {"wire_format": "json"})),
)
