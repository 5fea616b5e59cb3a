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
        return xmltodict.parse(body, force_list=_limited(force_list))
    except (xml.parsers.expat.ExpatError, ValueError, LookupError) as error:
        raise ProtocolError(f"The answer is not readable XML ({error}): {_excerpt(body)}") from error


def unparse(document: dict[str, t.Any]) -> bytes:
    """Encode a document of one root element."""
    if xmltodict is None:
        raise MissingLibrary("The Python library xmltodict is missing on the host that runs this module.")
    return xmltodict.unparse(document, encoding="utf-8").encode("utf-8")


def _limited(force_list: ForceList) -> t.Callable[[t.Any, str, t.Any], bool]:
    """force_list as a function that also stops at documents that are nested too deeply."""

    def is_list(path: t.Any, key: str, value: t.Any) -> bool:
        if len(path) > DEEPEST:
            raise ValueError(f"nested deeper than {DEEPEST} elements")
        return force_list(path, key, value) if callable(force_list) else key in force_list

    return is_list


def _excerpt(body: bytes) -> str:
    return excerpt(body[:1000].decode("utf-8", "replace"))
