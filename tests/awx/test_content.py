# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the API of AWX 24.6 refuses is not in our content; each rule is one that a real AWX was seen to have."""

from __future__ import annotations

import collections
import re
import string
import typing as t

import pytest
import yaml
from awx.content import (
    CREDENTIAL_TYPES,
    JOB_TEMPLATES,
    PLAYBOOKS,
    PROJECT,
    SCHEDULES,
    WORKFLOW,
    Data,
    questions,
    system_of,
    workflow,
)
from jinja2 import Environment, meta

from ansible_collections.batchops.job_control.plugins.module_utils._arguments import connection_spec
from ansible_collections.batchops.job_control.plugins.module_utils._registry import CAPABILITIES
from ansible_collections.batchops.job_control.plugins.module_utils._system import environment_variable

#: Names of environment variables whose values AWX masks in the job that it stores.
MASKED = re.compile("API|TOKEN|KEY|SECRET|PASS")
#: A file that AWX takes for a playbook has such a line.
PLAYBOOK = re.compile(r"^\s*-?\s*(hosts|(ansible\.builtin\.)?import_playbook):")
ANSWERS: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "textarea": (str,),
    "multiplechoice": (str,),
    "integer": (int,),
    "float": (int, float),
}
SURVEYED = [template for template in [*JOB_TEMPLATES, WORKFLOW] if "survey_spec" in template]
TEMPLATES = {template["name"]: template for template in [*JOB_TEMPLATES, WORKFLOW]}
IDENTIFIERS = string.ascii_letters + string.digits + "_"


def named(template: Data) -> str:
    return str(template["name"])


# --- credential types ---------------------------------------------------------------------------------------------


def test_one_credential_type_for_each_product() -> None:
    assert sorted(map(system_of, CREDENTIAL_TYPES)) == sorted(CAPABILITIES)
    assert len({named(one) for one in CREDENTIAL_TYPES}) == len(CREDENTIAL_TYPES)


@pytest.mark.parametrize("credential_type", CREDENTIAL_TYPES, ids=system_of)
class TestCredentialType:
    def test_inputs(self, credential_type: Data) -> None:
        assert credential_type["kind"] in ("cloud", "net")
        assert set(credential_type["inputs"]) <= {"fields", "required"}
        fields = credential_type["inputs"]["fields"]
        known = {field["id"] for field in fields}
        assert len(known) == len(fields)
        assert set(credential_type["inputs"].get("required", [])) <= known - {"tower"}
        for field in fields:
            assert {"id", "label", "type"} <= set(field)
            assert set(field["id"]) <= set(IDENTIFIERS)
            assert field["type"] in ("string", "boolean")
            if field["type"] == "boolean":
                assert not {"secret", "multiline", "choices", "format"} & set(field)

    def test_injectors(self, credential_type: Data) -> None:
        injectors, known = credential_type["injectors"], {field["id"] for field in credential_type["inputs"]["fields"]}
        assert set(injectors) <= {"env", "file"}
        texts = [*injectors["env"].values(), *injectors["file"].values()]
        used = set().union(*(meta.find_undeclared_variables(Environment().parse(text)) for text in texts))
        assert used - {"tower"} == known  # none is undeclared, and none is asked for in vain
        assert all(text.isascii() for text in texts)
        assert not [name for name in injectors["env"] if name.startswith("ANSIBLE_")]

    def test_secrets_go_to_names_that_are_masked(self, credential_type: Data) -> None:
        secrets = {field["id"] for field in credential_type["inputs"]["fields"] if field.get("secret")}
        assert {"password"} <= secrets
        for name, text in credential_type["injectors"]["env"].items():
            uses = meta.find_undeclared_variables(Environment().parse(text))
            assert bool(uses & secrets) <= bool(MASKED.search(name)), name

    def test_names_are_those_that_the_modules_and_the_inventory_look_for(self, credential_type: Data) -> None:
        system = system_of(credential_type)
        names = set(credential_type["injectors"]["env"])
        options = {environment_variable(option) for option in connection_spec()}
        own = {environment_variable(option) for option in CAPABILITIES[system].options}
        shared = {name for name in names if name in options - own}
        assert {"JOB_CONTROL_URL", "JOB_CONTROL_USERNAME", "JOB_CONTROL_PASSWORD", "JOB_CONTROL_API_TOKEN"} <= shared
        prefixed = {name.replace("JOB_CONTROL_", f"JOB_CONTROL_{system.upper()}_", 1) for name in shared}
        assert names - shared - own <= prefixed
        inventory = yaml.safe_load((PROJECT / "inventory" / "job_systems.yml").read_text())
        group = inventory["all"]["children"]["job_systems"]
        texts = [*group["vars"].values(), *group["hosts"][f"{system}_prod"].values()]
        looked_up = {
            name.strip("'").replace("credential ~ '", f"JOB_CONTROL_{system.upper()}")
            for text in texts
            for name in re.findall(r"builtin\.env', ('JOB_CONTROL_\w+|credential ~ '\w+)'", str(text))
        }
        assert own & names <= looked_up
        assert prefixed & names <= looked_up


def test_all_types_set_the_same_shared_names() -> None:
    """Where two are given to a job, the last one counts as a whole, and not one half of each."""
    shared = [
        {name for name in one["injectors"]["env"] if not name.startswith(f"JOB_CONTROL_{system_of(one).upper()}_")}
        for one in CREDENTIAL_TYPES
    ]
    assert all(names == shared[0] for names in shared)


# --- templates and their surveys ----------------------------------------------------------------------------------


@pytest.mark.parametrize("template", JOB_TEMPLATES, ids=named)
def test_a_template_runs_a_playbook_of_the_project(template: Data) -> None:
    """Not one of a collection by its full name, which AWX does not find."""
    lines = (PROJECT / template["playbook"]).read_text().splitlines()
    assert any(PLAYBOOK.match(line) for line in lines)
    assert template["timeout"] > 0


def test_the_project_wraps_playbooks_that_exist() -> None:
    wrapped = re.findall(
        r"import_playbook: batchops\.job_control\.(\w+)", "".join(path.read_text() for path in PROJECT.glob("*.yml"))
    )
    assert set(wrapped) <= {path.stem for path in PLAYBOOKS.glob("*.yml")}
    assert len(set(wrapped)) == len(wrapped)
    required = yaml.safe_load((PROJECT / "collections" / "requirements.yml").read_text())
    assert [one["name"] for one in required["collections"]] == ["batchops.job_control"]


@pytest.mark.parametrize("template", SURVEYED, ids=named)
def test_a_survey(template: Data) -> None:
    survey = template["survey_spec"]
    assert isinstance(survey["name"], str)
    assert isinstance(survey["description"], str)
    assert survey["spec"]
    counts = collections.Counter(question["variable"] for question in survey["spec"])
    assert set(counts.values()) == {1}
    for question in survey["spec"]:
        assert isinstance(question["question_name"], str)
        assert isinstance(question["required"], bool)
        assert question["type"] in ANSWERS
        assert set(question["variable"]) <= set(IDENTIFIERS)
        assert all(isinstance(question.get(bound, 0), int) for bound in ("min", "max"))
        if question["type"] == "multiplechoice":
            assert all(isinstance(choice, str) for choice in question["choices"])
        if "default" in question:
            assert_answer(question, question["default"])


def assert_answer(question: Data, answer: t.Any) -> None:
    """AWX would take this answer."""
    assert isinstance(answer, ANSWERS[question["type"]])
    if "choices" in question:
        assert answer in question["choices"]
    size = answer if isinstance(answer, (int, float)) else len(answer)
    assert question.get("min", size) <= size <= question.get("max", size)


# --- workflow and schedules ---------------------------------------------------------------------------------------


#: Whether somebody approves the opening and the closing.
APPROVALS = [(False, False), (True, False), (False, True), (True, True)]
Nodes = dict[str, Data]


def nodes_of(opening: bool, closing: bool) -> Nodes:
    made = workflow(job_control_awx_approve_opening=opening, job_control_awx_approve_closing=closing)["workflow_nodes"]
    nodes = {node["identifier"]: node for node in made}
    assert len(nodes) == len(made)
    return nodes


def run_through(nodes: Nodes, broken: str | None) -> tuple[list[str], bool]:
    """The nodes that run when one of them fails, and whether the workflow is a success then."""
    now, ran = "plan", []
    while True:
        ran.append(now)
        works = now not in (broken, "failed")
        following = nodes[now].get("related", {}).get("success_nodes" if works else "failure_nodes", [])
        if not following:
            return ran, works
        (now,) = [child["identifier"] for child in following]


@pytest.mark.parametrize(("opening", "closing"), APPROVALS)
def test_nodes_of_the_workflow(opening: bool, closing: bool) -> None:
    nodes = nodes_of(opening, closing)
    for node in nodes.values():
        kind = node["unified_job_template"]["type"]
        assert kind in ("job_template", "workflow_approval")
        if kind == "job_template":
            assert node["unified_job_template"]["name"] in TEMPLATES
        after = [child["identifier"] for children in node.get("related", {}).values() for child in children]
        assert set(after) <= set(nodes)
        assert len(set(after)) == len(after)  # AWX takes one relation between two nodes only


@pytest.mark.parametrize("broken", [None, "suspend", "change"])
@pytest.mark.parametrize(("opening", "closing"), APPROVALS)
def test_the_workflow_resumes_whatever_happens(opening: bool, closing: bool, broken: str | None) -> None:
    """And it ends as failed when something has failed, for which the last node must not be followed by anything."""
    nodes = nodes_of(opening, closing)
    ran, works = run_through(nodes, broken)
    resumed = [name for name in ran if nodes[name]["unified_job_template"]["name"] == "Batch jobs: resume"]
    assert len(resumed) == 1
    assert works == (broken is None)


@pytest.mark.parametrize(
    ("broken", "ran"),
    [
        ("plan", ["plan"]),
        ("approve-opening", ["plan", "approve-opening", "resume-after-failure", "failed"]),
        ("approve-closing", ["plan", "approve-opening", "suspend", "change", "approve-closing"]),
    ],
)
def test_what_is_refused_is_no_success(broken: str, ran: list[str]) -> None:
    """Nothing is suspended after a plan that has failed, and nothing is resumed when somebody says not to."""
    assert run_through(nodes_of(opening=True, closing=True), broken) == (ran, False)


def test_the_plan_has_ended_before_anything_is_suspended() -> None:
    """What a job has stored in the facts is there for the others when it has ended, and not when it is cancelled."""
    ran, _works = run_through(nodes_of(opening=False, closing=False), None)
    assert ran == ["plan", "suspend", "change", "resume"]


def test_the_workflow_passes_its_answers_on() -> None:
    """A template takes only variables that its own survey knows."""
    asked = questions(WORKFLOW)
    for name in ("Batch jobs: plan", "Batch jobs: suspend"):
        assert questions(TEMPLATES[name]) == asked
    closing = questions(TEMPLATES["Batch jobs: resume"])
    assert [name for name in closing if name not in asked] == ["window_close_if"]
    for node in WORKFLOW["workflow_nodes"]:
        of_template = questions(TEMPLATES[node["unified_job_template"]["name"]])
        for name, answer in node.get("extra_data", {}).items():
            assert_answer(of_template[name], answer)


def test_a_workflow_that_fails_closes_only_a_window_of_its_own() -> None:
    nodes = {node["identifier"]: node for node in WORKFLOW["workflow_nodes"]}
    assert nodes["resume-after-failure"]["extra_data"] == {"window_close_if": "own_run"}


def test_the_answers_of_a_survey_are_used() -> None:
    """Each variable is one of the role, or is read by a playbook of the project."""
    specs = yaml.safe_load((PLAYBOOKS.parent / "roles/maintenance_window/meta/argument_specs.yml").read_text())
    options = {name for entry in specs["argument_specs"].values() for name in entry["options"]}
    texts = "".join(
        path.read_text()
        for path in [*PROJECT.glob("*.yml"), *PROJECT.glob("parts/*.yml"), PLAYBOOKS / "retry_failed_jobs.yml"]
    )
    for template in SURVEYED:
        for variable in questions(template):
            assert variable in options or variable in texts, variable


def test_what_matches_is_said_in_the_survey() -> None:
    asked = questions(WORKFLOW)
    assert "patterns" in asked["window_job_names"]["question_description"]
    for name in ("window_job_owners", "window_job_types"):
        assert "not patterns" in asked[name]["question_description"]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=named)
def test_a_schedule(schedule: Data) -> None:
    start, rule = schedule["rrule"].split(" ")
    assert re.fullmatch(r"DTSTART;TZID=[A-Za-z_]+/[A-Za-z_]+:\d{8}T\d{6}", start)
    parts = dict(part.split("=") for part in rule.removeprefix("RRULE:").split(";"))
    assert "INTERVAL" in parts
    assert parts["FREQ"] != "SECONDLY"
    assert int(parts.get("COUNT", 1)) <= 999
    assert not {"COUNT", "UNTIL"} <= set(parts)
    assert not any(day[0].isdigit() for day in parts.get("BYDAY", "MO").split(","))
    asked = questions(TEMPLATES[schedule["unified_job_template"]])
    needed = {name for name, question in asked.items() if question["required"] or "default" in question}
    assert needed <= schedule["extra_data"].keys() <= asked.keys()  # defaults do not fill in
    for name, answer in schedule["extra_data"].items():
        assert_answer(asked[name], answer)


def test_what_a_cancelled_workflow_leaves_is_closed_by_a_schedule() -> None:
    """No node of a cancelled workflow runs any more."""
    (net,) = [one for one in SCHEDULES if one["unified_job_template"] == "Batch jobs: close expired windows"]
    assert "FREQ=MINUTELY;INTERVAL=15" in net["rrule"]
    opening = [one for one in SCHEDULES if one["unified_job_template"] == WORKFLOW["name"]]
    assert [one["extra_data"]["maintenance_window_expires"] for one in opening] == ["7h"]


def test_names_of_templates_can_be_searched_for() -> None:
    """They are given to the API as a list with commas."""
    assert not [name for name in TEMPLATES if "," in name]
