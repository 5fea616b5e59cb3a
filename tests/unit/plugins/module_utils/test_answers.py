# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole answers, without sockets: what they hold, what error they stand for, and what is told of them."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    ConnectionFailed,
    JobControlError,
    NotFound,
    PermissionDenied,
    ProtocolError,
    RateLimited,
    Refused,
)
from ansible_collections.batchops.job_control.plugins.module_utils._response import Peer, Response, host

URL = "http://product.example.com:81/jobs"
HTML = b"<html><title>Back soon</title></html>"
PEER = Peer("Product", lambda response: True, advice="give the whole root")


def answer(status: int = 200, body: bytes = b"", method: str = "POST", **more: t.Any) -> Response:
    return Response(status, more.pop("headers", {}), body, method, URL, **more)


# --- what it holds ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "is_good"), [(199, False), (200, True), (204, True), (299, True), (300, False)])
def test_which_status_is_good(status: int, is_good: bool) -> None:
    assert answer(status).is_good is is_good


@pytest.mark.parametrize(
    ("body", "is_html"),
    [
        (HTML, True),
        (b'<HTML lang="en">', True),
        (b"\xef\xbb\xbf\r\n <!DOCTYPE html><html/>", True),
        (b"<!doctype HTML PUBLIC>", True),
        (b" " * 1000 + HTML, True),
        (b'<?xml version="1.0"?><QueryResult/>', False),
        (b"<!DOCTYPE job><job/>", False),
        (b'{"page": "<html>"}', False),
        (b"", False),
    ],
)
def test_a_page_for_people(body: bytes, is_html: bool) -> None:
    assert answer(body=body).is_html is is_html


@pytest.mark.parametrize(("body", "is_empty"), [(b"", True), (b" \r\n", True), (b"{}", False)])
def test_nothing(body: bytes, is_empty: bool) -> None:
    assert answer(body=body).is_empty is is_empty


def test_json_with_or_without_a_byte_order_mark() -> None:
    for body in (b'{"a": 1}', b'\xef\xbb\xbf{"a": 1}'):
        assert answer(body=body).json() == answer(body=body).json_object() == {"a": 1}
        assert answer(body=body).text == '{"a": 1}'


def test_a_body_is_decoded_once_by_each_reader() -> None:
    read: list[bytes] = []

    def decode(body: bytes) -> int:
        read.append(body)
        return len(body)

    one = answer(body=b"{}")
    assert [one.decoded(decode), one.decoded(decode), one.json()] == [2, 2, {}]
    assert read == [b"{}"]


def test_an_answer_stays_the_same_when_it_is_read() -> None:
    one = answer(body=b'{"a": 1}')
    one.json()
    assert one == answer(body=b'{"a": 1}')
    assert repr(one) == repr(answer(body=b'{"a": 1}'))


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("body", [b"no JSON", b"[]", b"7"])
def test_what_is_no_json_object_leaves_a_doubt_after_a_write(method: str, body: bytes) -> None:
    with pytest.raises(ProtocolError, match=r"The answer of product\.example\.com:81 should be") as caught:
        answer(200, body, method).json_object()
    error = caught.value
    assert ("should be JSON but" in error.message) is (body == b"no JSON")
    assert error.maybe_applied is (method != "GET")
    assert (error.http_status, error.method, error.url) == (200, method, URL)


@pytest.mark.parametrize(
    ("body", "is_confidential", "shown"),
    [
        (b" ", False, "is an empty body"),
        (b"", True, "is an empty body"),
        (HTML, False, "is an HTML page (<html><title>Back soon</title></html>)"),
        (HTML, True, "is an HTML page (<html><title>Back soon</title></html>)"),
        (b"t0ken", False, "is this: t0ken"),
        (b"t0ken", True, "is something else, which is not shown as it may hold a token"),
    ],
)
def test_what_is_shown_of_a_body(body: bytes, is_confidential: bool, shown: str) -> None:
    """The answer to a login may hold a token that nobody knows yet."""
    error = answer(200, body, is_confidential=is_confidential).unreadable("a list")
    assert error.message.endswith(f"should be a list but {shown}")


# --- what the product's own status stands for ------------------------------------------------------------------------

#: The kind of error, and whether a write may have taken effect.
KINDS: dict[int, tuple[type[JobControlError], bool]] = {
    300: (ProtocolError, False),
    302: (ProtocolError, False),
    399: (ProtocolError, False),
    400: (Refused, False),
    401: (AuthFailed, False),
    403: (PermissionDenied, False),
    404: (NotFound, False),
    407: (ConnectionFailed, False),
    408: (ConnectionFailed, True),
    409: (Refused, False),
    425: (ConnectionFailed, True),
    429: (RateLimited, False),
    499: (ConnectionFailed, True),
    500: (Refused, True),
    501: (Refused, True),
    502: (ConnectionFailed, True),
    503: (ConnectionFailed, True),
    504: (ConnectionFailed, True),
    **dict.fromkeys(range(520, 528), (ConnectionFailed, True)),
    528: (Refused, True),
    530: (ConnectionFailed, True),
}


@pytest.mark.parametrize("status", KINDS)
def test_what_a_status_stands_for(status: int) -> None:
    error = answer(status, b"Not now").failure()
    assert (error.__class__, error.maybe_applied) == KINDS[status]
    assert (error.http_status, error.method, error.url, error.code) == (status, "POST", URL, None)
    assert error.message.endswith(f"(HTTP {status} from product.example.com:81)")
    assert ("Not now" in error.message) is (error.__class__ is Refused)


def test_the_products_own_words_come_first() -> None:
    error = answer(409, b'{"said": "No."}').failure("No.", "K-1")
    assert (error.message, error.code) == ("No. (HTTP 409 from product.example.com:81)", "K-1")
    assert answer(404).failure("Gone.").message == "Gone. (HTTP 404 from product.example.com:81)"


@pytest.mark.parametrize(("body", "is_confidential"), [(HTML, False), (b"t0ken", True), (b"", False)])
def test_a_refusal_without_words_of_its_own(body: bytes, is_confidential: bool) -> None:
    error = answer(409, body, is_confidential=is_confidential).failure()
    assert error.message == "The product refused the request (HTTP 409 from product.example.com:81)"


def test_where_a_redirect_leads_is_told() -> None:
    told = answer(302, headers={"location": "https://sso.example.com/"}).failure().message
    assert "a redirect to https://sso.example.com/, which is never followed" in told
    assert "a redirect to nowhere" in answer(302).failure().message


# --- somebody else's answer ------------------------------------------------------------------------------------------


def foreign(status: int, body: bytes, is_first: bool = False, peer: Peer = PEER) -> JobControlError:
    return answer(status, body, is_own=False).foreign(peer, is_first)


@pytest.mark.parametrize("body", [b"", HTML])
@pytest.mark.parametrize(
    ("status", "kind", "doubtful"),
    [
        (200, ProtocolError, True),
        (299, ProtocolError, True),
        (300, ProtocolError, True),
        (302, ProtocolError, True),
        (399, ProtocolError, True),
        (400, ProtocolError, True),
        (401, AuthFailed, True),
        (403, ProtocolError, True),
        (404, ProtocolError, True),
        (407, ConnectionFailed, False),
        (408, ConnectionFailed, True),
        (429, RateLimited, False),
        (499, ConnectionFailed, True),
        (500, ConnectionFailed, True),
        (501, ConnectionFailed, True),
        (503, ConnectionFailed, True),
        (599, ConnectionFailed, True),
    ],
)
def test_what_a_strangers_status_stands_for(
    status: int, kind: type[JobControlError], doubtful: bool, body: bytes
) -> None:
    """Nothing is missing, refused or done because of it; and nobody knows what became of a write."""
    error = foreign(status, body)
    assert (error.__class__, error.maybe_applied) == (kind, doubtful)
    assert error.message.endswith(f"(HTTP {status} from product.example.com:81)")


@pytest.mark.parametrize("status", [200, 302, 404])
def test_the_advice_is_for_the_first_answer(status: int) -> None:
    assert "; give the whole root (HTTP" in foreign(status, HTML, is_first=True).message
    assert "give the whole root" not in foreign(status, HTML).message
    nobody = Peer("Product", lambda response: True)
    assert not re.search(r";\s*[(;]", foreign(status, HTML, True, nobody).message)


def test_what_has_answered_is_shown() -> None:
    origin = "from product.example.com:81)"
    assert foreign(503, b"").message == f"Product is not available at the moment (HTTP 503 {origin}"
    assert (
        foreign(500, b"Oops").message
        == f"Product is not available at the moment; the answer is this: Oops (HTTP 500 {origin}"
    )
    assert foreign(404, b"Oops").message == f"The answer is not one of Product: this: Oops (HTTP 404 {origin}"
    for status in (300, 302, 399):
        assert "never followed; correct the url (HTTP" in foreign(status, b"").message


@pytest.mark.parametrize(
    ("url", "name"), [(URL, "product.example.com:81"), ("http://h", "h"), ("h/x", "h/x"), ("h", "h")]
)
def test_the_host_of_an_address(url: str, name: str) -> None:
    assert host(url) == name
