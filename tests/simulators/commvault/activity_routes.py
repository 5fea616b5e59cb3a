# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations that enable and disable activities (contract 8.7)."""

from __future__ import annotations

import typing as t

import flask

from simulators.commvault import activity, views
from simulators.commvault.activity import Switches
from simulators.commvault.directory import Client, Group
from simulators.commvault.outcomes import ApiError
from simulators.commvault.wire import Document, Malformed, as_list

if t.TYPE_CHECKING:
    from simulators.commvault.simulator import CommvaultSimulator

_DELAY = "enableafteradelay"
_BACKUP = activity.NUMBERS["backup"]
_DONE: Document = {"errorCode": 0, "errorMessage": None}
_DONE_RESPONSE: Document = {"response": [{"errorCode": 0}]}
_UPDATE_GROUP = 2


def blueprint(sim: CommvaultSimulator) -> flask.Blueprint:
    """All of them, below the API's root."""
    api = flask.Blueprint("activity", __name__)

    @api.get("/v4/commcell/activitycontrol")
    def read() -> flask.Response:
        return sim.answer({"acObjects": views.activity_objects(sim.commcell.activity.commcell)})

    @api.put("/v4/commcell/<kind>/action/<any(enable, disable):verb>")
    def switch_commcell(kind: str, verb: str) -> flask.Response:
        if kind not in activity.NUMBERS:
            raise ApiError(404, "Not Found")
        _switch(sim, sim.commcell.activity.commcell, activity.NUMBERS[kind], verb == "enable", _delay(sim, verb))
        return sim.answer(_DONE)

    @api.post("/commcell/activitycontrol/<int:number>/action/<any(enable, disable):verb>")
    def switch_commcell_old(number: int, verb: str) -> flask.Response:
        sim.query(frozenset())
        if number not in activity.NUMBERS.values():
            raise ApiError(404, "Not Found")
        _switch(sim, sim.commcell.activity.commcell, number, verb == "enable")
        return sim.answer(_DONE)

    @api.put("/commcell/properties")
    def commcell_properties() -> flask.Response:
        control = _below(sim.json_body(), "commCellInfo", "commCellActivityControlInfo")
        _apply(sim, sim.commcell.activity.commcell, control)
        return sim.answer(_DONE_RESPONSE)

    @api.put("/v4/server/<int:client_id>/backup/action/<any(enable, disable):verb>")
    def switch_client(client_id: int, verb: str) -> flask.Response:
        client = _client(sim, client_id)
        switches = sim.commcell.activity.client(client.client_id, client.name)
        _switch(sim, switches, _BACKUP, verb == "enable", _delay(sim, verb))
        return sim.answer(_DONE)

    @api.post("/client/<int:client_id>")
    def client_properties(client_id: int) -> flask.Response:
        client = _client(sim, client_id)
        control = _below(sim.json_body(), "clientProperties", "clientProps", "clientActivityControl")
        _apply(sim, sim.commcell.activity.client(client.client_id, client.name), control)
        return sim.answer(_DONE_RESPONSE)

    @api.post("/clientgroup/<int:group_id>")
    def group_properties(group_id: int) -> flask.Response:
        group = _group(sim, group_id)
        body = sim.json_body()
        if body.get("clientGroupOperationType") != _UPDATE_GROUP:
            raise Malformed("clientGroupOperationType is not an update")
        name = _below(body, "clientGroupDetail", "clientGroup").get("newName")
        if name != group.name:
            raise Malformed("newName is not the name of the group")
        control = _below(body, "clientGroupDetail", "clientGroupActivityControl")
        _apply(sim, sim.commcell.activity.group(group.group_id, group.name), control)
        return sim.answer({"errorCode": 0})

    @api.get("/client/<int:client_id>")
    def read_client(client_id: int) -> flask.Response:
        client = _client(sim, client_id)
        return sim.answer({"clientProperties": [views.client_properties(client, sim.commcell.activity)]})

    @api.get("/clientgroup/<int:group_id>")
    def read_group(group_id: int) -> flask.Response:
        return sim.answer({"clientGroupDetail": views.group_detail(_group(sim, group_id), sim.commcell.activity)})

    return api


def _client(sim: CommvaultSimulator, client_id: int) -> Client:
    client = sim.commcell.directory.client_by_id(client_id)
    if client is None:
        raise ApiError(404, "Client not found")
    return client


def _group(sim: CommvaultSimulator, group_id: int) -> Group:
    group = sim.commcell.directory.group_by_id(group_id)
    if group is None:
        raise ApiError(404, "Client group not found")
    return group


def _delay(sim: CommvaultSimulator, verb: str) -> int:
    """The time at which a disabled activity is enabled again (epoch seconds), 0 = not by itself."""
    given = sim.query(frozenset([_DELAY] if verb == "disable" else [])).get(_DELAY)
    return 0 if given is None else _time(given)


def _apply(sim: CommvaultSimulator, switches: Switches, control: Document) -> None:
    """Carry out the activityControlOptions of a properties body."""
    options = as_list(control.get("activityControlOptions"))
    if not options:
        raise Malformed("activityControlOptions is missing")
    for option in options:
        number, enable = option.get("activityType"), option.get("enableActivityType")
        if number not in switches.by_number or not isinstance(enable, bool):
            raise Malformed("activityType or enableActivityType is missing or unknown")
        reenable_at = 0
        if option.get("enableAfterADelay"):
            when = option.get("dateTime", {})
            reenable_at = _time(when.get("time", when.get("timeValue")))
        _switch(sim, switches, number, enable, reenable_at)


def _switch(sim: CommvaultSimulator, switches: Switches, number: int, enable: bool, reenable_at: int = 0) -> None:
    sim.require_control()
    switches.set(number, enable, reenable_at)
    if enable:
        sim.commcell.start_queued()
    elif reenable_at:
        sim.after(reenable_at - sim.clock.now(), lambda: _reenable(sim, switches, number, reenable_at))


def _reenable(sim: CommvaultSimulator, switches: Switches, number: int, planned: int) -> None:
    if switches.by_number[number].reenable_at == planned:
        switches.set(number, True)
        sim.commcell.start_queued()


def _below(body: Document, *keys: str) -> Document:
    """The object at the end of a chain of keys."""
    for key in keys:
        inner = body.get(key)
        if not isinstance(inner, dict):
            raise Malformed(f"{key} is missing")
        body = inner
    return body


def _time(value: t.Any) -> int:
    if isinstance(value, bool) or not str(value).isdecimal():
        raise Malformed("the time is not in epoch seconds")
    return int(value)
