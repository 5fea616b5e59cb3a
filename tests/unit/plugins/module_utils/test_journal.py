# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The write-ahead log: what it says after each kind of damage, and who may use it."""

from __future__ import annotations

import os
import pathlib
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.clock import FakeClock

from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._journal import file
from ansible_collections.batchops.job_control.plugins.module_utils._journal.file import Journal
from ansible_collections.batchops.job_control.plugins.module_utils._journal.records import Stage, decode, encode
from ansible_collections.batchops.job_control.plugins.module_utils._model import Job, JobState


def job(job_id: str) -> Job:
    return Job(job_id, f"name of {job_id}", "kind", "memory", JobState.RUNNING, "Running", owner="client")


def opened(path: pathlib.Path, **options: bool) -> Journal:
    return Journal(str(path), FakeClock(), **options)


def stages(journal: Journal) -> dict[str, Stage]:
    return {entry.id: entry.stage for entry in journal.contents.entries.values()}


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "window.journal"


@pytest.fixture
def written(path: pathlib.Path) -> pathlib.Path:
    """A journal of a window in the middle of being closed."""
    journal = opened(path)
    journal.open_window("memory", "memory://product", "patchday")
    journal.intend([job("a"), job("b"), job("c")])
    journal.suspended("a")
    journal.suspended("b")
    journal.intend_resume([job("a")])
    journal.resumed("a")
    journal.release()
    return path


def test_what_was_written_is_read_back(written: pathlib.Path) -> None:
    journal = opened(written)
    assert stages(journal) == {"a": Stage.CLOSED, "b": Stage.SUSPENDED, "c": Stage.INTENDED}
    entry = journal.contents.entries["b"]
    assert (entry.name, entry.type, entry.owner, entry.before, entry.raw_before) == (
        "name of b",
        "kind",
        "client",
        "running",
        "Running",
    )


def test_only_the_owner_can_read_it(written: pathlib.Path) -> None:
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    written.chmod(0o666)
    Journal(str(written), FakeClock()).release()
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


def test_a_record_is_on_disk_when_the_call_returns(path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = opened(path)
    journal.open_window("memory", "memory://product", "")
    synced: list[int] = []
    real = os.fsync

    def sync(file: int) -> None:
        synced.append(path.stat().st_size)
        real(file)

    monkeypatch.setattr(file.os, "fsync", sync)
    journal.intend([job("a")])
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
    with pytest.raises(UsageError, match="damaged"):
        decode(b"".join([*lines[:number], broken, *lines[number + 1 :]]), "x")


def _sample() -> bytes:
    base = {"at": "2026-05-16T18:20:01.680000+0000"}
    intend = {"name": "n", "type": "t", "owner": "o", "before": "running", "raw_before": "Running"}
    records = [
        {"event": "open", "format": 1, "system": "memory", "product": "p", "window": "w"},
        {"event": "intend", "id": "a", **intend},
        {"event": "intend", "id": "b", **intend},
        {"event": "suspended", "id": "a"},
        {"event": "suspended", "id": "b"},
    ]
    return b"".join(encode({"n": number, **base, **record}) for number, record in enumerate(records, 1))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        decode(data, "x")
    except UsageError:
        pass


def test_two_runs_cannot_use_it_at_once(path: pathlib.Path) -> None:
    first = opened(path)
    with pytest.raises(UsageError, match="in use by another run"):
        opened(path)
    assert opened(path, read_only=True).contents.records == 0
    first.release()
    opened(path).release()


def test_it_belongs_to_one_product(written: pathlib.Path) -> None:
    journal = opened(written)
    with pytest.raises(UsageError, match="belongs to memory at memory://product"):
        journal.begin("memory", "memory://other", "patchday")
    with pytest.raises(UsageError, match="belongs to memory"):
        journal.begin("veeam", "memory://product", "patchday")


def test_an_open_window_is_not_mixed_with_another(written: pathlib.Path) -> None:
    journal = opened(written)
    with pytest.raises(UsageError, match="still has open jobs of the window 'patchday'"):
        journal.begin("memory", "memory://product", "other")
    journal.begin("memory", "memory://product", "")


def test_a_window_that_must_be_new_is_not_open_already(written: pathlib.Path) -> None:
    journal = opened(written)
    with pytest.raises(UsageError, match=r"'patchday' of .* is open already, with 2 jobs") as refused:
        journal.begin("memory", "memory://product", "patchday", must_be_new=True)
    assert refused.value.code == "window_open"
    journal.resumed("b")
    journal.not_suspended("c", "it ended")
    journal.begin("memory", "memory://product", "patchday", must_be_new=True)


def test_a_closed_journal_takes_a_new_window(written: pathlib.Path) -> None:
    journal = opened(written)
    journal.resumed("b")
    journal.not_suspended("c", "it ended")
    journal.close_window()
    journal.begin("memory", "memory://product", "other")
    journal.open_window("memory", "memory://product", "other")
    journal.intend([job("a")])
    journal.release()
    again = opened(written)
    assert again.contents.window == "other"
    assert [entry.id for entry in again.contents.open_entries] == ["a"]


def test_a_window_is_opened_and_closed_once_each_time(path: pathlib.Path) -> None:
    journal = opened(path)
    journal.close_window()
    assert (journal.contents.records, journal.contents.is_closed) == (0, False)  # there is nothing to close
    for records in (1, 2):
        for _time in range(2):
            journal.open_window("memory", "memory://product", "patchday")
        journal.open_window("memory", "memory://product", "")
        assert journal.contents.records == 2 * records - 1
        for _time in range(2):
            journal.close_window()
        assert journal.contents.records == 2 * records


def test_a_window_with_open_jobs_is_not_closed(written: pathlib.Path) -> None:
    journal = opened(written)
    before = written.read_bytes()
    journal.close_window()
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
    meant = decode(whole, "x")[0]
    found = 0
    for place in range(len(whole) - 1):
        for changed in (whole[place] ^ 1, whole[place] ^ 0x80):
            try:
                contents, _whole = decode(whole[:place] + bytes([changed]) + whole[place + 1 :], "x")
            except UsageError:
                found += 1
            else:
                assert contents == meant
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
        journal.intend([job("a")])
    monkeypatch.undo()
    with pytest.raises(UsageError, match="No space left"):
        journal.intend([job("b")])
    journal.release()
    assert opened(path).contents.entries == {}


def test_reading_changes_nothing(written: pathlib.Path) -> None:
    torn = written.read_bytes() + b'{"n": 8, "ev'
    written.write_bytes(torn)
    journal = opened(written, read_only=True)
    journal.intend([job("z")])
    assert written.read_bytes() == torn
