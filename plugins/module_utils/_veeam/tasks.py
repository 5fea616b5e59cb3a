# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _errors, _system, capabilities, query, session, wire.

"""What became of the requests that change something: each is a task that has to be followed (contract 8.2)."""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock, Deadline, pauses
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    JobControlError,
    NotFound,
    ProtocolError,
    Refused,
    WaitTimeout,
)
from ansible_collections.batchops.job_control.plugins.module_utils._system import Answer
from ansible_collections.batchops.job_control.plugins.module_utils._veeam import query, wire
from ansible_collections.batchops.job_control.plugins.module_utils._veeam.capabilities import CAPABILITIES
from ansible_collections.batchops.job_control.plugins.module_utils._veeam.session import LogonSession

PATIENCE = 120.0  # seconds until a task is left alone, so that other jobs get their turn before the verb's time is over
LONGEST_PAUSE = 3.0  # seconds between two looks
#: A logon session keeps its tasks, finished ones too. While it has no more than this, one list shows all that are
#: waited for; of more, only those are asked for, as looks at ever longer lists would cost more than what is done.
LONGEST_LIST = 200
_LIST = wire.Target("tasks")


@dataclasses.dataclass(frozen=True)
class Pending:
    """A task that was begun for a job. Its id means nothing outside of the logon session with that token."""

    job_id: str
    task: wire.Task
    token: str


@dataclasses.dataclass(frozen=True)
class _Unanswered:
    """A request without an answer, in the logon session with that token."""

    token: str
    arrives_by: Deadline


class Tasks:
    """The tasks of our logon sessions."""

    def __init__(self, session: LogonSession, clock: Clock) -> None:
        self._session = session
        self._clock = clock
        self._known: set[tuple[str, str]] = set()  # token, task id
        self._begun: collections.Counter[str] = collections.Counter()  # how many, by token
        self._query_fails = False
        self._answered: set[str] = set()  # ids of the jobs whose last request began a task
        self._unanswered: dict[str, _Unanswered] = {}  # by job id, where the answer to the last request was lost

    def begin(self, job_id: str, method: str, target: wire.Target, body: bytes) -> Pending:
        """Send a request that begins a task.

        :raises JobControlError: it was refused, or its answer was lost or cannot be read (`maybe_applied`).
        """
        self._answered.discard(job_id)
        self._unanswered.pop(job_id, None)
        try:
            document, token = self._session.write(method, target, body)
            found = _begun(document)
        except JobControlError as error:
            if error.maybe_applied:
                arrives_by = Deadline(self._clock, CAPABILITIES.settle)
                self._unanswered[job_id] = _Unanswered(self._session.token, arrives_by)
            raise
        self._answered.add(job_id)
        self._known.add((token, found.id))
        self._begun[token] += 1
        return Pending(job_id, found, token)

    def is_in_doubt(self, job_id: str) -> bool:
        """Whether the answer to the last request for a job was lost."""
        return job_id in self._unanswered

    def arrived(self, job_id: str, is_absolute: bool) -> bool | None:
        """Whether the last request for a job began a task; None: that cannot be told.

        Where its answer was lost, only the number of tasks that we were not told of speaks: none names its job. The
        request may still be on its way.

        :param is_absolute: twice does no harm, so that False also stands for "no task is known that may be of it".
        """
        if job_id in self._answered:
            return True
        lost = self._unanswered.get(job_id)
        if lost is None:
            return None
        untold = self._untold(lost.token)
        doubts = [other for other in self._unanswered.values() if other.token == lost.token]
        if untold:
            return True if len(untold) >= len(doubts) else None
        is_told = untold is not None and lost.arrives_by.passed
        return False if is_told or is_absolute else None

    def _untold(self, token: str) -> list[wire.Task] | None:
        """The tasks of a logon session that no answer told us of, but for those that failed; None: they cannot be seen,
        or may be somebody else's.
        """
        if self._session.is_injected:
            return None
        try:
            document = self._session.read_as(token, _LIST)
            listed = wire.tasks(document) if document is not None else None
        except JobControlError:
            return None
        if listed is None:
            return None  # the session is gone and its tasks with it
        return [task for task in listed if not task.has_failed and (token, task.id) not in self._known]

    def follow(self, pending: t.Iterable[Pending]) -> list[Answer]:
        """Wait for the end of tasks, for no longer than the verb has time.

        :returns: an answer per task. Where the logon session ended meanwhile, no more is known than that the
            request was accepted.
        """
        answers: list[Answer] = []
        running = {(one.token, one.task.id): one for one in pending}
        deadline = Deadline(self._clock, min(PATIENCE, self._session.deadline.remaining))
        looks = pauses(LONGEST_PAUSE)
        look_at_once = len(running) > 1  # the first of several had its time while the others were being sent
        while True:
            finished = [key for key, one in running.items() if one.task.is_finished]
            for one in map(running.pop, finished):
                answers.append(_answer(one))
                self._tidy_up(one)
            if not running:
                return answers
            if deadline.passed:
                return answers + [Answer(one.job_id, _unfinished(one)) for one in running.values()]
            if not finished and not look_at_once:
                self._clock.sleep(min(next(looks), deadline.remaining))
            look_at_once = False
            try:
                seen = self._look(running)
            except JobControlError as error:
                error.maybe_applied = True
                return answers + [Answer(one.job_id, error) for one in running.values()]
            answers += [Answer(one.job_id) for key, one in running.items() if key not in seen]
            running = seen

    def _tidy_up(self, finished: Pending) -> None:
        """Remove a task from a logon session that is not ours to end; ours takes its tasks along (contract 4.4)."""
        if self._session.is_injected:
            self._session.delete_as(finished.token, f"tasks/{finished.task.id}")

    def _look(self, running: t.Mapping[tuple[str, str], Pending]) -> dict[tuple[str, str], Pending]:
        """The same tasks as they are now, without those that cannot be seen any more. One request shows all."""
        seen: dict[tuple[str, str], Pending] = {}
        for token in {token for token, _id in running}:
            mine = {task_id: one for (other, task_id), one in running.items() if other == token}
            for task in self._read(token, list(mine)):
                if task.id in mine:
                    seen[token, task.id] = dataclasses.replace(mine[task.id], task=task)
        return seen

    def _read(self, token: str, task_ids: list[str]) -> list[wire.Task]:
        if len(task_ids) > 1 and self._begun[token] > LONGEST_LIST and not self._query_fails:
            # It is documented, but no answer of a real server was seen (contract 5.2), so it has to show all of them.
            try:
                found = self._asked_for(token, task_ids)
            except (NotFound, ProtocolError, Refused):
                found = []
            if {task.id for task in found} >= set(task_ids):
                return found
            self._query_fails = True
        target = wire.Target(f"tasks/{task_ids[0]}") if len(task_ids) == 1 else _LIST
        try:
            document = self._session.read_as(token, target)
        except NotFound:
            return []
        return wire.tasks(document) if document is not None else []

    def _asked_for(self, token: str, task_ids: list[str]) -> list[wire.Task]:
        """These tasks alone, from the query service."""
        question = query.question("Task", len(task_ids), query.is_one_of("TaskId", task_ids))
        document = self._session.read_as(token, question)
        return wire.tasks(wire.fields(document.get("resources"))) if document is not None else []


def _begun(document: wire.Fields) -> wire.Task:
    """The task that the answer to a write tells of. What cannot be read may have taken effect all the same."""
    try:
        (found,) = wire.tasks(document)
    except ProtocolError as error:
        error.maybe_applied = True
        raise
    except ValueError as error:
        message = "The answer to a request that changes something does not hold one Task"
        raise ProtocolError(message, maybe_applied=True) from error
    return found


def _answer(finished: Pending) -> Answer:
    """HTTP says 200 either way; the Result tells (contract 8.2)."""
    if not finished.task.has_failed:
        return Answer(finished.job_id)
    reason = finished.task.message or "The backup server has refused it without giving a reason"
    return Answer(finished.job_id, Refused(reason))


def _unfinished(pending: Pending) -> WaitTimeout:
    message = f"Enterprise Manager's {pending.task.id} was still {pending.task.state} when it was last looked at"
    return WaitTimeout(message, maybe_applied=True)
