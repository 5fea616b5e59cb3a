# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _address, _engine, _errors, _given, _model, _registry, _system, _window.ending.

"""The options: their argument specs, and from checked parameters to what the engine understands."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t
import urllib.parse

from ansible_collections.batchops.job_control.plugins.module_utils._address import canonical
from ansible_collections.batchops.job_control.plugins.module_utils._engine import Policy
from ansible_collections.batchops.job_control.plugins.module_utils._errors import UsageError
from ansible_collections.batchops.job_control.plugins.module_utils._given import given, holds_omit
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    JobState,
    Running,
    Selection,
    Verb,
    VerbOptions,
)
from ansible_collections.batchops.job_control.plugins.module_utils._registry import CAPABILITIES
from ansible_collections.batchops.job_control.plugins.module_utils._system import (
    Capabilities,
    Connection,
    environment_variable,
)
from ansible_collections.batchops.job_control.plugins.module_utils._window.ending import CloseIf

Spec = dict[str, dict[str, t.Any]]
Params = t.Mapping[str, t.Any]

_CONNECTION: Spec = {
    "system": {"type": "str", "required": True, "choices": list(CAPABILITIES)},
    "url": {"type": "str"},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "token": {"type": "str", "no_log": True},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path", "no_log": False},
    "request_timeout": {"type": "float", "default": 30.0},
    "retry_timeout": {"type": "float", "default": 20.0},
    "workers": {"type": "int"},
    "wire_format": {"type": "str", "choices": ["auto", "json", "xml"], "default": "auto"},
}
_FILES = ("ca_path", "client_cert", "client_key")
_SELECTION: Spec = {
    "job_ids": {"type": "list", "elements": "str"},
    "names": {"type": "list", "elements": "str"},
    "types": {"type": "list", "elements": "str"},
    "owners": {"type": "list", "elements": "str"},
    "states": {"type": "list", "elements": "str", "choices": [state.value for state in JobState]},
    "location": {"type": "str"},
    "include_system_jobs": {"type": "bool", "default": False},
    "finished_within": {"type": "float", "default": 86400.0},
    "on_missing": {"type": "str", "choices": ["fail", "ignore"], "default": "fail"},
}
_GUARDS: Spec = {
    "all": {"type": "bool", "default": False},
    "max_jobs": {"type": "int", "default": 500},
    "on_ineligible": {"type": "str", "choices": ["fail", "skip"]},
}
_WAITING: Spec = {
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "float"},
    "wait_interval": {"type": "float", "default": 5.0},
}
_CONFIRMATION: Spec = {"confirm_irreversible": {"type": "bool", "default": False}}
_JOURNAL: Spec = {
    "journal": {"type": "path"},
    "journal_copy": {"type": "str"},
    "journal_moved": {"type": "bool", "default": False},
    "window": {"type": "str"},
    "window_run": {
        "type": "dict",
        "options": {name: {"type": "str"} for name in ("id", "user", "controller", "process")},
    },
}
_OPENING: Spec = {
    **_JOURNAL,
    "window_expires": {"type": "str"},
    "window_must_be_new": {"type": "bool", "default": False},
}
_PLAN: Spec = {
    "plan": {"type": "str"},
    "on_drift": {"type": "str", "choices": ["fail", "ignore"], "default": "fail"},
}
_SWEEP: Spec = {"sweep": {"type": "bool", "default": False}}
_NEED_JOURNAL = ("list_started", "must_know", "sweep")  # when they say something
_OF_PLAN = ("running", "auto_resume_after")
#: What says something of a journal and needs one.
OF_JOURNAL = {"journal_copy", "plan", "window_expires"}
_OF_VERB: t.Mapping[Verb, Spec] = {
    Verb.SUSPEND: {
        "running": {"type": "str", "choices": [choice.value for choice in Running], "default": "leave"},
        "auto_resume_after": {"type": "int"},
        **_OPENING,
        **_PLAN,
        **_SWEEP,
    },
    Verb.RESUME: {
        **_JOURNAL,
        "close_if": {"type": "str", "choices": [choice.value for choice in CloseIf], "default": "always"},
        "forget_missing": {"type": "bool", "default": False},
        "list_started": {"type": "bool", "default": False},
        "must_know": {"type": "list", "elements": "str", "default": []},
    },
    Verb.RETRY: {
        "rerun_method": {
            "type": "str",
            "choices": ["TOP", "ABNORMAL_JOB", "ABNORMAL_NEXT", "ABNORMAL_JOBNET", "WARNING", "FROM", "ONLY", "NEXT"],
        },
        "start_suspended": {"type": "bool", "default": False},
    },
    Verb.CANCEL_RUNNING: _CONFIRMATION,
}
_FINAL = tuple(state.value for state in JobState if state.is_final)
#: What narrows a selection; a verb that changes jobs wants at least one of them.
SELECTORS = ("job_ids", "names", "types", "owners", "states")


def connection_spec() -> Spec:
    """The options of every module, with those of each product; `complete` looks for each in the environment too."""
    spec = {name: dict(option) for name, option in _CONNECTION.items()}
    for capabilities in CAPABILITIES.values():
        spec.update({name: dict(option) for name, option in capabilities.options.items()})
    return spec


def options_of_others(system: str | None) -> set[str]:
    """The connection options of all products but this one."""
    return {name for other in CAPABILITIES.values() if other.system != system for name in other.options}


def complete(arguments: Params, spec: Spec, environment: t.Mapping[str, str]) -> dict[str, t.Any]:
    """The arguments that are given, and for connection options that are not what the environment says.

    An environment that names a product speaks of that product alone: a password of one is never sent to another.

    :param arguments: as the module gets them, unchecked. Those that are not in `spec` are kept as they are.
    :param environment: of the process that the module is.
    """
    found = {name: given(name, value) if name in spec else value for name, value in arguments.items()}
    params = {name: value for name, value in found.items() if name not in spec or value is not None}
    told = {name: given(name, environment.get(environment_variable(name))) for name in connection_spec()}
    system = params.get("system") or spec["system"].get("default") or told["system"]
    if told["system"] not in (None, system):
        return params
    others = options_of_others(system)
    own = {name: value for name, value in told.items() if value is not None and name not in others}
    return {**own, **params}


def refuse_omit_within_text(params: Params) -> None:
    """Refuse a value that is put together of text and `omit`.

    :raises UsageError: it names the option.
    """
    for name, value in params.items():
        if holds_omit(value):
            raise UsageError(f"{name}: omit stands within other text; it can only be all of a value.")


def info_spec() -> Spec:
    """The options of `job_info`."""
    own: Spec = {"limit": {"type": "int", "default": 0}, "summary_only": {"type": "bool", "default": False}}
    return {**connection_spec(), **_SELECTION, **own}


def wait_spec() -> Spec:
    """The options of `job_wait`."""
    states = [state.value for state in JobState]
    own: Spec = {
        "until": {"type": "list", "elements": "str", "choices": states, "default": list(_FINAL)},
        "fail_on": {"type": "list", "elements": "str", "choices": states, "default": [JobState.FAILED.value]},
        **{name: option for name, option in _WAITING.items() if name != "wait"},
    }
    return {**connection_spec(), **_SELECTION, **own}


def verb_spec(verb: Verb) -> Spec:
    """The options of the module of a verb that changes jobs."""
    return {**connection_spec(), **_SELECTION, **_GUARDS, **_WAITING, **_OF_VERB[verb]}


def own_spec(system: str, verb: Verb) -> Spec:
    """The options of the module of a verb that only this product has."""
    own = CAPABILITIES[system].own_verbs[verb]
    spec = connection_spec()
    spec["system"] = {**spec["system"], "choices": [system], "default": system, "required": False}
    chosen = {} if own.targets else {**_SELECTION, **_GUARDS}
    confirmation = _CONFIRMATION if verb in CAPABILITIES[system].irreversible else {}
    journal = {**_OPENING, **_PLAN} if own.switch else {}
    return {
        **spec,
        **chosen,
        **_WAITING,
        **confirmation,
        **journal,
        **{name: dict(option) for name, option in own.options.items()},
    }


def secrets_of(params: Params) -> list[str]:
    """What the options hold that nobody may see, also where it does not belong (in an address, as a file)."""
    found = [params[name] for name, option in connection_spec().items() if option.get("no_log")]
    found += [part for name in params if name.endswith("url") for part in _secrets_in(params[name] or "")]
    found += [params[name] for name in _FILES if _is_pem(params[name])]
    return [secret for secret in found if secret]


def connection(params: Params, hide: t.Callable[[str], None]) -> Connection:
    """Where the product is and how to get in.

    :param hide: told of every secret that comes into being.
    :raises UsageError: an option has an impossible value, or belongs to another product.
    """
    capabilities = CAPABILITIES[params["system"]]
    _refuse_options_of_others(params, capabilities)
    _check_values(params, capabilities)
    _refuse_keys_in_place_of_files(params)
    if params["client_key"] and not params["client_cert"]:
        raise UsageError("client_key: set client_cert too; a key alone proves nothing.")
    prefix = f"{capabilities.system}_"
    return Connection(
        url=_checked_url(params, "url"),
        username=params["username"] or "",
        password=params["password"] or "",
        token=params["token"] or "",
        validate_certs=params["validate_certs"],
        ca_path=params["ca_path"] or "",
        client_cert=params["client_cert"] or "",
        client_key=params["client_key"] or "",
        request_timeout=params["request_timeout"],
        retry_timeout=params["retry_timeout"],
        workers=params["workers"] or 0,
        wire_format=params["wire_format"],
        product={
            name.removeprefix(prefix): _checked_url(params, name) if name.endswith("_url") else params[name]
            for name in capabilities.options
        },
        hide=hide,
    )


def _secrets_in(url: str) -> t.Iterator[str]:
    """What stands before an @, and after a question mark: passwords and tokens, in an address that is refused."""
    address, _separator, query = url.partition("?")
    user, _separator, password = address.partition("://")[2].rpartition("@")[0].partition(":")
    yield from filter(None, (query, password or user))


def _is_pem(text: str | None) -> bool:
    return "-----BEGIN" in (text or "")


def _refuse_keys_in_place_of_files(params: Params) -> None:
    for name in _FILES:
        if _is_pem(params[name]):
            raise UsageError(f"{name}: give the path of a file, not what is in it.")


def warnings(params: Params) -> list[str]:
    """What is allowed, but may not be what the user meant. `connection` has found nothing wrong with it."""
    capabilities = CAPABILITIES[params["system"]]
    urls = ("url", *(name for name in capabilities.options if name.endswith("_url")))
    found = [
        f"{name}: {params[name]} is plain http, so the password crosses the network in the clear."
        for name in urls
        if is_plain_http(params[name] or "")
    ]
    if not params["validate_certs"]:
        found.append(
            f"validate_certs: the certificate of {capabilities.title} is not checked, so another server can pose as it "
            "and get the password; give ca_path to trust a private certificate."
        )
    return [*found, *(f"{name}: the list is empty, so it selects no job." for name in _empty_selectors(params))]


def is_plain_http(url: str) -> bool:
    """Whether passwords would cross a network in the clear: http to anything but this machine."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "http" or parts.hostname == "localhost":
        return False
    try:
        return not ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return True


def selection(params: Params, from_journal: bool = False) -> Selection:
    """Which jobs are meant.

    :param from_journal: a journal names the jobs, the selection only narrows them.
    :raises UsageError: the product needs a `location`, or has none.
    """
    capabilities = CAPABILITIES[params["system"]]
    location = params["location"] or ""
    if location and not capabilities.needs_location:
        raise UsageError(f"location: {capabilities.title} has no tree of jobs; take the option out.")
    if location and not location.startswith("/"):
        raise UsageError("location: give the full name of the upper unit, beginning with /.")
    nothing = bool(_empty_selectors(params))
    job_ids = _values(params, "job_ids")
    if capabilities.needs_location and not (location or job_ids or from_journal or nothing):
        raise UsageError(
            f"location is required for {capabilities.title}: give the unit path whose jobs are meant (/ for all of "
            "them), or name jobs with job_ids."
        )
    if params["finished_within"] < 0:
        raise UsageError("finished_within: give seconds, 0 or more.")
    return Selection(
        job_ids=job_ids,
        names=_values(params, "names"),
        types=_values(params, "types"),
        owners=_values(params, "owners"),
        states=tuple(JobState(state) for state in _values(params, "states")),
        location=location,
        include_system_jobs=params["include_system_jobs"],
        finished_within=params["finished_within"],
        nothing=nothing,
    )


def require_selector(params: Params) -> None:
    """Refuse to change all jobs of a product by accident.

    :raises UsageError: nothing says which jobs are meant.
    """
    somewhere = (params["location"] or "/").rstrip("/")
    if not (somewhere or params["all"] or is_narrowed(params)):
        raise UsageError(
            f"Say which jobs are meant with {', '.join(SELECTORS)} or location; all: true means every job of the "
            "system."
        )


def require_journal(params: Params) -> None:
    """Refuse what only a window can be asked for.

    :raises UsageError: it is asked for without a journal.
    """
    asked = [name for name in _NEED_JOURNAL if params.get(name)]
    if asked and params["journal"] is None:
        raise UsageError(f"{asked[0]}: it needs a journal with a window; give journal, or take the option out.")


def options_of_plan(params: Params) -> dict[str, t.Any]:
    """The options that decide with the state of a job what becomes of it; a plan keeps them."""
    return {name: params[name] for name in _OF_PLAN}


def options_from_plan(params: Params, options: Params) -> dict[str, t.Any]:
    """The options that a plan gives a task, and no others, whatever the plan says. Where drift is ignored, a task may
    go about it in another way.

    :param options: of the plan.
    :raises UsageError: they are not what a plan has, or the task gives what only the plan decides.
    """
    after = options.get("auto_resume_after")
    is_known = options.get("running") in [choice.value for choice in Running]
    if options.keys() != set(_OF_PLAN) or not is_known or not (after is None or isinstance(after, int)):
        raise UsageError("plan: its options are none of job_suspend; make a new plan.")
    chosen = [name for name in (*SELECTORS, "location") if given(name, params[name]) is not None]
    chosen += [name for name in ("all", "include_system_jobs") if params[name]]
    spec = _OF_VERB[Verb.SUSPEND]
    others = {name: params[name] for name in _OF_PLAN if params[name] not in (spec[name].get("default"), options[name])}
    chosen += others if params["on_drift"] == "fail" else ()
    if chosen:
        raise UsageError(f"plan: it says which jobs are meant, and how; take {' and '.join(chosen)} out.")
    return {**options, **others}


def is_narrowed(params: Params) -> bool:
    """Whether anything but a place in the product's tree says which jobs are meant."""
    return any(given(name, params[name]) is not None for name in SELECTORS)


def policy(params: Params) -> Policy:
    """How to go about it.

    :raises UsageError: a number that makes no sense.
    """
    _at_least(params, max_jobs=1, limit=0)
    return dataclasses.replace(
        waiting(params),
        on_missing=params["on_missing"],
        on_ineligible=params.get("on_ineligible") or "",
        max_jobs=params.get("max_jobs") or 0,
    )


def waiting(params: Params) -> Policy:
    """How long to wait and how much to do at once.

    :raises UsageError: a number that makes no sense.
    """
    _at_least(params, wait_timeout=0, wait_interval=0.05)
    capabilities = CAPABILITIES[params["system"]]
    timeout = params.get("wait_timeout")
    return Policy(
        wait=params.get("wait", True),
        wait_timeout=capabilities.wait_timeout if timeout is None else timeout,
        wait_interval=params.get("wait_interval") or 5.0,
        retry_timeout=params["retry_timeout"],
        workers=params["workers"] or capabilities.workers,
    )


def _at_least(params: Params, **least: float) -> None:
    for name, bound in least.items():
        if params.get(name) is not None and params[name] < bound:
            raise UsageError(f"{name}: {params[name]:g} is too little; give {bound:g} or more.")


def verb_options(params: Params) -> VerbOptions:
    """The options of the verb itself.

    :raises UsageError: the product does not have one of them.
    """
    capabilities = CAPABILITIES[params["system"]]
    for name in ("auto_resume_after", "rerun_method", "start_suspended"):
        if params.get(name) and name not in capabilities.verb_options:
            able = [other.title for other in CAPABILITIES.values() if name in other.verb_options]
            raise UsageError(f"{name}: {capabilities.title} does not have it; only {' and '.join(able)} does.")
    after = params.get("auto_resume_after")
    if after is not None and after < 1:
        raise UsageError("auto_resume_after: give seconds, 1 or more.")
    return VerbOptions(
        running=Running(params.get("running") or "leave"),
        auto_resume_after=after,
        rerun_method=params.get("rerun_method") or "",
        start_suspended=bool(params.get("start_suspended")),
    )


def own_options(params: Params, verb: Verb) -> VerbOptions:
    """The options of a verb that only one product has."""
    own = CAPABILITIES[params["system"]].own_verbs[verb]
    return VerbOptions(own={name: params[name] for name in own.options})


def require_verb(params: Params, verb: Verb) -> None:
    """Refuse a verb that the product does not have, and say who has it; let the user confirm what cannot be undone.

    :raises UsageError: before any request.
    """
    own = CAPABILITIES[params["system"]]
    if verb not in own.verbs and verb not in own.own_verbs:
        able = [name for name, other in CAPABILITIES.items() if verb in other.verbs]
        raise UsageError(f"{own.title} does not offer {verb.value}; these do: {', '.join(able)}.", code="not_offered")
    if verb in own.irreversible and not params["confirm_irreversible"]:
        raise UsageError(
            f"confirm_irreversible: {verb.value} cannot be undone on {own.title}; set confirm_irreversible: true if "
            "that is what you want."
        )


def awaited(params: Params) -> tuple[list[JobState], list[JobState]]:
    """The states that `job_wait` waits for, and those in which a job has failed.

    :raises UsageError: no state is waited for.
    """
    if not params["until"]:
        raise UsageError("until: the list is empty; name at least one state to wait for.")
    until, fail_on = ([JobState(state) for state in params[name]] for name in ("until", "fail_on"))
    return until, fail_on


def _values(params: Params, option: str) -> tuple[str, ...]:
    return tuple(given(option, params[option]) or ())


def _empty_selectors(params: Params) -> list[str]:
    """The options that select jobs and that are given without any value."""
    return [name for name in SELECTORS if given(name, params.get(name)) == []]


def _refuse_options_of_others(params: Params, own: Capabilities) -> None:
    for other in CAPABILITIES.values():
        for name, option in other.options.items():
            if other.system != own.system and params[name] not in (None, option.get("default")):
                raise UsageError(f"{name} is an option of {other.title} but system is {own.system}; take it out.")


def _check_values(params: Params, own: Capabilities) -> None:
    if params["request_timeout"] <= 0:
        raise UsageError("request_timeout: give more than 0 seconds.")
    if params["retry_timeout"] < 0:
        raise UsageError("retry_timeout: give 0 seconds (no replays) or more.")
    if params["wire_format"] == "xml" and not any("wire_format" in dialect.options for dialect in own.dialects):
        raise UsageError(f"wire_format: {own.title} speaks JSON only; take the option out.")
    workers = params["workers"]
    if workers is not None and not 1 <= workers <= own.max_workers:
        raise UsageError(f"workers: {own.title} stands 1 to {own.max_workers} requests at once, not {workers}.")


def _checked_url(params: Params, option: str) -> str:
    """The url that an option gives, in the one spelling of all that mean the same: a journal knows a product by it."""
    url = params[option] or ""
    if not url:
        return ""
    try:
        parts = urllib.parse.urlsplit(url)
        host = parts.hostname if parts.port != 0 else None
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        shown = "this" if "@" in url else repr(url)  # what stands before an @ may be a password
        raise UsageError(f"{option}: {shown} is not a web address; give it as https://host:port/path.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UsageError(f"{option}: give the address alone; user and password have their own options.")
    return canonical(parts)
