# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which jobs a selection means."""

from __future__ import annotations

import typing as t
import unicodedata

import pytest

from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, JobState, Selection
from ansible_collections.batchops.job_control.plugins.module_utils._selection import matches

COMPOSED = "Sicherung B\u00fcro"
SPELLINGS = (COMPOSED, unicodedata.normalize("NFD", COMPOSED))


@pytest.mark.parametrize("wanted", SPELLINGS)
@pytest.mark.parametrize("actual", SPELLINGS)
@pytest.mark.parametrize("option", ["names", "types", "owners"])
def test_an_accent_may_be_written_as_one_character_or_as_two(option: str, actual: str, wanted: str) -> None:
    fields: dict[str, str] = {"name": "a", "type": "b", "owner": "c", option.rstrip("s"): actual}
    job = Job(id="1", system="commvault", state=JobState.RUNNING, raw_state="Running", **t.cast("t.Any", fields))

    assert matches(job, Selection(**t.cast("t.Any", {option: (wanted,)})))
    assert not matches(job, Selection(**t.cast("t.Any", {option: (wanted.replace("B", "P"),)})))


@pytest.mark.parametrize("pattern", ["B*ro", "/x/B\u00fcr?", "*u\u0308ro", "B[\u00fc]ro"])
def test_patterns_of_short_names_and_of_paths(pattern: str) -> None:
    for spelling in ("NFC", "NFD"):
        path = unicodedata.normalize(t.cast("t.Any", spelling), "/x/B\u00fcro")
        facts = {"short_name": path.rpartition("/")[2]}
        job = Job("1", path, "", "ajs", JobState.RUNNING, "", facts=facts)
        assert matches(job, Selection(names=(pattern,)))
