# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine on a product in memory: each rule of trust, one test."""

from __future__ import annotations

import dataclasses

import pytest
from support.clock import FakeClock
from support.product import AnswerLost, MemoryProduct, NeverArrived

from ansible_collections.batchops.job_control.plugins.module_utils import _report as report
from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Item, Policy
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    ConnectionFailed,
    JobControlError,
    Refused,
    UsageError,
)
from ansible_collections.batchops.job_control.plugins.module_utils._model import JobState, Selection, Verb, VerbOptions

ALL = Selection()


def run(product: MemoryProduct, verb: Verb, selection: Selection = ALL, **policy: object) -> list[Item]:
    engine = Engine(product, product.clock, Policy(**policy), VerbOptions())  # type: ignore[arg-type]
    items = engine.select(selection)
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


def test_a_request_is_repeated_once_at_most(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False)
    product.answers["job0"] = [NeverArrived(), NeverArrived(), NeverArrived()]
    (item,) = run(product, Verb.SUSPEND)
    assert item.error is not None
    assert item.error.kind == "unknown_outcome"
    assert item.asked == {Verb.SUSPEND: 2}


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


def test_unreadable_state_after_a_write_is_an_unknown_outcome(clock: FakeClock) -> None:
    product = MemoryProduct(clock, False)

    def gone_after_the_write(name: str) -> None:
        if name == "get":
            raise NeverArrived

    product.step = gone_after_the_write
    (item,) = run(product, Verb.SUSPEND)
    assert item.error is not None
    assert item.error.kind == "unknown_outcome"
