# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library only.

"""Whether an option is given, wherever its value comes from: task, defaults, host variable, environment, survey. Pure.

Not given are null, text with nothing but blanks in it, Ansible's `omit`, and a list that holds nothing but null and
empty text. A list without any elements is given: it says that nothing is meant.
"""

from __future__ import annotations

import re
import typing as t

#: What `omit` is up to ansible-core 2.18. ansible-core takes it out of the arguments of a task, but not out of lists
#: in them, nor out of variables that are read otherwise. Later versions do that, and have no text for it.
_OMIT = re.compile("__omit_place_holder__[0-9a-f]{40}")
#: Options whose empty text says something: that a variable with the path of a journal is empty, so that jobs would be
#: suspended without one; and that there is no copy yet.
_EMPTY_COUNTS = ("journal", "journal_copy")


def given(option: str, value: t.Any) -> t.Any:
    """What an option says: its value, less the elements of a list that say nothing; None when it is not given."""
    if isinstance(value, (list, tuple)):
        there = [element for element in value if not _is_omit(element)]
        said = [element for element in there if not _is_empty(element)]
        return said if said or not there else None
    if _is_omit(value) or (_is_empty(value) and option not in _EMPTY_COUNTS):
        return None
    return value


def holds_omit(value: t.Any) -> bool:
    """Whether `omit` stands within other text, where it leaves nothing out and is no value either."""
    values = value if isinstance(value, (list, tuple)) else [value]
    return any(isinstance(text, str) and _OMIT.search(text) for text in values)


def _is_omit(value: t.Any) -> bool:
    return isinstance(value, str) and bool(_OMIT.fullmatch(value))


def _is_empty(value: t.Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
