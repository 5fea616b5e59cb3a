# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _item, _journal.packing, _model.

"""What a run in check mode has planned, as a text that a later run carries out exactly. Pure.

The items of a plan are jobs, or the switches of a verb that only one product has.
"""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError, inert
from ansible_collections.batchops.job_control.plugins.module_utils._item import Item
from ansible_collections.batchops.job_control.plugins.module_utils._journal import packing
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    JobState,
    Selection,
    Step,
    Verb,
)

#: The version of the text.
SCHEMA = 1

#: The most bytes of a plan, so that reading one cannot use up the memory.
_LARGEST = 1 << 26

# What is planned, next to the verbs that a product is asked for.
HOLD = "hold"  # another window has suspended it, and this one holds it too
WAIT = "wait"  # what is under way has to end first
ALREADY = "already"
CANNOT = "cannot"
MISSING = "missing"  # it was named, and does not exist


@dataclasses.dataclass(frozen=True)
class Planned:
    """One job or switch: what it was like, and what is planned for it."""

    id: str
    name: str = ""
    type: str = ""
    owner: str = ""
    state: str = ""  # neutral
    raw_state: str = ""
    halted: bool = False
    ended: bool = False
    step: str = MISSING
    why: str = ""

    @property
    def is_to_be_changed(self) -> bool:
        """Whether the plan does anything about it."""
        return self.step not in (ALREADY, CANNOT, MISSING)


@dataclasses.dataclass(frozen=True)
class Plan:
    """What one run has planned.

    :param verb: the module that has planned it.
    :param product: what a journal knows the product by.
    :param options: of the verb, as far as they decide what becomes of the items.
    """

    verb: str
    system: str
    product: str
    selection: Selection
    items: t.Mapping[str, Planned]
    options: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Difference:
    """One item that is not as it was planned.

    :param what: state, step (another thing would have to be done now), name, new, gone, deselected (it does not match
        the selection any more), or unread (its state cannot be read).
    """

    id: str
    name: str
    what: str
    planned: str | None
    now: str | None

    def __str__(self) -> str:
        texts = {
            "state": f"was {self.planned} and is {self.now}",
            "step": f"was planned as {self.planned} and is {self.now} now",
            "name": f"had the name {self.planned}",
            "new": f"is new ({self.now})",
            "gone": f"is gone (it was {self.planned})",
            "deselected": "does not match the selection any more",
            "unread": f"cannot be read: {self.now}",
        }
        called = self.id if self.name in self.id else f"{self.id} ({self.name})"
        return inert(f"{called} {texts[self.what]}")


def planned(item: Item) -> Planned:
    """What is planned for an item of a run."""
    job = item.before
    if job is None:
        return Planned(item.job_id, step=MISSING, why=item.note)
    decision = item.planned
    if item.held_by:
        step = HOLD
    elif decision.step is Step.ACT:
        step = decision.action.value
    elif decision.step.is_under_way:
        step = WAIT
    else:
        step = ALREADY if decision.step is Step.ALREADY else CANNOT
    return Planned(
        job.id,
        job.name,
        job.type,
        job.owner,
        job.state.value,
        job.raw_state,
        job.halted,
        job.state.is_final,
        step,
        decision.reason,
    )


def made(
    verb: Verb,
    system: str,
    product: str,
    selection: Selection,
    items: t.Iterable[Item],
    options: t.Mapping[str, t.Any],
) -> Plan:
    """The plan of a run; see `Plan`."""
    return Plan(verb.value, system, product, selection, {item.job_id: planned(item) for item in items}, options)


def would_change(item: Item) -> bool:
    """Whether the verb would do anything about it, so that a plan that leaves it alone lets it go on."""
    return not item.error and item.now is not None and item.planned.step.is_open


def divide(plan: Plan, items: t.Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """The items that the plan changes, and those that it leaves alone and that would be changed now. Of those it is
    noted that they are. What another window has suspended since is held, which changes nothing: it is to stay so."""
    changed = [item for item in items if plan.items[item.job_id].is_to_be_changed or item.held_by]
    alone = [item for item in items if not plan.items[item.job_id].is_to_be_changed and would_change(item)]
    for item in alone:
        item.decision = dataclasses.replace(item.planned, step=Step.ALREADY)
        item.note = "the plan leaves it alone"
    return changed, alone


def differences(
    plan: Plan,
    found: t.Sequence[Item],
    others: t.Sequence[Item] = (),
    outside: t.Container[str] = (),
    ours: t.Container[str] = (),
) -> list[Difference]:
    """Where the plan and what is found now are not the same. Times and progress do not count, nor do jobs that have
    ended and that nothing was or would be done about.

    :param found: the items of the plan, as they are now.
    :param others: what the selection means now and the plan does not know.
    :param outside: ids of the plan that the selection does not mean any more.
    :param ours: ids of what this window holds by now: an earlier run has carried the plan out that far.
    """
    of_plan = [(plan.items[item.job_id], item) for item in found if item.job_id not in ours]
    compared = [_difference(before, item, item.job_id in outside) for before, item in of_plan]
    added = [
        Difference(item.job_id, item.before.name, "new", None, item.before.state.value)
        for item in others
        if item.before and not item.before.state.is_final and item.job_id not in ours
    ]
    return [difference for difference in compared if difference] + added


def _difference(before: Planned, item: Item, is_outside: bool) -> Difference | None:
    now = planned(item)
    is_over = before.ended and not before.is_to_be_changed

    def differs(what: str, was: str | None, is_now: str | None) -> Difference:
        return Difference(before.id, before.name or now.name, what, was, is_now)

    if item.error:
        return differs("unread", before.state or None, item.error.message)
    if now.step == MISSING:
        return None if before.step == MISSING or is_over else differs("gone", before.state, None)
    if before.step == MISSING:
        return differs("new", None, now.state)
    if before.state != now.state:
        return differs("state", before.state, now.state)
    if before.halted != now.halted:
        return differs("state", *("suspended" if each.halted else "not suspended" for each in (before, now)))
    if before.raw_state != now.raw_state:
        return differs("state", before.raw_state, now.raw_state)
    if before.step != now.step:
        return differs("step", before.step, now.step)
    if before.name != now.name:
        return differs("name", before.name, now.name)
    return differs("deselected", before.state, now.state) if is_outside and not is_over else None


def pack(plan: Plan, unwanted: t.Iterable[str] = ()) -> str:
    """A plan as a text.

    :param unwanted: what must not be in the text by chance, because Ansible would mask it there.
    :raises UsageError: that cannot be had.
    """
    content = {
        "schema": SCHEMA,
        "verb": plan.verb,
        "system": plan.system,
        "product": plan.product,
        "selection": dataclasses.asdict(plan.selection),
        "options": dict(plan.options),
        "items": [dataclasses.asdict(item) for item in plan.items.values()],
    }
    return packing.pack(json.dumps(content).encode(), "plan", unwanted)


def unpack(text: str) -> Plan:
    """The plan of a text.

    :raises UsageError: it is no such text.
    """
    try:
        content = json.loads(packing.unpack(text, _LARGEST))
        if content["schema"] != SCHEMA:
            raise UsageError(
                f"plan: it has the schema {content['schema']}, and this version knows {SCHEMA}. Nothing was changed; "
                "make a new plan."
            )
        items = [Planned(**item) for item in content["items"]]
        return Plan(
            str(content["verb"]),
            str(content["system"]),
            str(content["product"]),
            _selection(content["selection"]),
            {item.id: item for item in items},
            dict(content["options"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(
            "plan: this is not what a run in check mode has returned as its plan. Nothing was changed; give that text "
            "as it is."
        ) from error


def _selection(values: t.Mapping[str, t.Any]) -> Selection:
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    states = tuple(JobState(state) for state in values["states"])
    return Selection(**{**values, **lists, "states": states})


def require_same(plan: Plan, verb: Verb, system: str, product: str | None = None) -> None:
    """Refuse a plan that is about something else.

    :param product: None where it is not known yet.
    :raises UsageError: it is.
    """
    if plan.verb != verb.value:
        raise UsageError(
            f"plan: it is a plan to {_spoken(plan.verb)}, not to {_spoken(verb.value)}; give one of this module."
        )
    if plan.system != system or product not in (None, plan.product):
        here = system if product is None else f"{system} at {product}"
        raise UsageError(
            f"plan: it was made for {plan.system} at {plan.product}, not for {here}. Nothing was changed; make a new "
            "plan."
        )


def _spoken(verb: str) -> str:
    return verb.replace("_", " ")


def refusal(found: t.Sequence[Difference]) -> UsageError | None:
    """The error that names all differences; None where there is none."""
    if not found:
        return None
    return UsageError(
        f"plan: {len(found)} {'is' if len(found) == 1 else 'are'} not as planned, so nothing was changed: "
        f"{'; '.join(map(str, found))}. Make a new plan, or carry this one out all the same with on_drift=ignore.",
        code="plan_differs",
    )
