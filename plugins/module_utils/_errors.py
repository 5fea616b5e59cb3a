# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _secrets.

"""Everything that can go wrong, each with the `error.kind` that a result shows for it."""

from __future__ import annotations

import reprlib
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._secrets import masked, masked_start

#: The values of `error.code` that this collection gives, and that playbooks compare: constants, which hold no secret.
OWN_CODES = frozenset(
    {
        "journal_changed",
        "journal_copy_differs",
        "journal_in_use",
        "other_journal",
        "not_offered",
        "plan_differs",
        "window_open",
    }
)


class JobControlError(Exception):
    """The base of all errors of this collection. No secret is in its message, however the product wrote it there, and
    nothing that a terminal would obey.

    `maybe_applied` says of a failed write that it may have taken effect all the same: the state has to be read
    before anything else is done. `not_done` says that the product has proved that it did nothing, and may do it when it
    is asked again.
    """

    kind: t.ClassVar[str] = "protocol"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        http_status: int | None = None,
        method: str | None = None,
        url: str | None = None,
        maybe_applied: bool = False,
        not_done: bool = False,
    ) -> None:
        self.message = inert(masked(message))
        super().__init__(self.message)
        self.code = code if code is None or code in OWN_CODES else masked(code)
        self.http_status = http_status
        self.method = method
        self.url = url
        self.maybe_applied = maybe_applied
        self.not_done = not_done

    def as_result(self) -> dict[str, t.Any]:
        """The `error` of a failed run."""
        return {
            "kind": self.kind,
            "code": self.code,
            "message": self.message,
            "http_status": self.http_status,
            "method": self.method,
            "url": self.url,
        }

    def as_job_error(self) -> dict[str, t.Any]:
        """The `error` of one job."""
        return {"kind": self.kind, "code": self.code, "message": self.message}


class UsageError(JobControlError):
    """The user asked for something that cannot be; the message names the option and what to do."""

    kind = "usage"


class MissingLibrary(JobControlError):
    """A Python library is not there on the host where the module runs."""

    kind = "missing_library"


class ConnectionFailed(JobControlError):
    """No answer, or none from the product itself: refused, time-out, reset, a gateway's 502."""

    kind = "connection"


class TlsFailed(JobControlError):
    """The certificate was not accepted, or no common TLS version was found."""

    kind = "tls"


class AuthFailed(JobControlError):
    """The product does not accept the credentials."""

    kind = "auth"


class PermissionDenied(JobControlError):
    """The user is known but may not do this."""

    kind = "permission"


class NotFound(JobControlError):
    """What was named does not exist, or the user may not see it."""

    kind = "not_found"


class Ineligible(JobControlError):
    """The job's state does not allow the verb."""

    kind = "ineligible"


class Refused(JobControlError):
    """The product understood and said no."""

    kind = "refused"


class RateLimited(JobControlError):
    """The product asks for patience, and that of `retry_timeout` is used up."""

    kind = "rate_limited"


class ProtocolError(JobControlError):
    """The answer is not what the product's interface promises: HTML, cut off, a redirect, unknown shape."""

    kind = "protocol"


class WaitTimeout(JobControlError):
    """The job did not get where it was asked to within `wait_timeout`."""

    kind = "wait_timeout"


class UnknownOutcome(JobControlError):
    """A write may or may not have taken effect, and the job's state does not tell."""

    kind = "unknown_outcome"


class Partial(JobControlError):
    """Some jobs succeeded or failed in different ways; each job carries its own error."""

    kind = "partial"


def inert(text: str) -> str:
    """A text on one line, with control characters shown and not obeyed: terminals get messages as they are."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() and c > "\xa0" else ascii(c)[1:-1] for c in text)


def excerpt(text: str, length: int = 200) -> str:
    """The beginning of a product's text, on one line, with control characters shown and not obeyed.

    Secrets are masked before the cut, which could leave the greater part of one at the end. A body may be so large that
    not all of it is looked at.
    """
    line = " ".join(masked_start(text, _MOST).split())
    return inert(line[:length]) + ("..." if len(line) > length or len(text) > _MOST else "")


_MOST = 100_000  # characters of a text; far more than is shown


def shown(value: t.Any, length: int = 200) -> str:
    """The beginning of a value that a product should not have answered. It may be large, or nested deeply."""
    return excerpt(_REPR.repr(value), length)


_REPR = reprlib.Repr()
_REPR.maxlevel = 4
_REPR.maxdict = _REPR.maxlist = 20
_REPR.maxstring = _MOST  # beyond what is shown, as a secret that is cut in half is not masked
