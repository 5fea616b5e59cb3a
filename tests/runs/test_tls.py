# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS: certificates are checked unless the user says otherwise, and nothing falls back to plain http."""

from __future__ import annotations

import contextlib
import pathlib
import ssl
import typing as t
import warnings

import pytest
import trustme
from support.ansible import Ansible, ModuleRun
from support.estate import Target, running_estate, write_hosts
from support.inprocess import run_module
from support.scenes import mixed_jobs

from ansible_collections.batchops.job_control.plugins.module_utils._arguments import is_plain_http
from ansible_collections.batchops.job_control.plugins.module_utils._registry import CAPABILITIES
from simulators.commvault.simulator import create
from simulators.core.server import Server, serving, tls_context

ALL_FIVE = "job_systems"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Where the certificates are."""
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def running_over_tls(folder: pathlib.Path) -> t.Iterator[dict[str, Target]]:
    with running_estate(tls=folder) as targets:
        yield targets


@pytest.fixture
def secure(running_over_tls: dict[str, Target]) -> dict[str, Target]:
    """The five job systems over TLS, without jobs; the file ca.pem holds the authority of their certificates."""
    for target in running_over_tls.values():
        target.control.reset()
    return running_over_tls


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def run(ansible: Ansible, targets: t.Iterable[Target], **options: t.Any) -> list[ModuleRun]:
    """job_info on these job systems with further connection options."""
    changed = {f"job_control_{name}": value for name, value in options.items()}
    write_hosts(ansible.inventory, {target.system: {**target.variables, **changed} for target in targets})
    return ansible.modules(ALL_FIVE, "job_info")


def assert_refused(runs: t.Iterable[ModuleRun], kind: str, *words: str) -> None:
    """Each run failed with this kind of error and one sentence that has these words in it."""
    for one in runs:
        assert one.status != 0
        assert one.result["error"]["kind"] == kind, one.result
        assert all(word in one.result["msg"] for word in words), one.result["msg"]
        assert len(one.result["msg"].splitlines()) == 1
        assert "Traceback" not in one.output


def pem(folder: pathlib.Path, name: str, *blobs: trustme.Blob) -> str:
    """A file of certificates or keys."""
    path = folder / name
    path.write_bytes(b"".join(blob.bytes() for blob in blobs))
    return str(path)


# --- the product's certificate -----------------------------------------------------------------------------------


def test_a_known_authority_is_trusted(ansible: Ansible, secure: dict[str, Target], folder: pathlib.Path) -> None:
    scenes = {system: mixed_jobs(target) for system, target in secure.items()}
    runs = run(ansible, secure.values(), ca_path=str(folder / "ca.pem"))
    listed = {one.result["jobs"][0]["system"]: set(one.jobs) for one in runs}
    assert listed == {system: set(scene.all) for system, scene in scenes.items()}


def test_an_unknown_authority_is_not_trusted(ansible: Ansible, secure: dict[str, Target]) -> None:
    """And the product gets no request, let alone a password."""
    assert_refused(run(ansible, secure.values()), "tls", "ca_path", "127.0.0.1")
    assert [target.control.requests() for target in secure.values()] == [[]] * 5


def test_checking_can_be_switched_off(ansible: Ansible, secure: dict[str, Target]) -> None:
    scenes = {system: mixed_jobs(target) for system, target in secure.items()}
    runs = run(ansible, secure.values(), validate_certs=False)
    assert {job for one in runs for job in one.jobs} == {job for scene in scenes.values() for job in scene.all}


def test_an_unchecked_certificate_is_warned_about_once(secure: dict[str, Target]) -> None:
    """By us, with the option and the risk; urllib3 would do so for each request."""
    for target in secure.values():
        with warnings.catch_warnings(record=True) as theirs:
            warnings.simplefilter("always")
            location = {"location": "/"} if target.system == "ajs" else {}
            result = run_module("job_info", **target.options, **location, validate_certs=False)
        assert result["http"]["requests"]
        assert [str(one.message) for one in theirs if "certificate" in str(one.message)] == []
        # ansible-core keeps the warnings of a process, which here are those of several runs.
        (ours,) = [str(one) for one in result["warnings"] if CAPABILITIES[target.system].title in str(one)]
        assert "validate_certs: the certificate" in ours
        assert "password" in ours


def test_a_certificate_for_another_host_is_not_trusted(
    ansible: Ansible, secure: dict[str, Target], authority: trustme.CA, folder: pathlib.Path
) -> None:
    ca_path = pem(folder, "other.pem", authority.cert_pem)
    with serving(create(), context=tls_context(authority, "elsewhere.example")) as server:
        refused = run(ansible, [secure["commvault"]], url=server.url, ca_path=ca_path)
        assert_refused(refused, "tls", "not valid for '127.0.0.1'", "url")
        (unchecked,) = run(ansible, [secure["commvault"]], url=server.url, validate_certs=False)
    assert unchecked.status == 0


def test_a_file_without_certificates_is_named(
    ansible: Ansible, secure: dict[str, Target], folder: pathlib.Path
) -> None:
    target = secure["commvault"]
    junk = folder / "junk.pem"
    junk.write_text("no certificate\n")
    for path in ("/nowhere/ca.pem", str(junk)):
        assert_refused(run(ansible, [target], ca_path=path), "usage", f"ca_path: {path}")
    assert target.control.requests() == []


# --- the scheme of the url ---------------------------------------------------------------------------------------


def test_https_where_the_port_speaks_http(ansible: Ansible, estate: dict[str, Target]) -> None:
    """Not even when certificates are not checked does the request go out in the clear."""
    target = estate["commvault"]
    url = target.options["url"].replace("http:", "https:")
    for validate_certs in (True, False):
        assert_refused(run(ansible, [target], url=url, validate_certs=validate_certs), "tls", "scheme")
    assert target.control.requests() == []


def test_http_where_the_port_speaks_tls(ansible: Ansible, secure: dict[str, Target]) -> None:
    target = secure["commvault"]
    url = target.options["url"].replace("https:", "http:")
    assert_refused(run(ansible, [target], url=url, retry_timeout=0), "connection", "127.0.0.1")
    assert target.control.requests() == []


def test_plain_http_works_with_one_warning(ansible: Ansible, estate: dict[str, Target]) -> None:
    """The address 0.0.0.0 leads to this machine, but is none of its loopback addresses."""
    target = estate["commvault"]
    scene = mixed_jobs(target)
    (warned,) = run(ansible, [target], url=target.options["url"].replace("127.0.0.1", "0.0.0.0"))
    assert set(warned.jobs) == set(scene.all)
    assert warned.output.count("is plain http") == 1
    (silent,) = run(ansible, [target])
    assert "plain http" not in silent.output


def test_a_second_address_over_plain_http_is_warned_about_too(ansible: Ansible, estate: dict[str, Target]) -> None:
    """The password of DRS goes to IAM."""
    target = estate["drs"]
    (warned,) = run(ansible, [target], drs_iam_url=target.options["drs_iam_url"].replace("127.0.0.1", "0.0.0.0"))
    assert warned.status == 0
    assert warned.output.count("is plain http") == 1
    assert "drs_iam_url" in warned.output


@pytest.mark.parametrize(
    ("url", "is_plain"),
    [
        ("http://prime.example.com", True),
        ("http://10.1.2.3:8080/x", True),
        ("HTTP://prime.example.com", True),
        ("http://[2001:db8::1]/", True),
        ("http://localhost.example.com", True),
        ("http://127.example.com", True),
        ("https://prime.example.com", False),
        ("http://localhost:5000", False),
        ("http://LOCALHOST", False),
        ("http://127.0.0.1:5000/x", False),
        ("http://127.1.2.3", False),
        ("http://[::1]:5000", False),
        ("", False),
    ],
)
def test_what_is_plain_http(url: str, is_plain: bool) -> None:
    assert is_plain_http(url) is is_plain


# --- client certificates -----------------------------------------------------------------------------------------


@contextlib.contextmanager
def gateway(authority: trustme.CA) -> t.Iterator[Server]:
    """A Web Server that lets in only who shows a certificate of this authority."""
    context = tls_context(authority)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    with serving(create(), context=context) as server:
        yield server


def test_a_client_certificate_opens_the_door(
    ansible: Ansible, secure: dict[str, Target], authority: trustme.CA, folder: pathlib.Path
) -> None:
    """In two files or in one."""
    own = authority.issue_cert("automation.example")
    ca_path = pem(folder, "gateway.pem", authority.cert_pem)
    key = pem(folder, "key.pem", own.private_key_pem)
    chain = pem(folder, "chain.pem", *own.cert_chain_pems)
    both = pem(folder, "both.pem", own.private_key_and_cert_chain_pem)
    with gateway(authority) as server:
        for files in ({"client_cert": chain, "client_key": key}, {"client_cert": both}):
            (inside,) = run(ansible, [secure["commvault"]], url=server.url, ca_path=ca_path, **files)
            assert inside.status == 0, inside.output


def test_without_the_right_client_certificate_the_door_stays_shut(
    ansible: Ansible, secure: dict[str, Target], authority: trustme.CA, folder: pathlib.Path
) -> None:
    ca_path = pem(folder, "gateway.pem", authority.cert_pem)
    strange = pem(folder, "strange.pem", trustme.CA().issue_cert("x.example").private_key_and_cert_chain_pem)
    with gateway(authority) as server:
        for files in ({}, {"client_cert": strange}):
            refused = run(ansible, [secure["commvault"]], url=server.url, ca_path=ca_path, retry_timeout=0, **files)
            assert_refused(refused, "tls", "127.0.0.1", "client_cert")
        assert server.simulator.log == []


def test_an_unusable_client_certificate_is_named(
    ansible: Ansible, secure: dict[str, Target], authority: trustme.CA, folder: pathlib.Path
) -> None:
    """A file that is not there, one without the key that belongs to it, and a key of another certificate."""
    target = secure["commvault"]
    chain = pem(folder, "keyless.pem", *authority.issue_cert("x.example").cert_chain_pems)
    key = pem(folder, "other-key.pem", authority.issue_cert("y.example").private_key_pem)
    for files in (
        {"client_cert": "/nowhere/client.pem"},
        {"client_cert": chain},
        {"client_cert": chain, "client_key": key},
    ):
        refused = run(ansible, [target], ca_path=str(folder / "ca.pem"), **files)
        assert_refused(refused, "usage", "client_cert", *files.values())
    assert target.control.requests() == []
