# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for all tests."""

from __future__ import annotations

import hypothesis
import pytest

from ansible_collections.batchops.job_control.plugins.module_utils import _secrets

# A slow machine is no fault of the code, so no example has a time limit.
hypothesis.settings.register_profile("project", deadline=None)
hypothesis.settings.load_profile("project")


@pytest.fixture(autouse=True)
def secrets_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module is a process of its own; a test is not, and must not mask what is a secret in another one."""
    monkeypatch.setattr(_secrets, "_known", {})
