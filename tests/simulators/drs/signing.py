# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AK/SK request signing, SDK-HMAC-SHA256 (contract 4.2), written from its rules."""

from __future__ import annotations

import hashlib
import hmac
import re
import typing as t
import urllib.parse

ALGORITHM = "SDK-HMAC-SHA256"
CONTENT_HASH = "x-sdk-content-sha256"
UNSIGNED = "UNSIGNED-PAYLOAD"

_AUTHORIZATION = re.compile(r"SDK-HMAC-SHA256 Access=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})")


class Credential(t.NamedTuple):
    """The parts of an `Authorization` header."""

    access_key: str
    signed_headers: tuple[str, ...]
    signature: str


def parse(authorization: str) -> Credential | None:
    """The parts of a header, or None when it is not such a signature."""
    match = _AUTHORIZATION.fullmatch(authorization.strip())
    return Credential(match[1], tuple(match[2].split(";")), match[3]) if match else None


def canonical_uri(path: str) -> str:
    """The path as it is signed: every segment quoted anew, always with a slash at the end."""
    segments = [_quote(urllib.parse.unquote(segment)) for segment in path.split("/")]
    uri = "/".join(segments)
    return uri if uri.endswith("/") else uri + "/"


def canonical_query(query: str) -> str:
    """The query as it is signed: quoted anew and sorted by name, then value."""
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
    return "&".join(f"{_quote(name)}={_quote(value)}" for name, value in sorted(pairs))


def _quote(text: str) -> str:
    return urllib.parse.quote(text, safe="-_.~")


def canonical_request(
    method: str, path: str, query: str, headers: t.Mapping[str, str], signed: t.Iterable[str], body: bytes
) -> str:
    """The text that is hashed. The names in `headers` are in lower case."""
    names = list(signed)
    return "\n".join(
        [
            method.upper(),
            canonical_uri(path),
            canonical_query(query),
            *(f"{name}:{headers[name].strip()}" for name in names),
            "",
            ";".join(names),
            headers.get(CONTENT_HASH, hashlib.sha256(body).hexdigest()),
        ]
    )


def signature(secret_key: str, date: str, canonical: str) -> str:
    """The signature of a canonical request; `date` is the value of X-Sdk-Date."""
    to_sign = "\n".join([ALGORITHM, date, hashlib.sha256(canonical.encode()).hexdigest()])
    return hmac.new(secret_key.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


def verify(
    credential: Credential,
    secret_key: str,
    method: str,
    path: str,
    query: str,
    headers: t.Mapping[str, str],
    body: bytes,
) -> bool:
    """Whether the request is signed with that secret key. The names in `headers` are in lower case."""
    signed = credential.signed_headers
    if not {"host", "x-sdk-date"} <= set(signed) or list(signed) != sorted(signed) or not set(signed) <= set(headers):
        return False
    if headers.get(CONTENT_HASH, UNSIGNED) not in (UNSIGNED, hashlib.sha256(body).hexdigest()):
        return False
    canonical = canonical_request(method, path, query, headers, signed, body)
    return hmac.compare_digest(signature(secret_key, headers["x-sdk-date"], canonical), credential.signature)
