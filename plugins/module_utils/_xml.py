# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, xmltodict (the only file that does), _errors.

"""XML to dictionaries and back, with everything refused that makes XML dangerous."""

from __future__ import annotations

import re
import typing as t
import xml.parsers.expat

from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    MissingLibrary,
    ProtocolError,
    excerpt,
)

try:
    import xmltodict
except ImportError:
    xmltodict = None  # type: ignore[assignment]

# Elements nested deeper than any product's answer are an attack on the parser's stack, not data.
DEEPEST = 64

ForceList = t.Union[t.Collection[str], t.Callable[[t.Any, str, t.Any], bool]]


def parse(body: bytes, force_list: ForceList = ()) -> dict[str, t.Any]:
    """Decode a document. Attributes become `@name`, text beside attributes `#text`, empty elements None.

    :param force_list: element names (or a function of path, key, value) that are lists however many there are.
    :raises ProtocolError: not XML, or XML with a DOCTYPE (xmltodict before 1.0.1 drops entities silently).
    :raises MissingLibrary: xmltodict is not installed.
    """
    if xmltodict is None:
        raise MissingLibrary(
            "The Python library xmltodict is missing on the host that runs this module; install it for the "
            "interpreter that ansible_python_interpreter names, or set wire_format to json where the product has it."
        )
    if re.search(rb"<!\s*(DOCTYPE|ENTITY)", body, re.IGNORECASE) or b"\x00" in body:
        raise ProtocolError(f"The answer is not acceptable XML (a DOCTYPE or a NUL): {_excerpt(body)}")
    try:
        return xmltodict.parse(body, expat=_Expat, force_list=force_list)
    except (xml.parsers.expat.ExpatError, ValueError, LookupError) as error:
        raise ProtocolError(f"The answer is not readable XML ({error}): {_excerpt(body)}") from error


def unparse(document: dict[str, t.Any]) -> bytes:
    """Encode a document of one root element."""
    if xmltodict is None:
        raise MissingLibrary("The Python library xmltodict is missing on the host that runs this module.")
    return xmltodict.unparse(document, encoding="utf-8").encode("utf-8")


class _Expat:
    """What xmltodict takes for expat: the same, but its parsers stop where a document begins to be dangerous.

    Depth is looked at when an element begins. A document that never ends its elements would fill the memory first.
    """

    @staticmethod
    def ParserCreate(*arguments: t.Any) -> t.Any:
        return _Parser(xml.parsers.expat.ParserCreate(*arguments))


class _Parser:
    """A parser of expat that somebody else sets up."""

    def __init__(self, parser: t.Any) -> None:
        self.__dict__["_parser"] = parser
        parser.StartDoctypeDeclHandler = _refuse_doctype

    def __getattr__(self, name: str) -> t.Any:
        return getattr(self._parser, name)

    def __setattr__(self, name: str, value: t.Any) -> None:
        limited = {"StartElementHandler": _deeper, "EndElementHandler": _higher}.get(name)
        setattr(self._parser, name, limited(self, value) if limited else value)


def _deeper(parser: _Parser, handler: t.Callable[..., None]) -> t.Callable[..., None]:
    parser.__dict__["depth"] = 0

    def start(*arguments: t.Any) -> None:
        parser.__dict__["depth"] += 1
        if parser.depth > DEEPEST:
            raise ValueError(f"nested deeper than {DEEPEST} elements")
        handler(*arguments)

    return start


def _higher(parser: _Parser, handler: t.Callable[..., None]) -> t.Callable[..., None]:
    def end(*arguments: t.Any) -> None:
        parser.__dict__["depth"] -= 1
        handler(*arguments)

    return end


def _refuse_doctype(*arguments: t.Any) -> None:
    """In whatever encoding it is written; a look at the bytes sees only some."""
    raise ValueError("it has a DOCTYPE")


def _excerpt(body: bytes) -> str:
    return excerpt(body[:1000].decode("utf-8", "replace"))
