# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list: query parameters, generations and filters (contract 5.1 to 5.3)."""

from __future__ import annotations

import dataclasses
import datetime
import re
import typing as t

from simulators.ajs import statuses, wire
from simulators.ajs.errors import Refused, bad_argument
from simulators.ajs.state import last_result, latest
from simulators.ajs.units import FILTERED_AS_JOB, Run, Unit

#: parameter -> constants that it takes; the first is the default
CONSTANTS = {
    "searchLowerUnits": ("NO", "YES"),
    "searchTarget": ("DEFINITION_AND_STATUS", "DEFINITION"),
    "unitNameMatchMethods": ("NO", "EQ", "BW", "EW", "NE", "CO", "NC", "RE"),
    "unitType": ("NO", "GROUP", "ROOT", "NET", "JOB"),
    "generation": ("STATUS", "NO", "RESULT", "PERIOD", "EXECID"),
    "delayStatus": ("NO", "START", "END", "YES"),
    "holdPlan": ("NO", "PLAN_NONE", "PLAN_YES"),
    "unitCommentMatchMethods": ("NO", "EQ", "BW", "EW", "NE", "CO", "NC", "RE"),
    "execHostMatchMethods": ("NO", "EQ", "BW", "EW", "NE", "CO", "NC", "RE"),
    "releaseInfoSearchMethods": ("NO", "ID"),
    "status": ("NO", *sorted(statuses.STATUS_FILTERS - {"NO"})),
}
#: parameter -> least and most bytes
LENGTHS = {
    "manager": (1, 255),
    "serviceName": (1, 30),
    "location": (1, 930),
    "unitName": (1, 64),
    "unitComment": (0, 164),
    "execHost": (0, 514),
    "releaseID": (1, 30),
}
REQUIRED = ("mode", "manager", "serviceName", "location")
KNOWN = frozenset({"mode", "execID", "periodBegin", "periodEnd", *CONSTANTS, *LENGTHS})


@dataclasses.dataclass
class Query:
    """One checked list request: every parameter has a value, "" when it was not sent."""

    values: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")


def parse(sent: t.Mapping[str, str], bad_exec_id_status: int = 400) -> Query:
    """Check the parameters of a list request.

    :raises Refused: 400 (for a malformed execID `bad_exec_id_status`).
    """
    for name in REQUIRED:
        if not sent.get(name):
            raise bad_argument(name)
    if sent["mode"] != "search":
        raise bad_argument("mode")
    for name, (least, most) in LENGTHS.items():
        if name in sent and not least <= len(sent[name].encode()) <= most:
            raise bad_argument(name)
    values = dict(sent)
    for name, constants in CONSTANTS.items():
        if values.setdefault(name, constants[0]) not in constants:
            raise bad_argument(name)
    if "execID" in sent and not wire.EXEC_ID.fullmatch(sent["execID"]):
        raise Refused(bad_exec_id_status, "argument" if bad_exec_id_status == 400 else "missing", "execID")
    _check_companions(values)
    return Query(values)


def _check_companions(values: dict[str, str]) -> None:
    """Refuse a choice whose operand is missing."""
    for method, operand in (
        ("unitNameMatchMethods", "unitName"),
        ("unitCommentMatchMethods", "unitComment"),
        ("execHostMatchMethods", "execHost"),
        ("releaseInfoSearchMethods", "releaseID"),
    ):
        if values[method] != "NO" and operand not in values:
            raise bad_argument(operand)
    if values["generation"] == "EXECID" and "execID" not in values:
        raise bad_argument("execID")
    if values["generation"] == "PERIOD":
        for name in ("periodBegin", "periodEnd"):
            try:
                datetime.datetime.strptime(values.get(name, ""), wire.PERIOD_TIME)
            except ValueError:
                raise bad_argument(name) from None


def text_matches(method: str, wanted: str, text: str) -> bool:
    """MatchMethods; RE knows `?` (one character), `*` (any string) and `\\` (escape)."""
    if method == "RE":
        return re.fullmatch(_expression(wanted), text, re.DOTALL) is not None
    return {
        "NO": True,
        "EQ": text == wanted,
        "NE": text != wanted,
        "BW": text.startswith(wanted),
        "EW": text.endswith(wanted),
        "CO": wanted in text,
        "NC": wanted not in text,
    }[method]


def _expression(pattern: str) -> str:
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    return "".join({"?": ".", "*": ".*"}.get(part) or re.escape(part[-1]) for part in parts)


def type_matches(unit: Unit, wanted: str) -> bool:
    return {
        "NO": True,
        "GROUP": unit.is_group,
        "ROOT": unit.is_root,
        "NET": unit.is_net,
        "JOB": unit.type in FILTERED_AS_JOB,
    }[wanted]


def generations(unit: Unit, query: Query, tz: datetime.timezone, now: float) -> list[Run | None]:
    """The generations of a unit that the list shows; [None]: the definition alone."""
    choice = query["generation"]
    if query["searchTarget"] == "DEFINITION" or choice == "NO":
        return [None]
    if choice == "EXECID":
        return [unit.runs.get(query["execID"])]
    if choice == "RESULT":
        return [last_result(unit)]
    if choice == "PERIOD":
        begin, end = (wire.period(query[name], tz) for name in ("periodBegin", "periodEnd"))
        return [run for run in unit.runs.values() if _existed(run, begin, end, now)] or [None]
    return [latest(unit)]


def _existed(run: Run, begin: float, end: float, now: float) -> bool:
    first = run.started if run.started is not None else run.scheduled if run.scheduled is not None else now
    last = run.ended if run.ended is not None else max(first, now)
    return first <= end and last >= begin


def selects(query: Query, unit: Unit, run: Run | None) -> bool:
    """Whether all conditions hold for one generation of a unit."""
    return (
        type_matches(unit, query["unitType"])
        and text_matches(query["unitNameMatchMethods"], query["unitName"], unit.simple_name)
        and text_matches(query["unitCommentMatchMethods"], query["unitComment"], unit.comment)
        and query["releaseInfoSearchMethods"] == "NO"
        and _status_matches(query, unit, run)
    )


def _status_matches(query: Query, unit: Unit, run: Run | None) -> bool:
    wanted = query["status"]
    if wanted == "UNREGISTERED":
        root = unit.root
        return root is not None and not root.runs
    if run is None:
        return all(query[name] == "NO" for name in ("status", "delayStatus", "holdPlan", "execHostMatchMethods"))
    planned = run.status in ("TIMEWAIT", "TERMWAIT") and run.hold in statuses.HOLD_PLANNED
    delays = {"NO": True, "START": run.start_delayed, "END": run.end_delayed}
    return (
        (wanted == "NO" or statuses.matches(run.status, wanted))
        and delays.get(query["delayStatus"], run.start_delayed or run.end_delayed)
        and {"NO": True, "PLAN_YES": planned, "PLAN_NONE": not planned}[query["holdPlan"]]
        and text_matches(query["execHostMatchMethods"], query["execHost"], run.exec_host)
    )
