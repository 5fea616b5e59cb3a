# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Activities: which switch is meant, what its request looks like, what answers say."""

from __future__ import annotations

import json
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.batchops.job_control.plugins.module_utils._commvault import activity
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.activity import (
    TABLE,
    Entity,
    Listed,
    Setting,
    Switch,
    change,
    clients,
    commcell_settings,
    find,
    group_settings,
    groups,
    parse,
)
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.capabilities import (
    ACTIVITIES,
    CAPABILITIES,
)
from ansible_collections.batchops.job_control.plugins.module_utils._errors import NotFound, ProtocolError, UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Job,
    JobState,
    Step,
    SwitchState,
    Verb,
    VerbOptions,
)

SWITCHES = [(scope, name) for scope, names in ACTIVITIES.items() for name in names]
targets = CAPABILITIES.own_verbs[Verb.SET_ACTIVITY].targets


def identity(scope: str, scope_name: str | None, name: str) -> str:
    """What the options of the module come to."""
    assert targets is not None
    (found,) = targets({"scope": scope, "scope_name": scope_name, "activity": name})
    return found


def test_every_activity_has_a_name_on_the_wire() -> None:
    assert set(TABLE) == {name for _scope, name in SWITCHES}
    assert len({one.number for one in TABLE.values()}) == len({one.word for one in TABLE.values()}) == len(TABLE)


# --- which switch is meant -------------------------------------------------------------------------------------------


@given(switch=st.sampled_from(SWITCHES), name=st.text(min_size=1))
def test_any_name_leads_to_its_switch(switch: tuple[str, str], name: str) -> None:
    scope, what = switch
    name = "" if scope == "commcell" else name
    assert parse(identity(scope, name or None, what)) == Switch(scope, name, what)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("commcell", "Night", "backup"), ("scope_name", "Night")),
        (("client", None, "backup"), ("scope_name is required", "client")),
        (("client_group", "", "restore"), ("scope_name is required", "client group")),
        (("client", "alpha", "scheduler"), ("activity", "scheduler", "backup, restore, data_aging")),
        (("client_group", "a/b", "all_job_activity"), ("activity", "client group")),
    ],
)
def test_what_cannot_be_is_told_by_the_option(options: tuple[str, str | None, str], words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as caught:
        parse(identity(*options))
    for word in words:
        assert word in caught.value.message


def test_names_are_found_in_any_case_but_the_exact_one_first() -> None:
    known = Listed([Entity("1", "night"), Entity("2", "Night"), Entity("3", "Night 2")])
    assert find(known, Switch("client_group", "Night", "backup")).number == "2"
    assert find(known, Switch("client_group", "NIGHT", "backup")).number == "1"
    with pytest.raises(NotFound, match="no client group Day"):
        find(known, Switch("client_group", "Day", "backup"))


def test_names_are_found_however_an_accent_is_written() -> None:
    known = Listed([Entity("1", "Bu\u0308ro"), Entity("2", "bu\u0308ro")])
    assert find(known, Switch("client_group", "b\u00fcro", "backup")).number == "2"


def test_who_is_not_in_a_part_of_a_list_may_exist() -> None:
    """A list that the product counts more of than it shows, and one with an entry that cannot be read."""
    parts = [
        clients({"totalRecordsWithoutPaging": "250", "clientProperties": client(9, "web01")}),
        clients({"clientProperties": [client(9, "web01"), {"client": {}}]}),
        clients({"clientProperties": [client(9, "web01"), client(None, "web02")]}),
        groups({"groups": [{"Id": 9, "name": "web01"}, {"Id": "x", "name": "web02"}]}),
    ]
    for known in parts:
        assert find(known, Switch("client", "web01", "backup")).number == "9"
        with pytest.raises(ProtocolError, match=r"client web02 is not among the 1 .* not whole"):
            find(known, Switch("client", "web02", "backup"))


def client(number: t.Any, name: str) -> dict[str, t.Any]:
    return {"client": {"clientEntity": {"clientId": number, "clientName": name}}}


# --- requests --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("backup", "V4/Commcell/Backup/Action/Disable"),
        ("aux_copy", "V4/Commcell/AuxillaryCopy/Action/Disable"),
        ("ddb", "V4/Commcell/DDB/Action/Disable"),
        ("all_job_activity", "V4/Commcell/AllJobActivity/Action/Disable"),
    ],
)
def test_a_switch_of_the_commcell_is_all_in_the_path(name: str, path: str) -> None:
    """Contract 8.7: no body."""
    request = change(Switch("commcell", "", name), Entity("", ""), enable=False)
    assert (request.method, request.path, request.body) == ("PUT", path, None)


def test_the_properties_of_a_client() -> None:
    """Contract 8.7, client, old."""
    request = change(Switch("client", "alpha", "data_aging"), Entity("17", "alpha"), enable=True)
    option = {"activityType": 16, "enableAfterADelay": False, "enableActivityType": True}
    assert (request.method, request.path, request.content_type) == ("POST", "Client/17", "application/json")
    assert json.loads(request.body or b"") == {
        "clientProperties": {"clientProps": {"clientActivityControl": {"activityControlOptions": [option]}}}
    }


def test_the_properties_of_a_group_keep_its_name() -> None:
    """Contract 8.7, client group: newName would rename it, so it is the name in the product's own spelling."""
    request = change(Switch("client_group", "night", "restore"), Entity("3", "Night"), enable=False)
    option = {"activityType": 2, "enableAfterADelay": False, "enableActivityType": False}
    assert (request.method, request.path) == ("POST", "ClientGroup/3")
    assert json.loads(request.body or b"") == {
        "clientGroupOperationType": 2,
        "clientGroupDetail": {
            "clientGroupActivityControl": {"activityControlOptions": [option]},
            "clientGroup": {"newName": "Night"},
        },
    }


# --- answers ---------------------------------------------------------------------------------------------------------


def test_numbers_and_flags_may_be_strings() -> None:
    objects: list[dict[str, t.Any]] = [
        {"activityType": "1", "enabled": "true", "reEnableTime": "0"},
        {"activityType": 16, "enabled": False, "reEnableTime": 1_780_000_000, "noSchedEnable": False},
        {"activityType": 2, "enabled": False, "reEnableTime": 1_780_000_000, "noSchedEnable": True},
    ]
    assert commcell_settings({"acObjects": objects}) == {
        1: Setting(True),
        16: Setting(False, "2026-05-28T20:26:40Z"),
        2: Setting(False),
    }


def test_one_odd_switch_spoils_no_other() -> None:
    objects: list[dict[str, t.Any]] = [
        {"activityType": "x", "enabled": True},
        {"activityType": 1, "enabled": "perhaps"},
        {"activityType": 2, "enabled": False, "reEnableTime": -1},
    ]
    found = commcell_settings({"acObjects": objects})
    assert (found[1], found[2]) == (Setting(None), Setting(False))


@pytest.mark.parametrize(
    ("when", "until"),
    [
        ({"time": 1_780_000_000_000, "timeValue": "2026-05-28 22:26:40"}, "2026-05-28 22:26:40"),
        ({"time": 1_780_000_000}, "2026-05-28T20:26:40Z"),
        ({"timeValue": "2026-05-28 22:26:40"}, "2026-05-28 22:26:40"),
        ({}, ""),
        (None, ""),
    ],
)
def test_the_end_of_a_pause_is_told_in_two_ways(when: t.Any, until: str) -> None:
    option = {"activityType": 1, "enableActivityType": False, "enableAfterADelay": True, "dateTime": when}
    document = {"clientGroupDetail": {"clientGroupActivityControl": {"activityControlOptions": [option]}}}
    assert group_settings(document) == {1: Setting(False, until)}


def test_lists_of_none() -> None:
    assert groups({}) == clients({}) == Listed([])


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("acObjects", "activityType", "enabled", "reEnableTime", "clientGroupDetail", "clientProps"),
                    *("clientGroupActivityControl", "activityControlOptions", "enableActivityType", "dateTime"),
                    *("clientProperties", "clientActivityControl", "enableAfterADelay", "time", "timeValue"),
                    *("client", "clientEntity", "clientId", "clientName", "groups", "Id", "name"),
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(
    document=st.dictionaries(
        st.sampled_from(["acObjects", "clientGroupDetail", "clientProperties", "groups"]), anything, max_size=4
    )
)
@pytest.mark.parametrize(
    "decode",
    [commcell_settings, group_settings, activity.client_settings, groups, clients],
    ids=lambda one: one.__name__,
)
def test_any_document_is_read_or_refused(decode: t.Callable[[t.Any], object], document: dict[str, t.Any]) -> None:
    try:
        decode(document)
    except ProtocolError:
        pass


# --- what it means ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["enabled", "disabled"])
@pytest.mark.parametrize("wanted", ["enabled", "disabled"])
def test_a_switch_is_set_only_when_it_differs(state: str, wanted: str) -> None:
    now = t.cast(JobState, SwitchState(state))
    job = Job("commcell/backup", "backup of the CommCell", "commcell", "commvault", now, state)
    decision = activity.decide(Verb.SET_ACTIVITY, job, VerbOptions(own={"state": wanted}))
    assert decision.step is (Step.ALREADY if state == wanted else Step.ACT)
    assert decision.after.value == wanted
    assert decision.action is Verb.SET_ACTIVITY
