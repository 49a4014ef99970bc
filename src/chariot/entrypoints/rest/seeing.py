"""The services as somebody has them who sees a part of the surface alone."""

import msgspec

from chariot.entrypoints.rest.caller import PUBLIC, Caller
from chariot.entrypoints.rest.operations import Operation
from chariot.entrypoints.rest.services import RestServices
from chariot.errors import DeniedError
from chariot.modules.access.store import RestrictedStore


def seen_by(services: RestServices, caller: Caller, operation: Operation) -> RestServices:
    """Return *services* with nothing in them that *caller* does not see.

    Raises:
        DeniedError: the caller sees a part alone, and the operation does not know parts.
    """
    if caller.access is None or operation.permission == PUBLIC:
        return services
    sight = caller.sight(operation.permission)
    if sight is None:
        return services
    if not operation.sighted:
        raise DeniedError(
            f"your roles give {operation.permission} for a part of the surface; this needs all of it, because what"
            " it answers or does cannot keep to a part: ask for a role without kinds, tags, netblocks, names and"
            " highest severity"
        )
    surface = services.surface.over(RestrictedStore(services.surface.store, sight))
    return msgspec.structs.replace(
        services,
        store=RestrictedStore(services.store, sight),
        surface=surface,
        risks=services.risks.over(surface),
    )
