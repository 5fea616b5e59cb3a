# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: _clock, _system and the products.

"""The products. A new one is one more line in each of the three places here.

Ansible finds what a module needs by reading import statements, so the products cannot be imported by a computed
name; as the imports are inside of functions, a run still loads only the product that it uses.
"""

from __future__ import annotations

import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._ajs.capabilities import CAPABILITIES as _AJS
from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.capabilities import (
    CAPABILITIES as _COMMVAULT,
)
from ansible_collections.batchops.job_control.plugins.module_utils._drs.capabilities import CAPABILITIES as _DRS
from ansible_collections.batchops.job_control.plugins.module_utils._prime.capabilities import CAPABILITIES as _PRIME
from ansible_collections.batchops.job_control.plugins.module_utils._system import Capabilities, Connection, JobSystem
from ansible_collections.batchops.job_control.plugins.module_utils._veeam.capabilities import CAPABILITIES as _VEEAM

#: What each product can do, by the value of the option `system`.
CAPABILITIES: t.Mapping[str, Capabilities] = {
    capabilities.system: capabilities for capabilities in (_COMMVAULT, _PRIME, _DRS, _VEEAM, _AJS)
}


def connect(system: str, connection: Connection, clock: Clock) -> JobSystem:
    """The product, ready to be used; no request is sent yet.

    :raises UsageError: a connection option that this product needs is missing or wrong.
    :raises MissingLibrary: a Python library is not installed.
    """
    return _CONNECT[system](connection, clock)


def _commvault(connection: Connection, clock: Clock) -> JobSystem:
    from ansible_collections.batchops.job_control.plugins.module_utils._commvault.api import Commvault

    return Commvault(connection, clock)


def _prime(connection: Connection, clock: Clock) -> JobSystem:
    from ansible_collections.batchops.job_control.plugins.module_utils._prime.api import Prime

    return Prime(connection, clock)


def _drs(connection: Connection, clock: Clock) -> JobSystem:
    from ansible_collections.batchops.job_control.plugins.module_utils._drs.api import Drs

    return Drs(connection, clock)


def _veeam(connection: Connection, clock: Clock) -> JobSystem:
    from ansible_collections.batchops.job_control.plugins.module_utils._veeam.api import Veeam

    return Veeam(connection, clock)


def _ajs(connection: Connection, clock: Clock) -> JobSystem:
    from ansible_collections.batchops.job_control.plugins.module_utils._ajs.api import Ajs

    return Ajs(connection, clock)


_CONNECT: t.Mapping[str, t.Callable[[Connection, Clock], JobSystem]] = {
    "commvault": _commvault,
    "prime": _prime,
    "drs": _drs,
    "veeam": _veeam,
    "ajs": _ajs,
}
