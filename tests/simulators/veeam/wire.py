# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Enterprise Manager's bodies: one neutral tree, written as XML or as either JSON; edits read back."""

from __future__ import annotations

import dataclasses
import json
import typing as t
import xml.etree.ElementTree as ET

NAMESPACE = "http://www.veeam.com/ent/v1.0"
_SCHEMA = {
    "xmlns:xsd": "http://www.w3.org/2001/XMLSchema",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
_ROOTS_WITH_SCHEMA = frozenset({"QueryResult", "Error"})

Scalar = t.Union[str, bool, int, None]
Value = t.Union[Scalar, "Resource", "Collection", "list[Resource]"]

#: children of a Job or CdpPolicy in the order of the schema (contract 8.3: the order matters)
_EDIT_ORDER = (
    "Links",
    "JobType",
    "PolicyType",
    "Platform",
    "Description",
    "ScheduleConfigured",
    "ScheduleEnabled",
    "NextRun",
    "JobScheduleOptions",
    "PolicyScheduleOptions",
    "JobInfo",
    "CdpPolicyInfo",
)
#: keys that JSON spells in its own way (contract 6.1)
_JSON_NAMES = {"RetrySpecified": "RetrySpecified1"}
_ATTRIBUTES = ("Type", "Name", "UID", "Href")


class BadBody(ValueError):
    """A request body that the server cannot read (contract 8.6: 400)."""


@dataclasses.dataclass(frozen=True)
class Resource:
    """An element. Attributes and children are told apart in XML only; what is None is absent there and null in JSON."""

    tag: str
    attributes: dict[str, Scalar] = dataclasses.field(default_factory=dict)
    elements: dict[str, Value] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Collection:
    """A list that is an object of its own: <tag>...</tag>, {key: [...]}."""

    tag: str
    key: str
    members: list[Resource]


Document = t.Union[Resource, Collection]


@dataclasses.dataclass(frozen=True)
class JsonStyle:
    """How one server writes JSON."""

    camel: bool = False
    bom: bool = False
    null_when_empty: bool = False


def encode_xml(document: Document) -> bytes:
    """A whole XML body, in the default namespace."""
    root = _element(document)
    root.set("xmlns", NAMESPACE)
    if root.tag in _ROOTS_WITH_SCHEMA:
        root.attrib.update(_SCHEMA)
    text: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}'.encode()


def encode_json(document: Document, style: JsonStyle) -> bytes:
    """A whole JSON body."""
    text = json.dumps(_plain(document, style), ensure_ascii=False, separators=(",", ":"))
    return (b"\xef\xbb\xbf" if style.bom else b"") + text.encode()


def camel(name: str) -> str:
    """The key that .NET's camel case policy makes of a name: UID -> uid, NASJobs -> nasJobs, TaskId -> taskId."""
    upper = 0
    while upper < len(name) and name[upper].isupper():
        upper += 1
    if 1 < upper < len(name):
        upper -= 1  # the last capital of a run begins the next word
    return name[:upper].lower() + name[upper:]


def decode_edit(body: bytes, is_json: bool, element: str, camel_keys: bool) -> dict[str, str]:
    """The fields that a PUT sets, as text (`true`, `false`).

    :raises BadBody: not what the server expects of such a request.
    """
    fields = _edit_from_json(body, camel_keys) if is_json else _edit_from_xml(body, element)
    if fields.pop("Type", None) != element:
        raise BadBody(f"The Type of the entity must be {element}.")
    for name in ("ScheduleConfigured", "ScheduleEnabled"):
        if fields.get(name, "true") not in ("true", "false", "1", "0"):
            raise BadBody(f"The value of {name} is not a boolean.")
    return fields


def is_true(text: str) -> bool:
    """The value of an XML boolean."""
    return text in ("true", "1")


def plain_text(value: t.Any) -> str:
    """Options in one form, whichever format they came in: names and values in lower case, in a fixed order."""
    return json.dumps(_folded(value), sort_keys=True) if value else ""


def _folded(value: t.Any) -> t.Any:
    if isinstance(value, Resource):
        return _folded({**value.attributes, **value.elements})
    if isinstance(value, ET.Element):
        pairs = {**value.attrib, **{child.tag.rpartition("}")[2]: child for child in value}}
        return _folded(pairs) if pairs else _folded((value.text or "").strip())
    if isinstance(value, dict):
        spelled = {name.lower(): spelling.lower() for spelling, name in _JSON_NAMES.items()}
        return {spelled.get(name.lower(), name.lower()): _folded(member) for name, member in value.items()}
    return _text(value).lower()


def _text(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _element(document: Document) -> ET.Element:
    if isinstance(document, Collection):
        root = ET.Element(document.tag)
        root.extend(_element(member) for member in document.members)
        return root
    attributes = {name: _text(value) for name, value in document.attributes.items() if value is not None}
    root = ET.Element(document.tag, attributes)
    for name, value in document.elements.items():
        if isinstance(value, (Resource, Collection)):
            root.append(_element(value))
        elif isinstance(value, list):
            ET.SubElement(root, name).extend(_element(member) for member in value)
        elif value is not None:
            ET.SubElement(root, name).text = _text(value)
    return root


def _plain(value: Value, style: JsonStyle) -> t.Any:
    if isinstance(value, list):
        return [_plain(member, style) for member in value]
    if isinstance(value, Collection):
        members = None if style.null_when_empty and not value.members else _plain(value.members, style)
        return {_key(value.key, style): members}
    if isinstance(value, Resource):
        pairs = {**value.elements, **value.attributes}
        return {_key(name, style): _plain(member, style) for name, member in pairs.items()}
    return value


def _key(name: str, style: JsonStyle) -> str:
    name = _JSON_NAMES.get(name, name)
    return camel(name) if style.camel else name


def _edit_from_xml(body: bytes, element: str) -> dict[str, str]:
    try:
        root = ET.fromstring(body)
    except ET.ParseError as error:
        raise BadBody(f"There is an error in the XML document: {error}.") from error
    if root.tag != f"{{{NAMESPACE}}}{element}":
        raise BadBody(f"<{root.tag}> was not expected.")
    fields = {"Type": root.get("Type", "")}
    position = 0
    for child in root:
        name = child.tag.replace(f"{{{NAMESPACE}}}", "")
        if name not in _EDIT_ORDER[position:]:
            raise BadBody(f"The element {name} is not expected here.")
        position = _EDIT_ORDER.index(name) + 1
        fields[name] = plain_text(child) if len(child) else (child.text or "").strip()
    return fields


def _edit_from_json(body: bytes, camel_keys: bool) -> dict[str, str]:
    try:
        content = json.loads(body.decode("utf-8-sig"))
    except ValueError as error:
        raise BadBody("Node [root] does not exist.") from error
    if not isinstance(content, dict):
        raise BadBody("Node [root] does not exist.")
    known = {name: name for name in (*_ATTRIBUTES, *_EDIT_ORDER, "xmlns")}
    if camel_keys:
        known.update({camel(name): name for name in known})
    unknown = sorted(set(content) - set(known))
    if unknown:
        raise BadBody(f"Unknown property {unknown[0]}.")
    given = {known[name]: value for name, value in content.items() if value is not None}
    return {name: plain_text(value) if isinstance(value, dict) else _text(value) for name, value in given.items()}
