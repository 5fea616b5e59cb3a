# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The product's bodies: one document, written as JSON or XML; XML and JSON requests, read."""

from __future__ import annotations

import json
import typing as t
import xml.etree.ElementTree as ET

from simulators.commvault import catalog

Document = dict[str, t.Any]

JSON, XML = "application/json", "application/xml"
JSON_TYPE, XML_TYPE = "application/json; charset=utf-8", "application/xml; charset=utf-8"
HTML_TYPE, TEXT_TYPE = "text/html; charset=utf-8", "text/plain; charset=utf-8"

LOGIN_ROOT = "DM2ContentIndexing_CheckCredentialResp"
LIST_ROOT = "JobManager_JobListResponse"
DETAIL_ROOT = "JobManager_JobDetailResponse"
ACTION_ROOT = "JobManager_PerformJobOperationResp"
TASK_ROOT = "TMMsg_CreateTaskResp"
WHO_ROOT = "CvEntities_ProcessingInstructionInfo"
GENERIC_ROOT = "CVGui_GenericResp"

_FRACTIONS = frozenset(("percentComplete", "percentSavings"))


class Malformed(ValueError):
    """A request body that cannot be read."""


def encode_json(document: Document, strings: bool = False) -> str:
    """The document as the product writes JSON: compact, with a line end. `strings` turns numbers into strings."""
    body = _stringify(document) if strings else document
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")) + "\r\n"


def encode_xml(document: Document, root: str) -> str:
    """The document as XML: scalars are attributes, objects elements, lists repeated elements (contract 10.1)."""
    digits = root == LOGIN_ROOT  # a login writes booleans as 0/1, lists as false/true (contract 9.3)
    return ET.tostring(_element(root, document, digits), encoding="unicode")


def _element(tag: str, content: Document, digits: bool) -> ET.Element:
    element = ET.Element(tag)
    for key, value in content.items():
        if isinstance(value, dict):
            element.append(_element(key, value, digits))
        elif isinstance(value, list):
            items = (item if isinstance(item, dict) else {"val": item} for item in value)
            element.extend([_element(key, item, digits) for item in items])
        elif value is not None:
            element.set(key, _attribute(key, value, digits))
    return element


def _attribute(key: str, value: t.Any, digits: bool) -> str:
    if isinstance(value, bool):
        return str(int(value)) if digits else str(value).lower()
    if key == "backupLevel":
        level = catalog.level(value)
        return level.xml if level else str(value)
    return f"{value:.6f}" if key in _FRACTIONS and not isinstance(value, str) else str(value)


def _stringify(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: _stringify(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_stringify(item) for item in value]
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def decode_json(body: bytes) -> Document:
    """A JSON object.

    :raises Malformed: not JSON, or not an object.
    """
    try:
        document = json.loads(body)
    except ValueError as error:
        raise Malformed("the body is not JSON") from error
    if not isinstance(document, dict):
        raise Malformed("the body is not a JSON object")
    return document


def decode_xml(body: bytes) -> tuple[str, Document]:
    """The root's name and its content: attributes and elements by name, repeated elements as a list.

    :raises Malformed: not XML, or with a document type (entities).
    """
    if b"<!" in body:
        raise Malformed("a document type is not accepted")
    try:
        element = ET.fromstring(body)
    except ET.ParseError as error:
        raise Malformed("the body is not XML") from error
    return element.tag, _content(element)


def _content(element: ET.Element) -> Document:
    content: Document = dict(element.attrib)
    for child in element:
        inner = _content(child)
        if child.tag not in content:
            content[child.tag] = inner
        elif isinstance(content[child.tag], list):
            content[child.tag].append(inner)
        else:
            content[child.tag] = [content[child.tag], inner]
    return content


def as_list(value: t.Any) -> list[t.Any]:
    """What a repeated element holds, however many there are."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
