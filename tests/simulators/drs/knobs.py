# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the documents leave open, contradict each other in, or what differs between clouds (contract 10.2)."""

from __future__ import annotations

import typing as t

DEFAULT_KNOBS: dict[str, t.Any] = {
    # --- what an action is answered ---
    "wrong_state_code": "DRS.M00304",  # or DRS.M01504
    "all_failed_http": 400,  # or 200: the action's own success status. Both with results[]
    "busy_http": "results",  # an entry in results[] of a 2xx; or "202": 202 with an error body when all are busy
    "max_batch": None,  # or the most tasks that one action takes; 1 is refused as "only one jobId"
    "error_in_200": "off",  # or "on": every write answers 200 with an error, without effect
    "service_abnormal": 0,  # so many of the next requests fail with DRS.M00004
    "m00004_http": 500,  # or 422
    # --- transitions, in seconds ---
    "pause_lag": 0.2,
    "stale_reads_after_200": 0,  # so many reads of a task still show its status from before an action
    "resume_linger": 0.0,  # how long PAUSING stays after an accepted resume
    "resume_path": "STARTJOBING",  # or WAITING_FOR_START
    "resume_lag": 0.2,  # how long resume_path lasts
    "resume_outcome": "running",  # or INCRE_TRANSFER_FAILED, START_JOB_FAILED
    "release_delay": 0.0,  # before a prepaid task begins to be released
    "release_lag": 0.2,  # how long RELEASE_RESOURCE_STARTED lasts
    "re_edit_step": 5.0,  # how long a subtask of a re-edit stays in each status
    # --- what is allowed ---
    "current_action_while_pausing": "STOP_JOB",  # or PAUSE, "null", "missing"
    "job_action": "present",  # or "absent"
    "retry_listed_on_paused": True,  # whether a paused task has RETRY in available_actions
    "pause_on_failed": "allowed",  # or "refused"
    "pause_on_dr_job": "allowed",  # or "refused"
    "pausable_links": None,  # or a list of engine types
    "retry_on_paused_dr_child": "allowed",  # or "refused"
    "open_state_cells": "allowed",  # or "refused": retry and terminate where the table of statuses has a "?"
    "prepaid_terminate": "refused",  # or "allowed"
    # --- reads ---
    "list_time_zone": "UTC",  # or "local"
    "progress_http": 200,  # or 202
    "engine_type_absent": "mysql",  # or "all": what a list without engine_type shows
    "unknown_id": "DRS.M00289",  # or DRS.M05003, DRS.M05004
    "deleted_id": "DELETED",  # the status, with 200; or DRS.M00289, DRS.M05003, DRS.M05004
    # --- identity and gateway ---
    "token_refusal": "401",  # at the gateway; or "403": by DRS itself
    "gateway_prefix": "APIGW",  # or APIG
    "no_permission": "DRS.M00102",  # or DRS.M00103, DRS.M00101, DRS.M00105
    "login_lock_after": 0,  # wrong passwords in a row that lock a user; 0: never
    "clock_skew": 0.0,  # seconds that the gateway's clock is ahead
    "rate_limit": 0,  # requests per API and rate_period; 0: no limit
    "rate_period": 60.0,
    "throttle": "gateway",  # 429; or "service": 400 DRS.M01503
    "retry_after": "",  # the header Retry-After of a throttled answer; empty: none
    # --- versions ---
    "v3_available": True,
    "v5_available": True,
    "v5_status_case": "Success",  # or "success"
    "v5_pause_mode_default": "target",  # or "all"
    "v5_list_limit": 10,  # the page size when none is asked for
    "v5_list_limit_max": 1000,  # a larger one is cut to this
    "v5_unknown_id": "DRS.10000010",  # or DRS.10020102
    "v5_unknown_id_in_batch": "DRS.10020102",  # or DRS.10000010
}
