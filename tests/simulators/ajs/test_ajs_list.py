# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list: locations, filters, generations and the cut at 1,000."""

from __future__ import annotations

import pytest

from simulators.ajs.conftest import Console
from simulators.ajs.estate import estate


@pytest.fixture
def units(console: Console) -> Console:
    """One unit of each kind that a filter can tell apart."""
    console.control.seed(
        {"name": "/G/Night", "scenario": "running", "comment": "nightly run"},
        {"name": "/G/Night/Load_1", "type": "JOB", "scenario": "running", "agent": "agt1", "start_delayed": True},
        {"name": "/G/Night/Load_2", "type": "PJOB", "scenario": "queued", "end_delayed": True},
        {"name": "/G/Night/Judge", "type": "JDJOB", "scenario": "queued", "hold_attr": "HOLD"},
        {"name": "/G/Day", "scenario": "queued", "hold_attr": "YES"},
        {"name": "/G/Old", "scenario": "failed"},
        {"name": "/G/New", "raw": "UNREGISTERED"},
    )
    return console


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"searchLowerUnits": "NO"}, ["Night", "Day", "Old"]),
        ({"unitType": "ROOT"}, ["Night", "Day", "Old"]),
        ({"unitType": "NET"}, ["Night", "Day", "Old"]),
        ({"unitType": "JOB"}, ["Load_1", "Load_2"]),
        ({"unitType": "GROUP"}, []),
        ({"status": "GRP_RUN"}, ["Night", "Load_1"]),
        ({"status": "GRP_WAIT"}, ["Load_2", "Judge", "Day"]),
        ({"status": "GRP_ABNORMAL"}, ["Old"]),
        ({"status": "TIMEWAIT"}, ["Day"]),
        ({"holdPlan": "PLAN_YES"}, ["Judge", "Day"]),
        ({"holdPlan": "PLAN_NONE"}, ["Night", "Load_1", "Load_2", "Old"]),
        ({"delayStatus": "START"}, ["Load_1"]),
        ({"delayStatus": "END"}, ["Load_2"]),
        ({"delayStatus": "YES"}, ["Load_1", "Load_2"]),
        ({"unitName": "Load_1", "unitNameMatchMethods": "EQ"}, ["Load_1"]),
        ({"unitName": "Load_1"}, ["Night", "Load_1", "Load_2", "Judge", "Day", "Old"]),
        ({"unitName": "Load", "unitNameMatchMethods": "BW"}, ["Load_1", "Load_2"]),
        ({"unitName": "2", "unitNameMatchMethods": "EW"}, ["Load_2"]),
        ({"unitName": "d_", "unitNameMatchMethods": "CO", "status": "RUNNING"}, ["Load_1"]),
        ({"unitName": "a", "unitNameMatchMethods": "NC"}, ["Night", "Judge", "Old"]),
        ({"unitName": "Day", "unitNameMatchMethods": "NE", "unitType": "ROOT"}, ["Night", "Old"]),
        ({"unitName": "L*d_?", "unitNameMatchMethods": "RE"}, ["Load_1", "Load_2"]),
        ({"unitName": "Load\\_1", "unitNameMatchMethods": "RE"}, ["Load_1"]),
        ({"unitName": "Load.1", "unitNameMatchMethods": "RE"}, []),
        ({"unitComment": "run", "unitCommentMatchMethods": "EW"}, ["Night"]),
        ({"execHost": "agt", "execHostMatchMethods": "BW"}, ["Load_1"]),
        ({"releaseID": "r1", "releaseInfoSearchMethods": "ID"}, []),
        ({"searchTarget": "DEFINITION", "searchLowerUnits": "NO"}, ["Night", "Day", "Old", "New"]),
        ({"searchTarget": "DEFINITION", "status": "UNREGISTERED"}, ["New"]),
    ],
)
def test_filters(units: Console, query: dict[str, str], names: list[str]) -> None:
    assert units.found("/G", **query) == names


def test_unregistered_and_groups_have_no_status(units: Console) -> None:
    found = {each["definition"]["unitName"]: each for each in units.list_units().json()["statuses"]}
    assert found["/G"]["unitStatus"] is None
    assert found["/G"]["definition"]["registerStatus"] == "NONE"
    assert found["/G/New"]["unitStatus"] is None
    assert found["/G/New"]["definition"]["registerStatus"] == "NO"
    assert found["/G/Night/Judge"]["definition"]["rootJobnetName"] == "/G/Night"
    assert found["/G/Night/Judge"]["release"] is None


def test_a_location_that_is_not_there(units: Console) -> None:
    assert units.list_units("/Nowhere").status_code == 404


def test_order_and_the_location_itself(units: Console) -> None:
    units.control.knobs(list_order="reversed", list_includes_location=True)
    assert units.found("/G/Night") == ["Load_2", "Load_1", "Judge", "Night"]
    units.control.knobs(list_order="name")
    assert units.found("/G/Night") == ["Night", "Judge", "Load_1", "Load_2"]


def test_the_cut(console: Console) -> None:
    console.control.seed(*({"name": f"/Many/N{number}"} for number in range(1001)))
    answer = console.list_units("/Many").json()
    assert (len(answer["statuses"]), answer["all"]) == (1000, False)
    console.control.knobs(list_limit=1001)
    answer = console.list_units("/Many").json()
    assert (len(answer["statuses"]), answer["all"]) == (1001, True)


def test_a_large_folder_in_parts(console: Console) -> None:
    """More than one list takes: by the status and the beginning of the name they are all found (contract 5.2)."""
    scenarios = ("queued", "running", "failed")
    console.control.seed(
        *({"name": f"/Many/{'ABCDEF'[n % 6]}{n:04d}", "scenario": scenarios[n % 3]} for n in range(1302))
    )
    whole = console.list_units("/Many").json()
    assert (len(whole["statuses"]), whole["all"]) == (1000, False)
    by_status = [set(console.found("/Many", status=status)) for status in ("GRP_WAIT", "GRP_RUN", "GRP_ABNORMAL")]
    by_name = [set(console.found("/Many", unitName=first, unitNameMatchMethods="BW")) for first in "ABCDEF"]
    for parts in (by_status, by_name):
        assert sum(map(len, parts)) == len(set().union(*parts)) == 1302
    both = {"status": "GRP_RUN", "unitName": "A", "unitNameMatchMethods": "BW", "unitType": "ROOT"}
    assert console.found("/Many", **both) == []
    assert len(console.found("/Many", **{**both, "unitName": "B"})) == 217


class TestGenerations:
    @pytest.fixture
    def net(self, console: Console) -> Console:
        console.seed("/G/N", exec_id="@A1", scenario="failed", started="2026-01-01T10:00Z", ended="2026-01-01T11:00Z")
        console.seed("/G/N", exec_id="@A2", scenario="running", started="2026-01-01T10:30Z")
        console.seed("/G/N", exec_id="@A3", scenario="queued")
        return console

    @pytest.mark.parametrize(
        ("query", "exec_ids"),
        [
            ({}, ["@A2"]),
            ({"generation": "RESULT"}, ["@A1"]),
            ({"generation": "EXECID", "execID": "@A3"}, ["@A3"]),
            ({"generation": "EXECID", "execID": "@B1"}, [None]),
            ({"generation": "NO"}, [None]),
            (
                {"generation": "PERIOD", "periodBegin": "2026-01-01T19:15", "periodEnd": "2026-01-01T19:45"},
                ["@A1", "@A2"],
            ),
            (
                {"generation": "PERIOD", "periodBegin": "2026-01-01T19:15", "periodEnd": "2026-01-01T19:20"},
                ["@A1"],
            ),
        ],
    )
    def test_choice(self, net: Console, query: dict[str, str], exec_ids: list[str | None]) -> None:
        found = [each["unitStatus"] for each in net.list_units("/G", **query).json()["statuses"]]
        assert [status and status["execID"] for status in found] == exec_ids

    def test_one_generation_for_a_period(self, net: Console) -> None:
        net.control.knobs(period_generations="one")
        period = {"periodBegin": "2026-01-01T19:15", "periodEnd": "2026-01-01T19:45"}
        assert len(net.list_units("/G", generation="PERIOD", **period).json()["statuses"]) == 1

    def test_children_share_the_execution_id_of_their_root(self, console: Console) -> None:
        assert console.seed("/G/N/Sub/Job", type="JOB", scenario="running", exec_id="@C7") == "/G/N/Sub/Job:@C7"
        jobs = console.control.jobs()
        assert [job["state"] for job in jobs.values()] == ["RUNNING"] * len(jobs)

    def test_the_manager_zone(self, net: Console) -> None:
        net.control.knobs(zone="-02:30", zone_shift_hours=1)
        status = net.list_units("/G").json()["statuses"][0]["unitStatus"]
        assert status["startTime"] == "2026-01-01T09:00:00-02:30"


def test_a_root_manager_net_shows_the_constant_of_the_knob(console: Console) -> None:
    console.control.seed({"name": "/G", "type": "GROUP"}, {"name": "/G/M", "type": "MANNET", "raw": "TIMEWAIT"})
    console.control.knobs(root_manager_net="ROOTMANNET")
    assert console.list_units("/G").json()["statuses"][0]["definition"]["unitType"] == "ROOTMANNET"


def test_result_details(console: Console) -> None:
    def details(job_id: str) -> tuple[int, bool | None]:
        path = f"objects/statuses/{job_id.replace('/', '%2F').replace('@', '%40')}/actions/execResultDetails/invoke"
        answer = console.get(path, **console.manager)
        return answer.status_code, answer.json().get("all")

    failed = console.seed("/G/N/Failed", type="JOB", scenario="failed", details="x" * (5 * 1024 * 1024 + 1))
    assert details(failed) == (200, False)
    assert details(console.seed("/G/N/Live", type="JOB", scenario="running")) == (409, None)


def test_the_estate(console: Console) -> None:
    ids = console.control.seed(*estate(100))
    jobs = console.control.jobs()
    assert list(jobs) == ids
    assert len(set(ids)) == 100
    assert {"TIMEWAIT", "RUNNING", "TERMWAIT", "HOLDING", "NORMAL", "WARNING", "ABNORMAL"} == {
        job["state"] for job in jobs.values()
    }
    assert estate(100) == estate(3000)[:100]
