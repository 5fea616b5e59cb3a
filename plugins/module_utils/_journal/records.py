# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _json.

"""The lines of a journal: JSON with a checksum, one record a line. Pure."""

from __future__ import annotations

import datetime
import json
import re
import typing as t
import zlib

from ansible_collections.batchops.job_control.plugins.module_utils import _json
from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError

_STAMP = "%Y-%m-%dT%H:%M:%S.%f%z"


def epoch(stamp: str) -> float:
    """The moment of a record, in seconds since the epoch."""
    return datetime.datetime.strptime(stamp, _STAMP).timestamp()


def stamp(seconds: float) -> str:
    """A moment as records tell it.

    :param seconds: since the epoch.
    """
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime(_STAMP)


def encode(record: t.Mapping[str, t.Any]) -> bytes:
    """A record as a line of the file, with a checksum over all of it: a damaged id would name another job."""
    text = json.dumps(record).encode()[:-1]
    return text + b', "crc": "%08x"}\n' % zlib.crc32(text)


def _record(line: bytes) -> dict[str, t.Any]:
    """The record of a line.

    :raises ValueError: the line is not as it was written.
    """
    text, _key, end = line.rpartition(b', "crc": ')
    if end != b'"%08x"}' % zlib.crc32(text):
        raise ValueError("its checksum does not fit")
    record: dict[str, t.Any] = _json.loads(line)
    return record


def replay(data: bytes, path: str, apply: t.Callable[[t.Mapping[str, t.Any]], None]) -> int:
    """Hand a journal's records on, one by one; returns how many of its bytes are whole records.

    A last line without its end is the trace of a crash in the middle of a write: that record was never
    confirmed, so the request that it announces was never sent, and it does not count.

    :param apply: raises ValueError, KeyError or TypeError for a record that makes no sense.
    :raises UsageError: any other damage; the message shows the line only if we may have written it, as the path may
        be that of any file.
    """
    check_is_journal(data, path)
    whole = data.rfind(b"\n") + 1
    for number, line in enumerate(data[:whole].split(b"\n")[:-1], start=1):
        try:
            apply(_record(line))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            told = f" ({type(error).__name__}: {error}): {_shown(line)}" if _OURS.match(line) else ""
            raise UsageError(
                f"journal: line {number} of {path} is damaged{told}. Nothing was changed; restore the file from a "
                "copy, or read it and resume the jobs that it names by job_ids."
            ) from error
    return whole


def _shown(line: bytes) -> str:
    return repr(line[:120].decode("utf-8", "backslashreplace"))


#: So many bytes tell whether a file is a journal at all, damaged or not.
BEGINNING = 4096
#: How each of our records begins, and how the first one does.
_OURS = re.compile(rb'\{"n": \d+, "at": "')
_FIRST = b'{"n": 1, "at": "'


def check_is_journal(data: bytes, path: str) -> None:
    """Make sure that a file is a journal, damaged or not, or one whose first record was not written to its end. A file
    of one line without an end may be all that somebody has in it, such as a password.

    :param data: what is in it; its first `BEGINNING` bytes will do.
    :raises UsageError: it is something else. The message shows nothing of it.
    """
    beginning = data[:BEGINNING]
    is_torn = b"\n" not in beginning and beginning[: len(_FIRST)] == _FIRST[: len(beginning)]
    if not is_torn and not any(map(_OURS.match, beginning.splitlines())):
        raise UsageError(f"journal: {path} is not a journal of this collection. Nothing was changed; check the path.")
