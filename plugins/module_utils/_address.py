# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library.

"""The one spelling of all addresses that mean the same: a journal knows a product by its address. Pure."""

from __future__ import annotations

import ipaddress
import posixpath
import re
import string
import urllib.parse

_DEFAULT_PORTS = {"http": 80, "https": 443}
_ESCAPED = re.compile("%[0-9A-Fa-f]{2}")
_NEED_NO_ESCAPE = string.ascii_letters + string.digits + "-._~"


def canonical(parts: urllib.parse.SplitResult) -> str:
    """An address in that spelling, without what is not the place of a product.

    :param parts: with a scheme of the web, a host and a valid port.
    """
    port = "" if parts.port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{_host(parts.hostname or '')}{port}{_path(parts.path)}"


def _host(name: str) -> str:
    """A name without the dot that may end a full one; a number of IPv6 in its short form."""
    if ":" not in name:
        return name.removesuffix(".")
    try:
        return f"[{ipaddress.IPv6Address(name)}]"
    except ValueError:
        return f"[{name}]"


def _path(path: str) -> str:
    """A path without . and .., without a slash at its end or beside another one, and with an escape only where one is
    needed."""
    plain = _ESCAPED.sub(lambda match: _character(match[0]), path.strip())
    return re.sub("^/*", "/", posixpath.normpath(plain)).rstrip("/") if plain else ""


def _character(escaped: str) -> str:
    character = chr(int(escaped[1:], 16))
    return character if character in _NEED_NO_ESCAPE else escaped.upper()
