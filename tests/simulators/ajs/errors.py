# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refusals of the API: a status, a message ID and a text in the language of the client (contract 8.1, 9.1)."""

from __future__ import annotations

import typing as t


class Message(t.NamedTuple):
    """One message in the languages that Accept-Language can ask for."""

    id: str
    en: str
    ja: str
    zh: str


#: only KNAK3216-E is known; the knob `message_ids` replaces the others
MESSAGES = {
    "request": Message("KNAK3216-E", "The request is incorrect.", "リクエストに誤りがあります。", "请求不正确。"),
    "argument": Message("KNAK3201-E", "An argument is invalid: {}", "引数に誤りがあります: {}", "参数无效: {}"),
    "authentication": Message("KNAK3202-E", "Authentication is required.", "認証が必要です。", "需要认证。"),
    "permission": Message("KNAK3203-E", "You do not have permission.", "権限がありません。", "没有权限。"),
    "missing": Message("KNAK3204-E", "The resource does not exist.", "リソースが存在しません。", "资源不存在。"),
    "conflict": Message(
        "KNAK3209-E",
        "The request is inconsistent with the current resource status.",
        "現在のリソースの状態と矛盾しています。",
        "请求与资源的当前状态不一致。",
    ),
    "unavailable": Message(
        "KNAK3212-E",
        "The Web Console server is not available.",
        "Web Consoleサーバを利用できません。",
        "无法使用Web Console服务器。",
    ),
    "internal": Message(
        "KNAK3250-E", "A processing error occurred in Web Console.", "処理エラーが発生しました。", "发生处理错误。"
    ),
    "sessions": Message(
        "KNAK3213-E", "No more sessions can be opened.", "セッションの上限に達しました。", "会话数已达到上限。"
    ),
    "restricted": Message(
        "KNAK3214-E", "The API is not permitted.", "APIの使用は許可されていません。", "不允许使用API。"
    ),
}


class Refused(Exception):
    """The answer to a request that is not carried out."""

    def __init__(self, status: int, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.detail = detail

    @property
    def message_id(self) -> str:
        return MESSAGES[self.reason].id

    def text(self, language: str) -> str:
        """The message; anything but ja and zh gets English."""
        message = MESSAGES[self.reason]
        return {"ja": message.ja, "zh": message.zh}.get(language, message.en).format(self.detail)


def bad_argument(detail: str) -> Refused:
    return Refused(400, "argument", detail)


def missing() -> Refused:
    return Refused(404, "missing")


def conflict() -> Refused:
    return Refused(409, "conflict")
