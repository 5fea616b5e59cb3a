# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _model, states.

"""What can be asked of the unit list, and how far the product narrows a selection itself (contract 5.1). Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._ajs import states
from ansible_collections.batchops.job_control.plugins.module_utils._model import JobState, Selection

#: a unit name in a query has at most this many bytes
_LONGEST_NAME = 64

#: unit types that the filter of that name finds (contract 6.4); the widest comes last
_TYPE_FILTERS: t.Mapping[str, frozenset[str]] = {
    "ROOT": states.ROOT_NETS,
    "NET": states.NETS,
    # standard, HTTP connection, flexible, custom, passing-information, event and action jobs
    "JOB": states.EVENT_JOBS | states.ACTION_JOBS | {"JOB", "PJOB", "QJOB", "FXJ", "HTPJ", "CUSTOM", "AJSVAR"},
}

#: neutral states that one value of the filter `status` covers in full (contract 5.3)
_STATUS_FILTERS: t.Mapping[JobState, str] = {JobState.RUNNING: "GRP_RUN", JobState.WARNING: "WARNING"}


@dataclasses.dataclass(frozen=True)
class Search:
    """One request for the unit list. Empty conditions are left out; all conditions are ANDed."""

    location: str  # the upper unit's full name
    subtree: bool = False  # everything below, or one level
    unit_name: str = ""  # simple name
    match: str = ""  # EQ, BW, EW, CO, RE: how `unit_name` is compared
    unit_type: str = ""
    exec_id: str = ""  # this generation, where a unit has it, instead of the current one
    status: str = ""

    def query(self, manager: str, service_name: str) -> list[tuple[str, str]]:
        """The query in the order of the manual's own sample."""
        pairs = [
            ("mode", "search"),
            ("manager", manager),
            ("serviceName", service_name),
            ("location", self.location),
            ("searchLowerUnits", "YES" if self.subtree else ""),
            ("unitName", self.unit_name),
            ("unitNameMatchMethods", self.match),
            ("unitType", self.unit_type),
            ("generation", "EXECID" if self.exec_id else ""),
            ("execID", self.exec_id),
            ("status", self.status),
        ]
        return [(name, value) for name, value in pairs if value]


def narrowest(selection: Selection) -> Search:
    """The search for a whole selection: as narrow as one request can be, never narrower than what is meant."""
    unit_name, match = _name_condition(selection.names)
    types = set(selection.types)
    return Search(
        location=selection.location.rstrip("/") or "/",
        subtree=True,
        unit_name=unit_name,
        match=match,
        unit_type=next((name for name, found in _TYPE_FILTERS.items() if types and types <= found), ""),
        status=_STATUS_FILTERS.get(selection.states[0], "") if len(set(selection.states)) == 1 else "",
    )


def _name_condition(patterns: t.Sequence[str]) -> tuple[str, str]:
    """A single shell pattern as the product's match method and text; nothing when it cannot be said there.

    The backslash is the product's own escape and [ is not known to it, so such patterns stay with us. So do patterns
    with a /, which mean the full name.
    """
    if len(patterns) != 1 or any(c in patterns[0] for c in "/[\\") or len(patterns[0].encode()) > _LONGEST_NAME:
        return "", ""
    pattern = patterns[0]
    text = pattern.strip("*")
    if not text:
        return "", ""
    if "*" in text or "?" in text:
        return pattern, "RE"
    return text, {(False, False): "EQ", (False, True): "BW", (True, False): "EW", (True, True): "CO"}[
        pattern.startswith("*"), pattern.endswith("*")
    ]
