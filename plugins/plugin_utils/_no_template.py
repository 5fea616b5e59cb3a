# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library.

"""Words of a product that Ansible keeps in a variable, and must not take for a template."""

from __future__ import annotations

import re

_TEMPLATE = re.compile(r"\{(?=[{%#])")


def no_template(text: str) -> str:
    """The same text with a space in whatever would begin a template."""
    return _TEMPLATE.sub("{ ", text)
