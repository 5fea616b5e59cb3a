# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of jobs: what fits which terminal, what comes first, what is counted, and what no terminal obeys."""

from __future__ import annotations

import dataclasses
import re
import typing as t

import pytest

from ansible_collections.batchops.job_control.plugins.module_utils._model import JobState, SwitchState
from ansible_collections.batchops.job_control.plugins.plugin_utils._columns import GiveUp, cut, fit, text_width
from ansible_collections.batchops.job_control.plugins.plugin_utils._job_table import STATES, Look, job_table

Data = dict[str, t.Any]

UUID = "7a25c3af-9c10-5cb7-847b-7608f0b8ee61"
PATH = "/Production/Finance/Monthly/Closing/Extract-Ledger"


def job(job_id: str = "781", state: str | None = "running", **more: t.Any) -> Data:
    """A job as job_info returns it."""
    return {
        "id": job_id,
        "name": "Backup client01/default",
        "system": "commvault",
        "owner": "client01.example.com",
        "state": state,
        "actions": ["suspend", "cancel_running"],
        "progress": 50.0,
        "started": "2026-05-16T18:20:01Z",
        "ended": None,
        "next_run": None,
        "reason": None,
        "error": None,
        "note": "",
        **more,
    }


def changed(job_id: str, before: str | None, after: str | None, action: str = "none", **more: t.Any) -> Data:
    """A job as a verb that changes jobs returns it."""
    of_verb = {"before": before, "after": after, "action": action, "changed": action != "none", "error": None}
    return {"id": job_id, "name": "nightly", "system": "veeam", "owner": "", **of_verb, "note": "", **more}


def info(*jobs: Data, **summary: t.Any) -> Data:
    return {"jobs": list(jobs), "summary": {"selected": len(jobs), **summary}}


def shown(width: int, *jobs: Data) -> list[str]:
    """The table of one job system, without what is below it."""
    lines = job_table([("here", info(*jobs))], Look(width))
    return lines[: lines.index("")]


ESTATE = [
    ("commvault_production", info(job(), job("782", "failed", reason="The media agent is offline.", progress=None))),
    (
        "veeam_production",
        info(job(UUID, "queued", next_run="2026-05-17T22:00:00Z", name="Files nightly of branches")),
    ),
    ("ajs_production", info(job(f"{PATH}:@A100", "held", name=PATH, actions=["resume"], system="ajs"))),
]


def test_on_a_narrow_terminal_some_columns_are_left_out() -> None:
    assert shown(80, job(), job("782", "failed", ended="2026-05-16T18:30:00Z", actions=["retry"], progress=None)) == [
        "id   name                     state    since/next (UTC)  can",
        "782  Backup client01/default  failed   2026-05-16 18:30  retry",
        "781  Backup client01/default  running  2026-05-16 18:20  suspend, cancel_running",
    ]


def test_on_a_wide_one_all_are_there() -> None:
    assert shown(200, job("782", "failed", actions=["retry"], reason="The media agent is offline.")) == [
        "system     id   name                     state   since/next (UTC)  done  owner                 can    why",
        "commvault  782  Backup client01/default  failed  2026-05-16 18:20  50%   client01.example.com  retry  "
        "The media agent is offline.",
    ]


@pytest.mark.parametrize("width", [20, 40, 80, 100, 120, 200, 500])
def test_no_id_is_ever_cut(width: int) -> None:
    """What is too long for the terminal has a line of its own, from its beginning to its end."""
    table = job_table(ESTATE, Look(width))
    for job_id in ("781", "782", UUID, f"{PATH}:@A100"):
        assert any(re.search(rf"(^|\s){job_id}(\s|$)", line) for line in table)


@pytest.mark.parametrize("width", [80, 120, 200])
def test_every_line_fits(width: int) -> None:
    assert max(map(text_width, job_table(ESTATE, Look(width)))) <= width


def test_after_a_long_id_the_row_goes_on_below() -> None:
    head, first, second, *_others = job_table(ESTATE[2:], Look(60))
    assert first == f"ajs     {PATH}:@A100"
    assert second.index("Extract-Ledger") == head.index("name")  # the path is in the id already
    assert second.index("held") == head.index("state")


def test_a_column_in_which_nobody_says_anything_is_not_there() -> None:
    assert shown(200, job(owner="", progress=None, started=None))[0].split() == ["system", "id", "name", "state", "can"]


def test_several_systems_are_told_apart_by_their_hosts() -> None:
    head, *_rows = job_table(ESTATE, Look(200))
    assert head.startswith("host ")
    assert "system" not in head


def test_japanese_names_are_aligned() -> None:
    name = "日次バックアップ ファイルサーバ"
    for width in (60, 80, 200):
        head, *rows = shown(width, job("1", name=name), job("2", name="plain"))
        place = text_width(head[: head.index("state")])
        assert [text_width(row[: row.index("running")]) for row in rows] == [place, place]


@pytest.mark.parametrize(
    ("text", "width", "kept"),
    [
        ("plain", 5, "plain"),
        ("plain", 4, "pla…"),
        ("日次", 4, "日次"),
        ("日次処理", 4, "日…"),
        ("日次処理", 5, "日次…"),
    ],
)
def test_a_cut_counts_columns_and_not_characters(text: str, width: int, kept: str) -> None:
    assert cut(text, width) == kept


def test_marks_that_are_put_on_the_character_before_take_no_room() -> None:
    assert text_width("e\N{COMBINING ACUTE ACCENT}") == 1


def test_what_was_given_up_in_vain_comes_back() -> None:
    steps = [GiveUp("a", 5), GiveUp("a", 0), GiveUp("b", 0), GiveUp("c", 3)]
    assert fit({"a": 8, "b": 20, "c": 10}, 20, steps) == {"a": 8, "c": 10}


def test_what_needs_attention_comes_first() -> None:
    states = ["completed", "running", None, "held", "warning", "never heard of it", "failed", "unknown", "queued"]
    jobs = [job(str(number), state) for number, state in enumerate(states)]
    wrong = job("9", "completed", error={"message": "It could not be read."})
    rows = [line.split()[1] for line in shown(200, *jobs, wrong)[1:]]
    assert rows == ["9", "6", "5", "7", "2", "4", "3", "1", "8", "0"]


def test_every_state_has_its_place() -> None:
    assert {*(state.value for state in JobState), *(state.value for state in SwitchState)} <= set(STATES)


@pytest.mark.parametrize(
    ("times", "state", "told"),
    [
        ({"started": "2026-05-16T18:20:01Z"}, "running", "2026-05-16 18:20"),
        ({"ended": "2026-05-16T18:20:01Z"}, "completed", "2026-05-16 18:20"),
        ({"ended": "2025-05-16T18:20:01Z", "next_run": "2026-12-31T22:00:00Z"}, "failed", "2025-05-16 18:20"),
        ({"started": "2026-05-16T18:20:01Z", "next_run": "2026-12-31T22:00:00Z"}, "held", "next 12-31 22:00"),
        ({"started": "some day"}, "running", None),
    ],
)
def test_times(times: Data, state: str, told: str | None) -> None:
    row = job(state=state, **{"started": None, **times})
    head, line = shown(200, row)
    assert ("since/next (UTC)" in head) is bool(told)
    assert told is None or told in line


def test_what_a_verb_has_done() -> None:
    jobs = [
        changed("1", "running", "suspended", "suspend"),
        changed("2", "suspended", "suspended", note="already"),
        changed("3", "failed", "running", "retry", new_id="9"),
        changed("4", "running", None),
        changed("5", None, None, error={"message": "There is no job 5"}),
    ]
    table = job_table([("here", info(*jobs, changed=2))], Look(200))
    rows = [re.split(r"  +", line)[1:] for line in table[: table.index("")]]
    assert rows == [
        ["id", "name", "state", "change", "why"],
        ["5", "nightly", "missing"],
        ["4", "nightly", "running -> gone"],
        ["1", "nightly", "running -> suspended", "suspend"],
        ["2", "nightly", "suspended", "already"],
        ["3 -> 9", "nightly", "failed -> running", "retry"],
    ]
    assert table[-2:] == [
        "Error: There is no job 5",
        "5 jobs: 1 missing, 1 gone, 2 suspended, 1 running; 2 changed.",
    ]


def test_check_mode_says_what_would_be() -> None:
    result = info(changed("1", "running", "suspended", "suspend"), changed=1)
    assert job_table([("here", result)], Look(80, is_check=True))[-1] == "1 job: 1 suspended; 1 would be changed."


def test_no_job() -> None:
    assert job_table([("here", info())], Look(80)) == ["0 jobs."]
    assert job_table([], Look(80)) == ["0 jobs."]


def test_totals_of_several_systems() -> None:
    results = [
        ("a", info(job(), job("2", "failed"))),
        ("bb", info(job(), limited=True)),
        ("none", info()),
        ("down", {"msg": "No answer.", "jobs": [], "summary": {}}),
    ]
    assert job_table(results, Look(80))[-5:] == [
        "a     2 jobs: 1 failed, 1 running",
        "bb    1 job: 1 running; reading stopped at the limit, there may be more",
        "none  0 jobs",
        "down  not read: No answer",
        "3 jobs on 3 of 4 systems: 1 failed, 2 running; reading stopped at the limit, there may be more.",
    ]
    assert job_table(results[3:] * 2, Look(80)) == ["not read: No answer."]
    assert job_table([("a", results[3][1]), ("b", {})], Look(80)) == [
        "a  not read: No answer",
        "b  not read: there is no result",
        "None of the 2 systems could be read.",
    ]


def test_counts_without_jobs() -> None:
    """As with summary_only."""
    result = {"jobs": [], "summary": {"selected": 80, "states": {"queued": 70, "failed": 10}}}
    assert job_table([("here", result)], Look(80)) == ["80 jobs: 10 failed, 70 queued."]


@pytest.mark.parametrize(
    ("number", "rows", "lines", "sentence"),
    [
        (1, 50, 1, None),
        (50, 50, 50, None),
        (51, 50, 50, "1 more job: ask for more."),
        (5000, 50, 50, "4950 more jobs: ask for more."),
        (5000, 0, 5000, None),
    ],
)
def test_many_jobs(number: int, rows: int, lines: int, sentence: str | None) -> None:
    """Those that need attention are among the ones that are shown, and the totals count all."""
    jobs = [*(job(str(each), "queued") for each in range(1, number)), job("last", "failed")]
    head, first, *rest = job_table([("here", info(*jobs))], Look(80, rows, "ask for more"))
    assert first.startswith("last")
    assert rest.index("") == lines - 1
    assert rest[lines:-1] == ([sentence] if sentence else [])
    assert rest[-1].startswith(f"{number} job")
    assert head.startswith("id")


def test_errors_are_told_whole_and_not_all_of_them() -> None:
    message = "It is not known whether the request took effect. " * 4
    jobs = [job(str(number), error={"message": f"Job {number}: {message}"}) for number in range(7)]
    table = job_table([("here", info(*jobs))], Look(80))
    assert [line for line in table if line.startswith("Error")] == [
        f"Error: Job {each}: {message}" for each in range(5)
    ]
    assert "2 more errors of other jobs." in table


def test_only_states_have_colours() -> None:
    painted = Look(80, paint=lambda state, text: f"<{state}>{text}</>")
    lines = job_table([("here", info(job(), job("782", "failed")))], painted)
    assert "<failed>failed</>  " in lines[1]
    assert "<running>running</> " in lines[2]
    assert [re.sub("<.*?>", "", line) for line in lines] == job_table(
        [("here", info(job(), job("782", "failed")))], dataclasses.replace(painted, paint=Look(80).paint)
    )


@pytest.mark.parametrize("width", [80, 200])
def test_no_terminal_obeys_a_job(width: int) -> None:
    """Escape sequences, line breaks, what turns the direction of writing round, half characters."""
    evil = "\x1b]0;x\x07\x1b[2Jred\r\n\u202ereversed\x9b31m\ud800\u2028"
    texts = dict.fromkeys(("name", "system", "owner", "note", "reason", "started", "next_run"), evil)
    result = info(
        job(evil, evil, **texts, actions=[evil], error={"message": evil}),
        job(evil, "failed", **texts),
        changed(evil, evil, evil, evil, new_id=evil),
    )
    table = job_table([(evil, result), ("b", {"msg": evil})], Look(width))
    assert all(line.isprintable() for line in table)
    assert "\\x1b" in "".join(table)
