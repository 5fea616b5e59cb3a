# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The product's error codes: their HTTP statuses, texts and bodies (contract 4.3, 8.7)."""

from __future__ import annotations

import typing as t

from simulators.drs.rules import Knobs, Reason

Json = dict[str, t.Any]


class Message(t.NamedTuple):
    """One line of the error tables; `%s` in a text stands for what is wrong."""

    http: int
    english: str
    chinese: str = ""


MESSAGES: dict[str, Message] = {
    "DRS.M00004": Message(500, "Service abnormal. Try again later."),
    "DRS.M00100": Message(403, "Invalid token."),
    "DRS.M00101": Message(404, "You do not have the permission."),
    "DRS.M00102": Message(403, "You do not have the permission to perform this operation.", "没有权限执行该操作"),
    "DRS.M00103": Message(401, "Authentication failed. You do not have the permission."),
    "DRS.M00105": Message(400, "The user does not have the permission."),
    "DRS.M00200": Message(400, "Invalid parameter %s.", "参数%s无效"),
    "DRS.M00201": Message(400, "The parameter %s cannot be empty.", "参数%s不能为空"),
    "DRS.M00210": Message(400, "Invalid page parameter %s."),
    "DRS.M00211": Message(400, "The page parameter %s exceeds the limit."),
    "DRS.M00261": Message(403, "Invalid project ID."),
    "DRS.M00289": Message(400, "The job does not exist.", "任务不存在"),
    "DRS.M00299": Message(400, "Only one jobId is allowed."),
    "DRS.M00300": Message(400, "Invoke the test connection interface before starting the task."),
    "DRS.M00301": Message(400, "Duplicate %s in the request."),
    "DRS.M00304": Message(400, "This API cannot be called in the current task status.", "当前任务状态不允许调用该接口"),
    "DRS.M00307": Message(400, "Only subtasks can invoke this interface."),
    "DRS.M00308": Message(400, "Only parent tasks can invoke this interface."),
    "DRS.M00401": Message(400, "The task does not support re-editing."),
    "DRS.M00402": Message(400, "A subtask exists."),
    "DRS.M01503": Message(400, "The operation is too frequent. Try again later."),
    "DRS.M01504": Message(
        202,
        "Another operation is being performed on the migration task or the migration task is abnormal. "
        "Try again later.",
        "任务正在执行其他操作或者任务异常",
    ),
    "DRS.M05003": Message(400, "The job cannot be found."),
    "DRS.M05004": Message(400, "The job has been deleted or its resources have been released."),
    "DRS.M05066": Message(200, "Failed to create instance!"),
    "DRS.10000001": Message(400, "Failed."),
    "DRS.10000009": Message(400, "Parameter error."),
    "DRS.10000010": Message(400, "Job does not exist, please check job ID."),
    "DRS.10000024": Message(400, "Another operation is being performed on the job. Try again later."),
    "DRS.10010047": Message(400, "Service error. Perform the precheck again."),
    "DRS.10020102": Message(400, "Job does not exist, please check job ID"),
    "APIGW.0101": Message(404, "The API does not exist or has not been published in the environment."),
    "APIGW.0201": Message(413, "The request body is too large."),
    "APIGW.0301": Message(401, "Incorrect IAM authentication information: %s"),
    "APIGW.0308": Message(429, "The throttling threshold has been reached: policy ip over ratelimit,limit:%s"),
}

_V3_CODES = {
    Reason.BUSY: "DRS.M01504",
    Reason.CHILDREN_ONLY: "DRS.M00307",
    Reason.PARENTS_ONLY: "DRS.M00308",
    Reason.NO_RE_EDIT: "DRS.M00401",
    Reason.SUBTASK_EXISTS: "DRS.M00402",
    Reason.TEST_CONNECTION: "DRS.M00300",
    Reason.PRECHECK: "DRS.10010047",
}


class Refusal(Exception):
    """The product refuses a whole request. `detail` fills the text."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code
        self.detail = detail


class IamRefusal(Exception):
    """IAM refuses a request."""

    def __init__(self, http: int, message: str) -> None:
        super().__init__(message)
        self.http = http
        self.message = message


IAM_TITLES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}


def text(code: str, language: str, detail: str = "") -> str:
    """The message of a code in the language of X-Language."""
    message = MESSAGES[code]
    words = message.chinese if language == "zh-cn" and message.chinese else message.english
    return words.replace("%s", detail)


def iam_body(refusal: IamRefusal) -> Json:
    """IAM's errors look unlike those of DRS (contract 4.1)."""
    return {"error": {"code": refusal.http, "message": refusal.message, "title": IAM_TITLES[refusal.http]}}


def v3_code(reason: Reason, knobs: Knobs) -> str:
    """The code by which v3 names a reason."""
    if reason is Reason.WRONG_STATE:
        return str(knobs["wrong_state_code"])
    if reason is Reason.UNKNOWN:
        return str(knobs["unknown_id"])
    if reason is Reason.GONE:
        return "DRS.M05004" if knobs["deleted_id"] == "DELETED" else str(knobs["deleted_id"])
    return _V3_CODES[reason]


def v5_code(reason: Reason, knobs: Knobs, batch: bool) -> str:
    """The code by which v5 names a reason; it has few, and another one for an unknown id in a batch."""
    if reason in (Reason.UNKNOWN, Reason.GONE):
        return str(knobs["v5_unknown_id_in_batch" if batch else "v5_unknown_id"])
    return {Reason.BUSY: "DRS.10000024", Reason.PRECHECK: "DRS.10010047"}.get(reason, "DRS.10000001")
