# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual time. Whatever runs, runs alone until it waits; what is due next goes on, so that a run can be repeated."""

from __future__ import annotations

import functools
import heapq
import itertools
import threading
import typing as t

Wake = t.Callable[[], None]


class Killed(BaseException):
    """The process ends here and now. No Exception, so that nothing but the simulation catches it."""


class Process:
    """What is killed as a whole: a run of a module with its threads.

    :param name: in the log.
    :param dies_at: the number of the step at which it is killed; None: it lives to its end.
    """

    def __init__(self, name: str, dies_at: int | None = None) -> None:
        self.name = name
        self.is_alive = True
        self.steps = 0
        self.dies_at = dies_at
        self.tasks: list[Task] = []
        self.is_disturbed = False  # something was wrong with one of its requests
        self.on_death: t.Callable[[Process], None] = lambda process: None
        self.on_end: Wake = lambda: None

    def step(self, last_deed: Wake = lambda: None) -> None:
        """One more request, record or fsync.

        :param last_deed: what is still done if this is the last.
        :raises Killed: it is.
        """
        self.require_alive()
        self.steps += 1
        if self.steps == self.dies_at:
            last_deed()
            self.on_death(self)
            raise Killed

    def require_alive(self) -> None:
        """
        :raises Killed: it was killed before, and only unwinds.
        """
        if not self.is_alive:
            raise Killed


class Task:
    """A thread of a process."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.go = threading.Semaphore(0)
        self.thread: threading.Thread | None = None
        self.has_ended = False
        self.waits = 0  # how often it has waited: an earlier wait cannot be ended once more
        process.tasks.append(self)


class Timeline:
    """The order in which things happen.

    :param now: when it begins, in seconds since the epoch.
    """

    def __init__(self, now: float) -> None:
        self.now = now
        self.after_each: Wake = lambda: None  # called after whatever has happened
        self._due: list[tuple[float, int, Wake]] = []
        self._ticket = itertools.count()
        self._control = threading.Semaphore(0)
        self._running: Task | None = None
        self._tasks: list[Task] = []
        self._failure: BaseException | None = None

    @property
    def process(self) -> Process:
        """Whose turn it is.

        :raises LookupError: no process runs.
        """
        if self._running is None:
            raise LookupError
        return self._running.process

    def at(self, moment: float, deed: Wake) -> None:
        """Let something happen at a moment, in seconds since the epoch."""
        heapq.heappush(self._due, (max(self.now, moment), next(self._ticket), deed))

    def after(self, seconds: float, deed: Wake) -> None:
        self.at(self.now + seconds, deed)

    def run(self) -> None:
        """Let everything happen, until nothing is left."""
        while self._due:
            self.now, _ticket, deed = heapq.heappop(self._due)
            deed()
            if self._failure is not None:
                raise self._failure
            self.after_each()

    def start(self, process: Process, work: Wake) -> None:
        """Start a thread of a process; it runs when whatever runs now waits."""
        task = Task(process)
        self._tasks.append(task)

        def whole() -> None:
            task.go.acquire()
            try:
                if process.is_alive:
                    work()
            except Killed:
                pass
            except BaseException as error:  # for whoever lets things happen
                self._failure = self._failure or error
            finally:
                task.has_ended = True
                self._control.release()

        task.thread = threading.Thread(target=whole, daemon=True)
        task.thread.start()
        self.at(self.now, functools.partial(self._resume, task, task.waits))

    def kill(self, process: Process) -> None:
        """End a process. What its threads would still do on their way out is not done."""
        process.is_alive = False
        for task in process.tasks:
            if task is not self._running:
                self.at(self.now, functools.partial(self._resume, task, task.waits))

    def abandon(self) -> None:
        """End all that still runs, so that no thread is left."""
        self._due.clear()
        for task in self._tasks:
            task.process.is_alive = False
            while not task.has_ended:
                self._resume(task, task.waits)
            if task.thread:
                task.thread.join()

    def wait(self, arrange: t.Callable[[Wake], object]) -> None:
        """Let others go on until somebody calls what `arrange` is given.

        :raises Killed: the process was killed meanwhile.
        """
        task = self._running
        if task is None:
            raise LookupError
        task.process.require_alive()
        task.waits += 1
        arrange(functools.partial(self._wake, task, task.waits))
        self._control.release()
        task.go.acquire()
        task.process.require_alive()

    def sleep(self, seconds: float) -> None:
        self.wait(lambda wake: self.after(max(0.0, seconds), wake))

    def _wake(self, task: Task, number: int) -> None:
        self.at(self.now, functools.partial(self._resume, task, number))

    def _resume(self, task: Task, number: int) -> None:
        if task.has_ended or task.waits != number:
            return
        self._running = task
        task.go.release()
        self._control.acquire()
        self._running = None


class Lock:
    """Stands for `threading.Lock`."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._is_held = False
        self._waiting: list[Wake] = []

    def __enter__(self) -> None:
        self._timeline.process.require_alive()
        while self._is_held:
            self._timeline.wait(self._waiting.append)
        self._is_held = True

    def __exit__(self, *exception: object) -> None:
        self._is_held = False
        if self._waiting:
            self._waiting.pop(0)()


Result = t.TypeVar("Result")


class Future(t.Generic[Result]):
    """Stands for `concurrent.futures.Future`."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._waiting: list[Wake] = []
        self._outcome: tuple[Result | None, BaseException | None] | None = None

    def run(self, work: t.Callable[[], Result]) -> None:
        try:
            self._outcome = work(), None
        except Killed:
            raise
        except BaseException as error:
            self._outcome = None, error
        for wake in self._waiting:
            wake()

    def result(self) -> Result:
        while self._outcome is None:
            self._timeline.wait(self._waiting.append)
        value, error = self._outcome
        if error is not None:
            raise error
        return t.cast(Result, value)


class Pool:
    """Stands for `concurrent.futures.ThreadPoolExecutor`."""

    def __init__(self, timeline: Timeline, workers: int) -> None:
        self._timeline = timeline
        self._idle = workers
        self._todo: list[Wake] = []
        self._futures: list[Future[t.Any]] = []

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *exception: object) -> None:
        for future in self._futures:
            try:
                future.result()
            except Exception:
                continue  # whoever wants the result is told

    def submit(self, work: t.Callable[..., Result], *arguments: t.Any) -> Future[Result]:
        future: Future[Result] = Future(self._timeline)
        self._futures.append(future)
        self._todo.append(functools.partial(future.run, functools.partial(work, *arguments)))
        if self._idle:
            self._idle -= 1
            self._timeline.start(self._timeline.process, self._work)
        return future

    def map(self, work: t.Callable[..., Result], *arguments: t.Iterable[t.Any]) -> t.Iterator[Result]:
        futures = [self.submit(work, *each) for each in zip(*arguments)]
        return (future.result() for future in futures)

    def _work(self) -> None:
        while self._todo:
            self._todo.pop(0)()
        self._idle += 1
