# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The faults that every verb of every product meets, where each can strike, and what a run may then end with. Data."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

#: Where a fault can strike: the requests of a run, by what they are for.
LOGIN, READ, WRITE, READ_BACK, LOGOUT, ROAD = "login", "read", "write", "read back", "logout", "road"
STAGES = (LOGIN, READ, WRITE, READ_BACK, LOGOUT, ROAD)  # the road: no request gets to the product
ONCE, EVER = 1, 0
SUCCESS = "success"

CONNECTION, PROTOCOL = frozenset({"connection"}), frozenset({"protocol"})
UNREADABLE = CONNECTION | PROTOCOL
#: What a run may say when the answer to a write was lost, or the state could not be read after it.
DOUBT = frozenset({"unknown_outcome", "partial", "protocol"})


@dataclasses.dataclass(frozen=True)
class Kind:
    """One kind of fault.

    :param wire: how a simulator commits it; {other} and {same} stand for the origin of another server and its own.
    :param kinds: the error.kind that it gives as long as it strikes a read or a login.
    :param passes: a read that meets it once is replayed, or needs no replay.
    :param effect: a write takes effect all the same.
    :param stages: where it can strike.
    :param slow: it takes real time, so the time-outs have to be short.
    """

    name: str
    wire: t.Mapping[str, t.Any]
    kinds: frozenset[str]
    passes: bool = False
    effect: bool = False
    stages: tuple[str, ...] = STAGES[:-1]
    slow: bool = False
    proxied: bool = False  # the requests go through a proxy, which is the simulator itself
    victims: int = 0  # to how many of the jobs it happens
    road: str = ""  # what there is in place of the product

    def __str__(self) -> str:
        return self.name


def _transport() -> t.Iterator[Kind]:
    silent, dripping = {"seconds": 0.5}, {"seconds": 0.02}
    yield Kind("reset before", {"kind": "reset_before"}, CONNECTION, passes=True)
    yield Kind("reset after", {"kind": "reset_after"}, CONNECTION, passes=True, effect=True)
    yield Kind("silent before", {"kind": "silent_before", **silent}, CONNECTION, passes=True, slow=True)
    yield Kind("silent after", {"kind": "silent_after", **silent}, CONNECTION, passes=True, effect=True, slow=True)
    yield Kind("body drips", {"kind": "drip", **dripping}, CONNECTION, passes=True, effect=True, slow=True)
    yield Kind("headers drip", {"kind": "drip_head", **dripping}, CONNECTION, passes=True, effect=True, slow=True)


def _damage() -> t.Iterator[Kind]:
    """Answers that arrive damaged. A lucky one is good all the same: an empty body cannot be cut."""
    for name in ("truncate", "cut_head", "length_more", "bad_chunk"):
        yield Kind(name.replace("_", " "), {"kind": name}, UNREADABLE, passes=True, effect=True)
    for name in ("length_less", "length_nonsense", "gzip_garbage", "charset"):
        yield Kind(name.replace("_", " "), {"kind": name}, UNREADABLE, effect=True)
    for media_type in ("text/html", "application/octet-stream", "application/xml", ""):
        wire = {"kind": "content_type", "body": media_type}
        yield Kind(f"content type {media_type or 'empty'}", wire, PROTOCOL, passes=True, effect=True)
    for name in ("html", "empty"):
        yield Kind(f"{name} before", {"kind": name}, PROTOCOL)
        yield Kind(f"{name} after", {"kind": f"{name}_after"}, PROTOCOL, effect=True)


#: HTTP status -> error.kind of a request that is answered so; a refusal may be in the product's own terms.
STATUSES: t.Mapping[int, frozenset[str]] = {
    400: frozenset({"refused"}),
    401: frozenset({"auth", "permission"}),  # permission: the same credentials were good for a login just now
    403: frozenset({"permission", "auth"}),
    404: frozenset({"not_found"}),
    409: frozenset({"refused"}),
    412: frozenset({"refused", "connection"}),  # ajs: not available at the moment
    429: frozenset({"rate_limited"}),
    500: frozenset({"refused", "connection"}),
    502: CONNECTION,
    503: CONNECTION | {"rate_limited"},
    504: CONNECTION,
}
_REPLAYED = (429, 502, 503, 504)
_AFTER = (500, 502, 503, 504)  # all others say that nothing was done, and a product that lies cannot be seen through
_PATIENCE = {"": "", " retry-after seconds": "1", " retry-after date": "{soon}", " retry-after an hour": "3600"}


def _statuses() -> t.Iterator[Kind]:
    for status, kinds in STATUSES.items():
        for words, header in _PATIENCE.items():
            if header and status not in (429, 503):
                continue  # the header has no meaning there
            wire = {"kind": "status", "status": status, "retry_after": header}
            yield Kind(f"{status}{words}", wire, kinds, passes=status in _REPLAYED and header != "3600")
    for status in _AFTER:
        wire = {"kind": "status_after", "status": status}
        yield Kind(f"{status} after", wire, STATUSES[status], passes=status in _REPLAYED, effect=True)


def _redirects() -> t.Iterator[Kind]:
    for status, origin in itertools.product((302, 307, 308), ("same", "other")):
        wire = {"kind": "redirect", "status": status, "location": f"{{{origin}}}/elsewhere"}
        yield Kind(f"{status} to the {origin} origin", wire, PROTOCOL)


def _roads() -> t.Iterator[Kind]:
    for name in ("refused", "no such name", "no answer", "proxy refused", "tunnel 407", "tunnel 502"):
        yield Kind(name, {}, CONNECTION, stages=(ROAD,), road=name, slow=name == "no answer")
    for status in (407, 502):
        wire = {"kind": "status", "status": status}
        yield Kind(f"{status} from a proxy", wire, CONNECTION, passes=status == 502, proxied=True)


def _changes() -> t.Iterator[Kind]:
    """What others do to the jobs between our plan and our request. Where that is done to one of two, a product that
    takes both in one request refuses a part of it. And states that no contract knows."""
    kinds = frozenset({"not_found", "refused", "ineligible", "partial", "protocol", "wait_timeout"})
    for event, (words, victims) in itertools.product(
        ("vanish", "finish", "fail", "suspend", "resume"), {"": 2, " of one": 1}.items()
    ):
        wire = {"kind": "event", "body": event}
        yield Kind(f"{event}{words} by others", wire, kinds, effect=True, stages=(WRITE,), victims=victims)
    strange = {"kind": "states", "body": "Hibernating"}
    yield Kind("unknown state", strange, kinds | DOUBT, effect=True, stages=STAGES[1:4])
    yield Kind("tokens expire", {"kind": "expire"}, frozenset({"auth", "permission"}), passes=True, stages=STAGES[1:4])


KINDS: tuple[Kind, ...] = (
    *_transport(),
    *_damage(),
    *_statuses(),
    *_redirects(),
    *_roads(),
    *_changes(),
)


@dataclasses.dataclass(frozen=True)
class Strike:
    """One kind of fault, where it strikes, and how often."""

    kind: Kind
    stage: str
    times: int

    def __str__(self) -> str:
        return f"{self.kind} at the {self.stage} {'once' if self.times else 'for ever'}"

    def meaningless(self) -> str:
        """Why there is no such strike; empty when there is one."""
        if self.stage not in self.kind.stages:
            return "this kind of fault does not strike there"
        if self.stage == ROAD and self.times:
            return "the road is as it is for the whole run"
        if self.kind.wire.get("kind") == "event" and not self.times:
            return "others do it once; the second time there is nothing left to do"
        return ""

    def allowed(self) -> frozenset[str]:
        """What the run may end with."""
        if self.stage == ROAD:
            return self.kind.kinds
        if self.kind.slow:  # time-outs are short, so on a busy machine other requests may meet the same fault
            return self.kind.kinds | DOUBT | {SUCCESS}
        if self.stage == LOGOUT:
            return frozenset({SUCCESS})
        if self.stage == WRITE:
            return self.kind.kinds | DOUBT | {SUCCESS}
        if self.kind.passes and self.times == ONCE:
            return frozenset({SUCCESS})
        lucky = self.kind.name in LUCKY
        if self.stage == READ_BACK:
            # A look that fails is not always the last one: a task is looked at, and then the job.
            return self.kind.kinds | DOUBT | ({SUCCESS} if lucky or self.times == ONCE else set())
        renewed = self.times == ONCE and self.kind.name in RENEWED
        denied = {"auth", "permission"} if self.stage == LOGIN else set()
        return self.kind.kinds | denied | ({SUCCESS} if lucky or renewed else set())


#: Damage that leaves some answers as good as they were, so that a strike on all of them may still be a success.
LUCKY = frozenset(
    {"truncate", "cut head", "length more", "bad chunk", "length less", "length nonsense", "gzip garbage", "charset"}
    | {"unknown state"}  # a list may show it, and what asks for no state need not know it
    | {kind.name for kind in KINDS if kind.name.startswith("content type")}
)
#: What makes a product's client ask anew, or has a meaning of its own in its contract.
RENEWED = frozenset({"400", "401", "403", "412", "500", "500 after"})


def strikes() -> list[Strike]:
    """Every kind at every stage, once and for ever, as far as it has a meaning."""
    every = (Strike(*one) for one in itertools.product(KINDS, STAGES, (ONCE, EVER)))
    return [strike for strike in every if not strike.meaningless()]
