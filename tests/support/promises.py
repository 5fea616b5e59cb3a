# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the torture lane counts, and the page that shows the counts: `python -m support.promises` writes them there."""

from __future__ import annotations

import collections
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
    "processes killed",
    "damaged journals",
    "faults",
    "hostile answers",
    "fuzzed bodies",
    "secrets searched",
    "TLS refusals",
    "jobs under load",
    "systems in one play",
)

Counts = t.Mapping[str, t.Mapping[str, int]]


def tried() -> Counts:
    """How many of each were tried in the last run, by system; "" for what belongs to no system.

    :raises ValueError: something was counted that has no place in the page.
    """
    found: dict[str, dict[str, int]] = {what: collections.Counter() for what in PROMISES}
    for line in TALLY.read_text().splitlines() if TALLY.exists() else []:
        entry = json.loads(line)
        if entry["what"] not in found:
            raise ValueError(f"{entry['what']!r} is counted but not one of support.promises.PROMISES")
        found[entry["what"]][entry["system"]] += entry["count"]
    return found


def rows(found: Counts) -> list[list[str]]:
    """A row for each thing that was counted: by system where it was counted so, and in all."""
    head = ["tried, and held", *SYSTEMS, "in all"]
    body = [
        [what, *(f"{by_system[system]:,}" if system in by_system else "" for system in SYSTEMS), f"{total:,}"]
        for what, by_system in found.items()
        for total in [sum(by_system.values())]
    ]
    return [head, *body]


def main() -> None:
    found = tried()
    missing = [what for what, by_system in found.items() if not by_system]
    if missing:
        raise SystemExit(f"the last run counted no {', '.join(missing)}; the page is left as it was")
    today = datetime.datetime.now(datetime.timezone.utc).date()
    PAGE.write_text(with_block(PAGE.read_text(), "counts", f"Full run of {today}.\n\n{table(rows(found))}"))


if __name__ == "__main__":
    main()
