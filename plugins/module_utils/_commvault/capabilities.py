# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _model, _system.

"""What a Commvault Web Server can do."""

from __future__ import annotations

import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._model import NEUTRAL_VERBS, Verb
from ansible_collections.batchops.job_control.plugins.module_utils._system import Capabilities, Dialect, OwnVerb

_CLIENT_ACTIVITIES = ("backup", "restore", "data_aging")
#: what can be enabled and disabled, by scope (contract 8.7)
ACTIVITIES: t.Mapping[str, tuple[str, ...]] = {
    "commcell": (
        *("backup", "restore", "aux_copy", "data_aging", "data_verification"),
        *("ddb", "content_indexing", "scheduler", "all_job_activity"),
    ),
    "client_group": _CLIENT_ACTIVITIES,
    "client": _CLIENT_ACTIVITIES,
}


def _switch(params: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    """The id of the one switch that is meant; whether there can be such a switch is told when it is read."""
    return ("/".join(part for part in (params["scope"], params["scope_name"], params["activity"]) if part),)


CAPABILITIES = Capabilities(
    system="commvault",
    title="Commvault",
    verbs=frozenset(NEUTRAL_VERBS),
    workers=4,  # the limit that public clients set themselves (contract 4.5)
    max_workers=8,
    # A second pause, resume or kill is refused and does nothing (contract 10.3); a second resubmit starts one more job.
    # A switch is set to a state, not toggled.
    repeatable=frozenset({Verb.SUSPEND, Verb.RESUME, Verb.CANCEL_RUNNING, Verb.SET_ACTIVITY}),
    settle=10.0,
    verb_options=frozenset({"auto_resume_after", "start_suspended"}),
    own_verbs={
        Verb.SET_ACTIVITY: OwnVerb(
            options={
                "scope": {"type": "str", "required": True, "choices": list(ACTIVITIES)},
                "scope_name": {"type": "str"},
                "activity": {"type": "str", "required": True, "choices": list(ACTIVITIES["commcell"])},
                "state": {"type": "str", "required": True, "choices": ["enabled", "disabled"]},
            },
            targets=_switch,
            switch="activity",
        )
    },
    dialects=(Dialect("JSON"), Dialect("XML", {"wire_format": "xml"})),
)
