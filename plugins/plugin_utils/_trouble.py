# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors.

"""Which troubles of a watch may be over at its next look, and which a person has to end. Pure."""

from __future__ import annotations

from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    ConnectionFailed,
    JobControlError,
    ProtocolError,
    RateLimited,
    Refused,
    WaitTimeout,
)

_PASSING = (ConnectionFailed, ProtocolError, RateLimited, WaitTimeout)
#: What a server or a gateway says of its own situation, and not of the request.
_PASSING_REFUSALS = frozenset({408, 409, 412, 421, 423, 425, 429})
_PROXY_WANTS_A_USER = 407


def is_passing(error: JobControlError) -> bool:
    """Whether another look may go well without anybody's help.

    Credentials, rights, options and certificates do not become right by themselves, and asking again and again may lock
    the user. A refusal passes, unless its status says that the request itself is wrong.
    """
    status = error.http_status
    if isinstance(error, Refused):
        return status is not None and (not 400 <= status < 500 or status in _PASSING_REFUSALS)
    return isinstance(error, _PASSING) and status != _PROXY_WANTS_A_USER
