# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library.

"""Request signing by access key and secret key, SDK-HMAC-SHA256 (contract 4.2). Pure."""

from __future__ import annotations

import hashlib
import hmac
import time
import typing as t
import urllib.parse

ALGORITHM = "SDK-HMAC-SHA256"
_UNRESERVED = "-_.~"


def sdk_date(seconds: float) -> str:
    """The value of `X-Sdk-Date` for seconds since the epoch."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))


def authorization(
    method: str,
    url: str,
    query: t.Iterable[tuple[str, str]],
    headers: t.Mapping[str, str],
    body: bytes,
    access_key: str,
    secret_key: str,
) -> str:
    """The value of the header `Authorization`.

    :param url: without query.
    :param query: decoded names and values.
    :param headers: all of them are signed; `Host` and `X-Sdk-Date` must be among them.
    :param body: the bytes that are sent.
    """
    lowered = {name.lower(): value.strip() for name, value in headers.items()}
    signed = sorted(lowered)
    names = ";".join(signed)
    request = "\n".join(
        (
            method.upper(),
            _canonical_path(urllib.parse.urlsplit(url).path),
            _canonical_query(query),
            "".join(f"{name}:{lowered[name]}\n" for name in signed),
            names,
            hashlib.sha256(body).hexdigest(),
        )
    )
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = "\n".join((ALGORITHM, lowered["x-sdk-date"], digest))
    signature = hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Access={access_key}, SignedHeaders={names}, Signature={signature}"


def _canonical_path(path: str) -> str:
    """The path with each segment quoted anew; it ends with a slash here, but not on the wire."""
    quoted = "/".join(urllib.parse.quote(urllib.parse.unquote(part), safe=_UNRESERVED) for part in path.split("/"))
    return quoted if quoted.endswith("/") else quoted + "/"


def _canonical_query(query: t.Iterable[tuple[str, str]]) -> str:
    def quote(text: str) -> str:
        return urllib.parse.quote(text, safe=_UNRESERVED)

    return "&".join(f"{quote(name)}={quote(value)}" for name, value in sorted(query))
