# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library only.

"""What to do about TLS that failed, by the words that OpenSSL and Python have for it. Pure.

The words are those of OpenSSL 1.1.1 and 3, and of urllib3 where it looks at the host itself.
"""

from __future__ import annotations

import re

_RENEW = "have the product's certificate renewed, or set the clock of the host that runs this module"
_CLIENT = "client_cert, client_key"

#: The first that is found in the words holds.
_ADVICE: tuple[tuple[str, str], ...] = (
    # --- the product's certificate: what exactly is wrong comes before the general words ---
    (
        r"certificate is not valid for|doesn't match|hostname mismatch|IP address mismatch",
        "put a name that the certificate has into url, or have it issued for this one too",
    ),
    (r"certificate has expired", _RENEW),
    (r"certificate is not yet valid", "set the clock of the host that runs this module, or wait until it is valid"),
    (
        r"missing (authority|subject) key identifier|basic constraints of CA cert|CA cert does not include key usage"
        r"|key identifier marked critical|path ?len|keyCertSign|subject alternative name extension"
        r"|(subject|issuer) name",
        "Python 3.13 and later accept only what RFC 5280 asks for: have the private authority issued again with "
        "critical basicConstraints, keyUsage with keyCertSign, subject and authority key identifiers, or run the "
        "module with Python 3.12",
    ),
    (r"invalid CA certificate", "what signed the certificate is not marked as an authority; have it issued again"),
    (
        r"digest algorithm too weak|certificate key too (weak|small)",
        "have the certificate issued again with SHA-256 and a key of 2048 bits or more",
    ),
    (r"certificate revoked", "have the product's certificate issued again"),
    (r"certificate purpose", "have the certificate issued for servers (extendedKeyUsage serverAuth)"),
    (
        r"self[- ]signed certificate in certificate chain",
        "set ca_path to the authority that signed the product's certificate",
    ),
    (r"self[- ]signed certificate", "set ca_path to a copy of the certificate, which is its own authority"),
    (
        r"unable to get (local )?issuer certificate|unable to verify the first certificate",
        "set ca_path to the authority that signed the product's certificate, with the authorities in between where the "
        "product does not send them",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED",
        "set ca_path to the authority that signed the product's certificate, and check the host in url",
    ),
    # --- no agreement on TLS ---
    (
        r"WRONG_VERSION_NUMBER|RECORD_LAYER_FAILURE|PACKET_LENGTH_TOO_LONG|UNKNOWN_PROTOCOL|HTTP_REQUEST",
        "nothing there seems to speak TLS; check the scheme and the port in url",
    ),
    (
        r"PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW",
        "the product speaks older versions of TLS only; switch on TLS 1.2 there",
    ),
    (
        r"UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
        "the product, or what is in front of it, lacks secure renegotiation (RFC 5746), and OpenSSL 3 refuses that; "
        "update it, or allow UnsafeLegacyRenegotiation in the OpenSSL configuration of the host that runs this module",
    ),
    (
        r"DH_KEY_TOO_SMALL|INSUFFICIENT_SECURITY|NO_CIPHERS_AVAILABLE|NO_SHARED_CIPHER",
        "product and host have no cipher in common that is strong enough; allow a present one on the product",
    ),
    (r"UNRECOGNIZED_NAME", "the product does not know the host in url"),
    # --- our certificate; a TLS 1.2 server has the same words for none at all and for no common cipher ---
    (r"CERTIFICATE_REQUIRED", f"the product wants a client certificate ({_CLIENT})"),
    (
        r"ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|ACCESS_DENIED)",
        f"the product does not accept the client certificate; give one of an authority that it knows ({_CLIENT})",
    ),
    (
        r"HANDSHAKE_FAILURE",
        "product and host have no cipher in common (allow one of TLS 1.2 or later on the product), or the product "
        f"wants a client certificate ({_CLIENT})",
    ),
)
_OTHERWISE = (
    f"the product's log may say why; it may want a client certificate of an authority that it knows ({_CLIENT})"
)
_CUT = "EOF"  # in the words of each version


def advice(words: str) -> str:
    """One clause on what to do."""
    return next((text for pattern, text in _ADVICE if re.search(pattern, words, re.IGNORECASE)), _OTHERWISE)


def was_cut(words: str) -> bool:
    """Whether the connection ended without a word of TLS: nobody has refused anything."""
    return _CUT in words
