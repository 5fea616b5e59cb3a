# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which errors end a watch."""

from __future__ import annotations

import pytest

from ansible_collections.batchops.job_control.plugins.module_utils import _errors as errors
from ansible_collections.batchops.job_control.plugins.plugin_utils._trouble import is_passing


@pytest.mark.parametrize(
    ("kind", "passing", "final"),
    [
        (errors.ConnectionFailed, (None, 408, 502, 503, 504), (407,)),
        (errors.ProtocolError, (None, 200, 302, 404), ()),
        (errors.RateLimited, (None, 200, 429, 503), ()),
        (errors.WaitTimeout, (None,), ()),
        (
            errors.Refused,
            (200, 408, 409, 412, 423, 425, 429, 500, 501, 520, 599),
            (None, 400, 402, 405, 413, 415, 422, 451),
        ),
        (errors.AuthFailed, (), (None, 401, 403)),
        (errors.PermissionDenied, (), (None, 403)),
        (errors.NotFound, (), (None, 404)),
        (errors.TlsFailed, (), (None,)),
        (errors.UsageError, (), (None, 404)),
        (errors.MissingLibrary, (), (None,)),
        (errors.Ineligible, (), (None,)),
        (errors.JobControlError, (), (None, 500)),
    ],
)
def test_what_passes_and_what_a_person_has_to_mend(
    kind: type[errors.JobControlError], passing: tuple[int | None, ...], final: tuple[int | None, ...]
) -> None:
    assert [status for status in passing if not is_passing(kind("words", http_status=status))] == []
    assert [status for status in final if is_passing(kind("words", http_status=status))] == []
