# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: ansible's Display, the standard library.

"""How wide the terminal is."""

from __future__ import annotations

import os

from ansible.utils.display import Display


def terminal_width() -> int:
    """Its columns: those of the variable COLUMNS, else what Ansible has found, which is 79 without a terminal."""
    told = os.environ.get("COLUMNS", "")
    return int(told) if told.isdigit() and int(told) else Display().columns
