# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bodies that accept or refuse an action, in every shape seen in the field (contract 8.2, 8.3)."""

from __future__ import annotations

import typing as t

from simulators.commvault.wire import Document

ACCESS_DENIED: Document = {"errorMessage": "Access denied", "errorCode": 5}

#: shape -> body; the first one is the documented one
SUCCESS_SHAPES: dict[str, Document] = {
    "empty": {},
    "errors": {"errors": [{"errList": [{"errorCode": 0, "errLogMessage": ""}]}]},
    "code": {"errorCode": 0},
}


def _list(code: t.Any, text: str) -> Document:
    return {"errors": [{"errList": [{"errLogMessage": text, "errorCode": code}]}]}


#: shape -> body made of code and text; the first one is the documented one
REFUSAL_SHAPES: dict[str, t.Callable[[t.Any, str], Document]] = {
    "list": _list,
    "dict": lambda code, text: {"errors": {"errList": {"errLogMessage": text, "errorCode": code}}},
    "no_text": lambda code, text: {"errors": [{"errList": [{"errorCode": code}]}]},
    "no_errors": lambda code, text: {"errors": []},
    "several": lambda code, text: {"errors": [*_list(code, text)["errors"], *_list(code, text)["errors"]]},
    "flat": lambda code, text: {"errorCode": code, "errorMessage": text},
    "error": lambda code, text: {"error": {"errorCode": code, "errorMessage": text}},
    "error_log": lambda code, text: {"error": {"errorCode": code, "errLogMessage": text}},
    "error_list": lambda code, text: {"error": {"errList": [{"errorCode": code, "errLogMessage": text}]}},
    "response": lambda code, text: {"response": [{"errorCode": code, "errorMessage": text}]},
    "response_string": lambda code, text: {"response": [{"errorCode": code, "errorString": text}]},
    "errorList": lambda code, text: {"errorList": [{"errorCode": code, "errorMessage": text}]},
}


def http_error(status: int, text: str) -> Document:
    """The body of an HTTP failure (contract 8.4, note 2)."""
    return {"error": {"errorMessage": text, "errorCode": status}}


class ApiError(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, text: str = "", body: Document | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.body = http_error(status, text) if body is None else body
