# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A maintenance window that is killed at every single step, on a product in memory.

A step is each request, before and after it takes effect, and each record of the journal, before and after it is on
disk. After each crash one more run closes the window, and every job has to be as it was found.
"""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import typing as t

import pytest
from support.clock import FakeClock
from support.product import AnswerLost, Crash, MemoryProduct

from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Policy
from ansible_collections.batchops.job_control.plugins.module_utils._errors import AuthFailed, Refused, UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._journal.file import Journal
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Stage
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    JobState,
    Selection,
    Step,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._window.window import Window

OPTIONS = VerbOptions()
FOUND = (False, True, False, False, True)  # two jobs were suspended by somebody else


def refuse(message: str) -> None:
    raise UsageError(message)


def open_window(product: MemoryProduct, path: pathlib.Path) -> None:
    journal = Journal(str(path), product.clock)
    try:
        engine = Engine(product, product.clock, Policy(), OPTIONS)
        window = Window(journal, product, engine, product.clock, refuse, "w")
        window.open()
        window.suspend(window.plan_suspend(Selection()))
    finally:
        journal.release()


def close_window(product: MemoryProduct, path: pathlib.Path) -> list[str]:
    journal = Journal(str(path), product.clock, must_exist=True)
    try:
        engine = Engine(product, product.clock, Policy(on_missing="ignore", on_ineligible="skip"), OPTIONS)
        window = Window(journal, product, engine, product.clock, product.warnings.append, "w")
        items = window.plan_resume(Selection())
        window.resume(items)
        window.close(items)
        return [item.note for item in items]
    finally:
        journal.release()


@contextlib.contextmanager
def death_at(product: MemoryProduct, moment: str, last_deed: t.Callable[[], object] = lambda: None) -> t.Iterator[None]:
    """What runs in this block dies at a request, or when it is done."""

    def die(name: str) -> None:
        if name == moment:
            last_deed()
            raise Crash

    product.step = die
    with pytest.raises(Crash):
        yield
    product.step = lambda name: None


class Steps:
    """Counts steps and crashes at a chosen one."""

    def __init__(self, crash_at: int = -1) -> None:
        self.count = 0
        self._crash_at = crash_at

    def __call__(self, _name: str) -> None:
        self.count += 1
        if self.count == self._crash_at:
            raise Crash


@pytest.fixture
def steps_of_journal(monkeypatch: pytest.MonkeyPatch) -> t.Callable[[Steps], None]:
    """Make each record of a journal two steps: before and after it is on disk."""
    real = Journal._append

    def install(steps: Steps) -> None:
        def append(journal: Journal, *records: dict[str, t.Any]) -> None:
            steps("record")
            real(journal, *records)
            steps("recorded")

        monkeypatch.setattr(Journal, "_append", append)

    return install


def window_with_crash(
    path: pathlib.Path, install: t.Callable[[Steps], None], crash_at: int, lag: float, batch: int
) -> tuple[MemoryProduct, int]:
    product = MemoryProduct(FakeClock(), *FOUND, lag=lag, batch=batch)
    steps = Steps(crash_at)
    product.step = steps
    install(steps)
    try:
        open_window(product, path)
        close_window(product, path)
    except Crash:
        pass
    return product, steps.count


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("lag", [0.0, 3.0])
def test_a_crash_at_any_step_is_repaired_by_one_more_run(
    tmp_path: pathlib.Path, steps_of_journal: t.Callable[[Steps], None], lag: float, batch: int
) -> None:
    _product, all_steps = window_with_crash(tmp_path / "whole", steps_of_journal, -1, lag, batch)
    assert all_steps > 25
    for crash_at in range(1, all_steps + 1):
        path = tmp_path / f"crash{crash_at}"
        product, _count = window_with_crash(path, steps_of_journal, crash_at, lag, batch)
        product.step = lambda name: None
        steps_of_journal(Steps())
        if path.exists():
            close_window(product, path)
        assert tuple(product.halted().values()) == FOUND, f"crash at step {crash_at}"
        assert not product.records["job1"].applied
        assert not product.records["job4"].applied


def test_a_crash_of_the_repair_at_any_step_is_repaired_by_one_more_run(
    tmp_path: pathlib.Path, steps_of_journal: t.Callable[[Steps], None]
) -> None:
    _product, all_steps = window_with_crash(tmp_path / "whole", steps_of_journal, -1, 3.0, 1)
    tried = 0
    for crash_at in range(1, all_steps + 1, 3):
        for second in range(1, all_steps):
            path = tmp_path / f"crash{crash_at}-{second}"
            product, _count = window_with_crash(path, steps_of_journal, crash_at, 3.0, 1)
            if not path.exists():
                break
            steps = Steps(second)
            product.step = steps
            steps_of_journal(steps)
            try:
                close_window(product, path)
            except Crash:
                pass
            product.step = lambda name: None
            steps_of_journal(Steps())
            close_window(product, path)
            assert tuple(product.halted().values()) == FOUND, f"crash at step {crash_at}, then {second}"
            tried += 1
            if steps.count < second:
                break
    assert tried > 50


def test_opening_again_after_a_crash_keeps_what_is_ours(
    tmp_path: pathlib.Path, steps_of_journal: t.Callable[[Steps], None]
) -> None:
    """The second opening finds jobs suspended that the first one suspended: they are ours all the same."""
    for crash_at in range(1, 20):
        path = tmp_path / f"crash{crash_at}"
        product, _count = window_with_crash(path, steps_of_journal, crash_at, 3.0, 1)
        product.step = lambda name: None
        steps_of_journal(Steps())
        open_window(product, path)
        assert all(product.halted().values())
        close_window(product, path)
        assert tuple(product.halted().values()) == FOUND, f"crash at step {crash_at}"


def test_a_lost_answer_while_opening_is_ours(tmp_path: pathlib.Path) -> None:
    product = MemoryProduct(FakeClock(), *FOUND)
    product.answers["job0"] = [AnswerLost()]
    open_window(product, tmp_path / "j")
    close_window(product, tmp_path / "j")
    assert tuple(product.halted().values()) == FOUND


def test_a_lost_answer_is_ours_even_when_the_repeat_is_refused(tmp_path: pathlib.Path) -> None:
    product = MemoryProduct(FakeClock(), *FOUND, lag=1.0)
    product.answers["job0"] = [AnswerLost(), Refused("it is suspended")]
    open_window(product, tmp_path / "j")
    assert all(product.halted().values())
    close_window(product, tmp_path / "j")
    assert tuple(product.halted().values()) == FOUND


def test_what_is_ours_stays_ours_when_a_second_opening_is_refused(tmp_path: pathlib.Path) -> None:
    """The second one finds a job in a state that does not tell, and asks for what is done already."""
    product = MemoryProduct(FakeClock(), *FOUND)
    open_window(product, tmp_path / "j")
    decide = product.decide

    def decide_blindly(verb: Verb, job: Job, options: VerbOptions) -> Decision:
        known = decide(verb, job, options)
        return dataclasses.replace(known, step=Step.ACT) if job.id == "job0" else known

    product.decide = decide_blindly  # type: ignore[method-assign]
    product.answers["job0"] = [Refused("it is suspended")]
    open_window(product, tmp_path / "j")
    product.decide = decide  # type: ignore[method-assign]
    close_window(product, tmp_path / "j")
    assert tuple(product.halted().values()) == FOUND


def test_a_failed_job_may_still_be_suspended_by_our_request(tmp_path: pathlib.Path) -> None:
    """DRS pauses failed tasks too, and shows it some time later (drs contract 7)."""
    product = MemoryProduct(FakeClock(), *FOUND, lag=3.0)
    looks = iter([JobState.FAILED, JobState.FAILED])

    def fail_for_a_while(name: str) -> None:
        if name == "get":
            product.records["job0"].ended = next(looks, None)

    product.step = fail_for_a_while
    open_window(product, tmp_path / "j")
    assert product.records["job0"].halted
    close_window(product, tmp_path / "j")
    assert tuple(product.halted().values()) == FOUND


@pytest.mark.parametrize("looks", [1, 1000])
def test_a_suspended_job_that_cannot_be_resumed_now_keeps_the_window_open(tmp_path: pathlib.Path, looks: int) -> None:
    """The product offers no way to resume it for some time, or for longer than anybody waits."""
    product = MemoryProduct(FakeClock(), *FOUND)
    open_window(product, tmp_path / "j")
    decide, left = product.decide, [looks]

    def decide_in_vain(verb: Verb, job: Job, options: VerbOptions) -> Decision:
        if job.id != "job0" or not left[0]:
            return decide(verb, job, options)
        left[0] -= 1
        return Decision(Step.INELIGIBLE, verb, job.state, "the product offers no way to resume it")

    product.decide = decide_in_vain  # type: ignore[method-assign]
    close_window(product, tmp_path / "j")
    assert tuple(product.halted().values()) == (looks > 1, *FOUND[1:])
    product.decide = decide  # type: ignore[method-assign]
    close_window(product, tmp_path / "j")
    assert tuple(product.halted().values()) == FOUND


def test_what_somebody_resumed_is_left_alone(tmp_path: pathlib.Path) -> None:
    product = MemoryProduct(FakeClock(), *FOUND)
    open_window(product, tmp_path / "j")
    product.records["job0"].halted = False
    product.requests.clear()
    notes = close_window(product, tmp_path / "j")
    assert notes[0] == "somebody resumed it meanwhile"
    assert "resume job0" not in product.requests


def test_what_is_missing_is_reported_and_looked_for_again(tmp_path: pathlib.Path) -> None:
    product = MemoryProduct(FakeClock(), *FOUND)
    open_window(product, tmp_path / "j")
    hidden = product.records.pop("job2")
    for _time in range(2):
        notes = close_window(product, tmp_path / "j")
        (warning,) = product.warnings
        assert "missing: job2. They are gone, or this user may not see them. They stay in the journal" in warning
        product.warnings.clear()
    assert notes == ["it does not exist"]
    product.records["job2"] = hidden
    assert product.halted()["job2"]
    close_window(product, tmp_path / "j")
    assert tuple(product.halted()[f"job{number}"] for number in range(len(FOUND))) == FOUND
    journal = Journal(str(tmp_path / "j"), FakeClock(), read_only=True)
    assert {entry.stage for entry in journal.ledger.entries.values()} == {Stage.CLOSED}
    assert journal.ledger.open_windows == []


def test_a_closed_window_can_be_closed_again_and_sends_nothing(tmp_path: pathlib.Path) -> None:
    product = MemoryProduct(FakeClock(), *FOUND)
    open_window(product, tmp_path / "j")
    close_window(product, tmp_path / "j")
    product.requests.clear()
    before = (tmp_path / "j").read_bytes()
    assert close_window(product, tmp_path / "j") == []
    assert product.requests == []
    assert (tmp_path / "j").read_bytes() == before


def test_jobs_that_were_never_asked_for_are_not_written_down(tmp_path: pathlib.Path) -> None:
    """Refused credentials end the requests, so the rest of the jobs was not announced and has no outcome."""
    product = MemoryProduct(FakeClock(), *FOUND)
    product.answers["job2"] = [AuthFailed("the password has expired")]
    open_window(product, tmp_path / "j")
    assert tuple(product.halted().values()) == (True, True, False, False, True)
    close_window(product, tmp_path / "j")
    assert tuple(product.halted().values()) == FOUND


def test_a_request_that_was_sent_long_after_it_was_announced_may_still_come(tmp_path: pathlib.Path) -> None:
    """Replays, a slow product or one request for many jobs can keep it back, so the announcement tells little."""
    product = MemoryProduct(FakeClock(), *FOUND)

    def send_late() -> None:
        product.clock.sleep(2 * product.capabilities.settle)
        product.records["job0"].due.append((product.clock.now + 3.0, True))

    with death_at(product, "suspend job0", send_late):
        open_window(product, tmp_path / "j")
    close_window(product, tmp_path / "j")
    assert tuple(product.halted().values()) == FOUND


def test_a_look_that_takes_long_says_how_a_job_was_when_it_began(tmp_path: pathlib.Path) -> None:
    product = MemoryProduct(FakeClock(), *FOUND)
    sent = (product.clock.now + 3.0, True)
    with death_at(product, "suspend job0", lambda: product.records["job0"].due.append(sent)):
        open_window(product, tmp_path / "j")
    look = product.get_jobs

    def look_slowly(job_ids: t.Sequence[str]) -> dict[str, Job]:
        seen = look(job_ids)
        product.clock.sleep(2 * product.capabilities.settle)
        return seen

    product.get_jobs = look_slowly  # type: ignore[method-assign]
    open_window(product, tmp_path / "j")
    close_window(product, tmp_path / "j")
    assert tuple(product.halted().values()) == FOUND


@pytest.mark.parametrize("use", [open_window, close_window])
def test_the_journal_of_another_product_is_refused(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, use: t.Callable[[MemoryProduct, pathlib.Path], object]
) -> None:
    product = MemoryProduct(FakeClock(), *FOUND)
    open_window(product, tmp_path / "j")
    monkeypatch.setattr(MemoryProduct, "identity", "memory://another")
    before = product.halted()
    with pytest.raises(UsageError, match="belongs to memory at memory://product, not to memory at memory://another"):
        use(product, tmp_path / "j")
    assert product.halted() == before


def test_a_window_is_new_or_goes_on(tmp_path: pathlib.Path) -> None:
    product = MemoryProduct(FakeClock(), *FOUND)
    open_window(product, tmp_path / "j")
    journal = Journal(str(tmp_path / "j"), product.clock)
    window = Window(journal, product, Engine(product, product.clock, Policy(), OPTIONS), product.clock, refuse, "w")
    with pytest.raises(UsageError, match="is open already"):
        window.open(must_be_new=True)
    window.open()
    assert [item.planned.step.value for item in window.plan_suspend(Selection())] == ["already"] * len(FOUND)
    journal.release()


def test_a_window_whose_end_cannot_be_recorded_is_closed_all_the_same(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = MemoryProduct(FakeClock(), *FOUND)
    open_window(product, tmp_path / "j")
    monkeypatch.setattr(Journal, "close_window", lambda journal, window, run: refuse("the disk is full."))
    close_window(product, tmp_path / "j")
    assert len(product.warnings) == 1
    assert "not recorded" in product.warnings[0]


def test_a_job_that_is_missing_for_a_moment_after_a_crash_is_not_gone(tmp_path: pathlib.Path) -> None:
    """A product may not list a job while it works on a request (prime contract 9.11)."""
    product = MemoryProduct(FakeClock(), *FOUND)
    with death_at(product, "suspend done"):
        open_window(product, tmp_path / "j")
    hidden = product.records.pop("job0")
    look = product.get_jobs

    def look_later(job_ids: t.Sequence[str]) -> dict[str, Job]:
        seen = look(job_ids)
        product.records["job0"] = hidden
        return seen

    product.get_jobs = look_later  # type: ignore[method-assign]
    close_window(product, tmp_path / "j")
    assert product.halted() == {f"job{number}": found for number, found in enumerate(FOUND)}


def test_a_job_may_be_missing_for_longer_than_a_request_takes_to_show(tmp_path: pathlib.Path) -> None:
    product = MemoryProduct(FakeClock(), *FOUND)
    product.capabilities = dataclasses.replace(product.capabilities, hidden=30.0)
    with death_at(product, "suspend done"):
        open_window(product, tmp_path / "j")
    hidden, begin = product.records.pop("job0"), product.clock.now
    look = product.get_jobs

    def look_later(job_ids: t.Sequence[str]) -> dict[str, Job]:
        if product.clock.now - begin > 20:
            product.records["job0"] = hidden
        return look(job_ids)

    product.get_jobs = look_later  # type: ignore[method-assign]
    close_window(product, tmp_path / "j")
    assert product.halted() == {f"job{number}": found for number, found in enumerate(FOUND)}


def test_what_somebody_suspends_after_it_was_settled_is_left_alone(tmp_path: pathlib.Path) -> None:
    """The look that settles finds it resumed, so it is not ours any more when it is found suspended later."""
    product = MemoryProduct(FakeClock(), *FOUND)
    open_window(product, tmp_path / "j")
    with death_at(product, "resume done"):
        close_window(product, tmp_path / "j")
    look = product.get_jobs

    def look_before_somebody_suspends(job_ids: t.Sequence[str]) -> dict[str, Job]:
        seen = look(job_ids)
        product.records["job0"].halted = True
        return seen

    product.get_jobs = look_before_somebody_suspends  # type: ignore[method-assign]
    product.requests.clear()
    notes = close_window(product, tmp_path / "j")
    assert notes == ["somebody suspended it meanwhile", "", ""]
    assert "resume job0" not in product.requests
    assert tuple(product.halted().values()) == (True, *FOUND[1:])


def test_what_is_under_way_may_be_shown_and_then_not_yet(tmp_path: pathlib.Path) -> None:
    """Whether DRS can be read stale after it has accepted a pause is not known (drs contract 14)."""
    product = MemoryProduct(FakeClock(), False)
    with death_at(product, "suspend done"):
        open_window(product, tmp_path / "j")
    steps = iter([Step.WAIT, Step.ALREADY])
    decide = product.decide

    def decide_in_vain(verb: Verb, job: Job, options: VerbOptions) -> Decision:
        known = decide(verb, job, options)
        return dataclasses.replace(known, step=next(steps, known.step))

    product.decide = decide_in_vain  # type: ignore[method-assign]
    close_window(product, tmp_path / "j")
    assert product.records["job0"].applied == [Verb.SUSPEND, Verb.RESUME]
