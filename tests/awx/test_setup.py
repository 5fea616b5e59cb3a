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

import pytest
from awx.content import CREDENTIAL_TYPES, JOB_TEMPLATES, SCHEDULES, WORKFLOW
from support.ansible import BUILD, Ansible, PlaybookRun

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
    "job_template": {
        "name": "str",
        "organization": "str",
        "description": "str",
        "job_type": "str",
        "inventory": "str",
        "project": "str",
        "playbook": "str",
        "credentials": "list",
        "execution_environment": "str",
        "extra_vars": "dict",
        "survey_enabled": "bool",
        "survey_spec": "dict",
        "timeout": "int",
        "use_fact_cache": "bool",
        "allow_simultaneous": "bool",
        "ask_job_type_on_launch": "bool",
        "ask_limit_on_launch": "bool",
        "ask_verbosity_on_launch": "bool",
    },
    "workflow_job_template": {
        "name": "str",
        "organization": "str",
        "description": "str",
        "allow_simultaneous": "bool",
        "survey_enabled": "bool",
        "survey_spec": "dict",
        "workflow_nodes": "list",
    },
    "schedule": {
        "name": "str",
        "organization": "str",
        "description": "str",
        "unified_job_template": "str",
        "rrule": "str",
        "extra_data": "dict",
        "enabled": "bool",
    },
}

STAND_IN = string.Template(
    """#!/usr/bin/python
import json
import sqlite3

from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule({name: {"type": kind} for name, kind in ($options).items()})
given = json.dumps({name: value for name, value in module.params.items() if value is not None}, sort_keys=True)
with sqlite3.connect("$store") as store:
    store.execute("create table if not exists kept (kind, name, given, primary key (kind, name))")
    key = ("$kind", module.params["name"])
    known = store.execute("select given from kept where kind = ? and name = ?", key).fetchone()
    store.execute("replace into kept values (?, ?, ?)", (*key, given))
module.exit_json(changed=known != (given,))
"""
)

Kept = dict[str, dict[str, dict[str, object]]]


class Controller:
    """What stands in for an AWX."""

    def __init__(self, ansible: Ansible, folder: pathlib.Path) -> None:
        self._ansible = ansible
        self._store = folder / "kept.sqlite"
        collection = folder / "collections" / "ansible_collections" / "awx" / "awx"
        modules = collection / "plugins" / "modules"
        modules.mkdir(parents=True)
        for kind, options in OPTIONS.items():
            text = STAND_IN.substitute(options=repr(options), store=str(self._store), kind=kind)
            (modules / f"{kind}.py").write_text(text)
        self._environment = {"ANSIBLE_COLLECTIONS_PATH": f"{BUILD}:{folder / 'collections'}"}

    def set_up(self, **settings: object) -> PlaybookRun:
        extra = ["-e", json.dumps(settings)]
        return self._ansible.run("ansible-playbook", "batchops.job_control.awx_setup", *extra, **self._environment)

    @property
    def kept(self) -> Kept:
        found: Kept = {}
        with sqlite3.connect(self._store) as store:
            for kind, name, given in store.execute("select kind, name, given from kept"):
                found.setdefault(kind, {})[name] = json.loads(given)
        return found


@pytest.fixture
def controller(ansible: Ansible, tmp_path: pathlib.Path) -> Controller:
    return Controller(ansible, tmp_path)


def test_two_runs(controller: Controller) -> None:
    secret = "s3cret-0f-a-vault"
    settings = {
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
        **dict.fromkeys(OPTIONS, 1),
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
    run = controller.set_up(job_control_awx_journal_host="keeper")
    assert run.status == 0, run.output
    kept = controller.kept
    assert not {"inventory_source", "execution_environment", "organization", "credential"} & set(kept)
    (project,) = kept["project"].values()
    assert (project["scm_type"], "scm_url" in project) == ("manual", False)
    assert {str(template["extra_vars"]) for template in kept["job_template"].values()} == {
        "{'maintenance_window_journal_host': 'keeper'}"
    }
