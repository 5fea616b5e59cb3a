# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the torture lane counts, and the page that shows the counts: `python -m support.promises` writes them there."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import json
import typing as t

from support.checkout import ROOT
from support.documents import table, with_block
from support.torture import TALLY

PAGE = ROOT / "docs" / "promises.md"
SYSTEMS = ("commvault", "prime", "drs", "veeam", "ajs")

#: What tests may count, in the order of the page.
PROMISES = (
    "crash points",
    "crash points of the recovery",
    "orders of windows",
    "crashes among windows",
    "controllers at once",
    "simulated nights",
    "events in them",
    "processes killed",
    "damaged journals",
    "faults",
    "verbs in trouble",
    "hostile answers",
    "fuzzed bodies",
    "secrets searched",
    "TLS refusals",
    "jobs under load",
    "systems in one play",
)


@dataclasses.dataclass
class Tried:
    """How many of one thing were tried in the last run, by system; "" for what belongs to no system."""

    by_system: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    all: bool = False  # there are no others

    @property
    def total(self) -> int:
        return sum(self.by_system.values())


def tried() -> dict[str, Tried]:
    """What the last run has counted. Where it has counted in both forms, the full form is the one that is told of.

    :raises ValueError: something was counted that has no place in the page.
    """
    found = {what: Tried() for what in PROMISES}
    for line in TALLY.read_text().splitlines() if TALLY.exists() else []:
        entry = json.loads(line)
        what, is_all = entry["what"], entry["all"]
        if what not in found:
            raise ValueError(f"{what!r} is counted but not one of support.promises.PROMISES")
        if is_all and not found[what].all:
            found[what] = Tried(all=True)
        if is_all == found[what].all:
            found[what].by_system[entry["system"]] += entry["count"]
    return found


def rows(found: t.Mapping[str, Tried]) -> list[list[str]]:
    """A row for each thing that was counted: by system where it was counted so, and in all."""
    head = ["tried, and held", *SYSTEMS, "in all", "form"]
    body = [
        [
            what,
            *(f"{one.by_system[system]:,}" if system in one.by_system else "" for system in SYSTEMS),
            f"{one.total:,}",
            "full" if one.all else "short",
        ]
        for what, one in found.items()
    ]
    return [head, *body]


def main() -> None:
    found = tried()
    missing = [what for what, one in found.items() if not one.total]
    if missing:
        raise SystemExit(f"the last run counted no {', '.join(missing)}; the page is left as it was")
    today = datetime.datetime.now(datetime.timezone.utc).date()
    PAGE.write_text(with_block(PAGE.read_text(), "counts", f"Counts of {today}.\n\n{table(rows(found))}"))


if __name__ == "__main__":
    main()
