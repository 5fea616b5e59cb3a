# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which product has which verb in which dialect, written into the documents: `make tables`."""

from __future__ import annotations

import pathlib

from ansible_collections.batchops.job_control.plugins.module_utils._model import NEUTRAL_VERBS, Verb
from ansible_collections.batchops.job_control.plugins.module_utils._registry import CAPABILITIES
from ansible_collections.batchops.job_control.plugins.module_utils._system import Capabilities
from support.checkout import ROOT
from support.documents import table, with_block

#: The module of each verb that only one product has.
OWN_MODULES = {
    Verb.CHANGE_STATUS: "ajs_change_status",
    Verb.SET_AGENT_STATE: "ajs_agent_state",
    Verb.SET_ACTIVITY: "commvault_activity",
    Verb.CANCEL: "prime_job_cancel",
}


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
        text = with_block(text, name, make())
    return text


if __name__ == "__main__":
    for document in DOCUMENTS:
        document.write_text(written(document))
