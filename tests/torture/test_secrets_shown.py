# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real runs with canaries in the inventory, as talkative as ansible can be: terminal, log, callbacks, event files,
results, journals and the list of processes are searched.

Two places are ansible-core's own, for any module of anybody: with ANSIBLE_DEBUG, one line for each task with the
arguments of its module, and with ANSIBLE_KEEP_REMOTE_FILES, the file that the module is sent as. Without that setting
the file is gone when the task has ended.
"""

from __future__ import annotations

import contextlib
import pathlib
import subprocess
import sys
import threading
import typing as t

import pytest
import yaml
from support.ansible import PROGRAMS, Ansible
from support.canaries import PASSWORD, PRODUCTS, Guarded, guarded, leaks
from support.estate import write_hosts
from support.scenes import mixed_jobs
from support.torture import FULL, tally
from support.windows import wait_until

#: What ansible-core writes into its debug output of the arguments of every module.
CORES_OWN = "done with _execute_module ("

SPY = """
from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "spy"

    def v2_runner_on_ok(self, result):
        self._display.display(f"SPY {result._task.args} {result._task_fields} {result._result}")

    v2_runner_on_failed = lambda self, result, ignore_errors=False: self.v2_runner_on_ok(result)
"""

#: Breaks each request of a module, with all that is sent in the message.
BROKEN = """
import http.client


def putheader(self, header, *values):
    raise RuntimeError(f"cannot send {header}: {values!r}") from KeyError(values)


http.client.HTTPConnection.putheader = putheader
"""


@pytest.fixture(scope="module")
def products() -> t.Iterator[dict[str, Guarded]]:
    with contextlib.ExitStack() as stack:
        yield {system: stack.enter_context(guarded(system)) for system in PRODUCTS}


class Estate:
    """Five products with canaries, a playbook with every module, and what its runs leave."""

    def __init__(self, products: dict[str, Guarded], folder: pathlib.Path) -> None:
        self.products = products
        for product in products.values():
            product.renew()
            product.simulator.clock.freeze(False)
            mixed_jobs(product.target, 1)
        self.ansible = Ansible(folder / "inventory.yml", folder)
        hosts = {system: {**product.target.variables} for system, product in products.items()}
        hosts["token"] = _only(products["commvault"], "token")
        hosts["key"] = _only(products["drs"], "key")
        write_hosts(self.ansible.inventory, hosts)
        self.playbook = folder / "playbook.yml"

    @property
    def secrets(self) -> dict[str, str]:
        found = {}
        for system, product in self.products.items():
            for way in ("password", {"commvault": "token", "drs": "key"}.get(system, "password")):
                product.way = way
                found.update({f"{name} of {system}": secret for name, secret in product.secrets.items()})
        return found

    def search(self, where: str, text: str) -> None:
        found = leaks(text, self.secrets)
        lines = [line[:600] for line in text.splitlines() if found and leaks(line, self.secrets)]
        assert found == [], f"{where}: {found} {lines[:3]}"

    def search_files(self) -> int:
        """Search all that is on disk; how many files that is."""
        wait_until(lambda: not self.ansible.temporary_files, "temporary files are removed")
        texts = {}
        for path in self.ansible.folder.rglob("*"):
            if path.is_file() and path not in (self.ansible.inventory, self.playbook):
                text = path.read_text(errors="replace")
                texts[path] = "\n".join(line for line in text.splitlines() if CORES_OWN not in line)
        for path, text in texts.items():
            self.search(str(path), text)
        return len(texts)

    def write_playbook(self, *tasks: dict[str, t.Any]) -> None:
        play = {"hosts": "job_systems", "gather_facts": False, "tasks": list(tasks)}
        self.playbook.write_text(yaml.safe_dump([play], sort_keys=False))


def _only(product: Guarded, way: str) -> dict[str, t.Any]:
    product.way = way
    kept = {name: value for name, value in product.target.options.items() if name not in ("username", "password")}
    return {f"job_control_{name}": value for name, value in {**kept, **product.given}.items()}


@pytest.fixture
def estate(products: dict[str, Guarded], tmp_path: pathlib.Path) -> Estate:
    return Estate(products, tmp_path)


def task(module: str, only: str = "", name: str = "", **options: t.Any) -> dict[str, t.Any]:
    when = {"when": f"inventory_hostname == '{only}'"} if only else {}
    return {"name": name or module, f"batchops.job_control.{module}": options, "ignore_errors": True, **when}


def modules(folder: pathlib.Path) -> list[dict[str, t.Any]]:
    """Each module once, well or badly, registered and shown; in the background too. Some of it in the short form."""
    window = {"journal": f"{folder}/{{{{ inventory_hostname }}}}.journal", "window": "night"}
    show = {"name": "Show", "ansible.builtin.debug": {"var": "result"}}
    in_background = {"async": 60, "poll": 0, "register": "begun", "ignore_errors": True}
    ended = {"register": "result", "until": "result is finished", "retries": 200, "delay": 0.2}
    short = [
        {**task("job_info"), "register": "result"},
        show,
        task("job_suspend", all=True, **window),
        task("job_info", name="Wrong url", url="http://127.0.0.1:9/", drs_iam_url="", retry_timeout=0),
        {**task("job_info", name="In the background"), **in_background},
        {"name": "Its end", "ansible.builtin.async_status": {"jid": "{{ begun.ansible_job_id }}"}, **ended},
    ]
    more = [
        task("job_resume", **window),
        task("job_retry", all=True),
        task("job_cancel_running", all=True, confirm_irreversible=True),
        task("job_wait", names=["nothing"], wait_timeout=1),
        task("job_info", name="Wrong option", workers=999),
        task("ajs_change_status", "ajs", unit_name="/Batch/none", exec_id="@A100", new_status="NORMAL"),
        task("ajs_agent_state", "ajs", agents=["nobody"], state="hold"),
        task("commvault_activity", "commvault", scope="commcell", activity="backup", state="disabled"),
        task("prime_job_cancel", "prime", names=["nothing"], confirm_irreversible=True),
        show,
    ]
    return [*short, *more] if FULL else short


class Processes:
    """The command lines of all processes of this machine, seen again and again while a block lasts."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Processes:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.05):
            for process in pathlib.Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    self.seen.add((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))


def test_the_list_of_processes_is_searched() -> None:
    with (
        Processes() as processes,
        subprocess.Popen([sys.executable, "-c", "input()", PASSWORD], stdin=subprocess.PIPE) as process,
    ):
        wait_until(lambda: any(leaks(line, {"password": PASSWORD}) for line in set(processes.seen)), "it is seen")
        process.communicate(b"\n")


@pytest.mark.parametrize("form", ["yaml", "json"] if FULL else ["yaml"])
def test_a_talkative_run_of_every_module_shows_none(estate: Estate, form: str) -> None:
    folder = estate.ansible.folder
    plugins = folder / "callbacks"
    plugins.mkdir()
    (plugins / "spy.py").write_text(SPY)
    tasks = modules(folder)
    estate.write_playbook(*tasks)
    talkative = {
        "ANSIBLE_CALLBACK_PLUGINS": str(plugins),
        "ANSIBLE_CALLBACKS_ENABLED": "spy,ansible.builtin.junit,ansible.builtin.tree",
        "ANSIBLE_CALLBACK_TREE_DIR": str(folder / "tree"),
        "JUNIT_OUTPUT_DIR": str(folder / "junit"),
        "ANSIBLE_CALLBACK_RESULT_FORMAT": form,
        "ANSIBLE_DEBUG": "1",
        "ANSIBLE_DISPLAY_TRACEBACK": "always",
        "ANSIBLE_LOG_PATH": str(folder / "ansible.log"),
    }
    with Processes() as processes:
        run = estate.ansible.run("ansible-playbook", str(estate.playbook), "-vvvv", "--diff", **talkative)
    assert run.status == 0, run.output[-3000:]
    assert "In the background" in run.output
    assert run.output.count("SPY ") >= len(PRODUCTS) * len(tasks) // 2
    assert list(folder.glob("junit/*.xml"))
    assert leaks(estate.ansible.inventory.read_text(), estate.secrets), "the search does not find what is there"
    debugged = [line for line in run.output.splitlines() if CORES_OWN in line]
    assert debugged
    estate.search("terminal", "\n".join(line for line in run.output.splitlines() if CORES_OWN not in line))
    estate.search("processes", "\n".join(processes.seen))
    files = estate.search_files()
    tally("secrets searched", len(estate.secrets) * (files + 2))


def test_a_broken_library_shows_none(estate: Estate) -> None:
    """An exception from the depth of the standard library, with the headers of the request in its text."""
    patches = estate.ansible.folder / "patches"
    patches.mkdir()
    (patches / "sitecustomize.py").write_text(BROKEN)
    estate.write_playbook(task("job_info", retry_timeout=0))
    run = estate.ansible.run(
        "ansible-playbook", str(estate.playbook), "-vvvv", PYTHONPATH=str(patches), ANSIBLE_DISPLAY_TRACEBACK="always"
    )
    assert run.output.count("cannot send") >= len(PRODUCTS), run.output[-3000:]
    estate.search("terminal", run.output)
    files = estate.search_files()
    tally("secrets searched", len(estate.secrets) * (files + 1))


def test_event_files_of_ansible_runner_hold_none(estate: Estate, tmp_path: pathlib.Path) -> None:
    """As Automation Platform keeps them: standard output, one file for each event, the facts."""
    folder = tmp_path / "runner"
    (folder / "project").mkdir(parents=True)
    estate.write_playbook(*modules(tmp_path)[: None if FULL else 2])
    (folder / "project" / "playbook.yml").write_text(estate.playbook.read_text())
    settings = {
        "private_data_dir": str(folder),
        "playbook": "playbook.yml",
        "inventory": str(estate.ansible.inventory),
        "verbosity": 4,
    }
    code = f"import ansible_runner; print(ansible_runner.run(**{settings!r}).status)"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**estate.ansible.environment, "PATH": f"{PROGRAMS}:{pathlib.Path(sys.executable).parent}:/usr/bin:/bin"},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert run.stdout.splitlines()[-1:] == ["successful"], run.stdout[-3000:] + run.stderr[-3000:]
    events = list(folder.glob("artifacts/*/job_events/*.json"))
    assert len(events) > len(PRODUCTS) * 2
    estate.search("terminal", run.stdout + run.stderr)
    files = estate.search_files()
    assert files > len(events)
    tally("secrets searched", len(estate.secrets) * (files + 1))
