# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation as a web site."""

from __future__ import annotations

import pathlib
import re

from support.checkout import ROOT, Checkout
from support.pages import MODULES


def test_the_site_is_built_without_a_warning_and_loads_nothing_from_elsewhere(
    checkout: Checkout, tmp_path: pathlib.Path
) -> None:
    site = tmp_path / "site"
    checkout.run("make", "docs", f"DOCS={site}")
    built = {path.relative_to(site).with_suffix("") for path in site.rglob("*.html")}
    written = {path.relative_to(ROOT / "docs").with_suffix("") for path in (ROOT / "docs").rglob("*.md")}
    references = [*(f"{module}_module" for module in MODULES), "maintenance_window_role", "environment_variables"]
    assert written | {pathlib.Path("reference", name) for name in references} <= built
    text = "".join(path.read_text() for path in site.rglob("*.html"))
    assert re.findall(r"""<(?:script|img|iframe)[^>]+src=["']https?:|<link[^>]+stylesheet[^>]+https?:""", text) == []
    assert 'href="reference/job_suspend_module.html"' in (site / "index.html").read_text()
