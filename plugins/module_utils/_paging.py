# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors.

"""The end of lists that do not end: a product, or what stands before it, may give the same page for ever."""

from __future__ import annotations

import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._errors import ProtocolError

#: Pages in a row without anything new; some are no wonder, as entries move between pages while a list is read.
MOST_FRUITLESS = 8
#: Far more than any of the products can hold.
MOST_ENTRIES = 1_000_000


class Pages:
    """Watches the pages of one list, by what identifies its entries."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._fruitless = 0

    def new(self, ids: t.Iterable[str]) -> set[str]:
        """Those of a page's entries that no page had before.

        :raises ProtocolError: the list goes on and on.
        """
        new = set(ids) - self.seen
        self.seen |= new
        self._fruitless = 0 if new else self._fruitless + 1
        if self._fruitless > MOST_FRUITLESS:
            raise ProtocolError(f"The list goes on after {len(self.seen)} entries, but shows nothing new")
        if len(self.seen) > MOST_ENTRIES:
            raise ProtocolError(f"The list goes on after {len(self.seen)} entries, more than any product can hold")
        return new
