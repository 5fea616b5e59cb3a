# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two controllers that share a journal and work at the same time, each in a process of its own."""

from __future__ import annotations

import multiprocessing
import multiprocessing.synchronize
import pathlib
import typing as t

import pytest
from runs.conftest import SYSTEMS
from support.estate import Target
from support.inprocess import run_module
from support.scenes import Scene, held, mixed_jobs
from support.torture import FULL, tally

from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import read
from simulators.__main__ import create
from simulators.core.control import Control
from simulators.core.server import serving

Json = dict[str, t.Any]
PROCESSES = multiprocessing.get_context("fork")


class Controller:
    """Opens a window and closes it, at the same time as the other one."""

    def __init__(self, name: str, target: Target, journal: pathlib.Path, jobs: list[str]) -> None:
        self._target = target
        self._jobs = jobs
        self._options = {
            **target.options,
            "journal": str(journal),
            "window": name,
            "window_run": {"id": name, "user": name},
            "wait_timeout": 120,
            "wait_interval": 0.2,
        }

    def work(self, start: multiprocessing.synchronize.Barrier, told: t.Any) -> None:
        """A whole window; what goes wrong is told."""
        try:
            start.wait()
            self._run("job_suspend", job_ids=self._jobs)
            now = held(self._target)
            assert all(now[job_id] for job_id in self._jobs), now
            self._run("job_resume", close_if="own_run")
        except BaseException as error:  # a process has no other way to say it
            told.put(f"{self._options['window']}: {error!r}")
            raise
        told.put("")

    def _run(self, module: str, **options: t.Any) -> None:
        result = run_module(module, **self._options, **options)
        assert not result.get("failed"), (module, result)


@pytest.mark.parametrize("system", SYSTEMS)
def test_two_controllers_at_once(system: str, tmp_path: pathlib.Path) -> None:
    rounds = 20 if FULL else 2
    with serving(create(system)) as server:
        target = Target(system, server.options, Control(server.origin))
        for number in range(rounds):
            target.control.reset()
            scene: Scene = mixed_jobs(target)
            before = held(target)
            journal = tmp_path / f"{number}.journal"
            start, told = PROCESSES.Barrier(2), PROCESSES.Queue()
            controllers = [Controller(name, target, journal, scene.ours(system)) for name in ("one", "two")]
            processes = [PROCESSES.Process(target=one.work, args=(start, told)) for one in controllers]
            for process in processes:
                process.start()
            for process in processes:
                process.join()
            assert [told.get() for _process in processes] == ["", ""]
            assert held(target) == before
            ledger = read(journal.read_bytes(), "")[0]
            assert (ledger.open_windows, ledger.open_entries) == ([], [])
    tally("controllers at once", rounds, system)
