# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library.

"""Variables whose names are almost those of the role: Ansible would not use them, and say nothing. Pure."""

from __future__ import annotations

import difflib
import typing as t

_PREFIX = "maintenance_window_"
#: The variables of the role that have no default.
NO_DEFAULT = frozenset({"name", "expires", "wait_timeout", "plan_file"})
_ALMOST = 0.82  # of 1.0, which is the same


def misspelt(given: t.Iterable[str], defaults: t.Iterable[str]) -> tuple[str, str] | None:
    """The first of these names that is almost a variable of the role, and that one. Ansible would just not use it."""
    known = {name[len(_PREFIX) :] for name in defaults if name.startswith(_PREFIX)} | NO_DEFAULT
    for name in sorted(name for name in given if name.startswith(_PREFIX)):
        like = difflib.get_close_matches(name[len(_PREFIX) :], known, n=1, cutoff=_ALMOST)
        if like and _PREFIX + like[0] != name:
            return name, _PREFIX + like[0]
    return None
