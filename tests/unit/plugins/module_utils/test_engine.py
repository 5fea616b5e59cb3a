# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine on a product in memory: each rule of trust, one test."""

from __future__ import annotations

import dataclasses
import threading
import typing as t

import pytest
from support.clock import FakeClock
from support.product import AnswerLost, MemoryProduct, NeverArrived

from ansible_collections.batchops.job_control.plugins.module_utils import _report as report
from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, NoRecorder, Policy
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    ConnectionFailed,
    JobControlError,
    RateLimited,
    Refused,
    UsageError,
    WaitTimeout,
)
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    JobState,
    Selection,
    Step,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._selection import named, select
from ansible_collections.batchops.job_control.plugins.module_utils._system import Answer

ALL = Selection()


def run(product: MemoryProduct, verb: Verb, selection: Selection = ALL, **policy: object) -> list[Item]:
    engine = Engine(product, product.clock, Policy(**policy), VerbOptions())  # type: ignore[arg-type]
    items = select(product, selection, int(str(policy.get("max_jobs", 0))))
    engine.plan(verb, items)
    if not any(item.error for item in items):
        engine.carry_out(verb, items)
    return items


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_only_jobs_that_are_not_there_yet_are_asked_for(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False, True, False)
    items = run(product, Verb.SUSPEND)
    assert product.requests == ["list", "suspend job0", "suspend job2", "get"]
    assert [item.changed for item in items] == [True, False, True]


def test_a_second_run_writes_nothing(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False, False)
    run(product, Verb.SUSPEND)
    product.requests.clear()
    items = run(product, Verb.SUSPEND)
    assert product.requests == ["list"]
    assert not any(item.changed for item in items)


def test_batches_are_filled(clock: FakeClock) -> None:
    product = MemoryProduct(clock, *[False] * 5, batch=2)
    run(product, Verb.SUSPEND)
    assert [r for r in product.requests if r.startswith("suspend")] == [
        "suspend job0,job1",
        "suspend job2,job3",
        "suspend job4",
    ]


def test_workers_do_the_same_as_one(clock: FakeClock) -> None:
    product = MemoryProduct(clock, *[False] * 50)
    items = run(product, Verb.SUSPEND, workers=8)
    assert all(item.changed for item in items)
    assert all(record.applied == [Verb.SUSPEND] for record in product.records.values())


@pytest.mark.parametrize("workers", [1, 2])
def test_several_workers_send_requests_in_threads_of_their_own(clock: FakeClock, workers: int) -> None:
    product = MemoryProduct(clock, False, False)
    senders: set[threading.Thread] = set()
    product.step = lambda name: senders.add(threading.current_thread()) if name.startswith("suspend") else None
    run(product, Verb.SUSPEND, workers=workers)
    assert (threading.main_thread() in senders) is (workers == 1)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_fault_of_our_own_is_not_hidden_by_a_thread(clock: FakeClock, workers: int) -> None:
    product = MemoryProduct(clock, False, False)

    def fault(name: str) -> None:
        if name == "suspend job0" and product.requests.count(name) == 1:
            raise ZeroDivisionError

    product.step = fault
    with pytest.raises(ZeroDivisionError):
        run(product, Verb.SUSPEND, workers=workers)


def test_accepting_is_not_success(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False, lag=30.0)
    (item,) = run(product, Verb.SUSPEND)
    assert item.job.halted
    assert clock.now >= 1_780_000_030
    assert product.records["job0"].applied == [Verb.SUSPEND]


def test_time_out_is_a_failure_with_the_last_state(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False, lag=1e9)
    (item,) = run(product, Verb.SUSPEND, wait_timeout=60.0)
    assert item.error is not None
    assert item.error.kind == "wait_timeout"
    assert "RUNNING" in item.error.message
    assert sum(clock.slept) == pytest.approx(60.0)
    assert item.changed


def test_without_waiting_the_state_is_still_read_back(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False, lag=30.0)
    (item,) = run(product, Verb.SUSPEND, wait=False)
    assert product.requests[-1] == "get"
    assert item.error is None
    assert item.changed
    assert item.job.state is JobState.RUNNING
    assert clock.slept == []


def test_lost_answer_of_an_applied_request_is_a_change(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False)
    product.answers["job0"] = [AnswerLost()]
    (item,) = run(product, Verb.SUSPEND)
    assert item.changed
    assert item.error is None
    assert product.records["job0"].applied == [Verb.SUSPEND]


@pytest.mark.parametrize(("lag", "error"), [(0.0, None), (1e9, "unknown_outcome")])
def test_an_answer_that_leaves_a_job_out_is_a_lost_answer(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch, lag: float, error: str | None
) -> None:
    product = MemoryProduct(clock, False, False, lag=lag, batch=2)
    act = product.act
    monkeypatch.setattr(product, "act", lambda *args: act(*args)[1:])
    left_out, answered = run(product, Verb.SUSPEND, wait=False)
    assert (left_out.error.kind if left_out.error else None) == error
    assert left_out.error is None or "says nothing about job job0" in left_out.error.message
    assert left_out.changed is (error is None)
    assert (answered.changed, answered.error) == (True, None)


def test_lost_request_is_sent_again_where_that_is_harmless(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False)
    product.answers["job0"] = [NeverArrived()]
    (item,) = run(product, Verb.SUSPEND)
    assert item.changed
    assert product.records["job0"].applied == [Verb.SUSPEND]


def test_lost_request_is_not_sent_again_where_that_could_do_harm(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False)
    product.capabilities = dataclasses.replace(product.capabilities, repeatable=frozenset())
    product.answers["job0"] = [NeverArrived()]
    (item,) = run(product, Verb.SUSPEND)
    assert item.error is not None
    assert item.error.kind == "unknown_outcome"
    assert product.records["job0"].applied == []


def test_lost_request_is_sent_again_when_the_product_shows_that_it_did_not_arrive(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False)
    product.capabilities = dataclasses.replace(product.capabilities, repeatable=frozenset())
    product.arrived = lambda verb, job: False  # type: ignore[method-assign]
    product.answers["job0"] = [NeverArrived()]
    (item,) = run(product, Verb.SUSPEND)
    assert item.changed
    assert product.records["job0"].applied == [Verb.SUSPEND]


def test_the_id_that_a_job_was_given_is_kept_when_a_later_answer_has_none(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = MemoryProduct(clock, False)
    product.answers["job0"] = [NeverArrived()]
    act, new_ids = product.act, ["new", ""]

    def acted(*args: t.Any) -> list[Answer]:
        return [dataclasses.replace(answer, new_id=new_ids.pop(0)) for answer in act(*args)]

    monkeypatch.setattr(product, "act", acted)
    (item,) = run(product, Verb.SUSPEND)
    assert (item.new_id, item.asked) == ("new", {Verb.SUSPEND: 2})


@pytest.mark.parametrize("repeatable", [frozenset(), frozenset({Verb.SUSPEND, Verb.RESUME})])
def test_a_lost_answer_is_no_doubt_when_the_job_has_come_to_the_next_step(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch, repeatable: frozenset[Verb]
) -> None:
    """A verb of two requests: the job is suspended first, and then resumed."""
    product = MemoryProduct(clock, False)
    product.capabilities = dataclasses.replace(product.capabilities, repeatable=repeatable)
    product.answers["job0"] = [AnswerLost()]

    def decide(verb: Verb, job: Job, options: VerbOptions) -> Decision:
        applied = product.records[job.id].applied
        if len(applied) == 2:
            return Decision(Step.ALREADY, Verb.RESUME, job.state)
        return Decision(Step.ACT, Verb.RESUME if applied else Verb.SUSPEND, job.state)

    monkeypatch.setattr(product, "decide", decide)
    (item,) = run(product, Verb.RETRY)
    assert (item.changed, item.error) == (True, None)
    assert product.records["job0"].applied == [Verb.SUSPEND, Verb.RESUME]


def test_a_request_is_repeated_once_at_most(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False)
    product.answers["job0"] = [NeverArrived(), NeverArrived(), NeverArrived()]
    (item,) = run(product, Verb.SUSPEND)
    assert item.error is not None
    assert item.error.kind == "unknown_outcome"
    assert item.asked == {Verb.SUSPEND: 2}


def test_a_repeat_that_was_accepted_is_waited_for(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False, lag=30.0)
    product.answers["job0"] = [NeverArrived()]
    (item,) = run(product, Verb.SUSPEND)
    assert (item.changed, item.error) == (True, None)
    assert product.records["job0"].applied == [Verb.SUSPEND]


SECOND = [Refused("it is suspended"), ConnectionFailed("connection refused"), AuthFailed("the session has ended")]


@pytest.mark.parametrize("second", SECOND, ids=lambda error: error.kind)
@pytest.mark.parametrize("lag", [0.5, 4.0])
def test_a_repeat_that_fails_says_nothing_of_the_first_request(
    clock: FakeClock, second: JobControlError, lag: float
) -> None:
    product = MemoryProduct(clock, False, lag=lag)
    product.answers["job0"] = [AnswerLost(), second]
    product.step = lambda name: clock.sleep(0.25)
    (item,) = run(product, Verb.SUSPEND)
    assert (item.error, item.changed, item.job.halted) == (None, True, True)
    assert product.records["job0"].applied == [Verb.SUSPEND]


@pytest.mark.parametrize("second", SECOND, ids=lambda error: error.kind)
def test_a_request_whose_repeat_fails_and_that_never_shows_is_unknown(
    clock: FakeClock, second: JobControlError
) -> None:
    product = MemoryProduct(clock, False)
    product.answers["job0"] = [NeverArrived(), second]
    (item,) = run(product, Verb.SUSPEND)
    assert item.error is not None
    assert item.error.kind == "unknown_outcome"
    assert "connection reset" in item.error.message  # the doubt is about the first request
    assert sum(clock.slept) >= product.capabilities.settle


def test_refused_but_there_already_means_that_somebody_was_faster(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False)
    product.answers["job0"] = [Refused("no")]

    def operator(name: str) -> None:
        if name.startswith("suspend"):
            product.records["job0"].halted = True

    product.step = operator
    (item,) = run(product, Verb.SUSPEND)
    assert item.error is None
    assert not item.changed
    assert item.note == "somebody else was faster"


def test_refusal_stands_when_the_job_is_not_there(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False, False)
    product.answers["job0"] = [Refused("not restartable", code="2")]
    items = run(product, Verb.SUSPEND)
    assert [item.changed for item in items] == [False, True]
    error = report.failure(items, stopped=False)
    assert error is not None
    assert error.kind == "partial"
    assert error.code == "2"


def test_refusal_stands_when_the_job_cannot_take_the_verb_but_has_not_ended(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = MemoryProduct(clock, False)
    product.answers["job0"] = [Refused("it waits for approval")]
    decide = product.decide

    def decide_later(verb: Verb, job: Job, options: VerbOptions) -> Decision:
        if any(name.startswith("suspend") for name in product.requests):
            return Decision(Step.INELIGIBLE, verb, job.state, "it waits for approval")
        return decide(verb, job, options)

    monkeypatch.setattr(product, "decide", decide_later)
    (item,) = run(product, Verb.SUSPEND)
    assert isinstance(item.error, Refused)
    assert not item.changed


def test_job_that_ends_meanwhile_is_reported_and_no_error(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False, lag=30.0)

    def job_ends(name: str) -> None:
        if name == "get":
            product.records["job0"].ended = JobState.COMPLETED

    product.step = job_ends
    (item,) = run(product, Verb.SUSPEND)
    assert item.error is None
    assert not item.changed
    assert item.note == "it ended as completed meanwhile"


def test_job_that_vanishes_meanwhile_is_reported_and_no_error(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False, lag=30.0)
    product.step = lambda name: product.records.pop("job0", None) if name == "suspend done" else None
    (item,) = run(product, Verb.SUSPEND)
    assert item.error is None
    assert item.now is None
    assert item.note == "it does not exist any more"


def test_wrong_credentials_stop_the_rest_before_the_account_is_locked(clock: FakeClock) -> None:
    product = MemoryProduct(clock, *[False] * 10)
    product.answers["job0"] = [AuthFailed("no")]
    items = run(product, Verb.SUSPEND)
    assert [r for r in product.requests if r.startswith("suspend")] == ["suspend job0"]
    assert {item.error.kind for item in items if item.error} == {"auth"}


def test_max_jobs_counts_before_the_first_write(clock: FakeClock) -> None:
    product = MemoryProduct(clock, *[False] * 4)
    with pytest.raises(UsageError, match="means 4 jobs but max_jobs is 3"):
        run(product, Verb.SUSPEND, max_jobs=3)
    assert product.requests == ["list"]


@pytest.mark.parametrize(
    ("policy", "error"), [({}, "not_found"), ({"on_missing": "fail"}, "not_found"), ({"on_missing": "ignore"}, None)]
)
def test_missing_job(clock: FakeClock, policy: dict[str, str], error: str | None) -> None:
    product = MemoryProduct(clock, False)
    items = run(product, Verb.SUSPEND, Selection(job_ids=("job0", "nowhere")), **policy)
    assert items[1].before is None
    assert (items[1].error.kind if items[1].error else None) == error
    assert (items[1].skipped, items[1].note) == ((False, "") if error else (True, "it does not exist"))
    assert product.records["job0"].halted is (error is None)


@pytest.mark.parametrize(
    ("named", "policy", "fails"),
    [(True, "", True), (False, "", False), (True, "skip", False), (False, "fail", True)],
)
def test_ineligible_job(clock: FakeClock, named: bool, policy: str, fails: bool) -> None:
    product = MemoryProduct(clock, False)
    product.records["job0"].ended = JobState.FAILED
    selection = Selection(job_ids=("job0",)) if named else ALL
    (item,) = run(product, Verb.SUSPEND, selection, on_ineligible=policy)
    assert (item.error is not None) is fails
    assert item.skipped is not fails


def test_a_job_named_twice_is_one_job(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False)
    items = run(product, Verb.SUSPEND, Selection(job_ids=("job0", "job0")))
    assert len(items) == 1


def test_a_job_that_does_not_exist_cannot_be_taken_for_one() -> None:
    item = Item("nowhere", None)
    with pytest.raises(LookupError, match="nowhere"):
        assert item.job
    with pytest.raises(LookupError, match="nowhere"):
        assert item.planned


def test_unreadable_state_after_a_write_is_an_unknown_outcome(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False)

    def gone_after_the_write(name: str) -> None:
        if name == "get":
            raise NeverArrived

    product.step = gone_after_the_write
    (item,) = run(product, Verb.SUSPEND)
    assert item.error is not None
    assert item.error.kind == "unknown_outcome"


def test_a_refusal_stands_when_the_state_cannot_be_read(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False)
    product.answers["job0"] = [Refused("not restartable")]

    def unreadable(name: str) -> None:
        if name == "get":
            raise NeverArrived

    product.step = unreadable
    (item,) = run(product, Verb.SUSPEND)
    assert isinstance(item.error, Refused)


class Concluded(NoRecorder):
    """Whose turn is over, in this order."""

    def __init__(self) -> None:
        self.jobs: list[str] = []

    def conclude(self, item: Item) -> None:
        self.jobs.append(item.job_id)


@pytest.mark.parametrize("lost", [True, False])
@pytest.mark.parametrize("lag", [0.0, 1e9])
def test_each_job_is_concluded_once(clock: FakeClock, lag: float, lost: bool) -> None:
    product = MemoryProduct(clock, False, True, False, lag=lag)

    def unreadable(name: str) -> None:
        if name == "get" and lost:
            raise NeverArrived

    product.step = unreadable
    engine, concluded = Engine(product, clock, Policy(), VerbOptions()), Concluded()
    items = select(engine.system, ALL)
    engine.plan(Verb.SUSPEND, items)
    engine.carry_out(Verb.SUSPEND, items, concluded)
    assert sorted(concluded.jobs) == ["job0", "job1", "job2"]


# --- what was provably not done --------------------------------------------------------------------------------------


def busy() -> JobControlError:
    return RateLimited("another operation is under way", not_done=True)


def expired() -> JobControlError:
    return AuthFailed("the token has expired", not_done=True)


def test_a_product_that_is_busy_is_asked_again_after_another_look(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False)
    product.answers["job0"] = [busy(), busy()]
    (item,) = run(product, Verb.SUSPEND)
    assert product.requests == ["list", *["suspend job0", "get"] * 3]
    assert product.records["job0"].applied == [Verb.SUSPEND]
    assert (item.changed, item.error, item.note) == (True, None, "")
    assert clock.slept == [1.0, 2.0]


def test_a_product_that_is_busy_is_asked_for_the_last_time_when_the_patience_ends(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False)
    product.answers["job0"] = [busy()]
    (item,) = run(product, Verb.SUSPEND, retry_timeout=1.0)
    assert (item.changed, item.error) == (True, None)
    assert clock.slept == [1.0]


def test_an_expired_token_needs_no_pause_but_another_look(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False, False)
    product.answers["job0"] = [expired()]
    items = run(product, Verb.SUSPEND)
    assert product.requests == ["list", "suspend job0", "suspend job1", "get", "suspend job0", "get"]
    assert all(item.changed and not item.error for item in items)
    assert clock.slept == []


@pytest.mark.parametrize("wait", [True, False])
def test_a_product_that_stays_busy_is_given_up(clock: FakeClock, wait: bool) -> None:
    product = MemoryProduct(clock, False)
    product.answers["job0"] = [busy()] * 1000
    (item,) = run(product, Verb.SUSPEND, retry_timeout=20.0, wait=wait)
    assert item.error is not None
    assert (item.error.kind, item.error.message) == ("rate_limited", "another operation is under way")
    assert not item.changed
    assert 10 < sum(clock.slept) <= 20.0


def test_a_product_that_stays_busy_is_not_asked_beyond_the_time_of_the_verb(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False)
    product.answers["job0"] = [busy()] * 1000
    (item,) = run(product, Verb.SUSPEND, retry_timeout=1000.0, wait_timeout=30.0)
    assert item.error is not None
    assert item.error.kind == "rate_limited"
    assert sum(clock.slept) == pytest.approx(30.0)


def test_what_somebody_else_has_done_meanwhile_is_not_asked_for_again(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False)
    product.answers["job0"] = [expired()]

    def somebody(name: str) -> None:
        if name == "suspend done":
            product.records["job0"].halted = True

    product.step = somebody
    (item,) = run(product, Verb.SUSPEND)
    assert product.requests == ["list", "suspend job0", "get"]
    assert (item.changed, item.error, item.note) == (False, None, "somebody else did it meanwhile")


@pytest.mark.parametrize("named", [True, False])
def test_what_has_ended_before_it_could_be_asked_for_is_ineligible(clock: FakeClock, named: bool) -> None:
    product = MemoryProduct(clock, False)
    product.answers["job0"] = [busy()]

    def ends(name: str) -> None:
        product.records["job0"].ended = JobState.FAILED if name == "suspend done" else product.records["job0"].ended

    product.step = ends
    (item,) = run(product, Verb.SUSPEND, Selection(job_ids=("job0",)) if named else ALL)
    assert (item.error is not None, item.skipped) == (named, not named)
    assert not item.changed


def test_a_repeat_that_is_put_off_does_not_settle_the_first_request(clock: FakeClock) -> None:
    """The first one may still take effect, so its outcome stays unknown when the repeat never gets through."""
    product = MemoryProduct(clock, False)
    product.answers["job0"] = [NeverArrived(), *[busy()] * 1000]
    (item,) = run(product, Verb.SUSPEND)
    assert item.error is not None
    assert item.error.kind == "unknown_outcome"


# --- a state that no contract lists ----------------------------------------------------------------------------------


class Wordless(MemoryProduct):
    """Calls the state of a job by an unknown word for some seconds after the first request for it."""

    def __init__(self, clock: FakeClock, seconds: float) -> None:
        super().__init__(clock, False)
        self.seconds = seconds
        self.until = 0.0

    def act(self, verb: Verb, jobs: t.Sequence[Job], options: VerbOptions) -> list[Answer]:
        self.until = self.until or self.clock.now + self.seconds
        return super().act(verb, jobs, options)

    def _job(self, job_id: str) -> Job:
        job = super()._job(job_id)
        return dataclasses.replace(job, state=JobState.UNKNOWN) if self.clock.now < self.until else job

    def decide(self, verb: Verb, job: Job, options: VerbOptions) -> Decision:
        if job.state is JobState.UNKNOWN:
            return Decision(Step.INELIGIBLE, verb, job.state, "nobody knows")
        return super().decide(verb, job, options)


def test_a_state_that_nobody_knows_is_neither_an_end_nor_an_arrival(clock: FakeClock) -> None:
    (item,) = run(Wordless(clock, 30.0), Verb.SUSPEND)
    assert (item.changed, item.error, item.note) == (True, None, "")
    assert sum(clock.slept) >= 30.0


def test_a_state_that_nobody_knows_for_ever_is_not_waited_for_beyond_the_time(clock: FakeClock) -> None:
    (item,) = run(Wordless(clock, 1e9), Verb.SUSPEND, wait_timeout=60.0)
    assert item.error is not None
    assert item.error.kind == "wait_timeout"
    assert "nobody knows" in item.error.message


# --- the time of a verb ----------------------------------------------------------------------------------------------


def test_the_time_begins_before_the_first_request(clock: FakeClock) -> None:
    """However long each request takes, no wait begins after the time is over."""
    product = MemoryProduct(clock, False, lag=1000.0)

    def slowly(_name: str) -> None:
        clock.now += 10.0

    product.step = slowly
    began = clock.now
    (item,) = run(product, Verb.SUSPEND, wait_timeout=60.0)
    assert item.error is not None
    assert item.error.kind == "wait_timeout"
    assert clock.now - began <= 60.0 + 10.0


# --- waiting ---------------------------------------------------------------------------------------------------------


class Runs(MemoryProduct):
    """One job with one run after the other: its run and state at each look, and how earlier runs ended."""

    def __init__(self, clock: FakeClock, *looks: tuple[str, JobState], ended: dict[str, JobState]) -> None:
        super().__init__(clock, False)
        self.looks = list(looks)
        self.ended = ended

    def _job(self, job_id: str) -> Job:
        run_id, state = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        running = state is JobState.RUNNING
        return dataclasses.replace(super()._job(job_id), run_id=run_id, state=state, running=running)

    def earlier_run(self, job: Job, run_id: str) -> Job | None:
        state = self.ended.get(run_id)
        return dataclasses.replace(job, run_id=run_id, state=state, running=False) if state else None


RUNNING, QUEUED, COMPLETED, FAILED = JobState.RUNNING, JobState.QUEUED, JobState.COMPLETED, JobState.FAILED


def wait(product: MemoryProduct, until: tuple[JobState, ...] = (COMPLETED, FAILED), **policy: t.Any) -> Item:
    engine = Engine(product, product.clock, Policy(wait_timeout=60.0, **policy), VerbOptions())
    (item,) = select(engine.system, ALL)
    engine.wait_for([item], until, [FAILED])
    return item


@pytest.mark.parametrize(("state", "error"), [(COMPLETED, None), (FAILED, "ineligible")])
def test_a_job_that_is_there_is_not_looked_at_again(clock: FakeClock, state: JobState, error: str | None) -> None:
    product = Runs(clock, ("r1", state), ended={})
    item = wait(product, until=(COMPLETED,))
    assert (item.error.kind if item.error else None) == error
    assert (product.requests, clock.slept) == (["list"], [])


def test_without_waiting_a_job_is_looked_at_once(clock: FakeClock) -> None:
    product = Runs(clock, ("r1", RUNNING), ended={})
    item = wait(product, wait=False)
    assert (item.error, product.requests, clock.slept) == (None, ["list"], [])


def test_a_job_that_never_gets_there_is_waited_for_until_the_time_is_over(clock: FakeClock) -> None:
    item = wait(Runs(clock, ("r1", RUNNING), ended={}), wait_interval=7.0)
    assert item.error is not None
    assert item.error.kind == "wait_timeout"
    assert "the wanted state was not reached within 60 seconds" in item.error.message
    assert sum(clock.slept) == pytest.approx(60.0)
    assert max(clock.slept) == 7.0


@pytest.mark.parametrize(("policy", "error"), [("fail", "not_found"), ("ignore", None)])
def test_a_job_that_vanishes_is_not_waited_for(clock: FakeClock, policy: str, error: str | None) -> None:
    product = Runs(clock, ("r1", RUNNING), ended={})
    product.step = lambda name: product.records.clear() if name == "get" else None
    item = wait(product, on_missing=policy)
    assert (item.now, item.skipped) == (None, policy == "ignore")
    assert (item.error.kind if item.error else None) == error
    assert product.requests == ["list", "get"]


def test_a_job_that_is_missing_is_not_waited_for(clock: FakeClock) -> None:
    product = MemoryProduct(clock)
    engine = Engine(product, clock, Policy(), VerbOptions())
    items = named(engine.system, ["nowhere"])
    engine.wait_for(items, [COMPLETED], [FAILED])
    assert (product.requests, clock.slept) == (["get"], [])


def test_a_run_that_pauses_is_still_the_one_that_is_waited_for(clock: FakeClock) -> None:
    item = wait(Runs(clock, ("r1", RUNNING), ("r1", JobState.HELD), ("r2", COMPLETED), ended={"r1": FAILED}))
    assert item.error is not None
    assert (item.error.kind, item.job.run_id) == ("ineligible", "r1")


def test_a_run_that_fails_before_the_next_one_completes_has_failed(clock: FakeClock) -> None:
    item = wait(Runs(clock, ("r1", RUNNING), ("r2", COMPLETED), ended={"r1": FAILED}))
    assert item.error is not None
    assert item.error.kind == "ineligible"
    assert item.job.run_id == "r1"
    assert item.note == "run r1 ended as failed; run r2 has begun since"


@pytest.mark.parametrize("state", [RUNNING, QUEUED, FAILED])
def test_a_run_that_has_completed_is_not_judged_by_the_next_one(clock: FakeClock, state: JobState) -> None:
    item = wait(Runs(clock, ("r1", RUNNING), ("r2", state), ended={"r1": COMPLETED}))
    assert item.error is None
    assert (item.job.run_id, item.job.state) == ("r1", COMPLETED)


@pytest.mark.parametrize("state", [RUNNING, COMPLETED, FAILED])
def test_a_run_that_nobody_tells_of_is_not_judged_by_the_next_one(clock: FakeClock, state: JobState) -> None:
    item = wait(Runs(clock, ("r1", RUNNING), ("r2", state), ended={}))
    assert item.error is not None
    assert item.error.kind == "unknown_outcome"
    assert "r1" in item.error.message
    assert "r2" in item.error.message


def test_a_run_that_begins_while_nothing_runs_is_the_one_that_is_waited_for(clock: FakeClock) -> None:
    looks = ("r0", QUEUED), ("r1", RUNNING), ("r1", RUNNING), ("r1", COMPLETED)
    item = wait(Runs(clock, *looks, ended={"r0": FAILED}))
    assert (item.job.run_id, item.error, item.note) == ("r1", None, "")


def test_a_run_that_is_not_named_any_more_is_no_other_run(clock: FakeClock) -> None:
    item = wait(Runs(clock, ("r1", RUNNING), ("", RUNNING), ("", COMPLETED), ended={}))
    assert (item.job.state, item.error) == (COMPLETED, None)


def test_a_run_that_ended_otherwise_than_awaited_gives_way_to_the_next(clock: FakeClock) -> None:
    looks = ("r1", RUNNING), ("r2", RUNNING), ("r2", JobState.HELD)
    item = wait(Runs(clock, *looks, ended={"r1": COMPLETED}), until=(JobState.HELD,))
    assert (item.job.run_id, item.error) == ("r2", None)


def test_the_run_that_follows_one_is_looked_at_from_its_first_look(clock: FakeClock) -> None:
    looks = ("r1", RUNNING), ("r2", JobState.HELD), ("r2", RUNNING)
    item = wait(Runs(clock, *looks, ended={"r1": COMPLETED}), until=(JobState.HELD,))
    assert (item.job.run_id, item.job.state, item.error) == ("r2", JobState.HELD, None)


def test_each_of_several_runs_is_waited_for(clock: FakeClock) -> None:
    looks = ("r1", RUNNING), ("r2", RUNNING), ("r2", RUNNING), ("r3", RUNNING)
    item = wait(Runs(clock, *looks, ended={"r1": COMPLETED, "r2": FAILED}), until=(JobState.HELD,))
    assert item.error is not None
    assert (item.error.kind, item.job.run_id) == ("ineligible", "r2")


def test_a_job_that_cannot_be_read_in_time_keeps_its_last_state(clock: FakeClock) -> None:
    product = Runs(clock, ("r1", RUNNING), ended={})

    def late(name: str) -> None:
        if name == "get" and clock.now > began + 20.0:
            clock.now = began + 70.0
            raise WaitTimeout("wait_timeout is over")

    began = clock.now
    product.step = late
    item = wait(product)
    assert item.error is not None
    assert item.error.kind == "wait_timeout"
    assert "the job last was running" in item.error.message


def test_what_was_put_off_is_asked_for_when_the_state_is_known_again(clock: FakeClock) -> None:
    product = Wordless(clock, 5.0)
    product.answers["job0"] = [busy()]
    (item,) = run(product, Verb.SUSPEND)
    assert (item.changed, item.error) == (True, None)
    assert product.records["job0"].applied == [Verb.SUSPEND]
