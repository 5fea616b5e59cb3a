# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entities by their UIDs: with the fewest requests, and with work that grows with what is read and nothing else."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.batchops.job_control.plugins.module_utils._errors import ProtocolError
from ansible_collections.batchops.job_control.plugins.module_utils._veeam import query, wire

PAGE = 100


class Server:
    """Answers pages of entities, and questions for some of them; counts both."""

    def __init__(self, entities: int) -> None:
        self.known = [{"uid": f"uid-{number}"} for number in range(entities)]
        self.pages = 0
        self.questions: list[list[str]] = []

    def feed(self) -> query.Feed:
        return self._feed(self.known)

    def by_uid(self, uids: t.Sequence[str]) -> query.Feed:
        self.questions.append(list(uids))
        return self._feed([entity for entity in self.known if entity["uid"] in uids])

    def _feed(self, entities: t.Sequence[wire.Fields]) -> query.Feed:
        pages = [list(entities[start : start + PAGE]) for start in range(0, len(entities), PAGE)] or [[]]

        def read(target: wire.Target) -> wire.Fields:
            self.pages += 1
            number = int(target.path)
            following = {"rel": "Next", "href": f"https://em/api/{number + 1}"}
            numbers = {"pagenum": number, "pagesize": PAGE, "pagescount": len(pages)}
            paging = {**numbers, "links": [following] * (number < len(pages))}
            return {"entities": pages[number - 1], "paginginfo": paging}

        return query.Feed(read, wire.Target("1"))


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_list_whose_links_pass_a_page_by(number: int) -> None:
    """The third page is what the second one should have led to."""
    pages = {"1": (1, "2"), "2": (2, "3"), "3": (number, "")}

    def read(target: wire.Target) -> wire.Fields:
        own, following = pages[target.path]
        links = [{"rel": "Next", "href": f"https://em/api/{following}"}] if following else []
        paging = {"pagenum": own, "pagesize": 1, "pagescount": 3 if following else own, "links": links}
        return {"entities": [{"uid": f"uid-{target.path}"}], "paginginfo": paging}

    with pytest.raises(ProtocolError, match="page 3 was due"):
        list(query.Feed(read, wire.Target("1")))


class CountedMissing(dict[str, tuple[str, ...]]):
    """What is missing, and how often all of it was gone through."""

    walks = 0

    def items(self) -> t.Any:
        self.walks += 1
        return super().items()

    __iter__ = None  # type: ignore[assignment]  # nobody goes through it in another way


@pytest.mark.parametrize("wanted", [1, 20, 21, 1000, 5000])
def test_all_are_found_with_the_fewest_requests(wanted: int) -> None:
    server = Server(5000)
    missing = CountedMissing({f"uid-{number}": (f"uid-{number}",) for number in range(5000 - wanted, 5000)})
    query.gather(missing, lambda entities: [entity["uid"] for entity in entities], server.feed(), server.by_uid)
    assert not len(missing)
    least = min(1 + -(-wanted // query.FILTER_UIDS), 5000 // PAGE)
    assert server.pages <= least
    assert missing.walks <= 2  # to see how many questions it takes, and to ask them


def test_what_does_not_exist_stays_missing() -> None:
    server = Server(30)
    missing: query.Missing = {f"uid-{number}": (f"uid-{number}", f"other-{number}") for number in range(20, 40)}
    query.gather(missing, lambda entities: [entity["uid"] for entity in entities], server.feed(), server.by_uid)
    assert sorted(missing) == [f"uid-{number}" for number in range(30, 40)]


def test_the_uids_of_one_entity_are_asked_for_together() -> None:
    server = Server(3000)
    missing: query.Missing = {f"uid-{number}": (f"uid-{number}", f"other-{number}") for number in range(25)}
    missing["uid-2999"] = ("uid-2999",)
    query.gather(missing, lambda entities: [], server.feed(), server.by_uid)
    assert all(len(uids) <= query.FILTER_UIDS for uids in server.questions)
    for number in range(25):
        assert any({f"uid-{number}", f"other-{number}"} <= set(uids) for uids in server.questions)
