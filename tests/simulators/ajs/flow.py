# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How generations move: turn comes, start, end, and what that does to successors and upper jobnets (contract 7, 8)."""

from __future__ import annotations

import typing as t

from simulators.ajs import statuses
from simulators.ajs.agents import Agent
from simulators.ajs.state import World, is_guarded
from simulators.ajs.units import EVENT_JOBS, Run

After = t.Callable[[float, t.Callable[[], None]], None]


class Flow:
    """The engine of one scheduler service. `now` and `after` are the product's clock."""

    def __init__(self, world: World, now: t.Callable[[], float], after: After) -> None:
        self.world = world
        self.now = now
        self.after = after

    # --- start -----------------------------------------------------------------------------------------------

    def schedule(self, run: Run) -> None:
        """Let its turn come at its scheduled time."""
        if run.scheduled is None:
            return
        run.turn += 1
        turn = run.turn
        self.after(run.scheduled - self.now(), lambda: self.turn_comes(run) if run.turn == turn else None)

    def turn_comes(self, run: Run) -> None:
        """The start time is reached, or the last preceding unit has ended."""
        root = run.root()
        if run.status not in statuses.WAITING | {"HOLDING"} or (root is not None and root.interrupting):
            return
        run.due = True
        if run.change == "CANCEL":
            self.end(run, "BYPASS")
        elif run.status == "HOLDING" or self._must_hold(run):
            run.status = "HOLDING"
            self._refresh_above(run)
        else:
            self.start(run)

    @staticmethod
    def _must_hold(run: Run) -> bool:
        return run.hold in statuses.HOLD_PLANNED or is_guarded(run)

    def start(self, run: Run) -> None:
        if run.unit.is_net:
            self._begin(run)
            for child in run.children():
                if child.status in statuses.WAITING and not child.predecessors():
                    self.turn_comes(child)
            self._time(run)
            return
        agent = self._agent(run)
        if agent is not None and not agent.accepts_jobs:
            self.end(run, "FAIL")
        elif agent is not None and not agent.sends_jobs:
            run.status = "QUEUING"
            self._refresh_above(run)
        else:
            self._send(run)

    def _agent(self, run: Run) -> Agent | None:
        """The agent that can refuse the job; event jobs are never restricted (contract 7.7)."""
        return None if run.unit.type in EVENT_JOBS else self.world.agents.get(run.unit.agent)

    def _send(self, run: Run) -> None:
        self._begin(run)
        run.job_number = self.world.new_job_number()
        agent = self.world.agents.get(run.unit.agent)
        run.exec_host = agent.host if agent is not None else run.unit.agent
        self._time(run)
        self._refresh_above(run)

    def _begin(self, run: Run) -> None:
        run.status = "RUNNING"
        run.ended = None
        if run.started is None:
            run.started = self.now()
        else:
            run.restarted = self.now()

    def _time(self, run: Run) -> None:
        run.turn += 1
        turn = run.turn
        if run.unit.duration is not None and run.status in statuses.RUNNING:
            self.after(run.unit.duration, lambda: self.finish(run) if run.turn == turn else None)

    def agent_changed(self, agent: Agent) -> None:
        """Send what was queued, once the agent sends again."""
        if agent.sends_jobs:
            for run in self.world.queued_on(agent.name):
                self._send(run)

    # --- end -------------------------------------------------------------------------------------------------

    def end(self, run: Run, status: str, return_code: str = "") -> None:
        """One unit ends; successors and upper jobnets follow."""
        self._close(run, status, return_code)
        for successor in run.successors():
            self._predecessor_ended(successor)
        self._refresh_above(run)

    def _close(self, run: Run, status: str, return_code: str = "") -> None:
        never_ran = run.started is None
        run.turn += 1
        run.status = status
        run.ended = self.now()
        run.due = False
        run.process_left = False
        run.return_code = return_code or run.return_code
        if never_ran and run.hold in ("HOLD", "RELEASE"):
            self._bequeath(run)

    @staticmethod
    def _bequeath(run: Run) -> None:
        """A temporary hold or release that never served goes to the next generation (contract 7.5)."""
        for successor in run.unit.runs.values():
            if successor.status in statuses.WAITING and successor.hold == run.unit.hold:
                successor.hold = run.hold
                return
        run.unit.inherited_hold = run.hold

    def _predecessor_ended(self, run: Run) -> None:
        before = {predecessor.status for predecessor in run.predecessors()}
        if run.status != "TERMWAIT" or before & statuses.OPEN:
            return
        if before & (statuses.ABNORMAL | {"UNEXEC"}):
            self.end(run, "UNEXEC")
        else:
            self.turn_comes(run)

    def finish(self, run: Run, status: str = "NORMAL", return_code: str = "") -> None:
        """A unit ends by itself; what is still open below a jobnet ends with it."""
        for below in run.subtree():
            if below.status in statuses.OPEN:
                self._close(below, status)
        if run.unit.is_job:
            return_code = return_code or {"NORMAL": "0", "WARNING": "4"}.get(status, "8")
        self.end(run, status, return_code)

    def _refresh_above(self, run: Run) -> None:
        """Recalculate the upper jobnets of a unit that changed."""
        above = run.parent()
        if above is None or not above.unit.is_net:
            return
        children = {child.status for child in above.children()}
        if above.status in statuses.WAITING and children & statuses.RUNNING:
            self._begin(above)
        if above.status in statuses.RUNNING:
            root = above.root()
            if root is not None and root.interrupting:
                self.try_interrupt(root)
            elif children & statuses.OPEN:
                above.status = statuses.running_status(children)
                self._refresh_above(above)
            else:
                self.end(above, statuses.jobnet_status(children))
        elif above.status in ("NORMAL", "WARNING", "ABNORMAL") and not children & statuses.OPEN:
            above.status = statuses.jobnet_status(children)
            self._refresh_above(above)

    # --- operators -------------------------------------------------------------------------------------------

    def hold(self, run: Run, at_once: bool) -> bool:
        """Plan a hold for this generation; `at_once`: it shows as HOLDING before its turn comes.

        :returns: whether anything changed.
        """
        if run.status not in statuses.OPEN - statuses.RUNNING or run.status == "HOLDING":
            return False
        changed = run.hold != "HOLD"
        run.hold = "HOLD"
        if at_once and run.status in statuses.WAITING:
            run.waits_as, run.status = run.status, "HOLDING"
        return changed

    def release(self, run: Run) -> bool:
        """Give up the hold of this generation; a unit whose turn had come starts."""
        if run.status not in statuses.WAITING | {"HOLDING"}:
            return False
        run.hold = "RELEASE"
        if run.status != "HOLDING":
            return True
        run.status = run.waits_as
        if run.due:
            self.turn_comes(run)
        return True

    def interrupt(self, root: Run) -> bool:
        """Start nothing more; the jobnet is interrupted when its running jobs have ended (contract 8.2)."""
        if root.status not in statuses.RUNNING:
            return False
        root.interrupting = True
        self.try_interrupt(root)
        return True

    def try_interrupt(self, root: Run) -> None:
        below = root.subtree()
        if any(run.unit.is_job and run.status in statuses.RUNNING for run in below):
            return
        root.interrupting = False
        for run in below:
            if run.status in statuses.OPEN:
                self._close(run, "INTERRUPT")
        self._close(root, "INTERRUPT")

    def kill(self, run: Run) -> bool:
        if run.status not in statuses.RUNNING | {"QUEUING", "EXECWAIT", "CONDITIONWAIT"}:
            return False
        run.interrupting = False
        for below in run.subtree():
            if below.status in statuses.RUNNING | {"QUEUING", "EXECWAIT"}:
                self._close(below, "KILL")
            elif below.status in statuses.OPEN:
                self._close(below, "UNEXEC")
        self.end(run, "KILL")
        return True

    def change_status(self, run: Run, status: str | None, return_code: str | None) -> bool:
        """Set a job's result. A process that runs goes on; successors start if the job had not ended (contract 8.5)."""
        if run.status in statuses.WAITING | {"HOLDING"}:
            return False
        if return_code is not None:
            run.return_code = return_code
        if status is None:
            return True
        result = judged(run) if status == "RETURNCODE" else status
        if run.status in statuses.OPEN:
            had_process = run.status in statuses.RUNNING
            self.end(run, result)
            run.process_left = had_process
        else:
            run.status = result
            self._refresh_above(run)
        return True


def judged(run: Run) -> str:
    """The result that a job's return code means, by its thresholds."""
    code = int(run.return_code or 0)
    if code > run.unit.abnormal_threshold:
        return "ABNORMAL"
    warning = run.unit.warning_threshold
    return "WARNING" if warning is not None and code > warning else "NORMAL"
