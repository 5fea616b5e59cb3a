# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for every state, verb and system against the contracts' tables, which are written down in `tables/`."""

from __future__ import annotations

import itertools
import pathlib
import typing as t

import pytest
import yaml

from ansible_collections.batchops.job_control.plugins.module_utils._ajs import states as ajs
from ansible_collections.batchops.job_control.plugins.module_utils._commvault import states as commvault
from ansible_collections.batchops.job_control.plugins.module_utils._commvault import wire as commvault_wire
from ansible_collections.batchops.job_control.plugins.module_utils._drs import states as drs
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    Running,
    Step,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._prime import states as prime
from ansible_collections.batchops.job_control.plugins.module_utils._veeam import states as veeam

VERBS = (Verb.SUSPEND, Verb.RESUME, Verb.CANCEL_RUNNING, Verb.RETRY)
OPEN = "?"  # a cell that the contract leaves open
AT_WORK = ("running", "suspending", "cancelling")  # something of the job runs now
LEAVE = VerbOptions()
Decide = t.Callable[[Verb], Decision]


def table(system: str) -> dict[str, t.Any]:
    """The contract's table of a system, each row split into its cells."""
    text = (pathlib.Path(__file__).parent / "tables" / f"{system}.yml").read_text()
    return {key: _split(value) for key, value in yaml.safe_load(text).items()}


def _split(value: t.Any) -> t.Any:
    return {key: row.split() for key, row in value.items()} if isinstance(value, dict) else value.split()


COMMVAULT, PRIME, DRS, VEEAM, AJS = map(table, ("commvault", "prime", "drs", "veeam", "ajs"))


def check(cells: t.Sequence[str], decide: Decide, verbs: t.Sequence[Verb] = VERBS) -> None:
    """Compare the plan of each verb with its cell; an open one may be anything that is a step."""
    assert len(cells) == len(verbs)
    for verb, cell in zip(verbs, cells):
        decision = decide(verb)
        assert decision.step in Step
        assert decision.action is verb
        assert bool(decision.reason) or decision.step is not Step.INELIGIBLE, verb
        assert cell in (OPEN, decision.step.value), verb


# --- commvault ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", COMMVAULT)
def test_commvault(status: str) -> None:
    expected, *cells = COMMVAULT[status]
    job = commvault_wire.job({"jobSummary": {"jobId": 781, "status": status}})
    assert job.state.value == expected
    assert job.halted == (expected == "suspended")
    assert job.running == (expected in AT_WORK)
    check(cells, lambda verb: commvault.decide(verb, job))


def test_commvault_knows_the_words_of_its_contract_and_no_others() -> None:
    assert {*commvault.ROWS, "Brand New"} == set(COMMVAULT)


# --- prime -------------------------------------------------------------------------------------------------------

LIVE = ("RUNNING", "PAUSING", "CREATED", "PENDING_EXECUTION")
ABSENT = ""
RUNS: dict[str, list[str]] = {ABSENT: ["result", "already"], **PRIME["runs"]}
RESULTS: dict[str, list[str]] = {ABSENT: ["unknown"], **PRIME["results"]}


def prime_state(trigger: str, run: str, result: str) -> str:
    """The rules of the contract's section 7.5, in their order, after the design's reading of a suspended trigger."""
    if run == "BRANDNEW":
        return "unknown"
    if trigger == "SUSPENDED" and run in LIVE:
        return "suspending"
    if run in ("RUNNING", "PAUSING", "PAUSED"):
        return RUNS[run][0]
    told = PRIME["triggers"][trigger][0]
    if run in LIVE and told in ("cancelled", "result"):
        return "queued"
    if told != "result":
        return str(told)
    if result in (ABSENT, "UNKNOWN"):
        return RUNS[run][0].replace("result", "unknown")
    return RESULTS[result][0]


@pytest.mark.parametrize("trigger", PRIME["triggers"])
@pytest.mark.parametrize("run", RUNS)
def test_prime(trigger: str, run: str) -> None:
    _state, suspend, resume = PRIME["triggers"][trigger]
    if trigger == "COMPLETED" and run in LIVE:
        resume = "already"  # a one-shot that has fired is not paused, whatever it does next
    for result in RESULTS:
        situation = prime.Situation(trigger, run, result, run_id="91")
        state = prime.state_of(situation)
        job = Job("7", "n", "t", "prime", state, situation.raw_state, facts={"situation": situation})
        assert state.value == prime_state(trigger, run, result)
        assert prime.is_halted(situation) == (trigger == "SUSPENDED")
        cells = (suspend, resume, RUNS[run][1], "ineligible")
        check(cells, lambda verb, job=job: prime.decide(verb, job, LEAVE))  # type: ignore[misc]


# --- drs ---------------------------------------------------------------------------------------------------------


def drs_job(status: str, facts: drs.Facts | None = None) -> Job:
    known = facts or drs.Facts()
    state, halted, running = drs.translate(status, "FULL_INCR_TRANS", known.current_action)
    return Job("1f", "n", "sync", "drs", state, status, halted, running, facts={"drs": known})


@pytest.mark.parametrize("status", DRS)
def test_drs(status: str) -> None:
    expected, *cells = DRS[status]
    job = drs_job(status)
    assert job.state.value == expected
    assert job.halted == (expected == "suspended")
    assert job.running == (expected in AT_WORK)
    check(cells, lambda verb: drs.decide(verb, job, LEAVE))


@pytest.mark.parametrize("status", DRS)
def test_drs_says_the_same_with_an_action_list_that_agrees(status: str) -> None:
    """What the product offers besides its table agrees with the table in all cells that the table fills."""
    expected, *cells = DRS[status]
    words = dict(zip(VERBS, ("PAUSE", "", "FREE_RESOURCE", "RETRY")))
    offered = {words[verb] for verb, cell in zip(VERBS, cells) if cell == "act"} - {""}
    if expected == "suspended" or {"wait", "wait_then_act"} & set(cells):
        offered.add("MODIFY_CONFIGURATION")
    facts = drs.Facts(frozenset(offered | {"CLONE"}), frozenset(words.values()) - offered)
    job = drs_job(status, facts)
    check(cells, lambda verb: drs.decide(verb, job, LEAVE))


def test_drs_knows_the_words_of_its_contract_and_no_others() -> None:
    assert {*drs.ROWS, *drs.ALIASES, "BRAND_NEW"} == set(DRS)


# --- veeam -------------------------------------------------------------------------------------------------------


FLAGS = {"enabled": True, "disabled": False, "not told": None}


@pytest.mark.parametrize("row", VEEAM)
def test_veeam(row: str) -> None:
    expected, *cells = VEEAM[row]
    latest, _separator, flag = row.partition(", ")
    session, _separator, result = latest.partition("/")
    absent = session in ("none", "next")
    situation = veeam.Situation(
        FLAGS[flag],
        session="" if absent else session,
        result=result,
        scheduled=session == "next",
        offers=frozenset(VERBS),
    )
    state = veeam.state_of(situation)
    job = Job("u", "n", "Backup", "veeam", state, row, halted=flag == "disabled", facts={"situation": situation})
    assert state.value == expected
    assert veeam.is_running(situation) == (session in ("Starting", "Working", "Resuming", "Pausing", "Stopping"))
    check(cells, lambda verb: veeam.decide(verb, job, LEAVE))


def test_veeam_has_a_row_for_each_session_state_with_either_flag() -> None:
    words = ("Starting", "Stopping", "Working", "Pausing", "Resuming", "Idle", "BrandNew", "none", "next")
    ended = ("Stopped/Success", "Stopped/Warning", "Stopped/Failed")
    wanted = {f"{word}, {flag}" for word, flag in itertools.product((*words, *ended), ("enabled", "disabled"))}
    assert wanted <= set(VEEAM)


@pytest.mark.parametrize("verb", VERBS)
def test_veeam_asks_only_for_what_the_server_offers(verb: Verb) -> None:
    for row in VEEAM:
        latest, _separator, flag = row.partition(", ")
        session, _separator, result = latest.partition("/")
        situation = veeam.Situation(FLAGS[flag], session, result, offers=frozenset(VERBS) - {verb})
        job = Job("u", "n", "Backup", "veeam", veeam.state_of(situation), row, facts={"situation": situation})
        assert veeam.decide(verb, job, LEAVE).step is not Step.ACT


# --- ajs ---------------------------------------------------------------------------------------------------------


def ajs_job(status: str, hold: str = "NO", unit_type: str = "JOB") -> Job:
    state, halted, running = ajs.interpret(status, hold)
    facts = {"is_root": unit_type.startswith("ROOT"), "exec_id": "@A1", "hold_attribute": hold}
    return Job("/N/J:@A1", "/N/J", unit_type, "ajs", state, status, halted, running, facts=facts)


@pytest.mark.parametrize("status", AJS["statuses"])
def test_ajs(status: str) -> None:
    expected, *cells = AJS["statuses"][status]
    job = ajs_job(status)
    assert job.state.value == expected
    assert job.halted == (expected == "held")
    assert job.running == (expected == "running")
    check(cells, lambda verb: ajs.decide(verb, job, LEAVE))


def test_ajs_knows_the_words_of_its_contract_and_no_others() -> None:
    assert {*ajs.STATUSES, "BRANDNEW"} == set(AJS["statuses"])


@pytest.mark.parametrize("status", ["TIMEWAIT", "TERMWAIT"])
@pytest.mark.parametrize("hold", AJS["hold_attributes"])
def test_ajs_planned_holds(status: str, hold: str) -> None:
    expected, *cells = AJS["hold_attributes"][hold]
    job = ajs_job(status, hold)
    assert job.state.value == expected
    check(cells, lambda verb: ajs.decide(verb, job, LEAVE))


@pytest.mark.parametrize("unit_class", AJS["classes"])
def test_ajs_classes_of_units(unit_class: str) -> None:
    unit_type, *cells = AJS["classes"][unit_class]
    verbs = {Verb.SUSPEND: "TERMWAIT", Verb.CANCEL_RUNNING: "RUNNING", Verb.RETRY: "ABNORMAL"}
    check(cells, lambda verb: ajs.decide(verb, ajs_job(verbs[verb], unit_type=unit_type), LEAVE), tuple(verbs))


@pytest.mark.parametrize("status", ["RUNNING", "WACONT", "ABCONT", "MONITORING", "QUEUING"])
@pytest.mark.parametrize(
    ("running", "step"), [(Running.LEAVE, Step.ALREADY), (Running.WAIT, Step.WAIT), (Running.CANCEL, Step.ACT)]
)
def test_ajs_what_runs_cannot_be_held(status: str, running: Running, step: Step) -> None:
    decision = ajs.decide(Verb.SUSPEND, ajs_job(status), VerbOptions(running=running))
    assert decision.step is step
    assert decision.action is (Verb.CANCEL_RUNNING if running is Running.CANCEL else Verb.SUSPEND)
