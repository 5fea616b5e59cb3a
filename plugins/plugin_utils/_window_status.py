# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.

"""What journals say of their windows right now, and whether all is well. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError, inert
from ansible_collections.batchops.job_control.plugins.module_utils._journal.copies import newest, unpack
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import (
    Entry,
    Ledger,
    Opening,
    Stage,
    read,
)
from ansible_collections.batchops.job_control.plugins.plugin_utils import _status_words as words
from ansible_collections.batchops.job_control.plugins.plugin_utils._commands import Commands
from ansible_collections.batchops.job_control.plugins.plugin_utils._history import History, read_history, stamp
from ansible_collections.batchops.job_control.plugins.plugin_utils._no_template import no_template
from ansible_collections.batchops.job_control.plugins.plugin_utils._status_words import (
    CLOSED,
    CLOSING,
    EXPIRED,
    OPEN,
    OPENING,
)
from ansible_collections.batchops.job_control.plugins.plugin_utils._timeline import moment

Data = dict[str, t.Any]

SCHEMA = 1

#: Seconds without a record after which a person should see whether the run that has announced a request is at work yet.
#: The slowest product takes ten minutes to show what a request has done.
QUIET = 900

_COUNTED = ("held", "missing", "unsettled", "switches", "need_you")
_PHASES = (CLOSING, OPENING, OPEN, CLOSED)  # what is said of a window that is in several, on several systems


@dataclasses.dataclass(frozen=True)
class Source:
    """What was found of the journal of one host."""

    data: bytes = b""  # of the file
    copy: str = ""  # as the modules return it
    exists: bool = False  # the file
    unread: str = ""  # why it could not be read
    refused: str = ""  # why it is not used
    before: t.Mapping[str, bytes] = dataclasses.field(default_factory=dict)  # journals by version 1.0.0, by path
    settings: t.Mapping[str, t.Any] | None = None  # variables that led to it, as far as they are known


@dataclasses.dataclass(frozen=True)
class _System:
    """One host, and what its journal adds up to."""

    host: str
    journal: str  # read, absent, unread, refused, damaged
    problem: str = ""
    history: History = dataclasses.field(default_factory=History)

    @property
    def ledger(self) -> Ledger:
        return self.history.ledger

    @property
    def needed(self) -> list[str]:
        """The windows that are open or still look for a job, as the journal has them."""
        holders = [holder for entry in self.ledger.open_entries for holder in entry.holders]
        return list(dict.fromkeys([*self.ledger.open_windows, *holders]))

    def knows(self, window: str) -> bool:
        return window in self.ledger.windows or window in self.needed


def build_status(
    window: str | None,
    hosts: t.Sequence[str],
    sources: t.Mapping[str, Source],
    now: float,
    inventories: t.Sequence[str] = (),
    with_names: bool = False,
) -> Data:
    """The whole status.

    :param window: name of the only window that is meant; None for all that are open or still look for a job.
    :param hosts: the job systems; one without a source is one that could not be looked at.
    :param now: seconds since the epoch.
    :param inventories: what the commands that are named get as well.
    :param with_names: whether the lines tell each job.
    """
    read_all = [_read(host, sources.get(host)) for host in hosts]
    names = [name for system in read_all for name in system.needed] if window is None else [window]
    known = [name for name in dict.fromkeys(names) if any(system.knows(name) for system in read_all)]
    systems = [_told(system, known, now) for system in read_all]
    windows = sorted((_sum_of(name, systems, now) for name in known), key=lambda each: str(each["opened"]))
    status: Data = {
        "schema": SCHEMA,
        "at": stamp(now),
        "windows": windows,
        "systems": systems,
        "expired": [each["name"] for each in windows if each["state"] == EXPIRED],
        "damaged": [
            {"host": system["host"], "journal": system["journal"], "reason": system["problem"]}
            for system in systems
            if system["problem"]
        ],
        "missing": [
            {
                "host": system["host"],
                "window": each["name"],
                **{key: job[key] for key in ("id", "name", "type", "owner")},
            }
            for system in systems
            for each in system["windows"]
            for job in each["jobs"]
            if job["is_missing"]
        ],
        "absent": [system["host"] for system in systems if system["journal"] == "absent"],
    }
    commands = Commands(inventories, _common([each.settings for each in sources.values() if each.settings is not None]))
    open_ones = dict.fromkeys(name for system in read_all for name in system.ledger.open_windows)
    unknown = [] if window is None or known else [words.unknown(window, len(hosts), list(open_ones))]
    trouble = [*unknown, *words.trouble(status, now, commands)]
    lines = words.lines(status, now, commands, with_names, unknown)
    return t.cast("Data", _inert({**status, "ok": not trouble, "verdict": " ".join(trouble), "lines": lines}))


def _common(settings: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, t.Any]:
    """The variables that are the same for all hosts. A command that sets one for all must not set another one."""
    first = settings[0] if settings else {}
    return {name: value for name, value in first.items() if all(each.get(name) == value for each in settings)}


def _read(host: str, source: Source | None) -> _System:
    if source is None:
        return _System(host, "unread", "The host failed or was unreachable.")
    if source.unread:
        return _System(host, "unread", source.unread)
    refused = source.refused or _needed_before(source.before)
    if refused:
        return _System(host, "refused", refused)
    if not source.exists and not source.copy:
        return _System(host, "absent")
    try:
        where = f"the journal of {host}"
        _ledger, whole = read(source.data, where)
        data = newest(source.data[:whole], unpack(source.copy), where)
        return _System(host, "read", "", read_history(data, where))
    except UsageError as error:
        return _System(host, "damaged", str(error).removeprefix("journal: "))


def _needed_before(journals: t.Mapping[str, bytes]) -> str:
    """What to do about a journal by version 1.0.0 that is still needed; empty if none is."""
    for path, data in journals.items():
        try:
            if read(data, path)[0].is_idle:
                continue
        except UsageError as error:
            return str(error).removeprefix("journal: ")
        return (
            f"{path} is a journal by version 1.0.0 whose window is open. Move the file to where the journals are now, "
            "where no other must be, and close the window."
        )
    return ""


# --- data ------------------------------------------------------------------------------------------------------


def _told(system: _System, names: t.Sequence[str], now: float) -> Data:
    ledger = system.ledger
    return {
        "host": system.host,
        "journal": system.journal,
        "problem": system.problem,
        "system": ledger.system or None,
        "product": ledger.product or None,
        "windows": [_window(system.history, name, now) for name in names if system.knows(name)],
    }


def _window(history: History, name: str, now: float) -> Data:
    """A window as one journal has it."""
    ledger = history.ledger
    entries = ledger.held_by(name)
    opening = ledger.windows.get(name) or Opening(name, now, closed=now)
    last_step = history.last_events.get(name, opening.opened)
    jobs = [_job(entry) for entry in entries]
    there = [job for job in jobs if not job["is_missing"]]
    stages = [entry.stage for entry in entries if entry.stage.is_unsettled and not entry.is_missing]
    missing, unsettled = len(jobs) - len(there), len(stages)
    return {
        "name": name,
        "state": (EXPIRED if opening.is_expired(now) else OPEN) if opening.is_open else CLOSED,
        "phase": _phase(stages) if opening.is_open else CLOSED,
        "opened": stamp(opening.opened),
        "expires": stamp(opening.expires),
        "last_step": stamp(last_step),
        **_lengths(opening.opened, opening.expires, opening.is_open, now),
        "run": opening.run.known,
        "by": str(opening.run),
        "closed": stamp(opening.closed),
        "closed_by": str(opening.closed_by) if opening.closed_by.known else None,
        "held": sum(not job["kind"] for job in there),
        "missing": missing,
        "unsettled": unsettled,
        "switches": sum(bool(job["kind"]) for job in there),
        "need_you": missing + (unsettled if now - last_step >= QUIET else 0),
        "jobs": jobs,
    }


def _phase(unsettled: t.Sequence[Stage]) -> str:
    """What is done with an open window, by the last requests whose outcome is not written down yet."""
    return CLOSING if Stage.RESUMING in unsettled else OPENING if unsettled else OPEN


def _lengths(opened: float, expires: float | None, is_open: bool, now: float) -> Data:
    """How long a window is open, and for how long it has still time; in seconds."""
    return {
        "age_seconds": round(now - opened) if is_open else None,
        "expires_in_seconds": None if expires is None or not is_open else round(expires - now),
    }


def _job(entry: Entry) -> Data:
    return {
        "id": entry.id,
        "name": entry.name,
        "type": entry.type,
        "owner": entry.owner,
        "kind": entry.kind,  # of a switch; empty for a job
        "before": entry.before,
        "stage": entry.stage.value,
        "is_missing": entry.is_missing,
        "windows": list(entry.holders),
    }


def _sum_of(name: str, systems: t.Sequence[Data], now: float) -> Data:
    """A window as all journals have it together: of those where it is open, if it is open anywhere."""
    parts = [(system["host"], each) for system in systems for each in system["windows"] if each["name"] == name]
    states, phases = ({each[key] for _host, each in parts} for key in ("state", "phase"))
    state = next(state for state in (EXPIRED, OPEN, CLOSED) if state in states)
    meant = [each for _host, each in parts if (each["state"] == CLOSED) == (state == CLOSED)]
    opened, expires = (
        min(each["opened"] for each in meant),
        min(filter(None, (each["expires"] for each in meant)), default=None),
    )
    return {
        "name": name,
        "state": state,
        "phase": next(phase for phase in _PHASES if phase in phases),
        "opened": opened,
        "expires": expires,
        "last_step": max(each["last_step"] for each in meant),
        **_lengths(moment(opened), moment(expires) if expires else None, state != CLOSED, now),
        "by": " and ".join(dict.fromkeys(each["by"] for each in meant)),
        "closed": max((each["closed"] for each in meant if each["closed"]), default=None),
        "closed_by": " and ".join(dict.fromkeys(each["closed_by"] for each in meant if each["closed_by"])) or None,
        **{count: sum(each[count] for _host, each in parts) for count in _COUNTED},
        "hosts": [host for host, each in parts if each["state"] != CLOSED or any(each[count] for count in _COUNTED)],
    }


def _inert(value: t.Any) -> t.Any:
    """The same with texts that neither a terminal nor Ansible takes for anything but text."""
    if isinstance(value, str):
        return no_template(inert(value))
    if isinstance(value, dict):
        return {key: _inert(part) for key, part in value.items()}
    return [_inert(part) for part in value] if isinstance(value, list) else value
