# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: window_metrics
short_description: Write the status of maintenance windows in the text format of Prometheus
version_added: 2.0.0
author: The batchops.job_control authors (@batchops)
description:
  - Makes what the entry point C(status) of the role P(batchops.job_control.maintenance_window#role) writes to
    C(maintenance_window_metrics_file), for the textfile collector of the node_exporter of Prometheus.
positional: _input
options:
  _input:
    description: A status, as P(batchops.job_control.window_status#filter) makes it.
    type: dict
    required: true
seealso:
  - plugin: batchops.job_control.window_status
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the metrics
  ansible.builtin.debug:
    msg: "{{ maintenance_window_status | batchops.job_control.window_metrics }}"
"""

RETURN = r"""
_value:
  description: The metrics, in the same order each time.
  type: str
  sample: |
    # HELP batchops_windows_open Maintenance windows that are open.
    # TYPE batchops_windows_open gauge
    batchops_windows_open 1
    # HELP batchops_window_held_jobs Jobs that the window holds suspended.
    # TYPE batchops_window_held_jobs gauge
    batchops_window_held_jobs{window="patch-day",host="commvault_prod",system="commvault"} 35
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.batchops.job_control.plugins.plugin_utils._status_metrics import build_metrics


def window_metrics(status: t.Mapping[str, t.Any]) -> str:
    """The metrics of a status."""
    try:
        return build_metrics(status)
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(
            f"window_metrics: takes a status, as the filter window_status makes it ({type(error).__name__}: {error})."
        ) from error


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"window_metrics": window_metrics}
