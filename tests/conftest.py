# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for all tests."""

from __future__ import annotations

import hypothesis

# A slow machine is no fault of the code, so no example has a time limit.
hypothesis.settings.register_profile("project", deadline=None)
hypothesis.settings.load_profile("project")
