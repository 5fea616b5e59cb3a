# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.

"""What journals say of their windows right now: data, sentences, and whether all is well. Pure."""

from __future__ import annotations

import dataclasses
import shlex
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError, inert
from ansible_collections.batchops.job_control.plugins.module_utils._journal.copies import newest, unpack
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Entry, Ledger, Opening, read
from ansible_collections.batchops.job_control.plugins.plugin_utils._history import stamp
from ansible_collections.batchops.job_control.plugins.plugin_utils._no_template import no_template
from ansible_collections.batchops.job_control.plugins.plugin_utils._page import duration
from ansible_collections.batchops.job_control.plugins.plugin_utils._timeline import moment

Data = dict[str, t.Any]

SCHEMA = 1

_OPEN, _EXPIRED, _CLOSED = "open", "expired", "closed"
_MOST_NAMED = 10  # hosts or windows in a sentence
_COUNTED = ("held", "missing", "unsettled", "switches")
_CLOSER = "ansible-playbook batchops.job_control.close_expired_windows"
_RESUMER = "ansible-playbook batchops.job_control.resume_jobs -e maintenance_window_name="


@dataclasses.dataclass(frozen=True)
class Source:
    """What was found of the journal of one host."""

    data: bytes = b""  # of the file
    copy: str = ""  # as the modules return it
    exists: bool = False  # the file
    unread: str = ""  # why it could not be read
    refused: str = ""  # why it is not used
    before: t.Mapping[str, bytes] = dataclasses.field(default_factory=dict)  # journals by version 1.0.0, by path


@dataclasses.dataclass(frozen=True)
class _System:
    """One host, and what its journal adds up to."""

    host: str
    journal: str  # read, absent, unread, refused, damaged
    problem: str = ""
    ledger: Ledger = dataclasses.field(default_factory=Ledger)

    @property
    def needed(self) -> list[str]:
        """The windows that are open or still look for a job, as the journal has them."""
        holders = [holder for entry in self.ledger.open_entries for holder in entry.holders]
        return list(dict.fromkeys([*self.ledger.open_windows, *holders]))

    def knows(self, window: str) -> bool:
        return window in self.ledger.windows or window in self.needed


def build_status(
    window: str | None, hosts: t.Sequence[str], sources: t.Mapping[str, Source], now: float, options: str = ""
) -> Data:
    """The whole status.

    :param window: name of the only window that is meant; None for all that are open or still look for a job.
    :param hosts: the job systems; one without a source is one that could not be looked at.
    :param now: seconds since the epoch.
    :param options: what each command that is named gets as well.
    """
    read_all = [_read(host, sources.get(host)) for host in hosts]
    names = [name for system in read_all for name in system.needed] if window is None else [window]
    known = [name for name in dict.fromkeys(names) if any(system.knows(name) for system in read_all)]
    systems = [_told(system, known, now) for system in read_all]
    windows = sorted((_sum_of(name, systems) for name in known), key=lambda each: str(each["opened"]))
    status: Data = {
        "schema": SCHEMA,
        "at": stamp(now),
        "windows": windows,
        "systems": systems,
        "expired": [each["name"] for each in windows if each["state"] == _EXPIRED],
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
    unknown = [] if window is None or known else [_unknown(window, read_all)]
    trouble = [*unknown, *_trouble(status, now, options)]
    told = {**status, "ok": not trouble, "verdict": " ".join(trouble), "lines": _lines(status, unknown, now)}
    return t.cast("Data", _inert(told))


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
        return _System(host, "read", "", read(newest(source.data[:whole], unpack(source.copy), where), where)[0])
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
        "windows": [_window(ledger, name, now) for name in names if system.knows(name)],
    }


def _window(ledger: Ledger, name: str, now: float) -> Data:
    """A window as one journal has it."""
    entries = ledger.held_by(name)
    opening = ledger.windows.get(name) or Opening(name, now, closed=now)
    jobs = [_job(entry) for entry in entries]
    there = [job for job in jobs if not job["is_missing"]]
    return {
        "name": name,
        "state": (_EXPIRED if opening.is_expired(now) else _OPEN) if opening.is_open else _CLOSED,
        "opened": stamp(opening.opened),
        "expires": stamp(opening.expires),
        "run": opening.run.known,
        "by": str(opening.run),
        "closed": stamp(opening.closed),
        "closed_by": str(opening.closed_by) if opening.closed_by.known else None,
        "held": sum(not job["kind"] for job in there),
        "missing": len(jobs) - len(there),
        "unsettled": sum(entry.stage.is_unsettled and not entry.is_missing for entry in entries),
        "switches": sum(bool(job["kind"]) for job in there),
        "jobs": jobs,
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


def _sum_of(name: str, systems: t.Sequence[Data]) -> Data:
    """A window as all journals have it together: of those where it is open, if it is open anywhere."""
    parts = [(system["host"], each) for system in systems for each in system["windows"] if each["name"] == name]
    states = {each["state"] for _host, each in parts}
    state = next(state for state in (_EXPIRED, _OPEN, _CLOSED) if state in states)
    meant = [each for _host, each in parts if (each["state"] == _CLOSED) == (state == _CLOSED)]
    ends = [each["expires"] for each in meant if each["expires"]]
    return {
        "name": name,
        "state": state,
        "opened": min(each["opened"] for each in meant),
        "expires": min(ends, default=None),
        "by": " and ".join(dict.fromkeys(each["by"] for each in meant)),
        "closed": max((each["closed"] for each in meant if each["closed"]), default=None),
        "closed_by": " and ".join(dict.fromkeys(each["closed_by"] for each in meant if each["closed_by"])) or None,
        **{count: sum(each[count] for _host, each in parts) for count in _COUNTED},
        "hosts": [host for host, each in parts if each["state"] != _CLOSED or any(each[count] for count in _COUNTED)],
    }


# --- sentences -------------------------------------------------------------------------------------------------


def _lines(status: Data, unknown: t.Sequence[str], now: float) -> list[str]:
    """The status to be read by a person: a line for each window, one for each of its systems, and the rest."""
    lines = list(unknown)
    for window in status["windows"]:
        lines.append(_line(window, now))
        for system in status["systems"]:
            lines += [
                f"  {system['host']}: {_part(each, window, now)}"
                for each in system["windows"]
                if each["name"] == window["name"]
            ]
    for each in status["damaged"]:
        lines.append(f"{each['host']}: its journal {_UNUSABLE[each['journal']]}: {each['reason']}")
    if status["absent"]:
        lines.append(f"Without a journal: {_few(status['absent'])}.")
    read_from = sum(system["journal"] == "read" for system in status["systems"])
    if not status["windows"] and not unknown:
        lines.insert(0, f"No window is open by the journals of {_count(read_from, 'job system')}.")
    return lines


_UNUSABLE = {"unread": "could not be read", "refused": "is not used", "damaged": "is damaged"}


def _line(window: Data, now: float) -> str:
    """A window in one line."""
    name = _named(window["name"])
    if window["state"] == _CLOSED:
        by = f" by {window['closed_by']}" if window["closed_by"] else ""
        return f"{name}: closed since {_clock(window['closed'], now)}{by}; {_amounts(window)}"
    since = f"open for {duration(now - moment(window['opened']))} by {window['by']}"
    end = f"ends {_clock(window['expires'], now)}" if window["expires"] else "has no end"
    if window["state"] == _EXPIRED:
        end = f"over since {_clock(window['expires'], now)}"
    where = f" on {_count(len(window['hosts']), 'system')}"
    return f"{name}: {since}, {end}; {_amounts(window, where)}"


def _part(each: Data, window: Data, now: float) -> str:
    """The part of a window on one system."""
    if each["state"] == _CLOSED:
        return f"{_amounts(each)}, closed since {_clock(each['closed'], now)}"
    by = f" by {each['by']}" if each["by"] != window["by"] else ""
    end = ", in time" if each["state"] == _OPEN and window["state"] == _EXPIRED else ""
    since = f" since {_clock(each['opened'], now)}{by}"
    return f"{_amounts(each, since)}{end}"


def _amounts(each: Data, more: str = "") -> str:
    """How much is held, with some words behind the first number."""
    parts = [f"{_count(each['held'], 'job') if each['held'] else 'no job'} held{more}"]
    if each["missing"]:
        parts.append(f"{each['missing']} missing")
    if each["unsettled"]:
        parts.append(f"{each['unsettled']} with a last request of which no outcome is known yet")
    if each["switches"]:
        parts.append(f"{_count(each['switches'], 'switch', 'switches')} set")
    return ", ".join(parts)


def _trouble(status: Data, now: float, options: str) -> list[str]:
    """What is not as it should be, a sentence each, with the command that ends it."""
    more = f" {options}" if options else ""
    found = []
    over = [each for each in status["windows"] if each["state"] == _EXPIRED]
    if over:
        names = _few([f"{_named(each['name'])} (since {_clock(each['expires'], now)})" for each in over])
        held = _count(sum(each["held"] for each in over), "job")
        found.append(f"Over, and still open with {held}: {names}; to close what is over run `{_CLOSER}{more}`.")
    for each in status["windows"]:
        if each["state"] == _CLOSED and each["missing"]:
            command = f"{_RESUMER}{shlex.quote(each['name'])}{more}"
            found.append(
                f"Missing since the window {_named(each['name'])} was closed: {_count(each['missing'], 'job')} on "
                f"{_few(each['hosts'])}; to look for them again run `{command}`, with "
                "-e maintenance_window_forget_missing=true when they are gone."
            )
    for word, reason in _UNUSABLE.items():
        hosts = [each["host"] for each in status["damaged"] if each["journal"] == word]
        if hosts:
            found.append(f"What is open on {_few(hosts)} is not known, as the journal {reason}; see above.")
    return found


def _unknown(window: str, systems: t.Sequence[_System]) -> str:
    """That no journal knows the window that is asked for."""
    is_open = _few([*dict.fromkeys(_named(name) for system in systems for name in system.ledger.open_windows)])
    return (
        f"No journal of {_count(len(systems), 'job system')} knows a window {window!r}; check the name, the folder and "
        f"the host of the journals. {f'Open is: {is_open}' if is_open else 'No window is open there'}."
    )


def _named(window: str) -> str:
    return window or "the window without a name"


def _clock(at: str, now: float) -> str:
    """A moment in UTC, with the day when it is another one than today."""
    day, time = at[:10], at[11:16]
    return f"{time} UTC" if day == str(stamp(now))[:10] else f"{day} {time} UTC"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _few(names: t.Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}"


def _inert(value: t.Any) -> t.Any:
    """The same with texts that neither a terminal nor Ansible takes for anything but text."""
    if isinstance(value, str):
        return no_template(inert(value))
    if isinstance(value, dict):
        return {key: _inert(part) for key, part in value.items()}
    return [_inert(part) for part in value] if isinstance(value, list) else value
