# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is configured on a Prime server, and what nobody knows about one: each with the default of the simulator."""

from __future__ import annotations

import typing as t

READ, WRITE = "NBI Read", "NBI Write"

#: accounts: name -> password, groups, and the virtual domain (default ROOT-DOMAIN) that scopes what they see
USERS: dict[str, dict[str, t.Any]] = {
    "operator": {"password": "s3cret-Pa55", "groups": [READ, WRITE]},
    "reader": {"password": "s3cret-Pa55", "groups": [READ]},
    "writer": {"password": "s3cret-Pa55", "groups": [WRITE]},
}

DEFAULTS: dict[str, t.Any] = {
    # --- configuration of the server (contract 3, 4, 9.7, 10.2)
    "users": USERS,
    "api_versions": [1, 2, 3, 4],
    "bad_credentials": 401,  # or 302
    "session_limit": 5,  # open keep-alive connections of one user, -1: none
    "session_cookie": True,  # set one with every answer; it never replaces Basic
    "sporadic_401": 0,  # every n-th request is answered 401, as a slow TACACS server causes it
    "rate_per_user": 5,  # -1: no limit
    "rate_total": -1,
    "rate_window_ms": 1000,
    "rate_limited_operations": True,  # False from PI 3.5 on: only data/ is limited (contract 8.1)
    "limit_page_size": 1000,
    "limit_unpaged_query": 100,
    "utc_offset_hours": 0,  # of the times in answers; 0 is written as Z
    # --- how long effects take, in seconds
    "trigger_lag": 0.0,  # suspend, resume, cancel: until jobStatus shows it
    "cancel_lag": 0.2,  # cancelrunning: until the run has ended
    "visibility_delay": 0.0,  # until a new job is in JobSummary
    "missing_after_action": 0.0,  # how long a job is missing from JobSummary after an action on it (contract 9.11)
    # --- unknowns of the actions (contract 10.3)
    "repeated_action": "failure",  # or success: suspend of a suspended job, and the like
    "unknown_id_status": 200,  # 200: an item in `failure`; else the status of an errorDocument for the whole request
    "unknown_id_message": "The job or run {id} does not exist.",
    "wrong_state_status": 200,  # likewise
    "wrong_state_message": "{operation} is not possible: {id} is in state {state}.",
    "all_failed_status": 200,  # 200, or the status of an errorDocument
    "pending_approval": "refused",  # or allowed: suspend, resume, cancel of a PENDINGAPPROVAL job
    "waiting_run_cancel": "refused",  # or allowed: cancelrunning in CREATED, PENDING_EXECUTION, PAUSING, PAUSED
    "system_job_actions": "allowed",  # or refused
    "cancel_outcome": "cancelled",  # or aborted, failed (the run ends with CANCELFAILED), ignored (it goes on)
    "missed_one_shot": "run",  # or complete: a one-shot job resumed after its time
    "missed_period": "wait",  # or run: a periodic job resumed after its time
    "item_order": "request",  # or reversed
    # --- unknowns of the answers (contract 10.3)
    "empty_wrapper": "string",  # v2 and up: string, absent, null, object or list
    "empty_list_bounds": "absent",  # or values: @first and @last of an empty list
    "empty_list_entity": "absent",  # or list
    "entity_id_type": "string",  # or number: entityId.$ in v2 and up
    "entity_id_offset": 0,  # JobSummary @id minus jobId
    "unknown_job_status": 404,  # of data/JobSummary/{id}
    "page_above_limit": "refused",  # or clamped: .maxResults over limit_page_size
    "runless_jobs_in_history": "left_out",  # or listed
    "system_jobs_in_list": "hidden",  # or shown: without a username filter
    "operation_names": "last",  # or path: the `$` of op
    "json_content_type": "application/json",
    "xml_content_type": "text/xml",
    # --- unknowns of the query language (contract 5.1, 10.3)
    "unverified_parameters": "refused",  # or ignored, honoured: .case_sensitive and .nocount
    "further_operators": "refused",  # or ignored, honoured: eq ne lt le gt ge endsWith
    "quote_in_filter": "refused",  # or escaped: \" inside of a quoted value
    "id_filter": "refused",  # or honoured: id=... in JobSummary, which is not one of its fields
    "foreign_domain_status": 403,  # _ctx.domain names a virtual domain that the user has not
}
