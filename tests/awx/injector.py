# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials as AWX gives them to a job: its own injector, run without AWX."""

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

from awx.content import Data
from awx_plugins.interfaces._temporary_private_credential_api import Credential
from awx_plugins.interfaces._temporary_private_inject_api import inject_credential


@dataclasses.dataclass(frozen=True)
class _Type:
    """A credential type, as the injector wants it."""

    inputs: Data
    injectors: Data
    managed: bool = False


@dataclasses.dataclass(frozen=True)
class Injected:
    """What a job gets of a credential."""

    env: dict[str, str]
    safe_env: dict[str, str]  # what AWX stores of it
    secrets: list[str]


def inject(credential_type: Data, inputs: t.Mapping[str, t.Any], private_data: pathlib.Path) -> Injected:
    """Inject a credential with these answers into a job with this private data directory."""
    (private_data / "env").mkdir(exist_ok=True)
    env: dict[str, str] = {}
    safe_env: dict[str, str] = {}
    kind = _Type(credential_type["inputs"], credential_type["injectors"])
    inject_credential(kind, Credential(dict(inputs)), env, safe_env, [], str(private_data))
    secret = [field["id"] for field in credential_type["inputs"]["fields"] if field.get("secret")]
    return Injected(env, safe_env, [inputs[name] for name in secret if inputs.get(name)])
