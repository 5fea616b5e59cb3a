# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the AWX lane: the simulators in processes of their own, as for the tests that run real ansible."""

from __future__ import annotations

from runs.conftest import ansible, estate, running

__all__ = ["ansible", "estate", "running"]
