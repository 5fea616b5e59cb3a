# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules of the collection as they run in the simulation: its time, its network and its disk are theirs."""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import random
import threading
import types
import typing as t

import pytest
from ansible.module_utils import basic

from ansible_collections.batchops.job_control.plugins.module_utils import (
    _engine,
    _http,
    _in_window,
    _module,
    _run,
)
from ansible_collections.batchops.job_control.plugins.module_utils._ajs import lookup
from ansible_collections.batchops.job_control.plugins.module_utils._ajs import session as ajs_session
from ansible_collections.batchops.job_control.plugins.module_utils._commvault import api as commvault_api
from ansible_collections.batchops.job_control.plugins.module_utils._commvault import session as commvault_session
from ansible_collections.batchops.job_control.plugins.module_utils._drs import session as drs_session
from ansible_collections.batchops.job_control.plugins.module_utils._journal import custody, file, neighbours
from ansible_collections.batchops.job_control.plugins.module_utils._registry import CAPABILITIES
from ansible_collections.batchops.job_control.plugins.module_utils._veeam import session as veeam_session
from simulation.disk import Disk
from simulation.network import Network
from simulation.timeline import Lock, Pool, Timeline

Json = dict[str, t.Any]
MODULES = "ansible_collections.batchops.job_control.plugins.modules"
MODULE_UTILS = "ansible_collections.batchops.job_control.plugins.module_utils"


class OperatorClock:
    """The clock of a process.

    :param ahead: by how many seconds the wall clock of whoever runs a process is ahead, by that name.
    """

    def __init__(self, timeline: Timeline, ahead: t.Mapping[str, float]) -> None:
        self._timeline = timeline
        self._ahead = ahead

    def monotonic(self) -> float:
        return self._timeline.now

    def time(self) -> float:
        return self._timeline.now + self._ahead.get(self._timeline.process.name, 0.0)

    def sleep(self, seconds: float) -> None:
        self._timeline.sleep(seconds)
        self._timeline.process.step()


class Finished(BaseException):
    """A module has come to its end."""

    def __init__(self, result: Json) -> None:
        super().__init__()
        self.result = result


class SimulatedModule(_module.JobControlModule):
    """A module that hands its result to the simulation and not to Ansible."""

    def __init__(self, **kwargs: t.Any) -> None:
        self.warned: list[str] = []
        super().__init__(**kwargs)

    def warn(self, warning: str) -> None:
        self.warned.append(warning)

    def exit_json(self, **result: t.Any) -> t.NoReturn:
        raise Finished({**result, "warnings": self.warned})

    def fail_json(self, msg: str, **result: t.Any) -> t.NoReturn:
        raise Finished({**result, "msg": msg, "failed": True, "warnings": self.warned})


def run_module(name: str, options: Json) -> Json:
    """What a module ends with. To be called in a process of the simulation."""
    whole = {name: value for name, value in options.items() if value is not None}
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": whole}).encode()
    try:
        importlib.import_module(f"{MODULES}.{name}").main()
    except Finished as finished:
        return finished.result
    raise AssertionError(f"{name} has come to no end")


@contextlib.contextmanager
def installed(
    timeline: Timeline, network: Network, disk: Disk, ahead: t.Mapping[str, float], rng: random.Random
) -> t.Iterator[None]:
    """Within this block the collection lives in the simulation."""
    threads = types.SimpleNamespace(
        Lock=functools.partial(Lock, timeline), local=threading.local, TIMEOUT_MAX=threading.TIMEOUT_MAX
    )
    futures = types.SimpleNamespace(futures=types.SimpleNamespace(ThreadPoolExecutor=functools.partial(Pool, timeline)))
    clock = OperatorClock(timeline, ahead)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(basic, "_ANSIBLE_ARGS", b"")
        patch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)  # since ansible-core 2.19
        for module in (_run, _in_window, _module):
            patch.setattr(module, "SystemClock", lambda: clock)
        for module in (_run, _in_window, _module):
            patch.setattr(module, "JobControlModule", SimulatedModule)
        for module in (file, _http, ajs_session, commvault_session, drs_session, veeam_session):
            patch.setattr(module, "threading", threads)
        for module in (_engine, lookup, commvault_api):
            patch.setattr(module, "concurrent", futures)
        for module in (file, custody, neighbours):
            patch.setattr(module, "os", disk.os)
        patch.setattr(_in_window, "os", disk.os)
        patch.setattr(file, "fcntl", disk.fcntl)
        patch.setattr(neighbours, "open", disk.reader, raising=False)
        patch.setattr(_http, "_adapter", network.adapter)
        patch.setattr(_http, "random", rng)
        yield


def load() -> None:
    """Import all that a run may need."""
    neutral = ("job_suspend", "job_resume", "job_retry", "job_cancel_running", "job_wait", "job_info")
    for name in (*neutral, "ajs_agent_state", "commvault_activity"):
        importlib.import_module(f"{MODULES}.{name}")
    for system in CAPABILITIES:
        importlib.import_module(f"{MODULE_UTILS}._{system}.api")
