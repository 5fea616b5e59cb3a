# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.

"""The status of windows in the text format of Prometheus, for the textfile collector of its node_exporter. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.batchops.job_control.plugins.plugin_utils._status_words import CLOSED, EXPIRED, OPEN
from ansible_collections.batchops.job_control.plugins.plugin_utils._timeline import moment

Data = t.Mapping[str, t.Any]
Labels = tuple[tuple[str, str], ...]

JOURNALS = ("read", "absent", "unread", "refused", "damaged")


@dataclasses.dataclass
class _Metric:
    """A gauge with its samples, in the order in which they were added."""

    name: str
    help: str
    samples: dict[Labels, int] = dataclasses.field(default_factory=dict)

    def add(self, value: int | None, **labels: str) -> None:
        """One more sample; none where there is no value. A collector drops a file that has one twice."""
        if value is not None:
            self.samples[tuple(labels.items())] = value

    def __str__(self) -> str:
        lines = [f"# HELP {self.name} {self.help}", f"# TYPE {self.name} gauge"]
        for labels, value in self.samples.items():
            inside = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels)
            lines.append(f"{self.name}{{{inside}}} {value}" if inside else f"{self.name} {value}")
        return "".join(f"{line}\n" for line in lines)


def build_metrics(status: Data) -> str:
    """All metrics of a status; empty ones are left out."""
    metrics = [*_of_all(status), *_of_journals(status), *_of_windows(status)]
    return "".join(str(metric) for metric in metrics if metric.samples)


def _of_all(status: Data) -> t.Iterator[_Metric]:
    windows = status["windows"]
    for name, help_, value in (
        ("status_timestamp_seconds", "When this was made, in seconds since the epoch.", int(moment(status["at"]))),
        ("status_ok", "Whether all is well, as the exit status of window_status says.", int(status["ok"])),
        ("windows_open", "Maintenance windows that are open.", sum(each["state"] != CLOSED for each in windows)),
        ("windows_expired", "Those of them whose end is over.", len(status["expired"])),
        ("journals_damaged", "Journals that are damaged, not used or not read.", len(status["damaged"])),
    ):
        metric = _Metric(f"batchops_{name}", help_)
        metric.add(value)
        yield metric


def _of_journals(status: Data) -> t.Iterator[_Metric]:
    metric = _Metric("batchops_journal_state", "Which of these states the journal of a job system is in.")
    for system in status["systems"]:
        for state in JOURNALS:
            metric.add(int(system["journal"] == state), host=system["host"], state=state)
    yield metric


def _of_windows(status: Data) -> t.Iterator[_Metric]:
    parts = list(_parts(status["systems"]))
    for name, help_, value in _VALUES:
        metric = _Metric(f"batchops_window_{name}", help_)
        for labels, each in parts:
            metric.add(value(each), **labels)
        yield metric


#: Of a window on a job system. What needs a window that is open has no value for one that is closed.
_VALUES: tuple[tuple[str, str, t.Callable[[Data], int | None]], ...] = (
    ("open", "Whether the window is open on the job system.", lambda each: int(each["state"] in (OPEN, EXPIRED))),
    ("held_jobs", "Jobs that the window holds suspended.", lambda each: each["held"]),
    ("missing_jobs", "Jobs and switches of the window that were not found.", lambda each: each["missing"]),
    (
        "unsettled_jobs",
        "Jobs and switches with a last request of which no outcome is known yet.",
        lambda each: each["unsettled"],
    ),
    ("age_seconds", "For how long the window is open.", lambda each: each["age_seconds"]),
    (
        "expires_in_seconds",
        "Until the end of the window; negative when it is over. None for a window without an end.",
        lambda each: each["expires_in_seconds"],
    ),
)


def _parts(systems: t.Sequence[Data]) -> t.Iterator[tuple[dict[str, str], Data]]:
    """Each window on each job system with its labels, which are all different."""
    for system in systems:
        names: set[str] = set()
        for each in system["windows"]:
            name = _other_than(names, each["name"])
            names.add(name)
            yield {"window": name, "host": system["host"], "system": system["system"] or ""}, each


def _other_than(names: t.Container[str], name: str) -> str:
    """Two names that differ in what was made inert look the same."""
    number = 2
    different = name
    while different in names:
        different = f"{name} ({number})"
        number += 1
    return different


def _escaped(text: str) -> str:
    """The value of a label."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
