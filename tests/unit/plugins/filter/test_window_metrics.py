# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The status for Prometheus, as its own parser reads it."""

from __future__ import annotations

import base64
import pathlib
import re
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from prometheus_client.parser import text_string_to_metric_families
from support.checkout import ROOT
from support.journals import OPENED, job, jobs, window

from ansible_collections.batchops.job_control.plugins.filter.window_metrics import window_metrics
from ansible_collections.batchops.job_control.plugins.filter.window_status import window_status

GUIDE = ROOT / "docs" / "guide" / "status.md"
NOW = OPENED + 7800

Samples = dict[str, list[tuple[dict[str, str], float]]]


def status(*paths: pathlib.Path, **more: t.Any) -> dict[str, t.Any]:
    read = {path.name: {"content": base64.b64encode(path.read_bytes()).decode()} for path in paths}
    return window_status({**read, **more}, now=NOW)


def parsed(text: str) -> Samples:
    """The samples by the name of their metric; each is a gauge with a help text, and has no other of its labels."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge"
        assert family.documentation.endswith(".")
        assert family.name not in found
        found[family.name] = [(sample.labels, sample.value) for sample in family.samples]
        labels = [tuple(sorted(sample.labels.items())) for sample in family.samples]
        assert len(set(labels)) == len(labels)
    return found


def test_windows_on_two_systems(tmp_path: pathlib.Path) -> None:
    with window(tmp_path / "a", "prime", "patch-day", expires=NOW + 600) as night:
        night.suspend(*jobs("job", 3))
        night.journal.intend_resume([job("job-3")])
        night.journal.missing("job-3")
        night.journal.intend("patch-day", [job("4")])
    with window(tmp_path / "b", "drs", "patch-day", at=OPENED + 60, expires=NOW - 30) as night:
        night.suspend(job("1"))
    with window(tmp_path / "b", "drs", "endless", at=NOW - 60):
        pass
    text = window_metrics(status(tmp_path / "a", tmp_path / "b", dark={"problem": "far"}, none={}))
    found = parsed(text)
    assert set(re.findall(r"batchops_\w+", GUIDE.read_text())) == set(found)
    of_all = ("status_timestamp_seconds", "status_ok", "windows_open", "windows_expired", "journals_damaged")
    assert [found[f"batchops_{name}"] for name in of_all] == [[({}, value)] for value in (int(NOW), 0.0, 2.0, 1.0, 1.0)]
    a, b, c = (
        {"window": name, "host": host, "system": system}
        for name, host, system in (("patch-day", "a", "prime"), ("patch-day", "b", "drs"), ("endless", "b", "drs"))
    )
    assert {
        name.removeprefix("batchops_window_"): samples
        for name, samples in found.items()
        if name.startswith("batchops_window_")
    } == {
        "open": [(a, 1.0), (b, 1.0), (c, 1.0)],
        "held_jobs": [(a, 3.0), (b, 1.0), (c, 0.0)],
        "missing_jobs": [(a, 1.0), (b, 0.0), (c, 0.0)],
        "unsettled_jobs": [(a, 1.0), (b, 0.0), (c, 0.0)],
        "age_seconds": [(a, 7800.0), (b, 7740.0), (c, 60.0)],
        "expires_in_seconds": [(a, 600.0), (b, -30.0)],
    }
    states = {labels["host"]: labels["state"] for labels, value in found["batchops_journal_state"] if value}
    assert states == {"a": "read", "b": "read", "dark": "unread", "none": "absent"}
    assert len(found["batchops_journal_state"]) == 4 * 5
    assert text == window_metrics(status(tmp_path / "a", tmp_path / "b", dark={"problem": "far"}, none={}))


def test_nothing_open(tmp_path: pathlib.Path) -> None:
    """What is told of all job systems has a value all the same, so that a rule can tell nothing from no file."""
    found = parsed(window_metrics(status(none={})))
    assert found["batchops_windows_open"] == [({}, 0.0)]
    assert found["batchops_status_ok"] == [({}, 1.0)]
    assert not [name for name in found if name.startswith("batchops_window_")]


def test_a_closed_window_with_a_missing_job(tmp_path: pathlib.Path) -> None:
    with window(tmp_path / "a", "prime", "patch-day", expires=NOW) as night:
        night.suspend(job("1"))
        night.journal.intend_resume([job("1")])
        night.journal.missing("1")
        night.journal.close_window("patch-day")
    found = parsed(window_metrics(status(tmp_path / "a")))
    values = {name: samples[0][1] for name, samples in found.items() if name.startswith("batchops_window_")}
    assert values == {
        "batchops_window_open": 0.0,
        "batchops_window_held_jobs": 0.0,
        "batchops_window_missing_jobs": 1.0,
        "batchops_window_unsettled_jobs": 0.0,
    }
    assert found["batchops_windows_open"] == [({}, 0.0)]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ('say "yes"', 'say "yes"'),
        ("back\\slash \\n", "back\\slash \\n"),
        ('x"} 1\nbatchops_windows_open 7', 'x"} 1\\nbatchops_windows_open 7'),
        ("\x1b[31m\r\u2028", "\\x1b[31m\\r "),
        ("{{ 7*7 }}", "{ { 7*7 }}"),
        ("schön \ud800", "schön \ufffd"),
        ("a,b=c{d}", "a,b=c{d}"),
        ("", ""),
    ],
)
def test_a_hostile_name_is_a_label(tmp_path: pathlib.Path, name: str, shown: str) -> None:
    with window(tmp_path / "a", "prime", name) as night:
        night.suspend(job("1"))
    text = window_metrics(status(tmp_path / "a"))
    assert text.encode()
    found = parsed(text)
    assert found["batchops_window_held_jobs"] == [({"window": shown, "host": "a", "system": "prime"}, 1.0)]
    assert found["batchops_windows_open"] == [({}, 1.0)]


def test_names_that_look_the_same_stay_apart(tmp_path: pathlib.Path) -> None:
    for name in ("\x1b", "\\x1b"):
        with window(tmp_path / "a", "prime", name) as night:
            night.suspend(job(name))
    found = parsed(window_metrics(status(tmp_path / "a")))
    assert [labels["window"] for labels, _value in found["batchops_window_open"]] == ["\\x1b", "\\x1b (2)"]


def test_what_is_no_status() -> None:
    with pytest.raises(AnsibleFilterError, match=r"takes a status, as the filter window_status makes it \(KeyError"):
        window_metrics({})
