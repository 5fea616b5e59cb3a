# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: window_status
short_description: Tell which maintenance windows are open, from the journals of their job systems
version_added: 2.0.0
author: The batchops.job_control authors (@batchops)
description:
  - Makes what the entry point C(status) of the role P(batchops.job_control.maintenance_window#role) shows. It asks no
    product for anything.
  - A journal that cannot be used does not prevent the status; it is told of, and then not all is well.
  - What could be taken for a template in the names of jobs is written with a space, as in C({ {).
positional: _input
options:
  _input:
    description:
      - What was found of the journal of each job system, a dictionary by host with C(content) (as
        RV(ansible.builtin.slurp#module:content) gives it; empty when there is no file), C(copy) (as
        RV(batchops.job_control.job_resume#module:journal_copy) has it), C(stat) (as
        C(ansible.builtin.stat) gives it), C(problem) (why it could not be read), C(before) (what
        C(ansible.builtin.slurp) has read of the journals that version 1.0.0 has left) and C(settings) (variables of the
        role that led to it). All of them may be left out.
    type: dict
    required: true
  window:
    description: Name of the only window that is meant. The default is all that are open or still look for a job.
    type: str
  hosts:
    description:
      - The job systems, in the order of the status. One that is not in the input is told of as one that could not be
        looked at.
      - The default is the job systems of the input.
    type: list
    elements: str
  inventories:
    description:
      - Inventories that every command which is named gets as well. It also gets the C(settings) that are the same for
        all job systems.
    type: list
    elements: str
    default: []
  with_names:
    description: Whether C(lines) has a line for each job, too.
    type: bool
    default: false
  now:
    description: The moment that the status is about, in seconds since the epoch. The default is now.
    type: float
seealso:
  - plugin: batchops.job_control.window_metrics
    plugin_type: filter
  - plugin: batchops.job_control.window_report
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Read the journal of one job system
  ansible.builtin.slurp:
    path: ~/.batchops/windows/commvault_prod.journal
  register: journal

- name: Show what is open
  ansible.builtin.debug:
    msg: "{{ (found | batchops.job_control.window_status).lines }}"
  vars:
    found:
      commvault_prod:
        content: "{{ journal.content }}"
"""

RETURN = r"""
_value:
  description: The status.
  type: dict
  contains:
    schema:
      description: Number of the form of this status.
      type: int
      sample: 1
    at:
      description: The moment that it is about, in UTC.
      type: str
      sample: "2026-05-16T23:10:12Z"
    ok:
      description:
        - Whether nothing is open, or all that is open is in time; and all journals could be read, and no closed window
          has missing jobs.
      type: bool
    verdict:
      description: What is not as it should be, and the commands that end it; empty when all is well.
      type: str
    lines:
      description:
        - The status as lines for a person. The first one is a sentence on the oldest window, or says that none is open.
      type: list
      elements: str
    windows:
      description:
        - The windows, each over all of its job systems, the oldest first. C(state) is V(open), V(expired) (open, and
          its end is over) or V(closed).
        - C(phase) is V(opening) or V(closing) while requests are announced whose outcome is not written down yet, else
          V(open) or V(closed).
        - C(need_you) counts what is missing, and what is unsettled where nothing was written down for 15 minutes.
      type: list
      elements: dict
      sample:
        - name: patch-day
          state: open
          phase: open
          opened: "2026-05-16T21:00:02Z"
          expires: "2026-05-17T06:00:00Z"
          last_step: "2026-05-16T21:02:40Z"
          age_seconds: 7810
          expires_in_seconds: 24588
          by: ops@ctl01 (ansible-playbook 4711)
          closed: null
          closed_by: null
          held: 47
          missing: 2
          unsettled: 0
          switches: 0
          need_you: 2
          hosts: [commvault_prod, ajs_prod]
    systems:
      description:
        - The job systems. C(journal) is V(read), V(absent), V(unread), V(refused) or V(damaged), C(problem) a sentence
          on that. C(windows) has the same counts as RV(_value.windows), and the jobs.
      type: list
      elements: dict
    expired:
      description: Names of the open windows whose end is over.
      type: list
      elements: str
    damaged:
      description: Journals that could not be used, with C(host), C(journal) and C(reason).
      type: list
      elements: dict
    missing:
      description: Jobs that were not found, with C(host), C(window), C(id), C(name), C(type) and C(owner).
      type: list
      elements: dict
    absent:
      description: The job systems without a journal.
      type: list
      elements: str
"""

import base64
import shlex
import time
import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.batchops.job_control.plugins.plugin_utils._window_status import Source, build_status


def window_status(
    found: t.Mapping[str, t.Mapping[str, t.Any] | None],
    window: str | None = None,
    hosts: t.Sequence[str] | None = None,
    inventories: t.Sequence[str] = (),
    with_names: bool = False,
    now: float | None = None,
) -> dict[str, t.Any]:
    """Which windows are open."""
    if not isinstance(found, t.Mapping):
        raise AnsibleFilterError(f"window_status: takes a dictionary of what was found, not {type(found).__name__}.")
    sources = {str(host): _source(host, each) for host, each in found.items() if each is not None}
    name = str(window) if window else None
    told = [str(host) for host in (hosts if hosts is not None else sources)]
    moment = time.time() if now is None else float(now)
    return build_status(name, told, sources, moment, [str(each) for each in inventories], bool(with_names))


def _source(host: str, found: t.Mapping[str, t.Any]) -> Source:
    """
    :raises AnsibleFilterError: the journal is not as slurp gives it.
    """
    stat = found.get("stat") or {}
    data = _bytes(host, found.get("content"))
    before = {str(each.get("source")): _bytes(host, each.get("content")) for each in found.get("before") or ()}
    exists = bool(data or stat.get("exists"))
    problem, copy = str(found.get("problem") or ""), str(found.get("copy") or "")
    return Source(data, copy, exists, problem, _refused(stat), before, found.get("settings"))


def _bytes(host: str, content: t.Any) -> bytes:
    try:
        return base64.b64decode(content or "", validate=True)
    except (ValueError, TypeError) as error:
        raise AnsibleFilterError(f"window_status: the journal of {host} is not in base64: {error}.") from error


def _refused(stat: t.Mapping[str, t.Any]) -> str:
    """Why the modules would not use a journal, as far as it is seen from here."""
    if not stat.get("exists"):
        return ""
    path = str(stat.get("path", "the journal"))
    if not stat.get("isreg"):
        return f"{path} is not a file."
    if int(str(stat.get("mode") or "0600"), 8) & 0o077:
        return (
            f"others can change {path}: its mode is {stat['mode']}; check what it says, then run "
            f"`chmod 0600 {shlex.quote(path)}`."
        )
    if int(stat.get("nlink") or 1) > 1:
        here, copy = shlex.quote(path), shlex.quote(f"{path}.own")
        return (
            f"others can change {path}: it has several names (hard links); check what it says, then make it a file of "
            f"its own with `cp -p {here} {copy} && mv {copy} {here}`."
        )
    return ""


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"window_status": window_status}
