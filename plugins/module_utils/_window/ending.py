# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _journal, _times.

"""When a window ends, and which windows a run may close. Pure."""

from __future__ import annotations

import datetime
import enum
import re
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError, excerpt
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Ledger, Opening, Run
from ansible_collections.batchops.job_control.plugins.module_utils._times import utc

#: The end of a window whose end nobody gives.
DEFAULT_END = "24h"
NEVER = "never"

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([smhdw]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def end_of(text: str, now: float) -> float | None:
    """The moment that a user gives as the end of a window, in seconds since the epoch; None for never.

    :param text: a duration from now, a moment, or never.
    :raises UsageError: it is none of these, or is over.
    """
    word = text.strip().lower()
    if word == NEVER:
        return None
    duration = _DURATION.fullmatch(word)
    moment = now + float(duration[1]) * _SECONDS[duration[2]] if duration else _moment(text.strip())
    try:
        datetime.datetime.fromtimestamp(moment or 0.0, datetime.timezone.utc)
    except (ValueError, OverflowError, OSError):
        moment = None
    if moment is None:
        raise UsageError(
            f"window_expires: {excerpt(text, 60)!r} is no end of a window; give a duration such as 90m, 6h or 2d, a "
            "moment with its time zone such as 2026-12-24T06:00:00+01:00, or never."
        )
    if moment <= now:
        raise UsageError(f"window_expires: {excerpt(text, 60)} is over already; give a moment that is still to come.")
    return moment


def _moment(text: str) -> float | None:
    found = utc(text)
    return datetime.datetime.fromisoformat(found[:-1] + "+00:00").timestamp() if found else None


class CloseIf(str, enum.Enum):
    """Which windows a run closes."""

    ALWAYS = "always"
    OWN_RUN = "own_run"  # those that it has opened itself
    EXPIRED = "expired"  # those whose end is over


def to_close(ledger: Ledger, close_if: CloseIf, run: Run, now: float, name: str | None = None) -> list[Opening]:
    """The open windows that a run closes by itself, the oldest first.

    :param now: seconds since the epoch.
    :param name: of the only window that may be among them; None for all.
    """
    allowed: t.Mapping[CloseIf, t.Callable[[Opening], bool]] = {
        CloseIf.ALWAYS: lambda window: True,
        CloseIf.OWN_RUN: lambda window: window.run.is_same(run),
        CloseIf.EXPIRED: lambda window: window.is_expired(now),
    }
    windows = [window for window in ledger.windows.values() if window.is_open and name in (None, window.name)]
    return sorted(filter(allowed[close_if], windows), key=lambda window: window.opened)
