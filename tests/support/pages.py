# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages for people as data: their code blocks, tables and links, and what is wrong with an example."""

from __future__ import annotations

import ast
import json
import pathlib
import re
import shlex
import typing as t

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.splitter import parse_kv

from ansible_collections.batchops.job_control.plugins.module_utils import _arguments as arguments
from ansible_collections.batchops.job_control.plugins.module_utils._model import NEUTRAL_VERBS
from ansible_collections.batchops.job_control.plugins.module_utils._registry import CAPABILITIES
from support.checkout import ROOT
from support.verb_table import OWN_MODULES

Json = dict[str, t.Any]
Specs = t.Mapping[str, t.Mapping[str, t.Any]]


def constant(path: pathlib.Path, name: str) -> str:
    """What a file of Python assigns to a name."""
    statements = ast.parse(path.read_text()).body
    (value,) = (one.value for one in statements if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == name)
    return str(ast.literal_eval(value))


PREFIX = "batchops.job_control."
PAGES = sorted(
    path
    for pattern in ("README.md", "docs/**/*.md", "playbooks/**/*.md", "roles/**/*.md")
    for path in ROOT.glob(pattern)
)

#: The argument spec of each module.
MODULES: Specs = {
    "job_info": arguments.info_spec(),
    "job_wait": arguments.wait_spec(),
    **{f"job_{verb.value}": arguments.verb_spec(verb) for verb in NEUTRAL_VERBS},
    **{
        OWN_MODULES[verb]: arguments.own_spec(own.system, verb)
        for own in CAPABILITIES.values()
        for verb in own.own_verbs
    },
}
#: The argument spec of the event source: what `job_info` has, and what its own documentation names.
SOURCES: Specs = {
    path.stem: {**arguments.info_spec(), **own["options"]}
    for path in (ROOT / "extensions" / "eda" / "plugins" / "event_source").glob("*.py")
    for own in [yaml.safe_load(constant(path, "DOCUMENTATION"))]
}
RULEBOOKS = {path.stem: path.read_text() for path in (ROOT / "extensions" / "eda" / "rulebooks").glob("*.yml")}
PLAYBOOKS = {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
#: The argument spec of each entry point of the role.
ENTRY_POINTS: Specs = {
    name: entry["options"]
    for name, entry in yaml.safe_load((ROOT / "roles/maintenance_window/meta/argument_specs.yml").read_text())[
        "argument_specs"
    ].items()
}
ROLE_VARIABLES: Specs = {name: spec for options in ENTRY_POINTS.values() for name, spec in options.items()}
HOST_VARIABLES: Specs = {
    **{f"job_control_{name}": spec for name, spec in arguments.connection_spec().items()},
    "job_control_location": {"type": "str"},
    **ROLE_VARIABLES,
}
#: What playbooks and rulebooks want to be told besides, as far as one can see from their text.
OTHER_VARIABLES = {
    *(
        name
        for path in (ROOT / "playbooks").rglob("*.yml")
        for name in re.findall(r"\b(?:job_systems|(?:retry|show)_\w+|job_control_awx_\w+)\b", path.read_text())
    ),
    *(name for text in RULEBOOKS.values() for name in re.findall(r"(?:\{\{ |vars\.)(job_control_\w+)", text)),
}
#: Its commands are about a product that is not there; test_sixth_system.py follows it.
SIXTH = ROOT / "docs" / "develop" / "sixth-system.md"
_OURS = ("job_control_", "maintenance_window_")


def blocks(page: pathlib.Path, *languages: str) -> list[str]:
    """The code blocks of a page in one of these languages."""
    found = re.findall(r"^( *)```(\w+)\n(.*?)^\1```$", page.read_text(), re.MULTILINE | re.DOTALL)
    return [text for _indent, language, text in found if language in languages]


def links(page: pathlib.Path) -> list[str]:
    """Where the links of a page lead that stay within the project, without the place on the page."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)", prose)
    return [target.partition("#")[0] for target in targets if "://" not in target and not target.startswith("#")]


def tables(text: str) -> t.Iterator[list[list[str]]]:
    """The tables of a text, each as rows of cells; the first is the head."""
    for table in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE):
        rows = [[cell.strip() for cell in row[1:-1].split(" | ")] for row in table.splitlines()]
        yield [rows[0], *rows[2:]]


def words(cell: str) -> list[str]:
    """What a cell of a table has in `code`."""
    return re.findall(r"`([^`]+)`", cell)


class Call(t.NamedTuple):
    """A module of ours with options, as a page shows it."""

    module: str
    options: Json
    where: str  # the host or the condition, which may name a system

    @property
    def systems(self) -> list[str]:
        """The products that it is about: one that is named, all but that one, or all that have the module."""
        able = [one for one in CAPABILITIES if one in MODULES[self.module]["system"]["choices"]]
        named = [one for one in able if one in self.where]
        return [one for one in able if one not in named] if "!=" in self.where else named or able


def calls(page: pathlib.Path) -> t.Iterator[Call]:
    """Every module that a page runs, in tasks or in commands."""
    for text in blocks(page, "yaml"):
        document = yaml.safe_load(text)
        for item in document if isinstance(document, list) else []:
            yield from _calls_of_item(item)
    for text in blocks(page, "console"):
        for command in _commands(text):
            values = dict(zip(command, command[1:]))
            if values.get("-m", "").startswith(PREFIX):
                module = values["-m"].removeprefix(PREFIX)
                yield Call(module, _given(values.get("-a", "")), command[1] if command[1] != "-i" else command[3])


def _calls_of_item(item: Json) -> t.Iterator[Call]:
    for task in _tasks_of(item):
        yield from _calls_of_item(task)
    for key, value in item.items():
        if key.startswith(PREFIX):
            yield Call(key.removeprefix(PREFIX), value or {}, str(item.get("when", "")))


def faults_of_yaml(text: str) -> list[str]:
    """What is wrong with an example: a playbook, tasks, an inventory, or variables."""
    document = yaml.safe_load(text)
    if isinstance(document, list):
        return [fault for item in document for fault in _faults_of_item(item)]
    return list(_faults_of_variables(document))


def faults_of_commands(text: str) -> list[str]:
    """What is wrong with commands that one types."""
    return [fault for command in _commands(text) for fault in _faults_of_command(command)]


def _commands(text: str) -> list[list[str]]:
    """Commands in words; one may go on in the next line, and be followed by another one."""
    joined = text.replace("\\\n", " ").replace("&&\n", "\n")
    return [shlex.split(line, comments=True) for line in joined.splitlines()]


def _tasks_of(item: Json) -> list[Json]:
    """The tasks in a play or block."""
    parts = ("tasks", "pre_tasks", "post_tasks", "block", "rescue", "always")
    return [task for part in parts for task in item.get(part, [])]


def _faults_of_item(item: Json) -> t.Iterator[str]:
    """Of a play, a block or a task."""
    for task in _tasks_of(item):
        yield from _faults_of_item(task)
    for group, options in item.get("module_defaults", {}).items():
        if group == f"group/{PREFIX}all":
            yield from (f"{name} is no option" for name in options.keys() - arguments.connection_spec().keys())
    for source in item.get("sources", []):
        for key, options in source.items():
            if key.startswith(PREFIX):
                yield from _faults_of_options(SOURCES[key.removeprefix(PREFIX)], options)
    if item.get("import_playbook", "").startswith(PREFIX):
        yield from _unless_known(item["import_playbook"], PLAYBOOKS)
    for key, value in item.items():
        if key.endswith(("include_role", "import_role")):
            yield from _faults_of_role(value, item.get("vars", {}))
        elif key.startswith(PREFIX):
            yield from _faults_of_module(key, value or {})


def _faults_of_role(role: Json, variables: Json) -> t.Iterator[str]:
    if role["name"] == f"{PREFIX}maintenance_window":
        entry = ENTRY_POINTS[role.get("tasks_from", "main")]
        yield from _faults_of_options(entry, {**_without_templates(variables), "maintenance_window_name": "any"})


def _faults_of_module(full_name: str, options: Json) -> t.Iterator[str]:
    name = full_name.removeprefix(PREFIX)
    if name not in MODULES:
        yield f"there is no module {full_name}"
        return
    spec = MODULES[name]
    templates = options.keys() - _without_templates(options).keys()
    yield from (f"{option} is no option of {name}" for option in templates - spec.keys())
    optional = {option: {**its, "required": False} for option, its in spec.items() if option in {*templates, "system"}}
    yield from _faults_of_options({**spec, **optional}, _without_templates(options))


def _faults_of_options(spec: Specs, options: Json) -> t.Iterator[str]:
    plain = {name: {key: value for key, value in its.items() if key != "description"} for name, its in spec.items()}
    yield from ArgumentSpecValidator(plain).validate(options).error_messages


def _faults_of_variables(document: t.Any) -> t.Iterator[str]:
    """Of host variables, wherever they are in an inventory."""
    if not isinstance(document, dict):
        return
    ours = {name: value for name, value in document.items() if str(name).startswith(_OURS)}
    unknown = ours.keys() - HOST_VARIABLES.keys() - OTHER_VARIABLES
    yield from (f"{name} is no variable of ours" for name in unknown)
    known = {name: {**HOST_VARIABLES[name], "required": False} for name in ours.keys() & HOST_VARIABLES.keys()}
    yield from _faults_of_options(known, {name: ours[name] for name in known if name in _without_templates(ours)})
    for name, value in document.items():
        if name not in ours:
            yield from _faults_of_variables(value)


def _faults_of_command(command: list[str]) -> t.Iterator[str]:
    program = next((word for word in command if "=" not in word), "")
    values = dict(zip(command, command[1:]))
    if program == "ansible" and values.get("-m", "").startswith(PREFIX):
        yield from _faults_of_module(values["-m"], _given(values.get("-a", "")))
    if program == "ansible-playbook":
        for word in command[1:]:
            yield from _unless_known(word, PLAYBOOKS) if word.startswith(PREFIX) else ()
        variables = _given(values.get("-e", ""))
        yield from (f"{name} is no variable of ours" for name in variables.keys() - {*HOST_VARIABLES, *OTHER_VARIABLES})
        yield from _faults_of_variables(variables)
    if program == "ansible-rulebook" and values["--rulebook"].startswith(PREFIX):
        yield from _unless_known(values["--rulebook"], RULEBOOKS)
    if program == "make":
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        yield from _unless_known(command[1], targets)
    for word in command:
        if word.startswith("tests/") and not (ROOT / word).exists():
            yield f"there is no {word}"


def _given(text: str) -> Json:
    """Options as one types them; those of a file are not looked at."""
    if text.startswith("@"):
        return {}
    return t.cast(Json, json.loads(text) if text.startswith("{") else dict(parse_kv(text)))


def _unless_known(full_name: str, known: t.Collection[str]) -> t.Iterator[str]:
    if full_name.removeprefix(PREFIX) not in known:
        yield f"there is no {full_name}"


def _without_templates(options: Json) -> Json:
    return {name: value for name, value in options.items() if "{{" not in str(value)}
