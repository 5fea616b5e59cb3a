# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Behaviour of the product that is unknown, varies or is needed for a scenario (contract 10.4): knob -> default."""

from __future__ import annotations

from simulators.core.simulator import Json

#: seconds between a request and its effect, and what becomes of it
TRANSITIONS: Json = {
    "suspend_lag": 0.2,
    "resume_lag": 0.2,
    "kill_lag": 0.2,
    "start_lag": 0.2,  # Waiting -> Running of a resubmitted job
    "suspend_outcome": "suspended",  # or: completed (it ends first), never
    "kill_outcome": "killed",  # or: completed, committed, never
    "cleanup_timeout": 0,  # force what stays Suspend or Kill Pending after so many seconds; 0 = never
    "resubmit_level": "",  # the level of a resubmitted backup, such as Full; empty = that of the old one
    "resubmit_unknown_for": 0,  # seconds in which a resubmitted job is not found
    "not_suspendable": [],  # more refusals of pause: "Status" or "Status/Job type"
    "not_resumable": [],
    "children_follow": False,  # suspend and resume of a parent take its virtual machine jobs along
    "queue_when_disabled": True,  # else a job whose activity is disabled is not started at all
}

#: how acceptance and refusal look
ANSWERS: Json = {
    "success_shape": "empty",  # see outcomes.SUCCESS_SHAPES; or: nothing (an empty body)
    "refusal_shape": "list",  # see outcomes.REFUSAL_SHAPES
    "refusal_code": 2,
    "refusal_text": "Operation failed. Job cannot be suspended/killed/resumed.",
    "not_restartable_text": "Operation failed. Job cannot be suspended/killed/resumed.",
    "unknown_job_action": "refusal",  # or: 404
    "action_failure": None,  # or: [HTTP status, body] of every action, which then has no effect
    "missing_job": "empty",  # or: 404
    "empty_list": "empty",  # or: 404
    "language": "en",  # of localizedStatus and localizedOperationName; or: de
    "numbers_as_strings": False,
    "format_without_accept": "xml",  # or: json
    "xml_401": "generic",  # or: empty
}

#: many jobs in one request (contract 8.6)
BATCHES: Json = {
    "multi_operations": ["pause", "resume", "kill"],  # by operationType
    "multi_answer": {"error": {"errorCode": 0}},
    "multi_limit": 0,  # jobs per request; 0 = no limit
    "multi_partial": "error",  # of the first refused job; or: errors (all of them), silent
}

#: lists
LISTS: Json = {
    "strict_names": True,  # refuse unknown parameters and keys (400)
    "paging": "both",  # where GET Job reads limit and offset: query, headers, or both (then the query wins)
    "limit_default": 100,  # 0 = no limit (contract 5.1)
    "limit_max": 0,
    "job_filter_default": "all",  # of GET Job without jobFilter; or: backup
    "hide_admin_default": False,
    "cache_age": 60,  # seconds until Jobs/active refreshes by itself
}

#: the web tier, sessions and rights
ACCESS: Json = {
    "session_timeout": 1800,  # seconds without a call
    "token_calls": 0,  # a token is expired after so many calls; 0 = no limit
    "lock_after": 0,  # failed logins that lock an account; 0 = never
    "lock_seconds": 300,
    "login_status": 200,  # other: the HTTP status of every Login, with errorCode 5
    "login_flags": {},  # fields of an accepted Login to change or add, such as {"forcePasswordChange": True}
    "token_place": "token",  # or: authToken, data.authToken (some gateways, contract 4.1)
    "viewer_clients": None,  # names of the clients whose jobs the viewer sees; None = all
    "denied_action": "refusal",  # what a user without rights gets for an action; or: 401, 403
    "rate_limit": 0,  # calls per rate_window seconds, then 429; 0 = no limit
    "rate_window": 60,
    "maintenance": False,  # every call is answered by a 200 HTML page
    "web_console": "rewrite",  # or: redirect, to Command Center
}

DEFAULTS: Json = {**TRANSITIONS, **ANSWERS, **BATCHES, **LISTS, **ACCESS}
