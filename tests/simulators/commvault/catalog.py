# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words of the product: job statuses (contract 7), job types (contract 5.1) and backup levels."""

from __future__ import annotations

import dataclasses

RUNNING = "Running"
RUNNING_UNVERIFIED = "Running (cannot be verified)"
WAITING = "Waiting"
PENDING = "Pending"
QUEUED = "Queued"
SUSPEND_PENDING = "Suspend Pending"
SUSPEND = "Suspend"
SUSPENDED = "Suspended"
KILL_PENDING = "Kill Pending"
INTERRUPT_PENDING = "Interrupt Pending"
INTERRUPTED = "Interrupted"
ABNORMAL_CLEANUP = "Abnormal Terminated Cleanup"
DANGLING_CLEANUP = "Dangling Cleanup"
COMPLETED = "Completed"
WARNINGS = "Completed w/ one or more warnings"
ERRORS = "Completed w/ one or more errors"
COMMITTED = "Committed"
FAILED = "Failed"
FAILED_TO_START = "Failed to Start"
KILLED = "Killed"
NO_RUN = "No Run"

FINAL = frozenset((COMPLETED, WARNINGS, ERRORS, COMMITTED, FAILED, FAILED_TO_START, KILLED, NO_RUN))
CLEANUP = frozenset((ABNORMAL_CLEANUP, DANGLING_CLEANUP))
HELD = frozenset((SUSPEND_PENDING, SUSPEND, SUSPENDED))
WORKING = frozenset((RUNNING, RUNNING_UNVERIFIED, SUSPEND_PENDING, KILL_PENDING, INTERRUPT_PENDING)) | CLEANUP

#: statuses in which an action is refused (contract 10.3); an unknown word is tried (contract 7, n15)
NOT_SUSPENDABLE = FINAL | HELD | CLEANUP | {KILL_PENDING}
NOT_KILLABLE = FINAL | CLEANUP
RESUMABLE = frozenset((SUSPENDED, SUSPEND, WAITING, PENDING, QUEUED, INTERRUPTED))

SCENARIOS = {
    "queued": WAITING,
    "running": RUNNING,
    "suspended": SUSPENDED,
    "completed": COMPLETED,
    "warning": ERRORS,
    "failed": FAILED,
    "cancelled": KILLED,
    "suspending": SUSPEND_PENDING,
    "cancelling": KILL_PENDING,
}

_COLORS = {RUNNING: "greenspan", COMPLETED: "black", FAILED: "redspan", FAILED_TO_START: "redspan"}

#: what `localizedStatus` says on a server whose language is German; clients must not match on it (contract 6.2)
_GERMAN = {
    RUNNING: "Läuft",
    WAITING: "Wartend",
    PENDING: "Ausstehend",
    SUSPENDED: "Angehalten",
    COMPLETED: "Abgeschlossen",
    FAILED: "Fehlgeschlagen",
    KILLED: "Abgebrochen",
}
_GERMAN_OPERATIONS = {"Backup": "Sicherung", "Restore": "Wiederherstellung"}


def color(status: str) -> str:
    """The web page's style class for the status (contract 5.1)."""
    return _COLORS.get(status, "black" if status in FINAL else "greenspan")


def localized(text: str, language: str) -> str:
    """A status or operation name in the server's language, `en` or `de`."""
    return {**_GERMAN, **_GERMAN_OPERATIONS}.get(text, text) if language == "de" else text


@dataclasses.dataclass(frozen=True)
class JobType:
    """One kind of job: `name` is jobType on the wire, `number` the opType, `words` its names in a job filter."""

    name: str
    number: int
    words: tuple[str, ...]
    operation: str
    phase: str
    activity: int
    admin: bool = False


DATA_MANAGEMENT, DATA_RECOVERY, AUX_COPY, DATA_AGING, VERIFICATION = 1, 2, 4, 16, 8192

TYPES = (
    JobType("Backup", 4, ("backup",), "Backup", "Backup", DATA_MANAGEMENT),
    JobType("Restore", 5, ("restore",), "Restore", "Restore", DATA_RECOVERY),
    JobType("Synthetic Full", 14, ("synthfull",), "Synthetic Full", "Synthetic Full", DATA_MANAGEMENT),
    JobType("Snap Backup", 59, ("snapbackup",), "Snap Backup", "Backup Snap", DATA_MANAGEMENT),
    JobType("Auxiliary Copy", 104, ("auxcopy",), "Auxiliary Copy", "Auxiliary Copy", AUX_COPY),
    JobType("Data Verification", 82, ("data_verification",), "Data Verification", "Verification", VERIFICATION),
    JobType("CS DR Backup", 11, ("csdrbkp",), "Disaster Recovery Backup", "Backup", DATA_MANAGEMENT, admin=True),
    JobType("Data Aging", 10, ("data_aging",), "Data Aging", "Data Aging", DATA_AGING, admin=True),
    JobType("Send Log Files", 92, ("send_logfile",), "Send Log Files", "Collect", DATA_MANAGEMENT, admin=True),
)

BACKUP, DISASTER_RECOVERY = TYPES[0], TYPES[6]
ALL_OPERATIONS = frozenset(("1", "allops"))
_OTHER_NUMBERS = {"13": "104"}  # both numbers mean an auxiliary copy (contract 5.1)


def job_type(word: str) -> JobType | None:
    """The type with that name, filter word or number, in any case."""
    wanted = _OTHER_NUMBERS.get(word.strip(), word.strip().lower())
    return next((kind for kind in TYPES if wanted in (str(kind.number), kind.name.lower(), *kind.words)), None)


@dataclasses.dataclass(frozen=True)
class Level:
    """A backup level: its number in JSON, its enumeration name in XML and its display name."""

    number: int
    xml: str
    name: str


#: INCREMANTAL is the product's own spelling (contract 5.1)
LEVELS = (
    Level(0, "NONE", ""),
    Level(1, "FULL", "Full"),
    Level(2, "INCREMANTAL", "Incremental"),
    Level(4, "DIFFERENTIAL", "Differential"),
    Level(64, "SYNTHETIC_FULL", "Synthetic Full"),
)


def level(word: str | int) -> Level | None:
    """The level with that number, enumeration name or display name."""
    wanted = str(word).strip().lower()
    return next((one for one in LEVELS if wanted in (str(one.number), one.xml.lower(), one.name.lower())), None)
