# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data files for AWX, as `awx_setup` reads them."""

from __future__ import annotations

import pathlib
import typing as t

import yaml

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
JOB_TEMPLATES: list[Data] = content("job_templates")["job_control_awx_job_templates"]
WORKFLOW: Data = content("workflow")["job_control_awx_workflow"]
SCHEDULES: list[Data] = content("schedules")["job_control_awx_schedules"]
SETTINGS: Data = content("settings")


def system_of(credential_type: Data) -> str:
    """The product that a credential type is for."""
    name: str = credential_type["injectors"]["env"]["JOB_CONTROL_SYSTEM"]
    return name


def questions(template: Data) -> dict[str, Data]:
    """The questions of a survey, by variable."""
    return {question["variable"]: question for question in template.get("survey_spec", {}).get("spec", [])}
