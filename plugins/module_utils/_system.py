# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _model, _errors.

"""The interface between the engine and a product. A new product implements `JobSystem` and nothing else."""

from __future__ import annotations

import abc
import dataclasses
import itertools
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._errors import JobControlError, UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    Selection,
    Verb,
    VerbOptions,
)

ItemT = t.TypeVar("ItemT")


def chunks(items: t.Sequence[ItemT], size: int) -> t.Iterator[list[ItemT]]:
    """The items in groups of at most `size`, as a product takes them in one request."""
    rest = iter(items)
    while chunk := list(itertools.islice(rest, size)):
        yield chunk


@dataclasses.dataclass(frozen=True)
class Connection:
    """Where the product is and how to get in: the connection options, checked for form but not yet for use."""

    url: str = ""
    username: str = ""
    password: str = dataclasses.field(default="", repr=False)
    token: str = dataclasses.field(default="", repr=False)
    validate_certs: bool = True
    ca_path: str = ""
    client_cert: str = ""
    client_key: str = ""
    request_timeout: float = 30.0  # seconds without a byte
    retry_timeout: float = 20.0  # seconds of replays
    workers: int = 0  # 0: the product's default
    wire_format: str = "auto"
    #: the product's own options, without its prefix: `prime_api_version` is `product["api_version"]`
    product: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict, repr=False)
    #: told of every secret that comes into being (a token, an encoded password), so that no output shows it
    hide: t.Callable[[str], None] = dataclasses.field(default=lambda secret: None, repr=False)

    def need(self, **options: str) -> None:
        """Insist on options, given as option name = what it is for.

        :raises UsageError: one of them is empty.
        """
        for name, purpose in options.items():
            if not self._value(name):
                raise UsageError(
                    f"{name} is required ({purpose}): set it in the task, as the host variable job_control_{name} "
                    f"or as the environment variable {environment_variable(name)}."
                )

    def _value(self, name: str) -> t.Any:
        if name in {field.name for field in dataclasses.fields(self)}:
            return getattr(self, name)
        return self.product.get(name.partition("_")[2])


def environment_variable(option: str) -> str:
    """The environment variable that an option falls back to.

    AWX masks a name that holds API, TOKEN, KEY, SECRET or PASS; a bare JOB_CONTROL_TOKEN would do, but users know
    the longer name from the products' own tools.
    """
    return "JOB_CONTROL_API_TOKEN" if option == "token" else f"JOB_CONTROL_{option.upper()}"


@dataclasses.dataclass(frozen=True)
class Dialect:
    """A format or version that the product speaks, and the options that choose it."""

    name: str
    options: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class OwnVerb:
    """A verb that one product has alone: the argument spec of its options, and what it acts on."""

    options: t.Mapping[str, t.Mapping[str, t.Any]]
    #: the ids of what is meant, from the parameters; None: jobs, chosen with the options that all verbs have
    targets: t.Callable[[t.Mapping[str, t.Any]], tuple[str, ...]] | None = None
    #: what a journal calls what it acts on, where that is a switch that a window can hold
    switch: str = ""


@dataclasses.dataclass(frozen=True)
class Capabilities:
    """What a product can do, known without a request. Documentation and argument checks are made from it."""

    system: str
    title: str
    verbs: frozenset[Verb]
    workers: int = 1  # requests at once, unless the user says otherwise
    max_workers: int = 8
    #: jobs per request, where the product has a batch form; 1 for all other verbs
    batch: t.Mapping[Verb, int] = dataclasses.field(default_factory=dict)
    #: verbs that do no harm when the product gets them twice for the same job
    repeatable: frozenset[Verb] = frozenset()
    #: seconds within which a write that was sent has become visible to a read, as a rule
    settle: float = 0.0
    #: seconds for which a job may be missing from what is read after an action on it
    hidden: float = 0.0
    wait_timeout: float = 600.0  # seconds, default of the option
    #: the argument spec of the options that carry this product's prefix
    options: t.Mapping[str, t.Mapping[str, t.Any]] = dataclasses.field(default_factory=dict)
    #: options of the verbs that only some products have, such as `auto_resume_after`
    verb_options: frozenset[str] = frozenset()
    #: verbs that cannot be undone; the user has to confirm them
    irreversible: frozenset[Verb] = frozenset()
    own_verbs: t.Mapping[Verb, OwnVerb] = dataclasses.field(default_factory=dict)
    #: what it speaks, the default first
    dialects: tuple[Dialect, ...] = (Dialect("JSON"),)
    #: jobs live in a tree, and a selection has to say where (the option `location`)
    needs_location: bool = False


@dataclasses.dataclass(frozen=True)
class Answer:
    """What the product said about one job of an action. No error means accepted, not done."""

    job_id: str
    error: JobControlError | None = None
    new_id: str = ""


class JobSystem(abc.ABC):
    """One product, connected. Use it in a `with` block: it logs in when first needed and logs out at the end.

    `act` may be called from several threads at once, everything else from one.
    """

    capabilities: Capabilities
    #: what a journal calls what is in here; empty: jobs
    kind = ""
    #: the state that a suspend gives to it; empty for jobs, whose states say so themselves
    set_to = ""

    @abc.abstractmethod
    def list_jobs(self, selection: Selection) -> t.Iterator[Job]:
        """Jobs that may be meant, page by page as they are consumed, each job once.

        The product narrows as far as it can; the engine applies the selection again, so more is never wrong.
        `job_ids` is not considered.

        :raises JobControlError: any failure; a job list is never silently cut.
        """

    @abc.abstractmethod
    def get_jobs(self, job_ids: t.Sequence[str]) -> dict[str, Job]:
        """The named jobs as they are now, by the id that was asked for; those that do not exist are left out.

        :raises UsageError: an id has not the form of this product's ids.
        """

    def canonical_id(self, given: str) -> str:
        """The spelling that this product's jobs have, of an id that a user may give in several, without asking it.

        :raises UsageError: the id has not the form of this product's ids.
        """
        return given

    @abc.abstractmethod
    def decide(self, verb: Verb, job: Job, options: VerbOptions) -> Decision:
        """What the verb means for a job in this state. Pure: no request, no clock."""

    @abc.abstractmethod
    def act(self, verb: Verb, jobs: t.Sequence[Job], options: VerbOptions) -> list[Answer]:
        """Ask the product to apply the verb, in one request where `capabilities.batch` allows several jobs.

        :returns: one answer per job.
        :raises JobControlError: the failure holds for all jobs given.
        """

    @abc.abstractmethod
    def bound(self, deadline: Deadline) -> None:
        """From now on nothing waits for longer: no request, no replay, no loop of the product's own.

        What is under way then may take one `request_timeout` more at the most.
        """

    def earlier_run(self, job: Job, run_id: str) -> Job | None:
        """The job as it was in a run that is not its latest any more; None where the product does not tell.

        :raises JobControlError: it cannot be read.
        """
        return None

    def started(self, job_ids: t.Sequence[str]) -> dict[str, str]:
        """When these jobs were started, where a list of jobs does not tell it and the product does elsewhere.

        :raises JobControlError: it cannot be read.
        """
        return {}

    @property
    def settle(self) -> float:
        """Seconds within which a write that was sent has become visible to a read."""
        return self.capabilities.settle

    def view(self, verb: Verb) -> JobSystem:
        """What an own verb acts on, seen as a job system of its own: the jobs, or for example execution agents."""
        return self

    def arrived(self, verb: Verb, job: Job) -> bool | None:
        """Whether a write without an answer reached the product, where the product can tell (None: it cannot)."""
        return None

    @abc.abstractmethod
    def close(self) -> None:
        """Log out, if we logged in, and close connections. Never raises."""

    @property
    @abc.abstractmethod
    def identity(self) -> str:
        """What a journal knows this product by: its base url and whatever else tells two sets of jobs apart."""

    @property
    @abc.abstractmethod
    def traffic(self) -> dict[str, t.Any]:
        """`{requests, replays, seconds}` so far."""

    def __enter__(self) -> JobSystem:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()
