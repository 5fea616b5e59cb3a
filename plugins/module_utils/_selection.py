# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _model.

"""Which jobs a selection means. Pure."""

from __future__ import annotations

import fnmatch

from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, Selection, canonical


def matches(job: Job, selection: Selection) -> bool:
    """Whether the job is in the selection; `job_ids` and `location` were applied when it was read.

    Texts match by canonical equivalence: an accented letter may be one character or two.
    """
    if selection.nothing:
        return False
    wanted = ((selection.types, job.type), (selection.owners, job.owner), (selection.states, job.state))
    if not all(not values or canonical(value) in map(canonical, values) for values, value in wanted):
        return False
    return not selection.names or any(_name_matches(job, pattern) for pattern in selection.names)


def _name_matches(job: Job, pattern: str) -> bool:
    """A product whose names are paths gives the last part as `short_name`; only a pattern with a / means the path."""
    name = job.name if "/" in pattern else job.facts.get("short_name", job.name)
    return fnmatch.fnmatchcase(canonical(name), canonical(pattern))
