# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, ledger, packing, records.

"""A journal as a text that is kept elsewhere, and which of the two tells more. Pure."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._journal import packing
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import read
from ansible_collections.batchops.job_control.plugins.module_utils._journal.records import epoch

#: A journal with a copy has to have fewer bytes, so that reading a copy cannot use up the memory.
_LARGEST_COPY = 1 << 26

#: One that has more bytes takes no more jobs: what is left is for what becomes of those that it has.
LARGEST_TO_ADD_TO = _LARGEST_COPY // 4

#: Records that announce a request. At the end of a copy they may be what a run only meant to do.
_ANNOUNCEMENTS = ("journal", "product", "open", "intend", "intend_hold")


def pack(journal: bytes, unwanted: t.Iterable[str] = ()) -> str:
    """A journal as one short text, to be kept elsewhere.

    :param unwanted: what must not be in the text by chance, because Ansible would mask it there.
    :raises UsageError: that cannot be had, or the journal is too large to be read back.
    """
    if len(journal) >= _LARGEST_COPY:
        raise UsageError(
            f"journal_copy: the journal has {len(journal)} bytes, too many for a copy. Nothing of it is lost; close "
            "its windows by the file, without journal_copy, and then delete the file."
        )
    return packing.pack(journal, "journal_copy", unwanted)


def unpack(text: str) -> bytes:
    """The journal of which the text is a copy; nothing for an empty text.

    :raises UsageError: it is no such text.
    """
    if not text:
        return b""
    try:
        return packing.unpack(text, _LARGEST_COPY)
    except ValueError as error:
        raise UsageError(
            "journal_copy: this is not what job_suspend or job_resume has returned. Nothing was changed."
        ) from error


def newest(have: bytes, copy: bytes, path: str) -> bytes:
    """The journal to go by, of a file and its copy: one of the two.

    The file, when it is the newer of the two. That it also is when it has gone on from where the copy, made before a
    run, begins to announce what the run would do: the journal tells what the run did.

    :raises UsageError: each of them has gone on without the other, and the older one still has open jobs.
    """
    if have.startswith(copy):
        return have
    if copy.startswith(have):
        return copy
    lines = copy.splitlines(keepends=True)
    records = [json.loads(line) for line in lines]
    settled = len(lines)
    while settled and records[settled - 1]["event"] in _ANNOUNCEMENTS:
        settled -= 1
    before = b"".join(lines[:settled])
    went_on = have.removeprefix(before).partition(b"\n")[0]
    if have.startswith(before) and _is_as_late(went_on, lines[settled]):  # before is not all of the copy
        return have
    ours, theirs = read(have, path)[0], read(copy, "journal_copy")[0]
    last = have.splitlines()[-1]
    # A file with open jobs that is older than a closed copy may be what that copy has closed, or may not.
    if not theirs.open_entries and (not ours.open_entries or _is_as_late(last, lines[-1])):
        return have
    is_of_the_same = (ours.system, ours.product) == (theirs.system, theirs.product)
    if is_of_the_same and not ours.open_entries and _is_as_late(lines[0], last):
        return copy  # it was begun anew where this file was not
    raise UsageError(
        f"journal: {path} and its copy tell different stories, and both may be needed. Nothing was changed. Move the "
        "file away to go by the copy, or leave journal_copy out to go by the file.",
        code="journal_copy_differs",
    )


def _is_as_late(line: bytes, other: bytes) -> bool:
    """Whether a record is not older than another one; False if they do not tell."""
    try:
        return epoch(json.loads(line)["at"]) >= epoch(json.loads(other)["at"])
    except (ValueError, KeyError, TypeError):
        return False
