# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _errors, _model.

"""One job in one run: what was asked for about it, and what becomes of it."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock, Deadline, pauses
from ansible_collections.batchops.job_control.plugins.module_utils._errors import JobControlError, RateLimited
from ansible_collections.batchops.job_control.plugins.module_utils._model import Decision, Job, Verb

FIRST_BUSY_PAUSE, LONGEST_BUSY_PAUSE = 1.0, 10.0  # seconds until a product that is busy is asked again


class PutOff:
    """A request that the product has provably not carried out: it is sent again after another look at the job.

    :param patience: seconds for which it is.
    """

    def __init__(self, clock: Clock, patience: float) -> None:
        self._clock = clock
        self._end = Deadline(clock, patience)
        self._pauses = pauses(LONGEST_BUSY_PAUSE, FIRST_BUSY_PAUSE)

    def again(self, error: JobControlError) -> None:
        """The product has put it off. One that is busy is left alone for a while."""
        self.error = error
        self._due = Deadline(self._clock, next(self._pauses) if isinstance(error, RateLimited) else 0.0)

    @property
    def due_in(self) -> float:
        """Seconds until it may be sent again."""
        return self._due.remaining

    @property
    def is_over(self) -> bool:
        """Whether the patience would be used up before that."""
        return self.due_in > self._end.remaining

    @property
    def is_waiting(self) -> bool:
        """Whether nothing is to be done for the job before that."""
        return self.due_in > 0 and not self.is_over


@dataclasses.dataclass
class Attempts:
    """The requests about one job, and what is not known of them."""

    asked: dict[Verb, int] = dataclasses.field(default_factory=dict)  # how often the product was asked for what
    doubt: JobControlError | None = None  # it is not known whether what was asked for takes effect
    repeated: JobControlError | None = None  # the doubt about a request that was sent again
    put_off: PutOff | None = None  # the last request was not carried out
    _again: bool = False  # the last request provably did not arrive, or does no harm twice
    _shows_by: Deadline | None = None  # when the effect of the last request can be read

    @property
    def any_doubt(self) -> JobControlError | None:
        """Why it is not known whether a request takes effect yet."""
        return self.doubt or self.repeated

    @property
    def may_still_show(self) -> bool:
        """Whether the effect of the last request may not be there to be read yet."""
        return self._shows_by is not None and not self._shows_by.passed

    def is_due(self, action: Verb) -> bool:
        """Whether this may be asked for now: it was not yet, or may be again."""
        is_new = self._again or action not in self.asked
        return is_new and not self.doubt and not (self.put_off and self.put_off.due_in)

    def refused_for_now(self, error: JobControlError, clock: Clock, patience: float) -> None:
        """The product has provably not carried it out, and may do so later.

        :param patience: seconds for which it is asked again.
        """
        self.put_off = self.put_off or PutOff(clock, patience)
        self.put_off.again(error)

    def answered(self, action: Verb, error: JobControlError | None, shows_by: Deadline) -> None:
        """There is an answer, or the news that there is none.

        :param shows_by: when the effect can be read.
        """
        self.put_off, self._again, self._shows_by = None, False, shows_by
        self.asked[action] = self.asked.get(action, 0) + 1
        if error is None:
            self.repeated = None
        elif error.maybe_applied or self.repeated:  # whatever became of a repeat, the first may take effect
            self.doubt = self.repeated or error

    def ask_again(self, harmless: bool) -> None:
        """The last request did not arrive, or does no harm twice; so it is sent once more."""
        self.repeated = self.doubt if harmless else None
        self.doubt, self._again = None, True

    def took_effect(self) -> None:
        """There is no doubt any more."""
        self.doubt = self.repeated = None

    def give_up_put_off(self, action: Verb) -> None:
        """What was put off is not sent any more; a first request that it repeated may still take effect."""
        self.put_off = None
        if self.repeated:
            self.doubt = self.repeated
            self.asked[action] += 1


@dataclasses.dataclass
class Item:
    """One selected or named job, and what becomes of it in this run."""

    job_id: str
    before: Job | None  # None: it does not exist
    named: bool = False  # by job_ids or by a journal, not found by a filter
    now: Job | None = None
    decision: Decision | None = None
    attempts: Attempts = dataclasses.field(default_factory=Attempts)
    error: JobControlError | None = None
    skipped: bool = False
    changed: bool = False
    note: str = ""
    new_id: str = ""
    remembered: t.Mapping[str, str] = dataclasses.field(default_factory=dict)  # name, type, owner of a job that is gone
    run_id: str = ""  # the run that is waited for
    held_by: tuple[str, ...] = ()  # other windows for which it stays suspended

    def __post_init__(self) -> None:
        self.now = self.before

    @property
    def job(self) -> Job:
        """The job as last seen; only for items that exist."""
        if self.now is None:
            raise LookupError(self.job_id)
        return self.now

    @property
    def planned(self) -> Decision:
        """The latest decision; only for items that were planned."""
        if self.decision is None:
            raise LookupError(self.job_id)
        return self.decision

    @property
    def asked(self) -> t.Mapping[Verb, int]:
        """How often the product was asked for what, about this job."""
        return self.attempts.asked
