# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data files for AWX, as `awx_setup` reads them."""

from __future__ import annotations

import pathlib
import typing as t

import yaml
from jinja2.nativetypes import NativeEnvironment

PLAYBOOKS = pathlib.Path(__file__).parents[2] / "playbooks"
AWX = PLAYBOOKS / "awx"
PROJECT = AWX / "project"

Data = dict[str, t.Any]


class _Loader(yaml.SafeLoader):
    """Takes what is marked as unsafe for what it is: text."""


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def content(name: str) -> Data:
    """One file of variables."""
    data: Data = yaml.load((AWX / "vars" / f"{name}.yml").read_text(), Loader=_Loader)
    return data


CREDENTIAL_TYPES: list[Data] = content("credential_types")["job_control_awx_credential_types"]
SETTINGS: Data = content("settings")
_WRITTEN: Data = {**SETTINGS, **content("job_templates"), **content("workflow"), **content("schedules")}
_TEMPLATES = NativeEnvironment()
_TEMPLATES.filters["bool"] = bool


def evaluated(name: str, **settings: t.Any) -> t.Any:
    """A variable of the data files, with what is a template in it evaluated under these settings."""
    return _evaluated(_WRITTEN[name], {**_WRITTEN, **settings})


def _evaluated(value: t.Any, variables: Data) -> t.Any:
    if isinstance(value, dict):
        return {key: _evaluated(one, variables) for key, one in value.items()}
    if isinstance(value, list):
        return [_evaluated(one, variables) for one in value]
    if isinstance(value, str) and "{{" in value:
        return _TEMPLATES.from_string(value).render(variables)
    return value


def workflow(**settings: t.Any) -> Data:
    """The workflow under these settings, with the approvals that they want."""
    written: Data = evaluated("job_control_awx_workflow", **settings)
    approvals = [one["node"] for one in evaluated("job_control_awx_approvals", **settings) if one["wanted"]]
    return {**written, "workflow_nodes": [*written["workflow_nodes"], *approvals]}


JOB_TEMPLATES: list[Data] = evaluated("job_control_awx_job_templates")
WORKFLOW: Data = workflow()
SCHEDULES: list[Data] = evaluated("job_control_awx_schedules")


def system_of(credential_type: Data) -> str:
    """The product that a credential type is for."""
    name: str = credential_type["injectors"]["env"]["JOB_CONTROL_SYSTEM"]
    return name


def questions(template: Data) -> dict[str, Data]:
    """The questions of a survey, by variable."""
    return {question["variable"]: question for question in template.get("survey_spec", {}).get("spec", [])}
