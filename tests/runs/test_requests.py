# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two hundred jobs in one task: one login, as few requests as the product's interface allows, and none besides."""

from __future__ import annotations

import collections
import dataclasses
import pathlib
import re
import typing as t

from support.ansible import Ansible, ModuleRun
from support.estate import Target

JOBS = 200
VERBS = ("suspend", "resume")
LOOKS = 2  # at the state of the jobs, at most: what was asked for shows after 0.2 s, and the second look after 0.25 s


@dataclasses.dataclass(frozen=True)
class Traffic:
    """The requests of one product. Patterns are of a whole `METHOD /path`; an empty one is never sent."""

    login: str
    read: str  # a page of a list, or of the jobs that are looked for
    write: t.Mapping[str, str]
    writes: int
    logout: str = ""
    task: str = ""  # a look at what became of the requests that were accepted
    tasks: int = 0  # at most
    pages: t.Mapping[str, int] = dataclasses.field(default_factory=dict)  # before the first write
    pages_per_look: int = 1  # after it
    guard: t.Mapping[str, str] = dataclasses.field(default_factory=dict)  # a look right before each write


#: What each product is sent, with the sections of its contract that say why it cannot be less.
EXPECTED = {
    # login 4.1, logout 4.4; 500 jobs per page 5.2; one request per job, as the answers of the batch form are not
    # documented 8.6
    "commvault": Traffic(
        login="POST /commandcenter/api/Login",
        logout="POST /commandcenter/api/Logout",
        read="POST /commandcenter/api/Jobs",
        pages={"suspend": 1, "resume": 1},
        write={
            "suspend": r"POST /commandcenter/api/Job/\d+/action/pause",
            "resume": r"POST /commandcenter/api/Job/\d+/action/resume",
        },
        writes=JOBS,
    ),
    # no login 4; 1,000 jobs per page 5.1; 100 ids per request 8.4
    "prime": Traffic(
        login="",
        read=r"GET /webacs/api/v4/data/JobSummary\.json",
        pages={"suspend": 1, "resume": 1},
        write={
            "suspend": r"PUT /webacs/api/v4/op/jobService/suspend\.json",
            "resume": r"PUT /webacs/api/v4/op/jobService/resume\.json",
        },
        writes=JOBS // 100,
    ),
    # IAM token, no logout 4.1; three lists, one for each type, of 100 tasks per page 5.1, where those of a journal are
    # searched for by 100 ids at once; 10 tasks per request 8.8
    "drs": Traffic(
        login="POST /v3/auth/tokens",
        read=r"POST /v3/\w+/jobs",
        pages={"suspend": 2 + 1 + 1, "resume": 2},
        pages_per_look=2,
        write={
            "suspend": r"POST /v3/\w+/jobs/batch-pause-task",
            "resume": r"POST /v3/\w+/jobs/batch-retry-task",
        },
        writes=JOBS // 10,
    ),
    # login 4.1, logout 4.4; four kinds of job of 100 per page, references to the jobs when there is more than one, and
    # the latest sessions of all 5.2, where the kind of those in a journal is found at once; no batch form, each request
    # is a task of which one look shows all 8.2; a toggle would undo what somebody else has done meanwhile 9, an edit is
    # accepted twice 8.3
    "veeam": Traffic(
        login="POST /api/sessionMngr/",
        logout=r"DELETE /api/logonSessions/[0-9a-f-]+",
        read="GET /api/query",
        pages={"suspend": 2 + 1 + 3 + 1, "resume": 2 + 1},
        pages_per_look=3,
        write={"suspend": r"PUT /api/jobs/[0-9a-f-]+", "resume": r"POST /api/jobs/[0-9a-f-]+"},
        writes=JOBS,
        guard=dict.fromkeys(VERBS, r"GET /api/jobs/[0-9a-f-]+"),
        task=r"GET /api/tasks(/[\w-]+)?",
        tasks=JOBS // 2,
    ),
    # no login 4; one request for a subtree 5.2; no batch form 8.2
    "ajs": Traffic(
        login="",
        read="GET /ajs/api/v1/objects/statuses",
        pages={"suspend": 1, "resume": 1},
        write=dict.fromkeys(VERBS, "POST /ajs/api/v1/objects/statuses/[^/]+/actions/changeHold/invoke"),
        writes=JOBS,
        # a hold is accepted twice 10.2
        guard={"suspend": "GET /ajs/api/v1/objects/statuses/[^/]+"},
    ),
}


def kind_of(request: dict[str, t.Any], traffic: Traffic, verb: str) -> str:
    """What a request is for."""
    sent = f"{request['method']} {request['target'].partition('?')[0]}"
    patterns = {
        "login": traffic.login,
        "logout": traffic.logout,
        "read": traffic.read,
        "write": traffic.write[verb],
        "task": traffic.task,
        "guard": traffic.guard.get(verb, ""),
    }
    return next((kind for kind, pattern in patterns.items() if pattern and re.fullmatch(pattern, sent)), sent)


def assert_traffic(run: ModuleRun, target: Target, verb: str) -> None:
    """The product got what the table says, in that order, and the result counts it."""
    traffic = EXPECTED[target.system]
    requests = target.control.requests()
    every_kind = [kind_of(request, traffic, verb) for request in requests]
    kinds = [kind for kind in every_kind if kind != "guard"]
    assert len(every_kind) - len(kinds) == (traffic.writes if verb in traffic.guard else 0)
    first_write = kinds.index("write")
    assert kinds[:first_write] == ["login"] * bool(traffic.login) + ["read"] * traffic.pages[verb]
    if traffic.logout:
        assert kinds.pop() == "logout"
    later = collections.Counter(kinds[first_write:])
    assert set(later) <= {"write", "read", "task"}
    assert later["write"] == traffic.writes == sum(request["is_write"] for request in requests)
    assert traffic.pages_per_look <= later["read"] <= LOOKS * traffic.pages_per_look
    assert later["task"] <= traffic.tasks
    assert run.result["http"]["requests"] == len(requests)
    assert run.result["http"]["replays"] == 0


def test_two_hundred_jobs(ansible: Ansible, target: Target, tmp_path: pathlib.Path) -> None:
    """Suspended, and resumed from the journal: each job is asked once for each."""
    scenario = "running" if target.system == "drs" else "queued"
    seeded = target.control.seed(*({"name": f"nightly-{number}", "scenario": scenario} for number in range(JOBS)))
    journal = str(tmp_path / "night.journal")
    for verb, selection in zip(VERBS, ({"all": True}, {})):
        target.control.forget_requests()
        run = ansible.module(target.system, f"job_{verb}", journal=journal, **selection)
        assert run.status == 0, run.output[-3000:]
        assert run.result["summary"]["changed"] == JOBS
        assert_traffic(run, target, verb)
        assert {job["held"] for job in target.control.jobs().values()} == {verb == "suspend"}
    assert {sum(target.control.jobs()[job]["applied"].values()) for job in seeded} == {2}
    assert target.control.sessions() == 0
