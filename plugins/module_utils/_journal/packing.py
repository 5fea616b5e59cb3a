# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors.

"""Bytes as one short text that goes through results and facts of Ansible as it is. Pure."""

from __future__ import annotations

import base64
import typing as t
import zlib

from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError

#: A text begins with one of so many bytes; what is packed begins with none of them.
_SALTS = ord("{")


def pack(data: bytes, option: str, unwanted: t.Iterable[str] = ()) -> str:
    """Bytes as a text.

    :param data: begins with `{`.
    :param option: that the text is for, for messages.
    :param unwanted: what must not be in the text by chance, because Ansible would mask it there.
    :raises UsageError: that cannot be had.
    """
    body = zlib.compress(data, 9)
    secrets = [secret for secret in unwanted if secret]
    for salt in range(_SALTS):
        text = base64.b64encode(_salted(salt, body)).decode()
        if not any(secret in text for secret in secrets):
            return text
    raise UsageError(f"{option}: no copy is free of a password of one or two characters; use a longer one.")


def unpack(text: str, most: int) -> bytes:
    """What was packed.

    :param most: bytes that it may have.
    :raises ValueError: the text is no such text.
    """
    try:
        data = base64.b64decode(text, validate=True)
        inflater = zlib.decompressobj()
        whole = inflater.decompress(_salted(data[0], data[1:])[1:], most)
    except (IndexError, zlib.error) as error:
        raise ValueError(str(error)) from error
    if not inflater.eof:
        raise ValueError("it is cut off")
    return whole


def _salted(salt: int, data: bytes) -> bytes:
    """The salt, and the data mixed with it; mixing again gives the data back."""
    return bytes([salt]) + data.translate(bytes(byte ^ salt for byte in range(256)))
