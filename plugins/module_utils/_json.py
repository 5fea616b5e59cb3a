# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors.

"""JSON of products and journals to values that can be written again: into results, journals, addresses."""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._errors import ProtocolError

#: A half of a character that takes two escapes. Whole ones look the same, so finding it means only: look closer.
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")

_MOST_DIGITS = 400  # of an integer; what is longer is beyond every float, and takes more time than it is long


def parse(body: bytes) -> t.Any:
    """Decode a document in UTF-8, with or without a byte order mark.

    Half characters, which JSON can spell but no encoding can write, become U+FFFD.

    :raises ProtocolError: it is not JSON, or nested too deeply.
    """
    try:
        return loads(body)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("The answer is not readable JSON") from error


def loads(document: bytes) -> t.Any:
    """The same, with the errors of the standard library.

    :raises ValueError, RecursionError: it is not JSON, or nested too deeply.
    """
    value = json.loads(document.decode("utf-8-sig"), parse_int=_integer)
    return _whole_characters(value) if _HALF.search(document) else value


def _whole_characters(value: t.Any) -> t.Any:
    """The value written and read again, with a replacement for each half character."""
    text = json.dumps(value, ensure_ascii=False)
    return json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _integer(digits: str) -> int:
    """
    :raises ValueError: it is longer than any number of a product. Not all versions of Python refuse it themselves.
    """
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"an integer of {len(digits)} digits")
    return int(digits)
