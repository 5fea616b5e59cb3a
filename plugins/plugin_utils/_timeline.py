# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.

"""Where everything goes in the time line of a report: an axis, a lane for each system, a bar for each job.

All lengths are pixels. Within a lane the jobs are grouped by outcome, and each group is high enough for a label in
words, so that nothing depends on colours and a single job among hundreds is still seen.
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ansible_collections.batchops.job_control.plugins.plugin_utils._history import Outcome

WIDTH = 1160
LEFT = 190  # for the names of the lanes
RIGHT = 140  # for the labels of the groups
TOP = 40  # for the axis
BOTTOM = 26
PLOT = WIDTH - LEFT - RIGHT
LANE_PADDING = 8
LANE_MINIMUM = 34  # two lines of text
GROUP_MINIMUM = 17  # one line of text
GROUP_GAP = 3
SHORTEST_BAR = 4
MOST_TICKS = 9
SHORTEST_AXIS = 60  # seconds

#: Heights that a job may take, the gap to the next one included: the largest with which all bars keep within BARS.
PITCHES = (10, 8, 6, 5, 4, 3, 2)
BARS = 1200

#: Seconds between two ticks that people find natural.
STEPS = (
    *(1, 2, 5, 10, 15, 30),
    *(60 * minutes for minutes in (1, 2, 5, 10, 15, 30)),
    *(3600 * hours for hours in (1, 2, 3, 6, 12)),
    *(86400 * days for days in (1, 2, 7, 14, 28, 91, 182, 364)),
)

#: From top to bottom of a lane, with the words for each.
WORDS = {
    Outcome.RESUMED: "resumed",
    Outcome.LEFT: "left alone",
    Outcome.HANDED_OVER: "held by another window",
    Outcome.GONE: "gone",
    Outcome.NOT_SUSPENDED: "not suspended",
    Outcome.UNSETTLED: "unsettled",
    Outcome.MISSING: "missing",
    Outcome.SUSPENDED: "still suspended",
}

Data = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Scale:
    """From seconds since the epoch to pixels."""

    start: float
    end: float

    def x(self, seconds: float) -> float:
        inside = min(max(seconds, self.start), self.end)
        return round(LEFT + PLOT * (inside - self.start) / (self.end - self.start), 1)


def build_timeline(systems: t.Sequence[Data]) -> Data | None:
    """The geometry of the time line; None when there is no job to draw.

    :param systems: the systems of a page.
    """
    jobs = [job for system in systems for job in system["jobs"]]
    if not jobs:
        return None
    moments = [moment(job[key]) for job in jobs for key in ("intended_at", "suspended_at", "ended_at") if job[key]]
    start = min(moments)
    scale = Scale(start, max(start + SHORTEST_AXIS, *moments))
    pitch = _pitch(len(jobs))
    lanes: list[Data] = []
    y = TOP
    for system in systems:
        lane = _lane(system, scale, pitch, y)
        lanes.append(lane)
        y += lane["height"]
    return {
        "width": WIDTH,
        "height": y + BOTTOM,
        "left": LEFT,
        "right": LEFT + PLOT,
        "top": TOP,
        "bottom": y,
        "ticks": ticks(scale),
        "lanes": lanes,
        "legend": [{"outcome": outcome.value, "label": words} for outcome, words in WORDS.items()],
    }


def moment(stamp: str) -> float:
    """Seconds since the epoch of a time of the report."""
    return datetime.datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S%z").timestamp()


def ticks(scale: Scale) -> list[Data]:
    """Round times in UTC; the day is written where it begins to count."""
    span = scale.end - scale.start
    step = next((step for step in STEPS if span / step <= MOST_TICKS), span)
    first = -(-scale.start // step) * step
    found: list[Data] = []
    day = ""
    for number in range(int((scale.end - first) // step) + 1):
        at = datetime.datetime.fromtimestamp(first + number * step, datetime.timezone.utc)
        known, day = day, f"{at.day} {at:%b}" if step < 86400 else f"{at.day} {at:%b %Y}"
        time = at.strftime("%H:%M" if step >= 60 else "%H:%M:%S") if step < 86400 else ""
        found.append({"x": scale.x(at.timestamp()), "label": time, "day": day if day != known else ""})
    return found


def _pitch(jobs: int) -> int:
    return next((pitch for pitch in PITCHES if jobs * pitch <= BARS), PITCHES[-1])


def _lane(system: Data, scale: Scale, pitch: int, top: int) -> Data:
    groups: list[Data] = []
    y = top + LANE_PADDING - GROUP_GAP
    for outcome, words in WORDS.items():
        jobs = [job for job in system["jobs"] if job["outcome"] == outcome.value]
        if jobs:
            group = _group(jobs, words, scale, pitch, y + GROUP_GAP)
            groups.append({"outcome": outcome.value, **group})
            y += GROUP_GAP + group["height"]
    return {
        "host": system["host"],
        "system": system["system"],
        "note": system["journal_words"] or "no job",
        "y": top,
        "height": max(y - top, LANE_MINIMUM) + LANE_PADDING,
        "groups": groups,
    }


def _group(jobs: t.Sequence[Data], words: str, scale: Scale, pitch: int, top: int) -> Data:
    """The bars of the jobs of one lane that came to the same end."""
    own_pitch = max(pitch, min(PITCHES[0], GROUP_MINIMUM // len(jobs)))
    height = max(own_pitch * len(jobs), GROUP_MINIMUM)
    first = top + (height - own_pitch * len(jobs)) / 2
    return {
        "label": f"{len(jobs)} {words}",
        "middle": top + height / 2,
        "height": height,
        "bars": [_bar(job, scale, first + number * own_pitch, own_pitch) for number, job in enumerate(jobs)],
    }


def _bar(job: Data, scale: Scale, y: float, pitch: int) -> Data:
    start = scale.x(moment(job["suspended_at"] or job["intended_at"]))
    end = scale.x(moment(job["ended_at"])) if job["ended_at"] else scale.x(scale.end)
    width = max(end - start, SHORTEST_BAR)
    return {
        "x": min(start, LEFT + PLOT - width),
        "y": y,
        "width": round(width, 1),
        "height": pitch - (2 if pitch >= 8 else 1),
        "tooltip": job["tooltip"],
    }
