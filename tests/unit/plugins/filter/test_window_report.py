# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a window from its journals: outcomes, totals, what needs a person, and the geometry of the page."""

from __future__ import annotations

import base64
import json
import pathlib
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st
from support.journals import OPENED, job, jobs, window, write_eventful_window

from ansible_collections.batchops.job_control.plugins.filter.window_jobs import window_jobs
from ansible_collections.batchops.job_control.plugins.filter.window_page import window_page
from ansible_collections.batchops.job_control.plugins.filter.window_report import window_report
from ansible_collections.batchops.job_control.plugins.module_utils._journal.copies import pack
from ansible_collections.batchops.job_control.plugins.module_utils._journal.records import encode
from ansible_collections.batchops.job_control.plugins.plugin_utils import _timeline
from ansible_collections.batchops.job_control.plugins.plugin_utils._page import duration
from ansible_collections.batchops.job_control.plugins.plugin_utils._timeline import LEFT, PLOT, Scale, ticks


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "window.journal"


def encoded(path: pathlib.Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def outcomes(path: pathlib.Path) -> dict[str, str]:
    return {entry["id"]: entry["outcome"] for entry in window_jobs(path.read_text())}


def report_of(**journals: pathlib.Path) -> dict[str, t.Any]:
    return window_report({host: encoded(path) for host, path in journals.items()}, "patchday")


def test_a_copy_of_a_journal_tells_the_same(path: pathlib.Path) -> None:
    write_eventful_window(path, "commvault", 20)
    assert window_report({"host": pack(path.read_bytes())}, "patchday") == report_of(host=path)


def test_what_still_ran_needs_a_person(path: pathlib.Path) -> None:
    write_eventful_window(path, "commvault", 20)
    still_running = {"one": ["nightly"], "elsewhere": ["other"]}
    journals = {"one": encoded(path), "two": encoded(path)}
    report = window_report(journals, "patchday", ["one", "two"], still_running)
    assert [system["still_running"] for system in report["systems"]] == [["nightly"], []]
    need = report["needs_attention"][-1]
    assert (need["host"], need["name"], need["outcome"]) == ("one", "nightly", None)
    assert need["reason"] == "It still ran when the time to wait for its end was over."


def test_what_the_run_knows_and_no_journal_tells_of_needs_a_person(path: pathlib.Path) -> None:
    write_eventful_window(path, "commvault", 20)
    known = [entry["id"] for entry in window_jobs(path.read_text())]
    journals = {"one": encoded(path), "gone": None}
    before = window_report(journals, "patchday", ["one", "gone", "lost"])["needs_attention"]
    suspended = {"one": [*known, "x"], "gone": ["y"], "lost": ["z"]}
    needs = window_report(journals, "patchday", ["one", "gone", "lost"], suspended=suspended)["needs_attention"]
    more = [need for need in needs if need not in before]
    assert [(need["host"], need["id"], need["outcome"]) for need in more] == [
        ("one", "x", None),
        ("gone", "y", None),
        ("lost", "z", None),
    ]
    assert more[0]["reason"].startswith("This run has suspended it, and no journal tells what became of it: look for")


def test_a_job_from_its_suspension_to_its_end(path: pathlib.Path) -> None:
    with window(path, "commvault") as night:
        night.suspend(job("781", "nightly-files", "fileserver01"), seconds=2)
        night.clock.sleep(600)
        night.resume(job("781"), seconds=3)
    assert window_jobs(path.read_text()) == [
        {
            "id": "781",
            "name": "nightly-files",
            "type": "Backup",
            "owner": "fileserver01",
            "system": "commvault",
            "before": "running",
            "outcome": "resumed",
            "why": "",
            "intended_at": "2026-05-16T22:00:03Z",
            "suspended_at": "2026-05-16T22:00:05Z",
            "ended_at": "2026-05-16T22:10:08Z",
        }
    ]


def test_every_outcome(path: pathlib.Path) -> None:
    with window(path) as night:
        journal = night.journal
        journal.intend("patchday", [job("lost"), job("refused")])
        journal.not_suspended("refused", "it is completed")
        night.suspend(*(job(name) for name in ("kept", "back", "away", "found", "waiting")))
        night.resume(job("back"))
        journal.intend_resume([job("away"), job("found"), job("waiting")])
        journal.missing("away")
        journal.left("found", "somebody resumed it meanwhile")
    assert outcomes(path) == {
        "lost": "unsettled",
        "refused": "not_suspended",
        "kept": "suspended",
        "back": "resumed",
        "away": "missing",
        "found": "left",
        "waiting": "unsettled",
    }
    by_id = {entry["id"]: entry for entry in window_jobs(path.read_text())}
    assert by_id["found"]["why"] == "somebody resumed it meanwhile"
    assert by_id["refused"]["suspended_at"] is None
    assert all(by_id[name]["ended_at"] is None for name in ("lost", "kept", "waiting", "away"))
    assert all(by_id[name]["ended_at"] for name in ("refused", "back", "found"))


def test_a_job_that_turned_out_to_be_suspended_still_keeps_its_first_time(path: pathlib.Path) -> None:
    with window(path) as night:
        night.suspend(job("a"))
        night.journal.intend_resume([job("a")])
        night.clock.sleep(60)
        night.journal.suspended("a")
    (entry,) = window_jobs(path.read_text())
    assert (entry["outcome"], entry["suspended_at"], entry["ended_at"]) == ("suspended", "2026-05-16T22:00:04Z", None)


def test_the_last_window_of_a_job_counts_and_decides_its_place(path: pathlib.Path) -> None:
    with window(path, name="first") as night:
        night.suspend(job("a"), job("b"))
        night.resume(job("a"), job("b"))
        night.journal.close_window(night.name)
    with window(path, name="second", at=OPENED + 86400) as night:
        night.suspend(job("a"))
    (entry,) = window_jobs(path.read_text())
    assert (entry["id"], entry["suspended_at"], entry["ended_at"]) == ("a", "2026-05-17T22:00:04Z", None)
    assert [job["outcome"] for job in window_jobs(path.read_text(), "first")] == ["resumed", "resumed"]
    assert window_jobs(path.read_text(), "third") == []


def test_a_job_that_two_windows_hold_is_told_of_in_both(path: pathlib.Path) -> None:
    with window(path, name="first") as night:
        night.suspend(job("a"), job("b"))
    with window(path, name="second", at=OPENED + 60) as night:
        night.journal.hold("second", "a")
        night.clock.sleep(60)
        night.journal.hand_over("first", "a")
        night.resume(job("b"))
        night.journal.close_window("first")
        assert {one["id"]: one["outcome"] for one in window_jobs(path.read_text(), "first")} == {
            "a": "handed_over",
            "b": "resumed",
        }
        (held,) = window_jobs(path.read_text(), "second")
        assert (held["outcome"], held["suspended_at"]) == ("suspended", "2026-05-16T22:01:03Z")
        night.resume(job("a"))
    (resumed,) = window_jobs(path.read_text(), "second")
    assert (resumed["outcome"], resumed["ended_at"]) == ("resumed", "2026-05-16T22:02:05Z")
    assert window_jobs(path.read_text(), "first")[0]["outcome"] == "handed_over"
    totals = window_report({"host": encoded(path)}, "first")["totals"]
    assert (totals["suspended"], totals["resumed"], totals["handed_over"], totals["still_suspended"]) == (2, 1, 1, 0)


def test_what_is_missing_is_in_the_report_of_the_next_window_of_that_name(path: pathlib.Path) -> None:
    with window(path) as night:
        night.suspend(job("a"), job("b"))
        night.journal.missing("a")
        night.resume(job("b"))
        night.journal.close_window(night.name)
    with window(path, at=OPENED + 86400) as night:
        night.suspend(job("c"))
    assert outcomes(path) == {"a": "missing", "c": "suspended"}
    (need, _other) = window_report({"host": encoded(path)}, "patchday")["needs_attention"][::-1]
    assert (need["id"], need["outcome"]) == ("a", "missing")
    assert "forget_missing" in need["reason"]
    with window(path, at=OPENED + 2 * 86400) as night:
        night.journal.forget("a")
    assert outcomes(path)["a"] == "gone"


def test_a_report_is_about_one_window_only(path: pathlib.Path) -> None:
    """Also when the same name is used night after night."""
    for night_number in range(3):
        with window(path, at=OPENED + night_number * 86400) as night:
            night.suspend(job(f"job-{night_number}"))
            night.resume(job(f"job-{night_number}"))
            night.journal.close_window(night.name)
    report = report_of(host=path)
    assert [entry["id"] for entry in report["systems"][0]["jobs"]] == ["job-2"]
    assert (report["began"], report["last_event"]) == ("2026-05-18T22:00:03Z", "2026-05-18T22:00:05Z")


def test_every_torn_end_is_tolerated(path: pathlib.Path) -> None:
    with window(path) as night:
        night.suspend(job("a"))
    whole = path.read_text()
    last = whole.rstrip("\n").rfind("\n") + 1
    for cut in range(last, len(whole)):
        assert [entry["outcome"] for entry in window_jobs(whole[:cut])] == ["unsettled"]


@pytest.mark.parametrize("broken", ["{}", "[]", "", "\ufffd", '{"n": 2, "event": "suspended", "id": "a"}'])
def test_other_damage_is_one_sentence_that_shows_the_line(path: pathlib.Path, broken: str) -> None:
    with window(path) as night:
        night.suspend(job("a"))
    first, *_others, last = path.read_text().splitlines()
    with pytest.raises(AnsibleFilterError, match=r"^window_jobs: journal: line 2 of the text is damaged"):
        window_jobs("\n".join([first, broken, last, ""]))


def test_a_record_without_a_time_is_damage(path: pathlib.Path) -> None:
    with window(path) as night:
        night.suspend(job("a"))
    *records, last = path.read_bytes().splitlines(keepends=True)
    record = json.loads(last)
    del record["at"], record["crc"]
    with pytest.raises(AnsibleFilterError, match="line 4"):
        window_jobs((b"".join(records) + encode(record)).decode())


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        window_jobs(text)
    except AnsibleFilterError:
        pass


@pytest.mark.parametrize("wrong", [None, 7, ["x"], {"a": "b"}])
def test_what_is_no_journal_is_one_sentence(wrong: t.Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"^window_jobs: takes the text of a journal"):
        window_jobs(wrong)
    with pytest.raises(AnsibleFilterError, match=r"^window_report: "):
        window_report(wrong if not isinstance(wrong, dict) else {"host": "no base64!"}, "patchday")
    with pytest.raises(AnsibleFilterError, match=r"^window_page: "):
        window_page(wrong)


def test_totals_count_each_job_once(tmp_path: pathlib.Path) -> None:
    paths = {system: tmp_path / system for system in ("veeam", "drs")}
    for system, path in paths.items():
        write_eventful_window(path, system, 50)
    report = report_of(**paths)
    for totals, jobs_of in [(report["totals"], 100)] + [(system["totals"], 50) for system in report["systems"]]:
        assert sum(totals.values()) - totals["suspended"] == jobs_of
    first, second = (system["totals"] for system in report["systems"])
    assert report["totals"] == {name: first[name] + second[name] for name in first}
    assert first == {
        "suspended": 46,
        "resumed": 37,
        "left": 3,
        "handed_over": 0,
        "gone": 1,
        "not_suspended": 2,
        "unsettled": 4,
        "missing": 0,
        "still_suspended": 3,
    }


def test_what_needs_a_person_is_the_most_urgent_first(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "veeam"
    write_eventful_window(path, "veeam", 50)
    needs = report_of(one=path, two=path)["needs_attention"]
    order = [need["outcome"] for need in needs]
    assert order == ["suspended"] * 6 + ["unsettled"] * 8 + ["gone"] * 2 + ["left"] * 6
    assert {need["host"] for need in needs[:6]} == {"one", "two"}
    assert needs[-1]["reason"] == "It was not resumed: somebody resumed it meanwhile."
    assert all(need["reason"].endswith(".") and need["name"] and need["id"] for need in needs)


def test_a_journal_that_cannot_be_used_does_not_prevent_the_report(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    with window(path) as night:
        night.suspend(job("a"))
    with window(tmp_path / "other", name="patchday-2") as night:
        night.suspend(job("b"))
    journals = {
        "good": encoded(path),
        "none": None,
        "damaged": base64.b64encode(b"{}\n" + path.read_bytes()).decode(),
        "other": encoded(tmp_path / "other"),
        "empty": "",
    }
    report = window_report(journals, "patchday", hosts=[*journals, "unreachable"])
    assert {system["host"]: system["journal"] for system in report["systems"]} == {
        "good": "read",
        "none": "missing",
        "damaged": "damaged",
        "other": "other",
        "empty": "read",
        "unreachable": "unread",
    }
    assert [need["host"] for need in report["needs_attention"]] == ["damaged", "other", "unreachable", "good"]
    assert "line 1 of the journal of damaged is damaged" in report["needs_attention"][0]["reason"]
    assert "patchday-2" in report["needs_attention"][1]["reason"]
    assert report["totals"]["suspended"] == 1
    page = window_page(report)
    assert next(lane["note"] for lane in page["timeline"]["lanes"] if not lane["groups"]) == "no journal"
    assert "3 journal not usable" in page["verdict"]


def test_a_window_without_jobs_has_no_time_line(path: pathlib.Path) -> None:
    with window(path):
        pass
    for report in (report_of(host=path), window_report({}, "patchday"), window_report({"host": None}, "patchday")):
        page = window_page(report)
        assert (page["timeline"], page["period"], page["verdict"]) == (None, "", "The window suspended no job.")
        assert page["is_settled"]


def test_a_window_that_suspends_nothing_does_not_show_the_jobs_of_the_last_one(path: pathlib.Path) -> None:
    with window(path) as night:
        night.suspend(*jobs("a", 3))
        night.resume(*jobs("a", 3))
        night.journal.close_window(night.name)
    with window(path, at=OPENED + 7 * 86400) as night:
        night.journal.close_window(night.name)
    assert window_page(report_of(host=path))["verdict"] == "The window suspended no job."


def test_a_closed_window_is_settled(path: pathlib.Path) -> None:
    with window(path) as night:
        night.suspend(*jobs("a", 3))
        night.resume(*jobs("a", 3))
        night.journal.close_window(night.name)
    page = window_page(report_of(host=path))
    assert page["is_settled"]
    assert page["verdict"] == "The window is closed: 3 jobs were suspended and resumed."
    assert page["period"] == "2026-05-16 22:00:03 to 22:00:09 UTC (6 s)"


@given(
    number=st.integers(1, 60),
    length=st.floats(0, 40 * 86400),
    closing=st.integers(0, 60),
)
def test_every_bar_is_in_its_lane_and_in_the_plot(
    tmp_path_factory: pytest.TempPathFactory, number: int, length: float, closing: int
) -> None:
    path = tmp_path_factory.mktemp("journal") / "x"
    all_jobs = jobs("a", number)
    with window(path) as night:
        night.suspend(*all_jobs)
        night.clock.sleep(length)
        night.resume(*all_jobs[:closing])
    timeline = window_page(report_of(one=path, two=path))["timeline"]
    assert 1 <= len(timeline["ticks"]) <= 10 or length < 60
    bottom = timeline["top"]
    for lane in timeline["lanes"]:
        assert lane["y"] == bottom
        bottom = lane["y"] + lane["height"]
        bars = [drawn for group in lane["groups"] for drawn in group["bars"]]
        assert len(bars) == number
        for drawn in bars:
            assert lane["y"] < drawn["y"] < drawn["y"] + drawn["height"] <= bottom
            assert drawn["x"] >= LEFT
            assert drawn["x"] + drawn["width"] <= LEFT + PLOT + 0.2
            assert min(drawn["height"], drawn["width"]) >= 1
        tops = [drawn["y"] for drawn in bars]
        assert tops == sorted(set(tops))
        middles = [group["middle"] for group in lane["groups"]]
        assert all(second - first >= _timeline.GROUP_MINIMUM for first, second in zip(middles, middles[1:]))
    assert bottom == timeline["bottom"] < timeline["height"]


def test_thousands_of_jobs_stay_on_one_page(path: pathlib.Path) -> None:
    with window(path) as night:
        night.suspend(*jobs("a", 400), seconds=0.1)
    assert window_page(report_of(host=path))["timeline"]["height"] < 1400


@pytest.mark.parametrize(
    ("start", "length", "first", "number"),
    [
        ("22:00:03", 90, ["16 May 22:00:10", "22:00:20"], 9),
        ("22:00:03", 5400, ["16 May 22:10", "22:20"], 9),
        ("22:00:00", 4 * 3600, ["16 May 22:00", "22:30", "23:00", "23:30", "17 May 00:00", "00:30"], 9),
        ("22:00:03", 3 * 86400, ["17 May 00:00", "12:00", "18 May 00:00"], 6),
        ("22:00:03", 5 * 86400, ["17 May 2026", "18 May 2026"], 5),
        ("22:00:03", 2000 * 86400, ["22 Oct 2026"], 6),
    ],
)
def test_ticks_are_round_times_and_show_the_day_where_it_begins(
    start: str, length: float, first: list[str], number: int
) -> None:
    begin = _timeline.moment(f"2026-05-16T{start}Z")
    found = ticks(Scale(begin, begin + length))
    assert [f"{tick['day']} {tick['label']}".strip() for tick in found][: len(first)] == first
    assert len(found) == number
    assert [tick["x"] for tick in found] == sorted(tick["x"] for tick in found)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.6, "1 min"), (61, "1 min 1 s"), (3600, "1 h"), (4210, "1 h 10 min"), (90000, "1 d 1 h")],
)
def test_durations_are_in_two_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_what_no_page_can_hold_is_replaced_there(path: pathlib.Path) -> None:
    name = "bell\x07 half\ud800 <b>"
    with window(path) as night:
        night.suspend(job("a", name))
    report = report_of(host=path)
    assert report["systems"][0]["jobs"][0]["name"] == "bell\x07 half\ufffd <b>"
    assert window_page(report)["systems"][0]["jobs"][0]["name"] == "bell\ufffd half\ufffd <b>"


def test_names_of_fields_are_no_way_around_that(path: pathlib.Path) -> None:
    with window(path) as night:
        night.suspend(job("a", "a"))
    report = report_of(host=path)
    report["totals"]["half\ud800"] = 0
    assert "half\ufffd" in window_page(report)["totals"]


def test_a_report_that_is_nested_without_end_is_none() -> None:
    deep: list[object] = []
    for _level in range(2000):
        deep = [deep]
    with pytest.raises(AnsibleFilterError, match="window_page: takes a report"):
        window_page({"totals": deep})
