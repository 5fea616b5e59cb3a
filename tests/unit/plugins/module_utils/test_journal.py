# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The write-ahead log: what it says after each kind of damage, and who may use it."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import pathlib
import shutil
import stat
import typing as t
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.clock import FakeClock

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._journal import custody, file
from ansible_collections.batchops.job_control.plugins.module_utils._journal.file import Journal
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Run, Stage, read
from ansible_collections.batchops.job_control.plugins.module_utils._journal.records import encode
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, JobState


def job(job_id: str) -> Job:
    return Job(job_id, f"name of {job_id}", "kind", "memory", JobState.RUNNING, "Running", owner="client")


def opened(path: pathlib.Path, **options: bool) -> Journal:
    return Journal(str(path), FakeClock(), **options)


def stages(journal: Journal) -> dict[str, Stage]:
    return {entry.id: entry.stage for entry in journal.ledger.entries.values()}


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "window.journal"


@pytest.fixture
def written(path: pathlib.Path) -> pathlib.Path:
    """A journal of a window in the middle of being closed."""
    journal = opened(path)
    journal.open_window("memory", "memory://product", "patchday")
    journal.intend("patchday", [job("a"), job("b"), job("c")])
    journal.suspended("a")
    journal.suspended("b")
    journal.intend_resume([job("a")])
    journal.resumed("a")
    journal.release()
    return path


def test_what_was_written_is_read_back(written: pathlib.Path) -> None:
    journal = opened(written)
    assert stages(journal) == {"a": Stage.CLOSED, "b": Stage.SUSPENDED, "c": Stage.INTENDED}
    entry = journal.ledger.entries["b"]
    assert (entry.name, entry.type, entry.owner, entry.before, entry.raw_before) == (
        "name of b",
        "kind",
        "client",
        "running",
        "Running",
    )


def test_a_new_one_is_for_its_owner_alone(written: pathlib.Path) -> None:
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


END, END_STAMP = 1780000000.0, "2026-05-28T20:26:40.000000+0000"
#: What is written for each call, as the guide lists it.
WRITTEN: dict[str, tuple[t.Callable[[Journal], None], list[dict[str, t.Any]]]] = {
    "a window": (
        lambda it: it.open_window("memory", "p", "x"),
        [{"event": "open", "window": "x", "expires": None, "run": {}}],
    ),
    "a switch": (
        lambda it: it.intend("x", [job("d")], "agent", "hold"),
        [
            {
                "event": "intend",
                "window": "x",
                "id": "d",
                "name": "name of d",
                "type": "kind",
                "owner": "client",
                "before": "running",
                "raw_before": "Running",
                "kind": "agent",
                "set_to": "hold",
            }
        ],
    ),
    "a window with an end": (
        lambda it: it.open_window("memory", "p", "x", expires=END, run=Run(id="7", user="ops")),
        [{"event": "open", "window": "x", "expires": END_STAMP, "run": {"id": "7", "user": "ops"}}],
    ),
    "another end": (
        lambda it: it.move_end("patchday", END),
        [{"event": "expires", "window": "patchday", "expires": END_STAMP}],
    ),
    "the same end": (lambda it: it.move_end("patchday", None), []),
    "a job": (
        lambda it: it.intend("x", [job("d"), job("e")]),
        [
            {
                "event": "intend",
                "window": "x",
                "id": job_id,
                "name": f"name of {job_id}",
                "type": "kind",
                "owner": "client",
                "before": "running",
                "raw_before": "Running",
            }
            for job_id in "de"
        ],
    ),
    "held": (lambda it: it.hold("x", "b"), [{"event": "hold", "window": "x", "id": "b"}]),
    "suspended": (lambda it: it.suspended("c"), [{"event": "suspended", "id": "c"}]),
    "not suspended": (
        lambda it: it.not_suspended("c", "it ended"),
        [{"event": "not_suspended", "id": "c", "why": "it ended"}],
    ),
    "about to be resumed": (
        lambda it: it.intend_resume([job("b"), job("c")]),
        [{"event": "intend_resume", "id": "b"}, {"event": "intend_resume", "id": "c"}],
    ),
    "resumed": (lambda it: it.resumed("b"), [{"event": "resumed", "id": "b"}]),
    "forgotten": (lambda it: it.forget("b"), [{"event": "forgotten", "id": "b"}]),
    "left": (lambda it: it.left("b", "it ended"), [{"event": "left", "id": "b", "why": "it ended"}]),
    "moved": (
        lambda it: it.begin("memory", "memory://other", is_moved=True),
        [{"event": "product", "product": "memory://other"}],
    ),
    "nothing": (lambda it: it.close_window("patchday"), []),
}


def written_by(path: pathlib.Path, *calls: t.Callable[[Journal], None]) -> list[dict[str, t.Any]]:
    """The new records of a journal, without what all have."""
    before = len(path.read_bytes().splitlines())
    journal = opened(path)
    for call in calls:
        call(journal)
    journal.release()
    fresh = [json.loads(line) for line in path.read_bytes().splitlines()[before:]]
    assert [record.pop("n") for record in fresh] == list(range(before + 1, before + 1 + len(fresh)))
    for record in fresh:
        del record["at"], record["crc"]
    return fresh


@pytest.mark.parametrize(("call", "records"), WRITTEN.values(), ids=WRITTEN)
def test_what_is_written(
    written: pathlib.Path, call: t.Callable[[Journal], None], records: list[dict[str, t.Any]]
) -> None:
    assert written_by(written, call) == records


def test_what_is_written_once(written: pathlib.Path) -> None:
    missing = [lambda it, job_id=job_id: it.missing(job_id) for job_id in "bbc"]
    close = [lambda it: it.close_window("patchday")] * 2
    assert written_by(written, *missing, *close) == [
        {"event": "missing", "id": "b"},
        {"event": "missing", "id": "c"},
        {"event": "close", "window": "patchday", "run": {}},
    ]


def test_what_is_written_of_a_job_of_two_windows(written: pathlib.Path) -> None:
    assert written_by(written, lambda it: it.hold("x", "b"), lambda it: it.hand_over("patchday", "b")) == [
        {"event": "hold", "window": "x", "id": "b"},
        {"event": "release", "window": "patchday", "id": "b"},
    ]


def test_the_first_records(path: pathlib.Path) -> None:
    journal = Journal(str(path), FakeClock(1778955601.68))
    journal.open_window("memory", "memory://product", "")
    opening: dict[str, t.Any] = {"window": "", "expires": None, "run": {}}
    assert [json.loads(line) for line in path.read_bytes().splitlines()] == [
        {
            "n": 1,
            "at": "2026-05-16T18:20:01.680000+0000",
            "event": "journal",
            "format": 2,
            "system": "memory",
            "product": "memory://product",
            "crc": mock.ANY,
        },
        {"n": 2, "at": "2026-05-16T18:20:01.680000+0000", "event": "open", **opening, "crc": mock.ANY},
    ]


def test_a_record_is_on_disk_when_the_call_returns(path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = opened(path)
    journal.open_window("memory", "memory://product", "")
    synced: list[int] = []
    real = os.fsync

    def sync(file: int) -> None:
        synced.append(path.stat().st_size)
        real(file)

    monkeypatch.setattr(file.os, "fsync", sync)
    journal.intend("patchday", [job("a")])
    assert synced == [path.stat().st_size]


def test_the_name_of_a_new_journal_is_on_disk_before_its_first_record(
    path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file whose name is lost in a power cut is lost, however safe its bytes are."""
    synced: list[tuple[int, int]] = []
    real = os.fsync

    def sync(file: int) -> None:
        synced.append((os.fstat(file).st_ino, path.stat().st_size))
        real(file)

    monkeypatch.setattr(file.os, "fsync", sync)
    opened(path).release()
    assert synced == [(path.parent.stat().st_ino, 0)]


def test_every_torn_end_is_tolerated(written: pathlib.Path) -> None:
    """A crash can cut the last record anywhere; what was confirmed before counts, and the next record is sound."""
    whole = written.read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    for cut in range(last, len(whole)):
        written.write_bytes(whole[:cut])
        journal = opened(written)
        assert stages(journal)["a"] is Stage.RESUMING
        journal.resumed("a")
        journal.release()
        assert stages(opened(written, read_only=True))["a"] is Stage.CLOSED


@given(st.data())
def test_any_other_damage_is_found_and_nothing_is_changed(data: st.DataObject) -> None:
    """A byte that is changed in the middle is either without meaning or found; it never passes for something else."""
    lines = _sample().splitlines(keepends=True)
    number = data.draw(st.integers(0, len(lines) - 2))
    line = lines[number]
    broken = data.draw(st.sampled_from([line[: len(line) // 2] + b"\n", b"\n", b"{}\n", b"[]\n", b"\xff\xfe\n", b""]))
    with pytest.raises(UsageError, match="damaged" if number else "damaged|not a journal"):
        read(b"".join([*lines[:number], broken, *lines[number + 1 :]]), "x")


def _sample() -> bytes:
    base = {"at": "2026-05-16T18:20:01.680000+0000"}
    intend = {"name": "n", "type": "t", "owner": "o", "before": "running", "raw_before": "Running"}
    records = [
        {"event": "journal", "format": 2, "system": "memory", "product": "p"},
        {"event": "open", "window": "w"},
        {"event": "intend", "window": "w", "id": "a", **intend},
        {"event": "intend", "window": "w", "id": "b", **intend},
        {"event": "suspended", "id": "a"},
        {"event": "suspended", "id": "b"},
    ]
    return b"".join(encode({"n": number, **base, **record}) for number, record in enumerate(records, 1))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        read(data, "x")
    except UsageError:
        pass


def test_two_runs_cannot_use_it_at_once(path: pathlib.Path) -> None:
    first = opened(path)
    with pytest.raises(UsageError, match="in use by another run"):
        opened(path)
    assert opened(path, read_only=True).ledger.records == 0
    first.release()
    opened(path).release()


def test_another_run_is_waited_for(path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, clock = opened(path), FakeClock()
    sleep = clock.sleep

    def sleep_and_release(seconds: float) -> None:
        sleep(seconds)
        if clock.monotonic() > 5.0:
            first.release()

    monkeypatch.setattr(clock, "sleep", sleep_and_release)
    began = clock.monotonic()
    Journal(str(path), clock, patience=Deadline(clock, 60.0)).release()
    assert 0 < clock.monotonic() - began < 60.0


def test_another_run_is_not_waited_for_for_ever(path: pathlib.Path) -> None:
    first, clock = opened(path), FakeClock()
    began = clock.monotonic()
    with pytest.raises(UsageError, match="in use by another run") as refused:
        Journal(str(path), clock, patience=Deadline(clock, 60.0))
    assert (refused.value.code, clock.monotonic() - began) == ("journal_in_use", 60.0)
    first.release()


def test_it_belongs_to_one_product(written: pathlib.Path) -> None:
    journal = opened(written)
    with pytest.raises(UsageError, match=r"belongs to memory at memory://product.*journal_moved=true"):
        journal.begin("memory", "memory://other")
    for is_moved in (True, False):
        with pytest.raises(UsageError, match="belongs to memory") as refused:
            journal.begin("veeam", "memory://product", is_moved)
        assert "journal_moved" not in refused.value.message
    journal.begin("memory", "memory://product")


def test_a_product_that_has_moved_is_known_from_then_on(written: pathlib.Path) -> None:
    journal = opened(written)
    journal.begin("memory", "memory://other", is_moved=True)
    journal.release()
    again = opened(written)
    again.begin("memory", "memory://other")
    with pytest.raises(UsageError, match="belongs to memory at memory://other"):
        again.begin("memory", "memory://product")


def test_windows_are_open_beside_each_other(written: pathlib.Path) -> None:
    journal = opened(written)
    journal.open_window("memory", "memory://product", "other")
    journal.hold("other", "b")
    journal.intend("other", [job("d")])
    assert journal.ledger.open_windows == ["patchday", "other"]
    assert [entry.id for entry in journal.ledger.held_by("patchday")] == ["b", "c"]
    assert [entry.id for entry in journal.ledger.held_by("other")] == ["b", "d"]
    journal.hand_over("patchday", "b")
    assert journal.ledger.entries["b"].holders == ("other",)
    with pytest.raises(ValueError, match="no window holds"):
        journal.hand_over("other", "b")


def test_a_window_that_must_be_new_is_not_open_already(written: pathlib.Path) -> None:
    """Whether it holds any job or none: somebody may be about to work in it."""
    journal = opened(written)
    with pytest.raises(UsageError, match=r"'patchday' of .* is open already, with 2 jobs") as refused:
        journal.open_window("memory", "memory://product", "patchday", must_be_new=True)
    assert refused.value.code == "window_open"
    journal.resumed("b")
    journal.not_suspended("c", "it ended")
    with pytest.raises(UsageError, match="with 0 jobs"):
        journal.open_window("memory", "memory://product", "patchday", must_be_new=True)
    journal.close_window("patchday")
    journal.open_window("memory", "memory://product", "patchday", must_be_new=True)


def test_a_closed_window_does_not_end_the_others(written: pathlib.Path) -> None:
    journal = opened(written)
    journal.resumed("b")
    journal.not_suspended("c", "it ended")
    journal.close_window("patchday")
    journal.open_window("memory", "memory://product", "other")
    journal.intend("other", [job("a")])
    journal.release()
    again = opened(written)
    assert again.ledger.open_windows == ["other"]
    assert [entry.id for entry in again.ledger.open_entries] == ["a"]


def test_a_window_is_opened_and_closed_once_each_time(path: pathlib.Path) -> None:
    journal = opened(path)
    journal.close_window("patchday")
    assert journal.ledger.records == 0  # there is nothing to close
    for records in (2, 4):
        for _time in range(2):
            journal.open_window("memory", "memory://product", "patchday")
        assert journal.ledger.records == records
        for _time in range(2):
            journal.close_window("patchday")
        assert journal.ledger.records == records + 1


def test_what_is_missing_stays_and_hinders_no_new_window(written: pathlib.Path) -> None:
    journal = opened(written)
    for _look in range(2):
        journal.missing("b")
        journal.missing("c")
    journal.close_window("patchday")
    assert not journal.ledger.is_open("patchday")
    assert [entry.id for entry in journal.ledger.held_by("patchday")] == ["b", "c"]
    records = journal.ledger.records
    journal.open_window("memory", "memory://product", "patchday", must_be_new=True)
    assert journal.ledger.records == records + 1
    journal.suspended("b")
    assert not journal.ledger.entries["b"].is_missing
    journal.forget("c")
    assert [entry.id for entry in journal.ledger.open_entries] == ["b"]
    assert not journal.ledger.is_done("patchday")


def test_a_journal_that_no_window_needs_is_begun_anew(written: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "BEGUN_ANEW_FROM", 100)
    journal = opened(written)
    before = len(written.read_bytes())
    for window in ("other", "third"):
        journal.open_window("memory", "memory://product", window)
    assert written.stat().st_size > before
    journal.resumed("b")
    journal.not_suspended("c", "it ended")
    for window in ("patchday", "other"):
        journal.close_window(window)
    journal.open_window("memory", "memory://product", "fourth")
    assert written.stat().st_size > before
    for window in ("third", "fourth"):
        journal.close_window(window)
    place = written.stat().st_ino
    journal.open_window("memory", "memory://product", "fifth")
    journal.release()
    assert (written.stat().st_size < before, written.stat().st_ino) == (True, place)
    assert opened(written).ledger.open_windows == ["fifth"]


@pytest.mark.parametrize(("room", "is_begun_anew"), [(0, False), (-1, True)])
def test_how_large_a_journal_is_that_is_begun_anew(
    path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, room: int, is_begun_anew: bool
) -> None:
    journal = opened(path)
    journal.open_window("memory", "memory://product", "w")
    journal.close_window("w")
    monkeypatch.setattr(file, "BEGUN_ANEW_FROM", path.stat().st_size + room)
    journal.open_window("memory", "memory://product", "w")
    assert journal.ledger.records == (2 if is_begun_anew else 4)


@pytest.fixture
def over(written: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A journal that the next window begins anew."""
    journal = opened(written)
    journal.resumed("b")
    journal.not_suspended("c", "it ended")
    journal.close_window("patchday")
    journal.release()
    monkeypatch.setattr(file, "BEGUN_ANEW_FROM", 100)
    return written


def test_check_mode_begins_anew_in_mind(over: pathlib.Path) -> None:
    before = over.read_bytes()
    journal = opened(over, read_only=True)
    journal.open_window("memory", "memory://product", "other")
    assert list(journal.ledger.windows) == ["other"]
    assert over.read_bytes() == before


def test_it_is_empty_on_disk_before_it_is_begun_anew(over: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the records of both could be there after a power cut."""
    journal = opened(over)
    synced: list[int] = []
    real = os.fsync

    def sync(file: int) -> None:
        synced.append(over.stat().st_size)
        real(file)

    monkeypatch.setattr(file.os, "fsync", sync)
    journal.open_window("memory", "memory://product", "other")
    assert synced == [0, over.stat().st_size]


def test_a_file_that_is_not_ours_any_more_is_not_begun_anew(over: pathlib.Path) -> None:
    journal, elsewhere = opened(over), over.with_suffix(".old")
    over.rename(elsewhere)
    before = elsewhere.read_bytes()
    with pytest.raises(UsageError, match="moved, replaced or changed"):
        journal.open_window("memory", "memory://product", "other")
    assert elsewhere.read_bytes() == before


def test_a_file_that_cannot_be_begun_anew(over: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_file: int, _size: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    journal, before = opened(over), over.read_bytes()
    monkeypatch.setattr(file.os, "ftruncate", fail)
    with pytest.raises(UsageError, match="cannot be used: Input/output error"):
        journal.open_window("memory", "memory://product", "other")
    assert over.read_bytes() == before


def test_a_journal_of_version_1_0_0_is_read_and_added_to(path: pathlib.Path) -> None:
    base = {"at": "2026-05-16T18:20:01.680000+0000"}
    intend = {"name": "n", "type": "t", "owner": "o", "before": "running", "raw_before": "Running"}
    records: list[dict[str, t.Any]] = [
        {"event": "open", "format": 1, "system": "memory", "product": "memory://product", "window": "w"},
        {"event": "intend", "id": "a", **intend},
        {"event": "suspended", "id": "a"},
        {"event": "gone", "id": "a"},
        {"event": "closed"},
        {"event": "open", "format": 1, "system": "memory", "product": "memory://product", "window": "x"},
        {"event": "intend", "id": "b", **intend},
    ]
    path.write_bytes(b"".join(encode({"n": number, **base, **record}) for number, record in enumerate(records, 1)))
    path.chmod(0o600)
    journal = opened(path)
    journal.begin("memory", "memory://product")
    assert journal.ledger.open_windows == ["x"]
    assert [(entry.id, entry.holders) for entry in journal.ledger.open_entries] == [("b", ("x",))]
    journal.suspended("b")
    journal.open_window("memory", "memory://product", "w")
    journal.hold("w", "b")
    journal.hand_over("x", "b")
    journal.close_window("x")
    journal.release()
    assert opened(path).ledger.open_windows == ["w"]


# --- whose file it is -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize("mode", [0o666, 0o640, 0o604])
def test_a_file_that_others_can_use_is_refused(written: pathlib.Path, mode: int, read_only: bool) -> None:
    written.chmod(mode)
    with pytest.raises(UsageError, match=f"others can change it: its mode is {mode:04o}"):
        opened(written, read_only=read_only)
    assert stat.S_IMODE(written.stat().st_mode) == mode


def test_a_file_with_another_name_is_refused(written: pathlib.Path) -> None:
    os.link(written, written.with_suffix(".other"))
    with pytest.raises(UsageError, match="it has several names"):
        opened(written)


def test_a_file_of_somebody_else_is_refused(written: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custody.os, "geteuid", lambda: written.stat().st_uid + 1)
    with pytest.raises(UsageError, match="it belongs to the user with the id"):
        opened(written)


@pytest.mark.parametrize(("mode", "is_refused"), [(0o777, True), (0o1777, False), (0o755, False)])
def test_a_folder_where_others_can_replace_it(written: pathlib.Path, mode: int, is_refused: bool) -> None:
    written.parent.chmod(mode)
    with pytest.raises(UsageError, match="set it to 0700") if is_refused else contextlib.nullcontext():
        opened(written).release()


def _moved(path: pathlib.Path) -> pathlib.Path:
    """The path, at which the file is not any more."""
    path.rename(path.with_suffix(".old"))
    return path


REPLACED: dict[str, t.Callable[[pathlib.Path], object]] = {
    "removed": lambda path: path.unlink(),
    "renamed": lambda path: path.rename(path.with_suffix(".old")),
    "replaced": lambda path: shutil.copy(path, path.with_suffix(".new")) and path.with_suffix(".new").replace(path),
    "moved behind a link": lambda path: path.symlink_to(path.rename(path.with_suffix(".old"))),
    "linked": lambda path: os.link(path, path.with_suffix(".other")),
    "written to": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "cut": lambda path: path.write_bytes(b""),
    "opened to others": lambda path: path.chmod(0o640),
    "a pipe": lambda path: os.mkfifo(_moved(path), 0o600),
    "a folder": lambda path: _moved(path).mkdir(),
    "in a folder that was moved": lambda path: path.parent.rename(path.parent.with_name("elsewhere")),
}


@pytest.mark.parametrize("what", REPLACED)
def test_a_file_that_is_not_ours_any_more_takes_no_record(written: pathlib.Path, what: str) -> None:
    """What it would announce is not sent then, nor anything after it."""
    journal = opened(written)
    REPLACED[what](written)
    for _time in range(2):
        with pytest.raises(UsageError, match="moved, replaced or changed while this run used it") as refused:
            journal.intend("patchday", [job("d")])
        assert refused.value.code == "journal_changed"


def test_a_file_that_somebody_else_has_got_takes_no_record(
    written: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = opened(written)
    monkeypatch.setattr(custody.os, "geteuid", lambda: written.stat().st_uid + 1)
    with pytest.raises(UsageError, match="moved, replaced or changed while this run used it"):
        journal.intend("patchday", [job("d")])


def test_a_file_that_is_put_back_takes_no_record_of_this_run(written: pathlib.Path) -> None:
    """A request was not announced meanwhile, so the run has ended."""
    journal, elsewhere = opened(written), written.with_suffix(".old")
    written.rename(elsewhere)
    with pytest.raises(UsageError, match="moved, replaced or changed"):
        journal.intend("patchday", [job("d")])
    elsewhere.rename(written)
    before = written.read_bytes()
    with pytest.raises(UsageError, match="moved, replaced or changed"):
        journal.intend("patchday", [job("d")])
    assert written.read_bytes() == before


NO_JOURNALS = {
    "accounts": b"root:x:0:0:root:/root:/bin/bash\n",
    "lines of somebody else": b'{"n": "many", "at": "now"}\n{"n": 2}\n',
    "an empty line": b"\n",
    "an empty record": b"{}\n",
    "a password without an end of line": b"hunter2",
    "a letter": b"x",
    "a document without an end of line": b'{"n": 1, "id": "x"}',
    "nothing but zeros": bytes(70_000),
    "bytes": bytes(range(256)) * 300,
    "lines that end in another way": b"one\rtwo\rthree",
}


@pytest.mark.parametrize("mode", [0o600, 0o644])
@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize("what", NO_JOURNALS)
def test_what_is_no_journal_is_not_shown_and_not_touched(
    path: pathlib.Path, what: str, read_only: bool, mode: int
) -> None:
    """Nor is it said to be one whose mode is to be changed."""
    data = NO_JOURNALS[what]
    path.write_bytes(data)
    path.chmod(mode)
    with pytest.raises(UsageError) as refused:
        opened(path, read_only=read_only)
    assert refused.value.message == (
        f"journal: {path} is not a journal of this collection. Nothing was changed; check the path."
    )
    assert path.read_bytes() == data


def test_a_file_without_an_end_is_not_read_to_its_end(path: pathlib.Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)
    path.chmod(0o600)
    with pytest.raises(UsageError, match="is not a journal of this collection"):
        opened(path)


def test_a_first_record_that_is_torn_is_no_record(path: pathlib.Path) -> None:
    whole = _sample().partition(b"\n")[0]
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        path.chmod(0o600)
        journal = opened(path)
        assert (journal.ledger.records, path.read_bytes()) == (0, b"")
        journal.release()


def test_a_record_without_its_checksum_is_damaged(written: pathlib.Path) -> None:
    """Whatever else it says: a damaged word must not turn the checksum off."""
    lines = written.read_bytes().splitlines(keepends=True)
    lines[3] = lines[3].replace(b'"crc"', b'"cra"')
    written.write_bytes(b"".join(lines))
    with pytest.raises(UsageError, match=r"line 4 of .* is damaged"):
        opened(written)


def test_a_window_with_open_jobs_is_not_closed(written: pathlib.Path) -> None:
    journal = opened(written)
    before = written.read_bytes()
    journal.close_window("patchday")
    assert written.read_bytes() == before


def test_a_missing_journal_is_no_empty_journal(path: pathlib.Path) -> None:
    for read_only in (True, False):
        with pytest.raises(UsageError, match="does not exist"):
            opened(path, read_only=read_only, must_exist=True)
    assert not path.exists()


@pytest.mark.parametrize("read_only", [True, False])
def test_an_impossible_place_is_one_sentence(tmp_path: pathlib.Path, read_only: bool) -> None:
    with pytest.raises(UsageError, match=r"^journal: .*cannot be"):
        opened(tmp_path / "nowhere" / "x.journal", read_only=read_only)


@pytest.mark.parametrize("read_only", [True, False])
def test_a_link_is_not_followed(tmp_path: pathlib.Path, path: pathlib.Path, read_only: bool) -> None:
    (tmp_path / "elsewhere").touch()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="it is a symbolic link"):
        opened(path, read_only=read_only)


@pytest.mark.parametrize("read_only", [True, False])
def test_a_pipe_keeps_nothing_and_is_not_waited_for(path: pathlib.Path, read_only: bool) -> None:
    os.mkfifo(path)
    with pytest.raises(UsageError, match="it is not a file"):
        opened(path, read_only=read_only)


def test_a_changed_byte_is_found_or_means_nothing(written: pathlib.Path) -> None:
    """Also one in the id of a job, which would then be taken for another."""
    whole = written.read_bytes()
    meant = read(whole, "x")[0]
    found = 0
    for place in range(len(whole) - 1):
        for changed in (whole[place] ^ 1, whole[place] ^ 0x80):
            try:
                ledger, _whole = read(whole[:place] + bytes([changed]) + whole[place + 1 :], "x")
            except UsageError:
                found += 1
            else:
                assert ledger == meant
    assert found > 1.9 * len(whole)


@pytest.mark.parametrize("read_only", [True, False])
def test_an_empty_path_is_no_path(read_only: bool) -> None:
    with pytest.raises(UsageError, match="journal: the path is empty"):
        Journal("", FakeClock(), read_only=read_only)


def test_after_a_failed_write_nothing_more_is_announced(path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk stops the run before the request; what got half onto the disk is no record later."""
    journal = opened(path)
    journal.open_window("memory", "memory://product", "")
    real = os.write
    monkeypatch.setattr(file.os, "write", lambda file, data: real(file, data[: len(data) // 2]))
    with pytest.raises(UsageError, match="No space left"):
        journal.intend("patchday", [job("a")])
    monkeypatch.undo()
    with pytest.raises(UsageError, match="No space left"):
        journal.intend("patchday", [job("b")])
    journal.release()
    assert opened(path).ledger.entries == {}


def test_a_torn_end_is_cut_off_on_disk(written: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = written.stat().st_size
    written.write_bytes(written.read_bytes() + b'{"n": 8, "ev')
    synced: list[tuple[int, int]] = []
    real = os.fsync

    def sync(file: int) -> None:
        synced.append((os.fstat(file).st_ino, written.stat().st_size))
        real(file)

    monkeypatch.setattr(file.os, "fsync", sync)
    opened(written).release()
    assert (written.stat().st_ino, whole) in synced
    assert written.stat().st_size == whole


def next_file() -> int:
    """The number that the next file would have that is opened."""
    number = os.open(os.devnull, os.O_RDONLY)
    os.close(number)
    return number


def test_what_is_only_needed_for_a_moment_is_not_kept_open(written: pathlib.Path) -> None:
    before = next_file()
    opened(written, read_only=True)
    assert next_file() == before
    journal = opened(written)
    assert next_file() == before + 1
    journal.release()
    assert next_file() == before


def test_a_journal_that_cannot_be_used_is_let_go_of(written: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, before = written.read_bytes(), next_file()

    def fail(_file: int, _size: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(file.os, "ftruncate", fail)
    for data, message in ((whole[1:], "is damaged"), (whole + b"{", "cannot be used: Input/output error")):
        written.write_bytes(data)
        with pytest.raises(UsageError, match=message):
            opened(written)
        assert next_file() == before
    written.write_bytes(whole)
    opened(written).release()


def test_it_is_let_go_of_once(written: pathlib.Path, path: pathlib.Path) -> None:
    """The number of its file may be that of another one by then."""
    journal = opened(written)
    journal.release()
    with path.open("rb") as other:
        journal.release()
        assert os.fstat(other.fileno()).st_ino == path.stat().st_ino
        os.fstat(0)


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.EACCES])
def test_how_a_system_may_say_that_somebody_else_has_it(
    path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def lock(_file: int, _how: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(file.fcntl, "flock", lock)
    with pytest.raises(UsageError, match="in use by another run"):
        opened(path)


def test_a_place_without_locks_is_no_place(path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lock(_file: int, _how: int) -> None:
        path.rename(path.with_suffix(".old"))
        path.symlink_to(path.with_suffix(".old"))  # which is not the reason
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(file.fcntl, "flock", lock)
    with pytest.raises(UsageError, match="cannot be used: No locks available"):
        opened(path)


def test_a_folder_that_leads_to_itself(tmp_path: pathlib.Path) -> None:
    (tmp_path / "folder").symlink_to(tmp_path / "folder")
    with pytest.raises(UsageError, match="cannot be used: Too many levels of symbolic links"):
        opened(tmp_path / "folder" / "x.journal")


def test_a_new_journal_is_of_any_product(path: pathlib.Path) -> None:
    journal = opened(path)
    journal.begin("memory", "memory://product")
    assert journal.ledger.records == 0


def test_check_mode_begins_with_nothing_where_there_is_no_file(path: pathlib.Path) -> None:
    assert opened(path, read_only=True).ledger.records == 0
    assert not path.exists()


@pytest.mark.parametrize(("window", "is_refused"), [("patchday", True), ("other", False), ("", False)])
def test_a_journal_of_one_window_is_not_overlooked(path: pathlib.Path, window: str, is_refused: bool) -> None:
    """Version 1.0.0 had a folder for each window."""
    before = path.parent / "patchday" / path.name
    before.parent.mkdir()
    before.symlink_to("nowhere")  # whatever it is
    path.touch()
    message = f"journal: {before} is the journal of the window 'patchday' by version 1.0.0"
    with pytest.raises(UsageError, match=message) if is_refused else contextlib.nullcontext():
        file.refuse_earlier_layout(str(path), window)


def test_reading_changes_nothing(written: pathlib.Path) -> None:
    torn = written.read_bytes() + b'{"n": 8, "ev'
    written.write_bytes(torn)
    journal = opened(written, read_only=True)
    journal.intend("patchday", [job("z")])
    assert written.read_bytes() == torn
