# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of the documents, written from what they are about: which product has which verb in which dialect, and which
planted faults the simulation finds. `make tables`.
"""

from __future__ import annotations

import itertools
import pathlib

import yaml

from ansible_collections.batchops.job_control.plugins.module_utils._model import NEUTRAL_VERBS, Verb
from ansible_collections.batchops.job_control.plugins.module_utils._registry import CAPABILITIES
from ansible_collections.batchops.job_control.plugins.module_utils._system import Capabilities
from support.checkout import ROOT
from support.documents import table, with_block
from support.promises import SYSTEMS

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


def planted_faults() -> str:
    """For the page on promises: a row for each fault that the simulation is tried with."""
    rows = [["fault", "was in version", "nights until it is found"]]
    for fault in yaml.safe_load((ROOT / "tests" / "simulation" / "planted.yml").read_text()):
        system = fault["file"].partition("/")[0].removeprefix("_")
        seeds = range(SYSTEMS.index(system), 10_000, len(SYSTEMS)) if system in SYSTEMS else itertools.count()
        nights = next(number for number, seed in enumerate(seeds, start=1) if seed == fault["seed"])
        rows.append([fault["name"], fault.get("was_in", ""), f"{nights:,}"])
    return table(rows)


DOCUMENTS = {
    ROOT / "README.md": {"verbs by system": verbs_by_system},
    ROOT / "docs" / "systems.md": {"verbs by dialect": verbs_by_dialect},
    ROOT / "docs" / "promises.md": {"planted": planted_faults},
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
