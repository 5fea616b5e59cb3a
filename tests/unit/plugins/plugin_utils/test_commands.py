# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands that are named to a person: whoever pastes one into a shell reaches exactly the window that is meant."""

from __future__ import annotations

import json
import shlex
import typing as t

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.splitter import parse_kv

from ansible_collections.batchops.job_control.plugins.plugin_utils._commands import Commands


def extra_vars(command: str) -> dict[str, t.Any]:
    """What a shell and Ansible make of the options of a command."""
    found: dict[str, t.Any] = {}
    words = shlex.split(command)
    for option, value in zip(words, words[1:]):
        if option == "-e":
            found |= DataLoader().load(value) if value.startswith("{") else parse_kv(value)
    return found


@pytest.mark.parametrize(
    "name",
    [
        "patch-day",
        "2026-12-01",
        "yes",
        "0",
        "patch day",
        "2026 12",
        "no yes",
        "2026-12-01 12",
        "a - b",
        "a -b",
        "- a",
        "~ a",
        "a ",
        "a  b",
        "a: b",
        "12:30 12",
        "null null",
        "a #b",
        "a=b c=d",
        "it's",
        '"quoted"',
        "$(reboot) `reboot`",
        "a;b&c|d>e",
        "back\\slash",
        "new\nline",
        "{'a': 1}",
        "[1]",
        "!!python/object:os.system x",
        "@/etc/passwd",
        "# comment",
        "schön",
        "-e x=y",
        "~/windows",
        "",
    ],
)
def test_a_name_arrives_as_it_is(name: str) -> None:
    command = Commands(["hosts.yml"]).close(name)
    assert extra_vars(command) == {"maintenance_window_name": name}
    assert shlex.split(command)[:2] == ["ansible-playbook", "batchops.job_control.resume_jobs"]
    assert shlex.split(command)[-2:] == ["-i", "hosts.yml"]


def test_settings_arrive_as_they_are() -> None:
    settings = {"maintenance_window_journal_folder": "/my windows", "maintenance_window_journal_in_facts": True}
    assert extra_vars(Commands((), settings).close_expired) == settings | {
        "maintenance_window_journal_in_facts": "true"
    }


def test_what_needs_no_journal() -> None:
    words = shlex.split(Commands(["a b"], {"x": "y"}).list_suspended(["one", "two"]))
    assert words[:4] == ["ansible", "one,two", "-i", "a b"]
    assert json.dumps(words[4:]) == '["-m", "batchops.job_control.job_info", "-a", "states=suspended,held"]'
