# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the tests of the event source: the simulators in processes of their own."""

from __future__ import annotations

from runs.conftest import estate, running, target

__all__ = ["estate", "running", "target"]
