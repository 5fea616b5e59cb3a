# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a window ends, and which windows a run may close."""

from __future__ import annotations

import pytest

from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Ledger, Opening, Run
from ansible_collections.batchops.job_control.plugins.module_utils._window.ending import CloseIf, end_of, to_close

NOW = 1_780_000_000.0  # 2026-05-28T20:26:40Z
OURS, OTHER = Run(id="ours", user="ops"), Run(id="other")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90m", 5400),
        ("6h", 21600),
        (" 1.5 H ", 5400),
        ("2d", 172800),
        ("1w", 604800),
        ("90s", 90),
        ("3600", 3600),
        ("2026-05-28T21:26:40Z", 3600),
        ("2026-05-28T23:26:40+02:00", 3600),
        ("2026-05-28T21:26:40.5Z", 3600),
    ],
)
def test_the_end_that_is_given(text: str, seconds: float) -> None:
    assert end_of(text, NOW) == NOW + seconds


@pytest.mark.parametrize("text", ["never", "Never", " never "])
def test_no_end(text: str) -> None:
    assert end_of(text, NOW) is None


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "6 hours",
        "-1h",
        "",
        "1h30m",
        "2026-05-28T21:26:40",
        "2026-05-28",
        "9999999999999",
        "99999999999999999",
        "9" * 400,
    ],
)
def test_what_is_no_end(text: str) -> None:
    with pytest.raises(UsageError, match=r"^window_expires: .* is no end of a window; give a duration such as 90m"):
        end_of(text, NOW)


@pytest.mark.parametrize("text", ["0", "0h", "2026-05-28T20:26:40Z", "2020-01-01T00:00:00Z"])
def test_an_end_that_is_over(text: str) -> None:
    with pytest.raises(UsageError, match=r"^window_expires: .* is over already"):
        end_of(text, NOW)


LEDGER = Ledger(
    windows={
        opening.name: opening
        for opening in (
            Opening("late", NOW - 10, expires=NOW, run=OTHER),
            Opening("ours", NOW - 20, expires=NOW + 1, run=OURS),
            Opening("early", NOW - 30, expires=NOW - 1, run=OURS),
            Opening("for ever", NOW - 40),
            Opening("closed", NOW - 50, expires=NOW - 1, run=OURS, closed=NOW - 2),
        )
    }
)


@pytest.mark.parametrize(
    ("close_if", "run", "name", "names"),
    [
        (CloseIf.ALWAYS, OURS, None, ["for ever", "early", "ours", "late"]),
        (CloseIf.ALWAYS, OURS, "late", ["late"]),
        (CloseIf.ALWAYS, OURS, "closed", []),
        (CloseIf.EXPIRED, OTHER, None, ["early", "late"]),
        (CloseIf.EXPIRED, OTHER, "ours", []),
        (CloseIf.OWN_RUN, OURS, None, ["early", "ours"]),
        (CloseIf.OWN_RUN, OURS, "late", []),
        (CloseIf.OWN_RUN, OURS, "unheard of", []),
        (CloseIf.OWN_RUN, Run(user="ops"), None, []),  # nobody knows which run this is, nor which opened "for ever"
    ],
)
def test_which_windows_are_closed(close_if: CloseIf, run: Run, name: str | None, names: list[str]) -> None:
    assert [window.name for window in to_close(LEDGER, close_if, run, NOW, name)] == names


@pytest.mark.parametrize(
    ("run", "text"),
    [
        (Run(), "an unknown run"),
        (Run(id="1", user="ops", controller="ctl01", process="ansible-playbook 17"), "ops@ctl01 (ansible-playbook 17)"),
        (Run(user="ops"), "ops"),
        (Run(process="AWX job 3"), "(AWX job 3)"),
    ],
)
def test_how_a_message_names_a_run(run: Run, text: str) -> None:
    assert str(run) == text
