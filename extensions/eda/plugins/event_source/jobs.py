# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import logging
import os
import pathlib
import sys
import tempfile
import threading
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

# ansible-rulebook knows where this file is, but not how to import the rest of its collection; and Ansible's own loader
# would keep it from running the next plugin by its path.
sys.path.append(str(pathlib.Path(__file__).absolute().parents[7]))

from ansible_collections.batchops.job_control.plugins.module_utils import _arguments as arguments
from ansible_collections.batchops.job_control.plugins.module_utils import _secrets as secrets
from ansible_collections.batchops.job_control.plugins.module_utils._clock import SystemClock
from ansible_collections.batchops.job_control.plugins.module_utils._engine import Engine, Policy
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    JobControlError,
    UsageError,
)
from ansible_collections.batchops.job_control.plugins.module_utils._model import VerbOptions
from ansible_collections.batchops.job_control.plugins.module_utils._registry import connect
from ansible_collections.batchops.job_control.plugins.module_utils._selection import select
from ansible_collections.batchops.job_control.plugins.plugin_utils import _trouble as trouble
from ansible_collections.batchops.job_control.plugins.plugin_utils import _watch as watch

DOCUMENTATION = r"""
---
short_description: Watches the jobs of a system and sends an event for each change of state
description:
  - Lists the jobs again and again, and sends one event for each job that is in another state, or in another run,
    than at the look before.
  - The first look sends no event. With O(state_file) a watch that was ended goes on where it was, and reports what
    has changed in the meantime.
  - Each look logs in, lists the jobs and logs out again, within the limits that the product has for requests.
  - After trouble that may pass by itself the product is asked again, with longer and longer pauses. It is not
    reachable, asks for fewer requests, answers with an error of its own (HTTP 500 and the like) or with nonsense.
  - What a person has to mend ends the watch. Credentials, rights or certificates are not accepted, an option is wrong.
  - All connection options and all options that select jobs of M(batchops.job_control.job_info) are options of this
    source, too, with the same environment variables; give secrets as such.
options:
  interval:
    description: Seconds between two looks; at least 5.
    type: float
    default: 60
  state_file:
    description:
      - Path of a file that keeps what was seen, from one look to the next and from one run to the next.
      - Each system needs a file of its own. It is created when it does not exist.
    type: path
notes:
  - In words of a product that look like the beginning of a template, a blank is put after the brace, as Ansible takes
    the variables of a rulebook's action for templates. A job with such an id cannot be named by the event.
  - An event is sent before it is stored that it was. A watch that dies in between sends it again when it is started
    again, with the same C(meta.uuid).
  - A state that comes and goes between two looks is not seen. A trigger of Cisco Prime Infrastructure whose run fails
    goes back to its schedule at once, so its event shows the state C(queued).
"""

EXAMPLES = r"""
- name: Watch the backups of Commvault
  batchops.job_control.jobs:
    system: commvault
    url: https://commserve.example.com/commandcenter/api
    username: operator
    types: [Backup]
    interval: 120
    state_file: /var/lib/job_control/commvault.watch.json
"""

RETURN = r"""
job:
  description:
    - C(id), C(name), C(type), C(owner), C(system), C(run_id) and C(reason) as in M(batchops.job_control.job_info).
    - C(before) and C(after) are the neutral states; C(before) is null for a job that was not there at the look before.
    - C(failures) is how often the job has failed in a row, while it was watched, the present failure included. A
      retry counts on, also where the product gives it an id of its own.
    - C(seen) is when the change was seen, in seconds since the epoch.
  type: dict
"""

LOGGER = logging.getLogger(__name__)
SHORTEST_INTERVAL = 5.0  # seconds
LONGEST_PAUSE = 10  # intervals, when a product does not answer

SPEC: arguments.Spec = {
    **{name: option for name, option in arguments.info_spec().items() if name not in ("limit", "summary_only")},
    "interval": {"type": "float", "default": 60.0},
    "state_file": {"type": "path"},
}


class Watcher:
    """Looks at one system, and remembers.

    :raises UsageError: an option is wrong, or the state file cannot be used.
    """

    def __init__(self, args: dict[str, t.Any]) -> None:
        checked = ArgumentSpecValidator(SPEC).validate(arguments.complete(args, SPEC, os.environ))
        if checked.error_messages:
            raise UsageError("; ".join(checked.error_messages))
        params = checked.validated_parameters
        for secret in arguments.secrets_of(params):
            secrets.remember(secret)
        self.interval: float = params["interval"]
        if self.interval < SHORTEST_INTERVAL:
            raise UsageError(f"interval: {self.interval:g} is too little; give {SHORTEST_INTERVAL:g} or more.")
        self._system: str = params["system"]
        # Each look logs in, so what that brings is forgotten in the end.
        hide = functools.partial(secrets.remember, passing=f"session with {params['url']}")
        self._connection = arguments.connection(params, hide)
        for warning in arguments.warnings(params):
            LOGGER.warning(warning)
        self._selection = arguments.selection(params)
        self._forget_after: float = params["finished_within"]
        self._policy = Policy(on_missing=params["on_missing"])
        self._file = pathlib.Path(params["state_file"]) if params["state_file"] else None
        self._memory: watch.Memory | None = None

    def look(self) -> list[dict[str, t.Any]]:
        """The events since the last look."""
        clock = SystemClock()
        with connect(self._system, self._connection, clock) as system:
            if self._memory is None:
                self._memory = self._recall(system.identity)
            engine = Engine(system, clock, self._policy, VerbOptions())
            items = select(engine.system, self._selection)
            engine.judge_missing(items)
            for item in items:
                if item.error:
                    raise item.error
        jobs = [item.now for item in items if item.now]
        return watch.changes(self._memory, jobs, clock.time(), self._forget_after)

    def store(self) -> None:
        """Keep what was seen; its events are sent.

        :raises UsageError: the state file cannot be written.
        """
        if not self._file or not self._memory:
            return
        prefix = f".{self._file.name}."
        try:
            # Its mode is 0600, and whoever reads the file meanwhile finds the old one or the new one, but no half.
            with tempfile.NamedTemporaryFile("w", dir=self._file.parent, prefix=prefix, delete=False) as file:
                json.dump(self._memory.as_data(), file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(file.name, self._file)
        except OSError as error:
            raise UsageError(f"state_file: {self._file} cannot be written: {error.strerror}.") from error

    def _recall(self, identity: str) -> watch.Memory:
        if not self._file or not self._file.exists():
            return watch.Memory(identity)
        try:
            memory = watch.Memory.from_data(json.loads(self._file.read_bytes()))
        except (OSError, ValueError) as error:
            raise UsageError(
                f"state_file: {self._file} cannot be used: {error}; move it away to begin anew."
            ) from error
        if memory.identity != identity:
            raise UsageError(
                f"state_file: {self._file} belongs to {memory.identity}, not to {identity}; give each system its own."
            )
        return memory


Result = t.TypeVar("Result")


async def _unattended(function: t.Callable[[], Result]) -> Result:
    """The result of a function that may take long, from a thread that nobody waits for once this is cancelled.

    Those of asyncio are waited for when the loop or the process ends.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[Result] = loop.create_future()

    def settle(done: t.Callable[[], None]) -> None:
        if not result.cancelled():
            done()

    def work() -> None:
        try:
            done = functools.partial(result.set_result, function())
        except Exception as error:
            done = functools.partial(result.set_exception, error)
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, done)

    threading.Thread(target=work, name="look", daemon=True).start()
    return await result


async def main(queue: asyncio.Queue[t.Any], args: dict[str, t.Any]) -> None:
    """Watch until cancelled, which does not wait for an answer of the product.

    :raises JobControlError: something that another look will not mend.
    """
    watcher = Watcher({name: value for name, value in args.items() if name != "eda_feedback_queue"})
    failed = 0
    while True:
        try:
            events = await _unattended(watcher.look)
            failed = 0
        except JobControlError as error:
            if not trouble.is_passing(error):
                raise
            failed += 1
            LOGGER.warning("%s; the next look is tried later", error)
            events = []
        for event in events:
            await queue.put(event)
        await asyncio.to_thread(watcher.store)
        await asyncio.sleep(watcher.interval * min(2**failed, LONGEST_PAUSE))
