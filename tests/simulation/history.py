# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to happen in one run of the simulation, drawn from its seed: data that can be made shorter and told."""

from __future__ import annotations

import dataclasses
import random
import typing as t

SYSTEMS = ("commvault", "prime", "drs", "veeam", "ajs")
OPERATORS = ("ann", "ben", "cho", "dee")
WINDOWS = ("patches", "database", "network")
QUIET = 0.1  # share of histories in which nothing goes wrong, but products are very slow
PATIENCE = 600.0  # seconds for which a run waits there
LENGTH = 1800.0  # seconds in which operators begin to work

#: What happens between a run and the product. See `network`.
TROUBLES = ("unreachable", "lost", "answer lost", "late", "stranger", "stranger after", "busy", "expired")
#: What people and the jobs themselves do; see `simulators.core.simulator.EVENTS`.
OUTSIDE = ("suspend", "resume", "start", "finish", "fail", "vanish", "hide", "show", "appear", "register")

#: By how much a clock is set, in seconds.
JUMPS = (-7200.0, -3600.0, -30.0, 30.0, 3600.0, 86400.0)

Works = t.Literal[
    "open", "plan", "apply", "block", "close", "close own", "close expired", "forget", "retry", "cancel", "wait", "look"
]

#: How long a product may take, and what it may do besides, by knob. Within what the contracts let it.
KNOBS: t.Mapping[str, t.Mapping[str, tuple[t.Any, ...]]] = {
    "commvault": {
        "suspend_lag": (0.0, 0.2, 3.0, 8.0),
        "resume_lag": (0.0, 0.2, 3.0, 8.0),
        "suspend_outcome": ("suspended", "suspended", "suspended", "completed"),
        "multi_operations": (["pause", "resume", "kill"], []),
        "refusal_shape": ("list",),
        "missing_job": ("empty", 404),
        "resubmit_unknown_for": (0, 0, 4),
    },
    "prime": {
        "trigger_lag": (0.0, 0.0, 2.0, 4.0),
        "missing_after_action": (0.0, 0.0, 5.0, 20.0),
        "cancel_lag": (0.2, 5.0),
        "repeated_action": ("failure", "success"),
        "missed_one_shot": ("run", "complete"),
    },
    "drs": {
        "pause_lag": (0.2, 5.0, 40.0),
        "stale_reads_after_200": (0, 0, 1, 2),
        "resume_lag": (0.2, 5.0, 40.0),
        "resume_linger": (0.0, 0.0, 10.0),
        "busy_http": ("results", "202"),
        "job_action": ("present", "present", "absent"),
    },
    "veeam": {
        "task_running_seconds": (0.1, 2.0, 10.0),
        "task_refresh_seconds": (0.1, 2.0, 8.0),
        "flag_visible_at": ("Finished", "OperationFinished"),
        "collection_lag": (0, 0, 5),
    },
    "ajs": {
        "action_lag": (0.0, 0.2, 3.0, 8.0),
        "hold_shows_as": ("waiting", "HOLDING"),
        "repeated_hold": ("accepted", "refused"),
        "list_order": ("definition", "name", "reversed"),
    },
}

#: More time than a run that was killed may have left unsettled: what no other run can know of. Only in quiet histories.
SLOW: t.Mapping[str, t.Mapping[str, t.Any]] = {
    "commvault": {"suspend_lag": 60.0, "resume_lag": 60.0},
    "prime": {"trigger_lag": 30.0},
    "drs": {"pause_lag": 50.0, "resume_lag": 50.0},
    "veeam": {"task_running_seconds": 150.0},
    "ajs": {"action_lag": 30.0},
}


@dataclasses.dataclass(frozen=True)
class Operation:
    """Something that an operator, or what a scheduler starts, wants done. Times are in seconds since the start."""

    at: float
    operator: str
    work: Works
    window: str = ""
    jobs: tuple[int, ...] = ()  # by their place; none: all
    running: str = "leave"
    expires: str = "never"
    must_be_new: bool = False
    looks_again: bool = False  # an opening sweeps, a closing lists what was started inside
    timeout: float = 600.0
    dies_at: int | None = None  # step

    @property
    def run(self) -> str:
        """Tells the runs of an operator from those of others."""
        return f"run of {self.operator}"

    def __str__(self) -> str:
        of_jobs = f" of the jobs {', '.join(map(str, self.jobs))}" if self.jobs else ""
        end = f", ending in {self.expires}" if self.work == "open" and self.expires != "never" else ""
        new = ", which must be new" if self.must_be_new else ""
        dies = f"; the run is killed at its step {self.dies_at}" if self.dies_at else ""
        what = {
            "open": f"opens the window {self.window!r}{of_jobs} (running: {self.running}){end}{new}",
            "plan": f"plans the window {self.window!r}{of_jobs}",
            "apply": f"opens the window {self.window!r} as it was planned{end}",
            "block": f"keeps new work from starting in the window {self.window!r}",
            "close": f"closes the window {self.window!r}",
            "close own": f"closes the window {self.window!r} if it is of this run",
            "close expired": "closes what is expired",
            "forget": f"closes the window {self.window!r} and forgets what is missing",
            "retry": "retries what has failed",
            "cancel": f"cancels what runs{of_jobs}",
            "wait": f"waits for the end{of_jobs}",
            "look": "looks at all jobs",
        }[self.work]
        return f"{self.operator} {what}{dies}"


@dataclasses.dataclass(frozen=True)
class Outside:
    """Something that happens to a job behind our back."""

    at: float
    job: int
    event: str

    def __str__(self) -> str:
        return f"behind our back: {self.event} of the job {self.job}"


@dataclasses.dataclass(frozen=True)
class Trouble:
    """Something that is wrong between the runs and the product for a while.

    :param share: of the requests that it hits.
    :param writes: only them, only reads, or (None) both.
    """

    at: float
    lasts: float
    kind: str
    share: float
    writes: bool | None

    def __str__(self) -> str:
        which = {True: "changes", False: "reads", None: "requests"}[self.writes]
        return f"for {self.lasts:.0f} s, {self.share:.0%} of the {which}: {self.kind}"


@dataclasses.dataclass(frozen=True)
class Jump:
    """The wall clock of an operator's controller is set."""

    at: float
    operator: str
    seconds: float

    def __str__(self) -> str:
        return f"the clock of {self.operator} is set by {self.seconds:+.0f} s"


@dataclasses.dataclass(frozen=True)
class Mishap:
    """Something that happens to a machine: `power` (of the journal's host), `restart` (of the product: all sessions
    end), `saved` (somebody saves the journal again, as an editor does).
    """

    at: float
    kind: str

    def __str__(self) -> str:
        return {
            "power": "the host of the journal loses power",
            "restart": "the product is started again",
            "saved": "somebody saves the journal in an editor",
        }[self.kind]


Event = t.Union[Operation, Outside, Trouble, Jump, Mishap]


@dataclasses.dataclass(frozen=True)
class History:
    """All of it."""

    seed: int
    system: str
    knobs: t.Mapping[str, t.Any]
    jobs: tuple[str, ...]  # the state of each when it begins, in words of the simulators
    events: tuple[Event, ...]

    def __str__(self) -> str:
        jobs = ", ".join(f"{number} {state}" for number, state in enumerate(self.jobs))
        knobs = ", ".join(f"{name}={value}" for name, value in sorted(self.knobs.items())) or "as usual"
        lines = [f"{self.system}; jobs: {jobs}; the product: {knobs}"]
        return "\n".join(lines + [f"{event.at:8.1f} s  {event}" for event in self.events])


def draw(seed: int) -> History:
    """The history of a seed. How wild it is, is drawn, too."""
    rng = random.Random(f"history {seed}")
    system = SYSTEMS[seed % len(SYSTEMS)]
    jobs = _jobs(rng)
    if rng.random() < QUIET:
        works = _night(rng, OPERATORS[0], len(jobs), 0.0, _WINDOWS_ONLY)
        calm = tuple(dataclasses.replace(one, dies_at=None, timeout=PATIENCE) for one in works)
        return History(seed, system, SLOW[system] if rng.random() < 0.5 else {}, jobs, calm)
    wild = rng.choice((0.0, 0.3, 1.0))
    events: list[Event] = []
    for operator in OPERATORS[: rng.randint(1, len(OPERATORS))]:
        offered = [works for works in _WORKS if not NOT_OFFERED.get(system, set()) & set(works)]
        events += _night(rng, operator, len(jobs), wild, offered)
    events += [
        Outside(rng.uniform(0, LENGTH), rng.randrange(len(jobs)), rng.choice(OUTSIDE))
        for _each in range(round(wild * rng.randint(0, 14)))
    ]
    events += [_trouble(rng) for _each in range(round(wild * rng.randint(0, 8)))]
    events += [
        Jump(rng.uniform(0, LENGTH), rng.choice(OPERATORS), rng.choice(JUMPS))
        for _each in range(rng.choice((0, 0, 1, 2)))
    ]
    events += [
        Mishap(rng.uniform(0, LENGTH), rng.choice(("power", "restart", "saved")))
        for _each in range(rng.choice((0, 0, 1, 3)))
    ]
    knobs = {name: rng.choice(values) for name, values in KNOBS[system].items() if rng.random() < max(wild, 0.2)}
    return History(seed, system, knobs, jobs, tuple(sorted(events, key=lambda event: event.at)))


def _jobs(rng: random.Random) -> tuple[str, ...]:
    counts = {"queued": (1, 3), "running": (1, 3), "suspended": (1, 2), "failed": (0, 2), "failed restore": (0, 1)}
    return tuple(state for state, (least, most) in counts.items() for _each in range(rng.randint(least, most)))


def _night(
    rng: random.Random, operator: str, jobs: int, wild: float, offered: t.Sequence[tuple[Works, ...]]
) -> t.Iterator[Operation]:
    """What one operator does, one after the other: windows that are opened, added to, closed; and other work."""
    at = rng.uniform(0, LENGTH / 3)
    for _each in range(rng.randint(2, 6)):
        window = rng.choice(WINDOWS)
        for work in rng.choice(offered):
            some = tuple(sorted(rng.sample(range(jobs), rng.randint(1, min(jobs, 4)))))
            dies_at = rng.randint(1, 60) if rng.random() < 0.5 * wild + 0.1 else None
            yield Operation(
                at,
                operator,
                work,
                window,
                jobs=() if rng.random() < 0.4 else some,
                running=rng.choice(("leave", "leave", "leave", "wait", "cancel")),
                expires=rng.choice(("never", "24h", "5m", "10m")),
                must_be_new=rng.random() < 0.3,
                looks_again=rng.random() < 0.3,
                timeout=rng.choice((60.0, 120.0, 400.0)),
                dies_at=dies_at,
            )
            if dies_at and rng.random() < 0.5:
                at += rng.uniform(0, 60)
                yield Operation(at, operator, work, window, jobs=some, timeout=300.0)
            at += rng.expovariate(1 / 90)


#: What is done in a row.
_WORKS: tuple[tuple[Works, ...], ...] = (
    ("open", "close"),
    ("open", "close"),
    ("open", "open", "close"),
    ("plan", "open", "close"),
    ("plan", "apply", "close"),
    ("block", "open", "close"),
    ("open", "close own"),
    ("open", "close", "close"),
    ("open",),
    ("close",),
    ("close expired",),
    ("retry",),
    ("retry", "retry"),
    ("cancel",),
    ("wait",),
    ("look",),
    ("forget",),
)
_WINDOWS_ONLY: tuple[tuple[Works, ...], ...] = (("open", "close"), ("plan", "open"), ("close", "look"))

#: To cancel a task of DRS is to delete it. Of two products something can be set that keeps new work from starting.
NOT_OFFERED: t.Mapping[str, set[str]] = {
    "prime": {"block"},
    "drs": {"cancel", "block"},
    "veeam": {"block"},
}


def _trouble(rng: random.Random) -> Trouble:
    return Trouble(
        rng.uniform(0, LENGTH),
        rng.choice((2.0, 20.0, 120.0)),
        rng.choice(TROUBLES),
        rng.choice((0.1, 0.3, 0.8)),
        rng.choice((None, True, False)),
    )
