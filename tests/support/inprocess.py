# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module of the collection within this process: the same result as a real run gives, without its cost."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import json
import typing as t

import pytest
from ansible.module_utils import basic

from ansible_collections.batchops.job_control.plugins.module_utils import _in_window, _module, _run
from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock

MODULES = "ansible_collections.batchops.job_control.plugins.modules"


def run_module(name: str, *, clock: Clock | None = None, **options: t.Any) -> dict[str, t.Any]:
    """What the module ends with, as ansible would read it.

    :param clock: what the module takes for the time; the machine's own if not given.
    :param options: the module's options, and internal ones such as `_ansible_check_mode`.
    """
    main = importlib.import_module(f"{MODULES}.{name}").main
    shown = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(shown):
        patch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": options}).encode())
        patch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)  # since ansible-core 2.19
        if importlib.util.find_spec("ansible.module_utils._internal"):
            # A test of a filter has made a controller of this process, which would show warnings and not return them.
            patch.setattr("ansible.module_utils._internal.is_controller", False)
        if clock:
            for part in (_run, _in_window, _module):
                patch.setattr(part, "SystemClock", lambda: clock)
        with contextlib.suppress(SystemExit):
            main()
    result: dict[str, t.Any] = json.loads(shown.getvalue())
    return result
