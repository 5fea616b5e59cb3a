# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bodies on the wire: one document, written as v1 JSON, as v2 to v4 JSON or as XML; and payloads read back.

A document is built in the form of v4 JSON: `@name` is an attribute, `$` an element's text, a list a repeated element.
"""

from __future__ import annotations

import dataclasses
import json
import typing as t
import xml.etree.ElementTree as ET

from simulators.prime.refusal import Refusal

Document = dict[str, t.Any]

_EMPTY: dict[str, t.Any] = {"null": None, "string": "", "object": {}, "list": []}
#: verb -> names of root, wrapper and item of its payload (contract 8.2)
_JOBS = ("jobOperationPayload", "jobIds", "jobId")
_RUNS = ("jobRunOperationPayload", "runIds", "runId")
LONG_MAX = 2**63 - 1


@dataclasses.dataclass(frozen=True)
class Dialect:
    """The version of the API and the format of an answer."""

    version: int
    xml: bool


def encode(document: Document, dialect: Dialect, empty_wrapper: str) -> bytes:
    """A document with one root, as bytes.

    :param empty_wrapper: how v2 to v4 JSON shows a wrapper around nothing: string, absent, null, object or list.
    """
    if dialect.xml:
        ((name, content),) = document.items()
        return t.cast(bytes, ET.tostring(_element(name, content), encoding="utf-8", xml_declaration=True))
    if dialect.version == 1:
        body = _first_dialect(document, collapse="mgmtResponse" in document)
        return json.dumps(body, ensure_ascii=False).replace("/", "\\/").encode()
    return json.dumps(_later_dialect(document, empty_wrapper), ensure_ascii=False).encode()


def _element(name: str, content: t.Any) -> ET.Element:
    element = ET.Element(name)
    if not isinstance(content, dict):
        element.text = str(content)
        return element
    for key, value in content.items():
        if key == "$":
            element.text = str(value)
        elif key.startswith("@"):
            element.set(key[1:], str(value))
        else:
            element.extend(_element(key, item) for item in (value if isinstance(value, list) else [value]))
    return element


def _is_empty_wrapper(value: t.Any) -> bool:
    return isinstance(value, dict) and list(value.values()) == [[]]


def _first_dialect(value: t.Any, collapse: bool) -> t.Any:
    """v1: attributes are strings, digits become numbers, in mgmtResponse a list of one is bare (contract 3.2)."""
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() else value
    if not isinstance(value, dict):
        return value
    result: Document = {}
    for key, item in value.items():
        if key.startswith("@") or key == "$":
            result[key] = str(item).replace("&", "&amp;") if key == "@requestUrl" else str(item)
        elif isinstance(item, list):
            items = [_first_dialect(one, collapse) for one in item]
            if items:
                result[key] = items[0] if collapse and len(items) == 1 else items
        else:
            result[key] = "" if _is_empty_wrapper(item) else _first_dialect(item, collapse)
    return result


def _later_dialect(value: t.Any, empty_wrapper: str) -> t.Any:
    """v2 to v4: as the document, but for the wrappers around nothing."""
    if isinstance(value, list):
        return [_later_dialect(item, empty_wrapper) for item in value]
    if not isinstance(value, dict):
        return value
    result: Document = {}
    for key, item in value.items():
        if not _is_empty_wrapper(item):
            result[key] = _later_dialect(item, empty_wrapper)
        elif empty_wrapper != "absent":
            result[key] = _EMPTY[empty_wrapper]
    return result


def decode_ids(verb: str, body: bytes, media_type: str, version: int) -> list[int]:
    """The ids in the payload of an action.

    :raises Refusal: 415: neither JSON nor XML; 400: not the payload of this verb.
    """
    names = _RUNS if verb == "cancelrunning" else _JOBS
    if media_type == "application/json":
        return _json_ids(body, names, version)
    if media_type in ("application/xml", "text/xml"):
        return _xml_ids(body, names)
    raise Refusal(415, "Unsupported Media Type")


def _json_ids(body: bytes, names: tuple[str, ...], version: int) -> list[int]:
    try:
        value = json.loads(body)
    except ValueError:
        raise Refusal(400, "The body is not JSON.") from None
    for name in names:
        if not isinstance(value, dict) or list(value) != [name]:
            raise Refusal(400, f"The payload needs {name} and nothing else.")
        value = value[name]
    if version == 1 and not isinstance(value, list):
        value = [value]  # a single id is bare in v1 (contract 8.2)
    if not isinstance(value, list) or not value:
        raise Refusal(400, f"{names[-1]} is a list of ids.")
    if any(not isinstance(item, int) or isinstance(item, bool) or not 0 < item <= LONG_MAX for item in value):
        raise Refusal(400, f"Each {names[-1]} is a Long.")
    return value


def _xml_ids(body: bytes, names: tuple[str, ...]) -> list[int]:
    root_name, wrapper_name, item_name = names
    try:
        root = ET.fromstring(body)
    except ET.ParseError:
        raise Refusal(400, "The body is not XML.") from None
    if root.tag != root_name or [child.tag for child in root] != [wrapper_name]:
        raise Refusal(400, f"The payload needs {root_name} around {wrapper_name}.")
    texts = [(item.text or "").strip() for item in root[0]]
    if not texts or any(item.tag != item_name for item in root[0]):
        raise Refusal(400, f"{wrapper_name} needs {item_name}.")
    if any(not (text.isascii() and text.isdigit()) or not 0 < int(text) <= LONG_MAX for text in texts):
        raise Refusal(400, f"Each {item_name} is a Long.")
    return [int(text) for text in texts]
