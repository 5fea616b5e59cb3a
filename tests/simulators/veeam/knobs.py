# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What varies between real servers (contract 10.2) or is documented nowhere (contract 10.3), with our defaults."""

from __future__ import annotations

import typing as t

#: two ways to refuse an operation, and the third: not to refuse it
TASK_FAILURE, HTTP_400, ACCEPT = "task_failure", "http_400", "accept"

DEFAULT_KNOBS: dict[str, t.Any] = {
    # --- time, in seconds
    "task_running_seconds": 0.1,  # a Task stays Running; None: for ever, without an effect
    "task_refresh_seconds": 0.1,  # then OperationFinished, until Enterprise Manager's database is refreshed; or None
    "session_seconds": 0.1,  # from the trigger to the new session
    "starting_seconds": 0.2,  # a session stays Starting
    "stopping_seconds": 0.2,  # a session stays Stopping
    "collection_seconds": 0.2,  # a data collection takes
    "collection_lag": 0,  # what happens outside of this API becomes visible only after this, or after ?action=collect
    "idle_seconds": 900,  # a logon session lives
    # --- known to vary (contract 10.2)
    "json_generation": "v12",  # v12: PascalCase keys; v13: camelCase
    "bom": False,  # UTF-8 byte order mark before JSON
    "href_origin": "",  # scheme://host:port in every Href; empty: as the client wrote it
    "flag_visible_at": "Finished",  # State of the Task that shows the new ScheduleEnabled; or OperationFinished
    "task_result": "success",  # failure: every operation ends with Success=false and has no effect
    "task_message": True,  # False: Result has no Message
    "accept_decides_body": True,  # False: a body is read as its Content-Type says
    "fraction_digits": 0,  # of times: 0, 3 (v12) or 6 (v13)
    "next_run_offset": "",  # NextRun as a local time with this offset, such as +02:00; empty: in UTC, with Z
    "filter_hex": "lower",  # hex digits of the filter in paging links: lower (v12) or upper (v13)
    "copy_worker_sessions": False,  # copy runs as JobType ImmediateBackupCopyWorker, JobName Parent\Child
    "copy_progress": 100,  # Progress of a finished copy session; 0 was recorded too
    "running_end_time": "null",  # JSON of a session that runs: null or absent (in XML it is absent)
    "running_result": "None",  # of a session that runs: None or absent
    "overload": False,  # 503 on any request
    # --- undocumented (contract 10.3)
    "error_text": None,  # Message of 401, 403, 404; "": empty body
    "retry_not_failed": TASK_FAILURE,
    "stop_when_idle": TASK_FAILURE,
    "start_when_running": TASK_FAILURE,
    "held_run": ACCEPT,  # start or retry of a disabled job
    "unsupported_verb": TASK_FAILURE,  # a verb whose link the job does not have
    "toggle_copy": ACCEPT,
    "edit_unscheduled": TASK_FAILURE,  # PUT ScheduleEnabled=true on a job without a schedule
    # PUT ScheduleEnabled=true without the schedule in the same body (contract 8.3); refused with one that is empty, too
    "edit_without_schedule": ACCEPT,
    "logon_limit": 0,  # 0: none; otherwise 503 on one more login
    "max_page_size": 0,  # 0: none
    "default_page_size": 100,  # 0: everything on one page
    "jobs_wrapper": "Jobs",  # JSON key and XML root of /jobs?format=Entity
    "empty_collection": "empty",  # JSON of an empty collection: empty ([]) or null
    "graceful_stop": False,  # True: a stopped run ends as Warning, not as Failed
    "v13_error_case": "camel",  # or pascal
    "token_form": "ascii",  # base64 of the ASCII SessionId, or of its 16 raw bytes (raw)
    "require_content_length": True,  # 411 for a POST without one
    "basic_everywhere": False,  # HTTP Basic on other resources than sessionMngr
    "disable_stops_run": False,
    "success_type": "bool",  # of Result.Success in JSON, or string
    "account_form": "any",  # domain: the bare user name is refused
}
