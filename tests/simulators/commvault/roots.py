# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The root paths that a Web Server answers under, all in any case (contract 3.1, 3.2)."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

COMMAND_CENTER = "/commandcenter/api"
WEB_CONSOLE = "/webconsole/api"
ROOTS = (COMMAND_CENTER, WEB_CONSOLE, "/searchsvc/cvwebservice.svc", "/webservercore")

#: the key of the WSGI environment that says which root was called
CALLED_ROOT = "commvault.root"


def split(path: str) -> tuple[str, str]:
    """The root of a path and the operation below it, both in lower case; no root: empty."""
    lower = path.lower()
    root = next((root for root in ROOTS if lower == root or lower.startswith(root + "/")), "")
    return root, lower[len(root) :]


class OneRoot:
    """WSGI middleware: every root is served as Command Center's, in lower case."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> t.Iterable[bytes]:
        root, operation = split(environ.get("PATH_INFO", ""))
        if root:
            environ[CALLED_ROOT] = root
            environ["PATH_INFO"] = COMMAND_CENTER + (operation or "/")
        return self._app(environ, start_response)
