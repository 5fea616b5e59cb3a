# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each credential type through AWX's own injector, and what it injects into a real run against the product."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from awx.content import CREDENTIAL_TYPES, Data, system_of
from awx.injector import inject
from support.ansible import Ansible
from support.estate import Target
from support.scenes import mixed_jobs

CANARY = "cAnary-0f-a-s3cret"


def inputs_of(target: Target, credential_type: Data) -> dict[str, t.Any]:
    """What a user would type into the form for this product."""
    fields = {field["id"] for field in credential_type["inputs"]["fields"]}
    own = f"{target.system}_"
    inputs = {name.removeprefix(own): value for name, value in target.options.items() if name != "system"}
    assert inputs.keys() <= fields
    return inputs


@pytest.mark.parametrize("credential_type", CREDENTIAL_TYPES, ids=system_of)
def test_a_credential_alone_leads_to_its_product(
    credential_type: Data, estate: dict[str, Target], ansible: Ansible, tmp_path: pathlib.Path
) -> None:
    """The inventory host knows nothing at all; not even which product it is."""
    target = estate[system_of(credential_type)]
    scene = mixed_jobs(target, 1)
    ansible.inventory.write_text(
        "job_system ansible_connection=local ansible_python_interpreter={{ansible_playbook_python}}"
    )
    credential = inject(credential_type, inputs_of(target, credential_type), tmp_path)
    options = {"location": "/"} if target.system == "ajs" else {}
    run = ansible.module("job_system", "job_info", env=credential.env, **options)
    assert run.status == 0, run.output
    assert set(scene.all) <= set(run.jobs)
    assert {job["system"] for job in run.result["jobs"]} == {target.system}
    assert not [secret for secret in credential.secrets if secret in run.output]


@pytest.mark.parametrize("credential_type", CREDENTIAL_TYPES, ids=system_of)
def test_no_secret_is_stored_with_the_job(credential_type: Data, tmp_path: pathlib.Path) -> None:
    """In the environment that AWX keeps with a job each secret is masked, and so is every name that looks like one."""
    secrets = [field["id"] for field in credential_type["inputs"]["fields"] if field.get("secret")]
    values = {name: f"{CANARY}-{name}" for name in secrets}
    credential = inject(credential_type, {"url": "https://product.example", **values}, tmp_path)
    text = str(credential.env)
    assert [name for name in values if values[name] not in text] == []
    assert CANARY not in str(credential.safe_env)
    assert "https://product.example" in str(credential.safe_env)


@pytest.mark.parametrize("credential_type", CREDENTIAL_TYPES, ids=system_of)
def test_certificates_are_checked_unless_somebody_says_no(credential_type: Data, tmp_path: pathlib.Path) -> None:
    """AWX takes an answer that was not given for no."""
    names = [name for name in credential_type["injectors"]["env"] if name.endswith("_VALIDATE_CERTS")]
    for answer, expected in (({}, "true"), ({"trust_any_certificate": False}, "true")):
        assert {inject(credential_type, answer, tmp_path).env[name] for name in names} == {expected}
    assert {inject(credential_type, {"trust_any_certificate": True}, tmp_path).env[name] for name in names} == {"false"}


@pytest.mark.parametrize("credential_type", CREDENTIAL_TYPES, ids=system_of)
def test_certificates_to_trust_become_a_file(credential_type: Data, tmp_path: pathlib.Path) -> None:
    given = inject(credential_type, {"ca_certificate": "-----BEGIN CERTIFICATE-----"}, tmp_path).env
    assert given["JOB_CONTROL_CA_PATH"].startswith("/runner/env/")
    file = tmp_path / "env" / pathlib.Path(given["JOB_CONTROL_CA_PATH"]).name
    assert file.read_text() == "-----BEGIN CERTIFICATE-----"
    assert inject(credential_type, {}, tmp_path).env["JOB_CONTROL_CA_PATH"] == ""


def test_a_secret_is_not_sent_to_another_product(
    estate: dict[str, Target], ansible: Ansible, tmp_path: pathlib.Path
) -> None:
    """With the credential of one product, a host of another one that lacks its own is not logged in to."""
    (veeam,) = (one for one in CREDENTIAL_TYPES if system_of(one) == "veeam")
    credential = inject(veeam, inputs_of(estate["veeam"], veeam), tmp_path)
    commvault = estate["commvault"]
    commvault.control.forget_requests()
    ansible.inventory.write_text(
        "commvault ansible_connection=local ansible_python_interpreter={{ansible_playbook_python}} "
        f"job_control_system=commvault job_control_url={commvault.options['url']}\n"
    )
    run = ansible.module("commvault", "job_info", env=credential.env)
    assert run.status != 0
    assert run.result["error"]["kind"] == "usage", run.output
    assert commvault.control.requests() == []
