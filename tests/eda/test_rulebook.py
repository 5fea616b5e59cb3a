# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rulebook of the collection, run by ansible-rulebook, against a simulator."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import typing as t

import pytest
import yaml
from support.ansible import BUILD
from support.estate import Target, write_inventory
from support.windows import wait_until

PROGRAMS = BUILD / "lanes" / "eda" / "bin"
MOST_RETRIES = 2
LONG = 300.0  # seconds; a machine that starts Java and Ansible at once may be slow


@pytest.fixture
def rulebook(estate: dict[str, Target], tmp_path: pathlib.Path) -> t.Iterator[subprocess.Popen[str]]:
    """ansible-rulebook, watching Veeam every five seconds; what it says goes to a file beside the state."""
    java = shutil.which("java")
    if not java:
        pytest.skip("ansible-rulebook needs Java, which this machine does not have")
    target = estate["veeam"]
    inventory, variables, said = (tmp_path / name for name in ("inventory.yml", "vars.yml", "said.txt"))
    write_inventory(inventory, [target])
    settings = {"host": "veeam", "interval": 5, "most_retries": MOST_RETRIES, "state_file": f"{tmp_path}/watch.json"}
    variables.write_text(yaml.safe_dump({f"job_control_{name}": value for name, value in settings.items()}))
    environment = {
        "HOME": str(tmp_path),
        "PATH": f"{PROGRAMS}:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "JAVA_HOME": str(pathlib.Path(java).resolve().parents[1]),
        "ANSIBLE_COLLECTIONS_PATH": str(BUILD),
        **{f"JOB_CONTROL_{name.upper()}": value for name, value in target.options.items()},
    }
    name = "batchops.job_control.retry_failed_jobs"
    command = [PROGRAMS / "ansible-rulebook", "--rulebook", name, "--inventory", inventory, "--vars", variables]
    with said.open("w") as output:
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, text=True
        )
        try:
            wait_until(lambda: (tmp_path / "watch.json").exists() or process.poll() is not None, "the first look", LONG)
            assert process.poll() is None, said.read_text()
            yield process
        finally:
            process.terminate()
            process.wait()


def test_a_failed_job_is_retried_a_few_times_at_most(
    rulebook: subprocess.Popen[str], estate: dict[str, Target], tmp_path: pathlib.Path
) -> None:
    control, said = estate["veeam"].control, tmp_path / "said.txt"
    (job,) = control.seed({"name": "a", "scenario": "running"})

    def retries() -> int:
        return len([write for write in control.writes() if "action=retry" in write["target"]])

    def runs() -> bool:
        return bool(control.jobs()[job]["running"])

    for failure in range(1, MOST_RETRIES + 1):
        control.event(job, "fail")
        wait_until(lambda count=failure: retries() == count and runs(), "waiting for the retry", LONG)  # type: ignore[misc]
    control.event(job, "fail")
    wait_until(
        lambda: f"'failures': {MOST_RETRIES + 1}" in said.read_text(), "waiting for the event of the last one", LONG
    )
    assert retries() == MOST_RETRIES
    assert rulebook.poll() is None
