# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _model, _system.

"""The verbs that JP1/AJS3 has alone: their options, and what can be said of these without a request.

Part of the capabilities, so imported on every run.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError, excerpt
from ansible_collections.batchops.job_control.plugins.module_utils._model import Verb
from ansible_collections.batchops.job_control.plugins.module_utils._system import OwnVerb

Params = t.Mapping[str, t.Any]

#: ChangeStatus (contract 8.5)
NEW_STATUSES = ("NORMAL", "FAIL", "WARNING", "ABNORMAL", "BYPASS", "RETURNCODE")
RETURN_CODES = range(-(2**31), 2**31)
EXEC_ID = re.compile(r"@(?:[0-9]{1,4})?[A-Z][0-9]{1,4}")

#: ExecAgentStatus (contract 7.7), in small letters
AGENT_STATES = ("effective", "ineffective", "hold", "blockade")

#: Bytes that a name has at most (contract 5.1, 6.4, 8.5). In which character set the manager counts them is not
#: known here, and UTF-8 may well need more than that; so only what is too long in every character set is refused.
_MOST_BYTES = {"unit_name": 930, "agents": 255, "ajs_manager": 255, "ajs_service_name": 30}


def unit(params: Params) -> tuple[str, ...]:
    """The one unit whose status is to be changed, as a job id.

    :raises UsageError: an option can be seen to be wrong.
    """
    name, exec_id, code = params["unit_name"], params["exec_id"], params["new_return_code"]
    if not params["new_status"] and code is None:
        raise UsageError("new_status: say what to change; give new_status, new_return_code or both.")
    if code is not None and code not in RETURN_CODES:
        raise UsageError(f"new_return_code: give a number from {RETURN_CODES[0]} to {RETURN_CODES[-1]}.")
    if not name.startswith("/") or name.endswith("/"):
        raise UsageError(f"unit_name: {excerpt(name)!r} is not a unit's full name, such as /Group/Jobnet/Job.")
    if exec_id and not EXEC_ID.fullmatch(exec_id):
        raise UsageError(f"exec_id: {excerpt(exec_id)!r} is not an execution ID, such as @A100 or @10A200.")
    _check_lengths(params, unit_name=name)
    return (f"{name}:{exec_id}" if exec_id else name,)


def agents(params: Params) -> tuple[str, ...]:
    """The execution agents that are meant.

    :raises UsageError: an option can be seen to be wrong.
    """
    names = tuple(name for name in params["agents"] if name)
    if not names:
        raise UsageError("agents: name at least one execution agent.")
    if params["drain"] and params["state"] == "effective":
        raise UsageError("drain: an agent in the state effective goes on to get jobs; give another state or no drain.")
    for name in names:
        _check_lengths(params, agents=name)
    return names


def _check_lengths(params: Params, **names: str) -> None:
    for option in ("ajs_manager", "ajs_service_name"):
        names[option] = params.get(option) or ""
    for option, name in names.items():
        if len(name) > _MOST_BYTES[option]:
            raise UsageError(f"{option}: {excerpt(name, 30)} is longer than {_MOST_BYTES[option]} bytes.")


OWN_VERBS: t.Mapping[Verb, OwnVerb] = {
    Verb.CHANGE_STATUS: OwnVerb(
        options={
            "unit_name": {"type": "str", "required": True},
            "exec_id": {"type": "str"},
            "new_status": {"type": "str", "choices": list(NEW_STATUSES)},
            "new_return_code": {"type": "int"},
            "current_status": {"type": "str"},
        },
        targets=unit,
    ),
    Verb.SET_AGENT_STATE: OwnVerb(
        options={
            "agents": {"type": "list", "elements": "str", "required": True},
            "state": {"type": "str", "choices": list(AGENT_STATES), "required": True},
            "drain": {"type": "bool", "default": False},
        },
        targets=agents,
        switch="agent",
    ),
}
