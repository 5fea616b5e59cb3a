# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long to wait for a job to get where it was asked to."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Whether to wait until each job is where it was asked to be.
      - Without waiting the state is still read back once; that a product accepted a request does not mean that it
        was done.
    type: bool
    default: true
"""

    TIMING = r"""
options:
  wait_timeout:
    description:
      - Seconds for the whole task, logins, lists and replays included. A job that is not there by then has failed, with
        its last state in the message. What is under way then may take one O(request_timeout) more.
      - The default is V(600), and V(1800) for V(drs).
    type: float
  wait_interval:
    description: Longest pause between two looks, in seconds. The first looks come sooner.
    type: float
    default: 5
"""
