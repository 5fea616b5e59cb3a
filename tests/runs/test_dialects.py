# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every verb in every dialect, through real ansible: check mode, the real run, the second run."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from support.ansible import Ansible
from support.estate import Target
from support.watched import Call, WatchedRun, run_watched

from ansible_collections.batchops.job_control.plugins.module_utils._registry import CAPABILITIES


@dataclasses.dataclass(frozen=True)
class Variant:
    """A dialect that the client chooses, on a server that behaves in one of its documented ways."""

    system: str
    name: str
    options: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    knobs: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.system} {self.name}"


#: What the client can choose.
CHOSEN = [
    Variant(system, dialect.name, dialect.options)
    for system, capabilities in CAPABILITIES.items()
    for dialect in capabilities.dialects
]

#: What the server decides: generations, versions, and forms that the contracts leave open.
SERVERS = [
    Variant("commvault", "errors in success", knobs={"success_shape": "errors"}),
    Variant("commvault", "numbers as strings, 404 for nothing", knobs={"numbers_as_strings": True, "empty_list": 404}),
    Variant("prime", "null wrappers, small pages", knobs={"empty_wrapper": "null", "limit_page_size": 3}),
    Variant("drs", "Open Telekom Cloud", knobs={"job_action": "absent"}),
    Variant("drs", "all failed is 200", knobs={"all_failed_http": 200, "wrong_state_code": "DRS.M01504"}),
    Variant("veeam", "JSON v13", {"wire_format": "json"}, {"json_generation": "v13", "bom": True}),
    Variant("veeam", "flag visible late, other host in links", knobs={"href_origin": "https://em.internal:9398"}),
    Variant("ajs", "11-10", knobs={"version": "11-10"}),
    Variant("ajs", "11-50", knobs={"version": "11-50"}),
    Variant("ajs", "13-00", knobs={"version": "13-00", "hold_shows_as": "HOLDING"}),
]


@pytest.mark.parametrize("variant", [*CHOSEN, *SERVERS], ids=str)
def test_every_verb_of_the_dialect(ansible: Ansible, estate: dict[str, Target], variant: Variant) -> None:
    target = estate[variant.system]
    if variant.knobs:
        target.control.knobs(**variant.knobs)
    verbs = {verb.value for verb in CAPABILITIES[variant.system].verbs}
    to_suspend, to_retry, to_cancel = target.control.seed(
        {"name": "to-suspend", "scenario": "running" if variant.system == "drs" else "queued"},
        {"name": "to-retry", "scenario": "failed"},
        {"name": "to-cancel", "scenario": "running"},
    )
    steps: list[tuple[str, str, dict[str, t.Any]]] = [
        ("suspend", to_suspend, {}),
        ("resume", to_suspend, {}),
        ("retry", to_retry, {}),
        ("cancel_running", to_cancel, {"confirm_irreversible": True}),
    ]
    calls = [
        Call(f"job_{verb}", {**variant.options, **options, "job_ids": [job_id]}, check)
        for verb, job_id, options in steps
        if verb in verbs
        for check in (True, False, False)
    ]
    *runs, read = run_watched(ansible, target, *calls, Call("job_info", variant.options))
    for first in range(0, len(runs), 3):
        assert_foretold_done_and_kept(*runs[first : first + 3])
    assert {to_suspend, to_retry} <= set(read.jobs)
    assert target.control.sessions() == 0


def assert_foretold_done_and_kept(foretold: WatchedRun, real: WatchedRun, again: WatchedRun) -> None:
    """Check mode foretells the change and writes nothing, the real run makes it, a second run finds it made."""
    assert foretold.writes == []
    assert real.status == 0, real.output
    assert foretold.result["changed"] is real.result["changed"] is True
    assert [job["action"] for job in foretold.result["jobs"]] == [job["action"] for job in real.result["jobs"]]
    assert again.status == 0, again.output
    assert again.result["changed"] is False
    assert again.writes == []
