# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library only.

"""Times as products write them (ISO 8601), in UTC. Pure.

The standard library reads more or fewer of their forms depending on the version of Python: fractions of one, two or
seven digits, offsets without a colon.
"""

from __future__ import annotations

import datetime
import re
import typing as t

_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:[.,][0-9]+)?"
    r"(Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)?"
)
UTC = "Z"


def utc(value: t.Any, unnamed: str = "") -> str:
    """A time as ISO 8601 in UTC, to the second.

    :param unnamed: the zone of a time that names none. Without, nobody knows which time is meant.
    :returns: empty where there is no time that can be read.
    """
    match = _ISO.fullmatch(value.strip()) if isinstance(value, str) else None
    zone = (match[2] or unnamed) if match else ""
    if not match or not zone:
        return ""
    try:
        moment = datetime.datetime.fromisoformat(match[1]) - _offset(zone)
    except (ValueError, OverflowError):
        return ""
    return f"{moment.isoformat()}Z"


def _offset(zone: str) -> datetime.timedelta:
    if zone == UTC:
        return datetime.timedelta()
    digits = zone[1:].replace(":", "").ljust(4, "0")
    offset = datetime.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -offset if zone[0] == "-" else offset
