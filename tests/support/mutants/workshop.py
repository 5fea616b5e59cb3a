# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A copy of the checkout in which mutants are tried, and the processes that try them."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import typing as t

from support.checkout import ROOT
from support.mutants import catalogue

COPY = ROOT / ".build" / "mutants"
_COPIED = ("plugins", "tests", "extensions", "docs", "pyproject.toml", "galaxy.yml", "meta")


def make_copy() -> None:
    """Copy what tests need, so that somebody can go on working while mutants are tried."""
    shutil.rmtree(COPY, ignore_errors=True)
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, COPY / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, COPY / name)
    linked = COPY / ".build" / "ansible_collections" / "batchops" / "job_control"
    linked.parent.mkdir(parents=True)
    linked.symlink_to(COPY)


@dataclasses.dataclass(frozen=True)
class Test:
    """A test, and the blocks of each module that it reaches."""

    id: str
    seconds: float
    blocks: dict[str, list[str]]

    def is_asked(self, file: str, block: str) -> bool:
        """Whether it may tell a mutant in this block. One in a constant has none; it is for tests of the module alone,
        which may read the constant without running anything of the module."""
        return block in self.blocks.get(file, ()) if block else self.id.startswith("tests/unit/")


class Workshop:
    """One process that tries mutants, one after the other."""

    def __init__(self) -> None:
        paths = os.pathsep.join(str(COPY / name) for name in (".build", "tests"))
        tests = {path: None for target in catalogue.targets(COPY).values() for path in target["tests"]}
        tests.update({path: None for one in catalogue.planted(COPY) for path in one["tests"]})
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.mutants.trials", str(COPY), *tests],
            env={**{k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}, "PYTHONPATH": paths},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._surveyed: dict[str, list[Test]] = {}  # by the path that a module names

    def close(self) -> None:
        self._process.communicate()

    def _ask(self, **request: t.Any) -> dict[str, t.Any]:
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None
        assert answers is not None
        requests.write(json.dumps(request) + "\n")
        requests.flush()
        answer: dict[str, t.Any] = json.loads(answers.readline())
        return answer

    def _survey(self, paths: t.Sequence[str]) -> list[Test]:
        """The tests of files and folders, the quickest first. All of them pass without a mutant.

        Each is run once, for all modules that it is about.
        """
        missing = [path for path in paths if path not in self._surveyed]
        if missing:
            told = self._ask(do="survey", tests=missing)
            assert told["verdict"] == "lived", f"{told['test']} does not pass without a mutant either"
            tests = [Test(*one) for one in told["surveyed"]]
            self._surveyed.update({path: [one for one in tests if one.id.startswith(path)] for path in missing})
        return sorted((one for path in paths for one in self._surveyed[path]), key=lambda one: one.seconds)

    def try_out(self, file: str, name: str, paths: t.Sequence[str]) -> dict[str, t.Any]:
        """What became of a mutant: `verdict` is died, hung or lived; `test` is the one that told.

        :raises AssertionError: a test of these paths does not pass without the mutant.
        """
        block = catalogue.module(COPY, file).block(name)
        tests = [one.id for one in self._survey(paths) if one.is_asked(file, block)]
        if not tests:
            return {"verdict": "lived", "test": "no test reaches it"}
        told = self._ask(do="try", file=file, mutant=name, tests=tests)
        if told["verdict"] == "lived" and not told["is_sure"]:
            told = self._ask(do="anew", file=file, mutant=name, tests=tests)
        return told
