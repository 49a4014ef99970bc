"""Organisations and their settings."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.organisations import organisation_name
from chariot.entrypoints.rest.routes.entities import present
from chariot.entrypoints.rest.shapes import SHAPES, shown
from chariot.errors import ConflictError, DeniedError, InvalidError, NotFoundError
from chariot.model.keys import SHARED
from chariot.model.kinds.work import Setting
from chariot.model.observations import Edit
from chariot.model.states import Status
from chariot.modules.risk.policy import check_setting

OPERATIONS = Operations("Organisations")
SettingRecord: Any = SHAPES["setting"].type
_LABEL = {"label": "Name of the setting"}
_TITLE = "organisation.title"


class OrganisationItem(msgspec.Struct, frozen=True):
    """An organisation that this token may ask for."""

    name: str
    """Goes into the header `Chariot-Organisation`."""
    title: str


class OrganisationBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new organisation."""

    name: Annotated[str, Meta(max_length=63, description="a-z, 0-9, '.', '_' and '-'; never changes")]
    title: Annotated[str, Meta(max_length=200, description="What people call it")] = ""


class SettingBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A setting's value."""

    value: Annotated[str, Meta(max_length=10_000)]


@OPERATIONS.add("GET", "/api/v1/organisations", "organisations:read", data=list[OrganisationItem])
async def list_organisations(call: Call) -> Answer:
    """List the organisations that this token may ask for: its own, or all when it is the installation's."""
    names = {call.caller.organisation}
    if call.caller.roams:
        names |= {name for name in await call.services.store.organisations() if name != SHARED}
    items = []
    key = Setting(label=_TITLE).key
    for name in sorted(names):
        record = (await call.services.store.get(name, [key])).get(key)
        title = record.entity.value if record and isinstance(record.entity, Setting) else ""
        items.append(OrganisationItem(name, title))
    return call.one(items)


@OPERATIONS.add(
    "POST",
    "/api/v1/organisations",
    "organisations:write",
    data=OrganisationItem,
    status=201,
    body=OrganisationBody,
    errors=(ConflictError,),
    repeatable=True,
    example={"name": "globex", "title": "Globex Corporation"},
)
async def create_organisation(call: Call) -> Answer:
    """Create an organisation; only the installation's own token may."""
    body: OrganisationBody = call.body
    name = organisation_name(body.name, place="name")
    if not call.caller.roams:
        raise DeniedError("only the token of the installation creates organisations")
    if name in await call.services.store.organisations():
        raise ConflictError(f"there is an organisation called {name} already")
    setting = Setting(label=_TITLE, value=body.title)
    await call.services.surface.edit(
        name, [Edit(actor=call.caller.user, entity=setting, status=Status.ACTIVE)]
    )
    return call.one(OrganisationItem(name, body.title), status=201)


def _setting(label: str, value: str = "") -> Setting:
    try:
        return Setting(label=label, value=value)
    except ValueError as error:
        place, _, text = str(error).partition(": ")
        raise InvalidError(text, place=place) from None


@OPERATIONS.add(
    "PUT",
    "/api/v1/settings/{label}",
    "settings:write",
    data=SettingRecord,
    names=_LABEL,
    body=SettingBody,
    repeatable=True,
    example={"value": "30"},
)
async def put_setting(call: Call) -> Answer:
    """Set a setting of the organisation.

    `risk.weights`, `risk.criticality` and `risk.sla` are JSON texts; one that cannot be read is refused.
    """
    body: SettingBody = call.body
    check_setting(call.names["label"], body.value)
    setting = _setting(call.names["label"], body.value)
    edit = Edit(actor=call.caller.user, entity=setting, fields={"value": body.value}, status=Status.ACTIVE)
    await call.services.surface.edit(call.caller.organisation, [edit])
    return call.one(shown(await present(call, setting.key)))


@OPERATIONS.add(
    "DELETE",
    "/api/v1/settings/{label}",
    "settings:write",
    data=SettingRecord,
    names=_LABEL,
    errors=(NotFoundError,),
    repeatable=True,
)
async def remove_setting(call: Call) -> Answer:
    """Remove a setting: its default holds again."""
    record = await present(call, _setting(call.names["label"]).key)
    edit = Edit(actor=call.caller.user, key=record.key, status=Status.GONE)
    await call.services.surface.edit(call.caller.organisation, [edit])
    return call.one(shown(await present(call, record.key)))
