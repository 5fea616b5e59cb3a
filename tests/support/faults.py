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
    harmless: bool = False  # the run is to succeed all the same
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


#: What something in front of the product answers, and the error.kind that it gives to a read. It says nothing of jobs.
STRANGERS: t.Mapping[int, frozenset[str]] = {
    **dict.fromkeys((200, 302, 307, 308, 400, 403, 404, 409), PROTOCOL),
    401: frozenset({"auth", "permission"}),  # permission: the same credentials were good for a login just now
    **dict.fromkeys((408, 425, 499, 500, 502, 503, 504, 520), CONNECTION),
    412: UNREADABLE,  # ajs: the Web Console itself is not available at the moment
    429: frozenset({"rate_limited"}),
}
PAGES = ("html", "text", "empty", "no_route")
_TURNED_AWAY = (401, 429)  # they are given instead of handing a request on; a stranger's own 401 is one of the token
_PATIENCE: dict[str, dict[str, t.Any]] = {
    " in seconds": {"retry_after": "1"},
    " by a date": {"retry_in": 1.0, "ahead": 600.0},
}
_PATIENCE |= {" in an hour": {"retry_after": "3600"}}


def _strangers() -> t.Iterator[Kind]:
    for (status, kinds), page in itertools.product(STRANGERS.items(), PAGES):
        if page != "html" and status not in (200, 302, 400, 403, 404, 409, 502):
            continue  # what the page is like makes no difference to the others
        wire = {"kind": "stranger", "status": status, "page": page, "location": "{other}/elsewhere"}
        yield Kind(f"{status} {page}", wire, kinds, passes=status != 401)
        if status not in _TURNED_AWAY:
            after = {**wire, "kind": "stranger_after"}
            yield Kind(f"{status} {page} after", after, kinds, passes=True, effect=True)
    for status, (words, header) in itertools.product((429, 503), _PATIENCE.items()):
        limited: dict[str, t.Any] = {"kind": "stranger", "status": status, **header}
        yield Kind(f"{status}{words}", limited, STRANGERS[status], passes=words != " in an hour")
    itself = {"kind": "redirect", "status": 307, "location": "{same}/elsewhere"}
    yield Kind("a redirect to itself", itself, PROTOCOL, passes=True)


def _in_front() -> t.Iterator[Kind]:
    """What stands in front of the product, and does not harm."""
    for interims in ([103], [102, 103, 100]):
        wire = {"kind": "interim", "interims": interims}
        yield Kind(f"interim {interims}", wire, frozenset(), passes=True, effect=True, harmless=True)
    yield Kind("a length given twice", {"kind": "length_twice"}, frozenset(), passes=True, effect=True, harmless=True)


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
    *_strangers(),
    *_in_front(),
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
        if self.kind.harmless:
            return frozenset({SUCCESS})
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
        renewed = self.times == ONCE and self.kind.name == "401 html"  # with a new token
        denied = {"auth", "permission"} if self.stage == LOGIN else set()
        return self.kind.kinds | denied | ({SUCCESS} if lucky or renewed else set())


#: Damage that leaves some answers as good as they were, so that a strike on all of them may still be a success.
LUCKY = frozenset(
    {"truncate", "cut head", "length more", "bad chunk", "length less", "length nonsense", "gzip garbage", "charset"}
    | {"unknown state"}  # a list may show it, and what asks for no state need not know it
    | {kind.name for kind in KINDS if kind.name.startswith("content type")}
)


def strikes() -> list[Strike]:
    """Every kind at every stage, once and for ever, as far as it has a meaning."""
    every = (Strike(*one) for one in itertools.product(KINDS, STAGES, (ONCE, EVER)))
    return [strike for strike in every if not strike.meaningless()]
