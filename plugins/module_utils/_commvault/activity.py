# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _errors, _model, _system, capabilities, dialects, session, wire.

"""The switches that decide whether jobs may start: activities of the CommCell, a client group or a client.

Each is one "job" of a `JobSystem` of its own, known as `commcell/backup` or `client_group/Infrastructure/backup`
(contract 8.7). It is read, set and read back in JSON; no other format of these calls is known.
"""

from __future__ import annotations

import json
import typing as t

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._commvault import wire
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.capabilities import (
    ACTIVITIES,
    CAPABILITIES,
)
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.dialects import JSON_TYPE, Request
from ansible_collections.batchops.job_control.plugins.module_utils._commvault.session import WebSession
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    NotFound,
    ProtocolError,
    UsageError,
    excerpt,
    shown,
)
from ansible_collections.batchops.job_control.plugins.module_utils._model import (
    Decision,
    Job,
    JobState,
    Selection,
    Step,
    SwitchState,
    Verb,
    VerbOptions,
    canonical,
)
from ansible_collections.batchops.job_control.plugins.module_utils._system import Answer, JobSystem


class Activity(t.NamedTuple):
    """How the product calls one activity."""

    word: str  # in the path of a CommCell's switch
    number: int  # activityType, everywhere else


TABLE: t.Mapping[str, Activity] = {
    "backup": Activity("Backup", 1),
    "restore": Activity("Restore", 2),
    "aux_copy": Activity("AuxillaryCopy", 4),  # so spelt
    "data_aging": Activity("DataAging", 16),
    "data_verification": Activity("DataVerification", 8192),
    "ddb": Activity("DDB", 512),
    "content_indexing": Activity("ContentIndexing", 1024),
    "scheduler": Activity("Scheduler", 256),
    "all_job_activity": Activity("AllJobActivity", 128),
}


class Switch(t.NamedTuple):
    """Which switch is meant. The CommCell has no name here, as there is only one."""

    scope: str
    name: str
    activity: str

    @property
    def id(self) -> str:
        return "/".join(part for part in self if part)

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return f"{_TITLES[self.scope]} {self.name}".rstrip()


class Entity(t.NamedTuple):
    """A client or a client group, by number and by its own spelling of its name."""

    number: str
    name: str


class Listed(t.NamedTuple):
    """A list of clients or client groups."""

    entities: list[Entity]
    hidden: int = 0  # how many more there are by the product's own count, or that cannot be read


class Setting(t.NamedTuple):
    """A switch as it was read."""

    enabled: bool | None  # None: not told
    until: str = ""  # when a disabled activity is enabled by the product itself, where it tells


COMMCELL, GROUP, CLIENT = ACTIVITIES
_TITLES = {COMMCELL: "the CommCell", GROUP: "client group", CLIENT: "client"}
_COMMCELL = Entity("", "")
_UPDATE_GROUP = 2


class Activities(JobSystem):
    """The switches of one CommCell, by the session of its jobs.

    :raises UsageError: the user wants another format than JSON.
    """

    capabilities = CAPABILITIES

    def __init__(self, session: WebSession) -> None:
        if session.dialect.media_type != JSON_TYPE:
            raise UsageError(
                "wire_format: Commvault documents the calls for activities in JSON only; leave wire_format at auto."
            )
        self._session = session
        self._entities: dict[tuple[str, str], Entity] = {}  # (scope, name as it was given) -> what it is

    @property
    def identity(self) -> str:
        return self._session.base

    @property
    def traffic(self) -> dict[str, t.Any]:
        return self._session.traffic

    def bound(self, deadline: Deadline) -> None:
        self._session.bound(deadline)

    def close(self) -> None:
        """Nothing: the session is that of the jobs."""

    def list_jobs(self, selection: Selection) -> t.Iterator[Job]:
        """Nothing: a switch is always named."""
        return iter(())

    def get_jobs(self, job_ids: t.Sequence[str]) -> dict[str, Job]:
        """
        :raises UsageError: there can be no such switch; no request was sent.
        :raises NotFound: there is no client or client group of that name.
        """
        return {given: self._read(switch) for given, switch in [(given, parse(given)) for given in job_ids]}

    def _read(self, switch: Switch) -> Job:
        entity = self._entity(switch)
        settings = self._session.read(Request("GET", _path(switch.scope, entity)), _DECODE[switch.scope])
        if settings is None and switch.scope == COMMCELL:
            raise NotFound("This Web Server has no call that shows the activities of the CommCell")
        if settings is None:
            raise NotFound(f"There is no {switch.place} any more, or the user may not see it")
        number = TABLE[switch.activity].number
        if number not in settings or settings[number].enabled is None:
            raise ProtocolError(f"The answer does not tell whether {switch.activity} is enabled on {switch.place}")
        return _job(switch._replace(name=entity.name), settings[number])

    def _entity(self, switch: Switch) -> Entity:
        """What the name stands for; it is looked up once."""
        if switch.scope == COMMCELL:
            return _COMMCELL
        key = (switch.scope, switch.name)
        if key not in self._entities:
            path, decode = _LISTS[switch.scope]
            known = self._session.read(Request("GET", path), decode) or Listed([])
            self._entities[key] = find(known, switch)
        return self._entities[key]

    def decide(self, verb: Verb, job: Job, options: VerbOptions) -> Decision:
        return decide(verb, job, options)

    def act(self, verb: Verb, jobs: t.Sequence[Job], options: VerbOptions) -> list[Answer]:
        return [self._set(job, options.own["state"] == SwitchState.ENABLED.value) for job in jobs]

    def _set(self, job: Job, enable: bool) -> Answer:
        switch = parse(job.id)
        self._session.write(change(switch, self._entity(switch), enable), wire.accept)
        return Answer(job.id)


# --- which switch ----------------------------------------------------------------------------------------------------


def parse(given: str) -> Switch:
    """The switch that an id means. The name in its middle may have any characters.

    :raises UsageError: there can be no such switch.
    """
    scope, _slash, rest = given.partition("/")
    name, _slash, activity = rest.rpartition("/")
    if scope == COMMCELL and name:
        raise UsageError(f"scope_name: there is only one CommCell; leave scope_name ({excerpt(name, 60)!r}) out.")
    if scope != COMMCELL and not name:
        raise UsageError(f"scope_name is required with scope {scope}: give the name of the {_TITLES[scope]}.")
    if activity not in ACTIVITIES[scope]:
        able = ", ".join(ACTIVITIES[scope])
        raise UsageError(f"activity: a {_TITLES[scope]} has no switch for {activity}, only for {able}.")
    return Switch(scope, name, activity)


def find(known: Listed, switch: Switch) -> Entity:
    """The entity of that name, in whatever case; where two differ in case only, the one that is spelt the same.

    :raises NotFound: there is none.
    :raises ProtocolError: the list does not show all there are.
    """
    wanted = canonical(switch.name)
    alike = [entity for entity in known.entities if canonical(entity.name).casefold() == wanted.casefold()]
    if alike:
        return min(alike, key=lambda entity: canonical(entity.name) != wanted)
    if known.hidden:
        raise ProtocolError(
            f"{switch.place} is not among the {len(known.entities)} that the product lists, but its list is not whole: "
            f"{known.hidden} more are not shown or cannot be read"
        )
    raise NotFound(f"There is no {switch.place}, or the user may not see it; scope_name takes the whole name")


# --- what it means ---------------------------------------------------------------------------------------------------


def decide(verb: Verb, job: Job, options: VerbOptions) -> Decision:
    """What setting the switch means. Pure."""
    wanted = SwitchState(options.own["state"])
    if job.state.value == wanted.value:
        return Decision(Step.ALREADY, verb, job.state, job.reason)
    return Decision(Step.ACT, verb, _as_job_state(wanted))


def _job(switch: Switch, setting: Setting) -> Job:
    state = SwitchState.ENABLED if setting.enabled else SwitchState.DISABLED
    ends = f" until {setting.until}" if setting.until and not setting.enabled else ""
    return Job(
        id=switch.id,
        name=f"{switch.activity} of {switch.place}",
        type=switch.scope,
        system=CAPABILITIES.system,
        state=_as_job_state(state),
        raw_state=f"{state.value}{ends}",
        owner=switch.name,
        reason=f"it is disabled{ends}; then the product enables it by itself" if ends else "",
    )


def _as_job_state(state: SwitchState) -> JobState:
    """The engine only compares states and shows them, so the words of a switch do as well as those of a job."""
    return t.cast(JobState, state)


# --- requests --------------------------------------------------------------------------------------------------------


def _path(scope: str, entity: Entity) -> str:
    """Where the switches of an entity are read."""
    paths = {COMMCELL: "V4/CommCell/ActivityControl", GROUP: "ClientGroup/{}", CLIENT: "Client/{}"}
    return paths[scope].format(entity.number)


def change(switch: Switch, entity: Entity, enable: bool) -> Request:
    """The request that sets a switch. Only that of the CommCell tells all in its path."""
    activity = TABLE[switch.activity]
    if switch.scope == COMMCELL:
        return Request("PUT", f"V4/Commcell/{activity.word}/Action/{'Enable' if enable else 'Disable'}")
    option = {"activityType": activity.number, "enableAfterADelay": False, "enableActivityType": enable}
    control = {"activityControlOptions": [option]}
    body: wire.Document = {"clientProperties": {"clientProps": {"clientActivityControl": control}}}
    if switch.scope == GROUP:
        detail = {"clientGroupActivityControl": control, "clientGroup": {"newName": entity.name}}
        body = {"clientGroupOperationType": _UPDATE_GROUP, "clientGroupDetail": detail}
    return Request("POST", _path(switch.scope, entity), body=json.dumps(body).encode(), content_type=JSON_TYPE)


# --- answers ---------------------------------------------------------------------------------------------------------


def commcell_settings(document: wire.Document) -> dict[int, Setting]:
    """The switches of the CommCell, by activityType.

    :raises ProtocolError: the document shows none.
    """
    settings = {}
    for entry in map(wire.fields, wire.as_list(_below(document, "acObjects"))):
        planned = 0 if wire.flag(entry.get("noSchedEnable")) else wire.epoch(entry.get("reEnableTime"))
        settings[_kind(entry)] = Setting(wire.flag(entry.get("enabled")), wire.moment(planned))
    return settings


def group_settings(document: wire.Document) -> dict[int, Setting]:
    """The switches of a client group, by activityType.

    :raises ProtocolError: the document shows none.
    """
    return _settings(_below(document, "clientGroupDetail", "clientGroupActivityControl", "activityControlOptions"))


def client_settings(document: wire.Document) -> dict[int, Setting]:
    """The switches of a client, by activityType.

    :raises ProtocolError: the document shows none.
    """
    place = ("clientProperties", "clientProps", "clientActivityControl", "activityControlOptions")
    return _settings(_below(document, *place))


def _settings(options: t.Any) -> dict[int, Setting]:
    settings = {}
    for option in map(wire.fields, wire.as_list(options)):
        when = option.get("dateTime")
        times = when if isinstance(when, dict) and wire.flag(option.get("enableAfterADelay")) else {}
        until = wire.moment(wire.epoch(times.get("time"))) or wire.text(times.get("timeValue"))
        settings[_kind(option)] = Setting(wire.flag(option.get("enableActivityType")), until)
    return settings


def _kind(entry: wire.Document) -> int:
    """The activityType of a switch; 0, which is none, where it cannot be read."""
    return int(wire.number(entry.get("activityType")) or 0)


def groups(document: wire.Document) -> Listed:
    """All client groups that the user may see; the key is absent when there are none."""
    found = wire.as_list(document.get("groups"))
    return _listed(document, [_entity(group, "Id", "name") for group in found])


def clients(document: wire.Document) -> Listed:
    """All clients that the user may see; the key is absent when there are none."""
    found = []
    for entry in wire.as_list(document.get("clientProperties")):
        try:
            found.append(_entity(_below(entry, "client", "clientEntity"), "clientId", "clientName"))
        except ProtocolError:
            found.append(None)
    return _listed(document, found)


def _listed(document: wire.Document, found: list[Entity | None]) -> Listed:
    """The entities that can be read, and how many cannot."""
    entities = [entity for entity in found if entity]
    total = int(wire.number(document.get("totalRecordsWithoutPaging")) or 0)
    return Listed(entities, max(len(found), total) - len(entities))


def _entity(value: t.Any, number: str, name: str) -> Entity | None:
    """One entry of a list; None for one that lacks its id or its name, so that it may be any."""
    entry = value if isinstance(value, dict) else {}
    found = Entity(wire.entity(entry.get(number)), wire.text(entry.get(name)))
    return found if found.number not in ("", "0") and found.name else None


def _below(value: t.Any, *keys: str) -> t.Any:
    """What is at the end of a chain of keys; of a list on the way, its first member.

    :raises ProtocolError: the chain breaks.
    """
    for key in keys:
        holder = wire.fields(value[0] if isinstance(value, list) and value else value)
        if key not in holder:
            raise ProtocolError(f"The answer has no {key}: {shown(holder)}")
        value = holder[key]
    return value


_DECODE: t.Mapping[str, t.Callable[[wire.Document], dict[int, Setting]]] = {
    COMMCELL: commcell_settings,
    GROUP: group_settings,
    CLIENT: client_settings,
}
_LISTS: t.Mapping[str, tuple[str, t.Callable[[wire.Document], Listed]]] = {
    GROUP: ("ClientGroup", groups),
    CLIENT: ("Client", clients),
}
