"""Organisations and their settings."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.routes.entities import present
from chariot.entrypoints.rest.shapes import SHAPES, shown
from chariot.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from chariot.model.kinds.work import Setting
from chariot.model.observations import Edit
from chariot.model.states import Status
from chariot.modules.access.administration import Administration, Asker, OrganisationPlace
from chariot.modules.access.names import organisation_name
from chariot.modules.risk.policy import check_setting

OPERATIONS = Operations("Organisations")
SettingRecord: Any = SHAPES["setting"].type
_LABEL = {"label": "Name of the setting"}
_NAME = {"name": "Name of the organisation"}


class OrganisationBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new organisation."""

    name: Annotated[str, Meta(max_length=63, description="a-z, 0-9, '.', '_' and '-'; never changes")]
    title: Annotated[str, Meta(max_length=200, description="What people call it")] = ""
    parent: Annotated[
        Annotated[str, Meta(max_length=63)] | UnsetType,
        Meta(description="The organisation above it; by default the one that is asked for"),
    ] = UNSET


class PlaceBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is different from now on; what is left out stays as it is."""

    title: Annotated[Annotated[str, Meta(max_length=200)] | UnsetType, Meta(description="Its title")] = UNSET
    parent: Annotated[
        Annotated[str, Meta(max_length=63)] | UnsetType,
        Meta(description="Move it, and all below it, to stand below this one; empty is the top"),
    ] = UNSET
    suspended: Annotated[
        bool | UnsetType, Meta(description="Nobody may do anything in it, or below it, while this is so")
    ] = UNSET


class SettingBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A setting's value."""

    value: Annotated[str, Meta(max_length=10_000)]


def asker(call: Call) -> Asker:
    """Return who asks, as those who change access know them."""
    caller = call.caller
    return Asker(name=caller.user, organisation=caller.organisation, access=caller.access, roams=caller.roams)


def administration(call: Call) -> Administration:
    """Return what changes access.

    Raises:
        UnavailableError: this server does not.
    """
    if call.services.administration is None:
        raise UnavailableError("this server does not keep organisations")
    return call.services.administration


@OPERATIONS.add("GET", "/api/v1/organisations", "organisations:read", data=list[OrganisationPlace])
async def list_organisations(call: Call) -> Answer:
    """List the organisations that this token may ask for.

    Its own and those below it; all of them when it is the installation's.
    """
    return call.one(await administration(call).organisations(asker(call)))


@OPERATIONS.add(
    "POST",
    "/api/v1/organisations",
    "organisations:write",
    data=OrganisationPlace,
    status=201,
    body=OrganisationBody,
    errors=(ConflictError,),
    repeatable=True,
    example={"name": "globex", "title": "Globex Corporation"},
)
async def create_organisation(call: Call) -> Answer:
    """Create an organisation below this one; the installation's own token also makes some that stand at the top."""
    body: OrganisationBody = call.body
    name = organisation_name(body.name, place="name")
    parent = None if isinstance(body.parent, UnsetType) else body.parent
    if parent:
        organisation_name(parent, place="parent")
    made = await administration(call).create(asker(call), name, title=body.title, parent=parent)
    return call.one(made, status=201)


@OPERATIONS.add(
    "PATCH",
    "/api/v1/organisations/{name}",
    "organisations:write",
    data=OrganisationPlace,
    names=_NAME,
    body=PlaceBody,
    errors=(NotFoundError, ConflictError),
    repeatable=True,
    example={"title": "Globex Corporation", "suspended": False},
)
async def change_organisation(call: Call) -> Answer:
    """Rename, move or suspend an organisation below this one. Roles from above hold in it wherever it stands."""
    body: PlaceBody = call.body
    name = organisation_name(call.names["name"], place="name")
    title, parent, suspended = (
        None if isinstance(one, UnsetType) else one for one in (body.title, body.parent, body.suspended)
    )
    if isinstance(parent, str) and parent:
        organisation_name(parent, place="parent")
    changed = await administration(call).change(
        asker(call),
        name,
        title=title if isinstance(title, str) else None,
        parent=parent if isinstance(parent, str) else None,
        suspended=suspended if isinstance(suspended, bool) else None,
    )
    return call.one(changed)


@OPERATIONS.add(
    "DELETE",
    "/api/v1/organisations/{name}",
    "organisations:write",
    data=OrganisationPlace,
    names=_NAME,
    errors=(NotFoundError, ConflictError),
    repeatable=True,
)
async def end_organisation(call: Call) -> Answer:
    """End an organisation below this one: nobody may do anything in it any more. What it holds stays kept."""
    name = organisation_name(call.names["name"], place="name")
    return call.one(await administration(call).end(asker(call), name))


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
    example={"value": '{"severity": {"critical": 7, "high": 30}}'},
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
