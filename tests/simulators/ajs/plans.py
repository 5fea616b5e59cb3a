# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Actions that change the plan of one generation (contract 8.2, 8.7)."""

from __future__ import annotations

import datetime
import re
import typing as t

from simulators.ajs import statuses, wire
from simulators.ajs.actions import Effect, text
from simulators.ajs.errors import bad_argument, conflict
from simulators.ajs.flow import Flow
from simulators.ajs.units import Run

Json = dict[str, t.Any]

#: only what has not begun has a plan
PLANNABLE = statuses.WAITING | {"HOLDING"}


class Plans:
    """The plan changes of one scheduler service. `zone` is the manager's time zone."""

    def __init__(self, flow: Flow, zone: datetime.timezone) -> None:
        self.flow = flow
        self.zone = zone

    def prohibit(self, run: Run, parameters: Json) -> Effect:
        """cancelExecSchedule: bypass this generation when its turn comes."""
        if run.unit.type == "NETCN" or run.status not in PLANNABLE or run.change == "CANCEL":
            raise conflict()
        return lambda: self._change(run, "CANCEL")

    def restore(self, run: Run, parameters: Json) -> Effect:
        """restoreChangedSchedule: undo a change; the prohibition of a fixed or immediate root jobnet stays (8.7)."""
        fixed = run.unit.is_root and run.registration != "PLANNED" and run.change == "CANCEL"
        if run.unit.type == "NETCN" or run.status not in PLANNABLE or run.change == "NO" or fixed:
            raise conflict()
        return lambda: self._change(run, "NO")

    def _change(self, run: Run, change: str) -> bool:
        if run.status not in PLANNABLE:
            return False
        run.change = change
        if run.status == "HOLDING" and change == "CANCEL" and run.due:
            self.flow.turn_comes(run)
        return True

    def start_now(self, run: Run, parameters: Json) -> Effect:
        """execImmediate: start a waiting jobnet at once."""
        self._check_shift(parameters)
        self._need_waiting_net(run)
        return lambda: self._reschedule(run, self.flow.now())

    def move(self, run: Run, parameters: Json) -> Effect:
        """changeStartTime: to a time, or by a distance."""
        self._check_shift(parameters)
        if text(parameters, "kindTime", ("ABSOLUTETIME", "RELATIVETIME")) == "ABSOLUTETIME":
            try:
                start = wire.period(text(parameters, "absoluteTime"), self.zone)
            except ValueError:
                raise bad_argument("absoluteTime") from None
        else:
            start = (run.scheduled or self.flow.now()) + _distance(parameters)
        self._need_waiting_net(run)
        return lambda: self._reschedule(run, start)

    @staticmethod
    def _check_shift(parameters: Json) -> None:
        text({"pushedAhead": "ADD", **parameters}, "pushedAhead", ("ADD", "MOVE"))
        text({"changeLower": "NOTSHIFT", **parameters}, "changeLower", ("NOTSHIFT", "SHIFT"))

    @staticmethod
    def _need_waiting_net(run: Run) -> None:
        if not run.unit.is_net or run.status not in statuses.WAITING:
            raise conflict()

    def _reschedule(self, run: Run, start: float) -> bool:
        if run.status not in statuses.WAITING:
            return False
        run.scheduled = start
        run.change = "TIME"
        self.flow.schedule(run)
        return True

    def monitor_delay(self, run: Run, parameters: Json) -> Effect:
        """changeDelayMonitor: of a jobnet that has not ended."""
        wanted = {name: value for name, value in parameters.items() if name in wire.DELAY_MONITOR}
        if not wanted:
            raise bad_argument("delayedStart")
        if not run.unit.is_net or run.status in statuses.ENDED:
            raise conflict()
        return lambda: run.delay_monitor.update(wanted) is None

    def change_order(self, run: Run, parameters: Json) -> Effect:
        """changeExecOrderMethod: of a jobnet connector that has not begun."""
        method = text(parameters, "execOrderMethod")
        if run.unit.type != "NETCN" or run.status not in PLANNABLE:
            raise conflict()
        return lambda: self._set_order(run, method)

    @staticmethod
    def _set_order(run: Run, method: str) -> bool:
        run.exec_order_method = method
        return True

    def change_waiting(self, run: Run, parameters: Json) -> Effect:
        """changeWaiting: of a unit that has wait conditions."""
        text(parameters, "waitingTargetUnitName")
        text(parameters, "waitingStatusAction")
        if not run.unit.wait or run.status not in PLANNABLE:
            raise conflict()
        return lambda: run.status in PLANNABLE


def _distance(parameters: Json) -> float:
    """relativeSign, relativeDay and relativeTime as seconds.

    :raises Refused: 400.
    """
    sign = -1 if text(parameters, "relativeSign", ("+", "-")) == "-" else 1
    days = parameters.get("relativeDay", 0)
    if not isinstance(days, int) or not 0 <= days <= 99:
        raise bad_argument("relativeDay")
    clock = parameters.get("relativeTime", "00:00")
    if not isinstance(clock, str) or not re.fullmatch(r"[0-9]{2}:[0-5][0-9]", clock):
        raise bad_argument("relativeTime")
    hours, minutes = clock.split(":")
    return sign * datetime.timedelta(days=days, hours=int(hours), minutes=int(minutes)).total_seconds()
