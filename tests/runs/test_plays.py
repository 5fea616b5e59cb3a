# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays around a window: whatever its tasks and its play are like, every job ends as it was found; or the run is not
green, and says how the window is closed.

Each is about the playbook of the collection, which can close a window in a play of its own, or about the bare role in a
play of the user's.
"""

from __future__ import annotations

import json
import pathlib
import re
import shlex
import subprocess
import typing as t

import pytest
import yaml
from support.ansible import PROGRAMS, PlaybookRun
from support.estate import Target, write_inventory
from support.scenes import held, mixed_jobs
from support.window_plays import message_lines, own_play, trace, traces
from support.windows import Window

Task = dict[str, t.Any]
Estate = dict[str, Target]

NOWHERE = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
SYSTEMS = ("commvault", "veeam")
ROLE = "batchops.job_control.maintenance_window"


class Plays:
    """Two job systems with jobs, a server that is not there, and windows over them."""

    def __init__(self, window: Window, estate: Estate, folder: pathlib.Path) -> None:
        self.window = window
        self.folder = folder
        self.estate = {system: estate[system] for system in SYSTEMS}
        self.scenes = {system: mixed_jobs(target) for system, target in self.estate.items()}
        self.found = self.held()
        write_inventory(window.ansible.inventory, self.estate.values())
        inventory = yaml.safe_load(window.ansible.inventory.read_text())
        inventory["all"]["children"]["servers"] = {"hosts": {"nowhere": NOWHERE}}
        window.ansible.inventory.write_text(yaml.safe_dump(inventory))

    def held(self) -> dict[str, dict[str, bool]]:
        return {system: held(target) for system, target in self.estate.items()}

    @property
    def writes(self) -> int:
        return sum(len(target.control.writes()) for target in self.estate.values())

    @property
    def ours(self) -> dict[str, dict[str, bool]]:
        """What is held while the window is open."""
        return {
            system: self.found[system] | dict.fromkeys(self.scenes[system].ours(system), True) for system in self.estate
        }

    def file(self, name: str, content: str | list[t.Any]) -> pathlib.Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
        return path

    def look(self) -> Task:
        """A task that keeps what is held while it runs, by host."""
        origins = {system: target.control.origin for system, target in self.estate.items()}
        return {
            "ansible.builtin.get_url": {
                "url": f"{{{{ {origins}[inventory_hostname] }}}}/_sim/jobs",
                "dest": f"{self.folder}/seen-{{{{ inventory_hostname }}}}.json",
                "mode": "0600",
            }
        }

    @property
    def seen(self) -> dict[str, dict[str, bool]]:
        files = {system: self.folder / f"seen-{system}.json" for system in self.estate}
        return {
            system: {job["id"]: job["held"] for job in json.loads(path.read_text())["jobs"]}
            for system, path in files.items()
        }

    def run(self, how: str, work: pathlib.Path, *flags: str, **keywords: t.Any) -> PlaybookRun:
        """The shipped playbook or the bare role around this file of tasks."""
        if how == "playbook":
            return self.window.around(work, *flags)
        play = own_play(self.folder, **keywords)
        return self.window.run(str(play), *flags, maintenance_window_tasks=str(work))


@pytest.fixture
def plays(ansible: t.Any, estate: Estate, tmp_path: pathlib.Path) -> Plays:
    return Plays(Window(ansible), estate, tmp_path)


how = pytest.mark.parametrize("how", ["playbook", "role"])


def run_what_it_says(plays: Plays, run: PlaybookRun) -> PlaybookRun:
    """Run the command that a run says closes its window, as a shell would."""
    shown = next(line for line in run.output.splitlines() if "close it with: " in line)
    (message,) = json.loads(f"{{{shown.strip()}}}").values()
    program, *words = shlex.split(message.partition("close it with: ")[2])
    return plays.window.ansible.run(program, *words)


COMMAND = "batchops.job_control.resume_jobs -e maintenance_window_name=patchday"


# --- what Ansible gives a role no way to close ----------------------------------------------------------------------

PING = {"ansible.builtin.ping": {}, "delegate_to": "nowhere"}


def goes_on_after_run_once() -> bool:
    """The oldest ansible-core ends a playbook at once when a task with run_once finds a host unreachable."""
    version = subprocess.run([PROGRAMS / "ansible", "--version"], capture_output=True, text=True, check=True)
    return "[core 2.16." not in version.stdout


@how
@pytest.mark.parametrize(
    "task",
    [PING, {**PING, "run_once": True}, {**PING, "when": "inventory_hostname == 'veeam'"}],
    ids=["all", "run once", "one"],
)
def test_a_server_that_cannot_be_reached(plays: Plays, how: str, task: Task) -> None:
    """The playbook resumes the jobs in its second play. The bare role has said before how it is done."""
    run = plays.run(how, plays.file("work.yml", [task]))
    assert "Traceback" not in run.output
    assert COMMAND in message_lines(run)
    if how == "playbook" and "run_once" in task and not goes_on_after_run_once():
        assert run.status != 0, run.output
        assert run_what_it_says(plays, run).status == 0
    elif how == "playbook":
        assert run.status == 2, run.output
        assert "The tasks of the window were cut off on" in message_lines(run)
    else:
        assert run.status != 0, run.output
        assert run_what_it_says(plays, run).status == 0
    assert plays.held() == plays.found


END = ["end_host", "end_play", "end_batch"]


@pytest.mark.parametrize("end", END)
def test_the_tasks_end_the_play(plays: Plays, end: str) -> None:
    """The playbook closes; the bare role could not, so it does not open."""
    work = plays.file("work.yml", [{"ansible.builtin.meta": end, "when": "inventory_hostname == 'veeam'"}])
    refused = plays.run("role", work)
    assert refused.status == 2, refused.output
    assert f"work.yml, line 1: after meta: {end} a role cannot close its window" in message_lines(refused)
    assert plays.writes == 0

    run = plays.run("playbook", work)
    assert run.status == 0, run.output
    assert plays.writes > 0
    assert plays.held() == plays.found


def test_the_same_lines_close_a_play_of_ones_own(plays: Plays) -> None:
    """With the controller in the play there is one host that cannot be lost."""
    work = plays.file("work.yml", [PING])
    play = own_play(
        plays.folder,
        then=[
            {"import_playbook": "batchops.job_control.resume_jobs", "vars": {"maintenance_window_close_if": "own_run"}}
        ],
        hosts=["job_systems", "localhost"],
    )
    run = plays.window.run(str(play), maintenance_window_tasks=str(work))
    assert run.status == 2, run.output
    assert "The tasks of the window were cut off on" in message_lines(run)
    assert plays.held() == plays.found


# --- refused before any job is touched ------------------------------------------------------------------------------

HANDLERS: dict[str, list[Task]] = {
    "none": [],
    "one ends the play": [{"name": "Restart it", "ansible.builtin.meta": "end_play"}],
    "one includes a file that ends it": [{"name": "Restart it", "ansible.builtin.include_tasks": "more/end.yml"}],
}
FILES = {
    "broken.yml": "- no_such_module:\n",
    "end.yml": "- ansible.builtin.meta: end_host\n",
    "next.yml": "- ansible.builtin.include_tasks: '{{ which }}.yml'\n",
}
LATE = "cannot be evaluated now. An error in it would end the run"
ONLY_THEN = "is only known in the window, and could end the play"
REFUSED = {
    "unknown module": ("- no_such_module:\n", "line 1: couldn't resolve module/action 'no_such_module'"),
    "misspelt keyword": (
        "- ansible.builtin.ping:\n  whne: true\n",
        "line 1: conflicting action statements: ansible.builtin.ping, whne",
    ),
    "bad YAML": ("- name: a\n  b: c: d\n", "work.yml, line 2:"),
    "a play": ("- hosts: all\n  tasks: []\n", "work.yml is a playbook. Give a file that has only the tasks"),
    "no list": ("a: b\n", "work.yml is not a list of tasks"),
    "nothing": ("---\n", "work.yml has no task"),
    "a handler that is not there": (
        "- ansible.builtin.ping:\n  notify: Restart it\n",
        "work.yml, line 1: notify: Restart it: the play has no handler of that name",
    ),
    "a handler by a variable": (
        "- ansible.builtin.ping:\n  notify: Restart {{ item }}\n  loop: [it]\n",
        "work.yml, line 1: notify: Restart it: the play has no handler of that name",
    ),
    "a handler by a variable of the tasks": (
        "- ansible.builtin.set_fact: {it: 1}\n- ansible.builtin.ping:\n  notify: Restart {{ it }}\n",
        f"line 2: notify: Restart {{{{ it }}}} {LATE}",
    ),
    "within a block": (
        "- block:\n    - no_such_module:\n",
        "line 2: couldn't resolve module/action 'no_such_module'",
    ),
    "in another file": (
        "- ansible.builtin.include_tasks: more/broken.yml\n",
        "more/broken.yml, line 1: couldn't resolve module/action 'no_such_module'",
    ),
    "in another file that a variable names": (
        "- ansible.builtin.include_tasks: '{{ playbook_or_not }}/broken.yml'\n  vars: {playbook_or_not: more}\n",
        "more/broken.yml, line 1: couldn't resolve module/action 'no_such_module'",
    ),
    "in another file that a loop names": (
        "- ansible.builtin.include_tasks: more/next.yml\n  with_items: [[broken]]\n  loop_control: {loop_var: which}\n",
        "more/broken.yml, line 1: couldn't resolve module/action 'no_such_module'",
    ),
    "another file that is not there": (
        "- ansible.builtin.include_tasks: nowhere.yml\n",
        "work.yml, line 1: there is no file nowhere.yml",
    ),
    "another file that only the tasks name": (
        "- ansible.builtin.set_fact: {it: end}\n- ansible.builtin.include_tasks: 'more/{{ it }}.yml'\n",
        f"work.yml, line 2: what is included here (more/{{{{ it }}}}.yml) {ONLY_THEN}",
    ),
    "a role that is not there": (
        "- ansible.builtin.include_role: {name: nowhere}\n",
        "role 'nowhere' was not found",
    ),
    "a role that only the tasks name": (
        "- ansible.builtin.include_role: {name: '{{ it }}'}\n",
        f"work.yml, line 1: what is included here ({{{{ it }}}}) {ONLY_THEN}",
    ),
    "a file of the role": (
        "- ansible.builtin.include_tasks: report.yml\n",
        "work.yml, line 1: report.yml is also the name of a file of the role",
    ),
    "a meta that is none": ("- ansible.builtin.meta: end_of_it\n", "work.yml, line 1: there is no meta: end_of_it"),
    "a meta that a variable names": (
        "- ansible.builtin.meta: '{{ it }}'\n  vars: {it: noop}\n",
        "work.yml, line 1: there is no meta: {{ it }}",
    ),
    "the end in another file": (
        "- ansible.builtin.include_tasks: more/end.yml\n",
        "after meta: end_host a role",
    ),
    "what is no number": ("- ansible.builtin.ping:\n  throttle: many\n", f"line 1: throttle: many {LATE}"),
    "what is never known": (
        "- ansible.builtin.ping:\n  run_once: '{{ it }}'\n",
        f"line 1: run_once: {{{{ it }}}} {LATE}",
    ),
    "one ends the play": ("- ansible.builtin.ping:\n", "playbook.yml, line"),
    "one includes a file that ends it": ("- ansible.builtin.ping:\n", "end.yml, line 1: after meta: end_host a role"),
}


def said_of(case: str) -> Task:
    """What shows why a window was refused, between marks, when several are in one run."""
    return {"ansible.builtin.debug": {"msg": f"<{case}> {{{{ ansible_failed_result.msg }}}} </{case}>"}}


def what_is_said_of(case: str, run: PlaybookRun) -> str:
    return message_lines(run).partition(f"<{case}>")[2].partition(f"</{case}>")[0]


def test_files_that_ansible_cannot_read(plays: Plays) -> None:
    """Or that lead to what would end the run or the play. All of them in one run, as nothing is changed for any."""
    by_handlers: dict[str, list[Task]] = {name: [] for name in HANDLERS}
    for number, (case, (content, _words)) in enumerate(REFUSED.items()):
        folder = f"{number}"
        plays.file(f"{folder}/work.yml", content)
        plays.file(f"{folder}/report.yml", [trace(plays.folder)])
        (plays.folder / folder / "more").mkdir()
        for name, text in FILES.items():
            plays.file(f"{folder}/more/{name}", text)
        role = {
            "ansible.builtin.include_role": {"name": ROLE},
            "vars": {"maintenance_window_tasks": f"{folder}/work.yml"},
        }
        by_handlers[case if case in HANDLERS else "none"].append({"block": [role], "rescue": [said_of(case)]})
    plays.file("more/end.yml", FILES["end.yml"])
    playbook = [
        {"hosts": "job_systems", "gather_facts": False, "tasks": tasks, "handlers": HANDLERS[handlers]}
        for handlers, tasks in by_handlers.items()
    ]
    run = plays.window.run(str(plays.file("playbook.yml", playbook)))
    assert run.status == 0, run.output
    for case, (_content, words) in REFUSED.items():
        assert words in what_is_said_of(case, run), run.output
    assert "Traceback" not in run.output
    assert plays.writes == 0
    assert not plays.window.folder.exists()
    assert traces(plays.folder) == set()


PLAYS = {
    "free": ({"strategy": "free"}, {}, "strategy: with free the tasks of the window could run before"),
    "host_pinned": ({"strategy": "ansible.builtin.host_pinned"}, {}, "strategy: with ansible.builtin.host_pinned"),
    "an end at once": ({"max_fail_percentage": 50}, {}, "max_fail_percentage: Ansible ends such a play at once"),
    "a misspelt variable": (
        {"vars": {"maintenance_window_task": "work.yml"}},
        {},
        "maintenance_window_task: the role has no such variable, but maintenance_window_tasks",
    ),
    "batches": ({"serial": 1}, {}, "serial: the tasks of the window would run before"),
    "a condition of import_role": ({}, {"kind": "import_role", "when": "true"}, "A when of import_role"),
    "include_role on some": (
        {},
        {"when": "inventory_hostname == 'veeam'"},
        "it cannot be opened on commvault. Nothing was changed",
    ),
    # These come last: where a task with run_once fails, ansible-core takes out the other hosts.
    "import_role once": ({}, {"kind": "import_role", "run_once": True}, "run_once: the role has to run on all"),
    "include_role once": ({}, {"run_once": True}, "run_once: the role has to run on all"),
}


def test_plays_that_could_work_without_suspending(plays: Plays) -> None:
    """Or end without closing. All of them in one run, as nothing is changed for any."""
    work = plays.file("work.yml", [trace(plays.folder)])
    playbook = []
    for case, (play, role, _words) in PLAYS.items():
        task = {name: value for name, value in role.items() if name != "kind"}
        task[f"ansible.builtin.{role.get('kind', 'include_role')}"] = {"name": ROLE}
        tasks = [{"block": [task], "rescue": [said_of(case)]}]
        playbook.append({"hosts": "job_systems", "gather_facts": False, "tasks": tasks, **play})
    run = plays.window.run(str(plays.file("playbook.yml", playbook)), maintenance_window_tasks=str(work))
    for case, (_play, _role, words) in PLAYS.items():
        assert words in what_is_said_of(case, run), run.output
    assert plays.writes == 0
    assert traces(plays.folder) == set()


def test_a_start_in_the_middle(plays: Plays) -> None:
    """`--start-at-task` finds no task of the role but the one that is all of it."""
    work = plays.file("work.yml", [trace(plays.folder)])
    for flags in (("--start-at-task", "Run the tasks of the window"), ("--tags", "patch")):
        run = plays.run("role", work, *flags, role={"kind": "import_role"})
        assert plays.writes == 0, run.output
        assert traces(plays.folder) == set()


def test_conditions_and_tags_where_they_belong(plays: Plays) -> None:
    """A when of include_role is asked once."""
    work = plays.file("work.yml", [plays.look(), {"ansible.builtin.set_fact": {"go": False}}])
    run = plays.run("role", work, role={"when": "go | bool"}, vars={"go": True})
    assert run.status == 0, run.output
    assert plays.seen == plays.ours
    assert plays.held() == plays.found


# --- evaluated once -------------------------------------------------------------------------------------------------


def test_a_name_that_changes_in_the_window(plays: Plays) -> None:
    name = plays.file("name", "first")
    work = plays.file(
        "work.yml",
        [plays.look(), {"ansible.builtin.copy": {"dest": str(name), "content": "second", "mode": "0600"}}],
    )
    play = own_play(
        plays.folder,
        vars={"maintenance_window_name": f"{{{{ lookup('ansible.builtin.file', '{name}') }}}}"},
    )
    run = plays.window.ansible.playbook(str(play), maintenance_window_tasks=str(work), **without_name(plays.window))
    assert run.status == 0, run.output
    assert plays.seen == plays.ours
    assert plays.held() == plays.found
    assert plays.window.events("veeam")[-1] == "close"


def without_name(window: Window) -> dict[str, t.Any]:
    return {name: value for name, value in window.variables({}).items() if name != "maintenance_window_name"}


@pytest.mark.parametrize("name", ["2026-11-29", "20261129", "1e3"])
def test_a_name_that_yaml_takes_for_something_else(plays: Plays, name: str) -> None:
    work = plays.file("work.yml", [plays.look()])
    text = f"[{{hosts: job_systems, gather_facts: false, vars: {{maintenance_window_name: {name}}}, tasks: [{{\
ansible.builtin.include_role: {{name: batchops.job_control.maintenance_window}}}}]}}]"
    play = plays.file("playbook.yml", text)
    run = plays.window.ansible.playbook(str(play), maintenance_window_tasks=str(work), **without_name(plays.window))
    assert run.status == 0, run.output
    assert plays.seen == plays.ours
    assert plays.held() == plays.found


NO_NAMES = [True, None, "patch\n", "", "a/b", "..", "-e", "a b", "é", ["a"], "a" * 201]


def test_names_that_are_none(plays: Plays) -> None:
    """All of them in one run, as nothing is changed for any."""
    tasks = [
        {
            "block": [within(name, plays.folder / "work.yml")],
            "rescue": [said_of(f"{number}")],
        }
        for number, name in enumerate(NO_NAMES)
    ]
    play = plays.file("playbook.yml", [{"hosts": "job_systems", "gather_facts": False, "tasks": tasks}])
    run = plays.window.ansible.playbook(str(play), **without_name(plays.window))
    assert run.status == 0, run.output
    for number in range(len(NO_NAMES)):
        assert "cannot be part of a file name; use up to 200 letters, digits" in what_is_said_of(f"{number}", run)
    assert plays.writes == 0


# --- windows within windows, and in loops ---------------------------------------------------------------------------


def within(name: t.Any, tasks: pathlib.Path, **variables: t.Any) -> Task:
    return {
        "ansible.builtin.include_role": {"name": ROLE},
        "vars": {"maintenance_window_name": name, "maintenance_window_tasks": str(tasks), **variables},
    }


@how
@pytest.mark.parametrize(("inner", "status"), [("inner", 0), ("patchday", 2), ("a/b", 2)])
def test_a_window_within_a_window(plays: Plays, how: str, inner: str, status: int) -> None:
    """The outer one stays open until its own tasks have ended, and closes also when the inner one is refused."""
    jobs = {"maintenance_window_jobs": {"names": ["no*"]}, "maintenance_window_may_be_empty": True}
    work = plays.file("work.yml", [within(inner, plays.file("inner.yml", [trace(plays.folder)]), **jobs), plays.look()])
    variables = {
        name: value for name, value in plays.window.variables({}).items() if "_name" not in name and "_jobs" not in name
    }
    vars_of_play = {"maintenance_window_name": "patchday", "maintenance_window_jobs": {"all": True}}
    if how == "role":
        play = own_play(plays.folder, vars={**vars_of_play, "maintenance_window_tasks": str(work)})
    else:
        shipped = {"import_playbook": "batchops.job_control.maintenance_window"}
        play = plays.file("p.yml", [{**shipped, "vars": {**vars_of_play, "maintenance_window_tasks": str(work)}}])
    run = plays.window.ansible.playbook(str(play), **variables)
    assert run.status == status, run.output
    if status:
        words = {"patchday": "patchday is the name of the window that these tasks run in", "a/b": "cannot be part of"}
        assert words[inner] in message_lines(run)
        assert traces(plays.folder) == set()
    else:
        assert plays.seen == plays.ours
    assert plays.held() == plays.found
    assert plays.writes > 0


def test_windows_in_a_loop(plays: Plays) -> None:
    """Each has its own name, work and report."""
    plays.file("work.yml", [plays.look()])
    role = {
        "loop": ["win-a", "win-b"],
        "vars": {"maintenance_window_name": "{{ item }}", "maintenance_window_tasks": "work.yml"},
    }
    reports = plays.folder / "reports"
    play = own_play(plays.folder, role=role)
    run = plays.window.ansible.playbook(
        str(play), maintenance_window_report_folder=str(reports), **without_name(plays.window)
    )
    assert run.status == 0, run.output
    assert sorted(path.name for path in reports.iterdir()) == [
        f"win-{letter}.{kind}" for letter in "ab" for kind in ("html", "json")
    ]
    assert {json.loads((reports / f"win-{letter}.json").read_text())["window"] for letter in "ab"} == {"win-a", "win-b"}
    assert plays.seen == plays.ours
    assert plays.held() == plays.found


def test_reports_of_two_runs_on_different_hosts(plays: Plays) -> None:
    reports = {"maintenance_window_report_folder": str(plays.folder / "reports")}
    for limit in ("commvault", ",".join(["veeam"] * 50)):
        assert plays.window.run("maintenance_window", "--limit", limit, **reports).status == 0
    short, long = sorted(path.name for path in (plays.folder / "reports").glob("*.json"))
    assert short == "patchday-commvault.json"
    assert long.startswith("patchday-veeam-veeam-")


# --- the tasks ------------------------------------------------------------------------------------------------------


@how
@pytest.mark.parametrize("fails", [False, True])
def test_handlers_run_in_the_window(plays: Plays, how: str, fails: bool) -> None:
    """Also by the topic that they listen to; one that fails does not keep the window from closing."""
    handlers: list[Task] = [{**plays.look(), "name": "Look", "listen": "looking"}]
    if fails:
        handlers.append({"ansible.builtin.command": "/bin/false", "name": "Fail", "listen": "looking"})
    work = plays.file("work.yml", [{"ansible.builtin.command": "/bin/true", "notify": ["looking"]}])
    if how == "playbook":
        for part, content in (("tasks", yaml.safe_load(work.read_text())), ("handlers", handlers)):
            (plays.folder / "roles" / "with_handler" / part).mkdir(parents=True)
            plays.file(f"roles/with_handler/{part}/main.yml", content)
        plays.window.ansible.environment["ANSIBLE_ROLES_PATH"] = str(plays.folder / "roles")
        work = plays.file("work.yml", [{"ansible.builtin.include_role": {"name": "with_handler"}}])
        handlers = []
    run = plays.run(how, work, **({"handlers": handlers} if handlers else {}))
    assert run.status == (2 if fails else 0), run.output
    assert plays.seen == plays.ours
    assert plays.held() == plays.found


def test_forced_handlers_run_in_the_window(plays: Plays) -> None:
    """Also when a task has failed after it had notified one."""
    work = plays.file(
        "work.yml",
        [{"ansible.builtin.command": "/bin/true", "notify": "Look"}, {"ansible.builtin.command": "/bin/false"}],
    )
    run = plays.run("role", work, handlers=[{**plays.look(), "name": "Look"}], force_handlers=True)
    assert run.status == 2, run.output
    assert plays.seen == plays.ours
    assert plays.held() == plays.found


@how
def test_tasks_beside_the_playbook(plays: Plays, how: str) -> None:
    """A relative path is never taken for a file of the role. A playbook of the collection is in no folder of the
    user's, so there it is the current directory. Files that this file includes are beside it."""
    plays.file("report.yml", [{"ansible.builtin.include_tasks": "sub/more.yml"}])
    plays.file("sub/more.yml", [plays.look(), {"ansible.builtin.import_tasks": "last.yml"}])
    plays.file("sub/last.yml", [trace(plays.folder)])
    run = plays.run(how, pathlib.Path("report.yml"))
    assert run.status == 0, run.output
    assert traces(plays.folder) == set(SYSTEMS)
    assert plays.seen == plays.ours
    assert plays.held() == plays.found


def test_tasks_that_are_not_there(plays: Plays) -> None:
    run = plays.window.around(pathlib.Path("missing.yml"))
    assert run.status == 2, run.output
    assert f"maintenance_window_tasks: there is no file {plays.folder}/missing.yml" in message_lines(run)
    assert plays.writes == 0


@how
@pytest.mark.parametrize("keyword", ["ignore_errors", "ignore_unreachable", "any_errors_fatal"])
def test_plays_that_take_errors_otherwise(plays: Plays, how: str, keyword: str) -> None:
    work = plays.file(
        "work.yml", [{"ansible.builtin.command": "/bin/false", "when": "inventory_hostname == 'veeam'"}, plays.look()]
    )
    if how == "playbook":
        work = plays.file("work.yml", [{"block": yaml.safe_load(work.read_text()), keyword: True}])
    run = plays.run(how, work, **({keyword: True} if how == "role" else {}))
    assert run.status == (0 if keyword == "ignore_errors" else 2), run.output
    assert plays.held() == plays.found


def test_the_tasks_damage_the_journals(plays: Plays) -> None:
    """The run knows what it has suspended. The one journal is emptied, of the other only the start is put back."""
    veeam, commvault = (str(plays.window.journal(system)) for system in ("veeam", "commvault"))
    jobs = '.*"event": ?"(open|begin|system)'
    work = [
        {"ansible.builtin.copy": {"dest": veeam, "content": ""}, "run_once": True},
        {"ansible.builtin.command": {"argv": ["sed", "-i", f"/{jobs}/!d", commvault]}, "run_once": True},
    ]
    reports = {"maintenance_window_report_folder": str(plays.folder / "reports")}
    run = plays.run("role", plays.file("work.yml", work), vars=reports)
    assert run.status == 2, run.output
    for system in plays.estate:
        told = re.search(rf"/{system}.journal does not know[^:]*: ([^.]*)", message_lines(run))
        assert told, run.output
        assert set(told[1].split(", ")) == set(plays.scenes[system].ours(system))
    report = json.loads((plays.folder / "reports" / "patchday.json").read_text())
    for system in plays.estate:
        needs = {need["id"] for need in report["needs_attention"] if need["host"] == system}
        assert needs == set(plays.scenes[system].ours(system))
    assert plays.held() == plays.ours


# --- the selection --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [{"names": ["Nigthly*"]}, {"owners": ["fileserver0*"]}])
def test_a_selection_that_selects_nothing(plays: Plays, jobs: dict[str, list[str]]) -> None:
    work = plays.file("work.yml", [trace(plays.folder)])
    run = plays.window.around(work, maintenance_window_jobs=jobs)
    assert run.status == 2, run.output
    assert f"maintenance_window_jobs: {json.dumps(jobs)} selects no job of commvault, veeam" in message_lines(run)
    assert traces(plays.folder) == set()

    run = plays.window.around(work, maintenance_window_jobs=jobs, maintenance_window_may_be_empty=True)
    assert run.status == 0, run.output
    assert traces(plays.folder) == set(SYSTEMS)
    assert plays.writes == 0


def test_one_system_that_cannot_be_planned_leaves_the_others_alone(plays: Plays) -> None:
    plays.estate["veeam"].control.arm(kind="stranger", status=403, body="no", times=1000)
    run = plays.window.around(plays.file("work.yml", [trace(plays.folder)]))
    assert run.status == 2, run.output
    assert "it cannot be opened on veeam. Nothing was changed." in message_lines(run)
    assert traces(plays.folder) == set()
    assert plays.writes == 0
    assert not plays.window.folder.exists()


@pytest.mark.parametrize("after_wait", ["fail", "cancel", "leave"])
def test_what_still_runs_after_the_wait(plays: Plays, after_wait: str) -> None:
    work = plays.file("work.yml", [trace(plays.folder)])
    run = plays.window.around(
        work,
        maintenance_window_running="wait",
        maintenance_window_wait_timeout=3,
        maintenance_window_after_wait=after_wait,
        maintenance_window_report_folder=str(plays.folder / "reports"),
    )
    running = plays.scenes["veeam"].running
    still = {job_id for job_id, job in plays.estate["veeam"].control.jobs().items() if job["running"]}
    assert run.status == (2 if after_wait == "fail" else 0), run.output
    assert traces(plays.folder) == (set() if after_wait == "fail" else set(SYSTEMS))
    assert still == (set() if after_wait == "cancel" else set(running))
    if after_wait == "leave":
        assert f"veeam: {len(running)} jobs still run in the window patchday: running-0, running-1" in message_lines(
            run
        )
    report = json.loads((plays.folder / "reports" / "patchday.json").read_text())
    still_running = {system["host"]: system["still_running"] for system in report["systems"]}
    assert still_running == {"commvault": [], "veeam": [] if after_wait == "cancel" else ["running-0", "running-1"]}
    assert plays.held() == plays.found


# --- what is said ---------------------------------------------------------------------------------------------------


def test_what_is_said_when_the_window_opens(plays: Plays) -> None:
    """Before any job is suspended: how it is closed. After that whose it is, and when it ends."""
    run = plays.window.around(plays.file("work.yml", [trace(plays.folder)]), maintenance_window_expires="6h")
    assert run.status == 0, run.output
    lines = message_lines(run)
    assert COMMAND in lines
    assert "veeam: the window patchday of" in lines
    assert "ends at 20" in lines
