# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library.

"""Commands that a person can copy from what is shown: they are run by a shell, and give Ansible exactly these values.
Pure."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
import typing as t

#: Values that Ansible takes from name=value as they are; it would split others, or read them as something else.
_PLAIN = re.compile(r"[\w./:~@%,+-]+")

#: Values that YAML takes for a text without quotes. A result on the screen is JSON, where a quote is shown with a
#: backslash, and could not be copied.
_WORDS = re.compile(r"[\w./]+(?: [\w./-]+)+")


@dataclasses.dataclass(frozen=True)
class Commands:
    """The commands that end what is not as it should be, for the inventory and the journals that were looked at.

    :param inventories: of the run.
    :param settings: variables of the role that are not as usual.
    """

    inventories: t.Sequence[str] = ()
    settings: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)

    @property
    def close_expired(self) -> str:
        return self._playbook("close_expired_windows")

    @property
    def look_again(self) -> str:
        return self._playbook("window_status")

    def close(self, window: str) -> str:
        return self._playbook("resume_jobs", _setting("maintenance_window_name", window))

    def list_suspended(self, hosts: t.Sequence[str]) -> str:
        """What no journal is needed for."""
        what = "-m batchops.job_control.job_info -a states=suspended,held"
        return " ".join(["ansible", shlex.quote(",".join(hosts)), *self._where, what])

    def _playbook(self, name: str, *options: str) -> str:
        settings = [_setting(*each) for each in self.settings.items()]
        return " ".join([f"ansible-playbook batchops.job_control.{name}", *options, *self._where, *settings])

    @property
    def _where(self) -> list[str]:
        return [f"-i {shlex.quote(inventory)}" for inventory in self.inventories]


def _setting(name: str, value: t.Any) -> str:
    """The option that gives a variable exactly this value."""
    text = value if isinstance(value, str) else json.dumps(value)
    if _PLAIN.fullmatch(text):
        return f"-e {shlex.quote(f'{name}={text}')}"  # a shell may make a home of ~ after =
    words = f"{{{name}: {text}}}" if _WORDS.fullmatch(text) else json.dumps({name: value}, ensure_ascii=False)
    return f"-e {shlex.quote(words)}"
