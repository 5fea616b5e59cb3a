# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known to be a secret is in no message, however it was written, and wherever the message was cut."""

from __future__ import annotations

import base64
import html
import json
import typing as t
import urllib.parse
import xml.sax.saxutils

import pytest

from ansible_collections.batchops.job_control.plugins.module_utils import _arguments, _secrets
from ansible_collections.batchops.job_control.plugins.module_utils._errors import ProtocolError, excerpt

SECRET = "C4n<&>\"'é\\/ +%~ary-of-a-test"
SPELLINGS: dict[str, t.Callable[[str], str]] = {
    "as it is": str,
    "JSON": json.dumps,
    "JSON with accents": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON of PHP": lambda text: json.dumps(text).replace("/", "\\/"),
    "HTML": html.escape,
    "XML": lambda text: xml.sax.saxutils.escape(text, {'"': "&quot;", "'": "&apos;"}),
    "text of XML": lambda text: xml.sax.saxutils.escape(text).encode("ascii", "xmlcharrefreplace").decode(),
    "query": urllib.parse.quote_plus,
    "path": urllib.parse.quote,
    "encodeURIComponent": lambda text: urllib.parse.quote(text, safe="-_.!~*'()"),
    "repr": repr,
    "ascii": ascii,
    "repr of bytes": lambda text: repr(text.encode()),
    "repr of a text with both quotation marks": lambda text: repr(f"\"'{text}"),
    "Base64 of a user and a password": lambda text: base64.b64encode(f":{text}".encode()).decode(),
    "Base64 for addresses": lambda text: base64.urlsafe_b64encode(f"ab{text}".encode()).decode(),
}


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_secrets, "_forms", set())
    _secrets.remember(SECRET)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_message_shows_no_secret(spelling: str) -> None:
    written = SPELLINGS[spelling](SECRET)
    error = ProtocolError(f"before {written} after", code=written)
    for text in (error.message, str(error), str(error.code), excerpt(f"before {written} after")):
        assert _secrets.MASK in text
        assert pieces(written).isdisjoint(pieces(text)), text


def pieces(text: str, length: int = 10) -> set[str]:
    return {text[index : index + length] for index in range(len(text) - length + 1)}


@pytest.mark.parametrize("length", range(4, 40))
def test_a_cut_leaves_no_part_of_one(length: int) -> None:
    shown = excerpt(f"abc {SECRET} {SECRET}", length)
    assert not any(part in shown for part in pieces(SECRET, 3))


def test_what_is_no_secret_stays() -> None:
    assert _secrets.masked("C4n, operator, of-a-test") == "C4n, operator, of-a-test"
    assert _secrets.forms("") == set()


def test_secrets_in_the_wrong_place_are_known() -> None:
    params: dict[str, t.Any] = dict.fromkeys(_arguments.connection_spec())
    params["url"] = "https://user:in%20the@address@host/path?token=1"
    params["drs_iam_url"] = "https://token@host/"
    params["client_key"] = "-----BEGIN PRIVATE KEY-----\nabc"
    params["client_cert"] = "/path/of/a/file"
    assert set(_arguments.secrets_of(params)) == {"in%20the@address", "token=1", "token", params["client_key"]}
