# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Say which lanes ran and how they ended: `python -m support.summary NOX_REPORT FOLDER_OF_JUNIT_REPORTS`."""

from __future__ import annotations

import json
import pathlib
import sys
import xml.etree.ElementTree

from support.promises import tried


def main() -> None:
    nox_report, folder = map(pathlib.Path, sys.argv[1:])
    sessions = json.loads(nox_report.read_text())["sessions"] if nox_report.exists() else []
    print("\nLanes")
    for session in sessions:
        # nox up to 2025 names a session by `signature`, later ones by `signatures`
        name = session.get("signature") or next(iter(session.get("signatures", [])), session["name"])
        print(f"  {name:<24} {session['result']}")
    passed = failed = skipped = 0
    print("Tests")
    for path in sorted(folder.glob("*.xml")):
        suite = next(iter(xml.etree.ElementTree.parse(path).getroot()))
        counts = {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")}
        bad = counts["failures"] + counts["errors"]
        good = counts["tests"] - bad - counts["skipped"]
        print(f"  {path.stem:<24} {good} passed, {bad} failed, {counts['skipped']} skipped, {suite.get('time')} s")
        passed, failed, skipped = passed + good, failed + bad, skipped + counts["skipped"]
    found = tried()
    if any(one.total for one in found.values()):
        print("Tried, and held")
        for what, one in found.items():
            print(f"  {what:<28} {one.total:>9,}  {'full' if one.all else 'short'} form")
    lanes_without_tests = sum(session["result"] == "failed" for session in sessions) if not failed else 0
    print(f"\n{passed} passed, {failed + lanes_without_tests} failed, {skipped} skipped")


if __name__ == "__main__":
    main()
