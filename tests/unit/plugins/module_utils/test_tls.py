# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS that fails, on real sockets: each cause with its own advice."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import ipaddress
import os
import pathlib
import re
import socket
import ssl
import struct
import typing as t
import warnings

import pytest
import trustme
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from support.clock import FakeClock
from support.peers import Talk, answering, peer

from ansible_collections.batchops.job_control.plugins.module_utils import _tls
from ansible_collections.batchops.job_control.plugins.module_utils._errors import ConnectionFailed, TlsFailed
from ansible_collections.batchops.job_control.plugins.module_utils._http import HttpSession
from ansible_collections.batchops.job_control.plugins.module_utils._response import Peer
from ansible_collections.batchops.job_control.plugins.module_utils._system import Connection

GOOD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
NOW = datetime.datetime(2026, 1, 1)
HOST = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
PEM = serialization.Encoding.PEM
Key = ec.EllipticCurvePrivateKey


@dataclasses.dataclass(frozen=True)
class Authority:
    """What a private authority's certificates have, all of which RFC 5280 asks for."""

    critical: bool = True
    key_usage: bool = True
    identifiers: bool = True

    def write(self, folder: pathlib.Path) -> tuple[ssl.SSLContext, str]:
        """A server's context with a certificate of this authority, and the path of the authority's own."""
        ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _each in range(2))
        root = self.builder("Private authority", "Private authority", ca_key)
        root = root.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=self.critical)
        if self.key_usage:
            flags = dict.fromkeys(
                ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False
            )
            more = dict.fromkeys(("encipher_only", "decipher_only"), False)
            usage = x509.KeyUsage(digital_signature=True, key_cert_sign=True, crl_sign=True, **flags, **more)
            root = root.add_extension(usage, critical=True)
        if self.identifiers:
            root = root.add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
        leaf = self.builder("product", "Private authority", key).add_extension(HOST, critical=False)
        if self.identifiers:
            issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
            leaf = leaf.add_extension(issuer, critical=False)
        ca_path, chain = folder / "ca.pem", folder / "product.pem"
        ca_path.write_bytes(root.sign(ca_key, hashes.SHA256()).public_bytes(PEM))
        private = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        chain.write_bytes(private + leaf.sign(ca_key, hashes.SHA256()).public_bytes(PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context, str(ca_path)

    @staticmethod
    def builder(subject: str, issuer: str, key: Key) -> x509.CertificateBuilder:
        names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in (subject, issuer)]
        builder = x509.CertificateBuilder(subject_name=names[0], issuer_name=names[1], public_key=key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        return builder.not_valid_before(NOW).not_valid_after(NOW + datetime.timedelta(days=36500))


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_path(authority: trustme.CA, tmp_path: pathlib.Path) -> str:
    path = tmp_path / "known.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def server(authority: trustme.CA, *names: str, **options: t.Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(names or ("127.0.0.1",)), **options).configure_cert(context)
    return context


@contextlib.contextmanager
def session(**options: t.Any) -> t.Iterator[HttpSession]:
    connection = Connection(**{"request_timeout": 5, "retry_timeout": 0, **options})
    http = HttpSession(connection, FakeClock(), peer=Peer("The product", lambda response: True))
    try:
        yield http
    finally:
        http.close()


def message(context: ssl.SSLContext | None, talk: Talk | None = None, **options: t.Any) -> str:
    """What a request over TLS fails with."""
    with (
        peer(talk or answering(GOOD), context) as product,
        session(**options) as http,
        pytest.raises(TlsFailed) as caught,
    ):
        http.read("GET", f"https://{product.address}/")
    return caught.value.message


# --- the product's certificate ---------------------------------------------------------------------------------------


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Python 3.13 is by itself, from version 2.3 of urllib3 on."""
    make = urllib3.util.ssl_.create_urllib3_context

    def stricter(*args: t.Any, **options: t.Any) -> ssl.SSLContext:
        context = make(*args, **options)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(urllib3.util.ssl_, "create_urllib3_context", stricter)


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize(
    ("private", "reason"),
    [
        (Authority(critical=False), "Basic Constraints of CA cert not marked critical"),
        (Authority(key_usage=False), "CA cert does not include key usage extension"),
        (Authority(identifiers=False), "Missing (Authority|Subject) Key Identifier"),
    ],
)
def test_an_authority_that_python_3_13_finds_fault_with(
    private: Authority, reason: str, tmp_path: pathlib.Path
) -> None:
    context, ca_path = private.write(tmp_path)
    said = message(context, ca_path=ca_path)
    assert re.search(reason, said)
    assert "Python 3.12" in said
    assert "issued again" in said
    assert "client_cert" not in said


@pytest.mark.usefixtures("strict")
def test_an_authority_as_the_rfc_wants_it(tmp_path: pathlib.Path) -> None:
    context, ca_path = Authority().write(tmp_path)
    with peer(answering(GOOD), context) as product, session(ca_path=ca_path) as http:
        assert http.read("GET", f"https://{product.address}/").status == 200


def test_a_certificate_that_cannot_be_trusted(authority: trustme.CA, ca_path: str, tmp_path: pathlib.Path) -> None:
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    cases = {
        "put a name that the certificate has into url": server(authority, "elsewhere.example"),
        "certificate renewed": server(authority, "127.0.0.1", not_before=now - 2 * day, not_after=now - day),
        "or wait until it is valid": server(authority, "127.0.0.1", not_before=now + day, not_after=now + 2 * day),
        "with the authorities in between": server(trustme.CA(), "127.0.0.1"),
    }
    said = {clause: message(context, ca_path=ca_path) for clause, context in cases.items()}
    assert {clause: text for clause, text in said.items() if clause not in text or "client_cert" in text} == {}


def test_a_certificate_that_is_its_own_authority(tmp_path: pathlib.Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    key = ec.generate_private_key(ec.SECP256R1())
    own = Authority.builder("product", "product", key).add_extension(HOST, critical=False)
    chain = tmp_path / "own.pem"
    private = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain.write_bytes(private + own.sign(key, hashes.SHA256()).public_bytes(PEM))
    context.load_cert_chain(chain)
    assert "a copy of the certificate" in message(context)


# --- no agreement ----------------------------------------------------------------------------------------------------


def heard(context: ssl.SSLContext) -> Talk:
    """A server that refuses and is heard: closing with bytes unread would reset the connection, alert and all."""

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as secure:
            with contextlib.suppress(ssl.SSLError):
                secure.do_handshake()
            with contextlib.suppress(OSError):
                while os.read(secure.fileno(), 65536):
                    pass

    return talk


def record(kind: int, content: bytes) -> bytes:
    """One record of TLS 1.2."""
    return struct.pack(">BHH", kind, 0x0303, len(content)) + content


def of_another_age(connection: socket.socket) -> None:
    """Greets as servers did before RFC 5746: without the extension for secure renegotiation."""
    connection.recv(65536)
    hello = b"\x03\x03" + b"r" * 32 + b"\x00" + b"\xc0\x2b" + b"\x00"  # version, random, session, cipher, compression
    connection.sendall(record(22, b"\x02" + struct.pack(">I", len(hello))[1:] + hello))
    connection.recv(65536)


def without_tls(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_a_server_of_older_versions_only(authority: trustme.CA, ca_path: str) -> None:
    context = server(authority)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    assert "switch on TLS 1.2" in message(None, heard(context), ca_path=ca_path)


def test_no_cipher_in_common(authority: trustme.CA, ca_path: str) -> None:
    context = server(authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES256-SHA")
    assert "no cipher in common" in message(None, heard(context), ca_path=ca_path)


def test_a_server_without_secure_renegotiation() -> None:
    assert "UnsafeLegacyRenegotiation" in message(None, of_another_age)


def test_a_port_that_speaks_no_tls() -> None:
    assert "check the scheme and the port" in message(None, without_tls)


# --- our certificate -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("shows", ["none", "a strange one"])
def test_a_client_certificate_that_is_wanted(
    version: ssl.TLSVersion, shows: str, authority: trustme.CA, ca_path: str, tmp_path: pathlib.Path
) -> None:
    context = server(authority)
    context.verify_mode, context.maximum_version = ssl.CERT_REQUIRED, version
    authority.configure_trust(context)
    strange = tmp_path / "strange.pem"
    trustme.CA().issue_cert("x.example").private_key_and_cert_chain_pem.write_to_path(str(strange))
    own = {"client_cert": str(strange)} if shows != "none" else {}
    said = message(None, heard(context), ca_path=ca_path, **own)
    assert "client_cert" in said
    assert ("does not accept" in said) is bool(own)


# --- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "clause"),
    [
        ("hostname 'a' doesn't match 'b'", "put a name"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: CRL has a bad day", "check the host in url"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self signed certificate", "a copy of"),
        ("certificate verify failed: self-signed certificate in certificate chain", "set ca_path to the authority"),
        ("certificate verify failed: CA signature digest algorithm too weak", "SHA-256"),
        ("certificate verify failed: EE certificate key too weak", "2048 bits"),
        ("certificate verify failed: unsuitable certificate purpose", "serverAuth"),
        ("certificate verify failed: Path length invalid for non-CA cert", "Python 3.12"),
        ("[SSL: UNSUPPORTED_PROTOCOL] unsupported protocol", "switch on TLS 1.2"),
        ("[SSL: DH_KEY_TOO_SMALL] dh key too small", "no cipher in common"),
        ("[SSL: TLSV1_ALERT_INSUFFICIENT_SECURITY] tlsv1 alert insufficient security", "no cipher in common"),
        ("[SSL: TLSV1_UNRECOGNIZED_NAME] tlsv1 unrecognized name", "does not know the host in url"),
        ("[SSL: SSLV3_ALERT_CERTIFICATE_UNKNOWN] sslv3 alert certificate unknown", "does not accept the client"),
        ("[SSL: SSLV3_ALERT_BAD_CERTIFICATE] sslv3 alert bad certificate", "does not accept the client"),
        ("[SSL: TLSV1_ALERT_INTERNAL_ERROR] tlsv1 alert internal error", "may want a client certificate"),
    ],
)
def test_words_that_are_hard_to_provoke(words: str, clause: str) -> None:
    assert clause in _tls.advice(words)


def test_a_handshake_that_is_cut_is_no_matter_of_certificates() -> None:
    """As a load balancer without a server behind it does; it may pass, and nothing was sent."""

    def close(connection: socket.socket) -> None:
        connection.recv(65536)

    with peer(close) as product, session() as http, pytest.raises(ConnectionFailed) as caught:
        http.write("POST", f"https://{product.address}/")
    assert not caught.value.maybe_applied
