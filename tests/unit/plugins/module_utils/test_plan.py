# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans as texts, and two hundred random drifts between a plan and the run that carries it out."""

from __future__ import annotations

import base64
import dataclasses
import pathlib
import random
import string

import pytest
from support.clock import FakeClock
from support.product import MemoryProduct, Record

from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Policy
from ansible_collections.batchops.job_control.plugins.module_utils._errors import ConnectionFailed, UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._journal import packing
from ansible_collections.batchops.job_control.plugins.module_utils._journal.file import Journal
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    JobState,
    Selection,
    Step,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._window import plan as plans
from ansible_collections.batchops.job_control.plugins.module_utils._window.plan import Difference, Plan
from ansible_collections.batchops.job_control.plugins.module_utils._window.window import Window

LENIENT = Policy(on_missing="ignore", on_ineligible="skip")


class Run:
    """One run for a window on a product in memory."""

    def __init__(self, product: MemoryProduct, path: pathlib.Path, read_only: bool = False) -> None:
        self.product = product
        self.journal = Journal(str(path), product.clock, read_only=read_only)
        engine = Engine(product, product.clock, LENIENT, VerbOptions())
        self.window = Window(self.journal, product, engine, product.clock, product.warnings.append, "w")

    def plan(self) -> str:
        """What a run in check mode returns."""
        self.window.open()
        items = self.window.plan_suspend(Selection())
        made = plans.made(Verb.SUSPEND, "memory", self.product.identity, Selection(), items, {})
        return plans.pack(made)

    def carry_out(self, text: str) -> list[Difference]:
        """What `job_suspend` does with a plan."""
        plan = plans.unpack(text)
        self.window.require_opening()
        again = self.window.plan_again(plan)
        found = plans.differences(plan, again.items, again.others, again.outside, self.window.held)
        if not found:
            self.window.open()
            self.window.suspend(plans.divide(plan, again.items)[0])
        self.journal.release()
        return found


def planned_on(product: MemoryProduct, path: pathlib.Path) -> str:
    return Run(product, path, read_only=True).plan()


def writes(product: MemoryProduct) -> list[str]:
    return [name for name in product.requests if name.startswith(("suspend", "resume"))]


def drift(product: MemoryProduct, chance: random.Random) -> dict[str, str]:
    """Let something happen; returns what has, by job."""
    happened: dict[str, str] = {}
    for job_id, record in list(product.records.items()):
        event = chance.choice(["nothing", "nothing", "nothing", "turned", "ended", "gone"])
        if event == "turned" and not record.ended:
            record.halted = not record.halted
            happened[job_id] = "state"
        elif event == "ended" and not record.ended:
            record.ended = chance.choice([JobState.COMPLETED, JobState.FAILED])
            happened[job_id] = "state"
        elif event == "gone":
            was = product.records.pop(job_id)
            if not was.ended:
                happened[job_id] = "gone"
    for number in range(chance.choice([0, 0, 1, 3])):
        ended = chance.choice([None, None, JobState.COMPLETED])
        product.records[f"new{number}"] = Record(chance.random() < 0.3, ended)
        if not ended:
            happened[f"new{number}"] = "new"
    return happened


@pytest.mark.parametrize("seed", range(200))
def test_each_drift_is_named_and_nothing_is_changed(tmp_path: pathlib.Path, seed: int) -> None:
    chance = random.Random(f"drift {seed}")
    product = MemoryProduct(FakeClock(), *(chance.random() < 0.3 for _number in range(chance.randint(1, 12))))
    for record in product.records.values():
        record.ended = JobState.COMPLETED if chance.random() < 0.2 else None
    path = tmp_path / "journal"
    text = planned_on(product, path)
    work = {job_id for job_id, record in product.records.items() if not record.halted and not record.ended}
    happened = drift(product, chance)
    product.clock.sleep(3600.0)

    found = Run(product, path).carry_out(text)
    assert {difference.id: difference.what for difference in found} == happened
    if happened:
        assert writes(product) == []
        assert path.read_bytes() == b""  # the window is not opened
        refusal = plans.refusal(found)
        assert refusal
        assert refusal.code == "plan_differs"
        assert all(job_id in refusal.message for job_id in happened)
    else:
        assert {name.split()[1] for name in writes(product)} == work
        assert all(product.records[job_id].halted for job_id in work)


def test_a_plan_that_was_carried_out_in_part_goes_on(tmp_path: pathlib.Path) -> None:
    product = MemoryProduct(FakeClock(), False, False, True)
    path = tmp_path / "journal"
    text = planned_on(product, path)
    product.answers["job1"] = [ConnectionFailed("connection refused")]
    assert Run(product, path).carry_out(text) == []
    assert not product.records["job1"].halted
    assert Run(product, path).carry_out(text) == []
    assert writes(product) == ["suspend job0", "suspend job1", "suspend job1"]
    assert not product.records["job2"].applied


def job(state: JobState = JobState.RUNNING, halted: bool = False, name: str = "nightly", raw: str = "Running") -> Job:
    return Job("7", name, "Backup", "memory", state, raw, halted=halted, progress=1.0, started="2026-05-16T22:00:00Z")


def item(one: Job | None, step: Step = Step.ACT, action: Verb = Verb.SUSPEND) -> Item:
    made = Item("7", one)
    made.decision = Decision(step, action, JobState.SUSPENDED) if one else None
    return made


def plan_of(*items: Item, product: str = "memory://product") -> Plan:
    selection = Selection(names=("nightly*",), states=(JobState.RUNNING,), location="/a", finished_within=60.0)
    return plans.made(Verb.SUSPEND, "memory", product, selection, items, {"running": "wait"})


def named(now: Item, before: Item | None = None, outside: bool = False) -> tuple[str, str | None, str | None] | None:
    found = plans.differences(plan_of(before or item(job())), [now], outside={"7"} if outside else ())
    return (found[0].what, found[0].planned, found[0].now) if found else None


def test_a_difference_tells_what_was_and_what_is() -> None:
    assert named(item(job())) is None
    assert named(item(dataclasses.replace(job(), progress=99.0, started="2026-05-17T22:00:00Z"))) is None
    assert named(item(job(JobState.QUEUED))) == ("state", "running", "queued")
    assert named(item(job(halted=True))) == ("state", "not suspended", "suspended")
    assert named(item(job(raw="Waiting"))) == ("state", "Running", "Waiting")
    assert named(item(job(), Step.WAIT)) == ("step", "suspend", "wait")
    assert named(item(job(), action=Verb.CANCEL_RUNNING)) == ("step", "suspend", "cancel_running")
    assert named(item(job(), Step.INELIGIBLE)) == ("step", "suspend", "cannot")
    assert named(item(job(name="other"))) == ("name", "nightly", "other")
    assert named(item(None)) == ("gone", "running", None)
    assert named(item(job()), item(None)) == ("new", None, "running")
    assert named(item(None), item(None)) is None
    assert named(item(job()), outside=True) == ("deselected", "running", "running")


def test_a_job_of_another_window_is_held_in_the_plan_too() -> None:
    held = item(job(JobState.SUSPENDED, halted=True), Step.ALREADY)
    held.held_by = ("b",)
    assert plans.planned(held).step == "hold"
    assert plans.planned(held).is_to_be_changed
    assert named(item(job(JobState.SUSPENDED, halted=True), Step.ALREADY), held) == ("step", "hold", "already")


def test_an_ended_job_that_falls_out_of_what_is_looked_at_is_no_difference() -> None:
    over = item(job(JobState.COMPLETED), Step.INELIGIBLE)
    assert named(item(None), over) is None
    assert named(item(job(JobState.COMPLETED), Step.INELIGIBLE), over, outside=True) is None
    assert named(item(job()), over) == ("state", "completed", "running")


def test_an_ended_job_that_was_to_be_suspended_all_the_same_is_missed() -> None:
    assert named(item(None), item(job(JobState.COMPLETED))) == ("gone", "completed", None)


def test_a_job_that_cannot_be_read_is_named() -> None:
    unread = item(None)
    unread.error = ConnectionFailed("no answer")
    assert named(unread) == ("unread", "running", "no answer")
    assert named(unread, item(None)) == ("unread", None, "no answer")


def test_what_is_missing_is_not_to_be_changed() -> None:
    missing = item(None)
    missing.note = "it does not exist"
    one = plans.planned(missing)
    assert (one.id, one.step, one.why) == ("7", "missing", "it does not exist")
    assert (one.halted, one.ended, one.is_to_be_changed) == (False, False, False)


def test_what_is_new_is_named_unless_it_is_ours_or_over() -> None:
    def new(*items: Item, ours: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
        found = plans.differences(plan_of(), [], items, ours=ours)
        return [(one.id, one.name, one.what) for one in found]

    assert new(item(job())) == [("7", "nightly", "new")]
    assert new(item(job()), ours=("7",)) == []
    assert new(item(job(JobState.COMPLETED))) == []
    assert new(Item("9", None)) == []
    appeared = plans.differences(plan_of(item(None)), [item(job())])
    assert [(one.id, one.name, one.what) for one in appeared] == [("7", "nightly", "new")]


def test_a_job_with_an_error_would_not_be_changed() -> None:
    failed = item(job())
    assert plans.would_change(failed)
    failed.error = ConnectionFailed("no answer")
    assert not plans.would_change(failed)
    assert not plans.would_change(item(None))


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        (Difference("7", "n", "state", "running", "queued"), "7 (n) was running and is queued"),
        (Difference("7", "n", "step", "hold", "already"), "7 (n) was planned as hold and is already now"),
        (Difference("7", "n", "name", "m", "n"), "7 (n) had the name m"),
        (Difference("/a/n:@1", "/a/n", "new", None, "running"), "/a/n:@1 is new (running)"),
        (Difference("7", "n", "gone", "running", None), "7 (n) is gone (it was running)"),
        (Difference("7", "n", "deselected", "running", "running"), "7 (n) does not match the selection any more"),
        (Difference("7", "n", "unread", "running", "no answer"), "7 (n) cannot be read: no answer"),
        (Difference("7", "bell\x07", "gone", "running", None), "7 (bell\\x07) is gone (it was running)"),
    ],
)
def test_each_difference_is_a_sentence(difference: Difference, text: str) -> None:
    assert str(difference) == text


def test_no_difference_is_no_refusal() -> None:
    assert plans.refusal([]) is None


def test_a_message_names_each() -> None:
    found = plans.differences(plan_of(item(job())), [item(None)], [Item("8", dataclasses.replace(job(), id="8"))])
    refusal = plans.refusal(found)
    assert refusal
    assert refusal.message == (
        "plan: 2 are not as planned, so nothing was changed: 7 (nightly) is gone (it was running); 8 (nightly) is new "
        "(running). Make a new plan, or carry this one out all the same with on_drift=ignore."
    )


def test_what_a_plan_does_not_suspend_is_left_alone() -> None:
    already = item(job(JobState.SUSPENDED, halted=True), Step.ALREADY)
    now = item(job())
    assert plans.divide(plan_of(already), [now]) == ([], [now])
    assert (now.planned.step, now.note) == (Step.ALREADY, "the plan leaves it alone")
    assert plans.divide(plan_of(item(job())), [now]) == ([now], [])


def test_what_another_window_has_suspended_since_is_held_whatever_the_plan_says() -> None:
    """This window had suspended it when the plan was made, and was closed meanwhile. It shall stay as it is."""
    halted = job(JobState.SUSPENDED, halted=True)
    now = item(halted, Step.ALREADY)
    now.held_by = ("other",)
    assert plans.divide(plan_of(item(halted, Step.ALREADY)), [now]) == ([now], [])


# --- the text ------------------------------------------------------------------------------------------------


def test_a_plan_comes_back_as_it_was() -> None:
    made = plan_of(item(job()), item(None))
    assert plans.unpack(plans.pack(made)) == made


@pytest.mark.parametrize("seed", range(50))
def test_no_secret_occurs_in_the_text(seed: int) -> None:
    chance = random.Random(f"secret {seed}")
    made = plan_of(item(job()))
    text = plans.pack(made)
    starts = [chance.randrange(len(text) - 4) for _number in range(5)]
    secrets = [text[start : start + chance.choice([3, 4])] for start in starts]
    packed = plans.pack(made, secrets)
    assert not any(secret in packed for secret in secrets)
    assert plans.unpack(packed) == made


def test_no_text_is_free_of_each_letter() -> None:
    letters = string.ascii_letters + string.digits
    with pytest.raises(UsageError, match="plan: no copy is free of a password of one or two characters"):
        plans.pack(plan_of(item(job())), letters)


OTHERS = [packing.pack(content, "") for content in (b"[1", b"[]", b"[" * 100_000)]


@pytest.mark.parametrize(
    "text",
    ["x", "", "{}", base64.b64encode(b"\x01nothing").decode(), packing.pack(b"{}", ""), *OTHERS],
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="plan: this is not what a run in check mode has returned"):
        plans.unpack(text)


def test_a_cut_text_and_another_schema_are_refused() -> None:
    text = plans.pack(plan_of(item(job())))
    with pytest.raises(UsageError, match="this is not what"):
        plans.unpack(text[: len(text) // 8 * 4])
    with pytest.raises(UsageError, match="it has the schema 2, and this version knows 1"):
        plans.unpack(packing.pack(b'{"schema": 2}', "plan"))


def test_a_plan_is_of_one_module_and_one_product() -> None:
    made = plan_of(item(job()))
    plans.require_same(made, Verb.SUSPEND, "memory")
    plans.require_same(made, Verb.SUSPEND, "memory", "memory://product")
    with pytest.raises(UsageError, match="it is a plan to suspend, not to set agent state"):
        plans.require_same(made, Verb.SET_AGENT_STATE, "memory")
    with pytest.raises(UsageError, match=r"it was made for memory at memory://product, not for prime\. N"):
        plans.require_same(made, Verb.SUSPEND, "prime")
    with pytest.raises(UsageError, match="not for memory at memory://other"):
        plans.require_same(made, Verb.SUSPEND, "memory", "memory://other")
