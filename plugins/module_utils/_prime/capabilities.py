# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: _model, _system.

"""What Cisco Prime Infrastructure (and EPN Manager) can do, and the options that only it has."""

from __future__ import annotations

from ansible_collections.batchops.job_control.plugins.module_utils._model import Verb
from ansible_collections.batchops.job_control.plugins.module_utils._system import Capabilities, Dialect, OwnVerb

#: Ids per action request: no limit is documented, 100 is the contract's own choice (contract 8.4).
ACTION_BATCH = 100

#: The newest version, which Prime Infrastructure has since 3.4 (contract 3.1).
DEFAULT_VERSION = 4

_VERBS = frozenset({Verb.SUSPEND, Verb.RESUME, Verb.CANCEL_RUNNING})
_ALL_VERBS = _VERBS | {Verb.CANCEL}

CAPABILITIES = Capabilities(
    system="prime",
    title="Cisco Prime Infrastructure",
    verbs=_VERBS,
    # More than a few connections of one user make the server refuse right passwords (contract 4).
    workers=1,
    max_workers=1,
    batch=dict.fromkeys(_ALL_VERBS, ACTION_BATCH),
    # A trigger is set to a state, not toggled, and a cancelrunning names its run, so that it cannot hit a later one.
    repeatable=_ALL_VERBS,
    settle=5.0,
    hidden=30.0,  # contract 9, item 11
    options={
        "prime_api_version": {"type": "int", "choices": [1, 2, 3, 4], "default": DEFAULT_VERSION},
        "prime_virtual_domain": {"type": "str"},
    },
    irreversible=frozenset({Verb.CANCEL}),
    own_verbs={Verb.CANCEL: OwnVerb(options={})},
    dialects=tuple(
        Dialect(f"v{version} {wire.upper()}", {"prime_api_version": version, "wire_format": wire})
        for version in (4, 3, 2, 1)
        for wire in ("json", "xml")
    ),
)
