"""The keys that secrets and personal data are sealed with: those of an organisation, and the master keys.

Who administers an organisation changes its keys. The master keys are those of the installation, so they are for its
own token.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.errors import ConflictError, DeniedError, InvalidError, NotFoundError, UnavailableError
from chariot.modules.secrets.service import KeyService

OPERATIONS = Operations("Encryption")


class MasterItem(msgspec.Struct, frozen=True):
    """A master key; nothing of it is told."""

    id: str
    current: bool
    made_at: datetime | None


class DataKeyItem(msgspec.Struct, frozen=True):
    """A key of an organisation; nothing of it is told."""

    organisation: str
    version: int
    master: str
    """The master key that wraps it."""
    made_at: datetime


class EncryptionStatus(msgspec.Struct, frozen=True):
    """Which keys there are: those of the organisation, and of the whole installation for its own token."""

    masters: list[MasterItem]
    organisations: list[DataKeyItem]
    outdated: int
    """Of these, how many an older master key wraps."""


class KeyVersion(msgspec.Struct, frozen=True):
    """The key that seals from now on."""

    version: int


class Resealed(msgspec.Struct, frozen=True):
    """How far sealing anew came."""

    resealed: int
    finished: bool
    """False: ask again, and it goes on."""


class Shredded(msgspec.Struct, frozen=True):
    """How many keys were destroyed."""

    destroyed: int


class MasterMade(msgspec.Struct, frozen=True):
    """The master key from now on."""

    master: str


class Rewrapped(msgspec.Struct, frozen=True):
    """How many keys the current master key wraps now that an older one did."""

    rewrapped: int


class MasterRetired(msgspec.Struct, frozen=True):
    """The master key that was given up."""

    retired: str


class ShredParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose keys go, said once more."""

    organisation: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=200,
            description="Its name, so that nobody does it by mistake",
            examples=["globex"],
        ),
    ]


def _secrets(call: Call) -> KeyService:
    found = call.services.secrets
    if found is None:
        raise UnavailableError("this server changes no keys")
    return found


def _of_installation(call: Call) -> KeyService:
    if not call.caller.roams:
        raise DeniedError("master keys are for those who may do everything in the installation")
    return _secrets(call)


@OPERATIONS.add("GET", "/api/v1/encryption", "encryption:read", data=EncryptionStatus)
async def read_encryption(call: Call) -> Answer:
    """Show which keys there are, and what is left to do; nothing of the keys themselves."""
    roams = call.caller.roams
    found = await _secrets(call).status(None if roams else call.caller.organisation)
    masters = [MasterItem(one.id, one.current, one.made_at) for one in found.masters] if roams else []
    keys = [
        DataKeyItem(one.organisation, one.version, one.wrapped.master, one.made_at)
        for one in found.organisations
    ]
    return call.one(EncryptionStatus(masters, keys, found.outdated))


@OPERATIONS.add("POST", "/api/v1/encryption/keys", "encryption:write", data=KeyVersion, repeatable=True)
async def rotate_key(call: Call) -> Answer:
    """Make a new key of the organisation, which seals from now on; older ones still open."""
    return call.one(KeyVersion(await _secrets(call).rotate(call.caller.organisation, call.caller.user)))


@OPERATIONS.add("POST", "/api/v1/encryption/reseal", "encryption:write", data=Resealed)
async def reseal(call: Call) -> Answer:
    """Seal some of what older keys sealed, history too, with the newest one.

    It goes on where it was; ask until it is `finished`. The server does the same by itself once a day.
    """
    step = await _secrets(call).reseal_some(call.caller.organisation)
    return call.one(Resealed(step.changed, step.finished))


@OPERATIONS.add(
    "DELETE", "/api/v1/encryption/keys", "encryption:erase", data=Shredded, parameters=ShredParameters
)
async def shred_keys(call: Call) -> Answer:
    """Destroy the keys of an organisation that leaves: its secrets and personal data can never be read again."""
    asked: ShredParameters = call.parameters
    if asked.organisation != call.caller.organisation:
        raise InvalidError("is not the organisation that this is asked for", place="organisation")
    return call.one(Shredded(await _secrets(call).shred(call.caller.organisation, call.caller.user)))


@OPERATIONS.add("POST", "/api/v1/encryption/masters", "encryption:write", data=MasterMade, repeatable=True)
async def rotate_master_key(call: Call) -> Answer:
    """Make a new master key, which wraps the keys of all organisations; for the installation's own token."""
    return call.one(MasterMade((await _of_installation(call).rotate_master(call.caller.user)).id))


@OPERATIONS.add("POST", "/api/v1/encryption/rewrap", "encryption:write", data=Rewrapped)
async def rewrap_keys(call: Call) -> Answer:
    """Wrap with the current master key what an older one wraps: what a rotation left that was broken off."""
    return call.one(Rewrapped(await _of_installation(call).rewrap()))


@OPERATIONS.add(
    "DELETE",
    "/api/v1/encryption/masters/{master}",
    "encryption:write",
    data=MasterRetired,
    names={"master": "The id of an older master key"},
    errors=(NotFoundError, ConflictError),
)
async def retire_master_key(call: Call) -> Answer:
    """Give up an older master key that nothing needs any more."""
    master = call.names["master"]
    await _of_installation(call).retire_master(master, call.caller.user)
    return call.one(MasterRetired(master))
