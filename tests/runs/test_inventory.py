# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Job systems as hosts of an inventory: where connection options come from, and what keywords of a task do to them."""

from __future__ import annotations

import itertools
import typing as t

import pytest
from support.ansible import Ansible
from support.estate import Target, write_hosts
from support.plays import Task, run_tasks
from support.scenes import held, mixed_jobs

from ansible_collections.batchops.job_control.plugins.module_utils._arguments import connection_spec, options_of_others
from ansible_collections.batchops.job_control.plugins.module_utils._registry import CAPABILITIES
from ansible_collections.batchops.job_control.plugins.module_utils._system import environment_variable

RIGHT, WRONG = "s3cret-Pa55", "not-the-password"


def task(module: str, keywords: t.Mapping[str, t.Any] | None = None, **options: t.Any) -> Task:
    return {f"batchops.job_control.{module}": options, **(keywords or {})}


def environment(options: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Options as environment variables."""
    return {environment_variable(name): str(value) for name, value in options.items()}


def seed_two_for_each(estate: dict[str, Target], ansible: Ansible) -> dict[str, list[str]]:
    """An inventory whose hosts know two jobs each that can be suspended, as the variable `mine`."""
    ours = {system: mixed_jobs(target).ours(system)[:2] for system, target in estate.items()}
    hosts = {system: {**target.variables, "mine": ours[system]} for system, target in estate.items()}
    write_hosts(ansible.inventory, hosts)
    return ours


# --- the inventory alone -----------------------------------------------------------------------------------------


def test_one_command_lists_the_jobs_of_all_products(ansible: Ansible, estate: dict[str, Target]) -> None:
    """`ansible job_systems -m batchops.job_control.job_info`, as the documentation has it."""
    scenes = {system: mixed_jobs(target) for system, target in estate.items()}
    runs = ansible.modules("job_systems", "job_info")
    listed = {run.result["jobs"][0]["system"]: set(run.jobs) for run in runs}
    assert runs[0].status == 0
    assert listed == {system: set(scene.all) for system, scene in scenes.items()}


# --- precedence --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("from_environment", "places"),
    [
        (RIGHT, [(None, None), (RIGHT, None), (WRONG, None), (RIGHT, WRONG), (WRONG, RIGHT)]),
        (WRONG, [(None, None)]),
    ],
)
def test_task_before_defaults_before_host_before_environment(
    ansible: Ansible,
    estate: dict[str, Target],
    from_environment: str,
    places: list[tuple[str | None, str | None]],  # what module_defaults and the task say
) -> None:
    """A right password with a wrong one in a lesser place works, and a wrong one with a right one there does not."""
    target = estate["commvault"]
    rest = {name: value for name, value in target.variables.items() if name != "job_control_password"}
    on_hosts = {"silent": None, "right": RIGHT, "wrong": WRONG}
    write_hosts(
        ansible.inventory,
        {name: {**rest, **({"job_control_password": value} if value else {})} for name, value in on_hosts.items()},
    )
    tasks = [
        task(
            "job_info",
            {"module_defaults": {"group/batchops.job_control.all": {"password": default}}} if default else {},
            **({"password": own} if own else {}),
        )
        for default, own in places
    ]
    run = run_tasks(ansible, "job_systems", *tasks, env={"JOB_CONTROL_PASSWORD": from_environment})
    for (host, of_host), (number, (default, own)) in itertools.product(on_hosts.items(), enumerate(places)):
        result = run.results[host][number]
        wins = own or default or of_host or from_environment
        assert result["failed"] is (wins == WRONG), (host, default, own)
        assert result.get("error", {}).get("kind") == ("auth" if wins == WRONG else None)


def test_all_options_from_the_environment(ansible: Ansible, target: Target) -> None:
    """An inventory that says nothing but that the host is local, as with credentials injected by a controller."""
    scene = mixed_jobs(target)
    write_hosts(ansible.inventory, {target.system: {}})
    given = {"location": "/"} if target.system == "ajs" else {}
    run = ansible.module(target.system, "job_info", env=environment(target.options), **given)
    assert set(run.jobs) == set(scene.all)


@pytest.mark.parametrize("system", ["drs", "ajs"])
def test_the_product_from_the_environment_and_its_own_options_from_the_host(
    ansible: Ansible, estate: dict[str, Target], system: str
) -> None:
    target = estate[system]
    scene = mixed_jobs(target)
    variables = {name: value for name, value in target.variables.items() if name != "job_control_system"}
    write_hosts(ansible.inventory, {system: variables})
    run = ansible.module(system, "job_info", env={"JOB_CONTROL_SYSTEM": system})
    assert set(run.jobs) == set(scene.all)


def test_a_token_from_the_environment(ansible: Ansible, estate: dict[str, Target]) -> None:
    """A token replaces the login, so a stale one is told apart from a wrong password by what was requested."""
    control = estate["veeam"].control
    run = ansible.module("veeam", "job_info", env={"JOB_CONTROL_API_TOKEN": "stale-token"})
    assert run.result["error"]["kind"] == "auth"
    assert [entry["headers"]["X-Restsvcsessionid"] for entry in control.requests()] == ["stale-token"]


def test_the_environment_of_one_product_is_not_for_another(ansible: Ansible, estate: dict[str, Target]) -> None:
    """Neither what proves who we are, nor that any certificate will do."""
    theirs = {"SYSTEM": "prime", "PASSWORD": "of-prime", "VALIDATE_CERTS": "false", "CA_PATH": "/of/prime"}
    env = {f"JOB_CONTROL_{name}": value for name, value in theirs.items()}
    env["ANSIBLE_INJECT_INVOCATION"] = "true"  # ansible-core 2.21 shows the arguments of a module only when asked
    run = ansible.module("veeam", "job_info", "-vvv", env=env)
    used = run.result["invocation"]["module_args"]
    assert (run.status, used["validate_certs"], used["ca_path"]) == (0, True, None)


def test_a_host_variable_may_be_a_template(ansible: Ansible, estate: dict[str, Target]) -> None:
    """Also one that leads to another variable; a task's own loop is not needed to see it."""
    target = estate["commvault"]
    scene = mixed_jobs(target)
    scheme, _separator, rest = target.options["url"].partition("://")
    write_hosts(
        ansible.inventory,
        {
            "commvault": {
                **target.variables,
                "job_control_password": "{{ vault_pw }}",
                "job_control_url": "{{ site }}{{ '/' }}",
                "site": "{{ scheme }}://" + rest.rstrip("/"),
                "vault_pw": RIGHT,
                "scheme": scheme,
            }
        },
    )
    assert set(ansible.module("commvault", "job_info").jobs) == set(scene.all)


def test_a_template_that_leads_nowhere_is_no_empty_password(ansible: Ansible, estate: dict[str, Target]) -> None:
    target = estate["commvault"]
    write_hosts(ansible.inventory, {"commvault": {**target.variables, "job_control_password": "{{ vault_pw }}"}})
    run = ansible.module("commvault", "job_info", env={"JOB_CONTROL_PASSWORD": RIGHT})
    assert run.status != 0
    assert "vault_pw" in run.result["msg"]
    assert target.control.requests() == []


def test_options_of_other_products_do_no_harm(ansible: Ansible, target: Target) -> None:
    """Neither in the environment, where a controller puts the credentials of several products, nor in variables that
    a host has from a group."""
    scene = mixed_jobs(target)
    samples = {"prime_api_version": 3, "drs_api_version": "v5", "drs_pause_mode": "all"}
    foreign = {
        name: samples.get(name, "of-another-product")
        for system, capabilities in CAPABILITIES.items()
        if system != target.system
        for name in capabilities.options
    }
    assert foreign
    in_host = {f"job_control_{name}": value for name, value in foreign.items()}
    write_hosts(ansible.inventory, {"beside": target.variables, "inside": {**target.variables, **in_host}})
    for host, env in (("inside", {}), ("beside", environment(foreign))):
        run = ansible.module(host, "job_info", env=env)
        assert run.status == 0, run.output
        assert set(run.jobs) == set(scene.all)


# --- what is not given -------------------------------------------------------------------------------------------


OMITTED = "{{ nowhere | default(omit) }}"


def unset(target: Target) -> list[str]:
    """The connection options that this host does without."""
    others = options_of_others(target.system)
    return [name for name in connection_spec() if name not in target.options and name not in others]


@pytest.mark.parametrize("nothing", [OMITTED, "{{ chained }}", "", None, "{{ '' }}", "{{ none }}"])
def test_a_host_variable_that_says_nothing_is_as_if_not_set(
    ansible: Ansible, estate: dict[str, Target], nothing: str | None
) -> None:
    """For each option: the environment counts next, then the default."""
    scenes = {system: mixed_jobs(target) for system, target in estate.items()}
    hosts = {
        system: {
            **target.variables,
            **{f"job_control_{name}": nothing for name in (*unset(target), "password")},
            "chained": OMITTED,
        }
        for system, target in estate.items()
    }
    write_hosts(ansible.inventory, hosts)
    runs = ansible.modules("job_systems", "job_info", env={"JOB_CONTROL_PASSWORD": RIGHT})
    listed = {run.result["jobs"][0]["system"]: set(run.jobs) for run in runs if run.status == 0}
    assert listed == {system: set(scene.all) for system, scene in scenes.items()}, runs[0].output


@pytest.mark.parametrize("nothing", [OMITTED, "", None, "{{ none }}"])
def test_an_option_of_a_task_that_says_nothing_is_as_if_not_set(
    ansible: Ansible, estate: dict[str, Target], nothing: str | None
) -> None:
    """`module_defaults` count next, then the host: of both a right password, beside wrong ones that come later. So it
    is with the answers of a survey, which are empty text or null."""
    target = estate["veeam"]
    scene = mixed_jobs(target)
    hosts = {"right": target.variables, "wrong": {**target.variables, "job_control_password": WRONG}}
    write_hosts(ansible.inventory, hosts)
    names = ("job_ids", "names", "location", "finished_within", "limit", "summary_only", "on_missing", "states")
    empty = dict.fromkeys([*unset(target), "system", "password", *names], nothing)
    defaults = {"module_defaults": {"group/batchops.job_control.all": {"password": RIGHT, "limit": 1}}}
    of_module = {"module_defaults": {"batchops.job_control.job_info": {"password": RIGHT, "limit": 2}}}
    run = run_tasks(
        ansible,
        "job_systems",
        task("job_info", **empty),
        task("job_info", defaults, **empty),
        task("job_info", {"module_defaults": {**defaults["module_defaults"], **of_module["module_defaults"]}}, **empty),
        env={environment_variable(name): "" for name in connection_spec()},
    )
    results = run.results["right"]
    assert [result["failed"] for result in results] == [False, False, False], run.output
    assert [len(result["jobs"]) for result in results] == [len(scene.all), 1, 2]
    assert [result["failed"] for result in run.results["wrong"]] == [True, False, False]


def test_waiting_for_no_time_that_was_given(ansible: Ansible, estate: dict[str, Target]) -> None:
    """A verb, with all of its options empty but those that select."""
    ours = seed_two_for_each(estate, ansible)
    names = ("wait_timeout", "wait_interval", "wait", "max_jobs", "on_ineligible", "running", "window", "all")
    run = run_tasks(ansible, "job_systems", task("job_suspend", job_ids="{{ mine }}", **dict.fromkeys(names, "")))
    for system in estate:
        assert [job["id"] for job in run.results[system][0]["jobs"] if job["changed"]] == ours[system], run.output


def test_omit_within_other_text_is_never_sent(ansible: Ansible, estate: dict[str, Target]) -> None:
    """Where it is a text we refuse the value; later versions of ansible-core take it for empty text."""
    target = estate["commvault"]
    write_hosts(ansible.inventory, {"commvault": {**target.variables, "job_control_token": f"Bearer {OMITTED}"}})
    run = ansible.module("commvault", "job_info")
    assert "omit_place_holder" not in str(target.control.requests())
    assert "token: omit stands within other text" in run.output or target.control.requests()


@pytest.mark.parametrize("option", ["token", "workers", "validate_certs", "system"])
def test_a_host_variable_that_leads_nowhere_is_named(ansible: Ansible, estate: dict[str, Target], option: str) -> None:
    target = estate["commvault"]
    variables = {**target.variables, f"job_control_{option}": "{{ nowhere }}"}
    write_hosts(ansible.inventory, {"commvault": variables})
    run = ansible.module("commvault", "job_info")
    assert run.status != 0
    assert f"job_control_{option}" in run.result["msg"]
    assert "'nowhere' is undefined" in run.result["msg"]
    assert target.control.requests() == []


# --- whose environment it is -------------------------------------------------------------------------------------


@pytest.mark.parametrize("keywords", [{}, {"delegate_to": "elsewhere"}, {"async": 60, "poll": 1}], ids=str)
def test_credentials_of_one_product_never_reach_another(
    ansible: Ansible, estate: dict[str, Target], keywords: dict[str, t.Any]
) -> None:
    """Neither from the environment of the play nor from that of the controller, wherever the module runs."""
    host, theirs = estate["commvault"], estate["veeam"]
    variables = {f"job_control_{name}": host.options[name] for name in ("system", "url")}
    write_hosts(ansible.inventory, {"commvault": variables, "explicit": host.variables, "elsewhere": {}})
    spoken = environment({**theirs.options, "token": "of-veeam", "client_cert": "/of/veeam"})
    spoken.pop("JOB_CONTROL_URL")
    of_play = task("job_info", {**keywords, "environment": spoken})
    of_controller = task("job_info", keywords)
    for played, env in ((of_play, {}), (of_controller, spoken)):
        run = run_tasks(ansible, "commvault:explicit", played, env=env)
        (refused,), (explicit,) = run.results["commvault"], run.results["explicit"]
        assert refused["error"]["kind"] == "usage", run.output
        assert "username is required" in refused["msg"]
        assert not explicit["failed"], run.output
        shown = str([(entry["headers"], entry.get("body")) for entry in host.control.requests()])
        assert "of-veeam" not in shown
        assert theirs.options["username"] not in shown or theirs.options["username"] == host.options["username"]
    assert theirs.control.requests() == []


def test_the_environment_of_a_play_serves_its_own_product(ansible: Ansible, estate: dict[str, Target]) -> None:
    target = estate["veeam"]
    scene = mixed_jobs(target)
    write_hosts(ansible.inventory, {"veeam": {"job_control_system": "veeam"}, "silent": {}})
    run = run_tasks(ansible, "job_systems", task("job_info", {"environment": environment(target.options)}))
    for results in run.results.values():
        assert {job["id"] for job in results[0]["jobs"]} == set(scene.all), run.output


# --- keywords of a task ------------------------------------------------------------------------------------------


def test_a_loop_works_on_each_item_of_each_host(ansible: Ansible, estate: dict[str, Target]) -> None:
    ours = seed_two_for_each(estate, ansible)
    before = {system: held(target) for system, target in estate.items()}
    run = run_tasks(
        ansible, "job_systems", task("job_suspend", {"loop": "{{ mine }}"}, job_ids=["{{ item }}"], wait_interval=0.3)
    )
    for system, target in estate.items():
        (looped,) = run.results[system]
        assert [[job["id"] for job in one["jobs"]] for one in looped["results"]] == [[job] for job in ours[system]]
        assert all(one["changed"] for one in looped["results"])
        assert held(target) == before[system] | dict.fromkeys(ours[system], True)


def test_a_delegated_task_is_about_the_host_of_the_play(ansible: Ansible, estate: dict[str, Target]) -> None:
    """The module runs elsewhere, with the connection options of the job system and none of that other host."""
    ours = seed_two_for_each(estate, ansible)
    hosts = {
        **{system: {**target.variables, "mine": ours[system]} for system, target in estate.items()},
        "elsewhere": {"job_control_url": "http://127.0.0.1:9", "job_control_password": WRONG},
    }
    write_hosts(ansible.inventory, hosts)
    run = run_tasks(
        ansible,
        "job_systems:!elsewhere",
        task("job_suspend", {"delegate_to": "elsewhere"}, job_ids="{{ mine }}", wait_interval=0.3),
    )
    for system, target in estate.items():
        assert [job["id"] for job in run.results[system][0]["jobs"]] == ours[system]
        assert all(held(target)[job] for job in ours[system])


def test_async_with_and_without_polling(ansible: Ansible, estate: dict[str, Target]) -> None:
    """A long suspend may run in the background; `async_status` gives the same result in the end."""
    ours = seed_two_for_each(estate, ansible)
    before = {system: held(target) for system, target in estate.items()}
    run = run_tasks(
        ansible,
        "job_systems",
        task("job_suspend", {"async": 120, "poll": 1}, job_ids="{{ mine }}", wait_interval=0.3),
        task("job_resume", {"async": 120, "poll": 0}, job_ids="{{ mine }}", wait_interval=0.3),
        {
            "ansible.builtin.async_status": {"jid": "{{ task_1.ansible_job_id }}"},
            "until": "task_2 is finished",
            "retries": 120,
            "delay": 1,
        },
    )
    for system, target in estate.items():
        suspended, started, resumed = run.results[system]
        assert [job["id"] for job in suspended["jobs"]] == ours[system]
        assert started["started"]
        assert resumed["finished"]
        for result, state in ((suspended, True), (resumed, False)):
            assert result["summary"]["changed"] == 2
            assert all((job["after"] in ("suspended", "held")) is state for job in result["jobs"])
        assert held(target) == before[system]


def test_run_once_asks_one_job_system_only(ansible: Ansible, estate: dict[str, Target]) -> None:
    seed_two_for_each(estate, ansible)
    for target in estate.values():
        target.control.forget_requests()
    run_tasks(ansible, "job_systems", task("job_suspend", {"run_once": True}, all=True))
    asked = [system for system, target in estate.items() if target.control.requests()]
    assert len(asked) == 1
    assert estate[asked[0]].control.writes() != []
