# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every decoder gets bodies that are nearly good, and bodies that are nothing at all.

Only an error of ours or a value of the declared types may come out. A failure shows the body; with it, or with the
name of the decoder and the seed, the case can be repeated.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import math
import pathlib
import re
import sys
import types
import typing as t

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support import decoders
from support.decoders import DECODERS, Decoder
from support.hostile import Mutator, as_json, as_xml
from support.torture import FULL, tally

from ansible_collections.batchops.job_control.plugins.module_utils import _xml
from ansible_collections.batchops.job_control.plugins.module_utils._ajs import states as ajs_states
from ansible_collections.batchops.job_control.plugins.module_utils._commvault import states as commvault_states
from ansible_collections.batchops.job_control.plugins.module_utils._drs import states as drs_states
from ansible_collections.batchops.job_control.plugins.module_utils._errors import JobControlError
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    NEUTRAL_VERBS,
    Decision,
    Job,
    JobState,
    Running,
    SwitchState,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._prime import states as prime_states
from ansible_collections.batchops.job_control.plugins.module_utils._registry import CAPABILITIES
from ansible_collections.batchops.job_control.plugins.module_utils._veeam import states as veeam_states

BATCH = 100  # bodies of one seed
SEEDS = 2000 if FULL else 3
TRACED = 25  # one body of so many is watched for code that no body has reached before
MOST_KEPT = 300  # bodies that begin new ones
LONGEST_KEPT = 5_000  # bytes; each begins longer ones

TIME = re.compile(r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?")
OPTIONS = [VerbOptions(running=running) for running in Running]

once = settings(
    max_examples=SEEDS,
    derandomize=not FULL,
    database=None,
    phases=[Phase.generate],  # a failure shows its body, and a smaller seed makes no smaller body
    suppress_health_check=list(HealthCheck),
)


# --- what may come out -----------------------------------------------------------------------------------------------


def assert_good(value: t.Any, is_raw: bool) -> None:
    """A value of the declared types, which Ansible can write and a terminal can show.

    :param is_raw: the value is a document, in which numbers are as the product wrote them.
    """
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Job):
            assert_job(one)
            waiting.append(one.facts)
        elif isinstance(one, JobControlError):
            assert_error(one)
        elif isinstance(one, str):
            one.encode()  # no half characters
        elif isinstance(one, float):
            assert is_raw or math.isfinite(one), one
        elif isinstance(one, t.Mapping):
            assert all(isinstance(key, (str, int, tuple)) for key in one)
            waiting += [*one.keys(), *one.values()]
        elif dataclasses.is_dataclass(one):
            waiting += [getattr(one, field.name) for field in dataclasses.fields(one)]
        elif isinstance(one, (list, tuple, frozenset)):
            waiting += one
        else:
            assert one is None or callable(one) or isinstance(one, (bool, int, enum.Enum)), repr(one)


def assert_job(job: Job) -> None:
    texts = {
        field.name: getattr(job, field.name)
        for field in dataclasses.fields(Job)
        if field.name not in ("state", "halted", "running", "progress", "facts")
    }
    assert all(isinstance(text, str) for text in texts.values()), texts
    assert job.id
    assert isinstance(job.state, (JobState, SwitchState)), job.state
    assert isinstance(job.halted, bool)
    assert isinstance(job.running, bool)
    assert job.progress is None or (isinstance(job.progress, float) and math.isfinite(job.progress)), job.progress
    assert all(TIME.fullmatch(time) for time in (job.started, job.ended, job.next_run)), texts
    json.dumps([*texts.values(), job.state, job.progress], ensure_ascii=False, allow_nan=False).encode()
    if isinstance(job.state, JobState) and job.type != "execution agent":
        assert_decided(job)


def assert_decided(job: Job) -> None:
    """Whatever a job looks like, each verb of its product has a plan for it."""
    for verb in NEUTRAL_VERBS if job.system != "memory" else ():
        for options in OPTIONS:
            decision = DECIDE[job.system](verb, job, options)
            assert isinstance(decision, Decision)
            assert isinstance(decision.after, JobState)
            assert decision.reason.isprintable(), decision.reason


def _by_commvault(verb: Verb, job: Job, options: VerbOptions) -> Decision:
    return commvault_states.decide(verb, job)


DECIDE: dict[str, t.Callable[[Verb, Job, VerbOptions], Decision]] = {
    "commvault": _by_commvault,
    "prime": prime_states.decide,
    "drs": drs_states.decide,
    "veeam": veeam_states.decide,
    "ajs": ajs_states.decide,
}


def assert_error(error: JobControlError) -> None:
    """One printable line: it is shown on a terminal as it is."""
    assert error.message.isprintable(), ascii(error.message)
    json.dumps([error.as_result(), error.as_job_error()], ensure_ascii=False, allow_nan=False).encode()


# --- what goes in ----------------------------------------------------------------------------------------------------


class Fuzzer:
    """Bodies for one decoder. Those that reach new code are kept, and later ones begin from them."""

    def __init__(self, decoder: Decoder) -> None:
        self.decoder = decoder
        self._kept = [as_json(tree_of(decoder.format, body)) for body in decoder.bodies]
        self._reached: set[tuple[str, int]] = set()
        self._count = 0

    def batch(self, seed: int) -> None:
        """Try the bodies of one seed."""
        mutator = Mutator(seed)
        for index in range(BATCH):
            self._count += 1
            tree, body = self._body(mutator)
            try:
                if self._count % TRACED == 0 and tree is not None:
                    self._keep_if_new(tree, body)
                else:
                    self._attempt(body)
            except Exception as error:
                raise AssertionError(
                    f"{self.decoder.name}, body {index} of seed {seed}: {type(error).__name__}: {error}\n{body!r}"
                ) from error

    def _body(self, mutator: Mutator) -> tuple[bytes | None, bytes]:
        """A body, and the tree that it was made from, if it was made from one."""
        chance = mutator.random.random()
        if chance < 0.03:
            return None, mutator.noise()
        if chance < 0.15:
            return None, mutator.damage(mutator.random.choice(self.decoder.bodies))
        good = json.loads(mutator.random.choice(self._kept))
        tree = mutator.tree() if chance < 0.2 else mutator.spoil(good)
        body = written(self.decoder.format, tree)
        if chance > 0.9:
            return None, mutator.damage(body)
        return as_json(tree), body

    def _attempt(self, body: bytes) -> None:
        try:
            value = self.decoder.run(body)
        except self.decoder.own_errors as error:
            value = error if isinstance(error, JobControlError) else None
            str(error).encode()
        assert_good(value, self.decoder.is_raw)

    def _keep_if_new(self, tree: bytes, body: bytes) -> None:
        before = len(self._reached)
        previous = sys.gettrace()
        sys.settrace(self._trace)
        try:
            self._attempt(body)
        finally:
            sys.settrace(previous)
        if len(self._reached) > before and len(self._kept) < MOST_KEPT and len(tree) < LONGEST_KEPT:
            self._kept.append(tree)

    def _trace(self, frame: types.FrameType, event: str, argument: t.Any) -> t.Any:
        if "/plugins/" not in frame.f_code.co_filename:
            return None
        self._reached.add((frame.f_code.co_filename, frame.f_lineno))
        return self._trace


def tree_of(format_: str, body: bytes) -> t.Any:
    """What a good body says."""
    if format_ == "xml":
        return _xml.parse(body)
    if format_ == "lines":
        return [json.loads(line) for line in body.splitlines()]
    try:
        return json.loads(body)
    except ValueError:  # a page for people
        return {"html": body.decode()}


def written(format_: str, tree: t.Any) -> bytes:
    if format_ == "xml":
        return as_xml(tree)
    if format_ == "lines" and isinstance(tree, list):
        return b"".join(as_json(line) + b"\n" for line in tree)
    return as_json(tree)


# --- the tests -------------------------------------------------------------------------------------------------------


def test_every_decoder_is_in_the_table() -> None:
    assert decoders.unlisted() == []
    listed = {pathlib.Path(module.__file__ or "").resolve() for module in decoders.MODULES}
    assert listed.issuperset(path.resolve() for path in decoders.wire_files())
    systems = {decoder.system for decoder in DECODERS if decoder.system}
    assert systems == set(CAPABILITIES)


def test_no_name_is_excused_that_does_not_exist() -> None:
    known = {name for module in decoders.MODULES for name in decoders.public_functions(module)}
    assert not decoders.NOT_DECODERS - known


@pytest.mark.parametrize("decoder", DECODERS, ids=lambda decoder: decoder.name.replace(" ", "-"))
def test_a_good_body_is_decoded(decoder: Decoder) -> None:
    """Else the fuzzer would begin from nothing."""
    values = [decoder.run(body) for body in decoder.bodies if not _is_refused(decoder, body)]
    assert values
    for value in values:
        assert_good(value, decoder.is_raw)


def _is_refused(decoder: Decoder, body: bytes) -> bool:
    try:
        decoder.run(body)
    except decoder.own_errors:
        return True
    return False


@pytest.mark.parametrize("decoder", DECODERS, ids=lambda decoder: decoder.name.replace(" ", "-"))
def test_any_body_is_read_or_refused(decoder: Decoder) -> None:
    fuzzer = Fuzzer(decoder)

    @once
    @given(st.integers(0, 2**40))
    def check(seed: int) -> None:
        fuzzer.batch(seed)

    check()
    tally("fuzzed bodies", fuzzer._count, decoder.system)
