# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The copy of a journal, for hosts whose files do not outlive a run: nothing that may have been sent is forgotten, and
a newer journal is never replaced by an older one."""

from __future__ import annotations

import base64
import os
import pathlib
import typing as t
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.clock import FakeClock
from support.journals import job

from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._journal import copies, file
from ansible_collections.batchops.job_control.plugins.module_utils._journal.copies import newest, pack, unpack
from ansible_collections.batchops.job_control.plugins.module_utils._journal.file import Journal
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Stage
from ansible_collections.batchops.job_control.plugins.module_utils._journal.records import encode

JOBS = [job(name) for name in "abcd"]


class Host:
    """A place for the journal of one window; each run of it comes a second after the last."""

    def __init__(self, folder: pathlib.Path, clock: FakeClock) -> None:
        self.path = folder / "window.journal"
        self.clock = clock

    def journal(self, copy: str | None, check_mode: bool = False, must_exist: bool = False) -> Journal:
        self.clock.sleep(1)
        return Journal(str(self.path), self.clock, read_only=check_mode, must_exist=must_exist, copy=copy)

    def foretell(self, copy: str, *names: str) -> str:
        """Check mode: what would be suspended."""
        journal = self.journal(copy, check_mode=True)
        journal.open_window("memory", "memory://product", "patchday")
        journal.intend("patchday", [job(name) for name in names])
        return journal.pack()

    def plan_hold(self, copy: str, window: str, *names: str) -> str:
        """Check mode: what another window would hold."""
        journal = self.journal(copy, check_mode=True)
        journal.open_window("memory", "memory://product", window)
        for name in names:
            journal.hold(window, name)
        return journal.pack()

    def suspend(self, copy: str, *names: str, steps: int = 99) -> str:
        """Suspend jobs one after the other; with fewer steps, as far as it came before it was killed."""
        journal = self.journal(copy)
        todo: list[t.Callable[[], object]] = [lambda: journal.open_window("memory", "memory://product", "patchday")]
        for name in names:
            todo.append(lambda name=name: journal.intend("patchday", [job(name)]))  # type: ignore[misc]
            todo.append(lambda name=name: journal.suspended(name))  # type: ignore[misc]
        for step in todo[:steps]:
            step()
        journal.release()
        return journal.pack()

    def resume(self, copy: str) -> str:
        journal = self.journal(copy, must_exist=True)
        journal.intend_resume([job(entry.id) for entry in journal.ledger.open_entries])
        for entry in journal.ledger.open_entries:
            journal.resumed(entry.id)
        journal.close_window("patchday")
        journal.release()
        return journal.pack()

    def open_jobs(self, copy: str | None) -> dict[str, Stage]:
        journal = self.journal(copy, check_mode=True)
        return {entry.id: entry.stage for entry in journal.ledger.open_entries}


@pytest.fixture
def host(tmp_path: pathlib.Path) -> Host:
    return Host(tmp_path, FakeClock())


def lose_files(host: Host) -> None:
    host.path.unlink(missing_ok=True)


# --- the text -----------------------------------------------------------------------------------------------------


@given(st.binary(min_size=1))
def test_a_copy_is_read_back(data: bytes) -> None:
    assert unpack(pack(data)) == data
    assert unpack("") == b""


def test_a_password_is_not_in_a_copy_by_chance() -> None:
    """Ansible would mask it, and the copy could not be read any more."""
    data = b"a journal that says little"
    plain = pack(data)
    for start in range(len(plain) - 3):
        secret = plain[start : start + 3]
        other = pack(data, [secret, ""])
        assert secret not in other
        assert unpack(other) == data
    with pytest.raises(UsageError, match="no copy is free of a password of one or two characters"):
        pack(data * 99, list("0123456789+/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))


def bomb() -> str:
    return base64.b64encode(b"\0" + zlib.compress(bytes(1 << 27), 9)).decode()


@pytest.mark.parametrize(
    "text", ["x", "AAAA", "not base64!", "AA==", "==", pack(b"whole")[:-8], f"*{pack(b'whole')}", bomb()]
)
def test_what_is_no_copy(host: Host, text: str) -> None:
    with pytest.raises(UsageError, match="this is not what job_suspend or job_resume has returned"):
        host.journal(text)
    assert not host.path.exists()


def test_a_copy_of_something_else(host: Host) -> None:
    with pytest.raises(UsageError, match="journal_copy is not a journal"):
        host.journal(pack(b"a letter\n"))
    assert not host.path.exists()


# --- a file that is gone ------------------------------------------------------------------------------------------


def test_a_lost_file_comes_back_as_it_was(host: Host) -> None:
    copy = host.suspend("", "a", "b")
    written = host.path.read_bytes()
    lose_files(host)
    assert host.open_jobs(copy) == {"a": Stage.SUSPENDED, "b": Stage.SUSPENDED}
    assert not host.path.exists()  # check mode changes nothing
    host.journal(copy, must_exist=True).release()
    assert host.path.read_bytes() == written


def test_without_a_copy_a_lost_file_is_an_error(host: Host) -> None:
    for copy in (None, ""):
        with pytest.raises(UsageError, match="does not exist, so nothing is known to be suspended"):
            host.journal(copy, must_exist=True)


def test_check_mode_needs_no_folder_when_there_may_be_a_copy(tmp_path: pathlib.Path) -> None:
    nowhere = Host(tmp_path / "not" / "there", FakeClock())
    assert nowhere.open_jobs(nowhere.foretell("", "a")) == {"a": Stage.INTENDED}
    with pytest.raises(UsageError, match="is not a folder to write to"):
        nowhere.open_jobs(None)


@pytest.mark.parametrize("files_survive", [True, False])
@pytest.mark.parametrize("steps", range(2 * len(JOBS) + 2))
def test_a_suspend_that_is_killed_at_any_step(host: Host, steps: int, files_survive: bool) -> None:
    """Whatever may have been sent is open afterwards, by the copy that was stored before the first request."""
    before = host.suspend("", "z")
    copy = host.foretell(before, *"abcd")
    host.suspend(before, *"abcd", steps=steps)
    announced = host.open_jobs(None)
    if not files_survive:
        lose_files(host)
    found = host.open_jobs(copy)
    assert set(announced) <= set(found) <= set("zabcd")
    assert found["z"] is Stage.SUSPENDED
    if files_survive and steps > 1:
        assert found == announced  # the file knows better which requests were never sent
    after = host.resume(copy)
    assert host.open_jobs(after) == {}


def test_a_window_that_was_opened_after_its_copy_was_made(host: Host) -> None:
    """The plan and the run each open the window, a moment apart."""
    copy = host.foretell("", "a")
    host.suspend("", "a")
    assert host.open_jobs(copy) == {"a": Stage.SUSPENDED}


@pytest.mark.parametrize("files_survive", [True, False])
@pytest.mark.parametrize("steps", range(4))
def test_a_window_that_only_holds_and_is_killed_at_any_step(host: Host, steps: int, files_survive: bool) -> None:
    """Whatever of it is lost, the jobs that another window has suspended are held for it, as it was planned."""
    before = host.suspend("", *"ab")
    copy = host.plan_hold(before, "other", *"ab")
    journal = host.journal(before)
    todo: list[t.Callable[[], object]] = [
        lambda: journal.open_window("memory", "memory://product", "other"),
        lambda: journal.hold("other", "a"),
        lambda: journal.hold("other", "b"),
    ]
    for step in todo[:steps]:
        step()
    journal.release()
    if not files_survive:
        lose_files(host)
    ledger = host.journal(copy, check_mode=True).ledger
    assert ledger.open_windows == ["patchday", "other"]
    held = {entry.id for entry in ledger.held_by("other")}
    assert held == {"a", "b"} if not files_survive or steps in (0, 3) else held <= {"a", "b"}
    assert set(host.open_jobs(copy)) == {"a", "b"}


@pytest.mark.parametrize("steps", range(2 * len(JOBS) + 2))
def test_a_crashed_suspend_that_is_run_again(host: Host, steps: int) -> None:
    """The second one takes over what the first one may have sent, and a crash of it loses nothing either."""
    copy = host.foretell("", *"abcd")
    host.suspend("", *"abcd", steps=steps)
    lose_files(host)
    again = host.foretell(copy, "e")
    assert set(host.open_jobs(again)) == set("abcde")
    host.suspend(copy, "e")
    lose_files(host)
    assert set(host.open_jobs(again)) == set("abcde")


def test_a_run_that_must_find_a_journal_finds_its_copy(host: Host) -> None:
    copy = host.suspend("", "a")
    closed = host.resume(copy)
    for told in (copy, closed):
        lose_files(host)
        for check_mode in (True, False):
            journal = host.journal(told, check_mode=check_mode, must_exist=True)
            assert unpack(journal.pack()) == unpack(told)
            journal.release()


def test_a_file_that_is_completed_loses_nothing_in_between(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.suspend("", "a")
    behind = host.path.read_bytes()
    copy = host.suspend("", "b", "c")
    host.path.write_bytes(behind)
    kept: list[int] = []
    real = os.write

    def write(file: int, data: bytes) -> int:
        kept.append(host.path.stat().st_size)
        return real(file, data)

    monkeypatch.setattr(file.os, "write", write)
    host.journal(copy).release()
    assert kept == [len(behind)]
    assert host.path.read_bytes() == unpack(copy)


# --- which of the two is newer ------------------------------------------------------------------------------------


def test_a_file_that_went_on_is_kept(host: Host) -> None:
    old = host.suspend("", "a", "b")
    new = host.resume(old)
    written = host.path.read_bytes()
    host.journal(old).release()
    assert host.path.read_bytes() == written
    assert host.open_jobs(old) == host.open_jobs(new) == {}


def test_a_file_that_stayed_behind_is_completed(host: Host) -> None:
    """As on an execution node that did not run the last job."""
    old = host.suspend("", "a", "b")
    behind = host.path.read_bytes()
    new = host.resume(old)
    ahead = host.path.read_bytes()
    for whole in (behind, behind + ahead[len(behind) :][:9]):  # also with the trace of a crash
        host.path.write_bytes(whole)
        host.journal(new).release()
        assert host.path.read_bytes() == ahead


def test_two_that_went_on_alone(host: Host) -> None:
    """Nothing is guessed while the older of the two has open jobs; a closed copy is of no use to a newer file."""
    common = host.suspend("", "a")
    start = host.path.read_bytes()
    one = host.suspend(common, "b")
    host.path.write_bytes(start)
    host.suspend(common, "c")
    written = host.path.read_bytes()
    with pytest.raises(UsageError, match="tell different stories") as caught:
        host.journal(one)
    assert caught.value.code == "journal_copy_differs"
    assert host.path.read_bytes() == written

    host.path.write_bytes(start)
    closed = host.resume(common)
    host.path.write_bytes(start)
    host.suspend(common, "d")
    assert host.open_jobs(closed) == {"a": Stage.SUSPENDED, "d": Stage.SUSPENDED}

    host.path.write_bytes(written)
    with pytest.raises(UsageError, match="tell different stories"):  # "c" was suspended before that closing
        host.journal(closed)
    assert host.path.read_bytes() == written


def test_a_file_that_died_before_the_window_was_closed_elsewhere(host: Host) -> None:
    """Its jobs are closed by the copy, or they are not; an old file is not believed."""
    foretold = host.foretell("", "a")
    host.suspend("", "a")
    written = host.path.read_bytes()
    elsewhere = Host(host.path.parent / "elsewhere", host.clock)
    elsewhere.path.parent.mkdir()
    closed = elsewhere.resume(foretold)
    with pytest.raises(UsageError, match="tell different stories") as caught:
        host.journal(closed, must_exist=True)
    assert caught.value.code == "journal_copy_differs"
    assert host.path.read_bytes() == written


def test_an_old_file_does_not_pass_for_the_run_that_was_foretold(host: Host) -> None:
    """A file from before the plan knows nothing of what the plan led to. It has no open jobs, so it gives way."""
    host.resume(host.suspend("", "a"))
    elsewhere = Host(host.path.parent / "elsewhere", host.clock)
    copy = elsewhere.foretell("", "b")
    assert host.open_jobs(copy) == {"b": Stage.INTENDED}
    host.journal(copy, must_exist=True).release()
    assert host.path.read_bytes() == unpack(copy)


def test_a_file_that_is_not_older_does_not_give_way(host: Host) -> None:
    elsewhere = Host(host.path.parent / "elsewhere", host.clock)
    elsewhere.path.parent.mkdir()
    copy = elsewhere.suspend("", "b")
    host.resume(host.suspend("", "a"))
    written = host.path.read_bytes()
    with pytest.raises(UsageError, match="tell different stories"):
        host.journal(copy)
    assert host.path.read_bytes() == written


def test_a_file_of_another_product_does_not_give_way(host: Host) -> None:
    journal = host.journal(None)
    journal.open_window("memory", "memory://another", "patchday")
    journal.close_window("patchday")
    journal.release()
    written = host.path.read_bytes()
    elsewhere = Host(host.path.parent / "elsewhere", host.clock)
    with pytest.raises(UsageError, match="tell different stories"):
        host.journal(elsewhere.foretell("", "b"))
    assert host.path.read_bytes() == written


def begun(at: int, *events: tuple[int, str], product: str = "p") -> list[dict[str, t.Any]]:
    """The records of a journal with one window, each with its second."""
    base = {"window": "w", "id": "j", "name": "n", "type": "t", "owner": "o", "before": "running", "raw_before": "R"}
    header = {"event": "journal", "format": 2, "system": "memory", "product": product}
    numbered = enumerate([(at, header), (at, {"event": "open", "window": "w"})], start=1)
    records = [{"n": number, "at": stamp(second), **record} for number, (second, record) in numbered]
    return records + [
        {"n": number, "at": stamp(second), "event": event, **base} for number, (second, event) in enumerate(events, 3)
    ]


def stamp(second: int) -> str:
    return f"2026-05-16T18:20:{second:02}.000000+0000"


def lines(records: t.Iterable[dict[str, t.Any]]) -> bytes:
    return b"".join(map(encode, records))


#: A file, its copy, and which of them is gone by, if any.
CHOICES: dict[str, tuple[list[dict[str, t.Any]], list[dict[str, t.Any]], str]] = {
    "the run went on a moment after it was planned": (
        begun(1, (2, "intend"), (3, "suspended")),
        begun(1, (1, "intend")),
        "file",
    ),
    "at the very moment at which it was planned": (
        begun(1, (2, "intend"), (3, "suspended"), (4, "intend_resume")),
        begun(1, (2, "intend"), (3, "suspended"), (4, "intend")),
        "file",
    ),
    "the file went on before it was planned": (
        begun(1, (2, "intend"), (3, "suspended"), (4, "intend_resume")),
        begun(1, (2, "intend"), (3, "suspended"), (5, "intend")),
        "",
    ),
    "a newer file with open jobs, whatever was planned": (
        begun(5, (6, "intend")),
        begun(1, (2, "intend"), (3, "left"), (4, "intend")),
        "",
    ),
    "what a window holds was not only planned": (
        begun(1, (2, "intend"), (3, "suspended"), (5, "intend_resume")),
        begun(1, (2, "intend"), (3, "suspended"), (4, "hold")),
        "",
    ),
    "both closed, the file earlier": (
        begun(1, (2, "intend"), (3, "left")),
        begun(1, (2, "intend"), (4, "resumed")),
        "file",
    ),
    "both closed, the file later": (
        begun(1, (2, "intend"), (4, "left")),
        begun(1, (2, "intend"), (3, "resumed")),
        "file",
    ),
    "only the copy closed, the file later": (
        begun(1, (2, "intend"), (4, "suspended")),
        begun(1, (2, "intend"), (3, "resumed")),
        "file",
    ),
    "only the copy closed, the file earlier": (
        begun(1, (2, "intend"), (3, "suspended")),
        begun(1, (2, "intend"), (4, "resumed")),
        "",
    ),
    "begun anew": (begun(1, (2, "intend"), (3, "left")), begun(3, (4, "intend"), (5, "suspended")), "copy"),
    "begun anew before the end of the file": (
        begun(1, (2, "intend"), (4, "left")),
        begun(3, (5, "intend"), (6, "suspended")),
        "",
    ),
    "begun before the end of the file, for a window after it": (
        begun(1, (2, "intend"), (4, "left")),
        [*begun(3)[:1], *begun(5, (6, "intend"), (7, "suspended"))[1:]],
        "",
    ),
    "begun anew, and the file has open jobs": (
        begun(1, (2, "intend"), (3, "suspended")),
        begun(4, (5, "intend"), (6, "suspended")),
        "",
    ),
    "begun anew for another product": (
        begun(1, (2, "intend"), (3, "left")),
        begun(4, (5, "intend"), (6, "suspended"), product="q"),
        "",
    ),
}


@pytest.mark.parametrize(("ours", "theirs", "choice"), CHOICES.values(), ids=CHOICES)
def test_which_of_the_two_is_gone_by(ours: list[dict[str, t.Any]], theirs: list[dict[str, t.Any]], choice: str) -> None:
    have, other = lines(ours), lines(theirs)
    if not choice:
        with pytest.raises(UsageError, match="journal: x and its copy tell different stories"):
            newest(have, other, "x")
    else:
        assert newest(have, other, "x") == {"file": have, "copy": other}[choice]


@pytest.mark.parametrize("at", [{}, {"at": "yesterday"}, {"at": 5}])
def test_a_record_that_tells_no_time_is_not_later(at: dict[str, t.Any]) -> None:
    ours = begun(1, (2, "intend"), (4, "suspended"))
    del ours[-1]["at"]
    with pytest.raises(UsageError, match="tell different stories"):
        newest(lines([*ours[:-1], {**ours[-1], **at}]), lines(begun(1, (2, "intend"), (3, "resumed"))), "x")


def test_a_window_on_a_product_that_has_moved(host: Host) -> None:
    """The plan says so as well as the run, a moment later."""
    host.suspend("", "a")
    start = host.path.read_bytes()
    planned = host.journal("", check_mode=True)
    planned.begin("memory", "memory://moved", is_moved=True)
    planned.open_window("memory", "memory://moved", "other")
    journal = host.journal("")
    journal.begin("memory", "memory://moved", is_moved=True)
    journal.release()
    went_on = host.path.read_bytes()
    assert went_on != start
    host.journal(planned.pack()).release()
    assert host.path.read_bytes() == went_on


# --- how large it may become --------------------------------------------------------------------------------------


def test_a_copy_that_could_not_be_read_back_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "_LARGEST_COPY", 1000)
    assert unpack(pack(bytes(999))) == bytes(999)
    with pytest.raises(UsageError, match="journal_copy: the journal has 1000 bytes, too many"):
        pack(bytes(1000))


def test_a_window_that_uses_one_name_for_ever(host: Host) -> None:
    """Where the file does not outlive the run, a closed copy is no beginning of the next one."""
    copy = host.resume(host.suspend("", "a"))
    most = len(unpack(copy))
    for _night in range(3):
        lose_files(host)
        foretold = host.foretell(copy, "a")
        lose_files(host)
        host.suspend(copy, "a")
        lose_files(host)
        assert host.open_jobs(foretold) == {"a": Stage.INTENDED}
        copy = host.resume(foretold)
        assert len(unpack(copy)) <= most


def test_what_is_open_is_no_new_beginning(host: Host) -> None:
    copy = host.suspend("", "a")
    lose_files(host)
    assert host.open_jobs(host.suspend(copy, "b")) == {"a": Stage.SUSPENDED, "b": Stage.SUSPENDED}


def test_a_large_journal_is_not_added_to(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left of a copy is for the outcomes of its jobs."""
    copy = host.suspend("", "a")
    size = len(host.path.read_bytes())
    monkeypatch.setattr(copies, "LARGEST_TO_ADD_TO", size)
    host.journal(copy, check_mode=True).require_room()
    monkeypatch.setattr(copies, "LARGEST_TO_ADD_TO", size - 1)
    with pytest.raises(UsageError, match=rf"journal_copy: with {size} bytes .* Nothing was changed"):
        host.journal(copy, check_mode=True).require_room()
    Journal(str(host.path), host.clock, read_only=True).require_room()  # there is to be no copy
    assert host.open_jobs(host.resume(copy)) == {}
