# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The status of windows from their journals: what is said, what counts as trouble, and what cannot be read."""

from __future__ import annotations

import base64
import json
import pathlib
import typing as t

import pytest
from ansible.errors import AnsibleFilterError
from support.journals import OPENED, job, jobs, window, write_earlier_window

from ansible_collections.batchops.job_control.plugins.filter.window_status import window_status
from ansible_collections.batchops.job_control.plugins.module_utils._journal.copies import pack
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Run

#: Windows are opened at 22:00:03 UTC, and looked at ten minutes after midnight.
NOW = OPENED + 7800
LATER = OPENED + 5 * 3600  # 03:00:03
OVER = OPENED + 3600  # 23:00:03
OPS = Run("17", "ops", "ctl01", "ansible-playbook 17")
CLOSER = "ansible-playbook batchops.job_control.close_expired_windows"
LOOK = "ansible-playbook batchops.job_control.window_status"

Found = dict[str, t.Any]


def found(path: pathlib.Path) -> Found:
    return {"content": base64.b64encode(path.read_bytes()).decode()}


def status(**journals: pathlib.Path | Found | None) -> dict[str, t.Any]:
    return asked(None, **journals)


def asked(name: str | None, **journals: pathlib.Path | Found | None) -> dict[str, t.Any]:
    """The status of one window, or of all."""
    given = {host: found(each) if isinstance(each, pathlib.Path) else each for host, each in journals.items()}
    return window_status(given, name, now=NOW)


def opened(path: pathlib.Path, *held: str, name: str = "patch-day", at: float = OPENED, **more: t.Any) -> pathlib.Path:
    with window(path, name=name, at=at, **{"expires": LATER, "run": OPS, **more}) as night:
        night.suspend(*map(job, held))
    return path


def test_a_window_in_time(tmp_path: pathlib.Path) -> None:
    a, b = opened(tmp_path / "a", "1", "2"), opened(tmp_path / "b", "3", at=OPENED + 60)
    told = status(a=a, b=b)
    assert told["lines"] == [
        "patch-day: open for 2 h 10 min by ops@ctl01 (ansible-playbook 17), ends 03:00 UTC; 3 jobs held on 2 systems",
        "  a: 2 jobs held since 2026-05-16 22:00 UTC",
        "  b: 1 job held since 2026-05-16 22:01 UTC",
    ]
    assert (told["ok"], told["verdict"], told["schema"], told["at"]) == (True, "", 1, "2026-05-17T00:10:03Z")
    assert told["windows"] == [
        {
            "name": "patch-day",
            "state": "open",
            "phase": "open",
            "opened": "2026-05-16T22:00:03Z",
            "expires": "2026-05-17T03:00:03Z",
            "last_step": "2026-05-16T22:01:04Z",
            "age_seconds": 7800,
            "expires_in_seconds": 10200,
            "by": "ops@ctl01 (ansible-playbook 17)",
            "closed": None,
            "closed_by": None,
            "held": 3,
            "missing": 0,
            "unsettled": 0,
            "switches": 0,
            "need_you": 0,
            "hosts": ["a", "b"],
        }
    ]
    assert [told[name] for name in ("expired", "damaged", "missing", "absent")] == [[], [], [], []]
    (there,) = told["systems"][1]["windows"]
    assert there["run"] == {"id": "17", "user": "ops", "controller": "ctl01", "process": "ansible-playbook 17"}
    assert there["jobs"] == [
        {
            "id": "3",
            "name": "name of 3",
            "type": "Backup",
            "owner": "client",
            "kind": "",
            "before": "running",
            "stage": "suspended",
            "is_missing": False,
            "windows": ["patch-day"],
        }
    ]


@pytest.mark.parametrize(("end", "state"), [(NOW - 1, "expired"), (NOW, "expired"), (NOW + 1, "open"), (None, "open")])
def test_the_moment_at_which_a_window_is_over(tmp_path: pathlib.Path, end: float | None, state: str) -> None:
    told = status(a=opened(tmp_path / "a", "1", expires=end))
    assert told["windows"][0]["state"] == state
    assert told["ok"] == (state == "open")
    assert ("has no end" in told["lines"][0]) == (end is None)


def test_a_window_that_is_over(tmp_path: pathlib.Path) -> None:
    """On one system; on another one its end was moved."""
    told = status(a=opened(tmp_path / "a", "1", "2", expires=OVER), b=opened(tmp_path / "b", "3"))
    assert told["lines"] == [
        "patch-day: open for 2 h 10 min by ops@ctl01 (ansible-playbook 17), over since 2026-05-16 23:00 UTC; "
        "3 jobs held on 2 systems",
        "  a: 2 jobs held since 2026-05-16 22:00 UTC",
        "  b: 1 job held since 2026-05-16 22:00 UTC, in time",
    ]
    assert told["verdict"] == (
        "Over, and still open with 3 jobs: patch-day (since 2026-05-16 23:00 UTC); to close what is over run "
        f"`{CLOSER}`."
    )
    assert (told["ok"], told["expired"]) == (False, ["patch-day"])


def test_commands_get_the_options_of_the_run(tmp_path: pathlib.Path) -> None:
    """What is not the same for all hosts is left to the inventory."""
    file = found(opened(tmp_path / "a", "1", expires=OVER))
    folder, host = {"maintenance_window_journal_folder": "/w"}, {"maintenance_window_journal_host": "keeper"}
    for settings, expected in (
        (({**folder, **host}, folder), "-i hosts.yml -i 'my hosts' -e maintenance_window_journal_folder=/w"),
        ((folder, {}), "-i hosts.yml -i 'my hosts'"),
        ((folder, None), "-i hosts.yml -i 'my hosts' -e maintenance_window_journal_folder=/w"),
    ):
        sources = {name: {**file, "settings": each} for name, each in zip("ab", settings)}
        told = window_status(sources, inventories=["hosts.yml", "my hosts"], now=NOW)
        assert f"run `{CLOSER} {expected}`." in told["verdict"]


def test_several_windows(tmp_path: pathlib.Path) -> None:
    """The oldest first; a job that two of them hold counts for both."""
    path = opened(tmp_path / "a", "1", name="early")
    with window(path, name="late", at=OPENED + 600, expires=OVER) as night:
        night.journal.hold("late", "1")
    told = status(a=path)
    assert [(each["name"], each["state"], each["held"]) for each in told["windows"]] == [
        ("early", "open", 1),
        ("late", "expired", 1),
    ]
    assert told["systems"][0]["windows"][0]["jobs"][0]["windows"] == ["early", "late"]
    assert "late: open for 2 h by an unknown run, over since" in told["lines"][2]
    assert [each["name"] for each in asked("early", a=path)["windows"]] == ["early"]
    assert asked("early", a=path)["ok"]


def test_nothing_open(tmp_path: pathlib.Path) -> None:
    with window(tmp_path / "a", name="patch-day") as night:
        night.suspend(job("1"))
        night.resume(job("1"))
        night.journal.close_window("patch-day", OPS)
    told = status(a=tmp_path / "a", b={})
    assert told["lines"] == ["No window is open by the journals of 1 job system; without a journal: b."]
    assert (told["ok"], told["windows"], told["absent"]) == (True, [], ["b"])
    assert status(b={})["lines"] == ["No window is known; without a journal: b."]
    assert status(a=tmp_path / "a", b={"problem": "It is dark."})["lines"] == [
        "No window is open by the journals of 1 job system; what is open is not known on b.",
        "b: its journal could not be read: It is dark.",
    ]
    told = asked("patch-day", a=tmp_path / "a")
    assert told["ok"]
    assert told["lines"] == [
        "patch-day: closed since 2026-05-16 22:00 UTC by ops@ctl01 (ansible-playbook 17); no job held",
        "  a: no job held, closed since 2026-05-16 22:00 UTC",
    ]


@pytest.mark.parametrize("name", ["patchday", "a/b"])
def test_a_name_that_no_journal_knows(tmp_path: pathlib.Path, name: str) -> None:
    told = asked(name, a=opened(tmp_path / "a", "1"), b={})
    assert not told["ok"]
    assert told["verdict"] == (
        f"No journal of 2 job systems knows a window '{name}'; check the name, the folder and the host of the "
        "journals. Open is: patch-day."
    )
    assert told["lines"] == [told["verdict"], "Without a journal: b."]
    assert asked(name, b={})["verdict"].endswith("No window is open there.")


def test_jobs_of_a_closed_window_that_are_missing(tmp_path: pathlib.Path) -> None:
    """They are looked for by the next close of a window of that name; until then not all is well."""
    with window(tmp_path / "a", name="patch day", run=OPS) as night:
        night.suspend(*jobs("job", 2))
        night.journal.intend_resume(jobs("job", 2))
        night.journal.missing("job-1")
        night.journal.resumed("job-2")
        assert status(a=tmp_path / "a")["ok"]  # open, and in time
        night.journal.close_window("patch day")
    told = status(a=tmp_path / "a", b=opened(tmp_path / "b", "1"))
    assert told["verdict"] == (
        "Missing since the window patch day was closed: 1 job on a; to look for them again run `ansible-playbook "
        "batchops.job_control.resume_jobs -e '{maintenance_window_name: patch day}'`, with -e "
        "maintenance_window_forget_missing=true when they are gone."
    )
    assert told["missing"] == [
        {
            "host": "a",
            "window": "patch day",
            "id": "job-1",
            "name": "name of job-1",
            "type": "Backup",
            "owner": "client",
        }
    ]
    assert told["lines"][0].endswith("; no job held on 1 system, 1 needs you")
    assert told["lines"][1].startswith("  a: no job held, 1 missing, closed since")


def test_a_window_while_it_opens_and_while_it_closes(tmp_path: pathlib.Path) -> None:
    path = opened(tmp_path / "a", "1", "2", at=NOW - 200)
    b = opened(tmp_path / "b", "4", at=NOW - 200)

    def looked(at: float) -> tuple[list[t.Any], list[str]]:
        told = window_status({"a": found(path), "b": found(b)}, now=at)
        return [told["windows"][0][key] for key in ("phase", "held", "unsettled", "need_you")], told["lines"]

    with window(path, name="patch-day", at=NOW - 10) as night:
        night.journal.intend("patch-day", [job("3")])
        data, lines = looked(NOW)
        assert data == ["opening", 4, 1, 0]
        assert lines[:3] == [
            "patch-day: opening for 3 min 20 s by ops@ctl01 (ansible-playbook 17), ends 03:00 UTC; "
            "4 jobs held on 2 systems, 1 under way",
            "  a: opening, 3 jobs held since 00:06 UTC, 1 under way, last step 10 s ago",
            "  b: 1 job held since 00:06 UTC",
        ]
        night.journal.suspended("3")
        assert looked(NOW)[0] == ["open", 4, 0, 0]
        night.journal.intend_resume([job("1"), job("2")])
        data, lines = looked(NOW)
        assert data == ["closing", 4, 2, 0]
        assert lines[0].startswith("patch-day: closing, open for 3 min 20 s by ops@ctl01")
        assert lines[0].endswith("4 jobs held on 2 systems, 2 under way")


def test_a_request_whose_run_has_died(tmp_path: pathlib.Path) -> None:
    """Nothing was written down for a quarter of an hour; until then a run may be at work."""
    path = opened(tmp_path / "a", "1", "2")
    with window(path, name="patch-day", at=OPENED + 60) as night:
        night.journal.intend_resume([job("1")])
        night.journal.intend("patch-day", [job("3")])
    told = status(a=path)
    assert [told["windows"][0][count] for count in ("held", "missing", "unsettled", "need_you")] == [3, 0, 2, 2]
    assert told["lines"] == [
        "patch-day: closing, open for 2 h 10 min by ops@ctl01 (ansible-playbook 17), ends 03:00 UTC; "
        "3 jobs held on 1 system, 2 need you",
        "  a: closing, 3 jobs held since 2026-05-16 22:00 UTC, 2 with a last request of which no outcome is known, "
        "last step 2 h 9 min ago",
        "  Closing it finds out what the last requests have done: `ansible-playbook batchops.job_control.resume_jobs "
        "-e maintenance_window_name=patch-day`",
    ]
    assert told["ok"]
    assert [each["stage"] for each in told["systems"][0]["windows"][0]["jobs"]] == ["resuming", "suspended", "intended"]
    for seconds, need_you in ((899, 0), (900, 2)):
        told = window_status({"a": found(path)}, now=OPENED + 60 + seconds)
        assert told["windows"][0]["need_you"] == need_you


def test_a_job_that_is_missing_while_its_window_is_open(tmp_path: pathlib.Path) -> None:
    path = opened(tmp_path / "a", "1", "2", "3")
    with window(path, name="patch-day", at=NOW) as night:
        night.journal.intend_resume([job("1"), job("2")])
        night.journal.missing("1")
    told = status(a=path)
    assert told["lines"] == [
        "patch-day: closing, open for 2 h 10 min by ops@ctl01 (ansible-playbook 17), ends 03:00 UTC; "
        "2 jobs held on 1 system, 1 under way, 1 needs you",
        "  a: closing, 2 jobs held since 2026-05-16 22:00 UTC, 1 missing, 1 under way, last step 0 s ago",
        "  Closing it looks for what is missing: `ansible-playbook batchops.job_control.resume_jobs "
        "-e maintenance_window_name=patch-day`",
    ]


def test_the_jobs_by_name(tmp_path: pathlib.Path) -> None:
    path = opened(tmp_path / "a", "1", "2")
    with window(path, name="patch-day") as night:
        night.journal.intend("patch-day", [job("agent:x", "agent:x", owner="")], "agent", "hold")
        night.journal.suspended("agent:x")
        night.journal.intend_resume([job("2")])
        night.journal.missing("1")
    told = window_status({"a": found(path)}, with_names=True, now=NOW)
    assert told["lines"][2:5] == [
        "    name of 1 (1), Backup of client: missing, was running",
        "    name of 2 (2), Backup of client: being resumed, was running",
        "    agent:x, agent: set, was running",
    ]
    assert "name of" not in " ".join(status(a=path)["lines"])


def test_switches_that_a_window_has_set(tmp_path: pathlib.Path) -> None:
    path = opened(tmp_path / "a", "1")
    with window(path, name="patch-day") as night:
        night.journal.intend("patch-day", [job("agent:x"), job("agent:y")], "agent", "hold")
        night.journal.suspended("agent:x")
    told = status(a=path)
    assert [told["windows"][0][count] for count in ("held", "switches", "unsettled")] == [1, 2, 1]
    assert told["lines"][0].endswith("1 job held on 1 system, 2 switches set, 1 needs you")
    assert ", 1 with a last request of which no outcome is known, last step" in told["lines"][1]
    assert told["lines"][1].endswith("ago, 2 switches set")


def test_journals_that_cannot_be_used(tmp_path: pathlib.Path) -> None:
    """The others are told of, and not all is well."""
    good = opened(tmp_path / "good", "1")
    lines = opened(tmp_path / "bad", "2").read_bytes().splitlines(keepends=True)
    bad = b"".join([lines[0], lines[1].replace(b"patch-day", b"patch-dai"), *lines[2:]])
    file = {"exists": True, "isreg": True, "mode": "0600", "nlink": 1, "path": "/w/x.journal"}
    told = window_status(
        {
            "good": found(good),
            "bad": {"content": base64.b64encode(bad).decode()},
            "other": {"content": base64.b64encode(b"root:x:0:0\n").decode()},
            "far": {"problem": "Permission denied"},
            "none": None,
            "open": {**found(good), "stat": {**file, "mode": "0640"}},
            "linked": {**found(good), "stat": {**file, "nlink": 2}},
            "link": {"stat": {**file, "isreg": False}},
            "fine": {**found(good), "stat": file},
        },
        hosts=["good", "bad", "other", "far", "none", "gone", "open", "linked", "link", "fine"],
        now=NOW,
    )
    journals = {each["host"]: each["journal"] for each in told["damaged"]}
    assert journals == {
        "bad": "damaged",
        "other": "damaged",
        "far": "unread",
        "none": "unread",
        "gone": "unread",
        "open": "refused",
        "linked": "refused",
        "link": "refused",
    }
    reasons = {each["host"]: each["reason"] for each in told["damaged"]}
    assert "line 2 of the journal of bad is damaged" in reasons["bad"]
    assert "is not a journal of this collection" in reasons["other"]
    assert "root" not in json.dumps(told)
    assert reasons["far"] == "Permission denied"
    assert reasons["gone"] == "The host failed or was unreachable."
    assert reasons["open"].endswith("its mode is 0640; check what it says, then run `chmod 0600 /w/x.journal`.")
    assert reasons["linked"].endswith("with `cp -p /w/x.journal /w/x.journal.own && mv /w/x.journal.own /w/x.journal`.")
    assert not told["ok"]
    assert told["verdict"] == (
        "What is open on far, none, gone is not known, as the journal could not be read; when that is mended look "
        f"again with `{LOOK}`. "
        "What is open on open, linked, link is not known, as the journal is not used; do what is said above, then look "
        f"again with `{LOOK}`. "
        "What is open on bad, other is not known, as the journal is damaged; restore it from a copy. If there is none, "
        "`ansible bad,other -m batchops.job_control.job_info -a states=suspended,held` shows what is suspended now, "
        "and job_resume with job_ids resumes what was ours."
    )
    assert told["windows"][0]["hosts"] == ["good", "fine"]
    assert "far: its journal could not be read: Permission denied" in told["lines"]


def test_journals_of_version_1_0_0(tmp_path: pathlib.Path) -> None:
    """One in its own place is read; one in the folder of its window is only in the way while it is needed."""
    write_earlier_window(tmp_path / "open", "patch-day")
    write_earlier_window(tmp_path / "closed", "patch-day", is_closed=True)
    told = status(a=tmp_path / "open", b=tmp_path / "closed")
    assert [(each["name"], each["hosts"]) for each in told["windows"]] == [("patch-day", ["a"])]

    def before(*names: str) -> Found:
        return {"before": [{**found(tmp_path / name), "source": f"/w/{name}"} for name in names]}

    (tmp_path / "damaged").write_bytes((tmp_path / "open").read_bytes()[3:])
    told = status(a=before("closed"), b=before("closed", "open"), c=before("damaged"))
    assert {each["host"]: each["journal"] for each in told["damaged"]} == {"b": "refused", "c": "refused"}
    assert told["absent"] == ["a"]
    assert told["damaged"][0]["reason"] == (
        "/w/open is a journal by version 1.0.0 whose window is open. Move the file to where the journals are now, "
        "where no other must be, and close the window."
    )


def test_a_torn_last_line_is_no_damage(tmp_path: pathlib.Path) -> None:
    data = opened(tmp_path / "a", "1", "2").read_bytes()
    told = status(a={"content": base64.b64encode(data[:-5]).decode()})
    assert (told["windows"][0]["held"], told["windows"][0]["unsettled"]) == (2, 1)


def test_a_copy_in_the_facts(tmp_path: pathlib.Path) -> None:
    """The one that tells more counts; two that tell different stories cannot be used."""
    path = opened(tmp_path / "a", "1")
    before = path.read_bytes()
    opened(path, "2")
    copy = pack(path.read_bytes())
    older = base64.b64encode(before).decode()
    for each in ({"copy": copy}, {"content": older, "copy": copy}, {**found(path), "copy": pack(before)}):
        assert status(a=each)["windows"][0]["held"] == 2
    other = opened(tmp_path / "b", "3")
    assert (
        "tell different stories" in status(a={**found(path), "copy": pack(other.read_bytes())})["damaged"][0]["reason"]
    )
    assert status(a={"copy": "garbage"})["damaged"][0]["journal"] == "damaged"


def test_what_products_say_is_text_and_nothing_else(tmp_path: pathlib.Path) -> None:
    """Ansible keeps the status in a variable, where a template would be carried out."""
    with window(tmp_path / "a", name="{{ 7*7 }}", run=Run("1", "{% if %}", "{# #}")) as night:
        night.suspend(job("{{ 1 }}", "\x1b[31m{{{ lookup('pipe', 'id') }}}", "\ud800"))
    told = json.dumps(status(a=tmp_path / "a"))
    assert not [word for word in ("{{ ", "{{{", "{%", "{#", "\\u001b", "\\ud800") if word in told.replace("[{", "")]
    assert "{ { 7*7 }}" in told


def test_what_is_no_journal_at_all() -> None:
    with pytest.raises(AnsibleFilterError, match="takes a dictionary of what was found, not list"):
        window_status(t.cast("t.Any", []))
    with pytest.raises(AnsibleFilterError, match="the journal of a is not in base64"):
        window_status({"a": {"content": "!"}})
