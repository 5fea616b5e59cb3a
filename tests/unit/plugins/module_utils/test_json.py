# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON of a product that takes more of us than it is worth."""

from __future__ import annotations

import sys
import typing as t

import pytest

from ansible_collections.batchops.job_control.plugins.module_utils import _json
from ansible_collections.batchops.job_control.plugins.module_utils._errors import ProtocolError


@pytest.fixture
def any_number_of_digits() -> t.Iterator[None]:
    """As in versions of Python that make an integer of any text of digits."""
    if not hasattr(sys, "set_int_max_str_digits"):
        yield
        return
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        yield
    finally:
        sys.set_int_max_str_digits(before)


@pytest.mark.usefixtures("any_number_of_digits")
def test_an_integer_without_end_is_refused_and_not_computed() -> None:
    """The time to compute it grows faster than its length: hours for this one."""
    with pytest.raises(ProtocolError):
        _json.parse(b'{"total": ' + b"9" * 30_000_000 + b"}")


def test_integers_stay_integers() -> None:
    assert _json.parse(b"[0, -1, 1778970000000, %d]" % 2**200) == [0, -1, 1778970000000, 2**200]
