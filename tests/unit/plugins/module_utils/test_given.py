# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is given and what is not: for every option of every module, wherever its value comes from."""

from __future__ import annotations

import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.batchops.job_control.plugins.module_utils import _arguments as arguments
from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._given import given, holds_omit
from ansible_collections.batchops.job_control.plugins.module_utils._model import NEUTRAL_VERBS, Job, JobState, Selection
from ansible_collections.batchops.job_control.plugins.module_utils._registry import CAPABILITIES
from ansible_collections.batchops.job_control.plugins.module_utils._selection import matches
from ansible_collections.batchops.job_control.plugins.module_utils._system import environment_variable

OMIT = "__omit_place_holder__" + "0123456789abcdef" * 2 + "01234567"
NOTHING = (None, "", " ", "\n", OMIT)
SPECS: dict[str, arguments.Spec] = {
    "info": arguments.info_spec(),
    "wait": arguments.wait_spec(),
    **{verb.value: arguments.verb_spec(verb) for verb in NEUTRAL_VERBS},
    **{
        verb.value: arguments.own_spec(system, verb)
        for system, capabilities in CAPABILITIES.items()
        for verb in capabilities.own_verbs
    },
}
#: A value for each type and for what has choices.
SAMPLES = {"str": "x", "path": "/x", "bool": False, "int": 3, "float": 3.5}


def sample(option: t.Mapping[str, t.Any]) -> t.Any:
    value = option["choices"][0] if "choices" in option else SAMPLES.get(option.get("elements", option["type"]))
    return [value] if option["type"] == "list" else value


def checked(spec: arguments.Spec, given_arguments: t.Mapping[str, t.Any], environment: t.Mapping[str, str]) -> t.Any:
    """The parameters that a module with this spec works with."""
    result = ArgumentSpecValidator(spec).validate(arguments.complete(given_arguments, spec, environment))
    assert result.error_messages == []
    return result.validated_parameters


def needed(spec: arguments.Spec) -> dict[str, t.Any]:
    return {name: sample(option) for name, option in spec.items() if option.get("required")}


# --- one value ---------------------------------------------------------------------------------------------------


#: Values that say something.
SAID: tuple[t.Any, ...] = (0, 0.0, False, "0", "false", " x ", {}, ["a"])


@pytest.mark.parametrize(
    ("value", "says"),
    [
        *((nothing, None) for nothing in NOTHING),
        *((said, said) for said in SAID),
        *(([nothing], None) for nothing in NOTHING if nothing != OMIT),
        (["", None], None),
        (["", "a", None, OMIT], ["a"]),
        ([0, False], [0, False]),
        ([], []),
        ([OMIT], []),  # as ansible-core 2.19 and later hand it over
        (("a", ""), ["a"]),
    ],
)
def test_what_a_value_says(value: t.Any, says: t.Any) -> None:
    assert given("names", value) == says
    assert type(given("names", value)) is type(says)


@pytest.mark.parametrize("option", ["journal", "journal_copy"])
def test_empty_text_that_says_something(option: str) -> None:
    """An empty path of a journal is a mistake, and an empty copy is the first one."""
    assert given(option, "") == ""
    assert given(option, None) is None
    assert given(option, OMIT) is None


@pytest.mark.parametrize("value", [f"Bearer {OMIT}", f"{OMIT}/x", ["a", f"x{OMIT}"]])
def test_omit_within_text_is_refused(value: t.Any) -> None:
    assert holds_omit(value)
    with pytest.raises(UsageError, match=r"^url: omit"):
        arguments.refuse_omit_within_text({"url": value})


def test_the_word_omit_is_text() -> None:
    assert not holds_omit("__omit_place_holder__")
    assert given("names", "omit") == "omit"


# --- all options of all modules ----------------------------------------------------------------------------------


@pytest.mark.parametrize("nothing", NOTHING, ids=repr)
@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_an_option_that_says_nothing_is_as_if_not_set(spec: arguments.Spec, nothing: t.Any) -> None:
    """Whatever its type, and in the environment too."""
    said = needed(spec)
    empty = {name: nothing for name in spec if name not in said and not name.startswith("journal")}
    variables = {environment_variable(name): nothing or "" for name in arguments.connection_spec()}
    assert checked(spec, {**empty, **said}, variables) == checked(spec, said, {})


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_an_option_that_says_something_stays(spec: arguments.Spec) -> None:
    said = {name: sample(option) for name, option in spec.items()}
    variables = {environment_variable(name): "" for name in arguments.connection_spec()}
    assert {name: value for name, value in checked(spec, said, variables).items() if name in said} == said


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_what_is_not_in_the_spec_is_left_to_ansible(spec: arguments.Spec) -> None:
    others = {"nonsense": "", "_ansible_diff": None, "_ansible_tmpdir": ""}
    assert arguments.complete(others, spec, {}) == others


@pytest.mark.parametrize("nothing", NOTHING, ids=repr)
def test_the_environment_counts_where_the_task_says_nothing(nothing: t.Any) -> None:
    spec = arguments.info_spec()
    for name, option in arguments.connection_spec().items():
        system = next((system for system, own in CAPABILITIES.items() if name in own.options), "commvault")
        value = sample(option)
        variables = {environment_variable(name): str(value)}
        assert checked(spec, {"system": system, name: nothing} if name != "system" else {}, variables)[name] == value


# --- whose environment it is -------------------------------------------------------------------------------------


def variables_of(system: str, **options: str) -> dict[str, str]:
    return {environment_variable(name): value for name, value in {"system": system, **options}.items()}


@pytest.mark.parametrize("speaks_of", [*CAPABILITIES, "cron"])
@pytest.mark.parametrize("system", CAPABILITIES)
def test_of_an_environment_that_speaks_of_another_product_nothing_is_taken(system: str, speaks_of: str) -> None:
    shared = {name: "theirs" for name, option in arguments.connection_spec().items() if name != "system"}
    told = arguments.complete({"system": system}, arguments.info_spec(), variables_of(speaks_of, **shared))
    if system == speaks_of:
        assert {"url", "username", "password", "token", *CAPABILITIES[system].options} <= told.keys()
        assert not told.keys() & arguments.options_of_others(system)
    else:
        assert told == {"system": system}


@pytest.mark.parametrize(
    "spec", [arguments.own_spec(system, verb) for system, own in CAPABILITIES.items() for verb in own.own_verbs]
)
def test_a_module_of_one_product_knows_whose_environment_it_wants(spec: arguments.Spec) -> None:
    own = spec["system"]["default"]
    for speaks_of in CAPABILITIES:
        told = arguments.complete({}, spec, variables_of(speaks_of, password="theirs"))
        assert ("password" in told) is (speaks_of == own)


def test_an_environment_that_names_no_product_is_for_all() -> None:
    for variables in ({"JOB_CONTROL_PASSWORD": "x"}, {"JOB_CONTROL_PASSWORD": "x", "JOB_CONTROL_SYSTEM": ""}):
        for system in CAPABILITIES:
            assert arguments.complete({"system": system}, arguments.info_spec(), variables)["password"] == "x"


def test_the_environment_alone_says_which_product_it_is() -> None:
    told = arguments.complete({"system": ""}, arguments.info_spec(), variables_of("veeam", password="x"))
    assert told == {"system": "veeam", "password": "x"}


# --- lists without any value -------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", arguments.SELECTORS)
def test_a_selector_without_any_value_selects_nothing(option: str) -> None:
    spec = arguments.verb_spec(NEUTRAL_VERBS[0])
    for system in CAPABILITIES:
        params = checked(spec, {"system": system, "types": ["Backup"], "all": True, option: []}, {})
        arguments.require_selector(params)
        chosen = arguments.selection(params)
        assert chosen.nothing
        assert arguments.warnings(params) == [f"{option}: the list is empty, so it selects no job."]


@pytest.mark.parametrize("value", ["", [""], None, [None], ",", " , "])
@pytest.mark.parametrize("option", [name for name in arguments.SELECTORS if name != "states"])
def test_a_selector_that_is_not_given_neither_selects_nor_counts(option: str, value: t.Any) -> None:
    params = checked(arguments.verb_spec(NEUTRAL_VERBS[0]), {"system": "veeam", option: value}, {})
    assert not arguments.selection(params).nothing
    assert arguments.warnings(params) == []
    with pytest.raises(UsageError, match="Say which jobs are meant"):
        arguments.require_selector(params)


def test_nothing_matches_a_selection_of_nothing() -> None:
    job = Job(id="1", name="a", type="Backup", system="veeam", state=JobState.QUEUED, raw_state="x")
    assert matches(job, Selection())
    assert not matches(job, Selection(nothing=True))


def test_waiting_for_no_state_is_refused() -> None:
    for until in ([], ["completed"]):
        params = checked(arguments.wait_spec(), {"system": "veeam", "until": until, "fail_on": []}, {})
        if until:
            assert arguments.awaited(params) == ([JobState.COMPLETED], [])
        else:
            with pytest.raises(UsageError, match=r"^until: the list is empty"):
                arguments.awaited(params)
