# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs as AWX runs them: `ansible-runner transmit | worker | process`, with the private data that AWX makes.

The worker's folder and home are thrown away after each job, as an execution environment is. What is kept is what AWX
keeps: events, and facts if the template has fact storage.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import typing as t

import yaml
from ansible_runner.streaming import Processor, Transmitter
from awx.content import CREDENTIAL_TYPES, JOB_TEMPLATES, PROJECT, WORKFLOW, Data, questions, system_of
from awx.injector import Injected, inject
from support.ansible import BUILD, PROGRAMS
from support.estate import Target
from support.windows import wait_until

PATIENCE = 900.0  # seconds, far longer than a job takes on a busy machine
WORKER = pathlib.Path(__file__).with_name("worker.py")
TEMPLATES: dict[str, Data] = {template["name"]: template for template in JOB_TEMPLATES}


@dataclasses.dataclass(frozen=True)
class Job:
    """What AWX keeps of a job that has ended."""

    status: str
    output: str
    events: list[Data]
    text: str  # all its events, as they are stored

    @property
    def artifacts(self) -> Data:
        """What it has said with set_stats: the later nodes of a workflow get it as variables."""
        ends = [event["event_data"] for event in self.events if event["event"] == "playbook_on_stats"]
        return dict(ends[-1].get("artifact_data", {})) if ends else {}


class Awx:
    """An AWX with the project, one inventory, and a credential for each product."""

    def __init__(self, folder: pathlib.Path, estate: dict[str, Target]) -> None:
        self.folder = folder
        self.facts: dict[str, Data] = {}  # of the hosts, as AWX stores them
        self.host_variables: dict[str, Data] = {}  # added to those of the project's inventory
        self.inputs: dict[str, Data] = {}  # of the credentials, beside what the product needs
        self.extra_vars: Data = {}  # of all templates
        self.project_files: dict[str, str] = {}  # in place of those of the project
        self._estate = estate
        self._number = 0
        self._workflows = 0

    def launch(
        self,
        template: str,
        *,
        until: t.Callable[[], object] | None = None,
        check: bool = False,
        lost: bool = False,
        limit: str = "",
        workflow: int = 0,
        before: Data | None = None,
        **answers: t.Any,
    ) -> Job:
        """Run the job of a template to its end.

        :param until: the time of the job is over when this has come true.
        :param lost: the execution node is lost at the end, so nothing comes back but the events.
        :param limit: the hosts of the inventory that it is for.
        :param workflow: the number of the workflow job that it is a node of.
        :param before: the artifacts of the nodes before it.
        :param answers: to the questions of its survey.
        """
        chosen = TEMPLATES[template]
        asked = questions(chosen)
        assert answers.keys() <= asked.keys(), "AWX refuses variables that the survey does not know"
        defaults = {name: question["default"] for name, question in asked.items() if "default" in question}
        self._number += 1
        data = self.folder / f"job-{self._number}"
        of_awx = {"awx_job_id": self._number, **({"awx_workflow_job_id": workflow} if workflow else {})}
        variables = {**of_awx, **self.extra_vars, **defaults, **(before or {}), **answers}
        options = ["-u root", *(["--check"] if check else []), *([f"-l {limit}"] if limit else [])]
        environment = self._write_private_data(data, variables, options)
        transmitted = {
            "private_data_dir": str(data),
            "ident": self._number,
            "playbook": chosen["playbook"],
            "inventory": "inventory/hosts",
            "envvars": environment,
            "fact_cache_type": "jsonfile",
            "suppress_env_files": True,
        }
        home = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        over = home / "over"
        with subprocess.Popen(
            [sys.executable, WORKER, home / "runner", over],
            env={"PATH": f"{PROGRAMS}:/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as worker:
            assert worker.stdin
            assert worker.stdout
            Transmitter(_output=worker.stdin, **transmitted).run()
            worker.stdin.close()
            processor = Processor(_input=worker.stdout, private_data_dir=str(data), ident=self._number, quiet=True)
            processing = threading.Thread(target=processor.run)
            processing.start()
            try:
                if until:
                    wait_until(lambda: until() or not processing.is_alive(), f"waiting in {template}", PATIENCE)
            finally:
                if until:
                    over.touch()
                processing.join()
        shutil.rmtree(home)  # the execution environment is gone
        artifacts = data / "artifacts" / str(self._number)
        if not lost:
            self._store_facts(artifacts / "fact_cache")
        texts = [path.read_text() for path in sorted((artifacts / "job_events").glob("*.json"))]
        events = sorted(map(json.loads, texts), key=lambda event: int(event["counter"]))
        output = "\n".join(event["stdout"] for event in events)
        return Job(str(processor.status), output, events, "".join(texts))

    @property
    def secrets(self) -> set[str]:
        return {secret for one in self._credentials(self.folder) for secret in one.secrets}

    def _credentials(self, data: pathlib.Path) -> list[Injected]:
        return [
            inject(one, {**own_inputs(self._estate[system_of(one)]), **self.inputs.get(system_of(one), {})}, data)
            for one in CREDENTIAL_TYPES
            if system_of(one) in self._estate
        ]

    def run_workflow(self, limit: str = "", **answers: t.Any) -> list[Job]:
        """Run the nodes of the workflow one after the other, up to the end of the path; their jobs."""
        nodes = {node["identifier"]: node for node in WORKFLOW["workflow_nodes"]}
        asked = questions(WORKFLOW)
        assert answers.keys() <= asked.keys(), "AWX refuses variables that the survey does not know"
        defaults = {name: question["default"] for name, question in asked.items() if "default" in question}
        self._workflows += 1
        jobs: list[Job] = []
        artifacts: Data = {}
        following = [{"identifier": "plan"}]
        while following:
            node = nodes[following[0]["identifier"]]
            job = self.launch(
                node["unified_job_template"]["name"],
                limit=limit,
                workflow=self._workflows,
                before={**artifacts, **defaults, **answers},  # every variable of a workflow reaches all nodes
                **node.get("extra_data", {}),
            )
            jobs.append(job)
            artifacts.update(job.artifacts)
            path = "success_nodes" if job.status == "successful" else "failure_nodes"
            following = node.get("related", {}).get(path, [])
        return jobs

    def _write_private_data(self, data: pathlib.Path, variables: Data, options: list[str]) -> dict[str, str]:
        shutil.copytree(PROJECT, data / "project")
        for name, text in self.project_files.items():
            (data / "project" / name).write_text(text)
        (data / "env").mkdir()
        (data / "inventory").mkdir()
        environment = {
            "ANSIBLE_COLLECTIONS_PATH": str(BUILD),  # where an execution environment has the collection
            "ANSIBLE_FORKS": "5",
            "ANSIBLE_DEPRECATION_WARNINGS": "0",
        }
        for credential in self._credentials(data):
            environment.update(credential.env)
        (data / "env" / "extravars").write_text(yaml.dump(unsafe(variables), Dumper=_Dumper))
        (data / "env" / "cmdline").write_text(" ".join(options))
        (data / "env" / "settings").write_text(
            json.dumps({"job_timeout": 3600, "pexpect_timeout": 0.2, "suppress_ansible_output": True})
        )
        hosts = data / "inventory" / "hosts"
        hosts.write_text(
            f"#! /usr/bin/env python3\n# -*- coding: utf-8 -*-\nprint({json.dumps(self._inventory())!r})\n"
        )
        hosts.chmod(0o700)
        cache = data / "artifacts" / str(self._number) / "fact_cache"
        cache.mkdir(parents=True)
        for host, facts in self.facts.items():
            (cache / host).write_text(json.dumps(facts))
        return environment

    def _inventory(self) -> Data:
        """The project's inventory, as AWX hands it to a job after an import."""
        group = yaml.safe_load((PROJECT / "inventory" / "job_systems.yml").read_text())["all"]["children"][
            "job_systems"
        ]
        hosts = {
            name: {**variables, **({"job_control_location": "/"} if name == "ajs_prod" else {})}
            for name, variables in group["hosts"].items()
            if variables["job_control_system"] in self._estate
        }
        hosts.update({name: {**hosts.get(name, {}), **own} for name, own in self.host_variables.items()})
        members = [name for name in hosts if name in group["hosts"]]
        return {
            "all": {"children": ["ungrouped", "job_systems"], "hosts": sorted(hosts)},
            "job_systems": {"hosts": members, "vars": group["vars"]},
            "_meta": {"hostvars": hosts},
        }

    def _store_facts(self, cache: pathlib.Path) -> None:
        """As AWX does after a job: a file that is missing clears the facts of its host."""
        for host in self._inventory()["_meta"]["hostvars"]:
            file = cache / host
            self.facts.pop(host, None)
            if file.exists():
                self.facts[host] = json.loads(file.read_text())


def own_inputs(target: Target) -> dict[str, t.Any]:
    """What a user would type into the form of a credential for this product."""
    own = f"{target.system}_"
    return {name.removeprefix(own): value for name, value in target.options.items() if name != "system"}


class _Unsafe(str):
    """Text that is no template; AWX marks all that a user types so."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(_Unsafe, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text)))


def unsafe(value: t.Any) -> t.Any:
    """The value with all its texts marked."""
    if isinstance(value, str):
        return _Unsafe(value)
    if isinstance(value, dict):
        return {key: unsafe(one) for key, one in value.items()}
    if isinstance(value, list):
        return [unsafe(one) for one in value]
    return value
