# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the product says no."""

from __future__ import annotations

UNKNOWN_ENTITY = "PRS-102"
RATE_LIMITED = "PRS-303"
#: stands for all the codes that nobody has published (contract 8.5 knows the two above only)
UNPUBLISHED = "PRS-000"


class Refusal(Exception):
    """The request is answered with an errorDocument; without a message, with an empty body (contract 5.1)."""

    def __init__(self, status: int, message: str = "", code: str = UNPUBLISHED) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code


class Page(Exception):
    """The request is answered by the web server in front of the API, in HTML (contract 4)."""

    def __init__(self, status: int, text: str, headers: dict[str, str]) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = headers
