# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`ansible-runner worker`, with the time-out of the job at a moment that a test chooses.

Usage: worker.py FOLDER [FILE]. The job's time is over as soon as the file exists.
"""

from __future__ import annotations

import pathlib
import sys
import threading
import time
import typing as t

from ansible_runner.streaming import Worker


class ImpatientWorker(Worker):  # type: ignore[misc]  # ansible-runner is not typed
    """Watches for the file, and lowers the time-out that the settings of the job have."""

    def __init__(self, folder: str, file: str) -> None:
        super().__init__(private_data_dir=folder)
        self._file = pathlib.Path(file)

    def status_handler(self, status_data: dict[str, t.Any], runner_config: t.Any) -> None:
        if status_data["status"] == "running":
            threading.Thread(target=self._watch, args=(runner_config,), daemon=True).start()
        super().status_handler(status_data, runner_config)

    def _watch(self, runner_config: t.Any) -> None:
        while not self._file.exists():
            time.sleep(0.05)
        runner_config.job_timeout = 0.001


if __name__ == "__main__":
    folder, file = sys.argv[1:]
    ImpatientWorker(folder, file).run()
