# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret shows anywhere: what the terminal shows at its most talkative and what stays on disk is searched.

Secrets are what the inventory holds for logging in, and every token that a product handed out meanwhile. They are
looked for as they are and in Base64, wherever in an encoded text they may stand. More spellings, parts of secrets and
faults of every kind: tests/torture.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import pathlib
import socket
import typing as t
import urllib.request

import pytest
from support.ansible import Ansible, ModuleRun, PlaybookRun
from support.estate import Target, write_hosts
from support.scenes import mixed_jobs
from support.windows import wait_until

from simulators.commvault.simulator import CommvaultSimulator
from simulators.drs.simulator import DrsSimulator

WRONG = "canary-n0t-the-password"
TOKEN_HEADERS = {"authtoken", "x-auth-token", "x-restsvcsessionid", "authorization", "x-ajs-authorization"}
COMMVAULT_TOKEN = f"Bearer {CommvaultSimulator.ACCESS_TOKEN}"
ALL_FIVE = "job_systems"

Hosts = dict[str, dict[str, t.Any]]


@dataclasses.dataclass
class Search:
    """Looks for secrets in what a run shows and leaves behind."""

    ansible: Ansible
    estate: dict[str, Target]
    hosts: Hosts  # the inventory

    def __post_init__(self) -> None:
        write_hosts(self.ansible.inventory, self.hosts)

    def run(
        self, module: str, *flags: str, env: t.Mapping[str, str] | None = None, **options: t.Any
    ) -> list[ModuleRun]:
        """Run a module on all hosts at its most talkative; nothing that it shows or leaves behind is secret."""
        quiet = {"ANSIBLE_LOG_PATH": str(self.ansible.folder / "ansible.log")}
        runs = self.ansible.modules(ALL_FIVE, module, "-vvvv", *flags, env={**quiet, **(env or {})}, **options)
        assert len(runs) == len(self.hosts)
        # A run in the background removes its own files, which may be a moment after it is seen to have ended.
        wait_until(lambda: not self.ansible.temporary_files, "temporary files are removed")
        self.assert_none(runs[0].output)
        return runs

    def assert_none(self, output: str) -> None:
        secrets = self.secrets()
        assert leaks(self.ansible.inventory.read_text(), secrets), "the search does not find what is there"
        assert leaks(output, secrets) == []
        files = [path for path in self.ansible.folder.rglob("*") if path.is_file() and path != self.ansible.inventory]
        assert {path: found for path in files if (found := leaks(path.read_text(errors="replace"), secrets))} == {}

    def secrets(self) -> dict[str, str]:
        """Every secret, by what it is."""
        keys = ("job_control_drs_secret_key", "job_control_drs_access_key", "job_control_drs_security_token")
        names = ("job_control_password", "job_control_token", *keys)
        given = {f"{name} of {host}": own[name] for host, own in self.hosts.items() for name in names if own.get(name)}
        found = {name: value.removeprefix("Bearer ") for name, value in given.items()}
        for system, target in self.estate.items():
            for number, request in enumerate(target.control.requests()):
                found.update(_tokens(f"request {number} to {system}", request))
        return found


def _tokens(where: str, request: dict[str, t.Any]) -> t.Iterator[tuple[str, str]]:
    """What proves in a request who sends it, and the session that a token can be made from (veeam contract 4.1)."""
    for name, value in request["headers"].items():
        if name.lower() in TOKEN_HEADERS:
            scheme, _separator, rest = value.partition(" ")
            signature = rest.rpartition("Signature=")[2]
            yield f"{name} of {where}", signature or scheme
    if "/logonSessions/" in request["target"]:
        yield f"logon session of {where}", request["target"].rpartition("/")[2]


def leaks(text: str, secrets: t.Mapping[str, str]) -> list[str]:
    """The names of the secrets that a text shows."""
    return [name for name, secret in secrets.items() if any(form in text for form in (secret, *_encoded(secret)))]


def _encoded(secret: str) -> list[str]:
    """What Base64 makes of a secret at each of the three places where it can begin, less what depends on others."""
    forms = []
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + secret.encode()).decode().rstrip("=")
        forms.append(whole[4 if before else 0 : -1])
    return [form for form in forms if len(form) >= 8]


def variables(estate: dict[str, Target], **changes: t.Any) -> Hosts:
    """The five job systems with other connection options."""
    changed = {f"job_control_{name}": value for name, value in changes.items()}
    return {system: {**target.variables, **changed} for system, target in estate.items()}


def kinds(runs: t.Iterable[ModuleRun]) -> set[str]:
    return {run.result["error"]["kind"] for run in runs}


def journals(search: Search) -> dict[str, str]:
    """Options for one journal per job system."""
    return {"journal": f"{search.ansible.folder}/{{{{ inventory_hostname }}}}.journal", "window": "night"}


def test_the_search_finds_what_it_is_for() -> None:
    secrets = {"password": "s3cret-Pa55", "token": "0123456789abcdef"}
    for prefix in ("", "a", "ab", "operator:"):
        encoded = base64.b64encode(f"{prefix}s3cret-Pa55:more".encode()).decode()
        assert leaks(f'{{"x": "{encoded}"}}', secrets) == ["password"]
    assert leaks("QSDK 0123456789abcdef", secrets) == ["token"]
    assert leaks("s3cret 0123456789", secrets) == []


# --- success -----------------------------------------------------------------------------------------------------


def test_a_window_shows_none(ansible: Ansible, estate: dict[str, Target]) -> None:
    """Foretold, suspended and resumed, with differences shown."""
    for target in estate.values():
        mixed_jobs(target)
    search = Search(ansible, estate, variables(estate))
    foretold = search.run("job_suspend", "--check", "--diff", all=True)
    suspended = search.run("job_suspend", "--diff", all=True, **journals(search))
    resumed = search.run("job_resume", "--diff", **journals(search))
    assert all(run.result["changed"] for run in (*foretold, *suspended, *resumed))
    assert len(list(ansible.folder.glob("*.journal"))) == 5
    assert len(search.secrets()) > 5 * 3  # each product was logged in to by each run


def test_the_role_and_its_report_show_none(ansible: Ansible, estate: dict[str, Target]) -> None:
    for target in estate.values():
        mixed_jobs(target)
    search = Search(ansible, estate, variables(estate))
    run = ansible.playbook(
        "batchops.job_control.maintenance_window",
        "-vvvv",
        maintenance_window_name="night",
        maintenance_window_jobs={"all": True},
        maintenance_window_running="leave",  # what runs in a simulator does not end by itself
        maintenance_window_journal_folder=str(ansible.folder / "journals"),
        maintenance_window_report_folder=str(ansible.folder / "report"),
    )
    assert run.status == 0, run.output[-3000:]
    assert len(list(ansible.folder.glob("journals/*.journal"))) == 5
    assert len(list(ansible.folder.glob("report/night.*"))) == 2
    search.assert_none(run.output)


def test_a_run_in_the_background_shows_none(ansible: Ansible, estate: dict[str, Target]) -> None:
    for target in estate.values():
        mixed_jobs(target)
    search = Search(ansible, estate, variables(estate))
    runs = search.run("job_info", "-B", "120", "-P", "1")
    assert [run.result["finished"] for run in runs] == [1] * 5, runs[0].output


def test_tokens_and_keys_show_none(ansible: Ansible, estate: dict[str, Target]) -> None:
    """A token of the user's own, and requests that are signed, with and without a token for a temporary key."""
    for system in ("commvault", "drs", "veeam"):
        mixed_jobs(estate[system])
    without = {"job_control_password": "", "job_control_username": ""}
    drs = {**estate["drs"].variables, **without}
    search = Search(
        ansible,
        estate,
        {
            "token-commvault": {
                **estate["commvault"].variables,
                **without,
                "job_control_token": COMMVAULT_TOKEN,
            },
            "token-veeam": {**estate["veeam"].variables, **without, "job_control_token": veeam_token(estate["veeam"])},
            "key": {
                **drs,
                "job_control_drs_access_key": DrsSimulator.access_key,
                "job_control_drs_secret_key": DrsSimulator.secret_key,
            },
            "temporary-key": {
                **drs,
                "job_control_drs_access_key": DrsSimulator.temporary_access_key,
                "job_control_drs_secret_key": DrsSimulator.temporary_secret_key,
                "job_control_drs_security_token": DrsSimulator.security_token,
            },
        },
    )
    runs = search.run("job_info")
    assert [len(run.jobs) for run in runs] == [8] * 4, [run.result.get("msg") for run in runs]
    assert any("Authorization" in name for name in search.secrets())


def veeam_token(target: Target) -> str:
    """A token that a user got by logging in."""
    credentials = base64.b64encode(f"{target.options['username']}:{target.options['password']}".encode()).decode()
    request = urllib.request.Request(
        f"{target.options['url'].rstrip('/')}/sessionMngr/?v=latest",
        data=b"",
        headers={"Authorization": f"Basic {credentials}"},
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
        return str(answer.headers["X-RestSvcSessionId"])


# --- failure -----------------------------------------------------------------------------------------------------


def test_wrong_credentials_show_none(ansible: Ansible, estate: dict[str, Target]) -> None:
    hosts = variables(estate, password=WRONG)
    hosts["token-veeam"] = {**estate["veeam"].variables, "job_control_token": "canary-t0ken-that-nobody-gave"}
    hosts["key"] = {
        **estate["drs"].variables,
        "job_control_drs_access_key": DrsSimulator.access_key,
        "job_control_drs_secret_key": "canary-s3cret-key-that-nobody-gave",
    }
    search = Search(ansible, estate, hosts)
    assert kinds(search.run("job_info")) == {"auth"}


@pytest.mark.parametrize("character", ["\n", "\u20ac"])
def test_a_token_that_no_header_can_carry_shows_none(
    ansible: Ansible, estate: dict[str, Target], character: str
) -> None:
    """Such as one from a file, with a line break at its end: it must not be shown in the form of a program's text."""
    systems = ("commvault", "drs", "veeam")
    hosts = {
        system: {**estate[system].variables, "job_control_token": f"canary-t0ken-one{character}canary-t0ken-two"}
        for system in systems
    }
    runs = Search(ansible, estate, hosts).run("job_info")
    assert kinds(runs) == {"usage"}
    assert "canary" not in runs[0].output
    assert all(len(run.result["msg"].splitlines()) == 1 for run in runs)
    assert [estate[system].control.requests() for system in systems] == [[], [], []]


@pytest.mark.parametrize("answer", ["html", "echo", "error"])
def test_a_product_that_answers_nonsense_shows_none(ansible: Ansible, estate: dict[str, Target], answer: str) -> None:
    """Also one that repeats what it was sent, as a gateway's page with the whole request does."""
    for target in estate.values():
        body = f"{target.options['password']} or {credentials_sent(target)}"
        faults: dict[str, dict[str, t.Any]] = {
            "html": {"kind": "html"},
            "echo": {"kind": "html", "body": f"<html><p>What is {body}?</p></html>"},
            "error": {"kind": "status", "status": 500, "body": f"What is {body}?"},
        }
        target.control.arm(times=0, **faults[answer])
    runs = Search(ansible, estate, variables(estate)).run("job_info", retry_timeout=0)
    assert kinds(runs) == ({"connection"} if answer == "error" else {"protocol"})
    # Two products answer a login with a token in the body, so an error there is not shown.
    assert sum("What is" in run.result["msg"] for run in runs) == {"html": 0, "echo": 5, "error": 3}[answer]


def credentials_sent(target: Target) -> str:
    """The password in the form in which the product gets it."""
    form = {"commvault": "{password}", "drs": ""}.get(target.system, "{username}:{password}")
    return base64.b64encode(form.format(**target.options).encode()).decode()


def test_a_token_that_is_repeated_is_not_shown(ansible: Ansible, estate: dict[str, Target]) -> None:
    """The product shows a token in its answer, with or without the word before it that tells what kind it is."""
    systems = {"commvault": COMMVAULT_TOKEN, "veeam": veeam_token(estate["veeam"])}
    for system, token in systems.items():
        body = f"No right for {token.rpartition(' ')[2]}"
        estate[system].control.arm(kind="status", status=500, body=body, times=0)
    hosts = {system: {**estate[system].variables, "job_control_token": token} for system, token in systems.items()}
    runs = Search(ansible, estate, hosts).run("job_info", retry_timeout=0)
    assert kinds(runs) == {"connection"}
    assert all("No right for" in run.result["msg"] for run in runs)


def test_a_refused_connection_shows_none(ansible: Ansible, estate: dict[str, Target]) -> None:
    with unused_port() as port:
        nowhere = f"http://127.0.0.1:{port}"
        hosts = variables(estate, url=nowhere)
        hosts["drs"]["job_control_drs_iam_url"] = nowhere
        runs = Search(ansible, estate, hosts).run("job_info", retry_timeout=0)
    assert kinds(runs) == {"connection"}


@contextlib.contextmanager
def unused_port() -> t.Iterator[int]:
    """A port on which nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def test_a_damaged_journal_shows_none(ansible: Ansible, estate: dict[str, Target]) -> None:
    for target in estate.values():
        mixed_jobs(target)
    search = Search(ansible, estate, variables(estate))
    search.run("job_suspend", all=True, **journals(search))
    for path in ansible.folder.glob("*.journal"):
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join([*lines[:1], "damage\n", *lines[2:]]))
    runs = search.run("job_resume", **journals(search))
    assert kinds(runs) == {"usage"}
    assert all("line 2" in run.result["msg"] for run in runs)


# --- what others show ----------------------------------------------------------------------------------------------


def test_debugging_ansible_shows_no_more_than_it_does_of_its_own_modules(
    ansible: Ansible, estate: dict[str, Target]
) -> None:
    """With ANSIBLE_DEBUG, ansible-core itself writes the arguments of every module into one line, whatever they are;
    a module of its own with a secret is the proof. Nothing else shows any."""
    search = Search(ansible, estate, variables(estate))
    control = module_of_core(ansible, ALL_FIVE, ANSIBLE_DEBUG="1")
    own = ansible.run("ansible", ALL_FIVE, "-m", "batchops.job_control.job_info", "-vvvv", ANSIBLE_DEBUG="1")
    secrets = search.secrets()
    for run in (control, own):
        marked: list[str] = []
        others: list[str] = []
        for line in run.output.splitlines():
            (marked if "done with _execute_module (" in line else others).append(line)
        assert len(marked) == 5
        assert all(leaks(line, secrets) for line in marked)
        search.assert_none("\n".join(others))


def module_of_core(ansible: Ansible, hosts: str, **environment: str) -> PlaybookRun:
    """A run of ansible's own module uri, to a product, with the product's password."""
    options = {"url": "{{ job_control_url }}", "url_password": "{{ job_control_password }}", "status_code": [401, 404]}
    return ansible.run("ansible", hosts, "-m", "ansible.builtin.uri", "-a", json.dumps(options), **environment)


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


def test_callback_plugins_are_shown_none(ansible: Ansible, estate: dict[str, Target], tmp_path: pathlib.Path) -> None:
    """Plugins that send each task and its result elsewhere get the arguments of the task as it is written, not the
    options that the inventory adds. That they would get what a task is given is shown with a module of ansible's."""
    plugins = tmp_path / "callbacks"
    plugins.mkdir()
    (plugins / "spy.py").write_text(SPY)
    enabled = {
        "ANSIBLE_CALLBACK_PLUGINS": str(plugins),
        "ANSIBLE_CALLBACKS_ENABLED": "spy",
        "ANSIBLE_LOAD_CALLBACK_PLUGINS": "1",
    }
    search = Search(ansible, estate, variables(estate))
    control = module_of_core(ansible, ALL_FIVE, **enabled)
    assert leaks(control.output, search.secrets())
    assert all(run.output.count("SPY ") == 5 for run in search.run("job_info", env=enabled))
