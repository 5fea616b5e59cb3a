# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The package that users get: what is in it, that it installs without a network, that Galaxy would take it."""

from __future__ import annotations

import pathlib
import re
import tarfile

import pytest
from support.checkout import ROOT, Checkout

#: What a user of the collection, its documentation or the importer reads. Everything else stays in the repository.
WANTED = re.compile(
    r"(FILES|MANIFEST)\.json|README\.md|CHANGELOG\.(md|rst)|LICENSE"
    r"|changelogs/(changelog|config)\.yaml"
    r"|docs/([a-z-]+/)*[a-z_-]+\.md"
    r"|extensions/(audit|eda)/.+\.(md|py|yml)"
    r"|meta/[a-z-]+\.(txt|yml)"
    r"|playbooks/.+\.(md|yml)"
    r"|plugins/[a-z_]+/([a-z_]+/)?[a-z_]+\.py"
    r"|roles/[a-z_]+/.+\.(j2|md|yml)"
    r"|tests/(config\.yml|sanity/ignore-2\.[0-9]+\.txt)"
)
#: What a package is for; each file of it in the repository is in the package.
WHOLE = ("extensions/eda/", "extensions/audit/", "meta/", "playbooks/", "plugins/", "roles/")
#: For users to copy to a repository of their own; Galaxy's linter cannot follow its playbooks into the collection.
APART = ("playbooks/awx/project/",)
IMPORTER = ROOT / ".build" / "lanes" / "importer" / "bin"

IMPORTER_SETTINGS = """\
[galaxy-importer]
CHECK_CHANGELOG=True
CHECK_REQUIRED_TAGS=True
CHECK_RUNTIME_METADATA=True
OFFLINE_ANSIBLE_LINT=True
REQUIRE_V1_OR_GREATER=True
RUN_ANSIBLE_DOC=True
RUN_ANSIBLE_LINT=True
RUN_ANSIBLE_TEST=False
RUN_FLAKE8=True
"""


@pytest.fixture(scope="module")
def package(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The package, built from what git knows, as it is in a fresh clone."""
    clone, place = tmp_path_factory.mktemp("clone"), tmp_path_factory.mktemp("package")
    for name in checkout.files():
        copy = clone / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((ROOT / name).read_bytes())
    checkout.run("ansible-galaxy", "collection", "build", "--output-path", str(place), str(clone))
    (found,) = place.glob("batchops-job_control-*.tar.gz")
    return found


def test_it_holds_what_users_need_and_nothing_else(checkout: Checkout, package: pathlib.Path) -> None:
    with tarfile.open(package) as archive:
        held = {member.name for member in archive if member.isfile()}
    assert sorted(name for name in held if not WANTED.fullmatch(name)) == []
    assert (
        sorted({name for name in checkout.files() if name.startswith(WHOLE) and not name.startswith(APART)} - held)
        == []
    )
    assert {"MANIFEST.json", "README.md", "LICENSE", "meta/runtime.yml", "changelogs/changelog.yaml"} <= held


def test_it_installs_without_a_network(checkout: Checkout, package: pathlib.Path, tmp_path: pathlib.Path) -> None:
    install = ("ansible-galaxy", "collection", "install", "--offline", str(package), "-p", str(tmp_path))
    checkout.run(*install, ANSIBLE_COLLECTIONS_PATH=str(tmp_path))
    show = ("ansible-doc", "batchops.job_control.job_suspend")
    text = checkout.run(*show, cwd=tmp_path, ANSIBLE_COLLECTIONS_PATH=str(tmp_path))
    assert "Makes the selected jobs stop working until they are resumed" in " ".join(text.split())


def test_galaxy_importer_has_nothing_to_say(checkout: Checkout, package: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """But for the sanity ignore files, of which it always tells; each line of them says why it is there."""
    settings = tmp_path / "importer.cfg"
    settings.write_text(IMPORTER_SETTINGS)
    path = f"{IMPORTER}:/usr/bin:/bin"
    importer = (str(IMPORTER / "python"), "-m", "galaxy_importer.main", str(package))
    said = checkout.run(*importer, cwd=tmp_path, PATH=path, GALAXY_IMPORTER_CONFIG=str(settings))
    assert "Importer processing completed successfully" in said
    complaints = [line for line in said.splitlines() if line.startswith(("WARNING", "ERROR"))]
    assert [line for line in complaints if "Ignore files skip ansible-test sanity tests" not in line] == []
    for ignored in (ROOT / "tests" / "sanity").glob("ignore-*.txt"):
        assert all(" # " in line for line in ignored.read_text().splitlines()), ignored.name
