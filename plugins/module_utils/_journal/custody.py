# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, records.

"""Whether a journal is ours alone, and still the file that was opened: what it says is acted on."""

from __future__ import annotations

import os
import stat

from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._journal.records import BEGINNING, check_is_journal


def check_ours(path: str, file: int) -> None:
    """Make sure that this is a journal, and that nobody else can have written what it says.

    :param file: opened; of a file of any other kind only the beginning is read, as it may have no end.
    :raises UsageError: it is no file or no journal, or others may write to it, replace it or have another name for it.
    :raises OSError: it cannot be read.
    """
    status = os.fstat(file)
    if not stat.S_ISREG(status.st_mode):
        raise UsageError(f"journal: {path} cannot be used: it is not a file.")
    check_is_journal(os.pread(file, BEGINNING, 0), path)  # first, as what to do about a mode is said of a journal only
    reason = _why_not_ours(path, status)
    if reason:
        raise UsageError(f"journal: {path} is not used, as others can change it: {reason}. Nothing was changed.")


def _why_not_ours(path: str, status: os.stat_result) -> str:
    """What lets others change the file, and what to do; empty if nothing does."""
    if status.st_uid != os.geteuid():
        return f"it belongs to the user with the id {status.st_uid}; run this as that user, or make the file your own"
    if _is_shared(status):
        return f"its mode is {stat.S_IMODE(status.st_mode):04o}; check what it says, then set its mode to 0600"
    if status.st_nlink > 1:
        return "it has several names (hard links); copy it to a file of its own"
    folder = os.path.dirname(os.path.abspath(path))
    place = os.stat(folder)
    is_sticky = place.st_mode & stat.S_ISVTX  # nobody but its owner can replace a file there
    if place.st_mode & stat.S_IWOTH and not is_sticky:
        return f"its folder {folder} has the mode {stat.S_IMODE(place.st_mode):04o}; set it to 0700"
    return ""


def _is_shared(status: os.stat_result) -> bool:
    """Whether its mode lets others read or write it."""
    return bool(stat.S_IMODE(status.st_mode) & 0o077)


def check_untouched(path: str, file: int, size: int) -> None:
    """Make sure that the file is as this run has left it, so that the next record has its place there.

    :param size: the bytes that this run knows of.
    :raises UsageError: it was replaced, removed, linked or written to, or others may write to it.
    """
    mine = os.fstat(file)
    try:
        there = os.stat(path, follow_symlinks=False)
    except FileNotFoundError:
        there = None
    is_same = there is not None and (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino)
    is_ours = mine.st_uid == os.geteuid() and not _is_shared(mine) and mine.st_nlink == 1
    if not is_same or not is_ours or mine.st_size != size:
        raise UsageError(
            f"journal: {path} was moved, replaced or changed while this run used it, so nothing more is sent; put it "
            "back, and close the window.",
            code="journal_changed",
        )
