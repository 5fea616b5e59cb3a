# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials go to the product that the user named and to nobody else: wrong certificates, old TLS, redirects,
proxies, and files that others could read."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import os
import pathlib
import secrets
import shutil
import socket
import ssl
import stat
import subprocess
import threading
import typing as t

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from support.canaries import PASSWORD, PRODUCTS, Echo, Guarded, guarded, leaks
from support.clock import ProductClock
from support.inprocess import run_module
from support.scenes import mixed_jobs
from support.torture import tally

from ansible_collections.batchops.job_control.plugins.module_utils import _http
from simulators.core.server import tls_context

NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
PROXY_PASSWORD = secrets.token_hex(12)
ADDRESSES = ("localhost", "127.0.0.1")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    path.write_bytes(authority.cert_pem.bytes())
    return path


def look(product: Guarded, **options: t.Any) -> dict[str, t.Any]:
    """What `job_info` ends with; it showed no secret."""
    result = run_module("job_info", **{**product.options, "retry_timeout": 0, **options})
    assert leaks(json.dumps(result), product.secrets) == []
    return result


def assert_refused(product: Guarded, word: str, **options: t.Any) -> None:
    """TLS failed, and the product did not get as much as a request."""
    result = look(product, **options)
    assert result["error"]["kind"] == "tls", result
    assert word in result["msg"]
    assert product.simulator.log == []


# --- TLS -----------------------------------------------------------------------------------------------------------


def self_signed() -> ssl.SSLContext:
    """What a product has before anybody cares for its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), NOW - DAY, NOW + DAY)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    own = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with trustme.Blob(private + own.public_bytes(pem)).tempfile() as path:
        context.load_cert_chain(path)
    return context


def expired(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*ADDRESSES, not_before=NOW - 2 * DAY, not_after=NOW - DAY).configure_cert(context)
    return context


def old(authority: trustme.CA, version: ssl.TLSVersion) -> ssl.SSLContext:
    """A server that can nothing newer. OpenSSL itself has to be told to speak it."""
    context = tls_context(authority)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    return context


def demanding(authority: trustme.CA) -> ssl.SSLContext:
    """A gateway that wants a client certificate."""
    context = tls_context(authority)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


#: a server, what the message says of it, and whether it is refused without checking certificates too
REFUSALS: dict[str, tuple[t.Callable[[trustme.CA], ssl.SSLContext], str, bool]] = {
    "of another host": (lambda authority: tls_context(authority, "elsewhere.example"), "127.0.0.1", False),
    "expired": (expired, "expired", False),
    "self-signed": (lambda _authority: self_signed(), "self", False),
    "of an unknown authority": (lambda _authority: tls_context(trustme.CA()), "ca_path", False),
    "TLS 1.0": (lambda authority: old(authority, ssl.TLSVersion.TLSv1), "TLS", True),
    "TLS 1.1": (lambda authority: old(authority, ssl.TLSVersion.TLSv1_1), "TLS", True),
    "without our certificate": (demanding, "client_cert", True),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("system", PRODUCTS)
@pytest.mark.parametrize("which", REFUSALS)
def test_no_credential_goes_to_a_server_that_is_not_trusted(
    system: str, which: str, authority: trustme.CA, ca_file: pathlib.Path
) -> None:
    context, word, always = REFUSALS[which]
    with guarded(system, context(authority)) as product:
        assert_refused(product, word, ca_path=str(ca_file))
        if always:
            assert_refused(product, word, validate_certs=False)
        elif system == "prime":
            assert look(product, validate_certs=False)["jobs"] == []
    tally("TLS refusals", 2 if always else 1, system)


@pytest.mark.parametrize("system", PRODUCTS)
def test_a_private_authority_is_trusted_by_file_and_by_folder(
    system: str, authority: trustme.CA, ca_file: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """And with a client certificate where the gateway wants one."""
    shutil.copy(ca_file, tmp_path / "ca.pem")
    known_as = subprocess.run(
        ["openssl", "x509", "-subject_hash", "-noout", "-in", ca_file], capture_output=True, text=True, check=True
    )
    (tmp_path / f"{known_as.stdout.strip()}.0").symlink_to("ca.pem")
    own = tmp_path / "own.pem"
    own.write_bytes(authority.issue_cert("client.example").private_key_and_cert_chain_pem.bytes())
    with guarded(system, demanding(authority)) as product:
        for path in (ca_file, tmp_path):
            assert look(product, ca_path=str(path), client_cert=str(own))["jobs"] == []
        assert_key_is_not_shown(product, ca_file, own)
        strange = tmp_path / "strange.pem"
        strange.write_bytes(trustme.CA().issue_cert("client.example").private_key_and_cert_chain_pem.bytes())
        product.simulator.log.clear()
        assert_refused(product, "client_cert", ca_path=str(ca_file), client_cert=str(strange))
    tally("TLS refusals", 1, system)


def assert_key_is_not_shown(product: Guarded, ca_file: pathlib.Path, own: pathlib.Path) -> None:
    shown = json.dumps(look(product, ca_path=str(ca_file), client_cert=str(own)))
    assert not any(line in shown for line in own.read_text().splitlines() if len(line) > 20)


def test_the_lowest_version_of_tls_does_not_depend_on_the_library(authority: trustme.CA, ca_file: pathlib.Path) -> None:
    """urllib3 2 has the same lowest version by itself; what is asked of it is looked at, not what it makes of that."""
    for validate in (True, False):
        pools = _http._adapter(1, validate).poolmanager.connection_pool_kw
        assert pools["ssl_context"].minimum_version == ssl.TLSVersion.TLSv1_2


# --- other origins -------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Listener:
    """Somebody else at another port, who keeps all that he is sent; as a proxy he passes on what a tunnel carries."""

    url: str
    heard: bytearray = dataclasses.field(default_factory=bytearray)
    tunnels: bool = False


@contextlib.contextmanager
def listener(tunnels: bool = False) -> t.Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = Listener(f"http://127.0.0.1:{server.getsockname()[1]}", tunnels=tunnels)
        thread = threading.Thread(target=_serve, args=(server, found), daemon=True)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(server: socket.socket, found: Listener) -> None:
    with contextlib.suppress(OSError):
        while True:
            threading.Thread(target=_hear, args=(server.accept()[0], found), daemon=True).start()


def _hear(client: socket.socket, found: Listener) -> None:
    with client, contextlib.suppress(OSError):
        head = client.recv(65536)
        found.heard += head
        if not found.tunnels or not head.startswith(b"CONNECT "):
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
            return
        host, _colon, port = head.split()[1].decode().rpartition(":")
        with socket.create_connection((host, int(port))) as product:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pass_on, args=(product, client, bytearray()), daemon=True)
            back.start()
            _pass_on(client, product, found.heard)
            back.join()


def _pass_on(source: socket.socket, target: socket.socket, heard: bytearray) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            heard += data
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirect_leads_nobody_away(status: str) -> None:
    """Not the first request nor a later one, by no status, to no other port or scheme."""
    for system in PRODUCTS:
        with guarded(system) as product, listener() as elsewhere:
            for skip in (0, 1, 2):
                product.renew()
                product.echo = Echo(lambda _secret: (status, "text/html", "", f"{elsewhere.url}/caught"), skip=skip)
                result = look(product)
                assert skip or result["error"]["kind"] in ("protocol", "auth"), result
            assert bytes(elsewhere.heard) == b""


@pytest.mark.parametrize("system", PRODUCTS)
def test_a_proxy_of_https_sees_only_a_tunnel(
    system: str, authority: trustme.CA, ca_file: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told host and port, and gets its own user, which the product does not get; TLS ends at the product."""
    with listener(tunnels=True) as proxy, guarded(system, tls_context(authority), str(ca_file)) as product:
        monkeypatch.setenv("https_proxy", proxy.url.replace("://", f"://proxyuser:{PROXY_PASSWORD}@"))
        monkeypatch.delenv("no_proxy", raising=False)
        result = look(product, ca_path=str(ca_file))
        assert result["jobs"] == [], result
        assert bytes(proxy.heard).startswith(b"CONNECT 127.0.0.1:")
        assert leaks(proxy.heard.decode("latin-1"), product.secrets) == []
        received = json.dumps([request.headers for request in product.simulator.log])
        assert "proxy" not in received.lower()
        assert PROXY_PASSWORD not in json.dumps(result)


def test_a_proxy_that_refuses_shows_no_password_of_its_user(monkeypatch: pytest.MonkeyPatch) -> None:
    with guarded("prime") as product, listener() as proxy:
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, proxy.url.replace("://", f"://proxyuser:{PROXY_PASSWORD}@"))
        monkeypatch.delenv("no_proxy", raising=False)
        for url in ("https://127.0.0.1:9", "http://127.0.0.1:9", product.options["url"]):
            shown = json.dumps(look(product, url=url))
            assert leaks(shown, {"user of the proxy": PROXY_PASSWORD}) == [], shown


def test_a_netrc_file_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """Its user would be sent in place of ours."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login stranger password other-password\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for system in PRODUCTS:
        with guarded(system) as product:
            assert look(product)["jobs"] == []


# --- files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("system", PRODUCTS)
def test_a_journal_is_for_its_owner_only(system: str, tmp_path: pathlib.Path) -> None:
    """Whatever the umask; and a file that others could have changed is not used."""
    journal = tmp_path / "journal"
    with guarded(system) as product:
        product.renew()
        mixed_jobs(product.target, 1)
        before = os.umask(0)
        try:
            options = {**product.options, "all": True, "journal": str(journal), "window": "night"}
            result = run_module("job_suspend", clock=ProductClock(product.simulator.clock), **options)
        finally:
            os.umask(before)
        assert result["changed"], result
        assert stat.S_IMODE(journal.stat().st_mode) == 0o600
        assert leaks(journal.read_text(), {"password": PASSWORD}) == []
        journal.chmod(0o666)
        written = journal.read_bytes()
        refused = run_module("job_suspend", clock=ProductClock(product.simulator.clock), **options)
        assert "others can change it: its mode is 0666" in refused["msg"]
        assert journal.read_bytes() == written
