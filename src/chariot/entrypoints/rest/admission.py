"""From who somebody proved to be to what they may do: in their own organisation, and in those below it."""

import hashlib

import msgspec

from chariot.entrypoints.rest.caller import EVERYTHING, Caller
from chariot.errors import DeniedError
from chariot.model.keys import Organisation
from chariot.modules.access.grants import Access
from chariot.modules.access.names import organisation_name
from chariot.modules.access.service import AccessService
from chariot.modules.identity.identity import Identity

_encode = msgspec.json.Encoder(order="deterministic").encode


class Admission:
    """Makes callers."""

    def __init__(self, access: AccessService) -> None:
        self._access = access

    async def admit(self, identity: Identity) -> Caller:
        """Return *identity* as the caller of a request for their own organisation.

        Whoever has no role there is known, and may do nothing.
        """
        return _caller(identity, identity.home, await self._access.access(identity, identity.home))

    async def acting_for(self, caller: Caller, name: str) -> Caller:
        """Return *caller* as one who asks for the organisation *name*.

        Raises:
            InvalidError: that is no name.
            DeniedError: the caller may do nothing there, or there is no such organisation.
        """
        organisation = organisation_name(name, place="chariot-organisation")
        if organisation == caller.organisation:
            return caller
        identity = caller.identity
        if identity is None and caller.roams:
            return msgspec.structs.replace(caller, organisation=organisation, shelf=organisation)
        access = await self._access.access(identity, organisation) if identity is not None else None
        if identity is None or access is None:
            raise DeniedError("this token is of another organisation")
        return _caller(identity, organisation, access)

    async def is_still(self, caller: Caller, known: Caller) -> bool:
        """Tell whether *known*, who holds the same token, may by now do what *caller* might."""
        try:
            now = await self.acting_for(known, caller.organisation)
        except DeniedError:
            return False
        return now.user == caller.user and now.shelf == caller.shelf


def _caller(identity: Identity, organisation: Organisation, access: Access | None) -> Caller:
    held = access if access is not None else Access(organisation, ())
    # Without a limit the permissions of all roles are known at once; stars among them are looked at by `Access`.
    permissions = (
        frozenset[str]()
        if held.limit is not None
        else frozenset().union(*(one.permissions for one in held.grants))
    )
    return Caller(
        user=identity.name,
        organisation=organisation,
        permissions=permissions,
        method=identity.method,
        roams=identity.method == "token",
        identity=identity,
        access=None if permissions == {EVERYTHING} and held.is_whole else held,
        shelf=organisation if held.is_whole else _shelf(organisation, held),
        requests_per_s=held.requests_per_s,
    )


def _shelf(organisation: Organisation, access: Access) -> str:
    """Return a name that only those have who see the same of *organisation*; no organisation is called so."""
    rules = sorted([sorted(one.permissions), msgspec.to_builtins(one.rule)] for one in access.grants)
    return f"{organisation}#{hashlib.sha256(_encode(rules)).hexdigest()}"
