# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The process in which mutants are tried: it loads the collection and collects the tests once, and forks for each.

A child puts the mutant into the module that is loaded, or where that cannot be done loads everything anew with the
mutant in place of the module. No file is changed. Requests and answers are lines of JSON.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import resource
import select
import shutil
import signal
import sys
import time
import types
import typing as t

import hypothesis
import pytest

from support.mutants import catalogue, live

#: Seconds after which a test that does nothing is taken for one that never ends.
PATIENCE = 60.0
#: The same for one that goes round in circles, in seconds of the processor. The slowest test takes a fifth of it.
WORK = 20
OPTIONS = ("-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:faulthandler", "--tb=no")
PROFILE = "--hypothesis-profile=mutants"
#: What a child forgets that loads everything anew.
_ANEW = ("ansible_collections.batchops.", "unit.", "api.", "tests.", "conftest", "support.", "runs.")


class Progress:
    """Tells the parent which test begins, how long it took, and which one has failed."""

    def __init__(self, pipe: int, wanted: t.Collection[str] = ()) -> None:
        self._pipe = pipe
        self._wanted = wanted
        self.has_failed = False

    def tell(self, **what: t.Any) -> None:
        data = json.dumps(what).encode() + b"\n"
        while data:
            data = data[os.write(self._pipe, data) :]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self._wanted:
            items[:] = [item for item in items if item.nodeid in self._wanted]

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + WORK, resource.RLIM_INFINITY))
        self.tell(test=nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.has_failed = True
            self.tell(died=report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.has_failed = True
            self.tell(died=report.nodeid)


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads a module with other code than its file has."""

    def __init__(self, name: str, path: str, code: types.CodeType) -> None:
        super().__init__(name, path)
        self._code = code

    def get_code(self, fullname: str) -> types.CodeType:
        return self._code


class _Finder(importlib.abc.MetaPathFinder):
    """Finds one module, the mutant."""

    def __init__(self, loader: _Loader) -> None:
        self._loader = loader

    def find_spec(self, fullname: str, path: t.Any, target: t.Any = None) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._loader.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self._loader.path, loader=self._loader)


class Server:
    """A plugin of pytest that does not run what was collected, but answers requests."""

    def __init__(self, root: pathlib.Path, requests: t.TextIO, answers: t.TextIO, scratch: pathlib.Path) -> None:
        self._root = root
        self._requests = requests
        self._answers = answers
        self._scratch = scratch
        self._items: dict[str, pytest.Item] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._config = session.config
        self._items = {item.nodeid: item for item in session.items}
        for file in catalogue.mutated(self._root):  # all children know them then
            catalogue.module(self._root, file)
        for line in self._requests:
            request = json.loads(line)
            if "mutant" in request:
                catalogue.module(self._root, request["file"]).mutant(request["mutant"])
            reading, writing = os.pipe()
            child = os.fork()
            if child == 0:
                os.close(reading)
                self._be_a_child(request, Progress(writing, request["tests"]))
            os.close(writing)
            self._answers.write(json.dumps(_watch(child, reading)) + "\n")
            self._answers.flush()
            shutil.rmtree(self._scratch, ignore_errors=True)
        return True

    def _be_a_child(self, request: dict[str, t.Any], progress: Progress) -> t.NoReturn:
        code = 70
        try:
            os.setsid()
            self._config.pluginmanager.register(progress)
            getattr(self, f"_{request['do']}")(request, progress)
            code = int(progress.has_failed)
        finally:
            os._exit(code)

    def _survey(self, request: dict[str, t.Any], progress: Progress) -> None:
        """Tell of each test how long it takes and which blocks it reaches of each module that mutants are made of."""
        touched: dict[str, set[str]] = {file: set() for file in catalogue.mutated(self._root)}
        for file, blocks in touched.items():
            module = catalogue.module(self._root, file)
            live.instrument(importlib.import_module(module.name), module.tree, blocks.add)
        for nodeid in self._of(request["tests"]):
            for blocks in touched.values():
                blocks.clear()
            began = time.process_time()
            self._run([nodeid], progress)
            seconds = time.process_time() - began
            progress.tell(
                surveyed=[nodeid, seconds, {file: sorted(blocks) for file, blocks in touched.items() if blocks}]
            )

    def _try(self, request: dict[str, t.Any], progress: Progress) -> None:
        module = catalogue.module(self._root, request["file"])
        mutant = module.mutant(request["mutant"])
        done = live.swap(importlib.import_module(module.name), module.tree, mutant)
        progress.tell(is_sure=done is live.Swap.WHOLE)
        if done is not live.Swap.NONE:
            self._run(request["tests"], progress)

    def _anew(self, request: dict[str, t.Any], progress: Progress) -> None:
        module = catalogue.module(self._root, request["file"])
        code = module.mutant(request["mutant"]).compiled(module.tree, str(module.file))
        for name in list(sys.modules):
            if name.startswith(_ANEW) and not name.startswith("support.mutants"):
                del sys.modules[name]
        sys.meta_path.insert(0, _Finder(_Loader(module.name, str(module.file), code)))
        files = list(dict.fromkeys(nodeid.split("::")[0] for nodeid in request["tests"]))
        pytest.main([*OPTIONS, "-x", PROFILE, f"--basetemp={self._scratch}", *files], plugins=[progress])

    def _of(self, paths: t.Sequence[str]) -> list[str]:
        """The collected tests of files and folders."""
        return [nodeid for path in paths for nodeid in self._items if nodeid.startswith(path)]

    def _run(self, nodeids: t.Sequence[str], progress: Progress) -> None:
        """Run tests until one fails."""
        items = [self._items[nodeid] for nodeid in nodeids]
        for item, following in zip(items, [*items[1:], None]):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if progress.has_failed:
                return


def _watch(child: int, pipe: int) -> dict[str, t.Any]:
    """Wait for the end of a child, or for a test that does not end."""
    told: dict[str, t.Any] = {}
    surveyed = []
    rest = b""
    while True:
        ready, _w, _x = select.select([pipe], [], [], PATIENCE)
        if not ready:
            os.killpg(child, signal.SIGKILL)
            break
        data = os.read(pipe, 1 << 16)
        if not data:
            break
        *lines, rest = (rest + data).split(b"\n")
        for line in map(json.loads, lines):
            told.update(line)
            if "surveyed" in line:
                surveyed.append(line["surveyed"])
    os.close(pipe)
    _pid, status = os.waitpid(child, 0)
    is_endless = not ready or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU)
    verdict = "hung" if is_endless else "died" if status else "lived"  # it may also end the process
    test = told.get("died", told.get("test", ""))
    return {"verdict": verdict, "test": test, "is_sure": told.get("is_sure", True), "surveyed": surveyed}


def main() -> None:
    root, *tests = map(pathlib.Path, sys.argv[1:])
    os.chdir(root)
    hypothesis.settings.register_profile(
        "mutants",
        deadline=None,
        database=None,
        derandomize=True,
        max_examples=50,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    channel = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    with open(os.devnull, "r+") as nowhere:
        for number in range(3):
            os.dup2(nowhere.fileno(), number)
    memory = pathlib.Path("/dev/shm")  # journals are forced to disk thousands of times
    scratch = (memory if os.access(memory, os.W_OK) else root / ".build") / f"mutants-{os.getpid()}"
    server = Server(root, *channel, scratch)
    pytest.main([*OPTIONS, PROFILE, f"--basetemp={scratch}", *map(str, tests)], plugins=[server])


if __name__ == "__main__":
    main()
