# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is always true, looked at after each event, and what is true in the end."""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from simulation.history import Operation
from simulation.ledger import Book, Holds

Json = dict[str, t.Any]

#: Kinds of errors, as users and tests rely on them (design 3.4).
KINDS = (
    *("usage", "missing_library", "connection", "tls", "auth", "permission", "not_found", "ineligible", "refused"),
    *("rate_limited", "protocol", "wait_timeout", "partial", "unknown_outcome"),
)
#: Counters of what the API did to suspend or resume a job, by product.
DEEDS: t.Mapping[str, t.Collection[str]] = {
    "commvault": ("pause", "resume"),
    "prime": ("suspend", "resume"),
    "drs": ("pause", "retry"),
    "veeam": ("edit", "toggleScheduleEnabled", "enable", "disable"),
    "ajs": ("changeHold SET", "changeHold RELEASE"),
}
#: Products where a second change would undo the first.
TOGGLED = ("veeam",)
#: States in which a job does not work until it is resumed.
HALTED = ("suspended", "held", "suspending")


class Broken(Exception):
    """A promise is broken.

    :param promise: which, in the same words each time.
    """

    def __init__(self, promise: str, what: str) -> None:
        super().__init__(f"{promise}: {what}")
        self.promise = promise


@dataclasses.dataclass
class Known:
    """What is known of one job, by watching the product."""

    held: bool
    is_foreign: bool  # whether it is held by somebody else, if it is
    deeds: int  # how often the API has suspended or resumed it
    should_be_held: bool  # in the end
    is_free: bool = False  # a person or its own end has freed it from the windows that hold it
    is_asked: bool = False  # the API was asked, and what was asked for does not show yet
    is_muddled: bool = False  # a person has had a hand in it while we had, so that nobody can tell whose hold it is


@dataclasses.dataclass
class Watch:
    """Watches one product and its journal."""

    system: str
    jobs: dict[str, Known] = dataclasses.field(default_factory=dict)
    meant: set[str] = dataclasses.field(default_factory=set)  # jobs that some window was told to hold
    inherited: set[str] = dataclasses.field(default_factory=set)  # held, as a hold was passed on to them
    holds: Holds = dataclasses.field(default_factory=Holds)
    means_all: bool = False  # some window was told to hold all
    busy: list[str] = dataclasses.field(default_factory=list)  # jobs that a run works on now

    # --- what happens ----------------------------------------------------------------------------------------

    def happened_outside(
        self, job_id: str, event: str, truth: t.Mapping[str, Json], book: Book, is_shown_late: bool
    ) -> None:
        """Something happened to a job behind our back; `truth` is after it.

        :param is_shown_late: a run that begins now may not see it.
        """
        if job_id not in truth or event in ("hide", "show", "appear"):
            return
        known, held = self.jobs[job_id], truth[job_id]["held"]
        page = book.pages.get(job_id)
        is_ours = bool(page and page.is_open) or job_id in self.busy
        if event == "suspend" and (is_ours or is_shown_late):
            known.is_muddled = True
        if event == "suspend" or not held:
            known.should_be_held = held
        if event == "suspend" and held:
            known.is_foreign = True
        known.is_free = known.is_free or not held
        known.is_muddled = known.is_muddled or job_id in self.busy
        known.held, known.deeds = held, self.deeds_of(truth[job_id])
        if known.is_muddled:
            self.holds.forget(job_id)

    def look(self, truth: t.Mapping[str, Json], durable: Book) -> None:
        """Look at what the API has done since the last look.

        :param durable: the records that are on disk.
        :raises Broken: it should not have.
        """
        for job_id, job in truth.items():
            held, deeds = job["held"], self.deeds_of(job)
            known = self.jobs.get(job_id)
            if known is None:
                is_inherited = held and self._is_passed_on(job_id)
                self.jobs[job_id] = Known(held, is_foreign=held, deeds=deeds, should_be_held=held and not is_inherited)
                self.inherited |= {job_id} if is_inherited else set()
                continue
            by_api = known.is_asked = known.is_asked or deeds != known.deeds
            if held != known.held and not by_api:
                known.is_free = known.is_free or not held
                known.is_muddled = True  # the product itself: it has ended, or resumes by itself
                self.inherited |= {job_id} if held and self._is_passed_on(job_id) else set()
            if by_api and held and not known.held:
                self._suspended(job_id, known, durable)
            if by_api and known.held and not held:
                self._resumed(job_id, known, durable)
            known.is_asked = by_api and held == known.held
            known.held, known.deeds = held, deeds
        again = collections.Counter(job["resubmit_of"] for job in truth.values() if job.get("resubmit_of"))
        for job_id, count in again.items():
            if count > 1:
                raise Broken("a failed job is run again once", f"{job_id} was resubmitted {count} times")

    @property
    def asked(self) -> list[str]:
        """The jobs that the API was asked to suspend or resume."""
        return [job_id for job_id, known in self.jobs.items() if known.deeds]

    def _is_passed_on(self, job_id: str) -> bool:
        """Whether a hold that we have set on an earlier generation may have been passed on to this one."""
        unit = job_id.rpartition(":")[0]
        same = [known for other, known in self.jobs.items() if unit and other.rpartition(":")[0] == unit]
        return any(known.deeds and not known.is_foreign for known in same)

    def _suspended(self, job_id: str, known: Known, durable: Book) -> None:
        if job_id not in self.meant and not self.means_all:
            raise Broken("a job that was not selected is never touched", f"{job_id} was suspended")
        if job_id not in durable.pages or not durable.pages[job_id].is_open:
            raise Broken("no change without its record on disk", f"{job_id} was suspended")
        known.is_foreign, known.is_free = False, False

    def _resumed(self, job_id: str, known: Known, durable: Book) -> None:
        if known.is_muddled:
            return
        if known.is_foreign:
            raise Broken("nothing of somebody else is resumed", f"{job_id} was suspended by a person")
        page = durable.pages.get(job_id)
        if page is None or not page.resume_announced:
            raise Broken("no change without its record on disk", f"{job_id} was resumed")

    def require_held(self, truth: t.Mapping[str, Json], book: Book) -> None:
        """
        :raises Broken: a job works that an open window holds.
        """
        for job_id, page in book.pages.items():
            known = self.jobs.get(job_id)
            if known is None or known.is_muddled or known.is_free or page.stage != "suspended":
                continue
            if page.holders & book.open and job_id in truth and not truth[job_id]["held"]:
                windows = ", ".join(sorted(page.holders & book.open))
                raise Broken("no job works that an open window holds", f"{job_id} works, which {windows} holds")

    def deeds_of(self, job: Json) -> int:
        """How often the API has suspended or resumed a job."""
        return sum(count for deed, count in job["applied"].items() if deed in DEEDS[self.system])

    def require_blocked(self, switches: t.Mapping[str, bool], book: Book) -> None:
        """
        :raises Broken: new work can start that an open window keeps from it.
        """
        for switch_id, page in book.pages.items():
            is_set = next((is_set for begin, is_set in switches.items() if switch_id.startswith(begin)), True)
            if page.stage == "suspended" and page.holders & book.open and not is_set:
                raise Broken("no work starts that an open window keeps from it", switch_id)

    # --- what runs say ---------------------------------------------------------------------------------------

    def run_ended(
        self, operation: Operation, ids: t.Sequence[str], result: Json | None, truth: t.Mapping[str, Json], book: Book
    ) -> None:
        """A run is over.

        :param ids: of the jobs that it was about.
        :param result: None: it was killed.
        :raises Broken: it says what it should not.
        """
        if result is not None and result.get("failed"):
            kind = result.get("error", {}).get("kind")
            if kind not in KINDS or "fault in batchops" in result["msg"]:
                raise Broken("an error names its kind", f"{kind}: {result['msg']} {result.get('exception', '')}")
        is_done = result is not None and not result.get("failed")
        if operation.work in ("open", "apply"):
            opened_by = book.opened_by.get(operation.window)
            if is_done and operation.must_be_new and opened_by != operation.run:
                raise Broken("a window that must be new is new", f"{operation.window} was opened by the {opened_by}")
            told = _halted(result) if result is not None and is_done else ids
            self._opened(operation, told, is_done, truth)
        elif operation.work in ("close", "close own", "forget", "close expired") and result is not None and is_done:
            self._closed(result)
        elif operation.work in ("close", "close own", "forget"):
            self.holds.doubted(operation.window)
        elif operation.work == "close expired":
            for window in {window for windows in self.holds.sure.values() for window in windows}:
                self.holds.doubted(window)

    def _opened(self, operation: Operation, ids: t.Sequence[str], is_done: bool, truth: t.Mapping[str, Json]) -> None:
        if not is_done:
            self.holds.doubted(operation.window, [job_id for job_id in ids if job_id in self.jobs])
            return
        ours = [
            job_id for job_id in ids if job_id in truth and truth[job_id]["held"] and not self.jobs[job_id].is_foreign
        ]
        self.holds.opened(operation.window, [job_id for job_id in ours if not self.jobs[job_id].is_muddled])

    def _closed(self, result: Json) -> None:
        for window in result.get("windows", []):
            if window["is_closed"]:
                self.holds.closed(window["name"])
            else:
                self.holds.doubted(window["name"])

    def require_true(
        self, operation: Operation, result: Json, before: t.Mapping[str, int], after: t.Mapping[str, int]
    ) -> None:
        """
        :param before: how often the API did something to each job when the run began, and `after` when it ended.
        :raises Broken: `changed` is not what the product has recorded.
        """
        for job in result.get("jobs", []):
            job_id = job["id"]
            if job.get("error") or job_id not in before or job_id not in after or self.jobs[job_id].is_muddled:
                continue
            did = after[job_id] != before[job_id]
            if did and operation.work in ("open", "apply") and not self.jobs[job_id].held:
                continue  # it has ended, or somebody has resumed it
            if self.system in TOGGLED and after[job_id] > before[job_id] + 1:
                raise Broken("nothing is done twice", f"{operation.work} changed {job_id} more than once")
            if job["changed"] != did:
                what = f"{job_id} has {'' if did else 'not '}changed, and {operation.work} says {job['changed']}"
                raise Broken("changed is what the product has recorded", what)

    def require_same(self, book: Book, truth: t.Mapping[str, Json]) -> None:
        """
        :raises Broken: the journal does not say what the runs have said.
        """
        known = [job_id for job_id, job in self.jobs.items() if not job.is_muddled and not job.is_free]
        seen = [job_id for job_id in known if job_id in truth and job_id not in book.missing]
        for difference in self.holds.differences(book.held(), seen):
            raise Broken("the journal says what the runs say", difference)
        if book.closed_with:
            raise Broken("a window that is closed holds nothing", ", ".join(book.closed_with))

    def require_end(self, truth: t.Mapping[str, Json], book: Book) -> None:
        """
        :raises Broken: not all is as it was found.
        """
        forgotten = {job_id for job_id, page in book.pages.items() if page.stage == "forgotten"}  # a person wanted so
        for job_id, known in self.jobs.items():
            if job_id not in truth or job_id in forgotten or known.is_muddled:
                continue
            if truth[job_id]["held"] != known.should_be_held:
                what = "works" if known.should_be_held else "is still suspended"
                raise Broken("in the end all is as it was found", f"{job_id} {what} ({truth[job_id]['state']})")
        if book.open:
            raise Broken("in the end all windows are closed", ", ".join(sorted(book.open)))
        for job_id, page in book.pages.items():
            if page.is_open and job_id in truth and not self.jobs[job_id].is_muddled:
                raise Broken("in the end nothing is left to do", f"{job_id} is {page.stage}")


def _halted(result: Json) -> list[str]:
    """The jobs that do not work any more, as a result has it."""
    return [job["id"] for job in result["jobs"] if job["after"] in HALTED or job["changed"]]
