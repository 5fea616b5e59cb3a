# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Journals that cannot be written, are damaged, are of something else or are no files, over the simulated products.

Either the result is right all the same, or one sentence names the option and the path and nothing was changed.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import pathlib
import resource
import socket
import typing as t

import pytest
from runs.conftest import SYSTEMS
from support.ansible import Ansible
from support.benches import WINDOW, Bench
from support.crashes import Steps
from support.estate import Target
from support.scenes import held, mixed_jobs
from support.torture import FULL, evenly, spread, tally

from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._journal import file
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import read
from ansible_collections.batchops.job_control.plugins.module_utils._journal.records import encode
from simulators.core.faults import Fault

Json = dict[str, t.Any]
Make = t.Callable[[], Bench]


def assert_refused(here: Bench, module: str, *words: str, **options: t.Any) -> None:
    """One sentence that names the option and the path; nothing was written, neither to the product nor to the file."""
    path = pathlib.Path(options.get("journal", here.journal))
    name = "" if options.get("journal") == "" else str(path)
    before = path.read_bytes() if os.path.isfile(path) else b""
    written = here.writes()
    result = here.run(module, **options)
    assert result.get("failed"), result
    assert result["error"]["kind"] == "usage", result["msg"]
    assert result["changed"] is False
    for word in (name, *words):
        assert word in result["msg"]
    assert "\n" not in result["msg"]
    assert "exception" not in result
    assert here.writes() == written
    assert (path.read_bytes() if os.path.isfile(path) else b"") == before


def truthful(here: Bench, module: str) -> Json:
    """The result of a run, which says of each job what has become of it, also where the run has failed."""
    before = here.jobs()
    result = here.run(module)
    after = here.jobs()
    touched = {job_id for job_id in after if after[job_id]["applied"] != before[job_id]["applied"]}
    assert {job["id"] for job in result["jobs"] if job["changed"]} == touched, result["jobs"]
    assert result["changed"] == bool(touched)
    return result


def announced(journal: pathlib.Path) -> set[str]:
    """The jobs that whole lines of the file announce."""
    lines = journal.read_bytes().split(b"\n")[:-1] if journal.exists() else []
    return {record["id"] for record in map(json.loads, lines) if record["event"] == "intend"}


def foreseen(here: Bench) -> set[str]:
    """The jobs that closing the window would resume."""
    result = here.run("job_resume", _ansible_check_mode=True)
    assert not result.get("failed"), result
    return {job["id"] for job in result["jobs"] if job["changed"]}


# --- a disk that fails -------------------------------------------------------------------------------------------


class BadDisk:
    """The module `os` as the journal sees it, on a disk that fails at the n-th time that it is written to."""

    def __init__(self, fails_at: int, call: str, number: int, written: float = 0.0) -> None:
        self.count = 0
        self._fails_at, self._call, self._number, self._written = fails_at, call, number, written

    def __getattr__(self, name: str) -> t.Any:
        return getattr(os, name)

    def _is_bad(self, call: str) -> bool:
        if call != self._call:
            return False
        self.count += 1
        return self.count > self._fails_at

    def write(self, file: int, data: bytes) -> int:
        if not self._is_bad("write"):
            return os.write(file, data)
        size = int(len(data) * self._written)
        if not size:
            raise OSError(self._number, os.strerror(self._number))
        self._written = 0.0  # the rest does not fit
        return os.write(file, data[:size])

    def fsync(self, file: int) -> None:
        if self._is_bad("fsync"):
            raise OSError(self._number, os.strerror(self._number))
        os.fsync(file)


BAD_DISKS = {
    "full": ("write", errno.ENOSPC, 0.0),
    "full in the middle of a write": ("write", errno.ENOSPC, 0.5),
    "over quota": ("write", errno.EDQUOT, 0.9),
    "broken": ("write", errno.EIO, 0.0),
    "broken when it is synced": ("fsync", errno.EIO, 0.0),
}


@pytest.mark.parametrize("how", BAD_DISKS)
def test_a_disk_that_fails_at_any_write(bench: Make, how: str) -> None:
    """What could not be announced is not asked for; the outcome of what was asked for is told by the product."""
    call, number, part = BAD_DISKS[how]
    whole = bench()
    counting = BadDisk(1_000_000, call, number)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file, "os", counting)
        whole.window()
    points = spread(range(counting.count), 2)
    for fails_at in points:
        here = bench()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(file, "os", BadDisk(fails_at, call, number, part))
            results = [truthful(here, module) for module in ("job_suspend", "job_resume")]
        told = [f"{result.get('msg')} {result.get('warnings')}" for result in results]
        assert any(str(here.journal) in text and os.strerror(number) in text for text in told), told
        assert not any("report it" in text for text in told), told
        touched = {job_id for job_id, job in here.jobs().items() if job["applied"]}
        assert touched <= announced(here.journal)
        here.recover()
        here.assert_as_found()
        here.assert_nothing_is_left_to_do()
    tally("damaged journals", len(points), whole.system)


@contextlib.contextmanager
def largest_file(size: int) -> t.Iterator[None]:
    """No file of this process, and of those that it starts, can become larger."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_that_cannot_grow_beyond_any_length(bench: Make) -> None:
    """The kernel's own short writes and refusals."""
    whole = bench()
    whole.window()
    points = evenly(range(len(whole.journal.read_bytes())), 200 if FULL else 3)
    for size in points:
        here = bench()
        with largest_file(size):
            results = [truthful(here, module) for module in ("job_suspend", "job_resume")]
        told = [f"{result.get('msg')} {result.get('warnings')}" for result in results]
        assert any(str(here.journal) in text and os.strerror(errno.EFBIG) in text for text in told), told
        assert {job_id for job_id, job in here.jobs().items() if job["applied"]} <= announced(here.journal)
        here.recover()
        here.assert_as_found()
        here.assert_nothing_is_left_to_do()
    tally("damaged journals", len(points), whole.system)


# --- a file that is damaged --------------------------------------------------------------------------------------


@pytest.fixture
def opened(bench: Make) -> Bench:
    """A window that is open."""
    here = bench()
    assert not here.run("job_suspend").get("failed")
    return here


def test_an_end_that_is_torn_at_any_byte(opened: Bench) -> None:
    """What was announced is known from there on, and the products tell the rest."""
    whole = opened.journal.read_bytes()
    last_request = whole.rindex(b'"intend"')
    points = spread(range(whole.index(b"\n", last_request) + 1, len(whole)), 3)
    for size in points:
        for rubbish in (b"", b"\0" * 4096):  # what a power cut leaves of a block that was not written
            opened.journal.write_bytes(whole[:size] + rubbish)
            assert foreseen(opened) == set(opened.ours), size
    opened.recover()
    opened.assert_as_found()
    tally("damaged journals", 2 * len(points), opened.system)


def test_a_byte_that_has_changed(opened: Bench) -> None:
    """It is found, wherever it is, and refused by every module; what is not found means the same as before."""
    whole = opened.journal.read_bytes()
    points = spread(range(len(whole) - 1), 5)
    to_be_run = set(evenly(points, 100))
    for place in points:
        opened.journal.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            read(opened.journal.read_bytes(), "")
        except UsageError:
            if place not in to_be_run:
                continue
            number = whole[:place].count(b"\n") + 1
            assert_refused(opened, "job_resume", f"line {number} of")
            assert_refused(opened, "job_suspend", f"line {number} of")
            assert_refused(opened, "job_resume", f"line {number} of", _ansible_check_mode=True)
        else:
            assert foreseen(opened) == set(opened.ours), place
    opened.journal.write_bytes(whole)
    opened.recover()
    opened.assert_as_found()
    tally("damaged journals", len(points), opened.system)


#: What shows no record of ours at its beginning.
FOREIGN = ("it is in another encoding", "it is something else", "it is compressed")


def damages(lines: list[bytes]) -> dict[str, bytes]:
    """Ways in which the lines between the first and the last can be wrong."""
    middle = len(lines) // 2
    one, other = lines[middle - 1 : middle + 1]
    before, after = lines[: middle - 1], lines[middle + 1 :]
    records = {
        "one is missing": [other],
        "one is there twice": [one, one, other],
        "two have changed places": [other, one],
        "one is half": [one[: len(one) // 2] + b"\n", other],
        "one is empty": [b"\n", other],
        "one has zeros": [b"\0" * len(one) + b"\n", other],
        "one begins with zeros": [b"\0\0" + one, other],
        "two have become one": [one.rstrip() + other],
        "one has become two": [one[: len(one) // 2] + b"\n" + one[len(one) // 2 :], other],
        "one is of another time": [one.replace(b"2026-", b"2027-"), other],
        "one ends as on another system": [one.replace(b"\n", b"\r\n"), other],
        "one is no object": [b"[]\n", other],
        "one is deep": [b"[" * 100_000 + b"\n", other],
        "one is a number": [b"1" * 100_000 + b"\n", other],
    }
    found = {name: b"".join([*before, *changed, *after]) for name, changed in records.items()}
    whole = b"".join(lines)
    return {
        **found,
        "the first is missing": b"".join(lines[1:]),
        "it begins with a byte order mark": b"\xef\xbb\xbf" + whole,
        "it is in another encoding": whole.decode().encode("utf-16"),
        "it is there twice": whole + whole,
        "it is upside down": b"".join(reversed(lines)),
        "it is something else": b"[defaults]\ninventory = hosts\n",
        "it is compressed": b"\x1f\x8b\x08\n\x00\x00\n",
        "it is of a later version": encode(
            {"n": 1, "at": "2026-05-16T18:20:01.680000+0000", "event": "journal", "format": 3}
        )
        + b"".join(lines[1:]),
    }


def test_lines_that_are_wrong(opened: Bench) -> None:
    whole = opened.journal.read_bytes()
    wrong = damages(whole.splitlines(keepends=True))
    for name, data in wrong.items():
        opened.journal.write_bytes(data)
        for module in ("job_resume", "job_suspend"):
            try:
                is_foreign = name in FOREIGN
                assert_refused(opened, module, *(["is not a journal"] if is_foreign else ["line ", "is damaged"]))
            except AssertionError as error:
                error.add_note(name)
                raise
    opened.journal.write_bytes(whole)
    opened.recover()
    opened.assert_as_found()
    tally("damaged journals", len(wrong), opened.system)


def test_a_journal_of_many_windows(bench: Make) -> None:
    """It is never cut, so it grows; and it says the same, however long it is."""
    here = bench()
    here.window()
    records = [json.loads(line) for line in here.journal.read_bytes().splitlines()]
    least = 100_000_000 if FULL else 400_000
    number = 0
    with here.journal.open("wb") as file:
        while file.tell() < least:
            for record in records:
                number += 1
                file.write(encode({**without_checksum(record), "n": number}))
    before = here.journal.stat().st_size
    assert here.run("job_resume")["summary"]["selected"] == 0
    assert here.journal.stat().st_size == before
    here.window()
    assert {job_id: job["held"] for job_id, job in here.jobs().items()} == {
        job_id: job["held"] for job_id, job in here.before.items()
    }
    tally("damaged journals", 1, here.system)


def without_checksum(record: Json) -> Json:
    return {key: value for key, value in record.items() if key != "crc"}


# --- what is no journal of this window ---------------------------------------------------------------------------


def test_a_journal_of_something_else(opened: Bench) -> None:
    """Of another system or another address: the sentence says of which. A window that must be new is not open."""
    whole = opened.journal.read_bytes()
    records = [json.loads(line) for line in whole.splitlines()]
    others = {
        "system": {"system": "memory"},
        "url": {"product": "https://elsewhere.example/"},
    }
    for change in others.values():
        first = encode(without_checksum({**records[0], **change}))
        opened.journal.write_bytes(b"".join([first, *whole.splitlines(keepends=True)[1:]]))
        for module in ("job_resume", "job_suspend"):
            assert_refused(opened, module, "journal: ", "belongs to", *change.values())
    opened.journal.write_bytes(whole)
    assert_refused(opened, "job_suspend", "window: ", "is open already", window_must_be_new=True)
    opened.recover()
    opened.assert_as_found()
    tally("damaged journals", 3, opened.system)


def places(folder: pathlib.Path) -> dict[str, tuple[pathlib.Path, str]]:
    """Paths at which no journal can be, and what there is to say about each."""
    (folder / "folder").mkdir()
    (folder / "file").write_text("")
    (folder / "link").symlink_to(folder / "file")
    (folder / "dangling").symlink_to(folder / "nothing")
    (folder / "circle").symlink_to(folder / "circle")
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket"))
    return {
        "a folder": (folder / "folder", "cannot be used"),
        "a link": (folder / "link", "symbolic link"),
        "a link to nothing": (folder / "dangling", "symbolic link"),
        "a link to itself": (folder / "circle", "symbolic link"),
        "a pipe": (folder / "pipe", "not a file"),
        "a socket": (folder / "socket", "cannot be used"),
        "a device that forgets": (pathlib.Path("/dev/null"), "not a file"),
        "a device that is full": (pathlib.Path("/dev/full"), "not a file"),
        "a device without an end": (pathlib.Path("/dev/zero"), "not a file"),
        "below a file": (folder / "file" / "journal", "cannot be used"),
        "in no folder": (folder / "nowhere" / "journal", "folder"),
        "too long a name": (folder / ("n" * 300), "too long"),
    }


def test_a_place_where_no_journal_can_be(bench: Make, tmp_path: pathlib.Path) -> None:
    here = bench()
    found = places(tmp_path)
    for name, (path, words) in found.items():
        for module in ("job_suspend", "job_resume"):
            for check in (False, True):
                try:
                    missing = module == "job_resume" and name == "in no folder"
                    said = "does not exist" if missing else words
                    assert_refused(here, module, "journal: ", said, journal=str(path), _ansible_check_mode=check)
                except AssertionError as error:
                    error.add_note(f"{name}, {module}, {check=}")
                    raise
    assert here.simulator.log == []
    assert not (tmp_path / "nothing").exists()
    tally("damaged journals", len(found), here.system)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOSPC, errno.EMFILE, errno.EIO])
def test_a_file_that_cannot_be_opened(opened: Bench, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    class Closed(BadDisk):
        def open(self, *_arguments: t.Any) -> int:
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(file, "os", Closed(0, "open", number))
    for module in ("job_suspend", "job_resume"):
        assert_refused(opened, module, "journal: ", os.strerror(number))
    monkeypatch.undo()
    opened.recover()
    opened.assert_as_found()
    tally("damaged journals", 1, opened.system)


def test_a_path_that_is_empty_is_not_the_same_as_none(bench: Make) -> None:
    """It comes from a variable that was not set; a window without a journal could not be closed."""
    here = bench()
    for module in ("job_suspend", "job_resume"):
        assert_refused(here, module, "journal: ", "empty", journal="")
    assert here.simulator.log == []


# --- two at once -------------------------------------------------------------------------------------------------


def test_two_windows_on_one_system(bench: Make, tmp_path: pathlib.Path) -> None:
    """Each closes what it has opened, whichever is closed first."""
    for first_closed in (0, 1):
        here = bench()
        first, second = here.ours[::2], here.ours[1::2]
        journals = [{"journal": str(tmp_path / f"{first_closed}-{number}")} for number in range(2)]
        assert not here.run("job_suspend", job_ids=first, all=False, **journals[0]).get("failed")
        assert not here.run("job_suspend", **journals[1]).get("failed")
        still = [second, first][first_closed]
        assert not here.run("job_resume", **journals[first_closed]).get("failed")
        now_held = {job_id for job_id, job in here.jobs().items() if job["held"]}
        assert now_held == {*still, *here.scene.foreign}
        assert not here.run("job_resume", **journals[1 - first_closed]).get("failed")
        here.assert_as_found()
    tally("damaged journals", 2, here.system)


def test_a_second_run_at_any_moment_of_a_window(bench: Make) -> None:
    """It says that the journal is in use and touches nothing; one that only looks is let in."""
    here = bench()
    tried = 0

    class Intruder(Steps):
        def reached(self, name: str, last_deed: t.Callable[[], object] = lambda: None) -> None:
            nonlocal tried
            super().reached(name, last_deed)
            if not name.startswith("before ") or self.is_busy or not here.journal.exists():
                return
            self.moments += 1
            if self.moments % (1 if FULL else 5):
                return
            self.is_busy = True
            for module in ("job_suspend", "job_resume"):
                assert_refused(here, module, "in use by another run", wait_timeout=0.001)
            assert not here.run("job_resume", _ansible_check_mode=True).get("failed")
            self.is_busy = False
            tried += 1

        is_busy = False
        moments = 0

    with Intruder(here.simulator).counted():
        here.window()
    assert tried > 2
    here.assert_as_found()
    tally("damaged journals", tried, here.system)


# --- a product that ends the run ---------------------------------------------------------------------------------


def test_credentials_that_are_refused_in_mid_run(bench: Make) -> None:
    """The rest of the jobs is never announced, so the journal says nothing of them, and can be read ever after."""
    for allowed in spread(range(1, 9), 5):
        here = bench()
        here.simulator.armed.append(Fault("status", status=401, skip=allowed, times=0))
        here.run("job_suspend")
        here.simulator.armed.clear()
        here.recover()
        here.assert_as_found()
        here.assert_nothing_is_left_to_do()


# --- with real ansible -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("system", SYSTEMS if FULL else ["ajs"])
def test_a_disk_that_is_full_in_a_real_run(
    ansible: Ansible, estate: dict[str, Target], tmp_path: pathlib.Path, system: str
) -> None:
    """The journal is larger than any file that ansible itself makes, so that it alone cannot grow."""
    target = estate[system]
    scene = mixed_jobs(target)
    found = held(target)
    journal = tmp_path / "x.journal"
    options = {"journal": str(journal), **WINDOW}
    assert ansible.module(target.system, "job_suspend", all=True, **options).status == 0
    assert ansible.module(target.system, "job_resume", **options).status == 0
    first, *_others, last = map(json.loads, journal.read_bytes().splitlines())
    with journal.open("ab") as file:
        # With another window that is open it is not begun anew.
        record = {"at": "2026-05-16T18:20:01.680000+0000", "event": "open", "window": "another"}
        while file.tell() < 4_000_000:
            last["n"] += 1
            file.write(encode({"n": last["n"], **record}))
            record = {**record, "event": "product", "product": first["product"]}
    target.control.forget_requests()
    with largest_file(journal.stat().st_size + 100):
        run = ansible.module(target.system, "job_suspend", all=True, **options)
    assert run.status == 2, run.output
    assert f"journal: {journal} cannot be written: {os.strerror(errno.EFBIG)}" in run.result["msg"]
    assert target.control.writes() == []
    assert held(target) == found
    assert ansible.module(target.system, "job_suspend", all=True, **options).status == 0
    assert held(target) == found | dict.fromkeys(scene.ours(target.system), True)
    assert ansible.module(target.system, "job_resume", **options).status == 0
    assert held(target) == found
    tally("damaged journals", 1, target.system)


def test_a_pipe_in_a_real_run(ansible: Ansible, estate: dict[str, Target], tmp_path: pathlib.Path) -> None:
    """A run that waited for the other end would never end."""
    mixed_jobs(estate["ajs"])
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for check in ([], ["--check"]):
        run = ansible.module("ajs", "job_suspend", *check, all=True, journal=str(pipe))
        assert run.status == 2, run.output
        assert run.result["msg"] == f"journal: {pipe} cannot be used: it is not a file."
    assert estate["ajs"].control.requests() == []
    tally("damaged journals", 1, "ajs")
