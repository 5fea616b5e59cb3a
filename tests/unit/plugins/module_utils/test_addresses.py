# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses of products: one spelling for all that mean the same."""

from __future__ import annotations

import pytest

from ansible_collections.batchops.job_control.plugins.module_utils._arguments import _checked_url
from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError


@pytest.mark.parametrize(
    "url",
    [
        "https://cc.example.com/commandcenter/api",
        "https://cc.example.com/commandcenter/api/",
        "HTTPS://CC.Example.COM/commandcenter/api",
        "https://cc.example.com:443/commandcenter/api",
        "https://cc.example.com:0443/commandcenter/api",
        "https://cc.example.com:/commandcenter/api",
        "https://cc.example.com./commandcenter/api",
        "https://cc.example.com.:443/commandcenter/api",
        "https://@cc.example.com/commandcenter/api",
        " https://cc.example.com/commandcenter/api \n",
        "https://cc.example.com//commandcenter//api//",
        "https://cc.example.com/./other/../commandcenter/api/.",
        "https://cc.example.com/%63ommandcenter/%61pi",
        "https://cc.example.com/commandcenter/api?",
        "https://cc.example.com/commandcenter/api#",
    ],
)
def test_one_product(url: str) -> None:
    assert _checked_url({"url": url}, "url") == "https://cc.example.com/commandcenter/api"


@pytest.mark.parametrize(
    ("url", "spelling"),
    [
        ("http://cc.example.com:80", "http://cc.example.com"),
        ("http://cc.example.com:443/", "http://cc.example.com:443"),
        ("https://cc.example.com:8443/Api", "https://cc.example.com:8443/Api"),
        ("https://[2001:DB8::1]:443/api", "https://[2001:db8::1]/api"),
        ("https://[2001:0db8:0:0:0::0001]/api", "https://[2001:db8::1]/api"),
        ("https://[v1.a:b]/api", "https://[v1.a:b]/api"),
        ("https://cc.example.com/a%2fb%7ec/%c3%a4", "https://cc.example.com/a%2Fb~c/%C3%A4"),
        ("https://cc.example.com/..", "https://cc.example.com"),
        ("https://cc.example.com//", "https://cc.example.com"),
        ("https://cc.example.com/100%", "https://cc.example.com/100%"),
        ("https://bücher.example/", "https://bücher.example"),
        ("", ""),
    ],
)
def test_other_spellings(url: str, spelling: str) -> None:
    assert _checked_url({"url": url}, "url") == spelling


@pytest.mark.parametrize(
    "url", ["cc.example.com", "ftp://cc.example.com", "https://", "https://cc:0/", "https://cc:x/"]
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(UsageError, match=r"^url: .* is not a web address"):
        _checked_url({"url": url}, "url")
