# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`awx_setup` against stand-ins for the modules of awx.awx, which know their options and keep what they are told: what
it makes belongs together, and a second run changes nothing."""

from __future__ import annotations

import json
import pathlib
import sqlite3
import string
import typing as t

import pytest
from awx.content import CREDENTIAL_TYPES, JOB_TEMPLATES, SCHEDULES, WORKFLOW
from support.ansible import BUILD, Ansible, PlaybookRun

_TEMPLATE = {
    "name": "str",
    "organization": "str",
    "description": "str",
    "survey_enabled": "bool",
    "survey_spec": "dict",
    "allow_simultaneous": "bool",
    "ask_limit_on_launch": "bool",
    "labels": "list",
    "notification_templates_started": "list",
    "notification_templates_success": "list",
    "notification_templates_error": "list",
}
#: The options of awx.awx 24.6.1 that a run may set.
OPTIONS = {
    "organization": {"name": "str", "galaxy_credentials": "list"},
    "credential_type": {"name": "str", "description": "str", "kind": "str", "inputs": "dict", "injectors": "dict"},
    "credential": {
        "name": "str",
        "organization": "str",
        "credential_type": "str",
        "inputs": "dict",
        "update_secrets": "bool",
    },
    "execution_environment": {"name": "str", "image": "str", "description": "str"},
    "project": {
        "name": "str",
        "organization": "str",
        "description": "str",
        "scm_type": "str",
        "scm_url": "str",
        "scm_branch": "str",
        "credential": "str",
        "scm_update_on_launch": "bool",
        "update_project": "bool",
        "local_path": "str",
    },
    "inventory": {"name": "str", "organization": "str", "description": "str"},
    "inventory_source": {
        "name": "str",
        "inventory": "str",
        "organization": "str",
        "description": "str",
        "source": "str",
        "source_project": "str",
        "source_path": "str",
        "overwrite": "bool",
        "overwrite_vars": "bool",
        "update_on_launch": "bool",
    },
    "inventory_source_update": {"name": "str", "inventory": "str", "organization": "str", "wait": "bool"},
    "label": {"name": "str", "organization": "str"},
    "job_template": {
        **_TEMPLATE,
        "job_type": "str",
        "inventory": "str",
        "project": "str",
        "playbook": "str",
        "credentials": "list",
        "execution_environment": "str",
        "extra_vars": "dict",
        "timeout": "int",
        "use_fact_cache": "bool",
        "ask_job_type_on_launch": "bool",
        "ask_verbosity_on_launch": "bool",
        "ask_instance_groups_on_launch": "bool",
    },
    "workflow_job_template": {**_TEMPLATE, "workflow_nodes": "list", "notification_templates_approvals": "list"},
    "workflow_job_template_node": {
        "identifier": "str",
        "workflow_job_template": "str",
        "organization": "str",
        "state": "str",
    },
    "schedule": {
        "name": "str",
        "organization": "str",
        "description": "str",
        "unified_job_template": "str",
        "rrule": "str",
        "extra_data": "dict",
        "enabled": "bool",
        "state": "str",
    },
}
#: What each of the modules makes, but for those that only do something.
THINGS = OPTIONS.keys() - {"inventory_source_update", "workflow_job_template_node"}

#: The first sync of a project fails as long as nobody has asked for another one.
STAND_IN = string.Template(
    """#!/usr/bin/python
import json
import sqlite3

from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule({name: {"type": kind} for name, kind in ($options).items()})
given = {name: value for name, value in module.params.items() if value is not None}
name = given.get("name") or given["identifier"]
with sqlite3.connect("$store") as store:
    (told,) = store.execute("select count(*) from told").fetchone()
    store.execute("insert into told values (?, ?)", ("$kind", json.dumps(given)))
    store.commit()
    known = store.execute("select id, given from kept where kind = ? and name = ?", ("$kind", name)).fetchone()
    before = json.loads(known[1]) if known else {}
    if given.get("state") == "exists" and known:
        module.exit_json(changed=False)
    if "$kind" in ("inventory_source_update", "workflow_job_template_node"):
        module.exit_json(changed="$kind" == "inventory_source_update")
    now = {**before, **given}  # what is not given stays
    for option in [one for one in given if isinstance(given[one], list) and one != "workflow_nodes"]:
        found = {str(i): n for i, n in store.execute("select id, name from kept")}
        names = [found.get(str(one), one) for one in given[option]]
        was = before.get(option, [])
        now[option] = was if option != "galaxy_credentials" and sorted(names) == sorted(was) else names
    store.execute(
        "replace into kept values (?, ?, ?, ?)", (known[0] if known else told + 1000, "$kind", name, json.dumps(now))
    )
    failing = "$kind" == "project" and store.execute("delete from failing").rowcount
if failing:
    module.fail_json(msg="Project update failed")
module.exit_json(changed=before != now)
"""
)

#: The lookup of what is there, with the endpoints that the set-up asks for.
LOOKUP = string.Template(
    """import json
import sqlite3

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):
    def run(self, terms, variables=None, query_params=None, return_all=False, max_objects=1000):
        asked = query_params or {}
        with sqlite3.connect("$store") as store:
            kept = [(i, kind, name, json.loads(given)) for i, kind, name, given in store.execute("select * from kept")]
        ids = {(kind, name): i for i, kind, name, _given in kept}

        def credential(i, name, given):
            kind = ids.get(("credential_type", given["credential_type"]), given["credential_type"])
            return {
                "id": i, "name": name, "kind": "ssh", "credential_type": kind, "inputs": given.get("inputs", {})
            }

        credentials = [credential(i, name, given) for i, kind, name, given in kept if kind == "credential"]
        place = terms[0].split("/")
        if place == ["credentials"]:
            if len(credentials) > max_objects:
                raise AnsibleError(f"{len(credentials)} objects are more than {max_objects}")
            return credentials
        if place == ["unified_job_templates"]:
            names = asked["name__in"].split(",")
            return [{"id": i, "name": n} for i, k, n, _g in kept if k.endswith("job_template") and n in names]
        if place == ["organizations"]:
            return [{"id": i, "name": n} for i, k, n, _g in kept if k == "organization" and n == asked["name"]]
        (given,) = [given for i, kind, _name, given in kept if (kind + "s", str(i)) == (place[0], place[1])]
        if place[2] == "credentials":
            return [one for one in credentials if one["name"] in given.get("credentials", [])]
        if place[2].startswith(("labels", "notification_templates", "galaxy_credentials")):
            names = given.get(place[2], [])
            return [{"id": i, "name": n} for i, _k, n, _g in kept if n in names]
        raise AnsibleError(terms[0])
"""
)

Kept = dict[str, dict[str, dict[str, t.Any]]]


class Controller:
    """What stands in for an AWX."""

    def __init__(self, ansible: Ansible, folder: pathlib.Path) -> None:
        self._ansible = ansible
        self._store = folder / "kept.sqlite"
        with sqlite3.connect(self._store) as store:
            store.execute("create table kept (id integer, kind, name, given, primary key (kind, name))")
            store.execute("create table told (kind, given)")
            store.execute("create table failing (kind)")
        plugins = folder / "collections" / "ansible_collections" / "awx" / "awx" / "plugins"
        (plugins / "modules").mkdir(parents=True)
        (plugins / "lookup").mkdir()
        for kind, options in OPTIONS.items():
            text = STAND_IN.substitute(options=repr(options), store=str(self._store), kind=kind)
            (plugins / "modules" / f"{kind}.py").write_text(text)
        (plugins / "lookup" / "controller_api.py").write_text(LOOKUP.substitute(store=str(self._store)))
        self._environment = {"ANSIBLE_COLLECTIONS_PATH": f"{BUILD}:{folder / 'collections'}"}

    def set_up(self, **settings: object) -> PlaybookRun:
        extra = ["-e", json.dumps(settings)]
        return self._ansible.run("ansible-playbook", "batchops.job_control.awx_setup", *extra, **self._environment)

    def keep(self, kind: str, name: str, **given: object) -> None:
        """Somebody makes this, or changes it, by hand."""
        with sqlite3.connect(self._store) as store:
            known = store.execute("select id, given from kept where kind = ? and name = ?", (kind, name)).fetchone()
            number, before = known or (len(self.told) + 5000 + sum(map(len, self.kept.values())), "{}")
            now = json.dumps({**json.loads(before), "name": name, **given})
            store.execute("replace into kept values (?, ?, ?, ?)", (number, kind, name, now))

    def keep_credentials(self, number: int) -> None:
        """So many of somebody else."""
        given = json.dumps({"credential_type": "Machine"})
        with sqlite3.connect(self._store) as store:
            rows = [(90_000 + count, "credential", f"machine-{count}", given) for count in range(number)]
            store.executemany("insert into kept values (?, ?, ?, ?)", rows)

    def let_the_next_sync_fail(self) -> None:
        with sqlite3.connect(self._store) as store:
            store.execute("insert into failing values ('project')")

    @property
    def kept(self) -> Kept:
        found: Kept = {}
        with sqlite3.connect(self._store) as store:
            for kind, name, given in store.execute("select kind, name, given from kept"):
                found.setdefault(kind, {})[name] = json.loads(given)
        return found

    @property
    def told(self) -> list[tuple[str, dict[str, object]]]:
        """What the modules were told, in its order."""
        with sqlite3.connect(self._store) as store:
            return [(kind, json.loads(given)) for kind, given in store.execute("select kind, given from told")]


@pytest.fixture
def controller(ansible: Ansible, tmp_path: pathlib.Path) -> Controller:
    return Controller(ansible, tmp_path)


def test_two_runs(controller: Controller) -> None:
    secret = "s3cret-0f-a-vault"
    settings = {
        **dict.fromkeys(("job_control_awx_journal_host", "job_control_awx_ca_path", "job_control_awx_report_folder")),
        "job_control_awx_project_url": "https://git.example.com/batch.git",
        "job_control_awx_galaxy_credentials": ["Ansible Galaxy"],
        "job_control_awx_image": "registry.example.com/ee:1",
        "job_control_awx_credentials": [{"name": "Veeam", "system": "veeam", "inputs": {"password": secret}}],
    }
    first = controller.set_up(**settings)
    assert first.status == 0, first.output
    assert secret not in first.output
    kept = controller.kept
    assert {kind: len(things) for kind, things in kept.items()} == {
        **dict.fromkeys(THINGS - {"label"}, 1),
        "credential_type": len(CREDENTIAL_TYPES),
        "job_template": len(JOB_TEMPLATES),
        "schedule": len(SCHEDULES),
    }
    assert_whole(kept)

    second = controller.set_up(**settings)
    assert second.status == 0, second.output
    assert " changed=0 " in second.output
    assert controller.kept == kept


def assert_whole(kept: Kept) -> None:
    """What is referred to by name exists by then, and templates of AWX arrive as they were written."""
    types = {one["name"]: one for one in CREDENTIAL_TYPES}
    for name, made in kept["credential_type"].items():
        assert (made["inputs"], made["injectors"]) == (types[name]["inputs"], types[name]["injectors"])
    assert {one["credential_type"] for one in kept["credential"].values()} <= set(types)
    templates = {**kept["job_template"], **kept["workflow_job_template"]}
    for template in kept["job_template"].values():
        assert template["inventory"] in kept["inventory"]
        assert template["project"] in kept["project"]
        assert template["execution_environment"] in kept["execution_environment"]
        assert template["credentials"] == list(kept["credential"])
        assert template["extra_vars"] == {"maintenance_window_journal_in_facts": True}
        assert template["use_fact_cache"] is True
    (workflow,) = kept["workflow_job_template"].values()
    nodes = workflow["workflow_nodes"]
    assert isinstance(nodes, list)
    assert {node["unified_job_template"]["name"] for node in nodes} <= set(templates)
    assert workflow["survey_spec"] == WORKFLOW["survey_spec"]
    for schedule in kept["schedule"].values():
        assert schedule["unified_job_template"] in templates
        assert schedule["enabled"] is False


def test_a_manual_project_and_a_host_for_the_journals(controller: Controller) -> None:
    run = controller.set_up(job_control_awx_journal_host="keeper", job_control_awx_report_folder="/srv/reports")
    assert run.status == 0, run.output
    kept = controller.kept
    assert not {"inventory_source", "execution_environment", "organization", "credential"} & set(kept)
    (project,) = kept["project"].values()
    assert (project["scm_type"], "scm_url" in project, project["update_project"]) == ("manual", False, False)
    for template in kept["job_template"].values():
        assert template["extra_vars"] == {
            "maintenance_window_journal_host": "keeper",
            "window_report_folder": "/srv/reports",
        }


IN_FACTS = {"maintenance_window_journal_in_facts": True}
GIT = {"job_control_awx_project_url": "https://git.example.com/batch.git"}
VEEAM = {"name": "Veeam", "system": "veeam", "inputs": {"url": "https://veeam.example.com"}}
RESUME = "Batch jobs: resume"


def good(run: PlaybookRun) -> PlaybookRun:
    assert run.status == 0, run.output
    return run


@pytest.mark.parametrize("named", [[], [VEEAM]])
def test_credentials_that_somebody_has_attached_stay(controller: Controller, named: list[dict[str, t.Any]]) -> None:
    good(controller.set_up(job_control_awx_credentials=named))
    before = controller.kept["job_template"][RESUME].get("credentials", [])
    assert before == [one["name"] for one in named]
    controller.keep("credential", "ssh key", credential_type="Machine")
    controller.keep("job_template", RESUME, credentials=[*before, "ssh key"])
    again = good(controller.set_up(job_control_awx_credentials=named))
    assert " changed=0 " in again.output
    assert set(controller.kept["job_template"][RESUME]["credentials"]) == {*before, "ssh key"}


def test_credentials_that_the_settings_name(controller: Controller) -> None:
    """One takes the place of another one of its type, of which a template can have one."""
    controller.keep("credential", "ssh key", credential_type="Machine")
    controller.keep("credential", "old ssh key", credential_type="Machine")
    settings = {"job_control_awx_credentials": [VEEAM], "job_control_awx_more_credentials": ["ssh key"]}
    good(controller.set_up(job_control_awx_more_credentials=["old ssh key"]))
    assert controller.kept["job_template"][RESUME]["credentials"] == ["old ssh key"]
    good(controller.set_up(**settings))
    for template in controller.kept["job_template"].values():
        assert sorted(template["credentials"]) == ["Veeam", "ssh key"]
    assert " changed=0 " in good(controller.set_up(**settings)).output


def test_what_else_somebody_has_attached_or_changed_stays(controller: Controller) -> None:
    """Labels, notifications and the credentials for Galaxy; and a schedule that was turned on, at another time."""
    settings = {
        **GIT,
        "job_control_awx_galaxy_credentials": ["Private hub"],
        "job_control_awx_labels": ["batch"],
        "job_control_awx_notify_error": ["On call"],
        "job_control_awx_notify_approvals": ["Chat"],
    }
    controller.keep("organization", "Default", galaxy_credentials=["Ansible Galaxy"])
    for name in ("Ansible Galaxy", "Private hub"):
        controller.keep("credential", name, credential_type="Galaxy")
    for name in ("On call", "Mail", "Chat"):
        controller.keep("notification_template", name)
    controller.keep("label", "night")
    good(controller.set_up(**settings))
    workflow, schedule = WORKFLOW["name"], SCHEDULES[0]["name"]
    assert controller.kept["schedule"][schedule]["enabled"] is False
    controller.keep("job_template", RESUME, labels=["night", "batch"], notification_templates_error=["Mail", "On call"])
    controller.keep("workflow_job_template", workflow, labels=["night", "batch"])
    controller.keep("schedule", schedule, enabled=True, rrule="another")
    good(controller.set_up(**settings))
    kept = controller.kept
    assert kept["organization"]["Default"]["galaxy_credentials"] == ["Ansible Galaxy", "Private hub"]
    assert set(kept["job_template"][RESUME]["labels"]) == {"night", "batch"}
    errors = kept["job_template"][RESUME]["notification_templates_error"]
    assert set(errors) == {"Mail", "On call"}
    assert set(kept["workflow_job_template"][workflow]["labels"]) == {"night", "batch"}
    assert kept["workflow_job_template"][workflow]["notification_templates_approvals"] == ["Chat"]
    assert (kept["schedule"][schedule]["enabled"], kept["schedule"][schedule]["rrule"]) == (True, "another")
    assert " changed=0 " in good(controller.set_up(**settings)).output


def test_schedules_are_turned_on_when_the_settings_say_so(controller: Controller) -> None:
    good(controller.set_up())
    good(controller.set_up(job_control_awx_schedules_enabled=True))
    assert [one["enabled"] for one in controller.kept["schedule"].values()] == [True] * len(SCHEDULES)


def test_a_project_whose_first_sync_fails(controller: Controller) -> None:
    """The next set-up asks for another one, and gets past it."""
    controller.let_the_next_sync_fail()
    failed = controller.set_up(**GIT)
    assert failed.status != 0
    assert "job_template" not in controller.kept
    good(controller.set_up(**GIT))
    assert len(controller.kept["job_template"]) == len(JOB_TEMPLATES)
    projects = [given for kind, given in controller.told if kind == "project"]
    assert [one["update_project"] for one in projects] == [True, True]


def test_the_inventory_in_git_is_read_before_each_job(controller: Controller) -> None:
    """The source alone would read what the project has fetched last."""
    good(controller.set_up(**GIT))
    (project,), (source,) = controller.kept["project"].values(), controller.kept["inventory_source"].values()
    assert (project["scm_update_on_launch"], source["update_on_launch"]) == (True, True)
    assert "inventory_source_update" not in [kind for kind, _given in controller.told]
    good(controller.set_up(**GIT, job_control_awx_update_on_launch=False))
    (project,), (source,) = controller.kept["project"].values(), controller.kept["inventory_source"].values()
    assert (project["scm_update_on_launch"], source["update_on_launch"]) == (False, False)
    assert "inventory_source_update" in [kind for kind, _given in controller.told]


def with_certificates() -> dict[str, object]:
    return {**VEEAM, "inputs": {"ca_certificate": "-----BEGIN CERTIFICATE-----"}}


@pytest.mark.parametrize("by_hand", [False, True])
def test_certificates_of_a_credential_and_a_host_for_the_journals(controller: Controller, by_hand: bool) -> None:
    """They are files in the execution environment, and the modules run elsewhere: refused, before anything is made."""
    settings: dict[str, object] = {"job_control_awx_journal_host": "keeper"}
    if by_hand:
        controller.keep_credentials(1001)  # more than are looked up unless it is said
        controller.keep("credential", "Veeam", credential_type="Batch jobs: Veeam", inputs={"ca_certificate": "x"})
    else:
        settings["job_control_awx_credentials"] = [with_certificates()]
    refused = controller.set_up(**settings)
    assert refused.status != 0
    assert "Veeam" in refused.output
    assert "job_control_awx_ca_path" in refused.output
    assert controller.told == []
    good(controller.set_up(**settings, job_control_awx_ca_path="/etc/pki/batch.pem"))
    for template in controller.kept["job_template"].values():
        assert template["extra_vars"] == {
            "maintenance_window_journal_host": "keeper",
            "job_control_ca_path": "/etc/pki/batch.pem",
        }


@pytest.mark.parametrize("setting", ["journal_folder", "ca_path", "report_folder"])
def test_what_is_on_the_host_with_the_journals_needs_one(controller: Controller, setting: str) -> None:
    run = controller.set_up(**{f"job_control_awx_{setting}": "/srv/batch"})
    assert run.status != 0
    assert "set job_control_awx_journal_host as well" in run.output


def extra_variables(controller: Controller) -> list[t.Any]:
    """Those that the templates have, each once."""
    given: list[t.Any] = []
    for template in controller.kept["job_template"].values():
        if template["extra_vars"] not in given:
            given.append(template["extra_vars"])
    return given


def test_approvals_come_and_go(controller: Controller) -> None:
    good(controller.set_up(job_control_awx_approve_opening=True, job_control_awx_approval_timeout=3600))
    (workflow,) = controller.kept["workflow_job_template"].values()
    nodes = {node["identifier"]: node for node in workflow["workflow_nodes"]}
    assert nodes["approve-opening"]["unified_job_template"]["timeout"] == 3600
    assert nodes["plan"]["related"]["success_nodes"] == [{"identifier": "approve-opening"}]
    taken_out = [given["identifier"] for kind, given in controller.told if kind == "workflow_job_template_node"]
    assert taken_out == ["approve-closing"]
    assert extra_variables(controller) == [{**IN_FACTS, "window_plan_is_approved": True}]
    good(controller.set_up())
    assert extra_variables(controller) == [IN_FACTS]
    (workflow,) = controller.kept["workflow_job_template"].values()
    assert "approve-opening" not in [node["identifier"] for node in workflow["workflow_nodes"]]


def test_more_variables_and_prompts(controller: Controller) -> None:
    good(controller.set_up(job_control_awx_variables={"maintenance_window_wait_timeout": 3600}))
    for template in controller.kept["job_template"].values():
        assert template["extra_vars"] == {
            "maintenance_window_journal_in_facts": True,
            "maintenance_window_wait_timeout": 3600,
        }
        assert template["ask_limit_on_launch"] is template["ask_instance_groups_on_launch"] is True
    (workflow,) = controller.kept["workflow_job_template"].values()
    assert workflow["ask_limit_on_launch"] is True
