# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _model, _system, own_verbs.

"""What JP1/AJS3 can do, known without a request. Imported on every run, so it stays this small."""

from __future__ import annotations

from ansible_collections.batchops.job_control.plugins.module_utils._ajs.own_verbs import OWN_VERBS
from ansible_collections.batchops.job_control.plugins.module_utils._model import NEUTRAL_VERBS, Verb
from ansible_collections.batchops.job_control.plugins.module_utils._system import Capabilities

CAPABILITIES = Capabilities(
    system="ajs",
    title="JP1/AJS3 - Web Console",
    verbs=frozenset(NEUTRAL_VERBS),
    # Every call opens one of 32 sessions that the whole manager host has for its Web Consoles (contract 4).
    workers=4,
    max_workers=8,
    batch={Verb.SET_AGENT_STATE: 100},  # the only batch there is (contract 8.8)
    # A rerun of what already runs again is refused as well, but it may have run and ended in between; and a status
    # that was changed may have led to the next run, which a second change would end. An agent is set to a state.
    repeatable=frozenset({Verb.SUSPEND, Verb.RESUME, Verb.CANCEL_RUNNING, Verb.SET_AGENT_STATE}),
    # An action is accepted first and seen by a read later (contract 8.1); how much later is not documented.
    settle=10.0,
    options={
        "ajs_manager": {"type": "str"},
        "ajs_service_name": {"type": "str"},
    },
    verb_options=frozenset({"running", "rerun_method"}),
    own_verbs=OWN_VERBS,
    needs_location=True,
)
