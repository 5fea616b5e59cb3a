# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, ledger.

"""Other journals of the same product, beside the one that is used: two names of one product in an inventory."""

from __future__ import annotations

import json
import os
import stat

from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._journal.ledger import Ledger, read


def refuse_neighbours(path: str, system: str, product: str) -> None:
    """Two journals of one product cannot tell whose job is whose, so only one of them may be needed at a time.

    :param path: of the journal that is used; others have the same ending and are in the same folder.
    :raises UsageError: another one is needed.
    """
    folder, own = os.path.split(os.path.abspath(path))
    ending = os.path.splitext(own)[1]
    try:
        names = sorted(os.listdir(folder)) if ending else []
    except OSError:  # a run that only plans may have no folder yet
        return
    for name in names:
        other = os.path.join(folder, name)
        ledger = _ledger(other, product) if name.endswith(ending) and name != own else Ledger()
        if (ledger.system, ledger.product) == (system, product) and (ledger.open_windows or ledger.open_entries):
            windows = ", ".join(map(repr, ledger.open_windows)) or "none, but jobs are missing"
            raise UsageError(
                f"journal: {other} is of the same product ({system} at {product}), and is still needed (open windows: "
                f"{windows}). Two journals cannot tell whose job is whose: use one inventory name for the product, or "
                "close those windows first.",
                code="other_journal",
            )


def _ledger(path: str, product: str) -> Ledger:
    """The journal in a file, if it may be one of this product; an empty one else, or when it cannot be read."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return Ledger()
        with open(path, "rb") as file:
            data = file.read()
        return read(data, path)[0] if json.dumps(product).encode() in data else Ledger()
    except (OSError, UsageError):
        return Ledger()
