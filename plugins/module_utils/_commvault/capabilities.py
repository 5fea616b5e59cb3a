# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: _model, _system.

"""What a Commvault Web Server can do."""

from __future__ import annotations

from ansible_collections.batchops.job_control.plugins.module_utils._model import NEUTRAL_VERBS, Verb
from ansible_collections.batchops.job_control.plugins.module_utils._system import Capabilities

CAPABILITIES = Capabilities(
    system="commvault",
    title="Commvault",
    verbs=frozenset(NEUTRAL_VERBS),
    workers=4,  # the limit that public clients set themselves (contract 4.5)
    max_workers=8,
    # A second pause, resume or kill is refused and does nothing (contract 10.3); a second resubmit starts one more job.
    repeatable=frozenset({Verb.SUSPEND, Verb.RESUME, Verb.CANCEL_RUNNING}),
    settle=10.0,
    verb_options=frozenset({"auto_resume_after", "start_suspended"}),
)
