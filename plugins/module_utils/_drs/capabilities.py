# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: _model, _system.

"""What Huawei Cloud DRS can do, and the options that only it has."""

from __future__ import annotations

from ansible_collections.batchops.job_control.plugins.module_utils._model import NEUTRAL_VERBS, Verb
from ansible_collections.batchops.job_control.plugins.module_utils._system import Capabilities, Dialect

#: Tasks per action request: no limit is declared, 10 is what the vendor advises for its other batches (contract 8.8).
ACTION_BATCH = 10

CAPABILITIES = Capabilities(
    system="drs",
    title="Huawei Cloud DRS",
    verbs=frozenset(NEUTRAL_VERBS),
    workers=4,
    max_workers=8,
    batch=dict.fromkeys(NEUTRAL_VERBS, ACTION_BATCH),
    # A second pause or resume of a task is refused and does nothing (contract 13); a second retry could repeat a
    # failure, and a termination is final.
    repeatable=frozenset({Verb.SUSPEND, Verb.RESUME}),
    irreversible=frozenset({Verb.CANCEL_RUNNING}),
    settle=60.0,
    wait_timeout=1800.0,
    options={
        "drs_project_id": {"type": "str"},
        "drs_region": {"type": "str"},
        "drs_iam_url": {"type": "str"},
        "drs_domain": {"type": "str"},
        "drs_access_key": {"type": "str", "no_log": True},
        "drs_secret_key": {"type": "str", "no_log": True},
        "drs_security_token": {"type": "str", "no_log": True},
        "drs_api_version": {"type": "str", "choices": ["v3", "v5"], "default": "v3"},
        "drs_pause_mode": {"type": "str", "choices": ["target", "all"], "default": "target"},
    },
    dialects=(Dialect("v3"), Dialect("v5", {"drs_api_version": "v5"})),
)
