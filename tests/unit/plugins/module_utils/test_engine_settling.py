# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of a job after a request, by the answer to it and by what the next looks show: case by case."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from support.clock import FakeClock
from support.product import MemoryProduct, NeverArrived

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Policy, Recorder
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    ConnectionFailed,
    JobControlError,
    ProtocolError,
    RateLimited,
    Refused,
    UsageError,
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
from ansible_collections.batchops.job_control.plugins.module_utils._selection import select
from ansible_collections.batchops.job_control.plugins.module_utils._system import Answer

ACT, WAIT, ALREADY, INELIGIBLE = Step.ACT, Step.WAIT, Step.ALREADY, Step.INELIGIBLE
SUSPEND, RESUME, RETRY, CANCEL, CANCEL_RUNNING = (
    Verb.SUSPEND,
    Verb.RESUME,
    Verb.RETRY,
    Verb.CANCEL,
    Verb.CANCEL_RUNNING,
)


@dataclasses.dataclass(frozen=True)
class Look:
    """What a look at the job shows, and what the verb means for it then."""

    step: Step
    action: Verb | None = None  # None: the verb
    state: JobState = JobState.RUNNING
    reason: str = ""
    halted: bool = False
    passed_on: bool = False
    warning: str = ""


BEGIN, THERE, ON_ITS_WAY = Look(ACT), Look(ALREADY, state=JobState.SUSPENDED), Look(WAIT, reason="it is on its way")
THEN_CANCEL = Look(ACT, CANCEL_RUNNING)  # the first step of a verb of two, suspend, has taken effect
FAILED = Look(INELIGIBLE, state=JobState.FAILED, reason="it has failed")
STUCK = Look(INELIGIBLE, reason="it cannot be")
PAUSED = Look(INELIGIBLE, state=JobState.SUSPENDED, reason="it is paused", halted=True)
WORDLESS = Look(INELIGIBLE, state=JobState.UNKNOWN, reason="nobody knows")
PASSED_ON = Look(INELIGIBLE, state=JobState.COMPLETED, reason="it is on job1 now", passed_on=True)


class Shown(MemoryProduct):
    """One job: what each look at it shows, the last one for ever, and how each request about it ends."""

    def __init__(self, *looks: Look, answers: t.Sequence[JobControlError | None] = ()) -> None:
        super().__init__(FakeClock(), False)
        self.looks = list(looks)
        self.ends = list(answers)
        self.name = "name of job0"
        self.arrivals: list[bool | None] = []  # whether each request without an answer arrived, as the product tells

    @property
    def writes(self) -> list[str]:
        return [name.split()[0] for name in self.requests if name not in ("list", "get")]

    def _job(self, job_id: str) -> Job:
        look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        job = dataclasses.replace(super()._job(job_id), name=self.name, state=look.state, halted=look.halted)
        return dataclasses.replace(job, facts={"look": look})

    def decide(self, verb: Verb, job: Job, options: VerbOptions) -> Decision:
        look = job.facts["look"]
        return Decision(look.step, look.action or verb, look.state, look.reason, look.passed_on, look.warning)

    def act(self, verb: Verb, jobs: t.Sequence[Job], options: VerbOptions) -> list[Answer]:
        self._request(f"{verb.value} job0")
        return [Answer(job.id, self.ends.pop(0) if self.ends else None) for job in jobs]

    def arrived(self, verb: Verb, job: Job) -> bool | None:
        return self.arrivals.pop(0)


def carry_out(product: Shown, verb: Verb = SUSPEND, recorder: Recorder | None = None, **policy: t.Any) -> Item:
    engine = Engine(product, product.clock, Policy(**policy), VerbOptions())
    (item,) = select(product, Selection())
    engine.plan(verb, [item])
    engine.carry_out(verb, [item], recorder)
    return item


def outcome(item: Item) -> tuple[str | None, bool, str]:
    return item.error.kind if item.error else None, item.changed, item.note


def refusal() -> JobControlError:
    return Refused("no")


def lost() -> JobControlError:
    return NeverArrived()


def busy() -> JobControlError:
    return RateLimited("another operation is under way", not_done=True)


def expired() -> JobControlError:
    return AuthFailed("the token has expired", not_done=True)


Outcome = tuple[t.Optional[str], bool, str]


# --- planned ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "note"),
    [(ALREADY, "a reason"), (ACT, "a warning"), (WAIT, ""), (Step.WAIT_THEN_ACT, ""), (INELIGIBLE, "a reason")],
)
def test_a_plan_notes_what_the_user_should_know_of_a_job(step: Step, note: str) -> None:
    product = Shown(Look(step, reason="a reason", warning="a warning"))
    engine = Engine(product, product.clock, Policy(), VerbOptions())
    (item,) = select(product, Selection())
    engine.plan(SUSPEND, [item])
    assert (item.note, item.skipped, item.error) == (note, step is INELIGIBLE, None)
    assert product.writes == []


@pytest.mark.parametrize("own_verb", [None, Verb.SET_AGENT_STATE])
def test_a_verb_that_one_product_has_acts_on_what_it_is_about(
    monkeypatch: pytest.MonkeyPatch, own_verb: Verb | None
) -> None:
    agents, product = Shown(BEGIN), Shown(BEGIN)
    monkeypatch.setattr(product, "view", {Verb.SET_AGENT_STATE: agents}.__getitem__)
    engine = Engine(product, product.clock, Policy(), VerbOptions(), own_verb)
    assert engine.system is (agents if own_verb else product)


@pytest.mark.parametrize("on_missing", ["fail", "ignore"])
def test_a_job_that_cannot_be_read_is_not_missing(on_missing: str) -> None:
    product, trouble = Shown(BEGIN), ConnectionFailed("gone")
    item = Item("nowhere", None, error=trouble)
    Engine(product, product.clock, Policy(on_missing=on_missing), VerbOptions()).plan(SUSPEND, [item])
    assert (item.error, item.skipped, item.note) == (trouble, False, "")


def test_the_time_of_a_verb_may_have_begun_before() -> None:
    product = Shown(BEGIN)
    deadline = Deadline(product.clock, 5.0)
    engine = Engine(product, product.clock, Policy(), VerbOptions(), deadline=deadline)
    assert engine.deadline is deadline


def test_the_product_knows_the_time_of_the_verb_before_its_first_request(monkeypatch: pytest.MonkeyPatch) -> None:
    product = Shown(BEGIN)
    deadlines: list[Deadline] = []
    monkeypatch.setattr(product, "bound", deadlines.append)
    engine = Engine(product, product.clock, Policy(wait_timeout=60.0), VerbOptions())
    assert deadlines == [engine.deadline]
    assert engine.deadline.remaining == 60.0


# --- accepted --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", [SUSPEND, CANCEL])
@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        # Not before the request must have shown: a failed task may be suspended yet.
        ([FAILED], (None, False, "it ended as failed meanwhile")),
        ([FAILED, THERE], (None, True, "")),
        # Once its run was to be cancelled, the end is what was asked for.
        ([THEN_CANCEL, FAILED], (None, True, "it ended as failed meanwhile")),
    ],
    ids=["it stays ended", "it is there after all", "its run was cancelled"],
)
def test_a_job_that_ends_after_it_was_to_be_suspended(verb: Verb, looks: list[Look], expected: Outcome) -> None:
    product = Shown(BEGIN, *looks)
    assert outcome(carry_out(product, verb)) == expected
    waited = sum(product.clock.slept)
    assert (waited >= product.settle) is (looks == [FAILED])
    assert waited < 2 * product.settle


@pytest.mark.parametrize("verb", [RESUME, RETRY, CANCEL_RUNNING])
def test_a_job_that_ends_after_it_was_to_go_on_has_gone_on(verb: Verb) -> None:
    product = Shown(BEGIN, FAILED)
    assert outcome(carry_out(product, verb)) == (None, True, "it ended as failed meanwhile")
    assert product.clock.slept == []


@pytest.mark.parametrize(
    ("verb", "look", "expected"),
    [
        (SUSPEND, STUCK, ("wait_timeout", True, "it cannot be")),  # it may still get there
        (SUSPEND, PAUSED, ("wait_timeout", True, "it is paused")),
        (RESUME, STUCK, (None, True, "it cannot be")),  # it goes on, whatever it does next
        (RESUME, PAUSED, ("wait_timeout", True, "it is paused")),
        (RETRY, STUCK, ("wait_timeout", True, "it cannot be")),
        (RETRY, PAUSED, (None, True, "it is paused")),  # it begins when somebody resumes it
        (CANCEL, STUCK, ("refused", True, "it cannot be")),
        (CANCEL_RUNNING, STUCK, ("refused", True, "it cannot be")),
    ],
)
def test_a_job_that_cannot_take_the_verb_any_more(verb: Verb, look: Look, expected: Outcome) -> None:
    product = Shown(BEGIN, look)
    item = carry_out(product, verb)
    assert outcome(item) == expected
    assert item.error is None or item.error.message.endswith(f": {look.reason}")
    assert (product.requests.count("get") == 1) is (expected[0] != "wait_timeout")


def test_a_job_that_ends_before_it_was_to_be_asked_for_has_ended() -> None:
    product = Shown(ON_ITS_WAY, FAILED)
    assert outcome(carry_out(product)) == (None, False, "it ended as failed meanwhile")
    assert product.writes == []


def test_what_was_suspended_and_is_on_another_job_now_is_an_error_that_names_it() -> None:
    product = Shown(BEGIN, PASSED_ON)
    item = carry_out(product)
    assert outcome(item) == ("unknown_outcome", True, "")
    assert item.error is not None
    assert item.error.message == "Job job0 (name of job0): it is on job1 now"
    assert product.clock.slept == []


def test_a_verb_without_a_batch_is_asked_for_job_by_job() -> None:
    product = Shown(BEGIN, THERE)
    carry_out(product, RETRY)
    assert product.writes == ["retry"]


def test_each_job_is_asked_for_the_step_that_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    product = MemoryProduct(FakeClock(), False, True, False, batch=2)
    decide, steps = product.decide, {"job0": SUSPEND, "job1": RESUME, "job2": SUSPEND}
    monkeypatch.setattr(product, "decide", lambda verb, job, options: decide(steps[job.id], job, options))
    engine = Engine(product, product.clock, Policy(), VerbOptions())
    items = select(product, Selection())
    engine.plan(RETRY, items)
    engine.carry_out(RETRY, items)
    assert product.requests == ["list", "suspend job0,job2", "resume job1", "get"]


# --- refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([BEGIN], ("refused", False, "")),
        ([STUCK], ("refused", False, "")),
        ([THERE], (None, False, "somebody else was faster")),
        ([FAILED], (None, False, "it ended as failed meanwhile")),
        ([ON_ITS_WAY, THERE], (None, False, "")),
        ([THEN_CANCEL, THERE], (None, True, "")),
    ],
    ids=["as before", "cannot be", "there", "ended", "on its way", "at the next step"],
)
def test_a_refused_job_by_where_it_is(looks: list[Look], expected: Outcome) -> None:
    product = Shown(BEGIN, *looks, answers=[refusal()])
    assert outcome(carry_out(product)) == expected
    assert product.requests.count("get") == len(looks)


def test_a_refused_job_that_vanishes_is_no_error() -> None:
    product = Shown(BEGIN, answers=[refusal()])
    product.step = lambda name: product.records.clear() if name == "get" else None
    assert outcome(carry_out(product)) == (None, False, "it does not exist any more")


@pytest.mark.parametrize("workers", [1, 2])
def test_credentials_that_were_refused_are_not_tried_at_the_next_step(workers: int) -> None:
    product = Shown(BEGIN, THEN_CANCEL, answers=[AuthFailed("no")])
    item = carry_out(product, workers=workers)
    assert (outcome(item), product.writes) == (("auth", False, ""), ["suspend"])


# --- provably not done -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([THERE], (None, False, "somebody else did it meanwhile")),
        ([dataclasses.replace(THERE, reason="an operator did it")], (None, False, "an operator did it")),
        ([STUCK], (None, False, "it cannot be")),
        ([ON_ITS_WAY, THERE], (None, False, "")),
        ([WORDLESS, THERE], (None, False, "somebody else did it meanwhile")),
    ],
    ids=["there", "there for a reason", "cannot be", "on its way", "nobody knows"],
)
@pytest.mark.parametrize("answer", [busy, expired])
def test_what_was_put_off_is_of_no_use_any_more(
    answer: t.Callable[[], JobControlError], looks: list[Look], expected: Outcome
) -> None:
    """It is not asked for again, and what somebody else did is no change of ours."""
    product = Shown(BEGIN, *looks, answers=[answer()])
    item = carry_out(product)
    assert (outcome(item), item.asked, product.writes) == (expected, {}, ["suspend"])


def test_the_patience_with_a_busy_product_is_for_one_request() -> None:
    """One that is accepted ends it; the next request of the verb has its own."""
    product = Shown(BEGIN, BEGIN, THEN_CANCEL, THEN_CANCEL, THERE, answers=[busy(), None, busy()])
    item = carry_out(product, retry_timeout=1.5)
    assert item.error is None
    assert item.asked == {SUSPEND: 1, CANCEL_RUNNING: 1}
    assert product.clock.slept == [1.0, 1.0]


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([THERE], (None, True, "")),
        ([ON_ITS_WAY, THERE], (None, True, "")),
        ([THEN_CANCEL], ("rate_limited", True, "")),
        ([FAILED], (None, False, "it ended as failed meanwhile")),
        ([BEGIN], ("unknown_outcome", False, "")),
    ],
    ids=["there", "on its way", "at the next step", "ended", "as before"],
)
def test_a_repeat_that_was_put_off_leaves_the_first_request_to_be_settled(looks: list[Look], expected: Outcome) -> None:
    product = Shown(BEGIN, BEGIN, *looks, answers=[lost(), *[busy()] * 100])
    item = carry_out(product)
    assert (outcome(item), item.asked) == (expected, {SUSPEND: 2})


def test_a_repeat_that_is_given_up_is_not_sent_while_the_first_request_may_show() -> None:
    product = Shown(BEGIN, answers=[lost(), busy()])
    assert outcome(carry_out(product, retry_timeout=0.5)) == ("unknown_outcome", False, "")
    assert sum(product.clock.slept) >= product.settle
    assert product.writes == ["suspend", "suspend"]


def test_a_next_step_does_not_wait_for_a_repeat_of_the_first() -> None:
    product = Shown(BEGIN, BEGIN, THEN_CANCEL, THERE, answers=[lost(), busy()])
    assert outcome(carry_out(product)) == (None, True, "")
    assert product.writes == ["suspend", "suspend", "cancel_running"]


@pytest.mark.parametrize("answers", [[busy()], [busy(), busy()]])
def test_somebody_else_may_take_the_step_that_was_put_off(answers: list[JobControlError | None]) -> None:
    product = Shown(BEGIN, THEN_CANCEL, THEN_CANCEL, THERE, answers=answers)
    item = carry_out(product)
    assert (outcome(item), item.asked) == ((None, True, ""), {CANCEL_RUNNING: 1})


def test_a_repeat_that_was_put_off_is_settled_without_waiting_where_the_job_is_there() -> None:
    product = Shown(BEGIN, BEGIN, THERE, answers=[lost(), busy()])
    assert outcome(carry_out(product, wait=False)) == (None, True, "")


def test_a_request_that_is_put_off_for_too_long_is_given_up_after_one_look() -> None:
    product = Shown(BEGIN, answers=[busy()])
    assert outcome(carry_out(product, retry_timeout=0.5)) == ("rate_limited", False, "")
    assert (product.requests, product.clock.slept) == (["list", "suspend job0", "get"], [])


def two_jobs(lag: float, **policy: t.Any) -> tuple[MemoryProduct, list[Item]]:
    """The product is busy when it is asked for the first job, and takes the request for the second one."""
    product = MemoryProduct(FakeClock(), False, False, lag=lag)
    product.answers["job0"] = [busy()]
    engine = Engine(product, product.clock, Policy(**policy), VerbOptions())
    items = select(product, Selection())
    engine.plan(SUSPEND, items)
    engine.carry_out(SUSPEND, items)
    return product, items


def test_while_one_job_is_put_off_the_other_is_looked_at() -> None:
    product, items = two_jobs(lag=0.3)
    assert [outcome(item) for item in items] == [(None, True, "")] * 2
    # Soon and then seldom for the second job, when the first one is due, and soon again after its request.
    assert product.clock.slept == [0.25, 0.5, 0.25, 0.25, 0.5]
    both, first = ["suspend job0", "suspend job1"], ["suspend job0"]
    assert product.requests == ["list", *both, *["get"] * 4, *first, *["get"] * 3]


def test_without_waiting_only_what_was_put_off_is_asked_for_again() -> None:
    product, items = two_jobs(lag=1e9, wait=False)
    assert [outcome(item) for item in items] == [(None, True, "not waited for")] * 2
    assert [product.records[item.job_id].applied for item in items] == [[SUSPEND]] * 2


# --- not known -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arrivals", "answers", "looks", "expected", "writes"),
    [
        ([True], [lost()], [BEGIN, THERE], (None, True, ""), 1),
        ([True], [lost()], [BEGIN], ("wait_timeout", True, ""), 1),
        ([False], [lost(), None], [BEGIN, THERE], (None, True, ""), 2),
        ([False], [lost(), refusal()], [BEGIN], ("refused", False, ""), 2),  # the first one is known not to matter
        ([False, False], [lost(), lost()], [BEGIN, BEGIN, THERE], (None, True, ""), 2),
        ([None, None], [lost()], [BEGIN, BEGIN, THERE], (None, True, ""), 1),
        ([None] * 9, [lost()], [BEGIN], ("unknown_outcome", False, ""), 1),
        ([], [lost()], [ON_ITS_WAY, THERE], (None, True, ""), 1),
        ([], [lost()], [FAILED], (None, False, "it ended as failed meanwhile"), 1),
        ([], [lost()], [WORDLESS, THERE], (None, True, ""), 1),
    ],
)
def test_a_request_without_an_answer_that_may_not_be_sent_twice(
    arrivals: list[bool | None],
    answers: list[JobControlError | None],
    looks: list[Look],
    expected: Outcome,
    writes: int,
) -> None:
    product = Shown(BEGIN, *looks, answers=answers)
    product.capabilities = dataclasses.replace(product.capabilities, repeatable=frozenset())
    product.arrivals = arrivals
    assert outcome(carry_out(product)) == expected
    assert len(product.writes) == writes


def test_a_request_without_an_answer_is_given_up_when_it_should_have_shown() -> None:
    product = Shown(BEGIN, answers=[lost(), lost()])
    assert outcome(carry_out(product)) == ("unknown_outcome", False, "")
    assert sum(product.clock.slept[:-1]) < product.settle <= sum(product.clock.slept)


@pytest.mark.parametrize(("arrived", "expected"), [(None, "unknown_outcome"), (True, None)])
def test_without_waiting_a_request_without_an_answer_is_looked_at_once(
    arrived: bool | None, expected: str | None
) -> None:
    product = Shown(BEGIN, answers=[lost()])
    product.capabilities = dataclasses.replace(product.capabilities, repeatable=frozenset())
    product.arrivals = [arrived]
    item = carry_out(product, wait=False)
    assert outcome(item) == (expected, expected is None, "" if expected else "not waited for")
    assert product.clock.slept == []


def test_where_twice_does_no_harm_nobody_asks_whether_the_first_one_arrived() -> None:
    product = Shown(BEGIN, BEGIN, THERE, answers=[lost()])
    assert outcome(carry_out(product)) == (None, True, "")
    assert product.writes == ["suspend", "suspend"]


@pytest.mark.parametrize(
    ("look", "asked"), [(BEGIN, {CANCEL_RUNNING: 1, SUSPEND: 1}), (THEN_CANCEL, {CANCEL_RUNNING: 2})]
)
def test_a_doubt_is_about_the_step_that_was_asked_for(look: Look, asked: dict[Verb, int]) -> None:
    """While the state is an unknown word, the decision is about the verb, which is another step."""
    product = Shown(THEN_CANCEL, WORDLESS, look, THERE, answers=[lost()])
    product.capabilities = dataclasses.replace(product.capabilities, repeatable=frozenset({SUSPEND, CANCEL_RUNNING}))
    item = carry_out(product)
    assert (outcome(item), item.asked) == ((None, True, ""), asked)


def test_a_time_out_says_what_is_not_known() -> None:
    item = carry_out(Shown(BEGIN, WORDLESS, answers=[lost()]))
    assert outcome(item)[0] == "unknown_outcome"
    assert item.error is not None
    assert "the request to suspend took effect (connection reset)" in item.error.message


# --- not read back ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("look", "answer", "trouble", "expected"),
    [
        (BEGIN, None, ConnectionFailed("gone"), "unknown_outcome"),
        (BEGIN, None, ProtocolError("gone"), "protocol"),
        (BEGIN, refusal(), ConnectionFailed("gone"), "refused"),
        (BEGIN, expired(), ConnectionFailed("gone"), "connection"),  # nothing was done, so nothing is unknown
        (ON_ITS_WAY, None, ConnectionFailed("gone"), "connection"),
    ],
)
def test_a_state_that_cannot_be_read_back(
    look: Look, answer: JobControlError | None, trouble: JobControlError, expected: str
) -> None:
    product = Shown(look, answers=[answer])

    def fail(name: str) -> None:
        if name == "get":
            raise trouble

    product.step = fail
    item = carry_out(product)
    assert item.error is not None
    assert item.error.kind == expected
    told = "suspend was asked for, but the state cannot be read back: gone" in item.error.message
    assert told is (look is BEGIN and answer is None)


def test_a_job_whose_state_cannot_be_read_back_says_nothing_of_the_others() -> None:
    product, told = MemoryProduct(FakeClock(), False, False), Told()
    product.unreadable["job0"] = ProtocolError("cut off")
    engine = Engine(product, product.clock, Policy(), VerbOptions())
    items = select(product, Selection())
    engine.plan(SUSPEND, items)
    engine.carry_out(SUSPEND, items, told)
    assert [outcome(item) for item in items] == [("protocol", True, ""), (None, True, "")]
    assert [one for one in told.log if isinstance(one, tuple)] == [outcome(item) for item in items]


# --- given up --------------------------------------------------------------------------------------------------------


class Told:
    """What a recorder is told, in a log that the product's requests may be in, too."""

    def __init__(self, trouble: JobControlError | None = None) -> None:
        self.log: list[t.Any] = []
        self._trouble = trouble

    def announce(self, action: Verb, jobs: t.Sequence[Job]) -> None:
        self.log.append(f"announced: {action.value} {','.join(job.id for job in jobs)}")
        if self._trouble:
            raise self._trouble

    def conclude(self, item: Item) -> None:
        self.log.append(outcome(item))


def test_a_recorder_is_told_before_a_request_and_after_the_last_look() -> None:
    product, told = Shown(BEGIN, THEN_CANCEL, THERE), Told()
    product.step = told.log.append
    carry_out(product, recorder=told)
    assert told.log == [
        "list",
        "announced: suspend job0",
        "suspend job0",
        "get",
        "announced: cancel_running job0",
        "cancel_running job0",
        "get",
        (None, True, ""),
    ]


def test_what_cannot_be_written_down_is_not_done() -> None:
    product, told = Shown(BEGIN), Told(UsageError("the disk is full"))
    assert outcome(carry_out(product, recorder=told)) == ("usage", False, "")
    assert product.writes == []
    assert told.log == ["announced: suspend job0", ("usage", False, "")]


@pytest.mark.parametrize(
    ("looks", "policy", "answers", "expected"),
    [
        ([BEGIN], {}, [], ("wait_timeout", True, "")),
        ([ON_ITS_WAY], {}, [], ("wait_timeout", True, "")),
        ([BEGIN], {}, [lost(), None], ("wait_timeout", True, "")),  # the repeat was accepted
        ([BEGIN], {"wait": False}, [], (None, True, "not waited for")),
        ([BEGIN], {"wait_timeout": 0.5}, [busy()] * 9, ("rate_limited", False, "")),
        ([WORDLESS], {"wait": False}, [lost()], ("unknown_outcome", False, "")),
        ([BEGIN], {"wait_timeout": 3.0}, [lost(), *[busy()] * 9], ("unknown_outcome", False, "")),
    ],
)
def test_what_is_given_up_is_concluded_with_the_reason(
    looks: list[Look], policy: dict[str, t.Any], answers: list[JobControlError | None], expected: Outcome
) -> None:
    product, told = Shown(BEGIN, *looks, answers=answers), Told()
    carry_out(product, recorder=told, **policy)
    assert [one for one in told.log if isinstance(one, tuple)] == [expected]


@pytest.mark.parametrize(("look", "end"), [(BEGIN, "RUNNING)"), (ON_ITS_WAY, "RUNNING): it is on its way")])
def test_a_time_out_ends_with_the_reason_that_there_is(look: Look, end: str) -> None:
    item = carry_out(Shown(BEGIN, look), wait_timeout=60.0)
    assert item.error is not None
    assert item.error.message == (
        "Job job0 (name of job0): suspend was not reached within 60 seconds (wait_timeout); the job last was running "
        f"({end}"
    )


@pytest.mark.parametrize(
    ("name", "called"), [("ALPHA", "job0 (ALPHA)"), ("job0", "job0"), ("job", "job0"), ("", "job0")]
)
def test_a_message_tells_the_name_of_a_job_once(name: str, called: str) -> None:
    product = Shown(BEGIN, STUCK)
    product.name = name
    item = carry_out(product, CANCEL)
    assert item.error is not None
    assert item.error.message.startswith(f"Job {called} was not cancelled")
