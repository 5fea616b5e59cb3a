# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times of products, in whichever form they come."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.batchops.job_control.plugins.module_utils import _times

NOON = "2026-05-16T12:00:00Z"


@pytest.mark.parametrize(
    "time",
    [
        "2026-05-16T12:00:00Z",
        " 2026-05-16T12:00:00Z ",
        "2026-05-16T12:00:00.9Z",
        "2026-05-16T12:00:00.1234567Z",
        "2026-05-16T12:00:00,5Z",
        "2026-05-16T12:00:00+00:00",
        "2026-05-16T12:00:00-00:00",
        "2026-05-16T14:00:00+02:00",
        "2026-05-16T14:00:00.123456789+0200",
        "2026-05-16T14:00:00+02",
        "2026-05-16T17:45:00+05:45",
        "2026-05-17T00:00:00+12:00",
        "2026-05-16T02:30:00-09:30",
    ],
)
def test_one_moment_has_many_forms(time: str) -> None:
    assert _times.utc(time) == _times.utc(time, unnamed=_times.UTC) == NOON


@pytest.mark.parametrize("time", ["2026-05-16T12:00:00", "2026-05-16T12:00:00.5"])
def test_a_time_without_a_zone_is_of_the_one_that_the_product_means(time: str) -> None:
    assert _times.utc(time) == ""
    assert _times.utc(time, unnamed=_times.UTC) == NOON
    assert _times.utc(time, unnamed="+12:00") == "2026-05-16T00:00:00Z"


@pytest.mark.parametrize(
    "value",
    [
        *(
            "",
            "soon",
            "2026-05-16",
            "2026-13-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-05-16T12:60:00Z",
            "T12:00:00Z",
        ),
        *("0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-01:00", "2026-05-16T12:00:00+24:00", "2026-05-16T12:00Z"),
        *("२०२६-05-16T12:00:00Z", "2026-05-16T12:00:00Z\n2026", "1778970000", 1778970000, -1, 0, None, True, [], {}),
    ],
)
def test_what_is_no_time_is_empty(value: t.Any) -> None:
    assert _times.utc(value, unnamed=_times.UTC) == ""
