# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known to be a secret is in no message, however it was written, and wherever the message was cut."""

from __future__ import annotations

import base64
import html
import json
import pathlib
import re
import typing as t
import urllib.parse
import xml.sax.saxutils

import pytest

from ansible_collections.batchops.job_control.plugins.module_utils import _arguments, _errors, _secrets
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
def _known(secrets_of_its_own: None) -> None:
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


def test_what_passes_is_forgotten_in_the_end() -> None:
    """A process that lives for months logs in again and again; what its options hold stays known, and what it uses."""
    for number in range(1000):
        _secrets.remember("basic-of-the-options", "session")
        _secrets.remember(f"token-number-{number}", "session")
        _secrets.remember(f"cookie-number-{number}", "cookie")
        shown = _secrets.masked(f"{SECRET} basic-of-the-options token-number-{number} cookie-number-{number}")
        assert shown == " ".join([_secrets.MASK] * 4)
    assert _secrets.masked("token-number-1 cookie-number-1") == "token-number-1 cookie-number-1"
    assert sum(map(len, _secrets._known.values())) == 1 + 2 * _secrets.LATEST


def test_blanks_are_no_secret_that_could_be_found() -> None:
    for blanks in ("", " ", "   ", "\t\n"):
        _secrets.remember(blanks)
    assert _secrets.masked("no such job") == "no such job"


@pytest.mark.parametrize("filler", ["x", " "])
@pytest.mark.parametrize("visible", [0, 1, 5, len(SECRET) - 1])
def test_of_a_large_text_only_the_beginning_is_looked_at(filler: str, visible: int) -> None:
    """A secret that ends beyond what is looked at shows nothing, also where all before it is blank."""
    _secrets.remember("4")
    text = filler * (_errors._MOST - visible) + SECRET + "y" * _errors._MOST
    shown = excerpt(text)
    assert shown.endswith("...")
    assert pieces(SECRET, 3).isdisjoint(pieces(shown, 3))
    assert "y" not in shown


def test_of_a_large_text_something_is_shown_beside_a_large_token() -> None:
    _secrets.remember("+/" * 5000)
    assert excerpt("no such job " * 10_000).startswith("no such job no such job")


@pytest.mark.parametrize("code", sorted(_errors.OWN_CODES))
def test_codes_that_playbooks_compare_stay(code: str) -> None:
    _secrets.remember(code[2:10])
    assert ProtocolError(code, code=code).code == code
    assert ProtocolError("", code=f"{code}!").code != f"{code}!"


def test_all_codes_of_our_own_are_known() -> None:
    folder = pathlib.Path(_errors.__file__).parent
    found = {code for file in folder.rglob("*.py") for code in re.findall(r'\bcode="(\w+)"', file.read_text())}
    assert found == _errors.OWN_CODES


def test_secrets_in_the_wrong_place_are_known() -> None:
    params: dict[str, t.Any] = dict.fromkeys(_arguments.connection_spec())
    params["url"] = "https://user:in%20the@address@host/path?token=1"
    params["drs_iam_url"] = "https://token@host/"
    params["client_key"] = "-----BEGIN PRIVATE KEY-----\nabc"
    params["client_cert"] = "/path/of/a/file"
    assert set(_arguments.secrets_of(params)) == {"in%20the@address", "token=1", "token", params["client_key"]}
