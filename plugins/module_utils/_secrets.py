# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library only.

"""What no message may show: every secret of this process, in each form that a product or Python may give it.

ansible-core takes secrets out of a result where they stand as they are. A product that repeats a request on an error
page writes them escaped, and a text that is cut for people may end in the middle of one. So messages are masked here
already, before they are cut. A module is a process of its own, so what it knows is kept here and not handed around.

The event source is a process that lives for months and logs in again and again. What passes is forgotten there.
"""

from __future__ import annotations

import base64
import html
import json
import math
import threading
import typing as t
import urllib.parse

MASK = "********"  # as ansible-core has it

LATEST = 64  # of the passing secrets of one kind; many more than the sessions and requests that are under way at once

_FOR_GOOD = ""
#: The forms of each secret, by its kind, and within a kind the latest last.
_known: dict[str, dict[str, set[str]]] = {}
_lock = threading.Lock()


def remember(secret: str, passing: str = _FOR_GOOD) -> None:
    """From now on, no message shows this.

    :param passing: the kind of a secret that is soon replaced by another one, such as a token. The latest of each kind
        are remembered, so that those of one do not push out those of another. Without: remembered for good.
    """
    with _lock:
        kind = _known.setdefault(passing, {})
        kind[secret] = kind.pop(secret) if secret in kind else forms(secret)
        if passing and len(kind) > LATEST:
            del kind[next(iter(kind))]


def masked(text: str) -> str:
    """The text with a mask in the place of every secret that is known by now."""
    with _lock:
        found = {form for kind in _known.values() for each in kind.values() for form in each if form in text}
    for form in sorted(found, key=len, reverse=True):  # a form may hold a shorter one, and must not leave a rest
        text = text.replace(form, MASK)
    return text


def masked_start(text: str, most: int) -> str:
    """The beginning of the masked text, made from not more than the first characters.

    A secret that ends beyond them is not found. What may be left of it is left out: as much as the longest form, which
    has grown where a secret that is shorter than its mask is a part of it.
    """
    start = masked(text[:most])
    if len(text) <= most:
        return start
    with _lock:
        lengths = [len(form) for kind in _known.values() for each in kind.values() for form in each]
    growth = max(1.0, len(MASK) / min(lengths, default=len(MASK)))
    return start[: max(0, len(start) - math.ceil(max(lengths, default=0) * growth))]


def forms(secret: str) -> set[str]:
    """A secret as it is, and as JSON, XML, HTML, a web address, Base64 and Python write it.

    What one of them has written another one may write again: a gateway's page of HTML in an answer of JSON. Blanks
    alone are no form: they would be found everywhere, and show nothing.
    """
    once = _writings(secret)
    return {form for form in once.union(_in_base64(secret), *map(_writings, once)) if form.strip()}


def _writings(text: str) -> set[str]:
    one_line = " ".join(text.split())  # as a message has it
    return {text, one_line, *_in_json(text), *_in_markup(text), *_in_addresses(text), *_in_python(text)}


def _in_json(secret: str) -> t.Iterator[str]:
    for only_ascii in (True, False):
        text = json.dumps(secret, ensure_ascii=only_ascii)[1:-1]
        yield text
        yield text.replace("/", "\\/")


def _in_markup(secret: str) -> t.Iterator[str]:
    """With and without quotation marks escaped, and an apostrophe in each of its spellings."""
    plain, quoted = html.escape(secret, quote=False), html.escape(secret)
    texts = [plain, plain.replace('"', "&quot;"), *(quoted.replace("&#x27;", way) for way in _APOSTROPHES)]
    for text in texts:
        yield text
        yield text.encode("ascii", "xmlcharrefreplace").decode()


_APOSTROPHES = ("&#x27;", "&#39;", "&#039;", "&apos;")


def _in_addresses(secret: str) -> t.Iterator[str]:
    for safe in ("", "/", "-_.!~*'()"):
        text = urllib.parse.quote(secret, safe=safe, errors="replace")
        for way in (text, text.replace("%20", "+")):
            yield way
            yield _lower_hex(way)


def _lower_hex(quoted: str) -> str:
    head, *rest = quoted.split("%")
    return "%".join([head, *(part[:2].lower() + part[2:] for part in rest)])


def _in_python(secret: str) -> t.Iterator[str]:
    """As `repr` writes a text or bytes, whichever quotation marks it chooses for the whole."""
    data = secret.encode(errors="replace")
    for text in (repr('"' + secret)[2:-1], ascii('"' + secret)[2:-1], repr(b'"' + data)[3:-1]):
        yield text
        yield text.replace("\\'", "'")


def _in_base64(secret: str) -> t.Iterator[str]:
    """At each of the three places where it may begin within a longer text, less what depends on its neighbours."""
    data = secret.encode(errors="replace")
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        text = whole[:-1] if not before else whole[4:-1]
        if len(text) >= _SHORTEST_BASE64:
            yield text
            yield text.replace("+", "-").replace("/", "_")
            yield from {urllib.parse.quote(text, safe=""), text.replace("/", "\\/")}


_SHORTEST_BASE64 = 8  # characters; fewer would be found in innocent text
