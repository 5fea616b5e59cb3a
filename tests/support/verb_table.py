# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which product has which verb in which dialect, written into the documents: `make tables`.

A document holds each table between two comments; `written` puts the present table there.
"""

from __future__ import annotations

import pathlib
import sys
import typing as t

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / ".build"))

from ansible_collections.batchops.job_control.plugins.module_utils._model import NEUTRAL_VERBS, Verb  # noqa: E402
from ansible_collections.batchops.job_control.plugins.module_utils._registry import CAPABILITIES  # noqa: E402
from ansible_collections.batchops.job_control.plugins.module_utils._system import Capabilities  # noqa: E402

#: The module of each verb that only one product has.
OWN_MODULES = {
    Verb.CHANGE_STATUS: "ajs_change_status",
    Verb.SET_AGENT_STATE: "ajs_agent_state",
    Verb.SET_ACTIVITY: "commvault_activity",
    Verb.CANCEL: "prime_job_cancel",
}


def table(rows: t.Iterable[t.Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * lines[0].count(" | ") + " --- |", *lines[1:]])


def answer(capabilities: Capabilities, verb: Verb) -> str:
    if verb not in capabilities.verbs and verb not in capabilities.own_verbs:
        return "-"
    return "yes, irreversible" if verb in capabilities.irreversible else "yes"


def verbs_by_system() -> str:
    """For the README: a row for each module."""
    systems = list(CAPABILITIES.values())
    rows = [["module", *(capabilities.system for capabilities in systems)]]
    rows += [[f"`{module}`", *("yes" for _system in systems)] for module in ("job_info", "job_wait")]
    rows += [[f"`job_{verb.value}`", *(answer(one, verb) for one in systems)] for verb in NEUTRAL_VERBS]
    rows += [
        [f"`{module}`", *(answer(one, verb) for one in systems)]
        for verb, module in OWN_MODULES.items()
        if any(verb in one.own_verbs for one in systems)
    ]
    return table(rows)


def verbs_by_dialect() -> str:
    """For the page on the products: a row for each format or version, with the options that choose it."""
    rows = [["system", "dialect", "chosen by", *(verb.value for verb in NEUTRAL_VERBS)]]
    for one in CAPABILITIES.values():
        for dialect in one.dialects:
            chosen = ", ".join(f"`{name}: {value}`" for name, value in dialect.options.items())
            rows.append([one.system, dialect.name, chosen or "default", *(answer(one, verb) for verb in NEUTRAL_VERBS)])
    return table(rows)


DOCUMENTS = {
    ROOT / "README.md": {"verbs by system": verbs_by_system},
    ROOT / "docs" / "systems.md": {"verbs by dialect": verbs_by_dialect},
}


def written(path: pathlib.Path) -> str:
    """The document with its tables as they should be."""
    text = path.read_text()
    for name, make in DOCUMENTS[path].items():
        marks = (f"<!-- {name} -->", f"<!-- end of {name} -->")
        before, place, after = text.partition(marks[0])
        _old, end, after = after.partition(marks[1])
        if not (place and end):
            raise ValueError(f"{path.name} has no place for the table {name!r}")
        text = f"{before}{marks[0]}\n{make()}\n{marks[1]}{after}"
    return text


if __name__ == "__main__":
    for document in DOCUMENTS:
        document.write_text(written(document))
