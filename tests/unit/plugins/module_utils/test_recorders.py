# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run writes into the journal about each job, and what it then takes for ours: case by case."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import typing as t

import pytest
from support.clock import FakeClock
from support.product import MemoryProduct

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Policy
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    JobControlError,
    NotFound,
    ProtocolError,
    Refused,
    UnknownOutcome,
    UsageError,
    WaitTimeout,
)
from ansible_collections.batchops.job_control.plugins.module_utils._item import Attempts, Item
from ansible_collections.batchops.job_control.plugins.module_utils._journal import file
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
from ansible_collections.batchops.job_control.plugins.module_utils._window.recorders import (
    ResumeRecorder,
    SuspendRecorder,
)
from ansible_collections.batchops.job_control.plugins.module_utils._window.settling import settle
from ansible_collections.batchops.job_control.plugins.module_utils._window.window import Window

OPTIONS = VerbOptions()
ID = "job0"
HELD, RUNNING, ENDED, STRANGE = JobState.SUSPENDED, JobState.RUNNING, JobState.FAILED, JobState.UNKNOWN


def job(state: JobState = RUNNING, job_id: str = ID) -> Job:
    return Job(job_id, f"name of {job_id}", "kind", "memory", state, "RAW", halted=state is HELD, owner="client")


def halted(state: JobState) -> Job:
    return dataclasses.replace(job(state), halted=True)


class Book:
    """A journal with one announced suspend, and what is written into it from then on."""

    def __init__(self, path: pathlib.Path, *ids: str) -> None:
        self.path = path
        self.clock = FakeClock()
        self.warnings: list[str] = []
        self.journal = Journal(str(path), self.clock)
        self.journal.open_window("memory", "memory://product", "w")
        self.journal.intend("w", [job(job_id=job_id) for job_id in ids or (ID,)])
        self._read = len(self._lines())

    def _lines(self) -> list[dict[str, t.Any]]:
        return [json.loads(line) for line in self.path.read_bytes().splitlines()]

    def written(self) -> list[tuple[str, str]]:
        """The records since the last call: event, and why."""
        fresh = self._lines()[self._read :]
        self._read += len(fresh)
        return [(record["event"], record.get("why", "")) for record in fresh]


@pytest.fixture
def book(tmp_path: pathlib.Path) -> Book:
    return Book(tmp_path / "journal")


def asked(now: Job | None, changed: bool = False, error: JobControlError | None = None, note: str = "") -> Item:
    """A job that was asked to suspend."""
    item = Item(ID, job(), attempts=Attempts({Verb.SUSPEND: 1}), changed=changed, error=error, note=note)
    item.now = now
    return item


# --- what a suspend writes ------------------------------------------------------------------------------------------

SUSPENDS: dict[str, tuple[Item, list[tuple[str, str]]]] = {
    "it is suspended by us": (asked(job(HELD), changed=True), [("suspended", "")]),
    "it is gone": (asked(None, changed=True), [("missing", "")]),
    "it was refused": (asked(job(), error=Refused("no")), [("not_suspended", "refused")]),
    "somebody else did it": (asked(job(HELD), note="somebody did"), [("not_suspended", "somebody did")]),
    "it ended": (asked(job(ENDED), note="it ended"), [("not_suspended", "it ended")]),
    "nothing came of it": (asked(job()), [("not_suspended", "")]),
    "a note says more than an error": (asked(job(), error=Refused("no"), note="late"), [("not_suspended", "late")]),
    "accepted, not waited for": (asked(job(), changed=True), []),
    "accepted, not seen in time": (asked(job(), changed=True, error=WaitTimeout("late")), []),
    "not seen in time": (asked(job(), error=WaitTimeout("late")), []),
    "nobody knows": (asked(job(), error=UnknownOutcome("lost")), []),
    "the answer makes no sense": (asked(job(), error=ProtocolError("odd")), []),
}


@pytest.mark.parametrize(("item", "written"), SUSPENDS.values(), ids=SUSPENDS)
def test_what_a_suspend_writes(book: Book, item: Item, written: list[tuple[str, str]]) -> None:
    book.journal.suspended(ID)  # an earlier run did; this one is the first that announces it
    book.journal.resumed(ID)
    recorder = SuspendRecorder(book.journal, "w", book.warnings.append)
    recorder.announce(Verb.SUSPEND, [job()])
    assert book.written() == [("suspended", ""), ("resumed", ""), ("intend", "")]
    recorder.conclude(item)
    assert book.written() == written


@pytest.mark.parametrize(
    ("item", "written"),
    [
        (asked(job(), error=Refused("no")), []),
        (asked(job(HELD), note="somebody did"), []),
        (asked(job(HELD), changed=True), [("suspended", "")]),
        (asked(None), [("missing", "")]),
    ],
)
def test_what_was_ours_before_stays_ours_unless_it_is_told(
    book: Book, item: Item, written: list[tuple[str, str]]
) -> None:
    SuspendRecorder(book.journal, "w", book.warnings.append).conclude(item)
    assert book.written() == written


def test_a_suspend_announces_nothing_but_suspends(book: Book) -> None:
    SuspendRecorder(book.journal, "w", book.warnings.append).announce(Verb.CANCEL_RUNNING, [job()])
    assert book.written() == []


def test_a_job_that_was_not_asked_for_leaves_no_record(book: Book) -> None:
    recorder = SuspendRecorder(book.journal, "w", book.warnings.append)
    item = asked(job(HELD), changed=True)
    item.attempts.asked = {Verb.CANCEL_RUNNING: 1}
    recorder.conclude(item)
    book.journal.suspended(ID)
    recorder.conclude(asked(job(HELD), changed=True))
    recorder.conclude(Item("another", job(job_id="another"), attempts=Attempts({Verb.SUSPEND: 1})))
    assert book.written() == [("suspended", "")]


@pytest.mark.parametrize(
    ("now", "ends", "written"),
    [
        (job(HELD), False, [("hold", "")]),
        (job(), False, []),
        (None, False, []),
        (job(HELD), True, []),  # by somebody else, as the other window has nothing to do with it any more
    ],
)
def test_a_window_holds_what_another_one_has_suspended(
    book: Book, now: Job | None, ends: bool, written: list[tuple[str, str]]
) -> None:
    book.journal.suspended(ID)
    if ends:
        book.journal.left(ID, "")
    book.written()
    item = asked(now)
    item.attempts.asked = {}
    for _time in range(2):
        SuspendRecorder(book.journal, "x", book.warnings.append).conclude(item)
    assert book.written() == written
    assert book.warnings == []


@pytest.fixture
def full(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be written any more."""

    def refuse(_file: int, _data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(file, "_write_all", refuse)


@pytest.mark.usefixtures("full")
def test_a_hold_that_cannot_be_written_is_an_error_of_the_job(book: Book) -> None:
    """Nothing has announced it, so no later run finds out that this window needs the job."""
    item = asked(job(HELD))
    item.attempts.asked = {}
    SuspendRecorder(book.journal, "x", book.warnings.append).conclude(item)
    assert isinstance(item.error, UsageError)
    assert "No space left" in item.error.message
    assert f"The window 'x' does not hold the job {ID}" in item.error.message
    assert book.warnings == []


@pytest.mark.usefixtures("full")
def test_an_outcome_that_cannot_be_written_is_a_warning(book: Book) -> None:
    SuspendRecorder(book.journal, "w", book.warnings.append).conclude(asked(job(HELD), changed=True))
    (warning,) = book.warnings
    assert "No space left" in warning
    assert f"The outcome of job {ID} is not recorded" in warning


# --- what a resume writes -------------------------------------------------------------------------------------------


def resumed(
    now: Job | None, step: Step, changed: bool = False, error: JobControlError | None = None, **decision: t.Any
) -> Item:
    planned = Decision(step, Verb.RESUME, RUNNING, **decision)
    item = Item(ID, job(HELD), decision=planned, changed=changed, error=error, note="as it was")
    item.now = now
    return item


RESUMES: dict[str, tuple[Item, list[tuple[str, str]]]] = {
    "it goes on": (resumed(job(), Step.ALREADY, changed=True), [("resumed", "")]),
    "it is gone": (resumed(None, Step.ACT), [("missing", "")]),
    "somebody else did it": (resumed(job(), Step.ALREADY), [("left", "as it was")]),
    "it ended": (resumed(halted(ENDED), Step.INELIGIBLE), [("left", "as it was")]),
    "accepted, not seen": (resumed(job(HELD), Step.WAIT, changed=True), []),
    "accepted, and it ended suspended": (resumed(halted(ENDED), Step.INELIGIBLE, changed=True), []),
    "to be done": (resumed(job(), Step.ACT), []),
    "under way": (resumed(job(), Step.WAIT), []),
    "suspended, but not to be resumed now": (resumed(job(HELD), Step.INELIGIBLE), []),
    "suspended, and said to be there": (resumed(job(HELD), Step.ALREADY), []),
    "what holds it is on another one": (resumed(job(), Step.ALREADY, passed_on=True), []),
    "its state does not tell": (resumed(job(STRANGE), Step.INELIGIBLE), []),
    "it was refused": (resumed(job(), Step.ALREADY, error=Refused("no")), []),
    "it was refused and goes on": (resumed(job(), Step.ALREADY, changed=True, error=Refused("no")), []),
}


@pytest.mark.parametrize(("item", "written"), RESUMES.values(), ids=RESUMES)
def test_what_a_resume_writes(book: Book, item: Item, written: list[tuple[str, str]]) -> None:
    book.journal.suspended(ID)
    recorder = ResumeRecorder(book.journal, "w", book.warnings.append)
    recorder.announce(Verb.RESUME, [job(HELD)])
    assert book.written() == [("suspended", ""), ("intend_resume", "")]
    recorder.conclude(item)
    assert book.written() == written


def test_a_job_that_is_settled_is_not_written_again(book: Book) -> None:
    book.journal.left(ID, "it ended")
    ResumeRecorder(book.journal, "w", book.warnings.append).conclude(resumed(job(), Step.ALREADY, changed=True))
    assert book.written() == [("left", "it ended")]


def test_a_job_that_was_left_to_another_window_is_not_left_to_it_again(book: Book) -> None:
    book.journal.open_window("memory", "memory://product", "x")
    book.journal.suspended(ID)
    book.journal.hold("x", ID)
    book.written()
    recorder = ResumeRecorder(book.journal, "w", book.warnings.append)
    for _time in range(2):
        recorder.conclude(resumed(job(HELD), Step.ALREADY))
    assert book.written() == [("release", "")]
    assert book.journal.ledger.entries[ID].holders == ("x",)


# --- what became of the requests of a dead run ----------------------------------------------------------------------


class Look(MemoryProduct):
    """A product that shows a job as the test wants it, from one moment to the next.

    :param shown: from how many seconds on, and what; None: the job is not listed.
    """

    def __init__(self, clock: FakeClock, *shown: tuple[float, Job | None], step: Step = Step.ALREADY) -> None:
        super().__init__(clock)
        self.shown = [(clock.now + after, one) for after, one in shown]
        self.planned = step
        self.verbs: set[Verb] = set()
        self.capabilities = dataclasses.replace(self.capabilities, hidden=9.0)  # type: ignore[misc]

    def get_jobs(self, job_ids: t.Sequence[str]) -> dict[str, Job]:
        self.requests.append("get")
        one = [one for moment, one in self.shown if moment <= self.clock.now][-1]
        return {one.id: one} if one else {}

    def decide(self, verb: Verb, job: Job, options: VerbOptions) -> Decision:
        self.verbs.add(verb)
        step = Step.INELIGIBLE if job.state is STRANGE else Step.ACT if job.state is HELD else self.planned
        return Decision(step, verb, RUNNING)


def settled(book: Book, product: Look, patience: float = 600.0) -> float:
    """Seconds that it took."""
    began = book.clock.now
    settle(product, book.clock, book.journal, OPTIONS, Deadline(book.clock, patience))
    assert product.verbs <= {Verb.RESUME}
    return book.clock.now - began


@pytest.mark.parametrize(
    ("shown", "waits", "written"),
    [
        ([(0, job(HELD))], 0, [("suspended", "")]),
        ([(0, job())], 5, [("not_suspended", "it is running")]),
        ([(0, job(ENDED))], 5, [("not_suspended", "it is failed")]),
        ([(0, job()), (3, job(HELD))], 3, [("suspended", "")]),
        ([(0, job(STRANGE))], 5, []),
        ([(0, None)], 9, [("missing", "")]),
        ([(0, None), (4, job(HELD))], 4, [("suspended", "")]),
    ],
)
def test_what_a_dead_suspend_has_done(
    book: Book, shown: list[tuple[float, Job | None]], waits: float, written: list[tuple[str, str]]
) -> None:
    took = settled(book, Look(book.clock, *shown))
    assert waits <= took < waits + 3  # the next look
    assert book.written() == written


@pytest.mark.parametrize(
    ("shown", "waits", "written"),
    [
        ([(0, job())], 0, [("resumed", "")]),
        ([(0, job(HELD))], 5, [("suspended", "")]),
        ([(0, job(HELD)), (3, job())], 3, [("resumed", "")]),
    ],
)
def test_what_a_dead_resume_has_done(
    book: Book, shown: list[tuple[float, Job | None]], waits: float, written: list[tuple[str, str]]
) -> None:
    book.journal.suspended(ID)
    book.journal.intend_resume([job(HELD)])
    book.written()
    took = settled(book, Look(book.clock, *shown))
    assert waits <= took < waits + 3
    assert book.written() == written


def test_what_is_under_way_is_believed_when_it_has_ended(book: Book) -> None:
    took = settled(book, Look(book.clock, (0, job()), step=Step.WAIT))
    assert took >= 5
    assert book.written() == [("suspended", "")]


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 1e7])
def test_the_grace_runs_whatever_the_wall_clock_says(book: Book, jump: float) -> None:
    """A clock that was set between the crash and the recovery must not settle a request that takes effect later."""
    book.clock.now += jump
    assert settled(book, Look(book.clock, (0, job()), (4.9, job(HELD)))) >= 4.9
    assert book.written() == [("suspended", "")]


def test_jobs_that_are_settled_are_not_looked_at(book: Book) -> None:
    book.journal.suspended(ID)
    product = Look(book.clock, (0, job()))
    assert settled(book, product) == 0
    assert product.requests == []


def test_the_time_of_the_verb_bounds_it(book: Book) -> None:
    product = Look(book.clock, (0, job()))
    with pytest.raises(WaitTimeout, match=str(book.path)):
        settled(book, product, patience=3.0)
    assert sum(book.clock.slept) == 3.0
    assert book.written() == []


def test_what_is_told_at_once_needs_no_time(book: Book) -> None:
    assert settled(book, Look(book.clock, (0, job(HELD))), patience=0.0) == 0
    assert book.written() == [("suspended", "")]


# --- which jobs are to be resumed -----------------------------------------------------------------------------------


def planned(book: Book, product: MemoryProduct, selection: Selection | None = None, **policy: t.Any) -> list[Item]:
    engine = Engine(product, product.clock, Policy(on_missing="ignore", on_ineligible="skip", **policy), OPTIONS)
    return Window(book.journal, product, engine, product.clock, pytest.fail, "w").plan_resume(selection or Selection())


@pytest.mark.parametrize(
    ("was_suspended", "is_halted", "step", "note"),
    [
        (True, True, Step.ACT, ""),
        (True, False, Step.ALREADY, "somebody resumed it meanwhile"),
        (False, True, Step.ACT, ""),
        (False, False, Step.ALREADY, "it is not suspended"),
    ],
)
def test_a_job_of_the_journal_is_resumed_if_it_is_suspended(
    book: Book, was_suspended: bool, is_halted: bool, step: Step, note: str
) -> None:
    if was_suspended:
        book.journal.suspended(ID)
    (item,) = planned(book, MemoryProduct(book.clock, is_halted))
    assert (item.planned.step, item.note) == (step, note)
    assert item.remembered == {"name": f"name of {ID}", "type": "kind", "owner": "client"}


def test_a_journal_that_is_only_read_is_not_settled(book: Book) -> None:
    book.journal.is_read_only = True
    began = book.clock.monotonic()
    planned(book, MemoryProduct(book.clock, False))
    assert (book.written(), book.clock.monotonic()) == ([], began)


@pytest.mark.parametrize("reason", ["", "it is held by an operator"])
def test_what_is_settled_is_only_reported(book: Book, reason: str) -> None:
    """Settling finds that the dead suspend came to nothing; then somebody suspends the job."""
    entries = book.journal.ledger.open_entries
    book.journal.not_suspended(ID, "it is running")
    product = MemoryProduct(book.clock, True)
    engine = Engine(product, book.clock, Policy(on_missing="ignore", on_ineligible="skip"), OPTIONS)
    decide = product.decide

    def warned(verb: Verb, job: Job, options: VerbOptions) -> Decision:
        return dataclasses.replace(decide(verb, job, options), warning=reason)

    product.decide = warned  # type: ignore[method-assign]
    window = Window(book.journal, product, engine, book.clock, pytest.fail, "w")
    (item,) = window._items_to_resume(entries, Selection())
    assert (item.planned.step, item.note) == (Step.ALREADY, reason or "somebody suspended it meanwhile")


@pytest.mark.parametrize(
    ("state", "step", "is_skipped"),
    [(HELD, Step.WAIT_THEN_ACT, False), (STRANGE, Step.WAIT_THEN_ACT, False), (ENDED, None, True)],
)
def test_a_job_that_cannot_be_resumed_now_is_waited_for(
    book: Book, state: JobState, step: Step | None, is_skipped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.journal.suspended(ID)
    product = Look(book.clock, (0, job(state)))

    def refuse(verb: Verb, job: Job, options: VerbOptions) -> Decision:
        return Decision(Step.INELIGIBLE, verb, job.state, "not now")

    monkeypatch.setattr(product, "decide", refuse)
    (item,) = planned(book, product)
    assert (item.planned.step, item.skipped) == (step or Step.INELIGIBLE, is_skipped)
    assert item.note == ("not now" if is_skipped else "")


def test_what_has_passed_to_another_job_is_waited_for_and_not_asked_for(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.journal.suspended(ID)
    product = Look(book.clock, (0, job(ENDED)))
    passed_on = Decision(Step.INELIGIBLE, Verb.RESUME, ENDED, "its hold is on another one", passed_on=True)
    monkeypatch.setattr(product, "decide", lambda verb, job, options: passed_on)
    (item,) = planned(book, product)
    assert (item.planned.step, item.skipped) == (Step.WAIT, False)


def test_what_was_missing_before_is_not_waited_for_again(book: Book) -> None:
    assert settled(book, Look(book.clock, (0, None))) >= 9
    assert settled(book, Look(book.clock, (0, None))) == 0
    assert settled(book, Look(book.clock, (0, job()), (4, job(HELD)))) >= 4  # it is there again, and may only lag
    assert book.written() == [("missing", ""), ("suspended", "")]


def test_what_cannot_be_read_stays_as_it_is(tmp_path: pathlib.Path) -> None:
    book = Book(tmp_path / "journal", "job0", "job1")
    product = MemoryProduct(book.clock, True, True)
    product.unreadable["job0"] = Refused("HTTP 500")
    settle(product, book.clock, book.journal, OPTIONS, Deadline(book.clock, 600.0))
    assert book.written() == [("suspended", "")]
    assert book.journal.ledger.entries["job0"].stage is Stage.INTENDED


@pytest.mark.parametrize(
    ("selection", "ids"),
    [
        (Selection(), ["job0", "job1", "job2"]),
        (Selection(job_ids=("job2", "job0")), ["job2", "job0"]),
        (Selection(names=("name of job1",)), ["job1"]),
        (Selection(job_ids=("job1", "job1"), names=("name*",)), ["job1"]),
        (Selection(nothing=True), []),
        (Selection(job_ids=("job1",), nothing=True), []),
    ],
)
def test_a_selection_narrows_the_jobs_of_the_journal(
    tmp_path: pathlib.Path, selection: Selection, ids: list[str]
) -> None:
    book = Book(tmp_path / "journal", "job0", "job1", "job2")
    for job_id in ("job0", "job1", "job2"):
        book.journal.suspended(job_id)
    items = planned(book, MemoryProduct(book.clock, True, True, True), selection)
    assert [item.job_id for item in items] == ids


@pytest.mark.parametrize("stranger", ["job3", "nowhere"])
def test_a_job_that_the_window_does_not_hold_is_not_found(tmp_path: pathlib.Path, stranger: str) -> None:
    book = Book(tmp_path / "journal", "job0")
    book.journal.suspended("job0")
    product = MemoryProduct(book.clock, *[True] * 4)
    with pytest.raises(NotFound, match=f"job_ids: {stranger} is not among the jobs that the window 'w' holds"):
        planned(book, product, Selection(job_ids=("job0", stranger)))


def test_an_empty_selection_does_not_even_tell_of_missing_jobs(book: Book) -> None:
    book.journal.suspended(ID)
    product = MemoryProduct(book.clock)
    assert planned(book, product, Selection(nothing=True)) == []
    assert product.requests == []


def test_a_job_that_was_settled_as_gone_is_missing(book: Book) -> None:
    (item,) = planned(book, Look(book.clock, (0, None)))
    assert book.written() == [("missing", "")]
    assert item.now is None
    assert item.skipped


# --- what is missing ------------------------------------------------------------------------------------------------


def window_of(book: Book) -> Window:
    product = MemoryProduct(book.clock)
    engine = Engine(product, book.clock, Policy(), OPTIONS)
    return Window(book.journal, product, engine, book.clock, book.warnings.append, "w")


@pytest.mark.parametrize(
    ("missing", "said"),
    [(1, "missing: 0. They"), (10, "8, 9. They"), (11, "8, 9 and 1 more. They"), (25, "8, 9 and 15 more. They")],
)
def test_missing_jobs_are_named_once(book: Book, missing: int, said: str) -> None:
    window_of(book).close([Item(str(number), None) for number in range(missing)] + [Item("seen", job())])
    (warning,) = book.warnings
    assert said in warning
    assert "seen" not in warning


@pytest.mark.parametrize(
    ("is_recorded", "written"),
    [(True, [("missing", ""), ("forgotten", ""), ("close", "")]), (False, [])],
)
def test_a_person_says_that_missing_jobs_are_gone(
    book: Book, is_recorded: bool, written: list[tuple[str, str]]
) -> None:
    """Only those that a run has looked for in vain."""
    if is_recorded:
        book.journal.missing(ID)
    window_of(book).close([Item(ID, None)], forget_missing=True)
    assert book.written() == written
    assert book.warnings == []


@pytest.mark.parametrize("is_error", [True, False])
def test_a_missing_job_is_an_error_or_a_warning(book: Book, is_error: bool) -> None:
    item, seen = Item(ID, None), Item("seen", job())
    window_of(book).close([item, seen], is_missing_an_error=is_error)
    assert isinstance(item.error, NotFound) is is_error
    assert seen.error is None
    assert len(book.warnings) == (0 if is_error else 1)


@pytest.mark.parametrize(
    ("other", "name"), [("x", "the window 'x'"), ("", "the window without a name")], ids=["named", "nameless"]
)
def test_what_another_window_holds_stays_suspended(book: Book, other: str, name: str) -> None:
    book.journal.suspended(ID)
    book.journal.open_window("memory", "memory://product", other)
    book.journal.hold(other, ID)
    (item,) = planned(book, MemoryProduct(book.clock, True))
    assert (item.planned.step, item.skipped, item.note) == (Step.ALREADY, False, f"it stays suspended for {name}")


@pytest.mark.parametrize("is_other_open", [True, False])
@pytest.mark.parametrize("becomes", ["open", "closed", "closed with a missing job"])
def test_a_warning_is_about_a_name_that_may_be_misspelt(book: Book, becomes: str, is_other_open: bool) -> None:
    if becomes == "closed with a missing job":
        book.journal.missing(ID)
    else:
        book.journal.not_suspended(ID, "it ended")
    if becomes != "open":
        book.journal.close_window("w")
    if is_other_open:
        book.journal.open_window("memory", "memory://product", "x")
    window_of(book).plan_resume(Selection())
    assert len(book.warnings) == (becomes == "closed" and is_other_open)


def test_a_job_that_could_not_be_read_is_not_missing(book: Book) -> None:
    book.journal.missing(ID)
    item = Item(ID, None, error=Refused("no"))
    window_of(book).close([item], is_missing_an_error=True, forget_missing=False)
    window_of(book).close([item], forget_missing=True)
    assert isinstance(item.error, Refused)
    assert book.warnings == []
    assert ("forgotten", "") not in book.written()


def test_nothing_is_said_when_none_is_missing(book: Book) -> None:
    window_of(book).close([Item(ID, job())])
    assert book.warnings == []


def test_a_job_that_could_not_be_written_down_was_not_asked_for(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_file: int, _data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(file, "_write_all", full)
    with pytest.raises(UsageError):
        SuspendRecorder(book.journal, "w", book.warnings.append).announce(Verb.SUSPEND, [job()])
