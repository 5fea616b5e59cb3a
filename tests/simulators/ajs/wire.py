# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bytes of the API: paths, times, credentials and JSON bodies (contract 4 to 9). Pure functions."""

from __future__ import annotations

import base64
import binascii
import datetime
import json
import re
import typing as t
import urllib.parse

from simulators.ajs.errors import Refused
from simulators.ajs.units import Run, Unit

Json = dict[str, t.Any]

EXEC_ID = re.compile(r"@([0-9]{1,4})?[A-Z][0-9]{1,4}")
PERIOD_TIME = "%Y-%m-%dT%H:%M"
MAX_DETAILS = 5 * 1024 * 1024  # bytes


def dump(body: t.Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def segments(target: str) -> list[str]:
    """The decoded segments of a request target; an encoded slash stays inside its segment."""
    path = target.partition("?")[0]
    return [urllib.parse.unquote(segment) for segment in path.split("/")[1:]]


def split_run_id(segment: str) -> tuple[str, str]:
    """{unitName}:{execID}, split at the last colon (contract 9.3).

    :raises Refused: 404, malformed.
    """
    name, colon, exec_id = segment.rpartition(":")
    if not colon or not name.startswith("/") or not EXEC_ID.fullmatch(exec_id):
        raise Refused(404, "missing")
    return name, exec_id


def credentials(header: str) -> tuple[str, str] | None:
    """User and password of X-AJS-Authorization; None when it is not base64("user:password")."""
    try:
        user, colon, password = base64.b64decode(header, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon else None


def zone(offset: str) -> datetime.timezone:
    """+hh:mm as a time zone."""
    sign = -1 if offset.startswith("-") else 1
    hours, minutes = offset.lstrip("+-").split(":")
    return datetime.timezone(sign * datetime.timedelta(hours=int(hours), minutes=int(minutes)))


class Dialect(t.NamedTuple):
    """How one Web Console writes: its version number (VVRRSS), the manager's zone, and how far that is off."""

    version: int
    zone: datetime.timezone
    shift_hours: float = 0
    root_manager_net: str = "MANNET"

    def time(self, seconds: float | None) -> str:
        if seconds is None:
            return ""
        shown = datetime.datetime.fromtimestamp(int(seconds) + self.shift_hours * 3600, tz=self.zone)
        return shown.isoformat()

    def type(self, unit: Unit) -> str:
        return self.root_manager_net if unit.is_root and unit.type == "MANNET" else unit.type


def seconds(text: str) -> float:
    """ISO 8601 with an offset or Z, as seconds since the epoch."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def period(text: str, tz: datetime.timezone) -> float:
    """YYYY-MM-DDThh:mm in the manager's zone, as seconds since the epoch.

    :raises ValueError: another format.
    """
    return datetime.datetime.strptime(text, PERIOD_TIME).replace(tzinfo=tz).timestamp()


# --- the resource of sections 5.4, 6.3 and 6.4: the members in the order of the manual's sample --------------------


def unit_resource(unit: Unit, run: Run | None, dialect: Dialect) -> Json:
    return {
        "definition": definition(unit, dialect),
        "release": None,
        "unitStatus": None if run is None else unit_status(run, dialect),
    }


def definition(unit: Unit, dialect: Dialect) -> Json:
    root = unit.root
    return {
        "owner": unit.owner,
        "customJobType": unit.custom_type,
        "registerStatus": "NONE" if root is None else "YES" if root.runs else "NO",
        "rootJobnetName": "" if root is None else root.name,
        "recoveryUnit": unit.recovery,
        "unitType": dialect.type(unit),
        "unitComment": unit.comment,
        "simpleUnitName": unit.simple_name,
        "parameters": unit.parameters,
        "execAgent": unit.agent,
        "execFileName": unit.file,
        "wait": unit.wait,
        "jobnetReleaseUnit": False,
        "jp1ResourceGroup": unit.resource_group,
        "unitName": unit.name,
        "unitID": unit.unit_id,
    }


#: members about the other side of a jobnet connector, after `dest` or `src`
CONNECTED = ("HostName", "ServiceName", "UnitName", "ExecID")


def unit_status(run: Run, dialect: Dialect) -> Json:
    start_delay = "YES" if run.start_delayed else "NO"
    end_delay = "YES" if run.end_delayed else "NO"
    below = run.subtree() if run.unit.is_net else []
    body = {
        "status": run.status,
        "execHost": run.exec_host,
        "startDelayStatus": start_delay,
        "nestStartDelayStatus": "YES" if any(each.start_delayed for each in below) else "NO",
        "endDelayStatus": end_delay,
        "nestEndDelayStatus": "YES" if any(each.end_delayed for each in below) else "NO",
        "startDelayTime": "",
        "endDelayTime": "",
        "changeType": run.change,
        "registerTime": dialect.time(run.registered),
        "jobNumber": run.job_number,
        "retCode": run.return_code,
        "simpleUnitName": run.unit.simple_name,
        "schStartTime": dialect.time(run.scheduled),
        "reStartTime": dialect.time(run.restarted),
        "endTime": dialect.time(run.ended),
        "holdAttr": run.hold,
        "startTime": dialect.time(run.started),
        "unitName": run.unit.name,
        "execID": run.exec_id,
    }
    if dialect.version >= 120000:
        connected = [side + name for side in ("dest", "src") for name in CONNECTED]
        body.update({"waiting": "NO", **dict.fromkeys(connected, ""), "execOrderMethod": run.exec_order_method})
    return body


DELAY_MONITOR = {
    "delayedStart": "NO",
    "delayedStartTime": "",
    "delayedEnd": "NO",
    "delayedEndTime": "",
    "monitoringJobnet": "NO",
    "timeRequiredForExecution": "",
}


def one_unit_resource(run: Run, dialect: Dialect) -> Json:
    """The resource of a direct read: it shows the delay monitoring too (contract 6.3)."""
    body = unit_resource(run.unit, run, dialect)
    body["unitStatus"].update({**DELAY_MONITOR, **run.delay_monitor})
    return body


def details(run: Run) -> Json:
    """The execution result text, cut at 5 MB (contract 6.5)."""
    text = run.details.encode()
    return {"execResultDetails": text[:MAX_DETAILS].decode("utf-8", "ignore"), "all": len(text) <= MAX_DETAILS}


def version(number: int) -> Json:
    display = f"{number // 10000:02}-{number // 100 % 100:02}"
    body: Json = {
        "productName": "JP1/AJS3 - Web Console",
        "productVersion": f"{display}-{number % 100:02}",
        "displayProductVersion": display,
    }
    if number >= 111000:
        body["productVersionNumber"] = number
    return body


def error(uri: str, refused: Refused, message_id: str, language: str) -> Json:
    return {
        "errorSource": uri,
        "message": refused.text(language),
        "messageID": message_id,
        "application": "ajs",
        "extensions": [],
    }
